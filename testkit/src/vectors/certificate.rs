//! One certificate at a time: an agent's, and twins that are not DER, not RFC 5280, or not ours.

use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;

use super::{Case, case};
use crate::certificate::{Extension, GeneralName, Template, name};
use crate::key::Key;

const MALFORMED: &str = "KKN-E101";

/// A scope that allows `charge` up to 500 EUR; its DER.
pub(crate) fn scope() -> Vec<u8> {
    compiled(CHARGE)
}

pub(crate) const CHARGE: &str = "[[grant]]\naction = \"charge\"\n[grant.params]\namount = { max = 500, money = \"currency\" }\ncurrency = \"EUR\"\n";

pub(crate) fn compiled(toml: &str) -> Vec<u8> {
    use kakunin_core::scope::authoring::{Format, compile};
    compile(toml, Format::Toml).expect("a scope of this file").encode()
}

fn agent(key: &Key) -> Template {
    Template::agent("Acme CA", "urn:acme:bot", key, scope()).issued_by(&Key::ed25519("tenant"))
}

fn raw_time(tag: u8, text: &str) -> Vec<u8> {
    Writer::new().primitive(tag, text.as_bytes()).clone().into_bytes()
}

fn one_uri(form: u8, content: &[u8]) -> Vec<u8> {
    let mut der = Writer::new();
    der.sequence(|names| {
        names.primitive(form, content);
    });
    der.into_bytes()
}

pub(crate) fn cases() -> Vec<Case> {
    let key = Key::ed25519("agent");
    let issuer = Key::ed25519("tenant");
    let der = |template: Template| template.sign(&issuer);
    let twin = |name: &str, change: &dyn Fn(&mut Template)| {
        let template = agent(&key).change(|template| change(template));
        case(name).bytes("der", &template.sign(&issuer)).refused(MALFORMED)
    };
    let with = |name: &str, extension: Extension| {
        case(name).bytes("der", &der(agent(&key).with(extension))).refused(MALFORMED)
    };
    let good = der(agent(&key));
    let mut cases = vec![
        case("an agent's certificate").bytes("der", &good).accepted(),
        case("a delegating agent's certificate")
            .bytes("der", &der(Template::delegating_agent("Acme CA", "urn:acme:bot", &key, scope(), 2)))
            .accepted(),
        case("a tenant's certificate")
            .bytes("der", &der(Template::tenant("Root", "Acme CA", &issuer, &["urn:acme:"])))
            .accepted(),
        twin("a byte after the certificate", &|t| t.trailing_after = vec![0]),
        twin("data after the signature", &|t| t.trailing_inside = vec![5, 0]),
        twin("data at the end of the signed part", &|t| t.trailing_in_tbs = vec![5, 0]),
        twin("version 1 with extensions", &|t| t.version = None),
        twin("version 1 written out", &|t| t.version = Some(0)),
        twin("version 2", &|t| t.version = Some(1)),
        twin("version 4", &|t| t.version = Some(3)),
        twin("a negative serial number", &|t| t.serial = vec![0x80, 1, 2, 3, 4, 5, 6, 7, 8]),
        twin("serial number zero", &|t| t.serial = vec![0]),
        twin("a serial number of 21 octets", &|t| t.serial = vec![0x41; 21]),
        twin("a serial number with a needless zero", &|t| t.serial = vec![0, 0x41, 1, 1, 1, 1, 1, 1, 1]),
        twin("an empty serial number", &|t| t.serial = Vec::new()),
        twin("a time without seconds", &|t| t.not_before = raw_time(tag::UTC_TIME, "2605010000Z")),
        twin("a time with an offset", &|t| t.not_before = raw_time(tag::UTC_TIME, "260501000000+0100")),
        twin("a time with a fraction", &|t| t.not_after = raw_time(tag::GENERALIZED_TIME, "20500101000000.5Z")),
        twin("month 13", &|t| t.not_before = raw_time(tag::UTC_TIME, "251301000000Z")),
        twin("30 February", &|t| t.not_before = raw_time(tag::UTC_TIME, "260230000000Z")),
        twin("second 60", &|t| t.not_before = raw_time(tag::UTC_TIME, "260101000060Z")),
        twin("GeneralizedTime before 2050", &|t| t.not_after = raw_time(tag::GENERALIZED_TIME, "20260701000000Z")),
        twin("an empty list of extensions", &|t| t.extensions = Some(Vec::new())),
        twin("an extension twice", &|t| {
            let twice = Extension::subject_key_id(&[7; 20]);
            t.extensions.get_or_insert_default().push(twice);
        }),
        twin("an unknown extension twice", &|t| {
            let unknown = Extension::new(&[0x2a, 0x03, 0x04], false, vec![5, 0]);
            t.extensions.get_or_insert_default().extend([unknown.clone(), unknown]);
        }),
        twin("critical FALSE written out", &|t| {
            t.extensions
                .get_or_insert_default()
                .iter_mut()
                .filter(|e| e.oid == oid::EXTENDED_KEY_USAGE)
                .for_each(|e| e.critical = Some(0));
        }),
        twin("critical as 01", &|t| {
            t.extensions
                .get_or_insert_default()
                .iter_mut()
                .filter(|e| e.oid == oid::KEY_USAGE)
                .for_each(|e| e.critical = Some(1));
        }),
        twin("another algorithm inside than outside", &|t| {
            t.inner_algorithm = Some(kakunin_core::crypto::SignatureAlgorithm::EcdsaSha256.to_der())
        }),
        twin("unused bits in the signature", &|t| t.signature_unused_bits = 1),
        twin("a unique id of the issuer", &|t| t.before_extensions = vec![0x81, 2, 0, 1]),
        twin("an OID with a padded arc", &|t| {
            t.extensions.get_or_insert_default().push(Extension {
                oid: vec![0x2a, 0x80, 0x01],
                critical: None,
                value: vec![5, 0],
            })
        }),
        twin("an issuer without a name", &|t| t.issuer = name("")),
        with(
            "a basicConstraints with a path length and no CA",
            Extension::new(oid::BASIC_CONSTRAINTS, true, vec![0x30, 3, 2, 1, 0]),
        ),
        with(
            "a basicConstraints with cA FALSE written out",
            Extension::new(oid::BASIC_CONSTRAINTS, true, vec![0x30, 3, 1, 1, 0]),
        ),
        with(
            "a basicConstraints with a byte behind it",
            Extension::new(oid::BASIC_CONSTRAINTS, true, vec![0x30, 0, 0]),
        ),
        with(
            "a negative path length",
            Extension::new(oid::BASIC_CONSTRAINTS, true, vec![0x30, 6, 1, 1, 0xff, 2, 1, 0xff]),
        ),
        with("a key usage without a bit", Extension::new(oid::KEY_USAGE, true, vec![3, 2, 7, 0])),
        with("a key usage with trailing zero bits", Extension::new(oid::KEY_USAGE, true, vec![3, 2, 0, 0x80])),
        with("an empty extended key usage", Extension::extended_key_usage(&[])),
        with("an empty alternative name", Extension::new(oid::SUBJECT_ALT_NAME, false, vec![0x30, 0])),
        with(
            "a URI that is not ASCII",
            Extension::new(oid::SUBJECT_ALT_NAME, false, one_uri(tag::context(6), "urn:é:x".as_bytes())),
        ),
        with("a NUL in a DNS name", Extension::alternative_names(&[GeneralName::Dns("acme.example\0")])),
        with("an address of 5 octets", Extension::alternative_names(&[GeneralName::Ip(&[10, 0, 0, 0, 1])])),
        with("name constraints without cA", Extension::name_constraints(&[GeneralName::Dns("acme.example")], &[])),
        with(
            "a policy twice",
            Extension::new(oid::CERTIFICATE_POLICIES, false, vec![0x30, 10, 0x30, 3, 6, 1, 0x2a, 0x30, 3, 6, 1, 0x2a]),
        ),
        with(
            "anyPolicy mapped",
            Extension::new(oid::POLICY_MAPPINGS, true, vec![0x30, 11, 0x30, 9, 6, 4, 0x55, 0x1d, 0x20, 0, 6, 1, 0x2a]),
        ),
        with("policy constraints of nothing", Extension::new(oid::POLICY_CONSTRAINTS, true, vec![0x30, 0])),
        with(
            "a distribution point whose reasons have no bit",
            Extension::new(
                oid::CRL_DISTRIBUTION_POINTS,
                false,
                vec![0x30, 10, 0x30, 8, 0x81, 1, 0, 0xa2, 3, 0x86, 1, b'u'],
            ),
        ),
        with("a namespace without a prefix", Extension::namespace(&[])),
        with("a namespace of 17 prefixes", Extension::namespace(&["urn:acme:"; 17])),
        with(
            "a parent of 31 octets",
            Extension::new(
                oid::PARENT,
                true,
                Writer::new().primitive(tag::OCTET_STRING, &[7; 31]).clone().into_bytes(),
            ),
        ),
        with(
            "a model hash of 33 octets",
            Extension::new(
                oid::MODEL_HASH,
                false,
                Writer::new().primitive(tag::OCTET_STRING, &[7; 33]).clone().into_bytes(),
            ),
        ),
        with("a development mark with content", Extension::new(oid::DEVELOPMENT, false, vec![5, 1, 0])),
    ];
    for length in [0, 1, 5, good.len() / 2, good.len() - 1] {
        cases.push(
            case(format!("the first {length} bytes of a certificate"))
                .bytes("der", good.get(..length).unwrap_or_default())
                .refused(MALFORMED),
        );
    }
    let mut indefinite = good.clone();
    if let Some(second) = indefinite.get_mut(1) {
        *second = 0x80;
    }
    cases.push(case("an indefinite length").bytes("der", &indefinite).refused(MALFORMED));
    let mut dsa = Template::agent("Acme CA", "urn:acme:bot", &key, scope());
    dsa.spki = vec![0x30, 0x0e, 0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01, 0x03, 0x01, 0x00];
    cases.push(case("a DSA key").bytes("der", &dsa.sign(&issuer)).refused("KKN-E307"));
    cases
}
