use crate::encoding::oid::Oid;

/// What is asked of a path; the defaults ask for the most and search the least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What an anchor is taken for.
    pub anchors: AnchorUse,
    /// How much is spent on finding a path.
    pub budget: Budget,
    /// What is asked of those who issued the certificates.
    pub conformance: Conformance,
    /// Most CA certificates between the leaf and the anchor, self-issued ones not counted (RFC 5280 §4.2.1.9 counts alike).
    /// 16: PKITS needs 6, NSS allows 20; [`PATH_CERTIFICATES`] bounds all together.
    pub max_depth: u8,
    /// The policy inputs.
    pub policies: PolicyInputs,
    /// The extended key usage for which the leaf must be fit: an object identifier's content octets. None: whatever it says.
    pub purpose: Option<Box<[u8]>>,
}

/// Most certificates on one path, leaf and anchor included. 32: twice what [`Options::max_depth`] counts by default, for
/// each CA may have exchanged its key once by a self-issued certificate.
pub const PATH_CERTIFICATES: usize = 32;

impl Default for Options {
    fn default() -> Self {
        Self {
            anchors: AnchorUse::Certificate,
            budget: Budget::default(),
            conformance: Conformance::Require,
            max_depth: 16,
            policies: PolicyInputs::default(),
            purpose: None,
        }
    }
}

impl Options {
    /// These options, for a leaf that is fit for `purpose`.
    #[must_use]
    pub fn with_purpose(mut self, purpose: Oid) -> Self {
        self.purpose = Some(purpose.into());
        self
    }
}

/// What an anchor is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorUse {
    /// The certificate as it was configured: its validity and its constraints bind the path (RFC 5937 §3).
    Certificate,
    /// A name and a key, whatever else the certificate says (RFC 5280 §6.1.1(d)).
    NameAndKey,
}

/// What is asked of those who issued certificates, beyond what RFC 5280 §6 asks of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conformance {
    /// What RFC 5280 §4.2 asks of CAs: basicConstraints and policyConstraints are critical; authorityKeyIdentifier and
    /// subjectKeyIdentifier are present, and the same on both sides of a signature.
    Require,
    /// Nothing: key identifiers are hints where to search first. For CAs by RFC 3280 or before.
    Tolerate,
}

/// The policy inputs of RFC 5280 §6.1.1(c), (e), (f), (g).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// user-initial-policy-set: object identifiers as their content octets. Empty: any.
    pub initial: Vec<Box<[u8]>>,
    /// initial-explicit-policy: the path must be valid under one of them.
    pub explicit_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
}

/// What may be spent on one call. A budget that is used up is a refusal by its own rule, whatever was found before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Signatures verified, each pair of certificates once. 100: rustls-webpki's; a path of PKITS takes at most 7.
    pub signatures: u32,
    /// Certificates read, candidates looked at, certificates judged in a whole path, and entries of policy extensions
    /// processed. 10,000: an honest search through a pool of 1,000 reads each once and looks at each a few times.
    pub steps: u32,
    /// Names compared with name constraints. 250,000: rustls-webpki's.
    pub comparisons: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { signatures: 100, steps: 10_000, comparisons: 250_000 }
    }
}
