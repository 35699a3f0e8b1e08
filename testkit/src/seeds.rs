//! What fuzzing begins with: every input of the vectors, under the target that reads it.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::crypto::{SystemRandom, sha256};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, pem};
use kakunin_core::issue::{Context, Responder, ResponseProfile, ocsp_response};
use kakunin_core::record::{Checkpoint, NoteKey, frame};
use kakunin_core::revocation::ocsp::{CertificateId, IdentifierHash, OcspRequest, OcspStatus};
use kakunin_core::revocation::order::Target;
use kakunin_core::scope::{Scope, ScopeParts};
use kakunin_core::time::UnixTime;

use crate::NOW;
use crate::chain::Chain;
use crate::key::Key;
use crate::order::Log;

/// A target's name, and bytes for it.
pub type Seed = (&'static str, Vec<u8>);

/// The name of the key that the seeds' checkpoints are signed with.
pub const LOG: &str = "kakunin.example/log";

/// The key that the seeds' checkpoints are signed with.
pub fn log_key() -> NoteKey {
    NoteKey::new(LOG, Key::ed25519("log").signer().public_key().clone()).expect("an Ed25519 key")
}

/// The seeds that the vectors in `folder` give, and a checkpoint.
///
/// # Errors
/// Where the folder or a file in it cannot be read.
pub fn seeds(folder: &Path) -> io::Result<BTreeSet<Seed>> {
    let bounds = JsonBounds { bytes: 64 << 20, depth: 32, values: 1 << 20 };
    let mut seeds = BTreeSet::new();
    for file in std::fs::read_dir(folder)? {
        let text = std::fs::read(file?.path())?;
        let vectors = Json::parse(&text, &bounds).map_err(|fault| io::Error::other(fault.rule))?;
        let cases = vectors.as_object().and_then(|vectors| vectors.get("cases")).and_then(Json::as_array);
        for case in cases.unwrap_or_default().iter().filter_map(Json::as_object) {
            let kind = case.get("kind").and_then(Json::as_text).unwrap_or_default();
            members(case, kind, &mut seeds);
        }
    }
    let certificates: Vec<_> = seeds.iter().filter(|(target, _)| *target == "certificate").take(2).cloned().collect();
    let blocks: String = certificates.iter().map(|(_, der)| pem::encode(pem::CERTIFICATE, der)).collect();
    seeds.insert(("pem", blocks.into_bytes()));
    let key = Key::ed25519("log");
    let checkpoint = Checkpoint::new(LOG, 42, sha256(b"root")).expect("an origin without line feeds");
    let note = checkpoint.sign(&log_key(), key.signer()).expect("a signature by a software key");
    seeds.insert(("checkpoint", note.into_bytes()));
    let mut orders = Log::new("seeds");
    let halt = orders.halt(&Target::All);
    orders.reinstate(&[&halt]);
    seeds.insert(("order", orders.signed_head().into_bytes()));
    seeds.extend(orders.orders.iter().map(|order| ("order", order.clone().into_bytes())));
    let scope = Scope::new(ScopeParts::default()).expect("a scope that grants nothing");
    let chain = Chain::new(None, &scope, None);
    seeds.insert(("path", chain.path.concat()));
    seeds.extend(status(&chain).map(|der| ("ocsp", der)));
    let mut log = Vec::new();
    for (_, record) in seeds.iter().filter(|(target, _)| *target == "record").take(3) {
        frame(record, &mut log).expect("a record of 64 KiB at most");
    }
    seeds.insert(("log", log));
    Ok(seeds)
}

/// A request for the status of the agent of `chain`, and what the tenant answers.
fn status(chain: &Chain) -> [Vec<u8>; 2] {
    let bounds = Bounds::default();
    let now = UnixTime::from_seconds(NOW);
    let agent = chain.verified();
    let issuer = agent.crl_issuers().last().expect("the tenant");
    let id = CertificateId::new(issuer, agent.leaf().serial(), IdentifierHash::Sha256);
    let request = OcspRequest::new(vec![id.clone()], Some(&[7; 32])).expect("a request");
    let revoked = OcspStatus::Revoked { at: UnixTime::from_seconds(NOW - 60), reason: None };
    let profile = ResponseProfile {
        answers: vec![(id, revoked)],
        next_update: UnixTime::from_seconds(NOW + 60),
        nonce: Some(vec![7; 32]),
    };
    let authority = chain.path.get(1..).unwrap_or_default();
    let responder = Responder { authority, delegate: None, signer: chain.tenant.signer() };
    let context = Context { now, random: &SystemRandom::new(), bounds: &bounds };
    [request.to_der(), ocsp_response(&profile, &responder, &context).expect("a response")]
}

fn members(object: &Object, kind: &str, seeds: &mut BTreeSet<Seed>) {
    for (key, value) in object.iter() {
        member(key, value, kind, seeds);
    }
}

fn member(key: &str, value: &Json, kind: &str, seeds: &mut BTreeSet<Seed>) {
    match value {
        Json::Object(object) => members(object, kind, seeds),
        Json::Array(elements) => elements.iter().for_each(|element| member(key, element, kind, seeds)),
        Json::Text(text) => text_seeds(key, text, kind, seeds),
        _ => {}
    }
}

fn text_seeds(key: &str, text: &str, kind: &str, seeds: &mut BTreeSet<Seed>) {
    let targets: &[&'static str] = match (key, kind) {
        ("der", "certificate") | ("chain" | "parents" | "trust", _) => &["certificate"],
        ("der", "scope") => &["scope_der"],
        ("crls", _) => &["crl"],
        ("toml", _) | ("child" | "parent", "containment") => &["scope_toml"],
        ("json", _) => &["scope_json"],
        ("text" | "canonical", "value") | ("arguments", _) => &["json"],
        ("token", _) => &["jws", "intent"],
        ("approvals", "approval") => &["approval", "jws"],
        ("orders" | "heads", _) => &["jws", "order"],
        ("record", _) => &["record"],
        _ => return,
    };
    let binary = matches!(key, "der" | "chain" | "parents" | "trust" | "crls");
    let bytes = match base64::decode(text) {
        Ok(bytes) if binary => bytes,
        _ => text.as_bytes().to_vec(),
    };
    seeds.extend(targets.iter().map(|target| (*target, bytes.clone())));
}
