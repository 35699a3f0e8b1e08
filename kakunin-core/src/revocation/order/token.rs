//! What orders, heads and receipts have in common: header, signature, and claims read strictly.

use super::OrderAuthority;
use crate::bounds::JsonBounds;
use crate::crypto::{Digest, JwsAlgorithm, PublicKey, sha256};
use crate::encoding::base64;
use crate::encoding::json::{Json, MAX_INTEGER, Object};
use crate::error::{Code, Denial};
use crate::jws::CompactJws;
use crate::time::UnixTime;

/// The `typ` of an order, bytewise.
pub(crate) const ORDER_TYP: &str = "kakunin-order+jwt";
/// The `typ` of a head, bytewise.
pub(crate) const HEAD_TYP: &str = "kakunin-head+jwt";
/// The `typ` of a receipt, bytewise.
pub(crate) const RECEIPT_TYP: &str = "kakunin-receipt+jwt";

/// Parameters by which the sender would choose how it is checked, or that a receiver must not pass over unread.
const REFUSED: [&str; 6] = ["crit", "jku", "jwk", "x5c", "x5t", "x5u"];

/// Most characters of a log's name. 64: it names a folder, and stands in every order.
const LOG_CHARACTERS: usize = 64;

/// Header and signature of a token whose claims were read, not yet believed.
#[derive(Clone, Debug)]
pub(super) struct Token {
    algorithm: JwsAlgorithm,
    key_id: Digest,
    name: Digest,
    signing_input: Box<str>,
    signature: Box<[u8]>,
}

impl Token {
    /// Reads the form, and gives the claims.
    pub(super) fn parse(text: &str, typ: &'static str, max: usize) -> Result<(Self, Claims), Denial> {
        let jws = CompactJws::parse(text, max).map_err(as_order_fault)?;
        let header = jws.header();
        if header.get("typ").and_then(Json::as_text) != Some(typ) {
            return Err(fault("order-typ", "typ").expected(typ));
        }
        if let Some(refused) = REFUSED.into_iter().find(|name| header.get(name).is_some()) {
            return Err(fault("order-header", refused));
        }
        let algorithm = jws.algorithm().map_err(|_| fault("order-algorithm", "alg"))?;
        let key_id = header.get("kid").and_then(digest).ok_or_else(|| fault("order-kid", "kid"))?;
        let bounds = JsonBounds { bytes: max, ..JsonBounds::ORDER };
        let claims = Json::parse(jws.payload(), &bounds).map_err(|malformed| fault(malformed.rule, "claims"))?;
        let Json::Object(claims) = claims else { return Err(fault("order-claims", "claims")) };
        let token = Self {
            algorithm,
            key_id,
            name: sha256(jws.signing_input().as_bytes()),
            signing_input: jws.signing_input().into(),
            signature: jws.into_signature().into(),
        };
        Ok((token, Claims(claims)))
    }

    /// SHA-256 of what was signed.
    pub(super) const fn name(&self) -> &Digest {
        &self.name
    }

    /// Whether `authority` signed it, in its own log.
    pub(super) fn verify(&self, log: &str, authority: &OrderAuthority) -> Result<(), Denial> {
        if log != authority.log() {
            return Err(fault("order-log", "log").requested(log.to_owned()).expected(authority.log().to_owned()));
        }
        self.verify_key(authority.public_key())
    }

    fn verify_key(&self, key: &PublicKey) -> Result<(), Denial> {
        if self.key_id != *key.spki_hash() {
            return Err(fault("order-kid", "kid").requested(base64::encode_url(&self.key_id)));
        }
        key.verify_jws(self.algorithm, self.signing_input.as_bytes(), &self.signature).map_err(|denial| {
            match denial.code() {
                Code::AlgorithmNotAllowed => fault("order-algorithm", "alg"),
                _ => fault("order-signature", "signature"),
            }
        })
    }
}

/// The header of a token of this kind by the key with this hash; the algorithm is put in when it is signed.
pub(crate) fn header(typ: &'static str, key: &PublicKey) -> Object {
    let mut header = Object::new();
    header.insert("kid", base64::encode_url(key.spki_hash()));
    header.insert("typ", typ);
    header
}

/// Claims, taken out one by one. Those that nobody asks for are passed over: a changed meaning takes a new `typ`.
pub(super) struct Claims(pub(super) Object);

impl Claims {
    /// An integer from `least` to 2^53 − 1.
    pub(super) fn integer(&mut self, key: &'static str, least: i64) -> Result<i64, Denial> {
        let value = self.required(key)?;
        value.as_integer().filter(|value| *value >= least).ok_or_else(|| fault("order-integer", key))
    }

    /// Seconds since the epoch. Before it there were no orders.
    pub(super) fn time(&mut self, key: &'static str) -> Result<UnixTime, Denial> {
        self.integer(key, 0).map(UnixTime::from_seconds)
    }

    /// A sequence number, from `least`.
    pub(super) fn sequence(&mut self, least: u64) -> Result<u64, Denial> {
        let least = i64::try_from(least).unwrap_or(MAX_INTEGER);
        Ok(self.integer("seq", least)?.unsigned_abs())
    }

    /// A text of 1 to `most` characters without control characters: people read it at a terminal.
    pub(super) fn text(&mut self, key: &'static str, most: usize) -> Result<Box<str>, Denial> {
        self.optional_text(key, most)?.ok_or_else(|| fault("order-claim-missing", key))
    }

    /// As [`Claims::text`], where the claim may be absent.
    pub(super) fn optional_text(&mut self, key: &'static str, most: usize) -> Result<Option<Box<str>>, Denial> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Json::Text(text)) if is_plain(&text, most) => Ok(Some(text.into())),
            Some(_) => Err(fault("order-text", key)),
        }
    }

    /// A name of an order.
    pub(super) fn optional_digest(&mut self, key: &'static str) -> Result<Option<Digest>, Denial> {
        self.0.remove(key).map(|value| digest(&value).ok_or_else(|| fault("order-digest", key))).transpose()
    }

    /// The log's name.
    pub(super) fn log(&mut self) -> Result<Box<str>, Denial> {
        let log = self.text("log", LOG_CHARACTERS)?;
        if is_log_name(&log) { Ok(log) } else { Err(fault("order-log-name", "log")) }
    }

    pub(super) fn required(&mut self, key: &'static str) -> Result<Json, Denial> {
        self.0.remove(key).ok_or_else(|| fault("order-claim-missing", key))
    }
}

/// Whether `text` has 1 to `most` characters and no control character.
pub(super) fn is_plain(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().nth(most).is_none() && !text.chars().any(char::is_control)
}

/// Whether `log` may name a log: 1 to 64 of `A-Z a-z 0-9 . _ -`, none of the last three first. It names a folder.
pub(super) fn is_log_name(log: &str) -> bool {
    let characters = log.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    characters && log.len() <= LOG_CHARACTERS && log.starts_with(|first: char| first.is_ascii_alphanumeric())
}

/// A SHA-256 hash in base64url.
pub(super) fn digest(value: &Json) -> Option<Digest> {
    base64::decode_url(value.as_text()?).ok()?.try_into().ok()
}

/// A fault in a token, or in what it says.
#[cold]
pub(super) fn fault(rule: &'static str, field: &'static str) -> Denial {
    Denial::new(Code::RevocationStale, rule).field(field)
}

/// A fault of the form of a JWS, which is an intent's there and an order's here.
#[cold]
fn as_order_fault(denial: Denial) -> Denial {
    let details = denial.details();
    let refused = Denial::new(Code::RevocationStale, details.rule);
    match &details.field {
        Some(field) => refused.field(field.clone()),
        None => refused,
    }
}
