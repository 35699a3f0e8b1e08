//! Numbers at bounds and just beside them, as numbers and as text.

use crate::encoding::json::{Json, MAX_INTEGER, Number};
use crate::scope::{Constraint, Scalar};
use crate::value::Decimal;

/// Most decimals that are looked around. 64: as many members of a list.
const ANCHORS: usize = 64;

/// The JSON number that counts as exactly `decimal`, if there is one.
pub(super) fn exact(decimal: Decimal) -> Option<Json> {
    let number = Number::from_double(decimal.to_string().parse().ok()?)?;
    let double = number.double();
    let integer = double.fract() != 0.0 || double.abs() <= MAX_INTEGER as f64;
    (integer && Decimal::from_number(number) == decimal).then_some(Json::Number(number))
}

/// Every bound and member of `constraints`, its neighbours one and one last digit away, and what lies between two.
pub(super) fn around(constraints: &[&Constraint]) -> Vec<Json> {
    let mut anchors = vec![Decimal::ZERO, Decimal::ONE];
    for constraint in constraints {
        match constraint {
            Constraint::Range(range) => anchors.extend([range.min(), range.max()].into_iter().flatten()),
            Constraint::OneOf(list) | Constraint::NoneOf(list) => {
                anchors.extend(list.iter().filter_map(|member| match member {
                    Scalar::Number(number) => Some(*number),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    anchors.sort_unstable();
    anchors.dedup();
    anchors.truncate(ANCHORS);
    let mut decimals: Vec<Decimal> = anchors.clone();
    let mut made = Vec::new();
    for anchor in &anchors {
        decimals.extend(beside(*anchor));
        if let Some(Json::Number(number)) = exact(*anchor) {
            let double = number.double();
            let near =
                [double.next_up(), double.next_down(), double.floor(), double.ceil(), double + 0.5, double * 2.0];
            made.extend(near.into_iter().filter_map(number_of));
        }
    }
    for pair in anchors.windows(2) {
        let [low, high] = pair else { continue };
        if let (Some(Json::Number(low)), Some(Json::Number(high))) = (exact(*low), exact(*high)) {
            let middle = low.double() / 2.0 + high.double() / 2.0;
            made.extend([middle, middle.floor()].into_iter().filter_map(number_of));
        }
    }
    let mut all: Vec<Json> = decimals.iter().filter_map(|decimal| exact(*decimal)).collect();
    all.extend(made);
    all.extend(decimals.iter().flat_map(|decimal| texts(*decimal)));
    all
}

fn number_of(double: f64) -> Option<Json> {
    let number = Number::from_double(double).filter(|_| double.fract() != 0.0 || double.abs() <= MAX_INTEGER as f64)?;
    Some(Json::Number(number))
}

/// The decimals one away, and a last digit away: the ninth after the point, and the last that text may have.
fn beside(decimal: Decimal) -> Vec<Decimal> {
    let (coefficient, exponent) = (decimal.coefficient(), decimal.exponent());
    [0, -2, -9, -20, -30]
        .into_iter()
        .filter_map(|digit: i32| {
            let shift = 10_i128.checked_pow(u32::try_from(exponent.checked_sub(digit)?).ok()?)?;
            let scaled = coefficient.checked_mul(shift)?;
            Some([scaled.checked_add(1)?, scaled.checked_sub(1)?].map(|near| Decimal::new(near, digit)))
        })
        .flatten()
        .flatten()
        .collect()
}

/// The texts that count as `decimal`: as short as can be, and with a zero behind.
fn texts(decimal: Decimal) -> impl Iterator<Item = Json> {
    let short = decimal.to_string();
    let long = if short.contains('.') { format!("{short}0") } else { format!("{short}.0") };
    [short, long].into_iter().filter(|text| Decimal::from_argument(text).is_some()).map(Json::from)
}
