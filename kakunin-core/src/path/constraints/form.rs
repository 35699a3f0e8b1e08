use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::certificate::{GeneralName, Likeness, Name};
use crate::encoding::oid;
use crate::scope::{is_host_name, split_address};

/// A name that a certificate bears, read as its form demands. None where it is not well-formed: what no constraint speaks
/// of may be so, what one speaks of may not.
pub(super) enum Presented<'a> {
    Directory(Name<'a>),
    Dns(Option<HostName<'a>>),
    /// The part before the `@`, and the host after it.
    Email(Option<(&'a str, &'a str)>),
    Ip(&'a [u8]),
    Other(&'a [u8]),
    RegisteredId(&'a [u8]),
    /// The host.
    Uri(Option<&'a str>),
}

/// A dNSName: what stands after `*.`, or the whole.
#[derive(Clone, Copy)]
pub(super) struct HostName<'a> {
    name: &'a str,
    is_wildcard: bool,
}

impl<'a> Presented<'a> {
    pub(super) fn read(name: GeneralName<'a>) -> Self {
        match name {
            GeneralName::Directory(name) => Self::Directory(name),
            GeneralName::Dns(text) => Self::Dns(HostName::read(text)),
            GeneralName::Email(text) => Self::email(text),
            GeneralName::Ip(address) => Self::Ip(address),
            GeneralName::Other { id, .. } => Self::Other(id),
            GeneralName::RegisteredId(id) => Self::RegisteredId(id),
            GeneralName::Uri(text) => Self::Uri(uri_host(text)),
        }
    }

    pub(super) fn email(text: &'a str) -> Self {
        Self::Email(split_address(text))
    }

    /// How it stands to the subtree of `base`: `Same` is within, `Unclear` partly within or not to be told. None where the
    /// subtree is of another form and says nothing of it. `work` grows with what was compared beyond one text.
    pub(super) fn compare(&self, base: GeneralName<'_>, work: &mut usize) -> Option<Likeness> {
        let within = |holds| if holds { Likeness::Same } else { Likeness::Different };
        Some(match (self, base) {
            (Self::Directory(name), GeneralName::Directory(base)) => name.is_within(base, work),
            (Self::Dns(Some(name)), GeneralName::Dns(base)) => name.compare(base),
            (Self::Email(Some((local, host))), GeneralName::Email(base)) => within(match base.split_once('@') {
                // The part before the `@` belongs to its host, which may tell cases apart (RFC 5280 §7.5).
                Some((base_local, base_host)) => *local == base_local && host.eq_ignore_ascii_case(base_host),
                None => is_host_within(host, base),
            }),
            (Self::Uri(Some(host)), GeneralName::Uri(base)) => within(is_host_within(host, base)),
            (Self::Ip(address), GeneralName::Ip(base)) => compare_addresses(address, base),
            // An instance of a form that is constrained but not well-formed, or not processed here, is refused whatever the
            // constraint says. An internationalised mailbox is a mailbox (RFC 9598 §6).
            (Self::Dns(None), GeneralName::Dns(_))
            | (Self::Email(None), GeneralName::Email(_))
            | (Self::Uri(None), GeneralName::Uri(_))
            | (Self::Other(oid::SMTP_UTF8_MAILBOX), GeneralName::Email(_))
            | (Self::Other(_), GeneralName::Other { .. })
            | (Self::RegisteredId(_), GeneralName::RegisteredId(_)) => Likeness::Unclear,
            _ => return None,
        })
    }
}

impl<'a> HostName<'a> {
    /// A host name, its first label possibly `*` (RFC 9525 §6.3).
    fn read(text: &'a str) -> Option<Self> {
        let (name, is_wildcard) = text.strip_prefix("*.").map_or((text, false), |rest| (rest, true));
        is_host_name(name).then_some(Self { name, is_wildcard })
    }

    fn compare(self, base: &str) -> Likeness {
        let below = || {
            let (head, tail) = self.name.len().checked_sub(base.len()).and_then(|at| self.name.split_at_checked(at))?;
            ((head.is_empty() || head.ends_with('.')) && tail.eq_ignore_ascii_case(base)).then_some(())
        };
        if base.is_empty() || below().is_some() {
            return Likeness::Same;
        }
        // `*.example` may stand for `base.example`, which is one label longer.
        let parent = base.split_once('.').map(|(_, parent)| parent);
        if self.is_wildcard && parent.is_some_and(|parent| parent.eq_ignore_ascii_case(self.name)) {
            return Likeness::Unclear;
        }
        Likeness::Different
    }
}

/// Whether `host` is the host `base`, or lies below it where `base` begins with a dot. Every host lies in an empty one.
fn is_host_within(host: &str, base: &str) -> bool {
    if !base.starts_with('.') {
        return base.is_empty() || host.eq_ignore_ascii_case(base);
    }
    let tail = host.len().checked_sub(base.len()).and_then(|at| host.split_at_checked(at));
    tail.is_some_and(|(head, tail)| !head.is_empty() && tail.eq_ignore_ascii_case(base))
}

/// The host of `scheme://host[:port][/…][?…][#…]`, where it is a host name.
///
/// RFC 5280 §4.2.1.10: a URI whose authority names no host, or an address, is refused where URIs are constrained. So is one
/// with userinfo, which has hidden hosts from verifiers before.
fn uri_host(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let mut letters = scheme.bytes();
    let is_scheme = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    (is_scheme && is_port && is_host_name(host)).then_some(host)
}

/// `range` is an address and a mask of the same length.
fn compare_addresses(address: &[u8], range: &[u8]) -> Likeness {
    let (base, mask) = range.split_at(range.len() / 2);
    let within =
        |address: &[u8]| address.iter().zip(base).zip(mask).all(|((own, base), mask)| own & mask == base & mask);
    if address.len() == base.len() {
        return if within(address) { Likeness::Same } else { Likeness::Different };
    }
    // `::ffff:a.b.c.d` reaches the IPv4 address (RFC 4291 §2.5.5.2), though it is none.
    let mapped = <[u8; 16]>::try_from(address).ok().and_then(|octets| Ipv6Addr::from(octets).to_ipv4_mapped());
    match mapped {
        Some(address) if within(&address.octets()) => Likeness::Unclear,
        _ => Likeness::Different,
    }
}

impl fmt::Display for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(_) => f.write_str("directoryName"),
            Self::Dns(Some(HostName { name, is_wildcard: true })) => write!(f, "dNSName *.{name}"),
            Self::Dns(Some(HostName { name, is_wildcard: false })) => write!(f, "dNSName {name}"),
            Self::Dns(None) => f.write_str("dNSName that is no host name"),
            Self::Email(Some((local, host))) => write!(f, "rfc822Name {local}@{host}"),
            Self::Email(None) => f.write_str("rfc822Name that is no mailbox"),
            Self::Ip(address) => match (<[u8; 4]>::try_from(*address), <[u8; 16]>::try_from(*address)) {
                (Ok(octets), _) => write!(f, "iPAddress {}", Ipv4Addr::from(octets)),
                (_, Ok(octets)) => write!(f, "iPAddress {}", Ipv6Addr::from(octets)),
                _ => f.write_str("iPAddress"),
            },
            Self::Other(id) => write!(f, "otherName {}", oid::dotted(id)),
            Self::RegisteredId(id) => write!(f, "registeredID {}", oid::dotted(id)),
            Self::Uri(Some(host)) => write!(f, "uniformResourceIdentifier at {host}"),
            Self::Uri(None) => f.write_str("uniformResourceIdentifier without a host name"),
        }
    }
}
