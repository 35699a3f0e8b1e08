//! What a guard and a verifier are told, and how it is read.

use std::path::PathBuf;
use std::sync::Arc;

use kakunin_core::approval::Offered;
use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::Signer;
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::Mode;

use super::{Clock, Source};
use crate::fault;

/// What a guard is told; what is left out has the default of its field.
#[derive(Clone, Debug, Default)]
pub struct GuardOptions {
    /// The agent's path, leaf first. Required. A path `test:FILE.toml` issues a throw-away one where `KAKUNIN_ENV=test`.
    pub certificate: Option<Source>,
    /// The trust anchors. Required, but for `test:` certificates.
    pub trust: Vec<Source>,
    /// The parents' paths, nearest first, each leaf first: for an agent that a CA certified below another.
    pub parents: Vec<Source>,
    /// The agent's key. Without it the guard decides, but cannot sign.
    pub signer: Option<SignerSource>,
    /// Where nonces, rates and budgets are: `memory:`, one for the process. Default under a development root only.
    pub state: Option<String>,
    /// A folder of CRLs, OCSP responses and orders, or an authority's URL (either with `?every=5s`), or `none`. Default under
    /// a development root only: `revocation/` beside the root.
    pub revocation: Option<String>,
    /// The folder in which it is kept how far orders and lists are known, for a restart. Default: `.kakunin/seen`.
    pub seen: Option<PathBuf>,
    /// `file:PATH`, `file:PATH?write=batch`, `stderr:` or `none`. Default under a development root only: `file:.kakunin/record`.
    pub record: Option<String>,
    /// Which parameters' values a record may hold. Default: all under a development root, else none.
    pub record_values: Option<RecordValues>,
    /// Whether denials deny. Observing needs a record.
    pub mode: Mode,
    /// Whether a call outside a binding is denied.
    pub bound: Bound,
    /// The region that the guard runs in, for scopes that ask for one.
    pub region: Option<String>,
    /// The running model, compared with the certificate's `modelHash`.
    pub model: Option<Model>,
    /// Who acts, for grants that ask for one.
    pub audience: Option<String>,
    /// Where the process runs; read from `KAKUNIN_ENV` where absent.
    pub environment: Option<Environment>,
    /// The clock.
    pub clock: Arc<Clock>,
}

/// What a verifier is told; what is left out has the default of its field.
#[derive(Clone, Debug, Default)]
pub struct VerifierOptions {
    /// The trust anchors. Required.
    pub trust: Vec<Source>,
    /// Who this verifier is: the only `aud` that it takes. Required.
    pub audience: Option<String>,
    /// As for a guard.
    pub state: Option<String>,
    /// As for a guard.
    pub revocation: Option<String>,
    /// As for a guard.
    pub seen: Option<PathBuf>,
    /// As for a guard.
    pub record: Option<String>,
    /// As for a guard.
    pub record_values: Option<RecordValues>,
    /// As for a guard.
    pub region: Option<String>,
    /// Paths of agents that leave them out of their intents, each leaf first; parents' paths too.
    pub paths: Vec<Source>,
    /// As for a guard.
    pub environment: Option<Environment>,
    /// The clock.
    pub clock: Arc<Clock>,
}

/// The agent's key, by where it is.
#[derive(Clone)]
pub enum SignerSource {
    /// A signer made elsewhere.
    Signer(Arc<dyn Signer>),
    /// `file:agent.key`, or `file:agent.key?passphrase-file=PATH` where the key is encrypted.
    Uri(String),
}

impl std::fmt::Debug for SignerSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Signer(signer) => f.debug_tuple("Signer").field(&signer.key_id()).finish(),
            Self::Uri(uri) => f.debug_tuple("Uri").field(uri).finish(),
        }
    }
}

/// Which parameters' values a record may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordValues {
    /// All.
    All,
    /// None: only their keyed digest.
    None,
    /// Those at these paths, in authoring form (`items[].amount`).
    Only(Vec<String>),
}

impl RecordValues {
    /// `all`, `none`, or paths separated by commas.
    ///
    /// # Errors
    /// E504 `record-values` where a path is empty.
    pub fn parse(text: &str) -> Result<Self, Denial> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            _ => {
                let paths: Vec<String> = text.split(',').map(|path| path.trim().to_owned()).collect();
                if paths.iter().any(String::is_empty) {
                    return Err(fault::misconfigured(
                        "record-values",
                        "record_values",
                        text.to_owned(),
                        "`all`, `none`, or parameters separated by commas",
                    ));
                }
                Ok(Self::Only(paths))
            }
        }
    }
}

/// What the agent runs on, as profile §6 hashes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// Provider, model, version, system prompt, tools….
    Configuration(Object),
    /// A file of weights.
    File(PathBuf),
}

/// Whether calls must be made inside a binding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// A call needs none.
    #[default]
    Optional,
    /// A call without one is denied: it comes from a thread that lost its context.
    Required,
}

impl Bound {
    /// `optional` or `required`.
    ///
    /// # Errors
    /// E504 `bound`.
    pub fn parse(text: &str) -> Result<Self, Denial> {
        match text {
            "optional" => Ok(Self::Optional),
            "required" => Ok(Self::Required),
            _ => Err(fault::misconfigured("bound", "bound", text.to_owned(), "`optional` or `required`")),
        }
    }
}

/// Where the process runs, as `KAKUNIN_ENV` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine, or nothing said.
    #[default]
    Development,
    /// Production: no development roots, no test certificates, no limits in memory.
    Production,
    /// Tests: `test:` certificates are issued.
    Test,
}

impl Environment {
    /// What `KAKUNIN_ENV` says now.
    ///
    /// # Errors
    /// E504 `environment` for a word that is none of `production`, `test`, `development`: a misspelt `production` must not open doors.
    pub fn from_process() -> Result<Self, Denial> {
        match std::env::var_os("KAKUNIN_ENV") {
            None => Ok(Self::Development),
            Some(value) => Self::parse(&value.to_string_lossy()),
        }
    }

    fn parse(text: &str) -> Result<Self, Denial> {
        match text {
            "" | "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            "test" => Ok(Self::Test),
            _ => Err(fault::misconfigured(
                "environment",
                "KAKUNIN_ENV",
                text.to_owned(),
                "`production`, `test` or `development`",
            )),
        }
    }
}

/// What `bind` adds to calls.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// The session.
    pub session: Option<String>,
    /// The decision chain.
    pub chain: Option<String>,
    /// The approvals that come with calls, read once; none or at least one.
    pub approvals: Option<Arc<Offered>>,
}

impl Binding {
    /// Checks that each text has 1 to 256 characters, as an intent can carry.
    ///
    /// # Errors
    /// E504 `binding`, naming the field.
    pub fn check(&self) -> Result<(), Denial> {
        for (field, text) in [("session", &self.session), ("chain", &self.chain)] {
            if let Some(text) = text
                && (text.is_empty() || text.chars().nth(256).is_some())
            {
                return Err(fault::misconfigured("binding", field, text.clone(), "1 to 256 characters"));
            }
        }
        Ok(())
    }

    /// The same with these approvals after its own, as compact JWS. What cannot be read as one matters only to a call that needs
    /// it.
    ///
    /// # Errors
    /// E504 `binding` where they are more than come with a call, or longer.
    pub fn with_approvals<T: AsRef<str>>(&self, tokens: impl IntoIterator<Item = T>) -> Result<Self, Denial> {
        let own = self.approvals.iter().flat_map(|offered| offered.tokens()).map(str::to_owned);
        let all: Vec<String> = own.chain(tokens.into_iter().map(|token| token.as_ref().to_owned())).collect();
        let offered = Offered::parse(&all, &Bounds::default()).map_err(|denial| {
            let expected = denial.details().expected.clone().unwrap_or_default();
            fault::misconfigured("binding", "approvals", format!("{} approvals", all.len()), expected)
        })?;
        Ok(Self { approvals: (!offered.is_empty()).then(|| Arc::new(offered)), ..self.clone() })
    }

    /// Whether it adds nothing.
    pub const fn is_empty(&self) -> bool {
        self.session.is_none() && self.chain.is_none() && self.approvals.is_none()
    }
}

impl GuardOptions {
    /// The options that `KAKUNIN_CERTIFICATE`, `_TRUST`, `_PARENTS`, `_SIGNER`, `_STATE`, `_REVOCATION`, `_SEEN`, `_RECORD`,
    /// `_RECORD_VALUES`, `_BOUND`, `_REGION`, `_MODEL` (a file of weights) and `_AUDIENCE` name. Lists are separated as in `PATH`.
    ///
    /// # Errors
    /// E504 where a variable is not UTF-8 or not an option's value; `observe-in-code` where `KAKUNIN_MODE` is set:
    /// who can set a variable must not switch enforcement off.
    pub fn from_env() -> Result<Self, Denial> {
        if std::env::var_os("KAKUNIN_MODE").is_some() {
            return Err(Denial::new(Code::ConfigurationInvalid, "observe-in-code")
                .field("KAKUNIN_MODE")
                .expected("`mode` in code only"));
        }
        Ok(Self {
            certificate: variable("KAKUNIN_CERTIFICATE")?.map(Source::from),
            trust: sources("KAKUNIN_TRUST")?,
            parents: sources("KAKUNIN_PARENTS")?,
            signer: variable("KAKUNIN_SIGNER")?.map(SignerSource::Uri),
            state: variable("KAKUNIN_STATE")?,
            revocation: variable("KAKUNIN_REVOCATION")?,
            seen: variable("KAKUNIN_SEEN")?.map(PathBuf::from),
            record: variable("KAKUNIN_RECORD")?,
            record_values: variable("KAKUNIN_RECORD_VALUES")?.map(|text| RecordValues::parse(&text)).transpose()?,
            bound: variable("KAKUNIN_BOUND")?.map(|text| Bound::parse(&text)).transpose()?.unwrap_or_default(),
            region: variable("KAKUNIN_REGION")?,
            model: variable("KAKUNIN_MODEL")?.map(|path| Model::File(path.into())),
            audience: variable("KAKUNIN_AUDIENCE")?,
            ..Self::default()
        })
    }
}

impl VerifierOptions {
    /// The options that `KAKUNIN_TRUST`, `_AUDIENCE`, `_STATE`, `_REVOCATION`, `_SEEN`, `_RECORD`, `_RECORD_VALUES`, `_REGION`
    /// and `_PATHS` name.
    ///
    /// # Errors
    /// As [`GuardOptions::from_env`].
    pub fn from_env() -> Result<Self, Denial> {
        Ok(Self {
            trust: sources("KAKUNIN_TRUST")?,
            audience: variable("KAKUNIN_AUDIENCE")?,
            state: variable("KAKUNIN_STATE")?,
            revocation: variable("KAKUNIN_REVOCATION")?,
            seen: variable("KAKUNIN_SEEN")?.map(PathBuf::from),
            record: variable("KAKUNIN_RECORD")?,
            record_values: variable("KAKUNIN_RECORD_VALUES")?.map(|text| RecordValues::parse(&text)).transpose()?,
            region: variable("KAKUNIN_REGION")?,
            paths: sources("KAKUNIN_PATHS")?,
            ..Self::default()
        })
    }
}

fn variable(name: &'static str) -> Result<Option<String>, Denial> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Denial::new(Code::ConfigurationInvalid, "variable-utf8").field(name).expected("text in UTF-8"))
        }
    }
}

fn sources(name: &'static str) -> Result<Vec<Source>, Denial> {
    Ok(variable(name)?.map_or_else(Vec::new, |text| {
        if text.contains("-----BEGIN ") {
            vec![Source::Pem(text)]
        } else {
            std::env::split_paths(&text).filter(|path| !path.as_os_str().is_empty()).map(Source::Path).collect()
        }
    }))
}

/// When a record is on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// Within 50 ms; a crash may lose that much.
    Batch,
    /// Before the decision is given.
    #[default]
    Sync,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_environment_opens_no_doors() {
        assert_eq!(Environment::parse("production"), Ok(Environment::Production));
        assert_eq!(Environment::parse(""), Ok(Environment::Development));
        assert_eq!(Environment::parse("prod").unwrap_err().details().rule, "environment");
    }

    #[test]
    fn record_values_are_words_or_paths() {
        assert_eq!(RecordValues::parse("all"), Ok(RecordValues::All));
        assert_eq!(RecordValues::parse("a, b.c"), Ok(RecordValues::Only(vec!["a".to_owned(), "b.c".to_owned()])));
        assert!(RecordValues::parse("a,,b").is_err());
    }

    #[test]
    fn a_binding_holds_what_an_intent_can_carry() {
        let binding = |length| Binding { session: Some("é".repeat(length)), ..Binding::default() };
        assert!(binding(256).check().is_ok());
        assert!(binding(257).check().is_err());
        assert!(binding(0).check().is_err());
    }
}
