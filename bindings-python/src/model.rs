//! The hash of what an agent runs on.

use std::path::PathBuf;

use kakunin_authority::shell::{self, Model};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::{answer, options};

/// The hash of what an agent runs on, as `kakunin issue --model-hash` takes it: of a configuration (provider, model,
/// version, system prompt, tools), or of a file of weights, which is read as a stream.
#[pyfunction]
#[pyo3(signature = (configuration=None, /, *, file=None))]
pub(crate) fn compute_model_hash(
    py: Python<'_>,
    configuration: Option<&Bound<'_, PyAny>>,
    file: Option<PathBuf>,
) -> PyResult<String> {
    let model = match (configuration, file) {
        (Some(configuration), None) => options::configuration(configuration)?,
        (None, Some(file)) => Model::File(file),
        _ => return Err(PyTypeError::new_err("a model is a configuration or a file of weights: one of the two")),
    };
    py.detach(|| shell::compute_model_hash(&model)).map_err(|denial| answer::misconfigured(py, &denial))
}
