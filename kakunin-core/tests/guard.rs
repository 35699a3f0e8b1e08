//! The guard's steps in their order: scopes, then one reservation, then a call that may run; and what `observe` lets pass.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use std::sync::Arc;

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{
    Allowed, Context, DrawKind, MemoryStore, Mode, Reserved, StateStore, judge_call, judge_intent,
};
use kakunin_core::intent::SignedIntent;
use kakunin_core::path::VerifiedAgent;
use kakunin_core::revocation::order::{Governs, Orders, SignedHead, SignedOrder, Target};
use kakunin_core::revocation::{RevocationSnapshot, RevocationView};
use kakunin_core::scope::authoring::{self, Format};
use kakunin_core::scope::{
    ActionPattern, Constraint, Grant, GrantParts, Limit, LimitKind, Money, Param, ParamPath, Range, Scalar, ScalarSet,
    Scope, ScopeParts,
};
use kakunin_core::time::UnixTime;
use kakunin_core::value::{Arguments, Decimal};
use kakunin_testkit::NOW;
use kakunin_testkit::chain::Chain;
use kakunin_testkit::order::Log;

const AUDIENCE: &str = "https://pay.example";

use Code::{
    ActionNotAllowed as E201, ApprovalRequired as E212, AudienceMismatch as E306, BudgetExceeded as E209,
    MonetaryLimitExceeded as E202, OutsideHours as E210, RateLimitExceeded as E208, RegionNotAllowed as E211,
    ReplayDetected as E301, RevocationStale as E405, StateUnavailable as E501,
};

fn decimal(text: &str) -> Decimal {
    Decimal::from_literal(text).unwrap()
}

fn path(text: &str) -> ParamPath {
    ParamPath::parse(text).unwrap()
}

fn rate(max: u64, name: Option<&str>) -> Limit {
    Limit::new(LimitKind::Rate { max }, 3_600, name.map(str::to_owned)).unwrap()
}

fn budget(max: &str) -> Limit {
    Limit::new(LimitKind::Budget { path: path("amount"), max: decimal(max) }, 86_400, None).unwrap()
}

/// `charge` of at most `max` EUR under these limits, and scope-wide ones.
fn scope(max: &str, limits: Vec<Limit>, wide: Vec<Limit>, depth: Option<u8>) -> Scope {
    let money = Money::new(Some(path("currency")));
    let amount = Constraint::Range(Range::new(None, Some(decimal(max)), Some(money)).unwrap());
    let currency = Constraint::OneOf(ScalarSet::new(vec![Scalar::Text("EUR".to_owned())]).unwrap());
    let params = vec![
        Param::new(path("amount"), false, vec![amount]).unwrap(),
        Param::new(path("currency"), false, vec![currency]).unwrap(),
    ];
    let grant =
        Grant::new(GrantParts { params, limits, ..GrantParts::new(ActionPattern::parse("charge").unwrap()) }).unwrap();
    Scope::new(ScopeParts { grants: vec![grant], limits: wide, max_depth: depth, ..ScopeParts::default() }).unwrap()
}

fn arguments(amount: &str) -> Arguments {
    let text = format!(r#"{{"amount":{amount},"currency":"EUR"}}"#);
    Arguments::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap()
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

const ENFORCE: Context<'static> = Context::new(UnixTime::from_seconds(NOW), Mode::Enforce);
const OBSERVE: Context<'static> = Context { mode: Mode::Observe, ..ENFORCE };
const UNCHECKED: &RevocationView = &RevocationView::NotChecked;

/// Judges and reserves one call; `Ok` holds the code of what was only observed.
fn call(agent: &Arc<VerifiedAgent>, store: &MemoryStore, amount: &str, mode: Mode) -> Result<Option<Code>, Denial> {
    let arguments = arguments(amount);
    let permit = judge_call(agent, "charge", &arguments, None, UNCHECKED, &Context { mode, ..ENFORCE })?;
    permit.reserve(store, || UNCHECKED.clone(), ENFORCE.now).map(|allowed| allowed.observation().map(Denial::code))
}

/// The same for an intent with this jti.
fn send(chain: &Chain, store: &MemoryStore, amount: &str, jti: &str, mode: Mode) -> Result<Option<Code>, Denial> {
    let token = chain.intent(AUDIENCE, "charge", arguments(amount).object().clone());
    let token = token.change(|token| token.claims.insert("jti", format!("{jti:A<22}"))).sign(&chain.leaf);
    let bounds = Bounds::default();
    let intent = SignedIntent::parse(&token, &bounds)?;
    let intent = intent.verify(&chain.verified(), AUDIENCE, UNCHECKED, ENFORCE.now, &bounds)?;
    let permit = judge_intent(intent, &Context { mode, ..ENFORCE })?;
    permit.reserve(store, || UNCHECKED.clone(), ENFORCE.now).map(|allowed| allowed.observation().map(Denial::code))
}

fn code<T>(result: Result<T, Denial>) -> Result<T, Code> {
    result.map_err(|denial| denial.code())
}

#[test]
fn a_call_within_every_scope_and_limit_runs_with_what_was_judged() {
    let agent = Chain::new(None, &scope("500", vec![rate(1, None)], vec![], None), None).verified();
    let (store, arguments) = (MemoryStore::default(), arguments("50"));
    let permit = judge_call(&agent, "charge", &arguments, None, UNCHECKED, &ENFORCE).unwrap();
    assert_eq!((permit.action(), permit.reservation().nonce()), ("charge", None));
    let reserved = store.reserve(permit.reservation(), ENFORCE.now).unwrap();
    let allowed: Allowed<'_> = permit.with(reserved, UNCHECKED, ENFORCE.now).unwrap();
    assert_eq!((allowed.action(), allowed.arguments(), allowed.observation()), ("charge", &arguments, None));
    assert!(Arc::ptr_eq(allowed.agent(), &agent) && allowed.intent().is_none());
}

#[test]
fn evidence_for_another_reservation_opens_nothing() {
    let agent = Chain::new(None, &scope("500", vec![], vec![], None), None).verified();
    let arguments = arguments("50");
    let permit = || judge_call(&agent, "charge", &arguments, None, UNCHECKED, &ENFORCE).unwrap();
    let (one, other) = (permit(), permit());
    let reserved = Reserved::assertion(one.reservation());
    assert_eq!(code(other.with(reserved, UNCHECKED, ENFORCE.now).map(drop)), Err(E501));
    let reserved = Reserved::assertion(one.reservation());
    assert!(one.with(reserved, UNCHECKED, ENFORCE.now).is_ok());
}

#[test]
fn every_scope_on_the_path_judges_the_leafs_first() {
    let tenant = scope("400", vec![], vec![], None);
    let agent = scope("300", vec![], vec![], Some(1));
    let sub = scope("100", vec![], vec![], None);
    let chain = Chain::new(Some(&tenant), &agent, Some(&sub));
    let verified = chain.verified();
    let refused = |amount: &str| {
        let arguments = arguments(amount);
        let denial = judge_call(&verified, "charge", &arguments, None, UNCHECKED, &ENFORCE).map(drop).err()?;
        Some((denial.code(), denial.details().depth, denial.details().expected.clone()?.into_owned()))
    };
    assert_eq!(refused("100"), None);
    let (code, depth, expected) = refused("450").unwrap();
    assert_eq!((code, depth), (E202, Some(0)));
    assert!(expected.contains("100"), "{expected}");
}

#[test]
fn a_limit_above_denies_with_its_depth() {
    let tenant = scope("500", vec![rate(0, None)], vec![], None);
    let chain = Chain::new(Some(&tenant), &scope("500", vec![rate(9, None)], vec![], None), None);
    let denial = call(&chain.verified(), &MemoryStore::default(), "50", Mode::Enforce).unwrap_err();
    assert_eq!((denial.code(), denial.details().depth), (E208, Some(1)));
}

#[test]
fn limits_draw_on_every_certificate_and_children_share_their_parents_budget() {
    let agent = scope("500", vec![budget("120")], vec![], Some(1));
    let sub = scope("500", vec![budget("100")], vec![], None);
    let (parent, child) = (Chain::new(None, &agent, None), Chain::new(None, &agent, Some(&sub)));
    let store = MemoryStore::default();
    assert_eq!(call(&child.verified(), &store, "70", Mode::Enforce), Ok(None));
    // The child's own budget comes first in the report.
    let denial = call(&child.verified(), &store, "60", Mode::Enforce).unwrap_err();
    let details = denial.details();
    assert_eq!((denial.code(), details.depth, details.parameter.as_deref()), (E209, Some(0), Some("amount")));
    assert_eq!((details.requested.as_deref(), details.left.as_deref()), (Some("60"), Some("30")));
    assert_eq!((details.limit.as_deref(), details.frees_at), (Some("100 per 86400 s"), Some(at(86_400).millis())));
    assert_eq!(details.action.as_deref(), Some("charge"));
    // The parent's budget is drawn on by both.
    assert_eq!(call(&parent.verified(), &store, "50", Mode::Enforce), Ok(None));
    let denial = call(&child.verified(), &store, "10", Mode::Enforce).unwrap_err();
    assert_eq!((denial.code(), denial.details().depth), (E209, Some(1)));
}

/// A scope of `charge`, with what stands before and in its grant.
fn charging(top: &str, grant: &str) -> Scope {
    let toml = format!(
        "{top}\n[[grant]]\naction = 'charge'\n{grant}\n[grant.params]\namount = {{ max = 100, money = true }}\ncurrency = 'EUR'"
    );
    authoring::compile(&toml, Format::Toml).unwrap()
}

const OPS: &str = "[[approvers]]\nname = 'ops'\nrole = 'ops'";
const ASKS: &str = "approval = { of = 'ops', unless = { amount = { max = 10 } } }";

#[test]
fn an_approval_is_asked_for_once_every_scope_accepts() {
    let (free, asks) = (charging("", ""), charging(OPS, ASKS));
    let limited = charging(OPS, &format!("{ASKS}\nlimits = [{{ rate = 1, per = '1h' }}]"));
    let elsewhere = charging("regions = 'eu'", "");
    let spent = charging("", "limits = [{ rate = 0, per = '1h' }]");
    let judged = |tenant: &Scope, agent: &Scope, amount: &str, mode: Mode| {
        let denial = call(&Chain::new(Some(tenant), agent, None).verified(), &MemoryStore::default(), amount, mode);
        denial.map_err(|denial| (denial.code(), denial.details().depth))
    };
    assert_eq!(judged(&free, &asks, "60", Mode::Enforce), Err((E212, Some(0))));
    assert_eq!(judged(&asks, &free, "60", Mode::Enforce), Err((E212, Some(1))));
    assert_eq!(judged(&asks, &asks, "60", Mode::Enforce), Err((E212, Some(0))));
    assert_eq!(judged(&asks, &asks, "10", Mode::Enforce), Ok(None));
    // A scope above that refuses comes before the approval, a limit that refuses behind it.
    assert_eq!(judged(&elsewhere, &asks, "60", Mode::Enforce), Err((E211, Some(1))));
    assert_eq!(judged(&spent, &asks, "60", Mode::Enforce), Err((E212, Some(0))));
    assert_eq!(judged(&spent, &free, "60", Mode::Enforce), Err((E208, Some(1))));
    // Observed, the call passes, and draws nothing.
    let agent = Chain::new(None, &limited, None).verified();
    let store = MemoryStore::default();
    assert_eq!(call(&agent, &store, "60", Mode::Observe), Ok(Some(E212)));
    assert_eq!(call(&agent, &store, "10", Mode::Enforce), Ok(None));
    assert_eq!(code(call(&agent, &store, "10", Mode::Enforce)), Err(E208));
}

#[test]
fn hours_and_regions_of_every_scope_bind() {
    // The clock stands at noon of a Monday.
    let open = |hours: &str| charging(&format!("hours = {{ zone = 'UTC', open = '{hours}' }}"), "");
    let (day, night, eu) = (open("mon 12:00-13:00"), open("mon 13:00-14:00"), charging("regions = 'eu'", ""));
    let judged = |tenant: &Scope, agent: &Scope, change: Context<'_>| {
        let chain = Chain::new(Some(tenant), agent, None).verified();
        let arguments = arguments("1");
        let judged = judge_call(&chain, "charge", &arguments, None, UNCHECKED, &change).map(drop);
        judged.map_err(|denial| (denial.code(), denial.details().depth))
    };
    let later = Context { now: at(3_600), ..ENFORCE };
    assert_eq!(judged(&day, &day, ENFORCE), Ok(()));
    assert_eq!(judged(&day, &day, later), Err((E210, Some(0))));
    assert_eq!(judged(&night, &day, ENFORCE), Err((E210, Some(1))));
    let here = Context { region: Some("eu"), ..ENFORCE };
    assert_eq!(judged(&eu, &day, here), Ok(()));
    assert_eq!(judged(&eu, &day, ENFORCE), Err((E211, Some(1))));
    assert_eq!(judged(&eu, &day, Context { region: Some("us"), ..ENFORCE }), Err((E211, Some(1))));
    // What is observed passes.
    assert_eq!(judged(&eu, &night, Context { mode: Mode::Observe, ..ENFORCE }), Ok(()));
}

#[test]
fn who_acts_is_the_intents_audience_and_else_the_guards() {
    let scope = charging("", &format!("audience = '{AUDIENCE}'"));
    let chain = Chain::new(None, &scope, None);
    let (agent, bounds) = (chain.verified(), Bounds::default());
    let arguments = arguments("1");
    let own = |audience| {
        code(judge_call(&agent, "charge", &arguments, None, UNCHECKED, &Context { audience, ..ENFORCE }).map(drop))
    };
    assert_eq!(own(Some(AUDIENCE)), Ok(()));
    assert_eq!(own(Some("https://books.example")), Err(E306));
    assert_eq!(own(None), Err(E306));
    let sent = |to: &str, context: Context<'_>| {
        let token = chain.intent(to, "charge", arguments.object().clone()).sign(&chain.leaf);
        let intent = SignedIntent::parse(&token, &bounds)?.verify(&agent, to, UNCHECKED, ENFORCE.now, &bounds)?;
        judge_intent(intent, &context).map(drop)
    };
    assert_eq!(code(sent(AUDIENCE, ENFORCE)), Ok(()));
    // The verifier's own word does not stand in for what was signed.
    let misled = Context { audience: Some(AUDIENCE), ..ENFORCE };
    assert_eq!(code(sent("https://books.example", misled)), Err(E306));
}

#[test]
fn draws_stand_in_the_order_of_report() {
    let tenant = scope("500", vec![], vec![rate(7, None)], None);
    let agent = scope("500", vec![rate(5, None), budget("50")], vec![rate(6, Some("all"))], None);
    let chain = Chain::new(Some(&tenant), &agent, None);
    let (verified, arguments) = (chain.verified(), arguments("1"));
    let permit = judge_call(&verified, "charge", &arguments, None, UNCHECKED, &ENFORCE).unwrap();
    let draws = permit.reservation().draws();
    let shown: Vec<_> = draws.iter().map(|draw| (draw.depth, draw.kind, draw.max.to_string())).collect();
    let (rate, budget) = (DrawKind::Rate, DrawKind::Budget);
    let expected = [(0, rate, "5"), (0, budget, "50"), (0, rate, "6"), (1, rate, "7")];
    assert_eq!(shown, expected.map(|(depth, kind, max)| (depth, kind, max.to_owned())));
    let mut counters: Vec<_> = draws.iter().map(|draw| draw.counter).collect();
    counters.sort_unstable();
    counters.dedup();
    assert_eq!(counters.len(), 4);
}

#[test]
fn a_named_limit_is_named_in_its_denial() {
    let chain = Chain::new(None, &scope("500", vec![rate(0, Some("nightly"))], vec![], None), None);
    let denial = call(&chain.verified(), &MemoryStore::default(), "1", Mode::Enforce).unwrap_err();
    assert_eq!(denial.details().field.as_deref(), Some("limit nightly"));
    assert_eq!(denial.details().limit.as_deref(), Some("0 per 3600 s"));
}

#[test]
fn an_intent_is_used_once_and_equal_calls_with_other_nonces_pass() {
    let chain = Chain::new(None, &scope("500", vec![budget("120")], vec![], None), None);
    let store = MemoryStore::default();
    assert_eq!(code(send(&chain, &store, "50", "a", Mode::Enforce)), Ok(None));
    assert_eq!(code(send(&chain, &store, "50", "a", Mode::Enforce)), Err(E301));
    assert_eq!(code(send(&chain, &store, "50", "b", Mode::Enforce)), Ok(None));
    // Over budget the nonce is not used up: the same intent may be sent again when there is room.
    assert_eq!(code(send(&chain, &store, "50", "c", Mode::Enforce)), Err(E209));
    assert_eq!(code(send(&chain, &store, "50", "c", Mode::Enforce)), Err(E209));
    // A refusal by the scope comes before the nonce.
    assert_eq!(code(send(&chain, &store, "501", "a", Mode::Enforce)), Err(E202));
    assert_eq!(store.usage().unwrap().nonces, 2);
}

#[test]
fn observation_lets_scope_and_limits_pass_and_tells_what_would_have_been_denied() {
    let chain = Chain::new(None, &scope("500", vec![rate(1, None)], vec![], None), None);
    let (agent, store) = (chain.verified(), MemoryStore::default());
    assert_eq!(call(&agent, &store, "501", Mode::Observe), Ok(Some(E202)));
    assert_eq!(store.usage().unwrap().draws, 0, "what a scope refuses draws nothing");
    assert_eq!(call(&agent, &store, "50", Mode::Observe), Ok(None));
    assert_eq!(call(&agent, &store, "50", Mode::Observe), Ok(Some(E208)));
    assert_eq!(store.usage().unwrap().draws, 1, "what does not fit draws nothing");
    assert_eq!(code(call(&agent, &store, "50", Mode::Enforce)), Err(E208));
    assert_eq!(code(call(&agent, &store, "501", Mode::Enforce)), Err(E202));
}

#[test]
fn observation_lets_no_intent_pass_twice() {
    let chain = Chain::new(None, &scope("500", vec![rate(1, None)], vec![], None), None);
    let store = MemoryStore::default();
    for (amount, jti, expected) in [("501", "a", Some(E202)), ("50", "b", None), ("50", "c", Some(E208))] {
        assert_eq!(code(send(&chain, &store, amount, jti, Mode::Observe)), Ok(expected));
        assert_eq!(code(send(&chain, &store, amount, jti, Mode::Observe)), Err(E301), "{jti}");
    }
}

#[test]
fn observation_lets_nothing_else_pass() {
    let chain = Chain::new(None, &scope("500", vec![], vec![], None), None);
    let (agent, arguments) = (chain.verified(), arguments("50"));
    let stale = RevocationView::Checked(Arc::new(RevocationSnapshot::new(vec![])));
    let judge = |view: &RevocationView, now: UnixTime| {
        judge_call(&agent, "charge", &arguments, None, view, &Context { now, ..OBSERVE })
            .map(drop)
            .err()
            .map(|d| d.code())
    };
    assert_eq!(judge(UNCHECKED, at(0)), None);
    assert_eq!(judge(&stale, at(0)), Some(E405));
    assert_eq!(judge(&stale, at(40 * 86_400)), Some(Code::CertificateExpired));
    assert_eq!(judge(UNCHECKED, at(-7_200)), Some(Code::CertificateNotYetValid));

    struct Broken;
    impl StateStore for Broken {
        fn reserve(&self, _: &kakunin_core::guard::Reservation, _: UnixTime) -> Result<Reserved, Denial> {
            Err(Denial::new(Code::StateUnavailable, "broken"))
        }
    }
    let permit = judge_call(&agent, "charge", &arguments, None, UNCHECKED, &OBSERVE).unwrap();
    assert_eq!(code(permit.reserve(&Broken, || UNCHECKED.clone(), ENFORCE.now).map(drop)), Err(E501));
}

#[test]
fn an_action_that_nothing_grants_is_refused() {
    let agent = Chain::new(None, &scope("500", vec![], vec![], None), None).verified();
    let arguments = arguments("50");
    for action in ["refund", "charge.x", "Charge", "", "charge\n"] {
        let judged = judge_call(&agent, action, &arguments, None, UNCHECKED, &ENFORCE).map(drop);
        assert_eq!(code(judged), Err(E201), "{action}");
    }
}

/// A view in which an order stops everything.
fn halted() -> RevocationView {
    let mut log = Log::new("acme");
    log.halt(&Target::All);
    let bounds = Bounds::default();
    let orders: Vec<_> = log.orders.iter().map(|order| SignedOrder::parse(order, &bounds).unwrap()).collect();
    let head = SignedHead::parse(&log.signed_head(), &bounds).unwrap();
    let known = Orders::new(vec![log.authority(Governs::Everything)]).unwrap();
    let (known, _) = known.take(&orders, &[head], ENFORCE.now, &bounds);
    RevocationView::Checked(Arc::new(RevocationSnapshot::default().with_orders(Arc::new(known))))
}

/// A store that is asked, and how often.
#[derive(Default)]
struct Counting(MemoryStore, std::sync::atomic::AtomicUsize);

impl StateStore for Counting {
    fn reserve(&self, reservation: &kakunin_core::guard::Reservation, now: UnixTime) -> Result<Reserved, Denial> {
        self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.0.reserve(reservation, now)
    }
}

#[test]
fn nothing_starts_once_its_view_holds_a_halt() {
    let agent = Chain::new(None, &scope("500", vec![rate(9, None)], vec![], None), None).verified();
    let arguments = arguments("50");
    for context in [ENFORCE, OBSERVE] {
        let permit = || judge_call(&agent, "charge", &arguments, None, UNCHECKED, &context).unwrap();
        // Before the store is asked: nothing is drawn.
        let store = Counting::default();
        let refused = permit().reserve(&store, halted, ENFORCE.now);
        assert_eq!(code(refused.map(drop)), Err(Code::SystemHalted));
        assert_eq!(store.1.into_inner(), 0);
        // While it is asked.
        let asked = std::cell::Cell::new(0);
        let later = || {
            asked.set(asked.get() + 1);
            if asked.get() > 1 { halted() } else { UNCHECKED.clone() }
        };
        assert_eq!(
            code(permit().reserve(&MemoryStore::default(), later, ENFORCE.now).map(drop)),
            Err(Code::SystemHalted)
        );
        let reserved = |permit: &kakunin_core::guard::Permit<'_>| Reserved::assertion(permit.reservation());
        let (one, other) = (permit(), permit());
        assert_eq!(code(one.follow(&halted(), ENFORCE.now).map(drop)), Err(Code::SystemHalted));
        let evidence = reserved(&other);
        assert_eq!(code(other.with(evidence, &halted(), ENFORCE.now).map(drop)), Err(Code::SystemHalted));
        // And after.
        let mut allowed = permit().reserve(&MemoryStore::default(), || UNCHECKED.clone(), ENFORCE.now).unwrap();
        assert_eq!(allowed.follow(UNCHECKED, ENFORCE.now), Ok(()));
        let denial = allowed.follow(&halted(), ENFORCE.now).unwrap_err();
        assert_eq!((denial.code(), denial.details().action.as_deref()), (Code::SystemHalted, Some("charge")));
    }
}

#[test]
fn an_intent_is_judged_again_in_its_session() {
    let chain = Chain::new(None, &scope("500", vec![], vec![], None), None);
    let token = chain.intent(AUDIENCE, "charge", arguments("50").object().clone()).sign(&chain.leaf);
    let bounds = Bounds::default();
    let intent = SignedIntent::parse(&token, &bounds).unwrap();
    let intent = intent.verify(&chain.verified(), AUDIENCE, UNCHECKED, ENFORCE.now, &bounds).unwrap();
    let permit = judge_intent(intent, &ENFORCE).unwrap();
    assert_eq!(code(permit.follow(&halted(), ENFORCE.now).map(drop)), Err(Code::SystemHalted));
}
