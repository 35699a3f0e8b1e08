//! I-JSON (RFC 7493), read strictly: unique keys, no lone surrogates, numbers that are finite doubles.

mod fields;
mod scanner;

pub(crate) use fields::{Field, Fields};
pub(crate) use scanner::Scanner;

use scanner::document;

use super::Malformed;
use crate::bounds::JsonBounds;

/// A JSON value. Objects keep their members in code-point order of the keys.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A finite double.
    Number(Number),
    /// Text.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object with unique keys.
    Object(Object),
}

/// A finite IEEE double, and whether it was written as a plain integer (no fraction, no exponent).
#[derive(Clone, Copy, Debug)]
pub struct Number {
    double: f64,
    plain: bool,
}

/// Members with unique keys, in code-point order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Vec<(String, Json)>,
}

impl Json {
    /// Parses one document.
    ///
    /// # Errors
    /// `json-too-large`, `json-too-deep`, `json-too-many-values` where a bound is passed; `json-syntax`, `json-utf8`,
    /// `json-number-range`, `json-lone-surrogate`, `json-duplicate-key` where the text is not I-JSON.
    pub fn parse(text: &[u8], bounds: &JsonBounds) -> Result<Self, Malformed> {
        document(text, bounds, |scanner| scanner.value(bounds.depth))
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    /// The integer, if it was written as one, without fraction or exponent, and lies within ±(2^53−1).
    pub fn as_integer(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_integer() } else { None }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

/// 2^53 − 1: the largest integer below which every integer is a double (RFC 7493 §2.2).
pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;

impl Number {
    /// The number `double`; `None` for NaN and the infinities.
    pub const fn from_double(double: f64) -> Option<Self> {
        if double.is_finite() { Some(Self { double, plain: false }) } else { None }
    }

    /// The number `integer`; `None` outside ±(2^53−1).
    pub const fn from_integer(integer: i64) -> Option<Self> {
        if integer >= -MAX_INTEGER && integer <= MAX_INTEGER {
            Some(Self { double: integer as f64, plain: true })
        } else {
            None
        }
    }

    /// The double.
    pub const fn double(self) -> f64 {
        self.double
    }

    /// The integer, if it was written as one and lies within ±(2^53−1).
    pub fn as_integer(self) -> Option<i64> {
        (self.plain && self.double.abs() <= MAX_INTEGER as f64).then_some(self.double as i64)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.double == other.double
    }
}

impl Object {
    /// An object without members.
    pub const fn new() -> Self {
        Self { members: Vec::new() }
    }

    /// The object of `members`, in any order.
    ///
    /// # Errors
    /// `json-duplicate-key`.
    pub fn from_members(mut members: Vec<(String, Json)>) -> Result<Self, Malformed> {
        sort(&mut members)?;
        Ok(Self { members })
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        // Below eight members a scan is faster than a search.
        if self.members.len() <= 8 {
            return self.members.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        }
        let index = self.members.binary_search_by(|(name, _)| name.as_str().cmp(key)).ok()?;
        self.members.get(index).map(|(_, value)| value)
    }

    /// Puts `value` under `key`, in place of what was there.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Json>) {
        let (key, value) = (key.into(), value.into());
        match self.members.binary_search_by(|(name, _)| name.cmp(&key)) {
            Ok(index) => {
                if let Some(member) = self.members.get_mut(index) {
                    member.1 = value;
                }
            }
            Err(index) => self.members.insert(index, (key, value)),
        }
    }

    /// Takes out the value under `key`.
    pub fn remove(&mut self, key: &str) -> Option<Json> {
        let index = self.members.binary_search_by(|(name, _)| name.as_str().cmp(key)).ok()?;
        Some(self.members.remove(index).1)
    }

    /// The members, in code-point order of the keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json)> {
        self.members.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// Puts members in code-point order of their keys, each once.
fn sort<K: Ord, V>(members: &mut [(K, V)]) -> Result<(), Malformed> {
    if !members.is_sorted_by(|a, b| a.0 < b.0) {
        members.sort_by(|a, b| a.0.cmp(&b.0));
        if members.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(Malformed::new("json-duplicate-key"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Json, &'static str> {
        Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).map_err(|fault| fault.rule)
    }

    #[test]
    fn what_is_not_i_json_is_refused() {
        for (text, rule) in [
            ("", "json-syntax"),
            ("{", "json-syntax"),
            ("[1,]", "json-syntax"),
            ("01", "json-syntax"),
            ("1.", "json-syntax"),
            ("+1", "json-syntax"),
            ("NaN", "json-syntax"),
            ("1 2", "json-syntax"),
            ("\"\u{1}\"", "json-syntax"),
            (r#""\x""#, "json-syntax"),
            ("\u{feff}1", "json-syntax"),
            ("1e400", "json-number-range"),
            (r#""\ud800""#, "json-lone-surrogate"),
            (r#""\ud800\u0041""#, "json-lone-surrogate"),
            (r#""\udc00""#, "json-lone-surrogate"),
            (r#"{"a":1,"a":2}"#, "json-duplicate-key"),
            (r#"{"a":1,"b":2,"\u0061":3}"#, "json-duplicate-key"),
        ] {
            assert_eq!(parse(text), Err(rule), "{text}");
        }
        assert_eq!(Json::parse(b"\"\xff\"", &JsonBounds::ARGUMENTS).unwrap_err().rule, "json-utf8");
    }

    #[test]
    fn bounds_hold_at_their_edge() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(32)).is_ok());
        assert_eq!(parse(&nested(33)), Err("json-too-deep"));
        let many = |count: usize| format!("[{}]", vec!["0"; count - 1].join(","));
        assert!(parse(&many(4_096)).is_ok());
        assert_eq!(parse(&many(4_097)), Err("json-too-many-values"));
        assert_eq!(parse(&format!("\"{}\"", "a".repeat(65_535))), Err("json-too-large"));
    }

    #[test]
    fn escapes_and_numbers_are_read() {
        assert_eq!(parse(r#""\ud83d\ude00\n\/""#), Ok(Json::from("😀\n/")));
        assert_eq!(parse("-0.5e1").unwrap(), Json::Number(Number::from_double(-5.0).unwrap()));
        assert_eq!(parse("9007199254740991").unwrap().as_integer(), Some(MAX_INTEGER));
        assert_eq!(parse("9007199254740993").unwrap().as_integer(), None);
        assert_eq!(parse("1.0").unwrap().as_integer(), None);
    }

    #[test]
    fn members_are_found_among_few_and_many() {
        let text = format!("{{{}}}", (0..20).rev().map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(","));
        let value = parse(&text).unwrap();
        let object = value.as_object().unwrap();
        assert!((0..20).all(|n| object.get(&format!("k{n}")).unwrap().as_integer() == Some(n)));
        assert!(object.get("k20").is_none());
    }
}
