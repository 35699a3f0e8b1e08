//! The certificate that is mutated: of every field and every extension that is read, each with something in it.

use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid::{self, Oid};

use super::tree::{OTHER_NAME_TYPE, UNKNOWN};
use crate::certificate::{Extension, GeneralName, Template};
use crate::key::Key;

/// A CA's certificate, signed by its own key.
pub(super) fn full(key: &Key) -> Template {
    let mut template = small(key);
    template.subject = name();
    template.issuer = name();
    let other = Extension::new(UNKNOWN, false, b"anything".to_vec());
    [
        Extension::basic_constraints(true, Some(3)),
        Extension::key_usage(0x06),
        Extension::extended_key_usage(&[oid::KP_AGENT, oid::ANY_EXTENDED_KEY_USAGE]),
        names(oid::SUBJECT_ALT_NAME),
        names(oid::ISSUER_ALT_NAME),
        name_constraints(),
        policies(),
        Extension::new(
            oid::POLICY_MAPPINGS,
            true,
            der(|w| {
                end(w.sequence(|w| {
                    w.sequence(|w| end(w.oid(&[0x2a, 3]).oid(&[0x2a, 4])));
                }))
            }),
        ),
        Extension::new(oid::POLICY_CONSTRAINTS, true, vec![0x30, 6, 0x80, 1, 2, 0x81, 1, 3]),
        Extension::new(oid::INHIBIT_ANY_POLICY, true, vec![2, 1, 1]),
        distribution_points(oid::CRL_DISTRIBUTION_POINTS),
        distribution_points(oid::FRESHEST_CRL),
        access(oid::AUTHORITY_INFORMATION_ACCESS),
        access(oid::SUBJECT_INFORMATION_ACCESS),
        authority_key_identifier(),
        Extension::namespace(&["urn:acme:", "spiffe://acme.example/"]),
        Extension::parent(&[7; 32]),
        Extension::model_hash(&[8; 32]),
        Extension::development(),
        other,
    ]
    .into_iter()
    .fold(template, Template::with)
}

/// The same in little: basicConstraints, keyUsage, and the subject's key identifier.
pub(super) fn small(key: &Key) -> Template {
    Template::root("CA", key)
}

pub(super) fn der(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.into_bytes()
}

/// Ends a chain of writes in a closure that gives nothing.
pub(super) fn end(_: &mut Writer) {}

/// A name of each string type, and of one part with two attributes.
fn name() -> Vec<u8> {
    let attribute = |id: &[u8], tag: u8, text: &[u8]| {
        der(|w| {
            w.sequence(|w| end(w.oid(id).primitive(tag, text)));
        })
    };
    let relative = |attributes: &[Vec<u8>]| der(|w| end(w.primitive(tag::SET, &attributes.concat())));
    let parts = [
        relative(&[attribute(&[0x55, 4, 6], tag::PRINTABLE_STRING, b"JP")]),
        relative(&[
            attribute(&[0x55, 4, 11], 0x14, b"T61"),
            attribute(&[0x55, 4, 10], tag::UTF8_STRING, "Acm\u{e9}".as_bytes()),
        ]),
        relative(&[attribute(&[0x55, 4, 5], 0x12, b"12 34")]),
        relative(&[attribute(&[0x55, 4, 12], 0x1e, b"\0C\0A")]),
        relative(&[attribute(&[0x55, 4, 13], 0x1c, b"\0\x01\xf6\0")]),
        relative(&[attribute(&[0x55, 4, 45], tag::BIT_STRING, b"\x04\xf0")]),
        relative(&[attribute(oid::EMAIL_ADDRESS, tag::IA5_STRING, b"ca@acme.example")]),
    ];
    der(|w| end(w.primitive(tag::SEQUENCE, &parts.concat())))
}

const FORMS: [GeneralName<'_>; 5] = [
    GeneralName::Email("ca@acme.example"),
    GeneralName::Dns("acme.example"),
    GeneralName::Uri("https://acme.example/"),
    GeneralName::Ip(&[192, 0, 2, 1]),
    GeneralName::Other(OTHER_NAME_TYPE),
];

fn names(id: Oid) -> Extension {
    let directory = name();
    let forms: Vec<_> = FORMS.into_iter().chain([GeneralName::Directory(&directory)]).collect();
    Extension { oid: id.to_vec(), ..Extension::alternative_names(&forms) }
}

fn name_constraints() -> Extension {
    let directory = name();
    let permitted =
        [GeneralName::Dns("acme.example"), GeneralName::Email(".acme.example"), GeneralName::Uri(".acme.example")];
    let excluded = [GeneralName::Ip(&[10, 0, 0, 0, 255, 0, 0, 0]), GeneralName::Directory(&directory)];
    Extension::name_constraints(&permitted, &excluded)
}

fn policies() -> Extension {
    let value = der(|w| {
        w.sequence(|policies| {
            policies.sequence(|policy| {
                policy.oid(&[0x2a, 3]).sequence(|qualifiers| {
                    qualifiers.sequence(|cps| {
                        end(cps.oid(oid::POLICY_CPS).primitive(tag::IA5_STRING, b"https://acme.example/"))
                    });
                    qualifiers.sequence(|notice| {
                        notice.oid(oid::POLICY_USER_NOTICE).sequence(|notice| {
                            notice.sequence(|reference| {
                                reference.utf8("Acme").sequence(|numbers| end(numbers.integer(tag::INTEGER, 1)));
                            });
                            notice.primitive(0x1a, b"of no use");
                        });
                    });
                });
            });
            policies.sequence(|any| end(any.oid(oid::ANY_POLICY)));
        });
    });
    Extension::new(oid::CERTIFICATE_POLICIES, true, value)
}

fn distribution_points(id: Oid) -> Extension {
    let uri = b"https://acme.example/crl";
    let value = der(|w| {
        w.sequence(|points| {
            points.sequence(|point| {
                point.constructed(0xa0, |name| {
                    name.constructed(0xa0, |names| end(names.primitive(0x86, uri)));
                });
                point.primitive(0x81, &[1, 6]).constructed(0xa2, |issuer| end(issuer.primitive(0x86, uri)));
            });
            points.sequence(|point| {
                point.constructed(0xa0, |name| {
                    name.constructed(0xa1, |set| {
                        set.sequence(|attribute| end(attribute.oid(oid::COMMON_NAME).utf8("crl")));
                    });
                });
            });
        });
    });
    Extension::new(id, false, value)
}

fn access(id: Oid) -> Extension {
    let value = der(|w| {
        w.sequence(|list| {
            list.sequence(|access| end(access.oid(oid::ACCESS_OCSP).primitive(0x86, b"https://acme.example/ocsp")));
        });
    });
    Extension::new(id, false, value)
}

fn authority_key_identifier() -> Extension {
    let value = der(|w| {
        w.sequence(|fields| {
            fields.primitive(0x80, &[9; 20]);
            fields.constructed(0xa1, |issuer| {
                issuer.constructed(0xa4, |explicit| end(explicit.raw(&name())));
            });
            fields.primitive(0x82, &[5]);
        });
    });
    Extension::new(oid::AUTHORITY_KEY_IDENTIFIER, false, value)
}
