//! Profile `pkix`: RFC 5280 path building and validation for certificates of any kind, without host names.
//!
//! [`build()`] searches a pool of certificates in no order, within a budget, and judges what it finds by one table of rules
//! ([`RULES`]), from the anchor down.

mod budget;
mod build;
mod options;
mod policy;
mod pool;
mod rank;
mod rules;
mod signatures;
mod state;
mod status;
mod verified;

pub use build::build;
pub use options::{AnchorUse, Budget, Conformance, Options, PATH_CERTIFICATES, PolicyInputs};
pub use policy::ValidPolicies;
pub use rules::{RULES, Rule};
pub use verified::{PathCertificate, VerifiedPath};
