use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

#[cfg(loom)]
use loom::sync::Mutex;
#[cfg(not(loom))]
use std::sync::Mutex;

use super::nonces::Nonces;
use super::reservation::{Reservation, Reserved, StateStore};
use super::window::Window;
use crate::crypto::Digest;
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// How far a verifier's clock may be behind the store's, in milliseconds (profile §4).
const CLOCK_MILLIS: i64 = 300_000;

/// Width of a bucket of nonces in milliseconds. 8 s: less than a hundred buckets over the eleven minutes that one is remembered.
const NONCE_BUCKET: i64 = 8_000;

/// Width of a bucket of approvals in milliseconds. 15 min: about a hundred buckets over a day.
const APPROVAL_BUCKET: i64 = 900_000;

/// Most counters looked at for idleness in one step.
const STEP: usize = 4;

/// How much a [`MemoryStore`] keeps. What is above is refused (E501), never evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Nonces. 1,000,000: about 1,500 intents a second over the eleven minutes that one is remembered; at most 96 MB.
    pub nonces: usize,
    /// Used approvals. 100,000: more than one a second over the day that one is remembered; at most 10 MB.
    pub approvals: usize,
    /// Counters. 65,536: 10,000 agents with six limits each; about 16 MB.
    pub counters: usize,
    /// Draws kept apart, over all counters. 2,000,000: about 100 MB; two thousand busy counters at their finest.
    pub draws: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { nonces: 1_000_000, approvals: 100_000, counters: 65_536, draws: 2_000_000 }
    }
}

/// Nonces, used approvals and counters in this process's memory.
///
/// One step under one lock takes all of a reservation or nothing. Its clock is the latest time it was told: a clock that steps back
/// frees nothing, and one more than 300 seconds behind is refused.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    capacity: Capacity,
    clock: i64,
    nonces: Nonces,
    approvals: Nonces,
    counters: HashMap<Digest, Window>,
    /// When to see whether a counter is idle: one entry a counter.
    visits: BinaryHeap<Reverse<(i64, Digest)>>,
    draws: usize,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(capacity: Capacity) -> Self {
        let state = State {
            capacity,
            clock: i64::MIN,
            nonces: Nonces::new(capacity.nonces, NONCE_BUCKET),
            approvals: Nonces::new(capacity.approvals, APPROVAL_BUCKET),
            counters: HashMap::new(),
            visits: BinaryHeap::new(),
            draws: 0,
        };
        Self { state: Mutex::new(state) }
    }

    /// What the store holds, in the terms of its capacity.
    ///
    /// # Errors
    /// E501 `store-broken`.
    pub fn usage(&self) -> Result<Capacity, Denial> {
        let state = self.state.lock().map_err(|_| broken())?;
        Ok(Capacity {
            nonces: state.nonces.len(),
            approvals: state.approvals.len(),
            counters: state.counters.len(),
            draws: state.draws,
        })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(Capacity::default())
    }
}

impl StateStore for MemoryStore {
    fn reserve(&self, reservation: &Reservation, now: UnixTime) -> Result<Reserved, Denial> {
        if !reservation.is_empty() {
            // A thread that panicked while it held the lock may have left half a step behind.
            self.state.lock().map_err(|_| broken())?.reserve(reservation, now)?;
        }
        Ok(Reserved::assertion(reservation))
    }
}

#[cold]
fn broken() -> Denial {
    Denial::new(Code::StateUnavailable, "store-broken")
}

#[cold]
fn full(what: &'static str) -> Denial {
    Denial::new(Code::StateUnavailable, "store-full").field(what)
}

impl State {
    fn reserve(&mut self, reservation: &Reservation, now: UnixTime) -> Result<(), Denial> {
        let told = now.millis();
        if self.clock.saturating_sub(told) > CLOCK_MILLIS {
            let latest = UnixTime::from_millis(self.clock).seconds();
            return Err(Denial::new(Code::StateUnavailable, "store-clock").times(now.seconds(), latest));
        }
        self.clock = self.clock.max(told);
        let now = self.clock;
        if let Some(nonce) = reservation.nonce() {
            if self.nonces.contains(&nonce.key) {
                return Err(reservation.replayed());
            }
            if !self.nonces.has_room(1, now) {
                return Err(full("nonces"));
            }
        }
        let approvals = reservation.approvals();
        if approvals.iter().any(|approval| self.approvals.contains(&approval.key)) {
            return Err(reservation.approval_used());
        }
        if !approvals.is_empty() && !self.approvals.has_room(approvals.len(), now) {
            return Err(full("approvals"));
        }
        // First everything is looked at, then everything is taken.
        let mut added = 0;
        for draw in reservation.draws() {
            let window = match self.counters.get_mut(&draw.counter) {
                Some(window) => {
                    let before = window.len();
                    window.advance(now);
                    self.draws -= before - window.len();
                    &*window
                }
                None => {
                    added += 1;
                    &Window::new(draw.window)
                }
            };
            if let Err(refused) = window.fits(draw.amount, draw.max) {
                return Err(reservation.exceeded(draw, refused.left, refused.frees_at.map(UnixTime::from_millis)));
            }
        }
        self.make_room(added, reservation.draws().len(), now)?;
        if let Some(nonce) = reservation.nonce() {
            self.nonces.insert(&nonce.key, nonce.remember_until.millis());
        }
        for approval in reservation.approvals() {
            self.approvals.insert(&approval.key, approval.remember_until.millis());
        }
        for draw in reservation.draws() {
            let window = self.counters.entry(draw.counter).or_insert_with(|| {
                let window = Window::new(draw.window);
                let visit = now.saturating_add(i64::from(draw.window).saturating_mul(1_000));
                self.visits.push(Reverse((visit, draw.counter)));
                window
            });
            let before = window.len();
            window.draw(draw.amount, now);
            self.draws = (self.draws + window.len()).saturating_sub(before);
        }
        Ok(())
    }

    fn make_room(&mut self, counters: usize, draws: usize, now: i64) -> Result<(), Denial> {
        self.drop_idle(now, STEP);
        let lacks = |state: &Self| {
            if state.counters.len() + counters > state.capacity.counters {
                Some("counters")
            } else if state.draws + draws > state.capacity.draws {
                Some("draws")
            } else {
                None
            }
        };
        if lacks(self).is_some() {
            self.drop_idle(now, usize::MAX);
        }
        lacks(self).map_or(Ok(()), |what| Err(full(what)))
    }

    /// Drops counters whose last draw has left their window.
    fn drop_idle(&mut self, now: i64, most: usize) {
        for _ in 0..most {
            let Some(Reverse((_, counter))) = self.visits.peek().filter(|visit| visit.0.0 <= now).copied() else {
                return;
            };
            self.visits.pop();
            let Some(window) = self.counters.get_mut(&counter) else { continue };
            let before = window.len();
            window.advance(now);
            self.draws -= before - window.len();
            match window.idle_at() {
                Some(idle_at) => self.visits.push(Reverse((idle_at, counter))),
                None => {
                    self.counters.remove(&counter);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::crypto::sha256;
    use crate::guard::{CounterDraw, DrawKind, NonceDraw};
    use crate::value::Decimal;

    const NOW: i64 = 1_800_000_000;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(NOW + seconds)
    }

    fn decimal(text: &str) -> Decimal {
        Decimal::from_literal(text).unwrap()
    }

    fn nonce(name: &str) -> NonceDraw {
        NonceDraw { key: sha256(name.as_bytes()), issued_at: at(0), remember_until: at(360) }
    }

    fn rate(name: &str, max: &str) -> CounterDraw {
        CounterDraw {
            counter: sha256(name.as_bytes()),
            window: 60,
            kind: DrawKind::Rate,
            max: decimal(max),
            amount: decimal("1"),
            depth: 0,
            position: 0,
        }
    }

    fn budget(name: &str, max: &str, amount: &str) -> CounterDraw {
        CounterDraw { kind: DrawKind::Budget, amount: decimal(amount), ..rate(name, max) }
    }

    fn reserve(store: &MemoryStore, nonce: Option<NonceDraw>, draws: &[CounterDraw], now: i64) -> Result<(), Code> {
        let reservation = Reservation::new(nonce, draws.to_vec());
        store.reserve(&reservation, at(now)).map(drop).map_err(|denial| denial.code())
    }

    #[test]
    fn evidence_is_for_one_reservation() {
        let (one, other) = (Reservation::new(None, vec![]), Reservation::new(None, vec![]));
        let reserved = MemoryStore::default().reserve(&one, at(0)).unwrap();
        assert!(reserved.is_for(&one) && reserved.is_for(&one.clone()) && !reserved.is_for(&other));
    }

    #[test]
    fn a_nonce_is_taken_once_until_its_time_is_over() {
        let store = MemoryStore::default();
        assert_eq!(reserve(&store, Some(nonce("a")), &[], 0), Ok(()));
        assert_eq!(reserve(&store, Some(nonce("b")), &[], 0), Ok(()));
        for now in [0, 1, 352, 359] {
            // Another one comes first: that is when what may be forgotten is.
            assert_eq!(reserve(&store, Some(nonce(&now.to_string())), &[], now), Ok(()));
            assert_eq!(reserve(&store, Some(nonce("a")), &[], now), Err(Code::ReplayDetected), "{now}");
        }
        assert_eq!(reserve(&store, Some(nonce("c")), &[], 1_000), Ok(()));
        assert_eq!(store.usage().unwrap().nonces, 1, "the others were forgotten");
    }

    #[test]
    fn a_refused_reservation_takes_nothing() {
        let store = MemoryStore::default();
        let fits = rate("first", "1");
        let full = budget("second", "10", "10.01");
        assert_eq!(reserve(&store, Some(nonce("a")), &[fits.clone(), full], 0), Err(Code::BudgetExceeded));
        assert_eq!(store.usage().unwrap(), Capacity { nonces: 0, approvals: 0, counters: 0, draws: 0 });
        assert_eq!(reserve(&store, Some(nonce("a")), std::slice::from_ref(&fits), 0), Ok(()));
        assert_eq!(reserve(&store, Some(nonce("b")), &[fits], 0), Err(Code::RateLimitExceeded));
        assert_eq!(reserve(&store, Some(nonce("b")), &[], 0), Ok(()));
    }

    #[test]
    fn the_nonce_is_reported_first_then_limits_in_their_order() {
        let store = MemoryStore::default();
        let (full, over) = (rate("rate", "0"), budget("budget", "1", "2"));
        assert_eq!(reserve(&store, Some(nonce("a")), &[], 0), Ok(()));
        assert_eq!(reserve(&store, Some(nonce("a")), std::slice::from_ref(&full), 0), Err(Code::ReplayDetected));
        assert_eq!(reserve(&store, None, &[full.clone(), over.clone()], 0), Err(Code::RateLimitExceeded));
        assert_eq!(reserve(&store, None, &[over, full], 0), Err(Code::BudgetExceeded));
    }

    #[test]
    fn a_denial_tells_limit_what_is_left_and_when_enough_is_free() {
        let store = MemoryStore::default();
        assert_eq!(reserve(&store, None, &[budget("b", "2000", "1500")], 0), Ok(()));
        let reservation = Reservation::new(None, vec![budget("b", "2000", "600.5")]);
        let denial = store.reserve(&reservation, at(10)).unwrap_err();
        let details = denial.details();
        assert_eq!(denial.code(), Code::BudgetExceeded);
        assert_eq!((details.requested.as_deref(), details.left.as_deref()), (Some("600.5"), Some("500")));
        assert_eq!((details.limit.as_deref(), details.frees_at), (Some("2000 per 60 s"), Some((NOW + 60) * 1_000)));
    }

    #[test]
    fn equal_counters_draw_once_under_the_smaller_maximum() {
        let store = MemoryStore::default();
        assert_eq!(reserve(&store, None, &[rate("r", "3"), rate("r", "2")], 0), Ok(()));
        assert_eq!(reserve(&store, None, &[rate("r", "3")], 0), Ok(()));
        assert_eq!(reserve(&store, None, &[rate("r", "3"), rate("r", "2")], 0), Err(Code::RateLimitExceeded));
        assert_eq!(reserve(&store, None, &[rate("r", "3")], 0), Ok(()));
    }

    #[test]
    fn a_clock_that_steps_back_frees_nothing() {
        let store = MemoryStore::default();
        assert_eq!(reserve(&store, None, &[rate("r", "2")], 100), Ok(()));
        assert_eq!(reserve(&store, None, &[rate("r", "2")], -150), Ok(()), "drawn at the store's own time");
        assert_eq!(reserve(&store, None, &[rate("r", "2")], 159), Err(Code::RateLimitExceeded));
        assert_eq!(reserve(&store, None, &[rate("r", "2")], 160), Ok(()));
    }

    #[test]
    fn a_clock_too_far_behind_is_refused() {
        let store = MemoryStore::default();
        assert_eq!(reserve(&store, Some(nonce("a")), &[], 1_000), Ok(()));
        assert_eq!(reserve(&store, Some(nonce("b")), &[], 700), Ok(()));
        assert_eq!(reserve(&store, Some(nonce("c")), &[], 699), Err(Code::StateUnavailable));
    }

    #[test]
    fn a_full_store_refuses_and_evicts_nothing() {
        let store = MemoryStore::new(Capacity { nonces: 2, approvals: 1, counters: 2, draws: 3 });
        for name in ["a", "b"] {
            assert_eq!(reserve(&store, Some(nonce(name)), &[], 0), Ok(()));
        }
        assert_eq!(reserve(&store, Some(nonce("c")), &[], 0), Err(Code::StateUnavailable));
        assert_eq!(reserve(&store, Some(nonce("a")), &[], 0), Err(Code::ReplayDetected));
        for name in ["r", "s"] {
            assert_eq!(reserve(&store, None, &[rate(name, "9")], 0), Ok(()));
        }
        assert_eq!(reserve(&store, None, &[rate("t", "9")], 0), Err(Code::StateUnavailable));
        assert_eq!(reserve(&store, None, &[rate("r", "9")], 1), Ok(()));
        assert_eq!(reserve(&store, None, &[rate("s", "9")], 1), Err(Code::StateUnavailable));
        // At 60 s the first draws have left: their counters make room.
        assert_eq!(reserve(&store, None, &[rate("t", "9")], 60), Ok(()));
        assert_eq!(store.usage().unwrap(), Capacity { nonces: 2, approvals: 0, counters: 2, draws: 2 });
    }

    #[test]
    fn idle_counters_are_dropped() {
        let store = MemoryStore::default();
        for n in 0..100 {
            assert_eq!(reserve(&store, None, &[rate(&n.to_string(), "9")], n), Ok(()));
        }
        for n in 200..230 {
            assert_eq!(reserve(&store, None, &[rate("busy", "99")], n), Ok(()));
        }
        assert_eq!(store.usage().unwrap(), Capacity { nonces: 0, approvals: 0, counters: 1, draws: 30 });
    }

    #[test]
    fn a_nonce_takes_at_most_96_bytes() {
        for count in [10_000, 57_345, 114_689, 229_377] {
            let mut nonces = Nonces::new(1_000_000, NONCE_BUCKET);
            for n in 0..count {
                nonces.insert(&sha256(&u64::to_be_bytes(n)), n as i64 % 660_000);
            }
            let each = nonces.bytes() / nonces.len();
            assert!(each <= 96, "{each} bytes at {count}");
        }
    }

    /// A small generator, so that a failure can be repeated.
    fn random(state: &mut u64, below: u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % below
    }

    #[test]
    fn every_verdict_is_that_of_the_definition() {
        for seed in 1..=20 {
            let (mut state, store) = (seed * 7_919, MemoryStore::default());
            let (mut now, mut clock) = (0_i64, i64::MIN);
            let (mut drawn, mut nonces) = (Vec::<(Digest, i64, Decimal)>::new(), Vec::new());
            for step in 0..400 {
                // Time goes on by up to 20 s, and sometimes back.
                now += random(&mut state, 20) as i64 - if random(&mut state, 8) == 0 { 40 } else { 0 };
                clock = clock.max(now);
                let draws: Vec<_> = (0..random(&mut state, 4))
                    .map(|_| match random(&mut state, 3) {
                        0 => rate("calls", "5"),
                        1 => budget("euros", "100", ["0.10", "25", "60", "101"][random(&mut state, 4) as usize]),
                        _ => budget("litres", "9.5", ["0", "3.25", "9.5"][random(&mut state, 3) as usize]),
                    })
                    .collect();
                let name = random(&mut state, 400).to_string();
                let unforgotten = NonceDraw { remember_until: at(100_000), ..nonce(&name) };
                let reservation = Reservation::new(Some(unforgotten), draws);
                let fits = |draw: &CounterDraw| {
                    let live = drawn.iter().filter(|(id, at, _)| *id == draw.counter && *at > clock - 60);
                    live.fold(draw.amount, |sum, (_, _, amount)| sum.sum_up(*amount).unwrap()) <= draw.max
                };
                let expected = if nonces.contains(&name) {
                    Err(Code::ReplayDetected)
                } else if let Some(draw) = reservation.draws().iter().find(|draw| !fits(draw)) {
                    Err(if draw.kind == DrawKind::Rate { Code::RateLimitExceeded } else { Code::BudgetExceeded })
                } else {
                    Ok(())
                };
                let verdict = store.reserve(&reservation, at(now)).map(drop).map_err(|denial| denial.code());
                assert_eq!(verdict, expected, "seed {seed} step {step}");
                if verdict.is_ok() {
                    nonces.push(name);
                    drawn.extend(reservation.draws().iter().map(|draw| (draw.counter, clock, draw.amount)));
                }
            }
        }
    }

    #[test]
    fn racing_threads_never_overdraw_and_share_no_nonce() {
        const THREADS: usize = 64;
        const ROUNDS: usize = 40;
        let store = MemoryStore::default();
        let (start, spent) = (Barrier::new(THREADS), AtomicUsize::new(0));
        let winners: Vec<_> = (0..ROUNDS).map(|_| AtomicUsize::new(0)).collect();
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for (round, winners) in winners.iter().enumerate() {
                        let once = reserve(&store, Some(nonce(&round.to_string())), &[], 0);
                        winners.fetch_add(usize::from(once.is_ok()), Ordering::Relaxed);
                        let draws = [rate("calls", "1000000"), budget("money", "100", "7")];
                        let drawn = reserve(&store, None, &draws, 0);
                        spent.fetch_add(7 * usize::from(drawn.is_ok()), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(spent.load(Ordering::Relaxed), 98);
        assert!(winners.iter().all(|winners| winners.load(Ordering::Relaxed) == 1));
        // What was refused drew nothing on the counter before it either.
        assert_eq!(reserve(&store, None, &[rate("calls", "14")], 0), Err(Code::RateLimitExceeded));
        assert_eq!(reserve(&store, None, &[rate("calls", "15")], 0), Ok(()));
    }
}
