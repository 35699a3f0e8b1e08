//! Whose orders count: `halt-authorities.json` beside the trust anchors.

use std::fs;
use std::path::Path;

use kakunin_core::bounds::JsonBounds;
use kakunin_core::crypto::PublicKey;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::encoding::{base64, jcs};
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::order::{Governs, OrderAuthority};

use crate::files::{self, Access, Existing};
use crate::{fault, hex};

/// The name of the file, in the folder of a file of trust anchors.
pub const AUTHORITIES_FILE: &str = "halt-authorities.json";

/// Most bytes of the file. 64 KiB: 16 authorities with the longest keys need 16.
const MOST_BYTES: usize = 64 * 1024;

/// The authorities that the file at `path` names; none where there is no such file.
///
/// ```text
/// {"authorities": [{"log": "acme", "key": "<base64 SPKI>", "governs": "all" | "sha256:<hex>"}]}
/// ```
///
/// # Errors
/// E504 `authorities` where the file is of another form, also by a member too many; `order-log-name`; E307 for a key that
/// is not on the list.
pub fn read_authorities(path: &Path) -> Result<Vec<OrderAuthority>, Denial> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        return Ok(Vec::new());
    }
    let bytes = files::read(path, "authorities", MOST_BYTES)?;
    let wrong = || {
        let expected = "{\"authorities\": [{\"log\", \"key\": base64 SPKI, \"governs\": \"all\" or \"sha256:…\"}]}";
        fault::misconfigured("authorities", "authorities", path.display().to_string(), expected)
    };
    let bounds = JsonBounds { bytes: MOST_BYTES, ..JsonBounds::ORDER };
    let json = Json::parse(&bytes, &bounds).map_err(|_| wrong())?;
    let list = json.as_object().filter(|file| file.len() == 1).and_then(|file| file.get("authorities"));
    let list = list.and_then(Json::as_array).ok_or_else(wrong)?;
    list.iter().map(|entry| authority(entry).unwrap_or_else(|| Err(wrong()))).collect()
}

/// Writes the file.
///
/// # Errors
/// E504 as [`files::write_one`].
pub fn write_authorities(path: &Path, authorities: &[OrderAuthority], existing: Existing) -> Result<(), Denial> {
    files::write_one(path, to_json(authorities).as_bytes(), Access::Everyone, existing)
}

/// The file's text.
pub(crate) fn to_json(authorities: &[OrderAuthority]) -> String {
    let entries = authorities.iter().map(|authority| {
        let mut entry = Object::new();
        entry.insert("log", authority.log());
        entry.insert("key", base64::encode(authority.public_key().spki()));
        entry.insert(
            "governs",
            match authority.governs() {
                Governs::Everything => "all".to_owned(),
                Governs::Issuer(key) => hex::sha256(&key),
            },
        );
        Json::Object(entry)
    });
    let mut file = Object::new();
    file.insert("authorities", Json::Array(entries.collect()));
    jcs::to_string(&Json::Object(file)) + "\n"
}

fn authority(entry: &Json) -> Option<Result<OrderAuthority, Denial>> {
    let entry = entry.as_object().filter(|entry| entry.len() == 3)?;
    let text = |key| entry.get(key).and_then(Json::as_text);
    let governs = match text("governs")? {
        "all" => Governs::Everything,
        hash => Governs::Issuer(digest(hash)?),
    };
    let key = base64::decode(text("key")?).ok()?;
    let key = PublicKey::from_spki(&key).map_err(|denial| match denial.code() {
        Code::AlgorithmNotAllowed => denial,
        _ => Denial::new(Code::ConfigurationInvalid, denial.details().rule).field("key"),
    });
    let log = text("log")?;
    Some(key.and_then(|key| OrderAuthority::new(key, log, governs)))
}

/// `sha256:` and 64 hex digits.
fn digest(text: &str) -> Option<[u8; 32]> {
    hex::decode(text.strip_prefix("sha256:")?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};

    use super::*;

    #[test]
    fn authorities_go_both_ways_and_another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(AUTHORITIES_FILE);
        assert_eq!(read_authorities(&path), Ok(Vec::new()));
        let (signer, _) = SoftwareSigner::generate(GenerateKind::P256, &SystemRandom::new()).unwrap();
        let key = signer.public_key();
        let authorities = vec![
            OrderAuthority::new(key.clone(), "acme", Governs::Everything).unwrap(),
            OrderAuthority::new(key.clone(), "eu", Governs::Issuer([7; 32])).unwrap(),
        ];
        write_authorities(&path, &authorities, Existing::Keep).unwrap();
        assert_eq!(read_authorities(&path), Ok(authorities));
        let good = fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("\"all\"", "\"everything\""),
            ("sha256:07", "07"),
            ("\"eu\"", "\"../eu\""),
            ("\"eu\"", "1"),
            ("{\"authorities\"", "{\"more\":1,\"authorities\""),
            ("\"governs\":\"all\"", "\"governs\":\"all\",\"more\":1"),
            ("\"key\":\"", "\"key\":\"AAAA"),
            ("[", "{"),
        ] {
            fs::write(&path, good.replacen(from, to, 1)).unwrap();
            assert!(read_authorities(&path).is_err(), "{from} {to}");
        }
    }
}
