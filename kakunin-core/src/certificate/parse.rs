use super::extension::{ExtensionList, Structure};
use super::name::check_name;
use super::{Certificate, Extensions};
use crate::bounds::Bounds;
use crate::crypto::SignatureAlgorithm;
use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// Longest serial number, in content octets (RFC 5280 §4.1.2.2).
pub(crate) const SERIAL_OCTETS: usize = 20;

impl<'a> Certificate<'a> {
    /// Reads one certificate.
    ///
    /// ```asn1
    /// Certificate    ::= SEQUENCE { tbsCertificate TBSCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
    /// TBSCertificate ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, serialNumber INTEGER, signature AlgorithmIdentifier,
    ///                               issuer Name, validity SEQUENCE { notBefore Time, notAfter Time }, subject Name,
    ///                               subjectPublicKeyInfo SubjectPublicKeyInfo, issuerUniqueID [1] …, subjectUniqueID [2] …,
    ///                               extensions [3] EXPLICIT SEQUENCE SIZE (1..MAX) OF Extension OPTIONAL }   -- RFC 5280 §4.1
    /// ```
    ///
    /// # Errors
    /// E101 where `der` is not the one DER encoding of a version 3 certificate of RFC 5280, or passes a bound; E307 where its
    /// signature algorithm is not on the list.
    pub fn parse(der: &'a [u8], bounds: &Bounds) -> Result<Self, Denial> {
        if der.len() > bounds.certificate_bytes {
            return Err(malformed("certificate", "certificate-too-large"));
        }
        let mut outer = Reader::new(der);
        let mut certificate = outer.sequence().map_err(at("certificate"))?;
        outer.finish().map_err(at("certificate"))?;
        let tbs = certificate.expect(tag::SEQUENCE).map_err(at("tbsCertificate"))?;
        let algorithm = algorithm(&mut certificate).map_err(at("signatureAlgorithm"))?;
        let signature = certificate.bit_string().map_err(at("signatureValue"))?;
        certificate.finish().map_err(at("certificate"))?;

        let mut fields = Reader::new(tbs.content);
        version(&mut fields)?;
        let serial = serial(&mut fields).map_err(at("tbsCertificate.serialNumber"))?;
        let inner = self::algorithm(&mut fields).map_err(at("tbsCertificate.signature"))?;
        if inner.raw != algorithm.raw {
            return Err(malformed("tbsCertificate.signature", "algorithm-mismatch"));
        }
        let issuer = name(&mut fields).map_err(at("tbsCertificate.issuer"))?;
        if issuer.content.is_empty() {
            return Err(malformed("tbsCertificate.issuer", "name-empty"));
        }
        let (not_before, not_after) = validity(&mut fields).map_err(at("tbsCertificate.validity"))?;
        let subject = name(&mut fields).map_err(at("tbsCertificate.subject"))?;
        let spki = public_key(&mut fields).map_err(at("tbsCertificate.subjectPublicKeyInfo"))?;
        if matches!(fields.peek(), Some(UNIQUE_ID_FIRST..=UNIQUE_ID_LAST)) {
            return Err(malformed("tbsCertificate", "unique-identifier"));
        }
        let extensions = match fields.optional(tag::context_constructed(3)).map_err(at("tbsCertificate.extensions"))? {
            Some(explicit) => ExtensionList::new(explicit.content, bounds.extensions)
                .and_then(Extensions::read)
                .map_err(|fault| fault.denial("tbsCertificate.extensions"))?,
            None => Extensions::default(),
        };
        fields.finish().map_err(at("tbsCertificate"))?;
        // RFC 5280 §4.1.2.6: without a subject, a critical subjectAltName stands in for it.
        if subject.content.is_empty() && !matches!(extensions.subject_alt_name, Some((true, _))) {
            return Err(malformed("tbsCertificate.subject", "name-empty"));
        }
        Ok(Self {
            der,
            tbs: tbs.raw,
            serial,
            issuer: issuer.raw,
            subject: subject.raw,
            not_before,
            not_after,
            spki,
            signature_algorithm: SignatureAlgorithm::from_der(algorithm.content)?,
            signature,
            extensions,
        })
    }
}

/// `[1]` and `[2]` as they stand over an IMPLICIT BIT STRING.
const UNIQUE_ID_FIRST: u8 = tag::context(1);
const UNIQUE_ID_LAST: u8 = tag::context(2);

fn version(fields: &mut Reader<'_>) -> Result<(), Denial> {
    const FIELD: &str = "tbsCertificate.version";
    let Some(explicit) = fields.optional(tag::context_constructed(0)).map_err(at(FIELD))? else {
        return Err(malformed(FIELD, "version-1"));
    };
    let mut reader = Reader::new(explicit.content);
    let version = reader.integer().map_err(at(FIELD))?;
    reader.finish().map_err(at(FIELD))?;
    match version {
        [2] => Ok(()),
        [0] => Err(malformed(FIELD, "default-encoded")),
        [1] => Err(malformed(FIELD, "version-2")),
        _ => Err(malformed(FIELD, "version-unknown")),
    }
}

fn serial<'a>(fields: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let serial = fields.integer()?;
    if serial.len() > SERIAL_OCTETS {
        return Err(Malformed::new("serial-too-long"));
    }
    match serial {
        [0] => Err(Malformed::new("serial-not-positive")),
        [first, ..] if first & 0x80 != 0 => Err(Malformed::new("serial-not-positive")),
        _ => Ok(serial),
    }
}

/// `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY DEFINED BY algorithm OPTIONAL }`
pub(super) fn algorithm<'a>(fields: &mut Reader<'a>) -> Result<der::Element<'a>, Malformed> {
    let identifier = fields.expect(tag::SEQUENCE)?;
    let mut reader = Reader::new(identifier.content);
    reader.oid()?;
    if !reader.is_empty() {
        reader.element()?;
    }
    reader.finish()?;
    Ok(identifier)
}

fn name<'a>(fields: &mut Reader<'a>) -> Result<der::Element<'a>, Malformed> {
    let name = fields.expect(tag::SEQUENCE)?;
    check_name(name.content)?;
    Ok(name)
}

fn validity(fields: &mut Reader<'_>) -> Result<(UnixTime, UnixTime), Malformed> {
    let mut validity = fields.sequence()?;
    let times = (validity.time()?, validity.time()?);
    validity.finish()?;
    Ok(times)
}

fn public_key<'a>(fields: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let spki = fields.expect(tag::SEQUENCE)?;
    let mut reader = Reader::new(spki.content);
    algorithm(&mut reader)?;
    reader.bit_string()?;
    reader.finish()?;
    Ok(spki.raw)
}

fn at(field: &'static str) -> impl Fn(Malformed) -> Denial {
    move |fault| fault.denial(Code::CertificateMalformed, field)
}

#[cold]
fn malformed(field: &'static str, rule: &'static str) -> Denial {
    Malformed::new(rule).denial(Code::CertificateMalformed, field)
}

impl Structure {
    fn denial(self, field: &'static str) -> Denial {
        self.fault.denial(Code::CertificateMalformed, self.extension.unwrap_or(field))
    }
}
