use super::super::model::Fault;
use super::{has_control, is_plain_path};

/// A pattern over the whole text: `*` any run without `/` or control characters, `**` also `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    pub(crate) pattern: String,
    // The pattern between its literal ends: empty, or beginning and ending with a run.
    middle: Box<[Token]>,
    prefix: u32,
    suffix: u32,
    names_paths: bool,
}

/// A piece of a pattern. No two runs stand side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This byte.
    Byte(u8),
    /// `*`. The number is the first position from which no `/` and no `**` stands before it: where it is reached, those
    /// positions add nothing, since whatever lies between them and here it can take too.
    Run(u32),
    /// `**`. Where it is reached, no earlier position adds anything.
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
        let too_long = |_| Fault::new("glob-length", "a glob is longer than 2^32 bytes");
        let (prefix, suffix) = (prefix.try_into().map_err(too_long)?, suffix.try_into().map_err(too_long)?);
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
            let between = bytes.strip_prefix(pattern.get(..self.prefix as usize)?)?;
            between.strip_suffix(pattern.get(length - self.suffix as usize..)?)
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
                [Token::Run(_)] => !between.contains(&b'/'),
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
    let (mut position, mut floor) = (0_u32, 0);
    std::iter::from_fn(move || {
        let mut token = match bytes.next()? {
            b'*' => Token::Run(floor),
            byte => Token::Byte(byte),
        };
        // Three and more say no more than two.
        while matches!(token, Token::Run(_) | Token::DeepRun) && bytes.next_if_eq(&b'*').is_some() {
            token = Token::DeepRun;
        }
        position = position.saturating_add(1);
        if matches!(token, Token::Byte(b'/') | Token::DeepRun) {
            floor = position;
        }
        Some(token)
    })
}

/// Runs `pattern` over `input` as an automaton whose states are the positions in the pattern, all at once:
/// time is at most input × pattern, whatever either holds.
fn run(pattern: &[Token], input: impl Iterator<Item = Token>) -> bool {
    const WORDS: usize = 4;
    let words = pattern.len() / 64 + 1;
    // Two sets of states; on the stack unless the pattern is long.
    let (mut near, mut far) = ([0_u64; 2 * WORDS], Vec::new());
    let states = if words <= WORDS {
        near.get_mut(..2 * words).unwrap_or_default()
    } else {
        far.resize(2 * words, 0);
        far.as_mut_slice()
    };
    let (mut current, mut next) = states.split_at_mut(words);
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
                    Some(Token::Run(_)) if !matches!(symbol, Token::Byte(b'/') | Token::DeepRun) => state,
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

/// Adds `state` and, as a run may be empty, the one behind it; takes away those that a run makes needless.
///
/// INVARIANT: states are entered in ascending order, so none that is taken away comes back.
fn enter(pattern: &[Token], states: &mut [u64], state: usize) {
    let floor = match pattern.get(state) {
        Some(Token::Run(floor)) => Some(*floor as usize),
        Some(Token::DeepRun) => Some(0),
        _ => None,
    };
    let mut add = |state: usize| {
        if let Some(set) = states.get_mut(state / 64) {
            *set |= 1 << (state % 64);
        }
    };
    add(state);
    if let Some(floor) = floor {
        add(state + 1);
        remove(states, floor, state);
    }
}

/// Removes the states from `from` up to, not including, `to`.
fn remove(states: &mut [u64], from: usize, to: usize) {
    for (word, set) in states.iter_mut().enumerate().take(to / 64 + 1).skip(from / 64) {
        let below = |state: usize| match state.saturating_sub(word * 64) {
            bits @ 0..64 => (1_u64 << bits) - 1,
            _ => u64::MAX,
        };
        *set &= !(below(to) & !below(from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the pattern means, without any care for time.
    fn means(pattern: &[Token], text: &[u8]) -> bool {
        let Some((token, rest)) = pattern.split_first() else { return text.is_empty() };
        match token {
            Token::Byte(byte) => text.split_first().is_some_and(|(first, text)| first == byte && means(rest, text)),
            Token::Run(_) => {
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
}
