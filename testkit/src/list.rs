//! Certificate revocation lists.

use kakunin_core::crypto::sign_x509;
use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;

use crate::certificate::{Extension, name, time};
use crate::key::Key;

/// A list to be.
#[derive(Clone, Debug)]
pub struct List {
    /// Issuer, a whole Name.
    pub issuer: Vec<u8>,
    /// thisUpdate, a whole Time.
    pub this_update: Vec<u8>,
    /// nextUpdate, a whole Time; `None` leaves it out.
    pub next_update: Option<Vec<u8>>,
    /// Contents of the revoked serial numbers' INTEGERs.
    pub revoked: Vec<Vec<u8>>,
    /// crlNumber.
    pub number: i128,
    /// Further extensions.
    pub extensions: Vec<Extension>,
}

impl List {
    /// A list that is fresh for a week around [`crate::NOW`].
    pub fn new(issuer: &str, number: i128, revoked: &[&[u8]]) -> Self {
        Self {
            issuer: name(issuer),
            this_update: time(-3_600),
            next_update: Some(time(7 * 86_400)),
            revoked: revoked.iter().map(|serial| serial.to_vec()).collect(),
            number,
            extensions: Vec::new(),
        }
    }

    /// The list's bytes, signed by `key`.
    pub fn sign(&self, key: &Key) -> Vec<u8> {
        let own = key.signer().algorithm().to_der();
        let mut tbs = Writer::new();
        tbs.sequence(|tbs| {
            tbs.integer(tag::INTEGER, 1)
                .raw(&own)
                .raw(&self.issuer)
                .raw(&self.this_update)
                .raw(self.next_update.as_deref().unwrap_or_default());
            if !self.revoked.is_empty() {
                tbs.sequence(|entries| {
                    for serial in &self.revoked {
                        entries.sequence(|entry| {
                            entry.primitive(tag::INTEGER, serial).raw(&self.this_update);
                        });
                    }
                });
            }
            tbs.constructed(tag::context_constructed(0), |explicit| {
                explicit.sequence(|list| {
                    Extension::authority_key_id(key.spki_hash().get(..20).unwrap_or_default()).write(list);
                    let mut number = Writer::new();
                    number.integer(tag::INTEGER, self.number);
                    Extension::new(oid::CRL_NUMBER, false, number.into_bytes()).write(list);
                    self.extensions.iter().for_each(|extension| extension.write(list));
                });
            });
        });
        let tbs = tbs.into_bytes();
        let signature = sign_x509(key.signer(), &tbs).expect("a signature by a software key");
        let mut list = Writer::new();
        list.sequence(|list| {
            list.raw(&tbs).raw(&own).bit_string(&signature);
        });
        list.into_bytes()
    }
}
