//! The scope as a value. Only the constructors of this folder make one, so every scope that exists obeys the profile.

use crate::value::Decimal;

/// A mistake in what a scope says: the rule, and what was wrong in words.
///
/// Constructors of parts return it; the decoder turns it into E107, the authoring form adds line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// A stable kebab-case name: `action-pattern`, `range-empty`.
    pub rule: &'static str,
    /// What is wrong, lower-case, without full stop, input in backticks.
    pub detail: String,
}

impl Fault {
    /// The mistake against `rule`.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

/// What a certificate allows (version 1). Sets stand in the order of their encodings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub(crate) grants: Vec<Grant>,
    pub(crate) deny: Vec<ActionPattern>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) max_depth: Option<u8>,
}

/// One way in which a call is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub(crate) action: ActionPattern,
    pub(crate) params: Vec<Param>,
    pub(crate) open: bool,
    pub(crate) limits: Vec<Limit>,
}

/// One to eight segments joined by dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionPattern {
    pub(crate) segments: Vec<Segment>,
}

/// A segment of an action pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// This text: `[A-Za-z0-9_:/%-]{1,64}`.
    Literal(String),
    /// `*`: any one segment or, last, any one or more.
    Any,
}

/// A named parameter and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    pub(crate) path: ParamPath,
    pub(crate) optional: bool,
    pub(crate) constraints: Vec<Constraint>,
}

/// Where a parameter stands: one to eight steps, the first a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParamPath {
    pub(crate) steps: Vec<Step>,
}

/// A step of a parameter's path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The member under this key.
    Key(String),
    /// Every element of an array.
    Each,
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// Is a member, by JSON type. An empty list accepts nothing.
    OneOf(Vec<Scalar>),
    /// Has a member's type and is none of them. Never empty.
    NoneOf(Vec<Scalar>),
    /// Lies between two decimals, inclusive.
    Range(Range),
    /// The whole text matches.
    Glob(Glob),
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
    /// Has a JSON type.
    Type(Kind),
}

/// A scalar in a list, compared by JSON type and exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A number, as an exact decimal.
    Number(Decimal),
    /// Text, by code points.
    Text(String),
}

/// An interval of exact decimals; an open end accepts all on its side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub(crate) min: Option<Decimal>,
    pub(crate) max: Option<Decimal>,
    pub(crate) money: Option<Money>,
}

/// That a range is an amount of money, and where its currency stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// The currency's parameter: a required `one-of`. `None` names no currency.
    pub(crate) currency: Option<ParamPath>,
}

/// A pattern over the whole text: `*` any run without `/` or control characters, `**` also `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    pub(crate) pattern: String,
}

/// Bounds on a count, inclusive; at least one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
}

/// The root that a path must lie strictly under; absolute iff it starts with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRoot {
    pub(crate) root: String,
}

/// Host names (lower-case), `*.name` meaning one or more labels below `name`. Sorted, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSet {
    pub(crate) names: Vec<String>,
}

/// Addresses and domains of addresses; at least one of them is there. Sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailSet {
    pub(crate) addresses: Vec<String>,
    pub(crate) domains: Vec<String>,
}

/// Schemes, hosts, ports and a path prefix of absolute URLs. Sorted; schemes and hosts are never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlSet {
    /// Lower-case; `https` unless stated.
    pub(crate) schemes: Vec<String>,
    /// As in [`DomainSet`], and IP addresses in canonical form.
    pub(crate) hosts: Vec<String>,
    /// Empty: the scheme's own port.
    pub(crate) ports: Vec<u16>,
    /// The URL's path lies at or under it.
    pub(crate) path: Option<String>,
}

/// A JSON type; `Integer` is a number of integral value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A number of integral value.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An object, with all that is beneath it.
    Object,
    /// An array, with all that is beneath it.
    Array,
}

/// A limit over a sliding window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub(crate) kind: LimitKind,
    /// Window in seconds, 1 to 31,622,400 (366 days).
    pub(crate) window: u32,
    /// Its counter's name; without one the grant's action names it.
    pub(crate) name: Option<String>,
}

/// What a limit counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Calls: at most `max` in the window.
    Rate {
        /// Calls in the window.
        max: u64,
    },
    /// The sum of a parameter: at most `max` in the window.
    Budget {
        /// The parameter summed.
        path: ParamPath,
        /// The most it may come to.
        max: Decimal,
    },
}
