//! Feeds bytes to `kakunin_fuzz::json`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(json);
