//! Certificates of approvers: people who may approve calls of the agents below one CA (profile §5).
//!
//! ```text
//! uri = "urn:kakunin:role:" role ":" person        role, person = [A-Za-z0-9._-]{1,64}
//! ```

use std::sync::Arc;

use super::constraints::Comparisons;
use super::judge::Above;
use super::verified::{Link, LinkKind, Serial, VerifiedAgent, VerifiedAuthority, known_revocations};
use crate::bounds::Bounds;
use crate::certificate::{Certificate, Profile};
use crate::crypto::{PublicKey, sha256};
use crate::encoding::oid;
use crate::error::{Code, Denial};
use crate::revocation::RevocationView;
use crate::time::UnixTime;

/// How the URI of an approver begins.
const ROLE: &str = "urn:kakunin:role:";
/// Longest role and longest person, in octets (profile §5).
const NAME_OCTETS: usize = 64;

/// An approver whom the CA certified that issued an agent's topmost certificate. Only
/// [`VerifiedAgent::verify_approver`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedApprover {
    public_key: PublicKey,
    uri: Box<str>,
    role: Box<str>,
    person: Box<str>,
    link: Arc<Link>,
}

impl VerifiedApprover {
    /// The approver's key.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The role and the person as the certificate names both: `urn:kakunin:role:finance:alice`.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The role.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// The person.
    pub fn person(&self) -> &str {
        &self.person
    }
}

/// The URI of `person` in `role`.
///
/// # Errors
/// What is wrong with which of the two.
pub(crate) fn approver_uri(role: &str, person: &str) -> Result<String, &'static str> {
    match (is_name(role), is_name(person)) {
        (true, true) => Ok(format!("{ROLE}{role}:{person}")),
        (false, _) => Err("role"),
        (true, false) => Err("person"),
    }
}

/// Role and person of a URI.
fn read_uri(uri: &str) -> Option<(&str, &str)> {
    let (role, person) = uri.strip_prefix(ROLE)?.split_once(':')?;
    (is_name(role) && is_name(person)).then_some((role, person))
}

/// Whether `text` may name a role or a person: 1 to 64 of `A-Z a-z 0-9 . _ -`.
fn is_name(text: &str) -> bool {
    (1..=NAME_OCTETS).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// An approver's certificate and the CA that is said to have issued it.
struct Step<'s, 'c> {
    certificate: &'s Certificate<'c>,
    issuer: &'s Above,
    now: UnixTime,
    comparisons: &'s Comparisons,
}

/// One rule: what it is called, the field that it judges, where it comes from, and the check. Its code is E213.
pub struct ApproverRule {
    name: &'static str,
    field: &'static str,
    source: &'static str,
    holds: fn(&Step<'_, '_>) -> bool,
}

impl ApproverRule {
    const fn new(
        name: &'static str,
        field: &'static str,
        source: &'static str,
        holds: fn(&Step<'_, '_>) -> bool,
    ) -> Self {
        Self { name, field, source, holds }
    }

    /// Its name, as denials give it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The field that it judges.
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// Where it is written.
    pub const fn source(&self) -> &'static str {
        self.source
    }
}

/// Every rule for an approver's certificate, in the order of application: what binds it to its CA first.
pub const APPROVER_RULES: &[ApproverRule] = &[
    ApproverRule::new("approver-issuer", "issuer", "profile §5; RFC 5280 §6.1.3(a)(4)", |step| {
        *step.certificate.issuer() == *step.issuer.link.subject()
    }),
    ApproverRule::new("approver-issuer", "authorityKeyIdentifier", "RFC 5280 §4.2.1.1", |step| {
        let hints = step.certificate.authority_key_id().zip(step.issuer.subject_key_id.as_deref());
        hints.is_none_or(|(hint, own)| hint == own)
    }),
    ApproverRule::new("approver-signature", "signatureValue", "RFC 5280 §6.1.3(a)(1)", |step| {
        let (algorithm, signature) = (step.certificate.signature_algorithm(), step.certificate.signature());
        step.issuer.link.public_key.verify_x509(algorithm, step.certificate.tbs(), signature).is_ok()
    }),
    ApproverRule::new("approver-issuer-usage", "extKeyUsage", "profile §1, kinds", |step| {
        step.issuer.certifies_approvers
    }),
    ApproverRule::new("approver-names", "nameConstraints", "RFC 5280 §4.2.1.10, §6.1.3(b), (c)", |step| {
        step.issuer.name_constraints.check(step.certificate, step.comparisons).is_ok()
    }),
    ApproverRule::new("approver-expired", "validity.notAfter", "profile §5; RFC 5280 §6.1.3(a)(2)", |step| {
        step.now.seconds() <= step.certificate.not_after().seconds()
    }),
    ApproverRule::new("approver-not-yet-valid", "validity.notBefore", "profile §5; RFC 5280 §6.1.3(a)(2)", |step| {
        step.now.seconds() >= step.certificate.not_before().seconds()
    }),
    ApproverRule::new("approver-not-after", "validity.notAfter", "profile §1, validity", |step| {
        step.certificate.not_after() <= step.issuer.link.not_after()
    }),
    ApproverRule::new("approver-authority", "basicConstraints.cA", "profile §5", |step| {
        !step.certificate.basic_constraints().is_some_and(|constraints| constraints.ca)
    }),
    ApproverRule::new("approver-key-usage", "keyUsage", "profile §5; RFC 5280 §4.2.1.3", |step| {
        step.certificate
            .key_usage()
            .is_some_and(|usage| usage.digital_signature() && !usage.key_cert_sign() && !usage.crl_sign())
    }),
    ApproverRule::new("approver-usage", "extKeyUsage", "profile §5", |step| {
        step.certificate.has_extended_key_usage(oid::KP_APPROVER)
    }),
    // An agent that could approve would approve itself elsewhere; a responder's key is no person's.
    ApproverRule::new("approver-other-usage", "extKeyUsage", "profile §1, kinds", |step| {
        let usages = step.certificate.extended_key_usages();
        usages.is_some_and(|usages| usages.iter().all(|id| id == oid::KP_APPROVER || id == oid::KP_CLIENT_AUTH))
    }),
    ApproverRule::new("approver-critical-extension", "extensions", "RFC 5280 §6.1.5(f)", |step| {
        step.certificate.unprocessed_critical(Profile::Agent).is_none()
            && step.certificate.wrong_criticality().is_none()
            && step.certificate.not_critical().is_none()
    }),
    ApproverRule::new("approver-extension", "extensions", "profile §1, extensions", |step| {
        let certificate = step.certificate;
        certificate.scope().is_none()
            && certificate.namespace().is_none()
            && certificate.parent().is_none()
            && certificate.model_hash().is_none()
            && !certificate.is_development()
    }),
    ApproverRule::new("approver-uri", "subjectAltName", "profile §5", |step| uri(step.certificate).is_some()),
];

/// The one URI of an approver's certificate.
fn uri<'c>(certificate: &Certificate<'c>) -> Option<&'c str> {
    let mut uris = certificate.uri_names();
    match (uris.next(), uris.next()) {
        (Some(uri), None) => read_uri(uri).map(|_| uri),
        _ => None,
    }
}

impl VerifiedAgent {
    /// The approver whose certificate is `der`, if the CA that issued this agent's topmost certificate issued it too:
    /// the same name and the same key, no CA between. The namespaces of CAs are for agents and do not bind it.
    ///
    /// Its revocation is asked apart, at every use: [`VerifiedAgent::check_approver`].
    ///
    /// # Errors
    /// E213 with the rule broken: `approver-certificate` where it cannot be read or its key or algorithm is not on the
    /// list; `approver-issuer`, `approver-signature`, `approver-issuer-usage`, `approver-names`, `approver-expired`,
    /// `approver-not-yet-valid`, `approver-not-after`, `approver-authority`, `approver-key-usage`, `approver-usage`,
    /// `approver-other-usage`, `approver-critical-extension`, `approver-extension`, `approver-uri`.
    pub fn verify_approver(&self, der: &[u8], now: UnixTime, bounds: &Bounds) -> Result<VerifiedApprover, Denial> {
        verify(der, &self.certifier, now, bounds)
    }

    /// Whether the approver's certificate is not revoked, by its CA or by an order, and that is known at `now`.
    ///
    /// # Errors
    /// E213 `approver-revoked`, and `approver-status` where the status is missing or stale.
    pub fn check_approver(
        &self,
        approver: &VerifiedApprover,
        view: &RevocationView,
        now: UnixTime,
    ) -> Result<(), Denial> {
        let RevocationView::Checked(snapshot) = view else { return Ok(()) };
        let revoked = |denial: Denial| refused("approver-revoked", denial.details().rule);
        let own = std::slice::from_ref(&approver.link);
        let unknown = known_revocations(own, &self.crl_issuers, snapshot, now).map_err(revoked)?;
        if let Some(orders) = snapshot.orders() {
            // An authority that governs one CA alone governs what stands below it.
            let authorities = self.links().iter().filter(|link| link.kind != LinkKind::Agent);
            let places: Vec<_> = own.iter().chain(authorities).map(Arc::clone).collect();
            orders.check_known(&places, None, now).map_err(revoked)?;
        }
        unknown.map_err(|denial| refused("approver-status", denial.details().rule))
    }
}

impl VerifiedAuthority {
    /// The approver whose certificate is `der`, if this CA issued it.
    ///
    /// # Errors
    /// As [`VerifiedAgent::verify_approver`].
    pub fn verify_approver(&self, der: &[u8], now: UnixTime, bounds: &Bounds) -> Result<VerifiedApprover, Denial> {
        verify(der, &self.certifier, now, bounds)
    }
}

fn verify(der: &[u8], certifier: &Above, now: UnixTime, bounds: &Bounds) -> Result<VerifiedApprover, Denial> {
    let unreadable = |denial: Denial| refused("approver-certificate", denial.details().rule);
    let certificate = Certificate::parse(der, bounds).map_err(unreadable)?;
    let public_key = certificate.public_key().map_err(unreadable)?;
    let comparisons = &Comparisons::new(bounds.name_comparisons);
    let step = Step { certificate: &certificate, issuer: certifier, now, comparisons };
    for rule in APPROVER_RULES {
        if !(rule.holds)(&step) {
            return Err(refused(rule.name, rule.field));
        }
    }
    // INVARIANT: the rule `approver-uri` passed.
    let uri = uri(&certificate).unwrap_or_default();
    let (role, person) = read_uri(uri).ok_or_else(|| refused("approver-uri", "subjectAltName"))?;
    let issuer = &certifier.link;
    let link = Link {
        kind: LinkKind::Approver,
        depth: 0,
        fingerprint: sha256(der),
        serial: Serial::of(&certificate),
        subject: certificate.subject().into(),
        issuer: Arc::clone(&issuer.subject),
        issuer_key_hash: *issuer.key_hash(),
        public_key: public_key.clone(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        id: None,
        scope: None,
        counters: Box::default(),
        signed_by_agent: false,
        development: false,
        authority: false,
        distribution_points: certificate.crl_distribution_points().map(Into::into),
    };
    let (uri, role, person) = (uri.into(), role.into(), person.into());
    Ok(VerifiedApprover { public_key, uri, role, person, link: Arc::new(link) })
}

#[cold]
fn refused(rule: &'static str, field: &'static str) -> Denial {
    Denial::new(Code::ApprovalInvalid, rule).field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_one_role_and_one_person() {
        assert_eq!(read_uri("urn:kakunin:role:finance:alice"), Some(("finance", "alice")));
        assert_eq!(read_uri("urn:kakunin:role:A.b_c-1:x"), Some(("A.b_c-1", "x")));
        let long = "a".repeat(64);
        assert!(read_uri(&format!("urn:kakunin:role:{long}:{long}")).is_some());
        for uri in [
            "urn:kakunin:role:finance",
            "urn:kakunin:role:finance:",
            "urn:kakunin:role::alice",
            "urn:kakunin:role:finance:alice:x",
            "urn:kakunin:role:fin ance:alice",
            "urn:kakunin:role:finance:älice",
            "URN:kakunin:role:finance:alice",
            "urn:kakunin:rolefinance:alice",
            &format!("urn:kakunin:role:a{long}:x"),
            &format!("urn:kakunin:role:x:a{long}"),
        ] {
            assert_eq!(read_uri(uri), None, "{uri}");
        }
        assert_eq!(approver_uri("finance", "alice").as_deref(), Ok("urn:kakunin:role:finance:alice"));
        assert_eq!((approver_uri("", "x"), approver_uri("x", "a:b")), (Err("role"), Err("person")));
    }
}
