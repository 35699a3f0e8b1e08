//! `kakunin scope test`: a team's own tables of calls, run against its scopes.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{self, CallTable, Expected, TableCall};

use super::rehearsal::{Rehearsal, Scene};
use crate::command::input;
use crate::command::output::{Answer, Failure, number, object, texts};
use crate::fault;

/// Most calls of one table, repetitions counted: half a minute.
const CALLS: u64 = 1_000_000;

/// Runs the tables, each with limits of its own.
pub(super) fn run(files: &[PathBuf]) -> Result<Answer, Failure> {
    let (mut text, mut tables) = (String::new(), Vec::new());
    let (mut calls, mut differing) = (0, 0);
    for file in files {
        let table = read(file)?;
        let scopes = scopes(file, &table)?;
        let _ = writeln!(text, "{}: {}", file.display(), table.scopes.join(", "));
        let verdicts = judge(&table, &scopes)?;
        let mut lines = Vec::new();
        for (call, verdict) in table.calls.iter().zip(&verdicts) {
            calls += 1;
            differing += u64::from(!verdict.is_expected);
            let _ = writeln!(text, "  {}", verdict.line(call));
            lines.push(Json::Object(verdict.json(call)));
        }
        tables.push(Json::Object(object([
            ("calls", Json::Array(lines)),
            ("file", Json::from(file.display().to_string())),
            ("scopes", texts(table.scopes)),
        ])));
    }
    let counted = if calls == 1 { "1 call".to_owned() } else { format!("{calls} calls") };
    let json = object([
        ("calls", number(calls)),
        ("differ", number(differing)),
        ("passed", Json::Bool(differing == 0)),
        ("tables", Json::Array(tables)),
    ]);
    if differing == 0 {
        let _ = writeln!(text, "{counted}, all as expected");
        return Ok(Answer::done(text, json));
    }
    let _ = writeln!(text, "{counted}, {differing} not as expected");
    Ok(Answer::denied(text, json))
}

fn read(file: &Path) -> Result<CallTable, Failure> {
    let bytes = input::bytes(file, "table", JsonBounds::DOCUMENT.bytes)?;
    let name = file.display().to_string();
    let code = Code::ConfigurationInvalid;
    let text = input::document(&bytes, &name, code)?;
    let mistakes = |mistakes| Failure::Mistakes { code, file: name.clone(), document: text.to_owned(), mistakes };
    let table = authoring::calls(text, input::format_of(text)).map_err(mistakes)?;
    let calls = table.calls.iter().map(|call| u64::from(call.repeat)).sum::<u64>();
    if calls > CALLS {
        return Err(fault::misconfigured("table-calls", name, calls.to_string(), format!("at most {CALLS}")).into());
    }
    Ok(table)
}

/// The scopes of a table, whose files stand relative to its own.
fn scopes(file: &Path, table: &CallTable) -> Result<Vec<Scope>, Failure> {
    let folder = file.parent().unwrap_or(Path::new(""));
    table.scopes.iter().map(|scope| super::read(&folder.join(scope))).collect()
}

fn judge(table: &CallTable, scopes: &[Scope]) -> Result<Vec<Verdict>, Failure> {
    let times = || table.calls.iter().map(|call| call.at);
    let (Some(from), Some(until)) = (times().min(), times().max()) else { return Ok(Vec::new()) };
    let rehearsal = Rehearsal::new(scopes, from, until)?;
    Ok(table.calls.iter().map(|call| Verdict::of(call, &rehearsal)).collect())
}

/// What became of one line.
struct Verdict {
    is_expected: bool,
    /// The first repetition that was not as expected, else the last; from 1.
    repetition: u32,
    got: Result<(), Denial>,
}

impl Verdict {
    fn of(call: &TableCall, rehearsal: &Rehearsal) -> Self {
        let scene = Scene {
            action: &call.action,
            params: &call.params,
            at: call.at,
            region: call.region.as_deref(),
            audience: call.audience.as_deref(),
        };
        let mut verdict = Self { is_expected: true, repetition: 0, got: Ok(()) };
        for repetition in 1..=call.repeat {
            let got = rehearsal.play(&scene);
            verdict = Self { is_expected: is_expected(&call.expected, &got), repetition, got };
            if !verdict.is_expected {
                break;
            }
        }
        verdict
    }

    fn line(&self, call: &TableCall) -> String {
        let name = printable(&call.name);
        let times = if call.repeat > 1 { format!(" ×{}", call.repeat) } else { String::new() };
        if self.is_expected {
            let got = self.got.as_ref().err().map_or("allow", |denial| denial.code().as_str());
            return format!("ok       {name}{times}: {got}");
        }
        let which =
            if call.repeat > 1 { format!(", call {} of {}", self.repetition, call.repeat) } else { String::new() };
        let expected = match &call.expected {
            Expected::Allow => "allow".to_owned(),
            Expected::Deny { code, parameter: None } => format!("{code} {}", code.name()),
            Expected::Deny { code, parameter: Some(path) } => format!("{code} {} at `{path}`", code.name()),
        };
        let got = match &self.got {
            Ok(()) => "allow".to_owned(),
            Err(denial) => {
                let reason = reason(denial);
                format!("{} {}: {}", denial.code(), denial.code().name(), printable(&reason))
            }
        };
        format!("differs  {name} (line {}{which}): expected {expected}, got {got}", call.line)
    }

    fn json(&self, call: &TableCall) -> Object {
        let mut json = object([
            ("action", Json::from(call.action.as_str())),
            ("at", Json::from(call.at.to_string())),
            ("line", number(call.line as u64)),
            ("name", Json::from(call.name.as_str())),
            ("passed", Json::Bool(self.is_expected)),
            ("repeat", number(u64::from(call.repeat))),
        ]);
        let mut expected = Object::new();
        match &call.expected {
            Expected::Allow => expected.insert("decision", "allow"),
            Expected::Deny { code, parameter } => {
                expected.insert("code", code.as_str());
                expected.insert("decision", "deny");
                if let Some(parameter) = parameter {
                    expected.insert("parameter", parameter.as_str());
                }
            }
        }
        json.insert("expected", expected);
        let mut got = Object::new();
        match &self.got {
            Ok(()) => got.insert("decision", "allow"),
            Err(denial) => {
                got.insert("code", denial.code().as_str());
                got.insert("decision", "deny");
                got.insert("reason", reason(denial));
                if let Some(parameter) = &denial.details().parameter {
                    got.insert("parameter", parameter.as_ref());
                }
            }
        }
        json.insert("got", got);
        if !self.is_expected && call.repeat > 1 {
            json.insert("repetition", number(u64::from(self.repetition)));
        }
        json
    }
}

fn is_expected(expected: &Expected, got: &Result<(), Denial>) -> bool {
    match (expected, got) {
        (Expected::Allow, Ok(())) => true,
        (Expected::Deny { code, parameter }, Err(denial)) => {
            let found = denial.details().parameter.as_deref();
            *code == denial.code() && parameter.as_deref().is_none_or(|parameter| found == Some(parameter))
        }
        _ => false,
    }
}

/// The operator's sentence without its rule, which names a check and no reason.
fn reason(denial: &Denial) -> String {
    let (reason, rule) = (denial.reason(), format!(" ({})", denial.details().rule));
    reason.strip_suffix(rule.as_str()).map(str::to_owned).unwrap_or(reason)
}

/// On one line, without what a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}
