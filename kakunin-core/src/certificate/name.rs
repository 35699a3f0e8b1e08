use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};
use crate::encoding::oid;

/// Checks the content of a Name's SEQUENCE, which may be empty.
///
/// ```asn1
/// RDNSequence               ::= SEQUENCE OF RelativeDistinguishedName
/// RelativeDistinguishedName ::= SET SIZE (1..MAX) OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }   -- RFC 5280 §4.1.2.4
/// ```
///
/// # Errors
/// `rdn-empty`, `set-order` where a SET is not in DER's order or holds an element twice, `name-value` for a value that is empty
/// or not of its own string type, and the rules of [`Reader`].
pub(crate) fn check_name(content: &[u8]) -> Result<(), Malformed> {
    let mut name = Reader::new(content);
    while !name.is_empty() {
        check_relative_name(name.nested(tag::SET)?)?;
    }
    Ok(())
}

/// Checks the content of a RelativeDistinguishedName's SET.
pub(super) fn check_relative_name(mut rdn: Reader<'_>) -> Result<(), Malformed> {
    if rdn.is_empty() {
        return Err(Malformed::new("rdn-empty"));
    }
    let mut previous: &[u8] = &[];
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
    }
    Ok(())
}

const NUMERIC_STRING: u8 = 0x12;
const TELETEX_STRING: u8 = 0x14;
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
        BMP_STRING => content.len().is_multiple_of(2),
        UNIVERSAL_STRING => content.len().is_multiple_of(4),
        tag::BIT_STRING => content.first().is_some_and(|unused| *unused < 8),
        _ => false,
    };
    if well_formed && !content.is_empty() { Ok(()) } else { Err(Malformed::new("name-value")) }
}

/// X.680 §41.4.
const fn printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
}

/// The last common name in a checked Name that is text as it stands.
pub(super) fn common_name(name: &[u8]) -> Option<&str> {
    let mut name = Reader::new(name).sequence().ok()?;
    let mut found = None;
    while let Ok(mut rdn) = name.nested(tag::SET) {
        while let Ok(mut attribute) = rdn.sequence() {
            let (Ok(id), Ok(value)) = (attribute.oid(), attribute.element()) else { continue };
            if id == oid::COMMON_NAME && matches!(value.tag, tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING)
            {
                found = std::str::from_utf8(value.content).ok();
            }
        }
    }
    found
}
