use std::sync::Arc;

use super::mode::Mode;
use super::reservation::{CounterDraw, DrawKind, NonceDraw, Reservation, Reserved, StateStore};
use crate::crypto::{Digest, sha256};
use crate::error::{Code, Denial};
use crate::intent::VerifiedIntent;
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::scope::{Call, Draw, LimitKind};
use crate::time::UnixTime;
use crate::value::{Arguments, Decimal};

/// What a call is judged with, beside the agent's certificates.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The clock's reading.
    pub now: UnixTime,
    /// What becomes of a denial.
    pub mode: Mode,
}

/// Judges a call in the agent's own process: validity and revocation of its certificates, then every scope, the leaf's
/// first, then upward. Draws nothing yet.
///
/// # Errors
/// E103, E104; E401, E405; in [`Mode::Enforce`] the denial of the first scope that does not accept, with its depth: E201
/// to E207.
pub fn judge_call<'a>(
    agent: &'a Arc<VerifiedAgent>,
    action: &'a str,
    arguments: &'a Arguments,
    revocation: &RevocationView,
    context: &Context,
) -> Result<Permit<'a>, Denial> {
    agent.check_time(context.now)?;
    agent.check_revocation(revocation, context.now)?;
    Permit::judge(Source::Call { agent, action, arguments }, None, context.mode)
}

/// Judges a verified intent: every scope, the leaf's first, then upward. Its nonce is reserved with what it draws.
///
/// # Errors
/// In [`Mode::Enforce`] the denial of the first scope that does not accept, with its depth: E201 to E207.
pub fn judge_intent(intent: VerifiedIntent, context: &Context) -> Result<Permit<'static>, Denial> {
    let nonce = NonceDraw {
        key: nonce_key(intent.agent().issuer_key_hash(), intent.agent().id(), intent.jti()),
        issued_at: intent.issued_at(),
        remember_until: intent.remember_until(),
    };
    Permit::judge(Source::Intent(Box::new(intent)), Some(nonce), context.mode)
}

/// SHA-256 over issuer key hash, agent id and `jti`, each behind its length.
fn nonce_key(issuer: &Digest, agent: &str, jti: &str) -> Digest {
    let mut framed = Vec::with_capacity(24 + issuer.len() + agent.len() + jti.len());
    for part in [issuer.as_slice(), agent.as_bytes(), jti.as_bytes()] {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    sha256(&framed)
}

#[derive(Debug)]
enum Source<'a> {
    Call { agent: &'a Arc<VerifiedAgent>, action: &'a str, arguments: &'a Arguments },
    Intent(Box<VerifiedIntent>),
}

impl Source<'_> {
    fn agent(&self) -> &Arc<VerifiedAgent> {
        match self {
            Self::Call { agent, .. } => agent,
            Self::Intent(intent) => intent.agent(),
        }
    }

    fn action(&self) -> &str {
        match self {
            Self::Call { action, .. } => action,
            Self::Intent(intent) => intent.action(),
        }
    }

    fn arguments(&self) -> &Arguments {
        match self {
            Self::Call { arguments, .. } => arguments,
            Self::Intent(intent) => intent.arguments(),
        }
    }

    fn intent(&self) -> Option<&VerifiedIntent> {
        match self {
            Self::Call { .. } => None,
            Self::Intent(intent) => Some(intent),
        }
    }
}

/// A call that every scope accepts, once a store has taken what it draws.
///
/// In [`Mode::Observe`] also a call that a scope or a limit refuses: it carries that denial, draws on no counter, and
/// still uses up its nonce, so that no intent passes twice in any mode.
#[derive(Debug)]
#[must_use]
pub struct Permit<'a> {
    source: Source<'a>,
    mode: Mode,
    reservation: Reservation,
    observation: Option<Denial>,
}

impl<'a> Permit<'a> {
    fn judge(source: Source<'a>, nonce: Option<NonceDraw>, mode: Mode) -> Result<Self, Denial> {
        let (draws, observation) = match draws(&source) {
            Ok(draws) => (draws, None),
            Err(denial) if mode.lets_pass(denial.code()) => (Vec::new(), Some(denial)),
            Err(denial) => return Err(denial),
        };
        let reservation = Reservation::of_agent(source.agent(), nonce, draws);
        Ok(Self { source, mode, reservation, observation })
    }

    /// What a store must take first.
    pub const fn reservation(&self) -> &Reservation {
        &self.reservation
    }

    /// The agent.
    pub fn agent(&self) -> &Arc<VerifiedAgent> {
        self.source.agent()
    }

    /// The action.
    pub fn action(&self) -> &str {
        self.source.action()
    }

    /// The arguments.
    pub fn arguments(&self) -> &Arguments {
        self.source.arguments()
    }

    /// The intent; a call in the agent's own process has none.
    pub fn intent(&self) -> Option<&VerifiedIntent> {
        self.source.intent()
    }

    /// What becomes of the permit when a store refuses it with `denial`. Where it is only observed, a permit for the
    /// nonce alone, which is to be reserved in its turn.
    ///
    /// # Errors
    /// `denial`, unless [`Mode::Observe`] lets it pass.
    pub fn refused(self, denial: Denial) -> Result<Self, Denial> {
        let denial = denial.action(self.action().to_owned());
        // A permit without draws was refused for its nonce or for the store's own sake.
        if !self.mode.lets_pass(denial.code()) || self.reservation.draws().is_empty() {
            return Err(denial);
        }
        let reservation = Reservation::of_agent(self.agent(), self.reservation.nonce().cloned(), Vec::new());
        Ok(Self { reservation, observation: Some(denial), ..self })
    }

    /// The call may run: a store took its reservation.
    ///
    /// # Errors
    /// E501 `reserved-other` where `reserved` is the evidence for another reservation.
    pub fn with(self, reserved: Reserved) -> Result<Allowed<'a>, Denial> {
        if !reserved.is_for(&self.reservation) {
            return Err(Denial::new(Code::StateUnavailable, "reserved-other"));
        }
        Ok(Allowed { source: self.source, observation: self.observation })
    }

    /// Takes the reservation from `store`, with [`Permit::refused`] in between where it refuses.
    ///
    /// # Errors
    /// E301; E208 and E209 in [`Mode::Enforce`]; E501.
    pub fn reserve(self, store: &dyn StateStore, now: UnixTime) -> Result<Allowed<'a>, Denial> {
        match store.reserve(&self.reservation, now) {
            Ok(reserved) => self.with(reserved),
            Err(denial) => {
                let permit = self.refused(denial)?;
                let reserved = store.reserve(&permit.reservation, now)?;
                permit.with(reserved)
            }
        }
    }
}

/// A call that may run now. Only [`Permit::with`] makes one.
#[derive(Debug)]
#[must_use]
pub struct Allowed<'a> {
    source: Source<'a>,
    observation: Option<Denial>,
}

impl Allowed<'_> {
    /// The agent.
    pub fn agent(&self) -> &Arc<VerifiedAgent> {
        self.source.agent()
    }

    /// The action that was judged.
    pub fn action(&self) -> &str {
        self.source.action()
    }

    /// The arguments that were judged: what is to be run.
    pub fn arguments(&self) -> &Arguments {
        self.source.arguments()
    }

    /// The intent; a call in the agent's own process has none.
    pub fn intent(&self) -> Option<&VerifiedIntent> {
        self.source.intent()
    }

    /// Why the call would have been denied in [`Mode::Enforce`].
    pub const fn observation(&self) -> Option<&Denial> {
        self.observation.as_ref()
    }
}

/// Has every scope judge, and names the counters of what is drawn.
fn draws(source: &Source<'_>) -> Result<Vec<CounterDraw>, Denial> {
    let call = Call { action: source.action(), arguments: source.arguments().object() };
    let mut drawn = Vec::new();
    let mut scope_draws = Vec::new();
    for link in source.agent().above() {
        let Some(scope) = link.scope() else { continue };
        scope_draws.clear();
        scope.judge(&call, &mut scope_draws).map_err(|denial| denial.depth(link.depth()))?;
        for draw in &scope_draws {
            let counter = link.counters().get(draw.counter.position());
            // INVARIANT: a link has one name for each counter of its scope.
            let counter = counter.ok_or_else(|| Denial::new(Code::StateUnavailable, "counter-name"))?;
            drawn.push(counter_draw(draw, counter, link.depth()));
        }
    }
    Ok(drawn)
}

fn counter_draw(draw: &Draw<'_>, counter: &Digest, depth: usize) -> CounterDraw {
    let (kind, max) = match draw.limit.kind() {
        LimitKind::Rate { max } => (DrawKind::Rate, Decimal::from(*max)),
        LimitKind::Budget { max, .. } => (DrawKind::Budget, *max),
    };
    CounterDraw {
        counter: *counter,
        window: draw.limit.window(),
        kind,
        max,
        amount: draw.amount,
        depth: u8::try_from(depth).unwrap_or(u8::MAX),
        position: draw.counter.position(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_that_of_issuer_agent_and_jti_together() {
        let key = nonce_key(&[1; 32], "agent", "jti");
        assert_eq!(key, nonce_key(&[1; 32], "agent", "jti"));
        for other in [
            nonce_key(&[2; 32], "agent", "jti"),
            nonce_key(&[1; 32], "agenu", "jti"),
            nonce_key(&[1; 32], "agent", "jtj"),
            nonce_key(&[1; 32], "agentj", "ti"),
        ] {
            assert_ne!(key, other);
        }
    }
}
