//! `NativeGuard`: the shell's guard under one binding (session, chain).

use std::sync::Arc;
use std::time::Duration;

use kakunin_authority::shell::{self, Binding, Decision, Guard, GuardOptions, Narrowing};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::authoring::Format;
use napi::bindgen_prelude::{AsyncTask, Either, Uint8Array};
use napi_derive::napi;

use crate::answer::{self, NativeUnreadable};
use crate::job::{self, Job};
use crate::options::{self, NativeGuardOptions};

/// A guard and what it is bound to.
#[napi]
pub struct NativeGuard {
    guard: Arc<Guard>,
    binding: Binding,
    /// Whether closing it closes the shell's guard: it was not just bound.
    owns: bool,
}

/// What opening answered: a guard, or the refusal as JSON text.
#[napi(object, object_from_js = false)]
pub struct OpenedGuard {
    /// The refusal, when there is no guard.
    pub refused: Option<String>,
    /// The guard.
    pub guard: Option<NativeGuard>,
}

impl From<Result<NativeGuard, Denial>> for OpenedGuard {
    fn from(result: Result<NativeGuard, Denial>) -> Self {
        match result {
            Ok(guard) => Self { refused: None, guard: Some(guard) },
            Err(denial) => Self { refused: Some(answer::denial(&denial)), guard: None },
        }
    }
}

/// Opens a guard.
#[napi(catch_unwind)]
pub fn open_guard(options: NativeGuardOptions) -> OpenedGuard {
    options.resolve().and_then(Guard::open).map(NativeGuard::unbound).into()
}

/// Opens a guard from the environment (`KAKUNIN_*`).
#[napi(catch_unwind)]
pub fn open_guard_from_env() -> OpenedGuard {
    GuardOptions::from_env().and_then(Guard::open).map(NativeGuard::unbound).into()
}

impl NativeGuard {
    pub(crate) fn unbound(guard: Guard) -> Self {
        Self { guard: Arc::new(guard), binding: Binding::default(), owns: true }
    }

    fn judge(&self, action: &str, arguments: Result<Object, Denial>) -> Decision {
        self.guard.decide(action, arguments, &self.binding)
    }
}

/// The refusal of entering, where a narrowed guard judges, what was bound or narrowed outside.
#[napi(catch_unwind)]
pub fn bound_elsewhere() -> String {
    answer::denial(&shell::bound_elsewhere())
}

/// Levels of delegation: a whole number from 1 to 8.
pub(crate) fn levels(given: f64) -> Result<u8, Denial> {
    (1..=8_u8).find(|level| f64::from(*level) == given).ok_or_else(|| {
        let denial = Denial::new(Code::ConfigurationInvalid, "delegate").field("delegate");
        denial.requested(given.to_string()).expected("a whole number from 1 to 8")
    })
}

#[napi]
impl NativeGuard {
    /// Judges, draws and records a call. `null` where it may run and there is nothing to report; else the decision as JSON text.
    #[napi(catch_unwind)]
    pub fn decide(&self, action: String, arguments: String, unreadable: Option<NativeUnreadable>) -> Option<String> {
        let decision = self.judge(&action, answer::arguments(&arguments, unreadable));
        if decision.allowed() && decision.denial().is_none() && !self.guard.has_notices() {
            return None;
        }
        Some(answer::decision(&decision))
    }

    /// As `decide`, and always answers the whole decision.
    #[napi(catch_unwind)]
    pub fn check(&self, action: String, arguments: String, unreadable: Option<NativeUnreadable>) -> String {
        answer::decision(&self.judge(&action, answer::arguments(&arguments, unreadable)))
    }

    /// Refuses and records a call of a method that no action was listed for. The decision as JSON text.
    #[napi(catch_unwind)]
    pub fn refuse_unlisted(&self, method: String) -> String {
        let denial = Denial::new(Code::ActionNotAllowed, "method-not-listed").field(method.clone());
        answer::decision(&self.judge(&method, Err(denial)))
    }

    /// What would be decided and why, in words; neither draws nor records.
    #[napi(catch_unwind)]
    pub fn explain(&self, action: String, arguments: String, unreadable: Option<NativeUnreadable>) -> String {
        self.guard.explain(&action, answer::arguments(&arguments, unreadable), &self.binding)
    }

    /// A signed intent as `{"token": …}`, or the refusal. Off the event loop.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn sign(
        &self,
        action: String,
        arguments: String,
        audience: String,
        unreadable: Option<NativeUnreadable>,
    ) -> AsyncTask<Job<String>> {
        let (guard, binding) = (Arc::clone(&self.guard), self.binding.clone());
        let arguments = answer::arguments(&arguments, unreadable);
        job::promise(move || match guard.sign(&action, arguments, &audience, &binding) {
            Ok(token) => {
                let mut members = Object::new();
                members.insert("allowed", true);
                members.insert("token", token);
                answer::text(members)
            }
            Err(refusal) => answer::refusal(&refusal),
        })
    }

    /// The same guard under another binding, or the refusal. What is left out is inherited; approvals come after its own.
    #[napi(catch_unwind)]
    pub fn bind(&self, session: Option<String>, chain: Option<String>, approvals: Option<Vec<String>>) -> OpenedGuard {
        let binding = Binding {
            session: session.or_else(|| self.binding.session.clone()),
            chain: chain.or_else(|| self.binding.chain.clone()),
            approvals: self.binding.approvals.clone(),
        };
        let binding = binding.check().and_then(|()| binding.with_approvals(approvals.unwrap_or_default()));
        binding.map(|binding| Self { guard: Arc::clone(&self.guard), binding, owns: false }).into()
    }

    /// A guard for one task below this one, by a certificate that it signs; or the refusal. `format` is `toml` or `json`, `ttl`
    /// seconds or a span as `10m`.
    #[napi(catch_unwind)]
    pub fn narrow(
        &self,
        scope: String,
        format: String,
        ttl: Either<f64, String>,
        name: Option<String>,
        delegate: Option<f64>,
    ) -> OpenedGuard {
        let format = if format == "json" { Format::Json } else { Format::Toml };
        let narrow = || {
            let scope = shell::compile_scope(&scope, format)?;
            let ttl = match ttl {
                // What is no such number is no life either, and refused as one.
                Either::A(seconds) => Duration::try_from_secs_f64(seconds).unwrap_or_default(),
                Either::B(text) => Narrowing::parse_ttl(&text)?,
            };
            let delegate = delegate.map(levels).transpose()?;
            let guard = self.guard.narrow(&Narrowing { scope, ttl, name, delegate })?;
            Ok(Self { guard: Arc::new(guard), binding: self.binding.clone(), owns: true })
        };
        narrow().into()
    }

    /// Swaps the certificate. `null`, or the refusal.
    #[napi(catch_unwind)]
    pub fn reload(&self, certificate: Either<String, Uint8Array>) -> Option<String> {
        self.guard.reload(options::source(certificate)).err().map(|denial| answer::denial(&denial))
    }

    /// The agent's id.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> String {
        self.guard.id()
    }

    /// When the path expires, in Unix milliseconds.
    #[napi(getter, catch_unwind)]
    pub fn expires_at(&self) -> f64 {
        self.guard.expires_at().millis() as f64
    }

    /// What an operator should know beside denials, oldest first.
    #[napi(catch_unwind)]
    pub fn take_notices(&self) -> Vec<String> {
        if !self.guard.has_notices() {
            return Vec::new();
        }
        self.guard.take_notices().into_iter().map(|notice| notice.text).collect()
    }

    /// Writes what is still in memory. `null`, or the refusal. Off the event loop.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn flush(&self) -> AsyncTask<Job<Option<String>>> {
        let guard = Arc::clone(&self.guard);
        job::promise(move || guard.flush().err().map(|denial| answer::denial(&denial)))
    }

    /// Flushes and closes: every later decision is E503. What was just bound is only flushed. `null`, or the refusal. Off the
    /// event loop.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn close(&self) -> AsyncTask<Job<Option<String>>> {
        let (guard, owns) = (Arc::clone(&self.guard), self.owns);
        let close = move || if owns { guard.close() } else { guard.flush() };
        job::promise(move || close().err().map(|denial| answer::denial(&denial)))
    }
}
