//! Orders: halts, reinstatements and revocations, given by an authority in a hash-chained log (profile §5).
//!
//! ```text
//! header  {"alg", "kid": base64url SHA-256 of the authority's SPKI, "typ": "kakunin-order+jwt" | "kakunin-head+jwt" | "kakunin-receipt+jwt"}
//! order   {"iss", "log", "seq", "prev"?, "iat", "kind": "halt" | "reinstate" | "revoke", "target"?, "lifts"?, "reason"?}
//! head    {"log", "seq", "head"?, "iat", "nextUpdate"}
//! target  "all" | {"agent", "issuer"} | {"agent", "issuer", "session"} | {"issuer", "serial": hex}
//! ```
//! An order is named by the SHA-256 of what was signed, and names the one before it (`prev`; the first, 1, has none).
//! A head says, for a time, which order is the last (`head`; none where `seq` is 0): whoever withholds an order
//! must withhold the head too, and without a fresh head nothing that its authority governs is allowed.
//!
//! [`SignedOrder`] is what came; [`SignedOrder::verify`] makes a [`VerifiedOrder`]; [`Orders`] takes those that follow
//! from each other, whatever order they come in.

mod authority;
mod head;
mod log;
mod orders;
mod place;
mod receipt;
mod signed;
mod standing;
mod target;
mod token;

pub use authority::{Governs, OrderAuthority};
pub use head::{SignedHead, VerifiedHead};
pub use orders::{Orders, Seen, Taken};
pub(crate) use place::Placed;
pub use receipt::{Confirmation, GUARDS as RECEIPT_GUARDS, ReceiptClaims, SignedReceipt, VerifiedReceipt};
pub use signed::{Instruction, SignedOrder, VerifiedOrder};
pub use standing::LiveOrder;
pub use target::Target;
pub(crate) use token::{HEAD_TYP, ORDER_TYP, RECEIPT_TYP, header};
