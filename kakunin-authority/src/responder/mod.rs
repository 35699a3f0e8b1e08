//! An OCSP responder of a CA in a folder: it answers from the CA's CRL, by the CA's key or one that the CA certified.

pub mod server;

use std::path::{Path, PathBuf};

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{SoftwareSigner, SystemRandom};
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{self, Context, OcspRefusal, ResponseProfile, ocsp_refusal};
use kakunin_core::path::{TrustAnchors, validate_authority};
use kakunin_core::revocation::ocsp::{CertificateId, IdentifierHash, OcspRequest, OcspStatus};
use kakunin_core::revocation::{Crl, CrlIssuer, VerifiedCrl};
use kakunin_core::time::UnixTime;

use crate::files;
use crate::keys::{self, Passphrase};
use crate::shell::{Source, system_now};

/// The media type of a request (RFC 6960 §A.1).
pub const REQUEST_TYPE: &str = "application/ocsp-request";
/// The media type of a response (RFC 6960 §A.2).
pub const RESPONSE_TYPE: &str = "application/ocsp-response";

/// Whose answers are given, and by which key.
#[derive(Debug)]
pub struct Responder {
    authority: Vec<Vec<u8>>,
    delegate: Option<Vec<u8>>,
    signer: SoftwareSigner,
    list: PathBuf,
    hours: u32,
}

impl Responder {
    /// The responder of the CA of this name in `folder`, whose answers hold for at most `hours`. With the certificate of a
    /// delegated responder its key, beside it, signs; else the CA's does.
    ///
    /// # Errors
    /// E504 for files that cannot be read or are not what they should be, E502 for a key.
    pub fn open(
        folder: &Path,
        name: &str,
        delegate: Option<&Path>,
        passphrase: Option<&Passphrase>,
        hours: u32,
    ) -> Result<Self, Denial> {
        let authority = Source::Path(folder.join(format!("{name}.pem"))).certificates("pki")?;
        let key = delegate.map_or_else(|| folder.join(format!("{name}.key")), |path| path.with_extension("key"));
        let delegate = match delegate {
            Some(path) => Source::Path(path.to_owned()).certificates("responder")?.into_iter().next(),
            None => None,
        };
        let signer = keys::load(&key, passphrase)?;
        let list = folder.join("revocation").join(format!("{name}.crl"));
        Ok(Self { authority, delegate, signer, list, hours })
    }

    /// The answer to a request: a response, or a refusal that says why there is none.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        let Ok(request) = OcspRequest::parse(request, &Bounds::default()) else {
            return ocsp_refusal(OcspRefusal::MalformedRequest).to_vec();
        };
        match self.respond(request.certificates(), request.nonce()) {
            Ok(response) => response,
            Err(denial) if denial.details().rule == "ocsp-issuer" => ocsp_refusal(OcspRefusal::Unauthorized).to_vec(),
            Err(_) => ocsp_refusal(OcspRefusal::InternalError).to_vec(),
        }
    }

    /// A response about the certificates of this CA with these serials (contents of INTEGERs), for whoever may ask.
    ///
    /// # Errors
    /// As [`Responder::respond`].
    pub fn status_of(&self, serials: &[Vec<u8>]) -> Result<Vec<u8>, Denial> {
        let issuer = self.issuer(system_now())?;
        let id = |serial: &Vec<u8>| CertificateId::new(&issuer, serial, IdentifierHash::Sha256);
        self.respond(&serials.iter().map(id).collect::<Vec<_>>(), None)
    }

    /// A response about these certificates.
    ///
    /// # Errors
    /// E405 where the CA's CRL is not fresh: the responder knows no more than it; E504 `ocsp-issuer` for another CA's
    /// certificate; and what [`issue::ocsp_response`] refuses.
    pub fn respond(&self, certificates: &[CertificateId], nonce: Option<&[u8]>) -> Result<Vec<u8>, Denial> {
        let (now, random, bounds) = (system_now(), SystemRandom::new(), Bounds::default());
        let list = self.list(&self.issuer(now)?, now)?;
        let answers = certificates.iter().map(|id| {
            let status = match list.entry(id.serial()) {
                Some(entry) => OcspStatus::Revoked { at: entry.at, reason: entry.reason },
                None => OcspStatus::Good,
            };
            (id.clone(), status)
        });
        let profile = ResponseProfile {
            answers: answers.collect(),
            next_update: now.plus_seconds(i64::from(self.hours) * 3_600).min(list.next_update()),
            nonce: nonce.map(<[u8]>::to_vec),
        };
        let responder =
            issue::Responder { authority: &self.authority, delegate: self.delegate.as_deref(), signer: &self.signer };
        issue::ocsp_response(&profile, &responder, &Context { now, random: &random, bounds: &bounds })
    }

    /// The CA, by its own path.
    fn issuer(&self, now: UnixTime) -> Result<CrlIssuer, Denial> {
        let bounds = Bounds::default();
        let anchors = TrustAnchors::new(self.authority.last().cloned().into_iter().collect(), &bounds)?;
        Ok(validate_authority(&self.authority, &anchors, now, &bounds)?.as_crl_issuer().clone())
    }

    /// The CA's list, read anew each time: a revocation is answered from the moment on at which it stands there.
    fn list(&self, issuer: &CrlIssuer, now: UnixTime) -> Result<VerifiedCrl, Denial> {
        let bounds = Bounds::default();
        let text = files::read_text(&self.list, "crl", bounds.crl_bytes * 2)?;
        let blocks = pem::decode(&text).map_err(|fault| fault.denial(Code::ConfigurationInvalid, "crl"))?;
        let block = blocks.iter().find(|block| block.label == pem::CRL);
        let block = block.ok_or_else(|| Denial::new(Code::RevocationStale, "crl-missing").field("crl"))?;
        let list = Crl::parse(&block.bytes, &bounds)?.verify(issuer)?;
        list.fresh(now).map_err(|rule| Denial::new(Code::RevocationStale, rule).field("crl"))?;
        Ok(list)
    }
}
