//! What was seen, on disk: a restart must not take an older log of orders, or an older list, for the newest.
//!
//! One file a log, `FOLDER/LOG-KEY.json`: `{"head": base64url, "log": …, "seq": …}`; one file a key that signs lists,
//! `FOLDER/KEY.lists.json`: `{"lists": [{"number": hex, "series": base64url, "thisUpdate": seconds}, …]}`. Each is replaced
//! whole, and never by less: processes that share the folder leave the highest numbers. What keys that are no longer used left
//! there says nothing of others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::Digest;
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::Denial;
use kakunin_core::revocation::SeenList;
use kakunin_core::revocation::order::{OrderAuthority, Orders, Seen};
use kakunin_core::time::UnixTime;

use crate::files::{self, Access, Existing};
use crate::{fault, hex};

/// Most bytes of a file: a name, a number and a digest.
const MOST_BYTES: usize = 4_096;
/// How the name of a file of lists ends; before it stand the 64 digits of its key.
const LISTS: &str = ".lists.json";
/// Most lists of a key that are remembered, the latest by thisUpdate. 256, as in a source.
const MOST_LISTS: usize = 256;
/// Most bytes of a file of lists: 140 a list.
const MOST_LISTS_BYTES: usize = 64 * 1_024;
/// Most keys whose lists are remembered. 16,384: four times the issuers that a process verifies ahead.
const MOST_KEYS: usize = 16_384;

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

    /// Which lists were seen, of any key.
    ///
    /// # Errors
    /// E504 `seen` as for orders.
    pub(super) fn load_lists(&self) -> Result<Vec<SeenList>, Denial> {
        let mut all = Vec::new();
        let denied = |error: std::io::Error| fault::file("seen", &self.0, &error);
        let entries = match std::fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(all),
            Err(error) => return Err(denied(error)),
        };
        let mut keys = 0;
        for entry in entries {
            let entry = entry.map_err(denied)?;
            let name = entry.file_name();
            let Some(digits) = name.to_str().and_then(|name| name.strip_suffix(LISTS)) else { continue };
            keys += 1;
            let key = hex::decode(digits).and_then(|key| Digest::try_from(key).ok()).filter(|_| keys <= MOST_KEYS);
            let key = key.ok_or_else(|| malformed(&entry.path()))?;
            all.extend(read_lists(&entry.path(), &key)?);
        }
        Ok(all)
    }

    /// Keeps these lists, where they are newer than what is there.
    pub(super) fn keep_lists(&self, seen: &[&SeenList]) -> Result<(), Denial> {
        if seen.is_empty() {
            return Ok(());
        }
        files::make_folder(&self.0)?;
        let _lock = self.lock()?;
        for key in seen.iter().map(|list| list.key).collect::<BTreeSet<_>>() {
            let path = self.0.join(hex::encode(&key) + LISTS);
            let known = read_lists(&path, &key)?;
            let mut newest: BTreeMap<Digest, &SeenList> = known.iter().map(|list| (list.series, list)).collect();
            for list in seen.iter().filter(|list| list.key == key) {
                if newest.get(&list.series).is_none_or(|known| list.is_newer(known)) {
                    newest.insert(list.series, list);
                }
            }
            let mut newest: Vec<&SeenList> = newest.into_values().collect();
            newest.sort_by_key(|list| std::cmp::Reverse(list.this_update));
            newest.truncate(MOST_LISTS);
            files::write_one(&path, lists_text(&newest).as_bytes(), Access::Everyone, Existing::Replace)?;
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
    if is_missing(path) {
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
    seen.map(Some).ok_or_else(|| malformed(path))
}

fn malformed(path: &Path) -> Denial {
    let expected = "what a guard wrote of a log or of lists; only who knows that nothing was lost may remove it";
    fault::misconfigured("seen", "seen", path.display().to_string(), expected)
}

fn read_lists(path: &Path, key: &Digest) -> Result<Vec<SeenList>, Denial> {
    if is_missing(path) {
        return Ok(Vec::new());
    }
    let bytes = files::read(path, "seen", MOST_LISTS_BYTES)?;
    let list = |json: &Json| {
        let object = json.as_object()?;
        Some(SeenList {
            key: *key,
            series: base64::decode_url(object.get("series")?.as_text()?).ok()?.try_into().ok()?,
            number: hex::decode(object.get("number")?.as_text()?)?.try_into().ok()?,
            this_update: UnixTime::from_seconds(object.get("thisUpdate")?.as_integer()?),
        })
    };
    let seen = Json::parse(&bytes, &JsonBounds::ARGUMENTS)
        .ok()
        .and_then(|json| json.as_object()?.get("lists")?.as_array()?.iter().map(list).collect::<Option<Vec<_>>>());
    seen.ok_or_else(|| malformed(path))
}

fn is_missing(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

fn lists_text(lists: &[&SeenList]) -> String {
    let list = |list: &&SeenList| {
        let mut object = Object::new();
        object.insert("number", hex::encode(&list.number));
        object.insert("series", base64::encode_url(&list.series));
        if let Some(seconds) = Number::from_integer(list.this_update.seconds()) {
            object.insert("thisUpdate", Json::Number(seconds));
        }
        Json::Object(object)
    };
    let mut object = Object::new();
    object.insert("lists", Json::Array(lists.iter().map(list).collect()));
    jcs::to_string(&Json::Object(object)) + "\n"
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

    fn list(key: u8, series: u8, number: u8, seconds: i64) -> SeenList {
        let (key, series) = ([key; 32], [series; 32]);
        SeenList { key, series, number: [number; 20], this_update: UnixTime::from_seconds(seconds) }
    }

    fn kept(folder: &SeenFolder) -> Vec<SeenList> {
        let mut lists = folder.load_lists().unwrap();
        lists.sort_by_key(|list| (list.key, list.series));
        lists
    }

    #[test]
    fn the_newest_list_of_each_key_and_series_is_kept_and_comes_back() {
        let place = tempfile::tempdir().unwrap();
        let folder = SeenFolder::new(&place.path().join("a").join("seen"));
        assert_eq!(kept(&folder), []);
        folder.keep_lists(&[]).unwrap();
        assert!(!folder.0.exists());
        let others = [list(1, 2, 3, 4), list(2, 1, 3, 4)];
        folder.keep_lists(&[&others[0], &others[1]]).unwrap();
        for (came, left) in
            [((5, 9), (5, 9)), ((4, 99), (5, 9)), ((5, 8), (5, 9)), ((5, 10), (5, 10)), ((6, 1), (6, 1))]
        {
            folder.keep_lists(&[&list(1, 1, came.0, came.1)]).unwrap();
            let expected = [list(1, 1, left.0, left.1), others[0].clone(), others[1].clone()];
            assert_eq!(kept(&folder), expected, "{came:?}");
        }
        // A log's file is none of lists.
        folder.keep(&known(5, &authority())).unwrap();
        assert_eq!(kept(&folder).len(), 3);
    }

    #[test]
    fn of_too_many_lists_of_a_key_the_latest_are_kept() {
        let place = tempfile::tempdir().unwrap();
        let folder = SeenFolder::new(place.path());
        let many: Vec<SeenList> = (0_u16..300)
            .map(|number| {
                let mut list = list(1, 0, 255, 253_402_300_799 - i64::from(number));
                list.series[..2].copy_from_slice(&number.to_be_bytes());
                list
            })
            .collect();
        folder.keep_lists(&many.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(kept(&folder), many[..256]);
    }

    #[test]
    fn a_file_of_lists_that_cannot_be_read_is_not_taken_for_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = SeenFolder::new(place.path());
        folder.keep_lists(&[&list(1, 1, 1, 1)]).unwrap();
        let path = place.path().join(hex::encode(&[1; 32]) + LISTS);
        let good = std::fs::read_to_string(&path).unwrap();
        let unreadable = [
            String::new(),
            "{}".to_owned(),
            good.replace("\"thisUpdate\"", "\"x\""),
            good.replacen("01", "0", 1),
            good.replacen("AQ", "A", 1),
        ];
        for text in unreadable {
            assert_ne!(text, good);
            std::fs::write(&path, &text).unwrap();
            assert_eq!(folder.load_lists().unwrap_err().details().rule, "seen", "{text}");
            assert!(folder.keep_lists(&[&list(1, 1, 2, 2)]).is_err(), "{text}");
        }
        std::fs::rename(&path, place.path().join("x.lists.json")).unwrap();
        assert!(folder.load_lists().is_err());
    }
}
