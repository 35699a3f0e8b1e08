//! C2SP x509-limbo: certificates, a pool, anchors and lists, judged by profile `pkix`. No host name is looked at.

use std::collections::BTreeMap;
use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::{oid, pem};
use kakunin_core::error::Denial;
use kakunin_core::path::pkix::{self, Options, VerifiedPath};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::time::UnixTime;
use serde::Deserialize;

use super::{Detail, Outcome, Verdict, read_json};

#[derive(Deserialize)]
struct File {
    testcases: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    id: String,
    expected_result: String,
    validation_kind: String,
    validation_time: Option<String>,
    extended_key_usage: Vec<String>,
    max_chain_depth: Option<u8>,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    #[serde(default)]
    crls: Vec<String>,
}

/// The cases that need no host name.
pub(super) fn core_required(folder: &Path) -> Result<Vec<Outcome>, String> {
    subset(folder, "core_required")
}

/// The cases that bound the path.
pub(super) fn max_chain_depth(folder: &Path) -> Result<Vec<Outcome>, String> {
    subset(folder, "max_chain_depth")
}

/// The cases of name constraints on hosts, addresses and directory names, and on mailboxes.
pub(super) fn name_constraints(folder: &Path) -> Result<Vec<Outcome>, String> {
    let mut outcomes = subset(folder, "nameconstraints_dns_ip")?;
    outcomes.extend(subset(folder, "email_nc")?);
    Ok(outcomes)
}

/// The cases on which standards leave a choice, or contradict each other.
pub(super) fn policy_choice(folder: &Path) -> Result<Vec<Outcome>, String> {
    subset(folder, "policy_choice")
}

/// `BetterTLS`' cases of path building.
pub(super) fn path_building(folder: &Path) -> Result<Vec<Outcome>, String> {
    let file: File = read_json(folder, "x509-limbo/limbo-pathbuilding.json")?;
    file.testcases.iter().map(outcome).collect()
}

fn subset(folder: &Path, name: &str) -> Result<Vec<Outcome>, String> {
    let subsets: BTreeMap<String, Vec<String>> = read_json(folder, "x509-limbo/subsets-non-tls.json")?;
    let file: File = read_json(folder, "x509-limbo/limbo-core.json")?;
    let tests: BTreeMap<&str, &Test> = file.testcases.iter().map(|test| (test.id.as_str(), test)).collect();
    let ids = subsets.get(name).ok_or_else(|| format!("no subset {name}"))?;
    let test = |id: &String| tests.get(id.as_str()).ok_or_else(|| format!("no case {id}"));
    ids.iter().map(|id| test(id).and_then(|test| outcome(test))).collect()
}

fn outcome(test: &Test) -> Result<Outcome, String> {
    let expected = Verdict::of(test.expected_result == "SUCCESS");
    Ok(Outcome::new(&test.id, expected, judge(test)?.map_err(Detail::from)))
}

/// The verdict, or what of the case is not in its form.
fn judge(test: &Test) -> Result<Result<VerifiedPath, Denial>, String> {
    let bounds = Bounds::default();
    let now = match &test.validation_time {
        Some(time) => UnixTime::from_rfc3339(time).ok_or_else(|| format!("{}: time {time}", test.id))?,
        None => NOW,
    };
    let mut options = Options { purpose: Some(purpose(test)?.into()), ..Options::default() };
    options.max_depth = test.max_chain_depth.unwrap_or(options.max_depth);
    let [leaf] = certificates(std::slice::from_ref(&test.peer_certificate))?
        .try_into()
        .map_err(|_| format!("{}: more than one leaf", test.id))?;
    let revocation = match revocation(test, &bounds)? {
        Ok(revocation) => revocation,
        Err(denial) => return Ok(Err(denial)),
    };
    let (pool, anchors) = (certificates(&test.untrusted_intermediates)?, certificates(&test.trusted_certs)?);
    Ok(pkix::build(&leaf, &pool, &anchors, &revocation, now, &options, &bounds))
}

/// When the cases that name no time are run: within the validity of every certificate that is to be valid.
const NOW: UnixTime = UnixTime::from_seconds(1_795_000_000);

/// What the leaf must be fit for: what the case says, else what its kind means.
fn purpose(test: &Test) -> Result<oid::Oid, String> {
    let named = test.extended_key_usage.first().map_or(test.validation_kind.as_str(), String::as_str);
    match named {
        "serverAuth" | "SERVER" => Ok(oid::KP_SERVER_AUTH),
        "clientAuth" | "CLIENT" => Ok(oid::KP_CLIENT_AUTH),
        other => Err(format!("{}: purpose {other}", test.id)),
    }
}

/// Lists are asked where the case brings any. One that cannot be read is as good as none.
fn revocation(test: &Test, bounds: &Bounds) -> Result<Result<RevocationView, Denial>, String> {
    if test.crls.is_empty() {
        return Ok(Ok(RevocationView::NotChecked));
    }
    let lists = ders(&test.crls, pem::CRL)?;
    let lists = lists.iter().filter_map(|der| Crl::parse(der, bounds).ok()).collect();
    Ok(Ok(RevocationView::Checked(RevocationSnapshot::new(lists).into())))
}

fn certificates(texts: &[String]) -> Result<Vec<Vec<u8>>, String> {
    ders(texts, pem::CERTIFICATE)
}

fn ders(texts: &[String], label: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut ders = Vec::new();
    for text in texts {
        let blocks = pem::decode(text).map_err(|fault| fault.rule.to_owned())?;
        ders.extend(blocks.into_iter().filter(|block| block.label == label).map(|block| block.bytes));
    }
    Ok(ders)
}
