"""What the guard adds to a call in Python, in microseconds: `name<TAB>value` lines.

Each round times the bare call and the guarded call one after the other, so that a busy machine slows both; the figure is the median of the differences.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kakunin import testing

ROUNDS = 31
CALLS = 4_000
SCOPE = """
[[grant]]
action = "charge"
limits = [{ rate = 1000000000, per = "1s" }, { budget = "amount", max = "9999999999999", per = "1s" }]
[grant.params]
amount   = { max = 500, money = "currency" }
currency = "EUR"
customer = { glob = "cus_*" }
"""


def charge(amount: float, currency: str, customer: str) -> None:
    """The tool: nothing, so that only the guard is measured."""


def per_call(fn: Callable[..., None]) -> float:
    begin = time.process_time_ns()
    for _ in range(CALLS):
        fn(50, currency="EUR", customer="cus_1")
    return (time.process_time_ns() - begin) / CALLS / 1_000


def added(guarded: Callable[..., None]) -> float:
    per_call(charge), per_call(guarded)
    return statistics.median(per_call(guarded) - per_call(charge) for _ in range(ROUNDS))


def main() -> None:
    logging.getLogger("kakunin").addHandler(logging.NullHandler())
    print(f"python-guarded-call\t{added(testing.guard(SCOPE).wrap('charge', charge)):.3f}")
    with tempfile.TemporaryDirectory() as folder:
        guard = testing.guard(SCOPE, record=f"file:{Path(folder, 'record')}?write=batch")
        print(f"python-guarded-call-batched-record\t{added(guard.wrap('charge', charge)):.3f}")
        guard.flush()


if __name__ == "__main__":
    sys.exit(main())
