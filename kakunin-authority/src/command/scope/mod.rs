//! `kakunin scope`: compile, show, contains, intersect, diff, suggest, test.

mod compare;
mod rehearsal;
mod suggest;
mod test;

use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::Json;
use kakunin_core::scope::{Scope, authoring};

use super::arguments::ScopeCommand;
use super::input;
use super::inspect::scope_json;
use super::output::{Answer, Failure, number, object};
use crate::files::{self, Access, Existing};
use crate::shell::Source;
use crate::{fault, hex};

pub(super) fn run(command: &ScopeCommand) -> Result<Answer, Failure> {
    match command {
        ScopeCommand::Compile { file, out, force } => compile(file, out.as_deref(), *force),
        ScopeCommand::Show { file } => {
            let scope = read(file)?;
            let json = object([("scope", scope_json(&scope)?)]);
            Ok(Answer::done(authoring::to_toml(&scope), json))
        }
        ScopeCommand::Contains { child, parent } => Ok(compare::contains(&read(child)?, &read(parent)?)),
        ScopeCommand::Diff { old, new } => Ok(compare::difference(&read(old)?, &read(new)?)),
        ScopeCommand::Intersect { one, other, out, force } => {
            compare::intersect(&read(one)?, &read(other)?, out.as_deref(), *force)
        }
        ScopeCommand::Suggest(arguments) => suggest::run(arguments),
        ScopeCommand::Test { tables } => test::run(tables),
    }
}

fn compile(file: &Path, out: Option<&Path>, force: bool) -> Result<Answer, Failure> {
    let scope = input::scope(file)?;
    let der = scope.encode();
    let digest = hex::sha256(&kakunin_core::crypto::sha256(&der));
    let mut json = object([("bytes", number(der.len() as u64)), ("sha256", Json::from(digest.as_str()))]);
    let text = match out {
        Some(path) => {
            let existing = if force { Existing::Replace } else { Existing::Keep };
            files::write_one(path, &der, Access::Everyone, existing)?;
            json.insert("file", path.display().to_string());
            format!("{}: {} bytes, {digest}", path.display(), der.len())
        }
        None => {
            json.insert("der", base64::encode(&der));
            base64::encode(&der)
        }
    };
    Ok(Answer::done(text, json))
}

/// A scope from whatever holds one: a certificate (the first of a file), compiled DER, TOML or JSON.
fn read(path: &Path) -> Result<Scope, Failure> {
    let bounds = Bounds::default();
    let bytes = input::bytes(path, "scope", 2 * 1024 * 1024)?;
    let name = path.display().to_string();
    let none = || fault::misconfigured("scope-missing", "scope", name.clone(), "a certificate with a scope");
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains("-----BEGIN ") => {
            let ders = Source::Bytes(bytes.clone()).certificates("scope")?;
            let der = ders.first().ok_or_else(none)?;
            let certificate = Certificate::parse(der, &bounds)?;
            let extension = certificate.scope().ok_or_else(none)?;
            Ok(Scope::decode(extension.value, &bounds)?)
        }
        Ok(text) => input::compile(text, input::format_of(text), &name),
        Err(_) => match Certificate::parse(&bytes, &bounds) {
            Ok(certificate) => Ok(Scope::decode(certificate.scope().ok_or_else(none)?.value, &bounds)?),
            Err(_) => Ok(Scope::decode(&bytes, &bounds)?),
        },
    }
}
