//! Certificates of approvers, and approvals.

use super::write::{self, Draft};
use super::{Context, Issuer, Validity, misuse};
use crate::approval::{ApprovalCall, LIFETIME, SignedApproval, TYP};
use crate::certificate::Certificate;
use crate::crypto::{PublicKey, Signer, sha256};
use crate::encoding::json::{Json, Number, Object};
use crate::encoding::{base64, jcs, oid};
use crate::error::Denial;
use crate::intent::new_jti;
use crate::jws::{self, jwk};
use crate::path::{self, approver_uri};

/// What an approver's certificate shall say.
#[derive(Clone, Debug)]
pub struct ApproverProfile {
    /// The role in which the person approves: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub role: String,
    /// Who it is, the same on every certificate of this person: as many of the same.
    pub person: String,
    /// The name for people; the person if there is none.
    pub common_name: Option<String>,
    /// Its validity, within the CA's.
    pub validity: Validity,
}

/// The certificate of a person who may approve calls of the agents that `issuer`, a CA, certified itself.
///
/// # Errors
/// E504 `approver-role`, `approver-person` for names that are none; E213 by the rules of
/// [`VerifiedAgent::verify_approver`](path::VerifiedAgent::verify_approver), as where the CA may not certify approvers or the
/// validity is not within its own; E502 where no signature is made; and whatever [`path::validate_authority`] refuses in the
/// issuer's path.
pub fn approver(
    profile: &ApproverProfile,
    key: &PublicKey,
    issuer: &Issuer<'_>,
    context: &Context<'_>,
) -> Result<Vec<u8>, Denial> {
    let uri = approver_uri(&profile.role, &profile.person).map_err(|which| match which {
        "role" => misuse("approver-role", "role").requested(profile.role.clone()),
        _ => misuse("approver-person", "person").requested(profile.person.clone()),
    })?;
    let own = issuer.certificate(context)?;
    let anchors = issuer.anchors(context)?;
    let authority = path::validate_authority(issuer.chain, &anchors, context.now, context.bounds)?;
    let extensions = vec![
        write::key_usage(write::DIGITAL_SIGNATURE),
        write::extended_key_usage(&[oid::KP_APPROVER]),
        write::uri_name(&uri),
        write::subject_key_identifier(key),
        write::authority_key_identifier(own.subject_key_id(), issuer.signer.public_key()),
    ];
    let subject = write::name(profile.common_name.as_deref().unwrap_or(&profile.person))?;
    let draft = Draft { issuer: own.subject(), subject: &subject, validity: profile.validity, key, extensions };
    let product = draft.sign(issuer.signer, context)?;
    authority.verify_approver(&product, context.now, context.bounds)?;
    Ok(product)
}

/// How an approval shall be signed.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalProfile<'a> {
    /// Who approves, for people: 1 to 256 characters. With a certificate its URI is said instead.
    pub issuer: &'a str,
    /// The approver's certificate, where a scope asks for a role and not for the key.
    pub certificate: Option<&'a [u8]>,
    /// For how many seconds it holds, 24 hours at most.
    pub lifetime: u32,
}

/// The approval of `call`, once, from now on.
///
/// # Errors
/// E504 `issuer-key` where `signer` is not the certificate's, `approval-lifetime` for more than 24 hours or none; E101 for a
/// certificate that cannot be read; E502 where no signature is made; E213 where `call` has what no approval may say, by the
/// rules of [`SignedApproval::parse`].
pub fn approval(
    call: &ApprovalCall<'_>,
    profile: &ApprovalProfile<'_>,
    signer: &dyn Signer,
    context: &Context<'_>,
) -> Result<String, Denial> {
    let lifetime = i64::from(profile.lifetime);
    if !(1..=LIFETIME).contains(&lifetime) {
        return Err(misuse("approval-lifetime", "lifetime").requested(format!("{lifetime} s")));
    }
    let mut header = Object::new();
    header.insert("typ", TYP);
    let mut claims = Object::new();
    match profile.certificate {
        None => {
            header.insert("jwk", jwk::from_public_key(signer.public_key()));
            claims.insert("iss", profile.issuer);
        }
        Some(der) => {
            let certificate = Certificate::parse(der, context.bounds)?;
            if certificate.spki() != signer.public_key().spki() {
                return Err(misuse("issuer-key", "signer"));
            }
            header.insert("x5t#S256", base64::encode_url(&sha256(der)));
            header.insert("x5c", Json::Array(vec![Json::from(base64::encode(der))]));
            claims.insert("iss", certificate.uri_names().next().unwrap_or_default());
        }
    }
    for (member, text) in [("aud", call.audience), ("session", call.session)] {
        if let Some(text) = text {
            claims.insert(member, text);
        }
    }
    claims.insert("digest", base64::encode_url(&call.digest()));
    claims.insert("jti", new_jti(context.random)?);
    let issued_at = context.now.seconds();
    for (member, time) in [("iat", issued_at), ("exp", issued_at.saturating_add(lifetime))] {
        // A time beyond 2^53 seconds has no form: the claim stays out, and reading back refuses the token.
        if let Some(time) = Number::from_integer(time) {
            claims.insert(member, Json::Number(time));
        }
    }
    let mut text = String::new();
    jcs::write_object(&mut text, &claims);
    let token = jws::sign(&header, text.as_bytes(), signer)?;
    SignedApproval::parse(&token, context.bounds)?;
    Ok(token)
}
