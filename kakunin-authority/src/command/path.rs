//! `kakunin path verify`: whether a certificate has a valid path to a trust anchor, by either profile.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::sha256;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{der, oid, pem};
use kakunin_core::error::Denial;
use kakunin_core::path::pkix::{self, ValidPolicies};
use kakunin_core::path::{TrustAnchors, validate};
use kakunin_core::revocation::ocsp::OcspResponse;
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::time::UnixTime;

use super::arguments::{AnchorUse, Conformance, PathCommand, PathVerify, Profile};
use super::output::{Answer, DENIED, DONE, Failure, denial_json, object, texts};
use super::{input, inspect};
use crate::shell::system_now;
use crate::{fault, hex};

/// Most bytes of one file: 1,000 typical certificates in base64 are 2 MiB, a CRL may have 16 MiB in DER.
const MOST_BYTES: usize = 24 * 1024 * 1024;

pub(super) fn run(command: &PathCommand) -> Result<Answer, Failure> {
    match command {
        PathCommand::Verify(arguments) => verify(arguments),
    }
}

fn verify(arguments: &PathVerify) -> Result<Answer, Failure> {
    let bounds = Bounds::default();
    let now = match &arguments.time {
        Some(text) => time(text)?,
        None => system_now(),
    };
    let all = |paths: &[PathBuf], field, labels: &[&str]| -> Result<Vec<Vec<u8>>, Denial> {
        let files: Result<Vec<_>, _> = paths.iter().map(|path| ders(path, field, labels)).collect();
        Ok(files?.concat())
    };
    let leaf = ders(&arguments.leaf, "leaf", CERTIFICATE)?;
    let intermediates = all(&arguments.intermediate, "intermediate", CERTIFICATE)?;
    let anchors = all(&arguments.anchor, "anchor", CERTIFICATE)?;
    let crls = all(&arguments.crl, "crl", &[pem::CRL, "CRL"])?;
    let responses = all(&arguments.ocsp, "ocsp", &["OCSP RESPONSE"])?;
    let status = Statuses::read(&crls, &responses, &bounds);
    let asks = !arguments.crl.is_empty() || !arguments.ocsp.is_empty();
    let view = if asks { RevocationView::Checked(Arc::new(status.snapshot)) } else { RevocationView::NotChecked };
    // What follows the leaf in its file is as good as any other intermediate, and stands before them.
    let chain: Vec<Vec<u8>> = leaf.into_iter().chain(intermediates).collect();
    let (leaf, pool) = chain.split_first().ok_or_else(|| no_certificate(&arguments.leaf))?;
    let (found, policies) = match arguments.profile {
        Profile::Agent => (agent(&chain, anchors, arguments, &view, now, &bounds)?, None),
        Profile::Pkix => {
            let options = options(arguments)?;
            match pkix::build(leaf, pool, &anchors, &view, now, &options, &bounds) {
                Ok(path) => {
                    let ders = path.certificates().iter().map(|certificate| certificate.der().to_vec()).collect();
                    (Ok(ders), Some(path.policies().clone()))
                }
                Err(denial) => (Err(denial), None),
            }
        }
    };
    Ok(Report { found, policies, now, asks, unusable: status.unusable }.answer(&bounds))
}

/// The path's certificates by profile `agent`, the anchor last.
fn agent(
    chain: &[Vec<u8>],
    anchors: Vec<Vec<u8>>,
    arguments: &PathVerify,
    view: &RevocationView,
    now: UnixTime,
    bounds: &Bounds,
) -> Result<Result<Vec<Vec<u8>>, Denial>, Failure> {
    let with_anchor = |chain: &[Vec<u8>]| -> Vec<Vec<u8>> {
        let last = chain.last().and_then(|der| Certificate::parse(der, bounds).ok());
        let issuer = anchors.iter().find(|der| {
            let anchor = Certificate::parse(der, bounds);
            anchor.is_ok_and(|anchor| last.as_ref().is_some_and(|last| last.issuer() == anchor.subject()))
        });
        chain.iter().chain(issuer).cloned().collect()
    };
    let chain = with_anchor(chain);
    let parents: Result<Vec<_>, Denial> =
        arguments.parents.iter().map(|path| Ok(with_anchor(&ders(path, "parents", CERTIFICATE)?))).collect();
    let parents = parents?;
    let anchors = TrustAnchors::new(anchors.clone(), bounds)?;
    let verified = validate(&chain, &parents, &anchors, now, bounds);
    Ok(verified.and_then(|agent| {
        agent.check_revocation(view, None, now)?;
        let given = || chain.iter().map(Vec::as_slice).chain(anchors.certificates());
        let links = agent.links().iter();
        Ok(links
            .filter_map(|link| given().find(|der| sha256(der) == *link.fingerprint()))
            .map(<[u8]>::to_vec)
            .collect())
    }))
}

fn options(arguments: &PathVerify) -> Result<pkix::Options, Denial> {
    let mut options = pkix::Options::default();
    if let Some(depth) = arguments.max_depth {
        options.max_depth = depth;
    }
    options.anchors = match arguments.anchor_use {
        AnchorUse::Certificate => pkix::AnchorUse::Certificate,
        AnchorUse::NameAndKey => pkix::AnchorUse::NameAndKey,
    };
    options.conformance = match arguments.conformance {
        Conformance::Require => pkix::Conformance::Require,
        Conformance::Tolerate => pkix::Conformance::Tolerate,
    };
    options.purpose = arguments.purpose.as_deref().map(purpose).transpose()?;
    let policies: Result<_, _> = arguments.policy.iter().map(|text| identifier(text, "policy")).collect();
    options.policies = pkix::PolicyInputs {
        initial: policies?,
        explicit_policy: arguments.explicit_policy,
        inhibit_policy_mapping: arguments.inhibit_policy_mapping,
        inhibit_any_policy: arguments.inhibit_any_policy,
    };
    Ok(options)
}

/// The names that RFC 5280 §4.2.1.12 gives to extended key usages, without `id-kp-`.
const PURPOSES: [(&str, u8); 6] = [
    ("serverAuth", 1),
    ("clientAuth", 2),
    ("codeSigning", 3),
    ("emailProtection", 4),
    ("timeStamping", 8),
    ("OCSPSigning", 9),
];

fn purpose(text: &str) -> Result<Box<[u8]>, Denial> {
    match PURPOSES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        Some((_, last)) => Ok([0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, *last].into()),
        None => identifier(text, "purpose"),
    }
}

fn identifier(text: &str, field: &'static str) -> Result<Box<[u8]>, Denial> {
    let expected =
        if field == "purpose" { "serverAuth, clientAuth, … or an object identifier" } else { "an object identifier" };
    let read = oid::from_dotted(text)
        .ok_or_else(|| fault::misconfigured("object-identifier", field, text.to_owned(), expected))?;
    Ok(read.into())
}

/// RFC 3339, or seconds since 1970.
fn time(text: &str) -> Result<UnixTime, Denial> {
    let seconds = text.parse::<i64>().ok().map(UnixTime::from_seconds);
    seconds.or_else(|| UnixTime::from_rfc3339(text)).ok_or_else(|| {
        fault::misconfigured("time", "time", text.to_owned(), "2026-06-01T12:00:00Z or seconds since 1970")
    })
}

const CERTIFICATE: &[&str] = &[pem::CERTIFICATE, "X509 CERTIFICATE"];

/// The DER in a file, PEM blocks of `labels` or one element after the other. What is neither is handed on as it is: whether
/// it matters is for the verifier to say.
fn ders(path: &Path, field: &'static str, labels: &[&str]) -> Result<Vec<Vec<u8>>, Denial> {
    let bytes = input::bytes(path, field, MOST_BYTES)?;
    let text = std::str::from_utf8(&bytes).ok().filter(|text| text.contains("-----BEGIN "));
    if let Some(blocks) = text.and_then(|text| pem::decode(text).ok()) {
        return Ok(blocks
            .into_iter()
            .filter(|block| labels.contains(&block.label.as_str()))
            .map(|block| block.bytes)
            .collect());
    }
    let mut reader = der::Reader::new(&bytes);
    let mut found = Vec::new();
    while !reader.is_empty() {
        match reader.expect(der::tag::SEQUENCE) {
            Ok(element) => found.push(element.raw.to_vec()),
            Err(_) => return Ok(vec![bytes]),
        }
    }
    Ok(found)
}

#[cold]
fn no_certificate(path: &Path) -> Denial {
    fault::misconfigured("no-certificate", "leaf", path.display().to_string(), "at least one certificate")
}

/// Lists and responses. One that cannot be read is as good as none, and is told.
struct Statuses {
    snapshot: RevocationSnapshot,
    unusable: Vec<Denial>,
}

impl Statuses {
    fn read(crls: &[Vec<u8>], responses: &[Vec<u8>], bounds: &Bounds) -> Self {
        let mut unusable = Vec::new();
        let lists = crls.iter().filter_map(|der| Crl::parse(der, bounds).map_err(|denial| unusable.push(denial)).ok());
        let lists = lists.collect();
        let responses = responses
            .iter()
            .filter_map(|der| OcspResponse::parse(der, bounds).map_err(|denial| unusable.push(denial)).ok());
        let responses = responses.collect();
        Self { snapshot: RevocationSnapshot::new(lists).with_responses(responses), unusable }
    }
}

struct Report {
    /// The path's certificates, the leaf first; or why there is no path.
    found: Result<Vec<Vec<u8>>, Denial>,
    policies: Option<ValidPolicies>,
    now: UnixTime,
    /// Whether revocation was looked at.
    asks: bool,
    unusable: Vec<Denial>,
}

impl Report {
    fn answer(self, bounds: &Bounds) -> Answer {
        let links: Vec<Link> = self.found.iter().flatten().map(|der| Link::of(der, bounds)).collect();
        let (mut text, mut json, exit) = match &self.found {
            Ok(_) => {
                let text =
                    format!("valid at {}{}\n", self.now, if self.asks { "" } else { ", revocation not looked at" });
                (text, object([("allowed", Json::Bool(true)), ("verdict", Json::from("valid"))]), DONE)
            }
            Err(denial) => {
                let text = format!(
                    "invalid at {}: {} {}: {}\n",
                    self.now,
                    denial.code(),
                    denial.code().name(),
                    denial.reason()
                );
                let mut json = denial_json(denial);
                json.insert("rule", denial.details().rule);
                json.insert("verdict", "invalid");
                (text, json, DENIED)
            }
        };
        for (depth, link) in links.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {depth}  {}\n     {}", link.subject, link.fingerprint);
        }
        for denial in &self.unusable {
            let _ = writeln!(text, "not used: {} {}", denial.code(), denial.reason());
        }
        json.insert("path", Json::Array(links.iter().map(|link| Json::Object(link.json())).collect()));
        json.insert("revocation", if self.asks { "checked" } else { "not checked" });
        json.insert("time", self.now.to_string());
        json.insert(
            "unusable",
            texts(self.unusable.iter().map(|denial| format!("{} {}", denial.code(), denial.details().rule))),
        );
        if let Some(policies) = &self.policies {
            json.insert(
                "policies",
                match policies {
                    ValidPolicies::Any => texts(["any"]),
                    ValidPolicies::Only(policies) => texts(policies.iter().map(|policy| oid::dotted(policy))),
                },
            );
        }
        Answer { text, json, exit }
    }
}

struct Link {
    subject: String,
    fingerprint: String,
    not_after: String,
}

impl Link {
    fn of(der: &[u8], bounds: &Bounds) -> Self {
        let certificate = Certificate::parse(der, bounds);
        let subject = certificate.as_ref().map(|certificate| inspect::name(certificate.subject())).unwrap_or_default();
        let not_after = certificate.map(|certificate| certificate.not_after().to_string()).unwrap_or_default();
        Self { subject, fingerprint: hex::sha256(&sha256(der)), not_after }
    }

    fn json(&self) -> Object {
        object([
            ("fingerprint", Json::from(self.fingerprint.as_str())),
            ("not_after", Json::from(self.not_after.as_str())),
            ("subject", Json::from(self.subject.as_str())),
        ])
    }
}
