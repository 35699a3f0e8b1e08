use super::backend::signature::{self as library, VerificationAlgorithm};
use super::ed25519::is_strict_point;
use super::{JwsAlgorithm, KeyKind, PublicKey, SignatureAlgorithm};
use crate::error::{Code, Denial};

impl PublicKey {
    /// Checks a signature as X.509 has it: ECDSA as a DER SEQUENCE.
    ///
    /// # Errors
    /// E307 `key-algorithm-mismatch` where `algorithm` is not one for this kind of key; E102 `signature` where it does not verify.
    pub fn verify_x509(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Denial> {
        use SignatureAlgorithm::{
            EcdsaSha256, EcdsaSha384, Ed25519, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256,
            RsaPssSha384, RsaPssSha512,
        };
        let verification: &'static dyn VerificationAlgorithm = match (self.kind(), algorithm) {
            (KeyKind::Ed25519, Ed25519) => &library::ED25519,
            (KeyKind::P256, EcdsaSha256) => &library::ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, EcdsaSha384) => &library::ECDSA_P256_SHA384_ASN1,
            (KeyKind::P384, EcdsaSha256) => &library::ECDSA_P384_SHA256_ASN1,
            (KeyKind::P384, EcdsaSha384) => &library::ECDSA_P384_SHA384_ASN1,
            (KeyKind::Rsa { .. }, RsaPkcs1Sha256) => &library::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa { .. }, RsaPkcs1Sha384) => &library::RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa { .. }, RsaPkcs1Sha512) => &library::RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::Rsa { .. }, RsaPssSha256) => &library::RSA_PSS_2048_8192_SHA256,
            (KeyKind::Rsa { .. }, RsaPssSha384) => &library::RSA_PSS_2048_8192_SHA384,
            (KeyKind::Rsa { .. }, RsaPssSha512) => &library::RSA_PSS_2048_8192_SHA512,
            _ => return Err(self.mismatch(format!("{algorithm:?}"))),
        };
        self.verify(verification, message, signature).map_err(|()| Denial::new(Code::ChainUntrusted, "signature"))
    }

    /// Checks a signature as JWS has it: ECDSA as r‖s.
    ///
    /// # Errors
    /// E307 `key-algorithm-mismatch` where `algorithm` is not the one for this kind of key; E305 `signature` where it does not verify.
    pub fn verify_jws(&self, algorithm: JwsAlgorithm, message: &[u8], signature: &[u8]) -> Result<(), Denial> {
        let verification: &'static dyn VerificationAlgorithm = match (self.kind(), algorithm) {
            (KeyKind::Ed25519, JwsAlgorithm::EdDsa) => &library::ED25519,
            (KeyKind::P256, JwsAlgorithm::Es256) => &library::ECDSA_P256_SHA256_FIXED,
            (KeyKind::P384, JwsAlgorithm::Es384) => &library::ECDSA_P384_SHA384_FIXED,
            (KeyKind::Rsa { .. }, JwsAlgorithm::Rs256) => &library::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa { .. }, JwsAlgorithm::Ps256) => &library::RSA_PSS_2048_8192_SHA256,
            _ => return Err(self.mismatch(algorithm.as_str().to_owned())),
        };
        self.verify(verification, message, signature)
            .map_err(|()| Denial::new(Code::IntentSignatureInvalid, "signature"))
    }

    fn verify(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), ()> {
        if self.kind() == KeyKind::Ed25519 && !signature.first_chunk().is_some_and(is_strict_point) {
            return Err(());
        }
        library::UnparsedPublicKey::new(algorithm, self.key()).verify(message, signature).map_err(|_| ())
    }

    #[cold]
    fn mismatch(&self, algorithm: String) -> Denial {
        Denial::new(Code::AlgorithmNotAllowed, "key-algorithm-mismatch")
            .field("signature algorithm")
            .requested(format!("{algorithm} with a key of kind {:?}", self.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};

    fn key(spki: &[u8]) -> PublicKey {
        PublicKey::from_spki(spki).unwrap()
    }

    #[test]
    fn signatures_of_openssl_verify_and_broken_ones_do_not() {
        let p256 = key(include_bytes!("../../tests/fixtures/keys/p256.spki"));
        let p384 = key(include_bytes!("../../tests/fixtures/keys/p384.spki"));
        let rsa = key(include_bytes!("../../tests/fixtures/keys/rsa-2048.spki"));
        let ed25519 = key(include_bytes!("../../tests/fixtures/keys/ed25519.spki"));
        for (key, algorithm, signature) in [
            (ed25519, SignatureAlgorithm::Ed25519, &include_bytes!("../../tests/fixtures/keys/ed25519.sig")[..]),
            (p256, SignatureAlgorithm::EcdsaSha384, include_bytes!("../../tests/fixtures/keys/p256-sha384.sig")),
            (p384, SignatureAlgorithm::EcdsaSha384, include_bytes!("../../tests/fixtures/keys/p384-sha384.sig")),
            (
                rsa.clone(),
                SignatureAlgorithm::RsaPkcs1Sha384,
                include_bytes!("../../tests/fixtures/keys/rsa-2048-sha384.sig"),
            ),
            (
                rsa,
                SignatureAlgorithm::RsaPssSha512,
                include_bytes!("../../tests/fixtures/keys/rsa-2048-pss-sha512.sig"),
            ),
        ] {
            assert_eq!(key.verify_x509(algorithm, b"kakunin", signature), Ok(()), "{algorithm:?}");
            assert_eq!(key.verify_x509(algorithm, b"kakunim", signature).unwrap_err().code(), Code::ChainUntrusted);
            let longer = [signature, &[0]].concat();
            assert_eq!(key.verify_x509(algorithm, b"kakunin", &longer).unwrap_err().code(), Code::ChainUntrusted);
            assert_eq!(key.verify_x509(algorithm, b"kakunin", &[]).unwrap_err().code(), Code::ChainUntrusted);
        }
    }

    #[test]
    fn an_algorithm_must_fit_the_key() {
        let rsa = key(include_bytes!("../../tests/fixtures/keys/rsa-2048.spki"));
        let signature = include_bytes!("../../tests/fixtures/keys/rsa-2048-sha384.sig");
        let denial = rsa.verify_x509(SignatureAlgorithm::EcdsaSha384, b"kakunin", signature).unwrap_err();
        assert_eq!((denial.code(), denial.details().rule), (Code::AlgorithmNotAllowed, "key-algorithm-mismatch"));
        let p384 = key(include_bytes!("../../tests/fixtures/keys/p384.spki"));
        for algorithm in [JwsAlgorithm::Es256, JwsAlgorithm::EdDsa, JwsAlgorithm::Rs256, JwsAlgorithm::Ps256] {
            assert_eq!(p384.verify_jws(algorithm, b"", b"").unwrap_err().code(), Code::AlgorithmNotAllowed);
        }
        assert_eq!(p384.verify_jws(JwsAlgorithm::Es384, b"", b"").unwrap_err().code(), Code::IntentSignatureInvalid);
    }

    #[test]
    fn ecdsa_accepts_the_larger_s_as_x509_does() {
        // n, the order of P-256 (SEC 2 §2.4.2), big-endian: n − s signs the same.
        const N: [u8; 32] = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
            0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
        ];
        let (signer, _) = SoftwareSigner::generate(GenerateKind::P256, &SystemRandom::new()).unwrap();
        let mut signature = signer.sign(b"m").unwrap();
        let mut borrow = 0;
        for (byte, n) in signature[32..].iter_mut().zip(N).rev() {
            let difference = i16::from(n) - i16::from(*byte) - borrow;
            (*byte, borrow) = (difference as u8, i16::from(difference < 0));
        }
        let key = signer.public_key();
        assert_eq!(key.verify_jws(JwsAlgorithm::Es256, b"m", &signature), Ok(()));
        let der = crate::crypto::ecdsa_der_from_fixed(&signature).unwrap();
        assert_eq!(key.verify_x509(SignatureAlgorithm::EcdsaSha256, b"m", &der), Ok(()));
        // But neither 0 nor n stands for either half.
        for half in [0..32, 32..64] {
            for number in [[0; 32], N] {
                let mut wrong = signature.clone();
                wrong[half.clone()].copy_from_slice(&number);
                assert!(key.verify_jws(JwsAlgorithm::Es256, b"m", &wrong).is_err());
            }
        }
    }

    #[test]
    fn ed25519_refuses_a_second_form_of_the_same_signature() {
        // L, the order of the base point, little-endian (RFC 8032 §5.1): S + L signs the same, and must not.
        const L: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        let mut signature = signer.sign(b"m").unwrap();
        assert_eq!(signer.public_key().verify_jws(JwsAlgorithm::EdDsa, b"m", &signature), Ok(()));
        let mut carry = 0;
        for (byte, add) in signature[32..].iter_mut().zip(L) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (sum as u8, sum >> 8);
        }
        assert!(signer.public_key().verify_jws(JwsAlgorithm::EdDsa, b"m", &signature).is_err());
    }
}
