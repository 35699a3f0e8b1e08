//! What the command reads: files, standard input, values on the command line.

use std::io::Read;
use std::path::{Path, PathBuf};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::GenerateKind;
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::{Scope, authoring};
use kakunin_core::value::Arguments;

use super::arguments::{Algorithm, PassphraseSource};
use super::output::Failure;
use crate::keys::Passphrase;
use crate::{fault, files};

/// The content of a file, or of standard input where the path is `-`.
pub(super) fn bytes(path: &Path, field: &'static str, limit: usize) -> Result<Vec<u8>, Denial> {
    if path != Path::new("-") {
        return files::read(path, field, limit);
    }
    let mut content = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().lock().take(bound).read_to_end(&mut content).map_err(|error| fault::file(field, path, &error))?;
    if content.len() > limit {
        return Err(fault::misconfigured("file-too-large", field, "-", format!("at most {limit} bytes")));
    }
    Ok(content)
}

/// The text of a value on the command line: itself, the content of `@FILE`, or of standard input where it is `-`.
pub(super) fn value(text: &str, field: &'static str, limit: usize) -> Result<String, Denial> {
    let bytes = match text.strip_prefix('@') {
        Some(path) => bytes(Path::new(path), field, limit)?,
        None if text == "-" => bytes(Path::new("-"), field, limit)?,
        None => return Ok(text.to_owned()),
    };
    String::from_utf8(bytes).map_err(|_| fault::misconfigured("file-utf8", field, text.to_owned(), "text in UTF-8"))
}

/// The arguments of a call.
pub(super) fn parameters(text: &str) -> Result<Object, Denial> {
    let bounds = JsonBounds::ARGUMENTS;
    let text = value(text, "params", bounds.bytes)?;
    // The fault has no field of its own: on the command line it is this one.
    let arguments = Arguments::parse(text.as_bytes(), &bounds).map_err(|denial| denial.field("params"))?;
    Ok(arguments.object().clone())
}

/// The scope in a file of TOML or JSON.
pub(super) fn scope(path: &Path) -> Result<Scope, Failure> {
    let bytes = bytes(path, "scope", JsonBounds::DOCUMENT.bytes)?;
    let name = path.display().to_string();
    let text = document(&bytes, &name, Code::ScopeMalformed)?;
    compile(text, format_of(text), &name)
}

/// The text of something that somebody wrote; where it is none, that is a mistake with `code`.
pub(super) fn document<'b>(bytes: &'b [u8], name: &str, code: Code) -> Result<&'b str, Failure> {
    authoring::document(bytes).map_err(|mistake| {
        let document = String::from_utf8_lossy(bytes).into_owned();
        Failure::Mistakes { code, file: name.to_owned(), document, mistakes: vec![mistake] }
    })
}

/// Compiles an authoring document.
pub(super) fn compile(text: &str, format: authoring::Format, name: &str) -> Result<Scope, Failure> {
    authoring::compile(text, format).map_err(|mistakes| Failure::Mistakes {
        code: Code::ScopeMalformed,
        file: name.to_owned(),
        document: text.to_owned(),
        mistakes,
    })
}

/// JSON begins with a brace; TOML does not.
pub(super) fn format_of(text: &str) -> authoring::Format {
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        authoring::Format::Json
    } else {
        authoring::Format::Toml
    }
}

/// The passphrase that the options ask for, if any.
pub(super) fn passphrase(source: &PassphraseSource) -> Result<Option<Passphrase>, Denial> {
    match (&source.passphrase_file, source.passphrase) {
        (Some(path), _) => Passphrase::from_file(path).map(Some),
        (None, true) => {
            let text = rpassword::prompt_password("Passphrase: ").map_err(|_| {
                fault::misconfigured("passphrase", "passphrase", "no terminal", "a terminal, or --passphrase-file")
            })?;
            Passphrase::new(text, "passphrase").map(Some)
        }
        (None, false) => Ok(None),
    }
}

pub(super) const fn kind(algorithm: Algorithm) -> GenerateKind {
    match algorithm {
        Algorithm::Ed25519 => GenerateKind::Ed25519,
        Algorithm::P256 => GenerateKind::P256,
        Algorithm::P384 => GenerateKind::P384,
    }
}

/// The key that stands beside a certificate: the same name, ending in `.key`.
pub(super) fn key_beside(certificate: &Path) -> PathBuf {
    certificate.with_extension("key")
}
