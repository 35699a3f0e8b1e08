//! Feeds bytes to `kakunin_fuzz::checkpoint`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(checkpoint);
