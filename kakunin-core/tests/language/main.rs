//! What scopes say beside ranges and lists: expressions, networks, hours, regions, audiences, approvals.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic; clippy exempts only #[test] functions"
)]

mod approval;
mod hours;
mod net;
mod place;
mod regex;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::scope::{Accepted, Call, Scope};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

/// 2026-11-23T10:00:00Z, a Monday.
const MONDAY: UnixTime = UnixTime::from_seconds(1_795_428_000);

fn scope(toml: &str) -> Scope {
    compile(toml, Format::Toml).unwrap_or_else(|mistakes| panic!("{mistakes:?}: {toml}"))
}

/// A scope whose action `a` takes the parameter `v` under `constraint`.
fn taking(constraint: &str) -> Scope {
    scope(&format!("[[grant]]\naction = 'a'\nparams = {{ v = {constraint} }}"))
}

/// What becomes of `a` with these arguments: the code, or how many approvals it needs and what it draws.
fn judged(scope: &Scope, arguments: &str) -> Result<(usize, usize), Code> {
    judged_as(scope, arguments, |call| call).map_err(|denial| denial.code())
}

fn judged_as<'s>(
    scope: &'s Scope,
    arguments: &str,
    change: impl for<'c> Fn(Call<'c>) -> Call<'c>,
) -> Result<(usize, usize), Denial> {
    let arguments = Arguments::parse(arguments.as_bytes(), &JsonBounds::ARGUMENTS).unwrap();
    let mut accepted: Accepted<'s> = Accepted::default();
    scope.judge(&change(Call::new("a", arguments.object(), MONDAY)), &mut accepted)?;
    Ok((accepted.approvals.len(), accepted.draws.len()))
}
