//! Policies, by the inputs of RFC 5280 §6.1.1 and what certificates say.

use kakunin_core::encoding::oid::ANY_POLICY;
use kakunin_core::error::Code;
use kakunin_core::path::pkix::ValidPolicies;
use kakunin_testkit::certificate::{Extension, Template};
use kakunin_testkit::key::Key;

use crate::world::{World, set};

const A: &[u8] = &[0x2a, 1];
const B: &[u8] = &[0x2a, 2];
const C: &[u8] = &[0x2a, 3];

const EXPLICIT: Result<Vec<&[u8]>, &str> = Err("explicit-policy");
const VALID: Result<Vec<&[u8]>, &str> = Err("valid-policy");

/// What is asked: the initial set, and the letters e, m, a for the three inputs that are true.
type Inputs = (&'static [&'static [u8]], &'static str);

fn outcome(world: &mut World, (initial, flags): Inputs) -> Result<Vec<&'static [u8]>, &'static str> {
    let policies = &mut world.options.policies;
    policies.initial = initial.iter().map(|policy| (*policy).into()).collect();
    policies.explicit_policy = flags.contains('e');
    policies.inhibit_policy_mapping = flags.contains('m');
    policies.inhibit_any_policy = flags.contains('a');
    match world.build() {
        Ok(path) => Ok(match path.policies() {
            ValidPolicies::Any => vec![ANY_POLICY],
            ValidPolicies::Only(policies) => {
                [A, B, C].into_iter().filter(|known| policies.iter().any(|policy| **policy == **known)).collect()
            }
        }),
        Err(denial) if denial.code() == Code::ChainUntrusted => Err(denial.details().rule),
        Err(_) => Err("another code"),
    }
}

fn world(ca: &[&[u8]], leaf: &[&[u8]]) -> World {
    let mut world = World::new();
    for (template, policies) in [(&mut world.ca, ca), (&mut world.leaf, leaf)] {
        if !policies.is_empty() {
            set(template, Extension::policies(policies));
        }
    }
    world
}

#[test]
fn a_policy_counts_where_every_certificate_has_it() {
    for (ca, leaf, inputs, expected) in [
        (&[][..], &[][..], (&[][..], ""), Ok(vec![])),
        (&[], &[], (&[], "e"), EXPLICIT),
        (&[A], &[A], (&[], "e"), Ok(vec![A])),
        (&[A, B], &[B, C], (&[], "e"), Ok(vec![B])),
        (&[A], &[B], (&[], "e"), EXPLICIT),
        (&[A], &[B], (&[], ""), Ok(vec![])),
        (&[A], &[], (&[], "e"), EXPLICIT),
        (&[], &[A], (&[], "e"), EXPLICIT),
        (&[A, B], &[A, B], (&[B, C], "e"), Ok(vec![B])),
        (&[A, B], &[A, B], (&[C], "e"), VALID),
        (&[A, B], &[A, B], (&[C], ""), Ok(vec![])),
        (&[A, B], &[A, B], (&[C, ANY_POLICY], "e"), Ok(vec![A, B])),
    ] {
        assert_eq!(outcome(&mut world(ca, leaf), inputs), expected, "{ca:?} {leaf:?} {inputs:?}");
    }
}

#[test]
fn any_policy_stands_for_each_until_it_is_inhibited() {
    for (ca, leaf, inputs, expected) in [
        (&[ANY_POLICY][..], &[A][..], (&[][..], "e"), Ok(vec![A])),
        (&[A], &[ANY_POLICY], (&[], "e"), Ok(vec![A])),
        (&[ANY_POLICY], &[ANY_POLICY], (&[], "e"), Ok(vec![ANY_POLICY])),
        (&[ANY_POLICY], &[ANY_POLICY], (&[B], "e"), Ok(vec![B])),
        (&[ANY_POLICY], &[A], (&[B], "e"), VALID),
        (&[ANY_POLICY], &[A], (&[], "ea"), EXPLICIT),
        (&[A], &[ANY_POLICY], (&[], "ea"), EXPLICIT),
        (&[A], &[A], (&[], "ea"), Ok(vec![A])),
    ] {
        assert_eq!(outcome(&mut world(ca, leaf), inputs), expected, "{ca:?} {leaf:?} {inputs:?}");
    }
    // inhibitAnyPolicy: from the certificate after next, from the next.
    for (skip, expected) in [(1, Ok(vec![A])), (0, EXPLICIT)] {
        let mut world = world(&[A], &[ANY_POLICY]);
        set(&mut world.ca, Extension::inhibit_any_policy(skip));
        assert_eq!(outcome(&mut world, (&[], "e")), expected, "{skip}");
    }
    let mut world = world(&[A], &[ANY_POLICY]);
    set(&mut world.root, Extension::inhibit_any_policy(0));
    assert_eq!(outcome(&mut world, (&[], "e")), EXPLICIT, "an anchor's own binds");
}

#[test]
fn a_self_issued_certificate_keeps_any_policy_and_counts_for_nothing() {
    let (old, new) = (Key::ed25519("ca"), Key::ed25519("new"));
    let mut world = world(&[A], &[A]);
    set(&mut world.ca, Extension::inhibit_any_policy(0));
    let roll_over = Template::authority("CA", "CA", &new).with(Extension::policies(&[ANY_POLICY])).issued_by(&old);
    world.further = vec![roll_over.sign(&old)];
    world.leaf = world.leaf.clone().issued_by(&new);
    world.leaf_signer = Some(new);
    assert_eq!(outcome(&mut world, (&[], "e")), Ok(vec![A]));
    set(&mut world.leaf, Extension::policies(&[ANY_POLICY]));
    assert_eq!(outcome(&mut world, (&[], "e")), EXPLICIT, "the last one is no exception");
    // requireExplicitPolicy in one more certificate: the self-issued one is not it.
    let mut world = World { further: world.further, leaf: world.leaf, leaf_signer: world.leaf_signer, ..World::new() };
    set(&mut world.ca, Extension::policy_constraints(Some(2), None));
    assert_eq!(outcome(&mut world, (&[], "")), Ok(vec![]));
}

#[test]
fn policies_are_required_from_where_a_certificate_says() {
    for (ca, leaf, expected) in [
        (Some(2), None, Ok(vec![])),
        (Some(1), None, VALID),
        (Some(0), None, EXPLICIT),
        (None, Some(0), VALID),
        (None, Some(1), Ok(vec![])),
    ] {
        let mut world = World::new();
        for (template, skip) in [(&mut world.ca, ca), (&mut world.leaf, leaf)] {
            if skip.is_some() {
                set(template, Extension::policy_constraints(skip, None));
            }
        }
        assert_eq!(outcome(&mut world, (&[], "")), expected, "{ca:?} {leaf:?}");
    }
    let mut world = World::new();
    set(&mut world.root, Extension::policy_constraints(Some(0), None));
    assert_eq!(outcome(&mut world, (&[], "")), EXPLICIT, "an anchor's own binds");
    let mut world = self::world(&[A, B], &[A, B]);
    set(&mut world.root, Extension::policies(&[B]));
    assert_eq!(outcome(&mut world, (&[], "")), Ok(vec![B]), "and is for its policies only");
    set(&mut world.root, Extension::policies(&[ANY_POLICY]));
    assert_eq!(outcome(&mut world, (&[], "")), Ok(vec![A, B]));
}

#[test]
fn a_mapping_carries_a_policy_into_another_domain_until_it_is_inhibited() {
    let mapped = |ca: &[&[u8]], mappings: &[(&[u8], &[u8])], leaf: &[&[u8]]| {
        let mut world = world(ca, leaf);
        set(&mut world.ca, Extension::policy_mappings(mappings));
        world
    };
    for (ca, mappings, leaf, inputs, expected) in [
        (&[A][..], &[(A, B)][..], &[B][..], (&[][..], "e"), Ok(vec![A])),
        (&[A], &[(A, B)], &[A], (&[], "e"), EXPLICIT),
        (&[A], &[(A, B), (A, C)], &[C], (&[], "e"), Ok(vec![A])),
        (&[A, B], &[(A, C), (B, C)], &[C], (&[], "e"), Ok(vec![A, B])),
        (&[A, B], &[(A, C), (B, C)], &[C], (&[B], "e"), Ok(vec![B])),
        (&[A], &[(A, B)], &[B], (&[B], "e"), VALID),
        (&[A], &[(A, B)], &[ANY_POLICY], (&[], "e"), Ok(vec![A])),
        (&[ANY_POLICY], &[(A, B)], &[B], (&[], "e"), Ok(vec![A])),
        (&[ANY_POLICY], &[(A, B)], &[B], (&[A], "e"), Ok(vec![A])),
        (&[A], &[(A, B)], &[B], (&[], "em"), EXPLICIT),
        (&[A, C], &[(A, B)], &[A, B, C], (&[], "em"), Ok(vec![C])),
    ] {
        assert_eq!(
            outcome(&mut mapped(ca, mappings, leaf), inputs),
            expected,
            "{ca:?} {mappings:?} {leaf:?} {inputs:?}"
        );
    }
    // inhibitPolicyMapping above: from the certificate after next, from the next.
    for (skip, expected) in [(1, Ok(vec![A])), (0, EXPLICIT)] {
        let mut world = mapped(&[A], &[(A, B)], &[B]);
        set(&mut world.root, Extension::policy_constraints(None, Some(skip)));
        assert_eq!(outcome(&mut world, (&[], "e")), expected, "{skip}");
    }
}

#[test]
fn mappings_that_double_at_every_step_are_processed_in_their_own_size() {
    // CVE-2023-0464: each of 15 CAs maps each of 8 policies to all 8; a tree of them would have 8^15 leaves.
    let policies: Vec<Vec<u8>> = (0..8).map(|number| vec![0x2a, number]).collect();
    let policies: Vec<&[u8]> = policies.iter().map(Vec::as_slice).collect();
    let mappings: Vec<_> = policies.iter().flat_map(|from| policies.iter().map(|to| (*from, *to))).collect();
    let mut world = world(&policies, &policies);
    set(&mut world.ca, Extension::policy_mappings(&mappings));
    let names: Vec<String> = (0..14).map(|number| format!("CA {number}")).collect();
    let keys: Vec<Key> = names.iter().map(|name| Key::ed25519(name)).collect();
    let mut above = ("CA", &Key::ed25519("ca"));
    for (name, key) in names.iter().zip(&keys) {
        let template = Template::authority(above.0, name, key).issued_by(above.1);
        let template = template.with(Extension::policies(&policies)).with(Extension::policy_mappings(&mappings));
        world.further.push(template.sign(above.1));
        above = (name, key);
    }
    let leaf = Template::end_entity(above.0, "Leaf", &Key::ed25519("leaf")).issued_by(above.1);
    world.leaf = leaf.with(Extension::policies(&policies));
    world.leaf_signer = Some(Key::ed25519(above.0));
    world.options.policies.explicit_policy = true;
    let path = world.build().unwrap();
    assert_eq!(
        (path.certificates().len(), path.policies().clone()),
        (17, ValidPolicies::Only(policies.iter().map(|policy| (*policy).into()).collect()))
    );
    world.options.budget.steps = 200;
    assert_eq!(world.refusal().1, "budget-steps", "entries of policy extensions are paid for");
}
