//! The guard and the verifier as an application holds them: options, clock, stores, records around the core's decision.

mod clock;
mod decision;
mod options;
mod source;

pub use clock::Clock;
pub use decision::{Decision, Notice, Refusal, details_json};
pub use options::{
    Binding, Bound, Environment, GuardOptions, Model, RecordValues, SignerSource, VerifierOptions, Writing,
};
pub use source::Source;

pub(crate) use clock::system_now;
