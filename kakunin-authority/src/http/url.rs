//! A URL of `http` or `https`, as far as fetching needs one.

use kakunin_core::error::{Code, Denial};
use ureq::http::Uri;

/// An absolute URL without credentials or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Url {
    text: String,
    shown: String,
    secure: bool,
}

/// Longest URL, in octets. 2,048: what every server and client takes.
const OCTETS: usize = 2_048;

impl Url {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// E405 `http-url` where it is none, where its scheme is neither `http` nor `https`, or where it holds credentials or a
    /// fragment.
    pub(crate) fn parse(text: &str) -> Result<Self, Denial> {
        const EXPECTED: &str = "an `http` or `https` URL without credentials or fragment";
        let malformed = || Denial::new(Code::RevocationStale, "http-url").expected(EXPECTED);
        if text.len() > OCTETS || !text.bytes().all(|octet| octet.is_ascii_graphic()) || text.contains('#') {
            return Err(malformed());
        }
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(malformed());
        };
        if !matches!(scheme, "http" | "https") || authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(malformed());
        }
        Ok(Self {
            shown: format!("{scheme}://{authority}{}", uri.path()),
            secure: scheme == "https",
            text: text.to_owned(),
        })
    }

    /// The URL of the file `name` below this folder; `name` needs no escape.
    pub(crate) fn below(&self, name: &str) -> Result<Self, Denial> {
        Self::parse(&format!("{}/{name}", self.text.trim_end_matches('/')))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, authority and path: what may be printed.
    pub(crate) fn shown(&self) -> String {
        self.shown.clone()
    }

    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_absolute_and_holds_no_secret() {
        for text in
            ["http://h", "https://ca.example:8443/pki/tenant.crl?key=s", "http://127.0.0.1:1/", "http://[::1]/x"]
        {
            assert!(Url::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "h",
            "/x",
            "//h/x",
            "ftp://h/x",
            "file:///etc/passwd",
            "http:",
            "http://",
            "http:///x",
            "http://u:p@h/x",
            "http://h/x#f",
            "http://h/ x",
            "http://h/é",
            "HTTP\u{0}://h",
        ] {
            assert_eq!(Url::parse(text).unwrap_err().details().rule, "http-url", "{text}");
        }
        assert_eq!(Url::parse(&format!("http://h/{}", "x".repeat(OCTETS))).unwrap_err().details().rule, "http-url");
    }

    #[test]
    fn a_query_is_kept_and_not_shown() {
        let url = Url::parse("https://ca.example/pki/?token=secret").unwrap();
        assert_eq!(url.shown(), "https://ca.example/pki/");
        let folder = Url::parse(&url.shown()).unwrap();
        assert_eq!(folder.below("tenant.crl").unwrap().as_str(), "https://ca.example/pki/tenant.crl");
    }
}
