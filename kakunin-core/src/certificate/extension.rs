use super::Extensions;
use super::general_name::GeneralNames;
use super::key_identifier::{self, AuthorityKeyIdentifier};
use super::name_constraints::NameConstraints;
use super::own::{self, Namespace};
use super::policy::{self, Policies, PolicyConstraints, PolicyMappings};
use super::revocation_source::{AccessDescriptions, DistributionPoints};
use super::usage::{BasicConstraints, ExtendedKeyUsages, KeyUsage};
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

impl Extension<'_> {
    /// What RFC 5280 says of `critical`, where it says MUST and nobody did otherwise. (For basicConstraints and
    /// policyConstraints see [`Certificate::not_critical`](super::Certificate::not_critical).)
    fn must_be_critical(self, critical: bool, name: &'static str) -> Result<(), Structure> {
        if self.critical == critical {
            return Ok(());
        }
        Err(Structure { fault: Malformed::new("criticality"), extension: Some(name) })
    }
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

/// A set of rules for paths, as far as it decides which extensions a verifier processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Ours: scope, namespace and the others of our own; no policies, no distribution points.
    Agent,
    /// RFC 5280: policies and distribution points; nothing of our own.
    Pkix,
}

/// The first critical extension that each profile leaves unprocessed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unprocessed<'a> {
    agent: Option<&'a [u8]>,
    pkix: Option<&'a [u8]>,
}

impl<'a> Unprocessed<'a> {
    pub(super) const fn by(&self, profile: Profile) -> Option<&'a [u8]> {
        match profile {
            Profile::Agent => self.agent,
            Profile::Pkix => self.pkix,
        }
    }

    /// Notes an extension that has no effect in these profiles: who made it critical must have its way, which is to be
    /// refused.
    fn note(&mut self, extension: Extension<'a>, profiles: &[Profile]) {
        for profile in profiles.iter().filter(|_| extension.critical) {
            let first = match profile {
                Profile::Agent => &mut self.agent,
                Profile::Pkix => &mut self.pkix,
            };
            first.get_or_insert(extension.id);
        }
    }
}

impl<'a> Extensions<'a> {
    /// Reads all of `list`; the content of every known extension to its last byte.
    pub(super) fn read(mut list: ExtensionList<'a>) -> Result<Self, Structure> {
        let mut extensions = Self::default();
        while let Some(extension) = list.next()? {
            match extension.id {
                oid::SCOPE | oid::NAMESPACE | oid::PARENT | oid::MODEL_HASH | oid::DEVELOPMENT => {
                    extensions.take_own(extension)?;
                }
                _ => extensions.take(extension)?,
            }
        }
        // RFC 5280 §4.2.1.10: it stands in CA certificates only.
        if extensions.name_constraints.is_some() && !extensions.basic_constraints.is_some_and(|read| read.ca) {
            let fault = Malformed::new("name-constraints-without-ca");
            return Err(Structure { fault, extension: Some("nameConstraints") });
        }
        Ok(extensions)
    }

    fn take(&mut self, extension: Extension<'a>) -> Result<(), Structure> {
        let Extension { id, critical, value } = extension;
        let within = |name| move |fault| Structure { fault, extension: Some(name) };
        match id {
            oid::BASIC_CONSTRAINTS => {
                let read = BasicConstraints::read(value).map_err(within("basicConstraints"))?;
                self.basic_constraints = Some(read);
                if read.ca && !critical {
                    self.not_critical.get_or_insert("basicConstraints");
                }
            }
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage::read(value).map_err(within("keyUsage"))?),
            oid::EXTENDED_KEY_USAGE => {
                self.extended_key_usages = Some(ExtendedKeyUsages::read(value).map_err(within("extKeyUsage"))?);
            }
            oid::SUBJECT_ALT_NAME => {
                self.subject_alt_name = Some((critical, GeneralNames::parse(value).map_err(within("subjectAltName"))?));
            }
            oid::NAME_CONSTRAINTS => {
                extension.must_be_critical(true, "nameConstraints")?;
                self.name_constraints = Some(NameConstraints::read(value).map_err(within("nameConstraints"))?);
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                extension.must_be_critical(false, "authorityKeyIdentifier")?;
                let read = AuthorityKeyIdentifier::read(value).map_err(within("authorityKeyIdentifier"))?;
                self.authority_key_identifier = Some(read);
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                extension.must_be_critical(false, "subjectKeyIdentifier")?;
                self.subject_key_id = Some(key_identifier::subject(value).map_err(within("subjectKeyIdentifier"))?);
            }
            oid::CRL_DISTRIBUTION_POINTS => {
                DistributionPoints::read(value).map_err(within("cRLDistributionPoints"))?;
                self.distribution_points = Some(value);
                self.unprocessed_critical.note(extension, &[Profile::Agent]);
            }
            oid::FRESHEST_CRL => {
                extension.must_be_critical(false, "freshestCRL")?;
                DistributionPoints::read(value).map_err(within("freshestCRL"))?;
                self.freshest_crl = true;
            }
            oid::AUTHORITY_INFORMATION_ACCESS => {
                extension.must_be_critical(false, "authorityInfoAccess")?;
                AccessDescriptions::read(value).map_err(within("authorityInfoAccess"))?;
                self.authority_access = Some(value);
            }
            oid::SUBJECT_INFORMATION_ACCESS => {
                extension.must_be_critical(false, "subjectInfoAccess")?;
                AccessDescriptions::read(value).map_err(within("subjectInfoAccess"))?;
            }
            oid::OCSP_NOCHECK => {
                own::null(value).map_err(within("ocspNoCheck"))?;
                self.ocsp_nocheck = true;
                self.unprocessed_critical.note(extension, &[Profile::Agent, Profile::Pkix]);
            }
            oid::SUBJECT_DIRECTORY_ATTRIBUTES => extension.must_be_critical(false, "subjectDirectoryAttributes")?,
            oid::ISSUER_ALT_NAME => {
                GeneralNames::parse(value).map_err(within("issuerAltName"))?;
                self.unprocessed_critical.note(extension, &[Profile::Agent, Profile::Pkix]);
            }
            oid::CERTIFICATE_POLICIES | oid::POLICY_MAPPINGS | oid::POLICY_CONSTRAINTS | oid::INHIBIT_ANY_POLICY => {
                self.take_policy(extension)?;
            }
            _ => self.unprocessed_critical.note(extension, &[Profile::Agent, Profile::Pkix]),
        }
        Ok(())
    }

    fn take_policy(&mut self, extension: Extension<'a>) -> Result<(), Structure> {
        let Extension { id, critical, value } = extension;
        let within = |name| move |fault| Structure { fault, extension: Some(name) };
        let policies = &mut self.policies;
        self.unprocessed_critical.note(extension, &[Profile::Agent]);
        match id {
            oid::CERTIFICATE_POLICIES => {
                let (_, unknown_qualifier) = Policies::read(value).map_err(within("certificatePolicies"))?;
                policies.certificate = Some(value);
                // RFC 5280 §4.2.1.4: who makes it critical wants its qualifiers understood.
                if unknown_qualifier {
                    self.unprocessed_critical.note(extension, &[Profile::Pkix]);
                }
            }
            oid::POLICY_MAPPINGS => {
                PolicyMappings::read(value).map_err(within("policyMappings"))?;
                policies.mappings = Some(value);
            }
            oid::POLICY_CONSTRAINTS => {
                policies.constraints = Some(PolicyConstraints::read(value).map_err(within("policyConstraints"))?);
                if !critical {
                    self.not_critical.get_or_insert("policyConstraints");
                }
            }
            _ => {
                extension.must_be_critical(true, "inhibitAnyPolicy")?;
                policies.inhibit_any = Some(policy::inhibit_any_policy(value).map_err(within("inhibitAnyPolicy"))?);
            }
        }
        Ok(())
    }

    fn take_own(&mut self, extension: Extension<'a>) -> Result<(), Structure> {
        let Extension { id, critical, value } = extension;
        let within = |name| move |fault| Structure { fault, extension: Some(name) };
        self.unprocessed_critical.note(extension, &[Profile::Pkix]);
        match id {
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
            _ => {
                own::null(value).map_err(within("development"))?;
                self.development = true;
                self.expect_critical(critical, false, "development");
            }
        }
        Ok(())
    }

    fn expect_critical(&mut self, found: bool, expected: bool, name: &'static str) {
        if found != expected && self.wrong_criticality.is_none() {
            self.wrong_criticality = Some(name);
        }
    }
}
