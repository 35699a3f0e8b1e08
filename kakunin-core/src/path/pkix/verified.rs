use super::build::Found;
use super::policy::ValidPolicies;
use super::pool::Entry;
use crate::crypto::{Digest, PublicKey, sha256};
use crate::error::Denial;
use crate::time::UnixTime;

/// A path that was built and validated up to an anchor. Only [`super::build`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedPath {
    certificates: Vec<PathCertificate>,
    public_key: PublicKey,
    policies: ValidPolicies,
}

/// A certificate of a validated path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathCertificate {
    der: Box<[u8]>,
    subject: Box<[u8]>,
    not_before: UnixTime,
    not_after: UnixTime,
}

impl VerifiedPath {
    pub(super) fn new(found: &Found<'_, '_>) -> Result<Self, Denial> {
        let certificates = found.path.iter().rev().map(|entry| PathCertificate::of(entry)).collect();
        let leaf = found.path.last().copied();
        let public_key =
            leaf.map_or_else(|| Err(Denial::new(crate::error::Code::ChainUntrusted, "path-empty")), Entry::key)?;
        Ok(Self { certificates, public_key: public_key.clone(), policies: found.policies.clone() })
    }

    /// The path, leaf first, anchor last.
    pub fn certificates(&self) -> &[PathCertificate] {
        &self.certificates
    }

    /// The leaf's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The policies under which it is valid, of those that were asked for.
    pub fn policies(&self) -> &ValidPolicies {
        &self.policies
    }

    /// From when every certificate on it is valid.
    pub fn not_before(&self) -> Option<UnixTime> {
        self.certificates.iter().map(|certificate| certificate.not_before).max()
    }

    /// Until when every certificate on it is valid, that second included.
    pub fn not_after(&self) -> Option<UnixTime> {
        self.certificates.iter().map(|certificate| certificate.not_after).min()
    }
}

impl PathCertificate {
    fn of(entry: &Entry<'_>) -> Self {
        let certificate = &entry.certificate;
        Self {
            der: certificate.der().into(),
            subject: certificate.subject().into(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }

    /// The certificate, DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the certificate, computed anew at each call.
    pub fn fingerprint(&self) -> Digest {
        sha256(&self.der)
    }

    /// The subject's name, DER.
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }
}
