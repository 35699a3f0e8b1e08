//! JWKs (RFC 7517) as Wycheproof writes them. Kakunin takes keys from certificates alone; this reader stands in for the one who makes
//! a certificate of a JWK, and refuses what must not become one.

use kakunin_core::crypto::PublicKey;
use kakunin_core::encoding::base64;
use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;
use serde::Deserialize;

use super::Detail;

/// A JWK's public members.
#[derive(Deserialize)]
pub(super) struct Jwk {
    kty: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// The names of algorithms that keys of each type sign with (RFC 7518 §3.1); nobody writes others into a JWK of that type.
const ALGORITHMS: [(&str, Option<&str>, &[&str]); 3] = [
    ("EC", Some("P-256"), &["ES256"]),
    ("EC", Some("P-384"), &["ES384"]),
    ("RSA", None, &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
];

impl Jwk {
    /// The algorithm that the key is for, where it says so.
    pub(super) fn algorithm(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The public key, as a certificate would hold it.
    pub(super) fn public_key(&self) -> Result<PublicKey, Detail> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig")
            || self.key_ops.as_ref().is_some_and(|operations| !operations.iter().any(|name| name == "verify"))
        {
            return Err("jwk-use".into());
        }
        let mut rows = ALGORITHMS.iter().filter(|(kty, crv, _)| *kty == self.kty && *crv == self.crv.as_deref());
        let (_, _, names) = rows.next().ok_or("jwk-kty")?;
        if self.alg.as_deref().is_some_and(|alg| !names.contains(&alg)) {
            return Err("jwk-alg".into());
        }
        let spki = if self.kty == "RSA" { self.rsa()? } else { self.ec()? };
        Ok(PublicKey::from_spki(&spki)?)
    }

    fn rsa(&self) -> Result<Vec<u8>, Detail> {
        let [n, e] = [&self.n, &self.e].map(member);
        let key = written(|key| {
            key.sequence(|key| {
                for number in [&n, &e] {
                    let mut content = number.as_deref().unwrap_or_default().to_vec();
                    let sign = content.first().is_none_or(|first| *first >= 0x80);
                    content.splice(..0, sign.then_some(0));
                    key.primitive(tag::INTEGER, &content);
                }
            });
        });
        let _ = (n?, e?);
        Ok(spki(&key, |algorithm| {
            algorithm.oid(oid::RSA_ENCRYPTION).primitive(tag::NULL, &[]);
        }))
    }

    fn ec(&self) -> Result<Vec<u8>, Detail> {
        let point = [vec![4], member(&self.x)?, member(&self.y)?].concat();
        let curve = if self.crv.as_deref() == Some("P-384") { oid::P384 } else { oid::P256 };
        Ok(spki(&point, |algorithm| {
            algorithm.oid(oid::EC_PUBLIC_KEY).oid(curve);
        }))
    }
}

fn member(text: &Option<String>) -> Result<Vec<u8>, Detail> {
    let text = text.as_deref().ok_or("jwk-member")?;
    Ok(base64::decode_url(text)?)
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut der = Writer::new();
    write(&mut der);
    der.into_bytes()
}

fn spki(key: &[u8], algorithm: impl FnOnce(&mut Writer)) -> Vec<u8> {
    written(|der| {
        der.sequence(|spki| {
            spki.sequence(algorithm).bit_string(key);
        });
    })
}
