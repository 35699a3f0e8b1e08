//! The hash of what an agent runs on (profile §6).

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use kakunin_core::crypto::{Digest, Sha256, sha256};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::Denial;

use super::Model;
use crate::fault;

/// SHA-256 of the JCS form of `{"configuration": …}` or `{"file": …}`.
pub(super) fn hash(model: &Model) -> Result<Digest, Denial> {
    let mut object = Object::new();
    match model {
        Model::Configuration(configuration) => object.insert("configuration", configuration.clone()),
        Model::File(path) => {
            let digest = hash_file(path).map_err(|error| fault::file("model", path, &error))?;
            object.insert("file", base64::encode_url(&digest));
        }
    }
    Ok(sha256(jcs::to_string(&Json::Object(object)).as_bytes()))
}

/// Weights may be larger than memory: they are read as a stream.
fn hash_file(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(digest.finish()),
            Ok(count) => digest.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

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
