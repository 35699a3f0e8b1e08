use std::fmt;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};

use super::{PublicKey, Random, SignError, SignatureAlgorithm, Signer, SystemRandom};
use crate::encoding::der::{Reader, Writer, tag};
use crate::encoding::{Malformed, oid};

/// Kinds of keys that are made here. RSA keys are read, not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerateKind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256, signing with SHA-256.
    P256,
    /// ECDSA on P-384, signing with SHA-384.
    P384,
}

/// A private key as PKCS#8 version 1, which OpenSSL 3.0 reads. Overwritten when dropped.
pub struct SecretKey(Vec<u8>);

impl SecretKey {
    /// The `PrivateKeyInfo`, DER.
    pub fn secret_der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.fill(0);
        // Keeps the compiler from leaving out a write that nobody reads.
        std::hint::black_box(&self.0);
    }
}

/// A private key in this process's memory.
pub struct SoftwareSigner {
    pair: Pair,
    public_key: PublicKey,
    key_id: String,
    random: SystemRandom,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair, SignatureAlgorithm),
    Rsa(Box<RsaKeyPair>),
}

const UNREADABLE: SignError = SignError::Misconfigured("the private key is not PKCS#8 of a kind on the list");

impl SoftwareSigner {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`SignError::Denied`] where there are no random numbers.
    pub fn generate(kind: GenerateKind, random: &SystemRandom) -> Result<(Self, SecretKey), SignError> {
        let ecdsa = |algorithm| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, random.source());
            pkcs8.map(|pkcs8| SecretKey(pkcs8.as_ref().to_vec())).map_err(|_| SignError::Denied("no key was made"))
        };
        let secret = match kind {
            GenerateKind::Ed25519 => {
                let mut seed = SecretKey(vec![0; 32]);
                random.fill(&mut seed.0)?;
                ed25519_pkcs8(&seed)
            }
            GenerateKind::P256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            GenerateKind::P384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)?,
        };
        Ok((Self::from_pkcs8(secret.secret_der())?, secret))
    }

    /// Reads a private key: Ed25519 (versions 1 and 2), P-256, P-384, RSA of 2048 to 4096 bits (signs PKCS#1 v1.5 with SHA-256).
    ///
    /// # Errors
    /// [`SignError::Misconfigured`] where `der` is not such a key or its halves do not fit.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let (pair, spki) = read(der)?;
        let public_key = PublicKey::from_spki(&spki).map_err(|_| UNREADABLE)?;
        let key_id = public_key.spki_hash().iter().fold(String::from("sha256:"), |mut id, byte| {
            id.push_str(&format!("{byte:02x}"));
            id
        });
        Ok(Self { pair, public_key, key_id, random: SystemRandom::new() })
    }
}

impl Signer for SoftwareSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn key_id(&self) -> &str {
        &self.key_id
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match &self.pair {
            Pair::Ed25519(_) => SignatureAlgorithm::Ed25519,
            Pair::Ecdsa(_, algorithm) => *algorithm,
            Pair::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        const FAILED: SignError = SignError::Denied("the key gave no signature");
        match &self.pair {
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Ecdsa(pair, _) => pair
                .sign(self.random.source(), message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| FAILED),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, self.random.source(), message, &mut signature).map_err(|_| FAILED)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SoftwareSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareSigner").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// ```asn1
/// PrivateKeyInfo ::= SEQUENCE { version INTEGER { v1(0) }, privateKeyAlgorithm AlgorithmIdentifier,
///                               privateKey OCTET STRING, … }                        -- RFC 5208 §5, RFC 5958 §2
/// ```
fn read(der: &[u8]) -> Result<(Pair, Vec<u8>), SignError> {
    let algorithm = private_key_algorithm(der).map_err(|_| UNREADABLE)?;
    let mut names = Reader::new(algorithm);
    match names.oid().map_err(|_| UNREADABLE)? {
        name if name == oid::ED25519 => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| UNREADABLE)?;
            let spki = spki(algorithm, pair.public_key().as_ref());
            Ok((Pair::Ed25519(pair), spki))
        }
        name if name == oid::EC_PUBLIC_KEY => {
            let (signing, signature) = ecdsa_algorithm(names.oid().map_err(|_| UNREADABLE)?)?;
            let random = SystemRandom::new();
            let pair = EcdsaKeyPair::from_pkcs8(signing, der, random.source()).map_err(|_| UNREADABLE)?;
            let spki = spki(algorithm, pair.public_key().as_ref());
            Ok((Pair::Ecdsa(pair, signature), spki))
        }
        name if name == oid::RSA_ENCRYPTION => {
            let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| UNREADABLE)?;
            let spki = spki(algorithm, pair.public_key().as_ref());
            Ok((Pair::Rsa(Box::new(pair)), spki))
        }
        _ => Err(UNREADABLE),
    }
}

/// The content of the `privateKeyAlgorithm`; ring checks the rest.
fn private_key_algorithm(der: &[u8]) -> Result<&[u8], Malformed> {
    let mut info = Reader::new(der).sequence()?;
    info.integer()?;
    Ok(info.expect(tag::SEQUENCE)?.content)
}

fn ecdsa_algorithm(curve: &[u8]) -> Result<(&'static EcdsaSigningAlgorithm, SignatureAlgorithm), SignError> {
    match curve {
        curve if curve == oid::P256 => Ok((&ECDSA_P256_SHA256_FIXED_SIGNING, SignatureAlgorithm::EcdsaSha256)),
        curve if curve == oid::P384 => Ok((&ECDSA_P384_SHA384_FIXED_SIGNING, SignatureAlgorithm::EcdsaSha384)),
        _ => Err(UNREADABLE),
    }
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.primitive(tag::SEQUENCE, algorithm).bit_string(key);
    });
    writer.into_bytes()
}

/// RFC 8410 §7, version 1 and without the public key: OpenSSL 3.0 refuses version 2.
fn ed25519_pkcs8(seed: &SecretKey) -> SecretKey {
    let algorithm: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    SecretKey([&[0x30, 0x2e, 0x02, 0x01, 0x00], algorithm, &[0x04, 0x22, 0x04, 0x20], &seed.0].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{KeyKind, jws_algorithm, sign_jws, sign_x509};
    use crate::error::Code;

    const ED25519: &[u8] = include_bytes!("../../tests/fixtures/keys/ed25519.der");
    const P256: &[u8] = include_bytes!("../../tests/fixtures/keys/p256.der");
    const P384: &[u8] = include_bytes!("../../tests/fixtures/keys/p384.der");
    const RSA: &[u8] = include_bytes!("../../tests/fixtures/keys/rsa-2048.der");

    fn signers() -> Vec<SoftwareSigner> {
        let made = [GenerateKind::Ed25519, GenerateKind::P256, GenerateKind::P384];
        let made = made.map(|kind| SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap().0);
        let read = [ED25519, P256, P384, RSA].map(|der| SoftwareSigner::from_pkcs8(der).unwrap());
        made.into_iter().chain(read).collect()
    }

    #[test]
    fn every_signer_verifies_in_both_forms_and_no_other_message_does() {
        for signer in signers() {
            let signature = sign_x509(&signer, b"message").unwrap();
            let (key, algorithm) = (signer.public_key(), signer.algorithm());
            assert_eq!(key.verify_x509(algorithm, b"message", &signature), Ok(()));
            let denial = key.verify_x509(algorithm, b"messagf", &signature).unwrap_err();
            assert_eq!((denial.code(), denial.details().rule), (Code::ChainUntrusted, "signature"));

            let signature = sign_jws(&signer, b"message").unwrap();
            let algorithm = jws_algorithm(&signer).unwrap();
            assert_eq!(key.verify_jws(algorithm, b"message", &signature), Ok(()));
            let denial = key.verify_jws(algorithm, b"messagf", &signature).unwrap_err();
            assert_eq!((denial.code(), denial.details().rule), (Code::IntentSignatureInvalid, "signature"));
        }
    }

    #[test]
    fn keys_of_openssl_have_the_public_half_that_openssl_gives() {
        for (der, spki, kind) in [
            (ED25519, &include_bytes!("../../tests/fixtures/keys/ed25519.spki")[..], KeyKind::Ed25519),
            (P256, include_bytes!("../../tests/fixtures/keys/p256.spki"), KeyKind::P256),
            (P384, include_bytes!("../../tests/fixtures/keys/p384.spki"), KeyKind::P384),
            (RSA, include_bytes!("../../tests/fixtures/keys/rsa-2048.spki"), KeyKind::Rsa { bits: 2_048 }),
        ] {
            let signer = SoftwareSigner::from_pkcs8(der).unwrap();
            assert_eq!((signer.public_key().spki(), signer.public_key().kind()), (spki, kind));
            assert_eq!(signer.key_id().len(), 71);
        }
    }

    #[test]
    fn made_keys_are_version_1_and_read_back() {
        for kind in [GenerateKind::Ed25519, GenerateKind::P256, GenerateKind::P384] {
            let (signer, secret) = SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
            let mut outer = Reader::new(secret.secret_der());
            let mut info = outer.sequence().unwrap();
            outer.finish().unwrap();
            assert_eq!(info.integer().unwrap(), [0]);
            info.sequence().unwrap();
            info.octet_string().unwrap();
            assert!(info.is_empty(), "neither attributes nor a public key");
            let read = SoftwareSigner::from_pkcs8(secret.secret_der()).unwrap();
            assert_eq!(read.public_key(), signer.public_key());
        }
    }

    #[test]
    fn version_2_of_ed25519_is_read_and_its_halves_must_fit() {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(SystemRandom::new().source()).unwrap();
        assert!(SoftwareSigner::from_pkcs8(pkcs8.as_ref()).is_ok());
        let mut broken = pkcs8.as_ref().to_vec();
        *broken.last_mut().unwrap() ^= 1;
        assert_eq!(SoftwareSigner::from_pkcs8(&broken).unwrap_err(), UNREADABLE);
    }

    #[test]
    fn other_keys_are_refused() {
        let secp256k1 = include_bytes!("../../tests/fixtures/keys/secp256k1.der");
        let rsa_1024 = include_bytes!("../../tests/fixtures/keys/rsa-1024.der");
        for der in [&secp256k1[..], rsa_1024, &[], &P256[..P256.len() - 1], &[P256, &[0]].concat()] {
            assert_eq!(SoftwareSigner::from_pkcs8(der).unwrap_err(), UNREADABLE);
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let (signer, secret) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        assert_eq!(format!("{secret:?}"), "SecretKey");
        assert!(format!("{signer:?}").starts_with("SoftwareSigner { key_id: \"sha256:"));
    }
}
