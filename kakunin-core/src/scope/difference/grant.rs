//! Grants of two scopes side by side.

use super::parts::{limits, texts};
use super::{Change, Direction, of_grant};
use crate::scope::constraint::Constraint;
use crate::scope::containment::{Work, constraint, contained_grant};
use crate::scope::model::{Grant, Scope};
use crate::scope::param::Param;

pub(super) fn grants(old: &Scope, new: &Scope, work: &mut Work, changes: &mut Vec<Change>) {
    let mut before: Vec<&Grant> = old.grants.iter().filter(|grant| !new.grants.contains(grant)).collect();
    let mut added = Vec::new();
    for grant in new.grants.iter().filter(|grant| !old.grants.contains(grant)) {
        let like = before.iter().enumerate().filter(|(_, other)| other.action == grant.action);
        match like.max_by_key(|(_, other)| likeness(other, grant)).map(|(index, _)| index) {
            Some(index) => changed(before.remove(index), grant, work, changes),
            None => added.push(grant),
        }
    }
    for grant in added {
        let within = old.grants.iter().any(|wide| contained_grant(wide, grant) && binds_no_less(wide, grant));
        if !within {
            changes.push(of_grant(grant, Direction::Wider, "action", String::new(), said(grant)));
        }
    }
    for grant in before {
        let within = new.grants.iter().any(|wide| contained_grant(wide, grant));
        if !within {
            changes.push(of_grant(grant, Direction::Narrower, "action", said(grant), String::new()));
        } else if !grant.limits.is_empty() || grant.approval().is_some() {
            // What it asked for is asked no more, though its calls are still accepted.
            changes.push(of_grant(grant, Direction::Wider, "action", said(grant), String::new()));
        }
    }
}

/// How much two grants of one action have in common.
fn likeness(one: &Grant, other: &Grant) -> usize {
    let same = |param: &&Param| match other.param(&param.path) {
        Some(theirs) if theirs == *param => 3,
        Some(_) => 2,
        None => 0,
    };
    one.params.iter().map(|param| same(&param)).sum::<usize>() + usize::from(one.open == other.open)
}

/// Whether `narrow` asks for all that `wide` does beside its parameters.
fn binds_no_less(wide: &Grant, narrow: &Grant) -> bool {
    let audience = wide.audience.is_empty()
        || (!narrow.audience.is_empty() && narrow.audience.iter().all(|text| wide.audience.contains(text)));
    audience
        && (wide.approval.is_none() || wide.approval == narrow.approval)
        && wide.limits.iter().all(|limit| narrow.limits.contains(limit) && limit.name().is_some())
}

/// The grant in words.
fn said(grant: &Grant) -> String {
    let params: Vec<String> = grant
        .params
        .iter()
        .map(|param| format!("`{}`{} {}", param.path, if param.optional { "?" } else { "" }, words(&param.constraints)))
        .collect();
    let open = if grant.open { ", open" } else { "" };
    match params.as_slice() {
        [] => format!("without parameters{open}"),
        some => format!("with {}{open}", some.join(", ")),
    }
}

fn words(constraints: &[Constraint]) -> String {
    constraints.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

fn changed(old: &Grant, new: &Grant, work: &mut Work, changes: &mut Vec<Change>) {
    if old.open != new.open {
        let said = |grant: &Grant| if grant.open { "any other parameter" } else { "no other parameter" }.to_owned();
        let direction = if new.open { Direction::Wider } else { Direction::Narrower };
        changes.push(of_grant(new, direction, "open", said(old), said(new)));
    }
    let mut push = |direction, param: &Param, was: String, is: String| {
        let change = of_grant(new, direction, "parameter", was, is);
        changes.push(Change { parameter: Some(param.path.to_string()), ..change });
    };
    for param in &new.params {
        match old.param(&param.path) {
            None => {
                let direction = if old.open {
                    Direction::Narrower
                } else if param.optional {
                    Direction::Wider
                } else {
                    Direction::Other
                };
                push(direction, param, String::new(), of_param(param));
            }
            Some(was) if was == param => {}
            Some(was) => {
                if let Some(direction) = direction(was, param, work) {
                    push(direction, param, of_param(was), of_param(param));
                }
            }
        }
    }
    for param in old.params.iter().filter(|param| new.param(&param.path).is_none()) {
        let direction = if new.open {
            Direction::Wider
        } else if param.optional {
            Direction::Narrower
        } else {
            Direction::Other
        };
        push(direction, param, of_param(param), String::new());
    }
    limits(Some(new), &old.limits, &new.limits, changes);
    texts(Some(new), "audience", &old.audience, &new.audience, changes);
    approval(old, new, changes);
}

fn of_param(param: &Param) -> String {
    format!("{}{}", words(&param.constraints), if param.optional { ", optional" } else { "" })
}

/// In which direction a parameter changed; `None` where both forms say the same.
fn direction(old: &Param, new: &Param, work: &mut Work) -> Option<Direction> {
    let mut within = |narrow: &Param, wide: &Param| {
        (wide.optional || !narrow.optional)
            && wide
                .constraints
                .iter()
                .all(|wide| narrow.constraints.iter().any(|own| constraint::contains(wide, own, work)))
    };
    match (within(new, old), within(old, new)) {
        (true, true) => None,
        (true, false) => Some(Direction::Narrower),
        (false, true) => Some(Direction::Wider),
        (false, false) => Some(Direction::Other),
    }
}

fn approval(old: &Grant, new: &Grant, changes: &mut Vec<Change>) {
    let direction = match (old.approval(), new.approval()) {
        (old, new) if old == new => return,
        (None, _) => Direction::Narrower,
        (_, None) => Direction::Wider,
        (Some(was), Some(is)) if was.of() == is.of() && was.unless() == is.unless() => {
            if is.need() > was.need() {
                Direction::Narrower
            } else {
                Direction::Wider
            }
        }
        (Some(was), Some(is)) if was.need() == is.need() && was.unless() == is.unless() => {
            if was.of().iter().all(|name| is.of().contains(name)) {
                Direction::Wider
            } else if is.of().iter().all(|name| was.of().contains(name)) {
                Direction::Narrower
            } else {
                Direction::Other
            }
        }
        _ => Direction::Other,
    };
    let said = |grant: &Grant| {
        grant.approval().map_or(String::new(), |approval| {
            let unless: Vec<String> = approval
                .unless()
                .iter()
                .map(|param| format!("`{}` {}", param.path, words(&param.constraints)))
                .collect();
            if unless.is_empty() { approval.to_string() } else { format!("{approval} unless {}", unless.join(" and ")) }
        })
    };
    changes.push(of_grant(new, direction, "approval", said(old), said(new)));
}
