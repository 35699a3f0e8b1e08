use std::sync::Arc;

use super::mode::Mode;
use super::reservation::{ApprovalDraw, CounterDraw, DrawKind, NonceDraw, Reservation, Reserved, StateStore};
use crate::approval::{self, ApprovalCall, ApprovalRequest, Need, Offered, VerifiedApproval};
use crate::crypto::{Digest, Sha256};
use crate::error::{Code, Denial};
use crate::intent::VerifiedIntent;
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::scope::{Accepted, Call, Draw, LimitKind};
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
    /// The approvals that come with a call in the agent's own process; an intent brings its own.
    pub approvals: Option<&'a Offered>,
}

impl Context<'_> {
    /// The context at `now`, of a guard without region, audience and approvals.
    pub const fn new(now: UnixTime, mode: Mode) -> Self {
        Self { now, mode, region: None, audience: None, approvals: None }
    }
}

/// Judges a call in the agent's own process: validity and revocation of its certificates, orders, then every scope, the
/// leaf's first, then upward. Draws nothing yet.
///
/// # Errors
/// E103, E104; E401 to E405; in [`Mode::Enforce`] the denial of the first scope that does not accept, with its depth: E201
/// to E207, E210, E211, E306; E212 and E213 where all accept and the approvals are not what they ask for.
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
/// E212 and E213 where all accept and the approvals that it brings are not what they ask for.
pub fn judge_intent(intent: VerifiedIntent, context: &Context<'_>) -> Result<Permit<'static>, Denial> {
    let nonce = NonceDraw {
        key: nonce_key(intent.agent().issuer_key_hash(), intent.agent().id(), intent.jti()),
        issued_at: intent.issued_at(),
        remember_until: intent.remember_until(),
    };
    let revocation = intent.revocation().clone();
    Permit::judge(Source::Intent(Box::new(intent)), Some(nonce), revocation, context)
}

/// What a person is asked to approve where a call is refused for want of approvals (E212, E213): the call, and everything that
/// the scopes ask for. None where they ask for nothing, or refuse the call.
pub fn approval_request(
    agent: &Arc<VerifiedAgent>,
    action: &str,
    arguments: &Arguments,
    session: Option<&str>,
    context: &Context<'_>,
) -> Option<ApprovalRequest> {
    let source = Source::Call { agent, action, arguments, session };
    let (_, needs) = accepted(&source, context).ok()?;
    let call = source.as_approved(context);
    (!needs.is_empty()).then(|| ApprovalRequest::new(&call, &needs, Some(agent.not_after())))
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

    /// Who acts on it: an intent's `aud`, else the guard's own.
    fn audience<'s>(&'s self, context: &Context<'s>) -> Option<&'s str> {
        self.intent().map_or(context.audience, |intent| Some(intent.audience()))
    }

    fn as_approved<'s>(&'s self, context: &Context<'s>) -> ApprovalCall<'s> {
        ApprovalCall {
            action: self.action(),
            params: self.arguments().object(),
            agent: self.agent().id(),
            issuer: self.agent().issuer_key_hash(),
            audience: self.audience(context),
            session: self.session(),
        }
    }
}

/// A call that every scope accepts and whose approvals suffice, once a store has taken what it uses up.
///
/// In [`Mode::Observe`] also a call that a scope, a want of approvals or a limit refuses: it carries that denial, draws on no
/// counter, uses up no approval, and still uses up its nonce, so that no intent passes twice in any mode.
///
/// It remembers the view of revocations that it was judged by. Where that was replaced before the call may run, revocation and
/// orders are judged again, so that nothing starts after its guard took a halt.
#[derive(Debug)]
#[must_use]
pub struct Permit<'a> {
    judged: Judged<'a>,
    reservation: Reservation,
}

/// A call, by which view of revocations it was judged, and what was found.
#[derive(Debug)]
struct Judged<'a> {
    source: Source<'a>,
    revocation: RevocationView,
    mode: Mode,
    /// Those that count for what the scopes ask.
    approvals: Vec<VerifiedApproval>,
    /// Why it would be denied in [`Mode::Enforce`].
    observation: Option<Denial>,
}

impl Judged<'_> {
    /// Judges revocation and orders again where `current` is not the view that it was last judged by: the agent's first, then
    /// the approvers'.
    fn follow(&mut self, current: &RevocationView, now: UnixTime) -> Result<(), Denial> {
        if self.revocation.is(current) {
            return Ok(());
        }
        let (agent, action) = (self.source.agent(), self.source.action());
        let checked = agent.check_revocation(current, self.source.session(), now);
        checked.map_err(|denial| denial.action(action.to_owned()))?;
        let approved = self.approvals.iter().try_for_each(|one| one.check_revocation(agent, current, now));
        if let Err(denial) = approved.map_err(|denial| denial.action(action.to_owned())) {
            if !self.mode.lets_pass(denial.code()) {
                return Err(denial);
            }
            self.approvals.clear();
            self.observation.get_or_insert(denial);
        }
        self.revocation = current.clone();
        Ok(())
    }
}

impl<'a> Permit<'a> {
    fn judge(
        source: Source<'a>,
        nonce: Option<NonceDraw>,
        revocation: RevocationView,
        context: &Context<'_>,
    ) -> Result<Self, Denial> {
        let (draws, approvals, observation) = match approved(&source, &revocation, context) {
            Ok((draws, approvals)) => (draws, approvals, None),
            Err(denial) if context.mode.lets_pass(denial.code()) => (Vec::new(), Vec::new(), Some(denial)),
            Err(denial) => return Err(denial),
        };
        let ids = approvals.iter().map(ApprovalDraw::from).collect();
        let reservation = Reservation::of_agent(source.agent(), nonce, ids, draws);
        let judged = Judged { source, revocation, mode: context.mode, approvals, observation };
        Ok(Self { judged, reservation })
    }

    /// What a store must take first.
    pub const fn reservation(&self) -> &Reservation {
        &self.reservation
    }

    /// The agent.
    pub fn agent(&self) -> &Arc<VerifiedAgent> {
        self.judged.source.agent()
    }

    /// The action.
    pub fn action(&self) -> &str {
        self.judged.source.action()
    }

    /// The arguments.
    pub fn arguments(&self) -> &Arguments {
        self.judged.source.arguments()
    }

    /// The intent; a call in the agent's own process has none.
    pub fn intent(&self) -> Option<&VerifiedIntent> {
        self.judged.source.intent()
    }

    /// The approvals that count for what the scopes ask.
    pub fn approvals(&self) -> &[VerifiedApproval] {
        &self.judged.approvals
    }

    /// What becomes of the permit when a store refuses it with `denial`. Where it is only observed, a permit for the
    /// nonce alone, which is to be reserved in its turn.
    ///
    /// # Errors
    /// `denial`, unless [`Mode::Observe`] lets it pass.
    pub fn refused(mut self, denial: Denial) -> Result<Self, Denial> {
        let denial = denial.action(self.action().to_owned());
        // A permit for a nonce alone was refused for that or for the store's own sake.
        let alone = self.reservation.draws().is_empty() && self.reservation.approvals().is_empty();
        if !self.judged.mode.lets_pass(denial.code()) || alone {
            return Err(denial);
        }
        self.judged.approvals.clear();
        self.judged.observation = Some(denial);
        Ok(self.with_nonce_alone())
    }

    fn with_nonce_alone(mut self) -> Self {
        let nonce = self.reservation.nonce().cloned();
        self.reservation = Reservation::of_agent(self.agent(), nonce, Vec::new(), Vec::new());
        self
    }

    /// Judges revocation and orders again if `current` is not the view that the permit was judged by: before a store is
    /// asked, so that a halted call draws nothing.
    ///
    /// # Errors
    /// E401 to E405; E213 where an approver is revoked by now.
    pub fn follow(mut self, current: &RevocationView, now: UnixTime) -> Result<Self, Denial> {
        self.judged.follow(current, now)?;
        // Only observed: an approver is revoked by now.
        let lapsed = self.approvals().len() < self.reservation.approvals().len();
        Ok(if lapsed { self.with_nonce_alone() } else { self })
    }

    /// The call may run: a store took its reservation, and by `current`, the view of this moment, nothing stops it.
    ///
    /// # Errors
    /// E501 `reserved-other` where `reserved` is the evidence for another reservation; E401 to E405; E213 where an approver is
    /// revoked by now.
    pub fn with(mut self, reserved: Reserved, current: &RevocationView, now: UnixTime) -> Result<Allowed<'a>, Denial> {
        if !reserved.is_for(&self.reservation) {
            return Err(Denial::new(Code::StateUnavailable, "reserved-other"));
        }
        self.judged.follow(current, now)?;
        Ok(Allowed(self.judged))
    }

    /// Takes the reservation from `store`, with [`Permit::refused`] in between where it refuses. `current` is asked for the
    /// view of the moment: before the store, and when the store has answered.
    ///
    /// # Errors
    /// E301; E213, E208 and E209 in [`Mode::Enforce`]; E401 to E405; E501.
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
pub struct Allowed<'a>(Judged<'a>);

impl Allowed<'_> {
    /// Judges revocation and orders once more if `current` is not the view that the call was last judged by: for what takes
    /// time between the decision and the tool, as recording it does.
    ///
    /// # Errors
    /// E401 to E405; E213 where an approver is revoked by now.
    pub fn follow(&mut self, current: &RevocationView, now: UnixTime) -> Result<(), Denial> {
        self.0.follow(current, now)
    }

    /// The agent.
    pub fn agent(&self) -> &Arc<VerifiedAgent> {
        self.0.source.agent()
    }

    /// The action that was judged.
    pub fn action(&self) -> &str {
        self.0.source.action()
    }

    /// The arguments that were judged: what is to be run.
    pub fn arguments(&self) -> &Arguments {
        self.0.source.arguments()
    }

    /// The intent; a call in the agent's own process has none.
    pub fn intent(&self) -> Option<&VerifiedIntent> {
        self.0.source.intent()
    }

    /// The approvals that were used up.
    pub fn approvals(&self) -> &[VerifiedApproval] {
        &self.0.approvals
    }

    /// The view of revocations that it was last judged by.
    pub const fn revocation(&self) -> &RevocationView {
        &self.0.revocation
    }

    /// Why the call would have been denied in [`Mode::Enforce`].
    pub const fn observation(&self) -> Option<&Denial> {
        self.0.observation.as_ref()
    }
}

/// Has every scope judge, then compares the approvals with what they ask; names the counters of what is drawn.
fn approved(
    source: &Source<'_>,
    revocation: &RevocationView,
    context: &Context<'_>,
) -> Result<(Vec<CounterDraw>, Vec<VerifiedApproval>), Denial> {
    let (drawn, needs) = accepted(source, context)?;
    if needs.is_empty() {
        return Ok((drawn, Vec::new()));
    }
    let offered = source.intent().map_or(context.approvals, |intent| Some(intent.approvals()));
    let call = source.as_approved(context);
    let met = approval::meet(&needs, offered, &call, source.agent(), revocation, context.now);
    met.map(|met| (drawn, met.used)).map_err(|denial| denial.action(source.action().to_owned()))
}

/// Has every scope judge: what is drawn, and what approvals are asked for, the leaf's scope first.
fn accepted<'s>(source: &'s Source<'_>, context: &Context<'_>) -> Result<(Vec<CounterDraw>, Vec<Need<'s>>), Denial> {
    let call = Call {
        action: source.action(),
        arguments: source.arguments().object(),
        audience: source.audience(context),
        region: context.region,
        now: context.now,
    };
    let (mut drawn, mut needs) = (Vec::new(), Vec::new());
    let mut accepted = Accepted::default();
    for link in source.agent().above() {
        let Some(scope) = link.scope() else { continue };
        let depth = link.depth();
        scope.judge(&call, &mut accepted).map_err(|denial| denial.depth(depth))?;
        for draw in accepted.draws.drain(..) {
            let counter = link.counters().get(draw.counter.position());
            // INVARIANT: a link has one name for each counter of its scope.
            let counter = counter.ok_or_else(|| Denial::new(Code::StateUnavailable, "counter-name"))?;
            drawn.push(counter_draw(&draw, counter, depth));
        }
        needs.extend(accepted.approvals.drain(..).map(|asked| Need { depth, asked }));
    }
    Ok((drawn, needs))
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
