"""What the guard adds to a call in Python, in microseconds: `name<TAB>value` lines.

Each round times the bare call and the guarded call one after the other, so that a busy machine slows both; the figure is the median
of the differences. Time is the processor's, of all threads: what the record's writer does beside the caller is counted.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kakunin import ToolGuard, testing

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


def per_call(guard: ToolGuard, fn: Callable[..., None]) -> float:
    begin = time.process_time_ns()
    for _ in range(CALLS):
        fn(50, currency="EUR", customer="cus_1")
    # Waits until all is written.
    asyncio.run(guard.bind(session="bench").close())
    return (time.process_time_ns() - begin) / CALLS / 1_000


def added(guard: ToolGuard) -> float:
    guarded = guard.wrap("charge", charge)
    per_call(guard, charge), per_call(guard, guarded)
    return statistics.median(per_call(guard, guarded) - per_call(guard, charge) for _ in range(ROUNDS))


def main() -> None:
    logging.getLogger("kakunin").addHandler(logging.NullHandler())
    print(f"python-guarded-call\t{added(testing.guard(SCOPE)):.3f}")
    with (
        tempfile.TemporaryDirectory() as folder,
        testing.guard(SCOPE, record=f"file:{Path(folder, 'record')}?write=batch") as guard,
    ):
        print(f"python-guarded-call-batched-record\t{added(guard):.3f}")


if __name__ == "__main__":
    sys.exit(main())
