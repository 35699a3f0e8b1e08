//! Path validation: what a list of certificates, given in order, proves about its leaf.
//!
//! The rules are one table ([`RULES`]), each with its source and its code. A path is never built and never
//! searched: it is the list that was given, up to the first certificate that a trust anchor stands for.
//! [`VerifiedAgent`] is the only way to a scope; [`validate`] makes one, and [`VerifiedDelegator::extend`], for who
//! signs one certificate after the other below a path that was validated once.
//!
//! [`pkix`] is the other profile: RFC 5280 for certificates of any kind, whose path is searched in a pool.

mod anchors;
mod approver;
mod constraints;
mod delegator;
pub(crate) mod identity;
mod judge;
pub mod pkix;
mod rules;
mod verified;

pub use anchors::TrustAnchors;
pub(crate) use approver::approver_uri;
pub use approver::{APPROVER_RULES, ApproverRule, VerifiedApprover};
pub use delegator::VerifiedDelegator;
pub use judge::{validate, validate_authority};
pub(crate) use rules::AGENT_SIGNED_SECONDS;
pub use rules::{RULES, Rule};
pub use verified::{Link, LinkKind, VerifiedAgent, VerifiedAuthority};
