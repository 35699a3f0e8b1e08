//! Approvals as header and claims that can be anything, then signed.

use kakunin_core::approval::ApprovalCall;
use kakunin_core::crypto::{KeyKind, jws_algorithm, sha256};
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::{Json, Object};

use crate::NOW;
use crate::certificate::Template;
use crate::key::Key;
use crate::token::{Token, integer};

/// The role of [`person`]s that are not given another.
pub const ROLE: &str = "finance";

/// A person's key and certificate.
pub struct Person {
    /// The key.
    pub key: Key,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The one URI in it.
    pub uri: String,
}

/// A person in the role [`ROLE`] with a key of their name, certified by the tenant of every [`Chain`](crate::chain::Chain).
pub fn person(name: &str) -> Person {
    person_with(ROLE, name, Key::ed25519(name), |template| template)
}

/// A person certified by the tenant, with what `change` makes of the certificate.
pub fn person_with(role: &str, name: &str, key: Key, change: impl FnOnce(Template) -> Template) -> Person {
    let tenant = Key::ed25519("tenant");
    let template = change(Template::approver("Tenant", role, name, &key).issued_by(&tenant));
    Person { certificate: template.sign(&tenant), uri: format!("urn:kakunin:role:{role}:{name}"), key }
}

impl Person {
    /// An approval of `call` by the certificate, issued at [`NOW`] for ten minutes. `jti` tells it from others.
    pub fn approval(&self, call: &ApprovalCall<'_>, jti: &str) -> Token {
        let mut token = claims(&self.uri, call, jti);
        token.header.insert("alg", jws_algorithm(self.key.signer()).expect("a listed algorithm").as_str());
        token.header.insert("x5t#S256", base64::encode_url(&sha256(&self.certificate)));
        token.header.insert("x5c", Json::Array(vec![Json::from(base64::encode(&self.certificate))]));
        token
    }

    /// The same, signed.
    pub fn approve(&self, call: &ApprovalCall<'_>, jti: &str) -> String {
        self.approval(call, jti).sign(&self.key)
    }
}

/// An approval of `call` by a bare Ed25519 key, issued at [`NOW`] for ten minutes. `jti` tells it from others.
pub fn by_key(key: &Key, call: &ApprovalCall<'_>, jti: &str) -> Token {
    let mut token = claims("somebody", call, jti);
    token.header.insert("alg", jws_algorithm(key.signer()).expect("a listed algorithm").as_str());
    let public = key.signer().public_key();
    assert_eq!(public.kind(), KeyKind::Ed25519, "the JWK of another kind is made by the issuer");
    // The key is the last 32 octets of its SubjectPublicKeyInfo (RFC 8410 §4).
    let (_, x) = public.spki().split_at(public.spki().len() - 32);
    let mut jwk = Object::new();
    jwk.insert("kty", "OKP");
    jwk.insert("crv", "Ed25519");
    jwk.insert("x", base64::encode_url(x));
    token.header.insert("jwk", jwk);
    token
}

fn claims(issuer: &str, call: &ApprovalCall<'_>, jti: &str) -> Token {
    let (mut header, mut claims) = (Object::new(), Object::new());
    header.insert("typ", "kakunin-approval+jwt");
    claims.insert("iss", issuer);
    for (name, text) in [("aud", call.audience), ("session", call.session)] {
        if let Some(text) = text {
            claims.insert(name, text);
        }
    }
    claims.insert("iat", integer(NOW));
    claims.insert("exp", integer(NOW + 600));
    claims.insert("jti", format!("{jti:A<22}"));
    claims.insert("digest", base64::encode_url(&call.digest()));
    Token { header, claims }
}
