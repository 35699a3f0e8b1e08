//! Runs the test suites of others: `suites [--verbose] [NAME…]`; `suites --ignored` only says which ones the tests must ignore here.
//!
//! One line each: name, ok, false accepts, false rejects, declared, total. The last column counts all cases; the second to fourth add up
//! to it; `declared` counts those of the third and fourth that the suite's ledger gives a reason for.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command talks to its terminal")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kakunin_testkit::suites::{self, SUITES, Suite};

fn main() -> ExitCode {
    let mut verbose = false;
    let mut only_ignored = false;
    let mut names = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--verbose" => verbose = true,
            "--ignored" => only_ignored = true,
            name if SUITES.iter().any(|suite| suite.name == name) => names.push(argument),
            other => {
                eprintln!("`{other}` is neither an option (--verbose, --ignored) nor a suite");
                return ExitCode::from(2);
            }
        }
    }
    let folder = suites::folder();
    let mut failed = 0;
    let mut ignored = Vec::new();
    for suite in SUITES.iter().filter(|suite| names.is_empty() || names.iter().any(|name| name == suite.name)) {
        if suite.reads_folder && folder.is_none() {
            ignored.push(suite.name);
        } else if !only_ignored && !report(suite, folder.as_deref().unwrap_or(&PathBuf::new()), verbose) {
            failed += 1;
        }
    }
    if !ignored.is_empty() {
        eprintln!(
            "IGNORED, {} suites: {}.\nTheir folder is neither at KAKUNIN_SUITES nor at ../shared/suites beside the clone.",
            ignored.len(),
            ignored.join(", ")
        );
    }
    if failed > 0 || !ignored.is_empty() && !only_ignored { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints one suite's line, and whether nothing is wrong with it.
fn report(suite: &Suite, folder: &Path, verbose: bool) -> bool {
    let report = suites::run(suite, folder);
    println!("{}", report.line());
    if verbose {
        report.divergences.iter().for_each(|divergence| eprintln!("{}: {divergence}", suite.name));
    }
    report.faults.iter().for_each(|fault| eprintln!("FAULT {}: {fault}", suite.name));
    report.faults.is_empty()
}
