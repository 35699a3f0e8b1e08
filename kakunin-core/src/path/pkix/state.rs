use super::budget::Spending;
use super::build::{Found, Request};
use super::options::AnchorUse;
use super::policy::{PolicyFacts, PolicyState, Standing};
use super::pool::Entry;
use super::rules::{Judged, Proof};
use crate::certificate::Certificate;
use crate::error::Denial;
use crate::path::constraints::NameConstraintsState;

/// What a path, judged down to a certificate, asks of what is below it (RFC 5280 §6.1.2, §6.1.4).
pub(super) struct State<'s, 'c> {
    /// The anchor first.
    path: Vec<&'s Entry<'c>>,
    issuer: &'s Entry<'c>,
    constraints: NameConstraintsState,
    /// How many counted CA certificates may follow; none: as many as `depth_left` allows.
    path_length: Option<u8>,
    depth_left: u8,
    policies: PolicyState<'c>,
}

impl<'s, 'c> State<'s, 'c> {
    /// Below an anchor, of which `length` certificates follow.
    pub(super) fn anchor(anchor: &'s Entry<'c>, length: usize, request: &Request<'_>) -> Self {
        let options = request.options;
        let mut state = Self {
            path: vec![anchor],
            issuer: anchor,
            constraints: NameConstraintsState::default(),
            path_length: None,
            depth_left: options.max_depth,
            policies: PolicyState::new(&options.policies, length, &PolicyFacts::default()),
        };
        if options.anchors == AnchorUse::Certificate {
            state.policies = PolicyState::new(&options.policies, length, &PolicyFacts::of(&anchor.certificate));
            state.constrain(&anchor.certificate);
        }
        state
    }

    /// Below `judged`, an intermediate.
    pub(super) fn descend(mut self, judged: Judged<'s, 'c>) -> Self {
        let Judged { entry, proof, policy_facts, policies, valid_policies: _ } = judged;
        let self_issued = entry.is_self_issued();
        let used = u8::from(!self_issued);
        self.policies = policies;
        self.policies.prepare(&policy_facts, Standing { last: false, self_issued });
        self.path_length = self.path_length.map(|left| left.saturating_sub(used));
        self.depth_left = self.depth_left.saturating_sub(used);
        self.push(entry, proof);
        self.constrain(&entry.certificate);
        self
    }

    /// The whole path, with `judged` as its leaf. None where the leaf's policies were not judged.
    pub(super) fn finish(mut self, judged: Judged<'s, 'c>) -> Option<Found<'s, 'c>> {
        let Judged { entry, proof, policy_facts: _, policies: _, valid_policies } = judged;
        self.push(entry, proof);
        valid_policies.map(|policies| Found { path: self.path, policies })
    }

    /// Only what was proved comes onto a path.
    fn push(&mut self, entry: &'s Entry<'c>, (_, _): Proof) {
        self.path.push(entry);
        self.issuer = entry;
    }

    fn constrain(&mut self, certificate: &Certificate<'c>) {
        let own = certificate.basic_constraints().and_then(|constraints| constraints.path_len);
        self.path_length = [self.path_length, own].into_iter().flatten().min();
        self.constraints = self.constraints.apply(certificate.name_constraints());
    }

    /// The certificate that what is below is issued by.
    pub(super) fn entry(&self) -> &'s Entry<'c> {
        self.issuer
    }

    pub(super) fn path(&self) -> &[&'s Entry<'c>] {
        &self.path
    }

    pub(super) fn path_length(&self) -> Option<u8> {
        self.path_length
    }

    pub(super) fn depth_left(&self) -> u8 {
        self.depth_left
    }

    pub(super) fn policies(&self) -> &PolicyState<'c> {
        &self.policies
    }

    pub(super) fn check_names(&self, certificate: &Certificate<'_>, spending: &Spending) -> Result<(), Denial> {
        spending.comparing(|comparisons| self.constraints.check(certificate, comparisons))
    }
}
