//! Revocation lists: each acceptance with twins that change one fact.

use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;

use super::{Build, Case, case};
use crate::NOW;
use crate::certificate::{Extension, Template, name, time};
use crate::key::Key;
use crate::list::List;

const E401: Option<&str> = Some("KKN-E401");
const E405: Option<&str> = Some("KKN-E405");

pub(super) const HERE: &str = "http://lists.example/here.crl";
const THERE: &str = "http://lists.example/there.crl";
/// Content of `onlySomeReasons`: keyCompromise and cACompromise, and all others.
const TWO_REASONS: &[u8] = &[5, 0x60];
const OTHER_REASONS: &[u8] = &[7, 0x1f, 0x80];

/// A CA, a certificate of it, and its list.
struct World {
    ca: Template,
    leaf: Template,
    list: List,
    root_key: Key,
    ca_key: Key,
    /// Whether another key than the CA's signs the list.
    stranger_signs: bool,
    /// Further lists.
    further: Vec<List>,
}

impl World {
    fn new() -> Self {
        let [root_key, ca_key, leaf_key] = ["root", "ca", "leaf"].map(Key::ed25519);
        Self {
            ca: Template::authority("Root", "CA", &ca_key).issued_by(&root_key),
            leaf: Template::end_entity("CA", "Leaf", &leaf_key).issued_by(&ca_key),
            list: List::new("CA", 1, &[&[0x55, 0xaa]]),
            root_key,
            ca_key,
            stranger_signs: false,
            further: Vec::new(),
        }
    }

    fn case(&self, name: &str) -> Build {
        let key = if self.stranger_signs { &self.root_key } else { &self.ca_key };
        let lists: Vec<_> = std::iter::once(&self.list).chain(&self.further).map(|list| list.sign(key)).collect();
        case(name)
            .bytes("issuer", &self.ca.sign(&self.root_key))
            .bytes("certificate", &self.leaf.sign(&self.ca_key))
            .list("crls", &lists)
            .number("now", NOW * 1_000)
    }

    fn names_the_leaf(&mut self) {
        self.list.revoked.push(self.leaf.serial.clone());
    }

    /// The list speaks of `scope` alone.
    fn scope(&mut self, scope: &[Vec<u8>]) {
        self.list.extensions.push(distribution(scope, true));
    }
}

/// cRLDistributionPoints of these.
pub(super) fn points(uris: &[&str]) -> Extension {
    let mut points = Writer::new();
    points.sequence(|points| {
        for uri in uris {
            points.sequence(|one| _ = one.raw(&point(uri)));
        }
    });
    Extension::new(oid::CRL_DISTRIBUTION_POINTS, false, points.into_bytes())
}

fn twin(name: &str, change: impl FnOnce(&mut World), code: Option<&'static str>) -> Case {
    let mut world = World::new();
    change(&mut world);
    world.case(name).ends(code)
}

/// issuingDistributionPoint of these parts.
pub(super) fn distribution(scope: &[Vec<u8>], critical: bool) -> Extension {
    let mut value = Writer::new();
    value.primitive(tag::SEQUENCE, &scope.concat());
    Extension::new(oid::ISSUING_DISTRIBUTION_POINT, critical, value.into_bytes())
}

/// `[0] { [0] { [6] uri } }`
pub(super) fn point(uri: &str) -> Vec<u8> {
    let mut point = Writer::new();
    point.constructed(tag::context_constructed(0), |point| {
        point.constructed(tag::context_constructed(0), |names| _ = names.primitive(tag::context(6), uri.as_bytes()));
    });
    point.into_bytes()
}

fn part(number: u8, content: &[u8]) -> Vec<u8> {
    let mut part = Writer::new();
    part.primitive(tag::context(number), content);
    part.into_bytes()
}

fn flag(number: u8) -> Vec<u8> {
    part(number, &[0xff])
}

fn unknown(critical: bool) -> Extension {
    Extension::new(&[0x2a, 3, 4], critical, vec![5, 0])
}

fn reason(code: u8) -> Extension {
    Extension::new(oid::REASON_CODE, false, vec![tag::ENUMERATED, 1, code])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        twin("a list that names another certificate", |_| {}, None),
        twin("a list that names nobody", |w| w.list.revoked.clear(), None),
        twin("a list that names the certificate", World::names_the_leaf, E401),
        twin(
            "a list that names the certificate and why",
            |w| {
                w.names_the_leaf();
                w.list.entry_extensions.push(reason(1));
            },
            E401,
        ),
        twin(
            "a certificate on hold is revoked",
            |w| {
                w.names_the_leaf();
                w.list.entry_extensions.push(reason(6));
            },
            E401,
        ),
        twin(
            "a stale list revokes for good",
            |w| {
                w.names_the_leaf();
                w.list.next_update = Some(time(-1));
            },
            E401,
        ),
        World::new().case("no list").list("crls", &[]).ends(E405),
    ];
    cases.extend(form());
    cases.extend(signature_and_time());
    cases.extend(scope());
    cases
}

/// What is no list of RFC 5280, or none that is processed.
fn form() -> Vec<Case> {
    let entry = |extension: Extension| move |world: &mut World| world.list.entry_extensions.push(extension);
    let extension = |extension: Extension| move |world: &mut World| world.list.extensions.push(extension);
    let issuer = Extension::new(oid::CERTIFICATE_ISSUER, true, vec![0x30, 0]);
    vec![
        twin("a byte after the list", |w| w.list.trailing = vec![0], E405),
        twin("an unknown extension that is not critical", extension(unknown(false)), None),
        twin("an unknown critical extension of the list", extension(unknown(true)), E405),
        twin("an unknown critical extension of another certificate's entry", entry(unknown(true)), E405),
        twin("an entry's unknown extension that is not critical", entry(unknown(false)), None),
        twin("an entry of another CA's certificate", entry(issuer), E405),
        twin("a reason that is none", entry(reason(7)), E405),
        twin("a certificate that a delta would remove", entry(reason(8)), E405),
        twin("a delta", extension(Extension::new(oid::DELTA_CRL_INDICATOR, true, vec![2, 1, 1])), E405),
        twin("no number", |w| w.list.number = None, E405),
        twin("the number zero", |w| w.list.number = Some(vec![0]), None),
        twin("a negative number", |w| w.list.number = Some(vec![0xff]), E405),
        twin("a number of twenty octets", |w| w.list.number = Some(vec![1; 20]), None),
        twin("a number of twenty-one octets", |w| w.list.number = Some(vec![1; 21]), E405),
        twin("a number with an octet too many", |w| w.list.number = Some(vec![0, 1]), E405),
        twin(
            "a critical number",
            |w| {
                w.list.number = None;
                w.list.extensions.push(Extension::new(oid::CRL_NUMBER, true, vec![2, 1, 1]));
            },
            E405,
        ),
        twin("an extension twice", |w| w.list.extensions = vec![unknown(false), unknown(false)], E405),
        twin("a negative serial number", |w| w.list.revoked.push(vec![0x80]), E405),
        twin("a serial number of twenty-one octets", |w| w.list.revoked.push(vec![1; 21]), E405),
        twin(
            "a serial number that begins as the certificate's does",
            |w| w.list.revoked.push([&w.leaf.serial[..], &[1]].concat()),
            None,
        ),
    ]
}

/// Who signed it, and when it speaks.
fn signature_and_time() -> Vec<Case> {
    vec![
        twin("a wrong signature", |w| w.list.break_signature = true, E405),
        twin("another key's list", |w| w.stranger_signs = true, E405),
        twin("another CA's list", |w| w.list.issuer = name("Root"), E405),
        twin("the issuer's name in another case", |w| w.list.issuer = name("ca"), E405),
        twin("a CA whose key usage lacks cRLSign", |w| w.ca = w.ca.clone().with(Extension::key_usage(0x04)), E405),
        twin("no nextUpdate", |w| w.list.next_update = None, E405),
        twin("a nextUpdate that is thisUpdate", |w| w.list.next_update = Some(w.list.this_update.clone()), E405),
        twin("a list in its last second", |w| w.list.next_update = Some(time(1)), None),
        twin("a list from nextUpdate on", |w| w.list.next_update = Some(time(0)), E405),
        twin("a list of this second", |w| w.list.this_update = time(0), None),
        twin("a list of the next second", |w| w.list.this_update = time(1), E405),
    ]
}

/// Lists of a part of the CA's certificates, or of some reasons.
fn scope() -> Vec<Case> {
    let of = |scope: Vec<Vec<u8>>| move |world: &mut World| world.scope(&scope);
    let at = |uris: &'static [&'static str]| {
        move |world: &mut World| {
            world.scope(&[point(HERE)]);
            if !uris.is_empty() {
                world.leaf = world.leaf.clone().with(points(uris));
            }
        }
    };
    let with_reasons = |further: &'static [u8]| {
        move |world: &mut World| {
            let mut second = world.list.clone();
            world.scope(&[part(3, TWO_REASONS)]);
            second.extensions.push(distribution(&[part(3, further)], true));
            world.further.push(second);
        }
    };
    vec![
        twin("a list of end entities' certificates", of(vec![flag(1)]), None),
        twin("a list of CAs' certificates", of(vec![flag(2)]), E405),
        twin(
            "a list of CAs' certificates, of a CA",
            |w| {
                w.scope(&[flag(2)]);
                w.leaf = w.leaf.clone().with(Extension::basic_constraints(true, None));
            },
            None,
        ),
        twin("a list of attribute certificates", of(vec![flag(5)]), E405),
        twin("a list that says two kinds of certificates", of(vec![flag(1), flag(2)]), E405),
        twin("an indirect list", of(vec![flag(4)]), E405),
        twin("a scope that says nothing", of(Vec::new()), E405),
        twin("a flag that says its default", of(vec![part(1, &[0])]), E405),
        twin("a scope that is not critical", |w| w.list.extensions.push(distribution(&[flag(1)], false)), E405),
        twin("a list of some reasons", of(vec![part(3, TWO_REASONS)]), E405),
        twin("a list of no reasons", of(vec![part(3, &[0])]), E405),
        twin("reasons without an octet", of(vec![part(3, &[])]), E405),
        twin("lists of some reasons and all others", with_reasons(OTHER_REASONS), None),
        twin("lists of the same reasons", with_reasons(TWO_REASONS), E405),
        twin(
            "a list of some reasons that names the certificate",
            |w| {
                w.scope(&[part(3, TWO_REASONS)]);
                w.names_the_leaf();
            },
            E401,
        ),
        twin("a list of the certificate's distribution point", at(&[HERE]), None),
        twin("a list of the certificate's second distribution point", at(&[THERE, HERE]), None),
        twin("a list of another distribution point", at(&[THERE]), E405),
        twin("a list of a distribution point, of a certificate without any", at(&[]), E405),
    ]
}
