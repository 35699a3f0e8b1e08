//! One log as a folder, and the key that writes it.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{Signer, SystemRandom};
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{self, Context, Last, OrderProfile};
use kakunin_core::revocation::order::{OrderAuthority, Orders, SignedHead, SignedOrder, VerifiedHead, VerifiedOrder};
use kakunin_core::time::UnixTime;

use super::index::write_index;
use super::layout::{HEAD_FILE, ORDERS_FOLDER, order_file, text};
use crate::fault;
use crate::files::{self, Access, Existing};

/// A log's folder.
#[derive(Debug)]
pub struct OrderLog {
    folder: PathBuf,
    revocation: PathBuf,
    authority: OrderAuthority,
    bounds: Bounds,
    /// What was read and verified so far: each order once, however often the head is signed.
    orders: Orders,
    read: u64,
    all: Vec<VerifiedOrder>,
}

/// An order that was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// The order.
    pub order: VerifiedOrder,
    /// The head after it.
    pub head: VerifiedHead,
    /// Its file.
    pub file: PathBuf,
}

impl OrderLog {
    /// The log of `authority` in a revocation folder, read as far as it goes.
    ///
    /// # Errors
    /// E504 where a file cannot be read; E405 where the log contradicts itself: `order-fork`, `order-gap`,
    /// `order-rollback`, or an order that its authority did not sign.
    pub fn open(revocation: &Path, authority: &OrderAuthority) -> Result<Self, Denial> {
        let mut log = Self {
            folder: revocation.join(ORDERS_FOLDER).join(authority.log()),
            revocation: revocation.to_owned(),
            orders: Orders::new(vec![authority.clone()])?,
            authority: authority.clone(),
            bounds: Bounds::default(),
            read: 0,
            all: Vec::new(),
        };
        log.refresh(UnixTime::from_seconds(i64::MAX / 1_000))?;
        Ok(log)
    }

    /// Its authority.
    pub const fn authority(&self) -> &OrderAuthority {
        &self.authority
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All its orders, the first being 1.
    pub fn orders(&self) -> &[VerifiedOrder] {
        &self.all
    }

    /// Its newest head.
    pub fn head(&self) -> Option<&VerifiedHead> {
        self.orders.taken().next().and_then(|taken| taken.head)
    }

    /// Gives an order: it is on disk, with a head that names it, when this returns. The head holds as long as the one
    /// before did, or `default_seconds` where there was none.
    ///
    /// # Errors
    /// E504: `order-log-full`; `clock-behind` where `now` is more than the skew before what the log says; files and keys.
    /// E405 as [`OrderLog::open`]. E502 where no signature is made.
    pub fn give(
        &mut self,
        profile: &OrderProfile,
        default_seconds: u32,
        signer: &dyn Signer,
        now: UnixTime,
    ) -> Result<Given, Denial> {
        let _lock = self.lock()?;
        let now = self.refreshed(now)?;
        if self.read >= self.bounds.orders {
            let expected = "a log with room: begin another under a new key";
            return Err(fault::misconfigured("order-log-full", "log", self.authority.log().to_owned(), expected));
        }
        let random = SystemRandom::new();
        let context = Context { now, random: &random, bounds: &self.bounds };
        let (token, order) = issue::order(profile, self.last(), &self.authority, signer, &context)?;
        let file = self.folder.join(order_file(order.seq()));
        // Kept, not replaced: where two writers got past the lock, one of them fails here.
        files::write_one(&file, token.as_bytes(), Access::Everyone, Existing::Keep)?;
        self.refresh(now)?;
        let head = self.write_head(self.lifetime(default_seconds), signer, now)?;
        Ok(Given { order, head, file })
    }

    /// Signs the head afresh, for `seconds`, or as long as the one before held.
    ///
    /// # Errors
    /// As [`OrderLog::give`].
    pub fn sign_head(
        &mut self,
        seconds: Option<u32>,
        default_seconds: u32,
        signer: &dyn Signer,
        now: UnixTime,
    ) -> Result<VerifiedHead, Denial> {
        let _lock = self.lock()?;
        let now = self.refreshed(now)?;
        self.write_head(seconds.unwrap_or_else(|| self.lifetime(default_seconds)), signer, now)
    }

    fn write_head(&mut self, seconds: u32, signer: &dyn Signer, now: UnixTime) -> Result<VerifiedHead, Denial> {
        let random = SystemRandom::new();
        let context = Context { now, random: &random, bounds: &self.bounds };
        let (token, head) = issue::head(self.last(), seconds, &self.authority, signer, &context)?;
        files::write_one(&self.folder.join(HEAD_FILE), token.as_bytes(), Access::Everyone, Existing::Replace)?;
        write_index(&self.revocation)?;
        self.refresh(now)?;
        Ok(head)
    }

    fn last(&self) -> Option<Last> {
        self.all.last().map(Last::from)
    }

    /// How long the newest head holds.
    fn lifetime(&self, default_seconds: u32) -> u32 {
        let seconds = self.head().map(|head| head.next_update().seconds() - head.issued_at().seconds());
        seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(default_seconds)
    }

    /// Held while an order or a head is written, so that no two have one number.
    fn lock(&self) -> Result<File, Denial> {
        files::make_folder(&self.folder)?;
        let path = self.folder.join(".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        lock.and_then(|file| file.lock().map(|()| file)).map_err(|error| fault::file("log", &path, &error))
    }

    /// Reads what is new, and gives the time to sign with: never before what the log says already.
    fn refreshed(&mut self, now: UnixTime) -> Result<UnixTime, Denial> {
        self.refresh(now.plus_seconds(self.bounds.skew_seconds))?;
        let taken = self.orders.taken().next();
        let head = taken.and_then(|taken| taken.head).map(VerifiedHead::issued_at);
        let order = taken.and_then(|taken| taken.last_issued_at);
        let latest = head.max(order).unwrap_or(now);
        if latest > now.plus_seconds(self.bounds.skew_seconds) {
            let came = now.to_string();
            return Err(fault::misconfigured("clock-behind", "clock", came, format!("a time after {latest}")));
        }
        Ok(latest.max(now))
    }

    fn refresh(&mut self, now: UnixTime) -> Result<(), Denial> {
        let mut orders = Vec::new();
        loop {
            let next = self.read + orders.len() as u64 + 1;
            let Some(bytes) = self.file(&order_file(next), self.bounds.order_bytes)? else { break };
            let token = text(&bytes).ok_or_else(|| unreadable("order-utf8", next))?;
            orders.push(SignedOrder::parse(token, &self.bounds)?);
        }
        // A number that is missing in between would otherwise pass for the end.
        let beyond = self.read + orders.len() as u64 + 2;
        if self.file(&order_file(beyond), self.bounds.order_bytes)?.is_some() {
            return Err(unreadable("order-gap", beyond - 1));
        }
        for order in &orders {
            self.all.push(order.verify(&self.authority)?);
        }
        let head = match self.file(HEAD_FILE, self.bounds.head_bytes)? {
            None => None,
            Some(bytes) => {
                let token =
                    text(&bytes).ok_or_else(|| Denial::new(Code::RevocationStale, "order-utf8").field(HEAD_FILE))?;
                Some(SignedHead::parse(token, &self.bounds)?)
            }
        };
        let (known, notices) = self.orders.take(&orders, head.as_slice(), now, &self.bounds);
        if let Some(denial) = notices.into_iter().next() {
            return Err(denial);
        }
        self.read += orders.len() as u64;
        self.orders = known;
        match self.orders.check_fresh(now) {
            Err(denial) if !matches!(denial.details().rule, "head-missing" | "head-stale" | "head-future") => {
                Err(denial)
            }
            _ => Ok(()),
        }
    }

    /// The content of a file of the log, if it is there.
    fn file(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, Denial> {
        let path = self.folder.join(name);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fault::file("log", &path, &error)),
            Ok(_) => files::read(&path, "log", limit).map(Some),
        }
    }
}

fn unreadable(rule: &'static str, seq: u64) -> Denial {
    Denial::new(Code::RevocationStale, rule).field(format!("order {seq}"))
}
