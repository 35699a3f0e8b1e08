//! A second reader of our certificates: the `x509-cert` crate sees in them what we put there.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use der::{Decode, Encode};
use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::{self, Certificate};
use kakunin_core::encoding::oid;
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_testkit::certificate::{Extension, GeneralName, Template, name};
use kakunin_testkit::key::Key;
use x509_cert::Certificate as Peer;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::DistributionPointName;
use x509_cert::ext::pkix::{
    CertificatePolicies, CrlDistributionPoints, InhibitAnyPolicy, NameConstraints, PolicyConstraints, SubjectAltName,
};

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

/// Names of every form, constraints, policies, points and access, as `x509-cert` decodes them.
#[test]
fn both_readers_see_the_same_extensions() {
    let key = Key::ed25519("root");
    let directory = name("Acme");
    let names = [
        GeneralName::Directory(&directory),
        GeneralName::Dns("*.acme.example"),
        GeneralName::Email("ann@acme.example"),
        GeneralName::Ip(&[192, 0, 2, 1]),
        GeneralName::Other(&[0x2a, 3, 4]),
        GeneralName::Uri("https://acme.example/"),
    ];
    let bases = [GeneralName::Dns("acme.example"), GeneralName::Ip(&[10, 0, 0, 0, 255, 0, 0, 0])];
    let excluded = [GeneralName::Email(".evil.example"), GeneralName::Directory(&directory)];
    let policies = [0x30, 12, 0x30, 3, 6, 1, 0x2a, 0x30, 5, 6, 3, 0x2a, 3, 4];
    let points = [0x30, 13, 0x30, 11, 0xa0, 5, 0xa0, 3, 0x86, 1, b'u', 0x81, 2, 1, 6];
    let der = Template::root("Root", &key)
        .with(Extension::alternative_names(&names))
        .with(Extension::name_constraints(&bases, &excluded))
        .with(Extension::new(oid::CERTIFICATE_POLICIES, true, policies.to_vec()))
        .with(Extension::new(oid::POLICY_CONSTRAINTS, true, vec![0x30, 6, 0x80, 1, 2, 0x81, 1, 3]))
        .with(Extension::new(oid::INHIBIT_ANY_POLICY, true, vec![2, 1, 4]))
        .with(Extension::new(oid::CRL_DISTRIBUTION_POINTS, false, points.to_vec()))
        .sign(&key);
    let ours = Certificate::parse(&der, &Bounds::default()).unwrap();
    let peer = Peer::from_der(&der).unwrap();
    let tbs = peer.tbs_certificate();

    let SubjectAltName(theirs) = tbs.get_extension().unwrap().unwrap().1;
    assert_eq!(
        theirs.iter().map(of_peer).collect::<Vec<_>>(),
        ours.subject_alternative_names().map(of_ours).collect::<Vec<_>>()
    );
    let theirs: NameConstraints = tbs.get_extension().unwrap().unwrap().1;
    let constraints = ours.name_constraints().unwrap();
    let bases =
        |trees: Option<Vec<GeneralSubtree>>| trees.unwrap().iter().map(|tree| of_peer(&tree.base)).collect::<Vec<_>>();
    assert_eq!(bases(theirs.permitted_subtrees), constraints.permitted().map(of_ours).collect::<Vec<_>>());
    assert_eq!(bases(theirs.excluded_subtrees), constraints.excluded().map(of_ours).collect::<Vec<_>>());
    let CertificatePolicies(theirs) = tbs.get_extension().unwrap().unwrap().1;
    let ids: Vec<_> = ours.certificate_policies().unwrap().map(|policy| oid::dotted(policy.id)).collect();
    assert_eq!(theirs.iter().map(|policy| policy.policy_identifier.to_string()).collect::<Vec<_>>(), ids);
    let theirs: PolicyConstraints = tbs.get_extension().unwrap().unwrap().1;
    let own = ours.policy_constraints().unwrap();
    assert_eq!(
        (theirs.require_explicit_policy, theirs.inhibit_policy_mapping),
        (own.require_explicit_policy, own.inhibit_policy_mapping)
    );
    let InhibitAnyPolicy(theirs) = tbs.get_extension().unwrap().unwrap().1;
    assert_eq!(Some(theirs), ours.inhibit_any_policy());
    let CrlDistributionPoints(theirs) = tbs.get_extension().unwrap().unwrap().1;
    let (theirs, own) = (theirs.first().unwrap(), ours.distribution_points().next().unwrap());
    let Some(DistributionPointName::FullName(full)) = &theirs.distribution_point else { panic!("a full name") };
    assert_eq!(full.iter().map(of_peer).collect::<Vec<_>>(), own.full_name.unwrap().map(of_ours).collect::<Vec<_>>());
    let flags = theirs.reasons.unwrap();
    assert_eq!((own.reasons.unwrap().bits, flags.bits().count_ones()), (0x0600, 2));
}

fn of_ours(name: certificate::GeneralName<'_>) -> String {
    use certificate::GeneralName::{Directory, Dns, Email, Ip, Other, RegisteredId, Uri};
    match name {
        Directory(name) => format!("directory {:02x?}", name.der()),
        Dns(text) => format!("dns {text}"),
        Email(text) => format!("email {text}"),
        Ip(octets) => format!("ip {octets:?}"),
        Other { id, value } => format!("other {} {value:?}", oid::dotted(id)),
        RegisteredId(id) => format!("id {}", oid::dotted(id)),
        Uri(text) => format!("uri {text}"),
    }
}

fn of_peer(name: &x509_cert::ext::pkix::name::GeneralName) -> String {
    use x509_cert::ext::pkix::name::GeneralName::{
        DirectoryName, DnsName, EdiPartyName, IpAddress, OtherName, RegisteredId, Rfc822Name, UniformResourceIdentifier,
    };
    match name {
        DirectoryName(name) => format!("directory {:02x?}", name.to_der().unwrap()),
        DnsName(text) => format!("dns {}", text.as_str()),
        EdiPartyName(_) => "edi".to_owned(),
        IpAddress(octets) => format!("ip {:?}", octets.as_bytes()),
        OtherName(other) => format!("other {} {:?}", other.type_id, other.value.to_der().unwrap()),
        RegisteredId(id) => format!("id {id}"),
        Rfc822Name(text) => format!("email {}", text.as_str()),
        UniformResourceIdentifier(text) => format!("uri {}", text.as_str()),
    }
}
