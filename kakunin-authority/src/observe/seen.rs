//! The calls that records tell of, and those that teach nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::record::DecisionRecord;
use kakunin_core::time::UnixTime;

use crate::{fault, log};

/// Which calls count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Those of this agent only.
    pub(crate) agent: Option<&'a str>,
    /// Those that were denied, or would have been, with one of these codes.
    pub(crate) denied: &'a [Code],
    /// The key of the log's checkpoints, where it is known from elsewhere.
    pub(crate) key: Option<&'a str>,
}

/// A call whose values were recorded.
#[derive(Clone, Debug)]
pub(crate) struct SeenCall {
    pub(crate) at: UnixTime,
    pub(crate) action: String,
    pub(crate) params: Object,
}

/// What records tell of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The calls that count, in order of time.
    pub(crate) calls: Vec<SeenCall>,
    /// How many of them each agent made.
    pub(crate) agents: BTreeMap<String, usize>,
    /// Denied calls that do not count, by code.
    pub(crate) denied: BTreeMap<Code, usize>,
    /// Denied calls that count because it was asked for.
    pub(crate) included: BTreeMap<Code, usize>,
    /// Calls whose values were not recorded, or only some of them, by action.
    pub(crate) without_values: BTreeMap<String, usize>,
    /// Logs whose digest key is not at hand, so that nobody can tell whether all values were recorded.
    pub(crate) unproved: Vec<String>,
}

impl Seen {
    /// Reads the logs in `folders`.
    ///
    /// # Errors
    /// E504 where there is no such log; E503 `log-altered` where one is not as it was signed; E504 `record-values` where no call
    /// has its values, `nothing-seen` where there is no call to learn from.
    pub(crate) fn read(folders: &[PathBuf], wanted: &Wanted<'_>) -> Result<Self, Denial> {
        let mut seen = Self::default();
        for folder in folders {
            // Whoever could write a log could else write a scope.
            let verification = log::verify(folder, wanted.key)?;
            if let Some(finding) = verification.report.findings.first() {
                return Err(Denial::new(Code::RecordUnavailable, "log-altered")
                    .field(folder.display().to_string())
                    .requested(finding.to_string())
                    .expected("a log as it was signed"));
            }
            let digests = log::digest_key(folder).ok();
            if digests.is_none() {
                seen.unproved.push(folder.display().to_string());
            }
            log::each(folder, |record| seen.add(record, wanted, digests.as_ref()))?;
        }
        seen.calls.sort_by_key(|call| call.at);
        if seen.calls.is_empty() {
            return Err(seen.nothing());
        }
        Ok(seen)
    }

    fn add(&mut self, record: DecisionRecord, wanted: &Wanted<'_>, digests: Option<&kakunin_core::record::DigestKey>) {
        let (Some(agent), Some(action)) = (record.agent, record.action) else { return };
        if wanted.agent.is_some_and(|wanted| wanted != agent) {
            return;
        }
        if let Some(refusal) = &record.refusal {
            let counts = wanted.denied.contains(&refusal.code);
            let tally = if counts { &mut self.included } else { &mut self.denied };
            *tally.entry(refusal.code).or_default() += 1;
            if !counts {
                return;
            }
        }
        // Some of the values are worse than none: a parameter that was left out looks absent.
        let complete = record.params.filter(|params| match (digests, &record.params_digest) {
            (Some(key), Some((digest, id))) if key.id() == id => key.digest(params) == *digest,
            _ => true,
        });
        match complete {
            Some(params) => {
                *self.agents.entry(agent).or_default() += 1;
                self.calls.push(SeenCall { at: record.time, action, params });
            }
            None => *self.without_values.entry(action).or_default() += 1,
        }
    }

    fn nothing(&self) -> Denial {
        let without: usize = self.without_values.values().sum();
        if without > 0 {
            return fault::misconfigured(
                "record-values",
                "record_values",
                format!("{without} calls without all their values"),
                "records with every value: guards keep them where `record_values` is `all`, which is the default under a \
                 development root only",
            );
        }
        let denied: BTreeSet<String> = self.denied.iter().map(|(code, count)| format!("{code} ×{count}")).collect();
        let denied: Vec<String> = denied.into_iter().collect();
        let came =
            if denied.is_empty() { "no call".to_owned() } else { format!("denied calls only: {}", denied.join(", ")) };
        fault::misconfigured(
            "nothing-seen",
            "record",
            came,
            "calls that were allowed, or `--include-denied` with the codes to learn from",
        )
    }
}
