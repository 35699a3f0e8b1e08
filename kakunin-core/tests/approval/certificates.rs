//! Whose certificate makes an approver: each rule with a twin that changes one fact.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::SystemRandom;
use kakunin_core::encoding::oid;
use kakunin_core::error::Code;
use kakunin_core::issue::{self, ApproverProfile, Issuer, Validity};
use kakunin_core::path::{APPROVER_RULES, TrustAnchors, VerifiedAgent, validate};
use kakunin_core::revocation::order::{Governs, Orders, SignedHead, SignedOrder, Target};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_testkit::approval::{Person, ROLE, person, person_with};
use kakunin_testkit::certificate::{Extension, GeneralName, Template, time};
use kakunin_testkit::chain::{AGENT, Chain};
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;
use kakunin_testkit::order::Log;

use crate::world::{World, agent_of_role, at, key, role, scope, scope_of};

const E213: Code = Code::ApprovalInvalid;

fn alice(change: impl FnOnce(Template) -> Template) -> Person {
    person_with(ROLE, "alice", Key::ed25519("alice"), change)
}

/// The rule by which a new approval of this person does not suffice.
fn fault(world: &World, person: &Person) -> Option<(Code, &'static str)> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    world.fault(&[person.approve(&world.call(), &COUNT.fetch_add(1, Ordering::Relaxed).to_string())])
}

#[test]
fn a_person_whom_the_agents_ca_certified_approves_in_the_role() {
    let world = World::new(agent_of_role(1));
    assert_eq!(fault(&world, &person("alice")), None);
    let tls = alice(|template| template.with(Extension::extended_key_usage(&[oid::KP_APPROVER, oid::KP_CLIENT_AUTH])));
    assert_eq!(fault(&world, &tls), None);
    // Namespaces are for agents, and other kinds of names are nobody's.
    let names = [GeneralName::Email("alice@acme.com"), GeneralName::Uri("urn:kakunin:role:finance:alice")];
    assert_eq!(fault(&world, &alice(|template| template.with(Extension::alternative_names(&names)))), None);
}

#[test]
fn every_rule_has_a_twin() {
    type Change = fn(Template) -> Template;
    let world = World::new(agent_of_role(1));
    let twins: &[(&'static str, Change)] = &[
        ("approver-certificate", |t| t.change(|t| t.trailing_after = vec![0])),
        ("approver-issuer", |t| t.change(|t| t.issuer = kakunin_testkit::certificate::name("Root"))),
        ("approver-issuer", |t| t.with(Extension::authority_key_id(&[1; 20]))),
        ("approver-signature", |t| t.change(|t| t.break_signature = true)),
        ("approver-expired", |t| t.change(|t| t.not_after = time(-1))),
        ("approver-not-yet-valid", |t| t.change(|t| t.not_before = time(1))),
        ("approver-not-after", |t| t.change(|t| t.not_after = time(366 * 86_400))),
        ("approver-authority", |t| t.with(Extension::basic_constraints(true, None)).with(Extension::key_usage(0x84))),
        ("approver-key-usage", |t| t.with(Extension::key_usage(0x40))),
        ("approver-key-usage", |t| t.without(oid::KEY_USAGE)),
        ("approver-key-usage", |t| t.with(Extension::key_usage(0x82))),
        ("approver-usage", |t| t.without(oid::EXTENDED_KEY_USAGE)),
        ("approver-usage", |t| t.with(Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH]))),
        ("approver-other-usage", |t| t.with(Extension::extended_key_usage(&[oid::KP_APPROVER, oid::KP_AGENT]))),
        ("approver-other-usage", |t| t.with(Extension::extended_key_usage(&[oid::KP_APPROVER, oid::KP_OCSP_SIGNING]))),
        ("approver-critical-extension", |t| t.with(Extension::new(&[0x2a, 3, 4], true, vec![5, 0]))),
        ("approver-extension", |t| t.with(Extension::development())),
        ("approver-extension", |t| t.with(Extension::model_hash(&[1; 32]))),
        ("approver-extension", |t| t.with(Extension::parent(&[1; 32]))),
        ("approver-extension", |t| t.with(Extension::namespace(&["urn:acme:"]))),
        ("approver-extension", |t| t.with(Extension::scope(scope_of(vec![], vec![], None).encode()))),
        ("approver-uri", |t| t.without(oid::SUBJECT_ALT_NAME)),
        ("approver-uri", |t| {
            t.with(Extension::uris(&["urn:kakunin:role:finance:alice", "urn:kakunin:role:ops:alice"]))
        }),
        ("approver-uri", |t| t.with(Extension::uris(&["urn:kakunin:role:finance"]))),
        ("approver-uri", |t| t.with(Extension::uris(&["urn:kakunin:role:finance:ali:ce"]))),
        ("approver-uri", |t| t.with(Extension::uris(&["spiffe://acme.com/finance/alice"]))),
        ("approver-unknown", |t| t.with(Extension::uris(&["urn:kakunin:role:financier:alice"]))),
    ];
    for (rule, change) in twins {
        let mut person = alice(change);
        if *rule == "approver-unknown" {
            person.uri = "urn:kakunin:role:financier:alice".to_owned();
        }
        assert_eq!(fault(&world, &person), Some((E213, *rule)));
    }
    let rules = APPROVER_RULES.iter().map(|rule| rule.name());
    // These are of the CA above, in tests of their own.
    let elsewhere = ["approver-issuer-usage", "approver-names"];
    let without: Vec<_> =
        rules.filter(|name| !elsewhere.contains(name) && !twins.iter().any(|twin| twin.0 == *name)).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_certificate_of_another_ca_or_of_one_below_is_no_approvers() {
    let world = World::new(agent_of_role(1));
    let keyed = |issuer: &str, issuer_key: &str| {
        let (key, signer) = (Key::ed25519("alice"), Key::ed25519(issuer_key));
        let certificate = Template::approver(issuer, ROLE, "alice", &key).issued_by(&signer).sign(&signer);
        Person { certificate, uri: format!("urn:kakunin:role:{ROLE}:alice"), key }
    };
    assert_eq!(fault(&world, &keyed("Tenant", "tenant")), None);
    // Another CA under the same name, the root above it, a CA below it.
    assert_eq!(fault(&world, &keyed("Tenant", "another tenant")), Some((E213, "approver-issuer")));
    assert_eq!(fault(&world, &keyed("Root", "root")), Some((E213, "approver-issuer")));
    assert_eq!(fault(&world, &keyed("Below", "below")), Some((E213, "approver-issuer")));
    // Of the agent itself, were it a CA: it certifies agents, and nobody else.
    assert_eq!(fault(&world, &keyed(AGENT, "agent")), Some((E213, "approver-issuer")));
    // Without a key identifier the signature tells.
    let (key, signer) = (Key::ed25519("alice"), Key::ed25519("another tenant"));
    let certificate = Template::approver("Tenant", ROLE, "alice", &key).sign(&signer);
    let person = Person { certificate, uri: format!("urn:kakunin:role:{ROLE}:alice"), key };
    assert_eq!(fault(&world, &person), Some((E213, "approver-signature")));
}

#[test]
fn below_a_delegating_agent_the_topmost_agents_ca_counts() {
    let parent = scope_of(vec![crate::world::grant(&[ROLE], 1)], vec![role(ROLE)], Some(1));
    let world = World::new(Chain::new(None, &parent, Some(&scope(vec![role(ROLE)], 1))).verified());
    assert_eq!(world.agent.links().len(), 4);
    assert_eq!(fault(&world, &person("alice")), None);
    let (key, agent) = (Key::ed25519("alice"), Key::ed25519("agent"));
    let certificate = Template::approver(AGENT, ROLE, "alice", &key).issued_by(&agent).sign(&agent);
    let by_agent = Person { certificate, uri: format!("urn:kakunin:role:{ROLE}:alice"), key };
    assert_eq!(fault(&world, &by_agent), Some((E213, "approver-issuer")));
}

/// An agent below a tenant whose certificate is what `change` makes of it, under a root that `root` changed.
fn agent_below(
    root: impl FnOnce(Template) -> Template,
    tenant: impl FnOnce(Template) -> Template,
) -> Arc<VerifiedAgent> {
    let [root_key, tenant_key, agent_key] = ["root", "tenant", "agent"].map(Key::ed25519);
    let root_der = root(Template::root("Root", &root_key)).sign(&root_key);
    let template = Template::tenant("Root", "Tenant", &tenant_key, &["spiffe://acme.com/"]).issued_by(&root_key);
    let tenant_der = tenant(template).sign(&root_key);
    let scope = scope(vec![role(ROLE)], 1);
    let agent = Template::agent("Tenant", AGENT, &agent_key, scope.encode()).issued_by(&tenant_key).sign(&tenant_key);
    let bounds = Bounds::default();
    let anchors = TrustAnchors::new(vec![root_der.clone()], &bounds).unwrap();
    Arc::new(validate(&[agent, tenant_der, root_der], &[], &anchors, at(0), &bounds).unwrap())
}

#[test]
fn a_ca_that_lists_usages_lists_that_of_approvers() {
    let only = |usages: &'static [oid::Oid]| move |t: Template| t.with(Extension::extended_key_usage(usages));
    let both: &[oid::Oid] = &[oid::KP_AGENT, oid::KP_APPROVER];
    for (root, tenant, expected) in [
        (both, both, None),
        (both, &[oid::KP_AGENT][..], Some((E213, "approver-issuer-usage"))),
        (&[oid::KP_AGENT][..], both, Some((E213, "approver-issuer-usage"))),
    ] {
        let world = World::new(agent_below(only(root), only(tenant)));
        assert_eq!(fault(&world, &person("alice")), expected);
    }
}

#[test]
fn name_constraints_bind_approvers_although_namespaces_do_not() {
    let constrained = |excluded: &'static str| {
        move |t: Template| t.with(Extension::name_constraints(&[], &[GeneralName::Email(excluded)]))
    };
    let named = alice(|t| {
        let names = [GeneralName::Uri("urn:kakunin:role:finance:alice"), GeneralName::Email("alice@acme.com")];
        t.with(Extension::alternative_names(&names))
    });
    let world = World::new(agent_below(|t| t, constrained("acme.com")));
    assert_eq!(fault(&world, &named), Some((E213, "approver-names")));
    assert_eq!(fault(&World::new(agent_below(|t| t, constrained("example.com"))), &named), None);
}

#[test]
fn the_token_speaks_of_its_certificate() {
    type Change = fn(&mut kakunin_testkit::token::Token);
    let world = World::new(agent_of_role(1));
    let (alice, bob) = (person("alice"), person("bob"));
    let cases: &[(Option<&'static str>, Change)] = &[
        (None, |_| {}),
        (Some("approval-iss"), |token| token.claims.insert("iss", "urn:kakunin:role:finance:bob")),
        (Some("approval-x5t-s256"), |token| token.header.insert("x5t#S256", "AA")),
        (Some("approval-x5c"), |token| token.header.insert("x5c", kakunin_core::encoding::json::Json::Array(vec![]))),
        (Some("approval-x5c"), |token| token.header.insert("x5c", "AA")),
    ];
    for (rule, change) in cases {
        let token = alice.approval(&world.call(), "a").change(change).sign(&alice.key);
        assert_eq!(world.fault(&[token]), rule.map(|rule| (E213, rule)));
    }
    let token = alice.approval(&world.call(), "b");
    assert_eq!(world.fault(&[token.sign(&bob.key)]), Some((E213, "approval-signature")));
    let mut swapped = bob.approval(&world.call(), "c");
    swapped.header.insert("x5t#S256", token.header.get("x5t#S256").unwrap().clone());
    assert_eq!(world.fault(&[swapped.sign(&bob.key)]), Some((E213, "approval-x5t-s256")));
}

/// Lists of root and tenant, the tenant's with these serials.
fn lists(revoked: &[&[u8]]) -> Vec<Crl> {
    [("root", List::new("Root", 1, &[])), ("tenant", List::new("Tenant", 1, revoked))]
        .map(|(key, list)| Crl::parse(&list.sign(&Key::ed25519(key)), &Bounds::default()).unwrap())
        .to_vec()
}

fn view(agent: &VerifiedAgent, lists: Vec<Crl>) -> RevocationView {
    RevocationView::Checked(Arc::new(RevocationSnapshot::new(lists).with_issuers(agent.crl_issuers())))
}

#[test]
fn a_revoked_approver_approves_nothing() {
    let mut world = World::new(agent_of_role(1));
    world.view = view(&world.agent, lists(&[]));
    assert_eq!(fault(&world, &alice(|t| t.change(|t| t.serial = vec![0x41; 16]))), None);
    world.view = view(&world.agent, lists(&[&[0x41; 16]]));
    let revoked = alice(|t| t.change(|t| t.serial = vec![0x41; 16]));
    assert_eq!(fault(&world, &revoked), Some((E213, "approver-revoked")));
    assert_eq!(fault(&world, &person("bob")), None, "bob is not");
}

#[test]
fn an_order_against_the_certificate_stops_the_approver() {
    let mut world = World::new(agent_of_role(1));
    let issuer = Key::ed25519("tenant").spki_hash();
    for (governs, serial, expected) in [
        (Governs::Everything, vec![0x41; 16], Some((E213, "approver-revoked"))),
        (Governs::Issuer(issuer), vec![0x41; 16], Some((E213, "approver-revoked"))),
        (Governs::Everything, vec![0x42; 16], None),
    ] {
        let mut log = Log::new("dev");
        log.halt(&Target::Certificate { issuer, serial: serial.into() });
        let bounds = Bounds::default();
        let orders = Orders::new(vec![log.authority(governs)]).unwrap();
        let signed: Vec<_> = log.orders.iter().map(|order| SignedOrder::parse(order, &bounds).unwrap()).collect();
        let head = SignedHead::parse(&log.signed_head(), &bounds).unwrap();
        let (orders, _) = orders.take(&signed, &[head], at(0), &bounds);
        let snapshot = RevocationSnapshot::new(lists(&[])).with_issuers(world.agent.crl_issuers());
        world.view = RevocationView::Checked(Arc::new(snapshot.with_orders(Arc::new(orders))));
        let person = alice(|t| t.change(|t| t.serial = vec![0x41; 16]));
        assert_eq!(fault(&world, &person), expected);
    }
}

/// `cRLDistributionPoints`, or with the tag of its one field the part of a list: fullName of this URI.
fn full_name(uri: &str) -> Vec<u8> {
    let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    wrap(0xa0, &wrap(0xa0, &wrap(0x86, uri.as_bytes())))
}

#[test]
fn an_approver_of_unknown_status_approves_nothing() {
    // The tenant's lists come in parts, and only that of the agents is at hand.
    let sequence = |content: &[u8]| [&[0x30, u8::try_from(content.len()).unwrap()], content].concat();
    let points = |uri| Extension::new(oid::CRL_DISTRIBUTION_POINTS, false, sequence(&sequence(&full_name(uri))));
    let mut list = List::new("Tenant", 1, &[]);
    list.extensions.push(Extension::new(oid::ISSUING_DISTRIBUTION_POINT, true, sequence(&full_name("http://agents"))));
    let lists = [("root", List::new("Root", 1, &[])), ("tenant", list)]
        .map(|(key, list)| Crl::parse(&list.sign(&Key::ed25519(key)), &Bounds::default()).unwrap());
    let mut chain = Chain::new(None, &scope(vec![role(ROLE)], 1), None);
    let template = Template::agent("Tenant", AGENT, &chain.leaf, scope(vec![role(ROLE)], 1).encode());
    chain.path[0] = template.issued_by(&chain.tenant).with(points("http://agents")).sign(&chain.tenant);
    let mut world = World::new(chain.verified());
    world.view = view(&world.agent, lists.to_vec());
    assert_eq!(fault(&world, &alice(|t| t.with(points("http://agents")))), None);
    assert_eq!(fault(&world, &alice(|t| t.with(points("http://people")))), Some((E213, "approver-status")));
    assert_eq!(fault(&world, &person("alice")), Some((E213, "approver-status")));
}

#[test]
fn no_key_of_the_path_approves() {
    let approvers = || vec![key("agent"), key("tenant"), key("root"), key("sub"), role(ROLE), key("ops")];
    let names = ["agent", "tenant", "root", "sub", ROLE, "ops"];
    let parent = scope_of(vec![crate::world::grant(&names, 1)], approvers(), Some(1));
    let child = scope_of(vec![crate::world::grant(&names, 1)], approvers(), None);
    let world = World::new(Chain::new(None, &parent, Some(&child)).verified());
    for name in ["sub", "agent", "tenant", "root"] {
        let key = Key::ed25519(name);
        let token = kakunin_testkit::approval::by_key(&key, &world.call(), "a").sign(&key);
        assert_eq!(world.fault(&[token]), Some((E213, "approver-on-path")), "{name}");
        let certified = person_with(ROLE, "alice", Key::ed25519(name), |t| t);
        assert_eq!(fault(&world, &certified), Some((E213, "approver-on-path")), "{name}, certified");
    }
    let ops = Key::ed25519("ops");
    assert_eq!(world.fault(&[kakunin_testkit::approval::by_key(&ops, &world.call(), "a").sign(&ops)]), None);
}

#[test]
fn an_issuer_certifies_approvers_that_approve() {
    let (random, bounds) = (SystemRandom::new(), Bounds::default());
    let chain = Chain::new(None, &scope(vec![role(ROLE)], 1), None);
    let context = issue::Context { now: at(0), random: &random, bounds: &bounds };
    let issuer = Issuer { chain: &chain.path[1..], parents: &[], signer: chain.tenant.signer() };
    let key = Key::ed25519("alice");
    let issue = |role: &str, person: &str, seconds| {
        let validity = Validity::starting(context.now, seconds);
        let profile = ApproverProfile { role: role.to_owned(), person: person.to_owned(), common_name: None, validity };
        issue::approver(&profile, key.signer().public_key(), &issuer, &context).map_err(|denial| denial.details().rule)
    };
    let certificate = issue(ROLE, "alice", 86_400).unwrap();
    let person = Person { certificate, uri: format!("urn:kakunin:role:{ROLE}:alice"), key: Key::ed25519("alice") };
    let world = World::new(chain.verified());
    assert_eq!(fault(&world, &person), None);
    assert_eq!(issue("fin ance", "alice", 86_400).unwrap_err(), "approver-role");
    assert_eq!(issue(ROLE, "", 86_400).unwrap_err(), "approver-person");
    assert_eq!(issue(ROLE, "alice", 400 * 86_400).unwrap_err(), "approver-not-after");
}
