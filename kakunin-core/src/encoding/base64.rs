//! Base64, strict both ways: no white space, no missing or superfluous padding, no stray bits (RFC 4648 §3.5).

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use super::Malformed;

/// base64url without padding (RFC 7515 §2).
pub fn encode_url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes behind base64url text without padding.
///
/// # Errors
/// `base64url` where the text holds another character, padding, or bits that no encoder writes.
pub fn decode_url(text: &str) -> Result<Vec<u8>, Malformed> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Malformed::new("base64url"))
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
    Base64::decode_vec(text).map_err(|_| Malformed::new("base64"))
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
        for text in ["+/8", "-_8=", "+/9=", "+/8=\n", "+/8==", "+/\n8="] {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }
}
