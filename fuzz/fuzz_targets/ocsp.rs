//! Feeds bytes to `kakunin_fuzz::ocsp`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(ocsp);
