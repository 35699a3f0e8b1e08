use super::sample::{attribute, der, drop_ref, name};
use super::*;
use crate::certificate::{Likeness, Name};
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
        (0x1e, b"\x21\x7e", b"\xd8\x3d"),
        (0x1c, b"\0\0\0a", b"\0\0a"),
        (0x1c, b"\0\x01\xf6\0", b"\0\x11\0\0"),
        (tag::BIT_STRING, b"\0a", b"\x08a"),
        (tag::BIT_STRING, b"\x01b", b"\x01a"),
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

#[test]
fn a_name_has_at_most_64_attributes_and_8_in_one_part() {
    let relative = |count: u8| {
        let attributes: Vec<_> = (0..count).map(|n| attribute(&[0x55, 4, n], tag::UTF8_STRING, b"a")).collect();
        der(|w| w.primitive(tag::SET, &attributes.concat()))
    };
    let name = |parts: &[Vec<u8>]| der(|w| w.primitive(tag::SEQUENCE, &parts.concat()));
    accepted(|s| s.subject = name(&vec![relative(8); 8]));
    accepted(|s| s.subject = name(&vec![relative(1); 64]));
    assert_eq!(refused(|s| s.subject = name(&vec![relative(1); 65])), "too-many-attributes");
    assert_eq!(refused(|s| s.issuer = name(&vec![relative(1); 65])), "too-many-attributes");
    assert_eq!(refused(|s| s.subject = name(&[relative(9)])), "too-many-attributes");
}

/// RFC 5280 §7.1, as PKITS 4.3 asks for it.
#[test]
fn names_match_without_regard_to_case_white_space_and_string_type() {
    let cn = |tag, text: &[u8]| value(tag, text);
    let (utf8, printable, ia5, bmp) = (tag::UTF8_STRING, tag::PRINTABLE_STRING, tag::IA5_STRING, 0x1e);
    let same = |a: &[u8], b: &[u8]| {
        let (a, b) = (Name::parse(a).unwrap(), Name::parse(b).unwrap());
        assert_eq!(a.matches(b), b.matches(a));
        a.matches(b)
    };
    let acme = cn(utf8, b"Acme Ltd");
    for text in [&b"Acme Ltd"[..], b"ACME lTD", b" Acme  Ltd ", b"   acme   ltd"] {
        assert!(same(&acme, &cn(utf8, text)) && same(&acme, &cn(printable, text)) && same(&acme, &cn(ia5, text)));
    }
    for text in [&b"Acme Lt"[..], b"Acme Ltdd", b"AcmeLtd", b"Acme Ltd.", b"Acme", b"Acme Ltd x", b"A cme Ltd"] {
        assert!(!same(&acme, &cn(utf8, text)), "{text:?}");
    }
    assert!(same(&cn(utf8, "M\u{fc}ller  AG".as_bytes()), &cn(utf8, "m\u{dc}LLER ag".as_bytes())));
    assert!(!same(&cn(utf8, "M\u{fc}ller".as_bytes()), &cn(utf8, "Mu\u{308}ller".as_bytes())));
    assert!(!same(&cn(utf8, "M\u{fc}ller".as_bytes()), &cn(utf8, b"Muller")));
    assert!(!same(&cn(utf8, b"Acme\0"), &cn(utf8, b"Acme")));
    // Of all other types only the same bytes are the same.
    assert!(same(&cn(bmp, b"\0a"), &cn(bmp, b"\0a")));
    assert!(!same(&cn(bmp, b"\0a"), &cn(utf8, b"a")) && !same(&cn(bmp, b"\0a"), &cn(bmp, b"\0A")));
    assert!(!same(&cn(tag::BIT_STRING, b"\0a"), &cn(tag::BIT_STRING, b"\0A")));
    // The type of an attribute, their number and the parts' order count.
    let organisation = one_rdn(&[attribute(ORGANISATION, utf8, b"Acme Ltd")]);
    assert!(!same(&acme, &organisation));
    let parts = |names: &[&[u8]]| der(|w| w.primitive(tag::SEQUENCE, &names.concat()));
    let (a, b) = (&acme[2..], &organisation[2..]);
    assert!(same(&parts(&[a, b]), &parts(&[a, b])) && !same(&parts(&[a, b]), &parts(&[b, a])));
    assert!(!same(&parts(&[a, b]), &acme) && !same(&acme, &parts(&[])) && same(&parts(&[]), &parts(&[])));
    // Several attributes in one part: as a set, each with one of the other's.
    let set = |a: &[u8], b: &[u8]| {
        let mut attributes = [attribute(oid::COMMON_NAME, utf8, a), attribute(oid::COMMON_NAME, utf8, b)];
        attributes.sort();
        one_rdn(&attributes)
    };
    assert!(same(&set(b"a", b"b"), &set(b"B", b"A")) && !same(&set(b"a", b"b"), &set(b"a", b"c")));
    assert!(!same(&set(b"a", b"b"), &set(b"a", b"A")) && !same(&set(b"a", b"b"), &cn(utf8, b"a")));
}

#[test]
fn what_cannot_be_told_apart_is_unclear() {
    let cn = |tag, text: &[u8]| value(tag, text);
    let likeness = |a: &[u8], b: &[u8]| {
        let (a, b) = (Name::parse(a).unwrap(), Name::parse(b).unwrap());
        a.is_within(b, &mut 0)
    };
    let utf8 = tag::UTF8_STRING;
    for (a, b, expected) in [
        (cn(utf8, b"a"), cn(utf8, b"A"), Likeness::Same),
        (cn(utf8, b"a"), cn(utf8, b"b"), Likeness::Different),
        (cn(utf8, "\u{e9}".as_bytes()), cn(utf8, "e\u{301}".as_bytes()), Likeness::Unclear),
        (cn(utf8, b"a\0"), cn(utf8, b"a"), Likeness::Unclear),
        (cn(0x1e, b"\0a"), cn(utf8, b"a"), Likeness::Unclear),
        (cn(0x14, b"a"), cn(utf8, b"a"), Likeness::Unclear),
        (cn(tag::BIT_STRING, b"\0a"), cn(utf8, b"a"), Likeness::Different),
        (one_rdn(&[attribute(ORGANISATION, 0x1e, b"\0a")]), cn(utf8, b"a"), Likeness::Different),
    ] {
        assert_eq!(likeness(&a, &b), expected, "{a:02x?} {b:02x?}");
        let [longer, base] = [&a, &b].map(|name| name.clone());
        let below = der(|w| w.primitive(tag::SEQUENCE, &[&longer[2..], &cn(utf8, b"below")[2..]].concat()));
        assert_eq!(likeness(&below, &base), expected, "what is below is within");
    }
    assert_eq!(likeness(&cn(utf8, b"a"), &[0x30, 0]), Likeness::Same);
    let below = der(|w| w.primitive(tag::SEQUENCE, &cn(utf8, b"a")[2..].repeat(2)));
    assert_eq!(likeness(&cn(utf8, b"a"), &below), Likeness::Different);
}
