//! What belongs to no guard: the list of codes and the command.

use kakunin_authority::command as kakunin_command;
use kakunin_core::error::Code;
use pyo3::prelude::*;

/// Every code with its name and meaning, in ascending order.
#[pyfunction]
pub(crate) fn codes() -> Vec<(&'static str, &'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.as_str(), code.name(), code.meaning())).collect()
}

/// Runs the command `kakunin` with `args`, the program's name first, and returns its exit code.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, args: Vec<String>) -> i32 {
    py.detach(|| kakunin_command::run(args))
}
