//! Where decisions are recorded.

use std::io::{self, Write};
use std::sync::Arc;

use kakunin_core::crypto::{Random, SystemRandom};
use kakunin_core::error::{Code, Denial};
use kakunin_core::record::{self, DigestKey, Entry};
use kakunin_core::scope::ParamPath;

use super::RecordValues;
use super::stores::RecordChoice;
use crate::fault;
use crate::log::Log;

/// A sink, and what it lets a record hold.
pub(crate) struct Sink {
    place: Place,
    values: record::RecordValues,
}

enum Place {
    Log(Arc<Log>),
    /// References are computed all the same; under a key that dies with the guard.
    Nowhere(DigestKey),
    Stderr(DigestKey),
}

impl Sink {
    pub(super) fn open(choice: &RecordChoice, values: &RecordValues) -> Result<Self, Denial> {
        let place = match choice {
            RecordChoice::File { folder, writing } => Place::Log(Log::open(folder, *writing)?),
            RecordChoice::None => Place::Nowhere(passing_key()?),
            RecordChoice::Stderr => Place::Stderr(passing_key()?),
        };
        let values = match values {
            RecordValues::All => record::RecordValues::All,
            RecordValues::None => record::RecordValues::None,
            RecordValues::Only(paths) => {
                let parse = |path: &String| {
                    ParamPath::parse(path)
                        .map_err(|fault| fault::misconfigured(fault.rule, "record_values", path.clone(), fault.detail))
                };
                record::RecordValues::Some(paths.iter().map(parse).collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { place, values })
    }

    /// Whether records are kept.
    pub(crate) const fn keeps(&self) -> bool {
        !matches!(self.place, Place::Nowhere(_))
    }

    pub(super) fn values(&self) -> &record::RecordValues {
        &self.values
    }

    pub(super) fn digest_key(&self) -> &DigestKey {
        match &self.place {
            Place::Log(log) => log.digest_key(),
            Place::Nowhere(key) | Place::Stderr(key) => key,
        }
    }

    pub(super) fn write(&self, entry: &Entry) -> Result<(), Denial> {
        match &self.place {
            Place::Log(log) => log.append(entry),
            Place::Nowhere(_) => Ok(()),
            Place::Stderr(_) => {
                let line = format!("{}\n", entry.text());
                io::stderr().lock().write_all(line.as_bytes()).map_err(|error| {
                    Denial::new(Code::RecordUnavailable, "record-write").field("record").expected(fault::cause(&error))
                })
            }
        }
    }

    pub(crate) fn flush(&self) -> Result<(), Denial> {
        match &self.place {
            Place::Log(log) => log.flush(),
            Place::Nowhere(_) | Place::Stderr(_) => Ok(()),
        }
    }

    /// What opening the log found, once.
    pub(super) fn take_notice(&self) -> Option<String> {
        match &self.place {
            Place::Log(log) => log.take_notice(),
            Place::Nowhere(_) | Place::Stderr(_) => None,
        }
    }
}

fn passing_key() -> Result<DigestKey, Denial> {
    let mut secret = [0; 32];
    SystemRandom::new().fill(&mut secret).map_err(|error| error.denial())?;
    DigestKey::new(&secret)
}
