//! Digests, public keys, signatures: everything that a key does, on one short list of algorithms.
//!
//! What is not on the list is E307, wherever it turns up. The primitives are those of the library
//! that a feature chooses, ring or AWS-LC; the rules around them are here, and the same.

mod algorithm;
mod backend;
mod digest;
mod ecdsa;
mod ed25519;
mod public_key;
mod random;
mod roca;
mod signer;
mod software;
mod verify;

pub use algorithm::{JwsAlgorithm, SignatureAlgorithm};
pub(crate) use digest::sha1_as_identifier;
pub use digest::{Digest, HmacKey, Sha256, hmac_sha256, sha256};
pub use ecdsa::ecdsa_der_from_fixed;
pub use public_key::{KeyKind, PublicKey, RSA_BITS_AGENT, RSA_BITS_PKIX};
pub use random::{Random, SystemRandom};
pub use signer::{SignError, Signer, jws_algorithm, sign_jws, sign_x509};
pub use software::{GenerateKind, SecretKey, SoftwareSigner};
