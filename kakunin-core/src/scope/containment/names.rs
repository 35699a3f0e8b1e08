//! When one set of hosts, addresses or URLs contains another: set and suffix inclusion, part by part.

use super::Work;
use crate::scope::{DomainSet, EmailSet, NetSet, UrlSet};

/// Every name of `narrow` is one of `wide`'s or below one of its wildcards.
pub(super) fn domains(wide: &DomainSet, narrow: &DomainSet, work: &mut Work) -> bool {
    hosts(wide.names(), narrow.names(), work)
}

/// Every address and every domain of `narrow` is `wide`'s.
pub(super) fn emails(wide: &EmailSet, narrow: &EmailSet, work: &mut Work) -> bool {
    hosts(wide.domains(), narrow.domains(), work)
        && narrow.addresses().iter().all(|address| work.spend_many(address.len()) && wide.accepts(address))
}

/// Part by part: schemes, hosts, the ports of each scheme, the path.
pub(super) fn urls(wide: &UrlSet, narrow: &UrlSet, work: &mut Work) -> bool {
    let schemes = narrow.schemes();
    work.spend_many(schemes.len() * (wide.schemes().len() + (narrow.ports().len() + 1) * (wide.ports().len() + 1)))
        && schemes.iter().all(|scheme| wide.schemes().contains(scheme) && ports(wide, narrow, scheme))
        && hosts(wide.hosts(), narrow.hosts(), work)
        && match (wide.path(), narrow.path()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some("/"), Some(_)) => true,
            (Some(wide), Some(narrow)) => {
                narrow.strip_prefix(wide).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
        }
}

/// Every network of `narrow` lies in one of `wide`'s.
pub(super) fn nets(wide: &NetSet, narrow: &NetSet, work: &mut Work) -> bool {
    let (wide, narrow) = (wide.networks(), narrow.networks());
    work.spend_many(wide.len() * narrow.len())
        && narrow.iter().all(|network| wide.iter().any(|own| own.contains(network)))
}

/// The ports that `narrow` accepts for a scheme are `wide`'s.
fn ports(wide: &UrlSet, narrow: &UrlSet, scheme: &str) -> bool {
    let (most, asked) = (wide.ports_of(scheme), narrow.ports_of(scheme));
    // Neither names a port: both accept what the scheme implies, even where that is none.
    let implied = narrow.ports().is_empty() && wide.ports().is_empty();
    implied || (!asked.is_empty() && asked.iter().all(|port| most.contains(port)))
}

/// Every host of `narrow` is in `wide` as it is written, or lies below a wildcard of `wide`. Both are sorted.
fn hosts(wide: &[String], narrow: &[String], work: &mut Work) -> bool {
    let holds = |name: &str| wide.binary_search_by(|own| own.as_str().cmp(name)).is_ok();
    narrow.iter().all(|name| {
        let below = || {
            let base = name.strip_prefix("*.").unwrap_or(name);
            let mut parents = base.match_indices('.').filter_map(|(dot, _)| base.get(dot..));
            // INVARIANT: no wildcard ends in a number, so no IP address lies below one.
            parents.any(|parent| holds(&format!("*{parent}")))
        };
        work.spend_many(name.len() + 1) && (holds(name) || below())
    })
}
