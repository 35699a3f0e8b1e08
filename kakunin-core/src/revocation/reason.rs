use crate::certificate::ReasonFlags;
use crate::encoding::Malformed;
use crate::encoding::der::{Element, Reader, tag};

/// Why a certificate was revoked (RFC 5280 §5.3.1). `unspecified` is no reason, and removeFromCRL stands in deltas only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The key is known to others.
    KeyCompromise,
    /// The CA's key is known to others.
    AuthorityCompromise,
    /// The holder belongs elsewhere now.
    AffiliationChanged,
    /// Another certificate stands in its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// It is on hold: revoked as long as a list says so. Read from others; nothing here issues it.
    CertificateHold,
    /// It may no longer do what it says.
    PrivilegeWithdrawn,
    /// An attribute authority's key is known to others.
    AttributeAuthorityCompromise,
}

impl Reason {
    /// Every reason, by its number.
    pub const ALL: [Self; 8] = [
        Self::KeyCompromise,
        Self::AuthorityCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
        Self::AttributeAuthorityCompromise,
    ];

    /// Its number as a CRLReason.
    pub const fn number(self) -> u8 {
        match self {
            Self::KeyCompromise => 1,
            Self::AuthorityCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
            Self::AttributeAuthorityCompromise => 10,
        }
    }

    /// Its name in RFC 5280.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyCompromise => "keyCompromise",
            Self::AuthorityCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AttributeAuthorityCompromise => "aACompromise",
        }
    }

    /// The reason with this number.
    pub(super) const fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::KeyCompromise,
            2 => Self::AuthorityCompromise,
            3 => Self::AffiliationChanged,
            4 => Self::Superseded,
            5 => Self::CessationOfOperation,
            6 => Self::CertificateHold,
            9 => Self::PrivilegeWithdrawn,
            10 => Self::AttributeAuthorityCompromise,
            _ => return None,
        })
    }

    /// Reads the content of a CRLReason: `None` is `unspecified`.
    pub(super) fn read(content: &[u8]) -> Result<Option<Self>, Malformed> {
        match content {
            [0] => Ok(None),
            // 7 is not used, and 8 (removeFromCRL) stands in deltas only.
            [number] => Self::of(*number).map(Some).ok_or(Malformed::new("reason-code")),
            _ => Err(Malformed::new("reason-code")),
        }
    }
}

/// A set of the reasons that lists may be split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    /// Bits 1 to 8, bit 0 standing highest.
    pub(super) const ALL: Self = Self(0x7f80);
    pub(super) const NONE: Self = Self(0);

    /// Bit 0 is no reason.
    fn read(flags: Element<'_>) -> Result<Self, Malformed> {
        ReasonFlags::read(flags.content).map(|flags| Self(flags.bits).and(Self::ALL))
    }

    /// `[number] ReasonFlags OPTIONAL`: absent, it is all reasons.
    pub(super) fn optional(fields: &mut Reader<'_>, number: u8) -> Result<Self, Malformed> {
        fields.optional(tag::context(number))?.map_or(Ok(Self::ALL), Self::read)
    }

    /// Its bits, in two octets.
    pub(super) const fn octets(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
