//! Public keys as JSON Web Keys.

use crate::crypto::{JwsAlgorithm, KeyKind, PublicKey};
use crate::encoding::der::{Reader, Writer, tag};
use crate::encoding::json::{Json, Object};
use crate::encoding::{base64, oid};

/// Members of private and of symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1): whoever publishes one has lost the key.
const PRIVATE: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// The public key that a JWK describes.
///
/// ```text
/// {"kty": "OKP", "crv": "Ed25519", "x"}               RFC 8037 §2
/// {"kty": "EC", "crv": "P-256" | "P-384", "x", "y"}   RFC 7518 §6.2.1: coordinates of full length
/// {"kty": "RSA", "n", "e"}                            RFC 7518 §6.3.1: no leading zero octets
/// ```
/// `use`, `key_ops` and `alg`, where they stand, must let `algorithm` verify (RFC 7517 §4.2 to §4.4); members that these
/// RFCs do not define here are passed over.
///
/// # Errors
/// The rule that it breaks: `jwk-form`, `jwk-private`, `jwk-use`, or that of a key which is not on the list.
pub(crate) fn public_key(jwk: &Object, algorithm: JwsAlgorithm) -> Result<PublicKey, &'static str> {
    if PRIVATE.into_iter().any(|member| jwk.get(member).is_some()) {
        return Err("jwk-private");
    }
    if !may_verify(jwk, algorithm) {
        return Err("jwk-use");
    }
    let spki = match (text(jwk, "kty"), text(jwk, "crv")) {
        (Some("OKP"), Some("Ed25519")) => spki(|id| _ = id.oid(oid::ED25519), &octets(jwk, "x", 32)?),
        (Some("EC"), Some("P-256")) => elliptic(jwk, oid::P256, 32)?,
        (Some("EC"), Some("P-384")) => elliptic(jwk, oid::P384, 48)?,
        (Some("RSA"), None) => rsa(jwk)?,
        _ => return Err("jwk-form"),
    };
    PublicKey::from_spki(&spki).map_err(|denial| denial.details().rule)
}

/// The JWK of a public key, of its required members alone: as RFC 7638 §3.2 has them.
pub(crate) fn from_public_key(key: &PublicKey) -> Object {
    let mut jwk = Object::new();
    let mut insert = |member: &str, octets: &[u8]| jwk.insert(member, base64::encode_url(octets));
    let bits = key.key_bits();
    let (kind, curve) = match key.kind() {
        KeyKind::Ed25519 => {
            insert("x", bits);
            ("OKP", Some("Ed25519"))
        }
        kind @ (KeyKind::P256 | KeyKind::P384) => {
            // INVARIANT: a `PublicKey` holds an uncompressed point: 4, then both coordinates.
            let coordinates = bits.split_first().map_or(bits, |(_, coordinates)| coordinates);
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            insert("x", x);
            insert("y", y);
            ("EC", Some(if kind == KeyKind::P256 { "P-256" } else { "P-384" }))
        }
        KeyKind::Rsa { .. } => {
            // INVARIANT: a `PublicKey` holds an `RSAPublicKey` that was read.
            if let Ok(mut numbers) = Reader::new(bits).sequence() {
                for member in ["n", "e"] {
                    insert(member, magnitude(numbers.integer().unwrap_or_default()));
                }
            }
            ("RSA", None)
        }
    };
    jwk.insert("kty", kind);
    if let Some(curve) = curve {
        jwk.insert("crv", curve);
    }
    jwk
}

fn may_verify(jwk: &Object, algorithm: JwsAlgorithm) -> bool {
    let signs = jwk.get("use").is_none_or(|usage| usage.as_text() == Some("sig"));
    let verifies = jwk.get("key_ops").is_none_or(|operations| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|one| one.as_text() == Some("verify")))
    });
    let fits = jwk.get("alg").is_none_or(|alg| {
        alg.as_text().and_then(|alg| JwsAlgorithm::parse(alg).ok()).is_some_and(|alg| alg == algorithm)
    });
    signs && verifies && fits
}

fn text<'a>(jwk: &'a Object, member: &str) -> Option<&'a str> {
    jwk.get(member).and_then(Json::as_text)
}

fn decoded(jwk: &Object, member: &str) -> Result<Vec<u8>, &'static str> {
    text(jwk, member).and_then(|text| base64::decode_url(text).ok()).ok_or("jwk-form")
}

fn octets(jwk: &Object, member: &str, length: usize) -> Result<Vec<u8>, &'static str> {
    decoded(jwk, member).and_then(|octets| if octets.len() == length { Ok(octets) } else { Err("jwk-form") })
}

/// A positive number without leading zeros: Base64urlUInt (RFC 7518 §2).
fn unsigned(jwk: &Object, member: &str) -> Result<Vec<u8>, &'static str> {
    decoded(jwk, member)
        .and_then(|number| if number.first().is_some_and(|first| *first != 0) { Ok(number) } else { Err("jwk-form") })
}

fn elliptic(jwk: &Object, curve: oid::Oid, length: usize) -> Result<Vec<u8>, &'static str> {
    let point = [&[4], octets(jwk, "x", length)?.as_slice(), octets(jwk, "y", length)?.as_slice()].concat();
    Ok(spki(|id| _ = id.oid(oid::EC_PUBLIC_KEY).oid(curve), &point))
}

fn rsa(jwk: &Object) -> Result<Vec<u8>, &'static str> {
    let numbers = [unsigned(jwk, "n")?, unsigned(jwk, "e")?];
    let mut key = Writer::new();
    key.sequence(|key| {
        for number in &numbers {
            // DER integers are signed.
            let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
            key.primitive(tag::INTEGER, &[sign, number.as_slice()].concat());
        }
    });
    Ok(spki(|id| _ = id.oid(oid::RSA_ENCRYPTION).primitive(tag::NULL, &[]), &key.into_bytes()))
}

fn spki(algorithm: impl FnOnce(&mut Writer), key: &[u8]) -> Vec<u8> {
    let mut spki = Writer::new();
    spki.sequence(|spki| {
        spki.sequence(algorithm).bit_string(key);
    });
    spki.into_bytes()
}

fn magnitude(integer: &[u8]) -> &[u8] {
    match integer {
        [0, magnitude @ ..] => magnitude,
        _ => integer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::JsonBounds;
    use crate::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};

    fn read(text: &str, algorithm: JwsAlgorithm) -> Result<PublicKey, &'static str> {
        let jwk = Json::parse(text.as_bytes(), &JsonBounds::TOKEN).unwrap();
        public_key(jwk.as_object().unwrap(), algorithm)
    }

    #[test]
    fn every_kind_of_key_reads_back_as_itself() {
        let fixtures: [(&[u8], JwsAlgorithm); 4] = [
            (include_bytes!("../../tests/fixtures/keys/ed25519.spki"), JwsAlgorithm::EdDsa),
            (include_bytes!("../../tests/fixtures/keys/p256.spki"), JwsAlgorithm::Es256),
            (include_bytes!("../../tests/fixtures/keys/p384.spki"), JwsAlgorithm::Es384),
            (include_bytes!("../../tests/fixtures/keys/rsa-2048.spki"), JwsAlgorithm::Ps256),
        ];
        for (spki, algorithm) in fixtures {
            let key = PublicKey::from_spki(spki).unwrap();
            assert_eq!(public_key(&from_public_key(&key), algorithm).unwrap().spki(), spki, "{algorithm:?}");
        }
        for kind in [GenerateKind::Ed25519, GenerateKind::P256, GenerateKind::P384] {
            let (signer, _) = SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
            let key = signer.public_key();
            assert_eq!(public_key(&from_public_key(key), JwsAlgorithm::EdDsa).as_ref(), Ok(key));
        }
    }

    #[test]
    fn the_keys_of_rfc_8037_and_rfc_7517_are_read() {
        // RFC 8037 §A.2, whose thumbprint (RFC 7638) is given in §A.3.
        let text = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = read(text, JwsAlgorithm::EdDsa).unwrap();
        let canonical = crate::encoding::jcs::to_string(&Json::Object(from_public_key(&key)));
        let thumbprint = base64::encode_url(&crate::crypto::sha256(canonical.as_bytes()));
        assert_eq!(thumbprint, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        // RFC 7517 §A.1, less `use`, which asks for encryption there.
        let text = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"}"#;
        assert_eq!(read(text, JwsAlgorithm::Es256).unwrap().kind(), KeyKind::P256);
    }

    #[test]
    fn other_forms_are_refused() {
        const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        for (members, rule) in [
            (
                format!(
                    r#""kty":"OKP","crv":"Ed25519","x":"{X}","use":"sig","key_ops":["verify"],"alg":"EdDSA","ext":true"#
                ),
                "",
            ),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}","d":"{X}""#), "jwk-private"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}","k":1"#), "jwk-private"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}","use":"enc""#), "jwk-use"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}","key_ops":["sign"]"#), "jwk-use"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}","alg":"ES256""#), "jwk-use"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}=""#), "jwk-form"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{X}AA""#), "jwk-form"),
            (format!(r#""kty":"OKP","crv":"X25519","x":"{X}""#), "jwk-form"),
            (format!(r#""kty":"oct","crv":"Ed25519","x":"{X}""#), "jwk-form"),
            (format!(r#""crv":"Ed25519","x":"{X}""#), "jwk-form"),
            (r#""kty":"OKP","crv":"Ed25519""#.to_owned(), "jwk-form"),
            (format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, "A".repeat(43)), "ed25519-key"),
            (format!(r#""kty":"EC","crv":"P-256","x":"{X}""#), "jwk-form"),
            (format!(r#""kty":"EC","crv":"P-521","x":"{X}","y":"{X}""#), "jwk-form"),
            (format!(r#""kty":"EC","crv":"P-384","x":"{X}","y":"{X}""#), "jwk-form"),
            (r#""kty":"RSA","n":"AQAB","e":"AQAB""#.to_owned(), "rsa-size"),
            (r#""kty":"RSA","n":"AAEAAQ","e":"AQAB""#.to_owned(), "jwk-form"),
            (r#""kty":"RSA","n":"","e":"AQAB""#.to_owned(), "jwk-form"),
            (r#""kty":"RSA","n":"AQAB""#.to_owned(), "jwk-form"),
        ] {
            let found = read(&format!("{{{members}}}"), JwsAlgorithm::EdDsa).err().unwrap_or_default();
            assert_eq!(found, rule, "{members}");
        }
    }
}
