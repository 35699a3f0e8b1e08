use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::super::model::Fault;
use super::host::{self, is_canonical_ipv6};
use super::member;
use crate::error::Code;

/// IPv4 and IPv6 networks. Sorted, none twice, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetSet {
    networks: Vec<Network>,
}

/// A network: the addresses that share its first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl NetSet {
    /// The set of `networks`.
    ///
    /// # Errors
    /// `net-empty`; `net-twice`.
    pub fn new(mut networks: Vec<Network>) -> Result<Self, Fault> {
        if networks.is_empty() {
            return Err(Fault::new("net-empty", "a `net` needs at least one network"));
        }
        networks.sort_unstable();
        match networks.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            Some([twice, _]) => Err(Fault::new("net-twice", format!("`{twice}` stands twice in one list"))),
            _ => Ok(Self { networks }),
        }
    }

    /// The networks, IPv4 first, by address and prefix.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    pub(super) fn judge(&self, text: &str) -> Result<(), Code> {
        let address = address(text).ok_or(Code::ParameterInvalid)?;
        member(self.networks.iter().any(|network| network.holds(address)), Code::DomainRestrictionViolated)
    }
}

impl Network {
    /// The network of `prefix` bits at `address`.
    ///
    /// # Errors
    /// `net-prefix` for more bits than the address has, `net-bits` where one is set beyond the prefix, `net-mapped` for
    /// addresses of IPv4 in IPv6, which no call can name.
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, Fault> {
        let network = Self { address, prefix };
        let fault = |rule, what: &str| Err(Fault::new(rule, format!("`{network}` {what}")));
        if prefix > width(address) {
            return fault("net-prefix", "has more bits than an address of its kind");
        }
        if bits(address) & !mask(prefix) != 0 {
            return fault("net-bits", "has bits beyond its prefix");
        }
        if matches!(address, IpAddr::V6(address) if prefix >= 96 && address.to_ipv4_mapped().is_some()) {
            return fault("net-mapped", "holds IPv4 addresses in IPv6; write them as IPv4");
        }
        Ok(network)
    }

    /// Parses `10.0.0.0/8`, `2001:db8::/32`, or an address, which is a network of its own.
    ///
    /// # Errors
    /// `net-address` where the address has another form than its canonical one; as [`Network::new`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let unread = || Fault::new("net-address", format!("`{text}` is no IP network in canonical form"));
        let (start, prefix) = match text.split_once('/') {
            Some((start, digits)) => {
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                let plain = plain && (digits == "0" || !digits.starts_with('0'));
                (start, Some(digits.parse::<u8>().ok().filter(|_| plain).ok_or_else(unread)?))
            }
            None => (text, None),
        };
        // A mapped address gets a message of its own.
        let mapped = || start.parse::<Ipv6Addr>().ok().filter(|start| start.to_ipv4_mapped().is_some());
        let address = address(start).or_else(|| mapped().map(IpAddr::V6)).ok_or_else(unread)?;
        Self::new(address, prefix.unwrap_or_else(|| width(address)))
    }

    /// Its first address.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits its addresses share.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Whether `address` lies in it.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && bits(address) & mask(self.prefix) == bits(self.address)
    }

    /// Whether every address of `other` lies in it.
    pub fn contains(&self, other: &Self) -> bool {
        self.prefix <= other.prefix && self.holds(other.address)
    }
}

/// Reads an address in canonical form: no leading zeros in IPv4, RFC 5952 and no mapped IPv4 in IPv6.
fn address(text: &str) -> Option<IpAddr> {
    match text.parse().ok()? {
        IpAddr::V6(address) => is_canonical_ipv6(address, text).then_some(IpAddr::V6(address)),
        // The standard library reads four decimals without leading zeros, and nothing else.
        address => Some(address),
    }
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The address as a number; IPv4 in the upper bits, so that prefixes of both count from the top.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    }
}

fn mask(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Display for NetSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        host::list(f, &self.networks)
    }
}
