//! Paths below CAs that constrain names.

use kakunin_core::encoding::oid;

use super::certificate::scope;
use super::path::World;
use super::{Case, case};
use crate::NOW;
use crate::certificate::GeneralName::{self, Directory, Dns, Email, Ip, Other, Uri};
use crate::certificate::{Extension, Template, name};

const ID: &str = "spiffe://acme.example/bot";
const TEN: &[u8] = &[10, 0, 0, 0, 255, 0, 0, 0];

/// What a CA above the agent constrains.
#[derive(Clone, Copy)]
enum Constrained<'a> {
    Permitted(GeneralName<'a>),
    Excluded(GeneralName<'a>),
}
use Constrained::{Excluded, Permitted};

impl Constrained<'_> {
    fn extension(self) -> Extension {
        match self {
            Permitted(base) => Extension::name_constraints(&[base], &[]),
            Excluded(base) => Extension::name_constraints(&[], &[base]),
        }
    }
}

fn tenant(world: &World) -> Template {
    Template::tenant("Root", "Acme CA", &world.tenant_key, &["spiffe://acme.example/", "urn:acme:"])
        .issued_by(&world.root_key)
}

fn agent(world: &World, names: &[GeneralName<'_>]) -> Template {
    Template::agent("Acme CA", ID, &world.agent_key, scope())
        .with(Extension::alternative_names(names))
        .issued_by(&world.tenant_key)
}

/// A path with these templates, the root's its anchor too.
fn path(id: &str, world: &World, root: &Template, tenant: &Template, agent: &Template) -> super::Build {
    let root = root.sign(&world.root_key);
    let chain = [agent.sign(&world.tenant_key), tenant.sign(&world.root_key), root.clone()];
    case(id).list("chain", &chain).list("trust", &[root]).number("now", NOW * 1_000)
}

pub(crate) fn cases(world: &World) -> Vec<Case> {
    let below = |id: &str, constrained: Constrained<'_>, names: &[GeneralName<'_>], code: Option<&'static str>| {
        let root = world.root().with(constrained.extension());
        let names = [&[Uri(ID)], names].concat();
        path(id, world, &root, &tenant(world), &agent(world, &names)).ends(code)
    };
    let refused = Some("KKN-E102");
    let (root_name, acme, other) = (name("Root"), name("Acme CA"), name("Other"));
    let mapped: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1];
    let mut cases = vec![
        below("an id at a permitted host", Permitted(Uri("acme.example")), &[], None),
        below("an id at a permitted host in capitals", Permitted(Uri("ACME.Example")), &[], None),
        below("an id at a host that is not permitted", Permitted(Uri("other.example")), &[], refused),
        below("an id at the host of a permitted domain", Permitted(Uri(".acme.example")), &[], refused),
        below("an id at an excluded host", Excluded(Uri("acme.example")), &[], refused),
        below("an id where another host is excluded", Excluded(Uri("other.example")), &[], None),
        below("a DNS name below a permitted one", Permitted(Dns("acme.example")), &[Dns("a.Acme.example")], None),
        below("a DNS name that only ends like one", Permitted(Dns("acme.example")), &[Dns("notacme.example")], refused),
        below("a wildcard below a permitted name", Permitted(Dns("acme.example")), &[Dns("*.acme.example")], None),
        below("a wildcard that reaches a name", Permitted(Dns("a.acme.example")), &[Dns("*.acme.example")], refused),
        below("a wildcard onto an excluded name", Excluded(Dns("a.acme.example")), &[Dns("*.acme.example")], refused),
        below("a DNS name with a dot behind it", Excluded(Dns("other.example")), &[Dns("acme.example.")], refused),
        below("the second of two DNS names", Permitted(Dns("acme.example")), &[Dns("acme.example"), Dns("b")], refused),
        below("a mailbox at a permitted host", Permitted(Email("acme.example")), &[Email("a@acme.example")], None),
        below(
            "a mailbox below a permitted host",
            Permitted(Email("acme.example")),
            &[Email("a@b.acme.example")],
            refused,
        ),
        below("a mailbox with two @", Permitted(Email("acme.example")), &[Email("a@b@acme.example")], refused),
        below("an address in an excluded range", Excluded(Ip(TEN)), &[Ip(&[10, 1, 2, 3])], refused),
        below("an address outside an excluded range", Excluded(Ip(TEN)), &[Ip(&[11, 1, 2, 3])], None),
        below("an excluded address in IPv6 clothes", Excluded(Ip(TEN)), &[Ip(mapped)], refused),
        below(
            "a name of another form than the constraint",
            Permitted(Dns("acme.example")),
            &[Email("a@b.example")],
            None,
        ),
        below("another name where such are constrained", Excluded(Other(&[0x2a, 3])), &[Other(&[0x2a, 4])], refused),
        below("no other name where such are constrained", Excluded(Other(&[0x2a, 3])), &[], None),
        below(
            "an internationalised mailbox where mailboxes are constrained",
            Permitted(Email("acme.example")),
            &[Other(oid::SMTP_UTF8_MAILBOX)],
            refused,
        ),
        below("a subject that is not permitted", Permitted(Directory(&other)), &[], refused),
        below("a subject that is excluded", Excluded(Directory(&acme)), &[], refused),
        below("a subject where another is excluded", Excluded(Directory(&other)), &[], None),
        below("an anchor with a subtree that is not of its form", Excluded(Dns("Acme CA")), &[], Some("KKN-E504")),
    ];
    let urn = agent(world, &[Uri("urn:acme:agent:bot")]);
    let constrained = world.root().with(Permitted(Uri("acme.example")).extension());
    cases.push(
        path("an id without a host where hosts are constrained", world, &constrained, &tenant(world), &urn)
            .ends(refused),
    );

    let bot = || agent(world, &[Uri(ID), Dns("a.acme.example")]);
    let root = |constrained: Constrained<'_>| world.root().with(constrained.extension());
    let ca = |constrained: Constrained<'_>| tenant(world).with(constrained.extension());
    let (wide, narrow) = (Permitted(Dns("example")), Permitted(Dns("b.acme.example")));
    cases.extend([
        path("a tenant that permits less", world, &root(wide), &ca(narrow), &bot()).ends(refused),
        path("a tenant that permits more", world, &root(narrow), &ca(wide), &bot()).ends(refused),
        path("a tenant that permits the agent", world, &root(wide), &ca(Permitted(Dns("acme.example"))), &bot())
            .ends(None),
        path("a tenant's own names", world, &world.root(), &ca(Excluded(Directory(&acme))), &bot()).ends(None),
    ]);
    // A tenant whose key was rolled over under the root's own name is exempt (RFC 5280 §6.1.3(b)); an agent never is.
    let rolled = |names: &[GeneralName<'_>]| {
        let rolled = Template::tenant("Root", "Root", &world.tenant_key, &["spiffe://acme.example/"]);
        let agent = agent(world, names).change(|agent| agent.issuer.clone_from(&root_name));
        (rolled.with(Extension::alternative_names(&[Dns("evil.example")])).issued_by(&world.root_key), agent)
    };
    let constrained = root(Permitted(Dns("acme.example")));
    let (own, good) = rolled(&[Uri(ID), Dns("acme.example")]);
    cases.push(
        path("a self-issued tenant with a name that is not permitted", world, &constrained, &own, &good).ends(None),
    );
    let (own, mut bad) = rolled(&[Uri(ID), Dns("evil.example")]);
    cases.push(path("the same name on the agent below it", world, &constrained, &own, &bad).ends(refused));
    bad.subject.clone_from(&root_name);
    cases.push(path("the same name on an agent that is self-issued", world, &constrained, &own, &bad).ends(refused));

    // More than 250,000 comparisons: 1,024 subtrees and 300 names.
    let labels: Vec<String> = (0..1_023).map(|n| format!("s{n}")).chain(["example".to_owned()]).collect();
    let bases: Vec<_> = labels.iter().map(|label| Dns(label)).collect();
    let many = world.root().with(Extension::name_constraints(&bases, &[]));
    for (id, count, code) in
        [("200 names below 1,024 subtrees", 200, None), ("300 names below 1,024 subtrees", 300, refused)]
    {
        let names = [&[Uri(ID)], &[Dns("a.example")].repeat(count)[..]].concat();
        cases.push(path(id, world, &many, &tenant(world), &agent(world, &names)).ends(code));
    }

    let malformed = |id: &str, value: &[u8]| {
        let tenant = tenant(world).with(Extension::new(oid::NAME_CONSTRAINTS, true, value.to_vec()));
        path(id, world, &world.root(), &tenant, &bot()).refused("KKN-E101")
    };
    let uncritical = Extension { critical: None, ..Permitted(Dns("acme.example")).extension() };
    cases.extend([
        malformed("name constraints of nothing", &[0x30, 0]),
        malformed("an empty list of subtrees", &[0x30, 2, 0xa0, 0]),
        malformed("a subtree with a minimum", &[0x30, 10, 0xa0, 8, 0x30, 6, 0x82, 1, b'a', 0x80, 1, 1]),
        malformed("a subtree with a maximum", &[0x30, 10, 0xa0, 8, 0x30, 6, 0x82, 1, b'a', 0x81, 1, 1]),
        path("name constraints that are not critical", world, &world.root(), &tenant(world).with(uncritical), &bot())
            .refused("KKN-E101"),
    ]);
    for (id, base) in [
        ("a subtree of a wildcard", Dns("*.acme.example")),
        ("a subtree of a name with a dot before it", Dns(".acme.example")),
        ("a subtree of a mailbox with two @", Email("a@b@acme.example")),
        ("a subtree of a whole URI", Uri("https://acme.example/")),
        ("a subtree of an address without a mask", Ip(&[10, 0, 0, 0])),
        ("a subtree of an address with a mask of holes", Ip(&[10, 0, 0, 0, 255, 0, 255, 0])),
    ] {
        cases.push(path(id, world, &world.root(), &ca(Permitted(base)), &bot()).refused("KKN-E101"));
    }
    cases
}
