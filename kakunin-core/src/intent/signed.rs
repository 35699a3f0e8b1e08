use std::sync::Arc;

use super::claims::{Claims, malformed};
use super::verified::VerifiedIntent;
use super::{REMEMBER, TYP};
use crate::approval::Offered;
use crate::bounds::{Bounds, JsonBounds};
use crate::crypto::{Digest, JwsAlgorithm, sha256};
use crate::encoding::base64;
use crate::encoding::json::{Fields, Json};
use crate::error::{Code, Denial};
use crate::jws::{self, SigningInput};
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::time::UnixTime;

/// An intent as it came: its form is right, nothing else is known.
///
/// There is no way to its action or parameters but through [`SignedIntent::verify`].
#[derive(Clone, Debug)]
pub struct SignedIntent {
    algorithm: JwsAlgorithm,
    input: SigningInput,
    signature: Vec<u8>,
    leaf_fingerprint: Digest,
    chain: Vec<Vec<u8>>,
    parents: Vec<Vec<Vec<u8>>>,
    claims: Claims,
}

/// Parameters by which the sender would choose how it is checked, or that a receiver must not pass over unread.
const REFUSED: [&str; 5] = ["crit", "jku", "jwk", "x5t", "x5u"];

impl SignedIntent {
    /// Reads an intent in compact form.
    ///
    /// # Errors
    /// E304 with the rule broken and the field: `jws-…`, `base64url`, `json-…` for the form of a token; `typ`,
    /// `header-refused`, `x5t-s256`, `x5c-form`, `x5c-leaf`, `parents-form` for the header; `claim-missing`,
    /// `claim-integer`, `claim-text`, `claim-too-long`, `exp-range`, `jti-form`, `approvals-form`, `approvals-count`, `params-object` and the
    /// rules of [`Arguments::new`](crate::value::Arguments::new) for the claims. E307 for an algorithm that is not on the
    /// list, `none` and HMAC among them.
    pub fn parse(token: &str, bounds: &Bounds) -> Result<Self, Denial> {
        let parts = jws::Parts::split(token, bounds.intent_bytes)?;
        let header = parts.header()?;
        let header = Fields::parse(&header, &JsonBounds::TOKEN).map_err(|fault| malformed("header", fault.rule))?;
        let header = header.ok_or_else(|| malformed("header", "jws-header"))?;
        let (payload, signature) = (parts.payload()?, parts.signature()?);
        if header.text("typ") != Some(TYP) {
            return Err(malformed("typ", "typ").expected(TYP));
        }
        if let Some(refused) = REFUSED.into_iter().find(|name| header.get(name).is_some()) {
            return Err(malformed(refused, "header-refused"));
        }
        let algorithm = jws::algorithm(header.text("alg"))?;
        let leaf_fingerprint = fingerprint(&header).ok_or_else(|| malformed("x5t#S256", "x5t-s256"))?;
        let chain = match header.get("x5c") {
            None => Vec::new(),
            Some(chain) => chain.as_json().and_then(certificates).ok_or_else(|| malformed("x5c", "x5c-form"))?,
        };
        if chain.first().is_some_and(|leaf| sha256(leaf) != leaf_fingerprint) {
            return Err(malformed("x5c", "x5c-leaf"));
        }
        let parents = match header.get("kkn-parents") {
            None => Vec::new(),
            Some(parents) => {
                parents.as_json().and_then(paths).ok_or_else(|| malformed("kkn-parents", "parents-form"))?
            }
        };
        let claims = Claims::parse(&payload, bounds)?;
        Ok(Self {
            algorithm,
            input: SigningInput::new(parts.signing_input),
            signature,
            leaf_fingerprint,
            chain,
            parents,
            claims,
        })
    }

    /// The agent's path, leaf first (`x5c`); empty where the sender left it out.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// Its parents' paths, nearest first (`kkn-parents`); empty where there are none or the sender left them out.
    pub fn parents(&self) -> &[Vec<Vec<u8>>] {
        &self.parents
    }

    /// SHA-256 of the agent's certificate (`x5t#S256`).
    pub const fn leaf_fingerprint(&self) -> &Digest {
        &self.leaf_fingerprint
    }

    /// The intent's name: SHA-256 of what was signed.
    pub fn name(&self) -> Digest {
        *self.input.name()
    }

    /// Checks the intent against the path of its agent: the path's validity and the signature, then revocation, then
    /// time and audience.
    ///
    /// `agent` may come from a cache: what depends on time is asked again.
    ///
    /// # Errors
    /// E304 `x5t-s256` where `agent` is another; E103, E104; E307 and E305 for the signature; E109 `iss`; E401 to E405;
    /// E302 `exp`, E303 `iat`; E306 `aud`.
    pub fn verify(
        self,
        agent: &Arc<VerifiedAgent>,
        audience: &str,
        revocation: &RevocationView,
        now: UnixTime,
        bounds: &Bounds,
    ) -> Result<VerifiedIntent, Denial> {
        if self.leaf_fingerprint != *agent.fingerprint() {
            return Err(malformed("x5t#S256", "x5t-s256"));
        }
        agent.check_time(now)?;
        agent.public_key().verify_jws(self.algorithm, self.input.as_bytes(), &self.signature)?;
        let Claims { issuer, audience: meant_for, issued_at, expires_at, .. } = &self.claims;
        let (issued_at, expires_at) = (*issued_at, *expires_at);
        if issuer.as_deref() != Some(agent.id()) {
            return Err(other(Code::IdentityInvalid, "iss", issuer.as_deref(), agent.id()));
        }
        agent.check_revocation(revocation, self.claims.session.as_deref(), now)?;
        check_time(issued_at, expires_at, now, bounds.skew_seconds)?;
        if meant_for.as_deref() != Some(audience) {
            return Err(other(Code::AudienceMismatch, "aud", meant_for.as_deref(), audience));
        }
        let expires_at = UnixTime::from_seconds(expires_at);
        // INVARIANT: their number and length were bounded when the claims were read.
        let approvals = Offered::parse(&self.claims.approvals, bounds)?;
        Ok(VerifiedIntent {
            agent: Arc::clone(agent),
            revocation: revocation.clone(),
            input: self.input,
            // Bytewise the same.
            audience: self.claims.audience.unwrap_or_default(),
            issued_at: UnixTime::from_seconds(issued_at),
            expires_at,
            remember_until: expires_at.plus_seconds(bounds.skew_seconds.saturating_add(REMEMBER)),
            action: self.claims.action,
            arguments: self.claims.arguments,
            session: self.claims.session,
            chain: self.claims.chain,
            approvals,
            jti: self.claims.jti,
        })
    }
}

/// A claim that is absent, no text, or another.
#[cold]
fn other(code: Code, claim: &'static str, came: Option<&str>, expected: &str) -> Denial {
    let denial = Denial::new(code, claim).field(claim).expected(expected.to_owned());
    match came {
        Some(came) => denial.requested(came.to_owned()),
        None => denial,
    }
}

/// now < exp + skew and iat ≤ now + skew.
fn check_time(issued_at: i64, expires_at: i64, now: UnixTime, skew: i64) -> Result<(), Denial> {
    if now >= UnixTime::from_seconds(expires_at).plus_seconds(skew) {
        return Err(Denial::new(Code::TimestampExpired, "exp").field("exp").times(now.seconds(), expires_at));
    }
    if UnixTime::from_seconds(issued_at) > now.plus_seconds(skew) {
        return Err(Denial::new(Code::TimestampInFuture, "iat").field("iat").times(now.seconds(), issued_at));
    }
    Ok(())
}

fn fingerprint(header: &Fields<'_>) -> Option<Digest> {
    base64::decode_url(header.text("x5t#S256")?).ok()?.try_into().ok()
}

/// An array of one or more certificates in standard base64 (RFC 7515 §4.1.6).
fn certificates(chain: &Json) -> Option<Vec<Vec<u8>>> {
    let chain = chain.as_array().filter(|chain| !chain.is_empty())?;
    chain.iter().map(|certificate| base64::decode(certificate.as_text()?).ok()).collect()
}

/// An array of one or more paths.
fn paths(parents: &Json) -> Option<Vec<Vec<Vec<u8>>>> {
    let parents = parents.as_array().filter(|parents| !parents.is_empty())?;
    parents.iter().map(certificates).collect()
}
