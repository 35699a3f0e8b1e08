//! What people write: a scope as TOML or JSON, and back.
//!
//! One document has one scope and so one encoding. Decimals are read from their digits, never through a float.
//! Whatever is not understood is a mistake with line and column; nothing is ignored and nothing is guessed. So a dotted
//! key under `params` is one too: `file.path = "/srv"` would be the constraint `path` on `file`, where the author meant
//! the member `path` of `file`, `"file.path"`.

mod blame;
mod calls;
mod compile;
mod constraint;
mod document;
mod excerpt;
mod json;
mod keys;
mod mistake;
mod read;
mod schema;
mod toml;
mod whole;
mod write;

pub use calls::{CallTable, Expected, TableCall};
pub use mistake::{AuthoringError, document};

use super::Scope;
use crate::bounds::JsonBounds;
use document::Node;
use mistake::Mistakes;

/// The language of an authoring document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON: I-JSON but for numbers, which may have 34 digits.
    Json,
    /// TOML.
    Toml,
}

/// The scope that an authoring document says.
///
/// A byte order mark before it is passed over. A document has at most 1 MiB and is nested at most 32 deep ([`JsonBounds::DOCUMENT`]).
///
/// # Errors
/// The mistakes found, in order of their place; at least one, at most 50.
pub fn compile(text: &str, format: Format) -> Result<Scope, Vec<AuthoringError>> {
    read(text, format, compile::scope)
}

fn read<T>(
    text: &str,
    format: Format,
    meaning: impl FnOnce(&Node, &mut Mistakes<'_>) -> Option<T>,
) -> Result<T, Vec<AuthoringError>> {
    let text = mistake::without_mark(text);
    let mut mistakes = Mistakes::new(text);
    let read = if text.len() > JsonBounds::DOCUMENT.bytes {
        mistakes.add(0, "the document is larger than 1 MiB");
        None
    } else {
        let document = match format {
            Format::Json => json::read(text, &mut mistakes),
            Format::Toml => toml::read(text, &mut mistakes),
        };
        document.and_then(|document| meaning(&document, &mut mistakes))
    };
    match read {
        Some(read) if mistakes.count() == 0 => Ok(read),
        _ => Err(mistakes.into_errors()),
    }
}

/// The table of calls that a document says: what a team expects of its scopes.
///
/// Bounded as [`compile`] is.
///
/// # Errors
/// As [`compile`].
pub fn calls(text: &str, format: Format) -> Result<CallTable, Vec<AuthoringError>> {
    read(text, format, calls::table)
}

/// The JSON Schema (draft 2020-12) of scopes as people write them, for editors and other checkers of documents.
///
/// It comes from the table of keys that [`compile`] reads by. It allows every document that compiles; of what does not, it finds
/// what can be said of one value alone.
pub fn scope_schema() -> String {
    let about = "What an agent may do: what no grant accepts is refused. TOML or JSON.";
    json::write(&schema::members(&keys::SCOPE, "Kakunin scope", about))
}

/// The JSON Schema of the tables that [`calls`] reads.
pub fn calls_schema() -> String {
    let about = "Calls, and what a team expects its scopes to decide, for `kakunin scope test`. TOML or JSON.";
    json::write(&schema::members(&keys::CALLS, "Kakunin table of calls", about))
}

/// The TOML that compiles to this very scope.
pub fn to_toml(scope: &Scope) -> String {
    toml::write(&write::scope(scope))
}

/// The JSON that compiles to this very scope.
pub fn to_json(scope: &Scope) -> String {
    json::write(&write::scope(scope))
}
