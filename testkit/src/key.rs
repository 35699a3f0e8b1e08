//! Keys from seeds.

use kakunin_core::crypto::{Digest, GenerateKind, Signer, SoftwareSigner, SystemRandom, sha256};
use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;

/// A private key that is the same at every run. For tests alone: the seed is public.
pub struct Key {
    signer: SoftwareSigner,
    pkcs8: Vec<u8>,
}

impl Key {
    /// The Ed25519 key of a name.
    pub fn ed25519(name: &str) -> Self {
        let seed = sha256(name.as_bytes());
        let inner = Writer::new().primitive(tag::OCTET_STRING, &seed).clone().into_bytes();
        let mut der = Writer::new();
        der.sequence(|key| {
            key.integer(tag::INTEGER, 0).sequence(|algorithm| {
                algorithm.oid(oid::ED25519);
            });
            key.primitive(tag::OCTET_STRING, &inner);
        });
        Self::from_pkcs8(der.into_bytes())
    }

    /// The key in PKCS#8 bytes.
    pub fn from_pkcs8(pkcs8: Vec<u8>) -> Self {
        let signer = SoftwareSigner::from_pkcs8(&pkcs8).expect("a key that the signer reads");
        Self { signer, pkcs8 }
    }

    /// A new key, not the same at every run: no seed makes the ECDSA keys of ring.
    pub fn generate(kind: GenerateKind) -> Self {
        let (_, secret) = SoftwareSigner::generate(kind, &SystemRandom::new()).expect("a new key");
        Self::from_pkcs8(secret.secret_der().to_vec())
    }

    /// The signer.
    pub fn signer(&self) -> &dyn Signer {
        &self.signer
    }

    /// The private key, PKCS#8 version 1.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public key as SubjectPublicKeyInfo.
    pub fn spki(&self) -> &[u8] {
        self.signer.public_key().spki()
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    pub fn spki_hash(&self) -> Digest {
        *self.signer.public_key().spki_hash()
    }
}
