use std::fmt;

use super::super::model::Fault;
use super::host::{self, Host, Text};
use super::member;
use crate::error::Code;

/// Most characters of the part before `@` (RFC 5321 §4.5.3.1.1).
const LOCAL_PART: usize = 64;
/// Most characters of an address (RFC 5321 §4.5.3.1.3, without the angle brackets).
const ADDRESS: usize = 254;

/// Addresses and domains of addresses; at least one of them is there. Sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailSet {
    pub(crate) addresses: Vec<String>,
    pub(crate) domains: Vec<String>,
}

impl EmailSet {
    /// The addresses themselves, and all addresses of `domains` (`*.name` for what is below a name).
    /// The part before `@` is case-sensitive, domains are folded.
    ///
    /// # Errors
    /// `email-empty` where both are; `email-address`, `email-domain` for what is none, or stands twice.
    pub fn new(addresses: &[impl AsRef<str>], domains: &[impl AsRef<str>]) -> Result<Self, Fault> {
        if addresses.is_empty() && domains.is_empty() {
            return Err(Fault::new("email-empty", "an `email` needs `addresses` or `domains`"));
        }
        let mut folded = addresses
            .iter()
            .map(|address| {
                let address = address.as_ref();
                let (local, _) = read(address)
                    .ok_or_else(|| Fault::new("email-address", format!("`{address}` is not one plain address")))?;
                let domain = address.get(local.len()..).unwrap_or_default();
                Ok(format!("{local}{}", domain.to_ascii_lowercase()))
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        folded.sort_unstable();
        if let Some([twice, _]) = folded.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("email-address", format!("`{twice}` stands twice in one list")));
        }
        Ok(Self { addresses: folded, domains: host::name_set(domains, "email-domain", false)? })
    }

    /// The addresses, their domains lower-case, sorted by bytes.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// The domains, lower-case and sorted by bytes.
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    pub(super) fn judge(&self, text: &str) -> Result<(), Code> {
        let (local, domain) = read(text).ok_or(Code::ParameterInvalid)?;
        member(domain.is_among(&self.domains) || self.holds(local, &domain), Code::DomainRestrictionViolated)
    }

    /// Whether the set holds `address`, itself or by its domain.
    pub fn accepts(&self, address: &str) -> bool {
        self.judge(address).is_ok()
    }

    fn holds(&self, local: &str, domain: &Host) -> bool {
        let mut address = Text::<{ ADDRESS + 1 }>::default();
        let written = [local.as_bytes(), b"@", domain.as_bytes()].into_iter().try_for_each(|part| address.push(part));
        written.is_some() && self.addresses.binary_search_by(|own| own.as_bytes().cmp(address.as_bytes())).is_ok()
    }
}

/// The two parts of exactly one addr-spec (RFC 5322 §3.4.1) whose local part is a dot-atom and whose domain is a host
/// name: no display name, list, comment, quoting or address literal.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    halves(text).filter(|(_, domain)| host::is_name(domain))
}

fn read(text: &str) -> Option<(&str, Host)> {
    let (local, domain) = halves(text)?;
    Some((local, Host::parse(domain).filter(|host| !host.is_ip())?))
}

/// The two parts, what is after the `@` not judged.
fn halves(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.split_once('@')?;
    let atom = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    let plain = text.len() <= ADDRESS && local.len() <= LOCAL_PART && local.split('.').all(atom);
    plain.then_some((local, domain))
}

impl fmt::Display for EmailSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domains = self.domains.iter().map(|domain| format!("@{domain}"));
        host::list(f, self.addresses.iter().cloned().chain(domains))
    }
}
