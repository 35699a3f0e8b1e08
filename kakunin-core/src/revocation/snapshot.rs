//! What is known of revocations at one moment: an immutable value, replaced as a whole by whoever fetches lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::crl::{Crl, CrlIssuer, CrlNumber, VerifiedCrl};
use crate::crypto::Digest;
use crate::time::UnixTime;

/// Largest integer that every JSON reader keeps exactly (RFC 7493 §2.2).
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// Lists by issuer: verified ones, and those whose issuer is not known yet.
///
/// A CA's certificate is often first seen in a path, after its list was loaded: such a list waits, and is
/// verified when [`RevocationSnapshot::with_issuers`] or a path names its issuer.
#[derive(Clone, Debug, Default)]
pub struct RevocationSnapshot {
    issuers: BTreeMap<Arc<[u8]>, Vec<Known>>,
    pending: Vec<Crl>,
}

/// An issuer whose certificate was verified, and its newest list.
#[derive(Clone, Debug)]
struct Known {
    issuer: CrlIssuer,
    newest: Option<VerifiedCrl>,
}

/// What a guard looks certificates up in.
#[derive(Clone, Debug)]
pub enum RevocationView {
    /// These lists; a certificate that they say nothing of is refused.
    Checked(Arc<RevocationSnapshot>),
    /// Nothing is looked up: revoked certificates pass. Only where the operator wrote so.
    NotChecked,
}

/// What a snapshot says of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A fresh list of its issuer does not name it.
    Good,
    /// A list of its issuer, fresh or not, names it.
    Revoked {
        /// Since when.
        at: UnixTime,
    },
    /// Nothing is known, by this rule: `crl-missing`, `crl-this-update`, `crl-next-update`.
    Unknown(&'static str),
}

impl RevocationSnapshot {
    /// A snapshot of `lists`, all of them waiting for their issuers.
    pub fn new(lists: Vec<Crl>) -> Self {
        Self::default().with_lists(lists)
    }

    /// This snapshot with `lists` added. A list replaces one of the same issuer only if its number is higher, or
    /// equal with a later thisUpdate: an old one never comes back.
    #[must_use]
    pub fn with_lists(&self, lists: Vec<Crl>) -> Self {
        let mut next = self.clone();
        for list in lists {
            next.place(list);
        }
        next
    }

    /// This snapshot with the waiting lists of `issuers` verified. A list that none of them signed goes on waiting.
    #[must_use]
    pub fn with_issuers(&self, issuers: &[CrlIssuer]) -> Self {
        let mut next = self.clone();
        for issuer in issuers {
            if next.known(issuer).is_some() {
                continue;
            }
            next.issuers
                .entry(Arc::clone(&issuer.subject))
                .or_default()
                .push(Known { issuer: issuer.clone(), newest: None });
        }
        for list in std::mem::take(&mut next.pending) {
            next.place(list);
        }
        next
    }

    /// Whether every issuer of `issuers` is known, so that [`RevocationSnapshot::with_issuers`] would change nothing.
    pub fn knows(&self, issuers: &[CrlIssuer]) -> bool {
        issuers.iter().all(|issuer| self.known(issuer).is_some())
    }

    /// A number of this view for records: the sum of the lists' numbers, so it grows as any of them does.
    pub fn number(&self) -> u64 {
        let verified = self.issuers.values().flatten().filter_map(|known| known.newest.as_ref()).map(VerifiedCrl::crl);
        let waiting = self.pending.iter();
        verified.chain(waiting).fold(0_u64, |sum, list| sum.saturating_add(low(list))).min(LARGEST_NUMBER)
    }

    /// The earliest nextUpdate of the verified lists: until then their statuses stay known.
    pub fn next_update(&self) -> Option<UnixTime> {
        let newest = self.issuers.values().flatten().filter_map(|known| known.newest.as_ref());
        newest.map(|list| list.crl().next_update()).min()
    }

    /// What is known at `now` of the certificate with this serial that the CA with this key (hash of its SPKI) and
    /// this name issued.
    pub fn status(&self, issuer_key: &Digest, issuer_name: &[u8], serial: &[u8], now: UnixTime) -> Status {
        let known = self.issuers.get(issuer_name).into_iter().flatten();
        let own = known.filter(|known| known.issuer.public_key.spki_hash() == issuer_key);
        let newest = own.filter_map(|known| known.newest.as_ref()).max_by_key(|list| age(list.crl()));
        status(newest, serial, now)
    }

    /// As [`RevocationSnapshot::status`] for an issuer that may be new here: its waiting lists are verified first.
    pub fn status_by(&self, issuer: &CrlIssuer, serial: &[u8], now: UnixTime) -> Status {
        if let Some(known) = self.known(issuer) {
            return status(known.newest.as_ref(), serial, now);
        }
        let mut known = Known { issuer: issuer.clone(), newest: None };
        for list in self.pending.iter().filter(|list| *list.issuer() == *issuer.subject) {
            known.offer(list);
        }
        status(known.newest.as_ref(), serial, now)
    }

    /// The issuer with all its facts: another certificate of its key may forbid what this one allows.
    fn known(&self, issuer: &CrlIssuer) -> Option<&Known> {
        self.issuers.get(&issuer.subject)?.iter().find(|known| known.issuer == *issuer)
    }

    fn place(&mut self, list: Crl) {
        let candidates = self.issuers.get_mut(list.issuer()).map(Vec::as_mut_slice).unwrap_or_default();
        let mut signed_by_one = false;
        for known in candidates {
            signed_by_one |= known.offer(&list);
        }
        if !signed_by_one {
            self.pending.push(list);
        }
    }
}

impl Known {
    /// Takes the list if this issuer signed it and it is newer; whether it was signed.
    fn offer(&mut self, list: &Crl) -> bool {
        let Ok(verified) = list.verify(&self.issuer) else {
            return false;
        };
        if self.newest.as_ref().is_none_or(|newest| age(newest.crl()) < age(list)) {
            self.newest = Some(verified);
        }
        true
    }
}

/// What orders lists of one issuer: the number, then thisUpdate.
fn age(list: &Crl) -> (CrlNumber, UnixTime) {
    (*list.number(), list.this_update())
}

fn status(newest: Option<&VerifiedCrl>, serial: &[u8], now: UnixTime) -> Status {
    let Some(list) = newest else {
        return Status::Unknown("crl-missing");
    };
    match (list.revoked_at(serial), list.fresh(now)) {
        (Some(at), _) => Status::Revoked { at },
        (None, Ok(())) => Status::Good,
        (None, Err(rule)) => Status::Unknown(rule),
    }
}

/// The number's last eight octets, which is all of it in every PKI that counts from one.
fn low(list: &Crl) -> u64 {
    list.number().iter().fold(0_u64, |number, octet| (number << 8) | u64::from(*octet))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, Sample};
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(sample::THIS_UPDATE + 10);

    fn numbered(number: i128, revoked: &[&[u8]]) -> Sample {
        let mut list = Sample::new();
        list.number = Some(number);
        list.revoked = revoked.iter().map(|serial| sample::entry(serial)).collect();
        list
    }

    fn parse(der: &[u8]) -> Crl {
        Crl::parse(der, &crate::bounds::Bounds::default()).unwrap()
    }

    #[test]
    fn lists_wait_for_their_issuer() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let waiting = RevocationSnapshot::new(vec![parse(&list)]);
        let key = *issuer.public_key.spki_hash();
        assert_eq!(waiting.status(&key, &issuer.subject, &[5], NOW), Status::Unknown("crl-missing"));
        assert!(!waiting.knows(std::slice::from_ref(&issuer)));
        let known = waiting.with_issuers(std::slice::from_ref(&issuer));
        assert!(known.knows(std::slice::from_ref(&issuer)));
        let at = UnixTime::from_seconds(sample::REVOKED);
        assert_eq!(known.status(&key, &issuer.subject, &[5], NOW), Status::Revoked { at });
        assert_eq!(known.status(&key, &issuer.subject, &[6], NOW), Status::Good);
        for snapshot in [&waiting, &known] {
            assert_eq!(snapshot.status_by(&issuer, &[5], NOW), Status::Revoked { at });
            assert_eq!(snapshot.status_by(&issuer, &[6], NOW), Status::Good);
            assert_eq!(snapshot.number(), 1);
        }
        assert_eq!(known.next_update(), Some(UnixTime::from_seconds(sample::NEXT_UPDATE)));
    }

    #[test]
    fn serials_are_compared_whole() {
        let (list, issuer) = numbered(1, &[&[0x12, 0x34], &[0x12, 0x34, 0x56], &[0x7f]]).signed();
        let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(std::slice::from_ref(&issuer));
        let status = |serial: &[u8]| known.status_by(&issuer, serial, NOW);
        for serial in [&[0x12, 0x34][..], &[0x12, 0x34, 0x56], &[0x7f]] {
            assert!(matches!(status(serial), Status::Revoked { .. }), "{serial:02x?}");
        }
        for serial in [&[0x12][..], &[0x12, 0x34, 0x56, 0x78], &[0x34, 0x56], &[0x7e], &[]] {
            assert_eq!(status(serial), Status::Good, "{serial:02x?}");
        }
    }

    #[test]
    fn another_key_or_name_says_nothing() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let (_, namesake) = Sample::new().signed();
        let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(&[issuer.clone(), namesake.clone()]);
        assert_eq!(known.status_by(&namesake, &[5], NOW), Status::Unknown("crl-missing"));
        assert!(matches!(known.status_by(&issuer, &[5], NOW), Status::Revoked { .. }));
        let renamed = CrlIssuer { subject: sample::name("other").into(), ..issuer };
        assert_eq!(known.status_by(&renamed, &[5], NOW), Status::Unknown("crl-missing"));
    }

    #[test]
    fn a_certificate_that_may_not_sign_lists_does_not_keep_another_of_its_key_from_it() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let barred = CrlIssuer { may_sign_crl: false, ..issuer.clone() };
        for issuers in [[barred.clone(), issuer.clone()], [issuer.clone(), barred.clone()]] {
            let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(&issuers[..1]).with_issuers(&issuers);
            assert!(matches!(known.status_by(&issuer, &[5], NOW), Status::Revoked { .. }));
            assert_eq!(known.status_by(&barred, &[5], NOW), Status::Unknown("crl-missing"));
        }
    }

    #[test]
    fn a_stale_or_future_list_still_revokes_and_clears_nobody() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(std::slice::from_ref(&issuer));
        for (now, rule) in [
            (sample::THIS_UPDATE - 1, Some("crl-this-update")),
            (sample::THIS_UPDATE, None),
            (sample::NEXT_UPDATE - 1, None),
            (sample::NEXT_UPDATE, Some("crl-next-update")),
        ] {
            let now = UnixTime::from_seconds(now);
            assert!(matches!(known.status_by(&issuer, &[5], now), Status::Revoked { .. }));
            assert_eq!(known.status_by(&issuer, &[6], now), rule.map_or(Status::Good, Status::Unknown));
        }
    }

    #[test]
    fn an_older_list_never_replaces_a_newer_one() {
        let (new, signer) = (numbered(300, &[&[5]]), sample::signer());
        let (old, older) = (numbered(299, &[]), numbered(2, &[]));
        let issuer = new.issuer(&signer);
        let [new, old, older] = [new, old, older].map(|list| parse(&list.sign(&signer)));
        for lists in [[&new, &old, &older], [&older, &old, &new], [&old, &new, &older]] {
            let mut known = RevocationSnapshot::default().with_issuers(std::slice::from_ref(&issuer));
            for list in lists {
                known = known.with_lists(vec![list.clone()]);
            }
            assert!(matches!(known.status_by(&issuer, &[5], NOW), Status::Revoked { .. }));
            assert_eq!(known.number(), 300);
        }
        let newest = parse(&numbered(301, &[]).sign(&signer));
        let known = RevocationSnapshot::new(vec![new, newest]).with_issuers(std::slice::from_ref(&issuer));
        assert_eq!(known.status_by(&issuer, &[5], NOW), Status::Good);
    }

    #[test]
    fn of_two_lists_with_one_number_the_later_counts() {
        let signer = sample::signer();
        let (first, mut second) = (numbered(7, &[]), numbered(7, &[&[5]]));
        second.this_update += 1;
        let issuer = first.issuer(&signer);
        let [first, second] = [first, second].map(|list| parse(&list.sign(&signer)));
        for lists in [vec![first.clone(), second.clone()], vec![second, first]] {
            let known = RevocationSnapshot::new(lists).with_issuers(std::slice::from_ref(&issuer));
            assert!(matches!(known.status_by(&issuer, &[5], NOW), Status::Revoked { .. }));
        }
    }
}
