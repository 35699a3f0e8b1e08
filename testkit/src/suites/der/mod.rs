//! One certificate, and everything that is not its one DER encoding or not RFC 5280: refused. Legal variations: accepted.
//!
//! Every element of a certificate with every field is written wrongly in each way that its type has ([`every_element`]); beside
//! them stand the mutations that have fooled other parsers, by name ([`named`]). Whatever lies in the signed part is signed
//! after it was changed, and no signature is asked for: nothing but the fault itself can refuse it.

mod named;
mod sample;
mod tree;

use std::path::Path;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::sign_x509;
use kakunin_core::encoding::der::tag;

use super::{Detail, Outcome, Verdict};
use crate::key::Key;
use sample::der;
use tree::{Content, Fault, Node};

/// How many there are.
pub(super) const CASES: usize = 2_833;

/// Every case; the folder of suites is not read.
pub(super) fn run(_: &Path) -> Result<Vec<Outcome>, String> {
    let key = Key::ed25519("der");
    let mut outcomes = every_element(&key);
    outcomes.extend(named::outcomes(&key));
    Ok(outcomes)
}

fn refused(id: impl Into<String>, der: &[u8]) -> Outcome {
    Outcome::new(id, Verdict::Reject, read(der).map(|_| ()))
}

fn accepted(id: impl Into<String>, der: &[u8]) -> Outcome {
    let verified = read(der).and_then(|certificate| {
        let key = certificate.public_key()?;
        Ok(key.verify_x509(certificate.signature_algorithm(), certificate.tbs(), certificate.signature())?)
    });
    Outcome::new(id, Verdict::Accept, verified)
}

/// Reads all that a certificate says; whoever signed it.
fn read(der: &[u8]) -> Result<Certificate<'_>, Detail> {
    let certificate = Certificate::parse(der, &Bounds::default())?;
    certificate.public_key()?;
    Ok(certificate)
}

/// A certificate with this signed part, signed.
fn signed(tbs: &[u8], key: &Key) -> Vec<u8> {
    let mut signature = vec![0];
    signature.extend(sign_x509(key.signer(), tbs).expect("a signature by a software key"));
    der(|w| {
        w.sequence(|certificate| {
            certificate.raw(tbs).raw(&key.signer().algorithm().to_der()).primitive(tag::BIT_STRING, &signature);
        });
    })
}

/// Every element of the full certificate, written wrongly in every way.
fn every_element(key: &Key) -> Vec<Outcome> {
    let full = sample::full(key).sign(key);
    let certificate = Node::read(&full);
    let Content::Nodes(parts) = &certificate.content else { return Vec::new() };
    let mut outcomes = vec![accepted("unchanged", &certificate.der())];
    for (path, node) in certificate.all() {
        let place: Vec<String> = path.iter().map(usize::to_string).collect();
        for fault in faults(node) {
            let der = match (path.split_first(), parts.first()) {
                (Some((0, rest)), Some(tbs)) => signed(&tbs.faulty(rest, &fault), key),
                _ => certificate.faulty(&path, &fault),
            };
            let id = format!("/{} {:02x}: {}", place.join("/"), node.tag, fault.name());
            outcomes.push(refused(id, &der));
        }
    }
    outcomes
}

/// How an element can be wrong, whatever its place.
fn faults(node: &Node) -> Vec<Fault> {
    let mut faults = vec![Fault::LongLength, Fault::HighTag];
    match &node.content {
        Content::Any(_) => return faults,
        Content::Nodes(_) => {
            faults.extend([Fault::Indefinite, Fault::Form, Fault::Behind(&[0]), Fault::Behind(&[5, 0]), Fault::Cut]);
        }
        Content::Wrapped(_) => {
            faults.extend([Fault::Form, Fault::Behind(&[0]), Fault::Behind(&[5, 0]), Fault::Cut]);
        }
        Content::Octets(octets) => {
            faults.push(Fault::Form);
            faults.extend(contents(node.tag, octets).into_iter().map(|(name, content)| Fault::Content(name, content)));
        }
    }
    faults
}

/// Contents that no value of the type has.
fn contents(own: u8, octets: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let before = |octet: u8| [&[octet], octets].concat();
    match own {
        tag::BOOLEAN => vec![
            ("empty", vec![]),
            ("01 for TRUE", vec![1]),
            ("FE for TRUE", vec![0xfe]),
            ("DEFAULT written out", vec![0]),
            ("two octets", vec![0xff, 0xff]),
        ],
        tag::INTEGER => vec![("empty", vec![]), ("a needless zero", before(0)), ("a needless FF", vec![0xff, 0xff])],
        tag::OID => {
            let mut open = octets.to_vec();
            open.iter_mut().last().into_iter().for_each(|last| *last |= 0x80);
            let (first, rest) = octets.split_at(1);
            let padded = [first, &[0x80], rest].concat();
            vec![
                ("empty", vec![]),
                ("last arc open", open),
                ("first arc padded", before(0x80)),
                ("an arc padded", padded),
            ]
        }
        tag::BIT_STRING => vec![
            ("empty", vec![]),
            ("8 unused bits", [&[8], octets.get(1..).unwrap_or_default()].concat()),
            ("unused bits that are ones", vec![3, 0xff]),
            ("unused bits without an octet", vec![1]),
        ],
        tag::NULL => vec![("not empty", vec![0])],
        tag::UTF8_STRING => vec![
            ("empty", vec![]),
            ("not UTF-8", vec![0xff]),
            ("a surrogate", vec![0xed, 0xa0, 0x80]),
            ("an overlong form", vec![0xc0, 0x80]),
        ],
        tag::PRINTABLE_STRING => vec![("empty", vec![]), ("a star", b"a*".to_vec()), ("an at", b"a@".to_vec())],
        0x12 => vec![("empty", vec![]), ("a letter", b"a".to_vec())],
        0x14 => vec![("empty", vec![])],
        0x1a => vec![("empty", vec![]), ("a control character", vec![7])],
        0x1c => vec![("empty", vec![]), ("three octets", vec![0, 0, 65]), ("beyond Unicode", vec![0, 0x11, 0, 0])],
        0x1e => vec![("empty", vec![]), ("an odd length", vec![0, 65, 0]), ("half a pair", vec![0xd8, 0x3d])],
        tag::IA5_STRING => vec![("empty", vec![]), ("not ASCII", vec![0xe9])],
        tag::UTC_TIME | tag::GENERALIZED_TIME => {
            let (year, rest) = octets.split_at(octets.len().saturating_sub(11));
            let (month, day, clock) = (rest.get(..2), rest.get(2..4), rest.get(4..10));
            let [month, day, clock] = [month, day, clock].map(Option::unwrap_or_default);
            let with = |parts: &[&[u8]]| [&[year], parts].concat().concat();
            vec![
                ("empty", vec![]),
                ("without seconds", with(&[month, day, b"0000Z"])),
                ("without a zone", with(&[month, day, clock])),
                ("a small z", with(&[month, day, clock, b"z"])),
                ("an offset", with(&[month, day, clock, b"+0000"])),
                ("an offset behind Z", with(&[month, day, clock, b"Z+0000"])),
                ("a fraction", with(&[month, day, clock, b".5Z"])),
                ("a fraction of nothing", with(&[month, day, clock, b".Z"])),
                ("month 0", with(&[b"00", day, clock, b"Z"])),
                ("month 13", with(&[b"13", day, clock, b"Z"])),
                ("day 0", with(&[month, b"00", clock, b"Z"])),
                ("day 32", with(&[b"01", b"32", clock, b"Z"])),
                ("30 February", with(&[b"02", b"30", clock, b"Z"])),
                ("31 April", with(&[b"04", b"31", clock, b"Z"])),
                ("hour 24", with(&[month, day, b"240000Z"])),
                ("minute 60", with(&[month, day, b"006000Z"])),
                ("second 60", with(&[month, day, b"235960Z"])),
                ("a space for a digit", with(&[month, day, b"00000 Z"])),
                ("a sign for a digit", with(&[month, day, b"0000+1Z"])),
            ]
        }
        // IMPLICIT and context-specific contents are named one by one.
        _ => Vec::new(),
    }
}
