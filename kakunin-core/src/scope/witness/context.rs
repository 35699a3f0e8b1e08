//! What a call needs around it.

use crate::scope::hours::Hours;
use crate::time::UnixTime;

/// Monday, 5 January 2026, 00:00 UTC: a week without a change of clocks in most zones.
pub(super) const MONDAY: i64 = 1_767_571_200;
/// Zones lie within 14 hours of UTC, at quarters of an hour.
const OFFSETS: std::ops::RangeInclusive<i64> = -56..=56;
/// Most intervals that are tried.
const INTERVALS: usize = 16;

/// A time within the hours.
pub(super) fn within(hours: &Hours) -> Option<UnixTime> {
    hours.intervals().iter().take(INTERVALS).find_map(|interval| {
        let local = MONDAY + (i64::from(interval.day()) - 1) * 86_400 + i64::from(interval.from()) * 60;
        OFFSETS.map(|quarters| UnixTime::from_seconds(local + quarters * 900)).find(|now| hours.accepts(*now))
    })
}
