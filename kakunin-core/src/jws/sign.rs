use crate::crypto::{Signer, jws_algorithm, sign_jws};
use crate::encoding::json::Object;
use crate::encoding::{base64, jcs};
use crate::error::Denial;

/// Signs `payload` under `header`, in whose `alg` the signer's algorithm is put. The header is written in canonical form (RFC 8785).
///
/// # Errors
/// E502 where the signer gives no signature, or one that does not verify under its public key.
pub fn sign(header: &Object, payload: &[u8], signer: &dyn Signer) -> Result<String, Denial> {
    let mut header = header.clone();
    header.insert("alg", jws_algorithm(signer)?.as_str());
    let mut text = String::new();
    jcs::write_object(&mut text, &header);
    let mut token = base64::encode_url(text.as_bytes());
    token.push('.');
    token.push_str(&base64::encode_url(payload));
    let signature = sign_jws(signer, token.as_bytes())?;
    token.push('.');
    token.push_str(&base64::encode_url(&signature));
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{GenerateKind, SoftwareSigner, SystemRandom};
    use crate::encoding::json::Json;
    use crate::error::Code;
    use crate::jws::CompactJws;

    #[test]
    fn what_is_signed_verifies_and_a_changed_token_does_not() {
        for kind in [GenerateKind::Ed25519, GenerateKind::P256, GenerateKind::P384] {
            let (signer, _) = SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
            let mut header = Object::new();
            header.insert("typ", "test+jwt");
            header.insert("alg", "none");
            let token = sign(&header, b"{\"a\":1}", &signer).unwrap();
            let parsed = CompactJws::parse(&token, 1_024).unwrap();
            assert_eq!(parsed.verify(signer.public_key()), Ok(()));
            assert_eq!(parsed.payload(), b"{\"a\":1}");
            assert_eq!(parsed.header().get("typ"), Some(&Json::from("test+jwt")));
            assert_eq!(parsed.algorithm(), jws_algorithm(&signer));

            let changed = token.replacen("eyJhIjoxfQ", "eyJhIjoyfQ", 1);
            assert_ne!(changed, token);
            let denial = CompactJws::parse(&changed, 1_024).unwrap().verify(signer.public_key()).unwrap_err();
            assert_eq!(denial.code(), Code::IntentSignatureInvalid);
            let (other, _) = SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
            assert_eq!(parsed.verify(other.public_key()).unwrap_err().code(), Code::IntentSignatureInvalid);
        }
    }

    #[test]
    fn the_example_of_rfc_8037_verifies() {
        // RFC 8037 §A.4, key of §A.2.
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let key = base64::decode_url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..], &key].concat();
        let key = crate::crypto::PublicKey::from_spki(&spki).unwrap();
        assert_eq!(CompactJws::parse(token, 1_024).unwrap().verify(&key), Ok(()));
    }
}
