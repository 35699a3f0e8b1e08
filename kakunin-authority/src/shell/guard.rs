//! The guard of an agent's own process.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use kakunin_core::approval::{ApprovalCall, ApprovalRequest, VerifiedApproval};
use kakunin_core::crypto::{Digest, SystemRandom};
use kakunin_core::encoding::json::Object;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{self, Context, Mode, StateStore};
use kakunin_core::intent;
use kakunin_core::record::{Description, Entry};
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

use super::current::Current;
use super::decision::wants_approval;
use super::setup::{Common, Setup, stamp};
use super::{Binding, Bound, Clock, Decision, GuardOptions, Notice, Refusal, SignerSource, Source, model};
use crate::{fault, hex};

/// How often changed certificate files are looked for, in milliseconds. 4 s: a change is in use within 10.
const RENEWAL_MILLIS: i64 = 4_000;
/// How long a signed intent holds, in seconds. 60: twice the skew.
const INTENT_SECONDS: u16 = 60;
/// Most notices that wait for an operator.
const NOTICES: usize = 64;

/// Decides about an agent's calls where they are made, with its certificate.
pub struct Guard {
    /// Shared with the guards that were narrowed from this one.
    pub(super) setup: Arc<Setup>,
    current: RwLock<Arc<Current>>,
    parents: Arc<[Vec<Vec<u8>>]>,
    signer: Option<SignerSource>,
    mode: Mode,
    bound: Bound,
    audience: Option<String>,
    region: Option<String>,
    model: Option<Digest>,
    clock: Arc<Clock>,
    renewal: Option<Renewal>,
    notices: Notices,
    /// Its own, then those of the guards that it was narrowed from, nearest first.
    closed: Box<[Arc<AtomicBool>]>,
}

struct Renewal {
    path: PathBuf,
    looked: AtomicI64,
    seen: Mutex<Option<(std::time::SystemTime, u64)>>,
}

/// The refusal of a call that has to be inside a binding and is not: E504 `bound-required`.
///
/// A guard with [`Bound::Required`] refuses by it; a binding that lets one tool require it gives it for the arguments.
#[cold]
pub fn unbound() -> Denial {
    Denial::new(Code::ConfigurationInvalid, "bound-required")
        .field("bound")
        .expected("a call inside `bind` or `narrow`: this one lost its context")
}

/// The refusal of entering a binding of a guard where one that was narrowed from that guard judges its tools: E504
/// `binding-elsewhere`. Who is narrowed does not get out of it by entering what was bound or narrowed outside.
#[cold]
pub fn bound_elsewhere() -> Denial {
    Denial::new(Code::ConfigurationInvalid, "binding-elsewhere")
        .field("bind")
        .expected("a guard that was bound or narrowed in here, where a narrowed one judges")
}

#[derive(Default)]
struct Notices {
    any: AtomicBool,
    waiting: Mutex<Vec<Notice>>,
}

impl Guard {
    /// Reads certificate, anchors and stores, and validates the agent's path.
    ///
    /// # Errors
    /// E504 where an option is missing, unknown, contradicts another or is not allowed in production; E1xx, E307, E401, E405
    /// where the certificate is not valid, revoked, or of unknown status; E108 where the model is another; E502, E503 where
    /// key or record cannot be used.
    pub fn open(options: GuardOptions) -> Result<Self, Denial> {
        Self::open_with(options, None)
    }

    /// As [`Guard::open`], with `store` for the state that the options name.
    pub(crate) fn open_with(mut options: GuardOptions, store: Option<Arc<dyn StateStore>>) -> Result<Self, Denial> {
        super::throw_away::fill(&mut options)?;
        let source =
            options.certificate.clone().ok_or_else(|| fault::missing("certificate", "the agent's path, leaf first"))?;
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
        if options.mode == Mode::Observe && !setup.sink.keeps() {
            return Err(fault::misconfigured(
                "observe-without-record",
                "record",
                "none",
                "a record: observing without one is nothing",
            ));
        }
        let parents: Vec<Vec<Vec<u8>>> =
            options.parents.iter().map(|parent| parent.certificates("parents")).collect::<Result<_, _>>()?;
        let setup = Arc::new(setup);
        let model = options.model.as_ref().map(model::hash).transpose()?;
        // The stamp before the content: a change in between is found again.
        let renewal = source.path().map(|path| Renewal {
            path: path.to_owned(),
            looked: AtomicI64::new(options.clock.now().millis()),
            seen: Mutex::new(stamp(path)),
        });
        let guard = Self {
            current: RwLock::new(Arc::new(Current::validate(
                &setup,
                source.certificates("certificate")?,
                &parents,
                options.signer.as_ref(),
                model.as_ref(),
                options.clock.now(),
            )?)),
            setup,
            parents: parents.into(),
            signer: options.signer,
            mode: options.mode,
            bound: options.bound,
            audience: options.audience,
            region: options.region,
            model,
            clock: options.clock,
            renewal,
            notices: Notices::default(),
            closed: Box::new([Arc::default()]),
        };
        guard.setup.revocation.name(guard.current().agent.id());
        if let Some(text) = guard.setup.sink.take_notice() {
            guard.notices.add(text);
        }
        Ok(guard)
    }

    /// Judges a call, draws on its limits and records the decision; the tool runs if it is allowed.
    ///
    /// Where a caller's values could not be turned into JSON, `arguments` is the denial that says so.
    pub fn decide(&self, action: &str, arguments: Result<Object, Denial>, binding: &Binding) -> Decision {
        let now = self.clock.now();
        let current = self.current_at(now);
        let (outcome, arguments) = match self.arguments(arguments) {
            Ok(arguments) => (self.judge_and_reserve(&current, action, &arguments, binding, now), Some(arguments)),
            Err(denial) => (self.unreadable(&current, denial, action, binding, now), None),
        };
        self.conclude(&current, outcome, action, arguments, binding, now)
    }

    /// What would be decided and why, in words for an operator. Neither draws nor records.
    pub fn explain(&self, action: &str, arguments: Result<Object, Denial>, binding: &Binding) -> String {
        let now = self.clock.now();
        let current = self.current_at(now);
        let judged = self.arguments(arguments).and_then(|arguments| {
            let permit =
                self.judge(&current, action, &arguments, binding, &self.context(now, Mode::Enforce, binding))?;
            Ok(permit.reservation().clone())
        });
        super::words::outlook(action, &judged, &current.agent)
    }

    /// Signs a call for `audience`, after judging it. Draws nothing: whoever acts on it draws.
    ///
    /// # Errors
    /// The refusal of a call that is not allowed; E502 where there is no signer or it fails. Both are recorded.
    pub fn sign(
        &self,
        action: &str,
        arguments: Result<Object, Denial>,
        audience: &str,
        binding: &Binding,
    ) -> Result<String, Refusal> {
        let now = self.clock.now();
        let current = self.current_at(now);
        // Who acts is whom the intent is for.
        let context = Context { audience: Some(audience), ..self.context(now, self.mode, binding) };
        let (outcome, arguments) = match self.arguments(arguments) {
            Ok(arguments) => {
                let judged = self.judge(&current, action, &arguments, binding, &context).map(drop);
                let signed =
                    judged.and_then(|()| self.issue_intent(&current, action, &arguments, audience, binding, now));
                (signed, Some(arguments))
            }
            Err(denial) => (Err(denial), None),
        };
        outcome.map_err(|denial| {
            let mut outcome = Outcome::denied(denial);
            if let Some(arguments) = &arguments {
                outcome = outcome.asking(&current, action, arguments, binding, &context);
            }
            self.refuse(&current, outcome, action, arguments, binding, now)
        })
    }

    /// Signs a call that this guard has just allowed, without judging it again.
    ///
    /// # Errors
    /// E502 where there is no signer or it fails; E504 `decision-denied` where the decision allows nothing.
    pub fn sign_allowed(&self, decision: &Decision, audience: &str, binding: &Binding) -> Result<String, Refusal> {
        let now = self.clock.now();
        let current = self.current_at(now);
        let outcome =
            match decision.arguments().filter(|_| decision.allowed()) {
                Some(arguments) => self.issue_intent(&current, decision.action(), arguments, audience, binding, now),
                None => Err(Denial::new(Code::ConfigurationInvalid, "decision-denied")
                    .expected("a decision that allows a call")),
            };
        outcome.map_err(|denial| {
            let outcome = Outcome::denied(denial);
            self.refuse(&current, outcome, decision.action(), decision.arguments().cloned(), binding, now)
        })
    }

    /// The agent's id.
    pub fn id(&self) -> String {
        self.current().agent.id().to_owned()
    }

    /// When the first certificate of the path expires.
    pub fn expires_at(&self) -> UnixTime {
        self.current().agent.not_after()
    }

    /// The serial number of the agent's certificate, in hex.
    pub fn serial(&self) -> String {
        hex::encode(self.current().agent.leaf().serial())
    }

    /// The fingerprint of the agent's certificate, `sha256:` and hex digits.
    pub fn fingerprint(&self) -> String {
        hex::sha256(self.current().agent.fingerprint())
    }

    /// Whether the path has a certificate for development.
    pub fn is_development(&self) -> bool {
        self.current().agent.is_development()
    }

    /// Whether denials deny.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The clock.
    pub const fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// Replaces the certificate by another of the same agent, validated like the first. A key in a file is read again.
    ///
    /// # Errors
    /// As [`Guard::open`]; E504 `other-agent` where the id differs, `narrowed` where the guard was narrowed from another. The
    /// old certificate stays in use.
    pub fn reload(&self, certificate: Source) -> Result<(), Denial> {
        if self.is_narrowed() {
            return Err(fault::misconfigured("narrowed", "certificate", "another", "none: narrow the guard again"));
        }
        self.replace(certificate.certificates("certificate")?)
    }

    /// Waits until every decision is on disk.
    ///
    /// # Errors
    /// E503.
    pub fn flush(&self) -> Result<(), Denial> {
        self.setup.sink.flush()
    }

    /// Flushes; from now on every decision is E503, of the guards that were narrowed from this one too.
    ///
    /// # Errors
    /// E503 where what was decided cannot be flushed.
    pub fn close(&self) -> Result<(), Denial> {
        if let Some(own) = self.closed.first() {
            own.store(true, Ordering::Release);
        }
        // What a narrowed guard looks at is not its own.
        if !self.is_narrowed() {
            self.setup.revocation.release();
        }
        self.flush()
    }

    /// Whether it was narrowed from another guard.
    pub const fn is_narrowed(&self) -> bool {
        self.closed.len() > 1
    }

    /// Whether a call under `binding` is inside a binding: that one, or the narrowing of this guard, which is one too.
    pub const fn is_bound(&self, binding: &Binding) -> bool {
        self.is_narrowed() || !binding.is_empty()
    }

    /// Whether there is something that an operator should know.
    pub fn has_notices(&self) -> bool {
        self.notices.any.load(Ordering::Relaxed) || self.setup.revocation.has_notices()
    }

    /// What an operator should know, each once.
    pub fn take_notices(&self) -> Vec<Notice> {
        let mut notices = self.notices.take();
        notices.extend(self.setup.revocation.take_notices());
        notices
    }

    /// # Errors
    /// E503 once it, or a guard that it was narrowed from, is closed.
    pub(super) fn check_open(&self) -> Result<(), Denial> {
        match self.closed.iter().any(|closed| closed.load(Ordering::Acquire)) {
            true => Err(Denial::new(Code::RecordUnavailable, "guard-closed")),
            false => Ok(()),
        }
    }

    /// The guard of a sub-agent that this one's agent certified: it shares everything but the certificate and the key.
    pub(super) fn narrowed_to(&self, current: Current) -> Self {
        Self {
            setup: Arc::clone(&self.setup),
            current: RwLock::new(Arc::new(current)),
            parents: Arc::clone(&self.parents),
            signer: None,
            mode: self.mode,
            bound: self.bound,
            audience: self.audience.clone(),
            region: self.region.clone(),
            model: self.model,
            clock: Arc::clone(&self.clock),
            renewal: None,
            notices: Notices::default(),
            closed: std::iter::once(Arc::default()).chain(self.closed.iter().cloned()).collect(),
        }
    }

    /// The parents' paths, nearest first.
    pub(super) fn parents(&self) -> &[Vec<Vec<u8>>] {
        &self.parents
    }

    fn current(&self) -> Arc<Current> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The certificate in use at `now` and what is known of it, after looking for a renewed one if it is time to.
    pub(super) fn current_at(&self, now: UnixTime) -> Arc<Current> {
        if let Some(renewal) = &self.renewal {
            let looked = renewal.looked.load(Ordering::Relaxed);
            // A clock that was set back must not put the next look off.
            if now.millis().abs_diff(looked) >= RENEWAL_MILLIS.unsigned_abs()
                && renewal.looked.compare_exchange(looked, now.millis(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
            {
                self.look_after(renewal, now);
            }
        }
        self.newest(now)
    }

    /// The certificate in use, and what is known at `now` of it.
    fn newest(&self, now: UnixTime) -> Arc<Current> {
        let current = self.current();
        if self.setup.revocation.generation(now) == current.generation { current } else { self.with_newest_view() }
    }

    /// The certificate in use, with what is known by now of its revocation.
    #[cold]
    fn with_newest_view(&self) -> Arc<Current> {
        let agent = Arc::clone(&self.current().agent);
        let (view, generation) = self.setup.revocation.view(agent.crl_issuers());
        let mut place = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been here with a later view, or a renewed certificate.
        if Arc::ptr_eq(&place.agent, &agent) && place.generation < generation {
            *place = Arc::new(place.with_view(view, generation));
        }
        Arc::clone(&place)
    }

    #[cold]
    fn look_after(&self, renewal: &Renewal, now: UnixTime) {
        let found = stamp(&renewal.path);
        let changed = {
            let mut seen = renewal.seen.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *seen, found) != found
        };
        if changed {
            let replaced =
                Source::Path(renewal.path.clone()).certificates("certificate").and_then(|chain| self.replace(chain));
            if let Err(denial) = replaced {
                // Perhaps a file half written: it is looked at again.
                *renewal.seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
                self.notices
                    .add(format!("the changed certificate in {} is not used: {denial}", renewal.path.display()));
            }
        }
        let current = self.current();
        let (from, until) = (current.agent.not_before().seconds(), current.agent.not_after().seconds());
        let last_third = until.saturating_sub(until.saturating_sub(from) / 3);
        if now.seconds() >= last_third && !current.warned.swap(true, Ordering::Relaxed) {
            let id = current.agent.id();
            self.notices.add(format!("the certificate of {id} expires at {}: renew it", current.agent.not_after()));
        }
    }

    fn replace(&self, chain: Vec<Vec<u8>>) -> Result<(), Denial> {
        let now = self.clock.now();
        let next =
            Current::validate(&self.setup, chain, &self.parents, self.signer.as_ref(), self.model.as_ref(), now)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.agent.id() != next.agent.id() {
            let came = next.agent.id().to_owned();
            return Err(fault::misconfigured("other-agent", "certificate", came, current.agent.id().to_owned()));
        }
        *current = Arc::new(next);
        Ok(())
    }

    fn arguments(&self, arguments: Result<Object, Denial>) -> Result<Arguments, Denial> {
        Arguments::new(arguments?, &self.setup.bounds.json)
    }

    fn judge<'c>(
        &self,
        current: &'c Current,
        action: &'c str,
        arguments: &'c Arguments,
        binding: &'c Binding,
        context: &Context<'_>,
    ) -> Result<guard::Permit<'c>, Denial> {
        self.check_open()?;
        binding.check()?;
        if self.bound == Bound::Required && !self.is_bound(binding) {
            return Err(unbound());
        }
        let session = binding.session.as_deref();
        guard::judge_call(&current.agent, action, arguments, session, &current.view, context)
    }

    fn context<'c>(&'c self, now: UnixTime, mode: Mode, binding: &'c Binding) -> Context<'c> {
        let approvals = binding.approvals.as_deref();
        Context { now, mode, region: self.region.as_deref(), audience: self.audience.as_deref(), approvals }
    }

    fn judge_and_reserve(
        &self,
        current: &Current,
        action: &str,
        arguments: &Arguments,
        binding: &Binding,
        now: UnixTime,
    ) -> Outcome {
        let context = self.context(now, self.mode, binding);
        let allowed = self
            .judge(current, action, arguments, binding, &context)
            .and_then(|permit| permit.reserve(&*self.setup.store, || self.view(), now));
        match allowed {
            Ok(allowed) => Outcome {
                allowed: Some(allowed.revocation().clone()),
                denial: allowed.observation().cloned(),
                approvals: allowed.approvals().to_vec(),
                request: None,
            },
            Err(denial) => Outcome::denied(denial).asking(current, action, arguments, binding, &context),
        }
    }

    /// What becomes of a call whose arguments cannot be read. Observing, whatever denies in every mode (a certificate that is
    /// expired or revoked) is asked all the same.
    fn unreadable(&self, current: &Current, denial: Denial, action: &str, binding: &Binding, now: UnixTime) -> Outcome {
        let allowed = self.mode.lets_pass(denial.code());
        let nothing = Arguments::default();
        match self.judge(current, action, &nothing, binding, &self.context(now, self.mode, binding)) {
            Err(other) if allowed => Outcome::denied(other),
            _ => Outcome { allowed: allowed.then(|| current.view.clone()), ..Outcome::denied(denial) },
        }
    }

    /// Records the outcome and gives it. What cannot be recorded does not run.
    fn conclude(
        &self,
        current: &Current,
        outcome: Outcome,
        action: &str,
        arguments: Option<Arguments>,
        binding: &Binding,
        now: UnixTime,
    ) -> Decision {
        let Outcome { allowed: judged_by, denial, approvals, request } = outcome;
        let mut decision = Decision {
            allowed: judged_by.is_some(),
            denial,
            reference: None,
            action: action.to_owned(),
            arguments,
            approvals: approvals.iter().map(|approval| *approval.name()).collect(),
            request,
        };
        if decision.denial.is_some() || self.setup.sink.keeps() {
            self.record(current, &mut decision, binding, now);
        }
        // Recording takes time. What stops the agent by now stops this call too, and a second record says so.
        let view = self.view();
        if decision.allowed
            && judged_by.is_some_and(|judged_by| !judged_by.is(&view))
            && let Err(denial) = self.still_allowed(current, &approvals, binding, &view, now)
        {
            decision.approvals.clear();
            (decision.allowed, decision.denial) = (false, Some(denial.action(decision.action.clone())));
            self.record(current, &mut decision, binding, now);
        }
        decision
    }

    /// Whether by `view` neither the agent nor an approver of the call is stopped; observing, approvers may be.
    fn still_allowed(
        &self,
        current: &Current,
        approvals: &[VerifiedApproval],
        binding: &Binding,
        view: &RevocationView,
        now: UnixTime,
    ) -> Result<(), Denial> {
        current.agent.check_revocation(view, binding.session.as_deref(), now)?;
        let approved = approvals.iter().try_for_each(|one| one.check_revocation(&current.agent, view, now));
        approved.or_else(|denial| if self.mode.lets_pass(denial.code()) { Ok(()) } else { Err(denial) })
    }

    fn record(&self, current: &Current, decision: &mut Decision, binding: &Binding, now: UnixTime) {
        let recorded = self.entry(current, decision, binding, now).and_then(|entry| {
            decision.reference = Some(entry.reference());
            self.setup.sink.write(&entry)
        });
        if let Err(denial) = recorded {
            self.unrecorded(current, decision, denial, binding, now);
        }
    }

    /// What is known of revocations and orders at this moment, whatever it was when the call came.
    fn view(&self) -> RevocationView {
        self.newest(self.clock.now()).view.clone()
    }

    /// The decision that could not be recorded becomes E503, which has a reference although nobody keeps it.
    #[cold]
    fn unrecorded(&self, current: &Current, decision: &mut Decision, denial: Denial, binding: &Binding, now: UnixTime) {
        // What was denied anyway keeps its reason.
        if std::mem::replace(&mut decision.allowed, false) {
            decision.denial = Some(denial);
        }
        let arguments = decision.arguments.take();
        if let Ok(entry) = self.entry(current, decision, binding, now) {
            decision.reference = Some(entry.reference());
        }
        decision.arguments = arguments;
    }

    fn entry(&self, current: &Current, decision: &Decision, binding: &Binding, now: UnixTime) -> Result<Entry, Denial> {
        let mut description = Description::new(now, self.mode);
        description.subject = Some(&current.subject);
        description.view = current.view_number;
        description.audience = self.audience.as_deref();
        description.action = Some(&decision.action);
        description.arguments = decision.arguments.as_ref();
        description.denial = decision.denial.as_ref();
        description.session = binding.session.as_deref();
        description.chain = binding.chain.as_deref();
        description.approvals = &decision.approvals;
        description.entry(self.setup.sink.digest_key(), self.setup.sink.values())
    }

    fn refuse(
        &self,
        current: &Current,
        outcome: Outcome,
        action: &str,
        arguments: Option<Arguments>,
        binding: &Binding,
        now: UnixTime,
    ) -> Refusal {
        let decision = self.conclude(current, outcome, action, arguments, binding, now);
        let nothing = || Denial::new(Code::RecordUnavailable, "decision-incomplete");
        Refusal {
            // INVARIANT: what is refused was denied.
            denial: decision.denial.unwrap_or_else(nothing),
            reference: decision.reference.unwrap_or_default(),
            request: decision.request,
        }
    }

    fn issue_intent(
        &self,
        current: &Current,
        action: &str,
        arguments: &Arguments,
        audience: &str,
        binding: &Binding,
        now: UnixTime,
    ) -> Result<String, Denial> {
        let signer = current.signer.as_deref().ok_or_else(|| {
            Denial::new(Code::SignerUnavailable, "signer-missing").field("signer").expected("a guard with a signer")
        })?;
        let session = binding.session.as_deref();
        // Those for somebody else would only be carried.
        let approvals = binding.approvals.as_deref().map_or_else(Vec::new, |offered| {
            offered.tokens_for(&ApprovalCall {
                action,
                params: arguments.object(),
                agent: current.agent.id(),
                issuer: current.agent.issuer_key_hash(),
                audience: Some(audience),
                session,
            })
        });
        let request = intent::Request {
            issuer: current.agent.id(),
            audience,
            issued_at: now,
            lifetime: INTENT_SECONDS,
            jti: &intent::new_jti(&SystemRandom::new())?,
            action,
            arguments,
            session,
            chain: binding.chain.as_deref(),
            approvals: &approvals,
        };
        intent::sign(&request, &current.chain, &self.parents, true, signer)
    }
}

/// What became of a call, before it is recorded.
struct Outcome {
    /// By which view, where it is allowed.
    allowed: Option<RevocationView>,
    denial: Option<Denial>,
    /// Those that it used up.
    approvals: Vec<VerifiedApproval>,
    request: Option<Box<ApprovalRequest>>,
}

impl Outcome {
    fn denied(denial: Denial) -> Self {
        Self { allowed: None, denial: Some(denial), approvals: Vec::new(), request: None }
    }

    /// With what a person is to be asked, where approvals are wanting.
    fn asking(
        mut self,
        current: &Current,
        action: &str,
        arguments: &Arguments,
        binding: &Binding,
        context: &Context<'_>,
    ) -> Self {
        if self.denial.as_ref().is_some_and(|denial| wants_approval(denial.code())) {
            let session = binding.session.as_deref();
            let request = guard::approval_request(&current.agent, action, arguments, session, context);
            self.request = request.map(Box::new);
        }
        self
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("id", &self.id()).field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Notices {
    fn add(&self, text: String) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < NOTICES {
            waiting.push(Notice { text });
        }
        self.any.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> Vec<Notice> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        self.any.store(false, Ordering::Relaxed);
        std::mem::take(&mut *waiting)
    }
}
