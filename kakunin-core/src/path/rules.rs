//! The rules of profile `agent` for one certificate at its place, as a table.
//!
//! Rows stand in the order of their codes, so the first that fails bears the lowest code. Whatever reads a scope or
//! a namespace waits for the signature.

use std::cell::OnceCell;
use std::sync::Arc;

use super::constraints::{self, Comparisons};
use super::identity;
use super::judge::{Above, JudgedPath, Parent};
use crate::bounds::Bounds;
use crate::certificate::{Certificate, Namespace, Profile};
use crate::crypto::PublicKey;
use crate::encoding::oid;
use crate::error::{Code, Denial};
use crate::scope::Scope;
use crate::time::UnixTime;

/// Longest life of a certificate that an agent signed, in seconds (profile §1): a day, for it has no status of its own.
pub(crate) const AGENT_SIGNED_SECONDS: i64 = 86_400;

/// One rule: what it is called, where it comes from, the code of its refusal, and the check.
pub struct Rule {
    code: Code,
    name: &'static str,
    field: &'static str,
    source: &'static str,
    check: fn(&Rule, &Step<'_, '_>) -> Result<(), Denial>,
}

impl Rule {
    const fn new(
        code: Code,
        name: &'static str,
        field: &'static str,
        source: &'static str,
        check: fn(&Self, &Step<'_, '_>) -> Result<(), Denial>,
    ) -> Self {
        Self { code, name, field, source, check }
    }

    /// The code of its refusal.
    pub const fn code(&self) -> Code {
        self.code
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

    #[cold]
    fn refusal(&self) -> Denial {
        Denial::new(self.code, self.name).field(self.field)
    }

    /// Ok where `holds`.
    fn require(&self, holds: bool) -> Result<(), Denial> {
        if holds { Ok(()) } else { Err(self.refusal()) }
    }
}

/// What kind of certificate it is (profile §1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Agent,
    Authority,
}

impl Kind {
    /// `cA=FALSE`, or EKU `kp-agent` and a URI SAN other than a bare trust domain: an agent certificate.
    pub(super) fn of(certificate: &Certificate<'_>) -> Self {
        let named = || certificate.uri_names().any(|uri| !identity::is_bare_trust_domain(uri));
        if !is_ca(certificate) || certificate.has_extended_key_usage(oid::KP_AGENT) && named() {
            Self::Agent
        } else {
            Self::Authority
        }
    }
}

/// A certificate at its place: what is above it was judged already.
pub(super) struct Step<'s, 'c> {
    certificate: &'s Certificate<'c>,
    kind: Kind,
    /// An agent's one id, if it has one.
    id: Option<&'c str>,
    /// Whether the path ends here, and for which kind it was asked.
    target: Option<Kind>,
    /// The issuer; none at an anchor.
    above: Option<&'s Above>,
    parent: Parent<'s>,
    /// None where an anchor is judged as configuration.
    now: Option<UnixTime>,
    bounds: &'s Bounds,
    /// What may be compared with name constraints; none at an anchor, whose names nobody constrains.
    comparisons: Option<&'s Comparisons>,
    signature: OnceCell<Result<(), Denial>>,
    names: OnceCell<Result<(), Denial>>,
    key: OnceCell<Result<PublicKey, Denial>>,
    scope: OnceCell<Result<Option<Arc<Scope>>, Denial>>,
}

/// What a step that passed every rule yields.
pub(super) struct Passed {
    pub(super) key: PublicKey,
    pub(super) scope: Option<Arc<Scope>>,
}

impl<'s, 'c> Step<'s, 'c> {
    /// An anchor, judged on its own.
    pub(super) fn anchor(certificate: &'s Certificate<'c>, bounds: &'s Bounds) -> Self {
        Self::new(certificate, None, None, Parent::None, None, bounds, None)
    }

    /// A certificate below `above`.
    pub(super) fn below(
        certificate: &'s Certificate<'c>,
        target: Option<Kind>,
        above: &'s Above,
        parent: Parent<'s>,
        now: UnixTime,
        bounds: &'s Bounds,
        comparisons: &'s Comparisons,
    ) -> Self {
        Self::new(certificate, target, Some(above), parent, Some(now), bounds, Some(comparisons))
    }

    fn new(
        certificate: &'s Certificate<'c>,
        target: Option<Kind>,
        above: Option<&'s Above>,
        parent: Parent<'s>,
        now: Option<UnixTime>,
        bounds: &'s Bounds,
        comparisons: Option<&'s Comparisons>,
    ) -> Self {
        let kind = Kind::of(certificate);
        let mut names = certificate.uri_names();
        let id = names.next().filter(|_| kind == Kind::Agent && names.next().is_none());
        let (signature, names, key, scope) = Default::default();
        Self { certificate, kind, id, target, above, parent, now, bounds, comparisons, signature, names, key, scope }
    }

    /// Applies every rule, in the order of their codes.
    ///
    /// # Errors
    /// The denial of the first rule that fails.
    pub(super) fn judge(self) -> Result<Passed, Denial> {
        for rule in RULES {
            (rule.check)(rule, &self)?;
        }
        // INVARIANT: the rules `scope-content` and `public-key` asked for both and found them good.
        let (Some(Ok(scope)), Some(Ok(key))) = (self.scope.into_inner(), self.key.into_inner()) else {
            return Err(Denial::new(E102, "rule-missing"));
        };
        Ok(Passed { key, scope })
    }

    fn is_agent(&self) -> bool {
        self.kind == Kind::Agent
    }

    fn is_signed_by_agent(&self) -> bool {
        self.above.is_some_and(Above::is_agent)
    }

    fn signature(&self) -> &Result<(), Denial> {
        self.signature.get_or_init(|| match self.above {
            Some(above) => above.link.public_key.verify_x509(
                self.certificate.signature_algorithm(),
                self.certificate.tbs(),
                self.certificate.signature(),
            ),
            // Nobody signs an anchor: it is trusted because it is configured.
            None => Ok(()),
        })
    }

    /// Whether its names are those that the certificates above allow, once the signature is known to be good.
    fn names(&self) -> &Result<(), Denial> {
        self.names.get_or_init(|| match self.above.zip(self.comparisons) {
            Some((above, comparisons)) if self.signature().is_ok() && !self.is_exempt_from_name_constraints() => {
                above.name_constraints.check(self.certificate, comparisons)
            }
            _ => Ok(()),
        })
    }

    /// RFC 5280 §6.1.3(b): a self-issued certificate that is not the last. An agent's names always count.
    fn is_exempt_from_name_constraints(&self) -> bool {
        self.target.is_none() && !self.is_agent() && self.certificate.is_self_issued()
    }

    /// The refusal in `judged` if it is one by `rule`.
    fn refused_as(&self, rule: &Rule, judged: &Result<(), Denial>) -> Result<(), Denial> {
        match judged {
            Err(denial) if denial.details().rule == rule.name => Err(denial.clone()),
            _ => Ok(()),
        }
    }

    fn key(&self) -> &Result<PublicKey, Denial> {
        self.key.get_or_init(|| self.certificate.public_key())
    }

    /// The scope, decoded once the signature is known to be good; none before.
    fn scope(&self) -> &Result<Option<Arc<Scope>>, Denial> {
        self.scope.get_or_init(|| {
            if self.signature().is_err() {
                return Ok(None);
            }
            let Some(extension) = self.certificate.scope() else {
                return Ok(None);
            };
            Scope::decode(extension.value, self.bounds).map(|scope| Some(Arc::new(scope)))
        })
    }

    fn decoded_scope(&self) -> Option<&Arc<Scope>> {
        self.scope().as_ref().ok()?.as_ref()
    }

    /// The prefixes of its namespace, once the signature is known to be good; none before.
    fn namespace(&self) -> impl Iterator<Item = &'c str> {
        self.certificate.namespace().filter(|_| self.signature().is_ok()).into_iter().flatten()
    }
}

use Code::{
    AlgorithmNotAllowed as E307, CertificateExpired as E103, CertificateMalformed as E101,
    CertificateNotYetValid as E104, CertificateUsageInvalid as E105, ChainUntrusted as E102, IdentityInvalid as E109,
    ScopeMalformed as E107, ScopeWidened as E106,
};

/// Every rule for one certificate at its place, in the order of application.
pub const RULES: &[Rule] = &[
    Rule::new(E101, "subject-empty", "subject", "RFC 5280 §4.1.2.6", subject_empty),
    Rule::new(E101, "not-critical", "extensions", "RFC 5280 §4.2.1.9, §4.2.1.11", not_critical),
    Rule::new(E102, "issuer-name", "issuer", "RFC 5280 §6.1.3(a)(4)", issuer_name),
    Rule::new(E102, "key-identifier", "authorityKeyIdentifier", "RFC 5280 §4.2.1.1", key_identifier),
    Rule::new(E102, "signature", "signatureValue", "RFC 5280 §6.1.3(a)(1)", signature),
    Rule::new(E102, constraints::RULE, "nameConstraints", "RFC 5280 §4.2.1.10, §6.1.3(b), (c)", name_constraints),
    Rule::new(E102, constraints::BUDGET_RULE, "nameConstraints", "profile §1, bounds", name_constraints_budget),
    Rule::new(E102, "authority-below-agent", "basicConstraints", "profile §1, kinds", authority_below_agent),
    Rule::new(E102, "path-length", "basicConstraints.pathLenConstraint", "RFC 5280 §4.2.1.9, §6.1.4(l)", path_length),
    Rule::new(E102, "not-after-nested", "validity.notAfter", "profile §1, validity", not_after_nested),
    Rule::new(E102, "parent-missing", "parent", "profile §1, delegation", parent_missing),
    Rule::new(E102, "parent", "parent", "profile §1, delegation", parent),
    Rule::new(E102, "parents-missing", "kkn-parents", "profile §1, delegation", parents_missing),
    Rule::new(E102, "parents-superfluous", "kkn-parents", "profile §1, delegation", parents_superfluous),
    Rule::new(E102, "parent-issuer", "kkn-parents", "profile §1, delegation", parent_issuer),
    Rule::new(E103, "not-after", "validity.notAfter", "RFC 5280 §6.1.3(a)(2)", not_after),
    Rule::new(E104, "not-before", "validity.notBefore", "RFC 5280 §6.1.3(a)(2)", not_before),
    Rule::new(E105, "leaf-kind", "certificate", "profile §1, kinds", leaf_kind),
    Rule::new(E105, "anchor-kind", "certificate", "profile §1, anchors", anchor_kind),
    Rule::new(E105, "certificate-authority", "basicConstraints.cA", "RFC 5280 §6.1.4(k)", certificate_authority),
    Rule::new(E105, "key-usage-missing", "keyUsage", "profile §1, kinds", key_usage_missing),
    Rule::new(E105, "digital-signature", "keyUsage", "profile §1, kinds", digital_signature),
    Rule::new(E105, "certificate-sign", "keyUsage", "RFC 5280 §4.2.1.3, §6.1.4(n)", certificate_sign),
    Rule::new(E105, "agent-usage", "extKeyUsage", "profile §1, kinds", agent_usage),
    Rule::new(E105, "agent-other-usage", "extKeyUsage", "profile §1, kinds", agent_other_usage),
    Rule::new(E105, "authority-usage", "extKeyUsage", "profile §1, kinds", authority_usage),
    Rule::new(E105, "critical-extension", "extensions", "RFC 5280 §6.1.4(o), §6.1.5(f)", critical_extension),
    Rule::new(E105, "criticality", "extensions", "profile §1, extensions", criticality),
    Rule::new(E105, "scope-missing", "scope", "profile §1, extensions", scope_missing),
    Rule::new(E105, "scope-criticality", "scope", "profile §1, extensions", scope_criticality),
    Rule::new(E105, "namespace-missing", "namespace", "profile §1, extensions", namespace_missing),
    Rule::new(E105, "namespace-misplaced", "namespace", "profile §1, extensions", namespace_misplaced),
    Rule::new(E105, "parent-misplaced", "parent", "profile §1, extensions", parent_misplaced),
    Rule::new(E105, "model-hash-misplaced", "modelHash", "profile §1, extensions", model_hash_misplaced),
    Rule::new(E105, "development-misplaced", "development", "profile §1, extensions", development_misplaced),
    Rule::new(
        E105,
        "delegate-path-length",
        "basicConstraints.pathLenConstraint",
        "profile §1, delegation",
        delegate_path_length,
    ),
    Rule::new(E105, "delegate-crl-sign", "keyUsage", "profile §1, delegation", delegate_crl_sign),
    Rule::new(E105, "delegate-usage", "extKeyUsage", "profile §1, delegation", delegate_usage),
    Rule::new(E105, "delegate-subject", "subject", "profile §1, delegation", delegate_subject),
    Rule::new(E105, "agent-signed-lifetime", "validity", "profile §1, delegation", agent_signed_lifetime),
    Rule::new(E105, "agent-signed-status-source", "extensions", "profile §1, delegation", agent_signed_status_source),
    Rule::new(E106, "max-depth", "scope.maxDepth", "profile §2, maxDepth", max_depth),
    Rule::new(E106, "scope-contained", "scope", "profile §2, contained", scope_contained),
    Rule::new(E107, "scope-content", "scope", "profile §2", scope_content),
    Rule::new(E109, "agent-id", "subjectAltName", "profile §1, id", agent_id),
    Rule::new(E109, "agent-id-form", "subjectAltName", "profile §1, id", agent_id_form),
    Rule::new(E109, "delegated-id", "subjectAltName", "profile §1, delegation", delegated_id),
    Rule::new(E109, "authority-uri", "subjectAltName", "profile §1, kinds", authority_uri),
    Rule::new(E109, "namespace-form", "namespace", "profile §1, extensions", namespace_form),
    Rule::new(E109, "namespace-widened", "namespace", "profile §1, extensions", namespace_widened),
    Rule::new(E109, "namespace-id", "subjectAltName", "profile §1, extensions", namespace_id),
    Rule::new(E307, "signature-algorithm", "signatureAlgorithm", "profile §1", signature_algorithm),
    Rule::new(E307, "public-key", "subjectPublicKeyInfo", "profile §1", public_key),
];

fn is_ca(certificate: &Certificate<'_>) -> bool {
    certificate.basic_constraints().is_some_and(|constraints| constraints.ca)
}

fn subject_empty(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.is_agent() || !has_empty_subject(step.certificate))
}

fn not_critical(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    match step.certificate.not_critical() {
        Some(name) => Err(rule.refusal().field(name)),
        None => Ok(()),
    }
}

fn has_empty_subject(certificate: &Certificate<'_>) -> bool {
    // An empty SEQUENCE is two octets.
    certificate.subject().len() <= 2
}

fn issuer_name(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.above.is_none_or(|above| *above.link.subject == *step.certificate.issuer()))
}

fn key_identifier(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let own = step.above.and_then(|above| above.subject_key_id.as_deref());
    match (step.certificate.authority_key_id(), own) {
        (Some(hint), Some(own)) => rule.require(hint == own),
        _ => Ok(()),
    }
}

fn signature(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    match step.signature() {
        // Not on the list: a higher code, which waits for its turn. Nothing is read as signed meanwhile.
        Err(denial) if denial.code() != E307 => Err(rule.refusal()),
        _ => Ok(()),
    }
}

fn name_constraints(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    step.refused_as(rule, step.names())
}

fn name_constraints_budget(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    step.refused_as(rule, step.names())
}

fn authority_below_agent(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.is_agent() || !step.is_signed_by_agent())
}

fn path_length(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let exhausted = step.above.is_some_and(|above| above.path_length == Some(0));
    let counted = step.target.is_none() && counts(step.certificate, step.is_signed_by_agent());
    rule.require(!(exhausted && counted))
}

/// Whether pathLen above counts a certificate that is not the last: self-issued ones only below agents.
pub(super) fn counts(certificate: &Certificate<'_>, signed_by_agent: bool) -> bool {
    signed_by_agent || !certificate.is_self_issued()
}

fn not_after_nested(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let own = step.certificate.not_after();
    let issuer = step.above.map(|above| above.link.not_after);
    let parent = step.parent.path().map(|path| path.leaf().link.not_after);
    match [issuer, parent].into_iter().flatten().find(|bound| own > *bound) {
        Some(bound) => Err(rule.refusal().times(own.seconds(), bound.seconds())),
        None => Ok(()),
    }
}

fn parent_missing(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_signed_by_agent() || !step.is_agent() || step.certificate.parent().is_some())
}

fn parent(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let Some(named) = step.certificate.parent().filter(|_| step.is_agent()) else {
        return Ok(());
    };
    let signer = step.above.filter(|above| above.is_agent()).map(|above| above.link.fingerprint);
    let given = step.parent.path().map(|path| path.leaf().link.fingerprint);
    rule.require([signer, given].into_iter().flatten().all(|fingerprint| fingerprint == *named))
}

fn parents_missing(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!matches!(step.parent, Parent::Missing))
}

fn parents_superfluous(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!matches!(step.parent, Parent::Superfluous))
}

fn parent_issuer(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    match (step.parent.path().map(JudgedPath::topmost_issuer), step.above) {
        (Some(Some(issuer)), Some(above)) => {
            rule.require(issuer.subject == above.link.subject && issuer.key_hash() == above.link.key_hash())
        }
        (Some(None), _) => Err(rule.refusal()),
        _ => Ok(()),
    }
}

fn not_after(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let not_after = step.certificate.not_after().seconds();
    match step.now {
        Some(now) if now.seconds() > not_after => Err(rule.refusal().times(now.seconds(), not_after)),
        _ => Ok(()),
    }
}

fn not_before(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let not_before = step.certificate.not_before().seconds();
    match step.now {
        Some(now) if now.seconds() < not_before => Err(rule.refusal().times(now.seconds(), not_before)),
        _ => Ok(()),
    }
}

fn leaf_kind(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.target.is_none_or(|wanted| wanted == step.kind))
}

fn anchor_kind(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.above.is_some() || !step.is_agent())
}

fn certificate_authority(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.target.is_some() || is_ca(step.certificate))
}

fn key_usage_missing(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.certificate.key_usage().is_some())
}

fn digital_signature(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let signs = step.certificate.key_usage().is_some_and(|usage| usage.digital_signature());
    rule.require(!step.is_agent() || signs)
}

fn certificate_sign(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let signs = step.certificate.key_usage().is_some_and(|usage| usage.key_cert_sign());
    rule.require(signs == is_ca(step.certificate))
}

fn agent_usage(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_agent() || step.certificate.has_extended_key_usage(oid::KP_AGENT))
}

fn agent_other_usage(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let mut usages = step.certificate.extended_key_usages().into_iter().flat_map(|usages| usages.iter());
    match usages.find(|id| ![oid::KP_AGENT, oid::KP_CLIENT_AUTH, oid::KP_SERVER_AUTH].contains(id)) {
        Some(other) if step.is_agent() => Err(rule.refusal().requested(oid::dotted(other))),
        _ => Ok(()),
    }
}

fn authority_usage(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let lists = step.certificate.extended_key_usages().is_none_or(|usages| usages.contains(oid::KP_AGENT));
    rule.require(step.is_agent() || lists)
}

fn critical_extension(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    match step.certificate.unprocessed_critical(Profile::Agent) {
        Some(id) => Err(rule.refusal().requested(oid::dotted(id))),
        None => Ok(()),
    }
}

fn criticality(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    match step.certificate.wrong_criticality() {
        Some(name) => Err(rule.refusal().requested(name)),
        None => Ok(()),
    }
}

fn scope_missing(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_agent() || step.certificate.scope().is_some())
}

fn scope_criticality(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let critical = step.certificate.scope().is_none_or(|scope| scope.critical);
    rule.require(critical || !is_ca(step.certificate))
}

fn namespace_missing(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let required = !step.is_agent() && step.above.is_some();
    rule.require(!required || step.certificate.namespace().is_some())
}

fn namespace_misplaced(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_agent() || step.certificate.namespace().is_none())
}

fn parent_misplaced(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.is_agent() || step.certificate.parent().is_none())
}

fn model_hash_misplaced(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(step.is_agent() || step.certificate.model_hash().is_none())
}

fn development_misplaced(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_agent() || !step.certificate.is_development())
}

fn is_delegate(step: &Step<'_, '_>) -> bool {
    step.is_agent() && is_ca(step.certificate)
}

fn delegate_path_length(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let bounded = step.certificate.basic_constraints().is_some_and(|constraints| constraints.path_len.is_some());
    rule.require(!is_delegate(step) || bounded)
}

fn delegate_crl_sign(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let signs = step.certificate.key_usage().is_some_and(|usage| usage.crl_sign());
    rule.require(!is_delegate(step) || !signs)
}

fn delegate_usage(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let only = step.certificate.extended_key_usages().is_some_and(|usages| usages.iter().all(|id| id == oid::KP_AGENT));
    rule.require(!is_delegate(step) || only)
}

fn delegate_subject(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!is_delegate(step) || !has_empty_subject(step.certificate))
}

fn agent_signed_lifetime(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let lifetime = step.certificate.not_after().seconds() - step.certificate.not_before().seconds();
    if step.is_signed_by_agent() && lifetime > AGENT_SIGNED_SECONDS {
        return Err(rule.refusal().requested(format!("{lifetime} s")).expected(format!("{AGENT_SIGNED_SECONDS} s")));
    }
    Ok(())
}

fn agent_signed_status_source(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_signed_by_agent() || !step.certificate.names_status_source())
}

/// How many agent certificates may stand below a certificate with this scope: none below an agent that does not say.
pub(super) fn depth_below(kind: Kind, scope: Option<&Scope>) -> Option<u8> {
    match (kind, scope.and_then(Scope::max_depth)) {
        (_, Some(depth)) => Some(depth),
        (Kind::Agent, None) => Some(0),
        (Kind::Authority, None) => None,
    }
}

fn max_depth(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let (Ok(()), Ok(scope)) = (step.signature(), step.scope()) else { return Ok(()) };
    let asked = depth_below(step.kind, scope.as_deref());
    // An agent counts itself; a CA does not.
    let own = u8::from(step.is_agent());
    let bounds =
        [step.above.and_then(|above| above.max_depth), step.parent.path().and_then(|path| path.leaf().max_depth)];
    match (asked, bounds.into_iter().flatten().min()) {
        (Some(asked), Some(bound)) if u16::from(asked) + u16::from(own) > u16::from(bound) => {
            let most =
                bound.checked_sub(own).map_or_else(|| "no agent here".to_owned(), |most| format!("at most {most}"));
            Err(rule.refusal().requested(asked.to_string()).expected(most))
        }
        _ => Ok(()),
    }
}

fn scope_contained(_: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let Some(scope) = step.decoded_scope() else { return Ok(()) };
    let by_signature = step.above.and_then(|above| above.scope.as_deref());
    let by_parent = step.parent.path().and_then(|path| path.leaf().scope.as_deref());
    [by_signature, by_parent].into_iter().flatten().try_for_each(|above| above.contains(scope))
}

fn scope_content(_: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    step.scope().as_ref().map(|_| ()).map_err(Clone::clone)
}

fn agent_id(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_agent() || step.id.is_some())
}

fn agent_id_form(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    match step.id.map(|id| (id, identity::check(id))) {
        Some((id, Err(form))) => Err(rule.refusal().field(form).requested(id.to_owned())),
        _ => Ok(()),
    }
}

fn delegated_id(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let Some(id) = step.id else { return Ok(()) };
    let signer = step.above.filter(|above| above.is_agent());
    let parent = signer.or_else(|| step.parent.path().map(|path| path.leaf())).and_then(|parent| parent.link.id());
    let required = signer.is_some() || identity::is_delegated(id);
    if required && !parent.is_some_and(|parent| identity::is_child(id, parent)) {
        return Err(rule.refusal().requested(id.to_owned()));
    }
    Ok(())
}

fn authority_uri(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let mut names = step.certificate.uri_names();
    let fine = match (names.next(), names.next()) {
        (None, _) => true,
        (Some(uri), None) => identity::is_bare_trust_domain(uri),
        (Some(_), Some(_)) => false,
    };
    rule.require(step.is_agent() || fine)
}

fn namespace_form(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let mut prefixes = step.namespace();
    match prefixes.find_map(|prefix| identity::check_prefix(prefix).err().map(|form| (prefix, form))) {
        Some((prefix, form)) => Err(rule.refusal().field(form).requested(prefix.to_owned())),
        None => Ok(()),
    }
}

fn namespace_widened(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let Some(above) = step.above.and_then(Above::namespace) else { return Ok(()) };
    let mut prefixes = step.namespace();
    match prefixes.find(|prefix| !identity::holds(above.clone(), prefix)) {
        Some(prefix) => Err(rule.refusal().requested(prefix.to_owned()).expected(any_of(above))),
        None => Ok(()),
    }
}

fn namespace_id(rule: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    let Some(above) = step.above.and_then(Above::namespace) else { return Ok(()) };
    match step.id {
        Some(id) if step.signature().is_ok() && !identity::holds(above.clone(), id) => {
            Err(rule.refusal().requested(id.to_owned()).expected(any_of(above)))
        }
        _ => Ok(()),
    }
}

#[cold]
fn any_of(prefixes: Namespace<'_>) -> String {
    prefixes.collect::<Vec<_>>().join(" or ")
}

fn signature_algorithm(_: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    step.signature().clone()
}

fn public_key(_: &Rule, step: &Step<'_, '_>) -> Result<(), Denial> {
    step.key().as_ref().map(|_| ()).map_err(Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_codes_and_have_one_name_each() {
        assert!(RULES.is_sorted_by_key(|rule| rule.code));
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
