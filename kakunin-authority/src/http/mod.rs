//! HTTP as revocation needs it: one blocking exchange with a limit to everything, and no redirect followed.
//!
//! What is fetched is signed and judged by the core; TLS here keeps others from reading and from holding back. Servers are
//! judged by the roots of the system (or of `SSL_CERT_FILE`, `SSL_CERT_DIR`). Variables that name a proxy are not read.

mod url;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use kakunin_core::error::{Code, Denial};
use rustls::crypto::ring;
use ureq::http::{HeaderMap, Response, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

pub(crate) use url::Url;

/// What an exchange may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a body, in either direction.
    pub bytes: usize,
    /// Longest time for all of it, from the name's look-up to the body's last byte.
    pub total: Duration,
    /// Longest time until a connection stands, TLS included.
    pub connect: Duration,
}

/// What an origin said of a body's version, to ask whether it has another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    etag: Option<String>,
    last_modified: Option<String>,
}

/// The answer to a question that named a version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// This is the body now.
    Body(Vec<u8>, Option<Version>),
    /// It is still the version that was named.
    Unchanged,
}

/// Most bytes of an answer's header. 16 KiB: twice what common servers send at most.
const HEADER_BYTES: usize = 16 * 1_024;
/// Longest text that is kept as a version.
const VERSION_CHARACTERS: usize = 256;

/// A body of at most 32 MiB in 10 s, connected within 5: a CRL of 500,000 serials over 25 Mbit/s.
impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 32 << 20, total: Duration::from_secs(10), connect: Duration::from_secs(5) }
    }
}

/// Gets the body at `url`, which is `http` or `https`.
///
/// # Errors
/// E405: `http-url`, `http-connect`, `http-tls`, `http-timeout`, `http-redirect`, `http-status`, `http-too-large`,
/// `http-protocol`. Facts name the origin and the path, never a query.
pub fn get(url: &str, limits: &Limits) -> Result<Vec<u8>, Denial> {
    match Client::new(*limits).get(&Url::parse(url)?, None)? {
        Fetched::Body(body, _) => Ok(body),
        Fetched::Unchanged => Err(Denial::new(Code::RevocationStale, "http-status").requested("304")),
    }
}

/// Posts `body` to `url` and gives the answer's body.
///
/// # Errors
/// As [`get`].
pub fn post(url: &str, content_type: &str, body: &[u8], limits: &Limits) -> Result<Vec<u8>, Denial> {
    Client::new(*limits).post(&Url::parse(url)?, content_type, body)
}

/// Keeps a connection and the system's roots between questions.
pub(crate) struct Client {
    limits: Limits,
    agent: Agent,
    secure: Option<Agent>,
}

impl Client {
    pub(crate) fn new(limits: Limits) -> Self {
        // Without TLS there is nothing to load; the secure agent is made when it is first needed.
        Self { agent: agent(&limits, None), secure: None, limits }
    }

    /// Gets the body at `url`, or learns that it is still `known`.
    pub(crate) fn get(&mut self, url: &Url, known: Option<&Version>) -> Result<Fetched, Denial> {
        let limits = self.limits;
        let mut request = self.agent(url)?.get(url.as_str());
        if let Some(etag) = known.and_then(|known| known.etag.as_deref()) {
            request = request.header(header::IF_NONE_MATCH, etag);
        } else if let Some(date) = known.and_then(|known| known.last_modified.as_deref()) {
            request = request.header(header::IF_MODIFIED_SINCE, date);
        }
        let response = request.call().map_err(|error| denied(url, &error))?;
        match response.status().as_u16() {
            304 if known.is_some() => Ok(Fetched::Unchanged),
            _ => {
                let version = Version::of(response.headers());
                Ok(Fetched::Body(body(url, response, &limits)?, version))
            }
        }
    }

    fn post(&mut self, url: &Url, content_type: &str, content: &[u8]) -> Result<Vec<u8>, Denial> {
        let limits = self.limits;
        if content.len() > limits.bytes {
            return Err(too_large(url, limits.bytes));
        }
        let request = self.agent(url)?.post(url.as_str()).header(header::CONTENT_TYPE, content_type);
        body(url, request.send(content).map_err(|error| denied(url, &error))?, &limits)
    }

    fn agent(&mut self, url: &Url) -> Result<&Agent, Denial> {
        if !url.is_secure() {
            return Ok(&self.agent);
        }
        if self.secure.is_none() {
            let roots = rustls_native_certs::load_native_certs().certs;
            if roots.is_empty() {
                return Err(refusal(url, "http-tls").expected("roots of the system, or `SSL_CERT_FILE`"));
            }
            let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect::<Vec<_>>();
            self.secure = Some(agent(&self.limits, Some(RootCerts::Specific(Arc::new(roots)))));
        }
        self.secure.as_ref().ok_or_else(|| refusal(url, "http-tls"))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Version {
    /// What names this body and no other. A time counts in seconds, and common servers make their tags of it: a body that
    /// was written in the second in which it was served may be written again in the same (RFC 9110 §8.8.2.2).
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name| {
            let text = headers.get(name)?.to_str().ok()?;
            (text.len() <= VERSION_CHARACTERS).then(|| text.to_owned())
        };
        let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
        let settled = last_modified.is_none() || text(header::DATE).is_some_and(|date| Some(date) != last_modified);
        ((etag.is_some() || last_modified.is_some()) && settled).then_some(Self { etag, last_modified })
    }
}

fn agent(limits: &Limits, roots: Option<RootCerts>) -> Agent {
    let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
    if let Some(roots) = roots {
        tls = tls.root_certs(roots);
    }
    Agent::config_builder()
        .tls_config(tls.build())
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(concat!("kakunin/", env!("CARGO_PKG_VERSION")))
        .max_response_header_size(HEADER_BYTES)
        .max_idle_connections(1)
        .timeout_global(Some(limits.total))
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .build()
        .into()
}

/// The body of an answer that has one to give.
fn body(url: &Url, mut response: Response<Body>, limits: &Limits) -> Result<Vec<u8>, Denial> {
    let status = response.status();
    if status.is_redirection() && status.as_u16() != 304 {
        return Err(refusal(url, "http-redirect").expected("the URL itself: no redirect is followed"));
    }
    if status.as_u16() != 200 {
        return Err(refusal(url, "http-status").requested(status.as_u16().to_string()).expected("200"));
    }
    let limit = u64::try_from(limits.bytes).unwrap_or(u64::MAX);
    if response.body().content_length().is_some_and(|length| length > limit) {
        return Err(too_large(url, limits.bytes));
    }
    // ureq refuses when the limit is reached, not when it is passed.
    let reader = response.body_mut().with_config().limit(limit.saturating_add(1));
    let body = reader.read_to_vec().map_err(|error| match error {
        Error::BodyExceedsLimit(_) => too_large(url, limits.bytes),
        error => denied(url, &error),
    })?;
    match body.len() > limits.bytes {
        true => Err(too_large(url, limits.bytes)),
        false => Ok(body),
    }
}

fn too_large(url: &Url, bytes: usize) -> Denial {
    refusal(url, "http-too-large").expected(format!("at most {bytes} bytes"))
}

fn refusal(url: &Url, rule: &'static str) -> Denial {
    Denial::new(Code::RevocationStale, rule).field(url.shown())
}

/// Why an exchange failed, without what a server or a library wrote.
fn denied(url: &Url, error: &Error) -> Denial {
    let rule = match error {
        Error::Timeout(_) | Error::BodyStalled => "http-timeout",
        Error::HostNotFound | Error::ConnectionFailed => "http-connect",
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => "http-tls",
        Error::LargeResponseHeader(..) => "http-too-large",
        Error::Io(cause) => return refusal_of(url, cause),
        _ => "http-protocol",
    };
    refusal(url, rule)
}

fn refusal_of(url: &Url, cause: &io::Error) -> Denial {
    let tls = cause.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
    let rule = match cause.kind() {
        _ if tls => "http-tls",
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "http-timeout",
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::AddrNotAvailable => "http-connect",
        _ => "http-protocol",
    };
    refusal(url, rule)
}

#[cfg(test)]
mod tests;
