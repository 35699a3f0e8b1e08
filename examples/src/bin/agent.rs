//! The near side of an intent: an agent that asks for a charge. Its own certificate is judged before anything is signed.
//!
//! `agent CERTIFICATE KEY TRUST AUDIENCE AMOUNT` prints the intent, or says why there is none.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example that people run in a terminal")]

use std::error::Error;
use std::process::ExitCode;

use kakunin_authority::shell::{Binding, Guard, GuardOptions, SignerSource, Source};
use kakunin_core::bounds::JsonBounds;
use kakunin_core::value::Arguments;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [certificate, key, trust, audience, amount] = arguments.as_slice() else {
        return Err("usage: agent CERTIFICATE KEY TRUST AUDIENCE AMOUNT".into());
    };
    let guard = Guard::open(GuardOptions {
        certificate: Some(Source::from_text(certificate)),
        trust: vec![Source::from_text(trust)],
        signer: Some(SignerSource::Uri(format!("file:{key}"))),
        record: Some("none".to_owned()),
        ..GuardOptions::default()
    })?;
    // What a model asks for. Numbers are read exactly, never through floats.
    let call = format!(r#"{{"amount": {amount}, "currency": "EUR", "customer": "cus_1"}}"#);
    let call = Arguments::parse(call.as_bytes(), &JsonBounds::ARGUMENTS)?;
    match guard.sign("charge", Ok(call.object().clone()), audience, &Binding::default()) {
        Ok(intent) => {
            println!("{intent}");
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            eprintln!("{}: {}", refusal.opaque(), refusal.reason());
            Ok(ExitCode::FAILURE)
        }
    }
}
