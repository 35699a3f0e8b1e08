use crate::crypto::{Digest, PublicKey, Sha256};
use crate::error::Denial;
use crate::path::{VerifiedAgent, VerifiedApprover};
use crate::revocation::RevocationView;
use crate::time::UnixTime;

/// An approval of one call by a key or a certified person. Only [`SignedApproval::verify`](super::SignedApproval::verify)
/// makes one; whether that approver was asked is another question.
#[derive(Clone, Debug)]
pub struct VerifiedApproval {
    pub(super) name: Digest,
    pub(super) by: By,
    pub(super) jti: Box<str>,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) remember_until: UnixTime,
}

/// Who approved.
#[derive(Clone, Debug)]
pub(super) enum By {
    /// A bare key.
    Key(PublicKey),
    /// A person in a role, certified by the agent's CA.
    Certificate(Box<VerifiedApprover>),
}

impl By {
    pub(super) fn public_key(&self) -> &PublicKey {
        match self {
            Self::Key(key) => key,
            Self::Certificate(approver) => approver.public_key(),
        }
    }
}

impl VerifiedApproval {
    /// Its name: SHA-256 of what was signed.
    pub const fn name(&self) -> &Digest {
        &self.name
    }

    /// SHA-256 of the approver's SPKI.
    pub fn key_hash(&self) -> &Digest {
        self.by.public_key().spki_hash()
    }

    /// The certified person; none where a key approved.
    pub fn approver(&self) -> Option<&VerifiedApprover> {
        match &self.by {
            By::Key(_) => None,
            By::Certificate(approver) => Some(approver),
        }
    }

    /// When it was signed.
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Until when it may be used, but for skew.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Until when it must be remembered that it was used.
    pub const fn remember_until(&self) -> UnixTime {
        self.remember_until
    }

    /// What it is remembered by: SHA-256 over `approval`, the approver's key hash and `jti`, each behind its length.
    ///
    /// The key is in it, so that no approver can use up what another has signed.
    pub fn id(&self) -> Digest {
        let mut id = Sha256::new();
        id.update_framed(&[b"approval", self.key_hash(), self.jti.as_bytes()]);
        id.finish()
    }

    /// Whether the approver is still not revoked, by another view.
    ///
    /// # Errors
    /// As [`VerifiedAgent::check_approver`].
    pub fn check_revocation(&self, agent: &VerifiedAgent, view: &RevocationView, now: UnixTime) -> Result<(), Denial> {
        self.approver().map_or(Ok(()), |approver| agent.check_approver(approver, view, now))
    }
}
