use super::super::model::Fault;
use super::{has_control, is_plain_path};

/// Longest pattern, in bytes. 4,096: the longest path that common systems take (PATH_MAX of Linux). Matching takes at most 65
/// steps of a few instructions for each byte of a text.
const BYTES: usize = 4_096;

/// A pattern over the whole text: `*` any run without `/` or control characters, `**` also `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    pub(crate) pattern: String,
    // The pattern between its literal ends: empty, or beginning and ending with a run.
    middle: Box<[Token]>,
    prefix: u16,
    suffix: u16,
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
    /// `glob-length` above 4,096 bytes; `glob-control` for a control character; `glob-nothing` where the refusals of `path`, which a glob with `/` or `**`
    /// obeys, leave nothing to match.
    pub fn new(pattern: &str) -> Result<Self, Fault> {
        if pattern.len() > BYTES {
            let detail = format!("a glob of {} bytes is longer than {BYTES}", pattern.len());
            return Err(Fault::new("glob-length", detail));
        }
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
        // INVARIANT: both are at most `BYTES`.
        let [prefix, suffix] = [prefix, suffix].map(|length| u16::try_from(length).unwrap_or(u16::MAX));
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
            let between = bytes.strip_prefix(pattern.get(..usize::from(self.prefix))?)?;
            between.strip_suffix(pattern.get(length - usize::from(self.suffix)..)?)
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
    std::iter::from_fn(move || {
        let mut token = match bytes.next()? {
            b'*' => Token::Run,
            byte => Token::Byte(byte),
        };
        // Three and more say no more than two.
        while matches!(token, Token::Run | Token::DeepRun) && bytes.next_if_eq(&b'*').is_some() {
            token = Token::DeepRun;
        }
        Some(token)
    })
}

/// Runs `pattern` over `input` as an automaton whose states are the positions in the pattern, all at once, 64 in a word
/// (Shift-And): time is input × pattern ÷ 64, whatever either holds.
fn run(pattern: &[Token], input: impl Iterator<Item = Token>) -> bool {
    let words = pattern.len() / 64 + 1;
    // Of most patterns everything lies on the stack.
    let (mut near, mut far) = ([0_u64; ROWS + 1], Vec::new());
    let table = if words == 1 {
        near.as_mut_slice()
    } else {
        far.resize((ROWS + 1) * words, 0);
        far.as_mut_slice()
    };
    let (states, table) = table.split_at_mut(words);
    for (position, token) in pattern.iter().enumerate() {
        let set = |table: &mut [u64], row: usize| {
            if let Some(word) = table.get_mut(row * words + position / 64) {
                *word |= 1 << (position % 64);
            }
        };
        match token {
            Token::Byte(byte) => set(table, usize::from(*byte)),
            Token::Run => set(table, RUNS),
            Token::DeepRun => {
                set(table, RUNS);
                set(table, DEEP_RUNS);
            }
        }
    }
    let row = |number: usize| table.get(number * words..(number + 1) * words).unwrap_or_default();
    let runs = row(RUNS);
    if let (Some(first), Some(run)) = (states.first_mut(), runs.first()) {
        // A run may be empty, so the state behind it is entered with it; no two stand side by side.
        *first = 1 | (run & 1) << 1;
    }
    for symbol in input {
        let (moves, stays) = match symbol {
            Token::Byte(byte @ b'/') => (row(usize::from(byte)), row(DEEP_RUNS)),
            Token::Byte(byte) => (row(usize::from(byte)), runs),
            Token::Run => (row(NOTHING), runs),
            Token::DeepRun => (row(NOTHING), row(DEEP_RUNS)),
        };
        let (mut moved, mut entered, mut alive) = (0, 0, 0);
        for (((state, moves), stays), runs) in states.iter_mut().zip(moves).zip(stays).zip(runs) {
            let moving = *state & moves;
            let mut next = moving << 1 | moved | *state & stays;
            moved = moving >> 63;
            let entering = next & runs;
            next |= entering << 1 | entered;
            entered = entering >> 63;
            alive |= next;
            *state = next;
        }
        if alive == 0 {
            return false;
        }
    }
    states.get(pattern.len() / 64).is_some_and(|set| set >> (pattern.len() % 64) & 1 == 1)
}

/// Rows of the automaton's table behind those of the 256 bytes: positions of runs, of `**` alone, and none.
const RUNS: usize = 256;
const DEEP_RUNS: usize = 257;
const NOTHING: usize = 258;
const ROWS: usize = 259;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the pattern means, without any care for time.
    fn means(pattern: &[Token], text: &[u8]) -> bool {
        let Some((token, rest)) = pattern.split_first() else { return text.is_empty() };
        match token {
            Token::Byte(byte) => text.split_first().is_some_and(|(first, text)| first == byte && means(rest, text)),
            Token::Run => {
                let longest = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
                (0..=longest).any(|length| means(rest, &text[length..]))
            }
            Token::DeepRun => (0..=text.len()).any(|length| means(rest, &text[length..])),
        }
    }

    /// Every text of up to `length` bytes over `alphabet`.
    fn all(alphabet: &[u8], length: usize) -> Vec<Vec<u8>> {
        let mut texts = vec![vec![]];
        let mut last = texts.clone();
        for _ in 0..length {
            last = last
                .iter()
                .flat_map(|text| alphabet.iter().map(move |byte| [text.as_slice(), &[*byte]].concat()))
                .collect();
            texts.extend(last.clone());
        }
        texts
    }

    #[test]
    fn the_automaton_means_what_the_pattern_means() {
        let texts = all(b"ab/", 5);
        for pattern in all(b"a*/", 6) {
            let pattern = String::from_utf8(pattern).unwrap();
            let tokens: Vec<Token> = tokens(&pattern).collect();
            for text in &texts {
                let ran = run(&tokens, text.iter().map(|byte| Token::Byte(*byte)));
                assert_eq!(ran, means(&tokens, text), "`{pattern}` on `{}`", String::from_utf8_lossy(text));
            }
        }
    }

    #[test]
    fn patterns_longer_than_a_word_or_the_stack_match_the_same() {
        for count in [1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 300] {
            let glob = Glob::new(&format!("{}b*", "a*".repeat(count))).unwrap();
            assert!(glob.matches(&format!("{}b", "a".repeat(count))), "{count}");
            assert!(glob.matches(&format!("{}xbx", "xa".repeat(count + 1)).replacen('x', "", 1)), "{count}");
            assert!(!glob.matches(&format!("{}b", "a".repeat(count - 1))), "{count}");
            assert!(!glob.matches(&"a".repeat(count + 1)), "{count}");
            let deep = Glob::new(&format!("**/{}**", "a/".repeat(count))).unwrap();
            assert!(deep.matches(&format!("x/{}x", "a/".repeat(count + 2))), "{count}");
            assert!(!deep.matches(&format!("x/{}x", "a/".repeat(count - 1))), "{count}");
        }
    }

    #[test]
    fn a_pattern_has_4096_bytes_at_most() {
        assert!(Glob::new(&"a*".repeat(2_048)).is_ok());
        assert_eq!(Glob::new(&"a*".repeat(2_049)).unwrap_err().rule, "glob-length");
    }
}
