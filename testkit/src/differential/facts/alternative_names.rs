//! Names, and what CAs above say of them.

use kakunin_core::encoding::der::tag;
use kakunin_core::encoding::oid;

use super::{CA, Fact, LEAF, UNKNOWN, extension, invalid, valid, with};
use crate::differential::draft::Draft;
use crate::differential::names::{
    constraints, directory, distinguished, dns, email, ip, registered, subject_alternative, uri,
};

pub(super) const ROWS: &[Fact] = &[
    // ---- subjectAltName (§4.2.1.6) ----
    invalid("names-empty", LEAF, &["alternative-names"], |d, n| with(d, n, subject_alternative(&[]))),
    valid("names-critical", LEAF, &["alternative-names"], |d, n| {
        extension(d, n, oid::SUBJECT_ALT_NAME, |e| e.critical = Some(0xff))
    }),
    invalid("address-of-five-octets", LEAF, &["alternative-names"], |d, n| {
        with(d, n, subject_alternative(&[ip(&[10, 0, 0, 1, 9])]))
    }),
    // ---- nameConstraints (§4.2.1.10, §6.1.4(g), §6.1.3(b)(c)) ----
    valid("permits-the-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[dns("example.com")], &[])
    }),
    valid("permits-the-host-in-another-case", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.EXAMPLE.com")], &[dns("Example.COM")], &[])
    }),
    invalid("permits-another-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[dns("example.org")], &[])
    }),
    invalid("permits-a-host-that-ends-alike", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("badexample.com")], &[dns("example.com")], &[])
    }),
    invalid("permits-one-of-two-hosts", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com"), dns("a.example.org")], &[dns("example.com")], &[])
    }),
    invalid("excludes-the-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[], &[dns("example.com")])
    }),
    invalid("excludes-within-what-is-permitted", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.b.example.com")], &[dns("example.com")], &[dns("b.example.com")])
    }),
    valid("excludes-another-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[], &[dns("example.org")])
    }),
    valid("permits-the-address", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 1, 2, 3])], &[ip(&[10, 1, 0, 0, 255, 255, 0, 0])], &[])
    }),
    invalid("permits-another-address", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 2, 2, 3])], &[ip(&[10, 1, 0, 0, 255, 255, 0, 0])], &[])
    }),
    invalid("excludes-the-address", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 1, 2, 3])], &[], &[ip(&[10, 0, 0, 0, 255, 0, 0, 0])])
    }),
    invalid("permits-an-address-by-a-mask-with-holes", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 1, 2, 3])], &[ip(&[10, 0, 2, 0, 255, 0, 255, 0])], &[])
    }),
    valid("permits-the-mailbox", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[email("bot@example.com")], &[])
    }),
    valid("permits-the-mailboxes-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[email("example.com")], &[])
    }),
    invalid("permits-another-mailbox", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[email("ops@example.com")], &[])
    }),
    invalid("permits-a-host-above-the-mailboxes", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@mail.example.com")], &[email("example.com")], &[])
    }),
    invalid("excludes-the-mailboxes-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[], &[email("example.com")])
    }),
    valid("permits-the-uri-below-a-domain", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[uri("https://a.example.com/x")], &[uri(".example.com")], &[])
    }),
    invalid("permits-another-uri", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[uri("https://a.example.org/x")], &[uri(".example.com")], &[])
    }),
    invalid("excludes-the-uri-by-its-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[uri("https://user@a.example.com:8443/x")], &[], &[uri("a.example.com")])
    }),
    valid("permits-the-directory", CA, &["alternative-names"], |d, n| {
        let base = directory(&distinguished("Example", "", tag::UTF8_STRING));
        constrained(d, n, &[dns("a.example.com")], &[base], &[])
    }),
    invalid("permits-another-directory", CA, &["alternative-names"], |d, n| {
        let base = directory(&distinguished("Other", "", tag::UTF8_STRING));
        constrained(d, n, &[dns("a.example.com")], &[base], &[])
    }),
    invalid("excludes-the-directory", CA, &["alternative-names"], |d, n| {
        let base = directory(&distinguished("Example", "", tag::UTF8_STRING));
        constrained(d, n, &[dns("a.example.com")], &[], &[base])
    }),
    invalid("constrains-a-kind-of-name-that-is-not-processed", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com"), registered(UNKNOWN)], &[registered(UNKNOWN)], &[])
    }),
    invalid("constraints-empty", CA, &["alternative-names"], |d, n| with(d, n, constraints(&[], &[]))),
    invalid("constraints-not-critical", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[dns("example.com")], &[])?;
        extension(d, n, oid::NAME_CONSTRAINTS, |e| e.critical = None)
    }),
    invalid("constraints-without-ca", LEAF, &["alternative-names"], |d, n| {
        with(d, n, constraints(&[dns("example.com")], &[]))
    }),
];

/// nameConstraints at a CA, and names of the leaf that they are about.
fn constrained(
    draft: &mut Draft<'_>,
    node: usize,
    names: &[Vec<u8>],
    permitted: &[Vec<u8>],
    excluded: &[Vec<u8>],
) -> Option<()> {
    let leaf = draft.leaf();
    with(draft, leaf, subject_alternative(names))?;
    with(draft, node, constraints(permitted, excluded))
}
