use crate::encoding::json::Json;

/// A JSON type; `Integer` is a number of integral value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A number of integral value.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An object, with all that is beneath it.
    Object,
    /// An array, with all that is beneath it.
    Array,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::String, Self::Number, Self::Integer, Self::Boolean, Self::Object, Self::Array];

    /// The name in the authoring form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
        }
    }

    /// The kind named `name`, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether `value` has this type.
    pub(crate) fn is_of(self, value: &Json) -> bool {
        match (self, value) {
            (Self::String, Json::Text(_))
            | (Self::Number, Json::Number(_))
            | (Self::Boolean, Json::Bool(_))
            | (Self::Object, Json::Object(_))
            | (Self::Array, Json::Array(_)) => true,
            (Self::Integer, Json::Number(number)) => number.double().fract() == 0.0,
            _ => false,
        }
    }
}
