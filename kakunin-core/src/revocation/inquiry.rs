use super::reason::Reasons;
use crate::certificate::Certificate;
use crate::encoding::der::{Reader, tag};
use crate::time::UnixTime;

/// One certificate, as its issuer's lists and responses are asked for it.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    serial: &'a [u8],
    authority: bool,
    /// The content of its cRLDistributionPoints' SEQUENCE, checked.
    points: &'a [u8],
    validity: Option<(UnixTime, UnixTime)>,
}

impl<'a> Inquiry<'a> {
    /// After the certificate with this serial number (an INTEGER's content), which may or may not be a CA's, and whose
    /// cRLDistributionPoints, where it has any, are `points` (the extension's value, checked when it was read).
    pub fn new(serial: &'a [u8], authority: bool, points: Option<&'a [u8]>) -> Self {
        let points = points.and_then(|value| Some(Reader::new(value).expect(tag::SEQUENCE).ok()?.content));
        Self { serial, authority, points: points.unwrap_or_default(), validity: None }
    }

    /// Of a certificate that is valid between these, both included: nothing that was signed outside speaks of it.
    #[must_use]
    pub const fn within(self, not_before: UnixTime, not_after: UnixTime) -> Self {
        Self { validity: Some((not_before, not_after)), ..self }
    }

    /// After `certificate`.
    pub fn of(certificate: &Certificate<'a>) -> Self {
        let authority = certificate.basic_constraints().is_some_and(|constraints| constraints.ca);
        Self::new(certificate.serial(), authority, certificate.crl_distribution_points())
            .within(certificate.not_before(), certificate.not_after())
    }

    /// The serial number, as an INTEGER's content.
    pub const fn serial(&self) -> &'a [u8] {
        self.serial
    }

    /// Whether its basicConstraints say cA.
    pub const fn is_authority(&self) -> bool {
        self.authority
    }

    pub(super) fn is_valid(&self, time: UnixTime) -> bool {
        self.validity.is_none_or(|(from, to)| (from.seconds()..=to.seconds()).contains(&time.seconds()))
    }

    pub(super) fn distribution_points(&self) -> impl Iterator<Item = Point<'a>> {
        let mut points = Reader::new(self.points);
        // INVARIANT: checked when the certificate was read; one that were unreadable would end the points, not match.
        std::iter::from_fn(move || {
            let mut fields = points.sequence().ok()?;
            let name = fields.optional(tag::context_constructed(0)).ok()?;
            let reasons = Reasons::optional(&mut fields, 1).ok()?;
            let has_issuer = !fields.is_empty();
            let name = name.and_then(|explicit| PointName::read(explicit.content));
            Some(Point { name, reasons, has_issuer })
        })
    }
}

/// One of a certificate's distribution points.
pub(super) struct Point<'a> {
    pub(super) name: Option<PointName<'a>>,
    pub(super) reasons: Reasons,
    pub(super) has_issuer: bool,
}

/// `DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] RelativeDistinguishedName }`
#[derive(Clone, Copy, Debug)]
pub(super) enum PointName<'a> {
    /// The content of the SEQUENCE of GeneralNames.
    Full(&'a [u8]),
    /// The content of the SET.
    Relative(&'a [u8]),
}

impl<'a> PointName<'a> {
    /// Reads the CHOICE, whose content was checked.
    pub(super) fn read(choice: &'a [u8]) -> Option<Self> {
        let name = Reader::new(choice).element().ok()?;
        match name.tag {
            tag if tag == tag::context_constructed(0) => Some(Self::Full(name.content)),
            tag if tag == tag::context_constructed(1) => Some(Self::Relative(name.content)),
            _ => None,
        }
    }
}
