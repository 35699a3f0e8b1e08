//! The extension module `kakunin._native`. It converts, calls `kakunin_authority::shell`, and converts the answer.

mod answer;
mod binder;
mod context;
mod guard;
mod judgement;
mod model;
mod options;
mod process;
mod testing;
mod tool;
mod value;
#[cfg(feature = "vectors")]
mod vectors;
mod verifier;

#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use crate::answer::Decision;
    #[pymodule_export]
    use crate::context::Entry;
    #[pymodule_export]
    use crate::guard::Guard;
    #[pymodule_export]
    use crate::judgement::Judgement;
    #[pymodule_export]
    use crate::model::compute_model_hash;
    #[pymodule_export]
    use crate::process::{codes, command};
    #[pymodule_export]
    use crate::testing::{advance, testing_pair};
    #[pymodule_export]
    use crate::tool::Tool;
    #[cfg(feature = "vectors")]
    #[pymodule_export]
    use crate::vectors::vector;
    #[pymodule_export]
    use crate::verifier::{VerifiedIntent, Verifier};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
