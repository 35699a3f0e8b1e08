//! What a token must be, each rule with a twin that changes one fact.

use kakunin_core::approval::{ApprovalCall, SignedApproval};
use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{GenerateKind, SystemRandom};
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Code;
use kakunin_core::issue::{self, ApprovalProfile};
use kakunin_core::scope::{Approver, Who};
use kakunin_testkit::NOW;
use kakunin_testkit::approval::{by_key, person};
use kakunin_testkit::chain::Chain;
use kakunin_testkit::key::Key;
use kakunin_testkit::token::{Token, integer};

use crate::world::{AUDIENCE, World, agent_of_ops, agent_of_role, arguments, at, scope};

const E213: Code = Code::ApprovalInvalid;

fn good(world: &World) -> Token {
    by_key(&Key::ed25519("ops"), &world.call(), "a")
}

fn sign(token: &Token) -> String {
    token.sign(&Key::ed25519("ops"))
}

#[test]
fn an_approval_by_the_key_that_the_scope_names_suffices() {
    let world = World::new(agent_of_ops());
    let token = sign(&good(&world));
    let name = SignedApproval::parse(&token, &Bounds::default()).unwrap().name();
    assert_eq!(world.outcome(&[token]), Ok((vec![name], None)));
}

#[test]
fn every_rule_of_form_has_a_twin() {
    type Change = fn(&mut Token);
    let world = World::new(agent_of_ops());
    let twins: &[(&'static str, Change)] = &[
        ("approval-typ", |token| token.header.insert("typ", "kakunin-approval+JWT")),
        ("approval-typ", |token| _ = token.header.remove("typ")),
        ("approval-typ", |token| token.header.insert("typ", "kakunin-intent+jwt")),
        ("approval-header", |token| token.header.insert("crit", Json::Array(vec![Json::from("b64")]))),
        ("approval-header", |token| token.header.insert("jku", "https://keys.example")),
        ("approval-header", |token| token.header.insert("x5u", "https://keys.example")),
        ("approval-header", |token| token.header.insert("x5t", "AA")),
        ("approval-algorithm", |token| token.header.insert("alg", "none")),
        ("approval-algorithm", |token| token.header.insert("alg", "HS256")),
        ("approval-algorithm", |token| _ = token.header.remove("alg")),
        ("approval-signer", |token| _ = token.header.remove("jwk")),
        ("approval-signer", |token| token.header.insert("x5t#S256", "AA")),
        ("approval-signer", |token| token.header.insert("x5c", Json::Array(vec![]))),
        ("jwk-form", |token| token.header.insert("jwk", "key")),
        ("jwk-form", |token| token.header.insert("jwk", Object::new())),
        ("approval-claim-missing", |token| _ = token.claims.remove("iss")),
        ("approval-claim-missing", |token| _ = token.claims.remove("iat")),
        ("approval-claim-missing", |token| _ = token.claims.remove("exp")),
        ("approval-claim-missing", |token| _ = token.claims.remove("jti")),
        ("approval-claim-missing", |token| _ = token.claims.remove("digest")),
        ("approval-text", |token| token.claims.insert("iss", "a\u{202e}\nb")),
        ("approval-text", |token| token.claims.insert("iss", "")),
        ("approval-text", |token| token.claims.insert("iss", "x".repeat(257))),
        ("approval-text", |token| token.claims.insert("aud", Json::Array(vec![Json::from(AUDIENCE)]))),
        ("approval-text", |token| token.claims.insert("session", Json::Null)),
        ("approval-text", |token| token.claims.insert("session", "x".repeat(257))),
        ("approval-integer", |token| token.claims.insert("iat", "0")),
        ("approval-integer", |token| token.claims.insert("exp", integer(-1))),
        ("approval-lifetime", |token| token.claims.insert("exp", integer(NOW + 86_401))),
        ("approval-lifetime", |token| token.claims.insert("exp", integer(NOW - 1))),
        ("approval-jti", |token| token.claims.insert("jti", "A".repeat(21))),
        ("approval-jti", |token| token.claims.insert("jti", "A".repeat(65))),
        ("approval-jti", |token| token.claims.insert("jti", format!("{}.", "A".repeat(22)))),
        ("approval-digest-form", |token| token.claims.insert("digest", base64::encode_url(&[0; 31]))),
        ("approval-digest-form", |token| token.claims.insert("digest", format!("{}=", base64::encode_url(&[0; 32])))),
    ];
    for (rule, change) in twins {
        let token = sign(&good(&world).change(change));
        assert_eq!(world.fault(&[token]), Some((E213, *rule)));
    }
    let plain = good(&world);
    for (text, rule) in [
        (String::new(), "jws-parts"),
        (format!("{}.AA", sign(&plain)), "jws-parts"),
        (format!("{}=", sign(&plain)), "base64url"),
        (plain.sign_text("[]", "{}", &Key::ed25519("ops")), "jws-header"),
        (format!("{}A", "A".repeat(16 * 1024)), "jws-too-large"),
    ] {
        assert_eq!(world.fault(&[text]), Some((E213, rule)));
    }
    let header = |token: &Token| kakunin_core::encoding::jcs::to_string(&Json::Object(token.header.clone()));
    for (claims, rule) in [("[]", "approval-claims"), ("{\"a\":1,\"a\":1}", "json-duplicate-key"), ("", "json-syntax")]
    {
        let token = plain.sign_text(&header(&plain), claims, &Key::ed25519("ops"));
        assert_eq!(world.fault(&[token]), Some((E213, rule)));
    }
    let others = good(&world).change(|token| {
        token.header.insert("kid", "others are passed over");
        token.claims.insert("reason", "so are these");
    });
    assert_eq!(world.fault(&[sign(&others)]), None);
}

#[test]
fn it_is_for_one_call_of_one_agent_for_one_audience_in_one_session() {
    let world = World::new(agent_of_ops());
    let call = world.call();
    let (other, nothing) = (arguments(101), Object::new());
    for (rule, call) in [
        ("approval-digest", ApprovalCall { action: "refund", ..call }),
        ("approval-digest", ApprovalCall { params: other.object(), ..call }),
        ("approval-digest", ApprovalCall { params: &nothing, ..call }),
        ("approval-digest", ApprovalCall { agent: "spiffe://acme.com/bot2", ..call }),
        ("approval-digest", ApprovalCall { issuer: &[7; 32], ..call }),
        ("approval-aud", ApprovalCall { audience: Some("https://pay.example/"), ..call }),
        ("approval-aud", ApprovalCall { audience: None, ..call }),
        ("approval-session", ApprovalCall { session: Some("s-2"), ..call }),
        ("approval-session", ApprovalCall { session: None, ..call }),
    ] {
        let token = sign(&by_key(&Key::ed25519("ops"), &call, "a"));
        assert_eq!(world.fault(&[token]), Some((E213, rule)));
    }
    // Absent in both is equal; absent in the call alone is not.
    let nowhere = World { audience: None, session: None, ..World::new(agent_of_ops()) };
    assert_eq!(nowhere.fault(&[sign(&good(&nowhere))]), None);
    assert_eq!(nowhere.fault(&[sign(&good(&world))]), Some((E213, "approval-aud")));
    let elsewhere = World { session: None, ..World::new(agent_of_ops()) };
    assert_eq!(elsewhere.fault(&[sign(&good(&world))]), Some((E213, "approval-session")));
    assert_eq!(world.fault(&[sign(&good(&world))]), None);
}

#[test]
fn the_same_id_under_another_tenant_is_another_agent() {
    let keys = ["root", "other tenant", "agent"].map(Key::ed25519);
    let other = World::new(Chain::with_keys(keys, None, &scope(vec![crate::world::key("ops")], 1), None).verified());
    let world = World::new(agent_of_ops());
    assert_eq!(world.agent.id(), other.agent.id());
    assert_eq!(other.fault(&[sign(&good(&world))]), Some((E213, "approval-digest")));
    assert_eq!(other.fault(&[sign(&good(&other))]), None);
}

#[test]
fn it_holds_from_iat_until_exp_but_for_the_skew() {
    for (now, fault) in [
        (-31, Some((E213, "approval-in-future"))),
        (-30, None),
        (629, None),
        (630, Some((E213, "approval-expired"))),
        (86_400, Some((E213, "approval-expired"))),
    ] {
        let world = World { now: at(now), ..World::new(agent_of_ops()) };
        assert_eq!(world.fault(&[sign(&good(&world))]), fault, "{now}");
    }
    let world = World { now: at(86_000), ..World::new(agent_of_ops()) };
    let day = good(&world).change(|token| token.claims.insert("exp", integer(NOW + 86_400)));
    assert_eq!(world.fault(&[sign(&day)]), None);
}

#[test]
fn a_signature_by_another_key_or_of_another_text_is_none() {
    let world = World::new(agent_of_ops());
    let token = good(&world);
    assert_eq!(world.fault(&[token.sign(&Key::ed25519("mallory"))]), Some((E213, "approval-signature")));
    let (head, signature) = sign(&token).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let other = sign(&token.clone().change(|token| token.claims.insert("jti", "B".repeat(22))));
    let (other_head, _) = other.rsplit_once('.').unwrap();
    assert_eq!(world.fault(&[format!("{other_head}.{signature}")]), Some((E213, "approval-signature")));
    assert_eq!(world.fault(&[format!("{head}.{signature}")]), None);
}

#[test]
fn the_algorithm_fits_the_key() {
    let world = World::new(agent_of_ops());
    let token = good(&world).change(|token| token.header.insert("alg", "ES256"));
    assert_eq!(world.fault(&[token.sign(&Key::ed25519("ops"))]), Some((E213, "approval-algorithm")));
    let person = person("alice");
    let world = World::new(agent_of_role(1));
    let token = person.approval(&world.call(), "a").change(|token| token.header.insert("alg", "RS256"));
    assert_eq!(world.fault(&[token.sign(&person.key)]), Some((E213, "approval-algorithm")));
}

#[test]
fn keys_of_every_kind_approve() {
    let random = SystemRandom::new();
    let bounds = Bounds::default();
    for kind in [GenerateKind::Ed25519, GenerateKind::P256, GenerateKind::P384] {
        let key = Key::generate(kind);
        let approver = Approver::new("ops", Who::Key(key.spki_hash())).unwrap();
        let world = World::new(Chain::new(None, &scope(vec![approver], 1), None).verified());
        let profile = ApprovalProfile { issuer: "Olga", certificate: None, lifetime: 3_600 };
        let context = issue::Context { now: world.now, random: &random, bounds: &bounds };
        let token = issue::approval(&world.call(), &profile, key.signer(), &context).unwrap();
        assert_eq!(world.fault(&[token]), None, "{kind:?}");
    }
    let key = Key::from_pkcs8(include_bytes!("../fixtures/keys/rsa-2048.der").to_vec());
    let approver = Approver::new("ops", Who::Key(key.spki_hash())).unwrap();
    let world = World::new(Chain::new(None, &scope(vec![approver], 1), None).verified());
    let profile = ApprovalProfile { issuer: "Olga", certificate: None, lifetime: 3_600 };
    let context = issue::Context { now: world.now, random: &random, bounds: &bounds };
    let token = issue::approval(&world.call(), &profile, key.signer(), &context).unwrap();
    assert_eq!(world.fault(&[token]), None);
}

#[test]
fn an_issuer_signs_what_is_read_back_and_nothing_longer_than_a_day() {
    let (random, bounds, key) = (SystemRandom::new(), Bounds::default(), Key::ed25519("ops"));
    let world = World::new(agent_of_ops());
    let context = issue::Context { now: world.now, random: &random, bounds: &bounds };
    let issue = |lifetime, issuer, call: &ApprovalCall<'_>| {
        let profile = ApprovalProfile { issuer, certificate: None, lifetime };
        issue::approval(call, &profile, key.signer(), &context).map_err(|denial| denial.details().rule)
    };
    assert!(issue(86_400, "Olga", &world.call()).is_ok());
    assert_eq!(issue(86_401, "Olga", &world.call()), Err("approval-lifetime"));
    assert_eq!(issue(0, "Olga", &world.call()), Err("approval-lifetime"));
    assert_eq!(issue(60, "", &world.call()), Err("approval-text"));
    assert_eq!(issue(60, "Olga", &ApprovalCall { session: Some("a\nb"), ..world.call() }), Err("approval-text"));
    let alice = person("alice");
    let profile = ApprovalProfile { issuer: "", certificate: Some(&alice.certificate), lifetime: 60 };
    let by = |key: &Key| issue::approval(&world.call(), &profile, key.signer(), &context);
    assert_eq!(by(&key).unwrap_err().details().rule, "issuer-key");
    let role = World::new(agent_of_role(1));
    let token = issue::approval(&role.call(), &profile, alice.key.signer(), &context).unwrap();
    assert_eq!(role.fault(&[token]), None);
}
