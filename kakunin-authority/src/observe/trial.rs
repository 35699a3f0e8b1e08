//! Whether a suggestion holds: the core's own answer.

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::{Accepted, Call, Scope, authoring};
use kakunin_core::time::UnixTime;

/// Whether a parameter so written compiles and accepts all of `values`.
pub(super) fn accepts<'v>(written: &str, values: impl IntoIterator<Item = &'v Json>) -> bool {
    let document = format!("[[grant]]\naction = \"a\"\nparams = {{ p = {written} }}\n");
    let Ok(scope) = authoring::compile(&document, authoring::Format::Toml) else { return false };
    values.into_iter().all(|value| {
        let mut params = Object::new();
        params.insert("p", value.clone());
        judge(&scope, "a", &params)
    })
}

fn judge(scope: &Scope, action: &str, params: &Object) -> bool {
    refused(scope, action, params).is_none()
}

/// Why `scope` refuses a call, limits apart.
pub(super) fn refused(scope: &Scope, action: &str, params: &Object) -> Option<String> {
    // What is suggested asks for no hours: any time will do.
    let call = Call::new(action, params, UnixTime::from_seconds(0));
    scope.judge(&call, &mut Accepted::default()).err().map(|denial| denial.to_string())
}
