use crate::bounds::JsonBounds;
use crate::crypto::{Digest, JwsAlgorithm, PublicKey, sha256};
use crate::encoding::json::{Json, Object};
use crate::encoding::{Malformed, base64};
use crate::error::{Code, Denial};

/// An unverified token: its header, payload and signature, decoded.
///
/// ```text
/// BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)   -- RFC 7515 §7.1
/// ```
#[derive(Clone, Debug)]
pub struct CompactJws<'a> {
    signing_input: &'a str,
    header: Object,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// The parts of a token, not decoded.
pub(crate) struct Parts<'a> {
    pub(crate) signing_input: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits `token`, at most `max` bytes of it.
    ///
    /// # Errors
    /// E304 `jws-too-large`, `jws-parts` where there are not exactly three.
    pub(crate) fn split(token: &'a str, max: usize) -> Result<Self, Denial> {
        if token.len() > max {
            return Err(malformed("token", Malformed::new("jws-too-large")));
        }
        let parts = || malformed("token", Malformed::new("jws-parts"));
        let (signing_input, signature) = token.rsplit_once('.').ok_or_else(parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(parts)?;
        if payload.contains('.') {
            return Err(parts());
        }
        Ok(Self { signing_input, header, payload, signature })
    }

    /// # Errors
    /// E304 `base64url`, as of the other two.
    pub(crate) fn header(&self) -> Result<Vec<u8>, Denial> {
        base64::decode_url(self.header).map_err(|fault| malformed("header", fault))
    }

    pub(crate) fn payload(&self) -> Result<Vec<u8>, Denial> {
        base64::decode_url(self.payload).map_err(|fault| malformed("payload", fault))
    }

    pub(crate) fn signature(&self) -> Result<Vec<u8>, Denial> {
        base64::decode_url(self.signature).map_err(|fault| malformed("signature", fault))
    }
}

/// The algorithm that `alg` of a header names.
///
/// # Errors
/// E304 `jws-alg` where it is absent or no text; E307 where it is not on the list.
pub(crate) fn algorithm(alg: Option<&str>) -> Result<JwsAlgorithm, Denial> {
    JwsAlgorithm::parse(alg.ok_or_else(|| malformed("alg", Malformed::new("jws-alg")))?)
}

impl<'a> CompactJws<'a> {
    /// Splits and decodes `token`, at most `max` bytes of it.
    ///
    /// # Errors
    /// E304: `jws-too-large`, `jws-parts` where there are not exactly three, `base64url` for anything but canonical base64url without padding,
    /// `jws-header` where the header is no object, the rules of [`Json::parse`] where it is not I-JSON.
    pub fn parse(token: &'a str, max: usize) -> Result<Self, Denial> {
        let parts = Parts::split(token, max)?;
        let header = Json::parse(&parts.header()?, &JsonBounds::TOKEN);
        let Json::Object(header) = header.map_err(|fault| malformed("header", fault))? else {
            return Err(malformed("header", Malformed::new("jws-header")));
        };
        Ok(Self {
            signing_input: parts.signing_input,
            header,
            payload: parts.payload()?,
            signature: parts.signature()?,
        })
    }

    /// The header.
    pub const fn header(&self) -> &Object {
        &self.header
    }

    /// The payload's bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The signature's bytes.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The signature's bytes, without a copy.
    pub fn into_signature(self) -> Vec<u8> {
        self.signature
    }

    /// What was signed: header and payload as they came.
    pub const fn signing_input(&self) -> &'a str {
        self.signing_input
    }

    /// The token's name: SHA-256 of what was signed. Stays the same when an ECDSA signature is changed without its key.
    pub fn name(&self) -> Digest {
        sha256(self.signing_input.as_bytes())
    }

    /// The algorithm that the header names.
    ///
    /// # Errors
    /// E304 `jws-alg` where `alg` is absent or no text; E307 where it is not on the list.
    pub fn algorithm(&self) -> Result<JwsAlgorithm, Denial> {
        algorithm(self.header.get("alg").and_then(Json::as_text))
    }

    /// Checks the signature under `key`.
    ///
    /// # Errors
    /// As [`CompactJws::algorithm`] and [`PublicKey::verify_jws`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), Denial> {
        key.verify_jws(self.algorithm()?, self.signing_input.as_bytes(), &self.signature)
    }
}

#[cold]
fn malformed(field: &'static str, fault: Malformed) -> Denial {
    fault.denial(Code::IntentMalformed, field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &[u8]) -> String {
        format!("{}.{}.{}", base64::encode_url(header), base64::encode_url(b"{}"), base64::encode_url(b"s"))
    }

    fn refusal(token: &str) -> &'static str {
        let denial = CompactJws::parse(token, 1_024).unwrap_err();
        assert_eq!(denial.code(), Code::IntentMalformed);
        denial.details().rule
    }

    #[test]
    fn a_token_is_three_parts_of_base64url() {
        let good = token(br#"{"alg":"EdDSA"}"#);
        let parsed = CompactJws::parse(&good, good.len()).unwrap();
        assert_eq!((parsed.payload(), parsed.signature()), (&b"{}"[..], &b"s"[..]));
        assert_eq!(parsed.algorithm(), Ok(JwsAlgorithm::EdDsa));
        assert_eq!(parsed.name(), sha256(good.rsplit_once('.').unwrap().0.as_bytes()));
        assert_eq!(CompactJws::parse(&good, good.len() - 1).unwrap_err().details().rule, "jws-too-large");
        for (bad, rule) in [
            (good.replace('.', ""), "jws-parts"),
            (good.replacen('.', "", 1), "jws-parts"),
            (format!("{good}.AA"), "jws-parts"),
            (format!("{good}="), "base64url"),
            (format!("{good}\n"), "base64url"),
            (format!(" {good}"), "base64url"),
            (String::new(), "jws-parts"),
            ("..".to_owned(), "json-syntax"),
        ] {
            assert_eq!(refusal(&bad), rule, "{bad:?}");
        }
    }

    #[test]
    fn base64url_has_one_form() {
        assert!(CompactJws::parse("e30.e30.cw", 64).is_ok());
        // The last character holds bits that no encoder writes.
        assert_eq!(refusal("e30.e30.cx"), "base64url");
        assert_eq!(refusal("e31.e30.cw"), "base64url");
        assert_eq!(refusal("e30.e30.c"), "base64url");
        assert_eq!(refusal("e30.e30+.cw"), "base64url");
    }

    #[test]
    fn a_header_is_an_object_of_i_json() {
        assert_eq!(refusal(&token(b"[]")), "jws-header");
        assert_eq!(refusal(&token(b"\"x\"")), "jws-header");
        assert_eq!(refusal(&token(br#"{"alg":"EdDSA","alg":"EdDSA"}"#)), "json-duplicate-key");
        assert_eq!(refusal(&token(b"{\"a\":\"\xff\"}")), "json-utf8");
    }

    #[test]
    fn an_algorithm_is_named_in_text() {
        for (header, code) in [
            (&b"{}"[..], Code::IntentMalformed),
            (br#"{"alg":1}"#, Code::IntentMalformed),
            (br#"{"alg":"none"}"#, Code::AlgorithmNotAllowed),
            (br#"{"alg":"HS256"}"#, Code::AlgorithmNotAllowed),
        ] {
            let token = token(header);
            assert_eq!(CompactJws::parse(&token, 1_024).unwrap().algorithm().unwrap_err().code(), code);
        }
    }
}
