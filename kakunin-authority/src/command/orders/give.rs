//! Giving orders, and waiting until guards know them.

use std::path::PathBuf;
use std::time::Duration;

use kakunin_core::crypto::Digest;
use kakunin_core::encoding::json::Json;
use kakunin_core::error::Denial;
use kakunin_core::issue::OrderProfile;
use kakunin_core::revocation::order::{Instruction, LiveOrder, Orders, ReceiptClaims, Target};
use kakunin_core::time::UnixTime;

use super::arguments::{Giving, Halt, Reinstate};
use super::what::PathOf;
use super::{Desk, shown};
use crate::command::output::{Answer, Failure, number, object, texts};
use crate::orders::{Awaited, Given, Receipt, await_guards};
use crate::pki::HEAD_SECONDS;
use crate::shell::system_now;
use crate::{fault, hex};

pub(in crate::command) fn halt(arguments: &Halt) -> Result<Answer, Failure> {
    let giving = &arguments.giving;
    if arguments.drill {
        return drill(giving);
    }
    let target = arguments.what.target(&giving.authority.pki)?;
    let target = target.ok_or_else(|| {
        fault::missing("agent", "what to halt: `--agent`, `--session` with it, `--certificate` or `--all`")
    })?;
    let mut desk = giving.authority.open()?;
    let given = desk.give(giving, Instruction::Halt(target))?;
    answer(vec![desk.receive(giving, &given)?])
}

pub(in crate::command) fn reinstate(arguments: &Reinstate) -> Result<Answer, Failure> {
    let giving = &arguments.giving;
    let target = arguments.what.target(&giving.authority.pki)?;
    let mut desk = giving.authority.open()?;
    let standing = super::show::standing(&desk.folder, &desk.others)?;
    let halts = match (arguments.orders.as_slice(), target) {
        ([], None) => {
            return Err(fault::missing("order", "the halts to lift: names, numbers, or what was halted").into());
        }
        ([], Some(target)) => halts_of(&standing, &target)?,
        (orders, _) => orders.iter().map(|order| desk.halt(&standing, order)).collect::<Result<_, _>>()?,
    };
    let given = desk.give(giving, Instruction::Reinstate(halts.into()))?;
    answer(vec![desk.receive(giving, &given)?])
}

/// Revokes the first certificate of each file, by an order each.
pub(in crate::command) fn revoke(certificates: &[PathBuf], giving: &Giving) -> Result<Answer, Failure> {
    let targets = certificates.iter().map(|path| PathOf::read(path)?.target(path)).collect::<Result<Vec<_>, _>>()?;
    let mut desk = giving.authority.open()?;
    // All are given before any is waited for.
    let given = targets.into_iter().map(|target| desk.give(giving, Instruction::Revoke(target)));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let receipts = given.iter().map(|given| desk.receive(giving, given)).collect::<Result<_, _>>()?;
    answer(receipts)
}

fn drill(giving: &Giving) -> Result<Answer, Failure> {
    let mut desk = giving.authority.open()?;
    // Heads count in seconds: one of this second would not be told from the one before.
    while let Some(before) = desk.log.head().map(|head| head.issued_at())
        && before.seconds() >= system_now().seconds()
        && before.seconds() <= system_now().seconds().saturating_add(1)
    {
        std::thread::sleep(Duration::from_millis(50));
    }
    let published_at = system_now();
    let head = desk.log.sign_head(None, HEAD_SECONDS, &desk.signer, published_at)?;
    let awaited = Awaited::Head { seq: head.seq(), issued_at: head.issued_at() };
    let claims = desk.claims(giving, published_at, head.seq(), "drill");
    answer(vec![desk.await_and_sign(giving, claims, awaited)?])
}

impl Desk {
    fn give(&mut self, giving: &Giving, instruction: Instruction) -> Result<Given, Denial> {
        let profile = OrderProfile { issuer: self.operator(giving), instruction, reason: giving.reason.clone() };
        self.log.give(&profile, HEAD_SECONDS, &self.signer, system_now())
    }

    fn operator(&self, giving: &Giving) -> String {
        giving.operator.clone().unwrap_or_else(|| self.log.authority().log().to_owned())
    }

    fn claims(&self, giving: &Giving, published_at: UnixTime, seq: u64, kind: &str) -> ReceiptClaims {
        ReceiptClaims {
            issuer: self.operator(giving).into(),
            log: self.log.authority().log().into(),
            seq,
            order: None,
            kind: kind.into(),
            target: None,
            reason: giving.reason.clone().map(Into::into),
            published_at,
            ended_at: published_at,
            limit: u32::try_from(giving.wait.as_millis()).unwrap_or(u32::MAX),
            guards: Vec::new(),
            silent: Vec::new(),
        }
    }

    /// Waits for the guards, and signs the receipt of an order.
    fn receive(&self, giving: &Giving, given: &Given) -> Result<Receipt, Denial> {
        let order = &given.order;
        let mut claims = self.claims(giving, system_now(), order.seq(), order.instruction().kind());
        claims.order = Some(*order.name());
        claims.target = order.instruction().target().cloned();
        let awaited = Awaited::Order { seq: order.seq(), name: *order.name() };
        self.await_and_sign(giving, claims, awaited)
    }

    fn await_and_sign(&self, giving: &Giving, mut claims: ReceiptClaims, awaited: Awaited) -> Result<Receipt, Denial> {
        let (guards, silent) = await_guards(&self.folder, &claims.log, awaited, giving.wait)?;
        (claims.guards, claims.silent, claims.ended_at) = (guards, silent, system_now());
        self.log.write_receipt(&claims, &self.signer)
    }

    /// The halt that a name or a number means.
    fn halt(&self, standing: &Orders, text: &str) -> Result<Digest, Denial> {
        let named = text.strip_prefix("sha256:").and_then(hex::decode);
        let number = text.parse::<u64>().ok();
        let own = self.log.authority().log();
        let found = standing.live().find(|live| {
            let order = live.order();
            match &named {
                Some(name) => order.name().as_slice() == name.as_slice(),
                None => order.log() == own && Some(order.seq()) == number,
            }
        });
        let found = found.filter(|live| matches!(live.order().instruction(), Instruction::Halt(_)));
        found.map(|live| *live.order().name()).ok_or_else(|| {
            let expected = "a halt that stands: its name or its number, as `kakunin orders list` shows them";
            fault::misconfigured("order-unknown", "order", text.to_owned(), expected)
        })
    }
}

/// The halts that stand with this very target.
fn halts_of(standing: &Orders, target: &Target) -> Result<Vec<Digest>, Denial> {
    let meant = |live: &&LiveOrder| matches!(live.order().instruction(), Instruction::Halt(halted) if halted == target);
    let halts: Vec<_> = standing.live().filter(meant).map(|live| *live.order().name()).collect();
    if halts.is_empty() {
        return Err(fault::misconfigured(
            "order-unknown",
            "target",
            target.to_string(),
            "what a halt that stands names",
        ));
    }
    Ok(halts)
}

/// What was given, and what the guards said: not done until all that are known have confirmed.
fn answer(receipts: Vec<Receipt>) -> Result<Answer, Failure> {
    let mut text = String::new();
    let mut confirmed = true;
    for receipt in &receipts {
        let claims = receipt.verified.claims();
        confirmed &= claims.guards.iter().all(|guard| guard.at.is_some());
        text.push_str(&sentence(claims));
        text.push_str(&format!("  receipt  {}\n", receipt.file.display()));
    }
    let mut json = object([
        ("confirmed", Json::Bool(confirmed)),
        ("receipts", Json::Array(receipts.iter().map(receipt_json).collect())),
    ]);
    if let [receipt] = receipts.as_slice() {
        if let Some(order) = &receipt.verified.claims().order {
            json.insert("order", shown(order));
        }
        json.insert("receipt", receipt.token.as_str());
    }
    Ok(if confirmed { Answer::done(text, json) } else { Answer::denied(text, json) })
}

fn sentence(claims: &ReceiptClaims) -> String {
    let what = match (&claims.target, claims.kind.as_ref()) {
        (Some(target), kind) => format!("{kind} {target}"),
        (None, kind) => kind.to_owned(),
    };
    let mut text = format!("{what}: order {}/{}", claims.log, claims.seq);
    if claims.order.is_none() {
        text = format!("{what}: nobody is stopped; head of {} with {} orders", claims.log, claims.seq);
    }
    if let Some(order) = &claims.order {
        text.push_str(&format!("\n  name     {}", shown(order)));
    }
    text.push_str(&format!("\n  signed   by {} at {}", claims.issuer, claims.published_at));
    if let Some(reason) = &claims.reason {
        text.push_str(&format!("\n  reason   {reason}"));
    }
    let total = claims.guards.len();
    let took = claims.ended_at.millis() - claims.published_at.millis();
    let confirmed = claims.guards.iter().filter(|guard| guard.at.is_some()).count();
    text.push_str(&match total {
        0 => "\n  guards   none is known here: no guard has written into this folder".to_owned(),
        _ if confirmed == total => format!("\n  guards   {confirmed} of {total} confirmed within {took} ms"),
        _ => format!("\n  guards   {confirmed} of {total} confirmed within the {} ms given", claims.limit),
    });
    for guard in claims.guards.iter().filter(|guard| guard.at.is_none()) {
        text.push_str(&format!("\n  MISSING  {}", guard.guard));
    }
    for guard in &claims.silent {
        text.push_str(&format!("\n  silent   {guard}: it did not write again when it was to, and is not waited for"));
    }
    text + "\n"
}

fn receipt_json(receipt: &Receipt) -> Json {
    let claims = receipt.verified.claims();
    let names = |confirmed: bool| {
        let guards = claims.guards.iter().filter(move |guard| guard.at.is_some() == confirmed);
        texts(guards.map(|guard| guard.guard.to_string()))
    };
    let took = u64::try_from(claims.ended_at.millis() - claims.published_at.millis()).unwrap_or(0);
    let mut json = object([
        ("confirmed", names(true)),
        ("file", Json::from(receipt.file.display().to_string())),
        ("kind", Json::from(claims.kind.as_ref())),
        ("log", Json::from(claims.log.as_ref())),
        ("milliseconds", number(took)),
        ("missing", names(false)),
        ("seq", number(claims.seq)),
        ("silent", texts(claims.silent.iter().map(ToString::to_string))),
    ]);
    if let Some(order) = &claims.order {
        json.insert("order", shown(order));
    }
    Json::Object(json)
}
