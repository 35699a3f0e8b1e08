//! The clock of a guard: the system's, or one that a test moves.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kakunin_core::error::Denial;
use kakunin_core::time::UnixTime;

use crate::fault;

/// Where a guard reads the time.
pub struct Clock(Source);

enum Source {
    System,
    Manual(AtomicI64),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// A clock that stands at `start` until it is advanced. For tests.
    pub fn manual(start: UnixTime) -> Arc<Self> {
        Arc::new(Self(Source::Manual(AtomicI64::new(start.millis()))))
    }

    /// The time.
    pub fn now(&self) -> UnixTime {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(millis) => UnixTime::from_millis(millis.load(Ordering::Acquire)),
        }
    }

    pub(super) const fn is_manual(&self) -> bool {
        matches!(self.0, Source::Manual(_))
    }

    /// Moves a manual clock forward.
    ///
    /// # Errors
    /// E504 `clock-not-manual` on the system's clock.
    pub fn advance(&self, by: Duration) -> Result<(), Denial> {
        match &self.0 {
            Source::Manual(millis) => {
                millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::AcqRel);
                Ok(())
            }
            Source::System => {
                Err(fault::misconfigured("clock-not-manual", "clock", "the system's", "a clock for tests"))
            }
        }
    }

    /// Moves a manual clock forward by a span such as `90s`, `1h`, `250ms`, `2d`.
    ///
    /// # Errors
    /// As [`Clock::advance`]; E504 `span` where the text is no span.
    pub fn advance_text(&self, span: &str) -> Result<(), Denial> {
        let by = parse_span(span)
            .ok_or_else(|| fault::misconfigured("span", "clock", span.to_owned(), "an integer and ms, s, m, h or d"))?;
        self.advance(by)
    }
}

/// The system's.
impl Default for Clock {
    fn default() -> Self {
        Self(Source::System)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock::System",
            Source::Manual(_) => "Clock::Manual",
        })
    }
}

/// The system's time; before 1970 it is 1970, which no certificate is valid at.
pub(crate) fn system_now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) fn parse_span(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit)?;
    let number: u64 = number.parse().ok()?;
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    // A century is as far as a test travels; beyond, arithmetic on times would saturate.
    number.checked_mul(millis).filter(|total| *total <= 100 * 366 * 86_400_000).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_advanced() {
        let clock = Clock::manual(UnixTime::from_seconds(1_000));
        clock.advance_text("1h").unwrap();
        clock.advance_text("250ms").unwrap();
        assert_eq!(clock.now(), UnixTime::from_millis(4_600_250));
        for span in ["", "1", "h", "1w", "-1h", "1.5h", " 1h", "99999999999999999999d", "40000d"] {
            assert_eq!(clock.advance_text(span).unwrap_err().details().rule, "span", "{span}");
        }
    }

    #[test]
    fn the_system_clock_is_not_moved() {
        assert_eq!(Clock::system().advance_text("1h").unwrap_err().details().rule, "clock-not-manual");
    }
}
