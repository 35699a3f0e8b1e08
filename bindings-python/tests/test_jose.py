"""Another JOSE library reads our intents, and we read its."""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kakunin import Code, ToolGuard, Verifier, _native
from kakunin.testing import assert_denied

SCOPE = '[[grant]]\naction = "charge"\nparams.amount = { max = 500 }\n'
CALL = {"amount": 50}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jose")
    scope = folder / "bot.toml"
    scope.write_text(SCOPE)
    assert _native.command(["kakunin", "init", "--pki", str(folder / "pki")]) == 0
    issue = ["issue", "bot", "--scope", str(scope), "--pki", str(folder / "pki")]
    assert _native.command(["kakunin", *issue]) == 0
    return folder / "pki"


def verifier(pki: Path) -> Verifier:
    return Verifier(trust=pki / "root.pem", audience="shop", state="memory:", revocation="none", record="none")


def test_their_library_verifies_our_intents(pki: Path) -> None:
    key = f"file:{pki / 'bot.key'}"
    with ToolGuard(certificate=pki / "bot.pem", trust=pki / "root.pem", signer=key, record="none") as guard:
        token = guard.sign("charge", CALL, audience="shop")
    header = jwt.get_unverified_header(token)
    leaf = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    claims = jwt.decode(token, leaf.public_key(), algorithms=["EdDSA"], audience="shop")  # type: ignore[arg-type]
    assert (claims["action"], claims["params"]) == ("charge", CALL)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token[:-8] + "AAAAAAAA", leaf.public_key(), algorithms=["EdDSA"], audience="shop")  # type: ignore[arg-type]


def test_we_verify_the_intents_of_their_library(pki: Path) -> None:
    key: Any = serialization.load_pem_private_key((pki / "bot.key").read_bytes(), None)
    path = x509.load_pem_x509_certificates((pki / "bot.pem").read_bytes())
    chain = [certificate.public_bytes(serialization.Encoding.DER) for certificate in path]
    now = int(time.time())

    def token(**changes: Any) -> str:
        [agent] = path[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
            x509.UniformResourceIdentifier
        )
        claims = {
            "iss": agent,
            "aud": "shop",
            "iat": now,
            "exp": now + 60,
            "jti": base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode(),
            "action": "charge",
            "params": CALL,
        }
        headers = {
            "typ": "kakunin-intent+jwt",
            "x5t#S256": base64.urlsafe_b64encode(hashlib.sha256(chain[0]).digest()).rstrip(b"=").decode(),
            "x5c": [base64.b64encode(der).decode() for der in chain],
        }
        claims = {name: claim for name, claim in {**claims, **changes}.items() if claim is not None}
        return jwt.encode(claims, key, algorithm="EdDSA", headers=headers)

    with verifier(pki) as far_side:
        assert far_side.verify(token()).params == CALL
        with assert_denied("KKN-E204"):
            far_side.verify(token(params={"amount": 501}))
        spoilt: list[tuple[Code, dict[str, Any]]] = [
            ("KKN-E306", {"aud": "else"}),
            ("KKN-E303", {"iat": now + 120, "exp": now + 180}),
            ("KKN-E302", {"iat": now - 300, "exp": now - 60}),
            ("KKN-E304", {"exp": None}),
            ("KKN-E304", {"iat": None}),
            ("KKN-E304", {"jti": None}),
            ("KKN-E304", {"exp": now + 301}),
            ("KKN-E304", {"exp": now + 60.5}),
            ("KKN-E306", {"aud": ["shop"]}),
            ("KKN-E109", {"iss": "urn:kakunin:dev:other"}),
        ]
        for code, changes in spoilt:
            with assert_denied(code):
                far_side.verify(token(**changes))
