//! Feeds bytes to `kakunin_fuzz::intent`.
#![cfg_attr(fuzzing, no_main)]

kakunin_fuzz::target!(intent);
