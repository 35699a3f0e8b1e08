//! The authority's side of Kakunin, and the shell around the core that both language bindings wrap.
//!
//! The core decides and does no input or output; here are its clock, files, keys and records, the CA for trying, and the
//! `kakunin` command.
#![forbid(unsafe_code)]

mod fault;
mod hex;

pub mod files;
pub mod http;
pub mod keys;
pub mod log;
mod observe;
pub mod orders;
pub mod pki;
pub mod responder;
pub mod shell;
pub mod testing;
pub mod command;
