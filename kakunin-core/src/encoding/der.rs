//! DER (X.690), read strictly and without copying, and written.
//!
//! A `Reader` borrows its input, allocates nothing, and never recurses. Whatever is not the one DER encoding
//! of a value is refused: long forms of short lengths, indefinite lengths, padded integers, loose booleans.

use super::Malformed;
use crate::time::{Civil, UnixTime};

/// An identifier octet. Only tag numbers below 31 exist in the formats read here.
pub type Tag = u8;

/// Tags of the universal types, and constructors for context-specific ones.
pub mod tag {
    use super::Tag;
    /// BOOLEAN.
    pub const BOOLEAN: Tag = 0x01;
    /// INTEGER.
    pub const INTEGER: Tag = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: Tag = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: Tag = 0x04;
    /// NULL.
    pub const NULL: Tag = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: Tag = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: Tag = 0x0a;
    /// UTF8String.
    pub const UTF8_STRING: Tag = 0x0c;
    /// PrintableString.
    pub const PRINTABLE_STRING: Tag = 0x13;
    /// IA5String.
    pub const IA5_STRING: Tag = 0x16;
    /// UTCTime.
    pub const UTC_TIME: Tag = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: Tag = 0x18;
    /// SEQUENCE, SEQUENCE OF.
    pub const SEQUENCE: Tag = 0x30;
    /// SET, SET OF.
    pub const SET: Tag = 0x31;

    /// `[number]`, primitive (IMPLICIT over a primitive type). `number` is below 31.
    pub const fn context(number: u8) -> Tag {
        0x80 | number
    }

    /// `[number]`, constructed (EXPLICIT, or IMPLICIT over a constructed type). `number` is below 31.
    pub const fn context_constructed(number: u8) -> Tag {
        0xa0 | number
    }
}

/// One element: its tag, its content, and all its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The identifier octet.
    pub tag: Tag,
    /// The content octets.
    pub content: &'a [u8],
    /// Identifier, length and content.
    pub raw: &'a [u8],
}

/// A cursor over DER bytes.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of all of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, unread.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element's tag, if there is one.
    pub fn peek(&self) -> Option<Tag> {
        self.rest.first().copied()
    }

    /// The end of the input.
    ///
    /// # Errors
    /// `trailing-data` where anything is left.
    pub const fn finish(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed::new("trailing-data")) }
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    /// `truncated`, `high-tag-number`, `indefinite-length`, `non-minimal-length`, `length-too-large`.
    pub fn element(&mut self) -> Result<Element<'a>, Malformed> {
        let input = self.rest;
        let (&tag, after_tag) = input.split_first().ok_or(Malformed::new("truncated"))?;
        if tag & 0x1f == 0x1f {
            return Err(Malformed::new("high-tag-number"));
        }
        let (&first, mut rest) = after_tag.split_first().ok_or(Malformed::new("truncated"))?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            // Four length octets already exceed every bound on input that is set here.
            let count = usize::from(first & 0x7f);
            if count == 0 {
                return Err(Malformed::new("indefinite-length"));
            }
            if count > 4 {
                return Err(Malformed::new("length-too-large"));
            }
            let (octets, after) = rest.split_at_checked(count).ok_or(Malformed::new("truncated"))?;
            rest = after;
            let length = octets.iter().fold(0_usize, |length, octet| (length << 8) | usize::from(*octet));
            if length < 0x80 || octets.first() == Some(&0) {
                return Err(Malformed::new("non-minimal-length"));
            }
            length
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(Malformed::new("truncated"))?;
        let (raw, _) = input.split_at_checked(input.len() - rest.len()).ok_or(Malformed::new("truncated"))?;
        self.rest = rest;
        Ok(Element { tag, content, raw })
    }

    /// The next element, which must bear `tag`.
    ///
    /// # Errors
    /// `unexpected-tag`, or what [`Reader::element`] refuses.
    pub fn expect(&mut self, tag: Tag) -> Result<Element<'a>, Malformed> {
        match self.peek() {
            Some(found) if found == tag => self.element(),
            Some(_) => Err(Malformed::new("unexpected-tag")),
            None => Err(Malformed::new("truncated")),
        }
    }

    /// The next element if it bears `tag`.
    ///
    /// # Errors
    /// What [`Reader::element`] refuses.
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Malformed> {
        if self.peek() == Some(tag) { self.element().map(Some) } else { Ok(None) }
    }

    /// A reader of the content of the next element, which must bear `tag`.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    pub fn nested(&mut self, tag: Tag) -> Result<Self, Malformed> {
        Ok(Self::new(self.expect(tag)?.content))
    }

    /// A reader of the content of the next SEQUENCE.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    pub fn sequence(&mut self) -> Result<Self, Malformed> {
        self.nested(tag::SEQUENCE)
    }

    /// An INTEGER's content: two's complement, big-endian, minimal.
    ///
    /// # Errors
    /// `integer-empty`, `integer-not-minimal`, or as [`Reader::expect`].
    pub fn integer(&mut self) -> Result<&'a [u8], Malformed> {
        integer(self.expect(tag::INTEGER)?.content)
    }

    /// An INTEGER that fits an `i128`.
    ///
    /// # Errors
    /// `integer-too-large`, or as [`Reader::integer`].
    pub fn small_integer(&mut self) -> Result<i128, Malformed> {
        small_integer(self.integer()?)
    }

    /// A BOOLEAN.
    ///
    /// # Errors
    /// `boolean-not-der` for content other than 00 and FF, or as [`Reader::expect`].
    pub fn boolean(&mut self) -> Result<bool, Malformed> {
        boolean(self.expect(tag::BOOLEAN)?.content)
    }

    /// An OBJECT IDENTIFIER's content, checked: arcs minimal, the last one complete.
    ///
    /// # Errors
    /// `oid-malformed`, or as [`Reader::expect`].
    pub fn oid(&mut self) -> Result<&'a [u8], Malformed> {
        oid(self.expect(tag::OID)?.content)
    }

    /// A BIT STRING's bytes, where it has no unused bits.
    ///
    /// # Errors
    /// `bit-string-empty`, `bit-string-unused-bits`, or as [`Reader::expect`].
    pub fn bit_string(&mut self) -> Result<&'a [u8], Malformed> {
        match bits(self.expect(tag::BIT_STRING)?.content)? {
            (0, bytes) => Ok(bytes),
            _ => Err(Malformed::new("bit-string-unused-bits")),
        }
    }

    /// An OCTET STRING's bytes.
    ///
    /// # Errors
    /// As [`Reader::expect`].
    pub fn octet_string(&mut self) -> Result<&'a [u8], Malformed> {
        Ok(self.expect(tag::OCTET_STRING)?.content)
    }

    /// A UTF8String.
    ///
    /// # Errors
    /// `utf8-malformed`, or as [`Reader::expect`].
    pub fn utf8(&mut self) -> Result<&'a str, Malformed> {
        utf8(self.expect(tag::UTF8_STRING)?.content)
    }

    /// A NULL.
    ///
    /// # Errors
    /// `null-not-empty`, or as [`Reader::expect`].
    pub fn null(&mut self) -> Result<(), Malformed> {
        if self.expect(tag::NULL)?.content.is_empty() { Ok(()) } else { Err(Malformed::new("null-not-empty")) }
    }

    /// A Time of RFC 5280 §4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050, in seconds, ending in Z.
    ///
    /// # Errors
    /// `time-malformed`, `time-choice` (a GeneralizedTime before 2050), or as [`Reader::element`].
    pub fn time(&mut self) -> Result<UnixTime, Malformed> {
        let element = self.element()?;
        match element.tag {
            tag::UTC_TIME => {
                let (year, rest) = digits(element.content, 2)?;
                calendar(if year >= 50 { 1900 + year } else { 2000 + year }, rest)
            }
            tag::GENERALIZED_TIME => {
                let (year, rest) = digits(element.content, 4)?;
                if (1950..2050).contains(&year) {
                    return Err(Malformed::new("time-choice"));
                }
                calendar(year, rest)
            }
            _ => Err(Malformed::new("unexpected-tag")),
        }
    }

    /// A GeneralizedTime in seconds, ending in Z, whatever the year (RFC 5280 §5.3.2, RFC 6960 §4.2.2.1).
    ///
    /// # Errors
    /// `time-malformed`, or as [`Reader::expect`].
    pub fn generalized_time(&mut self) -> Result<UnixTime, Malformed> {
        let (year, rest) = digits(self.expect(tag::GENERALIZED_TIME)?.content, 4)?;
        calendar(year, rest)
    }
}

/// Checks INTEGER content: not empty, minimal.
///
/// # Errors
/// `integer-empty`, `integer-not-minimal`.
pub fn integer(content: &[u8]) -> Result<&[u8], Malformed> {
    match content {
        [] => Err(Malformed::new("integer-empty")),
        [0x00, next, ..] if next & 0x80 == 0 => Err(Malformed::new("integer-not-minimal")),
        [0xff, next, ..] if next & 0x80 != 0 => Err(Malformed::new("integer-not-minimal")),
        _ => Ok(content),
    }
}

/// The number in checked INTEGER content, where it fits an `i128`.
///
/// # Errors
/// `integer-too-large`.
pub fn small_integer(content: &[u8]) -> Result<i128, Malformed> {
    if content.len() > 16 {
        return Err(Malformed::new("integer-too-large"));
    }
    let start = if content.first().is_some_and(|first| first & 0x80 != 0) { -1 } else { 0 };
    Ok(content.iter().fold(start, |number: i128, byte| (number << 8) | i128::from(*byte)))
}

/// The BOOLEAN in `content`.
///
/// # Errors
/// `boolean-not-der`.
pub const fn boolean(content: &[u8]) -> Result<bool, Malformed> {
    match content {
        [0x00] => Ok(false),
        [0xff] => Ok(true),
        _ => Err(Malformed::new("boolean-not-der")),
    }
}

/// How many bits of BIT STRING content are unused, and its bytes. Unused bits are zero (X.690 §11.2.1).
///
/// # Errors
/// `bit-string-empty`, `bit-string-unused-bits`.
pub const fn bits(content: &[u8]) -> Result<(u8, &[u8]), Malformed> {
    const UNUSED: Malformed = Malformed::new("bit-string-unused-bits");
    match content {
        [] => Err(Malformed::new("bit-string-empty")),
        [0, bytes @ ..] => Ok((0, bytes)),
        [unused @ 1..8, bytes @ ..] => match bytes {
            [.., last] if last.trailing_zeros() >= *unused as u32 => Ok((*unused, bytes)),
            _ => Err(UNUSED),
        },
        _ => Err(UNUSED),
    }
}

/// The text in UTF8String content.
///
/// # Errors
/// `utf8-malformed`.
pub fn utf8(content: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(content).map_err(|_| Malformed::new("utf8-malformed"))
}

/// Checks OBJECT IDENTIFIER content: arcs minimal, the last one complete.
///
/// # Errors
/// `oid-malformed`.
pub fn oid(content: &[u8]) -> Result<&[u8], Malformed> {
    let mut starts_arc = true;
    for byte in content {
        if starts_arc && *byte == 0x80 {
            return Err(Malformed::new("oid-malformed"));
        }
        starts_arc = byte & 0x80 == 0;
    }
    if content.is_empty() || !starts_arc { Err(Malformed::new("oid-malformed")) } else { Ok(content) }
}

fn digits(text: &[u8], count: usize) -> Result<(i64, &[u8]), Malformed> {
    let (head, rest) = text.split_at_checked(count).ok_or(Malformed::new("time-malformed"))?;
    let number = head.iter().try_fold(0_i64, |number, c| c.is_ascii_digit().then(|| number * 10 + i64::from(c - b'0')));
    Ok((number.ok_or(Malformed::new("time-malformed"))?, rest))
}

fn calendar(year: i64, rest: &[u8]) -> Result<UnixTime, Malformed> {
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2)?;
    let (second, rest) = digits(rest, 2)?;
    // INVARIANT: two digits fit a u8.
    let civil = Civil {
        year,
        month: month as u8,
        day: day as u8,
        hour: hour as u8,
        minute: minute as u8,
        second: second as u8,
    };
    UnixTime::from_civil(civil).filter(|_| rest == b"Z").ok_or(Malformed::new("time-malformed"))
}

/// Writes DER, innermost first to last: each `element` closes over what `content` wrote.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// An empty writer with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Bytes that are DER already.
    pub fn raw(&mut self, der: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(der);
        self
    }

    /// An element whose content is `content`.
    pub fn primitive(&mut self, tag: Tag, content: &[u8]) -> &mut Self {
        self.bytes.push(tag);
        length(&mut self.bytes, content.len());
        self.raw(content)
    }

    /// An element whose content is what `content` writes.
    pub fn constructed(&mut self, tag: Tag, content: impl FnOnce(&mut Self)) -> &mut Self {
        self.bytes.push(tag);
        // Most contents are short, and the length then one octet: a longer one moves the content on.
        self.bytes.push(0);
        let start = self.bytes.len();
        content(self);
        let length = self.bytes.len().saturating_sub(start);
        match (u8::try_from(length), self.bytes.get_mut(start - 1)) {
            (Ok(short @ 0..0x80), Some(octet)) => *octet = short,
            (_, octet) => {
                let octets = length.to_be_bytes();
                let skip = octets.iter().take_while(|octet| **octet == 0).count();
                let significant = octets.get(skip..).unwrap_or_default();
                if let Some(octet) = octet {
                    *octet = 0x80 | significant.len() as u8;
                }
                // Written behind the content, then turned to its front.
                self.bytes.extend_from_slice(significant);
                if let Some(content) = self.bytes.get_mut(start..) {
                    content.rotate_right(significant.len());
                }
            }
        }
        self
    }

    /// A SEQUENCE of what `content` writes.
    pub fn sequence(&mut self, content: impl FnOnce(&mut Self)) -> &mut Self {
        self.constructed(tag::SEQUENCE, content)
    }

    /// A SET OF under `tag` of what `write` makes of each of `parts`, in DER's order.
    pub fn set_of<T>(&mut self, tag: Tag, parts: &[T], write: impl Fn(&mut Self, &T)) -> &mut Self {
        self.constructed(tag, |set| {
            let start = set.bytes.len();
            let (mut last, mut sorted) = (start, true);
            for part in parts {
                let next = set.bytes.len();
                write(set, part);
                sorted &= set.bytes.get(last..next) <= set.bytes.get(next..);
                last = next;
            }
            // Parts mostly stand in order already.
            if !sorted {
                set.bytes.truncate(start);
                let element = |part| {
                    let mut der = Self::new();
                    write(&mut der, part);
                    der.into_bytes()
                };
                let mut elements: Vec<_> = parts.iter().map(element).collect();
                elements.sort();
                elements.iter().for_each(|element| set.bytes.extend_from_slice(element));
            }
        })
    }

    /// An INTEGER under `tag`, minimal.
    pub fn integer(&mut self, tag: Tag, number: i128) -> &mut Self {
        let bytes = number.to_be_bytes();
        let mut content = bytes.as_slice();
        // What only repeats the sign bit of the octet after it is superfluous.
        while let [first @ (0 | 0xff), second, ..] = content
            && (*first == 0xff) == (second & 0x80 != 0)
            && let Some((_, rest)) = content.split_first()
        {
            content = rest;
        }
        self.primitive(tag, content)
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.primitive(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
    }

    /// An OBJECT IDENTIFIER, from its content octets.
    pub fn oid(&mut self, content: &[u8]) -> &mut Self {
        self.primitive(tag::OID, content)
    }

    /// A UTF8String.
    pub fn utf8(&mut self, text: &str) -> &mut Self {
        self.primitive(tag::UTF8_STRING, text.as_bytes())
    }

    /// A BIT STRING of whole bytes.
    pub fn bit_string(&mut self, bytes: &[u8]) -> &mut Self {
        let mut content = Vec::with_capacity(bytes.len() + 1);
        content.push(0);
        content.extend_from_slice(bytes);
        self.primitive(tag::BIT_STRING, &content)
    }

    /// A Time of RFC 5280 §4.1.2.5. Sub-seconds are dropped.
    pub fn time(&mut self, time: UnixTime) -> &mut Self {
        let Civil { year, month, day, hour, minute, second } = time.civil();
        let rest = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
        if (1950..2050).contains(&year) {
            self.primitive(tag::UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes())
        } else {
            self.primitive(tag::GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes())
        }
    }

    /// A GeneralizedTime, whatever the year. Sub-seconds are dropped.
    pub fn generalized_time(&mut self, time: UnixTime) -> &mut Self {
        let Civil { year, month, day, hour, minute, second } = time.civil();
        let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
        self.primitive(tag::GENERALIZED_TIME, text.as_bytes())
    }
}

fn length(bytes: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        bytes.push(length as u8);
        return;
    }
    let octets = length.to_be_bytes();
    let significant = octets.iter().skip_while(|octet| **octet == 0);
    bytes.push(0x80 | significant.clone().count() as u8);
    bytes.extend(significant);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule<T: std::fmt::Debug>(result: Result<T, Malformed>) -> &'static str {
        result.unwrap_err().rule
    }

    #[test]
    fn lengths_have_one_form() {
        for (bytes, expected) in [
            (&[0x04, 0x80, 0, 0][..], "indefinite-length"),
            (&[0x04, 0x81, 0x01, 9], "non-minimal-length"),
            (&[0x04, 0x83, 0, 0, 1, 9], "non-minimal-length"),
            (&[0x04, 0x85, 0, 0, 0, 0, 1, 9], "length-too-large"),
            (&[0x04, 0x02, 9], "truncated"),
            (&[0x04], "truncated"),
            (&[], "truncated"),
            (&[0x1f, 0x01, 0x00], "high-tag-number"),
        ] {
            assert_eq!(rule(Reader::new(bytes).element()), expected, "{bytes:02x?}");
        }
        let long = Writer::new().primitive(tag::OCTET_STRING, &[7; 300]).clone().into_bytes();
        assert_eq!(Reader::new(&long).octet_string().unwrap(), [7; 300]);
    }

    #[test]
    fn contents_of_any_length_are_closed() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000] {
            let content = vec![7; length];
            let mut der = Writer::new();
            der.raw(b"before").sequence(|der| {
                der.sequence(|der| {
                    der.raw(&content);
                });
            });
            let inner = Writer::new().primitive(tag::SEQUENCE, &content).clone().into_bytes();
            let outer = Writer::new().raw(b"before").primitive(tag::SEQUENCE, &inner).clone().into_bytes();
            assert_eq!(der.into_bytes(), outer, "{length}");
        }
    }

    #[test]
    fn sets_are_written_in_order() {
        let set = |numbers: &[i128]| {
            let mut der = Writer::new();
            der.raw(&[5, 0]).set_of(tag::SET, numbers, |der, number| {
                der.integer(tag::INTEGER, *number);
            });
            der.into_bytes()
        };
        let expected = [5, 0, tag::SET, 10, 2, 1, 1, 2, 1, 2, 2, 2, 1, 0];
        for numbers in [[1, 2, 256], [256, 2, 1], [2, 1, 256], [1, 256, 2]] {
            assert_eq!(set(&numbers), expected, "{numbers:?}");
        }
        assert_eq!(set(&[]), [5, 0, tag::SET, 0]);
    }

    #[test]
    fn integers_are_minimal_both_ways() {
        for number in [0, 1, -1, 127, 128, -128, -129, 255, 256, i128::MAX, i128::MIN, 10_i128.pow(34)] {
            let der = Writer::new().integer(tag::INTEGER, number).clone().into_bytes();
            assert_eq!(Reader::new(&der).small_integer(), Ok(number));
        }
        assert_eq!(rule(Reader::new(&[2, 0]).integer()), "integer-empty");
        assert_eq!(rule(Reader::new(&[2, 2, 0, 1]).integer()), "integer-not-minimal");
        assert_eq!(rule(Reader::new(&[2, 2, 0xff, 0x80]).integer()), "integer-not-minimal");
    }

    #[test]
    fn booleans_oids_and_bit_strings_are_strict() {
        assert_eq!(rule(Reader::new(&[1, 1, 1]).boolean()), "boolean-not-der");
        assert_eq!(rule(Reader::new(&[6, 2, 0x80, 1]).oid()), "oid-malformed");
        assert_eq!(rule(Reader::new(&[6, 2, 0x2b, 0x80]).oid()), "oid-malformed");
        assert_eq!(rule(Reader::new(&[6, 0]).oid()), "oid-malformed");
        assert_eq!(rule(Reader::new(&[3, 2, 1, 2]).bit_string()), "bit-string-unused-bits");
        assert_eq!(rule(Reader::new(&[3, 0]).bit_string()), "bit-string-empty");
    }

    #[test]
    fn times_have_one_form() {
        for seconds in [0, 2_524_607_999, 2_524_608_000, 1_763_724_601] {
            let der = Writer::new().time(UnixTime::from_seconds(seconds)).clone().into_bytes();
            assert_eq!(Reader::new(&der).time(), Ok(UnixTime::from_seconds(seconds)));
        }
        for (tag, text) in [
            (tag::UTC_TIME, "2501010000Z"),
            (tag::UTC_TIME, "250101000000+0100"),
            (tag::UTC_TIME, "251301000000Z"),
            (tag::UTC_TIME, "250230000000Z"),
            (tag::UTC_TIME, "250101000060Z"),
            (tag::GENERALIZED_TIME, "20500101000000.5Z"),
            (tag::GENERALIZED_TIME, "20490101000000Z"),
        ] {
            let der = Writer::new().primitive(tag, text.as_bytes()).clone().into_bytes();
            assert!(Reader::new(&der).time().is_err(), "{text}");
        }
    }
}
