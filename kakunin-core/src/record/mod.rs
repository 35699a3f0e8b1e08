//! Decisions as records: one canonical text each, leaves of a signed, append-only log (profile §7). Nothing here writes.

mod decision;
mod description;
mod log;
mod note;
mod tree;
mod values;

pub use decision::{DecisionRecord, Refusal};
pub use description::{Description, DigestKey, Entry, Subject, reference};
pub use log::{Entries, Finding, LogCheck, LogReport, frame, verify};
pub use note::{Checkpoint, NoteKey};
pub use tree::{Tree, leaf_hash, node_hash};
pub use values::RecordValues;

/// The version of the profile that records state.
const VERSION: i64 = 1;

/// Longest record, in bytes: what the two bytes before an entry can say.
pub const RECORD_BYTES: usize = 65_535;
