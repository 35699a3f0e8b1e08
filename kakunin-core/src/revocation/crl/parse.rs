//! Reading a list.

use std::sync::Arc;

use super::entry::{self, Entry};
use super::scope::ListScope;
use super::table::{HashKey, NUMBER_OCTETS, Rows, Table, pad};
use super::{Crl, CrlNumber, List, Signed};
use crate::bounds::Bounds;
use crate::certificate::{AuthorityKeyIdentifier, Extension, ExtensionList, check_name};
use crate::crypto::SignatureAlgorithm;
use crate::encoding::der::{Reader, tag};
use crate::encoding::oid;
use crate::error::Denial;
use crate::revocation::reason::Reason;
use crate::revocation::{at, fault};

/// Most extensions of a list or of an entry. 32, as in a certificate: lists in the field bear at most five.
const EXTENSIONS: usize = 32;
/// Fewest octets of an entry: a serial of one and a UTCTime.
const ENTRY_OCTETS: usize = 20;

const ENTRIES: &str = "tbsCertList.revokedCertificates";

impl Crl {
    /// Reads a list.
    ///
    /// # Errors
    /// E405, with the rule broken and the field, for what is not DER, not RFC 5280, larger than
    /// [`Bounds::crl_bytes`], without nextUpdate or CRL number; for a delta (`crl-delta`) and an indirect list
    /// (`crl-indirect`); and for what bears any other critical extension than an issuingDistributionPoint, on the
    /// list or on any entry. E307 for an algorithm that is not on the list.
    pub fn parse(der: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        Ok(Parts::read(der, bounds)?.of(der.into()))
    }

    /// As [`Crl::parse`], of bytes that it keeps: nothing of a long list is copied.
    ///
    /// # Errors
    /// As [`Crl::parse`].
    pub fn parse_owned(der: Vec<u8>, bounds: &Bounds) -> Result<Self, Denial> {
        Ok(Parts::read(&der, bounds)?.of(der.into()))
    }
}

/// What was read of a list.
struct Parts {
    list: List,
    tbs: (usize, usize),
    algorithm: SignatureAlgorithm,
    signature: Box<[u8]>,
}

impl Parts {
    /// The list whose bytes these parts were read from.
    fn of(self, der: Box<[u8]>) -> Crl {
        let Self { list, tbs, algorithm, signature } = self;
        Crl { list: Arc::new(list), signed: Arc::new(Signed { der, tbs, algorithm, signature }) }
    }

    fn read(der: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        if der.len() > bounds.crl_bytes {
            return Err(fault("crl-too-large", "CertificateList"));
        }
        let mut outer = Reader::new(der);
        let mut list = outer.sequence().map_err(at("CertificateList"))?;
        outer.finish().map_err(at("CertificateList"))?;
        let tbs = list.expect(tag::SEQUENCE).map_err(at("tbsCertList"))?;
        let outer_algorithm = list.expect(tag::SEQUENCE).map_err(at("signatureAlgorithm"))?;
        let signature = list.bit_string().map_err(at("signature"))?;
        list.finish().map_err(at("CertificateList"))?;

        let mut fields = Reader::new(tbs.content);
        if fields.integer().map_err(at("tbsCertList.version"))? != [1] {
            return Err(fault("version", "tbsCertList.version"));
        }
        let algorithm = fields.expect(tag::SEQUENCE).map_err(at("tbsCertList.signature"))?;
        if algorithm.raw != outer_algorithm.raw {
            return Err(fault("algorithm-mismatch", "tbsCertList.signature"));
        }
        let issuer = fields.expect(tag::SEQUENCE).map_err(at("tbsCertList.issuer"))?;
        if issuer.content.is_empty() {
            return Err(fault("name-empty", "tbsCertList.issuer"));
        }
        check_name(issuer.content).map_err(at("tbsCertList.issuer"))?;
        let this_update = fields.time().map_err(at("tbsCertList.thisUpdate"))?;
        if !matches!(fields.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME)) {
            return Err(fault("next-update-missing", "tbsCertList.nextUpdate"));
        }
        let next_update = fields.time().map_err(at("tbsCertList.nextUpdate"))?;
        if next_update <= this_update {
            return Err(fault("next-update-order", "tbsCertList.nextUpdate"));
        }
        let revoked = fields.optional(tag::SEQUENCE).map_err(at(ENTRIES))?;
        let extensions = fields
            .expect(tag::context_constructed(0))
            .map_err(|_| fault("crl-number-missing", "tbsCertList.crlExtensions"))?;
        fields.finish().map_err(at("tbsCertList"))?;
        let extensions = ListExtensions::read(extensions.content, issuer.raw)?;
        let algorithm = SignatureAlgorithm::from_der(algorithm.content)?;
        let key = HashKey::new(signature);
        let revoked = match revoked {
            Some(revoked) => read_entries(revoked.content, key)?,
            None => Rows::with_capacity(0).index(key),
        };
        // INVARIANT: `tbs` stands at the front of the content of `der`.
        let start = der.len() - outer_length(der, tbs.raw);
        Ok(Self {
            list: List {
                issuer: issuer.raw.into(),
                this_update,
                next_update,
                number: extensions.number,
                authority_key_id: extensions.authority_key_id.map(Into::into),
                scope: extensions.scope,
                revoked,
            },
            tbs: (start, start + tbs.raw.len()),
            algorithm,
            signature: signature.into(),
        })
    }
}

/// How many bytes of `der` stand from its content's front, `first`, to its end.
fn outer_length(der: &[u8], first: &[u8]) -> usize {
    let before = (first.as_ptr() as usize).saturating_sub(der.as_ptr() as usize);
    der.len().saturating_sub(before)
}

fn read_entries(revoked: &[u8], key: HashKey) -> Result<Table, Denial> {
    let mut rest = Reader::new(revoked);
    if revoked.is_empty() {
        return Err(fault("revoked-certificates-empty", ENTRIES));
    }
    let mut rows = Rows::with_capacity(estimate(revoked));
    while !rest.is_empty() {
        if let Some((entry, after)) = entry::read(rest.rest()) {
            rows.push(entry);
            rest = Reader::new(after);
        } else {
            rows.push(read_generally(&mut rest)?);
        }
    }
    Ok(rows.index(key))
}

/// How many entries there are likely to be, by the length of the first ones. Never more than there is input for.
fn estimate(revoked: &[u8]) -> usize {
    const SAMPLE: usize = 64;
    let (mut rest, mut sampled) = (Reader::new(revoked), 0);
    while sampled < SAMPLE && rest.element().is_ok() {
        sampled += 1;
    }
    let average = (revoked.len() - rest.rest().len()).checked_div(sampled).unwrap_or_default();
    // A little more, so that the last ones need not move all others.
    let likely = revoked.len() / average.max(ENTRY_OCTETS);
    likely + likely / 32 + 1
}

/// The next entry, whatever its form.
pub(super) fn read_generally<'a>(list: &mut Reader<'a>) -> Result<Entry<'a>, Denial> {
    let mut entry = list.sequence().map_err(at(ENTRIES))?;
    let serial = positive(entry.integer().map_err(at("userCertificate"))?, "userCertificate")?;
    let since = entry.time().map_err(at("revocationDate"))?;
    let mut reason = None;
    if !entry.is_empty() {
        let extensions = entry.expect(tag::SEQUENCE).map_err(at("crlEntryExtensions"))?;
        entry.finish().map_err(at(ENTRIES))?;
        reason = read_entry_extensions(extensions.raw)?;
    }
    Ok(Entry { serial, at: since, reason })
}

fn read_entry_extensions(extensions: &[u8]) -> Result<Option<Reason>, Denial> {
    let mut reason = None;
    for_each_extension(extensions, "crlEntryExtensions", |Extension { id, critical, value }| {
        if critical {
            return Err(critical_extension("crlEntryExtensions", id));
        }
        let mut content = Reader::new(value);
        match id {
            oid::REASON_CODE => {
                let code = content.expect(tag::ENUMERATED).map_err(at("reasonCode"))?.content;
                content.finish().map_err(at("reasonCode"))?;
                reason = Reason::read(code).map_err(at("reasonCode"))?;
            }
            oid::INVALIDITY_DATE => {
                // GeneralizedTime whatever the year (RFC 5280 §5.3.2), and it decides nothing here.
                content.generalized_time().map_err(at("invalidityDate"))?;
                content.finish().map_err(at("invalidityDate"))?;
            }
            // Critical by RFC 5280 §5.3.3, and of indirect lists only; what it names would be another CA's certificate.
            oid::CERTIFICATE_ISSUER => return Err(fault("crl-indirect", "certificateIssuer")),
            _ => {}
        }
        Ok(())
    })?;
    Ok(reason)
}

struct ListExtensions<'a> {
    number: CrlNumber,
    authority_key_id: Option<&'a [u8]>,
    scope: ListScope,
}

impl<'a> ListExtensions<'a> {
    fn read(extensions: &'a [u8], issuer: &[u8]) -> Result<Self, Denial> {
        let (mut number, mut authority_key_id, mut scope) = (None, None, ListScope::WHOLE);
        for_each_extension(extensions, "crlExtensions", |Extension { id, critical, value }| {
            match id {
                oid::ISSUING_DISTRIBUTION_POINT => {
                    // RFC 5280 §5.2.5: critical, or whoever does not know it takes a part for the whole.
                    if !critical {
                        return Err(fault("criticality", "issuingDistributionPoint"));
                    }
                    scope = ListScope::read(value, issuer).map_err(at("issuingDistributionPoint"))?;
                }
                oid::DELTA_CRL_INDICATOR => return Err(fault("crl-delta", "deltaCRLIndicator")),
                _ if critical => return Err(critical_extension("crlExtensions", id)),
                oid::CRL_NUMBER => number = Some(read_number(value)?),
                oid::AUTHORITY_KEY_IDENTIFIER => {
                    let read = AuthorityKeyIdentifier::read(value).map_err(at("authorityKeyIdentifier"))?;
                    authority_key_id = read.key_id;
                }
                _ => {}
            }
            Ok(())
        })?;
        let number = number.ok_or_else(|| fault("crl-number-missing", "cRLNumber"))?;
        Ok(Self { number, authority_key_id, scope })
    }
}

/// `CRLNumber ::= INTEGER (0..MAX)`, of at most 20 octets (RFC 5280 §5.2.3).
fn read_number(value: &[u8]) -> Result<CrlNumber, Denial> {
    let mut content = Reader::new(value);
    let octets = content.integer().map_err(at("cRLNumber"))?;
    content.finish().map_err(at("cRLNumber"))?;
    Ok(pad(if octets == [0] { octets } else { positive(octets, "cRLNumber")? }))
}

fn for_each_extension<'a>(
    der: &'a [u8],
    field: &'static str,
    mut read: impl FnMut(Extension<'a>) -> Result<(), Denial>,
) -> Result<(), Denial> {
    let mut list = ExtensionList::new(der, EXTENSIONS).map_err(|structure| at(field)(structure.fault))?;
    while let Some(extension) = list.next().map_err(at(field))? {
        read(extension)?;
    }
    Ok(())
}

/// Whoever does not know a critical extension cannot use the list, nor any other of its entries (RFC 5280 §5.2, §5.3).
#[cold]
fn critical_extension(field: &'static str, id: &[u8]) -> Denial {
    fault("critical-extension", field).requested(oid::dotted(id))
}

fn positive<'a>(octets: &'a [u8], field: &'static str) -> Result<&'a [u8], Denial> {
    match octets {
        [0] => Err(fault("integer-not-positive", field)),
        [first, ..] if first & 0x80 != 0 => Err(fault("integer-not-positive", field)),
        _ if octets.len() > NUMBER_OCTETS => Err(fault("integer-too-large", field)),
        _ => Ok(octets),
    }
}
