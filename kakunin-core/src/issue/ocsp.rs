//! OCSP responses, and the certificates of responders that answer for a CA.

use super::write::{self, Draft};
use super::{BACKDATING_SECONDS, Context, Issuer, Validity, misuse};
use crate::certificate::Certificate;
use crate::crypto::{PublicKey, Signer, sign_x509};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;
use crate::error::Denial;
use crate::path::{self, TrustAnchors};
use crate::revocation::ocsp::{CertificateId, OcspResponse, OcspStatus, check_delegate, write_nonce};
use crate::time::UnixTime;

/// Longest validity of a responder's certificate, in seconds. 31 days: nobody asks for its status, so it is to be short
/// (RFC 6960 §4.2.2.2.1).
const RESPONDER_SECONDS: i64 = 31 * 86_400;

/// What a responder's certificate shall say.
#[derive(Clone, Debug)]
pub struct ResponderProfile {
    /// Its name, for people and for responderID.
    pub common_name: String,
    /// Its validity, 31 days at most.
    pub validity: Validity,
}

/// The certificate of a responder that may answer for `issuer`: extKeyUsage OCSPSigning alone, id-pkix-ocsp-nocheck.
///
/// # Errors
/// E504 for a validity of over 31 days or beyond the issuer's, and for a name that is none; E502 where no signature is made; and
/// whatever [`path::validate_authority`] refuses in the issuer's path.
pub fn ocsp_responder(
    profile: &ResponderProfile,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    let own = issuer.certificate(context)?;
    let anchors = issuer.anchors(context)?;
    let authority = path::validate_authority(issuer.chain, &anchors, context.now, context.bounds)?;
    let Validity { not_before, not_after } = profile.validity;
    if not_after.seconds().saturating_sub(not_before.seconds()) > RESPONDER_SECONDS || not_after > own.not_after() {
        return Err(misuse("responder-validity", "validity").requested(format!("{not_before} to {not_after}")));
    }
    let extensions = vec![
        write::key_usage(write::DIGITAL_SIGNATURE),
        write::extended_key_usage(&[oid::KP_OCSP_SIGNING]),
        write::extension(oid::OCSP_NOCHECK, false, |value| {
            value.primitive(tag::NULL, &[]);
        }),
        write::subject_key_identifier(key),
        write::authority_key_identifier(own.subject_key_id(), issuer.signer.public_key()),
    ];
    let subject = write::name(&profile.common_name)?;
    let draft = Draft { issuer: own.subject(), subject: &subject, validity: profile.validity, key, extensions };
    let product = draft.sign(issuer.signer, context)?;
    check_delegate(&product, authority.as_crl_issuer())?;
    Ok(product)
}

/// What a response shall say.
#[derive(Clone, Debug)]
pub struct ResponseProfile {
    /// The status of each certificate that was asked for, at least one.
    pub answers: Vec<(CertificateId, OcspStatus)>,
    /// When more will be known.
    pub next_update: UnixTime,
    /// The nonce of the request.
    pub nonce: Option<Vec<u8>>,
}

/// Who answers for a CA: its own key, or a responder that it certified.
#[derive(Clone, Copy)]
pub struct Responder<'a> {
    /// The CA's path, its own certificate first, the anchor's last.
    pub authority: &'a [Vec<u8>],
    /// The responder's certificate, where it is not the CA itself.
    pub delegate: Option<&'a [u8]>,
    /// The key of whoever signs.
    pub signer: &'a dyn Signer,
}

/// A response of a CA or its responder. thisUpdate and producedAt are five minutes back, for verifiers whose clocks are
/// behind.
///
/// # Errors
/// E504 for no answers, for a certificate that another CA issued, for a nextUpdate that is not in the future, and where the key is not the responder's;
/// E502 where no signature is made; E405 for a responder that the CA did not authorise; and whatever
/// [`path::validate_authority`] refuses in the CA's path.
pub fn ocsp_response(
    profile: &ResponseProfile,
    responder: &Responder<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    let anchor = responder.authority.last().cloned().into_iter().collect();
    let anchors = TrustAnchors::new(anchor, context.bounds)?;
    let authority = path::validate_authority(responder.authority, &anchors, context.now, context.bounds)?;
    let issuer = authority.as_crl_issuer();
    let own = responder.delegate.or(responder.authority.first().map(Vec::as_slice)).unwrap_or_default();
    let own = Certificate::parse(own, context.bounds)?;
    if own.spki() != responder.signer.public_key().spki() {
        return Err(misuse("issuer-key", "signer"));
    }
    if profile.next_update <= context.now {
        return Err(misuse("next-update", "nextUpdate").requested(profile.next_update.to_string()));
    }
    if profile.answers.is_empty() || profile.answers.iter().any(|(id, _)| !id.is_of(issuer)) {
        return Err(misuse("ocsp-issuer", "certID"));
    }
    let at = context.now.plus_seconds(-BACKDATING_SECONDS);
    let mut data = Writer::new();
    data.sequence(|data| {
        data.constructed(tag::context_constructed(1), |by_name| _ = by_name.raw(own.subject()));
        data.generalized_time(at);
        data.sequence(|list| {
            for (id, status) in &profile.answers {
                list.sequence(|single| {
                    single.raw(id.der());
                    write_status(single, *status);
                    single.generalized_time(at);
                    single.constructed(tag::context_constructed(0), |next| {
                        _ = next.generalized_time(profile.next_update)
                    });
                });
            }
        });
        if let Some(nonce) = &profile.nonce {
            data.constructed(tag::context_constructed(1), |explicit| {
                explicit.sequence(|list| write_nonce(list, nonce));
            });
        }
    });
    let product = signed_response(&data.into_bytes(), responder)?;
    let response = OcspResponse::parse(&product, context.bounds)?;
    response.verify(issuer, context.now)?;
    let said = response.answers().iter().map(|answer| (&answer.id, answer.status));
    if !said.eq(profile.answers.iter().map(|(id, status)| (id, in_seconds(*status)))) {
        return Err(misuse("response-incomplete", "answers"));
    }
    Ok(product)
}

/// The status as a response can say it.
fn in_seconds(status: OcspStatus) -> OcspStatus {
    match status {
        OcspStatus::Revoked { at, reason } => OcspStatus::Revoked { at: UnixTime::from_seconds(at.seconds()), reason },
        other => other,
    }
}

fn signed_response(data: &[u8], responder: &Responder<'_>) -> Result<Vec<u8>, Denial> {
    let signature = sign_x509(responder.signer, data)?;
    let mut basic = Writer::new();
    basic.sequence(|basic| {
        basic.raw(data).raw(&responder.signer.algorithm().to_der()).bit_string(&signature);
        if let Some(delegate) = responder.delegate {
            basic.constructed(tag::context_constructed(0), |explicit| {
                explicit.sequence(|certificates| _ = certificates.raw(delegate));
            });
        }
    });
    let mut whole = Writer::new();
    whole.sequence(|whole| {
        whole.primitive(tag::ENUMERATED, &[0]);
        whole.constructed(tag::context_constructed(0), |explicit| {
            explicit.sequence(|bytes| {
                bytes.oid(oid::OCSP_BASIC).primitive(tag::OCTET_STRING, &basic.into_bytes());
            });
        });
    });
    Ok(whole.into_bytes())
}

fn write_status(single: &mut Writer, status: OcspStatus) {
    match status {
        OcspStatus::Good => _ = single.primitive(tag::context(0), &[]),
        OcspStatus::Unknown => _ = single.primitive(tag::context(2), &[]),
        OcspStatus::Revoked { at, reason } => {
            single.constructed(tag::context_constructed(1), |info| {
                info.generalized_time(at);
                if let Some(reason) = reason {
                    info.constructed(tag::context_constructed(0), |explicit| {
                        explicit.primitive(tag::ENUMERATED, &[reason.number()]);
                    });
                }
            });
        }
    }
}

/// Why a responder gives no response (RFC 6960 §4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspRefusal {
    /// The request cannot be read.
    MalformedRequest,
    /// The responder cannot answer now.
    InternalError,
    /// It answers for none of these certificates.
    Unauthorized,
}

/// A refusal as a response, which nobody signs.
pub const fn ocsp_refusal(refusal: OcspRefusal) -> [u8; 5] {
    let status = match refusal {
        OcspRefusal::MalformedRequest => 1,
        OcspRefusal::InternalError => 2,
        OcspRefusal::Unauthorized => 6,
    };
    [tag::SEQUENCE, 3, tag::ENUMERATED, 1, status]
}
