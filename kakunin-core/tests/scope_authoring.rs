//! The authoring form: what compiles, and to which scope; what does not, and where.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use kakunin_core::bounds::Bounds;
use kakunin_core::scope::authoring::{Format, compile, to_json, to_toml};
use kakunin_core::scope::{
    ActionPattern, Approval, Approver, Constraint, DomainSet, EmailSet, Glob, Grant, GrantParts, Hours, Interval, Kind,
    Length, Limit, LimitKind, Money, NetSet, Network, Param, ParamPath, PathRoot, Range, Regex, Scalar, ScalarSet,
    Scope, ScopeParts, Step, UrlSet, Who,
};
use kakunin_core::value::Decimal;

const PAYMENTS: &str = r#"# payments.toml
[[grant]]
action = "charge"
limits = [{ rate = 10, per = "1h" }, { budget = "amount", max = 2000, per = "1d" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"#;

/// Every key of the form, in the shape in which people write it.
const EVERYTHING: &str = r#"
deny = ["admin.*", "payments.refund"]
max_depth = 2
limits = [{ rate = 1000, per = "1d", name = "all" }]

[[grant]]
action = "mail.send"
open = false
limits = [{ rate = 5, per = "90s" }]
[grant.params]
subject = { length = { min = 1, max = 200 } }
body = { type = "string", none-of = ["x", "y"] }
"to[]" = { email = { addresses = ["ceo@acme.com"], domains = ["acme.com", "*.acme.com"] } }
"reply.to" = { optional = true, email = { domains = "acme.com" } }
priority = { one-of = [1, 2, "high", true], optional = true }

[[grant]]
action = "files.*"
open = true
params = { "a\\.b" = { path = "/srv/reports" }, glob = { glob = "*.pdf" } }

[[grant]]
action = "http.get"
[grant.params.url]
url = { schemes = ["https", "http"], hosts = ["api.acme.com", "10.0.0.1"], ports = [443, 8443], path = "/v1" }
[grant.params.host]
domain = "acme.com"
[grant.params.score]
min = "-0.50"
max = 1_000.25
all = [{ min = 0 }, { none-of = [5] }]
"#;

const NOBODY: &[&str] = &[];

fn mistakes(text: &str, format: Format) -> Vec<String> {
    compile(text, format).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_literal(text).unwrap()
}

fn path(text: &str) -> ParamPath {
    ParamPath::parse(text).unwrap()
}

fn scalars(scalars: Vec<Scalar>) -> ScalarSet {
    ScalarSet::new(scalars).unwrap()
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn number(digits: &str) -> Scalar {
    Scalar::Number(decimal(digits))
}

fn param(name: &str, constraint: Constraint) -> Param {
    Param::new(path(name), false, vec![constraint]).unwrap()
}

#[test]
fn a_document_is_the_scope_that_its_constructors_make() {
    let params = vec![
        param(
            "amount",
            Constraint::Range(
                Range::new(None, Some(decimal("500")), Some(Money::new(Some(path("currency"))))).unwrap(),
            ),
        ),
        param("currency", Constraint::OneOf(scalars(vec![text("EUR")]))),
        param("customer", Constraint::Glob(Glob::new("cus_*").unwrap())),
    ];
    let budget = LimitKind::Budget { path: path("amount"), max: decimal("2000") };
    let limits =
        vec![Limit::new(LimitKind::Rate { max: 10 }, 3_600, None).unwrap(), Limit::new(budget, 86_400, None).unwrap()];
    let grant =
        Grant::new(GrantParts { params, limits, ..GrantParts::new(ActionPattern::parse("charge").unwrap()) }).unwrap();
    let scope = Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() }).unwrap();
    assert_eq!(compile(PAYMENTS, Format::Toml), Ok(scope.clone()));
    let json = r#"{"grant": [{
        "action": "charge",
        "limits": [{"budget": "amount", "max": "2000.0", "per": "24h"}, {"rate": 10, "per": "60m"}],
        "params": {
            "customer": {"glob": "cus_*"},
            "amount": {"min": 0, "max": 5e2, "money": "currency"},
            "currency": {"one-of": ["EUR"]}
        }
    }]}"#;
    assert_eq!(compile(json, Format::Json), Ok(scope));
}

#[test]
fn each_constraint_is_written_by_its_name() {
    for (toml, expected) in [
        ("5", Constraint::OneOf(scalars(vec![number("5")]))),
        ("[]", Constraint::OneOf(scalars(vec![]))),
        ("[true, '5', 5]", Constraint::OneOf(scalars(vec![Scalar::Bool(true), number("5"), text("5")]))),
        ("{ one-of = 'a' }", Constraint::OneOf(scalars(vec![text("a")]))),
        ("{ none-of = [1.50] }", Constraint::NoneOf(scalars(vec![number("1.5")]))),
        ("{ min = -1 }", Constraint::Range(Range::new(Some(decimal("-1")), None, None).unwrap())),
        (
            "{ money = true, max = '9.99' }",
            Constraint::Range(Range::new(Some(Decimal::ZERO), Some(decimal("9.99")), Some(Money::new(None))).unwrap()),
        ),
        ("{ glob = '**/x' }", Constraint::Glob(Glob::new("**/x").unwrap())),
        ("{ length = { max = 3 } }", Constraint::Length(Length::new(None, Some(3)).unwrap())),
        ("{ path = 'a/b' }", Constraint::Path(PathRoot::new("a/b").unwrap())),
        ("{ domain = ['A.io', '*.b.io'] }", Constraint::Domain(DomainSet::new(&["*.b.io", "a.io"]).unwrap())),
        ("{ email = { addresses = 'x@a.io' } }", Constraint::Email(EmailSet::new(&["x@a.io"], NOBODY).unwrap())),
        (
            "{ url = { hosts = ['a.io'], ports = 8443 } }",
            Constraint::Url(UrlSet::new(&["https"], &["a.io"], &[8443], None).unwrap()),
        ),
        ("{ type = 'integer' }", Constraint::Type(Kind::Integer)),
    ] {
        let document = format!("[[grant]]\naction = 'a'\nparams = {{ p = {toml} }}");
        let scope = compile(&document, Format::Toml).unwrap_or_else(|errors| panic!("{toml}: {}", errors[0]));
        assert_eq!(scope.grants()[0].params(), [param("p", expected)], "{toml}");
    }
}

#[test]
fn decimals_are_read_from_their_digits() {
    // Neither is a double: read as doubles they would be 0.1 and 1234567890123456800000000000000000.
    let digits = "0.1000000000000000000000000000000001";
    let large = "1234567890123456789012345678901234";
    let toml = format!("[[grant]]\naction = 'a'\nparams = {{ p = {{ min = {digits}, max = {large} }}, q = {large} }}");
    let json =
        format!(r#"{{"grant":[{{"action":"a","params":{{"q":{large},"p":{{"min":{digits},"max":"{large}"}}}}}}]}}"#);
    let expected = vec![
        param("q", Constraint::OneOf(scalars(vec![number(large)]))),
        param("p", Constraint::Range(Range::new(Some(decimal(digits)), Some(decimal(large)), None).unwrap())),
    ];
    let grant =
        Grant::new(GrantParts { params: expected, ..GrantParts::new(ActionPattern::parse("a").unwrap()) }).unwrap();
    let scope = Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() }).unwrap();
    assert_eq!(compile(&toml, Format::Toml), Ok(scope.clone()));
    assert_eq!(compile(&json, Format::Json), Ok(scope));
    let too_long = "[[grant]]\naction = 'a'\nparams = { p = 12345678901234567890123456789012345 }";
    assert_eq!(
        mistakes(too_long, Format::Toml),
        ["line 3, column 16: `12345678901234567890123456789012345` is no decimal of at most 34 digits"]
    );
}

#[test]
fn keys_are_whole_paths() {
    let toml = r#"
        [[grant]]
        action = "a"
        [grant.params]
        "b.c[].d" = 1
        "e\\.f" = 2
        'g\[\]' = 3
    "#;
    let scope = compile(toml, Format::Toml).unwrap();
    let key = |text: &str| Step::Key(text.to_owned());
    let steps: Vec<&[Step]> = scope.grants()[0].params().iter().map(|param| param.path().steps()).collect();
    for expected in [vec![key("b"), key("c"), Step::Each, key("d")], vec![key("e.f")], vec![key("g[]")]] {
        assert!(steps.contains(&expected.as_slice()), "{expected:?}");
    }
}

/// A dotted key is a nested table in TOML: read as one, `file.path = "/x"` would bind `file` and not its member.
#[test]
fn a_path_that_is_not_quoted_is_a_mistake() {
    let document = |line: &str| format!("[[grant]]\naction = 'a'\n[grant.params]\n{line}\n");
    for line in ["file.path = '/x'", "amount.max = 5", "a . b = 1", "\"a\".b = 1"] {
        let found = mistakes(&document(line), Format::Toml);
        assert_eq!(found.len(), 1, "{line}");
        assert!(found[0].starts_with("line 4, column 1: a path with dots is quoted as a whole"), "{}", found[0]);
    }
    assert_eq!(
        mistakes(&document("customer = { address = { city = 'x' } }"), Format::Toml),
        [
            "line 4, column 14: `address` is no constraint; a path with dots is quoted as a whole: `\"customer.address\"`"
        ]
    );
    assert!(compile(&document("'file.path' = '/x'"), Format::Toml).is_ok());
}

#[test]
fn a_mistake_has_its_place_and_the_nearest_word() {
    let grant = |params: &str| format!("[[grant]]\naction = \"a\"\n[grant.params]\n{params}\n");
    for (document, expected) in [
        ("[[grants]]".to_owned(), "line 1, column 3: unknown key `grants`, did you mean `grant`?"),
        ("[[grant]]\nopen = true".to_owned(), "line 1, column 1: a grant needs `action`"),
        (
            "[[grant]]\naction = \"a\"\nparam = {}".to_owned(),
            "line 3, column 1: unknown key `param`, did you mean `params`?",
        ),
        (
            "[grant]\naction = \"a\"".to_owned(),
            "line 1, column 1: `grant` is a list of tables: write `[[grant]]` in TOML, `[{…}]` in JSON",
        ),
        (grant("x = { maxx = 5 }"), "line 4, column 7: unknown constraint `maxx`, did you mean `max`?"),
        (grant("é = { one_of = [5] }"), ""),
        (grant("x = { 'é' = 1, one_of = [5] }"), "line 4, column 7: unknown constraint `é`"),
        (grant("x = { zzzzzz = 5 }"), "line 4, column 7: unknown constraint `zzzzzz`"),
        (grant("x = { range = { max = 5 } }"), "line 4, column 7: a range is written as `min`, `max` and `money`"),
        (grant("x = {}"), "line 4, column 5: this asks for nothing: name a constraint, such as `type`"),
        (
            grant("x = { optional = true }"),
            "line 4, column 5: this asks for nothing: name a constraint, such as `type`",
        ),
        (grant("x = { max = true }"), "line 4, column 13: `max` must be a number, not a boolean"),
        (grant("x = { min = 2, max = 1 }"), "line 4, column 22: the range's `min` 2 is above its `max` 1"),
        (grant("x = { max = 0x10 }"), "line 4, column 13: `0x10` is no decimal of at most 34 digits"),
        (grant("x = { max = inf }"), "line 4, column 13: `inf` is no decimal of at most 34 digits"),
        (grant("x = { type = 'sting' }"), "line 4, column 14: unknown type `sting`, did you mean `string`?"),
        (grant("x = { money = false, max = 1 }"), "line 4, column 15: leave `money` out of what is no amount of money"),
        (grant("x = { none-of = [] }"), "line 4, column 17: `none-of` must not be empty"),
        (grant("x = { all = [] , max = 1 }"), "line 4, column 13: `all` must not be empty: leave it out"),
        (grant("x = { all = [{ optional = true }], max = 1 }"), "line 4, column 16: unknown constraint `optional`"),
        (grant("x = 1979-05-27"), "line 4, column 5: a value must be text, a number or a boolean, not a date or time"),
        (
            grant("x = { length = { max = -1 } }"),
            "line 4, column 24: `max` cannot be -1: too large, negative or no plain integer",
        ),
        (grant("x = { url = { ports = [443] } }"), "line 4, column 13: `url` needs `hosts`"),
        (grant("x = [1, 1.0]"), "line 4, column 9: 1 stands twice in one list"),
        (grant("\"x..y\" = 1"), "line 4, column 1: `x..y` has an empty key"),
        ("deny = []".to_owned(), "line 1, column 8: `deny` must not be empty: leave it out"),
        ("limits = []".to_owned(), "line 1, column 10: `limits` must not be empty: leave it out"),
        ("max_depth = 9".to_owned(), "line 1, column 13: a depth of 9 is more than 8"),
        ("max_depth = '2'".to_owned(), "line 1, column 13: `max_depth` must be an integer, not text"),
        ("[[limits]]\nrate = 1".to_owned(), "line 1, column 1: a limit needs `per`"),
        ("[[limits]]\nper = '1h'".to_owned(), "line 1, column 1: a limit needs `rate`, or `budget` and `max`"),
        ("[[limits]]\nper = '1h'\nbudget = 'x'".to_owned(), "line 3, column 10: a budget needs `max`"),
        (
            "[[limits]]\nper = '1h'\nrate = 1\nmax = 2".to_owned(),
            "line 4, column 7: `max` belongs to `budget`; `rate` holds its own number",
        ),
        (
            "[[limits]]\nper = '1h'\nrate = 1\nbudget = 'x'".to_owned(),
            "line 4, column 10: a limit has `rate` or `budget`, not both",
        ),
        ("a = 1\na = 2".to_owned(), "line 2, column 1: duplicate key"),
    ] {
        let found = mistakes(&document, Format::Toml);
        if expected.is_empty() {
            assert_eq!(found.len(), 1, "a bare key is ASCII: {document}");
        } else {
            assert_eq!(found.first().map(String::as_str), Some(expected), "{document}");
        }
    }
    for window in
        ["1", "h", "1w", "0h", "01h", "+1h", "-1h", "1.5h", "1 h", "1H", "4294967296s", "367d", "99999999999999999999s"]
    {
        let found = mistakes(&format!("[[limits]]\nrate = 1\nper = '{window}'"), Format::Toml);
        assert_eq!(found.len(), 1, "{window}");
    }
}

#[test]
fn json_mistakes_have_their_place_too() {
    for (document, expected) in [
        ("", "line 1, column 1: a value of JSON is expected here"),
        ("[]", "line 1, column 1: a table is needed here, not a list"),
        ("{\n  \"grant\": [,]\n}", "line 2, column 13: a value of JSON is expected here"),
        ("{\"é\": 1}", "line 1, column 2: unknown key `é`"),
        (
            "{\"max_depth\": 1.0}",
            "line 1, column 15: `max_depth` cannot be 1.0: too large, negative or no plain integer",
        ),
        ("{\"max_depth\": 1, \"max_depth\": 2}", "line 1, column 18: the key `max_depth` stands here twice"),
        ("{\"deny\": [\"a\", null]}", "line 1, column 16: an action must be text, not null"),
        ("{\"deny\": [\"\\ud800\"]}", "line 1, column 18: half of a surrogate pair"),
        ("{} {}", "line 1, column 4: nothing may follow the document"),
    ] {
        assert_eq!(mistakes(document, Format::Json).first().map(String::as_str), Some(expected), "{document}");
    }
}

#[test]
fn all_mistakes_are_reported_up_to_fifty() {
    let document = "max_dept = 1\ndeny = ['a..b', 5]\n[[grant]]\naction = 'x y'\n[grant.params]\na = { maxx = 1 }\nb = { glob = 1 }";
    let found = mistakes(document, Format::Toml);
    let lines: Vec<&str> = found.iter().map(|mistake| mistake.split(':').next().unwrap()).collect();
    assert_eq!(
        lines,
        [
            "line 1, column 1",
            "line 2, column 9",
            "line 2, column 17",
            "line 4, column 10",
            "line 6, column 7",
            "line 7, column 14"
        ],
        "{found:#?}"
    );
    let many: String = (0..200).map(|index| format!("key{index} = 1\n")).collect();
    assert_eq!(mistakes(&many, Format::Toml).len(), 50);
}

#[test]
fn hours_regions_approvers_approval_and_audience_read_as_they_are_written() {
    let toml = "hours = { zone = 'Europe/Berlin', open = ['mon-wed,fri 08:00-18:00', 'sat-mon 20:00-24:00'] }
        regions = 'eu'
        [[approvers]]
        name = 'ops'
        key = 'sha256:00000000000000000000000000000000000000000000000000000000000000ff'
        [[approvers]]
        name = 'finance'
        role = 'finance'
        [[grant]]
        action = 'pay'
        audience = ['b', 'a']
        approval = { of = ['ops', 'finance'], need = 2, unless = { amount = { max = 100 }, to = 'x' } }
        [grant.params]
        amount = { min = 0 }
        to = { regex = 'x|y' }
        from = { net = ['10.0.0.0/8', '2001:db8::1'] }";
    let scope = compile(toml, Format::Toml).unwrap();
    let hours = scope.hours().unwrap();
    assert_eq!(hours.to_string(), "mon-wed,fri 08:00-18:00, mon,sat-sun 20:00-24:00 in Europe/Berlin");
    assert_eq!(hours.intervals().len(), 7);
    assert_eq!(scope.regions(), ["eu"]);
    let who: Vec<&Who> = scope.approvers().iter().map(Approver::who).collect();
    let mut key = [0; 32];
    key[31] = 0xff;
    assert_eq!(who, [&Who::Role("finance".to_owned()), &Who::Key(key)]);
    let grant = &scope.grants()[0];
    assert_eq!(grant.audience(), ["a", "b"]);
    let approval = grant.approval().unwrap();
    assert_eq!((approval.of(), approval.need()), (["finance".to_owned(), "ops".to_owned()].as_slice(), 2));
    assert_eq!(approval.unless().iter().map(|param| param.path().to_string()).collect::<Vec<_>>(), ["to", "amount"]);
    for (format, text) in [(Format::Toml, to_toml(&scope)), (Format::Json, to_json(&scope))] {
        assert_eq!(compile(&text, format).unwrap_or_else(|wrong| panic!("{wrong:?}\n{text}")), scope, "{text}");
    }
    // One approval, if the number is not stated.
    let one = "[[approvers]]\nname = 'a'\nrole = 'r'\n[[grant]]\naction = 'x'\napproval = { of = 'a' }";
    assert_eq!(compile(one, Format::Toml).unwrap().grants()[0].approval().unwrap().need(), 1);
}

#[test]
fn mistakes_in_the_newer_kinds_say_where_and_what() {
    let hours = |open: &str| format!("hours = {{ zone = 'UTC', open = [{open}] }}");
    let digits = "0".repeat(63);
    for (toml, expected) in [
        ("hours = { zone = 'europe/berlin', open = ['mon 08:00-09:00'] }".to_owned(), "which write `Europe/Berlin`"),
        ("hours = { zone = 'Europe/Bonn', open = ['mon 08:00-09:00'] }".to_owned(), "`Europe/Bonn` is no zone"),
        ("hours = { zone = 'UTC', open = [] }".to_owned(), "must not be empty"),
        ("hours = { zone = 'UTC' }".to_owned(), "`hours` need `open`"),
        ("hours = { open = 'mon 08:00-09:00' }".to_owned(), "`hours` need `zone`"),
        (hours("'mon 22:00-06:00'"), "what crosses midnight is written as two"),
        (hours("'mon 08:00-08:00'"), "is no interval within one day"),
        (hours("'mon 08:00-24:01'"), "is no days and hours"),
        (hours("'mon 8:00-9:00'"), "is no days and hours"),
        (hours("'08:00-18:00'"), "is no days and hours"),
        (hours("'Mon 08:00-18:00'"), "is no days of the week"),
        (hours("'mon-wed 08:00-18:00', 'wed 08:00-18:00'"), "`wed 08:00-18:00` stands twice"),
        ("regions = []".to_owned(), "must not be empty"),
        ("regions = ['eu', 'eu']".to_owned(), "`eu` stands twice"),
        ("[[approvers]]\nname = 'a'".to_owned(), "needs `key` or `role`"),
        ("[[approvers]]\nname = 'a'\nrole = 'r'\nkey = 'sha256:00'".to_owned(), "not both"),
        (format!("[[approvers]]\nname = 'a'\nkey = 'sha256:{digits}'"), "64 lower-case hex digits"),
        (format!("[[approvers]]\nname = 'a'\nkey = 'sha256:{digits}A'"), "64 lower-case hex digits"),
        ("[[approvers]]\nname = 'a'\nrole = 'r s'".to_owned(), "`r s` is no role"),
        ("[[grant]]\naction = 'a'\napproval = { of = 'x' }".to_owned(), "`x` is none of the scope's `approvers`"),
        ("[[grant]]\naction = 'a'\napproval = { of = 'x', unless = {} }".to_owned(), "`unless` must not be empty"),
        ("[[grant]]\naction = 'a'\napproval = { need = 2 }".to_owned(), "an approval needs `of`"),
        (
            "[[grant]]\naction = 'a'\napprovals = { of = 'x' }".to_owned(),
            "unknown key `approvals`, did you mean `approval`?",
        ),
        ("[[grant]]\naction = 'a'\naudience = ''".to_owned(), "is empty"),
        ("[[grant]]\naction = 'a'\nparams = { p = { regex = 'a**' } }".to_owned(), "repeats nothing"),
        ("[[grant]]\naction = 'a'\nparams = { p = { net = '10.0.0.1/8' } }".to_owned(), "has bits beyond its prefix"),
    ] {
        let found = mistakes(&toml, Format::Toml);
        assert!(found.len() == 1 && found[0].contains(expected), "{toml}: {found:?}");
    }
}

#[test]
fn documents_are_bounded() {
    let padded = |length: usize| format!("#{}", "x".repeat(length - 1));
    assert!(compile(&padded(1 << 20), Format::Toml).is_ok());
    assert_eq!(mistakes(&padded((1 << 20) + 1), Format::Toml), ["line 1, column 1: the document is larger than 1 MiB"]);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert_eq!(mistakes(&deep(33), Format::Json).len(), 1);
        assert!(mistakes(&deep(33), Format::Json)[0].contains("nested more than 32 deep"));
        assert!(!mistakes(&deep(32), Format::Json)[0].contains("nested"));
        assert_eq!(mistakes(&deep(100_000), Format::Json).len(), 1);
    }
    let dotted = vec!["a"; 70].join(".");
    for document in [
        format!("a = {}{}", "[".repeat(40), "]".repeat(40)),
        format!("a = {}{}", "[".repeat(400_000), "]".repeat(400_000)),
        format!("a = {}", "{a=".repeat(300_000)),
        format!("{} = 1", vec!["a"; 400_000].join(".")),
        format!("[{}]", vec!["a"; 400_000].join(".")),
        format!("{dotted} = 1"),
        format!("[{dotted}]\n{dotted} = 1"),
        format!("{0}1{1}", format!("{dotted} = {{").repeat(70), "}".repeat(70)),
        format!("[{0}]\n{1}1{2}", dotted, format!("{dotted} = {{").repeat(70), "}".repeat(70)),
        "[[a]]\n".repeat(150_000),
        "[".repeat(1 << 20),
        "\"".repeat(1 << 20),
        "=".repeat(1 << 20),
    ] {
        assert!(!mistakes(&document, Format::Toml).is_empty());
    }
    let mut random = Random(3);
    for _ in 0..200 {
        let pieces = ["{", "{", "[", "]", "}", "a.a.a.a.", "a", "a", "=", "=", ",", "\n", "'", "1"];
        let most = 1 + random.below(pieces.len());
        let document: String = (0..2_000).map(|_| random.pick(pieces.get(..most).unwrap())).collect();
        check(&format!("a = {{{document}"), Format::Toml);
        check(&document, Format::Toml);
    }
}

/// SplitMix64: the same documents in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *from.get(self.below(from.len())).unwrap()
    }

    fn some<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> String {
        const CHARACTERS: &[char] = &[
            'a', 'b', 'Z', '0', '_', '-', '.', '[', ']', '\\', '"', '\'', '\n', '\r', '\t', '\0', '\u{8}', '\u{7f}',
            '\u{85}', ' ', '=', '#', '{', '}', ',', 'é', '\u{2028}', '😀', '\u{feff}', '\u{ffff}',
        ];
        let length = self.below(8);
        (0..length).map(|_| self.pick(CHARACTERS)).collect()
    }

    fn decimal(&mut self) -> Decimal {
        loop {
            let digits = self.below(35);
            let coefficient = (0..digits).fold(0_i128, |number, _| number * 10 + i128::from(self.next() % 10));
            let sign = if self.chance(2) { -1 } else { 1 };
            let exponent = i32::try_from(self.below(69)).unwrap() - 34;
            let made = Decimal::new(coefficient * sign, exponent).filter(|made| made.exponent().abs() <= 34);
            if let Some(made) = made {
                return made;
            }
        }
    }

    fn scalars(&mut self) -> Option<ScalarSet> {
        let most = if self.chance(10) { 40 } else { 3 };
        let members = self.some(most, |random| match random.below(3) {
            0 => Scalar::Bool(random.chance(2)),
            1 => Scalar::Number(random.decimal()),
            _ => Scalar::Text(random.text()),
        });
        ScalarSet::new(members).ok()
    }

    fn path(&mut self) -> ParamPath {
        loop {
            let steps = self.some(4, |random| if random.chance(4) { Step::Each } else { Step::Key(random.text()) });
            if let Ok(path) = ParamPath::new(steps) {
                return path;
            }
        }
    }

    fn constraint(&mut self) -> Option<Constraint> {
        const HOSTS: &[&str] = &["acme.com", "*.acme.com", "a.b.io", "xn--bcher-kva.example", "Acme.COM", "bad..host"];
        Some(match self.below(12) {
            0 => Constraint::OneOf(self.scalars()?),
            1 => Constraint::NoneOf(self.scalars()?),
            2 => {
                let (min, max) = (self.chance(2).then(|| self.decimal()), self.chance(2).then(|| self.decimal()));
                Constraint::Range(Range::new(min, max, self.chance(3).then(|| Money::new(None))).ok()?)
            }
            3 => {
                let pattern = format!("{}{}{}", self.text(), self.pick(&["*", "**", "/", "x"]), self.text());
                Constraint::Glob(Glob::new(&pattern).ok()?)
            }
            4 => {
                let (min, max) = (self.below(10), 5 + self.below(1 << 20));
                let (min, max) = (u32::try_from(min).unwrap(), u32::try_from(max).unwrap());
                Constraint::Length(Length::new(self.chance(2).then_some(min), self.chance(2).then_some(max)).ok()?)
            }
            5 => Constraint::Path(PathRoot::new(self.pick(&["/", "/srv/a b", "x/é", "..", "/a/"])).ok()?),
            6 => Constraint::Domain(DomainSet::new(&self.some(3, |random| random.pick(HOSTS))).ok()?),
            7 => {
                let addresses = self.some(2, |random| format!("x{}@acme.com", random.below(9)));
                Constraint::Email(EmailSet::new(&addresses, &self.some(2, |random| random.pick(HOSTS))).ok()?)
            }
            8 => {
                let schemes = self.some(2, |random| random.pick(&["https", "http", "ftp"]));
                let hosts = self.some(2, |random| random.pick(HOSTS));
                let ports = self.some(2, |random| random.pick(&[80, 443, 65_535]));
                let path = self.chance(2).then_some("/v1");
                Constraint::Url(UrlSet::new(&schemes, &hosts, &ports, path).ok()?)
            }
            9 => {
                let text = self.text();
                let pattern = format!("{}({}|[^\\\\\"]{{1,3}})", self.pick(&["", "\\n", "é+", "[$^-]"]), text);
                Constraint::Regex(Regex::new(&pattern).or_else(|_| Regex::new("\\\\.\"'")).ok()?)
            }
            10 => {
                const NETS: &[&str] =
                    &["10.0.0.0/8", "10.0.0.1", "0.0.0.0/0", "::/0", "2001:db8::/32", "::1", "2001:db8::8/125"];
                let nets = self.some(4, |random| Network::parse(random.pick(NETS)).unwrap());
                Constraint::Net(NetSet::new(nets).ok()?)
            }
            _ => Constraint::Type(self.pick(&[
                Kind::String,
                Kind::Number,
                Kind::Integer,
                Kind::Boolean,
                Kind::Object,
                Kind::Array,
            ])),
        })
    }

    fn param(&mut self) -> Option<Param> {
        let constraints = self.some(6, Self::constraint).into_iter().flatten().collect();
        Param::new(self.path(), self.chance(3), constraints).ok()
    }

    fn limit(&mut self, paths: &[ParamPath]) -> Option<Limit> {
        let kind = match paths {
            [_, ..] if self.chance(2) => {
                LimitKind::Budget { path: paths.get(self.below(paths.len()))?.clone(), max: self.decimal() }
            }
            _ => LimitKind::Rate { max: self.next() >> self.below(64) },
        };
        let window = self.pick(&[1, 59, 60, 61, 3_600, 5_400, 86_400, 31_622_400]);
        let name = self.chance(2).then(|| self.text());
        Limit::new(kind, window, name).ok()
    }

    fn grant(&mut self) -> Option<Grant> {
        let action = ActionPattern::parse(self.pick(&["*", "a", "a.*", "mcp:x/y.%2E-_.z"])).ok()?;
        let mut params: Vec<Param> = self.some(5, Self::param).into_iter().flatten().collect();
        if self.chance(2) {
            let currency = self.path();
            let money = Range::new(None, Some(Decimal::new(5, 2)?), Some(Money::new(Some(currency.clone())))).ok()?;
            params.push(Param::new(currency, false, vec![Constraint::OneOf(self.scalars()?)]).ok()?);
            params.push(Param::new(self.path(), self.chance(2), vec![Constraint::Range(money)]).ok()?);
        }
        let paths: Vec<ParamPath> = params.iter().map(|param| param.path().clone()).collect();
        let limits = self.some(3, |random| random.limit(&paths)).into_iter().flatten().collect();
        let audience = self.some(2, |random| random.pick(&["https://a.io", "é \"x\"", "b\\"]).to_owned());
        let approval = if self.chance(3) { self.approval() } else { None };
        let open = self.chance(3);
        Grant::new(GrantParts { params, open, limits, approval, audience, ..GrantParts::new(action) }).ok()
    }

    fn approval(&mut self) -> Option<Approval> {
        let of = self.some(2, |random| random.pick(&["ops", "the \"board\""]).to_owned());
        let unless = self.some(3, Self::param).into_iter().flatten().collect();
        Approval::new(of, u8::try_from(1 + self.below(3)).ok()?, unless).ok()
    }

    fn hours(&mut self) -> Option<Hours> {
        let zone = self.pick(&["UTC", "Europe/Berlin", "America/Argentina/ComodRivadavia", "Etc/GMT+5"]);
        let minutes = [0, 1, 59, 60, 480, 1_080, 1_439, 1_440];
        let intervals = self.some(9, |random| {
            let day = u8::try_from(1 + random.below(7)).unwrap();
            Interval::new(day, random.pick(&minutes), random.pick(&minutes)).ok()
        });
        Hours::new(zone, intervals.into_iter().flatten().collect()).ok()
    }

    fn scope(&mut self) -> Option<Scope> {
        let grants = self.some(4, Self::grant).into_iter().flatten().collect();
        let deny = self.some(2, |random| ActionPattern::parse(random.pick(&["b", "a.b", "*.x", "c.*"])).unwrap());
        let path = self.path();
        let limits = self.some(2, |random| random.limit(std::slice::from_ref(&path))).into_iter().flatten().collect();
        let max_depth = self.chance(2).then(|| u8::try_from(self.below(9)).unwrap());
        let hours = if self.chance(2) { self.hours() } else { None };
        let regions = self.some(2, |random| random.pick(&["eu-west-1", "é", "'"]).to_owned());
        let who = |random: &mut Self| match random.below(2) {
            0 => Who::Key([u8::try_from(random.below(256)).unwrap(); 32]),
            _ => Who::Role(random.pick(&["finance", "a.b_c-D9"]).to_owned()),
        };
        let mut approvers = vec![Approver::new("the \"board\"", Who::Role("board".to_owned())).ok()?];
        approvers.extend(self.some(3, |random| Approver::new("ops", who(random)).unwrap()));
        Scope::new(ScopeParts { grants, deny, limits, hours, regions, approvers, max_depth }).ok()
    }
}

#[test]
fn a_scope_comes_back_from_toml_from_json_and_from_der() {
    let mut random = Random(1);
    let (mut scopes, mut constraints, mut limits) = (0, std::collections::BTreeMap::new(), 0);
    let (mut hours, mut regions, mut approvals, mut freed, mut audiences) = (0, 0, 0, 0, 0);
    for _ in 0..4_000 {
        let Some(scope) = random.scope() else { continue };
        let (toml, json) = (to_toml(&scope), to_json(&scope));
        let from_toml = compile(&toml, Format::Toml).unwrap_or_else(|errors| panic!("{errors:?}\n{toml}"));
        let from_json = compile(&json, Format::Json).unwrap_or_else(|errors| panic!("{errors:?}\n{json}"));
        assert_eq!(from_toml, scope, "{toml}");
        assert_eq!(from_json, scope, "{json}");
        assert_eq!(Scope::decode(&scope.encode(), &Bounds::default()).as_ref(), Ok(&scope), "{toml}");
        scopes += 1;
        limits += scope.limits().len() + scope.grants().iter().map(|grant| grant.limits().len()).sum::<usize>();
        hours += usize::from(scope.hours().is_some());
        regions += usize::from(!scope.regions().is_empty());
        for grant in scope.grants() {
            approvals += usize::from(grant.approval().is_some());
            freed += grant.approval().map_or(0, |approval| approval.unless().len());
            audiences += usize::from(!grant.audience().is_empty());
        }
        for constraint in scope.grants().iter().flat_map(Grant::params).flat_map(Param::constraints) {
            *constraints.entry(constraint.name()).or_insert(0) += 1;
        }
    }
    assert!(scopes > 2_000 && limits > 1_000, "{scopes} scopes, {limits} limits");
    let newer = [hours, regions, approvals, freed, audiences];
    assert!(newer.iter().all(|count| *count > 200), "{newer:?}");
    assert!(constraints.len() == 12 && constraints.values().all(|count| *count > 100), "{constraints:?}");
}

#[test]
fn every_form_comes_back_from_what_is_written() {
    for document in [PAYMENTS, EVERYTHING, ""] {
        let scope = compile(document, Format::Toml).unwrap_or_else(|errors| panic!("{}", errors[0]));
        assert_eq!(compile(&to_toml(&scope), Format::Toml).as_ref(), Ok(&scope));
        assert_eq!(compile(&to_json(&scope), Format::Json).as_ref(), Ok(&scope));
    }
}

#[test]
fn broken_documents_are_refused_and_never_panic() {
    let everything = compile(EVERYTHING, Format::Toml).unwrap();
    let json = to_json(&everything);
    let mut random = Random(2);
    for (document, format) in [(EVERYTHING, Format::Toml), (PAYMENTS, Format::Toml), (&json, Format::Json)] {
        let characters: Vec<char> = document.chars().collect();
        for end in 0..characters.len() {
            check(&characters.iter().take(end).collect::<String>(), format);
        }
        for _ in 0..3_000 {
            let mut broken = characters.clone();
            for _ in 0..=random.below(4) {
                let at = random.below(broken.len());
                match random.below(3) {
                    0 => {
                        broken.remove(at);
                    }
                    1 => {
                        let mut strange: Vec<char> = random.text().chars().collect();
                        strange.extend(
                            random.pick(&["[[", "\"\"\"", "'''", "0x", "\\u", "1e999", "-", "null", "\r"]).chars(),
                        );
                        broken.splice(at..at, strange);
                    }
                    _ => {
                        let end = (at + random.below(40)).min(broken.len());
                        let copied: Vec<char> = broken.iter().copied().take(end).skip(at).collect();
                        let to = random.below(broken.len());
                        broken.splice(to..to, copied);
                    }
                }
            }
            check(&broken.iter().collect::<String>(), format);
        }
    }
}

/// Either a scope that can be written again, or mistakes that lie within the document.
fn check(document: &str, format: Format) {
    match compile(document, format) {
        Ok(scope) => assert_eq!(compile(&to_toml(&scope), Format::Toml), Ok(scope), "{document}"),
        Err(mistakes) => {
            assert!((1..=50).contains(&mistakes.len()), "{document}");
            for mistake in mistakes {
                let line =
                    document.split('\n').nth(mistake.line - 1).unwrap_or_else(|| panic!("{mistake}\n{document}"));
                assert!((1..=line.chars().count() + 1).contains(&mistake.column), "{mistake}\n{document}");
            }
        }
    }
}
