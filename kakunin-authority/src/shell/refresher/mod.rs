//! What is known of revocations, kept fresh while guards and verifiers run.
//!
//! A source (a folder, an authority's URL) is looked at again and again by one thread, which builds the next
//! [`RevocationSnapshot`](kakunin_core::revocation::RevocationSnapshot) and puts it in the old one's place; all guards and
//! verifiers of the process that name the source share it. What cannot be fetched or read changes nothing: the old snapshot
//! stays until its lists are stale, and then denies. A list is never replaced by an older one.
//!
//! Where authorities may give orders, their logs are followed too. How far each is known is kept on disk, for a restart, and
//! told in the folder's `guards/`, for whoever halted.
//!
//! The thread keeps neither the process nor an event loop alive and ends with the last guard. It does not survive a fork:
//! the first call in the new process starts another. Under a clock for tests there is no thread: calls look when it is time.

mod contents;
mod feed;
mod folder;
mod pace;
mod seen;
mod web;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use kakunin_core::bounds::Bounds;
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::OrderAuthority;
use kakunin_core::revocation::{CrlIssuer, RevocationView};
use kakunin_core::time::UnixTime;

use super::stores::RevocationChoice;
use super::{Clock, Notice};
use feed::{Feed, Signals};

/// One file of a source whose content is another than when it was last looked at.
struct Piece {
    name: String,
    bytes: Vec<u8>,
}

/// What was found in a source.
#[derive(Default)]
struct Look {
    /// The names of all files there, read or not.
    names: Vec<String>,
    changed: Vec<Piece>,
    /// Why files could not be read, by name.
    troubles: Vec<(String, Denial)>,
    /// Why the rest was not looked at: the source does not answer.
    broken_off: Option<Denial>,
}

/// A place where lists are.
trait Origin: Send {
    /// Looks for files that changed since the last look.
    fn look(&mut self) -> Result<Look, Denial>;
    /// Lets the next look read the file again, changed or not.
    fn forget(&mut self, name: &str);
    /// The head of a log where it changed, and the orders from number `next` on that are there, at most [`MOST_ORDERS`].
    fn follow(&mut self, log: &str, next: u64) -> Result<Vec<Piece>, Denial>;
}

/// Most orders of a log that are read at once. 1,024: 16 MiB at most.
const MOST_ORDERS: u64 = 1_024;

/// Whose orders count, and where it is kept how far they are known.
pub(super) struct Following<'a> {
    pub(super) authorities: Vec<OrderAuthority>,
    pub(super) seen: &'a Path,
    /// Whether that folder must be writable: outside development.
    pub(super) must_keep: bool,
}

/// How the name of an OCSP response ends.
const RESPONSE: &str = ".ocsp";

/// The files that are read: lists, in PEM or DER, and OCSP responses.
fn is_list(name: &str) -> bool {
    name.ends_with(".crl") || name.ends_with(".pem") || name.ends_with(RESPONSE)
}

/// A guard's or verifier's part in a source.
pub(crate) struct Revocation(Option<Watch>);

struct Watch {
    /// Replaced by the first call after a fork; none once the guard is closed.
    feed: RwLock<Option<Arc<Feed>>>,
    signals: Arc<Signals>,
    looked: AtomicI64,
    every_millis: u64,
}

impl Revocation {
    /// Reads the source once.
    ///
    /// # Errors
    /// E504 where a folder cannot be listed, or what was seen of orders cannot be kept; E405 where a list cannot be read or an authority does not answer.
    pub(super) fn open(
        choice: &RevocationChoice,
        following: Following<'_>,
        bounds: &Bounds,
        clock: &Arc<Clock>,
    ) -> Result<Self, Denial> {
        let RevocationChoice::Source(source) = choice else {
            return Ok(Self(None));
        };
        let feed = Feed::open(source, following, bounds, clock)?;
        Ok(Self(Some(Watch {
            signals: feed.signals(),
            looked: AtomicI64::new(clock.now().millis()),
            every_millis: u64::try_from(source.every.as_millis()).unwrap_or(u64::MAX),
            feed: RwLock::new(Some(feed)),
        })))
    }

    /// Counts the snapshots: while it stays, so does what [`Revocation::view`] gave. To be asked at every use; sees to it
    /// that somebody looks at the source.
    pub(crate) fn generation(&self, now: UnixTime) -> u64 {
        let Some(watch) = &self.0 else {
            return 0;
        };
        let looked = watch.looked.load(Ordering::Relaxed);
        // A clock that was set back must not put the next look off.
        if now.millis().abs_diff(looked) >= watch.every_millis
            && watch.looked.compare_exchange(looked, now.millis(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            watch.tend();
        }
        watch.signals.generation.load(Ordering::Acquire)
    }

    /// The newest snapshot, with the lists of `issuers` verified, and its generation. Of a source that was let go nothing is
    /// known.
    pub(crate) fn view(&self, issuers: &[CrlIssuer]) -> (RevocationView, u64) {
        let Some(watch) = &self.0 else {
            return (RevocationView::NotChecked, 0);
        };
        if watch.feed().is_some_and(|feed| !feed.is_alive()) {
            watch.tend();
        }
        let (snapshot, generation) = match watch.feed() {
            Some(feed) => feed.snapshot_for(issuers),
            None => (Arc::default(), watch.signals.generation.load(Ordering::Acquire)),
        };
        (RevocationView::Checked(snapshot), generation)
    }

    /// Tells who looks here: in the folder's `guards/` the name then stands beside what is known of orders.
    pub(super) fn name(&self, guard: &str) {
        if let Some(feed) = self.0.as_ref().and_then(Watch::feed) {
            feed.name(guard);
        }
    }

    /// Lets the source go: its thread ends unless another guard needs it.
    pub(super) fn release(&self) {
        if let Some(watch) = &self.0 {
            watch.feed.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    pub(super) fn has_notices(&self) -> bool {
        self.0.as_ref().is_some_and(|watch| watch.signals.noticed.load(Ordering::Relaxed))
    }

    pub(super) fn take_notices(&self) -> Vec<Notice> {
        let feed = self.0.as_ref().and_then(Watch::feed);
        feed.map(|feed| feed.take_notices()).unwrap_or_default().into_iter().map(|text| Notice { text }).collect()
    }
}

impl Watch {
    fn feed(&self) -> Option<Arc<Feed>> {
        self.feed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    #[cold]
    fn tend(&self) {
        let Some(feed) = self.feed() else {
            return;
        };
        if feed.is_alive() {
            feed.look_instead_of_thread();
            return;
        }
        let mut place = self.feed.write().unwrap_or_else(PoisonError::into_inner);
        if place.as_ref().is_some_and(|now| Arc::ptr_eq(now, &feed)) {
            *place = Some(feed.restarted());
        }
    }
}

impl fmt::Debug for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Revocation").field(&self.0.as_ref().map(|watch| watch.every_millis)).finish()
    }
}
