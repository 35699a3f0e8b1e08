//! Says whether the third-party suites are at hand, so that the tests that need them count as ignored where they are not.

use std::path::PathBuf;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(suites)");
    println!("cargo::rerun-if-env-changed=KAKUNIN_SUITES");
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites");
    println!("cargo::rerun-if-changed={}", beside.display());
    // A folder that was named is a promise: its absence is a failure of the tests, not a reason to ignore them.
    if std::env::var_os("KAKUNIN_SUITES").is_some() || beside.is_dir() {
        println!("cargo::rustc-cfg=suites");
    }
}
