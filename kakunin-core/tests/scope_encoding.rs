//! Holds the codec to `docs/scope.asn1`: the bytes here were written by hand from the module, not by the encoder.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test reads files and may panic; clippy exempts only #[test] functions"
)]

use kakunin_core::bounds::Bounds;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::scope::{
    ActionPattern, Approval, Approver, Constraint, DomainSet, EmailSet, Glob, Grant, GrantParts, Hours, Interval, Kind,
    Length, Limit, LimitKind, Money, NetSet, Network, Param, ParamPath, PathRoot, Range, Regex, Scalar, ScalarSet,
    Scope, ScopeParts, Step, UrlSet, Who,
};
use kakunin_core::value::Decimal;

/// Octets in hexadecimal, texts in quotes, comments from `--` to the end of the line.
fn bytes(vector: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for token in vector.lines().flat_map(|line| line.split("--").next().unwrap().split_whitespace()) {
        match token.strip_prefix('\'') {
            Some(text) => bytes.extend(text.strip_suffix('\'').expect("a closing quote").bytes()),
            None => bytes.push(u8::from_str_radix(token, 16).expect("an octet")),
        }
    }
    bytes
}

/// `tag`, a short length and the content.
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80).expect("a short length");
    [&[tag, length], content].concat()
}

/// A scope of one grant of `a` whose fields after the action are `fields`.
fn with_grant(fields: &[u8]) -> Vec<u8> {
    let grant = wrap(0x30, &[&bytes("0c 01 'a'"), fields].concat());
    wrap(0x30, &[&bytes("02 01 01"), wrap(0x31, &grant).as_slice()].concat())
}

/// A scope of one grant with one parameter `p`, whose constraints are `constraints`.
fn with_constraints(constraints: &[u8]) -> Vec<u8> {
    let param = wrap(0x30, &[bytes("30 03 0c 01 'p'"), wrap(0x31, constraints)].concat());
    with_grant(&wrap(0x31, &param))
}

/// A scope without grants whose fields after them are `fields`.
fn with_fields(fields: &str) -> Vec<u8> {
    wrap(0x30, &[bytes("02 01 01 31 00"), bytes(fields)].concat())
}

fn nets(texts: &[&str]) -> NetSet {
    NetSet::new(texts.iter().map(|text| Network::parse(text).unwrap()).collect()).unwrap()
}

fn decode(der: &[u8]) -> Result<Scope, Denial> {
    Scope::decode(der, &Bounds::default())
}

fn rule(der: &[u8]) -> &'static str {
    let denial = decode(der).expect_err("refused");
    assert_eq!(denial.code(), Code::ScopeMalformed);
    denial.details().rule
}

fn decimal(text: &str) -> Decimal {
    Decimal::from_literal(text).unwrap()
}

fn path(text: &str) -> ParamPath {
    ParamPath::parse(text).unwrap()
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn one_of(scalars: Vec<Scalar>) -> Constraint {
    Constraint::OneOf(ScalarSet::new(scalars).unwrap())
}

const NAMES: &[&str] = &[];

#[test]
fn a_scope_of_payments_has_these_bytes() {
    let vector = bytes(
        "30 81 95                                   -- Scope
           02 01 01                                 -- version v1
           31 81 8f                                 -- grants
             30 81 8c                               -- Grant
               0c 06 'charge'                       -- action
               31 5c                                -- params: by their bytes, so the shorter ones first
                 30 15                              -- Param
                   30 0a 0c 08 'currency'           -- path
                   31 07 a0 05 0c 03 'EUR'          -- constraints: oneOf, text
                 30 15                              -- Param
                   30 0a 0c 08 'customer'           -- path
                   31 07 83 05 'cus_*'              -- constraints: glob
                 30 2c                              -- Param
                   30 08 0c 06 'amount'             -- path
                   31 20 a2 1e                      -- constraints: range
                     a0 06 02 01 00 02 01 00        -- min 0: always there with money
                     a1 06 02 01 05 02 01 02        -- max 5e2
                     a2 0c 30 0a 0c 08 'currency'   -- money, currency
               a0 24                                -- limits
                 30 07                              -- Limit
                   80 01 0a                         -- rate 10
                   02 02 0e 10                      -- window 3600
                 30 19                              -- Limit
                   a1 12                            -- budget
                     30 08 0c 06 'amount'           -- path
                     30 06 02 01 02 02 01 03        -- max 2e3
                   02 03 01 51 80                   -- window 86400",
    );
    let list = |name: &str, constraint| Param::new(path(name), false, vec![constraint]).unwrap();
    let money = Money::new(Some(path("currency")));
    let params = vec![
        list("amount", Constraint::Range(Range::new(None, Some(decimal("500")), Some(money)).unwrap())),
        list("customer", Constraint::Glob(Glob::new("cus_*").unwrap())),
        list("currency", one_of(vec![text("EUR")])),
    ];
    let budget = LimitKind::Budget { path: path("amount"), max: decimal("2000") };
    let limits =
        vec![Limit::new(budget, 86_400, None).unwrap(), Limit::new(LimitKind::Rate { max: 10 }, 3_600, None).unwrap()];
    let grant =
        Grant::new(GrantParts { params, limits, ..GrantParts::new(ActionPattern::parse("charge").unwrap()) }).unwrap();
    let scope = Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() }).unwrap();
    assert_eq!(scope.encode(), vector);
    assert_eq!(decode(&vector).unwrap(), scope);
}

#[test]
fn fields_of_a_scope_have_these_tags() {
    let vector = with_fields(
        "a0 0a                          -- deny
           0c 01 'b' 0c 05 'a.x.*'      -- ActionPatterns: the shorter text first
         a1 0e                          -- limits
           30 0c                        -- Limit
             80 01 01                   -- rate 1
             02 04 01 e2 85 00          -- window 31622400
             0c 01 'n'                  -- name
         85 01 08                       -- maxDepth 8",
    );
    let scope = decode(&vector).unwrap();
    let deny: Vec<String> = scope.deny().iter().map(ToString::to_string).collect();
    assert_eq!(deny, ["b", "a.x.*"]);
    assert_eq!((scope.limits()[0].name(), scope.limits()[0].window()), (Some("n"), 31_622_400));
    assert_eq!(scope.max_depth(), Some(8));
    assert_eq!(scope.encode(), vector);
}

#[test]
fn a_path_and_the_flags_have_these_bytes() {
    let vector = with_grant(&bytes(
        "31 13                          -- params
           30 11                        -- Param
             30 08                      -- path
               0c 02 'i.' 05 00 0c 00 -- key, each, key
             01 01 ff                   -- optional
             31 02 a0 00                -- constraints: oneOf, empty",
    ));
    assert_eq!(rule(&vector), "path-key");
    let vector = with_grant(&bytes(
        "31 13                          -- params
           30 11                        -- Param
             30 08                      -- path
               0c 01 '.' 05 00 0c 01 'k' -- key, each, key
             01 01 ff                   -- optional
             31 02 a0 00                -- constraints: oneOf, empty
         01 01 ff                       -- open",
    ));
    let scope = decode(&vector).unwrap();
    let grant = &scope.grants()[0];
    assert!(grant.is_open() && grant.params()[0].is_optional());
    assert_eq!(grant.params()[0].path().steps(), [Step::Key(".".to_owned()), Step::Each, Step::Key("k".to_owned())]);
    assert_eq!(scope.encode(), vector);
}

#[test]
fn each_constraint_has_these_bytes() {
    let numbers = vec![Scalar::Number(decimal("1.5")), text("x"), Scalar::Bool(true)];
    for (vector, expected) in [
        ("a0 00", one_of(vec![])),
        ("a0 0e 01 01 ff 0c 01 'x' 30 06 02 01 0f 02 01 ff", one_of(numbers)),
        ("a0 03 01 01 00", one_of(vec![Scalar::Bool(false)])),
        ("a1 02 0c 00", Constraint::NoneOf(ScalarSet::new(vec![text("")]).unwrap())),
        ("a2 08 a0 06 02 01 fb 02 01 00", Constraint::Range(Range::new(Some(decimal("-5")), None, None).unwrap())),
        (
            "a2 08 a1 06 02 01 01 02 01 22  -- 1e34",
            Constraint::Range(Range::new(None, Some(decimal("1e34")), None).unwrap()),
        ),
        (
            "a2 0a a0 06 02 01 00 02 01 00 a2 00",
            Constraint::Range(Range::new(None, None, Some(Money::new(None))).unwrap()),
        ),
        ("83 03 'a/*'", Constraint::Glob(Glob::new("a/*").unwrap())),
        ("a5 06 80 01 00 81 01 7f", Constraint::Length(Length::new(Some(0), Some(127)).unwrap())),
        ("a5 07 81 05 00 ff ff ff ff", Constraint::Length(Length::new(None, Some(u32::MAX)).unwrap())),
        ("86 04 '/srv'", Constraint::Path(PathRoot::new("/srv").unwrap())),
        ("a7 0e 0c 04 'a.io' 0c 06 '*.b.io'", Constraint::Domain(DomainSet::new(&["*.b.io", "a.io"]).unwrap())),
        (
            "a8 10 a0 08 0c 06 'x@a.io' a1 04 0c 02 'io'",
            Constraint::Email(EmailSet::new(&["x@a.io"], &["io"]).unwrap()),
        ),
        (
            "a9 0f a0 07 0c 05 'https' a1 04 0c 02 'io'",
            Constraint::Url(UrlSet::new(NAMES, &["io"], &[], None).unwrap()),
        ),
        (
            "a9 1e a0 0d 0c 04 'http' 0c 05 'https'     -- schemes
                   a1 04 0c 02 'io'                     -- hosts
                   a2 03 02 01 50                       -- ports: 80
                   83 02 '/v'                           -- path",
            Constraint::Url(UrlSet::new(&["http", "https"], &["io"], &[80], Some("/v")).unwrap()),
        ),
        (
            "a9 16 a0 05 0c 03 'ftp' a1 04 0c 02 'io' a2 07 02 01 15 02 02 1f 90",
            Constraint::Url(UrlSet::new(&["ftp"], &["io"], &[8080, 21], None).unwrap()),
        ),
        ("84 06 '[a-c]+'", Constraint::Regex(Regex::new("[a-c]+").unwrap())),
        (
            "aa 22 30 09 04 04 0a 00 00 00 02 01 08
             30 15 04 10 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 00 02 01 20",
            Constraint::Net(nets(&["2001:db8::/32", "10.0.0.0/8"])),
        ),
        ("8b 01 00", Constraint::Type(Kind::String)),
        ("8b 01 01", Constraint::Type(Kind::Number)),
        ("8b 01 02", Constraint::Type(Kind::Integer)),
        ("8b 01 03", Constraint::Type(Kind::Boolean)),
        ("8b 01 04", Constraint::Type(Kind::Object)),
        ("8b 01 05", Constraint::Type(Kind::Array)),
    ] {
        let der = with_constraints(&bytes(vector));
        let scope = decode(&der).unwrap_or_else(|denial| panic!("{vector}: {denial}"));
        assert_eq!(scope.grants()[0].params()[0].constraints(), [expected], "{vector}");
        assert_eq!(scope.encode(), der, "{vector}");
    }
}

#[test]
fn hours_regions_approvers_approval_and_audience_stand_at_their_tags() {
    let interval = |day, from, to| Interval::new(day, from, to).unwrap();
    let hours = Hours::new("Europe/Berlin", vec![interval(2, 0, 1_440), interval(1, 480, 1_080)]).unwrap();
    let parts =
        ScopeParts { hours: Some(hours), regions: vec!["b".to_owned(), "a".to_owned()], ..ScopeParts::default() };
    let der = with_fields(
        "a2 2a 0c 0d 'Europe/Berlin'                          -- hours
            31 19 30 0a 02 01 02 02 01 00 02 02 05 a0         -- tuesday, all of it
                  30 0b 02 01 01 02 02 01 e0 02 02 04 38      -- monday, 08:00 to 18:00
         a3 06 0c 01 'a' 0c 01 'b'                            -- regions",
    );
    assert_eq!(decode(&der).unwrap(), Scope::new(parts.clone()).unwrap());
    assert_eq!(Scope::new(parts).unwrap().encode(), der);

    let unless = Param::new(path("p"), false, vec![Constraint::Type(Kind::Boolean)]).unwrap();
    let approval = Approval::new(vec!["ops".to_owned()], 2, vec![unless]).unwrap();
    let grant = Grant::new(GrantParts {
        approval: Some(approval),
        audience: vec!["pay".to_owned()],
        ..GrantParts::new(ActionPattern::parse("a").unwrap())
    });
    let role = Approver::new("ops", Who::Role("fi".to_owned())).unwrap();
    let key = Approver::new("ops", Who::Key([0xab; 32])).unwrap();
    let parts = ScopeParts { grants: vec![grant.unwrap()], approvers: vec![key, role], ..ScopeParts::default() };
    let key = "ab ".repeat(32);
    let der = bytes(&format!(
        "30 63 02 01 01 31 28 30 26 0c 01 'a' 31 00
            a1 18 31 05 0c 03 'ops' 02 01 02                  -- approval: of, need
                  a0 0c 30 0a 30 03 0c 01 'p' 31 03 8b 01 03  -- unless
            a2 05 0c 03 'pay'                                 -- audience
         a4 34 30 09 0c 03 'ops' 81 02 'fi'                   -- approvers: a role
               30 27 0c 03 'ops' 80 20 {key}                  -- and a key"
    ));
    assert_eq!(decode(&der).unwrap(), Scope::new(parts.clone()).unwrap());
    assert_eq!(Scope::new(parts).unwrap().encode(), der);
}

#[test]
fn what_is_not_in_the_module_is_refused() {
    for (fields, expected) in [
        ("a2 00", "truncated"),
        ("a2 0c 0c 08 'Etc/Nope' 31 00", "empty-list"),
        ("a2 07 0c 03 'UTC' 31 00", "empty-list"),
        ("a2 12 0c 03 'Utc' 31 0b 30 09 02 01 01 02 01 00 02 01 01", "hours-zone"),
        ("a2 12 0c 03 'Ut1' 31 0b 30 09 02 01 01 02 01 00 02 01 01", "hours-zone"),
        ("a2 12 0c 03 'UTC' 31 0b 30 09 02 01 00 02 01 00 02 01 01", "hours-interval"),
        ("a2 12 0c 03 'UTC' 31 0b 30 09 02 01 08 02 01 00 02 01 01", "hours-interval"),
        ("a2 12 0c 03 'UTC' 31 0b 30 09 02 01 01 02 01 01 02 01 01", "hours-interval"),
        ("a2 12 0c 03 'UTC' 31 0b 30 09 02 01 01 02 01 00 02 01 ff", "integer-range"),
        ("a2 13 0c 03 'UTC' 31 0c 30 0a 02 01 01 02 01 00 02 02 05 a1", "hours-interval"),
        ("a2 1d 0c 03 'UTC' 31 16 30 09 02 01 01 02 01 00 02 01 01 30 09 02 01 01 02 01 00 02 01 01", "set-duplicate"),
        ("a2 14 0c 03 'UTC' 31 0b 30 09 02 01 01 02 01 00 02 01 01 05 00", "unknown-element"),
        ("a3 00", "empty-list"),
        ("a3 02 0c 00", "region"),
        ("a3 03 0c 01 0a", "region"),
        ("a3 06 0c 01 'b' 0c 01 'a'", "set-order"),
        ("a3 06 0c 01 'a' 0c 01 'a'", "set-duplicate"),
        ("a4 00", "empty-list"),
        ("a4 06 30 04 0c 02 'op'", "truncated"),
        ("a4 08 30 06 0c 00 81 02 'fi'", "approver-name"),
        ("a4 09 30 07 0c 01 'o' 81 02 'f/'", "approver-role"),
        ("a4 07 30 05 0c 01 'o' 81 00", "approver-role"),
        ("a4 08 30 06 0c 01 'o' 80 01 00", "digest-length"),
        ("a4 08 30 06 0c 01 'o' 82 01 'f'", "unknown-element"),
        ("a6 00", "unknown-element"),
        ("85 01 00 a0 03 0c 01 'a'", "unknown-element"),
        ("85 01 09", "max-depth"),
        ("85 01 ff", "integer-range"),
        ("85 02 00 01", "integer-not-minimal"),
        ("a0 00", "empty-list"),
        ("a1 00", "empty-list"),
        ("a0 06 0c 01 'a' 0c 01 'a'", "set-duplicate"),
        ("a0 06 0c 01 'b' 0c 01 'a'", "set-order"),
        ("a0 03 13 01 'a'", "unexpected-tag"),
        ("a0 03 0c 01 '.'", "action-segment"),
        ("a1 09 30 07 82 01 01 02 02 0e 10", "unknown-element"),
        ("a1 08 30 06 80 01 01 02 01 00", "limit-window"),
        ("a1 08 30 06 80 01 ff 02 01 01", "integer-range"),
    ] {
        assert_eq!(rule(&with_fields(fields)), expected, "{fields}");
    }
    for (constraints, expected, field) in [
        ("84 01 '('", "regex-syntax", "regex"),
        ("84 01 ff", "utf8-malformed", "regex"),
        ("aa 00", "empty-list", "net"),
        ("aa 0b 30 09 04 04 0a 00 00 01 02 01 08", "net-bits", "net"),
        ("aa 0b 30 09 04 04 0a 00 00 00 02 01 21", "net-prefix", "net"),
        ("aa 0b 30 09 04 04 0a 00 00 00 02 01 ff", "integer-range", "net.prefix"),
        ("aa 0a 30 08 04 03 0a 00 00 02 01 08", "address-length", "net.address"),
        ("aa 17 30 15 04 10 00 00 00 00 00 00 00 00 00 00 ff ff 0a 00 00 00 02 01 68", "net-mapped", "net"),
        ("8c 00", "unknown-element", "param.constraints"),
        ("8b 01 06", "unknown-element", "type"),
        ("a1 00", "empty-list", "none-of"),
        ("a0 02 05 00", "unknown-element", "scalar"),
        ("a0 08 30 06 02 01 0a 02 01 00", "decimal", "scalar"),
        ("a0 08 30 06 02 01 01 02 01 23", "decimal", "scalar"),
        ("a0 08 30 06 02 01 00 02 01 01", "decimal", "scalar"),
        ("a2 00", "range-open", "range"),
        ("a2 02 a2 00", "not-canonical", "scope"),
        ("a2 10 a0 06 02 01 02 02 01 00 a1 06 02 01 01 02 01 00", "range-empty", "range"),
        ("a5 00", "length-open", "length"),
        ("a5 07 80 05 01 00 00 00 00", "integer-range", "length.min"),
        ("a7 00", "empty-list", "domain"),
        ("a7 04 0c 02 'IO'", "not-canonical", "scope"),
        ("a8 00", "email-empty", "email"),
        ("a9 06 a1 04 0c 02 'io'", "unexpected-tag", "url.schemes"),
        ("a9 13 a0 07 0c 05 'https' a1 04 0c 02 'io' a2 02 04 00", "unexpected-tag", "url.ports"),
        ("86 01 'a' 83 01 'b'", "set-order", "param.constraints"),
    ] {
        let denial = decode(&with_constraints(&bytes(constraints))).expect_err(constraints);
        assert_eq!(
            (denial.details().rule, denial.details().field.as_deref()),
            (expected, Some(field)),
            "{constraints}"
        );
    }
    for (fields, expected) in [
        ("31 00 01 01 00", "default-encoded"),
        ("31 00 01 01 01", "boolean-not-der"),
        ("31 00 a1 00", "truncated"),
        ("31 00 a1 05 31 00 02 01 01", "empty-list"),
        ("31 00 a1 08 31 03 0c 01 'x' 02 01 00", "approval-need"),
        ("31 00 a1 08 31 03 0c 01 'x' 02 01 11", "approval-need"),
        ("31 00 a1 08 31 03 0c 01 'x' 02 01 01", "approver-unknown"),
        ("31 00 a1 0a 31 03 0c 01 'x' 02 01 01 a0 00", "empty-list"),
        ("31 00 a1 19 31 03 0c 01 'x' 02 01 01 a0 0f 30 0d 30 03 0c 01 'p' 01 01 ff 31 03 8b 01 03", "unless-optional"),
        ("31 00 a2 00", "empty-list"),
        ("31 00 a2 02 0c 00", "audience"),
        ("31 00 a2 02 05 00", "unexpected-tag"),
        ("31 00 a3 00", "unknown-element"),
        ("", "truncated"),
        ("31 09 30 07 30 03 0c 01 'p' 31 00", "constraints-count"),
        ("31 09 30 07 30 01 05 31 02 a0 00", "truncated"),
        ("31 0a 30 08 30 02 05 00 31 02 a0 00", "path-start"),
    ] {
        assert_eq!(rule(&with_grant(&bytes(fields))), expected, "{fields}");
    }
}

#[test]
fn the_version_is_one_and_nothing_follows() {
    assert!(decode(&bytes("30 05 02 01 01 31 00")).is_ok());
    assert_eq!(rule(&bytes("30 05 02 01 02 31 00")), "version");
    assert_eq!(rule(&bytes("30 05 02 01 00 31 00")), "version");
    assert_eq!(rule(&bytes("30 05 02 01 01 31 00 00")), "trailing-data");
    assert_eq!(rule(&bytes("30 81 05 02 01 01 31 00")), "non-minimal-length");
    assert_eq!(rule(&bytes("30 80 02 01 01 31 00 00 00")), "indefinite-length");
    assert_eq!(rule(&bytes("31 05 02 01 01 31 00")), "unexpected-tag");
    assert_eq!(rule(&[]), "truncated");
}

#[test]
fn a_scope_has_at_most_48_kib() {
    let filler = |length: usize| {
        let text = "x".repeat(length);
        let param = Param::new(path("p"), false, vec![one_of(vec![Scalar::Text(text)])])?;
        Scope::new(ScopeParts {
            grants: vec![Grant::new(GrantParts {
                params: vec![param],
                ..GrantParts::new(ActionPattern::parse("a")?)
            })?],
            ..ScopeParts::default()
        })
    };
    let overhead = filler(40_000).unwrap().encode().len() - 40_000;
    let largest = filler(49_152 - overhead).unwrap().encode();
    assert_eq!(largest.len(), 49_152);
    assert!(decode(&largest).is_ok());
    assert_eq!(filler(49_152 - overhead + 1).unwrap_err().rule, "scope-too-large");
    let lower = Bounds { scope_bytes: 49_151, ..Bounds::default() };
    assert_eq!(Scope::decode(&largest, &lower).unwrap_err().details().rule, "scope-too-large");
}

#[test]
fn broken_bytes_are_refused_and_never_panic() {
    let whole = with_constraints(&bytes("a2 0a a0 06 02 01 00 02 01 00 a2 00"));
    assert!(decode(&whole).is_ok());
    for end in 0..whole.len() {
        assert!(decode(&whole[..end]).is_err(), "cut at {end}");
    }
    for index in 0..whole.len() {
        for byte in 0..=u8::MAX {
            let mut bytes = whole.clone();
            bytes[index] = byte;
            // Whatever is still read is read as itself.
            if let Ok(scope) = decode(&bytes) {
                assert_eq!(scope.encode(), bytes);
            }
        }
    }
}

#[test]
fn what_is_read_of_altered_bytes_is_encoded_to_the_same_bytes() {
    let scope = compile(
        r#"
        deny = ["payments.*.undo"]
        limits = [{ rate = 100, per = "1h" }]
        regions = ["eu-west-1", "us-1"]
        max_depth = 2
        [hours]
        zone = "Europe/Berlin"
        open = ["mon-fri 08:00-18:00"]
        [[approvers]]
        name = "finance"
        role = "cfo"
        [[grant]]
        action = "payments.charge"
        audience = ["https://a.com", "b"]
        limits = [{ budget = "amount", max = "2000", per = "1d", name = "day" }]
        approval = { of = ["finance"], need = 1, unless = { amount = { max = 5 } } }
        [grant.params]
        amount = { min = "-1", max = "500.25", money = "currency" }
        tip = { max = 5, money = true }
        currency = ["EUR"]
        mode = { none-of = ["Slow", 1.5, true] }
        id = { glob = "cus_*" }
        code = { regex = "[A-Z]{3}" }
        note = { length = { min = 1, max = 140 } }
        file = { path = "/srv/Reports" }
        host = { domain = ["a.com", "*.bc.com"] }
        to = { email = { addresses = ["Ann@a.com"], domains = ["b.com"] } }
        link = { url = { schemes = ["https", "wss"], hosts = ["a.com", "10.0.0.1"], ports = [443, 8443], path = "/In" } }
        peer = { net = ["10.0.0.0/8", "2001:db8::/32"] }
        "items[].n" = { type = "integer", optional = true }
        "#,
        Format::Toml,
    );
    let whole = scope.unwrap().encode();
    let mut read = 0;
    for index in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[index] ^= 1 << bit;
            if let Ok(scope) = decode(&bytes) {
                assert_eq!(scope.encode(), bytes, "bit {bit} of octet {index}");
                read += 1;
            }
        }
    }
    assert!(read > 500, "{read}");
    // Case is folded in these, so only the lower case is read.
    for (written, folded) in
        [("a.com", "A.com"), ("*.bc.com", "*.Bc.com"), ("b.com", "b.cOm"), ("wss", "Wss"), ("@a.com", "@a.Com")]
    {
        let place = |at: usize| whole[at..].starts_with(written.as_bytes());
        for at in (0..whole.len()).filter(|at| place(*at)) {
            let altered = [&whole[..at], folded.as_bytes(), &whole[at + written.len()..]].concat();
            match decode(&altered) {
                // An audience is no host.
                Ok(scope) => assert_eq!(scope.encode(), altered, "{folded} at {at}"),
                Err(denial) => {
                    assert!(matches!(denial.details().rule, "not-canonical" | "set-order"), "{folded}: {denial}")
                }
            }
        }
    }
}

#[test]
fn the_module_names_every_tag_of_the_code() {
    let module = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/scope.asn1")).unwrap();
    let flat: Vec<&str> = module.split_whitespace().collect();
    let flat = flat.join(" ");
    for field in [
        "version INTEGER { v1(1) }",
        "deny [0] SET",
        "limits [1] SET",
        "hours [2] Hours",
        "regions [3] SET",
        "approvers [4] SET",
        "maxDepth [5] INTEGER",
        "limits [0] SET",
        "approval [1] Approval",
        "audience [2] SET",
        "oneOf [0]",
        "noneOf [1]",
        "range [2]",
        "glob [3]",
        "regex [4]",
        "length [5]",
        "path [6] PathRoot",
        "domain [7]",
        "email [8]",
        "url [9]",
        "net [10]",
        "type [11]",
        "min [0] Decimal",
        "max [1] Decimal",
        "money [2] Money",
        "min [0] INTEGER",
        "max [1] INTEGER",
        "addresses [0]",
        "domains [1]",
        "schemes [0]",
        "hosts [1]",
        "ports [2]",
        "path [3] UTF8String",
        "rate [0]",
        "budget [1]",
        "string(0), number(1), integer(2), boolean(3), object(4), array(5)",
    ] {
        assert!(flat.contains(field), "{field}");
    }
}
