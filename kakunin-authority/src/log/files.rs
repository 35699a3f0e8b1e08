//! The files of a log, by name, and its two keys.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kakunin_core::crypto::{GenerateKind, Random, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::error::{Code, Denial};
use kakunin_core::record::{DigestKey, NoteKey};

use crate::files::{self as disk_files, Access, Existing, NewFile};
use crate::{fault, keys};

/// Most bytes of a checkpoint: as many as the core reads.
pub(super) const CHECKPOINT_BYTES: usize = 64 * 1024;

/// The folder of a log.
#[derive(Clone, Debug)]
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn entries(&self) -> PathBuf {
        self.0.join("entries")
    }

    pub(super) fn checkpoint(&self) -> PathBuf {
        self.0.join("checkpoint")
    }

    pub(super) fn public_key(&self) -> PathBuf {
        self.0.join("log.pub")
    }

    fn private_key(&self) -> PathBuf {
        self.0.join("log.key")
    }

    fn digest_key(&self) -> PathBuf {
        self.0.join("digest.key")
    }

    /// Makes the keys of a new log. Where another process was faster, its keys stand.
    pub(super) fn create_keys(&self) -> Result<(), Denial> {
        if self.private_key().exists() {
            return Ok(());
        }
        if self.entries().exists() {
            let expected = "the key that signed this log's checkpoints";
            return Err(fault::misconfigured("log-key-missing", "record", path_text(&self.private_key()), expected));
        }
        let random = SystemRandom::new();
        let (signer, secret) = SoftwareSigner::generate(GenerateKind::Ed25519, &random).map_err(|e| e.denial())?;
        let mut digest_secret = [0; 32];
        random.fill(&mut digest_secret).map_err(|e| e.denial())?;
        let key = keys::to_pem(secret.secret_der(), None)?;
        let public = format!("{}\n", note_key(&signer)?);
        let digest = format!("{}\n", crate::hex::encode(&digest_secret));
        let file = |path, content, access| NewFile { path, content, access };
        let new = [
            file(self.digest_key(), digest.as_bytes(), Access::Owner),
            file(self.public_key(), public.as_bytes(), Access::Everyone),
            file(self.private_key(), key.as_bytes(), Access::Owner),
        ];
        match disk_files::write(&new, Existing::Keep) {
            Err(denial) if denial.details().rule == "file-exists" && self.private_key().exists() => Ok(()),
            outcome => outcome,
        }
    }

    /// Takes the lock that makes this process the log's one writer. It falls with the file.
    pub(super) fn lock(&self) -> Result<File, Denial> {
        let path = self.private_key();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| fault::file("record", &path, &error))?;
        // A writer that is just closing needs a moment for its last checkpoint.
        for _ in 0..40 {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(25)),
                Err(TryLockError::Error(error)) => return Err(fault::file("record", &path, &error)),
            }
        }
        Err(Denial::new(Code::RecordUnavailable, "log-locked")
            .field("record")
            .requested(path_text(&self.0))
            .expected("a log that no other process writes: each process has its own"))
    }

    /// The signer of checkpoints, and its key as notes name it.
    pub(super) fn signer(&self) -> Result<(SoftwareSigner, NoteKey), Denial> {
        let signer = keys::load(&self.private_key(), None)?;
        let key = note_key(&signer)?;
        Ok((signer, key))
    }

    pub(super) fn load_digest_key(&self) -> Result<DigestKey, Denial> {
        let path = self.digest_key();
        let text = disk_files::read_text(&path, "record", 1_024)?;
        let secret = crate::hex::decode(text.trim()).ok_or_else(|| {
            fault::misconfigured("digest-key", "record", path_text(&path), "at least 32 bytes as hex digits")
        })?;
        DigestKey::new(&secret)
    }
}

pub(super) fn path_text(path: &Path) -> String {
    path.display().to_string()
}

/// The name under which a log's key signs: derived from the key, so no two logs share one.
fn note_key(signer: &SoftwareSigner) -> Result<NoteKey, Denial> {
    let (head, _) = signer.public_key().spki_hash().split_at(8);
    NoteKey::new(&format!("kakunin/{}", crate::hex::encode(head)), signer.public_key().clone())
        .map_err(|fault| fault.denial(Code::ConfigurationInvalid, "log.key"))
}
