//! Mutations with a name: those that other parsers let pass, those of past attacks, and legal variations that a strict parser may
//! not refuse.

use kakunin_core::crypto::SignatureAlgorithm;
use kakunin_core::encoding::der::tag;
use kakunin_core::encoding::oid::{self, Oid};

use super::sample::{der, end, full, small};
use super::tree::UNKNOWN;
use super::{Outcome, accepted, refused};
use crate::certificate::{Extension, GeneralName, Template, name};
use crate::key::Key;

pub(super) fn outcomes(key: &Key) -> Vec<Outcome> {
    let mut outcomes = around(key);
    outcomes.extend(fields(key));
    outcomes.extend(names(key));
    outcomes.extend(extensions(key));
    outcomes.extend(bounds(key));
    outcomes.extend(legal(key));
    outcomes
}

/// The small certificate after a change, signed.
fn changed(key: &Key, change: impl FnOnce(&mut Template)) -> Vec<u8> {
    small(key).change(change).sign(key)
}

/// What surrounds the signed part, and what is no certificate at all: the signature would not tell (CVE-2014-8275).
fn around(key: &Key) -> Vec<Outcome> {
    let good = small(key).sign(key);
    let (head, body) = good.split_at(4);
    let longer = [&[0x30, 0x83, 0][..], head.get(2..).unwrap_or_default(), body].concat();
    let of_length = |length: &[u8]| [&[0x30][..], length, body].concat();
    let ecdsa = || Some(SignatureAlgorithm::EcdsaSha256.to_der());
    let with_null = || Some(vec![0x30, 7, 6, 3, 0x2b, 0x65, 0x70, 5, 0]);
    vec![
        refused("nothing", &[]),
        refused("one octet", &[0x30]),
        refused("an empty SEQUENCE", &[0x30, 0]),
        refused("a certificate in PEM", b"-----BEGIN CERTIFICATE-----\n"),
        refused("zeros", &[0; 512]),
        refused("an octet after the certificate", &[&good[..], &[0]].concat()),
        refused("two certificates", &[&good[..], &good].concat()),
        refused("half a certificate", good.get(..good.len() / 2).unwrap_or_default()),
        refused("a length with a needless octet", &longer),
        refused("an indefinite length", &[&[0x30, 0x80][..], body, &[0, 0]].concat()),
        refused("a length of 4 GiB", &of_length(&[0x84, 0xff, 0xff, 0xff, 0xff])),
        refused("a length in five octets", &of_length(&[0x85, 0, 0, 0, 2, 0])),
        refused("a length in 126 octets", &of_length(&[&[0xfe][..], &[0; 126]].concat())),
        refused("the reserved length", &of_length(&[0xff])),
        refused("data after the signature", &changed(key, |t| t.trailing_inside = vec![5, 0])),
        refused("another algorithm outside", &changed(key, |t| t.outer_algorithm = ecdsa())),
        refused("another algorithm inside", &changed(key, |t| t.inner_algorithm = ecdsa())),
        refused("another parameter outside", &changed(key, |t| t.outer_algorithm = with_null())),
        refused("another parameter inside", &changed(key, |t| t.inner_algorithm = with_null())),
        refused("unused bits in the signature", &changed(key, |t| t.signature_unused_bits = 1)),
        refused("eight unused bits in the signature", &changed(key, |t| t.signature_unused_bits = 8)),
    ]
}

/// The fields of the signed part.
fn fields(key: &Key) -> Vec<Outcome> {
    let twin = |id: &str, change: &dyn Fn(&mut Template)| refused(id, &changed(key, change));
    let time = |tag: u8, text: &str| der(|w| end(w.primitive(tag, text.as_bytes())));
    let (utc, general) = (tag::UTC_TIME, tag::GENERALIZED_TIME);
    let spki = |algorithm: &[u8], key: &[u8]| {
        der(|w| {
            w.sequence(|w| end(w.raw(algorithm).primitive(tag::BIT_STRING, key)));
        })
    };
    let point = key.spki().get(12..).unwrap_or_default().to_vec();
    let ed25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
    let both = |t: &mut Template, algorithm: &[u8]| {
        t.inner_algorithm = Some(algorithm.to_vec());
        t.outer_algorithm = Some(algorithm.to_vec());
    };
    let identifier = |id: Oid, parameters: &[u8]| {
        der(|w| {
            w.sequence(|w| end(w.oid(id).raw(parameters)));
        })
    };
    let rsa = identifier(oid::RSA_ENCRYPTION, &[]);
    let explicit_curve = identifier(oid::EC_PUBLIC_KEY, &[0x30, 3, 2, 1, 1]);
    vec![
        twin("version 1 with extensions", &|t| t.version = None),
        twin("version 1 written out", &|t| t.version = Some(0)),
        twin("version 2", &|t| t.version = Some(1)),
        twin("version 4", &|t| t.version = Some(3)),
        twin("version -1", &|t| t.version = Some(-1)),
        twin("version 258", &|t| t.version = Some(258)),
        twin("a negative serial number", &|t| t.serial = vec![0x80, 1]),
        twin("serial number zero", &|t| t.serial = vec![0]),
        twin("a serial number of 21 octets", &|t| t.serial = vec![0x41; 21]),
        twin("a serial number of 22 octets", &|t| t.serial = vec![0x41; 22]),
        twin("a serial number of 20 octets behind a zero", &|t| t.serial = [&[0][..], &[0xff; 20]].concat()),
        twin("a serial number with a needless zero", &|t| t.serial = vec![0, 0x41]),
        twin("a serial number with a needless FF", &|t| t.serial = vec![0xff, 0x80]),
        twin("an empty serial number", &|t| t.serial = Vec::new()),
        twin("GeneralizedTime in 2049", &|t| t.not_after = time(general, "20491231235959Z")),
        twin("GeneralizedTime in 1950", &|t| t.not_before = time(general, "19500101000000Z")),
        twin("GeneralizedTime with a fraction", &|t| t.not_after = time(general, "20500101000000.5Z")),
        twin("GeneralizedTime with a fraction of zero", &|t| t.not_after = time(general, "20500101000000.0Z")),
        twin("GeneralizedTime of local time", &|t| t.not_after = time(general, "20500101000000")),
        twin("GeneralizedTime with an offset", &|t| t.not_after = time(general, "20500101000000+0100")),
        twin("GeneralizedTime without seconds", &|t| t.not_after = time(general, "205001010000Z")),
        twin("GeneralizedTime with a year of two digits", &|t| t.not_after = time(general, "500101000000Z")),
        twin("GeneralizedTime with a year of five digits", &|t| t.not_after = time(general, "120500101000000Z")),
        twin("a leap second", &|t| t.not_before = time(utc, "161231235960Z")),
        twin("29 February 2100", &|t| t.not_after = time(general, "21000229000000Z")),
        twin("29 February 2025", &|t| t.not_before = time(utc, "250229000000Z")),
        twin("UTCTime with a year of four digits", &|t| t.not_before = time(utc, "20250101000000Z")),
        twin("a time that is a PrintableString", &|t| t.not_before = time(tag::PRINTABLE_STRING, "250101000000Z")),
        twin("a unique id of the issuer", &|t| t.before_extensions = vec![0x81, 2, 0, 1]),
        twin("a unique id of the subject", &|t| t.before_extensions = vec![0x82, 2, 0, 1]),
        twin("a field [4]", &|t| t.trailing_in_tbs = vec![0xa4, 0]),
        twin("extensions twice", &|t| t.trailing_in_tbs = vec![0xa3, 2, 0x30, 0]),
        twin("data at the end of the signed part", &|t| t.trailing_in_tbs = vec![5, 0]),
        twin("unused bits in the key", &|t| t.spki = spki(ed25519, &[&[7][..], &[0; 32]].concat())),
        twin("an empty key", &|t| t.spki = spki(ed25519, &[])),
        twin("a key of 31 octets", &|t| t.spki = spki(ed25519, &[0; 32])),
        twin("a key of 33 octets", &|t| t.spki = spki(ed25519, &[&[0][..], &[7; 33]].concat())),
        twin("a key with parameters", &|t| {
            t.spki = spki(&[0x30, 7, 6, 3, 0x2b, 0x65, 0x70, 5, 0], &[&[0][..], &[7; 32]].concat())
        }),
        twin("an RSA key without NULL", &|t| t.spki = spki(&rsa, &[0, 0x30, 6, 2, 1, 3, 2, 1, 3])),
        twin("an EC key with a curve written out", &|t| t.spki = spki(&explicit_curve, &[0, 4])),
        twin("a key that is an OCTET STRING", &|t| {
            t.spki = der(|w| {
                w.sequence(|w| end(w.raw(ed25519).primitive(tag::OCTET_STRING, &point)));
            });
        }),
        twin("Ed25519 with NULL", &|t| both(t, &[0x30, 7, 6, 3, 0x2b, 0x65, 0x70, 5, 0])),
        twin("ECDSA with NULL", &|t| both(t, &identifier(oid::ECDSA_SHA256, &[5, 0]))),
        twin("RSA without NULL", &|t| both(t, &identifier(oid::RSA_SHA256, &[]))),
        twin("RSA with two parameters", &|t| both(t, &identifier(oid::RSA_SHA256, &[5, 0, 5, 0]))),
        twin("RSA with a NULL that is not empty", &|t| both(t, &identifier(oid::RSA_SHA256, &[5, 1, 0]))),
        twin("RSASSA-PSS with defaults", &|t| both(t, &identifier(oid::RSA_PSS, &[0x30, 0]))),
        twin("an algorithm without an OID", &|t| both(t, &[0x30, 0])),
        twin("an algorithm with a padded OID", &|t| both(t, &[0x30, 6, 6, 4, 0x2b, 0x80, 0x65, 0x70])),
        twin("an algorithm in a SET", &|t| both(t, &[0x31, 5, 6, 3, 0x2b, 0x65, 0x70])),
        twin("an algorithm with a length of two octets", &|t| both(t, &[0x30, 0x81, 5, 6, 3, 0x2b, 0x65, 0x70])),
    ]
}

/// Names of issuer and subject.
fn names(key: &Key) -> Vec<Outcome> {
    let subject = |id: &str, subject: Vec<u8>| refused(id, &changed(key, |t| t.subject = subject));
    let attribute = |id: &[u8], tag: u8, text: &[u8]| {
        der(|w| {
            w.sequence(|w| end(w.oid(id).primitive(tag, text)));
        })
    };
    let set = |content: &[u8]| der(|w| end(w.primitive(tag::SEQUENCE, &der(|w| end(w.primitive(tag::SET, content))))));
    let (a, b) =
        (attribute(oid::COMMON_NAME, tag::UTF8_STRING, b"a"), attribute(&[0x55, 4, 10], tag::UTF8_STRING, b"a"));
    let empty = |critical: bool| {
        let uri = Extension { critical: critical.then_some(0xff), ..Extension::uris(&["urn:acme:ca"]) };
        small(key).with(uri).change(|t| t.subject = name("")).sign(key)
    };
    let deep = (0..10_000).fold(vec![0x30, 0], |inner: Vec<u8>, _| der(|w| end(w.primitive(tag::SEQUENCE, &inner))));
    vec![
        refused("an issuer without a name", &changed(key, |t| t.issuer = name(""))),
        subject("a subject without any name", name("")),
        refused("an empty subject whose other name is not critical", &empty(false)),
        accepted("an empty subject whose other name is critical", &empty(true)),
        subject("a part out of order", set(&[&b[..], &a].concat())),
        subject("a part with an attribute twice", set(&[&a[..], &a].concat())),
        subject("a part without an attribute", set(&[])),
        subject("a part that is a SEQUENCE", vec![0x30, 2, 0x30, 0]),
        subject("a name that is a SET", vec![0x31, 0]),
        subject("an attribute without a value", set(&[0x30, 5, 6, 3, 0x55, 4, 3])),
        subject("an attribute with two values", set(&[0x30, 11, 6, 3, 0x55, 4, 3, 0x0c, 1, b'a', 0x0c, 1, b'b'])),
        subject("a value that is a SEQUENCE", set(&[0x30, 7, 6, 3, 0x55, 4, 3, 0x30, 0])),
        subject("a value that is a NULL", set(&[0x30, 7, 6, 3, 0x55, 4, 3, 5, 0])),
        subject("a value that is an OCTET STRING", set(&attribute(oid::COMMON_NAME, tag::OCTET_STRING, b"a"))),
        subject("a value that is a GeneralString", set(&attribute(oid::COMMON_NAME, 0x1b, b"a"))),
        subject("a constructed UTF8String", set(&[0x30, 10, 6, 3, 0x55, 4, 3, 0x2c, 3, 0x0c, 1, b'a'])),
        subject("SEQUENCEs 10,000 deep", deep),
    ]
}

/// One alternative name as it stands.
fn one_name(tag: u8, content: &[u8]) -> Extension {
    let value = der(|w| {
        w.sequence(|w| end(w.primitive(tag, content)));
    });
    Extension::new(oid::SUBJECT_ALT_NAME, false, value)
}

fn extensions(key: &Key) -> Vec<Outcome> {
    let with = |id: &str, extension: Extension| refused(id, &small(key).with(extension).sign(key));
    let value =
        |id: &str, of: Oid, critical: bool, value: &[u8]| with(id, Extension::new(of, critical, value.to_vec()));
    let raw = |id: &str, list: Option<Vec<Extension>>| refused(id, &changed(key, |t| t.extensions = list.clone()));
    let unknown = |critical: Option<u8>| Extension { oid: UNKNOWN.to_vec(), critical, value: vec![5, 0] };
    let odd = |oid: Vec<u8>| Extension { oid, critical: None, value: vec![5, 0] };
    let criticality = |id: &str, of: Oid| {
        let mut template = full(key);
        for extension in template.extensions.iter_mut().flatten().filter(|extension| extension.oid == of) {
            extension.critical = extension.critical.map_or(Some(0xff), |_| None);
        }
        refused(id, &template.sign(key))
    };
    let tree = |permitted: &[GeneralName<'_>]| Extension::name_constraints(permitted, &[]);
    let subtree = |id: &str, content: &[u8]| {
        let list = der(|w| {
            w.constructed(0xa0, |w| end(w.primitive(tag::SEQUENCE, content)));
        });
        value(id, oid::NAME_CONSTRAINTS, true, &der(|w| end(w.primitive(tag::SEQUENCE, &list))))
    };
    let not_a_ca = small(key).with(Extension::basic_constraints(false, None)).with(Extension::key_usage(0x80));
    let mut outcomes = vec![
        raw("an empty list of extensions", Some(Vec::new())),
        raw("an unknown extension twice", Some(vec![unknown(None), unknown(None)])),
        raw("an unknown extension twice, critical once", Some(vec![unknown(None), unknown(Some(0xff))])),
        raw("keyUsage twice", Some(vec![Extension::key_usage(0x06), Extension::key_usage(0x86)])),
        raw("critical FALSE written out", Some(vec![unknown(Some(0))])),
        raw("critical as 01", Some(vec![unknown(Some(1))])),
        raw("an OID with a padded arc", Some(vec![odd(vec![0x2a, 0x80, 1])])),
        raw("an OID that begins with a padded arc", Some(vec![odd(vec![0x80, 0x2a])])),
        raw("an OID that does not end", Some(vec![odd(vec![0x2a, 0x81])])),
        raw("an OID of nothing", Some(vec![odd(Vec::new())])),
        refused("nameConstraints of an end entity", &not_a_ca.with(tree(&[GeneralName::Dns("a")])).sign(key)),
    ];
    outcomes.extend([
        criticality("a critical subjectKeyIdentifier", oid::SUBJECT_KEY_IDENTIFIER),
        criticality("a critical authorityKeyIdentifier", oid::AUTHORITY_KEY_IDENTIFIER),
        criticality("a critical authorityInfoAccess", oid::AUTHORITY_INFORMATION_ACCESS),
        criticality("a critical subjectInfoAccess", oid::SUBJECT_INFORMATION_ACCESS),
        criticality("a critical freshestCRL", oid::FRESHEST_CRL),
        criticality("nameConstraints that is not critical", oid::NAME_CONSTRAINTS),
        criticality("inhibitAnyPolicy that is not critical", oid::INHIBIT_ANY_POLICY),
    ]);
    let usage = oid::KEY_USAGE;
    outcomes.extend([
        value("keyUsage of no bit", usage, true, &[3, 1, 0]),
        value("keyUsage of nothing", usage, true, &[3, 0]),
        value("keyUsage of a zero octet", usage, true, &[3, 2, 0, 0]),
        value("keyUsage with trailing zero bits", usage, true, &[3, 2, 0, 0x06]),
        value("keyUsage with a one among unused bits", usage, true, &[3, 2, 2, 0x06]),
        value("keyUsage with eight unused bits", usage, true, &[3, 2, 8, 0x80]),
        value("keyUsage with a trailing zero octet", usage, true, &[3, 3, 7, 0x06, 0]),
        value("keyUsage of a bit without a name", usage, true, &[3, 3, 6, 0x06, 0x40]),
        value("keyUsage of three octets", usage, true, &[3, 4, 7, 0x06, 0x80, 0x80]),
        value("keyUsage that is an INTEGER", usage, true, &[2, 1, 6]),
    ]);
    let basic = oid::BASIC_CONSTRAINTS;
    outcomes.extend([
        value("a path length without cA", basic, true, &[0x30, 3, 2, 1, 0]),
        value("cA FALSE written out", basic, true, &[0x30, 3, 1, 1, 0]),
        value("cA as 01", basic, true, &[0x30, 3, 1, 1, 1]),
        value("cA twice", basic, true, &[0x30, 6, 1, 1, 0xff, 1, 1, 0xff]),
        value("cA after the path length", basic, true, &[0x30, 6, 2, 1, 0, 1, 1, 0xff]),
        value("a path length of -1", basic, true, &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff]),
        value("a path length of 256", basic, true, &[0x30, 7, 1, 1, 0xff, 2, 2, 1, 0]),
        value("a path length of 2^64", basic, true, &[0x30, 14, 1, 1, 0xff, 2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        value("a path length with a needless zero", basic, true, &[0x30, 7, 1, 1, 0xff, 2, 2, 0, 1]),
        value("basicConstraints that is no DER", basic, true, b"CA:TRUE"),
    ]);
    let both = |tag: u8| move |content: &[u8]| one_name(tag, content);
    let (email, dns, uri, ip) = (both(0x81), both(0x82), both(0x86), both(0x87));
    outcomes.extend([
        value("subjectAltName of no name", oid::SUBJECT_ALT_NAME, false, &[0x30, 0]),
        value("subjectAltName of text", oid::SUBJECT_ALT_NAME, false, b"DNS:acme.example"),
        with("an empty dNSName", dns(b"")),
        with("a dNSName with a NUL", dns(b"acme.example\0.evil.example")),
        with("a dNSName that is not ASCII", dns("b\u{fc}cher.example".as_bytes())),
        with("a dNSName with a line feed", dns(b"acme\n.example")),
        with("a constructed dNSName", one_name(0xa2, &[0x16, 1, b'a'])),
        with("an empty rfc822Name", email(b"")),
        with("an rfc822Name that is not ASCII", email("ann@b\u{fc}cher.example".as_bytes())),
        with("an empty URI", uri(b"")),
        with("a URI with a NUL", uri(b"https://acme.example/\0")),
        with("an iPAddress of nothing", ip(&[])),
        with("an iPAddress of 3 octets", ip(&[1; 3])),
        with("an iPAddress of 5 octets", ip(&[1; 5])),
        with("an iPAddress of 8 octets", ip(&[1; 8])),
        with("an iPAddress of 32 octets", ip(&[1; 32])),
        with("a directoryName that is IMPLICIT", one_name(0xa4, &[0x31, 0])),
        with("a directoryName and another", one_name(0xa4, &[0x30, 0, 0x30, 0])),
        with("an otherName without a value", one_name(0xa0, &[6, 1, 0x2a])),
        with("an otherName with two values", one_name(0xa0, &[6, 1, 0x2a, 0xa0, 4, 5, 0, 5, 0])),
        with("an x400Address", one_name(0xa3, &[0x30, 0])),
        with("an ediPartyName", one_name(0xa5, &[0xa1, 3, 0x0c, 1, b'a'])),
        with("a registeredID with a padded arc", one_name(0x88, &[0x2a, 0x80, 1])),
        with("a name of a form that is not there", one_name(0x89, b"a")),
        with("a name with a universal tag", one_name(tag::IA5_STRING, b"a")),
    ]);
    outcomes.extend([
        value("nameConstraints of nothing", oid::NAME_CONSTRAINTS, true, &[0x30, 0]),
        value("nameConstraints of an empty list", oid::NAME_CONSTRAINTS, true, &[0x30, 2, 0xa0, 0]),
        value("nameConstraints of a NULL", oid::NAME_CONSTRAINTS, true, &[0x30, 2, 5, 0]),
        subtree("a minimum of 0 written out", &[0x82, 1, b'a', 0x80, 1, 0]),
        subtree("a minimum of 1", &[0x82, 1, b'a', 0x80, 1, 1]),
        subtree("a maximum", &[0x82, 1, b'a', 0x81, 1, 1]),
        subtree("a subtree without a base", &[]),
        with("a dNSName base with a dot before it", tree(&[GeneralName::Dns(".acme.example")])),
        with("a dNSName base with a dot behind it", tree(&[GeneralName::Dns("acme.example.")])),
        with("a dNSName base with a wildcard", tree(&[GeneralName::Dns("*.acme.example")])),
        with("an rfc822Name base with two @", tree(&[GeneralName::Email("a@b@acme.example")])),
        with("a URI base with a scheme", tree(&[GeneralName::Uri("https://acme.example")])),
        with("an iPAddress base without a mask", tree(&[GeneralName::Ip(&[10, 0, 0, 0])])),
        with("an iPAddress base of 16 octets", tree(&[GeneralName::Ip(&[0; 16])])),
        with("an iPAddress base with a mask of holes", tree(&[GeneralName::Ip(&[10, 0, 0, 0, 255, 0, 255, 0])])),
    ]);
    let (policies, mappings) = (oid::CERTIFICATE_POLICIES, oid::POLICY_MAPPINGS);
    let (key_id, points) = (oid::AUTHORITY_KEY_IDENTIFIER, oid::CRL_DISTRIBUTION_POINTS);
    let usages = oid::EXTENDED_KEY_USAGE;
    outcomes.extend([
        value("extKeyUsage of no usage", usages, false, &[0x30, 0]),
        value("extKeyUsage of a usage twice", usages, false, &[0x30, 6, 6, 1, 0x2a, 6, 1, 0x2a]),
        value("certificatePolicies of no policy", policies, false, &[0x30, 0]),
        value("a policy twice", policies, false, &[0x30, 10, 0x30, 3, 6, 1, 0x2a, 0x30, 3, 6, 1, 0x2a]),
        value("a policy with an empty list of qualifiers", policies, false, &[0x30, 7, 0x30, 5, 6, 1, 0x2a, 0x30, 0]),
        value("policyMappings of no pair", mappings, true, &[0x30, 0]),
        value("anyPolicy mapped", mappings, true, &[0x30, 11, 0x30, 9, 6, 4, 0x55, 0x1d, 0x20, 0, 6, 1, 0x2a]),
        value("mapped to anyPolicy", mappings, true, &[0x30, 11, 0x30, 9, 6, 1, 0x2a, 6, 4, 0x55, 0x1d, 0x20, 0]),
        value("policyConstraints of nothing", oid::POLICY_CONSTRAINTS, true, &[0x30, 0]),
        value("policyConstraints of -1", oid::POLICY_CONSTRAINTS, true, &[0x30, 3, 0x80, 1, 0xff]),
        value("policyConstraints out of order", oid::POLICY_CONSTRAINTS, true, &[0x30, 6, 0x81, 1, 0, 0x80, 1, 0]),
        value("inhibitAnyPolicy of -1", oid::INHIBIT_ANY_POLICY, true, &[2, 1, 0xff]),
        value("an empty subjectKeyIdentifier", oid::SUBJECT_KEY_IDENTIFIER, false, &[4, 0]),
        value("an empty key id of the authority", key_id, false, &[0x30, 2, 0x80, 0]),
        value("authorityCertIssuer alone", key_id, false, &[0x30, 5, 0xa1, 3, 0x86, 1, b'u']),
        value("authorityCertSerialNumber alone", key_id, false, &[0x30, 3, 0x82, 1, 5]),
        value("cRLDistributionPoints of no point", points, false, &[0x30, 0]),
        value("a distribution point of reasons alone", points, false, &[0x30, 6, 0x30, 4, 0x81, 2, 1, 6]),
        value("a distribution point of nothing", points, false, &[0x30, 2, 0x30, 0]),
        // RUSTSEC-2026-0104: reasons without a bit.
        value("reasons of nothing", points, false, &[0x30, 9, 0x30, 7, 0x81, 0, 0xa2, 3, 0x86, 1, b'u']),
        value("reasons of no bit", points, false, &[0x30, 10, 0x30, 8, 0x81, 1, 0, 0xa2, 3, 0x86, 1, b'u']),
        value(
            "reasons with trailing zero bits",
            points,
            false,
            &[0x30, 11, 0x30, 9, 0x81, 2, 0, 6, 0xa2, 3, 0x86, 1, b'u'],
        ),
        value("authorityInfoAccess of nothing", oid::AUTHORITY_INFORMATION_ACCESS, false, &[0x30, 0]),
        value("authorityInfoAccess of text", oid::AUTHORITY_INFORMATION_ACCESS, false, b"OCSP;URI:a"),
        value("a parent of 31 octets", oid::PARENT, true, &[&[4, 31][..], &[7; 31]].concat()),
        value("a model hash of 33 octets", oid::MODEL_HASH, false, &[&[4, 33][..], &[7; 33]].concat()),
        value("a namespace of nothing", oid::NAMESPACE, true, &[0x30, 0]),
    ]);
    outcomes
}

/// One more than may be.
fn bounds(key: &Key) -> Vec<Outcome> {
    let with = |of: Oid, critical: bool, one: &[u8], count: usize| {
        let value = der(|w| end(w.primitive(tag::SEQUENCE, &one.repeat(count))));
        small(key).with(Extension::new(of, critical, value)).sign(key)
    };
    let extensions = |count: u8| {
        let list = (0..count).map(|n| Extension { oid: vec![0x2a, n], critical: None, value: vec![5, 0] }).collect();
        changed(key, |t| t.extensions = Some(list))
    };
    let usages = |count: u8| {
        let list: Vec<u8> = (0..count).flat_map(|n| [6, 2, 0x2a, n]).collect();
        with(oid::EXTENDED_KEY_USAGE, false, &list, 1)
    };
    let policies = |count: u8| {
        let list: Vec<u8> = (0..count).flat_map(|n| [0x30, 4, 6, 2, 0x2a, n]).collect();
        with(oid::CERTIFICATE_POLICIES, false, &list, 1)
    };
    let subtrees = |count: usize| {
        let list = [0x30, 3, 0x82, 1, b'a'].repeat(count);
        with(oid::NAME_CONSTRAINTS, true, &der(|w| end(w.primitive(0xa1, &list))), 1)
    };
    let parts = |count: usize| {
        let one = name("a").split_off(2);
        changed(key, |t| t.subject = der(|w| end(w.primitive(tag::SEQUENCE, &one.repeat(count)))))
    };
    let attributes = |count: u8| {
        let set: Vec<u8> = (0..count).flat_map(|n| [0x30, 7, 6, 2, 0x55, n, 0x0c, 1, b'a']).collect();
        changed(key, |t| {
            t.subject = der(|w| {
                w.sequence(|w| end(w.primitive(tag::SET, &set)));
            })
        })
    };
    let sized = |octets: usize| {
        let filled = |length: usize| {
            let other = Extension { oid: UNKNOWN.to_vec(), critical: None, value: vec![0; length] };
            small(key).with(other).sign(key)
        };
        let more = octets - filled(60_000).len();
        filled(60_000 + more)
    };
    let point: &[u8] = &[0x30, 7, 0xa0, 5, 0xa0, 3, 0x86, 1, b'u'];
    let (points, access) = (oid::CRL_DISTRIBUTION_POINTS, oid::AUTHORITY_INFORMATION_ACCESS);
    let pair: &[u8] = &[0x30, 6, 6, 1, 0x2a, 6, 1, 0x2b];
    let description: &[u8] = &[0x30, 6, 6, 1, 0x2a, 0x86, 1, b'u'];
    let mut outcomes = Vec::new();
    for (what, most, more) in [
        ("65,536 octets", sized(65_536), sized(65_537)),
        ("32 extensions", extensions(32), extensions(33)),
        ("32 extended key usages", usages(32), usages(33)),
        ("64 policies", policies(64), policies(65)),
        ("64 mappings", with(oid::POLICY_MAPPINGS, true, pair, 64), with(oid::POLICY_MAPPINGS, true, pair, 65)),
        (
            "1,024 names",
            with(oid::SUBJECT_ALT_NAME, false, &[0x82, 1, b'a'], 1_024),
            with(oid::SUBJECT_ALT_NAME, false, &[0x82, 1, b'a'], 1_025),
        ),
        ("1,024 subtrees", subtrees(1_024), subtrees(1_025)),
        ("64 parts of a name", parts(64), parts(65)),
        ("8 attributes in a part", attributes(8), attributes(9)),
        ("64 distribution points", with(points, false, point, 64), with(points, false, point, 65)),
        ("64 access descriptions", with(access, false, description, 64), with(access, false, description, 65)),
    ] {
        outcomes.push(accepted(what, &most));
        outcomes.push(refused(format!("one more than {what}"), &more));
    }
    outcomes
}

/// What is DER and RFC 5280, however rare.
fn legal(key: &Key) -> Vec<Outcome> {
    let twin = |id: &str, change: &dyn Fn(&mut Template)| accepted(id, &changed(key, change));
    let with = |id: &str, extension: Extension| accepted(id, &small(key).with(extension).sign(key));
    let value =
        |id: &str, of: Oid, critical: bool, value: &[u8]| with(id, Extension::new(of, critical, value.to_vec()));
    let time = |tag: u8, text: &str| der(|w| end(w.primitive(tag, text.as_bytes())));
    let (utc, general) = (tag::UTC_TIME, tag::GENERALIZED_TIME);
    let unknown = |oid: Vec<u8>, critical: Option<u8>, value: Vec<u8>| Extension { oid, critical, value };
    let deep = (0..5_000).fold(vec![5, 0], |inner: Vec<u8>, _| der(|w| end(w.primitive(tag::SEQUENCE, &inner))));
    let uuid = [&[0x69][..], &[0x83], &[0xff; 17], &[0x7f]].concat();
    let mut reversed = full(key);
    reversed.extensions.iter_mut().for_each(|list| list.reverse());
    vec![
        accepted("the small certificate", &small(key).sign(key)),
        accepted("extensions in another order", &reversed.sign(key)),
        twin("no extensions", &|t| t.extensions = None),
        twin("serial number 1", &|t| t.serial = vec![1]),
        twin("a serial number of 20 octets", &|t| t.serial = vec![0x7f; 20]),
        twin("a serial number with a needed zero", &|t| t.serial = vec![0, 0x80]),
        twin("UTCTime in 1950", &|t| t.not_before = time(utc, "500101000000Z")),
        twin("UTCTime in 2049", &|t| t.not_after = time(utc, "491231235959Z")),
        twin("GeneralizedTime in 2050", &|t| t.not_after = time(general, "20500101000000Z")),
        twin("29 February 2000", &|t| t.not_before = time(utc, "000229000000Z")),
        twin("no end (RFC 5280 §4.1.2.5)", &|t| t.not_after = time(general, "99991231235959Z")),
        twin("a name of 200 characters", &|t| t.subject = name(&"a".repeat(200))),
        twin("another issuer", &|t| t.issuer = name("Other")),
        with("an unknown critical extension", unknown(UNKNOWN.to_vec(), Some(0xff), vec![5, 0])),
        with("an unknown extension of nothing", unknown(UNKNOWN.to_vec(), None, Vec::new())),
        with("an unknown extension that is no DER", unknown(UNKNOWN.to_vec(), None, b"text".to_vec())),
        with("an unknown extension of SEQUENCEs 5,000 deep", unknown(UNKNOWN.to_vec(), None, deep)),
        with("an OID with an arc of 128 bits", unknown(uuid, None, vec![5, 0])),
        with("an OID of 1,000 octets", unknown([&[0x2a][..], &[0xff; 998], &[0x7f]].concat(), None, vec![5, 0])),
        value("keyUsage of nine bits", oid::KEY_USAGE, true, &[3, 3, 7, 0x06, 0x80]),
        value("keyUsage that is not critical", oid::KEY_USAGE, false, &[3, 2, 1, 0x06]),
        value("no basic constraint", oid::BASIC_CONSTRAINTS, true, &[0x30, 0]),
        value("a path length of 255", oid::BASIC_CONSTRAINTS, true, &[0x30, 7, 1, 1, 0xff, 2, 2, 0, 0xff]),
        value("an empty authorityKeyIdentifier", oid::AUTHORITY_KEY_IDENTIFIER, false, &[0x30, 0]),
        value("policyConstraints of one number", oid::POLICY_CONSTRAINTS, true, &[0x30, 3, 0x81, 1, 0]),
        value(
            "an unknown qualifier",
            oid::CERTIFICATE_POLICIES,
            false,
            &[0x30, 14, 0x30, 12, 6, 1, 0x2a, 0x30, 7, 0x30, 5, 6, 1, 0x2a, 5, 0],
        ),
        with("a wildcard", one_name(0x82, b"*.acme.example")),
        with("an iPAddress of 16 octets", one_name(0x87, &[0; 16])),
        with("a URI that is a URN", one_name(0x86, b"urn:acme:bot")),
        with("a registeredID", one_name(0x88, &[0x2a, 3])),
        with(
            "subtrees of every name",
            Extension::name_constraints(
                &[GeneralName::Dns("")],
                &[
                    GeneralName::Ip(&[0; 8]),
                    GeneralName::Ip(&[0; 32]),
                    GeneralName::Email(""),
                    GeneralName::Directory(&[0x30, 0]),
                ],
            ),
        ),
        accepted("critical extensions of policies", &full(key).sign(key)),
    ]
}
