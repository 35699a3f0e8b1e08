use super::*;
use crate::crypto::{Signer, SoftwareSigner, sign_x509};
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;
use crate::revocation::sample::{self, extension, name};

const NOW: UnixTime = UnixTime::from_seconds(1_790_000_000);
const SERIAL: &[u8] = &[0x12, 0x34, 0x56];

/// A CA, a responder that it certified, and the parts of a response of which a test changes one.
struct Sample {
    authority: SoftwareSigner,
    delegate: SoftwareSigner,
    /// Whether the delegate signs; else the CA.
    delegated: bool,
    by_key: bool,
    status: u8,
    kind: oid::Oid,
    version: Option<u8>,
    produced_at: i64,
    answers: Vec<Vec<u8>>,
    extensions: Vec<Vec<u8>>,
    /// What stands in place of the delegate's certificate.
    certificates: Option<Vec<Vec<u8>>>,
    trailing: Vec<u8>,
}

impl Sample {
    fn new() -> Self {
        let mut sample = Self {
            authority: sample::signer(),
            delegate: sample::signer(),
            delegated: false,
            by_key: false,
            status: 0,
            kind: oid::OCSP_BASIC,
            version: None,
            produced_at: -10,
            answers: Vec::new(),
            extensions: Vec::new(),
            certificates: None,
            trailing: Vec::new(),
        };
        sample.answers = vec![sample.answer(SERIAL, GOOD)];
        sample
    }

    fn delegated() -> Self {
        Self { delegated: true, ..Self::new() }
    }

    fn issuer(&self) -> CrlIssuer {
        CrlIssuer {
            subject: name("issuer").into(),
            public_key: self.authority.public_key().clone(),
            may_sign_crl: true,
            subject_key_id: Some(Box::from([1, 2, 3])),
        }
    }

    fn id(&self, serial: &[u8]) -> CertificateId {
        CertificateId::new(&self.issuer(), serial, IdentifierHash::Sha1)
    }

    /// An answer from ten seconds ago to one minute from now.
    fn answer(&self, serial: &[u8], status: &[u8]) -> Vec<u8> {
        answer(&self.id(serial), status, (-10, Some(60)), &[])
    }

    fn delegate_certificate(&self) -> Certificated {
        Certificated::new(self.delegate.public_key())
    }

    fn sign(&self) -> Vec<u8> {
        let (signer, subject) =
            if self.delegated { (&self.delegate, name("responder")) } else { (&self.authority, name("issuer")) };
        let algorithm = signer.algorithm().to_der();
        let mut data = Writer::new();
        data.sequence(|w| {
            if let Some(version) = self.version {
                w.constructed(0xa0, |w| _ = w.primitive(tag::INTEGER, &[version]));
            }
            if self.by_key {
                let hash = certificate_id::responder_key_hash(signer.public_key());
                w.constructed(0xa2, |w| _ = w.primitive(tag::OCTET_STRING, &hash));
            } else {
                w.constructed(0xa1, |w| _ = w.raw(&subject));
            }
            w.generalized_time(NOW.plus_seconds(self.produced_at));
            w.primitive(tag::SEQUENCE, &self.answers.concat());
            if !self.extensions.is_empty() {
                w.constructed(0xa1, |w| _ = w.primitive(tag::SEQUENCE, &self.extensions.concat()));
            }
        });
        let data = data.into_bytes();
        let signature = sign_x509(signer, &data).unwrap();
        let certificates = self.certificates.clone().unwrap_or_else(|| {
            if self.delegated { vec![self.delegate_certificate().sign(&self.authority)] } else { Vec::new() }
        });
        let mut basic = Writer::new();
        basic.sequence(|w| {
            w.raw(&data).raw(&algorithm).bit_string(&signature);
            if !certificates.is_empty() {
                w.constructed(0xa0, |w| _ = w.primitive(tag::SEQUENCE, &certificates.concat()));
            }
        });
        let basic = basic.into_bytes();
        let mut whole = Writer::new();
        whole.sequence(|w| {
            w.primitive(tag::ENUMERATED, &[self.status]);
            w.constructed(0xa0, |w| _ = w.sequence(|w| _ = w.oid(self.kind).primitive(tag::OCTET_STRING, &basic)));
        });
        whole.raw(&self.trailing);
        whole.into_bytes()
    }

    fn status(&self) -> Result<Status, Denial> {
        self.status_at(NOW)
    }

    fn status_at(&self, now: UnixTime) -> Result<Status, Denial> {
        let verified = parse(&self.sign())?.verify(&self.issuer(), now)?;
        Ok(verified
            .status(&Inquiry::new(SERIAL, false, None).within(NOW.plus_seconds(-99), NOW.plus_seconds(999)), now))
    }
}

const GOOD: &[u8] = &[0x80, 0];
const UNKNOWN: &[u8] = &[0x82, 0];

fn revoked(reason: Option<u8>) -> Vec<u8> {
    let mut status = Writer::new();
    status.constructed(0xa1, |w| {
        w.generalized_time(NOW.plus_seconds(-100));
        if let Some(reason) = reason {
            w.constructed(0xa0, |w| _ = w.primitive(tag::ENUMERATED, &[reason]));
        }
    });
    status.into_bytes()
}

fn answer(id: &CertificateId, status: &[u8], (this, next): (i64, Option<i64>), extensions: &[u8]) -> Vec<u8> {
    let mut answer = Writer::new();
    answer.sequence(|w| {
        w.raw(id.der()).raw(status).generalized_time(NOW.plus_seconds(this));
        if let Some(next) = next {
            w.constructed(0xa0, |w| _ = w.generalized_time(NOW.plus_seconds(next)));
        }
        if !extensions.is_empty() {
            w.constructed(0xa1, |w| _ = w.primitive(tag::SEQUENCE, extensions));
        }
    });
    answer.into_bytes()
}

/// A responder's certificate of which a test changes one fact.
struct Certificated {
    issuer: Vec<u8>,
    spki: Vec<u8>,
    serial: Vec<u8>,
    validity: (i64, i64),
    extensions: Vec<Vec<u8>>,
}

impl Certificated {
    fn new(key: &PublicKey) -> Self {
        Self {
            issuer: name("issuer"),
            spki: key.spki().to_vec(),
            serial: vec![9],
            validity: (-1_000, 1_000),
            extensions: vec![
                usages(&[oid::KP_OCSP_SIGNING]),
                extension(oid::OCSP_NOCHECK, None, &[5, 0]),
                extension(oid::KEY_USAGE, Some(true), &[3, 2, 7, 0x80]),
                extension(oid::AUTHORITY_KEY_IDENTIFIER, None, &sample::key_identifier(&[1, 2, 3])),
            ],
        }
    }

    fn sign(&self, signer: &SoftwareSigner) -> Vec<u8> {
        let algorithm = signer.algorithm().to_der();
        let mut tbs = Writer::new();
        tbs.sequence(|w| {
            w.constructed(0xa0, |w| _ = w.primitive(tag::INTEGER, &[2]));
            w.primitive(tag::INTEGER, &self.serial).raw(&algorithm).raw(&self.issuer);
            let (from, to) = self.validity;
            w.sequence(|w| _ = w.time(NOW.plus_seconds(from)).time(NOW.plus_seconds(to)));
            w.raw(&name("responder")).raw(&self.spki);
            w.constructed(0xa3, |w| _ = w.primitive(tag::SEQUENCE, &self.extensions.concat()));
        });
        let tbs = tbs.into_bytes();
        let signature = sign_x509(signer, &tbs).unwrap();
        let mut whole = Writer::new();
        whole.sequence(|w| _ = w.raw(&tbs).raw(&algorithm).bit_string(&signature));
        whole.into_bytes()
    }
}

fn usages(usages: &[oid::Oid]) -> Vec<u8> {
    let mut value = Writer::new();
    value.sequence(|w| usages.iter().for_each(|id| _ = w.oid(id)));
    extension(oid::EXTENDED_KEY_USAGE, None, &value.into_bytes())
}

fn parse(der: &[u8]) -> Result<OcspResponse, Denial> {
    OcspResponse::parse(der, &Bounds::default())
}

fn rule<T: std::fmt::Debug>(result: Result<T, Denial>) -> &'static str {
    let denial = result.unwrap_err();
    assert_eq!(denial.code(), Code::RevocationStale, "{denial}");
    denial.details().rule
}

#[test]
fn the_issuer_or_its_delegate_says_good() {
    for (delegated, by_key) in [(false, false), (false, true), (true, false), (true, true)] {
        let sample = Sample { delegated, by_key, ..Sample::new() };
        assert_eq!(sample.status().unwrap(), Status::Good, "{delegated} {by_key}");
    }
}

/// Each row changes one fact of a valid response.
#[test]
fn what_is_not_a_response_is_refused() {
    type Change = fn(&mut Sample);
    let rows: &[(&str, Change)] = &[
        ("ocsp-status", |sample| sample.status = 1),
        ("ocsp-status", |sample| sample.status = 6),
        ("ocsp-type", |sample| sample.kind = oid::OCSP_NONCE),
        ("version", |sample| sample.version = Some(0)),
        ("version", |sample| sample.version = Some(1)),
        ("trailing-data", |sample| sample.trailing = vec![0]),
        ("ocsp-empty", |sample| sample.answers.clear()),
        ("critical-extension", |sample| {
            sample.extensions = vec![extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0])];
        }),
        ("critical-extension", |sample| {
            let unknown = extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0]);
            sample.answers = vec![answer(&sample.id(SERIAL), GOOD, (-10, None), &unknown)];
        }),
        ("extension-duplicate", |sample| {
            sample.extensions = vec![extension(oid::NAME_CONSTRAINTS, None, &[5, 0]); 2];
        }),
        ("nonce-length", |sample| sample.extensions = vec![extension(oid::OCSP_NONCE, None, &[4, 0])]),
        ("trailing-data", |sample| sample.extensions = vec![extension(oid::OCSP_NONCE, None, &[4, 1, 7, 0])]),
        ("unexpected-tag", |sample| sample.extensions = vec![extension(oid::OCSP_NONCE, None, &[5, 0])]),
        ("null-not-empty", |sample| sample.answers = vec![sample.answer(SERIAL, &[0x80, 1, 0])]),
        ("unexpected-tag", |sample| sample.answers = vec![sample.answer(SERIAL, &[0x83, 0])]),
        ("reason-code", |sample| sample.answers = vec![sample.answer(SERIAL, &revoked(Some(7)))]),
        ("reason-code", |sample| sample.answers = vec![sample.answer(SERIAL, &revoked(Some(8)))]),
        ("next-update-order", |sample| {
            sample.answers = vec![answer(&sample.id(SERIAL), GOOD, (-10, Some(-11)), &[])];
        }),
        ("integer-not-positive", |sample| sample.answers = vec![sample.answer(&[0], GOOD)]),
        ("integer-not-positive", |sample| sample.answers = vec![sample.answer(&[0x80], GOOD)]),
        ("integer-not-minimal", |sample| sample.answers = vec![sample.answer(&[0, 5], GOOD)]),
        ("integer-too-large", |sample| sample.answers = vec![sample.answer(&[1; 21], GOOD)]),
        ("ocsp-certificates", |sample| sample.certificates = Some(vec![vec![0x30, 0]; 9])),
        ("unexpected-tag", |sample| sample.certificates = Some(vec![vec![5, 0]])),
    ];
    for (index, (expected, change)) in rows.iter().enumerate() {
        let mut sample = Sample::new();
        change(&mut sample);
        assert_eq!(rule(parse(&sample.sign())), *expected, "row {index}");
    }
    let der = Sample::new().sign();
    let bounds = |ocsp_bytes| Bounds { ocsp_bytes, ..Bounds::default() };
    assert!(OcspResponse::parse(&der, &bounds(der.len())).is_ok());
    assert_eq!(rule(OcspResponse::parse(&der, &bounds(der.len() - 1))), "ocsp-too-large");
}

/// Botan CVE-2026-32883: the signature was not checked.
#[test]
fn truncated_or_altered_bytes_never_say_good() {
    for sample in [Sample::new(), Sample::delegated()] {
        let (der, issuer) = (sample.sign(), sample.issuer());
        let status = |der: &[u8]| {
            let verified = parse(der)?.verify(&issuer, NOW)?;
            Ok::<_, Denial>(verified.status(&Inquiry::new(SERIAL, false, None), NOW))
        };
        assert_eq!(status(&der), Ok(Status::Good));
        for end in 0..der.len() {
            assert!(parse(&der[..end]).is_err(), "{end}");
        }
        for index in 0..der.len() {
            let mut altered = der.clone();
            altered[index] ^= 1;
            assert_ne!(status(&altered), Ok(Status::Good), "{index}");
        }
    }
}

#[test]
fn another_issuer_is_not_spoken_of() {
    let sample = Sample::new();
    let response = parse(&sample.sign()).unwrap();
    let renamed = CrlIssuer { subject: name("other").into(), ..sample.issuer() };
    assert_eq!(rule(response.verify(&renamed, NOW)), "ocsp-issuer");
    let rekeyed = CrlIssuer { public_key: sample::signer().public_key().clone(), ..sample.issuer() };
    assert_eq!(rule(response.verify(&rekeyed, NOW)), "ocsp-issuer");
    // Hashes are compared whole (wolfSSL CVE-2026-10098, curl CVE-2020-8286).
    let mut cut = Sample::new();
    let id = cut.id(SERIAL);
    for short in [&id.name_hash[..10], &id.name_hash[..0]] {
        let mut writer = Writer::new();
        writer.sequence(|w| {
            w.sequence(|w| _ = w.oid(oid::SHA1));
            w.primitive(tag::OCTET_STRING, short).primitive(tag::OCTET_STRING, &id.key_hash);
            w.primitive(tag::INTEGER, SERIAL);
        });
        let der = writer.into_bytes();
        let id = CertificateId::read(&mut crate::encoding::der::Reader::new(&der)).unwrap();
        cut.answers = vec![answer(&id, GOOD, (-10, Some(60)), &[])];
        assert_eq!(rule(cut.status()), "ocsp-issuer");
    }
}

#[test]
fn certificates_are_named_by_sha1_or_sha256_and_by_nothing_else() {
    let mut sample = Sample::new();
    let id = CertificateId::new(&sample.issuer(), SERIAL, IdentifierHash::Sha256);
    assert_eq!((id.name_hash.len(), id.key_hash.len()), (32, 32));
    sample.answers = vec![answer(&id, GOOD, (-10, Some(60)), &[])];
    assert_eq!(sample.status(), Ok(Status::Good));
    let relabelled = |hash: oid::Oid, parameters: &[u8]| {
        let mut writer = Writer::new();
        writer.sequence(|w| {
            w.sequence(|w| _ = w.oid(hash).raw(parameters));
            w.primitive(tag::OCTET_STRING, &id.name_hash).primitive(tag::OCTET_STRING, &id.key_hash);
            w.primitive(tag::INTEGER, SERIAL);
        });
        writer.into_bytes()
    };
    for (der, named) in [
        (relabelled(oid::SHA256, &[]), true),
        (relabelled(oid::SHA256, &[5, 0]), true),
        (relabelled(oid::SHA256, &[2, 1, 1]), false),
        (relabelled(oid::SHA1, &[]), false),
        (relabelled(oid::SHA384, &[]), false),
    ] {
        let id = CertificateId::read(&mut crate::encoding::der::Reader::new(&der)).unwrap();
        assert_eq!(id.is_of(&sample.issuer()), named, "{der:02x?}");
    }
}

/// B other_response, missing_response, prefix serials.
#[test]
fn serials_are_compared_whole() {
    for other in [&[0x12][..], &[0x12, 0x34], &[0x12, 0x34, 0x56, 0x78], &[0x34, 0x56]] {
        let mut sample = Sample::new();
        sample.answers = vec![sample.answer(other, GOOD)];
        assert_eq!(sample.status(), Ok(Status::Unknown("ocsp-missing")), "{other:02x?}");
    }
}

/// B multiple_response, multiple_response_good_revoked.
#[test]
fn of_several_answers_one_that_revokes_counts() {
    let is_revoked = |status| matches!(status, Ok(Status::Revoked { .. }));
    for order in [[0, 1], [1, 0]] {
        let mut sample = Sample::new();
        // The good one is the newer.
        let answers = [sample.answer(SERIAL, GOOD), answer(&sample.id(SERIAL), &revoked(None), (-50, Some(-40)), &[])];
        sample.answers = order.map(|index| answers[index].clone()).to_vec();
        assert!(is_revoked(sample.status()));
        let snapshot = super::super::RevocationSnapshot::default().with_responses(vec![parse(&sample.sign()).unwrap()]);
        assert!(is_revoked(Ok(snapshot.status(&Inquiry::new(SERIAL, false, None), &[sample.issuer()], NOW))));
        let answers = [sample.answer(SERIAL, GOOD), sample.answer(SERIAL, UNKNOWN)];
        sample.answers = order.map(|index| answers[index].clone()).to_vec();
        assert_eq!(sample.status(), Ok(Status::Unknown("ocsp-unknown")));
        let answers = [sample.answer(SERIAL, GOOD), sample.answer(&[7], &revoked(None))];
        sample.answers = order.map(|index| answers[index].clone()).to_vec();
        assert_eq!(sample.status(), Ok(Status::Good));
    }
}

#[test]
fn a_revocation_says_since_when_and_why() {
    let mut sample = Sample::new();
    let at = NOW.plus_seconds(-100);
    for (code, reason) in [
        (None, None),
        (Some(0), None),
        (Some(1), Some(Reason::KeyCompromise)),
        (Some(6), Some(Reason::CertificateHold)),
    ] {
        sample.answers = vec![sample.answer(SERIAL, &revoked(code))];
        assert_eq!(sample.status(), Ok(Status::Revoked { at, reason }));
    }
}

/// B stale, old, future, produced_early, produced_late, good_response_next_update.
#[test]
fn good_is_known_within_its_times_only() {
    let at = |produced_at, times, now| {
        let mut sample = Sample { produced_at, ..Sample::new() };
        sample.answers = vec![answer(&sample.id(SERIAL), GOOD, times, &[])];
        sample.status_at(NOW.plus_seconds(now)).unwrap()
    };
    assert_eq!(at(-10, (-10, Some(60)), -10), Status::Good);
    assert_eq!(at(-20, (-10, Some(60)), -11), Status::Unknown("ocsp-this-update"));
    assert_eq!(at(-10, (-10, Some(60)), 59), Status::Good);
    assert_eq!(at(-10, (-10, Some(60)), 60), Status::Unknown("ocsp-next-update"));
    assert_eq!(at(1, (-10, Some(60)), 0), Status::Unknown("ocsp-produced-at"));
    assert_eq!(at(1, (-10, Some(60)), 1), Status::Good);
    // Without nextUpdate it is fresh for five minutes.
    assert_eq!(at(-10, (-10, None), 289), Status::Good);
    assert_eq!(at(-10, (-10, None), 290), Status::Unknown("ocsp-next-update"));
    // The certificate is valid from 99 seconds ago: nobody could speak of it before, nor after it.
    assert_eq!(at(-99, (-99, Some(60)), 0), Status::Good);
    assert_eq!(at(-100, (-100, Some(60)), 0), Status::Unknown("ocsp-produced-at"));
    assert_eq!(at(1_000, (-10, Some(2_000)), 1_000), Status::Unknown("ocsp-produced-at"));
}

#[test]
fn a_stale_or_future_answer_still_revokes() {
    let mut sample = Sample::new();
    sample.answers = vec![sample.answer(SERIAL, &revoked(None))];
    for now in [-99_999, 0, 99_999] {
        assert!(matches!(sample.status_at(NOW.plus_seconds(now)), Ok(Status::Revoked { .. })));
    }
}

/// B ocsp_sign_*; Bo *_no_ocsp_key_usage, *_self_signed, randombit_ocsp_forged_*. Each row changes one fact of the
/// responder's certificate.
#[test]
fn only_whom_the_issuer_authorised_answers_for_it() {
    type Change = fn(&mut Certificated);
    let rows: &[(&str, Change)] = &[
        ("ocsp-responder-usage", |certificate| certificate.extensions[0] = usages(&[oid::KP_SERVER_AUTH])),
        ("ocsp-responder-usage", |certificate| certificate.extensions[0] = usages(&[oid::ANY_EXTENDED_KEY_USAGE])),
        ("ocsp-responder-usage", |certificate| _ = certificate.extensions.remove(0)),
        ("ocsp-responder-usage", |certificate| {
            certificate.extensions[2] = extension(oid::KEY_USAGE, Some(true), &[3, 2, 1, 6]);
        }),
        ("ocsp-responder-usage", |certificate| {
            certificate.extensions.push(extension(oid::BASIC_CONSTRAINTS, Some(true), &[0x30, 3, 1, 1, 0xff]));
        }),
        ("ocsp-responder-issuer", |certificate| certificate.issuer = name("other")),
        ("ocsp-responder-issuer", |certificate| {
            certificate.extensions[3] =
                extension(oid::AUTHORITY_KEY_IDENTIFIER, None, &sample::key_identifier(&[4, 5, 6]));
        }),
        ("critical-extension", |certificate| {
            certificate.extensions.push(extension(oid::COMMON_NAME, Some(true), &[5, 0]));
        }),
        ("ocsp-responder-time", |certificate| certificate.validity = (-1_000, -1)),
        ("ocsp-responder-time", |certificate| certificate.validity = (-5, 1_000)),
        ("ocsp-responder", |certificate| certificate.spki = sample::signer().public_key().spki().to_vec()),
    ];
    for (index, (expected, change)) in rows.iter().enumerate() {
        let mut sample = Sample { by_key: true, ..Sample::delegated() };
        let mut certificate = sample.delegate_certificate();
        change(&mut certificate);
        sample.certificates = Some(vec![certificate.sign(&sample.authority)]);
        assert_eq!(rule(sample.status()), *expected, "row {index}");
    }
    let mut sample = Sample::delegated();
    // Signed by itself, by another key, or by another responder: not by the issuer.
    let by_itself = sample.delegate_certificate().sign(&sample.delegate);
    let by_another = sample.delegate_certificate().sign(&sample::signer());
    for certificate in [by_itself, by_another] {
        sample.certificates = Some(vec![certificate]);
        assert_eq!(rule(sample.status()), "ocsp-responder-signature");
    }
    sample.certificates = Some(Vec::new());
    assert_eq!(rule(sample.status()), "ocsp-responder");
    // A certificate of the same name whose key did not sign.
    let certificate = Certificated::new(sample::signer().public_key()).sign(&sample.authority);
    sample.certificates = Some(vec![certificate]);
    assert_eq!(rule(sample.status()), "ocsp-signature");
    // keyUsage may be absent (RFC 6960 asks for extKeyUsage alone).
    let mut certificate = sample.delegate_certificate();
    certificate.extensions.remove(2);
    sample.certificates = Some(vec![certificate.sign(&sample.authority)]);
    assert_eq!(sample.status(), Ok(Status::Good));
}

/// CVE-2022-1343, and Bo invalid_ocsp_nocheck.
#[test]
fn a_responder_that_is_not_exempt_is_itself_looked_up() {
    let mut sample = Sample::delegated();
    let mut certificate = sample.delegate_certificate();
    certificate.extensions.remove(1);
    sample.certificates = Some(vec![certificate.sign(&sample.authority)]);
    assert_eq!(sample.status(), Ok(Status::Unknown("ocsp-responder-status")));
    let response = parse(&sample.sign()).unwrap();
    let issuer = sample.issuer();
    let ask = |revoked: Option<&[u8]>, next_update: i64| {
        let mut list = sample::Sample::new();
        list.this_update = NOW.seconds() - 5;
        list.next_update = Some(NOW.seconds() + next_update);
        list.revoked = revoked.map(sample::entry).into_iter().collect();
        // A list of other certificates, that says nothing of the one asked for.
        list.extensions.push(extension(oid::ISSUING_DISTRIBUTION_POINT, Some(true), &[0x30, 3, 0x81, 1, 0xff]));
        let list = crate::revocation::Crl::parse(&list.sign(&sample.authority), &Bounds::default()).unwrap();
        let snapshot = crate::revocation::RevocationSnapshot::new(vec![list]).with_responses(vec![response.clone()]);
        snapshot.status(&Inquiry::new(SERIAL, true, None), std::slice::from_ref(&issuer), NOW)
    };
    assert_eq!(ask(None, 60), Status::Good);
    assert_eq!(ask(Some(&[9]), 60), Status::Unknown("ocsp-responder-status"));
    assert_eq!(ask(None, -1), Status::Unknown("ocsp-responder-status"));
}

#[test]
fn a_nonce_that_was_sent_comes_back() {
    let mut sample = Sample::new();
    let request = |nonce: Option<&[u8]>| OcspRequest::new(vec![sample.id(SERIAL)], nonce).unwrap();
    let (with, without, other) = (request(Some(&[7; 32])), request(None), request(Some(&[8; 32])));
    let plain = parse(&sample.sign()).unwrap();
    assert_eq!(rule(plain.check_nonce(&with)), "ocsp-nonce");
    assert_eq!(plain.check_nonce(&without), Ok(()));
    sample.extensions = vec![extension(oid::OCSP_NONCE, None, &[&[4, 32][..], &[7; 32]].concat())];
    let answered = parse(&sample.sign()).unwrap();
    assert_eq!(answered.check_nonce(&with), Ok(()));
    assert_eq!(answered.check_nonce(&without), Ok(()));
    assert_eq!(rule(answered.check_nonce(&other)), "ocsp-nonce");
}

#[test]
fn requests_are_written_and_read() {
    let sample = Sample::new();
    let read = |der: &[u8]| OcspRequest::parse(der, &Bounds::default());
    for nonce in [None, Some(&[7; 32][..]), Some(&[7; 128])] {
        let request = OcspRequest::new(vec![sample.id(SERIAL), sample.id(&[5])], nonce).unwrap();
        let der = request.to_der();
        assert_eq!(read(&der).unwrap(), request);
        for end in 0..der.len() {
            assert!(read(&der[..end]).is_err(), "{end}");
        }
        assert_eq!(rule(read(&[&der[..], &[0]].concat())), "trailing-data");
        let bounds = Bounds { ocsp_bytes: der.len() - 1, ..Bounds::default() };
        assert_eq!(rule(OcspRequest::parse(&der, &bounds)), "ocsp-too-large");
    }
    assert_eq!(rule(OcspRequest::new(Vec::new(), None)), "request-list");
    assert_eq!(rule(OcspRequest::new(vec![sample.id(SERIAL); 65], None)), "request-list");
    assert_eq!(rule(OcspRequest::new(vec![sample.id(SERIAL)], Some(&[]))), "nonce-length");
    assert_eq!(rule(OcspRequest::new(vec![sample.id(SERIAL)], Some(&[7; 129]))), "nonce-length");
}

/// Each row is the content of a TBSRequest around one good request.
#[test]
fn what_is_not_a_request_is_refused() {
    let id = Sample::new().id(SERIAL);
    let list = |count: usize| {
        let mut writer = Writer::new();
        writer.sequence(|w| (0..count).for_each(|_| _ = w.sequence(|w| _ = w.raw(id.der()))));
        writer.into_bytes()
    };
    let extensions = |extensions: &[u8]| {
        let mut writer = Writer::new();
        writer.constructed(0xa2, |w| _ = w.primitive(tag::SEQUENCE, extensions));
        writer.into_bytes()
    };
    let whole = |tbs: &[u8], signature: &[u8]| {
        let mut writer = Writer::new();
        writer.sequence(|w| _ = w.primitive(tag::SEQUENCE, tbs).raw(signature));
        writer.into_bytes()
    };
    let read = |der: &[u8]| OcspRequest::parse(der, &Bounds::default());
    let one = list(1);
    let requestor = [&[0xa1, 3, 0x86, 1, b'x'][..], &one].concat();
    assert!(read(&whole(&requestor, &[])).is_ok());
    assert!(read(&whole(&one, &[0xa0, 2, 0x30, 0])).is_ok());
    let unknown = extension(oid::NAME_CONSTRAINTS, None, &[5, 0]);
    assert!(read(&whole(&[&one[..], &extensions(&unknown)].concat(), &[])).is_ok());
    let critical = extension(oid::NAME_CONSTRAINTS, Some(true), &[5, 0]);
    let versioned = [&[0xa0, 3, 2, 1, 0][..], &one].concat();
    for (expected, der) in [
        ("request-list", whole(&list(0), &[])),
        ("request-list", whole(&list(65), &[])),
        ("version", whole(&versioned, &[])),
        ("critical-extension", whole(&[&one[..], &extensions(&critical)].concat(), &[])),
        ("extension-duplicate", whole(&[&one[..], &extensions(&unknown.repeat(2))].concat(), &[])),
        ("trailing-data", whole(&[&one[..], &[5, 0]].concat(), &[])),
        ("trailing-data", whole(&one, &[5, 0])),
        ("unexpected-tag", whole(&one, &[0xa0, 2, 5, 0])),
    ] {
        assert_eq!(rule(read(&der)), expected);
    }
}
