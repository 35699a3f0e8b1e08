//! Feeds bytes to `kakunin_fuzz::certificate`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(certificate);
