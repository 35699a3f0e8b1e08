//! From a scope to a document that compiles to it.

use super::compile::{UNITS, digest_text};
use super::document::{Entry, Node, Value};
use crate::scope::{
    Approval, Approver, Constraint, Grant, Hours, Limit, LimitKind, Param, Range, Scalar, Scope, UrlSet, Who,
};
use crate::value::Decimal;

/// Longest coefficient written as a number in a range, in digits. 15: every reader of doubles keeps so many.
const NUMBER_DIGITS: usize = 15;

/// The members of the document.
pub(super) fn scope(scope: &Scope) -> Vec<Entry> {
    let mut entries = Vec::new();
    if !scope.deny.is_empty() {
        entries.push(Entry::new("deny", list(&scope.deny, |pattern| Value::Text(pattern.to_string()))));
    }
    if !scope.limits.is_empty() {
        entries.push(Entry::new("limits", list(&scope.limits, limit)));
    }
    if let Some(of) = scope.hours() {
        entries.push(Entry::new("hours", hours(of)));
    }
    if !scope.regions.is_empty() {
        entries.push(Entry::new("regions", texts(&scope.regions)));
    }
    if !scope.approvers.is_empty() {
        entries.push(Entry::new("approvers", list(&scope.approvers, approver)));
    }
    if let Some(depth) = scope.max_depth {
        entries.push(Entry::new("max_depth", integer(depth)));
    }
    entries.push(Entry::new("grant", list(&scope.grants, grant)));
    entries
}

fn grant(grant: &Grant) -> Value {
    let mut entries = vec![Entry::new("action", Value::Text(grant.action.to_string()))];
    if grant.open {
        entries.push(Entry::new("open", Value::Bool(true)));
    }
    if !grant.limits.is_empty() {
        entries.push(Entry::new("limits", list(&grant.limits, limit)));
    }
    if let Some(of) = grant.approval() {
        entries.push(Entry::new("approval", approval(of)));
    }
    if !grant.audience.is_empty() {
        entries.push(Entry::new("audience", texts(&grant.audience)));
    }
    if !grant.params.is_empty() {
        entries.push(Entry::new("params", params(&grant.params)));
    }
    Value::Table(entries)
}

fn hours(hours: &Hours) -> Value {
    let zone = Entry::new("zone", Value::Text(hours.zone().to_owned()));
    Value::Table(vec![zone, Entry::new("open", texts(&hours.open()))])
}

fn approver(approver: &Approver) -> Value {
    let who = match approver.who() {
        Who::Key(key) => Entry::new("key", Value::Text(digest_text(key))),
        Who::Role(role) => Entry::new("role", Value::Text(role.clone())),
    };
    Value::Table(vec![Entry::new("name", Value::Text(approver.name().to_owned())), who])
}

fn approval(approval: &Approval) -> Value {
    let mut entries = vec![Entry::new("of", texts(approval.of())), Entry::new("need", integer(approval.need()))];
    if !approval.unless().is_empty() {
        entries.push(Entry::new("unless", params(approval.unless())));
    }
    Value::Table(entries)
}

fn params(params: &[Param]) -> Value {
    Value::Table(params.iter().map(|param| Entry::new(param.path.to_string(), self::param(param))).collect())
}

fn param(param: &Param) -> Value {
    if let ([Constraint::OneOf(scalars)], false) = (param.constraints.as_slice(), param.optional) {
        return match &**scalars {
            [scalar] => self::scalar(scalar),
            _ => list(scalars, scalar),
        };
    }
    // The first of each kind stands under its own key; the others in `all`.
    let (mut entries, mut more) = (Vec::new(), Vec::new());
    for constraint in &param.constraints {
        let written = self::constraint(constraint);
        let taken =
            |entry: &Entry| entries.iter().any(|other: &Entry| other.key == entry.key || both_range(other, entry));
        if written.iter().any(taken) {
            more.push(Node::from(Value::Table(written)));
        } else {
            entries.extend(written);
        }
    }
    if !more.is_empty() {
        entries.push(Entry::new("all", Value::List(more)));
    }
    if param.optional {
        entries.push(Entry::new("optional", Value::Bool(true)));
    }
    Value::Table(entries)
}

fn both_range(a: &Entry, b: &Entry) -> bool {
    [a, b].iter().all(|entry| matches!(entry.key.as_str(), "min" | "max" | "money"))
}

fn constraint(constraint: &Constraint) -> Vec<Entry> {
    let (key, value) = match constraint {
        Constraint::OneOf(scalars) => ("one-of", list(scalars, scalar)),
        Constraint::NoneOf(scalars) => ("none-of", list(scalars, scalar)),
        Constraint::Range(bounds) => return range(bounds),
        Constraint::Glob(glob) => ("glob", Value::Text(glob.pattern.clone())),
        Constraint::Regex(regex) => ("regex", Value::Text(regex.pattern().to_owned())),
        Constraint::Length(length) => {
            let bounds = [("min", length.min), ("max", length.max)];
            let entries = bounds.into_iter().filter_map(|(key, bound)| Some(Entry::new(key, integer(bound?))));
            ("length", Value::Table(entries.collect()))
        }
        Constraint::Path(path) => ("path", Value::Text(path.root.clone())),
        Constraint::Domain(domains) => ("domain", texts(&domains.names)),
        Constraint::Email(emails) => {
            let sets = [("addresses", &emails.addresses), ("domains", &emails.domains)];
            let entries =
                sets.into_iter().filter(|(_, set)| !set.is_empty()).map(|(key, set)| Entry::new(key, texts(set)));
            ("email", Value::Table(entries.collect()))
        }
        Constraint::Url(urls) => ("url", url(urls)),
        Constraint::Net(nets) => ("net", list(nets.networks(), |network| Value::Text(network.to_string()))),
        Constraint::Type(kind) => ("type", Value::Text(kind.name().to_owned())),
    };
    vec![Entry::new(key, value)]
}

fn range(range: &Range) -> Vec<Entry> {
    let mut entries = Vec::new();
    // Zero is what an amount of money has as its minimum unless stated.
    if let Some(min) = range.min().filter(|min| range.money().is_none() || *min != Decimal::ZERO) {
        entries.push(Entry::new("min", bound(min)));
    }
    if let Some(max) = range.max() {
        entries.push(Entry::new("max", bound(max)));
    }
    if let Some(money) = range.money() {
        let value = money.currency.as_ref().map_or(Value::Bool(true), |path| Value::Text(path.to_string()));
        entries.push(Entry::new("money", value));
    }
    entries
}

fn url(urls: &UrlSet) -> Value {
    let mut entries = Vec::new();
    if urls.schemes() != ["https"] {
        entries.push(Entry::new("schemes", texts(urls.schemes())));
    }
    entries.push(Entry::new("hosts", texts(urls.hosts())));
    if !urls.ports().is_empty() {
        entries.push(Entry::new("ports", list(urls.ports(), |port| integer(*port))));
    }
    if let Some(path) = urls.path() {
        entries.push(Entry::new("path", Value::Text(path.to_owned())));
    }
    Value::Table(entries)
}

fn limit(limit: &Limit) -> Value {
    let mut entries = match &limit.kind {
        LimitKind::Rate { max } => vec![Entry::new("rate", integer(*max))],
        LimitKind::Budget { path, max } => {
            vec![Entry::new("budget", Value::Text(path.to_string())), Entry::new("max", bound(*max))]
        }
    };
    entries.push(Entry::new("per", Value::Text(window(limit.window))));
    if let Some(name) = &limit.name {
        entries.push(Entry::new("name", Value::Text(name.clone())));
    }
    Value::Table(entries)
}

fn window(seconds: u32) -> String {
    let exact = UNITS.iter().find(|(_, unit)| seconds.is_multiple_of(*unit));
    exact.map_or_else(|| format!("{seconds}s"), |(letter, unit)| format!("{}{letter}", seconds / unit))
}

fn scalar(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Bool(value) => Value::Bool(*value),
        Scalar::Number(decimal) => Value::Number(literal(*decimal)),
        Scalar::Text(text) => Value::Text(text.clone()),
    }
}

/// A bound may be text: so it is where other software would round the number.
fn bound(decimal: Decimal) -> Value {
    let literal = literal(decimal);
    let digits = literal.bytes().filter(u8::is_ascii_digit).count();
    if digits <= NUMBER_DIGITS { Value::Number(literal) } else { Value::Text(decimal.to_string()) }
}

/// A number in both languages: TOML's integers end at 64 bits, its floats are read from their digits here.
fn literal(decimal: Decimal) -> String {
    let mut text = decimal.to_string();
    if !text.contains(['.', 'e']) && text.parse::<i64>().is_err() {
        text.push_str(".0");
    }
    text
}

fn integer(number: impl std::fmt::Display) -> Value {
    Value::Number(number.to_string())
}

fn texts(texts: &[String]) -> Value {
    list(texts, |text| Value::Text(text.clone()))
}

fn list<T>(parts: &[T], write: impl Fn(&T) -> Value) -> Value {
    Value::List(parts.iter().map(|part| Node::from(write(part))).collect())
}
