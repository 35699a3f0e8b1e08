//! Where a fault lies that only a whole grant or a whole scope shows: the part without which it goes away.

use super::blame::first_bad;
use super::document::{Node, Value};
use super::read::{Fields, element_at};
use crate::scope::{Approval, Fault, Grant, GrantParts, Scope, ScopeParts};

/// Most parts that are left out one by one; of more, beginnings of the list are tried.
const ONE_BY_ONE: usize = 64;

/// The place of a fault in a grant.
pub(super) fn grant(fields: &Fields<'_>, parts: &GrantParts, fault: &Fault) -> usize {
    let has_it = |parts: GrantParts| Grant::new(parts).is_err_and(|found| found == *fault);
    if !has_it(GrantParts { audience: Vec::new(), ..parts.clone() }) {
        let bad = |length: usize| {
            let audience = parts.audience.get(..length).unwrap_or_default().to_vec();
            Grant::new(GrantParts { audience, ..parts.clone() }).is_err()
        };
        return fields.get("audience").map_or(fields.at, |node| element_at(node, parts.audience.len(), bad));
    }
    let limits = culprit(&parts.limits, |limits| has_it(GrantParts { limits, ..parts.clone() }));
    if let Some(index) = limits {
        return element(fields.get("limits"), index).unwrap_or(fields.at);
    }
    if let Some(approval) = &parts.approval
        && !has_it(GrantParts { approval: None, ..parts.clone() })
    {
        let unless = culprit(approval.unless(), |unless| {
            let approval = Approval::new(approval.of().to_vec(), approval.need(), unless);
            approval.is_ok_and(|approval| has_it(GrantParts { approval: Some(approval), ..parts.clone() }))
        });
        let node = fields.get("approval");
        // The approval keeps its parameters in an order of its own.
        let path = unless.and_then(|index| approval.unless().get(index)).map(|param| param.path().to_string());
        let named = path.and_then(|path| key(child(node, "unless"), &path));
        return named.or(node.map(|node| node.at)).unwrap_or(fields.at);
    }
    let params = culprit(&parts.params, |params| has_it(GrantParts { params, ..parts.clone() }));
    params.and_then(|index| member(fields.get("params"), index)).unwrap_or(fields.at)
}

/// The place of a fault in a scope.
pub(super) fn scope(fields: &Fields<'_>, parts: &ScopeParts, fault: &Fault) -> usize {
    // What a fault says of counts and sizes changes with the parts.
    let has_it = |parts: ScopeParts| Scope::new(parts).is_err_and(|found| found.rule == fault.rule);
    let grants = || ("grant", ScopeParts { grants: Vec::new(), ..parts.clone() });
    let others = [
        ("max_depth", ScopeParts { max_depth: None, ..parts.clone() }),
        ("deny", ScopeParts { deny: Vec::new(), ..parts.clone() }),
        ("regions", ScopeParts { regions: Vec::new(), ..parts.clone() }),
        ("approvers", ScopeParts { approvers: Vec::new(), ..parts.clone() }),
        ("limits", ScopeParts { limits: Vec::new(), ..parts.clone() }),
    ];
    // What a grant asks of approvers it asks, whatever they are; what is too large is so by its grants first.
    let by_grants = matches!(fault.rule, "approver-unknown" | "approval-need" | "scope-too-large");
    let first = by_grants.then(grants).into_iter();
    let mut lists = first.chain(others).chain((!by_grants).then(grants));
    let Some((key, _)) = lists.find(|(_, without)| !has_it(without.clone())) else { return fields.at };
    let Some(node) = fields.get(key) else { return fields.at };
    let beginning = |length: usize| {
        let mut parts = parts.clone();
        match key {
            "grant" => parts.grants.truncate(length),
            "deny" => parts.deny.truncate(length),
            "regions" => parts.regions.truncate(length),
            "approvers" => parts.approvers.truncate(length),
            "limits" => parts.limits.truncate(length),
            _ => {}
        }
        has_it(parts)
    };
    let length = match key {
        "grant" => parts.grants.len(),
        "deny" => parts.deny.len(),
        "regions" => parts.regions.len(),
        "approvers" => parts.approvers.len(),
        "limits" => parts.limits.len(),
        _ => return node.at,
    };
    let Some(index) = first_bad(length, beginning) else { return node.at };
    let Some(node) = (match &node.value {
        Value::List(elements) => elements.get(index),
        _ => Some(node),
    }) else {
        return node.at;
    };
    match parts.grants.get(index).filter(|_| key == "grant") {
        Some(grant) => within(node, grant, index, parts, fault).unwrap_or(node.at),
        None => node.at,
    }
}

/// The place within the grant at `index` that a scope's fault needs.
fn within(node: &Node, grant: &Grant, index: usize, parts: &ScopeParts, fault: &Fault) -> Option<usize> {
    let whole = GrantParts {
        action: grant.action().clone(),
        params: grant.params().to_vec(),
        open: grant.is_open(),
        limits: grant.limits().to_vec(),
        approval: grant.approval().cloned(),
        audience: grant.audience().to_vec(),
    };
    let has_it = |changed: GrantParts| {
        let Ok(grant) = Grant::new(changed) else { return false };
        let mut parts = parts.clone();
        parts.grants.truncate(index);
        parts.grants.push(grant);
        Scope::new(parts).is_err_and(|found| found.rule == fault.rule)
    };
    match (fault.rule, grant.approval()) {
        ("approver-unknown", Some(_)) => {
            let of = child(Some(node), "approval").and_then(|node| child(Some(node), "of"))?;
            let names: Vec<&str> = texts(of);
            Some(element_at(of, names.len(), |length| {
                let of = names.get(..length).unwrap_or_default().iter().map(|name| (*name).to_owned()).collect();
                let approval = Approval::new(of, 1, Vec::new());
                approval.is_ok_and(|approval| has_it(GrantParts { approval: Some(approval), ..whole.clone() }))
            }))
        }
        ("approval-need", Some(_)) => {
            let approval = child(Some(node), "approval")?;
            Some(child(Some(approval), "need").unwrap_or(approval).at)
        }
        ("limit-counter" | "budget-currency", _) => {
            // The grant keeps its limits in an order of its own: the one at fault is found among those as they were written.
            let limits = child(Some(node), "limits")?;
            let at_fault = culprit(&whole.limits, |limits| has_it(GrantParts { limits, ..whole.clone() }))?;
            let wanted = grant.limits().get(at_fault)?;
            let Value::List(elements) = &limits.value else { return None };
            let same = |element: &&Node| {
                let text = |key| child(Some(element), key).and_then(text_of);
                let path = wanted.budget_path().map(ToString::to_string);
                let per = text("per").and_then(|per| super::compile::seconds(&per));
                text("budget") == path && per == Some(wanted.window()) && text("name").as_deref() == wanted.name()
            };
            elements.iter().rfind(same).map(|element| element.at)
        }
        _ => None,
    }
}

/// The last of `parts` without which the fault goes away.
fn culprit<P: Clone>(parts: &[P], has_it: impl Fn(Vec<P>) -> bool) -> Option<usize> {
    if parts.is_empty() || has_it(Vec::new()) {
        return None;
    }
    if parts.len() > ONE_BY_ONE {
        return first_bad(parts.len(), |length| has_it(parts.get(..length).unwrap_or_default().to_vec()));
    }
    let without = |index: usize| {
        let kept = parts.iter().enumerate().filter(|(other, _)| *other != index);
        kept.map(|(_, part)| part.clone()).collect::<Vec<_>>()
    };
    (0..parts.len()).rev().find(|index| !has_it(without(*index)))
}

/// The value of a member.
fn child<'n>(node: Option<&'n Node>, key: &str) -> Option<&'n Node> {
    let Value::Table(entries) = &node?.value else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

/// The place of the key of a member, by the path that it says.
fn key(node: Option<&Node>, path: &str) -> Option<usize> {
    let Value::Table(entries) = &node?.value else { return None };
    let says = |key: &str| crate::scope::ParamPath::parse(key).is_ok_and(|parsed| parsed.to_string() == path);
    entries.iter().find(|entry| says(&entry.key)).map(|entry| entry.at)
}

/// The place of the key of the member at `index`.
pub(super) fn member(node: Option<&Node>, index: usize) -> Option<usize> {
    let Value::Table(entries) = &node?.value else { return None };
    entries.get(index).map(|entry| entry.at)
}

fn element(node: Option<&Node>, index: usize) -> Option<usize> {
    let Value::List(elements) = &node?.value else { return None };
    elements.get(index).map(|element| element.at)
}

fn texts(node: &Node) -> Vec<&str> {
    let elements =
        if let Value::List(elements) = &node.value { elements.as_slice() } else { std::slice::from_ref(node) };
    elements
        .iter()
        .filter_map(|node| if let Value::Text(text) = &node.value { Some(text.as_str()) } else { None })
        .collect()
}

fn text_of(node: &Node) -> Option<String> {
    if let Value::Text(text) = &node.value { Some(text.clone()) } else { None }
}
