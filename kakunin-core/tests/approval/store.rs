//! One step takes nonce, approvals and draws, or nothing.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use kakunin_core::crypto::sha256;
use kakunin_core::guard::{
    ApprovalDraw, Capacity, CounterDraw, DrawKind, MemoryStore, NonceDraw, Reservation, StateStore,
};
use kakunin_core::value::Decimal;

use crate::world::at;

fn nonce(name: &str) -> NonceDraw {
    NonceDraw { key: sha256(name.as_bytes()), issued_at: at(0), remember_until: at(360) }
}

fn draw(name: &str, kind: DrawKind, max: &str, amount: &str) -> CounterDraw {
    let decimal = |text| Decimal::from_literal(text).unwrap();
    let (max, amount) = (decimal(max), decimal(amount));
    CounterDraw { counter: sha256(name.as_bytes()), window: 60, kind, max, amount, depth: 0, position: 0 }
}

fn rate(max: &str) -> CounterDraw {
    draw("calls", DrawKind::Rate, max, "1")
}

fn approval(name: &str) -> ApprovalDraw {
    ApprovalDraw { key: sha256(name.as_bytes()), issued_at: at(0), remember_until: at(86_730) }
}

/// The rule by which the store refuses these.
fn refusal(
    store: &MemoryStore,
    name: Option<&str>,
    approvals: &[&str],
    draws: &[CounterDraw],
    now: i64,
) -> Option<&'static str> {
    let approvals = approvals.iter().map(|name| approval(name)).collect();
    let reservation = Reservation::with_approvals(name.map(nonce), approvals, draws.to_vec());
    store.reserve(&reservation, at(now)).err().map(|denial| denial.details().rule)
}

#[test]
fn an_approval_is_used_once_and_remembered_for_its_day() {
    let store = MemoryStore::default();
    assert_eq!(refusal(&store, None, &["a", "b"], &[], 0), None);
    for now in [0, 3_600, 86_729] {
        assert_eq!(refusal(&store, None, &["c", "b"], &[], now), Some("approval-used"), "{now}");
    }
    assert_eq!(store.usage().unwrap().approvals, 2, "what was refused used up nothing");
    assert_eq!(refusal(&store, None, &["c"], &[], 90_000), None);
    assert_eq!(store.usage().unwrap().approvals, 1, "the others were forgotten");
}

#[test]
fn nonce_approvals_and_draws_are_taken_together_or_not_at_all() {
    let store = MemoryStore::default();
    let over = [draw("euros", DrawKind::Budget, "10", "11")];
    assert_eq!(refusal(&store, None, &["a"], &over, 0), Some("budget"));
    assert_eq!(refusal(&store, None, &["a"], &[], 0), None, "a denied call used up none");
    assert_eq!(refusal(&store, Some("n"), &["a"], &[rate("1")], 0), Some("approval-used"));
    assert_eq!(refusal(&store, Some("n"), &["a"], &over, 0), Some("approval-used"), "before limits");
    assert_eq!(refusal(&store, Some("n"), &[], &[rate("1")], 0), None, "nonce and rate were not touched");
    assert_eq!(refusal(&store, Some("n"), &["a"], &[], 0), Some("nonce"), "before approvals");
}

#[test]
fn a_store_full_of_approvals_refuses_and_evicts_none() {
    let store = MemoryStore::new(Capacity { approvals: 2, ..Capacity::default() });
    assert_eq!(refusal(&store, None, &["a"], &[], 0), None);
    assert_eq!(refusal(&store, None, &["b", "c"], &[], 0), Some("store-full"));
    assert_eq!(refusal(&store, None, &["b"], &[], 0), None);
    assert_eq!(refusal(&store, None, &["a"], &[], 0), Some("approval-used"));
    assert_eq!(refusal(&store, None, &["d", "e"], &[], 90_000), None);
}

#[test]
fn of_racing_calls_with_one_approval_one_wins() {
    const THREADS: usize = 32;
    const ROUNDS: usize = 40;
    let store = MemoryStore::default();
    let start = Barrier::new(THREADS);
    let winners: Vec<_> = (0..ROUNDS).map(|_| AtomicUsize::new(0)).collect();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, start, winners) = (&store, &start, &winners);
            scope.spawn(move || {
                start.wait();
                for (round, winners) in winners.iter().enumerate() {
                    // Each brings one of its own too, before or after the one that all share.
                    let (shared, own) = (format!("s{round}"), format!("o{round}-{thread}"));
                    let names = if thread % 2 == 0 { [shared.as_str(), &own] } else { [own.as_str(), &shared] };
                    let won = refusal(store, None, &names, &[rate("1000000")], 0).is_none();
                    winners.fetch_add(usize::from(won), Ordering::Relaxed);
                }
            });
        }
    });
    assert!(winners.iter().all(|winners| winners.load(Ordering::Relaxed) == 1));
    assert_eq!(store.usage().unwrap().approvals, 2 * ROUNDS, "the losers used up nothing");
    assert_eq!(refusal(&store, None, &[], &[rate("40")], 0), Some("rate"));
    assert_eq!(refusal(&store, None, &[], &[rate("41")], 0), None);
}
