//! One certificate revocation list (RFC 5280 §5), of a whole CA: no deltas, no indirect lists, no partial ones.

use std::sync::Arc;

use crate::bounds::Bounds;
use crate::certificate::{Extension, ExtensionList, check_name};
use crate::crypto::{PublicKey, SignatureAlgorithm};
use crate::encoding::der::{Reader, tag};
use crate::encoding::{Malformed, oid};
use crate::error::{Code, Denial};
use crate::time::UnixTime;

/// Most extensions of a list or of an entry. 32, as in a certificate: lists in the field bear at most five.
const EXTENSIONS: usize = 32;
/// Longest serial number and CRL number, in octets (RFC 5280 §4.1.2.2, §5.2.3).
const NUMBER_OCTETS: usize = 20;

/// A list that was read and not yet verified.
///
/// ```asn1
/// CertificateList ::= SEQUENCE { tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING }
/// TBSCertList     ::= SEQUENCE { version INTEGER { v2(1) }, signature AlgorithmIdentifier, issuer Name,
///                       thisUpdate Time, nextUpdate Time,
///                       revokedCertificates SEQUENCE OF SEQUENCE { userCertificate INTEGER, revocationDate Time,
///                         crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
///                       crlExtensions [0] EXPLICIT Extensions }
/// ```
#[derive(Clone, Debug)]
pub struct Crl(Arc<Contents>);

#[derive(Debug)]
struct Contents {
    der: Box<[u8]>,
    /// Where the signed part stands in `der`.
    tbs: (usize, usize),
    issuer: Box<[u8]>,
    algorithm: SignatureAlgorithm,
    signature: Box<[u8]>,
    this_update: UnixTime,
    next_update: UnixTime,
    number: CrlNumber,
    authority_key_id: Option<Box<[u8]>>,
    /// Sorted by serial.
    entries: Vec<Entry>,
}

/// A CRL number, padded at the front: comparing bytes compares numbers.
pub(super) type CrlNumber = [u8; NUMBER_OCTETS];

/// A revoked serial: where it stands in the list's bytes, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    start: u32,
    length: u8,
    at: UnixTime,
}

/// A CA as the issuer of revocation lists, with facts of its verified certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlIssuer {
    /// Its name, as DER.
    pub subject: Arc<[u8]>,
    /// Its key.
    pub public_key: PublicKey,
    /// Whether its keyUsage asserts cRLSign.
    pub may_sign_crl: bool,
    /// Its subjectKeyIdentifier.
    pub subject_key_id: Option<Box<[u8]>>,
}

/// A list whose signature was verified. Only [`Crl::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedCrl {
    crl: Crl,
}

impl Crl {
    /// Reads a list of a whole CA.
    ///
    /// # Errors
    /// E405, with the rule broken and the field, for what is not DER, not RFC 5280, larger than
    /// [`Bounds::crl_bytes`], without nextUpdate or CRL number, and for what bears any critical extension, an
    /// issuingDistributionPoint or a deltaCRLIndicator: such a list does not say what it leaves out. E307 for an
    /// algorithm that is not on the list.
    pub fn parse(der: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
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
        if fields.small_integer().map_err(at("tbsCertList.version"))? != 1 {
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
        let entries = match fields.optional(tag::SEQUENCE).map_err(at("tbsCertList.revokedCertificates"))? {
            Some(revoked) => read_entries(der, revoked.content)?,
            None => Vec::new(),
        };
        let extensions = fields
            .expect(tag::context_constructed(0))
            .map_err(|_| fault("crl-number-missing", "tbsCertList.crlExtensions"))?;
        fields.finish().map_err(at("tbsCertList"))?;
        let (number, authority_key_id) = read_list_extensions(extensions.content)?;

        Ok(Self(Arc::new(Contents {
            tbs: range(der, tbs.raw).ok_or_else(|| fault("truncated", "tbsCertList"))?,
            issuer: issuer.raw.into(),
            algorithm: SignatureAlgorithm::from_der(algorithm.content)?,
            signature: signature.into(),
            this_update,
            next_update,
            number,
            authority_key_id: authority_key_id.map(Into::into),
            entries,
            der: der.into(),
        })))
    }

    /// The name of the CA that is said to have signed it, as DER.
    pub fn issuer(&self) -> &[u8] {
        &self.0.issuer
    }

    /// From when it speaks.
    pub fn this_update(&self) -> UnixTime {
        self.0.this_update
    }

    /// When a newer one is due; from then on this one is stale.
    pub fn next_update(&self) -> UnixTime {
        self.0.next_update
    }

    /// All its bytes.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// How many certificates it revokes.
    pub fn revoked(&self) -> usize {
        self.0.entries.len()
    }

    /// The certificates that it revokes, by serial number (an INTEGER's content), and since when.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], UnixTime)> {
        let Contents { entries, der, .. } = &*self.0;
        entries.iter().map(|entry| (entry.serial(der), entry.at))
    }

    /// Its number, big-endian, padded at the front: comparing bytes compares numbers.
    pub fn number_octets(&self) -> &[u8] {
        &self.0.number
    }

    pub(super) fn number(&self) -> &CrlNumber {
        &self.0.number
    }

    /// The list, if `issuer` signed it and may.
    ///
    /// # Errors
    /// E405 with rule `crl-issuer` (another name), `crl-key-identifier`, `crl-sign` (keyUsage lacks cRLSign) or
    /// `crl-signature`; E307 where its algorithm does not fit the key.
    pub fn verify(&self, issuer: &CrlIssuer) -> Result<VerifiedCrl, Denial> {
        let contents = &*self.0;
        if *contents.issuer != *issuer.subject {
            return Err(fault("crl-issuer", "tbsCertList.issuer"));
        }
        if let (Some(hint), Some(own)) = (&contents.authority_key_id, &issuer.subject_key_id)
            && hint != own
        {
            return Err(fault("crl-key-identifier", "authorityKeyIdentifier"));
        }
        if !issuer.may_sign_crl {
            return Err(fault("crl-sign", "keyUsage"));
        }
        let (start, end) = contents.tbs;
        let message = contents.der.get(start..end).unwrap_or_default();
        issuer.public_key.verify_x509(contents.algorithm, message, &contents.signature).map_err(
            |denial| match denial.code() {
                Code::AlgorithmNotAllowed => denial,
                _ => fault("crl-signature", "signature"),
            },
        )?;
        Ok(VerifiedCrl { crl: self.clone() })
    }
}

impl VerifiedCrl {
    /// Since when the certificate with this serial (an INTEGER's content) is revoked, if it is.
    pub fn revoked_at(&self, serial: &[u8]) -> Option<UnixTime> {
        let Contents { entries, der, .. } = &*self.crl.0;
        let first = entries.partition_point(|entry| entry.serial(der) < serial);
        entries.get(first).filter(|entry| entry.serial(der) == serial).map(|entry| entry.at)
    }

    /// Whether thisUpdate ≤ `now` < nextUpdate; else the rule that fails.
    ///
    /// # Errors
    /// `crl-this-update`, `crl-next-update`.
    pub fn fresh(&self, now: UnixTime) -> Result<(), &'static str> {
        if now < self.crl.this_update() {
            Err("crl-this-update")
        } else if now >= self.crl.next_update() {
            Err("crl-next-update")
        } else {
            Ok(())
        }
    }

    /// The list.
    pub fn crl(&self) -> &Crl {
        &self.crl
    }
}

impl Entry {
    fn serial<'a>(&self, der: &'a [u8]) -> &'a [u8] {
        let start = self.start as usize;
        der.get(start..start + usize::from(self.length)).unwrap_or_default()
    }
}

fn read_entries(der: &[u8], revoked: &[u8]) -> Result<Vec<Entry>, Denial> {
    const FIELD: &str = "tbsCertList.revokedCertificates";
    if revoked.is_empty() {
        return Err(fault("revoked-certificates-empty", FIELD));
    }
    // 24: the shortest entry, a serial of one octet and a UTCTime, is 20 octets; typical ones are over 24.
    let mut entries = Vec::with_capacity(revoked.len() / 24);
    let mut rest = Reader::new(revoked);
    while !rest.is_empty() {
        let mut entry = rest.sequence().map_err(at(FIELD))?;
        let serial = positive(entry.integer().map_err(at("userCertificate"))?, "userCertificate")?;
        let at_time = entry.time().map_err(at("revocationDate"))?;
        if !entry.is_empty() {
            let extensions = entry.expect(tag::SEQUENCE).map_err(at("crlEntryExtensions"))?;
            entry.finish().map_err(at(FIELD))?;
            read_entry_extensions(extensions.raw)?;
        }
        let (start, end) = range(der, serial).ok_or_else(|| fault("truncated", "userCertificate"))?;
        // INVARIANT: a list is within `crl_bytes`, and a serial within 20 octets; what did not fit is refused.
        let (Ok(start), Ok(length)) = (u32::try_from(start), u8::try_from(end - start)) else {
            return Err(fault("crl-too-large", FIELD));
        };
        entries.push(Entry { start, length, at: at_time });
    }
    entries.sort_unstable_by(|a, b| a.serial(der).cmp(b.serial(der)).then(a.at.cmp(&b.at)));
    Ok(entries)
}

fn read_entry_extensions(extensions: &[u8]) -> Result<(), Denial> {
    for_each_extension(extensions, "crlEntryExtensions", |id, value| {
        if id == oid::REASON_CODE {
            let mut value = Reader::new(value);
            let reason = value.expect(tag::ENUMERATED).map_err(at("reasonCode"))?.content;
            value.finish().map_err(at("reasonCode"))?;
            // 7 is not used, and 8 (removeFromCRL) stands in deltas only (RFC 5280 §5.3.1).
            if !matches!(reason, [0..=6 | 9 | 10]) {
                return Err(fault("reason-code", "reasonCode"));
            }
        } else if id == oid::INVALIDITY_DATE {
            let mut value = Reader::new(value);
            // GeneralizedTime whatever the year (RFC 5280 §5.3.2), and it decides nothing here.
            value.expect(tag::GENERALIZED_TIME).map_err(at("invalidityDate"))?;
            value.finish().map_err(at("invalidityDate"))?;
        }
        Ok(())
    })
}

fn read_list_extensions(extensions: &[u8]) -> Result<(CrlNumber, Option<&[u8]>), Denial> {
    let (mut number, mut authority_key_id) = (None, None);
    for_each_extension(extensions, "crlExtensions", |id, value| {
        let mut content = Reader::new(value);
        if id == oid::CRL_NUMBER {
            let octets = content.integer().map_err(at("cRLNumber"))?;
            content.finish().map_err(at("cRLNumber"))?;
            let octets = if octets == [0] { octets } else { positive(octets, "cRLNumber")? };
            let mut padded = [0; NUMBER_OCTETS];
            for (to, from) in padded.iter_mut().rev().zip(octets.iter().rev()) {
                *to = *from;
            }
            number = Some(padded);
        } else if id == oid::AUTHORITY_KEY_IDENTIFIER {
            let mut fields = content.sequence().map_err(at("authorityKeyIdentifier"))?;
            content.finish().map_err(at("authorityKeyIdentifier"))?;
            authority_key_id =
                fields.optional(tag::context(0)).map_err(at("authorityKeyIdentifier"))?.map(|key| key.content);
        } else if id == oid::ISSUING_DISTRIBUTION_POINT {
            return Err(fault("crl-partial", "issuingDistributionPoint"));
        } else if id == oid::DELTA_CRL_INDICATOR {
            return Err(fault("crl-delta", "deltaCRLIndicator"));
        }
        Ok(())
    })?;
    Ok((number.ok_or_else(|| fault("crl-number-missing", "cRLNumber"))?, authority_key_id))
}

/// Calls `read` with each extension's id and value. None may be critical: the extensions known here are not
/// (RFC 5280 §5.2, §5.3), and one that is unknown makes the whole list unusable.
fn for_each_extension<'a>(
    der: &'a [u8],
    field: &'static str,
    mut read: impl FnMut(&'a [u8], &'a [u8]) -> Result<(), Denial>,
) -> Result<(), Denial> {
    let mut list = ExtensionList::new(der, EXTENSIONS).map_err(|structure| at(field)(structure.fault))?;
    while let Some(Extension { id, critical, value }) = list.next().map_err(at(field))? {
        if critical {
            return Err(fault("critical-extension", field).requested(oid::dotted(id)));
        }
        read(id, value)?;
    }
    Ok(())
}

fn positive<'a>(octets: &'a [u8], field: &'static str) -> Result<&'a [u8], Denial> {
    match octets {
        [0] => Err(fault("integer-not-positive", field)),
        [first, ..] if first & 0x80 != 0 => Err(fault("integer-not-positive", field)),
        _ if octets.len() > NUMBER_OCTETS => Err(fault("integer-too-large", field)),
        _ => Ok(octets),
    }
}

/// Where `part`, a slice of `whole`, stands in it.
fn range(whole: &[u8], part: &[u8]) -> Option<(usize, usize)> {
    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    let end = start.checked_add(part.len()).filter(|end| *end <= whole.len())?;
    Some((start, end))
}

#[cold]
fn fault(rule: &'static str, field: &'static str) -> Denial {
    Denial::new(Code::RevocationStale, rule).field(field)
}

fn at(field: &'static str) -> impl Fn(Malformed) -> Denial {
    move |malformed| malformed.denial(Code::RevocationStale, field)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, Sample, extension};
    use super::*;
    use crate::crypto::{SignatureAlgorithm, Signer};

    fn parse(der: &[u8]) -> Result<Crl, Denial> {
        Crl::parse(der, &Bounds::default())
    }

    fn rule<T: std::fmt::Debug>(result: Result<T, Denial>) -> &'static str {
        let denial = result.unwrap_err();
        assert_eq!(denial.code(), Code::RevocationStale, "{denial}");
        denial.details().rule
    }

    #[test]
    fn a_list_is_read_and_verified() {
        let (der, issuer) = Sample::new().signed();
        let list = parse(&der).unwrap();
        assert_eq!((list.der(), list.issuer(), list.revoked()), (&der[..], &issuer.subject[..], 1));
        assert!(list.verify(&issuer).is_ok());
        let mut none = Sample::new();
        none.revoked.clear();
        let (der, issuer) = none.signed();
        assert_eq!(parse(&der).unwrap().verify(&issuer).unwrap().revoked_at(&[5]), None);
    }

    /// Each row changes one fact of a valid list.
    #[test]
    fn what_is_not_a_list_of_a_whole_ca_is_refused() {
        type Change = fn(&mut Sample);
        let rows: &[(&str, Change)] = &[
            ("version", |list| list.version = Some(0)),
            ("version", |list| list.version = Some(2)),
            ("unexpected-tag", |list| list.version = None),
            ("algorithm-mismatch", |list| {
                list.inner_algorithm = Some(SignatureAlgorithm::EcdsaSha256.to_der());
            }),
            ("name-empty", |list| list.issuer = vec![0x30, 0]),
            ("rdn-empty", |list| list.issuer = vec![0x30, 2, 0x31, 0]),
            ("next-update-missing", |list| list.next_update = None),
            ("next-update-order", |list| list.next_update = Some(list.this_update)),
            ("revoked-certificates-empty", |list| (list.revoked, list.empty_list) = (Vec::new(), true)),
            ("crl-number-missing", |list| list.number = None),
            ("integer-not-positive", |list| list.number = Some(-1)),
            ("trailing-data", |list| list.trailing = vec![0]),
            ("integer-not-positive", |list| list.revoked = vec![sample::entry(&[0])]),
            ("integer-not-positive", |list| list.revoked = vec![sample::entry(&[0x80])]),
            ("integer-not-minimal", |list| list.revoked = vec![sample::entry(&[0, 5])]),
            ("integer-empty", |list| list.revoked = vec![sample::entry(&[])]),
            ("integer-too-large", |list| list.revoked = vec![sample::entry(&[1; 21])]),
            ("extensions-empty", |list| list.revoked = vec![sample::entry_with(&[5], Some(&[]))]),
            ("reason-code", |list| {
                let reason = extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 8]);
                list.revoked = vec![sample::entry_with(&[5], Some(&reason))];
            }),
            ("critical-extension", |list| {
                let unknown = extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0]);
                list.revoked = vec![sample::entry(&[6]), sample::entry_with(&[5], Some(&unknown))];
            }),
            ("extension-duplicate", |list| {
                let reason = extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1]);
                list.revoked = vec![sample::entry_with(&[5], Some(&reason.repeat(2)))];
            }),
            ("critical-extension", |list| {
                list.extensions.push(extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0]));
            }),
            ("default-encoded", |list| {
                list.extensions.push(extension(oid::NAME_CONSTRAINTS, Some(false), &[5, 0]));
            }),
            ("extension-duplicate", |list| list.extensions.push(list.extensions[0].clone())),
            ("crl-partial", |list| {
                list.extensions.push(extension(oid::ISSUING_DISTRIBUTION_POINT, None, &[0x30, 0]));
            }),
            ("critical-extension", |list| {
                list.extensions.push(extension(oid::ISSUING_DISTRIBUTION_POINT, Some(true), &[0x30, 0]));
            }),
            ("crl-delta", |list| list.extensions.push(extension(oid::DELTA_CRL_INDICATOR, None, &[2, 1, 1]))),
            ("trailing-data", |list| {
                let reason = extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1, 0]);
                list.revoked = vec![sample::entry_with(&[5], Some(&reason))];
            }),
            ("too-many-extensions", |list| {
                for last in 0..33 {
                    let mut value = extension(oid::NAME_CONSTRAINTS, None, &[5, 0]);
                    value[6] = 0x40 + last;
                    list.extensions.push(value);
                }
            }),
        ];
        for (index, (expected, change)) in rows.iter().enumerate() {
            let mut list = Sample::new();
            change(&mut list);
            assert_eq!(rule(parse(&list.signed().0)), *expected, "row {index}");
        }
    }

    #[test]
    fn entries_may_bear_reason_and_invalidity_date_and_unknown_extensions() {
        let extensions = [
            extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1]),
            extension(oid::INVALIDITY_DATE, None, b"\x18\x0f20260101000000Z"),
            extension(oid::NAME_CONSTRAINTS, None, &[5, 0]),
        ];
        let mut list = Sample::new();
        list.revoked = vec![sample::entry_with(&[5], Some(&extensions.concat()))];
        assert_eq!(parse(&list.signed().0).unwrap().revoked(), 1);
    }

    #[test]
    fn truncated_or_altered_bytes_never_verify() {
        let (der, issuer) = Sample::new().signed();
        for end in 0..der.len() {
            assert!(parse(&der[..end]).is_err(), "{end}");
        }
        for index in 0..der.len() {
            let mut altered = der.clone();
            altered[index] ^= 1;
            assert!(parse(&altered).and_then(|list| list.verify(&issuer)).is_err(), "{index}");
        }
    }

    #[test]
    fn only_the_issuer_that_may_signs() {
        let (der, issuer) = Sample::new().signed();
        let list = parse(&der).unwrap();
        let other = CrlIssuer { public_key: sample::signer().public_key().clone(), ..issuer.clone() };
        assert_eq!(rule(list.verify(&other)), "crl-signature");
        let renamed = CrlIssuer { subject: sample::name("other").into(), ..issuer.clone() };
        assert_eq!(rule(list.verify(&renamed)), "crl-issuer");
        let barred = CrlIssuer { may_sign_crl: false, ..issuer.clone() };
        assert_eq!(rule(list.verify(&barred)), "crl-sign");
        let rekeyed = CrlIssuer { subject_key_id: Some(Box::from([9])), ..issuer.clone() };
        assert_eq!(rule(list.verify(&rekeyed)), "crl-key-identifier");
        let unnamed = CrlIssuer { subject_key_id: None, ..issuer };
        assert!(list.verify(&unnamed).is_ok());
    }

    #[test]
    fn a_list_beyond_the_bound_is_refused() {
        let (der, _) = Sample::new().signed();
        let bounds = |crl_bytes| Bounds { crl_bytes, ..Bounds::default() };
        assert!(Crl::parse(&der, &bounds(der.len())).is_ok());
        assert_eq!(rule(Crl::parse(&der, &bounds(der.len() - 1))), "crl-too-large");
    }

    #[test]
    fn an_algorithm_off_the_list_is_named() {
        let mut list = Sample::new();
        list.inner_algorithm = None;
        let (der, _) = list.signed();
        // 1.3.101.112 (Ed25519) becomes 1.3.101.113 (Ed448), inside and outside.
        let altered: Vec<u8> = {
            let mut bytes = der;
            let places: Vec<_> =
                bytes.windows(3).enumerate().filter(|(_, w)| *w == oid::ED25519).map(|(i, _)| i).collect();
            assert_eq!(places.len(), 2);
            for place in places {
                bytes[place + 2] = 0x71;
            }
            bytes
        };
        assert_eq!(parse(&altered).unwrap_err().code(), Code::AlgorithmNotAllowed);
    }
}
