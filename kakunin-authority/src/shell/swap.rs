//! Tests: what becomes known between the decision and the tool stops the tool.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kakunin_core::crypto::GenerateKind;
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{MemoryStore, Reservation, Reserved, StateStore};
use kakunin_core::scope::authoring;
use kakunin_core::time::UnixTime;

use super::sink::Sink;
use super::{Binding, Clock, Guard, GuardOptions, SignerSource, Source, Verifier, VerifierOptions, system_now};
use crate::files::Existing;
use crate::pki::{NewAgent, NewAuthority, Pki};

/// A CA in a folder, an agent, and a clock that stands until somebody acts.
struct World {
    folder: tempfile::TempDir,
    clock: Arc<Clock>,
}

/// Revokes the agent, and lets the time pass after which guards look.
struct Act {
    folder: PathBuf,
    clock: Arc<Clock>,
    done: AtomicBool,
}

impl Act {
    fn act(&self) {
        if !self.done.swap(true, Ordering::Relaxed) {
            let pki = Pki::new(&self.folder, None);
            pki.revoke(&[self.folder.join("bot.pem")], None, 30).unwrap();
            self.clock.advance(Duration::from_secs(60)).unwrap();
        }
    }
}

struct Swapping(MemoryStore, Arc<Act>);

impl StateStore for Swapping {
    fn reserve(&self, reservation: &Reservation, now: UnixTime) -> Result<Reserved, Denial> {
        self.1.act();
        self.0.reserve(reservation, now)
    }
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), clock: Clock::manual(system_now()) };
        let (pki, kind, existing) = (Pki::new(world.folder.path(), None), GenerateKind::Ed25519, Existing::Keep);
        pki.init(&NewAuthority { namespace: "urn:a:".to_owned(), days: 9, kind, existing }).unwrap();
        let scope = authoring::compile("[[grant]]\naction = \"charge\"\n", authoring::Format::Toml).unwrap();
        let name = "bot".to_owned();
        let (id, days, delegate, parent, model_hash) = (None, None, None, None, None);
        pki.issue(&NewAgent { name, scope, cap: false, id, days, delegate, parent, model_hash, kind, existing })
            .unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn act(&self) -> Arc<Act> {
        let folder = self.folder.path().to_owned();
        Arc::new(Act { folder, clock: Arc::clone(&self.clock), done: AtomicBool::new(false) })
    }

    fn guard(&self, store: Arc<dyn StateStore>) -> Guard {
        let options = GuardOptions {
            certificate: Some(Source::Path(self.path("bot.pem"))),
            trust: vec![Source::Path(self.path("root.pem"))],
            signer: Some(SignerSource::Uri(format!("file:{}", self.path("bot.key").display()))),
            record: Some("none".to_owned()),
            seen: Some(self.path("seen")),
            clock: Arc::clone(&self.clock),
            ..GuardOptions::default()
        };
        Guard::open_with(options, Some(store)).unwrap()
    }

    fn verifier(&self, store: Arc<dyn StateStore>) -> Verifier {
        let options = VerifierOptions {
            trust: vec![Source::Path(self.path("root.pem"))],
            audience: Some("pay".to_owned()),
            record: Some("none".to_owned()),
            seen: Some(self.path("seen")),
            clock: Arc::clone(&self.clock),
            ..VerifierOptions::default()
        };
        Verifier::open_with(options, Some(store)).unwrap()
    }
}

fn decide(guard: &Guard) -> Option<Code> {
    let decision = guard.decide("charge", Ok(Object::new()), &Binding::default());
    assert_eq!(decision.allowed(), decision.denial().is_none());
    decision.denial().map(Denial::code)
}

fn sign(guard: &Guard) -> String {
    guard.sign("charge", Ok(Object::new()), "pay", &Binding::default()).unwrap()
}

fn verify(verifier: &Verifier, token: &str) -> Option<Code> {
    verifier.verify(token, None, None).err().map(|refusal| refusal.denial().code())
}

#[test]
fn a_revocation_while_the_store_is_asked_stops_the_call() {
    let world = World::new();
    assert_eq!(decide(&world.guard(Arc::new(MemoryStore::default()))), None);
    let guard = world.guard(Arc::new(Swapping(MemoryStore::default(), world.act())));
    assert_eq!(decide(&guard), Some(Code::AgentRevoked));
}

#[test]
fn a_revocation_while_the_store_is_asked_stops_the_intent() {
    let world = World::new();
    let token = sign(&world.guard(Arc::new(MemoryStore::default())));
    assert_eq!(verify(&world.verifier(Arc::new(MemoryStore::default())), &token), None);
    let verifier = world.verifier(Arc::new(Swapping(MemoryStore::default(), world.act())));
    assert_eq!(verify(&verifier, &token), Some(Code::AgentRevoked));
}

/// What was recorded: whether it was allowed.
type Records = Arc<Mutex<Vec<bool>>>;

fn acting(world: &World) -> (Sink, Records) {
    let (act, records) = (world.act(), Records::default());
    let seen = Arc::clone(&records);
    let sink = Sink::acting(move |entry| {
        seen.lock().unwrap().push(!entry.text().contains("KKN-E401"));
        act.act();
    });
    (sink.unwrap(), records)
}

#[test]
fn a_revocation_while_the_call_is_recorded_stops_it_and_is_recorded_too() {
    let world = World::new();
    let (sink, records) = acting(&world);
    let mut guard = world.guard(Arc::new(MemoryStore::default()));
    Arc::get_mut(&mut guard.setup).unwrap().sink = sink;
    assert_eq!(decide(&guard), Some(Code::AgentRevoked));
    assert_eq!(*records.lock().unwrap(), [true, false]);
}

#[test]
fn a_revocation_while_the_intent_is_recorded_stops_it_and_is_recorded_too() {
    let world = World::new();
    let token = sign(&world.guard(Arc::new(MemoryStore::default())));
    let (sink, records) = acting(&world);
    let mut verifier = world.verifier(Arc::new(MemoryStore::default()));
    verifier.setup.sink = sink;
    assert_eq!(verify(&verifier, &token), Some(Code::AgentRevoked));
    assert_eq!(*records.lock().unwrap(), [true, false]);
}
