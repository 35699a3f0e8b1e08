"""What was checked is what runs (FACTS 8)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from kakunin import ToolGuard, testing
from kakunin.testing import assert_denied

ITEMS = {
    "grant": [{"action": "pay", "params": {"items[].amount": {"max": 500}, "note": {"length": {"max": 9}, "optional": True}}}]
}


@pytest.fixture
def items() -> ToolGuard:
    return testing.guard(ITEMS)


def test_the_tool_gets_a_copy_of_every_container(items: ToolGuard) -> None:
    given: Any = [{"amount": 1}, {"amount": 2}]

    @items.tool("pay")
    def pay(items: Any) -> Any:
        return items

    got = pay(given)
    assert got == given
    assert got is not given
    assert all(a is not b for a, b in zip(got, given))


def test_types_are_kept_in_the_copy() -> None:
    guard = testing.guard({"grant": [{"action": "any", "open": True}]})
    given = {"list": [1, 1.0, True, None, "x"], "tuple": (1, (2,)), "dict": {"b": 1, "a": [2]}}
    got = guard.wrap("any", lambda what: what)(given)
    assert got == given
    assert [type(value) for value in got["list"]] == [int, float, bool, type(None), str]
    assert type(got["tuple"]) is tuple
    assert type(got["tuple"][1]) is tuple
    assert list(got["dict"]) == ["b", "a"]


def test_a_default_is_copied_too(items: ToolGuard) -> None:
    @items.tool("pay")
    def pay(items: Any = [{"amount": 1}]) -> None:  # noqa: B006
        items[0]["amount"] = 501

    pay()
    pay()


def test_a_change_while_a_coroutine_waits_does_not_reach_it(items: ToolGuard) -> None:
    given = [{"amount": 1}]

    @items.tool("pay")
    async def pay(items: Any) -> Any:
        await asyncio.sleep(0)
        return items[0]["amount"]

    async def main() -> Any:
        task = asyncio.create_task(pay(given))
        await asyncio.sleep(0)
        given[0]["amount"] = 47_000
        return await task

    assert asyncio.run(main()) == 1


def test_a_change_before_the_first_step_is_judged(items: ToolGuard) -> None:
    @items.tool("pay")
    def pay(items: Any) -> Iterator[Any]:
        yield items[0]["amount"]

    given = [{"amount": 1}]
    generator = pay(given)
    given[0]["amount"] = 47_000
    with assert_denied("KKN-E204"):
        next(generator)


def test_a_change_by_another_thread_never_reaches_the_tool(items: ToolGuard) -> None:
    given = [{"amount": 1}]
    stop = threading.Event()

    def flip() -> None:
        while not stop.is_set():
            given[0]["amount"] = 47_000
            given[0]["amount"] = 1

    seen: set[int] = set()

    @items.tool("pay")
    def pay(items: Any) -> None:
        seen.add(items[0]["amount"])

    thread = threading.Thread(target=flip)
    thread.start()
    try:
        for _ in range(2_000):
            try:
                pay(given)
            except Exception:
                continue
    finally:
        stop.set()
        thread.join()
    assert seen <= {1}


class Twice:
    """An object that answers differently the second time."""

    reads = 0

    def __index__(self) -> int:
        type(self).reads += 1
        return 1 if self.reads == 1 else 47_000

    __int__ = __float__ = __index__

    def __str__(self) -> str:
        type(self).reads += 1
        return "1"

    def __getattr__(self, name: str) -> Any:
        type(self).reads += 1
        raise AttributeError(name)


def test_an_object_whose_reading_has_effects_is_not_read() -> None:
    guard = testing.guard({"grant": [{"action": "any", "open": True}]})
    with assert_denied("KKN-E207"):
        guard.wrap("any", lambda what: what)([Twice()])
    assert Twice.reads == 0


def test_an_async_generator_gets_the_judged_copy(items: ToolGuard) -> None:
    @items.tool("pay")
    async def pay(items: Any) -> AsyncIterator[Any]:
        yield items

    async def main() -> None:
        given = [{"amount": 1}]
        async for got in pay(given):
            assert got == given
            assert got is not given

    asyncio.run(main())
