//! What a guard answers: a decision with its two faces, one for the model and one for the operator.

use std::fmt;

use kakunin_core::approval::ApprovalRequest;
use kakunin_core::crypto::Digest;
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::value::Arguments;

/// What a guard decided about one call. It has no truth value: ask [`Decision::allowed`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Decision {
    pub(super) allowed: bool,
    pub(super) denial: Option<Denial>,
    pub(super) reference: Option<String>,
    pub(super) action: String,
    pub(super) arguments: Option<Arguments>,
    /// The names of the approvals that the call used up.
    pub(super) approvals: Vec<Digest>,
    pub(super) request: Option<Box<ApprovalRequest>>,
}

impl Decision {
    /// Whether the tool may run. While observing it may also where there is a denial.
    pub const fn allowed(&self) -> bool {
        self.allowed
    }

    /// Why it is denied, or would be if the guard did not only observe.
    pub const fn denial(&self) -> Option<&Denial> {
        self.denial.as_ref()
    }

    /// The record's reference: always on denials, else where a record is kept.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The sentence for the model: code and reference, nothing of the policy. None where the call may run.
    pub fn opaque(&self) -> Option<String> {
        let denial = self.denial.as_ref().filter(|_| !self.allowed)?;
        Some(opaque(denial.code(), self.reference.as_deref().unwrap_or_default()))
    }

    /// The action asked for.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The arguments that were judged: the copy that the tool gets. None where they could not be read.
    pub const fn arguments(&self) -> Option<&Arguments> {
        self.arguments.as_ref()
    }

    /// The arguments that were judged, taken out.
    pub fn into_arguments(self) -> Option<Arguments> {
        self.arguments
    }

    /// What a person is to be asked where the call was refused for want of approvals: E212, or E213.
    pub fn approval(&self) -> Option<&ApprovalRequest> {
        self.request.as_deref()
    }

    /// The denial's facts as JSON.
    pub fn details_json(&self) -> Option<Object> {
        self.denial.as_ref().map(details_json)
    }

    /// The decision where the tool may run, else the refusal.
    ///
    /// # Errors
    /// The refusal.
    pub fn into_result(self) -> Result<Self, Refusal> {
        match (self.allowed, &self.denial) {
            (true, _) => Ok(self),
            (false, Some(denial)) => {
                let denial = denial.clone();
                Err(Refusal { denial, reference: self.reference.unwrap_or_default(), request: self.request })
            }
            // INVARIANT: a decision without denial is allowed; were one not, it would still be no permission.
            (false, None) => Err(Refusal {
                denial: Denial::new(Code::RecordUnavailable, "decision-incomplete"),
                reference: self.reference.unwrap_or_default(),
                request: None,
            }),
        }
    }
}

/// A denial with its reference. Displays as the sentence for the model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.opaque())]
pub struct Refusal {
    pub(super) denial: Denial,
    pub(super) reference: String,
    pub(super) request: Option<Box<ApprovalRequest>>,
}

impl Refusal {
    /// The code.
    pub fn code(&self) -> Code {
        self.denial.code()
    }

    /// The denial, for the operator.
    pub const fn denial(&self) -> &Denial {
        &self.denial
    }

    /// The operator's sentence.
    pub fn reason(&self) -> String {
        self.denial.reason()
    }

    /// The record's reference, computed even where no record is kept.
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The sentence for the model.
    pub fn opaque(&self) -> String {
        opaque(self.denial.code(), &self.reference)
    }

    /// What a person is to be asked where it was refused for want of approvals: E212, or E213.
    pub fn approval(&self) -> Option<&ApprovalRequest> {
        self.request.as_deref()
    }

    /// The facts as JSON.
    pub fn details_json(&self) -> Object {
        details_json(&self.denial)
    }
}

fn opaque(code: Code, reference: &str) -> String {
    format!("denied: {code} (ref {reference})")
}

/// The facts of a denial as a JSON object: those that apply, under the names of [`Details`](kakunin_core::error::Details).
pub fn details_json(denial: &Denial) -> Object {
    let details = denial.details();
    let mut object = Object::new();
    object.insert("rule", details.rule);
    let texts = [
        ("action", &details.action),
        ("expected", &details.expected),
        ("field", &details.field),
        ("left", &details.left),
        ("limit", &details.limit),
        ("parameter", &details.parameter),
        ("requested", &details.requested),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            object.insert(name, text.as_ref());
        }
    }
    let integers = [
        ("bound", details.bound),
        ("depth", details.depth.map(i64::from)),
        ("frees_at", details.frees_at),
        ("time", details.time),
    ];
    for (name, integer) in integers {
        if let Some(number) = integer.and_then(Number::from_integer) {
            object.insert(name, Json::Number(number));
        }
    }
    object
}

/// Whether a denial with this code is one for want of approvals: then a person may be asked.
pub(super) const fn wants_approval(code: Code) -> bool {
    matches!(code, Code::ApprovalRequired | Code::ApprovalInvalid)
}

/// Something that an operator should know beside denials. Displays as its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// In words.
    pub text: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use kakunin_core::encoding::jcs;

    use super::*;

    fn decision(allowed: bool) -> Decision {
        let denial = Denial::new(Code::MonetaryLimitExceeded, "range").parameter("amount").requested("47000").depth(1);
        let reference = Some("7f3a9c01be44d210".to_owned());
        Decision {
            allowed,
            denial: Some(denial),
            reference,
            action: "charge".to_owned(),
            arguments: None,
            approvals: Vec::new(),
            request: None,
        }
    }

    #[test]
    fn the_model_sees_code_and_reference_and_nothing_else() {
        assert_eq!(decision(false).opaque().unwrap(), "denied: KKN-E202 (ref 7f3a9c01be44d210)");
        assert_eq!(decision(false).into_result().unwrap_err().to_string(), "denied: KKN-E202 (ref 7f3a9c01be44d210)");
        assert_eq!(decision(true).opaque(), None, "observed: it runs");
        assert!(decision(true).into_result().is_ok());
    }

    #[test]
    fn details_hold_the_facts_that_apply() {
        let details = decision(false).details_json().unwrap();
        let text = r#"{"depth":1,"parameter":"amount","requested":"47000","rule":"range"}"#;
        assert_eq!(jcs::to_string(&Json::Object(details)), text);
    }
}
