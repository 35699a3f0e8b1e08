//! Heads, lists of orders, and one order with its receipt.

use std::path::Path;
use std::time::Duration;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::{
    Instruction, OrderAuthority, Orders, VerifiedHead, VerifiedOrder, VerifiedReceipt,
};
use kakunin_core::time::UnixTime;

use super::arguments::{self, Authority};
use super::shown;
use crate::command::output::{self, Answer, Failure, number, object};
use crate::orders::{ORDERS_FOLDER, OrderFile, OrderLog, parse_file};
use crate::pki::HEAD_SECONDS;
use crate::shell::system_now;
use crate::{fault, files, hex};

pub(in crate::command) fn run(command: &arguments::Orders, json: bool) -> Result<Answer, Failure> {
    match command {
        arguments::Orders::Head { authority, every, holds } => head(authority, *every, *holds, json),
        arguments::Orders::List { authority } => list(authority),
        arguments::Orders::Show { order, authority } => show(order, authority),
    }
}

fn head(
    authority: &Authority,
    every: Option<Duration>,
    holds: Option<Duration>,
    json: bool,
) -> Result<Answer, Failure> {
    let mut desk = authority.open()?;
    // Two may be lost before a guard denies.
    let holds = holds.or_else(|| every.map(|every| every.saturating_mul(3)));
    let seconds = holds.map(|holds| {
        let millis = u64::try_from(holds.as_millis()).unwrap_or(u64::MAX);
        u32::try_from(millis.div_ceil(1_000)).unwrap_or(u32::MAX)
    });
    let mut sign = || desk.log.sign_head(seconds, HEAD_SECONDS, &desk.signer, system_now());
    let first = signed(&sign()?);
    let Some(every) = every else { return Ok(first) };
    // Whoever started it sees that it runs; it ends with a fault or when it is stopped.
    output::print(Ok(first), json);
    loop {
        std::thread::sleep(every);
        sign()?;
    }
}

fn signed(head: &VerifiedHead) -> Answer {
    let text = format!(
        "head of {}: {} orders, signed at {}, holds until {}",
        head.log(),
        head.seq(),
        head.issued_at(),
        head.next_update()
    );
    let json = object([
        ("issued_at", Json::from(head.issued_at().to_string())),
        ("log", Json::from(head.log())),
        ("next_update", Json::from(head.next_update().to_string())),
        ("seq", number(head.seq())),
    ]);
    Answer::done(text, json)
}

/// What stands, by all logs of a folder: as a guard would know it.
pub(super) fn standing(folder: &Path, authorities: &[OrderAuthority]) -> Result<Orders, Denial> {
    let bounds = Bounds::default();
    let (mut orders, mut heads) = (Vec::new(), Vec::new());
    for authority in authorities {
        let log = folder.join(ORDERS_FOLDER).join(authority.log());
        let Ok(listing) = std::fs::read_dir(&log) else { continue };
        for path in listing.flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let name = format!("{ORDERS_FOLDER}/{}/{name}", authority.log());
            let is_order = name.ends_with(".jwt") && !name.ends_with(".receipt.jwt");
            if !is_order {
                continue;
            }
            match parse_file(&name, &files::read(&path, "log", bounds.order_bytes)?, &bounds)? {
                Some(OrderFile::Order(order)) => orders.push(order),
                Some(OrderFile::Head(head)) => heads.push(head),
                None => {}
            }
        }
    }
    Ok(Orders::new(authorities.to_vec())?.take(&orders, &heads, system_now(), &bounds).0)
}

/// An order and what has become of it.
struct Row {
    order: VerifiedOrder,
    state: &'static str,
}

fn rows(authority: &Authority) -> Result<(Vec<Row>, Orders), Denial> {
    let authorities = authority.all()?;
    let folder = authority.folder();
    let orders = standing(&folder, &authorities)?;
    let mut rows = Vec::new();
    for authority in &authorities {
        let log = OrderLog::open(&folder, authority)?;
        rows.extend(log.orders().iter().map(|order| {
            let stands = orders.live().any(|live| live.order().name() == order.name());
            let state = match (order.instruction(), stands) {
                (Instruction::Reinstate(_), _) => "given",
                (_, true) => "stands",
                (_, false) => "lifted",
            };
            Row { order: order.clone(), state }
        }));
    }
    Ok((rows, orders))
}

fn list(authority: &Authority) -> Result<Answer, Failure> {
    let (rows, orders) = rows(authority)?;
    let now = system_now();
    let mut text = String::new();
    for row in &rows {
        let order = &row.order;
        let about = about(order);
        let reason = order.reason().map_or(String::new(), |reason| format!("  ({reason})"));
        text.push_str(&format!(
            "{}/{}  {}  {}  {about}  {}{reason}\n",
            order.log(),
            order.seq(),
            order.issued_at(),
            row.state,
            order.issuer()
        ));
    }
    let mut logs = Vec::new();
    for taken in orders.taken() {
        let until = taken.head.map(VerifiedHead::next_update);
        let state = match until {
            None => "has no head: its guards deny".to_owned(),
            Some(until) if until <= now => format!("head ended at {until}: its guards deny"),
            Some(until) => format!("head holds until {until}"),
        };
        text.push_str(&format!("log {}: {} orders, {state}\n", taken.log, taken.seq));
        let mut log = object([("log", Json::from(taken.log)), ("seq", number(taken.seq))]);
        if let Some(until) = until {
            log.insert("next_update", until.to_string());
        }
        logs.push(Json::Object(log));
    }
    let list = rows.iter().map(|row| Json::Object(row.json())).collect();
    Ok(Answer::done(text, object([("logs", Json::Array(logs)), ("orders", Json::Array(list))])))
}

fn about(order: &VerifiedOrder) -> String {
    match order.instruction() {
        Instruction::Halt(target) | Instruction::Revoke(target) => format!("{} {target}", order.instruction().kind()),
        Instruction::Reinstate(names) => {
            let names: Vec<_> = names.iter().map(shown).collect();
            format!("reinstate {}", names.join(" "))
        }
    }
}

impl Row {
    fn json(&self) -> Object {
        let order = &self.order;
        let mut json = object([
            ("issued_at", Json::from(order.issued_at().to_string())),
            ("issuer", Json::from(order.issuer())),
            ("kind", Json::from(order.instruction().kind())),
            ("log", Json::from(order.log())),
            ("name", Json::from(shown(order.name()))),
            ("seq", number(order.seq())),
            ("state", Json::from(self.state)),
        ]);
        match order.instruction() {
            Instruction::Halt(target) | Instruction::Revoke(target) => json.insert("target", target.to_json()),
            Instruction::Reinstate(names) => json.insert("lifts", output::texts(names.iter().map(shown))),
        }
        if let Some(reason) = order.reason() {
            json.insert("reason", reason);
        }
        json
    }
}

fn show(text: &str, authority: &Authority) -> Result<Answer, Failure> {
    let (rows, _) = rows(authority)?;
    let several = authority.all()?.len() > 1;
    let name = text.strip_prefix("sha256:").and_then(hex::decode);
    let meant = |row: &&Row| {
        let order = &row.order;
        match &name {
            Some(name) => order.name().as_slice() == name.as_slice(),
            None => text == format!("{}/{}", order.log(), order.seq()) || (!several && text == order.seq().to_string()),
        }
    };
    let row = rows.iter().find(meant).ok_or_else(|| {
        let expected = "an order of a configured log: its name, or LOG/NUMBER";
        fault::misconfigured("order-unknown", "order", text.to_owned(), expected)
    })?;
    let order = &row.order;
    let mut lines = format!(
        "order {}/{}: {}\n  name     {}\n  state    {}\n  signed   by {} at {}\n",
        order.log(),
        order.seq(),
        about(order),
        shown(order.name()),
        row.state,
        order.issuer(),
        order.issued_at()
    );
    if let Some(reason) = order.reason() {
        lines.push_str(&format!("  reason   {reason}\n"));
    }
    let mut json = row.json();
    if let Some(receipt) = receipt(authority, order)? {
        let (text, object) = receipt_facts(&receipt);
        lines.push_str(&text);
        json.insert("receipt", object);
    }
    Ok(Answer::done(lines, json))
}

fn receipt(authority: &Authority, order: &VerifiedOrder) -> Result<Option<VerifiedReceipt>, Denial> {
    let Some(own) = authority.all()?.into_iter().find(|own| own.log() == order.log()) else { return Ok(None) };
    let receipt = OrderLog::open(&authority.folder(), &own)?.receipt(order.seq())?;
    // A receipt of another order at this number would tell of guards that know something else.
    Ok(receipt.filter(|receipt| receipt.claims().order.as_ref() == Some(order.name())))
}

fn receipt_facts(receipt: &VerifiedReceipt) -> (String, Object) {
    let claims = receipt.claims();
    let mut text = format!("  receipt  signed, {} ms were given\n", claims.limit);
    let mut guards = Vec::new();
    for guard in &claims.guards {
        let at = guard.at.map(|at: UnixTime| at.to_string());
        text.push_str(&match &at {
            Some(at) => format!("    confirmed {at}  {}\n", guard.guard),
            None => format!("    MISSING  {}\n", guard.guard),
        });
        let mut object = object([("guard", Json::from(guard.guard.as_ref()))]);
        if let Some(at) = at {
            object.insert("at", at);
        }
        guards.push(Json::Object(object));
    }
    let json = object([
        ("guards", Json::Array(guards)),
        ("limit", number(u64::from(claims.limit))),
        ("published_at", Json::from(claims.published_at.to_string())),
    ]);
    (text, json)
}
