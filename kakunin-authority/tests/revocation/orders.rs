//! Orders: halts, heads that end, logs that went back, and what guards confirm.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use kakunin_authority::keys;
use kakunin_authority::orders::{self, OrderLog};
use kakunin_authority::shell::{Clock, Guard, GuardOptions};
use kakunin_core::error::Code;
use kakunin_core::revocation::order::{Instruction, Target};
use kakunin_core::time::UnixTime;

use super::server::Server;
use super::{Folder, SOON, code, denied_soon, notices, now, rule};

/// Asks until the guard allows, and gives the last code.
pub(super) fn allowed_soon(guard: &Guard) -> Option<Code> {
    let start = Instant::now();
    while code(guard).is_some() && start.elapsed() < SOON {
        thread::sleep(Duration::from_millis(10));
    }
    code(guard)
}

#[test]
fn a_halt_stops_running_guards_and_its_reinstatement_lifts_it_from_a_folder_and_from_a_url() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let server = Server::new(folder.lists());
    let near = folder.guard(&bot);
    let far = Guard::open(folder.options(&bot, &format!("{}?every=100ms", server.url()))).unwrap();
    for _ in 0..2 {
        assert_eq!((allowed_soon(&near), allowed_soon(&far)), (None, None));
        let halt = folder.order(Instruction::Halt(Target::All));
        assert_eq!((denied_soon(&near), denied_soon(&far)), (Some(Code::SystemHalted), Some(Code::SystemHalted)));
        folder.order(Instruction::Reinstate([halt].into()));
    }
    assert_eq!((allowed_soon(&near), allowed_soon(&far)), (None, None));
    assert_eq!((notices(&near), notices(&far)), (String::new(), String::new()));
}

#[test]
fn a_log_that_is_older_than_before_a_restart_denies() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let log = folder.orders();
    let before = fs::read(log.join("head.jwt")).unwrap();
    let guard = folder.guard(&bot);
    folder.order(Instruction::Halt(Target::All));
    assert_eq!(denied_soon(&guard), Some(Code::SystemHalted));
    // Put back while it runs: what was known stays known.
    let order = log.join("000000000001.jwt");
    let halt = fs::read(&order).unwrap();
    fs::remove_file(&order).unwrap();
    fs::write(log.join("head.jwt"), &before).unwrap();
    thread::sleep(Duration::from_millis(400));
    assert_eq!(code(&guard), Some(Code::SystemHalted));
    drop(guard);
    let restarted = Guard::open(folder.options(&bot, &folder.often())).unwrap_err();
    assert_eq!((restarted.code(), restarted.details().rule), (Code::RevocationStale, "order-rollback"));
    // With the order again the halt is known again.
    fs::write(&order, halt).unwrap();
    assert_eq!(code(&folder.guard(&bot)), Some(Code::SystemHalted));
    // Who has seen nothing takes the old log for the newest: that is why it is kept.
    fs::remove_file(&order).unwrap();
    let forgetful = GuardOptions { seen: Some(folder.path("nothing")), ..folder.options(&bot, &folder.often()) };
    assert_eq!(code(&Guard::open(forgetful).unwrap()), None);
}

#[test]
fn a_gap_that_cannot_be_filled_denies_until_it_is() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let guard = folder.guard(&bot);
    let first = folder.orders().join("000000000001.jwt");
    let halt = folder.order(Instruction::Halt(Target::All));
    folder.order(Instruction::Reinstate([halt].into()));
    assert_eq!(allowed_soon(&guard), None);
    drop(guard);
    let aside = folder.path("aside");
    fs::rename(&first, &aside).unwrap();
    let gap = Guard::open(folder.options(&bot, &folder.often())).unwrap_err();
    assert_eq!((gap.code(), gap.details().rule), (Code::RevocationStale, "order-gap"));
    fs::rename(&aside, &first).unwrap();
    assert_eq!(code(&folder.guard(&bot)), None);
}

#[test]
fn a_head_that_ends_denies_and_a_new_one_allows_again() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let options = folder.options(&bot, &folder.often());
    let guard = Guard::open(GuardOptions { clock: Clock::manual(now()), ..options }).unwrap();
    folder.order(Instruction::Reinstate([[7; 32]].into()));
    let authority = orders::read_authorities(&folder.path("halt-authorities.json")).unwrap().remove(0);
    let signer = keys::load(&folder.path("halt.key"), None).unwrap();
    let sign = |at: UnixTime| {
        let mut log = OrderLog::open(&folder.lists(), &authority).unwrap();
        log.sign_head(Some(10), 10, &signer, at).unwrap();
    };
    sign(now().plus_seconds(2));
    guard.clock().advance_text("3s").unwrap();
    assert_eq!(code(&guard), None);
    guard.clock().advance_text("1m").unwrap();
    assert_eq!((code(&guard), rule(&guard)), (Some(Code::RevocationStale), "head-stale"));
    sign(guard.clock().now());
    guard.clock().advance_text("1s").unwrap();
    assert_eq!(code(&guard), None);
    // Who says nothing for long is taken to have ended.
    let said = || orders::confirmations(&folder.lists()).unwrap().iter().map(|known| known.at).max();
    let before = said();
    guard.clock().advance_text("8s").unwrap();
    assert_eq!((code(&guard), said()), (None, before));
    guard.clock().advance_text("3s").unwrap();
    code(&guard);
    assert!(said() > before);
}

#[test]
fn guards_say_in_the_folder_what_they_know() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let (guard, verifier) = (folder.guard(&bot), folder.verifier(&folder.often()));
    let known = || {
        let mut known: Vec<(String, u64)> = orders::confirmations(&folder.lists())
            .unwrap()
            .into_iter()
            .map(|known| (known.guard.split(' ').next().unwrap().to_owned(), known.logs[0].seq))
            .collect();
        known.sort();
        known
    };
    let both = |seq| vec![("pay".to_owned(), seq), ("urn:kakunin:dev:bot".to_owned(), seq)];
    assert_eq!(known(), both(0));
    folder.order(Instruction::Halt(Target::All));
    assert_eq!(denied_soon(&guard), Some(Code::SystemHalted));
    let start = Instant::now();
    while known() != both(1) && start.elapsed() < SOON {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(known(), both(1));
    drop((guard, verifier));
    assert_eq!(known(), [], "nobody waits for a guard that has ended");
}

#[test]
fn authorities_that_cannot_be_read_refuse_and_without_revocation_nobody_follows_them() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    folder.order(Instruction::Halt(Target::All));
    assert_eq!(code(&folder.guard(&bot)), Some(Code::SystemHalted));
    let unchecked = Guard::open(folder.options(&bot, "none")).unwrap();
    assert_eq!(code(&unchecked), None);
    fs::write(folder.path("halt-authorities.json"), "{}").unwrap();
    let malformed = Guard::open(folder.options(&bot, &folder.often())).unwrap_err();
    assert_eq!((malformed.code(), malformed.details().rule), (Code::ConfigurationInvalid, "authorities"));
}
