"""The command that the wheel installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import kakunin


def run(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kakunin", *args], capture_output=True, text=True, cwd=cwd, check=False)


def test_it_has_the_version_of_the_package() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"kakunin {kakunin.__version__}\n")


def test_misuse_is_exit_code_two() -> None:
    result = run("nonsense")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_an_authority_an_agent_and_a_guard_in_five_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "payments.toml").write_text(
        """
[[grant]]
action = "charge"
[grant.params]
amount = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"""
    )
    for args in (["init"], ["issue", "payments-bot", "--scope", "payments.toml"]):
        result = run(*args, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    monkeypatch.chdir(tmp_path)
    with kakunin.ToolGuard(certificate="pki/payments-bot.pem", trust="pki/root.pem") as guard:

        @guard.tool("charge")
        def charge(amount: float, currency: str, customer: str) -> str:
            return f"charged {amount}"

        assert charge(50, currency="EUR", customer="cus_1") == "charged 50"
        with pytest.raises(kakunin.Denied) as denied:
            charge(47_000, "EUR", "cus_1")
    assert denied.value.reference is not None
    result = run("explain", denied.value.reference, cwd=tmp_path)
    assert "47000" in result.stdout and "KKN-E202" in result.stdout, result.stderr
    pem = Path("pki/payments-bot.pem")
    for certificate in (pem, pem.read_text(), pem.read_bytes()):
        with kakunin.ToolGuard(certificate=certificate, trust=[Path("pki/root.pem")], record="none") as guard:
            guard.authorize("charge", {"amount": 5, "currency": "EUR", "customer": "cus_1"})
