//! A log's bytes: records one after another, each behind its length in two bytes, big-endian (the entry bundles of C2SP `tlog-tiles`).

use super::decision::DecisionRecord;
use super::note::{Checkpoint, NoteKey};
use super::tree::{Tree, leaf_hash};
use crate::crypto::Digest;
use crate::encoding::Malformed;

/// Appends `entry` behind its length.
///
/// # Errors
/// `record-too-large` above 65,535 bytes, `record-empty` for none: a length of zero is what a torn write leaves behind.
pub fn frame(entry: &[u8], log: &mut Vec<u8>) -> Result<(), Malformed> {
    if entry.is_empty() {
        return Err(Malformed::new("record-empty"));
    }
    let length = u16::try_from(entry.len()).map_err(|_| Malformed::new("record-too-large"))?;
    log.extend_from_slice(&length.to_be_bytes());
    log.extend_from_slice(entry);
    Ok(())
}

/// The whole entries at the start of some bytes of a log. What follows the last whole one is [`Entries::rest`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// The entries in `bytes`, which begin where an entry begins.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What no entry was read from yet. After the last entry: empty, or a torn tail (or, of a piece of a log, an entry that goes on).
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, after) = self.rest.split_first_chunk::<2>()?;
        let length = u16::from_be_bytes(*length);
        let (entry, rest) = after.split_at_checked(usize::from(length)).filter(|_| length > 0)?;
        self.rest = rest;
        Some(entry)
    }
}

/// Something that is not as it should be in a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// The checkpoint cannot be read, or its signature does not verify.
    #[error("the checkpoint is not valid ({0})")]
    Checkpoint(Malformed),
    /// An entry is no record in canonical form.
    #[error("record {index} cannot be read ({fault})")]
    Record {
        /// Its index.
        index: u64,
        /// The rule that it breaks.
        fault: Malformed,
    },
    /// The records that the checkpoint vouches for are not these.
    #[error("the first {size} records are not those that the checkpoint was signed for")]
    Altered {
        /// How many records the checkpoint vouches for.
        size: u64,
    },
    /// Records are missing at the end.
    #[error("the checkpoint was signed for {size} records, the log has {entries}")]
    Missing {
        /// How many records there are.
        entries: u64,
        /// How many the checkpoint vouches for.
        size: u64,
    },
    /// Records at the end are not covered by the checkpoint.
    #[error("records {size} to {entries} (exclusive) are not covered by the checkpoint")]
    Unsigned {
        /// How many records there are.
        entries: u64,
        /// How many the checkpoint vouches for.
        size: u64,
    },
    /// Bytes at the end are no whole record: a write was cut off.
    #[error("{bytes} bytes after record {entries} are no whole record")]
    TornTail {
        /// How many whole records stand before them.
        entries: u64,
        /// How many bytes there are.
        bytes: u64,
    },
}

/// Most findings kept. 64: more tell a person nothing new.
const FINDINGS: usize = 64;

/// Checks a log record by record, in constant memory.
#[derive(Debug)]
pub struct LogCheck {
    checkpoint: Option<Checkpoint>,
    tree: Tree,
    /// The root when the tree had the checkpoint's size.
    root: Option<Digest>,
    findings: Vec<Finding>,
}

impl LogCheck {
    /// Begins a check against the checkpoint in `note`, signed by `key`.
    pub fn new(note: &str, key: &NoteKey) -> Self {
        let (checkpoint, findings) = match Checkpoint::open(note, key) {
            Ok(checkpoint) => (Some(checkpoint), Vec::new()),
            Err(fault) => (None, vec![Finding::Checkpoint(fault)]),
        };
        let mut check = Self { checkpoint, tree: Tree::new(), root: None, findings };
        check.compare();
        check
    }

    /// Takes the next entry.
    pub fn entry(&mut self, entry: &[u8]) {
        let index = self.tree.append(leaf_hash(entry));
        if let Err(fault) = DecisionRecord::parse(entry) {
            self.find(Finding::Record { index, fault });
        }
        self.compare();
    }

    fn compare(&mut self) {
        if self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.size() == self.tree.size()) {
            self.root = Some(self.tree.root());
        }
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS {
            self.findings.push(finding);
        }
    }

    /// Ends the check. `tail` is the number of bytes after the last whole entry.
    pub fn finish(mut self, tail: u64) -> LogReport {
        let entries = self.tree.size();
        if let Some(checkpoint) = self.checkpoint.take() {
            let size = checkpoint.size();
            match &self.root {
                None => self.find(Finding::Missing { entries, size }),
                Some(root) if root != checkpoint.root() => self.find(Finding::Altered { size }),
                Some(_) if entries > size => self.find(Finding::Unsigned { entries, size }),
                Some(_) => {}
            }
        }
        if tail > 0 {
            self.find(Finding::TornTail { entries, bytes: tail });
        }
        LogReport { entries, root: self.tree.root(), findings: self.findings }
    }
}

/// What a check of a log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogReport {
    /// How many whole entries there are.
    pub entries: u64,
    /// The root over them.
    pub root: Digest,
    /// What is wrong; nothing in a log that is whole and untouched.
    pub findings: Vec<Finding>,
}

/// Checks all of a log's bytes against the checkpoint in `note`, signed by `key`.
pub fn verify(log: &[u8], note: &str, key: &NoteKey) -> LogReport {
    let mut check = LogCheck::new(note, key);
    let mut entries = Entries::new(log);
    entries.by_ref().for_each(|entry| check.entry(entry));
    check.finish(entries.rest().len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
    use crate::guard::Mode;
    use crate::record::{Description, DigestKey, RecordValues};
    use crate::time::UnixTime;

    struct Log {
        bytes: Vec<u8>,
        tree: Tree,
        key: NoteKey,
        signer: SoftwareSigner,
    }

    impl Log {
        fn of(records: i64) -> Self {
            let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
            let key = NoteKey::new("log", signer.public_key().clone()).unwrap();
            let mut log = Self { bytes: Vec::new(), tree: Tree::new(), key, signer };
            let digest_key = DigestKey::new(&[1; 32]).unwrap();
            for time in 0..records {
                let description = Description::new(UnixTime::from_millis(time), Mode::Enforce);
                let entry = description.entry(&digest_key, &RecordValues::None).unwrap();
                frame(entry.text().as_bytes(), &mut log.bytes).unwrap();
                log.tree.append(*entry.leaf_hash());
            }
            log
        }

        fn note(&self) -> String {
            let checkpoint = Checkpoint::new("log", self.tree.size(), self.tree.root()).unwrap();
            checkpoint.sign(&self.key, &self.signer).unwrap()
        }
    }

    #[test]
    fn an_untouched_log_has_no_findings() {
        for records in [0, 1, 5] {
            let log = Log::of(records);
            let report = verify(&log.bytes, &log.note(), &log.key);
            assert_eq!(report, LogReport { entries: records as u64, root: log.tree.root(), findings: vec![] });
        }
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let log = Log::of(3);
        let note = log.note();
        for at in 0..log.bytes.len() * 8 {
            let mut bytes = log.bytes.clone();
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(!verify(&bytes, &note, &log.key).findings.is_empty(), "bit {at}");
        }
    }

    #[test]
    fn each_fault_has_its_finding() {
        let log = Log::of(3);
        let (note, whole) = (log.note(), log.bytes.len());
        let findings = |bytes: &[u8], note: &str| verify(bytes, note, &log.key).findings;

        let torn = findings(&log.bytes[..whole - 1], &note);
        let tail = (whole / 3 - 1) as u64;
        assert_eq!(torn, [Finding::Missing { entries: 2, size: 3 }, Finding::TornTail { entries: 2, bytes: tail }]);
        let zeros = [log.bytes.as_slice(), &[0; 9]].concat();
        assert_eq!(findings(&zeros, &note), [Finding::TornTail { entries: 3, bytes: 9 }]);
        let more = [log.bytes.as_slice(), &log.bytes[..whole / 3]].concat();
        assert_eq!(findings(&more, &note), [Finding::Unsigned { entries: 4, size: 3 }]);
        let third = whole / 3;
        let swapped = [&log.bytes[third..2 * third], &log.bytes[..third], &log.bytes[2 * third..]].concat();
        assert_eq!(findings(&swapped, &note), [Finding::Altered { size: 3 }]);
        let unsigned = note.replace("\n3\n", "\n2\n");
        assert_eq!(findings(&log.bytes, &unsigned), [Finding::Checkpoint(Malformed::new("note-signature"))]);

        let mut foreign = log.bytes.clone();
        frame(b"{ }", &mut foreign).unwrap();
        let fault = Malformed::new("record-not-canonical");
        let expected = [Finding::Record { index: 3, fault }, Finding::Unsigned { entries: 4, size: 3 }];
        assert_eq!(findings(&foreign, &note), expected);
    }

    #[test]
    fn entries_are_between_one_byte_and_what_two_bytes_can_say() {
        let mut log = Vec::new();
        assert_eq!(frame(&[], &mut log).unwrap_err().rule, "record-empty");
        assert_eq!(frame(&vec![1; 65_536], &mut log).unwrap_err().rule, "record-too-large");
        assert!(log.is_empty());
        frame(&vec![1; 65_535], &mut log).unwrap();
        assert_eq!(Entries::new(&log).map(<[u8]>::len).collect::<Vec<_>>(), [65_535]);
    }
}
