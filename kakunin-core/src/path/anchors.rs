//! The CA certificates that the application trusts, judged once when it says so.

use super::judge::{Above, judge_anchor};
use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::error::{Code, Denial};

/// Trust anchors: at least one, each a CA certificate.
#[derive(Debug)]
pub struct TrustAnchors {
    anchors: Vec<Anchor>,
}

/// An anchor, and the facts with which it begins a path.
#[derive(Debug)]
pub(super) struct Anchor {
    der: Box<[u8]>,
    above: Above,
}

impl TrustAnchors {
    /// Anchors from DER certificates. Where two share name and key, the first stands for both.
    ///
    /// # Errors
    /// E504, with the rule and the field, where there are none, or one is not a CA certificate by the profile. Its
    /// validity is judged in each path, at the path's time.
    pub fn new(certificates: Vec<Vec<u8>>, bounds: &Bounds) -> Result<Self, Denial> {
        if certificates.is_empty() {
            return Err(Denial::new(Code::ConfigurationInvalid, "trust-empty").field("trust"));
        }
        let anchors = certificates.into_iter().map(|der| Anchor::new(der, bounds)).collect::<Result<_, _>>()?;
        Ok(Self { anchors })
    }

    /// The anchors' certificates, DER.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.anchors.iter().map(|anchor| &*anchor.der)
    }

    /// Whether any anchor bears the mark of a CA made for trying.
    pub fn is_development(&self) -> bool {
        self.anchors.iter().any(|anchor| anchor.above.link.development)
    }

    /// The anchor whose certificate is `der`, byte for byte.
    pub(super) fn with_bytes(&self, der: &[u8]) -> Option<&Anchor> {
        let same = self.anchors.iter().find(|anchor| *anchor.der == *der)?;
        // Where two share name and key, the first stands for both.
        self.anchors.iter().find(|anchor| {
            anchor.above.link.subject == same.above.link.subject
                && anchor.above.link.public_key == same.above.link.public_key
        })
    }

    /// The anchor with the name and the key of `certificate`.
    pub(super) fn of(&self, certificate: &Certificate<'_>) -> Option<&Anchor> {
        self.anchors.iter().find(|anchor| {
            *anchor.above.link.subject == *certificate.subject()
                && anchor.above.link.public_key.spki() == certificate.spki()
        })
    }
}

impl Anchor {
    fn new(der: Vec<u8>, bounds: &Bounds) -> Result<Self, Denial> {
        let above = Certificate::parse(&der, bounds).and_then(|certificate| judge_anchor(&certificate, bounds));
        let above = above.map_err(|denial| {
            let facts = denial.details();
            let mut refused = Denial::new(Code::ConfigurationInvalid, facts.rule);
            refused = refused.field(facts.field.clone().unwrap_or("trust".into()));
            match facts.requested.clone() {
                Some(requested) => refused.requested(requested),
                None => refused,
            }
        })?;
        Ok(Self { der: der.into(), above })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn above(&self) -> &Above {
        &self.above
    }
}
