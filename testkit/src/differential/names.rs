//! Names, and what constrains them, as DER.

use kakunin_core::encoding::der::{Tag, Writer, tag};
use kakunin_core::encoding::oid;

use crate::certificate::Extension;

/// A GeneralName: its whole element.
pub(crate) type General = Vec<u8>;

pub(crate) fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut der = Writer::new();
    write(&mut der);
    der.into_bytes()
}

fn element(number: u8, content: &[u8]) -> General {
    written(|der| {
        der.primitive(tag::context(number), content);
    })
}

pub(crate) fn email(text: &str) -> General {
    element(1, text.as_bytes())
}

pub(crate) fn dns(text: &str) -> General {
    element(2, text.as_bytes())
}

pub(crate) fn uri(text: &str) -> General {
    element(6, text.as_bytes())
}

pub(crate) fn ip(octets: &[u8]) -> General {
    element(7, octets)
}

pub(crate) fn registered(id: &[u8]) -> General {
    element(8, id)
}

pub(crate) fn directory(name: &[u8]) -> General {
    written(|der| {
        der.constructed(tag::context_constructed(4), |general| {
            general.raw(name);
        });
    })
}

pub(crate) fn subject_alternative(names: &[General]) -> Extension {
    let value = written(|der| {
        der.sequence(|list| {
            for name in names {
                list.raw(name);
            }
        });
    });
    Extension::new(oid::SUBJECT_ALT_NAME, false, value)
}

/// nameConstraints, critical.
pub(crate) fn constraints(permitted: &[General], excluded: &[General]) -> Extension {
    let value = written(|der| {
        der.sequence(|constraints| {
            for (number, bases) in [(0, permitted), (1, excluded)] {
                if !bases.is_empty() {
                    constraints.constructed(tag::context_constructed(number), |trees| {
                        for base in bases {
                            trees.sequence(|tree| {
                                tree.raw(base);
                            });
                        }
                    });
                }
            }
        });
    });
    Extension::new(oid::NAME_CONSTRAINTS, true, value)
}

/// `O=Example, CN=…` with the attributes' string types given.
pub(crate) fn distinguished(organization: &str, common_name: &str, string: Tag) -> Vec<u8> {
    /// organizationName (RFC 5280 §A.1).
    const ORGANIZATION: oid::Oid = &[0x55, 0x04, 0x0a];
    written(|der| {
        der.sequence(|name| {
            for (kind, text) in [(ORGANIZATION, organization), (oid::COMMON_NAME, common_name)] {
                if !text.is_empty() {
                    name.constructed(tag::SET, |set| {
                        set.sequence(|attribute| {
                            attribute.oid(kind).primitive(string, text.as_bytes());
                        });
                    });
                }
            }
        });
    })
}
