use super::extensions::{check, sequence, with};
use super::sample::{der, drop_ref, name};
use super::*;
use crate::certificate::GeneralName;
use crate::encoding::der::tag;
use crate::encoding::oid;

const CA: &[u8] = &[0x30, 3, 1, 1, 0xff];

/// `nameConstraints` of one list, `[0]` permitted or `[1]` excluded, of subtrees with this content.
fn subtrees(list: u8, contents: &[&[u8]]) -> Vec<u8> {
    sequence(|w| {
        w.constructed(tag::context_constructed(list), |w| {
            contents.iter().for_each(|content| drop_ref(w.primitive(tag::SEQUENCE, content)));
        })
    })
}

fn base(tag: u8, content: &[u8]) -> Vec<u8> {
    der(|w| w.primitive(tag, content))
}

/// The rule by which a CA with this base as a permitted subtree is refused; none where it is not.
fn refusal_of(tag: u8, content: &[u8]) -> Option<&'static str> {
    let value = subtrees(0, &[&base(tag, content)]);
    let der = Sample::changed(|s| {
        s.extend(oid::BASIC_CONSTRAINTS, true, CA);
        s.extend(oid::NAME_CONSTRAINTS, true, &value);
    });
    Certificate::parse(&der, &Bounds::default()).err().map(|denial| denial.details().rule)
}

#[test]
fn name_constraints_are_subtrees_without_distances() {
    let good = subtrees(0, &[&base(0x82, b"acme.example")]);
    let many = |count: usize| {
        let one = base(0x82, b"a.b");
        subtrees(1, &vec![&one[..]; count])
    };
    let both = sequence(|w| {
        w.raw(&[0xa0, 5, 0x30, 3, 0x82, 1, b'a', 0xa1, 5, 0x30, 3, 0x82, 1, b'b']);
        w
    });
    let ca = |value: &[u8]| {
        let value = value.to_vec();
        move |s: &mut Sample| {
            s.extend(oid::BASIC_CONSTRAINTS, true, CA);
            s.extend(oid::NAME_CONSTRAINTS, true, &value);
        }
    };
    accepted(ca(&good));
    accepted(ca(&both));
    accepted(ca(&many(1_024)));
    for (value, rule) in [
        (vec![0x30, 0], "name-constraints-empty"),
        (vec![0x30, 2, 5, 0], "trailing-data"),
        (vec![0x30, 2, 0xa0, 0], "subtrees-empty"),
        (vec![0x30, 2, 0xa1, 0], "subtrees-empty"),
        (vec![0x30, 4, 0xa0, 0, 0xa1, 0], "subtrees-empty"),
        (sequence(|w| w.raw(&[0xa1, 5, 0x30, 3, 0x82, 1, b'a', 0xa0, 5, 0x30, 3, 0x82, 1, b'a'])), "trailing-data"),
        (many(1_025), "too-many-subtrees"),
        (subtrees(0, &[&[0x82, 1, b'a', 0x80, 1, 0]]), "default-encoded"),
        (subtrees(0, &[&[0x82, 1, b'a', 0x80, 1, 1]]), "subtree-distance"),
        (subtrees(0, &[&[0x82, 1, b'a', 0x81, 1, 9]]), "subtree-distance"),
        (subtrees(0, &[&[0x82, 1, b'a', 5, 0]]), "trailing-data"),
        (subtrees(0, &[&[]]), "truncated"),
        ([&good[..], &[0]].concat(), "trailing-data"),
        (vec![], "truncated"),
    ] {
        assert_eq!(refusal(&Sample::changed(ca(&value))), (rule, "nameConstraints".to_owned()), "{value:02x?}");
    }
    let der = accepted(ca(&both));
    let read = Certificate::parse(&der, &Bounds::default()).unwrap().name_constraints().unwrap();
    assert_eq!(read.permitted().collect::<Vec<_>>(), [GeneralName::Dns("a")]);
    assert_eq!(read.excluded().collect::<Vec<_>>(), [GeneralName::Dns("b")]);
}

#[test]
fn only_a_ca_constrains_names() {
    let value = subtrees(1, &[&base(0x82, b"acme.example")]);
    for basic_constraints in [None, Some(&[0x30, 0][..])] {
        let rule = refused(|s| {
            basic_constraints.into_iter().for_each(|value| s.extend(oid::BASIC_CONSTRAINTS, true, value));
            s.extend(oid::NAME_CONSTRAINTS, true, &value);
        });
        assert_eq!(rule, "name-constraints-without-ca");
    }
}

#[test]
fn a_base_is_of_its_form() {
    let (dns, email, uri, ip) = (0x82, 0x81, 0x86, 0x87);
    let label = "a".repeat(63);
    let longest = [label.clone(), label.clone(), label.clone(), "a".repeat(61)].join(".");
    let directory = der(|w| w.constructed(0xa4, |w| drop_ref(w.raw(&name("x")))));
    for (tag, good) in [
        (dns, &b""[..]),
        (dns, b"example"),
        (dns, b"Acme.Example"),
        (dns, b"xn--bcher-kva.example"),
        (dns, longest.as_bytes()),
        (email, b""),
        (email, b"acme.example"),
        (email, b".acme.example"),
        (email, b"o'hara+x@acme.example"),
        (email, b"*@acme.example"),
        (uri, b""),
        (uri, b"acme.example"),
        (uri, b".acme.example"),
        (ip, &[10, 0, 0, 0, 255, 0, 0, 0]),
        (ip, &[10, 1, 2, 3, 255, 255, 255, 255]),
        (ip, &[0; 8]),
        (ip, &[0, 0, 0, 0, 255, 254, 0, 0]),
        (ip, &[0; 32]),
        (0x88, &[0x2a, 3]),
    ] {
        assert_eq!(refusal_of(tag, good), None, "{tag:02x} {good:?}");
    }
    assert_eq!(refusal_of(0xa4, &directory[2..]), None);
    assert_eq!(refusal_of(0xa4, &[0x30, 0]), None);
    assert_eq!(refusal_of(0xa0, &[6, 1, 0x2a, 0xa0, 2, 5, 0]), None);
    for (tag, bad, rule) in [
        (dns, &b".acme.example"[..], "subtree-base"),
        (dns, b"*.acme.example", "subtree-base"),
        (dns, b"acme.example.", "subtree-base"),
        (dns, b"acme..example", "subtree-base"),
        (dns, b"-acme.example", "subtree-base"),
        (dns, b"acme_.example", "subtree-base"),
        (dns, b"10.0.0.1", "subtree-base"),
        (dns, b"acme.example\0", "general-name"),
        (dns, b"acme\0.example", "general-name"),
        (dns, "b\u{fc}cher.example".as_bytes(), "general-name"),
        (dns, b" ", "subtree-base"),
        (dns, format!("{label}a.example").as_bytes(), "subtree-base"),
        (dns, [&longest, "a"].concat().as_bytes(), "subtree-base"),
        (email, b"invalid@invalid@example.com", "subtree-base"),
        (email, b"@acme.example", "subtree-base"),
        (email, b"a@.acme.example", "subtree-base"),
        (email, b"a@[10.0.0.1]", "subtree-base"),
        (email, b"..acme.example", "subtree-base"),
        (email, b"*.acme.example", "subtree-base"),
        (uri, b"https://acme.example", "subtree-base"),
        (uri, b"acme.example/", "subtree-base"),
        (uri, b"acme.example:443", "subtree-base"),
        (uri, b"*.acme.example", "subtree-base"),
        (uri, b"10.0.0.1", "subtree-base"),
        (ip, &[10, 0, 0, 0], "general-name"),
        (ip, &[0; 16], "general-name"),
        (ip, &[0; 9], "general-name"),
        (ip, &[], "general-name"),
        (ip, &[10, 0, 0, 0, 255, 0, 255, 0], "subtree-base"),
        (ip, &[10, 0, 0, 0, 0xfd, 0, 0, 0], "subtree-base"),
        (ip, &[10, 0, 0, 0, 0x7f, 0, 0, 0], "subtree-base"),
        (ip, &[10, 0, 0, 0, 254, 128, 0, 0], "subtree-base"),
        (0xa4, &[0x31, 0], "unexpected-tag"),
        (0xa3, &[0x30, 0], "general-name"),
        (0xa5, &[0x30, 0], "general-name"),
    ] {
        assert_eq!(refusal_of(tag, bad), Some(rule), "{tag:02x} {bad:?}");
    }
}

#[test]
fn a_list_holds_at_most_1_024_names() {
    let list = |count: usize| sequence(|w| w.raw(&[0x82, 1, b'a'].repeat(count)));
    assert_eq!(with(oid::SUBJECT_ALT_NAME, false, &list(1_024), |c| c.subject_alternative_names().count()), 1_024);
    assert_eq!(refused(|s| s.extend(oid::SUBJECT_ALT_NAME, false, &list(1_025))), "too-many-names");
}

#[test]
fn names_of_every_form_are_read() {
    let directory = name("x");
    let good = [
        &[0xa0, 7, 6, 1, 0x2a, 0xa0, 2, 5, 0][..],
        &[0x81, 3, b'a', b'@', b'b', 0x82, 1, b'a'],
        &der(|w| w.primitive(0xa4, &directory)),
        &[0x86, 3, b'u', b':', b'a', 0x87, 4, 127, 0, 0, 1, 0x88, 1, 0x2a],
    ]
    .concat();
    let value = der(|w| w.primitive(tag::SEQUENCE, &good));
    with(oid::SUBJECT_ALT_NAME, true, &value, |c| {
        let names: Vec<_> = c.subject_alternative_names().collect();
        let [other, email, dns, GeneralName::Directory(name), uri, ip, id] = &names[..] else { panic!("{names:?}") };
        assert_eq!(*other, GeneralName::Other { id: &[0x2a], value: &[5, 0] });
        assert_eq!((*email, *dns), (GeneralName::Email("a@b"), GeneralName::Dns("a")));
        assert_eq!(name.der(), directory);
        assert_eq!((*uri, *ip), (GeneralName::Uri("u:a"), GeneralName::Ip(&[127, 0, 0, 1])));
        assert_eq!(*id, GeneralName::RegisteredId(&[0x2a]));
        assert!(c.has_critical_alternative_names());
    });
    assert!(with(oid::SUBJECT_ALT_NAME, false, &value, |c| !c.has_critical_alternative_names()));
    check(oid::ISSUER_ALT_NAME, false, "issuerAltName", &value, &[(&[0x30, 0], "general-names-empty")]);
    // Empty where there is none.
    let der = accepted(|s| s.extensions = None);
    assert!(Certificate::parse(&der, &Bounds::default()).unwrap().subject_alternative_names().next().is_none());
}
