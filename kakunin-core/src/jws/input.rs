use std::sync::OnceLock;

use crate::crypto::{Digest, sha256};

/// What was signed, header and payload as they came, and the token's name.
#[derive(Clone, Debug)]
pub(crate) struct SigningInput {
    text: Box<str>,
    /// Computed when it is first asked for, which is for the record.
    name: OnceLock<Digest>,
}

impl SigningInput {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.into(), name: OnceLock::new() }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The token's name: SHA-256 of what was signed.
    pub(crate) fn name(&self) -> &Digest {
        self.name.get_or_init(|| sha256(self.as_bytes()))
    }
}
