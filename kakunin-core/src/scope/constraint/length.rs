use std::fmt;

use super::super::model::Fault;
use super::member;
use crate::encoding::json::Json;
use crate::error::Code;

/// Bounds on a count, inclusive; at least one is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Length {
    pub(crate) min: Option<u32>,
    pub(crate) max: Option<u32>,
}

impl Length {
    /// From `min` to `max` code points or elements.
    ///
    /// # Errors
    /// `length-open` without bounds, `length-empty` where `min` is above `max`.
    pub fn new(min: Option<u32>, max: Option<u32>) -> Result<Self, Fault> {
        match (min, max) {
            (None, None) => Err(Fault::new("length-open", "a length needs `min` or `max`")),
            (Some(min), Some(max)) if min > max => {
                Err(Fault::new("length-empty", format!("the length's `min` {min} is above its `max` {max}")))
            }
            _ => Ok(Self { min, max }),
        }
    }

    /// The least count.
    pub fn min(&self) -> Option<u32> {
        self.min
    }

    /// The greatest count.
    pub fn max(&self) -> Option<u32> {
        self.max
    }

    pub(super) fn judge(&self, value: &Json) -> Result<(), Code> {
        let count = match value {
            Json::Text(text) => text.chars().count(),
            Json::Array(elements) => elements.len(),
            _ => return Err(Code::ParameterInvalid),
        };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let holds = self.min.is_none_or(|min| count >= min) && self.max.is_none_or(|max| count <= max);
        member(holds, Code::ValueNotAllowed)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of ")?;
        match (self.min, self.max) {
            (Some(min), Some(max)) => write!(f, "{min} to {max}"),
            (Some(min), None) => write!(f, "at least {min}"),
            (None, max) => write!(f, "at most {}", max.unwrap_or(u32::MAX)),
        }
    }
}
