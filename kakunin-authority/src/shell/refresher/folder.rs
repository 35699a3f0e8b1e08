//! A folder as a source: polled, for no file system tells of every change.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::error::Denial;

use super::{Look, MOST_ORDERS, Origin, Piece, is_list};
use crate::orders::{head_name, order_name};
use crate::{fault, files};

/// Most lists in a source. 256: four times the CAs of the largest bank surveyed.
pub(super) const MOST_FILES: usize = 256;
/// How old a change must be before size and times tell of the next one: file systems count in up to two seconds.
const SETTLED: Duration = Duration::from_secs(3);

pub(super) struct Folder {
    path: PathBuf,
    bytes: usize,
    files: HashMap<String, Known>,
}

/// A file as it was when it was read.
struct Known {
    stamp: Stamp,
    settled: bool,
    content: Option<Digest>,
}

/// What changes when a file does; with the identity of the file, which a replacement changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    identity: (u64, u64, i64, i64),
}

impl Folder {
    /// The folder at `path`, of whose files at most `bytes` are read.
    pub(super) fn new(path: &Path, bytes: usize) -> Self {
        Self { path: path.to_owned(), bytes, files: HashMap::new() }
    }

    fn names(&self) -> Result<Vec<String>, Denial> {
        const FIELD: &str = "revocation";
        let denied = |error: std::io::Error| {
            fault::misconfigured("folder", FIELD, self.path.display().to_string(), fault::cause(&error))
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(denied)? {
            let name = entry.map_err(denied)?.file_name();
            if let Some(name) = name.to_str().filter(|name| is_list(name)) {
                names.push(name.to_owned());
            }
        }
        if names.len() > MOST_FILES {
            let expected = format!("at most {MOST_FILES} lists");
            return Err(fault::misconfigured("folder-too-large", FIELD, format!("{} files", names.len()), expected));
        }
        // One order everywhere: a folder's own is the file system's.
        names.sort();
        Ok(names)
    }

    /// The file's content where it is another than before.
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, Denial> {
        let path = self.path.join(name);
        let metadata = fs::metadata(&path).map_err(|error| fault::file("revocation", &path, &error))?;
        if !metadata.is_file() {
            // A pipe would hold the refresher for ever.
            return Err(fault::misconfigured("file", "revocation", path.display().to_string(), "a file, not a folder"));
        }
        let stamp = Stamp::of(&metadata);
        let known = self.files.get(name);
        if known.is_some_and(|known| known.settled && known.stamp == stamp) {
            return Ok(None);
        }
        let bytes = files::read(&path, "revocation", self.bytes)?;
        let content = Some(sha256(&bytes));
        let changed = known.is_none_or(|known| known.content != content);
        self.files.insert(name.to_owned(), Known { settled: stamp.is_settled(), stamp, content });
        Ok(changed.then_some(bytes))
    }
}

impl Origin for Folder {
    fn look(&mut self) -> Result<Look, Denial> {
        let mut look = Look { names: self.names()?, ..Look::default() };
        self.files.retain(|name, _| name.contains('/') || look.names.binary_search(name).is_ok());
        for name in &look.names {
            match self.read(name) {
                Ok(Some(bytes)) => look.changed.push(Piece { name: name.clone(), bytes }),
                Ok(None) => {}
                Err(denial) => {
                    self.files.remove(name);
                    look.troubles.push((name.clone(), denial));
                }
            }
        }
        Ok(look)
    }

    fn forget(&mut self, name: &str) {
        self.files.remove(name);
    }

    fn follow(&mut self, log: &str, next: u64) -> Result<Vec<Piece>, Denial> {
        let mut pieces = Vec::new();
        // The head first: the orders that it speaks of are there before it is.
        let head = head_name(log);
        if fs::symlink_metadata(self.path.join(&head)).is_ok()
            && let Some(bytes) = self.read(&head)?
        {
            pieces.push(Piece { name: head, bytes });
        }
        for name in (next..next.saturating_add(MOST_ORDERS)).map(|seq| order_name(log, seq)) {
            let path = self.path.join(&name);
            if fs::symlink_metadata(&path).is_err() {
                break;
            }
            let bytes = files::read(&path, "orders", self.bytes)?;
            pieces.push(Piece { name, bytes });
        }
        Ok(pieces)
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let identity = (0, 0, 0, 0);
        Self { length: metadata.len(), modified: metadata.modified().ok(), identity }
    }

    /// Whether a later change would show: a file that was changed twice within one tick looks the same both times.
    fn is_settled(&self) -> bool {
        let age = self.modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
        age.is_some_and(|age| age >= SETTLED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(folder: &mut Folder) -> Vec<(String, Vec<u8>)> {
        let look = folder.look().unwrap();
        assert!(look.broken_off.is_none());
        look.changed.into_iter().map(|piece| (piece.name, piece.bytes)).collect()
    }

    fn old(path: &Path) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    }

    #[test]
    fn a_file_is_read_when_it_is_new_and_when_it_changed() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(place.path(), 100);
        let (a, b) = (place.path().join("a.crl"), place.path().join("b.pem"));
        fs::write(&b, "1").unwrap();
        fs::write(&a, "1").unwrap();
        fs::write(place.path().join("notes.txt"), "1").unwrap();
        assert_eq!(changed(&mut folder).len(), 2);
        assert_eq!(changed(&mut folder), []);
        // The same size, within the same tick: only the content tells.
        fs::write(&a, "2").unwrap();
        folder.files.get_mut("a.crl").unwrap().stamp = Stamp::of(&fs::metadata(&a).unwrap());
        assert_eq!(changed(&mut folder), [("a.crl".to_owned(), b"2".to_vec())]);
        old(&a);
        assert_eq!(changed(&mut folder), [], "another time, the same content");
        fs::write(&a, "33").unwrap();
        old(&a);
        assert_eq!(changed(&mut folder), [("a.crl".to_owned(), b"33".to_vec())]);
        folder.forget("a.crl");
        assert_eq!(changed(&mut folder).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_settled_file_that_was_replaced_is_read_whatever_its_times_say() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(place.path(), 100);
        let (file, next) = (place.path().join("a.crl"), place.path().join("next"));
        fs::write(&file, "1").unwrap();
        old(&file);
        changed(&mut folder);
        let modified = fs::metadata(&file).unwrap().modified().unwrap();
        fs::write(&next, "2").unwrap();
        fs::File::options().write(true).open(&next).unwrap().set_modified(modified).unwrap();
        fs::rename(&next, &file).unwrap();
        assert_eq!(changed(&mut folder), [("a.crl".to_owned(), b"2".to_vec())]);
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_rest_is_read() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(place.path(), 10);
        fs::write(place.path().join("a.crl"), "12345678901").unwrap();
        fs::create_dir(place.path().join("b.crl")).unwrap();
        fs::write(place.path().join("c.crl"), "1").unwrap();
        let look = folder.look().unwrap();
        let rules: Vec<_> = look.troubles.iter().map(|(name, denial)| (name.as_str(), denial.details().rule)).collect();
        assert_eq!(rules, [("a.crl", "file-too-large"), ("b.crl", "file")]);
        assert_eq!(look.changed.len(), 1);
        fs::write(place.path().join("a.crl"), "1").unwrap();
        assert_eq!(changed(&mut folder), [("a.crl".to_owned(), b"1".to_vec())]);
    }

    #[test]
    fn a_folder_that_is_missing_or_too_large_is_refused_whole() {
        let place = tempfile::tempdir().unwrap();
        let gone = Folder::new(&place.path().join("gone"), 10).look().err().unwrap();
        assert_eq!(gone.details().rule, "folder");
        for number in 0..=MOST_FILES {
            fs::write(place.path().join(format!("{number}.crl")), "").unwrap();
        }
        let large = Folder::new(place.path(), 10).look().err().unwrap();
        assert_eq!(large.details().rule, "folder-too-large");
    }
}
