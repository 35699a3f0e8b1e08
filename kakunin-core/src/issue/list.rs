//! Revocation lists.

use std::collections::BTreeMap;

use super::{BACKDATING_SECONDS, Context, Issuer, misuse, write};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;
use crate::error::Denial;
use crate::path;
use crate::revocation::{Crl, Reason};
use crate::time::UnixTime;

/// What a revocation list shall say: all that its CA ever revoked and that has not expired.
#[derive(Clone, Debug)]
pub struct ListProfile {
    /// Its number, higher than that of any list before it.
    pub number: u64,
    /// When the next one will be there.
    pub next_update: UnixTime,
    /// Revoked certificates.
    pub revoked: Vec<Revocation>,
}

/// One revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Its serial number, as an INTEGER's content.
    pub serial: Vec<u8>,
    /// Since when it is revoked.
    pub at: UnixTime,
    /// Why, if that is to be said.
    pub reason: Option<Reason>,
}

/// The revocation list of a CA. Its thisUpdate is five minutes back, for verifiers whose clocks are behind.
///
/// # Errors
/// E504 where nextUpdate is not in the future; E502 where no signature is made; E405 for a serial number that is
/// none, or an issuer that may sign no lists; and whatever [`path::validate_authority`] refuses in the issuer's path.
pub fn crl(profile: &ListProfile, issuer: &Issuer<'_>, context: &Context<'_>) -> Result<Vec<u8>, Denial> {
    let own = issuer.certificate(context)?;
    let anchors = issuer.anchors(context)?;
    let authority = path::validate_authority(issuer.chain, &anchors, context.now, context.bounds)?;
    if profile.next_update <= context.now {
        return Err(misuse("next-update", "nextUpdate").requested(profile.next_update.to_string()));
    }
    // By serial, each once: of two entries for one certificate the earlier revokes it longer.
    let mut revoked: BTreeMap<&[u8], &Revocation> = BTreeMap::new();
    for revocation in &profile.revoked {
        let entry = revoked.entry(&revocation.serial).or_insert(revocation);
        if revocation.at < entry.at {
            *entry = revocation;
        }
    }
    let algorithm = issuer.signer.algorithm().to_der();
    let mut tbs = Writer::new();
    tbs.sequence(|tbs| {
        tbs.integer(tag::INTEGER, 1).raw(&algorithm).raw(own.subject());
        tbs.time(context.now.plus_seconds(-BACKDATING_SECONDS)).time(profile.next_update);
        // RFC 5280 §5.1.2.6: an empty list is left out.
        if !revoked.is_empty() {
            tbs.sequence(|list| revoked.values().for_each(|revocation| write_entry(list, revocation)));
        }
        tbs.constructed(tag::context_constructed(0), |explicit| {
            explicit.sequence(|extensions| {
                extensions.raw(&write::authority_key_identifier(own.subject_key_id(), issuer.signer.public_key()));
                extensions.raw(&write::extension(oid::CRL_NUMBER, false, |value| {
                    value.integer(tag::INTEGER, i128::from(profile.number));
                }));
            });
        });
    });
    let product = write::signed(&tbs.into_bytes(), &algorithm, issuer.signer)?;
    let verified = Crl::parse(&product, context.bounds)?.verify(authority.as_crl_issuer())?;
    if revoked.keys().any(|serial| verified.entry(serial).is_none()) {
        return Err(misuse("list-incomplete", "revoked"));
    }
    Ok(product)
}

fn write_entry(list: &mut Writer, revocation: &Revocation) {
    list.sequence(|entry| {
        entry.primitive(tag::INTEGER, &revocation.serial).time(revocation.at);
        if let Some(reason) = revocation.reason {
            entry.sequence(|extensions| {
                extensions.raw(&write::extension(oid::REASON_CODE, false, |value| {
                    value.primitive(tag::ENUMERATED, &[reason.number()]);
                }));
            });
        }
    });
}
