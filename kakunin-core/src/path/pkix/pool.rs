//! The certificates that a path may be made of, read once, found by name.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::budget::Spending;
use crate::bounds::Bounds;
use crate::certificate::{Certificate, Name};
use crate::crypto::{PublicKey, RSA_BITS_PKIX};
use crate::encoding::der::tag;
use crate::error::Denial;
use crate::time::UnixTime;

/// What a certificate came as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Leaf,
    Anchor,
    Pool,
}

/// One certificate of a call.
#[derive(Debug)]
pub(super) struct Entry<'c> {
    /// Its place among all of them.
    pub(super) index: u32,
    pub(super) origin: Origin,
    /// The place of the first certificate with the same key.
    pub(super) same_key: u32,
    /// [`likeness`] of its subject.
    likeness: u64,
    pub(super) certificate: Certificate<'c>,
    key: OnceCell<Result<PublicKey, Denial>>,
    self_issued: OnceCell<bool>,
    /// What the rules for it alone say of it as an issuer, once asked.
    pub(super) as_issuer: OnceCell<Result<(), Denial>>,
}

impl Entry<'_> {
    /// Whether issuer and subject are the same name.
    pub(super) fn is_self_issued(&self) -> bool {
        *self.self_issued.get_or_init(|| self.certificate.subject_name().matches(self.certificate.issuer_name()))
    }

    /// Its key, read once.
    pub(super) fn key(&self) -> Result<&PublicKey, Denial> {
        self.key
            .get_or_init(|| PublicKey::from_spki_up_to(self.certificate.spki(), RSA_BITS_PKIX))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Whether both are certificates of one name and one key. Names that are alike and not the same cost a step.
    pub(super) fn is_same_entity(&self, other: &Self, spending: &Spending) -> Result<bool, Denial> {
        if self.same_key != other.same_key || self.likeness != other.likeness {
            return Ok(false);
        }
        let (own, others) = (self.certificate.subject_name(), other.certificate.subject_name());
        if own == others {
            return Ok(true);
        }
        spending.steps(1)?;
        Ok(own.matches(others))
    }
}

/// All certificates of a call: the leaf, the anchors, and the intermediates that can be read.
pub(super) struct Pool<'c> {
    entries: Vec<Entry<'c>>,
    /// Possible issuers by [`likeness`] of their names.
    by_name: BTreeMap<u64, Vec<u32>>,
    /// The first certificate with each key, by SubjectPublicKeyInfo.
    by_key: BTreeMap<&'c [u8], u32>,
    /// How many anchors and intermediates cannot be read, and why the first of them.
    pub(super) unreadable: Option<(usize, Denial)>,
}

impl<'c> Pool<'c> {
    /// Reads everything but the leaf, which was read. Of the same bytes given twice the first count: an anchor before an
    /// intermediate.
    pub(super) fn read<I: AsRef<[u8]>, A: AsRef<[u8]>>(
        leaf: Certificate<'c>,
        intermediates: &'c [I],
        anchors: &'c [A],
        bounds: &Bounds,
    ) -> Self {
        let mut pool =
            Self { entries: Vec::new(), by_name: BTreeMap::new(), by_key: BTreeMap::new(), unreadable: None };
        pool.push(leaf, Origin::Leaf);
        let mut seen = BTreeSet::new();
        let anchors = anchors.iter().map(|der| (der.as_ref(), Origin::Anchor));
        for (der, origin) in anchors.chain(intermediates.iter().map(|der| (der.as_ref(), Origin::Pool))) {
            if !seen.insert(der) {
                continue;
            }
            match Certificate::parse(der, bounds) {
                Ok(certificate) => pool.push(certificate, origin),
                Err(denial) => pool.unreadable.get_or_insert((0, denial)).0 += 1,
            }
        }
        pool
    }

    fn push(&mut self, certificate: Certificate<'c>, origin: Origin) {
        let index = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let likeness = likeness(certificate.subject_name());
        if origin != Origin::Leaf {
            self.by_name.entry(likeness).or_default().push(index);
        }
        let same_key = *self.by_key.entry(certificate.spki()).or_insert(index);
        let (key, self_issued, as_issuer) = Default::default();
        self.entries.push(Entry { index, origin, same_key, likeness, certificate, key, self_issued, as_issuer });
    }

    /// The leaf; there always is one.
    pub(super) fn leaf(&self) -> Option<&Entry<'c>> {
        self.entries.first()
    }

    /// Whether the leaf is, byte for byte, one of the anchors.
    pub(super) fn leaf_is_anchor(&self) -> bool {
        let is_leaf = |der| self.leaf().is_some_and(|leaf| leaf.certificate.der() == der);
        self.entries.iter().any(|entry| entry.origin == Origin::Anchor && is_leaf(entry.certificate.der()))
    }

    /// Everything with this subject.
    pub(super) fn of_subject<'p>(&'p self, subject: Name<'p>) -> impl Iterator<Item = &'p Entry<'c>> {
        self.alike(subject).filter(move |entry| entry.certificate.subject_name().matches(subject))
    }

    fn alike<'p>(&'p self, subject: Name<'_>) -> impl Iterator<Item = &'p Entry<'c>> {
        let alike = self.by_name.get(&likeness(subject)).map(Vec::as_slice).unwrap_or_default();
        alike.iter().filter_map(|index| self.entries.get(*index as usize))
    }

    /// Who may have issued `child`, by what all forms of the name have in common; the likeliest last.
    pub(super) fn issuers_of(&self, child: &Entry<'c>, now: UnixTime) -> Vec<&Entry<'c>> {
        let mut found: Vec<_> = self.alike(child.certificate.issuer_name()).collect();
        found.sort_by_cached_key(|issuer| Reverse(Likelihood::of(child, issuer, now)));
        found
    }
}

/// How unpromising an issuer is. Anchors go first, for they end the search; then whoever the key identifiers name, is
/// valid, is a CA, was certified last; then the order in which they were given.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Likelihood {
    origin: Origin,
    identifiers: Identifiers,
    out_of_time: bool,
    no_authority: bool,
    not_before: Reverse<UnixTime>,
    index: u32,
}

/// How a certificate's authorityKeyIdentifier and its issuer's subjectKeyIdentifier stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifiers {
    Same,
    Absent,
    Different,
}

impl Likelihood {
    fn of(child: &Entry<'_>, issuer: &Entry<'_>, now: UnixTime) -> Self {
        let certificate = &issuer.certificate;
        let in_time = certificate.not_before() <= now && now.seconds() <= certificate.not_after().seconds();
        Self {
            origin: issuer.origin,
            identifiers: match (child.certificate.authority_key_id(), certificate.subject_key_id()) {
                (Some(hint), Some(own)) if hint == own => Identifiers::Same,
                (Some(_), Some(_)) => Identifiers::Different,
                _ => Identifiers::Absent,
            },
            out_of_time: !in_time,
            no_authority: !certificate.basic_constraints().is_some_and(|constraints| constraints.ca),
            not_before: Reverse(certificate.not_before()),
            index: issuer.index,
        }
    }
}

/// A number that is the same for all forms of a name (RFC 5280 §7.1): letters and digits of its texts, lower-cased, and
/// the types of its attributes, in any order. Names that differ may share it: whoever asks compares them.
fn likeness(name: Name<'_>) -> u64 {
    // FNV-1a, 64 bits.
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    name.attributes().fold(0, |sum: u64, (id, value)| {
        let own = id.iter().copied().fold(0xcbf2_9ce4_8422_2325, hash);
        // Lower-casing may turn other letters into ASCII, so a text that has any counts by its type alone.
        let is_text = value.tag != tag::BIT_STRING && value.content.is_ascii();
        let letters = value.content.iter().filter(|byte| is_text && byte.is_ascii_alphanumeric());
        sum.wrapping_add(letters.map(u8::to_ascii_lowercase).fold(own, hash))
    })
}
