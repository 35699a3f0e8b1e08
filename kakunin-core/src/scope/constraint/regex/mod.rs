//! Regular expressions of RFC 9485 (I-Regexp): read strictly, bounded in size, matched in linear time.

mod program;
mod syntax;

use std::fmt;
use std::sync::OnceLock;

use super::super::model::Fault;
use program::Program;

/// Most steps of one expression's program, repetitions spelt out. 1,024: four times what a host name takes,
/// `[a-z0-9.-]{1,253}`; so the sets of steps that a match keeps fit on the stack.
pub(super) const STEPS: usize = 1_024;
/// Longest expression in bytes. 4 KiB: four for each step, so that reading one is little work.
const BYTES: usize = 4 * 1_024;

/// A regular expression that must match the whole text.
///
/// I-Regexp without `\p`, and without `^` or `$` outside classes: other dialects take these for anchors. What I-Regexp has not
/// (`\d`, look-around, back-references, lazy quantifiers, flags) is refused.
#[derive(Clone)]
pub struct Regex {
    // Apart, so that a list of constraints stays small.
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    pattern: String,
    steps: usize,
    // Made at the first match: most calls never meet most expressions, and a scope is bounded before any is made.
    program: OnceLock<Program>,
}

impl Regex {
    /// The expression `pattern`.
    ///
    /// # Errors
    /// `regex-syntax` for what is no I-Regexp; `regex-property` for `\p`, `regex-anchor` for `^` or `$` outside a class;
    /// `regex-nested` for groups more than 32 deep, `regex-repeat` for a count above 1,000, `regex-size` for a program of more
    /// than 1,024 steps or a pattern above 4 KiB.
    pub fn new(pattern: &str) -> Result<Self, Fault> {
        if pattern.len() > BYTES {
            return Err(Fault::new("regex-size", format!("a regex of {} bytes is longer than {BYTES}", pattern.len())));
        }
        let expression = syntax::parse(pattern)?;
        let steps = program::size(&expression);
        if steps > STEPS {
            return Err(syntax::fault(
                pattern,
                "regex-size",
                "takes more than 1024 steps with its repetitions spelt out",
            ));
        }
        let inner = Inner { pattern: pattern.to_owned(), steps, program: OnceLock::new() };
        Ok(Self { inner: Box::new(inner) })
    }

    /// The expression as it is written.
    pub fn pattern(&self) -> &str {
        &self.inner.pattern
    }

    /// How many steps its program has.
    pub(in crate::scope) fn steps(&self) -> usize {
        self.inner.steps
    }

    /// Whether it matches all of `text`.
    pub fn matches(&self, text: &str) -> bool {
        // INVARIANT: a pattern that was read once is read again; were it not, it would match nothing.
        let make =
            || syntax::parse(&self.inner.pattern).map(|expression| Program::new(&expression)).unwrap_or_default();
        self.inner.program.get_or_init(make).matches(text)
    }
}

/// The pattern; the rest follows from it.
impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.inner.pattern == other.inner.pattern
    }
}

impl Eq for Regex {}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.inner.pattern).finish()
    }
}
