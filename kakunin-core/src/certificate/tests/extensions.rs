use super::sample::{der, drop_ref, extension};
use super::*;
use crate::certificate::{GeneralName, Profile};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;

/// An OID that nobody knows: ARC.99.
const UNKNOWN: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xfd, 0x59, 0x07, 0x63];

pub(super) fn sequence(write: impl FnOnce(&mut Writer) -> &mut Writer) -> Vec<u8> {
    der(|w| w.sequence(|w| drop_ref(write(w))))
}

/// The rule by which the sample with this extension is refused, and the extension's name.
fn refused_with(id: &[u8], critical: bool, value: &[u8]) -> (&'static str, String) {
    refusal(&Sample::changed(|s| s.extend(id, critical, value)))
}

/// The sample with this extension, read.
pub(super) fn with<T>(id: &[u8], critical: bool, value: &[u8], judge: impl FnOnce(&Certificate<'_>) -> T) -> T {
    let der = accepted(|s| s.extend(id, critical, value));
    judge(&Certificate::parse(&der, &Bounds::default()).unwrap())
}

/// `cases` are refused within the extension `name`, as is `good` with a byte after it; `good` is not.
pub(super) fn check(id: &[u8], critical: bool, name: &str, good: &[u8], cases: &[(&[u8], &str)]) {
    accepted(|s| s.extend(id, critical, good));
    let trailing = [good, &[0]].concat();
    for (value, rule) in cases.iter().copied().chain([(&trailing[..], "trailing-data"), (&[][..], "truncated")]) {
        let (found, field) = refused_with(id, critical, value);
        assert_eq!((found, field.as_str()), (rule, name), "{value:02x?}");
    }
}

#[test]
fn extensions_are_a_list_of_one_or_more_within_bounds() {
    assert_eq!(refused(|s| s.extensions = Some(vec![])), "extensions-empty");
    let many = |count: u8| (0..count).map(|n| extension(&[0x2a, n], false, &[])).collect::<Vec<_>>();
    accepted(|s| s.extensions = Some(many(32)));
    assert_eq!(refused(|s| s.extensions = Some(many(33))), "too-many-extensions");
    let der = Sample::changed(|s| s.extensions = Some(many(5)));
    for (extensions, accepted) in [(5, true), (4, false)] {
        let bounds = Bounds { extensions, ..Bounds::default() };
        assert_eq!(Certificate::parse(&der, &bounds).is_ok(), accepted);
    }
    let bounds = Bounds { extensions: 100, ..Bounds::default() };
    let der = Sample::changed(|s| s.extensions = Some(many(33)));
    assert_eq!(Certificate::parse(&der, &bounds).unwrap_err().details().rule, "too-many-extensions");
}

#[test]
fn no_extension_comes_twice() {
    for id in [UNKNOWN, oid::SCOPE, oid::KEY_USAGE] {
        let value = if id == oid::KEY_USAGE { &[3, 2, 7, 0x80][..] } else { &[5, 0] };
        let one = extension(id, false, value);
        accepted(|s| s.extensions = Some(vec![one.clone()]));
        assert_eq!(refused(|s| s.extensions = Some(vec![one.clone(), one.clone()])), "extension-duplicate");
    }
}

#[test]
fn an_extension_has_its_one_form() {
    let body = |write: fn(&mut Writer) -> &mut Writer| vec![sequence(write)];
    accepted(|s| s.extensions = Some(body(|w| w.oid(UNKNOWN).boolean(true).raw(&[4, 0]))));
    accepted(|s| s.extensions = Some(body(|w| w.oid(UNKNOWN).raw(&[4, 0]))));
    for (extensions, rule) in [
        (body(|w| w.oid(UNKNOWN).boolean(false).raw(&[4, 0])), "default-encoded"),
        (body(|w| w.oid(UNKNOWN).raw(&[1, 1, 1, 4, 0])), "boolean-not-der"),
        (body(|w| w.oid(UNKNOWN).raw(&[1, 0, 4, 0])), "boolean-not-der"),
        (body(|w| w.oid(UNKNOWN).raw(&[4, 0, 5, 0])), "trailing-data"),
        (body(|w| w.oid(UNKNOWN).raw(&[0x24, 0])), "unexpected-tag"),
        (body(|w| w.oid(UNKNOWN)), "truncated"),
        (body(|w| w.raw(&[6, 2, 0x80, 1, 4, 0])), "oid-malformed"),
        (body(|w| w.raw(&[6, 2, 0x2a, 0x81, 4, 0])), "oid-malformed"),
    ] {
        assert_eq!(refused(|s| s.extensions = Some(extensions.clone())), rule);
    }
    // An arc of 128 bits is an OID like any other.
    let large = [&[0x69][..], &[0xff; 18], &[0x7f]].concat();
    accepted(|s| s.extensions = Some(vec![extension(&large, false, &[])]));
}

#[test]
fn the_first_critical_extension_that_is_not_processed_is_named() {
    let unprocessed = |id: &'static [u8], critical, value: &[u8]| {
        with(id, critical, value, |c| {
            assert!(c.unprocessed_critical(Profile::Agent).into_iter().all(|found| found == id));
            // The sample's scope is critical, which only profile `agent` processes.
            let pkix = c.unprocessed_critical(Profile::Pkix);
            assert!(pkix == Some(oid::SCOPE));
            c.unprocessed_critical(Profile::Agent).is_some()
        })
    };
    let without_scope = |id: &'static [u8], critical, value: &[u8]| {
        let der = accepted(|s| s.extensions = Some(vec![extension(id, critical, value)]));
        Certificate::parse(&der, &Bounds::default()).unwrap().unprocessed_critical(Profile::Pkix).is_some()
    };
    let policy = sequence(|w| w.raw(&[0x30, 3, 6, 1, 0x2a]));
    let qualified = sequence(|w| w.raw(&[0x30, 12, 6, 1, 0x2a, 0x30, 7, 0x30, 5, 6, 1, 0x2a, 5, 0]));
    let point = sequence(|w| w.raw(&[0x30, 7, 0xa0, 5, 0xa0, 3, 0x86, 1, b'u']));
    let mapping = sequence(|w| w.raw(&[0x30, 6, 6, 1, 0x2a, 6, 1, 0x2b]));
    let names = sequence(|w| w.raw(&[0x86, 1, b'u']));
    let usage: &[u8] = &[3, 2, 7, 0x80];
    for (id, critical, value, agent, pkix) in [
        (UNKNOWN, true, &[5, 0][..], true, true),
        (UNKNOWN, false, &[5, 0], false, false),
        (oid::ISSUER_ALT_NAME, true, &names, true, true),
        (oid::CERTIFICATE_POLICIES, true, &policy, true, false),
        (oid::CERTIFICATE_POLICIES, false, &policy, false, false),
        (oid::CERTIFICATE_POLICIES, true, &qualified, true, true),
        (oid::CERTIFICATE_POLICIES, false, &qualified, false, false),
        (oid::POLICY_MAPPINGS, true, &mapping, true, false),
        (oid::POLICY_CONSTRAINTS, true, &[0x30, 3, 0x80, 1, 0], true, false),
        (oid::INHIBIT_ANY_POLICY, true, &[2, 1, 0], true, false),
        (oid::CRL_DISTRIBUTION_POINTS, true, &point, true, false),
        (oid::SUBJECT_ALT_NAME, true, &names, false, false),
        (oid::KEY_USAGE, true, usage, false, false),
    ] {
        assert_eq!(unprocessed(id, critical, value), agent, "{}", oid::dotted(id));
        assert_eq!(without_scope(id, critical, value), pkix, "{}", oid::dotted(id));
    }
    let digest = der(|w| w.primitive(tag::OCTET_STRING, &[6; 32]));
    let prefixes = sequence(|w| w.utf8("urn:acme:"));
    for (id, value) in [(oid::SCOPE, &[5, 0][..]), (oid::NAMESPACE, &prefixes), (oid::PARENT, &digest)] {
        assert!(without_scope(id, true, value) && !unprocessed(id, true, value), "{}", oid::dotted(id));
    }
}

#[test]
fn critical_is_what_rfc_5280_demands() {
    let ca = &[0x30, 3, 1, 1, 0xff];
    let policy = &[0x30, 3, 0x80, 1, 0];
    for (id, critical, value, expected) in [
        (oid::BASIC_CONSTRAINTS, false, &ca[..], Some("basicConstraints")),
        (oid::BASIC_CONSTRAINTS, true, ca, None),
        (oid::BASIC_CONSTRAINTS, false, &[0x30, 0], None),
        (oid::POLICY_CONSTRAINTS, false, policy, Some("policyConstraints")),
        (oid::POLICY_CONSTRAINTS, true, policy, None),
    ] {
        assert_eq!(with(id, critical, value, |c| c.not_critical()), expected);
    }
    let id = &[4, 1, 9];
    assert_eq!(refused_with(oid::SUBJECT_KEY_IDENTIFIER, true, id), ("criticality", "subjectKeyIdentifier".to_owned()));
    let key = &[0x30, 3, 0x80, 1, 9];
    assert_eq!(refused_with(oid::AUTHORITY_KEY_IDENTIFIER, true, key).0, "criticality");
    assert_eq!(refused_with(oid::NAME_CONSTRAINTS, false, &[0x30, 0]).0, "criticality");
    assert_eq!(refused_with(oid::INHIBIT_ANY_POLICY, false, &[2, 1, 0]).0, "criticality");
    assert_eq!(refused_with(oid::SUBJECT_DIRECTORY_ATTRIBUTES, true, &[0x30, 0]).0, "criticality");
    let point = sequence(|w| w.raw(&[0x30, 7, 0xa0, 5, 0xa0, 3, 0x86, 1, b'u']));
    assert_eq!(refused_with(oid::FRESHEST_CRL, true, &point).0, "criticality");
    let access = sequence(|w| w.raw(&[0x30, 6, 6, 1, 0x2a, 0x86, 1, b'u']));
    assert_eq!(refused_with(oid::AUTHORITY_INFORMATION_ACCESS, true, &access).0, "criticality");
    assert_eq!(refused_with(oid::SUBJECT_INFORMATION_ACCESS, true, &access).0, "criticality");
}

#[test]
fn basic_constraints_are_consistent() {
    check(
        oid::BASIC_CONSTRAINTS,
        true,
        "basicConstraints",
        &[0x30, 6, 1, 1, 0xff, 2, 1, 0],
        &[
            (&[0x30, 3, 1, 1, 0], "default-encoded"),
            (&[0x30, 3, 1, 1, 1], "boolean-not-der"),
            (&[0x30, 3, 2, 1, 0], "path-length-without-ca"),
            (&[0x30, 6, 1, 1, 0xff, 2, 1, 0xff], "path-length"),
            (&[0x30, 7, 1, 1, 0xff, 2, 2, 1, 0], "path-length"),
            (&[0x30, 7, 1, 1, 0xff, 2, 2, 0, 1], "integer-not-minimal"),
            (&[0x30, 5, 1, 1, 0xff, 2, 0], "integer-empty"),
            (&[0x30, 5, 1, 1, 0xff, 5, 0], "trailing-data"),
        ],
    );
    let der = accepted(|s| s.extend(oid::BASIC_CONSTRAINTS, true, &[0x30, 7, 1, 1, 0xff, 2, 2, 0, 0xff]));
    let read = Certificate::parse(&der, &Bounds::default()).unwrap().basic_constraints().unwrap();
    assert_eq!((read.ca, read.path_len), (true, Some(255)));
}

#[test]
fn key_usage_is_a_minimal_list_of_named_bits() {
    check(
        oid::KEY_USAGE,
        true,
        "keyUsage",
        &[3, 2, 1, 0x06],
        &[
            (&[3, 0], "bit-string-empty"),
            (&[3, 1, 0], "key-usage-empty"),
            (&[3, 2, 0, 0], "bit-list-not-minimal"),
            (&[3, 2, 7, 0], "bit-list-not-minimal"),
            (&[3, 2, 0, 0x06], "bit-list-not-minimal"),
            (&[3, 2, 2, 0x06], "bit-list-not-minimal"),
            (&[3, 2, 8, 0x80], "bit-list-not-minimal"),
            (&[3, 3, 7, 0x80, 0], "bit-list-not-minimal"),
            (&[3, 3, 6, 0x80, 0x40], "key-usage-bits"),
            (&[3, 4, 7, 0x80, 0, 0x80], "key-usage-bits"),
            (&[4, 2, 7, 0x80], "unexpected-tag"),
        ],
    );
    let flags = |value: &[u8]| {
        with(oid::KEY_USAGE, true, value, |c| {
            let usage = c.key_usage().unwrap();
            (usage.digital_signature(), usage.key_cert_sign(), usage.crl_sign())
        })
    };
    assert_eq!(flags(&[3, 2, 1, 0x06]), (false, true, true));
    assert_eq!(flags(&[3, 2, 7, 0x80]), (true, false, false));
    assert_eq!(flags(&[3, 3, 7, 0x04, 0x80]), (false, true, false));
}

#[test]
fn extended_key_usages_are_listed_once() {
    let usages = |ids: &[&[u8]]| sequence(|w| ids.iter().fold(w, |w, id| w.oid(id)));
    let many: Vec<[u8; 2]> = (0..33).map(|n| [0x2a, n]).collect();
    let many: Vec<&[u8]> = many.iter().map(<[u8; 2]>::as_slice).collect();
    check(
        oid::EXTENDED_KEY_USAGE,
        false,
        "extKeyUsage",
        &usages(&many[..32]),
        &[
            (&[0x30, 0], "extended-key-usage-empty"),
            (&usages(&[oid::KP_AGENT, oid::KP_AGENT]), "extended-key-usage-duplicate"),
            (&usages(&many), "too-many-extended-key-usages"),
            (&[0x30, 2, 6, 0], "oid-malformed"),
            (&[0x30, 2, 5, 0], "unexpected-tag"),
        ],
    );
    // anyExtendedKeyUsage stands for itself only.
    assert!(with(oid::EXTENDED_KEY_USAGE, false, &usages(&[oid::ANY_EXTENDED_KEY_USAGE]), |c| {
        !c.has_extended_key_usage(oid::KP_AGENT)
            && c.extended_key_usages().unwrap().iter().eq([oid::ANY_EXTENDED_KEY_USAGE])
    }));
}

#[test]
fn alternative_names_are_well_formed() {
    let directory = der(|w| w.constructed(0xa4, |w| drop_ref(w.raw(&sample::name("x")))));
    let good = [
        &[0xa0, 7, 6, 1, 0x2a, 0xa0, 2, 5, 0][..],
        &[0x81, 3, b'a', b'@', b'b', 0x82, 1, b'a', 0x86, 3, b'u', b':', b'a'],
        &directory,
        &[0x87, 4, 127, 0, 0, 1, 0x88, 1, 0x2a, 0x86, 3, b'u', b':', b'b'],
    ]
    .concat();
    let names = |content: &[u8]| der(|w| w.primitive(tag::SEQUENCE, content));
    let value = names(&good);
    check(
        oid::SUBJECT_ALT_NAME,
        false,
        "subjectAltName",
        &value,
        &[
            (&[0x30, 0], "general-names-empty"),
            (&names(&[0x86, 1, 0xe9]), "general-name"),
            (&names(&[0x86, 0]), "general-name"),
            (&names(&[0x86, 2, b'u', 0]), "general-name"),
            (&names(&[0x82, 3, b'a', 0, b'b']), "general-name"),
            (&names(&[0x81, 2, b'a', 0x7f]), "general-name"),
            (&names(&[0x87, 8, 1, 2, 3, 4, 255, 0, 0, 0]), "general-name"),
            (&names(&[0x87, 0]), "general-name"),
            (&names(&[0x82, 0]), "general-name"),
            (&names(&[0x81, 2, 0xc3, 0xa9]), "general-name"),
            (&names(&[0xa6, 3, 0x16, 1, b'u']), "general-name"),
            (&names(&[0x87, 5, 1, 2, 3, 4, 5]), "general-name"),
            (&names(&[0x88, 2, 0x80, 1]), "oid-malformed"),
            (&names(&[0xa3, 2, 0x30, 0]), "general-name"),
            (&names(&[0xa5, 2, 0x30, 0]), "general-name"),
            (&names(&[0x89, 1, 1]), "general-name"),
            (&names(&[0x16, 1, b'a']), "general-name"),
            (&names(&[0xa0, 3, 6, 1, 0x2a]), "truncated"),
            (&names(&[0xa4, 4, 0x30, 2, 0x31, 0]), "rdn-empty"),
            (&names(&[0xa4, 4, 0x30, 0, 5, 0]), "trailing-data"),
        ],
    );
    let uris = with(oid::SUBJECT_ALT_NAME, false, &value, |c| c.uri_names().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(uris, ["u:a", "u:b"]);
}

#[test]
fn key_identifiers_are_whole() {
    check(
        oid::SUBJECT_KEY_IDENTIFIER,
        false,
        "subjectKeyIdentifier",
        &[4, 1, 9],
        &[(&[4, 0], "key-identifier-empty"), (&[0x30, 0], "unexpected-tag")],
    );
    check(
        oid::AUTHORITY_KEY_IDENTIFIER,
        false,
        "authorityKeyIdentifier",
        &[0x30, 11, 0x80, 1, 9, 0xa1, 3, 0x86, 1, b'u', 0x82, 1, 5],
        &[
            (&[0x30, 2, 0x80, 0], "key-identifier-empty"),
            (&[0x30, 8, 0x80, 1, 9, 0xa1, 3, 0x86, 1, b'u'], "key-identifier-issuer-without-serial"),
            (&[0x30, 6, 0x80, 1, 9, 0x82, 1, 5], "key-identifier-issuer-without-serial"),
            (&[0x30, 8, 0x80, 1, 9, 0xa1, 0, 0x82, 1, 5], "general-names-empty"),
            (&[0x30, 5, 0xa1, 3, 0x86, 1, b'u'], "key-identifier-issuer-without-serial"),
            (&[0x30, 3, 0x82, 1, 5], "key-identifier-issuer-without-serial"),
            (&[0x30, 6, 0x82, 1, 5, 0x80, 1, 9], "trailing-data"),
            (&[0x30, 12, 0x80, 1, 9, 0xa1, 3, 0x86, 1, b'u', 0x82, 2, 0, 5], "integer-not-minimal"),
        ],
    );
}

#[test]
fn an_authority_key_identifier_is_read_whole() {
    let value = [0x30, 11, 0x80, 1, 9, 0xa1, 3, 0x86, 1, b'u', 0x82, 1, 5];
    with(oid::AUTHORITY_KEY_IDENTIFIER, false, &value, |c| {
        let read = c.authority_key_identifier().unwrap();
        let (mut issuer, serial) = read.certificate().unwrap();
        assert_eq!((read.key_id, serial), (Some(&[9][..]), &[5][..]));
        assert_eq!((issuer.next(), issuer.next()), (Some(GeneralName::Uri("u")), None));
    });
    with(oid::AUTHORITY_KEY_IDENTIFIER, false, &[0x30, 0], |c| {
        assert!(c.authority_key_identifier().unwrap().certificate().is_none() && c.authority_key_id().is_none());
    });
}

#[test]
fn sources_of_status_are_noticed() {
    let uri: &[u8] = &[0x30, 7, 0xa0, 5, 0xa0, 3, 0x86, 1, b'u'];
    let relative = sequence(|w| {
        w.sequence(|w| {
            w.constructed(0xa0, |w| {
                drop_ref(w.primitive(0xa1, &sample::attribute(oid::COMMON_NAME, tag::UTF8_STRING, b"x")));
            });
        })
    });
    let points = |content: &[u8]| der(|w| w.primitive(tag::SEQUENCE, content));
    check(
        oid::CRL_DISTRIBUTION_POINTS,
        false,
        "cRLDistributionPoints",
        &points(&[uri, &[0x30, 9, 0x81, 2, 1, 6, 0xa2, 3, 0x86, 1, b'u']].concat()),
        &[
            (&[0x30, 0], "distribution-points-empty"),
            (&points(&[0x30, 0]), "distribution-point-unnamed"),
            (&points(&[0x30, 4, 0x81, 2, 1, 6]), "distribution-point-unnamed"),
            (&points(&[0x30, 4, 0xa0, 2, 0xa0, 0]), "general-names-empty"),
            (&points(&[0x30, 4, 0xa0, 2, 0xa1, 0]), "rdn-empty"),
            (&points(&[0x30, 4, 0xa0, 2, 0xa2, 0]), "unexpected-tag"),
            (&points(&[0x30, 7, 0x81, 0, 0xa2, 3, 0x86, 1, b'u']), "bit-string-empty"),
            (&points(&[0x30, 8, 0x81, 1, 0, 0xa2, 3, 0x86, 1, b'u']), "bit-string-empty"),
            (&points(&[0x30, 9, 0x81, 2, 0, 6, 0xa2, 3, 0x86, 1, b'u']), "bit-list-not-minimal"),
            (&points(&[0x30, 9, 0x81, 2, 0, 0, 0xa2, 3, 0x86, 1, b'u']), "bit-list-not-minimal"),
            (&points(&[0x30, 10, 0x81, 3, 6, 6, 0x40, 0xa2, 3, 0x86, 1, b'u']), "reason-flags"),
            (&points(&[0x30, 11, 0x81, 4, 7, 6, 0, 0x80, 0xa2, 3, 0x86, 1, b'u']), "reason-flags"),
            (&points(&uri.repeat(65)), "too-many-distribution-points"),
        ],
    );
    assert!(with(oid::CRL_DISTRIBUTION_POINTS, false, &relative, |c| c.names_status_source()));
    let all = points(&[uri, &[0x30, 10, 0x81, 3, 7, 6, 0x80, 0xa2, 3, 0x86, 1, b'v'], &relative[2..]].concat());
    with(oid::CRL_DISTRIBUTION_POINTS, false, &all, |c| {
        let read: Vec<_> = c.distribution_points().collect();
        let [full, issuer, relative] = &read[..] else { panic!("{read:?}") };
        assert_eq!(full.full_name.clone().unwrap().collect::<Vec<_>>(), [GeneralName::Uri("u")]);
        assert!(full.reasons.is_none() && full.crl_issuer.is_none() && full.relative_name.is_none());
        assert_eq!(issuer.crl_issuer.clone().unwrap().collect::<Vec<_>>(), [GeneralName::Uri("v")]);
        assert_eq!(issuer.reasons.unwrap().bits, 0x0680);
        assert!(issuer.full_name.is_none());
        assert!(relative.relative_name.unwrap().ends_with(b"x") && relative.full_name.is_none());
        assert_eq!(c.crl_distribution_points(), Some(&all[..]));
    });
    let none = accepted(|s| s.extensions = None);
    assert!(Certificate::parse(&none, &Bounds::default()).unwrap().distribution_points().next().is_none());
    check(oid::FRESHEST_CRL, false, "freshestCRL", &points(uri), &[(&[0x30, 0], "distribution-points-empty")]);
    with(oid::FRESHEST_CRL, false, &points(uri), |c| {
        assert!(c.names_status_source() && c.distribution_points().next().is_none());
    });
    let access = |method: u8| {
        let id = [0x2b, 6, 1, 5, 5, 7, 0x30, method];
        sequence(|w| w.sequence(|w| drop_ref(w.oid(&id).primitive(tag::context(6), b"http://a"))))
    };
    check(
        oid::AUTHORITY_INFORMATION_ACCESS,
        false,
        "authorityInfoAccess",
        &access(1),
        &[
            (&[0x30, 0], "access-descriptions-empty"),
            (&[0x30, 8, 0x30, 6, 6, 1, 0x2a, 0x86, 1, 0xe9], "general-name"),
            (&[0x30, 10, 0x30, 8, 6, 1, 0x2a, 0x86, 1, b'u', 5, 0], "trailing-data"),
        ],
    );
    let many = |count: usize| sequence(|w| w.raw(&[0x30, 6, 6, 1, 0x2a, 0x86, 1, b'u'].repeat(count)));
    with(oid::AUTHORITY_INFORMATION_ACCESS, false, &many(64), |c| assert!(c.ocsp_responders().next().is_none()));
    assert_eq!(refused_with(oid::AUTHORITY_INFORMATION_ACCESS, false, &many(65)).0, "too-many-access-descriptions");
    let empty = (&[0x30, 0][..], "access-descriptions-empty");
    check(oid::SUBJECT_INFORMATION_ACCESS, false, "subjectInfoAccess", &access(1), &[empty]);
    assert!(!with(oid::SUBJECT_INFORMATION_ACCESS, false, &access(1), |c| c.names_status_source()));
    assert!(with(oid::AUTHORITY_INFORMATION_ACCESS, false, &access(1), |c| c.ocsp_responders().eq(["http://a"])));
    assert!(with(oid::AUTHORITY_INFORMATION_ACCESS, false, &access(2), |c| c.ocsp_responders().next().is_none()));
    assert!(with(oid::AUTHORITY_INFORMATION_ACCESS, false, &access(1), |c| c.names_status_source()));
    assert!(!with(oid::AUTHORITY_INFORMATION_ACCESS, false, &access(2), |c| c.names_status_source()));
}

#[test]
fn namespaces_have_1_to_16_prefixes() {
    let prefixes = |count: usize| sequence(|w| (0..count).fold(w, |w, _| w.utf8("urn:acme:")));
    check(
        oid::NAMESPACE,
        true,
        "namespace",
        &prefixes(16),
        &[
            (&prefixes(0), "namespace-empty"),
            (&prefixes(17), "namespace-too-many"),
            (&[0x30, 2, 0x0c, 0], "namespace-prefix-empty"),
            (&[0x30, 3, 0x0c, 1, 0xff], "utf8-malformed"),
            (&[0x30, 3, 0x16, 1, b'a'], "unexpected-tag"),
        ],
    );
    let found =
        with(oid::NAMESPACE, false, &prefixes(2), |c| c.namespace().unwrap().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(found, ["urn:acme:", "urn:acme:"]);
}

#[test]
fn our_other_extensions_have_their_content_and_tell_their_criticality() {
    let digest = |length: usize| der(|w| w.primitive(tag::OCTET_STRING, &vec![6; length]));
    for (id, name, critical) in [(oid::PARENT, "parent", true), (oid::MODEL_HASH, "modelHash", false)] {
        let cases: [(&[u8], &str); 3] =
            [(&digest(31), "digest-length"), (&digest(33), "digest-length"), (&[3, 2, 0, 1], "unexpected-tag")];
        check(id, critical, name, &digest(32), &cases);
        assert!(with(id, critical, &digest(32), |c| c.wrong_criticality().is_none()));
        assert!(with(id, !critical, &digest(32), |c| c.wrong_criticality() == Some(name)));
    }
    assert!(with(oid::PARENT, true, &digest(32), |c| c.parent() == Some(&[6; 32])));
    check(
        oid::DEVELOPMENT,
        false,
        "development",
        &[5, 0],
        &[(&[5, 1, 0], "null-not-empty"), (&[4, 0], "unexpected-tag")],
    );
    assert!(with(oid::DEVELOPMENT, false, &[5, 0], |c| c.is_development() && c.wrong_criticality().is_none()));
    assert!(with(oid::DEVELOPMENT, true, &[5, 0], |c| c.wrong_criticality() == Some("development")));
    assert!(with(oid::SCOPE, false, b"anything", |c| c.scope().unwrap().value == b"anything"
        && !c.scope().unwrap().critical));
}
