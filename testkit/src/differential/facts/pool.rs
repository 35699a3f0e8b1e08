//! Which certificates are at hand, and which keys they speak for.

use kakunin_core::encoding::der::tag;
use kakunin_core::encoding::oid;

use super::{BETWEEN, CHAIN, Fact, below, invalid, valid, with};
use crate::certificate::{Extension, Template, time};
use crate::differential::draft::STRANGER;
use crate::differential::names::{distinguished, written};

pub(super) const ROWS: &[Fact] = &[
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

fn octets(content: &[u8]) -> Vec<u8> {
    written(|der| {
        der.primitive(tag::OCTET_STRING, content);
    })
}
