//! Forms of bytes without meaning: strict DER, PEM, OIDs, I-JSON and its canonical form, base64.

pub mod base64;
pub mod der;
pub mod jcs;
pub mod json;
pub mod oid;
pub mod pem;

/// A fault in encoded bytes: the rule that was broken. Which field it was in is for the caller to add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Malformed {
    /// A stable kebab-case name: `trailing-data`, `non-minimal-length`.
    pub rule: &'static str,
}

impl Malformed {
    /// The fault named `rule`.
    pub const fn new(rule: &'static str) -> Self {
        Self { rule }
    }

    /// The denial with `code` for this fault in `field`.
    #[cold]
    pub fn denial(self, code: crate::error::Code, field: impl Into<crate::error::Fact>) -> crate::error::Denial {
        crate::error::Denial::new(code, self.rule).field(field)
    }
}
