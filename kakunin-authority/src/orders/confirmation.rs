//! What guards say that they know: one file each, written by themselves.

use std::fs;
use std::path::Path;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::{Orders, RECEIPT_GUARDS};
use kakunin_core::time::UnixTime;

use crate::files::{self, Access, Existing};
use crate::{fault, hex};

/// The folder of confirmations, in a revocation folder. Who wants them makes it, writable by the guards.
pub(crate) const GUARDS_FOLDER: &str = "guards";
/// Most bytes of a confirmation. 16 KiB: 16 logs, and the longest id.
const MOST_BYTES: usize = 16 * 1024;
/// Most characters of a guard's name, as receipts take them.
const NAME_CHARACTERS: usize = 2_400;

/// What one guard knows, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The agent's id (of a verifier: its audience) and the instance.
    pub guard: String,
    /// When it wrote so, by its clock.
    pub at: UnixTime,
    /// Until when it writes again, if it still runs.
    pub next_update: UnixTime,
    /// How far it knows each log.
    pub logs: Vec<KnownLog>,
}

/// How far a guard knows a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLog {
    /// The log.
    pub log: String,
    /// How many orders it took.
    pub seq: u64,
    /// The name of the last of them.
    pub last: Option<Digest>,
    /// When the newest head that it knows was signed, in Unix seconds.
    pub head_issued_at: Option<i64>,
}

/// Writes what a guard knows into `folder`, where that has a folder `guards`; else nothing happens. `guard` is the agent's
/// id, `instance` tells guards of one agent apart; it writes again by `next_update`, or is taken to have ended.
///
/// # Errors
/// E504 `file` where the file cannot be written.
pub fn confirm(
    folder: &Path,
    guard: &str,
    instance: &str,
    orders: &Orders,
    now: UnixTime,
    next_update: UnixTime,
) -> Result<(), Denial> {
    let guards = folder.join(GUARDS_FOLDER);
    if !guards.is_dir() {
        return Ok(());
    }
    let mut confirmation = Object::new();
    confirmation.insert("guard", guard);
    confirmation.insert("instance", instance);
    insert_number(&mut confirmation, "at", now.millis());
    insert_number(&mut confirmation, "nextUpdate", next_update.millis());
    let logs = orders.taken().map(|taken| {
        let mut log = Object::new();
        log.insert("log", taken.log);
        insert_number(&mut log, "seq", i64::try_from(taken.seq).unwrap_or(i64::MAX));
        if let Some(last) = taken.last {
            log.insert("head", base64::encode_url(last));
        }
        if let Some(head) = taken.head {
            insert_number(&mut log, "iat", head.issued_at().seconds());
        }
        Json::Object(log)
    });
    confirmation.insert("logs", Json::Array(logs.collect()));
    let text = jcs::to_string(&Json::Object(confirmation)) + "\n";
    let path = guards.join(file_name(guard, instance));
    files::write_one(&path, text.as_bytes(), Access::Everyone, Existing::Replace)
}

/// Takes back what a guard wrote into `folder`: it ends, and nobody need wait for it. Where that fails, it falls silent.
pub fn withdraw(folder: &Path, guard: &str, instance: &str) {
    let _ = fs::remove_file(folder.join(GUARDS_FOLDER).join(file_name(guard, instance)));
}

/// What the guards have written in `folder`, at most 1,024 of them. A file that is no confirmation is passed over: whoever may
/// write there can leave anything.
///
/// # Errors
/// E504 `file` where the folder cannot be read.
pub fn confirmations(folder: &Path) -> Result<Vec<Known>, Denial> {
    let guards = folder.join(GUARDS_FOLDER);
    let listing = match fs::read_dir(&guards) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault::file("guards", &guards, &error)),
    };
    let mut paths: Vec<_> = listing.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let known = paths.into_iter().filter(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_file()));
    let read = known.filter_map(|path| parse(&files::read(&path, "guards", MOST_BYTES).ok()?));
    Ok(read.take(RECEIPT_GUARDS).collect())
}

fn parse(bytes: &[u8]) -> Option<Known> {
    let json = Json::parse(bytes, &JsonBounds { bytes: MOST_BYTES, ..JsonBounds::ORDER }).ok()?;
    let confirmation = json.as_object()?;
    let text = |key| confirmation.get(key).and_then(Json::as_text);
    let guard = format!("{} {}", text("guard")?, text("instance")?);
    let fine = guard.chars().nth(NAME_CHARACTERS).is_none() && !guard.chars().any(char::is_control);
    let logs: Option<Vec<_>> =
        confirmation.get("logs")?.as_array()?.iter().map(|log| parse_log(log.as_object()?)).collect();
    let time = |key| Some(UnixTime::from_millis(confirmation.get(key)?.as_integer().filter(|at| *at >= 0)?));
    fine.then_some(Known { guard, at: time("at")?, next_update: time("nextUpdate")?, logs: logs? })
}

fn parse_log(log: &Object) -> Option<KnownLog> {
    let last = match log.get("head") {
        None => None,
        Some(name) => Some(base64::decode_url(name.as_text()?).ok()?.try_into().ok()?),
    };
    Some(KnownLog {
        log: log.get("log")?.as_text()?.to_owned(),
        seq: u64::try_from(log.get("seq")?.as_integer()?).ok()?,
        last,
        head_issued_at: log.get("iat").and_then(Json::as_integer),
    })
}

/// A name that says nothing and leads nowhere, whatever id and instance are.
fn file_name(guard: &str, instance: &str) -> String {
    let digest = sha256(format!("{guard} {instance}").as_bytes());
    format!("{}.json", hex::encode(digest.split_at(16).0))
}

fn insert_number(object: &mut Object, key: &'static str, number: i64) {
    if let Some(number) = Number::from_integer(number) {
        object.insert(key, Json::Number(number));
    }
}
