use crate::crypto::{Digest, sha256};
use crate::encoding::json::Object;
use crate::encoding::{base64, jcs};

/// A call as approvals see it: what is to be run, by whom, for whom, in which session.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalCall<'a> {
    /// The action.
    pub action: &'a str,
    /// The parameters.
    pub params: &'a Object,
    /// The agent's id.
    pub agent: &'a str,
    /// SHA-256 of the SPKI that signed the agent's certificate: one id under two tenants is two agents.
    pub issuer: &'a Digest,
    /// Who acts on it; none in the agent's own process where its guard has no audience.
    pub audience: Option<&'a str>,
    /// The session.
    pub session: Option<&'a str>,
}

impl ApprovalCall<'_> {
    /// SHA-256 of JCS `{"action", "agent", "issuer", "params"}`.
    pub fn digest(&self) -> Digest {
        // Members stand in canonical order: nothing is copied but the text.
        let mut text = String::from("{\"action\":");
        jcs::write_text(&mut text, self.action);
        text.push_str(",\"agent\":");
        jcs::write_text(&mut text, self.agent);
        text.push_str(",\"issuer\":");
        jcs::write_text(&mut text, &base64::encode_url(self.issuer));
        text.push_str(",\"params\":");
        jcs::write_object(&mut text, self.params);
        text.push('}');
        sha256(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::JsonBounds;
    use crate::encoding::json::Json;

    #[test]
    fn a_digest_is_that_of_the_canonical_object() {
        let text = br#"{"b":1.50,"a":["x","\u00e9"]}"#;
        let Json::Object(params) = Json::parse(text, &JsonBounds::ARGUMENTS).unwrap() else { panic!("an object") };
        let call = ApprovalCall {
            action: "cha\"rge",
            params: &params,
            agent: "urn:acme:bot",
            issuer: &[7; 32],
            audience: Some("not in it"),
            session: None,
        };
        let mut whole = Object::new();
        whole.insert("params", params.clone());
        whole.insert("issuer", base64::encode_url(&[7; 32]));
        whole.insert("agent", "urn:acme:bot");
        whole.insert("action", "cha\"rge");
        let expected = sha256(jcs::to_string(&Json::Object(whole)).as_bytes());
        assert_eq!(call.digest(), expected);
        for other in [
            ApprovalCall { action: "charge", ..call },
            ApprovalCall { params: &Object::new(), ..call },
            ApprovalCall { agent: "urn:acme:bo", ..call },
            ApprovalCall { issuer: &[8; 32], ..call },
        ] {
            assert_ne!(other.digest(), expected);
        }
        assert_eq!(ApprovalCall { audience: None, session: Some("s"), ..call }.digest(), expected);
    }
}
