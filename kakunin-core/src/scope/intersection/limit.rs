//! The limits of two scopes on what they share: each counter of either stays one counter.

use std::collections::BTreeMap;

use super::{Inexpressible, Pair};
use crate::scope::limit::{Limit, LimitKind};
use crate::scope::model::Scope;

/// Longest name of a counter (that of [`Limit::new`]), and what is left of it before a number.
const NAME: usize = 64;
const STEM: usize = 56;

/// What a counter is named by on its side: a limit's own name, else its grant's action, else nothing (scope-wide).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    Named(String),
    Action(String),
    Scope,
}

/// A limit of one side and where it binds.
struct Bound<'s> {
    side: usize,
    label: Label,
    limit: &'s Limit,
    /// The pairs whose calls it counts; `None` for all.
    pairs: Option<Vec<usize>>,
}

/// The limits on what two scopes share.
pub(super) struct Limits {
    /// Each with the pairs that it binds; `None` for the whole scope.
    list: Vec<(Limit, Option<Vec<usize>>)>,
}

impl Limits {
    pub(super) fn of(scopes: [&Scope; 2], pairs: &[Pair<'_>]) -> Result<Self, Inexpressible> {
        let mut bounds: Vec<Bound<'_>> = Vec::new();
        for (side, scope) in scopes.iter().enumerate() {
            bounds.extend(scope.limits.iter().map(|limit| {
                let label = limit.name().map_or(Label::Scope, |name| Label::Named(name.to_owned()));
                Bound { side, label, limit, pairs: None }
            }));
        }
        for (index, pair) in pairs.iter().enumerate() {
            for (side, grant) in pair.sides.iter().enumerate() {
                for limit in &grant.limits {
                    let label = match limit.name() {
                        Some(name) => Label::Named(name.to_owned()),
                        None => Label::Action(grant.action.to_string()),
                    };
                    let same = |bound: &&mut Bound<'_>| {
                        bound.side == side && bound.label == label && bound.limit == limit && bound.pairs.is_some()
                    };
                    match bounds.iter_mut().find(same) {
                        Some(bound) => bound.pairs.get_or_insert_default().push(index),
                        None => bounds.push(Bound { side, label, limit, pairs: Some(vec![index]) }),
                    }
                }
            }
        }
        let bounds = tightest(bounds);
        let names = names(&bounds);
        let list = bounds.into_iter().map(|bound| {
            let name = match &bound.label {
                Label::Scope => None,
                label => names.get(&(bound.side, label.clone())).cloned(),
            };
            let limit = Limit::new(bound.limit.kind().clone(), bound.limit.window(), name);
            Ok((limit.map_err(|fault| Inexpressible::of(&fault))?, bound.pairs))
        });
        Ok(Self { list: list.collect::<Result<_, Inexpressible>>()? })
    }

    /// The limits of the pair at `index`.
    pub(super) fn of_pair(&self, index: usize) -> Result<Vec<Limit>, Inexpressible> {
        let binds = |pairs: &Option<Vec<usize>>| pairs.as_ref().is_some_and(|pairs| pairs.contains(&index));
        Ok(self.list.iter().filter(|(_, pairs)| binds(pairs)).map(|(limit, _)| limit.clone()).collect())
    }

    /// The limits on all of it.
    pub(super) fn scope_wide(&self) -> Result<Vec<Limit>, Inexpressible> {
        Ok(self.list.iter().filter(|(_, pairs)| pairs.is_none()).map(|(limit, _)| limit.clone()).collect())
    }
}

/// Whether every limit has a name, so none of them counts by its grant's action.
pub(super) fn are_named(limits: &[Limit]) -> bool {
    limits.iter().all(|limit| limit.name().is_some())
}

/// Of limits that count the same in the same calls, the one with the least maximum.
///
/// A counter whose limits stand in several places, grants or the scope, is left as it is.
fn tightest(bounds: Vec<Bound<'_>>) -> Vec<Bound<'_>> {
    let places =
        |side: usize, label: &Label| bounds.iter().filter(|bound| bound.side == side && bound.label == *label).count();
    let alone: Vec<bool> = bounds.iter().map(|bound| places(bound.side, &bound.label) == 1).collect();
    let same_calls = |a: &Bound<'_>, b: &Bound<'_>| {
        a.side != b.side
            && a.pairs == b.pairs
            && a.limit.window() == b.limit.window()
            && a.limit.budget_path() == b.limit.budget_path()
    };
    let looser = |index: usize, bound: &Bound<'_>| {
        bounds.iter().enumerate().any(|(other, tight)| {
            let both_alone = alone.get(index) == Some(&true) && alone.get(other) == Some(&true);
            both_alone
                && same_calls(bound, tight)
                && (is_below(tight.limit, bound.limit) || tight.limit.kind() == bound.limit.kind() && other < index)
        })
    };
    let keep: Vec<bool> = bounds.iter().enumerate().map(|(index, bound)| !looser(index, bound)).collect();
    bounds.into_iter().zip(keep).filter_map(|(bound, keep)| keep.then_some(bound)).collect()
}

fn is_below(one: &Limit, other: &Limit) -> bool {
    match (one.kind(), other.kind()) {
        (LimitKind::Rate { max: one }, LimitKind::Rate { max: other }) => one < other,
        (LimitKind::Budget { max: one, .. }, LimitKind::Budget { max: other, .. }) => one < other,
        _ => false,
    }
}

/// A name for each counter, no two the same.
fn names(bounds: &[Bound<'_>]) -> BTreeMap<(usize, Label), String> {
    let mut names: BTreeMap<(usize, Label), String> = BTreeMap::new();
    // Limits' own names first, so that they stay.
    let own = |bound: &&Bound<'_>| matches!(bound.label, Label::Named(_));
    let by_action = |bound: &&Bound<'_>| matches!(bound.label, Label::Action(_));
    for bound in bounds.iter().filter(own).chain(bounds.iter().filter(by_action)) {
        let key = (bound.side, bound.label.clone());
        if let (Label::Named(text) | Label::Action(text), false) = (&bound.label, names.contains_key(&key)) {
            let taken = |name: &str| names.values().any(|other| other == name);
            let name = if taken(text) || text.chars().count() > NAME { fresh(text, taken) } else { text.clone() };
            names.insert(key, name);
        }
    }
    names
}

/// `name` with a number behind it that makes it another one.
pub(super) fn fresh(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let stem: String = name.chars().take(STEM).collect();
    // There are fewer names than numbers.
    (2_u32..).map(|number| format!("{stem} {number}")).find(|name| !taken(name)).unwrap_or_default()
}
