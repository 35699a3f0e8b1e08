//! What a refusal is: the one list of codes, and `Denial`, which carries a code and its facts.

use std::borrow::Cow;
use std::fmt;

use crate::time::UnixTime;

macro_rules! codes {
    ($($variant:ident $number:literal $name:literal $meaning:literal;)*) => {
        /// Why a call was refused. Stable and append-only; printed as `KKN-E202`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The printed form, `KKN-E202`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => concat!("KKN-", $number),)* }
            }

            /// The name, `MONETARY_LIMIT_EXCEEDED`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, in one lower-case fragment.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    CertificateMalformed "E101" "CERTIFICATE_MALFORMED" "a certificate cannot be decoded, or is not DER, or not RFC 5280";
    ChainUntrusted "E102" "CHAIN_UNTRUSTED" "a certificate does not follow from the one above it, or no trust anchor ends the path";
    CertificateExpired "E103" "CERTIFICATE_EXPIRED" "a certificate is no longer valid";
    CertificateNotYetValid "E104" "CERTIFICATE_NOT_YET_VALID" "a certificate is not valid yet";
    CertificateUsageInvalid "E105" "CERTIFICATE_USAGE_INVALID" "a certificate may not be used where it stands";
    ScopeWidened "E106" "SCOPE_WIDENED" "a scope is not contained in the scope above it";
    ScopeMalformed "E107" "SCOPE_MALFORMED" "a scope cannot be decoded, or says something that is not supported";
    ModelHashMismatch "E108" "MODEL_HASH_MISMATCH" "the certificate names another model configuration";
    IdentityInvalid "E109" "IDENTITY_INVALID" "an id is missing, malformed or outside its namespace";
    ActionNotAllowed "E201" "ACTION_NOT_ALLOWED" "no grant allows this action, or a deny forbids it";
    MonetaryLimitExceeded "E202" "MONETARY_LIMIT_EXCEEDED" "an amount of money is outside its range";
    DomainRestrictionViolated "E203" "DOMAIN_RESTRICTION_VIOLATED" "a host, address or URL is not among those allowed";
    ValueNotAllowed "E204" "VALUE_NOT_ALLOWED" "a value is not among those allowed";
    ParameterMissing "E205" "PARAMETER_MISSING" "a required parameter is absent or null";
    ParameterUnexpected "E206" "PARAMETER_UNEXPECTED" "a parameter is not named by the grant";
    ParameterInvalid "E207" "PARAMETER_INVALID" "a value has the wrong type or cannot be read";
    RateLimitExceeded "E208" "RATE_LIMIT_EXCEEDED" "too many calls in the window";
    BudgetExceeded "E209" "BUDGET_EXCEEDED" "the sum in the window would exceed its budget";
    OutsideHours "E210" "OUTSIDE_HOURS" "the scope does not allow this time of the week";
    RegionNotAllowed "E211" "REGION_NOT_ALLOWED" "the scope does not allow this region";
    ApprovalRequired "E212" "APPROVAL_REQUIRED" "the call needs more approvals than were given";
    ApprovalInvalid "E213" "APPROVAL_INVALID" "an approval is not good for this call, and the others are too few";
    ReplayDetected "E301" "REPLAY_DETECTED" "this intent was used before";
    TimestampExpired "E302" "TIMESTAMP_EXPIRED" "the intent is too old";
    TimestampInFuture "E303" "TIMESTAMP_IN_FUTURE" "the intent was issued in the future";
    IntentMalformed "E304" "INTENT_MALFORMED" "the intent cannot be decoded, or breaks a rule of its form";
    IntentSignatureInvalid "E305" "INTENT_SIGNATURE_INVALID" "the intent's signature does not verify";
    AudienceMismatch "E306" "AUDIENCE_MISMATCH" "the intent is meant for another audience";
    AlgorithmNotAllowed "E307" "ALGORITHM_NOT_ALLOWED" "the algorithm or key is not on the list";
    IntentMismatch "E308" "INTENT_MISMATCH" "the request differs from what was signed";
    AgentRevoked "E401" "AGENT_REVOKED" "a certificate on the path is revoked";
    AgentHalted "E402" "AGENT_HALTED" "the agent is halted";
    SessionHalted "E403" "SESSION_HALTED" "the session is halted";
    SystemHalted "E404" "SYSTEM_HALTED" "everything is halted";
    RevocationStale "E405" "REVOCATION_STALE" "the revocation status is missing or too old";
    RiskCritical "E406" "RISK_CRITICAL" "the risk of this call is critical";
    StateUnavailable "E501" "STATE_UNAVAILABLE" "the state store cannot be reached or has no room";
    SignerUnavailable "E502" "SIGNER_UNAVAILABLE" "no signature can be made";
    RecordUnavailable "E503" "RECORD_UNAVAILABLE" "the decision cannot be recorded";
    ConfigurationInvalid "E504" "CONFIGURATION_INVALID" "the configuration is incomplete or contradicts itself";
}

impl Code {
    /// The code printed as `text` (`KKN-E202`), if there is one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// Whether `observe` lets it pass: E2xx and E406, nothing else.
    pub const fn yields_to_observation(self) -> bool {
        let code = self as u8;
        (code >= Self::ActionNotAllowed as u8 && code <= Self::ApprovalInvalid as u8)
            || code == Self::RiskCritical as u8
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fact in a denial: borrowed where it is fixed, owned where it comes from the input.
pub type Fact = Cow<'static, str>;

/// The facts behind a denial, for the operator; none of them goes to the model.
///
/// Only facts that apply are present. Texts from the input are cut to 256 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Details {
    /// The check that refused, a stable kebab-case name: `trailing-data`, `not-after`, `range`.
    pub rule: &'static str,
    /// The field of a certificate, token, file or option that was at fault: `tbsCertificate.serialNumber`, `exp`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub field: Option<Fact>,
    /// The action asked for.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub action: Option<Fact>,
    /// The parameter's path as an author writes it: `items[].amount`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub parameter: Option<Fact>,
    /// What came. The one fact that records redact.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub requested: Option<Fact>,
    /// What would have been accepted: `0 to 500 (EUR)`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub expected: Option<Fact>,
    /// The limit's own name or description: `100 per 3600 s`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub limit: Option<Fact>,
    /// What is left of the limit.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub left: Option<Fact>,
    /// When enough of the limit is free again, in Unix milliseconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub frees_at: Option<i64>,
    /// The certificate at fault, counted from the leaf (0) upward.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub depth: Option<u8>,
    /// The time that was compared, in Unix seconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub time: Option<i64>,
    /// The bound it was compared with, in Unix seconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub bound: Option<i64>,
}

/// A refusal: a code and the facts behind it.
///
/// `Display` is the operator's sentence. What a model may see is [`Denial::code`] and a reference, nothing else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub struct Denial(Box<(Code, Details)>);

/// Longest text from the input that a fact keeps, in characters. 256: the longest id that people still compare by eye.
const FACT_CHARACTERS: usize = 256;

impl Denial {
    /// A denial with `code`, refused by the check named `rule`.
    #[cold]
    pub fn new(code: Code, rule: &'static str) -> Self {
        Self(Box::new((code, Details { rule, ..Details::default() })))
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.0
    }

    /// The facts, for the operator.
    pub fn details(&self) -> &Details {
        &self.0.1
    }

    /// The operator's sentence: lower-case, no full stop, input in backticks.
    pub fn reason(&self) -> String {
        self.0.1.sentence(self.0.0)
    }

    fn with(mut self, set: impl FnOnce(&mut Details)) -> Self {
        set(&mut self.0.1);
        self
    }

    /// Adds the field at fault.
    #[must_use]
    pub fn field(self, field: impl Into<Fact>) -> Self {
        self.with(|d| d.field = Some(clip(field)))
    }

    /// Adds the action asked for.
    #[must_use]
    pub fn action(self, action: impl Into<Fact>) -> Self {
        self.with(|d| d.action = Some(clip(action)))
    }

    /// Adds the parameter's path.
    #[must_use]
    pub fn parameter(self, path: impl Into<Fact>) -> Self {
        self.with(|d| d.parameter = Some(clip(path)))
    }

    /// Adds what came.
    #[must_use]
    pub fn requested(self, value: impl Into<Fact>) -> Self {
        self.with(|d| d.requested = Some(clip(value)))
    }

    /// Adds what would have been accepted.
    #[must_use]
    pub fn expected(self, what: impl Into<Fact>) -> Self {
        self.with(|d| d.expected = Some(clip(what)))
    }

    /// Adds the limit that was hit, what is left of it and when enough is free again.
    #[must_use]
    pub fn limit(self, limit: impl Into<Fact>, left: Option<Fact>, frees_at: Option<i64>) -> Self {
        self.with(|d| (d.limit, d.left, d.frees_at) = (Some(clip(limit)), left, frees_at))
    }

    /// Adds which certificate is at fault, counted from the leaf.
    #[must_use]
    pub fn depth(self, depth: usize) -> Self {
        self.with(|d| d.depth = Some(u8::try_from(depth).unwrap_or(u8::MAX)))
    }

    /// Adds the time that was compared and its bound, in Unix seconds.
    #[must_use]
    pub fn times(self, time: i64, bound: i64) -> Self {
        self.with(|d| (d.time, d.bound) = (Some(time), Some(bound)))
    }
}

/// `{"code", "name", "reason", "details"}`: for the operator's log, never for a model.
#[cfg(feature = "serde")]
impl serde::Serialize for Denial {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = serializer.serialize_struct("Denial", 4)?;
        fields.serialize_field("code", &self.code())?;
        fields.serialize_field("name", self.code().name())?;
        fields.serialize_field("reason", &self.reason())?;
        fields.serialize_field("details", self.details())?;
        fields.end()
    }
}

impl Details {
    /// The operator's sentence for `code`. A function of code and facts alone, so a record can be explained later.
    pub fn sentence(&self, code: Code) -> String {
        self.sentence_of(code, self.rule)
    }

    /// [`Details::sentence`] where the rule was read from a record.
    pub(crate) fn sentence_of(&self, code: Code, rule: &str) -> String {
        // Of a call everybody knows the action; of a scope that is too wide it says which grant is.
        let action = self.action.as_ref().filter(|_| code == Code::ScopeWidened);
        let of_action = action.map_or_else(String::new, |action| format!(" of `{action}`"));
        let mut text = match (&self.parameter, &self.field) {
            (Some(parameter), _) => match &self.requested {
                Some(requested) => format!("`{parameter}`{of_action} is {requested}"),
                None => format!("`{parameter}`{of_action}: {}", code.meaning()),
            },
            (None, Some(field)) => match &self.requested {
                Some(requested) => format!("{}: {field} is `{requested}`", code.meaning()),
                None => format!("{}: {field}", code.meaning()),
            },
            (None, None) => match action {
                Some(action) => format!("{}: `{action}`", code.meaning()),
                None => code.meaning().to_owned(),
            },
        };
        let mut add = |part: String| {
            text.push_str(", ");
            text.push_str(&part);
        };
        if let Some(expected) = &self.expected {
            // Only these speak of what a scope says.
            let allows = match code {
                Code::ApprovalRequired => "the agent's certificate asks for",
                Code::ApprovalInvalid => "expected",
                code if code.yields_to_observation() => "the agent's certificate allows",
                _ => "expected",
            };
            add(format!("{allows} {expected}"));
        }
        if let Some(limit) = &self.limit {
            add(format!("the limit is {limit}"));
        }
        if let Some(left) = &self.left {
            add(format!("{left} left"));
        }
        if let Some(frees_at) = self.frees_at {
            add(format!("enough is free again at {}", UnixTime::from_millis(frees_at)));
        }
        if let (Some(time), Some(bound)) = (self.time, self.bound) {
            add(format!("{} against {}", UnixTime::from_seconds(time), UnixTime::from_seconds(bound)));
        }
        if let Some(depth) = self.depth.filter(|depth| *depth > 0) {
            add(format!("certificate {depth} above the agent's"));
        }
        text.push_str(&format!(" ({rule})"));
        text
    }
}

fn clip(text: impl Into<Fact>) -> Fact {
    let text = text.into();
    if text.len() <= FACT_CHARACTERS || text.chars().nth(FACT_CHARACTERS).is_none() {
        return text;
    }
    Cow::Owned(text.chars().take(FACT_CHARACTERS).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_parse_back() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
        assert!(Code::ALL.windows(2).all(|w| w[0].as_str() < w[1].as_str()), "ascending, so unique");
    }

    #[test]
    fn observation_lets_scope_and_risk_pass_and_nothing_else() {
        for code in Code::ALL {
            let text = code.as_str();
            assert_eq!(code.yields_to_observation(), text.starts_with("KKN-E2") || text == "KKN-E406", "{text}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_denial_serializes_with_its_code_and_only_the_facts_that_apply() {
        let denial = Denial::new(Code::MonetaryLimitExceeded, "range").parameter("amount").requested("47000");
        let json = serde_json::to_value(&denial).unwrap();
        assert_eq!(json["code"], "KKN-E202");
        assert_eq!(json["details"], serde_json::json!({"rule": "range", "parameter": "amount", "requested": "47000"}));
    }

    #[test]
    fn long_input_is_cut() {
        let denial = Denial::new(Code::ValueNotAllowed, "one-of").requested("é".repeat(300));
        assert_eq!(denial.details().requested.as_deref().map(|t| t.chars().count()), Some(257));
    }
}
