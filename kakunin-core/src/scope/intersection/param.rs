//! The parameters that two grants ask for together, so that what a grant names is what both name.

use super::Inexpressible;
use crate::scope::constraint::{Constraint, Kind, Length, Range, ScalarSet};
use crate::scope::containment::place::Place;
use crate::scope::model::{Fault, Grant};
use crate::scope::param::{Param, ParamPath, Step};

/// What becomes of a parameter that one grant names and the other does not.
enum Lone {
    Keep(Param),
    /// It is not named: the other refuses it, or what else is named says it already. Where paths of both run together for
    /// some steps, one that does must be left.
    Gone(usize),
    /// No call has it as both want it.
    Nothing,
}

/// The parameters of both grants together; `None` where no call satisfies both.
pub(super) fn both(one: &Grant, another: &Grant) -> Result<Option<Vec<Param>>, Inexpressible> {
    let mut params: Vec<Param> = Vec::new();
    let mut gone: Vec<(&Param, usize)> = Vec::new();
    for own in &one.params {
        if let Some(other) = another.param(&own.path) {
            let Some(param) = same(own, one, other, another)? else { return Ok(None) };
            params.push(param);
        }
    }
    for (grant, other) in [(one, another), (another, one)] {
        for own in grant.params.iter().filter(|own| other.param(&own.path).is_none()) {
            match lone(own, grant, other)? {
                Lone::Keep(param) => params.push(param),
                Lone::Gone(common) => gone.push((own, common)),
                Lone::Nothing => return Ok(None),
            }
        }
    }
    for (own, common) in gone {
        let shared = own.path.steps().get(..common).unwrap_or_default();
        if common > 0
            && !params.iter().any(|param| param.path.steps().len() > common && param.path.steps().starts_with(shared))
        {
            let detail = "one side rules out what the other leaves optional, and nothing else is named beside it";
            return Err(at(own, own.constraints(), detail));
        }
    }
    Ok(Some(params))
}

fn at(param: &Param, constraints: &[Constraint], detail: &str) -> Inexpressible {
    let mut kinds: Vec<&'static str> = constraints.iter().map(Constraint::name).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Inexpressible { parameter: Some(param.path.to_string()), ..Inexpressible::new(kinds, detail) }
}

fn made(path: &ParamPath, optional: bool, constraints: Vec<Constraint>) -> Result<Param, Inexpressible> {
    let kinds = constraints.iter().map(Constraint::name).collect();
    Param::new(path.clone(), optional, constraints).map_err(|fault: Fault| Inexpressible {
        parameter: Some(path.to_string()),
        ..Inexpressible::new(kinds, fault.detail)
    })
}

fn is_array(constraint: &Constraint) -> bool {
    *constraint == Constraint::Type(Kind::Array)
}

/// Whether arrays can satisfy all of `constraints`.
fn take_arrays(constraints: &[Constraint]) -> bool {
    constraints.iter().all(|constraint| is_array(constraint) || matches!(constraint, Constraint::Length(_)))
}

fn take_objects(constraints: &[Constraint]) -> bool {
    constraints.iter().all(|constraint| *constraint == Constraint::Type(Kind::Object))
}

/// Whether `grant` names all that can be beneath `path` without naming it.
fn covers(grant: &Grant, path: &ParamPath) -> bool {
    grant.open
        || grant
            .params
            .iter()
            .any(|param| param.covers_subtree() && matches!(param.path.towards(path), Place::Same | Place::Above(_)))
}

/// The first steps of the paths of `grant` that go on from `path`.
fn beneath<'g>(grant: &'g Grant, path: &'g ParamPath) -> impl Iterator<Item = (&'g Param, &'g Step)> {
    grant.params.iter().filter_map(move |param| match path.towards(&param.path) {
        Place::Above(step) => Some((param, step)),
        _ => None,
    })
}

/// A parameter that both name.
fn same(own: &Param, one: &Grant, other: &Param, another: &Grant) -> Result<Option<Param>, Inexpressible> {
    let path = &own.path;
    let optional = own.optional && other.optional;
    let mut constraints = merged(&own.constraints, &other.constraints)?;
    if constraints.iter().any(accepts_nothing) && !optional && !path.steps().contains(&Step::Each) {
        return Ok(None);
    }
    // Objects pass only where both have the type and nothing else: then both name what is beneath.
    if take_arrays(&constraints) {
        let sides = [(one, another), (another, one)];
        let bare = |grant: &Grant| !covers(grant, path) && beneath(grant, path).next().is_none();
        if constraints.iter().any(is_array) {
            let half = sides.iter().find(|(grant, _)| !covers(grant, path)).map(|(grant, _)| *grant);
            match half {
                None => {}
                Some(grant) if bare(grant) => constraints.push(empty()?),
                // The paths that go on ask for an array; elements are what they name.
                Some(_) => constraints.retain(|constraint| !is_array(constraint)),
            }
        } else if sides.iter().any(|(grant, other)| bare(grant) && beneath(other, path).next().is_some()) {
            constraints.push(empty()?);
        }
    }
    made(path, optional, distinct(constraints)).map(Some)
}

/// A parameter of `grant` that `other` does not name.
fn lone(own: &Param, grant: &Grant, other: &Grant) -> Result<Lone, Inexpressible> {
    let path = &own.path;
    let on: Vec<(&Param, &Step)> = beneath(other, path).collect();
    let bare = !covers(grant, path) && beneath(grant, path).next().is_none();
    if bare && take_arrays(&own.constraints) && !on.is_empty() {
        // The other's paths ask for an array, of which this grant names no element.
        let constraints = own.constraints.iter().cloned().chain([empty()?]).collect();
        return made(path, own.optional, distinct(constraints)).map(Lone::Keep);
    }
    let keep = || Ok(Lone::Keep(own.clone()));
    if covers(other, path) {
        return keep();
    }
    if !on.is_empty() {
        return passed(own, &on);
    }
    let mut common = 0;
    for param in &other.params {
        match param.path.towards(path) {
            // What ends above takes no object, nor, unless it is a length alone, an array.
            Place::Above(step) => {
                let elements = *step == Step::Each && take_arrays(&param.constraints);
                if !elements || beneath(other, &param.path).next().is_none() {
                    return keep();
                }
            }
            // No value stands on both.
            Place::Crossed => return keep(),
            Place::Apart => {
                let steps = path.steps().iter().zip(param.path.steps());
                common = common.max(steps.take_while(|(one, another)| one == another).count());
            }
            Place::Same | Place::Below => {}
        }
    }
    if own.optional {
        return Ok(Lone::Gone(common));
    }
    if path.steps().iter().take(common).any(|step| *step == Step::Each) {
        // Only with no element does either take it.
        let none = Constraint::OneOf(ScalarSet::new(Vec::new()).map_err(|fault| Inexpressible::of(&fault))?);
        let constraints = own.constraints.iter().cloned().chain([none]).collect();
        return made(path, false, distinct(constraints)).map(Lone::Keep);
    }
    Ok(Lone::Nothing)
}

/// A parameter beneath which the other grant has paths, `on`, each with its first step from there.
fn passed(own: &Param, on: &[(&Param, &Step)]) -> Result<Lone, Inexpressible> {
    let path = &own.path;
    let settled = own.optional || on.iter().any(|(param, _)| !param.optional);
    let by_key = on.iter().all(|(_, step)| matches!(step, Step::Key(_)));
    let by_element = on.iter().all(|(_, step)| **step == Step::Each);
    let gone = || Ok(Lone::Gone(0));
    if own.covers_subtree() {
        if take_objects(&own.constraints) && by_key {
            let detail = "one side asks for an object with anything beneath, the other names what is beneath, all of it optional";
            return if settled { gone() } else { Err(at(own, own.constraints(), detail)) };
        }
        if take_arrays(&own.constraints) && by_element {
            let mut rest: Vec<Constraint> = own.constraints.iter().filter(|one| !is_array(one)).cloned().collect();
            if rest.is_empty() {
                if settled {
                    return gone();
                }
                rest.push(Constraint::Length(Length::new(Some(0), None).map_err(|fault| Inexpressible::of(&fault))?));
            }
            return made(path, own.optional, rest).map(Lone::Keep);
        }
    }
    // Nothing but null or nothing at all can stand there for both.
    Ok(Lone::Keep(own.clone()))
}

/// A length of nothing.
fn empty() -> Result<Constraint, Inexpressible> {
    Length::new(None, Some(0)).map(Constraint::Length).map_err(|fault| Inexpressible::of(&fault))
}

fn distinct(constraints: Vec<Constraint>) -> Vec<Constraint> {
    let mut kept: Vec<Constraint> = Vec::new();
    for constraint in constraints {
        if !kept.contains(&constraint) {
            kept.push(constraint);
        }
    }
    kept
}

fn accepts_nothing(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::OneOf(list) if list.is_empty())
}

/// What both lists ask for; two of a kind become one where the kind can say it.
fn merged(one: &[Constraint], another: &[Constraint]) -> Result<Vec<Constraint>, Inexpressible> {
    let mut constraints: Vec<Constraint> = one.to_vec();
    for other in another {
        let joined = constraints.iter_mut().find_map(|own| joined(own, other).map(|joined| (own, joined)));
        match joined {
            Some((own, joined)) => *own = joined,
            None => constraints.push(other.clone()),
        }
    }
    Ok(distinct(constraints))
}

/// One constraint that accepts what both accept.
fn joined(one: &Constraint, another: &Constraint) -> Option<Constraint> {
    match (one, another) {
        (one, another) if one == another => Some(one.clone()),
        (Constraint::OneOf(one), Constraint::OneOf(another)) => {
            let shared = one.iter().filter(|member| another.holds(member)).cloned().collect();
            ScalarSet::new(shared).ok().map(Constraint::OneOf)
        }
        (Constraint::Range(one), Constraint::Range(another)) => {
            let money = match (one.money(), another.money()) {
                (Some(one), Some(another)) if one != another => return None,
                (one, another) => one.or(another).cloned(),
            };
            let min = [one.min(), another.min()].into_iter().flatten().max();
            let max = [one.max(), another.max()].into_iter().flatten().min();
            Range::new(min, max, money).ok().map(Constraint::Range)
        }
        (Constraint::Length(one), Constraint::Length(another)) => {
            let min = [one.min(), another.min()].into_iter().flatten().max();
            let max = [one.max(), another.max()].into_iter().flatten().min();
            Length::new(min, max).ok().map(Constraint::Length)
        }
        (Constraint::Type(Kind::Number), Constraint::Type(Kind::Integer))
        | (Constraint::Type(Kind::Integer), Constraint::Type(Kind::Number)) => Some(Constraint::Type(Kind::Integer)),
        _ => None,
    }
}
