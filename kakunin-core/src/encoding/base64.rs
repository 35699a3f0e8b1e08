//! Base64, strict both ways: no white space, no missing or superfluous padding, no stray bits (RFC 4648 §3.5).

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use super::Malformed;

// Decoding is not constant in time: what is decoded here is public. Keys are read in `crypto`.

/// Characters that are decoded at once: in a loop over so many of them the compiler looks at sixteen in one step.
const CHARACTERS: usize = 32;
/// The bytes behind them.
const BYTES: usize = CHARACTERS / 4 * 3;

/// The last two characters of an alphabet.
type Last = [u8; 2];

const STANDARD: Last = *b"+/";
const URL: Last = *b"-_";

/// The bytes of `text` without padding; none where a character is not of the alphabet, or the last one holds bits that no
/// encoder writes.
fn decode_unpadded(text: &[u8], last: Last) -> Option<Vec<u8>> {
    let (blocks, rest) = text.as_chunks();
    let length = text.len() / 4 * 3 + [Some(0), None, Some(1), Some(2)].get(text.len() % 4).copied()??;
    // `A` stands for zeros: whatever else is found behind the end are bits of the last character.
    let mut end = [b'A'; CHARACTERS];
    end.iter_mut().zip(rest).for_each(|(to, character)| *to = *character);
    let mut bytes = Vec::with_capacity((blocks.len() + 1) * BYTES);
    for block in blocks.iter().chain([&end]) {
        bytes.extend_from_slice(&decode_block(block, last)?);
    }
    let beyond = bytes.get(length..)?.iter().fold(0, |bits, byte| bits | byte);
    bytes.truncate(length);
    (beyond == 0).then_some(bytes)
}

#[inline]
fn decode_block(block: &[u8; CHARACTERS], last: Last) -> Option<[u8; BYTES]> {
    let values = block.map(|character| value(character, last));
    let (mut seen, mut bytes) = (0, [0; BYTES]);
    for (to, eight) in bytes.as_chunks_mut().0.iter_mut().zip(values.as_chunks().0) {
        let sixes = u64::from_be_bytes(*eight);
        seen |= sixes;
        *to = pack(sixes);
    }
    // A value has six bits.
    (seen & 0xc0c0_c0c0_c0c0_c0c0 == 0).then_some(bytes)
}

/// The eight times six bits in as many octets, without the gaps.
const fn pack(sixes: u64) -> [u8; 6] {
    let twelves = (sixes & 0x3f00_3f00_3f00_3f00) >> 2 | sixes & 0x003f_003f_003f_003f;
    let halves = (twelves & 0x0fff_0000_0fff_0000) >> 4 | twelves & 0x0000_0fff_0000_0fff;
    let [_, _, bytes @ ..] = (halves >> 8 & 0xffff_ff00_0000 | halves & 0xff_ffff).to_be_bytes();
    bytes
}

/// The value of `character`, or 0xff. One question after the other, whatever the answers: so it is asked of many at once.
const fn value(character: u8, [plus, slash]: Last) -> u8 {
    let (upper, lower) = (character.wrapping_sub(b'A'), character.wrapping_sub(b'a'));
    let digit = character.wrapping_sub(b'0');
    let mut value = 0xff;
    if upper < 26 {
        value = upper;
    }
    if lower < 26 {
        value = 26 + lower;
    }
    if digit < 10 {
        value = 52 + digit;
    }
    if character == plus {
        value = 62;
    }
    if character == slash {
        value = 63;
    }
    value
}

/// base64url without padding (RFC 7515 §2).
pub fn encode_url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes behind base64url text without padding.
///
/// # Errors
/// `base64url` where the text holds another character, padding, or bits that no encoder writes.
pub fn decode_url(text: &str) -> Result<Vec<u8>, Malformed> {
    decode_unpadded(text.as_bytes(), URL).ok_or(Malformed::new("base64url"))
}

/// Standard base64 with padding, on one line.
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// The bytes behind standard base64 text with padding.
///
/// # Errors
/// `base64` where the text holds another character, white space, wrong padding, or bits that no encoder writes.
pub fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    const FAULT: Malformed = Malformed::new("base64");
    if !text.len().is_multiple_of(4) {
        return Err(FAULT);
    }
    let unpadded = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    decode_unpadded(unpadded.as_bytes(), STANDARD).ok_or(FAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_in_both_alphabets() {
        assert_eq!(decode_url("-_8").unwrap(), [0xfb, 0xff]);
        assert_eq!(decode("+/8=").unwrap(), [0xfb, 0xff]);
        for text in ["-_8=", "+/8", "-_9", " -_8", "-_8\n", "-", "-_8A="] {
            assert!(decode_url(text).is_err(), "{text:?}");
        }
        for text in ["+/8", "-_8=", "+/9=", "+/8=\n", "+/8==", "+/\n8=", "=", "==", "====", "A===", "AA=A", "AAA=AAAA"]
        {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn decodes_what_another_implementation_does_and_nothing_else() {
        let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        for length in 0..bytes.len() {
            let (url, standard) = (encode_url(&bytes[..length]), encode(&bytes[..length]));
            assert_eq!(decode_url(&url).unwrap(), bytes[..length]);
            assert_eq!(decode(&standard).unwrap(), bytes[..length]);
        }
        // Each character in each place of a text of two to five, and of as many beyond one block.
        for length in (2..=5).chain(CHARACTERS + 2..=CHARACTERS + 5) {
            for place in 0..length {
                for byte in 0..=0x7f_u8 {
                    let mut text = vec![b'A'; length];
                    text[place] = byte;
                    let text = String::from_utf8(text).unwrap();
                    assert_eq!(decode_url(&text).ok(), Base64UrlUnpadded::decode_vec(&text).ok(), "{text:?}");
                    assert_eq!(decode(&text).ok(), Base64::decode_vec(&text).ok(), "{text:?}");
                }
            }
        }
    }
}
