//! Lists: revocations, what is stale or broken, authorities that die, threads.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use kakunin_authority::pki::ParentAgent;
use kakunin_authority::shell::{Binding, Clock, Guard, GuardOptions, Source};
use kakunin_core::error::Code;

use super::server::Server;
use super::{Folder, SOON, amount, code, denied_soon, notices, notices_soon, now, rule};

/// How many refreshers run in this process, where there will be `expected`; each test has a process of its own.
#[cfg(target_os = "linux")]
fn threads(expected: usize) -> usize {
    let start = Instant::now();
    loop {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
        let count = names.filter(|name| name.trim() == "kakunin-refresh").count();
        if count == expected || start.elapsed() > SOON {
            return count;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_revocation_in_the_folder_stops_a_running_guard_and_no_other() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", None, None), folder.issue("other", None, None));
    let (guard, innocent) = (folder.guard(&bot), folder.guard(&other));
    assert_eq!((code(&guard), code(&innocent)), (None, None));
    folder.revoke(&bot);
    assert_eq!(denied_soon(&guard), Some(Code::AgentRevoked));
    assert_eq!(code(&innocent), None);
    assert_eq!(notices(&guard), "");
}

#[test]
fn a_revocation_in_the_folder_stops_a_running_verifier() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let verifier = folder.verifier(&folder.often());
    let guard = Guard::open(folder.options(&bot, "none")).unwrap();
    let verify = || {
        let token = guard.sign("charge", amount(), "pay", &Binding::default()).unwrap();
        verifier.verify(&token, None, None).map_err(|refusal| refusal.denial().code())
    };
    assert!(verify().is_ok());
    folder.revoke(&bot);
    let start = Instant::now();
    let mut last = verify();
    while last.is_ok() && start.elapsed() < SOON {
        thread::sleep(Duration::from_millis(10));
        last = verify();
    }
    assert_eq!(last.err(), Some(Code::AgentRevoked));
}

#[test]
fn a_revoked_parent_stops_its_sub_agents_by_signature_and_by_name() {
    let folder = Folder::new();
    let boss = folder.issue("boss", Some(1), None);
    let parent = |key| ParentAgent { certificate: boss.clone(), parents: Vec::new(), key };
    let signed = folder.issue("signed", None, Some(parent(Some(boss.with_extension("key")))));
    let named = folder.issue("named", None, Some(parent(None)));
    let signed = folder.guard(&signed);
    let options = folder.options(&named, &folder.often());
    let named = Guard::open(GuardOptions { parents: vec![Source::Path(boss.clone())], ..options }).unwrap();
    assert_eq!((code(&signed), code(&named)), (None, None));
    folder.revoke(&boss);
    assert_eq!((denied_soon(&signed), denied_soon(&named)), (Some(Code::AgentRevoked), Some(Code::AgentRevoked)));
}

#[test]
fn what_cannot_be_read_changes_nothing_and_is_told_once_and_looked_at_again() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let guard = folder.guard(&bot);
    let list = folder.lists().join("tenant.crl");
    let good = fs::read(&list).unwrap();
    fs::write(&list, &good[..good.len() / 2]).unwrap();
    let told = notices_soon(&guard);
    assert!(
        told.contains("tenant.crl") && told.contains("is not used: KKN-E405") || told.contains("is not used"),
        "{told}"
    );
    thread::sleep(Duration::from_millis(500));
    assert_eq!((code(&guard), notices(&guard).as_str()), (None, ""));
    fs::remove_dir_all(folder.lists()).unwrap();
    let told = notices_soon(&guard);
    assert!(told.contains("cannot be looked at") && told.contains("holds until"), "{told}");
    assert_eq!(code(&guard), None);
    fs::create_dir(folder.lists()).unwrap();
    fs::write(&list, good).unwrap();
    folder.revoke(&bot);
    assert_eq!(denied_soon(&guard), Some(Code::AgentRevoked));
}

#[test]
fn an_older_list_that_is_put_back_lifts_nothing() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let list = folder.lists().join("tenant.crl");
    let old = fs::read(&list).unwrap();
    let guard = folder.guard(&bot);
    folder.revoke(&bot);
    assert_eq!(denied_soon(&guard), Some(Code::AgentRevoked));
    fs::write(&list, old).unwrap();
    thread::sleep(Duration::from_millis(500));
    assert_eq!(code(&guard), Some(Code::AgentRevoked));
    fs::remove_file(&list).unwrap();
    thread::sleep(Duration::from_millis(500));
    assert_eq!(code(&guard), Some(Code::AgentRevoked));
}

#[test]
fn an_older_list_that_is_put_back_before_a_restart_clears_nobody() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", None, None), folder.issue("other", None, None));
    let list = folder.lists().join("tenant.crl");
    let old = fs::read(&list).unwrap();
    let guard = folder.guard(&other);
    folder.revoke(&bot);
    let middle = fs::read(&list).unwrap();
    folder.pki.refresh(30).unwrap();
    let new = fs::read(&list).unwrap();
    // Two lists more were looked at.
    thread::sleep(Duration::from_millis(500));
    assert_eq!(code(&guard), None);
    drop(guard);
    let refused = |bytes: &[u8], certificate: &std::path::Path| {
        fs::write(&list, bytes).unwrap();
        let denial = Guard::open(folder.options(certificate, &folder.often())).unwrap_err();
        (denial.code(), denial.details().rule)
    };
    for older in [&old, &middle] {
        assert_eq!(refused(older, &other), (Code::RevocationStale, "crl-number-back"));
    }
    assert_eq!(refused(&middle, &bot).0, Code::AgentRevoked, "what the older list names is revoked all the same");
    // Who has seen nothing takes the old list for the newest: that is why it is kept.
    fs::write(&list, &old).unwrap();
    let forgetful = GuardOptions { seen: Some(folder.path("nothing")), ..folder.options(&bot, &folder.often()) };
    assert_eq!(code(&Guard::open(forgetful).unwrap()), None);
    fs::write(&list, new).unwrap();
    assert_eq!(code(&folder.guard(&other)), None);
}

#[test]
fn a_list_that_was_in_the_folder_when_the_guard_began_is_remembered_too() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", None, None), folder.issue("other", None, None));
    let list = folder.lists().join("tenant.crl");
    let old = fs::read(&list).unwrap();
    folder.revoke(&bot);
    // It ends before its second look.
    drop(Guard::open(folder.options(&other, &format!("{}?every=1h", folder.lists().display()))).unwrap());
    thread::sleep(Duration::from_millis(200));
    fs::write(&list, old).unwrap();
    let refused = Guard::open(folder.options(&bot, &folder.often())).unwrap_err();
    assert_eq!((refused.code(), refused.details().rule), (Code::RevocationStale, "crl-number-back"));
}

#[test]
fn a_root_that_is_made_anew_is_not_harmed_by_what_was_seen_of_the_one_before() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    folder.revoke(&folder.issue("other", None, None));
    let guard = folder.guard(&bot);
    assert_eq!(code(&guard), None);
    drop(guard);
    thread::sleep(Duration::from_millis(200));
    let seen = || {
        fs::read_dir(folder.path("seen"))
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().ends_with(".lists.json"))
            .count()
    };
    assert_eq!(seen(), 2);
    let anew = Folder::new();
    let bot = anew.issue("bot", None, None);
    let options = GuardOptions { seen: Some(folder.path("seen")), ..anew.options(&bot, &anew.often()) };
    let guard = Guard::open(options).unwrap();
    assert_eq!(code(&guard), None);
    drop(guard);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(seen(), 4);
}

#[test]
fn under_a_clock_for_tests_calls_look_when_it_is_time_and_stale_lists_deny() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let open = || {
        let clock = Clock::manual(now());
        let revocation = folder.lists().display().to_string();
        Guard::open(GuardOptions { clock, ..folder.options(&bot, &revocation) }).unwrap()
    };
    let guard = open();
    folder.revoke(&bot);
    assert_eq!(code(&guard), None);
    guard.clock().advance_text("999ms").unwrap();
    assert_eq!(code(&guard), None);
    guard.clock().advance_text("1ms").unwrap();
    assert_eq!(code(&guard), Some(Code::AgentRevoked));
    #[cfg(target_os = "linux")]
    assert_eq!(threads(0), 0);
}

#[test]
fn a_list_that_holds_a_day_denies_after_it() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    folder.pki.refresh(1).unwrap();
    let options = folder.options(&bot, &folder.often());
    let guard = Guard::open(GuardOptions { clock: Clock::manual(now()), ..options }).unwrap();
    guard.clock().advance_text("23h").unwrap();
    assert_eq!(code(&guard), None);
    guard.clock().advance_text("61m").unwrap();
    assert_eq!((code(&guard), rule(&guard)), (Some(Code::RevocationStale), "crl-next-update"));
    folder.pki.refresh(30).unwrap();
    guard.clock().advance_text("1s").unwrap();
    assert_eq!(code(&guard), None);
}

#[cfg(target_os = "linux")]
#[test]
fn guards_share_one_thread_which_ends_with_the_last() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let guards: Vec<Guard> = (0..10).map(|_| folder.guard(&bot)).collect();
    let verifier = folder.verifier(&folder.often());
    assert_eq!(threads(1), 1);
    drop(guards);
    thread::sleep(Duration::from_millis(300));
    assert_eq!(threads(1), 1);
    drop(verifier);
    assert_eq!(threads(0), 0);
    let guard = folder.guard(&bot);
    assert_eq!(threads(1), 1);
    guard.close().unwrap();
    assert_eq!(threads(0), 0, "closed is enough");
}

#[test]
fn who_opens_a_guard_after_a_revocation_is_refused_at_once() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", None, None), folder.issue("other", None, None));
    let rarely = format!("{}?every=1h", folder.lists().display());
    let guard = Guard::open(folder.options(&other, &rarely)).unwrap();
    folder.revoke(&bot);
    let refused = Guard::open(folder.options(&bot, &rarely)).unwrap_err();
    assert_eq!(refused.code(), Code::AgentRevoked);
    assert_eq!(code(&guard), None);
}

#[test]
fn a_folder_that_is_missing_or_a_list_that_is_broken_refuses_at_the_start() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let open = |revocation: String| {
        let denial = Guard::open(folder.options(&bot, &revocation)).unwrap_err();
        (denial.code(), denial.details().rule)
    };
    assert_eq!(open(folder.path("nowhere").display().to_string()), (Code::ConfigurationInvalid, "folder"));
    fs::write(folder.lists().join("tenant.crl"), "garbage").unwrap();
    assert_eq!(open(folder.often()).0, Code::RevocationStale);
}

#[test]
fn a_revocation_at_the_authoritys_url_stops_a_running_guard() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", None, None), folder.issue("other", None, None));
    let server = Server::new(folder.lists());
    let url = |path: &str| format!("{}{path}?every=100ms", server.url());
    let guard = Guard::open(folder.options(&bot, &url("/"))).unwrap();
    let innocent = Guard::open(folder.options(&other, &url(""))).unwrap();
    assert_eq!((code(&guard), code(&innocent)), (None, None));
    folder.revoke(&bot);
    assert_eq!(denied_soon(&guard), Some(Code::AgentRevoked));
    assert_eq!(code(&innocent), None);
}

#[test]
fn a_url_of_one_list_knows_that_list_alone() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let server = Server::new(folder.lists());
    let tenant = format!("{}/tenant.crl?every=100ms", server.url());
    // The root's says whether the tenant is revoked.
    let refused = Guard::open(folder.options(&bot, &tenant)).unwrap_err();
    assert_eq!((refused.code(), refused.details().rule), (Code::RevocationStale, "crl-missing"));
}

#[test]
fn an_authority_that_dies_changes_nothing_until_its_lists_are_stale() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let server = Server::new(folder.lists());
    let url = format!("{}?every=100ms", server.url());
    let guard = Guard::open(folder.options(&bot, &url)).unwrap();
    let clock = Clock::manual(now());
    folder.pki.refresh(1).unwrap();
    let later = Guard::open(GuardOptions { clock: Arc::clone(&clock), ..folder.options(&bot, &url) }).unwrap();
    drop(server);
    let told = notices_soon(&guard);
    assert!(told.contains("cannot be looked at") && told.contains("holds until"), "{told}");
    assert_eq!((code(&guard), code(&later)), (None, None));
    clock.advance_text("25h").unwrap();
    assert_eq!((code(&later), rule(&later)), (Some(Code::RevocationStale), "crl-next-update"));
    let refused = Guard::open(folder.options(&bot, &format!("{url}0"))).unwrap_err();
    assert_eq!(refused.code(), Code::ConfigurationInvalid);
    let gone = url.replace("100ms", "200ms");
    assert_eq!(Guard::open(folder.options(&bot, &gone)).unwrap_err().code(), Code::RevocationStale);
}

#[test]
fn an_authority_is_asked_for_what_is_new() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    for name in ["root.crl", "tenant.crl"] {
        let file = fs::File::options().write(true).open(folder.lists().join(name)).unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
    }
    let server = Server::new(folder.lists());
    let guard = Guard::open(folder.options(&bot, &format!("{}?every=100ms", server.url()))).unwrap();
    thread::sleep(Duration::from_millis(800));
    let (full, unchanged) = server.lists_served();
    assert!(full == 2 && unchanged >= 2, "{full} whole, {unchanged} unchanged");
    assert_eq!(code(&guard), None);
}
