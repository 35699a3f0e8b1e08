//! When one scope contains another: the rules of `docs/profile.md` §2, compared as text, never by trying calls.
//!
//! The law: *child contained in parent ⇒ what the child's grants and denies accept, the parent's accept.*
//! The rules err on one side only. In doubt a scope is not contained.

pub(super) mod action;
pub(super) mod constraint;
mod explanation;
mod grant;
mod names;
pub(super) mod place;

use crate::error::{Code, Denial};

pub use super::witness::{Edges, WitnessCall};
pub use explanation::{Wider, explain};

use super::{ActionPattern, Grant, Scope};
use grant::Gap;

/// Most comparisons that one question may cost; past it the answer is "not contained".
///
/// 4,194,304: four times what 1,024 grants against 1,024 need to find each other by action, some 20 ms.
const COMPARISONS: u32 = 1 << 22;

impl Scope {
    /// Whether every call that `child` accepts is accepted here too, as far as grants and denies decide it.
    ///
    /// Of `maxDepth` only what holds for every holder is compared: where both state one, the child's is not the larger.
    /// What a missing one means, and that an agent counts itself, depends on the certificates: the path decides it.
    ///
    /// # Errors
    /// E106 with the child's action and, where one is at fault, the parameter; `requested` is what the child says,
    /// `expected` what this scope says. Rules: `action`, `open`, `subtree`, `parameter-unnamed`, `parameter-absent`,
    /// `parameter-optional`, `constraint`, `deny`, `max-depth`, `too-many-comparisons`.
    pub fn contains(&self, child: &Self) -> Result<(), Denial> {
        let mut work = Work(COMPARISONS);
        for grant in &child.grants {
            grant::contained(grant, &self.grants, &mut work).map_err(|gap| gap.denial(grant, &self.grants))?;
        }
        for grant in &child.grants {
            self.denies_kept(child, &grant.action, &mut work).map_err(|deny| {
                deny.map_or_else(|| Gap::Work.denial_of(&grant.action), |deny| deny_lost(grant, deny))
            })?;
        }
        self.depth_kept(child)
    }

    fn depth_kept(&self, child: &Self) -> Result<(), Denial> {
        match (self.max_depth, child.max_depth) {
            (Some(bound), Some(asked)) if asked > bound => Err(widened("max-depth")
                .field("maxDepth")
                .requested(asked.to_string())
                .expected(format!("at most {bound}"))),
            _ => Ok(()),
        }
    }

    /// What a deny of this scope shares with `pattern`, one deny of `child` covers.
    ///
    /// # Errors
    /// The deny that none covers; none where the purse is empty.
    fn denies_kept(
        &self,
        child: &Self,
        pattern: &ActionPattern,
        work: &mut Work,
    ) -> Result<(), Option<&ActionPattern>> {
        for deny in &self.deny {
            if !work.spend() {
                return Err(None);
            }
            let Some(shared) = action::meet(&pattern.segments, &deny.segments) else { continue };
            let mut covered = false;
            for own in &child.deny {
                if !work.spend() {
                    return Err(None);
                }
                covered = action::covers(&own.segments, &shared);
                if covered {
                    break;
                }
            }
            if !covered {
                return Err(Some(deny));
            }
        }
        Ok(())
    }
}

/// Whether every call of `narrow` is one of `wide`'s, as far as their actions and parameters decide it.
pub(super) fn contained_grant(wide: &Grant, narrow: &Grant) -> bool {
    grant::contained(narrow, std::slice::from_ref(wide), &mut Work(COMPARISONS)).is_ok()
}

fn deny_lost(grant: &Grant, deny: &ActionPattern) -> Denial {
    widened("deny").action(grant.action.to_string()).expected(format!("none of `{deny}`"))
}

fn widened(rule: &'static str) -> Denial {
    Denial::new(Code::ScopeWidened, rule)
}

/// What is left to spend on comparisons. An empty purse refuses, so no scope can make the question expensive.
pub(super) struct Work(u32);

impl Work {
    /// A purse of `comparisons`.
    pub(super) const fn of(comparisons: u32) -> Self {
        Self(comparisons)
    }

    /// Spends one comparison; `false` when none is left.
    fn spend(&mut self) -> bool {
        self.spend_many(1)
    }

    /// Spends `count` comparisons; `false`, and nothing left, when there are fewer.
    fn spend_many(&mut self, count: usize) -> bool {
        let left = u32::try_from(count).ok().and_then(|count| self.0.checked_sub(count));
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    /// Whether a comparison was refused for want of work: its answer means "in doubt".
    fn is_spent(&self) -> bool {
        self.0 == 0
    }
}
