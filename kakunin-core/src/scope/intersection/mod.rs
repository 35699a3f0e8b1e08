//! The scope that accepts what two scopes both accept, where there is one.
//!
//! Grants meet one by one: a call is accepted by both scopes iff a grant of each accepts it, so each pair of grants whose
//! actions meet becomes one grant that asks what both ask. What cannot be said in one grant is refused by name, never
//! rounded.

mod approval;
mod bounds;
mod limit;
mod param;

use std::fmt;

use super::action::ActionPattern;
use super::containment::action::{covers, meet};
use super::containment::contained_grant;
use super::model::{Fault, Grant, GrantParts, Scope, ScopeParts};
use approval::Approvers;
use limit::Limits;

/// Most pairs of grants that are looked at. 2^20: 1,024 against 1,024, all that two scopes can have.
const PAIRS: usize = 1 << 20;
/// Up to so many grants, those that lie in others and add nothing are left out. 128: some 16,000 comparisons of grants.
const THINNED: usize = 128;

/// What no scope can say: what two scopes share there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Inexpressible {
    /// The actions that both grant.
    pub action: Option<String>,
    /// The parameter's path as an author writes it.
    pub parameter: Option<String>,
    /// The kinds of constraints, or the parts of the scopes, that meet: `length`, `hours`.
    pub kinds: Vec<&'static str>,
    /// What is in the way, in words.
    pub detail: String,
}

impl Inexpressible {
    fn new(kinds: Vec<&'static str>, detail: impl Into<String>) -> Self {
        Self { action: None, parameter: None, kinds, detail: detail.into() }
    }

    fn part(part: &'static str, detail: impl Into<String>) -> Self {
        Self::new(vec![part], detail)
    }

    fn of(fault: &Fault) -> Self {
        Self::part(fault.rule, fault.detail.clone())
    }

    fn at(mut self, action: &ActionPattern) -> Self {
        self.action = Some(action.to_string());
        self
    }
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.action, &self.parameter) {
            (Some(action), Some(parameter)) => write!(f, "`{parameter}` of `{action}`: ")?,
            (Some(action), None) => write!(f, "`{action}`: ")?,
            _ => {}
        }
        write!(f, "{} ({})", self.detail, self.kinds.join(", "))
    }
}

/// A grant of each scope, and what they share.
struct Pair<'s> {
    action: ActionPattern,
    params: Vec<super::Param>,
    open: bool,
    audience: Vec<String>,
    sides: [&'s Grant; 2],
}

impl Scope {
    /// The scope that accepts a call iff this one and `other` do, at one time, in one region and for one audience.
    ///
    /// The limits and approvals of both bind: a call draws on a counter for each that it would draw on under either, and
    /// needs the approvals that it would need under each. Counters get names where they would else be another counter, or
    /// one with another's. Where both bind the same calls to the same sum, the tighter one stands alone. The depth is the
    /// lesser, or the one that is stated.
    ///
    /// # Errors
    /// What no scope can say: paths of which one goes on where the other ends, hours of two zones, more than a scope may
    /// hold.
    pub fn intersect(&self, other: &Self) -> Result<Self, Inexpressible> {
        if self.grants.len().saturating_mul(other.grants.len()) > PAIRS {
            return Err(Inexpressible::part("grants", "there are too many grants to compare"));
        }
        let mut pairs = Vec::new();
        for one in &self.grants {
            for another in &other.grants {
                pairs.extend(pair(one, another)?);
            }
        }
        let hours = bounds::hours(self, other)?;
        let (regions, somewhere) = bounds::texts(&self.regions, &other.regions);
        if !somewhere || matches!(hours, bounds::When::Never) {
            pairs.clear();
        }
        let approvers = Approvers::of([self, other])?;
        let limits = Limits::of([self, other], &pairs)?;
        let mut grants = Vec::new();
        for (index, pair) in pairs.iter().enumerate() {
            grants.extend(granted(pair, limits.of_pair(index)?, &approvers)?);
        }
        let mut deny = self.deny.clone();
        deny.extend(other.deny.iter().filter(|pattern| !self.deny.contains(pattern)).cloned());
        let depths = [self.max_depth, other.max_depth];
        let parts = ScopeParts {
            grants: thinned(grants, &deny),
            deny,
            limits: limits.scope_wide()?,
            hours: if let bounds::When::At(hours) = hours { hours } else { None },
            regions: if somewhere { regions } else { Vec::new() },
            approvers: approvers.list,
            max_depth: depths.into_iter().flatten().min(),
        };
        Self::new(parts).map_err(|fault| Inexpressible::of(&fault))
    }
}

impl Scope {
    /// This scope, cut to what the grants and denies of `above` allow. Its own limits, approvals, hours and regions stay, and those
    /// of `above` bind by themselves. Its own depth stays.
    ///
    /// # Errors
    /// As [`Scope::intersect`].
    pub fn capped(&self, above: &Self) -> Result<Self, Inexpressible> {
        let bare = above.bare().map_err(|fault| Inexpressible::of(&fault))?;
        let mut capped = self.intersect(&bare)?;
        capped.max_depth = self.max_depth;
        Ok(capped)
    }

    /// Its actions, parameters and denies: what containment compares.
    pub(super) fn bare(&self) -> Result<Self, Fault> {
        let mut grants: Vec<Grant> = Vec::new();
        for grant in &self.grants {
            let (params, open) = (grant.params.clone(), grant.open);
            let grant = Grant::new(GrantParts { params, open, ..GrantParts::new(grant.action.clone()) })?;
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        Self::new(ScopeParts { grants, deny: self.deny.clone(), ..ScopeParts::default() })
    }
}

/// What two grants share; `None` where they share nothing.
fn pair<'s>(one: &'s Grant, another: &'s Grant) -> Result<Option<Pair<'s>>, Inexpressible> {
    let Some(action) = meet(one.action.segments(), another.action.segments()) else { return Ok(None) };
    let action = ActionPattern::of(action);
    let (audience, someone) = bounds::texts(&one.audience, &another.audience);
    if !someone {
        return Ok(None);
    }
    let params = param::both(one, another).map_err(|refusal| refusal.at(&action))?;
    let open = one.open && another.open;
    Ok(params.map(|params| Pair { action, params, open, audience, sides: [one, another] }))
}

/// The grants of a pair: one, or, where each side asks for approvals of its own, two that accept the same.
fn granted(pair: &Pair<'_>, limits: Vec<super::Limit>, approvers: &Approvers) -> Result<Vec<Grant>, Inexpressible> {
    let [one, another] = pair.sides;
    let mut asked: Vec<_> = [(0, one), (1, another)]
        .into_iter()
        .filter_map(|(side, grant)| Some(approvers.approval(side, grant.approval()?)))
        .collect::<Result<_, _>>()?;
    asked.dedup();
    let approvals = if asked.is_empty() { vec![None] } else { asked.into_iter().map(Some).collect() };
    let grant = |approval| {
        Grant::new(GrantParts {
            action: pair.action.clone(),
            params: pair.params.clone(),
            open: pair.open,
            limits: limits.clone(),
            approval,
            audience: pair.audience.clone(),
        })
    };
    let grants: Result<Vec<Grant>, Fault> = approvals.into_iter().map(grant).collect();
    grants.map_err(|fault| Inexpressible::of(&fault).at(&pair.action))
}

/// The grants without those that stand twice, that a deny covers, or that lie in another and add nothing to it.
fn thinned(grants: Vec<Grant>, deny: &[ActionPattern]) -> Vec<Grant> {
    let mut kept: Vec<Grant> = Vec::new();
    for grant in grants {
        let denied = deny.iter().any(|pattern| covers(pattern.segments(), grant.action.segments()));
        if !denied && !kept.contains(&grant) {
            kept.push(grant);
        }
    }
    if kept.len() > THINNED {
        return kept;
    }
    let mut index = 0;
    while let Some(grant) = kept.get(index) {
        let needless = kept.iter().enumerate().any(|(other, wide)| {
            other != index
                && grant.audience == wide.audience
                && grant.approval == wide.approval
                && grant.limits.iter().all(|limit| wide.limits.contains(limit))
                && limit::are_named(&grant.limits)
                && contained_grant(wide, grant)
        });
        if needless {
            kept.remove(index);
        } else {
            index += 1;
        }
    }
    kept
}
