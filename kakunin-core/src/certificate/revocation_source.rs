use super::general_name::{GeneralName, GeneralNames, Role};
use super::name::check_relative_name;
use crate::encoding::Malformed;
use crate::encoding::der::{Element, Reader, tag};
use crate::encoding::oid;

/// Most distribution points, or descriptions of an access. 64: certificates in the field have at most a handful.
const SOURCES: usize = 64;

/// cRLDistributionPoints: where lists are that may name the certificate. Empty only where the extension is absent.
///
/// ```asn1
/// CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint   -- RFC 5280 §4.2.1.13
/// DistributionPoint     ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL, reasons [1] ReasonFlags OPTIONAL,
///                                      cRLIssuer [2] GeneralNames OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct DistributionPoints<'a> {
    list: Reader<'a>,
}

/// One distribution point: a name, a cRLIssuer, or both.
#[derive(Clone, Debug)]
pub struct DistributionPoint<'a> {
    /// fullName: every name of the same list.
    pub full_name: Option<GeneralNames<'a>>,
    /// nameRelativeToCRLIssuer: the content of the SET that follows the CRL issuer's name.
    pub relative_name: Option<&'a [u8]>,
    /// The reasons for which the list revokes; all where absent.
    pub reasons: Option<ReasonFlags>,
    /// cRLIssuer: who signs the list, where it is not the certificate's issuer.
    pub crl_issuer: Option<GeneralNames<'a>>,
}

impl<'a> DistributionPoints<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let list = outer.sequence()?;
        outer.finish()?;
        let (mut points, mut count) = (list.clone(), 0);
        while !points.is_empty() {
            DistributionPoint::read(points.sequence()?)?;
            count += 1;
        }
        match count {
            0 => Err(Malformed::new("distribution-points-empty")),
            1..=SOURCES => Ok(Self { list }),
            _ => Err(Malformed::new("too-many-distribution-points")),
        }
    }

    pub(super) fn of_checked(value: &'a [u8]) -> Self {
        Self { list: Reader::new(value).sequence().unwrap_or(Reader::new(&[])) }
    }
}

impl<'a> Iterator for DistributionPoints<'a> {
    type Item = DistributionPoint<'a>;

    fn next(&mut self) -> Option<DistributionPoint<'a>> {
        DistributionPoint::read(self.list.sequence().ok()?).ok()
    }
}

impl<'a> DistributionPoint<'a> {
    fn read(mut fields: Reader<'a>) -> Result<Self, Malformed> {
        let name = fields.optional(tag::context_constructed(0))?;
        let reasons = fields.optional(tag::context(1))?;
        let issuer = fields.optional(tag::context_constructed(2))?;
        fields.finish()?;
        if name.is_none() && issuer.is_none() {
            return Err(Malformed::new("distribution-point-unnamed"));
        }
        let (full_name, relative_name) = name.map_or(Ok((None, None)), distribution_point_name)?;
        let reasons = reasons.map(|reasons| ReasonFlags::read(reasons.content)).transpose()?;
        let crl_issuer = issuer.map(|issuer| GeneralNames::read(issuer.content)).transpose()?;
        Ok(Self { full_name, relative_name, reasons, crl_issuer })
    }
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`
pub(crate) fn distribution_point_name(
    explicit: Element<'_>,
) -> Result<(Option<GeneralNames<'_>>, Option<&[u8]>), Malformed> {
    let mut choice = Reader::new(explicit.content);
    let name = choice.element()?;
    choice.finish()?;
    if name.tag == tag::context_constructed(0) {
        return Ok((Some(GeneralNames::read(name.content)?), None));
    }
    if name.tag != tag::context_constructed(1) {
        return Err(Malformed::new("unexpected-tag"));
    }
    check_relative_name(Reader::new(name.content))?;
    Ok((None, Some(name.content)))
}

/// Reasons of revocation: at least one.
///
/// ```asn1
/// ReasonFlags ::= BIT STRING { unused (0), keyCompromise (1), cACompromise (2), affiliationChanged (3), superseded (4),
///                              cessationOfOperation (5), certificateHold (6), privilegeWithdrawn (7), aACompromise (8) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonFlags {
    /// The bits, `unused` (0) highest.
    pub bits: u16,
}

impl ReasonFlags {
    /// From a BIT STRING's content; a named bit list, so minimal (X.690 §11.2.2).
    pub(crate) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let (unused, bits) = match content {
            [unused, first] => (*unused, u16::from_be_bytes([*first, 0])),
            // Bit 8 is the last that has a name.
            [unused, first, second @ (0 | 0x80)] => (*unused, u16::from_be_bytes([*first, *second])),
            [] | [_] => return Err(Malformed::new("bit-string-empty")),
            _ => return Err(Malformed::new("reason-flags")),
        };
        let last = content.last().copied().unwrap_or_default();
        if last == 0 || u32::from(unused) != last.trailing_zeros() {
            return Err(Malformed::new("bit-list-not-minimal"));
        }
        Ok(Self { bits })
    }
}

/// authorityInfoAccess or subjectInfoAccess: each description's method and place.
///
/// ```asn1
/// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
/// ```
#[derive(Clone, Debug)]
pub(super) struct AccessDescriptions<'a> {
    list: Reader<'a>,
}

impl<'a> AccessDescriptions<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let list = outer.sequence()?;
        outer.finish()?;
        let (mut descriptions, mut count) = (list.clone(), 0);
        while !descriptions.is_empty() {
            let mut fields = descriptions.sequence()?;
            fields.oid()?;
            GeneralName::read(fields.element()?, Role::Name)?;
            fields.finish()?;
            count += 1;
        }
        match count {
            0 => Err(Malformed::new("access-descriptions-empty")),
            1..=SOURCES => Ok(Self { list }),
            _ => Err(Malformed::new("too-many-access-descriptions")),
        }
    }

    pub(super) fn of_checked(value: &'a [u8]) -> Self {
        Self { list: Reader::new(value).sequence().unwrap_or(Reader::new(&[])) }
    }

    /// Whether it names an OCSP responder, in whatever form.
    pub(super) fn names_ocsp(mut self) -> bool {
        self.any(|(method, _)| method == oid::ACCESS_OCSP)
    }
}

impl<'a> Iterator for AccessDescriptions<'a> {
    /// accessMethod, content octets, and accessLocation.
    type Item = (&'a [u8], GeneralName<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut fields = self.list.sequence().ok()?;
        Some((fields.element().ok()?.content, GeneralName::of_checked(fields.element().ok()?)?))
    }
}
