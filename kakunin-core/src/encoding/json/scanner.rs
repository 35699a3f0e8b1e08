use std::borrow::Cow;

use super::{Json, Number, Object};
use crate::bounds::JsonBounds;
use crate::encoding::Malformed;

const SYNTAX: Malformed = Malformed::new("json-syntax");

/// What `read` makes of a whole document.
pub(super) fn document<'a, T>(
    text: &'a [u8],
    bounds: &JsonBounds,
    read: impl FnOnce(&mut Scanner<'a>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    if text.len() > bounds.bytes {
        return Err(Malformed::new("json-too-large"));
    }
    let text = std::str::from_utf8(text).map_err(|_| Malformed::new("json-utf8"))?;
    let mut scanner = Scanner::new(text, bounds.values);
    scanner.space();
    let value = read(&mut scanner)?;
    scanner.space();
    scanner.finish()?;
    Ok(value)
}

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

    pub(super) fn value(&mut self, depth_left: usize) -> Result<Json, Malformed> {
        self.spend_value()?;
        match self.peek() {
            Some(b'{') => self.object(depth_left),
            Some(b'[') => self.array(depth_left),
            Some(b'"') => self.text().map(|text| Json::Text(text.into_owned())),
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
        let members = self.members(depth_left, Cow::into_owned, Self::value)?;
        Object::from_members(members).map(Json::Object)
    }

    /// The members of an object as they come, each key and value through these.
    pub(super) fn members<K, V>(
        &mut self,
        depth_left: usize,
        key: impl Fn(Cow<'a, str>) -> K,
        value: impl Fn(&mut Self, usize) -> Result<V, Malformed>,
    ) -> Result<Vec<(K, V)>, Malformed> {
        let depth_left = depth_left.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
        self.take(b'{')?;
        self.space();
        let mut members = Vec::new();
        if self.peek() != Some(b'}') {
            // Most objects of calls and tokens have no more: they grow once.
            members.reserve(8);
            loop {
                let name = key(self.text()?);
                self.space();
                self.take(b':')?;
                self.space();
                members.push((name, value(self, depth_left)?));
                self.space();
                if self.peek() == Some(b'}') {
                    break;
                }
                self.take(b',')?;
                self.space();
            }
        }
        self.at += 1;
        Ok(members)
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
        self.text().map(Cow::into_owned)
    }

    /// A string: borrowed where it holds no escape, as most do.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, Malformed> {
        self.take(b'"')?;
        let mut start = self.at;
        let mut text = String::new();
        loop {
            self.at += plain_bytes(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    let last = self.since(start)?;
                    self.at += 1;
                    if text.is_empty() {
                        return Ok(Cow::Borrowed(last));
                    }
                    text.push_str(last);
                    return Ok(Cow::Owned(text));
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

/// How many bytes at the front of `text` stand for themselves in a string: all before a quotation mark, a backslash or a
/// control character.
fn plain_bytes(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let special = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
    text.len() - rest.len() + special.unwrap_or(rest.len())
}

/// The high bit of each byte that is a quotation mark, a backslash or below 0x20. What is set above the lowest of them may be
/// wrong: a subtraction that borrows disturbs the next byte.
const fn special_bytes(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    /// Whether bytes are below `limit`, which is at most 0x80.
    const fn below(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(limit * EACH) & !word & HIGH
    }
    below(word ^ (b'"' as u64 * EACH), 1) | below(word ^ (b'\\' as u64 * EACH), 1) | below(word, 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_bytes_are_found_at_every_place_behind_all_others() {
        for special in (0..=0xff_u8).filter(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
            for plain in (0..=0xff_u8).filter(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
                for place in 0..19 {
                    let mut text = [plain; 20];
                    text[place] = special;
                    // What follows is not looked at.
                    text[19] = special;
                    assert_eq!(plain_bytes(&text), place, "{special:#x} after {plain:#x}");
                }
                assert_eq!(plain_bytes(&[plain; 19]), 19, "{plain:#x}");
            }
        }
    }
}
