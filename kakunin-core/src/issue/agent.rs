//! Certificates of agents, by CAs and by agents.

use super::authority::check_contained;
use super::write::{self, Draft};
use super::{Context, Issuer, Validity, misuse};
use crate::certificate::Certificate;
use crate::crypto::{Digest, PublicKey, Signer, sha256};
use crate::encoding::oid;
use crate::error::{Code, Denial};
use crate::path::{self, Link, VerifiedAgent, VerifiedDelegator, identity};
use crate::scope::Scope;
use crate::scope::intersection::Inexpressible;

/// What an agent's certificate shall say.
#[derive(Clone, Debug)]
pub struct AgentProfile {
    /// Its id, a URI.
    pub id: String,
    /// What it may do.
    pub scope: Scope,
    /// Whether a CA cuts the scope to what the scopes above allow, instead of refusing one that is wider. An agent that signs
    /// for a sub-agent cuts nothing.
    pub cap: bool,
    /// Its validity; of what an agent signs, a day at most.
    pub validity: Validity,
    /// Its name for people; the id's beginning if it has none.
    pub common_name: Option<String>,
    /// How many levels of sub-agents it may sign for, 1 to 8. The scope's maxDepth becomes this where it says none.
    pub delegate: Option<u8>,
    /// The model configuration that it is bound to.
    pub model_hash: Option<Digest>,
    /// Whether it is a TLS client certificate too: clientAuth stands beside, and the scope is not critical, because
    /// stock TLS refuses critical extensions that it does not know. Not for one that delegates.
    pub tls_client: bool,
}

impl AgentProfile {
    /// An agent that neither delegates nor is bound to a model.
    pub fn new(id: impl Into<String>, scope: Scope, validity: Validity) -> Self {
        let id = id.into();
        Self { id, scope, cap: false, validity, common_name: None, delegate: None, model_hash: None, tls_client: false }
    }

    fn subject(&self) -> Result<Vec<u8>, Denial> {
        match &self.common_name {
            Some(common_name) => write::name(common_name),
            None => write::name(&write::common_name_of(&self.id)),
        }
    }

    /// The scope cut to what each of `above` allows, if that is asked for.
    fn capped<'l>(&self, mut scope: Scope, above: impl Iterator<Item = &'l Link>) -> Result<Scope, Denial> {
        if !self.cap {
            return Ok(scope);
        }
        for link in above {
            let Some(bound) = link.scope() else { continue };
            if let (Some(asked), Some(depth)) = (scope.max_depth, bound.max_depth()) {
                // An agent counts itself.
                scope.max_depth = Some(asked.min(depth.saturating_sub(1)));
            }
            if bound.contains(&scope).is_err() {
                scope = scope.capped(bound).map_err(|refusal| inexpressible(&refusal).depth(link.depth() + 1))?;
            }
        }
        if scope.grants().is_empty() && !self.scope.grants().is_empty() {
            return Err(Denial::new(Code::ScopeWidened, "cap-empty").expected("something of it to be allowed above"));
        }
        Ok(scope)
    }

    /// The scope as it will stand in the certificate.
    fn final_scope(&self) -> Result<Scope, Denial> {
        let mut scope = self.scope.clone();
        let Some(levels) = self.delegate else {
            return Ok(scope);
        };
        if !(1..=8).contains(&levels) || self.tls_client {
            return Err(misuse("delegate", "delegate").requested(levels.to_string()));
        }
        match scope.max_depth {
            None => scope.max_depth = Some(levels),
            Some(depth) if depth < levels => {
                return Err(misuse("delegate-depth", "delegate")
                    .requested(levels.to_string())
                    .expected(format!("at most the scope's maxDepth, {depth}")));
            }
            Some(_) => {}
        }
        Ok(scope)
    }

    fn extensions(&self, scope: &Scope, key: &PublicKey) -> Vec<Vec<u8>> {
        let mut extensions = Vec::new();
        let mut usage = write::DIGITAL_SIGNATURE;
        if let Some(levels) = self.delegate {
            extensions.push(write::authority_constraints(Some(levels.saturating_sub(1))));
            usage |= write::KEY_CERT_SIGN;
        }
        extensions.push(write::key_usage(usage));
        let usages: &[oid::Oid] =
            if self.tls_client { &[oid::KP_AGENT, oid::KP_CLIENT_AUTH] } else { &[oid::KP_AGENT] };
        extensions.push(write::extended_key_usage(usages));
        extensions.push(write::uri_name(&self.id));
        extensions.push(write::subject_key_identifier(key));
        extensions.push(write::extension(oid::SCOPE, !self.tls_client, |value| {
            value.raw(&scope.encode());
        }));
        if let Some(hash) = &self.model_hash {
            extensions.push(write::digest(oid::MODEL_HASH, false, hash));
        }
        extensions
    }

    /// The signed certificate, with `parent` where there is one.
    fn sign(
        &self,
        scope: &Scope,
        key: &PublicKey,
        parent: Option<&Digest>,
        by: &Signing<'_>,
        context: &Context<'_>,
    ) -> Result<Vec<u8>, Denial> {
        identity::check(&self.id).map_err(|rule| refused_id(rule, &self.id))?;
        let mut extensions = self.extensions(scope, key);
        extensions.push(write::authority_key_identifier(by.key_identifier, by.signer.public_key()));
        if let Some(parent) = parent {
            extensions.push(write::digest(oid::PARENT, true, parent));
        }
        let subject = self.subject()?;
        let draft = Draft { issuer: by.subject, subject: &subject, validity: self.validity, key, extensions };
        draft.sign(by.signer, context)
    }
}

/// Who signs: what its own certificate says, and its key.
struct Signing<'a> {
    subject: &'a [u8],
    key_identifier: Option<&'a [u8]>,
    signer: &'a dyn Signer,
}

impl<'a> Signing<'a> {
    fn new(own: &Certificate<'a>, issuer: &Issuer<'a>) -> Self {
        Self { subject: own.subject(), key_identifier: own.subject_key_id(), signer: issuer.signer }
    }
}

/// The path of an agent whose sub-agent a CA certifies, and its own parents' paths.
#[derive(Clone, Copy)]
pub struct Parent<'a> {
    /// The parent's path, its own certificate first, the anchor's last.
    pub chain: &'a [Vec<u8>],
    /// Its parents' paths, nearest first.
    pub parents: &'a [Vec<Vec<u8>>],
}

/// An agent's certificate, by a CA.
///
/// # Errors
/// E106 for a scope that a scope above does not contain (`cap-inexpressible`, `cap-empty` where it is to be cut and no scope
/// says the rest, or nothing is left), and E109 for an id of no valid form, before anything is
/// signed; E504 for a profile that contradicts itself; E502 where no signature is made; and whatever
/// [`path::validate`] refuses in the issuer's path or in the product.
pub fn agent(
    profile: &AgentProfile,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    let own = issuer.certificate(context)?;
    let anchors = issuer.anchors(context)?;
    let above = path::validate_authority(issuer.chain, &anchors, context.now, context.bounds)?;
    let scope = profile.capped(profile.final_scope()?, above.links().iter().map(AsRef::as_ref))?;
    check_contained(above.links().iter().map(AsRef::as_ref), &scope)?;
    let product = profile.sign(&scope, key, None, &Signing::new(&own, issuer), context)?;
    path::validate(&issuer.chain_of(&product), &[], &anchors, context.now, context.bounds)?;
    Ok(product)
}

/// A sub-agent's certificate, by its parent: an agent that was issued to delegate.
///
/// Its id is the parent's, the mark of delegation and one label; it lives a day at most.
///
/// # Errors
/// As [`agent`].
pub fn sub_agent_by_parent(
    profile: &AgentProfile,
    key: &PublicKey,
    parent: &Issuer<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    parent.certificate(context)?;
    let anchors = parent.anchors(context)?;
    let above = VerifiedDelegator::new(parent.chain, parent.parents, &anchors, context.now, context.bounds)?;
    sub_agent_by_delegator(profile, key, &above, parent.signer, context).map(|(product, _)| product)
}

/// As [`sub_agent_by_parent`], by a parent whose path was validated before: the certificate, and the agent that it
/// makes, verified with its whole path.
///
/// # Errors
/// As [`agent`].
pub fn sub_agent_by_delegator(
    profile: &AgentProfile,
    key: &PublicKey,
    parent: &VerifiedDelegator,
    signer: &dyn Signer,
    context: &Context<'_>,
) -> Result<(Vec<u8>, VerifiedAgent), Denial> {
    if signer.public_key().spki() != parent.public_key().spki() {
        return Err(misuse("issuer-key", "signer"));
    }
    if !identity::is_child(&profile.id, parent.id()) {
        return Err(refused_id("delegated-id", &profile.id));
    }
    let scope = profile.final_scope()?;
    for link in parent.above() {
        if let Some(bound) = link.scope() {
            bound.contains(&scope).map_err(|denial| denial.depth(link.depth()))?;
        }
    }
    let own = parent.leaf();
    let by = Signing { subject: own.subject(), key_identifier: parent.subject_key_id(), signer };
    let product = profile.sign(&scope, key, Some(own.fingerprint()), &by, context)?;
    let agent = parent.extend(&product, context.now, context.bounds)?;
    Ok((product, agent))
}

/// A sub-agent's certificate, by the CA that issued the topmost certificate on its parent's path.
///
/// A verifier is given the parent's path too (`kkn-parents`): `parent.chain`, then `parent.parents`.
///
/// # Errors
/// As [`agent`]; the scopes of the parent's path contain the scope too.
pub fn sub_agent_by_authority(
    profile: &AgentProfile,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    parent: &Parent<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    let own = issuer.certificate(context)?;
    let anchors = issuer.anchors(context)?;
    let above = path::validate_authority(issuer.chain, &anchors, context.now, context.bounds)?;
    let agent_above = path::validate(parent.chain, parent.parents, &anchors, context.now, context.bounds)?;
    let scope = profile.capped(profile.final_scope()?, above.links().iter().map(AsRef::as_ref))?;
    let scope = profile.capped(scope, agent_above.above().iter().map(AsRef::as_ref))?;
    check_contained(above.links().iter().map(AsRef::as_ref), &scope)?;
    check_contained(agent_above.above().iter().map(AsRef::as_ref), &scope)?;
    let named = parent.chain.first().map(|parent| sha256(parent));
    let product = profile.sign(&scope, key, named.as_ref(), &Signing::new(&own, issuer), context)?;
    let mut parents = vec![parent.chain.to_vec()];
    parents.extend_from_slice(parent.parents);
    path::validate(&issuer.chain_of(&product), &parents, &anchors, context.now, context.bounds)?;
    Ok(product)
}

#[cold]
fn refused_id(rule: &'static str, id: &str) -> Denial {
    Denial::new(Code::IdentityInvalid, rule).field("subjectAltName").requested(id.to_owned())
}

#[cold]
fn inexpressible(refusal: &Inexpressible) -> Denial {
    let denial = Denial::new(Code::ScopeWidened, "cap-inexpressible").expected(refusal.detail.clone());
    let denial = denial.requested(refusal.kinds.join(", "));
    let denial = match &refusal.action {
        Some(action) => denial.action(action.clone()),
        None => denial,
    };
    match &refusal.parameter {
        Some(parameter) => denial.parameter(parameter.clone()),
        None => denial,
    }
}
