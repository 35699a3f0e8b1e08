//! Options from JavaScript, as the shell wants them. Which of them go together is the shell's business.

use kakunin_authority::shell::{Bound, GuardOptions, Model, RecordValues, SignerSource, Source, VerifierOptions};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::Mode;
use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;

use crate::answer;

/// Options of a guard. Certificates are paths, PEM texts or bytes.
#[napi(object, object_to_js = false)]
pub struct NativeGuardOptions {
    /// The chain, leaf first.
    pub certificate: Option<Either<String, Uint8Array>>,
    /// Anchors.
    pub trust: Option<Vec<Either<String, Uint8Array>>>,
    /// The parents' paths, nearest first.
    pub parents: Option<Vec<Either<String, Uint8Array>>>,
    /// `file:agent.key`.
    pub signer: Option<String>,
    /// `memory:`.
    pub state: Option<String>,
    /// A folder, an authority's URL, or `none`.
    pub revocation: Option<String>,
    /// The folder in which it is kept how far orders are known.
    pub seen: Option<String>,
    /// `file:PATH`, `stderr:`, `none`.
    pub record: Option<String>,
    /// `all`, `none`, or parameter paths.
    pub record_values: Option<Either<String, Vec<String>>>,
    /// `enforce` or `observe`.
    pub mode: Option<String>,
    /// `optional` or `required`.
    pub bound: Option<String>,
    /// The region that this guard runs in.
    pub region: Option<String>,
    /// The model configuration, as JSON text.
    pub model: Option<String>,
    /// The path of a weights file, in its place.
    pub model_file: Option<String>,
    /// Who acts.
    pub audience: Option<String>,
}

/// Options of a verifier.
#[napi(object, object_to_js = false)]
pub struct NativeVerifierOptions {
    /// Anchors.
    pub trust: Option<Vec<Either<String, Uint8Array>>>,
    /// The name of this service, as intents give it.
    pub audience: Option<String>,
    /// `memory:`.
    pub state: Option<String>,
    /// A folder, an authority's URL, or `none`.
    pub revocation: Option<String>,
    /// The folder in which it is kept how far orders are known.
    pub seen: Option<String>,
    /// `file:PATH`, `stderr:`, `none`.
    pub record: Option<String>,
    /// `all`, `none`, or parameter paths.
    pub record_values: Option<Either<String, Vec<String>>>,
    /// The region that this verifier runs in.
    pub region: Option<String>,
    /// Paths that intents may refer to by their leaf's hash.
    pub paths: Option<Vec<Either<String, Uint8Array>>>,
}

/// A source of certificates.
pub(crate) fn source(given: Either<String, Uint8Array>) -> Source {
    match given {
        Either::A(text) => Source::from_text(&text),
        Either::B(bytes) => Source::Bytes(bytes.to_vec()),
    }
}

fn sources(given: Option<Vec<Either<String, Uint8Array>>>) -> Vec<Source> {
    given.unwrap_or_default().into_iter().map(source).collect()
}

fn record_values(given: Option<Either<String, Vec<String>>>) -> Result<Option<RecordValues>, Denial> {
    match given {
        None => Ok(None),
        Some(Either::A(text)) => RecordValues::parse(&text).map(Some),
        Some(Either::B(paths)) => Ok(Some(RecordValues::Only(paths))),
    }
}

fn choice<T>(value: Option<&str>, field: &'static str, choices: [(&'static str, T); 2]) -> Result<T, Denial> {
    let [first, second] = choices;
    match value {
        None => Ok(first.1),
        Some(text) if text == first.0 => Ok(first.1),
        Some(text) if text == second.0 => Ok(second.1),
        Some(text) => Err(Denial::new(Code::ConfigurationInvalid, "option-value")
            .field(field)
            .requested(text.to_owned())
            .expected(format!("`{}` or `{}`", first.0, second.0))),
    }
}

/// A model's configuration, from JSON text.
pub(crate) fn configuration(text: &str) -> Result<Model, Denial> {
    let configuration = answer::arguments(text, None);
    let refused = |denial: Denial| Denial::new(Code::ConfigurationInvalid, denial.details().rule).field("model");
    configuration.map(Model::Configuration).map_err(refused)
}

impl NativeGuardOptions {
    pub(crate) fn resolve(self) -> Result<GuardOptions, Denial> {
        let configuration = self.model.map(|text| configuration(&text)).transpose()?;
        Ok(GuardOptions {
            certificate: self.certificate.map(source),
            trust: sources(self.trust),
            parents: sources(self.parents),
            signer: self.signer.map(SignerSource::Uri),
            state: self.state,
            revocation: self.revocation,
            seen: self.seen.map(Into::into),
            record: self.record,
            record_values: record_values(self.record_values)?,
            mode: choice(self.mode.as_deref(), "mode", [("enforce", Mode::Enforce), ("observe", Mode::Observe)])?,
            bound: choice(
                self.bound.as_deref(),
                "bound",
                [("optional", Bound::Optional), ("required", Bound::Required)],
            )?,
            region: self.region,
            model: configuration.or_else(|| self.model_file.map(|path| Model::File(path.into()))),
            audience: self.audience,
            ..GuardOptions::default()
        })
    }
}

impl NativeVerifierOptions {
    pub(crate) fn resolve(self) -> Result<VerifierOptions, Denial> {
        Ok(VerifierOptions {
            trust: sources(self.trust),
            audience: self.audience,
            state: self.state,
            revocation: self.revocation,
            seen: self.seen.map(Into::into),
            record: self.record,
            record_values: record_values(self.record_values)?,
            region: self.region,
            paths: sources(self.paths),
            ..VerifierOptions::default()
        })
    }
}
