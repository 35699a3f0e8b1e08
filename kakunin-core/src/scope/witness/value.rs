//! Values at the edges of constraints.

use std::collections::BTreeSet;

use super::number;
use super::text::{self, Words};
use crate::encoding::jcs;
use crate::encoding::json::{Json, Number, Object};
use crate::scope::{Constraint, Kind, Scalar};

/// A key that stands for any that no grant names.
pub(super) const FRESH: &str = "another";

/// Most values at one place. 256: a few for each member of a long list.
const VALUES: usize = 256;
/// Most members of one list that are tried.
const MEMBERS: usize = 64;

/// Values that every one of `own` accepts, made of what `own` and `others` say.
pub(super) fn candidates<'s>(own: &'s [Constraint], others: impl Iterator<Item = &'s Constraint>) -> Vec<Json> {
    let all: Vec<&Constraint> = own.iter().chain(others).collect();
    let words = Words::of(&all);
    let mut made = Vec::new();
    for constraint in &all {
        of(constraint, &words, &mut made);
    }
    made.extend(number::around(&all));
    made.extend(text::plain(&words).into_iter().map(Json::from));
    made.extend(anything());
    let mut seen = BTreeSet::new();
    let accepted = |value: &Json| own.iter().all(|constraint| constraint.judge(value).is_ok());
    made.into_iter().filter(|value| accepted(value) && seen.insert(jcs::to_string(value))).take(VALUES).collect()
}

/// One value or more of every type.
pub(super) fn anything() -> Vec<Json> {
    let one = || Number::from_double(1.0).map_or(Json::Null, Json::Number);
    let with = |value: Json| {
        let mut object = Object::new();
        object.insert(FRESH, value);
        Json::Object(object)
    };
    vec![
        Json::from("any"),
        one(),
        Json::Bool(true),
        Json::Bool(false),
        Json::Null,
        Json::Array(Vec::new()),
        Json::Array(vec![one()]),
        Json::Array(vec![Json::from("any")]),
        Json::Array(vec![Json::Null]),
        Json::Array(vec![Json::Array(Vec::new())]),
        Json::Array(vec![Json::Object(Object::new())]),
        Json::Array(vec![with(one())]),
        Json::Object(Object::new()),
        with(one()),
        with(Json::Null),
        with(Json::Object(Object::new())),
    ]
}

/// Values that `constraint` accepts, and some just beside them.
fn of(constraint: &Constraint, words: &Words, made: &mut Vec<Json>) {
    match constraint {
        Constraint::OneOf(list) | Constraint::NoneOf(list) => {
            for member in list.iter().take(MEMBERS) {
                match member {
                    Scalar::Bool(value) => made.push(Json::Bool(*value)),
                    Scalar::Text(text) => made.push(Json::from(text.as_str())),
                    Scalar::Number(number) => made.extend(number::exact(*number)),
                }
            }
        }
        Constraint::Length(length) => {
            let bounds = [length.min(), length.max()].into_iter().flatten();
            for count in bounds.flat_map(|bound| [bound, bound.saturating_sub(1), bound.saturating_add(1)]) {
                made.extend(text::of_length(count, words).map(Json::from));
                if let Ok(count @ 0..=512) = usize::try_from(count) {
                    made.push(Json::Array(vec![Json::from("any"); count]));
                    made.push(Json::Array(vec![Json::Array(Vec::new()); count]));
                }
            }
        }
        Constraint::Type(Kind::String) => made.push(Json::from(words.letters(1))),
        Constraint::Range(_) | Constraint::Type(_) => {}
        texts => made.extend(text::of(texts, words).into_iter().map(Json::from)),
    }
}
