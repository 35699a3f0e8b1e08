//! Walks paths from their anchors down, applying the rules to each certificate at its place.

use std::sync::Arc;

use super::anchors::{Anchor, TrustAnchors};
use super::constraints::{Comparisons, NameConstraintsState};
use super::rules::{Kind, Step, counts, depth_below};
use super::verified::{Holder, Link, LinkKind, Serial, VerifiedAgent, VerifiedAuthority, counter_names, is_looked_up};
use crate::bounds::Bounds;
use crate::certificate::{Certificate, Namespace};
use crate::crypto::{Digest, PublicKey, sha256};
use crate::encoding::oid;
use crate::error::{Code, Denial};
use crate::revocation::CrlIssuer;
use crate::scope::Scope;
use crate::time::UnixTime;

/// Validates an agent's path (leaf first, the anchor's certificate last), and the paths of the agents that `parent`
/// extensions name on it, nearest parent first.
///
/// The first certificate whose name and key an anchor has ends a path: the configured certificate stands in its
/// place, and what follows is ignored. Nothing is searched, fetched or reordered.
///
/// # Errors
/// E101 to E109 and E307, with the rule and the depth of the certificate, counted from the leaf as in
/// [`VerifiedAgent::above`]. Certificates are judged from the anchor down, parents' paths before the child's; within
/// one certificate the lowest code wins. E102 `path-empty`, `path-certificates`, `all-certificates` and `anchor` are
/// of a whole path.
pub fn validate<C: AsRef<[u8]>>(
    chain: &[C],
    parents: &[Vec<C>],
    anchors: &TrustAnchors,
    now: UnixTime,
    bounds: &Bounds,
) -> Result<VerifiedAgent, Denial> {
    let judged = judge_paths(chain, parents, anchors, Target::Agent, now, bounds)?;
    let links = judged.path.links();
    let (links, above) = match judged.above {
        Some(above) => (Some(links), above),
        None => (None, links),
    };
    judged.path.leaf().to_agent(links, above, judged.issuers.into(), judged.path.certifier())
}

/// An agent's path, and its parents' paths, that passed.
pub(super) struct Judged<'a> {
    pub(super) path: JudgedPath<'a>,
    /// All certificates of all paths, each once and after all that it is above of; none where they are those of the first path.
    pub(super) above: Option<Box<[Arc<Link>]>>,
    pub(super) issuers: Vec<CrlIssuer>,
    /// How many certificates were read, of the first path and of all.
    pub(super) counts: (usize, usize),
    /// What is left for comparing names with name constraints.
    pub(super) comparisons: Comparisons,
}

/// Judges an agent's path and its parents' paths, from the anchors down.
pub(super) fn judge_paths<'a, C: AsRef<[u8]>>(
    chain: &[C],
    parents: &[Vec<C>],
    anchors: &'a TrustAnchors,
    target: Target,
    now: UnixTime,
    bounds: &Bounds,
) -> Result<Judged<'a>, Denial> {
    let mut paths = vec![Given::read(chain, anchors, bounds)?];
    let own = paths.iter().map(Given::len).sum::<usize>();
    let mut count = own;
    for parent in parents {
        if !paths.last().is_some_and(Given::names_parent) {
            break;
        }
        let path = Given::read(parent, anchors, bounds)?;
        count += path.len();
        if count > bounds.all_certificates {
            return Err(too_many_certificates(bounds));
        }
        paths.push(path);
    }
    let order = Order::of(&paths, target);
    let comparisons = Comparisons::new(bounds.name_comparisons);
    let several = paths.len() > 1;
    let mut above: Vec<Option<Arc<Link>>> = if several { vec![None; order.len()] } else { Vec::new() };
    let mut issuers = Vec::new();
    let mut judged: Option<JudgedPath<'_>> = None;
    for (index, path) in paths.iter().enumerate().rev() {
        let context = Context {
            target: if index == 0 { target } else { Target::Agent },
            parent: judged.as_ref(),
            parents_given: index < parents.len(),
            order: &order,
            now,
            bounds,
            comparisons: &comparisons,
        };
        let path = path.judge(&context)?;
        for link in path.upward() {
            if let Some(place) = above.get_mut(order.place(link)) {
                *place = Some(Arc::clone(link));
            }
        }
        path.add_crl_issuers(&mut issuers);
        judged = Some(path);
    }
    let path = judged.ok_or_else(|| Denial::new(Code::ChainUntrusted, "path-empty"))?;
    let above = several.then(|| above.into_iter().flatten().collect());
    Ok(Judged { path, above, issuers, counts: (own, count), comparisons })
}

/// More certificates in one path than the bounds allow.
#[cold]
pub(super) fn too_long(bounds: &Bounds) -> Denial {
    Denial::new(Code::ChainUntrusted, "path-certificates")
        .expected(format!("at most {} certificates", bounds.path_certificates))
}

/// More certificates in all paths than the bounds allow.
#[cold]
pub(super) fn too_many_certificates(bounds: &Bounds) -> Denial {
    Denial::new(Code::ChainUntrusted, "all-certificates")
        .expected(format!("at most {} certificates", bounds.all_certificates))
}

/// Validates a CA's path (the CA first, the anchor's certificate last; it may be the anchor).
///
/// # Errors
/// As [`validate`].
pub fn validate_authority<C: AsRef<[u8]>>(
    chain: &[C],
    anchors: &TrustAnchors,
    now: UnixTime,
    bounds: &Bounds,
) -> Result<VerifiedAuthority, Denial> {
    let paths = [Given::read(chain, anchors, bounds)?];
    let target = Target::Authority;
    let order = Order::of(&paths, target);
    let comparisons = &Comparisons::new(bounds.name_comparisons);
    let (parent, order) = (None, &order);
    let context = Context { target, parent, parents_given: false, order, now, bounds, comparisons };
    let [path] = &paths;
    let path = path.judge(&context)?;
    let mut issuers = Vec::new();
    path.add_crl_issuers(&mut issuers);
    Ok(path.into_authority(issuers))
}

/// A certificate that passed, as what is below it sees it.
#[derive(Clone, Debug)]
pub(super) struct Above {
    pub(super) link: Arc<Link>,
    pub(super) subject_key_id: Option<Arc<[u8]>>,
    /// The nearest scope, its own or one above.
    pub(super) scope: Option<Arc<Scope>>,
    /// How many agent certificates may stand below; none: as many as the path holds.
    pub(super) max_depth: Option<u8>,
    /// The nearest namespace, its own or one above.
    pub(super) namespaces: Option<Arc<[u8]>>,
    /// How many counted certificates may stand between it and the last; none: as many as the path holds.
    pub(super) path_length: Option<u8>,
    /// Its name constraints and those above.
    pub(super) name_constraints: NameConstraintsState,
    /// Whether it and all above it may certify approvers: each lists `kp-approver`, or no extended key usage at all.
    pub(super) certifies_approvers: bool,
    may_sign_crl: bool,
    pub(super) model_hash: Option<Digest>,
}

impl Above {
    pub(super) fn is_agent(&self) -> bool {
        self.link.kind == LinkKind::Agent
    }

    /// The agent whose certificate it is, with its path, all above it, the CAs whose lists are looked into and the CA whose
    /// approvers approve.
    pub(super) fn to_agent(
        &self,
        links: Option<Box<[Arc<Link>]>>,
        above: Box<[Arc<Link>]>,
        crl_issuers: Arc<[CrlIssuer]>,
        certifier: Arc<Above>,
    ) -> Result<VerifiedAgent, Denial> {
        // INVARIANT: the rules `leaf-kind` and `agent-id` passed, so the leaf has an id.
        let id = self.link.id.clone().ok_or_else(|| Denial::new(Code::IdentityInvalid, "agent-id"))?;
        let own = (self.link.not_before, self.link.not_after);
        let window = above.iter().fold(own, |(from, to), link| (from.max(link.not_before), to.min(link.not_after)));
        Ok(VerifiedAgent {
            links,
            leaf: Arc::clone(&self.link),
            id,
            model_hash: self.model_hash,
            window,
            crl_issuers,
            above,
            certifier,
        })
    }

    /// The prefixes of the nearest namespace.
    pub(super) fn namespace(&self) -> Option<Namespace<'_>> {
        self.namespaces.as_deref().map(Namespace::of_checked)
    }

    fn as_crl_issuer(&self) -> CrlIssuer {
        CrlIssuer {
            subject: Arc::clone(&self.link.subject),
            public_key: self.link.public_key.clone(),
            may_sign_crl: self.may_sign_crl,
            subject_key_id: self.subject_key_id.as_deref().map(Box::from),
        }
    }
}

/// Where a certificate stands towards `kkn-parents`.
pub(super) enum Parent<'p> {
    /// It needs no parent's path, and none is given for it.
    None,
    /// It names a parent whose path is not given.
    Missing,
    /// It names no parent, and a path is given all the same.
    Superfluous,
    /// The path given for the parent that it names.
    Given(&'p JudgedPath<'p>),
}

impl<'p> Parent<'p> {
    pub(super) fn path(&self) -> Option<&'p JudgedPath<'p>> {
        match self {
            Self::Given(path) => Some(path),
            _ => None,
        }
    }
}

/// A path that passed.
pub(super) struct JudgedPath<'a> {
    /// The anchor as it was configured.
    anchor: &'a Above,
    /// The same at its place in this path.
    anchor_link: Arc<Link>,
    /// What stands below it, the leaf last.
    certificates: Vec<Above>,
}

impl JudgedPath<'_> {
    pub(super) fn leaf(&self) -> &Above {
        self.certificates.last().unwrap_or(self.anchor)
    }

    /// The leaf first, the anchor last.
    fn upward(&self) -> impl Iterator<Item = &Arc<Link>> {
        self.certificates.iter().rev().map(|certificate| &certificate.link).chain([&self.anchor_link])
    }

    /// The CA that issued the topmost agent certificate.
    pub(super) fn topmost_issuer(&self) -> Option<&Link> {
        let topmost = self.certificates.iter().position(Above::is_agent)?;
        let issuer = topmost.checked_sub(1).and_then(|above| self.certificates.get(above));
        Some(&issuer.unwrap_or(self.anchor).link)
    }

    fn add_crl_issuers(&self, issuers: &mut Vec<CrlIssuer>) {
        for (issuer, child) in std::iter::once(self.anchor).chain(&self.certificates).zip(&self.certificates) {
            let known = |known: &CrlIssuer| {
                known.subject == issuer.link.subject && known.public_key.spki_hash() == issuer.link.key_hash()
            };
            if is_looked_up(&child.link) && !issuers.iter().any(known) {
                issuers.push(issuer.as_crl_issuer());
            }
        }
    }

    pub(super) fn links(&self) -> Box<[Arc<Link>]> {
        self.upward().cloned().collect()
    }

    /// The CA that issued the topmost agent certificate.
    pub(super) fn certifier(&self) -> Arc<Above> {
        // INVARIANT: agents stand below all CAs, and an anchor above everything.
        Arc::new(self.certificates.iter().rev().find(|above| !above.is_agent()).unwrap_or(self.anchor).clone())
    }

    fn into_authority(self, issuers: Vec<CrlIssuer>) -> VerifiedAuthority {
        VerifiedAuthority {
            links: self.links(),
            public_key: self.leaf().link.public_key.clone(),
            crl_issuer: self.leaf().as_crl_issuer(),
            crl_issuers: issuers.into(),
            certifier: self.leaf().clone(),
        }
    }
}

/// Judges an anchor as configuration: everything but its validity.
pub(super) fn judge_anchor(certificate: &Certificate<'_>, bounds: &Bounds) -> Result<Above, Denial> {
    let step = Step::anchor(certificate, bounds);
    let passed = step.judge()?;
    Ok(build(certificate, Kind::Authority, None, passed.key, passed.scope, 0))
}

/// A certificate as it was read; one that cannot be read waits for its turn to be judged.
///
/// Each in a box: a path of them in one piece takes more than a kilobyte, and before it gives such a piece glibc's
/// allocator joins all small ones that are free, which are then not at hand.
type Read<'c> = Result<Box<Certificate<'c>>, Denial>;

/// A path as it was given: read, up to the anchor that ends it.
struct Given<'c, 'a> {
    /// Leaf first, without the anchor.
    certificates: Vec<(&'c [u8], Read<'c>)>,
    anchor: Option<&'a Anchor>,
}

impl<'c, 'a> Given<'c, 'a> {
    fn read<C: AsRef<[u8]>>(chain: &'c [C], anchors: &'a TrustAnchors, bounds: &Bounds) -> Result<Self, Denial> {
        let mut certificates = Vec::with_capacity(chain.len().min(bounds.path_certificates));
        for (index, der) in chain.iter().map(AsRef::as_ref).enumerate() {
            if index >= bounds.path_certificates {
                return Err(too_long(bounds));
            }
            // Most paths end with an anchor as it was configured, which was read then.
            if let Some(anchor) = anchors.with_bytes(der) {
                return Ok(Self { certificates, anchor: Some(anchor) });
            }
            let certificate = Certificate::parse(der, bounds).map(Box::new);
            if let Some(anchor) = certificate.as_ref().ok().and_then(|certificate| anchors.of(certificate)) {
                return Ok(Self { certificates, anchor: Some(anchor) });
            }
            certificates.push((der, certificate));
        }
        if certificates.is_empty() {
            return Err(Denial::new(Code::ChainUntrusted, "path-empty"));
        }
        Ok(Self { certificates, anchor: None })
    }

    fn len(&self) -> usize {
        self.certificates.len() + usize::from(self.anchor.is_some())
    }

    /// Whether the topmost agent certificate bears `parent`: then a path is needed for the one that it names.
    fn names_parent(&self) -> bool {
        for (_, certificate) in self.certificates.iter().rev() {
            match certificate {
                Ok(certificate) if Kind::of(certificate) == Kind::Agent => return certificate.parent().is_some(),
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        false
    }

    fn ders(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(|(der, _)| *der).chain(self.anchor.map(Anchor::der))
    }

    fn judge(&self, context: &Context<'_>) -> Result<JudgedPath<'a>, Denial> {
        let Some(anchor) = self.anchor else {
            return Err(self.without_anchor(context));
        };
        let mut link = anchor.above().link.as_ref().clone();
        link.depth = context.order.depth(anchor.der());
        link.check_time(context.now)?;
        if self.certificates.is_empty() && context.target != Target::Authority {
            return Err(Denial::new(Code::CertificateUsageInvalid, "leaf-kind").depth(link.depth()));
        }
        let certificates = Vec::with_capacity(self.certificates.len());
        let mut path = JudgedPath { anchor: anchor.above(), anchor_link: Arc::new(link), certificates };
        for (index, (der, certificate)) in self.certificates.iter().enumerate().rev() {
            let depth = context.order.depth(der);
            let at_depth = |denial: Denial| denial.depth(usize::from(depth));
            let certificate = certificate.as_ref().map_err(|denial| at_depth(denial.clone()))?;
            let next = match context.judged_before(der, &path) {
                Some(known) => known,
                None => path.judge_next(certificate, index == 0, depth, context).map_err(at_depth)?,
            };
            path.certificates.push(next);
        }
        Ok(path)
    }

    /// Without an anchor there is no downward: the topmost certificate that cannot be read is named, or none.
    fn without_anchor(&self, context: &Context<'_>) -> Denial {
        let unreadable = self.certificates.iter().rev().find_map(|(der, read)| Some((der, read.as_ref().err()?)));
        match unreadable {
            Some((der, denial)) => denial.clone().depth(usize::from(context.order.depth(der))),
            None => Denial::new(Code::ChainUntrusted, "anchor"),
        }
    }
}

impl JudgedPath<'_> {
    fn judge_next(
        &self,
        certificate: &Certificate<'_>,
        last: bool,
        depth: u8,
        context: &Context<'_>,
    ) -> Result<Above, Denial> {
        let above = self.leaf();
        let kind = Kind::of(certificate);
        let topmost = kind == Kind::Agent && !above.is_agent();
        let parent = match (topmost, certificate.parent(), context.parent) {
            (true, Some(_), Some(path)) => Parent::Given(path),
            (true, Some(_), None) => Parent::Missing,
            (true, None, _) if context.parents_given => Parent::Superfluous,
            _ => Parent::None,
        };
        let Context { target, now, bounds, comparisons, .. } = context;
        let wanted = if last { target.kind() } else { None };
        let step = Step::below(certificate, wanted, above, parent, *now, bounds, comparisons);
        let passed = step.judge()?;
        Ok(build(certificate, kind, Some(above), passed.key, passed.scope, depth))
    }
}

/// What a path is judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// It ends with an agent's certificate.
    Agent,
    /// It ends with a CA's certificate.
    Authority,
    /// It goes on below with one certificate more, which is not known yet.
    More,
}

impl Target {
    /// The kind of its last certificate; none where it goes on.
    const fn kind(self) -> Option<Kind> {
        match self {
            Self::Agent => Some(Kind::Agent),
            Self::Authority => Some(Kind::Authority),
            Self::More => None,
        }
    }
}

/// What a path is judged with.
struct Context<'p> {
    target: Target,
    /// The path given for the parent that the topmost agent certificate names.
    parent: Option<&'p JudgedPath<'p>>,
    parents_given: bool,
    order: &'p Order<'p>,
    now: UnixTime,
    bounds: &'p Bounds,
    comparisons: &'p Comparisons,
}

impl Context<'_> {
    /// A CA certificate that the parent's path judged already, with the very same certificates above it.
    fn judged_before(&self, der: &[u8], path: &JudgedPath<'_>) -> Option<Above> {
        let parent = self.parent?;
        let same = |(one, other): (&Above, &Above)| one.link.fingerprint == other.link.fingerprint;
        let known = parent.certificates.get(path.certificates.len())?;
        let unchanged =
            same((path.anchor, parent.anchor)) && path.certificates.iter().zip(&parent.certificates).all(same);
        (unchanged && known.link.kind == LinkKind::Authority && known.link.fingerprint == sha256(der))
            .then(|| known.clone())
    }
}

/// All certificates of all paths: the leaf, then upward, each once and after all that it is above of.
struct Order<'c> {
    certificates: Vec<&'c [u8]>,
    /// How many more will stand below.
    below: u8,
}

impl<'c> Order<'c> {
    fn of(paths: &'c [Given<'_, '_>], target: Target) -> Self {
        let mut certificates: Vec<&[u8]> = Vec::new();
        for der in paths.iter().flat_map(Given::ders) {
            certificates.retain(|earlier| *earlier != der);
            certificates.push(der);
        }
        Self { certificates, below: u8::from(target == Target::More) }
    }

    const fn len(&self) -> usize {
        self.certificates.len()
    }

    fn depth(&self, der: &[u8]) -> u8 {
        let position = self.certificates.iter().position(|known| *known == der).unwrap_or_default();
        u8::try_from(position).unwrap_or(u8::MAX).saturating_add(self.below)
    }

    /// Where a certificate of this order stands in it.
    fn place(&self, link: &Link) -> usize {
        link.depth().saturating_sub(usize::from(self.below))
    }
}

pub(super) fn build(
    certificate: &Certificate<'_>,
    kind: Kind,
    above: Option<&Above>,
    public_key: PublicKey,
    scope: Option<Arc<Scope>>,
    depth: u8,
) -> Above {
    let issuer_key_hash = *above.map_or_else(|| public_key.spki_hash(), |above| above.link.key_hash());
    let id = certificate.uri_names().next().filter(|_| kind == Kind::Agent);
    let holder = id.map_or(Holder::Authority(certificate.subject()), Holder::Agent);
    let counters = scope.as_deref().map(|scope| counter_names(&issuer_key_hash, holder, scope)).unwrap_or_default();
    let max_depth = depth_below(kind, scope.as_deref()).or_else(|| above.and_then(|above| above.max_depth));
    let signed_by_agent = above.is_some_and(Above::is_agent);
    let left = above.and_then(|above| above.path_length);
    let left = left.map(|left| left.saturating_sub(u8::from(counts(certificate, signed_by_agent))));
    let own = certificate.basic_constraints().and_then(|constraints| constraints.path_len);
    let namespaces = certificate.namespace().map(|prefixes| Arc::from(prefixes.content()));
    let link = Link {
        kind: match (kind, above) {
            (Kind::Agent, _) => LinkKind::Agent,
            (Kind::Authority, None) => LinkKind::Anchor,
            (Kind::Authority, Some(_)) => LinkKind::Authority,
        },
        depth,
        fingerprint: certificate.fingerprint(),
        serial: Serial::of(certificate),
        subject: certificate.subject().into(),
        issuer: above.map_or_else(|| certificate.issuer().into(), |above| Arc::clone(&above.link.subject)),
        issuer_key_hash,
        public_key,
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        id: id.map(Into::into),
        scope: scope.clone(),
        counters,
        signed_by_agent,
        development: certificate.is_development(),
        authority: certificate.basic_constraints().is_some_and(|constraints| constraints.ca),
        distribution_points: certificate.crl_distribution_points().map(Into::into),
    };
    Above {
        link: Arc::new(link),
        subject_key_id: certificate.subject_key_id().map(Into::into),
        scope: scope.or_else(|| above.and_then(|above| above.scope.clone())),
        max_depth,
        namespaces: namespaces.or_else(|| above.and_then(|above| above.namespaces.clone())),
        path_length: [left, own].into_iter().flatten().min(),
        name_constraints: above
            .map(|above| above.name_constraints.clone())
            .unwrap_or_default()
            .apply(certificate.name_constraints()),
        certifies_approvers: above.is_none_or(|above| above.certifies_approvers)
            && certificate.extended_key_usages().is_none_or(|usages| usages.contains(oid::KP_APPROVER)),
        may_sign_crl: certificate.key_usage().is_some_and(|usage| usage.crl_sign()),
        model_hash: certificate.model_hash().copied(),
    }
}
