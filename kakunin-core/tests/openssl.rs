//! OpenSSL reads all that is issued, and agrees about the signatures. Without OpenSSL this test fails.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test runs a program and may panic; clippy exempts only #[test] functions"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::{oid, pem};
use kakunin_core::issue::{
    self, AgentProfile, AuthorityProfile, Context, Issuer, ListProfile, Parent, Revocation, Validity,
};
use kakunin_core::path::{TrustAnchors, validate};
use kakunin_core::revocation::Reason;
use kakunin_core::scope::{ActionPattern, Grant, GrantParts, Scope, ScopeParts};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;

const DAY: i64 = 86_400;
const AT: UnixTime = UnixTime::from_seconds(NOW);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("openssl-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).output().unwrap()
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn certificates<'a>(ders: impl IntoIterator<Item = &'a Vec<u8>>) -> String {
    ders.into_iter().map(|der| pem::encode(pem::CERTIFICATE, der)).collect()
}

fn scope(actions: &[&str]) -> Scope {
    let grant = |action: &&str| {
        Grant::new(GrantParts { open: true, ..GrantParts::new(ActionPattern::parse(action).unwrap()) }).unwrap()
    };
    Scope::new(ScopeParts { grants: actions.iter().map(grant).collect(), ..ScopeParts::default() }).unwrap()
}

/// A path with a sub-agent by its parent, a sub-agent by the CA, and the lists of both CAs.
struct Issued {
    /// sub, bot, tenant, root
    by_parent: Vec<Vec<u8>>,
    /// helper, tenant, root
    by_authority: Vec<Vec<u8>>,
    lists: [Vec<u8>; 2],
    lists_revoking_bot: [Vec<u8>; 2],
}

fn issue_all(root_key: &SoftwareSigner, tenant_key: &SoftwareSigner, bot_key: &SoftwareSigner) -> Issued {
    let (random, bounds) = (SystemRandom::new(), Bounds::default());
    let context = Context { now: AT, random: &random, bounds: &bounds };
    let leaf = SoftwareSigner::generate(GenerateKind::Ed25519, &random).unwrap().0;
    let valid = |days: i64| Validity::starting(AT, days * DAY);

    let mut profile = AuthorityProfile::new("Root", Vec::new(), valid(3_650));
    profile.development = true;
    let root = vec![issue::root(&profile, root_key, &context).unwrap()];
    let by_root = Issuer { chain: &root, parents: &[], signer: root_key };
    let mut profile = AuthorityProfile::new("Tenant é", vec!["spiffe://acme.com/".into()], valid(365));
    (profile.scope, profile.path_length) = (Some(scope(&["charge", "kb.*"])), Some(2));
    let tenant = issue::tenant(&profile, tenant_key.public_key(), &by_root, &context).unwrap();
    let tenant = vec![tenant, root[0].clone()];
    let by_tenant = Issuer { chain: &tenant, parents: &[], signer: tenant_key };

    let mut profile = AgentProfile::new("spiffe://acme.com/bot", scope(&["charge"]), valid(30));
    (profile.delegate, profile.model_hash) = (Some(1), Some([7; 32]));
    let bot = issue::agent(&profile, bot_key.public_key(), &by_tenant, &context).unwrap();
    let bot: Vec<_> = [bot].into_iter().chain(tenant.clone()).collect();
    let by_bot = Issuer { chain: &bot, parents: &[], signer: bot_key };

    let validity = Validity::starting_within_a_day(AT, DAY);
    let profile = AgentProfile::new("spiffe://acme.com/bot/-/sub", scope(&["charge"]), validity);
    let sub = issue::sub_agent_by_parent(&profile, leaf.public_key(), &by_bot, &context).unwrap();
    let mut profile = AgentProfile::new("spiffe://acme.com/helper", scope(&["charge"]), valid(30));
    profile.tls_client = true;
    let parent = Parent { chain: &bot, parents: &[] };
    let helper = issue::sub_agent_by_authority(&profile, leaf.public_key(), &by_tenant, &parent, &context).unwrap();

    let serial = Certificate::parse(&bot[0], &bounds).unwrap().serial().to_vec();
    let revocation = Revocation { serial, at: AT.plus_seconds(-60), reason: Some(Reason::KeyCompromise) };
    let list = |issuer: &Issuer<'_>, number, revoked| {
        issue::crl(&ListProfile { number, next_update: AT.plus_seconds(DAY), revoked }, issuer, &context).unwrap()
    };
    Issued {
        by_parent: [sub].into_iter().chain(bot.clone()).collect(),
        by_authority: [helper].into_iter().chain(tenant.clone()).collect(),
        lists: [list(&by_root, 1, Vec::new()), list(&by_tenant, 1, Vec::new())],
        lists_revoking_bot: [list(&by_root, 1, Vec::new()), list(&by_tenant, 2, vec![revocation])],
    }
}

/// What `openssl verify` says of a path (leaf first, anchor last), with lists where some are given.
fn verify(folder: &Folder, chain: &[Vec<u8>], lists: &[Vec<u8>]) -> Result<(), String> {
    let (leaf, above) = chain.split_first().unwrap();
    let (root, middle) = above.split_last().unwrap();
    let leaf = folder.write("leaf.pem", certificates([leaf]));
    let middle = folder.write("middle.pem", certificates(middle));
    let root = folder.write("root.pem", certificates([root]));
    let lists = folder.write("lists.pem", lists.iter().map(|der| pem::encode(pem::CRL, der)).collect::<String>());
    let now = NOW.to_string();
    let mut arguments = vec!["verify", "-ignore_critical", "-x509_strict", "-attime", &now];
    arguments.extend(["-CAfile", &root, "-untrusted", &middle]);
    if fs::metadata(&lists).unwrap().len() > 0 {
        arguments.extend(["-crl_check_all", "-CRLfile", &lists]);
    }
    arguments.push(&leaf);
    let output = openssl(&arguments);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

fn keys() -> Vec<(&'static str, SoftwareSigner)> {
    let make = |kind| SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap().0;
    let rsa = text(openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]));
    let rsa = pem::decode(&rsa).unwrap().remove(0).bytes;
    vec![
        ("Ed25519", make(GenerateKind::Ed25519)),
        ("P-256", make(GenerateKind::P256)),
        ("P-384", make(GenerateKind::P384)),
        ("RSA", SoftwareSigner::from_pkcs8(&rsa).unwrap()),
    ]
}

#[test]
fn openssl_agrees_about_every_path_and_kind_of_key() {
    let folder = Folder::new("paths");
    let keys = keys();
    for (index, (name, root_key)) in keys.iter().enumerate() {
        let [tenant_key, bot_key] = [1, 2].map(|step| &keys[(index + step) % keys.len()].1);
        let issued = issue_all(root_key, tenant_key, bot_key);
        for chain in [&issued.by_parent[1..], &issued.by_parent, &issued.by_authority] {
            assert_eq!(verify(&folder, chain, &[]), Ok(()), "{name}");
            let mut broken = chain.to_vec();
            let last = broken[0].len() - 1;
            broken[0][last] ^= 1;
            assert!(verify(&folder, &broken, &[]).is_err(), "{name}: a broken signature");
        }
        for chain in [&issued.by_parent[1..], &issued.by_authority] {
            assert_eq!(verify(&folder, chain, &issued.lists), Ok(()), "{name}");
        }
        let refused = verify(&folder, &issued.by_parent[1..], &issued.lists_revoking_bot).unwrap_err();
        assert!(refused.contains("certificate revoked"), "{name}: {refused}");
        assert_eq!(verify(&folder, &issued.by_authority, &issued.lists_revoking_bot), Ok(()), "{name}");
        assert!(verify(&folder, &issued.by_authority, &issued.lists[..1]).is_err(), "{name}: a list is missing");

        let anchors = TrustAnchors::new(vec![issued.by_parent[3].clone()], &Bounds::default()).unwrap();
        let parents = [issued.by_parent[1..].to_vec()];
        let validate = |chain: &[Vec<u8>], parents: &[Vec<Vec<u8>>]| {
            validate(chain, parents, &anchors, AT, &Bounds::default()).map(|agent| agent.id().to_owned())
        };
        assert_eq!(validate(&issued.by_parent, &[]).unwrap(), "spiffe://acme.com/bot/-/sub", "{name}");
        assert_eq!(validate(&issued.by_authority, &parents).unwrap(), "spiffe://acme.com/helper", "{name}");
    }
}

#[test]
fn openssl_prints_what_was_issued() {
    let folder = Folder::new("text");
    let make = |kind| SoftwareSigner::generate(kind, &SystemRandom::new()).unwrap().0;
    let keys = [GenerateKind::P384, GenerateKind::P256, GenerateKind::Ed25519].map(make);
    let issued = issue_all(&keys[0], &keys[1], &keys[2]);
    let print = |der: &Vec<u8>| {
        let path = folder.write("one.pem", certificates([der]));
        text(openssl(&["x509", "-in", &path, "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"]))
    };
    let [sub, bot, tenant, root] = [0, 1, 2, 3].map(|index| print(&issued.by_parent[index]));
    let helper = print(&issued.by_authority[0]);
    let agent_usage = format!("{}.2.1", oid::ARC);
    for (what, printed, parts) in [
        ("root", &root, vec!["CA:TRUE", "Certificate Sign, CRL Sign", "CN=Root", "1.3.6.1.4.1.32473.7.1.5"]),
        ("tenant", &tenant, vec!["CA:TRUE, pathlen:2", "CN=Tenant é", "1.3.6.1.4.1.32473.7.1.2: critical"]),
        ("bot", &bot, vec!["CA:TRUE, pathlen:0", "Digital Signature, Certificate Sign", "URI:spiffe://acme.com/bot"]),
        ("sub", &sub, vec!["URI:spiffe://acme.com/bot/-/sub", "1.3.6.1.4.1.32473.7.1.3: critical"]),
        ("helper", &helper, vec!["TLS Web Client Authentication", "1.3.6.1.4.1.32473.7.1.1: \n"]),
        ("bot's usage", &bot, vec![&*agent_usage, "1.3.6.1.4.1.32473.7.1.1: critical"]),
    ] {
        for part in parts {
            assert!(printed.contains(part), "{what} lacks `{part}`: {printed}");
        }
    }
    assert!(!sub.contains("CA:TRUE") && !helper.contains("CA:TRUE"));
    for (list, part) in
        [(&issued.lists[1], "No Revoked Certificates."), (&issued.lists_revoking_bot[1], "Key Compromise")]
    {
        let path = folder.write("list.pem", pem::encode(pem::CRL, list));
        let printed = text(openssl(&["crl", "-in", &path, "-noout", "-text"]));
        assert!(printed.contains(part) && printed.contains("X509v3 CRL Number"), "{printed}");
        assert!(printed.contains("X509v3 Authority Key Identifier"), "{printed}");
    }
}
