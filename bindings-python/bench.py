"""What the guard adds to a call: `name<TAB>value<TAB>unit<TAB>goal<TAB>ok|over`, medians of the CPU time of many rounds.

The time is that of the calling thread: a batched record is written by another. The grant has six parameters. Run it with an extension built by `maturin develop --release`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kakunin import ToolGuard

CALLS = 2_000
"""Calls of a round: about 4 ms, long beside the clock's resolution; their records fit in the writer's queue."""

ROUNDS = 101
"""Rounds: their median is steady within two per cent on a noisy machine."""

SCOPE = """
[[grant]]
action = "charge"
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
note     = { length = { max = 40 } }
retries  = { min = 0, max = 5 }
urgent   = { type = "boolean" }
"""


def charge(amount: float, currency: str, customer: str, note: str = "", retries: int = 0, urgent: bool = False) -> None:
    """A tool that does nothing."""


def microseconds(function: Callable[..., None], afterwards: Callable[[], None] = lambda: None) -> float:
    """The CPU time of one call; ``afterwards`` runs between the rounds."""

    def round_() -> float:
        before = time.thread_time()
        for _ in range(CALLS):
            function(50, currency="EUR", customer="cus_1", note="thanks")
        spent = time.thread_time() - before
        afterwards()
        return spent / CALLS * 1e6

    return statistics.median(round_() for _ in range(ROUNDS))


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("bot.toml").write_text(SCOPE)
        for args in (["init"], ["issue", "bot", "--scope", "bot.toml"]):
            subprocess.run([sys.executable, "-m", "kakunin", *args], check=True, stdout=subprocess.DEVNULL)
        bare = microseconds(charge)
        for name, record, goal in [
            ("python: added to a call, no record", "none", 3.0),
            ("python: added to a call, batched record", "file:log?write=batch", 6.0),
        ]:
            with ToolGuard(certificate="pki/bot.pem", trust="pki/root.pem", record=record) as guard:
                added = microseconds(guard.wrap("charge", charge), guard._inner.flush) - bare
            print(name, f"{added:.2f}", "us", f"{goal:g}", "ok" if added <= goal else "over", sep="\t")


if __name__ == "__main__":
    main()
