//! When one grant contains another, and which of several candidates tells best why none does.

use super::place::Place;
use super::{Work, action, constraint, widened};
use crate::error::Denial;
use crate::scope::{ActionPattern, Constraint, Grant, Kind, Param, ParamPath, Step};

/// Why a grant is not contained in another. In ascending order of how near it came: the nearest is reported.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gap<'s> {
    /// No grant of the parent covers the action.
    Action,
    /// The child is open, the parent is not.
    Open,
    /// The child names a path that the parent does not.
    Unnamed(&'s Param),
    /// The child lets in all beneath a path, the parent does not.
    Subtree(&'s Param),
    /// The parent asks for a parameter that the child neither names nor plainly leaves out.
    Absent(&'s Param),
    /// The child may leave out what the parent requires.
    Optional(&'s Param),
    /// None of the child's constraints lies within this one of the parent's.
    Constraint(&'s Param, &'s Constraint),
    /// The purse is empty before the answer is known.
    Work,
}

/// Whether one of `parents` contains `child`; else the gap to the nearest of them.
pub(super) fn contained<'s>(child: &'s Grant, parents: &'s [Grant], work: &mut Work) -> Result<(), Gap<'s>> {
    let mut nearest = Gap::Action;
    for parent in parents {
        if !work.spend() {
            return Err(Gap::Work);
        }
        if !action::covers(&parent.action.segments, &child.action.segments) {
            continue;
        }
        match contains(parent, child, work) {
            Ok(()) => return Ok(()),
            Err(_) if work.is_spent() => return Err(Gap::Work),
            Err(gap) if gap.rank() > nearest.rank() => nearest = gap,
            Err(_) => {}
        }
    }
    Err(nearest)
}

/// Whether `parent`, whose action covers the child's, contains it.
fn contains<'s>(parent: &'s Grant, child: &'s Grant, work: &mut Work) -> Result<(), Gap<'s>> {
    if child.open && !parent.open {
        return Err(Gap::Open);
    }
    if !work.spend_many(2 * parent.params.len() * child.params.len()) {
        return Err(Gap::Work);
    }
    if !parent.open {
        child.params.iter().try_for_each(|param| admitted(parent, param))?;
    }
    parent.params.iter().try_for_each(|param| kept(param, child, work))
}

/// A path of the child that the closed `parent` admits: one that it names, has under a subtree, or passes through.
fn admitted<'s>(parent: &Grant, param: &'s Param) -> Result<(), Gap<'s>> {
    let (mut named, mut beneath, mut begins) = (false, false, false);
    for own in &parent.params {
        match own.path.towards(&param.path) {
            Place::Same => {
                named = true;
                beneath |= own.covers_subtree();
            }
            Place::Above(_) => beneath |= own.covers_subtree(),
            Place::Below => begins = true,
            Place::Apart | Place::Crossed => {}
        }
    }
    if param.covers_subtree() && !beneath {
        return Err(Gap::Subtree(param));
    }
    if named || beneath || begins { Ok(()) } else { Err(Gap::Unnamed(param)) }
}

/// A parameter of the parent that `child` keeps: named no wider, or left out where that is allowed.
fn kept<'s>(param: &'s Param, child: &'s Grant, work: &mut Work) -> Result<(), Gap<'s>> {
    let Some(own) = child.params.iter().find(|own| own.path == param.path) else {
        return if !child.open && leaves_out(param, child) { Ok(()) } else { Err(Gap::Absent(param)) };
    };
    if own.optional && !param.optional {
        return Err(Gap::Optional(own));
    }
    match param.constraints.iter().find(|wide| !own.constraints.iter().any(|c| constraint::contains(wide, c, work))) {
        None => Ok(()),
        Some(wide) => Err(Gap::Constraint(own, wide)),
    }
}

/// Whether the closed `child`, which does not name `param`, leaves it plainly absent or spells out its subtree.
fn leaves_out(param: &Param, child: &Grant) -> bool {
    let spelt = match param.constraints.as_slice() {
        [Constraint::Type(kind @ (Kind::Object | Kind::Array))] => Some(*kind),
        _ => None,
    };
    let mut present = param.optional;
    for own in &child.params {
        match (param.path.towards(&own.path), spelt) {
            (Place::Apart, _) => {}
            (Place::Above(Step::Key(_)), Some(Kind::Object)) | (Place::Above(Step::Each), Some(Kind::Array)) => {
                present |= !own.optional;
            }
            _ => return false,
        }
    }
    present
}

impl Gap<'_> {
    const fn rank(&self) -> u8 {
        match self {
            Self::Action => 0,
            Self::Open => 1,
            Self::Unnamed(_) => 2,
            Self::Subtree(_) => 3,
            Self::Absent(_) => 4,
            Self::Optional(_) => 5,
            Self::Constraint(..) => 6,
            Self::Work => 7,
        }
    }

    /// The denial for `child`, which lies in none of `parents`.
    pub(super) fn denial(&self, child: &Grant, parents: &[Grant]) -> Denial {
        let denial = self.denial_of(&child.action);
        match self {
            Self::Action => denial.requested(child.action.to_string()).expected(match parents {
                [] => "no action".to_owned(),
                parents => join(parents.iter().map(|parent| parent.action.to_string()), ", "),
            }),
            _ => denial,
        }
    }

    /// The denial for a grant of `action`.
    pub(super) fn denial_of(&self, action: &ActionPattern) -> Denial {
        let at = |rule, path: &ParamPath| widened(rule).parameter(path.to_string());
        let denial = match self {
            Self::Action => widened("action"),
            Self::Open => widened("open").requested("any parameters").expected("named parameters only"),
            Self::Unnamed(param) => {
                at("parameter-unnamed", &param.path).requested("named").expected("no such parameter")
            }
            Self::Subtree(param) => at("subtree", &param.path)
                .requested(words(&param.constraints))
                .expected("named parameters beneath it only"),
            Self::Absent(param) => {
                at("parameter-absent", &param.path).requested("not named").expected(words(&param.constraints))
            }
            Self::Optional(param) => {
                at("parameter-optional", &param.path).requested("optional").expected("it only where present")
            }
            Self::Constraint(param, wide) => {
                at("constraint", &param.path).requested(words(&param.constraints)).expected(wide.to_string())
            }
            Self::Work => widened("too-many-comparisons").expected("scopes that can be compared in fewer steps"),
        };
        denial.action(action.to_string())
    }

    /// What the child's grant of `action` says more than the parent's, in words.
    pub(super) fn words(&self, action: &ActionPattern, parents: &[Grant]) -> String {
        match self {
            Self::Action if parents.is_empty() => {
                format!("`{action}` is granted by the child; the parent grants nothing")
            }
            Self::Action => {
                let granted = join(parents.iter().map(|parent| format!("`{}`", parent.action)), ", ");
                format!("`{action}` is granted by the child; no grant of the parent covers it ({granted})")
            }
            Self::Open => {
                format!(
                    "`{action}` is open in the child: parameters may be there that it does not name; the parent's is closed"
                )
            }
            Self::Unnamed(param) => {
                format!(
                    "`{action}` takes the parameter `{}` in the child; the parent's has no such parameter",
                    param.path
                )
            }
            Self::Subtree(param) => format!(
                "`{action}` takes anything beneath `{}` in the child ({}); the parent's names what may be there",
                param.path,
                words(&param.constraints)
            ),
            Self::Absent(param) if param.optional => format!(
                "`{action}` does not rule out `{}` in the child, and asks nothing of it; the parent's asks for {} where it is there",
                param.path,
                words(&param.constraints)
            ),
            Self::Absent(param) => format!(
                "`{action}` does not name `{}` in the child; the parent's requires {}",
                param.path,
                words(&param.constraints)
            ),
            Self::Optional(param) => {
                format!("`{action}` may leave out `{}` in the child; the parent's requires it", param.path)
            }
            Self::Constraint(param, wide) => format!(
                "`{}` of `{action}` may be {} in the child; the parent allows {wide}",
                param.path,
                words(&param.constraints)
            ),
            Self::Work => format!("`{action}`: the two scopes need more comparisons than are made"),
        }
    }
}

fn words(constraints: &[Constraint]) -> String {
    join(constraints.iter().map(ToString::to_string), " and ")
}

/// The texts joined; a few are enough, since a fact is cut at its length anyway.
fn join(texts: impl Iterator<Item = String>, by: &str) -> String {
    texts.take(16).collect::<Vec<_>>().join(by)
}
