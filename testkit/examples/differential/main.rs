//! Writes generated paths, with two opinions on each, for others to add theirs: `differential FROM COUNT`.
//!
//! A line of JSON each: number, facts and whether RFC 5280 lets each be, why we refuse (null where we do not), why rustls-webpki does,
//! anchor, pool and leaf in base64. `scripts/differential` reads it.
#![expect(clippy::print_stderr, reason = "a command talks to its terminal")]

use std::io::Write;
use std::process::ExitCode;

use kakunin_core::encoding::base64;
use kakunin_testkit::differential::{Case, Keys, case, refusal};
use serde_json::json;

mod webpki_opinion;

fn main() -> ExitCode {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let [from, count] = numbers.as_slice() else {
        eprintln!("usage: differential FROM COUNT");
        return ExitCode::from(2);
    };
    let keys = Keys::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for number in *from..from.saturating_add(*count) {
        if writeln!(out, "{}", line(&case(number, &keys))).is_err() {
            return ExitCode::FAILURE;
        }
    }
    if out.flush().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn line(case: &Case) -> serde_json::Value {
    let pool: Vec<_> = case.pool.iter().map(|der| base64::encode(der)).collect();
    json!({
        "number": case.number,
        "facts": case.facts,
        "kakunin": refusal(case).map(|denial| denial.to_string()),
        "rustls-webpki": webpki_opinion::refusal(case),
        "anchor": base64::encode(&case.anchor),
        "pool": pool,
        "leaf": base64::encode(&case.leaf),
    })
}
