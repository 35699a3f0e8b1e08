//! Feeds bytes to `kakunin_fuzz::scope_json`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(scope_json);
