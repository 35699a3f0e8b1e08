//! Pools of 1,000 certificates that are made to cost: through none of them does a path lead to the anchor.

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{GenerateKind, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::oid;
use kakunin_core::path::pkix::{Conformance, Options, build};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::{Extension, Template};
use kakunin_testkit::key::Key;

/// Certificates in a pool. 1,000: more than any CA has certified, and as many as a path may be searched in.
const CERTIFICATES: usize = 1_000;

/// A leaf that nothing connects to the anchor, though every certificate of the pool looks as if it might.
pub struct Pool {
    name: String,
    leaf: Vec<u8>,
    pool: Vec<Vec<u8>>,
    anchor: Vec<u8>,
    options: Options,
}

/// How the CAs of a pool are named and keyed.
#[derive(Clone, Copy)]
enum Shape {
    /// Each its own name and key: one long chain.
    Chain,
    /// One name, a key each: each may have issued the leaf, and none did.
    OneName,
    /// One key, a name each.
    OneKey,
    /// One name and one key: the same CA, over and over.
    OneEntity,
    /// Two certificates for each name, one key for all: a path for each choice, up to an anchor that refuses them all.
    Doubled,
}

const SHAPES: [(&str, Shape); 5] = [
    ("chain", Shape::Chain),
    ("one name", Shape::OneName),
    ("one key", Shape::OneKey),
    ("one entity", Shape::OneEntity),
    ("doubled", Shape::Doubled),
];

impl Pool {
    /// Every shape, of Ed25519 and P-256 keys, with key identifiers and without.
    pub fn all() -> Vec<Self> {
        let mut pools = Vec::new();
        for (kind_name, kind) in [("Ed25519", GenerateKind::Ed25519), ("P-256", GenerateKind::P256)] {
            for (shape_name, shape) in SHAPES {
                for identifiers in [true, false] {
                    let with = if identifiers { "with" } else { "without" };
                    let name = format!("{kind_name}, {shape_name}, {with} key identifiers");
                    pools.push(Self::new(name, kind, shape, identifiers));
                }
            }
        }
        pools
    }

    fn new(name: String, kind: GenerateKind, shape: Shape, identifiers: bool) -> Self {
        let one_key = matches!(shape, Shape::OneKey | Shape::OneEntity | Shape::Doubled);
        let keys: Vec<Key> = (0..if one_key { 1 } else { CERTIFICATES + 1 }).map(|_| generate(kind)).collect();
        let key = |number: usize| keys.get(number).or(keys.first()).expect("a key");
        let subject = |number: usize| match shape {
            Shape::Chain | Shape::OneKey => format!("CA {number}"),
            Shape::OneName | Shape::OneEntity => "CA".to_owned(),
            Shape::Doubled => format!("CA {}", (number / 2).min(15)),
        };
        let issuer = |number: usize| match shape {
            Shape::Doubled => format!("CA {}", number / 2 + 1),
            _ => subject(number + 1),
        };
        let count = if matches!(shape, Shape::Doubled) { 30 } else { CERTIFICATES };
        let sign = |template: Template, issuer: &Key| {
            if identifiers { template.issued_by(issuer) } else { template.without(oid::AUTHORITY_KEY_IDENTIFIER) }
                .sign(issuer)
        };
        let pool = (0..count).map(|number| {
            let template = Template::authority(&issuer(number), &subject(number), key(number));
            sign(template.change(|template| template.serial = serial(number)), key(number + 1))
        });
        let pool = pool.collect();
        let leaf = Template::end_entity(&subject(0), "Leaf", key(CERTIFICATES + 1));
        let (anchor_name, anchor_key) = match shape {
            Shape::Doubled => ("CA 15".to_owned(), key(0)),
            _ => ("Elsewhere".to_owned(), key(0)),
        };
        // The one rule that is known at the end only, of a whole path.
        let anchor = Template::root(&anchor_name, anchor_key).with(Extension::policy_constraints(Some(0), None));
        let mut options = Options::default();
        if !identifiers {
            options.conformance = Conformance::Tolerate;
        }
        // Of one name the leaf's issuer is none: every key is tried, as far as the budget goes.
        let signer = if matches!(shape, Shape::OneName) { key(CERTIFICATES) } else { key(0) };
        Self { name, leaf: sign(leaf, signer), pool, anchor: anchor.sign(anchor_key), options }
    }

    /// What it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Searches it, to the refusal; the rule.
    pub fn search(&self) -> &'static str {
        let now = UnixTime::from_seconds(NOW);
        let anchors = [&self.anchor];
        let view = RevocationView::NotChecked;
        let found = build(&self.leaf, &self.pool, &anchors, &view, now, &self.options, &Bounds::default());
        found.expect_err("no path leads to the anchor").details().rule
    }
}

fn serial(number: usize) -> Vec<u8> {
    [&[0x41], number.to_be_bytes().as_slice()].concat()
}

fn generate(kind: GenerateKind) -> Key {
    let (_, secret) = SoftwareSigner::generate(kind, &SystemRandom::new()).expect("a key");
    Key::from_pkcs8(secret.secret_der().to_vec())
}
