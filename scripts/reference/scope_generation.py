"""Scopes of a path, generated: documents without mistakes, and above each scope such as let much of the same pass."""

import copy

from document import Grant, Hours, Param, steps
from samples import REGEXES

PATTERNS = (
    "charge",
    "charge",
    "kb.read",
    "kb.write",
    "kb.docs.read",
    "mail.send",
    "kb.*",
    "*.read",
    "kb.*.read",
    "*",
    "*.*",
    "a.*.c.*",
    "x:y/z%2E-1_",
)
NUMBERS = (0, 1, 5, 10, 500, -3, 0.5, 12.75, 0.1, "0.01", "99.99", "1000000", "12345678901234567890.12", "0.0000000001", 9007199254740991)
TEXTS = ("a", "cus_1", "EUR", "USD", "5", "", "é", "true", "a/b", "A", "\U0001f600", "line\nline")
NAMES = (
    "acme.com",
    "*.acme.com",
    "api.acme.com",
    "bank.test",
    "*.bank.test",
    "localhost",
    "xn--bcher-kva.example",
    "*.co.uk",
    "a-1.k.test",
)
GLOBS = (
    "cus_*",
    "*",
    "a*b*",
    "**",
    "public/*",
    "public/**",
    "/srv/**",
    "/**",
    "/srv/*/x",
    "*é",
    "**.md",
    "docs/**/x.md",
    "a",
    "src/**/*.rs",
    "*a*a*a*",
    "?x[*]",
    "/srv/**a",
)
ROOTS = ("/", "/srv", "/srv/data", "docs", "docs/public", "/a b", "a.b")
NETWORKS = (
    "10.0.0.0/8",
    "192.0.2.0/24",
    "192.0.2.1/32",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/0",
    "::1/128",
    "2001:db8::/127",
    "128.0.0.0/1",
    "fe80::/10",
)
CURRENCIES = ("EUR", "USD", "JPY")
ZONES = (
    "Europe/Zurich",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "UTC",
    "Pacific/Apia",
    "Africa/Cairo",
    "Asia/Kathmandu",
)
AUDIENCES = ("https://pay.acme.com", "urn:svc:a", "")
REGIONS = ("eu", "us-east-1", "EU")
KEYS = (
    "amount",
    "currency",
    "to",
    "note",
    "id",
    "flag",
    "url",
    "items[].price",
    "items[].sku",
    "items[].tags[]",
    "tags[]",
    "grid[][]",
    "o.a",
    "o.b",
    "o.b.c",
    "o",
    "items",
    "tags",
    "w\\.x",
    "w\\[\\]",
    "w\\\\",
    "é",
)
MONEY = ("amount", "items[].price", "o.a")
APPROVERS = [
    {"name": "ops", "role": "ops"},
    {"name": "ops", "role": "Night.ops-1"},
    {"name": "cfo", "key": "sha256:" + "0a" * 32},
    {"name": "cfo", "key": "sha256:" + "0b" * 32},
]
WINDOWS = ("1s", "60s", "1m", "1h", "24h", "1d", "366d")


def some(random, of, least, most):
    """Some of a list, each once."""
    return [*dict.fromkeys(random.sample(of, min(len(of), random.randint(least, most))))]


def constraint(random, kind):
    """The keys of one constraint of a kind in a table."""
    if kind in ("one-of", "none-of"):
        pool = [*TEXTS, *(number for number in NUMBERS if not isinstance(number, str)), True, False]
        least = 0 if kind == "one-of" and random.random() < 0.03 else 1
        members = some(random, TEXTS if random.random() < 0.6 else pool, least, 3)
        return {kind: members if least == 0 or len(members) > 1 or kind == "none-of" or random.random() < 0.7 else members[0]}
    if kind == "range":
        low, high = sorted(random.sample(NUMBERS, 2), key=lambda each: float(each))
        table = {"min": low, "max": high}
        if random.random() < 0.4:
            del table[random.choice(["min", "max"])]
        return table
    if kind == "regex":
        return {kind: random.choice([*REGEXES]) if random.random() < 0.4 else expression(random, 3)}
    if kind == "length":
        low = random.choice([0, 1, 2, 5])
        table = {"min": low, "max": low + random.choice([0, 1, 4])}
        if random.random() < 0.4:
            del table[random.choice(["min", "max"])]
        return {"length": table}
    if kind == "email":
        table = {"addresses": some(random, ["a@acme.com", "ops+1@bank.test", "O.x@acme.com"], 1, 2), "domains": some(random, NAMES, 1, 2)}
        if random.random() < 0.6:
            del table[random.choice(["addresses", "domains"])]
        return {"email": table}
    if kind == "url":
        table = {"hosts": some(random, [*NAMES, "192.0.2.1", "2001:db8::1"], 1, 3)}
        if random.random() < 0.4:
            table["schemes"] = some(random, ["https", "http"], 1, 2)
        if random.random() < 0.4:
            table["ports"] = some(random, [80, 443, 8443, 65535], 1, 2)
        if random.random() < 0.6:
            table["path"] = random.choice(["/", "/v1", "/v1/x", "/a-b/~c"])
        return {"url": table}
    of = {"glob": GLOBS, "path": ROOTS, "type": ("string", "number", "integer", "boolean", "object", "array")}
    if kind in of:
        return {kind: random.choice(of[kind])}
    return {kind: some(random, {"domain": NAMES, "net": NETWORKS}[kind], 1, 3)}


def kind(random, kinds):
    """A kind; those that read their values more often."""
    return random.choice([*kinds, *(each for each in kinds if each in ("domain", "email", "url", "net", "path", "glob", "range"))])


def expression(random, depth):
    """A regular expression of few letters, so that texts of these letters often match."""
    branches = ["".join(piece(random, depth) for _ in range(random.choice([0, 1, 1, 2, 2, 3]))) for _ in range(random.choice([1, 1, 1, 2]))]
    return "|".join(branches)


def piece(random, depth):
    atoms = [
        "a",
        "b",
        "a",
        "b",
        ".",
        "-",
        ",",
        "\\.",
        "\\n",
        "\\-",
        "\\^",
        "[ab]",
        "[^a]",
        "[a-c]",
        "[-a]",
        "[b-]",
        "[^-b]",
        "[a\\-c]",
        "[.$^]",
        "[\\]\\[]",
        "[^\\n]",
    ]
    atom = random.choice(atoms) if depth == 0 or random.random() < 0.7 else f"({expression(random, depth - 1)})"
    return atom + random.choice(["", "", "", "", "*", "+", "?", "{2}", "{0}", "{1,}", "{0,2}", "{1,3}"])


def parameter(random, kinds):
    """A parameter's table, of one constraint as a rule."""
    table = constraint(random, kind(random, kinds))
    while random.random() < 0.15:
        more = constraint(random, kind(random, kinds))
        if random.random() < 0.3:
            several = {**table, "all": [*table.get("all", []), more]}
        elif not ({*table} & {*more} or ({*table} | {*more}) >= {"min", "max"} or {"min", "max"} & {*table}):
            several = table | more
        else:
            continue
        encoded = [each.encode() for each in Param("x", several).constraints]
        # No constraint stands twice, however it is written.
        table = several if len(encoded) == len({*encoded}) else table
    if list(table) == ["one-of"] and random.random() < 0.5:
        return table["one-of"]
    if random.random() < 0.3:
        table["optional"] = True
    return table


def grant(random, kinds):
    params = {}
    for key in some(random, KEYS, 0, 4):
        # A path beneath another, or a value and elements of it, is rarely what someone writes.
        if random.random() < 0.9 and any(one[: len(other)] == other for one, other in clashes(steps(key), params)):
            continue
        if key in MONEY and random.random() < 0.6:
            table = {"max": random.choice([5, 500, "99.99", 0]), "money": random.choice([True, "currency"])}
            if random.random() < 0.3:
                table["min"] = random.choice([0, -5, "0.01"]) if table["max"] else -5
            params[key] = table
        else:
            params[key] = parameter(random, kinds)
    value = {"action": random.choice(PATTERNS), "params": params}
    if random.random() < 0.2:
        value["open"] = True
    if random.random() < 0.15:
        value["audience"] = some(random, AUDIENCES[:2], 1, 2)
    if random.random() < 0.35:
        value["limits"] = limits(random, [*params])
    if random.random() < 0.1:
        value["approval"] = {"of": some(random, ["ops", "cfo"], 1, 2)}
        if random.random() < 0.5:
            value["approval"]["need"] = random.choice([1, 2])
        if random.random() < 0.7:
            value["approval"]["unless"] = {key: required(parameter(random, kinds)) for key in some(random, [*params] or ["amount"], 1, 2)}
    return value


def clashes(path, params):
    for key in params:
        yield from ((path, steps(key)), (steps(key), path))


def required(table):
    if isinstance(table, dict):
        table.pop("optional", None)
    return table


def limits(random, keys):
    found = []
    for _ in range(random.randint(1, 2)):
        numeric = [key for key in keys if key in MONEY]
        limit = (
            {"budget": random.choice(numeric)}
            if numeric and random.random() < 0.7
            else {"rate": random.choice([0, 1, 3, 10, 2**40, 2**40])}
        )
        limit["per"] = random.choice(WINDOWS)
        if random.random() < 0.3:
            limit["name"] = random.choice(["shared", "charge", "x"])
        found.append(limit)
    return found


def scope(random, kinds, features):
    document = {"grant": [grant(random, kinds) for _ in range(random.choice([1] * 8 + [2] * 6 + [3, 4, 0]))]}
    if random.random() < 0.06:
        document["deny"] = some(random, PATTERNS, 1, 2)
    if random.random() < 0.25:
        document["limits"] = limits(random, [key for each in document["grant"] for key in each["params"]])
    if "hours" in features and random.random() < 0.15:
        document["hours"] = hours(random)
    if "regions" in features and random.random() < 0.12:
        document["regions"] = some(random, REGIONS, 1, 2)
    if random.random() < 0.1:
        document["max_depth"] = random.randint(0, 8)
    return document


def hours(random):
    """Some hours, no minute of a day in the same interval twice."""
    value = {"zone": random.choice(ZONES), "open": []}
    for _ in range(random.randint(1, 3)):
        start = random.choice(["00:00", "01:00", "02:00", "02:30", "08:00", "17:00", "23:59"])
        end = random.choice([each for each in ("00:01", "01:01", "03:00", "17:00", "24:00", start[:-1] + "9") if each > start])
        days = random.choice([*Hours.DAYS, "mon-fri", "sat-sun", "mon-sun", "tue-thu"])
        value["open"].append(f"{days} {start}-{end}")
        if len(read := Hours(value).intervals) != len({*read}):
            value["open"].pop()
    if len(value["open"]) == 1 and random.random() < 0.5:
        (value["open"],) = value["open"]
    return value


def above(random, child, kinds, features):
    """A scope above another: as a rule one that lets much of the same pass."""
    chance = random.random()
    if chance < 0.3:
        return {"grant": [{"action": "*", "params": {}, "open": True}]}
    if chance < 0.35:
        return scope(random, kinds, features)
    document = copy.deepcopy(child)
    document.pop("max_depth", None)
    for each in document["grant"]:
        for key in [*each["params"]]:
            chance = random.random()
            if chance < 0.07:
                each["params"][key] = parameter(random, kinds)
            elif chance < 0.2:
                del each["params"][key]
                each["open"] = True
        if random.random() < 0.15:
            each["action"] = random.choice(["*", each["action"], random.choice(PATTERNS)])
        if random.random() < 0.2:
            each["limits"] = limits(random, [*each["params"]])
    if random.random() < 0.15:
        document["grant"].append(grant(random, kinds))
    if random.random() < 0.04:
        document["deny"] = some(random, PATTERNS, 1, 1)
    return document


def repair(random, document, features):
    """What makes a document one without mistakes: currencies, budgeted parameters, one maximum a counter, no grant twice."""
    most = {}
    wanted = {steps(limit["budget"]) for limit in document.get("limits", []) if "budget" in limit}
    currency = random.choice(CURRENCIES)
    for each in document["grant"]:
        params = each["params"]
        for holder in (each, document):
            if not holder.get("limits", True):
                del holder["limits"]
        budgets = {limit["budget"] for limit in each.get("limits", []) if "budget" in limit}
        each["limits"] = [limit for limit in each.get("limits", []) if "rate" in limit or limit["budget"] in params]
        for key, table in params.items():
            if not isinstance(table, dict):
                if key in budgets:
                    params[key] = {"max": 500}
            elif key in budgets:
                table.pop("optional", None)
                if not {"min", "max"} & {*table}:
                    params[key] = {"max": 500, "money": True}
            if steps(key) in wanted:
                params[key] = {"max": 500, "money": "currency"}
        for key, table in [*params.items()]:
            if isinstance(table, dict) and "money" in table:
                if steps(key) in wanted:
                    table["money"] = "currency"
                if table["money"] == "currency":
                    single = key in budgets or steps(key) in wanted
                    params["currency"] = (
                        currency if single or random.random() < 0.5 else [currency, *(code for code in CURRENCIES[:2] if code != currency)]
                    )
        # A currency that one budget wants as one value is one value for all.
        if any(
            isinstance(table, dict) and table.get("money") == "currency" and (key in budgets or steps(key) in wanted)
            for key, table in params.items()
        ):
            params["currency"] = currency
        if not each["limits"]:
            del each["limits"]
        if "approval" in each and "approval" not in features:
            del each["approval"]
        if "audience" in each and "audience" not in features:
            del each["audience"]
    if any("approval" in each for each in document["grant"]):
        document["approvers"] = APPROVERS
    keys = {key for each in document["grant"] for key in each["params"]}
    for holder in (*document["grant"], document):
        kept = {}
        for limit in holder.get("limits", []):
            if "budget" in limit and holder is document and limit["budget"] not in keys and random.random() < 0.5:
                continue
            name = ("name", limit["name"]) if "name" in limit else ("action", holder.get("action", ""))
            counter = (name, limit.get("budget"), window(limit["per"]))
            drawn = most.setdefault(counter, limit.get("rate", random.choice([0, 5, 500, "999.99", 100000, 10**9])))
            limit["rate" if "rate" in limit else "max"] = drawn
            kept[counter] = limit
        if kept:
            holder["limits"] = [*kept.values()]
        else:
            holder.pop("limits", None)
    unique = {Grant(each).encode(): each for each in document["grant"]}
    document["grant"] = [*unique.values()]
    return document


def window(per):
    return int(per[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[per[-1]]


def path(random, kinds, features):
    """The scopes of a path, the leaf's first."""
    scopes = [scope(random, kinds, features)]
    while random.random() < 0.55 and len(scopes) < 4:
        scopes.append(above(random, scopes[-1], kinds, features))
    return [repair(random, copy.deepcopy(each), features) for each in scopes]
