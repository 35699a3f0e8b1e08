//! `kakunin doctor`: everything that a guard needs, tried one after the other.

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::{SystemRandom, sha256};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{NonceDraw, Reservation};
use kakunin_core::intent;
use kakunin_core::path::{self, VerifiedAgent};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

use super::arguments::Doctor;
use super::input;
use super::output::{Answer, DENIED, DONE, Failure, denial_json, object};
use crate::shell::{Clock, Common, Setup, SignerSource, Source, open_signer, system_now};

/// What one trial found.
struct Finding {
    name: &'static str,
    outcome: Result<String, Denial>,
}

pub(super) fn run(arguments: &Doctor) -> Result<Answer, Failure> {
    let mut findings = Vec::new();
    examine(arguments, &mut findings)?;
    let failed = findings.iter().any(|finding| finding.outcome.is_err());
    let lines = findings.iter().map(|Finding { name, outcome }| match outcome {
        Ok(text) => format!("ok    {name:<12} {text}"),
        Err(denial) => format!("FAIL  {name:<12} {} {}: {}", denial.code(), denial.code().name(), denial.reason()),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let checks = findings.iter().map(|Finding { name, outcome }| {
        let mut json = match outcome {
            Ok(text) => object([("text", Json::from(text.as_str()))]),
            Err(denial) => denial_json(denial),
        };
        json.insert("check", *name);
        json.insert("ok", outcome.is_ok());
        Json::Object(json)
    });
    let json = object([("checks", Json::Array(checks.collect())), ("ok", Json::Bool(!failed))]);
    Ok(Answer { text, json, exit: if failed { DENIED } else { DONE } })
}

/// Each trial needs those before it: the first that fails ends the examination of what depends on it.
fn examine(arguments: &Doctor, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let now = system_now();
    let mut note = |name, outcome: Result<String, Denial>| findings.push(Finding { name, outcome });
    let trust: Vec<Source> = arguments.trust.iter().cloned().map(Source::Path).collect();
    let values = arguments.stores.values()?;
    let common = Common {
        trust: &trust,
        state: arguments.stores.state.as_deref(),
        revocation: arguments.stores.revocation.as_deref(),
        seen: None,
        record: arguments.stores.record.as_deref(),
        record_values: values.as_ref(),
        environment: None,
        clock: &Clock::system(),
    };
    let setup = match Setup::open(&common, None) {
        Ok(setup) => setup,
        Err(denial) => {
            note("setup", Err(denial));
            return Ok(());
        }
    };
    let marked = if setup.anchors.is_development() { ", for development" } else { "" };
    note("trust", Ok(format!("{} anchors{marked}", setup.anchors.certificates().count())));
    let record = setup.sink.flush().map(|()| {
        if setup.sink.keeps() { "can be written".to_owned() } else { "none: decisions are not kept".to_owned() }
    });
    note("record", record);
    note("state", try_state(&setup, now));

    let parents = arguments.parents.iter().map(|path| Source::Path(path.clone()).certificates("parents"));
    let paths = parents
        .collect::<Result<Vec<_>, _>>()
        .and_then(|parents| Ok((Source::Path(arguments.certificate.clone()).certificates("certificate")?, parents)));
    let (chain, parents) = match paths {
        Ok(paths) => paths,
        Err(denial) => {
            note("certificate", Err(denial));
            return Ok(());
        }
    };
    let agent = path::validate(&chain, &parents, &setup.anchors, now, &setup.bounds)
        .and_then(|agent| setup.admit(&agent).map(|()| agent));
    let agent = match agent {
        Ok(agent) => agent,
        Err(denial) => {
            note("certificate", Err(denial));
            return Ok(());
        }
    };
    note("certificate", Ok(format!("{}, {} certificates to the anchor", agent.id(), agent.links().len())));
    note("expiry", Ok(expiry(&agent, now)));
    let (view, _) = setup.revocation.view(agent.crl_issuers());
    note("revocation", agent.check_revocation(&view, None, now).map(|()| freshness(&view)));
    note("signer", try_signer(arguments, &agent, &chain, &parents, now));
    Ok(())
}

fn expiry(agent: &VerifiedAgent, now: UnixTime) -> String {
    let left = agent.not_after().seconds().saturating_sub(now.seconds());
    let whole = agent.not_after().seconds().saturating_sub(agent.not_before().seconds());
    let advice = if left < whole / 3 { ": renew it" } else { "" };
    format!("{}, in {} days{advice}", agent.not_after(), left / 86_400)
}

fn freshness(view: &RevocationView) -> String {
    match view {
        RevocationView::NotChecked => "none: revoked certificates pass".to_owned(),
        RevocationView::Checked(snapshot) => match snapshot.next_update() {
            Some(next) => format!("not revoked; fresh until {next}"),
            None => "nothing to look up on this path".to_owned(),
        },
    }
}

/// Takes a nonce twice: the store must give it once.
fn try_state(setup: &Setup, now: UnixTime) -> Result<String, Denial> {
    let key = sha256(intent::new_jti(&SystemRandom::new())?.as_bytes());
    let nonce = || Some(NonceDraw { key, issued_at: now, remember_until: now.plus_seconds(1) });
    drop(setup.store.reserve(&Reservation::new(nonce(), Vec::new()), now)?);
    match setup.store.reserve(&Reservation::new(nonce(), Vec::new()), now) {
        Err(denial) if denial.code() == Code::ReplayDetected => Ok("memory: one process, until it ends".to_owned()),
        Err(denial) => Err(denial),
        Ok(_) => Err(Denial::new(Code::StateUnavailable, "store-replay").field("state")),
    }
}

/// Signs an intent for nobody, which is read back and verified before it is dropped.
fn try_signer(
    arguments: &Doctor,
    agent: &VerifiedAgent,
    chain: &[Vec<u8>],
    parents: &[Vec<Vec<u8>>],
    now: UnixTime,
) -> Result<String, Denial> {
    let uri = match &arguments.signer {
        Some(uri) => uri.clone(),
        None => {
            let beside = input::key_beside(&arguments.certificate);
            if !beside.exists() {
                return Ok("none: the guard decides, it cannot sign".to_owned());
            }
            format!("file:{}", beside.display())
        }
    };
    let signer = open_signer(&SignerSource::Uri(uri))?;
    let empty = Arguments::new(Object::new(), &JsonBounds::ARGUMENTS)?;
    let request = intent::Request {
        issuer: agent.id(),
        audience: "kakunin-doctor",
        issued_at: now,
        lifetime: 0,
        jti: &intent::new_jti(&SystemRandom::new())?,
        action: "doctor",
        arguments: &empty,
        session: None,
        chain: None,
        approvals: &[],
    };
    intent::sign(&request, chain, parents, true, &*signer)?;
    Ok(format!("signed and verified with {}", signer.key_id()))
}
