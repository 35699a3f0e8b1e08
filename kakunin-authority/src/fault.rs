//! How this crate says that a file or an option is wrong: E504, naming the field, what came and what would do.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use kakunin_core::error::{Code, Denial, Fact};

/// The refusal of what `field` holds.
pub(crate) fn misconfigured(
    rule: &'static str,
    field: impl Into<Fact>,
    came: impl Into<Fact>,
    expected: impl Into<Fact>,
) -> Denial {
    Denial::new(Code::ConfigurationInvalid, rule).field(field).requested(came).expected(expected)
}

/// The refusal of an option that must be written and is not.
pub(crate) fn missing(field: &'static str, expected: impl Into<Fact>) -> Denial {
    Denial::new(Code::ConfigurationInvalid, "option-missing").field(field).expected(expected)
}

/// The refusal of a file that cannot be read or written.
pub(crate) fn file(field: impl Into<Fact>, path: &Path, error: &io::Error) -> Denial {
    misconfigured("file", field, path.display().to_string(), cause(error))
}

/// What an input/output error says, without the number that the platform adds.
pub(crate) fn cause(error: &io::Error) -> Fact {
    match error.kind() {
        io::ErrorKind::NotFound => Cow::Borrowed("a file that exists"),
        io::ErrorKind::PermissionDenied => Cow::Borrowed("a file that this user may use"),
        io::ErrorKind::AlreadyExists => Cow::Borrowed("a file that does not exist yet"),
        io::ErrorKind::StorageFull => Cow::Borrowed("room on the disk"),
        io::ErrorKind::IsADirectory => Cow::Borrowed("a file, not a folder"),
        io::ErrorKind::NotADirectory => Cow::Borrowed("a folder above it"),
        _ => {
            let text = error.to_string();
            Cow::Owned(text.split(" (os error").next().unwrap_or_default().to_lowercase())
        }
    }
}
