//! Feeds bytes to `kakunin_fuzz::pem`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(pem);
