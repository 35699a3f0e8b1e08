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
mod tests;
