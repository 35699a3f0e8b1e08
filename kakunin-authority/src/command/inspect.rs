//! Certificates, CRLs and intents in words.

use std::fmt::Write;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{KeyKind, PublicKey, SignatureAlgorithm};
use kakunin_core::encoding::der::{Reader, tag};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{jcs, oid, pem};
use kakunin_core::error::{Code, Denial};
use kakunin_core::intent::SignedIntent;
use kakunin_core::revocation::{Crl, Reason};
use kakunin_core::scope::{Scope, authoring};
use kakunin_core::time::UnixTime;

use super::arguments::Inspect;
use super::input;
use super::output::{Answer, Failure, number, object, texts};
use crate::hex;
use crate::shell::{Source, system_now};

pub(super) fn run(arguments: &Inspect) -> Result<Answer, Failure> {
    let bounds = Bounds::default();
    let bytes = input::bytes(&arguments.file, "file", bounds.crl_bytes * 2)?;
    let now = system_now();
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    // Three base64url parts: nothing else that is read here has dots and no spaces.
    if let Some(token) = text.filter(|text| text.starts_with("eyJ") && text.matches('.').count() == 2) {
        return intent(token, &bounds);
    }
    let crls = match text {
        Some(text) if text.contains("-----BEGIN X509 CRL") => {
            let blocks = pem::decode(text).map_err(|fault| fault.denial(Code::ConfigurationInvalid, "file"))?;
            blocks.into_iter().filter(|block| block.label == pem::CRL).map(|block| block.bytes).collect()
        }
        None if Certificate::parse(&bytes, &bounds).is_err() && Crl::parse(&bytes, &bounds).is_ok() => vec![bytes],
        _ => {
            let ders = Source::Bytes(bytes).certificates("file")?;
            return certificates(&ders, &bounds, now);
        }
    };
    lists(&crls, &bounds, now)
}

fn certificates(ders: &[Vec<u8>], bounds: &Bounds, now: UnixTime) -> Result<Answer, Failure> {
    let (mut text, mut json) = (String::new(), Vec::new());
    for (index, der) in ders.iter().enumerate() {
        let certificate = Certificate::parse(der, bounds).map_err(|denial| at(denial, index))?;
        let scope = match certificate.scope() {
            Some(extension) => {
                Some((Scope::decode(extension.value, bounds).map_err(|denial| at(denial, index))?, extension.critical))
            }
            None => None,
        };
        let key = certificate.public_key().map_err(|denial| at(denial, index))?;
        if index > 0 {
            text.push('\n');
        }
        let facts = Facts { certificate: &certificate, key: &key, scope: scope.as_ref(), now };
        let _ = writeln!(text, "Certificate {} of {}: {}", index + 1, ders.len(), facts.kind());
        facts.write(&mut text);
        json.push(Json::Object(facts.json()?));
    }
    Ok(Answer::done(text, object([("certificates", Json::Array(json))])))
}

/// Says which certificate of the file it was.
fn at(denial: Denial, index: usize) -> Denial {
    let field = denial.details().field.clone().unwrap_or_default();
    denial.field(format!("certificate {}, {field}", index + 1).trim_end_matches(", ").to_owned())
}

struct Facts<'a> {
    certificate: &'a Certificate<'a>,
    key: &'a PublicKey,
    scope: Option<&'a (Scope, bool)>,
    now: UnixTime,
}

impl Facts<'_> {
    fn is_agent(&self) -> bool {
        let agent_use = self.certificate.has_extended_key_usage(oid::KP_AGENT);
        let ca = self.certificate.basic_constraints().is_some_and(|constraints| constraints.ca);
        let bare = |uri: &str| uri.strip_prefix("spiffe://").is_some_and(|rest| !rest.contains('/'));
        !ca || (agent_use && self.certificate.uri_names().any(|uri| !bare(uri)))
    }

    fn kind(&self) -> &'static str {
        match (self.is_agent(), self.certificate.is_self_issued()) {
            (true, _) if self.certificate.parent().is_some() => "sub-agent",
            (true, _) => "agent",
            (false, true) => "root CA",
            (false, false) => "CA",
        }
    }

    fn usages(&self) -> Vec<&'static str> {
        let certificate = self.certificate;
        let mut usages = Vec::new();
        if let Some(usage) = certificate.key_usage() {
            let all = [
                (usage.digital_signature(), "digital signature"),
                (usage.key_cert_sign(), "certificate signing"),
                (usage.crl_sign(), "CRL signing"),
            ];
            usages.extend(all.into_iter().filter(|(set, _)| *set).map(|(_, name)| name));
        }
        let purposes = [(oid::KP_AGENT, "agent"), (oid::KP_APPROVER, "approver")];
        usages.extend(
            purposes.into_iter().filter(|(id, _)| certificate.has_extended_key_usage(id)).map(|(_, name)| name),
        );
        usages
    }

    fn write(&self, text: &mut String) {
        let certificate = self.certificate;
        let mut line = |name: &str, value: String| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name:<12} {value}");
        };
        for uri in certificate.uri_names() {
            line("Id", uri.to_owned());
        }
        line("Subject", name(certificate.subject()));
        line("Issuer", name(certificate.issuer()));
        line("Serial", hex::encode(certificate.serial()));
        let (from, until) = (certificate.not_before(), certificate.not_after());
        line("Valid", format!("{from} to {until} ({})", validity(from, until, self.now)));
        line("Key", format!("{}, {}", key_kind(self.key), hex::sha256(self.key.spki_hash())));
        line("Signed with", algorithm(certificate.signature_algorithm()).to_owned());
        line("Fingerprint", hex::sha256(&certificate.fingerprint()));
        line("Use", self.usages().join(", "));
        if let Some(constraints) = certificate.basic_constraints().filter(|constraints| constraints.ca) {
            let below = constraints.path_len.map_or("any number of".to_owned(), |length| length.to_string());
            line("Certifies", format!("yes, with {below} certifying certificates below"));
        }
        if let Some(prefixes) = certificate.namespace() {
            line("Namespace", prefixes.into_iter().collect::<Vec<_>>().join(", "));
        }
        if let Some(parent) = certificate.parent() {
            line("Parent", hex::sha256(parent));
        }
        if let Some(model) = certificate.model_hash() {
            line("Model", hex::sha256(model));
        }
        if certificate.is_development() {
            line("Mark", "development: made for trying, refused in production".to_owned());
        }
        match self.scope {
            Some((scope, critical)) => {
                line("Scope", if *critical { "critical".to_owned() } else { "not critical".to_owned() });
                for part in authoring::to_toml(scope).lines() {
                    let _ = writeln!(text, "{}", format!("    {part}").trim_end());
                }
            }
            None if self.is_agent() => line("Scope", "none: this certificate allows nothing".to_owned()),
            None => line("Scope", "none of its own".to_owned()),
        }
    }

    fn json(&self) -> Result<Object, Denial> {
        let certificate = self.certificate;
        let mut json = object([
            ("development", Json::Bool(certificate.is_development())),
            ("fingerprint", Json::from(hex::sha256(&certificate.fingerprint()))),
            ("issuer", Json::from(name(certificate.issuer()))),
            ("key", Json::from(key_kind(self.key))),
            ("key_hash", Json::from(hex::sha256(self.key.spki_hash()))),
            ("kind", Json::from(self.kind())),
            ("not_after", Json::from(certificate.not_after().to_string())),
            ("not_before", Json::from(certificate.not_before().to_string())),
            ("serial", Json::from(hex::encode(certificate.serial()))),
            ("signature_algorithm", Json::from(algorithm(certificate.signature_algorithm()))),
            ("subject", Json::from(name(certificate.subject()))),
            ("uris", texts(certificate.uri_names())),
            ("use", texts(self.usages())),
        ]);
        if let Some(constraints) = certificate.basic_constraints().filter(|constraints| constraints.ca) {
            json.insert("path_length", constraints.path_len.map_or(Json::Null, |length| number(u64::from(length))));
        }
        if let Some(prefixes) = certificate.namespace() {
            json.insert("namespace", texts(prefixes));
        }
        let digests = [("model_hash", certificate.model_hash()), ("parent", certificate.parent())];
        for (key, digest) in digests {
            if let Some(digest) = digest {
                json.insert(key, hex::sha256(digest));
            }
        }
        if let Some((scope, critical)) = self.scope {
            json.insert("scope", scope_json(scope)?);
            json.insert("scope_critical", *critical);
        }
        Ok(json)
    }
}

/// The scope's JSON form as a value.
pub(super) fn scope_json(scope: &Scope) -> Result<Json, Denial> {
    use kakunin_core::bounds::JsonBounds;
    Json::parse(authoring::to_json(scope).as_bytes(), &JsonBounds::DOCUMENT)
        .map_err(|fault| fault.denial(Code::ScopeMalformed, "scope"))
}

fn lists(ders: &[Vec<u8>], bounds: &Bounds, now: UnixTime) -> Result<Answer, Failure> {
    let (mut text, mut json) = (String::new(), Vec::new());
    for der in ders {
        let crl = Crl::parse(der, bounds)?;
        let (this, next) = (crl.this_update(), crl.next_update());
        let _ = writeln!(text, "Certificate revocation list");
        let _ = writeln!(text, "  {:<12} {}", "Issuer", name(crl.issuer()));
        let _ = writeln!(text, "  {:<12} {}", "Number", number_text(&crl));
        let _ = writeln!(text, "  {:<12} {this} to {next} ({})", "Holds", validity(this, next, now));
        let _ = writeln!(text, "  {:<12} {}", "Revoked", crl.revoked());
        let mut serials = Vec::new();
        for entry in crl.entries() {
            let (serial, at) = (hex::encode(entry.serial()), entry.at);
            let reason = entry.reason.map(Reason::as_str);
            let _ = writeln!(
                text,
                "    {serial} since {at}{}",
                reason.map_or(String::new(), |reason| format!(" ({reason})"))
            );
            let mut members = object([("serial", Json::from(serial)), ("since", Json::from(at.to_string()))]);
            if let Some(reason) = reason {
                members.insert("reason", Json::from(reason));
            }
            serials.push(Json::Object(members));
        }
        json.push(Json::Object(object([
            ("issuer", Json::from(name(crl.issuer()))),
            ("next_update", Json::from(next.to_string())),
            ("number", Json::from(number_text(&crl))),
            ("revoked", Json::Array(serials)),
            ("this_update", Json::from(this.to_string())),
        ])));
    }
    Ok(Answer::done(text, object([("crls", Json::Array(json))])))
}

/// What an intent claims. Nothing of it is verified here, and the answer says so.
fn intent(token: &str, bounds: &Bounds) -> Result<Answer, Failure> {
    use kakunin_core::bounds::JsonBounds;
    use kakunin_core::encoding::base64;
    let intent = SignedIntent::parse(token, bounds)?;
    let payload = token.split('.').nth(1).unwrap_or_default();
    let claims = base64::decode_url(payload)
        .and_then(|payload| Json::parse(&payload, &JsonBounds::TOKEN))
        .map_err(|fault| fault.denial(Code::IntentMalformed, "payload"))?;
    let mut text = "Intent, not verified (use `kakunin verify`)\n".to_owned();
    let _ = writeln!(text, "  {:<12} {}", "Name", hex::sha256(&intent.name()));
    let _ = writeln!(text, "  {:<12} {}", "Signed by", hex::sha256(intent.leaf_fingerprint()));
    let _ = writeln!(
        text,
        "  {:<12} {} certificates, {} parents' paths",
        "Carries",
        intent.chain().len(),
        intent.parents().len()
    );
    for (claim, value) in claims.as_object().into_iter().flat_map(Object::iter) {
        let _ = writeln!(text, "  {claim:<12} {}", jcs::to_string(value));
    }
    let json = object([
        ("certificates", number(intent.chain().len() as u64)),
        ("claims", claims),
        ("name", Json::from(hex::sha256(&intent.name()))),
        ("signed_by", Json::from(hex::sha256(intent.leaf_fingerprint()))),
        ("verified", Json::Bool(false)),
    ]);
    Ok(Answer::done(text, json))
}

fn validity(from: UnixTime, until: UnixTime, now: UnixTime) -> String {
    let days = |seconds: i64| match seconds / 86_400 {
        0 => format!("{} min", seconds / 60),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let now = now.seconds();
    if now < from.seconds() {
        format!("not yet: in {}", days(from.seconds() - now))
    } else if now > until.seconds() {
        format!("over since {}", days(now - until.seconds()))
    } else {
        format!("{} left", days(until.seconds() - now))
    }
}

fn key_kind(key: &PublicKey) -> String {
    match key.kind() {
        KeyKind::Ed25519 => "Ed25519".to_owned(),
        KeyKind::P256 => "ECDSA P-256".to_owned(),
        KeyKind::P384 => "ECDSA P-384".to_owned(),
        KeyKind::Rsa { bits } => format!("RSA {bits}"),
    }
}

const fn algorithm(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::Ed25519 => "Ed25519",
        SignatureAlgorithm::EcdsaSha256 => "ECDSA with SHA-256",
        SignatureAlgorithm::EcdsaSha384 => "ECDSA with SHA-384",
        SignatureAlgorithm::RsaPkcs1Sha256 => "RSA PKCS#1 v1.5 with SHA-256",
        SignatureAlgorithm::RsaPkcs1Sha384 => "RSA PKCS#1 v1.5 with SHA-384",
        SignatureAlgorithm::RsaPkcs1Sha512 => "RSA PKCS#1 v1.5 with SHA-512",
        SignatureAlgorithm::RsaPssSha256 => "RSA PSS with SHA-256",
        SignatureAlgorithm::RsaPssSha384 => "RSA PSS with SHA-384",
        SignatureAlgorithm::RsaPssSha512 => "RSA PSS with SHA-512",
    }
}

/// A name (RFC 5280 §4.1.2.4) in words, most specific part last: `O=Acme, CN=payments-bot`.
pub(super) fn name(der: &[u8]) -> String {
    let mut parts = Vec::new();
    let Ok(mut names) = Reader::new(der).sequence() else { return "(unreadable)".to_owned() };
    while let Ok(mut set) = names.nested(tag::SET) {
        while let Ok(mut attribute) = set.sequence() {
            let (Ok(id), Ok(value)) = (attribute.oid(), attribute.element()) else { break };
            // Control characters in a name must not move a terminal's cursor.
            let value: String = String::from_utf8_lossy(value.content)
                .chars()
                .map(|c| if c.is_control() { '\u{fffd}' } else { c })
                .collect();
            parts.push(match id {
                [0x55, 0x04, 0x03] => format!("CN={value}"),
                [0x55, 0x04, 0x0a] => format!("O={value}"),
                [0x55, 0x04, 0x0b] => format!("OU={value}"),
                [0x55, 0x04, 0x06] => format!("C={value}"),
                other => format!("{}={value}", hex::encode(other)),
            });
        }
    }
    if parts.is_empty() { "(empty)".to_owned() } else { parts.join(", ") }
}

/// A CRL's number in hex, without the zeros in front.
fn number_text(crl: &Crl) -> String {
    let digits = hex::encode(crl.number_octets());
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}
