use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};
use crate::encoding::oid;

/// A distinguished name, well-formed.
///
/// `==` compares bytes, as profile `agent` does; [`Name::matches`] compares as RFC 5280 §7.1 says.
///
/// ```asn1
/// Name                      ::= CHOICE { rdnSequence RDNSequence }
/// RDNSequence               ::= SEQUENCE OF RelativeDistinguishedName
/// RelativeDistinguishedName ::= SET SIZE (1..MAX) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }   -- RFC 5280 §4.1.2.4
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    /// The SEQUENCE, checked.
    der: &'a [u8],
}

/// How two names, or parts of them, stand to each other.
///
/// Whoever grants something asks for `Same`; whoever excludes something must take `Unclear` for `Same` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// Not the same.
    Different,
    /// Not to be told here: text outside ASCII that differs (it may still be the same by Unicode's rules), or values whose
    /// string types have no common reading.
    Unclear,
    /// The same.
    Same,
}

/// Most attributes in one name. 64: names in the field have at most a dozen.
const ATTRIBUTES: usize = 64;
/// Most attributes in one RelativeDistinguishedName, each of which may be compared with each. 8: names in the field have at
/// most three.
const RELATIVE: usize = 8;

impl<'a> Name<'a> {
    /// The name whose whole encoding `der` is.
    ///
    /// # Errors
    /// As [`check_name`], and `trailing-data`.
    pub(crate) fn parse(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(der);
        let name = outer.expect(tag::SEQUENCE)?;
        outer.finish()?;
        check_name(name.content)?;
        Ok(Self::of_checked(der))
    }

    /// The name whose whole encoding `der` is and was checked.
    pub(super) const fn of_checked(der: &'a [u8]) -> Self {
        Self { der }
    }

    /// The whole SEQUENCE.
    pub const fn der(self) -> &'a [u8] {
        self.der
    }

    /// Whether it has no parts.
    pub const fn is_empty(self) -> bool {
        // An empty SEQUENCE is two octets.
        self.der.len() <= 2
    }

    /// Whether both are the same name by RFC 5280 §7.1: part for part, UTF8String, PrintableString, IA5String and
    /// NumericString alike, without regard to case and to white space at the ends or doubled inside.
    ///
    /// Text outside ASCII is compared after lower-casing only: what Unicode normalisation (RFC 4518 §2.3) would make the
    /// same is not the same here. Values of all other types are the same where their bytes are.
    pub fn matches(self, other: Name<'_>) -> bool {
        self == other || self.compare(other, false, &mut 0) == Likeness::Same
    }

    /// Whether it is `base` or below it: its first parts are those of `base` (RFC 5280 §4.2.1.10). `work` grows with what
    /// was compared: one for each attribute, and one for every 16 octets of text.
    pub(crate) fn is_within(self, base: Name<'_>, work: &mut usize) -> Likeness {
        self.compare(base, true, work)
    }

    /// Each attribute: its type's content octets, its value.
    pub(crate) fn attributes(self) -> impl Iterator<Item = (&'a [u8], der::Element<'a>)> {
        let mut relative = self.relative_names();
        let mut attributes = Reader::new(&[]);
        std::iter::from_fn(move || {
            if attributes.is_empty() {
                attributes = relative.nested(tag::SET).ok()?;
            }
            next_attribute(&mut attributes)
        })
    }

    /// The last common name that is text as it stands.
    pub(super) fn common_name(self) -> Option<&'a str> {
        let texts = self.attributes().filter(|(id, _)| *id == oid::COMMON_NAME).map(|(_, value)| value);
        let readable =
            |value: &der::Element<'a>| matches!(value.tag, tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING);
        texts.filter(readable).last().and_then(|value| std::str::from_utf8(value.content).ok())
    }

    fn relative_names(self) -> Reader<'a> {
        Reader::new(self.der).sequence().unwrap_or(Reader::new(&[]))
    }

    fn compare(self, base: Name<'_>, begins: bool, work: &mut usize) -> Likeness {
        let (mut own, mut expected) = (self.relative_names(), base.relative_names());
        let mut likeness = Likeness::Same;
        while !expected.is_empty() {
            let (Ok(a), Ok(b)) = (own.nested(tag::SET), expected.nested(tag::SET)) else { return Likeness::Different };
            likeness = likeness.min(compare_relative(&a, &b, work));
            if likeness == Likeness::Different {
                return likeness;
            }
        }
        if begins || own.is_empty() { likeness } else { Likeness::Different }
    }
}

/// As many attributes, and for each one that is like it, both ways.
fn compare_relative(a: &Reader<'_>, b: &Reader<'_>, work: &mut usize) -> Likeness {
    if a.rest() == b.rest() {
        *work += 1 + a.rest().len() / OCTETS_OF_WORK;
        return Likeness::Same;
    }
    if attributes(a).count() != attributes(b).count() {
        *work += 1;
        return Likeness::Different;
    }
    let mut contained = |a: &Reader<'_>, b: &Reader<'_>| {
        let mut likeness = Likeness::Same;
        for one in attributes(a) {
            let best = attributes(b).map(|other| compare_attributes(one, other, work)).max();
            likeness = likeness.min(best.unwrap_or(Likeness::Different));
        }
        likeness
    };
    contained(a, b).min(contained(b, a))
}

/// Octets of text that count as one comparison: about as long as it takes to find an attribute.
const OCTETS_OF_WORK: usize = 16;

fn attributes<'a>(relative: &Reader<'a>) -> impl Iterator<Item = (&'a [u8], der::Element<'a>)> {
    let mut relative = relative.clone();
    std::iter::from_fn(move || next_attribute(&mut relative))
}

fn next_attribute<'a>(relative: &mut Reader<'a>) -> Option<(&'a [u8], der::Element<'a>)> {
    let mut attribute = relative.sequence().ok()?;
    Some((attribute.element().ok()?.content, attribute.element().ok()?))
}

fn compare_attributes(a: (&[u8], der::Element<'_>), b: (&[u8], der::Element<'_>), work: &mut usize) -> Likeness {
    *work += 1;
    if a.0 != b.0 {
        return Likeness::Different;
    }
    let (a, b) = (a.1, b.1);
    *work += a.content.len().min(b.content.len()) / OCTETS_OF_WORK;
    if a.raw == b.raw {
        return Likeness::Same;
    }
    if a.tag == tag::BIT_STRING || b.tag == tag::BIT_STRING {
        return Likeness::Different;
    }
    match (text(a), text(b)) {
        (Some(a), Some(b)) => compare_texts(a, b),
        _ => Likeness::Unclear,
    }
}

/// The text of a value whose octets are UTF-8, or a part of it.
fn text(value: der::Element<'_>) -> Option<&str> {
    match value.tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | NUMERIC_STRING => {
            std::str::from_utf8(value.content).ok()
        }
        _ => None,
    }
}

/// RFC 5280 §7.1 by RFC 4518: lower-cased, white space trimmed and collapsed.
fn compare_texts(a: &str, b: &str) -> Likeness {
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let words = |text| str::split(text, ' ').filter(|word| !word.is_empty());
    if plain(a) && plain(b) {
        let (mut a, mut b) = (words(a), words(b));
        return loop {
            match (a.next(), b.next()) {
                (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
                (None, None) => break Likeness::Same,
                _ => break Likeness::Different,
            }
        };
    }
    let folded = |text| words(text).flat_map(|word| word.chars().flat_map(char::to_lowercase).chain([' ']));
    if folded(a).eq(folded(b)) { Likeness::Same } else { Likeness::Unclear }
}

/// Checks the content of a Name's SEQUENCE, which may be empty.
///
/// # Errors
/// `rdn-empty`, `set-order` where a SET is not in DER's order or holds an element twice, `name-value` for a value that is empty
/// or not of its own string type, `too-many-attributes`, and the rules of [`Reader`].
pub(crate) fn check_name(content: &[u8]) -> Result<(), Malformed> {
    let mut name = Reader::new(content);
    let mut count = 0;
    while !name.is_empty() {
        count += check_relative_name(name.nested(tag::SET)?)?;
        if count > ATTRIBUTES {
            return Err(Malformed::new("too-many-attributes"));
        }
    }
    Ok(())
}

/// Checks the content of a RelativeDistinguishedName's SET, and counts its attributes.
pub(super) fn check_relative_name(mut rdn: Reader<'_>) -> Result<usize, Malformed> {
    if rdn.is_empty() {
        return Err(Malformed::new("rdn-empty"));
    }
    let mut previous: &[u8] = &[];
    let mut count = 0;
    while !rdn.is_empty() {
        let attribute = rdn.expect(tag::SEQUENCE)?;
        if attribute.raw <= previous {
            return Err(Malformed::new("set-order"));
        }
        previous = attribute.raw;
        let mut fields = Reader::new(attribute.content);
        fields.oid()?;
        check_value(fields.element()?)?;
        fields.finish()?;
        count += 1;
    }
    if count > RELATIVE { Err(Malformed::new("too-many-attributes")) } else { Ok(count) }
}

const NUMERIC_STRING: u8 = 0x12;
const TELETEX_STRING: u8 = 0x14;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

/// A constructed value is refused: no attribute that names a subject has one, and its content would go unread.
fn check_value(value: der::Element<'_>) -> Result<(), Malformed> {
    let content = value.content;
    let well_formed = match value.tag {
        tag::UTF8_STRING => std::str::from_utf8(content).is_ok(),
        tag::PRINTABLE_STRING => content.iter().all(|byte| printable(*byte)),
        tag::IA5_STRING => content.is_ascii(),
        NUMERIC_STRING => content.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '),
        TELETEX_STRING => true,
        BMP_STRING => code_points::<2>(content),
        UNIVERSAL_STRING => code_points::<4>(content),
        tag::BIT_STRING => der::bits(content).is_ok(),
        _ => false,
    };
    if well_formed && !content.is_empty() { Ok(()) } else { Err(Malformed::new("name-value")) }
}

/// Whether `content` consists of big-endian code points of `OCTETS` octets, none of them half a pair or beyond Unicode.
fn code_points<const OCTETS: usize>(content: &[u8]) -> bool {
    let (points, rest) = content.as_chunks::<OCTETS>();
    let value = |point: &[u8; OCTETS]| point.iter().fold(0, |value: u32, octet| (value << 8) | u32::from(*octet));
    rest.is_empty() && points.iter().all(|point| char::from_u32(value(point)).is_some())
}

/// Checks a text that is for people: `DisplayText` (RFC 5280 §4.2.1.4).
pub(super) fn check_text(value: der::Element<'_>) -> Result<(), Malformed> {
    match value.tag {
        tag::UTF8_STRING | tag::IA5_STRING | BMP_STRING => check_value(value),
        VISIBLE_STRING if !value.content.is_empty() && is_visible(value.content) => Ok(()),
        _ => Err(Malformed::new("display-text")),
    }
}

/// Whether all octets are visible ASCII or spaces.
pub(super) fn is_visible(octets: &[u8]) -> bool {
    octets.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

/// X.680 §41.4.
const fn printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
}
