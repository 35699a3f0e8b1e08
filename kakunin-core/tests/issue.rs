//! What the issuer writes, the verifier accepts; what the verifier would refuse never leaves the issuer.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic; clippy exempts only #[test] functions"
)]

use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{
    GenerateKind, PublicKey, Random, SignError, SignatureAlgorithm, Signer, SoftwareSigner, SystemRandom,
};
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{
    self, AgentProfile, AuthorityProfile, Context, Issuer, ListProfile, Parent, Revocation, Validity,
};
use kakunin_core::path::{TrustAnchors, VerifiedAgent, VerifiedDelegator, validate};
use kakunin_core::revocation::{Crl, Reason, RevocationSnapshot, RevocationView};
use kakunin_core::scope::{ActionPattern, Grant, GrantParts, Scope, ScopeParts};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;

const DAY: i64 = 86_400;
const AT: UnixTime = UnixTime::from_seconds(NOW);
const BOT: &str = "urn:acme:bot";

/// A root, a tenant and a delegating agent, as the issuer made them.
struct World {
    root: SoftwareSigner,
    tenant: SoftwareSigner,
    bot: SoftwareSigner,
    /// The bot's path, leaf first.
    chain: Vec<Vec<u8>>,
    random: SystemRandom,
    bounds: Bounds,
}

fn key(kind: GenerateKind) -> SoftwareSigner {
    SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap().0
}

fn scope(actions: &[&str]) -> Scope {
    let grant = |action: &&str| {
        Grant::new(GrantParts { open: true, ..GrantParts::new(ActionPattern::parse(action).unwrap()) }).unwrap()
    };
    Scope::new(ScopeParts { grants: actions.iter().map(grant).collect(), ..ScopeParts::default() }).unwrap()
}

fn authority(name: &str, namespace: &[&str], days: i64) -> AuthorityProfile {
    let namespace = namespace.iter().map(ToString::to_string).collect();
    AuthorityProfile::new(name, namespace, Validity::starting(AT, days * DAY))
}

fn bot() -> AgentProfile {
    let mut profile = AgentProfile::new(BOT, scope(&["charge", "kb.*"]), Validity::starting(AT, 30 * DAY));
    profile.delegate = Some(2);
    profile
}

fn sub() -> AgentProfile {
    let validity = Validity::starting_within_a_day(AT, DAY);
    AgentProfile::new(format!("{BOT}:-:sub"), scope(&["charge"]), validity)
}

fn helper() -> AgentProfile {
    AgentProfile::new("urn:acme:helper", scope(&["charge"]), Validity::starting(AT, DAY))
}

impl World {
    fn new() -> Self {
        let [root, tenant, bot_key] = [GenerateKind::P384, GenerateKind::P256, GenerateKind::Ed25519].map(key);
        let mut world = Self {
            root,
            tenant,
            bot: bot_key,
            chain: Vec::new(),
            random: SystemRandom::new(),
            bounds: Bounds::default(),
        };
        let root = issue::root(&authority("Root", &[], 3_650), &world.root, &world.context()).unwrap();
        world.chain = vec![root];
        let tenant = authority("Tenant", &["urn:acme:"], 365);
        world.add(|world| {
            issue::tenant(&tenant, world.tenant.public_key(), &world.issuer(&world.root), &world.context())
        });
        world.add(|world| issue::agent(&bot(), world.bot.public_key(), &world.issuer(&world.tenant), &world.context()));
        world
    }

    fn add(&mut self, make: impl FnOnce(&Self) -> Result<Vec<u8>, Denial>) {
        let product = make(self).unwrap();
        self.chain.insert(0, product);
    }

    fn context(&self) -> Context<'_> {
        Context { now: AT, random: &self.random, bounds: &self.bounds }
    }

    /// The issuer at the head of the path so far.
    fn issuer<'a>(&'a self, signer: &'a dyn Signer) -> Issuer<'a> {
        Issuer { chain: &self.chain, parents: &[], signer }
    }

    /// The tenant once the whole path is there.
    fn by_tenant(&self) -> Issuer<'_> {
        Issuer { chain: &self.chain[1..], parents: &[], signer: &self.tenant }
    }

    fn by_bot(&self) -> Issuer<'_> {
        self.issuer(&self.bot)
    }

    fn by_root(&self) -> Issuer<'_> {
        Issuer { chain: &self.chain[2..], parents: &[], signer: &self.root }
    }

    fn parent(&self) -> Parent<'_> {
        Parent { chain: &self.chain, parents: &[] }
    }

    fn validate(&self, chain: &[Vec<u8>], parents: &[Vec<Vec<u8>>]) -> Result<VerifiedAgent, Denial> {
        let anchors = TrustAnchors::new(vec![self.chain[2].clone()], &self.bounds)?;
        validate(chain, parents, &anchors, AT, &self.bounds)
    }
}

fn refusal<T>(result: Result<T, Denial>) -> (Code, &'static str) {
    let denial = result.err().unwrap();
    (denial.code(), denial.details().rule)
}

#[test]
fn both_kinds_of_sub_agents_verify_against_the_root() {
    let world = World::new();
    let leaf = key(GenerateKind::Ed25519);
    assert_eq!(world.validate(&world.chain, &[]).unwrap().id(), BOT);

    let by_parent = issue::sub_agent_by_parent(&sub(), leaf.public_key(), &world.by_bot(), &world.context()).unwrap();
    let chain: Vec<_> = [by_parent].into_iter().chain(world.chain.clone()).collect();
    let agent = world.validate(&chain, &[]).unwrap();
    assert_eq!((agent.id(), agent.above().len()), ("urn:acme:bot:-:sub", 4));
    assert!(agent.leaf().is_signed_by_agent());

    let by_authority = issue::sub_agent_by_authority(
        &helper(),
        leaf.public_key(),
        &world.by_tenant(),
        &world.parent(),
        &world.context(),
    );
    let chain: Vec<_> = by_authority.into_iter().chain(world.chain[1..].to_vec()).collect();
    let agent = world.validate(&chain, std::slice::from_ref(&world.chain)).unwrap();
    assert_eq!((agent.id(), agent.above().len()), ("urn:acme:helper", 4));
    assert_eq!(refusal(world.validate(&chain, &[])), (Code::ChainUntrusted, "parents-missing"));
}

#[test]
fn a_sub_agent_of_a_sub_agent_is_issued_with_all_paths_above() {
    let world = World::new();
    let (middle, leaf) = (key(GenerateKind::P256), key(GenerateKind::Ed25519));
    let mut profile = helper();
    profile.delegate = Some(1);
    let issuer = world.by_tenant();
    let by_authority =
        issue::sub_agent_by_authority(&profile, middle.public_key(), &issuer, &world.parent(), &world.context());
    let chain: Vec<_> = by_authority.into_iter().chain(world.chain[1..].to_vec()).collect();
    let parents = [world.chain.clone()];
    let profile = AgentProfile::new("urn:acme:helper:-:sub", scope(&["charge"]), Validity::starting(AT, 3_600));
    let parent = Issuer { chain: &chain, parents: &parents, signer: &middle };
    let product = issue::sub_agent_by_parent(&profile, leaf.public_key(), &parent, &world.context()).unwrap();
    let longer: Vec<_> = [product].into_iter().chain(chain.clone()).collect();
    assert_eq!(world.validate(&longer, &parents).unwrap().above().len(), 5);
    let without = Issuer { parents: &[], ..parent };
    let result = issue::sub_agent_by_parent(&profile, leaf.public_key(), &without, &world.context());
    assert_eq!(refusal(result), (Code::ChainUntrusted, "parents-missing"));
}

#[test]
fn what_is_issued_says_what_was_asked() {
    let world = World::new();
    let mut profile = helper();
    profile.model_hash = Some([7; 32]);
    profile.tls_client = true;
    let agent = key(GenerateKind::Ed25519);
    let product = issue::agent(&profile, agent.public_key(), &world.by_tenant(), &world.context()).unwrap();
    let certificate = Certificate::parse(&product, &world.bounds).unwrap();
    assert_eq!((certificate.model_hash(), certificate.parent()), (Some(&[7; 32]), None));
    assert_eq!(certificate.subject_common_name(), Some("urn:acme:helper"));
    assert!(!certificate.scope().unwrap().critical, "stock TLS accepts it");
    assert_eq!(certificate.not_before(), AT.plus_seconds(-300));
    assert_eq!((certificate.serial().len(), certificate.basic_constraints()), (16, None));

    let bot = Certificate::parse(&world.chain[0], &world.bounds).unwrap();
    assert!(bot.scope().unwrap().critical);
    assert_eq!(bot.basic_constraints().and_then(|constraints| constraints.path_len), Some(1), "maxDepth 2, pathLen 1");
    let scope = Scope::decode(bot.scope().unwrap().value, &world.bounds).unwrap();
    assert_eq!(scope.max_depth(), Some(2));
    assert_eq!(bot.authority_key_id(), Certificate::parse(&world.chain[1], &world.bounds).unwrap().subject_key_id());

    let mut tried = authority("Trial", &["urn:acme:"], 30);
    (tried.development, tried.path_length, tried.scope) = (true, Some(0), Some(self::scope(&["charge"])));
    let tenant = key(GenerateKind::Ed25519);
    let product = issue::tenant(&tried, tenant.public_key(), &world.by_root(), &world.context()).unwrap();
    let certificate = Certificate::parse(&product, &world.bounds).unwrap();
    assert!(certificate.is_development() && certificate.scope().unwrap().critical);
    assert_eq!(certificate.namespace().unwrap().collect::<Vec<_>>(), ["urn:acme:"]);
}

#[test]
fn serial_numbers_are_positive_and_random() {
    struct Fixed(u8);
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), SignError> {
            bytes.fill(self.0);
            Ok(())
        }
    }
    struct Broken;
    impl Random for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), SignError> {
            Err(SignError::Denied("no random numbers"))
        }
    }
    let bounds = Bounds::default();
    let signer = key(GenerateKind::Ed25519);
    let with = |random: &dyn Random| {
        let context = Context { now: AT, random, bounds: &bounds };
        issue::root(&authority("Root", &[], 30), &signer, &context)
    };
    for (fill, first) in [(0x00, 0x40), (0xff, 0x7f)] {
        let product = with(&Fixed(fill)).unwrap();
        let serial = Certificate::parse(&product, &bounds).unwrap().serial().to_vec();
        assert_eq!((serial.len(), serial[0]), (16, first));
    }
    assert_eq!(refusal(with(&Broken)), (Code::SignerUnavailable, "signer-denied"));
    let [one, other] = [(), ()].map(|()| with(&SystemRandom::new()).unwrap());
    assert_ne!(one, other);
}

/// Each row changes one fact of a request that is granted.
#[test]
fn requests_beyond_the_issuers_own_bounds_are_refused() {
    type Change = fn(&mut AgentProfile);
    use Code::{CertificateUsageInvalid as E105, ChainUntrusted as E102, ConfigurationInvalid as E504};
    use Code::{IdentityInvalid as E109, ScopeWidened as E106};
    let world = World::new();
    let leaf = key(GenerateKind::Ed25519);
    let by_tenant =
        |profile: &AgentProfile| issue::agent(profile, leaf.public_key(), &world.by_tenant(), &world.context());
    let by_parent = |profile: &AgentProfile| {
        issue::sub_agent_by_parent(profile, leaf.public_key(), &world.by_bot(), &world.context())
    };
    let by_authority = |profile: &AgentProfile| {
        let (issuer, parent) = (world.by_tenant(), world.parent());
        issue::sub_agent_by_authority(profile, leaf.public_key(), &issuer, &parent, &world.context())
    };
    let rows: &[(Change, Code, &str)] = &[
        (|p| p.id = "urn:other:bot".into(), E109, "namespace-id"),
        (|p| p.id = "acme".into(), E109, "id-scheme"),
        (|p| p.id = format!("{BOT}:-:sub"), E109, "delegated-id"),
        (|p| p.validity.not_before = AT.plus_seconds(-301), E504, "validity"),
        (|p| p.validity.not_before = AT.plus_seconds(1), E504, "validity"),
        (|p| p.validity.not_after = p.validity.not_before, E504, "validity"),
        (|p| p.validity.not_after = AT.plus_seconds(366 * DAY), E102, "not-after-nested"),
        (|p| p.common_name = Some(String::new()), E504, "common-name"),
        (|p| p.common_name = Some("a\nb".into()), E504, "common-name"),
        (|p| p.common_name = Some("a".repeat(65)), E504, "common-name"),
        (|p| p.delegate = Some(0), E504, "delegate"),
        (|p| p.delegate = Some(9), E504, "delegate"),
        (|p| (p.delegate, p.tls_client) = (Some(1), true), E504, "delegate"),
    ];
    assert!(by_tenant(&helper()).is_ok());
    for (index, (change, code, rule)) in rows.iter().enumerate() {
        let mut profile = helper();
        change(&mut profile);
        assert_eq!(refusal(by_tenant(&profile)), (*code, *rule), "row {index}");
    }
    let rows: &[(Change, Code, &str)] = &[
        (|p| p.id = "urn:acme:helper".into(), E109, "delegated-id"),
        (|p| p.id = format!("{BOT}:-:a:-:b"), E109, "delegated-id"),
        (|p| p.scope = scope(&["pay"]), E106, "action"),
        (|p| p.validity = Validity::starting(AT, DAY), E105, "agent-signed-lifetime"),
        (|p| p.delegate = Some(2), E106, "max-depth"),
    ];
    assert!(by_parent(&sub()).is_ok());
    for (index, (change, code, rule)) in rows.iter().enumerate() {
        let mut profile = sub();
        change(&mut profile);
        assert_eq!(refusal(by_parent(&profile)), (*code, *rule), "row {index}");
    }
    let rows: &[(Change, Code, &str)] = &[
        (|p| p.scope = scope(&["pay"]), E106, "action"),
        (|p| p.validity.not_after = AT.plus_seconds(31 * DAY), E102, "not-after-nested"),
        (|p| p.id = "urn:acme:other:-:a".into(), E109, "delegated-id"),
    ];
    assert!(by_authority(&helper()).is_ok());
    for (index, (change, code, rule)) in rows.iter().enumerate() {
        let mut profile = helper();
        change(&mut profile);
        assert_eq!(refusal(by_authority(&profile)), (*code, *rule), "row {index}");
    }
}

#[test]
fn a_scope_above_is_asked_before_anything_is_signed() {
    /// A signer that must not be asked.
    struct Untouchable(PublicKey);
    impl Signer for Untouchable {
        fn public_key(&self) -> &PublicKey {
            &self.0
        }
        fn key_id(&self) -> &str {
            "untouchable"
        }
        fn algorithm(&self) -> SignatureAlgorithm {
            SignatureAlgorithm::Ed25519
        }
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
            Err(SignError::Unknown("it was asked"))
        }
    }
    let world = World::new();
    let leaf = key(GenerateKind::Ed25519);
    let signer = Untouchable(world.bot.public_key().clone());
    let issuer = Issuer { signer: &signer, ..world.by_bot() };
    let mut profile = sub();
    let result = issue::sub_agent_by_parent(&profile, leaf.public_key(), &issuer, &world.context());
    assert_eq!(refusal(result), (Code::SignerUnavailable, "signer-unknown"), "a twin that is granted is signed");
    profile.scope = scope(&["pay"]);
    let result = issue::sub_agent_by_parent(&profile, leaf.public_key(), &issuer, &world.context());
    assert_eq!(refusal(result), (Code::ScopeWidened, "action"));
}

#[test]
fn an_issuer_is_who_its_certificate_says() {
    let world = World::new();
    let leaf = key(GenerateKind::Ed25519);
    let issue = |issuer: Issuer<'_>| issue::agent(&helper(), leaf.public_key(), &issuer, &world.context());
    let stranger = Issuer { signer: &world.root, ..world.by_tenant() };
    assert_eq!(refusal(issue(stranger)), (Code::ConfigurationInvalid, "issuer-key"));
    let nobody = Issuer { chain: &[], ..world.by_tenant() };
    assert_eq!(refusal(issue(nobody)), (Code::ConfigurationInvalid, "issuer-chain-empty"));
    assert_eq!(refusal(issue(world.by_bot())), (Code::CertificateUsageInvalid, "leaf-kind"), "an agent is no CA");
    let tenant = authority("Tenant", &[], 30);
    let result = issue::tenant(&tenant, leaf.public_key(), &world.by_root(), &world.context());
    assert_eq!(refusal(result), (Code::ConfigurationInvalid, "namespace-empty"));
    let tenant = authority("Tenant", &["urn:other:"], 30);
    let result = issue::tenant(&tenant, leaf.public_key(), &world.by_tenant(), &world.context());
    assert_eq!(refusal(result), (Code::IdentityInvalid, "namespace-widened"));
}

#[test]
fn a_delegator_signs_again_and_again_with_its_own_key_alone() {
    let world = World::new();
    let anchors = TrustAnchors::new(vec![world.chain[2].clone()], &world.bounds).unwrap();
    let bot = VerifiedDelegator::new(&world.chain, &[], &anchors, AT, &world.bounds).unwrap();
    let leaf = key(GenerateKind::Ed25519);
    let issue = |signer: &dyn Signer, label: &str| {
        let mut profile = sub();
        profile.id = bot.child_id(label);
        issue::sub_agent_by_delegator(&profile, leaf.public_key(), &bot, signer, &world.context())
    };
    for label in ["one", "two"] {
        let (product, agent) = issue(&world.bot, label).unwrap();
        let chain = [vec![product], world.chain.clone()].concat();
        let whole = world.validate(&chain, &[]).unwrap();
        assert_eq!((agent.id(), agent.path_fingerprint()), (whole.id(), whole.path_fingerprint()));
        assert_eq!(agent.id(), format!("{BOT}:-:{label}"));
    }
    assert_eq!(refusal(issue(&leaf, "three")), (Code::ConfigurationInvalid, "issuer-key"));
    assert_eq!(refusal(issue(&world.bot, "a.b")), (Code::IdentityInvalid, "delegated-id"));
}

#[test]
fn a_cas_own_scope_bounds_what_it_signs() {
    let world = World::new();
    let (tenant_key, leaf) = (key(GenerateKind::P256), key(GenerateKind::Ed25519));
    let mut profile = authority("Narrow", &["urn:acme:"], 30);
    profile.scope = Some(scope(&["charge"]));
    let narrow = issue::tenant(&profile, tenant_key.public_key(), &world.by_root(), &world.context()).unwrap();
    let chain = vec![narrow, world.chain[2].clone()];
    let issuer = Issuer { chain: &chain, parents: &[], signer: &tenant_key };
    assert!(issue::agent(&helper(), leaf.public_key(), &issuer, &world.context()).is_ok());
    let wider = AgentProfile { scope: scope(&["pay"]), ..helper() };
    let result = issue::agent(&wider, leaf.public_key(), &issuer, &world.context());
    assert_eq!(refusal(result), (Code::ScopeWidened, "action"));
    profile.scope = Some(scope(&["pay"]));
    let result = issue::tenant(&profile, leaf.public_key(), &issuer, &world.context());
    assert_eq!(refusal(result), (Code::ScopeWidened, "action"));
}

#[test]
fn a_list_revokes_what_it_names() {
    let world = World::new();
    let serial = Certificate::parse(&world.chain[0], &world.bounds).unwrap().serial().to_vec();
    let list = |issuer: Issuer<'_>, revoked: Vec<Revocation>| {
        let profile = ListProfile { number: 7, next_update: AT.plus_seconds(DAY), revoked };
        issue::crl(&profile, &issuer, &world.context()).unwrap()
    };
    let revocation =
        |at: i64| Revocation { serial: serial.clone(), at: AT.plus_seconds(at), reason: Some(Reason::KeyCompromise) };
    let agent = world.validate(&world.chain, &[]).unwrap();
    let verdict = |lists: [Vec<u8>; 2]| {
        let lists = lists.iter().map(|der| Crl::parse(der, &world.bounds).unwrap()).collect();
        let view = RevocationView::Checked(Arc::new(RevocationSnapshot::new(lists)));
        agent.check_revocation(&view, None, AT).map_err(|denial| (denial.code(), denial.details().bound))
    };
    let root = list(world.by_root(), Vec::new());
    assert_eq!(verdict([root.clone(), list(world.by_tenant(), Vec::new())]), Ok(()));
    let twice = list(world.by_tenant(), vec![revocation(-5), revocation(-9), revocation(-7)]);
    assert_eq!(verdict([root.clone(), twice]), Err((Code::AgentRevoked, Some(NOW - 9))));
    assert!(!String::from_utf8_lossy(&root).contains("revoked"));
}

#[test]
fn a_list_is_refused_before_it_misleads() {
    let world = World::new();
    let profile = ListProfile { number: 1, next_update: AT.plus_seconds(DAY), revoked: Vec::new() };
    let issue = |profile: &ListProfile, issuer: Issuer<'_>| issue::crl(profile, &issuer, &world.context());
    let late = ListProfile { next_update: AT, ..profile.clone() };
    assert_eq!(refusal(issue(&late, world.by_tenant())), (Code::ConfigurationInvalid, "next-update"));
    let bad = Revocation { serial: vec![0], at: AT, reason: None };
    let bad = ListProfile { revoked: vec![bad], ..profile.clone() };
    assert_eq!(refusal(issue(&bad, world.by_tenant())), (Code::RevocationStale, "integer-not-positive"));
    assert_eq!(refusal(issue(&profile, world.by_bot())), (Code::CertificateUsageInvalid, "leaf-kind"));
}

#[test]
fn a_day_is_a_day_with_its_back_dating() {
    for (seconds, back) in [(DAY, 0), (DAY - 100, 100), (3_600, 300), (DAY - 300, 300)] {
        let validity = Validity::starting_within_a_day(AT, seconds);
        assert_eq!(validity.not_before, AT.plus_seconds(-back), "{seconds}");
        assert_eq!(validity.not_after, AT.plus_seconds(seconds));
    }
}
