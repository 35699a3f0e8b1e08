//! Feeds bytes to `kakunin_fuzz::approval`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(approval);
