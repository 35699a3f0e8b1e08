//! Calls of one action that no single grant can hold, told apart: a parameter of two types, amounts in two currencies.

use std::collections::{BTreeMap, BTreeSet};

use kakunin_core::encoding::json::{Json, Object};

use super::shape::{self, FEW_SCALARS};

/// Most currencies that get a grant each; with more, one grant lists them and has no budget.
const CURRENCIES: usize = 4;

/// The calls at these positions belong into one grant.
pub(super) struct Case {
    pub(super) positions: Vec<usize>,
    /// What sets it apart, in words.
    pub(super) note: Option<String>,
}

/// The cases of `calls`, in the order in which they first come.
pub(super) fn cases(calls: &[&Object]) -> Vec<Case> {
    let mut places = BTreeMap::new();
    for call in calls {
        walk(&mut Vec::new(), call, &mut places);
    }
    let apart: Vec<(Vec<String>, bool)> = places
        .into_iter()
        .filter_map(|(path, place)| {
            if place.is_mixed() {
                return Some((path, false));
            }
            (2..=CURRENCIES).contains(&place.currencies.len()).then_some((path, true))
        })
        .collect();
    let mut cases: Vec<(Vec<String>, Case)> = Vec::new();
    for (position, call) in calls.iter().enumerate() {
        let marks: Vec<String> = apart.iter().map(|(path, by_value)| mark(call, path, *by_value)).collect();
        match cases.iter_mut().find(|(known, _)| *known == marks) {
            Some((_, case)) => case.positions.push(position),
            None => {
                let words: Vec<String> = apart
                    .iter()
                    .zip(&marks)
                    .map(|((path, _), mark)| format!("`{}` is {mark}", path.join(".")))
                    .collect();
                let note = (!words.is_empty()).then(|| words.join(", "));
                cases.push((marks, Case { positions: vec![position], note }));
            }
        }
    }
    cases.into_iter().map(|(_, case)| case).collect()
}

#[derive(Default)]
struct Place {
    kinds: BTreeSet<&'static str>,
    scalars: BTreeSet<String>,
    currencies: BTreeSet<String>,
}

impl Place {
    fn is_mixed(&self) -> bool {
        let containers = self.kinds.contains("an object") || self.kinds.contains("an array");
        self.kinds.len() > 1 && (containers || self.scalars.len() > FEW_SCALARS)
    }
}

/// Looks at every member outside of arrays.
fn walk(path: &mut Vec<String>, object: &Object, places: &mut BTreeMap<Vec<String>, Place>) {
    let currency = shape::currency_of(&[object]);
    for (key, value) in object.iter() {
        if *value == Json::Null {
            continue;
        }
        path.push(key.to_owned());
        let place = places.entry(path.clone()).or_default();
        place.kinds.insert(kind(value));
        if place.scalars.len() <= FEW_SCALARS && !matches!(value, Json::Object(_) | Json::Array(_)) {
            place.scalars.insert(kakunin_core::encoding::jcs::to_string(value));
        }
        if let (true, Json::Text(text)) = (currency.as_deref() == Some(key), value) {
            place.currencies.insert(text.clone());
        }
        if let Json::Object(inner) = value {
            walk(path, inner, places);
        }
        path.pop();
    }
}

fn mark(call: &Object, path: &[String], by_value: bool) -> String {
    let Some((last, above)) = path.split_last() else { return String::new() };
    let object = above.iter().try_fold(call, |object, key| object.get(key).and_then(Json::as_object));
    match object.and_then(|object| object.get(last)) {
        None | Some(Json::Null) => "absent".to_owned(),
        Some(Json::Text(text)) if by_value => text.clone(),
        Some(value) => kind(value).to_owned(),
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::Text(_) => "text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
