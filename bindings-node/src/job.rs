//! Work that waits for cryptography or a disk: it runs on libuv's threads and answers with a promise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Error, Result, Status, Task};

/// One piece of work.
pub struct Job<T>(Option<Box<dyn FnOnce() -> T + Send>>);

/// The promise of `work`.
pub(crate) fn promise<T>(work: impl FnOnce() -> T + Send + 'static) -> AsyncTask<Job<T>>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    AsyncTask::new(Job(Some(Box::new(work))))
}

impl<T: ToNapiValue + TypeName + Send + 'static> Task for Job<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> Result<T> {
        let work = self.0.take().ok_or_else(|| Error::new(Status::GenericFailure, "the work is done already"))?;
        // A panic must not cross: the promise is rejected instead, so nothing is allowed.
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| Error::new(Status::GenericFailure, "panic in the addon"))
    }

    fn resolve(&mut self, _: Env, output: T) -> Result<T> {
        Ok(output)
    }
}
