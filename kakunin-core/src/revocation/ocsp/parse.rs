//! Reading a response.

use std::sync::Arc;

use super::certificate_id::CertificateId;
use super::nonce::read_extensions;
use super::{Answer, OcspResponse, OcspStatus, Responder, Response};
use crate::bounds::Bounds;
use crate::certificate::check_name;
use crate::encoding::Malformed;
use crate::encoding::der::{Element, Reader, tag};
use crate::encoding::oid;
use crate::error::Denial;
use crate::revocation::reason::Reason;
use crate::revocation::{at, fault};

/// Most certificates beside a response. 8, as on a path; a delegated responder needs one.
const CERTIFICATES: usize = 8;

impl OcspResponse {
    /// Reads a successful response of the basic type.
    ///
    /// # Errors
    /// E405: `ocsp-status` for a responder's own refusal, `ocsp-type`, `ocsp-too-large` above [`Bounds::ocsp_bytes`],
    /// `ocsp-certificates` for more than 8, `critical-extension` for one other than the nonce, on the response or on
    /// any answer; and the rule broken and the field for what is not DER or not RFC 6960.
    pub fn parse(der: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        const WHOLE: &str = "OCSPResponse";
        if der.len() > bounds.ocsp_bytes {
            return Err(fault("ocsp-too-large", WHOLE));
        }
        let mut outer = Reader::new(der);
        let mut response = outer.sequence().map_err(at(WHOLE))?;
        outer.finish().map_err(at(WHOLE))?;
        let status = response.expect(tag::ENUMERATED).map_err(at("responseStatus"))?.content;
        if status != [0] {
            return Err(refused(status));
        }
        let mut bytes = response.nested(tag::context_constructed(0)).map_err(at("responseBytes"))?;
        response.finish().map_err(at(WHOLE))?;
        let mut typed = bytes.sequence().map_err(at("responseBytes"))?;
        bytes.finish().map_err(at("responseBytes"))?;
        let kind = typed.oid().map_err(at("responseType"))?;
        if kind != oid::OCSP_BASIC {
            return Err(fault("ocsp-type", "responseType").requested(oid::dotted(kind)));
        }
        let basic = typed.octet_string().map_err(at("response"))?;
        typed.finish().map_err(at("responseBytes"))?;
        let mut basic = Reader::new(basic);
        let mut fields = basic.sequence().map_err(at("BasicOCSPResponse"))?;
        basic.finish().map_err(at("BasicOCSPResponse"))?;
        let data = fields.expect(tag::SEQUENCE).map_err(at("tbsResponseData"))?;
        let algorithm = fields.expect(tag::SEQUENCE).map_err(at("signatureAlgorithm"))?;
        let signature = fields.bit_string().map_err(at("signature"))?;
        let certificates = match fields.optional(tag::context_constructed(0)).map_err(at("certs"))? {
            Some(explicit) => read_certificates(explicit)?,
            None => Box::new([]),
        };
        fields.finish().map_err(at("BasicOCSPResponse"))?;
        let (responder, produced_at, answers, nonce) = read_data(data)?;
        Ok(Self(Arc::new(Response {
            data: data.raw.into(),
            algorithm: algorithm.content.into(),
            signature: signature.into(),
            certificates,
            responder,
            produced_at,
            answers,
            nonce: nonce.map(Into::into),
            der: der.into(),
        })))
    }
}

/// The responder's refusal, by its name in RFC 6960 §4.2.1.
#[cold]
fn refused(status: &[u8]) -> Denial {
    let name = match status {
        [1] => "malformedRequest",
        [2] => "internalError",
        [3] => "tryLater",
        [5] => "sigRequired",
        [6] => "unauthorized",
        _ => "a status that is none",
    };
    fault("ocsp-status", "responseStatus").requested(name).expected("successful")
}

/// Read when one of them is needed: whoever else's certificates stand here does not matter.
fn read_certificates(explicit: Element<'_>) -> Result<Box<[Box<[u8]>]>, Denial> {
    let mut outer = Reader::new(explicit.content);
    let mut list = outer.sequence().map_err(at("certs"))?;
    outer.finish().map_err(at("certs"))?;
    let mut certificates = Vec::new();
    while !list.is_empty() {
        if certificates.len() == CERTIFICATES {
            return Err(fault("ocsp-certificates", "certs").expected(format!("at most {CERTIFICATES}")));
        }
        certificates.push(list.expect(tag::SEQUENCE).map_err(at("certs"))?.raw.into());
    }
    Ok(certificates.into())
}

type Data<'a> = (Responder, crate::time::UnixTime, Box<[Answer]>, Option<&'a [u8]>);

fn read_data(data: Element<'_>) -> Result<Data<'_>, Denial> {
    let mut fields = Reader::new(data.content);
    // v1 is the only version, and DER leaves a DEFAULT out.
    if fields.peek() == Some(tag::context_constructed(0)) {
        return Err(fault("version", "tbsResponseData.version"));
    }
    let responder = read_responder(&mut fields).map_err(at("responderID"))?;
    let produced_at = fields.generalized_time().map_err(at("producedAt"))?;
    let mut list = fields.sequence().map_err(at("responses"))?;
    let mut answers = Vec::new();
    while !list.is_empty() {
        answers.push(read_answer(list.sequence().map_err(at("responses"))?)?);
    }
    if answers.is_empty() {
        return Err(fault("ocsp-empty", "responses"));
    }
    let nonce = match fields.optional(tag::context_constructed(1)).map_err(at("responseExtensions"))? {
        Some(explicit) => read_extensions(explicit.content, "responseExtensions")?,
        None => None,
    };
    fields.finish().map_err(at("tbsResponseData"))?;
    Ok((responder, produced_at, answers.into(), nonce))
}

/// `ResponderID ::= CHOICE { byName [1] EXPLICIT Name, byKey [2] EXPLICIT KeyHash }`
fn read_responder(fields: &mut Reader<'_>) -> Result<Responder, Malformed> {
    let choice = fields.element()?;
    let mut explicit = Reader::new(choice.content);
    let responder = if choice.tag == tag::context_constructed(1) {
        let name = explicit.expect(tag::SEQUENCE)?;
        check_name(name.content)?;
        Responder::Name(name.raw.into())
    } else if choice.tag == tag::context_constructed(2) {
        let hash = explicit.octet_string()?;
        Responder::Key(hash.try_into().map_err(|_| Malformed::new("key-hash-length"))?)
    } else {
        return Err(Malformed::new("unexpected-tag"));
    };
    explicit.finish()?;
    Ok(responder)
}

fn read_answer(mut fields: Reader<'_>) -> Result<Answer, Denial> {
    let id = CertificateId::read(&mut fields).map_err(at("certID"))?;
    let status = read_status(fields.element().map_err(at("certStatus"))?).map_err(at("certStatus"))?;
    let this_update = fields.generalized_time().map_err(at("thisUpdate"))?;
    let next_update = match fields.optional(tag::context_constructed(0)).map_err(at("nextUpdate"))? {
        Some(explicit) => {
            let mut time = Reader::new(explicit.content);
            let next_update = time.generalized_time().map_err(at("nextUpdate"))?;
            time.finish().map_err(at("nextUpdate"))?;
            if next_update < this_update {
                return Err(fault("next-update-order", "nextUpdate"));
            }
            Some(next_update)
        }
        None => None,
    };
    if let Some(explicit) = fields.optional(tag::context_constructed(1)).map_err(at("singleExtensions"))? {
        read_extensions(explicit.content, "singleExtensions")?;
    }
    fields.finish().map_err(at("responses"))?;
    Ok(Answer { id, status, this_update, next_update })
}

/// ```asn1
/// CertStatus ::= CHOICE { good [0] IMPLICIT NULL, revoked [1] IMPLICIT RevokedInfo, unknown [2] IMPLICIT NULL }
/// RevokedInfo ::= SEQUENCE { revocationTime GeneralizedTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL }
/// ```
fn read_status(status: Element<'_>) -> Result<OcspStatus, Malformed> {
    if status.tag == tag::context_constructed(1) {
        let mut fields = Reader::new(status.content);
        let since = fields.generalized_time()?;
        let reason = match fields.optional(tag::context_constructed(0))? {
            Some(explicit) => {
                let mut code = Reader::new(explicit.content);
                let reason = Reason::read(code.expect(tag::ENUMERATED)?.content)?;
                code.finish()?;
                reason
            }
            None => None,
        };
        fields.finish()?;
        return Ok(OcspStatus::Revoked { at: since, reason });
    }
    match (status.tag, status.content) {
        (0x80, []) => Ok(OcspStatus::Good),
        (0x82, []) => Ok(OcspStatus::Unknown),
        (0x80 | 0x82, _) => Err(Malformed::new("null-not-empty")),
        _ => Err(Malformed::new("unexpected-tag")),
    }
}
