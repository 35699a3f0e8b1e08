"""The raw function is reached through the guard only; unlisted methods are denied; a decorator in the wrong place is
an error (FACTS 6, 7)."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kakunin import Denied, ToolGuard, testing
from kakunin.testing import assert_denied

PAY = {"grant": [{"action": "pay", "params": {"amount": {"max": 500}}}]}


@pytest.fixture
def pay() -> ToolGuard:
    return testing.guard(PAY)


def raw(amount: float) -> float:
    """Pays."""
    return amount


def test_no_attribute_of_a_guarded_function_leads_to_the_raw_one(pay: ToolGuard) -> None:
    def function(amount: float) -> float:
        return amount

    function.async_call = function  # type: ignore[attr-defined]
    function.__wrapped_tool__ = function  # type: ignore[attr-defined]
    guarded: Any = pay.wrap("pay", function)
    assert not hasattr(guarded, "__wrapped__")
    assert not hasattr(guarded, "async_call")
    assert inspect.unwrap(guarded) is guarded

    def holds(value: object, depth: int = 3) -> bool:
        if value is function:
            return True
        if depth == 0 or isinstance(value, (str, int)):
            return False
        return any(holds(inspect.getattr_static(value, name), depth - 1) for name in vars(type(value)) if name[0] != "_")

    assert not any(holds(value) for value in vars(guarded).values())
    assert not any(holds(cell.cell_contents) for cell in guarded.__closure__)


def test_wrapping_another_decorator_around_the_guard_keeps_it(pay: ToolGuard) -> None:
    @functools.lru_cache
    @pay.tool("pay")
    def cached(amount: float) -> float:
        return amount

    assert cached(1) == 1
    with assert_denied("KKN-E204"):
        cached(501)
    with assert_denied("KKN-E204"):
        cached.__wrapped__(501)


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Callable_:
    def __call__(self, amount: float) -> None: ...


WRONG: list[tuple[Any, str]] = [
    (Callable_, "wrap_methods"),
    (Callable_(), "not a function"),
    (staticmethod(raw), "@staticmethod: put it below"),
    (classmethod(raw), "@classmethod: put it below"),
    (property(raw), "property"),
    (functools.cached_property(raw), "property"),
    (functools.partial(raw, 1), "partial"),
    (functools.partialmethod(raw, 1), "partial"),
    (wrapped(raw), "directly above"),
    (functools.lru_cache(raw), "directly above"),
    (functools.singledispatch(raw), "directly above"),
    (None, "not a function"),
    ("pay", "not a function"),
]


@pytest.mark.parametrize("what, cure", WRONG, ids=lambda value: type(value).__name__)
def test_a_decorator_in_the_wrong_place_is_an_error_that_tells_the_cure(pay: ToolGuard, what: Any, cure: str) -> None:
    with pytest.raises(TypeError, match=cure):
        pay.tool("pay")(what)
    with pytest.raises(TypeError, match=cure):
        pay.wrap("pay", what)


def test_a_function_is_guarded_once(pay: ToolGuard) -> None:
    with pytest.raises(TypeError, match="guarded already"):
        pay.wrap("pay", pay.wrap("pay", raw))


def test_the_decorator_needs_an_action(pay: ToolGuard) -> None:
    with pytest.raises(TypeError, match=r'@guard.tool\("charge"\)'):
        pay.tool(raw)  # type: ignore[arg-type]


def test_verify_scope_is_tool(pay: ToolGuard) -> None:
    with assert_denied("KKN-E204"):
        pay.verify_scope("pay")(raw)(501)


class Client:
    """A payments client."""

    secret = "hidden"

    def __init__(self, name: str = "bank") -> None:
        self.name = name
        self.log: list[Any] = []

    def pay(self, amount: float) -> str:
        """Pays."""
        self.helper()
        self.log.append(amount)
        return self.name

    async def apay(self, amount: float) -> str:
        return self.pay(amount)

    def refund(self, amount: float) -> str:
        self.log.append(-amount)
        return self.name

    async def arefund(self, amount: float) -> str:
        return self.refund(amount)

    def statement(self) -> Iterator[float]:
        yield from self.log

    def helper(self) -> None:
        """What listed methods call inside."""

    def _internal(self) -> None:
        """No tool."""

    @property
    def balance(self) -> float:
        raise AssertionError("a property is not read")

    @functools.cached_property
    def ledger(self) -> Callable[..., Any]:
        raise AssertionError("a property is not read")

    @staticmethod
    def ping(amount: float) -> float:
        return amount

    def __getitem__(self, key: str) -> str:
        return self.secret


ACTIONS = {"pay": "pay", "apay": "pay", "ping": "pay"}


@pytest.mark.parametrize("form", ["object", "class"])
def test_listed_methods_are_guarded_and_other_public_ones_denied(pay: ToolGuard, form: str) -> None:
    inner = Client("bank")
    client: Any
    if form == "object":
        client = pay.wrap_methods(inner, actions=ACTIONS)
    else:
        client = pay.wrap_methods(Client, actions=ACTIONS)("bank")
    assert client.pay(1) == "bank"
    assert client.ping(2) == 2
    assert asyncio.run(client.apay(3)) == "bank"
    for call in (lambda: client.pay(501), lambda: client.ping(501), lambda: asyncio.run(client.apay(501))):
        with assert_denied("KKN-E204"):
            call()
    for call in (
        lambda: client.refund(1),
        lambda: asyncio.run(client.arefund(1)),
        lambda: list(client.statement()),
        lambda: client.helper(),
    ):
        with assert_denied("KKN-E201") as refusal:
            call()
        assert refusal.denied.details["rule"] == "method-not-listed"
    assert inspect.iscoroutinefunction(client.arefund)
    if form == "object":
        assert inner.log == [1, 3]


def test_an_unlisted_method_is_denied_even_if_the_scope_grants_its_name() -> None:
    guard = testing.guard({"grant": [{"action": "refund", "open": True}, {"action": "pay", "open": True}]})
    client = guard.wrap_methods(Client(), actions={"pay": "pay"})
    with assert_denied("KKN-E201"):
        client.refund(1)


def test_a_stand_in_forwards_nothing(pay: ToolGuard) -> None:
    client: Any = pay.wrap_methods(Client(), actions=ACTIONS)
    for name in ("name", "log", "secret", "balance", "ledger", "_internal", "__wrapped__", "__dict__", "nothing"):
        assert not hasattr(client, name), name
    with pytest.raises(AttributeError, match="no method that the guard lists"):
        client.balance
    with pytest.raises(TypeError):
        client["key"]
    with pytest.raises(AttributeError):
        client.pay = raw


def test_only_public_methods_can_be_listed(pay: ToolGuard) -> None:
    for name in ("nothing", "balance", "ledger", "_internal", "secret"):
        for target in (Client(), Client):
            with pytest.raises(TypeError):
                pay.wrap_methods(target, actions={name: "pay"})


def test_the_denied_method_did_not_run(pay: ToolGuard) -> None:
    inner = Client()
    client = pay.wrap_methods(inner, actions=ACTIONS)
    with pytest.raises(Denied):
        client.refund(1)
    assert inner.log == []
