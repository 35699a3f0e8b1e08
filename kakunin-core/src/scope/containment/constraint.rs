//! When one constraint contains another: a rule per kind, and "no" for every pair that has none.

use std::mem::discriminant;

use super::{Work, names};
use crate::encoding::json::Json;
use crate::scope::{Constraint, Glob, Kind, Length, PathRoot, Range, Scalar, ScalarSet};

/// Whether every value that `narrow` accepts is accepted by `wide`.
pub(in crate::scope) fn contains(wide: &Constraint, narrow: &Constraint, work: &mut Work) -> bool {
    use Constraint::{Domain, Email, Glob, Length, Net, NoneOf, OneOf, Path, Range, Regex, Type, Url};
    if !work.spend() {
        return false;
    }
    match (wide, narrow) {
        (wide, OneOf(members)) => members.iter().all(|member| accepts(wide, member, work)),
        (NoneOf(wide), NoneOf(narrow)) => strangers(wide, narrow, work),
        (Range(wide), Range(narrow)) => interval(wide, narrow),
        (Glob(wide), Glob(narrow)) => pattern(wide, narrow, work),
        (Regex(wide), Regex(narrow)) => wide == narrow,
        (Length(wide), Length(narrow)) => count(wide, narrow),
        (Path(wide), Path(narrow)) => root(wide, narrow),
        (Domain(wide), Domain(narrow)) => names::domains(wide, narrow, work),
        (Email(wide), Email(narrow)) => names::emails(wide, narrow, work),
        (Url(wide), Url(narrow)) => names::urls(wide, narrow, work),
        (Net(wide), Net(narrow)) => names::nets(wide, narrow, work),
        (Type(wide), Type(narrow)) => wide == narrow || (*wide, *narrow) == (Kind::Number, Kind::Integer),
        (Type(Kind::String), Glob(_) | Regex(_) | Path(_) | Domain(_) | Email(_) | Url(_) | Net(_)) => true,
        _ => false,
    }
}

/// Whether `wide` accepts the member of a list, as it would accept the value in a call.
fn accepts(wide: &Constraint, member: &Scalar, work: &mut Work) -> bool {
    let cost = match (wide, member) {
        (Constraint::Glob(glob), Scalar::Text(text)) => text.len() * glob.pattern().len(),
        (Constraint::Regex(regex), Scalar::Text(text)) => text.len() * regex.steps(),
        (_, Scalar::Text(text)) => text.len(),
        _ => 0,
    };
    if !work.spend_many(cost + 1) {
        return false;
    }
    match member {
        Scalar::Text(text) => wide.judge(&Json::from(text.as_str())).is_ok(),
        Scalar::Bool(value) => wide.judge(&Json::from(*value)).is_ok(),
        // A decimal of 34 digits is no double, so it cannot pass through a JSON number.
        Scalar::Number(number) => match wide {
            Constraint::OneOf(list) => list.holds(member),
            Constraint::NoneOf(list) => has_type_of(list, member) && !list.holds(member),
            Constraint::Range(range) => range.holds(*number),
            Constraint::Type(kind) => *kind == Kind::Number || (*kind == Kind::Integer && number.is_integral()),
            _ => false,
        },
    }
}

/// `none-of`: every member of the wide list is refused by the narrow one too, and the types are the same.
fn strangers(wide: &ScalarSet, narrow: &ScalarSet, work: &mut Work) -> bool {
    work.spend_many(wide.len() + narrow.len())
        && narrow.iter().all(|member| has_type_of(wide, member))
        && wide.iter().all(|member| narrow.holds(member))
}

fn has_type_of(list: &ScalarSet, scalar: &Scalar) -> bool {
    list.iter().any(|member| discriminant(member) == discriminant(scalar))
}

/// Interval inclusion, and money where the wide one is.
fn interval(wide: &Range, narrow: &Range) -> bool {
    wide.min().is_none_or(|least| narrow.min().is_some_and(|min| min >= least))
        && wide.max().is_none_or(|most| narrow.max().is_some_and(|max| max <= most))
        && (wide.money().is_none() || narrow.money().is_some())
}

/// The wide pattern matches the narrow one's text, and refuses nothing that the narrow one lets pass.
fn pattern(wide: &Glob, narrow: &Glob, work: &mut Work) -> bool {
    if !work.spend_many((wide.pattern().len() + 1) * (narrow.pattern().len() + 1)) || !wide.matches_pattern(narrow) {
        return false;
    }
    if !wide.names_paths() {
        true
    } else if narrow.is_literal() {
        wide.matches(narrow.pattern())
    } else {
        narrow.names_paths() && wide.is_absolute() == narrow.is_absolute()
    }
}

/// Interval inclusion; no count is below zero.
fn count(wide: &Length, narrow: &Length) -> bool {
    wide.min().unwrap_or(0) <= narrow.min().unwrap_or(0)
        && wide.max().is_none_or(|most| narrow.max().is_some_and(|max| max <= most))
}

/// Prefix by segments.
fn root(wide: &PathRoot, narrow: &PathRoot) -> bool {
    wide.root() == narrow.root() || wide.holds(narrow.root())
}
