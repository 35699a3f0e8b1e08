use std::collections::BTreeMap;

use super::crl::{CrlNumber, VerifiedCrl};
use crate::crypto::{Digest, PublicKey};
use crate::time::UnixTime;

/// The newest list of one key, issuer and scope that was verified: what must outlive a restart, so that no older one is
/// taken for the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenList {
    /// The SHA-256 of the key's SPKI.
    pub key: Digest,
    /// What tells the lists of this issuer and scope from others of the key.
    pub series: Digest,
    /// Its number, big-endian, padded at the front: comparing bytes compares numbers.
    pub number: [u8; 20],
    /// From when it speaks.
    pub this_update: UnixTime,
}

impl SeenList {
    /// Of `list`, which this key signed.
    pub(super) fn of(list: &VerifiedCrl, key: &PublicKey) -> Self {
        let (number, this_update) = age(list);
        Self { key: *key.spki_hash(), series: list.series(), number, this_update }
    }

    /// Whether it is newer than `other`, of the same key and series: by number, then thisUpdate.
    pub fn is_newer(&self, other: &Self) -> bool {
        (self.number, self.this_update) > (other.number, other.this_update)
    }
}

/// What orders lists of one issuer and scope: the number, then thisUpdate.
pub(super) fn age(list: &VerifiedCrl) -> (CrlNumber, UnixTime) {
    (*list.number(), list.this_update())
}

/// The newest list of each key and series.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenLists(BTreeMap<(Digest, Digest), SeenList>);

impl SeenLists {
    /// Whether `list` is older than what was seen.
    pub(super) fn is_past(&self, list: &SeenList) -> bool {
        self.known(list).is_some_and(|known| known.is_newer(list))
    }

    /// Whether [`SeenLists::note`] would change nothing.
    pub(super) fn holds(&self, list: &SeenList) -> bool {
        self.known(list).is_some_and(|known| !list.is_newer(known))
    }

    /// Remembers `list` where it is newer than what was seen.
    pub(super) fn note(&mut self, list: SeenList) {
        if !self.holds(&list) {
            self.0.insert((list.key, list.series), list);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SeenList> {
        self.0.values()
    }

    fn known(&self, list: &SeenList) -> Option<&SeenList> {
        self.0.get(&(list.key, list.series))
    }
}
