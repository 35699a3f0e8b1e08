//! Feeds bytes to `kakunin_fuzz::path`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(path);
