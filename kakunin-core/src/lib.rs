//! Decides whether an agent's action is allowed, after the model has chosen it and before anything happens.
//!
//! The modules stand in the order in which data flows; each imports only from those before it.
//! Nothing here reads a clock, a file, a socket or the environment: time, trust anchors, revocation data,
//! randomness and stores are arguments.
#![forbid(unsafe_code)]

pub mod time;
pub mod error;
pub mod bounds;
pub mod encoding;
pub mod crypto;
pub mod jws;
pub mod value;
pub mod scope;
pub mod certificate;
pub mod revocation;
pub mod path;
pub mod approval;
pub mod intent;
pub mod guard;
pub mod record;
pub mod issue;
