//! `kakunin halt`, `reinstate`, `revoke --order` and `orders` as people run them: the real binary in a folder of its own.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test")]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kakunin_authority::orders::{OrderFile, confirm, parse_file, read_authorities};
use kakunin_authority::shell::{Binding, Guard, GuardOptions, Source};
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::revocation::order::{Orders, SignedReceipt, Target};
use kakunin_core::time::UnixTime;

struct Folder(tempfile::TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("p.toml"), "max_depth = 1\n[[grant]]\naction = \"charge\"\n").unwrap();
        folder.ok("init");
        folder.ok("issue bot --scope p.toml --delegate 1");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kakunin"));
        command.current_dir(self.0.path()).env_remove("KAKUNIN_ENV").stdin(Stdio::null());
        command
    }

    /// Arguments without spaces in them.
    fn run(&self, line: &str) -> Ran {
        let output = self.command().args(line.split_whitespace()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
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

    /// The rule by which a line is misuse.
    fn misuse(&self, line: &str) -> String {
        let (code, refused) = self.json(line);
        assert_eq!(code, 2, "{line}");
        text(refused.get("details").and_then(Json::as_object).unwrap(), "rule").to_owned()
    }

    /// What a guard that reads the folder knows.
    fn known(&self) -> Orders {
        let authorities = read_authorities(&self.path("pki/halt-authorities.json")).unwrap();
        let log = format!("orders/{}", authorities[0].log());
        let (mut orders, mut heads) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(self.path("pki/revocation").join(&log)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            // Half written.
            if name.starts_with('.') {
                continue;
            }
            let bytes = fs::read(self.path("pki/revocation").join(&log).join(&name)).unwrap();
            match parse_file(&format!("{log}/{name}"), &bytes, &Bounds::default()).unwrap() {
                Some(OrderFile::Order(order)) => orders.push(order),
                Some(OrderFile::Head(head)) => heads.push(head),
                None => {}
            }
        }
        Orders::new(authorities).unwrap().take(&orders, &heads, now(), &Bounds::default()).0
    }

    /// Says that this guard knows what the folder says.
    fn confirm(&self, guard: &str) {
        confirm(&self.path("pki/revocation"), guard, "1", &self.known(), now(), now().plus_seconds(60)).unwrap();
    }

    fn targets(&self) -> Vec<Target> {
        self.known().live().map(|live| live.order().instruction().target().unwrap().clone()).collect()
    }
}

fn now() -> UnixTime {
    UnixTime::from_millis(i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap())
}

fn text<'o>(object: &'o Object, key: &str) -> &'o str {
    object.get(key).and_then(Json::as_text).unwrap_or_default()
}

fn list<'o>(object: &'o Object, key: &str) -> &'o [Json] {
    object.get(key).and_then(Json::as_array).unwrap_or_default()
}

#[test]
fn init_makes_a_halt_authority_with_an_empty_log() {
    let folder = Folder::new();
    let known = folder.known();
    assert_eq!((known.check_fresh(now()), known.seen()[0].seq), (Ok(()), 0));
    let until = known.next_update().unwrap().seconds() - now().seconds();
    assert!((29 * 86_400..=30 * 86_400).contains(&until), "as long as the CRLs: {until}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path("pki/halt.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Another trial in its place has another log: what guards remember of this one is not asked of it.
    folder.ok("init --force");
    assert_ne!(folder.known().seen()[0].log, known.seen()[0].log);
    assert_eq!(folder.run("issue halt --scope p.toml").code, 2, "the name of its key");
}

#[test]
fn halts_stand_until_they_are_lifted_and_nothing_else_is() {
    let folder = Folder::new();
    let shown = folder.ok("halt --agent urn:kakunin:dev:bot --reason loops --operator ann");
    for words in
        ["halt agent urn:kakunin:dev:bot", "signed   by ann", "reason   loops", "none is known here", "receipt"]
    {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    folder.ok("halt --agent pki/bot.pem --session s1");
    folder.ok("halt --certificate pki/bot.pem");
    folder.ok("halt --all");
    assert_eq!(folder.targets().len(), 4);
    // An id alone means the tenant's agent, a file says it itself: the same target.
    folder.ok("halt --agent pki/bot.pem");
    folder.ok("reinstate --agent urn:kakunin:dev:bot");
    let left: Vec<_> = folder.targets().iter().map(ToString::to_string).collect();
    assert!(left.len() == 3 && !left.contains(&"agent urn:kakunin:dev:bot".to_owned()), "{left:?}");
    folder.ok("reinstate 4");
    let (_, listed) = folder.json("orders list");
    let states: Vec<_> = list(&listed, "orders").iter().map(|row| text(row.as_object().unwrap(), "state")).collect();
    assert_eq!(states, ["lifted", "stands", "stands", "lifted", "lifted", "given", "given"]);
    let second = list(&listed, "orders")[1].as_object().unwrap();
    folder.ok(&format!("reinstate {} 3", text(second, "name")));
    assert_eq!(folder.targets(), []);
    for line in ["reinstate 4", "reinstate 6", "reinstate 99", "reinstate sha256:00", "reinstate --all"] {
        assert_eq!(folder.misuse(line), "order-unknown", "{line}");
    }
}

#[test]
fn a_revocation_by_order_stands_whatever_is_said_later() {
    let folder = Folder::new();
    folder.ok("revoke --order pki/bot.pem --reason lost");
    assert!(matches!(folder.targets().as_slice(), [Target::Certificate { .. }]));
    assert_eq!(folder.misuse("reinstate 1"), "order-unknown");
    assert_eq!(folder.misuse("reinstate --certificate pki/bot.pem"), "order-unknown");
    assert!(folder.ok("inspect pki/revocation/tenant.crl").contains("Revoked      0"), "the CRL is another matter");
    assert_eq!(folder.misuse("revoke pki/bot.pem --reason lost"), "reason", "a list names reasons of RFC 5280 alone");
}

#[test]
fn a_sub_agent_is_halted_below_the_key_that_signed_it() {
    let folder = Folder::new();
    fs::write(folder.path("sub.toml"), "[[grant]]\naction = \"charge\"\n").unwrap();
    folder.ok("issue sub --scope sub.toml --parent pki/bot.pem --by parent");
    let sub = "urn:kakunin:dev:bot:-:sub";
    folder.ok("halt --agent pki/sub.pem");
    let signed_by_bot = folder.targets();
    folder.ok(&format!("halt --agent {sub} --issuer pki/bot.pem"));
    assert_eq!(folder.targets(), [signed_by_bot.clone(), signed_by_bot.clone()].concat());
    // Without a word of the issuer, the tenant's agent of that name is meant, which is another.
    folder.ok("reinstate --agent pki/sub.pem");
    folder.ok(&format!("halt --agent {sub}"));
    assert!(folder.targets().len() == 1 && folder.targets() != signed_by_bot);
}

#[test]
fn what_is_not_said_or_twice_is_misuse() {
    let folder = Folder::new();
    for line in ["halt", "reinstate"] {
        assert_eq!(folder.misuse(line), "option-missing", "{line}");
    }
    for line in [
        "halt --session s1",
        "halt --all --agent urn:a:b",
        "halt --certificate aa --agent urn:a:b",
        "halt --all --wait soon",
        "halt --all --wait 400d",
        "reinstate 1 --all",
        "orders head --every never",
    ] {
        assert_eq!(folder.run(line).code, 2, "{line}");
    }
    assert_eq!(folder.misuse("halt --certificate nonsense"), "serial");
    assert_eq!(folder.misuse("halt --agent urn:a:b --issuer sha256:00"), "issuer");
    assert_eq!(folder.misuse("halt --all --key pki/bot.key"), "halt-key");
    assert_eq!(folder.misuse("halt --all --authorities p.json"), "authorities");
    assert_eq!(folder.misuse("orders show 1"), "order-unknown");
    assert_eq!(folder.targets(), []);
}

#[test]
fn a_halt_is_done_when_every_known_guard_has_confirmed_it() {
    let folder = Folder::new();
    folder.confirm("urn:kakunin:dev:bot");
    let (code, halted) = folder.json("halt --all --wait 100ms");
    assert_eq!((code, halted.get("confirmed")), (1, Some(&Json::Bool(false))));
    let receipt = list(&halted, "receipts")[0].as_object().unwrap();
    assert_eq!(list(receipt, "missing"), [Json::from("urn:kakunin:dev:bot 1")]);
    // The receipt says the same, signed.
    let authority = &read_authorities(&folder.path("pki/halt-authorities.json")).unwrap()[0];
    let signed = SignedReceipt::parse(text(&halted, "receipt"), &Bounds::default()).unwrap();
    let claims = signed.verify(authority).unwrap().claims().clone();
    assert_eq!((claims.kind.as_ref(), claims.seq, claims.guards[0].at, claims.limit), ("halt", 1, None, 100));

    let (code, halted) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while folder.known().seen()[0].seq < 2 {
                std::thread::sleep(Duration::from_millis(10));
            }
            folder.confirm("urn:kakunin:dev:bot");
        });
        folder.json("halt --all --wait 30s")
    });
    assert_eq!((code, halted.get("confirmed")), (0, Some(&Json::Bool(true))));
    let shown = folder.ok("orders show 2");
    assert!(shown.contains("confirmed 2") && shown.contains("urn:kakunin:dev:bot 1"), "{shown}");
}

#[test]
fn a_drill_stops_nobody_and_says_how_long_the_guards_took() {
    let folder = Folder::new();
    folder.confirm("urn:kakunin:dev:bot");
    let before = folder.known().seen();
    let (code, drilled) = folder.json("halt --drill --wait 100ms");
    assert_eq!((code, drilled.get("confirmed")), (1, Some(&Json::Bool(false))));
    assert_eq!((folder.known().seen(), folder.targets()), (before, vec![]));
    let head = folder.known().taken().next().unwrap().head.unwrap().issued_at();
    let (code, drilled) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while folder.known().taken().next().unwrap().head.unwrap().issued_at() == head {
                std::thread::sleep(Duration::from_millis(10));
            }
            folder.confirm("urn:kakunin:dev:bot");
        });
        folder.json("halt --drill --wait 30s")
    });
    assert_eq!((code, drilled.get("confirmed")), (0, Some(&Json::Bool(true))));
    let receipt = list(&drilled, "receipts")[0].as_object().unwrap();
    assert_eq!((text(receipt, "kind"), receipt.get("order")), ("drill", None));
    assert!(receipt.get("milliseconds").and_then(Json::as_integer).is_some_and(|took| (0..30_000).contains(&took)));
}

/// Stops the command that a test started, whatever becomes of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_head_is_kept_fresh_while_orders_are_given() {
    let folder = Folder::new();
    let mut command = folder.command();
    command.args(["orders", "head", "--every", "100ms", "--holds", "2s"]).stdout(Stdio::null());
    let running = Running(command.spawn().unwrap());
    let start = Instant::now();
    let holds = || {
        let known = folder.known();
        let head = known.taken().next().unwrap().head.unwrap().clone();
        (head.next_update().seconds() - head.issued_at().seconds(), head.issued_at())
    };
    let wait = |what: &dyn Fn() -> bool| {
        while !what() {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait(&|| holds().0 == 2);
    let first = holds().1;
    wait(&|| holds().1 > first);
    // Beside the loop: the order gets its number, and heads go on naming it.
    folder.ok("halt --all --wait 0s");
    let second = holds().1;
    wait(&|| holds().1 > second.plus_seconds(1));
    let known = folder.known();
    assert_eq!((known.check_fresh(now()), known.live().count(), holds().0), (Ok(()), 1, 2));
    drop(running);
    std::thread::sleep(Duration::from_millis(3_100));
    assert_eq!(folder.known().check_fresh(now()).unwrap_err().details().rule, "head-stale");
    assert!(folder.ok("orders list").contains("its guards deny"));
    folder.ok("orders head --holds 30d");
    assert_eq!(folder.known().check_fresh(now()), Ok(()));
}

#[test]
fn a_log_that_was_put_back_takes_no_order() {
    let folder = Folder::new();
    folder.ok("halt --all --wait 0s");
    let log = folder.known().seen()[0].log.clone();
    fs::remove_file(folder.path(&format!("pki/revocation/orders/{log}/000000000001.jwt"))).unwrap();
    for line in ["halt --all", "orders head", "orders list"] {
        assert_eq!(folder.misuse(line), "order-gap", "{line}");
    }
}

#[test]
fn a_running_guard_confirms_a_halt_and_stops_and_a_reinstatement_frees_it() {
    let folder = Folder::new();
    let options = GuardOptions {
        certificate: Some(Source::Path(folder.path("pki/bot.pem"))),
        trust: vec![Source::Path(folder.path("pki/root.pem"))],
        revocation: Some(format!("{}?every=100ms", folder.path("pki/revocation").display())),
        seen: Some(folder.path("seen")),
        record: Some("none".to_owned()),
        ..GuardOptions::default()
    };
    let guard = Guard::open(options).unwrap();
    let code = || {
        let decision = guard.decide("charge", Ok(Object::new()), &Binding::default());
        decision.denial().map(|denial| denial.code().as_str())
    };
    assert_eq!(code(), None);
    for (line, expected) in [
        ("halt --agent pki/bot.pem", Some("KKN-E402")),
        ("halt --all", Some("KKN-E402")),
        ("reinstate --agent pki/bot.pem", Some("KKN-E404")),
        ("reinstate --all", None),
        ("halt --agent pki/bot.pem --session s", Some("KKN-E403")),
        ("reinstate --agent pki/bot.pem --session s", None),
        ("halt --drill", None),
        ("revoke --order pki/bot.pem", Some("KKN-E401")),
    ] {
        // What the guard has confirmed it follows from then on.
        let (exit, done) = folder.json(&format!("{line} --wait 60s"));
        let receipt = list(&done, "receipts")[0].as_object().unwrap();
        let confirmed: Vec<_> = list(receipt, "confirmed").iter().filter_map(Json::as_text).collect();
        assert!(
            exit == 0 && confirmed.len() == 1 && confirmed[0].starts_with("urn:kakunin:dev:bot "),
            "{line} {confirmed:?}"
        );
        assert_eq!(code(), expected, "{line}");
    }
}
