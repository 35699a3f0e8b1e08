//! Whether a certificate is revoked: CRLs, read strictly, verified against their issuers, and looked up.
//!
//! A status that cannot be determined is no status: what is missing, stale or unreadable is E405, and a
//! revocation that is known counts, however old the list that says it.

mod crl;
#[cfg(test)]
mod sample;
mod snapshot;

pub use crl::{Crl, CrlIssuer, VerifiedCrl};
pub use snapshot::{RevocationSnapshot, RevocationView, Status};
