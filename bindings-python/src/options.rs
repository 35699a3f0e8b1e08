//! Options by name, as Python writes them, into the shell's.

use std::path::PathBuf;
use std::time::Duration;

use kakunin_authority::shell::{
    Bound as BoundOption, GuardOptions, Model, Narrowing, RecordValues, SignerSource, Source, VerifierOptions,
};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::Mode;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyString};

use crate::answer;
use crate::value;

/// A certificate option: a path or PEM text, bytes, or an `os.PathLike`.
#[derive(FromPyObject)]
pub(crate) enum SourceValue {
    Text(String),
    Bytes(PyBackedBytes),
    Path(PathBuf),
}

impl From<SourceValue> for Source {
    fn from(value: SourceValue) -> Self {
        match value {
            SourceValue::Text(text) => Self::from_text(&text),
            SourceValue::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            SourceValue::Path(path) => Self::Path(path),
        }
    }
}

/// How long a narrowed guard lives: seconds, `"10m"`, or a `timedelta`.
#[derive(FromPyObject)]
pub(crate) enum TtlValue {
    Seconds(u64),
    Text(String),
    Span(Duration),
}

impl TtlValue {
    /// As a span of time.
    ///
    /// # Errors
    /// E504 `ttl`.
    pub(crate) fn duration(&self) -> Result<Duration, Denial> {
        match self {
            Self::Seconds(seconds) => Ok(Duration::from_secs(*seconds)),
            Self::Text(text) => Narrowing::parse_ttl(text),
            Self::Span(span) => Ok(*span),
        }
    }
}

/// One source, or several.
#[derive(FromPyObject)]
enum Sources {
    One(SourceValue),
    Many(Vec<SourceValue>),
}

impl From<Sources> for Vec<Source> {
    fn from(sources: Sources) -> Self {
        match sources {
            Sources::One(source) => vec![source.into()],
            Sources::Many(sources) => sources.into_iter().map(Source::from).collect(),
        }
    }
}

#[derive(FromPyObject)]
enum RecordValuesOption {
    Text(String),
    Names(Vec<String>),
}

/// The options of a guard.
///
/// # Errors
/// `TypeError` for a value of another type, E504 for a word that is none of an option's.
pub(crate) fn guard(options: &Bound<'_, PyDict>) -> PyResult<GuardOptions> {
    let mut guard = GuardOptions::default();
    for (name, given) in options.iter() {
        let name: String = name.extract()?;
        let wrong = |error| wrong_type(&name, error);
        match name.as_str() {
            "certificate" => guard.certificate = Some(given.extract::<SourceValue>().map_err(wrong)?.into()),
            "trust" => guard.trust = given.extract::<Sources>().map_err(wrong)?.into(),
            "parents" => guard.parents = given.extract::<Sources>().map_err(wrong)?.into(),
            "signer" => guard.signer = Some(SignerSource::Uri(given.extract().map_err(wrong)?)),
            "state" => guard.state = Some(given.extract().map_err(wrong)?),
            "revocation" => guard.revocation = Some(path_text(&given).map_err(wrong)?),
            "seen" => guard.seen = Some(given.extract().map_err(wrong)?),
            "record" => guard.record = Some(given.extract().map_err(wrong)?),
            "record_values" => guard.record_values = Some(record_values(&given)?),
            "mode" => guard.mode = word(&given, &name, [("enforce", Mode::Enforce), ("observe", Mode::Observe)])?,
            "bound" => {
                let words = [("optional", BoundOption::Optional), ("required", BoundOption::Required)];
                guard.bound = word(&given, &name, words)?;
            }
            "region" => guard.region = Some(given.extract().map_err(wrong)?),
            "model" => guard.model = Some(model(&given)?),
            "audience" => guard.audience = Some(given.extract().map_err(wrong)?),
            _ => return Err(unknown(&name)),
        }
    }
    Ok(guard)
}

/// The options of a verifier.
///
/// # Errors
/// As [`guard`].
pub(crate) fn verifier(options: &Bound<'_, PyDict>) -> PyResult<VerifierOptions> {
    let mut verifier = VerifierOptions::default();
    for (name, given) in options.iter() {
        let name: String = name.extract()?;
        let wrong = |error| wrong_type(&name, error);
        match name.as_str() {
            "trust" => verifier.trust = given.extract::<Sources>().map_err(wrong)?.into(),
            "paths" => verifier.paths = given.extract::<Sources>().map_err(wrong)?.into(),
            "audience" => verifier.audience = Some(given.extract().map_err(wrong)?),
            "state" => verifier.state = Some(given.extract().map_err(wrong)?),
            "revocation" => verifier.revocation = Some(path_text(&given).map_err(wrong)?),
            "seen" => verifier.seen = Some(given.extract().map_err(wrong)?),
            "record" => verifier.record = Some(given.extract().map_err(wrong)?),
            "record_values" => verifier.record_values = Some(record_values(&given)?),
            "region" => verifier.region = Some(given.extract().map_err(wrong)?),
            _ => return Err(unknown(&name)),
        }
    }
    Ok(verifier)
}

fn path_text(given: &Bound<'_, PyAny>) -> PyResult<String> {
    if given.is_instance_of::<PyString>() {
        return given.extract();
    }
    Ok(given.extract::<PathBuf>()?.to_string_lossy().into_owned())
}

fn record_values(given: &Bound<'_, PyAny>) -> PyResult<RecordValues> {
    let option = given.extract::<RecordValuesOption>().map_err(|error| wrong_type("record_values", error))?;
    match option {
        RecordValuesOption::Text(text) => {
            RecordValues::parse(&text).map_err(|denial| answer::misconfigured(given.py(), &denial))
        }
        RecordValuesOption::Names(names) => Ok(RecordValues::Only(names)),
    }
}

/// A model's configuration: a plain `dict`.
///
/// # Errors
/// E504 where it is no JSON, or more than a call's arguments may be.
pub(crate) fn configuration(given: &Bound<'_, PyAny>) -> PyResult<Model> {
    let configuration = value::object(given).map_err(|denial| {
        let denial = Denial::new(Code::ConfigurationInvalid, denial.details().rule).field("model");
        answer::misconfigured(given.py(), &denial)
    })?;
    Ok(Model::Configuration(configuration))
}

fn model(given: &Bound<'_, PyAny>) -> PyResult<Model> {
    if given.is_exact_instance_of::<PyDict>() {
        return configuration(given);
    }
    Ok(Model::File(given.extract().map_err(|error| wrong_type("model", error))?))
}

fn word<T: Copy>(given: &Bound<'_, PyAny>, name: &str, words: [(&'static str, T); 2]) -> PyResult<T> {
    let text: String = given.extract().map_err(|error| wrong_type(name, error))?;
    words.iter().find(|(word, _)| *word == text).map(|(_, option)| *option).ok_or_else(|| {
        let [(first, _), (second, _)] = words;
        let denial = Denial::new(Code::ConfigurationInvalid, "option-value").field(name.to_owned()).requested(text);
        answer::misconfigured(given.py(), &denial.expected(format!("`{first}` or `{second}`")))
    })
}

fn wrong_type(name: &str, error: PyErr) -> PyErr {
    PyTypeError::new_err(format!("option `{name}`: {error}"))
}

fn unknown(name: &str) -> PyErr {
    PyTypeError::new_err(format!("unknown option `{name}`"))
}
