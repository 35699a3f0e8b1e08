//! The hash of what an agent runs on (profile §6).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use kakunin_core::crypto::{Digest, Sha256, sha256};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::Denial;

use super::Model;
use crate::{fault, hex};

/// Bytes that are read at once: the memory that a file of any size takes.
const CHUNK: usize = 1 << 20;

/// The hash of what an agent runs on, `sha256:` and hex digits: of the canonical form of `{"configuration": …}`, or of
/// `{"file": …}` with the digest of a file of weights, which is read as a stream.
///
/// # Errors
/// E504 `file` where the file cannot be read.
pub fn compute_model_hash(model: &Model) -> Result<String, Denial> {
    compute_model_hash_with(model, |_, _| {})
}

/// As [`compute_model_hash`], and tells how many bytes of a file were read, and of how many.
///
/// # Errors
/// As [`compute_model_hash`].
pub fn compute_model_hash_with(model: &Model, progress: impl FnMut(u64, u64)) -> Result<String, Denial> {
    digest(model, progress).map(|digest| hex::sha256(&digest))
}

pub(super) fn hash(model: &Model) -> Result<Digest, Denial> {
    digest(model, |_, _| {})
}

fn digest(model: &Model, progress: impl FnMut(u64, u64)) -> Result<Digest, Denial> {
    let mut object = Object::new();
    match model {
        Model::Configuration(configuration) => object.insert("configuration", configuration.clone()),
        Model::File(path) => {
            let digest = hash_file(path, progress).map_err(|error| fault::file("model", path, &error))?;
            object.insert("file", base64::encode_url(&digest));
        }
    }
    Ok(sha256(jcs::to_string(&Json::Object(object)).as_bytes()))
}

/// Weights may be larger than memory: they are read as a stream.
fn hash_file(path: &Path, mut progress: impl FnMut(u64, u64)) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let total = file.metadata()?.len();
    let mut context = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut done = 0_u64;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(context.finish()),
            Ok(count) => {
                context.update(buffer.get(..count).unwrap_or_default());
                done = done.saturating_add(count as u64);
                progress(done, total);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_its_configuration_or_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        std::fs::write(&path, b"abc").unwrap();
        let digest = base64::encode_url(&sha256(b"abc"));
        let expected = sha256(format!("{{\"file\":\"{digest}\"}}").as_bytes());
        assert_eq!(hash(&Model::File(path)).unwrap(), expected);
        let mut configuration = Object::new();
        configuration.insert("model", "m");
        let text = b"{\"configuration\":{\"model\":\"m\"}}";
        assert_eq!(hex::encode(&hash(&Model::Configuration(configuration)).unwrap()), hex::encode(&sha256(text)));
        assert!(hash(&Model::File("no/such/file".into())).is_err());
    }
}
