//! Writes the JSON Schemas of what people write, or checks that they are what the code reads: `schema [--check] FOLDER`.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command talks to its terminal")]

use std::path::Path;
use std::process::ExitCode;

use kakunin_core::scope::authoring;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (check, folder) = match arguments.as_slice() {
        [folder] => (false, folder),
        [option, folder] if option == "--check" => (true, folder),
        _ => {
            eprintln!("usage: schema [--check] FOLDER");
            return ExitCode::from(2);
        }
    };
    let schemas = [("scope.schema.json", authoring::scope_schema()), ("calls.schema.json", authoring::calls_schema())];
    let mut good = true;
    for (name, schema) in schemas {
        let file = Path::new(folder).join(name);
        if check {
            let same = std::fs::read_to_string(&file).is_ok_and(|present| present == schema);
            println!("{}\t{}", file.display(), if same { "as the keys say" } else { "DIFFERS: make schema-write" });
            good &= same;
        } else if let Err(error) = std::fs::write(&file, schema) {
            eprintln!("{}: {error}", file.display());
            good = false;
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
