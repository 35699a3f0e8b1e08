//! Generated paths, judged by us: as their facts call for by RFC 5280, and as the vectors of others' opinions take for granted.

use kakunin_testkit::differential::{Keys, case, refusal};

/// Fewer than `scripts/differential` judges, for every run of the tests; still each fact some ten times.
const PATHS: u64 = 2_500;

#[test]
fn a_generated_path_is_allowed_where_every_fact_of_it_is() {
    let keys = Keys::new();
    let wrong: Vec<_> = (0..PATHS)
        .map(|number| case(number, &keys))
        .filter(|case| refusal(case).is_none() != case.is_valid())
        .map(|case| format!("{} {:?} {:?}", case.number, case.facts, refusal(&case)))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}
