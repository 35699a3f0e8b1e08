//! `kakunin scope contains`, `intersect` and `diff`: two scopes side by side.

use std::path::Path;

use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::containment::{Wider, WitnessCall, explain};
use kakunin_core::scope::difference::Change;
use kakunin_core::scope::intersection::Inexpressible;
use kakunin_core::scope::{Scope, authoring};

use crate::command::inspect::scope_json;
use crate::command::output::{Answer, Failure, object, texts};
use crate::files::{self, Access, Existing};
use crate::shell::{details_json, refused};

/// Whether `parent` contains `child`, and else why not and by which call one sees it.
pub(super) fn contains(child: &Scope, parent: &Scope) -> Answer {
    match explain(child, parent) {
        Ok(()) => Answer::done("contained", object([("contained", Json::Bool(true))])),
        Err(wider) => not_contained(&wider),
    }
}

fn not_contained(wider: &Wider) -> Answer {
    let denial = wider.denial();
    let head = if wider.is_in_doubt() { "in doubt: not contained:" } else { "not contained:" };
    let mut text = format!("{}\n  {wider}\n", refused(head, denial));
    let mut json = object([
        ("code", Json::from(denial.code().as_str())),
        ("contained", Json::Bool(false)),
        ("details", Json::Object(details_json(denial))),
        ("in_doubt", Json::Bool(wider.is_in_doubt())),
        ("reason", Json::from(denial.reason())),
        ("words", Json::from(wider.to_string())),
    ]);
    if let Some(call) = wider.witness() {
        text.push_str(&format!(
            "  the child accepts this call, the parent refuses it ({}):\n    {} {}\n",
            call.refusal.code(),
            call.action,
            jcs::to_string(&Json::Object(call.arguments.clone()))
        ));
        let world = world(call).into_iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>();
        if !world.is_empty() {
            text.push_str(&format!("    where {}\n", world.join(", ")));
        }
        json.insert("witness", Json::Object(witness_json(call)));
    } else if wider.is_in_doubt() {
        text.push_str(
            "  no call was found that the child accepts and the parent refuses; nor do the rules show that there is none\n",
        );
    }
    Answer::denied(text, json)
}

/// What the call needs around it for the child to accept it.
fn world(call: &WitnessCall) -> Vec<(&'static str, String)> {
    let named = |name: &'static str, value: &Option<String>| value.clone().map(|value| (name, value));
    [named("audience", &call.audience), named("region", &call.region), call.now.map(|now| ("at", now.to_string()))]
        .into_iter()
        .flatten()
        .collect()
}

fn witness_json(call: &WitnessCall) -> Object {
    let mut json = object([
        ("action", Json::from(call.action.as_str())),
        ("params", Json::Object(call.arguments.clone())),
        (
            "refusal",
            Json::Object(object([
                ("code", Json::from(call.refusal.code().as_str())),
                ("reason", Json::from(call.refusal.reason())),
            ])),
        ),
    ]);
    for (name, value) in world(call) {
        json.insert(name, value);
    }
    json
}

/// The scope that accepts what both accept, as TOML.
pub(super) fn intersect(one: &Scope, other: &Scope, out: Option<&Path>, force: bool) -> Result<Answer, Failure> {
    let scope = match one.intersect(other) {
        Ok(scope) => scope,
        Err(refusal) => return Ok(inexpressible(&refusal)),
    };
    let toml = authoring::to_toml(&scope);
    let mut json = object([("scope", scope_json(&scope)?)]);
    let Some(path) = out else { return Ok(Answer::done(toml, json)) };
    let existing = if force { Existing::Replace } else { Existing::Keep };
    files::write_one(path, toml.as_bytes(), Access::Everyone, existing)?;
    json.insert("file", path.display().to_string());
    let count = scope.grants().len();
    Ok(Answer::done(format!("{}: {count} grant{}", path.display(), if count == 1 { "" } else { "s" }), json))
}

fn inexpressible(refusal: &Inexpressible) -> Answer {
    let mut json = object([
        ("expressible", Json::Bool(false)),
        ("detail", Json::from(refusal.detail.as_str())),
        ("kinds", texts(refusal.kinds.iter().copied())),
    ]);
    for (name, value) in [("action", &refusal.action), ("parameter", &refusal.parameter)] {
        if let Some(value) = value {
            json.insert(name, value.as_str());
        }
    }
    Answer::denied(format!("no scope says what both accept: {refusal}"), json)
}

/// What became wider and what narrower.
pub(super) fn difference(old: &Scope, new: &Scope) -> Answer {
    let changes = old.difference(new);
    let wider = changes.iter().any(Change::widens);
    let text = if changes.is_empty() {
        "no difference".to_owned()
    } else {
        let mut lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
        // What widens first: it is what one reads a difference for.
        lines.sort_by_key(|line| (line.starts_with("narrower"), line.starts_with("changed")));
        lines.join("\n")
    };
    let changes = changes.iter().map(|change| {
        let mut json = object([
            ("direction", Json::from(change.direction.as_str())),
            ("is", Json::from(change.is.as_str())),
            ("part", Json::from(change.part)),
            ("was", Json::from(change.was.as_str())),
        ]);
        for (name, value) in [("action", &change.action), ("parameter", &change.parameter)] {
            if let Some(value) = value {
                json.insert(name, value.as_str());
            }
        }
        Json::Object(json)
    });
    let json = object([("changes", Json::Array(changes.collect())), ("wider", Json::Bool(wider))]);
    if wider { Answer::denied(text, json) } else { Answer::done(text, json) }
}
