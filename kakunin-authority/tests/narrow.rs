//! Guards for one task, by certificates that agents sign themselves.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::sync::Arc;
use std::time::Duration;

use kakunin_authority::log;
use kakunin_authority::shell::{
    Binding, Bound, Clock, Environment, Guard, GuardOptions, Model, Narrowing, SignerSource, Source, VerifierOptions,
    compile_scope,
};
use kakunin_authority::testing::{self, Authority};
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::Mode;
use kakunin_core::issue::{self, AgentProfile, AuthorityProfile, Context, Issuer, Validity};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::Format;
use kakunin_core::time::UnixTime;

const AGENT: &str = r#"
[[grant]]
action = "charge"
limits = [{ rate = 3, per = "1h" }, { budget = "amount", max = 600, per = "1d" }]
[grant.params]
amount = { max = 500, money = "currency" }
currency = "EUR"

[[grant]]
action = "kb.read"
"#;

const TASK: &str = r#"
[[grant]]
action = "charge"
[grant.params]
amount = { max = 100, money = "currency" }
currency = "EUR"
"#;

fn scope(text: &str) -> Scope {
    compile_scope(text, Format::Toml).unwrap()
}

fn options() -> GuardOptions {
    GuardOptions::default()
}

/// A guard that may be narrowed, as many levels deep.
fn guard(delegate: u8, options: GuardOptions) -> Guard {
    let verifier = VerifierOptions::default();
    testing::guard_with_verifier(AGENT, Format::Toml, Some(delegate), options, verifier).unwrap().0
}

fn task() -> Narrowing {
    Narrowing::new(scope(TASK), Duration::from_secs(600))
}

fn named(name: &str) -> Narrowing {
    Narrowing { name: Some(name.to_owned()), ..task() }
}

fn levels(delegate: u8) -> Narrowing {
    Narrowing { delegate: Some(delegate), ..task() }
}

fn amount(amount: i64) -> Result<Object, Denial> {
    let text = format!(r#"{{"amount":{amount},"currency":"EUR"}}"#);
    match Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS) {
        Ok(Json::Object(object)) => Ok(object),
        _ => Err(Denial::new(Code::ParameterInvalid, "test")),
    }
}

fn charge(guard: &Guard, sum: i64) -> Option<Code> {
    guard.decide("charge", amount(sum), &Binding::default()).denial().map(Denial::code)
}

fn refused(outcome: Result<Guard, Denial>) -> (Code, &'static str) {
    let denial = outcome.unwrap_err();
    (denial.code(), denial.details().rule)
}

#[test]
fn a_narrowed_guard_is_judged_by_its_own_scope_and_by_its_parents() {
    let parent = guard(1, options());
    let task = parent.narrow(&named("task-17")).unwrap();
    assert_eq!(task.id(), format!("{}:-:task-17", parent.id()));
    assert!(task.is_narrowed() && !parent.is_narrowed());
    assert_eq!(charge(&task, 100), None);
    assert_eq!(charge(&task, 101), Some(Code::MonetaryLimitExceeded));
    assert_eq!(charge(&parent, 101), None, "the parent is what it was");
    let read = task.decide("kb.read", Ok(Object::new()), &Binding::default());
    assert_eq!(read.denial().map(Denial::code), Some(Code::ActionNotAllowed));
}

#[test]
fn a_narrowed_guard_draws_on_its_parents_limits_too() {
    let parent = guard(1, options());
    let (one, two) = (parent.narrow(&task()).unwrap(), parent.narrow(&task()).unwrap());
    assert_ne!(one.id(), two.id(), "each a name of its own");
    assert_eq!([charge(&one, 1), charge(&two, 1), charge(&parent, 1)], [None, None, None]);
    for guard in [&one, &two, &parent] {
        assert_eq!(charge(guard, 1), Some(Code::RateLimitExceeded));
    }
}

#[test]
fn who_narrows_again_under_one_name_goes_on_counting() {
    let parent = guard(1, options());
    let once = || Narrowing {
        scope: scope(
            &TASK.replace("action = \"charge\"", "action = \"charge\"\nlimits = [{ rate = 1, per = \"1h\" }]"),
        ),
        ..named("task")
    };
    assert_eq!(charge(&parent.narrow(&once()).unwrap(), 1), None);
    assert_eq!(charge(&parent.narrow(&once()).unwrap(), 1), Some(Code::RateLimitExceeded));
    let other = Narrowing { name: Some("other".to_owned()), ..once() };
    assert_eq!(charge(&parent.narrow(&other).unwrap(), 1), None);
}

#[test]
fn a_wider_scope_is_refused_and_says_which_action_and_parameter() {
    let parent = guard(1, options());
    let wider = |text: &str| parent.narrow(&Narrowing { scope: scope(text), ..task() }).unwrap_err();
    let denial = wider(&TASK.replace("100", "501"));
    assert_eq!((denial.code(), denial.details().depth), (Code::ScopeWidened, Some(1)));
    assert_eq!(denial.details().action.as_deref(), Some("charge"));
    assert_eq!(denial.details().parameter.as_deref(), Some("amount"));
    assert!(denial.reason().starts_with("`amount` of `charge` is "), "{}", denial.reason());
    let denial = wider("[[grant]]\naction = \"refund\"\n");
    assert_eq!(denial.code(), Code::ScopeWidened);
    assert!(denial.reason().contains("`refund`") && denial.reason().contains("kb.read"), "{}", denial.reason());
}

#[test]
fn names_are_labels() {
    let parent = guard(1, options());
    for name in ["a", "-a", "a_b-C9", &"a".repeat(64)] {
        assert_eq!(parent.narrow(&named(name)).unwrap().id(), format!("{}:-:{name}", parent.id()));
    }
    for name in ["", "-", "a.b", "a:b", "a/b", "ä", "a b", &"a".repeat(65)] {
        let denial = parent.narrow(&named(name)).unwrap_err();
        assert_eq!((denial.code(), denial.details().rule), (Code::IdentityInvalid, "delegated-id"), "{name}");
        assert_eq!(denial.details().field.as_deref(), Some("name"));
    }
}

#[test]
fn a_narrowed_guard_ends_when_its_time_is_over() {
    let parent = guard(1, options());
    let now = parent.clock().now();
    let task = parent.narrow(&task()).unwrap();
    assert_eq!(task.expires_at().seconds(), now.seconds() + 600);
    parent.clock().advance_text("10m").unwrap();
    assert_eq!(charge(&task, 1), None, "the last second counts");
    parent.clock().advance_text("1s").unwrap();
    let late = task.decide("charge", amount(1), &Binding::default());
    let denial = late.denial().unwrap();
    assert_eq!((denial.code(), denial.details().depth), (Code::CertificateExpired, Some(0)));
    assert_eq!(
        task.sign("charge", amount(1), "test", &Binding::default()).unwrap_err().code(),
        Code::CertificateExpired
    );
    assert_eq!(refused(task.narrow(&levels(1))).0, Code::CertificateExpired);
    assert_eq!(charge(&parent, 1), None, "the parent goes on");
}

#[test]
fn a_life_is_a_day_at_most_and_ends_with_the_certificates_above() {
    let parent = guard(1, options());
    let lives = |ttl: Duration| parent.narrow(&Narrowing { ttl, ..task() });
    for ttl in [Duration::ZERO, Duration::from_secs(86_401), Duration::from_millis(1_500), Duration::MAX] {
        assert_eq!(refused(lives(ttl)), (Code::ConfigurationInvalid, "ttl"), "{ttl:?}");
    }
    for seconds in [1, 86_101, 86_400] {
        let left = lives(Duration::from_secs(seconds)).unwrap().expires_at().seconds() - parent.clock().now().seconds();
        assert_eq!(left, i64::try_from(seconds).unwrap());
    }
    // An hour is left of the parent's certificate, and nobody gets more of it.
    let left = parent.expires_at().seconds() - parent.clock().now().seconds();
    parent.clock().advance(Duration::from_secs(u64::try_from(left - 3_600).unwrap())).unwrap();
    let short = lives(Duration::from_secs(600)).unwrap();
    assert_eq!(short.expires_at().seconds(), parent.clock().now().seconds() + 600);
    let long = lives(Duration::from_secs(7_200)).unwrap();
    assert_eq!(long.expires_at(), parent.expires_at());
    parent.clock().advance_text("3601s").unwrap();
    assert_eq!(refused(lives(Duration::from_secs(1))).0, Code::CertificateExpired);
    assert_eq!(Narrowing::parse_ttl("10m"), Ok(Duration::from_secs(600)));
    assert_eq!(Narrowing::parse_ttl("ten minutes").unwrap_err().details().rule, "ttl");
}

#[test]
fn who_was_not_issued_to_delegate_is_told_what_to_do() {
    let plain = testing::guard(AGENT, Format::Toml, options()).unwrap();
    let denial = plain.narrow(&task()).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule), (Code::CertificateUsageInvalid, "certificate-authority"));
    assert!(denial.reason().contains("kakunin issue --delegate N"), "{}", denial.reason());
    let narrowed = guard(1, options()).narrow(&task()).unwrap();
    let denial = narrowed.narrow(&task()).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule), (Code::ChainUntrusted, "path-length"));
    assert!(denial.reason().contains("`delegate`"), "{}", denial.reason());
}

#[test]
fn a_narrowed_guard_narrows_as_deep_as_its_parents_let_it() {
    let top = guard(2, options());
    let middle = top.narrow(&Narrowing { name: Some("a".to_owned()), ..levels(1) }).unwrap();
    let low = middle.narrow(&Narrowing { scope: scope(&TASK.replace("100", "10")), ..named("b") }).unwrap();
    assert_eq!(low.id(), format!("{}:-:a:-:b", top.id()));
    assert_eq!([charge(&low, 10), charge(&low, 11)], [None, Some(Code::MonetaryLimitExceeded)]);
    assert_eq!([charge(&middle, 11), charge(&middle, 101)], [None, Some(Code::MonetaryLimitExceeded)]);
    assert_eq!(refused(low.narrow(&task())), (Code::ChainUntrusted, "path-length"));
    assert_eq!(refused(middle.narrow(&levels(1))), (Code::ScopeWidened, "max-depth"));
    assert_eq!(refused(top.narrow(&levels(2))), (Code::ScopeWidened, "max-depth"));
    assert_eq!(refused(top.narrow(&levels(9))), (Code::ConfigurationInvalid, "delegate"));
    let wider = Narrowing { scope: scope(&TASK.replace("100", "200")), ..named("c") };
    assert_eq!(refused(middle.narrow(&wider)).0, Code::ScopeWidened);
    // It ends with its own parent.
    let long = Narrowing { ttl: Duration::from_secs(3_600), ..named("d") };
    assert_eq!(middle.narrow(&long).unwrap().expires_at(), middle.expires_at());
}

#[test]
fn without_its_key_a_guard_is_not_narrowed() {
    let authority = Authority::new(Clock::system()).unwrap();
    let agent = authority.delegating_agent("a", &scope(AGENT), Some(1)).unwrap();
    let options = GuardOptions {
        certificate: Some(Source::from(agent.chain_pem())),
        trust: vec![authority.trust()],
        state: Some("memory:".to_owned()),
        revocation: Some("none".to_owned()),
        record: Some("none".to_owned()),
        ..options()
    };
    let denial = Guard::open(options.clone()).unwrap().narrow(&task()).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule), (Code::SignerUnavailable, "signer-missing"));
    let with_key = GuardOptions { signer: Some(SignerSource::Signer(agent.signer())), ..options };
    assert!(Guard::open(with_key).unwrap().narrow(&task()).is_ok());
}

#[test]
fn the_far_side_verifies_what_a_narrowed_guard_signs() {
    let verifier = VerifierOptions::default();
    let (parent, verifier) = testing::guard_with_verifier(AGENT, Format::Toml, Some(2), options(), verifier).unwrap();
    let middle = parent.narrow(&levels(1)).unwrap();
    let low = middle.narrow(&task()).unwrap();
    for guard in [&middle, &low] {
        let token = guard.sign("charge", amount(5), testing::AUDIENCE, &Binding::default()).unwrap();
        let verified = verifier.verify(&token, Some("charge"), Some(amount(5))).unwrap();
        assert_eq!((verified.agent(), verified.serial()), (guard.id().as_str(), guard.serial()));
    }
    assert_ne!(low.serial(), parent.serial());
    // The parents' limits bind there too: three an hour.
    let token = parent.sign("charge", amount(5), testing::AUDIENCE, &Binding::default()).unwrap();
    assert!(verifier.verify(&token, None, None).is_ok());
    let token = low.sign("charge", amount(5), testing::AUDIENCE, &Binding::default()).unwrap();
    assert_eq!(verifier.verify(&token, None, None).unwrap_err().code(), Code::RateLimitExceeded);
}

#[test]
fn what_a_narrowed_guard_shares_is_shared() {
    let folder = tempfile::tempdir().unwrap();
    let record = Some(format!("file:{}", folder.path().display()));
    let (audience, mode) = (Some("pay".to_owned()), Mode::Observe);
    let parent = guard(1, GuardOptions { record, audience, mode, ..options() });
    let task = parent.narrow(&task()).unwrap();
    assert!(Arc::ptr_eq(task.clock(), parent.clock()) && task.mode() == Mode::Observe);
    let binding = Binding { session: Some("s1".to_owned()), ..Binding::default() };
    let observed = task.decide("charge", amount(200), &binding);
    assert!(observed.allowed() && observed.denial().is_some());
    task.flush().unwrap();
    let record = log::find(folder.path(), observed.reference().unwrap()).unwrap().record;
    assert_eq!((record.agent.as_deref(), record.session.as_deref()), (Some(task.id().as_str()), Some("s1")));
    assert_eq!(record.audience.as_deref(), Some("pay"));
}

#[test]
fn to_be_narrowed_is_to_be_bound() {
    let parent = guard(1, GuardOptions { bound: Bound::Required, ..options() });
    let outside = parent.decide("charge", amount(1), &Binding::default());
    assert_eq!(outside.denial().map(|denial| denial.details().rule), Some("bound-required"));
    let task = parent.narrow(&task()).unwrap();
    assert_eq!(charge(&task, 1), None);
    assert!(task.is_bound(&Binding::default()) && !parent.is_bound(&Binding::default()));
}

#[test]
fn closing_a_guard_closes_what_was_narrowed_from_it_and_not_what_it_was_narrowed_from() {
    let top = guard(2, options());
    let middle = top.narrow(&levels(1)).unwrap();
    let low = middle.narrow(&task()).unwrap();
    let other = top.narrow(&task()).unwrap();
    middle.close().unwrap();
    assert_eq!(charge(&low, 1), Some(Code::RecordUnavailable));
    assert_eq!(refused(middle.narrow(&task())), (Code::RecordUnavailable, "guard-closed"));
    assert_eq!([charge(&other, 1), charge(&top, 1)], [None, None]);
    top.close().unwrap();
    assert_eq!(charge(&other, 1), Some(Code::RecordUnavailable));
}

#[test]
fn a_narrowed_guard_outlives_the_value_that_it_came_from() {
    let task = guard(1, options()).narrow(&task()).unwrap();
    assert_eq!(charge(&task, 1), None);
}

#[test]
fn a_renewed_parent_leaves_narrowed_guards_as_they_are() {
    let authority = Authority::new(Clock::manual(UnixTime::from_seconds(1_800_000_000))).unwrap();
    let make = |name: &str| authority.delegating_agent(name, &scope(AGENT), Some(1)).unwrap();
    let agent = make("agent");
    let signer = Some(SignerSource::Signer(agent.signer()));
    let certificate = Some(Source::Bytes(agent.chain().concat()));
    let parent = authority.guard(&scope(AGENT), GuardOptions { certificate, signer, ..options() }).unwrap();
    let task = parent.narrow(&named("task")).unwrap();
    let verifier = authority.verifier(VerifierOptions::default()).unwrap();
    let signed = || task.sign("charge", amount(1), testing::AUDIENCE, &Binding::default()).unwrap();
    assert_eq!(refused_reload(&task, &agent), "narrowed");
    // A path of the same key, narrower: what is narrowed from now on is narrowed from that.
    let narrower = scope(&AGENT.replace("500", "50"));
    let mut chain = vec![reissue(&authority, &agent, &narrower)];
    chain.extend_from_slice(agent.chain().get(1..).unwrap());
    parent.reload(Source::Bytes(chain.concat())).unwrap();
    assert_eq!([charge(&parent, 51), charge(&task, 51)], [Some(Code::MonetaryLimitExceeded), None]);
    assert!(verifier.verify(&signed(), None, None).is_ok());
    assert_eq!(refused(parent.narrow(&named("task"))).0, Code::ScopeWidened);
    let next = parent.narrow(&Narrowing { scope: scope(&TASK.replace("100", "50")), ..named("task") }).unwrap();
    assert_eq!(charge(&next, 50), None);
}

fn refused_reload(guard: &Guard, agent: &testing::Agent) -> &'static str {
    guard.reload(Source::Bytes(agent.chain().concat())).unwrap_err().details().rule
}

/// Another certificate of the agent, for the same key.
fn reissue(authority: &Authority, agent: &testing::Agent, scope: &Scope) -> Vec<u8> {
    authority.reissue("agent", agent, scope, Some(1)).unwrap()
}

#[test]
fn a_narrowed_guard_runs_on_the_model_of_its_parent_and_says_so() {
    let mut configuration = Object::new();
    configuration.insert("model", "m-1");
    let model = Model::Configuration(configuration);
    let chain = real_path(&scope(&unlimited(AGENT)), Some(&model));
    let (chain, signer) = (chain.0, SignerSource::Signer(chain.1));
    let parent = Guard::open(GuardOptions { model: Some(model), ..production(&chain, signer) }).unwrap();
    let task = parent.narrow(&task()).unwrap();
    assert_eq!(charge(&task, 1), None);
    let token = task.sign("charge", amount(1), "test", &Binding::default()).unwrap();
    let hash = |der: &[u8]| Certificate::parse(der, &Bounds::default()).unwrap().model_hash().copied();
    let signed = kakunin_core::intent::SignedIntent::parse(&token, &Bounds::default()).unwrap();
    assert_eq!(hash(signed.chain().first().unwrap()), hash(chain.first().unwrap()));
    assert!(hash(chain.first().unwrap()).is_some());
}

#[test]
fn production_keeps_no_limits_in_memory_of_a_narrowed_scope_either() {
    let (chain, signer) = real_path(&scope(&unlimited(AGENT)), None);
    let parent = Guard::open(production(&chain, SignerSource::Signer(signer))).unwrap();
    assert!(parent.narrow(&task()).is_ok());
    let limited = TASK.replace("action = \"charge\"", "action = \"charge\"\nlimits = [{ rate = 1, per = \"1h\" }]");
    let limited = Narrowing { scope: scope(&limited), ..task() };
    assert_eq!(refused(parent.narrow(&limited)), (Code::ConfigurationInvalid, "not-in-production"));
}

fn unlimited(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("limits")).collect::<Vec<_>>().join("\n")
}

fn production(chain: &[Vec<u8>], signer: SignerSource) -> GuardOptions {
    GuardOptions {
        trust: chain.last().cloned().map(Source::Bytes).into_iter().collect(),
        certificate: Some(Source::Bytes(chain.concat())),
        signer: Some(signer),
        state: Some("memory:".to_owned()),
        revocation: Some("none".to_owned()),
        record: Some("none".to_owned()),
        environment: Some(Environment::Production),
        ..options()
    }
}

/// A root that is no development root, and a delegating agent directly below it.
fn real_path(scope: &Scope, model: Option<&Model>) -> (Vec<Vec<u8>>, Arc<dyn Signer>) {
    let random = SystemRandom::new();
    let bounds = Bounds::default();
    let context = Context { now: Clock::system().now(), random: &random, bounds: &bounds };
    let validity = Validity::starting(context.now, 86_400);
    let signer = || SoftwareSigner::generate(GenerateKind::P256, &random).unwrap().0;
    let (root_signer, agent_signer) = (signer(), signer());
    let profile = AuthorityProfile::new("Acme root", Vec::new(), validity);
    let root = vec![issue::root(&profile, &root_signer, &context).unwrap()];
    let issuer = Issuer { chain: &root, parents: &[], signer: &root_signer };
    let mut profile = AgentProfile::new("urn:acme:agent", scope.clone(), validity);
    profile.delegate = Some(1);
    profile.model_hash = model.map(|model| {
        let text = kakunin_authority::shell::compute_model_hash(model).unwrap();
        let digits = text.strip_prefix("sha256:").unwrap();
        let byte = |index: usize| u8::from_str_radix(digits.get(2 * index..2 * index + 2).unwrap(), 16).unwrap();
        std::array::from_fn(byte)
    });
    let mut chain = vec![issue::agent(&profile, agent_signer.public_key(), &issuer, &context).unwrap()];
    chain.extend(root);
    (chain, Arc::new(agent_signer))
}

#[test]
fn threads_narrow_at_once_and_share_the_limits() {
    let parent = guard(1, options());
    let allowed: usize = std::thread::scope(|threads| {
        let spawn = |_| {
            threads.spawn(|| {
                let task = parent.narrow(&task()).unwrap();
                (0..2).filter(|_| charge(&task, 1).is_none()).count()
            })
        };
        let threads: Vec<_> = (0..8).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(allowed, 3);
}
