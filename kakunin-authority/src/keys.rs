//! Private keys in files: PKCS#8 v1 in PEM, the owner's alone, encrypted where there is a passphrase.
//!
//! Version 1 because OpenSSL 3.0 reads no other; PBES2 with scrypt N = 2^14, r = 8, p = 1, because its default memory
//! limit stops at that N.

use std::path::Path;

use kakunin_core::crypto::{Random, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::pem;
use kakunin_core::error::Denial;
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};

use crate::{fault, files};

/// The label of a key in the clear.
const PLAIN: &str = "PRIVATE KEY";
/// The label of an encrypted key.
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
/// Scrypt's cost as a power of two, block size and parallelism: what OpenSSL 3 opens with its default memory limit; 33 ms to open.
const LOG_N: u8 = 14;
/// See [`LOG_N`].
const R: u32 = 8;
/// See [`LOG_N`].
const P: u32 = 1;
/// Most bytes of a key file: an encrypted RSA-4096 key has 3,400.
const MOST_BYTES: usize = 64 * 1024;

/// A passphrase. Not shown, not copied, overwritten when dropped.
pub struct Passphrase(String);

impl Passphrase {
    /// The passphrase `text`; `field` names where it came from in a refusal.
    ///
    /// # Errors
    /// E504 `passphrase-empty`.
    pub fn new(text: String, field: &'static str) -> Result<Self, Denial> {
        if text.is_empty() {
            return Err(fault::misconfigured("passphrase-empty", field, "", "at least one character"));
        }
        Ok(Self(text))
    }

    /// The first line of a file.
    ///
    /// # Errors
    /// E504 where the file cannot be read or its first line is empty.
    pub fn from_file(path: &Path) -> Result<Self, Denial> {
        let text = files::read_text(path, "passphrase-file", 4_096)?;
        Self::new(text.lines().next().unwrap_or_default().to_owned(), "passphrase-file")
    }
}

impl Drop for Passphrase {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Keeps the compiler from leaving out a write that nobody reads.
        std::hint::black_box(&bytes);
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase")
    }
}

/// The PEM text of a PKCS#8 key, encrypted under `passphrase` where there is one.
///
/// # Errors
/// E504 `key` where `pkcs8` is not PKCS#8; E502 where the system has no randomness.
pub fn to_pem(pkcs8: &[u8], passphrase: Option<&Passphrase>) -> Result<String, Denial> {
    let Some(passphrase) = passphrase else {
        return Ok(pem::encode(PLAIN, pkcs8));
    };
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    let random = SystemRandom::new();
    random.fill(&mut salt).and_then(|()| random.fill(&mut iv)).map_err(|error| error.denial())?;
    let parameters = scrypt::Params::new(LOG_N, R, P)
        .ok()
        .and_then(|scrypt| pbes2::Parameters::generate_scrypt_aes256cbc(scrypt, &salt, iv).ok());
    let encrypted = parameters.and_then(|parameters| {
        PrivateKeyInfoRef::try_from(pkcs8).ok()?.encrypt_with_params(parameters, &passphrase.0).ok()
    });
    match encrypted {
        Some(encrypted) => Ok(pem::encode(ENCRYPTED, encrypted.as_bytes())),
        None => Err(fault::misconfigured("key", "key", "bytes", "a PKCS#8 key")),
    }
}

/// The signer whose key is in a PEM file, PKCS#8 v1 or v2.
///
/// # Errors
/// E504: the file cannot be read, holds no key or several (`key`), is encrypted and there is no passphrase (`passphrase-missing`)
/// or the wrong one (`passphrase-wrong`), or is of a kind that is not on the list (`key-kind`).
pub fn load(path: &Path, passphrase: Option<&Passphrase>) -> Result<SoftwareSigner, Denial> {
    let text = files::read_text(path, "signer", MOST_BYTES)?;
    from_pem(&text, passphrase, &path.display().to_string())
}

/// The signer whose key is in PEM text; `name` is what a refusal calls it.
///
/// # Errors
/// As [`load`].
pub fn from_pem(text: &str, passphrase: Option<&Passphrase>, name: &str) -> Result<SoftwareSigner, Denial> {
    const EXPECTED: &str = "one PKCS#8 key in PEM: `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY`";
    let refuse = |rule, expected: &'static str| fault::misconfigured(rule, "signer", name.to_owned(), expected);
    let blocks = pem::decode(text).map_err(|_| refuse("key", EXPECTED))?;
    let mut keys = blocks.iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let (Some(block), None) = (keys.next(), keys.next()) else {
        return Err(refuse("key", EXPECTED));
    };
    let read = |der: &[u8]| {
        let expected = "an Ed25519, P-256, P-384 or RSA (2048 to 4096 bits) key";
        SoftwareSigner::from_pkcs8(der).map_err(|_| refuse("key-kind", expected))
    };
    match (block.label.as_str(), passphrase) {
        (PLAIN, _) => read(&block.bytes),
        (ENCRYPTED, None) => Err(refuse("passphrase-missing", "a passphrase: this key is encrypted")),
        (ENCRYPTED, Some(passphrase)) => {
            let encrypted = EncryptedPrivateKeyInfoRef::try_from(block.bytes.as_slice())
                .map_err(|_| refuse("key", "a key encrypted by PBES2 with scrypt or PBKDF2"))?;
            let plain = encrypted
                .decrypt(&passphrase.0)
                .map_err(|_| refuse("passphrase-wrong", "the passphrase of this key"))?;
            read(plain.as_bytes())
        }
        _ => Err(refuse("key", EXPECTED)),
    }
}

#[cfg(test)]
mod tests {
    use kakunin_core::crypto::{GenerateKind, Signer};

    use super::*;

    fn rule(text: &str, passphrase: Option<&Passphrase>) -> &'static str {
        from_pem(text, passphrase, "agent.key").err().unwrap().details().rule
    }

    #[test]
    fn keys_go_both_ways_in_the_clear_and_encrypted() {
        let passphrase = Passphrase::new("correct horse".to_owned(), "passphrase").unwrap();
        for kind in [GenerateKind::Ed25519, GenerateKind::P256, GenerateKind::P384] {
            let (signer, secret) = SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
            for passphrase in [None, Some(&passphrase)] {
                let text = to_pem(secret.secret_der(), passphrase).unwrap();
                let read = from_pem(&text, passphrase, "agent.key").unwrap();
                assert_eq!(read.public_key().spki(), signer.public_key().spki());
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused_by_rule() {
        let passphrase = |text: &str| Passphrase::new(text.to_owned(), "passphrase").unwrap();
        let (_, secret) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        let plain = to_pem(secret.secret_der(), None).unwrap();
        let encrypted = to_pem(secret.secret_der(), Some(&passphrase("right"))).unwrap();
        assert_eq!(rule(&encrypted, None), "passphrase-missing");
        assert_eq!(rule(&encrypted, Some(&passphrase("wrong"))), "passphrase-wrong");
        assert_eq!(rule("", None), "key");
        assert_eq!(rule(&(plain.clone() + &plain), None), "key");
        assert_eq!(rule(&plain.replace("PRIVATE", "RSA PRIVATE"), None), "key");
        assert_eq!(rule(&pem::encode(PLAIN, b"no key"), None), "key-kind");
        assert!(Passphrase::new(String::new(), "passphrase").is_err());
    }
}
