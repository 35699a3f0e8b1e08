//! The halts and revocations that stand, where a decision finds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::log::Log;
use super::place::{Placed, position};
use super::{Governs, Instruction, Target, VerifiedOrder};
use crate::crypto::Digest;
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// A halt or revocation that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOrder {
    order: Arc<VerifiedOrder>,
    governs: Governs,
    /// CA keys below which an authority of less reach has lifted it.
    lifted_below: Box<[Digest]>,
}

/// All of them, by what they stop.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    all: Vec<LiveOrder>,
    agents: BTreeMap<Box<str>, Vec<LiveOrder>>,
    sessions: BTreeMap<Box<str>, BTreeMap<Box<str>, Vec<LiveOrder>>>,
    serials: BTreeMap<Box<[u8]>, Vec<LiveOrder>>,
}

impl LiveOrder {
    /// The order.
    pub fn order(&self) -> &VerifiedOrder {
        &self.order
    }

    /// Whether it stops what stands at `index`: its authority reaches that, and nobody who reaches it has lifted it.
    fn stops<P: Placed>(&self, index: usize, places: &[impl AsRef<P>]) -> bool {
        let lifted = || self.lifted_below.iter().any(|key| Governs::Issuer(*key).reaches(index, places));
        self.governs.reaches(index, places) && !lifted()
    }

    fn stops_all<P: Placed>(&self, places: &[impl AsRef<P>]) -> Option<usize> {
        match self.governs {
            // Who governs one key does not govern everything, and lifts no halt of it.
            Governs::Everything => Some(0),
            Governs::Issuer(key) => position(places, &key).filter(|index| self.stops(*index, places)),
        }
    }

    #[cold]
    fn denial(&self, code: Code, rule: &'static str, depth: usize, now: UnixTime) -> Denial {
        Denial::new(code, rule)
            .field(format!("order {}/{}", self.order.log(), self.order.seq()))
            .times(now.seconds(), self.order.issued_at().seconds())
            .depth(depth)
    }
}

impl Standing {
    /// What stands in `logs`: whatever no authority that surely governs it has lifted.
    pub(super) fn of(logs: &[Log]) -> Self {
        let mut standing = Self::default();
        for log in logs {
            let governs = log.authority().governs();
            for order in log.stops() {
                let halt = matches!(order.instruction(), Instruction::Halt(_));
                let lifters: Vec<Governs> = logs
                    .iter()
                    .filter(|other| halt && other.lifts(order.name()))
                    .map(|other| other.authority().governs())
                    .collect();
                if lifters.iter().any(|lifter| *lifter == Governs::Everything || *lifter == governs) {
                    continue;
                }
                let lifted_below = lifters
                    .into_iter()
                    .filter_map(|lifter| match lifter {
                        Governs::Issuer(key) => Some(key),
                        Governs::Everything => None,
                    })
                    .collect();
                standing.insert(LiveOrder { order: Arc::clone(order), governs, lifted_below });
            }
        }
        standing
    }

    fn insert(&mut self, live: LiveOrder) {
        let places = match live.order.instruction().target().cloned() {
            None => return,
            Some(Target::All) => &mut self.all,
            Some(Target::Agent { agent, .. }) => self.agents.entry(agent).or_default(),
            Some(Target::Session { session, agent, .. }) => {
                self.sessions.entry(agent).or_default().entry(session).or_default()
            }
            Some(Target::Certificate { serial, .. }) => self.serials.entry(serial).or_default(),
        };
        places.push(live);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &LiveOrder> {
        let sessions = self.sessions.values().flat_map(BTreeMap::values).flatten();
        let named = self.agents.values().flatten().chain(self.serials.values().flatten());
        self.all.iter().chain(named).chain(sessions)
    }

    /// The denial of the lowest code that applies to what stands at `places`.
    pub(super) fn check<P: Placed>(
        &self,
        places: &[impl AsRef<P>],
        session: Option<&str>,
        now: UnixTime,
    ) -> Result<(), Denial> {
        let mut worst: Option<Denial> = None;
        let mut note = |denial: Denial| {
            if worst.as_ref().is_none_or(|worst| denial.code() < worst.code()) {
                worst = Some(denial);
            }
        };
        for (index, place) in places.iter().enumerate() {
            let place: &P = place.as_ref();
            let issuer = place.issuer().1;
            for live in self.serials.get(place.serial()).into_iter().flatten() {
                if live.is_by(issuer) && live.stops(index, places) {
                    note(live.whole(place.depth(), now));
                }
            }
            let Some(agent) = place.agent() else { continue };
            for live in self.agents.get(agent).into_iter().flatten() {
                if live.is_by(issuer) && live.stops(index, places) {
                    note(live.whole(place.depth(), now));
                }
            }
            let Some(sessions) = self.sessions.get(agent) else { continue };
            let stops = |live: &&LiveOrder| live.is_by(issuer) && live.stops(index, places);
            let (halted, rule) = match session {
                Some(session) => (sessions.get(session).into_iter().flatten().find(stops), "session-halted"),
                // Whoever does not say in which session it acts may act in the halted one.
                None => (sessions.values().flatten().find(stops), "session-missing"),
            };
            if let Some(live) = halted {
                note(live.denial(Code::SessionHalted, rule, place.depth(), now));
            }
        }
        for live in &self.all {
            if let Some(index) = live.stops_all(places) {
                let depth = places.get(index).map_or(0, |place| place.as_ref().depth());
                note(live.denial(Code::SystemHalted, "system-halted", depth, now));
            }
        }
        worst.map_or(Ok(()), Err)
    }
}

impl LiveOrder {
    /// Whether its target's issuer is this one.
    fn is_by(&self, key: &Digest) -> bool {
        match self.order.instruction().target() {
            Some(
                Target::Agent { issuer, .. } | Target::Certificate { issuer, .. } | Target::Session { issuer, .. },
            ) => issuer == key,
            Some(Target::All) | None => false,
        }
    }

    /// The denial where it stops an agent or a certificate as a whole.
    fn whole(&self, depth: usize, now: UnixTime) -> Denial {
        match self.order.instruction() {
            Instruction::Revoke(_) => self.denial(Code::AgentRevoked, "revoked-by-order", depth, now),
            Instruction::Halt(_) | Instruction::Reinstate(_) => self.denial(Code::AgentHalted, "halted", depth, now),
        }
    }
}
