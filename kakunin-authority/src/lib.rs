//! The authority's side of Kakunin, and the shell around the core that both language bindings wrap.
//!
//! The core decides and does no input or output; here are its clock, files, keys and records.
#![forbid(unsafe_code)]

mod fault;
mod hex;

pub mod files;
pub mod keys;
pub mod log;
pub mod shell;
