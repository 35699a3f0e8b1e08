//! Name constraints (RFC 5280 §4.2.1.10, §6.1.3(b), (c), §6.1.4(g)): which names may stand in certificates below a CA.
//!
//! A name must lie in a permitted subtree of each CA above that permits any of the name's form, and in no excluded one. What
//! cannot be told is taken for the worse: it is not permitted, and it is excluded. Common names are never consulted.

mod form;

use std::cell::Cell;
use std::sync::Arc;

use crate::certificate::{Certificate, GeneralName, Likeness, NameConstraints};
use crate::encoding::der::tag;
use crate::encoding::oid;
use crate::error::{Code, Denial};
use form::Presented;

/// The name constraints of all certificates above a place in a path. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameConstraintsState {
    /// The values of the extensions, topmost first.
    values: Option<Arc<[Arc<[u8]>]>>,
}

/// What is left of a budget of comparisons.
///
/// Each subtree that a name is held against costs one, a directoryName more: one for each attribute, and one for every 16
/// octets of text.
#[derive(Debug)]
pub(crate) struct Comparisons {
    left: Cell<usize>,
}

impl Comparisons {
    pub(crate) const fn new(budget: usize) -> Self {
        Self { left: Cell::new(budget) }
    }

    /// How many are left.
    pub(crate) const fn left(&self) -> usize {
        self.left.get()
    }

    fn spend(&self, comparisons: usize) -> Result<(), Denial> {
        match self.left.get().checked_sub(comparisons) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Denial::new(Code::ChainUntrusted, BUDGET_RULE).field(FIELD)),
        }
    }
}

/// The rule by which a name is refused.
pub(crate) const RULE: &str = "name-constraints";
/// The rule by which more names and subtrees are refused than the budget pays for.
pub(crate) const BUDGET_RULE: &str = "name-constraints-budget";
const FIELD: &str = "nameConstraints";

impl NameConstraintsState {
    /// The state below a certificate with these constraints.
    #[must_use]
    pub(crate) fn apply(&self, constraints: Option<NameConstraints<'_>>) -> Self {
        let Some(constraints) = constraints else { return self.clone() };
        let above = self.values.iter().flat_map(|values| values.iter()).cloned();
        Self { values: Some(above.chain([Arc::from(constraints.der())]).collect()) }
    }

    /// Checks the names of a certificate: its subject, the e-mail addresses in it, and subjectAltName.
    ///
    /// Whoever calls this leaves out self-issued certificates that are not the path's last (RFC 5280 §6.1.3(b)).
    ///
    /// # Errors
    /// E102 `name-constraints` for a name that is excluded, not permitted, or constrained by what is not processed here;
    /// E102 `name-constraints-budget`.
    pub(crate) fn check(&self, certificate: &Certificate<'_>, comparisons: &Comparisons) -> Result<(), Denial> {
        let Some(values) = &self.values else { return Ok(()) };
        let subject = Some(certificate.subject_name()).filter(|subject| !subject.is_empty());
        // RFC 5280 asks for this only where there is no subjectAltName; an address is no better for standing beside one.
        let addresses = subject.into_iter().flat_map(|subject| subject.attributes());
        let addresses = addresses.filter(|(id, _)| *id == oid::EMAIL_ADDRESS).map(|(_, value)| {
            let text = (value.tag == tag::IA5_STRING).then(|| std::str::from_utf8(value.content).ok()).flatten();
            Presented::email(text.unwrap_or_default())
        });
        let subject = subject.map(GeneralName::Directory);
        let names = subject.into_iter().chain(certificate.subject_alternative_names()).map(Presented::read);
        for name in names.chain(addresses) {
            for value in values.iter() {
                check_name(&name, NameConstraints::of_checked(value), comparisons)?;
            }
        }
        Ok(())
    }
}

fn check_name(name: &Presented<'_>, constraints: NameConstraints<'_>, comparisons: &Comparisons) -> Result<(), Denial> {
    let refusal = || Denial::new(Code::ChainUntrusted, RULE).field(FIELD).requested(name.to_string());
    let compare = |base| {
        let mut work = 1;
        let likeness = name.compare(base, &mut work);
        comparisons.spend(work).map(|()| likeness)
    };
    for base in constraints.excluded() {
        if compare(base)?.is_some_and(|likeness| likeness != Likeness::Different) {
            return Err(refusal().expected("a name outside the excluded subtrees"));
        }
    }
    let mut permitted = None;
    for base in constraints.permitted() {
        match compare(base)? {
            Some(Likeness::Same) => return Ok(()),
            Some(_) => permitted = Some(false),
            None => {}
        }
    }
    match permitted {
        None => Ok(()),
        Some(_) => Err(refusal().expected("a name in the permitted subtrees")),
    }
}

#[cfg(test)]
mod tests;
