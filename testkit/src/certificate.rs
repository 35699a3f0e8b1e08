//! Certificates as templates: every field can be set to anything, then they are signed.

use kakunin_core::crypto::{Digest, sha256, sign_x509};
use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid::{self, Oid};
use kakunin_core::time::UnixTime;

use crate::NOW;
use crate::key::Key;

/// An extension: its type, whether it says `critical`, its value's DER.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The extension's type.
    pub oid: Vec<u8>,
    /// The content of `critical`; `None` leaves it out.
    pub critical: Option<u8>,
    /// What stands in the OCTET STRING.
    pub value: Vec<u8>,
}

/// A GeneralName to be: in subjectAltName, or as the base of a subtree in nameConstraints.
#[derive(Clone, Copy, Debug)]
pub enum GeneralName<'a> {
    /// directoryName, a whole Name.
    Directory(&'a [u8]),
    /// dNSName.
    Dns(&'a str),
    /// rfc822Name.
    Email(&'a str),
    /// iPAddress; with a mask after it in a constraint.
    Ip(&'a [u8]),
    /// otherName of this type, a NULL.
    Other(&'a [u8]),
    /// uniformResourceIdentifier.
    Uri(&'a str),
}

impl GeneralName<'_> {
    fn write(self, der: &mut Writer) {
        match self {
            Self::Directory(name) => der.constructed(tag::context_constructed(4), |explicit| {
                explicit.raw(name);
            }),
            Self::Dns(text) => der.primitive(tag::context(2), text.as_bytes()),
            Self::Email(text) => der.primitive(tag::context(1), text.as_bytes()),
            Self::Ip(octets) => der.primitive(tag::context(7), octets),
            Self::Other(id) => der.constructed(tag::context_constructed(0), |other| {
                other.oid(id).constructed(tag::context_constructed(0), |value| {
                    value.raw(&[tag::NULL, 0]);
                });
            }),
            Self::Uri(text) => der.primitive(tag::context(6), text.as_bytes()),
        };
    }
}

/// A certificate to be. Fields are public so that a twin can change one of them.
#[derive(Clone, Debug)]
pub struct Template {
    /// The INTEGER of `[0] version`; `None` leaves it out (version 1).
    pub version: Option<i128>,
    /// Content of the serial number's INTEGER.
    pub serial: Vec<u8>,
    /// AlgorithmIdentifier inside; `None` takes the key's.
    pub inner_algorithm: Option<Vec<u8>>,
    /// AlgorithmIdentifier outside; `None` takes the key's.
    pub outer_algorithm: Option<Vec<u8>>,
    /// Issuer, a whole Name.
    pub issuer: Vec<u8>,
    /// Validity's notBefore, a whole Time.
    pub not_before: Vec<u8>,
    /// Validity's notAfter, a whole Time.
    pub not_after: Vec<u8>,
    /// Subject, a whole Name.
    pub subject: Vec<u8>,
    /// SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// Extensions; an empty list still writes `[3]`, `None` leaves it out.
    pub extensions: Option<Vec<Extension>>,
    /// Bytes put before `[3]`, such as a unique id.
    pub before_extensions: Vec<u8>,
    /// Bytes put at the end inside TBSCertificate.
    pub trailing_in_tbs: Vec<u8>,
    /// The unused-bits octet of the signature.
    pub signature_unused_bits: u8,
    /// Bytes put after the signature, inside Certificate.
    pub trailing_inside: Vec<u8>,
    /// Bytes put after Certificate.
    pub trailing_after: Vec<u8>,
    /// Whether one bit of the signature is wrong.
    pub break_signature: bool,
}

/// A Name of one common name; empty for "".
pub fn name(common_name: &str) -> Vec<u8> {
    let mut der = Writer::new();
    der.sequence(|name| {
        if !common_name.is_empty() {
            name.constructed(tag::SET, |rdn| {
                rdn.sequence(|attribute| {
                    attribute.oid(oid::COMMON_NAME).utf8(common_name);
                });
            });
        }
    });
    der.into_bytes()
}

/// A Time, `seconds` after [`NOW`].
pub fn time(seconds: i64) -> Vec<u8> {
    let mut der = Writer::new();
    der.time(UnixTime::from_seconds(NOW + seconds));
    der.into_bytes()
}

fn value(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut der = Writer::new();
    write(&mut der);
    der.into_bytes()
}

impl Extension {
    /// The extension `oid`.
    pub fn new(oid: Oid, critical: bool, value: Vec<u8>) -> Self {
        Self { oid: oid.to_vec(), critical: critical.then_some(0xff), value }
    }

    /// basicConstraints, critical.
    pub fn basic_constraints(ca: bool, path_len: Option<i128>) -> Self {
        let value = value(|der| {
            der.sequence(|constraints| {
                if ca {
                    constraints.boolean(true);
                }
                if let Some(path_len) = path_len {
                    constraints.integer(tag::INTEGER, path_len);
                }
            });
        });
        Self::new(oid::BASIC_CONSTRAINTS, true, value)
    }

    /// keyUsage, critical, of the first octet's bits (0x80 digitalSignature, 0x04 keyCertSign, 0x02 cRLSign).
    pub fn key_usage(bits: u8) -> Self {
        let unused = u8::try_from(bits.trailing_zeros()).unwrap_or(0);
        Self::new(
            oid::KEY_USAGE,
            true,
            value(|der| {
                der.primitive(tag::BIT_STRING, &[unused, bits]);
            }),
        )
    }

    /// extKeyUsage.
    pub fn extended_key_usage(usages: &[Oid]) -> Self {
        Self::new(
            oid::EXTENDED_KEY_USAGE,
            false,
            value(|der| {
                der.sequence(|list| {
                    for usage in usages {
                        list.oid(usage);
                    }
                });
            }),
        )
    }

    /// subjectAltName of URIs.
    pub fn uris(uris: &[&str]) -> Self {
        Self::new(
            oid::SUBJECT_ALT_NAME,
            false,
            value(|der| {
                der.sequence(|names| {
                    for uri in uris {
                        names.primitive(tag::context(6), uri.as_bytes());
                    }
                });
            }),
        )
    }

    /// subjectAltName of names of any form.
    pub fn alternative_names(names: &[GeneralName<'_>]) -> Self {
        Self::new(
            oid::SUBJECT_ALT_NAME,
            false,
            value(|der| {
                der.sequence(|list| names.iter().for_each(|name| name.write(list)));
            }),
        )
    }

    /// nameConstraints of these subtrees; an empty list is left out.
    pub fn name_constraints(permitted: &[GeneralName<'_>], excluded: &[GeneralName<'_>]) -> Self {
        let value = value(|der| {
            der.sequence(|constraints| {
                for (number, bases) in
                    [(0, permitted), (1, excluded)].into_iter().filter(|(_, bases)| !bases.is_empty())
                {
                    constraints.constructed(tag::context_constructed(number), |subtrees| {
                        for base in bases {
                            subtrees.sequence(|subtree| base.write(subtree));
                        }
                    });
                }
            });
        });
        Self::new(oid::NAME_CONSTRAINTS, true, value)
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(id: &[u8]) -> Self {
        Self::new(
            oid::SUBJECT_KEY_IDENTIFIER,
            false,
            value(|der| {
                der.primitive(tag::OCTET_STRING, id);
            }),
        )
    }

    /// authorityKeyIdentifier with a key id.
    pub fn authority_key_id(id: &[u8]) -> Self {
        Self::new(
            oid::AUTHORITY_KEY_IDENTIFIER,
            false,
            value(|der| {
                der.sequence(|identifier| {
                    identifier.primitive(tag::context(0), id);
                });
            }),
        )
    }

    /// certificatePolicies.
    pub fn policies(policies: &[&[u8]]) -> Self {
        let value = value(|der| {
            der.sequence(|list| {
                for policy in policies {
                    list.sequence(|information| {
                        information.oid(policy);
                    });
                }
            });
        });
        Self::new(oid::CERTIFICATE_POLICIES, false, value)
    }

    /// policyMappings, critical: pairs of an issuer's and a subject's policy.
    pub fn policy_mappings(mappings: &[(&[u8], &[u8])]) -> Self {
        let value = value(|der| {
            der.sequence(|list| {
                for (issuer, subject) in mappings {
                    list.sequence(|pair| {
                        pair.oid(issuer).oid(subject);
                    });
                }
            });
        });
        Self::new(oid::POLICY_MAPPINGS, true, value)
    }

    /// policyConstraints, critical.
    pub fn policy_constraints(require_explicit: Option<i128>, inhibit_mapping: Option<i128>) -> Self {
        let value = value(|der| {
            der.sequence(|constraints| {
                for (number, skip) in [(0, require_explicit), (1, inhibit_mapping)] {
                    if let Some(skip) = skip {
                        constraints.integer(tag::context(number), skip);
                    }
                }
            });
        });
        Self::new(oid::POLICY_CONSTRAINTS, true, value)
    }

    /// inhibitAnyPolicy, critical.
    pub fn inhibit_any_policy(skip: i128) -> Self {
        let value = value(|der| {
            der.integer(tag::INTEGER, skip);
        });
        Self::new(oid::INHIBIT_ANY_POLICY, true, value)
    }

    /// Our scope.
    pub fn scope(der: Vec<u8>) -> Self {
        Self::new(oid::SCOPE, true, der)
    }

    /// Our namespace.
    pub fn namespace(prefixes: &[&str]) -> Self {
        Self::new(
            oid::NAMESPACE,
            true,
            value(|der| {
                der.sequence(|list| {
                    for prefix in prefixes {
                        list.utf8(prefix);
                    }
                });
            }),
        )
    }

    /// Our parent.
    pub fn parent(fingerprint: &Digest) -> Self {
        Self::new(
            oid::PARENT,
            true,
            value(|der| {
                der.primitive(tag::OCTET_STRING, fingerprint);
            }),
        )
    }

    /// Our model hash.
    pub fn model_hash(hash: &Digest) -> Self {
        Self::new(
            oid::MODEL_HASH,
            false,
            value(|der| {
                der.primitive(tag::OCTET_STRING, hash);
            }),
        )
    }

    /// Our development mark.
    pub fn development() -> Self {
        Self::new(oid::DEVELOPMENT, false, vec![tag::NULL, 0])
    }
}

impl Template {
    fn new(issuer: &str, subject: &str, key: &Key, lifetime: i64, extensions: Vec<Extension>) -> Self {
        let mut serial = sha256(format!("{issuer}/{subject}").as_bytes()).to_vec();
        serial.truncate(16);
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x7f) | 0x40;
        }
        let mut extensions = extensions;
        extensions.push(Extension::subject_key_id(key.spki_hash().get(..20).unwrap_or_default()));
        Self {
            version: Some(2),
            serial,
            inner_algorithm: None,
            outer_algorithm: None,
            issuer: name(issuer),
            not_before: time(-3_600),
            not_after: time(lifetime),
            subject: name(subject),
            spki: key.spki().to_vec(),
            extensions: Some(extensions),
            before_extensions: Vec::new(),
            trailing_in_tbs: Vec::new(),
            signature_unused_bits: 0,
            trailing_inside: Vec::new(),
            trailing_after: Vec::new(),
            break_signature: false,
        }
    }

    /// A root CA, valid for ten years.
    pub fn root(subject: &str, key: &Key) -> Self {
        Self::new(
            subject,
            subject,
            key,
            3_650 * 86_400,
            vec![Extension::basic_constraints(true, None), Extension::key_usage(0x06)],
        )
    }

    /// A CA below another, with nothing of ours, valid for a year.
    pub fn authority(issuer: &str, subject: &str, key: &Key) -> Self {
        let extensions = vec![Extension::basic_constraints(true, None), Extension::key_usage(0x06)];
        Self::new(issuer, subject, key, 365 * 86_400, extensions)
    }

    /// What is no CA and no agent, valid for thirty days.
    pub fn end_entity(issuer: &str, subject: &str, key: &Key) -> Self {
        Self::new(issuer, subject, key, 30 * 86_400, vec![Extension::key_usage(0x80)])
    }

    /// A tenant CA with a namespace, valid for a year.
    pub fn tenant(issuer: &str, subject: &str, key: &Key, namespace: &[&str]) -> Self {
        let extensions =
            vec![Extension::basic_constraints(true, None), Extension::key_usage(0x06), Extension::namespace(namespace)];
        Self::new(issuer, subject, key, 365 * 86_400, extensions)
    }

    /// An agent that may not delegate, valid for thirty days.
    pub fn agent(issuer: &str, id: &str, key: &Key, scope: Vec<u8>) -> Self {
        let extensions = vec![
            Extension::key_usage(0x80),
            Extension::extended_key_usage(&[oid::KP_AGENT]),
            Extension::uris(&[id]),
            Extension::scope(scope),
        ];
        Self::new(issuer, id, key, 30 * 86_400, extensions)
    }

    /// The certificate of a person in a role.
    pub fn approver(issuer: &str, role: &str, person: &str, key: &Key) -> Self {
        Self::end_entity(issuer, person, key)
            .with(Extension::extended_key_usage(&[oid::KP_APPROVER]))
            .with(Extension::uris(&[&format!("urn:kakunin:role:{role}:{person}")]))
    }

    /// An agent that may sign sub-agents `depth` levels down.
    pub fn delegating_agent(issuer: &str, id: &str, key: &Key, scope: Vec<u8>, depth: i128) -> Self {
        let extensions = vec![
            Extension::basic_constraints(true, Some(depth - 1)),
            Extension::key_usage(0x84),
            Extension::extended_key_usage(&[oid::KP_AGENT]),
            Extension::uris(&[id]),
            Extension::scope(scope),
        ];
        Self::new(issuer, id, key, 30 * 86_400, extensions)
    }

    /// A sub-agent signed by its parent, valid for an hour before and after [`NOW`].
    pub fn sub_agent(parent_id: &str, parent: &[u8], id: &str, key: &Key, scope: Vec<u8>) -> Self {
        let mut template = Self::agent(parent_id, id, key, scope).with(Extension::parent(&sha256(parent)));
        template.not_after = time(3_600);
        template
    }

    /// With this extension, in place of one of its type.
    #[must_use]
    pub fn with(mut self, extension: Extension) -> Self {
        let list = self.extensions.get_or_insert_default();
        match list.iter_mut().find(|present| present.oid == extension.oid) {
            Some(present) => *present = extension,
            None => list.push(extension),
        }
        self
    }

    /// Without the extension of this type.
    #[must_use]
    pub fn without(mut self, oid: Oid) -> Self {
        self.extensions.get_or_insert_default().retain(|present| present.oid != oid);
        self
    }

    /// With what `change` makes of it.
    #[must_use]
    pub fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// With the authority key id of this issuer.
    #[must_use]
    pub fn issued_by(self, issuer: &Key) -> Self {
        self.with(Extension::authority_key_id(issuer.spki_hash().get(..20).unwrap_or_default()))
    }

    /// The certificate's bytes, signed by `key`.
    pub fn sign(&self, key: &Key) -> Vec<u8> {
        let own = key.signer().algorithm().to_der();
        let mut tbs = Writer::new();
        tbs.sequence(|tbs| {
            if let Some(version) = self.version {
                tbs.constructed(tag::context_constructed(0), |explicit| {
                    explicit.integer(tag::INTEGER, version);
                });
            }
            tbs.primitive(tag::INTEGER, &self.serial)
                .raw(self.inner_algorithm.as_deref().unwrap_or(&own))
                .raw(&self.issuer);
            tbs.sequence(|validity| {
                validity.raw(&self.not_before).raw(&self.not_after);
            });
            tbs.raw(&self.subject).raw(&self.spki).raw(&self.before_extensions);
            if let Some(extensions) = &self.extensions {
                tbs.constructed(tag::context_constructed(3), |explicit| {
                    explicit.sequence(|list| extensions.iter().for_each(|extension| extension.write(list)));
                });
            }
            tbs.raw(&self.trailing_in_tbs);
        });
        let tbs = tbs.into_bytes();
        let mut signature = vec![self.signature_unused_bits];
        signature.extend(sign_x509(key.signer(), &tbs).expect("a signature by a software key"));
        if let (true, Some(last)) = (self.break_signature, signature.last_mut()) {
            *last ^= 1;
        }
        let mut certificate = Writer::new();
        certificate.sequence(|certificate| {
            certificate
                .raw(&tbs)
                .raw(self.outer_algorithm.as_deref().unwrap_or(&own))
                .primitive(tag::BIT_STRING, &signature)
                .raw(&self.trailing_inside);
        });
        let mut bytes = certificate.into_bytes();
        bytes.extend_from_slice(&self.trailing_after);
        bytes
    }
}

impl Extension {
    pub(crate) fn write(&self, list: &mut Writer) {
        list.sequence(|extension| {
            extension.oid(&self.oid);
            if let Some(critical) = self.critical {
                extension.primitive(tag::BOOLEAN, &[critical]);
            }
            extension.primitive(tag::OCTET_STRING, &self.value);
        });
    }
}
