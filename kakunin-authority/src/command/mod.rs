//! The `kakunin` command: of the binary, the Python wheel and the npm package.

mod approve;
mod arguments;
mod authority;
mod doctor;
mod input;
mod inspect;
mod intent;
mod model;
mod ocsp;
mod orders;
mod output;
mod path;
mod record;
mod scope;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use arguments::{Command, CommandLine};
use output::{Answer, DONE, Failure, MISUSE};

/// Runs the command with these arguments, the program's name first, and returns its exit code: 0 allowed or done,
/// 1 denied, 2 misuse. Answers go to standard output, complaints to standard error.
pub fn run<I, T>(arguments: I) -> i32
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let line = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Nobody is left to tell where the message cannot be written.
            drop(error.print());
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => DONE,
                _ => MISUSE,
            };
        }
    };
    output::print(answer(&line.command, line.json), line.json)
}

fn answer(command: &Command, json: bool) -> Result<Answer, Failure> {
    match command {
        Command::Init(arguments) => authority::init(arguments),
        Command::Issue(arguments) => authority::issue(arguments),
        Command::Approve(arguments) => approve::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Scope(command) => scope::run(command),
        Command::Sign(arguments) => intent::sign(arguments),
        Command::Verify(arguments) => intent::verify(arguments),
        Command::Revoke(arguments) => authority::revoke(arguments),
        Command::Model(command) => model::run(command),
        Command::Halt(arguments) => orders::halt(arguments),
        Command::Reinstate(arguments) => orders::reinstate(arguments),
        Command::Orders(command) => orders::run(command, json),
        Command::Crl(arguments) => authority::crl(arguments),
        Command::Ocsp(command) => ocsp::run(command),
        Command::Path(command) => path::run(command),
        Command::Record(command) => record::run(command),
        Command::Explain(arguments) => record::explain(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Completions(arguments) => Ok(completions(arguments.shell)),
    }
}

fn completions(shell: clap_complete::Shell) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "kakunin", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = output::object([("script", script.as_str().into())]);
    Answer::done(script, json)
}
