//! The folder of a CA for trying: its certificates and keys, its agents', and its CRLs.
//!
//! ```text
//! pki/root.pem tenant.pem       each a path: its own certificate first, the root last
//! pki/root.key tenant.key       PKCS#8, 0600
//! pki/NAME.pem NAME.key         an agent's, or an approver's
//! pki/revocation/root.crl tenant.crl
//! pki/halt.key                  the key that may halt agents, 0600
//! pki/halt-authorities.json     that it may; pki/revocation/orders/LOG/ its orders, see `crate::orders`
//! ```
//! A CRL is the memory of its CA: revoking reads it, adds to it and replaces it, under a lock on the CA's key.

use std::fs::{self, File};
use std::path::PathBuf;

use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::{Digest, GenerateKind, SecretKey, Signer, SoftwareSigner, SystemRandom, sha256};
use kakunin_core::encoding::pem;
use kakunin_core::error::{Code, Denial};
use kakunin_core::issue::{
    self, AgentProfile, ApproverProfile, AuthorityProfile, Context, Issuer, ListProfile, Parent, ResponderProfile,
    Revocation, Validity,
};
use kakunin_core::path::{self, TrustAnchors};
use kakunin_core::revocation::order::{Governs, OrderAuthority};
use kakunin_core::revocation::{Crl, Reason};
use kakunin_core::scope::{Scope, ScopeParts};
use kakunin_core::time::UnixTime;

use crate::files::{self, Access, Existing, NewFile};
use crate::keys::{self, Passphrase};
use crate::orders::{self, AUTHORITIES_FILE};
use crate::shell::{Source, system_now};
use crate::{fault, hex};

const DAY: i64 = 86_400;
/// How long an agent's certificate is valid unless it is said, in seconds.
const AGENT_SECONDS: i64 = 30 * DAY;
/// The same where its parent signs: a day, less the five minutes that it begins earlier for clocks that are behind.
const SUB_AGENT_SECONDS: i64 = DAY - 300;
/// How long a CRL holds unless it is said.
const LIST_DAYS: i64 = 30;
/// How long the first head of a log for trying holds, in seconds: as long as the CRLs beside it. Where heads are kept fresh they
/// hold for seconds.
pub(crate) const HEAD_SECONDS: u32 = 30 * 86_400;

/// A folder of a CA.
#[derive(Debug)]
pub struct Pki {
    folder: PathBuf,
    passphrase: Option<Passphrase>,
}

/// What a new CA is to be.
#[derive(Clone, Debug)]
pub struct NewAuthority {
    /// The prefix of the ids that its tenant certifies, ending in `/` or `:`.
    pub namespace: String,
    /// How long its certificates are valid.
    pub days: u32,
    /// The kind of its keys.
    pub kind: GenerateKind,
    /// Whether files that are there are replaced.
    pub existing: Existing,
}

/// What a new agent is to be.
#[derive(Clone, Debug)]
pub struct NewAgent {
    /// Its name: of its files, and the end of its id unless that is given.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// Whether the CA cuts that to what the scopes above allow.
    pub cap: bool,
    /// Its id.
    pub id: Option<String>,
    /// How long its certificate is valid.
    pub days: Option<u32>,
    /// How many levels of sub-agents it may certify.
    pub delegate: Option<u8>,
    /// The agent that it works for.
    pub parent: Option<ParentAgent>,
    /// The hash of the model that it runs on, where it may run on no other.
    pub model_hash: Option<Digest>,
    /// The kind of its key.
    pub kind: GenerateKind,
    /// Whether files that are there are replaced.
    pub existing: Existing,
}

/// What a new approver is to be.
#[derive(Clone, Debug)]
pub struct NewApprover {
    /// The role, as scopes name it.
    pub role: String,
    /// Who it is.
    pub person: String,
    /// The name of the files; the person's if there is none.
    pub name: Option<String>,
    /// How long the certificate is valid.
    pub days: Option<u32>,
    /// The kind of the key.
    pub kind: GenerateKind,
    /// Whether files that are there are replaced.
    pub existing: Existing,
}

/// The agent above a new one, and who signs.
#[derive(Clone, Debug)]
pub struct ParentAgent {
    /// Its certificate's file.
    pub certificate: PathBuf,
    /// Its own parents' paths, nearest first.
    pub parents: Vec<PathBuf>,
    /// Its key, where it signs itself; else the CA signs.
    pub key: Option<PathBuf>,
}

/// A certificate that was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Its file: the path, leaf first.
    pub certificate: PathBuf,
    /// Its key's file.
    pub key: PathBuf,
    /// The agent's id.
    pub id: String,
    /// Until when it is valid.
    pub not_after: UnixTime,
    /// Its serial number, in hex.
    pub serial: String,
    /// Its fingerprint, `sha256:` and hex digits.
    pub fingerprint: String,
    /// What it may do, as the certificate says it; nothing for one that is no agent's.
    pub scope: Scope,
    /// SHA-256 of its SubjectPublicKeyInfo, `sha256:` and hex digits: what a scope names a key by.
    pub key_hash: String,
}

/// A CRL that was signed.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its file.
    pub file: PathBuf,
    /// How many certificates it revokes.
    pub revoked: usize,
    /// Its number.
    pub number: u64,
    /// Until when it holds.
    pub next_update: UnixTime,
}

/// A CA of the folder, opened to sign.
struct Authority {
    name: &'static str,
    chain: Vec<Vec<u8>>,
    signer: SoftwareSigner,
}

/// The CAs that `init` makes, the one that certifies agents first.
const AUTHORITIES: [&str; 2] = ["tenant", "root"];

impl Pki {
    /// The CA in `folder`, whose keys are encrypted under `passphrase` if there is one.
    pub fn new(folder: impl Into<PathBuf>, passphrase: Option<Passphrase>) -> Self {
        Self { folder: folder.into(), passphrase }
    }

    /// Makes root, tenant, an empty CRL of each, and a halt authority with an empty log. The CAs bear the `development` mark.
    /// Returns the files.
    ///
    /// # Errors
    /// E504 where a file is there or cannot be written, or the namespace is none.
    pub fn init(&self, new: &NewAuthority) -> Result<Vec<PathBuf>, Denial> {
        let random = SystemRandom::new();
        let bounds = Bounds::default();
        let context = Context { now: system_now(), random: &random, bounds: &bounds };
        let validity = Validity::starting(context.now, i64::from(new.days) * DAY);
        let (root_signer, root_secret) = generate(new.kind, &random)?;
        let (tenant_signer, tenant_secret) = generate(new.kind, &random)?;
        // A name of its own for every CA: names and keys of two trials must not mix.
        let (mark, _) = root_signer.public_key().spki_hash().split_at(4);
        let mark = hex::encode(mark);
        let mut profile = AuthorityProfile::new(format!("Kakunin development root {mark}"), Vec::new(), validity);
        profile.development = true;
        let root = vec![issue::root(&profile, &root_signer, &context)?];
        let namespace = vec![new.namespace.clone()];
        let mut profile = AuthorityProfile::new(format!("Kakunin development tenant {mark}"), namespace, validity);
        profile.development = true;
        let issuer = Issuer { chain: &root, parents: &[], signer: &root_signer };
        let mut tenant = vec![issue::tenant(&profile, tenant_signer.public_key(), &issuer, &context)?];
        tenant.extend(root.iter().cloned());
        let list = |chain: &[Vec<u8>], signer: &dyn Signer| {
            let next_update = context.now.plus_seconds(LIST_DAYS * DAY);
            let profile = ListProfile { number: 1, next_update, revoked: Vec::new() };
            let crl = issue::crl(&profile, &Issuer { chain, parents: &[], signer }, &context)?;
            Ok::<_, Denial>(pem::encode(pem::CRL, &crl))
        };
        let (halt_signer, halt_secret) = generate(new.kind, &random)?;
        let (mark, _) = halt_signer.public_key().spki_hash().split_at(4);
        // A log of its own for every key: what guards remember of one trial must not stand in the way of the next.
        let log = format!("dev-{}", hex::encode(mark));
        let authority = OrderAuthority::new(halt_signer.public_key().clone(), log, Governs::Everything)?;
        let (head, _) = issue::head(None, HEAD_SECONDS, &authority, &halt_signer, &context)?;
        let revocation = self.folder.join("revocation");
        let log = revocation.join(orders::ORDERS_FOLDER).join(authority.log());
        let contents = [
            (self.key("halt"), self.key_pem(&halt_secret)?, Access::Owner),
            (log.join(orders::HEAD_FILE), head, Access::Everyone),
            (self.folder.join(AUTHORITIES_FILE), orders::authorities_json(&[authority]), Access::Everyone),
            (self.key("root"), self.key_pem(&root_secret)?, Access::Owner),
            (self.key("tenant"), self.key_pem(&tenant_secret)?, Access::Owner),
            (self.list("root"), list(&root, &root_signer)?, Access::Everyone),
            (self.list("tenant"), list(&tenant, &tenant_signer)?, Access::Everyone),
            (self.certificate("tenant"), path_pem(&tenant), Access::Everyone),
            (self.certificate("root"), path_pem(&root), Access::Everyone),
        ];
        files::make_folder(&log)?;
        files::make_folder(&revocation.join(orders::GUARDS_FOLDER))?;
        write(&contents, new.existing)?;
        orders::write_index(&revocation)?;
        Ok(contents.into_iter().map(|(path, _, _)| path).collect())
    }

    /// Issues an agent's certificate and key.
    ///
    /// # Errors
    /// E106 where a scope above does not contain the agent's, E109 where its id is not allowed, E102 where it would outlive
    /// its issuer; E504 where a file is there or cannot be used, or the options contradict each other.
    pub fn issue(&self, new: &NewAgent) -> Result<Issued, Denial> {
        check_name(&new.name)?;
        let random = SystemRandom::new();
        let bounds = Bounds::default();
        let context = Context { now: system_now(), random: &random, bounds: &bounds };
        let (signer, secret) = generate(new.kind, &random)?;
        let chain = match &new.parent {
            Some(parent) if parent.key.is_some() => self.by_parent(new, parent, &signer, &context)?,
            parent => self.by_authority(new, parent.as_ref(), &signer, &context)?,
        };
        let leaf = Certificate::parse(chain.first().map(Vec::as_slice).unwrap_or_default(), &bounds)?;
        let issued = Issued {
            certificate: self.certificate(&new.name),
            key: self.key(&new.name),
            id: leaf.uri_names().next().unwrap_or_default().to_owned(),
            not_after: leaf.not_after(),
            serial: hex::encode(leaf.serial()),
            fingerprint: hex::sha256(&leaf.fingerprint()),
            scope: scope_of(&leaf, &bounds)?,
            key_hash: hex::sha256(&sha256(leaf.spki())),
        };
        let contents = [
            (issued.key.clone(), self.key_pem(&secret)?, Access::Owner),
            (issued.certificate.clone(), path_pem(&chain), Access::Everyone),
        ];
        write(&contents, new.existing)?;
        Ok(issued)
    }

    fn by_authority(
        &self,
        new: &NewAgent,
        parent: Option<&ParentAgent>,
        signer: &SoftwareSigner,
        context: &Context<'_>,
    ) -> Result<Vec<Vec<u8>>, Denial> {
        let authority = self.open("tenant")?;
        let own = authority.certificate(context.bounds)?;
        let id = match &new.id {
            Some(id) => id.clone(),
            None => {
                format!("{}{}", own.namespace().and_then(|mut prefixes| prefixes.next()).unwrap_or_default(), new.name)
            }
        };
        let parent = parent.map(ReadParent::read).transpose()?;
        let above = parent.iter().filter_map(|parent| parent.not_after(context.bounds)).chain([own.not_after()]).min();
        let validity = Validity::starting(context.now, lifetime(new.days, AGENT_SECONDS, above, context.now));
        let profile = profile(new, id, validity);
        let key = signer.public_key();
        let issuer = authority.issuer();
        let leaf = match &parent {
            None => issue::agent(&profile, key, &issuer, context)?,
            Some(parent) => {
                let parent = Parent { chain: &parent.chain, parents: &parent.parents };
                issue::sub_agent_by_authority(&profile, key, &issuer, &parent, context)?
            }
        };
        Ok(below(leaf, &authority.chain))
    }

    fn by_parent(
        &self,
        new: &NewAgent,
        parent: &ParentAgent,
        signer: &SoftwareSigner,
        context: &Context<'_>,
    ) -> Result<Vec<Vec<u8>>, Denial> {
        let read = ReadParent::read(parent)?;
        let key = parent.key.as_deref().ok_or_else(|| fault::missing("parent-key", "the parent's key"))?;
        let parent_signer = keys::load(key, self.passphrase.as_ref())?;
        let own = Certificate::parse(read.chain.first().map(Vec::as_slice).unwrap_or_default(), context.bounds)?;
        let above = own.uri_names().next().unwrap_or_default();
        let mark = if above.starts_with("urn:") || above.starts_with("did:") { ":-:" } else { "/-/" };
        let id = new.id.clone().unwrap_or_else(|| format!("{above}{mark}{}", new.name));
        let seconds = lifetime(new.days, SUB_AGENT_SECONDS, read.not_after(context.bounds), context.now);
        let profile = profile(new, id, Validity::starting_within_a_day(context.now, seconds));
        let issuer = Issuer { chain: &read.chain, parents: &read.parents, signer: &parent_signer };
        let leaf = issue::sub_agent_by_parent(&profile, signer.public_key(), &issuer, context)?;
        Ok(below(leaf, &read.chain))
    }

    /// Revokes the first certificate of each file, and signs the CRLs of their CAs.
    ///
    /// # Errors
    /// E504 `revoke-issuer` where a certificate is none of this CA's; files and keys as in [`Pki::issue`].
    pub fn revoke(&self, certificates: &[PathBuf], reason: Option<Reason>, days: u32) -> Result<Vec<Listed>, Denial> {
        let bounds = Bounds::default();
        let mut by_authority: Vec<(Authority, Vec<Revocation>)> = Vec::new();
        for name in AUTHORITIES {
            by_authority.push((self.open(name)?, Vec::new()));
        }
        let now = system_now();
        for path in certificates {
            let ders = Source::Path(path.clone()).certificates("certificate")?;
            let certificate = Certificate::parse(ders.first().map(Vec::as_slice).unwrap_or_default(), &bounds)?;
            let issuer = by_authority.iter_mut().find(|(authority, _)| authority.issued(&certificate, &bounds));
            let Some((_, revoked)) = issuer else {
                let expected = match certificate.parent().is_some() && certificate.authority_key_id().is_some() {
                    true => "a certificate that this CA signed: what an agent signed falls with that agent",
                    false => "a certificate that this CA signed",
                };
                return Err(fault::misconfigured("revoke-issuer", "certificate", path.display().to_string(), expected));
            };
            revoked.push(Revocation { serial: certificate.serial().to_vec(), at: now, reason });
        }
        let concerned = by_authority.into_iter().filter(|(_, revoked)| !revoked.is_empty());
        concerned.map(|(authority, revoked)| self.sign_list(&authority, revoked, days)).collect()
    }

    /// Issues the certificate and key of a responder that answers for the CA of this name: `NAME-ocsp.pem` and `.key`.
    ///
    /// # Errors
    /// As [`Pki::issue`]; E504 `responder-validity` for more days than the CA has left.
    pub fn issue_responder(
        &self,
        name: &'static str,
        days: u32,
        kind: GenerateKind,
        existing: Existing,
    ) -> Result<Issued, Denial> {
        let (random, bounds) = (SystemRandom::new(), Bounds::default());
        let context = Context { now: system_now(), random: &random, bounds: &bounds };
        let authority = self.open(name)?;
        let (signer, secret) = generate(kind, &random)?;
        let validity = Validity::starting(context.now, i64::from(days) * DAY);
        let profile = ResponderProfile { common_name: format!("OCSP responder of {name}"), validity };
        let leaf = issue::ocsp_responder(&profile, signer.public_key(), &authority.issuer(), &context)?;
        self.keep(&format!("{name}-ocsp"), leaf, &authority, &secret, existing)
    }

    /// Issues the certificate and key of a person who may approve calls in a role: `PERSON.pem` and `.key`.
    ///
    /// # Errors
    /// As [`Pki::issue`]; E504 `approver-role`, `approver-person` for names that are none.
    pub fn issue_approver(&self, new: &NewApprover) -> Result<Issued, Denial> {
        check_name(new.name.as_deref().unwrap_or(&new.person))?;
        let (random, bounds) = (SystemRandom::new(), Bounds::default());
        let context = Context { now: system_now(), random: &random, bounds: &bounds };
        let authority = self.open("tenant")?;
        let above = authority.certificate(&bounds)?.not_after();
        let (signer, secret) = generate(new.kind, &random)?;
        let validity = Validity::starting(context.now, lifetime(new.days, AGENT_SECONDS, Some(above), context.now));
        let (role, person) = (new.role.clone(), new.person.clone());
        let profile = ApproverProfile { role, person, common_name: None, validity };
        let leaf = issue::approver(&profile, signer.public_key(), &authority.issuer(), &context)?;
        self.keep(new.name.as_deref().unwrap_or(&new.person), leaf, &authority, &secret, new.existing)
    }

    /// Writes a certificate with its path, and its key.
    fn keep(
        &self,
        name: &str,
        leaf: Vec<u8>,
        authority: &Authority,
        secret: &SecretKey,
        existing: Existing,
    ) -> Result<Issued, Denial> {
        let bounds = Bounds::default();
        let parsed = Certificate::parse(&leaf, &bounds)?;
        let issued = Issued {
            certificate: self.certificate(name),
            key: self.key(name),
            id: parsed.uri_names().next().unwrap_or_default().to_owned(),
            not_after: parsed.not_after(),
            serial: hex::encode(parsed.serial()),
            fingerprint: hex::sha256(&parsed.fingerprint()),
            scope: scope_of(&parsed, &bounds)?,
            key_hash: hex::sha256(&sha256(parsed.spki())),
        };
        let certificate = path_pem(&below(leaf.clone(), &authority.chain));
        let key = self.key_pem(secret)?;
        let contents =
            [(issued.certificate.clone(), certificate, Access::Everyone), (issued.key.clone(), key, Access::Owner)];
        write(&contents, existing)?;
        Ok(issued)
    }

    /// Signs the CRL of every CA afresh.
    ///
    /// # Errors
    /// As [`Pki::revoke`].
    pub fn refresh(&self, days: u32) -> Result<Vec<Listed>, Denial> {
        AUTHORITIES.into_iter().map(|name| self.sign_list(&self.open(name)?, Vec::new(), days)).collect()
    }

    fn sign_list(&self, authority: &Authority, added: Vec<Revocation>, days: u32) -> Result<Listed, Denial> {
        let key = self.key(authority.name);
        let lock = File::open(&key).and_then(|file| file.lock().map(|()| file));
        // Held until the new list is in place: of two that revoke at once neither is lost.
        let _lock = lock.map_err(|error| fault::file("key", &key, &error))?;
        let random = SystemRandom::new();
        let bounds = Bounds::default();
        let context = Context { now: system_now(), random: &random, bounds: &bounds };
        let anchors = TrustAnchors::new(authority.chain.last().cloned().into_iter().collect(), &bounds)?;
        let verified = path::validate_authority(&authority.chain, &anchors, context.now, &bounds)?;
        let file = self.list(authority.name);
        let mut revoked = Vec::new();
        let mut number = 1;
        if fs::symlink_metadata(&file).is_ok() {
            let text = files::read_text(&file, "crl", bounds.crl_bytes * 2)?;
            let blocks = pem::decode(&text).map_err(|fault| fault.denial(Code::ConfigurationInvalid, "crl"))?;
            for block in blocks.iter().filter(|block| block.label == pem::CRL) {
                let before = Crl::parse(&block.bytes, &bounds)?;
                before.verify(verified.as_crl_issuer())?;
                revoked.extend(before.entries().map(|entry| Revocation {
                    serial: entry.serial().to_vec(),
                    at: entry.at,
                    reason: entry.reason,
                }));
                number = number.max(next_number(&before)?);
            }
        }
        revoked.extend(added);
        let next_update = context.now.plus_seconds(i64::from(days) * DAY);
        let der = issue::crl(&ListProfile { number, next_update, revoked }, &authority.issuer(), &context)?;
        let count = Crl::parse(&der, &bounds)?.revoked();
        files::write_one(&file, pem::encode(pem::CRL, &der).as_bytes(), Access::Everyone, Existing::Replace)?;
        orders::write_index(&self.folder.join("revocation"))?;
        Ok(Listed { file, revoked: count, number, next_update })
    }

    fn open(&self, name: &'static str) -> Result<Authority, Denial> {
        let chain = Source::Path(self.certificate(name)).certificates("pki")?;
        let signer = keys::load(&self.key(name), self.passphrase.as_ref())?;
        Ok(Authority { name, chain, signer })
    }

    fn key_pem(&self, secret: &SecretKey) -> Result<String, Denial> {
        keys::to_pem(secret.secret_der(), self.passphrase.as_ref())
    }

    fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.pem"))
    }

    fn key(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.key"))
    }

    fn list(&self, name: &str) -> PathBuf {
        self.folder.join("revocation").join(format!("{name}.crl"))
    }
}

impl Authority {
    fn certificate(&self, bounds: &Bounds) -> Result<Certificate<'_>, Denial> {
        Certificate::parse(self.chain.first().map(Vec::as_slice).unwrap_or_default(), bounds)
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { chain: &self.chain, parents: &[], signer: &self.signer }
    }

    /// Whether it signed `certificate`.
    fn issued(&self, certificate: &Certificate<'_>, bounds: &Bounds) -> bool {
        let named = self.certificate(bounds).is_ok_and(|own| own.subject() == certificate.issuer());
        let (algorithm, signature) = (certificate.signature_algorithm(), certificate.signature());
        named && self.signer.public_key().verify_x509(algorithm, certificate.tbs(), signature).is_ok()
    }
}

/// A parent's path and its parents' paths.
struct ReadParent {
    chain: Vec<Vec<u8>>,
    parents: Vec<Vec<Vec<u8>>>,
}

impl ReadParent {
    fn read(parent: &ParentAgent) -> Result<Self, Denial> {
        let read = |path: &PathBuf, field| Source::Path(path.clone()).certificates(field);
        Ok(Self {
            chain: read(&parent.certificate, "parent")?,
            parents: parent.parents.iter().map(|path| read(path, "parents")).collect::<Result<_, _>>()?,
        })
    }

    fn not_after(&self, bounds: &Bounds) -> Option<UnixTime> {
        let leaf = self.chain.first()?;
        Certificate::parse(leaf, bounds).ok().map(|certificate| certificate.not_after())
    }
}

fn profile(new: &NewAgent, id: String, validity: Validity) -> AgentProfile {
    let mut profile = AgentProfile::new(id, new.scope.clone(), validity);
    profile.common_name = Some(new.name.clone());
    profile.cap = new.cap;
    profile.delegate = new.delegate;
    profile.model_hash = new.model_hash;
    profile
}

/// The scope that a certificate carries; one that allows nothing where it carries none.
fn scope_of(certificate: &Certificate<'_>, bounds: &Bounds) -> Result<Scope, Denial> {
    match certificate.scope() {
        Some(extension) => Scope::decode(extension.value, bounds),
        None => Scope::new(ScopeParts::default())
            .map_err(|fault| fault::misconfigured("scope", "scope", fault.detail, "a scope")),
    }
}

/// Seconds from now: as many days as said, or `default` seconds cut to what the certificates above allow.
fn lifetime(days: Option<u32>, default: i64, above: Option<UnixTime>, now: UnixTime) -> i64 {
    match days {
        Some(days) => i64::from(days) * DAY,
        None => {
            let left = above.map_or(i64::MAX, |above| above.seconds().saturating_sub(now.seconds()));
            default.min(left)
        }
    }
}

fn below(leaf: Vec<u8>, chain: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut path = vec![leaf];
    path.extend_from_slice(chain);
    path
}

fn path_pem(chain: &[Vec<u8>]) -> String {
    chain.iter().map(|der| pem::encode(pem::CERTIFICATE, der)).collect()
}

fn write(contents: &[(PathBuf, String, Access)], existing: Existing) -> Result<(), Denial> {
    let new: Vec<NewFile<'_>> = contents
        .iter()
        .map(|(path, text, access)| NewFile { path: path.clone(), content: text.as_bytes(), access: *access })
        .collect();
    files::write(&new, existing)
}

fn generate(kind: GenerateKind, random: &SystemRandom) -> Result<(SoftwareSigner, SecretKey), Denial> {
    SoftwareSigner::generate(kind, random).map_err(|error| error.denial())
}

fn next_number(crl: &Crl) -> Result<u64, Denial> {
    let number = crl
        .number_octets()
        .iter()
        .try_fold(0_u64, |number, octet| number.checked_mul(256).map(|number| number | u64::from(*octet)));
    number.and_then(|number| number.checked_add(1)).ok_or_else(|| {
        Denial::new(Code::ConfigurationInvalid, "crl-number").field("crl").expected("a number below 2^64")
    })
}

/// Names are names of files: nothing in them may lead elsewhere or hide.
fn check_name(name: &str) -> Result<(), Denial> {
    let fine = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !name.starts_with(['.', '-'])
        && !AUTHORITIES.contains(&name)
        && name != "halt";
    if fine {
        return Ok(());
    }
    let expected = "1 to 64 characters of `A-Z a-z 0-9 . _ -`, no dot or hyphen first, not `root`, `tenant` or `halt`";
    Err(fault::misconfigured("agent-name", "name", name.to_owned(), expected))
}
