"""Constraints of a parameter, the table of PROFILE section 2: `judge` gives the code of a value that one does not accept, else None."""

import ipaddress
from decimal import Decimal

import der
import hosts
import regexp
from values import amount, decimal_text, is_control


def scalar(value):
    """A scalar of a document: text stays text, a number is exact."""
    return value if isinstance(value, (bool, str)) else number(value)


def number(value):
    """A decimal of a document, a number or text."""
    return decimal_text(value) if isinstance(value, str) else Decimal(str(value))


def kind(value):
    """The JSON type of a value."""
    for name, of in (("boolean", bool), ("number", Decimal), ("string", str), ("array", list), ("object", dict)):
        if isinstance(value, of):
            return name
    return "null"


class OneOf:
    def __init__(self, members):
        self.members = [scalar(member) for member in members]

    def judge(self, value):
        alike = [member for member in self.members if kind(member) == kind(value)]
        if not alike and self.members:
            return "E207"
        return None if value in alike else "E204"

    def encode(self):
        return der.set_of(map(der.scalar, self.members), 0xA0)


class NoneOf:
    def __init__(self, members):
        self.members = [scalar(member) for member in members]

    def judge(self, value):
        alike = [member for member in self.members if kind(member) == kind(value)]
        if not alike:
            return "E207"
        return "E204" if value in alike else None

    def encode(self):
        return der.set_of(map(der.scalar, self.members), 0xA1)


class Range:
    def __init__(self, least, most, money, currency):
        self.least = number(least) if least is not None else Decimal(0) if money else None
        self.most = None if most is None else number(most)
        self.money = money
        self.currency = currency

    def judge(self, value):
        value = amount(value)
        if value is None:
            return "E207"
        within = (self.least is None or self.least <= value) and (self.most is None or value <= self.most)
        return None if within else "E202" if self.money else "E204"

    def encode(self):
        parts = [der.decimal(bound, tag) for bound, tag in ((self.least, 0xA0), (self.most, 0xA1)) if bound is not None]
        if self.money:
            parts.append(der.node(0xA2, der.path(self.currency) if self.currency else b""))
        return der.node(0xA2, *parts)


class Glob:
    def __init__(self, pattern):
        self.pattern = pattern
        self.is_path = "/" in pattern or "**" in pattern

    def judge(self, value):
        if not isinstance(value, str):
            return "E207"
        if self.is_path:
            read = hosts.segments(value)
            if read is None or read[0] != self.pattern.startswith("/") or value == "/":
                return "E204"
        return None if _matches(self.pattern, value) else "E204"

    def encode(self):
        return der.text(self.pattern, 0x83)


def _matches(pattern, text):
    """Whether a glob matches the whole text, by the set of positions of the pattern reached."""
    tokens = []
    at = 0
    while at < len(pattern):
        token = "**" if pattern.startswith("**", at) else pattern[at]
        tokens.append(token)
        at += len(token)

    def rest(positions):
        """Stars may match nothing."""
        todo = list(positions)
        while todo:
            position = todo.pop()
            if position < len(tokens) and tokens[position] in ("*", "**") and position + 1 not in positions:
                positions.add(position + 1)
                todo.append(position + 1)
        return positions

    reached = rest({0})
    for character in text:
        following = set()
        for position in reached:
            token = tokens[position] if position < len(tokens) else None
            if token in ("*", "**"):
                if not is_control(character) and (token == "**" or character != "/"):
                    following.add(position)
            elif token == character:
                following.add(position + 1)
        reached = rest(following)
    return len(tokens) in reached


class Regex:
    def __init__(self, expression):
        self.expression = expression
        self.matches = regexp.compile(expression)

    def judge(self, value):
        if not isinstance(value, str):
            return "E207"
        return None if self.matches(value) else "E204"

    def encode(self):
        return der.text(self.expression, 0x84)


class Length:
    def __init__(self, least, most):
        self.least = least
        self.most = most

    def judge(self, value):
        if not isinstance(value, (str, list)):
            return "E207"
        within = (self.least is None or self.least <= len(value)) and (self.most is None or len(value) <= self.most)
        return None if within else "E204"

    def encode(self):
        bounds = ((self.least, 0x80), (self.most, 0x81))
        return der.node(0xA5, *(der.integer(bound, tag) for bound, tag in bounds if bound is not None))


class PathRoot:
    def __init__(self, root):
        self.root = root
        self.absolute, self.segments = hosts.segments(root)

    def judge(self, value):
        if not isinstance(value, str):
            return "E207"
        read = hosts.segments(value)
        if read is None:
            return "E204"
        absolute, segments = read
        under = len(segments) > len(self.segments) and segments[: len(self.segments)] == self.segments
        return None if under and absolute == self.absolute else "E204"

    def encode(self):
        return der.text(self.root, 0x86)


class Domain:
    def __init__(self, names):
        self.names = names

    def judge(self, value):
        if not isinstance(value, str):
            return "E207"
        host = hosts.host_name(value)
        if host is None:
            return "E203" if hosts.address(value) else "E207"
        return None if any(hosts.is_host(name, host) for name in self.names) else "E203"

    def encode(self):
        return der.set_of(map(der.text, self.names), 0xA7)


class Email:
    def __init__(self, addresses, domains):
        self.addresses = addresses
        self.domains = domains

    def judge(self, value):
        read = hosts.email(value) if isinstance(value, str) else None
        if read is None:
            return "E207"
        local, host = read
        if f"{local}@{host}" in self.addresses or any(hosts.is_host(name, host) for name in self.domains):
            return None
        return "E203"

    def encode(self):
        parts = [(self.addresses, 0xA0), (self.domains, 0xA1)]
        return der.node(0xA8, *(der.set_of(map(der.text, names), tag) for names, tag in parts if names))


class Url:
    def __init__(self, schemes, names, ports, path):
        self.schemes = schemes
        self.hosts = names
        self.ports = ports
        self.path = path

    def judge(self, value):
        read = hosts.url(value) if isinstance(value, str) else None
        if read is None:
            return "E207"
        scheme, host, port, path = read
        own = hosts.PORTS.get(scheme)
        port = own if port is None else port
        accepted = (
            scheme in self.schemes
            and any(hosts.is_host(name, str(host)) for name in self.hosts)
            and (port in self.ports if self.ports else port == own and own is not None)
            and (self.path is None or self.is_under(path))
        )
        return None if accepted else "E203"

    def is_under(self, path):
        read, root = hosts.url_segments(path), hosts.url_segments(self.path)
        return read is not None and read[: len(root)] == root

    def encode(self):
        parts = [der.set_of(map(der.text, self.schemes), 0xA0), der.set_of(map(der.text, self.hosts), 0xA1)]
        if self.ports:
            parts.append(der.set_of(map(der.integer, self.ports), 0xA2))
        if self.path is not None:
            parts.append(der.text(self.path, 0x83))
        return der.node(0xA9, *parts)


class Net:
    def __init__(self, networks):
        self.networks = [ipaddress.ip_network(network) for network in networks]

    def judge(self, value):
        address = hosts.address(value) if isinstance(value, str) else None
        if address is None:
            return "E207"
        return None if any(address in network for network in self.networks) else "E203"

    def encode(self):
        return der.set_of(
            (der.node(0x30, der.octets(network.network_address.packed), der.integer(network.prefixlen)) for network in self.networks),
            0xAA,
        )


class Type:
    NAMES = ("string", "number", "integer", "boolean", "object", "array")

    def __init__(self, name):
        self.name = name

    def judge(self, value):
        if self.name == "integer":
            fits = isinstance(value, Decimal) and value == value.to_integral_value()
        else:
            fits = kind(value) == self.name
        return None if fits else "E207"

    def encode(self):
        return der.integer(self.NAMES.index(self.name), 0x8B)
