//! The one form that nearly every entry of a list has, read without a general reader's steps.
//!
//! What does not have it, or has a fault, is left to the general reader, which judges it: this one only ever agrees with it.

use crate::revocation::reason::Reason;
use crate::time::UnixTime;

/// An entry, as both readers give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Content of a positive, minimal INTEGER of at most 20 octets.
    pub(super) serial: &'a [u8],
    pub(super) at: UnixTime,
    pub(super) reason: Option<Reason>,
}

/// `crlEntryExtensions` of a reasonCode alone, up to its value: SEQUENCE { SEQUENCE { id-ce-cRLReasons, OCTET STRING { ENUMERATED } } }.
const REASON: [u8; 13] = [0x30, 12, 0x30, 10, 6, 3, 0x55, 0x1d, 0x15, 4, 3, 0x0a, 1];

/// The entry at the front of `bytes` and what follows it, if it is `SEQUENCE { INTEGER, UTCTime }` or that with a
/// reasonCode, all lengths in their short form.
#[inline]
pub(super) fn read(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let [0x30, whole, 0x02, length, rest @ ..] = bytes else { return None };
    let (serial, rest) = rest.split_at_checked(usize::from(*length))?;
    let [first, tail @ ..] = serial else { return None };
    // Positive and minimal: a leading zero stands only before an octet with its high bit.
    let padded = *first == 0 && tail.first().is_none_or(|next| next & 0x80 == 0);
    if first & 0x80 != 0 || padded || tail.len() > 19 {
        return None;
    }
    let ([0x17, 13, digits @ .., b'Z'], rest) = rest.split_first_chunk::<15>()? else { return None };
    let at = utc_time(digits)?;
    // Its own content: tag and length of the serial, and of the time, and both.
    let without = length + 17;
    if *whole == without {
        return Some((Entry { serial, at, reason: None }, rest));
    }
    let ([extension @ .., code], rest) = rest.split_first_chunk::<14>()?;
    if *whole != without + 14 || *extension != REASON {
        return None;
    }
    let reason = match code {
        0 => None,
        code => Some(Reason::of(*code)?),
    };
    Some((Entry { serial, at, reason }, rest))
}

/// Months of the years 1950 to 2049.
const MONTHS: usize = 1_200;
/// The day on which each month begins, counted from 1950-01-01, and the day after the last of them.
static MONTH_BEGINS: [u16; MONTHS + 1] = month_begins();

#[expect(
    clippy::indexing_slicing,
    reason = "worked out when this is compiled: an index out of bounds would not compile"
)]
const fn month_begins() -> [u16; MONTHS + 1] {
    const DAYS: [u16; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut begins = [0; MONTHS + 1];
    let mut month = 0;
    while month < MONTHS {
        // 1952 is the first leap year; of these years every fourth is one.
        let leap_day = month % 12 == 1 && month / 12 % 4 == 2;
        begins[month + 1] = begins[month] + DAYS[month % 12] + leap_day as u16;
        month += 1;
    }
    begins
}

/// `YYMMDDHHMMSS` of the years 1950 to 2049.
#[inline]
fn utc_time(digits: &[u8; 12]) -> Option<UnixTime> {
    let (date, clock) = (digits.first_chunk::<8>()?, digits.last_chunk::<4>()?);
    let [year, _, month, _, day, _, hour, _] = pairs(u64::from_le_bytes(*date))?;
    let clock = u64::from(u32::from_le_bytes(*clock));
    let [minute, _, second, ..] = pairs(clock | 0x3030_3030_0000_0000)?;
    // Counted from zero; what was zero is now above every bound.
    let (month, day) = (u32::from(month).wrapping_sub(1), u32::from(day).wrapping_sub(1));
    if month > 11 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years = u32::from(if year >= 50 { year - 50 } else { year + 50 });
    let [begins, next] = *MONTH_BEGINS.get((years * 12 + month) as usize..)?.first_chunk()?;
    if day >= u32::from(next - begins) {
        return None;
    }
    // 1950-01-01 is 7,305 days before the epoch.
    let days = i64::from(u32::from(begins) + day) - 7_305;
    let seconds = u32::from(hour) * 3_600 + u32::from(minute) * 60 + u32::from(second);
    Some(UnixTime::from_seconds(days * 86_400 + i64::from(seconds)))
}

/// The numbers of four pairs of digits, each in the first of its two octets.
#[inline]
fn pairs(text: u64) -> Option<[u8; 8]> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const FIRST: u64 = 0x00ff_00ff_00ff_00ff;
    // An octet that was no digit is now above 9: it has its high bit, or gets it.
    let digits = text ^ 0x3030_3030_3030_3030;
    if (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & HIGH != 0 {
        return None;
    }
    Some(((digits & FIRST) * 10 + (digits >> 8 & FIRST)).to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::parse::read_generally;
    use super::*;
    use crate::encoding::der::Reader;

    fn entry(serial: &[u8], time: &[u8], extensions: &[u8]) -> Vec<u8> {
        let mut content = [&[2, serial.len() as u8][..], serial, &[0x17, time.len() as u8], time].concat();
        content.extend(extensions);
        [&[0x30, content.len() as u8][..], &content].concat()
    }

    fn with_reason(code: u8) -> Vec<u8> {
        [&REASON[..], &[code]].concat()
    }

    /// Both readers on these bytes: where the short one reads them, the general one reads the same.
    fn agree(bytes: &[u8]) -> bool {
        let Some((entry, rest)) = read(bytes) else { return false };
        let mut reader = Reader::new(bytes);
        assert_eq!(read_generally(&mut reader).unwrap(), entry, "{bytes:02x?}");
        assert_eq!(reader.rest(), rest);
        true
    }

    #[test]
    fn every_day_and_second_is_read_as_the_general_reader_does() {
        for year in 0..100 {
            for month in 0..14 {
                for day in 0..33 {
                    let time = format!("{year:02}{month:02}{day:02}{:02}{:02}{:02}Z", day % 24, month * 4, year % 60);
                    let bytes = entry(&[5], time.as_bytes(), &[]);
                    let read = agree(&bytes);
                    assert_eq!(read, read_generally(&mut Reader::new(&bytes)).is_ok(), "{time}");
                }
            }
        }
        for (time, fine) in [
            ("235959Z", true),
            ("240000Z", false),
            ("006000Z", false),
            ("000060Z", false),
            ("00000/Z", false),
            ("00000:Z", false),
        ] {
            assert_eq!(agree(&entry(&[5], format!("260101{time}").as_bytes(), &[])), fine, "{time}");
        }
    }

    #[test]
    fn reasons_and_serials_are_read_as_the_general_reader_does() {
        let time = b"260101000000Z";
        for code in 0..=255 {
            let bytes = entry(&[5], time, &with_reason(code));
            assert_eq!(agree(&bytes), read_generally(&mut Reader::new(&bytes)).is_ok(), "{code}");
        }
        let long = [1; 21];
        for serial in [&[5][..], &[0], &[], &[0, 5], &[0, 0x80], &[0x80], &long, &long[1..], &[0x7f, 0xff]] {
            let bytes = entry(serial, time, &[]);
            assert_eq!(agree(&bytes), read_generally(&mut Reader::new(&bytes)).is_ok(), "{serial:02x?}");
        }
    }

    #[test]
    fn an_altered_entry_is_never_read_otherwise() {
        let whole =
            [entry(&[0x41; 16], b"260101000000Z", &with_reason(4)), entry(&[7], b"260101000000Z", &[])].concat();
        assert!(agree(&whole));
        for index in 0..whole.len() {
            for bit in 0..8 {
                let mut altered = whole.clone();
                altered[index] ^= 1 << bit;
                agree(&altered);
            }
            agree(&whole[..index]);
        }
    }
}
