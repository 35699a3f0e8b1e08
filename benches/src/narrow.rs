//! Narrowing a guard, and what is raw in it: a key, a signature, a verification.

use std::hint::black_box;
use std::time::Duration;

use kakunin_authority::shell::{Binding, Guard, GuardOptions, Narrowing, VerifierOptions};
use kakunin_authority::testing::guard_with_verifier;
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Random, SystemRandom};
use kakunin_core::encoding::json::Json;
use kakunin_core::intent::SignedIntent;
use kakunin_core::scope::authoring::{Format, compile};

use crate::work::{ARGUMENTS, GRANT, key, raw};

/// A guard whose certificate has a grant of six parameters, and the same to narrow it to.
pub struct Narrow {
    guard: Guard,
    narrowing: Narrowing,
    random: SystemRandom,
    message: Vec<u8>,
    signature: Vec<u8>,
    issuer: raw::UnparsedPublicKey<Vec<u8>>,
}

impl Narrow {
    /// A guard with an Ed25519 key in memory, under a root and a tenant.
    pub fn new() -> Self {
        let (options, verifier) = (GuardOptions::default(), VerifierOptions::default());
        let (guard, _) = guard_with_verifier(GRANT, Format::Toml, Some(1), options, verifier).expect("a guard");
        let narrowing = Narrowing::new(compile(GRANT, Format::Toml).expect("a scope"), Duration::from_secs(600));
        let (message, signature, issuer) = certificate(&guard.narrow(&narrowing).expect("a narrowed guard"));
        Self { guard, narrowing, random: SystemRandom::new(), message, signature, issuer }
    }

    /// Narrows the guard: scope and life judged, a key made, a certificate signed and verified with its path.
    pub fn narrow(&self) {
        black_box(self.guard.narrow(black_box(&self.narrowing)).expect("a narrowed guard"));
    }

    /// Makes a key, signs as many octets with it, verifies a signature of as many.
    pub fn raw(&self) {
        let mut seed = [0; 32];
        self.random.fill(&mut seed).expect("random octets");
        let pair = raw::Ed25519KeyPair::from_seed_unchecked(&seed).expect("a key");
        black_box(pair.sign(black_box(&self.message)));
        self.issuer.verify(black_box(&self.message), &self.signature).expect("a right signature");
    }
}

impl Default for Narrow {
    fn default() -> Self {
        Self::new()
    }
}

/// What is signed in a narrowed guard's certificate, the signature, and the key that made it.
fn certificate(narrowed: &Guard) -> (Vec<u8>, Vec<u8>, raw::UnparsedPublicKey<Vec<u8>>) {
    let arguments = Json::parse(ARGUMENTS.as_bytes(), &JsonBounds::ARGUMENTS).expect("arguments");
    let arguments = arguments.as_object().cloned().expect("an object");
    let token = narrowed.sign("payments.charge", Ok(arguments), "bench", &Binding::default()).expect("an intent");
    let bounds = Bounds::default();
    let signed = SignedIntent::parse(&token, &bounds).expect("an intent");
    let certificate = |depth: usize| {
        let der = signed.chain().get(depth).expect("a path of four");
        Certificate::parse(der, &bounds).expect("a certificate")
    };
    let (leaf, agent) = (certificate(0), certificate(1));
    let issuer = raw::UnparsedPublicKey::new(&raw::ED25519, key(agent.spki()));
    (leaf.tbs().to_vec(), leaf.signature().to_vec(), issuer)
}
