//! A throw-away authority in memory, with a guard and a verifier under it and a clock that tests move.

use kakunin_authority::testing;
use kakunin_core::scope::authoring::Format;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::answer;
use crate::guard::Guard;
use crate::options;
use crate::verifier::Verifier;

/// A guard whose agent has the scope and may delegate `delegate` levels deep, and a verifier that trusts the same authority.
#[pyfunction]
#[pyo3(signature = (scope, json, delegate, guard_options, verifier_options, on_approval))]
pub(crate) fn testing_pair(
    py: Python<'_>,
    scope: &str,
    json: bool,
    delegate: Option<u8>,
    guard_options: &Bound<'_, PyDict>,
    verifier_options: &Bound<'_, PyDict>,
    on_approval: Option<Py<PyAny>>,
) -> PyResult<(Guard, Verifier)> {
    let format = if json { Format::Json } else { Format::Toml };
    let (guard_options, verifier_options) = (options::guard(guard_options)?, options::verifier(verifier_options)?);
    let blocks = guard_options.record.as_deref().is_some_and(|record| record != "none");
    let (guard, verifier) = testing::guard_with_verifier(scope, format, delegate, guard_options, verifier_options)
        .map_err(|denial| answer::misconfigured(py, &denial))?;
    Ok((Guard::new(guard, blocks, true, on_approval), Verifier::new(verifier)))
}

/// Moves the clock of a guard from `testing_pair`, and of the verifier beside it, forward by `"90s"` or `"1h"`.
#[pyfunction]
pub(crate) fn advance(py: Python<'_>, guard: &Bound<'_, Guard>, by: &str) -> PyResult<()> {
    guard.get().clock().advance_text(by).map_err(|denial| answer::misconfigured(py, &denial))
}
