//! Narrowing: a guard for one task, by a certificate that the agent signs itself.

use std::sync::Arc;
use std::time::Duration;

use kakunin_core::crypto::{GenerateKind, Random, SoftwareSigner, SystemRandom};
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{self, AgentProfile, Validity};
use kakunin_core::path::VerifiedDelegator;
use kakunin_core::scope::{Scope, authoring};
use kakunin_core::time::UnixTime;

use super::Guard;
use super::clock::parse_span;
use super::current::{Current, check_for_opening};
use crate::{fault, hex};

/// Longest life of a narrowed guard, in seconds: what an agent signs lives a day at most (profile §1).
const LONGEST: u64 = 86_400;
/// Octets of a random name. 16: nobody meets another's by chance.
const NAME_OCTETS: usize = 16;

/// What a narrowed guard is to be.
#[derive(Clone, Debug)]
pub struct Narrowing {
    /// What it may do: contained in every scope above.
    pub scope: Scope,
    /// How long from now, in whole seconds, 1 s to 24 h. It ends earlier where a certificate above does.
    pub ttl: Duration,
    /// The end of its id, after the agent's and the mark of delegation: 1 to 64 of `A-Z a-z 0-9 _ -`, other than `-`. It names
    /// its counters too: who narrows again under one name goes on counting. A random one where absent.
    pub name: Option<String>,
    /// How many levels of sub-agents it may narrow or certify itself, 1 to 8.
    pub delegate: Option<u8>,
}

impl Narrowing {
    /// Under a random name, and not to be narrowed further.
    pub fn new(scope: Scope, ttl: Duration) -> Self {
        Self { scope, ttl, name: None, delegate: None }
    }

    /// A span such as `90s`, `10m` or `2h`, as [`Narrowing::ttl`] takes it.
    ///
    /// # Errors
    /// E504 `ttl`.
    pub fn parse_ttl(text: &str) -> Result<Duration, Denial> {
        parse_span(text).ok_or_else(|| refused_ttl(text.to_owned()))
    }

    fn seconds(&self) -> Result<i64, Denial> {
        let whole = self.ttl.subsec_nanos() == 0 && (1..=LONGEST).contains(&self.ttl.as_secs());
        let seconds = i64::try_from(self.ttl.as_secs()).ok().filter(|_| whole);
        seconds.ok_or_else(|| refused_ttl(format!("{} s", self.ttl.as_secs_f64())))
    }

    fn name(&self, random: &SystemRandom) -> Result<String, Denial> {
        match &self.name {
            Some(name) => Ok(name.clone()),
            None => {
                let mut octets = [0; NAME_OCTETS];
                random.fill(&mut octets).map_err(|error| error.denial())?;
                Ok(hex::encode(&octets))
            }
        }
    }
}

/// The scope that `text` says.
///
/// # Errors
/// E107 `authoring`, with line, column and what is wrong there.
pub fn compile_scope(text: &str, format: authoring::Format) -> Result<Scope, Denial> {
    authoring::compile(text, format).map_err(|mistakes| {
        let first = mistakes.first().map_or_else(String::new, ToString::to_string);
        Denial::new(Code::ScopeMalformed, "authoring").field(first)
    })
}

impl Guard {
    /// A guard for one task or sub-agent, by a certificate that this guard's agent signs with its own key, offline.
    ///
    /// Its calls are judged by the whole path: the new scope, the agent's, and all above, whose counters they draw on too. It
    /// shares state, record, revocation, clock, mode, region, audience and model with this one. Its key is made here, lives in
    /// memory alone and dies with it. It keeps its path when this guard's certificate is renewed, and falls with any
    /// certificate above that is revoked, and with this guard when that is closed.
    ///
    /// # Errors
    /// E106 where a scope above does not contain the scope, with action and parameter, or lets nobody stand so deep; E502
    /// without a signer; E504 for a life that is not 1 s to 24 h; E109 for a name that cannot end an id; E105
    /// `certificate-authority`, E102 `path-length` where the agent was not issued to delegate; E103, E401, E405, E503 where
    /// this guard would deny.
    pub fn narrow(&self, narrowing: &Narrowing) -> Result<Self, Denial> {
        self.check_open()?;
        let now = self.clock().now();
        let current = self.current_at(now);
        current.agent.check_time(now)?;
        check_for_opening(&current.agent, &current.view, now)?;
        let parent_signer = current.signer.as_deref().ok_or_else(|| {
            Denial::new(Code::SignerUnavailable, "signer-missing")
                .field("signer")
                .expected("a guard with a signer: to narrow is to sign a certificate")
        })?;
        let parent = self.delegator(&current, now)?;
        let random = SystemRandom::new();
        let profile = profile(narrowing, &parent, now, &random)?;
        // The form in which it could be stored is overwritten at once.
        let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &random).map_err(|error| error.denial())?;
        let context = issue::Context { now, random: &random, bounds: &self.setup.bounds };
        let key = kakunin_core::crypto::Signer::public_key(&signer);
        let (certificate, agent) =
            issue::sub_agent_by_delegator(&profile, key, &parent, parent_signer, &context).map_err(advised)?;
        self.setup.admit(&agent)?;
        Ok(self.narrowed_to(current.narrowed(certificate, agent, Arc::new(signer))))
    }

    /// This guard's agent as one that certifies others, validated once for each certificate in use.
    fn delegator(&self, current: &Current, now: UnixTime) -> Result<Arc<VerifiedDelegator>, Denial> {
        if let Some(known) = current.delegator.get() {
            return Ok(Arc::clone(known));
        }
        let setup = &self.setup;
        let made = VerifiedDelegator::new(&current.chain, self.parents(), &setup.anchors, now, &setup.bounds);
        let made = Arc::new(made.map_err(may_not_delegate)?);
        Ok(Arc::clone(current.delegator.get_or_init(|| made)))
    }
}

fn profile(
    narrowing: &Narrowing,
    parent: &VerifiedDelegator,
    now: UnixTime,
    random: &SystemRandom,
) -> Result<AgentProfile, Denial> {
    // Whoever asks for ten minutes gets the five that the certificates above have left.
    let left = parent.not_after().seconds().saturating_sub(now.seconds());
    let validity = Validity::starting_within_a_day(now, narrowing.seconds()?.min(left));
    let id = parent.child_id(&narrowing.name(random)?);
    let mut profile = AgentProfile::new(id, narrowing.scope.clone(), validity);
    profile.delegate = narrowing.delegate;
    // It runs where its parent runs.
    profile.model_hash = parent.model_hash().copied();
    Ok(profile)
}

#[cold]
fn refused_ttl(came: String) -> Denial {
    fault::misconfigured("ttl", "ttl", came, "1 s to 24 h, in whole seconds: an integer and s, m or h")
}

/// What to do about a certificate that signs no others.
#[cold]
fn may_not_delegate(denial: Denial) -> Denial {
    match denial.details().rule {
        "certificate-authority" | "path-length" | "max-depth" => denial.expected(
            "a certificate that may delegate: `kakunin issue --delegate N`, or `delegate` where it was narrowed itself",
        ),
        _ => denial,
    }
}

/// What would have done.
#[cold]
fn advised(denial: Denial) -> Denial {
    match denial.details().rule {
        "delegated-id" => denial.field("name").expected("1 to 64 of A-Z, a-z, 0-9, `_` and `-`, other than `-` alone"),
        _ => denial,
    }
}
