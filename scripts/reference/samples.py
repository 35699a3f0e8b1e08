"""Values at and about the edge of each constraint: `good_…`, which it accepts as a rule, and `missed_…`, which it refuses as a rule."""

import ipaddress
import json
from decimal import Decimal


class Raw(str):
    """A token that is written into the JSON text as it stands."""


def dumps(value, ascii=False):
    """JSON text of a value that may hold raw tokens."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=ascii)}:{dumps(each, ascii)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumps(each, ascii) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii)


def plain(decimal):
    return format(decimal, "f")


def numeric(random, value):
    """A number, written as a number or as text."""
    text = plain(Decimal(str(value)))
    forms = [Raw(text)] * 3 + [text]
    if random.random() < 0.2:
        forms += [
            Raw(text + ("0" if "." in text else ".0")),
            text + ("00" if "." in text else ".0"),
            Raw(text + "e0"),
            Raw(f"{Decimal(text):E}"),
        ]
    return random.choice(forms)


def good_one_of(random, members):
    return written(random.choice(members)) if members else "x"


def missed_one_of(random, members):
    member = random.choice(members) if members else "x"
    if isinstance(member, bool):
        return random.choice([not member, 1, 0, "true", None])
    if isinstance(member, str):
        return random.choice(
            [member.swapcase(), member + " ", member + "\n", "", member[:-1], member + "\u0301", [member], None, 5, unify(member)]
        )
    return random.choice([str(member), member + 1, above(member, "0.5"), above(member, "0.0000001"), True, -member, [member], None])


def good_none_of(random, members):
    return missed_one_of(random, members)


def missed_none_of(random, members):
    return random.choice([good_one_of(random, members), missed_one_of(random, members)])


def good_range(random, table):
    least, most = bounds(table)
    step = Decimal(random.choice(STEPS))
    value = random.choice([least, most, least + step, most - step, (least + most) / 2])
    return numeric(random, min(max(value, least), most))


def missed_range(random, table):
    least, most = bounds(table)
    step = Decimal(random.choice(STEPS))
    text = plain(most)
    if random.random() < 0.5:
        return numeric(random, random.choice([most + step, least - step, -most, most * 10]))
    return random.choice(
        [
            "0" + text,
            "+" + text,
            text + ".",
            text + " ",
            text + "\n",
            " " + text,
            ".5",
            "1e2",
            "1,5",
            "0x10",
            "-0",
            "-0.0",
            "--1",
            "",
            "\u0663",
            "0." + "0" * 32 + "1",
            "0." + "0" * 33 + "1",
            "1" * 34,
            "1" * 35,
            "NaN",
            "Infinity",
            True,
            False,
            None,
            [Raw(plain(most))],
            {},
            Raw("9007199254740991"),
            Raw("-0"),
            Raw("-0.0"),
            Raw("5e-324"),
            Raw("0.1e1"),
            Raw("0.30000000000000004"),
            Raw("0.1000000000000000055511151231257827"),
        ]
    )


def good_glob(random, pattern):
    text = pattern.replace("**", "\0")
    while "\0" in text or "*" in text:
        text = text.replace("\0", random.choice(["a", "a/b", "x/y/z", ".hidden/c"]), 1).replace("*", random.choice(RUNS[1:4]), 1)
    return text


def missed_glob(random, pattern):
    text = pattern.replace("**", "\0")
    while "\0" in text or "*" in text:
        text = text.replace("\0", random.choice(["", "a/", "../a", "a/./b", "a//b", "/", "a%2e", "~"]), 1)
        text = text.replace("*", random.choice([*RUNS, "a/b", "\n", "\x85", "%", "\\", "\u2028"]), 1)
    return near_text(random, text)


def good_regex(random, expression):
    return random.choice(REGEXES[expression][0] if expression in REGEXES else letters(random))


def missed_regex(random, expression):
    matching, others = REGEXES.get(expression) or (letters(random), letters(random))
    return random.choice([near_text(random, random.choice(matching)), random.choice(others)])


def letters(random):
    """Short texts of the letters that generated expressions are made of."""
    return ["".join(random.choices("aabbc.,-\n^$][", k=random.choice([0, 1, 2, 2, 3, 3, 4, 6]))) for _ in range(4)]


def good_length(random, table):
    least, most = table.get("min", 0), table.get("max", table.get("min", 0) + 3)
    size = random.choice([least, most, (least + most) // 2])
    return ["a"] * size if random.random() < 0.15 else random.choice(LETTERS[:1] * 4 + ("é", "\U0001f600")) * size


def missed_length(random, table):
    least, most = table.get("min", 0), table.get("max", table.get("min", 0) + 3)
    size = max(0, random.choice([least - 1, most + 1, most]))
    text = random.choice(LETTERS) * size
    return random.choice([text, text, ["a"] * size, [], "", size, None, {}, [[]] * size])


def good_path(random, root):
    below = random.choice(["a", "a/b", ".x", "a..b", "a b", "ü", "~a", "..."])
    return root + below if root == "/" else f"{root}/{below}"


def missed_path(random, root):
    below = random.choice(["", "a/", "../a", "a/../b", "./a", "a//b", "a\\b", "a%2fb", "a\n", "\x9f", "~", "a/.", "a/.."])
    return random.choice(
        [
            root,
            root + "/" + below,
            root + below,
            root + "x/a",
            root.lstrip("/") + "/a",
            "/" + root + "/a",
            "~/a",
            "~" + root,
            "",
            "/",
            ".",
            root.upper() + "/a",
            None,
            5,
        ]
    )


def good_domain(random, names):
    name = random.choice(names)
    name = random.choice(["a", "a.b", "xn--bcher-kva", "a-b", "1"]) + name[1:] if name.startswith("*.") else name
    return random.choice([name, name, name.upper(), name.title()])


def missed_domain(random, names):
    name = random.choice(names)
    bare = name.removeprefix("*.")
    return random.choice(
        [
            name,
            bare,
            bare + ".",
            "." + bare,
            "x" + bare,
            "x." + bare,
            "x.y." + bare,
            bare + ".evil.test",
            "-a." + bare,
            "a-." + bare,
            "a_b." + bare,
            "a..b." + bare,
            "é." + bare,
            "\uff41." + bare,
            "a b." + bare,
            bare + "\n",
            " " + bare,
            bare + ":443",
            "*." + bare,
            "a" * 63 + "." + bare,
            "a" * 64 + "." + bare,
            bounded(253, bare),
            bounded(254, bare),
            bare.replace("c", "\u0441"),
            bare.replace("k", "\u212a"),
            random.choice(ADDRESSES),
            random.choice(["127.1", "0x7f.1", "2130706433", "1.2.3.4.5", "a.1", "a.0x1", "1.a", "127.0.0.01"]),
            "",
            5,
            None,
            [bare],
        ]
    )


def good_email(random, table):
    if table.get("addresses") and (not table.get("domains") or random.random() < 0.5):
        local, host = random.choice(table["addresses"]).split("@")
    else:
        local, host = random.choice(["bob", "a.b+c", "o'neil", "x_1"]), good_domain(random, table["domains"])
    return f"{local}@{random.choice([host, host.upper()])}"


def missed_email(random, table):
    good = good_email(random, table)
    local, host = good.split("@")
    return random.choice(
        [
            f"{local}x@{host}",
            f"{local.upper()}@{host}",
            f"{local}@x.{host}",
            f"{local}@{host}.",
            f"{local}@{host},eve@evil.test",
            f"{local}@{host};eve@evil.test",
            f"{good} eve@evil.test",
            f"eve@evil.test\n{good}",
            f"<{good}>",
            f"Bob <{good}>",
            f'"{local}"@{host}',
            f".{good}",
            f"{local}.@{host}",
            f"a..b@{host}",
            f"{local}@evil.test@{host}",
            f"eve@evil.test,{good}",
            f"{local}%evil.test@{host}",
            f"é@{host}",
            f"{local} @{host}",
            f"{local}(x)@{host}",
            f"{local}@[192.0.2.1]",
            f"{local}@192.0.2.1",
            f"{'a' * 64}@{host}",
            f"{'a' * 65}@{host}",
            f"@{host}",
            host,
            local,
            good + "\n",
            " " + good,
            "",
            None,
            [good],
        ]
    )


def good_url(random, table):
    scheme = random.choice(table.get("schemes", ["https"]))
    name = random.choice(table["hosts"])
    name = f"[{name}]" if ":" in name else name if name[0].isdigit() else good_domain(random, [name])
    port = (
        f":{random.choice(table['ports'])}"
        if table.get("ports")
        else random.choice(["", "", {"https": ":443", "http": ":80"}.get(scheme, "")])
    )
    path = table.get("path", "")
    path = random.choice([path, path + "/a", path + "/a/b"]) if path != "/" else random.choice(["", "/", "/a"])
    return (
        f"{random.choice([scheme, scheme, scheme.upper()])}://{name}{port}{path}{random.choice(['', '', '?q=1', '#f', '?a/../b#c?d', '?'])}"
    )


def missed_url(random, table):
    good = good_url(random, table)
    scheme, rest = good.split("://", 1)
    authority = rest.split("/")[0].split("?")[0].split("#")[0]
    path = table.get("path", "")
    tail = rest[len(authority) :]
    if path and random.random() < 0.4:
        beside = [
            path + "x",
            path + "x/a",
            path[:-1] or "/",
            path.upper() + "/a",
            "/x" + path,
            path + "/..",
            path + "//",
            "//" + path,
            "",
            "/",
            path + "/",
        ]
        return f"{scheme}://{authority}{random.choice(beside)}{random.choice(['', '?q', '#f'])}"
    return random.choice(
        [
            f"http://{rest}",
            f"ftp://{rest}",
            f"//{rest}",
            rest,
            f"{scheme}:/{rest}",
            f"{scheme}:///{rest}",
            f"{scheme}:{rest}",
            f"{scheme}://user@{rest}",
            f"{scheme}://{authority}@evil.test/",
            f"{scheme}://{authority}:pw@evil.test/",
            f"{scheme}://evil.test/{rest}",
            f"{scheme}://evil.test#{authority}",
            f"{scheme}://evil.test?{authority}",
            f"{scheme}://evil.test\\.{rest}",
            f"{scheme}://{authority}.{tail}",
            f"{scheme}://{authority}:{tail}",
            f"{scheme}://{authority.split(':')[0]}:0{tail}",
            f"{scheme}://{authority.split(':')[0]}:08443{tail}",
            f"{scheme}://{authority.split(':')[0]}:65536{tail}",
            f"{scheme}://{authority.split(':')[0]}:8444{tail}",
            f"{scheme}://{authority.split(':')[0]}:443{tail}",
            f"{scheme}://{authority.split(':')[0]}:80{tail}",
            f"{scheme}://{authority}{path}x",
            f"{scheme}://{authority}{path}/",
            f"{scheme}://{authority}{path}//a",
            f"{scheme}://{authority}{path}/../a",
            f"{scheme}://{authority}{path}/%2e%2e/a",
            f"{scheme}://{authority}{path}/%2E./a",
            f"{scheme}://{authority}{path}/a{random.choice(ESCAPES)}b",
            f"{scheme}://{authority}{path}/a{random.choice(ESCAPES)}b",
            f"{scheme}://{authority}{path}/..;a/b",
            f"{scheme}://{authority}{path}/%2e;/b",
            f"{scheme}://{authority}{path}/...;/b",
            f"{scheme}://{authority}{path[:-1]}%{ord(path[-1:] or 'a'):x}/a",
            f"{scheme}://{authority}{path}/./a",
            f"{scheme}://{authority}{path}/é",
            f"{scheme}://{authority}{path}/a b",
            f"{scheme}://{authority}{path}/a\tb",
            f"{scheme}://{authority}{path}/a\\b",
            f"{scheme}://{authority}{path}/<a>",
            f"{scheme}://{authority}{path}/a%zz",
            f"{scheme}://{authority}{path}/~a",
            f"{scheme}://{authority}{path}/a;b=c,d",
            f"{scheme}://{authority}",
            f"{scheme}://{authority}/",
            f"{scheme}://x.{rest}",
            f"{scheme}://127.1/",
            f"{scheme}://[::ffff:192.0.2.1]/",
            f"{scheme}://[0::1]/",
            f"{scheme}://[192.0.2.1]/",
            f"{scheme}://[{authority}]/",
            f"{scheme}://[::1%25eth0]/",
            f"{scheme}://::1/",
            f"{scheme}://{authority}%2e/",
            f" {good}",
            f"{good}\n",
            f"{good} ",
            "",
            None,
            5,
        ]
    )


def good_net(random, networks):
    network = ipaddress.ip_network(random.choice(networks))
    size = min(network.num_addresses, 2**32)
    return str(network[random.choice([0, -1, random.randrange(size)])])


def missed_net(random, networks):
    network = ipaddress.ip_network(random.choice(networks))
    first, last = int(network[0]), int(network[-1])
    beside = [
        ipaddress.ip_address(each)
        for each in (max(first - 1, 2**33 if network.version == 6 else 0), min(last + 1, 2**network.max_prefixlen - 1))
    ]
    inside = str(network[0])
    return random.choice(
        [
            *map(str, beside),
            random.choice(ADDRESSES),
            inside + "/32",
            "[" + inside + "]",
            inside + " ",
            inside + "%eth0",
            inside.upper() + ":0",
            "::ffff:" + inside,
            inside.replace(".0", ".00"),
            inside.replace("::", ":0:"),
            inside.upper(),
            int(network[0]) % 2**53,
            str(int(network[0])),
            "localhost",
            "",
            None,
        ]
    )


def good_type(random, name):
    return random.choice(TYPED[name])


def missed_type(random, name):
    return random.choice([*TYPED[random.choice(list(TYPED))], None, "1", Raw("1.5"), Raw("1e-300")])


def bounds(table):
    """The two bounds of a range as numbers; where one is open, one far away."""
    least = table.get("min", 0 if "money" in table and table["money"] is not False else None)
    most = table.get("max")
    least = None if least is None else Decimal(str(least))
    most = None if most is None else Decimal(str(most))
    if least is None:
        least = (most if most is not None else Decimal(0)) - 1_000
    return least, most if most is not None else least + 1_000


def written(member):
    return member if isinstance(member, (bool, str)) else Raw(str(member))


def bounded(length, name):
    """A host name of so many characters below another."""
    room = length - len(name) - 1
    return ".".join(["a" * (2 - room % 2), *["a"] * ((room - 1) // 2), name])


def above(number, step):
    return Raw(plain(Decimal(str(number)) + Decimal(step)))


def unify(text):
    """The same letters in another normal form, or another script."""
    return text.replace("é", "e\u0301").replace("a", "\u0430", 1)


def near_text(random, text):
    return random.choice(
        [
            text,
            text + "\n",
            "\n" + text,
            text + "\0",
            text.swapcase(),
            text[1:],
            text[:-1],
            "x" + text,
            text + "x",
            text + "/x",
            "/" + text,
            text + "\u2028",
            "",
            None,
            5,
            [text],
            True,
        ]
    )


STEPS = ("0", "0.01", "0.5", "1", "1e-9", "100")
RUNS = ("", "a", "b-1", "é", "x y", ".", "~", "..", "a.b")
LETTERS = ("a", "é", "e\u0301", "\U0001f600", "\n")
TYPED = {
    "string": ["", "a", "5", "\n"],
    "number": [0, Raw("1.5"), Raw("-2e3"), Raw("1e-7")],
    "integer": [0, 7, Raw("2.0"), Raw("1e3"), Raw("-9007199254740991")],
    "boolean": [True, False],
    "object": [{}, {"a": 1}, {"a": {"b": [None, 1]}}, {"": None}],
    "array": [[], [1, None], [[], {"a": []}], ["x"]],
}
ESCAPES = ("%2f", "%2F", "%5c", "%25", "%00", "%1f", "%20", "%7f", "%80", "%c2%85", "%41", "%3b")
ADDRESSES = (
    "0.0.0.0",
    "10.0.0.1",
    "10.0.0.01",
    "127.0.0.1",
    "192.0.2.1",
    "192.0.2.255",
    "192.0.3.0",
    "255.255.255.255",
    "256.0.0.1",
    "1.2.3",
    "::",
    "::1",
    "2001:db8::1",
    "2001:DB8::1",
    "2001:db8:0:0::1",
    "2001:db8::0:1",
    "2001:0db8::1",
    "2001:db8:0:1:0:0:0:1",
    "2001:db8::1:0:0:1",
    "2001:db8:1::1:1:1:1:1",
    "2001:db8:1:0:1:1:1:1",
    "::ffff:192.0.2.1",
    "::ffff:c000:201",
    "::192.0.2.1",
    "::c000:201",
    "64:ff9b::c000:201",
    "64:ff9b::192.0.2.1",
    "fe80::1%eth0",
    "fe80::1",
    "1::",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    ":::",
)
# Expressions with texts that they match, and some that they don't.
REGEXES = {
    "cus_[a-z0-9]{4}": (["cus_ab12", "cus_0000"], ["cus_AB12", "cus_ab123", "cus_ab1\u0661", "xcus_ab12"]),
    "[A-Z]{2,3}|none": (["AB", "ABC", "none"], ["A", "ABCD", "ABnone", "nonenone"]),
    "(ab|a)(bc|c)?": (["abbc", "abc", "ac", "a", "ab"], ["abcc", "b", "", "aa"]),
    "a.c": (["abc", "a.c", "a\u2028c", "a\U0001f600c", "a\x85c"], ["a\nc", "a\rc", "ac", "abbc"]),
    "a*a*b": (["b", "aab", "a" * 40 + "b"], ["a" * 40, "ba", "aba"]),
    "(a*)*": (["", "aaa"], ["b", "aab"]),
    "(a|b){0,3}c{2,}": (["cc", "abaccc"], ["c", "ababcc", "abac"]),
    "[^a-c]+": (["xyz", "é\n", "-"], ["a", "xbz", ""]),
    "[-a\\]]{2}": (["-a", "]]", "a-"], ["--a", "\\]", "b-"]),
    "[a-]x?": (["a", "-x"], ["b", "ax-"]),
    "\\.\\*\\\\": ([".*\\"], ["..", "a*\\"]),
    "x{3}": (["xxx"], ["xx", "xxxx"]),
    "": ([""], ["a", "\n", " "]),
    "()|a": (["", "a"], ["aa"]),
    "[\\n\\t]a": (["\na", "\ta"], ["na", "a"]),
    "[$^.]-": (["$-", "^-", ".-"], ["a-", "\\-"]),
    "[\u00e0-\u00ff]+": (["éà"], ["e\u0301", "É"]),
    "\U0001f600?": (["\U0001f600", ""], ["\U0001f601"]),
}
SAMPLES = {
    "one-of": (good_one_of, missed_one_of),
    "none-of": (good_none_of, missed_none_of),
    "range": (good_range, missed_range),
    "glob": (good_glob, missed_glob),
    "regex": (good_regex, missed_regex),
    "length": (good_length, missed_length),
    "path": (good_path, missed_path),
    "domain": (good_domain, missed_domain),
    "email": (good_email, missed_email),
    "url": (good_url, missed_url),
    "net": (good_net, missed_net),
    "type": (good_type, missed_type),
}
