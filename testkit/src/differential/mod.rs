//! Paths for second opinions: valid ones, and near misses that differ from a valid one in one fact or two.
//!
//! A case is made from a number alone, so that it can be looked at again. Each fact says whether RFC 5280 lets a path that has it be
//! valid; a case is valid where all of its facts are.

mod draft;
mod facts;
mod names;

pub use draft::{Draft, Keys};
pub use facts::{Fact, Position, facts};

use std::collections::BTreeMap;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::oid;
use kakunin_core::error::Denial;
use kakunin_core::path::pkix::{Options, build};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;

use crate::NOW;
use crate::certificate::Extension;
use draft::Family;

/// A path to be judged at [`NOW`] for the purpose of a TLS client.
#[derive(Clone, Debug)]
pub struct Case {
    /// The number it was made from.
    pub number: u64,
    /// What is special about it, as `place/fact`, and whether RFC 5280 lets a path with that be valid; empty for a plain path.
    pub facts: BTreeMap<String, bool>,
    /// The trust anchor.
    pub anchor: Vec<u8>,
    /// Intermediates, in no order, with others among them.
    pub pool: Vec<Vec<u8>>,
    /// The leaf.
    pub leaf: Vec<u8>,
}

impl Case {
    /// Whether RFC 5280 lets it be valid.
    pub fn is_valid(&self) -> bool {
        self.facts.values().all(|valid| *valid)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// The next number below `limit`; a limit of 0 gives 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % (limit.max(1) as u64)).unwrap_or(0)
    }
}

/// One of ten is a plain valid path; of the others two thirds have one fact and a third has two.
pub fn case(number: u64, keys: &Keys) -> Case {
    let mut numbers = Numbers(number);
    let (draft, facts) = draw(&mut numbers, keys);
    let (anchor, pool, leaf) = draft.finish(&mut numbers);
    Case { number, facts, anchor, pool, leaf }
}

/// A path that is not signed yet, and its facts.
fn draw<'a>(numbers: &mut Numbers, keys: &'a Keys) -> (Draft<'a>, BTreeMap<String, bool>) {
    let family = Family::of(numbers);
    // Chains of two to five certificates.
    let intermediates = numbers.below(4);
    let wanted = match numbers.below(10) {
        0 => 0,
        1..=6 => 1,
        _ => 2,
    };
    let mut draft = Draft::new(keys, family, intermediates);
    let mut facts: BTreeMap<_, _> = family.fact().map(|fact| (fact.to_owned(), true)).into_iter().collect();
    let all: Vec<&Fact> = facts::facts().collect();
    let mut taken: Vec<&Fact> = Vec::new();
    // A fact that does not fit this chain, or touches what another has changed, gives way to the next draw.
    for _ in 0..16 {
        if taken.len() == wanted {
            break;
        }
        let Some(fact) = all.get(numbers.below(all.len())).copied() else { continue };
        if taken.iter().any(|other| other.touches.iter().any(|touched| fact.touches.contains(touched))) {
            continue;
        }
        if let Some(place) = draft.apply(fact, numbers) {
            facts.insert(format!("{}/{}", place.as_str(), fact.name), fact.valid);
            taken.push(fact);
        }
    }
    (draft, facts)
}

/// subjectAltName of every plain leaf.
pub(crate) fn plain_names() -> Extension {
    names::subject_alternative(&[names::dns("agent.example.com")])
}

/// Why profile `pkix` refuses it, or none.
pub fn refusal(case: &Case) -> Option<Denial> {
    let options = Options::default().with_purpose(oid::KP_CLIENT_AUTH);
    let now = UnixTime::from_seconds(NOW);
    let anchors = [&case.anchor];
    build(&case.leaf, &case.pool, &anchors, &RevocationView::NotChecked, now, &options, &Bounds::default()).err()
}
