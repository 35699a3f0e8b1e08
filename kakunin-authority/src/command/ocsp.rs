//! `kakunin ocsp query`, `respond` and `responder`.

use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Random, SystemRandom};
use kakunin_core::encoding::json::Json;
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::ocsp::{CertificateId, IdentifierHash, OcspRequest, OcspResponse};
use kakunin_core::revocation::{CrlIssuer, Inquiry, Reason, Status};

use super::arguments::{Ca, OcspCommand, OcspQuery, OcspRespond, OcspResponder};
use super::input;
use super::output::{Answer, Failure, object, texts};
use crate::files::{self, Access, Existing};
use crate::http::{self, Limits};
use crate::orders;
use crate::pki::Pki;
use crate::responder::{REQUEST_TYPE, Responder, server};
use crate::shell::{Source, system_now};
use crate::{fault, hex};

/// Octets of a nonce (RFC 9654 §2.1: 32).
const NONCE_OCTETS: usize = 32;

pub(super) fn run(command: &OcspCommand) -> Result<Answer, Failure> {
    match command {
        OcspCommand::Query(arguments) => query(arguments),
        OcspCommand::Responder(arguments) => responder(arguments),
        OcspCommand::Respond(arguments) => respond(arguments),
    }
}

fn query(arguments: &OcspQuery) -> Result<Answer, Failure> {
    let bounds = Bounds::default();
    let issuer = issuer(&first(&arguments.issuer, "issuer")?, &bounds)?;
    let der = first(&arguments.certificate, "certificate")?;
    let certificate = Certificate::parse(&der, &bounds)?;
    let hash = if arguments.sha256 { IdentifierHash::Sha256 } else { IdentifierHash::Sha1 };
    let id = CertificateId::new(&issuer, certificate.serial(), hash);
    let request = OcspRequest::new(vec![id], nonce(arguments.nonce)?.as_deref())?;
    if let Some(path) = &arguments.request {
        files::write_one(path, &request.to_der(), Access::Everyone, Existing::Replace)?;
        let name = path.display().to_string();
        return Ok(Answer::done(name.clone(), object([("request", Json::from(name))])));
    }
    let response = match (&arguments.url, &arguments.response) {
        (Some(url), _) => {
            let limits = Limits { bytes: bounds.ocsp_bytes, ..Limits::default() };
            http::post(url, REQUEST_TYPE, &request.to_der(), &limits)?
        }
        (None, Some(path)) => input::bytes(path, "response", bounds.ocsp_bytes)?,
        (None, None) => return Err(fault::missing("url", "a URL, or a response").into()),
    };
    let now = system_now();
    let response = OcspResponse::parse(&response, &bounds)?;
    response.check_nonce(&request)?;
    let verified = response.verify(&issuer, now)?;
    let produced = response.produced_at();
    match verified.status(&Inquiry::of(&certificate), now) {
        Status::Good => {
            let json = object([("produced_at", Json::from(produced.to_string())), ("status", Json::from("good"))]);
            Ok(Answer::done(format!("good, as of {produced}"), json))
        }
        Status::Revoked { at, reason } => {
            let mut json = object([
                ("produced_at", Json::from(produced.to_string())),
                ("since", Json::from(at.to_string())),
                ("status", Json::from("revoked")),
            ]);
            let reason = reason.map(Reason::as_str);
            if let Some(reason) = reason {
                json.insert("reason", Json::from(reason));
            }
            let why = reason.map_or(String::new(), |reason| format!(" ({reason})"));
            Ok(Answer::denied(format!("revoked since {at}{why}"), json))
        }
        Status::Unknown(rule) => Err(Failure::Denied(Denial::new(Code::RevocationStale, rule).field("response"))),
    }
}

fn nonce(wanted: bool) -> Result<Option<Vec<u8>>, Denial> {
    if !wanted {
        return Ok(None);
    }
    let mut nonce = vec![0; NONCE_OCTETS];
    SystemRandom::new().fill(&mut nonce).map_err(|error| error.denial())?;
    Ok(Some(nonce))
}

/// The CA as the operator names it: what the certificate says is believed.
fn issuer(der: &[u8], bounds: &Bounds) -> Result<CrlIssuer, Denial> {
    let certificate = Certificate::parse(der, bounds)?;
    Ok(CrlIssuer {
        subject: certificate.subject().into(),
        public_key: certificate.public_key()?,
        may_sign_crl: certificate.key_usage().is_some_and(|usage| usage.crl_sign()),
        subject_key_id: certificate.subject_key_id().map(Into::into),
    })
}

fn first(path: &Path, field: &'static str) -> Result<Vec<u8>, Denial> {
    let certificates = Source::Path(path.to_owned()).certificates(field)?;
    certificates.into_iter().next().ok_or_else(|| fault::missing(field, "a certificate"))
}

fn responder(arguments: &OcspResponder) -> Result<Answer, Failure> {
    let pki = Pki::new(arguments.pki.pki.clone(), input::passphrase(&arguments.pki.passphrase)?);
    let existing = if arguments.force { Existing::Replace } else { Existing::Keep };
    let kind = input::kind(arguments.algorithm);
    let issued = pki.issue_responder(name(arguments.ca), arguments.days, kind, existing)?;
    let (certificate, key) = (issued.certificate.display().to_string(), issued.key.display().to_string());
    let text = format!("{certificate} and {key}, valid until {}", issued.not_after);
    let json = object([
        ("certificate", Json::from(certificate)),
        ("key", Json::from(key)),
        ("not_after", Json::from(issued.not_after.to_string())),
    ]);
    Ok(Answer::done(text, json))
}

fn respond(arguments: &OcspRespond) -> Result<Answer, Failure> {
    let passphrase = input::passphrase(&arguments.pki.passphrase)?;
    let (folder, delegate) = (&arguments.pki.pki, arguments.responder.as_deref());
    let responder = Responder::open(folder, name(arguments.ca), delegate, passphrase.as_ref(), arguments.hours)?;
    if let Some(address) = arguments.listen {
        server::serve(&server::listen(address)?, &responder, arguments.connections);
        return Ok(Answer::done(String::new(), object([])));
    }
    if let Some(path) = &arguments.request {
        let out = arguments.out.as_ref().ok_or_else(|| fault::missing("out", "a file for the response"))?;
        let request = input::bytes(path, "request", Bounds::default().ocsp_bytes)?;
        files::write_one(out, &responder.answer(&request), Access::Everyone, Existing::Replace)?;
        return Ok(written(vec![out.display().to_string()]));
    }
    let mut serials = Vec::new();
    for path in &arguments.certificate {
        serials.push(Certificate::parse(&first(path, "certificate")?, &Bounds::default())?.serial().to_vec());
    }
    for text in &arguments.serial {
        let serial = hex::decode(text).filter(|serial| !serial.is_empty());
        serials.push(
            serial.ok_or_else(|| {
                fault::misconfigured("serial", "serial", text.clone(), "a serial number in hex digits")
            })?,
        );
    }
    if serials.is_empty() {
        return Err(fault::missing("request", "a request, certificates, serial numbers, or where to listen").into());
    }
    let revocation = folder.join("revocation");
    let mut names = Vec::new();
    for serial in serials {
        let file = revocation.join(format!("{}-{}.ocsp", name(arguments.ca), hex::encode(&serial)));
        let response = responder.status_of(&[serial])?;
        files::write_one(&file, &response, Access::Everyone, Existing::Replace)?;
        names.push(file.display().to_string());
    }
    orders::write_index(&revocation)?;
    Ok(written(names))
}

fn written(names: Vec<String>) -> Answer {
    Answer::done(names.join("\n"), object([("responses", texts(names))]))
}

const fn name(authority: Ca) -> &'static str {
    match authority {
        Ca::Root => "root",
        Ca::Tenant => "tenant",
    }
}
