//! The test suites of others. Those that read the folder of suites count as ignored where it is not at hand.

use std::path::Path;

use kakunin_testkit::suites::{self, SUITES};

fn passes(name: &str) {
    let folder = suites::folder();
    let mut rows = SUITES.iter().filter(|suite| suite.name == name);
    let report = rows.next().map(|suite| suites::run(suite, folder.as_deref().unwrap_or(Path::new(""))));
    let faults = report.map(|report| report.faults);
    assert_eq!(faults, Some(Vec::new()), "{name}");
}

/// A test for each suite, and that none is left out.
macro_rules! each {
    ($($(#[$ignore:meta])? $test:ident: $name:literal,)*) => {
        $(
            #[test]
            $(#[$ignore])?
            fn $test() {
                passes($name);
            }
        )*

        #[test]
        fn every_suite_has_a_test() {
            let tested = [$($name),*];
            let rows: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
            assert_eq!(rows, tested);
        }
    };
}

each! {
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    limbo_core_required: "limbo-core-required",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    limbo_max_chain_depth: "limbo-max-chain-depth",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    limbo_path_building: "limbo-path-building",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    limbo_name_constraints: "limbo-name-constraints",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    limbo_policy_choice: "limbo-policy-choice",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    pkits: "pkits",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    wycheproof_jws: "wycheproof-jws",
    wycheproof_signatures: "wycheproof-signatures",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    jcs_files: "jcs-files",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    jcs_numbers: "jcs-numbers",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    jsontestsuite: "jsontestsuite",
    #[cfg_attr(not(suites), ignore = "the folder of suites is not at hand")]
    ocsp_files: "ocsp-files",
    der_mutations: "der-mutations",
}

#[test]
fn suites_at_hand_are_not_ignored() {
    assert!(cfg!(suites) || suites::folder().is_none(), "built before the suites were at hand: touch testkit/build.rs");
}
