//! The suggestion as a whole: grants, what they were made from, and how that is written.

use std::collections::BTreeMap;
use std::fmt::Write;

use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::scope::{ActionPattern, ParamPath};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Decimal;

use super::limits::{self, LimitLine};
use super::seen::{Seen, SeenCall};
use super::shape;
use super::split;
use super::written::{ParamLine, Written, comment, counted, text};

/// Fewer calls of an action than these say little of what it needs.
const FEW_CALLS: usize = 20;

/// The tightest scope that allows what was seen and reads well.
pub(crate) struct Suggestion {
    grants: Vec<SuggestedGrant>,
    /// What a person must know of it as a whole.
    pub(crate) warnings: Vec<String>,
    heading: String,
}

struct SuggestedGrant {
    action: String,
    calls: usize,
    note: Option<String>,
    limits: Vec<LimitLine>,
    params: Vec<ParamLine>,
}

impl Suggestion {
    /// The scope that allows the calls in `seen`.
    pub(crate) fn of(seen: &Seen) -> Self {
        let mut by_action: BTreeMap<&str, Vec<&SeenCall>> = BTreeMap::new();
        for call in &seen.calls {
            by_action.entry(&call.action).or_default().push(call);
        }
        let mut suggestion = Self { grants: Vec::new(), warnings: warnings(seen), heading: heading(seen) };
        for (action, calls) in by_action {
            suggestion.action(action, &calls);
        }
        suggestion
    }

    fn action(&mut self, action: &str, calls: &[&SeenCall]) {
        if ActionPattern::parse(action).is_err() || action.contains('*') {
            self.warnings.push(format!("`{action}` is no name of an action: no grant can allow it"));
            return;
        }
        if calls.len() < FEW_CALLS {
            let times = if calls.len() == 1 { "once".to_owned() } else { format!("{} times", calls.len()) };
            self.warnings.push(format!("`{action}` was seen {times} only: what it needs may be more than that"));
        }
        let params: Vec<&Object> = calls.iter().map(|call| &call.params).collect();
        let times: Vec<UnixTime> = calls.iter().map(|call| call.at).collect();
        let mut grants: Vec<(SuggestedGrant, Vec<usize>)> = Vec::new();
        for case in split::cases(&params) {
            let objects: Vec<&Object> =
                case.positions.iter().filter_map(|position| params.get(*position).copied()).collect();
            let Some(lines) = shape::params(&objects) else {
                let of = case.note.map_or(String::new(), |note| format!(", where {note}"));
                let count = objects.len();
                self.warnings.push(format!(
                    "{} of `{action}`{of} with parameters that no grant can name",
                    counted(count, "call")
                ));
                continue;
            };
            let (calls, limits) = (objects.len(), limits::rates(&times));
            // What sets cases apart may not show in their grants: then they are one.
            match grants.iter_mut().find(|(grant, _)| same(&grant.params, &lines)) {
                Some((grant, positions)) => {
                    grant.calls += calls;
                    positions.extend(case.positions);
                }
                None => {
                    let grant =
                        SuggestedGrant { action: action.to_owned(), calls, note: case.note, limits, params: lines };
                    grants.push((grant, case.positions));
                }
            }
        }
        budgets(&mut grants, calls);
        self.grants.extend(grants.into_iter().map(|(grant, _)| grant));
    }

    /// The scope in TOML, each line with what it was made from.
    pub(crate) fn toml(&self) -> String {
        let mut toml = String::new();
        let _ = writeln!(
            toml,
            "# {}\n# Read every line before you sign it: what was seen is not what is right.",
            comment(&self.heading)
        );
        for warning in &self.warnings {
            let _ = writeln!(toml, "# ! {}", comment(warning));
        }
        for grant in &self.grants {
            let calls = counted(grant.calls, "call");
            let note = grant.note.as_ref().map_or(String::new(), |note| format!(", {note}"));
            let _ = writeln!(
                toml,
                "\n# {}\n[[grant]]\naction = {}",
                comment(&format!("{calls}{note}")),
                text(&grant.action)
            );
            let why: Vec<&str> = grant.limits.iter().map(|limit| limit.why.as_str()).collect();
            let limits: Vec<&str> = grant.limits.iter().map(|limit| limit.toml.as_str()).collect();
            let _ = writeln!(
                toml,
                "# {}; twice that, rounded up\nlimits = [{}]",
                comment(&why.join(", ")),
                limits.join(", ")
            );
            if !grant.params.is_empty() {
                toml.push_str("[grant.params]\n");
            }
            for param in &grant.params {
                let _ = writeln!(toml, "# {}", comment(&param.why));
                if let Some(warning) = &param.warning {
                    let _ = writeln!(toml, "# ! {}", comment(warning));
                }
                let _ = writeln!(toml, "{} = {}", key(&param.path), param.written.toml(param.optional));
            }
        }
        if self.grants.is_empty() {
            toml.push_str("grant = []\n");
        }
        toml
    }

    /// What was generalised, for programs.
    pub(crate) fn json(&self) -> Json {
        let grants = self.grants.iter().map(|grant| {
            let limits = grant.limits.iter().map(|limit| members([("from", &limit.why), ("written", &limit.toml)]));
            let params = grant.params.iter().map(|param| {
                let written = param.written.toml(param.optional);
                let mut json = members([("from", &param.why), ("path", &param.path), ("written", &written)]);
                if let (Json::Object(object), Some(warning)) = (&mut json, &param.warning) {
                    object.insert("warning", warning.as_str());
                }
                json
            });
            let mut json = Object::new();
            json.insert("action", grant.action.as_str());
            json.insert("calls", count(grant.calls));
            json.insert("limits", Json::Array(limits.collect()));
            json.insert("params", Json::Array(params.collect()));
            if let Some(note) = &grant.note {
                json.insert("where", note.as_str());
            }
            Json::Object(json)
        });
        Json::Array(grants.collect())
    }
}

fn same(params: &[ParamLine], others: &[ParamLine]) -> bool {
    let facts = |line: &ParamLine| (line.path.clone(), line.written.clone(), line.optional);
    params.iter().map(facts).eq(others.iter().map(facts))
}

/// Budgets of amounts whose currency is one. Grants of one action share the counter, so it counts the calls of all.
fn budgets(grants: &mut [(SuggestedGrant, Vec<usize>)], calls: &[&SeenCall]) {
    let mut sums: BTreeMap<(String, String), Vec<(UnixTime, Decimal)>> = BTreeMap::new();
    let mut drawing = Vec::new();
    for (index, (grant, positions)) in grants.iter().enumerate() {
        for (amount, currency) in money(grant) {
            let Ok(path) = ParamPath::parse(&amount) else { continue };
            let drawn: Option<Vec<_>> = positions
                .iter()
                .filter_map(|position| calls.get(*position))
                .map(|call| Some((call.at, limits::sum(&path, &call.params)?)))
                .collect();
            let Some(drawn) = drawn else { continue };
            let place = (amount, currency);
            sums.entry(place.clone()).or_default().extend(drawn);
            drawing.push((index, place));
        }
    }
    for (index, place) in drawing {
        let Some(drawn) = sums.get_mut(&place) else { continue };
        drawn.sort_by_key(|(at, _)| *at);
        if let (Some(line), Some((grant, _))) = (limits::budget(&place.0, drawn), grants.get_mut(index)) {
            grant.limits.push(line);
        }
    }
}

/// The required amounts of a grant, each with its one currency.
fn money(grant: &SuggestedGrant) -> Vec<(String, String)> {
    let amounts = grant.params.iter().filter(|param| !param.optional).filter_map(|param| {
        let Written::Members(members) = &param.written else { return None };
        let named = members.iter().find_map(|member| member.strip_prefix("money = "))?;
        let currency = grant.params.iter().find(|other| text(&other.path) == named)?;
        match &currency.written {
            Written::Values(one) if one.starts_with('"') => Some((param.path.clone(), one.clone())),
            _ => None,
        }
    });
    amounts.collect()
}

fn heading(seen: &Seen) -> String {
    let span = match (seen.calls.first(), seen.calls.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.at, last.at),
        _ => "nothing".to_owned(),
    };
    let calls = seen.calls.len();
    let agents = match seen.agents.len() {
        1 => seen.agents.keys().next().cloned().unwrap_or_default(),
        count => format!("{count} agents"),
    };
    format!("Suggested from {} of {agents}, {span}.", counted(calls, "call"))
}

fn warnings(seen: &Seen) -> Vec<String> {
    let mut warnings = Vec::new();
    if seen.agents.len() > 1 {
        let agents: Vec<String> = seen.agents.iter().map(|(agent, calls)| format!("{agent} ({calls})")).collect();
        warnings.push(format!(
            "calls of several agents became one scope; `--agent` takes those of one: {}",
            agents.join(", ")
        ));
    }
    for (code, calls) in &seen.denied {
        let name = code.name();
        warnings.push(format!(
            "{} denied by {code} {name}, not learned from (`--include-denied {code}`)",
            counted(*calls, "call")
        ));
    }
    for (code, calls) in &seen.included {
        warnings.push(format!("{} denied by {code} {}, allowed by this", counted(*calls, "call"), code.name()));
    }
    for (action, calls) in &seen.without_values {
        warnings.push(format!(
            "{} of `{action}` left out: not all values were recorded (`record_values`)",
            counted(*calls, "call")
        ));
    }
    for log in &seen.unproved {
        warnings.push(format!("{log} has no digest.key: whether its records hold all values cannot be checked"));
    }
    warnings
}

/// A path as a key of TOML.
fn key(path: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if path.bytes().all(bare) { path.to_owned() } else { text(path) }
}

fn members<const N: usize>(members: [(&str, &String); N]) -> Json {
    let mut object = Object::new();
    for (name, value) in members {
        object.insert(name, value.as_str());
    }
    Json::Object(object)
}

fn count(count: usize) -> Json {
    let number = i64::try_from(count).ok().and_then(Number::from_integer);
    number.map_or(Json::Null, Json::Number)
}
