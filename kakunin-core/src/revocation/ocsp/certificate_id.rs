use crate::crypto::{PublicKey, sha1_as_identifier, sha256};
use crate::encoding::Malformed;
use crate::encoding::der::{Reader, Writer, tag};
use crate::encoding::oid;
use crate::revocation::CrlIssuer;

/// Longest serial number without a leading zero, in octets (RFC 5280 §4.1.2.2, as most generously read). A certificate's own
/// content is shorter still; a longer one here names no certificate.
const SERIAL_OCTETS: usize = 20;

/// How a CertID names an issuer. Nothing hangs on the strength of it: who answers is shown by a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentifierHash {
    /// SHA-1, which every responder knows (RFC 5019 §2.1.1).
    Sha1,
    /// SHA-256.
    Sha256,
}

impl IdentifierHash {
    const fn oid(self) -> oid::Oid {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
        }
    }

    fn digest(self, data: &[u8]) -> Box<[u8]> {
        match self {
            Self::Sha1 => Box::new(sha1_as_identifier(data)),
            Self::Sha256 => Box::new(sha256(data)),
        }
    }
}

/// A certificate as a request or response names it.
///
/// ```asn1
/// CertID ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING,
///                       serialNumber CertificateSerialNumber }   -- RFC 6960 §4.1.1
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateId {
    /// None for a hash that is not known here: it names nobody.
    hash: Option<IdentifierHash>,
    pub(super) name_hash: Box<[u8]>,
    pub(super) key_hash: Box<[u8]>,
    serial: Box<[u8]>,
    der: Box<[u8]>,
}

impl CertificateId {
    /// The certificate with this serial (an INTEGER's content) that `issuer` issued.
    pub fn new(issuer: &CrlIssuer, serial: &[u8], hash: IdentifierHash) -> Self {
        let name_hash = hash.digest(&issuer.subject);
        let key_hash = hash.digest(issuer.public_key.key_bits());
        let mut der = Writer::new();
        der.sequence(|id| {
            id.sequence(|algorithm| {
                // RFC 3370 §2.1 and RFC 5754 §2 differ on NULL; responders in the field know both by it.
                algorithm.oid(hash.oid()).primitive(tag::NULL, &[]);
            });
            id.primitive(tag::OCTET_STRING, &name_hash).primitive(tag::OCTET_STRING, &key_hash);
            id.primitive(tag::INTEGER, serial);
        });
        Self { hash: Some(hash), name_hash, key_hash, serial: serial.into(), der: der.into_bytes().into() }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let element = reader.expect(tag::SEQUENCE)?;
        let mut fields = Reader::new(element.content);
        let mut algorithm = fields.sequence()?;
        let id = algorithm.oid()?;
        let plain = algorithm.is_empty() || algorithm.rest() == [tag::NULL, 0];
        if !plain {
            algorithm.element()?;
            algorithm.finish()?;
        }
        let known = [IdentifierHash::Sha1, IdentifierHash::Sha256].into_iter().find(|hash| hash.oid() == id && plain);
        let name_hash = fields.octet_string()?.into();
        let key_hash = fields.octet_string()?.into();
        let serial = match fields.integer()? {
            [0] => return Err(Malformed::new("integer-not-positive")),
            [first, ..] if first & 0x80 != 0 => return Err(Malformed::new("integer-not-positive")),
            serial if serial.strip_prefix(&[0]).unwrap_or(serial).len() > SERIAL_OCTETS => {
                return Err(Malformed::new("integer-too-large"));
            }
            serial => serial.into(),
        };
        fields.finish()?;
        Ok(Self { hash: known, name_hash, key_hash, serial, der: element.raw.into() })
    }

    /// Whether `issuer`, by name and key, issued the certificate: hashes of a known algorithm, whole.
    pub fn is_of(&self, issuer: &CrlIssuer) -> bool {
        self.hash.is_some_and(|hash| {
            self.name_hash == hash.digest(&issuer.subject) && self.key_hash == hash.digest(issuer.public_key.key_bits())
        })
    }

    /// The serial number, as an INTEGER's content.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The CertID as it came or was made.
    pub fn der(&self) -> &[u8] {
        &self.der
    }
}

/// `KeyHash ::= OCTET STRING`: SHA-1 of the subjectPublicKey's bits (RFC 6960 §4.2.1).
pub(super) fn responder_key_hash(key: &PublicKey) -> [u8; 20] {
    sha1_as_identifier(key.key_bits())
}
