//! The extension of requests and responses that binds one to the other.

use crate::certificate::{Extension, ExtensionList};
use crate::encoding::Malformed;
use crate::encoding::der::Reader;
use crate::encoding::oid;
use crate::error::Denial;
use crate::revocation::{at, fault};

/// Most extensions of a request, of a response, or of one answer. 32, as in a certificate: those in the field bear two.
const EXTENSIONS: usize = 32;

/// Longest nonce in octets (RFC 9654 §2.1; RFC 8954 had 32).
pub(super) const NONCE_OCTETS: usize = 128;

/// Reads `Extensions` of which only the nonce is processed: another that is critical is refused.
pub(super) fn read_extensions<'a>(der: &'a [u8], field: &'static str) -> Result<Option<&'a [u8]>, Denial> {
    let mut nonce = None;
    let mut list = ExtensionList::new(der, EXTENSIONS).map_err(|structure| at(field)(structure.fault))?;
    while let Some(Extension { id, critical, value }) = list.next().map_err(at(field))? {
        if id == oid::OCSP_NONCE {
            nonce = Some(read_nonce(value).map_err(at("nonce"))?);
        } else if critical {
            return Err(fault("critical-extension", field).requested(oid::dotted(id)));
        }
    }
    Ok(nonce)
}

/// `Nonce ::= OCTET STRING (SIZE (1..128))`
fn read_nonce(value: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(value);
    let nonce = reader.octet_string()?;
    reader.finish()?;
    if (1..=NONCE_OCTETS).contains(&nonce.len()) { Ok(nonce) } else { Err(Malformed::new("nonce-length")) }
}
