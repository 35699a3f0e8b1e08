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
EIGHT = """
[[grant]]
action = "charge"
[grant.params]
amount     = { max = 500, money = "currency" }
currency   = "EUR"
customer   = { glob = "cus_*" }
reference  = { length = { min = 1, max = 140 } }
receipt_to = { email = { domains = ["acme.com"] } }
priority   = ["normal", "high"]
invoice    = { url = { hosts = ["*.acme.com"] } }
attempt    = { min = 1, max = 5, type = "integer" }
"""
"""Eight parameters; judged by three certificates, each narrowed from the one before."""
SHORT: dict[str, object] = {"amount": 50, "currency": "EUR", "customer": "cus_1"}
CALL: dict[str, object] = {
    "amount": 49.9,
    "currency": "EUR",
    "customer": "cus_8f3a21",
    "reference": "Order 2026-1173, refund of shipping",
    "receipt_to": "billing@acme.com",
    "priority": "normal",
    "invoice": "https://files.acme.com/invoices/1173.pdf",
    "attempt": 1,
}


def charge(amount: float, currency: str, customer: str) -> None:
    """The tool: nothing, so that only the guard is measured."""


def charge_in_full(
    amount: float,
    currency: str,
    customer: str,
    reference: str,
    receipt_to: str,
    priority: str,
    invoice: str,
    attempt: int,
) -> None:
    """The same with eight parameters."""


def per_call(guard: ToolGuard, fn: Callable[..., None], call: dict[str, object]) -> float:
    begin = time.process_time_ns()
    for _ in range(CALLS):
        fn(**call)
    # Waits until all is written.
    asyncio.run(guard.bind(session="bench").close())
    return (time.process_time_ns() - begin) / CALLS / 1_000


def added(guard: ToolGuard, tool: Callable[..., None] = charge, call: dict[str, object] = SHORT) -> float:
    guarded = guard.wrap("charge", tool)
    per_call(guard, tool, call), per_call(guard, guarded, call)
    return statistics.median(per_call(guard, guarded, call) - per_call(guard, tool, call) for _ in range(ROUNDS))


def main() -> None:
    logging.getLogger("kakunin").addHandler(logging.NullHandler())
    print(f"python-guarded-call\t{added(testing.guard(SCOPE)):.3f}")
    middle = testing.guard(EIGHT, delegate=2).narrow(EIGHT, ttl="1h", name="middle", delegate=1)
    leaf = middle.narrow(EIGHT, ttl="1h", name="leaf")
    print(f"python-guarded-call-three-scopes\t{added(leaf, charge_in_full, CALL):.3f}")
    with (
        tempfile.TemporaryDirectory() as folder,
        testing.guard(SCOPE, record=f"file:{Path(folder, 'record')}?write=batch") as guard,
    ):
        print(f"python-guarded-call-batched-record\t{added(guard):.3f}")


if __name__ == "__main__":
    sys.exit(main())
