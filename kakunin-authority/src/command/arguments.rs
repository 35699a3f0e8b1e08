//! What the command line may say.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::orders::{Giving, Halt, Orders, Reinstate};

/// What agents may do, signed: certificates with a scope, signed intents, and a record of every decision.
#[derive(Debug, Parser)]
#[command(name = "kakunin", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Exit code: 0 allowed or done, 1 denied, 2 misuse.")]
pub(super) struct CommandLine {
    /// Answer in JSON, one object.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a CA for trying: root, tenant, an empty CRL of each, a halt authority.
    Init(Init),
    /// Issue the certificate and key of an agent, or of a person who may approve calls.
    Issue(Issue),
    /// Show the call that an agent asks to have approved, and sign that it may be made once.
    Approve(Approve),
    /// Show certificates, CRLs or an intent, for people.
    Inspect(Inspect),
    /// Compile, show and compare scopes.
    #[command(subcommand)]
    Scope(ScopeCommand),
    /// Sign an intent with an agent's key.
    Sign(Sign),
    /// Verify intents, as the service that receives them.
    Verify(Verify),
    /// Revoke certificates: add them to their CA's CRL, with a reason of RFC 5280, or by an order.
    Revoke(Revoke),
    /// Stop an agent, a session, a certificate or everything, now; wait until the guards know it.
    Halt(Halt),
    /// Lift halts.
    Reinstate(Reinstate),
    /// Keep the head of a log fresh; list and show orders.
    #[command(subcommand)]
    Orders(Orders),
    /// Sign the CRLs of the CAs afresh.
    Crl(Crl),
    /// Answer for a CA, and ask others, whether certificates are revoked.
    #[command(subcommand)]
    Ocsp(OcspCommand),
    /// Hash what an agent runs on.
    #[command(subcommand)]
    Model(ModelCommand),
    /// Validate certificates' paths.
    #[command(subcommand)]
    Path(PathCommand),
    /// Check the record of decisions.
    #[command(subcommand)]
    Record(RecordCommand),
    /// Tell why a call was denied.
    Explain(Explain),
    /// Try everything that a guard needs.
    Doctor(Doctor),
    /// Print completions for a shell.
    Completions(Completions),
}

/// The folder of the CA.
#[derive(Debug, Args)]
pub(super) struct Pki {
    /// The CA's folder.
    #[arg(long, value_name = "FOLDER", default_value = "pki", value_hint = ValueHint::DirPath)]
    pub(super) pki: PathBuf,
    #[command(flatten)]
    pub(super) passphrase: PassphraseSource,
}

/// Where the passphrase of keys comes from.
#[derive(Debug, Args)]
pub(super) struct PassphraseSource {
    /// Keys are encrypted under the first line of this file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "passphrase")]
    pub(super) passphrase_file: Option<PathBuf>,
    /// Keys are encrypted; ask for the passphrase at the terminal.
    #[arg(long)]
    pub(super) passphrase: bool,
}

/// Kinds of keys that are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Algorithm {
    #[default]
    Ed25519,
    P256,
    P384,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    #[command(flatten)]
    pub(super) pki: Pki,
    /// How long the CAs are valid.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(super) days: u32,
    /// Ids that the tenant may certify begin with this.
    #[arg(long, value_name = "PREFIX", default_value = "urn:kakunin:dev:")]
    pub(super) namespace: String,
    /// The kind of the CAs' keys.
    #[arg(long, value_enum, default_value_t)]
    pub(super) algorithm: Algorithm,
    /// Replace files that are there.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// The agent's name: of its files, and the end of its id.
    #[arg(required_unless_present = "approver")]
    pub(super) name: Option<String>,
    /// What it may do, as TOML or JSON.
    #[arg(long, value_name = "FILE", required_unless_present = "approver", value_hint = ValueHint::FilePath)]
    pub(super) scope: Option<PathBuf>,
    /// Not an agent but a person who approves calls in a role; the files have the person's name.
    #[arg(
        long,
        value_name = "ROLE:PERSON",
        conflicts_with_all = ["scope", "id", "delegate", "parent", "parents", "model_hash", "model"]
    )]
    pub(super) approver: Option<String>,
    #[command(flatten)]
    pub(super) pki: Pki,
    /// Its id; by default the tenant's namespace (or the parent's id and `:-:`) and the name.
    #[arg(long, value_name = "URI")]
    pub(super) id: Option<String>,
    /// How long it is valid. By default 30, under a certificate of its parent's 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub(super) days: Option<u32>,
    /// It may certify sub-agents itself, this many levels deep.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub(super) delegate: Option<u8>,
    /// The agent that it works for: its certificate's file.
    #[arg(long, value_name = "FILE", requires = "by", value_hint = ValueHint::FilePath)]
    pub(super) parent: Option<PathBuf>,
    /// Who signs a sub-agent's certificate.
    #[arg(long, value_enum, requires = "parent")]
    pub(super) by: Option<By>,
    /// The parent's key, where the parent signs; by default beside its certificate.
    #[arg(long, value_name = "FILE", requires = "parent", value_hint = ValueHint::FilePath)]
    pub(super) parent_key: Option<PathBuf>,
    /// The paths of the parent's own parents, nearest first, where a CA certified it below another agent.
    #[arg(long, value_name = "FILE", requires = "parent", value_hint = ValueHint::FilePath)]
    pub(super) parents: Vec<PathBuf>,
    /// Cut the scope to what the scopes above allow, instead of refusing one that is wider. For a CA that signs.
    #[arg(long)]
    pub(super) cap: bool,
    #[command(flatten)]
    pub(super) model: ModelOption,
    /// The kind of the agent's key.
    #[arg(long, value_enum, default_value_t)]
    pub(super) algorithm: Algorithm,
    /// Replace files that are there.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    /// The request, JSON: a file, or `-` for standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) request: PathBuf,
    /// Your key; with a certificate by default beside it.
    #[arg(long, value_name = "FILE", required_unless_present = "certificate", value_hint = ValueHint::FilePath)]
    pub(super) key: Option<PathBuf>,
    /// Your certificate, where the scope asks for a role and not for the key.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) certificate: Option<PathBuf>,
    /// Approve without asking: what is shown was read elsewhere.
    #[arg(long)]
    pub(super) yes: bool,
    /// For how long the approval may be used: an integer and s, m or h, at most 24h.
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    pub(super) ttl: String,
    /// Your name, for people; a certificate has its own.
    #[arg(long, value_name = "NAME", default_value = "approver", conflicts_with = "certificate")]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) passphrase: PassphraseSource,
}

/// What the agent will run on.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct ModelOption {
    /// It runs on the model with this hash, `sha256:` and hex digits, and on no other.
    #[arg(long, value_name = "HASH")]
    pub(super) model_hash: Option<String>,
    /// It runs on the model with this configuration, one JSON object, and on no other.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) model: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelCommand {
    /// The hash of a configuration or of weights, as `issue --model-hash` and guards take it.
    Hash {
        /// The configuration: one JSON object (provider, model, version, system prompt, tools). `-` reads standard input.
        #[arg(required_unless_present = "file", value_hint = ValueHint::FilePath)]
        configuration: Option<PathBuf>,
        /// A file of weights, of any size.
        #[arg(long, value_name = "WEIGHTS", conflicts_with = "configuration", value_hint = ValueHint::FilePath)]
        file: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// The CA, which caps the scope.
    Ca,
    /// The parent, offline, for at most a day.
    Parent,
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// A file of certificates or a CRL (PEM or DER), or of an intent. `-` reads standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum ScopeCommand {
    /// Turn TOML or JSON into the DER that certificates carry.
    Compile {
        /// The scope, TOML or JSON.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Where the DER goes; without it, base64 is printed.
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Show a scope as TOML (with --json as JSON).
    Show {
        /// A certificate, compiled DER, TOML or JSON.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Tell whether a scope is contained in another, and else what is wider, with a call that shows it.
    #[command(after_help = "Exit code: 0 contained, 1 not contained or in doubt, 2 misuse.")]
    Contains {
        /// The scope below: a certificate, compiled DER, TOML or JSON.
        #[arg(value_hint = ValueHint::FilePath)]
        child: PathBuf,
        /// The scope above.
        #[arg(value_hint = ValueHint::FilePath)]
        parent: PathBuf,
    },
    /// Tell what became wider and what narrower from one scope to another.
    #[command(after_help = "Exit code: 0 the same or narrower, 1 wider somewhere, 2 misuse.")]
    Diff {
        /// The scope before: a certificate, compiled DER, TOML or JSON.
        #[arg(value_hint = ValueHint::FilePath)]
        old: PathBuf,
        /// The scope now.
        #[arg(value_hint = ValueHint::FilePath)]
        new: PathBuf,
    },
    /// Write the scope that accepts what two scopes both accept, as TOML.
    #[command(after_help = "Exit code: 0 done, 1 no scope can say it, 2 misuse.")]
    Intersect {
        /// A certificate, compiled DER, TOML or JSON.
        #[arg(value_hint = ValueHint::FilePath)]
        one: PathBuf,
        /// The other.
        #[arg(value_hint = ValueHint::FilePath)]
        other: PathBuf,
        /// Where the TOML goes; without it, it is printed.
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Write the tightest scope that allows the calls in a record.
    Suggest(Suggest),
    /// Run tables of calls against scopes: what a team expects to be allowed and refused.
    Test {
        /// Tables, TOML or JSON: `scope` or `scopes`, and a `[[call]]` for each call with what to `expect`.
        #[arg(required = true, value_hint = ValueHint::FilePath)]
        tables: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Suggest {
    /// Folders of records that hold the parameters' values.
    #[arg(required = true, value_name = "RECORD", value_hint = ValueHint::DirPath)]
    pub(super) records: Vec<PathBuf>,
    /// Learn from the calls of this agent only, by its id.
    #[arg(long, value_name = "URI")]
    pub(super) agent: Option<String>,
    /// Learn from calls too that were denied by this code.
    #[arg(long, value_name = "CODE")]
    pub(super) include_denied: Vec<String>,
    /// The key that must have signed the checkpoints, as a `log.pub` held it when it was made.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The action.
    pub(super) action: String,
    /// The parameters: a JSON object, `@FILE`, or `-` for standard input.
    #[arg(default_value = "{}")]
    pub(super) params: String,
    /// The agent's certificate.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) certificate: PathBuf,
    /// The agent's key; by default beside the certificate.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) key: Option<PathBuf>,
    /// Who is to act on it.
    #[arg(long)]
    pub(super) audience: String,
    /// For how many seconds it holds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=300))]
    pub(super) lifetime: u16,
    /// The session.
    #[arg(long)]
    pub(super) session: Option<String>,
    /// The chain of decisions.
    #[arg(long)]
    pub(super) chain: Option<String>,
    /// Approvals of the call: each a token, or `@FILE`, a token a line.
    #[arg(long = "approval", value_name = "TOKEN")]
    pub(super) approvals: Vec<String>,
    /// The paths of the agent's parents, nearest first.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) parents: Vec<PathBuf>,
    /// Leave the certificates out: the verifier knows them.
    #[arg(long)]
    pub(super) no_certificates: bool,
    #[command(flatten)]
    pub(super) passphrase: PassphraseSource,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Intents: each a token, `@FILE`, or `-` for standard input, a token a line.
    #[arg(required = true)]
    pub(super) tokens: Vec<String>,
    /// The trust anchors.
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(super) trust: Vec<PathBuf>,
    /// Who verifies.
    #[arg(long)]
    pub(super) audience: String,
    /// The action that must have been signed.
    #[arg(long)]
    pub(super) action: Option<String>,
    /// The parameters that must have been signed: a JSON object or `@FILE`.
    #[arg(long, value_name = "JSON")]
    pub(super) params: Option<String>,
    /// Paths of agents that leave them out.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) stores: StoreOptions,
}

/// Where a guard's or a verifier's stores are.
#[derive(Debug, Args)]
pub(super) struct StoreOptions {
    /// `memory:`.
    #[arg(long)]
    pub(super) state: Option<String>,
    /// A folder of CRLs, or `none`.
    #[arg(long)]
    pub(super) revocation: Option<String>,
    /// `file:PATH`, `stderr:` or `none`.
    #[arg(long)]
    pub(super) record: Option<String>,
    /// Which parameters' values a record may hold: `all`, `none`, or paths separated by commas.
    #[arg(long)]
    pub(super) record_values: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// Certificates' files; the first certificate of each is revoked.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub(super) certificates: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) giving: Giving,
    /// By an order, which reaches guards at their next look and needs no CA key; each file holds a path.
    #[arg(long)]
    pub(super) order: bool,
    /// How long the new CRL holds.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(super) days: u32,
}

#[derive(Debug, Args)]
pub(super) struct Crl {
    #[command(flatten)]
    pub(super) pki: Pki,
    /// How long the new CRLs hold.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(super) days: u32,
}

#[derive(Debug, Subcommand)]
pub(super) enum OcspCommand {
    /// Ask whether a certificate is revoked.
    Query(OcspQuery),
    /// Issue the certificate of a responder that answers for the CA without the CA's key.
    Responder(OcspResponder),
    /// Answer a request, write responses for guards to read, or serve requests on this host.
    Respond(OcspRespond),
}

#[derive(Debug, Args)]
pub(super) struct OcspQuery {
    /// The certificate of the CA that issued it. It is believed as it is given.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) issuer: PathBuf,
    /// The certificate asked for.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) certificate: PathBuf,
    /// Where a responder is.
    #[arg(long, required_unless_present_any = ["response", "request"])]
    pub(super) url: Option<String>,
    /// A response that was fetched otherwise, DER.
    #[arg(long, value_name = "FILE", conflicts_with = "url", value_hint = ValueHint::FilePath)]
    pub(super) response: Option<PathBuf>,
    /// Write the request here, DER, and ask nobody.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "response"], value_hint = ValueHint::FilePath)]
    pub(super) request: Option<PathBuf>,
    /// Send 32 random octets, which the response must repeat.
    #[arg(long, conflicts_with = "response")]
    pub(super) nonce: bool,
    /// Name the CA by SHA-256 instead of SHA-1, which every responder knows.
    #[arg(long)]
    pub(super) sha256: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Ca {
    /// The root.
    Root,
    /// The tenant.
    #[default]
    Tenant,
}

#[derive(Debug, Args)]
pub(super) struct OcspResponder {
    #[command(flatten)]
    pub(super) pki: Pki,
    /// The CA that it answers for.
    #[arg(long, value_enum, default_value_t)]
    pub(super) ca: Ca,
    /// How long it is valid. Nobody asks for its own status, so it is short.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub(super) days: u32,
    /// The kind of its key.
    #[arg(long, value_enum, default_value_t)]
    pub(super) algorithm: Algorithm,
    /// Replace files that are there.
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct OcspRespond {
    #[command(flatten)]
    pub(super) pki: Pki,
    /// The CA to answer for.
    #[arg(long, value_enum, default_value_t)]
    pub(super) ca: Ca,
    /// A responder's certificate, whose key beside it signs; by default the CA's own key does.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) responder: Option<PathBuf>,
    /// How long an answer holds; never longer than the CA's CRL.
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=744))]
    pub(super) hours: u32,
    /// A request, DER; `-` for standard input.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) request: Option<PathBuf>,
    /// Where the response to a request is written, DER.
    #[arg(long, value_name = "FILE", requires = "request", value_hint = ValueHint::FilePath)]
    pub(super) out: Option<PathBuf>,
    /// Certificates to write a response each for, into the CA's revocation folder.
    #[arg(long, value_name = "FILE", conflicts_with = "request", value_hint = ValueHint::FilePath)]
    pub(super) certificate: Vec<PathBuf>,
    /// Serial numbers to do the same for, in hex.
    #[arg(long, value_name = "HEX", conflicts_with = "request")]
    pub(super) serial: Vec<String>,
    /// Serve HTTP here, an address of this host: `127.0.0.1:8080`.
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["request", "certificate", "serial"])]
    pub(super) listen: Option<std::net::SocketAddr>,
    /// End after so many connections.
    #[arg(long, value_name = "N", requires = "listen")]
    pub(super) connections: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(super) enum PathCommand {
    /// Tell whether a certificate has a valid path to an anchor.
    Verify(PathVerify),
}

/// Sets of rules for paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Profile {
    /// Ours: an agent's path, in order.
    #[default]
    Agent,
    /// RFC 5280: any certificate, through a pool in any order.
    Pkix,
}

/// What an anchor is taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum AnchorUse {
    /// Its validity and constraints count.
    #[default]
    Certificate,
    /// Nothing else counts.
    NameAndKey,
}

/// What is asked of CAs beyond what makes a path valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Conformance {
    /// Key identifiers and criticality as RFC 5280 demands.
    #[default]
    Require,
    /// Key identifiers are hints.
    Tolerate,
}

/// Files are PEM or DER, of one certificate or several.
#[derive(Debug, Args)]
pub(super) struct PathVerify {
    /// The certificate; what follows it in its file counts as intermediates.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(super) leaf: PathBuf,
    /// The rules.
    #[arg(long, value_enum, default_value_t)]
    pub(super) profile: Profile,
    /// Trust anchors.
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(super) anchor: Vec<PathBuf>,
    /// Certificates between: for profile agent in the path's order, for profile pkix in any.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) intermediate: Vec<PathBuf>,
    /// Revocation lists. With any list or response, what they say nothing of is refused.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) crl: Vec<PathBuf>,
    /// OCSP responses.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) ocsp: Vec<PathBuf>,
    /// When: RFC 3339 or seconds since 1970. Now, if not given.
    #[arg(long, allow_hyphen_values = true)]
    pub(super) time: Option<String>,
    /// Paths of the agent's parents, nearest first (profile agent).
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) parents: Vec<PathBuf>,
    /// What the certificate must be fit for: serverAuth, clientAuth, … or an object identifier (profile pkix).
    #[arg(long)]
    pub(super) purpose: Option<String>,
    /// Policies of which one must hold; any, if not given (profile pkix).
    #[arg(long, value_name = "OID")]
    pub(super) policy: Vec<String>,
    /// Refuse a path that is valid under no policy (profile pkix).
    #[arg(long)]
    pub(super) explicit_policy: bool,
    /// Map no policy to another (profile pkix).
    #[arg(long)]
    pub(super) inhibit_policy_mapping: bool,
    /// Take anyPolicy for no policy (profile pkix).
    #[arg(long)]
    pub(super) inhibit_any_policy: bool,
    /// Most CA certificates between leaf and anchor, self-issued ones not counted (profile pkix).
    #[arg(long, value_name = "N")]
    pub(super) max_depth: Option<u8>,
    /// What an anchor is taken for (profile pkix).
    #[arg(long, value_enum, default_value_t)]
    pub(super) anchor_use: AnchorUse,
    /// What is asked of CAs (profile pkix).
    #[arg(long, value_enum, default_value_t)]
    pub(super) conformance: Conformance,
}

#[derive(Debug, Subcommand)]
pub(super) enum RecordCommand {
    /// Check that no record was altered or removed.
    Verify {
        /// The record's folder.
        #[arg(default_value = ".kakunin/record", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// The key that must have signed the checkpoint, as its `log.pub` held it when it was made.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The reference that the denial showed.
    pub(super) reference: String,
    /// The record's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".kakunin/record", value_hint = ValueHint::DirPath)]
    pub(super) record: PathBuf,
    /// Where the agent's certificate may be, for the nearest grant.
    #[arg(long, value_name = "FOLDER", default_value = "pki", value_hint = ValueHint::DirPath)]
    pub(super) pki: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The agent's certificate.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) certificate: PathBuf,
    /// The trust anchors.
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(super) trust: Vec<PathBuf>,
    /// The paths of the agent's parents, nearest first.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) parents: Vec<PathBuf>,
    /// The agent's key: `file:PATH`. By default the file beside the certificate, if there is one.
    #[arg(long)]
    pub(super) signer: Option<String>,
    #[command(flatten)]
    pub(super) stores: StoreOptions,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}
