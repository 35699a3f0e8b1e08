//! Actions that a grant covers: the fewer grants of the parent match one, the sooner it is tried.

use std::collections::BTreeSet;

use crate::scope::action::{ActionName, SEGMENTS};
use crate::scope::containment::action::meet;
use crate::scope::{ActionPattern, Grant, Scope, Segment};

/// Most actions that are made. 512: half of what a scope may have as grants.
const MOST: usize = 512;

/// Actions of `own` that `child` does not deny, those first of which the parent has least to say.
pub(super) fn candidates(own: &Grant, child: &Scope, parent: &Scope) -> Vec<String> {
    let others: Vec<&ActionPattern> =
        parent.deny.iter().chain(parent.grants.iter().map(|grant| &grant.action)).collect();
    let fresh = fresh(own, child, &others);
    let mut actions = BTreeSet::new();
    let narrower = others.iter().filter_map(|other| meet(own.action.segments(), other.segments()));
    for pattern in std::iter::once(own.action.segments().to_vec()).chain(narrower) {
        for length in [pattern.len(), pattern.len() + 1, SEGMENTS] {
            if actions.len() < MOST
                && let Some(action) = filled(&pattern, length, &fresh)
            {
                actions.insert(action);
            }
        }
    }
    let mut weighed: Vec<(usize, usize, String)> = actions
        .into_iter()
        .filter_map(|action| {
            let name = ActionName::parse(&action)?;
            let denied = child.deny.iter().any(|deny| deny.matches(&name));
            (!denied).then(|| (parent.takers(&name).len(), action.len(), action.clone()))
        })
        .collect();
    weighed.sort_unstable();
    weighed.into_iter().map(|(_, _, action)| action).collect()
}

/// The pattern with `fresh` for each `*`, a last one repeated to `length` segments.
fn filled(pattern: &[Segment], length: usize, fresh: &str) -> Option<String> {
    let open = pattern.last() == Some(&Segment::Any);
    if length < pattern.len() || length > SEGMENTS || (length > pattern.len() && !open) {
        return None;
    }
    let mut segments: Vec<&str> = pattern
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => text,
            Segment::Any => fresh,
        })
        .collect();
    segments.resize(length, fresh);
    Some(segments.join("."))
}

/// A segment that no pattern holds.
fn fresh(own: &Grant, child: &Scope, others: &[&ActionPattern]) -> String {
    let patterns = others.iter().copied().chain(&child.deny).chain([&own.action]);
    let taken: BTreeSet<&str> = patterns
        .flat_map(|pattern| pattern.segments())
        .filter_map(|segment| if let Segment::Literal(text) = segment { Some(text.as_str()) } else { None })
        .collect();
    let mut names =
        ["any", "other", "else"].into_iter().map(str::to_owned).chain((0..).map(|n: u32| format!("any{n}")));
    names.find(|name| !taken.contains(name.as_str())).unwrap_or_default()
}
