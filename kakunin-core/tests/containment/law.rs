//! The law: child contained in parent ⇒ what the child's grants and denies accept, the parent's accept.

use std::collections::{BTreeMap, BTreeSet};

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::to_toml;
use kakunin_core::scope::containment::Edges;

use crate::build::accepts;
use crate::generate::Random;
use crate::{MANY, PAIRS};

/// Calls tried on each contained pair: some at the edges of both scopes, and for each grant of the child some of any kind.
const EDGES: usize = 24;
const CALLS: usize = 6;

/// The rules by which `contains` refuses, but for the one that no small scope comes to.
const RULES: [&str; 8] =
    ["action", "constraint", "deny", "open", "parameter-absent", "parameter-optional", "parameter-unnamed", "subtree"];

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

impl Trial {
    fn pair(&mut self, random: &mut Random, child: &Scope, parent: &Scope) {
        self.contained += 1;
        let edges = Edges::of(child, parent);
        for _ in 0..EDGES.min(edges.count()) {
            if let Some(call) = edges.call(random.below(edges.count())) {
                self.call(child, parent, call);
            }
        }
        for grant in child.grants() {
            self.kinds.extend(grant.params().iter().flat_map(|param| param.constraints()).map(|c| c.name()));
            for _ in 0..CALLS {
                let call = random.call(grant);
                self.call(child, parent, call);
            }
        }
    }

    fn call(&mut self, child: &Scope, parent: &Scope, (action, arguments): (String, Object)) {
        if !accepts(child, &action, &arguments) {
            self.refused += 1;
            return;
        }
        self.accepted += 1;
        if !accepts(parent, &action, &arguments) {
            let arguments = Json::Object(arguments);
            self.broken.push(format!("{action} {arguments:?}\nCHILD\n{}PARENT\n{}", to_toml(child), to_toml(parent)));
        }
    }
}

/// Pairs of scopes, every other one of the kind that people write, and calls on each pair that `contains` says yes to.
fn trial(seed: u64, pairs: usize, contains: impl Fn(&Scope, &Scope) -> Result<(), &'static str>) -> Trial {
    let mut random = Random(seed);
    let mut trial = Trial::default();
    for turn in 0..pairs {
        let (parent, child) = if turn % 2 == 0 {
            let parent = random.scope();
            let child = random.child(&parent);
            (parent, child)
        } else {
            let draft = random.draft();
            (draft.scope().unwrap(), random.near(&draft).scope().unwrap())
        };
        match contains(&parent, &child) {
            Ok(()) => trial.pair(&mut random, &child, &parent),
            Err(rule) => *trial.gaps.entry(rule).or_default() += 1,
        }
    }
    trial
}

fn rule(parent: &Scope, child: &Scope) -> Result<(), &'static str> {
    parent.contains(child).map_err(|denial| denial.details().rule)
}

fn assert_law(seed: u64, pairs: usize) {
    let trial = trial(seed, pairs, rule);
    assert_eq!(trial.broken.first().map(String::as_str), None, "{} calls break the law", trial.broken.len());
    // Without these the law would hold for want of cases.
    assert!(trial.contained > pairs / 5, "contained: {}", trial.contained);
    assert!(trial.accepted > 2 * pairs, "accepted: {}", trial.accepted);
    assert!(trial.refused > pairs / 2, "refused: {}", trial.refused);
    assert_eq!(trial.kinds.len(), 12, "kinds in contained children: {:?}", trial.kinds);
    for rule in RULES {
        assert!(trial.gaps.get(rule).is_some_and(|count| *count > pairs / 400), "{rule}: {:?}", trial.gaps);
    }
}

#[test]
fn what_a_contained_child_accepts_its_parent_accepts() {
    assert_law(1, PAIRS);
}

#[test]
#[ignore = "minutes: a million pairs"]
fn what_a_contained_child_accepts_its_parent_accepts_on_many_pairs() {
    assert_law(2, MANY);
}

#[test]
fn a_containment_that_overlooks_a_clause_is_found_out() {
    for overlooked in RULES {
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
    for _ in 0..1_000 {
        let (any, plain) = (random.scope(), random.draft().scope().unwrap());
        for scope in [any, plain] {
            assert_eq!(rule(&scope, &scope), Ok(()), "{scope:#?}");
        }
    }
}
