//! What the benches measure works, so that they do not rot unseen.

use kakunin_benches::hostile::{Dear, Hostile};
use kakunin_benches::narrow::Narrow;
use kakunin_benches::pool::Pool;
use kakunin_benches::scope::{Decision, Encoded};
use kakunin_benches::work::{Keys, Work};

#[test]
fn all_that_is_measured_is_allowed() {
    let work = Work::new();
    work.certificate_parse();
    work.certificate_checks();
    work.raw_certificate_checks();
    work.decision_one_scope();
    work.decision_three_scopes();
    for intent in work.intents(0, 2) {
        work.raw_cold(&intent);
        work.cold_call(&intent);
    }
    for intent in work.intents(2, 2) {
        work.raw_cached(&intent);
        work.cached_call(&intent);
    }
}

#[test]
fn a_guard_is_narrowed_again_and_again() {
    let narrow = Narrow::new();
    (0..2).for_each(|_| narrow.narrow());
    narrow.raw();
}

#[test]
fn every_kind_of_key_is_allowed() {
    for keys in [Keys::Ed25519, Keys::P256, Keys::Rsa2048] {
        let work = Work::with(keys);
        for intent in work.intents(0, 1) {
            work.raw_cold(&intent);
            work.cold_call(&intent);
        }
    }
}

#[test]
#[should_panic(expected = "ReplayDetected")]
fn an_intent_is_measured_once() {
    let work = Work::new();
    for intent in work.intents(0, 1) {
        work.cold_call(&intent);
        work.cold_call(&intent);
    }
}

#[test]
fn no_pool_leads_to_its_anchor() {
    for pool in Pool::all() {
        let rule = pool.search();
        let whole = ["anchor", "budget-signatures", "budget-steps", "key-identifier", "max-depth"];
        assert!(whole.contains(&rule), "{}: {rule}", pool.name());
    }
}

#[test]
fn every_decision_that_grows_is_allowed() {
    Decision::eight_parameters_three_scopes().run();
    for make in [Decision::grants, Decision::parameters, Decision::list, Decision::elements] {
        [1, 7, 256].into_iter().for_each(|size| make(size).run());
    }
    Decision::grants(1_000).run();
    [Encoded::typical(), Encoded::thousand_grants()].iter().for_each(Encoded::decode);
}

#[test]
fn every_hostile_scope_is_refused() {
    for hostile in Hostile::all() {
        assert!(hostile.is_refused(), "{}", hostile.name);
    }
    assert!(Dear::overlapping().is_refused());
}
