//! `kakunin record verify` and `kakunin explain`.

use std::fmt::Write;
use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::Json;
use kakunin_core::error::{Code, Denial};
use kakunin_core::record::{DecisionRecord, Finding, Refusal};
use kakunin_core::scope::{Grant, Scope, ScopeParts, authoring};
use kakunin_core::time::UnixTime;

use super::arguments::{Explain, RecordCommand};
use super::inspect::scope_json;
use super::output::{Answer, Failure, number, object, texts};
use crate::shell::{Source, refused_because};
use crate::{hex, log};

pub(super) fn run(command: &RecordCommand) -> Result<Answer, Failure> {
    let RecordCommand::Verify { folder, key } = command;
    let verification = log::verify(folder, key.as_deref())?;
    let report = &verification.report;
    let place = folder.display();
    let findings: Vec<String> = report.findings.iter().map(Finding::to_string).collect();
    let json = object([
        ("entries", number(report.entries)),
        ("findings", texts(findings.clone())),
        ("key", Json::from(verification.key_name.as_str())),
        ("root", Json::from(hex::sha256(&report.root))),
        ("valid", Json::Bool(findings.is_empty())),
    ]);
    if findings.is_empty() {
        let text =
            format!("{place}: {} records, none altered, none missing ({})", report.entries, hex::sha256(&report.root));
        return Ok(Answer::done(text, json));
    }
    Ok(Answer::denied(format!("{place}: not as it was signed\n  {}", findings.join("\n  ")), json))
}

/// Tells why the decision with this reference came out as it did.
pub(super) fn explain(arguments: &Explain) -> Result<Answer, Failure> {
    let found = log::find(&arguments.record, arguments.reference.trim())?;
    let record = &found.record;
    let action = record.action.as_deref().unwrap_or("intent");
    let mut text = String::new();
    let mut json = object([
        ("action", record.action.as_deref().map_or(Json::Null, Json::from)),
        ("agent", record.agent.as_deref().map_or(Json::Null, Json::from)),
        ("allowed", Json::Bool(record.refusal.is_none())),
        ("index", number(found.index)),
        ("mode", Json::from(record.mode.as_str())),
        ("time", Json::from(record.time.to_string())),
    ]);
    match &record.refusal {
        None => {
            let _ = writeln!(text, "{action} allowed");
        }
        Some(refusal) => {
            let _ = writeln!(text, "{}", refused_because(action, refusal.code, &refusal.reason(), &refusal.rule));
            if record.mode.lets_pass(refusal.code) {
                let _ = writeln!(text, "  it ran all the same: the guard only observes");
            }
            json.insert("code", refusal.code.as_str());
            json.insert("name", refusal.code.name());
            json.insert("reason", refusal.reason());
            json.insert("rule", refusal.rule.as_str());
            facts(&mut text, &mut json, record, refusal);
            if let Some((scope, place)) = scope_at_fault(record, refusal, &arguments.pki)
                && let Some((grant, how)) = nearest(&scope, action)
            {
                let parts = ScopeParts {
                    grants: vec![grant.clone()],
                    approvers: scope.approvers().to_vec(),
                    ..ScopeParts::default()
                };
                let scope = Scope::new(parts).map_err(|fault| Denial::new(Code::ScopeMalformed, fault.rule))?;
                let _ = writeln!(text, "  nearest grant, {how}, in {place}:");
                for line in authoring::to_toml(&scope).lines() {
                    let _ = writeln!(text, "{}", format!("    {line}").trim_end());
                }
                json.insert("nearest_grant", scope_json(&scope)?);
            }
        }
    }
    let _ = writeln!(text, "  record {} of {}, {}", found.index, arguments.record.display(), record.time);
    if let Some(agent) = &record.agent {
        let _ = writeln!(text, "  agent {agent}");
    }
    if let Some(params) = &record.params {
        let _ = writeln!(text, "  parameters {}", jcs::to_string(&Json::Object(params.clone())));
        json.insert("params", params.clone());
    }
    for (name, value) in [("session", &record.session), ("chain", &record.chain), ("audience", &record.audience)] {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name} {value}");
            json.insert(name, value.as_str());
        }
    }
    Ok(Answer::done(text, json))
}

/// What came, what would do, by parameter, line by line.
fn facts(
    text: &mut String,
    json: &mut kakunin_core::encoding::json::Object,
    record: &DecisionRecord,
    refusal: &Refusal,
) {
    let details = &refusal.details;
    let redacted = details.parameter.is_some() && details.requested.is_none() && record.params_digest.is_some();
    let came = details.requested.as_deref().or(redacted.then_some("not recorded (`record_values`)"));
    let lines = [
        ("parameter", details.parameter.as_deref()),
        ("field", details.field.as_deref()),
        ("came", came),
        ("expected", details.expected.as_deref()),
        ("limit", details.limit.as_deref()),
        ("left", details.left.as_deref()),
        ("check", Some(refusal.rule.as_str())),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<10} {value}");
            json.insert(name, value);
        }
    }
    if let Some(frees_at) = details.frees_at {
        let _ = writeln!(text, "  {:<10} {}", "free again", UnixTime::from_millis(frees_at));
        json.insert("frees_at", UnixTime::from_millis(frees_at).to_string());
    }
}

/// The scope that refused, where a certificate of the record's path is at hand, and the file that it is in.
fn scope_at_fault(record: &DecisionRecord, refusal: &Refusal, pki: &Path) -> Option<(Scope, String)> {
    if !matches!(refusal.code as u8, code if code >= Code::ActionNotAllowed as u8 && code <= Code::ApprovalInvalid as u8)
    {
        return None;
    }
    let wanted = record.path.get(usize::from(refusal.details.depth.unwrap_or(0)))?;
    let mut paths: Vec<_> = std::fs::read_dir(pki).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pem")).find_map(|path| {
        let ders = Source::Path(path.clone()).certificates("pki").ok()?;
        Some((scope_of(&ders, wanted)?, path.display().to_string()))
    })
}

fn scope_of(ders: &[Vec<u8>], wanted: &Digest) -> Option<Scope> {
    let bounds = Bounds::default();
    let der = ders.iter().find(|der| sha256(der) == *wanted)?;
    Scope::decode(Certificate::parse(der, &bounds).ok()?.scope()?.value, &bounds).ok()
}

/// The grant that an author would look at: the first for this action, else the one that shares the most of its name.
fn nearest<'s>(scope: &'s Scope, action: &str) -> Option<(&'s Grant, &'static str)> {
    if let Some(grant) = scope.grants().iter().find(|grant| grant.action().covers(action)) {
        return Some((grant, "for this action"));
    }
    let grants = scope.grants().iter();
    grants.min_by_key(|grant| distance(grant.action().as_str(), action)).map(|grant| (grant, "for another action"))
}

/// How many characters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, character) in a.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        for (other, above) in b.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(*other != character);
            left = replaced.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in
            [("", "", 0), ("charge", "charge", 0), ("charge", "change", 1), ("a", "", 1), ("kb.read", "kb.reads", 1)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (edits, edits), "{a} {b}");
        }
    }
}
