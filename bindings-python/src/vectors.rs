//! The private entry of the conformance vectors.

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::jcs;
use kakunin_core::encoding::json::Json;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::value;

/// Runs a case. `arguments` stand in for its own argument texts, one a step, and pass through the conversion of tools' arguments.
/// The outcome as JSON text.
#[pyfunction(name = "_vector")]
pub(crate) fn vector(case: &str, arguments: Vec<Bound<'_, PyAny>>) -> PyResult<String> {
    let case = match Json::parse(case.as_bytes(), &JsonBounds::DOCUMENT) {
        Ok(Json::Object(case)) => case,
        Ok(_) => return Err(PyValueError::new_err("a case is an object")),
        Err(fault) => return Err(PyValueError::new_err(fault.rule)),
    };
    let arguments = arguments.iter().map(value::object).collect();
    match kakunin_testkit::run::run(&case, arguments) {
        Ok(outcome) => Ok(jcs::to_string(&Json::Object(outcome))),
        Err(broken) => Err(PyValueError::new_err(broken.to_string())),
    }
}
