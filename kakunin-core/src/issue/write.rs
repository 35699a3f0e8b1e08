//! Certificates as DER, and their extensions.

use super::{Context, Validity, misuse};
use crate::crypto::{Digest, PublicKey, SignError, Signer, sha256, sign_x509};
use crate::encoding::der::{Reader, Writer, tag};
use crate::encoding::oid::{self, Oid};
use crate::error::Denial;

/// Longest common name, in characters (RFC 5280 §A.1, ub-common-name).
const COMMON_NAME_CHARACTERS: usize = 64;
/// Octets of a serial number: 126 random bits, where RFC 5280 allows 20 octets and the profile asks for 64 bits.
const SERIAL_OCTETS: usize = 16;

/// digitalSignature.
pub(super) const DIGITAL_SIGNATURE: u8 = 0x80;
/// keyCertSign.
pub(super) const KEY_CERT_SIGN: u8 = 0x04;
/// cRLSign.
pub(super) const CRL_SIGN: u8 = 0x02;

/// A certificate to be.
pub(super) struct Draft<'a> {
    /// A whole Name.
    pub(super) issuer: &'a [u8],
    /// A whole Name.
    pub(super) subject: &'a [u8],
    pub(super) validity: Validity,
    pub(super) key: &'a PublicKey,
    /// Whole extensions.
    pub(super) extensions: Vec<Vec<u8>>,
}

impl Draft<'_> {
    /// The certificate, signed.
    ///
    /// # Errors
    /// E504 for a validity that does not include now or begins too far back, E502 where no signature is made.
    pub(super) fn sign(&self, signer: &dyn Signer, context: &Context<'_>) -> Result<Vec<u8>, Denial> {
        self.validity.check(context.now)?;
        let mut serial = [0; SERIAL_OCTETS];
        context.random.fill(&mut serial).map_err(SignError::denial)?;
        let [first, ..] = &mut serial;
        // Positive, and of full length however the rest falls.
        *first = (*first & 0x7f) | 0x40;
        let algorithm = signer.algorithm().to_der();
        let mut tbs = Writer::new();
        tbs.sequence(|tbs| {
            tbs.constructed(tag::context_constructed(0), |version| {
                version.integer(tag::INTEGER, 2);
            });
            tbs.primitive(tag::INTEGER, &serial).raw(&algorithm).raw(self.issuer);
            tbs.sequence(|validity| {
                validity.time(self.validity.not_before).time(self.validity.not_after);
            });
            tbs.raw(self.subject).raw(self.key.spki());
            tbs.constructed(tag::context_constructed(3), |explicit| {
                explicit.sequence(|list| {
                    for extension in &self.extensions {
                        list.raw(extension);
                    }
                });
            });
        });
        signed(&tbs.into_bytes(), &algorithm, signer)
    }
}

/// `SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING }`, which certificates and lists share.
pub(super) fn signed(tbs: &[u8], algorithm: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, Denial> {
    let signature = sign_x509(signer, tbs)?;
    let mut whole = Writer::new();
    whole.sequence(|whole| {
        whole.raw(tbs).raw(algorithm).bit_string(&signature);
    });
    Ok(whole.into_bytes())
}

/// A Name of one common name.
///
/// # Errors
/// E504 for one that is empty, longer than 64 characters, or has control characters.
pub(super) fn name(common_name: &str) -> Result<Vec<u8>, Denial> {
    let length = common_name.chars().count();
    if length == 0 || length > COMMON_NAME_CHARACTERS || common_name.chars().any(char::is_control) {
        return Err(misuse("common-name", "commonName").requested(common_name.to_owned()));
    }
    let mut name = Writer::new();
    name.sequence(|name| {
        name.constructed(tag::SET, |rdn| {
            rdn.sequence(|attribute| {
                attribute.oid(oid::COMMON_NAME).utf8(common_name);
            });
        });
    });
    Ok(name.into_bytes())
}

/// The first 64 characters of an id, as a name for people.
pub(super) fn common_name_of(id: &str) -> String {
    id.chars().take(COMMON_NAME_CHARACTERS).collect()
}

/// An extension around what `value` writes.
pub(super) fn extension(id: Oid, critical: bool, value: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut content = Writer::new();
    value(&mut content);
    let mut extension = Writer::new();
    extension.sequence(|extension| {
        extension.oid(id);
        // DER leaves a DEFAULT out.
        if critical {
            extension.boolean(true);
        }
        extension.primitive(tag::OCTET_STRING, &content.into_bytes());
    });
    extension.into_bytes()
}

/// basicConstraints, critical, with `cA`.
pub(super) fn authority_constraints(path_length: Option<u8>) -> Vec<u8> {
    extension(oid::BASIC_CONSTRAINTS, true, |value| {
        value.sequence(|constraints| {
            constraints.boolean(true);
            if let Some(path_length) = path_length {
                constraints.integer(tag::INTEGER, i128::from(path_length));
            }
        });
    })
}

/// keyUsage, critical, of the first octet's bits; at least one is set.
pub(super) fn key_usage(bits: u8) -> Vec<u8> {
    extension(oid::KEY_USAGE, true, |value| {
        value.primitive(tag::BIT_STRING, &[bits.trailing_zeros() as u8, bits]);
    })
}

/// extKeyUsage.
pub(super) fn extended_key_usage(usages: &[Oid]) -> Vec<u8> {
    extension(oid::EXTENDED_KEY_USAGE, false, |value| {
        value.sequence(|list| {
            for usage in usages {
                list.oid(usage);
            }
        });
    })
}

/// subjectAltName of one URI.
pub(super) fn uri_name(uri: &str) -> Vec<u8> {
    extension(oid::SUBJECT_ALT_NAME, false, |value| {
        value.sequence(|names| {
            names.primitive(tag::context(6), uri.as_bytes());
        });
    })
}

/// An extension of ours that holds a digest.
pub(super) fn digest(id: Oid, critical: bool, digest: &Digest) -> Vec<u8> {
    extension(id, critical, |value| {
        value.primitive(tag::OCTET_STRING, digest);
    })
}

/// subjectKeyIdentifier of a key.
pub(super) fn subject_key_identifier(key: &PublicKey) -> Vec<u8> {
    extension(oid::SUBJECT_KEY_IDENTIFIER, false, |value| {
        value.primitive(tag::OCTET_STRING, &key_identifier(key));
    })
}

/// authorityKeyIdentifier that points at an issuer, by the subjectKeyIdentifier in its certificate, else by its key.
pub(super) fn authority_key_identifier(named: Option<&[u8]>, key: &PublicKey) -> Vec<u8> {
    let own = named.map_or_else(|| key_identifier(key), <[u8]>::to_vec);
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, |value| {
        value.sequence(|fields| {
            fields.primitive(tag::context(0), &own);
        });
    })
}

/// The first 160 bits of SHA-256 over the subjectPublicKey's bits (RFC 7093 §2, method 1).
fn key_identifier(key: &PublicKey) -> Vec<u8> {
    let bits = Reader::new(key.spki()).sequence().and_then(|mut spki| {
        spki.sequence()?;
        spki.bit_string()
    });
    // INVARIANT: a `PublicKey` holds an SPKI that was read.
    let mut identifier = sha256(bits.unwrap_or_default()).to_vec();
    identifier.truncate(20);
    identifier
}
