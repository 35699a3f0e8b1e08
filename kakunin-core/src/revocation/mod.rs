//! Whether a certificate is revoked: CRLs and OCSP responses, read strictly, verified against their issuers, and
//! looked up.
//!
//! A status that cannot be determined is no status: what is missing, stale or unreadable is E405, and a
//! revocation that is known counts, however old the list that says it.

mod crl;
mod inquiry;
pub mod order;
pub mod ocsp;
mod reason;
#[cfg(test)]
mod sample;
mod seen;
mod snapshot;

pub use crl::{Crl, CrlEntry, CrlIssuer, VerifiedCrl};
pub use inquiry::Inquiry;
pub use reason::Reason;
pub use seen::SeenList;
pub use snapshot::{RevocationSnapshot, RevocationView, Status};

use crate::encoding::Malformed;
use crate::error::{Code, Denial};

#[cold]
fn fault(rule: &'static str, field: &'static str) -> Denial {
    Denial::new(Code::RevocationStale, rule).field(field)
}

fn at(field: &'static str) -> impl Fn(Malformed) -> Denial {
    move |malformed| malformed.denial(Code::RevocationStale, field)
}
