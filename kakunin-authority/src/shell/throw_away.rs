//! `test:FILE.toml`: a certificate that is issued for one run, where the environment says that it is a test.

use std::path::PathBuf;
use std::sync::Arc;

use kakunin_core::error::{Code, Denial};
use kakunin_core::scope::authoring;

use super::{Environment, GuardOptions, SignerSource, Source};
use crate::testing::Authority;
use crate::{fault, files};

/// The name of agents made this way.
const NAME: &str = "test";

/// Where the certificate is `test:FILE.toml`, puts a path issued for that scope, its anchor and its key in its place.
pub(super) fn fill(options: &mut GuardOptions) -> Result<(), Denial> {
    let Some(file) =
        options.certificate.as_ref().and_then(Source::path).and_then(|path| path.to_str()?.strip_prefix("test:"))
    else {
        return Ok(());
    };
    let file = PathBuf::from(file);
    let environment = options.environment.map_or_else(Environment::from_process, Ok)?;
    if environment != Environment::Test {
        let came = format!("test:{}", file.display());
        return Err(fault::misconfigured(
            "test-certificate",
            "certificate",
            came,
            "KAKUNIN_ENV=test, or an issued certificate",
        ));
    }
    if !options.trust.is_empty() {
        return Err(fault::misconfigured(
            "test-trust",
            "trust",
            "a trust anchor",
            "none: a test certificate has its own",
        ));
    }
    let text = files::read_text(&file, "certificate", 1024 * 1024)?;
    let format = if text.trim_start().starts_with('{') { authoring::Format::Json } else { authoring::Format::Toml };
    let scope = authoring::compile(&text, format).map_err(|mistakes| {
        let first = mistakes.first().map_or_else(String::new, |mistake| format!("{}: {mistake}", file.display()));
        Denial::new(Code::ScopeMalformed, "authoring").field(first)
    })?;
    let authority = Authority::new(Arc::clone(&options.clock))?;
    let agent = authority.agent(NAME, &scope)?;
    options.certificate = Some(Source::Bytes(agent.chain().concat()));
    options.trust = vec![authority.trust()];
    options.signer.get_or_insert(SignerSource::Signer(agent.signer()));
    options.state.get_or_insert_with(|| "memory:".to_owned());
    options.revocation.get_or_insert_with(|| "none".to_owned());
    options.record.get_or_insert_with(|| "none".to_owned());
    Ok(())
}
