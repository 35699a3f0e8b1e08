//! The private entry of the conformance vectors.

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::Json;
use napi::bindgen_prelude::{Error, Result};
use napi_derive::napi;

use crate::answer::{self, NativeUnreadable};

/// Runs a case. `texts` stand in for its own argument texts, one a step; a fault says why there is none. The outcome as JSON text.
///
/// # Errors
/// Where the case is not usable.
#[napi(catch_unwind, skip_typescript)]
pub fn vector(case: String, texts: Vec<String>, faults: Vec<Option<NativeUnreadable>>) -> Result<String> {
    let case = match Json::parse(case.as_bytes(), &JsonBounds::DOCUMENT) {
        Ok(Json::Object(case)) => case,
        Ok(_) => return Err(Error::from_reason("a case is an object")),
        Err(fault) => return Err(Error::from_reason(fault.rule)),
    };
    let arguments = texts.iter().zip(faults).map(|(text, fault)| answer::arguments(text, fault)).collect();
    kakunin_testkit::run::run(&case, arguments)
        .map(answer::text)
        .map_err(|broken| Error::from_reason(broken.to_string()))
}
