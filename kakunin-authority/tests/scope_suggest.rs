//! `kakunin scope suggest`: a guard records, the real binary suggests, and what it suggests is used.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kakunin_authority::shell::{Binding, Clock, GuardOptions, RecordValues};
use kakunin_authority::testing::Authority;
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::encoding::json::Json;
use kakunin_core::guard::Mode;
use kakunin_core::scope::authoring::{self, Format};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

const OPEN: &str = "[[grant]]\naction = \"*\"\nopen = true\n";

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn suggest(folder: &Path, options: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_kakunin"))
        .current_dir(folder)
        .env_remove("KAKUNIN_ENV")
        .stdin(Stdio::null())
        .args(["scope", "suggest", "record"])
        .args(options)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Records these calls, ten minutes apart, as a guard with `scope` decides them.
fn record(folder: &Path, scope: &str, mode: Mode, values: RecordValues, calls: &[(&str, String)]) {
    let clock = Clock::manual(UnixTime::from_rfc3339("2026-11-02T08:00:00Z").unwrap());
    let authority = Authority::new(std::sync::Arc::clone(&clock)).unwrap();
    let options = GuardOptions {
        record: Some(format!("file:{}", folder.join("record").display())),
        record_values: Some(values),
        mode,
        ..GuardOptions::default()
    };
    let guard = authority.guard(&authoring::compile(scope, Format::Toml).unwrap(), options).unwrap();
    for (action, params) in calls {
        let arguments = Arguments::parse(params.as_bytes(), &Bounds::default().json).unwrap();
        let _ = guard.decide(action, Ok(arguments.object().clone()), &Binding::default());
        clock.advance(Duration::from_secs(600)).unwrap();
    }
    guard.close().unwrap();
}

fn charges() -> Vec<(&'static str, String)> {
    let charge = |n: usize| {
        let note = if n.is_multiple_of(3) { "" } else { r#","note":null"# };
        let cents = (n * 977) % 43_121;
        format!(r#"{{"amount":{}.{:02},"currency":"EUR","customer":"cus_{n:03}"{note}}}"#, cents / 100, cents % 100)
    };
    let mail =
        |n: usize| format!(r#"{{"to":["u{n}@acme.com"],"subject":"Invoice {n}","urgent":{}}}"#, n.is_multiple_of(5));
    (0..60).map(|n| ("charge", charge(n))).chain((0..25).map(|n| ("mail.send", mail(n)))).collect()
}

#[test]
fn what_was_seen_becomes_a_scope_that_says_what_it_generalised() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), OPEN, Mode::Enforce, RecordValues::All, &charges());
    let ran = suggest(folder.path(), &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for lines in [
        "# Suggested from 85 calls of urn:kakunin:test:agent, 2026-11-02T08:00:00Z to 2026-11-02T22:00:00Z.\n",
        "\n# 60 calls\n[[grant]]\naction = \"charge\"\n# 6 calls in the busiest hour, 60 calls in the busiest day, `amount` came to ",
        "limits = [{ rate = 15, per = \"1h\" }, { rate = 150, per = \"1d\" }, { budget = \"amount\", max = ",
        "in 60 values, rounded up; taken for money because of `currency` beside it\namount = { max = 500, money = \"currency\" }\n",
        "# nothing but this in 60 values\ncurrency = \"EUR\"\n",
        "customer = { glob = \"cus_*\", length = { max = 8 } }\n",
        "# never more than null\nnote = { one-of = [], optional = true }\n",
        "action = \"mail.send\"\n",
        "# ! free text: anything of that length may stand in it; narrow it by hand if you can\nsubject = { type = \"string\", length = { max = 20 } }\n",
        "# at most 1 element in 25 values\nto = { length = { max = 1 } }\n",
        "\"to[]\" = { email = { domains = [\"acme.com\"] } }\n",
        "urgent = { type = \"boolean\" }\n",
        "\n# Tried: all 85 calls are allowed by this scope.\n",
    ] {
        assert!(ran.out.contains(lines), "{lines}\n{}", ran.out);
    }
    let scope = authoring::compile(&ran.out, Format::Toml).unwrap();
    assert!(authoring::compile(OPEN, Format::Toml).unwrap().contains(&scope).is_ok());
    // Whoever follows it is held to it.
    let again = tempfile::tempdir().unwrap();
    let wrong = |params: &str| vec![("charge", params.to_owned())];
    record(again.path(), &ran.out, Mode::Enforce, RecordValues::All, &charges());
    assert!(suggest(again.path(), &[]).out.contains("all 85 calls"), "limits have room for the same again");
    record(
        again.path(),
        &ran.out,
        Mode::Enforce,
        RecordValues::All,
        &wrong(r#"{"amount":501,"currency":"EUR","customer":"cus_1"}"#),
    );
    assert!(
        suggest(again.path(), &[]).out.contains("# ! 1 call denied by KKN-E202"),
        "{}",
        suggest(again.path(), &[]).out
    );
}

#[test]
fn denied_calls_are_learned_only_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    // Observing, all of them ran; the certificate would have denied them.
    record(folder.path(), "[[grant]]\naction = \"other\"\n", Mode::Observe, RecordValues::All, &charges());
    let nothing = suggest(folder.path(), &[]);
    assert_eq!(nothing.code, 2);
    assert!(
        nothing.err.contains("denied calls only: KKN-E201 ×85") && nothing.err.contains("--include-denied"),
        "{}",
        nothing.err
    );
    for code in ["E201", "KKN-E201"] {
        let ran = suggest(folder.path(), &["--include-denied", code]);
        assert!(ran.code == 0 && ran.out.contains("all 85 calls are allowed"), "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("# ! 85 calls denied by KKN-E201 ACTION_NOT_ALLOWED, allowed by this"), "{}", ran.out);
    }
    for code in ["E401", "E2", "allow"] {
        assert_eq!(suggest(folder.path(), &["--include-denied", code]).code, 2, "{code}");
    }
}

#[test]
fn records_without_all_values_teach_nothing() {
    let some = RecordValues::Only(vec!["amount".to_owned()]);
    for values in [RecordValues::None, some] {
        let folder = tempfile::tempdir().unwrap();
        record(folder.path(), OPEN, Mode::Enforce, values, &charges()[..2]);
        let ran = suggest(folder.path(), &[]);
        assert_eq!(ran.code, 2);
        assert!(
            ran.err.contains("record_values") && ran.err.contains("2 calls without all their values"),
            "{}",
            ran.err
        );
    }
    // Without the key beside it nobody can tell, and that is said.
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), OPEN, Mode::Enforce, RecordValues::All, &charges()[..2]);
    fs::remove_file(folder.path().join("record/digest.key")).unwrap();
    let ran = suggest(folder.path(), &[]);
    assert!(ran.code == 0 && ran.out.contains("whether its records hold all values cannot be checked"), "{}", ran.out);
    assert!(ran.out.contains("# ! `charge` was seen 2 times only"), "{}", ran.out);
}

#[test]
fn a_log_that_was_altered_is_refused_and_agents_can_be_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), OPEN, Mode::Enforce, RecordValues::All, &charges()[..3]);
    assert_eq!(suggest(folder.path(), &["--agent", "urn:kakunin:test:other"]).code, 2);
    let (one, json) =
        (suggest(folder.path(), &["--agent", "urn:kakunin:test:agent"]), suggest(folder.path(), &["--json"]));
    assert_eq!(one.code, 0, "{}", one.err);
    let json = Json::parse(json.out.trim().as_bytes(), &JsonBounds::DOCUMENT).unwrap();
    let object = json.as_object().unwrap();
    assert_eq!(
        (object.get("calls").and_then(Json::as_integer), object.get("refused").and_then(Json::as_integer)),
        (Some(3), Some(0))
    );
    let toml = object.get("toml").and_then(Json::as_text).unwrap();
    assert!(one.out.starts_with(toml), "{toml}");
    let entries = folder.path().join("record/entries");
    let text = fs::read(&entries).unwrap();
    let altered: Vec<u8> = String::from_utf8_lossy(&text).replace("cus_000", "cus_999").into_bytes();
    fs::write(&entries, altered).unwrap();
    let ran = suggest(folder.path(), &[]);
    assert!(ran.code == 2 && ran.err.contains("log-altered"), "{}{}", ran.out, ran.err);
}
