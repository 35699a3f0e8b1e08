use super::sample::{der, drop_ref, validity};
use super::*;
use crate::certificate::Profile;
use crate::crypto::{SignatureAlgorithm, sha256};
use crate::encoding::der::tag;
use crate::encoding::oid;
use crate::time::UnixTime;

#[test]
fn a_typical_certificate_is_read_field_by_field() {
    let sample = Sample::new();
    let der = sample.der();
    let read = Certificate::parse(&der, &Bounds::default()).unwrap();
    assert_eq!(read.der(), der);
    assert_eq!(read.tbs(), sample.tbs());
    assert_eq!(read.serial(), [0x5a; 16]);
    assert_eq!((read.issuer(), read.subject()), (sample.issuer.as_slice(), sample.subject.as_slice()));
    assert_eq!(read.not_before(), UnixTime::from_seconds(1_763_724_601));
    assert_eq!(read.not_after(), UnixTime::from_seconds(2_563_724_601));
    assert_eq!(read.spki(), sample.spki);
    assert_eq!(read.public_key().unwrap().spki(), sample.spki);
    assert_eq!((read.signature_algorithm(), read.signature()), (SignatureAlgorithm::Ed25519, &[9; 64][..]));
    assert_eq!(read.fingerprint(), sha256(&der));
    assert_eq!(read.subject_common_name(), Some("payments agent"));
    assert!(!read.is_self_issued());
    assert!(!read.basic_constraints().unwrap().ca);
    assert!(read.key_usage().unwrap().digital_signature());
    assert!(read.has_extended_key_usage(oid::KP_AGENT) && !read.has_extended_key_usage(oid::KP_APPROVER));
    assert_eq!(read.uri_names().collect::<Vec<_>>(), ["spiffe://acme.example/agents/payments"]);
    assert_eq!((read.subject_key_id(), read.authority_key_id()), (Some(&[4; 20][..]), Some(&[3; 20][..])));
    assert!(read.scope().unwrap().critical);
    assert_eq!(read.model_hash(), Some(&[5; 32]));
    assert!(read.namespace().is_none() && read.parent().is_none() && !read.is_development());
    assert!(
        !read.names_status_source()
            && read.unprocessed_critical(Profile::Agent).is_none()
            && read.wrong_criticality().is_none()
    );
}

#[test]
fn nothing_follows_what_is_complete() {
    for change in [
        |s: &mut Sample| s.after_certificate = vec![0],
        |s: &mut Sample| s.after_signature = vec![5, 0],
        |s: &mut Sample| s.after_extensions = vec![5, 0],
        |s: &mut Sample| s.version = vec![0xa0, 5, 2, 1, 2, 5, 0],
        |s: &mut Sample| {
            s.spki[1] += 2;
            s.spki.extend([5, 0]);
        },
        |s: &mut Sample| {
            s.validity[1] += 2;
            s.validity.extend([5, 0]);
        },
    ] {
        assert_eq!(refused(change), "trailing-data");
    }
}

#[test]
fn every_truncation_and_every_larger_size_is_refused() {
    let der = Sample::new().der();
    for end in 0..der.len() {
        assert!(Certificate::parse(&der[..end], &Bounds::default()).is_err(), "{end}");
    }
    let bounds = Bounds { certificate_bytes: der.len(), ..Bounds::default() };
    assert!(Certificate::parse(&der, &bounds).is_ok());
    let bounds = Bounds { certificate_bytes: der.len() - 1, ..Bounds::default() };
    assert_eq!(Certificate::parse(&der, &bounds).unwrap_err().details().rule, "certificate-too-large");
}

#[test]
fn no_change_of_one_byte_panics_or_reads_as_the_same_certificate() {
    let der = Sample::new().der();
    let original = Certificate::parse(&der, &Bounds::default()).unwrap();
    for at in 0..der.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = der.clone();
            changed[at] ^= flip;
            if let Ok(read) = Certificate::parse(&changed, &Bounds::default()) {
                assert!(read.tbs() != original.tbs() || read.signature() != original.signature(), "byte {at}");
            }
        }
    }
}

#[test]
fn lengths_are_definite_and_minimal() {
    let der = Sample::new().der();
    assert_eq!(der[1], 0x82);
    let longer = [&[0x30, 0x83, 0][..], &der[2..]].concat();
    assert_eq!(refusal(&longer), ("non-minimal-length", "certificate".to_owned()));
    let indefinite = [&[0x30, 0x80][..], &der[4..], &[0, 0]].concat();
    assert_eq!(refusal(&indefinite).0, "indefinite-length");
}

#[test]
fn only_version_3_is_read() {
    for (version, rule) in [
        (vec![], "version-1"),
        (vec![0xa0, 3, 2, 1, 0], "default-encoded"),
        (vec![0xa0, 3, 2, 1, 1], "version-2"),
        (vec![0xa0, 3, 2, 1, 3], "version-unknown"),
        (vec![0xa0, 3, 2, 1, 0xff], "version-unknown"),
        (vec![0xa0, 4, 2, 2, 0, 2], "integer-not-minimal"),
        (vec![0xa0, 2, 2, 0], "integer-empty"),
    ] {
        assert_eq!(refused(|s| s.version = version.clone()), rule, "{version:?}");
    }
    // A certificate without extensions is no reason to write version 1.
    accepted(|s| s.extensions = None);
}

#[test]
fn a_serial_is_positive_minimal_and_at_most_20_octets() {
    accepted(|s| s.serial = [&[2, 20][..], &[0x7f; 20]].concat());
    accepted(|s| s.serial = vec![2, 1, 1]);
    for (serial, rule) in [
        (vec![2, 1, 0], "serial-not-positive"),
        (vec![2, 1, 0x80], "serial-not-positive"),
        (vec![2, 1, 0xff], "serial-not-positive"),
        (vec![2, 0], "integer-empty"),
        (vec![2, 2, 0, 1], "integer-not-minimal"),
        ([&[2, 21][..], &[0x7f; 21]].concat(), "serial-too-long"),
        ([&[2, 21, 0][..], &[0xff; 20]].concat(), "serial-too-long"),
    ] {
        assert_eq!(refused(|s| s.serial = serial.clone()), rule, "{serial:?}");
    }
}

#[test]
fn both_algorithms_are_the_same_to_the_last_byte() {
    let rsa = SignatureAlgorithm::RsaPkcs1Sha256.to_der();
    let both = |s: &mut Sample, der: &[u8]| (s.inner_algorithm, s.outer_algorithm) = (der.to_vec(), der.to_vec());
    accepted(|s| both(s, &rsa));
    assert_eq!(refused(|s| s.inner_algorithm = rsa.clone()), "algorithm-mismatch");
    assert_eq!(refused(|s| s.outer_algorithm = rsa.clone()), "algorithm-mismatch");
    // The same OID with other parameters: absent instead of NULL.
    let bare = der(|w| w.sequence(|w| drop_ref(w.oid(oid::RSA_SHA256))));
    assert_eq!(refused(|s| (s.inner_algorithm, s.outer_algorithm) = (rsa.clone(), bare.clone())), "algorithm-mismatch");
    let two = der(|w| w.sequence(|w| drop_ref(w.oid(oid::ED25519).raw(&[5, 0, 5, 0]))));
    assert_eq!(refused(|s| both(s, &two)), "trailing-data");
    assert_eq!(refused(|s| both(s, &[0x30, 4, 6, 2, 0x80, 1])), "oid-malformed");

    let sha1 = der(|w| w.sequence(|w| drop_ref(w.oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01]))));
    let der = Sample::changed(|s| both(s, &sha1));
    let denial = Certificate::parse(&der, &Bounds::default()).unwrap_err();
    assert_eq!((denial.code(), denial.details().rule), (Code::AlgorithmNotAllowed, "signature-algorithm"));
}

#[test]
fn signature_and_key_are_whole_bytes() {
    assert_eq!(refused(|s| s.signature[2] = 1), "bit-string-unused-bits");
    assert_eq!(refused(|s| s.signature = vec![3, 0]), "bit-string-empty");
    assert_eq!(refused(|s| s.signature = vec![0x23, 4, 3, 2, 0, 9]), "unexpected-tag");
    let at = Sample::new().spki.len() - 33;
    assert_eq!(refused(|s| s.spki[at] = 7), "bit-string-unused-bits");
    assert_eq!(refused(|s| s.spki = vec![0x30, 7, 0x30, 3, 6, 1, 0x2a, 3, 0]), "bit-string-empty");
}

#[test]
fn times_have_their_one_form() {
    let with = |tag: u8, text: &'static str| {
        move |s: &mut Sample| {
            s.validity = validity(
                |w| drop_ref(w.primitive(tag, text.as_bytes())),
                |w| drop_ref(w.primitive(tag::UTC_TIME, b"491231235959Z")),
            );
        }
    };
    accepted(with(tag::UTC_TIME, "251121113001Z"));
    accepted(with(tag::UTC_TIME, "500101000000Z"));
    accepted(with(tag::GENERALIZED_TIME, "20500101000000Z"));
    for (tag, text) in [
        (tag::UTC_TIME, "2511211130Z"),
        (tag::UTC_TIME, "251121113001+0000"),
        (tag::UTC_TIME, "251121113001"),
        (tag::UTC_TIME, "251321113001Z"),
        (tag::UTC_TIME, "250230113001Z"),
        (tag::UTC_TIME, "251121113060Z"),
        (tag::UTC_TIME, "2511211130 1Z"),
        (tag::UTC_TIME, "20500101000000Z"),
        (tag::GENERALIZED_TIME, "20500101000000.0Z"),
        (tag::GENERALIZED_TIME, "500101000000Z"),
    ] {
        assert_eq!(refused(with(tag, text)), "time-malformed", "{text}");
    }
    assert_eq!(refused(with(tag::GENERALIZED_TIME, "20491231235959Z")), "time-choice");
    assert_eq!(refused(with(tag::PRINTABLE_STRING, "251121113001Z")), "unexpected-tag");
}

#[test]
fn unique_identifiers_are_refused() {
    for id in [vec![0x81, 2, 0, 1], vec![0x82, 2, 0, 1]] {
        assert_eq!(refused(|s| s.unique_ids = id.clone()), "unique-identifier");
    }
    assert_eq!(refused(|s| s.unique_ids = vec![0xa1, 0]), "trailing-data");
}
