//! What the command line may say of orders.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueHint};

use crate::command::arguments::PassphraseSource;
use crate::shell::parse_span;

/// Whose log, where, and the key that writes it.
#[derive(Debug, Args)]
pub(in crate::command) struct Authority {
    /// The CA's folder: what is not said below is looked for there.
    #[arg(long, value_name = "FOLDER", default_value = "pki", value_hint = ValueHint::DirPath)]
    pub(super) pki: PathBuf,
    /// The authority's key; by default `halt.key` in the CA's folder.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) key: Option<PathBuf>,
    /// The revocation folder, with the logs; by default `revocation` in the CA's folder.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) folder: Option<PathBuf>,
    /// Whose orders count; by default `halt-authorities.json` in the CA's folder.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) authorities: Option<PathBuf>,
    #[command(flatten)]
    pub(super) passphrase: PassphraseSource,
}

/// Who gives an order and why, and how long guards are waited for.
#[derive(Debug, Args)]
pub(in crate::command) struct Giving {
    #[command(flatten)]
    pub(super) authority: Authority,
    /// Why: at most 1,024 characters. It stands in the order, which guards and the receipt show.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// Who gives the order; by default the log's name.
    #[arg(long, value_name = "NAME")]
    pub(super) operator: Option<String>,
    /// How long to wait until the guards that are known have confirmed.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span)]
    pub(super) wait: Duration,
}

impl Giving {
    pub(in crate::command) const fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Why.
    pub(in crate::command) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// An option that was given and makes sense with orders alone.
    pub(in crate::command) fn of_orders(&self) -> Option<&'static str> {
        let given = [
            ("operator", self.operator.is_some()),
            ("key", self.authority.key.is_some()),
            ("folder", self.authority.folder.is_some()),
            ("authorities", self.authority.authorities.is_some()),
        ];
        given.into_iter().find_map(|(option, given)| given.then_some(option))
    }
}

impl Authority {
    pub(in crate::command) fn pki(&self) -> &Path {
        &self.pki
    }

    pub(in crate::command) const fn passphrase(&self) -> &PassphraseSource {
        &self.passphrase
    }
}

/// What is meant: an agent, a session of one, a certificate, or all that the authority governs.
#[derive(Debug, Args)]
#[group(id = "what", required = false, multiple = true)]
pub(in crate::command) struct What {
    /// An agent, by its id or its certificate's file.
    #[arg(long, value_name = "ID_OR_FILE")]
    pub(super) agent: Option<String>,
    /// A session of the agent.
    #[arg(long, value_name = "SESSION", requires = "agent")]
    pub(super) session: Option<String>,
    /// A certificate, by its file or its serial number in hex.
    #[arg(long, value_name = "FILE_OR_SERIAL", conflicts_with_all = ["agent", "session"])]
    pub(super) certificate: Option<String>,
    /// Everything.
    #[arg(long, conflicts_with_all = ["agent", "session", "certificate"])]
    pub(super) all: bool,
    /// Who issued the certificate of that agent: its certificate's file, or `sha256:` and the hash of its key. By default,
    /// what the agent's file says, or else the tenant of the CA's folder.
    #[arg(long, value_name = "FILE_OR_HASH")]
    pub(super) issuer: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::command) struct Halt {
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten)]
    pub(super) giving: Giving,
    /// Stop nobody: sign a fresh head, and measure how long the guards take to know it.
    #[arg(long)]
    pub(super) drill: bool,
}

#[derive(Debug, Args)]
pub(in crate::command) struct Reinstate {
    /// The halts to lift: names (`sha256:…`) or numbers in the authority's log.
    #[arg(value_name = "ORDER", conflicts_with_all = ["agent", "certificate", "all"])]
    pub(super) orders: Vec<String>,
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten)]
    pub(super) giving: Giving,
}

#[derive(Debug, Subcommand)]
pub(in crate::command) enum Orders {
    /// Sign the head afresh, once or again and again.
    Head {
        #[command(flatten)]
        authority: Authority,
        /// Sign it each time this has passed, until the command is stopped.
        #[arg(long, value_name = "TIME", value_parser = span)]
        every: Option<Duration>,
        /// How long the head holds; by default three times `--every`, or as long as the one before.
        #[arg(long, value_name = "TIME", value_parser = span)]
        holds: Option<Duration>,
    },
    /// List the orders of all logs, and which of them stand.
    List {
        #[command(flatten)]
        authority: Authority,
    },
    /// Show an order, its state and its receipt.
    Show {
        /// Its name (`sha256:…`), or `LOG/NUMBER`, or its number where there is one log.
        order: String,
        #[command(flatten)]
        authority: Authority,
    },
}

/// `10s`, `250ms`, `2m`.
fn span(text: &str) -> Result<Duration, String> {
    let span = parse_span(text).ok_or_else(|| "a number and `ms`, `s`, `m`, `h` or `d`".to_owned())?;
    // Beyond a day nobody waits, and no head holds beyond a year.
    if span <= Duration::from_secs(366 * 86_400) { Ok(span) } else { Err("at most 366d".to_owned()) }
}
