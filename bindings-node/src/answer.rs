//! Arguments from JavaScript, and answers to it as JSON texts, made from the shell's decisions and refusals.

use kakunin_authority::shell::{self, Decision, Refusal};
use kakunin_core::approval::ApprovalRequest;
use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use napi_derive::napi;

/// Why JavaScript could not put a value into JSON.
#[napi(object, object_to_js = false)]
pub struct NativeUnreadable {
    /// The rule that it breaks.
    pub rule: String,
    /// Where it stood.
    pub parameter: Option<String>,
    /// What it was.
    pub requested: Option<String>,
}

/// The object of an arguments text, or the denial for the shell to record.
pub(crate) fn arguments(text: &str, unreadable: Option<NativeUnreadable>) -> Result<Object, Denial> {
    if let Some(unreadable) = unreadable {
        return Err(unreadable.denial());
    }
    match Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS) {
        Ok(Json::Object(object)) => Ok(object),
        Ok(_) => Err(Denial::new(Code::ParameterInvalid, "arguments-not-object")),
        Err(fault) => Err(Denial::new(Code::ParameterInvalid, fault.rule)),
    }
}

impl NativeUnreadable {
    pub(crate) fn denial(self) -> Denial {
        // A rule is a fixed name in the core; these are the ones that the facade names.
        const RULES: [&str; 6] = [
            "json-too-deep",
            "json-too-large",
            "json-too-many-values",
            "number-not-finite",
            "prototype-polluted",
            "reading-failed",
        ];
        let rule = RULES.into_iter().find(|rule| *rule == self.rule).unwrap_or("type-unsupported");
        let mut denial = Denial::new(Code::ParameterInvalid, rule);
        if let Some(parameter) = self.parameter {
            denial = denial.parameter(parameter);
        }
        if let Some(requested) = self.requested {
            denial = denial.requested(requested);
        }
        denial
    }
}

/// A whole decision.
pub(crate) fn decision(decision: &Decision) -> String {
    let mut members = Object::new();
    members.insert("allowed", decision.allowed());
    if let Some(denial) = decision.denial() {
        facts(&mut members, denial);
    }
    if let Some(reference) = decision.reference() {
        members.insert("reference", reference);
    }
    if let Some(message) = decision.opaque() {
        members.insert("message", message);
    }
    request(&mut members, decision.approval());
    text(members)
}

/// A refusal with its reference.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    let mut members = Object::new();
    members.insert("allowed", false);
    facts(&mut members, refusal.denial());
    members.insert("reference", refusal.reference());
    members.insert("message", refusal.opaque());
    request(&mut members, refusal.approval());
    text(members)
}

/// A denial that comes before any decision: of options, of a certificate at opening.
pub(crate) fn denial(denial: &Denial) -> String {
    let mut members = Object::new();
    members.insert("allowed", false);
    facts(&mut members, denial);
    members.insert("message", format!("{}: {}", denial.code(), denial.reason()));
    text(members)
}

/// An object as JSON text.
pub(crate) fn text(members: Object) -> String {
    jcs::to_string(&Json::Object(members))
}

fn request(members: &mut Object, request: Option<&ApprovalRequest>) {
    if let Some(request) = request {
        members.insert("approval", request.to_json());
    }
}

fn facts(members: &mut Object, denial: &Denial) {
    members.insert("code", denial.code().as_str());
    members.insert("reason", denial.reason());
    members.insert("details", shell::details_json(denial));
}
