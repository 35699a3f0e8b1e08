use std::sync::Arc;

use crate::approval::VerifiedApproval;
use crate::crypto::Digest;
use crate::error::{Code, Denial, Fact};
use crate::path::VerifiedAgent;
use crate::scope::Limit;
use crate::time::UnixTime;
use crate::value::Decimal;

/// What a call takes from the state store: its nonce, the approvals that it uses up, and what it draws on counters. All of it, or
/// nothing.
///
/// Cheap to clone; every clone is the same reservation.
#[derive(Clone, Debug)]
pub struct Reservation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    nonce: Option<NonceDraw>,
    approvals: Vec<ApprovalDraw>,
    draws: Vec<CounterDraw>,
    /// Whose limits the draws are, for what a denial says.
    agent: Option<Arc<VerifiedAgent>>,
}

/// An intent's nonce, to be used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonceDraw {
    /// SHA-256 over issuer key hash, agent id and `jti`, each behind its length.
    pub key: Digest,
    /// The intent's `iat`: a store that lost its memory refuses what was issued before.
    pub issued_at: UnixTime,
    /// Until when it is remembered: `exp`, the skew and 300 seconds.
    pub remember_until: UnixTime,
}

/// An approval, to be used once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalDraw {
    /// SHA-256 over `approval`, the approver's key hash and `jti`, each behind its length: none is a nonce's.
    pub key: Digest,
    /// The approval's `iat`: a store that lost its memory refuses what was issued before.
    pub issued_at: UnixTime,
    /// Until when it is remembered: `exp`, the skew and 300 seconds; about a day.
    pub remember_until: UnixTime,
}

impl From<&VerifiedApproval> for ApprovalDraw {
    fn from(approval: &VerifiedApproval) -> Self {
        Self { key: approval.id(), issued_at: approval.issued_at(), remember_until: approval.remember_until() }
    }
}

/// What a call draws on one counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterDraw {
    /// The counter's name.
    pub counter: Digest,
    /// Window in seconds: what counts is drawn in (t − window, t].
    pub window: u32,
    /// What is counted.
    pub kind: DrawKind,
    /// The most that may be drawn in a window.
    pub max: Decimal,
    /// What this call draws; never negative. 1 for a rate.
    pub amount: Decimal,
    /// The certificate whose limit it is, counted from the leaf.
    pub depth: u8,
    /// Where the counter stands among those of that certificate's scope.
    pub position: usize,
}

/// What a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawKind {
    /// The sum of a parameter (E209).
    Budget,
    /// Calls (E208).
    Rate,
}

impl Reservation {
    /// The reservation of `nonce` and `draws`, in the order in which refusals are reported. Draws on one counter become one: the
    /// larger amount under the smaller maximum.
    pub fn new(nonce: Option<NonceDraw>, draws: Vec<CounterDraw>) -> Self {
        Self::make(nonce, Vec::new(), draws, None)
    }

    /// [`Reservation::new`] with `approvals`, whose refusals stand between those of the nonce and of the draws.
    pub fn with_approvals(nonce: Option<NonceDraw>, approvals: Vec<ApprovalDraw>, draws: Vec<CounterDraw>) -> Self {
        Self::make(nonce, approvals, draws, None)
    }

    /// [`Reservation::with_approvals`] for draws on the limits of `agent`, whose words its denials use.
    pub(super) fn of_agent(
        agent: &Arc<VerifiedAgent>,
        nonce: Option<NonceDraw>,
        approvals: Vec<ApprovalDraw>,
        draws: Vec<CounterDraw>,
    ) -> Self {
        Self::make(nonce, approvals, draws, Some(Arc::clone(agent)))
    }

    fn make(
        nonce: Option<NonceDraw>,
        approvals: Vec<ApprovalDraw>,
        mut draws: Vec<CounterDraw>,
        agent: Option<Arc<VerifiedAgent>>,
    ) -> Self {
        let mut at = 1;
        while at < draws.len() {
            let (earlier, later) = draws.split_at_mut(at);
            let Some(draw) = later.first() else { break };
            match earlier.iter_mut().find(|earlier| earlier.counter == draw.counter) {
                None => at += 1,
                Some(earlier) => {
                    earlier.amount = earlier.amount.max(draw.amount);
                    earlier.max = earlier.max.min(draw.max);
                    draws.remove(at);
                }
            }
        }
        Self(Arc::new(Inner { nonce, approvals, draws, agent }))
    }

    /// The nonce. A call in the agent's own process has none.
    pub fn nonce(&self) -> Option<&NonceDraw> {
        self.0.nonce.as_ref()
    }

    /// The approvals that are used up.
    pub fn approvals(&self) -> &[ApprovalDraw] {
        &self.0.approvals
    }

    /// What is drawn, one draw a counter, in the order in which refusals are reported.
    pub fn draws(&self) -> &[CounterDraw] {
        &self.0.draws
    }

    /// Whether there is nothing to take: then no store need be asked.
    pub fn is_empty(&self) -> bool {
        self.0.nonce.is_none() && self.0.approvals.is_empty() && self.0.draws.is_empty()
    }

    /// The denial of a nonce that was used before: E301.
    #[cold]
    pub fn replayed(&self) -> Denial {
        Denial::new(Code::ReplayDetected, "nonce").field("jti")
    }

    /// The denial of an approval that was used before: E213.
    #[cold]
    pub fn approval_used(&self) -> Denial {
        Denial::new(Code::ApprovalInvalid, "approval-used").field("jti")
    }

    /// The denial of `draw`, of which `left` is left and enough is free again at `frees_at`: E208 or E209.
    #[cold]
    pub fn exceeded(&self, draw: &CounterDraw, left: Decimal, frees_at: Option<UnixTime>) -> Denial {
        let depth = usize::from(draw.depth);
        let agent = self.0.agent.as_ref();
        let link = agent.and_then(|agent| agent.above().iter().find(|link| link.depth() == depth));
        let limit = link.and_then(|link| link.scope()).and_then(|scope| scope.limit_on(draw.position));
        let denial = match draw.kind {
            DrawKind::Rate => Denial::new(Code::RateLimitExceeded, "rate"),
            DrawKind::Budget => {
                let denial = Denial::new(Code::BudgetExceeded, "budget").requested(draw.amount.to_string());
                match limit.and_then(Limit::budget_path) {
                    Some(path) => denial.parameter(path.to_string()),
                    None => denial,
                }
            }
        };
        let denial = match limit.and_then(Limit::name) {
            Some(name) => denial.field(format!("limit {name}")),
            None => denial,
        };
        let text = format!("{} per {} s", draw.max, draw.window);
        denial.limit(text, Some(Fact::Owned(left.to_string())), frees_at.map(UnixTime::millis)).depth(depth)
    }
}

/// Evidence that a store took a reservation. It opens the permit of that very reservation and no other.
#[derive(Debug)]
#[must_use]
pub struct Reserved(Arc<Inner>);

impl Reserved {
    /// States that all of `reservation` was taken, in one atomic step. Only a store may say so.
    pub fn assertion(reservation: &Reservation) -> Self {
        Self(Arc::clone(&reservation.0))
    }

    /// Whether it is the evidence for `reservation`.
    pub fn is_for(&self, reservation: &Reservation) -> bool {
        Arc::ptr_eq(&self.0, &reservation.0)
    }
}

/// Where nonces, used approvals and counters are kept.
pub trait StateStore: Send + Sync {
    /// Takes all of `reservation` or nothing, in one atomic step. `now` is the clock by which the call was judged.
    ///
    /// # Errors
    /// In this order: E301 for a used nonce, E213 for a used approval, E208 or E209 for the first draw that does not fit. E501 where the store cannot be
    /// reached, has no room, or its clock and `now` are more than 300 seconds apart.
    fn reserve(&self, reservation: &Reservation, now: UnixTime) -> Result<Reserved, Denial>;
}
