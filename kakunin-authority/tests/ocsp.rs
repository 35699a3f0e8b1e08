//! `kakunin ocsp`: a responder over a CA's folder, with the CA's key and with one of its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use kakunin_authority::responder::{Responder, server};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

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

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kakunin"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
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

/// A server's certificate for 127.0.0.1 with its key, each in DER, and the root that signed it, in a file.
fn server_certificate(world: &World) -> (CertificateDer<'static>, PrivateKeyDer<'static>, PathBuf) {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(world.0.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let own = |name: &str, subject: &str| {
        openssl(
            &[&["req", "-x509", "-keyout", &format!("{name}.key"), "-out", name, "-subj", subject], &key[..]].concat(),
        );
    };
    own("web-root.pem", "/CN=web root");
    own("other-root.pem", "/CN=another root");
    world.write("web.cnf", "subjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n");
    openssl(&[&["req", "-new", "-keyout", "web.key", "-out", "web.csr", "-subj", "/CN=web"], &key[..5]].concat());
    let signed =
        ["x509", "-req", "-in", "web.csr", "-CA", "web-root.pem", "-CAkey", "web-root.pem.key", "-CAcreateserial"];
    openssl(&[&signed[..], &["-extfile", "web.cnf", "-days", "2", "-outform", "DER", "-out", "web.der"]].concat());
    openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", "web.key", "-outform", "DER", "-out", "web.key.der"]);
    let read = |name| std::fs::read(world.path(name)).unwrap();
    let key = PrivateKeyDer::try_from(read("web.key.der")).unwrap();
    (CertificateDer::from(read("web.der")), key, world.path("web-root.pem"))
}

#[test]
fn an_https_server_is_believed_for_a_root_of_the_system_or_of_ssl_cert_file_alone() {
    let world = World::new();
    let (certificate, key, root) = server_certificate(&world);
    world.done(&ask(&["--request", "request.der"]));
    world.done(&["ocsp", "respond", "--request", "request.der", "--out", "answer.der"]);
    let answer = std::fs::read(world.path("answer.der")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream.unwrap());
            // A client that does not believe hangs up here.
            if tls.read(&mut [0; 4_096]).is_ok_and(|read| read > 0) {
                let header =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
                drop(tls.write_all(&[header.as_bytes(), &answer].concat()));
                tls.conn.send_close_notify();
                drop(tls.flush());
            }
        }
    });
    let query = |host: &str, roots: Option<PathBuf>| {
        let mut command = world.command(&ask(&["--url", &format!("https://{host}:{port}/")]));
        command.env_remove("SSL_CERT_DIR").env_remove("SSL_CERT_FILE");
        if let Some(roots) = roots {
            command.env("SSL_CERT_FILE", roots);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (exit, said) = query("127.0.0.1", Some(root.clone()));
    assert!(exit == Some(0) && said.starts_with("good"), "{exit:?} {said}");
    let refused = [("127.0.0.1", Some(world.path("other-root.pem"))), ("127.0.0.1", None), ("localhost", Some(root))];
    for (host, roots) in refused {
        let (exit, said) = query(host, roots.clone());
        assert!(exit != Some(0) && said.contains("http-tls"), "{host} {roots:?}: {exit:?} {said}");
    }
}
