//! Feeds bytes to `kakunin_fuzz::crl`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(crl);
