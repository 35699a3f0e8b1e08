//! Decisions step by step against one store, with the bytes of their records.

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::revocation::order::Target;

use super::certificate::{CHARGE, compiled};
use super::path::World;
use super::{Build, Case, case, object};
use crate::NOW;
use crate::certificate::{Extension, Template};
use crate::order::Log;
use crate::token::integer;

/// One call: seconds after the first, action, arguments as JSON text, and the code it ends in.
type Step<'a> = (i64, &'a str, &'a str, Option<&'static str>);

fn world_case(name: &str, world: &World, chain: &[Vec<u8>]) -> Build {
    case(name)
        .list("chain", chain)
        .list("trust", &world.trust())
        .bytes("digestKey", &[7; 32])
        .with("recordValues", "none")
}

/// A case of several steps; `code` is that of the last one.
fn steps(build: Build, steps: &[Step<'_>]) -> Case {
    let list = steps.iter().map(|(after, action, arguments, code)| {
        let mut step = object([
            ("now", integer((NOW + after) * 1_000)),
            ("action", Json::from(*action)),
            ("arguments", Json::from(*arguments)),
        ]);
        if let Some(code) = code {
            step.insert("code", *code);
        }
        Json::Object(step)
    });
    let last = steps.last().and_then(|step| step.3);
    build.with("steps", Json::Array(list.collect())).ends(last)
}

fn scoped(world: &World, toml: &str) -> Vec<Vec<u8>> {
    world.chain(&world.agent().with(Extension::scope(compiled(toml))))
}

const LIMITED: &str = "[[grant]]\naction = \"charge\"\nlimits = [{ rate = 3, per = \"1h\" }, { budget = \"amount\", max = 1000, per = \"1d\" }]\n[grant.params]\namount = { max = 500, money = \"currency\" }\ncurrency = \"EUR\"\n";

fn charge(amount: &str) -> String {
    format!("{{\"amount\":{amount},\"currency\":\"EUR\"}}")
}

pub(crate) fn cases() -> Vec<Case> {
    let world = World::new();
    let mut cases = calls(&world);
    cases.extend(limits(&world));
    cases.extend(paths(&world));
    cases.extend(halts(&world));
    cases.extend(elsewhere(&world));
    cases
}

/// Calls at times, in regions and by audiences, and those that need an approval.
fn elsewhere(world: &World) -> Vec<Case> {
    let build = |name: &str, toml: &str| world_case(name, world, &scoped(world, toml));
    let one = |build: Build, arguments: &str, code: Option<&'static str>| steps(build, &[(0, "a", arguments, code)]);
    let open = "[[grant]]\naction = \"a\"\n";
    let regional = format!("regions = [\"eu-west-1\", \"eu-north-1\"]\n{open}");
    let addressed = format!("{open}audience = [\"pay\"]\n");
    let approved = "[[approvers]]\nname = \"ops\"\nrole = \"ops\"\n[[grant]]\naction = \"a\"\napproval = { of = [\"ops\"], unless = { amount = { max = 100 }, \"to[]\" = { type = \"string\" } } }\n[grant.params]\namount = { max = 500 }\n\"to[]\" = { type = \"string\", optional = true }\n";
    let approval = |name: &str, arguments: &str, code| one(build(name, approved), arguments, code);
    let needed = Some("KKN-E212");
    let hours = |zone: &str, open: &str| {
        format!("hours = {{ zone = \"{zone}\", open = [\"{open}\"] }}\n[[grant]]\naction = \"a\"\n")
    };
    let at = |name: &str, zone: &str, open: &str, calls: &[(i64, Option<&'static str>)]| {
        let calls: Vec<Step<'_>> = calls.iter().map(|(after, code)| (*after, "a", "{}", *code)).collect();
        steps(build(name, &hours(zone, open)), &calls)
    };
    let closed = Some("KKN-E210");
    vec![
        at(
            "up to the last minute of the hours",
            "Europe/Berlin",
            "mon 14:00-14:01",
            &[(0, None), (59, None), (60, closed)],
        ),
        at(
            "from the first minute of the hours",
            "Asia/Kolkata",
            "mon-fri 17:31-24:00",
            &[(0, closed), (59, closed), (60, None)],
        ),
        at("on another day", "UTC", "tue-sun 00:00-24:00", &[(0, closed)]),
        at("on a day that has begun elsewhere", "Pacific/Kiritimati", "tue 02:00-02:01", &[(0, None)]),
        one(build("in one of the regions", &regional).with("region", "eu-north-1"), "{}", None),
        one(build("in another region", &regional).with("region", "us-east-1"), "{}", Some("KKN-E211")),
        one(build("in no region that the guard knows of", &regional), "{}", Some("KKN-E211")),
        one(build("a region where the scope names none", open).with("region", "us-east-1"), "{}", None),
        one(build("by the audience", &addressed).with("audience", "pay"), "{}", None),
        one(build("by another audience", &addressed).with("audience", "books"), "{}", Some("KKN-E306")),
        one(build("by nobody in particular", &addressed), "{}", Some("KKN-E306")),
        one(
            build("outside the region, before the audience", &format!("{regional}audience = [\"pay\"]\n")),
            "{}",
            Some("KKN-E211"),
        ),
        approval("small enough to need no approval", "{\"amount\":100,\"to\":[\"x\"]}", None),
        approval("an approval is needed", "{\"amount\":\"100.01\",\"to\":[\"x\"]}", needed),
        approval("an approval is needed where a parameter of `unless` is absent", "{\"amount\":1}", needed),
        approval("an approval is needed where an array of `unless` is empty", "{\"amount\":1,\"to\":[]}", needed),
        approval("an approval is needed where a parameter of `unless` is null", "{\"amount\":1,\"to\":null}", needed),
        approval("what no grant accepts no approval helps", "{\"amount\":501,\"to\":[]}", Some("KKN-E204")),
    ]
}

/// Calls of an agent that orders stop: the record says by which.
fn halts(world: &World) -> Vec<Case> {
    let one = |name: &str, session: Option<&str>, code: Option<&'static str>, give: &dyn Fn(&mut Log)| {
        let mut log = Log::new("acme");
        give(&mut log);
        let mut build =
            super::order::with_logs(world_case(name, world, &scoped(world, CHARGE)), world, &[(&log, "all")]);
        if let Some(session) = session {
            build = build.with("session", session);
        }
        steps(build, &[(0, "charge", &charge("50"), code), (40, "charge", &charge("50"), code.or(Some("KKN-E405")))])
    };
    let agent = || super::order::agent(world);
    vec![
        one("no order stands until the head ends", None, None, &|_| {}),
        one("a halted agent", None, Some("KKN-E402"), &|log| drop(log.halt(&agent()))),
        one("a halted session", Some("s-1"), Some("KKN-E403"), &|log| {
            drop(log.halt(&super::order::session(world, "s-1")))
        }),
        one("a call outside sessions while one is halted", None, Some("KKN-E403"), &|log| {
            drop(log.halt(&super::order::session(world, "s-1")));
        }),
        one("everything halted", None, Some("KKN-E404"), &|log| drop(log.halt(&Target::All))),
        one("an agent revoked by order", None, Some("KKN-E401"), &|log| drop(log.revoke(&agent()))),
        one("a halt that was lifted", None, None, &|log| {
            let halt = log.halt(&agent());
            drop(log.reinstate(&[&halt]));
        }),
    ]
}

fn calls(world: &World) -> Vec<Case> {
    let one = |name: &str, toml: &str, action: &str, arguments: &str, code: Option<&'static str>| {
        steps(world_case(name, world, &scoped(world, toml)), &[(0, action, arguments, code)])
    };
    let charges =
        |name: &str, arguments: &str, code: Option<&'static str>| one(name, CHARGE, "charge", arguments, code);
    let param = |name: &str, params: &str, arguments: &str, code: Option<&'static str>| {
        one(name, &format!("[[grant]]\naction = \"a\"\n[grant.params]\n{params}\n"), "a", arguments, code)
    };
    vec![
        charges("within the scope", &charge("50"), None),
        charges("at the limit", &charge("500"), None),
        charges("a cent above", &charge("500.01"), Some("KKN-E202")),
        charges("the smallest double above", &charge("500.00000000000006"), Some("KKN-E202")),
        charges("negative money", &charge("-1"), Some("KKN-E202")),
        charges("an amount as text counts as its number", &charge("\"50.00\""), None),
        charges("a large amount as text", &charge("\"47000\""), Some("KKN-E202")),
        charges("an amount in scientific text", &charge("\"5e1\""), Some("KKN-E207")),
        charges("an amount that is true", &charge("true"), Some("KKN-E207")),
        charges("an amount that is null", &charge("null"), Some("KKN-E205")),
        charges("an amount in a list", &charge("[50]"), Some("KKN-E207")),
        charges("no currency", "{\"amount\":50}", Some("KKN-E205")),
        charges("another currency", "{\"amount\":50,\"currency\":\"USD\"}", Some("KKN-E204")),
        charges("a parameter more", "{\"amount\":50,\"currency\":\"EUR\",\"note\":\"x\"}", Some("KKN-E206")),
        charges(
            "a parameter more that is null",
            "{\"amount\":50,\"currency\":\"EUR\",\"note\":null}",
            Some("KKN-E206"),
        ),
        one("another action", CHARGE, "refund", "{}", Some("KKN-E201")),
        one("an action that is no action", CHARGE, "charge ", "{}", Some("KKN-E201")),
        one(
            "a denied action",
            "deny = [\"kb.secret\"]\n[[grant]]\naction = \"kb.*\"\nopen = true\n",
            "kb.secret",
            "{}",
            Some("KKN-E201"),
        ),
        one(
            "an action under a star",
            "[[grant]]\naction = \"kb.*\"\nopen = true\n",
            "kb.read.page",
            "{\"any\":[1,{\"x\":null}]}",
            None,
        ),
        one("no grant at all", "grant = []\n", "a", "{}", Some("KKN-E201")),
        param(
            "a text that an expression matches",
            "v = { regex = \"[A-Z]{2}-[0-9]{4,6}\" }",
            "{\"v\":\"DE-12345\"}",
            None,
        ),
        param(
            "a text that it matches in part",
            "v = { regex = \"[A-Z]{2}-[0-9]{4,6}\" }",
            "{\"v\":\"DE-12345 \"}",
            Some("KKN-E204"),
        ),
        param("a dot is no end of a line", "v = { regex = \"a.b\" }", "{\"v\":\"a\\nb\"}", Some("KKN-E204")),
        param("a dot is any character else", "v = { regex = \"a.b\" }", "{\"v\":\"a😀b\"}", None),
        param("a number under an expression", "v = { regex = \"[0-9]+\" }", "{\"v\":5}", Some("KKN-E207")),
        param(
            "an expression that others take years for",
            "v = { regex = \"((a|aa)+)+b\" }",
            &format!("{{\"v\":\"{}\"}}", "a".repeat(2_000)),
            Some("KKN-E204"),
        ),
        param(
            "an address in a network",
            "v = { net = [\"10.0.0.0/8\", \"2001:db8::/32\"] }",
            "{\"v\":\"10.255.0.1\"}",
            None,
        ),
        param(
            "an IPv6 address in a network",
            "v = { net = [\"10.0.0.0/8\", \"2001:db8::/32\"] }",
            "{\"v\":\"2001:db8::1\"}",
            None,
        ),
        param("an address in no network", "v = { net = [\"10.0.0.0/8\"] }", "{\"v\":\"11.0.0.1\"}", Some("KKN-E203")),
        param(
            "an address with leading zeros",
            "v = { net = [\"10.0.0.0/8\"] }",
            "{\"v\":\"10.0.0.01\"}",
            Some("KKN-E207"),
        ),
        param(
            "an IPv4 address in IPv6",
            "v = { net = [\"10.0.0.0/8\", \"::/0\"] }",
            "{\"v\":\"::ffff:10.0.0.1\"}",
            Some("KKN-E207"),
        ),
        param(
            "an IPv6 address in a longer form",
            "v = { net = [\"2001:db8::/32\"] }",
            "{\"v\":\"2001:db8:0::1\"}",
            Some("KKN-E207"),
        ),
        param("every element is judged", "\"to[]\" = [\"a\", \"b\"]", "{\"to\":[\"a\",\"b\",\"c\"]}", Some("KKN-E204")),
        param("an empty array is judged element by element", "\"to[]\" = [\"a\"]", "{\"to\":[]}", None),
        param("a null among the elements", "\"to[]\" = [\"a\"]", "{\"to\":[\"a\",null]}", Some("KKN-E207")),
        param("an object where an array is named", "\"to[]\" = [\"a\"]", "{\"to\":{}}", Some("KKN-E207")),
        param("a nested parameter", "\"o.n\" = { max = 5 }", "{\"o\":{\"n\":6}}", Some("KKN-E204")),
        param("an optional parameter that is absent", "n = { one-of = [1], optional = true }", "{}", None),
        param("an optional parameter that is null", "n = { one-of = [1], optional = true }", "{\"n\":null}", None),
        param("an empty one-of allows nothing", "n = { one-of = [] }", "{\"n\":1}", Some("KKN-E204")),
        param("text is not the number", "n = [5]", "{\"n\":\"5\"}", Some("KKN-E207")),
        param("5.0 is 5", "n = [5]", "{\"n\":5.0}", None),
        param("a glob stops at a slash", "s = { glob = \"docs/*\" }", "{\"s\":\"docs/a/b\"}", Some("KKN-E204")),
        param("a glob stops at a newline", "s = { glob = \"cus_*\" }", "{\"s\":\"cus_1\\n\"}", Some("KKN-E204")),
        param("a path that climbs", "s = { path = \"/srv\" }", "{\"s\":\"/srv/../etc\"}", Some("KKN-E204")),
        param("a path below its root", "s = { path = \"/srv\" }", "{\"s\":\"/srv/a\"}", None),
        param(
            "an address where a host name is asked for",
            "s = { domain = [\"acme.com\"] }",
            "{\"s\":\"2001:db8::1\"}",
            Some("KKN-E203"),
        ),
        param(
            "an address in another form",
            "s = { domain = [\"acme.com\"] }",
            "{\"s\":\"2001:db8::0:1\"}",
            Some("KKN-E207"),
        ),
        param(
            "two addresses in one text",
            "s = { email = { domains = [\"acme.com\"] } }",
            "{\"s\":\"a@acme.com,b@acme.com\"}",
            Some("KKN-E207"),
        ),
        param(
            "an address elsewhere",
            "s = { email = { domains = [\"acme.com\"] } }",
            "{\"s\":\"a@evil.com\"}",
            Some("KKN-E203"),
        ),
        param(
            "a URL with userinfo",
            "s = { url = { hosts = [\"acme.com\"] } }",
            "{\"s\":\"https://acme.com@evil.com/\"}",
            Some("KKN-E207"),
        ),
        param(
            "a URL elsewhere",
            "s = { url = { hosts = [\"acme.com\"] } }",
            "{\"s\":\"https://acme.com.evil.com/\"}",
            Some("KKN-E203"),
        ),
        param(
            "a host with a trailing dot",
            "s = { domain = [\"acme.com\"] }",
            "{\"s\":\"acme.com.\"}",
            Some("KKN-E207"),
        ),
        param("a text of too many characters", "s = { length = { max = 2 } }", "{\"s\":\"ééé\"}", Some("KKN-E204")),
        param("type object covers what is beneath", "o = { type = \"object\" }", "{\"o\":{\"x\":[1,{\"y\":2}]}}", None),
    ]
}

fn limits(world: &World) -> Vec<Case> {
    let run = |name: &str, toml: &str, list: &[Step<'_>]| steps(world_case(name, world, &scoped(world, toml)), list);
    let (c500, c400, c101, c100, c0, c501) =
        (charge("500"), charge("400"), charge("101"), charge("100"), charge("0"), charge("501"));
    vec![
        run(
            "a budget adds up",
            LIMITED,
            &[(0, "charge", &c500, None), (1, "charge", &c400, None), (2, "charge", &c101, Some("KKN-E209"))],
        ),
        run(
            "a denied call draws nothing",
            LIMITED,
            &[
                (0, "charge", &c501, Some("KKN-E202")),
                (0, "charge", &c500, None),
                (1, "charge", &c400, None),
                (2, "charge", &c101, Some("KKN-E209")),
                (3, "charge", &c100, None),
            ],
        ),
        run(
            "a rate counts calls",
            LIMITED,
            &[
                (0, "charge", &c0, None),
                (1, "charge", &c0, None),
                (2, "charge", &c0, None),
                (3, "charge", &c0, Some("KKN-E208")),
            ],
        ),
        run(
            "a window slides",
            LIMITED,
            &[
                (0, "charge", &c0, None),
                (1, "charge", &c0, None),
                (2, "charge", &c0, None),
                (3_600, "charge", &c0, None),
                (3_600, "charge", &c0, Some("KKN-E208")),
            ],
        ),
        run(
            "the limits of every accepting grant bind",
            "[[grant]]\naction = \"a.*\"\nopen = true\n[[grant]]\naction = \"a.b\"\nopen = true\nlimits = [{ rate = 1, per = \"1h\" }]\n",
            &[(0, "a.b", "{}", None), (1, "a.c", "{}", None), (2, "a.b", "{}", Some("KKN-E208"))],
        ),
        run(
            "a limit of the whole scope counts every action",
            "limits = [{ rate = 1, per = \"1h\" }]\n[[grant]]\naction = \"a\"\n[[grant]]\naction = \"b\"\n",
            &[(0, "a", "{}", None), (1, "b", "{}", Some("KKN-E208"))],
        ),
        run(
            "a budget sums the elements of a list",
            "[[grant]]\naction = \"a\"\nlimits = [{ budget = \"n[]\", max = 10, per = \"1h\" }]\n[grant.params]\n\"n[]\" = { min = 0, max = 10 }\n",
            &[
                (0, "a", "{\"n\":[1,2,3]}", None),
                (1, "a", "{\"n\":[5]}", Some("KKN-E209")),
                (2, "a", "{\"n\":[4]}", None),
            ],
        ),
        run(
            "a negative draw refunds nothing",
            "[[grant]]\naction = \"a\"\nlimits = [{ budget = \"n\", max = 10, per = \"1h\" }]\n[grant.params]\nn = { max = 10 }\n",
            &[(0, "a", "{\"n\":-5}", Some("KKN-E207"))],
        ),
        run(
            "tenths add up exactly",
            "[[grant]]\naction = \"a\"\nlimits = [{ budget = \"n\", max = 0.3, per = \"1h\" }]\n[grant.params]\nn = { max = 1 }\n",
            &[(0, "a", "{\"n\":0.1}", None), (1, "a", "{\"n\":0.2}", None), (2, "a", "{\"n\":0.01}", Some("KKN-E209"))],
        ),
    ]
}

fn paths(world: &World) -> Vec<Case> {
    let capped = |name: &str, tenant_scope: &str, list: &[Step<'_>]| {
        let tenant = world.tenant().with(Extension::scope(compiled(tenant_scope)));
        let chain =
            [world.agent().sign(&world.tenant_key), tenant.sign(&world.root_key), world.root().sign(&world.root_key)];
        steps(world_case(name, world, &chain), list)
    };
    let parent = Template::delegating_agent(
        "Acme CA",
        super::path::AGENT_ID,
        &world.agent_key,
        compiled(&format!("max_depth = 1\n{LIMITED}")),
        1,
    )
    .issued_by(&world.tenant_key)
    .sign(&world.tenant_key);
    let id = format!("{}:-:task", super::path::AGENT_ID);
    let child = Template::sub_agent(super::path::AGENT_ID, &parent, &id, &world.sub_key, compiled(CHARGE))
        .issued_by(&world.agent_key)
        .sign(&world.agent_key);
    let chain = [child, parent, world.tenant().sign(&world.root_key), world.root().sign(&world.root_key)];
    let (c500, c1) = (charge("500"), charge("1"));
    let small: Object = object([("amount", integer(5)), ("currency", Json::from("EUR"))]);
    let session = world_case("session and chain stand in the record", world, &scoped(world, CHARGE))
        .with("session", "s-1")
        .with("chain_id", "c-1")
        .with("recordValues", "all");
    vec![
        steps(
            world_case("a child draws on its parent's budget", world, &chain),
            &[(0, "charge", &c500, None), (1, "charge", &c500, None), (2, "charge", &c1, Some("KKN-E209"))],
        ),
        capped(
            "the tenant's limits bind too",
            &format!("limits = [{{ rate = 1, per = \"1h\" }}]\n{CHARGE}"),
            &[(0, "charge", &c1, None), (1, "charge", &c1, Some("KKN-E208"))],
        ),
        steps(
            session,
            &[
                (0, "charge", &kakunin_core::encoding::jcs::to_string(&Json::Object(small)), None),
                (1, "charge", &charge("47000"), Some("KKN-E202")),
            ],
        ),
    ]
}
