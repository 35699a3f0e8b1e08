//! Where a guard's or a verifier's three stores are: what the options say, and the defaults under a development root.

use std::path::{Path, PathBuf};

use kakunin_core::error::Denial;

use super::Writing;
use crate::fault;

/// Where state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateChoice {
    Memory,
}

/// Where revocation is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RevocationChoice {
    Folder(PathBuf),
    None,
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
            (Some(""), _) => return Err(unsupported("revocation", "", REVOCATION)),
            (Some(folder), _) if has_scheme(folder) => return Err(unsupported("revocation", folder, REVOCATION)),
            (Some(folder), _) => RevocationChoice::Folder(PathBuf::from(folder)),
            (None, Defaults::Development { root: Some(root) }) => {
                RevocationChoice::Folder(root.parent().unwrap_or(Path::new("")).join("revocation"))
            }
            (None, Defaults::Development { root: None }) => {
                return Err(fault::missing(
                    "revocation",
                    "a folder of CRLs or `none`: no default where `trust` is not a file",
                ));
            }
            (None, Defaults::None) => {
                return Err(fault::missing(
                    "revocation",
                    "a folder of CRLs or `none`: no default outside a development root",
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

const REVOCATION: &str = "a folder of CRLs or `none`";

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
        assert_eq!(stores.revocation, RevocationChoice::Folder("pki/revocation".into()));
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
            ("memory:", "https://ca.example", "none", "revocation"),
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
}
