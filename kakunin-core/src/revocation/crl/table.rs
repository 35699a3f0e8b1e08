//! The revoked serials of one list, compact and indexed.

use super::entry::Entry;
use crate::revocation::reason::Reason;
use crate::time::UnixTime;

/// Longest serial number and CRL number, in octets (RFC 5280 §4.1.2.2, §5.2.3).
pub(super) const NUMBER_OCTETS: usize = 20;

/// Serials in the list's order, found through chains of those that share a hash.
///
/// A row takes 32 bytes, and its share of the chain heads 4 to 8, for they are a power of two; rows may have a tenth of spare
/// room. So 36 to 43.2 bytes for each serial of a list of many. The list's own encoding, mostly 35 to 55, is not kept beside.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Row>,
    /// The first row of each chain, counted from one; zero ends a chain.
    heads: Box<[u32]>,
    key: HashKey,
}

/// A serial number as its value: a positive INTEGER has one minimal form, so no two share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Serial {
    low: u64,
    middle: u64,
    high: u32,
}

/// 32 bytes: a serial's three numbers stand in it one by one, since as one value they would be padded to 24.
#[derive(Clone, Copy, Debug)]
struct Row {
    low: u64,
    middle: u64,
    high: u32,
    next: u32,
    /// Seconds of the revocation date, in 48 bits: RFC 5280 ends in the year 9999.
    seconds_low: u32,
    seconds_high: i16,
    /// A CRLReason; zero where none is said.
    reason: u8,
}

/// One revoked certificate of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlEntry {
    serial: [u8; NUMBER_OCTETS],
    /// Since when it is revoked.
    pub at: UnixTime,
    /// Why, where the list says it.
    pub reason: Option<Reason>,
}

impl CrlEntry {
    /// The serial number, as an INTEGER's content.
    pub fn serial(&self) -> &[u8] {
        let first = self.serial.iter().position(|octet| *octet != 0).unwrap_or(NUMBER_OCTETS - 1);
        let negative = self.serial.get(first).is_some_and(|octet| octet & 0x80 != 0);
        // INVARIANT: the content was 20 octets at most, so one whose high bit is set had its zero among them.
        self.serial.get(first - usize::from(negative && first > 0)..).unwrap_or_default()
    }
}

/// What the hash of a serial depends on besides. It is taken from the list's signature, so nobody who chooses serials
/// knows which of them will share a chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct HashKey(u64, u64);

impl HashKey {
    pub(super) fn new(signature: &[u8]) -> Self {
        let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let (front, back) = (signature.first_chunk(), signature.last_chunk());
        // Fractional digits of π, so that an empty signature has a key too.
        Self(word(front) ^ 0x243f_6a88_85a3_08d3, word(back) ^ 0x1319_8a2e_0370_7344)
    }

    /// A folded multiplication: every bit of the serial reaches the low bits.
    fn hash(self, serial: Serial) -> u64 {
        let high = u64::from(serial.high);
        let product =
            u128::from(serial.low ^ self.0) * u128::from(serial.middle.wrapping_add(high << 32 | high) ^ self.1);
        (product as u64) ^ ((product >> 64) as u64)
    }
}

impl Serial {
    /// From the content of a positive INTEGER of at most 20 octets.
    fn new(content: &[u8]) -> Self {
        // The length that most CAs give goes the short way.
        let (high, tail) = match <[u8; 16]>::try_from(content) {
            Ok(tail) => (0, tail),
            Err(_) => {
                let [a, b, c, d, tail @ ..] = pad(content);
                (u32::from_be_bytes([a, b, c, d]), tail)
            }
        };
        let [middle @ .., _, _, _, _, _, _, _, _] = tail;
        let [_, _, _, _, _, _, _, _, low @ ..] = tail;
        Self { low: u64::from_be_bytes(low), middle: u64::from_be_bytes(middle), high }
    }

    /// As octets, padded at the front.
    fn octets(self) -> [u8; NUMBER_OCTETS] {
        let mut octets = [0; NUMBER_OCTETS];
        let value = self.high.to_be_bytes().into_iter().chain(self.middle.to_be_bytes()).chain(self.low.to_be_bytes());
        octets.iter_mut().zip(value).for_each(|(to, from)| *to = from);
        octets
    }
}

/// Rows that are being read.
pub(super) struct Rows(Vec<Row>);

impl Rows {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self(Vec::with_capacity(rows))
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, Entry { serial, at, reason }: Entry<'_>) {
        let seconds = at.seconds();
        let Serial { low, middle, high } = Serial::new(serial);
        self.0.push(Row {
            low,
            middle,
            high,
            next: 0,
            seconds_low: seconds as u32,
            seconds_high: (seconds >> 32) as i16,
            reason: reason.map_or(0, Reason::number),
        });
    }

    pub(super) fn index(self, key: HashKey) -> Table {
        let mut rows = self.0;
        // Room for a tenth more is kept: giving it back costs more than it is worth.
        if rows.capacity() > rows.len() + rows.len() / 10 {
            rows.shrink_to_fit();
        }
        let mut heads = vec![0_u32; rows.len().next_power_of_two()].into_boxed_slice();
        let mask = heads.len() as u64 - 1;
        // INVARIANT: a list is within `crl_bytes`, far below 2^32 rows.
        for (number, row) in (1_u32..).zip(rows.iter_mut()) {
            if let Some(head) = heads.get_mut((key.hash(row.serial()) & mask) as usize) {
                row.next = std::mem::replace(head, number);
            }
        }
        Table { rows, heads, key }
    }
}

impl Table {
    /// The entry of this serial (an INTEGER's content): of several the earliest.
    pub(super) fn find(&self, serial: &[u8]) -> Option<CrlEntry> {
        // Of a negative number the padded form would be that of a positive one.
        if serial.len() > NUMBER_OCTETS || serial.first().is_none_or(|first| first & 0x80 != 0) {
            return None;
        }
        let serial = Serial::new(serial);
        let mask = self.heads.len() as u64 - 1;
        let mut next = self.heads.get((self.key.hash(serial) & mask) as usize).copied();
        let mut found: Option<CrlEntry> = None;
        while let Some(row) = next.and_then(|number| self.rows.get((number as usize).checked_sub(1)?)) {
            if row.serial() == serial {
                let entry = row.entry();
                if found.as_ref().is_none_or(|found| entry.at < found.at) {
                    found = Some(entry);
                }
            }
            next = Some(row.next);
        }
        found
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = CrlEntry> {
        self.rows.iter().map(Row::entry)
    }
}

const _: () = assert!(size_of::<Row>() == 32, "what a snapshot's memory is reckoned with");

impl Row {
    const fn serial(&self) -> Serial {
        Serial { low: self.low, middle: self.middle, high: self.high }
    }

    fn entry(&self) -> CrlEntry {
        let seconds = i64::from(self.seconds_high) << 32 | i64::from(self.seconds_low);
        CrlEntry {
            serial: self.serial().octets(),
            at: UnixTime::from_seconds(seconds),
            reason: Reason::of(self.reason),
        }
    }
}

/// `number` padded at the front: comparing bytes compares numbers.
pub(super) fn pad(number: &[u8]) -> [u8; NUMBER_OCTETS] {
    let mut padded = [0; NUMBER_OCTETS];
    if let Some(to) = NUMBER_OCTETS.checked_sub(number.len()).and_then(|start| padded.get_mut(start..)) {
        to.copy_from_slice(number);
    }
    padded
}
