"""Texts that look like what is allowed (FACTS 14, without regular expressions and symbolic links)."""

from __future__ import annotations

from typing import Any

import pytest

from kakunin import testing

GLOB = {"glob": "cus_*"}
PATH = {"path": "/data/reports"}
DOMAIN = {"domain": ["acme.com", "*.acme.com"]}
EMAIL = {"email": {"domains": ["acme.com"]}}
URL = {"url": {"hosts": ["api.acme.com"], "path": "/v1"}}

CASES: list[tuple[str, dict[str, Any], list[str], list[str]]] = [
    ("glob", GLOB, ["cus_1", "cus_"], ["cus_1\n", "\ncus_1", "xcus_1", "cus_1/x", "cus_\u0085", "CUS_1", "cus"]),
    (
        "path",
        PATH,
        ["/data/reports/a.txt", "/data/reports/2026/a"],
        [
            "/data/reports",
            "/data/reports/",
            "/data/reports/../secret",
            "/data/reports/./a",
            "/data/reports//a",
            "/data/reports/%2e%2e/a",
            "/data/reports\\a",
            "/data/reportsx/a",
            "/data/reports/a\n",
            "data/reports/a",
            "~/data/reports/a",
        ],
    ),
    (
        "domain",
        DOMAIN,
        ["acme.com", "a.acme.com", "A.Acme.COM", "a.b.acme.com"],
        [
            "acme.com.",
            "evilacme.com",
            "acme.com.evil.org",
            "аcme.com",
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "acme.com\n",
            " acme.com",
            ".acme.com",
            "[::1]",
        ],
    ),
    (
        "email",
        EMAIL,
        ["a@acme.com"],
        [
            "a@acme.com,b@evil.org",
            "a@acme.com b@evil.org",
            "a@evil.org",
            "A <a@acme.com>",
            '"a@acme.com"@evil.org',
            "a@acme.com\n",
            "a@acme.com.",
            "a@@acme.com",
            "@acme.com",
        ],
    ),
    (
        "url",
        URL,
        ["https://api.acme.com/v1/x", "https://api.acme.com/v1", "https://API.acme.com:443/v1/x"],
        [
            "http://api.acme.com/v1/x",
            "https://api.acme.com@evil.org/v1/x",
            "https://user@api.acme.com/v1/x",
            "https://api.acme.com./v1/x",
            "https://api.acme.com:8443/v1/x",
            "https://api.acme.com/v1/../admin",
            "https://api.acme.com/v1/%2e%2e/admin",
            "https://api.acme.com\\@evil.org/v1",
            "https://evil.org/?https://api.acme.com/v1",
            "https://api.acme.com/v2",
            "https://0x7f000001/v1",
            "//api.acme.com/v1",
            "https://api.acme.com/v1/x\n",
            "https://аpi.acme.com/v1",
        ],
    ),
]


@pytest.mark.parametrize("kind, constraint, good, bad", CASES, ids=[case[0] for case in CASES])
def test_only_what_is_meant_passes(kind: str, constraint: dict[str, Any], good: list[str], bad: list[str]) -> None:
    guard = testing.guard({"grant": [{"action": "go", "params": {"to": constraint}}]})
    for text in good:
        decision = guard.check("go", {"to": text})
        assert decision.allowed, (text, decision.reason)
    for text in bad:
        assert guard.check("go", {"to": text}).code in ("KKN-E203", "KKN-E204", "KKN-E207"), text
