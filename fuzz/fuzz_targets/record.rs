//! Feeds bytes to `kakunin_fuzz::record`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(record);
