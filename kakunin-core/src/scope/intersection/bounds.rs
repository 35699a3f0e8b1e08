//! Hours, regions and audiences that both sides allow.

use super::Inexpressible;
use crate::scope::hours::{Hours, Interval};
use crate::scope::model::Scope;

/// When both scopes accept calls.
pub(super) enum When {
    /// At these hours; at any, where none are stated.
    At(Option<Hours>),
    /// Never.
    Never,
}

/// The hours of both.
pub(super) fn hours(one: &Scope, another: &Scope) -> Result<When, Inexpressible> {
    let (one, another) = match (one.hours(), another.hours()) {
        (None, hours) | (hours, None) => return Ok(When::At(hours.cloned())),
        (Some(one), Some(another)) => (one, another),
    };
    if one.zone() != another.zone() {
        let detail = format!("hours on the clocks of `{}` and `{}` have no common form", one.zone(), another.zone());
        return Err(Inexpressible::part("hours", detail));
    }
    let mut shared: Vec<Interval> = Vec::new();
    for a in one.intervals() {
        for b in another.intervals().iter().filter(|b| b.day() == a.day()) {
            // What overlaps is an interval, and its bounds lie within a day.
            if let Ok(interval) = Interval::new(a.day(), a.from().max(b.from()), a.to().min(b.to()))
                && !shared.contains(&interval)
            {
                shared.push(interval);
            }
        }
    }
    if shared.is_empty() {
        return Ok(When::Never);
    }
    let hours = Hours::new(one.zone(), shared).map_err(|fault| Inexpressible::of(&fault))?;
    Ok(When::At(Some(hours)))
}

/// What stands in both lists, an empty list meaning anything; and whether anything is left.
pub(super) fn texts(one: &[String], another: &[String]) -> (Vec<String>, bool) {
    let (list, filter) = if one.is_empty() { (another, one) } else { (one, another) };
    let shared: Vec<String> = list.iter().filter(|text| filter.is_empty() || filter.contains(text)).cloned().collect();
    let some = !shared.is_empty() || list.is_empty();
    (shared, some)
}
