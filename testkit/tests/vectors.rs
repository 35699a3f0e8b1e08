//! The committed vectors, run in Rust. They also stand for what the generator would write now.

#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use std::fs;
use std::path::PathBuf;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::{Json, Object};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../kakunin-core/tests/vectors")
}

fn cases(kind: &str) -> Vec<Object> {
    let text = fs::read(folder().join(format!("{kind}.json"))).unwrap();
    let bounds = JsonBounds { bytes: 64 << 20, depth: 32, values: 1 << 20 };
    let document = Json::parse(&text, &bounds).unwrap();
    let cases = document.as_object().unwrap().get("cases").unwrap().as_array().unwrap();
    cases.iter().map(|case| case.as_object().unwrap().clone()).collect()
}

#[test]
fn every_case_ends_as_the_file_says() {
    let mut count = 0;
    for file in kakunin_testkit::vectors::files() {
        for case in cases(file.kind) {
            let expect = case.get("expect").unwrap().clone();
            let outcome = kakunin_testkit::run::run(&case, Vec::new()).unwrap();
            let name = case.get("name").and_then(Json::as_text).unwrap();
            assert_eq!(jcs::to_string(&Json::Object(outcome)), jcs::to_string(&expect), "{}: {name}", file.kind);
            count += 1;
        }
    }
    assert!(count >= 150, "{count} cases");
}

#[test]
fn names_are_unique() {
    for file in kakunin_testkit::vectors::files() {
        let mut names: Vec<_> = file.cases.iter().map(|case| &case.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), file.cases.len(), "{}", file.kind);
    }
}
