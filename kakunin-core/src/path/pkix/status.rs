//! Revocation of a path's certificates (RFC 5280 §6.3), by lists and responses of whoever may speak for their issuers.

use super::build::{Found, Request, search};
use super::pool::{Entry, Pool};
use super::rules::Role;
use crate::error::{Code, Denial};
use crate::revocation::{CrlIssuer, Inquiry, RevocationSnapshot, RevocationView, Status};

/// How many keys of one CA may vouch for each other, from the one that issued to the one that signed a list. 3: PKITS needs
/// 1.
const DELEGATIONS: u8 = 3;

/// Whether every certificate below the anchor is known not to be revoked.
///
/// # Errors
/// E401 where any is revoked, whatever else is unknown; else E405 where the status of any is missing or stale.
pub(super) fn check<'s, 'c>(
    found: &Found<'s, 'c>,
    pool: &'s Pool<'c>,
    request: &'s Request<'s>,
    view: &RevocationView,
) -> Result<(), Denial> {
    match view {
        RevocationView::Checked(snapshot) => Inquest { pool, request, snapshot, left: DELEGATIONS }.path(found),
        RevocationView::NotChecked => Ok(()),
    }
}

/// One look at the statuses of a path.
#[derive(Clone, Copy)]
struct Inquest<'s, 'c, 'r> {
    pool: &'s Pool<'c>,
    request: &'s Request<'s>,
    snapshot: &'r RevocationSnapshot,
    /// Of [`DELEGATIONS`].
    left: u8,
}

impl<'s, 'c> Inquest<'s, 'c, '_> {
    fn path(self, found: &Found<'s, 'c>) -> Result<(), Denial> {
        let now = self.request.now;
        let mut unknown = None;
        for (above, (issuer, entry)) in found.path.iter().zip(found.path.iter().skip(1)).enumerate() {
            let depth = found.path.len().saturating_sub(above + 2);
            match self.status(entry, issuer, found)? {
                Status::Good => {}
                Status::Revoked { at, .. } => {
                    let denial = Denial::new(Code::AgentRevoked, "revoked").times(now.seconds(), at.seconds());
                    return Err(denial.depth(depth));
                }
                Status::Unknown(rule) => {
                    unknown.get_or_insert_with(|| Denial::new(Code::RevocationStale, rule).depth(depth));
                }
            }
        }
        unknown.map_or(Ok(()), Err)
    }

    /// What is known of `entry` from the key that issued it and from other keys of the same CA (RFC 5280 §6.3.3(f)).
    fn status(self, entry: &'s Entry<'c>, issuer: &'s Entry<'c>, found: &Found<'s, 'c>) -> Result<Status, Denial> {
        let mut issuers = self.crl_issuers(issuer, entry)?;
        for other in self.pool.of_subject(issuer.certificate.subject_name()) {
            self.request.spending.steps(1)?;
            let known = issuers.iter().any(|known| known.public_key.spki() == other.certificate.spki());
            let Ok(candidates) = self.crl_issuers(other, entry) else { continue };
            if !known && self.knows(entry, &candidates)? && self.speaks_for(other, found)? {
                issuers.extend(candidates);
            }
        }
        let status = self.ask(entry, &issuers)?;
        // RFC 5280 §5.2.6: where there are deltas, a complete list may be older than what is known. They are not read here.
        match status {
            Status::Good if entry.certificate.names_freshest_crl() => Ok(Status::Unknown("crl-delta")),
            status => Ok(status),
        }
    }

    /// Whether the lists say anything that this signer signed.
    fn knows(self, entry: &Entry<'_>, signer: &[CrlIssuer]) -> Result<bool, Denial> {
        Ok(self.ask(entry, signer)? != Status::Unknown("crl-missing"))
    }

    /// Asks the lists. Those that wait for their signer are verified now, so each question is paid for as a signature.
    fn ask(self, entry: &Entry<'_>, issuers: &[CrlIssuer]) -> Result<Status, Denial> {
        self.request.spending.signature()?;
        Ok(self.snapshot.status(&Inquiry::of(&entry.certificate), issuers, self.request.now))
    }

    /// A certificate as the signer of lists, under its own name and under the one that `entry` has for it: a list bears
    /// either.
    fn crl_issuers(self, signer: &Entry<'_>, entry: &Entry<'_>) -> Result<Vec<CrlIssuer>, Denial> {
        let certificate = &signer.certificate;
        let named = |subject: &[u8]| -> Result<CrlIssuer, Denial> {
            Ok(CrlIssuer {
                subject: subject.into(),
                public_key: signer.key()?.clone(),
                // RFC 5280 §6.3.3(f): asked where the extension is present.
                may_sign_crl: certificate.key_usage().is_none_or(|usage| usage.crl_sign()),
                subject_key_id: certificate.subject_key_id().map(Into::into),
            })
        };
        let mut issuers = vec![named(certificate.subject())?];
        if certificate.subject() != entry.certificate.issuer() {
            issuers.push(named(entry.certificate.issuer())?);
        }
        Ok(issuers)
    }

    /// Whether `other`, another key of a CA on the path, is valid below the same anchor and not revoked itself.
    fn speaks_for(self, other: &'s Entry<'c>, found: &Found<'s, 'c>) -> Result<bool, Denial> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(false) };
        let next = Self { left, ..self };
        let result = search(other, Role::Signer, self.pool, self.request, |path| {
            let same = path.path.first().map(|anchor| anchor.index) == found.path.first().map(|anchor| anchor.index);
            if same { next.path(path) } else { Err(Denial::new(Code::ChainUntrusted, "anchor")) }
        });
        self.request.spending.check()?;
        Ok(result.is_ok())
    }
}
