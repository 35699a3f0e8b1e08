//! Writes each part of a scope. Sets are put in DER's order here, whatever order they stand in.

use std::net::IpAddr;

use super::{VERSION, tags};
use crate::encoding::der::{Tag, Writer, tag};
use crate::scope::{
    ActionPattern, Approval, Approver, Constraint, Grant, Hours, Kind, Limit, LimitKind, Network, Param, ParamPath,
    Range, Scalar, Scope, Step, UrlSet, Who,
};
use crate::value::Decimal;

/// Bytes of most scopes: one allocation holds them.
const TYPICAL_BYTES: usize = 512;

/// The DER of a scope.
pub(super) fn scope(scope: &Scope) -> Vec<u8> {
    let mut der = Writer::with_capacity(TYPICAL_BYTES);
    der.sequence(|der| {
        der.integer(tag::INTEGER, VERSION);
        der.set_of(tag::SET, &scope.grants, grant);
        optional_set(der, tags::SCOPE_DENY, &scope.deny, action);
        optional_set(der, tags::SCOPE_LIMITS, &scope.limits, limit);
        if let Some(of) = scope.hours() {
            hours(der, of);
        }
        optional_set(der, tags::SCOPE_REGIONS, &scope.regions, text);
        optional_set(der, tags::SCOPE_APPROVERS, &scope.approvers, approver);
        if let Some(depth) = scope.max_depth {
            der.integer(tags::SCOPE_MAX_DEPTH, i128::from(depth));
        }
    });
    der.into_bytes()
}

/// The DER of a grant.
pub(in crate::scope) fn grant_der(of: &Grant) -> Vec<u8> {
    element(|der| grant(der, of))
}

/// The DER of an action pattern.
pub(in crate::scope) fn action_der(of: &ActionPattern) -> Vec<u8> {
    element(|der| action(der, of))
}

/// The DER of an approver.
pub(in crate::scope) fn approver_der(of: &Approver) -> Vec<u8> {
    element(|der| approver(der, of))
}

/// The DER of a parameter.
pub(in crate::scope) fn param_der(of: &Param) -> Vec<u8> {
    element(|der| param(der, of))
}

/// The DER of a constraint.
pub(in crate::scope) fn constraint_der(of: &Constraint) -> Vec<u8> {
    element(|der| constraint(der, of))
}

/// The DER of a scalar.
pub(in crate::scope) fn scalar_der(of: &Scalar) -> Vec<u8> {
    element(|der| scalar(der, of))
}

/// The DER of a limit.
pub(in crate::scope) fn limit_der(of: &Limit) -> Vec<u8> {
    element(|der| limit(der, of))
}

fn element(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut der = Writer::new();
    write(&mut der);
    der.into_bytes()
}

fn optional_set<T>(der: &mut Writer, tag: Tag, parts: &[T], write: impl Fn(&mut Writer, &T)) {
    if !parts.is_empty() {
        der.set_of(tag, parts, write);
    }
}

fn grant(der: &mut Writer, grant: &Grant) {
    der.sequence(|der| {
        action(der, &grant.action);
        der.set_of(tag::SET, &grant.params, param);
        if grant.open {
            der.boolean(true);
        }
        optional_set(der, tags::GRANT_LIMITS, &grant.limits, limit);
        if let Some(of) = grant.approval() {
            approval(der, of);
        }
        optional_set(der, tags::GRANT_AUDIENCE, &grant.audience, text);
    });
}

fn hours(der: &mut Writer, hours: &Hours) {
    der.constructed(tags::SCOPE_HOURS, |der| {
        der.utf8(hours.zone());
        der.set_of(tag::SET, hours.intervals(), |der, interval| {
            der.sequence(|der| {
                der.integer(tag::INTEGER, i128::from(interval.day()));
                der.integer(tag::INTEGER, i128::from(interval.from()));
                der.integer(tag::INTEGER, i128::from(interval.to()));
            });
        });
    });
}

fn approver(der: &mut Writer, approver: &Approver) {
    der.sequence(|der| {
        der.utf8(approver.name());
        match approver.who() {
            Who::Key(key) => der.primitive(tags::APPROVER_KEY, key),
            Who::Role(role) => der.primitive(tags::APPROVER_ROLE, role.as_bytes()),
        };
    });
}

fn approval(der: &mut Writer, approval: &Approval) {
    der.constructed(tags::GRANT_APPROVAL, |der| {
        der.set_of(tag::SET, approval.of(), text);
        der.integer(tag::INTEGER, i128::from(approval.need()));
        optional_set(der, tags::APPROVAL_UNLESS, approval.unless(), param);
    });
}

fn action(der: &mut Writer, pattern: &ActionPattern) {
    der.utf8(pattern.as_str());
}

fn param(der: &mut Writer, param: &Param) {
    der.sequence(|der| {
        path(der, tag::SEQUENCE, &param.path);
        if param.optional {
            der.boolean(true);
        }
        der.set_of(tag::SET, &param.constraints, constraint);
    });
}

fn constraint(der: &mut Writer, constraint: &Constraint) {
    match constraint {
        Constraint::OneOf(scalars) => {
            der.set_of(tags::ONE_OF, scalars, scalar);
        }
        Constraint::NoneOf(scalars) => {
            der.set_of(tags::NONE_OF, scalars, scalar);
        }
        Constraint::Range(bounds) => range(der, bounds),
        Constraint::Glob(glob) => {
            der.primitive(tags::GLOB, glob.pattern.as_bytes());
        }
        Constraint::Regex(regex) => {
            der.primitive(tags::REGEX, regex.pattern().as_bytes());
        }
        Constraint::Length(length) => {
            der.constructed(tags::LENGTH, |der| {
                for (tag, bound) in [(tags::LENGTH_MIN, length.min), (tags::LENGTH_MAX, length.max)] {
                    if let Some(bound) = bound {
                        der.integer(tag, i128::from(bound));
                    }
                }
            });
        }
        Constraint::Path(path) => {
            der.primitive(tags::PATH, path.root.as_bytes());
        }
        Constraint::Domain(domains) => {
            der.set_of(tags::DOMAIN, &domains.names, text);
        }
        Constraint::Email(emails) => {
            der.constructed(tags::EMAIL, |der| {
                optional_set(der, tags::EMAIL_ADDRESSES, &emails.addresses, text);
                optional_set(der, tags::EMAIL_DOMAINS, &emails.domains, text);
            });
        }
        Constraint::Url(urls) => url(der, urls),
        Constraint::Net(nets) => {
            der.set_of(tags::NET, nets.networks(), network);
        }
        Constraint::Type(kind) => {
            der.integer(tags::TYPE, kind_number(*kind));
        }
    }
}

fn scalar(der: &mut Writer, scalar: &Scalar) {
    match scalar {
        Scalar::Bool(value) => {
            der.boolean(*value);
        }
        Scalar::Number(number) => decimal(der, tag::SEQUENCE, *number),
        Scalar::Text(text) => {
            der.utf8(text);
        }
    }
}

fn limit(der: &mut Writer, limit: &Limit) {
    der.sequence(|der| {
        match &limit.kind {
            LimitKind::Rate { max } => {
                der.integer(tags::LIMIT_RATE, i128::from(*max));
            }
            LimitKind::Budget { path: summed, max } => {
                der.constructed(tags::LIMIT_BUDGET, |der| {
                    path(der, tag::SEQUENCE, summed);
                    decimal(der, tag::SEQUENCE, *max);
                });
            }
        }
        der.integer(tag::INTEGER, i128::from(limit.window));
        if let Some(name) = &limit.name {
            der.utf8(name);
        }
    });
}

fn network(der: &mut Writer, network: &Network) {
    der.sequence(|der| {
        match network.address() {
            IpAddr::V4(address) => der.primitive(tag::OCTET_STRING, &address.octets()),
            IpAddr::V6(address) => der.primitive(tag::OCTET_STRING, &address.octets()),
        };
        der.integer(tag::INTEGER, i128::from(network.prefix()));
    });
}

fn text(der: &mut Writer, text: &impl AsRef<str>) {
    der.utf8(text.as_ref());
}

fn path(der: &mut Writer, tag: Tag, path: &ParamPath) {
    der.constructed(tag, |der| {
        for step in path.steps() {
            match step {
                Step::Key(key) => der.utf8(key),
                Step::Each => der.primitive(tag::NULL, &[]),
            };
        }
    });
}

fn decimal(der: &mut Writer, tag: Tag, decimal: Decimal) {
    der.constructed(tag, |der| {
        der.integer(tag::INTEGER, decimal.coefficient());
        der.integer(tag::INTEGER, i128::from(decimal.exponent()));
    });
}

fn range(der: &mut Writer, range: &Range) {
    der.constructed(tags::RANGE, |der| {
        for (tag, bound) in [(tags::RANGE_MIN, range.min()), (tags::RANGE_MAX, range.max())] {
            if let Some(bound) = bound {
                decimal(der, tag, bound);
            }
        }
        if let Some(money) = range.money() {
            der.constructed(tags::RANGE_MONEY, |der| {
                if let Some(currency) = &money.currency {
                    path(der, tag::SEQUENCE, currency);
                }
            });
        }
    });
}

fn url(der: &mut Writer, urls: &UrlSet) {
    der.constructed(tags::URL, |der| {
        der.set_of(tags::URL_SCHEMES, urls.schemes(), text);
        der.set_of(tags::URL_HOSTS, urls.hosts(), text);
        optional_set(der, tags::URL_PORTS, urls.ports(), |der, port| {
            der.integer(tag::INTEGER, i128::from(*port));
        });
        if let Some(path) = urls.path() {
            der.primitive(tags::URL_PATH, path.as_bytes());
        }
    });
}

const fn kind_number(kind: Kind) -> i128 {
    match kind {
        Kind::String => 0,
        Kind::Number => 1,
        Kind::Integer => 2,
        Kind::Boolean => 3,
        Kind::Object => 4,
        Kind::Array => 5,
    }
}
