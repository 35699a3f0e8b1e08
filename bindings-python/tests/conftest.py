"""What the tests share: the scope of the payments bot, and a guard under it."""

from __future__ import annotations

import pytest

from kakunin import ToolGuard, testing

PAYMENTS = """
[[grant]]
action = "charge"
limits = [{ rate = 10, per = "1h" }, { budget = "amount", max = 2000, per = "1d" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"""


@pytest.fixture(autouse=True)
def no_kakunin_env(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own settings have no say."""
    monkeypatch.delenv("KAKUNIN_ENV", raising=False)


@pytest.fixture
def guard() -> ToolGuard:
    """The guard of the payments bot."""
    return testing.guard(PAYMENTS)
