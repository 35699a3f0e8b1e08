//! What a guard answers: a `Decision`, or the exception `Denied`. Denials are logged here, on their way out.

use kakunin_authority::shell::{self, Refusal};
use kakunin_core::approval::ApprovalRequest;
use kakunin_core::encoding::json::Object;
use kakunin_core::error::Denial;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyMappingProxy};

use crate::value::object_to_python;

/// What was decided about one call. It has no truth value: ask `allowed`.
#[pyclass(frozen, module = "kakunin._native")]
pub(crate) struct Decision {
    allowed: bool,
    code: Option<&'static str>,
    reason: Option<String>,
    details: Option<Object>,
    reference: Option<String>,
    approval: Option<Object>,
}

#[pymethods]
impl Decision {
    /// Whether the call may run. Under `observe` it may, though `code` says why it would be refused.
    #[getter]
    const fn allowed(&self) -> bool {
        self.allowed
    }

    /// The code of the denial, `KKN-E202`; `None` if there is none.
    #[getter]
    const fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// The operator's sentence; never show it to a model.
    #[getter]
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The facts behind the denial, for the operator; empty if there is none.
    #[getter]
    fn details<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyMappingProxy>> {
        let empty = Object::new();
        let dict = object_to_python(py, self.details.as_ref().unwrap_or(&empty))?;
        Ok(PyMappingProxy::new(py, dict.as_mapping()))
    }

    /// Under which the record knows the decision; `None` for an allowed call without a record.
    #[getter]
    fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// What a person is to be asked, where the call is refused for want of approvals: as JSON, for `kakunin approve`.
    #[getter]
    fn approval<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.approval.as_ref().map(|request| object_to_python(py, request)).transpose()
    }

    fn __bool__(&self) -> PyResult<bool> {
        Err(PyTypeError::new_err("a Decision has no truth value: ask its `allowed`"))
    }

    fn __repr__(&self) -> String {
        let verdict = if self.allowed { "allowed" } else { "denied" };
        let mut text = format!("<Decision {verdict}");
        for part in [self.code, self.reference.as_deref()].into_iter().flatten() {
            text.push(' ');
            text.push_str(part);
        }
        text.push('>');
        text
    }
}

/// The decision as Python sees it; a denial in it is logged.
pub(crate) fn decision(py: Python<'_>, decision: &shell::Decision) -> PyResult<Decision> {
    if decision.denial().is_some() {
        log(py, decision)?;
    }
    Ok(Decision {
        allowed: decision.allowed(),
        code: decision.denial().map(|denial| denial.code().as_str()),
        reason: decision.denial().map(Denial::reason),
        details: decision.details_json(),
        reference: decision.reference().map(str::to_owned),
        approval: decision.approval().map(ApprovalRequest::to_json),
    })
}

/// Lets an allowed decision pass; one that denies is the exception to raise.
///
/// # Errors
/// `Denied`.
pub(crate) fn allowed(py: Python<'_>, decision: &shell::Decision) -> PyResult<()> {
    if decision.denial().is_none() && decision.allowed() {
        return Ok(());
    }
    let exception = log(py, decision)?;
    if decision.allowed() { Ok(()) } else { Err(PyErr::from_value(exception)) }
}

/// The exception for a refusal that is no decision about a call: of a token, of a signature.
pub(crate) fn refused(py: Python<'_>, refusal: &Refusal) -> PyErr {
    let raise = || {
        let details = object_to_python(py, &refusal.details_json())?;
        let code = refusal.code().as_str();
        let (reference, approval) = (refusal.reference(), request(py, refusal.approval())?);
        denial_hook(py)?.call1((refusal.opaque(), code, refusal.reason(), details, reference, false, approval))
    };
    raise().map_or_else(|error| error, PyErr::from_value)
}

/// The exception for options that make no guard.
pub(crate) fn misconfigured(py: Python<'_>, denial: &Denial) -> PyErr {
    let raise = || {
        let details = object_to_python(py, &shell::details_json(denial))?;
        configuration_hook(py)?.call1((denial.code().as_str(), denial.reason(), details))
    };
    raise().map_or_else(|error| error, PyErr::from_value)
}

/// Tells the operator what the guard noticed beside its decisions.
pub(crate) fn notices(py: Python<'_>, notices: Vec<shell::Notice>) -> PyResult<()> {
    static HOOK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let hook = hook(py, &HOOK, "noticed")?;
    for notice in notices {
        hook.call1((notice.text,))?;
    }
    Ok(())
}

fn log<'py>(py: Python<'py>, decision: &shell::Decision) -> PyResult<Bound<'py, PyAny>> {
    let details = object_to_python(py, &decision.details_json().unwrap_or_default())?;
    denial_hook(py)?.call1((
        decision.opaque(),
        decision.denial().map(|denial| denial.code().as_str()),
        decision.denial().map(Denial::reason),
        details,
        decision.reference(),
        decision.allowed(),
        request(py, decision.approval())?,
    ))
}

fn request<'py>(py: Python<'py>, request: Option<&ApprovalRequest>) -> PyResult<Option<Bound<'py, PyDict>>> {
    request.map(|request| object_to_python(py, &request.to_json())).transpose()
}

fn denial_hook(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static HOOK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    hook(py, &HOOK, "denied")
}

fn configuration_hook(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static HOOK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    hook(py, &HOOK, "ConfigurationError")
}

fn hook<'py>(py: Python<'py>, once: &'static PyOnceLock<Py<PyAny>>, name: &str) -> PyResult<&'py Bound<'py, PyAny>> {
    Ok(once.get_or_try_init(py, || Ok::<_, PyErr>(py.import("kakunin._denied")?.getattr(name)?.unbind()))?.bind(py))
}
