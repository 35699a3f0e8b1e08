use std::collections::{BTreeMap, HashSet};

use crate::crypto::Digest;

/// Most nonces forgotten in one step, so that no call pays for a burst long ago.
const STEP: usize = 64;

/// What was used once, each until its time is over and never evicted before: a set, and a wheel of what may be forgotten when.
///
/// Keys are the first 128 bits of a SHA-256 digest: two alike would deny a call, never allow one.
#[derive(Debug)]
pub(super) struct Nonces {
    live: HashSet<u128>,
    wheel: BTreeMap<i64, Vec<u128>>,
    capacity: usize,
    /// Width of a bucket of the wheel in milliseconds: as much too long is each remembered at most.
    bucket: i64,
}

impl Nonces {
    /// At most `capacity`, in buckets of so many milliseconds.
    pub(super) fn new(capacity: usize, bucket: i64) -> Self {
        Self { live: HashSet::new(), wheel: BTreeMap::new(), capacity, bucket }
    }

    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn contains(&self, key: &Digest) -> bool {
        self.live.contains(&short(key))
    }

    /// Whether there is room for `more` at `now`.
    pub(super) fn has_room(&mut self, more: usize, now: i64) -> bool {
        self.forget(now, STEP);
        let fits = |nonces: &Self| nonces.live.len().saturating_add(more) <= nonces.capacity;
        if !fits(self) {
            self.forget(now, usize::MAX);
        }
        fits(self)
    }

    pub(super) fn insert(&mut self, key: &Digest, remember_until: i64) {
        let key = short(key);
        if self.live.insert(key) {
            let bucket = remember_until.div_euclid(self.bucket).saturating_add(1);
            self.wheel.entry(bucket).or_default().push(key);
        }
    }

    fn forget(&mut self, now: i64, most: usize) {
        let mut left = most;
        while let Some(mut bucket) = self.wheel.first_entry() {
            if bucket.key().saturating_mul(self.bucket) > now {
                return;
            }
            while let Some(key) = bucket.get_mut().pop() {
                self.live.remove(&key);
                left -= 1;
                if left == 0 {
                    return;
                }
            }
            bucket.remove();
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        // A slot of a hash set is the key and one control byte; it has at most 8/7 of a power of two of them.
        let slots = (self.live.capacity() * 8 / 7).next_power_of_two();
        let wheel: usize = self.wheel.values().map(|bucket| bucket.capacity() * size_of::<u128>() + 64).sum();
        slots * (size_of::<u128>() + 1) + wheel
    }
}

fn short(key: &Digest) -> u128 {
    key.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}
