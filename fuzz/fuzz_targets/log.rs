//! Feeds bytes to `kakunin_fuzz::log`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(log);
