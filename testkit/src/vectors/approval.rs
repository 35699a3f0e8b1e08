//! Approvals and their broken twins: one call, judged with what is offered.

use kakunin_core::approval::ApprovalCall;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, oid};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{Format, compile};

use super::{Build, Case, case, object};
use crate::NOW;
use crate::approval::{Person, ROLE, by_key, person, person_with};
use crate::certificate::{Extension, Template};
use crate::chain::{AGENT, Chain};
use crate::key::Key;
use crate::list::List;
use crate::token::{Token, integer};

const AUDIENCE: &str = "payments";
const SESSION: &str = "s-1";
const E212: Option<&str> = Some("KKN-E212");
const E213: Option<&str> = Some("KKN-E213");

/// `charge` needs `need` approvals by the role, by the key of operations, or by the agent's own key, which never counts.
fn scope(need: u8, depth: Option<u8>) -> Scope {
    let key = |name| Key::ed25519(name).spki_hash().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let depth = depth.map_or_else(String::new, |depth| format!("max_depth = {depth}\n"));
    let text = format!(
        "{depth}approvers = [{{ name = \"finance\", role = \"{ROLE}\" }}, {{ name = \"ops\", key = \"sha256:{}\" }}, \
         {{ name = \"ops\", key = \"sha256:{}\" }}]\n[[grant]]\naction = \"charge\"\nopen = true\n\
         approval = {{ of = [\"finance\", \"ops\"], need = {need}, unless = {{ amount = {{ max = 10 }} }} }}\n",
        key("ops"),
        key("agent"),
    );
    compile(&text, Format::Toml).expect("a scope")
}

fn params(amount: i64) -> Object {
    object([("amount", integer(amount)), ("to", Json::from("ACME"))])
}

struct World {
    chain: Chain,
    params: Object,
    agent: String,
    issuer: [u8; 32],
}

impl World {
    fn of(chain: Chain) -> Self {
        let agent = chain.verified();
        let (id, issuer) = (agent.id().to_owned(), *agent.issuer_key_hash());
        Self { chain, params: params(50), agent: id, issuer }
    }

    fn new(need: u8) -> Self {
        Self::of(Chain::new(None, &scope(need, None), None))
    }

    fn call(&self) -> ApprovalCall<'_> {
        ApprovalCall {
            action: "charge",
            params: &self.params,
            agent: &self.agent,
            issuer: &self.issuer,
            audience: Some(AUDIENCE),
            session: Some(SESSION),
        }
    }

    fn ops(&self) -> Token {
        by_key(&Key::ed25519("ops"), &self.call(), "a")
    }

    fn build(&self, name: &str, approvals: &[String]) -> Build {
        let trust: Vec<_> = self.chain.path.last().cloned().into_iter().collect();
        case(name)
            .list("chain", &self.chain.path)
            .list("trust", &trust)
            .number("now", NOW * 1_000)
            .with("action", "charge")
            .with("params", self.params.clone())
            .with("audience", AUDIENCE)
            .with("session", SESSION)
            .with("approvals", Json::Array(approvals.iter().map(|token| Json::from(token.as_str())).collect()))
    }

    fn case(&self, name: &str, approvals: &[String], code: Option<&'static str>) -> Case {
        self.build(name, approvals).ends(code)
    }

    fn by_ops(&self, name: &str, code: Option<&'static str>, change: impl FnOnce(&mut Token)) -> Case {
        self.case(name, &[self.ops().change(change).sign(&Key::ed25519("ops"))], code)
    }

    fn by(&self, name: &str, code: Option<&'static str>, person: &Person) -> Case {
        self.case(name, &[person.approve(&self.call(), "a")], code)
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let world = World::new(1);
    let mut cases = form(&world);
    cases.extend(calls(&world));
    cases.extend(people(&world));
    cases.extend(counting());
    cases
}

fn claim(key: &'static str, value: impl Into<Json>) -> impl FnOnce(&mut Token) {
    let value = value.into();
    move |token| token.claims.insert(key, value)
}

fn header(key: &'static str, value: impl Into<Json>) -> impl FnOnce(&mut Token) {
    let value = value.into();
    move |token| token.header.insert(key, value)
}

fn form(world: &World) -> Vec<Case> {
    let private = |token: &mut Token| {
        if let Some(Json::Object(mut jwk)) = token.header.get("jwk").cloned() {
            jwk.insert("d", base64::encode_url(&[1; 32]));
            token.header.insert("jwk", jwk);
        }
    };
    vec![
        world.by_ops("an approval by the key that the scope names", None, |_| {}),
        world.case("no approval", &[], E212),
        world.by_ops("other members are ignored", None, |t| (header("kid", "k")(t), claim("reason", "r")(t)).0),
        world.by_ops("typ in other letters", E213, header("typ", "Kakunin-approval+jwt")),
        world.by_ops("crit", E213, header("crit", Json::Array(vec![Json::from("exp")]))),
        world.by_ops("jku", E213, header("jku", "https://keys.example")),
        world.by_ops("alg none", E213, header("alg", "none")),
        world.by_ops("an algorithm of another kind of key", E213, header("alg", "ES256")),
        world.by_ops("a key and a certificate", E213, header("x5t#S256", base64::encode_url(&[1; 32]))),
        world.by_ops("a private key", E213, private),
        world.by_ops("24 hours", None, claim("exp", integer(NOW + 86_400))),
        world.by_ops("a second more", E213, claim("exp", integer(NOW + 86_401))),
        world.by_ops("expired 29 seconds ago", None, |t| {
            (claim("iat", integer(NOW - 60))(t), claim("exp", integer(NOW - 29))(t)).0
        }),
        world.by_ops("expired 30 seconds ago", E213, |t| {
            (claim("iat", integer(NOW - 60))(t), claim("exp", integer(NOW - 30))(t)).0
        }),
        world.by_ops("issued 31 seconds in the future", E213, claim("iat", integer(NOW + 31))),
        world.by_ops("a jti of 21 characters", E213, claim("jti", "A".repeat(21))),
        world.by_ops("no digest", E213, |token| _ = token.claims.remove("digest")),
        world.case("signed by another key", &[world.ops().sign(&Key::ed25519("mallory"))], E213),
        world.case("no token", &["x".to_owned()], E213),
        world.case("a bad one beside a good one", &["x".to_owned(), world.ops().sign(&Key::ed25519("ops"))], None),
        world.case("seventeen", &vec!["x".to_owned(); 17], E213),
    ]
}

fn calls(world: &World) -> Vec<Case> {
    let ops = Key::ed25519("ops");
    let token = |call: ApprovalCall<'_>| vec![by_key(&ops, &call, "a").sign(&ops)];
    let (call, other) = (world.call(), params(51));
    let mut cases = vec![
        world.case("of another action", &token(ApprovalCall { action: "refund", ..call }), E213),
        world.case("of other parameters", &token(ApprovalCall { params: &other, ..call }), E213),
        world.case("of another agent", &token(ApprovalCall { agent: "spiffe://acme.com/bot2", ..call }), E213),
        world.case("of the same id under another CA", &token(ApprovalCall { issuer: &[7; 32], ..call }), E213),
        world.case("for another audience", &token(ApprovalCall { audience: Some("refunds"), ..call }), E213),
        world.case("for no audience", &token(ApprovalCall { audience: None, ..call }), E213),
        world.case("in another session", &token(ApprovalCall { session: Some("s-2"), ..call }), E213),
        world.case("in no session", &token(ApprovalCall { session: None, ..call }), E213),
    ];
    let twice = world.build("used twice", &token(call)).number("times", 2);
    cases.push(twice.ends(E213));
    let free = World { params: params(10), ..World::new(1) };
    cases.push(free.case("a call that needs none", &[], None));
    cases
}

fn people(world: &World) -> Vec<Case> {
    let alice = |change: fn(Template) -> Template| person_with(ROLE, "alice", Key::ed25519("alice"), change);
    let of_issuer = |name: &str, key: &str| {
        let (own, issuer) = (Key::ed25519("alice"), Key::ed25519(key));
        let certificate = Template::approver(name, ROLE, "alice", &own).issued_by(&issuer).sign(&issuer);
        Person { certificate, uri: format!("urn:kakunin:role:{ROLE}:alice"), key: own }
    };
    let on_path = Key::ed25519("agent");
    let by_agent = by_key(&on_path, &world.call(), "a").sign(&on_path);
    let mut cases = vec![
        world.by("a person in the role", None, &person("alice")),
        world.by("another role", E213, &person_with("legal", "alice", Key::ed25519("alice"), |t| t)),
        world.by("a certificate of another CA", E213, &of_issuer("Tenant", "another tenant")),
        world.by("a certificate of the CA above", E213, &of_issuer("Root", "root")),
        world.by("a certificate of the agent", E213, &of_issuer(AGENT, "agent")),
        world.by(
            "an approver that is an agent too",
            E213,
            &alice(|t| t.with(Extension::extended_key_usage(&[oid::KP_APPROVER, oid::KP_AGENT]))),
        ),
        world.by("without the usage", E213, &alice(|t| t.without(oid::EXTENDED_KEY_USAGE))),
        world.by("a CA", E213, &alice(|t| t.with(Extension::basic_constraints(true, None)))),
        world.by(
            "two URIs",
            E213,
            &alice(|t| t.with(Extension::uris(&["urn:kakunin:role:finance:alice", "urn:kakunin:role:finance:bob"]))),
        ),
        world.by("the key of the agent, certified", E213, &person_with(ROLE, "alice", Key::ed25519("agent"), |t| t)),
        world.case("the key of the agent, named by the scope", &[by_agent], E213),
    ];
    let serial = vec![0x41; 16];
    let numbered = person_with(ROLE, "alice", Key::ed25519("alice"), |t| t.change(|t| t.serial = vec![0x41; 16]));
    for (name, revoked, code) in [("beside a list", vec![], None), ("revoked", vec![serial.as_slice()], E213)] {
        let lists = [
            List::new("Root", 1, &[]).sign(&Key::ed25519("root")),
            List::new("Tenant", 1, &revoked).sign(&Key::ed25519("tenant")),
        ];
        let approvals = [numbered.approve(&world.call(), "a")];
        cases.push(world.build(name, &approvals).list("crls", &lists).ends(code));
    }
    cases
}

fn counting() -> Vec<Case> {
    let world = World::new(2);
    let ops = world.ops().sign(&Key::ed25519("ops"));
    let by = |person: &Person, jti: &str| person.approve(&world.call(), jti);
    let alice = by(&person("alice"), "b");
    let phone = by(&person_with(ROLE, "alice", Key::ed25519("alice's phone"), |t| t), "c");
    let shared = by(&person_with(ROLE, "bob", Key::ed25519("alice"), |t| t), "d");
    let both = by(&person_with(ROLE, "olga", Key::ed25519("ops"), |t| t), "e");
    let below = World::of(Chain::new(None, &scope(1, Some(1)), Some(&scope(1, None))));
    let one = below.ops().sign(&Key::ed25519("ops"));
    vec![
        world.case("two of two kinds", &[ops.clone(), alice.clone()], None),
        world.case("two people", &[alice.clone(), by(&person("bob"), "f")], None),
        world.case("one of two", &[alice.clone()], E212),
        world.case("one person with two keys", &[alice.clone(), phone], E213),
        world.case("one key of two persons", &[alice.clone(), shared], E213),
        world.case("one key named and certified", &[ops.clone(), both], E213),
        world.case("one approval twice", &[ops.clone(), ops], E213),
        below.case("one approval for two scopes of the path", &[one], None),
        below.case("none below an agent", &[], E212),
    ]
}
