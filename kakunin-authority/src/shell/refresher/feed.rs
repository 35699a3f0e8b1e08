//! One source, its newest snapshot and the thread that looks at it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{Random, SystemRandom};
use kakunin_core::error::Denial;
use kakunin_core::revocation::{CrlIssuer, RevocationSnapshot};

use super::contents::Contents;
use super::folder::Folder;
use super::web::Web;
use super::{Origin, pace};
use crate::shell::Clock;
use crate::shell::stores::{Place, RevocationSource};

/// What guards ask at every use. It outlives a fork, in which the new process goes on counting.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// Counts snapshots.
    pub(super) generation: AtomicU64,
    /// Whether notices wait.
    pub(super) noticed: AtomicBool,
}

/// Most notices that wait for an operator.
const NOTICES: usize = 64;
/// How long the first call after a fork waits for the new thread's first look.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// A source, whatever the option calls it, and how often it is looked at.
type Key = (Place, Duration);

/// The sources that this process looks at.
static OPEN: LazyLock<Mutex<HashMap<Key, Weak<Feed>>>> = LazyLock::new(Mutex::default);

/// A source that is looked at until nobody holds it.
pub(super) struct Feed {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and its users share.
struct Shared {
    source: RevocationSource,
    bounds: Bounds,
    clock: Arc<Clock>,
    /// The process whose thread looks: no lock below is touched in another, where nobody would ever give it back.
    process: u32,
    signals: Arc<Signals>,
    /// Locked for a whole look.
    origin: Mutex<Box<dyn Origin>>,
    contents: Mutex<Contents>,
    failures: AtomicU32,
    notices: Notices,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Notices {
    waiting: Mutex<Vec<String>>,
    /// What was last told of each file, not to tell it at every look.
    told: Mutex<HashMap<String, String>>,
}

impl Feed {
    /// Looks at the source, and goes on looking. One that this process looks at already is shared.
    pub(super) fn open(source: &RevocationSource, bounds: &Bounds, clock: &Arc<Clock>) -> Result<Arc<Self>, Denial> {
        if clock.is_manual() {
            let shared = Shared::new(source, bounds, clock, Arc::default(), Contents::default());
            shared.look_first()?;
            return Ok(Arc::new(Self { shared: Arc::new(shared), thread: None }));
        }
        let key = source.key();
        let known = hold(&OPEN).get(&key).and_then(Weak::upgrade).filter(|feed| feed.is_alive());
        if let Some(feed) = known {
            // Whoever opens a guard after a revocation finds it.
            feed.shared.look();
            return Ok(feed);
        }
        let shared = Shared::new(source, bounds, clock, Arc::default(), Contents::default());
        shared.look_first()?;
        let feed = Self::start(shared, None);
        let mut open = hold(&OPEN);
        open.retain(|_, feed| feed.strong_count() > 0);
        open.insert(key, Arc::downgrade(&feed));
        Ok(feed)
    }

    /// The same source with a thread of this process, going on from what was known. Guards that shared the one share the other.
    pub(super) fn restarted(&self) -> Arc<Self> {
        let old = &self.shared;
        let mut open = hold(&OPEN);
        let successor = open.get(&old.source.key()).and_then(Weak::upgrade);
        if let Some(feed) = successor.filter(|feed| feed.is_alive() && Arc::ptr_eq(&feed.shared.signals, &old.signals))
        {
            return feed;
        }
        // The thread may have held the lock when the process forked: then everything is read anew.
        let contents = match old.contents.try_lock() {
            Ok(contents) => contents.clone(),
            Err(TryLockError::Poisoned(contents)) => contents.into_inner().clone(),
            Err(TryLockError::WouldBlock) => Contents::default(),
        };
        let shared = Shared::new(&old.source, &old.bounds, &old.clock, Arc::clone(&old.signals), contents);
        let (looked, first) = mpsc::channel();
        let feed = Self::start(shared, Some(looked));
        open.insert(old.source.key(), Arc::downgrade(&feed));
        if feed.thread.is_some() {
            let _ = first.recv_timeout(FIRST_LOOK);
        }
        feed
    }

    fn start(shared: Shared, looked: Option<Sender<()>>) -> Arc<Self> {
        let shared = Arc::new(shared);
        let run = Arc::clone(&shared);
        // Where no thread is to be had, calls look when it is time.
        let thread = thread::Builder::new().name("kakunin-refresh".to_owned()).spawn(move || run.run(looked)).ok();
        Arc::new(Self { shared, thread })
    }

    /// Whether the source is looked at in this process: by its thread, or by calls.
    pub(super) fn is_alive(&self) -> bool {
        self.shared.process == std::process::id() && self.thread.as_ref().is_none_or(|thread| !thread.is_finished())
    }

    /// Looks where there is no thread to.
    pub(super) fn look_instead_of_thread(&self) {
        if self.thread.is_none() {
            self.shared.look();
        }
    }

    pub(super) fn signals(&self) -> Arc<Signals> {
        Arc::clone(&self.shared.signals)
    }

    /// The newest snapshot, in which the lists of `issuers` are verified, and its generation.
    pub(super) fn snapshot_for(&self, issuers: &[CrlIssuer]) -> (Arc<RevocationSnapshot>, u64) {
        let mut contents = hold(&self.shared.contents);
        contents.introduce(issuers);
        // Counted under the same lock.
        (Arc::clone(contents.snapshot()), self.shared.signals.generation.load(Ordering::Acquire))
    }

    pub(super) fn take_notices(&self) -> Vec<String> {
        // Where it is locked, here or by a thread that a fork left behind, there is a next time.
        let Ok(mut waiting) = self.shared.notices.waiting.try_lock() else {
            return Vec::new();
        };
        self.shared.signals.noticed.store(false, Ordering::Relaxed);
        std::mem::take(&mut *waiting)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        if let Some(thread) = &self.thread {
            // It ends by itself, at the latest with the exchange that it is in: nobody waits for it.
            thread.thread().unpark();
        }
    }
}

impl Shared {
    fn new(
        source: &RevocationSource,
        bounds: &Bounds,
        clock: &Arc<Clock>,
        signals: Arc<Signals>,
        contents: Contents,
    ) -> Self {
        // Base64 takes a third more.
        let bytes = bounds.crl_bytes.saturating_mul(3) / 2;
        let origin: Box<dyn Origin> = match &source.place {
            Place::Folder(path) => Box::new(Folder::new(path, bytes)),
            Place::Url(url) => Box::new(Web::new(url.clone(), bytes)),
        };
        Self {
            source: source.clone(),
            bounds: bounds.clone(),
            clock: Arc::clone(clock),
            process: std::process::id(),
            signals,
            origin: Mutex::new(origin),
            contents: Mutex::new(contents),
            failures: AtomicU32::new(0),
            notices: Notices::default(),
            stopped: AtomicBool::new(false),
        }
    }

    fn run(&self, looked: Option<Sender<()>>) {
        if let Some(looked) = looked {
            self.look();
            let _ = looked.send(());
        }
        loop {
            let until = Instant::now() + self.pause();
            while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                if self.stopped.load(Ordering::Acquire) {
                    return;
                }
                thread::park_timeout(left);
            }
            if self.stopped.load(Ordering::Acquire) {
                return;
            }
            self.look();
        }
    }

    fn pause(&self) -> Duration {
        let next_update = hold(&self.contents).snapshot().next_update();
        let left = next_update.map(|next| next.millis().saturating_sub(self.clock.now().millis()));
        let left = left.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
        let mut random = [0; 1];
        // Without randomness all look at once, which costs the authority and not the decision.
        let _ = SystemRandom::new().fill(&mut random);
        pace::pause(self.source.every, self.failures.load(Ordering::Relaxed), left, random[0])
    }

    /// The first look: whatever is wrong refuses.
    fn look_first(&self) -> Result<(), Denial> {
        let mut origin = hold(&self.origin);
        let look = origin.look()?;
        let (unreadable, _) = hold(&self.contents).take(&look, &self.bounds);
        let fault = look.broken_off.or_else(|| {
            // A list that cannot be read may be the one that revokes: it is not passed over.
            let (name, denial) = look.troubles.into_iter().chain(unreadable).next()?;
            Some(denial.field(format!("{}/{name}", self.source.place)))
        });
        fault.map_or(Ok(()), Err)
    }

    /// A later look: what is wrong is told and changes nothing.
    fn look(&self) {
        let mut origin = hold(&self.origin);
        let look = match origin.look() {
            Ok(look) => look,
            Err(denial) => return self.failed(&denial),
        };
        let unreadable = {
            let mut contents = hold(&self.contents);
            let (unreadable, changed) = contents.take(&look, &self.bounds);
            if changed {
                self.signals.generation.fetch_add(1, Ordering::Release);
            }
            unreadable
        };
        for (name, _) in &unreadable {
            // Perhaps half written.
            origin.forget(name);
        }
        let troubles: Vec<_> = look.troubles.into_iter().chain(unreadable).collect();
        let broken_off = look.broken_off.as_ref().map(|_| "");
        self.notices.forget_all_but(troubles.iter().map(|(name, _)| name.as_str()).chain(broken_off));
        for (name, denial) in troubles {
            let place = &self.source.place;
            self.tell(&name, format!("{name} in {place} is not used: {denial}; what was known of it stays"));
        }
        match look.broken_off {
            Some(denial) => self.failed(&denial),
            None => self.failures.store(0, Ordering::Relaxed),
        }
    }

    fn failed(&self, denial: &Denial) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let until = match hold(&self.contents).snapshot().next_update() {
            Some(next) => format!("what is known holds until {next}"),
            None => "nothing is known".to_owned(),
        };
        self.tell("", format!("{} cannot be looked at: {denial}; {until}", self.source.place));
    }

    fn tell(&self, about: &str, text: String) {
        if self.notices.tell(about, text) {
            self.signals.noticed.store(true, Ordering::Relaxed);
        }
    }
}

impl Notices {
    /// Keeps it for the operator unless it is what was last told of `about`; whether it was kept.
    fn tell(&self, about: &str, text: String) -> bool {
        let mut told = hold(&self.told);
        if told.get(about) == Some(&text) {
            return false;
        }
        told.insert(about.to_owned(), text.clone());
        let mut waiting = hold(&self.waiting);
        if waiting.len() < NOTICES {
            waiting.push(text);
        }
        true
    }

    /// What is well again may be told of when it next is not.
    fn forget_all_but<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let names: Vec<&str> = names.collect();
        hold(&self.told).retain(|about, _| names.contains(&about.as_str()));
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
