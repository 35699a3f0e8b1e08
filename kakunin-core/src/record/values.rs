//! Which values of a call a record may hold.

use std::borrow::Cow;

use crate::encoding::json::{Json, Object};
use crate::scope::{ParamPath, Step};

/// Which parameters' values a record may hold. Their digest is always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordValues {
    /// All of them.
    All,
    /// None.
    None,
    /// Those at these paths, with all beneath.
    Some(Vec<ParamPath>),
}

impl RecordValues {
    /// Whether a fact about `parameter` may stand in a record. One about no parameter is shown with all of them only.
    pub(super) fn show(&self, parameter: Option<&str>) -> bool {
        match (self, parameter.map(ParamPath::parse)) {
            (Self::All, _) => true,
            (Self::Some(paths), Some(Ok(at))) => paths.iter().any(|path| at.steps().starts_with(path.steps())),
            _ => false,
        }
    }

    /// The part of the arguments that may stand in a record, if there is any.
    pub(super) fn select<'a>(&self, arguments: &'a Object) -> Option<Cow<'a, Object>> {
        match self {
            Self::All => Some(Cow::Borrowed(arguments)),
            Self::None => None,
            Self::Some(paths) => {
                let steps: Vec<_> = paths.iter().map(ParamPath::steps).collect();
                keep_members(arguments, &steps).map(Cow::Owned)
            }
        }
    }
}

/// The members on or beneath one of `paths`, if there are any.
fn keep_members(object: &Object, paths: &[&[Step]]) -> Option<Object> {
    let mut kept = Object::new();
    for (key, value) in object.iter() {
        if let Some(value) = keep(value, &paths_through(paths, |step| matches!(step, Step::Key(name) if name == key))) {
            kept.insert(key, value);
        }
    }
    (!kept.is_empty()).then_some(kept)
}

fn keep(value: &Json, paths: &[&[Step]]) -> Option<Json> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    match value {
        Json::Object(object) => keep_members(object, paths).map(Json::Object),
        Json::Array(elements) => {
            let paths = paths_through(paths, |step| *step == Step::Each);
            let kept: Vec<_> = elements.iter().filter_map(|element| keep(element, &paths)).collect();
            (!kept.is_empty()).then_some(Json::Array(kept))
        }
        _ => None,
    }
}

fn paths_through<'p>(paths: &[&'p [Step]], through: impl Fn(&Step) -> bool) -> Vec<&'p [Step]> {
    paths.iter().filter_map(|path| path.split_first()).filter(|(step, _)| through(step)).map(|(_, rest)| rest).collect()
}
