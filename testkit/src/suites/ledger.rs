//! Ledgers: `testkit/ledgers/<suite>.json`, the divergences that are meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::{Outcome, Report, Suite, Verdict};

/// One divergence that is meant.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The case.
    pub id: String,
    /// What the suite says: `accept` or `reject`.
    pub expected: String,
    /// What comes: `accept`, or `reject` with code and rule.
    pub actual: String,
    /// Why it is right that they differ.
    pub reason: String,
}

/// The folder of the ledgers.
pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ledgers")
}

/// A suite's ledger; one without a file has no divergence.
pub(super) fn load(suite: &str) -> Result<Vec<Entry>, String> {
    let path = folder().join(format!("{suite}.json"));
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

pub(super) fn compare(suite: &Suite, outcomes: &[Outcome], entries: &[Entry]) -> Report {
    let mut faults = Vec::new();
    if outcomes.len() != suite.cases {
        faults.push(format!("{} cases were run, {} are known", outcomes.len(), suite.cases));
    }
    let mut listed = BTreeMap::new();
    for entry in entries {
        if listed.insert(entry.id.as_str(), entry).is_some() {
            faults.push(format!("{}: listed twice", entry.id));
        }
        if entry.reason.trim().is_empty() {
            faults.push(format!("{}: listed without a reason", entry.id));
        }
    }
    let count = |verdict| outcomes.iter().filter(|outcome| outcome.diverges() && outcome.actual == verdict).count();
    let mut seen = BTreeSet::new();
    let mut divergences = Vec::new();
    let mut declared = 0;
    for outcome in outcomes {
        if !seen.insert(outcome.id.as_str()) {
            faults.push(format!("{}: run twice", outcome.id));
        }
        let came = format!("{}: expected {}, came {}", outcome.id, outcome.expected.as_str(), outcome.actual());
        match listed.get(outcome.id.as_str()) {
            Some(_) if !outcome.diverges() => faults.push(format!("{}: listed, but it no longer diverges", outcome.id)),
            Some(entry) if entry.expected != outcome.expected.as_str() || entry.actual != outcome.actual() => {
                faults.push(format!("{came}; listed as expected {}, came {}", entry.expected, entry.actual));
            }
            Some(_) => declared += 1,
            None if outcome.diverges() => faults.push(format!("{came}; not listed")),
            None => {}
        }
        if outcome.diverges() {
            divergences.push(came);
        }
    }
    faults.extend(listed.keys().filter(|id| !seen.contains(*id)).map(|id| format!("{id}: listed, but it was not run")));
    Report {
        name: suite.name,
        ok: outcomes.len() - divergences.len(),
        false_accepts: count(Verdict::Accept),
        false_rejects: count(Verdict::Reject),
        declared,
        total: outcomes.len(),
        divergences,
        faults,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Accept, Reject};

    fn suite() -> Suite {
        Suite { name: "sample", cases: 3, reads_folder: false, run: |_| Ok(Vec::new()) }
    }

    fn outcomes() -> Vec<Outcome> {
        let outcome = |id: &str, expected, actual, detail: &str| Outcome {
            id: id.to_owned(),
            expected,
            actual,
            detail: detail.to_owned(),
        };
        vec![
            outcome("right", Accept, Accept, ""),
            outcome("strict", Accept, Reject, "E101 length"),
            outcome("lax", Reject, Accept, ""),
        ]
    }

    fn entry(id: &str, expected: &str, actual: &str) -> Entry {
        Entry { id: id.to_owned(), expected: expected.to_owned(), actual: actual.to_owned(), reason: "why".to_owned() }
    }

    fn ledger() -> Vec<Entry> {
        vec![entry("strict", "accept", "reject E101 length"), entry("lax", "reject", "accept")]
    }

    #[test]
    fn divergences_are_counted_and_pass_where_each_is_listed_as_it_came() {
        let report = compare(&suite(), &outcomes(), &ledger());
        assert_eq!(report.faults, Vec::<String>::new());
        assert_eq!(report.line(), "sample\t1\t1\t1\t2\t3");
    }

    fn faults(outcomes: &[Outcome], entries: &[Entry]) -> String {
        compare(&suite(), outcomes, entries).faults.join("; ")
    }

    #[test]
    fn a_divergence_that_is_not_listed_fails() {
        assert_eq!(faults(&outcomes(), &ledger()[1..]), "strict: expected accept, came reject E101 length; not listed");
    }

    #[test]
    fn a_listed_divergence_that_changed_or_vanished_fails() {
        let mut changed = outcomes();
        changed[1].detail = "E102 signature".to_owned();
        assert!(faults(&changed, &ledger()).contains("listed as expected accept, came reject E101 length"));
        changed[1].actual = Accept;
        assert_eq!(faults(&changed, &ledger()), "strict: listed, but it no longer diverges");
    }

    #[test]
    fn a_case_that_was_not_run_fails() {
        assert_eq!(
            faults(&outcomes()[..2], &ledger()),
            "2 cases were run, 3 are known; lax: listed, but it was not run"
        );
        let mut twice = outcomes();
        twice.push(twice[0].clone());
        assert_eq!(faults(&twice, &ledger()), "4 cases were run, 3 are known; right: run twice");
    }

    #[test]
    fn an_entry_twice_or_of_an_unknown_case_or_without_a_reason_fails() {
        let mut twice = ledger();
        twice.push(entry("lax", "reject", "accept"));
        assert_eq!(faults(&outcomes(), &twice), "lax: listed twice");
        let mut unknown = ledger();
        unknown.push(entry("other", "reject", "accept"));
        assert_eq!(faults(&outcomes(), &unknown), "other: listed, but it was not run");
        let mut silent = ledger();
        silent[0].reason = " ".to_owned();
        assert_eq!(faults(&outcomes(), &silent), "strict: listed without a reason");
    }

    #[test]
    fn every_ledger_belongs_to_a_suite() {
        for file in std::fs::read_dir(folder()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let known = super::super::SUITES.iter().any(|suite| name == format!("{}.json", suite.name));
            assert!(known || name == "differential.json" || name == "README.md", "{name}");
        }
    }
}
