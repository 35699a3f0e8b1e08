//! Project Wycheproof's JWS and JWK files: each token under the key of its group.

use std::path::Path;

use kakunin_core::jws::CompactJws;
use serde::Deserialize;

use super::jwk::Jwk;
use super::{Detail, Outcome, Verdict, read_json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    /// What verifies: a key or a set of keys. Absent where the key is symmetric, which is in `private`.
    public: Option<Keys>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Keys {
    Set { keys: Vec<Jwk> },
    One(Box<Jwk>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    result: String,
    jws: String,
}

/// Both files; an id is the file's kind and the test's number.
pub(super) fn run(folder: &Path) -> Result<Vec<Outcome>, String> {
    let mut outcomes = Vec::new();
    for (kind, name) in [("jwk", "json_web_key_test.json"), ("jws", "json_web_signature_test.json")] {
        let file: File = read_json(folder, &format!("wycheproof/{name}"))?;
        for group in &file.test_groups {
            for test in &group.tests {
                let expected = Verdict::of(test.result == "valid");
                let result = verify(group.public.as_ref(), &test.jws);
                outcomes.push(Outcome::new(format!("{kind}/{}", test.tc_id), expected, result));
            }
        }
    }
    Ok(outcomes)
}

/// Far above every token of the files.
const MAX_BYTES: usize = 16 * 1024;

/// The token is read and its algorithm judged before any key is looked at, as for an intent.
fn verify(keys: Option<&Keys>, token: &str) -> Result<(), Detail> {
    let token = CompactJws::parse(token, MAX_BYTES)?;
    let algorithm = token.algorithm()?;
    let jwk = match keys {
        Some(Keys::One(jwk)) => jwk,
        Some(Keys::Set { keys }) => match keys.as_slice() {
            [jwk] => jwk,
            _ => return Err("jwk-set".into()),
        },
        None => return Err("jwk-symmetric".into()),
    };
    let key = jwk.public_key()?;
    // A JWK that names an algorithm is for that one alone (RFC 7517 §4.4).
    if jwk.algorithm().is_some_and(|named| named != algorithm.as_str()) {
        return Err("jwk-alg".into());
    }
    token.verify(&key).map_err(Detail::from)
}
