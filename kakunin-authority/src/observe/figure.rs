//! Figures that people read easily, at or above, at or below a number.

use kakunin_core::value::Decimal;

/// Leading digits of readable figures, times ten.
const LEADING: [i128; 10] = [10, 15, 20, 25, 30, 40, 50, 60, 80, 100];

/// The least readable figure that is not below `number`, which is not negative.
pub(super) fn above(number: Decimal) -> Decimal {
    steps(number).find(|figure| *figure >= number).unwrap_or(number)
}

/// The greatest readable figure that is not above `number`, which is not negative.
pub(super) fn below(number: Decimal) -> Decimal {
    steps(number).filter(|figure| *figure <= number).last().unwrap_or(number)
}

/// `times` as much as `count`, as a readable figure.
pub(super) fn head_room(count: u64, times: u64) -> u64 {
    let wanted = count.saturating_mul(times);
    let figure = above(Decimal::from(wanted));
    figure.to_string().parse().unwrap_or(wanted)
}

/// The readable figures of the magnitude of `number`, ascending.
fn steps(number: Decimal) -> impl Iterator<Item = Decimal> {
    let digits = i32::try_from(number.coefficient().to_string().len()).unwrap_or(0);
    let magnitude = number.exponent() + digits - 2;
    let zero = number == Decimal::ZERO;
    LEADING.into_iter().filter_map(move |leading| if zero { None } else { Decimal::new(leading, magnitude) })
}

/// The opposite.
pub(super) fn negated(number: Decimal) -> Decimal {
    Decimal::new(-number.coefficient(), number.exponent()).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_literal(text).unwrap()
    }

    #[test]
    fn figures_are_the_nearest_readable_ones() {
        for (number, up, down) in [
            ("0", "0", "0"),
            ("1", "1", "1"),
            ("7", "8", "6"),
            ("9", "10", "8"),
            ("11", "15", "10"),
            ("47", "50", "40"),
            ("431.2", "500", "400"),
            ("500", "500", "500"),
            ("500.01", "600", "500"),
            ("0.013", "0.015", "0.01"),
            ("9999", "10000", "8000"),
        ] {
            assert_eq!((above(decimal(number)), below(decimal(number))), (decimal(up), decimal(down)), "{number}");
        }
        assert_eq!((head_room(21, 2), head_room(1, 2), head_room(0, 2)), (50, 2, 0));
    }
}
