//! Scopes in their three forms.

use super::certificate::{CHARGE, compiled};
use super::{Case, case};

const MALFORMED: &str = "KKN-E107";

fn grant(params: &str) -> String {
    format!("[[grant]]\naction = \"a\"\n[grant.params]\n{params}\n")
}

pub(crate) fn cases() -> Vec<Case> {
    let good = |name: &str, toml: &str| case(name).with("toml", toml).accepted();
    let bad = |name: &str, toml: &str| case(name).with("toml", toml).refused(MALFORMED);
    let mut cases = vec![
        good("a payments scope", CHARGE),
        good("a scope that allows nothing", "grant = []\n"),
        good("every constraint of this version", &grant(
            "one = [\"x\", 1, true]\nnone = { none-of = [\"x\"] }\nrange = { min = -1.5, max = \"10.50\" }\nmoney = { max = 5, money = true }\nglob = { glob = \"a*\" }\nlength = { length = { min = 1, max = 9 } }\npath = { path = \"/srv\" }\nhost = { domain = [\"acme.com\", \"*.acme.com\"] }\nmail = { email = { addresses = [\"a@acme.com\"], domains = [\"acme.org\"] } }\nurl = { url = { schemes = [\"https\"], hosts = [\"acme.com\"], ports = [443, 8443], path = \"/v1\" } }\ntext = { type = \"string\", optional = true }\n\"list[].id\" = { type = \"integer\" }\ntwice = { all = [{ glob = \"a*\" }, { glob = \"*b\" }] }",
        )),
        good("limits of a grant and of the whole scope", "limits = [{ rate = 5, per = \"1m\", name = \"all\" }]\n[[grant]]\naction = \"a\"\nlimits = [{ rate = 1, per = \"1s\" }, { budget = \"n\", max = 100, per = \"366d\" }]\n[grant.params]\nn = { max = 10 }\n"),
        good("denies, depth and an open grant", "deny = [\"kb.secret\", \"kb.secret.*\"]\nmax_depth = 8\n[[grant]]\naction = \"kb.*\"\nopen = true\n"),
        case("the same payments scope as JSON").with("json", "{\"grant\":[{\"action\":\"charge\",\"params\":{\"amount\":{\"max\":500,\"money\":\"currency\"},\"currency\":\"EUR\"}}]}").accepted(),
        case("the payments scope as DER").bytes("der", &compiled(CHARGE)).accepted(),
        bad("an unknown key of a constraint", &grant("n = { maxx = 5 }")),
        bad("an unknown key of a grant", "[[grant]]\nactoin = \"a\"\n"),
        bad("an unknown key on top", "[[grants]]\naction = \"a\"\n"),
        bad("a grant without an action", "[[grant]]\nopen = true\n"),
        bad("TOML that does not close", "[[grant]\naction = \"a\"\n"),
        bad("the same parameter twice", &grant("\"n\" = 1\nn = 2")),
        bad("a range that is empty", &grant("n = { min = 2, max = 1 }")),
        bad("a range of no number", &grant("n = { max = \"many\" }")),
        bad("a range of 35 digits", &grant("n = { max = \"12345678901234567890123456789012345\" }")),
        bad("a range of nan", &grant("n = { max = nan }")),
        bad("money whose currency is not named", &grant("n = { max = 5, money = \"currency\" }")),
        bad("money whose currency is optional", &grant("n = { max = 5, money = \"c\" }\nc = { one-of = [\"EUR\"], optional = true }")),
        bad("a budget of a parameter that is not named", "[[grant]]\naction = \"a\"\nlimits = [{ budget = \"n\", max = 1, per = \"1d\" }]\n"),
        bad("a budget in two currencies", "[[grant]]\naction = \"a\"\nlimits = [{ budget = \"n\", max = 1, per = \"1d\" }]\n[grant.params]\nn = { max = 5, money = \"c\" }\nc = [\"EUR\", \"USD\"]\n"),
        bad("one counter with two maxima", "[[grant]]\naction = \"a\"\nlimits = [{ rate = 1, per = \"1d\" }, { rate = 2, per = \"1d\" }]\n"),
        bad("a window of nothing", "[[grant]]\naction = \"a\"\nlimits = [{ rate = 1, per = \"0s\" }]\n"),
        bad("a window of 367 days", "[[grant]]\naction = \"a\"\nlimits = [{ rate = 1, per = \"367d\" }]\n"),
        bad("a window without a unit", "[[grant]]\naction = \"a\"\nlimits = [{ rate = 1, per = \"60\" }]\n"),
        bad("an empty list of denies", "deny = []\n[[grant]]\naction = \"a\"\n"),
        bad("an empty none-of", &grant("n = { none-of = [] }")),
        bad("an empty domain list", &grant("n = { domain = [] }")),
        bad("a domain with a trailing dot", &grant("n = { domain = [\"acme.com.\"] }")),
        bad("a domain that is an address", &grant("n = { domain = [\"127.0.0.1\"] }")),
        bad("a domain that is not an A-label", &grant("n = { domain = [\"münchen.de\"] }")),
        bad("a path root with `..`", &grant("n = { path = \"/srv/../etc\" }")),
        bad("a glob that can match nothing", &grant("n = { glob = \"a/../b\" }")),
        bad("a type that JSON lacks", &grant("n = { type = \"float\" }")),
        bad("an action with nine segments", "[[grant]]\naction = \"a.b.c.d.e.f.g.h.i\"\n"),
        bad("an action with an empty segment", "[[grant]]\naction = \"a..b\"\n"),
        bad("an action with a space", "[[grant]]\naction = \"a b\"\n"),
        bad("a path that begins with an element", &grant("\"[].n\" = 1")),
        bad("a path of nine steps", &grant("\"a.b.c.d.e.f.g.h.i\" = 1")),
        bad("a depth of nine", "max_depth = 9\n[[grant]]\naction = \"a\"\n"),
        good("hours, regions, approvers, approval and audience", "hours = { zone = \"Europe/Berlin\", open = [\"mon-fri 08:00-18:00\", \"sat 09:00-12:00\"] }\nregions = [\"eu-west-1\"]\n[[approvers]]\nname = \"ops\"\nkey = \"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n[[approvers]]\nname = \"finance\"\nrole = \"finance\"\n[[grant]]\naction = \"pay\"\naudience = [\"payments\"]\napproval = { of = [\"ops\", \"finance\"], need = 2, unless = { amount = { max = 100 } } }\n[grant.params]\namount = { max = 500, money = true }\n"),
        good("regex and net", &grant("code = { regex = \"[A-Z]{2}-[0-9]{4,6}\" }\nhost = { net = [\"10.0.0.0/8\", \"2001:db8::/32\"] }")),
        bad("a regex that does not close", &grant("n = { regex = \"(a\" }")),
        bad("a regex with an anchor", &grant("n = { regex = \"^a$\" }")),
        bad("a regex with a property", &grant("n = { regex = \"\\\\p{L}\" }")),
        bad("a regex of another dialect", &grant("n = { regex = \"\\\\d+\" }")),
        bad("a regex that spells out too much", &grant("n = { regex = \"((a{100}){100}){100}\" }")),
        bad("a network with bits beyond its prefix", &grant("n = { net = [\"10.0.0.1/8\"] }")),
        bad("a network of IPv4 in IPv6", &grant("n = { net = [\"::ffff:10.0.0.0/104\"] }")),
        bad("a zone that the tables lack", "hours = { zone = \"Europe/Bonn\", open = [\"mon 08:00-18:00\"] }\n"),
        bad("an interval over midnight", "hours = { zone = \"UTC\", open = [\"mon 22:00-06:00\"] }\n"),
        bad("an empty list of regions", "regions = []\n"),
        bad("an approver who is nobody", "[[grant]]\naction = \"a\"\napproval = { of = [\"boss\"], need = 1 }\n"),
        bad("more approvals than there are keys", "[[approvers]]\nname = \"ops\"\nkey = \"sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\n[[grant]]\naction = \"a\"\napproval = { of = [\"ops\"], need = 2 }\n"),
        bad("an `unless` that may be absent", "[[approvers]]\nname = \"ops\"\nrole = \"ops\"\n[[grant]]\naction = \"a\"\napproval = { of = [\"ops\"], unless = { n = { max = 1, optional = true } } }\n[grant.params]\nn = { max = 2 }\n"),
        bad("an audience that stands twice", "[[grant]]\naction = \"a\"\naudience = [\"x\", \"x\"]\n"),
    ];
    let der = compiled(CHARGE);
    let twin = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut der = der.clone();
        change(&mut der);
        case(name).bytes("der", &der).refused(MALFORMED)
    };
    cases.extend([
        twin("a byte after the scope", &|der| der.push(0)),
        twin("a scope cut short", &|der| der.truncate(20)),
        twin("version 2", &|der| der.iter_mut().skip(4).take(1).for_each(|byte| *byte = 2)),
        twin("an empty scope", &|der| der.clear()),
    ]);
    cases
}
