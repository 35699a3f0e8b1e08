//! The guard and the verifier as an application holds them: options, clock, stores, records around the core's decision.

mod cache;
mod clock;
mod current;
mod decision;
mod guard;
mod model;
mod narrow;
mod options;
mod refresher;
mod setup;
mod sink;
mod source;
mod stores;
#[cfg(test)]
mod swap;
mod throw_away;
mod verifier;
mod words;

pub use clock::Clock;
pub use decision::{Decision, Notice, Refusal, details_json};
pub use guard::{Guard, bound_elsewhere, unbound};
pub use model::{compute_model_hash, compute_model_hash_with};
pub use narrow::{Narrowing, compile_scope};
pub use options::{
    Binding, Bound, Environment, GuardOptions, Model, RecordValues, SignerSource, VerifierOptions, Writing,
};
pub use source::Source;
pub use verifier::{Verified, Verifier};

pub(crate) use clock::{parse_span, system_now};
pub(crate) use current::open_signer;
pub(crate) use setup::{Common, Setup};
pub(crate) use words::{refused, refused_because};
