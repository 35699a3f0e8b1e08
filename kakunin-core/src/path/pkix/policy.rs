//! Certificate policies as the graph of RFC 9618, which replaces the tree of RFC 5280: every level holds a policy once,
//! so its size grows with the certificates and not with the paths through them.

use std::collections::{BTreeMap, BTreeSet};

use super::options::PolicyInputs;
use crate::certificate::Certificate;
use crate::encoding::oid::ANY_POLICY;

/// What the policy extensions of one certificate say; object identifiers as their content octets.
#[derive(Clone, Debug, Default)]
pub(super) struct PolicyFacts<'a> {
    /// certificatePolicies, where the extension is present.
    pub(super) policies: Option<Vec<&'a [u8]>>,
    /// policyMappings, pairs of an issuer's and a subject's policy.
    pub(super) mappings: Vec<(&'a [u8], &'a [u8])>,
    pub(super) require_explicit_policy: Option<u32>,
    pub(super) inhibit_policy_mapping: Option<u32>,
    pub(super) inhibit_any_policy: Option<u32>,
}

impl<'a> PolicyFacts<'a> {
    pub(super) fn of(certificate: &Certificate<'a>) -> Self {
        let constraints = certificate.policy_constraints();
        Self {
            policies: certificate.certificate_policies().map(|policies| policies.map(|policy| policy.id).collect()),
            mappings: certificate.policy_mappings().into_iter().flatten().collect(),
            require_explicit_policy: constraints.and_then(|constraints| constraints.require_explicit_policy),
            inhibit_policy_mapping: constraints.and_then(|constraints| constraints.inhibit_policy_mapping),
            inhibit_any_policy: certificate.inhibit_any_policy(),
        }
    }

    /// How many entries processing looks at.
    pub(super) fn size(&self) -> usize {
        self.policies.as_ref().map_or(0, Vec::len).saturating_add(self.mappings.len())
    }
}

/// One policy that is valid at one depth.
#[derive(Clone, Debug)]
struct Node<'a> {
    /// The policies that carry it on in the next certificate: itself, or what it is mapped to.
    expected: BTreeSet<&'a [u8]>,
    /// The policies one depth above that it follows from.
    parents: BTreeSet<&'a [u8]>,
}

/// The valid policies of one depth.
type Level<'a> = BTreeMap<&'a [u8], Node<'a>>;

/// Where processing stands below a certificate: the state variables (a), (d), (e), (f) of RFC 5280 §6.1.2 as RFC 9618 §5
/// has them.
#[derive(Clone, Debug)]
pub(super) struct PolicyState<'a> {
    /// Depth 0 first. An empty last level is the graph that is NULL.
    levels: Vec<Level<'a>>,
    /// The policies that the anchor was given for, where it says so (RFC 5937 §3.2).
    anchor: Option<BTreeSet<&'a [u8]>>,
    explicit_policy: u32,
    policy_mapping: u32,
    inhibit_any_policy: u32,
}

/// Where a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) last: bool,
    pub(super) self_issued: bool,
}

impl<'a> PolicyState<'a> {
    /// The state above the first certificate (RFC 5280 §6.1.2), for a path of at most `certificates`, below an anchor
    /// whose own constraints bind (RFC 5937 §3.2).
    pub(super) fn new(inputs: &PolicyInputs, certificates: usize, anchor: &PolicyFacts<'a>) -> Self {
        let beyond = u32::try_from(certificates).unwrap_or(u32::MAX).saturating_add(1);
        let counter = |inhibited: bool| if inhibited { 0 } else { beyond };
        let any = Node { expected: BTreeSet::from([ANY_POLICY]), parents: BTreeSet::new() };
        let own = anchor.policies.as_ref().filter(|policies| !policies.contains(&ANY_POLICY));
        let mut state = Self {
            levels: vec![Level::from([(ANY_POLICY, any)])],
            anchor: own.map(|policies| policies.iter().copied().collect()),
            explicit_policy: counter(inputs.explicit_policy),
            policy_mapping: counter(inputs.inhibit_policy_mapping),
            inhibit_any_policy: counter(inputs.inhibit_any_policy),
        };
        state.constrain(anchor);
        state
    }

    /// Takes the next certificate: §6.1.3(d) and (e); false where (f) fails.
    #[must_use]
    pub(super) fn certificate(&mut self, facts: &PolicyFacts<'a>, standing: Standing) -> bool {
        let above = self.levels.last();
        let level = match (&facts.policies, above) {
            (Some(policies), Some(above)) => {
                let any_counts = self.inhibit_any_policy > 0 || !standing.last && standing.self_issued;
                Self::follow(above, policies, any_counts)
            }
            _ => Level::new(),
        };
        self.levels.push(level);
        self.explicit_policy > 0 || !self.is_null()
    }

    /// The level below `above` for a certificate with these policies (§6.1.3(d)(1) and (2)).
    fn follow(above: &Level<'a>, policies: &[&'a [u8]], any_counts: bool) -> Level<'a> {
        let mut expected_by: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
        for (policy, node) in above {
            for expected in &node.expected {
                expected_by.entry(expected).or_default().insert(policy);
            }
        }
        let node = |policy: &'a [u8], parents| Node { expected: BTreeSet::from([policy]), parents };
        let mut level = Level::new();
        for policy in policies.iter().copied().filter(|policy| *policy != ANY_POLICY) {
            if let Some(parents) = expected_by.get(policy) {
                level.insert(policy, node(policy, parents.clone()));
            } else if above.contains_key(ANY_POLICY) {
                level.insert(policy, node(policy, BTreeSet::from([ANY_POLICY])));
            }
        }
        if any_counts && policies.contains(&ANY_POLICY) {
            for (policy, parents) in expected_by {
                level.entry(policy).or_insert_with(|| node(policy, parents));
            }
        }
        level
    }

    /// Prepares for the certificate after this one: §6.1.4(b) and (h) to (j).
    pub(super) fn prepare(&mut self, facts: &PolicyFacts<'a>, standing: Standing) {
        self.map(&facts.mappings);
        if !standing.self_issued {
            for counter in [&mut self.explicit_policy, &mut self.policy_mapping, &mut self.inhibit_any_policy] {
                *counter = counter.saturating_sub(1);
            }
        }
        self.constrain(facts);
    }

    fn map(&mut self, mappings: &[(&'a [u8], &'a [u8])]) {
        let mut mapped: BTreeMap<&[u8], BTreeSet<&[u8]>> = BTreeMap::new();
        for (issuer, subject) in mappings {
            mapped.entry(issuer).or_default().insert(subject);
        }
        let allowed = self.policy_mapping > 0;
        let Some(level) = self.levels.last_mut() else { return };
        for (policy, to) in mapped {
            if !allowed {
                level.remove(policy);
            } else if let Some(node) = level.get_mut(policy) {
                node.expected = to;
            } else if let Some(any) = level.get(ANY_POLICY) {
                let parents = any.parents.clone();
                level.insert(policy, Node { expected: to, parents });
            }
        }
    }

    /// policyConstraints and inhibitAnyPolicy: counters only fall.
    fn constrain(&mut self, facts: &PolicyFacts<'a>) {
        for (counter, bound) in [
            (&mut self.explicit_policy, facts.require_explicit_policy),
            (&mut self.policy_mapping, facts.inhibit_policy_mapping),
            (&mut self.inhibit_any_policy, facts.inhibit_any_policy),
        ] {
            *counter = bound.map_or(*counter, |bound| bound.min(*counter));
        }
    }

    /// Wraps up after the last certificate (§6.1.5(a), (b), (g)): the policies under which the path is valid, of those
    /// that were asked for; none where an explicit policy is needed and there is none.
    #[must_use]
    pub(super) fn finish(mut self, last: &PolicyFacts<'a>, inputs: &PolicyInputs) -> Option<ValidPolicies> {
        self.explicit_policy = self.explicit_policy.saturating_sub(1);
        if last.require_explicit_policy == Some(0) {
            self.explicit_policy = 0;
        }
        let granted = self.granted().intersect(self.anchor.as_ref().map(Granted::of));
        let asked = (!inputs.initial.is_empty()).then(|| Granted::of(&inputs.initial));
        let granted = granted.intersect(asked.filter(|asked| !asked.holds(ANY_POLICY)));
        (self.explicit_policy > 0 || !granted.is_empty()).then(|| granted.into_policies())
    }

    fn is_null(&self) -> bool {
        self.levels.last().is_none_or(Level::is_empty)
    }

    /// The authority-constrained policies (RFC 9618 §5.6): those that follow from anyPolicy at the top and reach the end.
    fn granted(&self) -> Granted<'a> {
        let Some(last) = self.levels.last() else { return Granted::Only(BTreeSet::new()) };
        if last.contains_key(ANY_POLICY) {
            return Granted::Any;
        }
        let mut granted = BTreeSet::new();
        let mut alive: BTreeSet<&[u8]> = last.keys().copied().collect();
        for level in self.levels.iter().rev() {
            let mut above = BTreeSet::new();
            for (policy, node) in level.iter().filter(|(policy, _)| alive.contains(*policy)) {
                for parent in &node.parents {
                    if *parent == ANY_POLICY {
                        granted.insert(*policy);
                    } else {
                        above.insert(*parent);
                    }
                }
            }
            alive = above;
        }
        Granted::Only(granted)
    }
}

/// A set of policies in the terms of the anchor.
enum Granted<'a> {
    Any,
    Only(BTreeSet<&'a [u8]>),
}

impl<'a> Granted<'a> {
    fn of<'p: 'a, P: AsRef<[u8]> + 'p>(policies: impl IntoIterator<Item = &'p P>) -> Self {
        Self::Only(policies.into_iter().map(AsRef::as_ref).collect())
    }

    fn holds(&self, policy: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Only(policies) => policies.contains(policy),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Only(policies) if policies.is_empty())
    }

    /// What both hold; without another, itself.
    fn intersect<'b>(self, other: Option<Granted<'b>>) -> Granted<'b>
    where
        'a: 'b,
    {
        match (self, other) {
            (Self::Any, None) => Granted::Any,
            (Self::Only(policies), None | Some(Granted::Any)) => Granted::Only(policies),
            (Self::Any, Some(other)) => other,
            (Self::Only(mut policies), Some(Granted::Only(others))) => {
                policies.retain(|policy| others.contains(policy));
                Granted::Only(policies)
            }
        }
    }

    fn into_policies(self) -> ValidPolicies {
        match self {
            Self::Any => ValidPolicies::Any,
            Self::Only(policies) => ValidPolicies::Only(policies.into_iter().map(Into::into).collect()),
        }
    }
}

/// The policies under which a path is valid (the user-constrained-policy-set of RFC 5280 §6.1.6), in the terms of its
/// anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValidPolicies {
    /// Under every policy.
    Any,
    /// Under these: object identifiers as their content octets, ascending. May be empty where none was required.
    Only(Vec<Box<[u8]>>),
}

#[cfg(test)]
mod tests {}
