//! I-JSON (RFC 7493), read strictly: unique keys, no lone surrogates, numbers that are finite doubles.

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
        if text.len() > bounds.bytes {
            return Err(Malformed::new("json-too-large"));
        }
        let text = std::str::from_utf8(text).map_err(|_| Malformed::new("json-utf8"))?;
        let mut scanner = Scanner::new(text, bounds.values);
        scanner.space();
        let value = scanner.value(bounds.depth)?;
        scanner.space();
        scanner.finish()?;
        Ok(value)
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
        if !members.is_sorted_by(|a, b| a.0 < b.0) {
            members.sort_by(|a, b| a.0.cmp(&b.0));
            if members.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
                return Err(Malformed::new("json-duplicate-key"));
            }
        }
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

const SYNTAX: Malformed = Malformed::new("json-syntax");

/// A cursor over JSON text: its lexical rules, for every reader of JSON in this crate.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    values_left: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(text: &'a str, values: usize) -> Self {
        Self { text, at: 0, values_left: values }
    }

    /// The byte offset.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) const fn finish(&self) -> Result<(), Malformed> {
        if self.at == self.text.len() { Ok(()) } else { Err(SYNTAX) }
    }

    pub(crate) fn spend_value(&mut self) -> Result<(), Malformed> {
        self.values_left = self.values_left.checked_sub(1).ok_or(Malformed::new("json-too-many-values"))?;
        Ok(())
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(SYNTAX)
        }
    }

    pub(crate) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn since(&self, start: usize) -> Result<&'a str, Malformed> {
        self.text.get(start..self.at).ok_or(SYNTAX)
    }

    fn value(&mut self, depth_left: usize) -> Result<Json, Malformed> {
        self.spend_value()?;
        match self.peek() {
            Some(b'{') => self.object(depth_left),
            Some(b'[') => self.array(depth_left),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            Some(b't') => self.word("true").map(|()| Json::Bool(true)),
            Some(b'f') => self.word("false").map(|()| Json::Bool(false)),
            Some(b'n') => self.word("null").map(|()| Json::Null),
            _ => Err(SYNTAX),
        }
    }

    pub(crate) fn word(&mut self, word: &str) -> Result<(), Malformed> {
        let end = self.at + word.len();
        if self.text.as_bytes().get(self.at..end) != Some(word.as_bytes()) {
            return Err(SYNTAX);
        }
        self.at = end;
        Ok(())
    }

    fn object(&mut self, depth_left: usize) -> Result<Json, Malformed> {
        let depth_left = depth_left.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
        self.take(b'{')?;
        self.space();
        let mut members = Vec::new();
        if self.peek() != Some(b'}') {
            // Most objects of calls and tokens have no more: they grow once.
            members.reserve(8);
            loop {
                let key = self.string()?;
                self.space();
                self.take(b':')?;
                self.space();
                members.push((key, self.value(depth_left)?));
                self.space();
                if self.peek() == Some(b'}') {
                    break;
                }
                self.take(b',')?;
                self.space();
            }
        }
        self.at += 1;
        Object::from_members(members).map(Json::Object)
    }

    fn array(&mut self, depth_left: usize) -> Result<Json, Malformed> {
        let depth_left = depth_left.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
        self.take(b'[')?;
        self.space();
        let mut elements = Vec::new();
        if self.peek() != Some(b']') {
            loop {
                elements.push(self.value(depth_left)?);
                self.space();
                if self.peek() == Some(b']') {
                    break;
                }
                self.take(b',')?;
                self.space();
            }
        }
        self.at += 1;
        Ok(Json::Array(elements))
    }

    /// A number as it is written.
    pub(crate) fn number_text(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(SYNTAX),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.since(start)
    }

    fn number(&mut self) -> Result<Number, Malformed> {
        let text = self.number_text()?;
        let plain = !text.contains(['.', 'e', 'E']);
        // Up to 15 digits every integer is a double: no need for the general parser.
        if let (true, Ok(integer)) = (plain && text.len() <= 15, text.parse::<i64>()) {
            return Ok(Number { double: integer as f64, plain });
        }
        let double: f64 = text.parse().map_err(|_| SYNTAX)?;
        if !double.is_finite() {
            return Err(Malformed::new("json-number-range"));
        }
        // An integer that a double cannot hold was never this number: refuse it where it is not exact.
        Ok(Number { double, plain: plain && text.len() <= 17 })
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(SYNTAX) }
    }

    pub(crate) fn string(&mut self) -> Result<String, Malformed> {
        self.take(b'"')?;
        let mut start = self.at;
        let mut text = String::new();
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            // All else stands for itself.
            let special = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.at += special.unwrap_or(rest.len());
            match self.peek() {
                Some(b'"') => {
                    let last = self.since(start)?;
                    self.at += 1;
                    // Most texts hold no escape: one allocation of the right size.
                    if text.is_empty() {
                        return Ok(last.to_owned());
                    }
                    text.push_str(last);
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(self.since(start)?);
                    self.at += 1;
                    text.push(self.escape()?);
                    start = self.at;
                }
                _ => return Err(SYNTAX),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let byte = self.peek().ok_or(SYNTAX)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(SYNTAX),
        })
    }

    fn unicode(&mut self) -> Result<char, Malformed> {
        const LONE: Malformed = Malformed::new("json-lone-surrogate");
        let first = self.hex()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(LONE);
        }
        if first >= 0xdc00 || self.text.as_bytes().get(self.at..self.at + 2) != Some(b"\\u") {
            return Err(LONE);
        }
        self.at += 2;
        let second = self.hex()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(LONE);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(LONE)
    }

    fn hex(&mut self) -> Result<u32, Malformed> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or(SYNTAX)?;
            number = number * 16 + digit;
            self.at += 1;
        }
        Ok(number)
    }
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
