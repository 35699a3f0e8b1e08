//! Decisions as records: one canonical text each, leaves of a signed, append-only log (profile §7). Nothing here writes.

mod decision;
mod log;
mod note;
mod tree;

pub use decision::{
    DecisionRecord, Description, DigestKey, Entry, RECORD_BYTES, RecordValues, Refusal, Subject, reference,
};
pub use log::{Entries, Finding, LogCheck, LogReport, frame, verify};
pub use note::{Checkpoint, NoteKey};
pub use tree::{Tree, leaf_hash, node_hash};
