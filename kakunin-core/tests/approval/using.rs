//! That an approval is used once, by a call that runs, in the guard's own process and on the far side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kakunin_core::approval::ApprovalRequest;
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::Json;
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{Context, MemoryStore, Mode, approval_request, judge_call, judge_intent};
use kakunin_core::intent::SignedIntent;
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::scope::{
    ActionPattern, Approval, Constraint, Grant, GrantParts, Limit, LimitKind, Param, ParamPath, Range, Scope,
    ScopeParts,
};
use kakunin_core::value::Decimal;
use kakunin_testkit::approval::{by_key, person};
use kakunin_testkit::chain::Chain;
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;

use crate::world::{AUDIENCE, SESSION, UNCHECKED, World, agent_of_ops, agent_of_role, arguments, at, key, scope};

const E212: Code = Code::ApprovalRequired;
const E213: Code = Code::ApprovalInvalid;

fn ops(world: &World, jti: &str) -> String {
    let key = Key::ed25519("ops");
    by_key(&key, &world.call(), jti).sign(&key)
}

#[test]
fn an_approval_is_used_once() {
    let world = World::new(agent_of_ops());
    let token = ops(&world, "a");
    assert_eq!(world.fault(std::slice::from_ref(&token)), None);
    assert_eq!(world.fault(std::slice::from_ref(&token)), Some((E213, "approval-used")));
    // Another text with the same jti is the same approval; another jti is another.
    let resigned = by_key(&Key::ed25519("ops"), &world.call(), "a").change(|token| token.claims.insert("iss", "Olga"));
    assert_eq!(world.fault(&[resigned.sign(&Key::ed25519("ops"))]), Some((E213, "approval-used")));
    assert_eq!(world.fault(&[ops(&world, "b")]), None);
}

#[test]
fn a_jti_of_one_approver_uses_up_none_of_anothers() {
    let world = World::new(Chain::new(None, &scope(vec![key("ops"), key("cfo")], 1), None).verified());
    let cfo = Key::ed25519("cfo");
    assert_eq!(world.fault(&[ops(&world, "a")]), None);
    assert_eq!(world.fault(&[by_key(&cfo, &world.call(), "a").sign(&cfo)]), None);
}

/// `charge` by one approval of `ops` above 50, and so many calls an hour.
fn limited(calls: u64) -> Scope {
    let path = ParamPath::parse("amount").unwrap();
    let at_most = Range::new(None, Some(Decimal::from(50_u64)), None).unwrap();
    let free = Param::new(path, false, vec![Constraint::Range(at_most)]).unwrap();
    let approval = Approval::new(vec!["ops".to_owned()], 1, vec![free]).unwrap();
    let limits = vec![Limit::new(LimitKind::Rate { max: calls }, 3_600, None).unwrap()];
    let parts = GrantParts::new(ActionPattern::parse("charge").unwrap());
    let grant = Grant::new(GrantParts { open: true, approval: Some(approval), limits, ..parts }).unwrap();
    Scope::new(ScopeParts { grants: vec![grant], approvers: vec![key("ops")], ..ScopeParts::default() }).unwrap()
}

#[test]
fn a_denied_call_uses_up_none_and_what_needs_none_uses_none() {
    let mut world = World::new(Chain::new(None, &limited(1), None).verified());
    let token = ops(&world, "a");
    world.arguments = arguments(50);
    assert_eq!(world.outcome(std::slice::from_ref(&token)), Ok((vec![], None)), "50 needs no approval");
    world.arguments = arguments(100);
    assert_eq!(world.fault(std::slice::from_ref(&token)), Some((Code::RateLimitExceeded, "rate")));
    assert_eq!(world.store.usage().unwrap().approvals, 0);
    world.store = MemoryStore::default();
    assert_eq!(world.fault(&[token]), None);
    // What is refused for want of approvals draws nothing.
    world.store = MemoryStore::default();
    assert_eq!(world.fault(&[]), Some((E212, "approval")));
    assert_eq!(world.store.usage().unwrap().draws, 0);
}

#[test]
fn scopes_are_judged_before_approvals() {
    let parent = crate::world::scope_of(vec![crate::world::grant(&["ops"], 1)], vec![key("ops")], Some(1));
    let narrow = Grant::new(GrantParts::new(ActionPattern::parse("charge").unwrap())).unwrap();
    let child = Scope::new(ScopeParts { grants: vec![narrow], ..ScopeParts::default() }).unwrap();
    let world = World::new(Chain::new(None, &parent, Some(&child)).verified());
    assert_eq!(world.fault(&[]).map(|fault| fault.0), Some(Code::ParameterUnexpected));
}

#[test]
fn of_racing_calls_with_one_approval_one_runs() {
    let world = World::new(agent_of_ops());
    let token = ops(&world, "a");
    let (ran, used) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|threads| {
        for _ in 0..16 {
            threads.spawn(|| match world.fault(std::slice::from_ref(&token)) {
                None => _ = ran.fetch_add(1, Ordering::Relaxed),
                Some((E213, "approval-used")) => _ = used.fetch_add(1, Ordering::Relaxed),
                Some(other) => panic!("{other:?}"),
            });
        }
    });
    assert_eq!((ran.into_inner(), used.into_inner()), (1, 15));
}

#[test]
fn observing_lets_a_want_of_approvals_pass_and_uses_up_none() {
    let world = World { mode: Mode::Observe, ..World::new(agent_of_ops()) };
    assert_eq!(world.outcome(&[]), Ok((vec![], Some(E212))));
    assert_eq!(world.outcome(&["x".to_owned()]), Ok((vec![], Some(E213))));
    let token = ops(&world, "a");
    let (used, observed) = world.outcome(std::slice::from_ref(&token)).unwrap();
    assert_eq!((used.len(), observed), (1, None));
    assert_eq!(world.outcome(&[token]), Ok((vec![], Some(E213))), "used before: seen, and let pass");
    assert_eq!(world.store.usage().unwrap().approvals, 1);
}

fn lists(agent: &kakunin_core::path::VerifiedAgent, revoked: &[&[u8]]) -> RevocationView {
    let lists = [("Root", "root", &[][..]), ("Tenant", "tenant", revoked)].map(|(name, key, revoked)| {
        Crl::parse(&List::new(name, 1, revoked).sign(&Key::ed25519(key)), &Bounds::default()).unwrap()
    });
    RevocationView::Checked(Arc::new(RevocationSnapshot::new(lists.to_vec()).with_issuers(agent.crl_issuers())))
}

#[test]
fn an_approver_who_is_revoked_meanwhile_approves_nothing_any_more() {
    let agent = agent_of_role(1);
    let alice = person("alice");
    let serial = kakunin_core::certificate::Certificate::parse(&alice.certificate, &Bounds::default()).unwrap();
    let serial = serial.serial().to_vec();
    let (before, after) = (lists(&agent, &[]), lists(&agent, &[&serial]));
    for (mode, expected) in [(Mode::Enforce, Err((E213, "approver-revoked"))), (Mode::Observe, Ok(Some(E213)))] {
        let world = World { view: before.clone(), mode, ..World::new(Arc::clone(&agent)) };
        let offered =
            kakunin_core::approval::Offered::parse([alice.approve(&world.call(), "a")], &Bounds::default()).unwrap();
        let mut context = Context::new(world.now, mode);
        (context.audience, context.approvals) = (world.audience, Some(&offered));
        let permit =
            || judge_call(&world.agent, "charge", &world.arguments, world.session, &world.view, &context).unwrap();
        let said = |denial: Denial| (denial.code(), denial.details().rule);
        // Before the store is asked: nothing is used up.
        let reserved = permit().reserve(&world.store, || after.clone(), world.now);
        let observed = reserved.map(|allowed| {
            assert!(allowed.approvals().is_empty());
            allowed.observation().map(Denial::code)
        });
        assert_eq!(observed.map_err(said), expected, "{mode:?}");
        assert_eq!(world.store.usage().unwrap().approvals, 0);
        // After it, and after the record.
        let mut allowed = permit().reserve(&world.store, || before.clone(), world.now).unwrap();
        assert_eq!(allowed.approvals().len(), 1);
        let followed = allowed.follow(&after, world.now).map_err(said);
        assert_eq!(followed.map(|()| allowed.observation().map(Denial::code)), expected, "{mode:?}");
    }
}

/// Sends the call as an intent with these approvals to a far side that has `store`.
fn send(chain: &Chain, approvals: &[String], store: &MemoryStore, jti: &str) -> Result<usize, (Code, &'static str)> {
    let token = chain.intent(AUDIENCE, "charge", arguments(100).object().clone()).change(|token| {
        token.claims.insert("session", SESSION);
        token.claims.insert("jti", format!("{jti:A<22}"));
        token.claims.insert("approvals", Json::Array(approvals.iter().map(|text| Json::from(text.as_str())).collect()));
    });
    let said = |denial: Denial| (denial.code(), denial.details().rule);
    let bounds = Bounds::default();
    let intent = SignedIntent::parse(&token.sign(&chain.leaf), &bounds).map_err(said)?;
    let intent = intent.verify(&chain.verified(), AUDIENCE, UNCHECKED, at(0), &bounds).map_err(said)?;
    let permit = judge_intent(intent, &Context::new(at(0), Mode::Enforce)).map_err(said)?;
    let allowed = permit.reserve(store, || UNCHECKED.clone(), at(0)).map_err(said)?;
    Ok(allowed.approvals().len())
}

#[test]
fn an_intent_brings_its_approvals_to_the_far_side() {
    let chain = Chain::new(None, &scope(vec![key("ops")], 1), None);
    let world = World::new(chain.verified());
    let (store, token) = (MemoryStore::default(), ops(&world, "a"));
    assert_eq!(send(&chain, &[], &store, "1"), Err((E212, "approval")));
    assert_eq!(send(&chain, std::slice::from_ref(&token), &store, "2"), Ok(1));
    assert_eq!(send(&chain, std::slice::from_ref(&token), &store, "2"), Err((Code::ReplayDetected, "nonce")));
    assert_eq!(send(&chain, &[token], &store, "3"), Err((E213, "approval-used")));
    let elsewhere = World { audience: Some("https://other.example"), ..World::new(chain.verified()) };
    assert_eq!(
        send(&chain, &[ops(&elsewhere, "b")], &store, "3"),
        Err((E213, "approval-aud")),
        "its nonce is not used"
    );
    assert_eq!(send(&chain, &[ops(&world, "b")], &store, "3"), Ok(1));
    let many = vec!["x".to_owned(); 17];
    assert_eq!(send(&chain, &many, &store, "4"), Err((Code::IntentMalformed, "approvals-count")));
}

#[test]
fn a_request_says_what_is_to_be_approved_and_nothing_else_is_believed() {
    let world = World::new(Chain::new(None, &scope(vec![key("ops"), key("cfo")], 2), None).verified());
    let mut context = Context::new(world.now, Mode::Enforce);
    context.audience = world.audience;
    let request = approval_request(&world.agent, "charge", &world.arguments, world.session, &context).unwrap();
    assert_eq!(request.digest(), world.call().digest());
    let needs: Vec<_> = request.needs().iter().map(|need| (need.need, need.of.join(" "))).collect();
    assert_eq!(needs, [(2, "cfo ops".to_owned())]);
    assert_eq!(request.expires_at(), Some(world.agent.not_after()));
    let bounds = Bounds::default();
    let text = request.to_string();
    assert_eq!(ApprovalRequest::parse(text.as_bytes(), &bounds).unwrap(), request);
    // What a request says decides its digest; a digest of something else is refused.
    let Json::Object(json) = Json::parse(text.as_bytes(), &JsonBounds::TOKEN).unwrap() else { panic!("an object") };
    let refused = |member: &str, value: Option<Json>| {
        let mut json = json.clone();
        match value {
            Some(value) => json.insert(member, value),
            None => _ = json.remove(member),
        }
        let text = kakunin_core::encoding::jcs::to_string(&Json::Object(json));
        ApprovalRequest::parse(text.as_bytes(), &bounds).map_err(|denial| denial.details().rule).err()
    };
    for (member, value, rule) in [
        ("digest", Some(Json::from(base64::encode_url(&[0; 32]))), Some("request-digest")),
        ("action", Some(Json::from("refund")), Some("request-digest")),
        ("params", Some(Json::Object(arguments(99).object().clone())), Some("request-digest")),
        ("agent", Some(Json::from("spiffe://acme.com/b")), Some("request-digest")),
        ("issuer", Some(Json::from(base64::encode_url(&[0; 32]))), Some("request-digest")),
        ("digest", None, Some("request-form")),
        ("issuer", Some(Json::from("AA")), Some("request-form")),
        ("params", Some(Json::from("x")), Some("request-form")),
        ("needs", None, Some("request-form")),
        ("needs", Some(Json::Array(vec![Json::Null])), Some("request-form")),
        ("aud", Some(Json::Null), Some("request-form")),
        ("expires", Some(Json::from("tomorrow")), Some("request-form")),
        ("session", None, None),
        ("other", Some(Json::Null), None),
    ] {
        assert_eq!(refused(member, value), rule, "{member}");
    }
    // A call that needs none, and one that no scope accepts.
    let free = World::new(Chain::new(None, &limited(9), None).verified());
    assert!(approval_request(&free.agent, "charge", &arguments(50), None, &context).is_none());
    assert!(approval_request(&free.agent, "refund", &arguments(100), None, &context).is_none());
}
