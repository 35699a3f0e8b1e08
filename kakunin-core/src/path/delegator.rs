//! An agent that certifies agents below it: its path is validated once, each new certificate costs one step.

use std::sync::Arc;

use super::TrustAnchors;
use super::constraints::Comparisons;
use super::identity;
use super::judge::{Above, Judged, Parent, Target, build, judge_paths, too_long, too_many_certificates};
use super::rules::{Kind, Step};
use super::verified::{Link, VerifiedAgent};
use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::crypto::{Digest, PublicKey};
use crate::error::{Code, Denial};
use crate::revocation::CrlIssuer;
use crate::time::UnixTime;

/// An agent that may sign sub-agents' certificates, whose path, and whose parents' paths, were validated up to trust
/// anchors with one certificate more below it in view.
///
/// It may be kept: [`VerifiedDelegator::extend`] asks for every certificate's validity anew.
#[derive(Debug)]
pub struct VerifiedDelegator {
    parent: Above,
    id: Arc<str>,
    links: Box<[Arc<Link>]>,
    above: Box<[Arc<Link>]>,
    crl_issuers: Arc<[CrlIssuer]>,
    certifier: Arc<Above>,
    /// How many certificates its path has, and all paths together.
    counts: (usize, usize),
    /// What is left for comparing names with name constraints.
    comparisons: usize,
}

impl VerifiedDelegator {
    /// Validates the path of an agent (its own certificate first, the anchor's last), and its parents' paths, as
    /// [`validate`](super::validate) does for a certificate below it: depths are counted from that one, which is 0.
    ///
    /// # Errors
    /// As [`validate`](super::validate); E105 `certificate-authority` where it was not issued to delegate, E102
    /// `path-length` where those above let nobody stand below it, E105 `leaf-kind` where the path is a CA's.
    pub fn new<C: AsRef<[u8]>>(
        chain: &[C],
        parents: &[Vec<C>],
        anchors: &TrustAnchors,
        now: UnixTime,
        bounds: &Bounds,
    ) -> Result<Self, Denial> {
        let Judged { path, above, issuers, counts, comparisons } =
            judge_paths(chain, parents, anchors, Target::More, now, bounds)?;
        let parent = path.leaf().clone();
        // Agents have an id, CAs none.
        let id = parent.link.id.clone();
        let id =
            id.ok_or_else(|| Denial::new(Code::CertificateUsageInvalid, "leaf-kind").depth(parent.link.depth()))?;
        let (links, above, crl_issuers) = (path.links(), above.unwrap_or_else(|| path.links()), issuers.into());
        let (certifier, comparisons) = (path.certifier(), comparisons.left());
        Ok(Self { parent, id, links, above, crl_issuers, certifier, counts, comparisons })
    }

    /// The agent whose certificate, DER, this agent signed: what [`validate`](super::validate) gives for the whole
    /// path, by the same rules. Those of the certificates above hold since they were validated; their validity is
    /// asked for anew.
    ///
    /// # Errors
    /// As [`validate`](super::validate).
    pub fn extend(&self, certificate: &[u8], now: UnixTime, bounds: &Bounds) -> Result<VerifiedAgent, Denial> {
        let (own, all) = self.counts;
        if own >= bounds.path_certificates {
            return Err(too_long(bounds));
        }
        if all >= bounds.all_certificates {
            return Err(too_many_certificates(bounds));
        }
        self.above.iter().rev().try_for_each(|link| link.check_time(now))?;
        let leaf = self.judge(certificate, now, bounds).map_err(|denial| denial.depth(0))?;
        let with_leaf = |above: &[Arc<Link>]| std::iter::once(&leaf.link).chain(above).cloned().collect();
        // INVARIANT: what an agent signs is looked up in no list, so the issuers of lists are those above.
        let (crl_issuers, certifier) = (Arc::clone(&self.crl_issuers), Arc::clone(&self.certifier));
        leaf.to_agent(Some(with_leaf(&self.links)), with_leaf(&self.above), crl_issuers, certifier)
    }

    fn judge(&self, certificate: &[u8], now: UnixTime, bounds: &Bounds) -> Result<Above, Denial> {
        let certificate = Certificate::parse(certificate, bounds)?;
        // What was spent on the certificates above is spent.
        let comparisons = Comparisons::new(self.comparisons);
        let target = Some(Kind::Agent);
        // It is signed by an agent: `parent` names its issuer, whose path this is.
        let step = Step::below(&certificate, target, &self.parent, Parent::None, now, bounds, &comparisons);
        let passed = step.judge()?;
        Ok(build(&certificate, Kind::Agent, Some(&self.parent), passed.key, passed.scope, 0))
    }

    /// The agent's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The agent's own certificate, at depth 1.
    pub fn leaf(&self) -> &Link {
        &self.parent.link
    }

    /// The agent's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.parent.link.public_key
    }

    /// The agent's certificate and everything above it, as in [`VerifiedAgent::above`] of who stands below.
    pub fn above(&self) -> &[Arc<Link>] {
        &self.above
    }

    /// Until when a certificate below may be valid, that second included: the earliest notAfter of all above.
    pub fn not_after(&self) -> UnixTime {
        self.above.iter().map(|link| link.not_after()).fold(self.parent.link.not_after(), UnixTime::min)
    }

    /// The agent's subjectKeyIdentifier.
    pub(crate) fn subject_key_id(&self) -> Option<&[u8]> {
        self.parent.subject_key_id.as_deref()
    }

    /// The id of a sub-agent with this label: the agent's, the mark of delegation, the label.
    pub fn child_id(&self, label: &str) -> String {
        identity::child(&self.id, label)
    }

    /// The model configuration that the agent's certificate is bound to.
    pub fn model_hash(&self) -> Option<&Digest> {
        self.parent.model_hash.as_ref()
    }
}
