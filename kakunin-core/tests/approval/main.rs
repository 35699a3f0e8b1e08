//! Approvals: what a token must be, whose counts, and that each is used once (profile §5).
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

mod certificates;
mod needs;
mod store;
mod tokens;
mod using;
mod world;
