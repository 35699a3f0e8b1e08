//! Revocation of the certificates of a path.

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::SystemRandom;
use kakunin_core::encoding::oid;
use kakunin_core::error::Code;
use kakunin_core::issue::{Context, Responder, ResponseProfile, ocsp_response};
use kakunin_core::revocation::ocsp::{CertificateId, IdentifierHash, OcspResponse, OcspStatus};
use kakunin_core::revocation::{Crl, CrlIssuer, RevocationSnapshot, RevocationView};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::{Extension, Template, name, time};
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;

use crate::world::{World, set, unset};

use Code::{AgentRevoked as E401, ChainUntrusted as E102, RevocationStale as E405};

/// A view of these lists, each signed by its key.
fn view(lists: &[(List, &Key)]) -> RevocationView {
    let lists = lists.iter().map(|(list, key)| Crl::parse(&list.sign(key), &Bounds::default()).unwrap()).collect();
    RevocationView::Checked(RevocationSnapshot::new(lists).into())
}

fn world(lists: &[(List, &Key)]) -> World {
    World { revocation: view(lists), ..World::new() }
}

#[test]
fn every_certificate_below_the_anchor_needs_a_list() {
    let (root, ca) = (Key::ed25519("root"), Key::ed25519("ca"));
    let of = |name: &str, revoked: &[&[u8]]| List::new(name, 1, revoked);
    let (leaf_serial, ca_serial) = (World::new().leaf.serial, World::new().ca.serial);
    assert!(world(&[(of("Root", &[]), &root), (of("CA", &[]), &ca)]).build().is_ok());
    for (lists, expected) in [
        (vec![], (E405, "crl-missing", Some(1))),
        (vec![(of("Root", &[]), &root)], (E405, "crl-missing", Some(0))),
        (vec![(of("CA", &[]), &ca)], (E405, "crl-missing", Some(1))),
        (vec![(of("Root", &[]), &root), (of("CA", &[&leaf_serial]), &ca)], (E401, "revoked", Some(0))),
        (vec![(of("Root", &[&ca_serial]), &root), (of("CA", &[]), &ca)], (E401, "revoked", Some(1))),
        (vec![(of("CA", &[&leaf_serial]), &ca)], (E401, "revoked", Some(0))),
        (vec![(of("Root", &[]), &root), (of("CA", &[]), &root)], (E405, "crl-missing", Some(0))),
    ] {
        assert_eq!(world(&lists).refusal(), expected);
    }
}

#[test]
fn a_list_is_signed_by_who_may_and_where_nothing_is_said_anyone_may() {
    let (root, ca) = (Key::ed25519("root"), Key::ed25519("ca"));
    let lists = [(List::new("Root", 1, &[]), &root), (List::new("CA", 1, &[]), &ca)];
    let mut world = world(&lists);
    set(&mut world.ca, Extension::key_usage(0x04));
    assert_eq!(world.refusal().0, E405);
    unset(&mut world.ca, oid::KEY_USAGE);
    assert!(world.build().is_ok());
}

#[test]
fn lists_are_found_under_every_form_of_the_issuers_name() {
    let (root, ca) = (Key::ed25519("root"), Key::ed25519("ca"));
    let mut world = world(&[(List::new("Root", 1, &[]), &root), (List::new("ca", 1, &[]), &ca)]);
    assert_eq!(world.refusal().0, E405);
    world.leaf.issuer = name("ca");
    assert!(world.build().is_ok());
}

#[test]
fn where_there_are_deltas_a_complete_list_clears_nobody() {
    let (root, ca) = (Key::ed25519("root"), Key::ed25519("ca"));
    let mut world = world(&[(List::new("Root", 1, &[]), &root), (List::new("CA", 1, &[]), &ca)]);
    let points = [0x30, 0x0b, 0x30, 0x09, 0xa0, 0x07, 0xa0, 0x05, 0x86, 0x03, b'u', b':', b'x'];
    set(&mut world.leaf, Extension::new(oid::FRESHEST_CRL, false, points.to_vec()));
    assert_eq!(world.refusal(), (E405, "crl-delta", Some(0)));
}

/// A CA whose lists are signed by a key of its own for that, which the root certified.
fn with_list_key(change: impl Fn(&mut Template)) -> (World, Key) {
    let (root, signer) = (Key::ed25519("root"), Key::ed25519("list signer"));
    let mut world = World::new();
    let mut certificate = Template::end_entity("Root", "CA", &signer).issued_by(&root);
    set(&mut certificate, Extension::key_usage(0x02));
    change(&mut certificate);
    set(&mut world.ca, Extension::key_usage(0x04));
    world.ca.serial[1] ^= 1;
    world.further = vec![certificate.sign(&root)];
    (world, signer)
}

#[test]
fn a_list_may_be_signed_by_another_key_of_the_ca_which_is_judged_as_a_leaf_is() {
    let root = Key::ed25519("root");
    let judge = |change: &dyn Fn(&mut Template), revoked: &[&[u8]]| {
        let (mut world, signer) = with_list_key(change);
        world.revocation = view(&[(List::new("Root", 1, revoked), &root), (List::new("CA", 1, &[]), &signer)]);
        world.build().map(|path| path.certificates().len()).map_err(|denial| (denial.code(), denial.details().rule))
    };
    assert_eq!(judge(&|_| {}, &[]), Ok(3));
    let unknown = Err((E405, "crl-missing"));
    assert_eq!(judge(&|signer| signer.not_after = time(-1), &[]), unknown);
    assert_eq!(judge(&|signer| signer.break_signature = true, &[]), unknown);
    assert_eq!(judge(&|signer| set(signer, Extension::key_usage(0x80)), &[]), unknown);
    assert_eq!(judge(&|signer| set(signer, Extension::new(&[0x2a, 3], true, vec![5, 0])), &[]), unknown);
    let serial = Template::end_entity("Root", "CA", &root).serial;
    assert_eq!(judge(&|_| {}, &[&serial]), unknown, "a signer that is revoked says nothing");
    assert_eq!(judge(&|signer| signer.subject = name("Other"), &[]), unknown);
}

#[test]
fn a_signer_of_lists_stands_below_the_same_anchor() {
    let (root, stranger, signer) = (Key::ed25519("root"), Key::ed25519("stranger"), Key::ed25519("list signer"));
    let (mut world, _) = with_list_key(|_| {});
    let mut certificate = Template::end_entity("Stranger", "CA", &signer).issued_by(&stranger);
    set(&mut certificate, Extension::key_usage(0x02));
    world.further = vec![certificate.sign(&stranger)];
    world.further_anchors = vec![Template::root("Stranger", &stranger).sign(&stranger)];
    world.revocation = view(&[
        (List::new("Root", 1, &[]), &root),
        (List::new("Stranger", 1, &[]), &stranger),
        (List::new("CA", 1, &[]), &signer),
    ]);
    assert_eq!(world.refusal(), (E405, "crl-missing", Some(0)));
}

#[test]
fn a_key_that_vouches_for_itself_is_not_believed() {
    // Issued by the CA, its status is on the list that it signs itself.
    let (root, ca, signer) = (Key::ed25519("root"), Key::ed25519("ca"), Key::ed25519("list signer"));
    let (mut world, _) = with_list_key(|_| {});
    let mut certificate = Template::end_entity("CA", "CA", &signer).issued_by(&ca);
    set(&mut certificate, Extension::key_usage(0x02));
    world.further = vec![certificate.sign(&ca)];
    world.revocation = view(&[(List::new("Root", 1, &[]), &root), (List::new("CA", 1, &[]), &signer)]);
    assert_eq!(world.refusal(), (E405, "crl-missing", Some(0)));
}

#[test]
fn a_path_around_a_revoked_certificate_is_taken() {
    let (root, ca) = (Key::ed25519("root"), Key::ed25519("ca"));
    let mut world = World::new();
    let revoked = world.ca.serial.clone();
    world.revocation = view(&[(List::new("Root", 1, &[&revoked]), &root), (List::new("CA", 1, &[]), &ca)]);
    assert_eq!(world.refusal().0, E401);
    world.further = vec![crate::world::again(world.ca.clone()).sign(&root)];
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(3));
    world.options.max_depth = 0;
    assert_eq!(world.refusal().0, E102);
}

/// A view of the root's OCSP response for a leaf that the root itself certified.
fn response(serial: &[u8], status: OcspStatus, seconds: i64) -> RevocationView {
    let (key, bounds, now) = (Key::ed25519("root"), Bounds::default(), UnixTime::from_seconds(NOW));
    let root = [Template::root("Root", &key).sign(&key)];
    let issuer = CrlIssuer {
        subject: name("Root").into(),
        public_key: key.signer().public_key().clone(),
        may_sign_crl: true,
        subject_key_id: None,
    };
    let id = CertificateId::new(&issuer, serial, IdentifierHash::Sha256);
    let next_update = UnixTime::from_seconds(NOW + seconds);
    let profile = ResponseProfile { answers: vec![(id, status)], next_update, nonce: None };
    let responder = Responder { authority: &root, delegate: None, signer: key.signer() };
    let context = Context { now, random: &SystemRandom::new(), bounds: &bounds };
    let response = ocsp_response(&profile, &responder, &context).unwrap();
    let response = OcspResponse::parse(&response, &bounds).unwrap();
    RevocationView::Checked(RevocationSnapshot::default().with_responses(vec![response]).into())
}

#[test]
fn a_response_of_the_issuer_says_as_much_as_a_list() {
    let mut world = World::new();
    world.leaf = Template::end_entity("Root", "Leaf", &Key::ed25519("leaf")).issued_by(&world.root_key);
    world.leaf_signer = Some(Key::ed25519("root"));
    let serial = world.leaf.serial.clone();
    world.revocation = response(&serial, OcspStatus::Good, 60);
    assert_eq!(world.build().map(|path| path.certificates().len()), Ok(2));
    world.now = NOW + 61;
    assert_eq!(world.refusal().0, E405, "until it is stale");
    world.now = NOW;
    let revoked = OcspStatus::Revoked { at: UnixTime::from_seconds(NOW - 60), reason: None };
    world.revocation = response(&serial, revoked, 60);
    assert_eq!(world.refusal(), (E401, "revoked", Some(0)));
    world.revocation = response(&[&serial[..], &[1]].concat()[..8], OcspStatus::Good, 60);
    assert_eq!(world.refusal().0, E405, "of another certificate");
}
