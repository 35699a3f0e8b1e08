use std::fmt;

use super::super::model::Fault;
use super::host::{self, Host};
use super::member;
use crate::error::Code;

/// Host names (lower-case), `*.name` meaning one or more labels below `name`. Sorted, never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainSet {
    pub(crate) names: Vec<String>,
}

impl DomainSet {
    /// The set of `names`.
    ///
    /// # Errors
    /// `domain-empty`; `domain-name` for what is no host name, an IP address, or stands twice once case is folded.
    pub fn new(names: &[impl AsRef<str>]) -> Result<Self, Fault> {
        if names.is_empty() {
            return Err(Fault::new("domain-empty", "a `domain` needs at least one name"));
        }
        Ok(Self { names: host::name_set(names, "domain-name", false)? })
    }

    /// The names, lower-case and sorted by bytes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn judge(&self, text: &str) -> Result<(), Code> {
        let host = Host::parse(text).or_else(|| Host::parse_ipv6(text)).ok_or(Code::ParameterInvalid)?;
        member(!host.is_ip() && host.is_among(&self.names), Code::DomainRestrictionViolated)
    }
}

impl fmt::Display for DomainSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        host::list(f, &self.names)
    }
}
