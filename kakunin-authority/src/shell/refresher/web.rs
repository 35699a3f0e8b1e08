//! An authority's URL as a source: its index and what that names, or one list.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::encoding::json::Json;
use kakunin_core::error::{Code, Denial};

use super::folder::MOST_FILES;
use super::{Look, MOST_ORDERS, Origin, Piece, is_list};
use crate::http::{Client, Fetched, Limits, Url, Version};
use crate::orders::{HEAD_FILE, head_name, order_name};

/// Longest look at a source, in seconds. 30: three exchanges that all but time out; a source that is slower is broken off.
const LONGEST_LOOK: Duration = Duration::from_secs(30);
/// What names the files of an authority's URL.
const INDEX: &str = "index.json";

pub(super) struct Web {
    url: Url,
    client: Client,
    index: Client,
    files: HashMap<String, Known>,
}

/// A file as it was when it was fetched.
struct Known {
    version: Option<Version>,
    content: Digest,
}

impl Web {
    /// What is at `url`; of a file at most `bytes` are fetched.
    pub(super) fn new(url: Url, bytes: usize) -> Self {
        let limits = Limits { bytes, ..Limits::default() };
        let index = Client::new(Limits { bytes: JsonBounds::DOCUMENT.bytes, ..limits });
        Self { url, client: Client::new(limits), index, files: HashMap::new() }
    }

    fn names(&mut self) -> Result<Vec<String>, Denial> {
        let body = match self.index.get(&self.url.below(INDEX)?, None)? {
            Fetched::Body(body, _) => body,
            Fetched::Unchanged => Vec::new(),
        };
        names(&body).map_err(|rule| {
            Denial::new(Code::RevocationStale, rule)
                .field(format!("{}/{INDEX}", self.url.shown().trim_end_matches('/')))
                .expected(format!("{{\"files\": […]}} with at most {MOST_FILES} lists"))
        })
    }

    /// The file's content where it is another than before.
    fn fetch(&mut self, name: &str) -> Result<Option<Vec<u8>>, Denial> {
        let url = if is_list(self.url.as_str()) { self.url.clone() } else { self.url.below(name)? };
        let known = self.files.get(name);
        match self.client.get(&url, known.and_then(|known| known.version.as_ref()))? {
            Fetched::Unchanged => Ok(None),
            Fetched::Body(body, version) => {
                let content = sha256(&body);
                let changed = known.is_none_or(|known| known.content != content);
                self.files.insert(name.to_owned(), Known { version, content });
                Ok(changed.then_some(body))
            }
        }
    }
}

impl Origin for Web {
    fn look(&mut self) -> Result<Look, Denial> {
        let start = Instant::now();
        let names = match is_list(self.url.as_str()) {
            true => vec![self.url.shown()],
            false => self.names()?,
        };
        let mut look = Look { names, ..Look::default() };
        self.files.retain(|name, _| name.contains('/') || look.names.contains(name));
        for name in &look.names {
            if start.elapsed() >= LONGEST_LOOK {
                let slow = Denial::new(Code::RevocationStale, "http-timeout").field(self.url.shown());
                look.broken_off = Some(slow);
                break;
            }
            match self.fetch(name) {
                Ok(Some(bytes)) => look.changed.push(Piece { name: name.clone(), bytes }),
                Ok(None) => {}
                // Who does not answer now is not asked again before the next look.
                Err(denial) if is_silence(&denial) => {
                    look.broken_off = Some(denial);
                    break;
                }
                Err(denial) => {
                    self.files.remove(name);
                    look.troubles.push((name.clone(), denial));
                }
            }
        }
        Ok(look)
    }

    fn forget(&mut self, name: &str) {
        self.files.remove(name);
    }

    fn follow(&mut self, log: &str, next: u64) -> Result<Vec<Piece>, Denial> {
        let mut pieces = Vec::new();
        if is_list(self.url.as_str()) {
            return Ok(pieces);
        }
        // The head first: the orders that it speaks of are there before it is.
        let names = std::iter::once(head_name(log));
        for name in names.chain((next..next.saturating_add(MOST_ORDERS)).map(|seq| order_name(log, seq))) {
            match self.fetch(&name) {
                Ok(Some(bytes)) => pieces.push(Piece { name, bytes }),
                Ok(None) => {}
                Err(denial) if is_missing(&denial) => {
                    self.files.remove(&name);
                    // A log without a head may have orders all the same; after the last order there is none.
                    if name.ends_with(HEAD_FILE) {
                        continue;
                    }
                    break;
                }
                Err(denial) => {
                    // What was fetched is lost with it, so that it is fetched again.
                    pieces.iter().for_each(|piece: &Piece| drop(self.files.remove(&piece.name)));
                    return Err(denial);
                }
            }
        }
        // An order is fetched once: the next look begins after it.
        let head = head_name(log);
        let folder = head.trim_end_matches(HEAD_FILE);
        self.files.retain(|name, _| !name.starts_with(folder) || *name == head);
        Ok(pieces)
    }
}

fn is_missing(denial: &Denial) -> bool {
    let details = denial.details();
    details.rule == "http-status" && matches!(details.requested.as_deref(), Some("404" | "410"))
}

fn is_silence(denial: &Denial) -> bool {
    matches!(denial.details().rule, "http-timeout" | "http-connect" | "http-tls")
}

/// The lists that an index names, sorted. What is no list here, or has a name that could leave the folder, is passed over.
fn names(index: &[u8]) -> Result<Vec<String>, &'static str> {
    let json = Json::parse(index, &JsonBounds::DOCUMENT).map_err(|_| "index-malformed")?;
    let files = json.as_object().and_then(|object| object.get("files")).and_then(Json::as_array);
    let files = files.ok_or("index-malformed")?;
    let mut names: Vec<String> =
        files.iter().filter_map(Json::as_text).filter(|name| is_plain(name)).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    match names.len() > MOST_FILES {
        true => Err("index-too-large"),
        false => Ok(names),
    }
}

/// A list's name of one segment that needs no escape in a URL.
fn is_plain(name: &str) -> bool {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    is_list(name) && name.len() <= 128 && !name.starts_with('.') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_lists_of_its_folder_and_nothing_else() {
        let text = br#"{"files": ["tenant.crl", "../x.crl", "/etc/x.crl", "a b.crl", "x.crl?y", "%2e%2e.crl", ".x.crl", "x.txt",
            "root.pem", "tenant.crl", 7], "more": true}"#;
        assert_eq!(names(text).unwrap(), ["root.pem", "tenant.crl"]);
        for text in ["", "[]", "{}", r#"{"files": "x.crl"}"#, r#"{"files": []"#] {
            assert_eq!(names(text.as_bytes()), Err("index-malformed"), "{text}");
        }
        let many: Vec<String> = (0..=MOST_FILES).map(|number| format!("\"{number}.crl\"")).collect();
        assert_eq!(names(format!("{{\"files\": [{}]}}", many.join(",")).as_bytes()), Err("index-too-large"));
    }
}
