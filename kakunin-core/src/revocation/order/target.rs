use super::token::{digest, fault, is_plain};
use crate::crypto::Digest;
use crate::encoding::base64;
use crate::encoding::json::{Json, Object};
use crate::error::Denial;

/// Longest id of an agent, in characters (profile §1).
const ID_CHARACTERS: usize = 2_048;
/// Longest session, in characters (profile §4).
const SESSION_CHARACTERS: usize = 256;
/// Longest serial number, in octets (RFC 5280 §4.1.2.2).
const SERIAL_OCTETS: usize = 20;

/// What an order is about. Issuers are named by the SHA-256 of their SPKI, as everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An agent: every certificate with this id by this issuer, and all below.
    Agent {
        /// Its id, bytewise.
        agent: Box<str>,
        /// Who issues its certificates.
        issuer: Digest,
    },
    /// Everything that the authority governs.
    All,
    /// One certificate, and all below.
    Certificate {
        /// Who issued it.
        issuer: Digest,
        /// Its serial number, as an INTEGER's content.
        serial: Box<[u8]>,
    },
    /// What an agent and all below do in one session.
    Session {
        /// The session.
        session: Box<str>,
        /// The agent's id.
        agent: Box<str>,
        /// Who issues the agent's certificates.
        issuer: Digest,
    },
}

impl Target {
    /// Reads the claim `target`. A member too many would change what is meant: it is refused.
    pub(super) fn parse(value: &Json) -> Result<Self, Denial> {
        let malformed = || fault("order-target", "target");
        match value {
            Json::Text(text) if text == "all" => Ok(Self::All),
            Json::Object(object) => Self::of_object(object).ok_or_else(malformed),
            _ => Err(malformed()),
        }
    }

    fn of_object(object: &Object) -> Option<Self> {
        let issuer = digest(object.get("issuer")?)?;
        let agent = object.get("agent").map(|agent| agent.as_text().filter(|agent| is_id(agent)));
        let session = object.get("session").map(|session| session.as_text().filter(|s| is_session(s)));
        let serial = object.get("serial").map(|serial| serial.as_text().and_then(decode_serial));
        let (target, members) = match (agent, session, serial) {
            (Some(agent), None, None) => (Self::Agent { agent: agent?.into(), issuer }, 2),
            (Some(agent), Some(session), None) => {
                (Self::Session { session: session?.into(), agent: agent?.into(), issuer }, 3)
            }
            (None, None, Some(serial)) => (Self::Certificate { issuer, serial: serial?.into() }, 2),
            _ => return None,
        };
        (object.len() == members).then_some(target)
    }

    /// The claim.
    pub fn to_json(&self) -> Json {
        let mut object = Object::new();
        match self {
            Self::All => return Json::from("all"),
            Self::Agent { agent, issuer } => {
                object.insert("agent", agent.as_ref());
                object.insert("issuer", base64::encode_url(issuer));
            }
            Self::Certificate { issuer, serial } => {
                object.insert("issuer", base64::encode_url(issuer));
                object.insert("serial", encode_serial(serial));
            }
            Self::Session { session, agent, issuer } => {
                object.insert("agent", agent.as_ref());
                object.insert("issuer", base64::encode_url(issuer));
                object.insert("session", session.as_ref());
            }
        }
        Json::Object(object)
    }
}

/// `agent urn:a`, `session s of urn:a`, `certificate 1f`, `all`: for people.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent { agent, .. } => write!(f, "agent {agent}"),
            Self::All => f.write_str("all"),
            Self::Certificate { serial, .. } => write!(f, "certificate {}", encode_serial(serial)),
            Self::Session { session, agent, .. } => write!(f, "session {session} of {agent}"),
        }
    }
}

/// Visible ASCII, as ids of agents are (profile §1). What else an id must be is the path's to say: another names nobody.
fn is_id(text: &str) -> bool {
    (1..=ID_CHARACTERS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_session(text: &str) -> bool {
    is_plain(text, SESSION_CHARACTERS)
}

fn encode_serial(serial: &[u8]) -> String {
    serial.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The contents of a positive DER INTEGER in lower-case hex.
fn decode_serial(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    let serial = text.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>()?;
    let minimal = match serial.as_slice() {
        [0, second, ..] => *second >= 0x80,
        [first, ..] => (1..0x80).contains(first),
        [] => false,
    };
    (minimal && serial.len() <= SERIAL_OCTETS).then_some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::JsonBounds;

    const ISSUER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn parse(text: &str) -> Result<Target, &'static str> {
        let text = text.replace("ISSUER", &format!("\"issuer\":\"{ISSUER}\""));
        let json = Json::parse(text.as_bytes(), &JsonBounds::ORDER).unwrap();
        Target::parse(&json).map_err(|denial| denial.details().rule)
    }

    #[test]
    fn the_four_targets_go_both_ways() {
        for text in [
            r#""all""#,
            r#"{"agent":"urn:a",ISSUER}"#,
            r#"{"agent":"urn:a",ISSUER,"session":"s 1"}"#,
            r#"{ISSUER,"serial":"00ff"}"#,
            r#"{ISSUER,"serial":"7f"}"#,
        ] {
            let target = parse(text).unwrap();
            assert_eq!(Target::parse(&target.to_json()), Ok(target), "{text}");
        }
    }

    #[test]
    fn another_form_is_no_target() {
        for text in [
            r#""ALL""#,
            r#""everything""#,
            "null",
            r#"["all"]"#,
            "{}",
            r#"{"agent":"urn:a"}"#,
            r#"{"agent":"",ISSUER}"#,
            r#"{"agent":"urn:a b",ISSUER}"#,
            r#"{"agent":1,ISSUER}"#,
            r#"{ISSUER}"#,
            r#"{"session":"s",ISSUER}"#,
            r#"{"agent":"urn:a",ISSUER,"session":""}"#,
            r#"{"agent":"urn:a",ISSUER,"session":null}"#,
            r#"{"agent":"urn:a",ISSUER,"serial":"7f"}"#,
            r#"{"agent":"urn:a",ISSUER,"other":1}"#,
            r#"{ISSUER,"serial":"7F"}"#,
            r#"{ISSUER,"serial":"7"}"#,
            r#"{ISSUER,"serial":""}"#,
            r#"{ISSUER,"serial":"00"}"#,
            r#"{ISSUER,"serial":"007f"}"#,
            r#"{ISSUER,"serial":"80"}"#,
            r#"{ISSUER,"serial":"010203040506070809101112131415161718192021"}"#,
            r#"{"agent":"urn:a","issuer":"AA"}"#,
            r#"{"agent":"urn:a","issuer":"sha256:00"}"#,
        ] {
            assert_eq!(parse(text), Err("order-target"), "{text}");
        }
    }
}
