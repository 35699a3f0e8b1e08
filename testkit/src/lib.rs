//! Makes bytes for tests: certificates, lists and tokens that are right, and twins that are wrong in one fact.
//!
//! Nothing here judges. The same call makes the same bytes: keys come from fixed seeds, and signatures are Ed25519's or RSA's, which are deterministic.
#![expect(clippy::cloned_ref_to_slice_refs, reason = "lists of certificates read alike, whatever their length")]
#![expect(clippy::expect_used, reason = "a test's maker of bytes stops when it is asked for nonsense")]

pub mod approval;
pub mod certificate;
pub mod chain;
pub mod differential;
pub mod key;
pub mod list;
pub mod order;
pub mod run;
pub mod seeds;
pub mod suites;
pub mod token;
pub mod vectors;

/// 2026-06-01T12:00:00Z: the time at which everything made here is valid.
pub const NOW: i64 = 1_780_315_200;
