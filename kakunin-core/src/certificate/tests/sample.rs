use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;
use crate::time::UnixTime;

/// A typical agent certificate in parts: each is a whole encoding, so that a test can break one.
pub(super) struct Sample {
    pub(super) version: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) inner_algorithm: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) validity: Vec<u8>,
    pub(super) subject: Vec<u8>,
    pub(super) spki: Vec<u8>,
    pub(super) unique_ids: Vec<u8>,
    /// Whole Extensions; `None` leaves `[3]` out.
    pub(super) extensions: Option<Vec<Vec<u8>>>,
    pub(super) after_extensions: Vec<u8>,
    pub(super) outer_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) after_signature: Vec<u8>,
    pub(super) after_certificate: Vec<u8>,
}

impl Sample {
    pub(super) fn new() -> Self {
        let ed25519 = der(|w| w.sequence(|w| drop_ref(w.oid(oid::ED25519))));
        Self {
            version: vec![0xa0, 3, 2, 1, 2],
            serial: der(|w| w.primitive(tag::INTEGER, &[0x5a; 16])),
            inner_algorithm: ed25519.clone(),
            issuer: name("Tenant CA"),
            validity: validity(
                |w| drop_ref(w.time(UnixTime::from_seconds(1_763_724_601))),
                |w| drop_ref(w.time(UnixTime::from_seconds(2_563_724_601))),
            ),
            subject: name("payments agent"),
            spki: der(|w| {
                w.sequence(|w| {
                    w.raw(&ed25519).bit_string(&[7; 32]);
                })
            }),
            unique_ids: Vec::new(),
            extensions: Some(typical_extensions()),
            after_extensions: Vec::new(),
            outer_algorithm: ed25519.clone(),
            signature: der(|w| w.bit_string(&[9; 64])),
            after_signature: Vec::new(),
            after_certificate: Vec::new(),
        }
    }

    pub(super) fn changed(change: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut sample = Self::new();
        change(&mut sample);
        sample.der()
    }

    pub(super) fn tbs(&self) -> Vec<u8> {
        der(|w| {
            w.sequence(|w| {
                w.raw(&self.version).raw(&self.serial).raw(&self.inner_algorithm).raw(&self.issuer);
                w.raw(&self.validity).raw(&self.subject).raw(&self.spki).raw(&self.unique_ids);
                if let Some(extensions) = &self.extensions {
                    w.constructed(tag::context_constructed(3), |w| {
                        w.sequence(|w| drop_ref(w.raw(&extensions.concat())));
                    });
                }
                w.raw(&self.after_extensions);
            })
        })
    }

    pub(super) fn der(&self) -> Vec<u8> {
        let mut bytes = der(|w| {
            w.sequence(|w| {
                w.raw(&self.tbs()).raw(&self.outer_algorithm).raw(&self.signature).raw(&self.after_signature);
            })
        });
        bytes.extend_from_slice(&self.after_certificate);
        bytes
    }

    /// Adds an extension; in place of the one with the same OID if there is one.
    pub(super) fn extend(&mut self, id: &[u8], critical: bool, value: &[u8]) {
        let extensions = self.extensions.get_or_insert_default();
        let marker = der(|w| w.oid(id));
        extensions.retain(|extension| !extension.windows(marker.len()).any(|window| window == marker));
        extensions.push(extension(id, critical, value));
    }
}

/// Extensions of an agent that may not delegate, in the order in which CAs write them.
fn typical_extensions() -> Vec<Vec<u8>> {
    let usages = der(|w| {
        w.sequence(|w| {
            w.oid(oid::KP_AGENT).oid(oid::KP_CLIENT_AUTH);
        })
    });
    let authority = der(|w| w.sequence(|w| drop_ref(w.primitive(tag::context(0), &[3; 20]))));
    let uri = b"spiffe://acme.example/agents/payments";
    vec![
        extension(oid::BASIC_CONSTRAINTS, true, &[0x30, 0]),
        extension(oid::KEY_USAGE, true, &[3, 2, 7, 0x80]),
        extension(oid::EXTENDED_KEY_USAGE, false, &usages),
        extension(oid::SUBJECT_ALT_NAME, false, &der(|w| w.sequence(|w| drop_ref(w.primitive(tag::context(6), uri))))),
        extension(oid::SUBJECT_KEY_IDENTIFIER, false, &der(|w| w.primitive(tag::OCTET_STRING, &[4; 20]))),
        extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &authority),
        extension(oid::SCOPE, true, &der(|w| w.sequence(|w| drop_ref(w.utf8(&"s".repeat(420)))))),
        extension(oid::MODEL_HASH, false, &der(|w| w.primitive(tag::OCTET_STRING, &[5; 32]))),
    ]
}

pub(super) fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    der(|w| {
        w.sequence(|w| {
            w.oid(id);
            if critical {
                w.boolean(true);
            }
            w.primitive(tag::OCTET_STRING, value);
        })
    })
}

pub(super) fn attribute(id: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    der(|w| {
        w.sequence(|w| {
            w.oid(id).primitive(tag, value);
        })
    })
}

/// A Name of one organisation and one common name.
pub(super) fn name(common_name: &str) -> Vec<u8> {
    der(|w| {
        w.sequence(|w| {
            w.primitive(tag::SET, &attribute(&[0x55, 4, 10], tag::UTF8_STRING, b"Acme"));
            w.primitive(tag::SET, &attribute(oid::COMMON_NAME, tag::UTF8_STRING, common_name.as_bytes()));
        })
    })
}

pub(super) fn validity(not_before: impl FnOnce(&mut Writer), not_after: impl FnOnce(&mut Writer)) -> Vec<u8> {
    der(|w| {
        w.sequence(|w| {
            not_before(w);
            not_after(w);
        })
    })
}

pub(super) fn der(write: impl FnOnce(&mut Writer) -> &mut Writer) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.into_bytes()
}

/// Ends a chain of writes in a closure that gives nothing.
pub(super) fn drop_ref(_: &mut Writer) {}
