"""Hosts, addresses, e-mail addresses, URLs and paths, as PROFILE section 2 reads them."""

import ipaddress
import re
import urllib.parse

from values import is_control

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
# RFC 3986: what may stand in a path, and beside that in query and fragment.
CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
URL = re.compile(
    rf"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>(?:/{CHARACTER}*)*)(?:\?(?:{CHARACTER}|[/?])*)?(?:#(?:{CHARACTER}|[/?])*)?",
    re.ASCII,
)
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}


def host_name(text):
    """A host name, its case folded; None for what is none: an address in any form, a dot at the end, letters beyond ASCII."""
    if not text.isascii():
        return None
    folded = text.lower()
    labels = folded.split(".")
    if len(folded) > 253 or not all(LABEL.fullmatch(label) for label in labels) or NUMBER.fullmatch(labels[-1]):
        return None
    return folded


def address(text):
    """An IP address in canonical form; None for what is none, and for IPv4 within IPv6."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    if str(parsed) != text or getattr(parsed, "ipv4_mapped", None) is not None or getattr(parsed, "scope_id", None):
        return None
    return parsed


def is_host(pattern, host):
    """Whether a pattern, a host name or `*.` and one, names the host name."""
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern


def email(text):
    """The local part and the host name of exactly one addr-spec, or None."""
    local, _, host = text.rpartition("@")
    host = host_name(host)
    if host is None or not LOCAL.fullmatch(local) or len(local) > 64:
        return None
    return local, host


def url(text):
    """(scheme, host name or address, port or None, path) of an absolute URL, or None."""
    parts = URL.fullmatch(text)
    if parts is None:
        return None
    authority = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?", parts["authority"], re.ASCII)
    if authority is None:
        return None
    name, port = authority.groups()
    if name.startswith("["):
        host = address(name[1:-1])
        host = host if host is not None and host.version == 6 else None
    else:
        host = address(name)
        host = host or host_name(name)
    if host is None or (port is not None and int(port) > 65_535):
        return None
    return parts["scheme"].lower(), host, None if port is None else int(port), parts["path"]


def url_segments(path):
    """The segments of a URL's path as they are written, or None where a server might read others: dots, escaped or before a `;`, empty
    segments but for one slash at the end, escaped separators, `%` and control characters."""
    parts = path.split("/")[1:]
    if parts and not parts[-1]:
        parts.pop()
    for part in parts:
        decoded = urllib.parse.unquote_to_bytes(part)
        if not part or any(byte < 0x20 or byte in b"/\\%\x7f" for byte in decoded) or decoded.split(b";")[0] in (b".", b".."):
            return None
    return parts


def segments(text):
    """(absolute, segments) of a path that obeys the refusals, or None; the root has no segment."""
    if text.startswith("~") or any(character in "\\%" or is_control(character) for character in text):
        return None
    absolute = text.startswith("/")
    if text == "/":
        return True, []
    parts = text.split("/")[absolute:]
    if any(part in ("", ".", "..") for part in parts):
        return None
    return absolute, parts
