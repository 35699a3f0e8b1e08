//! Limits over sliding windows, and the counters that they draw on.

use std::fmt;

use super::constraint::{Constraint, Money, Scalar, check_decimal, has_control};
use super::model::Fault;
use super::param::{Param, ParamPath};
use crate::crypto::{Digest, sha256};
use crate::value::Decimal;

/// Longest window in seconds: 366 days.
const WINDOW: u32 = 366 * 86_400;
/// Most characters of a limit's name. 64: as a segment of an action, the other way to name a counter.
const NAME: usize = 64;

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

impl Limit {
    /// A limit of `kind` per `window` seconds, whose counter is shared with all limits of the same `name`.
    ///
    /// # Errors
    /// `limit-window` outside 1 to 31,622,400 s, `limit-name` outside 1 to 64 characters or with a control character,
    /// `limit-max` for a negative budget, `decimal-exponent`.
    pub fn new(kind: LimitKind, window: u32, name: Option<String>) -> Result<Self, Fault> {
        if !(1..=WINDOW).contains(&window) {
            return Err(Fault::new("limit-window", format!("a window of {window} s is outside 1 to {WINDOW} s")));
        }
        let is_name = |name: &str| (1..=NAME).contains(&name.chars().count()) && !has_control(name);
        if let Some(name) = name.as_deref().filter(|name| !is_name(name)) {
            let detail = format!("`{}` is no name: 1 to {NAME} characters, no control character", name.escape_debug());
            return Err(Fault::new("limit-name", detail));
        }
        if let LimitKind::Budget { path, max } = &kind {
            if max.is_negative() {
                return Err(Fault::new("limit-max", format!("the budget of `{path}` is negative: {max}")));
            }
            check_decimal(*max)?;
        }
        Ok(Self { kind, window, name })
    }

    /// What it counts, and the most.
    pub fn kind(&self) -> &LimitKind {
        &self.kind
    }

    /// The window in seconds.
    pub fn window(&self) -> u32 {
        self.window
    }

    /// The name of its counter, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn budget_path(&self) -> Option<&ParamPath> {
        match &self.kind {
            LimitKind::Budget { path, .. } => Some(path),
            LimitKind::Rate { .. } => None,
        }
    }
}

/// As in `100 per 3600 s`, `2000 of amount per 86400 s`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LimitKind::Rate { max } => write!(f, "{max} per {} s", self.window),
            LimitKind::Budget { path, max } => write!(f, "{max} of {path} per {} s", self.window),
        }
    }
}

/// What a limit draws on: all limits of one scope that are equal but for their `max` draw on one counter, once a call.
///
/// A counter of a certificate is this description together with the issuer's key and the agent's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    description: Box<[u8]>,
    id: Digest,
    position: usize,
    /// Whether more than one limit draws on it.
    pub(crate) shared: bool,
}

impl Counter {
    /// The counter of `limit` in a grant for `action`, or scope-wide.
    pub(crate) fn new(limit: &Limit, action: Option<&str>, currency: Option<&str>, position: usize) -> Self {
        let (label, named): (u8, &str) = match (&limit.name, action) {
            (Some(name), _) => (b'n', name),
            (None, Some(action)) => (b'a', action),
            (None, None) => (b's', ""),
        };
        let (kind, path) = match limit.budget_path() {
            None => (b'r', String::new()),
            Some(path) => (b'b', path.to_string()),
        };
        let mut description = vec![label, kind];
        description.extend_from_slice(&limit.window.to_be_bytes());
        for part in [named, &path, currency.unwrap_or_default()] {
            // Each part with its length before it, so no two descriptions share their bytes.
            description.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            description.extend_from_slice(part.as_bytes());
        }
        Self { id: sha256(&description), description: description.into_boxed_slice(), position, shared: false }
    }

    /// Label, kind, window, path and currency, framed: equal bytes, same counter.
    pub fn description(&self) -> &[u8] {
        &self.description
    }

    /// SHA-256 of the description.
    pub fn id(&self) -> &Digest {
        &self.id
    }

    /// Where it stands among [`Scope::counters`](super::Scope::counters).
    pub fn position(&self) -> usize {
        self.position
    }
}

/// The one currency of `path` in a grant: `Ok(None)` where it is not money or names no currency.
///
/// # Errors
/// `budget-currency` where its currency parameter has more than one value.
pub(super) fn currency(params: &[Param], path: &ParamPath) -> Result<Option<String>, Fault> {
    let mut found: Option<String> = None;
    let Some(param) = params.iter().find(|param| param.path == *path) else { return Ok(None) };
    for constraint in &param.constraints {
        let Constraint::Range(range) = constraint else { continue };
        let Some(currency) = range.money().and_then(Money::currency) else { continue };
        let one = one_value(params, currency).map(ToString::to_string);
        match (one, &found) {
            (Some(one), None) => found = Some(one),
            (Some(one), Some(other)) if one == *other => {}
            _ => {
                let detail = format!("the budget of `{path}` needs `{currency}` to have one value");
                return Err(Fault::new("budget-currency", detail));
            }
        }
    }
    Ok(found)
}

/// The one value that the parameter at `path` can have, if a `one-of` says so.
pub(super) fn one_value<'p>(params: &'p [Param], path: &ParamPath) -> Option<&'p Scalar> {
    let param = params.iter().find(|param| param.path == *path)?;
    param.constraints.iter().find_map(|constraint| match constraint {
        Constraint::OneOf(list) if list.len() == 1 => list.first(),
        _ => None,
    })
}
