//! OCSP as issued here is what verifiers read, ours and OpenSSL's; what OpenSSL's responder answers is what we read.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test runs OpenSSL and may panic; clippy exempts only #[test] functions"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{GenerateKind, SecretKey, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{
    self, AgentProfile, AuthorityProfile, Context, Issuer, ListProfile, Responder, ResponderProfile, ResponseProfile,
    Revocation, Validity, ocsp_responder, ocsp_response,
};
use kakunin_core::path::{TrustAnchors, validate_authority};
use kakunin_core::revocation::ocsp::{CertificateId, IdentifierHash, OcspRequest, OcspResponse, OcspStatus};
use kakunin_core::revocation::{Crl, CrlIssuer, Inquiry, Reason, RevocationSnapshot, Status};
use kakunin_core::scope::{ActionPattern, Grant, GrantParts, Scope, ScopeParts};
use kakunin_core::time::UnixTime;

const DAY: i64 = 86_400;

/// A CA that is valid now (OpenSSL's responder knows no other time), an agent of it, and a delegated responder.
struct World {
    now: UnixTime,
    random: SystemRandom,
    bounds: Bounds,
    root: (SoftwareSigner, SecretKey),
    responder: (SoftwareSigner, SecretKey),
    chain: Vec<Vec<u8>>,
    agent: Vec<u8>,
    delegate: Vec<u8>,
}

impl World {
    fn new(kind: GenerateKind) -> Self {
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let key = || SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap();
        let mut world = Self {
            now: UnixTime::from_seconds(i64::try_from(seconds).unwrap()),
            random: SystemRandom::new(),
            bounds: Bounds::default(),
            root: key(),
            responder: key(),
            chain: Vec::new(),
            agent: Vec::new(),
            delegate: Vec::new(),
        };
        let profile = AuthorityProfile::new("Root", vec!["urn:a:".into()], Validity::starting(world.now, 9 * DAY));
        world.chain = vec![issue::root(&profile, &world.root.0, &world.context()).unwrap()];
        let grant =
            Grant::new(GrantParts { open: true, ..GrantParts::new(ActionPattern::parse("charge").unwrap()) }).unwrap();
        let scope = Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() }).unwrap();
        let profile = AgentProfile::new("urn:a:bot", scope, Validity::starting(world.now, DAY));
        world.agent =
            issue::agent(&profile, world.responder.0.public_key(), &world.issuer(), &world.context()).unwrap();
        world.delegate = world.responder(3).unwrap();
        world
    }

    fn context(&self) -> Context<'_> {
        Context { now: self.now, random: &self.random, bounds: &self.bounds }
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { chain: &self.chain, parents: &[], signer: &self.root.0 }
    }

    fn as_crl_issuer(&self) -> CrlIssuer {
        let anchors = TrustAnchors::new(self.chain.clone(), &self.bounds).unwrap();
        validate_authority(&self.chain, &anchors, self.now, &self.bounds).unwrap().as_crl_issuer().clone()
    }

    fn responder(&self, days: i64) -> Result<Vec<u8>, Denial> {
        let profile =
            ResponderProfile { common_name: "Responder".into(), validity: Validity::starting(self.now, days * DAY) };
        ocsp_responder(&profile, self.responder.0.public_key(), &self.issuer(), &self.context())
    }

    fn serial(&self) -> Vec<u8> {
        Certificate::parse(&self.agent, &self.bounds).unwrap().serial().to_vec()
    }

    fn id(&self, hash: IdentifierHash) -> CertificateId {
        CertificateId::new(&self.as_crl_issuer(), &self.serial(), hash)
    }

    fn profile(&self, status: OcspStatus) -> ResponseProfile {
        let answers = vec![(self.id(IdentifierHash::Sha1), status)];
        ResponseProfile { answers, next_update: self.now.plus_seconds(3_600), nonce: None }
    }

    fn by_authority(&self) -> Responder<'_> {
        Responder { authority: &self.chain, delegate: None, signer: &self.root.0 }
    }

    fn by_delegate(&self) -> Responder<'_> {
        Responder { authority: &self.chain, delegate: Some(&self.delegate), signer: &self.responder.0 }
    }

    fn ask(&self, snapshot: &RevocationSnapshot) -> Status {
        let agent = Certificate::parse(&self.agent, &self.bounds).unwrap();
        snapshot.status(&Inquiry::of(&agent), &[self.as_crl_issuer()], self.now)
    }

    fn response(&self, status: OcspStatus) -> OcspResponse {
        let der = ocsp_response(&self.profile(status), &self.by_delegate(), &self.context()).unwrap();
        OcspResponse::parse(&der, &self.bounds).unwrap()
    }

    fn list(&self, revoked: Vec<Revocation>) -> Crl {
        let profile = ListProfile { number: 1, next_update: self.now.plus_seconds(60), revoked };
        Crl::parse(&issue::crl(&profile, &self.issuer(), &self.context()).unwrap(), &self.bounds).unwrap()
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Denial>) -> (Code, &'static str) {
    let denial = result.unwrap_err();
    (denial.code(), denial.details().rule)
}

#[test]
fn a_ca_or_its_responder_answers() {
    let world = World::new(GenerateKind::Ed25519);
    let at = world.now.plus_seconds(-60);
    let reason = Some(Reason::KeyCompromise);
    for responder in [world.by_authority(), world.by_delegate()] {
        for (said, status) in [
            (OcspStatus::Good, Status::Good),
            (OcspStatus::Revoked { at, reason }, Status::Revoked { at, reason }),
            (OcspStatus::Unknown, Status::Unknown("ocsp-unknown")),
        ] {
            let der = ocsp_response(&world.profile(said), &responder, &world.context()).unwrap();
            let response = OcspResponse::parse(&der, &world.bounds).unwrap();
            assert_eq!(world.ask(&RevocationSnapshot::default().with_responses(vec![response])), status);
        }
    }
}

#[test]
fn a_response_is_refused_before_it_misleads() {
    let world = World::new(GenerateKind::Ed25519);
    let make =
        |profile: &ResponseProfile, responder: Responder<'_>| ocsp_response(profile, &responder, &world.context());
    let good = world.profile(OcspStatus::Good);
    assert!(make(&good, world.by_delegate()).is_ok());
    let late = ResponseProfile { next_update: world.now, ..good.clone() };
    assert_eq!(refusal(make(&late, world.by_authority())), (Code::ConfigurationInvalid, "next-update"));
    let empty = ResponseProfile { answers: Vec::new(), ..good.clone() };
    assert_eq!(refusal(make(&empty, world.by_authority())), (Code::ConfigurationInvalid, "ocsp-issuer"));
    let other = World::new(GenerateKind::Ed25519);
    let foreign = other.profile(OcspStatus::Good);
    assert_eq!(refusal(make(&foreign, world.by_authority())), (Code::ConfigurationInvalid, "ocsp-issuer"));
    let stranger = Responder { signer: &world.responder.0, ..world.by_authority() };
    assert_eq!(refusal(make(&good, stranger)), (Code::ConfigurationInvalid, "issuer-key"));
    // The agent's certificate has the responder's key, and is none of a responder.
    let agent = Responder { delegate: Some(&world.agent), ..world.by_delegate() };
    assert_eq!(refusal(make(&good, agent)), (Code::RevocationStale, "ocsp-responder-usage"));
    let of_another = Responder { delegate: Some(&other.delegate), signer: &other.responder.0, ..world.by_delegate() };
    assert_eq!(refusal(make(&good, of_another)), (Code::RevocationStale, "ocsp-responder-issuer"));
}

#[test]
fn a_responder_is_certified_for_a_short_time_within_its_cas() {
    let world = World::new(GenerateKind::Ed25519);
    assert!(world.responder(8).is_ok());
    assert_eq!(refusal(world.responder(10)), (Code::ConfigurationInvalid, "responder-validity"));
    assert_eq!(refusal(world.responder(31)), (Code::ConfigurationInvalid, "responder-validity"));
}

#[test]
fn lists_and_responses_count_together() {
    let world = World::new(GenerateKind::Ed25519);
    let at = world.now.plus_seconds(-60);
    let revoked = || world.list(vec![Revocation { serial: world.serial(), at, reason: None }]);
    let clear = || world.list(Vec::new());
    let said = |status| world.response(status);
    let is_revoked = |snapshot: &RevocationSnapshot| matches!(world.ask(snapshot), Status::Revoked { .. });
    let with = |list: Crl, response| RevocationSnapshot::new(vec![list]).with_responses(vec![response]);
    let bad = OcspStatus::Revoked { at, reason: None };
    // Revoked wins from either, good needs one, unknown to the responder leaves the list.
    assert!(is_revoked(&with(revoked(), said(OcspStatus::Good))));
    assert!(is_revoked(&with(clear(), said(bad))));
    assert_eq!(world.ask(&with(clear(), said(OcspStatus::Unknown))), Status::Good);
    let good = RevocationSnapshot::default().with_responses(vec![said(OcspStatus::Good)]);
    assert_eq!(world.ask(&good), Status::Good);
    assert_eq!(good.with_issuers(&[world.as_crl_issuer()]).next_update(), Some(world.now.plus_seconds(3_600)));
}

#[test]
fn an_older_answer_never_replaces_a_newer_one() {
    let mut world = World::new(GenerateKind::Ed25519);
    let older = world.response(OcspStatus::Good);
    let now = world.now;
    world.now = now.plus_seconds(60);
    let newer = world.response(OcspStatus::Revoked { at: now, reason: None });
    for responses in [[older.clone(), newer.clone()], [newer, older]] {
        let mut snapshot = RevocationSnapshot::default().with_issuers(&[world.as_crl_issuer()]);
        for response in responses {
            snapshot = snapshot.with_responses(vec![response]);
        }
        assert!(matches!(world.ask(&snapshot), Status::Revoked { .. }));
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ocsp-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn openssl(arguments: &[&str]) -> String {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn openssl_verifies_our_responses() {
    for kind in [GenerateKind::Ed25519, GenerateKind::P256] {
        let (world, folder) = (World::new(kind), Folder::new(&format!("reads-{kind:?}")));
        let root = folder.write("root.pem", pem::encode(pem::CERTIFICATE, &world.chain[0]));
        let agent = folder.write("agent.pem", pem::encode(pem::CERTIFICATE, &world.agent));
        let at = world.now.plus_seconds(-60);
        for responder in [world.by_authority(), world.by_delegate()] {
            for (status, word) in [
                (OcspStatus::Good, "good"),
                (OcspStatus::Revoked { at, reason: Some(Reason::Superseded) }, "revoked"),
                (OcspStatus::Unknown, "unknown"),
            ] {
                let der = ocsp_response(&world.profile(status), &responder, &world.context()).unwrap();
                let response = folder.write("response.der", der);
                let said = openssl(&[
                    "ocsp",
                    "-issuer",
                    &root,
                    "-cert",
                    &agent,
                    "-respin",
                    &response,
                    "-CAfile",
                    &root,
                    "-no_nonce",
                    "-ignore_critical",
                ]);
                assert!(said.contains("Response verify OK"), "{said}");
                assert!(said.contains(&format!("agent.pem: {word}")), "{said}");
                assert_eq!(said.contains("superseded"), word == "revoked", "{said}");
            }
        }
    }
}

#[test]
fn openssl_reads_our_requests_and_we_verify_what_its_responder_answers() {
    let (world, folder) = (World::new(GenerateKind::P256), Folder::new("answers"));
    let root = folder.write("root.pem", pem::encode(pem::CERTIFICATE, &world.chain[0]));
    let hex: String = world.serial().iter().map(|octet| format!("{octet:02X}")).collect();
    let signers = [
        (root.clone(), folder.write("root.key", pem::encode("PRIVATE KEY", world.root.1.secret_der()))),
        (
            folder.write("responder.pem", pem::encode(pem::CERTIFICATE, &world.delegate)),
            folder.write("responder.key", pem::encode("PRIVATE KEY", world.responder.1.secret_der())),
        ),
    ];
    for (hash, nonce) in [(IdentifierHash::Sha1, None), (IdentifierHash::Sha256, Some(&[7; 32][..]))] {
        let request = OcspRequest::new(vec![world.id(hash)], nonce).unwrap();
        let asked = folder.write("request.der", request.to_der());
        for (entry, good) in
            [("V\t350101000000Z\t\t", true), ("R\t350101000000Z\t250101000000Z,keyCompromise\t", false)]
        {
            let index = folder.write("index.txt", format!("{entry}{hex}\tunknown\t/CN=bot\n"));
            for (certificate, key) in &signers {
                let answered = folder.path("answer.der");
                openssl(&[
                    "ocsp",
                    "-index",
                    &index,
                    "-CA",
                    &root,
                    "-rsigner",
                    certificate,
                    "-rkey",
                    key,
                    "-reqin",
                    &asked,
                    "-respout",
                    &answered,
                    "-ndays",
                    "1",
                ]);
                let response = OcspResponse::parse(&fs::read(&answered).unwrap(), &world.bounds).unwrap();
                response.check_nonce(&request).unwrap();
                // OpenSSL dates what it signs to the second in which it does.
                let later = world.now.plus_seconds(30);
                let verified = response.verify(&world.as_crl_issuer(), later).unwrap();
                let status = verified.status(&Inquiry::new(&world.serial(), false, None), later);
                let since = UnixTime::from_seconds(1_735_689_600);
                let revoked = Status::Revoked { at: since, reason: Some(Reason::KeyCompromise) };
                assert_eq!(status, if good { Status::Good } else { revoked });
            }
        }
    }
}
