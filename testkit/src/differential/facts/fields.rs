//! What a certificate says of itself, and how it is written.

use kakunin_core::encoding::der::tag;
use kakunin_core::encoding::oid;

use super::{
    BELOW, BETWEEN, CA, EVERYWHERE, Fact, LEAF, UNKNOWN, below, change, extension, invalid, valid, with, without,
};
use crate::certificate::{Extension, time};
use crate::differential::draft::{Draft, STRANGER};
use crate::differential::names::{distinguished, written};

pub(super) const ROWS: &[Fact] = &[
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
];

/// A Time of this text.
fn text_time(kind: u8, text: &str) -> Vec<u8> {
    written(|der| {
        der.primitive(kind, text.as_bytes());
    })
}

/// The name that a node has, in another form, as its issuer in the certificate below.
fn issuer_below(draft: &mut Draft<'_>, node: usize, organization: &str, prefix: &str, string: u8) -> Option<()> {
    let name = distinguished(organization, &format!("{prefix}{}", node.checked_sub(1)?), string);
    change(draft, node, |template| template.issuer = name)
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
