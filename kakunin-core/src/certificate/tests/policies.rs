use super::extensions::{check, sequence, with};
use super::sample::der;
use crate::certificate::{Policy, PolicyConstraints};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;

/// A PolicyInformation with this id and qualifiers as they stand.
fn policy<'w>(w: &'w mut Writer, id: &[u8], qualifiers: &[u8]) -> &'w mut Writer {
    w.sequence(|w| {
        w.oid(id).raw(qualifiers);
    })
}

/// policyQualifiers of one qualifier.
fn qualifier(id: &[u8], value: &[u8]) -> Vec<u8> {
    sequence(|w| {
        w.sequence(|w| {
            w.oid(id).raw(value);
        })
    })
}

#[test]
fn policies_are_listed_once_with_qualifiers_to_their_last_byte() {
    let cps = qualifier(oid::POLICY_CPS, &der(|w| w.primitive(tag::IA5_STRING, b"https://acme.example/cps")));
    let notice = |value: &[u8]| sequence(|w| policy(w, &[0x2a], &qualifier(oid::POLICY_USER_NOTICE, value)));
    let many = |count: u8| sequence(|w| (0..count).fold(w, |w, n| policy(w, &[0x2a, n], &[])));
    let one = |qualifiers: &[u8]| sequence(|w| policy(w, &[0x2a], qualifiers));
    let good = sequence(|w| policy(policy(w, &[0x2a], &cps), oid::ANY_POLICY, &[]));
    check(
        oid::CERTIFICATE_POLICIES,
        false,
        "certificatePolicies",
        &good,
        &[
            (&[0x30, 0], "policies-empty"),
            (&sequence(|w| policy(policy(w, &[0x2a], &[]), &[0x2a], &[])), "policy-duplicate"),
            (&many(65), "too-many-policies"),
            (&one(&[0x30, 0]), "policy-qualifiers-empty"),
            (&one(&[5, 0]), "unexpected-tag"),
            (&one(&[&cps[..], &[5, 0]].concat()), "trailing-data"),
            (&one(&qualifier(&[0x2a], &[5, 0, 5, 0])), "trailing-data"),
            (&one(&qualifier(&[0x2a], &[])), "truncated"),
            (&one(&qualifier(oid::POLICY_CPS, &[0x0c, 1, b'u'])), "unexpected-tag"),
            (&one(&qualifier(oid::POLICY_CPS, &[0x16, 0])), "policy-qualifier"),
            (&one(&qualifier(oid::POLICY_CPS, &[0x16, 2, b'u', 0])), "policy-qualifier"),
            (&notice(&[5, 0]), "unexpected-tag"),
            (&notice(&[0x30, 2, 5, 0]), "display-text"),
            (&notice(&[0x30, 3, 0x13, 1, b'a']), "display-text"),
            (&notice(&[0x30, 2, 0x0c, 0]), "name-value"),
            (&notice(&[0x30, 3, 0x1e, 1, 0]), "name-value"),
            (&notice(&[0x30, 3, 0x1a, 1, 0]), "display-text"),
            (&notice(&[0x30, 6, 0x0c, 1, b'a', 0x0c, 1, b'a']), "trailing-data"),
            (&notice(&[0x30, 9, 0x30, 5, 0x0c, 1, b'a', 0x30, 0, 5, 0]), "display-text"),
            (&notice(&[0x30, 9, 0x30, 7, 0x0c, 1, b'a', 0x30, 0, 5, 0]), "trailing-data"),
            (&notice(&[0x30, 9, 0x30, 7, 0x0c, 1, b'a', 0x30, 2, 2, 0]), "integer-empty"),
            (&notice(&[0x30, 5, 0x30, 3, 0x0c, 1, b'a']), "truncated"),
        ],
    );
    for good in [
        &[0x30, 0][..],
        &[0x30, 3, 0x1a, 1, b'a'],
        &[0x30, 4, 0x1e, 2, 0, b'a'],
        &[0x30, 13, 0x30, 8, 0x0c, 1, b'a', 0x30, 3, 2, 1, 1, 0x16, 1, b'b'],
        // Longer than RFC 5280's 200 characters, and to be read all the same.
        &[&[0x30, 0x81, 0xcc, 0x0c, 0x81, 0xc9][..], &[b'a'; 201]].concat(),
    ] {
        with(oid::CERTIFICATE_POLICIES, true, &notice(good), |c| {
            assert_eq!(c.certificate_policies().unwrap().count(), 1);
        });
    }
    with(oid::CERTIFICATE_POLICIES, false, &good, |c| {
        let policies: Vec<_> = c.certificate_policies().unwrap().collect();
        let any = Policy { id: oid::ANY_POLICY, qualifiers: None };
        assert_eq!(policies, [Policy { id: &[0x2a], qualifiers: Some(&cps) }, any]);
    });
    with(oid::CERTIFICATE_POLICIES, false, &many(64), |c| assert_eq!(c.certificate_policies().unwrap().count(), 64));
}

#[test]
fn mappings_are_pairs_without_any_policy() {
    let pairs = |pairs: &[(&[u8], &[u8])]| {
        sequence(|w| {
            pairs.iter().fold(w, |w, (issuer, subject)| {
                w.sequence(|w| {
                    w.oid(issuer).oid(subject);
                })
            })
        })
    };
    let good = pairs(&[(&[0x2a], &[0x2b]), (&[0x2a], &[0x2c])]);
    check(
        oid::POLICY_MAPPINGS,
        true,
        "policyMappings",
        &good,
        &[
            (&[0x30, 0], "policy-mappings-empty"),
            (&pairs(&[(oid::ANY_POLICY, &[0x2a])]), "policy-mapping-any"),
            (&pairs(&[(&[0x2a], oid::ANY_POLICY)]), "policy-mapping-any"),
            (&pairs(&[(&[0x2a][..], &[0x2b][..]); 65]), "too-many-policies"),
            (&[0x30, 5, 0x30, 3, 6, 1, 0x2a], "truncated"),
            (&[0x30, 10, 0x30, 8, 6, 1, 0x2a, 6, 1, 0x2b, 5, 0], "trailing-data"),
        ],
    );
    with(oid::POLICY_MAPPINGS, false, &good, |c| {
        let read: Vec<_> = c.policy_mappings().unwrap().collect();
        assert_eq!(read, [(&[0x2a][..], &[0x2b][..]), (&[0x2a], &[0x2c])]);
    });
}

#[test]
fn policy_constraints_are_numbers_from_0() {
    check(
        oid::POLICY_CONSTRAINTS,
        true,
        "policyConstraints",
        &[0x30, 6, 0x80, 1, 0, 0x81, 1, 5],
        &[
            (&[0x30, 0], "policy-constraints-empty"),
            (&[0x30, 3, 0x80, 1, 0xff], "skip-certificates"),
            (&[0x30, 4, 0x80, 2, 0, 1], "integer-not-minimal"),
            (&[0x30, 2, 0x81, 0], "integer-empty"),
            (&[0x30, 6, 0x81, 1, 5, 0x80, 1, 0], "trailing-data"),
            (&[0x30, 5, 0xa0, 3, 2, 1, 0], "trailing-data"),
        ],
    );
    let numbers = |require_explicit_policy, inhibit_policy_mapping| {
        Some(PolicyConstraints { require_explicit_policy, inhibit_policy_mapping })
    };
    for (value, expected) in [
        (&[0x30, 6, 0x80, 1, 0, 0x81, 1, 5][..], numbers(Some(0), Some(5))),
        (&[0x30, 3, 0x81, 1, 1], numbers(None, Some(1))),
        (&[0x30, 8, 0x80, 6, 1, 0, 0, 0, 0, 0], numbers(Some(u32::MAX), None)),
        (&[&[0x30, 22, 0x80, 20][..], &[0x7f; 20]].concat(), numbers(Some(u32::MAX), None)),
    ] {
        assert_eq!(with(oid::POLICY_CONSTRAINTS, true, value, |c| c.policy_constraints()), expected);
    }
    check(
        oid::INHIBIT_ANY_POLICY,
        true,
        "inhibitAnyPolicy",
        &[2, 1, 0],
        &[
            (&[2, 1, 0x80], "skip-certificates"),
            (&[2, 0], "integer-empty"),
            (&[2, 2, 0, 1], "integer-not-minimal"),
            (&[0x30, 0], "unexpected-tag"),
        ],
    );
    assert_eq!(with(oid::INHIBIT_ANY_POLICY, true, &[2, 1, 3], |c| c.inhibit_any_policy()), Some(3));
}
