use super::general_name::UriNames;
use super::own::{self, Namespace};
use super::usage::{BasicConstraints, ExtendedKeyUsages, KeyUsage};
use super::{Extensions, key_identifier, revocation_source};
use crate::encoding::der::{Reader, tag};
use crate::encoding::{Malformed, oid};

/// One extension as it came.
///
/// ```asn1
/// Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }   -- RFC 5280 §4.1
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The OID's content octets.
    pub id: &'a [u8],
    /// Whether who does not know it must refuse.
    pub critical: bool,
    /// The content of the OCTET STRING.
    pub value: &'a [u8],
}

/// A fault in extensions, and the name of the extension if it lies in a known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    pub(crate) fault: Malformed,
    pub(crate) extension: Option<&'static str>,
}

impl From<Malformed> for Structure {
    fn from(fault: Malformed) -> Self {
        Self { fault, extension: None }
    }
}

/// Most extensions that are compared with each other, whatever [`crate::bounds::Bounds::extensions`] allows.
const EXTENSIONS: usize = 32;

/// `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`, each OID once. Reads those of certificates, CRLs and CRL entries alike.
pub(crate) struct ExtensionList<'a> {
    reader: Reader<'a>,
    seen: [&'a [u8]; EXTENSIONS],
    count: usize,
    max: usize,
}

impl<'a> ExtensionList<'a> {
    /// The list whose whole encoding is `der`, of at most `max` extensions.
    pub(crate) fn new(der: &'a [u8], max: usize) -> Result<Self, Structure> {
        let mut outer = Reader::new(der);
        let reader = outer.sequence()?;
        outer.finish()?;
        if reader.is_empty() {
            return Err(Malformed::new("extensions-empty").into());
        }
        Ok(Self { reader, seen: [&[]; EXTENSIONS], count: 0, max: max.min(EXTENSIONS) })
    }

    /// The next extension.
    pub(crate) fn next(&mut self) -> Result<Option<Extension<'a>>, Malformed> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let mut fields = self.reader.sequence()?;
        let id = fields.oid()?;
        let critical = fields.peek() == Some(tag::BOOLEAN);
        if critical && !fields.boolean()? {
            return Err(Malformed::new("default-encoded"));
        }
        let value = fields.octet_string()?;
        fields.finish()?;
        if self.seen.iter().take(self.count).any(|seen| *seen == id) {
            return Err(Malformed::new("extension-duplicate"));
        }
        match self.seen.get_mut(self.count) {
            Some(slot) if self.count < self.max => *slot = id,
            _ => return Err(Malformed::new("too-many-extensions")),
        }
        self.count += 1;
        Ok(Some(Extension { id, critical, value }))
    }
}

/// What RFC 5280 says about an extension's `critical`, where it says MUST.
const CRITICALITY: [(oid::Oid, bool, &str); 9] = [
    (oid::AUTHORITY_KEY_IDENTIFIER, false, "authorityKeyIdentifier"), // §4.2.1.1
    (oid::SUBJECT_KEY_IDENTIFIER, false, "subjectKeyIdentifier"),     // §4.2.1.2
    (SUBJECT_DIRECTORY_ATTRIBUTES, false, "subjectDirectoryAttributes"), // §4.2.1.8
    (oid::NAME_CONSTRAINTS, true, "nameConstraints"),                 // §4.2.1.10
    (POLICY_CONSTRAINTS, true, "policyConstraints"),                  // §4.2.1.11
    (INHIBIT_ANY_POLICY, true, "inhibitAnyPolicy"),                   // §4.2.1.14
    (FRESHEST_CRL, false, "freshestCRL"),                             // §4.2.1.15
    (oid::AUTHORITY_INFORMATION_ACCESS, false, "authorityInfoAccess"), // §4.2.2.1
    (SUBJECT_INFORMATION_ACCESS, false, "subjectInfoAccess"),         // §4.2.2.2
];

const SUBJECT_DIRECTORY_ATTRIBUTES: oid::Oid = &[0x55, 0x1d, 0x09];
const POLICY_CONSTRAINTS: oid::Oid = &[0x55, 0x1d, 0x24];
const INHIBIT_ANY_POLICY: oid::Oid = &[0x55, 0x1d, 0x36];
const FRESHEST_CRL: oid::Oid = &[0x55, 0x1d, 0x2e];
const SUBJECT_INFORMATION_ACCESS: oid::Oid = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0b];

impl<'a> Extensions<'a> {
    /// Reads all of `list`; the content of every known extension to its last byte.
    pub(super) fn read(mut list: ExtensionList<'a>) -> Result<Self, Structure> {
        let mut extensions = Self::default();
        while let Some(extension) = list.next()? {
            if let Some((_, must, name)) = CRITICALITY.iter().find(|(id, _, _)| *id == extension.id)
                && extension.critical != *must
            {
                return Err(Structure { fault: Malformed::new("criticality"), extension: Some(name) });
            }
            extensions.take(extension)?;
        }
        Ok(extensions)
    }

    fn take(&mut self, extension: Extension<'a>) -> Result<(), Structure> {
        let Extension { id, critical, value } = extension;
        let within = |name| move |fault| Structure { fault, extension: Some(name) };
        match id {
            oid::BASIC_CONSTRAINTS => {
                let read = BasicConstraints::read(value, critical).map_err(within("basicConstraints"))?;
                self.basic_constraints = Some(read);
            }
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage::read(value).map_err(within("keyUsage"))?),
            oid::EXTENDED_KEY_USAGE => {
                self.extended_key_usages = Some(ExtendedKeyUsages::read(value).map_err(within("extKeyUsage"))?);
            }
            oid::SUBJECT_ALT_NAME => {
                self.subject_alt_name = Some((critical, UriNames::read(value).map_err(within("subjectAltName"))?));
            }
            oid::SCOPE => self.scope = Some(extension),
            oid::NAMESPACE => self.namespace = Some(Namespace::read(value).map_err(within("namespace"))?),
            oid::PARENT => {
                self.parent = Some(own::digest(value).map_err(within("parent"))?);
                self.expect_critical(critical, true, "parent");
            }
            oid::MODEL_HASH => {
                self.model_hash = Some(own::digest(value).map_err(within("modelHash"))?);
                self.expect_critical(critical, false, "modelHash");
            }
            oid::DEVELOPMENT => {
                own::null(value).map_err(within("development"))?;
                self.development = true;
                self.expect_critical(critical, false, "development");
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let read = key_identifier::authority(value).map_err(within("authorityKeyIdentifier"))?;
                self.authority_key_id = read;
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_id = Some(key_identifier::subject(value).map_err(within("subjectKeyIdentifier"))?);
            }
            oid::CRL_DISTRIBUTION_POINTS | FRESHEST_CRL => {
                revocation_source::check_distribution_points(value).map_err(within("cRLDistributionPoints"))?;
                self.names_status_source = true;
                if id == oid::CRL_DISTRIBUTION_POINTS {
                    self.crl_distribution_points = Some(value);
                }
                self.leave(extension);
            }
            oid::AUTHORITY_INFORMATION_ACCESS => {
                let read = revocation_source::names_ocsp(value).map_err(within("authorityInfoAccess"))?;
                self.names_status_source |= read;
            }
            _ => self.leave(extension),
        }
        Ok(())
    }

    /// Notes an extension that has no effect here: who made it critical must have its way, which is to be refused.
    fn leave(&mut self, extension: Extension<'a>) {
        if extension.critical && self.unprocessed_critical.is_none() {
            self.unprocessed_critical = Some(extension.id);
        }
    }

    fn expect_critical(&mut self, found: bool, expected: bool, name: &'static str) {
        if found != expected && self.wrong_criticality.is_none() {
            self.wrong_criticality = Some(name);
        }
    }
}
