//! What was verified of paths, kept for the next intent of the same agent.
//!
//! A path is filed under the digest of every byte that was received of it, its parents' paths included, and kept until its
//! earliest notAfter. Time and revocation are no part of it: they are asked at every use. Failures are never kept. What was
//! validated is on probation until an intent's signature vouches for its sender, so that nobody pushes out the paths in use
//! by sending others' certificates. Of many threads that bring one new path one validates it, and holds nobody up meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::error::Denial;
use kakunin_core::time::UnixTime;

/// Bounds of the paths whose senders have proved themselves: 1,024 in 32 MiB. A service that hears more agents at once
/// validates some of them again.
const PROVEN: Bounds = Bounds { entries: 1_024, bytes: 32 << 20 };
/// Bounds of those that have not: 64 in 4 MiB, as many as cores might be validating.
const PROBATION: Bounds = Bounds { entries: 64, bytes: 4 << 20 };
/// Bytes that a validated path takes for each that was received, its scopes decoded.
const BYTES_FOR_ONE: usize = 3;

/// Validated paths by the digest of what was received.
pub(super) struct Cache<T> {
    inner: Mutex<Inner<T>>,
}

#[derive(Clone, Copy, Debug)]
struct Bounds {
    entries: usize,
    bytes: usize,
}

struct Inner<T> {
    proven: Segment<T>,
    probation: Segment<T>,
    flights: HashMap<Digest, Arc<Flight<T>>>,
    /// Counts uses: what was used last has the highest.
    uses: u64,
}

struct Segment<T> {
    bounds: Bounds,
    entries: HashMap<Digest, Entry<T>>,
    bytes: usize,
}

struct Entry<T> {
    value: Arc<T>,
    bytes: usize,
    until: UnixTime,
    used: u64,
}

/// A validation that others wait for.
struct Flight<T> {
    landed: Mutex<Option<Landing<T>>>,
    wake: Condvar,
}

enum Landing<T> {
    Done(Result<Arc<T>, Denial>),
    /// Whoever validated did not come to an end.
    Lost,
}

/// What a path is filed under: all certificates that were received, each behind its length, and how many bytes that is.
pub(super) struct Key {
    digest: Digest,
    bytes: usize,
}

impl Key {
    pub(super) fn of(chain: &[Vec<u8>], parents: &[Vec<Vec<u8>>]) -> Self {
        let mut framed = Vec::with_capacity(4_096);
        for path in std::iter::once(chain).chain(parents.iter().map(Vec::as_slice)) {
            framed.extend_from_slice(&(path.len() as u64).to_be_bytes());
            for der in path {
                framed.extend_from_slice(&(der.len() as u64).to_be_bytes());
                framed.extend_from_slice(der);
            }
        }
        Self { digest: sha256(&framed), bytes: framed.len().saturating_mul(BYTES_FOR_ONE) }
    }
}

impl<T> Cache<T> {
    pub(super) fn new() -> Self {
        Self::with_bounds(PROVEN, PROBATION)
    }

    fn with_bounds(proven: Bounds, probation: Bounds) -> Self {
        let segment = |bounds| Segment { bounds, entries: HashMap::new(), bytes: 0 };
        let (proven, probation) = (segment(proven), segment(probation));
        Self { inner: Mutex::new(Inner { proven, probation, flights: HashMap::new(), uses: 0 }) }
    }

    /// What is filed under `key` at `now`, or what `validate` makes, with its earliest notAfter.
    ///
    /// # Errors
    /// The refusal of `validate`, which all who waited for it are given; the next caller validates anew.
    pub(super) fn get(
        &self,
        key: &Key,
        now: UnixTime,
        validate: impl FnOnce() -> Result<(T, UnixTime), Denial>,
    ) -> Result<Arc<T>, Denial> {
        let flight = {
            let mut inner = self.lock();
            if let Some(value) = inner.find(key, now) {
                return Ok(value);
            }
            match inner.flights.get(&key.digest) {
                Some(flight) => Some(Arc::clone(flight)),
                None => {
                    let flight = Flight { landed: Mutex::new(None), wake: Condvar::new() };
                    inner.flights.insert(key.digest, Arc::new(flight));
                    None
                }
            }
        };
        match flight {
            None => {
                let pilot = Pilot { cache: self, key };
                pilot.land(validate())
            }
            // What was lost is not waited for twice.
            Some(flight) => match flight.outcome() {
                Some(outcome) => outcome,
                None => validate().map(|(value, _)| Arc::new(value)),
            },
        }
    }

    /// Files what was validated among the proven: an intent's signature has vouched for its sender.
    pub(super) fn prove(&self, key: &Key) {
        let inner = &mut *self.lock();
        if let Some(entry) = inner.probation.take(&key.digest) {
            inner.proven.put(key.digest, entry);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Inner<T> {
    fn find(&mut self, key: &Key, now: UnixTime) -> Option<Arc<T>> {
        self.uses += 1;
        let uses = self.uses;
        [&mut self.proven, &mut self.probation].into_iter().find_map(|segment| segment.find(&key.digest, now, uses))
    }
}

impl<T> Segment<T> {
    fn find(&mut self, digest: &Digest, now: UnixTime, uses: u64) -> Option<Arc<T>> {
        let entry = self.entries.get_mut(digest)?;
        if now.seconds() > entry.until.seconds() {
            self.take(digest);
            return None;
        }
        entry.used = uses;
        Some(Arc::clone(&entry.value))
    }

    fn take(&mut self, digest: &Digest) -> Option<Entry<T>> {
        let entry = self.entries.remove(digest)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    fn put(&mut self, digest: Digest, entry: Entry<T>) {
        if entry.bytes > self.bounds.bytes {
            return;
        }
        self.take(&digest);
        while self.entries.len() >= self.bounds.entries || self.bytes + entry.bytes > self.bounds.bytes {
            self.let_idle_half_go();
        }
        self.bytes += entry.bytes;
        self.entries.insert(digest, entry);
    }

    /// Half at once, so that one look at all of them pays for many.
    fn let_idle_half_go(&mut self) {
        let mut uses: Vec<u64> = self.entries.values().map(|entry| entry.used).collect();
        uses.sort_unstable();
        let Some(limit) = uses.get((uses.len().saturating_sub(1)) / 2).copied() else {
            return;
        };
        self.entries.retain(|_, entry| entry.used > limit);
        self.bytes = self.entries.values().map(|entry| entry.bytes).sum();
    }
}

impl<T> Flight<T> {
    /// What became of it; nothing where it was lost.
    fn outcome(&self) -> Option<Result<Arc<T>, Denial>> {
        let mut landed = self.landed.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*landed {
                Some(Landing::Done(outcome)) => return Some(outcome.clone()),
                Some(Landing::Lost) => return None,
                None => landed = self.wake.wait(landed).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// Whoever validates. However that ends, nobody goes on waiting.
struct Pilot<'a, T> {
    cache: &'a Cache<T>,
    key: &'a Key,
}

impl<T> Pilot<'_, T> {
    fn land(self, outcome: Result<(T, UnixTime), Denial>) -> Result<Arc<T>, Denial> {
        let outcome = outcome.map(|(value, until)| (Arc::new(value), until));
        let mut inner = self.cache.lock();
        if let Ok((value, until)) = &outcome {
            let entry = Entry { value: Arc::clone(value), bytes: self.key.bytes, until: *until, used: inner.uses };
            inner.probation.put(self.key.digest, entry);
        }
        let outcome = outcome.map(|(value, _)| value);
        if let Some(flight) = inner.flights.remove(&self.key.digest) {
            flight.land(Landing::Done(outcome.clone()));
        }
        outcome
    }
}

impl<T> Drop for Pilot<'_, T> {
    fn drop(&mut self) {
        if let Some(flight) = self.cache.lock().flights.remove(&self.key.digest) {
            flight.land(Landing::Lost);
        }
    }
}

impl<T> Flight<T> {
    fn land(&self, landing: Landing<T>) {
        *self.landed.lock().unwrap_or_else(PoisonError::into_inner) = Some(landing);
        self.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use kakunin_core::error::Code;

    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_000);
    const UNTIL: UnixTime = UnixTime::from_seconds(2_000);

    fn key(number: usize) -> Key {
        Key::of(&[number.to_be_bytes().to_vec()], &[])
    }

    fn refused() -> Result<(usize, UnixTime), Denial> {
        Err(Denial::new(Code::ChainUntrusted, "signature"))
    }

    fn small() -> Cache<usize> {
        let bounds = |entries| Bounds { entries, bytes: 1_000_000 };
        Cache::with_bounds(bounds(8), bounds(4))
    }

    /// Whether it is filed, without filing it.
    fn is_kept(cache: &Cache<usize>, number: usize) -> bool {
        cache.get(&key(number), NOW, refused).is_ok()
    }

    fn add(cache: &Cache<usize>, number: usize) {
        assert_eq!(*cache.get(&key(number), NOW, || Ok((number, UNTIL))).unwrap(), number);
        cache.prove(&key(number));
    }

    #[test]
    fn every_byte_of_the_path_and_of_its_parents_makes_another_key() {
        let chain = |parts: &[&str]| parts.iter().map(|part| part.as_bytes().to_vec()).collect::<Vec<_>>();
        let keys = [
            Key::of(&chain(&["ab", "c"]), &[]),
            Key::of(&chain(&["a", "bc"]), &[]),
            Key::of(&chain(&["abc"]), &[]),
            Key::of(&chain(&["ab"]), &[chain(&["c"])]),
            Key::of(&chain(&["ab", "c"]), &[chain(&[])]),
            Key::of(&chain(&["ab", "c"]), &[chain(&["d"])]),
            Key::of(&chain(&["ab", "c"]), &[chain(&["d"]), chain(&["e"])]),
            Key::of(&chain(&["ab", "c"]), &[chain(&["d", "e"])]),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(index + 1).all(|other| one.digest != other.digest), "{index}");
        }
    }

    #[test]
    fn sixty_four_threads_with_one_new_path_validate_it_once_and_hold_no_other_up() {
        let cache = Cache::<usize>::new();
        let (validations, barrier) = (AtomicUsize::new(0), Barrier::new(65));
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    barrier.wait();
                    let value = cache.get(&key(1), NOW, || {
                        validations.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(300));
                        Ok((1, UNTIL))
                    });
                    assert_eq!(*value.unwrap(), 1);
                });
            }
            barrier.wait();
            // While that is going on, another path is nobody's prisoner.
            let start = std::time::Instant::now();
            add(&cache, 2);
            assert!(start.elapsed() < Duration::from_millis(200));
        });
        assert_eq!(validations.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_refusal_is_given_to_all_who_wait_and_never_kept() {
        let cache = Cache::<usize>::new();
        let (validations, barrier) = (AtomicUsize::new(0), Barrier::new(8));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    let outcome = cache.get(&key(1), NOW, || {
                        validations.fetch_add(1, Ordering::SeqCst);
                        thread::sleep(Duration::from_millis(200));
                        refused()
                    });
                    assert_eq!(outcome.unwrap_err().code(), Code::ChainUntrusted);
                });
            }
        });
        assert_eq!(validations.load(Ordering::SeqCst), 1);
        add(&cache, 1);
        assert!(is_kept(&cache, 1));
    }

    #[test]
    fn a_validation_that_panics_leaves_nobody_waiting() {
        let cache = Cache::<usize>::new();
        let started = Barrier::new(2);
        thread::scope(|scope| {
            let lost = scope.spawn(|| {
                cache.get(&key(1), NOW, || {
                    started.wait();
                    thread::sleep(Duration::from_millis(100));
                    panic!("lost")
                })
            });
            started.wait();
            assert_eq!(*cache.get(&key(1), NOW, || Ok((7, UNTIL))).unwrap(), 7);
            assert!(lost.join().is_err());
        });
        add(&cache, 1);
    }

    #[test]
    fn a_flood_of_bad_paths_and_of_paths_without_a_signature_pushes_nobody_out() {
        let cache = small();
        (0..8).for_each(|number| add(&cache, number));
        for number in 100..10_000 {
            assert!(cache.get(&key(number), NOW, refused).is_err());
        }
        for number in 10_000..20_000 {
            // Valid, as anybody's certificates are; proved by nobody.
            cache.get(&key(number), NOW, || Ok((number, UNTIL))).unwrap();
        }
        assert!((0..8).all(|number| is_kept(&cache, number)));
        let inner = cache.lock();
        assert!(inner.probation.entries.len() <= 4 && inner.flights.is_empty());
    }

    #[test]
    fn the_idle_go_first_and_number_and_bytes_stay_bounded() {
        let cache = small();
        for number in 0..100 {
            add(&cache, number);
            // In use all the time.
            assert!(is_kept(&cache, 0), "{number}");
            assert!(cache.lock().proven.entries.len() <= 8);
        }
        assert!(is_kept(&cache, 99) && !is_kept(&cache, 50));

        let bounds = Bounds { entries: 100, bytes: 1_000 };
        let cache = Cache::with_bounds(bounds, bounds);
        for number in 0..100 {
            add(&cache, number);
            let inner = cache.lock();
            let bytes: usize = inner.proven.entries.values().map(|entry| entry.bytes).sum();
            assert!(bytes <= 1_000 && bytes == inner.proven.bytes, "{bytes}");
        }
        let large = Key::of(&[vec![0; 1_000]], &[]);
        assert!(cache.get(&large, NOW, || Ok((1, UNTIL))).is_ok(), "validated, and not kept");
        assert!(cache.get(&large, NOW, refused).is_err());
    }

    #[test]
    fn nothing_is_kept_beyond_its_not_after() {
        let cache = Cache::<usize>::new();
        add(&cache, 1);
        assert!(cache.get(&key(1), UNTIL, refused).is_ok());
        assert!(cache.get(&key(1), UnixTime::from_seconds(2_001), refused).is_err());
        assert!(cache.get(&key(1), NOW, refused).is_err(), "a clock that is set back brings nothing back");
    }
}
