//! OCSP files of pyca/cryptography and of RustCrypto's x509-ocsp: requests and responses as other software has them, and the
//! certificates, keys and list behind one CA of them.
//!
//! Neither project states verdicts beside the files. What is expected here is what their tests do with each, where that is no
//! matter of their own API: a file that they load is expected to be read, one whose loading (or whose extensions) they expect to
//! fail is expected to be refused, and a responder's own refusal is no response. Where the CA is at hand, the status is expected too.

use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::SoftwareSigner;
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::ocsp::{OcspRequest, OcspResponse};
use kakunin_core::revocation::{Crl, CrlIssuer, Inquiry, Status};
use kakunin_core::time::UnixTime;

use super::{Outcome, Verdict, read};

/// What a file is, and what becomes of it.
#[derive(Clone, Copy)]
enum Kind {
    Certificate,
    Key,
    List,
    Request,
    /// A response whose CA is not at hand: it is read.
    Response,
    /// A response about a certificate of the RustCrypto CA: it is read, verified, and revokes it at this time. (Of the other
    /// responses by its responder none bears the responder's certificate, and all became stale the moment they were made.)
    Revoked(i64),
}

use Kind::{Certificate as Cert, Key, List, Request, Response, Revoked};
use Verdict::{Accept, Reject};

/// 2023-11-05T02:00:00Z, within the year of the one that OpenSSL's responder made.
const REVOKED_AT: i64 = 1_699_149_600;

const FILES: [(&str, Kind, Verdict); 58] = [
    ("pyca-ocsp/ocsp-army.deps.mil-resp.der", Response, Accept),
    ("pyca-ocsp/ocsp-army.inapplicable-req.der", Request, Accept),
    ("pyca-ocsp/ocsp-army.revoked-req.der", Request, Accept),
    ("pyca-ocsp/ocsp-army.valid-req.der", Request, Accept),
    ("pyca-ocsp/req-acceptable-responses.der", Request, Accept),
    // One extension twice: its extensions are refused there (RFC 5280 §4.2).
    ("pyca-ocsp/req-duplicate-ext.der", Request, Reject),
    ("pyca-ocsp/req-ext-nonce.der", Request, Accept),
    ("pyca-ocsp/req-ext-unknown-oid.der", Request, Accept),
    // A hash that nobody knows: it is read, and names nobody.
    ("pyca-ocsp/req-invalid-hash-alg.der", Request, Accept),
    ("pyca-ocsp/req-invalid-version.der", Request, Reject),
    // Two certificates: pyca's API has no place for a second one, RFC 6960 has.
    ("pyca-ocsp/req-multi-sha1.der", Request, Accept),
    ("pyca-ocsp/req-sha1.der", Request, Accept),
    ("pyca-ocsp/resp-delegate-unknown-cert.der", Response, Accept),
    // Signed with MD2, as it says: it is read, and no key verifies it.
    ("pyca-ocsp/resp-invalid-signature-oid.der", Response, Accept),
    ("pyca-ocsp/resp-invalid-version.der", Response, Reject),
    ("pyca-ocsp/resp-responder-key-hash.der", Response, Accept),
    ("pyca-ocsp/resp-response-type-unknown-oid.der", Response, Reject),
    ("pyca-ocsp/resp-revoked-no-next-update.der", Response, Accept),
    ("pyca-ocsp/resp-revoked-reason.der", Response, Accept),
    ("pyca-ocsp/resp-revoked.der", Response, Accept),
    ("pyca-ocsp/resp-sct-extension.der", Response, Accept),
    ("pyca-ocsp/resp-sha256.der", Response, Accept),
    ("pyca-ocsp/resp-single-extension-reason.der", Response, Accept),
    ("pyca-ocsp/resp-successful-no-response-bytes.der", Response, Reject),
    ("pyca-ocsp/resp-unauthorized.der", Response, Reject),
    ("pyca-ocsp/resp-unknown-extension.der", Response, Accept),
    ("pyca-ocsp/resp-unknown-hash-alg.der", Response, Accept),
    ("pyca-ocsp/resp-unknown-response-status.der", Response, Reject),
    ("rustcrypto-x509-ocsp/DODEMAILCA_63-resp.der", Response, Accept),
    ("rustcrypto-x509-ocsp/ocsp-by-key-res.der", Response, Accept),
    ("rustcrypto-x509-ocsp/ocsp-dtm-no-chain-res.der", Response, Accept),
    ("rustcrypto-x509-ocsp/ocsp-internal-error.der", Response, Reject),
    ("rustcrypto-x509-ocsp/ocsp-malformed.der", Response, Reject),
    ("rustcrypto-x509-ocsp/ocsp-multiple-exts-clean-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/ocsp-multiple-exts-res.der", Response, Accept),
    ("rustcrypto-x509-ocsp/ocsp-multiple-requests-nonce-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/ocsp-multiple-requests-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/ocsp-multiple-responses-res.der", Response, Accept),
    ("rustcrypto-x509-ocsp/ocsp-sig-required.der", Response, Reject),
    ("rustcrypto-x509-ocsp/ocsp-signed-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/ocsp-try-later.der", Response, Reject),
    ("rustcrypto-x509-ocsp/ocsp-unauthorized.der", Response, Reject),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-ca-crl.der", List, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-ca-key.der", Key, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-ca.der", Cert, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-crt-key.der", Key, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-crt.der", Cert, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-ocsp-crt-key.der", Key, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-ocsp-crt.der", Cert, Accept),
    ("rustcrypto-x509-ocsp/rsa-2048-sha256-revoked-ocsp-res.der", Revoked(REVOKED_AT), Accept),
    ("rustcrypto-x509-ocsp/sha1-certid-ocsp-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/sha1-certid-ocsp-res.der", Response, Accept),
    ("rustcrypto-x509-ocsp/sha224-certid-ocsp-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/sha256-certid-ocsp-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/sha256-certid-ocsp-res.der", Response, Accept),
    ("rustcrypto-x509-ocsp/sha384-certid-ocsp-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/sha512-certid-ocsp-req.der", Request, Accept),
    ("rustcrypto-x509-ocsp/sha512-certid-ocsp-res.der", Response, Accept),
];

/// Every file.
pub(super) fn run(folder: &Path) -> Result<Vec<Outcome>, String> {
    let there = files(folder, "pyca-ocsp")? + files(folder, "rustcrypto-x509-ocsp")?;
    if there != FILES.len() {
        return Err(format!("ocsp: {there} files, where {} are known", FILES.len()));
    }
    let authority = read(folder, "ocsp/rustcrypto-x509-ocsp/rsa-2048-sha256-ca.der")?;
    FILES
        .iter()
        .map(|(name, kind, expected)| {
            let der = read(folder, &format!("ocsp/{name}"))?;
            Ok(Outcome::new(*name, *expected, judge(*kind, &der, &authority)))
        })
        .collect()
}

/// How many files a folder has: none is passed over.
fn files(folder: &Path, name: &str) -> Result<usize, String> {
    let path = folder.join("ocsp").join(name);
    Ok(std::fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?.count())
}

fn judge(kind: Kind, der: &[u8], authority: &[u8]) -> Result<(), Denial> {
    let bounds = Bounds::default();
    match kind {
        Cert => Certificate::parse(der, &bounds).map(drop),
        Key => SoftwareSigner::from_pkcs8(der).map(drop).map_err(|error| error.denial()),
        List => {
            let list = Crl::parse(der, &bounds)?;
            list.verify(&issuer(authority, &bounds)?).map(drop)
        }
        Request => OcspRequest::parse(der, &bounds).map(drop),
        Response => OcspResponse::parse(der, &bounds).map(drop),
        Revoked(now) => {
            let (now, response) = (UnixTime::from_seconds(now), OcspResponse::parse(der, &bounds)?);
            let verified = response.verify(&issuer(authority, &bounds)?, now)?;
            let revoked = response.answers().iter().all(|answer| {
                let status = verified.status(&Inquiry::new(answer.id.serial(), false, None), now);
                matches!(status, Status::Revoked { .. })
            });
            if revoked { Ok(()) } else { Err(Denial::new(Code::RevocationStale, "another-status")) }
        }
    }
}

fn issuer(der: &[u8], bounds: &Bounds) -> Result<CrlIssuer, Denial> {
    let certificate = Certificate::parse(der, bounds)?;
    Ok(CrlIssuer {
        subject: certificate.subject().into(),
        public_key: certificate.public_key()?,
        may_sign_crl: certificate.key_usage().is_none_or(|usage| usage.crl_sign()),
        subject_key_id: certificate.subject_key_id().map(Into::into),
    })
}
