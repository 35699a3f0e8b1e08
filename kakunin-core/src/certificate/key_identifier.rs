use super::general_name::check_general_names;
use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};

/// `SubjectKeyIdentifier ::= OCTET STRING` (RFC 5280 §4.2.1.2), not empty.
pub(super) fn subject(value: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(value);
    let id = reader.octet_string()?;
    reader.finish()?;
    if id.is_empty() { Err(Malformed::new("key-identifier-empty")) } else { Ok(id) }
}

/// ```asn1
/// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OCTET STRING OPTIONAL, authorityCertIssuer [1] GeneralNames OPTIONAL,
///                                       authorityCertSerialNumber [2] INTEGER OPTIONAL }   -- RFC 5280 §4.2.1.1; both or neither of [1], [2]
/// ```
pub(crate) fn authority(value: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    let mut outer = Reader::new(value);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    let id = fields.optional(tag::context(0))?.map(|element| element.content);
    let issuer = fields.optional(tag::context_constructed(1))?;
    let serial = fields.optional(tag::context(2))?;
    fields.finish()?;
    if id.is_some_and(<[u8]>::is_empty) {
        return Err(Malformed::new("key-identifier-empty"));
    }
    match (issuer, serial) {
        (None, None) => Ok(id),
        (Some(issuer), Some(serial)) => {
            check_general_names(issuer.content)?;
            der::integer(serial.content)?;
            Ok(id)
        }
        _ => Err(Malformed::new("key-identifier-issuer-without-serial")),
    }
}
