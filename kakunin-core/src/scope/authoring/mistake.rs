//! What is wrong with a document, and where.

use std::cell::OnceCell;
use std::fmt;

/// Most mistakes that are reported of one document. 50: more than a screen holds.
const MOST: usize = 50;

/// Longest message, in characters; what is quoted from the document may be long.
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

    /// A `word` that is not among `known`.
    pub(super) fn unknown(&mut self, at: usize, what: &str, word: &str, known: &[&[&str]]) {
        // A hostile document has a strange word in every line.
        if self.found.len() >= MOST {
            return;
        }
        let suggestion = nearest(word, known.iter().copied().flatten().copied()).map(str::to_owned);
        self.push(at, format!("unknown {what} `{word}`"), suggestion);
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

fn clip(message: String) -> String {
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
    let most = (word.chars().count() / 3).max(1);
    known.map(|key| (distance(word, key), key)).filter(|(edits, _)| *edits <= most).min().map(|(_, key)| key)
}

/// Insertions, deletions and substitutions from `a` to `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, left) in a.chars().enumerate() {
        let mut edits = index + 1;
        let mut next = vec![edits];
        for (right, above) in b.iter().zip(row.windows(2)) {
            if let [diagonal, up] = above {
                edits = (diagonal + usize::from(left != *right)).min(edits + 1).min(up + 1);
            }
            next.push(edits);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in
            [("", "max", 3), ("max", "max", 0), ("maxx", "max", 1), ("one_of", "one-of", 1), ("kitten", "sitting", 3)]
        {
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
