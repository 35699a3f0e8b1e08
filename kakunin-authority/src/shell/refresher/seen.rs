//! How far logs of orders were known, on disk: a restart must not take an older log for the newest.
//!
//! One file a log, `FOLDER/LOG-KEY.json`: `{"head": base64url, "log": …, "seq": …}`. It is replaced whole, and never by less:
//! processes that share the folder leave the highest number.

use std::fs::File;
use std::path::{Path, PathBuf};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::{OrderAuthority, Orders, Seen};

use crate::files::{self, Access, Existing};
use crate::{fault, hex};

/// Most bytes of a file: a name, a number and a digest.
const MOST_BYTES: usize = 4_096;

/// The folder of what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct SeenFolder(PathBuf);

impl SeenFolder {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Makes the folder where it is missing, and tries whether it can be written.
    pub(super) fn prepare(&self) -> Result<(), Denial> {
        files::make_folder(&self.0)?;
        self.lock().map(drop)
    }

    /// What was seen of these authorities' logs.
    ///
    /// # Errors
    /// E504 `seen` where a file is there and is none of these: what it held is not known, and must not be taken for nothing.
    pub(super) fn load(&self, authorities: &[OrderAuthority]) -> Result<Vec<Seen>, Denial> {
        let mut all = Vec::new();
        for authority in authorities {
            all.extend(read(&self.path(authority))?);
        }
        Ok(all)
    }

    /// Keeps what `orders` know, where it is more than what is there.
    pub(super) fn keep(&self, orders: &Orders) -> Result<(), Denial> {
        // Of a log without orders there is nothing to remember.
        let logs: Vec<_> = orders.authorities().zip(orders.seen()).filter(|(_, seen)| seen.seq > 0).collect();
        if logs.is_empty() {
            return Ok(());
        }
        files::make_folder(&self.0)?;
        let _lock = self.lock()?;
        for (authority, seen) in logs {
            let path = self.path(authority);
            let known = read(&path)?;
            let more = |known: &Seen| {
                seen.seq > known.seq || (seen.seq == known.seq && known.head.is_none() && seen.head.is_some())
            };
            if known.as_ref().is_none_or(more) {
                files::write_one(&path, text(&seen).as_bytes(), Access::Everyone, Existing::Replace)?;
            }
        }
        Ok(())
    }

    fn path(&self, authority: &OrderAuthority) -> PathBuf {
        let (mark, _) = authority.public_key().spki_hash().split_at(8);
        self.0.join(format!("{}-{}.json", authority.log(), hex::encode(mark)))
    }

    fn lock(&self) -> Result<File, Denial> {
        let path = self.0.join(".lock");
        let denied = |error: std::io::Error| fault::file("seen", &path, &error);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(denied)?;
        file.lock().map_err(denied)?;
        Ok(file)
    }
}

fn read(path: &Path) -> Result<Option<Seen>, Denial> {
    if std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(None);
    }
    let bytes = files::read(path, "seen", MOST_BYTES)?;
    let seen = Json::parse(&bytes, &JsonBounds::ARGUMENTS).ok().and_then(|json| {
        let object = json.as_object()?;
        let head = match object.get("head") {
            None => None,
            Some(head) => Some(base64::decode_url(head.as_text()?).ok()?.try_into().ok()?),
        };
        let log = object.get("log")?.as_text()?.to_owned();
        Some(Seen { log, seq: u64::try_from(object.get("seq")?.as_integer()?).ok()?, head })
    });
    let expected = "what a guard wrote of a log; only who knows that nothing was lost may remove it";
    seen.map(Some).ok_or_else(|| fault::misconfigured("seen", "seen", path.display().to_string(), expected))
}

fn text(seen: &Seen) -> String {
    let mut object = Object::new();
    if let Some(head) = &seen.head {
        object.insert("head", base64::encode_url(head));
    }
    object.insert("log", seen.log.as_str());
    if let Some(seq) = i64::try_from(seen.seq).ok().and_then(Number::from_integer) {
        object.insert("seq", Json::Number(seq));
    }
    jcs::to_string(&Json::Object(object)) + "\n"
}

#[cfg(test)]
mod tests {
    use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
    use kakunin_core::revocation::order::Governs;

    use super::*;

    fn authority() -> OrderAuthority {
        let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        OrderAuthority::new(signer.public_key().clone(), "acme", Governs::Everything).unwrap()
    }

    fn seen(seq: u64) -> Seen {
        Seen { log: "acme".to_owned(), seq, head: (seq > 0).then_some([7; 32]) }
    }

    fn known(seq: u64, authority: &OrderAuthority) -> Orders {
        Orders::resume(vec![authority.clone()], vec![seen(seq)]).unwrap()
    }

    #[test]
    fn the_highest_number_is_kept_and_comes_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = SeenFolder::new(&place.path().join("a").join("seen"));
        let (one, other) = (authority(), authority());
        assert_eq!(folder.load(std::slice::from_ref(&one)), Ok(Vec::new()));
        for (came, kept) in [(0, None), (5, Some(5)), (4, Some(5)), (0, Some(5)), (6, Some(6))] {
            folder.keep(&known(came, &one)).unwrap();
            assert_eq!(folder.load(std::slice::from_ref(&one)), Ok(kept.map(seen).into_iter().collect()), "{came}");
        }
        assert_eq!(folder.load(&[other]), Ok(Vec::new()), "a namesake with another key is another log");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_found_early() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(SeenFolder::new(&file).prepare().is_err());
        assert!(SeenFolder::new(&place.path().join("seen")).prepare().is_ok());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_taken_for_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = SeenFolder::new(place.path());
        let authority = authority();
        folder.keep(&known(5, &authority)).unwrap();
        let path = folder.path(&authority);
        for text in ["", "{}", r#"{"log":"acme","seq":-1}"#, r#"{"log":"acme","seq":5,"head":"x"}"#] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(folder.load(std::slice::from_ref(&authority)).unwrap_err().details().rule, "seen", "{text}");
            assert!(folder.keep(&known(6, &authority)).is_err(), "{text}");
        }
    }
}
