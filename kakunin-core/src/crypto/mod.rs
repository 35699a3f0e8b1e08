//! Digests, public keys, signatures: everything that a key does, on one short list of algorithms.
//!
//! What is not on the list is E307, wherever it turns up. The primitives are ring's; the rules around them are here.

mod algorithm;
mod digest;
mod ecdsa;
mod public_key;
mod random;
mod signer;
mod software;
mod verify;

pub use algorithm::{JwsAlgorithm, SignatureAlgorithm};
pub use digest::{Digest, HmacKey, hmac_sha256, sha256};
pub use ecdsa::ecdsa_der_from_fixed;
pub use public_key::{KeyKind, PublicKey};
pub use random::{Random, SystemRandom};
pub use signer::{SignError, Signer, jws_algorithm, sign_jws, sign_x509};
pub use software::{GenerateKind, SecretKey, SoftwareSigner};
