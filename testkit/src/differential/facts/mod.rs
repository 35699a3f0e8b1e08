//! What can be special about a path, one row each.

mod alternative_names;
mod fields;
mod pool;

use kakunin_core::encoding::oid::Oid;

use super::draft::Draft;
use crate::certificate::{Extension, Template};

/// Where a fact may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The trust anchor.
    Anchor,
    /// Any certificate between anchor and leaf.
    Intermediate,
    /// The leaf.
    Leaf,
    /// No certificate alone.
    Chain,
}

impl Position {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Intermediate => "intermediate",
            Self::Leaf => "leaf",
            Self::Chain => "chain",
        }
    }
}

/// One change of a valid path.
pub struct Fact {
    /// Its name.
    pub name: &'static str,
    /// Where it may stand.
    pub at: &'static [Position],
    /// What it changes: two facts that change the same do not meet.
    pub touches: &'static [&'static str],
    /// Whether RFC 5280 lets a path be valid that has it.
    pub valid: bool,
    /// Makes the change; None where it does not fit.
    pub(super) apply: fn(&mut Draft<'_>, usize) -> Option<()>,
}

const EVERYWHERE: &[Position] = &[Position::Anchor, Position::Intermediate, Position::Leaf];
const BELOW: &[Position] = &[Position::Intermediate, Position::Leaf];
const CA: &[Position] = &[Position::Anchor, Position::Intermediate];
const BETWEEN: &[Position] = &[Position::Intermediate];
const LEAF: &[Position] = &[Position::Leaf];
const CHAIN: &[Position] = &[Position::Chain];

const fn valid(
    name: &'static str,
    at: &'static [Position],
    touches: &'static [&'static str],
    apply: fn(&mut Draft<'_>, usize) -> Option<()>,
) -> Fact {
    Fact { name, at, touches, valid: true, apply }
}

const fn invalid(
    name: &'static str,
    at: &'static [Position],
    touches: &'static [&'static str],
    apply: fn(&mut Draft<'_>, usize) -> Option<()>,
) -> Fact {
    Fact { name, at, touches, valid: false, apply }
}

fn change(draft: &mut Draft<'_>, node: usize, change: impl FnOnce(&mut Template)) -> Option<()> {
    draft.template(node).map(change)
}

fn with(draft: &mut Draft<'_>, node: usize, extension: Extension) -> Option<()> {
    change(draft, node, |template| *template = template.clone().with(extension))
}

fn without(draft: &mut Draft<'_>, node: usize, id: Oid) -> Option<()> {
    change(draft, node, |template| *template = template.clone().without(id))
}

/// Changes an extension that is there.
fn extension(draft: &mut Draft<'_>, node: usize, id: Oid, edit: impl FnOnce(&mut Extension)) -> Option<()> {
    let list = draft.template(node)?.extensions.as_mut()?;
    list.iter_mut().find(|present| present.oid == id).map(edit)
}

/// An extension that nobody knows, below the arc for examples (RFC 9371).
const UNKNOWN: Oid = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xfd, 0x59, 0x63];

/// CAs below a node.
fn below(draft: &Draft<'_>, node: usize) -> Option<i128> {
    i128::try_from(draft.leaf().checked_sub(node + 1)?).ok()
}

/// Every fact.
pub fn facts() -> impl Iterator<Item = &'static Fact> {
    [fields::ROWS, alternative_names::ROWS, pool::ROWS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::super::{Keys, Numbers, draw};
    use super::*;

    #[test]
    fn a_fact_stands_once_at_each_place() {
        let mut places: Vec<_> = facts().flat_map(|fact| fact.at.iter().map(|at| (at.as_str(), fact.name))).collect();
        places.sort_unstable();
        let all = places.len();
        places.dedup();
        assert_eq!(places.len(), all);
    }

    #[test]
    fn every_fact_comes_up_alone() {
        let keys = Keys::new();
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..6_000 {
            let mut facts = draw(&mut Numbers(number), &keys).1;
            facts.remove("chain/ed25519");
            if facts.len() == 1 {
                seen.extend(facts.into_keys());
            }
        }
        for fact in facts() {
            for at in fact.at {
                assert!(seen.contains(&format!("{}/{}", at.as_str(), fact.name)), "{}/{}", at.as_str(), fact.name);
            }
        }
    }
}
