use super::token::{Claims, RECEIPT_TYP, Token, fault, is_plain};
use super::{OrderAuthority, Target};
use crate::bounds::Bounds;
use crate::crypto::Digest;
use crate::encoding::base64;
use crate::encoding::json::{Json, Number, Object};
use crate::error::Denial;
use crate::time::UnixTime;

/// Most guards that a receipt names, confirmed and missing together. 1,024: ten times the guards of one region's
/// agents in the largest deployment that was described to us; the receipt of more says that it is not complete.
pub const GUARDS: usize = 1_024;
/// Most characters of a guard's name: an id of an agent and an instance.
const GUARD_CHARACTERS: usize = 2_400;
/// Most characters of `iss`, `reason` and `kind`, as in an order.
const TEXT_CHARACTERS: usize = 1_024;

/// A guard, and when it said that it knows the head; or that it did not say so in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// The agent's id and the instance of the guard.
    pub guard: Box<str>,
    /// When it confirmed, by its own clock; none where it did not in time.
    pub at: Option<UnixTime>,
}

/// What a receipt says: what was ordered, and which guards confirmed it in time. Times are whole milliseconds.
///
/// What guards say is not signed: it is what the folder held, told by the authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptClaims {
    /// Who gave the order.
    pub issuer: Box<str>,
    /// The log.
    pub log: Box<str>,
    /// How many orders the log had, this one included.
    pub seq: u64,
    /// The order's name; none in a drill.
    pub order: Option<Digest>,
    /// `halt`, `reinstate`, `revoke` or `drill`.
    pub kind: Box<str>,
    /// What was stopped.
    pub target: Option<Target>,
    /// Why.
    pub reason: Option<Box<str>>,
    /// When the order, or in a drill the head, was published.
    pub published_at: UnixTime,
    /// When waiting ended.
    pub ended_at: UnixTime,
    /// How long guards had, in milliseconds.
    pub limit: u32,
    /// The guards that were waited for.
    pub guards: Vec<Confirmation>,
    /// Guards that had been silent for so long that they were not waited for.
    pub silent: Vec<Box<str>>,
}

/// A receipt as it came: its form is right, nothing else is known.
#[derive(Clone, Debug)]
pub struct SignedReceipt {
    token: Token,
    claims: ReceiptClaims,
}

/// A receipt that its authority signed. Only [`SignedReceipt::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt(ReceiptClaims);

impl SignedReceipt {
    /// Reads a receipt in compact form.
    ///
    /// # Errors
    /// E405 as [`SignedOrder::parse`](super::SignedOrder::parse), and `receipt-guards` where the guards are not a list
    /// of at most 1,024.
    pub fn parse(token: &str, bounds: &Bounds) -> Result<Self, Denial> {
        let (token, mut claims) = Token::parse(token, RECEIPT_TYP, bounds.receipt_bytes)?;
        let claims = ReceiptClaims::parse(&mut claims)?;
        Ok(Self { token, claims })
    }

    /// Whether `authority` signed it, of its own log.
    ///
    /// # Errors
    /// E405 `order-log`, `order-kid`, `order-algorithm`, `order-signature`.
    pub fn verify(&self, authority: &OrderAuthority) -> Result<VerifiedReceipt, Denial> {
        self.token.verify(&self.claims.log, authority)?;
        Ok(VerifiedReceipt(self.claims.clone()))
    }
}

impl VerifiedReceipt {
    /// What it says.
    pub const fn claims(&self) -> &ReceiptClaims {
        &self.0
    }
}

impl ReceiptClaims {
    fn parse(claims: &mut Claims) -> Result<Self, Denial> {
        let limit = claims.integer("limit", 0)?;
        Ok(Self {
            issuer: claims.text("iss", TEXT_CHARACTERS)?,
            log: claims.log()?,
            seq: claims.sequence(0)?,
            order: claims.optional_digest("order")?,
            kind: claims.text("kind", TEXT_CHARACTERS)?,
            target: claims.0.remove("target").as_ref().map(Target::parse).transpose()?,
            reason: claims.optional_text("reason", TEXT_CHARACTERS)?,
            published_at: UnixTime::from_millis(claims.integer("published", 0)?),
            ended_at: UnixTime::from_millis(claims.integer("ended", 0)?),
            limit: u32::try_from(limit).map_err(|_| fault("order-integer", "limit"))?,
            guards: guards(&claims.required("guards")?).ok_or_else(|| fault("receipt-guards", "guards"))?,
            silent: silent(&claims.required("silent")?).ok_or_else(|| fault("receipt-guards", "silent"))?,
        })
    }

    /// The claims, with the time of issue.
    pub(crate) fn to_json(&self, issued_at: UnixTime) -> Object {
        let mut claims = Object::new();
        claims.insert("iss", self.issuer.as_ref());
        claims.insert("log", self.log.as_ref());
        claims.insert("kind", self.kind.as_ref());
        let seq = i64::try_from(self.seq).unwrap_or(i64::MAX);
        let numbers = [
            ("iat", issued_at.seconds()),
            ("seq", seq),
            ("published", self.published_at.millis()),
            ("ended", self.ended_at.millis()),
            ("limit", i64::from(self.limit)),
        ];
        for (key, number) in numbers {
            insert_number(&mut claims, key, number);
        }
        if let Some(order) = &self.order {
            claims.insert("order", base64::encode_url(order));
        }
        if let Some(target) = &self.target {
            claims.insert("target", target.to_json());
        }
        if let Some(reason) = &self.reason {
            claims.insert("reason", reason.as_ref());
        }
        let guards = self.guards.iter().map(|confirmation| {
            let mut guard = Object::new();
            guard.insert("guard", confirmation.guard.as_ref());
            if let Some(at) = confirmation.at {
                insert_number(&mut guard, "at", at.millis());
            }
            Json::Object(guard)
        });
        claims.insert("guards", Json::Array(guards.collect()));
        claims.insert("silent", Json::Array(self.silent.iter().map(|guard| Json::from(guard.as_ref())).collect()));
        claims
    }
}

/// A number beyond 2^53 has no form: the claim stays out, and reading back refuses the token.
fn insert_number(object: &mut Object, key: &'static str, number: i64) {
    if let Some(number) = Number::from_integer(number) {
        object.insert(key, Json::Number(number));
    }
}

fn guards(list: &Json) -> Option<Vec<Confirmation>> {
    let list = list.as_array().filter(|list| list.len() <= GUARDS)?;
    list.iter()
        .map(|guard| {
            let guard = guard.as_object()?;
            let name = guard_name(guard.get("guard")?)?;
            let at = match guard.get("at") {
                None => None,
                Some(at) => Some(UnixTime::from_millis(at.as_integer().filter(|at| *at >= 0)?)),
            };
            Some(Confirmation { guard: name.into(), at })
        })
        .collect()
}

fn silent(list: &Json) -> Option<Vec<Box<str>>> {
    let list = list.as_array().filter(|list| list.len() <= GUARDS)?;
    list.iter().map(|name| Some(guard_name(name)?.into())).collect()
}

fn guard_name(name: &Json) -> Option<&str> {
    name.as_text().filter(|name| is_plain(name, GUARD_CHARACTERS))
}
