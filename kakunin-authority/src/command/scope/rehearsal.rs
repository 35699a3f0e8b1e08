//! Calls as a guard would decide them, without one: the core's whole decision, over a path that exists only here.

use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{self, Context, MemoryStore, Mode};
use kakunin_core::issue::{self, AgentProfile, AuthorityProfile, Issuer, Validity};
use kakunin_core::path::{self, TrustAnchors, VerifiedAgent};
use kakunin_core::revocation::RevocationView;
use kakunin_core::scope::Scope;
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

/// The ids that the path's CAs certify. They are in no file and on no wire.
const NAMESPACE: &str = "urn:kakunin:rehearsal:";
/// How long after the last call the path ends, in seconds.
const AFTER: i64 = 86_400;

/// An agent whose path has certain scopes, and a store in memory for their limits.
pub(super) struct Rehearsal {
    /// A scope that is wider than one above it makes no valid path: then every call is refused like this.
    agent: Result<Arc<VerifiedAgent>, Denial>,
    store: MemoryStore,
    bounds: Bounds,
}

/// A call, and the world in which it is made.
pub(super) struct Scene<'a> {
    pub(super) action: &'a str,
    pub(super) params: &'a Object,
    pub(super) at: UnixTime,
    pub(super) region: Option<&'a str>,
    pub(super) audience: Option<&'a str>,
}

impl Rehearsal {
    /// For calls from `from` to `until` by an agent with the first of `scopes`, below CAs with the others.
    ///
    /// # Errors
    /// E502 without randomness; E504 where the path would be too long.
    pub(super) fn new(scopes: &[Scope], from: UnixTime, until: UnixTime) -> Result<Self, Denial> {
        let bounds = Bounds::default();
        let agent = match agent(scopes, from, until, &bounds) {
            Err(denial) if denial.code() != Code::ScopeWidened => return Err(denial),
            agent => agent.map(Arc::new),
        };
        Ok(Self { agent, store: MemoryStore::default(), bounds })
    }

    /// What becomes of a call, which draws on the limits if it is allowed.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn play(&self, scene: &Scene<'_>) -> Result<(), Denial> {
        let agent = self.agent.as_ref().map_err(Clone::clone)?;
        let arguments = Arguments::new(scene.params.clone(), &self.bounds.json)?;
        let view = RevocationView::NotChecked;
        let context =
            Context { region: scene.region, audience: scene.audience, ..Context::new(scene.at, Mode::Enforce) };
        let permit = guard::judge_call(agent, scene.action, &arguments, None, &view, &context)?;
        permit.reserve(&self.store, || RevocationView::NotChecked, scene.at).map(drop)
    }
}

fn agent(scopes: &[Scope], from: UnixTime, until: UnixTime, bounds: &Bounds) -> Result<VerifiedAgent, Denial> {
    let random = SystemRandom::new();
    let context = issue::Context { now: from, random: &random, bounds };
    let validity = Validity { not_before: from, not_after: until.plus_seconds(AFTER) };
    let Some((own, above)) = scopes.split_first() else {
        return Err(Denial::new(Code::ConfigurationInvalid, "scope-missing").field("scopes"));
    };
    let mut signer = signer(&random)?;
    let mut chain = vec![issue::root(&AuthorityProfile::new("root", Vec::new(), validity), &signer, &context)?];
    for (depth, scope) in above.iter().enumerate().rev() {
        let next = self::signer(&random)?;
        let mut profile = AuthorityProfile::new(format!("CA {}", depth + 1), vec![NAMESPACE.to_owned()], validity);
        profile.scope = Some(scope.clone());
        let issuer = Issuer { chain: &chain, parents: &[], signer: &signer };
        let certificate = issue::tenant(&profile, next.public_key(), &issuer, &context)?;
        chain.insert(0, certificate);
        signer = next;
    }
    let profile = AgentProfile::new(format!("{NAMESPACE}agent"), own.clone(), validity);
    let issuer = Issuer { chain: &chain, parents: &[], signer: &signer };
    let certificate = issue::agent(&profile, self::signer(&random)?.public_key(), &issuer, &context)?;
    chain.insert(0, certificate);
    let anchors = TrustAnchors::new(chain.last().cloned().into_iter().collect(), bounds)?;
    path::validate(&chain, &[], &anchors, from, bounds)
}

fn signer(random: &SystemRandom) -> Result<SoftwareSigner, Denial> {
    let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, random).map_err(|error| error.denial())?;
    Ok(signer)
}
