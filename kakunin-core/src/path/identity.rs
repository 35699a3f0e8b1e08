//! Ids of agents, the prefixes that hold them, and the mark of delegation in them (profile §1).
//!
//! ```text
//! id     = "urn:" parts | "did:" parts | scheme "://" authority "/" parts       visible ASCII, at most 2,048 octets
//! parts  = what stands between ":" or "/"; none empty, "." or ".."; "-" marks delegation
//! child  = parent ":-:" label  (urn, did)  |  parent "/-/" label  (others)      label = [A-Za-z0-9_-]{1,64}, not "-"
//! prefix = an id cut behind a ":" or "/"
//! ```

/// Longest id, in octets (SPIFFE's limit for its ids).
const ID_OCTETS: usize = 2_048;
/// Longest label of a delegated id, in octets (a DNS label's 63, rounded up).
const LABEL_OCTETS: usize = 64;

/// Where the parts of an id stand.
enum Form<'a> {
    /// After `urn:` or `did:`.
    Flat(&'a str),
    /// After `scheme://`.
    Hierarchical(&'a str),
    /// A bare `scheme:` or `scheme://`, of which only a prefix consists.
    Bare,
}

/// Checks an id.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn check(id: &str) -> Result<(), &'static str> {
    match form(id)? {
        Form::Flat(parts) => check_parts(parts),
        Form::Hierarchical(parts) if parts.contains('/') => check_parts(parts),
        Form::Hierarchical(_) | Form::Bare => Err("id-form"),
    }
}

/// Checks a prefix of ids.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), &'static str> {
    let parts = match form(prefix)? {
        Form::Flat(parts) | Form::Hierarchical(parts) => parts,
        Form::Bare => return Ok(()),
    };
    match parts.strip_suffix([':', '/']) {
        Some(parts) => check_parts(parts),
        None => Err("namespace-end"),
    }
}

/// Whether a part of the id marks delegation.
pub(crate) fn is_delegated(id: &str) -> bool {
    // Most have none.
    if !id.contains('-') {
        return false;
    }
    match form(id) {
        Ok(Form::Flat(parts) | Form::Hierarchical(parts)) => self::parts(parts).any(|part| part == b"-"),
        _ => false,
    }
}

/// Whether `child` is `parent`, the mark of delegation and one label.
pub(crate) fn is_child(child: &str, parent: &str) -> bool {
    let Some(mark) = mark(parent) else { return false };
    let label = child.strip_prefix(parent).and_then(|rest| rest.strip_prefix(mark));
    label.is_some_and(|label| {
        (1..=LABEL_OCTETS).contains(&label.len())
            && label != "-"
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    })
}

/// `parent`, the mark of delegation and `label`, whatever that is: [`is_child`] tells whether it is one.
pub(crate) fn child(parent: &str, label: &str) -> String {
    format!("{parent}{}{label}", mark(parent).unwrap_or_default())
}

/// How delegation is marked below `parent`.
fn mark(parent: &str) -> Option<&'static str> {
    match form(parent) {
        Ok(Form::Flat(_)) => Some(":-:"),
        Ok(Form::Hierarchical(_)) => Some("/-/"),
        _ => None,
    }
}

/// Whether one of `prefixes` begins `text`.
pub(crate) fn holds<'a>(prefixes: impl IntoIterator<Item = &'a str>, text: &str) -> bool {
    prefixes.into_iter().any(|prefix| text.starts_with(prefix))
}

/// Whether the URI is `spiffe://<trust domain>` and nothing else.
pub(crate) fn is_bare_trust_domain(uri: &str) -> bool {
    // 255: the longest trust domain (SPIFFE-ID §2.1).
    uri.strip_prefix("spiffe://").is_some_and(|domain| {
        (1..=255).contains(&domain.len())
            && domain.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
    })
}

fn form(text: &str) -> Result<Form<'_>, &'static str> {
    if text.is_empty() || text.len() > ID_OCTETS {
        return Err("id-length");
    }
    // No early exit: the loops compile to vector code.
    if !text.bytes().fold(true, |graphic, byte| graphic & byte.is_ascii_graphic()) {
        return Err("id-character");
    }
    if text.bytes().fold(false, |query, byte| query | (byte == b'?') | (byte == b'#')) {
        return Err("id-query");
    }
    let colon = text.bytes().position(|byte| byte == b':').ok_or("id-scheme")?;
    let (scheme, rest) = (text.get(..colon).unwrap_or_default(), text.get(colon + 1..).unwrap_or_default());
    let mut letters = scheme.bytes();
    let starts = letters.next().is_some_and(|first| first.is_ascii_lowercase());
    if !starts || !letters.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.')) {
        return Err("id-scheme");
    }
    match (scheme, rest, rest.strip_prefix("//")) {
        (_, "" | "//", _) => Ok(Form::Bare),
        ("urn" | "did", parts, _) => Ok(Form::Flat(parts)),
        (_, _, Some(parts)) => Ok(Form::Hierarchical(parts)),
        (_, _, None) => Err("id-form"),
    }
}

fn check_parts(parts: &str) -> Result<(), &'static str> {
    let fine = self::parts(parts).all(|part| !matches!(part, b"" | b"." | b".."));
    if fine { Ok(()) } else { Err("id-part") }
}

/// What stands between `:` and `/`.
fn parts(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(|byte| matches!(byte, b':' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_scheme_and_parts() {
        for id in [
            "urn:acme:bot",
            "did:web:acme.com:bots:1",
            "spiffe://acme.com/bot",
            "https://acme.com:8443/bots/1",
            "urn:acme:bot:-:sub",
            "spiffe://acme.com/bot/-/sub",
            "x-y+z.1://a/b",
            "urn:a/b",
        ] {
            assert_eq!(check(id), Ok(()), "{id}");
        }
        for (id, rule) in [
            ("", "id-length"),
            ("urn:acme:böt", "id-character"),
            ("urn:acme: bot", "id-character"),
            ("urn:acme:bot\n", "id-character"),
            ("urn:acme:bot?x", "id-query"),
            ("urn:acme:bot#x", "id-query"),
            ("acme", "id-scheme"),
            ("URN:acme:bot", "id-scheme"),
            ("Spiffe://acme.com/bot", "id-scheme"),
            ("1a://acme.com/bot", "id-scheme"),
            (":acme", "id-scheme"),
            ("mailto:bot@acme.com", "id-form"),
            ("spiffe:/acme.com/bot", "id-form"),
            ("spiffe://acme.com", "id-form"),
            ("urn:", "id-form"),
            ("spiffe://", "id-form"),
            ("spiffe:///bot", "id-part"),
            ("spiffe://acme.com/", "id-part"),
            ("spiffe://acme.com//bot", "id-part"),
            ("spiffe://acme.com/./bot", "id-part"),
            ("spiffe://acme.com/../bot", "id-part"),
            ("urn:acme:", "id-part"),
            ("urn::bot", "id-part"),
            ("urn:acme:..", "id-part"),
            ("urn://acme/bot", "id-part"),
        ] {
            assert_eq!(check(id), Err(rule), "{id}");
        }
        assert_eq!(check(&format!("urn:{}", "a".repeat(2_044))), Ok(()));
        assert_eq!(check(&format!("urn:{}", "a".repeat(2_045))), Err("id-length"));
    }

    #[test]
    fn prefixes_end_where_a_part_ends() {
        for prefix in ["urn:acme:", "spiffe://acme.com/", "spiffe://acme.com/bots/", "urn:", "spiffe://", "did:web:a/"]
        {
            assert_eq!(check_prefix(prefix), Ok(()), "{prefix}");
        }
        for (prefix, rule) in [
            ("urn:acme", "namespace-end"),
            ("spiffe://acme.com/bot", "namespace-end"),
            ("urn:acme::", "id-part"),
            ("urn:acme:../", "id-part"),
            ("acme/", "id-scheme"),
            ("", "id-length"),
        ] {
            assert_eq!(check_prefix(prefix), Err(rule), "{prefix}");
        }
    }

    #[test]
    fn a_child_is_its_parent_a_mark_and_a_label() {
        assert!(is_child("urn:acme:bot:-:sub", "urn:acme:bot"));
        assert!(is_child("did:web:a:-:sub_1-2", "did:web:a"));
        assert!(is_child("spiffe://acme.com/bot/-/sub", "spiffe://acme.com/bot"));
        assert!(is_child("urn:acme:bot:-:a:-:b", "urn:acme:bot:-:a"));
        let long = "a".repeat(64);
        assert!(is_child(&format!("urn:acme:bot:-:{long}"), "urn:acme:bot"));
        for child in [
            "urn:acme:bot",
            "urn:acme:bot:sub",
            "urn:acme:bot:-:",
            "urn:acme:bot:-:-",
            "urn:acme:bot:-:a:b",
            "urn:acme:bot:-:a.b",
            "urn:acme:bot/-/sub",
            "urn:acme:bots:-:sub",
            "urn:acme:bot:-:a:-:b",
            &format!("urn:acme:bot:-:a{long}"),
        ] {
            assert!(!is_child(child, "urn:acme:bot"), "{child}");
        }
        assert!(!is_child("spiffe://acme.com/bot:-:sub", "spiffe://acme.com/bot"));
        assert_eq!(child("urn:acme:bot", "sub"), "urn:acme:bot:-:sub");
        assert_eq!(child("spiffe://acme.com/bot", "sub"), "spiffe://acme.com/bot/-/sub");
    }

    #[test]
    fn a_part_marks_delegation_and_a_hyphen_in_a_part_does_not() {
        for id in ["urn:acme:-:sub", "urn:-:a", "spiffe://acme.com/-/sub", "spiffe://-/sub", "urn:acme/-/sub"] {
            assert!(is_delegated(id), "{id}");
        }
        for id in ["urn:acme:a-b", "urn:acme:--", "spiffe://acme-corp.com/-a"] {
            assert!(!is_delegated(id), "{id}");
        }
    }

    #[test]
    fn only_a_trust_domain_is_bare() {
        assert!(is_bare_trust_domain("spiffe://acme.com"));
        for uri in ["spiffe://", "spiffe://acme.com/", "spiffe://acme.com/bot", "spiffe://ACME.com", "https://acme.com"]
        {
            assert!(!is_bare_trust_domain(uri), "{uri}");
        }
    }
}
