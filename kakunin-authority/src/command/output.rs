//! What the command says: lines for people or one JSON object, and the exit code.

use std::io::{self, Write};

use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::authoring::AuthoringError;

use crate::shell::details_json;

/// Everything went well, or the call is allowed.
pub(super) const DONE: i32 = 0;
/// Denied.
pub(super) const DENIED: i32 = 1;
/// The command was misused, or could not do its work.
pub(super) const MISUSE: i32 = 2;

/// An answer: the same facts for people and for programs.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) json: Object,
    pub(super) exit: i32,
}

impl Answer {
    pub(super) fn done(text: impl Into<String>, json: Object) -> Self {
        Self { text: text.into(), json, exit: DONE }
    }

    pub(super) fn denied(text: impl Into<String>, json: Object) -> Self {
        Self { text: text.into(), json, exit: DENIED }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// A rule refused.
    Denied(Denial),
    /// What somebody wrote has mistakes.
    Mistakes {
        /// Of a scope E107, of anything else E504.
        code: Code,
        /// Its file.
        file: String,
        /// What stands in it.
        document: String,
        /// At least one.
        mistakes: Vec<AuthoringError>,
    },
    /// What was given cannot be used.
    Misuse(Denial),
}

impl Failure {
    const fn exit(&self) -> i32 {
        match self {
            Self::Denied(_) => DENIED,
            Self::Mistakes { .. } | Self::Misuse(_) => MISUSE,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Denied(denial) | Self::Misuse(denial) => sentence(denial),
            Self::Mistakes { code, file, document, mistakes } => {
                mistakes.iter().fold(String::new(), |text, mistake| {
                    let hint =
                        mistake.suggestion.as_ref().map_or(String::new(), |hint| format!(" (did you mean `{hint}`?)"));
                    let excerpt = mistake.excerpt(document).replace('\n', "\n  ");
                    let AuthoringError { line, column, message, .. } = mistake;
                    text + &format!("{file}:{line}:{column}: {code}: {message}{hint}\n  {excerpt}\n")
                })
            }
        }
    }

    fn json(&self) -> Object {
        match self {
            Self::Denied(denial) | Self::Misuse(denial) => denial_json(denial),
            Self::Mistakes { code, file, mistakes, .. } => {
                let mut json = denial_json(&Denial::new(*code, "authoring").field(file.clone()));
                let mistakes = mistakes.iter().map(|mistake| {
                    let mut json = object([
                        ("column", number(mistake.column as u64)),
                        ("line", number(mistake.line as u64)),
                        ("message", Json::from(mistake.message.as_str())),
                    ]);
                    if let Some(suggestion) = &mistake.suggestion {
                        json.insert("suggestion", suggestion.as_str());
                    }
                    Json::Object(json)
                });
                json.insert("mistakes", Json::Array(mistakes.collect()));
                json
            }
        }
    }
}

impl From<Denial> for Failure {
    /// What cannot be read or is not configured is misuse; what is well formed and refused is a denial.
    fn from(denial: Denial) -> Self {
        match denial.code() {
            Code::CertificateMalformed
            | Code::ScopeMalformed
            | Code::IntentMalformed
            | Code::ParameterInvalid
            | Code::AlgorithmNotAllowed
            | Code::RevocationStale
            | Code::StateUnavailable
            | Code::SignerUnavailable
            | Code::RecordUnavailable
            | Code::ConfigurationInvalid => Self::Misuse(denial),
            _ => Self::Denied(denial),
        }
    }
}

/// `object` of members whose keys are distinct literals.
pub(super) fn object<const N: usize>(members: [(&str, Json); N]) -> Object {
    let mut object = Object::new();
    for (key, value) in members {
        object.insert(key, value);
    }
    object
}

/// A number of this side of 2^53; beyond, text.
pub(super) fn number(value: u64) -> Json {
    use kakunin_core::encoding::json::Number;
    let number = i64::try_from(value).ok().and_then(Number::from_integer);
    number.map_or_else(|| Json::from(value.to_string()), Json::Number)
}

/// A list of texts.
pub(super) fn texts<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Json {
    Json::Array(values.into_iter().map(|value| Json::from(value.into())).collect())
}

/// Writes the outcome and returns the exit code.
pub(super) fn print(outcome: Result<Answer, Failure>, json: bool) -> i32 {
    let (text, to_stdout, exit) = match outcome {
        Ok(answer) if json => (jcs::to_string(&Json::Object(answer.json)), true, answer.exit),
        Ok(answer) => (answer.text, true, answer.exit),
        Err(failure) if json => (jcs::to_string(&Json::Object(failure.json())), true, failure.exit()),
        Err(failure) => (failure.text(), false, failure.exit()),
    };
    let text = if text.ends_with('\n') || text.is_empty() { text } else { text + "\n" };
    let written = if to_stdout {
        io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush())
    } else {
        io::stderr().write_all(text.as_bytes())
    };
    match written {
        // Whoever reads only the first lines wants no complaint.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => MISUSE,
        _ => exit,
    }
}

/// `kakunin: KKN-E504 CONFIGURATION_INVALID: …`
fn sentence(denial: &Denial) -> String {
    format!("kakunin: {} {}: {}", denial.code(), denial.code().name(), denial.reason())
}

/// A denial as the JSON answer.
pub(super) fn denial_json(denial: &Denial) -> Object {
    object([
        ("allowed", Json::Bool(false)),
        ("code", Json::from(denial.code().as_str())),
        ("details", Json::Object(details_json(denial))),
        ("name", Json::from(denial.code().name())),
        ("reason", Json::from(denial.reason())),
    ])
}
