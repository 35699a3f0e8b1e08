//! What became wider and what narrower from one scope to another, said for people: by action and parameter, limit, deny,
//! hours, region, approval, audience and depth.

mod grant;
mod parts;

use std::fmt;

use super::containment::{Work, explain};
use super::model::{Grant, Scope};

/// Most comparisons of constraints that a difference may cost. 2^20: some 20 ms.
const COMPARISONS: u32 = 1 << 20;

/// In which direction a part of a scope changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It accepts what it did not.
    Wider,
    /// It refuses what it did not.
    Narrower,
    /// It does both, or neither can be shown.
    Other,
}

impl Direction {
    /// `wider`, `narrower` or `other`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Other => "other",
        }
    }

    const fn reversed(self) -> Self {
        match self {
            Self::Wider => Self::Narrower,
            Self::Narrower => Self::Wider,
            Self::Other => Self::Other,
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whether it widens.
    pub direction: Direction,
    /// The action of the grant that changed; `None` for what stands beside the grants.
    pub action: Option<String>,
    /// The parameter's path, where one changed.
    pub parameter: Option<String>,
    /// What changed: `action`, `parameter`, `open`, `limit`, `approval`, `audience`, `deny`, `hours`, `region`, `approver`,
    /// `max-depth`.
    pub part: &'static str,
    /// What it was, in words; empty where it was not there.
    pub was: String,
    /// What it is, in words; empty where it is no more.
    pub is: String,
}

impl Change {
    /// Whether calls may be accepted that were refused before.
    pub const fn widens(&self) -> bool {
        matches!(self.direction, Direction::Wider | Direction::Other)
    }
}

/// As in ``wider: `amount` of `charge`: 0 to 1000, was 0 to 500``.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::Other => "changed",
            direction => direction.as_str(),
        };
        write!(f, "{direction}: ")?;
        match (&self.action, &self.parameter) {
            (Some(action), Some(parameter)) => write!(f, "`{parameter}` of `{action}`: ")?,
            (Some(action), None) => write!(f, "`{action}`: ")?,
            _ => {}
        }
        match (self.was.as_str(), self.is.as_str()) {
            ("", is) => write!(f, "{} {is}, was not there", self.part),
            (was, "") => write!(f, "{} is gone, was {was}", self.part),
            (was, is) => write!(f, "{} {is}, was {was}", self.part),
        }
    }
}

impl Scope {
    /// What changed from this scope to `new`, grants first. No change: both say the same, in whatever words.
    ///
    /// Where every difference narrows, `new` is contained in this scope and its other parts bind no less; a change that can
    /// not be shown to narrow is [`Direction::Other`].
    pub fn difference(&self, new: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut work = Work::of(COMPARISONS);
        grant::grants(self, new, &mut work, &mut changes);
        parts::scopes(self, new, &mut changes);
        let widens = changes.iter().any(Change::widens);
        if let Err(wider) = explain(new, self)
            && !widens
        {
            // Grants that changed one by one may be wider together with what is beside them.
            changes.push(Change {
                direction: if wider.is_in_doubt() { Direction::Other } else { Direction::Wider },
                action: wider.denial().details().action.as_ref().map(ToString::to_string),
                parameter: wider.denial().details().parameter.as_ref().map(ToString::to_string),
                part: "action",
                was: String::new(),
                is: wider.to_string(),
            });
        }
        changes
    }
}

/// A change of one of `grants`' parts.
fn of_grant(grant: &Grant, direction: Direction, part: &'static str, was: String, is: String) -> Change {
    Change { direction, action: Some(grant.action.to_string()), parameter: None, part, was, is }
}
