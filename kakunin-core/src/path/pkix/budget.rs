use std::cell::Cell;

use super::options::Budget;
use crate::error::{Code, Denial};
use crate::path::constraints::{BUDGET_RULE, Comparisons};

/// What is left of a budget. Once one part is used up, so is the whole.
#[derive(Debug)]
pub(super) struct Spending {
    signatures: Cell<u32>,
    steps: Cell<u32>,
    comparisons: Comparisons,
    exhausted: Cell<Option<&'static str>>,
}

impl Spending {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            signatures: Cell::new(budget.signatures),
            steps: Cell::new(budget.steps),
            comparisons: Comparisons::new(budget.comparisons),
            exhausted: Cell::new(None),
        }
    }

    /// Pays for one signature.
    pub(super) fn signature(&self) -> Result<(), Denial> {
        self.pay(&self.signatures, 1, "budget-signatures")
    }

    /// Pays for `count` steps.
    pub(super) fn steps(&self, count: usize) -> Result<(), Denial> {
        self.pay(&self.steps, count, "budget-steps")
    }

    /// Compares names, which pays for itself.
    pub(super) fn comparing(&self, compare: impl FnOnce(&Comparisons) -> Result<(), Denial>) -> Result<(), Denial> {
        self.check()?;
        compare(&self.comparisons).inspect_err(|denial| {
            if denial.details().rule == BUDGET_RULE {
                self.exhausted.set(Some(BUDGET_RULE));
            }
        })
    }

    /// The refusal, where any part is used up.
    pub(super) fn check(&self) -> Result<(), Denial> {
        self.exhausted.get().map_or(Ok(()), |rule| Err(refusal(rule)))
    }

    fn pay(&self, left: &Cell<u32>, count: usize, rule: &'static str) -> Result<(), Denial> {
        self.check()?;
        let rest = u32::try_from(count).ok().and_then(|count| left.get().checked_sub(count));
        let Some(rest) = rest else {
            self.exhausted.set(Some(rule));
            return Err(refusal(rule));
        };
        left.set(rest);
        Ok(())
    }
}

#[cold]
fn refusal(rule: &'static str) -> Denial {
    Denial::new(Code::ChainUntrusted, rule)
}
