use super::sample::{attribute, der, drop_ref, name};
use super::*;
use crate::encoding::der::tag;
use crate::encoding::oid;

const ORGANISATION: &[u8] = &[0x55, 4, 10];

/// A Name of one RDN with these attributes, as they stand.
fn one_rdn(attributes: &[Vec<u8>]) -> Vec<u8> {
    der(|w| w.sequence(|w| drop_ref(w.primitive(tag::SET, &attributes.concat()))))
}

fn value(tag: u8, value: &[u8]) -> Vec<u8> {
    one_rdn(&[attribute(oid::COMMON_NAME, tag, value)])
}

#[test]
fn an_issuer_has_a_name() {
    assert_eq!(
        refusal(&Sample::changed(|s| s.issuer = vec![0x30, 0])),
        ("name-empty", "tbsCertificate.issuer".to_owned())
    );
}

#[test]
fn a_subject_has_a_name_or_a_critical_alternative() {
    let alternative = der(|w| w.sequence(|w| drop_ref(w.primitive(tag::context(6), b"urn:acme:agent"))));
    accepted(|s| {
        s.subject = vec![0x30, 0];
        s.extend(oid::SUBJECT_ALT_NAME, true, &alternative);
    });
    let empty = Sample::changed(|s| {
        s.subject = vec![0x30, 0];
        s.extend(oid::SUBJECT_ALT_NAME, false, &alternative);
    });
    assert_eq!(refusal(&empty), ("name-empty", "tbsCertificate.subject".to_owned()));
    assert_eq!(refused(|s| (s.subject, s.extensions) = (vec![0x30, 0], None)), "name-empty");
}

#[test]
fn a_relative_name_is_a_set_in_order_with_something_in_it() {
    let (cn, o) =
        (attribute(oid::COMMON_NAME, tag::UTF8_STRING, b"a"), attribute(ORGANISATION, tag::UTF8_STRING, b"a"));
    accepted(|s| s.subject = one_rdn(&[cn.clone(), o.clone()]));
    assert_eq!(refused(|s| s.subject = one_rdn(&[o.clone(), cn.clone()])), "set-order");
    assert_eq!(refused(|s| s.subject = one_rdn(&[cn.clone(), cn.clone()])), "set-order");
    assert_eq!(refused(|s| s.issuer = one_rdn(&[o.clone(), cn.clone()])), "set-order");
    assert_eq!(refused(|s| s.subject = one_rdn(&[])), "rdn-empty");
    assert_eq!(refused(|s| s.subject = vec![0x30, 2, 0x30, 0]), "unexpected-tag");
    let three = der(|w| w.sequence(|w| drop_ref(w.oid(oid::COMMON_NAME).utf8("a").utf8("b"))));
    assert_eq!(refused(|s| s.subject = one_rdn(std::slice::from_ref(&three))), "trailing-data");
}

#[test]
fn a_value_is_of_its_string_type() {
    for (tag, good, bad) in [
        (tag::UTF8_STRING, &b"\xc3\xa9"[..], &b"\xff"[..]),
        (tag::PRINTABLE_STRING, b"Acme (1)", b"a@b"),
        (tag::IA5_STRING, b"a@b", b"\xe9"),
        (0x12, b"12 3", b"1a"),
        (0x14, b"\xe9", b""),
        (0x1e, b"\0a", b"\0a\0"),
        (0x1c, b"\0\0\0a", b"\0\0a"),
        (tag::BIT_STRING, b"\0a", b"\x08a"),
        (tag::UTF8_STRING, b"a", b""),
    ] {
        accepted(|s| s.subject = value(tag, good));
        assert_eq!(refused(|s| s.subject = value(tag, bad)), "name-value", "{tag:02x} {bad:?}");
    }
    for tag in [tag::OCTET_STRING, tag::NULL, tag::SEQUENCE, 0x2c] {
        assert_eq!(refused(|s| s.subject = value(tag, b"")), "name-value");
    }
    let long_form = [&[0x30, 0x80][..], &name("x")[2..], &[0, 0]].concat();
    assert_eq!(refused(|s| s.subject = long_form.clone()), "indefinite-length");
}

#[test]
fn the_common_name_is_the_last_readable_one() {
    for (subject, expected) in [
        (name("a"), Some("a")),
        (value(tag::PRINTABLE_STRING, b"b"), Some("b")),
        (value(0x1e, b"\0b"), None),
        (one_rdn(&[attribute(ORGANISATION, tag::UTF8_STRING, b"o")]), None),
    ] {
        let der = accepted(|s| s.subject = subject.clone());
        let read = Certificate::parse(&der, &Bounds::default()).unwrap();
        assert_eq!(read.subject_common_name(), expected);
    }
}
