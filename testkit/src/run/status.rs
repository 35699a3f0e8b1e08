//! What lists and OCSP responses say of one certificate.

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::ocsp::{OcspRequest, OcspResponse};
use kakunin_core::revocation::{Crl, CrlIssuer, Inquiry, RevocationSnapshot, Status};
use kakunin_core::time::UnixTime;

use super::{Fail, Outcome, bytes, list, time};

/// Lists of `issuer`, and what they say of `certificate`.
pub(super) fn crl(case: &Object) -> Outcome {
    let (issuer, now) = (issuer(&bytes(case, "issuer")?)?, time(case, "now")?);
    let lists = lists(case)?;
    for list in &lists {
        list.verify(&issuer)?;
    }
    let snapshot = RevocationSnapshot::new(lists);
    let der = bytes(case, "certificate")?;
    let certificate = Certificate::parse(&der, &Bounds::default())?;
    said(snapshot.status(&Inquiry::of(&certificate), &[issuer], now), now)
}

/// A response of `issuer` or of whom it authorised, to `request` where there is one, and what it says of `certificate`.
/// Where the case has lists, the responder's own certificate is looked up in them.
pub(super) fn ocsp(case: &Object) -> Outcome {
    let bounds = Bounds::default();
    let (issuer, now) = (issuer(&bytes(case, "issuer")?)?, time(case, "now")?);
    let response = OcspResponse::parse(&bytes(case, "response")?, &bounds)?;
    if case.get("request").is_some() {
        response.check_nonce(&OcspRequest::parse(&bytes(case, "request")?, &bounds)?)?;
    }
    let verified = response.verify(&issuer, now)?;
    let der = bytes(case, "certificate")?;
    let certificate = Certificate::parse(&der, &bounds)?;
    let inquiry = Inquiry::of(&certificate);
    let status = match case.get("crls") {
        Some(_) => {
            let snapshot = RevocationSnapshot::new(lists(case)?).with_responses(vec![response.clone()]);
            snapshot.status(&inquiry, &[issuer], now)
        }
        None => verified.status(&inquiry, now),
    };
    let mut facts = said(status, now)?;
    if let Some(nonce) = response.nonce() {
        facts.insert("nonce", base64::encode(nonce));
    }
    Ok(facts)
}

fn lists(case: &Object) -> Result<Vec<Crl>, Fail> {
    let lists = list(case, "crls")?.into_iter().map(|der| Crl::parse_owned(der, &Bounds::default()));
    Ok(lists.collect::<Result<_, _>>()?)
}

/// A CA as its certificate describes it, which is taken as verified.
fn issuer(der: &[u8]) -> Result<CrlIssuer, Denial> {
    let certificate = Certificate::parse(der, &Bounds::default())?;
    Ok(CrlIssuer {
        subject: certificate.subject().into(),
        public_key: certificate.public_key()?,
        may_sign_crl: certificate.key_usage().is_none_or(|usage| usage.crl_sign()),
        subject_key_id: certificate.subject_key_id().map(Into::into),
    })
}

/// The status as an outcome: refused but for `good`, with when and why it was revoked.
fn said(status: Status, now: UnixTime) -> Outcome {
    match status {
        Status::Good => Ok(Object::new()),
        Status::Unknown(rule) => Err(Denial::new(Code::RevocationStale, rule).into()),
        Status::Revoked { at, reason } => {
            let denial = Denial::new(Code::AgentRevoked, "revoked").times(now.seconds(), at.seconds());
            Err(match reason {
                Some(reason) => denial.requested(reason.as_str()),
                None => denial,
            }
            .into())
        }
    }
}
