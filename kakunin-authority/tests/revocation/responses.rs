//! OCSP responses as files of the source: they clear where no list does, revoke, and go stale.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kakunin_authority::files::Existing;
use kakunin_authority::responder::Responder;
use kakunin_authority::shell::{Clock, Guard, GuardOptions};
use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::GenerateKind;
use kakunin_core::encoding::pem;
use kakunin_core::error::Code;

use super::{Folder, code, denied_soon, now, rule};

/// A source that holds the root's list and no list of the tenant's.
fn without_list(folder: &Folder) -> PathBuf {
    let source = folder.path("responses");
    fs::create_dir(&source).unwrap();
    for entry in fs::read_dir(folder.lists().join("orders")).unwrap() {
        let log = entry.unwrap().path();
        let copy = source.join("orders").join(log.file_name().unwrap());
        fs::create_dir_all(&copy).unwrap();
        for file in fs::read_dir(&log).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
    }
    fs::copy(folder.lists().join("root.crl"), source.join("root.crl")).unwrap();
    source
}

fn serial(certificate: &Path) -> Vec<u8> {
    let blocks = pem::decode(&fs::read_to_string(certificate).unwrap()).unwrap();
    let leaf = blocks.first().unwrap();
    Certificate::parse(&leaf.bytes, &Bounds::default()).unwrap().serial().to_vec()
}

/// What the tenant, or the responder that it certified, says of `certificate` now.
fn response(folder: &Folder, certificate: &Path, delegate: Option<&Path>) -> Vec<u8> {
    let responder = Responder::open(&folder.path(""), "tenant", delegate, None, 1).unwrap();
    responder.status_of(&[serial(certificate)]).unwrap()
}

/// Replaced whole, as the command writes it: a guard never sees half of it.
fn put(source: &Path, response: &[u8]) {
    fs::write(source.join("new"), response).unwrap();
    fs::rename(source.join("new"), source.join("bot.ocsp")).unwrap();
}

fn open(folder: &Folder, bot: &Path, source: &Path) -> Result<Guard, Code> {
    let every = format!("{}?every=100ms", source.display());
    Guard::open(folder.options(bot, &every)).map_err(|denial| denial.code())
}

#[test]
fn a_response_in_the_folder_clears_without_a_list_and_revokes_a_running_guard() {
    for delegated in [false, true] {
        let folder = Folder::new();
        let bot = folder.issue("bot", None, None);
        let source = without_list(&folder);
        assert_eq!(open(&folder, &bot, &source).err(), Some(Code::RevocationStale));
        let delegate = delegated
            .then(|| folder.pki.issue_responder("tenant", 1, GenerateKind::Ed25519, Existing::Keep).unwrap())
            .map(|issued| issued.certificate);
        let good = response(&folder, &bot, delegate.as_deref());
        put(&source, &good);
        let guard = open(&folder, &bot, &source).unwrap();
        assert_eq!(code(&guard), None, "delegated: {delegated}");
        folder.revoke(&bot);
        assert_eq!(code(&guard), None, "the list stands elsewhere");
        put(&source, &response(&folder, &bot, delegate.as_deref()));
        assert_eq!(denied_soon(&guard), Some(Code::AgentRevoked), "delegated: {delegated}");
        // What was good before lifts nothing.
        put(&source, &good);
        thread::sleep(Duration::from_millis(500));
        assert_eq!(code(&guard), Some(Code::AgentRevoked));
    }
}

#[test]
fn a_response_about_another_agent_or_by_another_ca_clears_nobody() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", None, None), folder.issue("other", None, None));
    let source = without_list(&folder);
    put(&source, &response(&folder, &other, None));
    assert_eq!(open(&folder, &bot, &source).err(), Some(Code::RevocationStale));
    let stranger = Folder::new();
    stranger.issue("bot", None, None);
    let responder = Responder::open(&stranger.path(""), "tenant", None, None, 1).unwrap();
    put(&source, &responder.status_of(&[serial(&bot)]).unwrap());
    assert_eq!(open(&folder, &bot, &source).err(), Some(Code::RevocationStale));
    put(&source, &response(&folder, &bot, None));
    assert!(open(&folder, &bot, &source).is_ok());
}

#[test]
fn a_response_that_ends_denies_although_nobody_revoked() {
    let folder = Folder::new();
    let bot = folder.issue("bot", None, None);
    let source = without_list(&folder);
    put(&source, &response(&folder, &bot, None));
    let clock = Clock::manual(now());
    let options = folder.options(&bot, &format!("{}?every=100ms", source.display()));
    let guard = Guard::open(GuardOptions { clock: Arc::clone(&clock), ..options }).unwrap();
    assert_eq!(code(&guard), None);
    clock.advance_text("61m").unwrap();
    assert_eq!((code(&guard), rule(&guard)), (Some(Code::RevocationStale), "ocsp-next-update"));
}
