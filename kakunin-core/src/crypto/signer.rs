use super::{JwsAlgorithm, KeyKind, PublicKey, SignatureAlgorithm, ecdsa_der_from_fixed};
use crate::error::{Code, Denial};

/// Why a signer gave no signature. The text is fixed: a provider's own words may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key's keeper refused: no permission, no such key, a limit.
    #[error("signing was denied: {0}")]
    Denied(&'static str),
    /// The signer is not what it says: a broken key, another algorithm, a signature that does not verify.
    #[error("the signer is misconfigured: {0}")]
    Misconfigured(&'static str),
    /// Nobody knows what happened: a time-out, a lost connection. Never means signed.
    #[error("the outcome of signing is unknown: {0}")]
    Unknown(&'static str),
}

impl SignError {
    /// The denial for this error: E502.
    #[cold]
    pub fn denial(self) -> Denial {
        let (rule, detail) = match self {
            Self::Denied(detail) => ("signer-denied", detail),
            Self::Misconfigured(detail) => ("signer-misconfigured", detail),
            Self::Unknown(detail) => ("signer-unknown", detail),
        };
        Denial::new(Code::SignerUnavailable, rule).field(detail)
    }
}

/// A private key, wherever it is kept. Signs messages, not digests.
pub trait Signer: Send + Sync {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// What people call the key.
    fn key_id(&self) -> &str;

    /// What it signs with.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The signature of `message`: of RSA and Ed25519 as they are, of ECDSA r‖s in twice the width of the curve.
    ///
    /// # Errors
    /// See [`SignError`].
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// Signs as X.509 wants it (ECDSA as DER), and releases only a signature that verifies.
///
/// # Errors
/// E502, also where the signer's own signature does not verify under its public key.
pub fn sign_x509(signer: &dyn Signer, message: &[u8]) -> Result<Vec<u8>, Denial> {
    let mut signature = signer.sign(message).map_err(SignError::denial)?;
    if matches!(signer.public_key().kind(), KeyKind::P256 | KeyKind::P384) {
        signature = ecdsa_der_from_fixed(&signature).map_err(|_| WRONG.denial())?;
    }
    let verified = signer.public_key().verify_x509(signer.algorithm(), message, &signature);
    verified.map(|()| signature).map_err(|_| WRONG.denial())
}

/// Signs as JWS wants it, and releases only a signature that verifies.
///
/// # Errors
/// E502, also where the signer's own signature does not verify under its public key.
pub fn sign_jws(signer: &dyn Signer, message: &[u8]) -> Result<Vec<u8>, Denial> {
    let algorithm = jws_algorithm(signer)?;
    let signature = signer.sign(message).map_err(SignError::denial)?;
    let verified = signer.public_key().verify_jws(algorithm, message, &signature);
    verified.map(|()| signature).map_err(|_| WRONG.denial())
}

const WRONG: SignError = SignError::Misconfigured("its signature does not verify under its public key");

/// The name of what `signer` signs with in a JWS header.
///
/// # Errors
/// E502 where JWS has no name on the list for its key and algorithm.
pub fn jws_algorithm(signer: &dyn Signer) -> Result<JwsAlgorithm, Denial> {
    match (signer.public_key().kind(), signer.algorithm()) {
        (KeyKind::Ed25519, SignatureAlgorithm::Ed25519) => Ok(JwsAlgorithm::EdDsa),
        (KeyKind::P256, SignatureAlgorithm::EcdsaSha256) => Ok(JwsAlgorithm::Es256),
        (KeyKind::P384, SignatureAlgorithm::EcdsaSha384) => Ok(JwsAlgorithm::Es384),
        (KeyKind::Rsa { .. }, SignatureAlgorithm::RsaPkcs1Sha256) => Ok(JwsAlgorithm::Rs256),
        (KeyKind::Rsa { .. }, SignatureAlgorithm::RsaPssSha256) => Ok(JwsAlgorithm::Ps256),
        _ => Err(SignError::Misconfigured("its key and algorithm have no name in JWS").denial()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{GenerateKind, SoftwareSigner, SystemRandom};

    /// A signer whose signature, algorithm or public key is not what it says.
    struct Fake {
        key: PublicKey,
        algorithm: SignatureAlgorithm,
        signature: Result<Vec<u8>, SignError>,
    }

    impl Signer for Fake {
        fn public_key(&self) -> &PublicKey {
            &self.key
        }

        fn key_id(&self) -> &str {
            "fake"
        }

        fn algorithm(&self) -> SignatureAlgorithm {
            self.algorithm
        }

        fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, SignError> {
            self.signature.clone()
        }
    }

    fn rule(result: Result<Vec<u8>, Denial>) -> &'static str {
        let denial = result.unwrap_err();
        assert_eq!(denial.code(), Code::SignerUnavailable);
        denial.details().rule
    }

    #[test]
    fn a_signature_that_does_not_verify_is_not_released() {
        for kind in [GenerateKind::Ed25519, GenerateKind::P256] {
            let (signer, _) = SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
            let key = signer.public_key().clone();
            let fake = |signature| Fake { key: key.clone(), algorithm: signer.algorithm(), signature };
            assert!(sign_x509(&fake(signer.sign(b"m")), b"m").is_ok());
            assert!(sign_jws(&fake(signer.sign(b"m")), b"m").is_ok());
            for signature in [signer.sign(b"n"), Ok(Vec::new()), Ok(vec![0; 64])] {
                assert_eq!(rule(sign_x509(&fake(signature.clone()), b"m")), "signer-misconfigured");
                assert_eq!(rule(sign_jws(&fake(signature), b"m")), "signer-misconfigured");
            }
            assert_eq!(rule(sign_jws(&fake(Err(SignError::Unknown("time-out"))), b"m")), "signer-unknown");
            assert_eq!(rule(sign_x509(&fake(Err(SignError::Denied("no"))), b"m")), "signer-denied");
        }
    }

    #[test]
    fn an_algorithm_that_does_not_fit_the_key_signs_nothing() {
        let (signer, _) = SoftwareSigner::generate(GenerateKind::P384, &SystemRandom::new()).unwrap();
        let fake = Fake {
            key: signer.public_key().clone(),
            algorithm: SignatureAlgorithm::EcdsaSha256,
            signature: signer.sign(b"m"),
        };
        assert_eq!(rule(sign_jws(&fake, b"m")), "signer-misconfigured");
    }
}
