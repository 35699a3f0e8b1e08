//! Host names and IP addresses, read in one form each.

use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::model::Fault;

/// Most characters of a host name (RFC 1035 §2.3.4, without the root's dot).
const NAME: usize = 253;
/// Most characters of a label (RFC 1035 §2.3.4).
const LABEL: usize = 63;

/// A host that was read: its one canonical text, lower-case.
#[derive(Clone, Copy)]
pub(super) struct Host {
    text: [u8; NAME],
    length: usize,
    kind: HostKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum HostKind {
    Name,
    Ip,
}

impl Host {
    /// Reads a host name or an IPv4 address in canonical form.
    ///
    /// Names: letters, digits and hyphens in labels of 1 to 63, no dot at the end. A name whose last label is a number
    /// would be read as an address by some resolver, so it must be one: four decimals without leading zeros.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let kind = match classify(text)? {
            HostKind::Name => HostKind::Name,
            HostKind::Ip => text.parse::<Ipv4Addr>().is_ok().then_some(HostKind::Ip)?,
        };
        Self::of(text, kind)
    }

    /// Reads an IPv6 address, without brackets, in the canonical form of RFC 5952. IPv4-mapped ones are refused.
    pub(super) fn parse_ipv6(text: &str) -> Option<Self> {
        if is_canonical_ipv6(text.parse().ok()?, text) { Self::of(text, HostKind::Ip) } else { None }
    }

    fn of(text: &str, kind: HostKind) -> Option<Self> {
        let mut host = Self { text: [0; NAME], length: text.len(), kind };
        for (to, from) in host.text.get_mut(..text.len())?.iter_mut().zip(text.bytes()) {
            *to = from.to_ascii_lowercase();
        }
        Some(host)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    pub(super) fn is_ip(&self) -> bool {
        self.kind == HostKind::Ip
    }

    /// Whether it is one of `names` (sorted by bytes), or below a `*.name` among them.
    pub(super) fn is_among(&self, names: &[String]) -> bool {
        let host = self.as_bytes();
        if names.binary_search_by(|name| name.as_bytes().cmp(host)).is_ok() {
            return true;
        }
        let below = |dot: usize| {
            let parent = host.get(dot..).unwrap_or_default();
            let wildcard = |name: &String| match name.as_bytes().split_first() {
                Some((b'*', suffix)) => suffix.cmp(parent),
                Some((first, _)) => first.cmp(&b'*'),
                None => Ordering::Less,
            };
            names.binary_search_by(wildcard).is_ok()
        };
        // Most lists have no wildcard at all; `*` sorts before letters and digits, so the first name tells.
        let wildcards = names.first().is_some_and(|name| name.starts_with('*'));
        // INVARIANT: no address lies below a wildcard, as no name ends in a number.
        wildcards && host.iter().enumerate().any(|(dot, byte)| *byte == b'.' && below(dot))
    }
}

/// Whether `text` is the one form of `address` (RFC 5952), and that no IPv4-mapped one.
pub(super) fn is_canonical_ipv6(address: Ipv6Addr, text: &str) -> bool {
    let mut canonical = Text::<48>::default();
    write!(canonical, "{address}").is_ok()
        && canonical.as_bytes() == text.as_bytes()
        && address.to_ipv4_mapped().is_none()
}

/// Whether it is a host name as [`Host::parse`] reads it, and no address.
pub(crate) fn is_name(text: &str) -> bool {
    classify(text) == Some(HostKind::Name)
}

fn classify(text: &str) -> Option<HostKind> {
    if text.is_empty() || text.len() > NAME {
        return None;
    }
    let mut last = "";
    for label in text.split('.') {
        let shape = (1..=LABEL).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
        if !shape || !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return None;
        }
        last = label;
    }
    let hexadecimal = |label: &str| {
        label
            .strip_prefix(['0'])
            .and_then(|rest| rest.strip_prefix(['x', 'X']))
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let number = last.bytes().all(|byte| byte.is_ascii_digit()) || hexadecimal(last);
    Some(if number { HostKind::Ip } else { HostKind::Name })
}

/// Reads the names of a set: lower-cased, sorted, none twice; `*.name` for what is below a name.
pub(super) fn name_set(names: &[impl AsRef<str>], rule: &'static str, addresses: bool) -> Result<Vec<String>, Fault> {
    let mut set = names
        .iter()
        .map(|name| {
            let name = name.as_ref();
            let host = match name.strip_prefix("*.") {
                Some(parent) => Host::parse(parent).filter(|host| !host.is_ip()),
                None => Host::parse(name).or_else(|| Host::parse_ipv6(name)).filter(|host| addresses || !host.is_ip()),
            };
            if host.is_some() {
                return Ok(name.to_ascii_lowercase());
            }
            let what = if addresses { "host name or canonical IP address" } else { "host name" };
            Err(Fault::new(rule, format!("`{name}` is no {what}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    set.sort_unstable();
    match set.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
        Some([twice, _]) => Err(Fault::new(rule, format!("`{twice}` stands twice in one list"))),
        _ => Ok(set),
    }
}

/// Writes `items` separated by commas.
pub(super) fn list(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = impl fmt::Display>) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// Text on the stack, of at most `N` bytes.
pub(super) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Text<N> {
    pub(super) fn push(&mut self, part: &[u8]) -> Option<()> {
        let end = self.length.checked_add(part.len())?;
        self.bytes.get_mut(self.length..end)?.copy_from_slice(part);
        self.length = end;
        Some(())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push(part.as_bytes()).ok_or(fmt::Error)
    }
}
