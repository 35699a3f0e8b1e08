use super::{ApprovalCall, Need, fault};
use crate::bounds::{Bounds, JsonBounds};
use crate::crypto::Digest;
use crate::encoding::json::{Json, Number, Object};
use crate::encoding::{base64, jcs};
use crate::error::Denial;
use crate::time::UnixTime;
use crate::value::Arguments;

/// Most needs in a request. 128: eight grants that accept one call on each of sixteen certificates.
const NEEDS: usize = 128;
/// Most names in a need, as many as approvals come with a call.
const NAMES: usize = 64;
/// Most characters of a text beside the parameters, as of the longest id.
const TEXT_CHARACTERS: usize = 2_048;

/// What a person is asked: whether this call of this agent may be made. Nobody vouches for it: whoever approves looks at what it
/// says, and signs the digest of that.
///
/// ```text
/// {"action", "agent", "aud"?, "digest", "expires"?, "issuer", "needs": [{"need", "of": [name, …]}, …], "params", "session"?}
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalRequest {
    action: String,
    agent: String,
    issuer: Digest,
    params: Object,
    audience: Option<String>,
    session: Option<String>,
    needs: Vec<RequestedNeed>,
    expires_at: Option<UnixTime>,
}

/// One need among those that are not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedNeed {
    /// Names of approvers, as the scope that asks calls them.
    pub of: Vec<String>,
    /// How many of them are to approve.
    pub need: u8,
}

impl ApprovalRequest {
    /// The request to approve `call` for `needs`; after `expires_at` the agent cannot make the call any more.
    pub fn new(call: &ApprovalCall<'_>, needs: &[Need<'_>], expires_at: Option<UnixTime>) -> Self {
        let mut requested: Vec<RequestedNeed> = Vec::new();
        for need in needs {
            let need = RequestedNeed { of: need.asked.approval.of().to_vec(), need: need.asked.approval.need() };
            // Scopes often ask for the same: nobody approves twice for it.
            if !requested.contains(&need) {
                requested.push(need);
            }
        }
        Self {
            action: call.action.to_owned(),
            agent: call.agent.to_owned(),
            issuer: *call.issuer,
            params: call.params.clone(),
            audience: call.audience.map(str::to_owned),
            session: call.session.map(str::to_owned),
            needs: requested,
            expires_at,
        }
    }

    /// Reads a request. Its digest must be that of what it says.
    ///
    /// # Errors
    /// E213: `json-…`; `request-form` with the member that is missing or has another form; `request-digest` where the digest
    /// is not that of action, agent, issuer and params; the rules of [`Arguments::new`] for the params.
    pub fn parse(text: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        let form = |member| fault("request-form", member);
        let json = Json::parse(text, &JsonBounds::TOKEN).map_err(|malformed| fault(malformed.rule, "request"))?;
        let object = json.as_object().ok_or_else(|| form("request"))?;
        let text = |member: &'static str| match object.get(member) {
            None => Ok(None),
            Some(Json::Text(text)) if text.chars().nth(TEXT_CHARACTERS).is_none() => Ok(Some(text.clone())),
            Some(_) => Err(form(member)),
        };
        let required = |member: &'static str| text(member)?.ok_or_else(|| form(member));
        let digest = |member: &'static str| {
            let octets = base64::decode_url(&required(member)?).map_err(|_| form(member))?;
            Digest::try_from(octets).map_err(|_| form(member))
        };
        let params = object.get("params").and_then(Json::as_object).ok_or_else(|| form("params"))?;
        let params =
            Arguments::new(params.clone(), &bounds.json).map_err(|denial| fault(denial.details().rule, "params"))?;
        let needs = object.get("needs").and_then(Json::as_array).filter(|needs| needs.len() <= NEEDS);
        let needs = needs.and_then(|needs| needs.iter().map(RequestedNeed::read).collect::<Option<_>>());
        let expires_at = match object.get("expires") {
            None => None,
            Some(time) => Some(UnixTime::from_seconds(time.as_integer().ok_or_else(|| form("expires"))?)),
        };
        let request = Self {
            action: required("action")?,
            agent: required("agent")?,
            issuer: digest("issuer")?,
            params: params.object().clone(),
            audience: text("aud")?,
            session: text("session")?,
            needs: needs.ok_or_else(|| form("needs"))?,
            expires_at,
        };
        if request.digest() != digest("digest")? {
            return Err(fault("request-digest", "digest").expected(base64::encode_url(&request.digest())));
        }
        Ok(request)
    }

    /// The request as JSON.
    pub fn to_json(&self) -> Object {
        let mut object = Object::new();
        object.insert("action", self.action.as_str());
        object.insert("agent", self.agent.as_str());
        for (member, text) in [("aud", &self.audience), ("session", &self.session)] {
            if let Some(text) = text {
                object.insert(member, text.as_str());
            }
        }
        object.insert("digest", base64::encode_url(&self.digest()));
        if let Some(time) = self.expires_at.and_then(|time| Number::from_integer(time.seconds())) {
            object.insert("expires", Json::Number(time));
        }
        object.insert("issuer", base64::encode_url(&self.issuer));
        object.insert("needs", Json::Array(self.needs.iter().map(RequestedNeed::to_json).collect()));
        object.insert("params", self.params.clone());
        object
    }

    /// The call.
    pub fn call(&self) -> ApprovalCall<'_> {
        ApprovalCall {
            action: &self.action,
            params: &self.params,
            agent: &self.agent,
            issuer: &self.issuer,
            audience: self.audience.as_deref(),
            session: self.session.as_deref(),
        }
    }

    /// The call's digest, computed from what the request says.
    pub fn digest(&self) -> Digest {
        self.call().digest()
    }

    /// The needs that are not met yet, those of the agent's own scope first.
    pub fn needs(&self) -> &[RequestedNeed] {
        &self.needs
    }

    /// Until when the agent could make the call: its certificates expire then.
    pub const fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }
}

impl std::fmt::Display for ApprovalRequest {
    /// The canonical JSON.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&jcs::to_string(&Json::Object(self.to_json())))
    }
}

impl RequestedNeed {
    fn read(json: &Json) -> Option<Self> {
        let object = json.as_object()?;
        let of = object.get("of")?.as_array().filter(|of| of.len() <= NAMES)?;
        let text =
            |name: &Json| Some(name.as_text().filter(|name| name.chars().nth(TEXT_CHARACTERS).is_none())?.to_owned());
        let of = of.iter().map(text).collect::<Option<_>>()?;
        Some(Self { of, need: u8::try_from(object.get("need")?.as_integer()?).ok()? })
    }

    fn to_json(&self) -> Json {
        let mut object = Object::new();
        if let Some(need) = Number::from_integer(i64::from(self.need)) {
            object.insert("need", Json::Number(need));
        }
        object.insert("of", Json::Array(self.of.iter().map(|name| Json::from(name.as_str())).collect()));
        Json::Object(object)
    }
}
