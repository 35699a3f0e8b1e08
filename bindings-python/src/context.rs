//! What surrounds a call: the bindings entered with `with guard.bind(…)`, and the guarded call that is running.
//!
//! Both live in `contextvars`, so that tasks inherit them and threads without a context do not.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::guard::Judge;
use crate::judgement::Judgement;

/// One entered binding and those around it.
#[pyclass(frozen, module = "kakunin._native")]
pub(crate) struct Entry {
    pub(crate) judge: Judge,
    /// The guards whose tools it judges: the one that was entered and those it came from.
    pub(crate) applies_to: Arc<[u64]>,
    #[pyo3(get)]
    pub(crate) outer: Option<Py<Entry>>,
}

#[pymethods]
impl Entry {
    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        self.outer.as_ref().map_or(Ok(()), |outer| visit.call(outer))
    }
}

/// What is entered for the guard `id`, if anything is.
pub(crate) fn entered(py: Python<'_>, id: u64) -> PyResult<Option<Bound<'_, Entry>>> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let found = method(py, &GET, "BINDINGS", "get")?.call0()?;
    if found.is_none() {
        return Ok(None);
    }
    judging(&found.cast_into::<Entry>()?, &[id])
}

/// The innermost entry, `entry` or around it, that judges the tools of any of `guards`.
pub(crate) fn judging<'py>(entry: &Bound<'py, Entry>, guards: &[u64]) -> PyResult<Option<Bound<'py, Entry>>> {
    let py = entry.py();
    let mut entry = entry.clone();
    loop {
        if guards.iter().any(|guard| entry.get().applies_to.contains(guard)) {
            return Ok(Some(entry));
        }
        let Some(outer) = entry.get().outer.as_ref().map(|outer| outer.bind(py).clone()) else { return Ok(None) };
        entry = outer;
    }
}

/// Runs `call` with `judgement` as the running call, from which `guard.sign(audience=…)` takes it.
pub(crate) fn while_running<'py>(
    judgement: &Bound<'py, Judgement>,
    call: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    static SET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static RESET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = judgement.py();
    let token = method(py, &SET, "RUNNING", "set")?.call1((judgement,))?;
    let result = call();
    method(py, &RESET, "RUNNING", "reset")?.call1((token,))?;
    result
}

/// A method of a context variable, looked up once.
fn method<'py>(
    py: Python<'py>,
    once: &'static PyOnceLock<Py<PyAny>>,
    variable: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyAny>> {
    let look_up = || Ok::<_, PyErr>(py.import("kakunin._context")?.getattr(variable)?.getattr(name)?.unbind());
    Ok(once.get_or_try_init(py, look_up)?.bind(py))
}
