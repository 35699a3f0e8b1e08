//! What OpenSSL writes is read, verifies under its issuer, and not under anything else.

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::{Certificate, Profile};
use kakunin_core::crypto::{KeyKind, SignatureAlgorithm};
use kakunin_core::encoding::oid;
use kakunin_core::error::Code;

macro_rules! pair {
    ($name:literal) => {
        (
            include_bytes!(concat!("fixtures/certificates/", $name, "-ca.der")),
            include_bytes!(concat!("fixtures/certificates/", $name, "-leaf.der")),
        )
    };
}

/// An authority, and a certificate that it signed.
type Pair = (&'static [u8], &'static [u8]);

const PAIRS: [(Pair, KeyKind, SignatureAlgorithm); 4] = [
    (pair!("ed"), KeyKind::Ed25519, SignatureAlgorithm::Ed25519),
    (pair!("p256"), KeyKind::P256, SignatureAlgorithm::EcdsaSha256),
    (pair!("p384"), KeyKind::P384, SignatureAlgorithm::EcdsaSha256),
    (pair!("pss"), KeyKind::Rsa { bits: 3_072 }, SignatureAlgorithm::RsaPssSha256),
];

#[test]
fn certificates_of_openssl_verify_under_their_issuer_only() {
    let bounds = Bounds::default();
    for ((ca, leaf), kind, algorithm) in PAIRS {
        let (ca, leaf) = (Certificate::parse(ca, &bounds).unwrap(), Certificate::parse(leaf, &bounds).unwrap());
        let key = ca.public_key().unwrap();
        assert_eq!((key.kind(), leaf.signature_algorithm()), (kind, algorithm));
        assert_eq!(key.verify_x509(ca.signature_algorithm(), ca.tbs(), ca.signature()), Ok(()));
        assert_eq!(key.verify_x509(algorithm, leaf.tbs(), leaf.signature()), Ok(()));
        let denial = key.verify_x509(algorithm, ca.tbs(), leaf.signature()).unwrap_err();
        assert_eq!((denial.code(), denial.details().rule), (Code::ChainUntrusted, "signature"));
        assert!(ca.is_self_issued() && leaf.issuer() == ca.subject() && !leaf.is_self_issued());
        assert_eq!(leaf.authority_key_id(), ca.subject_key_id());
    }
}

#[test]
fn extensions_of_openssl_are_read() {
    let bounds = Bounds::default();
    for ((ca, leaf), _, _) in PAIRS {
        let (ca, leaf) = (Certificate::parse(ca, &bounds).unwrap(), Certificate::parse(leaf, &bounds).unwrap());
        let constraints = ca.basic_constraints().unwrap();
        assert_eq!((constraints.ca, constraints.path_len), (true, Some(3)));
        let usage = ca.key_usage().unwrap();
        assert_eq!((usage.digital_signature(), usage.key_cert_sign(), usage.crl_sign()), (false, true, true));
        assert!(!ca.names_status_source() && ca.uri_names().next().is_none());

        assert!(!leaf.basic_constraints().unwrap().ca && leaf.key_usage().unwrap().digital_signature());
        assert!(leaf.has_extended_key_usage(oid::KP_AGENT) && leaf.has_extended_key_usage(oid::KP_CLIENT_AUTH));
        assert!(leaf.uri_names().eq(["spiffe://acme.example/agents/payments"]));
        assert!(leaf.names_status_source() && leaf.unprocessed_critical(Profile::Agent).is_none());
        assert!(leaf.subject_common_name().is_some_and(|name| name.starts_with("agent ")));
    }
}
