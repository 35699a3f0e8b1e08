//! Pairs of scopes: contained, and the near miss.

use super::{Case, case};

fn grant(params: &str) -> String {
    format!("[[grant]]\naction = \"a.b\"\n[grant.params]\n{params}\n")
}

fn action(pattern: &str) -> String {
    format!("[[grant]]\naction = \"{pattern}\"\n")
}

pub(crate) fn cases() -> Vec<Case> {
    let pair = |name: &str, child: &str, parent: &str, contained: bool| {
        case(name).with("child", child).with("parent", parent).ends((!contained).then_some("KKN-E106"))
    };
    let params =
        |name: &str, child: &str, parent: &str, contained: bool| pair(name, &grant(child), &grant(parent), contained);
    vec![
        pair("equal actions", &action("a.b"), &action("a.b"), true),
        pair("a literal under a star", &action("a.b"), &action("a.*"), true),
        pair("a star under a literal", &action("a.*"), &action("a.b"), false),
        pair("two segments under a last star", &action("a.b.c"), &action("a.*"), true),
        pair("one segment for a star in the middle", &action("a.b.c"), &action("a.*.c"), true),
        pair("two segments for a star in the middle", &action("a.b.b.c"), &action("a.*.c"), false),
        pair("a star does not cover its own prefix", &action("a"), &action("a.*"), false),
        pair("nothing is under everything", "grant = []\n", &action("a"), true),
        pair("something is not under nothing", &action("a"), "grant = []\n", false),
        pair(
            "a deny that the child repeats",
            &format!("deny = [\"a.c\"]\n{}", action("a.*")),
            &format!("deny = [\"a.c\"]\n{}", action("a.*")),
            true,
        ),
        pair("a deny that the child drops", &action("a.*"), &format!("deny = [\"a.c\"]\n{}", action("a.*")), false),
        pair(
            "a deny that the child's action never meets",
            &action("a.b"),
            &format!("deny = [\"a.c\"]\n{}", action("a.*")),
            true,
        ),
        pair("open under closed", &format!("{}open = true\n", action("a.b")), &action("a.b"), false),
        pair("closed under open", &action("a.b"), &format!("{}open = true\n", action("a.b")), true),
        pair(
            "hours, regions, audience and approvals are not compared",
            &action("a.b"),
            "hours = { zone = \"UTC\", open = [\"mon 08:00-18:00\"] }\nregions = [\"eu\"]\n[[approvers]]\nname = \"ops\"\nrole = \"ops\"\n[[grant]]\naction = \"a.b\"\naudience = [\"pay\"]\napproval = { of = [\"ops\"] }\n",
            true,
        ),
        params("a smaller range", "n = { max = 4 }", "n = { max = 5 }", true),
        params("an equal range", "n = { max = \"5.0\" }", "n = { max = 5 }", true),
        params("a larger range", "n = { max = \"5.01\" }", "n = { max = 5 }", false),
        params("an open range under a closed one", "n = { min = 1 }", "n = { max = 5 }", false),
        params("money under a plain range", "n = { min = 0, max = 5, money = true }", "n = { max = 5 }", true),
        params("a plain range under money", "n = { min = 0, max = 5 }", "n = { max = 5, money = true }", false),
        params("one-of under a range", "n = [1, 2]", "n = { max = 5 }", true),
        params("one-of with a member outside the range", "n = [1, 6]", "n = { max = 5 }", false),
        params("a subset", "s = [\"a\"]", "s = [\"a\", \"b\"]", true),
        params("a superset", "s = [\"a\", \"b\", \"c\"]", "s = [\"a\", \"b\"]", false),
        params("text is not a number", "s = [\"5\"]", "s = [5]", false),
        params("more refusals", "s = { none-of = [\"a\", \"b\"] }", "s = { none-of = [\"a\"] }", true),
        params("fewer refusals", "s = { none-of = [\"a\"] }", "s = { none-of = [\"a\", \"b\"] }", false),
        params("a longer literal under a glob", "s = { glob = \"cus_1*\" }", "s = { glob = \"cus_*\" }", true),
        params("a shorter literal under a glob", "s = { glob = \"cus*\" }", "s = { glob = \"cus_*\" }", false),
        params("two stars under one", "s = { glob = \"a/**\" }", "s = { glob = \"a/*\" }", false),
        params("one star under two", "s = { glob = \"a/*\" }", "s = { glob = \"a/**\" }", true),
        params("the same expression", "s = { regex = \"a+\" }", "s = { regex = \"a+\" }", true),
        params("an expression of the same texts", "s = { regex = \"aa*\" }", "s = { regex = \"a+\" }", false),
        params("texts under an expression", "s = [\"a\", \"aa\"]", "s = { regex = \"a+\" }", true),
        params("a text that the expression does not match", "s = [\"a\", \"b\"]", "s = { regex = \"a+\" }", false),
        params("an expression under text", "s = { regex = \"a+\" }", "s = { type = \"string\" }", true),
        params(
            "networks within others",
            "s = { net = [\"10.1.0.0/16\", \"::1\"] }",
            "s = { net = [\"10.0.0.0/8\", \"::/0\"] }",
            true,
        ),
        params("a wider network", "s = { net = [\"10.0.0.0/7\"] }", "s = { net = [\"10.0.0.0/8\"] }", false),
        params(
            "two halves of a network",
            "s = { net = [\"10.0.0.0/8\"] }",
            "s = { net = [\"10.0.0.0/9\", \"10.128.0.0/9\"] }",
            false,
        ),
        params("an address under a network", "s = [\"10.0.0.1\"]", "s = { net = [\"10.0.0.0/8\"] }", true),
        params("a path below", "s = { path = \"/srv/a\" }", "s = { path = \"/srv\" }", true),
        params("a path beside that begins the same", "s = { path = \"/srv2\" }", "s = { path = \"/srv\" }", false),
        params(
            "a host under its wildcard",
            "s = { domain = [\"x.acme.com\"] }",
            "s = { domain = [\"*.acme.com\"] }",
            true,
        ),
        params(
            "the apex under the wildcard",
            "s = { domain = [\"acme.com\"] }",
            "s = { domain = [\"*.acme.com\"] }",
            false,
        ),
        params(
            "a wildcard under a host",
            "s = { domain = [\"*.acme.com\"] }",
            "s = { domain = [\"x.acme.com\"] }",
            false,
        ),
        params(
            "an address under its domain",
            "s = { email = { addresses = [\"a@acme.com\"] } }",
            "s = { email = { domains = [\"acme.com\"] } }",
            true,
        ),
        params(
            "a domain under an address",
            "s = { email = { domains = [\"acme.com\"] } }",
            "s = { email = { addresses = [\"a@acme.com\"] } }",
            false,
        ),
        params(
            "a URL with a longer path",
            "s = { url = { hosts = [\"a.com\"], path = \"/v1/x\" } }",
            "s = { url = { hosts = [\"a.com\"], path = \"/v1\" } }",
            true,
        ),
        params(
            "a URL with another port",
            "s = { url = { hosts = [\"a.com\"], ports = [444] } }",
            "s = { url = { hosts = [\"a.com\"] } }",
            false,
        ),
        params(
            "a URL with another scheme",
            "s = { url = { hosts = [\"a.com\"], schemes = [\"http\"] } }",
            "s = { url = { hosts = [\"a.com\"] } }",
            false,
        ),
        params("integer under number", "n = { type = \"integer\" }", "n = { type = \"number\" }", true),
        params("number under integer", "n = { type = \"number\" }", "n = { type = \"integer\" }", false),
        params("text kinds under type string", "s = { glob = \"a*\" }", "s = { type = \"string\" }", true),
        params("another kind", "s = { glob = \"a*\" }", "s = { length = { max = 5 } }", false),
        params("a parameter more under closed", "n = 1\nm = 1", "n = 1", false),
        params("a required parameter dropped", "m = 1", "n = 1\nm = 1", false),
        params("an optional parameter dropped", "m = 1", "n = { one-of = [1], optional = true }\nm = 1", true),
        params("optional under required", "n = { one-of = [1], optional = true }", "n = 1", false),
        params("required under optional", "n = 1", "n = { one-of = [1], optional = true }", true),
        params("a member under type object", "\"o.n\" = 1", "o = { type = \"object\" }", true),
        params("type object under a member", "o = { type = \"object\" }", "\"o.n\" = 1", false),
        pair("a depth less", "max_depth = 1\ngrant = []\n", "max_depth = 2\ngrant = []\n", true),
        pair("the same depth", "max_depth = 2\ngrant = []\n", "max_depth = 2\ngrant = []\n", true),
        pair("a depth more", "max_depth = 3\ngrant = []\n", "max_depth = 2\ngrant = []\n", false),
    ]
}
