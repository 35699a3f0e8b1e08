//! Feeds bytes to `kakunin_fuzz::scope_toml`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(scope_toml);
