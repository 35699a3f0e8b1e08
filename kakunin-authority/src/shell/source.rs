//! Where certificates come from: a file, PEM text or bytes.

use std::path::{Path, PathBuf};

use kakunin_core::encoding::der::Reader;
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};

use crate::{fault, files};

/// Most bytes of a file of certificates: sixteen of the largest that are read at all, in base64.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Certificates by where they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// The content of a file, PEM or DER: certificates one after the other.
    Bytes(Vec<u8>),
    /// A file.
    Path(PathBuf),
    /// PEM text.
    Pem(String),
}

impl Source {
    /// PEM where `text` holds a `-----BEGIN `, else a path.
    pub fn from_text(text: &str) -> Self {
        if text.contains("-----BEGIN ") { Self::Pem(text.to_owned()) } else { Self::Path(PathBuf::from(text)) }
    }

    /// The file, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Bytes(_) | Self::Pem(_) => None,
        }
    }

    /// The DER of each certificate, in order; `field` names the option in a refusal. PEM blocks of other kinds are passed over.
    ///
    /// # Errors
    /// E504 `file`, `file-too-large` where the file cannot be read, `no-certificate` where there is none;
    /// E101 where PEM or DER is broken.
    pub fn certificates(&self, field: &'static str) -> Result<Vec<Vec<u8>>, Denial> {
        let certificates = match self {
            Self::Bytes(bytes) => split(bytes, field)?,
            Self::Path(path) => split(&files::read(path, field, MOST_BYTES)?, field)?,
            Self::Pem(text) => unwrap(text, field)?,
        };
        if certificates.is_empty() {
            return Err(fault::misconfigured("no-certificate", field, self.name(), "at least one certificate"));
        }
        Ok(certificates)
    }

    /// What to call it in a refusal.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::Path(path) => path.display().to_string(),
            Self::Pem(_) => "PEM text".to_owned(),
        }
    }
}

/// Certificates are public, but a file named by mistake may hold a key: only the name is printed.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Source").field(&self.name()).finish()
    }
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

impl From<String> for Source {
    fn from(text: String) -> Self {
        Self::from_text(&text)
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

fn split(bytes: &[u8], field: &'static str) -> Result<Vec<Vec<u8>>, Denial> {
    const SEQUENCE: u8 = 0x30;
    if bytes.first() != Some(&SEQUENCE) {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Denial::new(Code::CertificateMalformed, "neither-pem-nor-der").field(field))?;
        return unwrap(text, field);
    }
    let mut reader = Reader::new(bytes);
    let mut certificates = Vec::new();
    while !reader.is_empty() {
        let element = reader.element().map_err(|fault| fault.denial(Code::CertificateMalformed, field))?;
        certificates.push(element.raw.to_vec());
    }
    Ok(certificates)
}

fn unwrap(text: &str, field: &'static str) -> Result<Vec<Vec<u8>>, Denial> {
    let blocks = pem::decode(text).map_err(|fault| fault.denial(Code::CertificateMalformed, field))?;
    Ok(blocks.into_iter().filter(|block| block.label == pem::CERTIFICATE).map(|block| block.bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: &Source) -> &'static str {
        source.certificates("trust").unwrap_err().details().rule
    }

    #[test]
    fn pem_and_der_are_told_apart() {
        let der = [vec![0x30, 0x01, 0x05], vec![0x30, 0x00]];
        let text: String = der.iter().map(|der| pem::encode(pem::CERTIFICATE, der)).collect();
        for source in [Source::from(der.concat()), Source::from(text.as_str()), Source::from(text.clone().into_bytes())]
        {
            assert_eq!(source.certificates("trust").unwrap(), der);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pem");
        std::fs::write(&path, pem::encode("PRIVATE KEY", b"k") + &text).unwrap();
        assert_eq!(Source::from(path.to_str().unwrap()).certificates("trust").unwrap(), der);
    }

    #[test]
    fn what_holds_no_certificate_is_refused() {
        assert_eq!(rule(&Source::from("no/such/file.pem")), "file");
        assert_eq!(rule(&Source::from(Vec::new())), "no-certificate");
        assert_eq!(rule(&Source::from(pem::encode("PRIVATE KEY", b"k"))), "no-certificate");
        assert_eq!(rule(&Source::from(vec![0xff, 0xfe])), "neither-pem-nor-der");
        assert_eq!(rule(&Source::from("-----BEGIN CERTIFICATE-----\nAAAA")), "pem-boundary");
        assert_eq!(rule(&Source::from(vec![0x30, 0x05, 0x00])), "truncated");
    }
}
