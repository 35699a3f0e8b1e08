//! What guards and verifiers make alike when they are opened: anchors, stores, views.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{MemoryStore, StateStore};
use kakunin_core::path::{TrustAnchors, VerifiedAgent};
use kakunin_core::revocation::RevocationView;
use kakunin_core::revocation::order::OrderAuthority;

use super::refresher::{Following, Revocation};
use super::sink::Sink;
use super::stores::{Defaults, StateChoice, Stores};
use super::{Clock, Environment, RecordValues, Source};
use crate::fault;
use crate::orders::{self, AUTHORITIES_FILE};

/// What guards and verifiers have in common.
pub(crate) struct Setup {
    pub(crate) anchors: TrustAnchors,
    pub(crate) bounds: Bounds,
    pub(crate) environment: Environment,
    pub(crate) revocation: Revocation,
    pub(crate) sink: Sink,
    pub(crate) state: StateChoice,
    pub(crate) store: Arc<dyn StateStore>,
}

/// The options that [`Setup::open`] reads.
pub(crate) struct Common<'a> {
    pub(crate) trust: &'a [Source],
    pub(crate) state: Option<&'a str>,
    pub(crate) revocation: Option<&'a str>,
    pub(crate) seen: Option<&'a Path>,
    pub(crate) record: Option<&'a str>,
    pub(crate) record_values: Option<&'a RecordValues>,
    pub(crate) environment: Option<Environment>,
    pub(crate) clock: &'a Arc<Clock>,
}

/// Where it is kept how far orders are known, unless it is said.
const SEEN: &str = ".kakunin/seen";

/// The process's one store in memory.
static MEMORY: LazyLock<Arc<MemoryStore>> = LazyLock::new(|| Arc::new(MemoryStore::default()));

impl Setup {
    /// Reads the options; `store` stands in for the state that they name, in tests.
    pub(crate) fn open(options: &Common<'_>, store: Option<Arc<dyn StateStore>>) -> Result<Self, Denial> {
        let bounds = Bounds::default();
        let environment = match options.environment {
            Some(environment) => environment,
            None => Environment::from_process()?,
        };
        if options.trust.is_empty() {
            return Err(fault::missing("trust", "at least one trust anchor"));
        }
        let mut anchors = Vec::new();
        for source in options.trust {
            anchors.extend(source.certificates("trust").map_err(as_configuration)?);
        }
        let anchors = TrustAnchors::new(anchors, &bounds)?;
        if anchors.is_development() && environment == Environment::Production {
            return Err(not_in_production("trust", "a development root", "the root of a CA made for production"));
        }
        // Defaults are for trying: one anchor that is not made for it, and everything must be written.
        let is_development = |der| Certificate::parse(der, &bounds).is_ok_and(|anchor| anchor.is_development());
        let development = anchors.certificates().all(is_development);
        let defaults = match development {
            true => Defaults::Development { root: options.trust.first().and_then(Source::path) },
            false => Defaults::None,
        };
        let following = Following {
            authorities: halt_authorities(options.trust)?,
            seen: options.seen.unwrap_or(Path::new(SEEN)),
            must_keep: !development,
        };
        let stores = Stores::choose(options.state, options.revocation, options.record, defaults)?;
        let values = match (options.record_values, development) {
            (Some(values), _) => values.clone(),
            (None, true) => RecordValues::All,
            (None, false) => RecordValues::None,
        };
        Ok(Self {
            revocation: Revocation::open(&stores.revocation, following, &bounds, options.clock)?,
            sink: Sink::open(&stores.record, &values)?,
            store: match (store, stores.state) {
                (Some(store), _) => store,
                // A clock that a test moves must not tell the others' store the time.
                (None, StateChoice::Memory) if options.clock.is_manual() => Arc::new(MemoryStore::default()),
                (None, StateChoice::Memory) => Arc::<MemoryStore>::clone(&MEMORY),
            },
            state: stores.state,
            anchors,
            bounds,
            environment,
        })
    }

    /// Refuses what production must not run on.
    pub(crate) fn admit(&self, agent: &VerifiedAgent) -> Result<(), Denial> {
        if self.environment != Environment::Production {
            return Ok(());
        }
        if agent.is_development() {
            return Err(not_in_production(
                "certificate",
                "a certificate for development",
                "one from a CA made for production",
            ));
        }
        let limits = agent.above().iter().any(|link| !link.counters().is_empty());
        match self.state {
            StateChoice::Memory if limits => {
                Err(not_in_production("state", "memory:", "a store that outlives the process: the scope has limits"))
            }
            StateChoice::Memory => Ok(()),
        }
    }
}

/// Whose orders count: the authorities that are named beside the files of anchors.
fn halt_authorities(trust: &[Source]) -> Result<Vec<OrderAuthority>, Denial> {
    let folders: BTreeSet<&Path> = trust.iter().filter_map(Source::path).filter_map(Path::parent).collect();
    let mut authorities = Vec::new();
    for folder in folders {
        for authority in orders::read_authorities(&folder.join(AUTHORITIES_FILE))? {
            if !authorities.contains(&authority) {
                authorities.push(authority);
            }
        }
    }
    Ok(authorities)
}

/// The number of the view, for records.
pub(super) fn view_number(view: &RevocationView) -> Option<u64> {
    match view {
        RevocationView::Checked(snapshot) => Some(snapshot.number()),
        RevocationView::NotChecked => None,
    }
}

fn not_in_production(field: &'static str, came: &'static str, expected: &'static str) -> Denial {
    fault::misconfigured("not-in-production", field, came, expected)
}

/// A broken file of anchors is the operator's mistake, not an adversary's certificate.
fn as_configuration(denial: Denial) -> Denial {
    match denial.code() {
        Code::ConfigurationInvalid => denial,
        _ => Denial::new(Code::ConfigurationInvalid, denial.details().rule).field("trust"),
    }
}

/// The file at `path` as it is now, to tell whether it was changed.
pub(super) fn stamp(path: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
