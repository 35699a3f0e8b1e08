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
    /// Extensions of every entry; none leaves them out.
    pub entry_extensions: Vec<Extension>,
    /// Content of crlNumber's INTEGER; `None` leaves the extension out.
    pub number: Option<Vec<u8>>,
    /// Further extensions.
    pub extensions: Vec<Extension>,
    /// Bytes put after the list.
    pub trailing: Vec<u8>,
    /// Whether one bit of the signature is wrong.
    pub break_signature: bool,
}

impl List {
    /// A list that is fresh for a week around [`crate::NOW`].
    pub fn new(issuer: &str, number: i128, revoked: &[&[u8]]) -> Self {
        let mut integer = Writer::new();
        integer.integer(tag::INTEGER, number);
        // A number of 127 octets or fewer: tag and length take two.
        let content = integer.into_bytes().split_off(2);
        Self {
            issuer: name(issuer),
            this_update: time(-3_600),
            next_update: Some(time(7 * 86_400)),
            revoked: revoked.iter().map(|serial| serial.to_vec()).collect(),
            entry_extensions: Vec::new(),
            number: Some(content),
            extensions: Vec::new(),
            trailing: Vec::new(),
            break_signature: false,
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
                            if !self.entry_extensions.is_empty() {
                                entry.sequence(|list| write_all(&self.entry_extensions, list));
                            }
                        });
                    }
                });
            }
            tbs.constructed(tag::context_constructed(0), |explicit| {
                explicit.sequence(|list| {
                    Extension::authority_key_id(key.spki_hash().get(..20).unwrap_or_default()).write(list);
                    if let Some(content) = &self.number {
                        let mut number = Writer::new();
                        number.primitive(tag::INTEGER, content);
                        Extension::new(oid::CRL_NUMBER, false, number.into_bytes()).write(list);
                    }
                    write_all(&self.extensions, list);
                });
            });
        });
        let tbs = tbs.into_bytes();
        let mut signature = sign_x509(key.signer(), &tbs).expect("a signature by a software key");
        if let (true, Some(last)) = (self.break_signature, signature.last_mut()) {
            *last ^= 1;
        }
        let mut list = Writer::new();
        list.sequence(|list| {
            list.raw(&tbs).raw(&own).bit_string(&signature);
        });
        list.raw(&self.trailing);
        list.into_bytes()
    }
}

fn write_all(extensions: &[Extension], list: &mut Writer) {
    extensions.iter().for_each(|extension| extension.write(list));
}
