use super::LIFETIME;
use crate::bounds::{Bounds, JsonBounds};
use crate::encoding::json::{Field, Fields, Json};
use crate::error::{Code, Denial};
use crate::value::Arguments;

/// Most characters of `session` and `chain`.
const NAME_CHARACTERS: usize = 256;

/// The claims of an intent, read and bounded, not yet believed.
#[derive(Clone, Debug)]
pub(super) struct Claims {
    /// None where it is no text: compared when the agent is known (E109).
    pub(super) issuer: Option<String>,
    /// None where it is not one text: compared with the audience (E306).
    pub(super) audience: Option<String>,
    pub(super) issued_at: i64,
    pub(super) expires_at: i64,
    pub(super) jti: String,
    pub(super) action: String,
    pub(super) arguments: Arguments,
    pub(super) session: Option<String>,
    pub(super) chain: Option<String>,
    /// Approvals in compact form, not looked into.
    pub(super) approvals: Vec<String>,
}

impl Claims {
    pub(super) fn parse(payload: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        let claims = Fields::parse(payload, &JsonBounds::TOKEN).map_err(|fault| malformed("claims", fault.rule))?;
        let mut claims = claims.ok_or_else(|| malformed("claims", "claims-object"))?;
        let (issued_at, expires_at) = (integer(&claims, "iat")?, integer(&claims, "exp")?);
        if !(issued_at..=issued_at.saturating_add(LIFETIME)).contains(&expires_at) {
            return Err(malformed("exp", "exp-range").times(expires_at, issued_at.saturating_add(LIFETIME)));
        }
        let approvals = match claims.remove("approvals") {
            None => Vec::new(),
            Some(Field::Other(Json::Array(approvals))) => texts(approvals, bounds)?,
            Some(_) => return Err(malformed("approvals", "approvals-form")),
        };
        let jti = required(&mut claims, "jti")?;
        check_jti(&jti)?;
        let arguments = match claims.remove("params") {
            // A fault in arguments is E207 in a call; in a token that nobody vouches for yet it is the token's.
            Some(Field::Other(Json::Object(params))) => {
                Arguments::new(params, &bounds.json).map_err(|denial| malformed("params", denial.details().rule))?
            }
            Some(_) => return Err(malformed("params", "params-object")),
            None => return Err(malformed("params", "claim-missing")),
        };
        let mut any_text = |key| match claims.remove(key) {
            Some(Field::Text(text)) => Some(text.into_owned()),
            _ => None,
        };
        Ok(Self {
            issuer: any_text("iss"),
            audience: any_text("aud"),
            issued_at,
            expires_at,
            jti,
            arguments,
            action: required(&mut claims, "action")?,
            session: name(&mut claims, "session")?,
            chain: name(&mut claims, "chain")?,
            approvals,
        })
    }
}

#[cold]
pub(super) fn malformed(field: &'static str, rule: &'static str) -> Denial {
    Denial::new(Code::IntentMalformed, rule).field(field)
}

fn texts(list: Vec<Json>, bounds: &Bounds) -> Result<Vec<String>, Denial> {
    if list.len() > bounds.approvals {
        let most = format!("at most {} approvals", bounds.approvals);
        return Err(malformed("approvals", "approvals-count").expected(most));
    }
    let text =
        |item| if let Json::Text(text) = item { Ok(text) } else { Err(malformed("approvals", "approvals-form")) };
    list.into_iter().map(text).collect()
}

/// 22 to 64 characters of base64url: at least 128 bits where they are random.
fn check_jti(jti: &str) -> Result<(), Denial> {
    let characters = jti.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if characters && (22..=64).contains(&jti.len()) { Ok(()) } else { Err(malformed("jti", "jti-form")) }
}

fn integer(claims: &Fields<'_>, key: &'static str) -> Result<i64, Denial> {
    let value = claims.get(key).ok_or_else(|| malformed(key, "claim-missing"))?;
    value.as_json().and_then(Json::as_integer).ok_or_else(|| malformed(key, "claim-integer"))
}

fn text(claims: &mut Fields<'_>, key: &'static str) -> Result<Option<String>, Denial> {
    match claims.remove(key) {
        None => Ok(None),
        Some(Field::Text(text)) => Ok(Some(text.into_owned())),
        Some(_) => Err(malformed(key, "claim-text")),
    }
}

fn required(claims: &mut Fields<'_>, key: &'static str) -> Result<String, Denial> {
    text(claims, key)?.ok_or_else(|| malformed(key, "claim-missing"))
}

fn name(claims: &mut Fields<'_>, key: &'static str) -> Result<Option<String>, Denial> {
    let name = text(claims, key)?;
    if name.as_ref().is_some_and(|name| name.chars().nth(NAME_CHARACTERS).is_some()) {
        return Err(malformed(key, "claim-too-long"));
    }
    Ok(name)
}
