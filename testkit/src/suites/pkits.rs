//! NIST PKITS: 249 paths with their lists, each judged by profile `pkix` with the inputs of RFC 5280 §6.1.1.

use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::path::pkix::{self, Conformance, Options, PolicyInputs};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::time::UnixTime;
use serde::Deserialize;

use super::{Detail, Outcome, Verdict, read, read_json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Test {
    name: String,
    /// The anchor first, the leaf last.
    cert_path: Vec<String>,
    #[serde(rename = "CRLPath")]
    crl_path: Vec<String>,
    should_validate: bool,
    initial_policy_set: Vec<String>,
    initial_policy_mapping_inhibit: bool,
    initial_explicit_policy: bool,
    initial_any_policy_inhibit: bool,
}

/// Within the validity of everything that is to be valid, which ends in 2030.
const NOW: UnixTime = UnixTime::from_seconds(1_735_689_600);

/// All of them.
pub(super) fn run(folder: &Path) -> Result<Vec<Outcome>, String> {
    let tests: Vec<Test> = read_json(folder, "pkits/vectors.json")?;
    tests.iter().map(|test| outcome(folder, test)).collect()
}

fn outcome(folder: &Path, test: &Test) -> Result<Outcome, String> {
    let bounds = Bounds::default();
    let file = |kind: &str, name: &String| read(folder, &format!("pkits/{kind}/{name}"));
    let certificates: Result<Vec<_>, _> = test.cert_path.iter().map(|name| file("certs", name)).collect();
    let certificates = certificates?;
    let [anchor, pool @ .., leaf] = certificates.as_slice() else { return Err(format!("{}: no path", test.name)) };
    let lists: Result<Vec<_>, _> = test.crl_path.iter().map(|name| file("crls", name)).collect();
    // A list that cannot be read is as good as none.
    let lists = lists?.iter().filter_map(|der| Crl::parse(der, &bounds).ok()).collect();
    let revocation = RevocationView::Checked(RevocationSnapshot::new(lists).into());
    let policies = PolicyInputs {
        initial: initial_policies(&test.initial_policy_set)?,
        explicit_policy: test.initial_explicit_policy,
        inhibit_policy_mapping: test.initial_policy_mapping_inhibit,
        inhibit_any_policy: test.initial_any_policy_inhibit,
    };
    let options = Options { policies, conformance: Conformance::Tolerate, ..Options::default() };
    let result = pkix::build(leaf, pool, std::slice::from_ref(anchor), &revocation, NOW, &options, &bounds);
    Ok(Outcome::new(&test.name, Verdict::of(test.should_validate), result.map_err(Detail::from)))
}

/// NIST-test-policy-N is 2.16.840.1.101.3.2.1.48.N (PKITS §3.1).
fn initial_policies(names: &[String]) -> Result<Vec<Box<[u8]>>, String> {
    const NIST_TEST_POLICY: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x02, 0x01, 0x30];
    let names = names.iter().filter(|name| *name != "anyPolicy");
    let policy = |name: &String| {
        let number: Option<u8> = name.strip_prefix("NIST-test-policy-").and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| format!("policy {name}"))?;
        Ok([NIST_TEST_POLICY.as_slice(), &[number]].concat().into())
    };
    names.map(policy).collect()
}
