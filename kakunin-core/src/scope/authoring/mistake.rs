//! What is wrong with a document, and where.

use std::cell::OnceCell;
use std::fmt;

use super::excerpt::{excerpt, visible};

/// Most mistakes that are reported of one document. 50: more than a screen holds.
const MOST: usize = 50;

/// Longest message, in characters.
const MESSAGE_CHARACTERS: usize = 300;

/// A mistake in an authoring document.
///
/// `Display` is one line: ``line 4, column 1: unknown key `maxx`, did you mean `max`?``
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthoringError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong: lower-case, without full stop, input in backticks.
    pub message: String,
    /// The nearest word that would be right here.
    pub suggestion: Option<String>,
}

impl fmt::Display for AuthoringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, ", did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AuthoringError {}

impl AuthoringError {
    /// The line of `document` that is meant, and a second line that marks what is wrong in it: plain text, at most 126 characters
    /// wide, in which nothing of the document can be mistaken for something else.
    pub fn excerpt(&self, document: &str) -> String {
        excerpt(without_mark(document), self.line, self.column)
    }
}

/// A document without the byte order mark that some editors put before it: no column counts it.
pub(super) fn without_mark(document: &str) -> &str {
    document.strip_prefix('\u{feff}').unwrap_or(document)
}

/// The text of a document's bytes.
///
/// # Errors
/// What is no UTF-8, at its place.
pub fn document(bytes: &[u8]) -> Result<&str, AuthoringError> {
    std::str::from_utf8(bytes).map_err(|fault| {
        let read = bytes.get(..fault.valid_up_to()).and_then(|read| std::str::from_utf8(read).ok()).unwrap_or_default();
        let read = without_mark(read);
        let (line, column) = Lines { text: read, starts: OnceCell::new() }.place(read.len());
        AuthoringError { line, column, message: "this is no UTF-8".to_owned(), suggestion: None }
    })
}

/// Collects mistakes by byte offset.
pub(super) struct Mistakes<'t> {
    lines: Lines<'t>,
    found: Vec<Mistake>,
}

struct Mistake {
    at: usize,
    message: String,
    suggestion: Option<String>,
}

impl<'t> Mistakes<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { lines: Lines { text, starts: OnceCell::new() }, found: Vec::new() }
    }

    pub(super) const fn count(&self) -> usize {
        self.found.len()
    }

    pub(super) fn add(&mut self, at: usize, message: impl Into<String>) {
        self.push(at, message.into(), None);
    }

    /// A `word` that is not among `known`; the one that it was probably meant to be.
    pub(super) fn unknown<'k>(&mut self, at: usize, what: &str, word: &str, known: &[&'k str]) -> Option<&'k str> {
        // A hostile document has a strange word in every line.
        if self.found.len() >= MOST {
            return None;
        }
        let meant = nearest(word, known.iter().copied());
        self.push(at, format!("unknown {what} `{word}`"), meant.map(str::to_owned));
        meant
    }

    /// A message that begins with a word in backticks, and the nearest of `known` to that word.
    pub(super) fn add_near<'k>(&mut self, at: usize, message: String, known: impl Iterator<Item = &'k str>) {
        let word = message.strip_prefix('`').and_then(|rest| rest.split_once('`')).map(|(word, _)| word);
        let meant = word.and_then(|word| nearest(word, known)).map(str::to_owned);
        // What the message says itself is not said twice.
        let meant = meant.filter(|meant| !message.contains(&format!("`{meant}`")));
        self.push(at, message, meant);
    }

    /// Line and column of a byte offset.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        self.lines.place(at)
    }

    pub(super) fn into_errors(mut self) -> Vec<AuthoringError> {
        self.found.sort_by_key(|mistake| mistake.at);
        let lines = self.lines;
        let error = |Mistake { at, message, suggestion }| {
            let (line, column) = lines.place(at);
            AuthoringError { line, column, message, suggestion }
        };
        self.found.into_iter().map(error).collect()
    }

    fn push(&mut self, at: usize, message: String, suggestion: Option<String>) {
        if self.found.len() < MOST {
            self.found.push(Mistake { at, message: clip(message), suggestion });
        }
    }
}

/// Where the lines of a text begin, found when they are first asked for.
struct Lines<'t> {
    text: &'t str,
    starts: OnceCell<Vec<usize>>,
}

impl Lines<'_> {
    /// Line and column, in characters, of a byte offset.
    fn place(&self, at: usize) -> (usize, usize) {
        let starts = self.starts.get_or_init(|| {
            let after = self.text.match_indices('\n').map(|(newline, _)| newline + 1);
            std::iter::once(0).chain(after).collect()
        });
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = starts.partition_point(|start| *start <= at);
        let start = starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        (line, self.text.get(start..at).unwrap_or_default().chars().count() + 1)
    }
}

/// A message as it is shown: what is quoted from the document may be long, and may hold what a terminal would obey.
fn clip(message: String) -> String {
    let message: String = message.chars().map(visible).collect();
    if message.len() <= MESSAGE_CHARACTERS || message.chars().nth(MESSAGE_CHARACTERS).is_none() {
        return message;
    }
    message.chars().take(MESSAGE_CHARACTERS).chain(['…']).collect()
}

/// The candidate nearest to `word`: at most one edit in three characters, and one in any case.
fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    // No key is half as long; the bound keeps the work small.
    if word.len() > 64 {
        return None;
    }
    let length = word.chars().count();
    // Of one character nothing is left to compare.
    let most = (length / 3).max(1).min(length.saturating_sub(1));
    known.map(|key| (distance(word, key), key)).filter(|(edits, _)| *edits <= most).min().map(|(_, key)| key)
}

/// Insertions, deletions, substitutions and swaps of neighbours from `a` to `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last = None;
    for (index, left) in a.chars().enumerate() {
        let mut next = vec![index + 1];
        for (at, right) in b.iter().enumerate() {
            let same = usize::from(left != *right);
            let mut edits = (cell(&row, at) + same).min(cell(&next, at) + 1).min(cell(&row, at + 1) + 1);
            let swapped = last == Some(*right) && at.checked_sub(1).and_then(|at| b.get(at)) == Some(&left);
            if swapped {
                edits = edits.min(cell(&before, at - 1) + 1);
            }
            next.push(edits);
        }
        (before, row, last) = (row, next, Some(left));
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [
            ("", "max", 3),
            ("max", "max", 0),
            ("maxx", "max", 1),
            ("one_of", "one-of", 1),
            ("kitten", "sitting", 3),
            ("opne", "open", 1),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
        assert_eq!(nearest("maxx", ["min", "max", "money"].into_iter()), Some("max"));
        assert_eq!(nearest("zzzz", ["min", "max", "money"].into_iter()), None);
    }

    #[test]
    fn columns_count_characters() {
        let mut mistakes = Mistakes::new("a = 1\nbé = 😀x");
        mistakes.add(16, "here");
        let error = mistakes.into_errors().remove(0);
        assert_eq!((error.line, error.column), (2, 7));
    }

    #[test]
    fn no_more_than_fifty_are_kept() {
        let mut mistakes = Mistakes::new("");
        (0..100).for_each(|_| mistakes.add(0, "x".repeat(1_000)));
        let errors = mistakes.into_errors();
        assert_eq!((errors.len(), errors[0].message.chars().count()), (MOST, MESSAGE_CHARACTERS + 1));
    }
}
