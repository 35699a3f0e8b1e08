//! Names of actions, and patterns over them.

use std::fmt;

use super::model::Fault;

/// Most segments of an action. 8: tool names measured have at most four.
pub(super) const SEGMENTS: usize = 8;
/// Most characters of a segment. 64: the longest tool name that model providers accept.
const SEGMENT_CHARACTERS: usize = 64;

/// One to eight segments joined by dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionPattern {
    pub(crate) segments: Vec<Segment>,
    text: String,
}

/// A segment of an action pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// This text: `[A-Za-z0-9_:/%-]{1,64}`.
    Literal(String),
    /// `*`: any one segment or, last, any one or more.
    Any,
}

impl ActionPattern {
    /// Parses a pattern: `payments.refund`, `kb.*`, `*.read`.
    ///
    /// # Errors
    /// `action-segments` for more than eight, `action-segment` for one that is neither `*` nor `[A-Za-z0-9_:/%-]{1,64}`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let segments = text
            .split('.')
            .map(|segment| match segment {
                "*" => Ok(Segment::Any),
                _ if is_segment(segment) => Ok(Segment::Literal(segment.to_owned())),
                _ => Err(Fault::new(
                    "action-segment",
                    format!("`{segment}` in `{text}` is neither `*` nor 1 to 64 characters of `A-Z a-z 0-9 _ : / % -`"),
                )),
            })
            .take(SEGMENTS + 1)
            .collect::<Result<Vec<_>, _>>()?;
        if segments.len() > SEGMENTS {
            return Err(Fault::new("action-segments", format!("`{text}` has more than {SEGMENTS} segments")));
        }
        let mut segments = segments;
        segments.shrink_to_fit();
        Ok(Self { segments, text: text.to_owned() })
    }

    /// The pattern of segments that other patterns had, as many as one may have at most.
    pub(super) fn of(segments: Vec<Segment>) -> Self {
        let texts: Vec<&str> = segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal(text) => text,
                Segment::Any => "*",
            })
            .collect();
        let text = texts.join(".");
        Self { segments, text }
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The segments.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether it holds no `*`, so it is the name of one action.
    pub fn is_literal(&self) -> bool {
        !self.segments.contains(&Segment::Any)
    }

    /// What stands before the first `*`: nothing, or segments each with its dot. The whole text where there is no `*`.
    pub(super) fn prefix(&self) -> &str {
        self.text.split_once('*').map_or(self.text.as_str(), |(before, _)| before)
    }

    /// Whether it covers the action named `action`; what is no action's name it never covers.
    pub fn covers(&self, action: &str) -> bool {
        ActionName::parse(action).is_some_and(|action| self.matches(&action))
    }

    pub(crate) fn matches(&self, action: &ActionName<'_>) -> bool {
        let fits = if self.segments.last() == Some(&Segment::Any) {
            action.count >= self.segments.len()
        } else {
            action.count == self.segments.len()
        };
        fits && self.segments.iter().zip(action.segments).all(|(pattern, segment)| match pattern {
            Segment::Any => true,
            Segment::Literal(text) => text == segment,
        })
    }
}

impl fmt::Display for ActionPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The action of a call: one to eight literal segments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionName<'a> {
    pub(crate) text: &'a str,
    segments: [&'a str; SEGMENTS],
    count: usize,
}

impl<'a> ActionName<'a> {
    /// The name, if it is one.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut name = Self { text, segments: [""; SEGMENTS], count: 0 };
        for segment in text.split('.') {
            *name.segments.get_mut(name.count)? = segment;
            name.count += 1;
            if !is_segment(segment) {
                return None;
            }
        }
        Some(name)
    }

    /// What patterns with a `*` can begin with: nothing, and its first segments with the dot behind each.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = &'a str> {
        let text = self.text;
        let dots = text.bytes().enumerate().filter(|(_, byte)| *byte == b'.');
        std::iter::once("").chain(dots.filter_map(move |(dot, _)| text.get(..=dot)))
    }
}

fn is_segment(text: &str) -> bool {
    (1..=SEGMENT_CHARACTERS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'/' | b'%' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, action: &str) -> bool {
        ActionPattern::parse(pattern).unwrap().matches(&ActionName::parse(action).unwrap())
    }

    #[test]
    fn patterns_are_segments_of_a_closed_alphabet() {
        for text in ["a", "*", "payments.refund", "a.*.b", "kb.*", "mcp:x/y.%2E-_", "a.b.c.d.e.f.g.h"] {
            assert_eq!(ActionPattern::parse(text).unwrap().to_string(), text);
        }
        for text in ["", ".", "a.", ".a", "a..b", "a b", "a*", "**", "é", "a\n", "a.b\0", &"x".repeat(65)] {
            assert_eq!(ActionPattern::parse(text).unwrap_err().rule, "action-segment", "{text:?}");
        }
        assert!(ActionPattern::parse(&"x".repeat(64)).is_ok());
        assert_eq!(ActionPattern::parse("a.b.c.d.e.f.g.h.i").unwrap_err().rule, "action-segments");
    }

    #[test]
    fn a_star_is_one_segment_or_last_one_or_more() {
        for (pattern, action) in [
            ("kb.read", "kb.read"),
            ("kb.*", "kb.read"),
            ("kb.*", "kb.read.deep"),
            ("*", "kb"),
            ("*", "kb.read"),
            ("*.read", "kb.read"),
            ("a.*.c", "a.b.c"),
        ] {
            assert!(matches(pattern, action), "{pattern} {action}");
        }
        for (pattern, action) in [
            ("kb.read", "kb.Read"),
            ("kb.read", "kb.read.deep"),
            ("kb.read", "kb"),
            ("kb.*", "kb"),
            ("kb.*", "kbx.read"),
            ("*.read", "a.kb.read"),
            ("*.read", "read"),
            ("a.*.c", "a.b.b.c"),
            ("a.*.c", "a.c"),
        ] {
            assert!(!matches(pattern, action), "{pattern} {action}");
        }
    }

    #[test]
    fn names_hold_no_star_and_at_most_eight_segments() {
        assert!(ActionName::parse("a.b.c.d.e.f.g.h").is_some());
        for text in ["", "*", "kb.*", "a.b.c.d.e.f.g.h.i", "a..b", "a b", "a\n"] {
            assert!(ActionName::parse(text).is_none(), "{text:?}");
        }
    }
}
