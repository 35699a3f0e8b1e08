//! Whether a call may run: every scope on the path judges, then approvals are compared with what they ask for, then one step on a
//! store takes nonce and approvals and draws on the limits.

#[cfg(all(test, loom))]
mod interleavings;
mod judge;
mod memory;
mod mode;
mod nonces;
mod reservation;
mod window;

pub use judge::{Allowed, Context, Permit, approval_request, judge_call, judge_intent};
pub use memory::{Capacity, MemoryStore};
pub use mode::Mode;
pub use reservation::{ApprovalDraw, CounterDraw, DrawKind, NonceDraw, Reservation, Reserved, StateStore};
