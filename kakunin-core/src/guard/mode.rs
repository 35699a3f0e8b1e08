use crate::error::Code;

/// What becomes of a denial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It denies.
    #[default]
    Enforce,
    /// The same decision is made and recorded, but E2xx and E406 let the call pass; everything else denies.
    Observe,
}

impl Mode {
    /// Whether a call that was denied with `code` passes all the same.
    pub const fn lets_pass(self, code: Code) -> bool {
        matches!(self, Self::Observe) && code.yields_to_observation()
    }

    /// `enforce` or `observe`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Observe => "observe",
        }
    }

    /// The mode written as `text`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enforce, Self::Observe].into_iter().find(|mode| mode.as_str() == text)
    }
}
