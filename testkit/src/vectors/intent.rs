//! Signed intents and their broken twins.

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, jcs};

use super::path::{AGENT_ID, World};
use super::{Build, Case, case, encoded, object};
use crate::NOW;
use crate::certificate::Template;
use crate::key::Key;
use crate::list::List;
use crate::token::{Token, integer};

const AUDIENCE: &str = "payments";

fn params(amount: i64) -> Object {
    object([("amount", integer(amount)), ("currency", Json::from("EUR"))])
}

struct Sender {
    world: World,
    chain: Vec<Vec<u8>>,
}

impl Sender {
    fn token(&self) -> Token {
        Token::new(&self.chain, &self.world.agent_key, AGENT_ID, AUDIENCE, "charge", params(50))
    }

    fn case(&self, name: &str, token: &str) -> Build {
        case(name)
            .with("token", token)
            .with("audience", AUDIENCE)
            .list("trust", &self.world.trust())
            .number("now", NOW * 1_000)
    }

    fn twin(&self, name: &str, code: &'static str, change: impl FnOnce(&mut Token)) -> Case {
        self.case(name, &self.token().change(change).sign(&self.world.agent_key)).refused(code)
    }

    fn fine(&self, name: &str, change: impl FnOnce(&mut Token)) -> Case {
        self.case(name, &self.token().change(change).sign(&self.world.agent_key)).accepted()
    }
}

fn claim(key: &'static str, value: impl Into<Json>) -> impl FnOnce(&mut Token) {
    let value = value.into();
    move |token| token.claims.insert(key, value)
}

fn header(key: &'static str, value: impl Into<Json>) -> impl FnOnce(&mut Token) {
    let value = value.into();
    move |token| token.header.insert(key, value)
}

fn without(object: &Object, key: &str) -> Object {
    let mut rest = Object::new();
    object.iter().filter(|(name, _)| *name != key).for_each(|(name, value)| rest.insert(name, value.clone()));
    rest
}

pub(crate) fn cases() -> Vec<Case> {
    let world = World::new();
    let chain = world.chain(&world.agent());
    let sender = Sender { world, chain };
    let mut cases = vec![sender.fine("an intent", |_| {})];
    cases.extend(claims(&sender));
    cases.extend(headers(&sender));
    cases.extend(texts(&sender));
    cases.extend(surroundings(&sender));
    cases
}

fn claims(sender: &Sender) -> Vec<Case> {
    const MALFORMED: &str = "KKN-E304";
    let mut cases = vec![
        sender.fine("other claims are ignored", claim("foo", "bar")),
        sender.fine("a session and a chain", |token| {
            ["session", "chain"].into_iter().for_each(|key| token.claims.insert(key, "x".repeat(256)))
        }),
        sender.fine("300 seconds", claim("exp", integer(NOW + 300))),
        sender.fine("issued 30 seconds in the future", |t| {
            (claim("iat", integer(NOW + 30))(t), claim("exp", integer(NOW + 90))(t)).0
        }),
        sender.fine("29 seconds after it expired", |t| {
            (claim("iat", integer(NOW - 60))(t), claim("exp", integer(NOW - 29))(t)).0
        }),
        sender.twin("issued 31 seconds in the future", "KKN-E303", |t| {
            (claim("iat", integer(NOW + 31))(t), claim("exp", integer(NOW + 90))(t)).0
        }),
        sender.twin("30 seconds after it expired", "KKN-E302", |t| {
            (claim("iat", integer(NOW - 60))(t), claim("exp", integer(NOW - 30))(t)).0
        }),
        sender.twin("301 seconds", MALFORMED, claim("exp", integer(NOW + 301))),
        sender.twin("expired before it was issued", MALFORMED, claim("exp", integer(NOW - 1))),
        sender.twin("another audience", "KKN-E306", claim("aud", "refunds")),
        sender.twin("an audience in other letters", "KKN-E306", claim("aud", "Payments")),
        sender.twin("a list of audiences", "KKN-E306", claim("aud", Json::Array(vec![Json::from(AUDIENCE)]))),
        sender.twin("another agent's id", "KKN-E109", claim("iss", "urn:acme:agent:other")),
        sender.twin("a nonce of 21 characters", MALFORMED, claim("jti", "A".repeat(21))),
        sender.twin("a nonce of 65 characters", MALFORMED, claim("jti", "A".repeat(65))),
        sender.twin("a nonce with another character", MALFORMED, claim("jti", "A+AAAAAAAAAAAAAAAAAAAA")),
        sender.twin("a session of 257 characters", MALFORMED, claim("session", "x".repeat(257))),
        sender.twin("params that are a list", MALFORMED, claim("params", Json::Array(Vec::new()))),
        sender.twin("an action that is a number", MALFORMED, claim("action", integer(1))),
        sender.twin("an issue time that is text", MALFORMED, claim("iat", NOW.to_string())),
    ];
    let required = ["iss", "aud", "iat", "exp", "jti", "action", "params"];
    for (key, code) in required.into_iter().zip(["KKN-E109", "KKN-E306"].into_iter().chain([MALFORMED; 5])) {
        cases.push(sender.twin(&format!("no {key}"), code, |token| token.claims = without(&token.claims, key)));
    }
    cases
}

fn headers(sender: &Sender) -> Vec<Case> {
    const MALFORMED: &str = "KKN-E304";
    let mut cases = vec![
        sender.fine("alg Ed25519 of RFC 9864", header("alg", "Ed25519")),
        sender.fine("other header parameters are ignored", header("kid", "x")),
        sender.twin("alg none", "KKN-E307", header("alg", "none")),
        sender.twin("alg HS256", "KKN-E307", header("alg", "HS256")),
        sender.twin("an alg that does not fit the key", "KKN-E307", header("alg", "ES256")),
        sender.twin("another typ", MALFORMED, header("typ", "JWT")),
        sender.twin("the typ in other letters", MALFORMED, header("typ", "Kakunin-Intent+JWT")),
        sender.twin("the hash of another certificate", MALFORMED, header("x5t#S256", base64::encode_url(&[7; 32]))),
        sender.twin("a hash of 31 octets", MALFORMED, header("x5t#S256", base64::encode_url(&[7; 31]))),
        sender.twin(
            "x5c in base64url",
            MALFORMED,
            header("x5c", Json::Array(sender.chain.iter().map(|der| Json::from(base64::encode_url(der))).collect())),
        ),
        sender.twin("x5c that is text", MALFORMED, header("x5c", "x")),
        sender.twin(
            "a superfluous parent's path",
            "KKN-E102",
            header("kkn-parents", Json::Array(vec![encoded(&sender.chain)])),
        ),
    ];
    for key in ["crit", "jwk", "jku", "x5u", "x5t"] {
        cases.push(sender.twin(
            &format!("a header with {key}"),
            MALFORMED,
            header(key, Json::Array(vec![Json::from("exp")])),
        ));
    }
    for key in ["alg", "typ", "x5t#S256"] {
        cases.push(sender.twin(&format!("no {key}"), MALFORMED, |token| token.header = without(&token.header, key)));
    }
    cases
}

fn texts(sender: &Sender) -> Vec<Case> {
    const MALFORMED: &str = "KKN-E304";
    let token = sender.token();
    let good = token.sign(&sender.world.agent_key);
    let header_text = jcs::to_string(&Json::Object(token.header.clone()));
    let claims_text = jcs::to_string(&Json::Object(token.claims.clone()));
    let text = |name: &str, claims: &str| {
        sender.case(name, &token.sign_text(&header_text, claims, &sender.world.agent_key)).refused(MALFORMED)
    };
    vec![
        sender.case("padding", &format!("{good}=")).refused(MALFORMED),
        sender.case("a space in front", &format!(" {good}")).refused(MALFORMED),
        sender.case("four parts", &format!("{good}.x")).refused(MALFORMED),
        sender.case("two parts", good.rsplit_once('.').map_or("", |(rest, _)| rest)).refused(MALFORMED),
        sender.case("nothing", "").refused(MALFORMED),
        sender.case("more than 128 KiB", &"A".repeat(131_073)).refused(MALFORMED),
        sender.case("a signature by another key", &token.sign(&Key::ed25519("stranger"))).refused("KKN-E305"),
        sender
            .case("an empty signature", &format!("{}.", good.rsplit_once('.').map_or("", |(rest, _)| rest)))
            .refused("KKN-E305"),
        text("a duplicate claim", &claims_text.replacen('{', "{\"action\":\"refund\",", 1)),
        text(
            "an issue time with a fraction",
            &claims_text.replace(&format!("\"iat\":{NOW}"), &format!("\"iat\":{NOW}.0")),
        ),
        text("an issue time with an exponent", &claims_text.replace(&format!("\"iat\":{NOW}"), "\"iat\":1.7803152e9")),
        text("claims that are a list", "[]"),
        text("claims that are no JSON", "x"),
    ]
}

fn surroundings(sender: &Sender) -> Vec<Case> {
    let good = sender.token().sign(&sender.world.agent_key);
    let request = |name: &str, action: Option<&str>, params: Option<Object>, code: Option<&'static str>| {
        let mut request = Object::new();
        if let Some(action) = action {
            request.insert("action", action);
        }
        if let Some(params) = params {
            request.insert("params", params);
        }
        sender.case(name, &good).with("request", request).ends(code)
    };
    let world = &sender.world;
    let serial = world.agent().serial;
    let root_list = List::new("Root", 1, &[]).sign(&world.root_key);
    let listed = |name: &str, lists: &[Vec<u8>], code: Option<&'static str>| {
        sender.case(name, &good).list("crls", lists).ends(code)
    };
    let tenant_list = |revoked: &[&[u8]]| List::new("Acme CA", 7, revoked).sign(&world.tenant_key);
    let stale = |revoked: &[&[u8]]| {
        let mut list = List::new("Acme CA", 7, revoked);
        (list.this_update, list.next_update) = (crate::certificate::time(-86_400), Some(crate::certificate::time(-1)));
        list.sign(&world.tenant_key)
    };
    let expired = world.agent().change(|agent: &mut Template| agent.not_after = crate::certificate::time(-1));
    let expired_chain = world.chain(&expired);
    let by_expired =
        Token::new(&expired_chain, &world.agent_key, AGENT_ID, AUDIENCE, "charge", params(50)).sign(&world.agent_key);
    let bare = sender.token().change(|token| token.header = without(&token.header, "x5c"));
    vec![
        request("the request says the same", Some("charge"), Some(params(50)), None),
        request("the request says another action", Some("refund"), None, Some("KKN-E308")),
        request("the request says another amount", Some("charge"), Some(params(51)), Some("KKN-E308")),
        request("the request lacks a parameter", None, Some(object([("amount", integer(50))])), Some("KKN-E308")),
        listed("fresh lists of both CAs", &[root_list.clone(), tenant_list(&[])], None),
        listed("the agent is on its CA's list", &[root_list.clone(), tenant_list(&[&serial])], Some("KKN-E401")),
        listed(
            "another serial is on the list",
            &[root_list.clone(), tenant_list(&[serial.get(..15).unwrap_or_default()])],
            None,
        ),
        listed(
            "the tenant is on the root's list",
            &[List::new("Root", 1, &[&world.tenant().serial]).sign(&world.root_key), tenant_list(&[])],
            Some("KKN-E401"),
        ),
        listed("the tenant's list is missing", &[root_list.clone()], Some("KKN-E405")),
        listed("the tenant's list is stale", &[root_list.clone(), stale(&[])], Some("KKN-E405")),
        listed("a stale list still revokes", &[root_list.clone(), stale(&[&serial])], Some("KKN-E401")),
        listed(
            "a list by another key under the CA's name",
            &[root_list, List::new("Acme CA", 7, &[]).sign(&Key::ed25519("stranger"))],
            Some("KKN-E405"),
        ),
        sender.case("by an expired certificate", &by_expired).refused("KKN-E103"),
        sender
            .case("without x5c, where the path is known", &bare.sign(&world.agent_key))
            .list("chain", &sender.chain)
            .accepted(),
        sender.case("without x5c, where it is not", &bare.sign(&world.agent_key)).refused("KKN-E102"),
    ]
}
