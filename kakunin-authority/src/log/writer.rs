//! The one writer of a log: callers queue entries, one of them (or the thread) takes all that is queued to disk.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use kakunin_core::crypto::{Digest, SoftwareSigner};
use kakunin_core::error::{Code, Denial};
use kakunin_core::record::{DigestKey, Entry, NoteKey, frame};

use super::disk::{Cause, Disk, Recovered, seal};
use super::files::Folder;
use crate::shell::Writing;
use crate::{fault, files};

/// How long entries gather before the thread takes them to disk. Half of the 50 ms that are promised: the other half is for the disk.
const GATHER: Duration = Duration::from_millis(25);
/// Most bytes that wait for the disk in a batch. 8 MiB: some 8,000 records, far more than 50 ms bring.
const QUEUE_BYTES: usize = 8 * 1024 * 1024;

/// A log of decisions, open for writing. One per folder and process; guards share it.
pub struct Log {
    shared: Arc<Shared>,
    digest_key: DigestKey,
    thread: Mutex<Option<JoinHandle<()>>>,
    notice: Mutex<Option<String>>,
    /// Holds the lock on the folder until the log is dropped.
    _lock: File,
}

struct Shared {
    folder: Folder,
    signer: SoftwareSigner,
    note_key: NoteKey,
    writing: Writing,
    /// The process that opened it: a fork has the memory, but neither the thread nor the right to write.
    process: u32,
    queue: Mutex<Queue>,
    /// Woken when there is work for the thread.
    work: Condvar,
    /// Woken when a batch is on disk, or failed.
    done: Condvar,
    disk: Mutex<Disk>,
    /// How many records the checkpoint on disk covers. Locked while one is written.
    sealed: Mutex<u64>,
}

#[derive(Default)]
struct Queue {
    framed: Vec<u8>,
    leaves: Vec<Digest>,
    /// The buffers of the last batch, empty: the next one need not grow its own.
    spare: (Vec<u8>, Vec<Digest>),
    batch: Arc<Batch>,
    /// Somebody is taking a batch to disk.
    flushing: bool,
    /// Records were written since the last checkpoint.
    unsealed: bool,
    /// Why what was promised (a batch, a checkpoint) is not on disk; nothing more is taken until it is.
    stalled: Option<Cause>,
    closing: bool,
}

#[derive(Default)]
struct Batch(OnceLock<Result<(), Cause>>);

/// The logs that this process writes.
static OPEN: LazyLock<Mutex<HashMap<PathBuf, Weak<Log>>>> = LazyLock::new(Mutex::default);

impl Log {
    /// Opens the log in `folder` for writing, and makes it where there is none.
    ///
    /// All entries are read once and compared with the checkpoint.
    ///
    /// # Errors
    /// E503 `log-locked` where another process writes it; `log-altered`, `checkpoint-missing`, `checkpoint-invalid` where its
    /// records are not those that were signed; `file` where the system refuses. E504 where the log's keys are missing or no keys,
    /// or this process writes the log in another way.
    pub fn open(folder: &Path, writing: Writing) -> Result<Arc<Self>, Denial> {
        Self::open_shared(folder, writing).map_err(|denial| {
            let details = denial.details();
            if denial.code() != Code::ConfigurationInvalid || details.rule != "file" {
                return denial;
            }
            // A disk that refuses is no other for being found early.
            Denial::new(Code::RecordUnavailable, "file")
                .field("record")
                .requested(details.requested.clone().unwrap_or_default())
                .expected(details.expected.clone().unwrap_or_default())
        })
    }

    fn open_shared(folder: &Path, writing: Writing) -> Result<Arc<Self>, Denial> {
        files::make_folder(folder)?;
        let folder = folder.canonicalize().map_err(|error| fault::file("record", folder, &error))?;
        let mut open = hold(&OPEN);
        if let Some(log) = open.get(&folder).and_then(Weak::upgrade) {
            if log.shared.writing != writing {
                let expected = "one way of writing for one log in a process";
                return Err(fault::misconfigured("record-writing", "record", folder.display().to_string(), expected));
            }
            return Ok(log);
        }
        let log = Arc::new(Self::start(Folder(folder.clone()), writing)?);
        open.retain(|_, log| log.strong_count() > 0);
        open.insert(folder, Arc::downgrade(&log));
        Ok(log)
    }

    fn start(folder: Folder, writing: Writing) -> Result<Self, Denial> {
        folder.create_keys()?;
        let lock = folder.lock()?;
        let (signer, note_key) = folder.signer()?;
        let digest_key = folder.load_digest_key()?;
        let Recovered { disk, sealed, notice } = Disk::open(&folder, &note_key)?;
        let shared = Arc::new(Shared {
            folder,
            signer,
            note_key,
            writing,
            process: std::process::id(),
            queue: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            disk: Mutex::new(disk),
            sealed: Mutex::new(sealed),
        });
        // From the first record on there is a checkpoint to compare with.
        shared.seal(Always::Yes).map_err(|cause| cause.denial())?;
        let worker = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("kakunin-record".to_owned())
            .spawn(move || worker.work())
            .map_err(|_| Denial::new(Code::RecordUnavailable, "record-thread").field("record"))?;
        Ok(Self { shared, digest_key, thread: Mutex::new(Some(thread)), notice: Mutex::new(notice), _lock: lock })
    }

    /// The key of the parameters' digests.
    pub const fn digest_key(&self) -> &DigestKey {
        &self.digest_key
    }

    /// What opening the log found that an operator should know, once.
    pub fn take_notice(&self) -> Option<String> {
        hold(&self.notice).take()
    }

    /// Appends a record: when this returns it is on disk (sync), or will be within 50 ms (batch).
    ///
    /// # Errors
    /// E503: `record-write` where the disk refuses, `record-queue-full`, `record-forked` in a child of the process that opened the log.
    pub fn append(&self, entry: &Entry) -> Result<(), Denial> {
        let shared = &*self.shared;
        shared.check_process()?;
        let mut queue = hold(&shared.queue);
        if let Some(cause) = &queue.stalled {
            return Err(cause.denial());
        }
        if queue.framed.len() + entry.text().len() > QUEUE_BYTES {
            return Err(Denial::new(Code::RecordUnavailable, "record-queue-full").field("record").limit(
                format!("{QUEUE_BYTES} bytes waiting"),
                None,
                None,
            ));
        }
        frame(entry.text().as_bytes(), &mut queue.framed)
            .map_err(|fault| fault.denial(Code::RecordUnavailable, "record"))?;
        queue.leaves.push(*entry.leaf_hash());
        let idle = !std::mem::replace(&mut queue.unsealed, true);
        if idle {
            shared.work.notify_one();
        }
        match shared.writing {
            Writing::Batch => Ok(()),
            Writing::Sync => {
                let batch = Arc::clone(&queue.batch);
                shared.settle(queue, &batch).map_err(|cause| cause.denial())
            }
        }
    }

    /// Waits until all that was appended is on disk under a signed checkpoint.
    ///
    /// # Errors
    /// E503 `record-write`, `record-forked`.
    pub fn flush(&self) -> Result<(), Denial> {
        let shared = &*self.shared;
        shared.check_process()?;
        let queue = hold(&shared.queue);
        let batch = Arc::clone(&queue.batch);
        let settled = if queue.leaves.is_empty() && !queue.flushing { Ok(()) } else { shared.settle(queue, &batch) };
        settled.and_then(|()| shared.seal(Always::No)).map_err(|cause| cause.denial())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.shared.check_process().is_err() {
            return;
        }
        hold(&self.shared.queue).closing = true;
        self.shared.work.notify_one();
        if let Some(thread) = hold(&self.thread).take() {
            // The thread takes what is left to disk before it ends; what failed was reported to the caller.
            drop(thread.join());
        }
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("folder", &self.shared.folder.0)
            .field("writing", &self.shared.writing)
            .finish_non_exhaustive()
    }
}

/// Whether a checkpoint is written where the last one covers everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Always {
    No,
    Yes,
}

impl Shared {
    fn check_process(&self) -> Result<(), Denial> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(Denial::new(Code::RecordUnavailable, "record-forked").field("record").expected(
            "a guard opened in this process: after a fork each process opens its own, with a record of its own",
        ))
    }

    /// Waits for the outcome of `batch`; takes it to disk if nobody else does.
    fn settle<'q>(&'q self, mut queue: MutexGuard<'q, Queue>, batch: &Batch) -> Result<(), Cause> {
        loop {
            if let Some(outcome) = batch.0.get() {
                return outcome.clone();
            }
            queue = if queue.flushing {
                self.done.wait(queue).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.take_to_disk(queue)
            };
        }
    }

    /// Takes all that is queued to disk.
    fn take_to_disk<'q>(&'q self, mut queue: MutexGuard<'q, Queue>) -> MutexGuard<'q, Queue> {
        queue.flushing = true;
        let (spare_framed, spare_leaves) = std::mem::take(&mut queue.spare);
        let mut framed = std::mem::replace(&mut queue.framed, spare_framed);
        let mut leaves = std::mem::replace(&mut queue.leaves, spare_leaves);
        let batch = std::mem::take(&mut queue.batch);
        drop(queue);
        let outcome = hold(&self.disk).append(&framed, &leaves);
        let mut queue = hold(&self.queue);
        queue.flushing = false;
        if let (Err(cause), Writing::Batch) = (&outcome, self.writing) {
            // These were promised: they go first when the disk is back.
            queue.framed.splice(..0, framed.drain(..));
            queue.leaves.splice(..0, leaves.drain(..));
            queue.stalled = Some(cause.clone());
        }
        framed.clear();
        leaves.clear();
        queue.spare = (framed, leaves);
        // Set once per batch: it was taken out of the queue above.
        drop(batch.0.set(outcome));
        self.done.notify_all();
        queue
    }

    fn seal(&self, always: Always) -> Result<(), Cause> {
        let mut sealed = hold(&self.sealed);
        let (size, root) = hold(&self.disk).size_and_root();
        if *sealed < size || always == Always::Yes {
            seal(&self.folder, &self.note_key, &self.signer, size, root)?;
            *sealed = size;
        }
        Ok(())
    }

    /// The thread: lets entries gather, takes them to disk, signs; until the log is closed.
    fn work(&self) {
        loop {
            let mut queue = hold(&self.queue);
            while !queue.unsealed && !queue.closing {
                queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            let (mut queue, _) = self
                .work
                .wait_timeout_while(queue, GATHER, |queue| !queue.closing)
                .unwrap_or_else(PoisonError::into_inner);
            let closing = queue.closing;
            queue.unsealed = false;
            let written = if queue.leaves.is_empty() {
                drop(queue);
                Ok(())
            } else {
                let batch = Arc::clone(&queue.batch);
                self.settle(queue, &batch)
            };
            let outcome = match (written, self.writing) {
                // Its callers were told, and nothing of it was promised.
                (_, Writing::Sync) => self.seal(Always::No),
                (written, Writing::Batch) => written.and_then(|()| self.seal(Always::No)),
            };
            let mut queue = hold(&self.queue);
            queue.unsealed |= outcome.is_err();
            queue.stalled = outcome.err();
            if closing {
                return;
            }
        }
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
