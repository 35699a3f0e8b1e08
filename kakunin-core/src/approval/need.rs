use super::{ApprovalCall, Offered, VerifiedApproval, fault};
use crate::crypto::Digest;
use crate::error::{Code, Denial};
use crate::path::VerifiedAgent;
use crate::revocation::RevocationView;
use crate::scope::{Asked, Who};
use crate::time::UnixTime;

/// Approvals that one grant of one scope on the path asks for.
#[derive(Clone, Copy, Debug)]
pub struct Need<'s> {
    /// The certificate whose scope asks, counted from the leaf.
    pub depth: usize,
    /// How many, and by whom.
    pub asked: Asked<'s>,
}

/// Needs that were met.
#[derive(Clone, Debug, Default)]
pub struct Met {
    /// The approvals that count for any of them: to be used up together with the call, or not at all.
    pub used: Vec<VerifiedApproval>,
}

/// Compares what is needed with what is offered. Approvals are tried in order until each need is met; what comes after is not
/// looked at.
///
/// Each need is met on its own, and one approval counts for every need that asks for its approver. Within a need approvals
/// count apart if their keys and their persons differ; a key that a scope names is a person of its own. One that repeats
/// either is passed over, although another choice might have found more: a key of two persons is nobody's.
///
/// # Errors
/// For the first need that is not met, with its depth: E213 with the rule of the first approval that is not good for this
/// call (see [`SignedApproval::verify`](super::SignedApproval::verify)), `approver-unknown` for one whose approver nobody
/// asked, `approver-repeated` for one that does not count apart, `approval-used` for one with the key and `jti` of another;
/// E212 `approval` where every approval is good and there are too few, or none.
pub fn meet(
    needs: &[Need<'_>],
    offered: Option<&Offered>,
    call: &ApprovalCall<'_>,
    agent: &VerifiedAgent,
    revocation: &RevocationView,
    now: UnixTime,
) -> Result<Met, Denial> {
    let mut tallies: Vec<Tally<'_, '_>> = needs.iter().map(Tally::new).collect();
    let mut used: Vec<VerifiedApproval> = Vec::new();
    let mut bad: Option<Denial> = None;
    // Only where there is something to compare with.
    let digest = offered.filter(|offered| !offered.is_empty()).map(|_| call.digest()).unwrap_or_default();
    let approvals =
        offered.into_iter().flat_map(|offered| offered.approvals().map(move |approval| (approval, offered)));
    for (approval, offered) in approvals {
        if tallies.iter().all(Tally::is_met) {
            break;
        }
        let judged = approval.map_err(Clone::clone).and_then(|approval| {
            // A key that nobody names need not be tried.
            if approval.key_hash().is_some_and(|key| !needs.iter().any(|need| need.names_key(key))) {
                return Err(fault("approver-unknown", "jwk"));
            }
            let verified = approval.verify(call, &digest, agent, revocation, now, offered.bounds())?;
            count(&mut tallies, &used, &verified).map(|counts| (counts, verified))
        });
        match judged {
            Ok((true, verified)) => used.push(verified),
            // It is good, and was not needed.
            Ok((false, _)) => {}
            Err(denial) => _ = bad.get_or_insert(denial),
        }
    }
    match tallies.iter().find(|tally| !tally.is_met()) {
        None => Ok(Met { used }),
        Some(unmet) => Err(unmet.denial(bad)),
    }
}

/// Whether the approval counts for any need; not, if all that ask for its approver are met.
fn count(
    tallies: &mut [Tally<'_, '_>],
    used: &[VerifiedApproval],
    approval: &VerifiedApproval,
) -> Result<bool, Denial> {
    let id = approval.id();
    if used.iter().any(|other| other.id() == id) {
        return Err(fault("approval-used", "jti"));
    }
    let (mut counts, mut surplus, mut repeated) = (false, false, false);
    for tally in tallies {
        if !tally.need.asks(approval) {
            continue;
        }
        if tally.is_met() {
            surplus = true;
        } else if tally.counted.iter().any(|counted| counted.is_of_the_same(approval)) {
            repeated = true;
        } else {
            tally.counted.push(Counted::new(approval));
            counts = true;
        }
    }
    match (counts || surplus, repeated) {
        (true, _) => Ok(counts),
        (false, true) => Err(fault("approver-repeated", "key")),
        (false, false) => Err(fault("approver-unknown", "key")),
    }
}

impl Need<'_> {
    fn names_key(&self, key: &Digest) -> bool {
        self.asked.eligible().any(|approver| matches!(approver.who(), Who::Key(named) if named == key))
    }

    /// Whether it asks for whoever approved: for a bare key by the key, for a certified person by the role.
    fn asks(&self, approval: &VerifiedApproval) -> bool {
        match approval.approver() {
            None => self.names_key(approval.key_hash()),
            Some(certified) => self
                .asked
                .eligible()
                .any(|approver| matches!(approver.who(), Who::Role(role) if *role == *certified.role())),
        }
    }
}

/// What has been counted for a need.
struct Tally<'n, 's> {
    need: &'n Need<'s>,
    counted: Vec<Counted>,
}

/// Whose approval counted.
struct Counted {
    key: Digest,
    /// The certified person; none of a bare key.
    person: Option<Box<str>>,
}

impl Counted {
    fn new(approval: &VerifiedApproval) -> Self {
        Self { key: *approval.key_hash(), person: approval.approver().map(|certified| certified.person().into()) }
    }

    /// Whether the key is the same, or the person: under whatever roles.
    fn is_of_the_same(&self, approval: &VerifiedApproval) -> bool {
        let person = approval.approver().map(|certified| certified.person());
        self.key == *approval.key_hash() || person.is_some() && self.person.as_deref() == person
    }
}

impl<'n, 's> Tally<'n, 's> {
    const fn new(need: &'n Need<'s>) -> Self {
        Self { need, counted: Vec::new() }
    }

    fn is_met(&self) -> bool {
        self.counted.len() >= usize::from(self.need.asked.approval.need())
    }

    #[cold]
    fn denial(&self, bad: Option<Denial>) -> Denial {
        let denial = bad.unwrap_or_else(|| {
            let (approval, given) = (self.need.asked.approval, self.counted.len());
            Denial::new(Code::ApprovalRequired, "approval").expected(format!("{approval}; {given} given"))
        });
        denial.depth(self.need.depth)
    }
}
