//! The record in a folder: an append-only log of decisions with one writer, its tree signed again and again.
//!
//! | file | holds |
//! |---|---|
//! | `entries` | the records, each behind its length in two bytes (the entry bundles of C2SP `tlog-tiles`) |
//! | `checkpoint` | a C2SP signed note over the number of records and their RFC 6962 root |
//! | `log.key`, `log.pub` | the key that signs checkpoints, and what anyone needs to verify them |
//! | `digest.key` | the key of the parameters' digests |
//! | `torn-…` | what a crash left behind the last whole record, set aside by the next writer |
//!
//! With [`Writing::Sync`](crate::shell::Writing::Sync) a record is on disk before its decision is given; callers that come
//! together share one `fdatasync`. With `Batch` it is there within 50 ms, and a crash may lose that much. Either way the
//! checkpoint follows within 50 ms, and at [`Log::flush`] and when the log is dropped; records behind the checkpoint are on
//! disk but not vouched for until then. A disk that refuses (full, read-only, gone) refuses decisions: E503.

mod disk;
mod files;
mod reader;
mod writer;

pub use reader::{Found, Verification, find, verify};
pub(crate) use reader::{digest_key, each};
pub use writer::Log;
