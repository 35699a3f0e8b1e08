use super::OrderAuthority;
use super::token::{HEAD_TYP, Token, fault};
use crate::bounds::Bounds;
use crate::crypto::Digest;
use crate::error::Denial;
use crate::time::UnixTime;

/// Longest life of a head in seconds: a leap year, which is also the longest of a list that `kakunin crl` signs.
const LIFETIME: i64 = 366 * 86_400;

/// A head as it came: its form is right, nothing else is known.
#[derive(Clone, Debug)]
pub struct SignedHead {
    token: Token,
    head: VerifiedHead,
}

/// A head that its authority signed. Only [`SignedHead::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHead {
    log: Box<str>,
    seq: u64,
    order: Option<Digest>,
    issued_at: UnixTime,
    next_update: UnixTime,
}

impl SignedHead {
    /// Reads a head in compact form.
    ///
    /// # Errors
    /// E405 with the rule broken and the field: as [`SignedOrder::parse`](super::SignedOrder::parse) for the form of a
    /// token and its header; `head-order` where `head` is absent from a log with orders or names one in a log without;
    /// `head-lifetime` where `nextUpdate` is not after `iat`, or more than 366 days later.
    pub fn parse(token: &str, bounds: &Bounds) -> Result<Self, Denial> {
        let (token, mut claims) = Token::parse(token, HEAD_TYP, bounds.head_bytes)?;
        let seq = claims.sequence(0)?;
        let order = claims.optional_digest("head")?;
        if order.is_some() != (seq > 0) {
            return Err(fault("head-order", "head"));
        }
        let (issued_at, next_update) = (claims.time("iat")?, claims.time("nextUpdate")?);
        if !(1..=LIFETIME).contains(&next_update.seconds().saturating_sub(issued_at.seconds())) {
            return Err(fault("head-lifetime", "nextUpdate").times(issued_at.seconds(), next_update.seconds()));
        }
        let head = VerifiedHead { log: claims.log()?, seq, order, issued_at, next_update };
        Ok(Self { token, head })
    }

    /// The log that it says it is of.
    pub fn log(&self) -> &str {
        &self.head.log
    }

    /// Whether `authority` signed it, of its own log.
    ///
    /// # Errors
    /// E405 `order-log`, `order-kid`, `order-algorithm`, `order-signature`.
    pub fn verify(&self, authority: &OrderAuthority) -> Result<VerifiedHead, Denial> {
        self.token.verify(&self.head.log, authority)?;
        Ok(self.head.clone())
    }
}

impl VerifiedHead {
    /// Its log.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// How many orders the log has.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The name of the last order; none in an empty log.
    pub const fn order(&self) -> Option<&Digest> {
        self.order.as_ref()
    }

    /// When it was signed, by the authority's clock.
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// From when on it counts no more.
    pub const fn next_update(&self) -> UnixTime {
        self.next_update
    }
}
