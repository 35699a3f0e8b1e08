"""Rates and budgets: atomic, cumulative, on the guard's clock (FACTS 3, 15)."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from kakunin import Denied, ToolGuard, testing
from kakunin.testing import assert_denied

LIMITED = {
    "grant": [
        {
            "action": "charge",
            "params": {"amount": {"max": 500}},
            "limits": [{"rate": 40, "per": "1h"}, {"budget": "amount", "max": 2000, "per": "1d"}],
        }
    ]
}


@pytest.fixture
def limited() -> ToolGuard:
    return testing.guard(LIMITED)


def test_a_rate_counts_calls_and_frees_them_after_its_window(limited: ToolGuard) -> None:
    for _ in range(40):
        limited.authorize("charge", {"amount": 0})
    with assert_denied("KKN-E208"):
        limited.authorize("charge", {"amount": 0})
    testing.clock(limited).advance("59m")
    with assert_denied("KKN-E208"):
        limited.authorize("charge", {"amount": 0})
    testing.clock(limited).advance("1h")
    limited.authorize("charge", {"amount": 0})


def test_a_budget_adds_up_and_frees_after_its_window(limited: ToolGuard) -> None:
    for _ in range(4):
        limited.authorize("charge", {"amount": 499})
    with assert_denied("KKN-E209"):
        limited.authorize("charge", {"amount": 5})
    limited.authorize("charge", {"amount": 4})
    testing.clock(limited).advance("1d")
    testing.clock(limited).advance("1h")
    limited.authorize("charge", {"amount": 5})


def test_a_denied_call_draws_nothing(limited: ToolGuard) -> None:
    for _ in range(100):
        with assert_denied("KKN-E204"):
            limited.authorize("charge", {"amount": 501})
    for _ in range(4):
        limited.authorize("charge", {"amount": 500})


def test_explain_draws_nothing(limited: ToolGuard) -> None:
    for _ in range(100):
        assert limited.explain("charge", {"amount": 500})
    for _ in range(4):
        limited.authorize("charge", {"amount": 500})


@pytest.mark.parametrize("amount, allowed", [(0, 40), (500, 4), (64, 31)])
def test_threads_cannot_draw_more_than_there_is(limited: ToolGuard, amount: int, allowed: int) -> None:
    ran: list[int] = []
    start = threading.Barrier(8)

    @limited.tool("charge")
    def charge(amount: int) -> None:
        ran.append(amount)

    def hammer(_: int) -> list[str]:
        codes = []
        start.wait()
        for _ in range(20):
            try:
                charge(amount)
            except Denied as denied:
                codes.append(denied.code)
        return codes

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            codes = [code for result in pool.map(hammer, range(8)) for code in result]
    finally:
        sys.setswitchinterval(interval)
    assert len(ran) == allowed
    assert len(codes) == 160 - allowed
    assert set(codes) <= {"KKN-E208", "KKN-E209"}


def test_a_drawn_limit_stays_drawn_when_the_tool_fails(limited: ToolGuard) -> None:
    @limited.tool("charge")
    def charge(amount: int) -> None:
        raise LookupError("the bank is closed")

    for _ in range(4):
        with pytest.raises(LookupError, match="the bank is closed"):
            charge(500)
    with assert_denied("KKN-E209"):
        charge(500)


def test_two_honest_equal_calls_both_pass(guard: ToolGuard) -> None:
    call: dict[str, Any] = {"amount": 5, "currency": "EUR", "customer": "cus_1"}
    guard.authorize("charge", call)
    guard.authorize("charge", call)
