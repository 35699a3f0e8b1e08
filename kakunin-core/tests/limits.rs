//! Limits, on every certificate of a path at once: what draws, what does not, and what nothing gives back.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail their test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{Context, MemoryStore, Mode, judge_call};
use kakunin_core::path::{TrustAnchors, VerifiedAgent, validate};
use kakunin_core::revocation::RevocationView;
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::Template;
use kakunin_testkit::chain::{AGENT, Chain, SUB_AGENT};
use kakunin_testkit::key::Key;

use Code::{
    BudgetExceeded as E209, MonetaryLimitExceeded as E202, ParameterInvalid as E207, RateLimitExceeded as E208,
    ValueNotAllowed as E204,
};

fn scope(text: &str) -> Scope {
    compile(text, Format::Toml).unwrap()
}

/// `charge` of at most 500 EUR a time under these limits.
fn charging(limits: &str) -> String {
    format!(
        "[[grant]]\naction = \"charge\"\nlimits = [{limits}]\n[grant.params]\namount = {{ max = 500, money = \"currency\" }}\ncurrency = \"EUR\"\n"
    )
}

fn daily(max: &str) -> String {
    charging(&format!("{{ budget = \"amount\", max = {max}, per = \"1d\" }}"))
}

/// The agent whose scope this is.
fn agent(text: &str) -> Arc<VerifiedAgent> {
    Chain::new(None, &scope(text), None).verified()
}

fn call_at(agent: &Arc<VerifiedAgent>, store: &MemoryStore, arguments: &str, seconds: i64) -> Result<(), Denial> {
    let arguments = Arguments::parse(arguments.as_bytes(), &JsonBounds::ARGUMENTS).unwrap();
    let now = UnixTime::from_seconds(NOW + seconds);
    let unchecked = RevocationView::NotChecked;
    let permit = judge_call(agent, "charge", &arguments, None, &unchecked, &Context::new(now, Mode::Enforce))?;
    permit.reserve(store, || unchecked.clone(), now).map(drop)
}

fn call(agent: &Arc<VerifiedAgent>, store: &MemoryStore, amount: &str) -> Result<(), Code> {
    let arguments = format!(r#"{{"amount":{amount},"currency":"EUR"}}"#);
    call_at(agent, store, &arguments, 0).map_err(|denial| denial.code())
}

#[test]
fn sums_are_exact_in_decimals() {
    let (bot, store) = (agent(&daily("0.3")), MemoryStore::default());
    // In doubles 0.1 + 0.1 + 0.1 is more than 0.3.
    for _ in 0..3 {
        assert_eq!(call(&bot, &store, "0.1"), Ok(()));
    }
    assert_eq!(call(&bot, &store, r#""0.00000000000000000000000000000001""#), Err(E209));
    let (bot, store) = (agent(&daily("100")), MemoryStore::default());
    assert_eq!(call(&bot, &store, r#""99.9999999999999999999999999999""#), Ok(()));
    assert_eq!(call(&bot, &store, r#""0.0000000000000000000000000001""#), Ok(()));
    assert_eq!(call(&bot, &store, r#""0.0000000000000000000000000001""#), Err(E209));
}

#[test]
fn a_denied_call_draws_nothing_on_any_certificate() {
    let tenant = format!("max_depth = 2\n{}", charging("{ rate = 2, per = \"1h\" }"));
    let chain = Chain::new(Some(&scope(&tenant)), &scope(&daily("100")), None);
    let (bot, store) = (chain.verified(), MemoryStore::default());
    for _ in 0..10 {
        assert_eq!(call(&bot, &store, "501"), Err(E202), "by a scope");
        assert_eq!(call(&bot, &store, "101"), Err(E209), "by the agent's own budget: the tenant's rate is untouched");
    }
    assert_eq!(call(&bot, &store, "50"), Ok(()));
    assert_eq!(call(&bot, &store, "30"), Ok(()));
    for _ in 0..10 {
        assert_eq!(call(&bot, &store, "20"), Err(E208), "by the tenant's rate: the agent's budget is untouched");
    }
    let hour = |amount| call_at(&bot, &store, &format!(r#"{{"amount":{amount},"currency":"EUR"}}"#), 3_601);
    assert_eq!(hour("21").map_err(|denial| denial.code()), Err(E209));
    assert_eq!(hour("20"), Ok(()));
}

#[test]
fn a_negative_amount_refunds_nothing() {
    let (bot, store) = (agent(&daily("100")), MemoryStore::default());
    assert_eq!(call(&bot, &store, "100"), Ok(()));
    assert_eq!(call(&bot, &store, "-50"), Err(E202), "money is at least zero");
    assert_eq!(call(&bot, &store, "1"), Err(E209));
    // Where the scope lets it be negative, its budget does not.
    let plain = "[[grant]]\naction = \"charge\"\nlimits = [{ budget = \"amount\", max = 100, per = \"1d\" }]\n[grant.params]\namount = { min = -500, max = 500 }\ncurrency = \"EUR\"\n";
    let (bot, store) = (agent(plain), MemoryStore::default());
    assert_eq!(call(&bot, &store, "100"), Ok(()));
    for negative in ["-50", "-0.01", r#""-50""#] {
        assert_eq!(call(&bot, &store, negative), Err(E207), "{negative}");
    }
    assert_eq!(call(&bot, &store, "1"), Err(E209));
    assert_eq!(call(&bot, &store, "-501"), Err(E204));
}

#[test]
fn amounts_of_two_currencies_never_add_up() {
    let grant = |currency: &str, max: u32| daily(&max.to_string()).replace("EUR", currency);
    let both = grant("EUR", 100) + &grant("JPY", 10_000).replace("max = 500", "max = 50000");
    let (bot, store) = (agent(&both), MemoryStore::default());
    let pay = |amount: u32, currency: &str| {
        let arguments = format!(r#"{{"amount":{amount},"currency":"{currency}"}}"#);
        call_at(&bot, &store, &arguments, 0).map_err(|denial| denial.code())
    };
    assert_eq!(pay(9_999, "JPY"), Ok(()));
    assert_eq!(pay(100, "EUR"), Ok(()), "10,099 of nothing was drawn");
    assert_eq!((pay(1, "EUR"), pay(2, "JPY"), pay(1, "JPY")), (Err(E209), Err(E209), Ok(())));
    // One budget over two currencies is no scope.
    let mixed = daily("100").replace("\"EUR\"", "[\"EUR\", \"JPY\"]");
    assert!(compile(&mixed, Format::Toml).is_err());
    let wide = format!(
        "limits = [{{ budget = \"amount\", max = 100, per = \"1d\" }}]\n{}{}",
        charging("{ rate = 5, per = \"1h\" }"),
        charging("{ rate = 5, per = \"1h\" }").replace("EUR", "JPY")
    );
    assert!(compile(&wide, Format::Toml).is_err());
}

#[test]
fn a_raised_maximum_resets_nothing_and_a_lowered_one_counts_what_was_drawn() {
    let store = MemoryStore::default();
    assert_eq!(call(&agent(&daily("100")), &store, "90"), Ok(()));
    let raised = agent(&daily("200"));
    assert_eq!(call(&raised, &store, "111"), Err(E209));
    assert_eq!(call(&raised, &store, "100"), Ok(()));
    assert_eq!(call(&agent(&daily("100")), &store, "0.01"), Err(E209), "190 stand on the counter");
}

#[test]
fn renewal_resets_nothing() {
    let store = MemoryStore::default();
    let limits = scope(&daily("100"));
    assert_eq!(call(&Chain::new(None, &limits, None).verified(), &store, "90"), Ok(()));
    // Another key, another serial: the same agent of the same CA key.
    let renewed = Chain::with_leaf(Key::ed25519("renewed"), &limits);
    assert_eq!(call(&renewed.verified(), &store, "11"), Err(E209));
    assert_eq!(call(&renewed.verified(), &store, "10"), Ok(()));
}

/// The sub-agent of this name below the agent of `chain`, with this scope.
fn sibling(chain: &Chain, name: &str, text: &str) -> Arc<VerifiedAgent> {
    let (key, agent) = (Key::ed25519(name), Key::ed25519("agent"));
    let parent = chain.path.get(1).expect("the agent's certificate");
    let id = format!("{AGENT}/-/{name}");
    let template = Template::sub_agent(AGENT, parent, &id, &key, scope(text).encode()).issued_by(&agent);
    let mut path = vec![template.sign(&agent)];
    path.extend(chain.path.iter().skip(1).cloned());
    let bounds = Bounds::default();
    let anchors = TrustAnchors::new(path.last().cloned().into_iter().collect(), &bounds).unwrap();
    Arc::new(validate(&path, &[], &anchors, UnixTime::from_seconds(NOW), &bounds).unwrap())
}

#[test]
fn a_siblings_spending_counts_in_the_parent() {
    let parent = format!("max_depth = 1\n{}", daily("100"));
    let chain = Chain::new(None, &scope(&parent), Some(&scope(&daily("80"))));
    let (sub, other) = (chain.verified(), sibling(&chain, "other", &daily("80")));
    assert_ne!((sub.id(), other.id()), (SUB_AGENT, SUB_AGENT));
    let store = MemoryStore::default();
    assert_eq!(call(&sub, &store, "70"), Ok(()));
    let arguments = r#"{"amount":31,"currency":"EUR"}"#;
    let denial = call_at(&other, &store, arguments, 0).unwrap_err();
    let details = denial.details();
    assert_eq!((denial.code(), details.depth, details.left.as_deref()), (E209, Some(1), Some("30")));
    assert_eq!(details.frees_at, Some(UnixTime::from_seconds(NOW + 86_400).millis()));
    assert_eq!(call(&other, &store, "30"), Ok(()), "its own budget was not touched by the refusal");
    assert_eq!(call(&sub, &store, "1"), Err(E209));
}

#[test]
fn sixty_four_threads_never_overdraw_any_certificate() {
    let tenant = charging("{ budget = \"amount\", max = 1000, per = \"1d\" }, { rate = 300, per = \"1h\" }");
    let parent = scope(&format!("max_depth = 1\n{}", daily("999.5")));
    let chain = Chain::new(Some(&scope(&format!("max_depth = 2\n{tenant}"))), &parent, Some(&scope(&daily("900"))));
    let agents = [chain.verified(), sibling(&chain, "other", &daily("900"))];
    let (store, drawn, start) = (MemoryStore::default(), AtomicUsize::new(0), Barrier::new(64));
    thread::scope(|threads| {
        for agent in agents.iter().cycle().take(64) {
            let (store, drawn, start) = (&store, &drawn, &start);
            threads.spawn(move || {
                start.wait();
                for _ in 0..10 {
                    match call(agent, store, "5") {
                        Ok(()) => _ = drawn.fetch_add(1, Ordering::Relaxed),
                        Err(code) => assert_eq!(code, E209),
                    }
                }
            });
        }
    });
    // 640 tried; 199 times 5 fit into the parent's 999.5, however the siblings share them.
    assert_eq!(drawn.into_inner(), 199);
    assert_eq!(call(agents.first().unwrap(), &store, "4.51"), Err(E209));
}
