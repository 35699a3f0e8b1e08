//! `kakunin model hash`, and what `kakunin issue` is told of a model.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::Digest;
use kakunin_core::encoding::json::Json;
use kakunin_core::error::Denial;
use kakunin_core::value::Arguments;

use super::arguments::{ModelCommand, ModelOption};
use super::input;
use super::output::{Answer, Failure, object};
use crate::shell::{Model, compute_model_hash, compute_model_hash_with};
use crate::{fault, hex};

/// How often the bar moves: more often nobody sees.
const FRAME: Duration = Duration::from_millis(100);
/// Characters of the bar.
const WIDTH: u64 = 30;

pub(super) fn run(command: &ModelCommand) -> Result<Answer, Failure> {
    let ModelCommand::Hash { configuration, file } = command;
    let hash = match (configuration, file) {
        (_, Some(file)) => {
            let mut bar = Bar::new();
            let hash = compute_model_hash_with(&Model::File(file.clone()), |done, total| bar.draw(done, total));
            bar.clear();
            hash?
        }
        (Some(path), None) => compute_model_hash(&read(path)?)?,
        (None, None) => return Err(Failure::Misuse(fault::missing("model", "a configuration, or --file WEIGHTS"))),
    };
    Ok(Answer::done(hash.clone(), object([("hash", Json::from(hash))])))
}

/// What `--model` or `--model-hash` says, if either does.
pub(super) fn hash(option: &ModelOption) -> Result<Option<Digest>, Denial> {
    let text = match (&option.model_hash, &option.model) {
        (Some(text), _) => text.clone(),
        (None, Some(path)) => compute_model_hash(&read(path)?)?,
        (None, None) => return Ok(None),
    };
    let digest = text.strip_prefix("sha256:").and_then(hex::decode).and_then(|bytes| Digest::try_from(bytes).ok());
    let refused = || fault::misconfigured("model-hash", "model-hash", text, "`sha256:` and 64 hex digits");
    digest.ok_or_else(refused).map(Some)
}

/// The configuration in a file, or on standard input.
fn read(path: &Path) -> Result<Model, Denial> {
    let bounds = JsonBounds::ARGUMENTS;
    let text = input::bytes(path, "model", bounds.bytes)?;
    let refused =
        |rule| fault::misconfigured(rule, "model", path.display().to_string(), "a configuration: one JSON object");
    let configuration = Arguments::parse(&text, &bounds).map_err(|denial| refused(denial.details().rule))?;
    Ok(Model::Configuration(configuration.object().clone()))
}

/// How far a long reading is, on a terminal.
struct Bar {
    on: bool,
    drawn: Option<Instant>,
}

impl Bar {
    fn new() -> Self {
        Self { on: std::io::stderr().is_terminal(), drawn: None }
    }

    fn draw(&mut self, done: u64, total: u64) {
        if self.on && self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME) {
            self.drawn = Some(Instant::now());
            write(&format!("\r{}", line(done, total)));
        }
    }

    fn clear(&self) {
        if self.drawn.is_some() {
            write("\r\u{1b}[K");
        }
    }
}

fn line(done: u64, total: u64) -> String {
    // A file may grow while it is read, and a pipe says nothing of its length.
    let total = total.max(done).max(1);
    let filled = usize::try_from(u128::from(done) * u128::from(WIDTH) / u128::from(total)).unwrap_or(0);
    let percent = u128::from(done) * 100 / u128::from(total);
    let empty = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(filled);
    format!("[{}{}] {percent:>3} % of {} MiB", "#".repeat(filled), " ".repeat(empty), total >> 20)
}

/// Where nobody reads that, nothing is lost.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_grows_with_what_was_read() {
        let (empty, half, full) = (" ".repeat(30), "#".repeat(15) + &" ".repeat(15), "#".repeat(30));
        assert_eq!(line(0, 8 << 20), format!("[{empty}]   0 % of 8 MiB"));
        assert_eq!(line(4 << 20, 8 << 20), format!("[{half}]  50 % of 8 MiB"));
        assert_eq!(line(9 << 20, 8 << 20), format!("[{full}] 100 % of 9 MiB"));
        assert_eq!(line(0, 0), format!("[{empty}]   0 % of 0 MiB"));
        assert!(line(u64::MAX, u64::MAX).contains("100 %"));
    }
}
