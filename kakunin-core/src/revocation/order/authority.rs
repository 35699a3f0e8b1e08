use super::token::is_log_name;
use crate::crypto::{Digest, PublicKey};
use crate::error::{Code, Denial};

/// What an authority's orders reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Governs {
    /// All agents.
    Everything,
    /// What stands below the CA key with this SPKI hash, and nothing else.
    Issuer(Digest),
}

/// An authority that may give orders: a key, its log, and what it governs. From the trust configuration alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderAuthority {
    public_key: PublicKey,
    log: Box<str>,
    governs: Governs,
}

impl OrderAuthority {
    /// The authority with this key and this log. A new key begins a new log.
    ///
    /// # Errors
    /// E504 `order-log-name` where `log` is not 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit.
    pub fn new(public_key: PublicKey, log: impl Into<Box<str>>, governs: Governs) -> Result<Self, Denial> {
        let log = log.into();
        if !is_log_name(&log) {
            return Err(Denial::new(Code::ConfigurationInvalid, "order-log-name")
                .field("log")
                .requested(log.into_string())
                .expected("1 to 64 characters of `A-Z a-z 0-9 . _ -`, a letter or digit first"));
        }
        Ok(Self { public_key, log, governs })
    }

    /// The key that signs its orders and heads.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The name of its log.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// What its orders reach.
    pub const fn governs(&self) -> Governs {
        self.governs
    }
}
