//! The arguments of a call: I-JSON within bounds, and exact decimals.

mod decimal;

pub use decimal::Decimal;

use crate::bounds::JsonBounds;
use crate::encoding::json::{Json, MAX_INTEGER, Object};
use crate::encoding::{Malformed, jcs};
use crate::error::{Code, Denial};

/// The checked arguments of one call: an object whose numbers are I-JSON's, within depth, size and count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments(Object);

impl Arguments {
    /// Checks arguments that were built in memory.
    ///
    /// # Errors
    /// E207 without parameter: `json-too-deep`, `json-too-many-values`, `json-too-large` (of the canonical form),
    /// `number-beyond-integers` for an integral number outside ±(2^53−1).
    pub fn new(object: Object, bounds: &JsonBounds) -> Result<Self, Denial> {
        check(&object, bounds).map_err(denial)?;
        Ok(Self(object))
    }

    /// Parses and checks arguments from JSON text.
    ///
    /// # Errors
    /// E207 without parameter: as [`Arguments::new`] and [`Json::parse`]; `arguments-not-object` for any other value.
    pub fn parse(text: &[u8], bounds: &JsonBounds) -> Result<Self, Denial> {
        match Json::parse(text, bounds).map_err(denial)? {
            Json::Object(object) => Self::new(object, bounds),
            _ => Err(denial(Malformed::new("arguments-not-object"))),
        }
    }

    /// The arguments.
    pub const fn object(&self) -> &Object {
        &self.0
    }
}

fn denial(fault: Malformed) -> Denial {
    Denial::new(Code::ParameterInvalid, fault.rule)
}

fn check(object: &Object, bounds: &JsonBounds) -> Result<(), Malformed> {
    // An upper bound first: only arguments near the limit pay for their canonical length.
    let mut left = Left { values: bounds.values, bytes: 0 };
    left.spend_value()?;
    left.object(object, bounds.depth)?;
    if left.bytes > bounds.bytes {
        let mut text = String::new();
        jcs::write_object(&mut text, object);
        if text.len() > bounds.bytes {
            return Err(Malformed::new("json-too-large"));
        }
    }
    Ok(())
}

struct Left {
    values: usize,
    bytes: usize,
}

impl Left {
    fn spend_value(&mut self) -> Result<(), Malformed> {
        self.values = self.values.checked_sub(1).ok_or(Malformed::new("json-too-many-values"))?;
        // No number, word or pair of brackets with its comma is longer than 26 characters.
        self.bytes += 26;
        Ok(())
    }

    fn text(&mut self, text: &str) {
        // An escape is at most six characters.
        self.bytes += 6 * text.len() + 4;
    }

    fn object(&mut self, object: &Object, depth: usize) -> Result<(), Malformed> {
        let depth = depth.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
        for (key, value) in object.iter() {
            self.text(key);
            self.value(value, depth)?;
        }
        Ok(())
    }

    fn value(&mut self, value: &Json, depth: usize) -> Result<(), Malformed> {
        self.spend_value()?;
        match value {
            Json::Null | Json::Bool(_) => Ok(()),
            Json::Number(number) => {
                // Every double from 2^53 up is integral.
                if number.double().abs() <= MAX_INTEGER as f64 {
                    Ok(())
                } else {
                    Err(Malformed::new("number-beyond-integers"))
                }
            }
            Json::Text(text) => {
                self.text(text);
                Ok(())
            }
            Json::Array(elements) => {
                let depth = depth.checked_sub(1).ok_or(Malformed::new("json-too-deep"))?;
                elements.iter().try_for_each(|element| self.value(element, depth))
            }
            Json::Object(object) => self.object(object, depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Arguments, &'static str> {
        Arguments::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).map_err(|denial| denial.details().rule)
    }

    #[test]
    fn integral_numbers_lie_within_i_json() {
        for text in ["9007199254740991", "-9007199254740991", "9007199254740991.0", "0.1", "5e-324", "-0"] {
            assert!(parse(&format!("{{\"n\":{text}}}")).is_ok(), "{text}");
        }
        for text in ["9007199254740992", "9007199254740993", "1e16", "-1e300"] {
            assert_eq!(parse(&format!("{{\"n\":{text}}}")), Err("number-beyond-integers"), "{text}");
        }
        assert_eq!(parse("[]"), Err("arguments-not-object"));
    }

    #[test]
    fn size_is_that_of_the_canonical_form() {
        let object =
            |length: usize| Object::from_members(vec![("a".to_owned(), Json::Text("x".repeat(length)))]).unwrap();
        assert!(Arguments::new(object(65_536 - 8), &JsonBounds::ARGUMENTS).is_ok());
        assert!(Arguments::new(object(65_536 - 7), &JsonBounds::ARGUMENTS).is_err());
    }
}
