use super::{ApprovalCall, SignedApproval, fault};
use crate::bounds::Bounds;
use crate::error::Denial;

/// The approvals that come with a call, each read once: those that cannot be read matter only if the others do not suffice.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    tokens: Vec<Token>,
    bounds: Bounds,
}

#[derive(Clone, Debug)]
struct Token {
    text: Box<str>,
    read: Result<SignedApproval, Denial>,
}

impl Offered {
    /// The approvals in compact form, in the order in which they are to be tried.
    ///
    /// # Errors
    /// E213 `approvals-count` where there are more than 16, `approvals-bytes` where they are longer than an intent together.
    pub fn parse<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>, bounds: &Bounds) -> Result<Self, Denial> {
        let mut read = Vec::new();
        let mut bytes = 0_usize;
        for token in tokens {
            let token = token.as_ref();
            if read.len() == bounds.approvals {
                let most = format!("at most {} approvals", bounds.approvals);
                return Err(fault("approvals-count", "approvals").expected(most));
            }
            bytes = bytes.saturating_add(token.len());
            if bytes > bounds.intent_bytes {
                let most = format!("at most {} bytes", bounds.intent_bytes);
                return Err(fault("approvals-bytes", "approvals").expected(most));
            }
            read.push(Token { text: token.into(), read: SignedApproval::parse(token, bounds) });
        }
        Ok(Self { tokens: read, bounds: bounds.clone() })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// All of them, as they came.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tokens.iter().map(|token| &*token.text)
    }

    /// Those that say that they are for `call`, as they came: what is worth passing on to whoever judges it next.
    pub fn tokens_for(&self, call: &ApprovalCall<'_>) -> Vec<&str> {
        if self.is_empty() {
            return Vec::new();
        }
        let digest = call.digest();
        let is_for = |token: &&Token| token.read.as_ref().is_ok_and(|approval| approval.is_for(call, &digest));
        self.tokens.iter().filter(is_for).map(|token| &*token.text).collect()
    }

    pub(super) fn approvals(&self) -> impl Iterator<Item = Result<&SignedApproval, &Denial>> {
        self.tokens.iter().map(|token| token.read.as_ref())
    }

    pub(super) const fn bounds(&self) -> &Bounds {
        &self.bounds
    }
}
