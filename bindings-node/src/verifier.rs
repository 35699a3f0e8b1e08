//! `NativeVerifier`: the shell's verifier of intents.

use std::sync::Arc;

use kakunin_authority::shell::{Verified, Verifier, VerifierOptions};
use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::error::Denial;
use kakunin_core::time::UnixTime;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::answer::{self, NativeUnreadable};
use crate::job::{self, Job};
use crate::options::NativeVerifierOptions;

/// A verifier.
#[napi]
pub struct NativeVerifier {
    verifier: Arc<Verifier>,
}

/// What opening answered: a verifier, or the refusal as JSON text.
#[napi(object, object_from_js = false)]
pub struct OpenedVerifier {
    /// The refusal, when there is no verifier.
    pub refused: Option<String>,
    /// The verifier.
    pub verifier: Option<NativeVerifier>,
}

impl From<Result<Verifier, Denial>> for OpenedVerifier {
    fn from(result: Result<Verifier, Denial>) -> Self {
        match result {
            Ok(verifier) => Self { refused: None, verifier: Some(NativeVerifier::new(verifier)) },
            Err(denial) => Self { refused: Some(answer::denial(&denial)), verifier: None },
        }
    }
}

/// Opens a verifier.
#[napi(catch_unwind)]
pub fn open_verifier(options: NativeVerifierOptions) -> OpenedVerifier {
    options.resolve().and_then(Verifier::open).into()
}

/// Opens a verifier from the environment (`KAKUNIN_*`).
#[napi(catch_unwind)]
pub fn open_verifier_from_env() -> OpenedVerifier {
    VerifierOptions::from_env().and_then(Verifier::open).into()
}

impl NativeVerifier {
    pub(crate) fn new(verifier: Verifier) -> Self {
        Self { verifier: Arc::new(verifier) }
    }
}

#[napi]
impl NativeVerifier {
    /// Verifies an intent, draws and records. The intent as JSON text with `"allowed": true`, or the refusal. Off the event loop.
    #[napi(catch_unwind, ts_return_type = "Promise<string>")]
    pub fn verify(
        &self,
        token: String,
        action: Option<String>,
        params: Option<String>,
        unreadable: Option<NativeUnreadable>,
    ) -> AsyncTask<Job<String>> {
        let verifier = Arc::clone(&self.verifier);
        let params = match (params, unreadable) {
            (None, None) => None,
            (text, unreadable) => Some(answer::arguments(&text.unwrap_or_default(), unreadable)),
        };
        job::promise(move || match verifier.verify(&token, action.as_deref(), params) {
            Ok(verified) => describe(&verified),
            Err(refusal) => answer::refusal(&refusal),
        })
    }

    /// What an operator should know beside denials, oldest first.
    #[napi(catch_unwind)]
    pub fn take_notices(&self) -> Vec<String> {
        if !self.verifier.has_notices() {
            return Vec::new();
        }
        self.verifier.take_notices().into_iter().map(|notice| notice.text).collect()
    }

    /// Writes what is still in memory. `null`, or the refusal. Off the event loop.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn flush(&self) -> AsyncTask<Job<Option<String>>> {
        let verifier = Arc::clone(&self.verifier);
        job::promise(move || verifier.flush().err().map(|denial| answer::denial(&denial)))
    }

    /// Flushes and closes. `null`, or the refusal. Off the event loop.
    #[napi(catch_unwind, ts_return_type = "Promise<string | null>")]
    pub fn close(&self) -> AsyncTask<Job<Option<String>>> {
        let verifier = Arc::clone(&self.verifier);
        job::promise(move || verifier.close().err().map(|denial| answer::denial(&denial)))
    }
}

fn describe(verified: &Verified) -> String {
    let time = |time: UnixTime| Number::from_integer(time.seconds()).map_or(Json::Null, Json::Number);
    let mut members = Object::new();
    members.insert("allowed", true);
    members.insert("action", verified.action());
    members.insert("params", verified.params().object().clone());
    members.insert("agent", verified.agent());
    members.insert("audience", verified.audience());
    members.insert("jti", verified.jti());
    members.insert("issuedAt", time(verified.issued_at()));
    members.insert("expiresAt", time(verified.expires_at()));
    members.insert("name", verified.name());
    members.insert("fingerprint", verified.fingerprint());
    members.insert("serial", verified.serial());
    for (key, text) in
        [("session", verified.session()), ("chain", verified.chain()), ("reference", verified.reference())]
    {
        if let Some(text) = text {
            members.insert(key, text);
        }
    }
    answer::text(members)
}
