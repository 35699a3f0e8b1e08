//! When one scope contains another: each clause of the profile's "Contained" with an acceptance and its twin, and the law
//! over generated scopes and calls.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic; clippy exempts only #[test] functions")]

mod build;
mod clauses;
mod difference;
mod generate;
mod intersection;
mod law;
mod near;
mod witness;

/// How many pairs each law is tried on in every run of the tests.
const PAIRS: usize = 20_000;
/// How many in the long run (`make test-long`).
const MANY: usize = 1_000_000;
