//! Points in time and spans, as values: the core never asks a clock.

use std::fmt;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The point `seconds` after the epoch. Saturates at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The point `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Whole seconds since the epoch, rounded towards the past. Certificates count in these.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The point `seconds` later (earlier when negative). Saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000)))
    }

    /// Year, month (1–12), day (1–31), hour, minute and second in UTC (proleptic Gregorian).
    pub const fn civil(self) -> Civil {
        let seconds = self.seconds();
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Howard Hinnant's `civil_from_days`: exact for every i64 day count that fits here.
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        Civil {
            year,
            month: month as u8,
            day: day as u8,
            hour: (rest / 3_600) as u8,
            minute: (rest / 60 % 60) as u8,
            second: (rest % 60) as u8,
        }
    }

    /// The point named by a UTC calendar time, or `None` where there is no such day or time (a leap second, month 13).
    pub const fn from_civil(civil: Civil) -> Option<Self> {
        let Civil { year, month, day, hour, minute, second } = civil;
        if month < 1
            || month > 12
            || day < 1
            || day > days_in_month(year, month)
            || hour > 23
            || minute > 59
            || second > 59
        {
            return None;
        }
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let mp = if month > 2 { month - 3 } else { month + 9 } as i64;
        let doy = (153 * mp + 2) / 5 + day as i64 - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let days = era * 146_097 + doe - 719_468;
        Some(Self::from_seconds(days * 86_400 + hour as i64 * 3_600 + minute as i64 * 60 + second as i64))
    }

    /// The point that `text` names by RFC 3339: `2026-06-01T12:00:00Z`, with or without a fraction of at most nine digits,
    /// of which three are kept; with `Z` or an offset. `None` where it is not one.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (civil, rest) = text.split_at_checked(19)?;
        let number = |from: usize, to: usize| {
            let digits = civil.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse::<u16>().ok()
        };
        let part = |from| number(from, from + 2).and_then(|number| u8::try_from(number).ok());
        let signs = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
        if signs.iter().any(|(at, sign)| civil.get(*at..at + 1) != Some(sign)) {
            return None;
        }
        let time = Self::from_civil(Civil {
            year: number(0, 4)?.into(),
            month: part(5)?,
            day: part(8)?,
            hour: part(11)?,
            minute: part(14)?,
            second: part(17)?,
        })?;
        let (millis, zone) = match rest.strip_prefix('.') {
            Some(rest) => {
                let length =
                    rest.find(|sign: char| !sign.is_ascii_digit()).filter(|length| (1..=9).contains(length))?;
                let (fraction, zone) = rest.split_at_checked(length)?;
                (format!("{fraction}00").get(..3)?.parse().ok()?, zone)
            }
            None => (0, rest),
        };
        Some(Self(time.0.saturating_add(millis)).plus_seconds(-offset(zone)?))
    }
}

/// The seconds that a zone of RFC 3339 is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let number = |digits: &str, most: i64| {
        let fine = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i64>().ok().filter(|number| fine && *number <= most)
    };
    Some(sign * (number(hours, 23)? * 3_600 + number(minutes, 59)? * 60))
}

const fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// RFC 3339 in UTC; milliseconds only where there are any.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.0.rem_euclid(1_000) {
            0 => f.write_str("Z"),
            millis => write!(f, ".{millis:03}Z"),
        }
    }
}

/// A calendar time in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// Year, 1 BC being 0.
    pub year: i64,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_time_goes_both_ways() {
        for seconds in [0, -1, 951_782_400, 1_763_724_601, 4_102_444_799, 253_402_300_799, -62_135_596_800] {
            let time = UnixTime::from_seconds(seconds);
            assert_eq!(UnixTime::from_civil(time.civil()), Some(time), "{time}");
        }
        assert_eq!(UnixTime::from_millis(1_763_724_601_007).to_string(), "2025-11-21T11:30:01.007Z");
    }

    #[test]
    fn rfc_3339_reads_back_and_has_no_other_form() {
        for millis in [0, -1, 1_763_724_601_007, 253_402_300_799_999] {
            let time = UnixTime::from_millis(millis);
            assert_eq!(UnixTime::from_rfc3339(&time.to_string()), Some(time));
        }
        let noon = UnixTime::from_rfc3339("2026-06-01T12:00:00Z");
        for same in ["2026-06-01T12:00:00+00:00", "2026-06-01T14:30:00+02:30", "2026-06-01T11:59:00.000000-00:01"] {
            assert_eq!(UnixTime::from_rfc3339(same), noon, "{same}");
        }
        for bad in [
            "",
            "2026-06-01",
            "2026-06-01T12:00:00",
            "2026-06-01 12:00:00Z",
            "2026-06-01T12:00:00z",
            "2026-6-01T12:00:000Z",
            "2026-02-30T12:00:00Z",
            "2026-06-01T12:00:60Z",
            "+026-06-01T12:00:00Z",
            "2026-06-01T12:00:00.Z",
            "2026-06-01T12:00:00.0000000000Z",
            "2026-06-01T12:00:00+0200",
            "2026-06-01T12:00:00+24:00",
            "2026-06-01T12:00:00+02:60",
            "2026-06-01T12:00:00Z ",
            "2026-06-01T12:00:0\u{fc}Z",
        ] {
            assert_eq!(UnixTime::from_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn impossible_days_and_leap_seconds_are_no_time() {
        let good = Civil { year: 2024, month: 2, day: 29, hour: 23, minute: 59, second: 59 };
        assert!(UnixTime::from_civil(good).is_some());
        for bad in [
            Civil { year: 2023, ..good },
            Civil { month: 13, ..good },
            Civil { day: 0, ..good },
            Civil { second: 60, ..good },
            Civil { hour: 24, ..good },
        ] {
            assert_eq!(UnixTime::from_civil(bad), None, "{bad:?}");
        }
    }
}
