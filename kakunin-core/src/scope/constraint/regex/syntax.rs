//! The grammar of RFC 9485 §3, read to a tree:
//!
//! ```text
//! i-regexp      = branch *( "|" branch )
//! branch        = *piece
//! piece         = atom [ quantifier ]
//! quantifier    = "*" / "+" / "?" / "{" QuantExact [ "," [ QuantExact ] ] "}"
//! atom          = NormalChar / charClass / "(" i-regexp ")"
//! charClass     = "." / SingleCharEsc / charClassExpr          ; and catEsc, complEsc, which the profile leaves out
//! charClassExpr = "[" [ "^" ] ( "-" / CCE1 ) *CCE1 [ "-" ] "]"
//! CCE1          = CCchar [ "-" CCchar ]
//! ```

use std::iter::Peekable;
use std::str::Chars;

use crate::scope::Fault;

/// Deepest nesting of groups. 32: the depth of arguments; the reader recurses as deep.
const NESTED: usize = 32;
/// Most repetitions that a quantifier counts. 1,000: as many empty groups are no work to spell out.
const REPEAT: u32 = 1_000;

/// A part of an expression.
#[derive(Debug)]
pub(super) enum Node {
    /// One of them.
    Alternatives(Vec<Node>),
    /// A character in one of the ranges, which ascend and do not touch.
    Class(Box<[(char, char)]>),
    /// Repeated; without a most, without end.
    Repeat(Box<Node>, u32, Option<u32>),
    /// All of them, one after the other.
    Sequence(Vec<Node>),
}

/// Reads all of `pattern`.
pub(super) fn parse(pattern: &str) -> Result<Node, Fault> {
    let mut reader = Reader { pattern, rest: pattern.chars().peekable() };
    let node = reader.alternatives(NESTED)?;
    match reader.rest.next() {
        None => Ok(node),
        Some(_) => Err(reader.syntax("has a `)` without `(`")),
    }
}

struct Reader<'p> {
    pattern: &'p str,
    rest: Peekable<Chars<'p>>,
}

impl Reader<'_> {
    /// i-regexp, up to a `)` or the end.
    fn alternatives(&mut self, depth_left: usize) -> Result<Node, Fault> {
        let mut branches = vec![self.branch(depth_left)?];
        while self.rest.next_if_eq(&'|').is_some() {
            branches.push(self.branch(depth_left)?);
        }
        Ok(match <[Node; 1]>::try_from(branches) {
            Ok([branch]) => branch,
            Err(branches) => Node::Alternatives(branches),
        })
    }

    fn branch(&mut self, depth_left: usize) -> Result<Node, Fault> {
        let mut pieces = Vec::new();
        while let Some(next) = self.rest.next_if(|next| !matches!(next, '|' | ')')) {
            let atom = self.atom(next, depth_left)?;
            let piece = self.quantified(atom)?;
            // What takes no character in no way is left out, however often it is repeated: so every piece has a step.
            if !matches!(&piece, Node::Sequence(parts) if parts.is_empty()) {
                pieces.push(piece);
            }
        }
        Ok(Node::Sequence(pieces))
    }

    fn atom(&mut self, first: char, depth_left: usize) -> Result<Node, Fault> {
        match first {
            '(' => {
                let Some(deeper) = depth_left.checked_sub(1) else {
                    return Err(self.fault("regex-nested", "nests groups more than 32 deep"));
                };
                let inner = self.alternatives(deeper)?;
                self.rest.next_if_eq(&')').ok_or_else(|| self.syntax("has a `(` without `)`"))?;
                Ok(inner)
            }
            '.' => Ok(Node::Class(complement(vec![('\n', '\n'), ('\r', '\r')]))),
            '[' => self.class(),
            '\\' => self.escaped().map(single),
            '^' | '$' => Err(self.fault(
                "regex-anchor",
                "has `^` or `$`, which others take for anchors; the whole text matches anyway, and `\\^` or `[$]` mean the sign",
            )),
            '*' | '+' | '?' | '{' => Err(self.syntax("repeats nothing")),
            '}' | ']' => Err(self.syntax("has a bracket that closes nothing; a sign is written with a backslash")),
            plain => Ok(single(plain)),
        }
    }

    /// SingleCharEsc.
    fn escaped(&mut self) -> Result<char, Fault> {
        match self.rest.next() {
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some(sign @ ('(' | ')' | '*' | '+' | '-' | '.' | '?' | '[' | '\\' | ']' | '^' | '{' | '|' | '}')) => {
                Ok(sign)
            }
            Some('p' | 'P') => {
                Err(self.fault("regex-property", "has `\\p` or `\\P`, which mean other characters each year"))
            }
            Some(other) => Err(self.syntax(&format!("has `\\{}`, which I-Regexp does not know", other.escape_debug()))),
            None => Err(self.syntax("ends in a backslash")),
        }
    }

    /// charClassExpr, after its bracket.
    fn class(&mut self) -> Result<Node, Fault> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        if self.rest.next_if_eq(&'-').is_some() {
            ranges.push(('-', '-'));
        }
        loop {
            match self.rest.next() {
                // `[^]` is a class without members to some and `^` to others.
                Some(']') if !ranges.is_empty() => break,
                Some('-') if !ranges.is_empty() && self.rest.peek() == Some(&']') => ranges.push(('-', '-')),
                Some(first) => ranges.push(self.class_range(first)?),
                None => return Err(self.syntax("has a `[` without `]`")),
            }
        }
        Ok(Node::Class(if negated { complement(ranges) } else { merged(ranges) }))
    }

    /// CCE1.
    fn class_range(&mut self, first: char) -> Result<(char, char), Fault> {
        let first = self.class_character(first)?;
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), Some(']') | None) {
            return Ok((first, first));
        }
        self.rest.next();
        let last = self.rest.next().ok_or_else(|| self.syntax("has a `[` without `]`"))?;
        let last = self.class_character(last)?;
        if first > last {
            return Err(self.syntax("has a range whose ends are the wrong way round"));
        }
        Ok((first, last))
    }

    /// CCchar.
    fn class_character(&mut self, first: char) -> Result<char, Fault> {
        match first {
            '\\' => self.escaped(),
            '-' | '[' | ']' => {
                Err(self
                    .syntax("has `-`, `[` or an empty class where a character is needed; write it with a backslash"))
            }
            plain => Ok(plain),
        }
    }

    fn quantified(&mut self, atom: Node) -> Result<Node, Fault> {
        let (least, most) = match self.rest.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.rest.next();
                let counts = self.counts()?;
                // The brace is left for the step below.
                if self.rest.peek() != Some(&'}') {
                    return Err(self.syntax("has a `{` without counts and `}`"));
                }
                counts
            }
            _ => return Ok(atom),
        };
        self.rest.next();
        if most.is_some_and(|most| least > most) {
            return Err(self.syntax("has counts that are the wrong way round"));
        }
        let nothing = matches!(&atom, Node::Sequence(parts) if parts.is_empty()) || most == Some(0);
        Ok(if nothing { Node::Sequence(Vec::new()) } else { Node::Repeat(Box::new(atom), least, most) })
    }

    fn counts(&mut self) -> Result<(u32, Option<u32>), Fault> {
        let least = self.count()?.ok_or_else(|| self.syntax("has a `{` without a count"))?;
        if self.rest.next_if_eq(&',').is_none() {
            return Ok((least, Some(least)));
        }
        Ok((least, self.count()?))
    }

    /// QuantExact, if there is one.
    fn count(&mut self) -> Result<Option<u32>, Fault> {
        let mut count = None;
        while let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(10)) {
            self.rest.next();
            let number = count.unwrap_or(0_u32).saturating_mul(10).saturating_add(digit);
            if number > REPEAT {
                return Err(self.fault("regex-repeat", "counts more than 1000 repetitions"));
            }
            count = Some(number);
        }
        Ok(count)
    }

    fn syntax(&self, what: &str) -> Fault {
        self.fault("regex-syntax", what)
    }

    fn fault(&self, rule: &'static str, what: &str) -> Fault {
        fault(self.pattern, rule, what)
    }
}

/// The mistake `what` in `pattern`.
pub(super) fn fault(pattern: &str, rule: &'static str, what: &str) -> Fault {
    // What matters stands behind the pattern, which may be long.
    let shown: String = pattern.chars().take(80).collect();
    let cut = if shown.len() < pattern.len() { "…" } else { "" };
    Fault::new(rule, format!("`{shown}{cut}` {what}"))
}

fn single(character: char) -> Node {
    Node::Class(Box::new([(character, character)]))
}

/// The same characters in ranges that ascend and do not touch.
fn merged(mut ranges: Vec<(char, char)>) -> Box<[(char, char)]> {
    ranges.sort_unstable();
    let mut merged: Vec<(char, char)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if first <= *end || after(*end) == Some(first) => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged.into_boxed_slice()
}

/// All other characters.
fn complement(ranges: Vec<(char, char)>) -> Box<[(char, char)]> {
    let mut others = Vec::new();
    let mut start = Some('\0');
    for (first, last) in merged(ranges) {
        if let (Some(start), Some(end)) = (start, before(first))
            && start <= end
        {
            others.push((start, end));
        }
        start = after(last);
    }
    others.extend(start.map(|start| (start, char::MAX)));
    others.into_boxed_slice()
}

/// The next character; surrogates are none.
fn after(character: char) -> Option<char> {
    (character..=char::MAX).nth(1)
}

fn before(character: char) -> Option<char> {
    ('\0'..=character).rev().nth(1)
}
