//! Whether a scope accepts a call, what that draws on its counters, and else which rule the call broke first.

use super::action::ActionName;
use super::approval::{Approval, Asked};
use super::compiled::{Node, Shape};
use super::constraint::Constraint;
use super::limit::{self, Counter, Limit};
use super::model::{Grant, Scope};
use super::param::{Param, ParamPath, Path, Step};
use crate::encoding::jcs;
use crate::encoding::json::{Json, Object};
use crate::error::{Code, Denial};
use crate::time::UnixTime;
use crate::value::Decimal;

/// An action, its arguments, and where and when it is to happen, before any check.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The action's name: one to eight segments joined by dots.
    pub action: &'a str,
    /// Its arguments, within the bounds of [`Arguments`](crate::value::Arguments).
    pub arguments: &'a Object,
    /// Who is to act: an intent's `aud`, the audience of a guard in the agent's own process; none if it has none.
    pub audience: Option<&'a str>,
    /// The region of the guard that judges, if it has one.
    pub region: Option<&'a str>,
    /// The guard's clock.
    pub now: UnixTime,
}

impl<'a> Call<'a> {
    /// The call of `action` at `now`, without audience and region.
    pub const fn new(action: &'a str, arguments: &'a Object, now: UnixTime) -> Self {
        Self { action, arguments, audience: None, region: None, now }
    }
}

/// What the scopes that accept a call ask for beside: appended to by [`Scope::judge`].
#[derive(Debug, Default)]
pub struct Accepted<'s> {
    /// What the call draws.
    pub draws: Vec<Draw<'s>>,
    /// The approvals that it needs.
    pub approvals: Vec<Asked<'s>>,
}

/// What an accepted call takes from one counter.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'s> {
    /// The limit, whose `max` holds.
    pub limit: &'s Limit,
    /// The counter that it draws on.
    pub counter: &'s Counter,
    /// 1 for a rate, the sum of the parameter for a budget.
    pub amount: Decimal,
}

/// Why a grant does not accept a call. Cheap: the denial is written only if no other grant accepts.
enum Failure<'s, 'a> {
    /// Another is to act.
    Audience,
    /// A required member is absent or null.
    Missing(&'s Param),
    /// A path goes on at a value that is no object, or no array.
    Shape(&'s Param, &'s Step, &'a Json),
    /// A constraint does not hold.
    Value(&'s Param, &'s Constraint, &'a Json, Code),
    /// A leaf that no path names.
    Unexpected(&'a Json),
}

impl Scope {
    /// Judges a call, and appends to `accepted` what it draws: the limits of every accepting grant, grants in encoded order,
    /// then the scope-wide limits; limits of one counter once. So it does with the approvals of every accepting grant, but
    /// for those that its `unless` frees the call of. On a refusal `accepted` is as it was.
    ///
    /// # Errors
    /// E201 where the action is no name or denied; E210 outside the hours, E211 outside the regions; E201 where no grant is
    /// for the action. Else what the first grant whose action matches refuses: E306 where another is to act, E202 to E204
    /// for a value outside its constraint, E205 for a required parameter that is absent or null, E206 for one that is not
    /// named, E207 for a wrong type or an unreadable value; E207 too for a budgeted value that is negative or no number.
    pub fn judge<'s>(&'s self, call: &Call<'_>, accepted: &mut Accepted<'s>) -> Result<(), Denial> {
        let before = (accepted.draws.len(), accepted.approvals.len());
        let judged = self.accept(call, accepted, before.0);
        if judged.is_err() {
            accepted.draws.truncate(before.0);
            accepted.approvals.truncate(before.1);
        }
        judged
    }

    fn accept<'s>(&'s self, call: &Call<'_>, taken: &mut Accepted<'s>, before: usize) -> Result<(), Denial> {
        let Some(action) = ActionName::parse(call.action) else {
            return Err(denial(Code::ActionNotAllowed, "action-name", call));
        };
        let denied = |position: u32| self.deny.get(position as usize);
        if let Some(pattern) =
            self.compiled.deny.matching(&action, denied).next().and_then(|index| self.deny.get(index))
        {
            return Err(denial(Code::ActionNotAllowed, "deny", call).field(format!("deny {pattern}")));
        }
        self.admits_place_and_time(call)?;
        let granted = |position: u32| self.grants.get(position as usize).map(|grant| &grant.action);
        let mut first = None;
        let mut accepted = false;
        for index in self.compiled.grants.matching(&action, granted) {
            let (Some(grant), Some(shape)) = (self.grants.get(index), self.compiled.shapes.get(index)) else {
                continue;
            };
            if accepted && grant.limits.is_empty() && grant.approval.is_none() {
                continue;
            }
            match grant.accept(shape, call) {
                Ok(()) => {
                    accepted = true;
                    self.draw(index, &grant.limits, call, &mut taken.draws, before)?;
                    if let Some(approval) = grant.approval().filter(|approval| !approval.frees(call.arguments)) {
                        taken.approvals.push(Asked { approval, approvers: &self.approvers });
                    }
                }
                Err(failure) if first.is_none() => first = Some((grant, failure)),
                Err(_) => {}
            }
        }
        match first {
            _ if accepted => self.draw(self.grants.len(), &self.limits, call, &mut taken.draws, before),
            Some((grant, failure)) => Err(failure.denial(grant, call)),
            None => {
                let denial = denial(Code::ActionNotAllowed, "no-grant", call);
                let actions = self.grants.iter().map(|grant| format!("`{}`", grant.action));
                Err(if self.grants.is_empty() { denial } else { denial.expected(joined(actions, ", ")) })
            }
        }
    }

    fn admits_place_and_time(&self, call: &Call<'_>) -> Result<(), Denial> {
        if let Some(hours) = self.hours.as_deref().filter(|hours| !hours.accepts(call.now)) {
            let came = hours.clock(call.now).unwrap_or_else(|| call.now.to_string());
            return Err(denial(Code::OutsideHours, "hours", call)
                .field("time")
                .requested(came)
                .expected(hours.to_string()));
        }
        let among = |region: &str| self.regions.binary_search_by(|own| own.as_str().cmp(region)).is_ok();
        if !self.regions.is_empty() && !call.region.is_some_and(among) {
            return Err(denial(Code::RegionNotAllowed, "region", call)
                .field("region")
                .requested(call.region.unwrap_or("none").to_owned())
                .expected(joined(self.regions.iter().map(|region| format!("`{region}`")), ", ")));
        }
        Ok(())
    }

    /// Appends the draws of `limits`, those of the grant at `index` or, behind the last, the scope-wide ones.
    fn draw<'s>(
        &'s self,
        index: usize,
        limits: &'s [Limit],
        call: &Call<'_>,
        draws: &mut Vec<Draw<'s>>,
        before: usize,
    ) -> Result<(), Denial> {
        let counters = self.compiled.draws.get(index).map(AsRef::as_ref).unwrap_or_default();
        for (limit, counter) in limits.iter().zip(counters) {
            let Some(counter) = self.compiled.counters.get(*counter as usize) else { continue };
            let drawn = |draws: &[Draw<'s>]| {
                let mut own = draws.iter().skip(before);
                own.any(|draw| draw.counter.position() == counter.position())
            };
            if counter.shared && drawn(draws) {
                continue;
            }
            let amount = match limit.budget_path() {
                None => Decimal::ONE,
                Some(path) => sum(path, call.arguments).map_err(|value| {
                    let denial = denial(Code::ParameterInvalid, "budget", call).parameter(path.to_string());
                    denial.requested(compact(value)).expected("a number that is not negative, as its budget sums it")
                })?,
            };
            draws.push(Draw { limit, counter, amount });
        }
        Ok(())
    }
}

impl Grant {
    /// Whether its parameters accept `arguments`; `shape` is its own.
    pub(super) fn takes(&self, shape: &Shape, arguments: &Object) -> bool {
        self.accept_arguments(shape, arguments).is_ok()
    }

    fn accept<'s, 'a>(&'s self, shape: &Shape, call: &Call<'a>) -> Result<(), Failure<'s, 'a>> {
        let among = |audience: &str| self.audience.binary_search_by(|own| own.as_str().cmp(audience)).is_ok();
        if !self.audience.is_empty() && !call.audience.is_some_and(among) {
            return Err(Failure::Audience);
        }
        self.accept_arguments(shape, call.arguments)
    }

    fn accept_arguments<'s, 'a>(&'s self, shape: &Shape, arguments: &'a Object) -> Result<(), Failure<'s, 'a>> {
        for param in &self.params {
            if let Some((Step::Key(key), rest)) = param.path.steps.split_first() {
                judge_member(param, key, rest, arguments)?;
            }
        }
        let stray = if self.open { None } else { shape.stray_member(&self.params, arguments, shape.root()) };
        match stray {
            Some(leaf) => Err(Failure::Unexpected(leaf)),
            None => Ok(()),
        }
    }
}

fn judge_member<'s, 'a>(
    param: &'s Param,
    key: &str,
    rest: &'s [Step],
    object: &'a Object,
) -> Result<(), Failure<'s, 'a>> {
    match object.get(key) {
        None | Some(Json::Null) if param.optional => Ok(()),
        None | Some(Json::Null) => Err(Failure::Missing(param)),
        Some(value) => judge_value(param, rest, value),
    }
}

/// The recursion is as deep as a path is long, eight at most.
fn judge_value<'s, 'a>(param: &'s Param, steps: &'s [Step], value: &'a Json) -> Result<(), Failure<'s, 'a>> {
    match (steps.split_first(), value) {
        (None, _) => param.constraints.iter().try_for_each(|constraint| {
            constraint.judge(value).map_err(|code| Failure::Value(param, constraint, value, code))
        }),
        (Some((Step::Key(key), rest)), Json::Object(object)) => judge_member(param, key, rest, object),
        (Some((Step::Each, rest)), Json::Array(elements)) => {
            elements.iter().try_for_each(|element| judge_value(param, rest, element))
        }
        (Some((step, _)), _) => Err(Failure::Shape(param, step, value)),
    }
}

impl Approval {
    /// Whether `arguments` satisfy every constraint of `unless`: present, not null, and no array on the way empty.
    fn frees(&self, arguments: &Object) -> bool {
        let satisfied = |param: &Param| match param.path.steps.split_first() {
            Some((Step::Key(key), rest)) => arguments.get(key).is_some_and(|value| satisfies(param, rest, value)),
            _ => false,
        };
        !self.unless().is_empty() && self.unless().iter().all(satisfied)
    }
}

/// Whether every value at `steps` from `value` meets what is asked of `param`, and there is one.
fn satisfies(param: &Param, steps: &[Step], value: &Json) -> bool {
    match (steps.split_first(), value) {
        (_, Json::Null) => false,
        (_, Json::Array(elements)) if elements.is_empty() => false,
        (None, _) => param.constraints.iter().all(|constraint| constraint.judge(value).is_ok()),
        (Some((Step::Key(key), rest)), Json::Object(object)) => {
            object.get(key).is_some_and(|value| satisfies(param, rest, value))
        }
        (Some((Step::Each, rest)), Json::Array(elements)) => {
            elements.iter().all(|element| satisfies(param, rest, element))
        }
        _ => false,
    }
}

impl Shape {
    /// The first leaf of `object`, depth first, that no path names. As deep as the arguments, whose depth is bounded.
    fn stray_member<'a>(&self, params: &[Param], object: &'a Object, node: Option<&Node>) -> Option<&'a Json> {
        let Some(node) = node else { return object.iter().find_map(|(_, value)| self.stray(params, value, None)) };
        let mut members = self.members(node, params);
        object.iter().find_map(|(key, value)| self.stray(params, value, members(key)))
    }

    fn stray<'a>(&self, params: &[Param], value: &'a Json, node: Option<&Node>) -> Option<&'a Json> {
        if node.is_some_and(|node| node.subtree) {
            return None;
        }
        let named = match value {
            Json::Object(object) if !object.is_empty() => return self.stray_member(params, object, node),
            Json::Array(elements) if !elements.is_empty() => {
                let each = node.and_then(|node| self.elements(node));
                return elements.iter().find_map(|element| self.stray(params, element, each));
            }
            // A path that ends here or goes on.
            Json::Null | Json::Object(_) | Json::Array(_) => node.is_some(),
            Json::Bool(_) | Json::Number(_) | Json::Text(_) => node.is_some_and(|node| node.named),
        };
        if named { None } else { Some(value) }
    }
}

/// The sum of what stands at `path`; absent or null members add nothing.
///
/// # Errors
/// The value that is negative, no number, not of the type that the path goes on from, or made the sum too large.
fn sum<'a>(path: &ParamPath, arguments: &'a Object) -> Result<Decimal, &'a Json> {
    let mut total = Decimal::ZERO;
    if let Some((Step::Key(key), rest)) = path.steps.split_first() {
        add_member(&mut total, key, rest, arguments)?;
    }
    Ok(total)
}

fn add_member<'a>(total: &mut Decimal, key: &str, rest: &[Step], object: &'a Object) -> Result<(), &'a Json> {
    match object.get(key) {
        None | Some(Json::Null) => Ok(()),
        Some(value) => add_value(total, rest, value),
    }
}

fn add_value<'a>(total: &mut Decimal, steps: &[Step], value: &'a Json) -> Result<(), &'a Json> {
    match (steps.split_first(), value) {
        (None, _) => {
            let number = match value {
                Json::Number(number) => Some(Decimal::from_number(*number)),
                Json::Text(text) => Decimal::from_argument(text),
                _ => None,
            };
            let amount = number.filter(|amount| !amount.is_negative()).ok_or(value)?;
            *total = total.sum_up(amount).ok_or(value)?;
            Ok(())
        }
        (Some((Step::Key(key), rest)), Json::Object(object)) => add_member(total, key, rest, object),
        (Some((Step::Each, rest)), Json::Array(elements)) => {
            elements.iter().try_for_each(|element| add_value(total, rest, element))
        }
        _ => Err(value),
    }
}

impl Failure<'_, '_> {
    #[cold]
    fn denial(&self, grant: &Grant, call: &Call<'_>) -> Denial {
        match self {
            Self::Audience => denial(Code::AudienceMismatch, "audience", call)
                .field("audience")
                .requested(call.audience.unwrap_or("none").to_owned())
                .expected(joined(grant.audience.iter().map(|audience| format!("`{audience}`")), ", ")),
            Self::Missing(param) => {
                let accepted = param.constraints.iter().map(|constraint| grant.describe(constraint));
                denial(Code::ParameterMissing, "required", call)
                    .parameter(param.path.to_string())
                    .expected(joined(accepted, " and "))
            }
            Self::Shape(param, step, value) => denial(Code::ParameterInvalid, "type", call)
                .parameter(param.path.to_string())
                .requested(compact(value))
                .expected(if matches!(step, Step::Each) { "an array" } else { "an object" }),
            Self::Value(param, constraint, value, code) => denial(*code, constraint.name(), call)
                .parameter(param.path.to_string())
                .requested(compact(value))
                .expected(grant.describe(constraint)),
            Self::Unexpected(leaf) => {
                let mut steps = Vec::new();
                locate(call.arguments, leaf, &mut steps);
                let named = grant.params.iter().map(|param| format!("`{}`", param.path));
                let expected = if grant.params.is_empty() {
                    "no parameters".to_owned()
                } else {
                    format!("only {}", joined(named, ", "))
                };
                denial(Code::ParameterUnexpected, "unexpected", call)
                    .parameter(Path(&steps).to_string())
                    .requested(compact(leaf))
                    .expected(expected)
            }
        }
    }
}

impl Grant {
    /// What `constraint` accepts, an amount with its currency where that is one: `0 to 500 (EUR)`.
    fn describe(&self, constraint: &Constraint) -> String {
        use super::{Constraint::Range, Scalar::Text};
        let currency = match constraint {
            Range(range) => range.money().and_then(|money| money.currency()),
            _ => None,
        };
        match currency.and_then(|path| limit::one_value(&self.params, path)) {
            Some(Text(name)) => format!("{constraint} ({name})"),
            Some(other) => format!("{constraint} ({other})"),
            None => constraint.to_string(),
        }
    }
}

/// Writes the steps to `leaf`, found by its address, into `steps`.
fn locate(object: &Object, leaf: &Json, steps: &mut Vec<Step>) -> bool {
    object.iter().any(|(key, value)| {
        steps.push(Step::Key(key.to_owned()));
        let found = locate_within(value, leaf, steps);
        if !found {
            steps.pop();
        }
        found
    })
}

fn locate_within(value: &Json, leaf: &Json, steps: &mut Vec<Step>) -> bool {
    match value {
        _ if std::ptr::eq(value, leaf) => true,
        Json::Object(object) => locate(object, leaf, steps),
        Json::Array(elements) => {
            steps.push(Step::Each);
            let found = elements.iter().any(|element| locate_within(element, leaf, steps));
            if !found {
                steps.pop();
            }
            found
        }
        _ => false,
    }
}

#[cold]
fn denial(code: Code, rule: &'static str, call: &Call<'_>) -> Denial {
    Denial::new(code, rule).action(call.action.to_owned())
}

/// Canonical JSON: what came, on one line.
fn compact(value: &Json) -> String {
    jcs::to_string(value)
}

fn joined(parts: impl Iterator<Item = String>, separator: &str) -> String {
    // A denial keeps 256 characters, so a few parts always do.
    parts.take(64).collect::<Vec<_>>().join(separator)
}
