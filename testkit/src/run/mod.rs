//! Runs one vector against the core and says what came of it, in the form that the vectors' `expect` has.
//!
//! Rust, Python and Node run the files through this one function; the bindings hand in arguments that went through their own conversion.

mod status;

use std::sync::Arc;

use kakunin_core::approval::Offered;
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::PublicKey;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{Context, MemoryStore, Mode, judge_call, judge_intent};
use kakunin_core::intent::SignedIntent;
use kakunin_core::path::pkix::{self, PolicyInputs, VerifiedPath};
use kakunin_core::path::{TrustAnchors, VerifiedAgent, validate};
use kakunin_core::record::{Description, DigestKey, RecordValues, Subject};
use kakunin_core::revocation::order::{Governs, OrderAuthority, Orders, Seen, SignedHead, SignedOrder};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

use crate::token::integer;

/// What a case lacks or has in the wrong form; a fault of the file, not an outcome.
#[derive(Debug)]
pub struct Broken(String);

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the case lacks a usable `{}`", self.0)
    }
}

type Outcome = Result<Object, Fail>;

enum Fail {
    Denied(Denial),
    Broken(Broken),
}

impl From<Denial> for Fail {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<Broken> for Fail {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Runs `case`. `arguments` stand in for the case's own argument texts: one for a value, one a step for a decision; none to use the texts.
///
/// # Errors
/// Where the case itself is not usable.
pub fn run(case: &Object, arguments: Vec<Result<Object, Denial>>) -> Result<Object, Broken> {
    let outcome = match text(case, "kind")? {
        "certificate" => certificate(case),
        "path" => path(case).map(|agent| agent_facts(&agent)),
        "pkix" => pkix(case).map(|path| pkix_facts(&path)),
        "scope" => return scope(case),
        "containment" => containment(case),
        "value" => value(case, arguments),
        "intent" => intent(case),
        "approval" => approval(case),
        "order" => order(case),
        "crl" => status::crl(case),
        "ocsp" => status::ocsp(case),
        "decision" => return decision(case, arguments),
        _ => return Err(Broken("kind".to_owned())),
    };
    match outcome {
        Ok(mut facts) => {
            facts.insert("allowed", true);
            Ok(facts)
        }
        Err(Fail::Denied(denial)) => Ok(refused(&denial)),
        Err(Fail::Broken(broken)) => Err(broken),
    }
}

fn refused(denial: &Denial) -> Object {
    let mut facts = Object::new();
    facts.insert("allowed", false);
    facts.insert("code", denial.code().as_str());
    facts.insert("details", details(denial));
    facts
}

/// The facts of a denial under their own names, those that apply.
fn details(denial: &Denial) -> Object {
    let details = denial.details();
    let mut facts = Object::new();
    facts.insert("rule", details.rule);
    for (key, fact) in [
        ("field", &details.field),
        ("action", &details.action),
        ("parameter", &details.parameter),
        ("requested", &details.requested),
        ("expected", &details.expected),
        ("limit", &details.limit),
        ("left", &details.left),
    ] {
        if let Some(fact) = fact {
            facts.insert(key, fact.as_ref());
        }
    }
    let numbers = [
        ("frees_at", details.frees_at),
        ("depth", details.depth.map(i64::from)),
        ("time", details.time),
        ("bound", details.bound),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            facts.insert(key, integer(number));
        }
    }
    facts
}

fn text<'a>(case: &'a Object, key: &str) -> Result<&'a str, Broken> {
    case.get(key).and_then(Json::as_text).ok_or_else(|| Broken(key.to_owned()))
}

fn bytes(case: &Object, key: &str) -> Result<Vec<u8>, Broken> {
    base64::decode(text(case, key)?).map_err(|_| Broken(key.to_owned()))
}

fn time(case: &Object, key: &str) -> Result<UnixTime, Broken> {
    case.get(key).and_then(Json::as_integer).map(UnixTime::from_millis).ok_or_else(|| Broken(key.to_owned()))
}

fn decoded(list: &Json) -> Option<Vec<Vec<u8>>> {
    list.as_array()?.iter().map(|item| base64::decode(item.as_text()?).ok()).collect()
}

/// A list of byte strings; an absent one is empty.
fn list(case: &Object, key: &str) -> Result<Vec<Vec<u8>>, Broken> {
    case.get(key).map_or(Some(Vec::new()), decoded).ok_or_else(|| Broken(key.to_owned()))
}

fn parents(case: &Object) -> Result<Vec<Vec<Vec<u8>>>, Broken> {
    let Some(parents) = case.get("parents") else { return Ok(Vec::new()) };
    let lists = parents.as_array().and_then(|lists| lists.iter().map(decoded).collect::<Option<Vec<_>>>());
    lists.ok_or_else(|| Broken("parents".to_owned()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn certificate(case: &Object) -> Outcome {
    let der = bytes(case, "der")?;
    let certificate = Certificate::parse(&der, &Bounds::default())?;
    // A key is judged where a path needs it; a certificate alone must at least hold one of the list.
    certificate.public_key()?;
    let mut facts = Object::new();
    facts.insert("serial", hex(certificate.serial()));
    facts.insert("not_after", integer(certificate.not_after().seconds()));
    facts.insert("fingerprint", hex(&certificate.fingerprint()));
    Ok(facts)
}

fn path(case: &Object) -> Result<Arc<VerifiedAgent>, Fail> {
    let anchors = TrustAnchors::new(list(case, "trust")?, &Bounds::default())?;
    Ok(Arc::new(validate(&list(case, "chain")?, &parents(case)?, &anchors, time(case, "now")?, &Bounds::default())?))
}

fn agent_facts(agent: &VerifiedAgent) -> Object {
    let mut facts = Object::new();
    facts.insert("agent", agent.id());
    facts.insert("certificates", integer(i64::try_from(agent.above().len()).unwrap_or(i64::MAX)));
    facts.insert("not_after", integer(agent.not_after().seconds()));
    facts
}

fn pkix(case: &Object) -> Result<VerifiedPath, Fail> {
    let flag = |key| case.get(key) == Some(&Json::Bool(true));
    let initial = list(case, "policies")?.into_iter().map(Into::into).collect();
    let mut options = pkix::Options {
        policies: PolicyInputs { initial, explicit_policy: flag("explicit_policy"), ..PolicyInputs::default() },
        ..pkix::Options::default()
    };
    if case.get("purpose").is_some() {
        options.purpose = Some(bytes(case, "purpose")?.into());
    }
    if let Some(depth) = case.get("max_depth") {
        let depth = depth.as_integer().and_then(|depth| u8::try_from(depth).ok());
        options.max_depth = depth.ok_or_else(|| Broken("max_depth".to_owned()))?;
    }
    let bounds = Bounds::default();
    let view = match case.get("crls") {
        Some(_) => {
            let lists: Result<_, Denial> = list(case, "crls")?.iter().map(|der| Crl::parse(der, &bounds)).collect();
            RevocationView::Checked(RevocationSnapshot::new(lists?).into())
        }
        None => RevocationView::NotChecked,
    };
    let (pool, anchors) = (list(case, "intermediates")?, list(case, "anchors")?);
    Ok(pkix::build(&bytes(case, "leaf")?, &pool, &anchors, &view, time(case, "now")?, &options, &bounds)?)
}

fn pkix_facts(path: &VerifiedPath) -> Object {
    let fingerprints = path.certificates().iter().map(|certificate| base64::encode(&certificate.fingerprint()));
    let mut facts = Object::new();
    facts.insert("path", Json::Array(fingerprints.map(Json::from).collect()));
    facts
}

fn compiled(document: &str, format: Format) -> Result<Scope, Object> {
    compile(document, format).map_err(|mistakes| {
        let mut facts = Object::new();
        facts.insert("allowed", false);
        facts.insert("code", Code::ScopeMalformed.as_str());
        facts.insert("mistakes", Json::Array(mistakes.iter().map(|mistake| Json::from(mistake.to_string())).collect()));
        facts
    })
}

fn scope(case: &Object) -> Result<Object, Broken> {
    let scope = if let Some(der) = case.get("der") {
        let der = der.as_text().and_then(|text| base64::decode(text).ok()).ok_or_else(|| Broken("der".to_owned()))?;
        Scope::decode(&der, &Bounds::default()).map_err(|denial| refused(&denial))
    } else if case.get("json").is_some() {
        compiled(text(case, "json")?, Format::Json)
    } else {
        compiled(text(case, "toml")?, Format::Toml)
    };
    Ok(scope.map_or_else(
        |facts| facts,
        |scope| {
            let mut facts = Object::new();
            facts.insert("allowed", true);
            facts.insert("der", base64::encode(&scope.encode()));
            facts
        },
    ))
}

fn containment(case: &Object) -> Outcome {
    let read = |key: &str| compiled(text(case, key)?, Format::Toml).map_err(|_| Broken(key.to_owned()));
    read("parent")?.contains(&read("child")?)?;
    Ok(Object::new())
}

fn value(case: &Object, arguments: Vec<Result<Object, Denial>>) -> Outcome {
    let bounds = JsonBounds::ARGUMENTS;
    let arguments = match arguments.into_iter().next() {
        Some(object) => Arguments::new(object?, &bounds)?,
        None => Arguments::parse(text(case, "text")?.as_bytes(), &bounds)?,
    };
    let mut canonical = String::new();
    jcs::write_object(&mut canonical, arguments.object());
    let mut facts = Object::new();
    facts.insert("canonical", canonical);
    Ok(facts)
}

fn view(case: &Object, agent: &VerifiedAgent) -> Result<RevocationView, Fail> {
    let Some(crls) = case.get("crls") else { return Ok(RevocationView::NotChecked) };
    let lists = decoded(crls).ok_or_else(|| Broken("crls".to_owned()))?;
    let parsed = lists.iter().map(|der| Crl::parse(der, &Bounds::default())).collect::<Result<Vec<_>, _>>()?;
    let mut snapshot = RevocationSnapshot::new(parsed).with_issuers(agent.crl_issuers());
    if case.get("authorities").is_some() {
        snapshot = snapshot.with_orders(Arc::new(known_orders(case, time(case, "now")?)?.0));
    }
    Ok(RevocationView::Checked(Arc::new(snapshot)))
}

/// What is known of the orders of a case, and the rules by which tokens were passed over.
fn known_orders(case: &Object, now: UnixTime) -> Result<(Orders, Vec<&'static str>), Fail> {
    let broken = |key: &str| Broken(key.to_owned());
    let authority = |entry: &Json| {
        let entry = entry.as_object()?;
        let key = PublicKey::from_spki(&base64::decode(entry.get("key")?.as_text()?).ok()?).ok()?;
        let governs = match entry.get("governs")?.as_text()? {
            "all" => Governs::Everything,
            hash => Governs::Issuer(base64::decode_url(hash).ok()?.try_into().ok()?),
        };
        OrderAuthority::new(key, entry.get("log")?.as_text()?, governs).ok()
    };
    let seen = |entry: &Json| {
        let entry = entry.as_object()?;
        Some(Seen {
            log: entry.get("log")?.as_text()?.to_owned(),
            seq: u64::try_from(entry.get("seq")?.as_integer()?).ok()?,
            head: entry.get("head").and_then(|name| base64::decode_url(name.as_text()?).ok()?.try_into().ok()),
        })
    };
    let items = |key: &str| case.get(key).and_then(Json::as_array).unwrap_or_default();
    let authorities: Option<Vec<_>> = items("authorities").iter().map(authority).collect();
    let seen: Option<Vec<_>> = items("seen").iter().map(seen).collect();
    let orders =
        Orders::resume(authorities.ok_or_else(|| broken("authorities"))?, seen.ok_or_else(|| broken("seen"))?)?;
    let bounds = Bounds::default();
    let tokens = |key: &'static str| items(key).iter().map(move |token| token.as_text().ok_or_else(|| broken(key)));
    let signed =
        tokens("orders").map(|token| Ok(SignedOrder::parse(token?, &bounds)?)).collect::<Result<Vec<_>, Fail>>()?;
    let heads =
        tokens("heads").map(|token| Ok(SignedHead::parse(token?, &bounds)?)).collect::<Result<Vec<_>, Fail>>()?;
    let (orders, notices) = orders.take(&signed, &heads, now, &bounds);
    Ok((orders, notices.iter().map(|notice| notice.details().rule).collect()))
}

/// Tokens, what is known after them, and whether the agent of the case's path may act.
fn order(case: &Object) -> Outcome {
    let now = time(case, "now")?;
    let (orders, notices) = known_orders(case, now)?;
    let mut facts = Object::new();
    if case.get("chain").is_some() {
        let agent = path(case)?;
        let session = case.get("session").and_then(Json::as_text);
        agent.check_revocation(&view(case, &agent)?, session, now)?;
        facts.insert("agent", agent.id());
    } else {
        orders.check_fresh(now)?;
    }
    let mut live: Vec<String> = orders.live().map(|live| base64::encode_url(live.order().name())).collect();
    live.sort();
    facts.insert("live", Json::Array(live.into_iter().map(Json::from).collect()));
    facts.insert("notices", Json::Array(notices.into_iter().map(Json::from).collect()));
    let seen = orders.seen().into_iter().map(|seen| {
        let mut facts = Object::new();
        facts.insert("log", seen.log);
        facts.insert("seq", integer(i64::try_from(seen.seq).unwrap_or(i64::MAX)));
        Json::Object(facts)
    });
    facts.insert("seen", Json::Array(seen.collect()));
    Ok(facts)
}

fn intent(case: &Object) -> Outcome {
    let bounds = Bounds::default();
    let now = time(case, "now")?;
    let signed = SignedIntent::parse(text(case, "token")?, &bounds)?;
    let anchors = TrustAnchors::new(list(case, "trust")?, &bounds)?;
    // A verifier that knows the path by its leaf takes it from there when the sender left it out.
    let known = list(case, "chain")?;
    let chain = if signed.chain().is_empty() { known.as_slice() } else { signed.chain() };
    let agent = Arc::new(validate(chain, signed.parents(), &anchors, now, &bounds)?);
    let view = view(case, &agent)?;
    let verified = signed.verify(&agent, text(case, "audience")?, &view, now, &bounds)?;
    if let Some(request) = case.get("request").and_then(Json::as_object) {
        let params = match request.get("params").and_then(Json::as_object) {
            Some(params) => Some(Arguments::new(params.clone(), &bounds.json)?),
            None => None,
        };
        verified.matches(request.get("action").and_then(Json::as_text), params.as_ref())?;
    }
    let mut facts = agent_facts(&agent);
    facts.insert("action", verified.action());
    facts.insert("params", verified.arguments().object().clone());
    facts.insert("name", hex(verified.name()));
    facts.insert("jti", verified.jti());
    let permit = judge_intent(verified, &Context::new(now, Mode::Enforce))?;
    let allowed = permit.reserve(&MemoryStore::default(), || view.clone(), now)?;
    facts.insert("judged", allowed.action());
    Ok(facts)
}

/// The last of as many equal calls as `times` says.
fn approval(case: &Object) -> Outcome {
    let bounds = Bounds::default();
    let (agent, now) = (path(case)?, time(case, "now")?);
    let view = view(case, &agent)?;
    let tokens = case.get("approvals").and_then(Json::as_array).ok_or_else(|| Broken("approvals".to_owned()))?;
    let offered = Offered::parse(tokens.iter().filter_map(Json::as_text), &bounds)?;
    let params = case.get("params").and_then(Json::as_object).ok_or_else(|| Broken("params".to_owned()))?;
    let (action, arguments) = (text(case, "action")?, Arguments::new(params.clone(), &bounds.json)?);
    let mut context = Context::new(now, Mode::Enforce);
    context.audience = case.get("audience").and_then(Json::as_text);
    context.approvals = Some(&offered);
    let (session, store) = (case.get("session").and_then(Json::as_text), MemoryStore::default());
    let mut facts = agent_facts(&agent);
    for _ in 0..case.get("times").and_then(Json::as_integer).unwrap_or(1) {
        let permit = judge_call(&agent, action, &arguments, session, &view, &context)?;
        let allowed = permit.reserve(&store, || view.clone(), now)?;
        let used = allowed.approvals().iter().map(|approval| Json::from(hex(approval.name())));
        facts.insert("approvals", Json::Array(used.collect()));
    }
    Ok(facts)
}

fn decision(case: &Object, arguments: Vec<Result<Object, Denial>>) -> Result<Object, Broken> {
    let steps = case.get("steps").and_then(Json::as_array).ok_or_else(|| Broken("steps".to_owned()))?;
    let first = steps.first().and_then(Json::as_object).ok_or_else(|| Broken("steps".to_owned()))?;
    let mut timed = case.clone();
    timed.insert("now", first.get("now").cloned().unwrap_or(Json::Null));
    let agent = match path(&timed) {
        Ok(agent) => agent,
        Err(Fail::Denied(denial)) => return Ok(refused(&denial)),
        Err(Fail::Broken(broken)) => return Err(broken),
    };
    let view = match view(&timed, &agent) {
        Ok(view) => view,
        Err(Fail::Denied(denial)) => return Ok(refused(&denial)),
        Err(Fail::Broken(broken)) => return Err(broken),
    };
    let key = DigestKey::new(&bytes(case, "digestKey")?).map_err(|_| Broken("digestKey".to_owned()))?;
    let values = match text(case, "recordValues")? {
        "all" => RecordValues::All,
        _ => RecordValues::None,
    };
    let subject =
        Subject::new(agent.id(), agent.issuer_key_hash(), agent.links().iter().map(|link| link.fingerprint()));
    let store = MemoryStore::default();
    let session = case.get("session").and_then(Json::as_text);
    let mut arguments = arguments.into_iter();
    let mut outcomes = Vec::new();
    let mut code = None;
    for step in steps {
        let step = step.as_object().ok_or_else(|| Broken("steps".to_owned()))?;
        let (now, action) = (time(step, "now")?, text(step, "action")?);
        let bounds = JsonBounds::ARGUMENTS;
        let judged = match arguments.next() {
            Some(object) => object.and_then(|object| Arguments::new(object, &bounds)),
            None => Arguments::parse(text(step, "arguments")?.as_bytes(), &bounds),
        };
        let named = |key| case.get(key).and_then(Json::as_text);
        let (region, audience) = (named("region"), named("audience"));
        let context = Context { region, audience, ..Context::new(now, Mode::Enforce) };
        let decided = judged.as_ref().map_err(Clone::clone).and_then(|arguments| {
            let permit = judge_call(&agent, action, arguments, session, &view, &context)?;
            permit.reserve(&store, || view.clone(), now).map(drop)
        });
        let description = Description {
            subject: Some(&subject),
            action: Some(action),
            arguments: judged.as_ref().ok(),
            denial: decided.as_ref().err(),
            session,
            chain: case.get("chain_id").and_then(Json::as_text),
            ..Description::new(now, Mode::Enforce)
        };
        let entry = description.entry(&key, &values).map_err(|_| Broken("recordValues".to_owned()))?;
        let mut outcome = match &decided {
            Ok(()) => Object::from_members(vec![("allowed".to_owned(), Json::Bool(true))]).unwrap_or_default(),
            Err(denial) => refused(denial),
        };
        outcome.insert("record", entry.text());
        outcome.insert("reference", entry.reference());
        code = decided.err().map(|denial| denial.code());
        outcomes.push(Json::Object(outcome));
    }
    let mut facts = Object::new();
    facts.insert("allowed", code.is_none());
    if let Some(code) = code {
        facts.insert("code", code.as_str());
    }
    facts.insert("steps", Json::Array(outcomes));
    Ok(facts)
}
