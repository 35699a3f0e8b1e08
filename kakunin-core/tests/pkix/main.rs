//! Profile `pkix`: what is built, what is refused and by which rule, and what a search may cost.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic; clippy exempts only #[test] functions"
)]

mod building;
mod policies;
mod rules;
mod status;
mod world;
