//! Feeds bytes to `kakunin_fuzz::jws`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(jws);
