use std::borrow::Cow;

use super::scanner::{Scanner, document};
use super::{Json, sort};
use crate::bounds::JsonBounds;
use crate::encoding::Malformed;

/// The members of one object whose names its reader knows: keys and texts are not copied until they are kept.
pub(crate) struct Fields<'a> {
    members: Vec<(Cow<'a, str>, Field<'a>)>,
}

/// A value among [`Fields`].
pub(crate) enum Field<'a> {
    /// Text; borrowed where it was written without an escape.
    Text(Cow<'a, str>),
    /// Anything else.
    Other(Json),
}

impl<'a> Fields<'a> {
    /// Parses one document as [`Json::parse`] does; `None` where it is no object.
    pub(crate) fn parse(text: &'a [u8], bounds: &JsonBounds) -> Result<Option<Self>, Malformed> {
        document(text, bounds, |scanner| {
            if scanner.peek() != Some(b'{') {
                return scanner.value(bounds.depth).map(|_| None);
            }
            scanner.spend_value()?;
            let mut members = scanner.members(bounds.depth, |key| key, field)?;
            sort(&mut members)?;
            Ok(Some(Self { members }))
        })
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.members.iter().position(|(name, _)| name == key)
    }

    /// The value under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Field<'a>> {
        self.members.get(self.position(key)?).map(|(_, value)| value)
    }

    /// The text under `key`, if it is text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        if let Some(Field::Text(text)) = self.get(key) { Some(text) } else { None }
    }

    /// Takes out the value under `key`.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Field<'a>> {
        let position = self.position(key)?;
        Some(self.members.swap_remove(position).1)
    }
}

impl Field<'_> {
    /// The value, if it is no text.
    pub(crate) fn as_json(&self) -> Option<&Json> {
        if let Self::Other(value) = self { Some(value) } else { None }
    }
}

fn field<'a>(scanner: &mut Scanner<'a>, depth_left: usize) -> Result<Field<'a>, Malformed> {
    if scanner.peek() != Some(b'"') {
        return scanner.value(depth_left).map(Field::Other);
    }
    scanner.spend_value()?;
    scanner.text().map(Field::Text)
}
