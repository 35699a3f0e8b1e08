//! What became wider and what narrower.

use kakunin_core::scope::difference::{Change, Direction};

use crate::build;
use crate::generate::Random;

fn said(old: &str, new: &str) -> Vec<String> {
    build::toml(old).difference(&build::toml(new)).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_said(old: &str, new: &str, forth: &[&str], back: &[&str]) {
    assert_eq!(said(old, new), forth);
    assert_eq!(said(new, old), back);
}

#[test]
fn parameters_are_told_apart_by_what_they_accept() {
    let grant = |params: &str| format!("[[grant]]\naction = \"charge\"\n[grant.params]\n{params}\n");
    assert_said(
        &grant("amount = { max = 500 }"),
        &grant("amount = { max = 1000 }"),
        &["wider: `amount` of `charge`: parameter at most 1000, was at most 500"],
        &["narrower: `amount` of `charge`: parameter at most 500, was at most 1000"],
    );
    assert_said(
        &grant("a = \"1\""),
        &grant("a = { one-of = [\"1\"], optional = true }"),
        &["wider: `a` of `charge`: parameter one of \"1\", optional, was one of \"1\""],
        &["narrower: `a` of `charge`: parameter one of \"1\", was one of \"1\", optional"],
    );
    assert_said(
        &grant("a = \"1\""),
        &grant("a = \"1\"\nb = { glob = \"*\", optional = true }"),
        &["wider: `b` of `charge`: parameter text like `*`, optional, was not there"],
        &["narrower: `b` of `charge`: parameter is gone, was text like `*`, optional"],
    );
    assert_said(
        &grant("a = [\"1\", \"2\"]"),
        &grant("a = [\"2\", \"3\"]"),
        &["changed: `a` of `charge`: parameter one of \"2\", \"3\", was one of \"1\", \"2\""],
        &["changed: `a` of `charge`: parameter one of \"1\", \"2\", was one of \"2\", \"3\""],
    );
    assert_eq!(said(&grant("a = \"1\""), &grant("a = [\"1\"]")), [""; 0], "the same in other words");
}

#[test]
fn all_that_stands_beside_parameters_is_told() {
    let bare = "[[grant]]\naction = \"a\"\n";
    let kept = |old: &str, new: &str, expected: &str| assert_eq!(said(old, new), [expected], "{old} {new}");
    for (more, wider, narrower) in [
        ("deny = [\"a.b\"]\n", "wider: deny is gone, was `a.b`", "narrower: deny `a.b`, was not there"),
        (
            "limits = [{ rate = 5, per = \"1m\" }]\n",
            "wider: limit is gone, was 5 per 60 s",
            "narrower: limit 5 per 60 s, was not there",
        ),
        ("regions = [\"eu\"]\n", "wider: region any, was `eu`", "narrower: region `eu`, was any"),
        (
            "hours = { zone = \"UTC\", open = [\"mon 08:00-09:00\"] }\n",
            "wider: hours at any time, was mon 08:00-09:00 in UTC",
            "narrower: hours mon 08:00-09:00 in UTC, was at any time",
        ),
        ("max_depth = 1\n", "changed: max-depth not stated, was 1", "changed: max-depth 1, was not stated"),
    ] {
        kept(&format!("{more}{bare}"), bare, wider);
        kept(bare, &format!("{more}{bare}"), narrower);
    }
    let rate = |max: u8| format!("{bare}limits = [{{ rate = {max}, per = \"1h\" }}]\n");
    kept(&rate(5), &rate(6), "wider: `a`: limit 6 per 3600 s, was 5 per 3600 s");
    kept(&rate(6), &rate(5), "narrower: `a`: limit 5 per 3600 s, was 6 per 3600 s");
    kept(bare, &format!("{bare}open = true\n"), "wider: `a`: open any other parameter, was no other parameter");
    kept(bare, &format!("{bare}audience = [\"x\"]\n"), "narrower: `a`: audience `x`, was any");
    kept(bare, &format!("{bare}[[grant]]\naction = \"b\"\n"), "wider: `b`: action without parameters, was not there");
    let asks = |need: u8| {
        format!("{bare}approval = {{ of = [\"x\"], need = {need} }}\n[[approvers]]\nname = \"x\"\nrole = \"x\"\n")
    };
    kept(&asks(2), &asks(1), "wider: `a`: approval 1 of `x`, was 2 of `x`");
    assert_eq!(said(&asks(2), bare).len(), 2, "the approval and its approver");
}

#[test]
fn a_grant_within_another_changes_nothing() {
    let wide = "[[grant]]\naction = \"kb.*\"\n";
    assert_eq!(said(wide, &format!("{wide}[[grant]]\naction = \"kb.read\"\n")), [""; 0]);
    assert_eq!(said(&format!("{wide}[[grant]]\naction = \"kb.read\"\n"), wide), [""; 0]);
}

#[test]
fn where_nothing_widens_the_new_scope_is_contained() {
    let mut random = Random(5);
    let (mut narrower, mut same) = (0, 0);
    for turn in 0..2_000 {
        let (old, new) = if turn % 2 == 0 {
            let old = random.scope();
            let new = random.child(&old);
            (old, new)
        } else {
            let draft = random.draft();
            (draft.scope().unwrap(), random.near(&draft).scope().unwrap())
        };
        let changes = old.difference(&new);
        if !changes.iter().any(Change::widens) {
            assert_eq!(old.contains(&new), Ok(()), "{changes:?}");
            narrower += 1;
            same += usize::from(changes.is_empty());
        }
        assert_eq!(old.difference(&old), []);
        assert!(changes.iter().all(|change| change.direction != Direction::Wider || change.widens()));
    }
    assert!(narrower > 200 && same > 20, "{narrower} {same}");
}
