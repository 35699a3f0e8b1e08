//! `kakunin path verify` as people and programs run it: the real binary, files of every form.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::process::Command;

use kakunin_core::encoding::pem;
use kakunin_testkit::NOW;
use kakunin_testkit::certificate::{Extension, Template, time};
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;

struct Folder(tempfile::TempDir);

/// Exit code and standard output.
type Ran = (i32, String);

impl Folder {
    /// A root, a CA and a leaf of no profile of ours, in DER; their lists.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let [root, ca, leaf] = ["root", "ca", "leaf"].map(Key::ed25519);
        folder.write("root.der", &Template::root("Root", &root).sign(&root));
        folder.write("ca.der", &Template::authority("Root", "CA", &ca).issued_by(&root).sign(&root));
        let template = Template::end_entity("CA", "Leaf", &leaf).issued_by(&ca);
        folder.write("leaf.der", &template.sign(&ca));
        folder.write("root.crl", &List::new("Root", 1, &[]).sign(&root));
        folder.write("ca.crl", &List::new("CA", 1, &[]).sign(&ca));
        folder.write("revoked.crl", &List::new("CA", 2, &[&template.serial]).sign(&ca));
        let policy = Extension::policies(&[&[0x2a, 1]]);
        folder.write("policy.der", &template.clone().with(policy).sign(&ca));
        folder.write("expired.der", &template.change(|leaf| leaf.not_after = time(-1)).sign(&ca));
        folder
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    fn run(&self, line: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kakunin"));
        let output =
            command.current_dir(self.0.path()).args(["path", "verify"]).args(line.split(' ')).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    /// By profile `pkix`, now; and what the answer must hold.
    fn pkix(&self, line: &str, exit: i32, holds: &str) {
        let (code, text) = self.run(&format!("--json --profile pkix --time {NOW} {line}"));
        assert_eq!(code, exit, "{line}: {text}");
        assert!(text.contains(holds), "{line}: {text}");
    }
}

const VALID: &str = r#""verdict":"valid""#;

#[test]
fn files_are_der_or_pem_of_one_certificate_or_several() {
    let folder = Folder::new();
    let pem = |names: &[&str]| -> String {
        names.iter().map(|name| pem::encode(pem::CERTIFICATE, &folder.read(name))).collect()
    };
    folder.write("root.pem", format!("The root.\n{}", pem(&["root.der"])).as_bytes());
    folder.write("all.pem", pem(&["leaf.der", "ca.der"]).as_bytes());
    folder.write("all.der", &[folder.read("leaf.der"), folder.read("ca.der")].concat());
    folder.write("pool.pem", pem(&["expired.der", "root.der", "ca.der"]).as_bytes());
    folder.pkix("--anchor root.der --intermediate ca.der leaf.der", 0, VALID);
    folder.pkix("--anchor root.pem all.pem", 0, VALID);
    folder.pkix("--anchor root.pem all.der", 0, VALID);
    folder.pkix("--anchor root.pem --intermediate pool.pem leaf.der", 0, VALID);
    folder.pkix("--anchor root.pem --intermediate all.pem --intermediate pool.pem leaf.der", 0, VALID);
}

#[test]
fn what_is_refused_is_told_by_code_and_rule_and_exits_with_one() {
    let folder = Folder::new();
    folder.write("junk", b"junk");
    let ca = "--anchor root.der --intermediate ca.der";
    folder.pkix("--anchor root.der leaf.der", 1, r#""rule":"anchor""#);
    folder.pkix(&format!("{ca} expired.der"), 1, r#""code":"KKN-E103""#);
    folder.pkix(&format!("{ca} junk"), 1, r#""code":"KKN-E101""#);
    folder.pkix(&format!("{ca} --intermediate junk --anchor junk leaf.der"), 0, VALID);
    folder.pkix("--anchor junk --intermediate ca.der leaf.der", 1, r#""code":"KKN-E102""#);
    let (code, text) = folder.run(&format!("--profile pkix --time {NOW} {ca} expired.der"));
    assert_eq!(code, 1);
    assert!(text.starts_with("invalid at 2026-06-01T12:00:00Z: KKN-E103 CERTIFICATE_EXPIRED: "), "{text}");
}

#[test]
fn what_cannot_be_used_exits_with_two() {
    let folder = Folder::new();
    for line in [
        "--anchor nowhere.der leaf.der",
        "--anchor root.der nowhere.der",
        "--anchor root.der leaf.der --time noon",
        "--anchor root.der leaf.der --purpose everything --profile pkix",
        "--anchor root.der leaf.der --policy 1 --profile pkix",
        "--anchor leaf.der leaf.der",
        "leaf.der",
    ] {
        assert_eq!(folder.run(line).0, 2, "{line}");
    }
}

#[test]
fn lists_are_asked_where_any_is_given() {
    let folder = Folder::new();
    let ca = "--anchor root.der --intermediate ca.der leaf.der";
    folder.write("junk", b"junk");
    folder.pkix(&format!("{ca} --crl root.crl --crl ca.crl"), 0, r#""revocation":"checked""#);
    folder.pkix(&format!("{ca} --crl root.crl --crl ca.crl --crl junk"), 0, r#""unusable":["KKN-E405"#);
    folder.pkix(&format!("{ca} --crl root.crl"), 1, r#""code":"KKN-E405""#);
    folder.pkix(&format!("{ca} --crl junk"), 1, r#""code":"KKN-E405""#);
    folder.pkix(&format!("{ca} --ocsp junk"), 1, r#""code":"KKN-E405""#);
    folder.pkix(&format!("{ca} --crl root.crl --crl ca.crl --crl revoked.crl"), 1, r#""code":"KKN-E401""#);
    folder.write("lists.pem", pem::encode(pem::CRL, &folder.read("ca.crl")).as_bytes());
    folder.pkix(&format!("{ca} --crl root.crl --crl lists.pem"), 0, VALID);
}

#[test]
fn every_option_of_the_profile_has_its_effect() {
    let folder = Folder::new();
    let ca = "--anchor root.der --intermediate ca.der leaf.der";
    folder.pkix(&format!("{ca} --max-depth 1"), 0, VALID);
    folder.pkix(&format!("{ca} --max-depth 0"), 1, r#""rule":"max-depth""#);
    folder.pkix(&format!("{ca} --explicit-policy"), 1, r#""rule":"explicit-policy""#);
    folder.pkix(&format!("{ca} --policy 1.2.3 --inhibit-any-policy --inhibit-policy-mapping"), 0, r#""policies":[]"#);
    folder.pkix(&format!("{ca} --purpose serverAuth"), 0, VALID);
    let [root, ca, leaf] = ["root", "ca", "leaf"].map(Key::ed25519);
    let expired = Template::root("Root", &root).change(|root| root.not_after = time(-1));
    folder.write("expired-root.der", &expired.sign(&root));
    let bare = Template::end_entity("CA", "Leaf", &leaf).with(Extension::extended_key_usage(&[&[0x2a, 1]]));
    folder.write("bare.der", &bare.sign(&ca));
    folder.pkix("--anchor expired-root.der --intermediate ca.der leaf.der", 1, r#""rule":"not-after""#);
    folder.pkix("--anchor expired-root.der --intermediate ca.der leaf.der --anchor-use name-and-key", 0, VALID);
    folder.pkix("--anchor root.der --intermediate ca.der bare.der", 1, r#""rule":"authority-key-identifier""#);
    let tolerate = "--anchor root.der --intermediate ca.der bare.der --conformance tolerate";
    folder.pkix(tolerate, 0, VALID);
    folder.pkix(&format!("{tolerate} --purpose clientAuth"), 1, r#""rule":"purpose""#);
    folder.pkix(&format!("{tolerate} --purpose 1.2.1"), 0, VALID);
}

#[test]
fn an_agents_path_is_taken_in_its_order() {
    let folder = Folder::new();
    let [root, ca] = ["root", "ca"].map(Key::ed25519);
    let tenant = Template::tenant("Root", "CA", &ca, &["urn:acme:"]).issued_by(&root);
    let scope = kakunin_core::scope::authoring::compile("grant = []\n", kakunin_core::scope::authoring::Format::Toml);
    let agent = Template::agent("CA", "urn:acme:bot", &Key::ed25519("bot"), scope.unwrap().encode()).issued_by(&ca);
    folder.write("tenant.der", &tenant.sign(&root));
    folder.write("bot.der", &agent.sign(&ca));
    let run = |line: &str| folder.run(&format!("--json --time {NOW} --anchor root.der {line} bot.der"));
    let (code, text) = run("--intermediate tenant.der");
    assert!(code == 0 && text.matches("fingerprint").count() == 3, "{text}");
    assert_eq!(run("--intermediate tenant.der --intermediate root.der").0, 0, "with or without the anchor");
    assert_eq!(run("--intermediate ca.der --intermediate tenant.der").0, 1, "nothing is searched");
    assert_eq!(run("--intermediate tenant.der --crl root.crl").0, 1);
    assert_eq!(run("--intermediate tenant.der --crl root.crl --crl ca.crl").0, 0);
}
