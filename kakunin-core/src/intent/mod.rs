//! Intents: a call, signed by the agent that wants it made, for one audience, once (profile §4).
//!
//! ```text
//! header  {"alg", "typ": "kakunin-intent+jwt", "x5t#S256", "x5c"?, "kkn-parents"?}
//! claims  {"iss", "aud", "iat", "exp", "jti", "action", "params", "session"?, "chain"?, "approvals"?}
//! ```
//! [`SignedIntent`] is what came; only [`SignedIntent::verify`] makes a [`VerifiedIntent`], which keeps its agent.

mod claims;
mod sign;
mod signed;
mod verified;

pub use sign::{Request, new_jti, sign};
pub use signed::SignedIntent;
pub use verified::VerifiedIntent;

/// The header's `typ`, bytewise.
const TYP: &str = "kakunin-intent+jwt";

/// Longest life in seconds: `exp` ≤ `iat` + 300.
const LIFETIME: i64 = 300;

/// How long after `exp` and skew a nonce is remembered, in seconds: as far as clocks may be apart.
const REMEMBER: i64 = 300;
