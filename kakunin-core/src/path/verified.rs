//! What a validated path proves. Values of these types are made by validation only.

use std::sync::Arc;

use super::judge::Above;
use crate::certificate::{Certificate, SERIAL_OCTETS};
use crate::crypto::{Digest, PublicKey, Sha256};
use crate::error::{Code, Denial};
use crate::revocation::order::Placed;
use crate::revocation::{CrlIssuer, Inquiry, RevocationSnapshot, RevocationView, Status};
use crate::scope::Scope;
use crate::time::UnixTime;

/// What a certificate is on its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// A certificate of an agent, with a scope and an id.
    Agent,
    /// The configured trust anchor.
    Anchor,
    /// A certificate of an approver. It stands on no path of an agent, but beside the agent's topmost certificate.
    Approver,
    /// A CA certificate below an anchor.
    Authority,
}

/// A certificate of a validated path: its facts, without its bytes.
#[derive(Clone, Debug)]
pub struct Link {
    pub(super) kind: LinkKind,
    pub(super) depth: u8,
    pub(super) fingerprint: Digest,
    pub(super) serial: Serial,
    pub(super) subject: Arc<[u8]>,
    pub(super) issuer: Arc<[u8]>,
    pub(super) issuer_key_hash: Digest,
    pub(super) public_key: PublicKey,
    pub(super) not_before: UnixTime,
    pub(super) not_after: UnixTime,
    pub(super) id: Option<Arc<str>>,
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) counters: Box<[Digest]>,
    pub(super) signed_by_agent: bool,
    pub(super) development: bool,
    /// Whether its basicConstraints say cA: of CAs, and of agents that delegate.
    pub(super) authority: bool,
    /// The value of its cRLDistributionPoints.
    pub(super) distribution_points: Option<Box<[u8]>>,
}

impl Link {
    /// What it is on its path.
    pub fn kind(&self) -> LinkKind {
        self.kind
    }

    /// How far above the leaf it stands in [`VerifiedAgent::above`]; the leaf is 0.
    pub fn depth(&self) -> usize {
        usize::from(self.depth)
    }

    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// The serial number, as an INTEGER's content.
    pub fn serial(&self) -> &[u8] {
        self.serial.content()
    }

    /// The subject's name, DER.
    pub fn subject(&self) -> &[u8] {
        &self.subject
    }

    /// The issuer's name, DER.
    pub fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// SHA-256 of the issuer's SPKI. Of an anchor, whose issuer is nobody's business, its own.
    pub fn issuer_key_hash(&self) -> &Digest {
        &self.issuer_key_hash
    }

    /// SHA-256 of its own SPKI.
    pub fn key_hash(&self) -> &Digest {
        self.public_key.spki_hash()
    }

    /// From when it is valid.
    pub fn not_before(&self) -> UnixTime {
        self.not_before
    }

    /// Until when it is valid, that second included.
    pub fn not_after(&self) -> UnixTime {
        self.not_after
    }

    /// The agent's id; none on CA certificates.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its scope: on every agent's certificate, and on a CA's where it has one.
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_deref()
    }

    /// Names of the counters of its scope in the order of the scope's counters, for all stores: issuer key, agent
    /// id (of a CA: subject) and the limit's description decide them, a maximum or serial does not.
    pub fn counters(&self) -> &[Digest] {
        &self.counters
    }

    /// Whether an agent signed it: then its own revocation is not looked up, it falls with what is above.
    pub fn is_signed_by_agent(&self) -> bool {
        self.signed_by_agent
    }

    /// Whether it bears the mark of a CA made for trying.
    pub fn is_development(&self) -> bool {
        self.development
    }

    fn inquiry(&self) -> Inquiry<'_> {
        Inquiry::new(self.serial(), self.authority, self.distribution_points.as_deref())
            .within(self.not_before, self.not_after)
    }

    /// Whether `now` lies within its validity.
    ///
    /// # Errors
    /// E103 `not-after`, E104 `not-before`, with times and depth.
    pub(super) fn check_time(&self, now: UnixTime) -> Result<(), Denial> {
        let (now, not_before, not_after) = (now.seconds(), self.not_before.seconds(), self.not_after.seconds());
        let denial = if now > not_after {
            Denial::new(Code::CertificateExpired, "not-after").times(now, not_after)
        } else if now < not_before {
            Denial::new(Code::CertificateNotYetValid, "not-before").times(now, not_before)
        } else {
            return Ok(());
        };
        Err(denial.depth(self.depth()))
    }
}

/// A serial number's content octets, in place: there is one in every certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Serial {
    octets: [u8; SERIAL_OCTETS],
    length: u8,
}

impl Serial {
    pub(super) fn of(certificate: &Certificate<'_>) -> Self {
        let mut octets = [0; SERIAL_OCTETS];
        // INVARIANT: a certificate whose serial number is longer is not read.
        octets.iter_mut().zip(certificate.serial()).for_each(|(to, octet)| *to = *octet);
        Self { octets, length: certificate.serial().len() as u8 }
    }

    fn content(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// An agent whose path, and whose parents' paths, were validated up to trust anchors.
///
/// It may be kept: [`VerifiedAgent::check_time`] and [`VerifiedAgent::check_revocation`] are to be asked at every use.
#[derive(Debug)]
pub struct VerifiedAgent {
    /// The path of signatures, where parents' paths make it a part of what is above.
    pub(super) links: Option<Box<[Arc<Link>]>>,
    pub(super) above: Box<[Arc<Link>]>,
    pub(super) leaf: Arc<Link>,
    pub(super) id: Arc<str>,
    pub(super) model_hash: Option<Digest>,
    pub(super) window: (UnixTime, UnixTime),
    pub(super) crl_issuers: Arc<[CrlIssuer]>,
    /// The CA that issued the topmost agent certificate: whose approvers approve.
    pub(super) certifier: Arc<Above>,
}

impl VerifiedAgent {
    /// The agent's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path of signatures, leaf first, anchor last.
    pub fn links(&self) -> &[Arc<Link>] {
        self.links.as_deref().unwrap_or(&self.above)
    }

    /// The leaf and everything above it, by signature and by `parent`, each certificate once and after all that it
    /// is above of: the leaf, then upward.
    pub fn above(&self) -> &[Arc<Link>] {
        &self.above
    }

    /// The agent's own certificate.
    pub fn leaf(&self) -> &Link {
        &self.leaf
    }

    /// The latest notBefore of all certificates above.
    pub fn not_before(&self) -> UnixTime {
        self.window.0
    }

    /// The earliest notAfter of all certificates above.
    pub fn not_after(&self) -> UnixTime {
        self.window.1
    }

    /// Whether any CA above was made for trying.
    pub fn is_development(&self) -> bool {
        self.above.iter().any(|link| link.development)
    }

    /// The model configuration that the leaf is bound to.
    pub fn model_hash(&self) -> Option<&Digest> {
        self.model_hash.as_ref()
    }

    /// The agent's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.leaf.public_key
    }

    /// SHA-256 of the SPKI that signed the leaf.
    pub fn issuer_key_hash(&self) -> &Digest {
        &self.leaf.issuer_key_hash
    }

    /// SHA-256 of the leaf.
    pub fn fingerprint(&self) -> &Digest {
        &self.leaf.fingerprint
    }

    /// A digest of the fingerprints of all certificates above, computed anew at each call: what a cache may file this agent under.
    pub fn path_fingerprint(&self) -> Digest {
        let mut fingerprint = Sha256::new();
        self.above.iter().for_each(|link| fingerprint.update(&link.fingerprint));
        fingerprint.finish()
    }

    /// The CAs whose lists [`VerifiedAgent::check_revocation`] looks into.
    pub fn crl_issuers(&self) -> &[CrlIssuer] {
        &self.crl_issuers
    }

    /// Whether `now` lies within the validity of every certificate above.
    ///
    /// # Errors
    /// E103, E104, with times and depth; judged from the anchor down.
    pub fn check_time(&self, now: UnixTime) -> Result<(), Denial> {
        let (not_before, not_after) = self.window;
        if (not_before.seconds()..=not_after.seconds()).contains(&now.seconds()) {
            return Ok(());
        }
        self.above.iter().rev().try_for_each(|link| link.check_time(now))
    }

    /// Whether no certificate above is revoked and no order stops what the agent does in `session`, and that is known
    /// at `now`.
    ///
    /// # Errors
    /// E401 where any is revoked; E402, E403, E404 where a halt stands; whatever is known counts, whatever else is unknown.
    /// E405 where the status of any is missing or stale, or an authority that governs the agent is not heard of.
    pub fn check_revocation(&self, view: &RevocationView, session: Option<&str>, now: UnixTime) -> Result<(), Denial> {
        let RevocationView::Checked(snapshot) = view else { return Ok(()) };
        let unknown = known_revocations(&self.above, &self.crl_issuers, snapshot, now)?;
        let Some(orders) = snapshot.orders() else { return unknown };
        orders.check_known(&self.above, session, now)?;
        unknown?;
        orders.check_current(&self.above, now)
    }
}

/// A CA whose path was validated up to a trust anchor.
#[derive(Debug)]
pub struct VerifiedAuthority {
    pub(super) links: Box<[Arc<Link>]>,
    pub(super) public_key: PublicKey,
    pub(super) crl_issuer: CrlIssuer,
    pub(super) crl_issuers: Box<[CrlIssuer]>,
    pub(super) certifier: Above,
}

impl VerifiedAuthority {
    /// The path of signatures, the CA first, the anchor last.
    pub fn links(&self) -> &[Arc<Link>] {
        &self.links
    }

    /// The CA's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The CA as an issuer of revocation lists.
    pub fn as_crl_issuer(&self) -> &CrlIssuer {
        &self.crl_issuer
    }

    /// The CAs whose lists [`VerifiedAuthority::check_revocation`] looks into.
    pub fn crl_issuers(&self) -> &[CrlIssuer] {
        &self.crl_issuers
    }

    /// Whether any CA on the path was made for trying.
    pub fn is_development(&self) -> bool {
        self.links.iter().any(|link| link.development)
    }

    /// As [`VerifiedAgent::check_revocation`]; orders stop agents, and are not asked.
    ///
    /// # Errors
    /// E401, E405.
    pub fn check_revocation(&self, view: &RevocationView, now: UnixTime) -> Result<(), Denial> {
        match view {
            RevocationView::Checked(snapshot) => known_revocations(&self.links, &self.crl_issuers, snapshot, now)?,
            RevocationView::NotChecked => Ok(()),
        }
    }
}

/// Anchors are trusted by configuration, and what an agent signed falls with the agent: neither is looked up.
pub(super) fn is_looked_up(link: &Link) -> bool {
    link.kind != LinkKind::Anchor && !link.signed_by_agent
}

/// Refuses what is known to be revoked (E401), and else gives what is unknown (E405).
pub(super) fn known_revocations(
    links: &[Arc<Link>],
    issuers: &[CrlIssuer],
    snapshot: &RevocationSnapshot,
    now: UnixTime,
) -> Result<Result<(), Denial>, Denial> {
    let mut unknown = None;
    for link in links.iter().rev().filter(|link| is_looked_up(link)) {
        let issuer = issuers
            .iter()
            .find(|issuer| *issuer.public_key.spki_hash() == link.issuer_key_hash && issuer.subject == link.issuer);
        let status = match issuer {
            Some(issuer) => snapshot.status(&link.inquiry(), std::slice::from_ref(issuer), now),
            None => Status::Unknown("crl-issuer"),
        };
        match status {
            Status::Good => {}
            Status::Revoked { at, .. } => {
                return Err(Denial::new(Code::AgentRevoked, "revoked")
                    .times(now.seconds(), at.seconds())
                    .depth(link.depth()));
            }
            Status::Unknown(rule) => {
                unknown.get_or_insert_with(|| Denial::new(Code::RevocationStale, rule).depth(link.depth()));
            }
        }
    }
    Ok(unknown.map_or(Ok(()), Err))
}

impl Placed for Link {
    fn agent(&self) -> Option<&str> {
        self.id()
    }

    fn serial(&self) -> &[u8] {
        self.serial()
    }

    fn holder(&self) -> (&[u8], &Digest) {
        (&self.subject, self.key_hash())
    }

    fn issuer(&self) -> (&[u8], &Digest) {
        (&self.issuer, &self.issuer_key_hash)
    }

    fn is_authority(&self) -> bool {
        matches!(self.kind, LinkKind::Anchor | LinkKind::Authority)
    }

    fn depth(&self) -> usize {
        self.depth()
    }
}

/// The counters of `scope` in a certificate of `holder` (an agent's id, or a CA's subject) by the issuer with this key.
///
/// Each part stands with its length before it, so that no two counters share a name.
pub(super) fn counter_names(issuer_key_hash: &Digest, holder: Holder<'_>, scope: &Scope) -> Box<[Digest]> {
    let (kind, holder) = match holder {
        Holder::Agent(id) => (b'a', id.as_bytes()),
        Holder::Authority(subject) => (b'c', subject),
    };
    let name = |description: &[u8]| {
        let mut name = Sha256::new();
        name.update(&[kind]);
        name.update_framed(&[issuer_key_hash, holder, description]);
        name.finish()
    };
    scope.counters().iter().map(|counter| name(counter.description())).collect()
}

/// Who holds a scope.
#[derive(Clone, Copy)]
pub(super) enum Holder<'a> {
    /// An agent, by its id.
    Agent(&'a str),
    /// A CA, by its subject.
    Authority(&'a [u8]),
}
