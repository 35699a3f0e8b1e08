//! What is measured, set up once.

use std::hint::black_box;
use std::sync::Arc;

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{GenerateKind, PublicKey, SoftwareSigner, SystemRandom, sha256};
use kakunin_core::encoding::der::Reader;
use kakunin_core::guard::{Context, MemoryStore, Mode, judge_call, judge_intent};
use kakunin_core::intent::{SignedIntent, VerifiedIntent};
use kakunin_core::path::{TrustAnchors, VerifiedAgent, validate};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;
use kakunin_testkit::NOW;
use kakunin_testkit::chain::Chain;
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;

// The one place outside the core that names the library: its raw verifications are the measure, here and in `list`.
#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc_rs::signature as raw;
#[cfg(feature = "ring")]
pub(crate) use ring::signature as raw;

const AUDIENCE: &str = "https://payments.acme.com";
const ACTION: &str = "payments.charge";

/// A grant with six parameters: every kind of constraint that a payment tool would use.
pub(crate) const GRANT: &str = r#"
[[grant]]
action = "payments.charge"
[grant.params]
amount     = { max = 500, money = "currency" }
currency   = ["EUR", "USD", "GBP"]
customer   = { glob = "cus_*" }
reference  = { length = { min = 1, max = 140 } }
receipt_to = { email = { domains = ["acme.com"] } }
priority   = ["normal", "high"]
"#;

pub(crate) const ARGUMENTS: &str = r#"{"amount": 49.9, "currency": "EUR", "customer": "cus_8f3a21", "reference": "Order 2026-1173, refund of shipping", "receipt_to": "billing@acme.com", "priority": "normal"}"#;

/// Both CAs' lists. Nobody asked about is on them.
fn revocation(root: &Key, chain: &Chain, agents: [&Arc<VerifiedAgent>; 2]) -> RevocationView {
    let serials: Vec<_> =
        (0..REVOKED).map(|number| [[0x41].as_slice(), &number.to_be_bytes(), &[0x5a; 11]].concat()).collect();
    let serials: Vec<_> = serials.iter().map(Vec::as_slice).collect();
    let root = List::new("Root", 1, &serials).sign(root);
    let tenant = List::new("Tenant", 1, &serials).sign(&chain.tenant);
    let lists = [root, tenant].iter().map(|list| Crl::parse(list, &Bounds::default()).expect("a list")).collect();
    let issuers: Vec<_> = agents.iter().flat_map(|agent| agent.crl_issuers()).cloned().collect();
    RevocationView::Checked(Arc::new(RevocationSnapshot::new(lists).with_issuers(&issuers)))
}

/// Whose signatures all of a path and its intents bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256.
    P256,
    /// RSA of 2048 bits, PKCS#1 v1.5. Made with `openssl genpkey`; for these figures alone.
    Rsa2048,
}

impl Keys {
    /// The keys of root, tenant and agent.
    fn keys(self) -> [Key; 3] {
        match self {
            Self::Ed25519 => ["root", "tenant", "agent"].map(Key::ed25519),
            Self::P256 => [(); 3].map(|()| {
                let (_, secret) = SoftwareSigner::generate(GenerateKind::P256, &SystemRandom::new()).expect("a key");
                Key::from_pkcs8(secret.secret_der().to_vec())
            }),
            Self::Rsa2048 => [
                &include_bytes!("../keys/rsa-2048-root.der")[..],
                include_bytes!("../keys/rsa-2048-tenant.der"),
                include_bytes!("../keys/rsa-2048-agent.der"),
            ]
            .map(|der| Key::from_pkcs8(der.to_vec())),
        }
    }

    /// How a certificate's signature is verified, and how a token's.
    fn algorithms(self) -> [&'static dyn raw::VerificationAlgorithm; 2] {
        match self {
            Self::Ed25519 => [&raw::ED25519, &raw::ED25519],
            Self::P256 => [&raw::ECDSA_P256_SHA256_ASN1, &raw::ECDSA_P256_SHA256_FIXED],
            Self::Rsa2048 => [&raw::RSA_PKCS1_2048_8192_SHA256, &raw::RSA_PKCS1_2048_8192_SHA256],
        }
    }
}

/// A message, its signature and the key that made it.
struct Signed {
    key: raw::UnparsedPublicKey<Vec<u8>>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    fn certificate(keys: Keys, der: &[u8], issuer: &[u8]) -> Self {
        let [algorithm, _] = keys.algorithms();
        let bounds = Bounds::default();
        let certificate = Certificate::parse(der, &bounds).expect("a certificate");
        let issuer = Certificate::parse(issuer, &bounds).expect("a certificate");
        Self {
            key: raw::UnparsedPublicKey::new(algorithm, key(issuer.spki())),
            message: certificate.tbs().to_vec(),
            signature: certificate.signature().to_vec(),
        }
    }

    fn token(keys: Keys, token: &str, spki: &[u8]) -> Self {
        let [_, algorithm] = keys.algorithms();
        let (message, signature) = token.rsplit_once('.').expect("a token");
        let signature = kakunin_core::encoding::base64::decode_url(signature).expect("base64url");
        let key = raw::UnparsedPublicKey::new(algorithm, key(spki));
        Self { key, message: message.as_bytes().to_vec(), signature }
    }

    fn verify(&self) {
        self.key.verify(black_box(&self.message), black_box(&self.signature)).expect("a right signature");
    }
}

/// What the BIT STRING of a SubjectPublicKeyInfo holds.
pub(crate) fn key(spki: &[u8]) -> Vec<u8> {
    let mut fields = Reader::new(spki).sequence().expect("a key");
    fields.sequence().expect("an algorithm");
    fields.bit_string().expect("a key").to_vec()
}

fn scope(text: &str) -> Scope {
    compile(text, Format::Toml).expect("a scope")
}

/// Revoked serials in each list. 1,000: a year of renewals every day.
const REVOKED: u32 = 1_000;

/// Chains, agents, tokens, lists and a store.
pub struct Work {
    keys: Keys,
    bounds: Bounds,
    now: UnixTime,
    anchors: TrustAnchors,
    chain: Chain,
    one_scope: Arc<VerifiedAgent>,
    three_scopes: Arc<VerifiedAgent>,
    revocation: RevocationView,
    arguments: Arguments,
    store: MemoryStore,
    raw_path: Vec<Signed>,
    root_spki: Vec<u8>,
}

/// An intent of its own nonce, and what is raw in it.
pub struct Intent {
    token: String,
    raw: Signed,
}

impl Work {
    /// Everything but the intents, with Ed25519.
    pub fn new() -> Self {
        Self::with(Keys::Ed25519)
    }

    /// Everything but the intents.
    pub fn with(keys: Keys) -> Self {
        let bounds = Bounds::default();
        let path_keys = keys.keys();
        let same = || path_keys.each_ref().map(|key| Key::from_pkcs8(key.pkcs8().to_vec()));
        let chain = Chain::with_keys(same(), None, &scope(GRANT), None);
        let one_scope = chain.verified();
        let delegating = |depth: u8| scope(&format!("max_depth = {depth}\n{GRANT}"));
        let three_scopes =
            Chain::with_keys(same(), Some(&delegating(2)), &delegating(1), Some(&scope(GRANT))).verified();
        let [leaf, tenant, root]: [&[u8]; 3] =
            std::array::from_fn(|depth| chain.path.get(depth).map(Vec::as_slice).expect("a path of three"));
        let [root_key, ..] = &path_keys;
        let raw_path = vec![Signed::certificate(keys, tenant, root), Signed::certificate(keys, leaf, tenant)];
        let anchors = TrustAnchors::new(vec![root.to_vec()], &bounds).expect("a root");
        Self {
            keys,
            now: UnixTime::from_seconds(NOW),
            revocation: revocation(root_key, &chain, [&one_scope, &three_scopes]),
            anchors,
            one_scope,
            three_scopes,
            arguments: Arguments::parse(ARGUMENTS.as_bytes(), &JsonBounds::ARGUMENTS).expect("arguments"),
            store: MemoryStore::default(),
            raw_path,
            root_spki: root_key.spki().to_vec(),
            bounds,
            chain,
        }
    }

    /// `count` intents, each with a nonce of its own. The path is left out of them.
    pub fn intents(&self, first: usize, count: usize) -> Vec<Intent> {
        let intent = |number: usize| {
            let token = self.chain.intent(AUDIENCE, ACTION, self.arguments.object().clone()).change(|token| {
                token.header.remove("x5c");
                token.claims.insert("jti", format!("{number:022}"));
            });
            let token = token.sign(&self.chain.leaf);
            Intent { raw: Signed::token(self.keys, &token, self.chain.leaf.spki()), token }
        };
        (first..first + count).map(intent).collect()
    }

    /// Parses the agent's certificate: all checks, no cryptography, the scope not decoded.
    pub fn certificate_parse(&self) {
        let leaf = self.chain.path.first().map(Vec::as_slice).unwrap_or_default();
        let certificate = Certificate::parse(black_box(leaf), &self.bounds).expect("a certificate");
        black_box(certificate);
    }

    /// Reads the root and applies every rule of the table to it, as configuration, where no signature is asked for; and keeps its
    /// facts. Its key is read and hashed, its certificate hashed: [`Work::raw_certificate_checks`] is that part.
    pub fn certificate_checks(&self) {
        let anchors = TrustAnchors::new(vec![black_box(self.root()).to_vec()], &self.bounds).expect("a root");
        black_box(anchors);
    }

    /// What a certificate costs beside the checks of its form and of the rules: a copy, its key, two hashes.
    pub fn raw_certificate_checks(&self) {
        let root = black_box(self.root()).to_vec();
        black_box(PublicKey::from_spki(black_box(&self.root_spki)).expect("a key").spki_hash());
        black_box(sha256(&root));
    }

    fn root(&self) -> &[u8] {
        self.chain.path.last().map(Vec::as_slice).unwrap_or_default()
    }

    /// Judges a call under one scope with six parameters.
    pub fn decision_one_scope(&self) {
        self.decision(&self.one_scope);
    }

    /// Judges a call under three scopes with six parameters each.
    pub fn decision_three_scopes(&self) {
        self.decision(&self.three_scopes);
    }

    fn decision(&self, agent: &Arc<VerifiedAgent>) {
        let context = Context::new(self.now, Mode::Enforce);
        let permit = judge_call(agent, black_box(ACTION), black_box(&self.arguments), None, &self.revocation, &context);
        let allowed = permit
            .and_then(|permit| permit.reserve(&self.store, || self.revocation.clone(), self.now))
            .expect("an allowed call");
        black_box(&allowed);
    }

    /// Validates the path, then verifies, judges and reserves `intent`.
    pub fn cold_call(&self, intent: &Intent) {
        let chain = black_box(&self.chain.path);
        let agent = validate(chain, &[], &self.anchors, self.now, &self.bounds).expect("a valid path");
        let verified = self.verified(&Arc::new(agent), intent);
        let permit = judge_intent(verified, &Context::new(self.now, Mode::Enforce)).expect("an accepted call");
        let allowed = permit.reserve(&self.store, || self.revocation.clone(), self.now).expect("an allowed call");
        black_box(&allowed);
    }

    /// Verifies `intent` of an agent whose path was validated before. The decision has figures of its own.
    pub fn cached_call(&self, intent: &Intent) {
        black_box(&self.verified(&self.one_scope, intent));
    }

    fn verified(&self, agent: &Arc<VerifiedAgent>, intent: &Intent) -> VerifiedIntent {
        let signed = SignedIntent::parse(black_box(&intent.token), &self.bounds).expect("an intent");
        signed.verify(agent, AUDIENCE, &self.revocation, self.now, &self.bounds).expect("a right intent")
    }

    /// The raw verifications of a cold call.
    pub fn raw_cold(&self, intent: &Intent) {
        self.raw_path.iter().for_each(Signed::verify);
        intent.raw.verify();
    }

    /// The raw verification of a cached call.
    pub fn raw_cached(&self, intent: &Intent) {
        intent.raw.verify();
    }

    /// An agent below another leaf, for a cache to hold. As large as they get with a path of three and one scope.
    pub fn agent(&self) -> VerifiedAgent {
        validate(&self.chain.path, &[], &self.anchors, self.now, &self.bounds).expect("a valid path")
    }
}

impl Default for Work {
    fn default() -> Self {
        Self::new()
    }
}
