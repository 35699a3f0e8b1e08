//! Writes the conformance vectors, or checks that the files hold what it would write: `vectors [--check] FOLDER`.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command talks to its terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments.first().is_some_and(|first| first == "--check");
    if check {
        arguments.remove(0);
    }
    let [folder] = arguments.as_slice() else {
        eprintln!("usage: vectors [--check] FOLDER");
        return ExitCode::from(2);
    };
    let mut failed = false;
    for file in kakunin_testkit::vectors::files() {
        let path = PathBuf::from(folder).join(format!("{}.json", file.kind));
        let text = match kakunin_testkit::vectors::text(&file) {
            Ok(text) => text,
            Err(wrong) => {
                wrong.iter().for_each(|line| eprintln!("{}: {line}", file.kind));
                failed = true;
                continue;
            }
        };
        if check {
            let same = std::fs::read_to_string(&path).is_ok_and(|present| present == text);
            println!("{}\t{} cases\t{}", file.kind, file.cases.len(), if same { "as committed" } else { "DIFFERS" });
            failed |= !same;
        } else if let Err(error) = std::fs::write(&path, text) {
            eprintln!("{}: {error}", path.display());
            failed = true;
        } else {
            println!("{}\t{} cases", file.kind, file.cases.len());
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
