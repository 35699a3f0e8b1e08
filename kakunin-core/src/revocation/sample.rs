//! Lists for tests: a valid one, of which a test changes one fact.

use super::CrlIssuer;
use crate::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom, sign_x509};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;
use crate::time::UnixTime;

pub(super) const THIS_UPDATE: i64 = 1_790_000_000;
pub(super) const NEXT_UPDATE: i64 = THIS_UPDATE + 86_400;
pub(super) const REVOKED: i64 = THIS_UPDATE - 60;

/// The parts of a list, as they will be written.
pub(super) struct Sample {
    pub(super) version: Option<i128>,
    pub(super) inner_algorithm: Option<Vec<u8>>,
    pub(super) issuer: Vec<u8>,
    pub(super) this_update: i64,
    pub(super) next_update: Option<i64>,
    /// Entries; an empty list is left out unless `empty_list`.
    pub(super) revoked: Vec<Vec<u8>>,
    pub(super) empty_list: bool,
    pub(super) number: Option<i128>,
    pub(super) extensions: Vec<Vec<u8>>,
    pub(super) trailing: Vec<u8>,
    pub(super) may_sign_crl: bool,
    pub(super) subject_key_id: Option<Box<[u8]>>,
}

impl Sample {
    pub(super) fn new() -> Self {
        Self {
            version: Some(1),
            inner_algorithm: None,
            issuer: name("issuer"),
            this_update: THIS_UPDATE,
            next_update: Some(NEXT_UPDATE),
            revoked: vec![entry(&[5])],
            empty_list: false,
            number: Some(1),
            extensions: vec![extension(oid::AUTHORITY_KEY_IDENTIFIER, None, &key_identifier(&[1, 2, 3]))],
            trailing: Vec::new(),
            may_sign_crl: true,
            subject_key_id: Some(Box::from([1, 2, 3])),
        }
    }

    pub(super) fn sign(&self, signer: &SoftwareSigner) -> Vec<u8> {
        let algorithm = signer.algorithm().to_der();
        let mut tbs = Writer::new();
        tbs.sequence(|w| {
            if let Some(version) = self.version {
                w.integer(tag::INTEGER, version);
            }
            w.raw(self.inner_algorithm.as_ref().unwrap_or(&algorithm)).raw(&self.issuer);
            w.time(UnixTime::from_seconds(self.this_update));
            if let Some(next_update) = self.next_update {
                w.time(UnixTime::from_seconds(next_update));
            }
            if !self.revoked.is_empty() || self.empty_list {
                w.primitive(tag::SEQUENCE, &self.revoked.concat());
            }
            let mut extensions = self.extensions.concat();
            if let Some(number) = self.number {
                let mut value = Writer::new();
                value.integer(tag::INTEGER, number);
                extensions.extend(extension(oid::CRL_NUMBER, None, &value.into_bytes()));
            }
            if self.version.is_some() {
                w.constructed(tag::context_constructed(0), |w| _ = w.primitive(tag::SEQUENCE, &extensions));
            }
        });
        let tbs = tbs.into_bytes();
        let signature = sign_x509(signer, &tbs).unwrap();
        let mut list = Writer::new();
        list.sequence(|w| _ = w.raw(&tbs).raw(&algorithm).bit_string(&signature));
        list.raw(&self.trailing);
        list.into_bytes()
    }

    pub(super) fn issuer(&self, signer: &SoftwareSigner) -> CrlIssuer {
        CrlIssuer {
            subject: self.issuer.as_slice().into(),
            public_key: signer.public_key().clone(),
            may_sign_crl: self.may_sign_crl,
            subject_key_id: self.subject_key_id.clone(),
        }
    }

    /// The list signed by a new key, and its issuer.
    pub(super) fn signed(&self) -> (Vec<u8>, CrlIssuer) {
        let signer = signer();
        (self.sign(&signer), self.issuer(&signer))
    }
}

pub(super) fn signer() -> SoftwareSigner {
    SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap().0
}

pub(super) fn name(common_name: &str) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.constructed(tag::SET, |w| _ = w.sequence(|w| _ = w.oid(oid::COMMON_NAME).utf8(common_name)));
    });
    writer.into_bytes()
}

pub(super) fn entry(serial: &[u8]) -> Vec<u8> {
    entry_with(serial, None)
}

pub(super) fn entry_with(serial: &[u8], extensions: Option<&[u8]>) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.primitive(tag::INTEGER, serial).time(UnixTime::from_seconds(REVOKED));
        if let Some(extensions) = extensions {
            w.primitive(tag::SEQUENCE, extensions);
        }
    });
    writer.into_bytes()
}

pub(super) fn extension(id: oid::Oid, critical: Option<bool>, value: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.sequence(|w| {
        w.oid(id);
        if let Some(critical) = critical {
            w.boolean(critical);
        }
        w.primitive(tag::OCTET_STRING, value);
    });
    writer.into_bytes()
}

pub(super) fn key_identifier(key: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.sequence(|w| _ = w.primitive(tag::context(0), key));
    writer.into_bytes()
}
