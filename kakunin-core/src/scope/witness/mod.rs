//! A call that one scope accepts and another refuses, found among calls made of what both say.
//!
//! Nothing is guessed: the values are the scopes' own bounds and members, what lies just beside them, and texts in which
//! the runs of a pattern are filled. Each call is judged, and one that is handed out was judged by both scopes.

mod action;
mod arguments;
mod context;
mod number;
mod text;
mod value;

use super::action::ActionName;
use super::compiled::Shape;
use super::evaluation::{Accepted, Call};
use super::model::{Grant, Scope};
use crate::bounds::JsonBounds;
use crate::encoding::json::Object;
use crate::error::Denial;
use crate::time::UnixTime;
use crate::value::Arguments;
use arguments::{Place, Variant};

/// Most judgements of one grant that a search may cost. 200,000: some 0.1 s, for a command that a person waits for.
const JUDGEMENTS: u32 = 200_000;
/// Most actions, with different grants of the parent each, that a search looks at. 16: a scope measured has at most nine
/// grants that one action can match.
const ACTIONS: usize = 16;
/// Grants and actions that [`edges`] looks at: those of a scope that a person writes.
const EDGE_GRANTS: usize = 16;
const EDGE_ACTIONS: usize = 4;
/// How many of the changes that bring a call nearer are followed from each step. 4: the best is nearly always right.
const BRANCHES: usize = 4;

/// A call that one scope accepts and another refuses.
#[derive(Clone, Debug, PartialEq)]
pub struct WitnessCall {
    /// The action's name.
    pub action: String,
    /// Its arguments.
    pub arguments: Object,
    /// Who is to act, where the one accepts only for some.
    pub audience: Option<String>,
    /// The region, where the one accepts only in some.
    pub region: Option<String>,
    /// When it is to happen, where the one accepts only at some hours: a time of a week in January 2026.
    pub now: Option<UnixTime>,
    /// Why the other's grants or denies refuse it, wherever and whenever it is.
    pub refusal: Denial,
}

/// A grant and the tree of its paths.
#[derive(Clone, Copy)]
struct Taker<'s> {
    grant: &'s Grant,
    shape: &'s Shape,
}

impl Taker<'_> {
    fn takes(&self, arguments: &Object) -> bool {
        self.grant.takes(self.shape, arguments)
    }
}

/// What is left to spend on judgements.
struct Judgements(u32);

impl Judgements {
    fn spend(&mut self, count: usize) -> bool {
        let left = u32::try_from(count).ok().and_then(|count| self.0.checked_sub(count));
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

/// A call that the grant at `index` lets `child` accept and that no grant of `parent` accepts, or a deny of it covers.
pub(super) fn find(child: &Scope, index: usize, parent: &Scope) -> Option<WitnessCall> {
    let own = child.taker(index)?;
    let mut left = Judgements(JUDGEMENTS);
    let mut met: Vec<Vec<usize>> = Vec::new();
    for action in action::candidates(own.grant, child, parent) {
        let Some(name) = ActionName::parse(&action) else { continue };
        let rivals = parent.takers(&name);
        if met.contains(&rivals) {
            continue;
        }
        if met.len() == ACTIONS || left.0 == 0 {
            break;
        }
        let takers: Vec<Taker<'_>> = rivals.iter().filter_map(|index| parent.taker(*index)).collect();
        met.push(rivals);
        let found =
            search(own, &takers, &mut left).and_then(|arguments| judged(child, own.grant, parent, &action, arguments));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Calls at the edges of what one scope says, as another sees them: the values that are tried for a [`WitnessCall`], one
/// changed at a time from a call with all parameters and from one with those required. Whether either scope accepts them
/// is not asked.
pub struct Edges<'s> {
    families: Vec<Family<'s>>,
}

/// The calls of one action.
struct Family<'s> {
    action: String,
    bases: [Object; 2],
    variants: Vec<Variant<'s>>,
}

impl<'s> Edges<'s> {
    /// The calls that `own` suggests beside `other`: of 16 of its grants at most, with four actions each.
    pub fn of(own: &'s Scope, other: &'s Scope) -> Self {
        let mut families = Vec::new();
        for taker in (0..own.grants.len().min(EDGE_GRANTS)).filter_map(|index| own.taker(index)) {
            for action in action::candidates(taker.grant, own, other).into_iter().take(EDGE_ACTIONS) {
                let rivals = ActionName::parse(&action).map(|name| other.takers(&name)).unwrap_or_default();
                let rivals = rivals.into_iter().filter_map(|index| other.taker(index));
                let tree = Place::of(taker.grant, rivals.map(|rival| rival.grant));
                let mut variants = Vec::new();
                tree.variants(&mut Vec::new(), &mut variants);
                families.push(Family { action, bases: [false, true].map(|full| tree.arguments(full)), variants });
            }
        }
        Self { families }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.families.iter().map(Family::count).sum()
    }

    /// The call at `index`, action and arguments; `None` beyond the last, and where a change cannot be made.
    pub fn call(&self, mut index: usize) -> Option<(String, Object)> {
        for family in &self.families {
            match index.checked_sub(family.count()) {
                Some(beyond) => index = beyond,
                None => return Some((family.action.clone(), family.arguments(index)?)),
            }
        }
        None
    }
}

impl Family<'_> {
    fn count(&self) -> usize {
        2 * (self.variants.len() + 1)
    }

    fn arguments(&self, index: usize) -> Option<Object> {
        let base = self.bases.get(index % 2)?;
        match self.variants.get(index / 2) {
            Some(variant) => variant.applied(base),
            None => Some(base.clone()),
        }
    }
}

impl Scope {
    fn taker(&self, index: usize) -> Option<Taker<'_>> {
        Some(Taker { grant: self.grants.get(index)?, shape: self.compiled.shapes.get(index)? })
    }

    /// The grants whose action matches, none where a deny covers it.
    fn takers(&self, action: &ActionName<'_>) -> Vec<usize> {
        if self.deny.iter().any(|deny| deny.matches(action)) {
            return Vec::new();
        }
        let pattern = |position: u32| self.grants.get(position as usize).map(|grant| &grant.action);
        self.compiled.grants.matching(action, pattern).collect()
    }
}

/// The call, if `child` accepts it and `parent` does not.
fn judged(child: &Scope, own: &Grant, parent: &Scope, action: &str, arguments: Object) -> Option<WitnessCall> {
    Arguments::new(arguments.clone(), &JsonBounds::ARGUMENTS).ok()?;
    let now = child.hours().and_then(context::within);
    let (audience, region) = (own.audience.first(), child.regions.first());
    let call = Call {
        action,
        arguments: &arguments,
        audience: audience.map(String::as_str),
        region: region.map(String::as_str),
        now: now.unwrap_or(UnixTime::from_seconds(context::MONDAY)),
    };
    child.judge(&call, &mut Accepted::default()).ok()?;
    parent.judge(&call, &mut Accepted::default()).err()?;
    // What containment does not compare must not be what refuses.
    let refusal = parent.bare().ok()?.judge(&call, &mut Accepted::default()).err()?;
    let (action, audience, region) = (action.to_owned(), audience.cloned(), region.cloned());
    Some(WitnessCall { action, arguments, audience, region, now, refusal })
}

/// Arguments that `own` takes and none of `rivals` does.
fn search(own: Taker<'_>, rivals: &[Taker<'_>], left: &mut Judgements) -> Option<Object> {
    let tree = Place::of(own.grant, rivals.iter().map(|rival| rival.grant));
    let mut variants = Vec::new();
    tree.variants(&mut Vec::new(), &mut variants);
    let mut search = Search { own, rivals, variants, left };
    [false, true].into_iter().find_map(|full| {
        let base = tree.arguments(full);
        let base = if own.takes(&base) { base } else { search.repaired(base)? };
        let open = search.taking(&base);
        search.descend(base, open)
    })
}

struct Search<'a, 's> {
    own: Taker<'s>,
    rivals: &'a [Taker<'s>],
    variants: Vec<Variant<'s>>,
    left: &'a mut Judgements,
}

impl Search<'_, '_> {
    /// How many rivals take `arguments`.
    fn taking(&self, arguments: &Object) -> usize {
        self.rivals.iter().filter(|rival| rival.takes(arguments)).count()
    }

    /// `base` with one change, so that the own grant takes it.
    fn repaired(&mut self, base: Object) -> Option<Object> {
        let (own, left) = (self.own, &mut *self.left);
        self.variants
            .iter()
            .filter_map(|variant| variant.applied(&base))
            .find(|changed| left.spend(1) && own.takes(changed))
    }

    /// Goes on from `arguments`, which the own grant and `open` rivals take, change by change, while fewer do.
    fn descend(&mut self, arguments: Object, open: usize) -> Option<Object> {
        if open == 0 {
            return Some(arguments);
        }
        let mut nearer = Vec::new();
        for variant in &self.variants {
            if !self.left.spend(1 + self.rivals.len()) {
                return None;
            }
            let Some(changed) = variant.applied(&arguments) else { continue };
            if !self.own.takes(&changed) {
                continue;
            }
            match self.taking(&changed) {
                0 => return Some(changed),
                less if less < open => nearer.push((less, changed)),
                _ => {}
            }
        }
        nearer.sort_by_key(|(less, _)| *less);
        nearer.into_iter().take(BRANCHES).find_map(|(less, changed)| self.descend(changed, less))
    }
}
