use super::general_name::GeneralNames;
use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};

/// `SubjectKeyIdentifier ::= OCTET STRING` (RFC 5280 §4.2.1.2), not empty.
pub(super) fn subject(value: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(value);
    let id = reader.octet_string()?;
    reader.finish()?;
    if id.is_empty() { Err(Malformed::new("key-identifier-empty")) } else { Ok(id) }
}

/// authorityKeyIdentifier: hints about the issuer's certificate.
///
/// ```asn1
/// AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OCTET STRING OPTIONAL, authorityCertIssuer [1] GeneralNames OPTIONAL,
///                                       authorityCertSerialNumber [2] INTEGER OPTIONAL }   -- RFC 5280 §4.2.1.1; both or neither of [1], [2]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier<'a> {
    /// The issuer's subjectKeyIdentifier; not empty.
    pub key_id: Option<&'a [u8]>,
    /// The content of authorityCertIssuer's list, checked, and the serial number's content octets.
    certificate: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> AuthorityKeyIdentifier<'a> {
    pub(crate) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let key_id = fields.optional(tag::context(0))?.map(|element| element.content);
        let issuer = fields.optional(tag::context_constructed(1))?;
        let serial = fields.optional(tag::context(2))?;
        fields.finish()?;
        if key_id.is_some_and(<[u8]>::is_empty) {
            return Err(Malformed::new("key-identifier-empty"));
        }
        let certificate = match (issuer, serial) {
            (None, None) => None,
            (Some(issuer), Some(serial)) => {
                GeneralNames::read(issuer.content)?;
                Some((issuer.content, der::integer(serial.content)?))
            }
            _ => return Err(Malformed::new("key-identifier-issuer-without-serial")),
        };
        Ok(Self { key_id, certificate })
    }

    /// The name of the issuer of the issuer's certificate, and that certificate's serial number.
    pub fn certificate(self) -> Option<(GeneralNames<'a>, &'a [u8])> {
        self.certificate.map(|(issuer, serial)| (GeneralNames::of_checked(issuer), serial))
    }
}
