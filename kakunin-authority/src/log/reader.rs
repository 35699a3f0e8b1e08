//! Reading a log that may be written at the same time.

use std::fs::File;
use std::path::Path;

use kakunin_core::error::{Code, Denial};
use kakunin_core::record::{DecisionRecord, DigestKey, LogCheck, LogReport, NoteKey, leaf_hash, reference};

use super::disk::Scan;
use super::files::{CHECKPOINT_BYTES, Folder, path_text};
use crate::{fault, files};

/// What a check of a log found.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The name of the key that signs its checkpoints.
    pub key_name: String,
    /// Entries, root and findings.
    pub report: LogReport,
}

/// Checks the log in `folder` against its checkpoint: every record readable, none altered, none missing.
///
/// `key` (as `log.pub` holds it) must have signed the checkpoint. Without it the log's own `log.pub` is believed, which
/// finds accidents, but not someone who replaced records, checkpoint and key together.
///
/// # Errors
/// E504 where there is no such log, or the key cannot be read. What is wrong with the records is in the report.
pub fn verify(folder: &Path, key: Option<&str>) -> Result<Verification, Denial> {
    let folder = Folder(folder.to_owned());
    let text = match key {
        Some(key) => key.to_owned(),
        None => files::read_text(&folder.public_key(), "record", 4_096)?,
    };
    let key = NoteKey::parse(text.trim()).map_err(|fault| fault.denial(Code::ConfigurationInvalid, "key"))?;
    // The checkpoint first: a writer only ever adds, so what it covers is there when the entries are read.
    let note = files::read_text(&folder.checkpoint(), "record", CHECKPOINT_BYTES)?;
    let mut check = LogCheck::new(&note, &key);
    let mut scan = open(&folder)?;
    while let Some(entry) = next(&mut scan, &folder)? {
        check.entry(&entry);
    }
    Ok(Verification { key_name: key.name().to_owned(), report: check.finish(scan.tail()) })
}

/// A record that was found by its reference.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its index in the log.
    pub index: u64,
    /// The record.
    pub record: DecisionRecord,
    /// Its canonical text.
    pub text: String,
}

/// The record in `folder` that a denial's reference names.
///
/// # Errors
/// E504: `reference` is not 16 hex digits (`reference`), no record has it (`reference-unknown`), or there is no such log.
pub fn find(folder: &Path, wanted: &str) -> Result<Found, Denial> {
    let refuse = |rule, expected: String| fault::misconfigured(rule, "reference", wanted.to_owned(), expected);
    if wanted.len() != 16 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(refuse("reference", "16 hex digits, as a denial shows them".to_owned()));
    }
    let folder = Folder(folder.to_owned());
    let mut scan = open(&folder)?;
    let mut index = 0;
    while let Some(entry) = next(&mut scan, &folder)? {
        if reference(&leaf_hash(&entry)).eq_ignore_ascii_case(wanted) {
            let record = DecisionRecord::parse(&entry)
                .map_err(|fault| fault.denial(Code::RecordUnavailable, format!("record {index}")))?;
            return Ok(Found { index, record, text: String::from_utf8_lossy(&entry).into_owned() });
        }
        index += 1;
    }
    Err(refuse("reference-unknown", format!("a reference from {}, which has {index} records", path_text(&folder.0))))
}

/// Reads the records in `folder`, one after the other.
///
/// # Errors
/// E504 where there is no such log; E503 where an entry is no record.
pub(crate) fn each(folder: &Path, mut read: impl FnMut(DecisionRecord)) -> Result<(), Denial> {
    let folder = Folder(folder.to_owned());
    let mut scan = open(&folder)?;
    let mut index = 0_u64;
    while let Some(entry) = next(&mut scan, &folder)? {
        let record = DecisionRecord::parse(&entry)
            .map_err(|fault| fault.denial(Code::RecordUnavailable, format!("record {index}")))?;
        read(record);
        index += 1;
    }
    Ok(())
}

/// The key of the digests in `folder`, which proves whether a record's values are all there.
///
/// # Errors
/// E504 where it is not there or cannot be read.
pub(crate) fn digest_key(folder: &Path) -> Result<DigestKey, Denial> {
    Folder(folder.to_owned()).load_digest_key()
}

fn open(folder: &Folder) -> Result<Scan, Denial> {
    let path = folder.entries();
    Ok(Scan::new(File::open(&path).map_err(|error| fault::file("record", &path, &error))?))
}

fn next(scan: &mut Scan, folder: &Folder) -> Result<Option<Vec<u8>>, Denial> {
    scan.next_entry().map_err(|error| fault::file("record", &folder.entries(), &error))
}
