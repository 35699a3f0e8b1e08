//! The places in the arguments that two sides speak of, calls made of them, and the changes to try at each.

use std::collections::BTreeMap;

use super::value;
use crate::encoding::json::{Json, Object};
use crate::scope::{Constraint, Grant, Param, Step};

/// Most elements of an array that is made. 512: an eighth of the values that arguments may have.
const ELEMENTS: u32 = 512;

/// A place, with what both sides say of it.
#[derive(Default)]
pub(super) struct Place<'s> {
    /// The own grant's parameter that ends here.
    own: Option<&'s Param>,
    /// What others ask of the value here.
    others: Vec<&'s Param>,
    keys: BTreeMap<&'s str, Place<'s>>,
    each: Option<Box<Place<'s>>>,
    /// Whether a path of the own grant ends here or beneath.
    named: bool,
    /// Whether one that is required does.
    required: bool,
    /// Whether the own grant lets anything stand here.
    free: bool,
    /// Values that the own grant accepts here.
    values: Vec<Json>,
}

/// A step to a place in given arguments.
#[derive(Clone, Copy)]
pub(super) enum At<'s> {
    Key(&'s str),
    First,
}

/// A change: another value at a place, or none.
pub(super) struct Variant<'s> {
    place: Vec<At<'s>>,
    value: Option<Json>,
}

impl<'s> Place<'s> {
    pub(super) fn of(own: &'s Grant, others: impl Iterator<Item = &'s Grant>) -> Self {
        let mut root = Self { named: true, required: true, ..Self::default() };
        for param in &own.params {
            let mut at = &mut root;
            for step in param.path.steps() {
                at = at.beneath(step);
                at.named = true;
                at.required |= !param.optional;
            }
            at.own = Some(param);
        }
        for param in others.flat_map(|other| &other.params) {
            let mut at = &mut root;
            for step in param.path.steps() {
                at = at.beneath(step);
            }
            at.others.push(param);
        }
        root.prepare(own.open);
        root
    }

    fn beneath(&mut self, step: &'s Step) -> &mut Self {
        match step {
            Step::Key(key) => self.keys.entry(key).or_default(),
            Step::Each => self.each.get_or_insert_default(),
        }
    }

    /// Works out values from the leaves up.
    fn prepare(&mut self, free: bool) {
        self.free = free;
        let beneath = free || self.own.is_some_and(Param::covers_subtree);
        self.keys.values_mut().for_each(|place| place.prepare(beneath));
        if let Some(each) = &mut self.each {
            each.prepare(beneath);
        }
        let own = self.own.map(Param::constraints).unwrap_or_default();
        let others = self.others.iter().flat_map(|param| param.constraints());
        if self.own.is_some() || self.free {
            self.values = value::candidates(own, others);
        }
        let accepted = |value: &Json| own.iter().all(|constraint| constraint.judge(value).is_ok());
        let built: Vec<Json> = self.built().into_iter().filter(accepted).collect();
        self.values.splice(0..0, built);
    }

    /// What stands here where paths go on: an object or an array of what stands beneath.
    fn built(&self) -> Vec<Json> {
        let mut built = Vec::new();
        if self.keys.values().any(|place| place.named) {
            built.push(Json::Object(self.arguments(false)));
            built.push(Json::Object(self.arguments(true)));
            built.push(Json::Object(Object::new()));
        }
        if let Some(each) = self.each.as_ref().filter(|each| each.named) {
            let element = each.values.first().cloned();
            built.extend(self.counts().into_iter().filter_map(|count| match (&element, count) {
                (_, 0) => Some(Json::Array(Vec::new())),
                (Some(element), count) => Some(Json::Array(vec![element.clone(); count])),
                (None, _) => None,
            }));
        }
        built
    }

    /// How many elements to try: one and a few, and what lengths say here.
    fn counts(&self) -> Vec<usize> {
        let constraints = self.own.into_iter().chain(self.others.iter().copied()).flat_map(Param::constraints);
        let mut counts = vec![1, 0, 2, 3];
        for constraint in constraints {
            let Constraint::Length(length) = constraint else { continue };
            for bound in [length.min(), length.max()].into_iter().flatten() {
                counts.extend([bound, bound.saturating_sub(1), bound.saturating_add(1)]);
            }
        }
        let mut seen = Vec::new();
        for count in counts.into_iter().filter(|count| *count <= ELEMENTS) {
            if !seen.contains(&(count as usize)) {
                seen.push(count as usize);
            }
        }
        seen
    }

    /// The members that are required, or all that are named, each with its first value.
    pub(super) fn arguments(&self, full: bool) -> Object {
        let mut object = Object::new();
        for (key, place) in &self.keys {
            if place.named && (full || place.required) {
                // With everything, a place beneath has everything too: its second value is the one with all members.
                let all = full && place.keys.values().any(|place| place.named);
                let value = if all { place.values.get(1).or(place.values.first()) } else { place.values.first() };
                if let Some(value) = value {
                    object.insert(*key, value.clone());
                }
            }
        }
        object
    }

    /// Appends the changes to try from here down.
    pub(super) fn variants(&self, place: &mut Vec<At<'s>>, variants: &mut Vec<Variant<'s>>) {
        let mut push = |place: &[At<'s>], value| variants.push(Variant { place: place.to_vec(), value });
        if !place.is_empty() {
            push(place, None);
            push(place, Some(Json::Null));
            self.values.iter().for_each(|value| push(place, Some(value.clone())));
        }
        if self.free || self.own.is_some_and(Param::covers_subtree) {
            place.push(At::Key(value::FRESH));
            for value in value::anything() {
                push(place, Some(value));
            }
            place.pop();
        }
        for (key, beneath) in &self.keys {
            place.push(At::Key(key));
            beneath.variants(place, variants);
            place.pop();
        }
        if let Some(each) = &self.each {
            place.push(At::First);
            each.variants(place, variants);
            place.pop();
        }
    }
}

impl Variant<'_> {
    /// `arguments` with this change; `None` where it changes nothing that is there.
    pub(super) fn applied(&self, arguments: &Object) -> Option<Object> {
        let mut root = Json::Object(arguments.clone());
        set(&mut root, &self.place, self.value.as_ref())?;
        if let Json::Object(object) = root { Some(object) } else { None }
    }
}

/// Puts `new` at `place` beneath `value`, and makes what must be there for it.
fn set(value: &mut Json, place: &[At<'_>], new: Option<&Json>) -> Option<()> {
    match place.split_first() {
        None => {
            *value = new?.clone();
            Some(())
        }
        Some((At::Key(key), rest)) => {
            let mut object = match std::mem::replace(value, Json::Null) {
                Json::Object(object) => object,
                _ => new.map(|_| Object::new())?,
            };
            let member = object.remove(key);
            if !rest.is_empty() || new.is_some() {
                let mut member = member.unwrap_or(Json::Null);
                set(&mut member, rest, new)?;
                object.insert(*key, member);
            } else {
                member?;
            }
            *value = Json::Object(object);
            Some(())
        }
        Some((At::First, rest)) => {
            let mut elements = match std::mem::replace(value, Json::Null) {
                Json::Array(elements) => elements,
                _ => new.map(|_| Vec::new())?,
            };
            if elements.is_empty() {
                new?;
                elements.push(Json::Null);
            }
            set(elements.first_mut()?, rest, new)?;
            *value = Json::Array(elements);
            Some(())
        }
    }
}
