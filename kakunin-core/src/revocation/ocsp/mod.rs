//! OCSP (RFC 6960; nonces of RFC 9654): requests and responses, verified against the CA that they are about.

mod certificate_id;
mod delegate;
mod nonce;
mod parse;
mod request;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use self::certificate_id::{CertificateId, IdentifierHash};
pub(in crate::revocation) use self::delegate::Delegate;
pub use self::request::OcspRequest;
pub(crate) use self::request::write_nonce;
use super::inquiry::Inquiry;
use super::reason::Reason;
use super::{CrlIssuer, Status, fault};
use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::crypto::{PublicKey, SignatureAlgorithm};
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// How long an answer without nextUpdate is fresh, in seconds. 300: it says that newer ones are to be had at all times
/// (RFC 6960 §4.2.2.1), and signers here date back by as much.
const UNBOUNDED_SECONDS: i64 = 300;

/// A response that was read and not yet verified.
///
/// ```asn1
/// OCSPResponse      ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT SEQUENCE { responseType OBJECT
///                         IDENTIFIER, response OCTET STRING } OPTIONAL }   -- RFC 6960 §4.2.1
/// BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING,
///                         certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
/// ResponseData      ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, responderID ResponderID, producedAt
///                         GeneralizedTime, responses SEQUENCE OF SingleResponse, responseExtensions [1] EXPLICIT Extensions OPTIONAL }
/// SingleResponse    ::= SEQUENCE { certID CertID, certStatus CertStatus, thisUpdate GeneralizedTime, nextUpdate [0]
///                         EXPLICIT GeneralizedTime OPTIONAL, singleExtensions [1] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct OcspResponse(Arc<Response>);

#[derive(Debug)]
struct Response {
    der: Box<[u8]>,
    /// What was signed.
    data: Box<[u8]>,
    /// The content of the AlgorithmIdentifier.
    algorithm: Box<[u8]>,
    signature: Box<[u8]>,
    certificates: Box<[Box<[u8]>]>,
    responder: Responder,
    produced_at: UnixTime,
    answers: Box<[Answer]>,
    nonce: Option<Box<[u8]>>,
}

#[derive(Debug)]
enum Responder {
    /// A whole Name.
    Name(Box<[u8]>),
    /// SHA-1 of its key.
    Key([u8; 20]),
}

/// What a response says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The certificate.
    pub id: CertificateId,
    /// Its status.
    pub status: OcspStatus,
    /// As of when that is known.
    pub this_update: UnixTime,
    /// When more will be known.
    pub next_update: Option<UnixTime>,
}

/// The status in one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatus {
    /// It is not revoked.
    Good,
    /// It is.
    Revoked {
        /// Since when.
        at: UnixTime,
        /// Why, where that is said.
        reason: Option<Reason>,
    },
    /// The responder does not know it.
    Unknown,
}

/// A response whose signature was verified, by the CA's key or by a responder that the CA authorised: what it says of that
/// CA's certificates. Only [`OcspResponse::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedOcspResponse {
    answers: Vec<(Box<[u8]>, VerifiedAnswer)>,
    delegate: Option<Arc<Delegate>>,
}

/// Whether `issuer` authorised the responder whose certificate `der` is.
///
/// # Errors
/// As [`OcspResponse::verify`].
pub(crate) fn check_delegate(der: &[u8], issuer: &CrlIssuer) -> Result<(), Denial> {
    Delegate::read(der, issuer).map(|_| ())
}

/// An answer of a verified response.
#[derive(Clone, Debug)]
pub(super) struct VerifiedAnswer {
    status: OcspStatus,
    pub(super) this_update: UnixTime,
    next_update: Option<UnixTime>,
    produced_at: UnixTime,
    pub(super) delegate: Option<Arc<Delegate>>,
}

impl OcspResponse {
    /// All its bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// When it was signed.
    pub fn produced_at(&self) -> UnixTime {
        self.0.produced_at
    }

    /// What it says, by its own account.
    pub fn answers(&self) -> &[Answer] {
        &self.0.answers
    }

    /// What it repeats of the request.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.0.nonce.as_deref()
    }

    /// Whether it repeats the nonce of `request`, where that has one.
    ///
    /// # Errors
    /// E405 `ocsp-nonce`: it may be a response of another day.
    pub fn check_nonce(&self, request: &OcspRequest) -> Result<(), Denial> {
        match request.nonce() {
            Some(nonce) if self.nonce() != Some(nonce) => Err(fault("ocsp-nonce", "nonce")),
            _ => Ok(()),
        }
    }

    /// The response, if `issuer`'s key signed it, or a responder that the same key certified for it.
    ///
    /// # Errors
    /// E405: `ocsp-issuer` where it says nothing of certificates of `issuer`, by name and key; `ocsp-responder` where
    /// responderID names neither the issuer nor a certificate in the response; `ocsp-signature`;
    /// `ocsp-responder-issuer`, `ocsp-responder-usage`, `ocsp-responder-signature`, `ocsp-responder-time` and `critical-extension`
    /// for a responder that the issuer did not authorise, now. E307 for an algorithm that is not on the list or does not fit the key.
    /// E101 for a responder's certificate that cannot be read.
    pub fn verify(&self, issuer: &CrlIssuer, now: UnixTime) -> Result<VerifiedOcspResponse, Denial> {
        let verified = self.verify_by(issuer)?;
        if verified.delegate.as_ref().is_some_and(|delegate| !delegate.is_valid(now)) {
            return Err(fault("ocsp-responder-time", "responder certificate"));
        }
        Ok(verified)
    }

    /// Whether any answer is about a certificate of `issuer`.
    pub(super) fn concerns(&self, issuer: &CrlIssuer) -> bool {
        self.0.answers.iter().any(|answer| answer.id.is_of(issuer))
    }

    /// As [`OcspResponse::verify`], but for the responder's validity now, which is asked at every look-up.
    pub(super) fn verify_by(&self, issuer: &CrlIssuer) -> Result<VerifiedOcspResponse, Denial> {
        let response = &*self.0;
        if !self.concerns(issuer) {
            return Err(fault("ocsp-issuer", "certID"));
        }
        let delegate = if response.responder.names(&issuer.subject, &issuer.public_key) {
            response.check_signature(&issuer.public_key)?;
            None
        } else {
            Some(Arc::new(response.delegate(issuer)?))
        };
        let answer = |answer: &Answer| VerifiedAnswer {
            status: answer.status,
            this_update: answer.this_update,
            next_update: answer.next_update,
            produced_at: response.produced_at,
            delegate: delegate.clone(),
        };
        let own = response.answers.iter().filter(|answer| answer.id.is_of(issuer));
        let answers = own.map(|own| (own.id.serial().into(), answer(own))).collect();
        Ok(VerifiedOcspResponse { answers, delegate })
    }
}

impl Response {
    fn check_signature(&self, key: &PublicKey) -> Result<(), Denial> {
        let algorithm = SignatureAlgorithm::from_der(&self.algorithm)?;
        key.verify_x509(algorithm, &self.data, &self.signature).map_err(|denial| match denial.code() {
            Code::AlgorithmNotAllowed => denial,
            _ => fault("ocsp-signature", "signature"),
        })
    }

    /// The delegate that signed it. Of those that responderID names the first one counts.
    fn delegate(&self, issuer: &CrlIssuer) -> Result<Delegate, Denial> {
        for der in &self.certificates {
            let Ok(certificate) = Certificate::parse(der, &Bounds::default()) else { continue };
            let Ok(key) = certificate.public_key() else { continue };
            if !self.responder.names(certificate.subject(), &key) {
                continue;
            }
            let (delegate, key) = Delegate::read(der, issuer)?;
            self.check_signature(&key)?;
            if !delegate.is_valid(self.produced_at) {
                return Err(fault("ocsp-responder-time", "producedAt"));
            }
            return Ok(delegate);
        }
        Err(fault("ocsp-responder", "responderID"))
    }
}

impl VerifiedOcspResponse {
    /// What it says at `now` of a certificate of its issuer. A delegated responder without id-pkix-ocsp-nocheck is not
    /// believed here: its own status is in a [`super::RevocationSnapshot`] to look up.
    pub fn status(&self, inquiry: &Inquiry<'_>, now: UnixTime) -> Status {
        let unknown = Status::Unknown("ocsp-responder-status");
        match self.answer(inquiry.serial()) {
            Some(answer) => answer.status(inquiry, now, |_| unknown),
            None => Status::Unknown("ocsp-missing"),
        }
    }

    /// Its answer for this serial (an INTEGER's content), compared whole: of several one that revokes.
    fn answer(&self, serial: &[u8]) -> Option<&VerifiedAnswer> {
        let own = self.answers.iter().filter(|(known, _)| **known == *serial).map(|(_, answer)| answer);
        own.reduce(|kept, next| if next.outweighs(kept) { next } else { kept })
    }

    /// Every certificate that it answers for, with its one answer.
    pub(super) fn into_answers(self) -> impl Iterator<Item = (Box<[u8]>, VerifiedAnswer)> {
        let mut answers = self.answers;
        // Where several are for one serial the one that counts comes first.
        answers.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.weight().cmp(&a.weight())));
        answers.dedup_by(|(later, _), (kept, _)| later == kept);
        answers.into_iter()
    }
}

impl VerifiedAnswer {
    /// Revoked before unknown before good; among equals the latest.
    fn weight(&self) -> (u8, UnixTime) {
        let status = match self.status {
            OcspStatus::Good => 0,
            OcspStatus::Unknown => 1,
            OcspStatus::Revoked { .. } => 2,
        };
        (status, self.this_update)
    }

    fn outweighs(&self, other: &Self) -> bool {
        self.weight() > other.weight()
    }

    /// Whether it replaces `other`, of the same certificate, that was there before: it is newer, or as old and revokes.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        let age = |answer: &Self| (answer.this_update, answer.produced_at, answer.weight());
        age(self) > age(other)
    }

    /// Until when it is fresh.
    pub(super) fn fresh_until(&self) -> UnixTime {
        self.next_update.unwrap_or_else(|| self.this_update.plus_seconds(UNBOUNDED_SECONDS))
    }

    /// What it says at `now`, where `responder` tells what is known of a delegate.
    pub(super) fn status(
        &self,
        inquiry: &Inquiry<'_>,
        now: UnixTime,
        responder: impl FnOnce(&Inquiry<'_>) -> Status,
    ) -> Status {
        // A revocation that is known counts, however old the answer.
        if let OcspStatus::Revoked { at, reason } = self.status {
            return Status::Revoked { at, reason };
        }
        if now < self.this_update {
            return Status::Unknown("ocsp-this-update");
        }
        if now >= self.fresh_until() {
            return Status::Unknown("ocsp-next-update");
        }
        if now < self.produced_at || !inquiry.is_valid(self.produced_at) {
            return Status::Unknown("ocsp-produced-at");
        }
        if let Some(delegate) = &self.delegate {
            if !delegate.is_valid(now) {
                return Status::Unknown("ocsp-responder-time");
            }
            if delegate.inquiry().is_some_and(|inquiry| responder(&inquiry) != Status::Good) {
                return Status::Unknown("ocsp-responder-status");
            }
        }
        match self.status {
            OcspStatus::Good => Status::Good,
            _ => Status::Unknown("ocsp-unknown"),
        }
    }
}
