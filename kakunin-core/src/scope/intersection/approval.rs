//! Approvers of two scopes in one list. A name that both use for others is another name on the second side.

use std::collections::BTreeMap;

use super::Inexpressible;
use crate::scope::approval::{Approval, Approver, Who};
use crate::scope::model::Scope;

pub(super) struct Approvers {
    pub(super) list: Vec<Approver>,
    /// What the names of each side are in the list.
    names: [BTreeMap<String, String>; 2],
}

impl Approvers {
    pub(super) fn of(scopes: [&Scope; 2]) -> Result<Self, Inexpressible> {
        let mut approvers = Self { list: Vec::new(), names: [BTreeMap::new(), BTreeMap::new()] };
        let groups = scopes.map(|scope| {
            let mut groups: BTreeMap<&str, Vec<&Who>> = BTreeMap::new();
            for approver in scope.approvers() {
                groups.entry(approver.name()).or_default().push(approver.who());
            }
            groups
        });
        let [first, second] = &groups;
        for (side, group) in groups.iter().enumerate() {
            for (name, who) in group {
                // Approvers stand in encoded order, so equal groups are equal lists.
                let other = if side == 1 { first.get(name) } else { None };
                let taken = |name: &str| first.contains_key(name) || second.contains_key(name);
                let new = match other {
                    Some(same) if same == who => (*name).to_owned(),
                    Some(_) => super::limit::fresh(name, taken),
                    None => (*name).to_owned(),
                };
                if other.is_none_or(|same| same != who) {
                    for who in who {
                        let approver = Approver::new(&new, (*who).clone());
                        approvers.list.push(approver.map_err(|fault| Inexpressible::of(&fault))?);
                    }
                }
                if let Some(names) = approvers.names.get_mut(side) {
                    names.insert((*name).to_owned(), new);
                }
            }
        }
        Ok(approvers)
    }

    /// The approval of one side, in the names of the list.
    pub(super) fn approval(&self, side: usize, approval: &Approval) -> Result<Approval, Inexpressible> {
        let names = self.names.get(side);
        let renamed = approval.of().iter().map(|name| names.and_then(|names| names.get(name)).unwrap_or(name).clone());
        Approval::new(renamed.collect(), approval.need(), approval.unless().to_vec())
            .map_err(|fault| Inexpressible::of(&fault))
    }
}
