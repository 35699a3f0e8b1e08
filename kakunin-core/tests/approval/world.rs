//! Scopes that ask, agents, and calls of them.

use std::sync::Arc;

use kakunin_core::approval::{ApprovalCall, Offered};
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::crypto::Digest;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{Context, MemoryStore, Mode, judge_call};
use kakunin_core::path::VerifiedAgent;
use kakunin_core::revocation::RevocationView;
use kakunin_core::scope::{ActionPattern, Approval, Approver, Grant, GrantParts, Scope, ScopeParts, Who};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;
use kakunin_testkit::NOW;
use kakunin_testkit::approval::ROLE;
use kakunin_testkit::chain::Chain;
use kakunin_testkit::key::Key;

pub(crate) const AUDIENCE: &str = "https://pay.example";
pub(crate) const SESSION: &str = "s-1";
pub(crate) const UNCHECKED: &RevocationView = &RevocationView::NotChecked;

pub(crate) fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

pub(crate) fn arguments(amount: u32) -> Arguments {
    let text = format!(r#"{{"amount":{amount},"to":"ACME"}}"#);
    Arguments::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap()
}

/// The approver `name`, who has the key of that name.
pub(crate) fn key(name: &str) -> Approver {
    Approver::new(name, Who::Key(Key::ed25519(name).spki_hash())).unwrap()
}

/// The approvers `name`, who have that role.
pub(crate) fn role(name: &str) -> Approver {
    Approver::new(name, Who::Role(name.to_owned())).unwrap()
}

/// `charge` with anything, where `need` of `of` approve.
pub(crate) fn grant(of: &[&str], need: u8) -> Grant {
    let approval = Approval::new(of.iter().map(|name| (*name).to_owned()).collect(), need, vec![]).unwrap();
    let parts = GrantParts::new(ActionPattern::parse("charge").unwrap());
    Grant::new(GrantParts { open: true, approval: Some(approval), ..parts }).unwrap()
}

pub(crate) fn scope_of(grants: Vec<Grant>, approvers: Vec<Approver>, depth: Option<u8>) -> Scope {
    Scope::new(ScopeParts { grants, approvers, max_depth: depth, ..ScopeParts::default() }).unwrap()
}

/// A scope under which `need` of these must approve.
pub(crate) fn scope(approvers: Vec<Approver>, need: u8) -> Scope {
    let names: Vec<String> = approvers.iter().map(|approver| approver.name().to_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scope_of(vec![grant(&names, need)], approvers, None)
}

/// An agent whose calls need one approval by the key `ops`.
pub(crate) fn agent_of_ops() -> Arc<VerifiedAgent> {
    Chain::new(None, &scope(vec![key("ops")], 1), None).verified()
}

/// An agent whose calls need so many approvals in the role [`ROLE`].
pub(crate) fn agent_of_role(need: u8) -> Arc<VerifiedAgent> {
    Chain::new(None, &scope(vec![role(ROLE)], need), None).verified()
}

/// One call of an agent, and how it is judged.
pub(crate) struct World {
    pub(crate) agent: Arc<VerifiedAgent>,
    pub(crate) arguments: Arguments,
    pub(crate) audience: Option<&'static str>,
    pub(crate) session: Option<&'static str>,
    pub(crate) view: RevocationView,
    pub(crate) now: UnixTime,
    pub(crate) mode: Mode,
    pub(crate) store: MemoryStore,
}

/// What became of a call: the approvals used and what was only observed, or code and rule.
pub(crate) type Outcome = Result<(Vec<Digest>, Option<Code>), (Code, &'static str)>;

impl World {
    pub(crate) fn new(agent: Arc<VerifiedAgent>) -> Self {
        Self {
            agent,
            arguments: arguments(100),
            audience: Some(AUDIENCE),
            session: Some(SESSION),
            view: UNCHECKED.clone(),
            now: at(0),
            mode: Mode::Enforce,
            store: MemoryStore::default(),
        }
    }

    /// The call, as approvals see it.
    pub(crate) fn call(&self) -> ApprovalCall<'_> {
        ApprovalCall {
            action: "charge",
            params: self.arguments.object(),
            agent: self.agent.id(),
            issuer: self.agent.issuer_key_hash(),
            audience: self.audience,
            session: self.session,
        }
    }

    pub(crate) fn decide(&self, approvals: &[String]) -> Result<(Vec<Digest>, Option<Code>), Denial> {
        let offered = Offered::parse(approvals, &Bounds::default())?;
        let mut context = Context::new(self.now, self.mode);
        (context.audience, context.approvals) = (self.audience, Some(&offered));
        let permit = judge_call(&self.agent, "charge", &self.arguments, self.session, &self.view, &context)?;
        let allowed = permit.reserve(&self.store, || self.view.clone(), self.now)?;
        let names = allowed.approvals().iter().map(|approval| *approval.name()).collect();
        Ok((names, allowed.observation().map(Denial::code)))
    }

    pub(crate) fn outcome(&self, approvals: &[String]) -> Outcome {
        self.decide(approvals).map_err(|denial| (denial.code(), denial.details().rule))
    }

    /// The rule by which these approvals do not suffice; none if they do.
    pub(crate) fn fault(&self, approvals: &[String]) -> Option<(Code, &'static str)> {
        self.outcome(approvals).err()
    }
}
