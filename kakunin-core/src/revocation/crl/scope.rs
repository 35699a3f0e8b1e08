//! Which certificates and reasons a list speaks of.

use crate::certificate::distribution_point_name;
use crate::crypto::{Digest, sha256};
use crate::encoding::Malformed;
use crate::encoding::der::{Reader, Writer, tag};
use crate::revocation::inquiry::{Inquiry, PointName};
use crate::revocation::reason::Reasons;

/// Most names of a list's distribution point: each is compared with each of a certificate's. 16: lists in the field
/// have one or two.
const NAMES: usize = 16;

/// What a list leaves out: nothing, without an issuingDistributionPoint.
///
/// ```asn1
/// IssuingDistributionPoint ::= SEQUENCE {                              -- RFC 5280 §5.2.5
///   distributionPoint     [0] DistributionPointName OPTIONAL, onlyContainsUserCerts [1] BOOLEAN DEFAULT FALSE,
///   onlyContainsCACerts   [2] BOOLEAN DEFAULT FALSE,          onlySomeReasons       [3] ReasonFlags OPTIONAL,
///   indirectCRL           [4] BOOLEAN DEFAULT FALSE,          onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::revocation) struct ListScope {
    /// Names of the distribution point, each a whole GeneralName: the certificate must name one of them.
    names: Option<Box<[Box<[u8]>]>>,
    certificates: Certificates,
    reasons: Reasons,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certificates {
    All,
    /// None that is asked for here.
    Attributes,
    Authorities,
    Users,
}

impl ListScope {
    pub(super) const WHOLE: Self = Self { names: None, certificates: Certificates::All, reasons: Reasons::ALL };

    /// Reads the extension of a list by `issuer`, a whole Name.
    pub(super) fn read(value: &[u8], issuer: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        // RFC 5280 §5.2.5: an empty sequence says nothing, and must not be.
        if fields.is_empty() {
            return Err(Malformed::new("distribution-point-empty"));
        }
        let names = match fields.optional(tag::context_constructed(0))? {
            Some(explicit) => {
                distribution_point_name(explicit)?;
                let name = PointName::read(explicit.content).ok_or(Malformed::new("unexpected-tag"))?;
                Some(general_names(name, issuer)?)
            }
            None => None,
        };
        let users = flag(&mut fields, 1)?;
        let authorities = flag(&mut fields, 2)?;
        let reasons = Reasons::optional(&mut fields, 3)?;
        let indirect = flag(&mut fields, 4)?;
        let attributes = flag(&mut fields, 5)?;
        fields.finish()?;
        if indirect {
            return Err(Malformed::new("crl-indirect"));
        }
        let certificates = match (users, authorities, attributes) {
            (false, false, false) => Certificates::All,
            (true, false, false) => Certificates::Users,
            (false, true, false) => Certificates::Authorities,
            (false, false, true) => Certificates::Attributes,
            _ => return Err(Malformed::new("distribution-point-flags")),
        };
        Ok(Self { names, certificates, reasons })
    }

    /// What tells the lists of this scope by `issuer`, a whole Name, from all others.
    pub(super) fn digest(&self, issuer: &[u8]) -> Digest {
        let mut whole = Writer::new();
        whole.raw(issuer);
        if let Some(names) = &self.names {
            whole.constructed(tag::context_constructed(0), |whole| {
                for name in names {
                    whole.raw(name);
                }
            });
        }
        let certificates = match self.certificates {
            Certificates::All => 0,
            Certificates::Users => 1,
            Certificates::Authorities => 2,
            Certificates::Attributes => 5,
        };
        whole.primitive(tag::context(1), &[certificates]).primitive(tag::context(3), &self.reasons.octets());
        sha256(&whole.into_bytes())
    }

    /// The reasons for which a list of this scope answers for a certificate that `issuer` issued: none where it speaks
    /// of others (RFC 5280 §6.3.3 b, d).
    pub(super) fn coverage(&self, inquiry: &Inquiry<'_>, issuer: &[u8]) -> Reasons {
        let speaks = match self.certificates {
            Certificates::All => true,
            Certificates::Attributes => false,
            Certificates::Authorities => inquiry.is_authority(),
            Certificates::Users => !inquiry.is_authority(),
        };
        if !speaks {
            return Reasons::NONE;
        }
        let Some(names) = &self.names else {
            return self.reasons;
        };
        // Any of the certificate's points, not only its first: each may be another part of its CA's lists.
        let mut named = Reasons::NONE;
        for point in inquiry.distribution_points() {
            // A point with a cRLIssuer names an indirect list.
            if point.has_issuer {
                continue;
            }
            let Some(name) = point.name else { continue };
            if let Ok(point_names) = general_names(name, issuer)
                && point_names.iter().any(|name| names.contains(name))
            {
                named = named.or(point.reasons);
            }
        }
        // RFC 5280 §6.3.3: at last a point is tried that names the issuer.
        if names.contains(&directory_name(issuer, None)) {
            named = Reasons::ALL;
        }
        named.and(self.reasons)
    }
}

fn flag(fields: &mut Reader<'_>, number: u8) -> Result<bool, Malformed> {
    match fields.optional(tag::context(number))? {
        Some(flag) if crate::encoding::der::boolean(flag.content)? => Ok(true),
        Some(_) => Err(Malformed::new("default-encoded")),
        None => Ok(false),
    }
}

/// The names as whole GeneralNames; one relative to the issuer becomes a directoryName.
fn general_names(name: PointName<'_>, issuer: &[u8]) -> Result<Box<[Box<[u8]>]>, Malformed> {
    match name {
        PointName::Relative(rdn) => Ok(Box::new([directory_name(issuer, Some(rdn))])),
        PointName::Full(content) => {
            let (mut names, mut reader) = (Vec::new(), Reader::new(content));
            while !reader.is_empty() {
                if names.len() == NAMES {
                    return Err(Malformed::new("too-many-names"));
                }
                names.push(reader.element()?.raw.into());
            }
            Ok(names.into())
        }
    }
}

/// `[4] Name` of `issuer`, with one more RelativeDistinguishedName (the content of its SET) where there is one.
fn directory_name(issuer: &[u8], rdn: Option<&[u8]>) -> Box<[u8]> {
    let content = Reader::new(issuer).expect(tag::SEQUENCE).map_or(&[][..], |name| name.content);
    let mut whole = Writer::new();
    whole.constructed(tag::context_constructed(4), |name| {
        name.sequence(|rdns| {
            rdns.raw(content);
            if let Some(rdn) = rdn {
                rdns.primitive(tag::SET, rdn);
            }
        });
    });
    whole.into_bytes().into()
}
