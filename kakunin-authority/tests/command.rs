//! The `kakunin` command as people and programs run it: the real binary in a folder of its own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};

const PAYMENTS: &str = r#"
[[grant]]
action = "charge"
limits = [{ rate = 2, per = "1h" }, { budget = "amount", max = 2000, per = "1d" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"#;

struct Folder(tempfile::TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("payments.toml", PAYMENTS);
        folder
    }

    /// With a CA and `bot`.
    fn with_bot() -> Self {
        let folder = Self::new();
        folder.ok("init");
        folder.ok("issue bot --scope payments.toml");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kakunin"));
        command.current_dir(self.0.path()).env_remove("KAKUNIN_ENV").stdin(Stdio::null());
        command
    }

    /// Arguments without spaces in them.
    fn run(&self, line: &str) -> Ran {
        Ran::of(self.command().args(line.split_whitespace()).output().unwrap())
    }

    fn ok(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.code, 0, "{line}\n{}{}", ran.out, ran.err);
        ran.out
    }

    fn json(&self, line: &str) -> (i32, Object) {
        let ran = self.run(&format!("--json {line}"));
        match Json::parse(ran.out.trim().as_bytes(), &JsonBounds::DOCUMENT) {
            Ok(Json::Object(object)) => (ran.code, object),
            other => panic!("{line}: {other:?}\n{}{}", ran.out, ran.err),
        }
    }

    fn sign(&self, amount: &str) -> String {
        let params = format!(r#"{{"amount":{amount},"currency":"EUR","customer":"cus_1"}}"#);
        self.ok(&format!("sign charge {params} --certificate pki/bot.pem --audience pay")).trim().to_owned()
    }

    fn verify(&self, tokens: &str) -> Ran {
        self.run(&format!("verify {tokens} --trust pki/root.pem --audience pay"))
    }
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn text<'o>(object: &'o Object, key: &str) -> &'o str {
    object.get(key).and_then(Json::as_text).unwrap_or_default()
}

/// The reference in `denied: KKN-E202 (ref 7f3a9c01be44d210)`.
fn reference(text: &str, code: &str) -> String {
    let (_, rest) = text.split_once(&format!("denied: {code} (ref ")).unwrap_or_else(|| panic!("{code} in {text}"));
    rest.split(')').next().unwrap().to_owned()
}

#[test]
fn the_whole_story() {
    let folder = Folder::with_bot();
    let inspected = folder.ok("inspect pki/bot.pem");
    for words in [
        "urn:kakunin:dev:bot",
        "Certificate 1 of 3: agent",
        "action = \"charge\"",
        "max = 500",
        "root CA",
        "development",
    ] {
        assert!(inspected.contains(words), "{words} in {inspected}");
    }

    let (small, large) = (folder.sign("50"), folder.sign("47000"));
    assert_eq!(folder.verify(&small).code, 0);
    let replay = folder.verify(&format!("{small} {small}"));
    assert_eq!(replay.code, 1);
    reference(&replay.out, "KKN-E301");
    let mismatch = folder.run(&format!("verify {small} --trust pki/root.pem --audience pay --action refund"));
    reference(&mismatch.out, "KKN-E308");
    let refused = folder.verify(&large);
    assert_eq!(refused.code, 1);

    let explained = folder.ok(&format!("explain {}", reference(&refused.out, "KKN-E202")));
    let first = explained.lines().next().unwrap();
    assert_eq!(
        first,
        "charge refused, KKN-E202 MONETARY_LIMIT_EXCEEDED: `amount` is 47000, the agent's certificate allows 0 to 500 (EUR)"
    );
    for words in [
        "came       47000",
        "expected   0 to 500 (EUR)",
        "nearest grant, for this action, in pki/bot.pem",
        "agent urn:kakunin:dev:bot",
    ] {
        assert!(explained.contains(words), "{words} in {explained}");
    }

    let mut three = vec![folder.sign("1"), folder.sign("1"), folder.sign("1")];
    let limited = folder.verify(&three.join(" "));
    reference(&limited.out, "KKN-E208");
    three.clear();

    folder.ok("revoke pki/bot.pem");
    assert!(folder.ok("inspect pki/revocation/tenant.crl").contains("Revoked      1"));
    let revoked = folder.verify(&folder.sign("50"));
    let revoked = reference(&revoked.out, "KKN-E401");
    assert!(folder.ok(&format!("explain {revoked}")).contains("KKN-E401 AGENT_REVOKED"));

    folder.ok("record verify");
    let entries = folder.path(".kakunin/record/entries");
    let mut bytes = fs::read(&entries).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&entries, bytes).unwrap();
    let altered = folder.run("record verify");
    assert_eq!(altered.code, 1);
    assert!(altered.out.contains("not as it was signed"));
}

#[test]
fn agents_hand_on_less_than_they_have() {
    let folder = Folder::new();
    folder.ok("init");
    folder.ok("issue boss --scope payments.toml --delegate 2");
    folder.write("less.toml", PAYMENTS.replace("max = 500", "max = 50"));
    folder.write("more.toml", PAYMENTS.replace("max = 500", "max = 501"));
    for by in ["parent", "ca"] {
        folder.ok(&format!("issue {by}-sub --scope less.toml --parent pki/boss.pem --by {by}"));
        let widened = folder.run(&format!("issue {by}-more --scope more.toml --parent pki/boss.pem --by {by}"));
        assert_eq!(widened.code, 1);
        assert!(widened.err.contains("KKN-E106") && widened.err.contains("amount"), "{}", widened.err);
        assert!(!folder.path(&format!("pki/{by}-more.pem")).exists());
    }
    let (code, shown) = folder.json("inspect pki/parent-sub.pem");
    assert_eq!(code, 0);
    let first = shown.get("certificates").and_then(Json::as_array).unwrap()[0].as_object().unwrap();
    assert_eq!(first.get("uris").and_then(Json::as_array).unwrap()[0], Json::from("urn:kakunin:dev:boss:-:parent-sub"));
    assert_eq!(text(first, "kind"), "sub-agent");

    let params = r#"{"amount":5,"currency":"EUR","customer":"cus_1"}"#;
    let token = folder.ok(&format!("sign charge {params} --certificate pki/parent-sub.pem --audience pay"));
    assert_eq!(folder.verify(token.trim()).code, 0);
    let alone = folder.ok(&format!("sign charge {params} --certificate pki/ca-sub.pem --audience pay"));
    reference(&folder.verify(alone.trim()).out, "KKN-E102");
    let both =
        folder.ok(&format!("sign charge {params} --certificate pki/ca-sub.pem --parents pki/boss.pem --audience pay"));
    assert_eq!(folder.verify(both.trim()).code, 0);

    // Who knows the paths, the parent's among them, need not be sent them.
    let bare = |n: usize| {
        let params = params.replace('5', &n.to_string());
        let line = format!("sign charge {params} --certificate pki/ca-sub.pem --audience pay --no-certificates");
        folder.ok(&line).trim().to_owned()
    };
    let verify =
        |token: &str, paths: &str| folder.run(&format!("verify {token} --trust pki/root.pem --audience pay {paths}"));
    assert_eq!(verify(&bare(5), "--paths pki/ca-sub.pem --paths pki/boss.pem").code, 0);
    reference(&verify(&bare(6), "--paths pki/ca-sub.pem").out, "KKN-E102");
    reference(&verify(&bare(7), "").out, "KKN-E102");

    // What an agent signed falls with it, and has no CRL of its own.
    let none = folder.run("revoke pki/parent-sub.pem");
    assert_eq!(none.code, 2);
    assert!(none.err.contains("falls with that agent"), "{}", none.err);
    folder.ok("revoke pki/boss.pem");
    let token = folder.ok(&format!("sign charge {params} --certificate pki/parent-sub.pem --audience pay"));
    reference(&folder.verify(token.trim()).out, "KKN-E401");

    let plain = folder.run("issue sub --scope less.toml --parent pki/ca-sub.pem --by parent");
    assert!(plain.code != 0 && plain.err.contains("KKN-E1"), "{}", plain.err);
}

#[test]
fn nothing_is_overwritten_without_force() {
    let folder = Folder::with_bot();
    let before = fs::read(folder.path("pki/bot.pem")).unwrap();
    for line in ["init", "issue bot --scope payments.toml", "scope compile payments.toml --out pki/bot.pem"] {
        let ran = folder.run(line);
        assert_eq!(ran.code, 2, "{line}");
        assert!(ran.err.contains("KKN-E504") && ran.err.contains("--force"), "{}", ran.err);
    }
    assert_eq!(fs::read(folder.path("pki/bot.pem")).unwrap(), before);
    folder.ok("issue bot --scope payments.toml --force");
    assert_ne!(fs::read(folder.path("pki/bot.pem")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with_bot();
    for key in ["root.key", "tenant.key", "bot.key"] {
        let mode = fs::metadata(folder.path("pki").join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
}

#[test]
fn encrypted_keys_open_with_their_passphrase_only() {
    let folder = Folder::new();
    folder.write("right", "correct horse\n");
    folder.write("wrong", "battery staple\n");
    folder.write("empty", "\n");
    folder.ok("init --passphrase-file right");
    folder.ok("issue bot --scope payments.toml --passphrase-file right");
    for key in ["root.key", "tenant.key", "bot.key"] {
        assert!(
            fs::read_to_string(folder.path("pki").join(key)).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY")
        );
    }
    for (passphrase, rule) in [
        ("", "passphrase-missing"),
        ("--passphrase-file wrong", "passphrase-wrong"),
        ("--passphrase-file empty", "passphrase-empty"),
    ] {
        let ran = folder.run(&format!("issue other --scope payments.toml {passphrase}"));
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(rule), "{}", ran.err);
    }
    folder.ok("sign charge {} --certificate pki/bot.pem --audience pay --passphrase-file right");
    let signer = "--signer file:pki/bot.key?passphrase-file=right";
    folder.ok(&format!("doctor --certificate pki/bot.pem --trust pki/root.pem {signer}"));
}

#[test]
fn bad_input_is_misuse_and_says_what_is_wrong() {
    let folder = Folder::with_bot();
    folder.write("empty", "");
    folder.write("noise", [0xff, 0xfe, 0x00, 0x80]);
    folder.write("der", [0x30, 0x82, 0xff, 0xff, 0x00]);
    folder.write("zeros", [0; 64]);
    folder.write("torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    folder.write("junk.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    folder.write("crl.pem", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    folder.write("open.toml", "[[grant]\naction = 1");
    folder.write("typo.toml", PAYMENTS.replace("glob", "globb"));
    folder.write("typo.json", r#"{"grants":[]}"#);
    folder.write("huge.toml", "#".repeat(2 * 1024 * 1024));
    folder.write("list.json", "[1]");
    folder.write("twice.json", r#"{"a":1,"a":2}"#);
    fs::create_dir(folder.path("folder")).unwrap();
    let sign = "sign charge --certificate pki/bot.pem --audience pay";
    let verify = "verify --trust pki/root.pem --audience pay";
    let cases: &[(&str, &str)] = &[
        ("", "Usage"),
        ("frobnicate", "frobnicate"),
        ("issue", "NAME"),
        ("issue x", "--scope"),
        ("issue x --scope payments.toml --days 0", "--days"),
        ("issue x --scope payments.toml --delegate 9", "--delegate"),
        ("issue x --scope payments.toml --by parent", "--parent"),
        ("issue ../x --scope payments.toml", "agent-name"),
        ("issue tenant --scope payments.toml", "agent-name"),
        ("issue x --scope no.toml", "no.toml"),
        ("issue x --scope folder", "a file, not a folder"),
        ("issue x --scope open.toml", "open.toml:1:"),
        ("issue x --scope typo.toml", "did you mean `glob`?"),
        ("issue x --scope typo.json", "typo.json:1:"),
        ("issue x --scope huge.toml", "at most 1048576 bytes"),
        ("issue x --scope noise", "UTF-8"),
        ("issue x --scope payments.toml --pki nowhere", "nowhere"),
        ("issue x --scope payments.toml --passphrase-file no", "passphrase-file"),
        ("init --pki other --namespace nonsense", "KKN-E"),
        ("inspect no.pem", "no.pem"),
        ("inspect empty", "no-certificate"),
        ("inspect noise", "KKN-E101"),
        ("inspect der", "KKN-E101"),
        ("inspect zeros", "no-certificate"),
        ("inspect torn.pem", "pem-boundary"),
        ("inspect junk.pem", "KKN-E101"),
        ("inspect crl.pem", "KKN-E"),
        ("inspect folder", "folder"),
        ("inspect pki/bot.key", "no-certificate"),
        ("scope compile open.toml", "open.toml:1:"),
        ("scope show pki/root.pem", "scope-missing"),
        ("scope show der", "KKN-E"),
        ("scope contains payments.toml", "PARENT"),
        (&format!("{sign} list.json"), "params"),
        (&format!("{sign} @list.json"), "arguments-not-object"),
        (&format!("{sign} @twice.json"), "json-duplicate-key"),
        (&format!("{sign} {{}} --lifetime 301"), "--lifetime"),
        (&format!("{sign} {{}} --key pki/root.key"), "signer-other-key"),
        (&format!("{sign} {{}} --key noise"), "signer"),
        ("sign charge {} --certificate pki/root.pem --key pki/root.key --audience pay", "agent-id"),
        (&format!("{verify} @no"), "token"),
        (&format!("{verify} @empty"), "token"),
        (&format!("{verify} x --state redis://h"), "`memory:`"),
        (&format!("{verify} x --revocation http://ca"), "revocation"),
        (&format!("{verify} x --record db"), "record"),
        (&format!("{verify} x --paths noise"), "paths"),
        ("verify x --trust noise --audience pay", "trust"),
        ("verify x --trust pki/bot.pem --audience pay", "KKN-E504"),
        ("revoke pki/root.key", "no-certificate"),
        ("revoke pki/root.pem --days 0", "--days"),
        ("crl --pki nowhere", "nowhere"),
        ("record verify nowhere", "nowhere"),
        ("explain xyz", "16 hex digits"),
        ("explain 0000000000000000", "reference-unknown"),
        ("completions tcsh", "tcsh"),
    ];
    let mut wrong = Vec::new();
    for (line, words) in cases {
        let ran = folder.run(line);
        let trace = ran.err.contains("panicked") || ran.err.contains("src/");
        if ran.code != 2 || !ran.err.contains(words) || trace || !ran.out.is_empty() {
            wrong.push(format!("{line}: {} without {words}\n{}{}", ran.code, ran.out, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn garbage_for_an_intent_is_denied() {
    let folder = Folder::with_bot();
    let token = folder.sign("50");
    let (head, tail) = token.split_at(token.len() - 20);
    let bent = format!("{head}{}{}", if tail.starts_with('A') { 'B' } else { 'A' }, tail.split_at(1).1);
    for (token, code) in [("x", "KKN-E304"), ("a.b.c", "KKN-E304"), (bent.as_str(), "KKN-E305")] {
        let ran = folder.verify(token);
        assert_eq!(ran.code, 1, "{token}");
        reference(&ran.out, code);
    }
}

#[test]
fn every_command_answers_in_json() {
    let folder = Folder::new();
    let done = |line: &str| {
        let (code, object) = folder.json(line);
        assert_eq!(code, 0, "{line}");
        object
    };
    done("init");
    assert_eq!(text(&done("issue bot --scope payments.toml"), "id"), "urn:kakunin:dev:bot");
    assert!(done("inspect pki/bot.pem").get("certificates").is_some());
    assert!(done("inspect pki/revocation/root.crl").get("crls").is_some());
    assert!(!text(&done("scope compile payments.toml"), "der").is_empty());
    assert!(done("scope show pki/bot.pem").get("scope").is_some());
    assert_eq!(done("scope contains payments.toml payments.toml").get("contained"), Some(&Json::Bool(true)));
    let params = r#"{"amount":47000,"currency":"EUR","customer":"cus_1"}"#;
    let signed = done(&format!("sign charge {params} --certificate pki/bot.pem --audience pay"));
    let token = text(&signed, "intent").to_owned();
    assert!(
        done(&format!("inspect {}", {
            folder.write("token", &token);
            "token"
        }))
        .get("claims")
        .is_some()
    );
    let (code, verified) = folder.json(&format!("verify {token} --trust pki/root.pem --audience pay"));
    assert_eq!((code, verified.get("allowed")), (1, Some(&Json::Bool(false))));
    let denied = verified.get("intents").and_then(Json::as_array).unwrap()[0].as_object().unwrap().clone();
    assert_eq!((text(&denied, "code"), text(&denied, "name")), ("KKN-E202", "MONETARY_LIMIT_EXCEEDED"));
    let explained = done(&format!("explain {}", text(&denied, "reference")));
    assert_eq!((text(&explained, "came"), text(&explained, "expected")), ("47000", "0 to 500 (EUR)"));
    assert!(explained.get("nearest_grant").is_some());
    assert_eq!(done("record verify").get("valid"), Some(&Json::Bool(true)));
    assert_eq!(done("doctor --certificate pki/bot.pem --trust pki/root.pem").get("ok"), Some(&Json::Bool(true)));
    assert!(done("revoke pki/bot.pem").get("crls").is_some());
    assert!(done("crl").get("crls").is_some());
    assert!(!text(&done("completions bash"), "script").is_empty());
    let (code, refused) = folder.json("explain 0000000000000000");
    assert_eq!((code, text(&refused, "code")), (2, "KKN-E504"));
    let (code, mistakes) = folder.json("scope compile token");
    assert_eq!((code, text(&mistakes, "code"), mistakes.get("mistakes").is_some()), (2, "KKN-E107", true));
}

#[test]
fn scopes_go_both_ways_without_loss() {
    let folder = Folder::with_bot();
    folder.ok("scope compile payments.toml --out scope.der");
    let shown = folder.ok("scope show scope.der");
    folder.write("shown.toml", &shown);
    folder.ok("scope compile shown.toml --out again.der");
    assert_eq!(fs::read(folder.path("scope.der")).unwrap(), fs::read(folder.path("again.der")).unwrap());
    assert_eq!(folder.ok("scope show pki/bot.pem"), shown);
    folder.write("less.toml", PAYMENTS.replace("500", "50"));
    folder.ok("scope contains less.toml payments.toml");
    let more = folder.run("scope contains scope.der less.toml");
    assert_eq!(more.code, 1);
    assert!(more.out.contains("KKN-E106") && more.out.contains("amount"), "{}", more.out);
}

#[test]
fn a_revocation_list_remembers_and_grows() {
    let folder = Folder::with_bot();
    folder.ok("issue other --scope payments.toml");
    folder.ok("revoke pki/bot.pem");
    folder.ok("revoke pki/other.pem");
    folder.ok("revoke pki/other.pem");
    let (_, shown) = folder.json("crl --days 7");
    let tenant = shown.get("crls").and_then(Json::as_array).unwrap()[0].as_object().unwrap();
    assert_eq!(tenant.get("revoked").and_then(Json::as_integer), Some(2));
    assert_eq!(tenant.get("number").and_then(Json::as_integer), Some(5));
}

#[test]
fn the_doctor_names_what_fails() {
    let folder = Folder::with_bot();
    let doctor = "doctor --certificate pki/bot.pem --trust pki/root.pem";
    let healthy = folder.ok(doctor);
    for check in ["trust", "certificate", "expiry", "revocation", "signer", "state", "record"] {
        assert!(healthy.contains(&format!("ok    {check}")), "{check} in {healthy}");
    }
    for (line, finding) in [
        (format!("{doctor} --signer file:pki/root.key"), "FAIL  signer"),
        (format!("{doctor} --signer file:no.key"), "FAIL  signer"),
        (format!("{doctor} --state redis://h"), "FAIL  setup"),
        ("doctor --certificate pki/root.pem --trust pki/root.pem".to_owned(), "FAIL  certificate"),
        ("doctor --certificate no.pem --trust pki/root.pem".to_owned(), "FAIL  certificate"),
    ] {
        let ran = folder.run(&line);
        assert_eq!(ran.code, 1, "{line}\n{}{}", ran.out, ran.err);
        assert!(ran.out.contains(finding), "{line}: {finding} in {}", ran.out);
    }
    folder.ok("revoke pki/bot.pem");
    assert!(folder.run(doctor).out.contains("FAIL  revocation"));
    let mut production = folder.command();
    let output = production.args(doctor.split(' ')).env("KAKUNIN_ENV", "production").output().unwrap();
    let ran = Ran::of(output);
    assert!(ran.code == 1 && ran.out.contains("not-in-production"), "{}{}", ran.out, ran.err);
}

#[test]
fn explaining_tells_the_nearest_grant_of_an_action_that_none_allows() {
    let folder = Folder::with_bot();
    let token = folder.ok("sign chagre {} --certificate pki/bot.pem --audience pay");
    let refused = folder.verify(token.trim());
    let explained = folder.ok(&format!("explain {}", reference(&refused.out, "KKN-E201")));
    assert!(explained.starts_with("chagre refused, KKN-E201"), "{explained}");
    assert!(explained.contains("nearest grant, for another action") && explained.contains("\"charge\""), "{explained}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_denies_and_leaves_a_log_that_verifies() {
    for way in ["sync", "batch"] {
        let folder = Folder::with_bot();
        let tokens: Vec<String> = (0..40).map(|_| folder.sign("47000")).collect();
        folder.write("tokens", tokens.join("\n"));
        // A limit on the size of files stands for a disk that is full: writing beyond it fails.
        let verify = format!("verify @tokens --trust pki/root.pem --audience pay --record file:log?write={way}");
        let script = format!("trap '' XFSZ; ulimit -f 16; exec {} {verify}", env!("CARGO_BIN_EXE_kakunin"));
        let output = Command::new("sh").args(["-c", &script]).current_dir(folder.0.path()).output().unwrap();
        let ran = Ran::of(output);
        assert!(ran.code != 0 && !ran.err.contains("panicked"), "{}{}", ran.out, ran.err);
        if way == "batch" {
            // The promise of 50 ms is not kept: closing says so.
            assert!(ran.code == 2 && ran.err.contains("KKN-E503"), "{}", ran.err);
        }
        let verified = folder.run("record verify log");
        assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
        // With room again it goes on.
        let more = format!("verify {} --trust pki/root.pem --audience pay --record file:log", folder.sign("50"));
        assert_eq!(folder.run(&more).code, 0);
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_recorded_is_not_allowed() {
    let folder = Folder::with_bot();
    folder.write("plain", "");
    let verify = |token: &str, record: &str| {
        folder.run(&format!("verify {token} --trust pki/root.pem --audience pay --record {record}"))
    };
    let blocked = verify(&folder.sign("50"), "file:plain/log");
    assert!(blocked.code == 2 && blocked.err.contains("KKN-E503"), "{}{}", blocked.out, blocked.err);

    // The log has room for its keys and its first record, not for the next.
    assert_eq!(verify(&folder.sign("50"), "file:log").code, 0);
    let small = folder.sign("50");
    let verify = format!("verify {small} {small} --trust pki/root.pem --audience pay --record file:log");
    let script = format!("trap '' XFSZ; ulimit -f 1; exec {} {verify}", env!("CARGO_BIN_EXE_kakunin"));
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder.0.path()).output().unwrap();
    let ran = Ran::of(output);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    reference(&ran.out, "KKN-E503");

    // A standard error that takes nothing.
    let full = format!(
        "exec {} verify {small} --trust pki/root.pem --audience pay --record stderr: 2>/dev/full",
        env!("CARGO_BIN_EXE_kakunin")
    );
    if cfg!(target_os = "linux") {
        let output = Command::new("sh").args(["-c", &full]).current_dir(folder.0.path()).output().unwrap();
        reference(&Ran::of(output).out, "KKN-E503");
    }
}
