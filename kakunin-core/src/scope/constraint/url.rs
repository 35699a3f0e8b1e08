use std::fmt;

use super::super::model::Fault;
use super::host::{self, Host};
use super::member;
use crate::error::Code;

/// Schemes with a port of their own (the IANA registry, RFC 6455 §11.1).
const PORTS: [(&str, u16); 5] = [("ftp", 21), ("http", 80), ("https", 443), ("ws", 80), ("wss", 443)];
/// Longest scheme. 32: the longest registered one has 29 characters.
const SCHEME: usize = 32;

/// Schemes, hosts, ports and a path prefix of absolute URLs. Sorted; schemes and hosts are never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlSet {
    // Apart, so that a list of constraints stays small: most are no URLs.
    parts: Box<Parts>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    /// Lower-case; `https` unless stated.
    schemes: Vec<String>,
    /// As in [`DomainSet`](super::DomainSet), and IP addresses in canonical form (IPv6 without brackets).
    hosts: Vec<String>,
    /// Empty: the scheme's own port.
    ports: Vec<u16>,
    /// The URL's path lies at or under it.
    path: Option<String>,
}

/// What was read of a URL.
struct Url<'a> {
    scheme: &'a str,
    host: Host,
    port: Option<u16>,
    path: &'a str,
}

impl UrlSet {
    /// URLs of one of `schemes` (empty: `https`), `hosts`, `ports` (empty: the scheme's own), at or under `path`.
    ///
    /// # Errors
    /// `url-scheme`, `url-host`, `url-port`, `url-path` for what is none, or stands twice; `url-host` without hosts.
    pub fn new(
        schemes: &[impl AsRef<str>],
        hosts: &[impl AsRef<str>],
        ports: &[u16],
        path: Option<&str>,
    ) -> Result<Self, Fault> {
        let mut folded: Vec<String> = schemes.iter().map(|scheme| scheme.as_ref().to_ascii_lowercase()).collect();
        if folded.is_empty() {
            folded.push("https".to_owned());
        }
        folded.sort_unstable();
        if let Some(scheme) = folded.iter().find(|scheme| !is_scheme(scheme)) {
            return Err(Fault::new("url-scheme", format!("`{scheme}` is no scheme")));
        }
        if let Some([twice, _]) = folded.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("url-scheme", format!("`{twice}` stands twice in one list")));
        }
        if hosts.is_empty() {
            return Err(Fault::new("url-host", "a `url` needs at least one of `hosts`"));
        }
        let hosts = host::name_set(hosts, "url-host", true)?;
        let mut ports = ports.to_vec();
        ports.sort_unstable();
        if ports.first() == Some(&0) {
            return Err(Fault::new("url-port", "port 0 is no port"));
        }
        if let Some([twice, _]) = ports.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("url-port", format!("port {twice} stands twice in one list")));
        }
        if let Some(path) = path {
            let segments = path.strip_prefix('/').map(|segments| segments.split('/'));
            let plain = path == "/" || segments.is_some_and(|mut all| all.all(is_prefix_segment));
            if !plain {
                let detail = format!(
                    "`{path}` is no path prefix: `/` and segments without `.`, `..`, `%`, none empty, no `/` at the end"
                );
                return Err(Fault::new("url-path", detail));
            }
        }
        let parts = Parts { schemes: folded, hosts, ports, path: path.map(str::to_owned) };
        Ok(Self { parts: Box::new(parts) })
    }

    /// The schemes, lower-case and sorted.
    pub fn schemes(&self) -> &[String] {
        &self.parts.schemes
    }

    /// The hosts, lower-case and sorted by bytes.
    pub fn hosts(&self) -> &[String] {
        &self.parts.hosts
    }

    /// The ports; empty for the scheme's own.
    pub fn ports(&self) -> &[u16] {
        &self.parts.ports
    }

    /// The path at or under which a URL's path must lie.
    pub fn path(&self) -> Option<&str> {
        self.parts.path.as_deref()
    }

    /// The ports that it accepts for `scheme`; without any, only a URL that names no port and has none of its own.
    pub fn ports_of(&self, scheme: &str) -> Vec<u16> {
        if self.parts.ports.is_empty() { default_port(scheme).into_iter().collect() } else { self.parts.ports.clone() }
    }

    pub(super) fn judge(&self, text: &str) -> Result<(), Code> {
        let url = Url::parse(text).ok_or(Code::ParameterInvalid)?;
        let own = default_port(url.scheme);
        let port = url.port.or(own);
        let holds = self.parts.schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(url.scheme))
            && url.host.is_among(&self.parts.hosts)
            && if self.parts.ports.is_empty() {
                port == own
            } else {
                port.is_some_and(|port| self.parts.ports.contains(&port))
            }
            && self.parts.path.as_deref().is_none_or(|prefix| is_at_or_under(url.path, prefix));
        member(holds, Code::DomainRestrictionViolated)
    }
}

/// The port of a scheme that has one.
fn default_port(scheme: &str) -> Option<u16> {
    PORTS.iter().find(|(name, _)| scheme.eq_ignore_ascii_case(name)).map(|(_, port)| *port)
}

impl<'a> Url<'a> {
    /// Reads `scheme://host[:port][/path][?query][#fragment]` (RFC 3986, visible ASCII only) where all parsers agree:
    /// no userinfo, backslash, white space or control character, and a host in its one form.
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let tail = rest.get(authority.len()..)?;
        if !is_scheme_in_any_case(scheme) || !is_tail(tail) {
            return None;
        }
        let (host, port) = match authority.strip_prefix('[') {
            Some(literal) => {
                let (address, port) = literal.split_once(']')?;
                let port = if port.is_empty() { None } else { Some(port.strip_prefix(':')?) };
                (Host::parse_ipv6(address)?, port)
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (Host::parse(host)?, Some(port)),
                None => (Host::parse(authority)?, None),
            },
        };
        let port = match port {
            Some(digits) => Some(port_number(digits)?),
            None => None,
        };
        let path = tail.split(['?', '#']).next()?;
        Some(Self { scheme, host, port, path })
    }
}

fn port_number(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse().ok() } else { None }
}

fn is_scheme(text: &str) -> bool {
    is_scheme_in_any_case(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_scheme_in_any_case(text: &str) -> bool {
    text.len() <= SCHEME
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether every byte may stand in a path, query or fragment, every `%` begins an escape, and `#` stands once at most.
fn is_tail(tail: &str) -> bool {
    let mut bytes = tail.bytes();
    let mut fragments = 0;
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                digit() && digit()
            }
            b'#' => {
                fragments += 1;
                fragments == 1
            }
            b'/' | b'?' => true,
            other => is_path_byte(other),
        };
        if !fits {
            return false;
        }
    }
    true
}

/// RFC 3986 `pchar` without the escape.
fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

fn is_prefix_segment(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_path_byte)
}

/// Whether `path` is `prefix` or lies below it, however a server reads it: no segment that is or decodes to `.` or `..`,
/// none empty except the last, and no escaped separator or control character.
fn is_at_or_under(path: &str, prefix: &str) -> bool {
    let path = if path.is_empty() { "/" } else { path };
    let under = prefix == "/" || path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some((directories, last)) = path.strip_prefix('/').map(|path| path.rsplit_once('/').unwrap_or(("", path)))
    else {
        return false;
    };
    let mut all = directories.split('/');
    under
        && is_plain_segment(last)
        && (directories.is_empty() && !path.starts_with("//")
            || all.all(|one| !one.is_empty() && is_plain_segment(one)))
}

/// Whether a segment stays one, and stays where it is, once it is decoded and what follows a `;` is dropped, as some
/// servers do.
fn is_plain_segment(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    let (mut named, mut only_dots, mut count) = (true, true, 0);
    while let Some(byte) = bytes.next() {
        let decoded = if byte == b'%' {
            let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16)).unwrap_or_default();
            digit() * 16 + digit()
        } else {
            u32::from(byte)
        };
        // `%25` would let a second decoding make any of the others.
        let escaped = byte == b'%' && (decoded < 0x20 || decoded == 0x7f || [0x2f, 0x5c, 0x25].contains(&decoded));
        if escaped {
            return false;
        }
        named &= decoded != u32::from(b';');
        if named {
            only_dots &= decoded == u32::from(b'.');
            count += 1;
        }
    }
    !(only_dots && (1..=2).contains(&count))
}

impl fmt::Display for UrlSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        host::list(f, &self.parts.schemes)?;
        f.write_str(" at ")?;
        host::list(f, &self.parts.hosts)?;
        if !self.parts.ports.is_empty() {
            f.write_str(", port ")?;
            host::list(f, &self.parts.ports)?;
        }
        match &self.parts.path {
            Some(path) => write!(f, ", path `{path}`"),
            None => Ok(()),
        }
    }
}
