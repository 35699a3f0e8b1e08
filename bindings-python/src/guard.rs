//! A guard: the shell's, opened from options, and the binding under which its calls are decided.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kakunin_authority::shell::{self, Binding, GuardOptions};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict};

use crate::answer::{self, Decision};
use crate::context::{self, Entry};
use crate::judgement::Judgement;
use crate::options::{self, SourceValue};
use crate::value;

/// The shell's guard, and what decides how it is called.
pub(crate) struct Shared {
    guard: shell::Guard,
    /// Whether a decision may wait for a disk, so that it is made without the GIL and off the event loop.
    blocks: bool,
    /// Whether a running call can be signed, so that it is remembered while it runs.
    signs: bool,
}

/// A guard under one binding.
#[pyclass(frozen, module = "kakunin._native")]
#[derive(Clone)]
pub(crate) struct Guard {
    shared: Arc<Shared>,
    id: u64,
    /// Its own id and those of the guards it was bound from.
    lineage: Arc<[u64]>,
    binding: Arc<Binding>,
}

impl Shared {
    pub(crate) const fn signs(&self) -> bool {
        self.signs
    }

    pub(crate) const fn blocks(&self) -> bool {
        self.blocks
    }

    /// Decides, and tells the operator what the guard noticed meanwhile.
    pub(crate) fn decide(
        &self,
        py: Python<'_>,
        action: &str,
        arguments: Result<Object, Denial>,
        binding: &Binding,
    ) -> PyResult<shell::Decision> {
        let decision = if self.blocks {
            py.detach(|| self.guard.decide(action, arguments, binding))
        } else {
            self.guard.decide(action, arguments, binding)
        };
        if self.guard.has_notices() {
            answer::notices(py, self.guard.take_notices())?;
        }
        Ok(decision)
    }
}

impl Guard {
    pub(crate) fn new(guard: shell::Guard, blocks: bool, signs: bool) -> Self {
        let id = next_id();
        let shared = Arc::new(Shared { guard, blocks, signs });
        Self { shared, id, lineage: Arc::from([id]), binding: Arc::default() }
    }

    pub(crate) fn open(py: Python<'_>, options: GuardOptions) -> PyResult<Self> {
        // Without a word the record is a file under a development root.
        let blocks =
            options.record.as_deref().is_none_or(|record| record != "none" && !record.ends_with("write=batch"));
        let signs = options.signer.is_some();
        let guard = py.detach(|| shell::Guard::open(options)).map_err(|denial| answer::misconfigured(py, &denial))?;
        answer::notices(py, guard.take_notices())?;
        Ok(Self::new(guard, blocks, signs))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The binding for a call that is made now: the one entered, else its own.
    pub(crate) fn binding(&self, py: Python<'_>) -> PyResult<Arc<Binding>> {
        Ok(context::entered(py, self.id)?.unwrap_or_else(|| Arc::clone(&self.binding)))
    }
}

#[pymethods]
impl Guard {
    /// Opens a guard from options by name; those left out keep their defaults.
    #[staticmethod]
    #[pyo3(name = "open")]
    fn open_options(options: &Bound<'_, PyDict>) -> PyResult<Self> {
        Self::open(options.py(), options::guard(options)?)
    }

    /// Opens a guard from the variables `KAKUNIN_*`.
    #[staticmethod]
    fn from_env(py: Python<'_>) -> PyResult<Self> {
        let options = GuardOptions::from_env().map_err(|denial| answer::misconfigured(py, &denial))?;
        Self::open(py, options)
    }

    /// Decides a call: judges, draws and records.
    fn check(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>) -> PyResult<Decision> {
        let decision = self.shared.decide(py, action, value::object(args), &*self.binding(py)?)?;
        answer::decision(py, &decision)
    }

    /// Decides a call as `check` does, and raises `Denied` unless it is allowed.
    fn authorize(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>) -> PyResult<()> {
        let decision = self.shared.decide(py, action, value::object(args), &*self.binding(py)?)?;
        answer::allowed(py, &decision)
    }

    /// Takes the copy of a call's arguments, to be decided in a step of its own.
    fn judge(&self, py: Python<'_>, action: String, args: &Bound<'_, PyAny>) -> PyResult<Judgement> {
        Ok(Judgement::new(Arc::clone(&self.shared), action, self.binding(py)?, value::object(args), None))
    }

    /// Refuses a method that no action was listed for, and records it.
    fn refuse_unlisted(&self, py: Python<'_>, method: &str) -> PyResult<()> {
        let denial = Denial::new(Code::ActionNotAllowed, "method-not-listed").field(method.to_owned());
        let decision = self.shared.decide(py, method, Err(denial), &*self.binding(py)?)?;
        answer::allowed(py, &decision)
    }

    /// Tells an operator what would be decided and why; draws and records nothing.
    fn explain(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>) -> PyResult<String> {
        Ok(self.shared.guard.explain(action, value::object(args), &*self.binding(py)?))
    }

    /// Signs a call, judged but not drawn, as a compact JWS.
    fn sign(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>, audience: &str) -> PyResult<String> {
        let (arguments, binding) = (value::object(args), self.binding(py)?);
        py.detach(|| self.shared.guard.sign(action, arguments, audience, &binding))
            .map_err(|refusal| answer::refused(py, &refusal))
    }

    /// Signs a call that this guard allowed and that is running.
    fn sign_running(&self, py: Python<'_>, running: &Bound<'_, Judgement>, audience: &str) -> PyResult<String> {
        let (shared, decision, binding) = running.get().decided()?;
        if !Arc::ptr_eq(shared, &self.shared) {
            return Err(PyRuntimeError::new_err("the running call was allowed by another guard: sign with that one"));
        }
        py.detach(|| shared.guard.sign_allowed(decision, audience, binding))
            .map_err(|refusal| answer::refused(py, &refusal))
    }

    /// The same guard under a binding of its own; what is left out is inherited.
    fn bind(&self, py: Python<'_>, session: Option<String>, chain: Option<String>) -> PyResult<Self> {
        let session = session.or_else(|| self.binding.session.clone());
        let chain = chain.or_else(|| self.binding.chain.clone());
        let binding = Binding { session, chain };
        binding.check().map_err(|denial| answer::misconfigured(py, &denial))?;
        let id = next_id();
        let lineage = self.lineage.iter().copied().chain([id]).collect();
        Ok(Self { shared: Arc::clone(&self.shared), id, lineage, binding: Arc::new(binding) })
    }

    /// This guard's binding as the innermost one around `outer`.
    fn entry(&self, outer: Option<Py<Entry>>) -> Entry {
        Entry { binding: Arc::clone(&self.binding), applies_to: Arc::clone(&self.lineage), outer }
    }

    /// Whether `entry` was made by this guard's `entry`.
    fn entered(&self, entry: &Bound<'_, Entry>) -> bool {
        Arc::ptr_eq(&entry.get().applies_to, &self.lineage)
    }

    /// Takes over a renewed certificate of the same agent.
    fn reload(&self, py: Python<'_>, certificate: SourceValue) -> PyResult<()> {
        let source = certificate.into();
        py.detach(|| self.shared.guard.reload(source)).map_err(|denial| answer::misconfigured(py, &denial))
    }

    /// Writes out what is still to be recorded.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.shared.guard.flush()).map_err(|denial| answer::misconfigured(py, &denial))
    }

    /// Flushes and releases; every later decision is a denial.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.shared.guard.close()).map_err(|denial| answer::misconfigured(py, &denial))
    }

    /// The agent's id.
    #[getter]
    fn id(&self) -> String {
        self.shared.guard.id()
    }

    /// When the first certificate on the path expires, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        value::time_to_python(py, self.shared.guard.expires_at())
    }

    /// Whether the root carries the `development` mark.
    #[getter]
    fn is_development(&self) -> bool {
        self.shared.guard.is_development()
    }

    /// Whether a decision may wait for a disk.
    #[getter]
    fn blocks(&self) -> bool {
        self.shared.blocks
    }

    /// Whether a running call can be signed.
    #[getter]
    fn signs(&self) -> bool {
        self.shared.signs
    }
}

impl Guard {
    /// The clock that testing moves.
    pub(crate) fn clock(&self) -> &Arc<shell::Clock> {
        self.shared.guard.clock()
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
