//! One source, its newest snapshot and the thread that looks at it.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{Random, SystemRandom};
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::Orders;
use kakunin_core::revocation::{CrlIssuer, RevocationSnapshot, SeenList};
use kakunin_core::time::UnixTime;

use super::contents::Contents;
use super::folder::Folder;
use super::seen::SeenFolder;
use super::web::Web;
use super::{Following, MOST_ORDERS, Origin, pace};
use crate::shell::Clock;
use crate::shell::stores::{Place, RevocationSource};
use crate::{hex, orders};

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
/// How often a guard says again what it knows, in milliseconds, or at each look where those are rarer. 10 s: as often as heads
/// are signed anew.
const CONFIRM_MILLIS: i64 = 10_000;
/// For how many of those times what it said holds: two looks may fail, and the wait after them is up to 30 s.
const CONFIRM_TIMES: i64 = 6;
/// How long the first call after a fork waits for the new thread's first look.
const FIRST_LOOK: Duration = Duration::from_secs(2);

/// A source, whatever the option calls it, how often it is looked at, and whose orders count.
type Key = (Place, Duration, String, SeenFolder);

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
    key: Key,
    seen: SeenFolder,
    /// Who looks here, for `guards/`; and what tells this process from others.
    names: Mutex<BTreeSet<String>>,
    instance: String,
    /// When it was last said there, by its clock in milliseconds.
    confirmed: AtomicI64,
    bounds: Bounds,
    clock: Arc<Clock>,
    /// The process whose thread looks: no lock below is touched in another, where nobody would ever give it back.
    process: u32,
    signals: Arc<Signals>,
    /// Locked for a whole look.
    origin: Mutex<Box<dyn Origin>>,
    contents: Mutex<Contents>,
    /// What is known of orders at the start, for a fork that finds the lock taken.
    start: Contents,
    /// What is kept of lists.
    kept: Mutex<Vec<SeenList>>,
    /// Whether lists were verified since it was last looked whether there is more to keep.
    verified: AtomicBool,
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
    pub(super) fn open(
        source: &RevocationSource,
        following: Following<'_>,
        bounds: &Bounds,
        clock: &Arc<Clock>,
    ) -> Result<Arc<Self>, Denial> {
        let seen = SeenFolder::new(following.seen);
        let (place, every) = source.key();
        let key = (place, every, orders::authorities_json(&following.authorities), seen.clone());
        let open = || {
            let contents = begin(following, &seen)?;
            let shared = Shared::new(source, key.clone(), seen.clone(), bounds, clock, Arc::default(), contents);
            shared.look_first().map(|()| shared)
        };
        if clock.is_manual() {
            return Ok(Arc::new(Self { shared: Arc::new(open()?), thread: None }));
        }
        let known = hold(&OPEN).get(&key).and_then(Weak::upgrade).filter(|feed| feed.is_alive());
        if let Some(feed) = known {
            // Whoever opens a guard after a revocation finds it.
            feed.shared.look();
            return Ok(feed);
        }
        let feed = Self::start(open()?, None);
        let mut open = hold(&OPEN);
        open.retain(|_, feed| feed.strong_count() > 0);
        open.insert(key, Arc::downgrade(&feed));
        Ok(feed)
    }

    /// The same source with a thread of this process, going on from what was known. Guards that shared the one share the other.
    pub(super) fn restarted(&self) -> Arc<Self> {
        let old = &self.shared;
        let mut open = hold(&OPEN);
        let successor = open.get(&old.key).and_then(Weak::upgrade);
        if let Some(feed) = successor.filter(|feed| feed.is_alive() && Arc::ptr_eq(&feed.shared.signals, &old.signals))
        {
            return feed;
        }
        // The thread may have held the lock when the process forked: then everything is read anew.
        let contents = match old.contents.try_lock() {
            Ok(contents) => contents.clone(),
            Err(TryLockError::Poisoned(contents)) => contents.into_inner().clone(),
            Err(TryLockError::WouldBlock) => old.start.clone(),
        };
        let (key, seen, signals) = (old.key.clone(), old.seen.clone(), Arc::clone(&old.signals));
        let shared = Shared::new(&old.source, key, seen, &old.bounds, &old.clock, signals, contents);
        if let Ok(names) = old.names.try_lock() {
            hold(&shared.names).clone_from(&names);
        }
        let (looked, first) = mpsc::channel();
        let feed = Self::start(shared, Some(looked));
        open.insert(old.key.clone(), Arc::downgrade(&feed));
        // Nobody who opens another source waits for this one.
        drop(open);
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
        let verified = contents.introduce(issuers);
        // Counted under the same lock.
        let newest = (Arc::clone(contents.snapshot()), self.shared.signals.generation.load(Ordering::Acquire));
        drop(contents);
        if verified {
            self.shared.verified.store(true, Ordering::Release);
            match &self.thread {
                // No decision waits for a disk.
                Some(thread) => thread.thread().unpark(),
                None => self.shared.keep_lists(),
            }
        }
        newest
    }

    /// Adds who looks here, and says at once what is known.
    pub(super) fn name(&self, guard: &str) {
        hold(&self.shared.names).insert(guard.to_owned());
        self.shared.confirm();
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
        self.shared.withdraw();
        self.shared.keep_verified();
        if let Some(thread) = &self.thread {
            // It ends by itself, at the latest with the exchange that it is in: nobody waits for it.
            thread.thread().unpark();
        }
    }
}

impl Shared {
    fn new(
        source: &RevocationSource,
        key: Key,
        seen: SeenFolder,
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
            key,
            seen,
            names: Mutex::default(),
            instance: instance(),
            confirmed: AtomicI64::new(0),
            start: contents.without_lists(),
            kept: Mutex::new(contents.snapshot().seen_lists()),
            verified: AtomicBool::new(false),
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
                self.keep_verified();
            }
            if self.stopped.load(Ordering::Acquire) {
                return;
            }
            self.look();
        }
    }

    fn pause(&self) -> Duration {
        let snapshot = Arc::clone(hold(&self.contents).snapshot());
        let heads = snapshot.orders().and_then(|orders| orders.next_update());
        let next_update = snapshot.next_update().into_iter().chain(heads).min();
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
        let mut look = origin.look()?;
        let (unreadable, _) = hold(&self.contents).take(&mut look, &self.bounds);
        let fault = look.broken_off.or_else(|| {
            // A list that cannot be read may be the one that revokes: it is not passed over.
            let (name, denial) = look.troubles.into_iter().chain(unreadable).next()?;
            Some(denial.field(format!("{}/{name}", self.source.place)))
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        // Orders that cannot be read leave a gap, which denies by itself.
        for (name, denial) in self.follow(&mut **origin)? {
            self.tell(&name, format!("{name} in {} is not used: {denial}", self.source.place));
        }
        Ok(())
    }

    /// Follows the authorities' logs as far as they go; gives why parts were passed over.
    fn follow(&self, origin: &mut dyn Origin) -> Result<Vec<(String, Denial)>, Denial> {
        let mut troubles = Vec::new();
        let known = hold(&self.contents).snapshot().orders().map(Arc::clone);
        let logs: Vec<String> =
            known.iter().flat_map(|orders| orders.authorities()).map(|authority| authority.log().to_owned()).collect();
        let mut more = false;
        for log in logs {
            // INVARIANT: each round takes an order more, and a log has a bound.
            loop {
                let taken = self.taken(&log);
                let files = origin.follow(&log, taken.saturating_add(1))?;
                let whole = files.len() as u64 >= MOST_ORDERS;
                let mut contents = hold(&self.contents);
                let (passed_over, changed) = contents.take_orders(&files, self.clock.now(), &self.bounds);
                if changed {
                    self.signals.generation.fetch_add(1, Ordering::Release);
                }
                drop(contents);
                more |= changed;
                troubles.extend(passed_over);
                if !whole || self.taken(&log) == taken {
                    break;
                }
            }
        }
        if more {
            let orders = hold(&self.contents).snapshot().orders().map(Arc::clone);
            if let Some(Err(denial)) = orders.map(|orders| self.seen.keep(&orders)) {
                self.tell("seen", format!("how far orders are known cannot be kept for a restart: {denial}"));
            }
            self.confirm();
        }
        Ok(troubles)
    }

    fn taken(&self, log: &str) -> u64 {
        let contents = hold(&self.contents);
        let orders = contents.snapshot().orders();
        orders.and_then(|orders| orders.taken().find(|taken| taken.log == log).map(|taken| taken.seq)).unwrap_or(0)
    }

    /// Keeps what is new of lists that were verified since.
    fn keep_verified(&self) {
        // What a fork left behind is its parent's to keep.
        if self.process == std::process::id() && self.verified.swap(false, Ordering::AcqRel) {
            self.keep_lists();
        }
    }

    /// Keeps which lists were seen, where that is more than what is kept.
    fn keep_lists(&self) {
        let seen = hold(&self.contents).snapshot().seen_lists();
        let mut kept = hold(&self.kept);
        if *kept == seen {
            return;
        }
        let new: Vec<&SeenList> = seen.iter().filter(|list| !kept.contains(list)).collect();
        match self.seen.keep_lists(&new) {
            Ok(()) => *kept = seen,
            Err(denial) => self.tell("seen", format!("which lists are known cannot be kept for a restart: {denial}")),
        }
    }

    /// Says in `guards/` what is known, where that is there and this user may write: whoever waits for it sees who did not.
    fn confirm(&self) {
        let Place::Folder(folder) = &self.source.place else {
            return;
        };
        if self.stopped.load(Ordering::Acquire) {
            return;
        }
        let orders = hold(&self.contents).snapshot().orders().map(Arc::clone);
        if let Some(orders) = orders {
            let now = self.clock.now();
            self.confirmed.store(now.millis(), Ordering::Relaxed);
            let next_update = UnixTime::from_millis(now.millis().saturating_add(self.confirm_every() * CONFIRM_TIMES));
            for name in &*hold(&self.names) {
                let _ = orders::confirm(folder, name, &self.instance, &orders, now, next_update);
            }
        }
    }

    /// Says it again where that is due: a guard that is not heard of is taken to have ended.
    fn confirm_again(&self) {
        let since = self.clock.now().millis().abs_diff(self.confirmed.load(Ordering::Relaxed));
        if since >= self.confirm_every().unsigned_abs() {
            self.confirm();
        }
    }

    fn confirm_every(&self) -> i64 {
        let (_, every) = self.source.key();
        i64::try_from(every.as_millis()).unwrap_or(i64::MAX / CONFIRM_TIMES).max(CONFIRM_MILLIS)
    }

    /// Takes back what it said.
    fn withdraw(&self) {
        if let (Place::Folder(folder), true) = (&self.source.place, self.process == std::process::id()) {
            hold(&self.names).iter().for_each(|name| orders::withdraw(folder, name, &self.instance));
        }
    }

    /// A later look: what is wrong is told and changes nothing.
    fn look(&self) {
        let mut origin = hold(&self.origin);
        let mut look = match origin.look() {
            Ok(look) => look,
            Err(denial) => return self.failed(&denial),
        };
        let unreadable = {
            let mut contents = hold(&self.contents);
            let (unreadable, changed) = contents.take(&mut look, &self.bounds);
            if changed {
                self.signals.generation.fetch_add(1, Ordering::Release);
            }
            unreadable
        };
        self.keep_lists();
        for (name, _) in &unreadable {
            // Perhaps half written.
            origin.forget(name);
        }
        let (passed_over, broken_off) = match (look.broken_off, self.follow(&mut **origin)) {
            (None, Ok(passed_over)) => (passed_over, None),
            (Some(denial), Ok(passed_over)) => (passed_over, Some(denial)),
            (first, Err(denial)) => (Vec::new(), Some(first.unwrap_or(denial))),
        };
        let troubles: Vec<_> = look.troubles.into_iter().chain(unreadable).chain(passed_over).collect();
        let kept = ["", "seen"].into_iter().filter(|about| *about == "seen" || broken_off.is_some());
        self.notices.forget_all_but(troubles.iter().map(|(name, _)| name.as_str()).chain(kept));
        for (name, denial) in troubles {
            let place = &self.source.place;
            self.tell(&name, format!("{name} in {place} is not used: {denial}; what was known of it stays"));
        }
        match broken_off {
            Some(denial) => self.failed(&denial),
            None => {
                self.failures.store(0, Ordering::Relaxed);
                self.confirm_again();
            }
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

/// What is known before anything was read: which lists were seen, and how far orders went.
fn begin(following: Following<'_>, seen: &SeenFolder) -> Result<Contents, Denial> {
    if following.must_keep {
        seen.prepare()?;
    }
    let lists = seen.load_lists()?;
    if following.authorities.is_empty() {
        return Ok(Contents::begin(lists, None));
    }
    let known = seen.load(&following.authorities)?;
    Ok(Contents::begin(lists, Some(Arc::new(Orders::resume(following.authorities, known)?))))
}

/// What tells this process from others on the same folder.
fn instance() -> String {
    let mut random = [0; 4];
    // Without randomness the process's number must do.
    let _ = SystemRandom::new().fill(&mut random);
    format!("{}-{}", std::process::id(), hex::encode(&random))
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner};
    use kakunin_core::revocation::order::{Governs, OrderAuthority};

    use super::*;

    #[test]
    fn where_it_must_be_kept_what_was_seen_a_folder_that_cannot_be_written_refuses() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        let authority = OrderAuthority::new(signer.public_key().clone(), "acme", Governs::Everything).unwrap();
        let begin = |authorities: &[OrderAuthority], must_keep| {
            let following = Following { authorities: authorities.to_vec(), seen: &file, must_keep };
            begin(following, &SeenFolder::new(&file.join("seen"))).map(drop).map_err(|denial| denial.code())
        };
        let one = [authority];
        assert_eq!(begin(&one, true), Err(kakunin_core::error::Code::ConfigurationInvalid));
        assert_eq!(begin(&[], true), Err(kakunin_core::error::Code::ConfigurationInvalid));
    }

    #[test]
    fn a_fault_is_told_once_and_again_after_it_was_well() {
        let notices = Notices::default();
        assert!(notices.tell("a.crl", "broken".to_owned()));
        assert!(!notices.tell("a.crl", "broken".to_owned()));
        assert!(notices.tell("a.crl", "broken in another way".to_owned()));
        notices.forget_all_but(["b.crl"].into_iter());
        assert!(notices.tell("a.crl", "broken in another way".to_owned()));
        for number in 0..200 {
            notices.tell(&number.to_string(), "x".to_owned());
        }
        assert_eq!(hold(&notices.waiting).len(), NOTICES);
    }
}
