//! The record in a folder: what is written is found again, what was altered is found out.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kakunin_authority::log::{Log, find, verify};
use kakunin_authority::shell::Writing;
use kakunin_core::guard::Mode;
use kakunin_core::record::{Description, Entry, Finding, RecordValues};
use kakunin_core::time::UnixTime;

fn entry(log: &Log, number: i64) -> Entry {
    let mut description = Description::new(UnixTime::from_seconds(1_800_000_000 + number), Mode::Enforce);
    description.action = Some("charge");
    description.entry(log.digest_key(), &RecordValues::None).unwrap()
}

fn write(folder: &Path, writing: Writing, count: i64) -> Vec<Entry> {
    let log = Log::open(folder, writing).unwrap();
    (0..count)
        .map(|number| {
            let entry = entry(&log, number);
            log.append(&entry).unwrap();
            entry
        })
        .collect()
}

fn findings(folder: &Path) -> Vec<Finding> {
    verify(folder, None).unwrap().report.findings
}

fn rule<T: std::fmt::Debug>(outcome: Result<T, kakunin_core::error::Denial>) -> (&'static str, &'static str) {
    let denial = outcome.unwrap_err();
    (denial.code().as_str(), denial.details().rule)
}

#[test]
fn what_is_appended_is_found_and_verifies() {
    for writing in [Writing::Sync, Writing::Batch] {
        let folder = tempfile::tempdir().unwrap();
        let entries = write(folder.path(), writing, 20);
        let check = verify(folder.path(), None).unwrap();
        assert_eq!((check.report.entries, check.report.findings), (20, Vec::new()));
        let found = find(folder.path(), &entries[7].reference()).unwrap();
        assert_eq!((found.index, found.text.as_str()), (7, entries[7].text()));
        assert_eq!(rule(find(folder.path(), "0000000000000000")), ("KKN-E504", "reference-unknown"));
        assert_eq!(rule(find(folder.path(), "7f3a")), ("KKN-E504", "reference"));
        // It goes on where it ended.
        write(folder.path(), writing, 3);
        assert_eq!(verify(folder.path(), None).unwrap().report.entries, 23);
    }
}

#[test]
fn sync_is_on_disk_before_it_returns_and_batch_within_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), Writing::Sync).unwrap();
    log.append(&entry(&log, 1)).unwrap();
    let length = || fs::metadata(folder.path().join("entries")).unwrap().len();
    assert!(length() > 0);
    log.flush().unwrap();
    assert_eq!(findings(folder.path()), Vec::new(), "flush signs");

    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), Writing::Batch).unwrap();
    log.append(&entry(&log, 1)).unwrap();
    // Promised are 50 ms; a busy machine is given longer.
    let on_disk = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        fs::metadata(folder.path().join("entries")).unwrap().len() > 0
    });
    assert!(on_disk);
}

#[test]
fn callers_that_come_together_are_all_recorded() {
    for writing in [Writing::Sync, Writing::Batch] {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::open(folder.path(), writing).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let log = Arc::clone(&log);
                scope.spawn(move || (0..25).for_each(|n| log.append(&entry(&log, thread * 100 + n)).unwrap()));
            }
        });
        log.flush().unwrap();
        let check = verify(folder.path(), None).unwrap();
        assert_eq!((check.report.entries, check.report.findings), (200, Vec::new()));
    }
}

#[test]
fn one_flipped_byte_is_found_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Writing::Sync, 5);
    let path = folder.path().join("entries");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        fs::write(&path, &altered).unwrap();
        assert!(!findings(folder.path()).is_empty(), "byte {at}");
        assert!(Log::open(folder.path(), Writing::Sync).is_err(), "byte {at}: nothing is appended to it");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(findings(folder.path()), Vec::new());
}

#[test]
fn a_log_that_lost_its_end_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let entries = write(folder.path(), Writing::Sync, 3);
    let path = folder.path().join("entries");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - entries[2].text().len() - 2]).unwrap();
    assert_eq!(findings(folder.path()), [Finding::Missing { entries: 2, size: 3 }]);
    assert_eq!(rule(Log::open(folder.path(), Writing::Sync)), ("KKN-E503", "log-altered"));
}

#[test]
fn what_a_crash_left_is_set_aside_and_the_log_goes_on() {
    for torn in [&b"\x01"[..], b"\x00\x10half", b"\x00\x00\x00\x00", b"\x00\x02{}"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), Writing::Sync, 2);
        let path = folder.path().join("entries");
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(torn);
        fs::write(&path, &bytes).unwrap();
        let log = Log::open(folder.path(), Writing::Sync).unwrap();
        assert!(log.take_notice().unwrap().contains("were no record"));
        log.append(&entry(&log, 9)).unwrap();
        log.flush().unwrap();
        let check = verify(folder.path(), None).unwrap();
        assert_eq!((check.report.entries, check.report.findings), (3, Vec::new()));
        let aside = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let aside = aside.into_iter().find(|path| path.to_string_lossy().contains("torn-")).unwrap();
        assert_eq!(fs::read(aside).unwrap(), torn);
    }
}

#[test]
fn without_its_checkpoint_or_key_a_log_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Writing::Sync, 2);
    let checkpoint = fs::read_to_string(folder.path().join("checkpoint")).unwrap();
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    assert_eq!(rule(Log::open(folder.path(), Writing::Sync)), ("KKN-E503", "checkpoint-missing"));
    fs::write(folder.path().join("checkpoint"), checkpoint.replace("\n2\n", "\n1\n")).unwrap();
    assert_eq!(rule(Log::open(folder.path(), Writing::Sync)), ("KKN-E503", "checkpoint-invalid"));
    fs::remove_file(folder.path().join("log.key")).unwrap();
    assert_eq!(rule(Log::open(folder.path(), Writing::Sync)), ("KKN-E504", "log-key-missing"));
}

#[test]
fn someone_who_replaces_log_and_key_is_found_by_the_key_kept_elsewhere() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(one.path(), Writing::Sync, 2);
    write(other.path(), Writing::Sync, 2);
    let key = fs::read_to_string(one.path().join("log.pub")).unwrap();
    assert_eq!(verify(one.path(), Some(&key)).unwrap().report.findings, Vec::new());
    assert!(matches!(verify(other.path(), Some(&key)).unwrap().report.findings[..], [Finding::Checkpoint(_)]));
}

#[test]
fn guards_of_one_process_share_a_log_and_its_way_of_writing() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(folder.path(), Writing::Sync).unwrap();
    assert!(Arc::ptr_eq(&log, &Log::open(folder.path(), Writing::Sync).unwrap()));
    assert_eq!(rule(Log::open(folder.path(), Writing::Batch)), ("KKN-E504", "record-writing"));
}

#[test]
fn a_log_that_another_process_writes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(Log::open(folder.path(), Writing::Sync).unwrap());
    // A lock belongs to an open file: one taken here stands for another process's.
    let other = fs::File::options().write(true).open(folder.path().join("log.key")).unwrap();
    other.lock().unwrap();
    assert_eq!(rule(Log::open(folder.path(), Writing::Sync)), ("KKN-E503", "log-locked"));
    other.unlock().unwrap();
    assert!(Log::open(folder.path(), Writing::Sync).is_ok());
}

#[cfg(unix)]
#[test]
fn keys_and_records_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("record"), Writing::Sync, 1);
    for name in ["entries", "log.key", "digest.key"] {
        let mode = fs::metadata(folder.path().join("record").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
