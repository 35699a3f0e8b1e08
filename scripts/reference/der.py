"""DER of what `docs/scope.asn1` is made of. A tag is the identifier octet."""

from decimal import Decimal


def node(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def set_of(parts, tag=0x31):
    return node(tag, *sorted(parts))


def text(value, tag=0x0C):
    return node(tag, value.encode())


def octets(value, tag=0x04):
    return node(tag, value)


def integer(value, tag=0x02):
    return node(tag, value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True))


def boolean(value):
    return node(0x01, b"\xff" if value else b"\x00")


def decimal(value, tag=0x30):
    sign, digits, exponent = value.as_tuple()
    coefficient = int("".join(map(str, digits)))
    while coefficient and coefficient % 10 == 0:
        coefficient //= 10
        exponent += 1
    return node(tag, integer(-coefficient if sign else coefficient), integer(exponent if coefficient else 0))


def scalar(value):
    if isinstance(value, bool):
        return boolean(value)
    return decimal(value) if isinstance(value, Decimal) else text(value)


def path(steps, tag=0x30):
    """A path: keys are text, None is each element of an array."""
    return node(tag, *(b"\x05\x00" if step is None else text(step) for step in steps))
