//! Writes what fuzzing begins with, a folder for each target: `seeds VECTORS CORPUS`.
#![expect(clippy::print_stderr, reason = "a command talks to its terminal")]

use std::io;
use std::path::Path;
use std::process::ExitCode;

use kakunin_core::crypto::sha256;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [vectors, corpus] = arguments.as_slice() else {
        eprintln!("usage: seeds VECTORS CORPUS");
        return ExitCode::from(2);
    };
    match write(Path::new(vectors), Path::new(corpus)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A file's name is the hash of what it holds, so that a second run adds nothing.
fn write(vectors: &Path, corpus: &Path) -> io::Result<()> {
    for (target, bytes) in kakunin_testkit::seeds::seeds(vectors)? {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        let name: String = sha256(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
