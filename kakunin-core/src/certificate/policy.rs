use super::name::{check_text, is_visible};
use crate::encoding::Malformed;
use crate::encoding::der::{self, Reader, tag};
use crate::encoding::oid;

/// Most policies, pairs of a mapping, or qualifiers of a policy. 64: certificates in the field name at most a dozen.
const POLICIES: usize = 64;

/// certificatePolicies: at least one policy, none twice.
///
/// ```asn1
/// certificatePolicies ::= SEQUENCE SIZE (1..MAX) OF PolicyInformation   -- RFC 5280 §4.2.1.4
/// PolicyInformation   ::= SEQUENCE { policyIdentifier OBJECT IDENTIFIER,
///                                    policyQualifiers SEQUENCE SIZE (1..MAX) OF PolicyQualifierInfo OPTIONAL }
/// ```
#[derive(Clone, Debug)]
pub struct Policies<'a> {
    list: Reader<'a>,
}

/// One policy of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// The policy's OID, content octets; [`oid::ANY_POLICY`] among them.
    pub id: &'a [u8],
    /// The SEQUENCE of its qualifiers, checked.
    pub qualifiers: Option<&'a [u8]>,
}

impl<'a> Policies<'a> {
    /// The list, and whether a qualifier is of an unknown type: whoever made the extension critical wanted it understood.
    pub(super) fn read(value: &'a [u8]) -> Result<(Self, bool), Malformed> {
        let mut outer = Reader::new(value);
        let list = outer.sequence()?;
        outer.finish()?;
        let (mut reader, mut count, mut unknown) = (list.clone(), 0, false);
        while !reader.is_empty() {
            let mut fields = reader.sequence()?;
            let id = fields.oid()?;
            if !fields.is_empty() {
                unknown |= check_qualifiers(fields.sequence()?)?;
            }
            fields.finish()?;
            if (Self { list: list.clone() }).take(count).any(|earlier| earlier.id == id) {
                return Err(Malformed::new("policy-duplicate"));
            }
            count += 1;
            if count > POLICIES {
                return Err(Malformed::new("too-many-policies"));
            }
        }
        if count == 0 { Err(Malformed::new("policies-empty")) } else { Ok((Self { list }, unknown)) }
    }

    pub(super) fn of_checked(value: &'a [u8]) -> Self {
        Self { list: Reader::new(value).sequence().unwrap_or(Reader::new(&[])) }
    }
}

impl<'a> Iterator for Policies<'a> {
    type Item = Policy<'a>;

    fn next(&mut self) -> Option<Policy<'a>> {
        let mut fields = self.list.sequence().ok()?;
        let id = fields.element().ok()?.content;
        Some(Policy { id, qualifiers: fields.element().ok().map(|qualifiers| qualifiers.raw) })
    }
}

/// Checks policy qualifiers, and tells whether one is of an unknown type.
///
/// ```asn1
/// PolicyQualifierInfo ::= SEQUENCE { policyQualifierId OBJECT IDENTIFIER, qualifier ANY DEFINED BY policyQualifierId }
/// CPSuri              ::= IA5String
/// ```
fn check_qualifiers(mut qualifiers: Reader<'_>) -> Result<bool, Malformed> {
    let (mut count, mut unknown) = (0, false);
    while !qualifiers.is_empty() {
        let mut fields = qualifiers.sequence()?;
        match fields.oid()? {
            oid::POLICY_CPS => {
                let uri = fields.expect(tag::IA5_STRING)?.content;
                if uri.is_empty() || !is_visible(uri) {
                    return Err(Malformed::new("policy-qualifier"));
                }
            }
            oid::POLICY_USER_NOTICE => check_user_notice(fields.sequence()?)?,
            _ => {
                fields.element()?;
                unknown = true;
            }
        }
        fields.finish()?;
        count += 1;
    }
    match count {
        0 => Err(Malformed::new("policy-qualifiers-empty")),
        1..=POLICIES => Ok(unknown),
        _ => Err(Malformed::new("too-many-policies")),
    }
}

/// ```asn1
/// UserNotice      ::= SEQUENCE { noticeRef NoticeReference OPTIONAL, explicitText DisplayText OPTIONAL }
/// NoticeReference ::= SEQUENCE { organization DisplayText, noticeNumbers SEQUENCE OF INTEGER }
/// DisplayText     ::= CHOICE { ia5String IA5String, visibleString VisibleString, bmpString BMPString, utf8String UTF8String }
/// ```
///
/// A text may be longer than 200 characters, as RFC 5280 asks of whoever reads it.
fn check_user_notice(mut notice: Reader<'_>) -> Result<(), Malformed> {
    if let Some(reference) = notice.optional(tag::SEQUENCE)? {
        let mut reference = Reader::new(reference.content);
        check_text(reference.element()?)?;
        let mut numbers = reference.sequence()?;
        reference.finish()?;
        while !numbers.is_empty() {
            numbers.integer()?;
        }
    }
    if !notice.is_empty() {
        check_text(notice.element()?)?;
    }
    notice.finish()
}

/// policyMappings: at least one pair; anyPolicy in none.
///
/// ```asn1
/// PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy OBJECT IDENTIFIER,
///                                                         subjectDomainPolicy OBJECT IDENTIFIER }   -- RFC 5280 §4.2.1.5
/// ```
#[derive(Clone, Debug)]
pub struct PolicyMappings<'a> {
    list: Reader<'a>,
}

impl<'a> PolicyMappings<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let list = outer.sequence()?;
        outer.finish()?;
        let (mut reader, mut count) = (list.clone(), 0);
        while !reader.is_empty() {
            let mut pair = reader.sequence()?;
            let ids = [pair.oid()?, pair.oid()?];
            pair.finish()?;
            if ids.contains(&oid::ANY_POLICY) {
                return Err(Malformed::new("policy-mapping-any"));
            }
            count += 1;
        }
        match count {
            0 => Err(Malformed::new("policy-mappings-empty")),
            1..=POLICIES => Ok(Self { list }),
            _ => Err(Malformed::new("too-many-policies")),
        }
    }

    pub(super) fn of_checked(value: &'a [u8]) -> Self {
        Self { list: Reader::new(value).sequence().unwrap_or(Reader::new(&[])) }
    }
}

impl<'a> Iterator for PolicyMappings<'a> {
    /// issuerDomainPolicy and subjectDomainPolicy, content octets.
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut pair = self.list.sequence().ok()?;
        Some((pair.element().ok()?.content, pair.element().ok()?.content))
    }
}

/// policyConstraints: at least one of both. Numbers beyond `u32` stand as the greatest: no path is that long.
///
/// ```asn1
/// PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] SkipCerts OPTIONAL, inhibitPolicyMapping [1] SkipCerts OPTIONAL }
/// SkipCerts         ::= INTEGER (0..MAX)   -- RFC 5280 §4.2.1.11
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyConstraints {
    /// After how many more certificates a policy is required.
    pub require_explicit_policy: Option<u32>,
    /// After how many more certificates no policy is mapped.
    pub inhibit_policy_mapping: Option<u32>,
}

impl PolicyConstraints {
    pub(super) fn read(value: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let mut number =
            |number| fields.optional(tag::context(number))?.map(|skip| skip_certs(skip.content)).transpose();
        let read = Self { require_explicit_policy: number(0)?, inhibit_policy_mapping: number(1)? };
        fields.finish()?;
        if read.require_explicit_policy.or(read.inhibit_policy_mapping).is_none() {
            return Err(Malformed::new("policy-constraints-empty"));
        }
        Ok(read)
    }
}

/// `InhibitAnyPolicy ::= SkipCerts` (RFC 5280 §4.2.1.14).
pub(super) fn inhibit_any_policy(value: &[u8]) -> Result<u32, Malformed> {
    let mut reader = Reader::new(value);
    let skip = skip_certs(reader.integer()?)?;
    reader.finish()?;
    Ok(skip)
}

fn skip_certs(content: &[u8]) -> Result<u32, Malformed> {
    match der::integer(content)? {
        [first, ..] if first & 0x80 != 0 => Err(Malformed::new("skip-certificates")),
        content => Ok(der::small_integer(content).ok().and_then(|skip| u32::try_from(skip).ok()).unwrap_or(u32::MAX)),
    }
}
