"""Guards for one task: what they may do, whose tools they judge and where, and when that ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kakunin import BoundGuard, ConfigurationError, ToolGuard, testing
from kakunin.testing import assert_denied

AGENT = """
[[grant]]
action = "charge"
limits = [{ rate = 3, per = "1h" }]
params.amount = { max = 500 }

[[grant]]
action = "read"
"""
TASK: dict[str, Any] = {"grant": [{"action": "charge", "params": {"amount": {"max": 100}}}]}
SMALL: dict[str, Any] = {"grant": [{"action": "charge", "params": {"amount": {"max": 10}}}]}
UNLIMITED: dict[str, Any] = {"grant": [{"action": "charge", "params": {"amount": {"max": 500}}}]}


@pytest.fixture
def guard() -> ToolGuard:
    return testing.guard(UNLIMITED, delegate=2)


def narrow(guard: ToolGuard, scope: Any = TASK, **options: Any) -> BoundGuard:
    return guard.narrow(scope, **{"ttl": "10m", **options})


def tool(guard: ToolGuard) -> Any:
    @guard.tool("charge")
    def charge(amount: float) -> float:
        return amount

    return charge


def test_inside_its_reach_the_parents_tools_are_judged_by_the_narrowed_guard(guard: ToolGuard) -> None:
    charge = tool(guard)
    with narrow(guard, name="task-17") as task:
        assert task.id == f"{guard.id}:-:task-17"
        assert charge(100) == 100
        with assert_denied("KKN-E204"):
            charge(101)
        with assert_denied("KKN-E204"):
            guard.authorize("charge", {"amount": 101})
    assert charge(101) == 101


def test_its_own_tools_are_judged_by_it_everywhere(guard: ToolGuard) -> None:
    task = narrow(guard)
    charge = tool(task)
    assert charge(100) == 100
    with assert_denied("KKN-E204"):
        charge(101)
    assert tool(guard)(101) == 101


def test_wrapped_objects_are_judged_by_it_too(guard: ToolGuard) -> None:
    class Client:
        def charge(self, amount: float) -> float:
            return amount

        def refund(self, amount: float) -> float:
            return amount

    client = guard.wrap_methods(Client(), actions={"charge": "charge"})
    with narrow(guard):
        assert client.charge(100) == 100
        with assert_denied("KKN-E204"):
            client.charge(101)
        with assert_denied("KKN-E201"):
            client.refund(1)
    assert client.charge(101) == 101


def test_parents_limits_are_drawn_on_and_one_name_goes_on_counting() -> None:
    guard = testing.guard(AGENT, delegate=1)
    once = {"grant": [{"action": "charge", "limits": [{"rate": 1, "per": "1h"}], "params": {"amount": {"max": 100}}}]}
    narrow(guard, once, name="a").authorize("charge", {"amount": 1})
    with assert_denied("KKN-E208"):
        narrow(guard, once, name="a").authorize("charge", {"amount": 1})
    narrow(guard, once, name="b").authorize("charge", {"amount": 1})
    guard.authorize("charge", {"amount": 1})
    with assert_denied("KKN-E208") as refusal:
        narrow(guard).authorize("charge", {"amount": 1})
    assert refusal.denied.details["depth"] == 1


def test_tasks_inherit_it_and_threads_without_context_do_not(guard: ToolGuard) -> None:
    charge = tool(guard)

    @guard.tool("charge")
    async def acharge(amount: float) -> float:
        return amount

    async def main() -> None:
        with narrow(guard):
            task = asyncio.create_task(acharge(101))
        # Created inside, run outside: the task has the context that it was created in.
        with assert_denied("KKN-E204"):
            await task
        async with narrow(guard):
            with assert_denied("KKN-E204"):
                await asyncio.to_thread(charge, 101)
            with assert_denied("KKN-E204"):
                await asyncio.gather(acharge(100), acharge(101))
        assert await acharge(101) == 101

    asyncio.run(main())
    with narrow(guard), ThreadPoolExecutor(1) as pool:
        assert pool.submit(charge, 101).result() == 101, "a thread without the context is outside"
        with assert_denied("KKN-E204"):
            pool.submit(copy_context().run, charge, 101).result()


def test_a_guard_that_must_be_bound_denies_outside_and_in_threads_that_lost_their_context() -> None:
    guard = testing.guard(UNLIMITED, delegate=1, bound="required")
    charge = tool(guard)
    one = testing.guard(UNLIMITED, delegate=1)
    must = one.tool("charge", bound="required")(lambda amount: amount)

    def outside(call: Any) -> None:
        with assert_denied("KKN-E504") as refusal:
            call(1)
        assert refusal.denied.details["rule"] == "bound-required"

    outside(charge)
    outside(must)
    with narrow(guard) as task, narrow(one), ThreadPoolExecutor(1) as pool:
        assert [charge(1), must(1), tool(task)(1)] == [1, 1, 1]
        pool.submit(outside, charge).result()
        pool.submit(outside, must).result()
    outside(charge)


def test_after_its_time_is_over_it_denies_inside_and_the_parent_goes_on_outside(guard: ToolGuard) -> None:
    charge = tool(guard)

    @guard.tool("charge")
    def charges(amount: float) -> Iterator[float]:
        yield amount

    @guard.tool("charge")
    async def acharges(amount: float) -> AsyncIterator[float]:
        yield amount

    with narrow(guard, ttl=60) as task:
        assert abs((task.expires_at - guard.expires_at).days) > 1
        begun, not_begun = charges(1), charges(1)
        assert next(begun) == 1
        testing.clock(guard).advance("61s")
        with assert_denied("KKN-E103"):
            charge(1)
        with assert_denied("KKN-E103"):
            next(not_begun)
        with assert_denied("KKN-E103"):
            asyncio.run(acharges(1).__anext__())
        with assert_denied("KKN-E103"):
            task.sign("charge", {"amount": 1}, audience="x")
        assert list(begun) == [], "what was allowed runs to its end"
    assert charge(1) == 1
    with pytest.raises(ConfigurationError, match="KKN-E103"):
        narrow(task)


def test_a_narrowed_guard_is_narrowed_further_as_deep_as_it_may(guard: ToolGuard) -> None:
    charge = tool(guard)
    with narrow(guard, delegate=1, name="a") as a, narrow(a, SMALL, name="b") as b:
        assert b.id == f"{guard.id}:-:a:-:b"
        assert charge(10) == 10
        with assert_denied("KKN-E204"):
            charge(11)
        with pytest.raises(ConfigurationError, match="`delegate`"):
            narrow(b, SMALL)
    assert charge(101) == 101


def test_who_is_inside_narrows_and_binds_from_there(guard: ToolGuard) -> None:
    charge = tool(guard)
    with narrow(guard, delegate=1, name="a"):
        # `guard` is named, and the narrowed one judges in its place: so it is narrowed, and bound.
        assert narrow(guard, SMALL, name="b").id.endswith(":-:a:-:b")
        with pytest.raises(ConfigurationError, match="KKN-E106"):
            narrow(guard, UNLIMITED)
        with guard.bind(session="s1") as bound:
            with assert_denied("KKN-E204"):
                charge(101)
            with assert_denied("KKN-E204"):
                bound.authorize("charge", {"amount": 101})


def test_nobody_gets_out_by_entering_what_was_made_outside(guard: ToolGuard) -> None:
    bound, other, wide = guard.bind(session="s1"), narrow(guard, SMALL), narrow(guard, UNLIMITED)
    charge = tool(guard)
    with narrow(guard) as task:
        for outside in (bound, other, wide):
            with pytest.raises(ConfigurationError, match="binding-elsewhere"):
                outside.__enter__()
        with task.bind(session="s2"), assert_denied("KKN-E204"):
            charge(101)
        with task, assert_denied("KKN-E204"):
            charge(101)
    with bound:
        with other, assert_denied("KKN-E204"):
            charge(11)
        assert charge(11) == 11


def test_bindings_of_different_guards_do_not_meet(guard: ToolGuard) -> None:
    other = testing.guard(UNLIMITED, delegate=1)
    charge, other_charge = tool(guard), tool(other)
    with narrow(guard), narrow(other, SMALL):
        with assert_denied("KKN-E204"):
            charge(101)
        assert charge(100) == 100
        with assert_denied("KKN-E204"):
            other_charge(11)
    with narrow(guard):
        assert other_charge(500) == 500


def test_a_session_is_inherited(tmp_path: Any) -> None:
    guard = testing.guard(UNLIMITED, delegate=1, record=f"file:{tmp_path / 'log'}")
    with guard.bind(session="s1") as bound:
        inside, of_bound = narrow(guard), narrow(bound)
    for task in (inside, of_bound):
        with pytest.raises(ConfigurationError):
            task.bind(session="")
        task.check("charge", {"amount": 1})
    text = "".join(path.read_text(errors="replace") for path in (tmp_path / "log").rglob("*") if path.is_file())
    assert text.count('"session":"s1"') == 2


def test_the_far_side_verifies_what_it_signs_as_the_sub_agent() -> None:
    guard, verifier = testing.pair(UNLIMITED, delegate=2)

    @guard.tool("charge")
    def charge(amount: float) -> str:
        return guard.sign(audience=testing.AUDIENCE)

    with narrow(guard, delegate=1) as task:
        assert verifier.verify(charge(5)).agent == task.id
        token = task.sign("charge", {"amount": 5}, audience=testing.AUDIENCE)
        assert verifier.verify(token, action="charge", params={"amount": 5}).agent == task.id
        with narrow(task, SMALL) as low:
            assert verifier.verify(charge(5)).agent == low.id
        with assert_denied("KKN-E204"):
            guard.sign("charge", {"amount": 101}, audience=testing.AUDIENCE)
    assert verifier.verify(charge(5)).agent == guard.id


def test_it_does_not_sign_what_it_did_not_allow(guard: ToolGuard) -> None:
    task = narrow(guard)

    @guard.tool("charge")
    def charge(amount: float) -> str:
        return task.sign(audience="x")

    with pytest.raises(RuntimeError, match="another guard"):
        charge(500)


@pytest.mark.parametrize(
    "options, code, words",
    [
        ({"scope": UNLIMITED | {"grant": [{"action": "charge", "params": {"amount": {"max": 501}}}]}}, "KKN-E106", "`amount` of `charge`"),
        ({"scope": {"grant": [{"action": "refund"}]}}, "KKN-E106", "`refund`"),
        ({"scope": '[[grant]]\naction = "charge"\nparms = {}'}, "KKN-E107", "line 3"),
        ({"scope": {"grants": []}}, "KKN-E107", "grant"),
        ({"ttl": "ten"}, "KKN-E504", "1 s to 24 h"),
        ({"ttl": 0}, "KKN-E504", "1 s to 24 h"),
        ({"ttl": "25h"}, "KKN-E504", "1 s to 24 h"),
        ({"ttl": timedelta(milliseconds=1500)}, "KKN-E504", "1.5 s"),
        ({"name": "-"}, "KKN-E109", "name"),
        ({"name": "a.b"}, "KKN-E109", "name"),
        ({"delegate": 2}, "KKN-E106", "maxDepth"),
        ({"delegate": 9}, "KKN-E504", "delegate"),
    ],
    ids=str,
)
def test_what_makes_no_narrowed_guard_is_refused_with_the_reason(
    guard: ToolGuard, options: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        guard.narrow(**{"scope": TASK, "ttl": 60, **options})
    assert refused.value.code == code


def test_arguments_of_other_types_are_type_errors(guard: ToolGuard) -> None:
    for options in ({"scope": 5}, {"ttl": 1.5}, {"ttl": None}, {"name": 5}, {"delegate": "1"}):
        with pytest.raises((TypeError, OverflowError)):
            guard.narrow(**{"scope": TASK, "ttl": 60, **options})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        guard.narrow(TASK)  # type: ignore[call-arg]


def test_scopes_are_text_or_dicts_and_spans_are_three_kinds(guard: ToolGuard) -> None:
    text = '[[grant]]\naction = "charge"\nparams.amount = { max = 7.5 }'
    exact = {"grant": [{"action": "charge", "params": {"amount": {"max": Decimal("7.5")}}}]}
    for scope in (text, exact):
        for ttl in (60, "1m", timedelta(minutes=1)):
            task = guard.narrow(scope, ttl=ttl)
            assert task.check("charge", {"amount": 7.5}).allowed and not task.check("charge", {"amount": 7.51}).allowed
            assert task.expires_at < guard.expires_at


def test_who_may_not_delegate_is_told_how() -> None:
    with pytest.raises(ConfigurationError, match="kakunin issue --delegate N") as refused:
        narrow(testing.guard(TASK))
    assert refused.value.code == "KKN-E105"


def test_closing_ends_a_narrowed_guard_and_what_is_below_it_alone(guard: ToolGuard) -> None:
    top = narrow(guard, delegate=1)
    low, bound, other = narrow(top), top.bind(session="s1"), narrow(guard)
    asyncio.run(bound.close())
    low.authorize("charge", {"amount": 1})
    asyncio.run(top.close())
    for closed in (top, low, bound):
        with assert_denied("KKN-E503"):
            closed.authorize("charge", {"amount": 1})
    other.authorize("charge", {"amount": 1})
    with guard:
        pass
    with assert_denied("KKN-E503"):
        other.authorize("charge", {"amount": 1})


def test_a_narrowed_guard_is_not_renewed(guard: ToolGuard) -> None:
    with pytest.raises(ConfigurationError, match="narrow the guard again"):
        narrow(guard).reload(b"")


def test_many_threads_narrow_and_none_sees_anothers(guard: ToolGuard) -> None:
    charge = tool(guard)
    wrong: list[int] = []

    def work(number: int) -> None:
        scope = {"grant": [{"action": "charge", "params": {"amount": {"max": number}}}]}
        for _ in range(20):
            with narrow(guard, scope, name=f"t{number}"):
                charge(number)
                if guard.check("charge", {"amount": number + 1}).allowed:
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
