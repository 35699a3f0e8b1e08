//! Request, wait, use: a guard that asks, people who approve with the command, and the far side.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use kakunin_authority::log;
use kakunin_authority::shell::{Binding, Guard, GuardOptions, SignerSource, Source, Verifier, VerifierOptions};
use kakunin_core::approval::{ApprovalRequest, SignedApproval};
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Code;
use kakunin_core::record::DecisionRecord;

/// Above 100 two of the finance people; a refund takes the key of operations.
const SCOPE: &str = r#"
approvers = [{ name = "finance", role = "finance" }, { name = "ops", key = "OPS" }]
[[grant]]
action = "charge"
approval = { of = ["finance"], need = 2, unless = { amount = { max = 100 } } }
[grant.params]
amount = { max = 5000 }
memo = { type = "string", optional = true }
[[grant]]
action = "refund"
approval = { of = ["ops"] }
[grant.params]
amount = { max = 5000 }
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    /// A CA, the people alice, bob and olga (whose key is that of operations), and the agent `bot`.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.ok(&["init"]);
        for person in ["finance:alice", "finance:bob", "legal:lea", "operations:olga"] {
            folder.ok(&["issue", "--approver", person]);
        }
        let key = folder.key_hash("pki/olga.pem");
        fs::write(folder.path("bot.toml"), SCOPE.replace("OPS", &key)).unwrap();
        folder.ok(&["issue", "bot", "--scope", "bot.toml"]);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn key_hash(&self, certificate: &str) -> String {
        let pem = fs::read_to_string(self.path(certificate)).unwrap();
        let leaf = kakunin_core::encoding::pem::decode(&pem).unwrap().swap_remove(0).bytes;
        let leaf = kakunin_core::certificate::Certificate::parse(&leaf, &Bounds::default()).unwrap();
        let hash = kakunin_core::crypto::sha256(leaf.spki());
        format!("sha256:{}", hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kakunin"));
        command.current_dir(self.0.path()).env_remove("KAKUNIN_ENV").stdin(Stdio::null());
        command.args(arguments).output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// `person` approves, without being asked.
    fn approve(&self, request: &ApprovalRequest, person: &str) -> String {
        fs::write(self.path("request.json"), request.to_string()).unwrap();
        self.ok(&["approve", "request.json", "--yes", "--certificate", &format!("pki/{person}.pem")])
    }

    fn guard(&self) -> Guard {
        Guard::open(GuardOptions {
            certificate: Some(Source::Path(self.path("pki/bot.pem"))),
            trust: vec![Source::Path(self.path("pki/root.pem"))],
            signer: Some(SignerSource::Uri(format!("file:{}", self.path("pki/bot.key").display()))),
            record: Some(format!("file:{}", self.path("record").display())),
            audience: Some("bot".to_owned()),
            ..GuardOptions::default()
        })
        .unwrap()
    }

    fn verifier(&self) -> Verifier {
        Verifier::open(VerifierOptions {
            trust: vec![Source::Path(self.path("pki/root.pem"))],
            audience: Some("pay".to_owned()),
            record: Some(format!("file:{}", self.path("far").display())),
            ..VerifierOptions::default()
        })
        .unwrap()
    }

    fn recorded(&self, name: &str, reference: Option<&str>) -> DecisionRecord {
        log::find(&self.path(name), reference.unwrap()).unwrap().record
    }
}

fn amount(amount: u32) -> Object {
    let text = format!("{{\"amount\":{amount}}}");
    Json::parse(text.as_bytes(), &JsonBounds::ARGUMENTS).unwrap().as_object().unwrap().clone()
}

fn with(tokens: &[&str]) -> Binding {
    Binding::default().with_approvals(tokens).unwrap()
}

/// Code and rule of a call under these approvals; none where it may run.
fn decide(guard: &Guard, value: u32, tokens: &[&str]) -> Option<(Code, &'static str)> {
    let decision = guard.decide("charge", Ok(amount(value)), &with(tokens));
    decision.denial().map(|denial| (denial.code(), denial.details().rule))
}

const E212: Option<(Code, &str)> = Some((Code::ApprovalRequired, "approval"));

#[test]
fn a_call_is_asked_for_approved_by_two_and_made_once() {
    let folder = Folder::new();
    let guard = folder.guard();
    assert_eq!(decide(&guard, 100, &[]), None, "100 needs nobody");
    let decision = guard.decide("charge", Ok(amount(4_000)), &Binding::default());
    assert_eq!(decision.denial().map(|denial| denial.code()), Some(Code::ApprovalRequired));
    let request = decision.approval().unwrap().clone();
    assert_eq!((request.needs()[0].need, request.needs()[0].of.as_slice()), (2, &["finance".to_owned()][..]));
    assert_eq!(request.call().audience, Some("bot"));
    assert_eq!(decision.into_result().unwrap_err().approval(), Some(&request));

    let [alice, bob, lea] = ["alice", "bob", "lea"].map(|person| folder.approve(&request, person));
    assert_eq!(decide(&guard, 4_000, &[&alice]), E212, "one is not two");
    assert_eq!(decide(&guard, 4_000, &[&alice, &lea]), Some((Code::ApprovalInvalid, "approver-unknown")));
    assert_eq!(decide(&guard, 4_001, &[&alice, &bob]), Some((Code::ApprovalInvalid, "approval-digest")));
    let allowed = guard.decide("charge", Ok(amount(4_000)), &with(&[&alice, &bob]));
    assert!(allowed.allowed() && allowed.denial().is_none());
    let names = [&alice, &bob].map(|token| SignedApproval::parse(token, &Bounds::default()).unwrap().name());
    assert_eq!(folder.recorded("record", allowed.reference()).approvals, names);
    let denied = guard.decide("charge", Ok(amount(4_000)), &with(&[&alice, &bob]));
    assert_eq!(denied.denial().unwrap().details().rule, "approval-used");
    assert!(folder.recorded("record", denied.reference()).approvals.is_empty(), "a denied call used none");
}

#[test]
fn a_revoked_approver_counts_no_more() {
    let folder = Folder::new();
    let guard = folder.guard();
    let request = guard.decide("charge", Ok(amount(4_000)), &Binding::default()).approval().unwrap().clone();
    let [alice, bob] = ["alice", "bob"].map(|person| folder.approve(&request, person));
    folder.ok(&["revoke", "pki/bob.pem"]);
    // The folder is looked at each second.
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    assert_eq!(decide(&guard, 4_000, &[&alice, &bob]), Some((Code::ApprovalInvalid, "approver-revoked")));
}

#[test]
fn what_is_explained_and_bound_says_so() {
    let folder = Folder::new();
    let guard = folder.guard();
    let text = guard.explain("charge", Ok(amount(4_000)), &Binding::default());
    assert!(text.contains("KKN-E212") && text.contains("2 of `finance`; 0 given"), "{text}");
    let request = guard.decide("charge", Ok(amount(4_000)), &Binding::default()).approval().unwrap().clone();
    let [alice, bob] = ["alice", "bob"].map(|person| folder.approve(&request, person));
    let text = guard.explain("charge", Ok(amount(4_000)), &with(&[&alice, &bob]));
    assert!(text.contains("it uses up 2 approvals"), "{text}");
    let denial = with(&[&alice]).with_approvals(vec!["x"; 16]).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule), (Code::ConfigurationInvalid, "binding"));
    assert_eq!(with(&[&alice]).with_approvals([&bob]).unwrap().approvals.unwrap().tokens().len(), 2);
    assert!(Binding::default().with_approvals([""; 0]).unwrap().is_empty());
}

#[test]
fn an_intent_carries_the_approvals_that_are_for_whom_it_is_for() {
    let folder = Folder::new();
    let (guard, verifier) = (folder.guard(), folder.verifier());
    // Asked at the signer, who asks for the audience that acts.
    let refusal = guard.sign("refund", Ok(amount(9)), "pay", &Binding::default()).unwrap_err();
    let request = refusal.approval().unwrap().clone();
    assert_eq!((refusal.code(), request.call().audience), (Code::ApprovalRequired, Some("pay")));
    fs::write(folder.path("request.json"), request.to_string()).unwrap();
    let by_key = folder.ok(&["approve", "request.json", "--yes", "--key", "pki/olga.key", "--ttl", "10m"]);
    let other = folder.approve(&request, "alice");
    let local = guard.decide("refund", Ok(amount(9)), &Binding::default()).approval().unwrap().clone();
    let local = folder.approve(&local, "bob");
    let token = guard.sign("refund", Ok(amount(9)), "pay", &with(&[&local, &by_key, &other])).unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let payload = kakunin_core::encoding::base64::decode_url(payload).unwrap();
    let claims = String::from_utf8(payload).unwrap();
    assert!(claims.contains(&by_key) && claims.contains(&other) && !claims.contains(&local));
    let verified = verifier.verify(&token, Some("refund"), Some(Ok(amount(9)))).unwrap();
    assert_eq!(verified.action(), "refund");
    let name = SignedApproval::parse(&by_key, &Bounds::default()).unwrap().name();
    assert_eq!(folder.recorded("far", verified.reference()).approvals, [name]);
    // The same approval in another intent.
    let again = guard.sign("refund", Ok(amount(9)), "pay", &with(&[&by_key])).unwrap();
    let refusal = verifier.verify(&again, None, None).unwrap_err();
    assert_eq!((refusal.code(), refusal.denial().details().rule), (Code::ApprovalInvalid, "approval-used"));
    // An intent without any, signed by the key alone: the far side asks.
    let bare = folder.ok(&["sign", "refund", "{\"amount\":9}", "--certificate", "pki/bot.pem", "--audience", "pay"]);
    let refusal = verifier.verify(&bare, None, None).unwrap_err();
    assert_eq!((refusal.code(), refusal.approval()), (Code::ApprovalRequired, Some(&request)));
    // And with one by the command.
    fs::write(folder.path("request.json"), request.to_string()).unwrap();
    let fresh = folder.ok(&["approve", "request.json", "--yes", "--key", "pki/olga.key"]);
    let carried = folder.ok(&[
        "sign",
        "refund",
        "{\"amount\":9}",
        "--certificate",
        "pki/bot.pem",
        "--audience",
        "pay",
        "--approval",
        &fresh,
    ]);
    let carried = verifier.verify(&carried, None, None).map_err(|refusal| refusal.reason());
    assert_eq!(carried.map(|verified| verified.action().to_owned()), Ok("refund".to_owned()));
}

#[test]
fn the_command_shows_what_it_signs_and_signs_nothing_else() {
    let folder = Folder::new();
    let guard = folder.guard();
    let mut params = amount(4_000);
    params.insert("memo", "pay\u{202e}\n\u{1b}[2Know");
    let request = guard.decide("charge", Ok(params), &Binding::default()).approval().unwrap().clone();
    fs::write(folder.path("request.json"), request.to_string()).unwrap();
    let alice = ["approve", "request.json", "--certificate", "pki/alice.pem"];
    let shown = folder.command(&[&alice[..], &["--yes", "--json"]].concat());
    let text = String::from_utf8(shown.stderr).unwrap();
    for part in [
        "action      \"charge\"\n",
        "agent       \"urn:kakunin:dev:bot\"\n",
        "audience    \"bot\"\n",
        "session     none\n",
        "needs       2 of \"finance\"\n",
        "  \"amount\": 4000,\n  \"memo\": \"pay\\u202e\\u000a\\u001b[2Know\"\n}\n",
        "approve as  urn:kakunin:role:finance:alice\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let hash = request.digest().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert!(text.contains(&format!("digest      sha256:{hash}\n")), "{text}");
    assert!(String::from_utf8(shown.stdout).unwrap().contains(&format!("\"digest\":\"sha256:{hash}\"")));
    // Nobody there to be asked.
    let unasked = folder.command(&alice);
    assert_eq!((unasked.status.code(), unasked.stdout.is_empty()), (Some(2), true));
    // What is shown is not what the digest is of.
    fs::write(folder.path("request.json"), request.to_string().replace("4000", "40")).unwrap();
    let forged = folder.command(&[&alice[..], &["--yes"]].concat());
    assert_eq!((forged.status.code(), forged.stdout.is_empty()), (Some(1), true));
    assert!(String::from_utf8_lossy(&forged.stderr).contains("KKN-E213"));
    fs::write(folder.path("request.json"), request.to_string()).unwrap();
    for (arguments, code) in [
        (&["approve", "request.json", "--yes", "--key", "pki/bob.key", "--certificate", "pki/alice.pem"][..], 2),
        (&["approve", "request.json", "--yes", "--certificate", "pki/bot.pem"], 2),
        (&["approve", "request.json", "--yes", "--key", "pki/bob.key", "--ttl", "25h"], 2),
        (&["approve", "request.json", "--yes"], 2),
        (&["approve", "absent.json", "--yes", "--key", "pki/bob.key"], 2),
        (&["issue", "--approver", "finance"], 2),
        (&["issue", "--approver", "fin ance:eve"], 2),
        (&["issue", "--approver", "finance:alice"], 2),
        (&["issue", "eve"], 2),
    ] {
        let output = folder.command(arguments);
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(code), true), "{arguments:?}");
    }
}
