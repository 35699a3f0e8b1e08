//! Orders and heads: their form, which are taken, and what they stop.

use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::Json;
use kakunin_core::revocation::order::Target;

use super::path::{AGENT_ID, World};
use super::{Build, Case, case, object};
use crate::NOW;
use crate::key::Key;
use crate::list::List;
use crate::order::{Log, name};
use crate::token::{Token, integer};

const E401: Option<&str> = Some("KKN-E401");
const E402: Option<&str> = Some("KKN-E402");
const E403: Option<&str> = Some("KKN-E403");
const E404: Option<&str> = Some("KKN-E404");
const E405: Option<&str> = Some("KKN-E405");

/// The agent of `world`.
pub(super) fn agent(world: &World) -> Target {
    Target::Agent { agent: AGENT_ID.into(), issuer: world.tenant_key.spki_hash() }
}

/// A session of the agent of `world`.
pub(super) fn session(world: &World, session: &str) -> Target {
    Target::Session { session: session.into(), agent: AGENT_ID.into(), issuer: world.tenant_key.spki_hash() }
}

/// With these logs, as what each governs, their orders and heads, and fresh CRLs in which nobody is revoked.
pub(super) fn with_logs(build: Build, world: &World, logs: &[(&Log, &str)]) -> Build {
    let lists = [List::new("Root", 1, &[]).sign(&world.root_key), List::new("Acme CA", 1, &[]).sign(&world.tenant_key)];
    tokens(build, logs, |log| log.orders.clone(), |log| vec![log.signed_head()]).list("crls", &lists)
}

fn tokens(
    build: Build,
    logs: &[(&Log, &str)],
    orders: impl Fn(&Log) -> Vec<String>,
    heads: impl Fn(&Log) -> Vec<String>,
) -> Build {
    let authorities = logs.iter().map(|(log, governs)| {
        Json::Object(object([
            ("governs", Json::from(*governs)),
            ("key", Json::from(base64::encode(log.key.spki()))),
            ("log", Json::from(log.name.as_str())),
        ]))
    });
    let texts = |texts: Vec<String>| Json::Array(texts.into_iter().map(Json::from).collect());
    build
        .with("authorities", Json::Array(authorities.collect()))
        .with("orders", texts(logs.iter().flat_map(|(log, _)| orders(log)).collect()))
        .with("heads", texts(logs.iter().flat_map(|(log, _)| heads(log)).collect()))
}

pub(crate) fn cases() -> Vec<Case> {
    let world = World::new();
    let mut cases = form();
    cases.extend(taking());
    cases.extend(reach(&world));
    cases
}

/// One order after a halt of everything, changed; and the same of a head.
fn form() -> Vec<Case> {
    let order = |fact: &str, code: Option<&'static str>, change: &dyn Fn(&mut Token)| {
        let mut log = Log::new("acme");
        let first = log.halt(&Target::All);
        let lifting = log.next("reinstate").change(|token| {
            token.claims.insert("lifts", Json::Array(vec![Json::from(name(&first))]));
        });
        log.push(&lifting.change(change));
        let build = tokens(
            case(format!("order: {fact}")),
            &[(&log, "all")],
            |log| log.orders.clone(),
            |log| vec![log.signed_head()],
        );
        build.number("now", NOW * 1_000).ends(code)
    };
    let head = |fact: &str, code: Option<&'static str>, change: &dyn Fn(&mut Token)| {
        let mut log = Log::new("acme");
        log.halt(&Target::All);
        let head = log.head().change(change).sign(&log.key);
        let build =
            tokens(case(format!("head: {fact}")), &[(&log, "all")], |log| log.orders.clone(), |_| vec![head.clone()]);
        build.number("now", NOW * 1_000).ends(code)
    };
    let target = |value: Json| {
        move |token: &mut Token| {
            token.claims.insert("kind", "halt");
            drop(token.claims.remove("lifts"));
            token.claims.insert("target", value.clone());
        }
    };
    let of_agent =
        object([("agent", Json::from("urn:acme:bot")), ("issuer", Json::from(base64::encode_url(&[7; 32])))]);
    let of_more = {
        let mut more = of_agent.clone();
        more.insert("serial", "07");
        more
    };
    vec![
        order("a reinstatement after the halt that it names", None, &|_| {}),
        order("another kind of token", E405, &|t| t.header.insert("typ", "kakunin-head+jwt")),
        order("a type in another case", E405, &|t| t.header.insert("typ", "kakunin-Order+jwt")),
        order("a critical header", E405, &|t| t.header.insert("crit", Json::Array(vec![Json::from("b64")]))),
        order("a key in the header", E405, &|t| t.header.insert("jwk", "x")),
        order("no algorithm", E405, &|t| t.header.insert("alg", "none")),
        order("no key id", E405, &|t| drop(t.header.remove("kid"))),
        order("no number", E405, &|t| drop(t.claims.remove("seq"))),
        order("no name of the one before", E405, &|t| drop(t.claims.remove("prev"))),
        order("a number as text", E405, &|t| t.claims.insert("seq", "2")),
        order("an unknown kind", E405, &|t| t.claims.insert("kind", "pause")),
        order("nothing lifted", E405, &|t| t.claims.insert("lifts", Json::Array(vec![]))),
        order("a reinstatement with a target", E405, &|t| t.claims.insert("target", "all")),
        order("a reason that clears the screen", E405, &|t| t.claims.insert("reason", "\u{1b}[2J")),
        order("a log that leads elsewhere", E405, &|t| t.claims.insert("log", "../acme")),
        order("an unknown claim is passed over", None, &|t| t.claims.insert("region", "eu")),
        order("a halt of an agent", None, &target(Json::Object(of_agent.clone()))),
        order("a target with a member too many", E405, &target(Json::Object(of_more))),
        order("a target that is an unknown word", E405, &target(Json::from("everything"))),
        order("a revocation of everything", E405, &|t| {
            t.claims.insert("kind", "revoke");
            drop(t.claims.remove("lifts"));
            t.claims.insert("target", "all");
        }),
        head("as it should be", None, &|_| {}),
        head("of an empty log that has an order", E405, &|t| t.claims.insert("seq", integer(0))),
        head("without a name", E405, &|t| drop(t.claims.remove("head"))),
        head("that ends as it begins", E405, &|t| t.claims.insert("nextUpdate", integer(NOW))),
        head("of more than a year", E405, &|t| t.claims.insert("nextUpdate", integer(NOW + 367 * 86_400))),
        head("of the future", E405, &|t| t.claims.insert("iat", integer(NOW + 31))),
        head("within the skew", None, &|t| {
            t.claims.insert("iat", integer(NOW + 30));
            t.claims.insert("nextUpdate", integer(NOW + 60));
        }),
        head("that has ended", E405, &|t| {
            t.claims.insert("iat", integer(NOW - 30));
            t.claims.insert("nextUpdate", integer(NOW));
        }),
    ]
}

fn three() -> Log {
    let mut log = Log::new("acme");
    let halt = log.halt(&Target::All);
    log.reinstate(&[&halt]);
    log.halt(&Target::All);
    log
}

fn taking() -> Vec<Case> {
    let of = |fact: &str, orders: &[String], heads: &[String], code| {
        let log = Log::new("acme");
        tokens(case(fact), &[(&log, "all")], |_| orders.to_vec(), |_| heads.to_vec())
            .number("now", NOW * 1_000)
            .ends(code)
    };
    let log = three();
    let head = log.signed_head();
    let [one, two, third] = [0, 1, 2].map(|at| log.orders.get(at).cloned().unwrap_or_default());
    let mut shorter = Log::new("acme");
    shorter.orders = vec![one.clone(), two.clone()];
    let later = shorter.head().change(|head| {
        head.claims.insert("iat", integer(NOW + 1));
        head.claims.insert("nextUpdate", integer(NOW + 31));
    });
    let mut fork = Log::new("acme");
    fork.halt(&Target::All);
    let other = fork.next("halt").change(|order| {
        order.claims.insert("target", "all");
        order.claims.insert("reason", "another second order");
    });
    let other = fork.push(&other);
    let forged = log.halting(&Target::All).sign(&Key::ed25519("x"));
    let all = log.orders.clone();
    let backwards = [third.clone(), two.clone(), one.clone()];
    let seen = |seq: i64, token: &str| {
        Json::Array(vec![Json::Object(object([
            ("head", Json::from(name(token))),
            ("log", Json::from("acme")),
            ("seq", integer(seq)),
        ]))])
    };
    let resumed = |fact: &str, orders: &[String], heads: &[String], seen: Json, code| {
        let log = Log::new("acme");
        tokens(case(fact), &[(&log, "all")], |_| orders.to_vec(), |_| heads.to_vec())
            .with("seen", seen)
            .number("now", NOW * 1_000)
            .ends(code)
    };
    let heads = std::slice::from_ref(&head);
    vec![
        of("a whole log", &all, heads, None),
        of("a whole log in the wrong order", &backwards, heads, None),
        of("every order twice", &[all.clone(), all.clone()].concat(), heads, None),
        of("no head", &all, &[], E405),
        of("an order is missing at the end", &[one.clone(), two.clone()], heads, E405),
        of("an order is missing in between", &[one.clone(), third], heads, E405),
        of("an order beyond a fresh head", &all, &[shorter.signed_head()], None),
        of("a later head with fewer orders", &all, &[head.clone(), later.sign(&log.key)], E405),
        of("an older head beside the newest", &all, &[head.clone(), shorter.signed_head()], None),
        of("two orders with one number", &[all.clone(), vec![other]].concat(), heads, E405),
        of("two heads with one number", &shorter.orders, &[shorter.signed_head(), fork.signed_head()], E405),
        of("an order that the key did not sign", &[all.clone(), vec![forged]].concat(), heads, None),
        resumed("another order was seen at that number", &all, heads, seen(3, &one), E405),
        resumed("the log as it was", &all, heads, seen(2, &two), None),
        resumed(
            "the log was put back",
            &shorter.orders,
            &[shorter.signed_head()],
            seen(3, log.orders.last().map_or("", String::as_str)),
            E405,
        ),
    ]
}

fn reach(world: &World) -> Vec<Case> {
    let chain = world.chain(&world.agent());
    let of = |fact: &str, in_session: Option<&str>, logs: &[(&Log, &str)], code| {
        let build = case(fact).list("chain", &chain).list("trust", &world.trust()).number("now", NOW * 1_000);
        let build = match in_session {
            Some(session) => build.with("session", session),
            None => build,
        };
        with_logs(build, world, logs).ends(code)
    };
    let halting = |target: &Target| {
        let mut log = Log::new("acme");
        log.halt(target);
        log
    };
    let hash = |key: &Key| base64::encode_url(&key.spki_hash());
    let (tenant, other) = (hash(&world.tenant_key), hash(&world.sub_key));
    let (stopped, all, in_s) = (halting(&agent(world)), halting(&Target::All), halting(&session(world, "s")));
    let namesake = halting(&Target::Agent { agent: AGENT_ID.into(), issuer: world.root_key.spki_hash() });
    let mut revoked = Log::new("acme");
    let revocation = revoked.revoke(&agent(world));
    revoked.reinstate(&[&revocation]);
    let mut lifting = Log::new("other");
    lifting.reinstate(&[stopped.orders.first().map_or("", String::as_str)]);
    let silent = Log::new("other");
    vec![
        of("nothing is ordered", None, &[(&silent, "all")], None),
        of("a halted agent", None, &[(&stopped, "all")], E402),
        of("the same id by another issuer", None, &[(&namesake, "all")], None),
        of("everything halted", None, &[(&all, "all")], E404),
        of("a halted session", Some("s"), &[(&in_s, "all")], E403),
        of("another session", Some("t"), &[(&in_s, "all")], None),
        of("no session while one is halted", None, &[(&in_s, "all")], E403),
        of("a revocation that somebody wants to lift", None, &[(&revoked, "all")], E401),
        of("a halt by the authority of its tenant", None, &[(&stopped, &tenant)], E402),
        of("a halt by the authority of another key", None, &[(&stopped, &other)], None),
        of("everything halted by the authority of its tenant", None, &[(&all, &tenant)], E404),
        of("everything halted by the authority of another key", None, &[(&all, &other)], None),
        of("a halt lifted by another authority that governs it", None, &[(&stopped, "all"), (&lifting, &tenant)], None),
        of("a halt lifted by who does not govern it", None, &[(&stopped, "all"), (&lifting, &other)], E402),
    ]
}
