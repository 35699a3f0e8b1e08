use super::super::model::Fault;
use super::{has_control, is_plain_path};

/// A pattern over the whole text: `*` any run without `/` or control characters, `**` also `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    pub(crate) pattern: String,
    // The pattern between its literal ends: empty, or beginning and ending with a run.
    middle: Box<[Token]>,
    prefix: usize,
    suffix: usize,
    names_paths: bool,
}

/// A piece of a pattern. No two runs stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This byte.
    Byte(u8),
    /// `*`.
    Run,
    /// `**`.
    DeepRun,
}

impl Glob {
    /// The glob `pattern`.
    ///
    /// # Errors
    /// `glob-control` for a control character; `glob-nothing` where the refusals of `path`, which a glob with `/` or `**`
    /// obeys, leave nothing to match.
    pub fn new(pattern: &str) -> Result<Self, Fault> {
        if has_control(pattern) {
            return Err(Fault::new("glob-control", format!("`{}` has a control character", pattern.escape_debug())));
        }
        let names_paths = pattern.contains('/') || pattern.contains("**");
        // A run can be filled with a letter, so what is left is refused only for its literal parts.
        if names_paths && !is_plain_path(&pattern.replace('*', "x")) {
            let detail = format!(
                "`{pattern}` matches nothing: a path has no `.`, `..` or empty segment, backslash, `%` or leading `~`"
            );
            return Err(Fault::new("glob-nothing", detail));
        }
        let prefix = pattern.find('*').unwrap_or(pattern.len());
        let suffix = pattern.rfind('*').map_or(0, |last| pattern.len() - last - 1);
        let middle = tokens(pattern.get(prefix..pattern.len() - suffix).unwrap_or_default()).collect();
        Ok(Self { pattern: pattern.to_owned(), middle, prefix, suffix, names_paths })
    }

    /// The pattern as it is written.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether it holds `/` or `**`, so it obeys the refusals of `path`.
    pub fn names_paths(&self) -> bool {
        self.names_paths
    }

    /// Whether it begins with `/`.
    pub fn is_absolute(&self) -> bool {
        self.pattern.starts_with('/')
    }

    /// Whether it holds no `*`, so it matches one text.
    pub fn is_literal(&self) -> bool {
        self.middle.is_empty()
    }

    /// The whole pattern in pieces.
    fn tokens(&self) -> impl Iterator<Item = Token> {
        tokens(&self.pattern)
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        if self.middle.is_empty() {
            // INVARIANT: a literal that names paths is plain itself.
            return text == self.pattern;
        }
        let bytes = text.as_bytes();
        let ends = || {
            let (pattern, length) = (self.pattern.as_bytes(), self.pattern.len());
            let between = bytes.strip_prefix(pattern.get(..self.prefix)?)?;
            between.strip_suffix(pattern.get(length - self.suffix..)?)
        };
        let Some(between) = ends() else { return false };
        let plain = if self.names_paths {
            text.starts_with('/') == self.is_absolute() && is_plain_path(text)
        } else {
            !has_control(text)
        };
        plain
            && match &*self.middle {
                [Token::DeepRun] => true,
                [Token::Run] => !between.contains(&b'/'),
                middle => run(middle, between.iter().map(|byte| Token::Byte(*byte))),
            }
    }

    /// Whether the pattern matches the text of `other`, where its `*` is matched only by `*` or `**`, its `**` only by
    /// `**`. By itself this is not yet containment.
    pub fn matches_pattern(&self, other: &Self) -> bool {
        let all: Vec<Token> = self.tokens().collect();
        run(&all, other.tokens())
    }
}

fn tokens(pattern: &str) -> impl Iterator<Item = Token> {
    let mut bytes = pattern.bytes().peekable();
    std::iter::from_fn(move || match bytes.next()? {
        b'*' => {
            let mut token = Token::Run;
            // Three and more say no more than two.
            while bytes.next_if_eq(&b'*').is_some() {
                token = Token::DeepRun;
            }
            Some(token)
        }
        byte => Some(Token::Byte(byte)),
    })
}

/// Runs `pattern` over `input` as an automaton whose states are the positions in the pattern, all at once:
/// time is input × pattern, whatever either holds.
fn run(pattern: &[Token], input: impl Iterator<Item = Token>) -> bool {
    const WORDS: usize = 4;
    let words = pattern.len() / 64 + 1;
    // Two sets of states; on the stack unless the pattern is long.
    let (mut near, mut far) = ([0_u64; 2 * WORDS], Vec::new());
    let states = if words <= WORDS {
        near.as_mut_slice()
    } else {
        far.resize(2 * words, 0);
        far.as_mut_slice()
    };
    let half = states.len() / 2;
    let (mut current, mut next) = states.split_at_mut(half);
    enter(pattern, current, 0);
    for symbol in input {
        next.fill(0);
        let mut alive = false;
        for (word, set) in (0..).zip(current.iter()) {
            let mut set = *set;
            while set != 0 {
                let state = word * 64 + set.trailing_zeros() as usize;
                set &= set - 1;
                let to = match pattern.get(state) {
                    Some(Token::DeepRun) => state,
                    Some(Token::Run) if !matches!(symbol, Token::Byte(b'/') | Token::DeepRun) => state,
                    Some(literal @ Token::Byte(_)) if *literal == symbol => state + 1,
                    _ => continue,
                };
                enter(pattern, next, to);
                alive = true;
            }
        }
        if !alive {
            return false;
        }
        std::mem::swap(&mut current, &mut next);
    }
    current.get(pattern.len() / 64).is_some_and(|set| set >> (pattern.len() % 64) & 1 == 1)
}

/// Adds `state` and, as a run may be empty, the one behind it.
fn enter(pattern: &[Token], states: &mut [u64], state: usize) {
    let mut add = |state: usize| {
        if let Some(set) = states.get_mut(state / 64) {
            *set |= 1 << (state % 64);
        }
    };
    add(state);
    if matches!(pattern.get(state), Some(Token::Run | Token::DeepRun)) {
        add(state + 1);
    }
}
