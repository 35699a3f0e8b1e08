//! One decision as one canonical text.
//!
//! ```text
//! {"action": …, "agent": id, "approvals": [name, …], "audience": …, "chain": …, "code": "KKN-E202",
//!  "decision": "allow" | "deny", "details": {…}, "intent": name, "issuer": key hash, "mode": "enforce" | "observe", "params": {…}, "params_digest": …, "params_key": …,
//!  "path": [fingerprint, …], "session": …, "time": milliseconds, "v": 1, "view": "…"}
//! ```
//! What does not apply is left out. Hashes are base64url, `path` runs from the leaf upward, `view` is decimal text.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::tree::leaf_hash;
use super::values::RecordValues;
use super::{RECORD_BYTES, VERSION};
use crate::crypto::{Digest, HmacKey};
use crate::encoding::json::{MAX_INTEGER, Object};
use crate::encoding::{base64, jcs};
use crate::error::{Code, Denial, Details};
use crate::guard::Mode;
use crate::path::VerifiedAgent;
use crate::time::UnixTime;
use crate::value::Arguments;

/// Longest text that a record takes from a call, in characters. 1,024: twice the longest action, four times the longest session.
const TEXT_CHARACTERS: usize = 1_024;

/// The key of the parameters' digests: HMAC-SHA-256, so that a reader of the log cannot try out likely values.
#[derive(Debug)]
pub struct DigestKey {
    id: String,
    key: HmacKey,
}

impl DigestKey {
    /// The key `secret`, at least 32 bytes. Its id is derived from it: 16 hex digits that tell keys apart and nothing else.
    ///
    /// # Errors
    /// E504 `digest-key-length`.
    pub fn new(secret: &[u8]) -> Result<Self, Denial> {
        if secret.len() < 32 {
            return Err(Denial::new(Code::ConfigurationInvalid, "digest-key-length").field("digest.key"));
        }
        let key = HmacKey::new(secret);
        let id = reference(&key.tag(b"kakunin digest key id"));
        Ok(Self { id, key })
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The digest of `arguments`, as a record of them holds it: who has the key can tell whether a record holds them all.
    pub fn digest(&self, arguments: &Object) -> Digest {
        let mut text = String::new();
        jcs::write_object(&mut text, arguments);
        self.key.tag(text.as_bytes())
    }
}

/// What records say of an agent, written out once.
#[derive(Clone, Debug)]
pub struct Subject {
    agent: String,
    issuer: String,
    path: String,
}

impl Subject {
    /// What records say of `agent`.
    pub fn of(agent: &VerifiedAgent) -> Self {
        Self::new(agent.id(), agent.issuer_key_hash(), agent.links().iter().map(|link| link.fingerprint()))
    }

    /// The agent `id` below the key that hashes to `issuer`, with the fingerprints of its path, leaf first.
    pub fn new<'a>(id: &str, issuer: &Digest, path: impl IntoIterator<Item = &'a Digest>) -> Self {
        let mut agent = String::new();
        jcs::write_text(&mut agent, id);
        let path: Vec<_> = path.into_iter().map(quoted).collect();
        Self { agent, issuer: quoted(issuer), path: format!("[{}]", path.join(",")) }
    }
}

fn quoted(digest: &Digest) -> String {
    format!("\"{}\"", base64::encode_url(digest))
}

/// A decision, as it is to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// When it was made.
    pub time: UnixTime,
    /// Whether denials were enforced.
    pub mode: Mode,
    /// The agent. None until a signature (or the guard's own certificate) vouches for it.
    pub subject: Option<&'a Subject>,
    /// The number of the revocation view that was looked at.
    pub view: Option<u64>,
    /// For whom the call was meant.
    pub audience: Option<&'a str>,
    /// The action.
    pub action: Option<&'a str>,
    /// The arguments, where they could be read.
    pub arguments: Option<&'a Arguments>,
    /// The denial; without one the call was allowed.
    pub denial: Option<&'a Denial>,
    /// The session.
    pub session: Option<&'a str>,
    /// The chain of decisions.
    pub chain: Option<&'a str>,
    /// The intent's name.
    pub intent: Option<&'a Digest>,
    /// The names of the approvals that were used up.
    pub approvals: &'a [Digest],
}

impl<'a> Description<'a> {
    /// A description of the time and the mode, to which the caller adds what applies.
    pub const fn new(time: UnixTime, mode: Mode) -> Self {
        Self {
            time,
            mode,
            subject: None,
            view: None,
            audience: None,
            action: None,
            arguments: None,
            denial: None,
            session: None,
            chain: None,
            intent: None,
            approvals: &[],
        }
    }

    /// The record's one text, written with `key` and with the values that `values` lets through.
    ///
    /// # Errors
    /// E503 `record-too-large` above 65,535 bytes.
    pub fn entry(&self, key: &DigestKey, values: &RecordValues) -> Result<Entry, Denial> {
        // Members stand in canonical order: no tree is built, nothing is sorted.
        let mut text = Members::open(String::with_capacity(1_024));
        text.clipped("action", self.action);
        text.raw("agent", self.subject.map(|subject| subject.agent.as_str()));
        if !self.approvals.is_empty() {
            let names: Vec<_> = self.approvals.iter().map(quoted).collect();
            text.raw("approvals", Some(&format!("[{}]", names.join(","))));
        }
        text.clipped("audience", self.audience);
        text.clipped("chain", self.chain);
        text.text("code", self.denial.map(|denial| denial.code().as_str()));
        text.text("decision", Some(if self.denial.is_none() { "allow" } else { "deny" }));
        if let Some(denial) = self.denial {
            text.key("details");
            text.0 = write_details(text.0, denial.details(), values);
        }
        text.digest("intent", self.intent);
        text.raw("issuer", self.subject.map(|subject| subject.issuer.as_str()));
        text.text("mode", Some(self.mode.as_str()));
        if let Some(arguments) = self.arguments {
            let mut params = String::with_capacity(256);
            jcs::write_object(&mut params, arguments.object());
            match values.select(arguments.object()) {
                Some(Cow::Borrowed(_)) => text.raw("params", Some(&params)),
                Some(Cow::Owned(selected)) => {
                    text.key("params");
                    jcs::write_object(&mut text.0, &selected);
                }
                None => {}
            }
            text.digest("params_digest", Some(&key.key.tag(params.as_bytes())));
            text.text("params_key", Some(&key.id));
        }
        text.raw("path", self.subject.map(|subject| subject.path.as_str()));
        text.clipped("session", self.session);
        text.integer("time", Some(self.time.millis()));
        text.integer("v", Some(VERSION));
        if let Some(view) = self.view {
            text.text("view", Some(&view.to_string()));
        }
        let text = text.close();
        if text.len() > RECORD_BYTES {
            return Err(Denial::new(Code::RecordUnavailable, "record-too-large")
                .requested(format!("{} bytes", text.len()))
                .limit(format!("{RECORD_BYTES} bytes"), None, None));
        }
        let leaf = leaf_hash(text.as_bytes());
        Ok(Entry { text, leaf })
    }
}

/// The members of an object, written one after another.
struct Members(String);

impl Members {
    fn open(mut text: String) -> Self {
        text.push('{');
        Self(text)
    }

    fn key(&mut self, key: &str) {
        self.0.push_str(if self.0.ends_with('{') { "\"" } else { ",\"" });
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    fn raw(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.key(key);
            self.0.push_str(value);
        }
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.key(key);
            jcs::write_text(&mut self.0, value);
        }
    }

    fn clipped(&mut self, key: &str, value: Option<&str>) {
        match value.and_then(|value| value.char_indices().nth(TEXT_CHARACTERS).map(|(end, _)| value.split_at(end).0)) {
            None => self.text(key, value),
            Some(head) => self.text(key, Some(&format!("{head}…"))),
        }
    }

    fn digest(&mut self, key: &str, value: Option<&Digest>) {
        if let Some(value) = value {
            self.key(key);
            self.0.push('"');
            self.0.push_str(&base64::encode_url(value));
            self.0.push('"');
        }
    }

    fn integer(&mut self, key: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.key(key);
            // Writing to a String cannot fail.
            let _ = write!(self.0, "{}", value.clamp(-MAX_INTEGER, MAX_INTEGER));
        }
    }

    fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn write_details(text: String, details: &Details, values: &RecordValues) -> String {
    let mut text = Members::open(text);
    text.text("action", details.action.as_deref());
    text.integer("bound", details.bound);
    text.integer("depth", details.depth.map(i64::from));
    text.text("expected", details.expected.as_deref());
    text.text("field", details.field.as_deref());
    text.integer("frees_at", details.frees_at);
    text.text("left", details.left.as_deref());
    text.text("limit", details.limit.as_deref());
    text.text("parameter", details.parameter.as_deref());
    text.text("requested", details.requested.as_deref().filter(|_| values.show(details.parameter.as_deref())));
    text.text("rule", Some(details.rule));
    text.integer("time", details.time);
    text.close()
}

/// A record as it enters the log: its bytes and their leaf hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    text: String,
    leaf: Digest,
}

impl Entry {
    /// The canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The leaf hash.
    pub const fn leaf_hash(&self) -> &Digest {
        &self.leaf
    }

    /// The reference that a denial shows: the first 16 hex digits of the leaf hash.
    pub fn reference(&self) -> String {
        reference(&self.leaf)
    }
}

/// The first 16 hex digits of `leaf`.
pub fn reference(leaf: &Digest) -> String {
    leaf.iter().take(8).fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::JsonBounds;
    use crate::encoding::json::Json;
    use crate::record::DecisionRecord;
    use crate::scope::ParamPath;

    fn key() -> DigestKey {
        DigestKey::new(&[7; 32]).unwrap()
    }

    fn arguments(text: &str) -> Arguments {
        Arguments::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap()
    }

    fn subject() -> Subject {
        Subject::new("urn:agent:\"pay\"", &[1; 32], [&[2; 32], &[3; 32]])
    }

    fn denial() -> Denial {
        Denial::new(Code::MonetaryLimitExceeded, "range")
            .action("charge")
            .parameter("amount")
            .requested("47000")
            .expected("0 to 500 (EUR)")
            .depth(1)
    }

    /// Every member, filled.
    fn full<'a>(
        subject: &'a Subject,
        arguments: &'a Arguments,
        denial: &'a Denial,
        intent: &'a Digest,
    ) -> Description<'a> {
        Description {
            subject: Some(subject),
            view: Some(u64::MAX),
            audience: Some("https://pay.example"),
            action: Some("charge"),
            arguments: Some(arguments),
            denial: Some(denial),
            session: Some("s\n1"),
            chain: Some("c"),
            intent: Some(intent),
            approvals: &[[7; 32], [8; 32]],
            ..Description::new(UnixTime::from_millis(1_800_000_000_123), Mode::Observe)
        }
    }

    #[test]
    fn the_text_is_the_canonical_form_of_what_it_says() {
        let (subject, arguments, denial) = (subject(), arguments(r#"{"b":1e3,"a":["x",null]}"#), denial());
        let intent = [9; 32];
        let full = full(&subject, &arguments, &denial, &intent);
        for description in [
            full,
            Description { denial: None, ..full },
            Description { arguments: None, intent: None, approvals: &[], view: None, ..full },
            Description::new(UnixTime::from_millis(-1), Mode::Enforce),
        ] {
            for values in [RecordValues::All, RecordValues::None] {
                let entry = description.entry(&key(), &values).unwrap();
                let json = Json::parse(entry.text().as_bytes(), &JsonBounds::DOCUMENT).unwrap();
                assert_eq!(jcs::to_string(&json), entry.text());
                assert!(DecisionRecord::parse(entry.text().as_bytes()).is_ok());
            }
        }
    }

    #[test]
    fn what_was_recorded_is_read_back() {
        let (subject, arguments, denial) = (subject(), arguments(r#"{"amount":47000}"#), denial());
        let intent = [9; 32];
        let description = full(&subject, &arguments, &denial, &intent);
        let entry = description.entry(&key(), &RecordValues::All).unwrap();
        let record = DecisionRecord::parse(entry.text().as_bytes()).unwrap();
        assert_eq!((record.time, record.mode), (description.time, Mode::Observe));
        assert_eq!((record.agent.as_deref(), record.issuer), (Some("urn:agent:\"pay\""), Some([1; 32])));
        assert_eq!((record.path, record.view), (vec![[2; 32], [3; 32]], Some(u64::MAX)));
        assert_eq!((record.audience.as_deref(), record.action.as_deref()), (description.audience, Some("charge")));
        assert_eq!(record.params.as_ref(), Some(arguments.object()));
        let digest = crate::crypto::hmac_sha256(&[7; 32], br#"{"amount":47000}"#);
        assert_eq!(record.params_digest, Some((digest, key().id().to_owned())));
        assert_eq!((record.session.as_deref(), record.chain.as_deref()), (Some("s\n1"), Some("c")));
        assert_eq!((record.intent, record.approvals), (Some(intent), vec![[7; 32], [8; 32]]));
        assert_eq!(record.refusal.unwrap().reason(), denial.reason());
    }

    #[test]
    fn values_stay_out_unless_configured() {
        let (subject, arguments, denial) = (subject(), arguments(r#"{"amount":47000,"iban":"DE1"}"#), denial());
        let intent = [9; 32];
        let entry = full(&subject, &arguments, &denial, &intent).entry(&key(), &RecordValues::None).unwrap();
        assert!(!entry.text().contains("47000") && !entry.text().contains("DE1"), "{}", entry.text());
        let record = DecisionRecord::parse(entry.text().as_bytes()).unwrap();
        assert_eq!(record.params, None);
        let reason = record.refusal.unwrap().reason();
        assert!(reason.contains("`amount`") && reason.contains("0 to 500 (EUR)"), "{reason}");
    }

    #[test]
    fn only_configured_parameters_are_shown() {
        let text = r#"{"amount":47000,"iban":"DE1","items":[{"id":1,"note":"x"},{"note":"y"}],"ship":{"to":"me"}}"#;
        let (subject, arguments, denial) = (subject(), arguments(text), denial());
        let intent = [9; 32];
        let description = full(&subject, &arguments, &denial, &intent);
        for (paths, params, requested) in [
            (&["amount"][..], Some(r#"{"amount":47000}"#), true),
            (&["items[].id", "ship"], Some(r#"{"items":[{"id":1}],"ship":{"to":"me"}}"#), false),
            (&["amount.value", "amount[]", "other"], None, false),
        ] {
            let paths = paths.iter().map(|path| ParamPath::parse(path).unwrap()).collect();
            let entry = description.entry(&key(), &RecordValues::Some(paths)).unwrap();
            let record = DecisionRecord::parse(entry.text().as_bytes()).unwrap();
            assert_eq!(record.params.map(|params| jcs::to_string(&params.into())).as_deref(), params);
            assert_eq!(record.refusal.unwrap().details.requested.is_some(), requested);
        }
    }

    #[test]
    fn the_reference_is_the_start_of_the_leaf_hash() {
        let description = Description::new(UnixTime::from_millis(0), Mode::Enforce);
        let entry = description.entry(&key(), &RecordValues::None).unwrap();
        assert_eq!(entry.text(), r#"{"decision":"allow","mode":"enforce","time":0,"v":1}"#);
        let leaf = crate::crypto::sha256(&[b"\0", entry.text().as_bytes()].concat());
        assert_eq!(*entry.leaf_hash(), leaf);
        assert_eq!(entry.reference(), leaf[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }

    #[test]
    fn a_record_is_at_most_65_535_bytes() {
        let entry = |length: usize| {
            let arguments = arguments(&format!("{{\"a\":\"{}\"}}", "x".repeat(length)));
            let now = UnixTime::from_millis(0);
            let description = Description { arguments: Some(&arguments), ..Description::new(now, Mode::Enforce) };
            description.entry(&key(), &RecordValues::All).map(|entry| entry.text().len())
        };
        let rest = entry(0).unwrap();
        assert_eq!(entry(65_535 - rest).unwrap(), 65_535);
        let denial = entry(65_536 - rest).unwrap_err();
        assert_eq!((denial.code(), denial.details().rule), (Code::RecordUnavailable, "record-too-large"));
    }

    #[test]
    fn long_texts_from_a_call_are_cut() {
        let long = "é".repeat(70_000);
        let now = UnixTime::from_millis(0);
        let description = Description { action: Some(&long), ..Description::new(now, Mode::Enforce) };
        let entry = description.entry(&key(), &RecordValues::None).unwrap();
        let record = DecisionRecord::parse(entry.text().as_bytes()).unwrap();
        assert_eq!(record.action.unwrap().chars().count(), TEXT_CHARACTERS + 1);
    }

    #[test]
    fn a_digest_key_is_at_least_32_bytes_and_named_by_its_id() {
        assert_eq!(DigestKey::new(&[0; 31]).unwrap_err().code(), Code::ConfigurationInvalid);
        assert_ne!(DigestKey::new(&[0; 32]).unwrap().id(), DigestKey::new(&[1; 32]).unwrap().id());
        assert_eq!(key().id().len(), 16);
    }
}
