//! Certificate revocation lists (RFC 5280 §5): complete ones and parts of them, by the CA that issued what they name.
//!
//! A delta and an indirect list are refused: neither says what it leaves out without another.

mod entry;
mod parse;
mod scope;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::scope::ListScope;
pub use self::table::CrlEntry;
use self::table::{NUMBER_OCTETS, Table};
use super::fault;
use super::inquiry::Inquiry;
use super::reason::Reasons;
use crate::crypto::{Digest, PublicKey, SignatureAlgorithm};
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// A list that was read and not yet verified.
///
/// ```asn1
/// CertificateList ::= SEQUENCE { tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING }
/// TBSCertList     ::= SEQUENCE { version INTEGER { v2(1) }, signature AlgorithmIdentifier, issuer Name,
///                       thisUpdate Time, nextUpdate Time,
///                       revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time,
///                         crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
///                       crlExtensions [0] EXPLICIT Extensions }
/// ```
#[derive(Clone, Debug)]
pub struct Crl {
    list: Arc<List>,
    signed: Arc<Signed>,
}

/// A list whose signature was verified: what it says, without its bytes. Only [`Crl::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedCrl(Arc<List>);

/// What a list says.
#[derive(Debug)]
struct List {
    issuer: Box<[u8]>,
    this_update: UnixTime,
    next_update: UnixTime,
    number: CrlNumber,
    authority_key_id: Option<Box<[u8]>>,
    scope: ListScope,
    revoked: Table,
}

/// What its signature is checked with.
#[derive(Debug)]
struct Signed {
    der: Box<[u8]>,
    /// Where the signed part stands in `der`.
    tbs: (usize, usize),
    algorithm: SignatureAlgorithm,
    signature: Box<[u8]>,
}

/// A CRL number, padded at the front: comparing bytes compares numbers.
pub(super) type CrlNumber = [u8; NUMBER_OCTETS];

/// A CA as the issuer of revocation lists and OCSP responses, with facts of its verified certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlIssuer {
    /// Its name, as DER.
    pub subject: Arc<[u8]>,
    /// Its key.
    pub public_key: PublicKey,
    /// Whether its keyUsage asserts cRLSign.
    pub may_sign_crl: bool,
    /// Its subjectKeyIdentifier.
    pub subject_key_id: Option<Box<[u8]>>,
}

impl Crl {
    /// The name of the CA that is said to have signed it, as DER.
    pub fn issuer(&self) -> &[u8] {
        &self.list.issuer
    }

    /// From when it speaks.
    pub fn this_update(&self) -> UnixTime {
        self.list.this_update
    }

    /// When a newer one is due; from then on this one is stale.
    pub fn next_update(&self) -> UnixTime {
        self.list.next_update
    }

    /// All its bytes.
    pub fn der(&self) -> &[u8] {
        &self.signed.der
    }

    /// How many certificates it revokes.
    pub fn revoked(&self) -> usize {
        self.list.revoked.len()
    }

    /// The certificates that it revokes, in its order.
    pub fn entries(&self) -> impl Iterator<Item = CrlEntry> {
        self.list.revoked.entries()
    }

    /// Whether it bears an issuingDistributionPoint: it speaks of a part of its CA's certificates, or of reasons, only.
    pub fn is_partial(&self) -> bool {
        self.list.scope != ListScope::WHOLE
    }

    /// Its number, big-endian, padded at the front: comparing bytes compares numbers.
    pub fn number_octets(&self) -> &[u8] {
        &self.list.number
    }

    /// The list, if `issuer` signed it and may.
    ///
    /// # Errors
    /// E405 with rule `crl-issuer` (another name), `crl-key-identifier`, `crl-sign` (keyUsage lacks cRLSign) or
    /// `crl-signature`; E307 where its algorithm does not fit the key.
    pub fn verify(&self, issuer: &CrlIssuer) -> Result<VerifiedCrl, Denial> {
        self.list.check_issuer(issuer)?;
        self.verify_by(&issuer.public_key)
    }

    /// The list, if this key signed it. Whether the key's owner may is asked at every look-up.
    pub(super) fn verify_by(&self, key: &PublicKey) -> Result<VerifiedCrl, Denial> {
        let Signed { der, tbs: (start, end), algorithm, signature } = &*self.signed;
        let message = der.get(*start..*end).unwrap_or_default();
        key.verify_x509(*algorithm, message, signature).map_err(|denial| match denial.code() {
            Code::AlgorithmNotAllowed => denial,
            _ => fault("crl-signature", "signature"),
        })?;
        Ok(VerifiedCrl(Arc::clone(&self.list)))
    }

    pub(super) fn number(&self) -> &CrlNumber {
        &self.list.number
    }
}

impl VerifiedCrl {
    /// The name of the CA that signed it, as DER.
    pub fn issuer(&self) -> &[u8] {
        &self.0.issuer
    }

    /// From when it speaks.
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// When a newer one is due; from then on this one is stale.
    pub fn next_update(&self) -> UnixTime {
        self.0.next_update
    }

    /// What it says of the certificate with this serial (an INTEGER's content), if it is revoked.
    pub fn entry(&self, serial: &[u8]) -> Option<CrlEntry> {
        self.0.revoked.find(serial)
    }

    /// The certificates that it revokes, in its order.
    pub fn entries(&self) -> impl Iterator<Item = CrlEntry> {
        self.0.revoked.entries()
    }

    /// Whether thisUpdate ≤ `now` < nextUpdate; else the rule that fails.
    ///
    /// # Errors
    /// `crl-this-update`, `crl-next-update`.
    pub fn fresh(&self, now: UnixTime) -> Result<(), &'static str> {
        if now < self.0.this_update {
            Err("crl-this-update")
        } else if now >= self.0.next_update {
            Err("crl-next-update")
        } else {
            Ok(())
        }
    }

    pub(super) fn check_issuer(&self, issuer: &CrlIssuer) -> Result<(), Denial> {
        self.0.check_issuer(issuer)
    }

    pub(super) fn coverage(&self, inquiry: &Inquiry<'_>) -> Reasons {
        self.0.scope.coverage(inquiry, &self.0.issuer)
    }

    pub(super) fn scope(&self) -> &ListScope {
        &self.0.scope
    }

    /// What tells the lists of this issuer and scope from all others.
    pub(super) fn series(&self) -> Digest {
        self.0.scope.digest(&self.0.issuer)
    }

    pub(super) fn number(&self) -> &CrlNumber {
        &self.0.number
    }
}

impl List {
    fn check_issuer(&self, issuer: &CrlIssuer) -> Result<(), Denial> {
        if *self.issuer != *issuer.subject {
            return Err(fault("crl-issuer", "tbsCertList.issuer"));
        }
        if let (Some(hint), Some(own)) = (&self.authority_key_id, &issuer.subject_key_id)
            && hint != own
        {
            return Err(fault("crl-key-identifier", "authorityKeyIdentifier"));
        }
        if !issuer.may_sign_crl {
            return Err(fault("crl-sign", "keyUsage"));
        }
        Ok(())
    }
}
