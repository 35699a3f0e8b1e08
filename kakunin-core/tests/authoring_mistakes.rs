//! Every key of the authoring form with every kind of mistake: the place, and the words.
//!
//! `¶` stands before what is at fault; the documents are compiled without it.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use kakunin_core::scope::authoring::{self, AuthoringError, Format, compile};

const MARK: char = '¶';

/// Checks that the first mistake in `marked` is at its mark and has these words.
fn expect(marked: &str, format: Format, words: &str) {
    let (before, after) = marked.split_once(MARK).unwrap();
    let document = format!("{before}{after}");
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let found = compile(&document, format).err().unwrap_or_default();
    let first = found.first().map(ToString::to_string).unwrap_or_default();
    assert_eq!(first, format!("line {line}, column {column}: {words}"), "{document}\n{found:#?}");
}

fn toml(marked: &str, words: &str) {
    expect(marked, Format::Toml, words);
}

fn json(marked: &str, words: &str) {
    expect(marked, Format::Json, words);
}

/// A grant with this parameter.
fn param(marked: &str, words: &str) {
    toml(&format!("[[grant]]\naction = \"a\"\n[grant.params]\n{marked}\n"), words);
}

/// A grant with these lines.
fn grant(marked: &str, words: &str) {
    toml(&format!("[[grant]]\naction = \"a\"\n{marked}\n"), words);
}

#[test]
fn unknown_keys_at_every_level_name_the_nearest_known_one() {
    for (marked, words) in [
        ("¶grants = []", "unknown key `grants`, did you mean `grant`?"),
        ("¶denny = ['a']", "unknown key `denny`, did you mean `deny`?"),
        ("¶limit = []", "unknown key `limit`, did you mean `limits`?"),
        ("¶hour = {}", "unknown key `hour`, did you mean `hours`?"),
        ("¶region = 'eu'", "unknown key `region`, did you mean `regions`?"),
        ("¶approver = []", "unknown key `approver`, did you mean `approvers`?"),
        ("¶max-depth = 1", "unknown key `max-depth`, did you mean `max_depth`?"),
        ("¶zzz = 1", "unknown key `zzz`"),
        ("hours = { ¶zon = 'UTC', open = 'mon 08:00-09:00' }", "unknown key `zon`, did you mean `zone`?"),
        ("hours = { zone = 'UTC', ¶opne = 'mon 08:00-09:00' }", "unknown key `opne`, did you mean `open`?"),
        ("approvers = [{ ¶nam = 'a', role = 'r' }]", "unknown key `nam`, did you mean `name`?"),
        ("approvers = [{ name = 'a', ¶rolle = 'r', key = 'x' }]", "unknown key `rolle`, did you mean `role`?"),
        ("limits = [{ ¶rat = 1, per = '1h' }]", "unknown key `rat`, did you mean `rate`?"),
        ("limits = [{ rate = 1, ¶Per = '1h' }]", "unknown key `Per`, did you mean `per`?"),
        ("limits = [{ budget = 'a', max = 1, per = '1h', ¶nmae = 'x' }]", "unknown key `nmae`, did you mean `name`?"),
        ("[[grant]]\n¶actoin = 'a'", "unknown key `actoin`, did you mean `action`?"),
    ] {
        toml(marked, words);
    }
    for (marked, words) in [
        ("¶param = {}", "unknown key `param`, did you mean `params`?"),
        ("¶Open = true", "unknown key `Open`, did you mean `open`?"),
        ("¶limit = []", "unknown key `limit`, did you mean `limits`?"),
        ("¶aproval = {}", "unknown key `aproval`, did you mean `approval`?"),
        ("¶audiance = 'x'", "unknown key `audiance`, did you mean `audience`?"),
        ("approval = { ¶off = 'x' }", "unknown key `off`, did you mean `of`?"),
        ("approval = { ¶needs = 1, of = 'x' }", "unknown key `needs`, did you mean `need`?"),
        ("approval = { ¶unles = {}, of = 'x' }", "unknown key `unles`, did you mean `unless`?"),
    ] {
        grant(marked, words);
    }
    for (marked, words) in [
        ("x = { ¶one_of = [1] }", "unknown constraint `one_of`, did you mean `one-of`?"),
        ("x = { ¶noneof = [1] }", "unknown constraint `noneof`, did you mean `none-of`?"),
        ("x = { ¶maxx = 1 }", "unknown constraint `maxx`, did you mean `max`?"),
        ("x = { ¶mony = true, max = 1 }", "unknown constraint `mony`, did you mean `money`?"),
        ("x = { ¶globe = 'a' }", "unknown constraint `globe`, did you mean `glob`?"),
        ("x = { ¶regexp = 'a' }", "unknown constraint `regexp`, did you mean `regex`?"),
        ("x = { ¶paths = '/a' }", "unknown constraint `paths`, did you mean `path`?"),
        ("x = { ¶domains = 'a.io' }", "unknown constraint `domains`, did you mean `domain`?"),
        ("x = { ¶nett = '10.0.0.0/8' }", "unknown constraint `nett`, did you mean `net`?"),
        ("x = { ¶typ = 'string' }", "unknown constraint `typ`, did you mean `type`?"),
        ("x = { ¶optionl = true, max = 1 }", "unknown constraint `optionl`, did you mean `optional`?"),
        ("x = { ¶range = { max = 5 } }", "a range is written as `min`, `max` and `money`"),
        ("x = { all = [{ ¶optional = true, max = 1 }] }", "unknown constraint `optional`"),
        ("x = { length = { ¶mx = 1 } }", "unknown key `mx`, did you mean `max`?"),
        ("x = { email = { ¶domain = 'a.io' } }", "unknown key `domain`, did you mean `domains`?"),
        ("x = { url = { ¶host = 'a.io' } }", "unknown key `host`, did you mean `hosts`?"),
        ("x = { url = { hosts = 'a.io', ¶scheme = 'https' } }", "unknown key `scheme`, did you mean `schemes`?"),
        ("x = { url = { hosts = 'a.io', ¶port = 1 } }", "unknown key `port`, did you mean `ports`?"),
        ("x = { ¶city = { max = 1 } }", "`city` is no constraint; a path with dots is quoted as a whole: `\"x.city\"`"),
        ("¶file.path = '/x'", "a path with dots is quoted as a whole: write `\"file.…\"`, or `file = { … }`"),
    ] {
        param(marked, words);
    }
}

/// Each key, and what may not stand under it. The words name the key and both types.
#[test]
fn every_key_refuses_every_wrong_type() {
    const TYPES: [(&str, &str); 6] = [
        ("true", "a boolean"),
        ("['x']", "a list"),
        ("7", "a number"),
        ("{ x = 1 }", "a table"),
        ("'x'", "text"),
        ("1979-05-27", "a date or time"),
    ];
    let wrong = |place: &str, what: &str, wanted: &str, fitting: &[&str]| {
        for (value, kind) in TYPES {
            if !fitting.contains(&kind) {
                toml(&place.replace('…', &format!("¶{value}")), &format!("{what} must be {wanted}, not {kind}"));
            }
        }
    };
    let table = |place: &str| {
        for (value, kind) in TYPES {
            if kind != "a table" {
                toml(&place.replace('…', &format!("¶{value}")), &format!("a table is needed here, not {kind}"));
            }
        }
    };
    wrong("grant = …", "`grant`", "a list", &["a list", "a table"]);
    toml("grant = ¶{ action = 'a' }", "`grant` is a list of tables: write `[[grant]]` in TOML, `[{…}]` in JSON");
    for key in ["deny", "limits", "approvers"] {
        wrong(&format!("{key} = …"), &format!("`{key}`"), "a list", &["a list"]);
    }
    wrong("max_depth = …", "`max_depth`", "an integer", &["a number"]);
    wrong("regions = …", "`regions`", "text", &["text", "a list"]);
    wrong("regions = ['a', …]", "`regions`", "text", &["text"]);
    wrong("deny = [\n  'a',\n  …]", "an action", "text", &["text"]);
    for place in ["grant = […]", "limits = [\n…]", "hours = …", "approvers = […]"] {
        table(place);
    }
    wrong("hours = { zone = …, open = 'mon 08:00-09:00' }", "`zone`", "text", &["text"]);
    wrong("hours = { zone = 'UTC', open = … }", "`open`", "text", &["text", "a list"]);
    wrong("approvers = [{ name = …, role = 'r' }]", "`name`", "text", &["text"]);
    wrong("approvers = [{ name = 'a', role = … }]", "`role`", "text", &["text"]);
    wrong("approvers = [{ name = 'a', key = … }]", "`key`", "text", &["text"]);
    wrong("limits = [{ rate = …, per = '1h' }]", "`rate`", "an integer", &["a number"]);
    wrong("limits = [{ rate = 1, per = … }]", "`per`", "text", &["text"]);
    wrong("limits = [{ rate = 1, per = '1h', name = … }]", "`name`", "text", &["text"]);
    wrong("limits = [{ budget = …, max = 1, per = '1h' }]", "`budget`", "text", &["text"]);
    wrong("limits = [{ budget = 'x', max = …, per = '1h' }]", "`max`", "a number", &["a number", "text"]);
    let grant = |line: &str| format!("[[grant]]\naction = 'a'\n{line}");
    wrong("[[grant]]\naction = …", "an action", "text", &["text"]);
    wrong(&grant("open = …"), "`open`", "`true` or `false`", &["a boolean"]);
    wrong(&grant("limits = …"), "`limits`", "a list", &["a list"]);
    wrong(&grant("audience = …"), "`audience`", "text", &["text", "a list"]);
    table(&grant("approval = …"));
    wrong(&grant("approval = { of = … }"), "`of`", "text", &["text", "a list"]);
    wrong(&grant("approval = { of = 'x', need = … }"), "`need`", "an integer", &["a number"]);
    for key in ["params = …", "approval = { of = 'x', unless = … }"] {
        let what = if key.starts_with('p') { "`params`" } else { "`unless`" };
        for (value, kind) in TYPES {
            if kind != "a table" {
                toml(&grant(&key.replace('…', &format!("¶{value}"))), &format!("{what} must be a table"));
            }
        }
    }
    let param = |line: &str| format!("[[grant]]\naction = 'a'\nparams = {{ x = {line} }}");
    wrong(
        &param("…"),
        "a value",
        "text, a number or a boolean",
        &["text", "a number", "a boolean", "a list", "a table"],
    );
    for key in ["one-of", "none-of"] {
        let fitting = ["text", "a number", "a boolean", "a list"];
        wrong(&param(&format!("{{ {key} = … }}")), "a value", "text, a number or a boolean", &fitting);
        wrong(
            &param(&format!("{{ {key} = [1, …] }}")),
            "a value",
            "text, a number or a boolean",
            &["text", "a number", "a boolean"],
        );
    }
    for key in ["min", "max"] {
        wrong(&param(&format!("{{ {key} = … }}")), &format!("`{key}`"), "a number", &["a number", "text"]);
        wrong(&param(&format!("{{ length = {{ {key} = … }} }}")), &format!("`{key}`"), "an integer", &["a number"]);
    }
    wrong(&param("{ max = 1, money = … }"), "`money`", "`true` or the path of the currency", &["text", "a boolean"]);
    for key in ["glob", "regex", "path", "type"] {
        wrong(&param(&format!("{{ {key} = … }}")), &format!("`{key}`"), "text", &["text"]);
    }
    wrong(&param("{ domain = … }"), "`domain`", "text", &["text", "a list"]);
    wrong(&param("{ net = … }"), "a network", "text", &["text", "a list"]);
    wrong(&param("{ net = ['10.0.0.0/8', …] }"), "a network", "text", &["text"]);
    for key in ["length", "email", "url"] {
        table(&param(&format!("{{ {key} = … }}")));
    }
    for key in ["addresses", "domains"] {
        wrong(&param(&format!("{{ email = {{ {key} = … }} }}")), &format!("`{key}`"), "text", &["text", "a list"]);
    }
    for key in ["schemes", "hosts", "path"] {
        let fitting: &[&str] = if key == "path" { &["text"] } else { &["text", "a list"] };
        let place = if key == "hosts" {
            "{ url = { hosts = … } }".to_owned()
        } else {
            format!("{{ url = {{ hosts = 'a.io', {key} = … }} }}")
        };
        wrong(&param(&place), &format!("`{key}`"), "text", fitting);
    }
    wrong(&param("{ url = { hosts = 'a.io', ports = … } }"), "a port", "an integer", &["a number", "a list"]);
    wrong(&param("{ url = { hosts = 'a.io', ports = [1, …] } }"), "a port", "an integer", &["a number"]);
    wrong(&param("{ max = 1, optional = … }"), "`optional`", "`true` or `false`", &["a boolean"]);
    wrong(&param("{ all = … }"), "`all`", "a list", &["a list"]);
    for (value, kind) in TYPES {
        if kind != "a table" {
            toml(&param(&format!("{{ all = [¶{value}] }}")), "`all` is a list of tables, each with constraints");
        }
    }
}

#[test]
fn values_that_cannot_be_are_marked_themselves() {
    for (marked, words) in [
        ("max_depth = ¶9", "a depth of 9 is more than 8"),
        ("max_depth = ¶-1", "`max_depth` cannot be -1: too large, negative or no plain integer"),
        ("max_depth = ¶256", "`max_depth` cannot be 256: too large, negative or no plain integer"),
        ("max_depth = ¶1.0", "`max_depth` cannot be 1.0: too large, negative or no plain integer"),
        ("deny = ¶[]", "`deny` must not be empty: leave it out"),
        ("limits = ¶[]", "`limits` must not be empty: leave it out"),
        ("regions = ¶[]", "`regions` must not be empty: leave it out"),
        ("approvers = ¶[]", "`approvers` must not be empty: leave it out"),
        ("regions = ['a', ¶'']", "`` is empty or has a control character"),
        ("regions = ['a', 'b', ¶'a']", "`a` stands twice in one list"),
        ("deny = ['a', ¶'b..c']", "`` in `b..c` is neither `*` nor 1 to 64 characters of `A-Z a-z 0-9 _ : / % -`"),
        ("deny = [\n  'a',\n  'b',\n  ¶'a',\n]", "`a` is denied twice"),
        (
            "[[grant]]\naction = ¶'x y'",
            "`x y` in `x y` is neither `*` nor 1 to 64 characters of `A-Z a-z 0-9 _ : / % -`",
        ),
        ("[[grant]]\naction = ¶'a.b.c.d.e.f.g.h.i'", "`a.b.c.d.e.f.g.h.i` has more than 8 segments"),
        ("limits = [{ rate = ¶-1, per = '1h' }]", "`rate` cannot be -1: too large, negative or no plain integer"),
        ("limits = [{ rate = ¶1.5, per = '1h' }]", "`rate` cannot be 1.5: too large, negative or no plain integer"),
        (
            "limits = [{ rate = 1, per = ¶'1w' }]",
            "`1w` is no window: write a number and `s`, `m`, `h` or `d`, such as `1h`",
        ),
        (
            "limits = [{ rate = 1, per = ¶'1 h' }]",
            "`1 h` is no window: write a number and `s`, `m`, `h` or `d`, such as `1h`",
        ),
        (
            "limits = [{ rate = 1, per = ¶'' }]",
            "`` is no window: write a number and `s`, `m`, `h` or `d`, such as `1h`",
        ),
        ("limits = [{ rate = 1, per = ¶'367d' }]", "a window of 31708800 s is outside 1 to 31622400 s"),
        ("limits = [{ per = '1h', rate = 1, name = ¶'' }]", "`` is no name: 1 to 64 characters, no control character"),
        ("limits = [{ budget = 'x', max = ¶-1, per = '1h' }]", "the budget of `x` is negative: -1"),
        ("limits = [{ budget = ¶'x..y', max = 1, per = '1h' }]", "`x..y` has an empty key"),
        ("limits = [{ budget = 'x', max = ¶'1,5', per = '1h' }]", "`1,5` is no decimal of at most 34 digits"),
        ("limits = [¶{ rate = 1 }]", "a limit needs `per`"),
        ("limits = [¶{ per = '1h' }]", "a limit needs `rate`, or `budget` and `max`"),
        ("limits = [{ budget = ¶'x', per = '1h' }]", "a budget needs `max`"),
        ("limits = [{ rate = 1, max = ¶2, per = '1h' }]", "`max` belongs to `budget`; `rate` holds its own number"),
        ("limits = [{ rate = 1, budget = ¶'x', per = '1h' }]", "a limit has `rate` or `budget`, not both"),
        (
            "limits = [{ rate = 1, per = '1h' }, ¶{ rate = 1, per = '60m' }]",
            "the limit 1 per 3600 s stands twice in one list",
        ),
        (
            "limits = [{ rate = 1, per = '1h' }, ¶{ rate = 2, per = '60m' }]",
            "the limit 2 per 3600 s shares its counter with one of another maximum; give it a name",
        ),
        (
            "hours = { zone = ¶'Europe/Berln', open = 'mon 08:00-09:00' }",
            "`Europe/Berln` is no zone of the IANA tables, did you mean `Europe/Berlin`?",
        ),
        (
            "hours = { zone = ¶'europe/berlin', open = 'mon 08:00-09:00' }",
            "`europe/berlin` is no zone of the IANA tables, which write `Europe/Berlin`",
        ),
        ("hours = ¶{ open = 'mon 08:00-09:00' }", "`hours` need `zone`, such as `Europe/Berlin`"),
        ("hours = ¶{ zone = 'UTC' }", "`hours` need `open`, such as `mon-fri 08:00-18:00`"),
        ("hours = { zone = 'UTC', open = ¶[] }", "`open` must not be empty: leave it out"),
        (
            "hours = { zone = 'UTC', open = ['tue 08:00-09:00', ¶'monday 8-9'] }",
            "`monday 8-9` is no days and hours such as `mon-fri 08:00-18:00`",
        ),
        (
            "hours = { zone = 'UTC', open = ¶'mon 22:00-06:00' }",
            "`22:00-06:00` is no interval within one day; what crosses midnight is written as two",
        ),
        (
            "hours = { zone = 'UTC', open = ['mon-fri 08:00-09:00', 'sat 08:00-09:00', ¶'wed 08:00-09:00'] }",
            "`wed 08:00-09:00` stands twice in the hours",
        ),
        ("approvers = [¶{ role = 'r' }]", "an approver needs `name`"),
        ("approvers = [¶{ name = 'a' }]", "an approver needs `key` or `role`"),
        ("approvers = [{ name = 'a', role = ¶'r', key = 'x' }]", "an approver has `key` or `role`, not both"),
        ("approvers = [{ name = ¶'', role = 'r' }]", "`` is no name: 1 to 64 characters, no control character"),
        ("approvers = [{ name = 'a', role = ¶'a b' }]", "`a b` is no role: 1 to 64 characters of `A-Z a-z 0-9 . _ -`"),
        (
            "approvers = [{ name = 'a', key = ¶'sha256:00' }]",
            "`key` is `sha256:` and the 64 lower-case hex digits of the key's SPKI hash",
        ),
        ("approvers = [{ name = 'a', role = 'r' }, ¶{ name = 'a', role = 'r' }]", "the approver `a` stands twice"),
    ] {
        toml(marked, words);
    }
}

#[test]
fn constraints_that_cannot_be_are_marked_themselves() {
    for (marked, words) in [
        ("x = ¶{}", "this asks for nothing: name a constraint, such as `type`"),
        ("x = ¶{ optional = true }", "this asks for nothing: name a constraint, such as `type`"),
        ("x = { all = ¶[], max = 1 }", "`all` must not be empty: leave it out"),
        ("x = { all = [¶{}], max = 1 }", "this asks for nothing: name a constraint, such as `type`"),
        ("x = [1, 2, ¶1.0]", "1 stands twice in one list"),
        ("x = { one-of = ['a', ¶'a'] }", "\"a\" stands twice in one list"),
        ("x = { none-of = ¶[] }", "`none-of` must not be empty"),
        ("x = ¶0x10", "`0x10` is no decimal of at most 34 digits"),
        ("x = { max = ¶inf }", "`inf` is no decimal of at most 34 digits"),
        (
            "x = { max = ¶12345678901234567890123456789012345 }",
            "`12345678901234567890123456789012345` is no decimal of at most 34 digits",
        ),
        ("x = { min = ¶'1.5 EUR' }", "`1.5 EUR` is no decimal of at most 34 digits"),
        ("x = { max = ¶1e99 }", "`1e99` has an exponent beyond ±34"),
        ("x = { min = 2, max = ¶1 }", "the range's `min` 2 is above its `max` 1"),
        ("x = { max = 1, min = ¶2 }", "the range's `min` 2 is above its `max` 1"),
        ("x = { max = ¶-1, money = true }", "the range's `min` 0 is above its `max` -1"),
        ("x = { max = 1, money = ¶false }", "leave `money` out of what is no amount of money"),
        ("x = { max = 1, money = ¶'a..b' }", "`a..b` has an empty key"),
        ("x = { glob = ¶\"a\\u0000\" }", "`a\\0` has a control character"),
        (
            "x = { glob = ¶'../*' }",
            "`../*` matches nothing: a path has no `.`, `..` or empty segment, backslash, `%` or leading `~`",
        ),
        ("x = { regex = ¶'a(' }", "`a(` has a `(` without `)`"),
        (
            "x = { regex = ¶'^a' }",
            "`^a` has `^` or `$`, which others take for anchors; the whole text matches anyway, and `\\^` or `[$]` mean the sign",
        ),
        ("x = { regex = ¶'\\p{L}' }", "`\\p{L}` has `\\p` or `\\P`, which mean other characters each year"),
        ("x = { length = ¶{} }", "a length needs `min` or `max`"),
        ("x = { length = { min = 5, max = ¶4 } }", "the length's `min` 5 is above its `max` 4"),
        ("x = { length = { max = ¶-1 } }", "`max` cannot be -1: too large, negative or no plain integer"),
        (
            "x = { path = ¶'/a/../b' }",
            "`/a/../b` is no root: no `.`, `..` or empty segment (nor a `/` at the end), backslash, `%`, control character or leading `~`",
        ),
        (
            "x = { path = ¶'' }",
            "`` is no root: no `.`, `..` or empty segment (nor a `/` at the end), backslash, `%`, control character or leading `~`",
        ),
        ("x = { domain = ['a.io', ¶'b..io'] }", "`b..io` is no host name"),
        ("x = { domain = ['a.io', 'b.io', ¶'A.io'] }", "`a.io` stands twice in one list"),
        ("x = { domain = ¶'10.0.0.1' }", "`10.0.0.1` is no host name"),
        ("x = { domain = ¶[] }", "`domain` must not be empty: leave it out"),
        ("x = { email = ¶{} }", "an `email` needs `addresses` or `domains`"),
        ("x = { email = { addresses = ['a@a.io', ¶'b'] } }", "`b` is not one plain address"),
        ("x = { email = { addresses = 'a@a.io', domains = ['a.io', ¶'-'] } }", "`-` is no host name"),
        ("x = { url = ¶{ ports = 1 } }", "`url` needs `hosts`"),
        ("x = { url = { hosts = ['a.io', ¶'b c'] } }", "`b c` is no host name or canonical IP address"),
        ("x = { url = { hosts = 'a.io', schemes = ['https', ¶'1s'] } }", "`1s` is no scheme"),
        ("x = { url = { hosts = 'a.io', ports = [443, ¶0] } }", "port 0 is no port"),
        ("x = { url = { hosts = 'a.io', ports = [443, 80, ¶443] } }", "port 443 stands twice in one list"),
        (
            "x = { url = { hosts = 'a.io', ports = ¶70000 } }",
            "a port cannot be 70000: too large, negative or no plain integer",
        ),
        (
            "x = { url = { hosts = 'a.io', path = ¶'v1' } }",
            "`v1` is no path prefix: `/` and segments without `.`, `..`, `%`, none empty, no `/` at the end",
        ),
        ("x = { net = ['10.0.0.0/8', ¶'10.0.0.1/8'] }", "`10.0.0.1/8` has bits beyond its prefix"),
        ("x = { net = ¶'10.0.0.0/33' }", "`10.0.0.0/33` has more bits than an address of its kind"),
        ("x = { net = ['10.0.0.0/8', '11.0.0.0/8', ¶'10.0.0.0/8'] }", "`10.0.0.0/8` stands twice in one list"),
        ("x = { type = ¶'sting' }", "unknown type `sting`, did you mean `string`?"),
        ("¶'a..b' = 1", "`a..b` has an empty key"),
        ("¶'a[' = 1", "a `[` without `]` after it in `a[`"),
        ("¶'[]' = 1", "`[]` does not begin with a key"),
        ("¶'a.b.c.d.e.f.g.h.i' = 1", "`a.b.c.d.e.f.g.h.i` has more than 8 steps"),
        ("¶x = { max = 1, all = [{ max = 1 }] }", "`x` has the same constraint twice"),
    ] {
        param(marked, words);
    }
}

/// What only the whole grant or the whole scope shows.
#[test]
fn faults_of_a_whole_are_marked_where_they_come_from() {
    for (marked, words) in [
        ("params = { 'a' = 1, b = 2, ¶\"\\u0061\" = 3 }", "duplicate key"),
        ("params = { 'a.b' = 1, b = 2, ¶\"a\\u002eb\" = 3 }", "duplicate key"),
        (
            "params = { ok = 1, ¶x = { max = 1, money = 'currency' }, y = 2 }",
            "the currency `currency` of `x` is not a required parameter with a list",
        ),
        (
            "params = { ¶x = { max = 1, money = 'c' }, c = { one-of = ['EUR'], optional = true } }",
            "the currency `c` of `x` is not a required parameter with a list",
        ),
        (
            "params = { x = { max = 1, money = 'c' }, c = 'EUR', ¶y = { max = 1, money = 'd' } }",
            "the currency `d` of `y` is not a required parameter with a list",
        ),
        (
            "limits = [{ rate = 1, per = '1h' }, ¶{ budget = 'x', max = 1, per = '1h' }]",
            "the budget of `x` needs it as a required parameter of `a`",
        ),
        (
            "limits = [{ rate = 1, per = '1h' }, ¶{ budget = 'x', max = 1, per = '1h' }]\nparams = { x = { max = 5, money = 'c' }, c = ['EUR', 'USD'] }",
            "the budget of `x` needs `c` to have one value",
        ),
        (
            "limits = [{ rate = 1, per = '1h' }, { rate = 1, per = '1d' }, ¶{ per = '60m', rate = 1 }]",
            "the limit 1 per 3600 s stands twice in one list",
        ),
        (
            "limits = [{ rate = 5, per = '1d' }, { rate = 1, per = '1h' }, ¶{ per = '60m', rate = 2 }]",
            "the limit 2 per 3600 s shares its counter with one of another maximum; give it a name",
        ),
        ("audience = ['x', 'y', ¶'x']", "`x` stands twice in one list"),
        ("audience = ¶''", "`` is empty or has a control character"),
        ("approval = ¶{ need = 1 }", "an approval needs `of`: names of approvers"),
        ("approval = { of = ¶[] }", "`of` must not be empty: leave it out"),
        ("approval = { of = 'x', unless = ¶{} }", "`unless` must not be empty: leave it out"),
        ("approval = { of = ['x', ¶'x'] }", "`x` stands twice in one `of`"),
        ("approval = { of = 'x', need = ¶17 }", "17 approvals are outside 1 to 16"),
        ("approval = { of = 'x', need = ¶0 }", "0 approvals are outside 1 to 16"),
        (
            "approval = { of = 'x', unless = { y = 1, ¶x = { max = 1, optional = true } } }",
            "`x` is optional in `unless`, where an absent parameter frees no call",
        ),
        (
            "params = { n = 1 }\napproval = { of = 'x', unless = { n = 1, ¶x = { max = 1, money = 'c' } } }",
            "the currency `c` of `x` is not a required parameter with a list",
        ),
        (
            "approval = { of = ¶'ops' }\n[[approvers]]\nname = 'opss'\nrole = 'r'",
            "`ops` is none of the scope's `approvers`, did you mean `opss`?",
        ),
        (
            "approval = { of = ['a', ¶'b'] }\n[[approvers]]\nname = 'a'\nrole = 'r'",
            "`b` is none of the scope's `approvers`",
        ),
    ] {
        grant(marked, words);
    }
    let key = format!("sha256:{}", "0".repeat(64));
    toml(
        &format!(
            "[[approvers]]\nname = 'a'\nkey = '{key}'\n[[grant]]\naction = 'x'\n[[grant]]\naction = 'b'\napproval = {{ of = 'a', need = ¶2 }}"
        ),
        "2 approvals are needed, and 1 keys may approve",
    );
    let same = "[[grant]]\naction = 'a'\nparams = { x = 1 }\n";
    toml(&format!("{same}[[grant]]\naction = 'b'\n¶{same}"), "the same grant of `a` stands twice");
    toml(
        "[[grant]]\naction = 'a'\nlimits = [{ rate = 1, per = '1h' }]\n[[grant]]\naction = 'a'\nopen = true\nlimits = [{ rate = 1, per = '1d' }, ¶{ rate = 2, per = '1h' }]\n",
        "the limit 2 per 3600 s shares its counter with one of another maximum; give it a name",
    );
    toml(
        "limits = [{ rate = 1, per = '1h' }, ¶{ budget = 'x', max = 1, per = '1h' }]\n[[grant]]\naction = 'a'\nparams = { x = { max = 5, money = 'c' }, c = 'EUR' }\n[[grant]]\naction = 'b'\nparams = { x = { max = 5, money = 'c' }, c = 'USD' }\n",
        "the scope-wide budget of `x` needs one currency in all grants that name it",
    );
    let many: String = (0..1_024).map(|n| format!("[[grant]]\naction = 'a{n}'\n")).collect();
    toml(&format!("{many}¶[[grant]]\naction = 'one.more'\n"), "1025 grants are more than 1024");
    let large: String =
        (0..5).map(|n| format!("[[grant]]\naction = 'a{n}'\nparams = {{ x = '{}' }}\n", "y".repeat(10_000))).collect();
    let large = large.replacen("[[grant]]\naction = 'a4'", "¶[[grant]]\naction = 'a4'", 1);
    toml(&large, "the scope takes 50176 bytes, more than 49152");
}

#[test]
fn faults_of_syntax_have_their_place_in_both_languages() {
    for (marked, words) in [
        ("[[grant]¶\n", "unclosed array table, expected `]`"),
        ("a = ¶\n", "string values must be quoted, expected literal string"),
        ("a = 'x¶\n", "invalid literal string, expected `'`"),
        ("a = 1\n¶a = 2", "duplicate key"),
        ("a¶", "key with no value, expected `=`"),
        ("a = [1, 2¶", "unclosed array, expected `]`"),
        ("a = { b = 1¶", "unclosed inline table, expected `}`"),
        ("¶= 1", "unquoted keys cannot be empty, expected letters, numbers, `-`, `_`"),
        ("a = \"\\¶q\"", "missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\\`, `\"`, `x`, `u`, `U`"),
        ("a = ¶tru", "invalid boolean, expected `true`"),
    ] {
        toml(marked, words);
    }
    for (marked, words) in [
        ("¶", "a value of JSON is expected here"),
        ("{\n  \"grant\": [¶,]\n}", "a value of JSON is expected here"),
        ("{\"grant\": []¶", "`,` or the closing bracket is expected here"),
        ("{\"grant\": [], ¶}", "a comma is one too many before a closing bracket"),
        ("{\"deny\": [\"a\", ¶]}", "a comma is one too many before a closing bracket"),
        ("{\"deny\" ¶[]}", "`:` is expected here"),
        ("{\"deny\": [\"a¶\n\"]}", "this is no text as JSON writes it"),
        ("{\"deny\": [\"a\" ¶\"b\"]}", "`,` or the closing bracket is expected here"),
        ("{¶'grant': []}", "a key in double quotes is expected here"),
        ("{\"max_depth\": 0¶1}", "`,` or the closing bracket is expected here"),
        ("{\"max_depth\": 1, ¶\"max_depth\": 2}", "the key `max_depth` stands here twice"),
        ("{\"grant\": [{\"action\": \"a\", \"params\": {\"x\": 1, ¶\"x\": 2}}]}", "the key `x` stands here twice"),
        ("{\"deny\": [\"a\", ¶null]}", "an action must be text, not null"),
        ("{} ¶{}", "nothing may follow the document"),
        ("¶[]", "a table is needed here, not a list"),
    ] {
        json(marked, words);
    }
}

#[test]
fn columns_count_characters_whatever_stands_before() {
    let words = "unknown constraint `maxx`, did you mean `max`?";
    for before in ["", "\u{feff}", "# é 日本 😀\r\n", "\t\t"] {
        let document =
            format!("{before}[[grant]]\r\naction = \"a\"\r\n[grant.params]\r\n\t'é日😀' =\t{{ ¶maxx = 5 }}\r\n");
        toml(&document, words);
        let document = format!(
            "{}{{\r\n\t\"grant\": [{{\"action\": \"a\", \"params\": {{\"é日😀\":\t{{¶\"maxx\": 5}}}}}}]}}",
            before.replace("# é 日本 😀", "")
        );
        json(&document, words);
    }
    let invalid = |bytes: &[u8]| authoring::document(bytes).map(str::to_owned).map_err(|error| error.to_string());
    assert_eq!(invalid(b"\xef\xbb\xbfa = '\xc3\xa9\xff'"), Err("line 1, column 7: this is no UTF-8".to_owned()));
    assert_eq!(invalid(b"a = 1\nb = '\xe2\x82"), Err("line 2, column 6: this is no UTF-8".to_owned()));
    assert_eq!(invalid("a = 'é'".as_bytes()), Ok("a = 'é'".to_owned()));
}

#[test]
fn what_a_terminal_would_obey_is_not_repeated() {
    let found: Vec<AuthoringError> = compile("\"\\u001b[31m\\u202e\" = 1", Format::Toml).err().unwrap_or_default();
    assert_eq!(found[0].message, "unknown key `\u{fffd}[31m\u{fffd}`");
    let document = "x = 1 # \u{1b}[2J";
    let shown = compile(document, Format::Toml).err().unwrap_or_default();
    let shown: Vec<String> = shown.iter().map(|mistake| mistake.excerpt(document)).collect();
    assert!(shown.iter().all(|shown| !shown.contains('\u{1b}')), "{shown:?}");
}
