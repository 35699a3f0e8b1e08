use super::token::{Claims, ORDER_TYP, Token, fault};
use super::{OrderAuthority, Target};
use crate::bounds::Bounds;
use crate::crypto::Digest;
use crate::encoding::json::Json;
use crate::error::Denial;
use crate::time::UnixTime;

/// Most characters of `iss`: as of an id that people still compare by eye.
const ISSUER_CHARACTERS: usize = 256;
/// Most characters of `reason`. 1,024: a paragraph; a longer story has a number in another system.
const REASON_CHARACTERS: usize = 1_024;
/// Most halts that one order lifts. 64: more take a second order.
const LIFTS: usize = 64;

/// What an order says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Stops the target until the halt is lifted.
    Halt(Target),
    /// Lifts the halts with these names and no other.
    Reinstate(Box<[Digest]>),
    /// Stops the target for ever: an agent or a certificate.
    Revoke(Target),
}

impl Instruction {
    /// `halt`, `reinstate` or `revoke`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Halt(_) => "halt",
            Self::Reinstate(_) => "reinstate",
            Self::Revoke(_) => "revoke",
        }
    }

    /// What is stopped; a reinstatement stops nothing.
    pub const fn target(&self) -> Option<&Target> {
        match self {
            Self::Halt(target) | Self::Revoke(target) => Some(target),
            Self::Reinstate(_) => None,
        }
    }

    fn parse(claims: &mut Claims) -> Result<Self, Denial> {
        let kind = claims.required("kind")?;
        let (target, lifts) = (claims.0.remove("target"), claims.0.remove("lifts"));
        let target = target.as_ref().map(Target::parse).transpose()?;
        match (kind.as_text(), target, lifts) {
            (Some("halt"), Some(target), None) => Ok(Self::Halt(target)),
            // A session ends by itself, and nobody gives up everything for ever.
            (Some("revoke"), Some(target @ (Target::Agent { .. } | Target::Certificate { .. })), None) => {
                Ok(Self::Revoke(target))
            }
            (Some("reinstate"), None, Some(lifts)) => names(&lifts).map(Self::Reinstate),
            (Some("halt" | "revoke"), _, None) => Err(fault("order-target", "target")),
            (Some("halt" | "reinstate" | "revoke"), ..) => Err(fault("order-lifts", "lifts")),
            _ => Err(fault("order-kind", "kind")),
        }
    }
}

fn names(lifts: &Json) -> Result<Box<[Digest]>, Denial> {
    let lifts = lifts.as_array().filter(|lifts| (1..=LIFTS).contains(&lifts.len()));
    let names = lifts.and_then(|lifts| lifts.iter().map(super::token::digest).collect());
    names.ok_or_else(|| fault("order-lifts", "lifts"))
}

/// An order as it came: its form is right, nothing else is known.
#[derive(Clone, Debug)]
pub struct SignedOrder {
    token: Token,
    order: VerifiedOrder,
}

/// An order that its authority signed. Only [`SignedOrder::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedOrder {
    name: Digest,
    log: Box<str>,
    seq: u64,
    previous: Option<Digest>,
    issued_at: UnixTime,
    issuer: Box<str>,
    instruction: Instruction,
    reason: Option<Box<str>>,
}

impl SignedOrder {
    /// Reads an order in compact form.
    ///
    /// # Errors
    /// E405 with the rule broken and the field: `jws-…`, `base64url`, `json-…` for the form of a token; `order-typ`,
    /// `order-header`, `order-algorithm`, `order-kid` for the header; `order-claims`, `order-claim-missing`,
    /// `order-integer`, `order-text`, `order-digest`, `order-log-name`, `order-prev-form`, `order-kind`,
    /// `order-target`, `order-lifts` for the claims.
    pub fn parse(token: &str, bounds: &Bounds) -> Result<Self, Denial> {
        let (token, mut claims) = Token::parse(token, ORDER_TYP, bounds.order_bytes)?;
        let seq = claims.sequence(1)?;
        let previous = claims.optional_digest("prev")?;
        if previous.is_some() != (seq > 1) {
            return Err(fault("order-prev-form", "prev"));
        }
        let order = VerifiedOrder {
            name: *token.name(),
            log: claims.log()?,
            seq,
            previous,
            issued_at: claims.time("iat")?,
            issuer: claims.text("iss", ISSUER_CHARACTERS)?,
            instruction: Instruction::parse(&mut claims)?,
            reason: claims.optional_text("reason", REASON_CHARACTERS)?,
        };
        Ok(Self { token, order })
    }

    /// The log that it says it is of.
    pub fn log(&self) -> &str {
        &self.order.log
    }

    /// Where it says it stands in its log.
    pub const fn seq(&self) -> u64 {
        self.order.seq
    }

    /// Its name: SHA-256 of what was signed.
    pub const fn name(&self) -> &Digest {
        &self.order.name
    }

    /// Whether `authority` signed it, in its own log.
    ///
    /// # Errors
    /// E405 `order-log`, `order-kid`, `order-algorithm`, `order-signature`.
    pub fn verify(&self, authority: &OrderAuthority) -> Result<VerifiedOrder, Denial> {
        self.token.verify(&self.order.log, authority)?;
        Ok(self.order.clone())
    }
}

impl VerifiedOrder {
    /// Its name: SHA-256 of what was signed.
    pub const fn name(&self) -> &Digest {
        &self.name
    }

    /// Its log.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Where it stands in its log, from 1.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The name of the order before it; the first has none.
    pub const fn previous(&self) -> Option<&Digest> {
        self.previous.as_ref()
    }

    /// When it was given, by the authority's clock.
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Who gave it, as the authority calls them. For people: what counts is the key.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What it says.
    pub const fn instruction(&self) -> &Instruction {
        &self.instruction
    }

    /// Why, if that was said.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}
