//! Waiting for guards, and the receipt of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{Digest, Signer, SystemRandom};
use kakunin_core::error::Denial;
use kakunin_core::issue::{self, Context};
use kakunin_core::revocation::order::{Confirmation, ReceiptClaims, SignedReceipt, VerifiedReceipt};
use kakunin_core::time::UnixTime;

use super::confirmation::{KnownLog, confirmations};
use super::layout::{receipt_file, text};
use super::log::OrderLog;
use crate::files::{self, Access, Existing};
use crate::shell::system_now;

/// How often the folder is looked at while waiting.
const LOOK: Duration = Duration::from_millis(50);
/// The file of the last drill's receipt.
const DRILL_FILE: &str = "drill.receipt.jwt";

/// What guards are waited for to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A head signed at this second or later, with this many orders: in a drill.
    Head {
        /// How many orders the log has.
        seq: u64,
        /// When the head was signed.
        issued_at: UnixTime,
    },
    /// An order.
    Order {
        /// Its number.
        seq: u64,
        /// Its name.
        name: Digest,
    },
}

/// A receipt, and where it lies.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// What it says.
    pub verified: VerifiedReceipt,
    /// The token.
    pub token: String,
    /// Its file.
    pub file: PathBuf,
}

impl Awaited {
    fn is_met(self, known: &KnownLog) -> bool {
        match self {
            Self::Head { seq, issued_at } => {
                known.seq >= seq && known.head_issued_at.is_some_and(|known| known >= issued_at.seconds())
            }
            Self::Order { seq, name } => known.seq > seq || (known.seq == seq && known.last == Some(name)),
        }
    }
}

/// Waits until each guard that has written into `folder` knows what is `awaited` of `log`, at most for `limit`. Gives the
/// guards, and those that did not write again when they were to: one that was killed leaves its file.
///
/// # Errors
/// E504 where the folder cannot be read.
pub fn await_guards(
    folder: &Path,
    log: &str,
    awaited: Awaited,
    limit: Duration,
) -> Result<(Vec<Confirmation>, Vec<Box<str>>), Denial> {
    let start = Instant::now();
    let mut guards: BTreeMap<Box<str>, Option<UnixTime>> = BTreeMap::new();
    let mut silent: Vec<Box<str>> = Vec::new();
    loop {
        let now = system_now();
        silent.clear();
        for known in confirmations(folder)? {
            let met = known.logs.iter().any(|known| known.log == log && awaited.is_met(known));
            if met {
                // The first time that it said so.
                guards.entry(known.guard.into()).or_default().get_or_insert(known.at);
            } else if known.next_update < now {
                silent.push(known.guard.into());
            } else {
                guards.entry(known.guard.into()).or_default();
            }
        }
        if guards.values().all(Option::is_some) || start.elapsed() >= limit {
            break;
        }
        std::thread::sleep(LOOK.min(limit.saturating_sub(start.elapsed())));
    }
    silent.retain(|guard| !guards.contains_key(guard));
    Ok((guards.into_iter().map(|(guard, at)| Confirmation { guard, at }).collect(), silent))
}

impl OrderLog {
    /// Signs the receipt that says `claims`, and puts it beside the order, or in a drill beside the head.
    ///
    /// # Errors
    /// E502 where no signature is made; E504 where the file cannot be written; E405 where the claims cannot be said.
    pub fn write_receipt(&self, claims: &ReceiptClaims, signer: &dyn Signer) -> Result<Receipt, Denial> {
        let (random, bounds) = (SystemRandom::new(), Bounds::default());
        let context = Context { now: claims.ended_at, random: &random, bounds: &bounds };
        let (token, verified) = issue::receipt(claims, self.authority(), signer, &context)?;
        let name = if claims.order.is_some() { receipt_file(claims.seq) } else { DRILL_FILE.to_owned() };
        let file = self.folder().join(name);
        files::write_one(&file, token.as_bytes(), Access::Everyone, Existing::Replace)?;
        Ok(Receipt { verified, token, file })
    }

    /// The receipt of the order with this number, if there is one.
    ///
    /// # Errors
    /// E405 where it is none that this log's authority signed.
    pub fn receipt(&self, seq: u64) -> Result<Option<VerifiedReceipt>, Denial> {
        let path = self.folder().join(receipt_file(seq));
        if !path.is_file() {
            return Ok(None);
        }
        let bounds = Bounds::default();
        let bytes = files::read(&path, "receipt", bounds.receipt_bytes)?;
        let receipt = SignedReceipt::parse(text(&bytes).unwrap_or_default(), &bounds)?;
        receipt.verify(self.authority()).map(Some)
    }
}
