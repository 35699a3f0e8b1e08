//! Orders, heads and receipts of an authority's log.

use super::{Context, misuse};
use crate::crypto::{Digest, Signer};
use crate::encoding::json::{Json, Number, Object};
use crate::encoding::{base64, jcs};
use crate::error::Denial;
use crate::jws;
use crate::revocation::order::{
    HEAD_TYP, Instruction, ORDER_TYP, OrderAuthority, RECEIPT_TYP, ReceiptClaims, SignedHead, SignedOrder,
    SignedReceipt, VerifiedHead, VerifiedOrder, VerifiedReceipt, header,
};
use crate::time::UnixTime;

/// What an order shall say.
#[derive(Clone, Debug)]
pub struct OrderProfile {
    /// Who gives it, for people: 1 to 256 characters.
    pub issuer: String,
    /// What it orders.
    pub instruction: Instruction,
    /// Why: at most 1,024 characters.
    pub reason: Option<String>,
}

/// The last order of a log, after which the next stands: its number and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its number.
    pub seq: u64,
    /// Its name.
    pub name: Digest,
}

impl From<&VerifiedOrder> for Last {
    fn from(order: &VerifiedOrder) -> Self {
        Self { seq: order.seq(), name: *order.name() }
    }
}

/// The order after `last` in the log of `authority`, issued now; the first of a log where there is none.
///
/// # Errors
/// E504 `issuer-key` where `signer` is not the authority's; E502 where no signature is made; E405 where the profile says
/// what no order may say, by the rules of [`SignedOrder::parse`].
pub fn order(
    profile: &OrderProfile,
    last: Option<Last>,
    authority: &OrderAuthority,
    signer: &dyn Signer,
    context: &Context<'_>,
) -> Result<(String, VerifiedOrder), Denial> {
    let mut claims = claims(authority, last.map_or(1, |last| last.seq.saturating_add(1)), context.now);
    claims.insert("iss", profile.issuer.as_str());
    claims.insert("kind", profile.instruction.kind());
    match &profile.instruction {
        Instruction::Halt(target) | Instruction::Revoke(target) => claims.insert("target", target.to_json()),
        Instruction::Reinstate(names) => {
            claims
                .insert("lifts", Json::Array(names.iter().map(|name| Json::from(base64::encode_url(name))).collect()));
        }
    }
    if let Some(last) = last {
        claims.insert("prev", base64::encode_url(&last.name));
    }
    if let Some(reason) = &profile.reason {
        claims.insert("reason", reason.as_str());
    }
    let token = sign(ORDER_TYP, &claims, authority, signer)?;
    let verified = SignedOrder::parse(&token, context.bounds)?.verify(authority)?;
    // What is read back must be what was asked for: a form that reads otherwise is not handed out.
    if verified.instruction() != &profile.instruction {
        return Err(misuse("order-instruction", "instruction"));
    }
    Ok((token, verified))
}

/// The head of the log of `authority` whose last order is `last`: it holds for `seconds` from now.
///
/// # Errors
/// As [`order`]; E405 `head-lifetime` where `seconds` is 0 or more than 366 days.
pub fn head(
    last: Option<Last>,
    seconds: u32,
    authority: &OrderAuthority,
    signer: &dyn Signer,
    context: &Context<'_>,
) -> Result<(String, VerifiedHead), Denial> {
    let mut claims = claims(authority, last.map_or(0, |last| last.seq), context.now);
    if let Some(last) = last {
        claims.insert("head", base64::encode_url(&last.name));
    }
    insert_number(&mut claims, "nextUpdate", context.now.seconds().saturating_add(i64::from(seconds)));
    let token = sign(HEAD_TYP, &claims, authority, signer)?;
    let verified = SignedHead::parse(&token, context.bounds)?.verify(authority)?;
    Ok((token, verified))
}

/// The receipt that says `claims`, issued now.
///
/// # Errors
/// As [`order`]; E405 `order-log` where the claims are of another log, `receipt-guards` where they name more than 1,024 guards.
pub fn receipt(
    claims: &ReceiptClaims,
    authority: &OrderAuthority,
    signer: &dyn Signer,
    context: &Context<'_>,
) -> Result<(String, VerifiedReceipt), Denial> {
    let token = sign(RECEIPT_TYP, &claims.to_json(context.now), authority, signer)?;
    let verified = SignedReceipt::parse(&token, context.bounds)?.verify(authority)?;
    Ok((token, verified))
}

fn claims(authority: &OrderAuthority, seq: u64, now: UnixTime) -> Object {
    let mut claims = Object::new();
    claims.insert("log", authority.log());
    insert_number(&mut claims, "seq", i64::try_from(seq).unwrap_or(i64::MAX));
    insert_number(&mut claims, "iat", now.seconds());
    claims
}

/// A number beyond 2^53 has no form: the claim stays out, and reading back refuses the token.
fn insert_number(claims: &mut Object, key: &'static str, number: i64) {
    if let Some(number) = Number::from_integer(number) {
        claims.insert(key, Json::Number(number));
    }
}

fn sign(typ: &'static str, claims: &Object, authority: &OrderAuthority, signer: &dyn Signer) -> Result<String, Denial> {
    if signer.public_key().spki() != authority.public_key().spki() {
        return Err(misuse("issuer-key", "signer"));
    }
    let mut text = String::new();
    jcs::write_object(&mut text, claims);
    jws::sign(&header(typ, signer.public_key()), text.as_bytes(), signer)
}
