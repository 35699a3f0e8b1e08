//! A second reader of our certificates: the `x509-cert` crate sees in them what we put there.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use der::{Decode, Encode};
use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::encoding::oid;
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_testkit::certificate::Template;
use kakunin_testkit::key::Key;
use x509_cert::Certificate as Peer;

fn scope() -> Vec<u8> {
    compile("[[grant]]\naction = \"charge\"\n", Format::Toml).unwrap().encode()
}

fn certificates() -> Vec<Vec<u8>> {
    let (root, tenant, agent) = (Key::ed25519("root"), Key::ed25519("tenant"), Key::ed25519("agent"));
    vec![
        Template::root("Root", &root).sign(&root),
        Template::tenant("Root", "Acme CA", &tenant, &["urn:acme:"]).issued_by(&root).sign(&root),
        Template::agent("Acme CA", "urn:acme:bot", &agent, scope()).issued_by(&tenant).sign(&tenant),
        Template::delegating_agent("Acme CA", "urn:acme:bot", &agent, scope(), 2).issued_by(&tenant).sign(&tenant),
    ]
}

#[test]
fn both_readers_see_the_same_fields() {
    for der in certificates() {
        let ours = Certificate::parse(&der, &Bounds::default()).unwrap();
        let peer = Peer::from_der(&der).unwrap();
        let tbs = peer.tbs_certificate();
        assert_eq!(tbs.serial_number().as_bytes(), ours.serial());
        assert_eq!(tbs.issuer().to_der().unwrap(), ours.issuer());
        assert_eq!(tbs.subject().to_der().unwrap(), ours.subject());
        let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap();
        assert_eq!(seconds(tbs.validity().not_before), ours.not_before().seconds());
        assert_eq!(seconds(tbs.validity().not_after), ours.not_after().seconds());
        assert_eq!(tbs.subject_public_key_info().to_der().unwrap(), ours.spki());
        assert_eq!(peer.signature().raw_bytes(), ours.signature());
    }
}

#[test]
fn the_scope_stands_in_the_extension_that_its_number_names() {
    let der = certificates().remove(2);
    let peer = Peer::from_der(&der).unwrap();
    let extensions = peer.tbs_certificate().extensions().unwrap();
    let ours = extensions.iter().find(|extension| extension.extn_id.to_string() == oid::dotted(oid::SCOPE)).unwrap();
    assert!(ours.critical);
    assert_eq!(ours.extn_value.as_bytes(), scope());
}
