//! The far side: verifies signed intents that others send.

use kakunin_authority::shell::{self, Verified, VerifierOptions};
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict};

use crate::answer;
use crate::options;
use crate::value::{self, object_to_python, time_to_python};

/// Verifies intents for one audience.
#[pyclass(frozen, module = "kakunin._native")]
pub(crate) struct Verifier {
    verifier: shell::Verifier,
}

/// An intent whose signature, path, time, audience and scope hold, and whose nonce is used up.
#[pyclass(frozen, module = "kakunin._native")]
pub(crate) struct VerifiedIntent {
    verified: Verified,
}

impl Verifier {
    pub(crate) const fn new(verifier: shell::Verifier) -> Self {
        Self { verifier }
    }

    fn open(py: Python<'_>, options: VerifierOptions) -> PyResult<Self> {
        let verifier =
            py.detach(|| shell::Verifier::open(options)).map_err(|denial| answer::misconfigured(py, &denial))?;
        answer::notices(py, verifier.take_notices())?;
        Ok(Self { verifier })
    }
}

#[pymethods]
impl Verifier {
    /// Opens a verifier from options by name; those left out keep their defaults.
    #[staticmethod]
    #[pyo3(name = "open")]
    fn open_options(options: &Bound<'_, PyDict>) -> PyResult<Self> {
        Self::open(options.py(), options::verifier(options)?)
    }

    /// Opens a verifier from the variables `KAKUNIN_*`.
    #[staticmethod]
    fn from_env(py: Python<'_>) -> PyResult<Self> {
        let options = VerifierOptions::from_env().map_err(|denial| answer::misconfigured(py, &denial))?;
        Self::open(py, options)
    }

    /// Verifies a token and uses up its nonce and draws, or raises `Denied`.
    fn verify(
        &self,
        py: Python<'_>,
        token: &str,
        action: Option<&str>,
        params: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<VerifiedIntent> {
        let params = params.map(value::object);
        let result = py.detach(|| self.verifier.verify(token, action, params));
        if self.verifier.has_notices() {
            answer::notices(py, self.verifier.take_notices())?;
        }
        result.map(|verified| VerifiedIntent { verified }).map_err(|refusal| answer::refused(py, &refusal))
    }

    /// Writes out what is still to be recorded.
    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.verifier.flush()).map_err(|denial| answer::misconfigured(py, &denial))
    }

    /// Flushes and releases; every later verification is a denial.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.verifier.close()).map_err(|denial| answer::misconfigured(py, &denial))
    }
}

#[pymethods]
impl VerifiedIntent {
    /// The action that was signed.
    #[getter]
    fn action(&self) -> &str {
        self.verified.action()
    }

    /// The parameters that were signed, a new `dict` each time. Act on these, not on the request's.
    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        object_to_python(py, self.verified.params().object())
    }

    /// The id of the agent that signed.
    #[getter]
    fn agent(&self) -> &str {
        self.verified.agent()
    }

    /// The audience that was signed: this verifier's.
    #[getter]
    fn audience(&self) -> &str {
        self.verified.audience()
    }

    /// The session that was signed, if one was.
    #[getter]
    fn session(&self) -> Option<&str> {
        self.verified.session()
    }

    /// The id of the decision chain that was signed, if one was.
    #[getter]
    fn chain(&self) -> Option<&str> {
        self.verified.chain()
    }

    /// The nonce.
    #[getter]
    fn jti(&self) -> &str {
        self.verified.jti()
    }

    /// When it was issued, in UTC.
    #[getter]
    fn issued_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        time_to_python(py, self.verified.issued_at())
    }

    /// When it expires, in UTC.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        time_to_python(py, self.verified.expires_at())
    }

    /// The intent's name: the SHA-256 of what was signed.
    #[getter]
    fn name(&self) -> String {
        self.verified.name()
    }

    /// Under which the record knows the decision; `None` without a record.
    #[getter]
    fn reference(&self) -> Option<&str> {
        self.verified.reference()
    }

    /// The SHA-256 of the agent's certificate.
    #[getter]
    fn fingerprint(&self) -> String {
        self.verified.fingerprint()
    }

    /// The serial number of the agent's certificate, in hexadecimal.
    #[getter]
    fn serial(&self) -> String {
        self.verified.serial()
    }

    fn __repr__(&self) -> String {
        format!("<VerifiedIntent {} by {}>", self.verified.action(), self.verified.agent())
    }
}
