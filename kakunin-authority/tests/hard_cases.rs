//! What `docs/hard-cases.md` lists and no other file of tests shows at the level of the guard.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::atomic::{AtomicBool, Ordering};

use kakunin_authority::shell::{Binding, Clock, Guard, GuardOptions, Source};
use kakunin_authority::testing::{self, Authority};
use kakunin_core::bounds::JsonBounds;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::Mode;
use kakunin_core::scope::authoring::{self, Format};
use kakunin_core::value::Arguments;

fn guard(scope: &str) -> Guard {
    testing::guard(scope, Format::Toml, GuardOptions::default()).unwrap()
}

/// The guard of one action with one parameter, `to`.
fn to(constraint: &str) -> Guard {
    guard(&format!("[[grant]]\naction = \"go\"\nparams.to = {constraint}\n"))
}

/// What a guard says to arguments as they arrive: JSON text.
fn code(guard: &Guard, action: &str, arguments: &str) -> Option<Code> {
    let arguments = Arguments::parse(arguments.as_bytes(), &JsonBounds::ARGUMENTS).map(|all| all.object().clone());
    guard.decide(action, arguments, &Binding::default()).denial().map(Denial::code)
}

#[test]
fn fact_01_arguments_are_an_object_of_names() {
    let guard = to("[\"a\"]");
    assert_eq!(code(&guard, "go", r#"{"to":"a"}"#), None);
    for not_named in [r#"["a"]"#, r#""a""#, "null", ""] {
        assert_eq!(code(&guard, "go", not_named), Some(Code::ParameterInvalid), "{not_named}");
    }
    assert_eq!(code(&guard, "go", "{}"), Some(Code::ParameterMissing));
    assert_eq!(code(&guard, "go", r#"{"0":"a"}"#), Some(Code::ParameterMissing));
}

#[test]
fn fact_02_a_number_is_what_every_language_reads_alike() {
    let guard = guard(
        "[[grant]]\naction = \"pay\"\n[grant.params]\namount = { max = 500, money = \"currency\" }\ncurrency = \"EUR\"\n",
    );
    let pay = |amount: &str, currency: &str| {
        code(&guard, "pay", &format!(r#"{{"amount":{amount},"currency":"{currency}"}}"#))
    };
    for good in ["500", "\"500\"", "499.99", "5e2", "0", "-0", "\"499.9999999999999999999999999999999\""] {
        assert_eq!(pay(good, "EUR"), None, "{good}");
    }
    for (bad, expected) in [
        ("NaN", Code::ParameterInvalid),
        ("Infinity", Code::ParameterInvalid),
        ("-Infinity", Code::ParameterInvalid),
        ("1e400", Code::ParameterInvalid),
        ("true", Code::ParameterInvalid),
        ("[50]", Code::ParameterInvalid),
        ("\"5e1\"", Code::ParameterInvalid),
        ("\"NaN\"", Code::ParameterInvalid),
        ("\"050\"", Code::ParameterInvalid),
        ("\" 50\"", Code::ParameterInvalid),
        ("\"\u{0665}0\"", Code::ParameterInvalid),
        ("9007199254740993", Code::ParameterInvalid),
        ("9007199254740992", Code::ParameterInvalid),
        ("-9007199254740993", Code::ParameterInvalid),
        ("\"10000\"", Code::MonetaryLimitExceeded),
        ("9007199254740991", Code::MonetaryLimitExceeded),
        ("-0.01", Code::MonetaryLimitExceeded),
        ("\"-50\"", Code::MonetaryLimitExceeded),
        ("\"500.0000000000000000000000000000001\"", Code::MonetaryLimitExceeded),
        ("null", Code::ParameterMissing),
    ] {
        assert_eq!(pay(bad, "EUR"), Some(expected), "{bad}");
    }
    assert_eq!(pay("50", "USD"), Some(Code::ValueNotAllowed));
    assert_eq!(pay("50", "eur"), Some(Code::ValueNotAllowed));
}

#[test]
fn fact_04_without_a_certificate_there_is_no_guard_in_any_mode() {
    let authority = Authority::new(Clock::system()).unwrap();
    let scope = authoring::compile("[[grant]]\naction = \"go\"\n", Format::Toml).unwrap();
    let agent = authority.agent("a", &scope).unwrap();
    for mode in [Mode::Enforce, Mode::Observe] {
        let folder = tempfile::tempdir().unwrap();
        let good = || GuardOptions {
            certificate: Some(Source::Bytes(agent.chain().concat())),
            trust: vec![authority.trust()],
            state: Some("memory:".to_owned()),
            revocation: Some("none".to_owned()),
            record: Some(format!("file:{}", folder.path().display())),
            mode,
            ..GuardOptions::default()
        };
        let none = Guard::open(GuardOptions { certificate: None, ..good() }).map(drop);
        assert_eq!(none.unwrap_err().code(), Code::ConfigurationInvalid);
        let nobody = Guard::open(GuardOptions { trust: Vec::new(), ..good() }).map(drop);
        assert_eq!(nobody.unwrap_err().code(), Code::ConfigurationInvalid);
        assert!(Guard::open(good()).is_ok());
    }
}

#[test]
fn fact_14_a_regex_matches_the_whole_text_and_its_dot_crosses_no_line() {
    let judge = |guard: &Guard, text: &str| code(guard, "go", &format!(r#"{{"to":"{text}"}}"#));
    let customer = to("{ regex = \"cus_[0-9]+|none\" }");
    for good in ["cus_1", "none"] {
        assert_eq!(judge(&customer, good), None, "{good}");
    }
    for bad in ["cus_1\\n", "\\ncus_1", "x cus_1", "cus_1 or else", "cus_", "cus_\u{0661}", "nonenone", ""] {
        assert_eq!(judge(&customer, bad), Some(Code::ValueNotAllowed), "{bad}");
    }
    let dot = to("{ regex = \"a.*b\" }");
    for (text, expected) in
        [("a b", None), ("a\\nb", Some(Code::ValueNotAllowed)), ("a\\rb", Some(Code::ValueNotAllowed))]
    {
        assert_eq!(judge(&dot, text), expected, "{text}");
    }
}

#[test]
fn fact_14_an_address_has_one_form() {
    let net = to("{ net = [\"192.0.2.0/24\", \"2001:db8::/32\"] }");
    let judge = |text: &str| code(&net, "go", &format!(r#"{{"to":"{text}"}}"#));
    for good in ["192.0.2.1", "2001:db8::1"] {
        assert_eq!(judge(good), None, "{good}");
    }
    for elsewhere in ["192.0.3.0", "2001:db9::1"] {
        assert_eq!(judge(elsewhere), Some(Code::DomainRestrictionViolated), "{elsewhere}");
    }
    for odd in [
        "192.0.2.01",
        "192.0.2",
        "0xc0000201",
        "3221225985",
        "192.0.2.1\\n",
        "192.0.2.1/32",
        "::ffff:192.0.2.1",
        "2001:DB8::1",
        "2001:db8:0::1",
        "2001:db8::1%eth0",
        "[2001:db8::1]",
    ] {
        assert_eq!(judge(odd), Some(Code::ParameterInvalid), "{odd}");
    }
}

#[test]
fn fact_14_a_link_is_judged_by_its_name_alone() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let guard = to(&format!("{{ path = \"{}\" }}", inside.display()));
    let link = inside.join("link");
    std::fs::write(&link, "").unwrap();
    assert_eq!(code(&guard, "go", &format!(r#"{{"to":"{}"}}"#, link.display())), None);
    std::fs::remove_file(&link).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc", &link).unwrap();
    assert_eq!(code(&guard, "go", &format!(r#"{{"to":"{}"}}"#, link.display())), None, "the core looks at no file");
    assert_eq!(code(&guard, "go", r#"{"to":"/etc"}"#), Some(Code::ValueNotAllowed));
}

#[test]
fn fact_15_no_clock_limits_a_decision() {
    let guard = to(&format!("{{ glob = \"{}\" }}", "*a".repeat(40)));
    let arguments = format!(r#"{{"to":"{}"}}"#, "a".repeat(60_000));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let refused: Vec<_> = (0..5).filter_map(|_| code(&guard, "go", &arguments)).collect();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(refused, []);
    });
}

#[test]
fn fact_15_no_text_makes_a_decision_explode() {
    let arguments = format!(r#"{{"to":"{}?"}}"#, "a".repeat(50_000));
    for regex in ["(a*)*b", "(a|a)*b", "(a?){60}a{60}", "([a-z]*[a-z]*)*!"] {
        let guard = to(&format!("{{ regex = \"{regex}\" }}"));
        assert_eq!(code(&guard, "go", &arguments), Some(Code::ValueNotAllowed), "{regex}");
    }
}
