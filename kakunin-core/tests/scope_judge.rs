//! What a scope accepts and refuses, by the rows of the constraint table: each acceptance beside twins that change one fact.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic; clippy exempts only #[test] functions"
)]

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::{
    Accepted, ActionPattern, Call, Constraint, DomainSet, EmailSet, Fault, Glob, Grant, GrantParts, Kind, Length,
    Limit, LimitKind, Money, Param, ParamPath, PathRoot, Range, Scalar, ScalarSet, Scope, ScopeParts, UrlSet,
};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Decimal;

use Code::{
    ActionNotAllowed as E201, DomainRestrictionViolated as E203, MonetaryLimitExceeded as E202,
    ParameterInvalid as E207, ParameterMissing as E205, ParameterUnexpected as E206, ValueNotAllowed as E204,
};

const NONE: [&str; 0] = [];
/// 2026-06-01, a Monday.
const NOW: UnixTime = UnixTime::from_seconds(1_780_272_000);

fn path(text: &str) -> ParamPath {
    ParamPath::parse(text).unwrap()
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_literal(text).unwrap()
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}

fn one_of(members: Vec<Scalar>) -> Constraint {
    Constraint::OneOf(ScalarSet::new(members).unwrap())
}

fn none_of(members: Vec<Scalar>) -> Constraint {
    Constraint::NoneOf(ScalarSet::new(members).unwrap())
}

fn range(min: Option<&str>, max: Option<&str>, money: Option<Money>) -> Constraint {
    Constraint::Range(Range::new(min.map(decimal), max.map(decimal), money).unwrap())
}

fn glob(pattern: &str) -> Constraint {
    Constraint::Glob(Glob::new(pattern).unwrap())
}

fn under(root: &str) -> Constraint {
    Constraint::Path(PathRoot::new(root).unwrap())
}

fn domain(names: &[&str]) -> Constraint {
    Constraint::Domain(DomainSet::new(names).unwrap())
}

fn email(addresses: &[&str], domains: &[&str]) -> Constraint {
    Constraint::Email(EmailSet::new(addresses, domains).unwrap())
}

fn url(schemes: &[&str], hosts: &[&str], ports: &[u16], path: Option<&str>) -> Constraint {
    Constraint::Url(UrlSet::new(schemes, hosts, ports, path).unwrap())
}

fn length(min: Option<u32>, max: Option<u32>) -> Constraint {
    Constraint::Length(Length::new(min, max).unwrap())
}

fn param(at: &str, constraint: Constraint) -> Param {
    Param::new(path(at), false, vec![constraint]).unwrap()
}

fn optional(at: &str, constraint: Constraint) -> Param {
    Param::new(path(at), true, vec![constraint]).unwrap()
}

fn kind(kind: Kind) -> Constraint {
    Constraint::Type(kind)
}

fn grant(action: &str, params: Vec<Param>) -> Grant {
    limited(action, params, vec![])
}

fn limited(action: &str, params: Vec<Param>, limits: Vec<Limit>) -> Grant {
    Grant::new(GrantParts { params, limits, ..GrantParts::new(ActionPattern::parse(action).unwrap()) }).unwrap()
}

fn open(action: &str, params: Vec<Param>) -> Grant {
    Grant::new(GrantParts { params, open: true, ..GrantParts::new(ActionPattern::parse(action).unwrap()) }).unwrap()
}

fn scope(grants: Vec<Grant>) -> Scope {
    Scope::new(ScopeParts { grants, ..ScopeParts::default() }).unwrap()
}

fn rate(max: u64, window: u32, name: Option<&str>) -> Limit {
    Limit::new(LimitKind::Rate { max }, window, name.map(str::to_owned)).unwrap()
}

fn budget(at: &str, max: &str, window: u32, name: Option<&str>) -> Limit {
    let kind = LimitKind::Budget { path: path(at), max: decimal(max) };
    Limit::new(kind, window, name.map(str::to_owned)).unwrap()
}

fn object(json: &str) -> Object {
    match Json::parse(json.as_bytes(), &JsonBounds::ARGUMENTS).unwrap() {
        Json::Object(object) => object,
        other => panic!("{other:?} is no object"),
    }
}

fn judge(scope: &Scope, action: &str, arguments: &str) -> Result<(), Denial> {
    scope.judge(&Call::new(action, &object(arguments), NOW), &mut Accepted::default())
}

/// The code, the parameter and the rule of a refusal.
fn refusal(scope: &Scope, action: &str, arguments: &str) -> (Code, Option<String>, &'static str) {
    let denial = judge(scope, action, arguments).expect_err(arguments);
    let details = denial.details();
    (denial.code(), details.parameter.as_deref().map(str::to_owned), details.rule)
}

/// Draws as (amount, position of the counter).
fn draws(scope: &Scope, action: &str, arguments: &str) -> Vec<(String, usize)> {
    let arguments = object(arguments);
    let mut accepted = Accepted::default();
    scope.judge(&Call::new(action, &arguments, NOW), &mut accepted).unwrap();
    accepted.draws.iter().map(|draw| (draw.amount.to_string(), draw.counter.position())).collect()
}

/// Judges each JSON text as the only parameter `v`.
#[track_caller]
fn check(constraint: Constraint, accepted: &[&str], refused: &[(&str, Code)]) {
    let rule = constraint.name();
    let scope = scope(vec![grant("a", vec![param("v", constraint)])]);
    for json in accepted {
        let judged = judge(&scope, "a", &format!("{{\"v\":{json}}}"));
        assert!(judged.is_ok(), "{rule} accepts {json}: {judged:?}");
    }
    for (json, code) in refused {
        let denial = judge(&scope, "a", &format!("{{\"v\":{json}}}")).expect_err(json);
        assert_eq!((denial.code(), denial.details().rule), (*code, rule), "{json}");
        assert_eq!(denial.details().action.as_deref(), Some("a"));
        assert_eq!(denial.details().parameter.as_deref(), Some("v"));
        assert!(denial.details().requested.is_some() && denial.details().expected.is_some(), "{json}");
    }
}

#[test]
fn one_of_accepts_a_member_by_json_type() {
    check(
        one_of(vec![text("EUR"), text("USD")]),
        &[r#""EUR""#, r#""\u0055SD""#],
        &[
            (r#""eur""#, E204),
            (r#""EUR ""#, E204),
            (r#""""#, E204),
            ("5", E207),
            ("true", E207),
            ("[]", E207),
            ("{}", E207),
        ],
    );
    check(
        one_of(vec![Scalar::Number(decimal("5")), Scalar::Number(decimal("0.1")), Scalar::Bool(true)]),
        &["5", "5.0", "50e-1", "0.1", "true"],
        &[("6", E204), ("0.10000000000000001e1", E204), ("false", E204), (r#""5""#, E207), (r#""true""#, E207)],
    );
    // An empty list allows nothing.
    check(one_of(vec![]), &[], &[("0", E204), (r#""""#, E204), ("false", E204), ("[]", E204)]);
}

#[test]
fn one_of_with_many_members_is_searched_and_finds_the_same() {
    let mut members: Vec<_> = (0..200).map(|n| text(&format!("k{n}"))).collect();
    members.extend((0..50).map(|n| Scalar::Number(decimal(&n.to_string()))));
    members.push(Scalar::Bool(false));
    check(
        one_of(members),
        &[r#""k0""#, r#""k199""#, r#""k42""#, "0", "49", "4.9e1", "false"],
        &[(r#""k200""#, E204), (r#""0""#, E204), ("50", E204), ("true", E204), ("[]", E207)],
    );
}

#[test]
fn none_of_accepts_values_of_its_types_only() {
    check(
        none_of(vec![text("root")]),
        &[r#""alice""#, r#""Root""#, r#""""#],
        &[(r#""root""#, E204), ("0", E207), ("true", E207), ("[]", E207), ("{}", E207)],
    );
    check(
        none_of(vec![Scalar::Number(decimal("0")), Scalar::Bool(true)]),
        &["1", "-0.5", "false"],
        &[("0", E204), ("-0", E204), ("0.0", E204), ("true", E204), (r#""1""#, E207)],
    );
}

#[test]
fn range_compares_exact_decimals() {
    check(
        range(Some("0"), Some("500"), None),
        &["0", "-0", "500", "499.99", "5e2", "0.1", r#""500""#, r#""499.999999999999999999999999""#, r#""-0""#],
        &[
            ("500.01", E204),
            ("-0.01", E204),
            ("500.00000000000006", E204),
            ("5e300", E204),
            (r#""500.000000000000000000000001""#, E204),
            (r#""10000""#, E204),
            (r#""-1""#, E204),
            (r#""""#, E207),
            (r#""5e2""#, E207),
            (r#""+5""#, E207),
            (r#"" 5""#, E207),
            (r#""5\n""#, E207),
            (r#""05""#, E207),
            (r#""0x5""#, E207),
            (r#""NaN""#, E207),
            (r#""Infinity""#, E207),
            (r#""٣""#, E207),
            ("true", E207),
            ("false", E207),
            ("[5]", E207),
            ("{}", E207),
        ],
    );
    check(range(Some("0.1"), None, None), &["0.1", "0.10000000000000002", "1e15"], &[("0.09999999999999999", E204)]);
    check(range(None, Some("-0.3"), None), &["-0.3", "-1"], &[("-0.29999999999999993", E204), ("0", E204)]);
    // A bound that no double is: doubles are compared with it digit by digit.
    check(
        range(Some("0.1000000000000000000001"), Some("9007199254740991.5"), None),
        &["0.10000000000000002", "9007199254740991", r#""0.1000000000000000000001""#, r#""9007199254740991.5""#],
        &[("0.1", E204), (r#""0.1000000000000000000000""#, E204), (r#""9007199254740991.51""#, E204)],
    );
}

#[test]
fn money_starts_at_zero_and_has_a_code_of_its_own() {
    check(
        range(None, Some("500"), Some(Money::new(None))),
        &["0", "500", r#""499.99""#],
        &[("47000", E202), ("-1", E202), ("-0.01", E202), (r#""500.01""#, E202), (r#""much""#, E207), ("true", E207)],
    );
    // A minimum that is stated may lie below.
    check(range(Some("-10"), Some("500"), Some(Money::new(None))), &["-10"], &[("-10.01", E202)]);
}

#[test]
fn a_refused_amount_names_its_currency() {
    let amount = range(None, Some("500"), Some(Money::new(Some(path("currency")))));
    let params = vec![param("amount", amount.clone()), param("currency", one_of(vec![text("EUR")]))];
    let one = scope(vec![grant("refund", params)]);
    let denial = judge(&one, "refund", r#"{"amount":47000,"currency":"EUR"}"#).unwrap_err();
    assert_eq!(denial.details().requested.as_deref(), Some("47000"));
    assert_eq!(denial.details().expected.as_deref(), Some("0 to 500 (EUR)"));
    let params = vec![param("amount", amount), param("currency", one_of(vec![text("EUR"), text("USD")]))];
    let two = scope(vec![grant("refund", params)]);
    let denial = judge(&two, "refund", r#"{"amount":501,"currency":"EUR"}"#).unwrap_err();
    assert_eq!(denial.details().expected.as_deref(), Some("0 to 500"));
    let denial = judge(&two, "refund", r#"{"amount":1,"currency":"JPY"}"#).unwrap_err();
    assert_eq!((denial.code(), denial.details().expected.as_deref()), (E204, Some(r#"one of "EUR", "USD""#)));
}

#[test]
fn glob_matches_the_whole_text() {
    check(
        glob("report-*"),
        &[r#""report-""#, r#""report-1""#, r#""report-..""#, r#""report-é😀""#],
        &[
            (r#""xreport-1""#, E204),
            (r#""Report-1""#, E204),
            (r#""report-a/b""#, E204),
            (r#""report-1\n""#, E204),
            (r#""report-\u0000""#, E204),
            (r#""report-\u007f""#, E204),
            (r#""report-\u0085""#, E204),
            (r#""report""#, E204),
            ("5", E207),
            ("[]", E207),
        ],
    );
    check(glob("*.acme.com"), &[r#""x.acme.com""#], &[(r#""x.acme.com.evil.org""#, E204), (r#""acme.com""#, E204)]);
    check(glob("a*a"), &[r#""aa""#, r#""aba""#], &[(r#""a""#, E204)]);
    check(glob("a*b*c"), &[r#""abc""#, r#""aXbYc""#, r#""abbcbc""#], &[(r#""acb""#, E204), (r#""abcd""#, E204)]);
    check(glob("plain"), &[r#""plain""#], &[(r#""plain ""#, E204), (r#""""#, E204)]);
}

#[test]
fn a_glob_of_paths_obeys_the_refusals_of_paths() {
    check(
        glob("kb/**/*.md"),
        &[r#""kb/a/b.md""#, r#""kb/a/b/c.md""#, r#""kb/.a/..b.md""#],
        &[
            (r#""kb/b.md""#, E204),
            (r#""kb/../x/b.md""#, E204),
            (r#""kb/a/../b.md""#, E204),
            (r#""kb/./b.md""#, E204),
            (r#""kb//b.md""#, E204),
            (r#""kb/a\\b/c.md""#, E204),
            (r#""kb/%2e%2e/c.md""#, E204),
            (r#""kb/a/b.md\n""#, E204),
            (r#""kb/\u0000/b.md""#, E204),
            (r#""/kb/a/b.md""#, E204),
            (r#""kb/a/b.mdx""#, E204),
        ],
    );
    check(
        glob("**"),
        &[r#""a""#, r#""a/b""#],
        &[
            (r#""/a""#, E204),
            (r#""..""#, E204),
            (r#""""#, E204),
            (r#""a/""#, E204),
            (r#""~/a""#, E204),
            (r#""a%b""#, E204),
        ],
    );
    check(glob("/**"), &[r#""/a""#, r#""/a/b""#], &[(r#""a""#, E204), (r#""//a""#, E204), (r#""/""#, E204)]);
    check(glob("/srv/*"), &[r#""/srv/a""#], &[(r#""/srv/a/b""#, E204), (r#""/srv/..""#, E204), (r#""/srv/""#, E204)]);
    check(glob("a/b"), &[r#""a/b""#], &[(r#""a/c""#, E204), (r#""/a/b""#, E204)]);
}

#[test]
fn globs_take_time_by_input_times_pattern() {
    // Both blow up a matcher that backtracks: the first in the number of stars, the second in the length squared.
    let stars = glob(&format!("{}c*a", "a*".repeat(30)));
    let deep = glob(&format!("a{}c**a", "**a*a*".repeat(60)));
    let long = format!(r#""{}""#, "a".repeat(60_000));
    check(stars, &[], &[(&long, E204)]);
    let slashes = format!(r#""{}a""#, "a/".repeat(30_000));
    check(deep, &[], &[(&long, E204), (&slashes, E204)]);
}

#[test]
fn length_counts_code_points_and_elements() {
    check(
        length(Some(1), Some(3)),
        &[r#""a""#, r#""éé😀""#],
        &[(r#""""#, E204), (r#""abcd""#, E204), ("1", E207), ("true", E207), ("{}", E207), ("[]", E204)],
    );
    let limited = scope(vec![grant("a", vec![param("v", length(None, Some(2))), param("v[]", kind(Kind::Number))])]);
    assert!(judge(&limited, "a", r#"{"v":[1,2]}"#).is_ok());
    assert_eq!(refusal(&limited, "a", r#"{"v":[1,2,3]}"#), (E204, Some("v".into()), "length"));
}

#[test]
fn path_lies_strictly_under_its_root() {
    check(
        under("/srv/data"),
        &[
            r#""/srv/data/a""#,
            r#""/srv/data/a/b.txt""#,
            r#""/srv/data/.hidden""#,
            r#""/srv/data/...""#,
            r#""/srv/data/~a""#,
        ],
        &[
            (r#""/srv/data""#, E204),
            (r#""/srv/data/""#, E204),
            (r#""/srv/database/a""#, E204),
            (r#""/srv/data/../x""#, E204),
            (r#""/srv/data/a/..""#, E204),
            (r#""/srv/data/./a""#, E204),
            (r#""/srv/data//a""#, E204),
            (r#""/srv/data/a\\..\\..\\x""#, E204),
            (r#""/srv/data/%2e%2e/x""#, E204),
            (r#""/srv/data/a\u0000""#, E204),
            (r#""/srv/data/a\n""#, E204),
            (r#""/srv/data/a\u009f""#, E204),
            (r#""srv/data/a""#, E204),
            (r#""//srv/data/a""#, E204),
            (r#""/SRV/data/a""#, E204),
            ("1", E207),
        ],
    );
    check(under("docs"), &[r#""docs/a""#], &[(r#""/docs/a""#, E204), (r#""~/docs/a""#, E204), (r#""docs""#, E204)]);
    check(under("/"), &[r#""/a""#, r#""/a/b""#], &[(r#""/""#, E204), (r#""a""#, E204), (r#""//a""#, E204)]);
}

#[test]
fn domain_is_a_host_name_in_one_form() {
    check(
        domain(&["acme.com", "*.Example.org", "xn--bcher-kva.example"]),
        &[r#""acme.com""#, r#""ACME.com""#, r#""a.example.org""#, r#""a.b.EXAMPLE.org""#, r#""xn--bcher-kva.example""#],
        &[
            (r#""example.org""#, E203),
            (r#""xexample.org""#, E203),
            (r#""www.acme.com""#, E203),
            (r#""acme.com.evil.org""#, E203),
            (r#""10.0.0.1""#, E203),
            (r#""2001:db8::1""#, E203),
            (r#""2001:db8::0:1""#, E207),
            (r#""[2001:db8::1]""#, E207),
            (r#""::ffff:10.0.0.1""#, E207),
            (r#""acme.com.""#, E207),
            (r#"".acme.com""#, E207),
            (r#""acme..com""#, E207),
            (r#""-a.example.org""#, E207),
            (r#""a_b.example.org""#, E207),
            (r#""bücher.example""#, E207),
            (r#""аcme.com""#, E207),
            (r#""acme.com\n""#, E207),
            (r#""acme.com:443""#, E207),
            (r#""user@acme.com""#, E207),
            (r#""*.example.org""#, E207),
            (r#""127.1""#, E207),
            (r#""0x7f.0.0.1""#, E207),
            (r#""2130706433""#, E207),
            (r#""010.0.0.1""#, E207),
            (r#""1.a.example.org.0x""#, E207),
            (r#""::1""#, E203),
            (r#""[::1]""#, E207),
            (r#""""#, E207),
            ("1", E207),
        ],
    );
    let long = format!("{}.example.org", "a".repeat(64));
    check(domain(&["*.example.org"]), &[], &[(&format!("\"{long}\""), E207)]);
}

#[test]
fn email_is_exactly_one_plain_address() {
    check(
        email(&["Ann@Acme.com"], &["example.org", "*.example.net"]),
        &[r#""Ann@acme.com""#, r#""Ann@ACME.COM""#, r#""a.b+c@example.org""#, r#""x@a.example.net""#],
        &[
            (r#""ann@acme.com""#, E203),
            (r#""bob@acme.com""#, E203),
            (r#""x@example.net""#, E203),
            (r#""x@example.org.evil.com""#, E203),
            (r#""a@example.org,b@evil.com""#, E207),
            (r#""a@evil.com;b@example.org""#, E207),
            (r#""a@example.org b@evil.com""#, E207),
            (r#""Ann <a@example.org>""#, E207),
            (r#""<a@example.org>""#, E207),
            (r#""\"a b\"@example.org""#, E207),
            (r#""a@b@example.org""#, E207),
            (r#""a(x)@example.org""#, E207),
            (r#""a@example.org\nBcc: x@evil.com""#, E207),
            (r#""a@[10.0.0.1]""#, E207),
            (r#""a@10.0.0.1""#, E207),
            (r#"".a@example.org""#, E207),
            (r#""a..b@example.org""#, E207),
            (r#""a.@example.org""#, E207),
            (r#""@example.org""#, E207),
            (r#""a@""#, E207),
            (r#""a""#, E207),
            (r#""ä@example.org""#, E207),
            (r#""a@exämple.org""#, E207),
            (r#""a@example.org.""#, E207),
            ("1", E207),
        ],
    );
    let local = |length: usize| format!(r#""{}@example.org""#, "a".repeat(length));
    check(email(&NONE, &["example.org"]), &[&local(64)], &[(&local(65), E207)]);
}

#[test]
fn url_is_read_where_all_parsers_agree() {
    check(
        url(&NONE, &["acme.com", "*.acme.com", "10.0.0.1", "2001:db8::1"], &[], None),
        &[
            r#""https://acme.com""#,
            r#""https://acme.com/""#,
            r#""HTTPS://ACME.com:443/a?b=c#d""#,
            r#""https://a.b.acme.com?x""#,
            r#""https://10.0.0.1/""#,
            r#""https://[2001:db8::1]:443/""#,
            r#""https://acme.com/a@b/%2e%2e/..""#,
        ],
        &[
            (r#""http://acme.com/""#, E203),
            (r#""https://acme.com:8443/""#, E203),
            (r#""https://evil.com/""#, E203),
            (r#""https://acme.com.evil.com/""#, E203),
            (r#""https://evilacme.com/""#, E203),
            (r#""https://10.0.0.2/""#, E203),
            (r#""https://x.10.0.0.1/""#, E207),
            (r#""https://[2001:db8::2]/""#, E203),
            (r#""https://user@acme.com/""#, E207),
            (r#""https://acme.com:pw@evil.com/""#, E207),
            (r#""https://acme.com\\@evil.com/""#, E207),
            (r#""https://evil.com\\.acme.com/""#, E207),
            (r#""https:\\\\acme.com""#, E207),
            (r#""https:acme.com""#, E207),
            (r#""https:/acme.com""#, E207),
            (r#""https:///acme.com""#, E207),
            (r#""//acme.com""#, E207),
            (r#""acme.com""#, E207),
            (r#"" https://acme.com""#, E207),
            (r#""https://acme.com ""#, E207),
            (r#""https://acme.com/a b""#, E207),
            (r#""https://acme.com/\n""#, E207),
            (r#""https://acme\t.com/""#, E207),
            (r#""https://acme.com/\u0000""#, E207),
            (r#""https://acme.com/é""#, E207),
            (r#""https://acme.com/%zz""#, E207),
            (r#""https://acme.com/%2""#, E207),
            (r#""https://acme.com/#a#b""#, E207),
            (r#""https://acme.com/<a>""#, E207),
            (r#""https://acme.com./""#, E207),
            (r#""https://аcme.com/""#, E207),
            (r#""https://acme%2ecom/""#, E207),
            (r#""https://acme.com:/""#, E207),
            (r#""https://acme.com:0443/""#, E207),
            (r#""https://acme.com:65536/""#, E207),
            (r#""https://acme.com:+443/""#, E207),
            (r#""https://acme.com:443:443/""#, E207),
            (r#""https://0x0a.0.0.1/""#, E207),
            (r#""https://167772161/""#, E207),
            (r#""https://10.1/""#, E207),
            (r#""https://010.0.0.1/""#, E207),
            (r#""https://[2001:DB8::1]/""#, E207),
            (r#""https://[2001:db8:0::1]/""#, E207),
            (r#""https://[::ffff:10.0.0.1]/""#, E207),
            (r#""https://[2001:db8::1%25eth0]/""#, E207),
            (r#""https://[2001:db8::1/""#, E207),
            (r#""https://2001:db8::1/""#, E207),
            (r#""javascript:alert(1)""#, E207),
            (r#""""#, E207),
            ("1", E207),
        ],
    );
}

#[test]
fn url_ports_are_those_listed_or_the_schemes_own() {
    check(
        url(&["http", "https", "ws"], &["acme.com"], &[], None),
        &[r#""http://acme.com:80""#, r#""ws://acme.com""#, r#""https://acme.com:443""#],
        &[(r#""http://acme.com:443""#, E203), (r#""https://acme.com:80""#, E203), (r#""wss://acme.com""#, E203)],
    );
    check(
        url(&NONE, &["acme.com"], &[8443, 443], None),
        &[r#""https://acme.com""#, r#""https://acme.com:8443""#],
        &[(r#""https://acme.com:80""#, E203)],
    );
    check(
        url(&NONE, &["acme.com"], &[8443], None),
        &[r#""https://acme.com:8443""#],
        &[(r#""https://acme.com""#, E203)],
    );
    check(
        url(&["redis"], &["acme.com"], &[], None),
        &[r#""redis://acme.com""#],
        &[(r#""redis://acme.com:6379""#, E203)],
    );
}

#[test]
fn url_path_is_at_or_under_by_segments() {
    check(
        url(&NONE, &["acme.com"], &[], Some("/api/v1")),
        &[
            r#""https://acme.com/api/v1""#,
            r#""https://acme.com/api/v1/""#,
            r#""https://acme.com/api/v1/a%20b?c=/../""#,
            r#""https://acme.com/api/v1/...""#,
            r#""https://acme.com/api/v1/a;b=../c;..""#,
        ],
        &[
            (r#""https://acme.com""#, E203),
            (r#""https://acme.com/api/v10""#, E203),
            (r#""https://acme.com/api""#, E203),
            (r#""https://acme.com/API/v1""#, E203),
            (r#""https://acme.com//api/v1""#, E203),
            (r#""https://acme.com/api/v1/../v2""#, E203),
            (r#""https://acme.com/api/v1/..""#, E203),
            (r#""https://acme.com/api/v1/./a""#, E203),
            (r#""https://acme.com/api/v1/%2e%2e/v2""#, E203),
            (r#""https://acme.com/api/v1/.%2E/v2""#, E203),
            (r#""https://acme.com/api/v1/..%2fv2""#, E203),
            (r#""https://acme.com/api/v1/..%5cv2""#, E203),
            (r#""https://acme.com/api/v1/%252e%252e/v2""#, E203),
            (r#""https://acme.com/api/v1/..;/v2""#, E203),
            (r#""https://acme.com/api/v1/%2e.%3bx/v2""#, E203),
            (r#""https://acme.com/api/v1//a""#, E203),
            (r#""https://acme.com/api/v1/a%00""#, E203),
            (r#""https://acme.com?/api/v1""#, E203),
            (r#""https://acme.com#/api/v1""#, E203),
        ],
    );
    check(
        url(&NONE, &["acme.com"], &[], Some("/")),
        &[r#""https://acme.com""#, r#""https://acme.com/""#, r#""https://acme.com/a""#],
        &[(r#""https://acme.com/..""#, E203), (r#""https://acme.com//""#, E203), (r#""https://acme.com//a""#, E203)],
    );
}

#[test]
fn type_is_the_json_type() {
    let all = [r#""a""#, "0.5", "7", "true", "{}", "[]"];
    for (accepted, constraint) in [
        (vec![r#""a""#], Kind::String),
        (vec!["0.5", "7"], Kind::Number),
        (vec!["7", "7.0", "70e-1"], Kind::Integer),
        (vec!["true"], Kind::Boolean),
        (vec!["{}", r#"{"a":{"b":[null]}}"#], Kind::Object),
        (vec!["[]", "[[1],null,{}]"], Kind::Array),
    ] {
        let refused: Vec<_> =
            all.into_iter().filter(|json| !accepted.contains(json)).map(|json| (json, E207)).collect();
        check(kind(constraint), &accepted, &refused);
    }
}

#[test]
fn several_constraints_are_an_and() {
    let both = Param::new(path("v"), false, vec![range(Some("0"), None, None), kind(Kind::Integer)]).unwrap();
    let scope = scope(vec![grant("a", vec![both])]);
    assert!(judge(&scope, "a", r#"{"v":1}"#).is_ok());
    assert_eq!(refusal(&scope, "a", r#"{"v":0.5}"#).2, "type");
    assert_eq!(refusal(&scope, "a", r#"{"v":-1}"#).2, "range");
    assert_eq!(refusal(&scope, "a", r#"{"v":"1"}"#).2, "type");
}

#[test]
fn a_named_parameter_is_required_unless_optional() {
    let required = scope(vec![grant("a", vec![param("v", kind(Kind::String))])]);
    assert_eq!(refusal(&required, "a", "{}"), (E205, Some("v".into()), "required"));
    assert_eq!(refusal(&required, "a", r#"{"v":null}"#), (E205, Some("v".into()), "required"));
    let loose = scope(vec![grant("a", vec![optional("v", kind(Kind::String))])]);
    assert!(judge(&loose, "a", "{}").is_ok());
    assert!(judge(&loose, "a", r#"{"v":null}"#).is_ok());
    assert_eq!(refusal(&loose, "a", r#"{"v":1}"#), (E207, Some("v".into()), "type"));
    assert_eq!(refusal(&loose, "a", r#"{"v":[]}"#), (E207, Some("v".into()), "type"));
}

#[test]
fn optional_lets_any_member_on_the_path_be_absent_or_null() {
    let loose = scope(vec![grant("a", vec![optional("x.y", kind(Kind::String))])]);
    for accepted in ["{}", r#"{"x":null}"#, r#"{"x":{}}"#, r#"{"x":{"y":null}}"#, r#"{"x":{"y":"s"}}"#] {
        assert!(judge(&loose, "a", accepted).is_ok(), "{accepted}");
    }
    // Where the path goes on, another type is refused, optional or not.
    for refused in [r#"{"x":1}"#, r#"{"x":"s"}"#, r#"{"x":[]}"#, r#"{"x":false}"#] {
        assert_eq!(refusal(&loose, "a", refused), (E207, Some("x.y".into()), "type"), "{refused}");
    }
    let required = scope(vec![grant("a", vec![param("x.y", kind(Kind::String))])]);
    for refused in ["{}", r#"{"x":null}"#, r#"{"x":{}}"#, r#"{"x":{"y":null}}"#] {
        assert_eq!(refusal(&required, "a", refused), (E205, Some("x.y".into()), "required"), "{refused}");
    }
}

#[test]
fn every_element_is_judged_nulls_too() {
    for param in [param("x[]", kind(Kind::Number)), optional("x[]", kind(Kind::Number))] {
        let scope = scope(vec![grant("a", vec![param])]);
        assert!(judge(&scope, "a", r#"{"x":[]}"#).is_ok());
        assert!(judge(&scope, "a", r#"{"x":[1,2]}"#).is_ok());
        for refused in [r#"{"x":[1,null]}"#, r#"{"x":[1,"2"]}"#, r#"{"x":[[1]]}"#, r#"{"x":1}"#, r#"{"x":{}}"#] {
            assert_eq!(refusal(&scope, "a", refused).0, E207, "{refused}");
        }
    }
    let nested = scope(vec![grant("a", vec![optional("x[].y", kind(Kind::Number))])]);
    for accepted in [r#"{"x":[]}"#, r#"{"x":[{}]}"#, r#"{"x":[{"y":1},{"y":null}]}"#, "{}"] {
        assert!(judge(&nested, "a", accepted).is_ok(), "{accepted}");
    }
    // `optional` speaks of object members: an element is never null.
    assert_eq!(refusal(&nested, "a", r#"{"x":[{"y":1},null]}"#).0, E207);
    let required = scope(vec![grant("a", vec![param("x[].y", kind(Kind::Number))])]);
    assert_eq!(refusal(&required, "a", r#"{"x":[{"y":1},{}]}"#), (E205, Some("x[].y".into()), "required"));
    assert_eq!(refusal(&required, "a", "{}"), (E205, Some("x[].y".into()), "required"));
    assert!(judge(&required, "a", r#"{"x":[]}"#).is_ok());
    let matrix = scope(vec![grant("a", vec![param("m[][]", range(None, Some("1"), None))])]);
    assert!(judge(&matrix, "a", r#"{"m":[[0],[],[1,0]]}"#).is_ok());
    assert_eq!(refusal(&matrix, "a", r#"{"m":[[0],[1,2]]}"#), (E204, Some("m[][]".into()), "range"));
}

#[test]
fn every_leaf_is_named() {
    let closed = scope(vec![grant("a", vec![param("x.y", kind(Kind::String)), optional("l[].k", kind(Kind::Number))])]);
    assert!(judge(&closed, "a", r#"{"x":{"y":"s"},"l":[{"k":1}]}"#).is_ok());
    for (arguments, leaf) in [
        (r#"{"x":{"y":"s"},"z":1}"#, "z"),
        (r#"{"x":{"y":"s"},"z":null}"#, "z"),
        (r#"{"x":{"y":"s"},"z":[]}"#, "z"),
        (r#"{"x":{"y":"s"},"z":{}}"#, "z"),
        (r#"{"x":{"y":"s","z":{"b":{"c":1},"d":2}}}"#, "x.z.b.c"),
        (r#"{"x":{"y":"s"},"l":[{"k":1},{"j":2}]}"#, "l[].j"),
        (r#"{"x":{"y":"s"},"l":[{},{"j.k":[[null]]}]}"#, r"l[].j\.k[][]"),
        (r#"{"x":{"y":"s"},"Z":1,"a":2}"#, "Z"),
    ] {
        assert_eq!(refusal(&closed, "a", arguments), (E206, Some(leaf.into()), "unexpected"), "{arguments}");
    }
    // Empty containers and nulls through which a path passes are named.
    assert!(judge(&closed, "a", r#"{"x":{"y":"s"},"l":[]}"#).is_ok());
    assert!(judge(&closed, "a", r#"{"x":{"y":"s"},"l":[{}]}"#).is_ok());
    assert!(judge(&closed, "a", r#"{"x":{"y":"s"},"l":null}"#).is_ok());
    // A path that ends at a container names none of what is in it, unless it is of its type.
    let counted = scope(vec![grant("a", vec![param("l", length(None, Some(3)))])]);
    assert!(judge(&counted, "a", r#"{"l":[]}"#).is_ok());
    assert_eq!(refusal(&counted, "a", r#"{"l":[1]}"#), (E206, Some("l[]".into()), "unexpected"));
    let whole = scope(vec![grant("a", vec![param("o", kind(Kind::Object))])]);
    assert!(judge(&whole, "a", r#"{"o":{"b":[1,{"c":null}]}}"#).is_ok());
    assert_eq!(refusal(&whole, "a", r#"{"o":{},"p":{}}"#), (E206, Some("p".into()), "unexpected"));
    // Without parameters nothing may come; an open grant lets anything come that it does not name.
    assert_eq!(refusal(&scope(vec![grant("a", vec![])]), "a", r#"{"b":1}"#).0, E206);
    assert!(judge(&scope(vec![grant("a", vec![])]), "a", "{}").is_ok());
    let open = scope(vec![open("a", vec![param("v", kind(Kind::String))])]);
    assert!(judge(&open, "a", r#"{"v":"s","w":{"x":[null]}}"#).is_ok());
    assert_eq!(refusal(&open, "a", r#"{"v":1,"w":1}"#).0, E207);
}

/// What the profile says of leaves, word for word, over a list of all of them instead of a tree of paths.
#[test]
fn every_leaf_is_named_as_the_profile_words_it() {
    type Path = Vec<Option<&'static str>>;
    const KEYS: [&str; 2] = ["a", "b"];

    fn values(depth: usize) -> Vec<Json> {
        let mut all = vec![Json::Bool(true), Json::Null, Json::Array(vec![]), Json::Object(Object::new())];
        if depth > 0 {
            let below = values(depth - 1);
            all.extend(below.iter().map(|value| Json::Array(vec![Json::Null, value.clone()])));
            for key in KEYS {
                all.extend(below.iter().map(|value| with(&[(key, value)]).into()));
            }
        }
        all
    }
    fn with(members: &[(&str, &Json)]) -> Object {
        Object::from_members(members.iter().map(|(key, value)| ((*key).to_owned(), (*value).clone())).collect())
            .unwrap()
    }
    fn leaves(value: &Json, at: &Path, found: &mut Vec<(Path, bool)>) {
        let step = |step| [at.as_slice(), &[step]].concat();
        match value {
            Json::Object(object) if !object.is_empty() => object.iter().for_each(|(key, value)| {
                leaves(value, &step(KEYS.into_iter().find(|known| *known == key)), found);
            }),
            Json::Array(elements) if !elements.is_empty() => {
                elements.iter().for_each(|element| leaves(element, &step(None), found));
            }
            Json::Null | Json::Object(_) | Json::Array(_) => found.push((at.clone(), true)),
            _ => found.push((at.clone(), false)),
        }
    }
    fn written(path: &Path) -> String {
        let steps = path.iter().map(|step| step.map_or("[]".to_owned(), |key| format!(".{key}")));
        steps.collect::<String>().trim_start_matches('.').to_owned()
    }

    let paths: [Path; 5] = [
        vec![Some("a")],
        vec![Some("a"), Some("a")],
        vec![Some("a"), None],
        vec![Some("a"), None, Some("b")],
        vec![Some("b"), Some("a"), Some("b")],
    ];
    let kinds = [None, Some(Kind::Boolean), Some(Kind::Object), Some(Kind::Array)];
    let inner = with(&[("b", &Json::Bool(false))]).into();
    let few = [Json::Null, Object::new().into(), with(&[("a", &inner)]).into()];
    let calls: Vec<Object> = values(2)
        .iter()
        .flat_map(|a| few.iter().map(move |b| with(&[("a", a), ("b", b)])).chain([with(&[("a", a)])]))
        .collect();
    let (mut accepted, mut refused) = (0, 0);
    for choice in 0..kinds.len().pow(5) {
        let named: Vec<(&Path, Kind)> = paths
            .iter()
            .enumerate()
            .filter_map(|(index, path)| Some((path, kinds[choice / kinds.len().pow(index as u32) % kinds.len()]?)))
            .collect();
        let scope =
            scope(vec![grant("t", named.iter().map(|(path, of)| optional(&written(path), kind(*of))).collect())]);
        for arguments in &calls {
            let mut all = Vec::new();
            leaves(&Json::Object(arguments.clone()), &vec![], &mut all);
            let unnamed = all.iter().find(|(leaf, hollow)| {
                !named.iter().any(|(path, of)| {
                    leaf == *path
                        || (*hollow && path.starts_with(leaf))
                        || (matches!(of, Kind::Object | Kind::Array) && leaf.starts_with(path))
                })
            });
            match scope.judge(&Call::new("t", arguments, NOW), &mut Accepted::default()) {
                Ok(()) => {
                    assert_eq!(unnamed, None, "{arguments:?} {named:?}");
                    accepted += 1;
                }
                Err(denial) if denial.code() == E206 => {
                    let leaf = unnamed.map(|(leaf, _)| written(leaf));
                    assert_eq!(denial.details().parameter.as_deref(), leaf.as_deref(), "{arguments:?} {named:?}");
                    refused += 1;
                }
                // A value of the wrong type: parameters are judged before leaves.
                Err(denial) => assert_eq!(denial.code(), E207),
            }
        }
    }
    assert!(accepted > 4_000 && refused > 2_000, "{accepted} {refused}");
}

#[test]
fn an_empty_list_allows_nothing_and_zero_is_zero() {
    let nothing = scope(vec![grant("a", vec![optional("v", one_of(vec![]))])]);
    assert!(judge(&nothing, "a", "{}").is_ok());
    assert_eq!(refusal(&nothing, "a", r#"{"v":""}"#).0, E204);
    check(range(None, Some("0"), Some(Money::new(None))), &["0", "-0"], &[("0.01", E202), ("-0.01", E202)]);
    check(length(None, Some(0)), &[r#""""#, "[]"], &[(r#""a""#, E204)]);
    let zero = limited("a", vec![param("v", kind(Kind::Number))], vec![rate(0, 1, None), budget("v", "0", 1, None)]);
    assert_eq!(draws(&scope(vec![zero]), "a", r#"{"v":0}"#).len(), 2, "drawn, so that a store refuses");
}

#[test]
fn the_first_grant_whose_action_matches_names_the_failure() {
    let both = scope(vec![
        grant("kb.*", vec![param("q", kind(Kind::String))]),
        grant("kb.read", vec![param("n", range(Some("1"), None, None)), param("m", kind(Kind::String))]),
    ]);
    assert!(judge(&both, "kb.read", r#"{"q":"s"}"#).is_ok());
    assert!(judge(&both, "kb.read", r#"{"n":1,"m":"s"}"#).is_ok());
    let grants: Vec<_> = both.grants().iter().map(|grant| grant.action().to_string()).collect();
    let (code, parameter, _) = refusal(&both, "kb.read", r#"{"n":0}"#);
    let expected = if grants[0] == "kb.*" { (E205, "q") } else { (E204, "n") };
    assert_eq!((code, parameter.as_deref()), (expected.0, Some(expected.1)));
    // Within it parameters come before unexpected leaves.
    let one = scope(vec![grant("kb.read", vec![param("q", kind(Kind::String))])]);
    assert_eq!(refusal(&one, "kb.read", r#"{"a":1,"q":1}"#), (E207, Some("q".into()), "type"));
    assert_eq!(refusal(&one, "kb.read", r#"{"a":1}"#), (E205, Some("q".into()), "required"));
}

#[test]
fn an_action_is_granted_by_something_and_denied_by_nothing() {
    let grants = vec![grant("kb.*", vec![]), grant("*.list", vec![]), grant("pay", vec![])];
    let deny = vec![ActionPattern::parse("kb.secret.*").unwrap(), ActionPattern::parse("admin.*").unwrap()];
    let scope = Scope::new(ScopeParts { grants, deny, ..ScopeParts::default() }).unwrap();
    for action in ["kb.read", "kb.a.b", "crm.list", "pay", "kb.secret"] {
        assert!(judge(&scope, action, "{}").is_ok(), "{action}");
    }
    for (action, rule) in [
        ("kb", "no-grant"),
        ("Pay", "no-grant"),
        ("pay.now", "no-grant"),
        ("kb.secret.x", "deny"),
        ("admin.list", "deny"),
        ("", "action-name"),
        ("*", "action-name"),
        ("kb.*", "action-name"),
        ("kb..read", "action-name"),
        ("kb.read\n", "action-name"),
        ("a.b.c.d.e.f.g.h.i", "action-name"),
    ] {
        assert_eq!(refusal(&scope, action, "{}"), (E201, None, rule), "{action:?}");
    }
    // A closed world: nothing granted, nothing allowed.
    assert_eq!(refusal(&self::scope(vec![]), "pay", "{}"), (E201, None, "no-grant"));
}

#[test]
fn limits_of_every_accepting_grant_are_drawn_and_equal_counters_once() {
    let grants = vec![
        limited(
            "pay",
            vec![param("amount", range(None, Some("500"), None))],
            vec![rate(3, 60, None), rate(9, 60, Some("all"))],
        ),
        limited(
            "pay",
            vec![param("amount", range(None, Some("100"), None))],
            vec![rate(3, 60, None), rate(1, 10, None)],
        ),
        limited("*", vec![optional("amount", kind(Kind::Number))], vec![rate(9, 60, Some("all"))]),
    ];
    let scope =
        Scope::new(ScopeParts { grants, limits: vec![rate(50, 3_600, None)], ..ScopeParts::default() }).unwrap();
    assert_eq!(scope.counters().len(), 4);
    let drawn = |amount: &str| {
        let mut positions: Vec<_> =
            draws(&scope, "pay", &format!("{{\"amount\":{amount}}}")).into_iter().map(|draw| draw.1).collect();
        assert_eq!(positions.last(), Some(&(scope.counters().len() - 1)), "scope-wide limits come last");
        positions.sort_unstable();
        assert!(positions.is_sorted_by(|a, b| a < b), "each once: {positions:?}");
        positions.len()
    };
    assert_eq!(drawn("50"), 4, "all four counters, each once");
    assert_eq!(drawn("400"), 3, "the second grant does not accept");
    assert_eq!(drawn("900"), 2, "the third only");
}

#[test]
fn a_refusal_draws_nothing() {
    let free = ActionPattern::parse("free").unwrap();
    let free = Grant::new(GrantParts { open: true, limits: vec![rate(3, 60, None)], ..GrantParts::new(free) }).unwrap();
    let grants = vec![limited("pay", vec![], vec![rate(3, 60, None)]), free];
    let scope =
        Scope::new(ScopeParts { grants, limits: vec![budget("amount", "10", 60, None)], ..ScopeParts::default() })
            .unwrap();
    let arguments = object("{}");
    let mut accepted = Accepted::default();
    scope.judge(&Call::new("pay", &arguments, NOW), &mut accepted).unwrap();
    assert_eq!(accepted.draws.len(), 2);
    // Refused by the grant, and refused by the scope-wide budget after the grant has drawn.
    for (action, refused) in [("pay", r#"{"amount":1}"#), ("free", r#"{"amount":-1}"#)] {
        let refused = object(refused);
        assert!(scope.judge(&Call::new(action, &refused, NOW), &mut accepted).is_err());
        assert_eq!(accepted.draws.len(), 2, "{action}");
    }
}

#[test]
fn budgets_sum_their_parameter_exactly() {
    let pay = |limits| {
        let params = vec![param("items[].amount", range(Some("-5"), None, None)), param("note", kind(Kind::String))];
        scope(vec![limited("pay", params, limits)])
    };
    let scope = pay(vec![budget("items[].amount", "100", 86_400, None)]);
    for (items, sum) in
        [("[]", "0"), (r#"[{"amount":0.1},{"amount":0.2}]"#, "0.3"), (r#"[{"amount":"10.50"},{"amount":4}]"#, "14.5")]
    {
        let arguments = format!(r#"{{"items":{items},"note":""}}"#);
        assert_eq!(draws(&scope, "pay", &arguments), [(sum.to_owned(), 0)], "{items}");
    }
    // Accepted by its constraint, yet no amount that a budget can take: refused, not skipped.
    let negative = r#"{"items":[{"amount":6},{"amount":-1}],"note":""}"#;
    assert_eq!(refusal(&scope, "pay", negative), (E207, Some("items[].amount".into()), "budget"));
    assert!(judge(&pay(vec![]), "pay", negative).is_ok());
}

#[test]
fn a_scope_wide_budget_draws_nothing_where_its_parameter_is_absent() {
    let grants = vec![open("pay", vec![]), open("kb.read", vec![])];
    let scope =
        Scope::new(ScopeParts { grants, limits: vec![budget("amount", "100", 60, None)], ..ScopeParts::default() })
            .unwrap();
    for (arguments, sum) in
        [("{}", "0"), (r#"{"amount":null}"#, "0"), (r#"{"amount":7}"#, "7"), (r#"{"amount":"7"}"#, "7")]
    {
        assert_eq!(draws(&scope, "kb.read", arguments), [(sum.to_owned(), 0)], "{arguments}");
    }
    for arguments in [r#"{"amount":-1}"#, r#"{"amount":"x"}"#, r#"{"amount":true}"#, r#"{"amount":[1]}"#] {
        assert_eq!(refusal(&scope, "pay", arguments), (E207, Some("amount".into()), "budget"), "{arguments}");
    }
}

#[test]
fn counters_differ_by_label_kind_path_window_and_currency_never_by_maximum() {
    let eur = |currency: &str, limits: Vec<Limit>| {
        let money = Money::new(Some(path("currency")));
        limited(
            "pay",
            vec![param("amount", range(None, Some("9"), Some(money))), param("currency", one_of(vec![text(currency)]))],
            limits,
        )
    };
    let id = |limit: Limit| *scope(vec![eur("EUR", vec![limit])]).counters()[0].id();
    let base = id(budget("amount", "5", 60, None));
    assert_eq!(base, id(budget("amount", "6", 60, None)), "the maximum is no part of it");
    for other in [
        id(budget("amount", "5", 61, None)),
        id(budget("amount", "5", 60, Some("pay"))),
        id(rate(5, 60, None)),
        *scope(vec![eur("USD", vec![budget("amount", "5", 60, None)])]).counters()[0].id(),
        *Scope::new(ScopeParts { limits: vec![budget("amount", "5", 60, None)], ..ScopeParts::default() })
            .unwrap()
            .counters()[0]
            .id(),
    ] {
        assert_ne!(base, other);
    }
    assert_eq!(
        id(rate(1, 60, Some("shared"))),
        *Scope::new(ScopeParts { limits: vec![rate(1, 60, Some("shared"))], ..ScopeParts::default() })
            .unwrap()
            .counters()[0]
            .id(),
        "a name is one counter wherever it stands"
    );
}

#[test]
fn what_contradicts_itself_is_no_scope() {
    fn rule<T>(made: Result<T, Fault>) -> &'static str {
        made.map(|_| ()).unwrap_err().rule
    }
    let action = || ActionPattern::parse("pay").unwrap();
    let number = || kind(Kind::Number);
    let amount = |currency: Option<&str>| param("amount", range(None, Some("9"), Some(Money::new(currency.map(path)))));
    let listed = |count: usize| param("currency", one_of(["EUR", "USD"].into_iter().take(count).map(text).collect()));
    let grant = |params, limits| Grant::new(GrantParts { params, limits, ..GrantParts::new(action()) });
    let whole = |grants, limits| Scope::new(ScopeParts { grants, limits, ..ScopeParts::default() });

    assert_eq!(rule(Param::new(path("v"), false, vec![])), "constraints-count");
    let many = (0..17).map(|n| range(Some(&n.to_string()), None, None));
    assert!(Param::new(path("v"), false, many.clone().take(16).collect()).is_ok());
    assert_eq!(rule(Param::new(path("v"), false, many.collect())), "constraints-count");
    assert_eq!(rule(Param::new(path("v"), false, vec![number(), number()])), "constraint-twice");
    assert_eq!(rule(Param::new(path("v"), false, vec![none_of(vec![])])), "none-of-empty");
    assert_eq!(rule(ScalarSet::new(vec![text("a"), Scalar::Bool(true), text("a")])), "scalar-twice");
    assert_eq!(
        rule(ScalarSet::new(vec![Scalar::Number(decimal("5")), Scalar::Number(decimal("5.0"))])),
        "scalar-twice"
    );
    assert!(ScalarSet::new(vec![Scalar::Number(decimal("5")), text("5")]).is_ok());

    assert_eq!(rule(Range::new(None, None, None)), "range-open");
    assert_eq!(rule(Range::new(Some(decimal("2")), Some(decimal("1")), None)), "range-empty");
    assert_eq!(rule(Range::new(None, Some(decimal("-1")), Some(Money::new(None)))), "range-empty");
    assert!(Range::new(Some(decimal("1")), Some(decimal("1")), None).is_ok());
    assert_eq!(rule(Range::new(None, Some(decimal("1e35")), None)), "decimal-exponent");
    assert_eq!(rule(Range::new(None, Some(decimal("1e-35")), None)), "decimal-exponent");
    assert!(Range::new(None, Some(decimal("1e34")), None).is_ok());
    assert_eq!(rule(Length::new(None, None)), "length-open");
    assert_eq!(rule(Length::new(Some(2), Some(1))), "length-empty");
    for root in ["", "a/", "//", "a//b", "..", "/a/../b", "./a", "~", "~/a", "a\\b", "a%b", "a\n"] {
        assert_eq!(rule(PathRoot::new(root)), "path-root", "{root:?}");
    }
    for pattern in ["a//b", "../**", "**/..", "a/./b", "~*/b", "**/", "/", "a/*/", "a\\**", "**%"] {
        assert_eq!(rule(Glob::new(pattern)), "glob-nothing", "{pattern:?}");
    }
    for pattern in ["", "*", "***", "~*", "a%", "a\\b", "..", "/*", "**/x", ".*/x"] {
        assert!(Glob::new(pattern).is_ok(), "{pattern:?}");
    }
    assert_eq!(rule(Glob::new("a\n*")), "glob-control");
    assert_eq!(rule(DomainSet::new(&NONE)), "domain-empty");
    for name in ["", "acme.com.", "*", "*.", "a.*.b", "bücher.de", "10.0.0.1", "::1", "*.10.0.0.1", "a b", "127.1"] {
        assert_eq!(rule(DomainSet::new(&[name])), "domain-name", "{name:?}");
    }
    assert_eq!(rule(DomainSet::new(&["acme.com", "ACME.com"])), "domain-name");
    assert_eq!(rule(EmailSet::new(&NONE, &NONE)), "email-empty");
    assert_eq!(rule(EmailSet::new(&["a@b@c.de"], &NONE)), "email-address");
    assert_eq!(rule(EmailSet::new(&["a@c.de", "a@C.de"], &NONE)), "email-address");
    assert!(EmailSet::new(&["a@c.de", "A@c.de"], &NONE).is_ok());
    assert_eq!(rule(EmailSet::new(&NONE, &["10.0.0.1"])), "email-domain");
    assert_eq!(rule(UrlSet::new(&NONE, &NONE, &[], None)), "url-host");
    assert_eq!(rule(UrlSet::new(&NONE, &["[::1]"], &[], None)), "url-host");
    assert_eq!(rule(UrlSet::new(&NONE, &["::ffff:1.2.3.4"], &[], None)), "url-host");
    assert_eq!(rule(UrlSet::new(&["ht tp"], &["a.de"], &[], None)), "url-scheme");
    assert_eq!(rule(UrlSet::new(&["https", "HTTPS"], &["a.de"], &[], None)), "url-scheme");
    assert_eq!(rule(UrlSet::new(&NONE, &["a.de"], &[0], None)), "url-port");
    assert_eq!(rule(UrlSet::new(&NONE, &["a.de"], &[1, 1], None)), "url-port");
    for prefix in ["", "a", "/a/", "//", "/a/../b", "/a%20", "/a?b", "/a#b", "/a b"] {
        assert_eq!(rule(UrlSet::new(&NONE, &["a.de"], &[], Some(prefix))), "url-path", "{prefix:?}");
    }

    let per = |window, name: Option<&str>| Limit::new(LimitKind::Rate { max: 0 }, window, name.map(str::to_owned));
    assert!(per(1, None).is_ok() && per(31_622_400, Some("a")).is_ok());
    assert_eq!(rule(per(0, None)), "limit-window");
    assert_eq!(rule(per(31_622_401, None)), "limit-window");
    assert_eq!(rule(per(1, Some(""))), "limit-name");
    assert_eq!(rule(per(1, Some("a\n"))), "limit-name");
    assert_eq!(rule(per(1, Some(&"a".repeat(65)))), "limit-name");
    let negative = LimitKind::Budget { path: path("amount"), max: decimal("-1") };
    assert_eq!(rule(Limit::new(negative, 1, None)), "limit-max");

    assert_eq!(rule(grant(vec![param("v", number()), optional("v", kind(Kind::String))], vec![])), "param-twice");
    assert_eq!(rule(grant(vec![], vec![rate(1, 1, None), rate(1, 1, None)])), "limit-twice");
    assert_eq!(rule(grant(vec![amount(Some("currency"))], vec![])), "money-currency");
    assert_eq!(rule(grant(vec![amount(Some("currency")), param("currency", glob("*"))], vec![])), "money-currency");
    let absent = optional("currency", one_of(vec![text("EUR")]));
    assert_eq!(rule(grant(vec![amount(Some("currency")), absent], vec![])), "money-currency");
    assert!(grant(vec![amount(Some("currency")), listed(2)], vec![]).is_ok());
    let spend = || vec![budget("amount", "5", 60, None)];
    assert_eq!(rule(grant(vec![], spend())), "budget-parameter");
    assert_eq!(rule(grant(vec![optional("amount", number())], spend())), "budget-parameter");
    assert!(grant(vec![param("amount", number())], spend()).is_ok());
    assert_eq!(rule(grant(vec![amount(Some("currency")), listed(2)], spend())), "budget-currency");
    assert!(grant(vec![amount(Some("currency")), listed(1)], spend()).is_ok());
    assert!(grant(vec![amount(None)], spend()).is_ok());
    let twice = |second: &str| {
        let money = |max: &str, currency: &str| range(None, Some(max), Some(Money::new(Some(path(currency)))));
        let amount = Param::new(path("amount"), false, vec![money("9", "currency"), money("8", "other")]).unwrap();
        grant(vec![amount, listed(1), param("other", one_of(vec![text(second)]))], spend())
    };
    assert!(twice("EUR").is_ok());
    assert_eq!(rule(twice("USD")), "budget-currency");

    let plain = |limits| grant(vec![param("amount", number())], limits).unwrap();
    assert_eq!(rule(whole(vec![plain(vec![]), plain(vec![])], vec![])), "grant-twice");
    assert_eq!(rule(Scope::new(ScopeParts { deny: vec![action(), action()], ..ScopeParts::default() })), "deny-twice");
    assert_eq!(rule(whole(vec![], vec![rate(1, 1, None), rate(1, 1, None)])), "limit-twice");
    assert_eq!(rule(whole(vec![], vec![rate(1, 1, None), rate(2, 1, None)])), "limit-counter");
    assert!(whole(vec![], vec![rate(1, 1, None), rate(2, 1, Some("b")), rate(2, 2, None)]).is_ok());
    assert_eq!(rule(whole(vec![plain(vec![rate(1, 1, Some("n"))])], vec![rate(2, 1, Some("n"))])), "limit-counter");
    assert_eq!(rule(Scope::new(ScopeParts { max_depth: Some(9), ..ScopeParts::default() })), "max-depth");
    assert!(Scope::new(ScopeParts { max_depth: Some(8), ..ScopeParts::default() }).is_ok());
    let money = |currency: &str, action: &str| {
        let list = param("currency", one_of(vec![text(currency)]));
        Grant::new(GrantParts {
            params: vec![amount(Some("currency")), list],
            ..GrantParts::new(ActionPattern::parse(action).unwrap())
        })
        .unwrap()
    };
    assert!(whole(vec![money("EUR", "a"), money("EUR", "b")], spend()).is_ok());
    assert_eq!(rule(whole(vec![money("EUR", "a"), money("USD", "b")], spend())), "budget-currency");
    assert_eq!(rule(whole(vec![money("EUR", "a"), plain(vec![])], spend())), "budget-currency");
    assert!(whole(vec![money("EUR", "a"), money("USD", "b")], vec![]).is_ok());
    let grants: Vec<_> = (0..1_025).map(|n| self::grant(&format!("a{n}"), vec![])).collect();
    assert!(whole(grants.get(..1_024).unwrap().to_vec(), vec![]).is_ok());
    assert_eq!(rule(whole(grants, vec![])), "grants-count");
}

#[test]
fn a_thousand_grants_are_found_by_their_action() {
    let mut grants: Vec<_> = (0..1_000)
        .map(|n| grant(&format!("tools.t{n}"), vec![param("v", range(None, Some(&n.to_string()), None))]))
        .collect();
    grants.push(grant("*.shared", vec![]));
    grants.push(grant("kb.*", vec![]));
    grants.push(grant("kb.read", vec![param("v", kind(Kind::String))]));
    let scope = scope(grants);
    assert!(judge(&scope, "tools.t0", r#"{"v":0}"#).is_ok());
    assert!(judge(&scope, "tools.t999", r#"{"v":999}"#).is_ok());
    assert_eq!(refusal(&scope, "tools.t500", r#"{"v":501}"#).0, E204);
    assert_eq!(refusal(&scope, "tools.t1000", "{}").0, E201);
    assert!(judge(&scope, "kb.shared", "{}").is_ok());
    assert!(judge(&scope, "kb.read", "{}").is_ok());
    assert!(judge(&scope, "kb.read", r#"{"v":"s"}"#).is_ok());
}
