//! A revocation list as a large CA has it.

use std::cell::RefCell;
use std::hint::black_box;

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::{PublicKey, sha256, sign_x509};
use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;
use kakunin_core::revocation::{Crl, CrlIssuer, Inquiry, RevocationSnapshot, Status, VerifiedCrl};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::name;
use kakunin_testkit::key::Key;

use crate::work::raw;

/// A list of serials of 16 random octets in no order, revoked at all times of a year, every other one with a reason.
pub struct RevokedList {
    bounds: Bounds,
    der: Vec<u8>,
    issuer: CrlIssuer,
    message: Vec<u8>,
    signature: Vec<u8>,
    key: raw::UnparsedPublicKey<Vec<u8>>,
    snapshot: RevocationSnapshot,
    last: RefCell<Option<VerifiedCrl>>,
    /// Serials that are on it and serials that are not, in turn.
    asked: Vec<[u8; 16]>,
}

/// Serials that are looked up in turn. 1,024: they stand all over the list.
const ASKED: u32 = 1_024;

impl RevokedList {
    /// A list of this many.
    pub fn new(revoked: u32) -> Self {
        let (bounds, key) = (Bounds::default(), Key::ed25519("root"));
        let now = UnixTime::from_seconds(NOW);
        let algorithm = key.signer().algorithm().to_der();
        let mut tbs = Writer::new();
        tbs.sequence(|tbs| {
            tbs.integer(tag::INTEGER, 1).raw(&algorithm).raw(&name("Root"));
            tbs.time(now.plus_seconds(-3_600)).time(now.plus_seconds(3_600));
            tbs.sequence(|entries| (0..revoked).for_each(|number| write_entry(entries, number)));
            tbs.constructed(tag::context_constructed(0), |explicit| {
                explicit.sequence(|list| extension(list, oid::CRL_NUMBER, &[tag::INTEGER, 1, 1]));
            });
        });
        let tbs = tbs.into_bytes();
        let signature = sign_x509(key.signer(), &tbs).expect("a signature");
        let mut whole = Writer::new();
        whole.sequence(|whole| {
            whole.raw(&tbs).raw(&algorithm).bit_string(&signature);
        });
        let der = whole.into_bytes();
        let issuer = CrlIssuer {
            subject: name("Root").into(),
            public_key: PublicKey::from_spki(key.spki()).expect("a key"),
            may_sign_crl: true,
            subject_key_id: None,
        };
        let list = Crl::parse(&der, &bounds).expect("a list");
        let snapshot = RevocationSnapshot::new(vec![list]).with_issuers(std::slice::from_ref(&issuer));
        let step = (revoked / ASKED).max(1);
        let asked = (0..ASKED).map(|number| serial(number * step + (number % 2) * revoked)).collect();
        Self {
            key: raw::UnparsedPublicKey::new(
                &raw::ED25519,
                key.spki().last_chunk::<32>().expect("an Ed25519 key").to_vec(),
            ),
            message: tbs,
            signature,
            bounds,
            der,
            issuer,
            snapshot,
            asked,
            last: RefCell::new(None),
        }
    }

    /// The list's bytes, as a file's are when they were just read.
    pub fn der(&self) -> Vec<u8> {
        self.der.clone()
    }

    /// Reads the list, verifies it and makes its index. The one before lives until then, as in a refresher.
    pub fn verify(&self, der: Vec<u8>) {
        let list = Crl::parse_owned(black_box(der), &self.bounds).expect("a list");
        self.last.replace(Some(list.verify(&self.issuer).expect("a right signature")));
    }

    /// The signature alone, with the hash in it.
    pub fn raw(&self) {
        self.key.verify(black_box(&self.message), black_box(&self.signature)).expect("a right signature");
    }

    /// Asks for 1,024 certificates, every other one revoked.
    pub fn look_up(&self) {
        let now = UnixTime::from_seconds(NOW);
        for (serial, revoked) in self.asked.iter().zip([true, false].into_iter().cycle()) {
            let inquiry = Inquiry::new(black_box(serial), false, None);
            let status = self.snapshot.status(&inquiry, std::slice::from_ref(&self.issuer), now);
            assert_eq!(matches!(status, Status::Revoked { .. }), revoked, "a list of these");
        }
    }

    /// How many certificates [`RevokedList::look_up`] asks for.
    pub const fn asked(&self) -> usize {
        self.asked.len()
    }

    /// A snapshot of the list, as a refresher makes it.
    pub fn snapshot(&self) -> RevocationSnapshot {
        let list = Crl::parse(&self.der, &self.bounds).expect("a list");
        RevocationSnapshot::new(vec![list]).with_issuers(std::slice::from_ref(&self.issuer))
    }
}

fn write_entry(entries: &mut Writer, number: u32) {
    let year = 31_536_000;
    let at = UnixTime::from_seconds(NOW - i64::from(number.wrapping_mul(0x9e37_79b9) % year));
    entries.sequence(|entry| {
        entry.primitive(tag::INTEGER, &serial(number)).time(at);
        if number.is_multiple_of(2) {
            entry.sequence(|extensions| extension(extensions, oid::REASON_CODE, &[tag::ENUMERATED, 1, 4]));
        }
    });
}

fn extension(list: &mut Writer, id: oid::Oid, value: &[u8]) {
    list.sequence(|extension| {
        extension.oid(id).primitive(tag::OCTET_STRING, value);
    });
}

/// 126 random bits, as `kakunin issue` takes them.
fn serial(number: u32) -> [u8; 16] {
    let digest = sha256(&number.to_be_bytes());
    let mut serial = *digest.first_chunk().expect("16 of 32 octets");
    serial[0] = (serial[0] & 0x7f) | 0x40;
    serial
}
