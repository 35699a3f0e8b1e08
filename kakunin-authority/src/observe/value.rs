//! Numbers and booleans.

use std::collections::BTreeSet;

use kakunin_core::encoding::json::Json;
use kakunin_core::value::Decimal;

use super::figure;
use super::written::{ParamLine, Written};

/// Fewest times that each of a few numbers was seen before they are taken for all that there are.
const TIMES: usize = 5;
/// Most numbers that are taken for all that there are.
const FEW: usize = 4;

/// What the numbers at a path ask for. `currency` is the parameter that names theirs, where they are money.
pub(super) fn numbers(path: String, values: &[Decimal], currency: Option<&str>) -> ParamLine {
    let distinct: BTreeSet<Decimal> = values.iter().copied().collect();
    let (Some(least), Some(most)) = (distinct.first().copied(), distinct.last().copied()) else {
        return line(path, Written::Values("[]".to_owned()), "no value was seen".to_owned());
    };
    let times = times(values.len());
    let seen = if least == most { format!("{least} {times}") } else { format!("{least} to {most} {times}") };
    if let Some(currency) = currency {
        let mut members = Vec::new();
        if least.is_negative() {
            members.push(format!("min = {}", literal(lowest(least, most))));
        }
        members.push(format!("max = {}", literal(highest(most))));
        members.push(format!("money = {}", super::written::text(currency)));
        let why = format!("{seen}, rounded up; taken for money because of `{currency}` beside it");
        return line(path, Written::Members(members), why);
    }
    let few = distinct.len() == 1 || (distinct.len() <= FEW && values.len() >= TIMES * distinct.len());
    if few {
        let list: Vec<String> = distinct.iter().map(|number| literal(*number)).collect();
        let written = if let [one] = list.as_slice() { one.clone() } else { format!("[{}]", list.join(", ")) };
        return line(path, Written::Values(written), format!("nothing but this {times}"));
    }
    let mut members =
        vec![format!("min = {}", literal(lowest(least, most))), format!("max = {}", literal(highest(most)))];
    if values.iter().all(|number| number.is_integral()) {
        members.push("type = \"integer\"".to_owned());
    }
    line(path, Written::Members(members), format!("{seen}, rounded outwards"))
}

/// What booleans at a path ask for.
pub(super) fn booleans(path: String, values: &[bool]) -> ParamLine {
    let times = times(values.len());
    match (values.contains(&true), values.contains(&false)) {
        (true, true) => line(path, Written::members(["type = \"boolean\"".to_owned()]), format!("both {times}")),
        (only, _) => line(path, Written::Values(only.to_string()), format!("nothing but this {times}")),
    }
}

/// A few scalars of several types.
pub(super) fn scalars(path: String, values: &[&Json]) -> ParamLine {
    let mut list: Vec<String> = Vec::new();
    for value in values {
        let written = match value {
            Json::Bool(value) => value.to_string(),
            Json::Number(number) => literal(Decimal::from_number(*number)),
            Json::Text(text) => super::written::text(text),
            _ => continue,
        };
        if !list.contains(&written) {
            list.push(written);
        }
    }
    let why = format!("values of several types {}", times(values.len()));
    line(path, Written::Values(format!("[{}]", list.join(", "))), why)
}

/// `in 5 calls` is not said: elements of lists are counted too.
pub(super) fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("in {count} values") }
}

/// As TOML and JSON write it; text where other software would round a number.
pub(super) fn literal(number: Decimal) -> String {
    let text = number.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits <= 15 { text } else { format!("\"{text}\"") }
}

fn highest(most: Decimal) -> Decimal {
    if most.is_negative() { figure::negated(figure::below(figure::negated(most))) } else { figure::above(most) }
}

fn lowest(least: Decimal, most: Decimal) -> Decimal {
    if least.is_negative() {
        return figure::negated(figure::above(figure::negated(least)));
    }
    // From near zero the range begins there: it reads better and hides no large step.
    let four_times = [least; 3].into_iter().try_fold(least, Decimal::sum_up);
    if four_times.is_none_or(|product| product <= most) { Decimal::ZERO } else { figure::below(least) }
}

fn line(path: String, written: Written, why: String) -> ParamLine {
    ParamLine { path, written, optional: false, why, warning: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: &[&str], currency: Option<&str>) -> String {
        let values: Vec<Decimal> = values.iter().map(|text| Decimal::from_literal(text).unwrap()).collect();
        numbers("p".into(), &values, currency).written.toml(false)
    }

    #[test]
    fn numbers_become_a_value_a_few_or_a_range() {
        assert_eq!(written(&["5", "5"], None), "5");
        assert_eq!(written(&[["10"; 5], ["25"; 5]].concat(), None), "[10, 25]");
        assert_eq!(
            written(&["10", "25"], None),
            "{ min = 0, max = 25, type = \"integer\" }".replace("min = 0", "min = 10")
        );
        assert_eq!(written(&["1", "431.2"], None), "{ min = 0, max = 500 }");
        assert_eq!(written(&["-3.5", "-1.2"], None), "{ min = -4, max = -1 }");
        assert_eq!(written(&["19.99", "431.20"], Some("currency")), "{ max = 500, money = \"currency\" }");
        assert_eq!(written(&["5"], Some("c")), "{ max = 5, money = \"c\" }");
    }
}
