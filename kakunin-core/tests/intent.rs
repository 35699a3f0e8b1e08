//! Intents: one that is accepted, and for every rule a twin that differs in one fact and is refused with one code.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use std::sync::Arc;

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::crypto::{GenerateKind, SoftwareSigner, SystemRandom, sha256};
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::intent::{Request, SignedIntent, VerifiedIntent, new_jti, sign};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::scope::{ActionPattern, Grant, GrantParts, Scope, ScopeParts};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;
use kakunin_testkit::NOW;
use kakunin_testkit::chain::Chain;
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;
use kakunin_testkit::token::{Token, integer};

const AUDIENCE: &str = "https://pay.example";

use Code::{
    AgentRevoked as E401, AlgorithmNotAllowed as E307, AudienceMismatch as E306, CertificateExpired as E103,
    CertificateNotYetValid as E104, IdentityInvalid as E109, IntentMalformed as E304, IntentMismatch as E308,
    IntentSignatureInvalid as E305, RevocationStale as E405, TimestampExpired as E302, TimestampInFuture as E303,
};

/// Member, its value (none: taken out), and the refusal.
type Case = (&'static str, Option<Json>, Option<(Code, &'static str)>);

fn scope() -> Scope {
    let grant =
        Grant::new(GrantParts { open: true, ..GrantParts::new(ActionPattern::parse("charge").unwrap()) }).unwrap();
    Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() }).unwrap()
}

fn chain() -> Chain {
    Chain::new(None, &scope(), None)
}

fn object(text: &str) -> Object {
    Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap().as_object().unwrap().clone()
}

fn arguments(text: &str) -> Arguments {
    Arguments::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap()
}

fn token(chain: &Chain) -> Token {
    chain.intent(AUDIENCE, "charge", object(r#"{"amount":50,"currency":"EUR"}"#))
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

fn check(chain: &Chain, token: &str, now: UnixTime) -> Result<VerifiedIntent, Denial> {
    let bounds = Bounds::default();
    let intent = SignedIntent::parse(token, &bounds)?;
    intent.verify(&chain.verified(), AUDIENCE, &RevocationView::NotChecked, now, &bounds)
}

fn outcome(result: Result<VerifiedIntent, Denial>) -> Option<(Code, &'static str)> {
    result.err().map(|denial| (denial.code(), denial.details().rule))
}

#[test]
fn an_intent_is_accepted_and_says_what_was_signed() {
    let chain = chain();
    let token = token(&chain).change(|token| {
        token.claims.insert("session", "s-1");
        token.claims.insert("chain", "c-1");
    });
    let token = token.sign(&chain.leaf);
    let parsed = SignedIntent::parse(&token, &Bounds::default()).unwrap();
    assert_eq!((parsed.chain(), parsed.parents().len()), (chain.path.as_slice(), 0));
    assert_eq!(*parsed.leaf_fingerprint(), sha256(&chain.path[0]));
    let name = parsed.name();
    assert_eq!(name, sha256(token.rsplit_once('.').unwrap().0.as_bytes()));

    let intent = check(&chain, &token, at(0)).unwrap();
    assert_eq!((intent.action(), intent.audience(), intent.name()), ("charge", AUDIENCE, &name));
    assert_eq!(*intent.arguments(), arguments(r#"{"currency":"EUR","amount":50.0}"#));
    assert_eq!((intent.session(), intent.chain_id()), (Some("s-1"), Some("c-1")));
    assert_eq!((intent.jti(), intent.agent().id()), ("AAAAAAAAAAAAAAAAAAAAAA", chain.id));
    assert_eq!((intent.issued_at(), intent.expires_at(), intent.remember_until()), (at(0), at(60), at(60 + 30 + 300)));
}

#[test]
fn a_header_that_differs_in_one_fact_is_refused() {
    let chain = chain();
    let leaf = base64::encode_url(&sha256(&chain.path[0]));
    let certificates = Json::Array(chain.path.iter().map(|der| Json::from(base64::encode(der))).collect());
    let wrong_leaf = Json::Array(vec![Json::from(base64::encode(&chain.path[1]))]);
    let url_alphabet = Json::Array(vec![Json::from(base64::encode_url(&chain.path[0]))]);
    let paths = Json::Array(vec![certificates.clone()]);
    let none = || Json::Array(vec![]);
    let cases: Vec<Case> = vec![
        ("kid", Some("1".into()), None),
        ("x5c", None, None),
        ("kkn-parents", Some(paths), None),
        ("alg", Some("Ed25519".into()), None),
        ("alg", Some("none".into()), Some((E307, "alg"))),
        ("alg", Some("HS256".into()), Some((E307, "alg"))),
        ("alg", Some("eddsa".into()), Some((E307, "alg"))),
        ("alg", Some("ES256".into()), Some((E307, "key-algorithm-mismatch"))),
        ("alg", Some("RS256".into()), Some((E307, "key-algorithm-mismatch"))),
        ("alg", Some(Json::Null), Some((E304, "jws-alg"))),
        ("alg", None, Some((E304, "jws-alg"))),
        ("typ", Some("Kakunin-intent+jwt".into()), Some((E304, "typ"))),
        ("typ", Some("application/kakunin-intent+jwt".into()), Some((E304, "typ"))),
        ("typ", None, Some((E304, "typ"))),
        ("crit", Some(Json::Array(vec!["exp".into()])), Some((E304, "header-refused"))),
        ("crit", Some(Json::Null), Some((E304, "header-refused"))),
        ("jwk", Some(Object::new().into()), Some((E304, "header-refused"))),
        ("jku", Some("https://evil.example/keys".into()), Some((E304, "header-refused"))),
        ("x5u", Some("https://evil.example/leaf".into()), Some((E304, "header-refused"))),
        ("x5t", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAA".into()), Some((E304, "header-refused"))),
        ("x5t#S256", None, Some((E304, "x5t-s256"))),
        ("x5t#S256", Some(format!("{leaf}=").into()), Some((E304, "x5t-s256"))),
        ("x5t#S256", leaf.get(..42).map(Json::from), Some((E304, "x5t-s256"))),
        ("x5t#S256", Some(base64::encode_url(&[7; 32]).into()), Some((E304, "x5c-leaf"))),
        ("x5c", Some(none()), Some((E304, "x5c-form"))),
        ("x5c", Some(base64::encode(&chain.path[0]).into()), Some((E304, "x5c-form"))),
        ("x5c", Some(Json::Null), Some((E304, "x5c-form"))),
        ("x5c", Some(Json::Array(vec![Json::Null])), Some((E304, "x5c-form"))),
        ("x5c", Some(url_alphabet), Some((E304, "x5c-form"))),
        ("x5c", Some(wrong_leaf), Some((E304, "x5c-leaf"))),
        ("kkn-parents", Some(none()), Some((E304, "parents-form"))),
        ("kkn-parents", Some(Json::Array(vec![none()])), Some((E304, "parents-form"))),
        ("kkn-parents", Some(certificates), Some((E304, "parents-form"))),
    ];
    for (name, value, expected) in cases {
        let shown = format!("{name}: {value:?}");
        let twin = token(&chain).change(|token| match value {
            Some(value) => token.header.insert(name, value),
            None => drop(token.header.remove(name)),
        });
        assert_eq!(outcome(check(&chain, &twin.sign(&chain.leaf), at(0))), expected, "{shown:.120}");
    }
    // Without x5c nothing else names the path: the leaf's fingerprint must be that of the agent at hand.
    let other = token(&chain).change(|token| {
        token.header.remove("x5c");
        token.header.insert("x5t#S256", base64::encode_url(&[7; 32]));
    });
    assert_eq!(outcome(check(&chain, &other.sign(&chain.leaf), at(0))), Some((E304, "x5t-s256")));
}

#[test]
fn claims_that_differ_in_one_fact_are_refused() {
    let chain = chain();
    let text = |length: usize| Json::from("é".repeat(length));
    let jti = |length: usize| Json::from("a".repeat(length));
    let texts = |texts: &[&str]| Json::Array(texts.iter().map(|text| Json::from(*text)).collect());
    let missing = Some((E304, "claim-missing"));
    let cases: Vec<Case> = vec![
        ("nbf", Some(integer(NOW + 9_999)), None),
        ("iss", Some("spiffe://acme.com/bot2".into()), Some((E109, "iss"))),
        ("iss", Some("spiffe://acme.com/Bot".into()), Some((E109, "iss"))),
        ("iss", Some(texts(&[chain.id])), Some((E109, "iss"))),
        ("iss", None, Some((E109, "iss"))),
        ("aud", Some("https://pay.example/".into()), Some((E306, "aud"))),
        ("aud", Some("HTTPS://pay.example".into()), Some((E306, "aud"))),
        ("aud", Some(texts(&[AUDIENCE])), Some((E306, "aud"))),
        ("aud", None, Some((E306, "aud"))),
        ("iat", None, missing),
        ("iat", Some(NOW.to_string().into()), Some((E304, "claim-integer"))),
        ("iat", Some(integer(NOW + 61)), Some((E304, "exp-range"))),
        ("exp", None, missing),
        ("exp", Some(Json::Null), Some((E304, "claim-integer"))),
        ("exp", Some(integer(NOW)), None),
        ("exp", Some(integer(NOW + 300)), None),
        ("exp", Some(integer(NOW + 301)), Some((E304, "exp-range"))),
        ("exp", Some(integer(NOW - 1)), Some((E304, "exp-range"))),
        ("jti", None, missing),
        ("jti", Some(integer(1)), Some((E304, "claim-text"))),
        ("jti", Some(jti(21)), Some((E304, "jti-form"))),
        ("jti", Some(jti(22)), None),
        ("jti", Some(jti(64)), None),
        ("jti", Some(jti(65)), Some((E304, "jti-form"))),
        ("jti", Some("AAAAAAAAAAAAAAAAAAAAA+".into()), Some((E304, "jti-form"))),
        ("jti", Some("AAAAAAAAAAAAAAAAAAAAAA==".into()), Some((E304, "jti-form"))),
        ("action", None, missing),
        ("action", Some(Json::Null), Some((E304, "claim-text"))),
        ("params", None, missing),
        ("params", Some(Json::Null), Some((E304, "params-object"))),
        ("params", Some(Json::Array(vec![])), Some((E304, "params-object"))),
        ("session", Some(text(256)), None),
        ("session", Some(text(257)), Some((E304, "claim-too-long"))),
        ("session", Some(Json::Null), Some((E304, "claim-text"))),
        ("chain", Some(text(256)), None),
        ("chain", Some(text(257)), Some((E304, "claim-too-long"))),
        ("chain", Some(integer(1)), Some((E304, "claim-text"))),
        ("approvals", Some(texts(&["a.b.c"])), None),
        ("approvals", Some("a.b.c".into()), Some((E304, "approvals-form"))),
        ("approvals", Some(Json::Array(vec![integer(1)])), Some((E304, "approvals-form"))),
        ("approvals", Some(Json::Null), Some((E304, "approvals-form"))),
    ];
    for (name, value, expected) in cases {
        let shown = format!("{name}: {value:?}");
        let twin = token(&chain).change(|token| match value {
            Some(value) => token.claims.insert(name, value),
            None => drop(token.claims.remove(name)),
        });
        assert_eq!(outcome(check(&chain, &twin.sign(&chain.leaf), at(0))), expected, "{shown:.120}");
    }
}

#[test]
fn numbers_and_arguments_are_held_to_their_form() {
    let chain = chain();
    let (header, claims) = {
        let token = token(&chain);
        let text = |object: Object| kakunin_core::encoding::jcs::to_string(&Json::Object(object));
        (text(token.header), text(token.claims))
    };
    let (iat, params) = (format!("\"iat\":{NOW}"), r#"{"amount":50,"currency":"EUR"}"#);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(32), "]".repeat(32));
    for (from, to, expected) in [
        (iat.as_str(), format!("\"iat\":{NOW}.0"), Some((E304, "claim-integer"))),
        (&iat, format!("\"iat\":{}e2", NOW / 100), Some((E304, "claim-integer"))),
        (&iat, format!("{iat},{iat}"), Some((E304, "json-duplicate-key"))),
        (&iat, format!("{iat},\"\\u0069at\":{NOW}"), Some((E304, "json-duplicate-key"))),
        (params, r#"{"amount":50,"amount":51}"#.to_owned(), Some((E304, "json-duplicate-key"))),
        (params, r#"{"amount":9007199254740991}"#.to_owned(), None),
        (params, r#"{"amount":9007199254740992}"#.to_owned(), Some((E304, "number-beyond-integers"))),
        (params, r#"{"a":"\ud800"}"#.to_owned(), Some((E304, "json-lone-surrogate"))),
        (params, deep.clone(), Some((E304, "json-too-deep"))),
        (params, deep.replacen("[]", "", 1), None),
        (params, format!("{{\"a\":\"{}\"}}", "x".repeat(65_536)), Some((E304, "json-too-large"))),
    ] {
        assert!(claims.contains(from));
        let token = chain.intent(AUDIENCE, "charge", Object::new());
        let token = token.sign_text(&header, &claims.replace(from, &to), &chain.leaf);
        assert_eq!(outcome(check(&chain, &token, at(0))), expected, "{to:.60}");
    }
}

#[test]
fn a_token_has_one_encoding() {
    let chain = chain();
    let good = token(&chain).sign(&chain.leaf);
    assert_eq!(outcome(check(&chain, &good, at(0))), None);
    let (input, signature) = good.rsplit_once('.').unwrap();
    for (twin, expected) in [
        (format!("{good}="), (E304, "base64url")),
        (format!(" {good}"), (E304, "base64url")),
        (format!("{good}\n"), (E304, "base64url")),
        (input.to_owned(), (E304, "jws-parts")),
        (format!("{good}.AA"), (E304, "jws-parts")),
        (format!("{input}."), (E305, "signature")),
        (format!("{input}.{}", base64::encode_url(&[0; 64])), (E305, "signature")),
        (format!("{input}.{signature}AA"), (E305, "signature")),
        (format!("{good}{}", "A".repeat(128 * 1024)), (E304, "jws-too-large")),
    ] {
        assert_eq!(outcome(check(&chain, &twin, at(0))), Some(expected), "{:?}", twin.get(twin.len() - 20..));
    }
}

#[test]
fn a_signature_of_another_key_or_over_other_claims_is_refused() {
    let chain = chain();
    let token = token(&chain);
    let wrong_key = token.sign(&Key::ed25519("someone else"));
    assert_eq!(outcome(check(&chain, &wrong_key, at(0))), Some((E305, "signature")));
    let good = token.sign(&chain.leaf);
    let other = token.change(|token| token.claims.insert("action", "refund")).sign(&chain.leaf);
    let (input, _) = other.rsplit_once('.').unwrap();
    let (_, signature) = good.rsplit_once('.').unwrap();
    assert_eq!(outcome(check(&chain, &format!("{input}.{signature}"), at(0))), Some((E305, "signature")));
}

#[test]
fn time_is_compared_with_skew() {
    let chain = chain();
    let token = token(&chain).sign(&chain.leaf);
    for (now, expected) in [
        (at(-30), None),
        (UnixTime::from_millis(at(-30).millis() - 1), Some((E303, "iat"))),
        (UnixTime::from_millis(at(90).millis() - 1), None),
        (at(90), Some((E302, "exp"))),
        (at(-7_200), Some((E104, "not-before"))),
        (at(31 * 86_400), Some((E103, "not-after"))),
    ] {
        assert_eq!(outcome(check(&chain, &token, now)), expected, "{now}");
    }
}

#[test]
fn faults_are_reported_in_the_order_of_the_steps() {
    let chain = chain();
    let bounds = Bounds::default();
    let agent = chain.verified();
    let serial = agent.leaf().serial();
    let list = |revoked: &[&[u8]]| {
        let crl = Crl::parse(&List::new("Tenant", 1, revoked).sign(&chain.tenant), &bounds).unwrap();
        let root = Key::ed25519("root");
        let above = Crl::parse(&List::new("Root", 1, &[]).sign(&root), &bounds).unwrap();
        let snapshot = RevocationSnapshot::new(vec![crl, above]).with_issuers(agent.crl_issuers());
        RevocationView::Checked(Arc::new(snapshot))
    };
    let (good, revoked) = (list(&[]), list(&[serial]));
    let unknown = RevocationView::Checked(Arc::new(RevocationSnapshot::new(vec![])));
    let run = |token: &Token, key: &Key, view: &RevocationView, now, audience: &str| {
        let intent = SignedIntent::parse(&token.sign(key), &bounds).unwrap();
        intent.verify(&agent, audience, view, now, &bounds).err().map(|denial| denial.code())
    };
    let token = token(&chain);
    let wrong_iss = token.clone().change(|token| token.claims.insert("iss", "spiffe://acme.com/x"));
    let stranger = Key::ed25519("stranger");
    let leaf = &chain.leaf;
    assert_eq!(run(&token, leaf, &good, at(0), AUDIENCE), None);
    assert_eq!(run(&token, leaf, &good, at(0), "other"), Some(E306));
    assert_eq!(run(&token, leaf, &good, at(90), "other"), Some(E302));
    assert_eq!(run(&token, leaf, &revoked, at(90), "other"), Some(E401));
    assert_eq!(run(&token, leaf, &unknown, at(90), "other"), Some(E405));
    assert_eq!(run(&wrong_iss, leaf, &revoked, at(90), "other"), Some(E109));
    assert_eq!(run(&wrong_iss, &stranger, &revoked, at(90), "other"), Some(E305));
    assert_eq!(run(&wrong_iss, &stranger, &revoked, at(-7_200), "other"), Some(E104));
}

#[test]
fn a_request_that_differs_from_what_was_signed_is_refused() {
    let chain = chain();
    let intent = check(&chain, &token(&chain).sign(&chain.leaf), at(0)).unwrap();
    let same = arguments(r#"{"currency":"EUR","amount":5e1}"#);
    for (action, params) in [(None, None), (Some("charge"), None), (None, Some(&same)), (Some("charge"), Some(&same))] {
        assert_eq!(intent.matches(action, params), Ok(()));
    }
    let denial = intent.matches(Some("refund"), Some(&same)).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule), (E308, "action"));
    for (params, parameter) in [
        (r#"{"currency":"EUR","amount":50.01}"#, "amount"),
        (r#"{"currency":"EUR","amount":"50"}"#, "amount"),
        (r#"{"currency":"EUR"}"#, "amount"),
        (r#"{"currency":"EUR","amount":50,"note":null}"#, "note"),
        (r#"{"currency":"eur","amount":50}"#, "currency"),
        (r#"{"currency":"EUR","amount":50,"a.b":1}"#, "a\\.b"),
    ] {
        let denial = intent.matches(Some("charge"), Some(&arguments(params))).unwrap_err();
        let details = denial.details();
        assert_eq!((denial.code(), details.rule, details.parameter.as_deref()), (E308, "params", Some(parameter)));
    }
}

fn request<'a>(arguments: &'a Arguments, jti: &'a str) -> Request<'a> {
    Request {
        issuer: "spiffe://acme.com/bot",
        audience: AUDIENCE,
        issued_at: at(0),
        lifetime: 60,
        jti,
        action: "charge",
        arguments,
        session: Some("s"),
        chain: None,
        approvals: &[],
    }
}

#[test]
fn what_is_signed_here_is_accepted_there() {
    let chain = chain();
    let (params, jti) = (arguments(r#"{"amount":1}"#), new_jti(&SystemRandom::new()).unwrap());
    assert_eq!(jti.len(), 22);
    let parents = vec![chain.path.clone()];
    for (include, certificates) in [(true, chain.path.len()), (false, 0)] {
        let token = sign(&request(&params, &jti), &chain.path, &parents, include, chain.leaf.signer()).unwrap();
        let parsed = SignedIntent::parse(&token, &Bounds::default()).unwrap();
        assert_eq!((parsed.chain().len(), parsed.parents().len()), (certificates, usize::from(include)));
        let intent = check(&chain, &token, at(0)).unwrap();
        assert_eq!((intent.action(), intent.arguments(), intent.session()), ("charge", &params, Some("s")));
    }
}

#[test]
fn every_kind_of_key_signs_under_its_own_algorithm_and_no_other() {
    let elliptic = |kind| SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap().1.secret_der().to_vec();
    let rsa = include_bytes!("fixtures/keys/rsa-2048.der").to_vec();
    for (pkcs8, name, others) in [
        (elliptic(GenerateKind::Ed25519), "EdDSA", ["ES256", "RS256"]),
        (elliptic(GenerateKind::P256), "ES256", ["ES384", "EdDSA"]),
        (elliptic(GenerateKind::P384), "ES384", ["ES256", "PS256"]),
        (rsa, "RS256", ["ES256", "Ed25519"]),
    ] {
        let chain = Chain::with_leaf(Key::from_pkcs8(pkcs8), &scope());
        let (params, jti) = (arguments("{}"), "AAAAAAAAAAAAAAAAAAAAAA");
        let token = sign(&request(&params, jti), &chain.path, &[], true, chain.leaf.signer()).unwrap();
        let header = base64::decode_url(token.split('.').next().unwrap()).unwrap();
        assert!(String::from_utf8(header).unwrap().contains(&format!(r#""alg":"{name}""#)));
        assert_eq!(outcome(check(&chain, &token, at(0))), None, "{name}");
        for other in others {
            let twin = self::token(&chain).change(|token| token.header.insert("alg", other)).sign(&chain.leaf);
            assert_eq!(outcome(check(&chain, &twin, at(0))), Some((E307, "key-algorithm-mismatch")), "{other}");
        }
    }
}

#[test]
fn what_nobody_would_accept_is_not_signed() {
    let chain = chain();
    let (params, jti) = (arguments("{}"), "AAAAAAAAAAAAAAAAAAAAAA");
    let good = request(&params, jti);
    let attempt = |request: &Request<'_>, signer: &dyn kakunin_core::crypto::Signer| {
        sign(request, &chain.path, &[], true, signer).err().map(|denial| (denial.code(), denial.details().rule))
    };
    let signer = chain.leaf.signer();
    assert_eq!(attempt(&good, signer), None);
    assert_eq!(attempt(&Request { lifetime: 301, ..good }, signer), Some((E304, "exp-range")));
    assert_eq!(attempt(&Request { jti: "short", ..good }, signer), Some((E304, "jti-form")));
    let long = "s".repeat(257);
    assert_eq!(attempt(&Request { session: Some(&long), ..good }, signer), Some((E304, "claim-too-long")));
    let far = UnixTime::from_seconds(i64::MAX);
    assert_eq!(attempt(&Request { issued_at: far, ..good }, signer).map(|(code, _)| code), Some(E304));
    let (other, _) = SoftwareSigner::generate(GenerateKind::P256, &SystemRandom::new()).unwrap();
    assert_eq!(attempt(&good, &other), Some((Code::SignerUnavailable, "signer-key")));
    let none: [Vec<u8>; 0] = [];
    assert_eq!(sign(&good, &none, &[], true, signer).unwrap_err().code(), Code::ConfigurationInvalid);
}
