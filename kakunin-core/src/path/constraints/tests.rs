use kakunin_testkit::certificate::GeneralName::{self as Base, Directory, Dns, Email, Ip, Other, Uri};
use kakunin_testkit::certificate::{Extension, Template, name};
use kakunin_testkit::key::Key;

use super::*;
use crate::bounds::Bounds;
use crate::encoding::der::Writer;

/// A CA with these constraints.
fn ca(permitted: &[Base<'_>], excluded: &[Base<'_>]) -> Vec<u8> {
    let key = Key::ed25519("ca");
    Template::root("CA", &key).with(Extension::name_constraints(permitted, excluded)).sign(&key)
}

/// A certificate with this subject and these alternative names.
fn named(subject: Vec<u8>, names: &[Base<'_>]) -> Vec<u8> {
    let key = Key::ed25519("leaf");
    let mut template = Template::root("CA", &key);
    template.subject = subject;
    if !names.is_empty() {
        let mut names = Extension::alternative_names(names);
        names.critical = Some(0xff);
        template = template.with(names);
    }
    template.sign(&key)
}

fn state(constraints: &[Vec<u8>]) -> NameConstraintsState {
    constraints.iter().fold(NameConstraintsState::default(), |state, der| {
        let certificate = Certificate::parse(der, &Bounds::default()).unwrap();
        state.apply(certificate.name_constraints())
    })
}

fn check(constraints: &[Vec<u8>], der: &[u8], budget: usize) -> Result<usize, &'static str> {
    let certificate = Certificate::parse(der, &Bounds::default()).unwrap();
    let comparisons = Comparisons::new(budget);
    let checked = state(constraints).check(&certificate, &comparisons);
    let refused = |denial: Denial| if denial.code() == Code::ChainUntrusted { denial.details().rule } else { "code" };
    checked.map(|()| budget - comparisons.left.get()).map_err(refused)
}

fn accepts(constraints: &[Vec<u8>], names: &[Base<'_>]) -> bool {
    match check(constraints, &named(name("CN that nobody reads: acme.example"), names), 250_000) {
        Ok(_) => true,
        Err(rule) => {
            assert_eq!(rule, RULE);
            false
        }
    }
}

/// Whether a name is permitted by a subtree, and whether it is excluded by it.
fn permits_excludes<'a>(base: Base<'a>, held: Base<'a>) -> (bool, bool) {
    (accepts(&[ca(&[base], &[])], &[held]), !accepts(&[ca(&[], &[base])], &[held]))
}

/// Within: permitted and excluded. Outside: neither. Unclear: not permitted, and excluded.
const WITHIN: (bool, bool) = (true, true);
const OUTSIDE: (bool, bool) = (false, false);
const UNCLEAR: (bool, bool) = (false, true);
/// Said nothing of: not in the way of being permitted, not excluded.
const UNCONSTRAINED: (bool, bool) = (true, false);

#[test]
fn a_dns_name_lies_at_or_below_its_base() {
    for (base, held, expected) in [
        ("acme.example", "acme.example", WITHIN),
        ("acme.example", "a.acme.example", WITHIN),
        ("acme.example", "b.a.acme.example", WITHIN),
        ("Acme.EXAMPLE", "a.aCME.example", WITHIN),
        ("", "acme.example", WITHIN),
        ("acme.example", "notacme.example", OUTSIDE),
        ("acme.example", "example", OUTSIDE),
        ("acme.example", "acme.example.evil", OUTSIDE),
        ("acme.example", "acme-example", OUTSIDE),
        ("xn--bcher-kva.example", "a.XN--BCHER-KVA.example", WITHIN),
        // What is not well-formed is refused either way.
        ("acme.example", ".acme.example", UNCLEAR),
        ("acme.example", "acme.example.", UNCLEAR),
        ("acme.example", "a..acme.example", UNCLEAR),
        ("acme.example", "a_b.acme.example", UNCLEAR),
        ("acme.example", "a b.acme.example", UNCLEAR),
        ("acme.example", "10.0.0.1", UNCLEAR),
        ("", " ", UNCLEAR),
        // A wildcard stands for all names with one label more.
        ("acme.example", "*.acme.example", WITHIN),
        ("acme.example", "*.a.acme.example", WITHIN),
        ("a.acme.example", "*.acme.example", UNCLEAR),
        ("A.ACME.example", "*.acme.example", UNCLEAR),
        ("b.a.acme.example", "*.acme.example", OUTSIDE),
        ("acme.example", "*.example", UNCLEAR),
        ("acme.example", "*.notacme.example", OUTSIDE),
        ("acme.example", "*", UNCLEAR),
        ("acme.example", "*acme.example", UNCLEAR),
        ("acme.example", "a*.acme.example", UNCLEAR),
        ("acme.example", "*.*.acme.example", UNCLEAR),
        ("acme.example", "a.*.acme.example", UNCLEAR),
    ] {
        assert_eq!(permits_excludes(Dns(base), Dns(held)), expected, "{base} {held}");
    }
}

#[test]
fn a_mailbox_is_held_against_mailboxes_hosts_and_domains() {
    for (base, held, expected) in [
        ("ann@acme.example", "ann@acme.example", WITHIN),
        ("ann@acme.example", "ann@ACME.example", WITHIN),
        ("ann@acme.example", "Ann@acme.example", OUTSIDE),
        ("ann@acme.example", "bob@acme.example", OUTSIDE),
        ("ann@acme.example", "ann@a.acme.example", OUTSIDE),
        ("*@acme.example", "ann@acme.example", OUTSIDE),
        ("*@acme.example", "*@acme.example", WITHIN),
        ("**@acme.example", "*@acme.example", OUTSIDE),
        ("acme.example", "ann@Acme.example", WITHIN),
        ("acme.example", "ann@a.acme.example", OUTSIDE),
        ("acme.example", "ann@notacme.example", OUTSIDE),
        (".acme.example", "ann@a.Acme.example", WITHIN),
        (".acme.example", "ann@b.a.acme.example", WITHIN),
        (".acme.example", "ann@acme.example", OUTSIDE),
        (".acme.example", "ann@notacme.example", OUTSIDE),
        ("", "ann@acme.example", WITHIN),
        ("acme.example", "invalid@address@acme.example", UNCLEAR),
        ("acme.example", "acme.example", UNCLEAR),
        ("acme.example", "@acme.example", UNCLEAR),
        ("acme.example", "\"ann@evil.example\"@acme.example", UNCLEAR),
        ("acme.example", "Ann <ann@acme.example>", UNCLEAR),
        ("acme.example", "ann@acme.example,eve@evil.example", UNCLEAR),
        ("acme.example", "ann@[10.0.0.1]", UNCLEAR),
        ("acme.example", "ann@acme.example.", UNCLEAR),
    ] {
        assert_eq!(permits_excludes(Email(base), Email(held)), expected, "{base} {held}");
    }
    // Several mailboxes with one local part: each counts (CVE-2026-27137).
    let two = [Email("ann@acme.example"), Email("ann@other.example")];
    assert!(accepts(&[ca(&two, &[])], &[Email("ann@acme.example"), Email("ann@other.example")]));
    for excluded in two {
        assert!(!accepts(&[ca(&[], &two)], &[excluded]));
    }
}

#[test]
fn an_address_in_the_subject_is_a_mailbox_wherever_it_stands() {
    let subject = |tag: u8, address: &str| {
        let mut der = Writer::new();
        der.sequence(|name| {
            name.constructed(tag::SET, |set| {
                set.sequence(|attribute| {
                    attribute.oid(oid::EMAIL_ADDRESS).primitive(tag, address.as_bytes());
                });
            });
        });
        der.into_bytes()
    };
    let constraints = [ca(&[Email("acme.example")], &[Email("eve@acme.example")])];
    let accepts = |subject, names: &[Base<'_>]| check(&constraints, &named(subject, names), 250_000).is_ok();
    assert!(accepts(subject(tag::IA5_STRING, "ann@acme.example"), &[]));
    assert!(!accepts(subject(tag::IA5_STRING, "ann@evil.example"), &[]));
    assert!(!accepts(subject(tag::IA5_STRING, "eve@acme.example"), &[]));
    // Also beside alternative names, and whatever the string's type.
    assert!(!accepts(subject(tag::IA5_STRING, "ann@evil.example"), &[Email("ann@acme.example")]));
    assert!(!accepts(subject(tag::UTF8_STRING, "ann@evil.example"), &[]));
    assert!(!accepts(subject(tag::UTF8_STRING, "ann@acme.example"), &[]), "not an IA5String: not to be told");
    // A common name is no address.
    assert!(accepts(name("ann@evil.example"), &[]));
}

#[test]
fn a_uri_is_held_against_hosts_and_domains() {
    for (base, held, expected) in [
        ("acme.example", "spiffe://acme.example/bot", WITHIN),
        ("acme.example", "https://Acme.example", WITHIN),
        ("acme.example", "https://acme.example:8443/x?y#z", WITHIN),
        ("acme.example", "https://acme.example?x", WITHIN),
        ("acme.example", "https://a.acme.example/", OUTSIDE),
        ("acme.example", "https://notacme.example/", OUTSIDE),
        ("acme.example", "https://evil.example/acme.example", OUTSIDE),
        ("acme.example", "https://evil.example?://acme.example/", OUTSIDE),
        ("acme.example", "https://evil.example#@acme.example/", OUTSIDE),
        (".acme.example", "https://a.acme.example/", WITHIN),
        (".acme.example", "https://b.a.ACME.example/", WITHIN),
        (".acme.example", "https://acme.example/", OUTSIDE),
        (".acme.example", "https://notacme.example/", OUTSIDE),
        ("", "https://acme.example/", WITHIN),
        // No host name in the authority, or no authority: refused (RFC 5280 §4.2.1.10).
        ("acme.example", "urn:acme:bot", UNCLEAR),
        ("acme.example", "mailto:ann@acme.example", UNCLEAR),
        ("acme.example", "https:acme.example", UNCLEAR),
        ("acme.example", "https:///acme.example", UNCLEAR),
        ("acme.example", "https://10.0.0.1/", UNCLEAR),
        ("acme.example", "https://0x0a000001/", UNCLEAR),
        ("acme.example", "https://[::1]/", UNCLEAR),
        ("acme.example", "https://acme.example@evil.example/", UNCLEAR),
        ("acme.example", "https://evil.example@acme.example/", UNCLEAR),
        ("acme.example", "https://ann:secret@acme.example/", UNCLEAR),
        ("acme.example", "https://evil.example\\@acme.example/", UNCLEAR),
        ("acme.example", "https://acme.example\\.evil.example/", UNCLEAR),
        ("acme.example", "https://acme%2eexample/", UNCLEAR),
        ("acme.example", "https://acme.example./", UNCLEAR),
        ("acme.example", "https://acme.example:http/", UNCLEAR),
        ("acme.example", "https://*.acme.example/", UNCLEAR),
        ("acme.example", "//acme.example/", UNCLEAR),
        ("acme.example", "ht tp://acme.example/", UNCLEAR),
        ("", "urn:acme:bot", UNCLEAR),
    ] {
        assert_eq!(permits_excludes(Uri(base), Uri(held)), expected, "{base} {held}");
    }
}

#[test]
fn an_address_lies_in_a_range_of_its_family() {
    let ten: &[u8] = &[10, 0, 0, 0, 255, 0, 0, 0];
    let odd: &[u8] = &[192, 168, 128, 7, 255, 255, 128, 0];
    let mut documentation = [0; 32];
    documentation[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
    documentation[16..20].copy_from_slice(&[255; 4]);
    let v6 = |address: &str| address.parse::<std::net::Ipv6Addr>().unwrap().octets();
    for (base, held, expected) in [
        (ten, &[10, 255, 0, 1][..], WITHIN),
        (ten, &[11, 0, 0, 1], OUTSIDE),
        (odd, &[192, 168, 255, 255], WITHIN),
        (odd, &[192, 168, 127, 255], OUTSIDE),
        (&[0; 8], &[1, 2, 3, 4], WITHIN),
        (&documentation, &v6("2001:db8::1"), WITHIN),
        (&documentation, &v6("2001:db9::1"), OUTSIDE),
        (&documentation, &[10, 0, 0, 1], OUTSIDE),
        (&[0; 32], &[10, 0, 0, 1], OUTSIDE),
        (ten, &v6("2001:db8::1"), OUTSIDE),
        // An IPv4 address in IPv6 clothes reaches the IPv4 address.
        (ten, &v6("::ffff:10.0.0.1"), UNCLEAR),
        (ten, &v6("::ffff:11.0.0.1"), OUTSIDE),
        (ten, &v6("::10.0.0.1"), OUTSIDE),
    ] {
        assert_eq!(permits_excludes(Ip(base), Ip(held)), expected, "{base:?} {held:?}");
    }
}

#[test]
fn a_directory_name_lies_at_or_below_its_base() {
    let part = |id: &[u8], tag: u8, text: &str| {
        let mut der = Writer::new();
        der.constructed(tag::SET, |set| {
            set.sequence(|attribute| {
                attribute.oid(id).primitive(tag, text.as_bytes());
            });
        });
        der.into_bytes()
    };
    let whole = |parts: &[&[u8]]| Writer::new().primitive(tag::SEQUENCE, &parts.concat()).clone().into_bytes();
    let o = part(&[0x55, 4, 10], tag::UTF8_STRING, "Acme");
    let shouting = part(&[0x55, 4, 10], tag::PRINTABLE_STRING, " ACME ");
    let accented = part(&[0x55, 4, 10], tag::UTF8_STRING, "Acm\u{e9}");
    let decomposed = part(&[0x55, 4, 10], tag::UTF8_STRING, "Acme\u{301}");
    let bmp = part(&[0x55, 4, 10], 0x1e, "\0A\0c\0m\0e");
    let ou = part(&[0x55, 4, 11], tag::UTF8_STRING, "Agents");
    let cn = part(oid::COMMON_NAME, tag::UTF8_STRING, "Acme");
    for (base, held, expected) in [
        (vec![&o[..]], vec![&o[..]], WITHIN),
        (vec![&o], vec![&o, &ou], WITHIN),
        (vec![&o], vec![&shouting, &ou], WITHIN),
        (vec![&o, &ou], vec![&o], OUTSIDE),
        (vec![&o], vec![&ou, &o], OUTSIDE),
        (vec![&o], vec![&cn], OUTSIDE),
        (vec![&accented], vec![&accented, &ou], WITHIN),
        // An excluded name does not come back in another encoding.
        (vec![&accented], vec![&decomposed, &ou], UNCLEAR),
        (vec![&o], vec![&bmp], UNCLEAR),
        (vec![], vec![&o], WITHIN),
    ] {
        let (base, held) = (whole(&base), whole(&held));
        let in_subject = |permitted: &[Base<'_>], excluded: &[Base<'_>]| {
            check(&[ca(permitted, excluded)], &named(held.clone(), &[]), 250_000).is_ok()
        };
        let base = Directory(&base);
        assert_eq!((in_subject(&[base], &[]), !in_subject(&[], &[base])), expected, "{held:02x?}");
        // As an alternative name, beside a subject that is permitted or does not matter.
        let subject = whole(&[]);
        let as_alternative = |permitted: &[Base<'_>], excluded: &[Base<'_>]| {
            check(&[ca(permitted, excluded)], &named(subject.clone(), &[Directory(&held)]), 250_000).is_ok()
        };
        assert_eq!((as_alternative(&[base], &[]), !as_alternative(&[], &[base])), expected, "{held:02x?}");
    }
    // Both the subject and the alternative name must be permitted.
    let (good, bad) = (whole(&[&o]), whole(&[&cn]));
    let permitted = [ca(&[Directory(&good)], &[])];
    assert!(check(&permitted, &named(good.clone(), &[Directory(&good)]), 99).is_ok());
    assert!(check(&permitted, &named(bad.clone(), &[Directory(&good)]), 99).is_err());
    assert!(check(&permitted, &named(good.clone(), &[Directory(&bad)]), 99).is_err());
}

#[test]
fn a_form_says_nothing_of_another() {
    let smtp = oid::SMTP_UTF8_MAILBOX;
    let unknown: &[u8] = &[0x2a, 3];
    let (ten, four): (&[u8], &[u8]) = (&[10, 0, 0, 0, 255, 0, 0, 0], &[11, 0, 0, 1]);
    let names = [Dns("a.example"), Email("a@a.example"), Uri("https://a.example"), Ip(four), Other(unknown)];
    let bases = [Dns("b.example"), Email("b.example"), Uri("b.example"), Ip(ten), Other(&[0x2a, 4])];
    for (i, base) in bases.into_iter().enumerate() {
        for (j, held) in names.into_iter().enumerate() {
            let expected = match (i, j) {
                // A form that is not processed: refused where a name of it stands, and there alone.
                (4, 4) => UNCLEAR,
                _ if i == j => OUTSIDE,
                _ => UNCONSTRAINED,
            };
            assert_eq!(permits_excludes(base, held), expected, "{base:?} {held:?}");
        }
    }
    // An internationalised mailbox is one that cannot be told.
    assert_eq!(permits_excludes(Email("a.example"), Other(smtp)), UNCLEAR);
    assert_eq!(permits_excludes(Dns("a.example"), Other(smtp)), UNCONSTRAINED);
}

#[test]
fn every_ca_above_has_its_say_and_exclusion_wins() {
    let [wide, narrow] = [ca(&[Dns("example")], &[]), ca(&[Dns("acme.example")], &[])];
    for order in [[wide.clone(), narrow.clone()], [narrow.clone(), wide.clone()]] {
        assert!(accepts(&order, &[Dns("a.acme.example")]));
        assert!(!accepts(&order, &[Dns("b.example")]), "what one permits another does not widen");
    }
    let either = ca(&[Dns("acme.example"), Dns("b.example")], &[]);
    assert!(accepts(std::slice::from_ref(&either), &[Dns("acme.example"), Dns("b.example")]));
    assert!(
        !accepts(std::slice::from_ref(&either), &[Dns("acme.example"), Dns("c.example")]),
        "the second name counts"
    );
    assert!(!accepts(std::slice::from_ref(&either), &[Dns("c.example"), Dns("acme.example")]), "the first name counts");
    let both = ca(&[Dns("acme.example")], &[Dns("acme.example")]);
    assert!(!accepts(std::slice::from_ref(&both), &[Dns("acme.example")]));
    let all_but = ca(&[Dns("acme.example")], &[Dns("secret.acme.example")]);
    assert!(accepts(std::slice::from_ref(&all_but), &[Dns("open.acme.example")]));
    assert!(!accepts(std::slice::from_ref(&all_but), &[Dns("a.secret.acme.example")]));
    let neither = ca(&[], &[Dns("b.example"), Dns("acme.example")]);
    for excluded in [Dns("b.example"), Dns("acme.example")] {
        assert!(!accepts(std::slice::from_ref(&neither), &[excluded]), "each excluded subtree counts");
    }
    // Two CAs that permit nothing in common permit nothing.
    assert!(!accepts(&[narrow, ca(&[Dns("b.example")], &[])], &[Dns("acme.example")]));
    // Without constraints, and without a name of a constrained form, all is fine.
    assert!(accepts(&[], &[Dns("..")]) && accepts(std::slice::from_ref(&all_but), &[]));
}

#[test]
fn comparisons_are_spent() {
    let constraints = [ca(&[Dns("a.example"), Dns("b.example")], &[Dns("c.example")])];
    let leaf = named(name(""), &[Dns("x.b.example"), Dns("x.a.example")]);
    // Excluded 1 and permitted 2, excluded 1 and permitted 1.
    assert_eq!(check(&constraints, &leaf, 5), Ok(5));
    assert_eq!(check(&constraints, &leaf, 4), Err(BUDGET_RULE));
    // Of another form: the subtree has been looked at all the same.
    assert_eq!(check(&constraints, &named(name("x"), &[]), 100), Ok(3));
    // Long and many-part names cost what they take.
    let long = name(&"x".repeat(1_600));
    let base = [ca(&[Directory(&long)], &[])];
    assert!(check(&base, &named(long.clone(), &[]), 250_000).is_ok_and(|spent| spent > 100));
    let other = name(&format!("{}y", "X".repeat(1_599)));
    assert_eq!(check(&base, &named(other.clone(), &[]), 50), Err(BUDGET_RULE));
    assert_eq!(check(&base, &named(other, &[]), 250_000), Err(RULE));
}
