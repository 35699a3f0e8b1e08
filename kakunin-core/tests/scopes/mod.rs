//! Scopes for tests.

pub(crate) mod build;
