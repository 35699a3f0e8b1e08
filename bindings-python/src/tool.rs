//! A guarded function: binding, copying, deciding and calling in one native call.

use kakunin_authority::shell;
use kakunin_core::encoding::json::Object;
use kakunin_core::error::Denial;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::answer;
use crate::binder::{Binder, BoundCall, Description};
use crate::context;
use crate::guard::{Guard, Judge};
use crate::judgement::{Call, Judgement};

/// A function under its guard and its action.
#[pyclass(frozen, module = "kakunin._native")]
pub(crate) struct Tool {
    guard: Guard,
    action: String,
    function: Py<PyAny>,
    binder: Binder,
    must_be_bound: bool,
}

#[pymethods]
impl Tool {
    #[new]
    fn new(
        py: Python<'_>,
        guard: &Bound<'_, Guard>,
        action: String,
        function: Py<PyAny>,
        signature: Py<PyAny>,
        parameters: Vec<Description>,
        must_be_bound: bool,
    ) -> PyResult<Self> {
        let binder = Binder::new(py, parameters, signature)?;
        Ok(Self { guard: guard.get().clone(), action, function, binder, must_be_bound })
    }

    /// Decides one call and runs the function with the judged copy of its arguments, or raises `Denied`.
    fn run<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        // Who is narrowed signs, and came from one who does.
        if self.guard.signs() {
            return self.run_signable(args, kwargs);
        }
        let BoundCall { arguments, positional, keywords } = self.binder.bind(args, kwargs)?;
        let judge = self.guard.judging(py)?;
        let arguments = self.bound(&judge, arguments);
        let decision = judge.shared.decide(py, &self.action, arguments, &judge.binding)?;
        answer::allowed(py, &decision)?;
        self.function.bind(py).call(positional, keywords.as_ref())
    }

    /// Takes the copy of one call's arguments, to be decided and run in steps.
    fn judge(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyResult<Judgement> {
        let py = args.py();
        let BoundCall { arguments, positional, keywords } = self.binder.bind(args, kwargs)?;
        let call = Call {
            function: self.function.clone_ref(py),
            positional: positional.unbind(),
            keywords: keywords.map(Bound::unbind),
        };
        let judge = self.guard.judging(py)?;
        let arguments = self.bound(&judge, arguments);
        Ok(Judgement::new(judge, self.action.clone(), arguments, Some(call)))
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.function)
    }
}

impl Tool {
    /// The arguments, if the call stands inside a binding or need not.
    fn bound(&self, judge: &Judge, arguments: Result<Object, Denial>) -> Result<Object, Denial> {
        if self.must_be_bound && !judge.shared.is_bound(&judge.binding) { Err(shell::unbound()) } else { arguments }
    }

    /// The same as `run`, with the call in the variable from which `guard.sign(audience=…)` takes it.
    fn run_signable<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = args.py();
        let judgement = Bound::new(py, self.judge(args, kwargs)?)?;
        judgement.get().decide(py)?;
        judgement.get().authorize(py)?;
        context::while_running(&judgement, || judgement.get().invoke(py))
    }
}
