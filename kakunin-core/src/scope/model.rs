//! The scope as a value. Only the constructors of this folder make one, so every scope that exists obeys the profile.

use super::action::ActionPattern;
use super::approval::{Approval, Approver};
use super::codec::{self, action_der, approver_der, grant_der, limit_der, param_der};
use super::compiled::Compiled;
use super::constraint::{Constraint, Money, text_set};
use super::hours::Hours;
use super::limit::{self, Counter, Limit};
use super::param::{Param, ParamPath, paths_once};

/// Most grants in a scope (the profile's `SIZE (0..1024)`).
const GRANTS: usize = 1_024;
/// Deepest delegation (the profile's `INTEGER (0..8)`).
const DEPTH: u8 = 8;
/// Most steps of all regular expressions of a scope. 16,384: sixteen of the longest, 400 of one that reads a date; their programs
/// then take at most 256 KiB.
const REGEX_STEPS: usize = 16_384;

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
    pub(crate) hours: Option<Box<Hours>>,
    pub(crate) regions: Vec<String>,
    pub(crate) approvers: Vec<Approver>,
    pub(crate) max_depth: Option<u8>,
    pub(super) compiled: Compiled,
}

/// What a scope is made of; an empty one allows nothing.
#[derive(Clone, Debug, Default)]
pub struct ScopeParts {
    /// What is accepted.
    pub grants: Vec<Grant>,
    /// What is refused whatever the grants say.
    pub deny: Vec<ActionPattern>,
    /// The limits on everything together.
    pub limits: Vec<Limit>,
    /// When calls are accepted; always, if not stated.
    pub hours: Option<Hours>,
    /// The regions whose guards accept calls; all, if empty.
    pub regions: Vec<String>,
    /// Who may approve.
    pub approvers: Vec<Approver>,
    /// How many agents may stand below.
    pub max_depth: Option<u8>,
}

/// One way in which a call is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub(crate) action: ActionPattern,
    pub(crate) params: Vec<Param>,
    pub(crate) open: bool,
    pub(crate) limits: Vec<Limit>,
    pub(crate) approval: Option<Box<Approval>>,
    pub(crate) audience: Vec<String>,
}

/// What a grant is made of.
#[derive(Clone, Debug)]
pub struct GrantParts {
    /// The action, or actions, that it grants.
    pub action: ActionPattern,
    /// The parameters that it names.
    pub params: Vec<Param>,
    /// Whether parameters may be present that it does not name.
    pub open: bool,
    /// The limits on what it accepts.
    pub limits: Vec<Limit>,
    /// The approvals that its calls need.
    pub approval: Option<Approval>,
    /// Who may act; anyone, if empty.
    pub audience: Vec<String>,
}

impl GrantParts {
    /// The parts of a grant of `action` that names no parameter.
    pub fn new(action: ActionPattern) -> Self {
        Self { action, params: Vec::new(), open: false, limits: Vec::new(), approval: None, audience: Vec::new() }
    }
}

impl Grant {
    /// The grant of `parts`.
    ///
    /// # Errors
    /// `param-twice`, `limit-twice`; `money-currency` where an amount's currency parameter is not a required `one-of`;
    /// `budget-parameter` where a budgeted parameter is not required; `budget-currency` where its currency has more
    /// values than one; `audience` for an empty text, a control character, or one that stands twice.
    pub fn new(parts: GrantParts) -> Result<Self, Fault> {
        let mut grant = Self::in_order(parts)?;
        grant.params.sort_by_cached_key(param_der);
        grant.limits.sort_by_cached_key(limit_der);
        Ok(grant)
    }

    /// As [`Grant::new`], of sets that stand in encoded order already, as the decoder made sure.
    pub(super) fn in_order(parts: GrantParts) -> Result<Self, Fault> {
        let GrantParts { action, mut params, open, mut limits, approval, audience } = parts;
        if let Some(twice) = paths_once(&params) {
            return Err(Fault::new("param-twice", format!("`{action}` names `{twice}` twice")));
        }
        currencies_listed(&params, &params)?;
        if let Some(approval) = &approval {
            currencies_listed(approval.unless(), &params)?;
        }
        for path in limits.iter().filter_map(Limit::budget_path) {
            if !params.iter().any(|param| param.path == *path && !param.optional) {
                let detail = format!("the budget of `{path}` needs it as a required parameter of `{action}`");
                return Err(Fault::new("budget-parameter", detail));
            }
            limit::currency(&params, path)?;
        }
        limits_once(&limits)?;
        let audience = text_set(audience, "audience")?;
        params.shrink_to_fit();
        limits.shrink_to_fit();
        Ok(Self { action, params, open, limits, approval: approval.map(Box::new), audience })
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

    /// The approvals that its calls need, if any.
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_deref()
    }

    /// Who may act, in ascending order; anyone, if empty.
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// The steps of its regular expressions together.
    fn regex_steps(&self) -> usize {
        let unless = self.approval().map(Approval::unless).unwrap_or_default();
        let constraints = self.params.iter().chain(unless).flat_map(|param| &param.constraints);
        constraints.map(|constraint| if let Constraint::Regex(regex) = constraint { regex.steps() } else { 0 }).sum()
    }

    /// The parameter at `path`, if it names one.
    pub fn param(&self, path: &ParamPath) -> Option<&Param> {
        self.params.iter().find(|param| param.path == *path)
    }
}

impl Scope {
    /// The scope of `parts`.
    ///
    /// # Errors
    /// `grants-count` above 1,024, `grant-twice`, `deny-twice`, `limit-twice`, `max-depth` above 8; `budget-currency` where
    /// a scope-wide budget of an amount of money meets more than one currency; `limit-counter` where limits of one
    /// counter have more than one `max`; `region` for an empty text, a control character, or one that stands twice;
    /// `approver-twice`; `approver-unknown` and `approval-need` where a grant asks for approvals that nobody, or too few,
    /// can give; `regex-size` where the regular expressions have more than 16,384 steps together; `scope-too-large` above
    /// 48 KiB encoded.
    pub fn new(parts: ScopeParts) -> Result<Self, Fault> {
        let mut parts = parts;
        parts.approvers.sort_by_cached_key(approver_der);
        let mut parts = Self::checked(parts)?;
        parts.grants.sort_by_cached_key(grant_der);
        parts.deny.sort_by_cached_key(action_der);
        parts.limits.sort_by_cached_key(limit_der);
        let scope = Self::compiled(parts)?;
        let bytes = scope.encode().len();
        if bytes > codec::BYTES {
            let detail = format!("the scope takes {bytes} bytes, more than {}", codec::BYTES);
            return Err(Fault::new("scope-too-large", detail));
        }
        Ok(scope)
    }

    /// As [`Scope::new`], of sets that stand in encoded order already and are not too large, as the decoder made sure.
    pub(super) fn in_order(parts: ScopeParts) -> Result<Self, Fault> {
        Self::compiled(Self::checked(parts)?)
    }

    fn checked(parts: ScopeParts) -> Result<ScopeParts, Fault> {
        let ScopeParts { grants, deny, limits, hours, regions, approvers, max_depth } = parts;
        if grants.len() > GRANTS {
            return Err(Fault::new("grants-count", format!("{} grants are more than {GRANTS}", grants.len())));
        }
        if let Some(depth) = max_depth.filter(|depth| *depth > DEPTH) {
            return Err(Fault::new("max-depth", format!("a depth of {depth} is more than {DEPTH}")));
        }
        if let Some(twice) = grants_once(&grants) {
            return Err(Fault::new("grant-twice", format!("the same grant of `{}` stands twice", twice.action)));
        }
        let mut denied: Vec<&str> = deny.iter().map(ActionPattern::as_str).collect();
        denied.sort_unstable();
        if let Some([twice, _]) = denied.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("deny-twice", format!("`{twice}` is denied twice")));
        }
        limits_once(&limits)?;
        let regions = text_set(regions, "region")?;
        if let Some([twice, _]) = approvers.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("approver-twice", format!("the approver `{}` stands twice", twice.name())));
        }
        let mut by_name: Vec<&Approver> = approvers.iter().collect();
        by_name.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        grants.iter().filter_map(Grant::approval).try_for_each(|approval| approval.resolve(&by_name))?;
        if grants.iter().map(Grant::regex_steps).sum::<usize>() > REGEX_STEPS {
            let detail = format!("the scope's regular expressions have more than {REGEX_STEPS} steps together");
            return Err(Fault::new("regex-size", detail));
        }
        Ok(ScopeParts { grants, deny, limits, hours, regions, approvers, max_depth })
    }

    fn compiled(parts: ScopeParts) -> Result<Self, Fault> {
        let ScopeParts { grants, deny, limits, hours, regions, approvers, max_depth } = parts;
        let compiled = Compiled::new(&grants, &deny, &limits)?;
        let hours = hours.map(Box::new);
        Ok(Self { grants, deny, limits, hours, regions, approvers, max_depth, compiled })
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

    /// When calls are accepted; always, if not stated.
    pub fn hours(&self) -> Option<&Hours> {
        self.hours.as_deref()
    }

    /// The regions whose guards accept calls, in ascending order; all, if empty.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// Who may approve, in encoded order.
    pub fn approvers(&self) -> &[Approver] {
        &self.approvers
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

/// Checks that the currency of every amount of money among `params` is a required parameter of `grant` with a list.
fn currencies_listed(params: &[Param], grant: &[Param]) -> Result<(), Fault> {
    for param in params {
        for constraint in &param.constraints {
            let Constraint::Range(range) = constraint else { continue };
            let Some(currency) = range.money().and_then(Money::currency) else { continue };
            let listed = grant.iter().any(|other| {
                other.path == *currency
                    && !other.optional
                    && other.constraints.iter().any(|constraint| matches!(constraint, Constraint::OneOf(_)))
            });
            if !listed {
                let path = &param.path;
                let detail = format!("the currency `{currency}` of `{path}` is not a required parameter with a list");
                return Err(Fault::new("money-currency", detail));
            }
        }
    }
    Ok(())
}

/// The grant that stands twice, if there is one.
fn grants_once(grants: &[Grant]) -> Option<&Grant> {
    if grants.len() < 2 {
        return None;
    }
    let mut by_action: Vec<&Grant> = grants.iter().collect();
    by_action.sort_by(|a, b| a.action.as_str().cmp(b.action.as_str()));
    let twice = |same: &[&'_ Grant]| {
        let mut pairs = same.iter().enumerate();
        pairs.find(|(index, grant)| same.iter().skip(index + 1).any(|other| other == *grant)).map(|(index, _)| index)
    };
    by_action.chunk_by(|a, b| a.action == b.action).find_map(|same| same.get(twice(same)?).copied())
}

/// Limits up to which each is compared with each.
const SCANNED: usize = 16;

fn limits_once(limits: &[Limit]) -> Result<(), Fault> {
    let twice = if limits.len() <= SCANNED {
        let mut each = limits.iter().enumerate();
        each.find(|(index, limit)| limits.iter().skip(index + 1).any(|other| other == *limit)).map(|(_, limit)| limit)
    } else {
        // A scope has room for thousands: by their encodings, equal ones stand side by side.
        let mut sorted: Vec<&Limit> = limits.iter().collect();
        sorted.sort_by_cached_key(|limit| limit_der(limit));
        sorted.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some(*a),
            _ => None,
        })
    };
    match twice {
        Some(limit) => Err(Fault::new("limit-twice", format!("the limit {limit} stands twice in one list"))),
        None => Ok(()),
    }
}
