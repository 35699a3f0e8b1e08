//! Files that are written whole or not at all, and are never overwritten by accident.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use kakunin_core::error::Denial;

use crate::fault;

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever the process's umask lets.
    Everyone,
    /// Its owner alone: 0600. For keys.
    Owner,
}

/// What happens to a file that is already there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the write is refused.
    #[default]
    Keep,
    /// It is replaced in one step.
    Replace,
}

/// A file to be written.
#[derive(Debug)]
pub struct NewFile<'a> {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub content: &'a [u8],
    /// For whom.
    pub access: Access,
}

/// Writes all `files` or none: each is complete on disk before the first appears under its name. Of files that are
/// replaced, each is the old one or the new one, whatever happens in between.
///
/// # Errors
/// E504 `file-exists` where one is there and `existing` keeps it; E504 `file` where the system refuses.
pub fn write(files: &[NewFile<'_>], existing: Existing) -> Result<(), Denial> {
    if existing == Existing::Keep
        && let Some(there) = files.iter().find(|file| fs::symlink_metadata(&file.path).is_ok())
    {
        return Err(exists(&there.path));
    }
    let mut staged = Vec::with_capacity(files.len());
    for file in files {
        staged.push(Staged::new(file).map_err(|error| fault::file("file", &file.path, &error))?);
    }
    let mut done: Vec<PathBuf> = Vec::new();
    for stage in &mut staged {
        if let Err(error) = stage.commit(existing) {
            if existing == Existing::Keep {
                // What this call created disappears again; nothing of another's is touched.
                done.iter().for_each(|path| drop(fs::remove_file(path)));
            }
            return Err(match error.kind() {
                io::ErrorKind::AlreadyExists => exists(&stage.path),
                _ => fault::file("file", &stage.path, &error),
            });
        }
        done.push(stage.path.clone());
    }
    Ok(())
}

/// Writes one file; see [`write()`].
///
/// # Errors
/// As [`write()`].
pub fn write_one(path: &Path, content: &[u8], access: Access, existing: Existing) -> Result<(), Denial> {
    write(&[NewFile { path: path.to_owned(), content, access }], existing)
}

/// The content of a file, which may be a pipe, of at most `limit` bytes; `field` names it in a refusal.
///
/// # Errors
/// E504 `file` where it cannot be read, `file-too-large` where it is longer.
pub fn read(path: &Path, field: &'static str, limit: usize) -> Result<Vec<u8>, Denial> {
    let mut content = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(bound).read_to_end(&mut content))
        .map_err(|error| fault::file(field, path, &error))?;
    if content.len() > limit {
        return Err(fault::misconfigured(
            "file-too-large",
            field,
            path.display().to_string(),
            format!("at most {limit} bytes"),
        ));
    }
    Ok(content)
}

/// The text of a file; see [`read`].
///
/// # Errors
/// As [`read`]; E504 `file-utf8` where it is not UTF-8.
pub fn read_text(path: &Path, field: &'static str, limit: usize) -> Result<String, Denial> {
    String::from_utf8(read(path, field, limit)?)
        .map_err(|_| fault::misconfigured("file-utf8", field, path.display().to_string(), "text in UTF-8"))
}

/// Makes a folder and those above it where they are missing; those made are the owner's alone.
///
/// # Errors
/// E504 `file`.
pub fn make_folder(path: &Path) -> Result<(), Denial> {
    create_folder(path).map_err(|error| fault::file("folder", path, &error))
}

pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Replaces `path` by `content` in one step; a reader sees the old file or the new one, after a crash too.
pub(crate) fn replace(path: &Path, content: &[u8], access: Access) -> io::Result<()> {
    Staged::new(&NewFile { path: path.to_owned(), content, access })?.commit(Existing::Replace)
}

fn exists(path: &Path) -> Denial {
    fault::misconfigured(
        "file-exists",
        "file",
        path.display().to_string(),
        "a file that does not exist yet, or --force",
    )
}

/// A file complete on disk under a name that nobody reads; it disappears unless it is committed.
struct Staged {
    temporary: PathBuf,
    path: PathBuf,
}

impl Staged {
    fn new(file: &NewFile<'_>) -> io::Result<Self> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let mut name = OsString::from(".");
        name.push(file.path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
        name.push(format!(".{}-{}.new", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
        let staged = Self { temporary: file.path.with_file_name(name), path: file.path.clone() };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if file.access == Access::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let mut handle = options.open(&staged.temporary)?;
        handle.write_all(file.content)?;
        handle.sync_all()?;
        Ok(staged)
    }

    fn commit(&mut self, existing: Existing) -> io::Result<()> {
        match existing {
            Existing::Replace => fs::rename(&self.temporary, &self.path)?,
            // A link fails where the name is taken; a rename would replace it.
            Existing::Keep => match fs::hard_link(&self.temporary, &self.path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
                // File systems without links: take the name first, then move the content there.
                Err(_) => {
                    OpenOptions::new().write(true).create_new(true).open(&self.path)?;
                    fs::rename(&self.temporary, &self.path)?;
                }
            },
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Gone already where it was renamed.
        drop(fs::remove_file(&self.temporary));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_that_is_there_stays_unless_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_one(&path, b"1", Access::Everyone, Existing::Keep).unwrap();
        let denial = write_one(&path, b"2", Access::Everyone, Existing::Keep).unwrap_err();
        assert_eq!((denial.details().rule, fs::read(&path).unwrap()), ("file-exists", b"1".to_vec()));
        write_one(&path, b"3", Access::Everyone, Existing::Replace).unwrap();
        assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"3".to_vec(), vec!["a".to_owned()]));
    }

    #[test]
    fn of_several_files_all_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = |path: PathBuf| NewFile { path, content: b"x", access: Access::Owner };
        let missing = folder.path().join("missing").join("b");
        assert!(write(&[file(folder.path().join("a")), file(missing)], Existing::Keep).is_err());
        assert_eq!(names(folder.path()), Vec::<String>::new());
        write(&[file(folder.path().join("a")), file(folder.path().join("b"))], Existing::Keep).unwrap();
        assert_eq!(names(folder.path()), ["a", "b"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        write_one(&path, b"k", Access::Owner, Existing::Keep).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn reading_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, "scope", 5).unwrap(), b"12345");
        assert_eq!(read(&path, "scope", 4).unwrap_err().details().rule, "file-too-large");
        assert_eq!(
            read(folder.path(), "scope", 4).unwrap_err().details().expected.as_deref(),
            Some("a file, not a folder")
        );
    }
}
