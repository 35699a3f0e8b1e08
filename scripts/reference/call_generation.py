"""Calls upon the scopes of a path, generated: such as are accepted as a rule, and near misses of them."""

import datetime
import json
import zoneinfo

from document import Hours, steps
from samples import ADDRESSES, SAMPLES, Raw, dumps
from scope_generation import AUDIENCES, KEYS, PATTERNS, REGIONS, TEXTS, some
from values import BYTES, VALUES

ACTIONS = ("charge", "kb.read", "kb.write", "kb.docs.read", "kb", "mail.send", "a.b.c.d.e.f.g.h", "Charge", "x:y/z%2E-1_")
STRANGE_ACTIONS = (
    "",
    ".",
    "kb.",
    ".kb",
    "kb..read",
    "kb.*",
    "*",
    "kb.read ",
    "kb.read\n",
    "k\u0431",
    "a.b.c.d.e.f.g.h.i",
    "a" * 64,
    "a" * 65,
    "KB.read",
)
# Sundays, Thursdays and Fridays on which some zone above changes its clocks.
CLOCK_CHANGES = (
    (2026, 3, 8),
    (2026, 3, 29),
    (2026, 4, 5),
    (2026, 4, 24),
    (2026, 10, 4),
    (2026, 10, 25),
    (2026, 10, 30),
    (2026, 11, 1),
    (2021, 4, 4),
    (2021, 9, 26),
    (2033, 3, 27),
)


def call(random, scopes):
    """A call upon a path: (action, arguments as JSON text, audience, region, now)."""
    grants = [each for document in scopes[: 1 + (random.random() < 0.1) * 3] for each in document["grant"]]
    chosen = random.choice(grants) if grants else {"action": random.choice(PATTERNS), "params": {}}
    action = random.choice(ACTIONS) if random.random() < 0.05 else concrete(random, chosen["action"])
    if random.random() < 0.01:
        action = random.choice(STRANGE_ACTIONS)
    misses = random.choice([0, 0, 0, 1, 1, 2])
    missed = {*some(random, [*chosen["params"]], 0, misses)} if misses else set()
    value = build(random, chosen["params"], missed)
    for _ in range(random.choice([0, 0, 0, 0, 0, 1, 2])):
        disturb(random, value)
    text = dumps(value, random.random() < 0.1)
    if random.random() < 0.02:
        text = spoil(random, text)
    audience = random.choice([None, *AUDIENCES]) if random.random() < 0.3 else next(iter(chosen.get("audience", [None])))
    region = (
        random.choice([None, *REGIONS])
        if random.random() < 0.3
        else next((each for document in scopes for each in document.get("regions", [])), None)
    )
    return {"action": action, "arguments": text, "audience": audience, "region": region, "now": moment(random, scopes)}


def concrete(random, pattern):
    parts = pattern.split(".")
    last = ["read"] if random.random() < 0.8 else ["docs", "read"] if random.random() < 0.7 else []
    parts = [random.choice(["kb", "docs", "b"]) if part == "*" else part for part in parts[:-1]] + (
        last if parts[-1] == "*" else parts[-1:]
    )
    return ".".join(parts)


def moment(random, scopes):
    """A time: at the edge of the hours of a scope, and where its zone changes its clocks, if there are any."""
    hours = [Hours(document["hours"]) for document in scopes if "hours" in document]
    if not hours:
        return 1_780_315_200
    chosen = random.choice(hours)
    day, start, end = random.choice(chosen.intervals)
    date = datetime.datetime(2020, 1, 5) + datetime.timedelta(days=day + 7 * random.randrange(780))
    if random.random() < 0.25:
        date = datetime.datetime(*random.choice(CLOCK_CHANGES)) + datetime.timedelta(days=random.choice([-1, 0, 0, 0, 1]))
        start, end = random.choice([(start, end), (60, 180), (0, 120)])
    minute = random.choice([start, (start + end) // 2, (start + end) // 2, end - 1, end, random.randrange(1_440)])
    local = date + datetime.timedelta(minutes=minute, seconds=random.choice([0, 0, 59, -1, 1]))
    return int(local.replace(tzinfo=zoneinfo.ZoneInfo(chosen.zone), fold=random.randrange(2)).timestamp())


def build(random, params, missed):
    """Arguments for the parameters of a grant; those in `missed` near the edge of what they accept."""
    tree = {}
    for key, table in params.items():
        node = tree
        for step in steps(key):
            node = node.setdefault(step, {})
        node.setdefault("", (key, table))
    return fill(random, tree, missed)


def fill(random, node, missed):
    below = [step for step in node if step != ""]
    if "" in node and (not below or random.random() < 0.5):
        key, table = node[""]
        return sample(random, table, key in missed)
    if None in node and (len(below) == 1 or random.random() < 0.5):
        return [fill(random, node[None], missed) for _ in range(random.choice([0, 1, 1, 2, 3]))]
    value = {}
    for step in below:
        if step is not None:
            own = node[step].get("")
            optional = own is not None and isinstance(own[1], dict) and own[1].get("optional")
            chance = random.random()
            if not (optional and chance < 0.3):
                value[step] = fill(random, node[step], missed)
            elif chance < 0.1:
                value[step] = None
    return value


def sample(random, table, miss):
    if not isinstance(table, dict):
        table = {"one-of": table if isinstance(table, list) else [table]}
    tables = [table, *table.get("all", [])]
    table = random.choice(tables)
    kinds = [key for key in table if key in SAMPLES] + (["range"] if {"min", "max", "money"} & {*table} else [])
    if not kinds:
        return random.choice([None, 1, "a"])
    kind = random.choice(kinds)
    of = SAMPLES[kind][miss]
    return of(random, table if kind == "range" else table[kind] if kind != "one-of" or isinstance(table[kind], list) else [table[kind]])


def disturb(random, value):
    """Changes one thing somewhere in the arguments."""
    places = []

    def walk(node):
        for key in node if isinstance(node, dict) else range(len(node)):
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                walk(node[key])

    walk(value)
    chance = random.random()
    if not places or chance < 0.3:
        key = random.choice([*(steps(each)[0] for each in KEYS), "extra", "", "a.b", "Amount", "amount ", "a[]", "z\n"])
        target = random.choice([value, *(node for node, _ in places if isinstance(node, dict))])
        target[key] = random.choice(
            [None, {}, [], 1, "x", False, {"a": None}, {"b": {}, "a": []}, [[]], [None], [{"c": 1}], {"c": [1, {"d": 2}]}]
        )
        return
    node, key = random.choice(places)
    if chance < 0.45:
        del node[key]
    elif chance < 0.6:
        node[key] = None
    elif chance < 0.7:
        node[key] = [node[key]]
    elif chance < 0.75:
        node[key] = {"a": node[key]}
    elif chance < 0.85 and isinstance(node[key], (str, int)) and not isinstance(node[key], bool):
        # A number as text, or text as a token: what is no token spoils the JSON.
        node[key] = str(node[key]) if isinstance(node[key], (Raw, int)) else node[key] + random.choice(["\n", " ", "\0", "x"])
    else:
        node[key] = random.choice([{}, [], "", 0, -1, True, Raw("1.5"), "-1", random.choice(ADDRESSES), random.choice(TEXTS), [[], {}]])


def spoil(random, text):
    """A JSON text that is no I-JSON object any more, or still one at the very edge."""
    value = random.choice(
        [
            "NaN",
            "Infinity",
            "-Infinity",
            "9007199254740992",
            "9007199254740993",
            "-9007199254740991",
            "9007199254740991.4",
            "9007199254740991.6",
            "1e16",
            "1e400",
            "1e-400",
            "4503599627370496.5",
            "01",
            "1.",
            "+1",
            '"\\ud800"',
            '"\\udc00\\ud800"',
            '"\\ud83d\\ude00"',
            '{"a":1,"a":1}',
            '{"a":1,"\\u0061":2}',
            '{"\\ud800":1}',
            "[1,]",
            "'a'",
            '"\t"',
            "[" * 30 + "]" * 30,
            "[" * 31 + "]" * 31,
            "[" * 32 + "]" * 32,
            "[" * 40 + "]" * 40,
            "[" + "1," * 4_200 + "1]",
        ]
    )
    if random.random() < 0.1:
        return at_the_bounds(random, text)
    if random.random() < 0.1:
        return random.choice([f"[{text}]", value, text + text, "", text[:-1], " " + text + "\n"])
    return beside(text, value)


def beside(text, value):
    """The object of a JSON text with one member more."""
    return '{"extra":' + value + ("," + text[1:] if text != "{}" else "}")


def at_the_bounds(random, text):
    """Arguments with just as many bytes or values as there may be, or one more."""
    more = random.randrange(2)
    if random.random() < 0.5:
        room = BYTES - len(beside(text, '""').encode()) + more
        return beside(text, '"' + "a" * room + '"')
    room = VALUES - count(json.loads(text)) - 1 + more
    return beside(text, "[" + ",".join("1" * room) + "]")


def count(value):
    """Values in a value, itself among them."""
    return 1 + sum(map(count, value.values() if isinstance(value, dict) else value if isinstance(value, list) else []))
