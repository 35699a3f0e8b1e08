//! Where a guard's or a verifier's three stores are: what the options say, and the defaults under a development root.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kakunin_core::error::Denial;

use super::Writing;
use super::clock::parse_span;
use crate::fault;
use crate::http::Url;

/// Where state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateChoice {
    Memory,
}

/// Where revocation is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RevocationChoice {
    None,
    Source(RevocationSource),
}

/// A source of lists, and how often it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RevocationSource {
    pub(super) place: Place,
    pub(super) every: Duration,
}

/// Where lists are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Folder(PathBuf),
    Url(Url),
}

/// Where decisions are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RecordChoice {
    File { folder: PathBuf, writing: Writing },
    None,
    Stderr,
}

/// Where the three stores are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stores {
    pub(super) state: StateChoice,
    pub(super) revocation: RevocationChoice,
    pub(super) record: RecordChoice,
}

impl Stores {
    /// Reads the three options; `development` is the development root's file where defaults apply.
    pub(super) fn choose(
        state: Option<&str>,
        revocation: Option<&str>,
        record: Option<&str>,
        development: Defaults<'_>,
    ) -> Result<Self, Denial> {
        let state = match (state, development) {
            (Some("memory:"), _) | (None, Defaults::Development { .. }) => StateChoice::Memory,
            (Some(other), _) => return Err(unsupported("state", other, "`memory:`")),
            (None, Defaults::None) => {
                return Err(fault::missing("state", "`memory:`: no default outside a development root"));
            }
        };
        let revocation = match (revocation, development) {
            (Some("none"), _) => RevocationChoice::None,
            (Some(text), _) => RevocationChoice::Source(RevocationSource::parse(text)?),
            (None, Defaults::Development { root: Some(root) }) => {
                let folder = root.parent().unwrap_or(Path::new("")).join("revocation");
                RevocationChoice::Source(RevocationSource { place: Place::Folder(folder), every: FOLDER_EVERY })
            }
            (None, Defaults::Development { root: None }) => {
                return Err(fault::missing(
                    "revocation",
                    "a folder, an authority's URL or `none`: no default where `trust` is not a file",
                ));
            }
            (None, Defaults::None) => {
                return Err(fault::missing(
                    "revocation",
                    "a folder, an authority's URL or `none`: no default outside a development root",
                ));
            }
        };
        let record = match (record, development) {
            (Some(text), _) => RecordChoice::parse(text)?,
            (None, Defaults::Development { .. }) => {
                RecordChoice::File { folder: PathBuf::from(".kakunin").join("record"), writing: Writing::Sync }
            }
            (None, Defaults::None) => {
                return Err(fault::missing(
                    "record",
                    "`file:PATH`, `stderr:` or `none`: no default outside a development root",
                ));
            }
        };
        Ok(Self { state, revocation, record })
    }
}

/// Whether options have defaults.
#[derive(Clone, Copy, Debug)]
pub(super) enum Defaults<'a> {
    /// Every anchor is for development; `root` is the file of the first, where it is one.
    Development { root: Option<&'a Path> },
    /// Each option must be written.
    None,
}

const REVOCATION: &str = "a folder, an `http` or `https` URL, either with `?every=10s`, or `none`";
/// How often a folder is looked at. 1 s: a few system calls.
const FOLDER_EVERY: Duration = Duration::from_secs(1);
/// How often an authority is asked. 10 s: a fleet of 1,000 guards costs it a hundred questions a second.
const URL_EVERY: Duration = Duration::from_secs(10);
/// The shortest and the longest interval that may be written: 0.1 s is below what people notice, and what is looked at less
/// often than each hour does not stop anybody.
const EVERY: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(3_600);

impl RevocationSource {
    fn parse(text: &str) -> Result<Self, Denial> {
        // What came may hold a secret where it is a URL.
        let (place, query) = text.split_once('?').map_or((text, None), |(place, query)| (place, Some(query)));
        let refused = || unsupported("revocation", place, REVOCATION);
        let (place, every) = match place.split_once("://") {
            _ if place.is_empty() => return Err(refused()),
            Some(("http" | "https", _)) => (Place::Url(Url::parse(place).map_err(|_| refused())?), URL_EVERY),
            _ if has_scheme(place) => return Err(refused()),
            _ => (Place::Folder(PathBuf::from(place)), FOLDER_EVERY),
        };
        let every = match query {
            None => every,
            Some(query) => {
                let span = query.strip_prefix("every=").and_then(parse_span).filter(|span| EVERY.contains(span));
                span.ok_or_else(|| {
                    let expected = "`every=`, 100ms to 1h: an integer and ms, s, m or h";
                    fault::misconfigured("revocation-every", "revocation", query.to_owned(), expected)
                })?
            }
        };
        Ok(Self { place, every })
    }

    /// The source whatever the option calls it.
    pub(super) fn key(&self) -> (Place, Duration) {
        let place = match &self.place {
            Place::Folder(path) => Place::Folder(path.canonicalize().unwrap_or_else(|_| path.clone())),
            Place::Url(url) => Place::Url(url.clone()),
        };
        (place, self.every)
    }
}

/// As an option names it, without what may be secret.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::Url(url) => f.write_str(&url.shown()),
        }
    }
}

impl RecordChoice {
    fn parse(text: &str) -> Result<Self, Denial> {
        const EXPECTED: &str = "`file:PATH`, `file:PATH?write=batch`, `stderr:` or `none`";
        match text {
            "none" => return Ok(Self::None),
            "stderr:" => return Ok(Self::Stderr),
            _ => {}
        }
        let path = text.strip_prefix("file:").ok_or_else(|| unsupported("record", text, EXPECTED))?;
        let (path, writing) = match path.split_once('?') {
            None | Some((_, "write=sync")) => (path.split('?').next().unwrap_or(path), Writing::Sync),
            Some((path, "write=batch")) => (path, Writing::Batch),
            Some(_) => return Err(unsupported("record", text, EXPECTED)),
        };
        if path.is_empty() {
            return Err(unsupported("record", text, EXPECTED));
        }
        Ok(Self::File { folder: PathBuf::from(path), writing })
    }
}

/// `scheme:` with two letters or more, so a Windows drive is none.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

fn unsupported(field: &'static str, came: &str, expected: &'static str) -> Denial {
    fault::misconfigured("unsupported", field, came.to_owned(), expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVELOPMENT: Defaults<'static> = Defaults::Development { root: None };

    fn choose<'a>(
        state: &'a str,
        revocation: &'a str,
        record: &'a str,
        defaults: Defaults<'a>,
    ) -> Result<Stores, (&'static str, String)> {
        let text = |text: &'a str| (text != "-").then_some(text);
        Stores::choose(text(state), text(revocation), text(record), defaults)
            .map_err(|denial| (denial.details().rule, denial.details().field.clone().unwrap_or_default().into_owned()))
    }

    #[test]
    fn under_a_development_root_everything_has_a_default() {
        let root = Path::new("pki/root.pem");
        let stores = choose("-", "-", "-", Defaults::Development { root: Some(root) }).unwrap();
        assert_eq!(stores.state, StateChoice::Memory);
        let source = RevocationSource { place: Place::Folder("pki/revocation".into()), every: FOLDER_EVERY };
        assert_eq!(stores.revocation, RevocationChoice::Source(source));
        assert_eq!(stores.record, RecordChoice::File { folder: ".kakunin/record".into(), writing: Writing::Sync });
    }

    #[test]
    fn elsewhere_each_must_be_written() {
        assert!(choose("memory:", "none", "none", Defaults::None).is_ok());
        for (state, revocation, record, field) in
            [("-", "none", "none", "state"), ("memory:", "-", "none", "revocation"), ("memory:", "none", "-", "record")]
        {
            assert_eq!(choose(state, revocation, record, Defaults::None), Err(("option-missing", field.to_owned())));
        }
        assert_eq!(choose("-", "-", "-", DEVELOPMENT), Err(("option-missing", "revocation".to_owned())));
    }

    #[test]
    fn unknown_schemes_are_refused_by_name() {
        for (state, revocation, record, field) in [
            ("redis://h", "none", "none", "state"),
            ("memory", "none", "none", "state"),
            ("memory:", "ldap://ca.example", "none", "revocation"),
            ("memory:", "https://user:secret@ca.example", "none", "revocation"),
            ("memory:", "https://", "none", "revocation"),
            ("memory:", "?every=1s", "none", "revocation"),
            ("memory:", "", "none", "revocation"),
            ("memory:", "none", "postgres://h/d", "record"),
            ("memory:", "none", "file:", "record"),
            ("memory:", "none", "file:x?write=later", "record"),
            ("memory:", "none", "", "record"),
            ("memory:", "none", "record.log", "record"),
        ] {
            assert_eq!(
                choose(state, revocation, record, DEVELOPMENT),
                Err(("unsupported", field.to_owned())),
                "{field}"
            );
        }
        let batch = choose("memory:", "crls", "file:x?write=batch", Defaults::None).unwrap();
        assert_eq!(batch.record, RecordChoice::File { folder: "x".into(), writing: Writing::Batch });
    }

    #[test]
    fn a_source_is_a_folder_or_a_url_and_says_how_often() {
        let source = |text: &str| {
            let source = RevocationSource::parse(text).map_err(|denial| denial.details().rule)?;
            Ok((source.place.to_string(), source.every))
        };
        let (tenth, hour) = (Duration::from_millis(100), Duration::from_secs(3_600));
        for (text, place, every) in [
            ("pki/revocation", "pki/revocation", FOLDER_EVERY),
            ("pki/revocation?every=5s", "pki/revocation", Duration::from_secs(5)),
            ("https://ca.example/pki", "https://ca.example/pki", URL_EVERY),
            ("http://127.0.0.1:8080/tenant.crl?every=100ms", "http://127.0.0.1:8080/tenant.crl", tenth),
            ("x?every=1h", "x", hour),
        ] {
            assert_eq!(source(text), Ok((place.to_owned(), every)), "{text}");
        }
        for text in ["x?", "x?every=", "x?every=99ms", "x?every=61m", "x?every=5", "x?often=5s", "x?every=5s&more=1"] {
            assert_eq!(source(text), Err("revocation-every"), "{text}");
        }
    }
}
