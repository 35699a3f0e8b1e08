//! The library beneath: the one file that names it. Both have ring's interface; where they part, the difference is here.

#[cfg(all(feature = "aws-lc-rs", feature = "ring"))]
compile_error!(
    "kakunin-core: features `ring` and `aws-lc-rs` exclude each other; set `default-features = false` for the latter"
);
#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
compile_error!("kakunin-core: one of the features `ring` (default) and `aws-lc-rs` is needed");

// Where both are on, the message above is the only one.
#[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
pub(super) use aws_lc_rs::{digest, hmac, rand, signature};
#[cfg(feature = "ring")]
pub(super) use ring::{digest, hmac, rand, signature};

use signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair};

/// The pair of these halves; none where they do not fit.
#[cfg(feature = "ring")]
pub(super) fn ecdsa_pair(
    algorithm: &'static EcdsaSigningAlgorithm,
    secret: &[u8],
    public: &[u8],
) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, public, &rand::SystemRandom::new()).ok()
}

/// The pair of these halves; none where they do not fit.
#[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
pub(super) fn ecdsa_pair(
    algorithm: &'static EcdsaSigningAlgorithm,
    secret: &[u8],
    public: &[u8],
) -> Option<EcdsaKeyPair> {
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, public).ok()
}

/// Bytes of the modulus, and so of a signature.
#[cfg(feature = "ring")]
pub(super) fn modulus_bytes(pair: &RsaKeyPair) -> usize {
    pair.public().modulus_len()
}

/// Bytes of the modulus, and so of a signature.
#[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
pub(super) fn modulus_bytes(pair: &RsaKeyPair) -> usize {
    pair.public_modulus_len()
}
