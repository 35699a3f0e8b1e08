//! The hash of what an agent runs on: the same in every language, and what follows from it.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kakunin_authority::shell::{Guard, GuardOptions, Model, Source, compute_model_hash, compute_model_hash_with};
use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::sha256;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Code;

/// The cases that Python and Node read too.
fn cases(kind: &str) -> Vec<Object> {
    let text = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/model-hash.json")).unwrap();
    let json = Json::parse(&text, &JsonBounds::DOCUMENT).unwrap();
    let cases = json.as_object().unwrap().get(kind).and_then(Json::as_array).unwrap();
    cases.iter().map(|case| case.as_object().unwrap().clone()).collect()
}

fn text<'c>(case: &'c Object, key: &str) -> &'c str {
    case.get(key).and_then(Json::as_text).unwrap()
}

fn kakunin(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kakunin"))
        .current_dir(folder)
        .env_remove("KAKUNIN_ENV")
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn ok(folder: &Path, line: &str) -> String {
    let output = kakunin(folder, line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "no bar where nobody looks");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn misused(folder: &Path, line: &str) -> String {
    let output = kakunin(folder, line);
    assert_eq!(output.status.code(), Some(2), "{line}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_configuration_has_the_digest_of_its_canonical_form() {
    let folder = tempfile::tempdir().unwrap();
    for case in cases("configurations") {
        let hash = text(&case, "hash");
        assert_eq!(hash.strip_prefix("sha256:").unwrap(), hex(&sha256(text(&case, "canonical").as_bytes())));
        let configuration = case.get("configuration").and_then(Json::as_object).unwrap();
        assert_eq!(compute_model_hash(&Model::Configuration(configuration.clone())).unwrap(), hash);
        let json = kakunin_core::encoding::jcs::to_string(&Json::Object(configuration.clone()));
        fs::write(folder.path().join("config.json"), json).unwrap();
        assert_eq!(ok(folder.path(), "model hash config.json"), hash);
    }
}

#[test]
fn weights_have_the_digest_of_their_digest_and_are_read_in_pieces() {
    let folder = tempfile::tempdir().unwrap();
    for case in cases("files") {
        let path = folder.path().join("weights");
        fs::write(&path, text(&case, "content")).unwrap();
        assert_eq!(compute_model_hash(&Model::File(path)).unwrap(), text(&case, "hash"));
        assert_eq!(ok(folder.path(), "model hash --file weights"), text(&case, "hash"));
    }
    let path = folder.path().join("large");
    fs::write(&path, vec![7; 5 << 19]).unwrap();
    let mut seen = Vec::new();
    compute_model_hash_with(&Model::File(path), |done, total| seen.push((done, total))).unwrap();
    assert!(seen.len() >= 3 && seen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{seen:?}");
    assert_eq!(seen.last(), Some(&(5 << 19, 5 << 19)));
}

#[test]
fn a_guard_starts_with_the_model_of_its_certificate_and_with_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("scope.toml"), "[[grant]]\naction = \"charge\"\n").unwrap();
    fs::write(at.join("model.json"), r#"{"model": "large", "provider": "acme"}"#).unwrap();
    fs::write(at.join("weights"), "abc").unwrap();
    ok(at, "init");
    ok(at, "issue by-file --scope scope.toml --model model.json");
    let hash = ok(at, "model hash model.json");
    ok(at, &format!("issue by-hash --scope scope.toml --model-hash {hash}"));
    let weights = ok(at, "model hash --file weights");
    ok(at, &format!("issue by-weights --scope scope.toml --model-hash {weights}"));
    ok(at, "issue free --scope scope.toml");
    assert!(ok(at, "inspect pki/by-hash.pem").contains(&hash));

    let configuration = |model: &str| {
        let mut object = Object::new();
        object.insert("provider", "acme");
        object.insert("model", model.to_owned());
        Model::Configuration(object)
    };
    let open = |name: &str, model: Option<Model>| {
        let pki = at.join("pki");
        let guard = Guard::open(GuardOptions {
            certificate: Some(Source::Path(pki.join(name).with_extension("pem"))),
            trust: vec![Source::Path(pki.join("root.pem"))],
            record: Some("none".to_owned()),
            model,
            ..GuardOptions::default()
        });
        guard.map(drop).map_err(|denial| denial.code())
    };
    for name in ["by-file", "by-hash"] {
        assert_eq!(open(name, Some(configuration("large"))), Ok(()));
        assert_eq!(open(name, Some(configuration("larger"))), Err(Code::ModelHashMismatch));
        assert_eq!(open(name, Some(Model::File(at.join("weights")))), Err(Code::ModelHashMismatch));
        assert_eq!(open(name, None), Err(Code::ModelHashMismatch), "bound to a model, and told of none");
    }
    assert_eq!(open("by-weights", Some(Model::File(at.join("weights")))), Ok(()));
    assert_eq!(open("by-weights", Some(Model::File(at.join("scope.toml")))), Err(Code::ModelHashMismatch));
    assert_eq!(open("free", None), Ok(()));
    assert_eq!(open("free", Some(configuration("large"))), Err(Code::ModelHashMismatch));
}

#[test]
fn what_is_no_configuration_or_no_hash_is_misuse() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("scope.toml"), "[[grant]]\naction = \"charge\"\n").unwrap();
    fs::write(at.join("list.json"), "[]").unwrap();
    fs::write(at.join("twice.json"), r#"{"a":1,"a":2}"#).unwrap();
    fs::write(at.join("large.json"), format!(r#"{{"a":"{}"}}"#, "x".repeat(65_536))).unwrap();
    ok(at, "init");
    for file in ["list.json", "twice.json", "large.json", "missing.json"] {
        assert!(misused(at, &format!("model hash {file}")).contains("KKN-E504"), "{file}");
        assert!(misused(at, &format!("issue bot --scope scope.toml --model {file}")).contains("KKN-E504"), "{file}");
    }
    misused(at, "model hash");
    misused(at, "model hash list.json --file list.json");
    misused(at, "model hash --file missing");
    for hash in ["sha256:", "sha256:00", &"00".repeat(32), &format!("sha512:{}", "00".repeat(32))] {
        assert!(misused(at, &format!("issue bot --scope scope.toml --model-hash {hash}")).contains("model-hash"));
    }
    let both = format!("issue bot --scope scope.toml --model list.json --model-hash sha256:{}", "00".repeat(32));
    misused(at, &both);
    assert!(!at.join("pki/bot.pem").exists());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
