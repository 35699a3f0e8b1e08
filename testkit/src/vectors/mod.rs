//! The conformance vectors: cases written by hand, with the code that each must end in.
//!
//! A case holds its input bytes, its clock and what must come out. The code is stated here and checked when the files are made;
//! details and record bytes are what the core answered, and stand in the files so that a change of them shows.

mod approval;
mod certificate;
mod containment;
mod crl;
mod decision;
mod intent;
mod name_constraints;
mod ocsp;
mod order;
mod path;
mod pkix;
mod scope;
mod value;

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, jcs};

use crate::token::integer;

/// One case: the fact it proves, its inputs, and the code that it must end in.
pub struct Case {
    /// The fact it proves.
    pub name: String,
    /// Everything that the runner needs.
    pub input: Object,
    /// The code of the refusal; `None` where it is accepted.
    pub code: Option<&'static str>,
}

/// A file of cases.
pub struct File {
    /// Its name without `.json`, which is also the `kind` of its cases.
    pub kind: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// The cases, in order.
    pub cases: Vec<Case>,
}

/// All files.
pub fn files() -> Vec<File> {
    vec![
        File {
            kind: "certificate",
            about: "one certificate: what is not DER or not RFC 5280 is refused",
            cases: certificate::cases(),
        },
        File {
            kind: "path",
            about: "paths of the profile `agent`: each acceptance with twins that change one fact",
            cases: path::cases(),
        },
        File {
            kind: "pkix",
            about: "paths of the profile `pkix`: a leaf, a pool, anchors; each acceptance with twins that change one fact",
            cases: pkix::cases(),
        },
        File { kind: "scope", about: "scopes in TOML, JSON and DER", cases: scope::cases() },
        File { kind: "containment", about: "whether one scope contains another", cases: containment::cases() },
        File {
            kind: "value",
            about: "arguments: I-JSON within bounds, and their canonical form",
            cases: value::cases(),
        },
        File {
            kind: "intent",
            about: "signed intents: form, path, signature, revocation, time, audience, request",
            cases: intent::cases(),
        },
        File {
            kind: "approval",
            about: "calls that need approvals: their form, whose count, and that each is used once",
            cases: approval::cases(),
        },
        File {
            kind: "order",
            about: "orders and heads: their form, which are taken, and what they stop",
            cases: order::cases(),
        },
        File {
            kind: "crl",
            about: "revocation lists and what they say of a certificate: each acceptance with twins that change one fact",
            cases: crl::cases(),
        },
        File {
            kind: "ocsp",
            about: "OCSP responses and what they say of a certificate: each acceptance with twins that change one fact",
            cases: ocsp::cases(),
        },
        File {
            kind: "decision",
            about: "whole decisions with their record bytes; several steps share one store",
            cases: decision::cases(),
        },
    ]
}

/// Builds a case.
pub(crate) struct Build(Case);

pub(crate) fn case(name: impl Into<String>) -> Build {
    Build(Case { name: name.into(), input: Object::new(), code: None })
}

impl Build {
    pub(crate) fn with(mut self, key: &str, value: impl Into<Json>) -> Self {
        self.0.input.insert(key, value);
        self
    }

    pub(crate) fn bytes(self, key: &str, bytes: &[u8]) -> Self {
        self.with(key, base64::encode(bytes))
    }

    pub(crate) fn list(self, key: &str, items: &[Vec<u8>]) -> Self {
        self.with(key, encoded(items))
    }

    pub(crate) fn number(self, key: &str, number: i64) -> Self {
        self.with(key, integer(number))
    }

    pub(crate) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.0.name);
    }

    pub(crate) fn accepted(self) -> Case {
        self.0
    }

    pub(crate) fn refused(mut self, code: &'static str) -> Case {
        self.0.code = Some(code);
        self.0
    }

    pub(crate) fn ends(mut self, code: Option<&'static str>) -> Case {
        self.0.code = code;
        self.0
    }
}

pub(crate) fn encoded(items: &[Vec<u8>]) -> Json {
    Json::Array(items.iter().map(|item| Json::from(base64::encode(item))).collect())
}

/// An object of members, which are few and different.
pub(crate) fn object<const N: usize>(members: [(&str, Json); N]) -> Object {
    let mut object = Object::new();
    for (key, value) in members {
        object.insert(key, value);
    }
    object
}

/// The file's text: pretty JSON with what came of each case; or what is wrong, a line each.
///
/// # Errors
/// Where a case ends in another code than the one that stands in this program.
pub fn text(file: &File) -> Result<String, Vec<String>> {
    let mut wrong = Vec::new();
    let mut cases = Vec::new();
    for case in &file.cases {
        let mut written = case.input.clone();
        written.insert("kind", file.kind);
        match crate::run::run(&written, Vec::new()) {
            Ok(outcome) => {
                let code = outcome.get("code").and_then(Json::as_text);
                if code != case.code {
                    wrong.push(format!(
                        "`{}` is to end in {}, ended in {}",
                        case.name,
                        case.code.unwrap_or("acceptance"),
                        jcs::to_string(&Json::Object(outcome.clone()))
                    ));
                }
                wrong.extend(wrong_steps(&written, &outcome).map(|step| format!("`{}`, {step}", case.name)));
                written.insert("expect", outcome);
            }
            Err(broken) => wrong.push(format!("`{}`: {broken}", case.name)),
        }
        written.insert("name", case.name.as_str());
        cases.push(Json::Object(written));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut document = String::new();
    pretty(&mut document, &Json::Object(object([("about", Json::from(file.about)), ("cases", Json::Array(cases))])), 0);
    document.push('\n');
    Ok(document)
}

/// Steps of a decision that ended in another code than the one stated for them.
fn wrong_steps(case: &Object, outcome: &Object) -> impl Iterator<Item = String> {
    let list = |object: &Object| object.get("steps").and_then(Json::as_array).map(<[Json]>::to_vec).unwrap_or_default();
    let code =
        |step: &Json| step.as_object().and_then(|step| step.get("code")).and_then(Json::as_text).map(str::to_owned);
    let pairs: Vec<_> = list(case).iter().map(code).zip(list(outcome).iter().map(code)).collect();
    pairs
        .into_iter()
        .enumerate()
        .filter(|(_, (stated, came))| stated != came)
        .map(|(index, (stated, came))| format!("step {index} is to end in {stated:?}, ended in {came:?}"))
}

/// Indented by two spaces; objects and arrays of scalars that are short stand on one line.
fn pretty(text: &mut String, value: &Json, depth: usize) {
    let flat = jcs::to_string(value);
    let children: Vec<(Option<&str>, &Json)> = match value {
        Json::Array(elements) => elements.iter().map(|element| (None, element)).collect(),
        Json::Object(members) => members.iter().map(|(key, member)| (Some(key), member)).collect(),
        _ => Vec::new(),
    };
    if children.is_empty() || flat.len() + depth * 2 <= 100 {
        text.push_str(&flat);
        return;
    }
    let (open, close) = if matches!(value, Json::Array(_)) { ('[', ']') } else { ('{', '}') };
    text.push(open);
    for (index, (key, child)) in children.into_iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        if let Some(key) = key {
            jcs::write_text(text, key);
            text.push_str(": ");
        }
        pretty(text, child, depth + 1);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push(close);
}
