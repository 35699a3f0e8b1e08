//! Every order in which threads can take the in-memory store's lock (`make loom`).

use loom::sync::Arc;
use loom::thread;

use super::{CounterDraw, DrawKind, MemoryStore, NonceDraw, Reservation, StateStore};
use crate::crypto::sha256;
use crate::error::Code;
use crate::time::UnixTime;
use crate::value::Decimal;

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

fn nonce(name: &str) -> NonceDraw {
    NonceDraw { key: sha256(name.as_bytes()), issued_at: NOW, remember_until: NOW.plus_seconds(360) }
}

fn budget(name: &str, amount: u64) -> CounterDraw {
    CounterDraw {
        counter: sha256(name.as_bytes()),
        window: 60,
        kind: DrawKind::Budget,
        max: Decimal::from(100_u64),
        amount: Decimal::from(amount),
        depth: 0,
        position: 0,
    }
}

/// Races the reservations, and gives each answer, with the store as they left it.
fn race(reservations: Vec<(&'static str, Vec<CounterDraw>)>) -> (Vec<Result<(), Code>>, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::default());
    let threads: Vec<_> = reservations
        .into_iter()
        .map(|(name, draws)| {
            let store = Arc::clone(&store);
            thread::spawn(move || take(&store, name, draws))
        })
        .collect();
    (threads.into_iter().map(|thread| thread.join().unwrap()).collect(), store)
}

fn take(store: &MemoryStore, name: &str, draws: Vec<CounterDraw>) -> Result<(), Code> {
    let reservation = Reservation::new(Some(nonce(name)), draws);
    store.reserve(&reservation, NOW).map(drop).map_err(|denial| denial.code())
}

#[test]
fn one_nonce_has_one_winner_and_its_loser_draws_nothing() {
    loom::model(|| {
        let (answers, store) = race(vec![("x", vec![budget("a", 40)]), ("x", vec![budget("a", 40)])]);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert!(answers.contains(&Err(Code::ReplayDetected)));
        assert_eq!(take(&store, "y", vec![budget("a", 60)]), Ok(()), "40 of 100 are drawn");
    });
}

#[test]
fn threads_share_a_budget_to_the_last_cent_and_losers_keep_their_nonces() {
    loom::model(|| {
        let names = ["x", "y", "z"];
        let (answers, store) = race(names.map(|name| (name, vec![budget("a", 50), budget(name, 1)])).to_vec());
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2, "{answers:?}");
        for (name, answer) in names.into_iter().zip(answers) {
            let again = take(&store, name, vec![budget(name, 99)]);
            match answer {
                Ok(()) => assert_eq!(again, Err(Code::ReplayDetected)),
                Err(code) => {
                    assert_eq!(code, Code::BudgetExceeded);
                    assert_eq!(again, Ok(()), "neither its nonce nor its own budget was touched");
                    assert_eq!(take(&store, "w", vec![budget(name, 1)]), Ok(()));
                }
            }
        }
    });
}

#[test]
fn counters_in_another_order_are_no_deadlock() {
    loom::model(|| {
        let (a, b) = (budget("a", 60), budget("b", 60));
        let (answers, _) = race(vec![("x", vec![a.clone(), b.clone()]), ("y", vec![b, a])]);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    });
}
