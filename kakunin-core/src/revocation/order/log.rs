//! What is known of one authority's log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::token::fault;
use super::{Instruction, OrderAuthority, SignedHead, SignedOrder, VerifiedHead, VerifiedOrder};
use crate::bounds::Bounds;
use crate::crypto::Digest;
use crate::error::Denial;
use crate::time::UnixTime;

/// A log as far as it was taken, and what its authority has said beyond that.
///
/// All of it is a function of the set of what came: neither order nor repetition has a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Log {
    authority: OrderAuthority,
    /// Names of the orders that were taken, the first being 1.
    names: Arc<Vec<Digest>>,
    last_issued_at: UnixTime,
    /// Halts that this log does not lift, and revocations.
    stops: Arc<BTreeMap<Digest, Arc<VerifiedOrder>>>,
    /// What this log lifts, in any log.
    lifts: Arc<BTreeSet<Digest>>,
    /// Signed orders whose turn has not come.
    waiting: BTreeMap<u64, Arc<VerifiedOrder>>,
    /// Names that signed statements give to orders that were not taken yet.
    claimed: BTreeMap<u64, Digest>,
    newest: Option<VerifiedHead>,
    /// The highest number of any head.
    highest: u64,
    /// The number that was known before a restart.
    resumed: u64,
    /// Whether two signed statements name different orders at one number.
    forked: bool,
    skew: i64,
}

impl Log {
    pub(super) fn new(authority: OrderAuthority) -> Self {
        Self {
            authority,
            names: Arc::default(),
            last_issued_at: UnixTime::from_seconds(0),
            stops: Arc::default(),
            lifts: Arc::default(),
            waiting: BTreeMap::new(),
            claimed: BTreeMap::new(),
            newest: None,
            highest: 0,
            resumed: 0,
            forked: false,
            skew: 0,
        }
    }

    pub(super) const fn authority(&self) -> &OrderAuthority {
        &self.authority
    }

    pub(super) fn stops(&self) -> impl Iterator<Item = &Arc<VerifiedOrder>> {
        self.stops.values()
    }

    pub(super) fn lifts(&self, name: &Digest) -> bool {
        self.lifts.contains(name)
    }

    /// How many orders were taken.
    pub(super) fn taken(&self) -> u64 {
        self.names.len() as u64
    }

    /// The name of the last order that was taken.
    pub(super) fn last(&self) -> Option<&Digest> {
        self.names.last()
    }

    pub(super) fn last_issued_at(&self) -> Option<UnixTime> {
        self.last().map(|_| self.last_issued_at)
    }

    pub(super) const fn newest(&self) -> Option<&VerifiedHead> {
        self.newest.as_ref()
    }

    /// The highest number that a signed statement gives to an order, and its name.
    pub(super) fn known(&self) -> (u64, Option<Digest>) {
        let known = match self.claimed.last_key_value() {
            Some((seq, name)) => (*seq, Some(*name)),
            None => (self.taken(), self.names.last().copied()),
        };
        if known.0 < self.resumed { (self.resumed, None) } else { known }
    }

    /// What was known before a restart must be there again.
    pub(super) fn resume(&mut self, seq: u64, name: Option<&Digest>) {
        self.resumed = self.resumed.max(seq);
        if let Some(name) = name {
            self.claim(seq, name);
        }
    }

    /// Notes an order; [`Log::advance`] takes it when its turn has come.
    pub(super) fn offer(&mut self, signed: &SignedOrder, bounds: &Bounds) -> Result<(), Denial> {
        let seq = signed.seq();
        let same = |name: Option<&Digest>| name == Some(signed.name());
        if same(self.name_at(seq)) || same(self.waiting.get(&seq).map(|order| order.name())) {
            return Ok(());
        }
        if seq > bounds.orders {
            return Err(fault("order-too-many", "seq").expected(format!("at most {} orders a log", bounds.orders)));
        }
        let order = signed.verify(&self.authority)?;
        self.claim(seq, order.name());
        if let Some(previous) = order.previous() {
            self.claim(seq - 1, previous);
        }
        if seq > self.taken() {
            self.waiting.entry(seq).or_insert_with(|| Arc::new(order));
        }
        Ok(())
    }

    /// Notes a head. One that is not valid yet is left for later: it must not stand in the way of others.
    pub(super) fn offer_head(&mut self, signed: &SignedHead, now: UnixTime, bounds: &Bounds) -> Result<(), Denial> {
        let head = signed.verify(&self.authority)?;
        if head.issued_at() > now.plus_seconds(bounds.skew_seconds) {
            return Err(fault("head-future", "iat").times(now.seconds(), head.issued_at().seconds()));
        }
        self.skew = bounds.skew_seconds;
        self.highest = self.highest.max(head.seq());
        if let Some(name) = head.order().filter(|_| head.seq() <= bounds.orders) {
            self.claim(head.seq(), name);
        }
        let age = |head: &VerifiedHead| (head.issued_at(), head.seq(), head.next_update());
        if self.newest.as_ref().is_none_or(|newest| age(newest) < age(&head)) {
            self.newest = Some(head);
        }
        Ok(())
    }

    /// Takes every order that is next and names the one before it. Whether any was taken.
    pub(super) fn advance(&mut self) -> bool {
        let before = self.names.len();
        while let Some(next) = self.waiting.first_entry() {
            let follows = *next.key() == self.names.len() as u64 + 1;
            if !follows || next.get().previous() != self.names.last() {
                break;
            }
            let order = next.remove();
            self.claimed.remove(&order.seq());
            self.take(order);
        }
        self.names.len() > before
    }

    fn take(&mut self, order: Arc<VerifiedOrder>) {
        Arc::make_mut(&mut self.names).push(*order.name());
        self.last_issued_at = order.issued_at();
        match order.instruction() {
            Instruction::Halt(_) | Instruction::Revoke(_) => {
                Arc::make_mut(&mut self.stops).insert(*order.name(), order);
            }
            Instruction::Reinstate(names) => {
                let lifts = Arc::make_mut(&mut self.lifts);
                let stops = Arc::make_mut(&mut self.stops);
                for name in names {
                    lifts.insert(*name);
                    // A revocation is for ever.
                    if stops.get(name).is_some_and(|stop| matches!(stop.instruction(), Instruction::Halt(_))) {
                        stops.remove(name);
                    }
                }
            }
        }
    }

    /// What keeps its authority's word from being known at `now`.
    pub(super) fn check(&self, now: UnixTime) -> Result<(), Denial> {
        self.state(now).map_err(|denial| denial.field(format!("log {}", self.authority.log())))
    }

    fn state(&self, now: UnixTime) -> Result<(), Denial> {
        if self.forked {
            return Err(fault("order-fork", "log"));
        }
        let Some(newest) = &self.newest else { return Err(fault("head-missing", "log")) };
        let (taken, numbers) = (self.taken(), |came: u64, expected: u64| {
            move |denial: Denial| denial.requested(came.to_string()).expected(expected.to_string())
        });
        // A later head with a lower number, or a log shorter than it was: someone went back.
        let back = newest.seq() < taken && newest.issued_at() > self.last_issued_at;
        if newest.seq() < self.highest || back || taken.max(newest.seq()) < self.resumed {
            let expected = self.highest.max(self.resumed).max(taken);
            return Err(numbers(newest.seq(), expected)(fault("order-rollback", "log")));
        }
        let known = self.known().0.max(newest.seq());
        if taken < known {
            return Err(numbers(taken, known)(fault("order-gap", "log")));
        }
        if now >= newest.next_update() {
            return Err(fault("head-stale", "log").times(now.seconds(), newest.next_update().seconds()));
        }
        if newest.issued_at() > now.plus_seconds(self.skew) {
            return Err(fault("head-future", "log").times(now.seconds(), newest.issued_at().seconds()));
        }
        Ok(())
    }

    /// The name of the order at `seq`, if it was taken.
    fn name_at(&self, seq: u64) -> Option<&Digest> {
        self.names.get(usize::try_from(seq.checked_sub(1)?).ok()?)
    }

    /// A signed statement says that the order at `seq` has this name.
    fn claim(&mut self, seq: u64, name: &Digest) {
        let before = match self.name_at(seq) {
            Some(taken) => *taken,
            None => *self.claimed.entry(seq).or_insert(*name),
        };
        self.forked |= before != *name;
    }
}
