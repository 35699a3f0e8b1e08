//! `kakunin ocsp`: a responder over a CA's folder, with the CA's key and with one of its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::path::PathBuf;
use std::process::{Command, Output};

use kakunin_authority::responder::{Responder, server};

/// A folder of a CA with one agent, in which the command runs.
struct World(tempfile::TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        world.write("scope.toml", "[[grant]]\naction = \"charge\"\n");
        world.done(&["init"]);
        world.done(&["issue", "bot", "--scope", "scope.toml"]);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kakunin")).args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    /// What it says, after this exit code.
    fn said(&self, arguments: &[&str], exit: i32) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
        said
    }

    fn done(&self, arguments: &[&str]) -> String {
        self.said(arguments, 0)
    }
}

const ASK: [&str; 6] = ["ocsp", "query", "--issuer", "pki/tenant.pem", "--certificate", "pki/bot.pem"];

fn ask<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&ASK, rest].concat()
}

#[test]
fn a_request_is_answered_by_the_ca_or_its_responder() {
    let world = World::new();
    world.done(&ask(&["--request", "request.der"]));
    world.done(&["ocsp", "responder"]);
    let by_ca = ["ocsp", "respond", "--request", "request.der", "--out", "answer.der"];
    let by_responder = [&by_ca[..], &["--responder", "pki/tenant-ocsp.pem"]].concat();
    for respond in [&by_ca[..], &by_responder] {
        world.done(respond);
        assert!(world.done(&ask(&["--response", "answer.der"])).starts_with("good, as of "));
    }
    world.done(&["revoke", "pki/bot.pem", "--reason", "key-compromise"]);
    // Signed afresh, the list still says why.
    world.done(&["crl"]);
    for respond in [&by_ca[..], &by_responder] {
        world.done(respond);
        let said = world.said(&ask(&["--response", "answer.der"]), 1);
        assert!(said.starts_with("revoked since ") && said.contains("keyCompromise"), "{said}");
    }
    let said = world.said(&["revoke", "pki/bot.pem", "--reason", "certificate-hold"], 2);
    assert!(said.contains("reason"), "{said}");
}

#[test]
fn a_response_of_another_ca_or_file_is_no_answer() {
    let world = World::new();
    world.done(&ask(&["--request", "request.der"]));
    // The root answers for the tenant, not for the tenant's agents.
    world.done(&["ocsp", "respond", "--ca", "root", "--request", "request.der", "--out", "answer.der"]);
    assert!(world.said(&ask(&["--response", "answer.der"]), 2).contains("unauthorized"));
    world.done(&["ocsp", "respond", "--request", "scope.toml", "--out", "answer.der"]);
    assert!(world.said(&ask(&["--response", "answer.der"]), 2).contains("malformedRequest"));
    std::fs::remove_file(world.path("pki/revocation/tenant.crl")).unwrap();
    world.done(&["ocsp", "respond", "--request", "request.der", "--out", "answer.der"]);
    assert!(world.said(&ask(&["--response", "answer.der"]), 2).contains("internalError"));
}

#[test]
fn responses_for_guards_are_written_into_the_folder_and_its_index() {
    let world = World::new();
    let written = world.done(&["ocsp", "respond", "--certificate", "pki/bot.pem", "--serial", "0a0b"]);
    let files: Vec<&str> = written.lines().collect();
    assert_eq!(files.len(), 2, "{written}");
    assert!(files.iter().any(|file| file.ends_with("tenant-0a0b.ocsp")), "{written}");
    let index = std::fs::read_to_string(world.path("pki/revocation/index.json")).unwrap();
    assert!(index.contains("tenant-0a0b.ocsp"), "{index}");
    let own = files.iter().find(|file| !file.contains("0a0b")).unwrap();
    assert!(world.done(&ask(&["--response", own])).starts_with("good"));
    assert!(world.said(&["ocsp", "respond", "--serial", "xyz"], 2).contains("hex"));
}

#[test]
fn requests_are_served_on_this_host_with_their_nonce() {
    let world = World::new();
    world.done(&["ocsp", "responder"]);
    let (folder, delegate) = (world.path("pki"), world.path("pki/tenant-ocsp.pem"));
    let responder = Responder::open(&folder, "tenant", Some(&delegate), None, 1).unwrap();
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(|| server::serve(&listener, &responder, Some(3)));
        for options in [&[][..], &["--nonce"], &["--nonce", "--sha256"]] {
            let said = world.done(&[&ask(&["--url", &url]), options].concat());
            assert!(said.starts_with("good, as of "), "{said}");
        }
    });
}
