use std::fmt;

use super::backend::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use super::backend::{ecdsa_pair, modulus_bytes};
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
                let mut signature = vec![0; modulus_bytes(pair)];
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

/// The parts of a PKCS#8 document. It is read here, so that both libraries read the same.
///
/// ```asn1
/// OneAsymmetricKey ::= SEQUENCE { version INTEGER { v1(0), v2(1) }, privateKeyAlgorithm AlgorithmIdentifier, privateKey OCTET STRING,
///                                 attributes [0] Attributes OPTIONAL, ..., [[2: publicKey [1] BIT STRING OPTIONAL ]] }   -- RFC 5958 §2
/// ```
struct PrivateKeyInfo<'a> {
    algorithm: &'a [u8],
    key: &'a [u8],
    /// Of version 2.
    public_key: Option<&'a [u8]>,
}

impl<'a> PrivateKeyInfo<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(der);
        let mut info = outer.sequence()?;
        outer.finish()?;
        let version = info.integer()?;
        let algorithm = info.expect(tag::SEQUENCE)?.content;
        let key = info.octet_string()?;
        // Attributes say nothing that is needed of a key.
        info.optional(tag::context_constructed(0))?;
        let public_key = match version {
            [0] => None,
            [1] => Some(public_half(&mut info)?),
            _ => return Err(Malformed::new("version")),
        };
        info.finish()?;
        Ok(Self { algorithm, key, public_key })
    }
}

/// The public key of version 2, whose tag is IMPLICIT; early writers made it EXPLICIT, ring among them.
fn public_half<'a>(info: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    if info.peek() == Some(tag::context_constructed(1)) {
        let mut explicit = info.nested(tag::context_constructed(1))?;
        let key = explicit.bit_string()?;
        explicit.finish()?;
        return Ok(key);
    }
    match info.expect(tag::context(1))?.content {
        [0, key @ ..] => Ok(key),
        _ => Err(Malformed::new("bit-string-unused-bits")),
    }
}

/// ```asn1
/// ECPrivateKey ::= SEQUENCE { version INTEGER { ecPrivkeyVer1(1) }, privateKey OCTET STRING, parameters [0] ECParameters OPTIONAL,
///                             publicKey [1] BIT STRING OPTIONAL }                                           -- RFC 5915 §3
/// ```
/// The public key must be there: every tool writes it, and without it a damaged private key goes unseen.
fn elliptic_halves<'a>(key: &'a [u8], curve: &[u8]) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    let mut outer = Reader::new(key);
    let mut fields = outer.sequence()?;
    outer.finish()?;
    if fields.integer()? != [1] {
        return Err(Malformed::new("version"));
    }
    let secret = fields.octet_string()?;
    if let Some(parameters) = fields.optional(tag::context_constructed(0))? {
        let mut parameters = Reader::new(parameters.content);
        let same = parameters.oid()? == curve;
        parameters.finish()?;
        if !same {
            return Err(Malformed::new("ec-curve"));
        }
    }
    let mut explicit = fields.nested(tag::context_constructed(1))?;
    let public = explicit.bit_string()?;
    explicit.finish()?;
    fields.finish()?;
    Ok((secret, public))
}

fn read(der: &[u8]) -> Result<(Pair, Vec<u8>), SignError> {
    let unreadable = |_: Malformed| UNREADABLE;
    let info = PrivateKeyInfo::read(der).map_err(unreadable)?;
    let mut names = Reader::new(info.algorithm);
    let name = names.oid().map_err(unreadable)?;
    // RFC 8410 §3, RFC 5480 §2.1.1, RFC 3279 §2.3.1: none, the curve, NULL.
    if name == oid::ED25519 && names.is_empty() {
        let mut key = Reader::new(info.key);
        let seed = key.octet_string().map_err(unreadable)?;
        key.finish().map_err(unreadable)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| UNREADABLE)?;
        if info.public_key.is_some_and(|public| public != pair.public_key().as_ref()) {
            return Err(UNREADABLE);
        }
        let spki = spki(info.algorithm, pair.public_key().as_ref());
        return Ok((Pair::Ed25519(pair), spki));
    }
    if info.public_key.is_some() {
        return Err(UNREADABLE);
    }
    if name == oid::EC_PUBLIC_KEY {
        let curve = names.oid().map_err(unreadable)?;
        names.finish().map_err(unreadable)?;
        let (signing, signature) = ecdsa_algorithm(curve)?;
        let (secret, public) = elliptic_halves(info.key, curve).map_err(unreadable)?;
        let pair = ecdsa_pair(signing, secret, public).ok_or(UNREADABLE)?;
        let spki = spki(info.algorithm, pair.public_key().as_ref());
        return Ok((Pair::Ecdsa(pair, signature), spki));
    }
    if name == oid::RSA_ENCRYPTION && names.rest() == [tag::NULL, 0] {
        let pair = RsaKeyPair::from_der(info.key).map_err(|_| UNREADABLE)?;
        let spki = spki(info.algorithm, pair.public_key().as_ref());
        return Ok((Pair::Rsa(Box::new(pair)), spki));
    }
    Err(UNREADABLE)
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
        // Both tags of the public key: IMPLICIT as RFC 5958 has it, EXPLICIT as ring writes it.
        let info = PrivateKeyInfo::read(pkcs8.as_ref()).unwrap();
        let public = info.public_key.unwrap();
        let with = |half: &dyn Fn(&mut Writer)| {
            let mut writer = Writer::new();
            writer.sequence(|w| {
                w.integer(tag::INTEGER, 1).primitive(tag::SEQUENCE, info.algorithm);
                w.primitive(tag::OCTET_STRING, info.key);
                half(w);
            });
            SoftwareSigner::from_pkcs8(&writer.into_bytes())
        };
        let implicit = |w: &mut Writer, unused: u8| {
            w.primitive(tag::context(1), &[&[unused], public].concat());
        };
        let explicit = |w: &mut Writer| {
            w.constructed(tag::context_constructed(1), |w| {
                w.bit_string(public);
            });
        };
        assert!(with(&|w| implicit(w, 0)).is_ok());
        assert!(with(&explicit).is_ok());
        assert!(with(&|w| explicit(w.primitive(tag::context_constructed(0), &[]))).is_ok(), "attributes");
        assert!(with(&|w| implicit(w, 1)).is_err());
        assert!(with(&|_| ()).is_err(), "version 2 without a public key");
    }

    #[test]
    fn other_keys_are_refused() {
        let secp256k1 = include_bytes!("../../tests/fixtures/keys/secp256k1.der");
        let rsa_1024 = include_bytes!("../../tests/fixtures/keys/rsa-1024.der");
        for der in [&secp256k1[..], rsa_1024, &[]] {
            assert_eq!(SoftwareSigner::from_pkcs8(der).unwrap_err(), UNREADABLE);
        }
        for good in [ED25519, P256, P384, RSA] {
            for der in [&good[..good.len() - 1], &[good, &[0]].concat()] {
                assert_eq!(SoftwareSigner::from_pkcs8(der).unwrap_err(), UNREADABLE);
            }
            // The INTEGER of the version is the fifth octet or, in a long SEQUENCE, the seventh.
            let at = if good[1] == 0x82 {
                6
            } else if good[1] == 0x81 {
                5
            } else {
                4
            };
            assert_eq!((good[at - 1], good[at]), (1, 0));
            for version in [1, 2] {
                let mut der = good.to_vec();
                der[at] = version;
                assert_eq!(SoftwareSigner::from_pkcs8(&der).unwrap_err(), UNREADABLE, "version {version}");
            }
        }
    }

    /// PKCS#8 of P-256 with these fields in its `ECPrivateKey`.
    fn p256(fields: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut key = Writer::new();
        key.sequence(fields);
        let mut info = Writer::new();
        info.sequence(|w| {
            w.integer(tag::INTEGER, 0).sequence(|w| {
                w.oid(oid::EC_PUBLIC_KEY).oid(oid::P256);
            });
            w.primitive(tag::OCTET_STRING, &key.into_bytes());
        });
        info.into_bytes()
    }

    #[test]
    fn an_elliptic_key_is_whole_and_its_halves_fit() {
        let info = PrivateKeyInfo::read(P256).unwrap();
        let (secret, public) = elliptic_halves(info.key, oid::P256).unwrap();
        let other = PublicKey::from_spki(include_bytes!("../../tests/fixtures/keys/p384.spki")).unwrap();
        let (unlike, _) = SoftwareSigner::generate(GenerateKind::P256, &SystemRandom::new()).unwrap();
        let with = |version: i128, curve: Option<oid::Oid>, public: Option<&[u8]>| {
            SoftwareSigner::from_pkcs8(&p256(|w| {
                w.integer(tag::INTEGER, version).primitive(tag::OCTET_STRING, secret);
                if let Some(curve) = curve {
                    w.constructed(tag::context_constructed(0), |w| {
                        w.oid(curve);
                    });
                }
                if let Some(public) = public {
                    w.constructed(tag::context_constructed(1), |w| {
                        w.bit_string(public);
                    });
                }
            }))
        };
        assert!(with(1, None, Some(public)).is_ok());
        assert!(with(1, Some(oid::P256), Some(public)).is_ok());
        for wrong in [
            with(0, None, Some(public)),
            with(1, Some(oid::P384), Some(public)),
            with(1, None, None),
            with(1, None, Some(other.key())),
            with(1, None, Some(unlike.public_key().key())),
            with(1, None, Some(&public[..64])),
        ] {
            assert_eq!(wrong.unwrap_err(), UNREADABLE);
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let (signer, secret) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        assert_eq!(format!("{secret:?}"), "SecretKey");
        assert!(format!("{signer:?}").starts_with("SoftwareSigner { key_id: \"sha256:"));
    }
}
