//! Why a scope does not contain another, for people: what is wider, and a call that shows it.

use std::fmt;

use super::grant::{self, Gap};
use super::{COMPARISONS, Work, deny_lost};
use crate::error::Denial;
use crate::scope::Scope;
use crate::scope::witness::{self, WitnessCall};

/// Most grants of the child for which a call is looked for, the first that are at fault. 16: one is enough to see; a
/// second is looked at only where none was found for the first.
const GRANTS: usize = 16;

/// Why a child is not contained in its parent. `Display` is one sentence in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Wider(Box<Facts>);

#[derive(Clone, Debug, PartialEq)]
struct Facts {
    denial: Denial,
    words: String,
    witness: Option<WitnessCall>,
}

impl Wider {
    fn new(denial: Denial, words: String, witness: Option<WitnessCall>) -> Self {
        Self(Box::new(Facts { denial, words, witness }))
    }

    /// The denial, as [`Scope::contains`] gives it.
    pub fn denial(&self) -> &Denial {
        &self.0.denial
    }

    /// A call that the child accepts and the parent refuses, if one was found. Both judged it.
    pub fn witness(&self) -> Option<&WitnessCall> {
        self.0.witness.as_ref()
    }

    /// Whether nothing shows that the child is wider: the rules could only not show that it is not.
    pub fn is_in_doubt(&self) -> bool {
        self.0.witness.is_none() && self.0.denial.details().rule != "max-depth"
    }
}

impl fmt::Display for Wider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.words)
    }
}

/// Whether `parent` contains `child`, as [`Scope::contains`] decides it, and else what is wider.
///
/// Of several grants at fault the first is told of for which a call is found that shows it, else the first. Looking for
/// one is bounded, at about a tenth of a second for each grant of the child that is looked at, 16 at most.
///
/// # Errors
/// What is wider, or may be.
pub fn explain(child: &Scope, parent: &Scope) -> Result<(), Wider> {
    let mut work = Work(COMPARISONS);
    let mut gaps = Vec::new();
    for (index, grant) in child.grants.iter().enumerate() {
        if let Err(gap) = grant::contained(grant, &parent.grants, &mut work) {
            gaps.push((index, gap.denial(grant, &parent.grants), gap.words(&grant.action, &parent.grants)));
        }
    }
    for (index, grant) in child.grants.iter().enumerate() {
        let Err(deny) = parent.denies_kept(child, &grant.action, &mut work) else { continue };
        gaps.push(match deny {
            Some(deny) => {
                let words =
                    format!("`{}` of the child is not kept from `{deny}`, which the parent denies", grant.action);
                (index, deny_lost(grant, deny), words)
            }
            None => (index, Gap::Work.denial_of(&grant.action), Gap::Work.words(&grant.action, &parent.grants)),
        });
    }
    let mut first = None;
    for (index, denial, words) in gaps.into_iter().take(GRANTS) {
        let witness = witness::find(child, index, parent);
        let found = witness.is_some();
        let wider = Wider::new(denial, words, witness);
        if found {
            return Err(wider);
        }
        first.get_or_insert(wider);
    }
    if let Some(wider) = first {
        return Err(wider);
    }
    parent.depth_kept(child).map_err(|denial| {
        let depth = |scope: &Scope| scope.max_depth.unwrap_or_default();
        let words = format!("the child may be delegated {} deep; the parent allows {}", depth(child), depth(parent));
        Wider::new(denial, words, None)
    })
}
