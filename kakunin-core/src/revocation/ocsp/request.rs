use super::certificate_id::CertificateId;
use super::nonce::{NONCE_OCTETS, read_extensions};
use crate::bounds::Bounds;
use crate::encoding::der::{Reader, Writer, tag};
use crate::encoding::oid;
use crate::error::Denial;
use crate::revocation::{at, fault};

/// Most certificates that one request asks for. 64: browsers ask for one, batch clients in the field for at most 20.
const CERTIFICATES: usize = 64;

/// A question to a responder.
///
/// ```asn1
/// OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }   -- RFC 6960 §4.1.1
/// TBSRequest  ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, requestorName [1] EXPLICIT GeneralName OPTIONAL,
///                            requestList SEQUENCE OF SEQUENCE { reqCert CertID, singleRequestExtensions [0] EXPLICIT
///                            Extensions OPTIONAL }, requestExtensions [2] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    certificates: Vec<CertificateId>,
    nonce: Option<Box<[u8]>>,
}

impl OcspRequest {
    /// A request for these certificates, with a nonce of 1 to 128 octets if there is to be one.
    ///
    /// # Errors
    /// E405 `request-list` for none or more than 64 certificates, `nonce-length`.
    pub fn new(certificates: Vec<CertificateId>, nonce: Option<&[u8]>) -> Result<Self, Denial> {
        if !(1..=CERTIFICATES).contains(&certificates.len()) {
            return Err(fault("request-list", "requestList"));
        }
        if nonce.is_some_and(|nonce| !(1..=NONCE_OCTETS).contains(&nonce.len())) {
            return Err(fault("nonce-length", "nonce"));
        }
        Ok(Self { certificates, nonce: nonce.map(Into::into) })
    }

    /// Reads a request. Who signed it, if anyone, has no meaning here: statuses are told to all.
    ///
    /// # Errors
    /// E405 for what is not DER or not RFC 6960, larger than [`Bounds::ocsp_bytes`], or asks for more than 64
    /// certificates; `critical-extension` for one other than the nonce.
    pub fn parse(der: &[u8], bounds: &Bounds) -> Result<Self, Denial> {
        const WHOLE: &str = "OCSPRequest";
        if der.len() > bounds.ocsp_bytes {
            return Err(fault("ocsp-too-large", WHOLE));
        }
        let mut outer = Reader::new(der);
        let mut request = outer.sequence().map_err(at(WHOLE))?;
        outer.finish().map_err(at(WHOLE))?;
        let mut tbs = request.sequence().map_err(at("tbsRequest"))?;
        if let Some(signature) = request.optional(tag::context_constructed(0)).map_err(at("optionalSignature"))? {
            let mut explicit = Reader::new(signature.content);
            explicit.expect(tag::SEQUENCE).map_err(at("optionalSignature"))?;
            explicit.finish().map_err(at("optionalSignature"))?;
        }
        request.finish().map_err(at(WHOLE))?;
        if tbs.peek() == Some(tag::context_constructed(0)) {
            return Err(fault("version", "tbsRequest.version"));
        }
        if let Some(name) = tbs.optional(tag::context_constructed(1)).map_err(at("requestorName"))? {
            let mut explicit = Reader::new(name.content);
            explicit.element().map_err(at("requestorName"))?;
            explicit.finish().map_err(at("requestorName"))?;
        }
        let mut list = tbs.sequence().map_err(at("requestList"))?;
        let mut certificates = Vec::new();
        while !list.is_empty() {
            if certificates.len() == CERTIFICATES {
                return Err(fault("request-list", "requestList"));
            }
            let mut one = list.sequence().map_err(at("requestList"))?;
            certificates.push(CertificateId::read(&mut one).map_err(at("reqCert"))?);
            if let Some(explicit) = one.optional(tag::context_constructed(0)).map_err(at("singleRequestExtensions"))? {
                read_extensions(explicit.content, "singleRequestExtensions")?;
            }
            one.finish().map_err(at("requestList"))?;
        }
        let nonce = match tbs.optional(tag::context_constructed(2)).map_err(at("requestExtensions"))? {
            Some(explicit) => read_extensions(explicit.content, "requestExtensions")?,
            None => None,
        };
        tbs.finish().map_err(at("tbsRequest"))?;
        Self::new(certificates, nonce)
    }

    /// The certificates asked for, in order.
    pub fn certificates(&self) -> &[CertificateId] {
        &self.certificates
    }

    /// What the response shall repeat.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// The request as DER, not signed.
    pub fn to_der(&self) -> Vec<u8> {
        let mut whole = Writer::new();
        whole.sequence(|whole| {
            whole.sequence(|tbs| {
                tbs.sequence(|list| {
                    for id in &self.certificates {
                        list.sequence(|one| _ = one.raw(id.der()));
                    }
                });
                if let Some(nonce) = &self.nonce {
                    tbs.constructed(tag::context_constructed(2), |explicit| {
                        explicit.sequence(|list| write_nonce(list, nonce));
                    });
                }
            });
        });
        whole.into_bytes()
    }
}

/// The nonce as an extension.
pub(crate) fn write_nonce(list: &mut Writer, nonce: &[u8]) {
    let mut value = Writer::new();
    value.primitive(tag::OCTET_STRING, nonce);
    list.sequence(|extension| {
        extension.oid(oid::OCSP_NONCE).primitive(tag::OCTET_STRING, &value.into_bytes());
    });
}
