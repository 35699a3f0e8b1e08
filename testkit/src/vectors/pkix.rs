//! Paths of profile `pkix`: each acceptance with twins that change one fact.

use kakunin_core::encoding::json::Json;
use kakunin_core::encoding::oid;

use super::{Build, Case, case, encoded};
use crate::NOW;
use crate::certificate::{Extension, Template, name, time};
use crate::key::Key;
use crate::list::List;

const E101: Option<&str> = Some("KKN-E101");
const E102: Option<&str> = Some("KKN-E102");
const E103: Option<&str> = Some("KKN-E103");
const E105: Option<&str> = Some("KKN-E105");
const E307: Option<&str> = Some("KKN-E307");
const E401: Option<&str> = Some("KKN-E401");
const E405: Option<&str> = Some("KKN-E405");

/// A root, a CA, a leaf, and their keys.
struct World {
    root: Template,
    ca: Template,
    leaf: Template,
    root_key: Key,
    ca_key: Key,
}

impl World {
    fn new() -> Self {
        let [root_key, ca_key, leaf_key] = ["root", "ca", "leaf"].map(Key::ed25519);
        Self {
            root: Template::root("Root", &root_key),
            ca: Template::authority("Root", "CA", &ca_key).issued_by(&root_key),
            leaf: Template::end_entity("CA", "Leaf", &leaf_key).issued_by(&ca_key),
            root_key,
            ca_key,
        }
    }

    /// The case whose pool also holds `further`, before the CA's certificate.
    fn case(&self, name: &str, further: &[Vec<u8>]) -> Build {
        let pool = [further, &[self.ca.sign(&self.root_key)]].concat();
        case(name)
            .bytes("leaf", &self.leaf.sign(&self.ca_key))
            .list("intermediates", &pool)
            .list("anchors", &[self.root.sign(&self.root_key)])
            .number("now", NOW * 1_000)
    }
}

fn twin(name: &str, change: impl FnOnce(&mut World), code: Option<&'static str>) -> Case {
    let mut world = World::new();
    change(&mut world);
    world.case(name, &[]).ends(code)
}

fn set(template: &mut Template, extension: Extension) {
    *template = template.clone().with(extension);
}

fn critical() -> Extension {
    Extension::new(&[0x2a, 3, 4], true, vec![5, 0])
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        twin("a leaf below a CA below an anchor", |_| {}, None),
        twin("a byte after the leaf", |w| w.leaf.trailing_after = vec![0], E101),
        twin("an issuer that nobody is", |w| w.leaf.issuer = name("Nobody"), E102),
        twin("an issuer's name in another case", |w| w.leaf.issuer = name(" ca "), None),
        twin("a wrong signature", |w| w.leaf.break_signature = true, E102),
        twin("another key's identifier", |w| set(&mut w.leaf, Extension::authority_key_id(&[1; 20])), E102),
        twin(
            "an anchor that allows no CA below",
            |w| set(&mut w.root, Extension::basic_constraints(true, Some(0))),
            E102,
        ),
        twin("an expired leaf", |w| w.leaf.not_after = time(-1), E103),
        twin("an expired anchor", |w| w.root.not_after = time(-1), E103),
        twin("a CA that may not sign", |w| set(&mut w.ca, Extension::key_usage(0x02)), E105),
        twin("an unknown critical extension", |w| set(&mut w.leaf, critical()), E105),
        twin(
            "a key of an unknown kind",
            |w| w.leaf.spki = b"0\x0b0\x05\x06\x03\x2b\x65\x6e\x03\x02\0\x07".to_vec(),
            E307,
        ),
        twin("a leaf that is a CA", |w| set(&mut w.leaf, Extension::basic_constraints(true, None)), None),
    ];
    cases.extend(building());
    cases.extend(options());
    cases.extend(revocation());
    cases
}

/// What is found in a pool.
fn building() -> Vec<Case> {
    let world = World::new();
    let [other, new] = ["other", "new"].map(Key::ed25519);
    let look_alike = Template::root("Root", &other).sign(&other);
    let by_look_alike = Template::authority("Root", "CA", &world.ca_key).issued_by(&other).sign(&other);
    let circle = [("CA", "Other", &world.ca_key, &other), ("Other", "CA", &other, &world.ca_key)].map(
        |(issuer, subject, issuer_key, key)| {
            Template::authority(issuer, subject, key).issued_by(issuer_key).sign(issuer_key)
        },
    );
    let mut rolled = World::new();
    rolled.leaf = rolled.leaf.clone().issued_by(&new);
    let roll_over = Template::authority("CA", "CA", &new).issued_by(&rolled.ca_key).sign(&rolled.ca_key);
    let lost = twin("a circle that nothing leads out of", |w| w.ca.issuer = name("Nobody"), E102);
    let leaf = world.leaf.sign(&world.ca_key);
    let rolled_leaf = rolled.leaf.sign(&new);
    vec![
        world.case("a pool with what cannot be read", &[b"no certificate".to_vec()]).accepted(),
        world
            .case("a pool with a look-alike of the anchor and what it signed", &[look_alike, by_look_alike])
            .accepted(),
        world.case("CAs that certify each other", &circle).accepted(),
        lost,
        rolled.case("a CA that changed its key", &[roll_over]).bytes("leaf", &rolled_leaf).accepted(),
        rolled.case("a CA's new key that it did not certify", &[]).bytes("leaf", &rolled_leaf).refused("KKN-E102"),
        world.case("a leaf that is the anchor", &[]).list("anchors", &[leaf]).refused("KKN-E102"),
        world.case("no anchor", &[]).list("anchors", &[]).refused("KKN-E504"),
    ]
}

/// What is asked for.
fn options() -> Vec<Case> {
    let with_policies = |leaf: &[&[u8]]| {
        let mut world = World::new();
        set(&mut world.ca, Extension::policies(&[&[0x2a, 1], &[0x2a, 2]]));
        set(&mut world.leaf, Extension::policies(leaf));
        world.case("", &[]).with("explicit_policy", true)
    };
    let named = |mut build: Build, name: &str| {
        build.rename(name);
        build
    };
    let plain = |name: &str| World::new().case(name, &[]);
    let client = || {
        let mut world = World::new();
        set(&mut world.leaf, Extension::extended_key_usage(&[oid::KP_CLIENT_AUTH]));
        world.case("", &[])
    };
    let ids = |ids: &[&[u8]]| encoded(&ids.iter().map(|id| id.to_vec()).collect::<Vec<_>>());
    vec![
        plain("a depth of one").number("max_depth", 1).accepted(),
        plain("a depth of none").number("max_depth", 0).refused("KKN-E102"),
        plain("a policy where none is").with("explicit_policy", true).refused("KKN-E102"),
        named(with_policies(&[&[0x2a, 2]]), "a policy on all certificates").accepted(),
        named(with_policies(&[&[0x2a, 3]]), "a policy that the CA has not").refused("KKN-E102"),
        named(with_policies(&[&[0x2a, 2]]), "the policy that is asked for")
            .with("policies", ids(&[&[0x2a, 2]]))
            .accepted(),
        named(with_policies(&[&[0x2a, 2]]), "another policy than is asked for")
            .with("policies", ids(&[&[0x2a, 1]]))
            .refused("KKN-E102"),
        named(client(), "a purpose that is listed").bytes("purpose", oid::KP_CLIENT_AUTH).accepted(),
        named(client(), "a purpose that is not listed").bytes("purpose", oid::KP_SERVER_AUTH).refused("KKN-E105"),
    ]
}

/// What lists say.
fn revocation() -> Vec<Case> {
    let world = World::new();
    let lists = |name: &str, lists: &[(List, &Key)], code: Option<&'static str>| {
        let lists = lists.iter().map(|(list, key)| list.sign(key)).collect::<Vec<_>>();
        let lists: Json = encoded(&lists);
        world.case(name, &[]).with("crls", lists).ends(code)
    };
    let root = || (List::new("Root", 1, &[]), &world.root_key);
    vec![
        lists("lists of both CAs", &[root(), (List::new("CA", 1, &[]), &world.ca_key)], None),
        lists(
            "a list that names the leaf",
            &[root(), (List::new("CA", 1, &[&world.leaf.serial]), &world.ca_key)],
            E401,
        ),
        lists("no list of the leaf's CA", &[root()], E405),
        lists("a list by another key", &[root(), (List::new("CA", 1, &[]), &world.root_key)], E405),
    ]
}
