use kakunin_core::error::Code::{self, ParameterInvalid as E207};
use kakunin_core::scope::{
    Accepted, ActionPattern, Approval, Approver, Call, Fault, Grant, GrantParts, Scope, ScopeParts, Who,
};
use kakunin_core::value::Arguments;

use super::{MONDAY, judged, scope};

fn asking(unless: &str, params: &str) -> Scope {
    scope(&format!(
        "[[approvers]]\nname = 'ops'\nrole = 'ops'\n[[grant]]\naction = 'a'\nopen = true\napproval = {{ of = 'ops', unless = \
         {{ {unless} }} }}\nparams = {{ {params} }}"
    ))
}

#[test]
fn an_approval_is_needed_unless_every_constraint_is_satisfied() {
    let scope = asking("v = { max = 100, min = 1 }, w = 'x'", "");
    for (arguments, needed) in [
        (r#"{"v":100,"w":"x"}"#, 0),
        (r#"{"v":"100","w":"x"}"#, 0),
        (r#"{"v":101,"w":"x"}"#, 1),
        (r#"{"v":0,"w":"x"}"#, 1),
        (r#"{"v":100,"w":"y"}"#, 1),
        (r#"{"v":100}"#, 1),
        (r#"{"v":100,"w":null}"#, 1),
        (r#"{"v":null,"w":"x"}"#, 1),
        (r#"{"v":true,"w":"x"}"#, 1),
        (r#"{"v":[1],"w":"x"}"#, 1),
        (r#"{"v":{"v":1},"w":"x"}"#, 1),
        ("{}", 1),
    ] {
        assert_eq!(judged(&scope, arguments), Ok((needed, 0)), "{arguments}");
    }
}

#[test]
fn every_element_must_satisfy_and_an_empty_array_satisfies_nothing() {
    let scope = asking("'items[].price' = { max = 5 }, list = { type = 'array' }", "");
    for (arguments, needed) in [
        (r#"{"items":[{"price":5},{"price":1}],"list":[0]}"#, 0),
        (r#"{"items":[{"price":5},{"price":6}],"list":[0]}"#, 1),
        (r#"{"items":[{"price":5},{}],"list":[0]}"#, 1),
        (r#"{"items":[{"price":5},null],"list":[0]}"#, 1),
        (r#"{"items":[],"list":[0]}"#, 1),
        (r#"{"items":{"price":5},"list":[0]}"#, 1),
        (r#"{"items":[{"price":5}],"list":[]}"#, 1),
        (r#"{"items":[{"price":5}],"list":{}}"#, 1),
    ] {
        assert_eq!(judged(&scope, arguments), Ok((needed, 0)), "{arguments}");
    }
}

#[test]
fn an_approval_without_unless_is_always_needed() {
    let scope = scope("[[approvers]]\nname = 'ops'\nrole = 'ops'\n[[grant]]\naction = 'a'\napproval = { of = 'ops' }");
    assert_eq!(judged(&scope, "{}"), Ok((1, 0)));
}

#[test]
fn limits_and_approvals_of_every_accepting_grant_bind() {
    // The grants that ask for nothing come first or last in encoded order; neither way may hide one that asks.
    for plain in ["a", "*"] {
        for asks in ["a", "*"] {
            let scope = scope(&format!(
                "[[approvers]]\nname = 'ops'\nrole = 'ops'\n[[approvers]]\nname = 'finance'\nrole = 'finance'
                [[grant]]\naction = '{plain}'\nopen = true
                [[grant]]\naction = '{asks}'\nopen = true\napproval = {{ of = 'ops' }}
                [[grant]]\naction = '{asks}'\nopen = true\napproval = {{ of = 'finance' }}\nlimits = [{{ rate = 5, per = '1h' }}]
                [[grant]]\naction = 'a'\napproval = {{ of = 'finance' }}\nparams = {{ v = 1 }}"
            ));
            assert_eq!(judged(&scope, "{}"), Ok((2, 1)), "{plain} {asks}");
            assert_eq!(judged(&scope, r#"{"v":1}"#), Ok((3, 1)), "{plain} {asks}");
        }
    }
}

#[test]
fn a_refusal_asks_for_nothing() {
    let scope = asking("v = 1", "v = { max = 5 }, w = { type = 'number' }");
    let budgeted = super::scope(
        "limits = [{ budget = 'v', max = 9, per = '1d' }]\n[[approvers]]\nname = 'ops'\nrole = 'ops'\n[[grant]]\naction = \
         'a'\napproval = { of = 'ops' }\nparams = { v = { type = 'number' } }",
    );
    let arguments =
        |text: &str| Arguments::parse(text.as_bytes(), &kakunin_core::bounds::JsonBounds::ARGUMENTS).unwrap();
    let (good, wide, negative) =
        (arguments(r#"{"v":2,"w":1}"#), arguments(r#"{"v":6,"w":1}"#), arguments(r#"{"v":-1}"#));
    let mut accepted = Accepted::default();
    let mut judge = |scope: &'static Scope, arguments: &Arguments| {
        let judged = scope.judge(&Call::new("a", arguments.object(), MONDAY), &mut accepted);
        (judged.map_err(|denial| denial.code()), accepted.approvals.len())
    };
    let (scope, budgeted): (&Scope, &Scope) = (Box::leak(Box::new(scope)), Box::leak(Box::new(budgeted)));
    assert_eq!(judge(scope, &good), (Ok(()), 1));
    assert_eq!(judge(scope, &wide), (Err(Code::ValueNotAllowed), 1));
    // The grant accepts and asks; then the scope-wide budget cannot be drawn.
    assert_eq!(judge(budgeted, &negative), (Err(E207), 1));
}

#[test]
fn asked_names_the_approvers_of_the_scope_that_asks() {
    let scope = scope(
        "[[approvers]]\nname = 'ops'\nrole = 'night'\n[[approvers]]\nname = 'ops'\nrole = 'day'
        [[approvers]]\nname = 'finance'\nrole = 'cfo'\n[[grant]]\naction = 'a'\napproval = { of = 'ops', need = 2 }",
    );
    let arguments = Arguments::default();
    let mut accepted = Accepted::default();
    scope.judge(&Call::new("a", arguments.object(), MONDAY), &mut accepted).unwrap();
    let asked = accepted.approvals.first().unwrap();
    assert_eq!((asked.approval.need(), asked.approval.to_string().as_str()), (2, "2 of `ops`"));
    let eligible: Vec<&Who> = asked.eligible().map(Approver::who).collect();
    assert_eq!(eligible, [&Who::Role("day".to_owned()), &Who::Role("night".to_owned())]);
}

#[test]
fn approvals_that_nobody_can_give_are_no_scope() {
    let key = |name: &str, byte: u8| Approver::new(name, Who::Key([byte; 32])).unwrap();
    let role = |name: &str| Approver::new(name, Who::Role("r".to_owned())).unwrap();
    let made = |approvers: Vec<Approver>, of: &[&str], need: u8| -> Result<Scope, Fault> {
        let of = of.iter().map(|name| (*name).to_owned()).collect();
        let approval = Some(Approval::new(of, need, vec![])?);
        let grant = Grant::new(GrantParts { approval, ..GrantParts::new(ActionPattern::parse("a")?) })?;
        Scope::new(ScopeParts { grants: vec![grant], approvers, ..ScopeParts::default() })
    };
    let rule = |made: Result<Scope, Fault>| made.map_or_else(|fault| fault.rule, |_| "");
    assert_eq!(rule(made(vec![key("a", 1)], &["a"], 1)), "");
    assert_eq!(rule(made(vec![key("a", 1)], &["b"], 1)), "approver-unknown");
    assert_eq!(rule(made(vec![key("a", 1)], &["a", "b"], 1)), "approver-unknown");
    assert_eq!(rule(made(vec![key("a", 1)], &["a"], 2)), "approval-need");
    assert_eq!(rule(made(vec![key("a", 1), key("a", 2)], &["a"], 2)), "");
    assert_eq!(rule(made(vec![key("a", 1), key("b", 2)], &["a"], 2)), "approval-need", "`b` is not asked");
    assert_eq!(rule(made(vec![key("a", 1), key("b", 1)], &["a", "b"], 2)), "approval-need", "one key, two names");
    assert_eq!(rule(made(vec![key("a", 1), role("a")], &["a"], 16)), "", "a role has any number of persons");
    assert_eq!(rule(made(vec![key("a", 1), key("a", 1)], &["a"], 1)), "approver-twice");
    assert_eq!(rule(made(vec![role("a")], &["a"], 0)), "approval-need");
    assert_eq!(rule(made(vec![role("a")], &["a"], 17)), "approval-need");
    assert_eq!(rule(made(vec![role("a")], &[], 1)), "approval-of");
    assert_eq!(rule(made(vec![role("a")], &["a", "a"], 1)), "approval-of");
    let named =
        |name: &str, role: &str| Approver::new(name, Who::Role(role.to_owned())).map_err(|fault| fault.rule).err();
    assert_eq!(named(&"é".repeat(64), &"r".repeat(64)), None);
    for name in ["", "a\n", &"x".repeat(65)] {
        assert_eq!(named(name, "r"), Some("approver-name"));
    }
    for wrong in ["", "a b", "a:b", "é", &"x".repeat(65)] {
        assert_eq!(named("a", wrong), Some("approver-role"), "{wrong}");
    }
}

#[test]
fn unless_may_name_money_of_a_currency_that_the_grant_lists() {
    let with = |params: &str| {
        let toml = format!(
            "[[approvers]]\nname = 'ops'\nrole = 'ops'\n[[grant]]\naction = 'a'\napproval = {{ of = 'ops', unless = {{ v = {{ \
             max = 1, money = 'c' }} }} }}\nparams = {{ v = {{ max = 5, money = 'c' }}, {params} }}"
        );
        kakunin_core::scope::authoring::compile(&toml, kakunin_core::scope::authoring::Format::Toml)
    };
    assert!(with("c = 'EUR'").is_ok());
    assert!(with("c = { type = 'string' }").is_err());
    let free = with("c = ['EUR', 'USD']").unwrap();
    assert_eq!(judged(&free, r#"{"v":1,"c":"USD"}"#), Ok((0, 0)));
    assert_eq!(judged(&free, r#"{"v":1.01,"c":"USD"}"#), Ok((1, 0)));
}
