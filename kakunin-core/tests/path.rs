//! Paths: three that are valid, and for every rule a twin that differs in one fact and is refused with one code.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic; clippy exempts only #[test] functions"
)]

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::sha256;
use kakunin_core::encoding::oid;
use kakunin_core::error::{Code, Denial};
use kakunin_core::path::{
    Link, LinkKind, RULES, TrustAnchors, VerifiedAgent, VerifiedDelegator, validate, validate_authority,
};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::scope::{ActionPattern, Grant, GrantParts, Limit, LimitKind, Scope, ScopeParts};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::GeneralName::{self, Directory, Dns, Uri};
use kakunin_testkit::certificate::{Extension, Template, name, time};
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;

const BOT: &str = "spiffe://acme.com/bot";
const SUB: &str = "spiffe://acme.com/bot/-/sub";
const HELPER: &str = "spiffe://acme.com/helper";

/// A root, a tenant, an agent that delegates, its sub-agent, and a sub-agent that the tenant certified.
struct World {
    root: Template,
    tenant: Template,
    bot: Template,
    sub: Template,
    helper: Template,
    root_key: Key,
    tenant_key: Key,
    bot_key: Key,
    now: i64,
    bounds: Bounds,
    /// Changes the lists of certificates after signing.
    arrange: fn(&mut Lists),
    /// Configured instead of the root.
    anchor: Option<Template>,
}

#[derive(Clone, Default)]
struct Lists {
    chain: Vec<Vec<u8>>,
    parents: Vec<Vec<Vec<u8>>>,
}

/// Which of the valid paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaf {
    /// bot – tenant – root.
    Bot,
    /// sub – bot – tenant – root.
    Sub,
    /// helper – tenant – root, with the bot's path for its parent.
    Helper,
}

const PLACEHOLDER: [u8; 32] = [0; 32];

impl World {
    fn new() -> Self {
        let [root_key, tenant_key, bot_key] = ["root", "tenant", "bot"].map(Key::ed25519);
        let leaf_key = Key::ed25519("leaf");
        let broad = scope(&["charge", "kb.*"], Some(2));
        Self {
            root: Template::root("Root", &root_key),
            tenant: Template::tenant("Root", "Tenant", &tenant_key, &["spiffe://acme.com/"]).issued_by(&root_key),
            bot: Template::delegating_agent("Tenant", BOT, &bot_key, broad, 1).issued_by(&tenant_key),
            sub: Template::agent(BOT, SUB, &leaf_key, scope(&["charge"], None))
                .with(Extension::parent(&PLACEHOLDER))
                .issued_by(&bot_key)
                .change(|sub| sub.not_after = time(3_600)),
            helper: Template::agent("Tenant", HELPER, &leaf_key, scope(&["charge"], None))
                .with(Extension::parent(&PLACEHOLDER))
                .issued_by(&tenant_key),
            root_key,
            tenant_key,
            bot_key,
            now: NOW,
            bounds: Bounds::default(),
            arrange: |_| {},
            anchor: None,
        }
    }

    fn lists(&self, leaf: Leaf) -> Lists {
        let root = self.root.sign(&self.root_key);
        let tenant = self.tenant.sign(&self.root_key);
        let bot = self.bot.sign(&self.tenant_key);
        let bound = |template: &Template| {
            let placeholder = Extension::parent(&PLACEHOLDER).value;
            let unset = template.extensions.iter().flatten().any(|extension| extension.value == placeholder);
            if !unset {
                return template.clone();
            }
            let mut bound = template.clone();
            for extension in bound.extensions.iter_mut().flatten().filter(|extension| extension.value == placeholder) {
                extension.value = Extension::parent(&sha256(&bot)).value;
            }
            bound
        };
        let mut lists = match leaf {
            Bot => Lists { chain: vec![bot, tenant, root], parents: Vec::new() },
            Sub => {
                let sub = bound(&self.sub).sign(&self.bot_key);
                Lists { chain: vec![sub, bot, tenant, root], parents: Vec::new() }
            }
            Helper => {
                let helper = bound(&self.helper).sign(&self.tenant_key);
                let chain = vec![helper, tenant.clone(), root.clone()];
                Lists { chain, parents: vec![vec![bot, tenant, root]] }
            }
        };
        (self.arrange)(&mut lists);
        lists
    }

    fn validate(&self, leaf: Leaf) -> Result<VerifiedAgent, Denial> {
        let anchor = self.anchor.as_ref().unwrap_or(&self.root).sign(&self.root_key);
        let anchors = TrustAnchors::new(vec![anchor], &Bounds::default()).unwrap();
        let lists = self.lists(leaf);
        let now = UnixTime::from_seconds(self.now);
        let whole = validate(&lists.chain, &lists.parents, &anchors, now, &self.bounds);
        if leaf == Sub {
            assert_same_in_two_steps(&lists, &anchors, now, &self.bounds, &whole);
        }
        whole
    }
}

/// A path of agents that is validated up to the parent first, and then one certificate further, ends as in one go.
fn assert_same_in_two_steps(
    lists: &Lists,
    anchors: &TrustAnchors,
    now: UnixTime,
    bounds: &Bounds,
    whole: &Result<VerifiedAgent, Denial>,
) {
    let Some((leaf, above)) = lists.chain.split_first() else { return };
    let parent = VerifiedDelegator::new(above, &lists.parents, anchors, now, bounds);
    // Below what is no agent nobody is certified in this way.
    if parent.as_ref().is_err_and(|denial| denial.details().rule == "leaf-kind") {
        return;
    }
    match (parent.and_then(|parent| parent.extend(leaf, now, bounds)), whole) {
        (Ok(found), Ok(expected)) => {
            let facts = |agent: &VerifiedAgent| {
                let above: Vec<_> = agent.above().iter().map(|link| (link.depth(), *link.fingerprint())).collect();
                let issuers: Vec<_> = agent.crl_issuers().iter().map(|issuer| issuer.subject.clone()).collect();
                let links = agent.links().iter().map(|link| link.counters().to_vec()).collect::<Vec<_>>();
                let window = (agent.not_before(), agent.not_after());
                (agent.id().to_owned(), above, links, issuers, window, agent.path_fingerprint())
            };
            assert_eq!(facts(&found), facts(expected));
            assert_eq!(found.public_key().spki(), expected.public_key().spki());
            assert_eq!(found.model_hash(), expected.model_hash());
        }
        (found, expected) => assert_eq!(found.err(), expected.as_ref().err().cloned()),
    }
}

fn scope(actions: &[&str], max_depth: Option<u8>) -> Vec<u8> {
    scope_with(actions, max_depth, Vec::new()).encode()
}

fn scope_with(actions: &[&str], max_depth: Option<u8>, limits: Vec<Limit>) -> Scope {
    let grant = |action: &&str| {
        Grant::new(GrantParts { open: true, ..GrantParts::new(ActionPattern::parse(action).unwrap()) }).unwrap()
    };
    Scope::new(ScopeParts { grants: actions.iter().map(grant).collect(), limits, max_depth, ..ScopeParts::default() })
        .unwrap()
}

fn set(template: &mut Template, extension: Extension) {
    *template = template.clone().with(extension);
}

fn unset(template: &mut Template, oid: oid::Oid) {
    *template = template.clone().without(oid);
}

fn uncritical(mut extension: Extension) -> Extension {
    extension.critical = None;
    extension
}

fn critical(mut extension: Extension) -> Extension {
    extension.critical = Some(0xff);
    extension
}

#[test]
fn the_three_paths_are_valid() {
    for (leaf, id, links, above) in [(Bot, BOT, 3, 3), (Sub, SUB, 4, 4), (Helper, HELPER, 3, 4)] {
        let agent = World::new().validate(leaf).unwrap_or_else(|denial| panic!("{leaf:?}: {denial}"));
        assert_eq!((agent.id(), agent.links().len(), agent.above().len()), (id, links, above), "{leaf:?}");
        assert!(agent.above().iter().enumerate().all(|(depth, link)| link.depth() == depth), "{leaf:?}");
        assert_eq!(agent.above()[0].fingerprint(), agent.fingerprint());
        assert_eq!(agent.links().last().unwrap().kind(), LinkKind::Anchor);
        assert!(agent.leaf().scope().is_some());
    }
    let helper = World::new().validate(Helper).unwrap();
    let ids: Vec<_> = helper.above().iter().map(|link| link.id()).collect();
    assert_eq!(ids, [Some(HELPER), Some(BOT), None, None], "a parent stands above the child and below the CA");
}

/// The leaf's path, the change, the code, the rule, and the depth of the certificate at fault.
type Row = (Leaf, fn(&mut World), Code, &'static str, Option<u8>);

use Code::{
    AlgorithmNotAllowed as E307, CertificateExpired as E103, CertificateMalformed as E101,
    CertificateNotYetValid as E104, CertificateUsageInvalid as E105, ChainUntrusted as E102, IdentityInvalid as E109,
    ScopeMalformed as E107, ScopeWidened as E106,
};
use Leaf::{Bot, Helper, Sub};

const TWINS: &[Row] = &[
    // Whole paths.
    (Bot, |w| w.arrange = |l| l.chain.clear(), E102, "path-empty", None),
    (Helper, |w| w.arrange = |l| l.parents[0].clear(), E102, "path-empty", None),
    (Bot, |w| w.arrange = |l| drop(l.chain.pop()), E102, "anchor", None),
    (Bot, |w| w.root_key = Key::ed25519("other"), E102, "signature", Some(1)),
    (Bot, |w| w.anchor = Some(Template::root("Root", &Key::ed25519("other"))), E102, "anchor", None),
    (Bot, |w| w.anchor = Some(Template::root("Other", &w.root_key)), E102, "anchor", None),
    (Bot, |w| w.bounds.path_certificates = 2, E102, "path-certificates", None),
    (Helper, |w| w.bounds.all_certificates = 5, E102, "all-certificates", None),
    (Bot, |w| w.arrange = |l| l.chain.swap(0, 1), E102, "issuer-name", Some(1)),
    (Bot, |w| w.arrange = |l| drop(l.chain.remove(1)), E102, "issuer-name", Some(0)),
    (Bot, |w| w.arrange = |l| drop(l.chain.drain(..2)), E105, "leaf-kind", Some(0)),
    (Bot, |w| w.arrange = |l| drop(l.chain.remove(0)), E105, "leaf-kind", Some(0)),
    // E101: each certificate is read strictly; where it stands decides when it is judged.
    (Bot, |w| w.bot.trailing_after = vec![0], E101, "trailing-data", Some(0)),
    (Bot, |w| (w.bot.trailing_after, w.tenant.not_after) = (vec![0], time(-1)), E103, "not-after", Some(1)),
    (
        Bot,
        |w| {
            w.arrange = |l| {
                l.chain.pop();
                l.chain[1].push(0)
            }
        },
        E101,
        "trailing-data",
        Some(1),
    ),
    (Bot, |w| w.bounds.certificate_bytes = 300, E101, "certificate-too-large", Some(1)),
    (Bot, |w| empty_subject(&mut w.tenant), E101, "subject-empty", Some(1)),
    (Bot, |w| set(&mut w.tenant, uncritical(Extension::basic_constraints(true, None))), E101, "not-critical", Some(1)),
    (
        Bot,
        |w| set(&mut w.bot, Extension::new(oid::POLICY_CONSTRAINTS, false, vec![0x30, 3, 0x80, 1, 0])),
        E101,
        "not-critical",
        Some(0),
    ),
    // E102: between two certificates.
    (Bot, |w| w.bot.issuer = name("Other"), E102, "issuer-name", Some(0)),
    (Bot, |w| w.bot.issuer = name("tenant"), E102, "issuer-name", Some(0)),
    (Bot, |w| set(&mut w.bot, Extension::authority_key_id(&[1; 20])), E102, "key-identifier", Some(0)),
    (Bot, |w| w.bot.break_signature = true, E102, "signature", Some(0)),
    (Bot, |w| w.tenant.break_signature = true, E102, "signature", Some(1)),
    (Helper, |w| w.bot.break_signature = true, E102, "signature", Some(1)),
    (Bot, |w| w.tenant_key = Key::ed25519("other"), E102, "signature", Some(0)),
    (Sub, |w| authority(&mut w.sub), E102, "authority-below-agent", Some(0)),
    (Sub, |w| path_len(&mut w.tenant, Some(0)), E102, "path-length", Some(1)),
    (Bot, |w| constrain(&mut w.root, &[Uri("other.com")], &[]), E102, "name-constraints", Some(0)),
    (Bot, |w| constrain(&mut w.tenant, &[], &[Uri("acme.com")]), E102, "name-constraints", Some(0)),
    (Bot, |w| constrain(&mut w.root, &[Directory(&name("Nobody"))], &[]), E102, "name-constraints", Some(1)),
    (Sub, |w| constrain(&mut w.bot, &[Uri(".acme.com")], &[]), E102, "name-constraints", Some(0)),
    (
        Bot,
        |w| (constrain(&mut w.root, &[Uri("acme.com")], &[]), w.bounds.name_comparisons = 2).1,
        E102,
        "name-constraints-budget",
        Some(0),
    ),
    (Bot, |w| path_len(&mut w.root, Some(0)), E102, "path-length", Some(1)),
    (Bot, |w| w.bot.not_after = time(366 * 86_400), E102, "not-after-nested", Some(0)),
    (Bot, |w| w.tenant.not_after = time(3_651 * 86_400), E102, "not-after-nested", Some(1)),
    (Helper, |w| w.helper.not_after = time(31 * 86_400), E102, "not-after-nested", Some(0)),
    (Sub, |w| unset(&mut w.sub, oid::PARENT), E102, "parent-missing", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::parent(&[1; 32])), E102, "parent", Some(0)),
    (Helper, |w| set(&mut w.helper, Extension::parent(&[1; 32])), E102, "parent", Some(0)),
    (Helper, |w| w.arrange = |l| l.parents.clear(), E102, "parents-missing", Some(0)),
    (Helper, |w| unset(&mut w.helper, oid::PARENT), E102, "parents-superfluous", Some(0)),
    (Bot, |w| w.arrange = |l| l.parents.push(l.chain.clone()), E102, "parents-superfluous", Some(0)),
    (Bot, |w| w.arrange = |l| l.parents.push(Vec::new()), E102, "parents-superfluous", Some(0)),
    (Sub, |w| w.arrange = |l| l.parents.push(l.chain[1..].to_vec()), E102, "parents-superfluous", Some(1)),
    (Helper, |w| w.arrange = |l| l.parents.push(l.parents[0].clone()), E102, "parents-superfluous", Some(1)),
    // E103, E104: of every certificate, the anchor's first.
    (Bot, |w| w.bot.not_after = time(-1), E103, "not-after", Some(0)),
    (Bot, |w| w.bot.not_before = time(1), E104, "not-before", Some(0)),
    (Bot, |w| w.tenant.not_before = time(1), E104, "not-before", Some(1)),
    (Bot, |w| w.root.not_before = time(1), E104, "not-before", Some(2)),
    (Bot, |w| w.now = NOW + 3_651 * 86_400, E103, "not-after", Some(2)),
    (Helper, |w| w.bot.not_before = time(1), E104, "not-before", Some(1)),
    (Sub, |w| w.bot.not_before = time(1), E104, "not-before", Some(1)),
    // E105: kinds, usages, extensions in their place.
    (Bot, |w| authority(&mut w.bot), E105, "leaf-kind", Some(0)),
    (Sub, |w| not_an_authority(&mut w.bot), E105, "certificate-authority", Some(1)),
    (Bot, |w| not_an_authority(&mut w.tenant), E105, "certificate-authority", Some(1)),
    (Bot, |w| unset(&mut w.tenant, oid::BASIC_CONSTRAINTS), E105, "certificate-authority", Some(1)),
    (Bot, |w| unset(&mut w.bot, oid::KEY_USAGE), E105, "key-usage-missing", Some(0)),
    (Bot, |w| unset(&mut w.tenant, oid::KEY_USAGE), E105, "key-usage-missing", Some(1)),
    (Bot, |w| set(&mut w.bot, Extension::key_usage(0x04)), E105, "digital-signature", Some(0)),
    (Bot, |w| set(&mut w.bot, Extension::key_usage(0x80)), E105, "certificate-sign", Some(0)),
    (Bot, |w| set(&mut w.tenant, Extension::key_usage(0x02)), E105, "certificate-sign", Some(1)),
    (Sub, |w| set(&mut w.sub, Extension::key_usage(0x84)), E105, "certificate-sign", Some(0)),
    (Sub, |w| unset(&mut w.sub, oid::EXTENDED_KEY_USAGE), E105, "agent-usage", Some(0)),
    (Sub, |w| usages(&mut w.sub, &[oid::KP_APPROVER]), E105, "agent-usage", Some(0)),
    (Sub, |w| usages(&mut w.sub, &[oid::ANY_EXTENDED_KEY_USAGE]), E105, "agent-usage", Some(0)),
    (Sub, |w| usages(&mut w.sub, &[oid::KP_AGENT, oid::KP_APPROVER]), E105, "agent-other-usage", Some(0)),
    (Bot, |w| usages(&mut w.tenant, &[oid::KP_CLIENT_AUTH]), E105, "authority-usage", Some(1)),
    (Bot, |w| set(&mut w.bot, Extension::new(UNKNOWN, true, vec![5, 0])), E105, "critical-extension", Some(0)),
    (Bot, |w| set(&mut w.tenant, Extension::new(UNKNOWN, true, vec![5, 0])), E105, "critical-extension", Some(1)),
    (
        Bot,
        |w| set(&mut w.tenant, Extension::new(oid::NAME_CONSTRAINTS, true, vec![0x30, 0])),
        E101,
        "name-constraints-empty",
        Some(1),
    ),
    (
        Bot,
        |w| set(&mut w.tenant, Extension::new(oid::CERTIFICATE_POLICIES, true, vec![0x30, 5, 0x30, 3, 6, 1, 0x2a])),
        E105,
        "critical-extension",
        Some(1),
    ),
    (Sub, |w| set(&mut w.sub, uncritical(Extension::parent(&PLACEHOLDER))), E105, "criticality", Some(0)),
    (Bot, |w| set(&mut w.bot, critical(Extension::model_hash(&[1; 32]))), E105, "criticality", Some(0)),
    (Bot, |w| set(&mut w.tenant, critical(Extension::development())), E105, "criticality", Some(1)),
    (Bot, |w| unset(&mut w.bot, oid::SCOPE), E105, "scope-missing", Some(0)),
    (
        Bot,
        |w| set(&mut w.bot, uncritical(Extension::scope(scope(&["charge"], Some(2))))),
        E105,
        "scope-criticality",
        Some(0),
    ),
    (
        Bot,
        |w| set(&mut w.tenant, uncritical(Extension::scope(scope(&["charge", "kb.*"], None)))),
        E105,
        "scope-criticality",
        Some(1),
    ),
    (Bot, |w| unset(&mut w.tenant, oid::NAMESPACE), E105, "namespace-missing", Some(1)),
    (Bot, |w| set(&mut w.bot, Extension::namespace(&["spiffe://acme.com/"])), E105, "namespace-misplaced", Some(0)),
    (Bot, |w| set(&mut w.tenant, Extension::parent(&[1; 32])), E105, "parent-misplaced", Some(1)),
    (Bot, |w| set(&mut w.tenant, Extension::model_hash(&[1; 32])), E105, "model-hash-misplaced", Some(1)),
    (Bot, |w| set(&mut w.bot, Extension::development()), E105, "development-misplaced", Some(0)),
    (Bot, |w| path_len(&mut w.bot, None), E105, "delegate-path-length", Some(0)),
    (Bot, |w| set(&mut w.bot, Extension::key_usage(0x86)), E105, "delegate-crl-sign", Some(0)),
    (Bot, |w| usages(&mut w.bot, &[oid::KP_AGENT, oid::KP_CLIENT_AUTH]), E105, "delegate-usage", Some(0)),
    (Bot, |w| empty_subject(&mut w.bot), E105, "delegate-subject", Some(0)),
    (Sub, |w| w.sub.not_after = time(-3_600 + 86_401), E105, "agent-signed-lifetime", Some(0)),
    (Sub, |w| set(&mut w.sub, distribution_points()), E105, "agent-signed-status-source", Some(0)),
    (Sub, |w| set(&mut w.sub, ocsp_source()), E105, "agent-signed-status-source", Some(0)),
    // E106: depth and scope, against every scope above.
    (Bot, |w| set(&mut w.tenant, Extension::scope(scope(&["charge", "kb.*"], Some(2)))), E106, "max-depth", Some(0)),
    (
        Bot,
        |w| {
            (
                set(&mut w.root, Extension::scope(scope(&["charge", "kb.*"], Some(2)))),
                set(&mut w.tenant, Extension::scope(scope(&["charge", "kb.*"], Some(3)))),
            )
                .1
        },
        E106,
        "max-depth",
        Some(1),
    ),
    (Bot, |w| set(&mut w.root, Extension::scope(scope(&["charge", "kb.*"], Some(2)))), E106, "max-depth", Some(0)),
    (
        Bot,
        |w| {
            (
                set(&mut w.root, Extension::scope(scope(&["charge", "kb.*"], Some(0)))),
                set(&mut w.bot, Extension::scope(scope(&["charge"], None))),
            )
                .1
        },
        E106,
        "max-depth",
        Some(0),
    ),
    (Sub, |w| set(&mut w.bot, Extension::scope(scope(&["charge"], Some(0)))), E106, "max-depth", Some(0)),
    (Sub, |w| set(&mut w.bot, Extension::scope(scope(&["charge"], None))), E106, "max-depth", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::scope(scope(&["charge"], Some(2)))), E106, "max-depth", Some(0)),
    (Helper, |w| set(&mut w.bot, Extension::scope(scope(&["charge"], Some(0)))), E106, "max-depth", Some(0)),
    (Helper, |w| set(&mut w.helper, Extension::scope(scope(&["charge"], Some(2)))), E106, "max-depth", Some(0)),
    (Bot, |w| set(&mut w.tenant, Extension::scope(scope(&["charge"], None))), E106, "action", Some(0)),
    (Bot, |w| set(&mut w.root, Extension::scope(scope(&["charge"], None))), E106, "action", Some(0)),
    (
        Bot,
        |w| {
            (
                set(&mut w.root, Extension::scope(scope(&["charge"], None))),
                set(&mut w.tenant, Extension::scope(scope(&["pay"], None))),
            )
                .1
        },
        E106,
        "action",
        Some(1),
    ),
    (Sub, |w| set(&mut w.sub, Extension::scope(scope(&["pay"], None))), E106, "action", Some(0)),
    (Helper, |w| set(&mut w.helper, Extension::scope(scope(&["pay"], None))), E106, "action", Some(0)),
    (
        Helper,
        |w| {
            (
                set(&mut w.tenant, Extension::scope(scope(&["charge", "kb.*", "pay"], None))),
                set(&mut w.helper, Extension::scope(scope(&["pay"], None))),
            )
                .1
        },
        E106,
        "action",
        Some(0),
    ),
    // E107.
    (Bot, |w| set(&mut w.bot, Extension::scope(vec![0x30, 0])), E107, "*", Some(0)),
    (Bot, |w| set(&mut w.tenant, Extension::scope(vec![0x30, 0])), E107, "*", Some(1)),
    (Bot, |w| w.bounds.scope_bytes = 8, E107, "*", Some(0)),
    // E109: ids and namespaces.
    (Sub, |w| unset(&mut w.sub, oid::SUBJECT_ALT_NAME), E109, "agent-id", Some(0)),
    (Bot, |w| set(&mut w.bot, Extension::uris(&[BOT, HELPER])), E109, "agent-id", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::uris(&["spiffe://acme.com"])), E109, "agent-id-form", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::uris(&["spiffe://acme.com/bot/-/sub?x"])), E109, "agent-id-form", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::uris(&[HELPER])), E109, "delegated-id", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::uris(&["spiffe://acme.com/bots/-/sub"])), E109, "delegated-id", Some(0)),
    (Sub, |w| set(&mut w.sub, Extension::uris(&["spiffe://acme.com/bot/-/-"])), E109, "delegated-id", Some(0)),
    (Bot, |w| set(&mut w.bot, Extension::uris(&[SUB])), E109, "delegated-id", Some(0)),
    (
        Helper,
        |w| set(&mut w.helper, Extension::uris(&["spiffe://acme.com/helper/-/sub"])),
        E109,
        "delegated-id",
        Some(0),
    ),
    (Bot, |w| set(&mut w.tenant, Extension::uris(&["spiffe://acme.com/ca"])), E109, "authority-uri", Some(1)),
    (
        Bot,
        |w| set(&mut w.tenant, Extension::uris(&["spiffe://acme.com", "spiffe://acme.com"])),
        E109,
        "authority-uri",
        Some(1),
    ),
    (Bot, |w| set(&mut w.tenant, Extension::namespace(&["spiffe://acme.com"])), E109, "namespace-form", Some(1)),
    (
        Bot,
        |w| set(&mut w.tenant, uncritical(Extension::namespace(&["spiffe://acme.com/", "x"]))),
        E109,
        "namespace-form",
        Some(1),
    ),
    (Bot, |w| set(&mut w.root, Extension::namespace(&["spiffe://other.com/"])), E109, "namespace-widened", Some(1)),
    (Bot, |w| set(&mut w.tenant, Extension::namespace(&["spiffe://other.com/"])), E109, "namespace-id", Some(0)),
    (
        Bot,
        |w| set(&mut w.tenant, uncritical(Extension::namespace(&["spiffe://acme.com/bots/"]))),
        E109,
        "namespace-id",
        Some(0),
    ),
    (Bot, |w| set(&mut w.tenant, Extension::namespace(&["spiffe://acme.com/bot/"])), E109, "namespace-id", Some(0)),
    // E307: last of all.
    (Bot, |w| foreign_key(&mut w.bot), E307, "key-algorithm", Some(0)),
    (
        Bot,
        |w| (w.bot.inner_algorithm, w.bot.outer_algorithm) = (ecdsa(), ecdsa()),
        E307,
        "key-algorithm-mismatch",
        Some(0),
    ),
    // Within one certificate the lowest code wins, whatever else is wrong.
    (Bot, |w| (w.bot.break_signature, w.bot.not_after) = (true, time(-1)), E102, "signature", Some(0)),
    (Bot, |w| (unset(&mut w.bot, oid::SCOPE), w.bot.not_after = time(-1)).1, E103, "not-after", Some(0)),
    (Bot, |w| (foreign_key(&mut w.bot), set(&mut w.bot, Extension::uris(&["x"]))).1, E109, "agent-id-form", Some(0)),
    // From the anchor down, whatever code.
    (
        Bot,
        |w| (set(&mut w.tenant, Extension::namespace(&["x"])), w.bot.break_signature = true).1,
        E109,
        "namespace-form",
        Some(1),
    ),
    (Helper, |w| (unset(&mut w.bot, oid::SCOPE), w.helper.break_signature = true).1, E105, "scope-missing", Some(1)),
];

const UNKNOWN: oid::Oid = &[0x2a, 0x03, 0x04];

fn authority(template: &mut Template) {
    set(template, Extension::basic_constraints(true, None));
    set(template, Extension::key_usage(0x06));
    set(template, Extension::namespace(&["spiffe://acme.com/"]));
    for oid in [oid::EXTENDED_KEY_USAGE, oid::SUBJECT_ALT_NAME, oid::SCOPE, oid::PARENT] {
        unset(template, oid);
    }
}

fn not_an_authority(template: &mut Template) {
    set(template, Extension::basic_constraints(false, None));
}

fn path_len(template: &mut Template, path_len: Option<i128>) {
    set(template, Extension::basic_constraints(true, path_len));
}

fn constrain(template: &mut Template, permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) {
    set(template, Extension::name_constraints(permitted, excluded));
}

fn usages(template: &mut Template, usages: &[oid::Oid]) {
    set(template, Extension::extended_key_usage(usages));
}

fn empty_subject(template: &mut Template) {
    template.subject = name("");
    let uris = template.extensions.iter().flatten().find(|extension| extension.oid == oid::SUBJECT_ALT_NAME).cloned();
    set(template, critical(uris.unwrap_or_else(|| Extension::uris(&["spiffe://acme.com"]))));
}

fn distribution_points() -> Extension {
    // SEQUENCE { SEQUENCE { [0] { [0] { [6] "http://a/" } } } }
    let value = b"\x30\x11\x30\x0f\xa0\x0d\xa0\x0b\x86\x09http://a/";
    Extension::new(oid::CRL_DISTRIBUTION_POINTS, false, value.to_vec())
}

fn ocsp_source() -> Extension {
    // SEQUENCE { SEQUENCE { id-ad-ocsp, [6] "http://a/" } }
    let value = b"\x30\x17\x30\x15\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x09http://a/";
    Extension::new(oid::AUTHORITY_INFORMATION_ACCESS, false, value.to_vec())
}

fn foreign_key(template: &mut Template) {
    // Ed448 in place of Ed25519.
    let at = template.spki.windows(3).position(|window| window == oid::ED25519).unwrap();
    template.spki[at + 2] = 0x71;
}

fn ecdsa() -> Option<Vec<u8>> {
    Some(kakunin_core::crypto::SignatureAlgorithm::EcdsaSha256.to_der())
}

#[test]
fn each_twin_is_refused_for_its_one_fact() {
    let mut wrong = Vec::new();
    for (index, (leaf, change, code, rule, depth)) in TWINS.iter().enumerate() {
        let mut world = World::new();
        change(&mut world);
        match world.validate(*leaf) {
            Ok(_) => wrong.push(format!("row {index}: expected {code} {rule}, was accepted")),
            Err(denial) => {
                let facts = denial.details();
                let named = *rule == "*" || facts.rule == *rule;
                if denial.code() != *code || !named || facts.depth != *depth {
                    let found = (denial.code(), facts.rule, facts.depth);
                    wrong.push(format!("row {index}: expected {code} {rule} {depth:?}, found {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_altered_byte_is_accepted() {
    let world = World::new();
    let anchors = TrustAnchors::new(vec![world.root.sign(&world.root_key)], &Bounds::default()).unwrap();
    let lists = world.lists(Helper);
    let judge = |lists: &Lists| {
        validate(&lists.chain, &lists.parents, &anchors, UnixTime::from_seconds(NOW), &Bounds::default()).is_ok()
    };
    assert!(judge(&lists));
    for (path, certificate) in [(0, 0), (0, 1), (1, 0)] {
        let length = if path == 0 { lists.chain[certificate].len() } else { lists.parents[0][certificate].len() };
        for index in 0..length {
            let mut altered = lists.clone();
            let bytes = if path == 0 { &mut altered.chain[certificate] } else { &mut altered.parents[0][certificate] };
            bytes[index] ^= 1;
            assert!(!judge(&altered), "certificate {certificate} of path {path}, byte {index}");
        }
    }
}

#[test]
fn every_rule_has_a_twin() {
    // Four pass on the refusal of what they ask: a scope, a signature, a key. Two have a test of their own.
    let passing_on =
        ["scope-contained", "scope-content", "signature-algorithm", "public-key", "anchor-kind", "parent-issuer"];
    let without: Vec<_> = RULES
        .iter()
        .filter(|rule| !passing_on.contains(&rule.name()))
        .filter(|rule| !TWINS.iter().any(|(_, _, code, name, _)| (*code, *name) == (rule.code(), rule.name())))
        .map(|rule| (rule.name(), rule.source()))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

/// What may differ without harm: each row is a valid twin.
type Harmless = (Leaf, fn(&mut World));
const HARMLESS: &[Harmless] = &[
    (Bot, |w| w.arrange = |l| l.chain.extend([vec![1, 2, 3], Vec::new()])),
    (Bot, |w| set(&mut w.root, Extension::scope(scope(&["charge", "kb.*", "pay"], Some(3))))),
    (Bot, |w| set(&mut w.tenant, Extension::scope(scope(&["charge", "kb.*"], Some(3))))),
    (Bot, |w| set(&mut w.tenant, uncritical(Extension::namespace(&["urn:x:", "spiffe://acme.com/"])))),
    (Bot, |w| set(&mut w.tenant, Extension::uris(&["spiffe://acme.com"]))),
    (Bot, |w| set(&mut w.tenant, Extension::extended_key_usage(&[oid::KP_APPROVER, oid::KP_AGENT]))),
    (Bot, |w| set(&mut w.tenant, Extension::development())),
    (Bot, |w| set(&mut w.bot, Extension::model_hash(&[1; 32]))),
    (Bot, |w| set(&mut w.bot, Extension::new(UNKNOWN, false, vec![5, 0]))),
    (Bot, |w| set(&mut w.bot, distribution_points())),
    (Bot, |w| unset(&mut w.bot, oid::AUTHORITY_KEY_IDENTIFIER)),
    (Bot, |w| unset(&mut w.tenant, oid::SUBJECT_KEY_IDENTIFIER)),
    (Bot, |w| path_len(&mut w.root, Some(1))),
    (Sub, |w| path_len(&mut w.tenant, Some(1))),
    (Sub, |w| constrain(&mut w.root, &[Uri("acme.com")], &[Uri("other.com"), Dns("")])),
    (Sub, |w| constrain(&mut w.tenant, &[Uri("acme.com"), Dns("acme.com")], &[Directory(&name("Nobody"))])),
    (Bot, |w| (constrain(&mut w.root, &[Uri("acme.com")], &[]), w.bounds.name_comparisons = 3).1),
    (Sub, |w| set(&mut w.sub, uncritical(Extension::scope(scope(&["charge"], None))))),
    (Sub, |w| usages(&mut w.sub, &[oid::KP_CLIENT_AUTH, oid::KP_AGENT, oid::KP_SERVER_AUTH])),
    (Sub, |w| empty_subject(&mut w.sub)),
    (Sub, |w| w.sub.not_after = time(-3_600 + 86_400)),
    (Sub, |w| set(&mut w.bot, Extension::scope(scope(&["charge"], Some(1))))),
    (Helper, |w| set(&mut w.helper, Extension::uris(&[SUB]))),
    (Helper, |w| w.helper.not_after = time(30 * 86_400)),
    (Helper, |w| set(&mut w.bot, Extension::scope(scope(&["charge"], Some(1))))),
    (Bot, |w| w.bounds.path_certificates = 3),
    (Helper, |w| w.bounds.all_certificates = 6),
    (Bot, |w| w.now = NOW - 3_600),
    (Sub, |w| w.now = NOW + 3_600),
];

#[test]
fn what_the_rules_do_not_forbid_is_accepted() {
    for (index, (leaf, change)) in HARMLESS.iter().enumerate() {
        let mut world = World::new();
        change(&mut world);
        world.validate(*leaf).unwrap_or_else(|denial| panic!("row {index}: {denial}"));
    }
}

#[test]
fn the_configured_anchor_stands_in_the_place_of_the_one_given() {
    let mut world = World::new();
    let configured = Template::root("Root", &world.root_key).with(Extension::namespace(&["spiffe://acme.com/"]));
    world.anchor = Some(configured.clone());
    world.root.not_after = time(-1);
    let agent = world.validate(Bot).unwrap();
    assert_eq!(*agent.links()[2].fingerprint(), sha256(&configured.sign(&world.root_key)));

    world.anchor = Some(configured.clone().change(|root| root.not_after = time(-1)));
    let denial = world.validate(Bot).unwrap_err();
    assert_eq!((denial.code(), denial.details().depth), (E103, Some(2)));
    for (extension, code) in [
        (Extension::namespace(&["urn:other:"]), E109),
        (Extension::basic_constraints(true, Some(0)), E102),
        (Extension::scope(scope(&["pay"], None)), E106),
    ] {
        world.anchor = Some(configured.clone().with(extension));
        assert_eq!(world.validate(Bot).unwrap_err().code(), code, "its own extensions apply");
    }
}

#[test]
fn a_tenant_may_be_the_anchor_and_what_follows_is_not_looked_at() {
    let world = World::new();
    let mut lists = world.lists(Bot);
    lists.chain[2] = vec![0; 100_000];
    let bounds = Bounds { certificate_bytes: 4_096, ..Bounds::default() };
    let anchors = TrustAnchors::new(vec![lists.chain[1].clone()], &bounds).unwrap();
    let agent = validate(&lists.chain, &[], &anchors, UnixTime::from_seconds(NOW), &bounds).unwrap();
    assert_eq!((agent.links().len(), agent.links()[1].kind()), (2, LinkKind::Anchor));
}

#[test]
fn an_anchor_is_a_ca_certificate() {
    let world = World::new();
    let refused = |ders: Vec<Vec<u8>>| {
        let denial = TrustAnchors::new(ders, &Bounds::default()).unwrap_err();
        assert_eq!(denial.code(), Code::ConfigurationInvalid, "{denial}");
        denial.details().rule
    };
    let root = |extension: Extension| world.root.clone().with(extension).sign(&world.root_key);
    assert_eq!(refused(Vec::new()), "trust-empty");
    assert_eq!(refused(vec![b"x".to_vec()]), "unexpected-tag");
    assert_eq!(refused(vec![world.bot.sign(&world.tenant_key)]), "anchor-kind");
    assert_eq!(refused(vec![world.root.sign(&world.root_key), world.sub.sign(&world.bot_key)]), "anchor-kind");
    assert_eq!(refused(vec![root(Extension::key_usage(0x02))]), "certificate-sign");
    assert_eq!(refused(vec![root(Extension::basic_constraints(false, None))]), "anchor-kind");
    assert_eq!(refused(vec![root(Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH]))]), "authority-usage");
    assert_eq!(refused(vec![root(Extension::new(UNKNOWN, true, vec![5, 0]))]), "critical-extension");
    assert_eq!(refused(vec![root(Extension::parent(&[1; 32]))]), "parent-misplaced");
    assert_eq!(refused(vec![root(uncritical(Extension::scope(scope(&["a"], None))))]), "scope-criticality");
    assert_eq!(refused(vec![root(Extension::namespace(&["x"]))]), "namespace-form");
    let mut foreign = world.root.clone();
    foreign_key(&mut foreign);
    assert_eq!(refused(vec![foreign.sign(&world.root_key)]), "key-algorithm");
}

/// The bot as the issuer of a chain of sub-agents that all bear its name and sign themselves on.
#[test]
fn self_issued_certificates_count_below_agents_and_not_above() {
    let keys: Vec<_> = (0..4).map(|index| Key::ed25519(&format!("self-{index}"))).collect();
    let root = Template::root("Root", &keys[0]);
    let path = |middle: &[Vec<u8>], length: i128| {
        let mut root = root.clone();
        path_len(&mut root, Some(length));
        let root = root.sign(&keys[0]);
        let chain: Vec<_> = middle.iter().cloned().chain([root.clone()]).collect();
        let anchors = TrustAnchors::new(vec![root], &Bounds::default()).unwrap();
        validate(&chain, &[], &anchors, UnixTime::from_seconds(NOW), &Bounds::default()).map(|_| ())
    };
    // A tenant key rolled over under the root's own name: not counted (RFC 5280 §6.1.4(l)).
    let rolled = Template::tenant("Root", "Root", &keys[1], &["spiffe://acme.com/"]).sign(&keys[0]);
    let bot = Template::agent("Root", BOT, &keys[2], scope(&["charge"], None)).sign(&keys[1]);
    assert_eq!(path(&[bot, rolled], 0), Ok(()));
    // Agents below an agent, all under one name: counted.
    let agent = |id: &str, subject: &str, key: &Key, depth: u8| {
        let template = Template::delegating_agent("Bot", id, key, scope(&["charge"], Some(depth)), i128::from(depth));
        template.change(|template| (template.subject, template.not_after) = (name(subject), time(3_600)))
    };
    let first = agent(BOT, "Bot", &keys[1], 3).change(|first| first.issuer = name("Root")).sign(&keys[0]);
    let second = agent(SUB, "Bot", &keys[2], 2).with(Extension::parent(&sha256(&first))).sign(&keys[1]);
    let third = Template::agent("Bot", &format!("{SUB}/-/c"), &keys[3], scope(&["charge"], None))
        .change(|third| third.not_after = time(3_600))
        .with(Extension::parent(&sha256(&second)))
        .sign(&keys[2]);
    let below = [third, second, first];
    assert_eq!(path(&below, 2), Ok(()));
    let anchors = TrustAnchors::new(vec![root.sign(&keys[0])], &Bounds::default()).unwrap();
    let lists = Lists { chain: below.iter().cloned().chain([root.sign(&keys[0])]).collect(), parents: Vec::new() };
    let now = UnixTime::from_seconds(NOW);
    let whole = validate(&lists.chain, &[], &anchors, now, &Bounds::default());
    assert!(whole.is_ok());
    assert_same_in_two_steps(&lists, &anchors, now, &Bounds::default(), &whole);
    let denial = path(&below, 1).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule, denial.details().depth), (E102, "path-length", Some(1)));
}

#[test]
fn a_parents_topmost_certificate_comes_from_the_same_ca() {
    let world = World::new();
    let other_key = Key::ed25519("other tenant");
    let root = world.root.sign(&world.root_key);
    let anchors = TrustAnchors::new(vec![root.clone()], &Bounds::default()).unwrap();
    for (subject, key, rule) in [
        ("Tenant", &world.tenant_key, None),
        ("Tenant", &other_key, Some("parent-issuer")),
        ("Other", &world.tenant_key, Some("parent-issuer")),
    ] {
        let tenant = Template::tenant("Root", subject, key, &["spiffe://acme.com/"]).sign(&world.root_key);
        let bot = world.bot.clone().change(|bot| bot.issuer = name(subject)).issued_by(key).sign(key);
        let helper = world.helper.clone().with(Extension::parent(&sha256(&bot))).sign(&world.tenant_key);
        let chain = vec![helper, world.tenant.sign(&world.root_key), root.clone()];
        let parents = vec![vec![bot, tenant, root.clone()]];
        let verdict = validate(&chain, &parents, &anchors, UnixTime::from_seconds(NOW), &Bounds::default());
        assert_eq!(verdict.err().map(|denial| denial.details().rule), rule, "{subject}");
    }
}

/// A sub-agent by the CA may have a sub-agent by the CA, and each parent's path is given in turn.
#[test]
fn parents_of_parents_are_given_nearest_first() {
    let world = World::new();
    let [middle_key, leaf_key] = ["middle", "leaf"].map(Key::ed25519);
    let lists = world.lists(Bot);
    let anchors = TrustAnchors::new(vec![lists.chain[2].clone()], &Bounds::default()).unwrap();
    let helper = |id: &str, key: &Key, parent: &[u8], depth: Option<u8>| {
        let helper = Template::agent("Tenant", id, key, scope(&["charge"], depth));
        helper.with(Extension::parent(&sha256(parent))).sign(&world.tenant_key)
    };
    let path = |leaf: Vec<u8>| vec![leaf, lists.chain[1].clone(), lists.chain[2].clone()];
    let judge = |chain: &[Vec<u8>], parents: &[Vec<Vec<u8>>]| {
        validate(chain, parents, &anchors, UnixTime::from_seconds(NOW), &Bounds::default())
    };
    let middle = helper("spiffe://acme.com/middle", &middle_key, &lists.chain[0], Some(1));
    let leaf = helper(HELPER, &leaf_key, &middle, None);
    let [chain, near, far] = [leaf, middle.clone(), lists.chain[0].clone()].map(path);
    let agent = judge(&chain, &[near.clone(), far.clone()]).unwrap();
    assert_eq!(agent.above().iter().filter_map(|link| link.id()).count(), 3);
    assert_eq!((agent.above().len(), agent.links().len()), (5, 3));
    let fault = |parents: &[Vec<Vec<u8>>]| {
        let denial = judge(&chain, parents).unwrap_err();
        (denial.code(), denial.details().rule, denial.details().depth)
    };
    assert_eq!(fault(std::slice::from_ref(&near)), (E102, "parents-missing", Some(1)));
    assert_eq!(fault(std::slice::from_ref(&far)), (E102, "parent", Some(0)));
    assert_eq!(fault(&[far.clone(), near.clone()]), (E102, "parents-superfluous", Some(1)));
    assert_eq!(fault(&[near, far.clone(), far]), (E102, "parents-superfluous", Some(2)));
}

/// An agent that a CA certified below another certifies one of its own: all paths are above it.
#[test]
fn a_delegator_with_parents_is_extended_like_a_path_in_one_go() {
    let mut world = World::new();
    let [middle_key, leaf_key] = ["middle", "leaf"].map(Key::ed25519);
    let bot = world.lists(Bot);
    let now = UnixTime::from_seconds(NOW);
    let anchors = TrustAnchors::new(vec![bot.chain[2].clone()], &Bounds::default()).unwrap();
    let middle = Template::delegating_agent("Tenant", HELPER, &middle_key, scope(&["charge"], Some(1)), 1)
        .with(Extension::parent(&sha256(&bot.chain[0])))
        .sign(&world.tenant_key);
    let leaf = Template::agent(HELPER, &format!("{HELPER}/-/task"), &leaf_key, scope(&["charge"], None))
        .change(|leaf| leaf.not_after = time(3_600))
        .with(Extension::parent(&sha256(&middle)))
        .sign(&middle_key);
    let chain = vec![leaf, middle, bot.chain[1].clone(), bot.chain[2].clone()];
    let mut lists = Lists { chain, parents: vec![bot.chain.clone()] };
    let judge = |lists: &Lists, bounds: &Bounds| {
        let whole = validate(&lists.chain, &lists.parents, &anchors, now, bounds);
        assert_same_in_two_steps(lists, &anchors, now, bounds, &whole);
        whole.map(|agent| agent.above().len()).map_err(|denial| denial.details().rule)
    };
    assert_eq!(judge(&lists, &Bounds::default()), Ok(5));
    // Four certificates and three: one less than that is too few, of each.
    for (path_certificates, all_certificates, expected) in
        [(4, 7, Ok(5)), (3, 7, Err("path-certificates")), (4, 6, Err("all-certificates"))]
    {
        world.bounds = Bounds { path_certificates, all_certificates, ..Bounds::default() };
        assert_eq!(judge(&lists, &world.bounds), expected);
    }
    lists.parents.clear();
    assert_eq!(judge(&lists, &Bounds::default()), Err("parents-missing"));
}

#[test]
fn a_kept_delegator_is_asked_for_the_time_at_every_use() {
    let mut world = World::new();
    world.tenant.not_after = time(1_800);
    world.bot.not_after = time(900);
    world.sub.not_after = time(900);
    let lists = world.lists(Sub);
    let anchors = TrustAnchors::new(vec![lists.chain[3].clone()], &Bounds::default()).unwrap();
    let bounds = Bounds::default();
    let at = |seconds: i64| UnixTime::from_seconds(NOW + seconds);
    let delegator = VerifiedDelegator::new(&lists.chain[1..], &[], &anchors, at(0), &bounds).unwrap();
    assert_eq!((delegator.id(), delegator.child_id("sub").as_str()), (BOT, SUB));
    assert_eq!(delegator.not_after().seconds(), NOW + 900);
    let extend = |seconds: i64| {
        let extended = delegator.extend(&lists.chain[0], at(seconds), &bounds);
        extended.map(|agent| agent.id().to_owned()).map_err(|denial| (denial.code(), denial.details().depth))
    };
    assert_eq!(extend(900), Ok(SUB.to_owned()));
    assert_eq!(extend(901), Err((E103, Some(1))));
    assert_eq!(extend(1_801), Err((E103, Some(2))));
}

#[test]
fn a_delegator_is_an_agent_that_was_issued_to_delegate() {
    let world = World::new();
    let lists = world.lists(Sub);
    let anchors = TrustAnchors::new(vec![lists.chain[3].clone()], &Bounds::default()).unwrap();
    let fault = |chain: &[Vec<u8>]| {
        let made = VerifiedDelegator::new(chain, &[], &anchors, UnixTime::from_seconds(NOW), &Bounds::default());
        made.err().map(|denial| (denial.code(), denial.details().rule, denial.details().depth))
    };
    assert_eq!(fault(&lists.chain[1..]), None);
    assert_eq!(fault(&lists.chain), Some((E102, "path-length", Some(1))), "nobody may stand below the sub-agent");
    let mut plain = World::new();
    not_an_authority(&mut plain.bot);
    let plain = [vec![plain.bot.sign(&plain.tenant_key)], lists.chain[2..].to_vec()].concat();
    assert_eq!(fault(&plain), Some((E105, "certificate-authority", Some(1))), "issued without delegation");
    assert_eq!(fault(&lists.chain[2..]), Some((E105, "leaf-kind", Some(1))), "a CA");
    assert_eq!(fault(&lists.chain[3..]), Some((E105, "leaf-kind", Some(1))), "the anchor");
    let nobody: [Vec<u8>; 0] = [];
    assert_eq!(fault(&nobody), Some((E102, "path-empty", None)));
}

#[test]
fn a_kept_agent_is_asked_for_the_time_at_every_use() {
    let agent = World::new().validate(Helper).unwrap();
    let at = |seconds: i64| agent.check_time(UnixTime::from_seconds(NOW + seconds));
    assert_eq!((agent.not_before().seconds(), agent.not_after().seconds()), (NOW - 3_600, NOW + 30 * 86_400));
    assert_eq!((at(-3_600), at(30 * 86_400)), (Ok(()), Ok(())));
    let early = at(-3_601).unwrap_err();
    assert_eq!((early.code(), early.details().depth), (E104, Some(3)), "from the anchor down");
    let late = at(30 * 86_400 + 1).unwrap_err();
    assert_eq!((late.code(), late.details().depth), (E103, Some(1)));
    assert_eq!(late.details().bound, Some(NOW + 30 * 86_400));
    let millis = UnixTime::from_millis((NOW + 30 * 86_400) * 1_000 + 999);
    assert_eq!(agent.check_time(millis), Ok(()), "the last second is valid to its end");
}

#[test]
fn development_is_what_any_ca_above_says() {
    let mut world = World::new();
    assert!(!world.validate(Helper).unwrap().is_development());
    set(&mut world.root, Extension::development());
    assert!(world.validate(Helper).unwrap().is_development());
    assert!(World::new().validate(Bot).unwrap().model_hash().is_none());
    set(&mut world.bot, Extension::model_hash(&[7; 32]));
    assert_eq!(world.validate(Bot).unwrap().model_hash(), Some(&[7; 32]));
}

#[test]
fn counters_are_named_by_issuer_key_holder_and_limit_alone() {
    let limits = |max| vec![Limit::new(LimitKind::Rate { max }, 3_600, None).unwrap()];
    let with_limit = |world: &mut World, max| {
        set(&mut world.tenant, Extension::scope(scope_with(&["charge", "kb.*"], None, limits(max)).encode()));
        set(&mut world.bot, Extension::scope(scope_with(&["charge"], Some(2), limits(max)).encode()));
    };
    let counters = |change: fn(&mut World)| {
        let mut world = World::new();
        with_limit(&mut world, 10);
        change(&mut world);
        let agent = world.validate(Bot).unwrap();
        let of = |link: &Link| link.counters().to_vec();
        [of(&agent.links()[0]), of(&agent.links()[1])]
    };
    let [bot, tenant] = counters(|_| {});
    assert_eq!((bot.len(), tenant.len()), (1, 1));
    assert_ne!(bot, tenant);
    assert_eq!(counters(|w| w.bot.serial = vec![9]), [bot.clone(), tenant.clone()], "a serial decides nothing");
    assert_eq!(counters(|w| set(&mut w.bot, Extension::model_hash(&[1; 32]))), [bot.clone(), tenant.clone()]);
    let mut renewed = World::new();
    with_limit(&mut renewed, 99);
    assert_eq!(renewed.validate(Bot).unwrap().links()[0].counters(), bot, "nor does a maximum");
    let [other, same] = counters(|w| set(&mut w.bot, Extension::uris(&[HELPER])));
    assert!(other != bot && same == tenant, "another agent counts apart");
    let [same, other] = counters(|w| (w.tenant.subject, w.bot.issuer) = (name("Other"), name("Other")));
    assert!(other != tenant && same == bot, "another CA name counts apart");
    let [other, same] = counters(|w| {
        w.tenant_key = Key::ed25519("other");
        w.tenant.spki = w.tenant_key.spki().to_vec();
        w.tenant = w.tenant.clone().without(oid::SUBJECT_KEY_IDENTIFIER);
    });
    assert!(other != bot && same == tenant, "another issuer key counts apart");
}

fn checked(lists: Vec<Vec<u8>>) -> RevocationView {
    let lists = lists.iter().map(|der| Crl::parse(der, &Bounds::default()).unwrap()).collect();
    RevocationView::Checked(std::sync::Arc::new(RevocationSnapshot::new(lists)))
}

#[test]
fn every_certificate_below_an_anchor_needs_a_fresh_list_unless_an_agent_signed_it() {
    let world = World::new();
    let root = |revoked: &[&[u8]]| List::new("Root", 1, revoked).sign(&world.root_key);
    let tenant = |revoked: &[&[u8]]| List::new("Tenant", 1, revoked).sign(&world.tenant_key);
    let stale = |mut list: List| {
        list.next_update = Some(time(-1));
        list
    };
    let serial = |template: &Template| template.serial.clone();
    let (bot, ca) = (serial(&world.bot), serial(&world.tenant));
    let now = UnixTime::from_seconds(NOW);
    let verdict = |leaf: Leaf, lists: Vec<Vec<u8>>| {
        let denial = world.validate(leaf).unwrap().check_revocation(&checked(lists), None, now).err()?;
        Some((denial.code(), denial.details().rule, denial.details().depth))
    };
    use Code::{AgentRevoked as E401, RevocationStale as E405};
    for leaf in [Bot, Sub, Helper] {
        assert_eq!(verdict(leaf, vec![root(&[]), tenant(&[])]), None, "{leaf:?}");
        assert_eq!(world.validate(leaf).unwrap().check_revocation(&RevocationView::NotChecked, None, now), Ok(()));
        let top = u8::try_from(world.validate(leaf).unwrap().above().len() - 2).unwrap();
        assert_eq!(verdict(leaf, vec![tenant(&[])]), Some((E405, "crl-missing", Some(top))), "{leaf:?}");
        assert_eq!(verdict(leaf, vec![root(&[&ca]), tenant(&[])]), Some((E401, "revoked", Some(top))), "{leaf:?}");
        let old = stale(List::new("Root", 1, &[])).sign(&world.root_key);
        assert_eq!(verdict(leaf, vec![old, tenant(&[])]), Some((E405, "crl-next-update", Some(top))), "{leaf:?}");
        let old = stale(List::new("Root", 1, &[&ca])).sign(&world.root_key);
        assert_eq!(verdict(leaf, vec![old, tenant(&[])]), Some((E401, "revoked", Some(top))), "however old");
        let forged = List::new("Root", 2, &[]).sign(&world.tenant_key);
        assert_eq!(verdict(leaf, vec![forged, tenant(&[])]), Some((E405, "crl-missing", Some(top))), "{leaf:?}");
    }
    // A parent falls, and all below it with it, whoever signed them.
    for (leaf, depth) in [(Bot, 0), (Sub, 1), (Helper, 1)] {
        assert_eq!(verdict(leaf, vec![root(&[]), tenant(&[&bot])]), Some((E401, "revoked", Some(depth))));
        assert_eq!(verdict(leaf, vec![tenant(&[&bot])]), Some((E401, "revoked", Some(depth))), "unknown or not above");
    }
    let helper = serial(&world.helper);
    assert_eq!(verdict(Helper, vec![root(&[]), tenant(&[&helper])]), Some((E401, "revoked", Some(0))));
    let sub = serial(&world.sub);
    assert_eq!(verdict(Sub, vec![root(&[]), tenant(&[&sub])]), None, "a serial counts under its issuer alone");
}

#[test]
fn a_list_counts_only_if_its_issuer_may_sign_it() {
    let mut world = World::new();
    set(&mut world.tenant, Extension::key_usage(0x04));
    let lists =
        vec![List::new("Root", 1, &[]).sign(&world.root_key), List::new("Tenant", 1, &[]).sign(&world.tenant_key)];
    let denial = world.validate(Bot).unwrap().check_revocation(&checked(lists), None, UnixTime::from_seconds(NOW));
    assert_eq!(denial.unwrap_err().details().rule, "crl-missing");
}

#[test]
fn issuers_of_lists_are_those_that_are_looked_up() {
    for leaf in [Bot, Sub, Helper] {
        let agent = World::new().validate(leaf).unwrap();
        let names: Vec<_> = agent.crl_issuers().iter().map(|issuer| issuer.subject.to_vec()).collect();
        assert_eq!(names, [name("Root"), name("Tenant")], "{leaf:?}");
    }
}

#[test]
fn a_ca_is_validated_by_the_same_rules() {
    let world = World::new();
    let chain = world.lists(Bot).chain;
    let anchors = TrustAnchors::new(vec![chain[2].clone()], &Bounds::default()).unwrap();
    let judge =
        |chain: &[Vec<u8>]| validate_authority(chain, &anchors, UnixTime::from_seconds(NOW), &Bounds::default());
    assert_eq!(judge(&chain[1..]).unwrap().links().len(), 2);
    assert_eq!(judge(&chain[2..]).unwrap().links().len(), 1);
    assert_eq!(judge(&chain).unwrap_err().details().rule, "leaf-kind");
    assert_eq!(judge(&chain[1..2]).unwrap_err().details().rule, "anchor");
}
