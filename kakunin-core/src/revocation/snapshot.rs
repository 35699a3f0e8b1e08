//! What is known of revocations at one moment: an immutable value, replaced as a whole by whoever fetches lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Reason;
use super::crl::{Crl, CrlIssuer, CrlNumber, VerifiedCrl};
use super::inquiry::Inquiry;
use super::ocsp::{OcspResponse, VerifiedAnswer};
use super::order::Orders;
use super::reason::Reasons;
use super::seen::{SeenList, SeenLists, age};
use crate::crypto::PublicKey;
use crate::time::UnixTime;

/// Largest integer that every JSON reader keeps exactly (RFC 7493 §2.2).
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// Lists and OCSP responses by issuer: verified ones, and those whose issuer is not known yet.
///
/// A CA's certificate is often first seen in a path, after its list was loaded: such a list or response waits, and is
/// verified when [`RevocationSnapshot::with_issuers`] or a path names its issuer.
#[derive(Clone, Debug, Default)]
pub struct RevocationSnapshot {
    signers: BTreeMap<Arc<[u8]>, Vec<Signer>>,
    pending: Vec<Crl>,
    orders: Option<Arc<Orders>>,
    pending_responses: Vec<OcspResponse>,
    /// Behind an [`Arc`]: it changes as rarely as lists come.
    seen: Arc<SeenLists>,
}

/// A name and key that issues certificates, the certificates that were seen of it, and what it signed.
#[derive(Clone, Debug)]
struct Signer {
    public_key: PublicKey,
    issuers: Vec<CrlIssuer>,
    /// The newest list of each scope.
    lists: Vec<Held>,
    /// The newest OCSP answer for each serial.
    answers: Arc<BTreeMap<Box<[u8]>, VerifiedAnswer>>,
}

/// A list of a signer.
#[derive(Clone, Debug)]
struct Held {
    list: VerifiedCrl,
    /// Whether a newer one was seen before: it revokes, and clears nobody.
    past: bool,
}

/// What a guard looks certificates up in.
#[derive(Clone, Debug)]
pub enum RevocationView {
    /// These lists; a certificate that they say nothing of is refused.
    Checked(Arc<RevocationSnapshot>),
    /// Nothing is looked up: revoked certificates pass. Only where the operator wrote so.
    NotChecked,
}

impl RevocationView {
    /// Whether `other` is this very view: what was judged by one needs no second look by the other.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Checked(own), Self::Checked(other)) => Arc::ptr_eq(own, other),
            (Self::NotChecked, Self::NotChecked) => true,
            (Self::Checked(_), Self::NotChecked) | (Self::NotChecked, Self::Checked(_)) => false,
        }
    }
}

/// What a snapshot says of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A fresh OCSP response says so, or fresh lists of its issuer, for all reasons together, do not name it.
    Good,
    /// A list of its issuer names it, or a response says so, fresh or not.
    Revoked {
        /// Since when.
        at: UnixTime,
        /// Why, where that is said.
        reason: Option<Reason>,
    },
    /// Nothing is known, by this rule: `crl-missing` (neither list nor response), `crl-scope` (no list speaks of such
    /// certificates), `crl-reasons` (the lists do not cover every reason), `crl-this-update`, `crl-next-update`,
    /// `crl-number-back` (a newer list was seen, before a restart); of a response `ocsp-unknown` (the responder does not know it), `ocsp-produced-at` (not signed yet, or outside the
    /// certificate's validity), `ocsp-responder-status`, `ocsp-responder-time`, `ocsp-this-update`, `ocsp-next-update`;
    /// `serial` for what is no serial number.
    Unknown(&'static str),
}

impl RevocationSnapshot {
    /// A snapshot of `lists`, all of them waiting for their issuers.
    pub fn new(lists: Vec<Crl>) -> Self {
        Self::default().with_lists(lists)
    }

    /// A snapshot without lists that takes none for the newest that is older than one of `seen`.
    pub fn resume(seen: Vec<SeenList>) -> Self {
        let mut lists = SeenLists::default();
        seen.into_iter().for_each(|list| lists.note(list));
        Self { seen: Arc::new(lists), ..Self::default() }
    }

    /// The newest list of each key, issuer and scope that was verified, here or before: what must outlive a restart.
    pub fn seen_lists(&self) -> Vec<SeenList> {
        self.seen.iter().cloned().collect()
    }

    /// This snapshot with `lists` added. A list replaces one of the same issuer and scope only if its number is
    /// higher, or equal with a later thisUpdate: an old one never comes back.
    #[must_use]
    pub fn with_lists(&self, lists: Vec<Crl>) -> Self {
        let mut next = self.clone();
        for list in lists {
            next.place(list);
        }
        next
    }

    /// This snapshot without the waiting lists and responses whose bytes `keep` refuses, as those that their source no
    /// longer holds.
    #[must_use]
    pub fn retain_waiting(mut self, mut keep: impl FnMut(&[u8]) -> bool) -> Self {
        self.pending.retain(|list| keep(list.der()));
        self.pending_responses.retain(|response| keep(response.der()));
        self
    }

    /// This snapshot with OCSP `responses` added. For each certificate the newest answer counts, by its thisUpdate; of
    /// equal ones the one that revokes: an old one never comes back.
    #[must_use]
    pub fn with_responses(&self, responses: Vec<OcspResponse>) -> Self {
        let mut next = self.clone();
        for response in responses {
            next.place_response(response);
        }
        next
    }

    /// This snapshot with the waiting lists and responses of `issuers` verified. What none of them signed goes on
    /// waiting.
    #[must_use]
    pub fn with_issuers(&self, issuers: &[CrlIssuer]) -> Self {
        let mut next = self.clone();
        for issuer in issuers {
            next.introduce(issuer);
        }
        for list in std::mem::take(&mut next.pending) {
            next.place(list);
        }
        for response in std::mem::take(&mut next.pending_responses) {
            next.place_response(response);
        }
        next
    }

    /// This snapshot with these orders in place of those before.
    #[must_use]
    pub fn with_orders(&self, orders: Arc<Orders>) -> Self {
        Self { orders: Some(orders), ..self.clone() }
    }

    /// The orders; none where no authority may give any.
    pub fn orders(&self) -> Option<&Arc<Orders>> {
        self.orders.as_ref()
    }

    /// Whether every issuer of `issuers` is known, so that [`RevocationSnapshot::with_issuers`] would change nothing.
    pub fn knows(&self, issuers: &[CrlIssuer]) -> bool {
        issuers.iter().all(|issuer| self.signer(issuer).is_some_and(|signer| signer.issuers.contains(issuer)))
    }

    /// A number of this view for records: the sum of the lists' numbers and of the last orders', so it grows as any of
    /// them does.
    pub fn number(&self) -> u64 {
        let verified = self.lists().map(VerifiedCrl::number);
        let waiting = self.pending.iter().map(Crl::number);
        let orders = self.orders.iter().flat_map(|orders| orders.seen()).map(|seen| seen.seq);
        let numbers = verified.chain(waiting).map(low).chain(orders);
        numbers.fold(0_u64, u64::saturating_add).min(LARGEST_NUMBER)
    }

    /// The latest thisUpdate of what is verified: as of when it speaks.
    pub fn issued(&self) -> Option<UnixTime> {
        self.lists().map(VerifiedCrl::this_update).chain(self.answers().map(|answer| answer.this_update)).max()
    }

    /// The earliest nextUpdate of what is verified: until then its statuses stay known.
    pub fn next_update(&self) -> Option<UnixTime> {
        self.lists().map(VerifiedCrl::next_update).chain(self.answers().map(VerifiedAnswer::fresh_until)).min()
    }

    /// What is known at `now` of a certificate that the first of `issuers` issued.
    ///
    /// All of `issuers` are certificates of that CA, of one name, and validated by the caller: besides the one that
    /// signed the certificate, those whose keys may sign its lists (RFC 5280 §6.3.3 f: keys that are rolled over, or
    /// kept apart for lists). An issuer may be new here: its waiting lists are verified first.
    pub fn status(&self, inquiry: &Inquiry<'_>, issuers: &[CrlIssuer], now: UnixTime) -> Status {
        // A positive INTEGER: others are on no list that is read here.
        if inquiry.serial().first().is_none_or(|first| first & 0x80 != 0) {
            return Status::Unknown("serial");
        }
        let mut found = self.ask_lists(inquiry, issuers, now);
        // A response names the key that signed the certificate: only what was signed for that one speaks of it.
        if let Some(issuer) = issuers.first() {
            let responder = |inquiry: &Inquiry<'_>| self.ask_lists(inquiry, issuers, now).status();
            self.at(issuer, |signer| {
                if let Some(answer) = signer.answers.get(inquiry.serial()) {
                    found.hear(answer.status(inquiry, now, responder));
                }
            });
        }
        found.status()
    }

    /// What lists say. A responder's own certificate is asked for here alone: no responder vouches for itself.
    fn ask_lists(&self, inquiry: &Inquiry<'_>, issuers: &[CrlIssuer], now: UnixTime) -> Found {
        let mut found = Found::default();
        for issuer in issuers {
            self.at(issuer, |signer| {
                for held in signer.lists.iter().filter(|held| held.list.check_issuer(issuer).is_ok()) {
                    found.take(held, inquiry, now);
                }
            });
        }
        found
    }

    /// Calls `ask` with what this issuer's key signed: verified before, or now.
    fn at(&self, issuer: &CrlIssuer, ask: impl FnOnce(&Signer)) {
        match self.signer(issuer) {
            Some(signer) => ask(signer),
            None => {
                let mut signer = Signer::new(issuer);
                for list in self.pending.iter().filter(|list| *list.issuer() == *issuer.subject) {
                    signer.offer(list, &self.seen);
                }
                for response in &self.pending_responses {
                    signer.hear(issuer, response);
                }
                ask(&signer);
            }
        }
    }

    fn lists(&self) -> impl Iterator<Item = &VerifiedCrl> {
        self.signers.values().flatten().flat_map(|signer| &signer.lists).map(|held| &held.list)
    }

    fn answers(&self) -> impl Iterator<Item = &VerifiedAnswer> {
        self.signers.values().flatten().flat_map(|signer| signer.answers.values())
    }

    fn signer(&self, issuer: &CrlIssuer) -> Option<&Signer> {
        self.signers.get(&issuer.subject)?.iter().find(|signer| signer.public_key == issuer.public_key)
    }

    fn introduce(&mut self, issuer: &CrlIssuer) {
        let signers = self.signers.entry(Arc::clone(&issuer.subject)).or_default();
        match signers.iter_mut().find(|signer| signer.public_key == issuer.public_key) {
            Some(signer) if signer.issuers.contains(issuer) => {}
            Some(signer) => signer.issuers.push(issuer.clone()),
            None => signers.push(Signer::new(issuer)),
        }
    }

    fn place(&mut self, list: Crl) {
        let candidates = self.signers.get_mut(list.issuer()).map(Vec::as_mut_slice).unwrap_or_default();
        let mut signed_by_one = false;
        for signer in candidates {
            if let Some(seen) = signer.offer(&list, &self.seen) {
                signed_by_one = true;
                if !self.seen.holds(&seen) {
                    Arc::make_mut(&mut self.seen).note(seen);
                }
            }
        }
        // A refresher brings the same bytes again and again.
        if !signed_by_one && !self.pending.iter().any(|known| known.der() == list.der()) {
            self.pending.push(list);
        }
    }

    fn place_response(&mut self, response: OcspResponse) {
        let mut heard = false;
        for signer in self.signers.values_mut().flatten() {
            for issuer in signer.issuers.clone() {
                heard |= signer.hear(&issuer, &response);
            }
        }
        if !heard && !self.pending_responses.iter().any(|known| known.der() == response.der()) {
            self.pending_responses.push(response);
        }
    }
}

impl Signer {
    fn new(issuer: &CrlIssuer) -> Self {
        let answers = Arc::default();
        Self { public_key: issuer.public_key.clone(), issuers: vec![issuer.clone()], lists: Vec::new(), answers }
    }

    /// Takes what the response says of this key's certificates, where it is newer; whether it is valid.
    fn hear(&mut self, issuer: &CrlIssuer, response: &OcspResponse) -> bool {
        let Ok(verified) = response.verify_by(issuer) else {
            return false;
        };
        let answers = Arc::make_mut(&mut self.answers);
        for (serial, answer) in verified.into_answers() {
            if answers.get(&serial).is_none_or(|known| answer.replaces(known)) {
                answers.insert(serial, answer);
            }
        }
        true
    }

    /// Takes the list if this key signed it and it is newer than the one of its scope; what was seen, if it was signed.
    fn offer(&mut self, list: &Crl, seen: &SeenLists) -> Option<SeenList> {
        let list = list.verify_by(&self.public_key).ok()?;
        let now_seen = SeenList::of(&list, &self.public_key);
        let past = seen.is_past(&now_seen);
        match self.lists.iter_mut().find(|known| known.list.scope() == list.scope()) {
            Some(known) if age(&known.list) < age(&list) => *known = Held { list, past },
            Some(_) => {}
            None => self.lists.push(Held { list, past }),
        }
        Some(now_seen)
    }
}

/// What lists and responses say of one certificate, taken together.
struct Found {
    revoked: Option<(UnixTime, Option<Reason>)>,
    /// For which reasons fresh lists do not name it.
    covered: Reasons,
    /// Whether a fresh response says that it is good.
    good: bool,
    rule: &'static str,
}

impl Default for Found {
    fn default() -> Self {
        Self { revoked: None, covered: Reasons::NONE, good: false, rule: "crl-missing" }
    }
}

impl Found {
    fn take(&mut self, Held { list, past }: &Held, inquiry: &Inquiry<'_>, now: UnixTime) {
        // A list that names the certificate revokes it, whatever else it was made for: its issuer gave the serial once.
        if let Some(entry) = list.entry(inquiry.serial()) {
            self.revoke(entry.at, entry.reason);
        }
        let coverage = list.coverage(inquiry);
        if coverage == Reasons::NONE {
            self.blame("crl-scope");
            return;
        }
        match list.fresh(now) {
            _ if *past => self.blame("crl-number-back"),
            Ok(()) => {
                self.covered = self.covered.or(coverage);
                self.blame("crl-reasons");
            }
            Err(rule) => self.blame(rule),
        }
    }

    fn hear(&mut self, status: Status) {
        match status {
            Status::Good => self.good = true,
            Status::Revoked { at, reason } => self.revoke(at, reason),
            Status::Unknown(rule) => self.blame(rule),
        }
    }

    /// Of several sources the one that revokes earliest is told.
    fn revoke(&mut self, at: UnixTime, reason: Option<Reason>) {
        if self.revoked.is_none_or(|(known, _)| at < known) {
            self.revoked = Some((at, reason));
        }
    }

    /// Of several rules the one nearest to an answer is told.
    fn blame(&mut self, rule: &'static str) {
        const RANK: [&str; 12] = [
            "crl-missing",
            "crl-scope",
            "ocsp-unknown",
            "crl-reasons",
            "ocsp-produced-at",
            "ocsp-responder-status",
            "ocsp-responder-time",
            "crl-this-update",
            "ocsp-this-update",
            "ocsp-next-update",
            "crl-next-update",
            // Nearest to an answer that is withheld.
            "crl-number-back",
        ];
        let rank = |rule| RANK.iter().position(|known| *known == rule);
        if rank(rule) > rank(self.rule) {
            self.rule = rule;
        }
    }

    fn status(self) -> Status {
        match self.revoked {
            Some((at, reason)) => Status::Revoked { at, reason },
            None if self.good || self.covered == Reasons::ALL => Status::Good,
            None => Status::Unknown(self.rule),
        }
    }
}

/// The number's last eight octets, which is all of it in every PKI that counts from one.
fn low(number: &CrlNumber) -> u64 {
    number.iter().fold(0_u64, |number, octet| (number << 8) | u64::from(*octet))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, Sample};
    use super::*;
    use crate::encoding::der::{Writer, tag};
    use crate::encoding::oid;

    const NOW: UnixTime = UnixTime::from_seconds(sample::THIS_UPDATE + 10);

    fn numbered(number: i128, revoked: &[&[u8]]) -> Sample {
        let mut list = Sample::new();
        list.number = Some(number);
        list.revoked = revoked.iter().map(|serial| sample::entry(serial)).collect();
        list
    }

    fn ask(snapshot: &RevocationSnapshot, issuer: &CrlIssuer, serial: &[u8], now: UnixTime) -> Status {
        snapshot.status(&Inquiry::new(serial, false, None), std::slice::from_ref(issuer), now)
    }

    fn parse(der: &[u8]) -> Crl {
        Crl::parse(der, &crate::bounds::Bounds::default()).unwrap()
    }

    #[test]
    fn lists_wait_for_their_issuer() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let waiting = RevocationSnapshot::new(vec![parse(&list)]);
        assert!(!waiting.knows(std::slice::from_ref(&issuer)));
        let known = waiting.with_issuers(std::slice::from_ref(&issuer));
        assert!(known.knows(std::slice::from_ref(&issuer)));
        let at = UnixTime::from_seconds(sample::REVOKED);
        for snapshot in [&waiting, &known] {
            assert_eq!(ask(snapshot, &issuer, &[5], NOW), Status::Revoked { at, reason: None });
            assert_eq!(ask(snapshot, &issuer, &[6], NOW), Status::Good);
            assert_eq!(snapshot.number(), 1);
        }
        assert_eq!(known.next_update(), Some(UnixTime::from_seconds(sample::NEXT_UPDATE)));
    }

    #[test]
    fn serials_are_compared_whole() {
        let (list, issuer) = numbered(1, &[&[0x12, 0x34], &[0x12, 0x34, 0x56], &[0x7f]]).signed();
        let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(std::slice::from_ref(&issuer));
        let status = |serial: &[u8]| ask(&known, &issuer, serial, NOW);
        for serial in [&[0x12, 0x34][..], &[0x12, 0x34, 0x56], &[0x7f]] {
            assert!(matches!(status(serial), Status::Revoked { .. }), "{serial:02x?}");
        }
        for serial in [&[0x12][..], &[0x12, 0x34, 0x56, 0x78], &[0x34, 0x56], &[0x7e], &[1; 21]] {
            assert_eq!(status(serial), Status::Good, "{serial:02x?}");
        }
        // No serial number: nothing is known of it.
        for serial in [&[][..], &[0x80], &[0xff, 0x12, 0x34]] {
            assert_eq!(status(serial), Status::Unknown("serial"), "{serial:02x?}");
        }
    }

    #[test]
    fn another_key_or_name_says_nothing() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let (_, namesake) = Sample::new().signed();
        let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(&[issuer.clone(), namesake.clone()]);
        assert_eq!(ask(&known, &namesake, &[5], NOW), Status::Unknown("crl-missing"));
        assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
        let renamed = CrlIssuer { subject: sample::name("other").into(), ..issuer };
        assert_eq!(ask(&known, &renamed, &[5], NOW), Status::Unknown("crl-missing"));
    }

    #[test]
    fn a_certificate_that_may_not_sign_lists_does_not_keep_another_of_its_key_from_it() {
        let (list, issuer) = numbered(1, &[&[5]]).signed();
        let barred = CrlIssuer { may_sign_crl: false, ..issuer.clone() };
        for issuers in [[barred.clone(), issuer.clone()], [issuer.clone(), barred.clone()]] {
            let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(&issuers[..1]).with_issuers(&issuers);
            assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
            assert_eq!(ask(&known, &barred, &[5], NOW), Status::Unknown("crl-missing"));
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
            assert!(matches!(ask(&known, &issuer, &[5], now), Status::Revoked { .. }));
            assert_eq!(ask(&known, &issuer, &[6], now), rule.map_or(Status::Good, Status::Unknown));
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
            assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
            assert_eq!(known.number(), 300);
        }
        let newest = parse(&numbered(301, &[]).sign(&signer));
        let known = RevocationSnapshot::new(vec![new, newest]).with_issuers(std::slice::from_ref(&issuer));
        assert_eq!(ask(&known, &issuer, &[5], NOW), Status::Good);
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
            assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
        }
    }

    #[test]
    fn a_list_older_than_what_was_seen_before_a_restart_revokes_and_clears_nobody() {
        let signer = sample::signer();
        let issuer = numbered(7, &[]).issuer(&signer);
        let mut later = numbered(7, &[]);
        later.this_update += 1;
        let list = |sample: &Sample| parse(&sample.sign(&signer));
        let issuers = std::slice::from_ref(&issuer);
        let before = RevocationSnapshot::new(vec![list(&later)]).with_issuers(issuers);
        let [seen] = before.seen_lists().try_into().unwrap();
        assert_eq!((seen.key, seen.number[19]), (*issuer.public_key.spki_hash(), 7));
        let restarted = RevocationSnapshot::resume(before.seen_lists());
        assert_eq!(ask(&restarted, &issuer, &[6], NOW), Status::Unknown("crl-missing"));
        let back = Status::Unknown("crl-number-back");
        let stale = UnixTime::from_seconds(sample::NEXT_UPDATE);
        for (sample, status) in
            [(numbered(6, &[&[5]]), back), (numbered(7, &[&[5]]), back), (numbered(8, &[&[5]]), Status::Good)]
        {
            let waiting = restarted.with_lists(vec![list(&sample)]);
            for snapshot in [&waiting, &waiting.with_issuers(issuers)] {
                assert_eq!(ask(snapshot, &issuer, &[6], NOW), status);
                assert!(matches!(ask(snapshot, &issuer, &[5], NOW), Status::Revoked { .. }));
            }
            let known = waiting.with_issuers(issuers);
            assert_eq!(known.seen_lists().as_slice() == [seen.clone()], status == back, "never by less");
            if status == back {
                assert_eq!(ask(&known, &issuer, &[6], stale), back);
                // What was seen comes again, or what follows it.
                for next in [&later, &numbered(8, &[])] {
                    assert_eq!(ask(&known.with_lists(vec![list(next)]), &issuer, &[6], NOW), Status::Good);
                }
            }
        }
    }

    #[test]
    fn what_was_seen_speaks_of_its_key_issuer_and_scope_alone() {
        let signer = sample::signer();
        let seen_of = |sample: &Sample, signer: &crate::crypto::SoftwareSigner| {
            let issuer = sample.issuer(signer);
            let snapshot = RevocationSnapshot::new(vec![parse(&sample.sign(signer))]).with_issuers(&[issuer]);
            snapshot.seen_lists().remove(0)
        };
        let mut namesake = numbered(9, &[]);
        namesake.issuer = sample::name("other");
        let mut samples = vec![numbered(9, &[]), namesake];
        let uris = [uri("http://a/1"), uri("http://a/2")];
        let points = uris.iter().map(|uri| vec![field(0xa0, uri)]);
        let flags = [0x81, 0x82, 0x85].map(|flag| vec![field(flag, &[0xff])]);
        let reasons = [&[5, 0x60][..], &[7, 0x1f, 0x80]].map(|bits| vec![field(0x83, bits)]);
        for fields in points.chain(flags).chain(reasons) {
            let mut list = part(&fields, &[]);
            list.number = Some(9);
            samples.push(list);
        }
        let seen: Vec<_> = samples.iter().map(|sample| seen_of(sample, &signer)).collect();
        let whole = numbered(3, &[]);
        let issuer = whole.issuer(&signer);
        for (index, seen) in seen.iter().enumerate() {
            let restarted =
                RevocationSnapshot::resume(vec![seen.clone()]).with_lists(vec![parse(&whole.sign(&signer))]);
            let expected = if index == 0 { Status::Unknown("crl-number-back") } else { Status::Good };
            assert_eq!(ask(&restarted, &issuer, &[6], NOW), expected, "{index}");
        }
        let all = RevocationSnapshot::resume(seen.clone());
        assert_eq!(all.seen_lists().len(), samples.len(), "each is a series of its own");
        // A CA that was made anew counts from one.
        let anew = sample::signer();
        let known = all.with_lists(vec![parse(&numbered(1, &[]).sign(&anew))]);
        assert_eq!(ask(&known, &numbered(1, &[]).issuer(&anew), &[6], NOW), Status::Good);
    }

    /// `[tag] content`, as in an issuingDistributionPoint or a distribution point.
    fn field(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.primitive(tag, content);
        writer.into_bytes()
    }

    fn uri(text: &str) -> Vec<u8> {
        field(0xa0, &field(0x86, text.as_bytes()))
    }

    /// A cRLDistributionPoints of these points' contents.
    fn points(points: &[Vec<u8>]) -> Vec<u8> {
        field(0x30, &points.iter().flat_map(|point| field(0x30, point)).collect::<Vec<_>>())
    }

    /// A list whose issuingDistributionPoint holds `fields`, numbered one.
    fn part(fields: &[Vec<u8>], revoked: &[&[u8]]) -> Sample {
        let mut list = numbered(1, revoked);
        let value = field(0x30, &fields.concat());
        list.extensions.push(sample::extension(oid::ISSUING_DISTRIBUTION_POINT, Some(true), &value));
        list
    }

    /// What these lists of one CA say of the certificate with serial 5.
    fn judge(lists: &[Sample], authority: bool, points: Option<&[u8]>) -> Status {
        let signer = sample::signer();
        let issuer = lists[0].issuer(&signer);
        let lists = lists.iter().map(|list| parse(&list.sign(&signer))).collect();
        let snapshot = RevocationSnapshot::new(lists);
        let inquiry = Inquiry::new(&[5], authority, points);
        let waiting = snapshot.status(&inquiry, std::slice::from_ref(&issuer), NOW);
        let known = snapshot.with_issuers(std::slice::from_ref(&issuer));
        assert_eq!(known.status(&inquiry, &[issuer], NOW), waiting);
        waiting
    }

    const OUT_OF_SCOPE: Status = Status::Unknown("crl-scope");

    /// RFC 5280 §6.3.3 b 2 ii to iv; PKITS 4.14.10 to 14.
    #[test]
    fn a_list_of_users_authorities_or_attributes_speaks_of_these_only() {
        for (field_tag, users, authorities) in
            [(0x81, Status::Good, OUT_OF_SCOPE), (0x82, OUT_OF_SCOPE, Status::Good), (0x85, OUT_OF_SCOPE, OUT_OF_SCOPE)]
        {
            let list = || [part(&[field(field_tag, &[0xff])], &[])];
            assert_eq!(judge(&list(), false, None), users, "{field_tag:02x}");
            assert_eq!(judge(&list(), true, None), authorities, "{field_tag:02x}");
            // What names the certificate revokes it all the same.
            let naming = [part(&[field(field_tag, &[0xff])], &[&[5]])];
            assert!(matches!(judge(&naming, false, None), Status::Revoked { .. }));
        }
    }

    /// RUSTSEC-2026-0049: only the first distribution point was looked at.
    #[test]
    fn a_list_matches_any_distribution_point_of_the_certificate() {
        let list = || [part(&[field(0xa0, &uri("http://a/2"))], &[])];
        let first = uri("http://a/1");
        let point = |name: &[u8]| field(0xa0, name);
        assert_eq!(judge(&list(), false, Some(&points(&[point(&first), point(&uri("http://a/2"))]))), Status::Good);
        assert_eq!(judge(&list(), false, Some(&points(&[point(&uri("http://a/2")), point(&first)]))), Status::Good);
        let both = field(0xa0, &[field(0x86, b"ldap://b"), field(0x86, b"http://a/2")].concat());
        assert_eq!(judge(&list(), false, Some(&points(&[point(&both)]))), Status::Good);
        assert_eq!(judge(&list(), false, Some(&points(&[point(&first)]))), OUT_OF_SCOPE);
        assert_eq!(judge(&list(), false, Some(&points(&[point(&uri("http://a/22"))]))), OUT_OF_SCOPE);
        assert_eq!(judge(&list(), false, None), OUT_OF_SCOPE);
        // A point with a cRLIssuer asks for an indirect list, which this is not.
        let indirect = [point(&uri("http://a/2")), field(0xa2, &field(0x86, b"http://a/2"))].concat();
        assert_eq!(judge(&list(), false, Some(&points(&[indirect]))), OUT_OF_SCOPE);
    }

    /// PKITS 4.14.4 to 9.
    #[test]
    fn a_name_relative_to_the_issuer_is_the_issuers_with_one_part_more() {
        let part_name = &sample::name("part")[4..];
        let relative = || field(0xa0, &field(0xa1, part_name));
        let issuer = sample::name("issuer");
        let directory = |name: &[u8]| field(0xa0, &field(0xa0, &field(0xa4, name)));
        let whole = directory(&field(0x30, &[&issuer[2..], &field(0x31, part_name)].concat()));
        let other = directory(&sample::name("part"));
        for list_name in [relative(), whole.clone()] {
            let list = || [part(std::slice::from_ref(&list_name), &[])];
            for (point, status) in
                [(relative(), Status::Good), (whole.clone(), Status::Good), (other.clone(), OUT_OF_SCOPE)]
            {
                assert_eq!(judge(&list(), false, Some(&points(&[point]))), status);
            }
        }
        // The point that names the issuer itself is tried for every certificate (RFC 5280 §6.3.3).
        assert_eq!(judge(&[part(&[directory(&issuer)], &[])], false, None), Status::Good);
    }

    /// PKITS 4.14.15 to 21.
    #[test]
    fn a_certificate_is_good_only_when_its_lists_cover_all_reasons() {
        let some = |bits: &[u8], revoked: &[&[u8]]| part(&[field(0x83, bits)], revoked);
        // keyCompromise and cACompromise, and the other six.
        let (two, six): (&[u8], &[u8]) = (&[5, 0x60], &[7, 0x1f, 0x80]);
        assert_eq!(judge(&[some(two, &[])], false, None), Status::Unknown("crl-reasons"));
        assert_eq!(judge(&[some(six, &[])], false, None), Status::Unknown("crl-reasons"));
        assert_eq!(judge(&[some(two, &[]), some(six, &[])], false, None), Status::Good);
        for lists in [[some(two, &[&[5]]), some(six, &[])], [some(two, &[]), some(six, &[&[5]])]] {
            assert!(matches!(judge(&lists, false, None), Status::Revoked { .. }));
        }
        let mut stale = some(six, &[]);
        (stale.this_update, stale.next_update) = (sample::THIS_UPDATE - 9, Some(sample::THIS_UPDATE));
        assert_eq!(judge(&[some(two, &[]), stale], false, None), Status::Unknown("crl-next-update"));
        // A point's own reasons bound what is asked for there.
        let named = |bits: &[u8]| points(&[[field(0xa0, &uri("http://a")), field(0x81, bits)].concat()]);
        let list = || [part(&[field(0xa0, &uri("http://a"))], &[])];
        assert_eq!(judge(&list(), false, Some(&named(two))), Status::Unknown("crl-reasons"));
        assert_eq!(judge(&list(), false, Some(&named(&[7, 0x7f, 0x80]))), Status::Good);
    }

    #[test]
    fn each_scope_keeps_its_own_newest_list() {
        let mut users = part(&[field(0x81, &[0xff])], &[]);
        let mut authorities = part(&[field(0x82, &[0xff])], &[&[5]]);
        (users.number, authorities.number) = (Some(7), Some(3));
        let newer = {
            let mut list = part(&[field(0x82, &[0xff])], &[]);
            list.number = Some(4);
            list
        };
        let revoked = judge(&[users, authorities], true, None);
        assert!(matches!(revoked, Status::Revoked { .. }), "{revoked:?}");
        let authorities = part(&[field(0x82, &[0xff])], &[&[5]]);
        assert_eq!(judge(&[numbered(9, &[]), authorities, newer], true, None), Status::Good);
    }

    /// PKITS 4.4.19 to 21: lists by another key of the same CA, once the caller has validated its certificate.
    #[test]
    fn keys_of_one_name_speak_for_each_other_where_the_caller_says_so() {
        let (list, signer) = numbered(1, &[&[5]]).signed();
        let (_, of_certificate) = Sample::new().signed();
        let snapshot = RevocationSnapshot::new(vec![parse(&list)]);
        let status =
            |issuers: &[CrlIssuer], serial: &[u8]| snapshot.status(&Inquiry::new(serial, false, None), issuers, NOW);
        assert_eq!(status(std::slice::from_ref(&of_certificate), &[6]), Status::Unknown("crl-missing"));
        assert_eq!(status(&[of_certificate.clone(), signer.clone()], &[6]), Status::Good);
        assert!(matches!(status(&[of_certificate.clone(), signer.clone()], &[5]), Status::Revoked { .. }));
        let barred = CrlIssuer { may_sign_crl: false, ..signer };
        assert_eq!(status(&[of_certificate, barred], &[6]), Status::Unknown("crl-missing"));
    }

    #[test]
    fn a_revocation_says_its_reason() {
        let reason = sample::extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1]);
        let mut list = numbered(1, &[]);
        list.revoked = vec![sample::entry_with(&[5], Some(&reason))];
        let at = UnixTime::from_seconds(sample::REVOKED);
        assert_eq!(judge(&[list], false, None), Status::Revoked { at, reason: Some(Reason::KeyCompromise) });
    }
}
