//! Where one parameter path stands towards another, step by step.

use crate::scope::{ParamPath, Step};

/// Where a path stands towards another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scope) enum Place<'p> {
    /// They are the same.
    Same,
    /// It begins the other, which goes on from it by this step.
    Above(&'p Step),
    /// The other begins it.
    Below,
    /// They part at two different keys: no value stands on both.
    Apart,
    /// They part at a key and an element: a value stands on both only if it is an object and an array.
    Crossed,
}

impl ParamPath {
    /// Where this path stands towards `other`.
    pub(in crate::scope) fn towards<'p>(&self, other: &'p Self) -> Place<'p> {
        let mut own = self.steps.iter();
        let mut others = other.steps.iter();
        loop {
            return match (own.next(), others.next()) {
                (None, None) => Place::Same,
                (None, Some(step)) => Place::Above(step),
                (Some(_), None) => Place::Below,
                (Some(one), Some(another)) if one == another => continue,
                (Some(Step::Key(_)), Some(Step::Key(_))) => Place::Apart,
                (Some(_), Some(_)) => Place::Crossed,
            };
        }
    }
}
