use super::verified::{By, VerifiedApproval};
use super::{ApprovalCall, LIFETIME, REMEMBER, TYP, fault};
use crate::bounds::{Bounds, JsonBounds};
use crate::crypto::{Digest, JwsAlgorithm, PublicKey, sha256};
use crate::encoding::base64;
use crate::encoding::json::{Json, Object};
use crate::error::{Code, Denial};
use crate::jws::{CompactJws, jwk};
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::time::UnixTime;

/// Parameters by which the sender would choose how it is checked, or that a receiver must not pass over unread.
const REFUSED: [&str; 4] = ["crit", "jku", "x5t", "x5u"];

/// Most characters of `iss`: an approver's URI has 145, a name for people fewer.
const ISSUER_CHARACTERS: usize = 256;
/// Most characters of `session`, as of an intent's (profile §4).
const SESSION_CHARACTERS: usize = 256;
/// Most characters of `aud`: as of the longest id.
const AUDIENCE_CHARACTERS: usize = 2_048;

/// An approval as it came: its form is right, nothing else is known.
#[derive(Clone, Debug)]
pub struct SignedApproval {
    algorithm: JwsAlgorithm,
    signing_input: Box<str>,
    signature: Box<[u8]>,
    signer: Signer,
    claims: Claims,
}

/// By what it says that it is signed.
#[derive(Clone, Debug)]
enum Signer {
    /// A key, which a scope may name.
    Key(Box<PublicKey>),
    /// A certificate, DER.
    Certificate(Box<[u8]>),
}

/// The claims, read and bounded, not yet believed.
#[derive(Clone, Debug)]
struct Claims {
    issuer: Box<str>,
    audience: Option<Box<str>>,
    session: Option<Box<str>>,
    issued_at: i64,
    expires_at: i64,
    jti: Box<str>,
    digest: Digest,
}

impl SignedApproval {
    /// Reads an approval in compact form.
    ///
    /// # Errors
    /// E213 with the rule broken and the field: `jws-…`, `base64url`, `json-…` for the form of a token; `approval-typ`,
    /// `approval-header`, `approval-algorithm`, `approval-signer` where there is not exactly one of `jwk` and `x5c` with
    /// `x5t#S256`, `jwk-…` and the rules of keys, `approval-x5t-s256`, `approval-x5c` for the header; `approval-claims`,
    /// `approval-claim-missing`, `approval-text`, `approval-integer`, `approval-lifetime`, `approval-jti`,
    /// `approval-digest-form` for the claims.
    pub fn parse(token: &str, bounds: &Bounds) -> Result<Self, Denial> {
        let jws = CompactJws::parse(token, bounds.approval_bytes).map_err(as_approval_fault)?;
        let header = jws.header();
        if header.get("typ").and_then(Json::as_text) != Some(TYP) {
            return Err(fault("approval-typ", "typ").expected(TYP));
        }
        if let Some(refused) = REFUSED.into_iter().find(|name| header.get(name).is_some()) {
            return Err(fault("approval-header", refused));
        }
        let algorithm = jws.algorithm().map_err(|_| fault("approval-algorithm", "alg"))?;
        let signer = Signer::read(header, algorithm, bounds)?;
        let json = JsonBounds { bytes: bounds.approval_bytes, ..JsonBounds::APPROVAL };
        let claims = Json::parse(jws.payload(), &json).map_err(|malformed| fault(malformed.rule, "claims"))?;
        let Json::Object(claims) = claims else { return Err(fault("approval-claims", "claims")) };
        let claims = Claims::read(&claims)?;
        let signing_input = jws.signing_input().into();
        Ok(Self { algorithm, signing_input, signature: jws.into_signature().into(), signer, claims })
    }

    /// The approval's name: SHA-256 of what was signed.
    pub fn name(&self) -> Digest {
        sha256(self.signing_input.as_bytes())
    }

    /// SHA-256 of the SPKI of the key that it says it is signed by; none where a certificate holds it.
    pub fn key_hash(&self) -> Option<&Digest> {
        match &self.signer {
            Signer::Key(key) => Some(key.spki_hash()),
            Signer::Certificate(_) => None,
        }
    }

    /// Whether it says that it is for this call, whose digest is `digest`: whom it is meant for, the session, and what is run.
    /// Nobody vouches for it yet.
    pub fn is_for(&self, call: &ApprovalCall<'_>, digest: &Digest) -> bool {
        self.check_call(call, digest).is_ok()
    }

    /// Checks the approval against the call that is judged and the path of its agent: whose key it is and the signature, then the
    /// revocation of a certificate, then time, then that it is for this call.
    ///
    /// # Errors
    /// E213: the rules of [`VerifiedAgent::verify_approver`] and [`VerifiedAgent::check_approver`] for a certificate;
    /// `approver-on-path` for a key of any certificate above the agent, its own and the anchor's included;
    /// `approval-algorithm`, `approval-signature`; `approval-iss` where a certificate names another; `approval-expired`,
    /// `approval-in-future`; `approval-aud`, `approval-session`, `approval-digest`.
    pub fn verify(
        &self,
        call: &ApprovalCall<'_>,
        digest: &Digest,
        agent: &VerifiedAgent,
        revocation: &RevocationView,
        now: UnixTime,
        bounds: &Bounds,
    ) -> Result<VerifiedApproval, Denial> {
        let by = match &self.signer {
            Signer::Key(key) => By::Key((**key).clone()),
            Signer::Certificate(der) => By::Certificate(Box::new(agent.verify_approver(der, now, bounds)?)),
        };
        let key = by.public_key();
        if agent.above().iter().any(|link| link.key_hash() == key.spki_hash()) {
            return Err(fault("approver-on-path", "key"));
        }
        let signed = key.verify_jws(self.algorithm, self.signing_input.as_bytes(), &self.signature);
        signed.map_err(|denial| match denial.code() {
            Code::AlgorithmNotAllowed => fault("approval-algorithm", "alg"),
            _ => fault("approval-signature", "signature"),
        })?;
        if let By::Certificate(approver) = &by {
            if *self.claims.issuer != *approver.uri() {
                return Err(fault("approval-iss", "iss")
                    .requested(self.claims.issuer.to_string())
                    .expected(approver.uri().to_owned()));
            }
            agent.check_approver(approver, revocation, now)?;
        }
        let Claims { issued_at, expires_at, .. } = self.claims;
        let skew = bounds.skew_seconds;
        if now >= UnixTime::from_seconds(expires_at).plus_seconds(skew) {
            return Err(fault("approval-expired", "exp").times(now.seconds(), expires_at));
        }
        if UnixTime::from_seconds(issued_at) > now.plus_seconds(skew) {
            return Err(fault("approval-in-future", "iat").times(now.seconds(), issued_at));
        }
        self.check_call(call, digest)?;
        let expires_at = UnixTime::from_seconds(expires_at);
        Ok(VerifiedApproval {
            name: self.name(),
            by,
            jti: self.claims.jti.clone(),
            issued_at: UnixTime::from_seconds(issued_at),
            expires_at,
            remember_until: expires_at.plus_seconds(skew.saturating_add(REMEMBER)),
        })
    }

    fn check_call(&self, call: &ApprovalCall<'_>, digest: &Digest) -> Result<(), Denial> {
        let Claims { audience, session, digest: signed, .. } = &self.claims;
        // Equal, or absent in both.
        for (rule, field, signed, expected) in [
            ("approval-aud", "aud", audience.as_deref(), call.audience),
            ("approval-session", "session", session.as_deref(), call.session),
        ] {
            if signed != expected {
                let text = |text: Option<&str>| text.unwrap_or("absent").to_owned();
                return Err(fault(rule, field).requested(text(signed)).expected(text(expected)));
            }
        }
        if signed != digest {
            return Err(fault("approval-digest", "digest")
                .requested(base64::encode_url(signed))
                .expected(base64::encode_url(digest)));
        }
        Ok(())
    }
}

impl Signer {
    fn read(header: &Object, algorithm: JwsAlgorithm, bounds: &Bounds) -> Result<Self, Denial> {
        match (header.get("jwk"), header.get("x5t#S256"), header.get("x5c")) {
            (Some(key), None, None) => {
                let key = key.as_object().ok_or_else(|| fault("jwk-form", "jwk"))?;
                let key = jwk::public_key(key, algorithm).map_err(|rule| fault(rule, "jwk"))?;
                Ok(Self::Key(Box::new(key)))
            }
            (None, Some(fingerprint), Some(chain)) => {
                let der = first_certificate(chain, bounds).ok_or_else(|| fault("approval-x5c", "x5c"))?;
                let fingerprint = digest(fingerprint).ok_or_else(|| fault("approval-x5t-s256", "x5t#S256"))?;
                if sha256(&der) != fingerprint {
                    return Err(fault("approval-x5t-s256", "x5t#S256"));
                }
                Ok(Self::Certificate(der.into()))
            }
            _ => Err(fault("approval-signer", "jwk")),
        }
    }
}

/// The first of an array of certificates in standard base64 (RFC 7515 §4.1.6): its issuer stands in the agent's own path, so
/// the others say nothing.
fn first_certificate(chain: &Json, bounds: &Bounds) -> Option<Vec<u8>> {
    let chain = chain.as_array().filter(|chain| chain.len() <= bounds.path_certificates)?;
    base64::decode(chain.first()?.as_text()?).ok()
}

impl Claims {
    fn read(claims: &Object) -> Result<Self, Denial> {
        let required = |key: &'static str| claims.get(key).ok_or_else(|| fault("approval-claim-missing", key));
        let text = |key: &'static str, value: &Json, most: usize| match value.as_text() {
            Some(text) if is_plain(text, most) => Ok(Box::from(text)),
            _ => Err(fault("approval-text", key)),
        };
        let integer = |key: &'static str| {
            let value = required(key)?.as_integer().filter(|value| *value >= 0);
            value.ok_or_else(|| fault("approval-integer", key))
        };
        let (issued_at, expires_at) = (integer("iat")?, integer("exp")?);
        let last = issued_at.saturating_add(LIFETIME);
        if !(issued_at..=last).contains(&expires_at) {
            return Err(fault("approval-lifetime", "exp").times(expires_at, last));
        }
        let jti = required("jti")?.as_text().filter(|jti| is_jti(jti)).ok_or_else(|| fault("approval-jti", "jti"))?;
        let optional = |key: &'static str, most| claims.get(key).map(|value| text(key, value, most)).transpose();
        Ok(Self {
            issuer: text("iss", required("iss")?, ISSUER_CHARACTERS)?,
            audience: optional("aud", AUDIENCE_CHARACTERS)?,
            session: optional("session", SESSION_CHARACTERS)?,
            issued_at,
            expires_at,
            jti: jti.into(),
            digest: digest(required("digest")?).ok_or_else(|| fault("approval-digest-form", "digest"))?,
        })
    }
}

/// Whether `text` has 1 to `most` characters and no control character: people read it at a terminal.
fn is_plain(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().nth(most).is_none() && !text.chars().any(char::is_control)
}

/// 22 to 64 characters of base64url, as an intent's: at least 128 bits where they are random.
fn is_jti(jti: &str) -> bool {
    let characters = jti.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    characters && (22..=64).contains(&jti.len())
}

fn digest(value: &Json) -> Option<Digest> {
    base64::decode_url(value.as_text()?).ok()?.try_into().ok()
}

/// A fault of the form of a JWS, which is an intent's there and an approval's here.
#[cold]
fn as_approval_fault(denial: Denial) -> Denial {
    let details = denial.details();
    let refused = Denial::new(Code::ApprovalInvalid, details.rule);
    match &details.field {
        Some(field) => refused.field(field.clone()),
        None => refused,
    }
}
