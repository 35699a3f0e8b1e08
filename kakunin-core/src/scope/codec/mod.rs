//! The encoded scope: the DER of `docs/scope.asn1`, read strictly and written.
//!
//! DER is canonical and so is a scope: one authoring document has one encoding. The decoder checks the order of every
//! set, passes every part through the constructor that authors go through, and refuses what one of them changes; that
//! whatever it reads is encoded to the same bytes again is a property of tests and fuzzing.
//! Unknown tags, kinds and versions are refused: the format grows by `version` only.

mod decode;
mod encode;

pub(super) use encode::{action_der, approver_der, constraint_der, grant_der, limit_der, param_der, scalar_der};

use super::Scope;
use crate::bounds::Bounds;
use crate::error::{Code, Denial};

/// The one version of the format.
const VERSION: i128 = 1;

/// Most bytes of an encoded scope that a constructor makes: 48 KiB, what [`Bounds::scope_bytes`] allows by default.
pub(super) const BYTES: usize = 48 * 1024;

/// Exponents that an encoded decimal may have. 34: as many places as a decimal has digits.
const EXPONENTS: std::ops::RangeInclusive<i32> = -34..=34;

impl Scope {
    /// Reads a scope from its DER.
    ///
    /// # Errors
    /// E107 naming the element as `field`: the rules of [`crate::encoding::der::Reader`]; `scope-too-large`, `version`,
    /// `unknown-element`, `set-order`, `set-duplicate`, `empty-list`, `default-encoded`, `decimal`, `integer-range`;
    /// the rules of the constructors; `not-canonical` where another encoding of the same scope is the right one.
    pub fn decode(der: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        if der.len() > bounds.scope_bytes.min(BYTES) {
            return Err(Denial::new(Code::ScopeMalformed, "scope-too-large").field("scope"));
        }
        decode::scope(der)
    }

    /// The DER of the scope.
    pub fn encode(&self) -> Vec<u8> {
        encode::scope(self)
    }
}

/// Context tags, as in `docs/scope.asn1`; constructed where the type beneath is.
mod tags {
    use crate::encoding::der::Tag;
    use crate::encoding::der::tag::{context, context_constructed};

    pub(super) const SCOPE_DENY: Tag = context_constructed(0);
    pub(super) const SCOPE_LIMITS: Tag = context_constructed(1);
    pub(super) const SCOPE_HOURS: Tag = context_constructed(2);
    pub(super) const SCOPE_REGIONS: Tag = context_constructed(3);
    pub(super) const SCOPE_APPROVERS: Tag = context_constructed(4);
    pub(super) const SCOPE_MAX_DEPTH: Tag = context(5);

    pub(super) const GRANT_LIMITS: Tag = context_constructed(0);
    pub(super) const GRANT_APPROVAL: Tag = context_constructed(1);
    pub(super) const GRANT_AUDIENCE: Tag = context_constructed(2);

    pub(super) const ONE_OF: Tag = context_constructed(0);
    pub(super) const NONE_OF: Tag = context_constructed(1);
    pub(super) const RANGE: Tag = context_constructed(2);
    pub(super) const GLOB: Tag = context(3);
    pub(super) const REGEX: Tag = context(4);
    pub(super) const LENGTH: Tag = context_constructed(5);
    pub(super) const PATH: Tag = context(6);
    pub(super) const DOMAIN: Tag = context_constructed(7);
    pub(super) const EMAIL: Tag = context_constructed(8);
    pub(super) const URL: Tag = context_constructed(9);
    pub(super) const NET: Tag = context_constructed(10);
    pub(super) const TYPE: Tag = context(11);

    pub(super) const RANGE_MIN: Tag = context_constructed(0);
    pub(super) const RANGE_MAX: Tag = context_constructed(1);
    pub(super) const RANGE_MONEY: Tag = context_constructed(2);

    pub(super) const LENGTH_MIN: Tag = context(0);
    pub(super) const LENGTH_MAX: Tag = context(1);

    pub(super) const EMAIL_ADDRESSES: Tag = context_constructed(0);
    pub(super) const EMAIL_DOMAINS: Tag = context_constructed(1);

    pub(super) const URL_SCHEMES: Tag = context_constructed(0);
    pub(super) const URL_HOSTS: Tag = context_constructed(1);
    pub(super) const URL_PORTS: Tag = context_constructed(2);
    pub(super) const URL_PATH: Tag = context(3);

    pub(super) const APPROVER_KEY: Tag = context(0);
    pub(super) const APPROVER_ROLE: Tag = context(1);

    pub(super) const APPROVAL_UNLESS: Tag = context_constructed(0);

    pub(super) const LIMIT_RATE: Tag = context(0);
    pub(super) const LIMIT_BUDGET: Tag = context_constructed(1);
}
