//! Searches a path: upward from the leaf, depth first, by what names and key identifiers suggest. Nothing is accepted by the
//! search: whatever it finds is judged from the anchor down, every rule anew.

use super::budget::Spending;
use super::options::{AnchorUse, Options, PATH_CERTIFICATES};
use super::policy::ValidPolicies;
use super::pool::{Entry, Origin, Pool};
use super::rank::Best;
use super::rules::{Needs, Role, Step, row};
use super::signatures::Signatures;
use super::state::State;
use super::status;
use super::verified::VerifiedPath;
use crate::bounds::Bounds;
use crate::certificate::Certificate;
use crate::error::{Code, Denial};
use crate::revocation::RevocationView;
use crate::time::UnixTime;

/// Builds and validates a path (RFC 5280 §6) from `leaf` to one of `anchors` through a pool of `intermediates` in any order.
///
/// Certificates of the pool that cannot be read or do not belong to the path have no effect, nor have such anchors. Names are
/// compared as RFC 5280 §7.1 says; no host name is looked at. With a snapshot as `revocation`, every certificate below the
/// anchor must be known not to be revoked.
///
/// # Errors
/// E101 to E105, E307, E401 and E405, with the rule and the depth of the certificate, counted from the leaf. Of several paths
/// that fail, the most specific refusal: one of revocation, then of a whole path, of a certificate's time, of its usage, of
/// its key or algorithm, of its signature, then that no path leads to an anchor (`anchor`). A leaf that is an anchor is
/// refused (`leaf-anchor`): anchors are trusted to issue. E102 `budget-signatures`, `budget-steps`, `budget-comparisons` where
/// [`Options::budget`] does not last. E504 without anchors.
pub fn build<I: AsRef<[u8]>, A: AsRef<[u8]>>(
    leaf: &[u8],
    intermediates: &[I],
    anchors: &[A],
    revocation: &RevocationView,
    now: UnixTime,
    options: &Options,
    bounds: &Bounds,
) -> Result<VerifiedPath, Denial> {
    if anchors.is_empty() {
        return Err(Denial::new(Code::ConfigurationInvalid, "trust-empty").field("trust"));
    }
    let at_leaf = |denial: Denial| denial.depth(0);
    let leaf = Certificate::parse(leaf, bounds).map_err(at_leaf)?;
    let (signatures, spending) = (Signatures::default(), Spending::new(options.budget));
    spending.steps(intermediates.len().saturating_add(anchors.len()))?;
    let pool = Pool::read(leaf, intermediates, anchors, bounds);
    let request = Request { now, options, signatures: &signatures, spending: &spending };
    let Some(leaf) = pool.leaf() else { return Err(Denial::new(Code::ChainUntrusted, "path-empty")) };
    if pool.leaf_is_anchor() {
        return Err(Denial::new(Code::ChainUntrusted, "leaf-anchor").depth(0));
    }
    search(leaf, Role::Leaf, &pool, &request, |found| {
        status::check(found, &pool, &request, revocation)?;
        VerifiedPath::new(found)
    })
}

/// What is asked, and what was found out meanwhile.
pub(super) struct Request<'r> {
    pub(super) now: UnixTime,
    pub(super) options: &'r Options,
    pub(super) signatures: &'r Signatures,
    pub(super) spending: &'r Spending,
}

impl Request<'_> {
    /// Whether more of a certificate counts than its name and key.
    pub(super) fn reads(&self, entry: &Entry<'_>) -> bool {
        entry.origin != Origin::Anchor || self.options.anchors == AnchorUse::Certificate
    }
}

/// A path that every rule accepted. Only [`judge`] makes one.
pub(super) struct Found<'s, 'c> {
    /// The anchor first, the leaf last.
    pub(super) path: Vec<&'s Entry<'c>>,
    pub(super) policies: ValidPolicies,
}

/// One certificate of the path being tried, and who may have issued it.
struct Frame<'s, 'c> {
    entry: &'s Entry<'c>,
    /// The likeliest last.
    issuers: Vec<&'s Entry<'c>>,
    /// CA certificates from here down that path lengths count.
    counted: usize,
}

/// Searches paths from `target`, until `accept` takes one.
///
/// # Errors
/// The most specific refusal; a budget's before all others.
pub(super) fn search<'s, 'c, T>(
    target: &'s Entry<'c>,
    role: Role,
    pool: &'s Pool<'c>,
    request: &'s Request<'s>,
    accept: impl Fn(&Found<'s, 'c>) -> Result<T, Denial>,
) -> Result<T, Denial> {
    let frame = |entry, counted| {
        let issuers = pool.issuers_of(entry, request.now);
        request.spending.steps(issuers.len())?;
        Ok(Frame { entry, issuers, counted })
    };
    let mut best = Best::new(pool.unreadable.as_ref());
    Step::alone(target, role, request).judge_by(Needs::Certificate).map_err(|denial| denial.depth(0))?;
    let mut frames = vec![frame(target, 0)?];
    while let Some(top) = frames.last_mut() {
        let Some(issuer) = top.issuers.pop() else {
            frames.pop();
            continue;
        };
        // Nobody stands twice on a path (RFC 5280 §6.1, RFC 4158 §2.4.2). The way back from the pool is no path that was meant.
        let goes_back = goes_back(&frames, issuer, request)?;
        if issuer.origin == Origin::Pool && goes_back {
            continue;
        }
        if let Err(denial) = extends(&frames, issuer, role, goes_back, request) {
            best.offer(denial);
        } else if issuer.origin == Origin::Anchor {
            match judge(&frames, issuer, role, request).and_then(|found| accept(&found)) {
                Ok(accepted) => return Ok(accepted),
                Err(denial) => best.offer(denial),
            }
        } else {
            let counted = frames.last().map_or(0, |top| top.counted) + usize::from(!issuer.is_self_issued());
            frames.push(frame(issuer, counted)?);
        }
        request.spending.check()?;
    }
    Err(best.into_denial())
}

/// Whether `issuer` may follow upon the path tried so far, by everything that is known without what is above it; the
/// signature last.
fn extends<'s, 'c>(
    frames: &[Frame<'s, 'c>],
    issuer: &'s Entry<'c>,
    role: Role,
    goes_back: bool,
    request: &'s Request<'s>,
) -> Result<(), Denial> {
    let Some(top) = frames.last() else { return Ok(()) };
    let above = |denial: Denial| denial.depth(frames.len());
    // What these rows ask is asked again from the anchor down. Here they end what could only fail.
    let cut = |name, hopeless: bool| match row(name) {
        Some(rule) if hopeless => Err(above(rule.refusal())),
        _ => Ok(()),
    };
    cut("loop", goes_back)?;
    cut("path-certificates", frames.len() >= PATH_CERTIFICATES)?;
    let counts = issuer.origin == Origin::Pool && !issuer.is_self_issued();
    cut("max-depth", top.counted + usize::from(counts) > usize::from(request.options.max_depth))?;
    issuer
        .as_issuer
        .get_or_init(|| Step::alone(issuer, Role::of_issuer(issuer), request).judge_by(Needs::Certificate))
        .clone()
        .map_err(above)?;
    if request.reads(issuer) {
        let length = issuer.certificate.basic_constraints().and_then(|constraints| constraints.path_len);
        let below = top.counted;
        cut("path-length", length.is_some_and(|length| below > usize::from(length)))?;
    }
    let role = if frames.len() == 1 { role } else { Role::Intermediate };
    Step::alone(top.entry, role, request)
        .below(issuer)
        .judge_by(Needs::Issuer)
        .map_err(|denial| denial.depth(frames.len() - 1))
}

/// Whether the path tried so far holds a certificate of the issuer's name and key.
fn goes_back(frames: &[Frame<'_, '_>], issuer: &Entry<'_>, request: &Request<'_>) -> Result<bool, Denial> {
    if row("loop").is_none() {
        return Ok(false);
    }
    for frame in frames {
        if frame.entry.is_same_entity(issuer, request.spending)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Judges the path below `anchor`, from there down, by every rule.
fn judge<'s, 'c>(
    frames: &[Frame<'s, 'c>],
    anchor: &'s Entry<'c>,
    role: Role,
    request: &'s Request<'s>,
) -> Result<Found<'s, 'c>, Denial> {
    request.spending.steps(frames.len())?;
    let length = frames.len();
    Step::alone(anchor, Role::Anchor, request).judge_by(Needs::Certificate).map_err(|denial| denial.depth(length))?;
    let mut state = State::anchor(anchor, length, request);
    for (depth, frame) in frames.iter().enumerate().rev() {
        let role = if depth == 0 { role } else { Role::Intermediate };
        let judged =
            Step::alone(frame.entry, role, request).at(&state).judge().map_err(|denial| denial.depth(depth))?;
        if depth > 0 {
            state = state.descend(judged);
        } else {
            return state.finish(judged).ok_or_else(incomplete);
        }
    }
    Err(incomplete())
}

/// What was not judged is refused.
#[cold]
fn incomplete() -> Denial {
    Denial::new(Code::ChainUntrusted, "rule-missing")
}
