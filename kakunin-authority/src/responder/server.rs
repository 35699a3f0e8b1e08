//! The responder over HTTP (RFC 6960 §A), on this host alone: one request a connection, one connection at a time.
//!
//! Responses are signed, so the way they come needs no protection; the key does. Whoever serves others puts a web server before
//! it, or writes responses into a folder for one.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::base64;
use kakunin_core::error::Denial;
use kakunin_core::issue::{OcspRefusal, ocsp_refusal};

use super::{RESPONSE_TYPE, Responder};
use crate::fault;

/// Most bytes of a request's head. 8 KiB: a GET names a request of 255 octets (RFC 5019 §5), proxies add lines.
const HEAD_BYTES: usize = 8 * 1_024;
/// Longest wait for a client that sends or reads slowly.
const PATIENCE: Duration = Duration::from_secs(2);

/// A socket on this host.
///
/// # Errors
/// E504 `listen` for an address of another kind, or one that cannot be had.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Denial> {
    let refused = |expected: String| fault::misconfigured("listen", "listen", address.to_string(), expected);
    if !address.ip().is_loopback() {
        return Err(refused("an address of this host: 127.0.0.1 or [::1]".to_owned()));
    }
    TcpListener::bind(address).map_err(|error| refused(error.to_string()))
}

/// Answers `connections` of them, or for ever. What a client does wrong ends its own connection.
pub fn serve(listener: &TcpListener, responder: &Responder, connections: Option<usize>) {
    for connection in listener.incoming().take(connections.unwrap_or(usize::MAX)) {
        // Nobody is left to tell: the client is gone, or never was there.
        drop(connection.and_then(|mut stream| answer(&mut stream, responder)));
    }
}

fn answer(stream: &mut TcpStream, responder: &Responder) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match read(stream)? {
        Ok(request) => write(stream, "200 OK", &responder.answer(&request)),
        Err("400 Bad Request") => write(stream, "200 OK", &ocsp_refusal(OcspRefusal::MalformedRequest)),
        Err(status) => write(stream, status, &[]),
    }
}

fn write(stream: &mut TcpStream, status: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {RESPONSE_TYPE}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// The OCSP request in an HTTP request, or the status that refuses it.
fn read(stream: &mut TcpStream) -> io::Result<Result<Vec<u8>, &'static str>> {
    let most = HEAD_BYTES + Bounds::default().ocsp_bytes;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4_096]);
    loop {
        match parse(&bytes) {
            Parsed::Incomplete if bytes.len() <= most => {}
            Parsed::Incomplete => return Ok(Err("413 Content Too Large")),
            Parsed::Request(request) => return Ok(Ok(request)),
            Parsed::Refused(status) => return Ok(Err(status)),
        }
        let count = stream.read(&mut chunk)?;
        if count == 0 {
            return Ok(Err("400 Bad Request"));
        }
        bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
    }
}

/// How far a request has come.
#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Incomplete,
    Request(Vec<u8>),
    Refused(&'static str),
}

fn parse(bytes: &[u8]) -> Parsed {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if bytes.len() > HEAD_BYTES {
            Parsed::Refused("431 Request Header Fields Too Large")
        } else {
            Parsed::Incomplete
        };
    };
    let (head, body) = (bytes.get(..end).unwrap_or_default(), bytes.get(end + 4..).unwrap_or_default());
    let Ok(head) = std::str::from_utf8(head) else { return Parsed::Refused("400 Bad Request") };
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target, version) = (words.next(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !version.starts_with("HTTP/1.") || words.next().is_some() {
        return Parsed::Refused("400 Bad Request");
    }
    let length = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())
    };
    match method {
        Some("GET") => match in_path(target) {
            Some(request) => Parsed::Request(request),
            None => Parsed::Refused("400 Bad Request"),
        },
        Some("POST") => match lines.find_map(length).flatten() {
            Some(length) if length > Bounds::default().ocsp_bytes => Parsed::Refused("413 Content Too Large"),
            Some(length) => body.get(..length).map_or(Parsed::Incomplete, |body| Parsed::Request(body.to_vec())),
            None => Parsed::Refused("411 Length Required"),
        },
        _ => Parsed::Refused("405 Method Not Allowed"),
    }
}

/// `GET {url}/{base64 of the request, its `/`, `+` and `=` as %2F, %2B, %3D}` (RFC 6960 §A.1).
fn in_path(target: &str) -> Option<Vec<u8>> {
    let text = target.strip_prefix('/')?;
    let text = text.replace("%2F", "/").replace("%2f", "/").replace("%2B", "+").replace("%2b", "+");
    base64::decode(&text.replace("%3D", "=").replace("%3d", "=")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Parsed {
        parse(text.as_bytes())
    }

    #[test]
    fn a_request_is_posted_or_named() {
        let posted = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcdef";
        assert_eq!(request(posted), Parsed::Request(b"abc".to_vec()));
        for end in 0..posted.len() - 3 {
            assert_eq!(parse(&posted.as_bytes()[..end]), Parsed::Incomplete, "{end}");
        }
        assert_eq!(request("GET /+/8%3D HTTP/1.1\r\n\r\n"), Parsed::Request(vec![0xfb, 0xff]));
        assert_eq!(request("GET /%2b%2F8= HTTP/1.0\r\n\r\n"), Parsed::Request(vec![0xfb, 0xff]));
    }

    #[test]
    fn whatever_else_is_refused() {
        let large = format!("GET /{}", "A".repeat(HEAD_BYTES));
        for (text, status) in [
            ("GET /* HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET / HTTP/1.1 x\r\n\r\n", "400 Bad Request"),
            ("GET /\r\n\r\n", "400 Bad Request"),
            ("PUT / HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
            ("POST / HTTP/1.1\r\n\r\n", "411 Length Required"),
            ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "411 Length Required"),
            ("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "413 Content Too Large"),
            (&large, "431 Request Header Fields Too Large"),
        ] {
            assert_eq!(request(text), Parsed::Refused(status), "{text}");
        }
        assert_eq!(parse(b"\xff\r\n\r\n"), Parsed::Refused("400 Bad Request"));
    }

    #[test]
    fn only_this_host_is_served() {
        assert!(listen("127.0.0.1:0".parse().unwrap()).is_ok());
        assert_eq!(listen("0.0.0.0:0".parse().unwrap()).unwrap_err().details().rule, "listen");
    }
}
