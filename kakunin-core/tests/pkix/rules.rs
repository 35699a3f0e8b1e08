//! For every rule a path that differs from a valid one in one fact.

use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;
use kakunin_core::error::Code;
use kakunin_core::path::pkix::{AnchorUse, Conformance, Options, RULES};
use kakunin_testkit::certificate::{Extension, Template, name, time};
use kakunin_testkit::key::Key;

use crate::world::{World, again, change, set, unset};

use Code::{
    AlgorithmNotAllowed as E307, CertificateExpired as E103, CertificateMalformed as E101,
    CertificateNotYetValid as E104, CertificateUsageInvalid as E105, ChainUntrusted as E102,
};

/// The rule's row, the change, the code, the rule that is named, the depth.
type Row = (&'static str, fn(&mut World), Code, &'static str, Option<u8>);

const TWINS: &[Row] = &[
    ("subject-empty", |w| nameless(&mut w.leaf), E101, "subject-empty", Some(0)),
    (
        "not-critical",
        |w| change(&mut w.ca, oid::BASIC_CONSTRAINTS, |extension| extension.critical = None),
        E101,
        "not-critical",
        Some(1),
    ),
    // Alike but for a sign: the search takes it up, the rule does not.
    ("issuer-name", |w| w.leaf.issuer = name("C+A"), E102, "issuer-name", Some(0)),
    ("key-identifier", |w| set(&mut w.leaf, Extension::authority_key_id(&[1; 20])), E102, "key-identifier", Some(0)),
    (
        "loop",
        |w| (w.leaf, w.leaf_signer) = (again(w.root.clone()).issued_by(&w.root_key), Some(root_key())),
        E102,
        "loop",
        Some(1),
    ),
    ("path-certificates", roll_over, E102, "path-certificates", Some(32)),
    ("max-depth", |w| w.options.max_depth = 0, E102, "max-depth", Some(1)),
    ("path-length", |w| set(&mut w.root, Extension::basic_constraints(true, Some(0))), E102, "path-length", Some(2)),
    ("signature", |w| w.leaf.break_signature = true, E102, "signature", Some(0)),
    ("signature", |w| w.ca.break_signature = true, E102, "signature", Some(1)),
    ("name-constraints", |w| set(&mut w.root, permitted("Nobody")), E102, "name-constraints", Some(1)),
    ("name-constraints", |w| set(&mut w.ca, permitted("CA")), E102, "name-constraints", Some(0)),
    ("explicit-policy", |w| w.options.policies.explicit_policy = true, E102, "explicit-policy", Some(1)),
    ("valid-policy", |w| another_policy(w), E102, "valid-policy", Some(0)),
    ("not-after", |w| w.leaf.not_after = time(-1), E103, "not-after", Some(0)),
    ("not-after", |w| w.ca.not_after = time(-1), E103, "not-after", Some(1)),
    ("not-after", |w| w.root.not_after = time(-1), E103, "not-after", Some(2)),
    ("not-before", |w| w.leaf.not_before = time(1), E104, "not-before", Some(0)),
    ("not-before", |w| w.ca.not_before = time(1), E104, "not-before", Some(1)),
    ("not-before", |w| w.root.not_before = time(1), E104, "not-before", Some(2)),
    ("certificate-authority", |w| no_authority(&mut w.ca), E105, "certificate-authority", Some(1)),
    ("certificate-authority", |w| no_authority(&mut w.root), E105, "certificate-authority", Some(2)),
    ("certificate-sign", |w| set(&mut w.ca, Extension::key_usage(0x02)), E105, "certificate-sign", Some(1)),
    ("certificate-sign", |w| set(&mut w.root, Extension::key_usage(0x82)), E105, "certificate-sign", Some(2)),
    (
        "certificate-sign-misplaced",
        |w| set(&mut w.leaf, Extension::key_usage(0x84)),
        E105,
        "certificate-sign-misplaced",
        Some(0),
    ),
    (
        "path-length-misplaced",
        |w| set(&mut w.leaf, Extension::basic_constraints(true, Some(0))),
        E105,
        "path-length-misplaced",
        Some(0),
    ),
    (
        "subject-key-identifier",
        |w| unset(&mut w.ca, oid::SUBJECT_KEY_IDENTIFIER),
        E105,
        "subject-key-identifier",
        Some(1),
    ),
    (
        "authority-key-identifier",
        |w| unset(&mut w.leaf, oid::AUTHORITY_KEY_IDENTIFIER),
        E105,
        "authority-key-identifier",
        Some(0),
    ),
    (
        "anchor-key-identifier",
        |w| set(&mut w.root, Extension::authority_key_id(&[1; 20])),
        E105,
        "anchor-key-identifier",
        Some(2),
    ),
    (
        "purpose",
        |w| {
            w.options.purpose = Some(oid::KP_SERVER_AUTH.into());
            set(&mut w.leaf, Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH]));
        },
        E105,
        "purpose",
        Some(0),
    ),
    (
        "purpose",
        |w| {
            w.options.purpose = Some(oid::KP_SERVER_AUTH.into());
            set(&mut w.ca, Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH]));
        },
        E105,
        "purpose",
        Some(1),
    ),
    ("critical-extension", |w| set(&mut w.leaf, unknown(true)), E105, "critical-extension", Some(0)),
    ("critical-extension", |w| set(&mut w.ca, unknown(true)), E105, "critical-extension", Some(1)),
    ("critical-extension", |w| set(&mut w.root, unknown(true)), E105, "critical-extension", Some(2)),
    ("critical-extension", |w| set(&mut w.leaf, qualified(true)), E105, "critical-extension", Some(0)),
    ("signature-algorithm", |w| claim_ecdsa(&mut w.leaf), E307, "key-algorithm-mismatch", Some(0)),
    ("rsa-size", |w| w.leaf.spki = rsa(0x0f), E307, "rsa-size", Some(0)),
    ("public-key", |w| w.leaf.spki = x25519(), E307, "key-algorithm", Some(0)),
];

/// As good as the valid path: the facts next to those that refuse.
const FINE: &[fn(&mut World)] = &[
    |_| {},
    |w| w.leaf.issuer = name(" ca "),
    |w| w.options.max_depth = 1,
    |w| set(&mut w.root, Extension::basic_constraints(true, Some(1))),
    |w| set(&mut w.ca, Extension::basic_constraints(true, Some(0))),
    |w| w.leaf.not_after = time(0),
    |w| w.leaf.not_before = time(0),
    |w| unset(&mut w.ca, oid::KEY_USAGE),
    |w| unset(&mut w.leaf, oid::KEY_USAGE),
    |w| set(&mut w.leaf, Extension::basic_constraints(true, None)),
    |w| set(&mut w.leaf, Extension::basic_constraints(false, None)),
    |w| set(&mut w.leaf, unknown(false)),
    |w| set(&mut w.leaf, qualified(false)),
    |w| set(&mut w.ca, permitted("Leaf")),
    |w| w.options.purpose = Some(oid::KP_SERVER_AUTH.into()),
    |w| {
        w.options.purpose = Some(oid::KP_SERVER_AUTH.into());
        set(&mut w.leaf, Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH, oid::KP_SERVER_AUTH]));
        set(&mut w.ca, Extension::extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE]));
    },
    |w| set(&mut w.leaf, Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH])),
    |w| w.leaf.spki = rsa(0x80),
    |w| w.root = w.root.clone().issued_by(&w.root_key),
];

#[test]
fn a_valid_path_and_what_is_next_to_it_is_accepted() {
    for (index, change) in FINE.iter().enumerate() {
        let mut world = World::new();
        change(&mut world);
        let path = world.build().unwrap_or_else(|denial| panic!("{index}: {denial}"));
        assert_eq!(path.certificates().len(), 3, "{index}");
    }
}

#[test]
fn a_path_that_breaks_one_rule_is_refused_by_it() {
    for (index, (row, change, code, rule, depth)) in TWINS.iter().enumerate() {
        let mut world = World::new();
        change(&mut world);
        assert_eq!(world.refusal(), (*code, *rule, *depth), "{row}, {index}");
    }
}

#[test]
fn every_rule_has_a_path_that_breaks_it() {
    let untested: Vec<_> =
        RULES.iter().map(|rule| rule.name()).filter(|name| !TWINS.iter().any(|twin| twin.0 == *name)).collect();
    assert_eq!(untested, [""; 0]);
}

#[test]
fn what_is_asked_of_cas_only_is_not_asked_where_it_is_tolerated() {
    let tolerated: &[fn(&mut World)] = &[
        |w| set(&mut w.leaf, Extension::authority_key_id(&[1; 20])),
        |w| unset(&mut w.leaf, oid::AUTHORITY_KEY_IDENTIFIER),
        |w| unset(&mut w.ca, oid::SUBJECT_KEY_IDENTIFIER),
        |w| set(&mut w.root, Extension::authority_key_id(&[1; 20])),
        |w| change(&mut w.ca, oid::BASIC_CONSTRAINTS, |extension| extension.critical = None),
        |w| {
            set(&mut w.ca, Extension::policy_constraints(None, Some(0)));
            change(&mut w.ca, oid::POLICY_CONSTRAINTS, |extension| extension.critical = None);
        },
    ];
    for (index, change) in tolerated.iter().enumerate() {
        let mut world = World::new();
        change(&mut world);
        assert!(world.build().is_err(), "{index}");
        world.options = Options { conformance: Conformance::Tolerate, ..Options::default() };
        assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3), "{index}");
    }
}

#[test]
fn what_cannot_be_read_is_never_tolerated() {
    for change in [
        |w: &mut World| w.leaf.serial = vec![0x80],
        |w: &mut World| w.leaf.trailing_after = vec![0],
        |w: &mut World| w.leaf.before_extensions = vec![0x81, 2, 0, 7],
        |w: &mut World| change(&mut w.leaf, oid::SUBJECT_KEY_IDENTIFIER, |extension| extension.critical = Some(0xff)),
        |w: &mut World| {
            w.leaf.not_before = Writer::new().primitive(tag::GENERALIZED_TIME, b"20200101000000Z").clone().into_bytes()
        },
    ] {
        let mut world = World::new();
        change(&mut world);
        world.options.conformance = Conformance::Tolerate;
        assert_eq!(world.refusal().0, E101);
    }
}

#[test]
fn an_anchor_that_is_a_name_and_a_key_binds_nothing_else() {
    let facts: &[fn(&mut World)] = &[
        |w| w.root.not_after = time(-1),
        |w| no_authority(&mut w.root),
        |w| set(&mut w.root, Extension::key_usage(0x02)),
        |w| set(&mut w.root, Extension::basic_constraints(true, Some(0))),
        |w| set(&mut w.root, unknown(true)),
        |w| set(&mut w.root, permitted("Nobody")),
        |w| set(&mut w.root, Extension::subject_key_id(&[1; 20])),
        |w| set(&mut w.root, Extension::policy_constraints(Some(0), None)),
    ];
    for (index, change) in facts.iter().enumerate() {
        let mut world = World::new();
        change(&mut world);
        assert!(world.build().is_err(), "{index}");
        world.options.anchors = AnchorUse::NameAndKey;
        assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3), "{index}");
    }
    let mut world = World::new();
    world.options.anchors = AnchorUse::NameAndKey;
    world.ca.break_signature = true;
    assert_eq!(world.refusal(), (E102, "signature", Some(1)));
}

fn root_key() -> Key {
    Key::ed25519("root")
}

fn nameless(leaf: &mut Template) {
    set(leaf, Extension::basic_constraints(true, None));
    set(leaf, Extension::uris(&["urn:leaf"]));
    change(leaf, oid::SUBJECT_ALT_NAME, |extension| extension.critical = Some(0xff));
    leaf.subject = name("");
}

fn no_authority(template: &mut Template) {
    unset(template, oid::BASIC_CONSTRAINTS);
    unset(template, oid::KEY_USAGE);
}

/// Self-issued certificates of one CA, each for a new key, between the CA and the leaf: 33 in all.
fn roll_over(world: &mut World) {
    let mut key = Key::ed25519("ca");
    for number in 0..30 {
        let next = Key::ed25519(&format!("ca {number}"));
        let template = Template::authority("CA", "CA", &next).issued_by(&key);
        world.further.push(template.change(|template| template.serial[1] = number).sign(&key));
        key = next;
    }
    world.leaf = world.leaf.clone().issued_by(&key);
    world.leaf_signer = Some(key);
}

pub(crate) fn permitted(common_name: &str) -> Extension {
    let mut der = Writer::new();
    der.sequence(|constraints| {
        constraints.constructed(tag::context_constructed(0), |subtrees| {
            subtrees.sequence(|subtree| {
                subtree.constructed(tag::context_constructed(4), |base| {
                    base.raw(&name(common_name));
                });
            });
        });
    });
    Extension::new(oid::NAME_CONSTRAINTS, true, der.into_bytes())
}

fn another_policy(world: &mut World) {
    for template in [&mut world.ca, &mut world.leaf] {
        set(template, Extension::policies(&[&[0x2a, 1]]));
    }
    world.options.policies.explicit_policy = true;
    world.options.policies.initial = vec![[0x2a, 2].into()];
}

fn unknown(critical: bool) -> Extension {
    Extension::new(&[0x2a, 3, 4], critical, vec![tag::NULL, 0])
}

/// A policy with a qualifier of a type that nobody knows.
fn qualified(critical: bool) -> Extension {
    let mut der = Writer::new();
    der.sequence(|policies| {
        policies.sequence(|policy| {
            policy.oid(&[0x2a, 1]).sequence(|qualifiers| {
                qualifiers.sequence(|qualifier| {
                    qualifier.oid(&[0x2a, 9]).utf8("what?");
                });
            });
        });
    });
    Extension::new(oid::CERTIFICATE_POLICIES, critical, der.into_bytes())
}

fn claim_ecdsa(template: &mut Template) {
    let algorithm = kakunin_core::crypto::SignatureAlgorithm::EcdsaSha256.to_der();
    template.inner_algorithm = Some(algorithm.clone());
    template.outer_algorithm = Some(algorithm);
}

/// An RSA key whose modulus has 257 octets and begins with this one.
fn rsa(first: u8) -> Vec<u8> {
    let mut modulus = vec![0x5b; 257];
    modulus[0] = first;
    if first >= 0x80 {
        modulus.insert(0, 0);
    }
    let mut numbers = Writer::new();
    numbers.sequence(|numbers| {
        numbers.primitive(tag::INTEGER, &modulus).integer(tag::INTEGER, 65_537);
    });
    let mut der = Writer::new();
    der.sequence(|key| {
        key.sequence(|algorithm| {
            algorithm.oid(oid::RSA_ENCRYPTION).primitive(tag::NULL, &[]);
        });
        key.bit_string(&numbers.into_bytes());
    });
    der.into_bytes()
}

fn x25519() -> Vec<u8> {
    let mut der = Writer::new();
    der.sequence(|key| {
        key.sequence(|algorithm| {
            algorithm.oid(&[0x2b, 0x65, 0x6e]);
        });
        key.bit_string(&[7; 32]);
    });
    der.into_bytes()
}
