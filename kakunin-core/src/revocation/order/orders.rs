use std::sync::Arc;

use super::log::Log;
use super::place::Placed;
use super::standing::{LiveOrder, Standing};
use super::token::fault;
use super::{OrderAuthority, SignedHead, SignedOrder, VerifiedHead};
use crate::bounds::Bounds;
use crate::crypto::Digest;
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// Most authorities. 16: a bank, its regions and the supervisors of each, twice over.
const AUTHORITIES: usize = 16;

/// What is known of all authorities' orders at one moment: an immutable value, replaced as a whole.
///
/// It is the same whatever order the orders and heads came in, and however often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    logs: Box<[Log]>,
    standing: Arc<Standing>,
}

/// How far a log was known. Kept over a restart, it tells a log that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The log's name.
    pub log: String,
    /// The highest number that its authority gave to an order.
    pub seq: u64,
    /// The name of that order; none of a log without orders.
    pub head: Option<Digest>,
}

/// How far a log was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken<'a> {
    /// The log's name.
    pub log: &'a str,
    /// How many orders were taken.
    pub seq: u64,
    /// The name of the last of them.
    pub last: Option<&'a Digest>,
    /// When that was given.
    pub last_issued_at: Option<UnixTime>,
    /// The newest head.
    pub head: Option<&'a VerifiedHead>,
}

impl Orders {
    /// No orders yet, and no head: until [`Orders::take`] was given a fresh head of each, nothing that one of
    /// `authorities` governs is allowed.
    ///
    /// # Errors
    /// E504 `order-authorities` where there are more than 16; `order-log-twice` where two share a log.
    pub fn new(authorities: Vec<OrderAuthority>) -> Result<Self, Denial> {
        let misuse = |rule| Denial::new(Code::ConfigurationInvalid, rule).field("authorities");
        if authorities.len() > AUTHORITIES {
            let came = authorities.len().to_string();
            return Err(misuse("order-authorities").requested(came).expected(format!("at most {AUTHORITIES}")));
        }
        let mut names: Vec<&str> = authorities.iter().map(OrderAuthority::log).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find_map(|pair| matches!(pair, [a, b] if a == b).then(|| pair.first())) {
            return Err(misuse("order-log-twice").requested(twice.copied().unwrap_or_default().to_owned()));
        }
        Ok(Self { logs: authorities.into_iter().map(Log::new).collect(), standing: Arc::default() })
    }

    /// As [`Orders::new`], after a restart: each log must reach what was `seen` of it. Of logs that are no longer
    /// configured nothing is asked.
    ///
    /// # Errors
    /// As [`Orders::new`].
    pub fn resume(authorities: Vec<OrderAuthority>, seen: Vec<Seen>) -> Result<Self, Denial> {
        let mut orders = Self::new(authorities)?;
        for seen in seen {
            if let Some(log) = orders.log_mut(&seen.log) {
                log.resume(seen.seq, seen.head.as_ref());
            }
        }
        Ok(orders)
    }

    /// These orders with what came, and why parts of it were passed over (E405).
    ///
    /// An order is taken iff its authority signed it, its number is the next, and it names the one before it; those
    /// whose turn has not come wait. What nobody configured signed changes nothing.
    #[must_use]
    pub fn take(
        &self,
        orders: &[SignedOrder],
        heads: &[SignedHead],
        now: UnixTime,
        bounds: &Bounds,
    ) -> (Self, Vec<Denial>) {
        let mut next = self.clone();
        let mut notices = Vec::new();
        for order in orders {
            notices.extend(next.log_of(order.log()).and_then(|log| log.offer(order, bounds)).err());
        }
        for head in heads {
            notices.extend(next.log_of(head.log()).and_then(|log| log.offer_head(head, now, bounds)).err());
        }
        let mut taken = false;
        for log in &mut next.logs {
            taken |= log.advance();
        }
        if taken {
            next.standing = Arc::new(Standing::of(&next.logs));
        }
        (next, notices)
    }

    /// What must outlive a restart.
    pub fn seen(&self) -> Vec<Seen> {
        let seen = |log: &Log| {
            let (seq, head) = log.known();
            Seen { log: log.authority().log().to_owned(), seq, head }
        };
        self.logs.iter().map(seen).collect()
    }

    /// The authorities.
    pub fn authorities(&self) -> impl ExactSizeIterator<Item = &OrderAuthority> {
        self.logs.iter().map(Log::authority)
    }

    /// How far each log was taken.
    pub fn taken(&self) -> impl ExactSizeIterator<Item = Taken<'_>> {
        self.logs.iter().map(|log| Taken {
            log: log.authority().log(),
            seq: log.taken(),
            last: log.last(),
            last_issued_at: log.last_issued_at(),
            head: log.newest(),
        })
    }

    /// The halts and revocations that stand, in no particular order.
    pub fn live(&self) -> impl Iterator<Item = &LiveOrder> {
        self.standing.iter()
    }

    /// When the first head ends; none where an authority has no head.
    pub fn next_update(&self) -> Option<UnixTime> {
        let ends: Option<Vec<UnixTime>> = self.logs.iter().map(|log| Some(log.newest()?.next_update())).collect();
        ends?.into_iter().min()
    }

    /// Whether every authority's word is known at `now`, whatever it governs.
    ///
    /// # Errors
    /// E405 with the log: `order-fork`, `head-missing`, `order-rollback`, `order-gap`, `head-stale`, `head-future`.
    pub fn check_fresh(&self, now: UnixTime) -> Result<(), Denial> {
        self.logs.iter().try_for_each(|log| log.check(now))
    }

    /// Whether no order stops what stands at `places`, as far as orders are known.
    ///
    /// # Errors
    /// E401 to E404; the lowest that applies.
    pub(crate) fn check_known<P: Placed>(
        &self,
        places: &[impl AsRef<P>],
        session: Option<&str>,
        now: UnixTime,
    ) -> Result<(), Denial> {
        self.standing.check(places, session, now)
    }

    /// Whether the word of every authority that governs any of `places` is known at `now`.
    ///
    /// # Errors
    /// As [`Orders::check_fresh`].
    pub(crate) fn check_current<P: Placed>(&self, places: &[impl AsRef<P>], now: UnixTime) -> Result<(), Denial> {
        let mut governing = self.logs.iter().filter(|log| log.authority().governs().reaches_any(places));
        governing.try_for_each(|log| log.check(now))
    }

    fn log_mut(&mut self, name: &str) -> Option<&mut Log> {
        self.logs.iter_mut().find(|log| log.authority().log() == name)
    }

    fn log_of(&mut self, name: &str) -> Result<&mut Log, Denial> {
        self.log_mut(name).ok_or_else(|| fault("order-log-unknown", "log").requested(name.to_owned()))
    }
}
