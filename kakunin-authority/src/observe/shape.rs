//! The parameters of a grant: where values stood, and how often they were absent.

use std::collections::{BTreeMap, BTreeSet};

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::{ParamPath, Step};
use kakunin_core::value::Decimal;

use super::figure;
use super::text;
use super::value;
use super::written::{ParamLine, Written, counted};

/// Most scalars of several types at one path that are listed.
pub(super) const FEW_SCALARS: usize = 16;
/// Most members that an object is taken to have names for; with more, its keys are taken for data.
const MEMBERS: usize = 64;
/// Words in the name of an amount of money.
const AMOUNTS: &[&str] = &[
    "amount", "balance", "budget", "cost", "fee", "fees", "gross", "net", "paid", "payment", "price", "refund",
    "subtotal", "sum", "tax", "tip", "total", "value",
];

/// Why a place cannot be named by a path with a constraint: what holds it is taken as a whole.
struct Unnamed;

/// The parameters that allow `calls`; `None` where no closed grant can.
pub(super) fn params(calls: &[&Object]) -> Option<Vec<ParamLine>> {
    let mut lines = Vec::new();
    let objects: Vec<Option<&Object>> = calls.iter().map(|call| Some(*call)).collect();
    members(&[], &objects, false, &mut lines).ok()?;
    Some(lines)
}

/// The key of the currency among members that all of `objects` have, if one is that without doubt.
pub(super) fn currency_of(objects: &[&Object]) -> Option<String> {
    let first = objects.first()?;
    let code = |value: Option<&Json>| {
        let text = value.and_then(Json::as_text)?;
        let letters = text.len() == 3 && (is_all(text, u8::is_ascii_uppercase) || is_all(text, u8::is_ascii_lowercase));
        letters.then_some(())
    };
    let mut keys = first.iter().map(|(key, _)| key).filter(|key| {
        let name = words(key);
        let named = name.iter().any(|word| matches!(word.as_str(), "currency" | "ccy" | "cur"));
        named && objects.iter().all(|object| code(object.get(key)).is_some())
    });
    let key = keys.next()?;
    keys.next().is_none().then(|| key.to_owned())
}

fn is_all(text: &str, test: impl Fn(&u8) -> bool) -> bool {
    text.as_bytes().iter().all(test)
}

/// The members of objects at `above`; `None` where the object is absent.
fn members(
    above: &[Step],
    objects: &[Option<&Object>],
    optional: bool,
    lines: &mut Vec<ParamLine>,
) -> Result<(), Unnamed> {
    let keys: BTreeSet<&str> = objects.iter().flatten().flat_map(|object| object.iter().map(|(key, _)| key)).collect();
    if keys.len() > MEMBERS {
        return Err(Unnamed);
    }
    let present: Vec<&Object> = objects.iter().copied().flatten().collect();
    let currency = if optional { None } else { currency_of(&present) };
    let amounts = amounts(&keys, &present, currency.as_deref());
    for key in keys {
        let mut steps = above.to_vec();
        steps.push(Step::Key(key.to_owned()));
        let values: Vec<Option<&Json>> =
            objects.iter().map(|object| object.and_then(|object| object.get(key))).collect();
        let money = match &currency {
            Some(currency) if amounts.contains(key) => {
                let mut steps = above.to_vec();
                steps.push(Step::Key(currency.clone()));
                Some(path(&steps)?.to_string())
            }
            _ => None,
        };
        place(&steps, &values, optional, money.as_deref(), lines)?;
    }
    Ok(())
}

/// Which members are amounts in the currency beside them: those with such a name, or the only number there is.
fn amounts<'k>(keys: &BTreeSet<&'k str>, objects: &[&Object], currency: Option<&str>) -> BTreeSet<&'k str> {
    if currency.is_none() {
        return BTreeSet::new();
    }
    let is_numeric = |value: &Json, texts: bool| match value {
        Json::Number(_) => true,
        Json::Text(text) => texts && Decimal::from_argument(text).is_some(),
        _ => false,
    };
    let numeric = |key: &&str, texts: bool| {
        let mut values =
            objects.iter().filter_map(|object| object.get(key)).filter(|value| **value != Json::Null).peekable();
        values.peek().is_some() && values.all(|value| is_numeric(value, texts))
    };
    let named = |key: &&str| words(key).iter().any(|word| AMOUNTS.contains(&word.as_str()));
    let found: BTreeSet<&str> = keys.iter().copied().filter(|key| named(key) && numeric(key, true)).collect();
    if !found.is_empty() {
        return found;
    }
    let numbers: BTreeSet<&str> = keys.iter().copied().filter(|key| numeric(key, false)).collect();
    if numbers.len() == 1 { numbers } else { BTreeSet::new() }
}

/// The words of a name: `refundAmount` and `refund_amount` are `refund`, `amount`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for character in name.chars() {
        if character.is_ascii_uppercase() || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (character.is_alphanumeric(), words.last_mut()) {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The values that stood at one place, `None` where there was none.
fn place(
    steps: &[Step],
    values: &[Option<&Json>],
    optional: bool,
    money: Option<&str>,
    lines: &mut Vec<ParamLine>,
) -> Result<(), Unnamed> {
    let name = path(steps)?.to_string();
    let present: Vec<&Json> = values.iter().copied().flatten().filter(|value| **value != Json::Null).collect();
    let optional = optional || present.len() < values.len();
    let before = lines.len();
    match contents(&present) {
        Contents::Nothing => lines.push(ParamLine {
            path: name,
            written: Written::Members(vec!["one-of = []".to_owned()]),
            optional: true,
            why: "never more than null".to_owned(),
            warning: None,
        }),
        Contents::Objects(objects) => {
            // Where the object is absent its members are.
            let mut each = objects.iter().copied();
            let objects: Vec<Option<&Object>> =
                values.iter().map(|value| if is_there(*value) { each.next() } else { None }).collect();
            let named = objects.iter().flatten().any(|object| !object.is_empty());
            if !named || members(steps, &objects, optional, lines).is_err() {
                lines.truncate(before);
                lines.push(whole(name, "object", optional, present.len()));
            }
        }
        Contents::Arrays(arrays) => array(steps, name, &arrays, optional, lines),
        Contents::Numbers(numbers) => lines.push(with(value::numbers(name, &numbers, money), optional)),
        Contents::Booleans(booleans) => lines.push(with(value::booleans(name, &booleans), optional)),
        Contents::Texts(texts) => {
            let numbers: Option<Vec<Decimal>> = texts.iter().map(|text| Decimal::from_argument(text)).collect();
            lines.push(match (money, numbers) {
                (Some(currency), Some(numbers)) => with(value::numbers(name, &numbers, Some(currency)), optional),
                _ => with(text::texts(name, last(steps), &texts), optional),
            });
        }
        Contents::Scalars => lines.push(with(value::scalars(name, &present), optional)),
        Contents::Mixed => return Err(Unnamed),
    }
    Ok(())
}

fn array(steps: &[Step], name: String, arrays: &[&[Json]], optional: bool, lines: &mut Vec<ParamLine>) {
    let most = arrays.iter().map(|array| array.len()).max().unwrap_or(0) as u64;
    let most = figure::head_room(most, 1);
    let bound = format!("length = {{ max = {most} }}");
    let times = value::times(arrays.len());
    let line = |members, why: String, warning| ParamLine {
        path: name.clone(),
        written: Written::Members(members),
        optional,
        why,
        warning,
    };
    let elements: Vec<Option<&Json>> = arrays.iter().flat_map(|array| array.iter().map(Some)).collect();
    if elements.is_empty() {
        lines.push(line(vec!["type = \"array\"".to_owned(), bound], format!("empty {times}"), None));
        return;
    }
    let before = lines.len();
    let mut below = steps.to_vec();
    below.push(Step::Each);
    lines.push(line(
        vec![bound.clone()],
        format!("at most {} {times}", counted(usize::try_from(most).unwrap_or(usize::MAX), "element")),
        None,
    ));
    // An element that is null is no absent one: no constraint accepts it.
    let nulls = elements.contains(&Some(&Json::Null));
    if nulls || place(&below, &elements, optional, None, lines).is_err() {
        lines.truncate(before);
        let warning = "its elements are of several types: anything may stand in it".to_owned();
        lines.push(line(vec!["type = \"array\"".to_owned(), bound], format!("an array {times}"), Some(warning)));
    }
}

fn is_there(value: Option<&Json>) -> bool {
    !matches!(value, None | Some(Json::Null))
}

fn whole(path: String, kind: &str, optional: bool, count: usize) -> ParamLine {
    let warning = "its members are not named one by one: anything may stand in it".to_owned();
    let why = format!("an {kind} {}", value::times(count));
    ParamLine {
        path,
        written: Written::Members(vec![format!("type = \"{kind}\"")]),
        optional,
        why,
        warning: Some(warning),
    }
}

fn with(line: ParamLine, optional: bool) -> ParamLine {
    let why = if optional { format!("{}, sometimes absent", line.why) } else { line.why };
    ParamLine { optional, why, ..line }
}

fn path(steps: &[Step]) -> Result<ParamPath, Unnamed> {
    ParamPath::new(steps.to_vec()).map_err(|_| Unnamed)
}

/// The last key of a path.
fn last(steps: &[Step]) -> &str {
    let keys = steps.iter().rev().filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None });
    keys.into_iter().next().unwrap_or_default()
}

/// What stood at one place, null apart.
enum Contents<'v> {
    Nothing,
    Objects(Vec<&'v Object>),
    Arrays(Vec<&'v [Json]>),
    Numbers(Vec<Decimal>),
    Booleans(Vec<bool>),
    Texts(Vec<&'v str>),
    /// Few of several types.
    Scalars,
    Mixed,
}

fn contents<'v>(values: &[&'v Json]) -> Contents<'v> {
    fn all<'v, T>(values: &[&'v Json], as_kind: impl Fn(&'v Json) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(|value| as_kind(value)).collect()
    }
    if values.is_empty() {
        return Contents::Nothing;
    }
    let number =
        |value: &Json| if let Json::Number(number) = value { Some(Decimal::from_number(*number)) } else { None };
    let boolean = |value: &Json| if let Json::Bool(value) = value { Some(*value) } else { None };
    if let Some(objects) = all(values, Json::as_object) {
        return Contents::Objects(objects);
    }
    if let Some(arrays) = all(values, Json::as_array) {
        return Contents::Arrays(arrays);
    }
    if let Some(numbers) = all(values, number) {
        return Contents::Numbers(numbers);
    }
    if let Some(booleans) = all(values, boolean) {
        return Contents::Booleans(booleans);
    }
    if let Some(texts) = all(values, Json::as_text) {
        return Contents::Texts(texts);
    }
    let mut scalars = BTreeMap::new();
    for value in values {
        if matches!(value, Json::Object(_) | Json::Array(_)) {
            return Contents::Mixed;
        }
        scalars.insert(kakunin_core::encoding::jcs::to_string(value), ());
    }
    if scalars.len() <= FEW_SCALARS { Contents::Scalars } else { Contents::Mixed }
}
