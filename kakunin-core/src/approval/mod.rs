//! Approvals: the word of a person, signed, that one call of one agent may be made once (profile §5).
//!
//! ```text
//! header  {"alg", "typ": "kakunin-approval+jwt", "jwk" | "x5t#S256" and "x5c"}
//! claims  {"iss", "aud"?, "session"?, "iat", "exp", "jti", "digest"}
//! digest  SHA-256 of JCS {"action", "agent", "issuer", "params"}
//! ```
//! [`SignedApproval`] is what came; only [`SignedApproval::verify`] makes a [`VerifiedApproval`], for the very call that it was
//! verified against. Whose word a call needs stands in the scopes above it; [`meet`] compares.

mod call;
mod need;
mod offered;
mod request;
mod signed;
mod verified;

pub use call::ApprovalCall;
pub use need::{Met, Need, meet};
pub use offered::Offered;
pub use request::{ApprovalRequest, RequestedNeed};
pub use signed::SignedApproval;
pub use verified::VerifiedApproval;

use crate::error::{Code, Denial};

/// The header's `typ`, bytewise.
pub(crate) const TYP: &str = "kakunin-approval+jwt";

/// Longest life in seconds: `exp` ≤ `iat` + 24 h (profile §5).
pub(crate) const LIFETIME: i64 = 86_400;

/// How long after `exp` and skew a `jti` is remembered, in seconds: as far as clocks may be apart (profile §4).
const REMEMBER: i64 = 300;

#[cold]
fn fault(rule: &'static str, field: &'static str) -> Denial {
    Denial::new(Code::ApprovalInvalid, rule).field(field)
}
