//! A throw-away authority in memory, for the tests of applications. Everything it signs bears the `development` mark,
//! and nothing here works where `KAKUNIN_ENV=production`.

use std::io::Write;
use std::sync::{Arc, Once};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{GenerateKind, PublicKey, SecretKey, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{MemoryStore, StateStore};
use kakunin_core::issue::{self, AgentProfile, AuthorityProfile, Context, Issuer, Validity};
use kakunin_core::scope::{Scope, authoring};

use crate::keys;
use crate::shell::{
    Clock, Environment, Guard, GuardOptions, SignerSource, Source, Verifier, VerifierOptions, compile_scope, system_now,
};

/// The prefix of all ids that a throw-away authority certifies.
const NAMESPACE: &str = "urn:kakunin:test:";
/// The audience of verifiers that are not told another.
pub const AUDIENCE: &str = "test";
/// How long its certificates are valid, in seconds: longer than a test moves its clock.
const LIFETIME: i64 = 366 * 86_400;

/// A root and a tenant that live as long as this value, and one store in memory for all their guards and verifiers.
pub struct Authority {
    chain: Vec<Vec<u8>>,
    signer: SoftwareSigner,
    clock: Arc<Clock>,
    store: Arc<MemoryStore>,
}

/// An agent of a throw-away authority.
pub struct Agent {
    chain: Vec<Vec<u8>>,
    secret: SecretKey,
    signer: Arc<SoftwareSigner>,
}

impl Authority {
    /// Makes an authority whose certificates are valid by `clock`.
    ///
    /// # Errors
    /// E504 `not-in-production`; E502 where the system has no randomness.
    pub fn new(clock: Arc<Clock>) -> Result<Self, Denial> {
        if Environment::from_process()? == Environment::Production {
            return Err(Denial::new(Code::ConfigurationInvalid, "not-in-production")
                .field("testing")
                .expected("an issued certificate: this is for tests"));
        }
        announce();
        let random = SystemRandom::new();
        let (root_signer, _) = generate(&random)?;
        let (signer, _) = generate(&random)?;
        let bounds = Bounds::default();
        let context = Context { now: clock.now(), random: &random, bounds: &bounds };
        let validity = Validity::starting(context.now, LIFETIME);
        let mut profile = AuthorityProfile::new("Kakunin test root", Vec::new(), validity);
        profile.development = true;
        let root = vec![issue::root(&profile, &root_signer, &context)?];
        let mut profile = AuthorityProfile::new("Kakunin test tenant", vec![NAMESPACE.to_owned()], validity);
        profile.development = true;
        let issuer = Issuer { chain: &root, parents: &[], signer: &root_signer };
        let tenant = issue::tenant(&profile, signer.public_key(), &issuer, &context)?;
        let mut chain = vec![tenant];
        chain.extend(root);
        Ok(Self { chain, signer, clock, store: Arc::new(MemoryStore::default()) })
    }

    /// Issues the certificate of `urn:kakunin:test:NAME`.
    ///
    /// # Errors
    /// E109 where `name` does not end an id; E502, E504 as issuing.
    pub fn agent(&self, name: &str, scope: &Scope) -> Result<Agent, Denial> {
        self.delegating_agent(name, scope, None)
    }

    /// As [`Authority::agent`]; the agent may certify sub-agents, `delegate` levels deep, where that is given.
    ///
    /// # Errors
    /// As [`Authority::agent`]; E504 `delegate` for levels that are not 1 to 8.
    pub fn delegating_agent(&self, name: &str, scope: &Scope, delegate: Option<u8>) -> Result<Agent, Denial> {
        let (signer, secret) = generate(&SystemRandom::new())?;
        let certificate = self.issue(name, signer.public_key(), scope, delegate)?;
        let mut chain = vec![certificate];
        chain.extend(self.chain.iter().cloned());
        Ok(Agent { chain, secret, signer: Arc::new(signer) })
    }

    /// Another certificate of `urn:kakunin:test:NAME`, DER, for the key of `agent`.
    ///
    /// # Errors
    /// As [`Authority::delegating_agent`].
    pub fn reissue(&self, name: &str, agent: &Agent, scope: &Scope, delegate: Option<u8>) -> Result<Vec<u8>, Denial> {
        self.issue(name, agent.signer.public_key(), scope, delegate)
    }

    fn issue(&self, name: &str, key: &PublicKey, scope: &Scope, delegate: Option<u8>) -> Result<Vec<u8>, Denial> {
        let random = SystemRandom::new();
        let bounds = Bounds::default();
        let context = Context { now: self.clock.now(), random: &random, bounds: &bounds };
        // Within the tenant's, which began earlier.
        let validity = Validity::starting(context.now, LIFETIME / 2);
        let mut profile = AgentProfile::new(format!("{NAMESPACE}{name}"), scope.clone(), validity);
        profile.delegate = delegate;
        let issuer = Issuer { chain: &self.chain, parents: &[], signer: &self.signer };
        issue::agent(&profile, key, &issuer, &context)
    }

    /// The root, as trust anchor.
    pub fn trust(&self) -> Source {
        Source::Bytes(self.chain.last().cloned().unwrap_or_default())
    }

    /// The root in PEM.
    pub fn trust_pem(&self) -> String {
        self.chain.last().map(|root| pem::encode(pem::CERTIFICATE, root)).unwrap_or_default()
    }

    /// A guard for a new agent with `scope`. Where `options` say nothing: this authority's certificate, anchor, key and
    /// clock, no revocation, no record. The state is always this authority's.
    ///
    /// # Errors
    /// As [`Guard::open`].
    pub fn guard(&self, scope: &Scope, options: GuardOptions) -> Result<Guard, Denial> {
        self.delegating_guard(scope, None, options)
    }

    /// As [`Authority::guard`]; the guard may be narrowed, `delegate` levels deep, where that is given.
    ///
    /// # Errors
    /// As [`Authority::guard`]; E504 `delegate` for levels that are not 1 to 8.
    pub fn delegating_guard(
        &self,
        scope: &Scope,
        delegate: Option<u8>,
        mut options: GuardOptions,
    ) -> Result<Guard, Denial> {
        let agent = self.delegating_agent("agent", scope, delegate)?;
        options.certificate.get_or_insert_with(|| Source::Bytes(agent.chain.concat()));
        if options.trust.is_empty() {
            options.trust.push(self.trust());
        }
        options.signer.get_or_insert_with(|| SignerSource::Signer(agent.signer()));
        options.revocation.get_or_insert_with(none);
        options.record.get_or_insert_with(none);
        options.clock = Arc::clone(&self.clock);
        Guard::open_with(options, Some(self.store()))
    }

    /// A verifier that trusts this authority. Where `options` say nothing: audience `test`, no revocation, no record.
    ///
    /// # Errors
    /// As [`Verifier::open`].
    pub fn verifier(&self, mut options: VerifierOptions) -> Result<Verifier, Denial> {
        if options.trust.is_empty() {
            options.trust.push(self.trust());
        }
        options.audience.get_or_insert_with(|| AUDIENCE.to_owned());
        options.revocation.get_or_insert_with(none);
        options.record.get_or_insert_with(none);
        options.clock = Arc::clone(&self.clock);
        Verifier::open_with(options, Some(self.store()))
    }

    fn store(&self) -> Arc<dyn StateStore> {
        Arc::<MemoryStore>::clone(&self.store)
    }
}

impl Agent {
    /// Its path, leaf first, the root last.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// Its path in PEM.
    pub fn chain_pem(&self) -> String {
        self.chain.iter().map(|der| pem::encode(pem::CERTIFICATE, der)).collect()
    }

    /// Its key in PEM, in the clear.
    ///
    /// # Errors
    /// As [`keys::to_pem`].
    pub fn secret_key_pem(&self) -> Result<String, Denial> {
        keys::to_pem(self.secret.secret_der(), None)
    }

    /// Its signer.
    pub fn signer(&self) -> Arc<dyn Signer> {
        Arc::<SoftwareSigner>::clone(&self.signer)
    }
}

/// A guard with a throw-away authority and a clock that stands still until it is advanced.
///
/// # Errors
/// E107 where `scope` has mistakes; else as [`Guard::open`].
pub fn guard(scope: &str, format: authoring::Format, options: GuardOptions) -> Result<Guard, Denial> {
    Authority::new(Clock::manual(system_now()))?.guard(&compile_scope(scope, format)?, options)
}

/// A guard and a verifier of its intents, with one throw-away authority, store and clock. The guard may be narrowed, `delegate`
/// levels deep, where that is given.
///
/// # Errors
/// As [`guard`], [`Authority::delegating_guard`] and [`Verifier::open`].
pub fn guard_with_verifier(
    scope: &str,
    format: authoring::Format,
    delegate: Option<u8>,
    guard_options: GuardOptions,
    verifier_options: VerifierOptions,
) -> Result<(Guard, Verifier), Denial> {
    let authority = Authority::new(Clock::manual(system_now()))?;
    let guard = authority.delegating_guard(&compile_scope(scope, format)?, delegate, guard_options)?;
    Ok((guard, authority.verifier(verifier_options)?))
}

fn generate(random: &SystemRandom) -> Result<(SoftwareSigner, SecretKey), Denial> {
    SoftwareSigner::generate(GenerateKind::Ed25519, random).map_err(|error| error.denial())
}

fn none() -> String {
    "none".to_owned()
}

/// Says once on standard error that this is for tests; where nobody reads that, nothing is lost.
fn announce() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let line = b"kakunin: a throw-away authority in memory is in use; this is for tests\n";
        drop(std::io::stderr().lock().write_all(line));
    });
}
