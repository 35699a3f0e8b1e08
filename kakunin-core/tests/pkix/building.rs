//! Which path is found, and what a search may cost.

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::sha256;
use kakunin_core::encoding::oid;
use kakunin_core::error::Code;
use kakunin_core::path::pkix::{Budget, Options, build};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::{Extension, Template, name, time};
use kakunin_testkit::key::Key;

use crate::world::{World, again, authority, set};

use Code::{CertificateExpired as E103, ChainUntrusted as E102, ConfigurationInvalid as E504};

#[test]
fn the_pool_is_in_no_order_and_holds_what_it_likes() {
    let [a, b, c, d] = ["ca", "b", "c", "d"].map(Key::ed25519);
    let mut world = World::new();
    world.ca = Template::authority("Root", "D", &d).issued_by(&world.root_key);
    let mut pool = vec![
        b"no certificate".to_vec(),
        Vec::new(),
        authority(("B", &b), ("CA", &a)),
        authority(("D", &d), ("C", &c)),
        authority(("Nobody", &a), ("Stranger", &b)),
        authority(("C", &c), ("B", &b)),
        Template::end_entity("CA", "Other leaf", &b).sign(&a),
        authority(("C", &c), ("B", &b)),
    ];
    for _ in 0..pool.len() {
        pool.rotate_left(1);
        world.further = pool.clone();
        assert_eq!(world.build().unwrap().certificates().len(), 6);
    }
    let subjects: Vec<_> = world.build().unwrap().certificates().iter().map(|link| link.subject().to_vec()).collect();
    assert_eq!(subjects, ["Leaf", "CA", "B", "C", "D", "Root"].map(name));
}

#[test]
fn of_two_certificates_of_one_ca_the_one_that_leads_on_is_taken() {
    for broken in [
        |ca: &mut Template| ca.not_after = time(-1),
        |ca: &mut Template| ca.issuer = name("Nobody"),
        |ca: &mut Template| set(ca, Extension::new(&[0x2a, 3], true, vec![5, 0])),
        |ca: &mut Template| set(ca, Extension::basic_constraints(false, None)),
        |ca: &mut Template| ca.break_signature = true,
    ] {
        let mut world = World::new();
        let whole = world.ca.clone();
        broken(&mut world.ca);
        assert!(world.build().is_err());
        world.further = vec![again(whole).sign(&world.root_key)];
        assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
        world.further = vec![world.ca.sign(&world.root_key)];
        world.ca = again(World::new().ca);
        assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
    }
}

#[test]
fn a_dead_end_is_left_again() {
    // Above the CA stands one that leads nowhere, in two steps; another certificate of the CA leads to the root.
    let [dead, deader] = ["dead", "deader"].map(Key::ed25519);
    let mut world = World::new();
    let newer = Template::authority("Dead", "CA", &world.ca_key).issued_by(&dead);
    let newer = newer.change(|newer| newer.not_before = time(-1));
    world.further = vec![
        newer.sign(&dead),
        authority(("Deader", &deader), ("Dead", &dead)),
        authority(("Dead", &dead), ("Deader", &deader)),
    ];
    let path = world.build().unwrap();
    assert_eq!(path.certificates().last().map(|anchor| anchor.subject().to_vec()), Some(name("Root")));
    assert_eq!(path.certificates().len(), 3);
}

#[test]
fn cas_that_certify_each_other_lead_out_or_nowhere() {
    let [a, b, c] = ["ca", "b", "c"].map(Key::ed25519);
    let ring = [("CA", &a), ("B", &b), ("C", &c)];
    let mut world = World::new();
    for issuer in ring {
        world
            .further
            .extend(ring.iter().filter(|subject| subject.0 != issuer.0).map(|subject| authority(issuer, *subject)));
    }
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3), "the root certified the CA too");
    world.ca = Template::authority("Root", "C", &c).issued_by(&world.root_key);
    assert_eq!(
        world.build().map(|path| path.certificates().len()),
        Ok(5),
        "by way of B to C, which the root certified"
    );
    world.ca.issuer = name("Nobody");
    assert_eq!(world.build().unwrap_err().code(), E102);
}

#[test]
fn a_ca_that_changes_its_key_certifies_itself() {
    let (old, new) = (Key::ed25519("ca"), Key::ed25519("new"));
    let mut world = World::new();
    world.leaf = Template::end_entity("CA", "Leaf", &Key::ed25519("leaf")).issued_by(&new);
    world.leaf_signer = Some(Key::ed25519("new"));
    world.further = vec![authority(("CA", &old), ("CA", &new)), authority(("CA", &new), ("CA", &old))];
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(4));
    world.options.max_depth = 1;
    set(&mut world.ca, Extension::basic_constraints(true, Some(0)));
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(4), "a self-issued certificate is not counted");
    set(&mut world.root, Extension::basic_constraints(true, Some(0)));
    assert_eq!(world.refusal(), (E102, "path-length", Some(3)), "the CA itself is");
}

#[test]
fn an_anchor_is_a_name_and_a_key() {
    let stranger = Key::ed25519("stranger");
    let mut world = World::new();
    let look_alike = Template::root("Root", &stranger).sign(&stranger);
    world.further = vec![look_alike.clone(), World::new().root.sign(&world.root_key)];
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3), "look-alikes in the pool are passed over");
    // Its own key, the anchor's name: in the pool, and as the issuer.
    world.ca = Template::authority("Root", "CA", &world.ca_key).issued_by(&stranger);
    world.root_key = stranger;
    world.root = Template::root("Root", &Key::ed25519("root"));
    assert_eq!(world.refusal().0, E102);
    // The anchor's key, another name.
    let mut world = World::new();
    world.root.subject = name("Other");
    assert_eq!(world.refusal(), (E102, "anchor", None));
}

#[test]
fn a_certificate_of_the_pool_never_becomes_an_anchor() {
    let mut world = World::new();
    world.further = vec![world.root.sign(&world.root_key)];
    world.further_anchors = Vec::new();
    world.root = Template::root("Elsewhere", &world.root_key);
    assert_eq!(world.refusal(), (E102, "anchor", None));
}

#[test]
fn any_of_several_anchors_will_do_and_others_have_no_effect() {
    let mut world = World::new();
    let useless = Template::root("Root", &Key::ed25519("useless"));
    let unusable = Template::root("Root", &world.root_key).with(Extension::new(&[0x2a, 3], true, vec![5, 0]));
    world.further_anchors =
        vec![b"no certificate".to_vec(), useless.sign(&Key::ed25519("useless")), unusable.sign(&world.root_key)];
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
    let expired = world.root.clone().change(|root| root.not_after = time(-1));
    world.further_anchors.push(world.root.sign(&world.root_key));
    world.root = expired;
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
}

#[test]
fn the_nearest_anchor_ends_a_path() {
    let mut world = World::new();
    world.further_anchors = vec![world.ca.sign(&world.root_key)];
    let path = world.build().unwrap();
    assert_eq!(path.certificates().len(), 2);
    // One that has expired is gone around, upward.
    let expired = world.ca.clone().change(|ca| ca.not_after = time(-1));
    world.further_anchors = vec![expired.sign(&world.root_key)];
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
}

#[test]
fn a_leaf_that_is_an_anchor_is_refused() {
    let mut world = World::new();
    world.further_anchors = vec![world.leaf.sign(&world.ca_key)];
    assert_eq!(world.refusal(), (E102, "leaf-anchor", Some(0)));
    let root = world.root.sign(&world.root_key);
    let now = UnixTime::from_seconds(NOW);
    let none: [&[u8]; 0] = [];
    let alone = |leaf: &[u8], anchors: &[Vec<u8>]| {
        build(leaf, &none, anchors, &RevocationView::NotChecked, now, &Options::default(), &Bounds::default())
            .map(|_| ())
            .map_err(|denial| (denial.code(), denial.details().rule))
    };
    assert_eq!(alone(&root, std::slice::from_ref(&root)), Err((E102, "leaf-anchor")));
    assert_eq!(alone(&root, &[]), Err((E504, "trust-empty")));
    // Another certificate of the anchor's name and key, signed by itself.
    let renewed = again(world.root.clone()).issued_by(&world.root_key).sign(&world.root_key);
    assert_eq!(alone(&renewed, std::slice::from_ref(&root)), Err((E102, "loop")));
}

#[test]
fn an_anchor_may_be_any_ca_and_a_ca_may_be_the_leaf() {
    let mut world = World::new();
    world.leaf = Template::authority("CA", "Sub", &Key::ed25519("sub")).issued_by(&world.ca_key);
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
    world.root = Template::authority("Above", "Root", &world.root_key);
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
}

#[test]
fn the_most_specific_refusal_is_told() {
    let mut world = World::new();
    let stranger = Key::ed25519("stranger");
    world.options.conformance = kakunin_core::path::pkix::Conformance::Tolerate;
    // A namesake's key, an expired certificate of the right one, and one that breaks a constraint of the whole path.
    let namesake = Template::authority("Root", "CA", &stranger).issued_by(&world.root_key).sign(&world.root_key);
    let expired = again(world.ca.clone()).change(|ca| ca.not_after = time(-1)).sign(&world.root_key);
    world.ca = Template::authority("Root", "CA", &stranger).issued_by(&world.root_key);
    world.leaf_signer = Some(Key::ed25519("ca"));
    world.further = vec![namesake];
    assert_eq!(world.refusal(), (E102, "signature", Some(0)));
    world.further.push(expired);
    assert_eq!(world.refusal(), (E103, "not-after", Some(1)));
    set(&mut world.root, Extension::basic_constraints(true, Some(0)));
    world.further.push(World::new().ca.sign(&world.root_key));
    assert_eq!(world.refusal(), (E102, "path-length", Some(2)));
    world.further.reverse();
    assert_eq!(world.refusal(), (E102, "path-length", Some(2)), "in whichever order they come");
}

#[test]
fn what_cannot_be_read_is_told_where_nobody_else_is_there() {
    let mut world = World::new();
    world.leaf.issuer = name("Nobody");
    world.further = vec![vec![7], vec![8]];
    let denial = world.build().unwrap_err();
    assert_eq!(denial.details().rule, "anchor");
    let unreadable = denial.details().requested.clone().unwrap_or_default();
    assert!(unreadable.starts_with("2 certificates"), "{unreadable}");
}

/// A pool in which every CA could have issued every other, below no anchor.
fn mesh(count: usize, one_name: bool, one_key: bool) -> World {
    let mut world = World::new();
    world.ca = Template::authority("Root", "Elsewhere", &world.ca_key);
    let subject = |number: usize| if one_name { "CA".to_owned() } else { format!("CA {number}") };
    let key = |number: usize| Key::ed25519(&if one_key { "ca".to_owned() } else { format!("ca {number}") });
    for number in 0..count {
        let (issuer, above) = (subject(number + 1), key(number + 1));
        let template = Template::authority(&issuer, &subject(number), &key(number)).change(|template| {
            template.serial = sha256(&number.to_be_bytes())[..16].to_vec();
            template.serial[0] = 0x40;
        });
        world.further.push(template.without(oid::AUTHORITY_KEY_IDENTIFIER).sign(&above));
    }
    world.options.conformance = kakunin_core::path::pkix::Conformance::Tolerate;
    world.leaf = Template::end_entity(&subject(0), "Leaf", &Key::ed25519("leaf"));
    world.leaf_signer = Some(key(0));
    world
}

#[test]
fn a_search_without_end_ends_at_its_budget() {
    let world = mesh(300, true, false);
    assert_eq!(world.refusal(), (E102, "budget-signatures", None));
    let mut world = mesh(300, true, false);
    world.options.budget = Budget { signatures: u32::MAX, steps: 1_000, comparisons: 0 };
    assert_eq!(world.refusal(), (E102, "budget-steps", None));
    // One entity, however many certificates: nobody stands twice on a path.
    assert_eq!(mesh(90, true, true).refusal(), (E102, "anchor", None));
    assert_eq!(mesh(300, false, true).build().unwrap_err().details().rule, "max-depth");
}

#[test]
fn a_budget_that_is_spent_is_a_refusal_of_its_own() {
    let mut world = World::new();
    world.options.budget = Budget { signatures: 2, steps: 6, comparisons: 0 };
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3), "what a path of three costs");
    world.options.budget.signatures = 1;
    assert_eq!(world.refusal(), (E102, "budget-signatures", None));
    world.options.budget = Budget { signatures: 2, steps: 5, comparisons: 0 };
    assert_eq!(world.refusal(), (E102, "budget-steps", None));
    world.options.budget = Budget::default();
    world.further = vec![b"junk".to_vec(); 10_000];
    assert_eq!(world.refusal(), (E102, "budget-steps", None), "what is given is read at a price");
    let mut world = World::new();
    set(&mut world.root, crate::rules::permitted("Nobody"));
    world.options.budget.comparisons = 0;
    assert_eq!(world.refusal().1, "name-constraints-budget");
}

#[test]
fn a_signature_is_paid_for_once() {
    // Eight certificates of one CA, each refused by the whole path: one signature below them all, one above each.
    let mut world = World::new();
    set(&mut world.root, Extension::basic_constraints(true, Some(0)));
    for number in 1..8 {
        world.further.push(world.ca.clone().change(|ca| ca.serial[1] = number).sign(&world.root_key));
    }
    world.options.budget.signatures = 16;
    assert_eq!(world.refusal().1, "path-length");
    world.further_anchors = vec![again(world.root.clone()).sign(&world.root_key)];
    world.options.budget.signatures = 24;
    assert_eq!(world.refusal().1, "path-length");
}
