//! When one scope contains another: each clause of the profile's "Contained" with an acceptance and its twin, and the law
//! over generated scopes and calls.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

mod build;
mod clauses;
mod generate;
mod law;
