//! What can be special about a path, one row each.

use kakunin_core::encoding::der::tag;
use kakunin_core::encoding::oid::{self, Oid};

use super::draft::{Draft, STRANGER};
use super::names::{
    constraints, directory, distinguished, dns, email, ip, registered, subject_alternative, uri, written,
};
use crate::certificate::{Extension, Template, time};

/// Where a fact may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The trust anchor.
    Anchor,
    /// Any certificate between anchor and leaf.
    Intermediate,
    /// The leaf.
    Leaf,
    /// No certificate alone.
    Chain,
}

impl Position {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anchor => "anchor",
            Self::Intermediate => "intermediate",
            Self::Leaf => "leaf",
            Self::Chain => "chain",
        }
    }
}

/// One change of a valid path.
pub struct Fact {
    /// Its name.
    pub name: &'static str,
    /// Where it may stand.
    pub at: &'static [Position],
    /// What it changes: two facts that change the same do not meet.
    pub touches: &'static [&'static str],
    /// Whether RFC 5280 lets a path be valid that has it.
    pub valid: bool,
    /// Makes the change; None where it does not fit.
    pub(super) apply: fn(&mut Draft<'_>, usize) -> Option<()>,
}

const EVERYWHERE: &[Position] = &[Position::Anchor, Position::Intermediate, Position::Leaf];
const BELOW: &[Position] = &[Position::Intermediate, Position::Leaf];
const CA: &[Position] = &[Position::Anchor, Position::Intermediate];
const BETWEEN: &[Position] = &[Position::Intermediate];
const LEAF: &[Position] = &[Position::Leaf];
const CHAIN: &[Position] = &[Position::Chain];

const fn valid(
    name: &'static str,
    at: &'static [Position],
    touches: &'static [&'static str],
    apply: fn(&mut Draft<'_>, usize) -> Option<()>,
) -> Fact {
    Fact { name, at, touches, valid: true, apply }
}

const fn invalid(
    name: &'static str,
    at: &'static [Position],
    touches: &'static [&'static str],
    apply: fn(&mut Draft<'_>, usize) -> Option<()>,
) -> Fact {
    Fact { name, at, touches, valid: false, apply }
}

fn change(draft: &mut Draft<'_>, node: usize, change: impl FnOnce(&mut Template)) -> Option<()> {
    draft.template(node).map(change)
}

fn with(draft: &mut Draft<'_>, node: usize, extension: Extension) -> Option<()> {
    change(draft, node, |template| *template = template.clone().with(extension))
}

fn without(draft: &mut Draft<'_>, node: usize, id: Oid) -> Option<()> {
    change(draft, node, |template| *template = template.clone().without(id))
}

/// Changes an extension that is there.
fn extension(draft: &mut Draft<'_>, node: usize, id: Oid, edit: impl FnOnce(&mut Extension)) -> Option<()> {
    let list = draft.template(node)?.extensions.as_mut()?;
    list.iter_mut().find(|present| present.oid == id).map(edit)
}

/// A Time of this text.
fn text_time(kind: u8, text: &str) -> Vec<u8> {
    written(|der| {
        der.primitive(kind, text.as_bytes());
    })
}

/// An extension that nobody knows, below the arc for examples (RFC 9371).
const UNKNOWN: Oid = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xfd, 0x59, 0x63];

fn octets(content: &[u8]) -> Vec<u8> {
    written(|der| {
        der.primitive(tag::OCTET_STRING, content);
    })
}

/// nameConstraints at a CA, and names of the leaf that they are about.
fn constrained(
    draft: &mut Draft<'_>,
    node: usize,
    names: &[Vec<u8>],
    permitted: &[Vec<u8>],
    excluded: &[Vec<u8>],
) -> Option<()> {
    let leaf = draft.leaf();
    with(draft, leaf, subject_alternative(names))?;
    with(draft, node, constraints(permitted, excluded))
}

/// The name that a node has, in another form, as its issuer in the certificate below.
fn issuer_below(draft: &mut Draft<'_>, node: usize, organization: &str, prefix: &str, string: u8) -> Option<()> {
    let name = distinguished(organization, &format!("{prefix}{}", node.checked_sub(1)?), string);
    change(draft, node, |template| template.issuer = name)
}

/// CAs below a node.
fn below(draft: &Draft<'_>, node: usize) -> Option<i128> {
    i128::try_from(draft.leaf().checked_sub(node + 1)?).ok()
}

fn policies(ids: &[&[u8]]) -> Extension {
    let value = written(|der| {
        der.sequence(|list| {
            for id in ids {
                list.sequence(|policy| {
                    policy.oid(id);
                });
            }
        });
    });
    Extension::new(oid::CERTIFICATE_POLICIES, false, value)
}

/// Every fact.
pub const FACTS: &[Fact] = &[
    // ---- validity (RFC 5280 §4.1.2.5, §6.1.3(a)(2)) ----
    valid("not-after-is-now", EVERYWHERE, &["time"], |d, n| change(d, n, |t| t.not_after = time(0))),
    invalid("not-after-was-a-second-ago", EVERYWHERE, &["time"], |d, n| change(d, n, |t| t.not_after = time(-1))),
    valid("not-before-is-now", EVERYWHERE, &["time"], |d, n| change(d, n, |t| t.not_before = time(0))),
    invalid("not-before-is-in-a-second", EVERYWHERE, &["time"], |d, n| change(d, n, |t| t.not_before = time(1))),
    invalid("validity-inverted", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| (t.not_before, t.not_after) = (time(60), time(-60)))
    }),
    invalid("generalized-time-before-2050", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::GENERALIZED_TIME, "20490101000000Z"))
    }),
    valid("generalized-time-of-2050", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::GENERALIZED_TIME, "20500101000000Z"))
    }),
    valid("no-well-defined-expiry", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::GENERALIZED_TIME, "99991231235959Z"))
    }),
    invalid("utc-time-without-seconds", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::UTC_TIME, "4901010000Z"))
    }),
    invalid("utc-time-with-an-offset", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::UTC_TIME, "490101000000+0000"))
    }),
    invalid("generalized-time-with-a-fraction", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::GENERALIZED_TIME, "20500101000000.5Z"))
    }),
    invalid("thirteenth-month", EVERYWHERE, &["time"], |d, n| {
        change(d, n, |t| t.not_after = text_time(tag::UTC_TIME, "491301000000Z"))
    }),
    // ---- serial number (§4.1.2.2) ----
    invalid("serial-zero", EVERYWHERE, &["serial"], |d, n| change(d, n, |t| t.serial = vec![0])),
    invalid("serial-negative", EVERYWHERE, &["serial"], |d, n| change(d, n, |t| t.serial = vec![0x80, 1])),
    valid("serial-20-octets", EVERYWHERE, &["serial"], |d, n| change(d, n, |t| t.serial = vec![0x7f; 20])),
    invalid("serial-21-octets", EVERYWHERE, &["serial"], |d, n| {
        change(d, n, |t| {
            t.serial = vec![0xff; 21];
            t.serial.splice(..1, [0]);
        })
    }),
    invalid("serial-not-minimal", EVERYWHERE, &["serial"], |d, n| change(d, n, |t| t.serial = vec![0, 1])),
    invalid("serial-empty", EVERYWHERE, &["serial"], |d, n| change(d, n, |t| t.serial = Vec::new())),
    // ---- version and the outer form (§4.1) ----
    invalid("version-1-with-extensions", EVERYWHERE, &["form"], |d, n| change(d, n, |t| t.version = None)),
    invalid("version-2-with-extensions", EVERYWHERE, &["form"], |d, n| change(d, n, |t| t.version = Some(1))),
    invalid("version-4", EVERYWHERE, &["form"], |d, n| change(d, n, |t| t.version = Some(3))),
    invalid("data-after-the-certificate", EVERYWHERE, &["form"], |d, n| change(d, n, |t| t.trailing_after = vec![0])),
    invalid("data-inside-the-certificate", EVERYWHERE, &["form"], |d, n| {
        change(d, n, |t| t.trailing_inside = vec![5, 0])
    }),
    invalid("data-inside-what-is-signed", EVERYWHERE, &["form"], |d, n| {
        change(d, n, |t| t.trailing_in_tbs = vec![5, 0])
    }),
    // ---- signature (§4.1.1.2, §4.1.1.3, §6.1.3(a)(1)) ----
    invalid("signature-wrong", BELOW, &["signature"], |d, n| change(d, n, |t| t.break_signature = true)),
    invalid("signature-with-eight-unused-bits", EVERYWHERE, &["signature"], |d, n| {
        change(d, n, |t| t.signature_unused_bits = 8)
    }),
    invalid("signed-by-another-key", BELOW, &["signature"], |d, n| {
        d.nodes.get_mut(n).map(|node| node.signer = STRANGER)
    }),
    invalid("algorithms-differ", EVERYWHERE, &["signature"], |d, n| {
        let other = d.other_algorithm(n);
        change(d, n, |t| t.inner_algorithm = Some(other))
    }),
    invalid("algorithm-is-not-the-signers", BELOW, &["signature"], |d, n| {
        let other = d.other_algorithm(n);
        change(d, n, |t| (t.inner_algorithm, t.outer_algorithm) = (Some(other.clone()), Some(other)))
    }),
    // ---- names (§4.1.2.4, §4.1.2.6, §7.1) ----
    invalid("issuer-is-another", BELOW, &["names"], |d, n| issuer_below(d, n, "Example", "rule ", tag::UTF8_STRING)),
    invalid("issuer-has-less", BELOW, &["names"], |d, n| issuer_below(d, n, "", "role ", tag::UTF8_STRING)),
    valid("issuer-in-another-case", BELOW, &["names"], |d, n| issuer_below(d, n, "EXAMPLE", "Role ", tag::UTF8_STRING)),
    valid("issuer-with-more-spaces", BELOW, &["names"], |d, n| {
        issuer_below(d, n, " Example", "role  ", tag::UTF8_STRING)
    }),
    valid("issuer-in-another-string-type", BELOW, &["names"], |d, n| {
        issuer_below(d, n, "Example", "role ", tag::PRINTABLE_STRING)
    }),
    invalid("issuer-empty", BETWEEN, &["names"], |d, n| {
        change(d, n, |t| t.subject = distinguished("", "", tag::UTF8_STRING))?;
        change(d, n + 1, |t| t.issuer = distinguished("", "", tag::UTF8_STRING))
    }),
    valid("subject-empty", LEAF, &["names", "alternative-names"], |d, n| {
        change(d, n, |t| t.subject = distinguished("", "", tag::UTF8_STRING))?;
        extension(d, n, oid::SUBJECT_ALT_NAME, |e| e.critical = Some(0xff))
    }),
    invalid("subject-empty-and-names-not-critical", LEAF, &["names", "alternative-names"], |d, n| {
        change(d, n, |t| t.subject = distinguished("", "", tag::UTF8_STRING))
    }),
    // ---- basicConstraints (§4.2.1.9, §6.1.4(k)-(m)) ----
    invalid("basic-constraints-missing", CA, &["basic-constraints"], |d, n| without(d, n, oid::BASIC_CONSTRAINTS)),
    invalid("no-ca", CA, &["basic-constraints"], |d, n| with(d, n, Extension::basic_constraints(false, None))),
    invalid("basic-constraints-not-critical", CA, &["basic-constraints"], |d, n| {
        extension(d, n, oid::BASIC_CONSTRAINTS, |e| e.critical = None)
    }),
    invalid("default-encoded", LEAF, &["basic-constraints"], |d, n| {
        let value = written(|der| {
            der.sequence(|constraints| {
                constraints.boolean(false);
            });
        });
        with(d, n, Extension::new(oid::BASIC_CONSTRAINTS, true, value))
    }),
    valid("says-it-is-no-ca", LEAF, &["basic-constraints"], |d, n| {
        with(d, n, Extension::basic_constraints(false, None))
    }),
    valid("path-length-just-enough", CA, &["basic-constraints"], |d, n| {
        let length = below(d, n)?;
        with(d, n, Extension::basic_constraints(true, Some(length)))
    }),
    invalid("path-length-one-too-short", CA, &["basic-constraints"], |d, n| {
        let length = below(d, n).filter(|length| *length > 0)? - 1;
        with(d, n, Extension::basic_constraints(true, Some(length)))
    }),
    invalid("path-length-negative", CA, &["basic-constraints"], |d, n| {
        with(d, n, Extension::basic_constraints(true, Some(-1)))
    }),
    invalid("path-length-without-ca", LEAF, &["basic-constraints"], |d, n| {
        with(d, n, Extension::basic_constraints(false, Some(0)))
    }),
    // ---- keyUsage (§4.2.1.3, §6.1.4(n)) ----
    invalid("key-usage-without-certificate-sign", CA, &["key-usage"], |d, n| with(d, n, Extension::key_usage(0x82))),
    valid("key-usage-missing", EVERYWHERE, &["key-usage"], |d, n| without(d, n, oid::KEY_USAGE)),
    invalid("key-usage-certificate-sign-without-ca", LEAF, &["key-usage"], |d, n| {
        with(d, n, Extension::key_usage(0x84))
    }),
    invalid("key-usage-of-no-bit", EVERYWHERE, &["key-usage"], |d, n| {
        with(d, n, Extension::new(oid::KEY_USAGE, true, vec![tag::BIT_STRING, 1, 0]))
    }),
    invalid("key-usage-with-trailing-zero-bits", EVERYWHERE, &["key-usage"], |d, n| {
        with(d, n, Extension::new(oid::KEY_USAGE, true, vec![tag::BIT_STRING, 2, 0, 0x86]))
    }),
    // ---- extKeyUsage (§4.2.1.12) ----
    invalid("extended-key-usage-of-another", LEAF, &["extended-key-usage"], |d, n| {
        with(d, n, Extension::extended_key_usage(&[oid::KP_SERVER_AUTH]))
    }),
    valid("extended-key-usage-of-two", LEAF, &["extended-key-usage"], |d, n| {
        with(d, n, Extension::extended_key_usage(&[oid::KP_SERVER_AUTH, oid::KP_CLIENT_AUTH]))
    }),
    valid("extended-key-usage-missing", LEAF, &["extended-key-usage"], |d, n| without(d, n, oid::EXTENDED_KEY_USAGE)),
    valid("extended-key-usage-critical", LEAF, &["extended-key-usage"], |d, n| {
        extension(d, n, oid::EXTENDED_KEY_USAGE, |e| e.critical = Some(0xff))
    }),
    invalid("extended-key-usage-of-none", LEAF, &["extended-key-usage"], |d, n| {
        with(d, n, Extension::extended_key_usage(&[]))
    }),
    invalid("extended-key-usage-of-another", BETWEEN, &["extended-key-usage"], |d, n| {
        with(d, n, Extension::extended_key_usage(&[oid::KP_SERVER_AUTH]))
    }),
    valid("extended-key-usage-of-two", BETWEEN, &["extended-key-usage"], |d, n| {
        with(d, n, Extension::extended_key_usage(&[oid::KP_SERVER_AUTH, oid::KP_CLIENT_AUTH]))
    }),
    // ---- key identifiers (§4.2.1.1, §4.2.1.2) ----
    invalid("authority-key-id-of-another", BELOW, &["key-id"], |d, n| {
        with(d, n, Extension::authority_key_id(&[7; 20]))
    }),
    invalid("authority-key-id-missing", BELOW, &["key-id"], |d, n| without(d, n, oid::AUTHORITY_KEY_IDENTIFIER)),
    invalid("authority-key-id-critical", BELOW, &["key-id"], |d, n| {
        extension(d, n, oid::AUTHORITY_KEY_IDENTIFIER, |e| e.critical = Some(0xff))
    }),
    invalid("subject-key-id-missing", CA, &["key-id"], |d, n| without(d, n, oid::SUBJECT_KEY_IDENTIFIER)),
    valid("subject-key-id-missing", LEAF, &["key-id"], |d, n| without(d, n, oid::SUBJECT_KEY_IDENTIFIER)),
    invalid("subject-key-id-critical", EVERYWHERE, &["key-id"], |d, n| {
        extension(d, n, oid::SUBJECT_KEY_IDENTIFIER, |e| e.critical = Some(0xff))
    }),
    // ---- extensions in general (§4.2) ----
    invalid("unknown-extension-critical", EVERYWHERE, &["extensions"], |d, n| {
        with(d, n, Extension::new(UNKNOWN, true, vec![5, 0]))
    }),
    valid("unknown-extension", EVERYWHERE, &["extensions"], |d, n| {
        with(d, n, Extension::new(UNKNOWN, false, vec![5, 0]))
    }),
    invalid("unknown-extension-twice", EVERYWHERE, &["extensions"], |d, n| {
        let list = d.template(n)?.extensions.as_mut()?;
        list.extend([Extension::new(UNKNOWN, false, vec![5, 0]), Extension::new(UNKNOWN, false, vec![5, 0])]);
        Some(())
    }),
    invalid("subject-key-id-twice", EVERYWHERE, &["extensions", "key-id"], |d, n| {
        let list = d.template(n)?.extensions.as_mut()?;
        let twin = list.iter().find(|present| present.oid == oid::SUBJECT_KEY_IDENTIFIER)?.clone();
        list.push(twin);
        Some(())
    }),
    invalid("critical-false-encoded", EVERYWHERE, &["extensions"], |d, n| {
        let mut unknown = Extension::new(UNKNOWN, false, vec![5, 0]);
        unknown.critical = Some(0);
        with(d, n, unknown)
    }),
    invalid("critical-true-as-1", EVERYWHERE, &["extensions", "key-usage"], |d, n| {
        extension(d, n, oid::KEY_USAGE, |e| e.critical = Some(1))
    }),
    valid("policies", EVERYWHERE, &["policies"], |d, n| with(d, n, policies(&[UNKNOWN]))),
    invalid("policy-twice", EVERYWHERE, &["policies"], |d, n| with(d, n, policies(&[UNKNOWN, UNKNOWN]))),
    // ---- subjectAltName (§4.2.1.6) ----
    invalid("names-empty", LEAF, &["alternative-names"], |d, n| with(d, n, subject_alternative(&[]))),
    valid("names-critical", LEAF, &["alternative-names"], |d, n| {
        extension(d, n, oid::SUBJECT_ALT_NAME, |e| e.critical = Some(0xff))
    }),
    invalid("address-of-five-octets", LEAF, &["alternative-names"], |d, n| {
        with(d, n, subject_alternative(&[ip(&[10, 0, 0, 1, 9])]))
    }),
    // ---- nameConstraints (§4.2.1.10, §6.1.4(g), §6.1.3(b)(c)) ----
    valid("permits-the-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[dns("example.com")], &[])
    }),
    valid("permits-the-host-in-another-case", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.EXAMPLE.com")], &[dns("Example.COM")], &[])
    }),
    invalid("permits-another-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[dns("example.org")], &[])
    }),
    invalid("permits-a-host-that-ends-alike", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("badexample.com")], &[dns("example.com")], &[])
    }),
    invalid("permits-one-of-two-hosts", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com"), dns("a.example.org")], &[dns("example.com")], &[])
    }),
    invalid("excludes-the-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[], &[dns("example.com")])
    }),
    invalid("excludes-within-what-is-permitted", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.b.example.com")], &[dns("example.com")], &[dns("b.example.com")])
    }),
    valid("excludes-another-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[], &[dns("example.org")])
    }),
    valid("permits-the-address", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 1, 2, 3])], &[ip(&[10, 1, 0, 0, 255, 255, 0, 0])], &[])
    }),
    invalid("permits-another-address", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 2, 2, 3])], &[ip(&[10, 1, 0, 0, 255, 255, 0, 0])], &[])
    }),
    invalid("excludes-the-address", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 1, 2, 3])], &[], &[ip(&[10, 0, 0, 0, 255, 0, 0, 0])])
    }),
    invalid("permits-an-address-by-a-mask-with-holes", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[ip(&[10, 1, 2, 3])], &[ip(&[10, 0, 2, 0, 255, 0, 255, 0])], &[])
    }),
    valid("permits-the-mailbox", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[email("bot@example.com")], &[])
    }),
    valid("permits-the-mailboxes-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[email("example.com")], &[])
    }),
    invalid("permits-another-mailbox", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[email("ops@example.com")], &[])
    }),
    invalid("permits-a-host-above-the-mailboxes", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@mail.example.com")], &[email("example.com")], &[])
    }),
    invalid("excludes-the-mailboxes-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[email("bot@example.com")], &[], &[email("example.com")])
    }),
    valid("permits-the-uri-below-a-domain", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[uri("https://a.example.com/x")], &[uri(".example.com")], &[])
    }),
    invalid("permits-another-uri", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[uri("https://a.example.org/x")], &[uri(".example.com")], &[])
    }),
    invalid("excludes-the-uri-by-its-host", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[uri("https://user@a.example.com:8443/x")], &[], &[uri("a.example.com")])
    }),
    valid("permits-the-directory", CA, &["alternative-names"], |d, n| {
        let base = directory(&distinguished("Example", "", tag::UTF8_STRING));
        constrained(d, n, &[dns("a.example.com")], &[base], &[])
    }),
    invalid("permits-another-directory", CA, &["alternative-names"], |d, n| {
        let base = directory(&distinguished("Other", "", tag::UTF8_STRING));
        constrained(d, n, &[dns("a.example.com")], &[base], &[])
    }),
    invalid("excludes-the-directory", CA, &["alternative-names"], |d, n| {
        let base = directory(&distinguished("Example", "", tag::UTF8_STRING));
        constrained(d, n, &[dns("a.example.com")], &[], &[base])
    }),
    invalid("constrains-a-kind-of-name-that-is-not-processed", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com"), registered(UNKNOWN)], &[registered(UNKNOWN)], &[])
    }),
    invalid("constraints-empty", CA, &["alternative-names"], |d, n| with(d, n, constraints(&[], &[]))),
    invalid("constraints-not-critical", CA, &["alternative-names"], |d, n| {
        constrained(d, n, &[dns("a.example.com")], &[dns("example.com")], &[])?;
        extension(d, n, oid::NAME_CONSTRAINTS, |e| e.critical = None)
    }),
    invalid("constraints-without-ca", LEAF, &["alternative-names"], |d, n| {
        with(d, n, constraints(&[dns("example.com")], &[]))
    }),
    // ---- the pool (§6: which of the certificates at hand make the path) ----
    invalid("intermediate-is-missing", BETWEEN, &["pool"], |d, n| {
        d.missing = Some(n);
        Some(())
    }),
    valid("another-certificate-of-an-intermediate-has-expired", BETWEEN, &["pool"], |d, n| {
        let mut twin = d.copy(n)?;
        twin.template.not_after = time(-1);
        twin.template.serial = vec![0x51; 16];
        d.strangers.push(twin);
        Some(())
    }),
    valid("a-stranger-has-an-intermediates-name", BETWEEN, &["pool"], |d, n| {
        let mut twin = d.copy(n)?;
        let key = d.key(STRANGER);
        twin.template.spki = key.spki().to_vec();
        twin.template.serial = vec![0x52; 16];
        twin.template =
            twin.template.with(Extension::new(oid::SUBJECT_KEY_IDENTIFIER, false, octets(key.spki_hash().get(..20)?)));
        (twin.key, twin.signer) = (STRANGER, STRANGER);
        d.strangers.push(twin);
        Some(())
    }),
    valid("a-stranger-has-the-anchors-name", CHAIN, &["pool"], |d, n| {
        let mut twin = d.copy(n)?;
        let key = d.key(STRANGER);
        twin.template.spki = key.spki().to_vec();
        twin.template.serial = vec![0x53; 16];
        twin.template =
            twin.template.with(Extension::new(oid::SUBJECT_KEY_IDENTIFIER, false, octets(key.spki_hash().get(..20)?)));
        (twin.key, twin.signer) = (STRANGER, STRANGER);
        d.strangers.push(twin);
        Some(())
    }),
    valid("the-anchor-is-in-the-pool", CHAIN, &["pool"], |d, n| {
        let copy = d.copy(n)?;
        d.strangers.push(copy);
        Some(())
    }),
    valid("two-cas-certify-each-other", BETWEEN, &["pool"], |d, n| {
        // The stranger's certificate by the intermediate, and the intermediate's by the stranger: a loop beside the path.
        let stranger = distinguished("Example", "stranger", tag::UTF8_STRING);
        let mut up = d.copy(n)?;
        let mut down = d.copy(n)?;
        let own = up.template.subject.clone();
        let (key, other) = (d.key(n), d.key(STRANGER));
        up.template =
            up.template.issued_by(other).change(|t| (t.issuer, t.serial) = (stranger.clone(), vec![0x54; 16]));
        up.signer = STRANGER;
        down.template = Template::authority("loop", "stranger", other)
            .issued_by(key)
            .change(|t| (t.issuer, t.subject) = (own, stranger));
        (down.key, down.signer) = (STRANGER, n);
        d.strangers.extend([up, down]);
        Some(())
    }),
    invalid("the-anchor-is-another-key-of-that-name", CHAIN, &["signature"], |d, n| {
        let key = d.key(STRANGER);
        let id = octets(key.spki_hash().get(..20)?);
        let anchor = d.nodes.get_mut(n)?;
        anchor.template.spki = key.spki().to_vec();
        (anchor.key, anchor.signer) = (STRANGER, STRANGER);
        with(d, n, Extension::new(oid::SUBJECT_KEY_IDENTIFIER, false, id))
    }),
    valid(
        "a-self-issued-certificate-is-not-counted",
        CHAIN,
        &["basic-constraints", "key-id", "signature", "pool"],
        |d, n| {
            // The anchor's new key, certified by its old one under the same name (§4.2.1.9), above everything else.
            let length = below(d, n)?;
            let key = d.key(STRANGER);
            let name = distinguished("Example", &format!("role {n}"), tag::UTF8_STRING);
            let mut rolled = d.copy(n)?;
            rolled.template = Template::authority("old", "new", key)
                .issued_by(d.key(n))
                .change(|t| (t.issuer, t.subject) = (name.clone(), name));
            (rolled.key, rolled.signer) = (STRANGER, n);
            let child = d.nodes.get_mut(n + 1)?;
            child.signer = STRANGER;
            child.template = child.template.clone().issued_by(key);
            d.strangers.push(rolled);
            with(d, n, Extension::basic_constraints(true, Some(length)))
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{Keys, Numbers, draw};
    use super::*;

    #[test]
    fn a_fact_stands_once_at_each_place() {
        let mut places: Vec<_> =
            FACTS.iter().flat_map(|fact| fact.at.iter().map(|at| (at.as_str(), fact.name))).collect();
        places.sort_unstable();
        let all = places.len();
        places.dedup();
        assert_eq!(places.len(), all);
    }

    #[test]
    fn every_fact_comes_up_alone() {
        let keys = Keys::new();
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..6_000 {
            let mut facts = draw(&mut Numbers(number), &keys).1;
            facts.remove("chain/ed25519");
            if facts.len() == 1 {
                seen.extend(facts.into_keys());
            }
        }
        for fact in FACTS {
            for at in fact.at {
                assert!(seen.contains(&format!("{}/{}", at.as_str(), fact.name)), "{}/{}", at.as_str(), fact.name);
            }
        }
    }
}
