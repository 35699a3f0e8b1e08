//! Each clause: what it accepts, and the twin that it does not.

use crate::build::{
    any_of, domain, email, glob, grant, length, money, net, none_of, number, one_of, open_grant, optional, path, range,
    regex, required, required_all, scope, text, ty, url,
};
use kakunin_core::error::Code;
use kakunin_core::scope::{Constraint, Grant, Kind, Scope, ScopeParts};

/// The rule and the parameter that a denial names; empty where there is none.
type Gap = (&'static str, String);

fn gap(parent: &Scope, child: &Scope) -> Option<Gap> {
    let denial = parent.contains(child).err()?;
    assert_eq!(denial.code(), Code::ScopeWidened);
    let details = denial.details();
    Some((details.rule, details.parameter.as_deref().unwrap_or_default().to_owned()))
}

fn gap_of(parent: Grant, child: Grant) -> Option<Gap> {
    gap(&scope([parent], &[]), &scope([child], &[]))
}

#[track_caller]
fn assert_contained(parent: Grant, child: Grant) {
    assert_eq!(gap_of(parent, child), None);
}

#[track_caller]
fn assert_gap(parent: Grant, child: Grant, rule: &'static str, parameter: &str) {
    assert_eq!(gap_of(parent, child), Some((rule, parameter.to_owned())));
}

#[test]
fn an_action_is_covered_by_a_pattern() {
    for (wide, narrow) in [
        ("charge", "charge"),
        ("*", "charge"),
        ("*", "kb.read"),
        ("*", "*"),
        ("*", "kb.*"),
        ("kb.*", "kb.read"),
        ("kb.*", "kb.read.deep"),
        ("kb.*", "kb.*"),
        ("kb.*", "kb.read.*"),
        ("kb.*", "kb.*.read"),
        ("*.read", "kb.read"),
        ("*.read", "*.read"),
        ("a.*.c", "a.b.c"),
        ("*.*", "a.b"),
        ("*.*", "a.b.*"),
        ("*", "*.*"),
    ] {
        assert_eq!(gap_of(grant(wide, []), grant(narrow, [])), None, "{wide} {narrow}");
    }
    for (wide, narrow) in [
        ("charge", "refund"),
        ("charge", "charge.more"),
        ("charge", "*"),
        ("kb.*", "kb"),
        ("kb.*", "*"),
        ("kb.*", "kbx.read"),
        ("kb.read", "kb.*"),
        ("*.read", "a.b.read"),
        ("*.read", "kb.*"),
        ("*.read", "*"),
        ("a.*.c", "a.*"),
        ("a.*.c", "a.b.b.c"),
        ("a.*.c", "a.*.d"),
        ("*.*", "a"),
        ("*.*", "*"),
    ] {
        assert_gap(grant(wide, []), grant(narrow, []), "action", "");
    }
}

#[test]
fn each_grant_of_the_child_lies_in_one_grant_of_the_parent() {
    let small = || grant("charge", [required("amount", range(0, 10))]);
    let large = || grant("charge", [required("amount", range(10, 20))]);
    let both = scope([small(), large()], &[]);
    assert_eq!(gap(&both, &scope([small(), grant("charge", [required("amount", range(12, 13))])], &[])), None);
    let across = scope([grant("charge", [required("amount", range(5, 15))])], &[]);
    assert_eq!(gap(&both, &across), Some(("constraint", "amount".to_owned())), "no single grant holds it");
    assert_eq!(gap(&both, &scope([], &[])), None, "nothing lies in everything");
    assert_eq!(gap(&scope([], &[]), &both), Some(("action", String::new())));
    assert_eq!(gap(&scope([], &[]), &scope([], &[])), None);
}

#[test]
fn an_open_child_needs_an_open_parent() {
    assert_contained(open_grant("a", []), open_grant("a", []));
    assert_contained(open_grant("a", []), grant("a", []));
    assert_gap(grant("a", []), open_grant("a", []), "open", "");
}

#[test]
fn a_subtree_needs_an_open_parent_or_a_subtree_at_or_above_it() {
    let child = || grant("a", [required("x.y", ty(Kind::Object))]);
    assert_contained(open_grant("a", []), child());
    assert_contained(grant("a", [required("x.y", ty(Kind::Object))]), child());
    assert_contained(grant("a", [required("x", ty(Kind::Object))]), child());
    assert_gap(grant("a", []), child(), "subtree", "x.y");
    assert_gap(grant("a", [optional("x.y.z", text("1"))]), child(), "subtree", "x.y");
    // At the place itself the kinds must match as well.
    assert_gap(grant("a", [required("x.y", ty(Kind::Array))]), child(), "constraint", "x.y");
    let array = || grant("a", [required("x[]", ty(Kind::Array))]);
    assert_contained(grant("a", [required("x", ty(Kind::Array))]), array());
    assert_gap(grant("a", [required("x[]", length(0, 3))]), array(), "subtree", "x[]");
}

#[test]
fn a_parameter_of_the_parent_is_named_with_contained_constraints() {
    let parent = || grant("a", [required("amount", range(0, 500))]);
    assert_contained(parent(), grant("a", [required("amount", range(0, 500))]));
    assert_contained(parent(), grant("a", [required("amount", range(1, 499))]));
    assert_gap(parent(), grant("a", [required("amount", range(0, 501))]), "constraint", "amount");
    assert_gap(parent(), grant("a", []), "parameter-absent", "amount");
    assert_gap(open_grant("a", [required("amount", range(0, 500))]), open_grant("a", []), "parameter-absent", "amount");
}

#[test]
fn an_optional_parameter_needs_an_optional_one_in_the_parent() {
    let (one, all) = (|| optional("x", text("1")), || required("x", text("1")));
    assert_contained(grant("a", [one()]), grant("a", [one()]));
    assert_contained(grant("a", [one()]), grant("a", [all()]));
    assert_gap(grant("a", [all()]), grant("a", [one()]), "parameter-optional", "x");
}

#[test]
fn an_optional_parameter_may_be_left_out_plainly() {
    let parent = |name| open_grant("a", [optional(name, text("1"))]);
    assert_contained(parent("x"), grant("a", []));
    assert_contained(parent("x"), grant("a", [required("y", text("2"))]));
    assert_contained(parent("x.y"), grant("a", [required("x.z", text("2"))]));
    assert_contained(parent("x[].y"), grant("a", [required("x[].z", text("2"))]));
    // An open child may be given it all the same.
    assert_gap(parent("x"), open_grant("a", []), "parameter-absent", "x");
    assert_gap(parent("x"), open_grant("a", [required("y", text("2"))]), "parameter-absent", "x");
    // A path that begins it, goes on from it, or parts at an element may meet it.
    assert_gap(parent("x.y"), grant("a", [required("x", ty(Kind::Object))]), "parameter-absent", "x.y");
    assert_gap(parent("x.y"), grant("a", [required("x", text("2"))]), "parameter-absent", "x.y");
    assert_gap(parent("x"), grant("a", [required("x.y", text("2"))]), "parameter-absent", "x");
    assert_gap(parent("x.y"), grant("a", [required("x[]", text("2"))]), "parameter-absent", "x.y");
    // What is required cannot be left out.
    assert_gap(open_grant("a", [required("x", text("1"))]), grant("a", []), "parameter-absent", "x");
}

#[test]
fn a_subtree_of_the_parent_contains_what_spells_it_out() {
    let object = || grant("a", [required("x", ty(Kind::Object))]);
    assert_contained(object(), grant("a", [required("x.y", text("1"))]));
    assert_contained(object(), grant("a", [required("x.y", text("1")), optional("x.z[].w", range(0, 1))]));
    assert_contained(object(), grant("a", [required("x.y", ty(Kind::Array)), optional("x.z", ty(Kind::Object))]));
    let array = || grant("a", [required("x", ty(Kind::Array))]);
    assert_contained(array(), grant("a", [required("x[]", text("1"))]));
    assert_contained(array(), grant("a", [required("x[].y", text("1")), optional("x[].z", text("1"))]));
    // One of the paths is required, unless the parent's is optional.
    assert_gap(object(), grant("a", [optional("x.y", text("1"))]), "parameter-absent", "x");
    assert_contained(grant("a", [optional("x", ty(Kind::Object))]), grant("a", [optional("x.y", text("1"))]));
    // All go on by a key from an object, by an element from an array.
    assert_gap(object(), grant("a", [required("x[]", text("1"))]), "parameter-absent", "x");
    assert_gap(array(), grant("a", [required("x.y", text("1"))]), "parameter-absent", "x");
    assert_gap(array(), grant("a", [required("x[]", text("1")), required("x.y", text("1"))]), "parameter-absent", "x");
    // Only a parameter of nothing but that type.
    let sized = grant("a", [required_all("x", [ty(Kind::Array), length(0, 3)])]);
    assert_gap(sized, grant("a", [required("x[]", text("1"))]), "parameter-absent", "x");
    // Only a closed child.
    let open = open_grant("a", [required("x", ty(Kind::Object))]);
    assert_gap(open, open_grant("a", [required("x.y", text("1"))]), "parameter-absent", "x");
}

#[test]
fn another_path_of_the_child_needs_room_in_the_parent() {
    let child = |name| grant("a", [required(name, text("1"))]);
    assert_contained(open_grant("a", []), child("x"));
    assert_gap(grant("a", []), child("x"), "parameter-unnamed", "x");
    assert_gap(grant("a", [optional("y", text("1"))]), child("x"), "parameter-unnamed", "x");
    assert_gap(grant("a", [optional("x", text("1"))]), child("x.y"), "parameter-unnamed", "x.y");
    // What begins a parent's path accepts nothing new of its own.
    let parent = || grant("a", [required("x[]", range(0, 9))]);
    assert_contained(parent(), grant("a", [required("x", length(1, 3)), required("x[]", range(0, 9))]));
    let subtree = [required("x", ty(Kind::Array)), required("x[]", range(0, 9))];
    assert_gap(parent(), grant("a", subtree), "subtree", "x");
    let beside = [required("y", length(1, 3)), required("x[]", range(0, 9))];
    assert_gap(parent(), grant("a", beside), "parameter-unnamed", "y");
}

#[test]
fn each_constraint_of_the_parent_contains_one_of_the_childs() {
    let parent = || grant("a", [required_all("x", [glob("cus_*"), length(1, 20)])]);
    assert_contained(parent(), grant("a", [required_all("x", [length(5, 9), glob("cus_1*")])]));
    assert_contained(
        parent(),
        grant("a", [required_all("x", [length(5, 9), glob("cus_1*"), none_of([text_of("cus_13")])])]),
    );
    assert_contained(parent(), grant("a", [required("x", text("cus_1"))]));
    assert_gap(parent(), grant("a", [required("x", glob("cus_1*"))]), "constraint", "x");
    assert_gap(parent(), grant("a", [required("x", length(5, 9))]), "constraint", "x");
    assert_gap(parent(), grant("a", [required_all("x", [glob("*"), length(5, 9)])]), "constraint", "x");
}

fn text_of(text: &str) -> kakunin_core::scope::Scalar {
    kakunin_core::scope::Scalar::Text(text.to_owned())
}

#[track_caller]
fn assert_constraints(contained: &[(Constraint, Constraint)], not: &[(Constraint, Constraint)]) {
    let gap = |(wide, narrow): &(Constraint, Constraint)| {
        gap_of(grant("a", [required("x", wide.clone())]), grant("a", [required("x", narrow.clone())]))
    };
    for pair in contained {
        assert_eq!(gap(pair), None, "{} ⊇ {}", pair.0, pair.1);
    }
    for pair in not {
        assert_eq!(gap(pair), Some(("constraint", "x".to_owned())), "{} ⊉ {}", pair.0, pair.1);
    }
}

#[test]
fn lists_are_subsets_and_lists_of_exceptions_supersets() {
    assert_constraints(
        &[
            (one_of(["a", "b"]), one_of(["b", "a"])),
            (one_of(["a", "b"]), one_of(["b"])),
            (one_of(["a"]), any_of([])),
            (any_of([]), any_of([])),
            (none_of([text_of("a")]), none_of([text_of("a"), text_of("b")])),
            (none_of([text_of("a")]), one_of(["b"])),
            (none_of([number("1"), text_of("a")]), none_of([number("1"), text_of("a"), text_of("b")])),
        ],
        &[
            (one_of(["a"]), one_of(["a", "b"])),
            (any_of([]), one_of(["a"])),
            (any_of([text_of("5")]), any_of([number("5")])),
            (one_of(["a"]), glob("a")),
            (one_of(["a"]), none_of([text_of("b")])),
            (none_of([text_of("a"), text_of("b")]), none_of([text_of("a")])),
            (none_of([text_of("a")]), one_of(["a"])),
            (none_of([text_of("a")]), none_of([text_of("a"), number("1")])),
            (none_of([text_of("a"), number("1")]), none_of([text_of("a")])),
            (none_of([text_of("a")]), any_of([number("1")])),
        ],
    );
}

#[test]
fn ranges_are_intervals_and_money_stays_money() {
    let (from, to) = (crate::build::at_least, crate::build::at_most);
    assert_constraints(
        &[
            (range(0, 10), range(0, 10)),
            (range(0, 10), range(3, 3)),
            (from(0), range(0, 10)),
            (to(10), range(0, 10)),
            (from(0), from(1)),
            (to(10), to(9)),
            (range(0, 10), money(0, 10)),
            (money(0, 10), money(1, 9)),
            (range(0, 10), any_of([number("0.5"), text_of("10.0")])),
            (money(0, 10), any_of([number("10")])),
        ],
        &[
            (range(0, 10), range(0, 11)),
            (range(0, 10), range(-1, 10)),
            (range(0, 10), from(1)),
            (range(0, 10), to(10)),
            (money(0, 10), range(1, 9)),
            (range(0, 10), any_of([number("0.5"), number("10.00000000000000000000000000001")])),
            (range(0, 10), any_of([text_of("010")])),
            (range(0, 10), ty(Kind::Integer)),
            (ty(Kind::Number), range(0, 10)),
        ],
    );
}

#[test]
fn globs_contain_globs_part_by_part() {
    assert_constraints(
        &[
            (glob("*"), glob("*")),
            (glob("*"), glob("a*b")),
            (glob("cus_*"), glob("cus_1")),
            (glob("cus_*"), glob("cus_*_*")),
            (glob("a*c"), glob("ab*bc")),
            (glob("*"), glob("~a%b")),
            (glob("**"), glob("a/**")),
            (glob("**"), glob("a/*")),
            (glob("**"), glob("plain")),
            (glob("/srv/**"), glob("/srv/*/x/**")),
            (glob("/srv/*"), glob("/srv/a*")),
            (glob("a/*"), one_of(["a/b"])),
            (glob("*"), one_of(["", "~", "%"])),
        ],
        &[
            (glob("cus_1"), glob("cus_*")),
            (glob("cus_*"), glob("*")),
            (glob("*"), glob("**")),
            (glob("*"), glob("a/b")),
            (glob("a/*"), glob("a/**")),
            (glob("a/*"), glob("a/b/*")),
            // The parent obeys the refusals of `path`, the child does not, or is of the other kind.
            (glob("**"), glob("a*")),
            (glob("**"), glob("*")),
            (glob("**"), glob("/a/*")),
            (glob("**"), glob("/a")),
            (glob("**"), glob("a%b")),
            (glob("**"), glob("~a")),
            (glob("a/*"), one_of(["a/b", "a/.."])),
            (glob("*"), one_of(["a\u{7f}"])),
            (glob("*"), length(0, 3)),
            (glob("*"), ty(Kind::String)),
        ],
    );
}

#[test]
fn lengths_are_intervals() {
    assert_constraints(
        &[(length(1, 9), length(1, 9)), (length(1, 9), length(2, 3)), (length(1, 2), one_of(["é", "ab"]))],
        &[
            (length(1, 9), length(0, 9)),
            (length(1, 9), length(1, 10)),
            (length(1, 2), one_of(["abc"])),
            (length(0, 9), glob("*")),
        ],
    );
}

#[test]
fn roots_contain_roots_by_segments() {
    assert_constraints(
        &[
            (path("/srv"), path("/srv")),
            (path("/srv"), path("/srv/a")),
            (path("/"), path("/srv")),
            (path("/"), path("/")),
            (path("a/b"), path("a/b/c")),
            (path("/srv"), one_of(["/srv/x"])),
        ],
        &[
            (path("/srv"), path("/srvx")),
            (path("/srv/a"), path("/srv")),
            (path("/srv"), path("/")),
            (path("/"), path("srv")),
            (path("srv"), path("/srv")),
            (path("/srv"), one_of(["/srv"])),
            (path("/srv"), one_of(["/srv/../etc"])),
            (path("/srv"), glob("/srv/*")),
        ],
    );
}

#[test]
fn domains_contain_names_and_what_is_below_a_wildcard() {
    assert_constraints(
        &[
            (domain(["acme.com"]), domain(["ACME.com"])),
            (domain(["a.com", "b.com"]), domain(["b.com"])),
            (domain(["*.acme.com"]), domain(["x.acme.com", "y.x.acme.com"])),
            (domain(["*.acme.com"]), domain(["*.acme.com"])),
            (domain(["*.acme.com"]), domain(["*.x.acme.com"])),
            (domain(["acme.com", "*.acme.com"]), domain(["acme.com", "x.acme.com"])),
            (domain(["*.acme.com"]), one_of(["X.acme.com"])),
        ],
        &[
            (domain(["acme.com"]), domain(["x.acme.com"])),
            (domain(["acme.com"]), domain(["*.acme.com"])),
            (domain(["*.acme.com"]), domain(["acme.com"])),
            (domain(["*.acme.com"]), domain(["xacme.com"])),
            (domain(["*.acme.com"]), domain(["*.com"])),
            (domain(["x.acme.com"]), domain(["*.acme.com"])),
            (domain(["*.acme.com"]), domain(["x.acme.com", "b.com"])),
            (domain(["*.acme.com"]), one_of(["x.acme.com."])),
        ],
    );
}

#[test]
fn an_expression_contains_itself_and_what_it_matches() {
    assert_constraints(
        &[(regex("a|b"), regex("a|b")), (regex("a|b"), one_of(["a", "b"])), (regex("[a-z]+"), one_of(["abc"]))],
        &[
            (regex("a|b"), regex("b|a")),
            (regex("a|b"), regex("a")),
            (regex("a"), one_of(["a", "b"])),
            (regex("a*"), glob("a")),
            (glob("*"), regex("a")),
            (regex("[0-9]+"), any_of(vec![number("5")])),
            (ty(Kind::Number), regex("[0-9]+")),
            (length(1, 1), regex("a")),
        ],
    );
}

#[test]
fn networks_contain_networks_one_by_one() {
    assert_constraints(
        &[
            (net(["10.0.0.0/8"]), net(["10.0.0.0/8"])),
            (net(["10.0.0.0/8", "::/0"]), net(["10.9.0.0/16", "2001:db8::1"])),
            (net(["10.0.0.0/8", "10.0.0.0/9"]), net(["10.0.0.0/8"])),
            (net(["10.0.0.0/8"]), one_of(["10.0.0.1", "10.255.255.255"])),
        ],
        &[
            (net(["10.0.0.0/9", "10.128.0.0/9"]), net(["10.0.0.0/8"])),
            (net(["10.0.0.0/8"]), net(["10.0.0.0/7"])),
            (net(["10.0.0.0/8"]), net(["10.0.0.1", "11.0.0.1"])),
            (net(["0.0.0.0/0"]), net(["::/0"])),
            (net(["10.0.0.0/8"]), one_of(["10.0.0.01"])),
            (net(["10.0.0.0/8"]), one_of(["10.0.0.1", "11.0.0.1"])),
            (net(["10.0.0.0/8"]), glob("10.0.0.1")),
            (domain(["a.com"]), net(["10.0.0.1"])),
        ],
    );
}

#[test]
fn emails_contain_addresses_and_domains() {
    let none: [&str; 0] = [];
    assert_constraints(
        &[
            (email(["a@acme.com"], none), email(["a@ACME.com"], none)),
            (email(none, ["acme.com"]), email(["a@acme.com"], none)),
            (email(none, ["acme.com"]), email(none, ["acme.com"])),
            (email(none, ["*.acme.com"]), email(["a@x.acme.com"], ["y.acme.com"])),
            (email(none, ["acme.com"]), one_of(["b@acme.com"])),
        ],
        &[
            (email(["a@acme.com"], none), email(["b@acme.com"], none)),
            (email(["a@acme.com"], none), email(["A@acme.com"], none)),
            (email(["a@acme.com"], none), email(none, ["acme.com"])),
            (email(none, ["acme.com"]), email(["a@x.acme.com"], none)),
            (email(none, ["acme.com"]), email(none, ["*.acme.com"])),
            (email(none, ["acme.com"]), one_of(["b@acme.com, c@acme.com"])),
            (email(none, ["acme.com"]), domain(["acme.com"])),
        ],
    );
}

#[test]
fn urls_contain_urls_part_by_part() {
    let https = |host, ports: &[u16], path| url(["https"], [host], ports, path);
    assert_constraints(
        &[
            (https("a.com", &[], None), https("a.com", &[], None)),
            (https("a.com", &[], None), https("a.com", &[443], None)),
            (https("a.com", &[443, 8443], None), https("a.com", &[], None)),
            (https("a.com", &[8443], None), https("a.com", &[8443], Some("/x"))),
            (https("*.a.com", &[], None), https("x.a.com", &[], None)),
            (https("a.com", &[], Some("/")), https("a.com", &[], Some("/x"))),
            (https("a.com", &[], Some("/x")), https("a.com", &[], Some("/x/y"))),
            (https("10.0.0.1", &[], None), https("10.0.0.1", &[], None)),
            (url(["http", "https"], ["a.com"], &[], None), https("a.com", &[], None)),
            (url(["http", "https"], ["a.com"], &[443, 80], None), url(["http", "https"], ["a.com"], &[], None)),
            (url(["foo"], ["a.com"], &[], None), url(["foo"], ["a.com"], &[], None)),
            (https("a.com", &[], None), one_of(["https://a.com:443/?q"])),
        ],
        &[
            (https("a.com", &[], None), https("b.com", &[], None)),
            (https("a.com", &[], None), https("a.com", &[8443], None)),
            (https("a.com", &[8443], None), https("a.com", &[], None)),
            (https("a.com", &[], None), url(["http"], ["a.com"], &[], None)),
            (url(["http", "https"], ["a.com"], &[], None), url(["http"], ["a.com"], &[443], None)),
            (url(["foo"], ["a.com"], &[1], None), url(["foo"], ["a.com"], &[], None)),
            (url(["foo"], ["a.com"], &[], None), url(["foo"], ["a.com"], &[1], None)),
            (https("a.com", &[], Some("/x")), https("a.com", &[], None)),
            (https("a.com", &[], Some("/")), https("a.com", &[], None)),
            (https("a.com", &[], Some("/x")), https("a.com", &[], Some("/xy"))),
            (https("a.com", &[], Some("/x/y")), https("a.com", &[], Some("/x"))),
            (https("10.0.0.1", &[], None), https("10.0.0.2", &[], None)),
            (https("*.a.com", &[], None), https("10.0.0.1", &[], None)),
            (https("a.com", &[], None), one_of(["https://a.com@evil.com/"])),
        ],
    );
}

#[test]
fn types_are_the_same_integers_are_numbers_and_text_kinds_are_strings() {
    let none: [&str; 0] = [];
    assert_constraints(
        &[
            (ty(Kind::Number), ty(Kind::Integer)),
            (ty(Kind::Boolean), ty(Kind::Boolean)),
            (ty(Kind::Object), ty(Kind::Object)),
            (ty(Kind::String), glob("*")),
            (ty(Kind::String), path("/")),
            (ty(Kind::String), domain(["a.com"])),
            (ty(Kind::String), email(none, ["a.com"])),
            (ty(Kind::String), url(["https"], ["a.com"], &[], None)),
            (ty(Kind::String), one_of(["a", ""])),
            (ty(Kind::String), regex("a+")),
            (ty(Kind::String), net(["10.0.0.0/8"])),
            (ty(Kind::Integer), any_of([number("10")])),
            (ty(Kind::Number), any_of([number("1.5")])),
        ],
        &[
            (ty(Kind::Integer), ty(Kind::Number)),
            (ty(Kind::String), ty(Kind::Number)),
            (ty(Kind::String), length(0, 3)),
            (ty(Kind::String), range(0, 1)),
            (ty(Kind::String), none_of([text_of("a")])),
            (ty(Kind::Number), range(0, 1)),
            (ty(Kind::Integer), any_of([number("1.5")])),
            (ty(Kind::Number), any_of([text_of("1")])),
            (ty(Kind::Object), any_of([text_of("1")])),
            (ty(Kind::Object), ty(Kind::Array)),
        ],
    );
}

#[test]
fn what_a_deny_shares_with_a_grant_stays_denied() {
    let case = |parent_deny: &[&str], action: &str, child_deny: &[&str]| {
        gap(&scope([grant("*", [])], parent_deny), &scope([grant(action, [])], child_deny))
    };
    for (parent_deny, action, child_deny) in [
        (&["kb.delete"][..], "kb.read", &[][..]),
        (&["kb.delete"], "kb.*", &["kb.delete"]),
        (&["kb.delete"], "kb.*", &["*.delete"]),
        (&["kb.delete"], "kb.*", &["kb.*"]),
        (&["*.delete"], "kb.*", &["kb.delete"]),
        (&["*"], "kb.*", &["kb.*"]),
        (&["a.*.c"], "a.*", &["a.*.c"]),
        (&["a.*.c"], "*.b.*", &["a.b.c"]),
        (&["a.*"], "*.b", &["a.b"]),
        (&["*.b"], "a.*", &["a.b"]),
        (&["a.b", "a.c"], "a.*", &["a.*"]),
        (&["a.b.*"], "a.*.c.*", &["a.b.c.*"]),
        (&["a"], "a.*", &[]),
        (&["a.b.c"], "*.b", &[]),
    ] {
        assert_eq!(case(parent_deny, action, child_deny), None, "{parent_deny:?} {action} {child_deny:?}");
    }
    for (parent_deny, action, child_deny) in [
        (&["kb.delete"][..], "kb.*", &[][..]),
        (&["kb.delete"], "kb.delete", &["kb.read"]),
        (&["kb.delete"], "*", &["kb.delete.*"]),
        (&["*.delete"], "*", &["kb.delete"]),
        (&["*.delete"], "kb.*", &["crm.delete"]),
        (&["*"], "kb.*", &["kb.*.x"]),
        (&["a.*.c"], "*.b.*", &["a.b.d"]),
        (&["a.*"], "*.b", &["a.b.c"]),
        (&["a.b.*"], "a.*.c.*", &["a.b.c"]),
        (&["a.b", "a.c"], "a.*", &["a.b"]),
        // Two denies that cover it together are more than the rule looks at.
        (&["a.*"], "a.*", &["a.b", "a.*.*"]),
    ] {
        let expected = Some(("deny", String::new()));
        assert_eq!(case(parent_deny, action, child_deny), expected, "{parent_deny:?} {action} {child_deny:?}");
    }
}

#[test]
fn a_stated_depth_is_not_above_a_stated_bound() {
    let deep = |depth| {
        Scope::new(ScopeParts { grants: vec![grant("a", [])], max_depth: depth, ..ScopeParts::default() }).unwrap()
    };
    for (bound, asked) in [(Some(2), Some(2)), (Some(2), Some(0)), (Some(2), None), (None, Some(8)), (None, None)] {
        assert_eq!(gap(&deep(bound), &deep(asked)), None, "{bound:?} {asked:?}");
    }
    assert_eq!(gap(&deep(Some(1)), &deep(Some(2))), Some(("max-depth", String::new())));
    assert_eq!(gap(&deep(Some(0)), &deep(Some(1))), Some(("max-depth", String::new())));
}

#[test]
fn a_denial_names_action_parameter_and_both_sides() {
    let parent = scope([grant("refund", []), grant("charge", [required("amount", range(0, 500))])], &[]);
    let denial = parent.contains(&scope([grant("charge", [required("amount", range(0, 1_000))])], &[])).unwrap_err();
    let details = denial.details();
    assert_eq!(
        [&details.action, &details.parameter, &details.requested, &details.expected].map(|fact| fact.as_deref()),
        [Some("charge"), Some("amount"), Some("0 to 1000"), Some("0 to 500")]
    );
    let denial = parent.contains(&scope([grant("delete", [])], &[])).unwrap_err();
    assert_eq!(denial.details().action.as_deref(), Some("delete"));
    assert_eq!(denial.details().expected.as_deref(), Some("refund, charge"));
}

#[test]
fn the_nearest_grant_tells_what_is_wrong() {
    let far = || grant("charge", [required("amount", range(0, 500)), required("iban", glob("DE*"))]);
    let near = || grant("charge", [required("amount", range(0, 500)), required("currency", one_of(["EUR"]))]);
    let child =
        scope([grant("charge", [required("amount", range(0, 500)), required("currency", one_of(["USD"]))])], &[]);
    for parent in [scope([far(), near()], &[]), scope([near(), far()], &[])] {
        assert_eq!(gap(&parent, &child), Some(("constraint", "currency".to_owned())));
    }
}

#[test]
fn work_is_bounded_and_in_doubt_nothing_is_contained() {
    let long = |length: usize| grant("a", [required("x", glob(&format!("{}b", "*a".repeat(length / 2))))]);
    assert_contained(long(1_000), long(1_000));
    assert_gap(long(4_000), long(4_000), "too-many-comparisons", "");
    let many = |from: usize, prefix: &str| {
        scope((from..from + 1_000).map(|n| grant(&format!("tool.{prefix}{n}"), [required("x", range(0, 9))])), &[])
    };
    assert_eq!(gap(&many(0, "t"), &many(0, "t")), None, "1,000 grants against 1,000");
    let same = |count: i64| {
        scope((0..count).map(|n| grant("t", [required("x", range(n, n)), required("y", range(n, n))])), &[])
    };
    assert_eq!(gap(&same(100), &same(100)), None);
}
