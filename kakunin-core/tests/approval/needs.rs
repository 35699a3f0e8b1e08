//! How many, by whom: n of m in every scope that asks.

use kakunin_core::error::Code;
use kakunin_testkit::approval::{ROLE, by_key, person, person_with};
use kakunin_testkit::chain::Chain;
use kakunin_testkit::key::Key;

use crate::world::{World, agent_of_ops, agent_of_role, grant, key, role, scope, scope_of};

const E212: Code = Code::ApprovalRequired;
const E213: Code = Code::ApprovalInvalid;

fn ok(world: &World, name: &str, jti: &str) -> String {
    let key = Key::ed25519(name);
    by_key(&key, &world.call(), jti).sign(&key)
}

fn certified(world: &World, name: &str, jti: &str) -> String {
    person(name).approve(&world.call(), jti)
}

#[test]
fn none_or_too_few_good_ones_is_asked_for_and_a_bad_one_is_told() {
    let world = World::new(Chain::new(None, &scope(vec![key("ops"), key("cfo"), key("ceo")], 2), None).verified());
    assert_eq!(world.fault(&[]), Some((E212, "approval")));
    assert_eq!(world.fault(&[ok(&world, "ops", "a")]), Some((E212, "approval")));
    assert_eq!(world.fault(&[ok(&world, "ops", "b"), "x".to_owned()]), Some((E213, "jws-parts")));
    assert_eq!(world.fault(&["x".to_owned()]), Some((E213, "jws-parts")));
    // A bad one matters only if the need is not met, wherever it stands.
    let (ops, cfo) = (ok(&world, "ops", "c"), ok(&world, "cfo", "c"));
    assert_eq!(world.fault(&["x".to_owned(), ops, "y".to_owned(), cfo]), None);
    let denial = world.decide(&[ok(&world, "ops", "d")]).unwrap_err();
    assert!(denial.reason().contains("asks for 2 of `ceo`, `cfo`, `ops`; 1 given"), "{}", denial.reason());
}

#[test]
fn only_what_is_used_is_named_and_reserved() {
    let world = World::new(Chain::new(None, &scope(vec![key("ops"), key("cfo")], 1), None).verified());
    let (ops, cfo) = (ok(&world, "ops", "a"), ok(&world, "cfo", "a"));
    let (used, _) = world.outcome(&[ops.clone(), cfo.clone()]).unwrap();
    assert_eq!((used.len(), world.store.usage().unwrap().approvals), (1, 1));
    assert_eq!(world.fault(&[ops]), Some((E213, "approval-used")));
    assert_eq!(world.fault(&[cfo]), None, "it was not looked at before");
}

#[test]
fn an_approver_whom_nobody_asked_does_not_count() {
    let world = World::new(agent_of_ops());
    assert_eq!(world.fault(&[ok(&world, "mallory", "a")]), Some((E213, "approver-unknown")));
    assert_eq!(world.fault(&[certified(&world, "alice", "a")]), Some((E213, "approver-unknown")), "a role is no key");
    let world = World::new(agent_of_role(1));
    assert_eq!(world.fault(&[ok(&world, "alice", "a")]), Some((E213, "approver-unknown")), "a key is no role");
    // The name stands among the scope's approvers, but this grant does not ask for it.
    let approvers = vec![key("ops"), key("cfo")];
    let world = World::new(Chain::new(None, &scope_of(vec![grant(&["ops"], 1)], approvers, None), None).verified());
    assert_eq!(world.fault(&[ok(&world, "cfo", "a")]), Some((E213, "approver-unknown")));
    assert_eq!(world.fault(&[ok(&world, "ops", "a")]), None);
}

#[test]
fn approvals_count_apart_if_key_and_person_differ() {
    let world = World::new(agent_of_role(2));
    let one = certified(&world, "alice", "a");
    // One person with a second key.
    let two_keys = person_with(ROLE, "alice", Key::ed25519("alice's phone"), |t| t);
    let again = two_keys.approve(&world.call(), "b");
    assert_eq!(world.fault(&[one.clone(), again]), Some((E213, "approver-repeated")));
    // One key for a second person.
    let shared = person_with(ROLE, "bob", Key::ed25519("alice"), |t| t);
    assert_eq!(world.fault(&[one.clone(), shared.approve(&world.call(), "c")]), Some((E213, "approver-repeated")));
    // The same approval twice, and a second approval by the same.
    assert_eq!(world.fault(&[one.clone(), one.clone()]), Some((E213, "approval-used")));
    let second = certified(&world, "alice", "d");
    assert_eq!(world.fault(&[one.clone(), second]), Some((E213, "approver-repeated")));
    assert_eq!(world.fault(&[one, certified(&world, "bob", "e")]), None);
}

#[test]
fn a_person_in_two_roles_is_one_person() {
    let approvers = || vec![role(ROLE), role("legal")];
    let world = World::new(Chain::new(None, &scope(approvers(), 2), None).verified());
    let legal = |name: &str, key: &str| person_with("legal", name, Key::ed25519(key), |t| t);
    let finance = certified(&world, "alice", "a");
    let as_legal = legal("alice", "alice in legal").approve(&world.call(), "b");
    assert_eq!(world.fault(&[finance.clone(), as_legal]), Some((E213, "approver-repeated")));
    assert_eq!(world.fault(&[finance, legal("lea", "lea").approve(&world.call(), "c")]), None);
}

#[test]
fn keys_and_roles_mix_and_keys_may_share_a_name() {
    let other =
        kakunin_core::scope::Approver::new("ops", kakunin_core::scope::Who::Key(Key::ed25519("o2").spki_hash()));
    let approvers = vec![key("ops"), other.unwrap(), role(ROLE)];
    let scope = scope_of(vec![grant(&["ops", ROLE], 3)], approvers, None);
    let world = World::new(Chain::new(None, &scope, None).verified());
    let all = [ok(&world, "ops", "a"), ok(&world, "o2", "a"), certified(&world, "alice", "a")];
    assert_eq!(world.fault(&all[..2]), Some((E212, "approval")));
    assert_eq!(world.fault(&all), None);
    // A key that stands for itself and for a certified person is still one key.
    let twice = person_with(ROLE, "olga", Key::ed25519("ops"), |t| t).approve(&world.call(), "c");
    let fault = world.fault(&[ok(&world, "ops", "b"), ok(&world, "o2", "b"), twice]);
    assert_eq!(fault, Some((E213, "approver-repeated")));
}

#[test]
fn every_scope_that_asks_is_satisfied_on_its_own() {
    let parent = scope_of(vec![grant(&["ops"], 1)], vec![key("ops")], Some(1));
    let child = scope_of(vec![grant(&["cfo"], 1)], vec![key("cfo")], None);
    let world = World::new(Chain::new(None, &parent, Some(&child)).verified());
    let denial = world.decide(&[ok(&world, "ops", "a")]).unwrap_err();
    assert_eq!((denial.code(), denial.details().depth), (E212, Some(0)), "the leaf's scope still asks");
    let denial = world.decide(&[ok(&world, "cfo", "a")]).unwrap_err();
    assert_eq!((denial.code(), denial.details().depth), (E212, Some(1)), "the one above still asks");
    let (used, _) = world.outcome(&[ok(&world, "ops", "b"), ok(&world, "cfo", "b")]).unwrap();
    assert_eq!(used.len(), 2);
}

#[test]
fn one_approval_serves_all_scopes_and_grants_that_ask_for_its_approver() {
    let parent = scope_of(vec![grant(&["ops"], 1)], vec![key("ops")], Some(1));
    let grants = vec![grant(&["boss"], 1), grant(&["boss", "cfo"], 1)];
    let boss =
        kakunin_core::scope::Approver::new("boss", kakunin_core::scope::Who::Key(Key::ed25519("ops").spki_hash()));
    let child = scope_of(grants, vec![boss.unwrap(), key("cfo")], None);
    let world = World::new(Chain::new(None, &parent, Some(&child)).verified());
    let (used, _) = world.outcome(&[ok(&world, "ops", "a")]).unwrap();
    assert_eq!(used.len(), 1);
    // Names are looked up in the scope that asks: `ops` above is `boss` here, and a `cfo` there would be another.
    assert_eq!(world.fault(&[ok(&world, "cfo", "b")]), Some((E212, "approval")));
}

#[test]
fn overlapping_needs_are_met_by_what_each_can_count() {
    // Two of three here, and one of one of them there: an approval counts for both.
    let grants = vec![grant(&["a", "b", "c"], 2), grant(&["c"], 1)];
    let world =
        World::new(Chain::new(None, &scope_of(grants, vec![key("a"), key("b"), key("c")], None), None).verified());
    assert_eq!(world.fault(&[ok(&world, "a", "1"), ok(&world, "b", "1")]), Some((E212, "approval")));
    let (used, _) = world.outcome(&[ok(&world, "a", "2"), ok(&world, "c", "2")]).unwrap();
    assert_eq!(used.len(), 2);
    // `b` is surplus for the first need once `a` and `b` met it; `c` is tried for the second all the same.
    let (used, _) = world.outcome(&[ok(&world, "a", "3"), ok(&world, "b", "3"), ok(&world, "c", "3")]).unwrap();
    assert_eq!(used.len(), 3);
    let all = ["a", "c", "b"].map(|name| ok(&world, name, "4"));
    assert_eq!(world.outcome(&all).unwrap().0.len(), 2, "the last was not needed");
}

#[test]
fn sixteen_come_with_a_call_and_no_more() {
    let world = World::new(agent_of_ops());
    let offer = |bad: usize| [vec!["x".to_owned(); bad], vec![ok(&world, "ops", &bad.to_string())]].concat();
    assert_eq!(world.fault(&offer(15)), None);
    assert_eq!(world.fault(&offer(16)), Some((E213, "approvals-count")));
}
