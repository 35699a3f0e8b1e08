//! What can be asked of a value: one file per kind, each with its constructor, what it accepts and how it reads.

mod domain;
mod email;
mod glob;
mod host;
mod kind;
mod length;
mod net;
mod one_of;
mod path;
mod range;
mod regex;
mod url;

use std::fmt;

pub use domain::DomainSet;
pub use email::EmailSet;
pub use glob::Glob;
pub use kind::Kind;
pub use length::Length;
pub use net::{NetSet, Network};
pub use one_of::{Scalar, ScalarSet};
pub use path::PathRoot;
pub use range::{Money, Range};
pub use regex::Regex;
pub use url::UrlSet;

pub(crate) use email::split as split_address;
pub(crate) use host::is_name as is_host_name;
pub(crate) use path::is_plain as is_plain_path;
pub(crate) use range::check_decimal;

use super::model::Fault;
use crate::encoding::json::Json;
use crate::error::Code;

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Is a member, by JSON type. An empty list accepts nothing.
    OneOf(ScalarSet),
    /// Has a member's type and is none of them. Never empty.
    NoneOf(ScalarSet),
    /// Lies between two decimals, inclusive.
    Range(Range),
    /// The whole text matches.
    Glob(Glob),
    /// The whole text matches, by RFC 9485.
    Regex(Regex),
    /// The number of code points or elements lies between two bounds, inclusive.
    Length(Length),
    /// A path strictly under a root.
    Path(PathRoot),
    /// A host name from a set.
    Domain(DomainSet),
    /// An address from a set.
    Email(EmailSet),
    /// A URL with scheme, host, port and path from sets.
    Url(UrlSet),
    /// An IP address from a set of networks.
    Net(NetSet),
    /// Has a JSON type.
    Type(Kind),
}

impl Constraint {
    /// The name in the authoring form, which is also the rule that a denial names.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OneOf(_) => "one-of",
            Self::NoneOf(_) => "none-of",
            Self::Range(_) => "range",
            Self::Glob(_) => "glob",
            Self::Regex(_) => "regex",
            Self::Length(_) => "length",
            Self::Path(_) => "path",
            Self::Domain(_) => "domain",
            Self::Email(_) => "email",
            Self::Url(_) => "url",
            Self::Net(_) => "net",
            Self::Type(_) => "type",
        }
    }

    /// Whether `value` meets it, else the code of the refusal: E202, E203, E204 or E207.
    pub(crate) fn judge(&self, value: &Json) -> Result<(), Code> {
        let text = || value.as_text().ok_or(Code::ParameterInvalid);
        match self {
            Self::OneOf(list) => list.judge_member(value),
            Self::NoneOf(list) => list.judge_stranger(value),
            Self::Range(range) => range.judge(value),
            Self::Glob(glob) => member(glob.matches(text()?), Code::ValueNotAllowed),
            Self::Regex(regex) => member(regex.matches(text()?), Code::ValueNotAllowed),
            Self::Length(length) => length.judge(value),
            Self::Path(root) => member(root.holds(text()?), Code::ValueNotAllowed),
            Self::Domain(names) => names.judge(text()?),
            Self::Email(set) => set.judge(text()?),
            Self::Url(set) => set.judge(text()?),
            Self::Net(set) => set.judge(text()?),
            Self::Type(kind) => member(kind.is_of(value), Code::ParameterInvalid),
        }
    }
}

/// What it accepts, in words: `0 to 500`, `one of "EUR", "USD"`.
impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(list) if list.is_empty() => f.write_str("no value"),
            Self::OneOf(list) => write!(f, "one of {list}"),
            Self::NoneOf(list) => write!(f, "none of {list}"),
            Self::Range(range) => range.fmt(f),
            Self::Glob(glob) => write!(f, "text like `{}`", glob.pattern()),
            Self::Regex(regex) => write!(f, "text that matches `{}`", regex.pattern()),
            Self::Length(length) => length.fmt(f),
            Self::Path(root) => write!(f, "a path under `{}`", root.root()),
            Self::Domain(names) => write!(f, "a host of {names}"),
            Self::Email(set) => write!(f, "an address of {set}"),
            Self::Url(set) => write!(f, "a URL of {set}"),
            Self::Net(set) => write!(f, "an address in {set}"),
            Self::Type(kind) => write!(f, "a value of type {}", kind.name()),
        }
    }
}

/// Non-empty texts without control characters: sorted by bytes, none twice.
pub(crate) fn text_set(mut texts: Vec<String>, rule: &'static str) -> Result<Vec<String>, Fault> {
    if let Some(text) = texts.iter().find(|text| text.is_empty() || has_control(text)) {
        return Err(Fault::new(rule, format!("`{}` is empty or has a control character", text.escape_debug())));
    }
    texts.sort_unstable();
    match texts.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
        Some([twice, _]) => Err(Fault::new(rule, format!("`{twice}` stands twice in one list"))),
        _ => Ok(texts),
    }
}

fn member(is: bool, otherwise: Code) -> Result<(), Code> {
    if is { Ok(()) } else { Err(otherwise) }
}

/// U+0000–1F and U+007F–9F.
pub(crate) fn has_control(text: &str) -> bool {
    // No early exit: the loop compiles to vector code, and honest text has none.
    let ascii = text.bytes().fold(false, |found, byte| found | (byte < 0x20) | (byte == 0x7f));
    ascii || (!text.is_ascii() && text.contains(|c| ('\u{80}'..='\u{9f}').contains(&c)))
}
