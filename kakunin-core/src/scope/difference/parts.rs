//! What stands beside the grants: denies, limits, hours, regions, approvers, depth.

use std::collections::BTreeSet;

use super::{Change, Direction, of_grant};
use crate::scope::ActionPattern;
use crate::scope::approval::{Approver, Who};
use crate::scope::containment::action::covers;
use crate::scope::hours::Hours;
use crate::scope::limit::{Limit, LimitKind};
use crate::scope::model::{Grant, Scope};

pub(super) fn scopes(old: &Scope, new: &Scope, changes: &mut Vec<Change>) {
    denies(&old.deny, &new.deny, Direction::Wider, changes);
    denies(&new.deny, &old.deny, Direction::Narrower, changes);
    limits(None, &old.limits, &new.limits, changes);
    hours(old.hours(), new.hours(), changes);
    texts(None, "region", &old.regions, &new.regions, changes);
    approvers(&old.approvers, &new.approvers, changes);
    if old.max_depth != new.max_depth {
        let direction = match (old.max_depth, new.max_depth) {
            (Some(was), Some(is)) if is < was => Direction::Narrower,
            (Some(_), Some(_)) => Direction::Wider,
            // None is no agent below an agent, and no bound below a CA.
            _ => Direction::Other,
        };
        let said = |depth: Option<u8>| depth.map_or("not stated".to_owned(), |depth| depth.to_string());
        changes.push(beside(direction, "max-depth", said(old.max_depth), said(new.max_depth)));
    }
}

fn beside(direction: Direction, part: &'static str, was: String, is: String) -> Change {
    Change { direction, action: None, parameter: None, part, was, is }
}

fn change(grant: Option<&Grant>, direction: Direction, part: &'static str, was: String, is: String) -> Change {
    match grant {
        Some(grant) => of_grant(grant, direction, part, was, is),
        None => beside(direction, part, was, is),
    }
}

/// The denies of `had` that `has` does not cover.
fn denies(had: &[ActionPattern], has: &[ActionPattern], direction: Direction, changes: &mut Vec<Change>) {
    for deny in had {
        if !has.iter().any(|other| covers(other.segments(), deny.segments())) {
            let said = format!("`{deny}`");
            let (was, is) = if direction == Direction::Wider { (said, String::new()) } else { (String::new(), said) };
            changes.push(beside(direction, "deny", was, is));
        }
    }
}

/// Limits by what they count, in what window, under what name.
pub(super) fn limits(grant: Option<&Grant>, old: &[Limit], new: &[Limit], changes: &mut Vec<Change>) {
    let same = |one: &Limit, other: &Limit| {
        one.window() == other.window() && one.name() == other.name() && one.budget_path() == other.budget_path()
    };
    let said = |limit: &Limit| match limit.name() {
        Some(name) => format!("{limit} (`{name}`)"),
        None => limit.to_string(),
    };
    for limit in new {
        match old.iter().find(|other| same(other, limit)) {
            None => changes.push(change(grant, Direction::Narrower, "limit", String::new(), said(limit))),
            Some(was) if was == limit => {}
            Some(was) => {
                let direction = if is_above(limit, was) { Direction::Wider } else { Direction::Narrower };
                changes.push(change(grant, direction, "limit", said(was), said(limit)));
            }
        }
    }
    for limit in old.iter().filter(|limit| !new.iter().any(|other| same(other, limit))) {
        changes.push(change(grant, Direction::Wider, "limit", said(limit), String::new()));
    }
}

fn is_above(one: &Limit, other: &Limit) -> bool {
    match (one.kind(), other.kind()) {
        (LimitKind::Rate { max: one }, LimitKind::Rate { max: other }) => one > other,
        (LimitKind::Budget { max: one, .. }, LimitKind::Budget { max: other, .. }) => one > other,
        _ => true,
    }
}

/// Lists of which an empty one allows anything.
pub(super) fn texts(
    grant: Option<&Grant>,
    part: &'static str,
    old: &[String],
    new: &[String],
    changes: &mut Vec<Change>,
) {
    let all = |narrow: &[String], wide: &[String]| {
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|text| wide.contains(text)))
    };
    let direction = match (all(new, old), all(old, new)) {
        (true, true) => return,
        (true, false) => Direction::Narrower,
        (false, true) => Direction::Wider,
        (false, false) => Direction::Other,
    };
    let said = |list: &[String]| match list {
        [] => "any".to_owned(),
        some => some.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", "),
    };
    changes.push(change(grant, direction, part, said(old), said(new)));
}

fn hours(old: Option<&Hours>, new: Option<&Hours>, changes: &mut Vec<Change>) {
    let minutes = |hours: &Hours| -> BTreeSet<(u8, u16)> {
        let intervals = hours.intervals().iter();
        intervals.flat_map(|one| (one.from()..one.to()).map(move |minute| (one.day(), minute))).collect()
    };
    let direction = match (old, new) {
        (None, None) => return,
        (None, Some(_)) => Direction::Narrower,
        (Some(_), None) => Direction::Wider,
        (Some(was), Some(is)) if was.zone() == is.zone() => {
            let (was, is) = (minutes(was), minutes(is));
            match (is.is_subset(&was), was.is_subset(&is)) {
                (true, true) => return,
                (true, false) => Direction::Narrower,
                (false, true) => Direction::Wider,
                (false, false) => Direction::Other,
            }
        }
        _ => Direction::Other,
    };
    let said = |hours: Option<&Hours>| hours.map_or("at any time".to_owned(), ToString::to_string);
    changes.push(beside(direction, "hours", said(old), said(new)));
}

fn approvers(old: &[Approver], new: &[Approver], changes: &mut Vec<Change>) {
    let said = |approver: &Approver| match approver.who() {
        Who::Key(_) => format!("`{}` by another key", approver.name()),
        Who::Role(role) => format!("`{}` by the role `{role}`", approver.name()),
    };
    for approver in new.iter().filter(|approver| !old.contains(approver)) {
        changes.push(beside(Direction::Wider, "approver", String::new(), said(approver)));
    }
    for approver in old.iter().filter(|approver| !new.contains(approver)) {
        changes.push(beside(Direction::Wider.reversed(), "approver", said(approver), String::new()));
    }
}
