//! The hash of what an agent runs on.

use kakunin_authority::shell::{Model, compute_model_hash};
use kakunin_core::encoding::json::Object;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::job::{self, Job};
use crate::{answer, options};

/// The hash of the file of weights, or of the configuration (JSON text), as `{"hash": …}`; or the refusal. Off the event loop.
#[napi(catch_unwind, ts_return_type = "Promise<string>")]
pub fn model_hash(configuration: Option<String>, file: Option<String>) -> AsyncTask<Job<String>> {
    job::promise(move || {
        let model = match file {
            Some(path) => Ok(Model::File(path.into())),
            None => options::configuration(&configuration.unwrap_or_default()),
        };
        match model.and_then(|model| compute_model_hash(&model)) {
            Ok(hash) => {
                let mut members = Object::new();
                members.insert("hash", hash);
                answer::text(members)
            }
            Err(denial) => answer::denial(&denial),
        }
    })
}
