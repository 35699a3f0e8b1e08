//! What each fuzz target does with its bytes: one call, or one round trip. None may panic, whatever the bytes are.

use kakunin_core::approval::{ApprovalRequest, SignedApproval};
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::certificate::Certificate;
use kakunin_core::encoding::der::Reader;
use kakunin_core::encoding::json::Json;
use kakunin_core::encoding::{jcs, pem};
use kakunin_core::intent::SignedIntent;
use kakunin_core::jws::CompactJws;
use kakunin_core::path::pkix::{Options, build};
use kakunin_core::path::{LinkKind, TrustAnchors, validate};
use kakunin_core::record::{Checkpoint, DecisionRecord, verify};
use kakunin_core::revocation::ocsp::{OcspRequest, OcspResponse};
use kakunin_core::revocation::order::{SignedHead, SignedOrder, SignedReceipt};
use kakunin_core::revocation::{Crl, RevocationView};
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{Format, compile, to_json, to_toml};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::seeds::log_key;

/// A target: its name, and what it does with its bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 16] = [
    ("approval", approval),
    ("certificate", certificate),
    ("checkpoint", checkpoint),
    ("crl", crl),
    ("intent", intent),
    ("json", json),
    ("jws", jws),
    ("log", log),
    ("ocsp", ocsp),
    ("order", order),
    ("path", path),
    ("pem", pem),
    ("record", record),
    ("scope_der", scope_der),
    ("scope_json", scope_json),
    ("scope_toml", scope_toml),
];

/// Defines `main`: libFuzzer's under `cargo fuzz`, elsewhere a replay of the files named on the command line.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                $crate::$name(&std::fs::read(path)?);
            }
            Ok(())
        }
    };
}

/// A certificate in DER: what reads can be asked for everything, each list has as many elements as were checked, and names
/// match themselves.
pub fn certificate(data: &[u8]) {
    let Ok(certificate) = Certificate::parse(data, &Bounds::default()) else { return };
    assert_eq!(certificate.der(), data);
    let (issuer, subject) = (certificate.issuer_name(), certificate.subject_name());
    assert!(issuer.matches(issuer) && subject.matches(subject));
    assert_eq!(issuer.matches(subject), subject.matches(issuer));
    assert!(!certificate.has_critical_alternative_names() || certificate.subject_alternative_names().count() > 0);
    if let Some(constraints) = certificate.name_constraints() {
        assert!(constraints.permitted().chain(constraints.excluded()).count() > 0);
    }
    assert!(certificate.certificate_policies().is_none_or(|policies| policies.count() > 0));
    assert!(certificate.policy_mappings().is_none_or(|pairs| pairs.count() > 0));
    let points = certificate.crl_distribution_points().is_some();
    assert_eq!(certificate.distribution_points().count() > 0, points);
    assert!(certificate.distribution_points().all(|point| {
        let named = [point.full_name, point.crl_issuer].into_iter().flatten().flatten().count();
        named > 0 || point.relative_name.is_some()
    }));
    assert!(certificate.names_status_source() || certificate.ocsp_responders().next().is_none());
    if let Some((issuer, _)) = certificate.authority_key_identifier().and_then(|identifier| identifier.certificate()) {
        assert!(issuer.count() > 0);
    }
    let _ = (certificate.public_key(), certificate.subject_common_name(), certificate.uri_names().count());
}

/// A scope in DER: what decodes is encoded to the same bytes, is written as text and compiles to the same scope, and contains
/// itself.
pub fn scope_der(data: &[u8]) {
    if let Ok(scope) = Scope::decode(data, &Bounds::default()) {
        assert_eq!(scope.encode(), data);
        round_trip(&scope);
        assert_eq!(scope.contains(&scope), Ok(()));
    }
}

/// A scope in TOML.
pub fn scope_toml(data: &[u8]) {
    scope_text(data, Format::Toml);
}

/// A scope in JSON.
pub fn scope_json(data: &[u8]) {
    scope_text(data, Format::Json);
}

/// What compiles is written back and compiles to the same, and its encoding decodes to the same.
fn scope_text(data: &[u8], format: Format) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(scope) = compile(text, format) else { return };
    round_trip(&scope);
    assert_eq!(Scope::decode(&scope.encode(), &Bounds::default()), Ok(scope));
}

fn round_trip(scope: &Scope) {
    for (text, format) in [(to_toml(scope), Format::Toml), (to_json(scope), Format::Json)] {
        assert_eq!(compile(&text, format).as_ref(), Ok(scope), "{text}");
    }
}

/// JSON: the canonical form of what parses parses to the same.
pub fn json(data: &[u8]) {
    if let Ok(value) = Json::parse(data, &JsonBounds::ARGUMENTS) {
        let text = jcs::to_string(&value);
        assert_eq!(Json::parse(text.as_bytes(), &JsonBounds::DOCUMENT), Ok(value), "{text}");
    }
}

/// A compact JWS.
pub fn jws(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = CompactJws::parse(text, Bounds::default().intent_bytes);
    }
}

/// A signed intent, up to its signature.
pub fn intent(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = SignedIntent::parse(text, &Bounds::default());
    }
}

/// A certificate revocation list in DER.
pub fn crl(data: &[u8]) {
    let _ = Crl::parse(data, &Bounds::default());
}

/// An OCSP response in DER, up to its signature, or a request: what a request says is written and read back as the same.
pub fn ocsp(data: &[u8]) {
    let bounds = Bounds::default();
    let _ = OcspResponse::parse(data, &bounds);
    if let Ok(request) = OcspRequest::parse(data, &bounds) {
        assert_eq!(OcspRequest::parse(&request.to_der(), &bounds).as_ref(), Ok(&request));
    }
}

/// An approval up to its signature, and a request for one: what is read of it says what it said.
pub fn approval(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let bounds = Bounds::default();
    let _ = SignedApproval::parse(text, &bounds);
    if let Ok(request) = ApprovalRequest::parse(data, &bounds) {
        let again = ApprovalRequest::parse(request.to_string().as_bytes(), &bounds);
        assert_eq!(again.ok(), Some(request), "a request reads back as itself");
    }
}

/// An order, a head or a receipt, up to its signature.
pub fn order(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let bounds = Bounds::default();
    let _ = SignedOrder::parse(text, &bounds);
    let _ = SignedHead::parse(text, &bounds);
    let _ = SignedReceipt::parse(text, &bounds);
}

/// Certificates one after the other, leaf first, judged by both profiles; the last of them is the anchor. What profile `agent`
/// accepts has a window and ends at that anchor.
pub fn path(data: &[u8]) {
    let bounds = Bounds::default();
    let mut reader = Reader::new(data);
    let mut chain: Vec<&[u8]> = Vec::new();
    while chain.len() < 12 && !reader.is_empty() {
        match reader.element() {
            Ok(element) => chain.push(element.raw),
            Err(_) => break,
        }
    }
    let (Some(leaf), Some(last)) = (chain.first(), chain.last()) else { return };
    let now = UnixTime::from_seconds(NOW);
    if let Ok(anchors) = TrustAnchors::new(vec![last.to_vec()], &bounds)
        && let Ok(agent) = validate(&chain, &[], &anchors, now, &bounds)
    {
        assert_eq!(agent.check_time(now), Ok(()));
        assert_eq!(agent.links().last().map(|link| link.kind()), Some(LinkKind::Anchor));
    }
    let pool = chain.get(1..).unwrap_or_default();
    let built = build(leaf, pool, &[last], &RevocationView::NotChecked, now, &Options::default(), &bounds);
    if let Ok(path) = built {
        assert_eq!(path.certificates().last().map(|certificate| certificate.der()), Some(*last));
    }
}

/// PEM: the blocks that are read are written and read as the same.
pub fn pem(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for block in pem::decode(text).unwrap_or_default() {
        let written = pem::encode(&block.label, &block.bytes);
        assert_eq!(pem::decode(&written), Ok(vec![block]));
    }
}

/// A record.
pub fn record(data: &[u8]) {
    let _ = DecisionRecord::parse(data);
}

/// A log, beneath an empty note.
pub fn log(data: &[u8]) {
    let _ = verify(data, "", &log_key());
}

/// A checkpoint as a signed note.
pub fn checkpoint(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Checkpoint::open(text, &log_key());
    }
}
