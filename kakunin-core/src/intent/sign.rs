use super::{SignedIntent, TYP};
use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::crypto::{Random, SignError, Signer, sha256};
use crate::encoding::json::{Json, Number, Object};
use crate::encoding::{base64, jcs};
use crate::error::{Code, Denial};
use crate::jws;
use crate::time::UnixTime;
use crate::value::Arguments;

/// What an intent is to say.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The agent's id (`iss`).
    pub issuer: &'a str,
    /// For whom it is (`aud`).
    pub audience: &'a str,
    /// Now (`iat`, rounded towards the past).
    pub issued_at: UnixTime,
    /// For how many seconds it holds: 0 to 300.
    pub lifetime: u16,
    /// What makes it one of a kind: 22 to 64 characters of base64url, as [`new_jti`] makes them.
    pub jti: &'a str,
    /// The action.
    pub action: &'a str,
    /// The parameters.
    pub arguments: &'a Arguments,
    /// The session.
    pub session: Option<&'a str>,
    /// The id of the chain of decisions.
    pub chain: Option<&'a str>,
    /// Approvals of the call in compact form, for whoever acts on it: at most 16.
    pub approvals: &'a [&'a str],
}

/// A new `jti`: 128 random bits.
///
/// # Errors
/// E502 where there are no random numbers.
pub fn new_jti(random: &dyn Random) -> Result<String, Denial> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(SignError::denial)?;
    Ok(base64::encode_url(&bytes))
}

/// Signs `request` with the key of the first certificate of `chain`. That path and the parents' paths travel along where
/// `include_path`.
///
/// The token is read back before it is handed out.
///
/// # Errors
/// E504 `chain-empty`; E101 where the leaf cannot be read; E502 where the signer gives no signature, or `signer-key` where
/// it holds another key than the leaf's; E304 where `request` breaks a rule of the form.
pub fn sign<C: AsRef<[u8]>>(
    request: &Request<'_>,
    chain: &[C],
    parents: &[Vec<C>],
    include_path: bool,
    signer: &dyn Signer,
) -> Result<String, Denial> {
    let bounds = Bounds::default();
    let Some(leaf) = chain.first().map(AsRef::as_ref) else {
        return Err(Denial::new(Code::ConfigurationInvalid, "chain-empty").field("certificate"));
    };
    if sha256(Certificate::parse(leaf, &bounds)?.spki()) != *signer.public_key().spki_hash() {
        return Err(Denial::new(Code::SignerUnavailable, "signer-key").field("signer"));
    }
    let mut header = Object::new();
    header.insert("typ", TYP);
    header.insert("x5t#S256", base64::encode_url(&sha256(leaf)));
    if include_path {
        header.insert("x5c", texts(chain));
        if !parents.is_empty() {
            header.insert("kkn-parents", Json::Array(parents.iter().map(|parent| texts(parent)).collect()));
        }
    }
    let token = jws::sign(&header, claims(request).as_bytes(), signer)?;
    SignedIntent::parse(&token, &bounds)?;
    Ok(token)
}

fn texts<C: AsRef<[u8]>>(chain: &[C]) -> Json {
    Json::Array(chain.iter().map(|certificate| Json::Text(base64::encode(certificate.as_ref()))).collect())
}

fn claims(request: &Request<'_>) -> String {
    let issued_at = request.issued_at.seconds();
    let mut claims = Object::new();
    claims.insert("iss", request.issuer);
    claims.insert("aud", request.audience);
    for (name, time) in [("iat", issued_at), ("exp", issued_at.saturating_add(i64::from(request.lifetime)))] {
        // A time beyond 2^53 seconds has no form: the claim stays out, and reading back refuses the token.
        if let Some(time) = Number::from_integer(time) {
            claims.insert(name, Json::Number(time));
        }
    }
    claims.insert("jti", request.jti);
    claims.insert("action", request.action);
    claims.insert("params", request.arguments.object().clone());
    for (name, text) in [("session", request.session), ("chain", request.chain)] {
        if let Some(text) = text {
            claims.insert(name, text);
        }
    }
    if !request.approvals.is_empty() {
        claims.insert("approvals", Json::Array(request.approvals.iter().map(|token| Json::from(*token)).collect()));
    }
    jcs::to_string(&Json::Object(claims))
}
