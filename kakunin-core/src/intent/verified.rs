use std::sync::Arc;

use crate::approval::Offered;
use crate::crypto::Digest;
use crate::encoding::jcs;
use crate::encoding::json::{Json, Object};
use crate::error::{Code, Denial};
use crate::jws::SigningInput;
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::scope::{ParamPath, Step};
use crate::time::UnixTime;
use crate::value::Arguments;

/// An intent that its agent signed, for this audience, at this time. It says what is wanted, not that it is allowed.
#[derive(Debug)]
pub struct VerifiedIntent {
    pub(super) agent: Arc<VerifiedAgent>,
    pub(super) revocation: RevocationView,
    pub(super) input: SigningInput,
    pub(super) audience: String,
    pub(super) action: String,
    pub(super) arguments: Arguments,
    pub(super) session: Option<String>,
    pub(super) chain: Option<String>,
    pub(super) approvals: Offered,
    pub(super) jti: String,
    pub(super) issued_at: UnixTime,
    pub(super) expires_at: UnixTime,
    pub(super) remember_until: UnixTime,
}

impl VerifiedIntent {
    /// The agent that signed it.
    pub const fn agent(&self) -> &Arc<VerifiedAgent> {
        &self.agent
    }

    /// The view of revocations that it was verified by.
    pub const fn revocation(&self) -> &RevocationView {
        &self.revocation
    }

    /// The intent's name: SHA-256 of what was signed.
    pub fn name(&self) -> &Digest {
        self.input.name()
    }

    /// For whom it is.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The action.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The parameters.
    pub const fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// The session.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The id of the chain of decisions.
    pub fn chain_id(&self) -> Option<&str> {
        self.chain.as_deref()
    }

    /// The approvals that came with it.
    pub const fn approvals(&self) -> &Offered {
        &self.approvals
    }

    /// What makes it one of a kind.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When it was signed.
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Until when it may be used, but for skew.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// Until when its nonce must be remembered.
    pub const fn remember_until(&self) -> UnixTime {
        self.remember_until
    }

    /// Compares the request that came along with what was signed. Where none came there is nothing to compare.
    ///
    /// # Errors
    /// E308 `action`, or `params` with the first parameter that differs.
    pub fn matches(&self, action: Option<&str>, arguments: Option<&Arguments>) -> Result<(), Denial> {
        let mismatch = |rule| Denial::new(Code::IntentMismatch, rule).action(self.action.clone());
        if let Some(action) = action.filter(|action| *action != self.action) {
            return Err(mismatch("action").field("action").requested(action.to_owned()));
        }
        // Equal values have equal canonical texts, and the other way round.
        match arguments.filter(|arguments| **arguments != self.arguments) {
            None => Ok(()),
            Some(arguments) => Err(difference(mismatch("params"), arguments.object(), self.arguments.object())),
        }
    }
}

/// Adds the first member, in order of keys, that is not the same in both.
#[cold]
fn difference(denial: Denial, came: &Object, signed: &Object) -> Denial {
    let mut keys: Vec<&str> = came.iter().chain(signed.iter()).map(|(key, _)| key).collect();
    keys.sort_unstable();
    let Some(key) = keys.into_iter().find(|key| came.get(key) != signed.get(key)) else { return denial };
    let path = ParamPath::new(vec![Step::Key(key.to_owned())]).map_or_else(|_| key.to_owned(), |path| path.to_string());
    let text = |value: Option<&Json>| value.map_or_else(|| "absent".to_owned(), jcs::to_string);
    denial.parameter(path).requested(text(came.get(key)))
}
