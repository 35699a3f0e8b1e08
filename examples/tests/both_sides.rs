//! The examples as a person runs them, one after the other, with nothing but files between them.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SCOPE: &str = r#"
[[grant]]
action = "charge"
limits = [{ budget = "amount", max = 800, per = "1d" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"#;

fn kakunin(folder: &Path, arguments: &[&str]) {
    let pki = folder.join("pki");
    let arguments = arguments.iter().map(|argument| match *argument {
        "PKI" => pki.to_str().unwrap().to_owned(),
        "SCOPE" => folder.join("scope.toml").to_str().unwrap().to_owned(),
        other => other.to_owned(),
    });
    let code = kakunin_authority::command::run(std::iter::once("kakunin".to_owned()).chain(arguments));
    assert_eq!(code, 0);
}

fn agent(folder: &Path, amount: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_agent"))
        .args(["pki/bot.pem", "pki/bot.key", "pki/root.pem", "https://payments.example", amount])
        .current_dir(folder)
        .env_remove("KAKUNIN_ENV")
        .output()
        .unwrap()
}

fn intent(folder: &Path, amount: &str) -> String {
    let output = agent(folder, amount);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn service(folder: &Path, audience: &str, intents: &[String]) -> Vec<String> {
    let mut service = Command::new(env!("CARGO_BIN_EXE_service"))
        .args(["pki/root.pem", "pki/revocation", audience])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    service.stdin.take().unwrap().write_all(intents.join("\n").as_bytes()).unwrap();
    let output = service.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_service_does_what_an_agent_may_once_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("scope.toml"), SCOPE).unwrap();
    kakunin(folder, &["init", "--pki", "PKI"]);
    kakunin(folder, &["issue", "bot", "--scope", "SCOPE", "--pki", "PKI"]);

    let first = intent(folder, "450");
    let [second, third] = ["350", "0.01"].map(|amount| intent(folder, amount));
    let answers = service(folder, "https://payments.example", &[first.clone(), first.clone(), second, third]);
    let charged = |amount: &str| {
        format!(r#"charged for urn:kakunin:dev:bot: {{"amount":{amount},"currency":"EUR","customer":"cus_1"}}"#)
    };
    assert_eq!(answers, [charged("450"), "denied: KKN-E301".to_owned(), charged("350"), "denied: KKN-E209".to_owned()]);

    assert_eq!(service(folder, "https://other.example", std::slice::from_ref(&first)), ["denied: KKN-E306"]);
    let (signed, signature) = first.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    let broken = format!("{signed}.{other}{}", signature.split_at(1).1);
    assert_eq!(service(folder, "https://payments.example", &[broken]), ["denied: KKN-E305"]);
}

#[test]
fn an_agent_signs_nothing_that_its_certificate_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("scope.toml"), SCOPE).unwrap();
    kakunin(folder, &["init", "--pki", "PKI"]);
    kakunin(folder, &["issue", "bot", "--scope", "SCOPE", "--pki", "PKI"]);
    let output = agent(folder, "47000");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("KKN-E202"));
}
