//! Where decisions are recorded.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

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
    Stderr(DigestKey, Mutex<Box<dyn Write + Send>>),
    /// Does something while a record is written.
    #[cfg(test)]
    Acting(DigestKey, Box<dyn Fn(&Entry) + Send + Sync>),
}

impl Sink {
    pub(super) fn open(choice: &RecordChoice, values: &RecordValues) -> Result<Self, Denial> {
        let place = match choice {
            RecordChoice::File { folder, writing } => Place::Log(Log::open(folder, *writing)?),
            RecordChoice::None => Place::Nowhere(passing_key()?),
            RecordChoice::Stderr => {
                Place::Stderr(passing_key()?, Mutex::new(standard_error().map_err(|e| unwritten(&e))?))
            }
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

    /// A sink that does this at each record.
    #[cfg(test)]
    pub(super) fn acting(act: impl Fn(&Entry) + Send + Sync + 'static) -> Result<Self, Denial> {
        Ok(Self { place: Place::Acting(passing_key()?, Box::new(act)), values: record::RecordValues::All })
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
            Place::Nowhere(key) | Place::Stderr(key, _) => key,
            #[cfg(test)]
            Place::Acting(key, _) => key,
        }
    }

    pub(super) fn write(&self, entry: &Entry) -> Result<(), Denial> {
        match &self.place {
            Place::Log(log) => log.append(entry),
            Place::Nowhere(_) => Ok(()),
            #[cfg(test)]
            Place::Acting(_, act) => {
                act(entry);
                Ok(())
            }
            Place::Stderr(_, stderr) => {
                let line = format!("{}\n", entry.text());
                let mut stderr = stderr.lock().unwrap_or_else(PoisonError::into_inner);
                stderr.write_all(line.as_bytes()).and_then(|()| stderr.flush()).map_err(|error| unwritten(&error))
            }
        }
    }

    pub(crate) fn flush(&self) -> Result<(), Denial> {
        match &self.place {
            Place::Log(log) => log.flush(),
            #[cfg(test)]
            Place::Acting(..) => Ok(()),
            Place::Nowhere(_) | Place::Stderr(..) => Ok(()),
        }
    }

    /// What opening the log found, once.
    pub(super) fn take_notice(&self) -> Option<String> {
        match &self.place {
            Place::Log(log) => log.take_notice(),
            #[cfg(test)]
            Place::Acting(..) => None,
            Place::Nowhere(_) | Place::Stderr(..) => None,
        }
    }
}

/// Standard error as a file of its own: the library's passes over one that is closed, and the record would be lost.
#[cfg(unix)]
fn standard_error() -> io::Result<Box<dyn Write + Send>> {
    use std::os::fd::AsFd;
    Ok(Box::new(std::fs::File::from(io::stderr().as_fd().try_clone_to_owned()?)))
}

#[cfg(not(unix))]
fn standard_error() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(io::stderr()))
}

fn unwritten(error: &io::Error) -> Denial {
    Denial::new(Code::RecordUnavailable, "record-write").field("record").expected(fault::cause(error))
}

fn passing_key() -> Result<DigestKey, Denial> {
    let mut secret = [0; 32];
    SystemRandom::new().fill(&mut secret).map_err(|error| error.denial())?;
    DigestKey::new(&secret)
}
