//! Guards and verifiers as an application holds them, with a throw-away authority.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::path::Path;
use std::sync::Arc;

use kakunin_authority::shell::{
    Binding, Bound, Clock, Decision, Environment, Guard, GuardOptions, Model, RecordValues, Source, Verifier,
    VerifierOptions,
};
use kakunin_authority::testing::{self, Authority};
use kakunin_authority::{log, shell};
use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::Mode;
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{self, Format};
use kakunin_core::time::UnixTime;

const SCOPE: &str = r#"
[[grant]]
action = "charge"
limits = [{ rate = 3, per = "1h" }, { budget = "amount", max = 600, per = "1d" }]
[grant.params]
amount = { max = 500, money = "currency" }
currency = "EUR"
"#;

fn scope() -> Scope {
    authoring::compile(SCOPE, Format::Toml).unwrap()
}

fn object(text: &str) -> Object {
    match Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap() {
        Json::Object(object) => object,
        other => unreachable_value(&other),
    }
}

fn unreachable_value(value: &Json) -> Object {
    assert!(value.as_object().is_some(), "tests write objects");
    Object::new()
}

fn amount(amount: i64) -> Result<Object, Denial> {
    Ok(object(&format!(r#"{{"amount":{amount},"currency":"EUR"}}"#)))
}

fn free() -> Binding {
    Binding::default()
}

fn guard(options: GuardOptions) -> Guard {
    testing::guard(SCOPE, Format::Toml, options).unwrap()
}

fn recording(folder: &Path) -> GuardOptions {
    GuardOptions { record: Some(format!("file:{}", folder.display())), ..GuardOptions::default() }
}

fn code(decision: &Decision) -> Option<Code> {
    decision.denial().map(Denial::code)
}

fn refusal(outcome: Result<Guard, Denial>) -> (Code, &'static str, String) {
    let denial = outcome.unwrap_err();
    let field = denial.details().field.clone().unwrap_or_default().into_owned();
    (denial.code(), denial.details().rule, field)
}

#[test]
fn fifty_goes_through_and_forty_seven_thousand_does_not() {
    let guard = guard(GuardOptions::default());
    let allowed = guard.decide("charge", amount(50), &free());
    assert!(allowed.allowed() && allowed.reference().is_none() && allowed.opaque().is_none());
    assert_eq!(*allowed.arguments().unwrap().object(), amount(50).unwrap());
    let denied = guard.decide("charge", amount(47_000), &free());
    assert!(!denied.allowed());
    let opaque = denied.opaque().unwrap();
    assert!(
        opaque.starts_with("denied: KKN-E202 (ref ") && opaque.len() == "denied: KKN-E202 (ref 7f3a9c01be44d210)".len()
    );
    let details = denied.denial().unwrap().details();
    assert_eq!((details.parameter.as_deref(), details.requested.as_deref()), (Some("amount"), Some("47000")));
}

#[test]
fn limits_hold_until_their_window_is_over() {
    let guard = guard(GuardOptions::default());
    for _ in 0..3 {
        assert!(guard.decide("charge", amount(1), &free()).allowed());
    }
    assert_eq!(code(&guard.decide("charge", amount(1), &free())), Some(Code::RateLimitExceeded));
    guard.clock().advance_text("1h").unwrap();
    assert!(guard.decide("charge", amount(400), &free()).allowed());
    assert_eq!(code(&guard.decide("charge", amount(400), &free())), Some(Code::BudgetExceeded));
    guard.clock().advance_text("1d").unwrap();
    assert!(guard.decide("charge", amount(400), &free()).allowed());
}

#[test]
fn arguments_that_cannot_be_read_are_denied_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let guard = guard(recording(folder.path()));
    let denied = guard.decide("charge", Err(Denial::new(Code::ParameterInvalid, "unknown-type")), &free());
    assert_eq!((code(&denied), denied.arguments()), (Some(Code::ParameterInvalid), None));
    guard.flush().unwrap();
    let found = log::find(folder.path(), denied.reference().unwrap()).unwrap();
    assert_eq!(found.record.refusal.unwrap().rule, "unknown-type");
}

#[test]
fn every_decision_is_recorded_with_what_it_may_hold() {
    for (values, params) in [
        (RecordValues::All, Some(r#"{"amount":47000,"currency":"EUR"}"#)),
        (RecordValues::None, None),
        (RecordValues::Only(vec!["currency".to_owned()]), Some(r#"{"currency":"EUR"}"#)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let guard = guard(GuardOptions { record_values: Some(values), ..recording(folder.path()) });
        let binding = Binding { session: Some("s-1".to_owned()), ..Binding::default() };
        let allowed = guard.decide("charge", amount(50), &binding);
        let denied = guard.decide("charge", amount(47_000), &binding);
        guard.flush().unwrap();
        assert!(log::verify(folder.path(), None).unwrap().report.findings.is_empty());
        assert_eq!(log::find(folder.path(), allowed.reference().unwrap()).unwrap().index, 0);
        let record = log::find(folder.path(), denied.reference().unwrap()).unwrap().record;
        assert_eq!(record.params, params.map(object));
        assert_eq!((record.agent.as_deref(), record.session.as_deref()), (Some("urn:kakunin:test:agent"), Some("s-1")));
    }
}

#[test]
fn observing_lets_scope_and_limits_pass_and_records_the_denial() {
    let folder = tempfile::tempdir().unwrap();
    let guard = guard(GuardOptions { mode: Mode::Observe, ..recording(folder.path()) });
    let passed = guard.decide("charge", amount(47_000), &free());
    assert_eq!((passed.allowed(), code(&passed), passed.opaque()), (true, Some(Code::MonetaryLimitExceeded), None));
    guard.flush().unwrap();
    let record = log::find(folder.path(), passed.reference().unwrap()).unwrap().record;
    assert_eq!((record.mode, record.refusal.unwrap().code), (Mode::Observe, Code::MonetaryLimitExceeded));
    let unreadable = || Err(Denial::new(Code::ParameterInvalid, "unknown-type"));
    let passed = guard.decide("charge", unreadable(), &free());
    assert_eq!((passed.allowed(), code(&passed)), (true, Some(Code::ParameterInvalid)));
    guard.clock().advance_text("365d").unwrap();
    for arguments in [amount(50), amount(47_000), unreadable()] {
        let expired = guard.decide("charge", arguments, &free());
        assert_eq!((expired.allowed(), code(&expired)), (false, Some(Code::CertificateExpired)));
    }
    let options = GuardOptions { mode: Mode::Observe, ..GuardOptions::default() };
    let unrecorded = testing::guard(SCOPE, Format::Toml, options);
    assert_eq!(refusal(unrecorded).1, "observe-without-record");
}

#[test]
fn explaining_neither_draws_nor_records() {
    let folder = tempfile::tempdir().unwrap();
    let guard = guard(recording(folder.path()));
    for _ in 0..10 {
        assert!(guard.explain("charge", amount(50), &free()).contains("within the scope"));
    }
    let text = guard.explain("charge", amount(47_000), &free());
    assert_eq!(
        text,
        "charge refused, KKN-E202 MONETARY_LIMIT_EXCEEDED: `amount` is 47000, the agent's certificate allows 0 to 500 (EUR)"
    );
    assert!(guard.decide("charge", amount(50), &free()).allowed());
    guard.flush().unwrap();
    assert_eq!(log::verify(folder.path(), None).unwrap().report.entries, 1);
}

#[test]
fn a_signed_call_is_verified_once_and_only_for_whom_it_is_meant() {
    let (guard, verifier) =
        testing::guard_with_verifier(SCOPE, Format::Toml, None, GuardOptions::default(), VerifierOptions::default())
            .unwrap();
    let token = guard.sign("charge", amount(50), testing::AUDIENCE, &free()).unwrap();
    let verified = verifier.verify(&token, Some("charge"), Some(amount(50))).unwrap();
    assert_eq!((verified.action(), verified.agent()), ("charge", guard.id().as_str()));
    assert_eq!(*verified.params().object(), amount(50).unwrap());
    assert_eq!(verifier.verify(&token, None, None).unwrap_err().code(), Code::ReplayDetected);

    let sign = |audience| guard.sign("charge", amount(50), audience, &free()).unwrap();
    assert_eq!(verifier.verify(&sign("other"), None, None).unwrap_err().code(), Code::AudienceMismatch);
    let differs = |action, params| verifier.verify(&sign(testing::AUDIENCE), action, params).unwrap_err().code();
    assert_eq!(differs(Some("refund"), None), Code::IntentMismatch);
    assert_eq!(differs(None, Some(amount(51))), Code::IntentMismatch);
    let old = sign(testing::AUDIENCE);
    guard.clock().advance_text("2m").unwrap();
    assert_eq!(verifier.verify(&old, None, None).unwrap_err().code(), Code::TimestampExpired);
    assert_eq!(verifier.verify("a.b.c", None, None).unwrap_err().code(), Code::IntentMalformed);
}

#[test]
fn what_the_scope_refuses_is_not_signed() {
    let guard = guard(GuardOptions::default());
    let refused = guard.sign("charge", amount(47_000), "test", &free()).unwrap_err();
    assert_eq!(refused.code(), Code::MonetaryLimitExceeded);
    assert!(refused.to_string().starts_with("denied: KKN-E202 (ref "));
    let denied = guard.decide("charge", amount(47_000), &free());
    assert_eq!(guard.sign_allowed(&denied, "test", &free()).unwrap_err().code(), Code::ConfigurationInvalid);
    let allowed = guard.decide("charge", amount(50), &free());
    assert!(guard.sign_allowed(&allowed, "test", &free()).is_ok());
}

#[test]
fn a_guard_without_its_key_decides_and_does_not_sign() {
    let authority = Authority::new(Clock::system()).unwrap();
    let agent = authority.agent("a", &scope()).unwrap();
    let options = || GuardOptions {
        certificate: Some(Source::from(agent.chain_pem())),
        trust: vec![authority.trust()],
        state: Some("memory:".to_owned()),
        revocation: Some("none".to_owned()),
        record: Some("none".to_owned()),
        ..GuardOptions::default()
    };
    let guard = Guard::open(options()).unwrap();
    assert!(guard.decide("charge", amount(1), &free()).allowed());
    assert_eq!(guard.sign("charge", amount(1), "x", &free()).unwrap_err().code(), Code::SignerUnavailable);
    let other = authority.agent("b", &scope()).unwrap();
    let signer = Some(shell::SignerSource::Signer(other.signer()));
    assert_eq!(refusal(Guard::open(GuardOptions { signer, ..options() })).1, "signer-other-key");
    let signer = Some(shell::SignerSource::Uri("awskms:///ARN".to_owned()));
    assert_eq!(refusal(Guard::open(GuardOptions { signer, ..options() })).1, "unsupported");
}

#[test]
fn options_are_refused_by_name() {
    let authority = Authority::new(Clock::system()).unwrap();
    let agent = authority.agent("a", &scope()).unwrap();
    let good = || GuardOptions {
        certificate: Some(Source::Bytes(agent.chain().concat())),
        trust: vec![authority.trust()],
        state: Some("memory:".to_owned()),
        revocation: Some("none".to_owned()),
        record: Some("none".to_owned()),
        ..GuardOptions::default()
    };
    assert!(Guard::open(good()).is_ok());
    let text = |text: &str| Some(text.to_owned());
    let invalid = Code::ConfigurationInvalid;
    let cases: Vec<(GuardOptions, Code, &str, &str)> = vec![
        (GuardOptions { certificate: None, ..good() }, invalid, "option-missing", "certificate"),
        (GuardOptions { certificate: Some("no/such.pem".into()), ..good() }, invalid, "file", "certificate"),
        (GuardOptions { certificate: Some(vec![0x30, 0].into()), ..good() }, Code::CertificateMalformed, "", ""),
        (GuardOptions { trust: Vec::new(), ..good() }, invalid, "option-missing", "trust"),
        (GuardOptions { trust: vec![vec![0x30, 0].into()], ..good() }, invalid, "", ""),
        (GuardOptions { trust: vec![Source::Bytes(agent.chain()[0].clone())], ..good() }, invalid, "", ""),
        (GuardOptions { state: text("redis://h"), ..good() }, invalid, "unsupported", "state"),
        (GuardOptions { revocation: None, ..good() }, invalid, "option-missing", "revocation"),
        (GuardOptions { revocation: text("no/such/folder"), ..good() }, invalid, "folder", "revocation"),
        (GuardOptions { record: text("postgres://h"), ..good() }, invalid, "unsupported", "record"),
        (
            GuardOptions { record_values: Some(RecordValues::Only(vec!["a[".to_owned()])), ..good() },
            invalid,
            "",
            "record_values",
        ),
        (GuardOptions { model: Some(Model::File("no/such".into())), ..good() }, invalid, "file", "model"),
        (
            GuardOptions { model: Some(Model::Configuration(Object::new())), ..good() },
            Code::ModelHashMismatch,
            "model-hash",
            "model",
        ),
        (GuardOptions { environment: Some(Environment::Production), ..good() }, invalid, "not-in-production", "trust"),
        (
            GuardOptions { certificate: Some("test:scope.toml".into()), ..good() },
            invalid,
            "test-certificate",
            "certificate",
        ),
    ];
    for (number, (options, code, rule, field)) in cases.into_iter().enumerate() {
        let found = refusal(Guard::open(options));
        assert_eq!(found.0, code, "case {number}: {found:?}");
        assert!(rule.is_empty() || found.1 == rule, "case {number}: {found:?}");
        assert!(field.is_empty() || found.2 == field, "case {number}: {found:?}");
    }
}

#[test]
fn a_test_certificate_is_issued_in_tests_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scope.toml");
    std::fs::write(&path, SCOPE).unwrap();
    let options = |environment| GuardOptions {
        certificate: Some(format!("test:{}", path.display()).into()),
        environment: Some(environment),
        ..GuardOptions::default()
    };
    let guard = Guard::open(options(Environment::Test)).unwrap();
    assert!(guard.decide("charge", amount(50), &free()).allowed());
    assert!(guard.sign("charge", amount(50), "x", &free()).is_ok());
    assert_eq!(refusal(Guard::open(options(Environment::Development))).1, "test-certificate");
    assert_eq!(refusal(Guard::open(options(Environment::Production))).1, "test-certificate");
}

#[test]
fn a_call_outside_a_required_binding_is_denied() {
    let guard = guard(GuardOptions { bound: Bound::Required, ..GuardOptions::default() });
    assert_eq!(code(&guard.decide("charge", amount(1), &free())), Some(Code::ConfigurationInvalid));
    let bound = Binding { session: Some("s".to_owned()), ..Binding::default() };
    assert!(guard.decide("charge", amount(1), &bound).allowed());
    let empty = Binding { session: Some(String::new()), ..Binding::default() };
    assert_eq!(code(&guard.decide("charge", amount(1), &empty)), Some(Code::ConfigurationInvalid));
}

#[test]
fn a_renewed_certificate_is_used_and_a_bad_or_foreign_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.pem");
    let clock = Clock::manual(UnixTime::from_seconds(1_800_000_000));
    let authority = Authority::new(Arc::clone(&clock)).unwrap();
    let first = authority.agent("a", &scope()).unwrap();
    std::fs::write(&path, first.chain_pem()).unwrap();
    let options = GuardOptions {
        certificate: Some(path.clone().into()),
        signer: Some(shell::SignerSource::Signer(first.signer())),
        ..GuardOptions::default()
    };
    let guard = authority.guard(&scope(), options).unwrap();
    let (serial, until) = (guard.serial(), guard.expires_at());
    let look = |content: &str| {
        std::fs::write(&path, content).unwrap();
        clock.advance_text("5s").unwrap();
        drop(guard.decide("charge", amount(1_000), &free()));
        guard.take_notices().into_iter().map(|notice| notice.text).collect::<Vec<_>>().join("\n")
    };
    assert!(look("half a file").contains("is not used"));
    assert!(look(&authority.agent("b", &scope()).unwrap().chain_pem()).contains("is not used"), "another key");
    assert_eq!(guard.serial(), serial);

    // Without a key of its own the guard takes a certificate for another key of the same agent, not of another agent.
    std::fs::write(&path, first.chain_pem()).unwrap();
    let options = GuardOptions {
        certificate: Some(path.clone().into()),
        trust: vec![authority.trust()],
        state: Some("memory:".to_owned()),
        revocation: Some("none".to_owned()),
        record: Some("none".to_owned()),
        clock: Arc::clone(&clock),
        ..GuardOptions::default()
    };
    let guard = Guard::open(options).unwrap();
    clock.advance_text("1h").unwrap();
    let renewed = authority.agent("a", &scope()).unwrap();
    std::fs::write(&path, renewed.chain_pem()).unwrap();
    drop(guard.decide("charge", amount(1), &free()));
    assert!(guard.expires_at() > until && guard.serial() != serial);
    let foreign = guard.reload(Source::from(authority.agent("b", &scope()).unwrap().chain_pem())).unwrap_err();
    assert_eq!(foreign.details().rule, "other-agent");
    assert_eq!(guard.id(), "urn:kakunin:test:a");
}

#[test]
fn a_renewed_certificate_brings_its_new_key() {
    let folder = tempfile::tempdir().unwrap();
    let (pem, key) = (folder.path().join("a.pem"), folder.path().join("a.key"));
    let clock = Clock::manual(UnixTime::from_seconds(1_800_000_000));
    let authority = Authority::new(Arc::clone(&clock)).unwrap();
    let issue = |agent: &testing::Agent| {
        std::fs::write(&key, agent.secret_key_pem().unwrap()).unwrap();
        std::fs::write(&pem, agent.chain_pem()).unwrap();
    };
    issue(&authority.agent("a", &scope()).unwrap());
    let options = GuardOptions {
        certificate: Some(pem.clone().into()),
        signer: Some(shell::SignerSource::Uri(format!("file:{}", key.display()))),
        ..GuardOptions::default()
    };
    let guard = authority.guard(&scope(), options).unwrap();
    let verifier = authority.verifier(VerifierOptions::default()).unwrap();
    let signed_by = || {
        let token = guard.sign("charge", amount(1), testing::AUDIENCE, &free()).unwrap();
        verifier.verify(&token, None, None).unwrap().serial()
    };
    let first = signed_by();
    clock.advance_text("1h").unwrap();
    issue(&authority.agent("a", &scope()).unwrap());
    let second = signed_by();
    assert!(first != second && second == guard.serial());
}

#[test]
fn the_last_third_is_announced_once() {
    let guard = guard(GuardOptions::default());
    let authority = Authority::new(Arc::clone(guard.clock())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pem");
    let agent = authority.agent("a", &scope()).unwrap();
    std::fs::write(&path, agent.chain_pem()).unwrap();
    let options = GuardOptions {
        certificate: Some(path.into()),
        signer: Some(shell::SignerSource::Signer(agent.signer())),
        ..GuardOptions::default()
    };
    let guard = authority.guard(&scope(), options).unwrap();
    let decide = || drop(guard.decide("charge", amount(1), &free()));
    guard.clock().advance_text("100d").unwrap();
    decide();
    assert!(!guard.has_notices());
    guard.clock().advance_text("30d").unwrap();
    decide();
    assert!(guard.has_notices() && guard.take_notices()[0].text.contains("renew it"));
    guard.clock().advance_text("1d").unwrap();
    decide();
    assert!(!guard.has_notices());
}

#[test]
fn a_closed_guard_denies() {
    let guard = guard(GuardOptions::default());
    guard.close().unwrap();
    assert_eq!(code(&guard.decide("charge", amount(1), &free())), Some(Code::RecordUnavailable));
}

#[test]
fn known_paths_need_not_travel() {
    let authority = Authority::new(Clock::manual(UnixTime::from_seconds(1_800_000_000))).unwrap();
    let agent = authority.agent("a", &scope()).unwrap();
    let params = kakunin_core::value::Arguments::new(amount(50).unwrap(), &JsonBounds::ARGUMENTS).unwrap();
    let token = |jti: &str| {
        let request = kakunin_core::intent::Request {
            issuer: "urn:kakunin:test:a",
            audience: testing::AUDIENCE,
            issued_at: UnixTime::from_seconds(1_800_000_000),
            lifetime: 60,
            jti,
            action: "charge",
            arguments: &params,
            session: None,
            chain: None,
            approvals: &[],
        };
        kakunin_core::intent::sign(&request, agent.chain(), &[], false, &*agent.signer()).unwrap()
    };
    let verify =
        |verifier: &Verifier, jti| verifier.verify(&token(jti), None, None).map(drop).map_err(|refusal| refusal.code());
    let stranger = authority.verifier(VerifierOptions::default()).unwrap();
    assert_eq!(verify(&stranger, "aaaaaaaaaaaaaaaaaaaaaa"), Err(Code::ChainUntrusted));
    let paths = vec![Source::from(agent.chain_pem())];
    let friend = authority.verifier(VerifierOptions { paths, ..VerifierOptions::default() }).unwrap();
    assert_eq!(verify(&friend, "bbbbbbbbbbbbbbbbbbbbbb"), Ok(()));
}

#[test]
fn region_and_audience_of_the_options_reach_the_scopes() {
    let scope = authoring::compile("regions = 'eu'\n[[grant]]\naction = 'a'\naudience = 'pay'", Format::Toml).unwrap();
    let authority = Authority::new(Clock::manual(UnixTime::from_seconds(1_800_000_000))).unwrap();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let guard = |region, audience| {
        let options = GuardOptions { region: owned(region), audience: owned(audience), ..GuardOptions::default() };
        authority.guard(&scope, options).unwrap()
    };
    let decided = |region, audience| {
        let decision = guard(region, audience).decide("a", Ok(Object::new()), &free());
        decision.denial().map(Denial::code)
    };
    assert_eq!(decided(Some("eu"), Some("pay")), None);
    assert_eq!(decided(Some("us"), Some("pay")), Some(Code::RegionNotAllowed));
    assert_eq!(decided(None, Some("pay")), Some(Code::RegionNotAllowed));
    assert_eq!(decided(Some("eu"), Some("books")), Some(Code::AudienceMismatch));
    assert_eq!(decided(Some("eu"), None), Some(Code::AudienceMismatch));
    // Of an intent, who acts is whom it is for.
    let signer = guard(Some("eu"), None);
    let sign = |audience: &str| signer.sign("a", Ok(Object::new()), audience, &free());
    assert_eq!(sign("books").unwrap_err().denial().code(), Code::AudienceMismatch);
    let verified = |region| {
        let options =
            VerifierOptions { audience: owned(Some("pay")), region: owned(region), ..VerifierOptions::default() };
        let verified = authority.verifier(options).unwrap().verify(&sign("pay").unwrap(), None, None);
        verified.map(drop).map_err(|refusal| refusal.denial().code())
    };
    assert_eq!(verified(Some("eu")), Ok(()));
    assert_eq!(verified(None), Err(Code::RegionNotAllowed));
}

#[test]
fn strangers_do_not_fill_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(Clock::manual(UnixTime::from_seconds(1_800_000_000))).unwrap();
    let record = Some(format!("file:{}", folder.path().display()));
    let verifier = authority.verifier(VerifierOptions { record, ..VerifierOptions::default() }).unwrap();
    for _ in 0..100 {
        let refusal = verifier.verify("not a token", None, None).unwrap_err();
        assert_eq!(refusal.reference().len(), 16);
    }
    verifier.flush().unwrap();
    assert_eq!(log::verify(folder.path(), None).unwrap().report.entries, 16);
    verifier.clock().advance_text("1s").unwrap();
    drop(verifier.verify("not a token", None, None));
    assert!(verifier.take_notices()[0].text.starts_with("84 intents"));
}

#[test]
fn a_guard_is_shared_by_threads() {
    let guard = Arc::new(guard(GuardOptions::default()));
    let allowed = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..4).filter(|_| guard.decide("charge", amount(1), &free()).allowed()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    assert_eq!(allowed, 3, "three an hour, whoever asks");
}

/// A root that is no development root, and the path of an agent directly below it.
fn real_path(scope: &Scope) -> Vec<Vec<u8>> {
    use kakunin_core::bounds::Bounds;
    use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
    use kakunin_core::issue::{self, AgentProfile, AuthorityProfile, Context, Issuer, Validity};
    let random = SystemRandom::new();
    let bounds = Bounds::default();
    let context = Context { now: Clock::system().now(), random: &random, bounds: &bounds };
    let validity = Validity::starting(context.now, 86_400);
    let signer = || SoftwareSigner::generate(GenerateKind::P256, &random).unwrap().0;
    let (root_signer, agent_signer) = (signer(), signer());
    let profile = AuthorityProfile::new("Acme root", Vec::new(), validity);
    let root = vec![issue::root(&profile, &root_signer, &context).unwrap()];
    let issuer = Issuer { chain: &root, parents: &[], signer: &root_signer };
    let profile = AgentProfile::new("urn:acme:agent", scope.clone(), validity);
    let mut chain = vec![issue::agent(&profile, agent_signer.public_key(), &issuer, &context).unwrap()];
    chain.extend(root);
    chain
}

#[test]
fn under_another_root_everything_is_written_and_production_keeps_no_limits_in_memory() {
    let unlimited = SCOPE.lines().filter(|line| !line.starts_with("limits")).collect::<Vec<_>>().join("\n");
    let (limited, unlimited) = (scope(), authoring::compile(&unlimited, Format::Toml).unwrap());
    let options = |scope: &Scope| {
        let chain = real_path(scope);
        GuardOptions {
            trust: vec![Source::Bytes(chain[1].clone())],
            certificate: Some(Source::Bytes(chain.concat())),
            state: Some("memory:".to_owned()),
            revocation: Some("none".to_owned()),
            record: Some("none".to_owned()),
            environment: Some(Environment::Production),
            ..GuardOptions::default()
        }
    };
    let good = || options(&unlimited);
    assert!(Guard::open(good()).is_ok());
    let found = refusal(Guard::open(options(&limited)));
    assert_eq!((found.1, found.2.as_str()), ("not-in-production", "state"));
    let elsewhere = GuardOptions { environment: Some(Environment::Development), ..options(&limited) };
    assert!(Guard::open(elsewhere).is_ok());
    for (options, field) in [
        (GuardOptions { state: None, ..good() }, "state"),
        (GuardOptions { revocation: None, ..good() }, "revocation"),
        (GuardOptions { record: None, ..good() }, "record"),
    ] {
        let found = refusal(Guard::open(options));
        assert_eq!((found.1, found.2.as_str()), ("option-missing", field));
    }
    let folder = tempfile::tempdir().unwrap();
    let unknown = GuardOptions { revocation: Some(folder.path().display().to_string()), ..good() };
    assert_eq!(refusal(Guard::open(unknown)).0, Code::RevocationStale, "no list of its CA is no good news");
    // Elsewhere than under a development root values are recorded only where it was said.
    let record = Some(format!("file:{}", folder.path().join("log").display()));
    let guard = Guard::open(GuardOptions { record, ..good() }).unwrap();
    let denied = guard.decide("charge", amount(47_000), &free());
    guard.flush().unwrap();
    let record = log::find(&folder.path().join("log"), denied.reference().unwrap()).unwrap().record;
    assert_eq!((record.params, record.refusal.unwrap().details.requested), (None, None));
}
