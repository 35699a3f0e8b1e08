//! Prints how much memory is kept, or used for a moment, by an allocator that counts.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program that reports figures to people")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, Ordering};

use kakunin_benches::figure::find;
use kakunin_benches::hostile::{Dear, Hostile};
use kakunin_benches::list::RevokedList;
use kakunin_benches::work::Work;
use kakunin_core::crypto::sha256;
use kakunin_core::guard::{Capacity, MemoryStore, NonceDraw, Reservation, StateStore};
use kakunin_core::time::UnixTime;

/// Counts the bytes that are allocated now.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

fn add(bytes: usize) {
    let live = LIVE.fetch_add(bytes.cast_signed(), Ordering::Relaxed) + bytes.cast_signed();
    PEAK.fetch_max(live, Ordering::Relaxed);
}

fn take(bytes: usize) {
    LIVE.fetch_sub(bytes.cast_signed(), Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator unchanged; only a number is kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        take(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn live() -> isize {
    LIVE.load(Ordering::Relaxed)
}

/// Agents that are kept. 64: what they share by accident would show as a fraction.
const AGENTS: usize = 64;

/// Numbers of nonces. The set doubles at 7/8 of a power of two: just past it each nonce takes the most.
const NONCES: [u64; 4] = [100_000, 114_689, 229_377, 458_753];

fn main() {
    let work = Work::new();
    let mut kept = Vec::with_capacity(AGENTS);
    let before = live();
    kept.extend((0..AGENTS).map(|_| Arc::new(work.agent())));
    print("cached-agent-memory", (live() - before) as f64 / AGENTS as f64);
    drop(kept);
    print("remembered-nonce-memory", NONCES.map(nonce).into_iter().fold(0.0, f64::max));
    let list = RevokedList::new(100_000);
    let before = live();
    let snapshot = list.snapshot();
    print("revocation-snapshot-100000-memory", (live() - before) as f64);
    drop(snapshot);
    let peaks: Vec<f64> = Hostile::all().iter().map(|hostile| peak(|| assert!(hostile.is_refused()))).collect();
    let dear = [Dear::overlapping(), Dear::globs()].map(|dear| peak(|| assert!(dear.is_refused())));
    print("hostile-scopes-memory", peaks.into_iter().chain(dear).fold(0.0, f64::max));
}

/// The most bytes that `run` has at once, beside what there was.
fn peak(run: impl FnOnce()) -> f64 {
    let before = live();
    PEAK.store(before, Ordering::Relaxed);
    run();
    (PEAK.load(Ordering::Relaxed) - before) as f64
}

fn print(name: &str, value: f64) {
    println!("{}", find(name).expect("a figure of the list").line(value));
}

/// Bytes of each of `count` nonces that arrive over eleven minutes.
fn nonce(count: u64) -> f64 {
    let before = live();
    let store = MemoryStore::new(Capacity::default());
    for number in 0..count {
        let millis = 1_780_315_200_000 + i64::try_from(number * 300_000 / count).expect("a time");
        let now = UnixTime::from_millis(millis);
        let key = sha256(&number.to_be_bytes());
        let nonce = NonceDraw { key, issued_at: now, remember_until: now.plus_seconds(390) };
        let reservation = Reservation::new(Some(nonce), Vec::new());
        let _ = store.reserve(&reservation, now).expect("room");
    }
    (live() - before) as f64 / count as f64
}
