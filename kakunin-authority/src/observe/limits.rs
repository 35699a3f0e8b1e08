//! Rates and budgets: the busiest hour and day, with head-room.

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::{ParamPath, Step};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Decimal;

use super::figure;

/// How much more than the busiest window is allowed.
const HEAD_ROOM: u64 = 2;
/// The windows, in words and in milliseconds.
const HOUR: (&str, i64) = ("1h", 3_600_000);
const DAY: (&str, i64) = ("1d", 86_400_000);

/// A limit, and what it comes from.
pub(super) struct LimitLine {
    pub(super) toml: String,
    pub(super) why: String,
}

/// The rates of calls at these times, in order.
pub(super) fn rates(times: &[UnixTime]) -> Vec<LimitLine> {
    let ones: Vec<(UnixTime, Decimal)> = times.iter().map(|time| (*time, Decimal::ONE)).collect();
    // A record that is shorter than a window says nothing of it that the shorter window does not.
    let span = times.last().zip(times.first()).map_or(0, |(last, first)| last.millis() - first.millis());
    let windows = if span > HOUR.1 { &[HOUR, DAY][..] } else { &[HOUR] };
    let rates = windows.iter().filter_map(|(per, window)| {
        let busiest: u64 = busiest(&ones, *window)?.to_string().parse().ok()?;
        let rate = figure::head_room(busiest, HEAD_ROOM);
        let calls = if busiest == 1 { "call" } else { "calls" };
        Some(LimitLine {
            toml: format!("{{ rate = {rate}, per = \"{per}\" }}"),
            why: format!("{busiest} {calls} in the busiest {}", word(per)),
        })
    });
    rates.collect()
}

/// The budget of the amounts at `path`, a sum for each call; none where they do not add up.
pub(super) fn budget(path: &str, sums: &[(UnixTime, Decimal)]) -> Option<LimitLine> {
    let (per, window) = DAY;
    let busiest = busiest(sums, window)?;
    let max = figure::above(busiest.sum_up(busiest)?);
    Some(LimitLine {
        toml: format!(
            "{{ budget = {}, max = {}, per = \"{per}\" }}",
            super::written::text(path),
            super::value::literal(max)
        ),
        why: format!("`{path}` came to {busiest} in the busiest {}", word(per)),
    })
}

/// The sum of what stands at `path` in `params`; `None` where it is no sum of numbers that are not negative.
pub(super) fn sum(path: &ParamPath, params: &Object) -> Option<Decimal> {
    let (Step::Key(first), rest) = path.steps().split_first()? else { return None };
    add(rest, params.get(first)?)
}

fn add(steps: &[Step], value: &Json) -> Option<Decimal> {
    match (steps.split_first(), value) {
        (None, Json::Number(number)) => Some(Decimal::from_number(*number)).filter(|number| !number.is_negative()),
        (None, Json::Text(text)) => Decimal::from_argument(text).filter(|number| !number.is_negative()),
        (Some((Step::Key(key), rest)), Json::Object(object)) => add(rest, object.get(key)?),
        (Some((Step::Each, rest)), Json::Array(elements)) => {
            elements.iter().try_fold(Decimal::ZERO, |sum, element| sum.sum_up(add(rest, element)?))
        }
        _ => None,
    }
}

fn word(per: &str) -> &'static str {
    if per == HOUR.0 { "hour" } else { "day" }
}

/// The largest sum within any window, which is half open as a limit's is.
fn busiest(amounts: &[(UnixTime, Decimal)], window: i64) -> Option<Decimal> {
    let (mut busiest, mut sum) = (Decimal::ZERO, Decimal::ZERO);
    let mut old = amounts.iter().peekable();
    for (at, amount) in amounts {
        sum = sum.sum_up(*amount)?;
        while let Some((then, gone)) = old.peek().filter(|(then, _)| then.millis() <= at.millis() - window) {
            let _ = then;
            sum = sum.difference(*gone)?;
            old.next();
        }
        busiest = busiest.max(sum);
    }
    Some(busiest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_window_is_half_open_and_doubled() {
        let at = |seconds: i64| UnixTime::from_seconds(1_700_000_000 + seconds);
        let rates = |seconds: &[i64]| -> Vec<String> {
            let times: Vec<UnixTime> = seconds.iter().map(|second| at(*second)).collect();
            rates(&times).into_iter().map(|line| line.toml).collect()
        };
        assert_eq!(rates(&[0]), ["{ rate = 2, per = \"1h\" }"]);
        assert_eq!(rates(&[0, 3_599]), ["{ rate = 4, per = \"1h\" }"]);
        assert_eq!(rates(&[0, 3_600]), ["{ rate = 4, per = \"1h\" }"].map(|line| line.replace('4', "2")));
        assert_eq!(rates(&[0, 3_601, 90_000]), ["{ rate = 2, per = \"1h\" }", "{ rate = 4, per = \"1d\" }"]);
        let amount = |text: &str| Decimal::from_literal(text).unwrap();
        let line = budget("amount", &[(at(0), amount("10.50")), (at(86_399), amount("20")), (at(86_400), amount("1"))]);
        assert_eq!(line.unwrap().toml, "{ budget = \"amount\", max = 80, per = \"1d\" }");
    }
}
