//! Revocations reach guards and verifiers while they run: from a folder and from an authority's URL.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

mod lists;
mod narrowed;
mod orders;
mod responses;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use kakunin_authority::files::Existing;
use kakunin_authority::keys;
use kakunin_authority::orders::{OrderLog, read_authorities};
use kakunin_authority::pki::{NewAgent, NewAuthority, ParentAgent, Pki};
use kakunin_authority::shell::{Binding, Guard, GuardOptions, Source, Verifier, VerifierOptions};
use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::{Digest, GenerateKind};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::OrderProfile;
use kakunin_core::revocation::order::Instruction;
use kakunin_core::scope::authoring::{self, Format};
use kakunin_core::time::UnixTime;

const SCOPE: &str = "[[grant]]\naction = \"charge\"\n[grant.params]\namount = { max = 500 }\n";
/// How long a revocation may take where a source is looked at each 100 ms: the machine may be busy.
const SOON: Duration = Duration::from_secs(5);

struct Folder {
    place: tempfile::TempDir,
    pki: Pki,
}

impl Folder {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let pki = Pki::new(place.path().join("pki"), None);
        let new = NewAuthority {
            namespace: "urn:kakunin:dev:".to_owned(),
            days: 365,
            kind: GenerateKind::Ed25519,
            existing: Existing::Keep,
        };
        pki.init(&new).unwrap();
        Self { place, pki }
    }

    fn issue(&self, name: &str, delegate: Option<u8>, parent: Option<ParentAgent>) -> PathBuf {
        let scope = authoring::compile(SCOPE, Format::Toml).unwrap();
        let (id, days, kind, existing) = (None, None, GenerateKind::Ed25519, Existing::Keep);
        let name = name.to_owned();
        let new = NewAgent { name, scope, cap: false, id, days, delegate, parent, model_hash: None, kind, existing };
        self.pki.issue(&new).unwrap().certificate
    }

    fn revoke(&self, certificate: &Path) {
        self.pki.revoke(&[certificate.to_owned()], None, 30).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join("pki").join(name)
    }

    fn lists(&self) -> PathBuf {
        self.path("revocation")
    }

    fn root(&self) -> Source {
        Source::Path(self.path("root.pem"))
    }

    fn options(&self, certificate: &Path, revocation: &str) -> GuardOptions {
        GuardOptions {
            certificate: Some(Source::Path(certificate.to_owned())),
            trust: vec![self.root()],
            signer: Some(kakunin_authority::shell::SignerSource::Uri(format!(
                "file:{}",
                certificate.with_extension("key").display()
            ))),
            revocation: Some(revocation.to_owned()),
            record: Some("none".to_owned()),
            seen: Some(self.path("seen")),
            ..GuardOptions::default()
        }
    }

    fn guard(&self, certificate: &Path) -> Guard {
        Guard::open(self.options(certificate, &self.often())).unwrap()
    }

    fn verifier(&self, revocation: &str) -> Verifier {
        let options = VerifierOptions {
            trust: vec![self.root()],
            audience: Some("pay".to_owned()),
            revocation: Some(revocation.to_owned()),
            record: Some("none".to_owned()),
            seen: Some(self.path("seen")),
            ..VerifierOptions::default()
        };
        Verifier::open(options).unwrap()
    }

    /// Gives an order, with a head that holds as long as the one before.
    fn order(&self, instruction: Instruction) -> Digest {
        let authority = read_authorities(&self.path("halt-authorities.json")).unwrap().remove(0);
        let signer = keys::load(&self.path("halt.key"), None).unwrap();
        let profile = OrderProfile { issuer: "desk".to_owned(), instruction, reason: None };
        let mut log = OrderLog::open(&self.lists(), &authority).unwrap();
        *log.give(&profile, 30, &signer, now()).unwrap().order.name()
    }

    fn orders(&self) -> PathBuf {
        fs::read_dir(self.lists().join("orders")).unwrap().next().unwrap().unwrap().path()
    }

    fn often(&self) -> String {
        format!("{}?every=100ms", self.lists().display())
    }
}

fn now() -> UnixTime {
    UnixTime::from_seconds(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().try_into().unwrap())
}

fn amount() -> Result<Object, Denial> {
    match Json::parse(br#"{"amount":5}"#, &JsonBounds::ARGUMENTS) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Ok(Object::new()),
    }
}

fn code(guard: &Guard) -> Option<Code> {
    guard.decide("charge", amount(), &Binding::default()).denial().map(Denial::code)
}

fn rule(guard: &Guard) -> &'static str {
    guard.decide("charge", amount(), &Binding::default()).denial().map_or("", |denial| denial.details().rule)
}

/// Asks until the guard denies, and gives the code.
fn denied_soon(guard: &Guard) -> Option<Code> {
    let start = Instant::now();
    while start.elapsed() < SOON {
        if let Some(code) = code(guard) {
            return Some(code);
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

fn notices(guard: &Guard) -> String {
    guard.take_notices().into_iter().map(|notice| notice.text).collect::<Vec<_>>().join("\n")
}

fn notices_soon(guard: &Guard) -> String {
    let start = Instant::now();
    while start.elapsed() < SOON && !guard.has_notices() {
        thread::sleep(Duration::from_millis(10));
    }
    notices(guard)
}
