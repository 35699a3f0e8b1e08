//! `kakunin scope contains`, `intersect` and `diff`, and `issue --cap`: the real binary in a folder of its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::process::{Command, Stdio};

use kakunin_core::bounds::JsonBounds;
use kakunin_core::encoding::json::{Json, Object};

const PAYMENTS: &str = r#"
[[grant]]
action = "charge"
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("payments.toml", PAYMENTS);
        folder.write("more.toml", &PAYMENTS.replace("500", "1000"));
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    /// Exit code, standard output and standard error. Arguments without spaces in them.
    fn run(&self, line: &str) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kakunin"))
            .current_dir(self.0.path())
            .env_remove("KAKUNIN_ENV")
            .stdin(Stdio::null())
            .args(line.split_whitespace())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    fn json(&self, line: &str) -> (i32, Object) {
        let (code, out, _) = self.run(&format!("{line} --json"));
        match Json::parse(out.as_bytes(), &JsonBounds::DOCUMENT).unwrap() {
            Json::Object(object) => (code, object),
            other => unreachable(other),
        }
    }
}

#[expect(clippy::panic, reason = "helpers of tests fail their test")]
fn unreachable(answer: Json) -> ! {
    panic!("no object: {answer:?}")
}

#[test]
fn contains_tells_what_is_wider_and_by_which_call_one_sees_it() {
    let folder = Folder::new();
    assert_eq!(folder.run("scope contains payments.toml more.toml").0, 0, "the child comes first");
    let (code, out, _) = folder.run("scope contains more.toml payments.toml");
    assert_eq!(code, 1);
    for words in [
        "KKN-E106",
        "`amount` of `charge` may be 0 to 1000 in the child; the parent allows 0 to 500",
        "the child accepts this call, the parent refuses it (KKN-E202)",
        "charge {\"amount\":",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (code, json) = folder.json("scope contains more.toml payments.toml");
    assert_eq!(
        (code, json.get("contained"), json.get("in_doubt")),
        (1, Some(&Json::Bool(false)), Some(&Json::Bool(false)))
    );
    let witness = json.get("witness").and_then(Json::as_object).unwrap();
    assert_eq!(witness.get("action"), Some(&Json::from("charge")));
    // The call that is shown goes through one and not through the other.
    let params = kakunin_core::encoding::jcs::to_string(witness.get("params").unwrap());
    let table = |scope: &str, expect: &str| {
        format!("scope = \"{scope}\"\n[[call]]\naction = \"charge\"\nparams = '{params}'\nexpect = \"{expect}\"\n")
    };
    folder.write("child", &table("more.toml", "allow"));
    folder.write("parent", &table("payments.toml", "E202"));
    assert_eq!(folder.run("scope test child parent").0, 0);
}

#[test]
fn contains_says_where_it_is_in_doubt() {
    let folder = Folder::new();
    folder.write("nothing.toml", "[[grant]]\naction = \"refund\"\n[grant.params]\nreason = []\n");
    let (code, out, _) = folder.run("scope contains nothing.toml payments.toml");
    assert_eq!(code, 1);
    assert!(out.contains("in doubt: not contained") && out.contains("no call was found"), "{out}");
    let (_, json) = folder.json("scope contains nothing.toml payments.toml");
    assert_eq!((json.get("in_doubt"), json.get("witness")), (Some(&Json::Bool(true)), None));
}

#[test]
fn intersect_writes_a_scope_or_says_what_none_can_say() {
    let folder = Folder::new();
    folder.write("wide.toml", "[[grant]]\naction = \"*\"\nopen = true\n[grant.params]\namount = { max = 50 }\n");
    let (code, out, _) = folder.run("scope intersect wide.toml payments.toml");
    assert_eq!(code, 0);
    assert!(out.contains("action = \"charge\"") && out.contains("max = 50, money = \"currency\""), "{out}");
    assert_eq!(folder.run("scope intersect wide.toml payments.toml -o both.toml").0, 0);
    assert_eq!(fs::read_to_string(folder.0.path().join("both.toml")).unwrap(), out);
    for above in ["wide.toml", "payments.toml"] {
        assert_eq!(folder.run(&format!("scope contains both.toml {above}")).0, 0, "{above}");
    }
    assert_eq!(folder.run("scope intersect wide.toml payments.toml -o both.toml").0, 2, "a file that is there stays");
    folder.write("object.toml", "[[grant]]\naction = \"a\"\n[grant.params]\nx = { type = \"object\" }\n");
    folder.write(
        "spelt.toml",
        "[[grant]]\naction = \"a\"\n[grant.params]\n\"x.y\" = { glob = \"*\", optional = true }\n",
    );
    let (code, out, _) = folder.run("scope intersect object.toml spelt.toml");
    assert_eq!(code, 1);
    assert!(out.starts_with("no scope says what both accept: `x` of `a`: "), "{out}");
    let (_, json) = folder.json("scope intersect object.toml spelt.toml");
    assert_eq!((json.get("expressible"), json.get("parameter")), (Some(&Json::Bool(false)), Some(&Json::from("x"))));
}

#[test]
fn diff_tells_what_became_wider_and_exits_by_it() {
    let folder = Folder::new();
    let (code, out, _) = folder.run("scope diff payments.toml more.toml");
    assert_eq!((code, out.as_str()), (1, "wider: `amount` of `charge`: parameter 0 to 1000, was 0 to 500\n"));
    let (code, out, _) = folder.run("scope diff more.toml payments.toml");
    assert_eq!((code, out.as_str()), (0, "narrower: `amount` of `charge`: parameter 0 to 500, was 0 to 1000\n"));
    assert_eq!(folder.run("scope diff payments.toml payments.toml"), (0, "no difference\n".to_owned(), String::new()));
    let (code, json) = folder.json("scope diff payments.toml more.toml");
    assert_eq!((code, json.get("wider")), (1, Some(&Json::Bool(true))));
    let change = json.get("changes").and_then(Json::as_array).unwrap().first().and_then(Json::as_object).unwrap();
    assert_eq!(
        (change.get("direction"), change.get("is")),
        (Some(&Json::from("wider")), Some(&Json::from("0 to 1000")))
    );
}

#[test]
fn a_ca_caps_what_is_asked_for_to_what_the_parent_may_do() {
    let folder = Folder::new();
    folder.write("boss.toml", &format!("max_depth = 1\n{PAYMENTS}"));
    let (code, _, err) = folder.run("init");
    assert_eq!(code, 0, "{err}");
    assert_eq!(folder.run("issue boss --scope boss.toml --delegate 1").0, 0);
    let (code, _, err) = folder.run("issue sub --scope more.toml --parent pki/boss.pem --by ca");
    assert!(code == 1 && err.contains("KKN-E106"), "{err}");
    let (code, out, err) = folder.run("issue sub --scope more.toml --parent pki/boss.pem --by ca --cap");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("narrower: `amount` of `charge`: parameter 0 to 500, was 0 to 1000"), "{out}");
    let (_, shown, _) = folder.run("scope show pki/sub.pem");
    assert!(shown.contains("max = 500"), "{shown}");
    let (code, out, _) = folder.run("issue same --scope payments.toml --parent pki/boss.pem --by ca --cap");
    assert!(code == 0 && out.contains("nothing was cut"), "{out}");
    folder.write("other.toml", "[[grant]]\naction = \"refund\"\n");
    let (code, _, err) = folder.run("issue none --scope other.toml --parent pki/boss.pem --by ca --cap");
    assert!(code == 1 && err.contains("KKN-E106"), "{err}");
    let (code, _, err) = folder.run("issue by-parent --scope more.toml --parent pki/boss.pem --by parent --cap");
    assert!(code == 2 && err.contains("--by ca"), "{err}");
}
