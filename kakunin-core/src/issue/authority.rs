//! Certificates of CAs.

use super::write::{self, Draft};
use super::{Context, Issuer, Validity, misuse};
use crate::crypto::{PublicKey, Signer};
use crate::encoding::der::tag;
use crate::encoding::oid;
use crate::error::Denial;
use crate::path::{self, Link, TrustAnchors};
use crate::scope::Scope;

/// What a CA certificate shall say.
#[derive(Clone, Debug)]
pub struct AuthorityProfile {
    /// Its name, for people and for chaining: one name, one CA.
    pub common_name: String,
    /// Prefixes of the ids that it may certify, each ending in `/` or `:`; a tenant needs one at least.
    pub namespace: Vec<String>,
    /// What all agents below it may do at most.
    pub scope: Option<Scope>,
    /// How many CA and agent certificates may stand between it and a leaf; none: no bound of its own.
    pub path_length: Option<u8>,
    /// Its validity.
    pub validity: Validity,
    /// Whether it is made for trying, which production refuses.
    pub development: bool,
}

impl AuthorityProfile {
    /// A CA without scope, path length or mark.
    pub fn new(common_name: impl Into<String>, namespace: Vec<String>, validity: Validity) -> Self {
        let common_name = common_name.into();
        Self { common_name, namespace, scope: None, path_length: None, validity, development: false }
    }

    fn extensions(&self, key: &PublicKey) -> Vec<Vec<u8>> {
        let mut extensions = vec![
            write::authority_constraints(self.path_length),
            write::key_usage(write::KEY_CERT_SIGN | write::CRL_SIGN),
            write::subject_key_identifier(key),
        ];
        if !self.namespace.is_empty() {
            extensions.push(write::extension(oid::NAMESPACE, true, |value| {
                value.sequence(|prefixes| {
                    for prefix in &self.namespace {
                        prefixes.utf8(prefix);
                    }
                });
            }));
        }
        if let Some(scope) = &self.scope {
            extensions.push(write::extension(oid::SCOPE, true, |value| {
                value.raw(&scope.encode());
            }));
        }
        if self.development {
            extensions.push(write::extension(oid::DEVELOPMENT, false, |value| {
                value.primitive(tag::NULL, &[]);
            }));
        }
        extensions
    }
}

/// A root CA's certificate, signed by its own key.
///
/// # Errors
/// E504 for a profile that makes no trust anchor, E502 where no signature is made.
pub fn root(profile: &AuthorityProfile, signer: &dyn Signer, context: &Context<'_>) -> Result<Vec<u8>, Denial> {
    let subject = write::name(&profile.common_name)?;
    let key = signer.public_key();
    let extensions = profile.extensions(key);
    let draft = Draft { issuer: &subject, subject: &subject, validity: profile.validity, key, extensions };
    let product = draft.sign(signer, context)?;
    let anchors = TrustAnchors::new(vec![product.clone()], context.bounds)?;
    path::validate_authority(std::slice::from_ref(&product), &anchors, context.now, context.bounds)?;
    Ok(product)
}

/// The certificate of a CA below `issuer`, for a key that its owner was seen to hold.
///
/// # Errors
/// E106 for a scope that the scope above does not contain, before anything is signed; E504 for a profile that makes
/// no CA; E502 where no signature is made; and whatever [`path::validate_authority`] refuses in the issuer's path or
/// in the product.
pub fn tenant(
    profile: &AuthorityProfile,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    let own = issuer.certificate(context)?;
    let anchors = issuer.anchors(context)?;
    let above = path::validate_authority(issuer.chain, &anchors, context.now, context.bounds)?;
    if profile.namespace.is_empty() {
        return Err(misuse("namespace-empty", "namespace"));
    }
    if let Some(scope) = &profile.scope {
        check_contained(above.links().iter().map(AsRef::as_ref), scope)?;
    }
    let mut extensions = profile.extensions(key);
    extensions.push(write::authority_key_identifier(own.subject_key_id(), issuer.signer.public_key()));
    let subject = write::name(&profile.common_name)?;
    let draft = Draft { issuer: own.subject(), subject: &subject, validity: profile.validity, key, extensions };
    let product = draft.sign(issuer.signer, context)?;
    path::validate_authority(&issuer.chain_of(&product), &anchors, context.now, context.bounds)?;
    Ok(product)
}

/// Whether every scope of `above` contains `scope`.
pub(super) fn check_contained<'l>(above: impl Iterator<Item = &'l Link>, scope: &Scope) -> Result<(), Denial> {
    for link in above {
        if let Some(bound) = link.scope() {
            bound.contains(scope).map_err(|denial| denial.depth(link.depth() + 1))?;
        }
    }
    Ok(())
}
