//! Whether a call may run: every scope on the path judges, then one step on a store takes the nonce and draws on the limits.

#[cfg(all(test, loom))]
mod interleavings;
mod judge;
mod memory;
mod mode;
mod nonces;
mod reservation;
mod window;

pub use judge::{Allowed, Context, Permit, judge_call, judge_intent};
pub use memory::{Capacity, MemoryStore};
pub use mode::Mode;
pub use reservation::{CounterDraw, DrawKind, NonceDraw, Reservation, Reserved, StateStore};
