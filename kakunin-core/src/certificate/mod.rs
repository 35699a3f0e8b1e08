//! Certificates (RFC 5280 §4), read strictly and without copying. What one may be used for is judged in a path.
//!
//! Everything that other parsers let pass is refused here: another encoding of the same certificate would have another
//! fingerprint, and a certificate that two verifiers read differently has no meaning.

mod extension;
mod general_name;
mod key_identifier;
mod name;
mod own;
mod parse;
mod revocation_source;
#[cfg(test)]
mod tests;
mod usage;

pub use extension::Extension;
pub use general_name::UriNames;
pub use own::Namespace;
pub use usage::{BasicConstraints, ExtendedKeyUsages, KeyUsage};

pub(crate) use extension::ExtensionList;
pub(crate) use key_identifier::authority as read_authority_key_identifier;
pub(crate) use name::check_name;
pub(crate) use revocation_source::check_distribution_point_name;

use crate::crypto::{Digest, PublicKey, SignatureAlgorithm, sha256};
use crate::error::Denial;
use crate::time::UnixTime;

/// An unverified certificate: well-formed, version 3, every field readable; signed by nobody knows whom.
#[derive(Clone, Debug)]
pub struct Certificate<'a> {
    der: &'a [u8],
    tbs: &'a [u8],
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    not_before: UnixTime,
    not_after: UnixTime,
    spki: &'a [u8],
    signature_algorithm: SignatureAlgorithm,
    signature: &'a [u8],
    extensions: Extensions<'a>,
}

/// The extensions that are read; all others are opaque.
#[derive(Clone, Debug, Default)]
struct Extensions<'a> {
    authority_key_id: Option<&'a [u8]>,
    basic_constraints: Option<BasicConstraints>,
    crl_distribution_points: Option<&'a [u8]>,
    development: bool,
    extended_key_usages: Option<ExtendedKeyUsages<'a>>,
    key_usage: Option<KeyUsage>,
    model_hash: Option<Digest>,
    namespace: Option<Namespace<'a>>,
    names_status_source: bool,
    parent: Option<Digest>,
    scope: Option<Extension<'a>>,
    subject_alt_name: Option<(bool, UriNames<'a>)>,
    subject_key_id: Option<&'a [u8]>,
    unprocessed_critical: Option<&'a [u8]>,
    wrong_criticality: Option<&'static str>,
}

impl<'a> Certificate<'a> {
    /// The whole certificate.
    pub const fn der(&self) -> &'a [u8] {
        self.der
    }

    /// What was signed: the `TBSCertificate` as it came.
    pub const fn tbs(&self) -> &'a [u8] {
        self.tbs
    }

    /// The serial number's content octets: positive, minimal, at most 20.
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// The issuer's name, DER. Not empty. Names are compared bytewise.
    pub const fn issuer(&self) -> &'a [u8] {
        self.issuer
    }

    /// The subject's name, DER. May be an empty SEQUENCE where a critical subjectAltName stands in for it.
    pub const fn subject(&self) -> &'a [u8] {
        self.subject
    }

    /// The first second of its validity.
    pub const fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// The last second of its validity.
    pub const fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// The `SubjectPublicKeyInfo`, DER. [`Certificate::public_key`] reads it.
    pub const fn spki(&self) -> &'a [u8] {
        self.spki
    }

    /// The subject's public key.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn public_key(&self) -> Result<PublicKey, Denial> {
        PublicKey::from_spki(self.spki)
    }

    /// What it is signed with, by its own account (inside and outside the signed part alike).
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// The signature's bytes, not verified.
    pub const fn signature(&self) -> &'a [u8] {
        self.signature
    }

    /// basicConstraints.
    pub const fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extensions.basic_constraints
    }

    /// keyUsage.
    pub const fn key_usage(&self) -> Option<KeyUsage> {
        self.extensions.key_usage
    }

    /// extKeyUsage.
    pub const fn extended_key_usages(&self) -> Option<ExtendedKeyUsages<'a>> {
        self.extensions.extended_key_usages
    }

    /// Whether extKeyUsage lists the usage `id`. anyExtendedKeyUsage stands for itself only.
    pub fn has_extended_key_usage(&self, id: &[u8]) -> bool {
        self.extensions.extended_key_usages.is_some_and(|usages| usages.contains(id))
    }

    /// The URIs in subjectAltName.
    pub fn uri_names(&self) -> UriNames<'a> {
        self.extensions.subject_alt_name.as_ref().map_or_else(UriNames::none, |(_, names)| names.clone())
    }

    /// The subject's last common name, for people. Only texts that are a UTF8String, a PrintableString or an IA5String.
    pub fn subject_common_name(&self) -> Option<&'a str> {
        name::common_name(self.subject)
    }

    /// subjectKeyIdentifier. A hint, no more.
    pub const fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key_id
    }

    /// The key identifier in authorityKeyIdentifier. A hint, no more.
    pub const fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.authority_key_id
    }

    /// The extension `scope`, its content not decoded.
    pub const fn scope(&self) -> Option<Extension<'a>> {
        self.extensions.scope
    }

    /// The prefixes in the extension `namespace`: 1 to 16, their form not judged.
    pub fn namespace(&self) -> Option<Namespace<'a>> {
        self.extensions.namespace.clone()
    }

    /// The extension `parent`: SHA-256 of the parent's certificate.
    pub const fn parent(&self) -> Option<&Digest> {
        self.extensions.parent.as_ref()
    }

    /// The extension `modelHash`.
    pub const fn model_hash(&self) -> Option<&Digest> {
        self.extensions.model_hash.as_ref()
    }

    /// Whether the extension `development` is present.
    pub const fn is_development(&self) -> bool {
        self.extensions.development
    }

    /// cRLDistributionPoints, the whole extension value, checked.
    pub const fn crl_distribution_points(&self) -> Option<&'a [u8]> {
        self.extensions.crl_distribution_points
    }

    /// Whether it says where its status may be asked: a CRL distribution point, a freshest CRL or an OCSP responder.
    pub const fn names_status_source(&self) -> bool {
        self.extensions.names_status_source
    }

    /// The OID of the first critical extension that is not processed, nameConstraints and policies among them.
    pub const fn unprocessed_critical(&self) -> Option<&'a [u8]> {
        self.extensions.unprocessed_critical
    }

    /// The name of the first extension of our own whose criticality is not the profile's: `parent` is critical,
    /// `modelHash` and `development` are not. (For `scope` it depends on where the certificate stands.)
    pub const fn wrong_criticality(&self) -> Option<&'static str> {
        self.extensions.wrong_criticality
    }

    /// Whether issuer and subject are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// SHA-256 of the whole certificate, computed anew at each call.
    pub fn fingerprint(&self) -> Digest {
        sha256(self.der)
    }
}
