//! The keys and signatures about which Ed25519 verifiers disagree (`scripts/ed25519-cases`), by our one rule.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use kakunin_core::crypto::{JwsAlgorithm, PublicKey, SignatureAlgorithm};
use kakunin_core::error::Code;

const CASES: &str = include_str!("fixtures/ed25519.tsv");

struct Case {
    name: &'static str,
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    /// Whether the equation without the cofactor holds when encodings are read leniently.
    holds: bool,
    verdict: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |line: &'static str| match line.split('\t').collect::<Vec<_>>()[..] {
        [name, key, message, signature, equation, verdict] => {
            let (key, message, signature) = (hex(key), hex(message), hex(signature));
            Some(Case { name, key, message, signature, holds: equation == "holds", verdict })
        }
        _ => None,
    };
    CASES.lines().skip(1).map(|line| case(line).unwrap()).collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |character: u8| char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap();
    text.as_bytes().as_chunks::<2>().0.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}

/// RFC 8410 §4.
fn spki(point: &[u8]) -> Vec<u8> {
    [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], point].concat()
}

fn verdict(case: &Case) -> &'static str {
    let key = match PublicKey::from_spki(&spki(&case.key)) {
        Ok(key) => key,
        Err(denial) => {
            assert_eq!(
                (denial.code(), denial.details().rule),
                (Code::AlgorithmNotAllowed, "ed25519-key"),
                "{}",
                case.name
            );
            return "key";
        }
    };
    let x509 = key.verify_x509(SignatureAlgorithm::Ed25519, &case.message, &case.signature);
    let jws = key.verify_jws(JwsAlgorithm::EdDsa, &case.message, &case.signature);
    assert_eq!(x509.is_ok(), jws.is_ok(), "{}", case.name);
    match x509 {
        Ok(()) => "accept",
        Err(denial) => {
            assert_eq!((denial.code(), denial.details().rule), (Code::ChainUntrusted, "signature"), "{}", case.name);
            assert_eq!(jws.unwrap_err().code(), Code::IntentSignatureInvalid, "{}", case.name);
            "signature"
        }
    }
}

#[test]
fn each_disputed_case_has_the_verdict_of_the_strict_rule() {
    for case in cases() {
        assert_eq!(verdict(&case), case.verdict, "{}", case.name);
    }
}

#[test]
fn every_class_of_dispute_is_covered() {
    let cases = cases();
    let count = |verdict, holds| cases.iter().filter(|case| case.verdict == verdict && case.holds == holds).count();
    // Keys: 14 encodings of the 8 points of small order, 7 with an R of small order, 20 unreduced ones. Signatures: 14 encodings of
    // R of small order, two S too large; one wrong S, four that need the cofactor.
    assert_eq!((count("key", true), count("key", false)), (21, 20));
    assert_eq!((count("signature", true), count("signature", false)), (16, 5));
    assert_eq!((count("accept", true), count("accept", false)), (3, 0));
}
