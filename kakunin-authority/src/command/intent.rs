//! `kakunin sign` and `kakunin verify`.

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Signer, SystemRandom};
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Denial;
use kakunin_core::intent;
use kakunin_core::value::Arguments;

use super::arguments::{Sign, StoreOptions, Verify};
use super::input;
use super::output::{Answer, DENIED, DONE, Failure, object};
use crate::shell::{Binding, RecordValues, Refusal, Source, Verified, Verifier, VerifierOptions, system_now};
use crate::{fault, keys};

/// Most bytes of an intent (profile §4).
const TOKEN_BYTES: usize = 128 * 1024;

/// Signs with the key alone: whether the scope allows the call is for whoever acts on it to judge.
pub(super) fn sign(arguments: &Sign) -> Result<Answer, Failure> {
    let params = Arguments::new(input::parameters(&arguments.params)?, &JsonBounds::ARGUMENTS)?;
    let mut approvals = Vec::new();
    for approval in &arguments.approvals {
        let text = input::value(approval, "approval", TOKEN_BYTES)?;
        approvals.extend(text.split_whitespace().map(str::to_owned));
    }
    let (session, chain) = (arguments.session.clone(), arguments.chain.clone());
    let binding = Binding { session, chain, ..Binding::default() }.with_approvals(&approvals)?;
    binding.check()?;
    let approvals: Vec<&str> = approvals.iter().map(String::as_str).collect();
    let chain = Source::Path(arguments.certificate.clone()).certificates("certificate")?;
    let leaf = chain.first().map(Vec::as_slice).unwrap_or_default();
    let certificate = Certificate::parse(leaf, &Bounds::default())?;
    let id = certificate.uri_names().next().ok_or_else(|| {
        fault::misconfigured(
            "agent-id",
            "certificate",
            arguments.certificate.display().to_string(),
            "an agent's certificate, with its id",
        )
    })?;
    let parents: Vec<Vec<Vec<u8>>> = arguments
        .parents
        .iter()
        .map(|path| Source::Path(path.clone()).certificates("parents"))
        .collect::<Result<_, _>>()?;
    let key = arguments.key.clone().unwrap_or_else(|| input::key_beside(&arguments.certificate));
    let signer = keys::load(&key, input::passphrase(&arguments.passphrase)?.as_ref())?;
    if signer.public_key().spki() != certificate.spki() {
        let came = key.display().to_string();
        return Err(fault::misconfigured("signer-other-key", "key", came, "the key of the certificate").into());
    }
    let jti = intent::new_jti(&SystemRandom::new())?;
    let request = intent::Request {
        issuer: id,
        audience: &arguments.audience,
        issued_at: system_now(),
        lifetime: arguments.lifetime,
        jti: &jti,
        action: &arguments.action,
        arguments: &params,
        session: binding.session.as_deref(),
        chain: binding.chain.as_deref(),
        approvals: &approvals,
    };
    let token = intent::sign(&request, &chain, &parents, !arguments.no_certificates, &signer)?;
    let json = object([("intent", Json::from(token.as_str())), ("jti", Json::from(jti.as_str()))]);
    Ok(Answer::done(token, json))
}

/// Verifies each token with one verifier, so that the second use of an intent is seen.
pub(super) fn verify(arguments: &Verify) -> Result<Answer, Failure> {
    let params = arguments.params.as_deref().map(input::parameters).transpose()?;
    let mut tokens = Vec::new();
    for token in &arguments.tokens {
        let text = input::value(token, "token", TOKEN_BYTES * 64)?;
        tokens.extend(text.split_whitespace().map(str::to_owned));
    }
    if tokens.is_empty() {
        return Err(fault::missing("token", "at least one intent").into());
    }
    let stores = &arguments.stores;
    let verifier = Verifier::open(VerifierOptions {
        trust: arguments.trust.iter().cloned().map(Source::Path).collect(),
        audience: Some(arguments.audience.clone()),
        state: stores.state.clone(),
        revocation: stores.revocation.clone(),
        record: stores.record.clone(),
        record_values: stores.values()?,
        paths: arguments.paths.iter().cloned().map(Source::Path).collect(),
        ..VerifierOptions::default()
    })?;
    let (mut lines, mut results, mut exit) = (Vec::new(), Vec::new(), DONE);
    for token in &tokens {
        match verifier.verify(token, arguments.action.as_deref(), params.clone().map(Ok)) {
            Ok(verified) => {
                lines.push(allowed_line(&verified));
                results.push(Json::Object(allowed_json(&verified)));
            }
            Err(refusal) => {
                exit = DENIED;
                lines.push(format!("{}\n  {}", refusal.opaque(), refusal.reason()));
                results.push(Json::Object(refusal_json(&refusal)));
            }
        }
    }
    verifier.close()?;
    lines.extend(verifier.take_notices().into_iter().map(|notice| format!("note: {notice}")));
    let json = object([("allowed", Json::Bool(exit == DONE)), ("intents", Json::Array(results))]);
    Ok(Answer { text: lines.join("\n"), json, exit })
}

fn allowed_line(verified: &Verified) -> String {
    let params = jcs::to_string(&Json::Object(verified.params().object().clone()));
    format!("allowed: {} {params}\n  by {}", verified.action(), verified.agent())
}

fn allowed_json(verified: &Verified) -> Object {
    let text = |text: Option<&str>| text.map_or(Json::Null, Json::from);
    object([
        ("action", Json::from(verified.action())),
        ("agent", Json::from(verified.agent())),
        ("allowed", Json::Bool(true)),
        ("chain", text(verified.chain())),
        ("fingerprint", Json::from(verified.fingerprint())),
        ("name", Json::from(verified.name())),
        ("params", Json::Object(verified.params().object().clone())),
        ("reference", text(verified.reference())),
        ("session", text(verified.session())),
    ])
}

/// A refusal as JSON.
pub(super) fn refusal_json(refusal: &Refusal) -> Object {
    object([
        ("allowed", Json::Bool(false)),
        ("code", Json::from(refusal.code().as_str())),
        ("details", Json::Object(refusal.details_json())),
        ("name", Json::from(refusal.code().name())),
        ("reason", Json::from(refusal.reason())),
        ("reference", Json::from(refusal.reference())),
    ])
}

impl StoreOptions {
    /// The values that a record may hold, where it was said.
    pub(super) fn values(&self) -> Result<Option<RecordValues>, Denial> {
        self.record_values.as_deref().map(RecordValues::parse).transpose()
    }
}
