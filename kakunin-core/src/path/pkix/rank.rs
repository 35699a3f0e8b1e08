use crate::error::{Code, Denial};

/// The most specific refusal so far.
pub(super) struct Best<'u> {
    best: Option<(u8, Denial)>,
    unreadable: Option<&'u (usize, Denial)>,
}

impl<'u> Best<'u> {
    pub(super) fn new(unreadable: Option<&'u (usize, Denial)>) -> Self {
        Self { best: None, unreadable }
    }

    /// Keeps `denial` if it says more than what is kept. Of two that say as much, the earlier stays: it is of the likelier
    /// issuer.
    pub(super) fn offer(&mut self, denial: Denial) {
        let rank = rank(&denial);
        if self.best.as_ref().is_none_or(|(best, _)| *best < rank) {
            self.best = Some((rank, denial));
        }
    }

    /// The most specific refusal; `anchor` where nobody in the pool has the issuer's name.
    pub(super) fn into_denial(self) -> Denial {
        if let Some((_, denial)) = self.best {
            return denial;
        }
        let denial = Denial::new(Code::ChainUntrusted, "anchor");
        match self.unreadable {
            Some((count, first)) => {
                let (code, rule) = (first.code(), first.details().rule);
                denial
                    .field("certificates")
                    .requested(format!("{count} certificates that cannot be read: {code} {rule}"))
            }
            None => denial,
        }
    }
}

/// How much a refusal says of why there is no path. The farther a path came, the more.
fn rank(denial: &Denial) -> u8 {
    match (denial.code(), denial.details().rule) {
        // Somebody else of that name, or the way back.
        (_, "key-identifier" | "loop") => 1,
        // The name is right, the key is another one's.
        (_, "signature") => 2,
        (Code::AlgorithmNotAllowed, _) => 3,
        // The certificate is not what it should be; its signature was not looked at yet.
        (Code::CertificateMalformed | Code::CertificateUsageInvalid, _) => 4,
        (Code::CertificateExpired | Code::CertificateNotYetValid, _) => 5,
        // The path as a whole.
        (Code::ChainUntrusted, _) => 6,
        (Code::RevocationStale, _) => 7,
        (Code::AgentRevoked, _) => 8,
        _ => 0,
    }
}
