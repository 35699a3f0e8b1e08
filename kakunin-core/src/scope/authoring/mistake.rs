//! What is wrong with a document, and where.

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
    text: &'t str,
    found: Vec<Mistake>,
}

struct Mistake {
    at: usize,
    message: String,
    suggestion: Option<String>,
}

impl<'t> Mistakes<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, found: Vec::new() }
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

    pub(super) fn into_errors(mut self) -> Vec<AuthoringError> {
        self.found.sort_by_key(|mistake| mistake.at);
        let text = self.text;
        self.found.into_iter().map(|mistake| mistake.locate(text)).collect()
    }

    fn push(&mut self, at: usize, message: String, suggestion: Option<String>) {
        if self.found.len() < MOST {
            self.found.push(Mistake { at, message: clip(message), suggestion });
        }
    }
}

impl Mistake {
    fn locate(self, text: &str) -> AuthoringError {
        let mut at = self.at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        AuthoringError {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            message: self.message,
            suggestion: self.suggestion,
        }
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
