use std::fmt;

use super::backend::{digest, hmac};

/// A SHA-256 digest or an HMAC-SHA-256 tag.
pub type Digest = [u8; 32];

/// SHA-256 of `data`.
pub fn sha256(data: &[u8]) -> Digest {
    array(digest::digest(&digest::SHA256, data).as_ref())
}

/// SHA-256 of what comes in parts.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Adds `part`.
    pub fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// Adds `parts`, each behind its length, so that no other parts make the same bytes.
    pub fn update_framed(&mut self, parts: &[&[u8]]) {
        for part in parts {
            self.update(&(part.len() as u64).to_be_bytes());
            self.update(part);
        }
    }

    /// The digest of all parts.
    pub fn finish(self) -> Digest {
        array(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha256")
    }
}

/// SHA-1 of `data`, which OCSP names issuers and responders by (RFC 6960 §4.1.1, §4.2.1). It proves nothing, and is
/// used for nothing else.
pub(crate) fn sha1_as_identifier(data: &[u8]) -> [u8; 20] {
    let mut identifier = [0; 20];
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data);
    for (to, from) in identifier.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    identifier
}

/// HMAC-SHA-256 of `data` under `key`.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> Digest {
    HmacKey::new(key).tag(data)
}

/// A prepared key of HMAC-SHA-256, for many tags under one key.
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// Prepares `secret`.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The tag of `data`.
    pub fn tag(&self, data: &[u8]) -> Digest {
        array(hmac::sign(&self.0, data).as_ref())
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey")
    }
}

fn array(bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    // INVARIANT: SHA-256 gives 32 bytes.
    for (to, from) in digest.iter_mut().zip(bytes) {
        *to = *from;
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: Digest) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_fips_180_and_rfc_4231() {
        assert_eq!(hex(sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let mut parts = Sha256::new();
        [&b"a"[..], b"", b"bc"].iter().for_each(|part| parts.update(part));
        assert_eq!(parts.finish(), sha256(b"abc"));
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(tag), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(HmacKey::new(b"Jefe").tag(b"what do ya want for nothing?"), tag);
    }
}
