//! Feeds bytes to `kakunin_fuzz::scope_der`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(scope_der);
