//! Orders: what their tokens must be, which are taken, what they stop, and whom they cannot reach.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic; clippy exempts only #[test] functions"
)]

mod arrival;
mod reach;
mod taking;
mod token;
mod world;
