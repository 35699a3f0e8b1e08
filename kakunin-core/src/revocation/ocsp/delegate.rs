//! Responders that a CA has authorised.

use super::Responder;
use super::certificate_id::responder_key_hash;
use crate::bounds::Bounds;
use crate::certificate::{Certificate, Profile};
use crate::crypto::PublicKey;
use crate::encoding::oid;
use crate::error::Denial;
use crate::revocation::{CrlIssuer, Inquiry, fault};
use crate::time::UnixTime;

/// A responder's certificate, signed by the CA that it answers for: facts that outlive its bytes.
#[derive(Clone, Debug)]
pub(in crate::revocation) struct Delegate {
    serial: Box<[u8]>,
    distribution_points: Option<Box<[u8]>>,
    not_before: UnixTime,
    not_after: UnixTime,
    /// Whether its certificate bears id-pkix-ocsp-nocheck: then its own status is not asked for.
    unchecked: bool,
}

impl Delegate {
    /// The delegate in `der`, and its key, if `issuer` authorised it.
    ///
    /// # Errors
    /// E101, E307 for a certificate or key that cannot be read; E405: `ocsp-responder-issuer` (another name, or a
    /// key identifier of another key), `ocsp-responder-usage` (extKeyUsage does not list id-kp-OCSPSigning itself, keyUsage
    /// lacks digitalSignature, or it is a CA), `critical-extension`, `ocsp-responder-signature`.
    pub(in crate::revocation) fn read(der: &[u8], issuer: &CrlIssuer) -> Result<(Self, PublicKey), Denial> {
        const FIELD: &str = "responder certificate";
        let certificate = Certificate::parse(der, &Bounds::default())?;
        let hints = certificate.authority_key_id().zip(issuer.subject_key_id.as_deref());
        if *certificate.issuer() != *issuer.subject || hints.is_some_and(|(hint, own)| hint != own) {
            return Err(fault("ocsp-responder-issuer", FIELD));
        }
        // Explicitly: anyExtendedKeyUsage or none would make every certificate of the CA a responder (RFC 6960 §4.2.2.2).
        let usage = certificate.key_usage().is_none_or(|usage| usage.digital_signature());
        let authority = certificate.basic_constraints().is_some_and(|constraints| constraints.ca);
        if !certificate.has_extended_key_usage(oid::KP_OCSP_SIGNING) || !usage || authority {
            return Err(fault("ocsp-responder-usage", FIELD));
        }
        if let Some(id) = certificate.unprocessed_critical(Profile::Pkix) {
            return Err(fault("critical-extension", FIELD).requested(oid::dotted(id)));
        }
        let (algorithm, signature) = (certificate.signature_algorithm(), certificate.signature());
        if issuer.public_key.verify_x509(algorithm, certificate.tbs(), signature).is_err() {
            return Err(fault("ocsp-responder-signature", FIELD));
        }
        let delegate = Self {
            serial: certificate.serial().into(),
            distribution_points: certificate.crl_distribution_points().map(Into::into),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            unchecked: certificate.is_ocsp_nocheck(),
        };
        Ok((delegate, certificate.public_key()?))
    }

    /// Whether `time` lies within its validity.
    pub(in crate::revocation) fn is_valid(&self, time: UnixTime) -> bool {
        (self.not_before.seconds()..=self.not_after.seconds()).contains(&time.seconds())
    }

    /// What its own CA is to be asked, unless it is exempt.
    pub(in crate::revocation) fn inquiry(&self) -> Option<Inquiry<'_>> {
        (!self.unchecked).then(|| Inquiry::new(&self.serial, false, self.distribution_points.as_deref()))
    }
}

impl Responder {
    /// Whether it names this subject or key.
    pub(super) fn names(&self, subject: &[u8], key: &PublicKey) -> bool {
        match self {
            Self::Name(name) => **name == *subject,
            Self::Key(hash) => *hash == responder_key_hash(key),
        }
    }
}
