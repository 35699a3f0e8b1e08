"""Values, PROFILE section 3: arguments are I-JSON, a number is the exact decimal of its shortest round-trip form.

A value is None, a bool, a str, a Decimal, a list or a dict.
"""

import json
import re
from decimal import Context, Decimal

DEPTH, BYTES, VALUES = 32, 65_536, 4_096
SAFE = 2**53 - 1
# Decimal's operators round to a context: this one is never reached by 4,096 values of at most 34 digits and 17 digits of a double.
EXACT = Context(prec=2_000)
DECIMAL_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)


class Refused(Exception):
    """A call is denied: a code, and the parameter that it names or None."""

    def __init__(self, code, parameter=None):
        super().__init__(code, parameter)
        self.code = code
        self.parameter = parameter


def arguments(text):
    """The arguments in a JSON text; E207 without parameter for what is no I-JSON or beyond the bounds."""
    if len(text.encode("utf-8", "surrogatepass")) > BYTES:
        raise Refused("E207")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_int=_number, parse_constant=_refuse)
    except (json.JSONDecodeError, RecursionError):
        raise Refused("E207") from None
    if not isinstance(value, dict) or not _holds(value) or len(canonical(value).encode()) > BYTES:
        raise Refused("E207")
    return value


def canonical(value):
    """The one text of a value, RFC 8785, but for the order of members."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{canonical(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return _written(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _written(number):
    """A number as ECMAScript writes it."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    digits = text.rstrip("0")
    if not digits:
        return "0"
    point = len(text) + exponent
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{point - 1:+d}"
    return f"-{text}" if sign else text


def _holds(value):
    """Whether the text holds no lone surrogate and the value keeps to depth and number of values."""
    count, level, depth = 0, [value], 0
    while level:
        count += len(level)
        below = []
        nested = False
        for each in level:
            if isinstance(each, str):
                if _is_broken(each):
                    return False
            elif isinstance(each, (dict, list)):
                nested = True
                if isinstance(each, dict):
                    if any(map(_is_broken, each)):
                        return False
                    each = each.values()
                below.extend(each)
        depth += nested
        level = below
    return count <= VALUES and depth <= DEPTH


def _is_broken(text):
    return any("\ud800" <= character <= "\udfff" for character in text)


def _object(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Refused("E207")
    return value


def _refuse(_):
    raise Refused("E207")


def _number(text):
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Refused("E207")
    if number.is_integer():
        if abs(number) > SAFE:
            raise Refused("E207")
        return Decimal(int(number))
    return Decimal(repr(number))


def decimal_text(text):
    """The number that a text of the decimal form is, or None."""
    if not DECIMAL_TEXT.fullmatch(text) or sum(character.isdigit() for character in text) > 34:
        return None
    return Decimal(text)


def amount(value):
    """The number that a value is or stands for, or None: no boolean is one."""
    if isinstance(value, Decimal):
        return value
    return decimal_text(value) if isinstance(value, str) else None


def is_control(character):
    return character <= "\x1f" or "\x7f" <= character <= "\x9f"
