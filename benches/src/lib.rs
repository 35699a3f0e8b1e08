//! What the benches measure: public calls of the core, and the raw verifications beneath them.
#![expect(clippy::expect_used, reason = "a bench stops when what it measures does not work")]

pub mod clock;
pub mod figure;
pub mod hostile;
pub mod list;
pub mod narrow;
pub mod pool;
pub mod scope;
pub mod work;
