//! Exact decimals: compared digit by digit, never through floats.

use std::cmp::Ordering;
use std::fmt;

use crate::encoding::json::Number;

/// Most digits a decimal may have. 34: IEEE 754 decimal128, and what fits an `i128` with room to add.
const DIGITS: u32 = 34;

/// 10^34: above every coefficient.
const COEFFICIENTS: u128 = 10_u128.pow(DIGITS);

/// An exact decimal, `coefficient × 10^exponent`, at most 34 digits.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    coefficient: i128,
    exponent: i32,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { coefficient: 0, exponent: 0 };

    /// One.
    pub const ONE: Self = Self { coefficient: 1, exponent: 0 };

    /// `coefficient × 10^exponent`; `None` where it needs more than 34 digits.
    pub fn new(coefficient: i128, exponent: i32) -> Option<Self> {
        let decimal = Self { coefficient, exponent }.normalized();
        (digits(decimal.coefficient) <= DIGITS).then_some(decimal)
    }

    /// The decimal of a number: the exact value of its shortest form that reads back as the same double.
    pub fn from_number(number: Number) -> Self {
        let double = number.double();
        // Below 2^63 the cast is exact; the integral case is nearly every call.
        if double.fract() == 0.0 && double.abs() < 9.2e18 {
            return Self { coefficient: double as i64 as i128, exponent: 0 };
        }
        let mut buffer = ryu_js::Buffer::new();
        Self::scan(buffer.format_finite(double)).unwrap_or(Self::ZERO)
    }

    /// The number that a text argument counts as: `-?(0|[1-9][0-9]*)(\.[0-9]+)?`, at most 34 digits, all counted.
    pub fn from_argument(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let well_formed = plain(whole) && plain(fraction) && (whole == "0" || !whole.starts_with('0'));
        let count = digits.bytes().filter(u8::is_ascii_digit).count();
        (well_formed && count <= DIGITS as usize).then(|| Self::scan(text)).flatten()
    }

    /// The decimal that an author wrote, read exactly from its digits; an exponent is allowed.
    pub fn from_literal(text: &str) -> Option<Self> {
        Self::scan(text)
    }

    /// The coefficient, without trailing zeros.
    pub fn coefficient(self) -> i128 {
        self.normalized().coefficient
    }

    /// The exponent that belongs to [`Decimal::coefficient`]; 0 for zero.
    pub fn exponent(self) -> i32 {
        self.normalized().exponent
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.coefficient < 0
    }

    /// Whether it is a whole number.
    pub fn is_integral(self) -> bool {
        self.normalized().exponent >= 0
    }

    /// The sum of two decimals that are not negative, rounded up where it does not fit: never less than the exact sum.
    /// `None` where even the rounded sum is too large.
    pub fn sum_up(self, other: Self) -> Option<Self> {
        // Amounts of one kind mostly have one exponent.
        if self.exponent == other.exponent
            && let Some(coefficient) = self.coefficient.checked_add(other.coefficient)
            && coefficient.unsigned_abs() < COEFFICIENTS
        {
            return Some(Self { coefficient, exponent: self.exponent });
        }
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let mut gap = high.exponent.abs_diff(low.exponent);
        let (mut coefficient, mut exponent, mut small) = (high.coefficient, high.exponent, low.coefficient);
        while gap > 0 && digits(coefficient) < DIGITS + 2 && coefficient != 0 {
            (coefficient, exponent, gap) = (coefficient * 10, exponent - 1, gap - 1);
        }
        if coefficient == 0 {
            return Some(low);
        }
        let mut dropped = false;
        while gap > 0 && small != 0 {
            dropped |= small % 10 != 0;
            (small, gap) = (small / 10, gap - 1);
        }
        let sum = coefficient.checked_add(small)?.checked_add(i128::from(dropped))?;
        let mut sum = Self { coefficient: sum, exponent }.normalized();
        while digits(sum.coefficient) > DIGITS {
            let up = i128::from(sum.coefficient % 10 != 0);
            sum = Self { coefficient: sum.coefficient / 10 + up, exponent: sum.exponent.checked_add(1)? };
        }
        Some(sum)
    }

    /// `self − other` where that is exact and not negative.
    pub fn difference(self, other: Self) -> Option<Self> {
        if self.exponent == other.exponent {
            let coefficient = self.coefficient.checked_sub(other.coefficient)?;
            return (coefficient >= 0).then_some(Self { coefficient, exponent: self.exponent });
        }
        let exponent = self.exponent.min(other.exponent);
        let scale = |d: Self| 10_i128.checked_pow(d.exponent.abs_diff(exponent))?.checked_mul(d.coefficient);
        let rest = scale(self)?.checked_sub(scale(other)?)?;
        if rest < 0 { None } else { Self::new(rest, exponent) }
    }

    fn scan(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok().filter(|e| e.abs() <= 9_999)?),
            None => (text, 0),
        };
        let negative = mantissa.starts_with('-');
        let mantissa = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() || (mantissa.contains('.') && fraction.is_empty()) {
            return None;
        }
        let mut coefficient: i128 = 0;
        let mut pending_zeros = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            match byte {
                // Zeros are held back, so trailing ones cost no digits.
                b'0' => pending_zeros += 1,
                b'1'..=b'9' => {
                    let shift = if coefficient == 0 { 0 } else { pending_zeros };
                    coefficient = coefficient
                        .checked_mul(10_i128.checked_pow(shift + 1)?)?
                        .checked_add(i128::from(byte - b'0'))?;
                    pending_zeros = 0;
                }
                _ => return None,
            }
        }
        let zeros = i32::try_from(pending_zeros).ok()?;
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
        Self::new(if negative { -coefficient } else { coefficient }, exponent)
    }

    fn normalized(self) -> Self {
        let Self { mut coefficient, mut exponent } = self;
        if coefficient == 0 {
            return Self::ZERO;
        }
        while coefficient % 10 == 0 {
            (coefficient, exponent) = (coefficient / 10, exponent.saturating_add(1));
        }
        Self { coefficient, exponent }
    }
}

impl From<u64> for Decimal {
    fn from(integer: u64) -> Self {
        Self { coefficient: i128::from(integer), exponent: 0 }
    }
}

fn digits(coefficient: i128) -> u32 {
    coefficient.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.exponent == other.exponent {
            return self.coefficient.cmp(&other.coefficient);
        }
        let sign = self.coefficient.signum().cmp(&other.coefficient.signum());
        if sign != Ordering::Equal || self.coefficient == 0 {
            return sign;
        }
        let magnitude = |d: &Self| i64::from(digits(d.coefficient)) + i64::from(d.exponent);
        let size = magnitude(self).cmp(&magnitude(other));
        let absolute = if size != Ordering::Equal {
            size
        } else {
            // INVARIANT: equal magnitudes, so the one with the larger exponent has fewer digits by that gap: the product fits.
            let lift = |d: &Self, floor: i32| {
                d.coefficient.unsigned_abs().saturating_mul(10_u128.saturating_pow(d.exponent.abs_diff(floor)))
            };
            let floor = self.exponent.min(other.exponent);
            lift(self, floor).cmp(&lift(other, floor))
        };
        if self.coefficient < 0 { absolute.reverse() } else { absolute }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

/// Plain digits where they fit in 40 characters, else with an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { coefficient, exponent } = self.normalized();
        let sign = if coefficient < 0 { "-" } else { "" };
        let text = coefficient.unsigned_abs().to_string();
        if exponent.unsigned_abs() > 34 {
            return write!(f, "{sign}{text}e{exponent}");
        }
        let shift = exponent.unsigned_abs() as usize;
        if exponent >= 0 {
            return write!(f, "{sign}{text}{}", "0".repeat(shift));
        }
        let padded = format!("{}{text}", "0".repeat((shift + 1).saturating_sub(text.len())));
        let (whole, fraction) = padded.split_at_checked(padded.len() - shift).unwrap_or((&padded, ""));
        write!(f, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(text: &str) -> Decimal {
        Decimal::from_literal(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn doubles_become_the_decimal_that_people_wrote() {
        for (double, text) in [
            (0.1, "0.1"),
            (47_000.0, "47000"),
            (1e-7, "0.0000001"),
            (-2.5, "-2.5"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (0.1 + 0.2, "0.30000000000000004"),
            (-0.0, "0"),
        ] {
            let decimal = Decimal::from_number(Number::from_double(double).unwrap());
            assert_eq!(decimal, literal(text), "{double}");
            assert_eq!(decimal.to_string(), text);
        }
        assert!(Decimal::from_number(Number::from_double(5e-324).unwrap()) > Decimal::ZERO);
    }

    #[test]
    fn text_counts_as_a_number_in_one_form_only() {
        for text in ["0", "-1", "10.50", "0.05", "-0.5", "1234567890123456789012345678901234"] {
            assert!(Decimal::from_argument(text).is_some(), "{text}");
        }
        for text in [
            "",
            "-",
            "+1",
            "01",
            "1.",
            ".5",
            "1e3",
            "1_000",
            " 1",
            "1 ",
            "٣",
            "0x1",
            "NaN",
            "12345678901234567890123456789012345",
            "0.0000000000000000000000000000000000",
        ] {
            assert_eq!(Decimal::from_argument(text), None, "{text}");
        }
    }

    #[test]
    fn order_is_exact_across_exponents() {
        let sorted = [
            "-1e300",
            "-10",
            "-9.99",
            "-1e-300",
            "0",
            "1e-300",
            "0.1",
            "0.10000000000000000000000000000001",
            "1",
            "9.99",
            "10",
            "10.00000000000000000000000000000001",
            "1e300",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(literal(a).cmp(&literal(b)), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(literal("5.00"), literal("5"));
        assert_eq!((literal("500").coefficient(), literal("500").exponent()), (5, 2));
    }

    #[test]
    fn sums_never_come_out_too_small() {
        assert_eq!(literal("0.1").sum_up(literal("0.2")), Some(literal("0.3")));
        assert_eq!(Decimal::ZERO.sum_up(literal("1e-300")), Some(literal("1e-300")));
        let big = literal("9999999999999999999999999999999999");
        assert!(big.sum_up(literal("1e-300")).unwrap() > big);
        assert!(literal("1e34").sum_up(literal("0.5")).unwrap() >= literal("10000000000000000000000000000000000"));
        assert_eq!(literal("500").difference(literal("0.5")), Some(literal("499.5")));
        assert_eq!(literal("1").difference(literal("2")), None);
    }

    #[test]
    fn more_than_34_digits_are_no_decimal() {
        assert!(Decimal::from_literal("1234567890123456789012345678901234").is_some());
        assert!(Decimal::from_literal("12345678901234567890123456789012345").is_none());
        assert!(Decimal::from_literal("1234567890123456789012345678901234000").is_some());
    }
}
