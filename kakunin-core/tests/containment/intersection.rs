//! The intersection accepts a call iff both scopes do, or says why there is none.

use std::collections::BTreeMap;

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::authoring::to_toml;
use kakunin_core::scope::containment::Edges;
use kakunin_core::scope::intersection::Inexpressible;
use kakunin_core::scope::{Accepted, Call, Scope};
use kakunin_core::time::UnixTime;

use crate::build::{self, accepts};
use crate::generate::Random;
use crate::{MANY, PAIRS};

/// Calls tried on each pair, of those at the edges of both.
const CALLS: usize = 12;

/// How much was tried, and what broke the law.
#[derive(Default)]
struct Trial {
    expressed: usize,
    refused: BTreeMap<String, usize>,
    /// Calls that both, one and none of the two accept.
    both: usize,
    one: usize,
    none: usize,
    /// How often the rules of containment see that the intersection lies in the first.
    seen: usize,
    broken: Vec<String>,
}

impl Trial {
    fn pair(&mut self, random: &mut Random, one: &Scope, other: &Scope) {
        let shared = match one.intersect(other) {
            Ok(shared) => shared,
            Err(refusal) => {
                *self.refused.entry(refusal.kinds.join("+")).or_default() += 1;
                return;
            }
        };
        self.expressed += 1;
        self.seen += usize::from(one.contains(&shared).is_ok());
        let edges = match random.below(3) {
            0 => Edges::of(one, other),
            1 => Edges::of(other, one),
            _ => Edges::of(&shared, one),
        };
        for _ in 0..CALLS.min(edges.count()) {
            if let Some(call) = edges.call(random.below(edges.count())) {
                self.call([one, other, &shared], &call);
            }
        }
        for grant in one.grants().iter().chain(other.grants()).chain(shared.grants()) {
            for _ in 0..2 {
                let call = random.call(grant);
                self.call([one, other, &shared], &call);
            }
        }
    }

    fn call(&mut self, [one, other, shared]: [&Scope; 3], (action, arguments): &(String, Object)) {
        let by = [one, other].map(|scope| accepts(scope, action, arguments));
        match by {
            [true, true] => self.both += 1,
            [false, false] => self.none += 1,
            _ => self.one += 1,
        }
        if accepts(shared, action, arguments) != (by == [true, true]) {
            let arguments = Json::Object(arguments.clone());
            self.broken.push(format!(
                "{action} {arguments:?} {by:?}\nONE\n{}OTHER\n{}BOTH\n{}",
                to_toml(one),
                to_toml(other),
                to_toml(shared)
            ));
        }
    }
}

fn trial(seed: u64, pairs: usize) -> Trial {
    let mut random = Random(seed);
    let mut trial = Trial::default();
    for turn in 0..pairs {
        let (one, other) = if turn % 4 == 0 {
            let one = random.scope();
            let other = if random.chance(50) { random.child(&one) } else { random.scope() };
            (one, other)
        } else {
            let draft = random.draft();
            let other = if random.chance(70) { random.near(&draft) } else { random.draft() };
            (draft.scope().unwrap(), other.scope().unwrap())
        };
        trial.pair(&mut random, &one, &other);
    }
    trial
}

#[expect(clippy::print_stdout, reason = "what it tells is the figure")]
fn assert_law(seed: u64, pairs: usize) {
    let trial = trial(seed, pairs);
    let Trial { expressed, refused, seen, both, one, none, broken } = &trial;
    println!("{expressed} of {pairs} pairs have an intersection, {seen} seen to lie in the first; not: {refused:?}");
    assert_eq!(broken.first().map(String::as_str), None, "{} calls break the law", broken.len());
    // Without these the law would hold for want of cases.
    assert!(expressed * 10 > pairs * 9, "{expressed} of {pairs}: {refused:?}");
    assert!(seen * 10 > expressed * 9, "{seen} of {expressed} lie in the first by the rules");
    assert!(*both > pairs && *one > pairs && *none > pairs, "{both} {one} {none}");
}

#[test]
fn an_intersection_accepts_what_both_accept() {
    assert_law(11, PAIRS);
}

#[test]
#[ignore = "minutes: a million pairs"]
fn an_intersection_accepts_what_both_accept_on_many_pairs() {
    assert_law(13, MANY);
}

fn both(one: &str, other: &str) -> Result<String, Inexpressible> {
    build::toml(one).intersect(&build::toml(other)).map(|scope| to_toml(&scope))
}

#[track_caller]
fn assert_both(one: &str, other: &str, expected: &str) {
    for (one, other) in [(one, other), (other, one)] {
        assert_eq!(both(one, other).unwrap(), to_toml(&build::toml(expected)), "{one}\n{other}");
    }
}

fn grant(params: &str) -> String {
    format!("[[grant]]\naction = \"a\"\n[grant.params]\n{params}\n")
}

#[test]
fn constraints_of_one_kind_become_one() {
    for (one, other, expected) in [
        ("n = { min = 0, max = 9 }", "n = { min = 5, max = 20 }", "n = { min = 5, max = 9 }"),
        ("n = { max = 9, money = true }", "n = { min = -5, max = 5 }", "n = { max = 5, money = true }"),
        ("c = [\"EUR\", \"USD\"]", "c = [\"USD\", \"GBP\"]", "c = [\"USD\"]"),
        ("t = { length = { max = 9 } }", "t = { length = { min = 2 } }", "t = { length = { min = 2, max = 9 } }"),
        ("n = { type = \"number\" }", "n = { type = \"integer\" }", "n = { type = \"integer\" }"),
        ("t = { glob = \"a*\" }", "t = { glob = \"*b\" }", "t = { glob = \"a*\", all = [{ glob = \"*b\" }] }"),
        (
            "t = { glob = \"a*\", optional = true }",
            "t = { length = { max = 3 } }",
            "t = { glob = \"a*\", length = { max = 3 } }",
        ),
        ("x = { type = \"object\" }", "\"x.y\" = \"1\"", "\"x.y\" = \"1\""),
        (
            "x = { type = \"array\", length = { max = 3 } }",
            "\"x[]\" = \"1\"",
            "x = { length = { max = 3 } }\n\"x[]\" = \"1\"",
        ),
        (
            "t = { glob = \"a*\" }\nu = { glob = \"*\", optional = true }",
            "t = { glob = \"a*\" }",
            "t = { glob = \"a*\" }",
        ),
    ] {
        assert_both(&grant(one), &grant(other), &grant(expected));
    }
    // What one asks for and the other refuses leaves nothing.
    assert_both(&grant("t = \"1\""), &grant("u = \"1\""), "grant = []\n");
    assert_both(&grant("t = \"1\""), &grant("t = \"2\""), "grant = []\n");
}

#[test]
fn actions_meet_and_denies_add_up() {
    assert_both(
        "deny = [\"kb.x\"]\n[[grant]]\naction = \"kb.*\"\n",
        "deny = [\"*.y\"]\n[[grant]]\naction = \"*.read\"\n[[grant]]\naction = \"pay\"\n",
        "deny = [\"kb.x\", \"*.y\"]\n[[grant]]\naction = \"kb.read\"\n",
    );
    assert_both(
        "[[grant]]\naction = \"a\"\n",
        "deny = [\"a\"]\n[[grant]]\naction = \"a\"\n",
        "deny = [\"a\"]\ngrant = []\n",
    );
}

#[test]
fn limits_of_both_bind_under_names_that_keep_their_counters() {
    // One counter of `kb.*` on one side stays one, though its grant meets two of the other side.
    assert_both(
        "[[grant]]\naction = \"kb.*\"\nlimits = [{ rate = 10, per = \"1h\" }]\n",
        "[[grant]]\naction = \"kb.read\"\n[[grant]]\naction = \"kb.list\"\n",
        "[[grant]]\naction = \"kb.read\"\nlimits = [{ rate = 10, per = \"1h\", name = \"kb.*\" }]\n[[grant]]\naction = \"kb.list\"\nlimits = [{ rate = 10, per = \"1h\", name = \"kb.*\" }]\n",
    );
    // Scope-wide ones count the same calls: the tighter one. Two counters of one name on one side stay as they are.
    let shared = both(
        "limits = [{ rate = 100, per = \"1h\" }]\n[[grant]]\naction = \"a\"\nlimits = [{ rate = 10, per = \"1h\" }]\n",
        "limits = [{ rate = 50, per = \"1h\" }]\n[[grant]]\naction = \"a\"\nlimits = [{ rate = 20, per = \"1h\" }, { rate = 5, per = \"1m\" }]\n",
    );
    let expected = "limits = [{ rate = 50, per = \"1h\" }]\n[[grant]]\naction = \"a\"\nlimits = [{ rate = 10, per = \"1h\", name = \"a\" }, { rate = 20, per = \"1h\", name = \"a 2\" }, { rate = 5, per = \"1m\", name = \"a 2\" }]\n";
    assert_eq!(shared.unwrap(), to_toml(&build::toml(expected)));
    let rate = |max: u8| format!("[[grant]]\naction = \"a\"\nlimits = [{{ rate = {max}, per = \"1h\" }}]\n");
    let expected = "[[grant]]\naction = \"a\"\nlimits = [{ rate = 5, per = \"1h\", name = \"a\" }]\n";
    assert_both(&rate(5), &rate(9), expected);
    // A name that both use for counters of their own.
    let named = |rate: u8, more: &str| {
        format!(
            "[[grant]]\naction = \"a\"\nlimits = [{{ rate = {rate}, per = \"1h\", name = \"n\" }}]\n[[grant]]\naction = \"b\"\n{more}"
        )
    };
    let limits = "limits = [{ rate = 1, per = \"1h\", name = \"n\" }]\n";
    let shared = build::toml(&named(1, limits)).intersect(&build::toml(&named(2, ""))).unwrap();
    let mut names: Vec<_> = shared.grants().iter().flat_map(|grant| grant.limits()).map(|limit| limit.name()).collect();
    names.sort_unstable();
    assert_eq!(names, [Some("n"), Some("n"), Some("n 2")], "one counter for both grants, and another for the first");
}

#[test]
fn hours_regions_audiences_and_depth_are_what_both_allow() {
    let scope = |hours: &str, regions: &str, audience: &str, depth: u8| {
        format!(
            "max_depth = {depth}\nregions = [{regions}]\nhours = {{ zone = \"UTC\", open = [\"{hours}\"] }}\n[[grant]]\naction = \"a\"\naudience = [{audience}]\n"
        )
    };
    assert_both(
        &scope("mon-fri 08:00-18:00", "\"eu\", \"us\"", "\"x\", \"y\"", 2),
        &scope("fri-sun 12:00-20:00", "\"us\"", "\"y\"", 1),
        &scope("fri 12:00-18:00", "\"us\"", "\"y\"", 1),
    );
    let nothing =
        both(&scope("mon 08:00-18:00", "\"eu\"", "\"x\"", 1), &scope("tue 08:00-18:00", "\"eu\"", "\"x\"", 1)).unwrap();
    assert!(nothing.contains("grant = []"), "{nothing}");
    let zones = scope("mon 08:00-18:00", "\"eu\"", "\"x\"", 1);
    let refusal = both(&zones, &zones.replace("UTC", "Asia/Tokyo")).unwrap_err();
    assert_eq!(refusal.kinds, ["hours"]);
}

#[test]
fn approvals_of_both_are_needed() {
    let asks = |who: &str, need: u8| {
        format!(
            "[[grant]]\naction = \"a\"\napproval = {{ of = [\"boss\"], need = {need} }}\n[[approvers]]\nname = \"boss\"\nrole = \"{who}\"\n"
        )
    };
    let same = build::toml(&asks("boss", 1));
    assert_eq!(same.intersect(&same).unwrap().grants().len(), 1);
    let shared = same.intersect(&build::toml(&asks("chief", 2))).unwrap();
    let mut asked: Vec<_> = shared.grants().iter().map(|grant| grant.approval().unwrap().to_string()).collect();
    asked.sort();
    assert_eq!(asked, ["1 of `boss`", "2 of `boss 2`"]);
    let mut names: Vec<_> = shared.approvers().iter().map(|approver| approver.name()).collect();
    names.sort_unstable();
    assert_eq!(names, ["boss", "boss 2"]);
    let call = Object::new();
    let mut accepted = Accepted::default();
    shared.judge(&Call::new("a", &call, UnixTime::from_seconds(0)), &mut accepted).unwrap();
    assert_eq!(accepted.approvals.len(), 2, "both are asked for");
}

#[test]
fn what_no_scope_can_say_is_named() {
    let open = |params: &str| format!("{}[grant.params]\n{params}\n", "[[grant]]\naction = \"a\"\n");
    let refusal =
        both(&open("x = { type = \"object\" }"), &open("\"x.y\" = { glob = \"*\", optional = true }")).unwrap_err();
    assert_eq!((refusal.action.as_deref(), refusal.parameter.as_deref()), (Some("a"), Some("x")));
    assert_eq!(refusal.kinds, ["type"]);
    assert!(refusal.to_string().starts_with("`x` of `a`: "), "{refusal}");
}

#[test]
fn a_capped_scope_keeps_its_own_limits_and_takes_none() {
    let requested = build::toml("max_depth = 1\n[[grant]]\naction = \"*\"\nlimits = [{ rate = 5, per = \"1m\" }]\n");
    let above =
        "max_depth = 3\nregions = [\"eu\"]\n[[grant]]\naction = \"kb.*\"\nlimits = [{ rate = 9, per = \"1h\" }]\n";
    let capped = requested.capped(&build::toml(above)).unwrap();
    let expected = "max_depth = 1\n[[grant]]\naction = \"kb.*\"\nlimits = [{ rate = 5, per = \"1m\", name = \"*\" }]\n";
    assert_eq!(to_toml(&capped), to_toml(&build::toml(expected)));
    assert_eq!(build::toml(above).contains(&capped), Ok(()));
}
