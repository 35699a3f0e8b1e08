use super::general_name::{check_general_name, check_general_names};
use super::name::check_relative_name;
use crate::encoding::Malformed;
use crate::encoding::der::{Element, Reader, tag};

/// ```asn1
/// CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint   -- RFC 5280 §4.2.1.13
/// DistributionPoint     ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL, reasons [1] ReasonFlags OPTIONAL,
///                                      cRLIssuer [2] GeneralNames OPTIONAL }
/// ```
pub(super) fn check_distribution_points(value: &[u8]) -> Result<(), Malformed> {
    let mut outer = Reader::new(value);
    let mut points = outer.sequence()?;
    outer.finish()?;
    if points.is_empty() {
        return Err(Malformed::new("distribution-points-empty"));
    }
    while !points.is_empty() {
        let mut fields = points.sequence()?;
        let name = fields.optional(tag::context_constructed(0))?;
        let reasons = fields.optional(tag::context(1))?;
        let issuer = fields.optional(tag::context_constructed(2))?;
        fields.finish()?;
        if name.is_none() && issuer.is_none() {
            return Err(Malformed::new("distribution-point-unnamed"));
        }
        name.map_or(Ok(()), check_distribution_point_name)?;
        reasons.map_or(Ok(()), check_reasons)?;
        issuer.map_or(Ok(()), |issuer| check_general_names(issuer.content))?;
    }
    Ok(())
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`
pub(crate) fn check_distribution_point_name(explicit: Element<'_>) -> Result<(), Malformed> {
    let mut choice = Reader::new(explicit.content);
    let name = choice.element()?;
    choice.finish()?;
    if name.tag == tag::context_constructed(0) {
        return check_general_names(name.content);
    }
    if name.tag != tag::context_constructed(1) {
        return Err(Malformed::new("unexpected-tag"));
    }
    check_relative_name(Reader::new(name.content))
}

/// `ReasonFlags ::= BIT STRING`, a named bit list: minimal, and at least one reason.
fn check_reasons(reasons: Element<'_>) -> Result<(), Malformed> {
    match reasons.content {
        [unused, _, ..] => {
            let last = reasons.content.last().copied().unwrap_or_default();
            let minimal = last != 0 && u32::from(*unused) == last.trailing_zeros();
            if minimal { Ok(()) } else { Err(Malformed::new("bit-list-not-minimal")) }
        }
        _ => Err(Malformed::new("bit-string-empty")),
    }
}

/// Whether an authorityInfoAccess names an OCSP responder.
///
/// ```asn1
/// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
/// ```
pub(super) fn names_ocsp(value: &[u8]) -> Result<bool, Malformed> {
    /// id-ad-ocsp (RFC 5280 §4.2.2.1).
    const OCSP: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01];
    let mut outer = Reader::new(value);
    let mut descriptions = outer.sequence()?;
    outer.finish()?;
    if descriptions.is_empty() {
        return Err(Malformed::new("access-descriptions-empty"));
    }
    let mut found = false;
    while !descriptions.is_empty() {
        let mut fields = descriptions.sequence()?;
        found |= fields.oid()? == OCSP;
        check_general_name(fields.element()?)?;
        fields.finish()?;
    }
    Ok(found)
}
