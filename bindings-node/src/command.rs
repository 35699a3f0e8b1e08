//! The `kakunin` command, carried by the package.

use napi_derive::napi;

/// Runs the command with `args` (the program's name first) and answers its exit code.
#[napi(catch_unwind)]
pub fn run_command(args: Vec<String>) -> i32 {
    kakunin_authority::command::run(args)
}
