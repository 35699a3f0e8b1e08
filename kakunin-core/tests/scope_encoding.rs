//! Holds the codec to `docs/scope.asn1`: the bytes here were written by hand from the module, not by the encoder.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test reads files and may panic; clippy exempts only #[test] functions"
)]

use kakunin_core::bounds::Bounds;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::{
    ActionPattern, Constraint, DomainSet, EmailSet, Glob, Grant, Kind, Length, Limit, LimitKind, Money, Param,
    ParamPath, PathRoot, Range, Scalar, ScalarSet, Scope, Step, UrlSet,
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
    let grant = Grant::new(ActionPattern::parse("charge").unwrap(), params, false, limits).unwrap();
    let scope = Scope::new(vec![grant], vec![], vec![], None).unwrap();
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
fn what_is_not_in_the_module_is_refused() {
    for (fields, expected) in [
        ("a2 00", "unsupported"),
        ("a3 02 0c 00", "unsupported"),
        ("a4 00", "unsupported"),
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
        ("84 01 'x'", "unsupported", "regex"),
        ("aa 00", "unsupported", "net"),
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
        ("31 00 a1 00", "unsupported"),
        ("31 00 a2 00", "unsupported"),
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
        Scope::new(vec![Grant::new(ActionPattern::parse("a")?, vec![param], false, vec![])?], vec![], vec![], None)
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
