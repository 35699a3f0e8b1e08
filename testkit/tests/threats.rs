//! The page of past attacks names tests, vectors, cases of suites and facts of generated paths: each exists.

#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kakunin_testkit::differential::facts;
use kakunin_testkit::suites::{self, SUITES};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What the last column of each row names.
fn named() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack "));
    let mut all = Vec::new();
    for row in rows {
        let shown = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<_> = shown.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(!names.is_empty(), "shown by nothing: {row}");
        all.extend(names);
    }
    assert!(all.len() > 80, "{}", all.len());
    all
}

fn vectors() -> BTreeSet<String> {
    let files = kakunin_testkit::vectors::files();
    let cases = files.iter().flat_map(|file| file.cases.iter().map(|case| format!("{}: {}", file.kind, case.name)));
    cases.collect()
}

fn test_exists(name: &str) -> bool {
    let (file, function) = name.split_once("::").unwrap_or((name, ""));
    let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    text.contains("#[test]") && (function.is_empty() || text.contains(&format!("fn {function}()")))
}

#[test]
fn every_test_vector_and_fact_that_is_named_exists() {
    let vectors = vectors();
    let places: BTreeSet<_> =
        facts().flat_map(|fact| fact.at.iter().map(|at| format!("{}/{}", at.as_str(), fact.name))).collect();
    let missing: Vec<_> = named()
        .into_iter()
        .filter(|name| !match name.split_once(' ') {
            Some(("vector", case)) => vectors.contains(case),
            Some(("fact", fact)) => places.contains(fact),
            Some(("suite", case)) => {
                let suite = case.split(": ").next().unwrap();
                SUITES.iter().any(|row| row.name == suite)
            }
            _ => test_exists(name),
        })
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
#[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
fn every_case_of_a_suite_that_is_named_was_run() {
    let mut cases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in named() {
        if let Some((suite, case)) = name.strip_prefix("suite ").and_then(|name| name.split_once(": ")) {
            cases.entry(suite.to_owned()).or_default().push(case.to_owned());
        }
    }
    let folder = suites::folder();
    for (name, cases) in cases {
        let suite = SUITES.iter().find(|row| row.name == name).unwrap();
        let outcomes = (suite.run)(folder.as_deref().unwrap_or(Path::new(""))).unwrap();
        let ids: BTreeSet<_> = outcomes.into_iter().map(|outcome| outcome.id).collect();
        let missing: Vec<_> = cases.into_iter().filter(|case| !ids.contains(case)).collect();
        assert_eq!(missing, Vec::<String>::new(), "{name}");
    }
}
