//! From what the command line says to what an order is about.

use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::error::Denial;
use kakunin_core::revocation::order::Target;

use super::arguments::What;
use crate::shell::Source;
use crate::{fault, hex};

impl What {
    /// What is meant, if anything is.
    pub(super) fn target(&self, pki: &Path) -> Result<Option<Target>, Denial> {
        if self.all {
            return Ok(Some(Target::All));
        }
        if let Some(certificate) = &self.certificate {
            return self.certificate(certificate, pki).map(Some);
        }
        let Some(agent) = &self.agent else { return Ok(None) };
        let path = Path::new(agent);
        let (agent, issuer) = if path.is_file() {
            let path = PathOf::read(path)?;
            (path.id()?, path.issuer)
        } else {
            (agent.clone(), None)
        };
        let issuer = self.issuer(issuer, pki)?;
        let agent = agent.into();
        Ok(Some(match self.session.clone() {
            None => Target::Agent { agent, issuer },
            Some(session) => Target::Session { session: session.into(), agent, issuer },
        }))
    }

    fn certificate(&self, text: &str, pki: &Path) -> Result<Target, Denial> {
        let path = Path::new(text);
        if path.is_file() {
            let path = PathOf::read(path)?;
            let serial = path.serial()?.into();
            return Ok(Target::Certificate { issuer: self.issuer(path.issuer, pki)?, serial });
        }
        let serial = hex::decode(text).filter(|serial| !serial.is_empty()).ok_or_else(|| {
            fault::misconfigured("serial", "certificate", text.to_owned(), "a file, or a serial number in hex")
        })?;
        Ok(Target::Certificate { issuer: self.issuer(None, pki)?, serial: serial.into() })
    }

    /// The hash of the issuer's key: as said, as the path in the file says, or the tenant's.
    fn issuer(&self, of_file: Option<Digest>, pki: &Path) -> Result<Digest, Denial> {
        match (&self.issuer, of_file) {
            (Some(text), _) => match text.strip_prefix("sha256:") {
                Some(digits) => hex::decode(digits).and_then(|hash| hash.try_into().ok()).ok_or_else(|| {
                    fault::misconfigured("issuer", "issuer", text.clone(), "`sha256:` and 64 hex digits, or a file")
                }),
                None => Ok(PathOf::read(Path::new(text))?.key()?),
            },
            (None, Some(issuer)) => Ok(issuer),
            (None, None) => PathOf::read(&pki.join("tenant.pem"))?.key(),
        }
    }
}

/// The certificates in a file, leaf first.
pub(super) struct PathOf {
    leaf: Vec<u8>,
    /// The hash of the second certificate's key, if there is one.
    pub(super) issuer: Option<Digest>,
}

impl PathOf {
    pub(super) fn read(path: &Path) -> Result<Self, Denial> {
        let mut ders = Source::Path(path.to_owned()).certificates("certificate")?.into_iter();
        let leaf = ders.next().unwrap_or_default();
        let bounds = Bounds::default();
        let issuer = ders.next().map(|der| Certificate::parse(&der, &bounds).map(|issuer| sha256(issuer.spki())));
        Ok(Self { leaf, issuer: issuer.transpose()? })
    }

    /// Its target as a certificate, where the file says who issued it.
    pub(super) fn target(&self, name: &Path) -> Result<Target, Denial> {
        let issuer = self.issuer.ok_or_else(|| {
            let expected = "a path: the certificate and its issuer's";
            fault::misconfigured("issuer", "certificate", name.display().to_string(), expected)
        })?;
        Ok(Target::Certificate { issuer, serial: self.serial()?.into() })
    }

    fn id(&self) -> Result<String, Denial> {
        let bounds = Bounds::default();
        let certificate = Certificate::parse(&self.leaf, &bounds)?;
        let id = certificate.uri_names().next().map(str::to_owned);
        id.ok_or_else(|| {
            fault::misconfigured("agent", "agent", "a certificate without an id", "an agent's certificate")
        })
    }

    fn serial(&self) -> Result<Vec<u8>, Denial> {
        Ok(Certificate::parse(&self.leaf, &Bounds::default())?.serial().to_vec())
    }

    fn key(&self) -> Result<Digest, Denial> {
        Ok(sha256(Certificate::parse(&self.leaf, &Bounds::default())?.spki()))
    }
}
