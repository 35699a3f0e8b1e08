//! The rules of profile `pkix` for one certificate at its place, as a table.
//!
//! Rows stand in the order of their codes, so the first that fails bears the lowest code.

use std::cell::OnceCell;

use super::build::Request;
use super::options::{Conformance, PATH_CERTIFICATES};
use super::policy::{PolicyFacts, PolicyState, Standing, ValidPolicies};
use super::pool::{Entry, Origin};
use super::signatures::SignatureVerified;
use super::state::State;
use crate::certificate::{Certificate, Profile};
use crate::crypto::{KeyKind, PublicKey};
use crate::encoding::oid;
use crate::error::{Code, Denial};

/// One rule: what it is called, where it comes from, the code of its refusal, and the check.
pub struct Rule {
    code: Code,
    name: &'static str,
    field: &'static str,
    source: &'static str,
    needs: Needs,
    check: fn(&Rule, &Step<'_, '_, '_>) -> Result<(), Denial>,
}

/// What must be known for a rule to be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// The certificate, and whether it is to issue others.
    Certificate,
    /// Its issuer as well.
    Issuer,
    /// The whole path down to it.
    Path,
}

impl Rule {
    const fn new(
        code: Code,
        name: &'static str,
        field: &'static str,
        source: &'static str,
        needs: Needs,
        check: fn(&Self, &Step<'_, '_, '_>) -> Result<(), Denial>,
    ) -> Self {
        Self { code, name, field, source, needs, check }
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
    pub(super) fn refusal(&self) -> Denial {
        Denial::new(self.code, self.name).field(self.field)
    }

    /// Ok where `holds`.
    fn require(&self, holds: bool) -> Result<(), Denial> {
        if holds { Ok(()) } else { Err(self.refusal()) }
    }
}

/// What a certificate is for on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The path begins with it.
    Anchor,
    /// It stands between the anchor and the leaf.
    Intermediate,
    /// The path is for it.
    Leaf,
    /// The path is for it, because it signs lists for a CA of another path.
    Signer,
}

impl Role {
    /// What `entry` is as an issuer.
    pub(super) fn of_issuer(entry: &Entry<'_>) -> Self {
        if entry.origin == Origin::Anchor { Self::Anchor } else { Self::Intermediate }
    }

    fn issues(self) -> bool {
        matches!(self, Self::Anchor | Self::Intermediate)
    }
}

/// A certificate at its place.
pub(super) struct Step<'a, 's, 'c> {
    entry: &'s Entry<'c>,
    role: Role,
    issuer: Option<&'s Entry<'c>>,
    above: Option<&'a State<'s, 'c>>,
    request: &'a Request<'s>,
    evidence: Evidence<'c>,
}

/// What rules leave behind when they hold. What is below the certificate is judged with nothing else.
#[derive(Default)]
struct Evidence<'c> {
    signature: OnceCell<SignatureVerified>,
    names: OnceCell<NamesPermitted>,
    policies: OnceCell<(PolicyFacts<'c>, PolicyState<'c>)>,
    valid_policies: OnceCell<ValidPolicies>,
}

/// That the certificate's names are within all name constraints above it.
pub(super) struct NamesPermitted(());

/// What a certificate must show before it may stand on a path.
pub(super) type Proof = (SignatureVerified, NamesPermitted);

/// A certificate that passed every rule at its place.
pub(super) struct Judged<'s, 'c> {
    pub(super) entry: &'s Entry<'c>,
    pub(super) proof: Proof,
    pub(super) policy_facts: PolicyFacts<'c>,
    pub(super) policies: PolicyState<'c>,
    /// Of the leaf.
    pub(super) valid_policies: Option<ValidPolicies>,
}

impl<'a, 's, 'c> Step<'a, 's, 'c> {
    /// The certificate alone.
    pub(super) fn alone(entry: &'s Entry<'c>, role: Role, request: &'a Request<'s>) -> Self {
        Self { entry, role, issuer: None, above: None, request, evidence: Evidence::default() }
    }

    /// The certificate below a possible issuer.
    pub(super) fn below(mut self, issuer: &'s Entry<'c>) -> Self {
        self.issuer = Some(issuer);
        self
    }

    /// The certificate below a path that was judged.
    pub(super) fn at(mut self, above: &'a State<'s, 'c>) -> Self {
        self.above = Some(above);
        self.below(above.entry())
    }

    /// Applies the rules that need `needs` and no more.
    pub(super) fn judge_by(&self, needs: Needs) -> Result<(), Denial> {
        // An anchor that is a name and a key has nothing else to be judged by.
        if !self.request.reads(self.entry) {
            return Ok(());
        }
        RULES.iter().filter(|rule| rule.needs == needs).try_for_each(|rule| (rule.check)(rule, self))
    }

    /// Applies every rule, in the order of their codes.
    ///
    /// # Errors
    /// The denial of the first rule that fails.
    pub(super) fn judge(self) -> Result<Judged<'s, 'c>, Denial> {
        RULES.iter().try_for_each(|rule| (rule.check)(rule, &self))?;
        let Evidence { signature, names, policies, valid_policies } = self.evidence;
        let left = (signature.into_inner(), names.into_inner(), policies.into_inner());
        // INVARIANT: each of the three is left behind by a rule that held.
        let (Some(signature), Some(names), Some((policy_facts, policies))) = left else {
            return Err(Denial::new(Code::ChainUntrusted, "rule-missing"));
        };
        Ok(Judged {
            entry: self.entry,
            proof: (signature, names),
            policy_facts,
            policies,
            valid_policies: valid_policies.into_inner(),
        })
    }

    fn certificate(&self) -> &'s Certificate<'c> {
        &self.entry.certificate
    }

    fn is_authority(&self) -> bool {
        self.certificate().basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    fn requires_conformance(&self) -> bool {
        self.request.options.conformance == Conformance::Require
    }

    /// Whether path lengths count it.
    fn counts(&self) -> bool {
        self.role == Role::Intermediate && !self.entry.is_self_issued()
    }

    fn standing(&self) -> Standing {
        Standing { last: !self.role.issues(), self_issued: self.entry.is_self_issued() }
    }
}

use Code::{
    AlgorithmNotAllowed as E307, CertificateExpired as E103, CertificateMalformed as E101,
    CertificateNotYetValid as E104, CertificateUsageInvalid as E105, ChainUntrusted as E102,
};
use Needs::{Certificate as Own, Issuer, Path};

/// Every rule for one certificate at its place, in the order of application.
pub const RULES: &[Rule] = &[
    Rule::new(E101, "subject-empty", "subject", "RFC 5280 §4.1.2.6", Own, subject_empty),
    Rule::new(E101, "not-critical", "extensions", "RFC 5280 §4.2.1.9, §4.2.1.11", Own, not_critical),
    Rule::new(E102, "issuer-name", "issuer", "RFC 5280 §6.1.3(a)(4), §7.1", Issuer, issuer_name),
    Rule::new(E102, "key-identifier", "authorityKeyIdentifier", "RFC 5280 §4.2.1.1", Issuer, key_identifier),
    Rule::new(E102, "loop", "subject", "RFC 5280 §6.1, RFC 4158 §2.4.2", Path, path_loop),
    Rule::new(E102, "path-certificates", "certificates", "our bound", Path, path_certificates),
    Rule::new(E102, "max-depth", "certificates", "option max_depth", Path, max_depth),
    Rule::new(E102, "path-length", "basicConstraints.pathLenConstraint", "RFC 5280 §6.1.4(l), (m)", Path, path_length),
    Rule::new(E102, "signature", "signatureValue", "RFC 5280 §6.1.3(a)(1)", Issuer, signature),
    Rule::new(E102, "name-constraints", "nameConstraints", "RFC 5280 §6.1.3(b), (c)", Path, name_constraints),
    Rule::new(E102, "explicit-policy", "certificatePolicies", "RFC 5280 §6.1.3(f)", Path, explicit_policy),
    Rule::new(E102, "valid-policy", "certificatePolicies", "RFC 5280 §6.1.5(g)", Path, valid_policy),
    Rule::new(E103, "not-after", "validity.notAfter", "RFC 5280 §6.1.3(a)(2)", Own, not_after),
    Rule::new(E104, "not-before", "validity.notBefore", "RFC 5280 §6.1.3(a)(2)", Own, not_before),
    Rule::new(E105, "certificate-authority", "basicConstraints.cA", "RFC 5280 §6.1.4(k)", Own, certificate_authority),
    Rule::new(E105, "certificate-sign", "keyUsage", "RFC 5280 §6.1.4(n)", Own, certificate_sign),
    Rule::new(E105, "certificate-sign-misplaced", "keyUsage", "RFC 5280 §4.2.1.9", Own, certificate_sign_misplaced),
    Rule::new(
        E105,
        "path-length-misplaced",
        "basicConstraints.pathLenConstraint",
        "RFC 5280 §4.2.1.9",
        Own,
        path_length_misplaced,
    ),
    Rule::new(E105, "subject-key-identifier", "subjectKeyIdentifier", "RFC 5280 §4.2.1.2", Own, subject_key_identifier),
    Rule::new(
        E105,
        "authority-key-identifier",
        "authorityKeyIdentifier",
        "RFC 5280 §4.2.1.1",
        Issuer,
        authority_key_identifier,
    ),
    Rule::new(
        E105,
        "anchor-key-identifier",
        "authorityKeyIdentifier",
        "CA/B BR §7.1.2.1.3",
        Own,
        anchor_key_identifier,
    ),
    Rule::new(E105, "purpose", "extKeyUsage", "RFC 5280 §4.2.1.12", Own, purpose),
    Rule::new(E105, "critical-extension", "extensions", "RFC 5280 §6.1.4(o), §6.1.5(f)", Own, critical_extension),
    Rule::new(E307, "signature-algorithm", "signatureAlgorithm", "RFC 5280 §4.1.1.2", Issuer, signature_algorithm),
    Rule::new(E307, "rsa-size", "subjectPublicKeyInfo", "CA/B BR §6.1.5", Own, rsa_size),
    Rule::new(E307, "public-key", "subjectPublicKeyInfo", "RFC 5280 §4.1.2.7", Own, public_key),
];

/// The rule with this name.
pub(super) fn row(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

fn subject_empty(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    rule.require(!step.is_authority() || !step.certificate().subject_name().is_empty())
}

fn not_critical(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    match step.certificate().not_critical() {
        Some(name) if step.requires_conformance() => Err(rule.refusal().field(name)),
        _ => Ok(()),
    }
}

fn issuer_name(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let named = step.certificate().issuer_name();
    rule.require(step.issuer.is_none_or(|issuer| issuer.certificate.subject_name().matches(named)))
}

fn key_identifier(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let own = step.issuer.filter(|issuer| step.request.reads(issuer));
    let own = own.and_then(|issuer| issuer.certificate.subject_key_id());
    match (step.certificate().authority_key_id(), own) {
        (Some(hint), Some(own)) if step.requires_conformance() => rule.require(hint == own),
        _ => Ok(()),
    }
}

fn path_loop(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    for entry in step.above.iter().flat_map(|above| above.path()) {
        rule.require(!entry.is_same_entity(step.entry, step.request.spending)?)?;
    }
    Ok(())
}

fn path_certificates(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    match step.above {
        Some(above) if above.path().len() >= PATH_CERTIFICATES => {
            Err(rule.refusal().expected(format!("at most {PATH_CERTIFICATES}")))
        }
        _ => Ok(()),
    }
}

fn max_depth(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    match step.above {
        Some(above) if step.counts() && above.depth_left() == 0 => {
            Err(rule.refusal().expected(format!("at most {} below the anchor", step.request.options.max_depth)))
        }
        _ => Ok(()),
    }
}

fn path_length(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let exhausted = step.above.is_some_and(|above| above.path_length() == Some(0));
    rule.require(!(exhausted && step.counts()))
}

fn signature(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let Some(issuer) = step.issuer else { return Ok(()) };
    match step.request.signatures.verify(step.entry, issuer, step.request.spending) {
        Ok(verified) => {
            step.evidence.signature.get_or_init(|| verified);
            Ok(())
        }
        // Not on the list: a higher code, which waits for its turn.
        Err(denial) if denial.code() == E307 => Ok(()),
        Err(denial) if denial.details().rule == "signature" => Err(rule.refusal()),
        Err(denial) => Err(denial),
    }
}

fn name_constraints(_: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    if let Some(above) = step.above {
        // RFC 5280 §6.1.3(b), (c): a CA that certifies itself is not below its own constraints.
        if !step.role.issues() || !step.entry.is_self_issued() {
            above.check_names(step.certificate(), step.request.spending)?;
        }
        step.evidence.names.get_or_init(|| NamesPermitted(()));
    }
    Ok(())
}

fn explicit_policy(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let Some(above) = step.above else { return Ok(()) };
    let facts = PolicyFacts::of(step.certificate());
    step.request.spending.steps(facts.size())?;
    let mut policies = above.policies().clone();
    let holds = policies.certificate(&facts, step.standing());
    step.evidence.policies.get_or_init(|| (facts, policies));
    rule.require(holds)
}

fn valid_policy(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let Some((facts, policies)) = step.evidence.policies.get().filter(|_| !step.role.issues()) else { return Ok(()) };
    match policies.clone().finish(facts, &step.request.options.policies) {
        Some(valid) => {
            step.evidence.valid_policies.get_or_init(|| valid);
            Ok(())
        }
        None => Err(rule.refusal()),
    }
}

fn not_after(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let (now, not_after) = (step.request.now.seconds(), step.certificate().not_after().seconds());
    if now > not_after { Err(rule.refusal().times(now, not_after)) } else { Ok(()) }
}

fn not_before(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let (now, not_before) = (step.request.now.seconds(), step.certificate().not_before().seconds());
    if now < not_before { Err(rule.refusal().times(now, not_before)) } else { Ok(()) }
}

fn certificate_authority(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    rule.require(!step.role.issues() || step.is_authority())
}

fn certificate_sign(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let signs = step.certificate().key_usage().is_none_or(|usage| usage.key_cert_sign());
    rule.require(!step.role.issues() || signs)
}

fn certificate_sign_misplaced(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let signs = step.certificate().key_usage().is_some_and(|usage| usage.key_cert_sign());
    rule.require(!signs || step.is_authority())
}

fn path_length_misplaced(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let bounded = step.certificate().basic_constraints().is_some_and(|constraints| constraints.path_len.is_some());
    let signs = step.certificate().key_usage().is_none_or(|usage| usage.key_cert_sign());
    rule.require(!bounded || signs)
}

fn subject_key_identifier(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let present = step.certificate().subject_key_id().is_some();
    rule.require(present || !step.is_authority() || !step.requires_conformance())
}

fn authority_key_identifier(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let present = step.certificate().authority_key_id().is_some();
    rule.require(present || step.issuer.is_none() || !step.requires_conformance())
}

fn anchor_key_identifier(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let Some(identifier) = step.certificate().authority_key_identifier() else { return Ok(()) };
    let names_itself = identifier.key_id == step.certificate().subject_key_id() && identifier.certificate().is_none();
    let own = step.role == Role::Anchor && step.entry.is_self_issued();
    rule.require(names_itself || !own || !step.requires_conformance())
}

fn purpose(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    let asked = step.request.options.purpose.as_ref().filter(|_| step.role != Role::Signer);
    let (Some(asked), Some(usages)) = (asked, step.certificate().extended_key_usages()) else { return Ok(()) };
    if usages.contains(asked) || usages.contains(oid::ANY_EXTENDED_KEY_USAGE) {
        return Ok(());
    }
    Err(rule.refusal().expected(oid::dotted(asked)))
}

fn critical_extension(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    match step.certificate().unprocessed_critical(Profile::Pkix) {
        Some(id) => Err(rule.refusal().requested(oid::dotted(id))),
        None => Ok(()),
    }
}

fn signature_algorithm(_: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    match step.issuer {
        Some(issuer) if step.evidence.signature.get().is_none() => {
            step.request.signatures.verify(step.entry, issuer, step.request.spending).map(|_| ())
        }
        _ => Ok(()),
    }
}

fn rsa_size(rule: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    match step.entry.key().map(PublicKey::kind) {
        Ok(KeyKind::Rsa { bits }) if !bits.is_multiple_of(8) => {
            Err(rule.refusal().requested(format!("{bits} bits")).expected("whole octets"))
        }
        _ => Ok(()),
    }
}

fn public_key(_: &Rule, step: &Step<'_, '_, '_>) -> Result<(), Denial> {
    step.entry.key().map(|_| ())
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
