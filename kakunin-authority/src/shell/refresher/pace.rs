//! How long a refresher waits before it looks again.

use std::time::Duration;

/// Longest wait after failures, in seconds. 30: soon enough for an authority that is back, and no storm on it.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(30);
/// Shortest wait where lists expire soon.
const SHORTEST: Duration = Duration::from_secs(1);

/// The wait after `failures` looks in a row that found nobody. `left` is how long what is known stays fresh, `random` spreads
/// the looks of many processes.
///
/// Never longer than `every` while looks succeed; doubled at each failure; before half of what is left is over.
pub(super) fn pause(every: Duration, failures: u32, left: Option<Duration>, random: u8) -> Duration {
    let random = u32::from(random);
    let wait = match failures {
        // The last tenth is chance.
        0 => every * (2_550 - random) / 2_550,
        // The upper half is.
        _ => {
            let longest = LONGEST_BACK_OFF.max(every);
            every.saturating_mul(1 << failures.min(16)).min(longest) * (510 - random) / 510
        }
    };
    match left {
        Some(left) if !left.is_zero() => wait.min((left / 2).max(SHORTEST.min(every))),
        _ => wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(10);

    fn millis(failures: u32, left: Option<u64>, random: u8) -> u128 {
        pause(EVERY, failures, left.map(Duration::from_secs), random).as_millis()
    }

    #[test]
    fn looks_that_succeed_follow_each_other_within_the_interval() {
        assert_eq!((millis(0, None, 0), millis(0, None, 255)), (10_000, 9_000));
    }

    #[test]
    fn looks_that_fail_grow_rarer_up_to_a_bound() {
        assert_eq!((millis(1, None, 0), millis(1, None, 255)), (20_000, 10_000));
        for failures in [2, 3, 16, u32::MAX] {
            assert_eq!((millis(failures, None, 0), millis(failures, None, 255)), (30_000, 15_000), "{failures}");
        }
        let hour = Duration::from_secs(3_600);
        assert_eq!(pause(hour, 3, None, 0), hour);
    }

    #[test]
    fn lists_that_expire_soon_are_looked_for_before() {
        assert_eq!(millis(0, Some(100), 0), 10_000);
        assert_eq!(millis(0, Some(6), 0), 3_000);
        assert_eq!(millis(5, Some(6), 0), 3_000);
        assert_eq!(millis(0, Some(1), 0), 1_000);
        assert_eq!(millis(3, Some(0), 0), 30_000, "what is stale already is no reason to storm");
    }
}
