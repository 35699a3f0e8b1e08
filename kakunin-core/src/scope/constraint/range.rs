use std::fmt;

use super::super::model::Fault;
use super::super::param::ParamPath;
use super::member;
use crate::encoding::json::{Json, MAX_INTEGER, Number};
use crate::error::Code;
use crate::value::Decimal;

/// Largest exponent of a decimal in a scope, either way (the profile's `INTEGER (-34..34)`).
const EXPONENT: u32 = 34;

/// An interval of exact decimals; an open end accepts all on its side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    // Apart, so that a list of constraints stays small: most are no ranges.
    interval: Box<Interval>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Interval {
    min: Option<Decimal>,
    max: Option<Decimal>,
    money: Option<Money>,
    doubles: Doubles,
}

/// That a range is an amount of money, and where its currency stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// The currency's parameter: a required `one-of`. `None` names no currency.
    pub(crate) currency: Option<ParamPath>,
}

/// The bounds as doubles, where a double's shortest form is the bound: then doubles can be compared with it as doubles.
///
/// Why that is exact: rounding to a double is monotonic, so of two doubles the smaller has the smaller shortest form.
#[derive(Clone, Copy, Debug)]
struct Doubles {
    min: Option<f64>,
    max: Option<f64>,
}

/// They follow from the decimals, so they add nothing to what is compared.
impl PartialEq for Doubles {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Doubles {}

impl Money {
    /// Money in the currency under `currency`, or in one that is not named.
    pub fn new(currency: Option<ParamPath>) -> Self {
        Self { currency }
    }

    /// The currency's parameter.
    pub fn currency(&self) -> Option<&ParamPath> {
        self.currency.as_ref()
    }
}

impl Range {
    /// From `min` to `max`. Money has a minimum of 0 unless stated.
    ///
    /// # Errors
    /// `range-open` without bounds (money's 0 counts as one), `range-empty` where `min` is above `max`,
    /// `decimal-exponent` for a bound whose exponent lies outside ±34.
    pub fn new(min: Option<Decimal>, max: Option<Decimal>, money: Option<Money>) -> Result<Self, Fault> {
        let min = min.or(money.as_ref().map(|_| Decimal::ZERO));
        [min, max].into_iter().flatten().try_for_each(check_decimal)?;
        match (min, max) {
            (None, None) => return Err(Fault::new("range-open", "a range needs `min` or `max`")),
            (Some(min), Some(max)) if min > max => {
                let detail = format!("the range's `min` {min} is above its `max` {max}");
                return Err(Fault::new("range-empty", detail));
            }
            _ => {}
        }
        let doubles = Doubles { min: min.and_then(double), max: max.and_then(double) };
        Ok(Self { interval: Box::new(Interval { min, max, money, doubles }) })
    }

    /// The least value.
    pub fn min(&self) -> Option<Decimal> {
        self.interval.min
    }

    /// The greatest value.
    pub fn max(&self) -> Option<Decimal> {
        self.interval.max
    }

    /// That it is money, if it is.
    pub fn money(&self) -> Option<&Money> {
        self.interval.money.as_ref()
    }

    /// Whether the exact decimal lies in it.
    pub fn holds(&self, decimal: Decimal) -> bool {
        self.min().is_none_or(|min| decimal >= min) && self.max().is_none_or(|max| decimal <= max)
    }

    pub(super) fn judge(&self, value: &Json) -> Result<(), Code> {
        let holds = match value {
            Json::Number(number) => self.holds_number(*number),
            Json::Text(text) => self.holds(Decimal::from_argument(text).ok_or(Code::ParameterInvalid)?),
            _ => return Err(Code::ParameterInvalid),
        };
        let outside = if self.interval.money.is_some() { Code::MonetaryLimitExceeded } else { Code::ValueNotAllowed };
        member(holds, outside)
    }

    fn holds_number(&self, number: Number) -> bool {
        let Interval { min, max, doubles, .. } = &*self.interval;
        if min.is_some() == doubles.min.is_some() && max.is_some() == doubles.max.is_some() {
            let double = number.double();
            doubles.min.is_none_or(|min| double >= min) && doubles.max.is_none_or(|max| double <= max)
        } else {
            self.holds(Decimal::from_number(number))
        }
    }
}

fn double(bound: Decimal) -> Option<f64> {
    short_double(bound).or_else(|| any_double(bound))
}

/// Of up to fifteen digits and a power of ten that a double holds exactly: one rounding gives the nearest double, and fifteen digits
/// come back from any double (IEEE 754: 53 bits hold ⌊52·log10 2⌋ = 15).
fn short_double(bound: Decimal) -> Option<f64> {
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];
    let (coefficient, exponent) = (bound.coefficient(), bound.exponent());
    let power = *POWERS.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
    if coefficient.unsigned_abs() >= 1_000_000_000_000_000 {
        return None;
    }
    let coefficient = coefficient as f64;
    let double = if exponent < 0 { coefficient / power } else { coefficient * power };
    // Larger integral doubles count as what they are, not as their shortest form.
    (double.abs() <= MAX_INTEGER as f64).then_some(double)
}

fn any_double(bound: Decimal) -> Option<f64> {
    let double: f64 = bound.to_string().parse().ok()?;
    let number = Number::from_double(double)?;
    (Decimal::from_number(number) == bound).then_some(double)
}

/// Refuses a decimal that the encoding cannot hold.
pub(crate) fn check_decimal(decimal: Decimal) -> Result<(), Fault> {
    if decimal.exponent().unsigned_abs() <= EXPONENT {
        Ok(())
    } else {
        Err(Fault::new("decimal-exponent", format!("`{decimal}` has an exponent beyond ±{EXPONENT}")))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min(), self.max()) {
            (Some(min), Some(max)) => write!(f, "{min} to {max}"),
            (Some(min), None) => write!(f, "at least {min}"),
            (None, Some(max)) => write!(f, "at most {max}"),
            (None, None) => f.write_str("any number"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_a_double_gives_what_the_long_one_does() {
        // A fixed xorshift: coefficients of one to fifteen digits, all exponents.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut compared = 0;
        for exponent in -34..=34 {
            for digits in (1..=17).cycle().take(340) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let coefficient = i128::from(state % 10_u64.pow(digits)) * if state >> 63 == 0 { 1 } else { -1 };
                let Some(decimal) = Decimal::new(coefficient, exponent) else { continue };
                if let Some(double) = short_double(decimal) {
                    assert_eq!(Some(double), any_double(decimal), "{decimal}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 8_000, "{compared}");
        assert_eq!(short_double(Decimal::new(1_000_000_000_000_001, 0).unwrap()), None);
        assert_eq!(short_double(Decimal::new(1, 23).unwrap()), None);
    }
}
