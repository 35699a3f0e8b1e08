//! The log on disk: entries appended whole, and the checkpoint over them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use kakunin_core::crypto::{Digest, SoftwareSigner};
use kakunin_core::encoding::Malformed;
use kakunin_core::error::{Code, Denial};
use kakunin_core::record::{Checkpoint, DecisionRecord, NoteKey, Tree, leaf_hash};

use super::files::{CHECKPOINT_BYTES, Folder, path_text};
use crate::files::{self, Access};
use crate::{fault, shell};

/// Why records are not written, in words that hold none of the record.
#[derive(Clone, Debug)]
pub(super) struct Cause(pub(super) String);

impl Cause {
    pub(super) fn denial(&self) -> Denial {
        Denial::new(Code::RecordUnavailable, "record-write").field("record").expected(self.0.clone())
    }

    fn of(error: &io::Error) -> Self {
        Self(fault::cause(error).into_owned())
    }
}

/// The entries of a log, open for appending.
pub(super) struct Disk {
    entries: File,
    /// Bytes of whole entries: what a failed write is cut back to.
    length: u64,
    tree: Tree,
    /// Set for good when the kernel may have dropped what it had accepted.
    broken: Option<Cause>,
}

/// What the last writer left behind.
pub(super) struct Recovered {
    pub(super) disk: Disk,
    /// How many records the checkpoint covers.
    pub(super) sealed: u64,
    /// What was set aside, for the operator.
    pub(super) notice: Option<String>,
}

impl Disk {
    /// Opens the entries, reads them once, and compares them with the checkpoint. Bytes after the last whole record are set
    /// aside where the checkpoint does not cover them.
    pub(super) fn open(folder: &Folder, key: &NoteKey) -> Result<Recovered, Denial> {
        let path = folder.entries();
        let denied = |error: &io::Error| fault::file("record", &path, error);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let entries = options.open(&path).map_err(|error| denied(&error))?;
        let checkpoint = read_checkpoint(folder, key)?;
        let (covered, root) = checkpoint.as_ref().map_or((0, None), |c| (c.size(), Some(*c.root())));
        let mut scan = Scan::new(File::open(&path).map_err(|error| denied(&error))?);
        let (mut tree, mut length) = (Tree::new(), 0);
        let mut seen_root = (covered == 0).then(|| tree.root());
        while let Some(entry) = scan.next_entry().map_err(|error| denied(&error))? {
            // Only what no checkpoint vouches for needs reading: a crash can leave whole lengths before holes.
            if tree.size() >= covered && DecisionRecord::parse(&entry).is_err() {
                break;
            }
            tree.append(leaf_hash(&entry));
            length += 2 + entry.len() as u64;
            if tree.size() == covered {
                seen_root = Some(tree.root());
            }
        }
        if checkpoint.is_none() && tree.size() > 0 {
            return Err(altered(folder, "checkpoint-missing", "the checkpoint of these records"));
        }
        if root.is_some() && root != seen_root {
            return Err(altered(folder, "log-altered", "the records that its checkpoint was signed for"));
        }
        let mut disk = Self { entries, length, tree, broken: None };
        let notice = disk.set_aside(folder, &path)?;
        Ok(Recovered { disk, sealed: covered, notice })
    }

    fn set_aside(&mut self, folder: &Folder, path: &Path) -> Result<Option<String>, Denial> {
        let denied = |error: io::Error| fault::file("record", path, &error);
        let total = self.entries.metadata().map_err(denied)?.len();
        if total <= self.length {
            return Ok(None);
        }
        let bytes = fs::read(path).map_err(denied)?;
        let tail = usize::try_from(self.length).ok().and_then(|length| bytes.get(length..)).unwrap_or_default();
        let aside = folder.0.join(format!("torn-{}", shell::system_now().millis()));
        files::replace(&aside, tail, Access::Owner).map_err(denied)?;
        self.entries.set_len(self.length).and_then(|()| self.entries.sync_data()).map_err(denied)?;
        let (count, size) = (tail.len(), self.tree.size());
        Ok(Some(format!(
            "{count} bytes after record {size} of {} were no record and are in {}",
            path_text(path),
            path_text(&aside)
        )))
    }

    /// Appends framed entries and waits until they are on disk. What a failed write left is cut off again.
    pub(super) fn append(&mut self, framed: &[u8], leaves: &[Digest]) -> Result<(), Cause> {
        if let Some(cause) = &self.broken {
            return Err(cause.clone());
        }
        if let Err(error) = self.entries.write_all(framed) {
            if self.entries.set_len(self.length).is_err() {
                self.broken = Some(Cause::of(&error));
            }
            return Err(Cause::of(&error));
        }
        if let Err(error) = self.entries.sync_data() {
            // After a failed sync nobody knows what is on disk: only opening the log again tells.
            self.broken = Some(Cause::of(&error));
            return Err(Cause::of(&error));
        }
        self.length += framed.len() as u64;
        leaves.iter().for_each(|leaf| {
            self.tree.append(*leaf);
        });
        Ok(())
    }

    pub(super) fn size_and_root(&self) -> (u64, Digest) {
        (self.tree.size(), self.tree.root())
    }
}

/// Signs and writes the checkpoint over `size` records.
pub(super) fn seal(
    folder: &Folder,
    key: &NoteKey,
    signer: &SoftwareSigner,
    size: u64,
    root: Digest,
) -> Result<(), Cause> {
    let words = |fault: Malformed| Cause(fault.to_string());
    let checkpoint = Checkpoint::new(key.name(), size, root).map_err(words)?;
    let note = checkpoint.sign(key, signer).map_err(|denial| Cause(denial.reason()))?;
    files::replace(&folder.checkpoint(), note.as_bytes(), Access::Everyone).map_err(|error| Cause::of(&error))
}

fn read_checkpoint(folder: &Folder, key: &NoteKey) -> Result<Option<Checkpoint>, Denial> {
    let path = folder.checkpoint();
    if !path.exists() {
        return Ok(None);
    }
    let note = files::read_text(&path, "record", CHECKPOINT_BYTES)?;
    match Checkpoint::open(&note, key) {
        Ok(checkpoint) => Ok(Some(checkpoint)),
        Err(_) => Err(altered(folder, "checkpoint-invalid", "a checkpoint signed by `log.key`")),
    }
}

fn altered(folder: &Folder, rule: &'static str, expected: &'static str) -> Denial {
    Denial::new(Code::RecordUnavailable, rule).field("record").requested(path_text(&folder.0)).expected(expected)
}

/// Reads entries one by one, in constant memory.
pub(super) struct Scan {
    reader: BufReader<File>,
    /// Bytes after the last whole entry, known at the end.
    tail: u64,
}

impl Scan {
    pub(super) fn new(file: File) -> Self {
        Self { reader: BufReader::with_capacity(1 << 16, file), tail: 0 }
    }

    /// The next whole entry, or none at the end or where a length is zero.
    pub(super) fn next_entry(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 2];
        let got = read_full(&mut self.reader, &mut length)?;
        let size = usize::from(u16::from_be_bytes(length));
        if got < 2 || size == 0 {
            return self.end(got);
        }
        let mut entry = vec![0; size];
        let got = read_full(&mut self.reader, &mut entry)?;
        if got < size { self.end(2 + got) } else { Ok(Some(entry)) }
    }

    /// Bytes after the last whole entry, once there is no next one.
    pub(super) const fn tail(&self) -> u64 {
        self.tail
    }

    fn end(&mut self, got: usize) -> io::Result<Option<Vec<u8>>> {
        self.tail = got as u64 + io::copy(&mut self.reader, &mut io::sink())?;
        Ok(None)
    }
}

fn read_full(reader: &mut impl Read, mut buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while !buffer.is_empty() {
        match reader.read(buffer) {
            Ok(0) => break,
            Ok(count) => {
                got += count;
                buffer = buffer.get_mut(count..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}
