"""OpenSSL as a second opinion on the certificates that the command issues, and on their paths."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kakunin import Denied, ToolGuard

SCOPE = """
[[grant]]
action = "charge"
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
"""
COMMAND = str(Path(sys.executable).with_name("kakunin"))


def run(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openssl")
    run(folder, COMMAND, "init")
    (folder / "charge.toml").write_text(SCOPE)
    run(folder, COMMAND, "issue", "bot", "--scope", "charge.toml")
    run(folder, COMMAND, "issue", "boss", "--scope", "charge.toml", "--delegate", "1")
    run(folder, COMMAND, "issue", "task", "--scope", "charge.toml", "--parent", "pki/boss.pem", "--by", "parent")
    return folder / "pki"


def options(pki: Path) -> dict[str, str]:
    return {"trust": str(pki / "root.pem"), "revocation": "none", "state": "memory:", "record": "none"}


@pytest.mark.parametrize("name", ["root", "tenant", "bot", "boss", "task"])
def test_openssl_reads_every_certificate_and_agrees_with_its_path(pki: Path, name: str) -> None:
    text = run(pki, "openssl", "x509", "-in", f"{name}.pem", "-noout", "-text")
    assert "X509v3 Key Usage: critical" in text
    command = ["openssl", "verify", "-ignore_critical", "-CAfile", "root.pem", "-untrusted", f"{name}.pem", f"{name}.pem"]
    assert run(pki, *command).strip() == f"{name}.pem: OK"


def test_openssl_refuses_a_path_whose_tenant_is_missing(pki: Path) -> None:
    pem = re.match(r"-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n", (pki / "bot.pem").read_text())
    assert pem is not None
    (pki / "alone.pem").write_text(pem.group())
    command = ["openssl", "verify", "-ignore_critical", "-CAfile", "root.pem", "alone.pem"]
    assert subprocess.run(command, cwd=pki, check=False, capture_output=True).returncode != 0
    with pytest.raises(Denied) as refused:
        ToolGuard(certificate=str(pki / "alone.pem"), **options(pki))
    assert refused.value.code == "KKN-E102"
