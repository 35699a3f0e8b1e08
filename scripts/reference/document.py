"""The authoring form, PROFILE section 2, read into what is judged. Only documents without mistakes come here."""

import re

import der
from constraints import Domain, Email, Glob, Length, Net, NoneOf, OneOf, PathRoot, Range, Regex, Type, Url, number

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
RANGE = ("min", "max", "money")


def steps(text):
    """The steps of a path as it is written: keys are text, None is each element."""
    found, key, at = [], "", 0
    while at < len(text):
        if text[at] == "\\":
            key += text[at + 1]
            at += 2
            continue
        if text.startswith("[]", at):
            if key:
                found.append(key)
            found.append(None)
            key = ""
            at += 2
        elif text[at] == ".":
            if key:
                found.append(key)
            key = ""
            at += 1
        else:
            key += text[at]
            at += 1
    return tuple([*found, key] if key else found)


def written(path):
    """A path as it is written."""
    text = ""
    for at, step in enumerate(path):
        text += "[]" if step is None else ("." if at else "") + re.sub(r"[\\.\[\]]", r"\\\g<0>", step)
    return text


class Param:
    def __init__(self, key, value):
        self.path = steps(key)
        self.written = written(self.path)
        self.optional = isinstance(value, dict) and value.get("optional", False)
        tables = [value, *value.get("all", [])] if isinstance(value, dict) else [{"one-of": value if isinstance(value, list) else [value]}]
        self.constraints = sorted((each for table in tables for each in _constraints(table)), key=lambda each: each.encode())

    def encode(self):
        optional = der.boolean(True) if self.optional else b""
        return der.node(0x30, der.path(self.path), optional, der.set_of(each.encode() for each in self.constraints))


def _constraints(table):
    if any(key in table for key in RANGE):
        currency = table.get("money")
        yield Range(
            table.get("min"),
            table.get("max"),
            currency is not None and currency is not False,
            steps(currency) if isinstance(currency, str) else None,
        )
    for key, value in table.items():
        if key in MAKERS:
            yield MAKERS[key](value)


MAKERS = {
    "one-of": lambda value: OneOf(value if isinstance(value, list) else [value]),
    "none-of": lambda value: NoneOf(value if isinstance(value, list) else [value]),
    "glob": Glob,
    "regex": Regex,
    "length": lambda value: Length(value.get("min"), value.get("max")),
    "path": PathRoot,
    "domain": Domain,
    "email": lambda value: Email(value.get("addresses", []), value.get("domains", [])),
    "url": lambda value: Url(value.get("schemes", ["https"]), value["hosts"], value.get("ports", []), value.get("path")),
    "net": Net,
    "type": Type,
}


class Limit:
    def __init__(self, value):
        self.rate = value.get("rate")
        self.path = steps(value["budget"]) if "budget" in value else None
        self.most = number(value["max"]) if "budget" in value else self.rate
        amount, unit = re.fullmatch(r"([0-9]+)([smhd])", value["per"]).groups()
        self.window = int(amount) * SECONDS[unit]
        self.name = value.get("name")

    def encode(self):
        counts = der.integer(self.rate, 0x80) if self.path is None else der.node(0xA1, der.path(self.path), der.decimal(self.most))
        name = b"" if self.name is None else der.text(self.name)
        return der.node(0x30, counts, der.integer(self.window), name)

    def counter(self, grant, scope):
        """What tells the counters of one scope apart."""
        name = ("name", self.name) if self.name is not None else ("action", grant.action if grant else "")
        currencies = (each.currency(self.path) for each in ([grant] if grant else scope.grants)) if self.path else ()
        return name, "rate" if self.path is None else "budget", self.path, self.window, next(filter(None, currencies), None)


class Approval:
    def __init__(self, value):
        self.of = value["of"]
        self.need = value.get("need", 1)
        self.unless = _params(value.get("unless", {}))

    def encode(self):
        unless = [der.set_of((param.encode() for param in self.unless), 0xA0)] if self.unless else []
        return der.node(0xA1, der.set_of(map(der.text, self.of)), der.integer(self.need), *unless)


class Grant:
    def __init__(self, value):
        self.action = value["action"]
        self.pattern = self.action.split(".")
        self.params = _params(value.get("params", {}))
        self.open = value.get("open", False)
        self.limits = _limits(value)
        self.audience = value.get("audience", [])
        self.approval = Approval(value["approval"]) if "approval" in value else None
        # Where no leaf is unexpected, and which paths a null or an empty leaf may stand on.
        self.ends = {param.path for param in self.params}
        self.whole = [
            param.path
            for param in self.params
            if any(isinstance(each, Type) and each.name in ("object", "array") for each in param.constraints)
        ]
        self.by_path = {param.path: param for param in self.params}
        self.through = {param.path[:length] for param in self.params for length in range(1, len(param.path))}

    def encode(self):
        return der.node(
            0x30,
            der.text(self.action),
            der.set_of(param.encode() for param in self.params),
            der.boolean(True) if self.open else b"",
            der.set_of((limit.encode() for limit in self.limits), 0xA0) if self.limits else b"",
            self.approval.encode() if self.approval else b"",
            der.set_of(map(der.text, self.audience), 0xA2) if self.audience else b"",
        )

    def currency(self, path):
        """The one currency of an amount of money, or None."""
        for constraint in self.by_path[path].constraints if path in self.by_path else ():
            if isinstance(constraint, Range) and constraint.currency:
                (currency,) = next(each.members for each in self.by_path[constraint.currency].constraints if isinstance(each, OneOf))
                return currency
        return None


class Hours:
    """Days and minutes; `mon-fri 08:00-18:00` is five intervals."""

    DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

    def __init__(self, value):
        self.zone = value["zone"]
        texts = value["open"] if isinstance(value["open"], list) else [value["open"]]
        self.intervals = [interval for text in texts for interval in self.read(text)]

    def read(self, text):
        days, times = text.split(" ")
        first, _, last = days.partition("-")
        start, end = (60 * int(time[:2]) + int(time[3:]) for time in times.split("-"))
        for day in range(self.DAYS.index(first), self.DAYS.index(last or first) + 1):
            yield day + 1, start, end

    def encode(self):
        intervals = (der.node(0x30, *map(der.integer, interval)) for interval in self.intervals)
        return der.node(0xA2, der.text(self.zone), der.set_of(intervals))


def _approver(value):
    """An approver of a scope, encoded."""
    who = der.octets(bytes.fromhex(value["key"].removeprefix("sha256:")), 0x80) if "key" in value else der.text(value["role"], 0x81)
    return der.node(0x30, der.text(value["name"]), who)


class Scope:
    """A scope as its grants, limits and parameters follow each other in its encoding."""

    def __init__(self, document):
        self.grants = sorted(map(Grant, document.get("grant", [])), key=lambda each: each.encode())
        self.deny = document.get("deny", [])
        self.limits = _limits(document)
        self.hours = Hours(document["hours"]) if "hours" in document else None
        self.regions = document.get("regions", [])
        self.approvers = document.get("approvers", [])
        self.depth = document.get("max_depth")

    def encode(self):
        parts = [der.integer(1), der.set_of(grant.encode() for grant in self.grants)]
        if self.deny:
            parts.append(der.set_of(map(der.text, self.deny), 0xA0))
        if self.limits:
            parts.append(der.set_of((limit.encode() for limit in self.limits), 0xA1))
        if self.hours:
            parts.append(self.hours.encode())
        if self.regions:
            parts.append(der.set_of(map(der.text, self.regions), 0xA3))
        if self.approvers:
            parts.append(der.set_of(map(_approver, self.approvers), 0xA4))
        if self.depth is not None:
            parts.append(der.integer(self.depth, 0x85))
        return der.node(0x30, *parts)


def _params(table):
    return sorted((Param(key, value) for key, value in table.items()), key=lambda each: each.encode())


def _limits(table):
    return sorted(map(Limit, table.get("limits", [])), key=lambda each: each.encode())
