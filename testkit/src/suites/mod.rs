//! Test suites of others, run whole: one row a suite, one outcome a case, and a ledger of the divergences that are meant.
//!
//! A run fails where a case diverges that its ledger does not list, where a listed one changed or vanished, and where a case was not
//! run. Nothing is skipped: what a suite asks of something that Kakunin does not have is judged by what must happen then, a refusal.

mod ledger;

mod der;
mod jcs;
mod jsontestsuite;
mod jwk;
mod limbo;
mod ocsp;
mod pkits;
mod wycheproof_jws;
mod wycheproof_signatures;

use std::path::{Path, PathBuf};

pub use ledger::Entry;

/// What becomes of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is valid.
    Accept,
    /// It is refused.
    Reject,
}

impl Verdict {
    /// Accept where `accepted`.
    pub const fn of(accepted: bool) -> Self {
        if accepted { Self::Accept } else { Self::Reject }
    }

    /// `accept` or `reject`, as ledgers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        }
    }
}

/// One case of a suite, run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case's name in its suite; no two are alike.
    pub id: String,
    /// What the suite says.
    pub expected: Verdict,
    /// What came.
    pub actual: Verdict,
    /// The code and the rule of a refusal, empty for an acceptance. The same at every run.
    pub detail: String,
}

impl Outcome {
    /// The outcome of a call: its error becomes the detail.
    pub fn new<T>(id: impl Into<String>, expected: Verdict, result: Result<T, impl Into<Detail>>) -> Self {
        let (actual, detail) = match result {
            Ok(_) => (Verdict::Accept, String::new()),
            Err(error) => (Verdict::Reject, error.into().0),
        };
        Self { id: id.into(), expected, actual, detail }
    }

    /// What came, as a ledger writes it: `accept`, or `reject` with the detail.
    pub fn actual(&self) -> String {
        [self.actual.as_str(), &self.detail].join(" ").trim_end().to_owned()
    }

    fn diverges(&self) -> bool {
        self.expected != self.actual
    }
}

/// The detail of a refusal.
pub struct Detail(String);

impl From<kakunin_core::error::Denial> for Detail {
    fn from(denial: kakunin_core::error::Denial) -> Self {
        Self(format!("{} {}", denial.code().as_str(), denial.details().rule))
    }
}

impl From<kakunin_core::encoding::Malformed> for Detail {
    fn from(fault: kakunin_core::encoding::Malformed) -> Self {
        Self(fault.rule.to_owned())
    }
}

impl From<String> for Detail {
    fn from(detail: String) -> Self {
        Self(detail)
    }
}

impl From<&str> for Detail {
    fn from(detail: &str) -> Self {
        Self(detail.to_owned())
    }
}

/// A suite.
#[derive(Clone, Copy)]
pub struct Suite {
    /// Its name, and its ledger's.
    pub name: &'static str,
    /// How many cases it has: a run of fewer or more fails.
    pub cases: usize,
    /// Whether it reads the folder of suites; one that does not is run everywhere.
    pub reads_folder: bool,
    /// Runs every case. Errors where a file of the suite is missing or is not in its form.
    pub run: fn(&Path) -> Result<Vec<Outcome>, String>,
}

impl Suite {
    const fn of_folder(name: &'static str, cases: usize, run: fn(&Path) -> Result<Vec<Outcome>, String>) -> Self {
        Self { name, cases, reads_folder: true, run }
    }

    const fn everywhere(name: &'static str, cases: usize, run: fn(&Path) -> Result<Vec<Outcome>, String>) -> Self {
        Self { name, cases, reads_folder: false, run }
    }
}

/// Every suite, in the order in which they are printed.
pub const SUITES: &[Suite] = &[
    Suite::of_folder("limbo-core-required", 96, limbo::core_required),
    Suite::of_folder("limbo-max-chain-depth", 5, limbo::max_chain_depth),
    Suite::of_folder("limbo-path-building", 81, limbo::path_building),
    Suite::of_folder("limbo-name-constraints", 48, limbo::name_constraints),
    Suite::of_folder("limbo-policy-choice", 12, limbo::policy_choice),
    Suite::of_folder("pkits", 249, pkits::run),
    Suite::of_folder("wycheproof-jws", 427, wycheproof_jws::run),
    Suite::everywhere("wycheproof-signatures", wycheproof_signatures::CASES, wycheproof_signatures::run),
    Suite::of_folder("jcs-files", 12, jcs::files),
    Suite::of_folder("jcs-numbers", 20_000, jcs::numbers),
    Suite::of_folder("jsontestsuite", 318, jsontestsuite::run),
    Suite::of_folder("ocsp-files", 58, ocsp::run),
    Suite::everywhere("der-mutations", der::CASES, der::run),
];

/// What came of a suite.
#[derive(Clone, Debug)]
pub struct Report {
    /// The suite's name.
    pub name: &'static str,
    /// Cases that ended as the suite says.
    pub ok: usize,
    /// Cases that the suite refuses and we accept, declared or not.
    pub false_accepts: usize,
    /// Cases that the suite accepts and we refuse, declared or not.
    pub false_rejects: usize,
    /// Divergences that the ledger lists, with the reason.
    pub declared: usize,
    /// All cases.
    pub total: usize,
    /// Every divergence: id, expected, actual.
    pub divergences: Vec<String>,
    /// Why the run fails, ids named; empty where it does not.
    pub faults: Vec<String>,
}

impl Report {
    /// The line that is printed.
    pub fn line(&self) -> String {
        let counts = [self.ok, self.false_accepts, self.false_rejects, self.declared, self.total];
        counts.iter().fold(self.name.to_owned(), |line, count| format!("{line}\t{count}"))
    }
}

/// Runs a suite and compares its outcomes with its ledger.
pub fn run(suite: &Suite, folder: &Path) -> Report {
    let ran = (suite.run)(folder).and_then(|outcomes| Ok((outcomes, ledger::load(suite.name)?)));
    match ran {
        Ok((outcomes, entries)) => ledger::compare(suite, &outcomes, &entries),
        Err(fault) => Report {
            name: suite.name,
            ok: 0,
            false_accepts: 0,
            false_rejects: 0,
            declared: 0,
            total: 0,
            divergences: Vec::new(),
            faults: vec![fault],
        },
    }
}

/// The folder of the suites: `KAKUNIN_SUITES`, else `../shared/suites` beside the clone where that exists.
pub fn folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("KAKUNIN_SUITES") {
        return Some(named.into());
    }
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites");
    beside.is_dir().then_some(beside)
}

/// The text of a suite's file.
///
/// # Errors
/// Where it cannot be read.
pub fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    let path = folder.join(name);
    std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A suite's file of JSON, as `T`.
///
/// # Errors
/// Where it cannot be read or has another form.
pub fn read_json<T: serde::de::DeserializeOwned>(folder: &Path, name: &str) -> Result<T, String> {
    serde_json::from_slice(&read(folder, name)?).map_err(|error| format!("{name}: {error}"))
}
