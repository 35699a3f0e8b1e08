//! The scope as a value. Only the constructors of this folder make one, so every scope that exists obeys the profile.

use super::action::ActionPattern;
use super::codec::{self, action_der, grant_der, limit_der, param_der};
use super::compiled::Compiled;
use super::constraint::{Constraint, Money};
use super::limit::{self, Counter, Limit};
use super::param::{Param, ParamPath};

/// Most grants in a scope (the profile's `SIZE (0..1024)`).
const GRANTS: usize = 1_024;
/// Deepest delegation (the profile's `INTEGER (0..8)`).
const DEPTH: u8 = 8;

/// A mistake in what a scope says: the rule, and what was wrong in words.
///
/// Constructors of parts return it; the decoder turns it into E107, the authoring form adds line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// A stable kebab-case name: `action-pattern`, `range-empty`.
    pub rule: &'static str,
    /// What is wrong, lower-case, without full stop, input in backticks.
    pub detail: String,
}

impl Fault {
    /// The mistake against `rule`.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

/// What a certificate allows (version 1). Sets stand in the order of their encodings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub(crate) grants: Vec<Grant>,
    pub(crate) deny: Vec<ActionPattern>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) max_depth: Option<u8>,
    pub(super) compiled: Compiled,
}

/// One way in which a call is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub(crate) action: ActionPattern,
    pub(crate) params: Vec<Param>,
    pub(crate) open: bool,
    pub(crate) limits: Vec<Limit>,
}

impl Grant {
    /// The grant of `action` with `params`; `open` lets parameters be present that it does not name.
    ///
    /// # Errors
    /// `param-twice`, `limit-twice`; `money-currency` where an amount's currency parameter is not a required `one-of`;
    /// `budget-parameter` where a budgeted parameter is not required; `budget-currency` where its currency has more
    /// values than one.
    pub fn new(action: ActionPattern, params: Vec<Param>, open: bool, limits: Vec<Limit>) -> Result<Self, Fault> {
        let mut grant = Self::in_order(action, params, open, limits)?;
        grant.params.sort_by_cached_key(param_der);
        grant.limits.sort_by_cached_key(limit_der);
        Ok(grant)
    }

    /// As [`Grant::new`], of sets that stand in encoded order already; the decoder compares the whole encoding afterwards.
    pub(super) fn in_order(
        action: ActionPattern,
        mut params: Vec<Param>,
        open: bool,
        mut limits: Vec<Limit>,
    ) -> Result<Self, Fault> {
        let mut paths: Vec<&ParamPath> = params.iter().map(|param| &param.path).collect();
        paths.sort_unstable_by(|a, b| a.steps().cmp(b.steps()));
        if let Some([twice, _]) = paths.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("param-twice", format!("`{action}` names `{twice}` twice")));
        }
        for param in &params {
            for constraint in &param.constraints {
                let Constraint::Range(range) = constraint else { continue };
                let Some(currency) = range.money().and_then(Money::currency) else { continue };
                let listed = params.iter().any(|other| {
                    other.path == *currency
                        && !other.optional
                        && other.constraints.iter().any(|constraint| matches!(constraint, Constraint::OneOf(_)))
                });
                if !listed {
                    let path = &param.path;
                    let detail =
                        format!("the currency `{currency}` of `{path}` is not a required parameter with a list");
                    return Err(Fault::new("money-currency", detail));
                }
            }
        }
        for path in limits.iter().filter_map(Limit::budget_path) {
            if !params.iter().any(|param| param.path == *path && !param.optional) {
                let detail = format!("the budget of `{path}` needs it as a required parameter of `{action}`");
                return Err(Fault::new("budget-parameter", detail));
            }
            limit::currency(&params, path)?;
        }
        limits_once(&limits)?;
        params.shrink_to_fit();
        limits.shrink_to_fit();
        Ok(Self { action, params, open, limits })
    }

    /// The action, or actions, that it grants.
    pub fn action(&self) -> &ActionPattern {
        &self.action
    }

    /// The parameters that it names, in encoded order.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Whether parameters may be present that it does not name.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Its limits, in encoded order.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// The parameter at `path`, if it names one.
    pub fn param(&self, path: &ParamPath) -> Option<&Param> {
        self.params.iter().find(|param| param.path == *path)
    }
}

impl Scope {
    /// The scope of `grants`, less what `deny` covers, with `limits` on all of it, delegated to at most `max_depth`.
    ///
    /// # Errors
    /// `grants-count` above 1,024, `grant-twice`, `deny-twice`, `limit-twice`, `max-depth` above 8; `budget-currency` where
    /// a scope-wide budget of an amount of money meets more than one currency; `limit-counter` where limits of one
    /// counter have more than one `max`; `scope-too-large` above 48 KiB encoded.
    pub fn new(
        grants: Vec<Grant>,
        deny: Vec<ActionPattern>,
        limits: Vec<Limit>,
        max_depth: Option<u8>,
    ) -> Result<Self, Fault> {
        Self::encoded(grants, deny, limits, max_depth).map(|(scope, _)| scope)
    }

    /// As [`Scope::new`], and the encoding.
    pub(super) fn encoded(
        mut grants: Vec<Grant>,
        mut deny: Vec<ActionPattern>,
        mut limits: Vec<Limit>,
        max_depth: Option<u8>,
    ) -> Result<(Self, Vec<u8>), Fault> {
        if grants.len() > GRANTS {
            return Err(Fault::new("grants-count", format!("{} grants are more than {GRANTS}", grants.len())));
        }
        if let Some(depth) = max_depth.filter(|depth| *depth > DEPTH) {
            return Err(Fault::new("max-depth", format!("a depth of {depth} is more than {DEPTH}")));
        }
        let mut by_action: Vec<&Grant> = grants.iter().collect();
        by_action.sort_by(|a, b| a.action.as_str().cmp(b.action.as_str()));
        for same in by_action.chunk_by(|a, b| a.action == b.action) {
            for (index, grant) in same.iter().enumerate() {
                if same.iter().skip(index + 1).any(|other| other == grant) {
                    return Err(Fault::new(
                        "grant-twice",
                        format!("the same grant of `{}` stands twice", grant.action),
                    ));
                }
            }
        }
        let mut denied: Vec<&str> = deny.iter().map(ActionPattern::as_str).collect();
        denied.sort_unstable();
        if let Some([twice, _]) = denied.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("deny-twice", format!("`{twice}` is denied twice")));
        }
        limits_once(&limits)?;
        grants.sort_by_cached_key(grant_der);
        deny.sort_by_cached_key(action_der);
        limits.sort_by_cached_key(limit_der);
        let compiled = Compiled::new(&grants, &deny, &limits)?;
        let scope = Self { grants, deny, limits, max_depth, compiled };
        let der = scope.encode();
        if der.len() > codec::BYTES {
            let detail = format!("the scope takes {} bytes, more than {}", der.len(), codec::BYTES);
            return Err(Fault::new("scope-too-large", detail));
        }
        Ok((scope, der))
    }

    /// What it accepts, in encoded order.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// What it refuses whatever the grants say, in encoded order.
    pub fn deny(&self) -> &[ActionPattern] {
        &self.deny
    }

    /// The limits on everything together, in encoded order.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// How many agents may stand below, if stated.
    pub fn max_depth(&self) -> Option<u8> {
        self.max_depth
    }

    /// The counters of all limits, each once.
    pub fn counters(&self) -> &[Counter] {
        &self.compiled.counters
    }

    /// A limit that draws on the counter at `position` among [`Scope::counters`].
    pub fn limit_on(&self, position: usize) -> Option<&Limit> {
        let limits = self.grants.iter().map(|grant| &grant.limits).chain([&self.limits]);
        let mut drawing = limits.zip(&self.compiled.draws).flat_map(|(limits, counters)| limits.iter().zip(counters));
        drawing.find(|(_, counter)| **counter as usize == position).map(|(limit, _)| limit)
    }
}

fn limits_once(limits: &[Limit]) -> Result<(), Fault> {
    for (index, limit) in limits.iter().enumerate() {
        if limits.iter().skip(index + 1).any(|other| other == limit) {
            return Err(Fault::new("limit-twice", format!("the limit {limit} stands twice in one list")));
        }
    }
    Ok(())
}
