//! The tokens' form.

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::Json;
use kakunin_core::error::Code;
use kakunin_core::revocation::order::{Governs, Instruction, OrderAuthority, SignedHead, SignedOrder, Target};
use kakunin_testkit::NOW;
use kakunin_testkit::key::Key;
use kakunin_testkit::order::{Log, name};
use kakunin_testkit::token::{Token, integer};

use crate::world::{halt_agent, halt_session, parse};

type Change = Box<dyn FnOnce(&mut Token)>;

/// The rule that refuses an order, or the empty text.
fn order(change: impl FnOnce(&mut Token)) -> &'static str {
    let mut log = Log::new("acme");
    log.halt(&Target::All);
    let token = log.halting(&halt_agent()).change(change).sign(&log.key);
    rule(SignedOrder::parse(&token, &Bounds::default()).map(drop))
}

fn head(change: impl FnOnce(&mut Token)) -> &'static str {
    let mut log = Log::new("acme");
    log.halt(&Target::All);
    let token = log.head().change(change).sign(&log.key);
    rule(SignedHead::parse(&token, &Bounds::default()).map(drop))
}

fn rule(parsed: Result<(), kakunin_core::error::Denial>) -> &'static str {
    match parsed {
        Ok(()) => "",
        Err(denial) => {
            assert_eq!(denial.code(), Code::RevocationStale);
            denial.details().rule
        }
    }
}

fn set(key: &'static str, value: impl Into<Json>) -> impl FnOnce(&mut Token) {
    let value = value.into();
    move |token: &mut Token| token.claims.insert(key, value)
}

fn set_header(key: &'static str, value: impl Into<Json>) -> impl FnOnce(&mut Token) {
    let value = value.into();
    move |token: &mut Token| token.header.insert(key, value)
}

fn without(key: &'static str) -> impl FnOnce(&mut Token) {
    move |token: &mut Token| drop(token.claims.remove(key))
}

#[test]
fn an_order_says_what_was_signed() {
    let mut log = Log::new("acme");
    let first = log.halt(&halt_session("s 1"));
    let second = log.next("reinstate").change(|token| {
        token.claims.insert("lifts", Json::Array(vec![Json::from(name(&first))]));
        token.claims.insert("reason", "false alarm");
    });
    let second = log.push(&second);
    let authority = log.authority(Governs::Everything);
    let [first, second] = [&first, &second].map(|token| parse(token).verify(&authority).unwrap());
    assert_eq!((first.seq(), first.log(), first.issuer(), first.reason()), (1, "acme", "night desk", None));
    assert_eq!(first.instruction(), &Instruction::Halt(halt_session("s 1")));
    assert_eq!((second.previous(), second.reason()), (Some(first.name()), Some("false alarm")));
    assert_eq!(second.instruction(), &Instruction::Reinstate([*first.name()].into()));
    assert_eq!(base64::encode_url(first.name()), name(&log.orders[0]));
}

#[test]
fn an_order_has_one_form() {
    assert_eq!(order(|_| {}), "");
    assert_eq!(order(set("later", "unknown claims are passed over")), "");
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(set_header("typ", "kakunin-head+jwt")), "order-typ"),
        (Box::new(set_header("typ", "Kakunin-Order+JWT")), "order-typ"),
        (Box::new(set_header("typ", "application/kakunin-order+jwt")), "order-typ"),
        (Box::new(|token: &mut Token| drop(token.header.remove("typ"))), "order-typ"),
        (Box::new(set_header("crit", Json::Array(vec![Json::from("exp")]))), "order-header"),
        (Box::new(set_header("jwk", "x")), "order-header"),
        (Box::new(set_header("jku", "x")), "order-header"),
        (Box::new(set_header("x5u", "x")), "order-header"),
        (Box::new(set_header("x5t", "x")), "order-header"),
        (Box::new(set_header("x5c", Json::Array(vec![]))), "order-header"),
        (Box::new(set_header("alg", "none")), "order-algorithm"),
        (Box::new(set_header("alg", "HS256")), "order-algorithm"),
        (Box::new(set_header("alg", Json::Null)), "order-algorithm"),
        (Box::new(|token: &mut Token| drop(token.header.remove("kid"))), "order-kid"),
        (Box::new(set_header("kid", "night desk")), "order-kid"),
        (Box::new(set("seq", integer(0))), "order-integer"),
        (Box::new(set("seq", integer(-2))), "order-integer"),
        (Box::new(set("seq", "2")), "order-integer"),
        (Box::new(without("seq")), "order-claim-missing"),
        (Box::new(set("seq", integer(1))), "order-prev-form"),
        (Box::new(without("prev")), "order-prev-form"),
        (Box::new(set("prev", "x")), "order-digest"),
        (Box::new(set("prev", Json::Null)), "order-digest"),
        (Box::new(set("iat", integer(-1))), "order-integer"),
        (Box::new(without("iat")), "order-claim-missing"),
        (Box::new(without("iss")), "order-claim-missing"),
        (Box::new(set("iss", "")), "order-text"),
        (Box::new(set("iss", "x".repeat(257))), "order-text"),
        (Box::new(set("reason", "x".repeat(1_025))), "order-text"),
        (Box::new(set("reason", "a\u{1b}[2Jb")), "order-text"),
        (Box::new(without("log")), "order-claim-missing"),
        (Box::new(set("log", "../acme")), "order-log-name"),
        (Box::new(set("log", ".acme")), "order-log-name"),
        (Box::new(set("log", "x".repeat(65))), "order-text"),
        (Box::new(without("kind")), "order-claim-missing"),
        (Box::new(set("kind", "Halt")), "order-kind"),
        (Box::new(set("kind", Json::Null)), "order-kind"),
        (Box::new(without("target")), "order-target"),
        (Box::new(set("target", "All")), "order-target"),
        (Box::new(set("lifts", Json::Array(vec![]))), "order-lifts"),
        (Box::new(set("kind", "reinstate")), "order-lifts"),
        (Box::new(set("reason", "x".repeat(20_000))), "jws-too-large"),
    ];
    for (change, expected) in cases {
        assert_eq!(order(change), expected);
    }
}

#[test]
fn a_revocation_is_of_an_agent_or_a_certificate() {
    let revoke = |target: Target| {
        order(move |token| {
            token.claims.insert("kind", "revoke");
            token.claims.insert("target", target.to_json());
        })
    };
    assert_eq!(revoke(halt_agent()), "");
    assert_eq!(revoke(Target::Certificate { issuer: [1; 32], serial: [7].into() }), "");
    assert_eq!(revoke(halt_session("s")), "order-target");
    assert_eq!(revoke(Target::All), "order-target");
}

#[test]
fn a_reinstatement_names_1_to_64_halts_and_no_target() {
    let lifts = |count: usize, target: bool| {
        order(move |token| {
            token.claims.insert("kind", "reinstate");
            if !target {
                drop(token.claims.remove("target"));
            }
            let names = (0..count).map(|_| Json::from(base64::encode_url(&[7; 32])));
            token.claims.insert("lifts", Json::Array(names.collect()));
        })
    };
    assert_eq!((lifts(1, false), lifts(64, false)), ("", ""));
    assert_eq!((lifts(0, false), lifts(65, false), lifts(1, true)), ("order-lifts", "order-lifts", "order-lifts"));
}

#[test]
fn a_head_has_one_form() {
    assert_eq!(head(|_| {}), "");
    let cases: Vec<(Change, &str)> = vec![
        (Box::new(set_header("typ", "kakunin-order+jwt")), "order-typ"),
        (Box::new(set("seq", integer(0))), "head-order"),
        (Box::new(without("head")), "head-order"),
        (Box::new(set("head", "x")), "order-digest"),
        (Box::new(set("nextUpdate", integer(NOW))), "head-lifetime"),
        (Box::new(set("nextUpdate", integer(NOW - 1))), "head-lifetime"),
        (Box::new(set("nextUpdate", integer(NOW + 366 * 86_400 + 1))), "head-lifetime"),
        (Box::new(set("nextUpdate", integer(NOW + 366 * 86_400))), ""),
        (Box::new(without("nextUpdate")), "order-claim-missing"),
        (Box::new(set("log", "x".repeat(5_000))), "jws-too-large"),
    ];
    for (change, expected) in cases {
        assert_eq!(head(change), expected);
    }
}

#[test]
fn only_the_configured_key_of_the_log_signs() {
    let mut log = Log::new("acme");
    let token = log.halt(&Target::All);
    let authority = log.authority(Governs::Everything);
    let verify = |token: &str, authority: &OrderAuthority| rule(parse(token).verify(authority).map(drop));
    assert_eq!(verify(&token, &authority), "");
    assert_eq!(verify(&token, &Log::new("other").authority(Governs::Everything)), "order-log");
    let key = log.key.signer().public_key().clone();
    let renamed = OrderAuthority::new(key, "other", Governs::Everything).unwrap();
    assert_eq!(verify(&token, &renamed), "order-log");
    let usurper = OrderAuthority::new(Key::ed25519("x").signer().public_key().clone(), "acme", Governs::Everything);
    assert_eq!(verify(&token, &usurper.unwrap()), "order-kid");
    // Signed by another key under the right `kid`.
    let forged = Log::new("acme").halting(&Target::All).sign(&Key::ed25519("x"));
    assert_eq!(verify(&forged, &authority), "order-signature");
    let confused = Log::new("acme").halting(&Target::All).change(set_header("alg", "ES256")).sign(&log.key);
    assert_eq!(verify(&confused, &authority), "order-algorithm");
}

#[test]
fn a_logs_name_is_one_folders_name() {
    let key = Key::ed25519("x").signer().public_key().clone();
    for (log, fine) in [
        ("acme", true),
        ("a", true),
        ("A.b_c-1", true),
        ("", false),
        ("..", false),
        ("-a", false),
        ("a/b", false),
        ("a b", false),
        ("ä", false),
    ] {
        let made = OrderAuthority::new(key.clone(), log, Governs::Everything);
        assert_eq!(made.is_ok(), fine, "{log}");
        assert!(made.map_or_else(|denial| denial.code() == Code::ConfigurationInvalid, |_| true));
    }
}
