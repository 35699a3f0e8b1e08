//! Issuing: certificates of CAs, agents, approvers and OCSP responders, revocation lists, OCSP responses, orders and approvals,
//! through a [`Signer`].
//!
//! A request carries a public key and nothing else: id, scope, namespace and parent are the issuer's to set, so no
//! agent can write its own scope. Nothing leaves that `path` or `revocation` would refuse: every product is verified
//! with its whole path before it is handed out.

mod write;
mod authority;
mod agent;
mod list;
mod order;
mod ocsp;
mod approval;

pub use agent::{AgentProfile, Parent, agent, sub_agent_by_authority, sub_agent_by_delegator, sub_agent_by_parent};
pub use approval::{ApprovalProfile, ApproverProfile, approval, approver};
pub use authority::{AuthorityProfile, root, tenant};
pub use list::{ListProfile, Revocation, crl};
pub use ocsp::{
    OcspRefusal, Responder, ResponderProfile, ResponseProfile, ocsp_refusal, ocsp_responder, ocsp_response,
};
pub use order::{Last, OrderProfile, head, order, receipt};

use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::crypto::{Random, Signer};
use crate::error::{Code, Denial};
use crate::path::TrustAnchors;
use crate::time::UnixTime;

/// How far back a signer may date what it signs for others, in seconds (profile §1): their clocks may be behind.
const BACKDATING_SECONDS: i64 = 300;

/// What issuing needs from outside.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The time.
    pub now: UnixTime,
    /// Where serial numbers come from.
    pub random: &'a dyn Random,
    /// Limits on what is read and verified.
    pub bounds: &'a Bounds,
}

/// Who issues: its path, its key, and, where it is a sub-agent that a CA certified, its parents' paths.
#[derive(Clone, Copy)]
pub struct Issuer<'a> {
    /// Its path, its own certificate first, the anchor's last.
    pub chain: &'a [Vec<u8>],
    /// The paths of the agents that `parent` extensions name on it, nearest first. None for a CA.
    pub parents: &'a [Vec<Vec<u8>>],
    /// The key of its certificate.
    pub signer: &'a dyn Signer,
}

/// From when until when a certificate is valid, both seconds included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second; at most five minutes before the time of issue.
    pub not_before: UnixTime,
    /// The last second.
    pub not_after: UnixTime,
}

impl Validity {
    /// From five minutes before `now`, for verifiers whose clocks are behind, to `seconds` after it.
    pub const fn starting(now: UnixTime, seconds: i64) -> Self {
        Self { not_before: now.plus_seconds(-BACKDATING_SECONDS), not_after: now.plus_seconds(seconds) }
    }

    /// As [`Validity::starting`] for what an agent signs: the whole is cut at the front to fit into one day.
    pub fn starting_within_a_day(now: UnixTime, seconds: i64) -> Self {
        let back = (crate::path::AGENT_SIGNED_SECONDS - seconds).clamp(0, BACKDATING_SECONDS);
        Self { not_before: now.plus_seconds(-back), not_after: now.plus_seconds(seconds) }
    }

    fn check(self, now: UnixTime) -> Result<(), Denial> {
        let (from, to, now) = (self.not_before.seconds(), self.not_after.seconds(), now.seconds());
        if from <= now && from >= now - BACKDATING_SECONDS && to > from {
            return Ok(());
        }
        Err(misuse("validity", "validity").requested(format!("{} to {}", self.not_before, self.not_after)))
    }
}

impl<'a> Issuer<'a> {
    fn certificate(&self, context: &Context<'_>) -> Result<Certificate<'a>, Denial> {
        let own = self.chain.first().ok_or_else(|| misuse("issuer-chain-empty", "chain"))?;
        let certificate = Certificate::parse(own, context.bounds)?;
        if certificate.spki() != self.signer.public_key().spki() {
            return Err(misuse("issuer-key", "signer"));
        }
        Ok(certificate)
    }

    /// The last certificate of its path as the one anchor: whom the issuer itself believes.
    fn anchors(&self, context: &Context<'_>) -> Result<TrustAnchors, Denial> {
        TrustAnchors::new(self.chain.last().cloned().into_iter().collect(), context.bounds)
    }

    fn chain_of(&self, product: &[u8]) -> Vec<Vec<u8>> {
        let mut chain = vec![product.to_vec()];
        chain.extend_from_slice(self.chain);
        chain
    }
}

/// The issuer's own mistake, not a stranger's input.
#[cold]
fn misuse(rule: &'static str, field: &'static str) -> Denial {
    Denial::new(Code::ConfigurationInvalid, rule).field(field)
}
