"""Functions keep their kind, and are checked when they start to run (FACTS 9)."""

from __future__ import annotations

import asyncio
import inspect
import typing
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import pytest

from kakunin import Denied, ToolGuard, testing
from kakunin.testing import assert_denied

PAY = {"grant": [{"action": "pay", "params": {"amount": {"max": 500}}}]}


@pytest.fixture(params=["plain", "recorded"])
def pay(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[ToolGuard]:
    """A guard that decides at once, and one that waits for a disk."""
    with testing.guard(PAY, record=None if request.param == "plain" else f"file:{tmp_path / 'log'}") as guard:
        yield guard


class Amount:
    """A class that only annotations name."""


def plain(amount: float) -> float:
    """Plain."""
    return amount


def generator(amount: float) -> Generator[float, str, str]:
    """Generator."""
    got = yield amount
    return got


async def coroutine(amount: float) -> float:
    """Coroutine."""
    await asyncio.sleep(0)
    return amount


async def async_generator(amount: float) -> AsyncGenerator[Any, Any]:
    """Async generator."""
    got = yield amount
    try:
        yield got
    except LookupError:
        yield "caught"


FUNCTIONS: list[Callable[..., Any]] = [plain, generator, coroutine, async_generator]
KINDS = [
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
    inspect.isfunction,
    asyncio.iscoroutinefunction,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
@pytest.mark.filterwarnings("ignore:.*iscoroutinefunction:DeprecationWarning")
def test_kind_name_documentation_and_signature_are_kept(pay: ToolGuard, function: Callable[..., Any]) -> None:
    guarded = pay.wrap("pay", function)
    assert [kind(guarded) for kind in KINDS] == [kind(function) for kind in KINDS]
    assert inspect.signature(guarded) == inspect.signature(function)
    assert typing.get_type_hints(guarded) == typing.get_type_hints(function)
    for name in ("__name__", "__qualname__", "__doc__", "__module__"):
        assert getattr(guarded, name) == getattr(function, name)
    assert inspect.getdoc(guarded) == function.__doc__


def test_annotations_are_looked_up_where_the_function_stands(guard: ToolGuard) -> None:
    def function(what: Amount) -> list[Amount]:
        raise NotImplementedError

    guarded = guard.wrap("pay", function)
    assert typing.get_type_hints(guarded) == {"what": Amount, "return": list[Amount]}


def test_each_kind_runs_when_allowed(pay: ToolGuard) -> None:
    async def collect() -> list[Any]:
        return [value async for value in pay.wrap("pay", async_generator)(4)]

    assert pay.wrap("pay", plain)(1) == 1
    assert list(pay.wrap("pay", generator)(2)) == [2]
    assert asyncio.run(pay.wrap("pay", coroutine)(3)) == 3
    assert asyncio.run(collect()) == [4, None]


def test_generators_pass_on_what_is_sent_thrown_and_returned(pay: ToolGuard) -> None:
    guarded = pay.wrap("pay", generator)(1)
    assert next(guarded) == 1
    with pytest.raises(StopIteration) as stop:
        guarded.send("got")
    assert stop.value.value == "got"
    guarded = pay.wrap("pay", generator)(1)
    next(guarded)
    with pytest.raises(LookupError):
        guarded.throw(LookupError())
    closed: list[bool] = []

    def closing(amount: float) -> Iterator[float]:
        try:
            yield amount
        finally:
            closed.append(True)

    running = pay.wrap("pay", closing)(1)
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_async_generators_pass_on_what_is_sent_and_thrown(pay: ToolGuard) -> None:
    async def main() -> None:
        guarded = pay.wrap("pay", async_generator)(1)
        assert await guarded.asend(None) == 1
        assert await guarded.asend("sent") == "sent"
        assert await guarded.athrow(LookupError()) == "caught"
        await guarded.aclose()
        with pytest.raises(StopAsyncIteration):
            await guarded.asend(None)

        closed: list[bool] = []

        async def closing(amount: float) -> AsyncIterator[float]:
            try:
                yield amount
            finally:
                closed.append(True)

        running = pay.wrap("pay", closing)(1)
        async for _ in running:
            break
        await running.aclose()  # type: ignore[attr-defined]
        assert closed == [True]

    asyncio.run(main())


def test_a_denial_comes_at_the_first_step_and_not_before(pay: ToolGuard) -> None:
    with assert_denied("KKN-E204"):
        pay.wrap("pay", plain)(501)
    started = pay.wrap("pay", generator)(501)
    with assert_denied("KKN-E204"):
        next(started)

    async def main() -> None:
        waiting = pay.wrap("pay", coroutine)(501)
        with assert_denied("KKN-E204"):
            await waiting
        steps = pay.wrap("pay", async_generator)(501)
        with assert_denied("KKN-E204"):
            await steps.asend(None)

    asyncio.run(main())


def test_what_starts_after_expiry_is_denied(pay: ToolGuard) -> None:
    async def later(waiting: Any) -> None:
        with assert_denied("KKN-E103"):
            await waiting

    waiting, steps = pay.wrap("pay", coroutine)(1), pay.wrap("pay", generator)(1)
    before = pay.expires_at
    testing.clock(pay).advance("400d")
    assert pay.expires_at == before
    asyncio.run(later(waiting))
    with assert_denied("KKN-E103"):
        next(steps)
    with assert_denied("KKN-E103"):
        pay.wrap("pay", plain)(1)


def test_the_callers_own_exception_passes_unchanged(pay: ToolGuard) -> None:
    class Own(Exception):
        pass

    own = Own("x")

    def fails(amount: float) -> None:
        raise own

    with pytest.raises(Own) as raised:
        pay.wrap("pay", fails)(1)
    assert raised.value is own
    assert own.__cause__ is None


def test_tools_see_the_context_of_their_caller(pay: ToolGuard) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="outside")

    def read(amount: float) -> str:
        return variable.get()

    async def aread(amount: float) -> str:
        return variable.get()

    async def main() -> str:
        variable.set("inside")
        assert await pay.wrap("pay", aread)(1) == "inside"
        return await asyncio.to_thread(pay.wrap("pay", read), 1)

    assert asyncio.run(main()) == "inside"


def test_in_a_pool_that_drops_the_context_calls_are_decided_all_the_same(pay: ToolGuard) -> None:
    guarded = pay.wrap("pay", plain)
    with ThreadPoolExecutor(2) as pool:
        assert pool.submit(guarded, 1).result() == 1
        with pytest.raises(Denied):
            pool.submit(guarded, 501).result()


def test_tasks_side_by_side_do_not_mix(pay: ToolGuard) -> None:
    guarded = pay.wrap("pay", coroutine)

    async def main() -> list[Any]:
        amounts = [1, 501, 2, 502, 3]
        return await asyncio.gather(*(guarded(amount) for amount in amounts), return_exceptions=True)

    results = asyncio.run(main())
    assert [r if isinstance(r, int) else r.code for r in results] == [1, "KKN-E204", 2, "KKN-E204", 3]
