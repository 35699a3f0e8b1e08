//! Judges generated calls for `scripts/reference`, which has an opinion of its own.
//!
//! A line in: `{"scopes": [authoring form as JSON text, …], "calls": [{"action", "arguments" (JSON text), "audience", "region",
//! "now" (Unix seconds)}, …]}`, the leaf's scope first; the last three may be left out.
//! A line out: `{"scopes": [DER as hex, …], "answers": [["allow", [[depth, kind, window, name, max, amount], …]] | [code, parameter], …]}`,
//! or `{"mistake": …}`. The calls of a line share one store, whose clock stands still.
#![expect(clippy::print_stdout, reason = "a command talks to its terminal")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::BufRead as _;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::sha256;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{Capacity, CounterDraw, DrawKind, MemoryStore, Reservation, StateStore};
use kakunin_core::scope::authoring::{self, Format};
use kakunin_core::scope::{Accepted, Call, Draw, LimitKind, Scope};
use kakunin_core::time::UnixTime;
use kakunin_core::value::{Arguments, Decimal};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lock().lines() {
        println!("{}", answer(&serde_json::from_str(&line?)?)?);
    }
    Ok(())
}

fn answer(batch: &Value) -> Result<Value, Box<dyn Error>> {
    let mut scopes = Vec::new();
    for text in batch["scopes"].as_array().ok_or("no scopes")? {
        match authoring::compile(text.as_str().ok_or("a scope is text")?, Format::Json) {
            Ok(scope) => scopes.push(scope),
            Err(mistakes) => {
                return Ok(
                    json!({ "mistake": mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ") }),
                );
            }
        }
    }
    let store = MemoryStore::new(Capacity::default());
    let mut answers = Vec::new();
    for call in batch["calls"].as_array().ok_or("no calls")? {
        answers.push(match judge(&scopes, call, &store)? {
            Ok(draws) => json!(["allow", draws]),
            Err(denial) => json!([denial.code().as_str().trim_start_matches("KKN-"), denial.details().parameter]),
        });
    }
    let encoded: Vec<_> = scopes.iter().map(|scope| hexadecimal(&scope.encode())).collect();
    Ok(json!({ "scopes": encoded, "answers": answers }))
}

/// What the scopes and the store say to a call, in the order of the guard.
fn judge(scopes: &[Scope], call: &Value, store: &MemoryStore) -> Result<Result<Vec<Value>, Denial>, Box<dyn Error>> {
    let action = call["action"].as_str().ok_or("a call has an action")?;
    let text = call["arguments"].as_str().ok_or("a call has arguments")?;
    let arguments = match Arguments::parse(text.as_bytes(), &JsonBounds::ARGUMENTS) {
        Ok(arguments) => arguments,
        Err(denial) => return Ok(Err(denial)),
    };
    let call = Call {
        audience: call["audience"].as_str(),
        region: call["region"].as_str(),
        ..Call::new(action, arguments.object(), UnixTime::from_seconds(call["now"].as_i64().unwrap_or(0)))
    };
    let mut drawn = Vec::new();
    let mut told = Vec::new();
    let mut asked = false;
    for (depth, scope) in (0..).zip(scopes) {
        let mut accepted = Accepted::default();
        if let Err(denial) = scope.judge(&call, &mut accepted) {
            return Ok(Err(denial));
        }
        asked |= !accepted.approvals.is_empty();
        for draw in accepted.draws {
            let counted = counted(depth, &draw);
            told.push(json!([
                depth,
                if counted.kind == DrawKind::Rate { "rate" } else { "budget" },
                counted.window,
                draw.limit.name(),
                counted.max.to_string(),
                counted.amount.to_string(),
            ]));
            drawn.push(counted);
        }
    }
    if asked {
        return Ok(Err(Denial::new(Code::ApprovalRequired, "approval")));
    }
    Ok(store.reserve(&Reservation::new(None, drawn), UnixTime::from_seconds(0)).map(|_| told))
}

/// A draw on a counter of the certificate at a depth.
fn counted(depth: u8, draw: &Draw<'_>) -> CounterDraw {
    let (kind, max) = match draw.limit.kind() {
        LimitKind::Rate { max } => (DrawKind::Rate, Decimal::from(*max)),
        LimitKind::Budget { max, .. } => (DrawKind::Budget, *max),
    };
    let mut name = vec![depth];
    name.extend_from_slice(draw.counter.description());
    CounterDraw {
        counter: sha256(&name),
        window: draw.limit.window(),
        kind,
        max,
        amount: draw.amount,
        depth,
        position: draw.counter.position(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
