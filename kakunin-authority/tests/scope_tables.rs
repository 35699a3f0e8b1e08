//! `kakunin scope test`: tables of calls, run by the real binary against the scopes that they name.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::process::{Command, Stdio};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};

const PAYMENTS: &str = r#"
[[grant]]
action = "charge"
limits = [{ rate = 3, per = "1h" }, { budget = "amount", max = 1000, per = "1d", name = "day" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
note     = { type = "string", optional = true }
"#;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs `kakunin scope test` on a table over [`PAYMENTS`] and a wider and a narrower scope.
fn run(table: &str, options: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    write("payments.toml", PAYMENTS);
    write("wide.toml", "[[grant]]\naction = \"*\"\nopen = true\nlimits = [{ rate = 2, per = \"1h\" }]\n");
    write("narrow.toml", &PAYMENTS.replace("500", "100"));
    write("tests/table", table);
    let output = Command::new(env!("CARGO_BIN_EXE_kakunin"))
        .current_dir(folder.path())
        .env_remove("KAKUNIN_ENV")
        .stdin(Stdio::null())
        .args(["scope", "test", "tests/table"])
        .args(options)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A table over `../payments.toml` with these lines.
fn table(lines: &str) -> String {
    format!("scope = \"../payments.toml\"\nat = \"2026-11-23T10:00:00Z\"\n{lines}")
}

/// A call of `charge` with these words after its parameters.
fn charge(amount: &str, rest: &str) -> String {
    format!(
        "[[call]]\naction = \"charge\"\nparams = {{ amount = {amount}, currency = \"EUR\", customer = \"cus_1\" }}\n{rest}\n"
    )
}

#[test]
fn a_table_that_is_as_expected_passes() {
    let lines = [
        charge("50", "expect = \"allow\"\nname = \"a small one\""),
        charge("500.01", "expect = \"KKN-E202\"\nparameter = \"amount\""),
        charge("-1", "expect = \"E202\""),
        "[[call]]\naction = \"refund\"\nexpect = \"E201\"\n".to_owned(),
        "[[call]]\naction = \"charge\"\nparams = { amount = 1, currency = \"EUR\" }\nexpect = \"E205\"\nparameter = \"customer\"\n".to_owned(),
        "[[call]]\naction = \"charge\"\nparams = '{\"amount\":1,\"currency\":\"EUR\",\"customer\":\"cus_1\",\"note\":null}'\nexpect = \"allow\"\n".to_owned(),
    ];
    let ran = run(&table(&lines.concat()), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(
        ran.out,
        "tests/table: ../payments.toml\n  ok       a small one: allow\n  ok       charge: KKN-E202\n  ok       charge: KKN-E202\n  \
         ok       refund: KKN-E201\n  ok       charge: KKN-E205\n  ok       charge: allow\n6 calls, all as expected\n"
    );
}

#[test]
fn a_difference_says_what_came_and_why() {
    for (call, line) in [
        (
            charge("600", "expect = \"allow\""),
            "  differs  charge (line 3): expected allow, got KKN-E202 MONETARY_LIMIT_EXCEEDED: `amount` is 600, \
             the agent's certificate allows 0 to 500 (EUR)",
        ),
        (
            charge("1", "expect = \"E202\""),
            "  differs  charge (line 3): expected KKN-E202 MONETARY_LIMIT_EXCEEDED, got allow",
        ),
        (
            charge("600", "expect = \"E202\"\nparameter = \"customer\"\nname = \"cap\""),
            "  differs  cap (line 3): expected KKN-E202 MONETARY_LIMIT_EXCEEDED at `customer`, got KKN-E202 \
             MONETARY_LIMIT_EXCEEDED: `amount` is 600, the agent's certificate allows 0 to 500 (EUR)",
        ),
        (
            charge("1", "expect = \"allow\"\nrepeat = 5"),
            "  differs  charge (line 3, call 4 of 5): expected allow, got KKN-E208 RATE_LIMIT_EXCEEDED: \
             too many calls in the window, the limit is 3 per 3600 s, 0 left, enough is free again at 2026-11-23T11:00:00Z",
        ),
    ] {
        let ran = run(&table(&call), &[]);
        assert_eq!(
            (ran.code, ran.out.lines().nth(1), ran.out.lines().nth(2)),
            (1, Some(line), Some("1 call, 1 not as expected"))
        );
    }
}

#[test]
fn limits_are_drawn_in_order_and_by_the_clock_of_the_table() {
    let lines = |after: &str| {
        [
            charge("400", "expect = \"allow\"\nrepeat = 2"),
            charge("201", "expect = \"E209\"\nparameter = \"amount\""),
            charge("200", "expect = \"allow\""),
            charge("0", "expect = \"E208\""),
            charge("0", &format!("expect = \"allow\"\nafter = \"{after}\"")),
            charge("1", "expect = \"E209\""),
            charge("1", "expect = \"allow\"\nat = \"2026-11-24T10:00:00Z\""),
        ]
        .concat()
    };
    let ran = run(&table(&lines("1h")), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(run(&table(&lines("59m")), &[]).code, 1, "the window slides");
}

#[test]
fn a_path_of_scopes_must_accept_together_and_the_higher_draws_too() {
    let path = |scopes: &str, lines: &str| format!("scopes = [{scopes}]\n{lines}");
    let lines = [charge("50", "expect = \"allow\"\nrepeat = 2"), charge("50", "expect = \"E208\"")].concat();
    let ran = run(&path("'../payments.toml', '../wide.toml'", &lines), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(run(&path("'../payments.toml'", &lines), &[]).code, 1, "alone it has a third call");
    // A scope wider than one above it makes no path: nothing runs.
    let wider = path("'../payments.toml', '../narrow.toml'", &charge("50", "expect = \"E106\""));
    assert_eq!(run(&wider, &[]).code, 0);
    assert_eq!(
        run(&path("'../narrow.toml', '../payments.toml', '../wide.toml'", &charge("50", "expect = \"allow\"")), &[])
            .code,
        0
    );
}

#[test]
fn programs_get_the_same_facts() {
    let lines =
        [charge("1", "expect = \"allow\""), charge("600", "expect = \"E204\"\nparameter = \"amount\"")].concat();
    let ran = run(&table(&lines), &["--json"]);
    let json = Json::parse(ran.out.trim().as_bytes(), &JsonBounds::DOCUMENT).unwrap();
    let object = json.as_object().unwrap();
    let count = |name: &str| object.get(name).and_then(Json::as_integer);
    assert_eq!(
        (ran.code, count("calls"), count("differ"), object.get("passed")),
        (1, Some(2), Some(1), Some(&Json::Bool(false)))
    );
    let calls = object.get("tables").unwrap().as_array().unwrap()[0].as_object().unwrap().get("calls").unwrap();
    let second = calls.as_array().unwrap()[1].as_object().unwrap();
    let text = |place: &str, name: &str| {
        let of = |object: &Object| object.get(name).and_then(Json::as_text).map(str::to_owned);
        second.get(place).and_then(Json::as_object).and_then(of).unwrap_or_default()
    };
    assert_eq!((text("expected", "code"), text("expected", "parameter")), ("KKN-E204".into(), "amount".into()));
    assert_eq!((text("got", "code"), text("got", "parameter")), ("KKN-E202".into(), "amount".into()));
    assert_eq!(text("got", "reason"), "`amount` is 600, the agent's certificate allows 0 to 500 (EUR)");
}

#[test]
fn a_faulty_table_is_misuse_with_its_place() {
    let call = "[[call]]\naction = 'a'\n";
    for (table, expected) in [
        ("".to_owned(), "1:1: KKN-E504: a table needs `scope`, the file of what it tests"),
        (
            format!("scope = 'x'\nscopes = ['x']\n{call}expect = 'allow'"),
            "2:10: KKN-E504: a table has `scope` or `scopes`, not both",
        ),
        (format!("scopes = []\n{call}expect = 'allow'"), "1:10: KKN-E504: `scopes` must not be empty: leave it out"),
        (
            "scope = 'x'\n[call]\naction = 'a'".to_owned(),
            "2:1: KKN-E504: `call` is a list of tables: write `[[call]]` in TOML, `[{…}]` in JSON",
        ),
        (table(&format!("{call}expect = 'E299'")), "5:10: KKN-E504: unknown code `E299` (did you mean `E209`?)"),
        (table(&format!("{call}expect = 'alow'")), "5:10: KKN-E504: unknown code `alow` (did you mean `allow`?)"),
        (table(call), "3:1: KKN-E504: a call needs `expect`: `\"allow\"` or a code such as `\"E202\"`"),
        (table(&format!("{call}expects = 'allow'")), "5:1: KKN-E504: unknown key `expects` (did you mean `expect`?)"),
        (
            table(&format!("{call}expect = 'allow'\nparameter = 'x'")),
            "6:13: KKN-E504: `parameter` belongs to a code: a call that is allowed has none",
        ),
        (table(&format!("{call}expect = 'E202'\nparameter = 'x..y'")), "6:13: KKN-E504: `x..y` has an empty key"),
        (table(&format!("{call}expect = 'allow'\nrepeat = 0")), "6:10: KKN-E504: `repeat` is 0, outside 1 to 100000"),
        (
            table(&format!("{call}expect = 'allow'\nparams = {{ x = nan }}")),
            "6:16: KKN-E504: `nan` is no number that JSON has",
        ),
        (
            table(&format!("{call}expect = 'allow'\nparams = '[]'")),
            "6:10: KKN-E504: the JSON in `params` must be an object",
        ),
        (
            table(&format!("{call}expect = 'allow'\nat = 2026-11-23T10:00:00Z")),
            "6:6: KKN-E504: `at` must be a time as text, such as `\"2026-11-23T10:00:00Z\"`, not a date or time",
        ),
        (
            table(&format!("{call}expect = 'allow'\nat = '2026-11-23T09:59:59Z'")),
            "6:6: KKN-E504: a table's clock only goes on: 2026-11-23T09:59:59Z is before 2026-11-23T10:00:00Z",
        ),
        (
            table(&format!("{call}expect = 'allow'\nat = '2026-11-24T09:59:59Z'\nafter = '1h'")),
            "7:9: KKN-E504: a call has `at` or `after`, not both",
        ),
        (
            table(&format!("{call}expect = 'allow'\nafter = '1 h'")),
            "6:9: KKN-E504: `1 h` is no time: write a number and `s`, `m`, `h` or `d`, such as `10m`",
        ),
        (
            r#"{"scope": "x", "call": [{"action": "a", "expct": 1}]}"#.to_owned(),
            "1:41: KKN-E504: unknown key `expct` (did you mean `expect`?)",
        ),
    ] {
        let ran = run(&table, &[]);
        let found = ran.err.lines().any(|line| line.strip_prefix("tests/table:") == Some(expected));
        assert!(ran.code == 2 && found, "{table}\n{}{}\n{expected}", ran.out, ran.err);
    }
    // The scope's own mistakes are told with the scope's file; a scope that is not there too is misuse.
    let missing = run(&table("[[call]]\naction = 'a'\nexpect = 'allow'").replace("payments", "none"), &[]);
    assert_eq!(missing.code, 2, "{}", missing.err);
}
