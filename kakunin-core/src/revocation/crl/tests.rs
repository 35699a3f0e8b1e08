use super::*;
use crate::bounds::Bounds;
use crate::crypto::{SignatureAlgorithm, Signer};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;
use crate::revocation::sample::{self, Sample, extension};

fn parse(der: &[u8]) -> Result<Crl, Denial> {
    Crl::parse(der, &Bounds::default())
}

/// An issuingDistributionPoint of end entities' certificates alone.
const USERS: &[u8] = &[0x30, 3, 0x81, 1, 0xff];

fn rule<T: std::fmt::Debug>(result: Result<T, Denial>) -> &'static str {
    let denial = result.unwrap_err();
    assert_eq!(denial.code(), Code::RevocationStale, "{denial}");
    denial.details().rule
}

#[test]
fn a_list_is_read_and_verified() {
    let (der, issuer) = Sample::new().signed();
    let list = parse(&der).unwrap();
    assert_eq!((list.der(), list.issuer(), list.revoked()), (&der[..], &issuer.subject[..], 1));
    assert!(list.verify(&issuer).is_ok());
    let mut none = Sample::new();
    none.revoked.clear();
    let (der, issuer) = none.signed();
    assert_eq!(parse(&der).unwrap().verify(&issuer).unwrap().entry(&[5]), None);
}

/// Each row changes one fact of a valid list.
#[test]
fn what_is_not_a_list_of_a_whole_ca_is_refused() {
    type Change = fn(&mut Sample);
    let rows: &[(&str, Change)] = &[
        ("version", |list| list.version = Some(0)),
        ("version", |list| list.version = Some(2)),
        ("unexpected-tag", |list| list.version = None),
        ("algorithm-mismatch", |list| {
            list.inner_algorithm = Some(SignatureAlgorithm::EcdsaSha256.to_der());
        }),
        ("name-empty", |list| list.issuer = vec![0x30, 0]),
        ("rdn-empty", |list| list.issuer = vec![0x30, 2, 0x31, 0]),
        ("next-update-missing", |list| list.next_update = None),
        ("next-update-order", |list| list.next_update = Some(list.this_update)),
        ("revoked-certificates-empty", |list| (list.revoked, list.empty_list) = (Vec::new(), true)),
        ("crl-number-missing", |list| list.number = None),
        ("integer-not-positive", |list| list.number = Some(-1)),
        ("trailing-data", |list| list.trailing = vec![0]),
        ("integer-not-positive", |list| list.revoked = vec![sample::entry(&[0])]),
        ("integer-not-positive", |list| list.revoked = vec![sample::entry(&[0x80])]),
        ("integer-not-minimal", |list| list.revoked = vec![sample::entry(&[0, 5])]),
        ("integer-empty", |list| list.revoked = vec![sample::entry(&[])]),
        ("integer-too-large", |list| list.revoked = vec![sample::entry(&[1; 21])]),
        ("extensions-empty", |list| list.revoked = vec![sample::entry_with(&[5], Some(&[]))]),
        ("reason-code", |list| {
            let reason = extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 8]);
            list.revoked = vec![sample::entry_with(&[5], Some(&reason))];
        }),
        ("critical-extension", |list| {
            let unknown = extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0]);
            list.revoked = vec![sample::entry(&[6]), sample::entry_with(&[5], Some(&unknown))];
        }),
        ("extension-duplicate", |list| {
            let reason = extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1]);
            list.revoked = vec![sample::entry_with(&[5], Some(&reason.repeat(2)))];
        }),
        ("critical-extension", |list| {
            list.extensions.push(extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0]));
        }),
        ("default-encoded", |list| {
            list.extensions.push(extension(oid::NAME_CONSTRAINTS, Some(false), &[5, 0]));
        }),
        ("extension-duplicate", |list| list.extensions.push(list.extensions[0].clone())),
        ("criticality", |list| {
            list.extensions.push(extension(oid::ISSUING_DISTRIBUTION_POINT, None, USERS));
        }),
        ("crl-delta", |list| list.extensions.push(extension(oid::DELTA_CRL_INDICATOR, Some(true), &[2, 1, 1]))),
        ("critical-extension", |list| {
            list.extensions[0] =
                extension(oid::AUTHORITY_KEY_IDENTIFIER, Some(true), &sample::key_identifier(&[1, 2, 3]));
        }),
        ("integer-too-large", |list| {
            list.number = None;
            list.extensions.push(extension(oid::CRL_NUMBER, None, &[&[2, 21][..], &[1; 21]].concat()));
        }),
        ("critical-extension", |list| {
            list.number = None;
            list.extensions.push(extension(oid::CRL_NUMBER, Some(true), &[2, 1, 1]));
        }),
        ("crl-indirect", |list| {
            let issuer = extension(oid::CERTIFICATE_ISSUER, None, &[0x30, 0]);
            list.revoked = vec![sample::entry_with(&[5], Some(&issuer))];
        }),
        ("critical-extension", |list| {
            let issuer = extension(oid::CERTIFICATE_ISSUER, Some(true), &[0x30, 0]);
            list.revoked = vec![sample::entry_with(&[5], Some(&issuer))];
        }),
        ("time-malformed", |list| {
            let date = extension(oid::INVALIDITY_DATE, None, b"\x18\x0f20261301000000Z");
            list.revoked = vec![sample::entry_with(&[5], Some(&date))];
        }),
        ("key-identifier-empty", |list| {
            list.extensions[0] = extension(oid::AUTHORITY_KEY_IDENTIFIER, None, &sample::key_identifier(&[]));
        }),
        ("crl-delta", |list| list.extensions.push(extension(oid::DELTA_CRL_INDICATOR, None, &[2, 1, 1]))),
        ("trailing-data", |list| {
            let reason = extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1, 0]);
            list.revoked = vec![sample::entry_with(&[5], Some(&reason))];
        }),
        ("too-many-extensions", |list| {
            for last in 0..33 {
                let mut value = extension(oid::NAME_CONSTRAINTS, None, &[5, 0]);
                value[6] = 0x40 + last;
                list.extensions.push(value);
            }
        }),
    ];
    for (index, (expected, change)) in rows.iter().enumerate() {
        let mut list = Sample::new();
        change(&mut list);
        assert_eq!(rule(parse(&list.signed().0)), *expected, "row {index}");
    }
}

#[test]
fn entries_may_bear_reason_and_invalidity_date_and_unknown_extensions() {
    let extensions = [
        extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1]),
        extension(oid::INVALIDITY_DATE, None, b"\x18\x0f20260101000000Z"),
        extension(oid::NAME_CONSTRAINTS, None, &[5, 0]),
    ];
    let mut list = Sample::new();
    list.revoked = vec![sample::entry_with(&[5], Some(&extensions.concat()))];
    assert_eq!(parse(&list.signed().0).unwrap().revoked(), 1);
}

#[test]
fn truncated_or_altered_bytes_never_verify() {
    let (der, issuer) = Sample::new().signed();
    for end in 0..der.len() {
        assert!(parse(&der[..end]).is_err(), "{end}");
    }
    for index in 0..der.len() {
        let mut altered = der.clone();
        altered[index] ^= 1;
        assert!(parse(&altered).and_then(|list| list.verify(&issuer)).is_err(), "{index}");
    }
}

#[test]
fn only_the_issuer_that_may_signs() {
    let (der, issuer) = Sample::new().signed();
    let list = parse(&der).unwrap();
    let other = CrlIssuer { public_key: sample::signer().public_key().clone(), ..issuer.clone() };
    assert_eq!(rule(list.verify(&other)), "crl-signature");
    let renamed = CrlIssuer { subject: sample::name("other").into(), ..issuer.clone() };
    assert_eq!(rule(list.verify(&renamed)), "crl-issuer");
    let barred = CrlIssuer { may_sign_crl: false, ..issuer.clone() };
    assert_eq!(rule(list.verify(&barred)), "crl-sign");
    let rekeyed = CrlIssuer { subject_key_id: Some(Box::from([9])), ..issuer.clone() };
    assert_eq!(rule(list.verify(&rekeyed)), "crl-key-identifier");
    let unnamed = CrlIssuer { subject_key_id: None, ..issuer };
    assert!(list.verify(&unnamed).is_ok());
}

#[test]
fn a_list_beyond_the_bound_is_refused() {
    let (der, _) = Sample::new().signed();
    let bounds = |crl_bytes| Bounds { crl_bytes, ..Bounds::default() };
    assert!(Crl::parse(&der, &bounds(der.len())).is_ok());
    assert_eq!(rule(Crl::parse(&der, &bounds(der.len() - 1))), "crl-too-large");
}

#[test]
fn an_algorithm_off_the_list_is_named() {
    let mut list = Sample::new();
    list.inner_algorithm = None;
    let (der, _) = list.signed();
    // 1.3.101.112 (Ed25519) becomes 1.3.101.113 (Ed448), inside and outside.
    let altered: Vec<u8> = {
        let mut bytes = der;
        let places: Vec<_> = bytes.windows(3).enumerate().filter(|(_, w)| *w == oid::ED25519).map(|(i, _)| i).collect();
        assert_eq!(places.len(), 2);
        for place in places {
            bytes[place + 2] = 0x71;
        }
        bytes
    };
    assert_eq!(parse(&altered).unwrap_err().code(), Code::AlgorithmNotAllowed);
}

/// Each row is the content of an issuingDistributionPoint that is none, or that this reader refuses.
#[test]
fn a_broken_issuing_distribution_point_is_refused() {
    let rows: &[(&str, &[u8])] = &[
        ("distribution-point-empty", &[]),
        // RUSTSEC-2026-0104: an empty BIT STRING was indexed.
        ("bit-string-empty", &[0x83, 0]),
        ("bit-string-empty", &[0x83, 1, 0]),
        ("bit-list-not-minimal", &[0x83, 2, 4, 0x60]),
        ("bit-list-not-minimal", &[0x83, 2, 7, 0]),
        ("bit-list-not-minimal", &[0x83, 2, 9, 0x60]),
        ("reason-flags", &[0x83, 3, 6, 0x60, 0x40]),
        ("reason-flags", &[0x83, 4, 7, 0x60, 0, 0x80]),
        ("crl-indirect", &[0x84, 1, 0xff]),
        ("default-encoded", &[0x81, 1, 0]),
        ("boolean-not-der", &[0x81, 1, 1]),
        ("boolean-not-der", &[0x81, 0]),
        ("distribution-point-flags", &[0x81, 1, 0xff, 0x82, 1, 0xff]),
        ("trailing-data", &[0x82, 1, 0xff, 0x81, 1, 0xff]),
        ("trailing-data", &[0x81, 1, 0xff, 5, 0]),
        ("truncated", &[0xa0, 0]),
        ("unexpected-tag", &[0xa0, 2, 0xa2, 0]),
        ("general-names-empty", &[0xa0, 2, 0xa0, 0]),
        ("rdn-empty", &[0xa0, 2, 0xa1, 0]),
    ];
    for (expected, content) in rows {
        let mut value = Writer::new();
        value.primitive(tag::SEQUENCE, content);
        let mut list = Sample::new();
        list.extensions.push(extension(oid::ISSUING_DISTRIBUTION_POINT, Some(true), &value.into_bytes()));
        assert_eq!(rule(parse(&list.signed().0)), *expected, "{content:02x?}");
    }
    let mut many = Writer::new();
    many.sequence(|w| {
        w.constructed(0xa0, |w| {
            w.constructed(0xa0, |w| (0..17).for_each(|_| _ = w.primitive(0x86, b"http://a")));
        });
    });
    let mut list = Sample::new();
    list.extensions.push(extension(oid::ISSUING_DISTRIBUTION_POINT, Some(true), &many.into_bytes()));
    assert_eq!(rule(parse(&list.signed().0)), "too-many-names");
}

#[test]
fn every_entry_is_found_whatever_its_length_date_and_reason() {
    let serials: Vec<Vec<u8>> = (1..=20_u8)
        .flat_map(|length| {
            [vec![1; length.into()], {
                let mut serial = vec![0x7f; length.into()];
                serial[usize::from(length) - 1] = 0x80 - length;
                serial
            }]
        })
        .chain([vec![0, 0x80], [&[0, 0xff][..], &[3; 18]].concat()])
        .collect();
    let mut list = Sample::new();
    list.revoked = serials.iter().map(|serial| sample::entry(serial)).collect();
    let (der, issuer) = list.signed();
    let list = parse(&der).unwrap().verify(&issuer).unwrap();
    for serial in &serials {
        let entry = list.entry(serial).unwrap();
        assert_eq!((entry.serial(), entry.at.seconds()), (&serial[..], sample::REVOKED));
    }
    for unknown in [&[2][..], &[1, 1, 2], &[0x80], &[1; 21], &[]] {
        assert_eq!(list.entry(unknown), None, "{unknown:02x?}");
    }
    assert!(list.entries().map(|entry| entry.serial().to_vec()).eq(serials));
}

#[test]
fn of_two_entries_for_one_serial_the_earlier_counts() {
    let late = {
        let mut writer = Writer::new();
        writer.sequence(|w| _ = w.primitive(tag::INTEGER, &[5]).time(UnixTime::from_seconds(sample::REVOKED + 9)));
        writer.into_bytes()
    };
    for revoked in [vec![late.clone(), sample::entry(&[5])], vec![sample::entry(&[5]), late]] {
        let mut list = Sample::new();
        list.revoked = revoked;
        let (der, issuer) = list.signed();
        let entry = parse(&der).unwrap().verify(&issuer).unwrap().entry(&[5]).unwrap();
        assert_eq!(entry.at.seconds(), sample::REVOKED);
    }
}

#[test]
fn dates_outside_the_years_of_utc_time_are_kept() {
    for text in [&b"\x17\x0d500101000000Z"[..], b"\x18\x0f20500101000000Z", b"\x18\x0f99991231235959Z"] {
        let mut entry = vec![0x30, 3 + text.len() as u8, 2, 1, 5];
        entry.extend(text);
        let mut list = Sample::new();
        list.revoked = vec![entry];
        let (der, issuer) = list.signed();
        let entry = parse(&der).unwrap().verify(&issuer).unwrap().entry(&[5]).unwrap();
        let expected = crate::encoding::der::Reader::new(text).time().unwrap();
        assert_eq!(entry.at, expected);
    }
}
