//! Certificates (RFC 5280 §4), read strictly and without copying. What one may be used for is judged in a path.
//!
//! Everything that other parsers let pass is refused here: another encoding of the same certificate would have another
//! fingerprint, and a certificate that two verifiers read differently has no meaning.

mod extension;
mod general_name;
mod key_identifier;
mod name;
mod name_constraints;
mod own;
mod parse;
mod policy;
mod revocation_source;
#[cfg(test)]
mod tests;
mod usage;

pub use extension::{Extension, Profile};
pub use general_name::{GeneralName, GeneralNames, UriNames};
pub use key_identifier::AuthorityKeyIdentifier;
pub use name::Name;
pub use name_constraints::{NameConstraints, Subtrees};
pub use own::Namespace;
pub use policy::{Policies, Policy, PolicyConstraints, PolicyMappings};
pub use revocation_source::{DistributionPoint, DistributionPoints, ReasonFlags};
pub use usage::{BasicConstraints, ExtendedKeyUsages, KeyUsage};

pub(crate) use extension::ExtensionList;
pub(crate) use name::{Likeness, check_name};
pub(crate) use parse::SERIAL_OCTETS;
pub(crate) use revocation_source::distribution_point_name;

use extension::Unprocessed;
use revocation_source::AccessDescriptions;

use crate::crypto::{Digest, PublicKey, SignatureAlgorithm, sha256};
use crate::encoding::oid;
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
    /// The value of authorityInfoAccess.
    authority_access: Option<&'a [u8]>,
    authority_key_identifier: Option<AuthorityKeyIdentifier<'a>>,
    basic_constraints: Option<BasicConstraints>,
    development: bool,
    /// The value of cRLDistributionPoints.
    distribution_points: Option<&'a [u8]>,
    extended_key_usages: Option<ExtendedKeyUsages<'a>>,
    freshest_crl: bool,
    key_usage: Option<KeyUsage>,
    model_hash: Option<Digest>,
    name_constraints: Option<NameConstraints<'a>>,
    namespace: Option<Namespace<'a>>,
    not_critical: Option<&'static str>,
    ocsp_nocheck: bool,
    parent: Option<Digest>,
    policies: PolicyExtensions<'a>,
    scope: Option<Extension<'a>>,
    subject_alt_name: Option<(bool, GeneralNames<'a>)>,
    subject_key_id: Option<&'a [u8]>,
    unprocessed_critical: Unprocessed<'a>,
    wrong_criticality: Option<&'static str>,
}

/// The extensions that speak of policies.
#[derive(Clone, Copy, Debug, Default)]
struct PolicyExtensions<'a> {
    /// The value of certificatePolicies.
    certificate: Option<&'a [u8]>,
    constraints: Option<PolicyConstraints>,
    inhibit_any: Option<u32>,
    /// The value of policyMappings.
    mappings: Option<&'a [u8]>,
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

    /// The issuer's name, DER. Not empty.
    pub const fn issuer(&self) -> &'a [u8] {
        self.issuer
    }

    /// The issuer's name.
    pub const fn issuer_name(&self) -> Name<'a> {
        Name::of_checked(self.issuer)
    }

    /// The subject's name, DER. May be an empty SEQUENCE where a critical subjectAltName stands in for it.
    pub const fn subject(&self) -> &'a [u8] {
        self.subject
    }

    /// The subject's name.
    pub const fn subject_name(&self) -> Name<'a> {
        Name::of_checked(self.subject)
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

    /// subjectAltName, in order; empty where it is absent.
    pub fn subject_alternative_names(&self) -> GeneralNames<'a> {
        self.extensions.subject_alt_name.as_ref().map_or_else(GeneralNames::none, |(_, names)| names.clone())
    }

    /// Whether subjectAltName is present and critical.
    pub const fn has_critical_alternative_names(&self) -> bool {
        matches!(self.extensions.subject_alt_name, Some((true, _)))
    }

    /// The URIs in subjectAltName.
    pub fn uri_names(&self) -> UriNames<'a> {
        UriNames::of(self.subject_alternative_names())
    }

    /// The subject's last common name, for people. Only texts that are a UTF8String, a PrintableString or an IA5String.
    pub fn subject_common_name(&self) -> Option<&'a str> {
        self.subject_name().common_name()
    }

    /// nameConstraints. Only in CA certificates, and critical.
    pub const fn name_constraints(&self) -> Option<NameConstraints<'a>> {
        self.extensions.name_constraints
    }

    /// certificatePolicies.
    pub fn certificate_policies(&self) -> Option<Policies<'a>> {
        self.extensions.policies.certificate.map(Policies::of_checked)
    }

    /// policyMappings.
    pub fn policy_mappings(&self) -> Option<PolicyMappings<'a>> {
        self.extensions.policies.mappings.map(PolicyMappings::of_checked)
    }

    /// policyConstraints.
    pub const fn policy_constraints(&self) -> Option<PolicyConstraints> {
        self.extensions.policies.constraints
    }

    /// inhibitAnyPolicy: after how many more certificates anyPolicy has no meaning. Critical.
    pub const fn inhibit_any_policy(&self) -> Option<u32> {
        self.extensions.policies.inhibit_any
    }

    /// cRLDistributionPoints, in order; empty where it is absent.
    pub fn distribution_points(&self) -> DistributionPoints<'a> {
        DistributionPoints::of_checked(self.extensions.distribution_points.unwrap_or_default())
    }

    /// The URIs of OCSP responders in authorityInfoAccess, in order.
    pub fn ocsp_responders(&self) -> impl Iterator<Item = &'a str> {
        let descriptions = AccessDescriptions::of_checked(self.extensions.authority_access.unwrap_or_default());
        descriptions.filter_map(|(method, location)| match location {
            GeneralName::Uri(uri) if method == oid::ACCESS_OCSP => Some(uri),
            _ => None,
        })
    }

    /// subjectKeyIdentifier. A hint, no more.
    pub const fn subject_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.subject_key_id
    }

    /// authorityKeyIdentifier. Hints, no more.
    pub const fn authority_key_identifier(&self) -> Option<AuthorityKeyIdentifier<'a>> {
        self.extensions.authority_key_identifier
    }

    /// The key identifier in authorityKeyIdentifier.
    pub fn authority_key_id(&self) -> Option<&'a [u8]> {
        self.extensions.authority_key_identifier?.key_id
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
        self.extensions.distribution_points
    }

    /// Whether freshestCRL is present: there are lists of what changed since its CA's last complete one.
    pub const fn names_freshest_crl(&self) -> bool {
        self.extensions.freshest_crl
    }

    /// Whether it says where its status may be asked: a CRL distribution point, a freshest CRL or an OCSP responder.
    pub fn names_status_source(&self) -> bool {
        self.extensions.distribution_points.is_some()
            || self.extensions.freshest_crl
            || self.extensions.authority_access.is_some_and(|value| AccessDescriptions::of_checked(value).names_ocsp())
    }

    /// Whether it bears id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2.1): as a responder's, its own status is not asked for.
    pub const fn is_ocsp_nocheck(&self) -> bool {
        self.extensions.ocsp_nocheck
    }

    /// The OID of the first critical extension that `profile` does not process.
    pub const fn unprocessed_critical(&self, profile: Profile) -> Option<&'a [u8]> {
        self.extensions.unprocessed_critical.by(profile)
    }

    /// The name of the first extension that is not critical though RFC 5280 says MUST, of those that CAs by RFC 3280 or before
    /// wrote so: basicConstraints of a CA (§4.2.1.9), policyConstraints (§4.2.1.11).
    pub const fn not_critical(&self) -> Option<&'static str> {
        self.extensions.not_critical
    }

    /// The name of the first extension of our own whose criticality is not the profile's: `parent` is critical,
    /// `modelHash` and `development` are not. (For `scope` it depends on where the certificate stands.)
    pub const fn wrong_criticality(&self) -> Option<&'static str> {
        self.extensions.wrong_criticality
    }

    /// Whether issuer and subject are the same name, byte for byte.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// SHA-256 of the whole certificate, computed anew at each call.
    pub fn fingerprint(&self) -> Digest {
        sha256(self.der)
    }
}
