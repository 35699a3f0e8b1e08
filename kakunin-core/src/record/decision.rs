//! A record, read back.

use super::{RECORD_BYTES, VERSION};
use crate::bounds::JsonBounds;
use crate::crypto::Digest;
use crate::encoding::json::{Json, Object};
use crate::encoding::{Malformed, base64, jcs};
use crate::error::{Code, Details, Fact};
use crate::guard::Mode;
use crate::time::UnixTime;

/// A record that was read back. Values that were not recorded are absent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DecisionRecord {
    /// When the decision was made.
    pub time: UnixTime,
    /// Whether denials were enforced.
    pub mode: Mode,
    /// The agent's id.
    pub agent: Option<String>,
    /// The hash of the key that issued the agent's certificate.
    pub issuer: Option<Digest>,
    /// The fingerprints of the path, leaf first.
    pub path: Vec<Digest>,
    /// The number of the revocation view.
    pub view: Option<u64>,
    /// For whom the call was meant.
    pub audience: Option<String>,
    /// The action.
    pub action: Option<String>,
    /// The arguments that were recorded.
    pub params: Option<Object>,
    /// The keyed digest of all arguments, and the id of its key.
    pub params_digest: Option<(Digest, String)>,
    /// Why the call was denied; none if it was allowed.
    pub refusal: Option<Refusal>,
    /// The session.
    pub session: Option<String>,
    /// The chain of decisions.
    pub chain: Option<String>,
    /// The intent's name.
    pub intent: Option<Digest>,
    /// The names of the approvals that were used up.
    pub approvals: Vec<Digest>,
}

/// The denial in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub code: Code,
    /// The check that refused.
    pub rule: String,
    /// The facts, but for the rule.
    pub details: Details,
}

impl Refusal {
    /// The operator's sentence, as [`Denial::reason`](crate::error::Denial::reason) gave it but for what was redacted.
    pub fn reason(&self) -> String {
        self.details.sentence_of(self.code, &self.rule)
    }
}

impl DecisionRecord {
    /// Reads one entry of a log. Members that this version does not know are passed over.
    ///
    /// # Errors
    /// `record-too-large`; the rules of [`Json::parse`]; `record-not-canonical`; `record-version`; `record-member` where a member is missing or has another form.
    pub fn parse(entry: &[u8]) -> Result<Self, Malformed> {
        const MEMBER: Malformed = Malformed::new("record-member");
        if entry.len() > RECORD_BYTES {
            return Err(Malformed::new("record-too-large"));
        }
        let json = Json::parse(entry, &JsonBounds::DOCUMENT)?;
        if jcs::to_string(&json).as_bytes() != entry {
            return Err(Malformed::new("record-not-canonical"));
        }
        let fields = Fields(json.as_object().ok_or(MEMBER)?);
        if fields.integer("v")? != Some(VERSION) {
            return Err(Malformed::new("record-version"));
        }
        let params_digest = match (fields.digest("params_digest")?, fields.text("params_key")?) {
            (Some(digest), Some(key)) => Some((digest, key)),
            (None, None) => None,
            _ => return Err(MEMBER),
        };
        let refusal = match (fields.required("decision")?.as_str(), fields.text("code")?, fields.0.get("details")) {
            ("allow", None, None) => None,
            ("deny", Some(code), Some(details)) => Some(Refusal::parse(&code, details)?),
            _ => return Err(MEMBER),
        };
        let view = fields.text("view")?.map(|view| view.parse().map_err(|_| MEMBER)).transpose()?;
        let params = fields.0.get("params").map(|params| params.as_object().cloned().ok_or(MEMBER)).transpose()?;
        Ok(Self {
            time: UnixTime::from_millis(fields.integer("time")?.ok_or(MEMBER)?),
            mode: Mode::parse(&fields.required("mode")?).ok_or(MEMBER)?,
            agent: fields.text("agent")?,
            issuer: fields.digest("issuer")?,
            path: fields.digests("path")?,
            view,
            audience: fields.text("audience")?,
            action: fields.text("action")?,
            params,
            params_digest,
            refusal,
            session: fields.text("session")?,
            chain: fields.text("chain")?,
            intent: fields.digest("intent")?,
            approvals: fields.digests("approvals")?,
        })
    }
}

impl Refusal {
    fn parse(code: &str, details: &Json) -> Result<Self, Malformed> {
        const MEMBER: Malformed = Malformed::new("record-member");
        let fields = Fields(details.as_object().ok_or(MEMBER)?);
        let fact = |key| fields.text(key).map(|text| text.map(Fact::Owned));
        let details = Details {
            rule: "",
            field: fact("field")?,
            action: fact("action")?,
            parameter: fact("parameter")?,
            requested: fact("requested")?,
            expected: fact("expected")?,
            limit: fact("limit")?,
            left: fact("left")?,
            frees_at: fields.integer("frees_at")?,
            depth: fields.integer("depth")?.map(|depth| u8::try_from(depth).map_err(|_| MEMBER)).transpose()?,
            time: fields.integer("time")?,
            bound: fields.integer("bound")?,
        };
        Ok(Self { code: Code::parse(code).ok_or(MEMBER)?, rule: fields.required("rule")?, details })
    }
}

struct Fields<'a>(&'a Object);

impl Fields<'_> {
    fn text(&self, key: &str) -> Result<Option<String>, Malformed> {
        let text = |value: &Json| value.as_text().map(str::to_owned).ok_or(Malformed::new("record-member"));
        self.0.get(key).map(text).transpose()
    }

    fn required(&self, key: &str) -> Result<String, Malformed> {
        self.text(key)?.ok_or(Malformed::new("record-member"))
    }

    fn integer(&self, key: &str) -> Result<Option<i64>, Malformed> {
        self.0.get(key).map(|value| value.as_integer().ok_or(Malformed::new("record-member"))).transpose()
    }

    fn digest(&self, key: &str) -> Result<Option<Digest>, Malformed> {
        self.0.get(key).map(digest).transpose()
    }

    fn digests(&self, key: &str) -> Result<Vec<Digest>, Malformed> {
        let Some(digests) = self.0.get(key) else { return Ok(Vec::new()) };
        digests.as_array().ok_or(Malformed::new("record-member"))?.iter().map(digest).collect()
    }
}

fn digest(value: &Json) -> Result<Digest, Malformed> {
    let bytes = value.as_text().and_then(|text| base64::decode_url(text).ok());
    bytes.and_then(|bytes| Digest::try_from(bytes).ok()).ok_or(Malformed::new("record-member"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_record_is_refused() {
        for (text, rule) in [
            ("", "json-syntax"),
            ("[]", "record-member"),
            ("{}", "record-version"),
            (r#"{"decision":"allow","mode":"enforce","time":0,"v":2}"#, "record-version"),
            (r#"{"mode":"enforce","decision":"allow","time":0,"v":1}"#, "record-not-canonical"),
            (r#"{"decision":"allow","mode":"enforce","time":0,"v":1} "#, "record-not-canonical"),
            (r#"{"decision":"perhaps","mode":"enforce","time":0,"v":1}"#, "record-member"),
            (r#"{"decision":"deny","mode":"enforce","time":0,"v":1}"#, "record-member"),
            (
                r#"{"code":"KKN-E201","decision":"allow","details":{"rule":"x"},"mode":"enforce","time":0,"v":1}"#,
                "record-member",
            ),
            (
                r#"{"code":"KKN-E999","decision":"deny","details":{"rule":"x"},"mode":"enforce","time":0,"v":1}"#,
                "record-member",
            ),
            (r#"{"code":"KKN-E201","decision":"deny","details":{},"mode":"enforce","time":0,"v":1}"#, "record-member"),
            (r#"{"decision":"allow","mode":"enforce","v":1}"#, "record-member"),
            (r#"{"decision":"allow","mode":"off","time":0,"v":1}"#, "record-member"),
            (r#"{"decision":"allow","issuer":"AA","mode":"enforce","time":0,"v":1}"#, "record-member"),
        ] {
            assert_eq!(DecisionRecord::parse(text.as_bytes()).unwrap_err().rule, rule, "{text}");
        }
        assert_eq!(DecisionRecord::parse(&vec![b' '; 65_536]).unwrap_err().rule, "record-too-large");
    }
}
