//! One guarded call on its way: its arguments are copied, then decided, then its function may run, once.
//!
//! In one go for most tools ([`crate::tool`]); in steps where the decision waits for a disk while an event loop
//! runs, or where the running call can be signed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use kakunin_authority::shell::{self, Binding};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::answer::{self, Decision};
use crate::guard::{Judge, Shared};
use crate::value::object_to_python;

/// A call whose arguments are bound and copied.
#[pyclass(frozen, module = "kakunin._native")]
pub(crate) struct Judgement {
    judge: Judge,
    action: String,
    arguments: Mutex<Option<Result<Object, Denial>>>,
    first: OnceLock<Decided>,
    /// Once more, with the approvals that the guard asked for.
    second: OnceLock<Decided>,
    call: Option<Call>,
    called: AtomicBool,
}

/// A decision and the binding it was made under.
struct Decided {
    decision: shell::Decision,
    binding: Arc<Binding>,
}

/// The function and the private copy of what it was given.
pub(crate) struct Call {
    pub(crate) function: Py<PyAny>,
    pub(crate) positional: Py<PyTuple>,
    pub(crate) keywords: Option<Py<PyDict>>,
}

impl Judgement {
    pub(crate) fn new(judge: Judge, action: String, arguments: Result<Object, Denial>, call: Option<Call>) -> Self {
        let (arguments, called) = (Mutex::new(Some(arguments)), AtomicBool::new(false));
        Self { judge, action, arguments, first: OnceLock::new(), second: OnceLock::new(), call, called }
    }

    /// The guard that judged it, its decision, and the binding it was made under.
    pub(crate) fn decided(&self) -> PyResult<(&Arc<Shared>, &shell::Decision, &Binding)> {
        let decided = self.second.get().or_else(|| self.first.get());
        let decided = decided.ok_or_else(|| PyRuntimeError::new_err("the call is not decided yet"))?;
        Ok((&self.judge.shared, &decided.decision, &decided.binding))
    }
}

#[pymethods]
impl Judgement {
    /// Decides: judges, draws and records. Does nothing when called again.
    pub(crate) fn decide(&self, py: Python<'_>) -> PyResult<()> {
        let taken = self.arguments.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(arguments) = taken else { return self.decided().map(|_| ()) };
        let decision = self.judge.shared.decide(py, &self.action, arguments, &self.judge.binding)?;
        let decided = Decided { decision, binding: Arc::clone(&self.judge.binding) };
        self.first.set(decided).map_err(|_| PyRuntimeError::new_err("the call is decided already"))
    }

    /// Whom to ask and what, where the decision wants approvals and nobody was asked yet.
    fn wanted<'py>(&self, py: Python<'py>) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyDict>)>> {
        let (Some(ask), None) = (self.judge.shared.on_approval(), self.second.get()) else { return Ok(None) };
        let decision = self.decided()?.1;
        let required = decision.denial().is_some_and(|denial| denial.code() == Code::ApprovalRequired);
        match decision.approval().filter(|_| required && !decision.allowed()) {
            Some(request) => Ok(Some((ask.bind(py).clone(), object_to_python(py, &request.to_json())?))),
            None => Ok(None),
        }
    }

    /// Decides once more, about the copy that was judged, with these approvals.
    fn decide_again(&self, py: Python<'_>, approvals: Vec<String>) -> PyResult<()> {
        let (shared, decision, binding) = self.decided()?;
        let arguments = decision.arguments().map(|arguments| arguments.object().clone());
        let arguments = arguments.ok_or_else(|| PyRuntimeError::new_err("there are no arguments to judge again"))?;
        let binding = binding.with_approvals(&approvals).map_err(|denial| answer::misconfigured(py, &denial))?;
        let decision = shared.decide(py, &self.action, Ok(arguments), &binding)?;
        let decided = Decided { decision, binding: Arc::new(binding) };
        self.second.set(decided).map_err(|_| PyRuntimeError::new_err("the call was judged twice already"))
    }

    /// Whether `decide` may wait for a disk.
    #[getter]
    fn blocks(&self) -> bool {
        self.judge.shared.blocks()
    }

    /// The decision. A denial is logged.
    fn decision(&self, py: Python<'_>) -> PyResult<Decision> {
        answer::decision(py, self.decided()?.1)
    }

    /// The judged copy of the arguments, a new `dict` each time; `None` where they could not be read.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.decided()?.1.arguments().map(|arguments| object_to_python(py, arguments.object())).transpose()
    }

    /// Raises `Denied` unless the call is allowed.
    pub(crate) fn authorize(&self, py: Python<'_>) -> PyResult<()> {
        answer::allowed(py, self.decided()?.1)
    }

    /// Runs the function with the judged copy, once, or raises `Denied`.
    fn call<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.authorize(py)?;
        self.invoke(py)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        let Some(call) = &self.call else { return Ok(()) };
        visit.call(&call.function)?;
        visit.call(&call.positional)?;
        call.keywords.as_ref().map_or(Ok(()), |keywords| visit.call(keywords))
    }
}

impl Judgement {
    /// Runs the function of a call that `authorize` let pass.
    pub(crate) fn invoke<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if !self.decided()?.1.allowed() {
            return Err(PyRuntimeError::new_err("the call is not allowed"));
        }
        let call = self.call.as_ref().ok_or_else(|| PyRuntimeError::new_err("there is no function to call"))?;
        if self.called.swap(true, Ordering::Relaxed) {
            return Err(PyRuntimeError::new_err("one decision is for one call"));
        }
        let keywords = call.keywords.as_ref().map(|keywords| keywords.bind(py));
        call.function.bind(py).call(call.positional.bind(py), keywords)
    }
}
