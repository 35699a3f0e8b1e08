//! `kakunin scope suggest`: the tightest scope that allows what a record has seen.

use std::fmt::Write;

use kakunin_core::encoding::json::Json;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::{Scope, authoring};

use super::rehearsal::{Rehearsal, Scene};
use super::test::printable;
use crate::command::arguments::Suggest;
use crate::command::inspect::scope_json;
use crate::command::output::{Answer, Failure, number, object, texts};
use crate::fault;
use crate::observe::{Seen, Suggestion, Wanted};

pub(super) fn run(arguments: &Suggest) -> Result<Answer, Failure> {
    let denied: Vec<Code> = arguments.include_denied.iter().map(|text| code(text)).collect::<Result<_, _>>()?;
    let wanted = Wanted { agent: arguments.agent.as_deref(), denied: &denied, key: arguments.key.as_deref() };
    let seen = Seen::read(&arguments.records, &wanted)?;
    let suggestion = Suggestion::of(&seen);
    let toml = suggestion.toml();
    // INVARIANT: what is suggested compiles; were it not so, it would be told as the mistake that it is.
    let scope = authoring::compile(&toml, authoring::Format::Toml).map_err(|mistakes| Failure::Mistakes {
        code: Code::ScopeMalformed,
        file: "the suggestion".to_owned(),
        document: toml.clone(),
        mistakes,
    })?;
    let refused = refused(&seen, &scope)?;
    let calls = seen.calls.len();
    let mut text = toml.clone();
    let _ = match refused.as_slice() {
        [] => writeln!(text, "\n# Tried: all {calls} calls are allowed by this scope."),
        [first, ..] => {
            writeln!(text, "\n# ! Tried: {} of {calls} calls are not allowed by this scope; {first}", refused.len())
        }
    };
    let json = object([
        ("calls", number(calls as u64)),
        ("grants", suggestion.json()),
        ("refused", number(refused.len() as u64)),
        ("scope", scope_json(&scope)?),
        ("toml", Json::from(toml)),
        ("warnings", texts(suggestion.warnings.iter().map(String::as_str))),
    ]);
    Ok(Answer::done(text, json))
}

fn code(text: &str) -> Result<Code, Denial> {
    let code = Code::parse(text).or_else(|| Code::parse(&format!("KKN-{text}")));
    code.filter(|code| code.yields_to_observation()).ok_or_else(|| {
        fault::misconfigured("code", "include-denied", text.to_owned(), "a code that a scope gives, such as E204")
    })
}

/// Why the scope does not allow what it should, call by call: the core decides them all, limits too, at their times.
fn refused(seen: &Seen, scope: &Scope) -> Result<Vec<String>, Failure> {
    let (Some(first), Some(last)) = (seen.calls.first(), seen.calls.last()) else { return Ok(Vec::new()) };
    let rehearsal = Rehearsal::new(std::slice::from_ref(scope), first.at, last.at)?;
    let refused = seen.calls.iter().filter_map(|call| {
        let scene = Scene { action: &call.action, params: &call.params, at: call.at, region: None, audience: None };
        let denial = rehearsal.play(&scene).err()?;
        Some(printable(&format!("{} at {}: {denial}", denial.code(), call.at)))
    });
    Ok(refused.collect())
}
