//! Base64, strict both ways: no white space, no missing or superfluous padding, no stray bits (RFC 4648 §3.5).

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use super::Malformed;

// Decoding is not constant in time: what is decoded here is public. Keys are read in `crypto`.

/// The value of each character, or [`NONE`].
type Alphabet = [u8; 256];

/// No value: larger than any.
const NONE: u8 = 0xff;

const STANDARD: Alphabet = alphabet(*b"+/");
const URL: Alphabet = alphabet(*b"-_");

/// The letters, the digits and the `last` two.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what is out of bounds")]
const fn alphabet(last: [u8; 2]) -> Alphabet {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        let character = match value {
            0..26 => b'A' + value,
            26..52 => b'a' + value - 26,
            52..62 => b'0' + value - 52,
            _ => last[value as usize - 62],
        };
        values[character as usize] = value;
        value += 1;
    }
    values
}

/// The bytes of `text` without padding; none where a character is not of `alphabet`, or the last holds bits that no encoder
/// writes.
fn decode_unpadded(text: &[u8], alphabet: &Alphabet) -> Option<Vec<u8>> {
    let value = |character: u8| u32::from(alphabet.get(usize::from(character)).copied().unwrap_or(NONE));
    let (groups, tail) = text.as_chunks::<4>();
    let mut bytes = Vec::with_capacity(groups.len() * 3 + 2);
    bytes.resize(groups.len() * 3, 0);
    let mut seen = 0;
    for (to, &[a, b, c, d]) in bytes.as_chunks_mut::<3>().0.iter_mut().zip(groups) {
        let (a, b, c, d) = (value(a), value(b), value(c), value(d));
        seen |= a | b | c | d;
        let [_, high, middle, low] = (a << 18 | b << 12 | c << 6 | d).to_be_bytes();
        *to = [high, middle, low];
    }
    // A value has six bits.
    if seen > 0x3f {
        return None;
    }
    match *tail {
        [] => {}
        [a, b] => {
            let (a, b) = (value(a), value(b));
            if a | b > 0x3f || b & 0x0f != 0 {
                return None;
            }
            bytes.push((a << 2 | b >> 4) as u8);
        }
        [a, b, c] => {
            let (a, b, c) = (value(a), value(b), value(c));
            if a | b | c > 0x3f || c & 0x03 != 0 {
                return None;
            }
            bytes.extend_from_slice(&[(a << 2 | b >> 4) as u8, (b << 4 | c >> 2) as u8]);
        }
        _ => return None,
    }
    Some(bytes)
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
    decode_unpadded(text.as_bytes(), &URL).ok_or(Malformed::new("base64url"))
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
    decode_unpadded(unpadded.as_bytes(), &STANDARD).ok_or(FAULT)
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
        // Each character in each place of a text of two to five.
        for length in 2..=5 {
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
