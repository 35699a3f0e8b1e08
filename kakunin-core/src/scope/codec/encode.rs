//! Writes each part of a scope. Sets are put in DER's order here, whatever order they stand in.

use super::{VERSION, tags};
use crate::encoding::der::{Tag, Writer, tag};
use crate::scope::{
    ActionPattern, Constraint, Grant, Kind, Limit, LimitKind, Param, ParamPath, Range, Scalar, Scope, Step, UrlSet,
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
