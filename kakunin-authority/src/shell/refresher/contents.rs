//! What the files of a source hold, and the snapshot that is made of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::ocsp::OcspResponse;
use kakunin_core::revocation::order::Orders;
use kakunin_core::revocation::{Crl, CrlIssuer, RevocationSnapshot, SeenList};
use kakunin_core::time::UnixTime;

use super::{Look, Piece, RESPONSE};
use crate::orders::{self, OrderFile};

/// Most issuers whose lists are verified ahead of their use. 4,096: sixteen a list. Those beyond are verified at each use.
const ISSUERS: usize = 4_096;

/// The newest snapshot, and what it was made of.
#[derive(Clone, Default)]
pub(super) struct Contents {
    snapshot: Arc<RevocationSnapshot>,
    /// The lists in each file, by the digest of their bytes.
    files: HashMap<String, Vec<Digest>>,
    issuers: usize,
}

impl Contents {
    pub(super) fn snapshot(&self) -> &Arc<RevocationSnapshot> {
        &self.snapshot
    }

    /// Takes what was found out of `look`, and gives what could not be read, by name. Whether there is another snapshot is the second.
    pub(super) fn take(&mut self, look: &mut Look, bounds: &Bounds) -> (Vec<(String, Denial)>, bool) {
        let mut troubles = Vec::new();
        let (mut lists, mut responses) = (Vec::new(), Vec::new());
        for Piece { name, bytes } in std::mem::take(&mut look.changed) {
            match parse(&name, bytes, bounds) {
                Ok(found) => {
                    let digests = found.lists.iter().map(|list| sha256(list.der()));
                    let digests = digests.chain(found.responses.iter().map(|response| sha256(response.der())));
                    self.files.insert(name, digests.collect());
                    lists.extend(found.lists);
                    responses.extend(found.responses);
                }
                Err(denial) => troubles.push((name, denial)),
            }
        }
        let held = self.files.len();
        self.files.retain(|name, _| look.names.contains(name));
        if lists.is_empty() && responses.is_empty() && self.files.len() == held {
            return (troubles, false);
        }
        let here: HashSet<&Digest> = self.files.values().flatten().collect();
        // What waits for its issuer waits no longer than its file is there; what was verified stays.
        let next = self.snapshot.with_lists(lists).with_responses(responses);
        self.snapshot = Arc::new(next.retain_waiting(|der| here.contains(&sha256(der))));
        (troubles, true)
    }

    /// What it was before any list was read.
    pub(super) fn without_lists(&self) -> Self {
        Self::begin(self.snapshot.seen_lists(), self.snapshot.orders().map(Arc::clone))
    }

    /// Begins with what was seen before, of lists and of orders.
    pub(super) fn begin(lists: Vec<SeenList>, orders: Option<Arc<Orders>>) -> Self {
        let snapshot = RevocationSnapshot::resume(lists);
        let snapshot = match orders {
            Some(orders) => snapshot.with_orders(orders),
            None => snapshot,
        };
        Self { snapshot: Arc::new(snapshot), ..Self::default() }
    }

    /// Takes files of a log, and gives why some were passed over. Whether more is known than before is the second.
    pub(super) fn take_orders(
        &mut self,
        files: &[Piece],
        now: UnixTime,
        bounds: &Bounds,
    ) -> (Vec<(String, Denial)>, bool) {
        let Some(known) = self.snapshot.orders() else {
            return (Vec::new(), false);
        };
        let mut troubles = Vec::new();
        let (mut orders, mut heads) = (Vec::new(), Vec::new());
        for Piece { name, bytes } in files {
            match orders::parse_file(name, bytes, bounds) {
                Ok(Some(OrderFile::Order(order))) => orders.push(order),
                Ok(Some(OrderFile::Head(head))) => heads.push(head),
                Ok(None) => {}
                Err(denial) => troubles.push((name.clone(), denial)),
            }
        }
        let (next, passed_over) = known.take(&orders, &heads, now, bounds);
        troubles.extend(passed_over.into_iter().map(|denial| ("orders".to_owned(), denial)));
        if next == **known {
            return (troubles, false);
        }
        self.snapshot = Arc::new(self.snapshot.with_orders(Arc::new(next)));
        (troubles, true)
    }

    /// Verifies the lists of `issuers`, where they are not yet; whether any was.
    pub(super) fn introduce(&mut self, issuers: &[CrlIssuer]) -> bool {
        if self.snapshot.knows(issuers) || self.issuers + issuers.len() > ISSUERS {
            return false;
        }
        self.issuers += issuers.len();
        self.snapshot = Arc::new(self.snapshot.with_issuers(issuers));
        true
    }
}

/// What is in a file.
#[derive(Default)]
struct Found {
    lists: Vec<Crl>,
    responses: Vec<OcspResponse>,
}

/// The OCSP response, or the lists in PEM or DER, in a file.
fn parse(name: &str, bytes: Vec<u8>, bounds: &Bounds) -> Result<Found, Denial> {
    const SEQUENCE: u8 = 0x30;
    if name.ends_with(RESPONSE) {
        return Ok(Found { responses: vec![OcspResponse::parse(&bytes, bounds)?], ..Found::default() });
    }
    if bytes.first() == Some(&SEQUENCE) {
        return Ok(Found { lists: vec![Crl::parse_owned(bytes, bounds)?], ..Found::default() });
    }
    let malformed = |rule| Denial::new(Code::RevocationStale, rule);
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed("neither-pem-nor-der"))?;
    let blocks = pem::decode(text).map_err(|fault| malformed(fault.rule))?;
    let lists = blocks.into_iter().filter(|block| block.label == pem::CRL);
    let lists = lists.map(|block| Crl::parse_owned(block.bytes, bounds));
    Ok(Found { lists: lists.collect::<Result<_, _>>()?, ..Found::default() })
}
