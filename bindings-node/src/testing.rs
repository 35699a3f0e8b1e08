//! Guards with a throw-away authority and a clock that a test moves.

use std::sync::Arc;

use kakunin_authority::shell::{Clock, VerifierOptions};
use kakunin_core::scope::authoring::Format;
use napi_derive::napi;

use crate::answer;
use crate::guard::{NativeGuard, levels};
use crate::options::NativeGuardOptions;
use crate::verifier::NativeVerifier;

/// What a test gets: a guard, a verifier under the same authority, and their clock; or the refusal.
#[napi(object, object_from_js = false)]
pub struct TestingGuard {
    /// The refusal, when there is no guard.
    pub refused: Option<String>,
    /// The guard.
    pub guard: Option<NativeGuard>,
    /// A verifier for the audience `test`, under the same authority and clock.
    pub verifier: Option<NativeVerifier>,
    /// The clock of both.
    pub clock: Option<NativeClock>,
}

/// A clock that stands until it is advanced.
#[napi]
pub struct NativeClock {
    clock: Arc<Clock>,
}

/// A guard for `scope` under a throw-away authority in memory, which may be narrowed `delegate` levels deep. `format` is `toml` or
/// `json`.
#[napi(catch_unwind)]
pub fn testing_guard(
    scope: String,
    format: String,
    options: NativeGuardOptions,
    delegate: Option<f64>,
) -> TestingGuard {
    let format = if format == "json" { Format::Json } else { Format::Toml };
    let opened = options.resolve().and_then(|options| {
        let (delegate, verifier) = (delegate.map(levels).transpose()?, VerifierOptions::default());
        kakunin_authority::testing::guard_with_verifier(&scope, format, delegate, options, verifier)
    });
    match opened {
        Ok((guard, verifier)) => TestingGuard {
            refused: None,
            clock: Some(NativeClock { clock: Arc::clone(guard.clock()) }),
            guard: Some(NativeGuard::unbound(guard)),
            verifier: Some(NativeVerifier::new(verifier)),
        },
        Err(denial) => {
            TestingGuard { refused: Some(answer::denial(&denial)), guard: None, verifier: None, clock: None }
        }
    }
}

#[napi]
impl NativeClock {
    /// Moves the clock forward by `1h`, `90s`, `250ms` or `2d`. `null`, or the refusal.
    #[napi(catch_unwind)]
    pub fn advance(&self, by: String) -> Option<String> {
        self.clock.advance_text(&by).err().map(|denial| answer::denial(&denial))
    }

    /// The time, in Unix milliseconds.
    #[napi(getter, catch_unwind)]
    pub fn now(&self) -> f64 {
        self.clock.now().millis() as f64
    }
}
