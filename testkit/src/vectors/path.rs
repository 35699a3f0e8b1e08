//! Paths: one that is right in each shape, and twins in which one fact is wrong.

use kakunin_core::crypto::sha256;
use kakunin_core::encoding::json::Json;
use kakunin_core::encoding::oid;

use super::certificate::{CHARGE, compiled, scope};
use super::{Build, Case, case, encoded};
use crate::NOW;
use crate::certificate::{Extension, GeneralName, Template, name, time};
use crate::key::Key;

pub(crate) const AGENT_ID: &str = "urn:acme:agent:bot";

/// A root, a tenant and an agent, with the keys that signed them.
pub(crate) struct World {
    pub(crate) root_key: Key,
    pub(crate) tenant_key: Key,
    pub(crate) agent_key: Key,
    pub(crate) sub_key: Key,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            root_key: Key::ed25519("root"),
            tenant_key: Key::ed25519("tenant"),
            agent_key: Key::ed25519("agent"),
            sub_key: Key::ed25519("sub"),
        }
    }

    pub(crate) fn root(&self) -> Template {
        Template::root("Root", &self.root_key)
    }

    pub(crate) fn tenant(&self) -> Template {
        Template::tenant("Root", "Acme CA", &self.tenant_key, &["urn:acme:"]).issued_by(&self.root_key)
    }

    pub(crate) fn agent(&self) -> Template {
        Template::agent("Acme CA", AGENT_ID, &self.agent_key, scope()).issued_by(&self.tenant_key)
    }

    pub(crate) fn delegating(&self, depth: i128) -> Template {
        let scope = compiled(&format!("max_depth = {depth}\n{CHARGE}"));
        Template::delegating_agent("Acme CA", AGENT_ID, &self.agent_key, scope, depth).issued_by(&self.tenant_key)
    }

    pub(crate) fn chain(&self, agent: &Template) -> Vec<Vec<u8>> {
        vec![agent.sign(&self.tenant_key), self.tenant().sign(&self.root_key), self.root().sign(&self.root_key)]
    }

    pub(crate) fn trust(&self) -> Vec<Vec<u8>> {
        vec![self.root().sign(&self.root_key)]
    }
}

fn path(name: impl Into<String>, chain: &[Vec<u8>], world: &World) -> Build {
    case(name).list("chain", chain).list("trust", &world.trust()).number("now", NOW * 1_000)
}

pub(crate) fn cases() -> Vec<Case> {
    let world = World::new();
    let mut cases = vec![path("root, tenant, agent", &world.chain(&world.agent()), &world).accepted()];
    cases.extend(agents(&world));
    cases.extend(authorities(&world));
    cases.extend(orders(&world));
    cases.extend(delegation(&world));
    cases.extend(delegation_by_the_ca(&world));
    cases.extend(super::name_constraints::cases(&world));
    cases
}

/// Twins of the agent's certificate.
fn agents(world: &World) -> Vec<Case> {
    let with = |name: &str, change: &dyn Fn(Template) -> Template, code: Option<&'static str>| {
        path(name, &world.chain(&change(world.agent())), world).ends(code)
    };
    let uri = |id: &'static str| move |agent: Template| agent.with(Extension::uris(&[id]));
    vec![
        with("at the second of notAfter", &|a| a.change(|a| a.not_after = time(0)), None),
        with("a second after notAfter", &|a| a.change(|a| a.not_after = time(-1)), Some("KKN-E103")),
        with("at the second of notBefore", &|a| a.change(|a| a.not_before = time(0)), None),
        with("a second before notBefore", &|a| a.change(|a| a.not_before = time(1)), Some("KKN-E104")),
        with("a wrong signature", &|a| a.change(|a| a.break_signature = true), Some("KKN-E102")),
        with("another issuer's name", &|a| a.change(|a| a.issuer = name("Acme Ca")), Some("KKN-E102")),
        with("notAfter beyond the tenant's", &|a| a.change(|a| a.not_after = time(366 * 86_400)), Some("KKN-E102")),
        with(
            "another key's authorityKeyIdentifier",
            &|a| a.with(Extension::authority_key_id(&[7; 20])),
            Some("KKN-E102"),
        ),
        with("no scope", &|a| a.without(oid::SCOPE), Some("KKN-E105")),
        with("a scope that is not critical", &|a| a.with(Extension::new(oid::SCOPE, false, scope())), None),
        with("a scope that cannot be decoded", &|a| a.with(Extension::scope(vec![0x30, 0])), Some("KKN-E107")),
        with("no extended key usage", &|a| a.without(oid::EXTENDED_KEY_USAGE), Some("KKN-E105")),
        with(
            "the extended key usage of a TLS client only",
            &|a| a.with(Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH])),
            Some("KKN-E105"),
        ),
        with(
            "the extended key usage of a TLS client beside ours",
            &|a| a.with(Extension::extended_key_usage(&[oid::KP_AGENT, oid::KP_CLIENT_AUTH])),
            None,
        ),
        with(
            "any extended key usage",
            &|a| a.with(Extension::extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE])),
            Some("KKN-E105"),
        ),
        with("no key usage", &|a| a.without(oid::KEY_USAGE), Some("KKN-E105")),
        with("a key usage without digitalSignature", &|a| a.with(Extension::key_usage(0x20)), Some("KKN-E105")),
        with("keyCertSign without cA", &|a| a.with(Extension::key_usage(0x84)), Some("KKN-E105")),
        with("no id", &|a| a.without(oid::SUBJECT_ALT_NAME), Some("KKN-E109")),
        with("two ids", &|a| a.with(Extension::uris(&[AGENT_ID, "urn:acme:agent:other"])), Some("KKN-E109")),
        with("an id outside the namespace", &uri("urn:evil:bot"), Some("KKN-E109")),
        with("an id that only begins like the namespace", &uri("urn:acmebot"), Some("KKN-E109")),
        with("an id with an empty part", &uri("urn:acme::bot"), Some("KKN-E109")),
        with("an id with a part `..`", &uri("urn:acme:..:bot"), Some("KKN-E109")),
        with("an id with a query", &uri("urn:acme:bot?x=1"), Some("KKN-E109")),
        with("an id with a fragment", &uri("urn:acme:bot#x"), Some("KKN-E109")),
        with("an id with an upper-case scheme", &uri("URN:acme:bot"), Some("KKN-E109")),
        with("an id without a scheme of ours", &uri("mailto:acme"), Some("KKN-E109")),
        with("an id with a part `-` below no agent", &uri("urn:acme:agent:bot:-:task"), Some("KKN-E109")),
        with("a namespace on an agent", &|a| a.with(Extension::namespace(&["urn:acme:"])), Some("KKN-E105")),
        with("a development mark on an agent", &|a| a.with(Extension::development()), Some("KKN-E105")),
        with("a model hash", &|a| a.with(Extension::model_hash(&[7; 32])), None),
        with(
            "an unknown critical extension",
            &|a| a.with(Extension::new(&[0x2a, 0x03, 0x04], true, vec![5, 0])),
            Some("KKN-E105"),
        ),
        with(
            "an unknown extension that is not critical",
            &|a| a.with(Extension::new(&[0x2a, 0x03, 0x04], false, vec![5, 0])),
            None,
        ),
        with(
            "name constraints on an agent that is no CA",
            &|a| a.with(Extension::name_constraints(&[GeneralName::Uri("acme.example")], &[])),
            Some("KKN-E101"),
        ),
        with(
            "critical certificate policies",
            &|a| a.with(Extension::new(oid::CERTIFICATE_POLICIES, true, vec![0x30, 6, 0x30, 4, 6, 2, 0x2a, 3])),
            Some("KKN-E105"),
        ),
        with(
            "cA without a critical scope",
            &|_| {
                world.delegating(1).with(Extension::new(
                    oid::SCOPE,
                    false,
                    compiled(&format!("max_depth = 1\n{CHARGE}")),
                ))
            },
            Some("KKN-E105"),
        ),
        with("a delegating agent", &|_| world.delegating(1), None),
        with(
            "a delegating agent without a path length",
            &|_| world.delegating(1).with(Extension::basic_constraints(true, None)),
            Some("KKN-E105"),
        ),
        with(
            "a delegating agent with cRLSign",
            &|_| world.delegating(1).with(Extension::key_usage(0x86)),
            Some("KKN-E105"),
        ),
        with(
            "a delegating agent with a second extended key usage",
            &|_| world.delegating(1).with(Extension::extended_key_usage(&[oid::KP_AGENT, oid::KP_CLIENT_AUTH])),
            Some("KKN-E105"),
        ),
        with("a delegating agent without a subject", &|_| nameless(world.delegating(1), true), Some("KKN-E105")),
        with("an agent without a subject whose name is not critical", &|a| nameless(a, false), Some("KKN-E101")),
        with("an agent without a subject whose name is critical", &|a| nameless(a, true), None),
    ]
}

/// Without a subject; RFC 5280 then wants the alternative name critical.
fn nameless(agent: Template, critical: bool) -> Template {
    agent.change(|agent| {
        agent.subject = name("");
        let names = agent
            .extensions
            .get_or_insert_default()
            .iter_mut()
            .filter(|extension| extension.oid == oid::SUBJECT_ALT_NAME);
        names.for_each(|extension| extension.critical = critical.then_some(0xff));
    })
}

/// Twins of the tenant's and the root's certificates.
fn authorities(world: &World) -> Vec<Case> {
    let leaf = world.agent().sign(&world.tenant_key);
    let tenant = |name: &str, change: &dyn Fn(Template) -> Template, code: Option<&'static str>| {
        let chain = [leaf.clone(), change(world.tenant()).sign(&world.root_key), world.root().sign(&world.root_key)];
        path(name, &chain, world).ends(code)
    };
    let anchored = |name: &str, change: &dyn Fn(Template) -> Template, code: &'static str| {
        let root = change(world.root()).sign(&world.root_key);
        let chain = [leaf.clone(), world.tenant().sign(&world.root_key), root.clone()];
        case(name).list("chain", &chain).list("trust", &[root]).number("now", NOW * 1_000).refused(code)
    };
    vec![
        tenant("a tenant without basicConstraints", &|t| t.without(oid::BASIC_CONSTRAINTS), Some("KKN-E105")),
        tenant("a tenant with cA FALSE", &|t| t.with(Extension::basic_constraints(false, None)), Some("KKN-E105")),
        tenant(
            "a tenant whose basicConstraints are not critical",
            &|t| {
                t.change(|t| {
                    t.extensions
                        .get_or_insert_default()
                        .iter_mut()
                        .filter(|e| e.oid == oid::BASIC_CONSTRAINTS)
                        .for_each(|e| e.critical = None)
                })
            },
            Some("KKN-E101"),
        ),
        tenant("a tenant without keyCertSign", &|t| t.with(Extension::key_usage(0x02)), Some("KKN-E105")),
        tenant("a tenant without key usage", &|t| t.without(oid::KEY_USAGE), Some("KKN-E105")),
        tenant("a tenant without a namespace", &|t| t.without(oid::NAMESPACE), Some("KKN-E105")),
        tenant(
            "a namespace that does not end in `/` or `:`",
            &|t| t.with(Extension::namespace(&["urn:acme"])),
            Some("KKN-E109"),
        ),
        tenant(
            "a namespace that does not hold the agent",
            &|t| t.with(Extension::namespace(&["urn:acme:service:"])),
            Some("KKN-E109"),
        ),
        tenant(
            "a namespace of several prefixes",
            &|t| t.with(Extension::namespace(&["spiffe://acme/", "urn:acme:agent:"])),
            None,
        ),
        tenant(
            "a tenant with another extended key usage only",
            &|t| t.with(Extension::extended_key_usage(&[oid::KP_SERVER_AUTH])),
            Some("KKN-E105"),
        ),
        tenant(
            "a tenant with the agents' extended key usage",
            &|t| t.with(Extension::extended_key_usage(&[oid::KP_AGENT])),
            None,
        ),
        tenant(
            "a tenant named by a bare SPIFFE trust domain",
            &|t| t.with(Extension::uris(&["spiffe://acme.com"])),
            None,
        ),
        tenant("a tenant with a parent", &|t| t.with(Extension::parent(&[7; 32])), Some("KKN-E105")),
        tenant("a tenant with a model hash", &|t| t.with(Extension::model_hash(&[7; 32])), Some("KKN-E105")),
        tenant(
            "a tenant whose scope holds the agent's",
            &|t| t.with(Extension::scope(compiled(&CHARGE.replace("500", "1000")))),
            None,
        ),
        tenant(
            "a tenant whose scope is narrower than the agent's",
            &|t| t.with(Extension::scope(compiled(&CHARGE.replace("500", "499")))),
            Some("KKN-E106"),
        ),
        tenant(
            "a tenant whose scope denies the agent's action",
            &|t| t.with(Extension::scope(compiled(&format!("deny = [\"charge\"]\n{CHARGE}")))),
            Some("KKN-E106"),
        ),
        tenant(
            "a tenant with path length 0 above an agent",
            &|t| t.with(Extension::basic_constraints(true, Some(0))),
            None,
        ),
        tenant("an expired tenant", &|t| t.change(|t| t.not_after = time(-1)), Some("KKN-E103")),
        tenant("a tenant not valid yet", &|t| t.change(|t| t.not_before = time(1)), Some("KKN-E104")),
        tenant("a tenant with a wrong signature", &|t| t.change(|t| t.break_signature = true), Some("KKN-E102")),
        anchored("an expired anchor", &|r| r.change(|r| r.not_after = time(-1)), "KKN-E103"),
        anchored("an anchor that is no CA", &|r| r.without(oid::BASIC_CONSTRAINTS), "KKN-E504"),
        anchored(
            "an anchor with path length 0 above a tenant",
            &|r| r.with(Extension::basic_constraints(true, Some(0))),
            "KKN-E102",
        ),
    ]
}

/// The list as it is given: order, length, anchors.
fn orders(world: &World) -> Vec<Case> {
    let [leaf, tenant, root]: [Vec<u8>; 3] = [
        world.agent().sign(&world.tenant_key),
        world.tenant().sign(&world.root_key),
        world.root().sign(&world.root_key),
    ];
    let stranger_key = Key::ed25519("stranger");
    let stranger = Template::root("Root", &stranger_key).sign(&stranger_key);
    let many: Vec<Vec<u8>> = std::iter::repeat_n(leaf.clone(), 9).collect();
    vec![
        path("the anchor left out", &[leaf.clone(), tenant.clone()], world).refused("KKN-E102"),
        path(
            "what follows the anchor is ignored",
            &[leaf.clone(), tenant.clone(), root.clone(), stranger.clone()],
            world,
        )
        .accepted(),
        path("the tenant left out", &[leaf.clone(), root.clone()], world).refused("KKN-E102"),
        path("in the wrong order", &[tenant.clone(), leaf.clone(), root.clone()], world).refused("KKN-E102"),
        path("an empty path", &[], world).refused("KKN-E102"),
        path("nine certificates", &many, world).refused("KKN-E102"),
        path("a leaf alone", &[leaf.clone()], world).refused("KKN-E102"),
        path("a path that ends in a tenant", &[tenant.clone(), root.clone()], world).refused("KKN-E105"),
        case("a stranger's root with the anchor's name")
            .list("chain", &[leaf.clone(), tenant.clone(), root.clone()])
            .list("trust", &[stranger])
            .number("now", NOW * 1_000)
            .refused("KKN-E102"),
        case("the tenant as the anchor")
            .list("chain", &[leaf.clone(), tenant.clone(), root.clone()])
            .list("trust", &[tenant.clone()])
            .number("now", NOW * 1_000)
            .accepted(),
        case("no anchor")
            .list("chain", &[leaf.clone(), tenant.clone(), root])
            .list("trust", &[])
            .number("now", NOW * 1_000)
            .refused("KKN-E504"),
        case("a leaf as the anchor")
            .list("chain", &[leaf.clone(), tenant])
            .list("trust", &[leaf])
            .number("now", NOW * 1_000)
            .refused("KKN-E504"),
    ]
}

/// Sub-agents that their parent signed.
fn delegation(world: &World) -> Vec<Case> {
    let parent = world.delegating(2);
    let parent_der = parent.sign(&world.tenant_key);
    let id = format!("{AGENT_ID}:-:task");
    let sub = || Template::sub_agent(AGENT_ID, &parent_der, &id, &world.sub_key, scope()).issued_by(&world.agent_key);
    let chain = |sub: Template| {
        vec![
            sub.sign(&world.agent_key),
            parent_der.clone(),
            world.tenant().sign(&world.root_key),
            world.root().sign(&world.root_key),
        ]
    };
    let with = |name: &str, change: &dyn Fn(Template) -> Template, code: Option<&'static str>| {
        path(name, &chain(change(sub())), world).ends(code)
    };
    let uri = |id: &'static str| move |sub: Template| sub.with(Extension::uris(&[id]));
    let flat = world.agent().sign(&world.tenant_key);
    let below_flat = Template::sub_agent(AGENT_ID, &flat, &id, &world.sub_key, scope())
        .issued_by(&world.agent_key)
        .sign(&world.agent_key);
    vec![
        with("a sub-agent signed by its parent", &|s| s, None),
        with(
            "a sub-agent that lives 24 hours",
            &|s| s.change(|s| (s.not_before, s.not_after) = (time(-400), time(86_000))),
            None,
        ),
        with(
            "a sub-agent that lives a second longer",
            &|s| s.change(|s| (s.not_before, s.not_after) = (time(-400), time(86_001))),
            Some("KKN-E105"),
        ),
        with("a sub-agent without `parent`", &|s| s.without(oid::PARENT), Some("KKN-E102")),
        with("a sub-agent with another `parent`", &|s| s.with(Extension::parent(&[7; 32])), Some("KKN-E102")),
        with(
            "a sub-agent whose `parent` is not critical",
            &|s| s.with(Extension::new(oid::PARENT, false, [&[4, 32][..], &sha256(&parent_der)].concat())),
            Some("KKN-E105"),
        ),
        with(
            "a sub-agent with a wider amount",
            &|s| s.with(Extension::scope(compiled(&CHARGE.replace("500", "501")))),
            Some("KKN-E106"),
        ),
        with(
            "a sub-agent with another currency",
            &|s| s.with(Extension::scope(compiled(&CHARGE.replace("EUR", "USD")))),
            Some("KKN-E106"),
        ),
        with(
            "a sub-agent with another action",
            &|s| s.with(Extension::scope(compiled(&CHARGE.replace("charge", "refund")))),
            Some("KKN-E106"),
        ),
        with(
            "a sub-agent with an open grant",
            &|s| s.with(Extension::scope(compiled(&CHARGE.replace("[grant.params]", "open = true\n[grant.params]")))),
            Some("KKN-E106"),
        ),
        with(
            "a sub-agent with a narrower amount",
            &|s| s.with(Extension::scope(compiled(&CHARGE.replace("500", "5")))),
            None,
        ),
        with("a sub-agent with no grant", &|s| s.with(Extension::scope(compiled("grant = []\n"))), None),
        with("a sub-agent without its parent's id", &uri("urn:acme:agent:other:-:task"), Some("KKN-E109")),
        with("a sub-agent that is named like its parent", &uri(AGENT_ID), Some("KKN-E109")),
        with("a sub-agent two parts down", &uri("urn:acme:agent:bot:-:a:b"), Some("KKN-E109")),
        with("a sub-agent whose part is `-`", &uri("urn:acme:agent:bot:-:-"), Some("KKN-E109")),
        with(
            "a sub-agent that names a revocation list",
            &|s| s.with(Extension::new(oid::CRL_DISTRIBUTION_POINTS, false, CRL_SOURCE.to_vec())),
            Some("KKN-E105"),
        ),
        with("a sub-agent with a wrong signature", &|s| s.change(|s| s.break_signature = true), Some("KKN-E102")),
        path(
            "a sub-agent below an agent that may not delegate",
            &[below_flat, flat, world.tenant().sign(&world.root_key), world.root().sign(&world.root_key)],
            world,
        )
        .refused("KKN-E105"),
    ]
}

/// A distribution point `http://x/`.
const CRL_SOURCE: &[u8] =
    &[0x30, 0x11, 0x30, 0x0f, 0xa0, 0x0d, 0xa0, 0x0b, 0x86, 0x09, b'h', b't', b't', b'p', b':', b'/', b'/', b'x', b'/'];

/// Sub-agents that the CA signed for a parent.
fn delegation_by_the_ca(world: &World) -> Vec<Case> {
    let parent_chain = world.chain(&world.delegating(1));
    let parent_der = parent_chain.first().cloned().unwrap_or_default();
    let child = || {
        Template::agent("Acme CA", "urn:acme:agent:helper", &world.sub_key, scope())
            .issued_by(&world.tenant_key)
            .with(Extension::parent(&sha256(&parent_der)))
    };
    let parents = |chains: &[Vec<Vec<u8>>]| Json::Array(chains.iter().map(|chain| encoded(chain)).collect());
    let with = |name: &str, child: Template, chains: &[Vec<Vec<u8>>], code: Option<&'static str>| {
        path(name, &world.chain(&child), world).with("parents", parents(chains)).ends(code)
    };
    let flat_chain = world.chain(&world.agent());
    let flat = flat_chain.first().cloned().unwrap_or_default();
    vec![
        with("a child by the CA with its parent's path", child(), &[parent_chain.clone()], None),
        with("a child by the CA without its parent's path", child(), &[], Some("KKN-E102")),
        with(
            "a child by the CA with its parent's path twice",
            child(),
            &[parent_chain.clone(), parent_chain.clone()],
            Some("KKN-E102"),
        ),
        with("a superfluous parent's path", world.agent(), &[parent_chain.clone()], Some("KKN-E102")),
        with("another agent's path as the parent's", child(), &[flat_chain.clone()], Some("KKN-E102")),
        with(
            "a child by the CA with a wider scope",
            child().with(Extension::scope(compiled(&CHARGE.replace("500", "501")))),
            &[parent_chain.clone()],
            Some("KKN-E106"),
        ),
        with(
            "a child of a parent whose scope allows no depth",
            child().with(Extension::parent(&sha256(&flat))),
            &[flat_chain],
            Some("KKN-E106"),
        ),
    ]
}
