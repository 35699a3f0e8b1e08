//! Where a child is not contained, a call that shows it.

use std::collections::BTreeMap;

use kakunin_core::encoding::jcs::to_string;
use kakunin_core::encoding::json::Json;
use kakunin_core::error::Code;
use kakunin_core::scope::authoring::to_toml;
use kakunin_core::scope::containment::{Wider, explain};
use kakunin_core::scope::{Constraint, Grant, Scope};

use crate::build;
use crate::generate::Random;
use crate::{MANY, PAIRS};

/// Why a "no" has no call that shows it: the ways in which the rules refuse what is not wider. `docs/scope.md` tells people
/// of them.
const CLASSES: [(&str, &str); 6] = [
    (
        "denies",
        "several denies of the child cover together what one deny of the parent takes away; the rule asks for one",
    ),
    (
        "kinds",
        "a constraint of another kind, or without the mark of money, accepts no more; the rules compare like with like",
    ),
    ("nothing", "the child's grant accepts no call: its constraints contradict each other"),
    (
        "presence",
        "that a parameter is there follows from another one, such as `tags[]` from `tags`; the rules look at each alone",
    ),
    (
        "spelt out",
        "an open child spells out the members of an object that the parent names whole; the rule asks for a closed one",
    ),
    ("together", "grants of the parent accept together what none of them does alone; the rule asks for one"),
];

fn class(child: &Scope, parent: &Scope, wider: &Wider) -> &'static str {
    let nothing = build::scope([], &[]);
    let action = wider.denial().details().action.as_deref().unwrap_or_default();
    let mut own = child.grants().iter().filter(|grant| grant.action().as_str() == action);
    let alone = |grants: Vec<Grant>| build::scope_of(grants, child.deny().to_vec(), None).unwrap();
    if own.all(|grant| explain(&alone(vec![grant.clone()]), &nothing).unwrap_err().is_in_doubt()) {
        return "nothing";
    }
    let single = |grant: &Grant| build::scope_of(vec![grant.clone()], parent.deny().to_vec(), None).unwrap();
    let one = alone(child.grants().iter().filter(|grant| grant.action().as_str() == action).cloned().collect());
    let wider_than_each =
        parent.grants().iter().all(|grant| explain(&one, &single(grant)).is_err_and(|wider| !wider.is_in_doubt()));
    match wider.denial().details().rule {
        _ if wider_than_each && parent.grants().len() > 1 => "together",
        "constraint" => "kinds",
        "deny" => "denies",
        "parameter-absent" | "subtree" => "spelt out",
        "parameter-optional" | "parameter-unnamed" => "presence",
        _ => "unexplained",
    }
}

/// Examples of a class that are kept.
const SHOWN: usize = 3;

fn has_regex(scope: &Scope) -> bool {
    let mut constraints = scope.grants().iter().flat_map(Grant::params).flat_map(|param| param.constraints());
    constraints.any(|constraint| matches!(constraint, Constraint::Regex(_)))
}

fn trial(seed: u64, pairs: usize) -> (usize, BTreeMap<&'static str, Vec<String>>) {
    let mut random = Random(seed);
    let (mut refused, mut classes) = (0, BTreeMap::<_, Vec<String>>::new());
    for _ in 0..pairs {
        let draft = random.draft();
        let (parent, child) = (draft.scope().unwrap(), random.near(&draft).scope().unwrap());
        if has_regex(&child) || has_regex(&parent) {
            continue;
        }
        let Err(wider) = explain(&child, &parent) else { continue };
        refused += 1;
        if wider.is_in_doubt() {
            let shown = format!("{wider}\nCHILD\n{}PARENT\n{}", to_toml(&child), to_toml(&parent));
            let examples = classes.entry(class(&child, &parent, &wider)).or_default();
            examples.push(if examples.len() < SHOWN { shown } else { String::new() });
        }
    }
    (refused, classes)
}

#[expect(clippy::print_stdout, reason = "what it tells is the figure")]
fn assert_shown(seed: u64, pairs: usize) {
    let (refused, classes) = trial(seed, pairs);
    let doubted: usize = classes.values().map(Vec::len).sum();
    println!("{refused} of {pairs} pairs are not contained, {doubted} of them without a call that shows it");
    for (class, examples) in &classes {
        let known = CLASSES.iter().find(|(name, _)| name == class);
        let (_, why) = known.unwrap_or_else(|| panic!("{class}: {:?}", examples.first()));
        println!("{class}: {} ({why})", examples.len());
    }
    assert!(refused > pairs / 3, "{refused}");
    assert!(doubted * 100 <= refused, "{doubted} of {refused}: {classes:?}");
}

#[test]
fn a_no_comes_with_a_call_that_shows_it() {
    assert_shown(7, PAIRS);
}

#[test]
#[ignore = "minutes: a million pairs"]
fn a_no_comes_with_a_call_that_shows_it_on_many_pairs() {
    assert_shown(8, MANY);
}

fn told(child: &str, parent: &str) -> Wider {
    explain(&build::toml(child), &build::toml(parent)).unwrap_err()
}

fn call(wider: &Wider) -> (String, String) {
    let call = wider.witness().unwrap_or_else(|| panic!("no call for: {wider}"));
    (call.action.clone(), to_string(&Json::Object(call.arguments.clone())))
}

#[test]
fn an_explanation_names_grant_action_parameter_and_rule() {
    let parent = "[[grant]]\naction = \"charge\"\n[grant.params]\namount = { max = 500, money = \"currency\" }\ncurrency = \"EUR\"\n";
    let wider = told(&parent.replace("500", "1000"), parent);
    assert_eq!(wider.to_string(), "`amount` of `charge` may be 0 to 1000 in the child; the parent allows 0 to 500");
    assert_eq!(wider.denial().details().rule, "constraint");
    let (action, arguments) = call(&wider);
    assert_eq!(action, "charge");
    assert!(arguments.contains("\"currency\":\"EUR\""), "{arguments}");
    assert_eq!(wider.witness().unwrap().refusal.code(), Code::MonetaryLimitExceeded);
    assert!(!wider.is_in_doubt());
}

#[test]
fn a_call_stands_on_the_very_edge() {
    let grant = |params: &str| format!("[[grant]]\naction = \"a\"\n[grant.params]\n{params}\n");
    for (child, parent, arguments) in [
        (
            "n = { max = \"500.0000000000000000000000001\" }",
            "n = { max = 500 }",
            r#"{"n":"500.0000000000000000000000001"}"#,
        ),
        ("t = { length = { max = 8 } }", "t = { length = { max = 7 } }", r#"{"t":"qqqqqqqq"}"#),
        ("h = { domain = [\"*.a.com\"] }", "h = { domain = [\"x.a.com\"] }", r#"{"h":"q.a.com"}"#),
        (
            "l = { url = { hosts = [\"a.com\"] } }",
            "l = { url = { hosts = [\"a.com\"], path = \"/x\" } }",
            r#"{"l":"https://a.com/q"}"#,
        ),
        ("t = { glob = \"a/**\" }", "t = { glob = \"a/*\" }", r#"{"t":"a/q/q"}"#),
        ("ip = { net = [\"10.0.0.0/8\"] }", "ip = { net = [\"10.0.0.0/9\"] }", r#"{"ip":"10.255.255.255"}"#),
        (
            "\"x[].y\" = \"1\"\n\"x\" = { length = { max = 2 } }",
            "\"x[].y\" = \"1\"\n\"x\" = { length = { max = 1 } }",
            r#"{"x":[{"y":"1"},{"y":"1"}]}"#,
        ),
    ] {
        let wider = told(&grant(child), &grant(parent));
        assert_eq!(call(&wider).1, arguments, "{child} {parent}");
    }
}

#[test]
fn a_call_brings_the_audience_region_and_time_that_the_child_asks_for() {
    let child = "regions = [\"eu\"]\nhours = { zone = \"Asia/Tokyo\", open = [\"mon 08:00-09:00\"] }\n[[grant]]\naction = \"a\"\naudience = [\"svc\"]\n";
    let wider = told(child, "regions = [\"us\"]\n[[grant]]\naction = \"b\"\n");
    let call = wider.witness().unwrap();
    assert_eq!((call.audience.as_deref(), call.region.as_deref()), (Some("svc"), Some("eu")));
    // Monday, 5 January 2026, 08:00 in Tokyo.
    assert_eq!(call.now.unwrap().to_string(), "2026-01-04T23:00:00Z");
    assert_eq!(call.refusal.code(), Code::ActionNotAllowed, "not for its region");
}

#[test]
fn what_the_rules_alone_refuse_is_in_doubt() {
    let two = "[[grant]]\naction = \"a\"\n[grant.params]\nn = { min = 0, max = 5 }\n[[grant]]\naction = \"a\"\n[grant.params]\nn = { min = 5, max = 9 }\n";
    let wider = told(
        "[[grant]]\naction = \"a\"\n[grant.params]\nn = { min = 0, max = 5 }\n[[grant]]\naction = \"a\"\n[grant.params]\nt = []\n",
        two,
    );
    assert!(wider.is_in_doubt(), "a grant that accepts nothing: {wider}");
    let across = "[[grant]]\naction = \"a\"\n[grant.params]\nn = { type = \"integer\", min = 0, max = 9 }\n";
    assert!(told(across, two).is_in_doubt(), "two grants of the parent together");
    let depth = told("max_depth = 2\n[[grant]]\naction = \"a\"\n", "max_depth = 1\n[[grant]]\naction = \"a\"\n");
    assert!(depth.witness().is_none() && !depth.is_in_doubt());
    assert_eq!(depth.to_string(), "the child may be delegated 2 deep; the parent allows 1");
}

#[test]
fn a_grant_that_shows_it_is_told_of_before_one_that_does_not() {
    let child = "[[grant]]\naction = \"a\"\n[grant.params]\nt = []\n[[grant]]\naction = \"b\"\n";
    let wider = told(child, "[[grant]]\naction = \"c\"\n");
    assert_eq!(call(&wider), ("b".to_owned(), "{}".to_owned()));
}
