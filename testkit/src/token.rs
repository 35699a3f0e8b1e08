//! Intents as header and claims that can be anything, then signed.

use kakunin_core::crypto::{jws_algorithm, sha256, sign_jws};
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::encoding::{base64, jcs};

use crate::NOW;
use crate::key::Key;

/// An intent to be. Header and claims are public so that a twin can change one of them.
#[derive(Clone, Debug)]
pub struct Token {
    /// The protected header.
    pub header: Object,
    /// The claims.
    pub claims: Object,
}

/// A whole number as JSON.
pub fn integer(number: i64) -> Json {
    Number::from_integer(number).map_or(Json::Null, Json::Number)
}

impl Token {
    /// An intent of the leaf of `chain` that carries the chain, issued at [`NOW`] for a minute.
    pub fn new(chain: &[Vec<u8>], key: &Key, id: &str, audience: &str, action: &str, params: Object) -> Self {
        let mut header = Object::new();
        header.insert("alg", jws_algorithm(key.signer()).expect("a listed algorithm").as_str());
        header.insert("typ", "kakunin-intent+jwt");
        if let Some(leaf) = chain.first() {
            header.insert("x5t#S256", base64::encode_url(&sha256(leaf)));
        }
        header.insert("x5c", Json::Array(chain.iter().map(|der| Json::from(base64::encode(der))).collect()));
        let mut claims = Object::new();
        claims.insert("iss", id);
        claims.insert("aud", audience);
        claims.insert("iat", integer(NOW));
        claims.insert("exp", integer(NOW + 60));
        claims.insert("jti", "AAAAAAAAAAAAAAAAAAAAAA");
        claims.insert("action", action);
        claims.insert("params", params);
        Self { header, claims }
    }

    /// With what `change` makes of it.
    #[must_use]
    pub fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The compact form, signed by `key`.
    pub fn sign(&self, key: &Key) -> String {
        self.sign_text(
            &jcs::to_string(&Json::Object(self.header.clone())),
            &jcs::to_string(&Json::Object(self.claims.clone())),
            key,
        )
    }

    /// The compact form of these very texts, signed by `key`.
    pub fn sign_text(&self, header: &str, claims: &str, key: &Key) -> String {
        let input = format!("{}.{}", base64::encode_url(header.as_bytes()), base64::encode_url(claims.as_bytes()));
        let signature = sign_jws(key.signer(), input.as_bytes()).expect("a signature by a software key");
        format!("{input}.{}", base64::encode_url(&signature))
    }
}
