//! Every target, on stable: the seeds, what once crashed, and cheap mutations of the seeds.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kakunin_fuzz::{TARGETS, Target};
use kakunin_testkit::seeds::{Seed, seeds};

/// Mutations of a seed. 16: a few seconds in all.
const MUTATIONS: u64 = 16;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn all_seeds() -> BTreeSet<Seed> {
    seeds(&folder("../kakunin-core/tests/vectors")).unwrap_or_else(|error| panic!("the vectors: {error}"))
}

fn target(name: &str) -> Target {
    TARGETS.into_iter().find(|(target, _)| *target == name).unwrap_or_else(|| panic!("no target `{name}`"))
}

#[test]
fn every_target_has_a_program_and_seeds() {
    let seeds = all_seeds();
    for (name, _) in TARGETS {
        assert!(folder(&format!("fuzz_targets/{name}.rs")).is_file(), "{name}");
        assert!(seeds.iter().any(|(target, _)| *target == name), "{name} has no seeds");
    }
}

#[test]
fn no_seed_crashes_its_target() {
    for (name, bytes) in all_seeds() {
        target(name).1(&bytes);
    }
}

#[test]
fn what_once_crashed_no_longer_does() {
    let mut replayed = 0;
    for (name, run) in TARGETS {
        let Ok(files) = std::fs::read_dir(folder("regressions").join(name)) else { continue };
        for file in files {
            run(&std::fs::read(file.unwrap().path()).unwrap());
            replayed += 1;
        }
    }
    let kept = std::fs::read_dir(folder("regressions"))
        .map_or(0, |targets| targets.map(|target| std::fs::read_dir(target.unwrap().path()).unwrap().count()).sum());
    assert_eq!(replayed, kept, "each file lies in the folder of a target");
}

#[test]
fn no_mutated_seed_crashes_any_target() {
    // A fixed xorshift: the same mutations at every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below.max(1) as u64).unwrap()
    };
    for (name, seed) in all_seeds() {
        for _ in 0..MUTATIONS {
            let mut bytes = seed.clone();
            for _ in 0..=next(3) {
                let at = next(bytes.len());
                match next(4) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, u8::try_from(next(256)).unwrap()),
                    2 if !bytes.is_empty() => drop(bytes.remove(at)),
                    _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << next(8)),
                }
            }
            target(name).1(&bytes);
        }
    }
}
