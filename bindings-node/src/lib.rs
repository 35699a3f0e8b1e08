//! The addon behind `@kakunin/sdk`: one file a concept, each of which converts, calls `kakunin_authority::shell`, converts.
//!
//! Nothing here throws a coded error, because codes do not survive every way across the border: a call answers with `null`
//! or a JSON text, and the facade throws.

pub mod answer;
pub mod command;
pub mod guard;
pub mod job;
pub mod model;
pub mod options;
pub mod testing;
#[cfg(feature = "vectors")]
pub mod vectors;
pub mod verifier;
