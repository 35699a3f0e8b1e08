use std::sync::Arc;

use super::mode::Mode;
use super::reservation::{CounterDraw, DrawKind, NonceDraw, Reservation, Reserved, StateStore};
use crate::crypto::{Digest, Sha256};
use crate::error::{Code, Denial};
use crate::intent::VerifiedIntent;
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::scope::{Accepted, Asked, Call, Draw, LimitKind};
use crate::time::UnixTime;
use crate::value::{Arguments, Decimal};

/// What a call is judged with, beside the agent's certificates.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The clock's reading.
    pub now: UnixTime,
    /// What becomes of a denial.
    pub mode: Mode,
    /// The region that the guard is configured with; without one, a scope that names regions accepts nothing.
    pub region: Option<&'a str>,
    /// Who acts on a call in the agent's own process; an intent's is its `aud`.
    pub audience: Option<&'a str>,
}

impl Context<'_> {
    /// The context at `now`, of a guard without region and audience.
    pub const fn new(now: UnixTime, mode: Mode) -> Self {
        Self { now, mode, region: None, audience: None }
    }
}

/// Judges a call in the agent's own process: validity and revocation of its certificates, orders, then every scope, the
/// leaf's first, then upward. Draws nothing yet.
///
/// # Errors
/// E103, E104; E401 to E405; in [`Mode::Enforce`] the denial of the first scope that does not accept, with its depth: E201
/// to E207, E210, E211, E306; E212 where all accept and one of them asks for an approval.
pub fn judge_call<'a>(
    agent: &'a Arc<VerifiedAgent>,
    action: &'a str,
    arguments: &'a Arguments,
    session: Option<&'a str>,
    revocation: &RevocationView,
    context: &Context<'_>,
) -> Result<Permit<'a>, Denial> {
    agent.check_time(context.now)?;
    agent.check_revocation(revocation, session, context.now)?;
    let call = Source::Call { agent, action, arguments, session };
    Permit::judge(call, None, revocation.clone(), context)
}

/// Judges a verified intent: every scope, the leaf's first, then upward. Its nonce is reserved with what it draws.
///
/// # Errors
/// In [`Mode::Enforce`] the denial of the first scope that does not accept, with its depth: E201 to E207, E210, E211, E306;
/// E212 where all accept and one of them asks for an approval.
pub fn judge_intent(intent: VerifiedIntent, context: &Context<'_>) -> Result<Permit<'static>, Denial> {
    let nonce = NonceDraw {
        key: nonce_key(intent.agent().issuer_key_hash(), intent.agent().id(), intent.jti()),
        issued_at: intent.issued_at(),
        remember_until: intent.remember_until(),
    };
    let revocation = intent.revocation().clone();
    Permit::judge(Source::Intent(Box::new(intent)), Some(nonce), revocation, context)
}

/// SHA-256 over issuer key hash, agent id and `jti`, each behind its length.
fn nonce_key(issuer: &Digest, agent: &str, jti: &str) -> Digest {
    let mut key = Sha256::new();
    key.update_framed(&[issuer, agent.as_bytes(), jti.as_bytes()]);
    key.finish()
}

#[derive(Debug)]
enum Source<'a> {
    Call { agent: &'a Arc<VerifiedAgent>, action: &'a str, arguments: &'a Arguments, session: Option<&'a str> },
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

    fn session(&self) -> Option<&str> {
        match self {
            Self::Call { session, .. } => *session,
            Self::Intent(intent) => intent.session(),
        }
    }

    fn intent(&self) -> Option<&VerifiedIntent> {
        match self {
            Self::Call { .. } => None,
            Self::Intent(intent) => Some(intent),
        }
    }

    /// Judges revocation and orders again where `current` is not the view that it was last judged by.
    fn follow(&self, judged_by: &mut RevocationView, current: &RevocationView, now: UnixTime) -> Result<(), Denial> {
        if judged_by.is(current) {
            return Ok(());
        }
        let checked = self.agent().check_revocation(current, self.session(), now);
        checked.map_err(|denial| denial.action(self.action().to_owned()))?;
        *judged_by = current.clone();
        Ok(())
    }
}

/// A call that every scope accepts, once a store has taken what it draws.
///
/// In [`Mode::Observe`] also a call that a scope or a limit refuses: it carries that denial, draws on no counter, and
/// still uses up its nonce, so that no intent passes twice in any mode.
///
/// It remembers the view of revocations that it was judged by. Where that was replaced before the call may run, revocation and
/// orders are judged again, so that nothing starts after its guard took a halt.
#[derive(Debug)]
#[must_use]
pub struct Permit<'a> {
    source: Source<'a>,
    revocation: RevocationView,
    mode: Mode,
    reservation: Reservation,
    observation: Option<Denial>,
}

impl<'a> Permit<'a> {
    fn judge(
        source: Source<'a>,
        nonce: Option<NonceDraw>,
        revocation: RevocationView,
        context: &Context<'_>,
    ) -> Result<Self, Denial> {
        let mode = context.mode;
        let (draws, observation) = match draws(&source, context) {
            Ok(draws) => (draws, None),
            Err(denial) if mode.lets_pass(denial.code()) => (Vec::new(), Some(denial)),
            Err(denial) => return Err(denial),
        };
        let reservation = Reservation::of_agent(source.agent(), nonce, draws);
        Ok(Self { source, revocation, mode, reservation, observation })
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

    /// Judges revocation and orders again if `current` is not the view that the permit was judged by: before a store is
    /// asked, so that a halted call draws nothing.
    ///
    /// # Errors
    /// E401 to E405.
    pub fn follow(mut self, current: &RevocationView, now: UnixTime) -> Result<Self, Denial> {
        self.source.follow(&mut self.revocation, current, now)?;
        Ok(self)
    }

    /// The call may run: a store took its reservation, and by `current`, the view of this moment, nothing stops it.
    ///
    /// # Errors
    /// E501 `reserved-other` where `reserved` is the evidence for another reservation; E401 to E405.
    pub fn with(mut self, reserved: Reserved, current: &RevocationView, now: UnixTime) -> Result<Allowed<'a>, Denial> {
        if !reserved.is_for(&self.reservation) {
            return Err(Denial::new(Code::StateUnavailable, "reserved-other"));
        }
        self.source.follow(&mut self.revocation, current, now)?;
        Ok(Allowed { source: self.source, revocation: self.revocation, observation: self.observation })
    }

    /// Takes the reservation from `store`, with [`Permit::refused`] in between where it refuses. `current` is asked for the
    /// view of the moment: before the store, and when the store has answered.
    ///
    /// # Errors
    /// E301; E208 and E209 in [`Mode::Enforce`]; E401 to E405; E501.
    pub fn reserve(
        self,
        store: &dyn StateStore,
        current: impl Fn() -> RevocationView,
        now: UnixTime,
    ) -> Result<Allowed<'a>, Denial> {
        let permit = self.follow(&current(), now)?;
        match store.reserve(&permit.reservation, now) {
            Ok(reserved) => permit.with(reserved, &current(), now),
            Err(denial) => {
                let permit = permit.refused(denial)?;
                let reserved = store.reserve(&permit.reservation, now)?;
                permit.with(reserved, &current(), now)
            }
        }
    }
}

/// A call that may run now. Only [`Permit::with`] makes one.
#[derive(Debug)]
#[must_use]
pub struct Allowed<'a> {
    source: Source<'a>,
    revocation: RevocationView,
    observation: Option<Denial>,
}

impl Allowed<'_> {
    /// Judges revocation and orders once more if `current` is not the view that the call was last judged by: for what takes
    /// time between the decision and the tool, as recording it does.
    ///
    /// # Errors
    /// E401 to E405.
    pub fn follow(&mut self, current: &RevocationView, now: UnixTime) -> Result<(), Denial> {
        self.source.follow(&mut self.revocation, current, now)
    }

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

    /// The view of revocations that it was last judged by.
    pub const fn revocation(&self) -> &RevocationView {
        &self.revocation
    }

    /// Why the call would have been denied in [`Mode::Enforce`].
    pub const fn observation(&self) -> Option<&Denial> {
        self.observation.as_ref()
    }
}

/// Has every scope judge, and names the counters of what is drawn.
fn draws(source: &Source<'_>, context: &Context<'_>) -> Result<Vec<CounterDraw>, Denial> {
    let call = Call {
        action: source.action(),
        arguments: source.arguments().object(),
        audience: source.intent().map_or(context.audience, |intent| Some(intent.audience())),
        region: context.region,
        now: context.now,
    };
    let mut drawn = Vec::new();
    let mut accepted = Accepted::default();
    let mut asked = None;
    for link in source.agent().above() {
        let Some(scope) = link.scope() else { continue };
        accepted.draws.clear();
        scope.judge(&call, &mut accepted).map_err(|denial| denial.depth(link.depth()))?;
        for draw in &accepted.draws {
            let counter = link.counters().get(draw.counter.position());
            // INVARIANT: a link has one name for each counter of its scope.
            let counter = counter.ok_or_else(|| Denial::new(Code::StateUnavailable, "counter-name"))?;
            drawn.push(counter_draw(draw, counter, link.depth()));
        }
        asked = asked.or(accepted.approvals.first().map(|asked| (*asked, link.depth())));
    }
    match asked {
        None => Ok(drawn),
        Some((asked, depth)) => Err(approval_required(&asked, &call).depth(depth)),
    }
}

#[cold]
fn approval_required(asked: &Asked<'_>, call: &Call<'_>) -> Denial {
    let denial = Denial::new(Code::ApprovalRequired, "approval").action(call.action.to_owned());
    denial.field(format!("it takes {}", asked.approval))
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
