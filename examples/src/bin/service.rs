//! The far side of an intent: a payment service that does what a signed intent says, and nothing that its agent may not do.
//!
//! `service TRUST REVOCATION AUDIENCE < INTENTS`: the anchors' PEM file, the folder of revocation lists, the service's own name; an
//! intent a line. Only the core is used here: clock, files and store are the service's own. The lists are read once, and orders are
//! not followed: `kakunin_authority::shell::Verifier` does both while it runs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example that people run in a terminal")]

use std::collections::HashMap;
use std::error::Error;
use std::io::stdin;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::Digest;
use kakunin_core::encoding::{jcs, pem};
use kakunin_core::error::Denial;
use kakunin_core::guard::{Context, MemoryStore, Mode, StateStore, judge_intent};
use kakunin_core::intent::SignedIntent;
use kakunin_core::path::{self, TrustAnchors, VerifiedAgent};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

/// Most agents whose validated path is kept. 10,000: at most 80 MB.
const AGENTS: usize = 10_000;

/// What the service decides with.
struct Service {
    audience: String,
    bounds: Bounds,
    anchors: TrustAnchors,
    lists: RevocationSnapshot,
    store: MemoryStore,
    /// Validated paths by the leaf's fingerprint: all that depends on time is asked again at every intent.
    agents: HashMap<Digest, (Arc<VerifiedAgent>, RevocationView)>,
}

impl Service {
    fn open(trust: &Path, revocation: &Path, audience: &str) -> Result<Self, Box<dyn Error>> {
        let bounds = Bounds::default();
        let blocks = pem::decode(&std::fs::read_to_string(trust)?)?;
        let anchors = TrustAnchors::new(blocks.into_iter().map(|block| block.bytes).collect(), &bounds)?;
        let mut lists = Vec::new();
        for file in std::fs::read_dir(revocation)? {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "crl") {
                continue;
            }
            for block in pem::decode(&std::fs::read_to_string(path)?)? {
                if block.label == pem::CRL {
                    lists.push(Crl::parse(&block.bytes, &bounds)?);
                }
            }
        }
        Ok(Self {
            audience: audience.to_owned(),
            bounds,
            anchors,
            lists: RevocationSnapshot::new(lists),
            store: MemoryStore::default(),
            agents: HashMap::new(),
        })
    }

    /// Does what `token` says, if that is allowed.
    fn serve(&mut self, token: &str, now: UnixTime) -> Result<(), Denial> {
        let intent = SignedIntent::parse(token, &self.bounds)?;
        let (agent, revocation) = self.agent(&intent, now)?;
        let intent = intent.verify(&agent, &self.audience, &revocation, now, &self.bounds)?;
        let permit = judge_intent(intent, &Context::new(now, Mode::Enforce))?;
        // The nonce is used up and the limits are drawn on, all or nothing.
        let reserved = self.store.reserve(permit.reservation(), now)?;
        let allowed = permit.with(reserved, &revocation, now)?;
        charge(allowed.agent().id(), allowed.arguments());
        Ok(())
    }

    fn agent(&mut self, intent: &SignedIntent, now: UnixTime) -> Result<(Arc<VerifiedAgent>, RevocationView), Denial> {
        if let Some(known) = self.agents.get(intent.leaf_fingerprint()) {
            return Ok(known.clone());
        }
        let agent = path::validate(intent.chain(), intent.parents(), &self.anchors, now, &self.bounds)?;
        let lists = self.lists.with_issuers(agent.crl_issuers());
        let known = (Arc::new(agent), RevocationView::Checked(Arc::new(lists)));
        if self.agents.len() >= AGENTS {
            self.agents.clear();
        }
        self.agents.insert(*intent.leaf_fingerprint(), known.clone());
        Ok(known)
    }
}

/// What the service is there for. It is given the arguments that were judged, never others.
fn charge(agent: &str, arguments: &Arguments) {
    let mut text = String::new();
    jcs::write_object(&mut text, arguments.object());
    println!("charged for {agent}: {text}");
}

fn now() -> Result<UnixTime, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(UnixTime::from_millis(i64::try_from(since.as_millis())?))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [trust, revocation, audience] = arguments.as_slice() else {
        return Err("usage: service TRUST REVOCATION AUDIENCE < INTENTS".into());
    };
    let mut service = Service::open(Path::new(trust), Path::new(revocation), audience)?;
    for token in stdin().lines() {
        if let Err(denial) = service.serve(&token?, now()?) {
            // The caller learns the code; what was wrong is for the operator.
            println!("denied: {}", denial.code().as_str());
            eprintln!("{}", denial.reason());
        }
    }
    Ok(())
}
