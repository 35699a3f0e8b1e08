//! A guard: the shell's, opened from options, and the binding under which its calls are decided.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kakunin_authority::shell::{self, Binding, GuardOptions, Narrowing};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::authoring::Format;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict};

use crate::answer::{self, Decision};
use crate::context::{self, Entry};
use crate::judgement::Judgement;
use crate::options::{self, SourceValue, TtlValue};
use crate::value;

/// The shell's guard, and what decides how it is called.
pub(crate) struct Shared {
    guard: shell::Guard,
    /// Whether a decision may wait for a disk, so that it is made without the GIL and off the event loop.
    blocks: bool,
    /// Whether a running call can be signed, so that it is remembered while it runs.
    signs: bool,
    /// The numbers of the guards that it was narrowed from, and last its own.
    narrowed_from: Arc<[u64]>,
    /// Whom a call asks that wants approvals.
    on_approval: Option<Arc<Py<PyAny>>>,
}

/// Who judges a call: a guard, under a binding.
#[derive(Clone)]
pub(crate) struct Judge {
    pub(crate) shared: Arc<Shared>,
    pub(crate) binding: Arc<Binding>,
}

/// A guard under one binding.
#[pyclass(frozen, module = "kakunin._native")]
#[derive(Clone)]
pub(crate) struct Guard {
    judge: Judge,
    id: u64,
    /// Its own id and those of the guards it was bound or narrowed from.
    lineage: Arc<[u64]>,
    /// Whether closing it closes the shell's guard: it was not just bound.
    owns: bool,
}

impl Shared {
    pub(crate) const fn blocks(&self) -> bool {
        self.blocks
    }

    /// Whom a call asks that wants approvals.
    pub(crate) fn on_approval(&self) -> Option<&Py<PyAny>> {
        self.on_approval.as_deref()
    }

    /// Whether a call under `binding` is inside a binding.
    pub(crate) const fn is_bound(&self, binding: &Binding) -> bool {
        self.guard.is_bound(binding)
    }

    /// Whether it is `other`, or was narrowed from it.
    pub(crate) fn is_from(&self, other: &Self) -> bool {
        other.narrowed_from.last().is_some_and(|number| self.narrowed_from.contains(number))
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
    pub(crate) fn new(guard: shell::Guard, blocks: bool, signs: bool, on_approval: Option<Py<PyAny>>) -> Self {
        let id = next_id();
        let (narrowed_from, on_approval) = (Arc::from([id]), on_approval.map(Arc::new));
        let shared = Arc::new(Shared { guard, blocks, signs, narrowed_from, on_approval });
        Self { judge: Judge { shared, binding: Arc::default() }, id, lineage: Arc::from([id]), owns: true }
    }

    pub(crate) fn open(py: Python<'_>, options: GuardOptions, on_approval: Option<Py<PyAny>>) -> PyResult<Self> {
        // Without a word the record is a file under a development root.
        let blocks =
            options.record.as_deref().is_none_or(|record| record != "none" && !record.ends_with("write=batch"));
        let signs = options.signer.is_some();
        let guard = py.detach(|| shell::Guard::open(options)).map_err(|denial| answer::misconfigured(py, &denial))?;
        answer::notices(py, guard.take_notices())?;
        Ok(Self::new(guard, blocks, signs, on_approval))
    }

    /// Who judges a call that is made now: the one entered, else itself.
    pub(crate) fn judging(&self, py: Python<'_>) -> PyResult<Judge> {
        Ok(context::entered(py, self.id)?.map_or_else(|| self.judge.clone(), |entry| entry.get().judge.clone()))
    }

    /// The guard of `judge`, whose tools those of this guard and of all that judge in its place are too.
    fn derived(&self, entered: Option<&Bound<'_, Entry>>, judge: Judge, id: u64, owns: bool) -> Self {
        let mut lineage = entered.map_or_else(Vec::new, |entry| entry.get().applies_to.to_vec());
        lineage.extend(self.lineage.iter().filter(|id| !lineage.contains(id)).copied().collect::<Vec<_>>());
        lineage.push(id);
        Self { judge, id, lineage: lineage.into(), owns }
    }
}

#[pymethods]
impl Guard {
    /// Opens a guard from options by name; those left out keep their defaults.
    #[staticmethod]
    #[pyo3(name = "open")]
    fn open_options(options: &Bound<'_, PyDict>, on_approval: Option<Py<PyAny>>) -> PyResult<Self> {
        Self::open(options.py(), options::guard(options)?, on_approval)
    }

    /// Opens a guard from the variables `KAKUNIN_*`.
    #[staticmethod]
    fn from_env(py: Python<'_>) -> PyResult<Self> {
        let options = GuardOptions::from_env().map_err(|denial| answer::misconfigured(py, &denial))?;
        Self::open(py, options, None)
    }

    /// Decides a call: judges, draws and records.
    fn check(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>) -> PyResult<Decision> {
        let Judge { shared, binding } = self.judging(py)?;
        let decision = shared.decide(py, action, value::object(args), &binding)?;
        answer::decision(py, &decision)
    }

    /// Decides a call as `check` does, and raises `Denied` unless it is allowed.
    fn authorize(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>) -> PyResult<()> {
        let Judge { shared, binding } = self.judging(py)?;
        let decision = shared.decide(py, action, value::object(args), &binding)?;
        answer::allowed(py, &decision)
    }

    /// Takes the copy of a call's arguments, to be decided in a step of its own.
    fn judge(&self, py: Python<'_>, action: String, args: &Bound<'_, PyAny>) -> PyResult<Judgement> {
        Ok(Judgement::new(self.judging(py)?, action, value::object(args), None))
    }

    /// Refuses a method that no action was listed for, and records it.
    fn refuse_unlisted(&self, py: Python<'_>, method: &str) -> PyResult<()> {
        let denial = Denial::new(Code::ActionNotAllowed, "method-not-listed").field(method.to_owned());
        let Judge { shared, binding } = self.judging(py)?;
        let decision = shared.decide(py, method, Err(denial), &binding)?;
        answer::allowed(py, &decision)
    }

    /// Tells an operator what would be decided and why; draws and records nothing.
    fn explain(&self, py: Python<'_>, action: &str, args: &Bound<'_, PyAny>) -> PyResult<String> {
        let Judge { shared, binding } = self.judging(py)?;
        Ok(shared.guard.explain(action, value::object(args), &binding))
    }

    /// Signs a call, judged but not drawn, as a compact JWS.
    fn sign(
        &self,
        py: Python<'_>,
        action: &str,
        args: &Bound<'_, PyAny>,
        audience: &str,
        approvals: Vec<String>,
    ) -> PyResult<String> {
        let (arguments, Judge { shared, binding }) = (value::object(args), self.judging(py)?);
        let binding = binding.with_approvals(&approvals).map_err(|denial| answer::misconfigured(py, &denial))?;
        py.detach(|| shared.guard.sign(action, arguments, audience, &binding))
            .map_err(|refusal| answer::refused(py, &refusal))
    }

    /// Signs a call that is running, and that this guard allowed or one that was narrowed from it.
    fn sign_running(&self, py: Python<'_>, running: &Bound<'_, Judgement>, audience: &str) -> PyResult<String> {
        let (shared, decision, binding) = running.get().decided()?;
        if !shared.is_from(&self.judge.shared) {
            return Err(PyRuntimeError::new_err("the running call was allowed by another guard: sign with that one"));
        }
        py.detach(|| shared.guard.sign_allowed(decision, audience, binding))
            .map_err(|refusal| answer::refused(py, &refusal))
    }

    /// Who judges here, under a binding of its own; what is left out is inherited.
    fn bind(
        &self,
        py: Python<'_>,
        session: Option<String>,
        chain: Option<String>,
        approvals: Vec<String>,
    ) -> PyResult<Self> {
        let entered = context::entered(py, self.id)?;
        let Judge { shared, binding } = entered.as_ref().map_or(&self.judge, |entry| &entry.get().judge);
        let session = session.or_else(|| binding.session.clone());
        let chain = chain.or_else(|| binding.chain.clone());
        let binding = Binding { session, chain, approvals: binding.approvals.clone() };
        let binding = binding.check().and_then(|()| binding.with_approvals(&approvals));
        let binding = binding.map_err(|denial| answer::misconfigured(py, &denial))?;
        let judge = Judge { shared: Arc::clone(shared), binding: Arc::new(binding) };
        Ok(self.derived(entered.as_ref(), judge, next_id(), false))
    }

    /// A guard for one task below who judges here, by a certificate that it signs.
    #[pyo3(signature = (scope, json, ttl, name, delegate))]
    fn narrow(
        &self,
        py: Python<'_>,
        scope: &str,
        json: bool,
        ttl: TtlValue,
        name: Option<String>,
        delegate: Option<u8>,
    ) -> PyResult<Self> {
        let entered = context::entered(py, self.id)?;
        let Judge { shared, binding } = entered.as_ref().map_or(&self.judge, |entry| &entry.get().judge).clone();
        let format = if json { Format::Json } else { Format::Toml };
        let narrowed = py.detach(|| {
            let (scope, ttl) = (shell::compile_scope(scope, format)?, ttl.duration()?);
            shared.guard.narrow(&Narrowing { scope, ttl, name, delegate })
        });
        let guard = narrowed.map_err(|denial| answer::misconfigured(py, &denial))?;
        let id = next_id();
        let narrowed_from = shared.narrowed_from.iter().copied().chain([id]).collect();
        let (blocks, on_approval) = (shared.blocks, shared.on_approval.clone());
        let shared = Arc::new(Shared { guard, blocks, signs: true, narrowed_from, on_approval });
        Ok(self.derived(entered.as_ref(), Judge { shared, binding }, id, true))
    }

    /// This guard as the innermost one that judges, around `outer`.
    fn entry(&self, py: Python<'_>, outer: Option<Py<Entry>>) -> PyResult<Entry> {
        let inside = outer.as_ref().map(|outer| context::judging(outer.bind(py), &self.lineage)).transpose()?.flatten();
        if inside.is_some_and(|inside| !self.judge.shared.is_from(&inside.get().judge.shared)) {
            return Err(answer::misconfigured(py, &shell::bound_elsewhere()));
        }
        Ok(Entry { judge: self.judge.clone(), applies_to: Arc::clone(&self.lineage), outer })
    }

    /// Whether `entry` was made by this guard's `entry`.
    fn entered(&self, entry: &Bound<'_, Entry>) -> bool {
        Arc::ptr_eq(&entry.get().applies_to, &self.lineage)
    }

    /// Takes over a renewed certificate of the same agent.
    fn reload(&self, py: Python<'_>, certificate: SourceValue) -> PyResult<()> {
        let source = certificate.into();
        py.detach(|| self.judge.shared.guard.reload(source)).map_err(|denial| answer::misconfigured(py, &denial))
    }

    /// Flushes and releases; every later decision is a denial. A guard that was just bound is only flushed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let guard = &self.judge.shared.guard;
        py.detach(|| if self.owns { guard.close() } else { guard.flush() })
            .map_err(|denial| answer::misconfigured(py, &denial))
    }

    /// The agent's id.
    #[getter]
    fn id(&self) -> String {
        self.judge.shared.guard.id()
    }

    /// When the first certificate on the path expires, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        value::time_to_python(py, self.judge.shared.guard.expires_at())
    }

    /// Whether the root carries the `development` mark.
    #[getter]
    fn is_development(&self) -> bool {
        self.judge.shared.guard.is_development()
    }

    /// Whether a decision may wait for a disk.
    #[getter]
    fn blocks(&self) -> bool {
        self.judge.shared.blocks
    }

    /// Whom a call asks that wants approvals.
    #[getter]
    fn on_approval<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.judge.shared.on_approval().map(|ask| ask.bind(py).clone())
    }

    /// Whether a running call can be signed.
    #[getter]
    pub(crate) fn signs(&self) -> bool {
        self.judge.shared.signs
    }
}

impl Guard {
    /// The clock that testing moves.
    pub(crate) fn clock(&self) -> &Arc<shell::Clock> {
        self.judge.shared.guard.clock()
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
