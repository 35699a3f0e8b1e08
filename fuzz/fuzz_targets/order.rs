//! Feeds bytes to `kakunin_fuzz::order`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(order);
