//! The law: child contained in parent ⇒ what the child's grants and denies accept, the parent's accept.

use std::collections::{BTreeMap, BTreeSet};

use kakunin_core::encoding::json::Json;
use kakunin_core::scope::{Accepted, Call, Scope};
use kakunin_core::time::UnixTime;

use crate::generate::Random;

/// How much was tried, and what broke the law.
#[derive(Default)]
struct Trial {
    contained: usize,
    accepted: usize,
    refused: usize,
    gaps: BTreeMap<&'static str, usize>,
    kinds: BTreeSet<&'static str>,
    broken: Vec<String>,
}

/// Pairs of scopes and calls on each pair that `contains` says yes to.
fn trial(seed: u64, pairs: usize, contains: impl Fn(&Scope, &Scope) -> Result<(), &'static str>) -> Trial {
    let mut random = Random(seed);
    let mut trial = Trial::default();
    for _ in 0..pairs {
        let parent = random.scope();
        let child = random.child(&parent);
        if let Err(rule) = contains(&parent, &child) {
            *trial.gaps.entry(rule).or_default() += 1;
            continue;
        }
        trial.contained += 1;
        for grant in child.grants() {
            trial.kinds.extend(grant.params().iter().flat_map(|param| param.constraints()).map(|c| c.name()));
            for _ in 0..30 {
                let (action, arguments) = random.call(grant);
                let call = Call::new(&action, &arguments, UnixTime::from_seconds(0));
                if child.judge(&call, &mut Accepted::default()).is_err() {
                    trial.refused += 1;
                    continue;
                }
                trial.accepted += 1;
                if let Err(denial) = parent.judge(&call, &mut Accepted::default()) {
                    let arguments = Json::Object(arguments);
                    trial
                        .broken
                        .push(format!("{action} {arguments:?}: {denial}\nchild {child:#?}\nparent {parent:#?}"));
                }
            }
        }
    }
    trial
}

fn rule(parent: &Scope, child: &Scope) -> Result<(), &'static str> {
    parent.contains(child).map_err(|denial| denial.details().rule)
}

#[test]
fn what_a_contained_child_accepts_its_parent_accepts() {
    let trial = trial(1, 8_000, rule);
    assert_eq!(trial.broken.first(), None, "{} calls break the law", trial.broken.len());
    // Without these the law would hold for want of cases.
    assert!(trial.contained > 1_500, "contained: {}", trial.contained);
    assert!(trial.accepted > 10_000, "accepted: {}", trial.accepted);
    assert!(trial.refused > 5_000, "refused: {}", trial.refused);
    assert_eq!(trial.kinds.len(), 12, "kinds in contained children: {:?}", trial.kinds);
    for rule in [
        "action",
        "constraint",
        "deny",
        "open",
        "parameter-absent",
        "parameter-optional",
        "parameter-unnamed",
        "subtree",
    ] {
        assert!(trial.gaps.get(rule).is_some_and(|count| *count > 20), "{rule}: {:?}", trial.gaps);
    }
}

#[test]
fn a_containment_that_overlooks_a_clause_is_found_out() {
    for overlooked in [
        "action",
        "constraint",
        "deny",
        "open",
        "parameter-absent",
        "parameter-optional",
        "parameter-unnamed",
        "subtree",
    ] {
        let lenient = |parent: &Scope, child: &Scope| {
            rule(parent, child).or_else(|rule| if rule == overlooked { Ok(()) } else { Err(rule) })
        };
        let found = (0..40).any(|seed| !trial(seed, 100, lenient).broken.is_empty());
        assert!(found, "{overlooked}");
    }
}

#[test]
fn every_scope_contains_itself() {
    let mut random = Random(3);
    for _ in 0..2_000 {
        let scope = random.scope();
        assert_eq!(rule(&scope, &scope), Ok(()), "{scope:#?}");
    }
}
