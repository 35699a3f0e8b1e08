//! The far side: a service that is sent signed intents.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use kakunin_core::approval::ApprovalRequest;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Digest, sha256};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{self, Allowed, Context, Mode, StateStore};
use kakunin_core::intent::{SignedIntent, VerifiedIntent};
use kakunin_core::path::{self, VerifiedAgent};
use kakunin_core::record::{Description, Entry, Subject};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

use super::cache::{Cache, Key};
use super::decision::wants_approval;
use super::setup::{Common, Setup, view_number};
use super::{Clock, Notice, Refusal, VerifierOptions};
use crate::{fault, hex};

/// Most denials a second that are recorded although no signature vouches for who asks. Others are only counted:
/// who sends garbage must not fill the disk.
const STRANGERS: u32 = 16;

/// Verifies intents and reserves what they draw, for one audience.
pub struct Verifier {
    pub(super) setup: Setup,
    audience: String,
    region: Option<String>,
    known: HashMap<Digest, Vec<Vec<u8>>>,
    agents: Cache<Met>,
    view: RwLock<View>,
    clock: Arc<Clock>,
    strangers: Mutex<Strangers>,
    notice: Mutex<Vec<Notice>>,
    noticed: AtomicBool,
    closed: AtomicBool,
}

/// What is known of revocations, and which snapshot that is.
struct View {
    view: RevocationView,
    generation: u64,
}

impl From<(RevocationView, u64)> for View {
    fn from((view, generation): (RevocationView, u64)) -> Self {
        Self { view, generation }
    }
}

/// An agent whose path was validated.
struct Met {
    agent: Arc<VerifiedAgent>,
    subject: Subject,
    /// An intent's signature has vouched for it.
    proven: AtomicBool,
}

/// Denials without a signature: how many were recorded in this second, how many were not.
#[derive(Default)]
struct Strangers {
    second: i64,
    recorded: u32,
    counted: u64,
}

/// What is known of an intent when it is judged.
#[derive(Default)]
struct Progress {
    met: Option<Arc<Met>>,
    name: Option<Digest>,
    verified: Option<Verified>,
    allowed: Option<Allowed<'static>>,
    view: Option<u64>,
}

/// A verified intent: what may be acted on.
#[derive(Clone, Debug)]
pub struct Verified {
    agent: Arc<VerifiedAgent>,
    name: Digest,
    audience: String,
    action: String,
    arguments: Arguments,
    session: Option<String>,
    chain: Option<String>,
    jti: String,
    issued_at: UnixTime,
    expires_at: UnixTime,
    reference: Option<String>,
}

impl Verifier {
    /// Reads anchors, known paths and stores.
    ///
    /// # Errors
    /// E504 where an option is missing, unknown or not allowed in production; E503 where the record cannot be used.
    pub fn open(options: VerifierOptions) -> Result<Self, Denial> {
        Self::open_with(options, None)
    }

    /// As [`Verifier::open`], with `store` for the state that the options name.
    pub(crate) fn open_with(options: VerifierOptions, store: Option<Arc<dyn StateStore>>) -> Result<Self, Denial> {
        let audience = options.audience.filter(|audience| !audience.is_empty());
        let audience =
            audience.ok_or_else(|| fault::missing("audience", "who this verifier is, as intents name it"))?;
        let setup = Setup::open(
            &Common {
                trust: &options.trust,
                state: options.state.as_deref(),
                revocation: options.revocation.as_deref(),
                seen: options.seen.as_deref(),
                record: options.record.as_deref(),
                record_values: options.record_values.as_ref(),
                environment: options.environment,
                clock: &options.clock,
            },
            store,
        )?;
        let mut known = HashMap::new();
        for source in &options.paths {
            let path = source.certificates("paths")?;
            if let Some(leaf) = path.first() {
                known.insert(sha256(leaf), path);
            }
        }
        let verifier = Self {
            view: RwLock::new(setup.revocation.view(&[]).into()),
            setup,
            audience,
            region: options.region,
            known,
            agents: Cache::new(),
            clock: options.clock,
            strangers: Mutex::default(),
            notice: Mutex::default(),
            noticed: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        };
        verifier.setup.revocation.name(&verifier.audience);
        if let Some(text) = verifier.setup.sink.take_notice() {
            verifier.add_notice(text);
        }
        Ok(verifier)
    }

    /// Verifies an intent, takes its nonce, draws on its limits and records the decision.
    ///
    /// Where `action` or `params` are given, as a request has them, they must equal the signed ones. Act on the signed ones.
    ///
    /// # Errors
    /// The refusal, with any code but E502.
    pub fn verify(
        &self,
        token: &str,
        action: Option<&str>,
        params: Option<Result<Object, Denial>>,
    ) -> Result<Verified, Refusal> {
        let now = self.clock.now();
        let mut progress = Progress::default();
        let outcome = self.admit(token, action, params, now, &mut progress);
        let entry = match &outcome {
            Ok(()) if !self.setup.sink.keeps() => None,
            Ok(()) => Some(self.entry(&progress, None, now)),
            Err(denial) => Some(self.entry(&progress, Some(denial), now)),
        };
        let kept = progress.met.is_some() || self.admits_stranger(now);
        let mut reference = None;
        let recorded = entry.map_or(Ok(()), |entry| {
            let entry = entry?;
            reference = Some(entry.reference());
            if kept { self.setup.sink.write(&entry) } else { Ok(()) }
        });
        // Recording takes time. What stops the agent by now stops this intent too, and a second record says so.
        let outcome = match outcome {
            Ok(()) if recorded.is_ok() => self.still_allowed(&mut progress, now).inspect_err(|denial| {
                reference = self.entry(&progress, Some(denial), now).ok().map(|entry| {
                    // Whether or not it is kept, the intent is refused.
                    drop(self.setup.sink.write(&entry));
                    entry.reference()
                });
            }),
            outcome => outcome,
        };
        let denial = match (outcome, recorded) {
            (Ok(()), Ok(())) => match progress.verified.take() {
                Some(verified) => return Ok(Verified { reference, ..verified }),
                // INVARIANT: what is admitted was verified; were it not, it would still not be acted on.
                None => Denial::new(Code::IntentMalformed, "intent-incomplete"),
            },
            // What was denied anyway keeps its reason.
            (Err(denial), _) => denial,
            (Ok(()), Err(denial)) => {
                reference = self.entry(&progress, Some(&denial), now).ok().map(|entry| entry.reference());
                denial
            }
        };
        let request = self.approval_request(&progress, &denial, now).map(Box::new);
        Err(Refusal { denial, reference: reference.unwrap_or_default(), request })
    }

    /// The clock.
    pub const fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// Waits until every decision is on disk.
    ///
    /// # Errors
    /// E503.
    pub fn flush(&self) -> Result<(), Denial> {
        self.setup.sink.flush()
    }

    /// Flushes; from now on every intent is E503.
    ///
    /// # Errors
    /// E503 where what was decided cannot be flushed.
    pub fn close(&self) -> Result<(), Denial> {
        self.closed.store(true, Ordering::Release);
        self.setup.revocation.release();
        self.flush()
    }

    /// Whether there is something that an operator should know.
    pub fn has_notices(&self) -> bool {
        self.noticed.load(Ordering::Relaxed) || self.setup.revocation.has_notices()
    }

    /// What an operator should know, each once.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.noticed.store(false, Ordering::Relaxed);
        let mut notices = std::mem::take(&mut *self.notice.lock().unwrap_or_else(PoisonError::into_inner));
        notices.extend(self.setup.revocation.take_notices());
        notices
    }

    fn admit(
        &self,
        token: &str,
        action: Option<&str>,
        params: Option<Result<Object, Denial>>,
        now: UnixTime,
        progress: &mut Progress,
    ) -> Result<(), Denial> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Denial::new(Code::RecordUnavailable, "verifier-closed"));
        }
        let bounds = &self.setup.bounds;
        let params = params.map(|params| Arguments::new(params?, &bounds.json)).transpose()?;
        let signed = SignedIntent::parse(token, bounds)?;
        let (met, key) = self.meet(&signed, now)?;
        let view = self.view_for(&met.agent, now);
        progress.view = view_number(&view);
        let name = signed.name();
        let verified = signed.verify(&met.agent, &self.audience, &view, now, bounds);
        if verified.as_ref().err().is_none_or(follows_signature) {
            progress.met = Some(Arc::clone(&met));
            progress.name = Some(name);
            if !met.proven.swap(true, Ordering::Relaxed) {
                self.agents.prove(&key);
            }
        }
        let intent = verified?;
        progress.verified = Some(Verified::of(&intent));
        intent.matches(action, params.as_ref())?;
        let permit = guard::judge_intent(intent, &self.context(now))?;
        // Evidence that it may be acted on; what is acted on was copied above.
        let current = || self.view_for(&met.agent, self.clock.now());
        progress.allowed = Some(permit.reserve(&*self.setup.store, current, now)?);
        Ok(())
    }

    /// What a person is to be asked where approvals are wanting.
    fn approval_request(&self, progress: &Progress, denial: &Denial, now: UnixTime) -> Option<ApprovalRequest> {
        let intent = progress.verified.as_ref().filter(|_| wants_approval(denial.code()))?;
        let mut context = self.context(now);
        context.audience = Some(&intent.audience);
        let session = intent.session.as_deref();
        guard::approval_request(&intent.agent, &intent.action, &intent.arguments, session, &context)
    }

    fn context(&self, now: UnixTime) -> Context<'_> {
        Context { region: self.region.as_deref(), ..Context::new(now, Mode::Enforce) }
    }

    /// Judges revocation and orders once more, if the view was replaced since.
    fn still_allowed(&self, progress: &mut Progress, now: UnixTime) -> Result<(), Denial> {
        match &mut progress.allowed {
            Some(allowed) => {
                let view = self.view_for(allowed.agent(), self.clock.now());
                allowed.follow(&view, now)
            }
            // INVARIANT: what was admitted is allowed.
            None => Err(Denial::new(Code::StateUnavailable, "reserved-none")),
        }
    }

    /// The agent that an intent names, its path validated now or before.
    fn meet(&self, signed: &SignedIntent, now: UnixTime) -> Result<(Arc<Met>, Key), Denial> {
        let known = |fingerprint: &Digest| self.known.get(fingerprint);
        let chain = match signed.chain() {
            [] => known(signed.leaf_fingerprint()).map(Vec::as_slice).ok_or_else(|| {
                Denial::new(Code::ChainUntrusted, "path-unknown")
                    .field("x5t#S256")
                    .requested(hex::sha256(signed.leaf_fingerprint()))
                    .expected("an agent among the known `paths`, or the path in `x5c`")
            })?,
            chain => chain,
        };
        let known_parents;
        let parents = match signed.parents() {
            [] => {
                known_parents = self.known_parents(chain);
                known_parents.as_slice()
            }
            parents => parents,
        };
        let key = Key::of(chain, parents);
        let met = self.agents.get(&key, now, || {
            let agent = path::validate(chain, parents, &self.setup.anchors, now, &self.setup.bounds)?;
            self.setup.admit(&agent)?;
            let until = agent.not_after();
            Ok((Met { subject: Subject::of(&agent), agent: Arc::new(agent), proven: AtomicBool::new(false) }, until))
        })?;
        Ok((met, key))
    }

    /// The known paths of the parents that the leaf of `chain`, and each parent's leaf in turn, names.
    fn known_parents(&self, chain: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
        let mut parents: Vec<Vec<Vec<u8>>> = Vec::new();
        let mut path = chain;
        if self.known.is_empty() {
            return parents;
        }
        while parents.len() < self.setup.bounds.all_certificates {
            let named = path.iter().find_map(|der| {
                let certificate = Certificate::parse(der, &self.setup.bounds).ok()?;
                let parent = *certificate.parent()?;
                // A parent on the path itself signed its child: it needs no path of its own.
                let on_path = path.iter().any(|other| sha256(other) == parent);
                (!on_path).then_some(parent)
            });
            match named.and_then(|fingerprint| self.known.get(&fingerprint)) {
                Some(parent) => {
                    parents.push(parent.clone());
                    path = parent;
                }
                None => break,
            }
        }
        parents
    }

    /// The newest view with the lists of the agent's CAs verified, kept for the next.
    fn view_for(&self, agent: &VerifiedAgent, now: UnixTime) -> RevocationView {
        let generation = self.setup.revocation.generation(now);
        let known = {
            let known = self.view.read().unwrap_or_else(PoisonError::into_inner);
            match &known.view {
                _ if known.generation != generation => None,
                RevocationView::Checked(snapshot) if !snapshot.knows(agent.crl_issuers()) => None,
                view => Some(view.clone()),
            }
        };
        known.unwrap_or_else(|| {
            let (view, generation) = self.setup.revocation.view(agent.crl_issuers());
            let mut known = self.view.write().unwrap_or_else(PoisonError::into_inner);
            if known.generation <= generation {
                *known = (view.clone(), generation).into();
            }
            view
        })
    }

    fn entry(&self, progress: &Progress, denial: Option<&Denial>, now: UnixTime) -> Result<Entry, Denial> {
        let mut description = Description::new(now, Mode::Enforce);
        description.subject = progress.met.as_ref().map(|met| &met.subject);
        description.view = progress.view;
        description.audience = Some(&self.audience);
        description.denial = denial;
        if let Some(verified) = &progress.verified {
            description.action = Some(&verified.action);
            description.arguments = Some(&verified.arguments);
            description.session = verified.session.as_deref();
            description.chain = verified.chain.as_deref();
        }
        description.intent = progress.name.as_ref();
        let used = progress.allowed.iter().filter(|_| denial.is_none()).flat_map(|allowed| allowed.approvals());
        let used: Vec<Digest> = used.map(|approval| *approval.name()).collect();
        description.approvals = &used;
        description.entry(self.setup.sink.digest_key(), self.setup.sink.values())
    }

    /// Whether a denial that names no agent is recorded, or only counted.
    fn admits_stranger(&self, now: UnixTime) -> bool {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if strangers.second != now.seconds() {
            let counted = std::mem::take(&mut strangers.counted);
            (strangers.second, strangers.recorded) = (now.seconds(), 0);
            if counted > 0 {
                self.add_notice(format!("{counted} intents without a valid signature were denied and not recorded"));
            }
        }
        if strangers.recorded < STRANGERS {
            strangers.recorded += 1;
            return true;
        }
        strangers.counted += 1;
        false
    }

    fn add_notice(&self, text: String) {
        const WAITING: usize = 64;
        let mut notices = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
        if notices.len() < WAITING {
            notices.push(Notice { text });
        }
        self.noticed.store(true, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl Verified {
    fn of(intent: &VerifiedIntent) -> Self {
        Self {
            agent: Arc::clone(intent.agent()),
            name: *intent.name(),
            audience: intent.audience().to_owned(),
            action: intent.action().to_owned(),
            arguments: intent.arguments().clone(),
            session: intent.session().map(str::to_owned),
            chain: intent.chain_id().map(str::to_owned),
            jti: intent.jti().to_owned(),
            issued_at: intent.issued_at(),
            expires_at: intent.expires_at(),
            reference: None,
        }
    }

    /// The action that was signed.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The parameters that were signed: what to act on.
    pub const fn params(&self) -> &Arguments {
        &self.arguments
    }

    /// The agent's id.
    pub fn agent(&self) -> &str {
        self.agent.id()
    }

    /// For whom it was signed: this verifier.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The session.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The chain of decisions.
    pub fn chain(&self) -> Option<&str> {
        self.chain.as_deref()
    }

    /// The nonce.
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When it was signed.
    pub const fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Until when it holds.
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// The intent's name, `sha256:` and hex digits.
    pub fn name(&self) -> String {
        hex::sha256(&self.name)
    }

    /// The fingerprint of the agent's certificate, `sha256:` and hex digits.
    pub fn fingerprint(&self) -> String {
        hex::sha256(self.agent.fingerprint())
    }

    /// The serial number of the agent's certificate, in hex.
    pub fn serial(&self) -> String {
        hex::encode(self.agent.leaf().serial())
    }

    /// The record's reference, where a record is kept.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }
}

/// Whether a denial of [`SignedIntent::verify`] was found after the signature, which then vouches for the agent:
/// revocation, time and audience are looked at last.
fn follows_signature(denial: &Denial) -> bool {
    matches!(
        denial.code(),
        Code::AgentRevoked
            | Code::RevocationStale
            | Code::TimestampExpired
            | Code::TimestampInFuture
            | Code::AudienceMismatch
    )
}
