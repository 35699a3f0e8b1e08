"""The guard itself: decisions, denials, bindings, options, life and death."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import subprocess
import sys
import threading
from typing import Any

import pytest

from kakunin import BoundGuard, ConfigurationError, Decision, Denied, ToolGuard, Verifier, codes, testing
from kakunin import _native
from kakunin.testing import assert_denied

from .conftest import PAYMENTS

CALL = {"amount": 50, "currency": "EUR", "customer": "cus_1"}
TOO_MUCH = {**CALL, "amount": 47_000}


def test_the_codes_are_those_of_the_core() -> None:
    assert list(codes.CODES) == [code for code, _, _ in _native.codes()]
    assert codes.NAMES["KKN-E202"] == "MONETARY_LIMIT_EXCEEDED"
    assert set(codes.MEANINGS) == set(codes.CODES)


def test_a_decision_tells_and_has_no_truth_value(guard: ToolGuard) -> None:
    allowed, denied = guard.check("charge", CALL), guard.check("charge", TOO_MUCH)
    assert (allowed.allowed, allowed.code, allowed.reason, dict(allowed.details)) == (True, None, None, {})
    assert (denied.allowed, denied.code) == (False, "KKN-E202")
    assert denied.details["parameter"] == "amount"
    assert denied.details["requested"] == "47000"
    assert denied.reference is not None and len(denied.reference) == 16
    for decision in (allowed, denied):
        with pytest.raises(TypeError, match="no truth value"):
            bool(decision)
        with pytest.raises(AttributeError):
            decision.allowed = True  # type: ignore[misc]
        with pytest.raises(TypeError):
            decision.details["rule"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        Decision()


def test_a_denial_shows_the_model_one_opaque_sentence(guard: ToolGuard) -> None:
    with pytest.raises(Denied) as raised:
        guard.authorize("charge", TOO_MUCH)
    denied = raised.value
    assert str(denied) == f"denied: KKN-E202 (ref {denied.reference})"
    assert "amount" not in str(denied) + repr(denied)
    assert denied.code == "KKN-E202"
    assert "500" in denied.reason
    assert denied.details["rule"]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_denials_travel_between_processes(guard: ToolGuard, copied: Any) -> None:
    with pytest.raises(Denied) as raised:
        guard.authorize("charge", TOO_MUCH)
    denied, other = raised.value, copied(raised.value)
    assert type(other) is Denied
    assert (str(other), other.code, other.reason, dict(other.details), other.reference) == (
        str(denied),
        denied.code,
        denied.reason,
        dict(denied.details),
        denied.reference,
    )
    with pytest.raises(ConfigurationError) as misconfigured:
        testing.guard("nonsense = 1")
    again = copied(misconfigured.value)
    assert (type(again), str(again), again.code) == (
        ConfigurationError,
        str(misconfigured.value),
        misconfigured.value.code,
    )


def test_every_denial_is_one_warning_with_reference_and_details(
    guard: ToolGuard, caplog: pytest.LogCaptureFixture
) -> None:
    charge = guard.wrap("charge", lambda **arguments: None)
    forms: list[Any] = [
        lambda: charge(**TOO_MUCH),
        lambda: guard.authorize("charge", TOO_MUCH),
        lambda: asyncio.run(guard.aauthorize("charge", TOO_MUCH)),
        lambda: guard.sign("charge", TOO_MUCH, audience="x"),
    ]
    for form in forms:
        caplog.clear()
        with pytest.raises(Denied) as raised:
            form()
        assert raised.value.reference
        assert [(record.name, record.levelno) for record in caplog.records] == [("kakunin", logging.WARNING)]
        for part in (raised.value.reference, "KKN-E202", "47000"):
            assert part in caplog.text
    for check in (lambda: guard.check("charge", TOO_MUCH), lambda: asyncio.run(guard.acheck("charge", TOO_MUCH))):
        caplog.clear()
        assert check().reference in caplog.text
        assert len(caplog.records) == 1
    caplog.clear()
    guard.authorize("charge", CALL)
    assert caplog.records == []


def test_explain_is_for_an_operator(guard: ToolGuard) -> None:
    assert "KKN-E202" in guard.explain("charge", TOO_MUCH)
    assert "KKN-E202" not in guard.explain("charge", CALL)


def test_observe_lets_the_scopes_refusal_pass_and_tells_it(caplog: pytest.LogCaptureFixture, tmp_path: Any) -> None:
    guard = testing.guard(PAYMENTS, mode="observe", record=f"file:{tmp_path / 'log'}")
    charge = guard.wrap("charge", lambda **arguments: arguments)
    assert charge(**TOO_MUCH) == TOO_MUCH
    assert "observed: KKN-E202" in caplog.text
    nan = {**CALL, "amount": float("nan")}
    assert charge(**nan) == nan
    decision = guard.check("charge", TOO_MUCH)
    assert (decision.allowed, decision.code) == (True, "KKN-E202")
    testing.clock(guard).advance("400d")
    for call in (CALL, nan):
        with assert_denied("KKN-E103"):
            charge(**call)


def test_observe_needs_a_record() -> None:
    with pytest.raises(ConfigurationError):
        testing.guard(PAYMENTS, mode="observe", record="none")


def test_a_guard_is_frozen_and_its_copies_are_itself(guard: ToolGuard) -> None:
    assert copy.copy(guard) is guard
    assert copy.deepcopy({"guard": guard})["guard"] is guard
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(guard)
    for name in ("id", "check", "anything"):
        with pytest.raises(AttributeError):
            setattr(guard, name, None)
        with pytest.raises(AttributeError):
            delattr(guard, name)
    assert guard.id in repr(guard)


def test_unknown_options_raise() -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        ToolGuard(certificat="x", trust="y")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword"):
        Verifier(truss="y")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="`certificate`"):
        ToolGuard(certificate=1, trust="y")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`state`"):
        ToolGuard(certificate="x", trust="y", state=1)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="`enforce` or `observe`"):
        ToolGuard(certificate="x", trust="y", mode="watch")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="KKN-E504"):
        ToolGuard()
    with pytest.raises(ConfigurationError):
        Verifier()


def test_from_env_reads_the_same_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("CERTIFICATE", "TRUST", "AUDIENCE"):
        monkeypatch.delenv(f"KAKUNIN_{name}", raising=False)
    with pytest.raises(ConfigurationError):
        ToolGuard.from_env()
    monkeypatch.setenv("KAKUNIN_CERTIFICATE", str(tmp_path / "absent.pem"))
    monkeypatch.setenv("KAKUNIN_TRUST", str(tmp_path / "absent.pem"))
    with pytest.raises(ConfigurationError, match="absent.pem"):
        ToolGuard.from_env()
    with pytest.raises(ConfigurationError):
        Verifier.from_env()


def test_a_throw_away_certificate_needs_the_test_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    scope = tmp_path / "payments.toml"
    scope.write_text(PAYMENTS)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError):
        ToolGuard(certificate=f"test:{scope}")
    monkeypatch.setenv("KAKUNIN_ENV", "test")
    with ToolGuard(certificate=f"test:{scope}", record="none") as guard:
        guard.authorize("charge", CALL)
        with assert_denied("KKN-E202"):
            guard.authorize("charge", TOO_MUCH)


def test_testing_says_so_and_refuses_production(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from kakunin import testing; testing.guard({'grant': []}); testing.guard({'grant': []})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr.count("this is for tests") == 1
    monkeypatch.setenv("KAKUNIN_ENV", "production")
    with pytest.raises(ConfigurationError) as error:
        testing.guard(PAYMENTS)
    assert error.value.code == "KKN-E504"


def test_assert_denied_fails_without_the_denial(guard: ToolGuard) -> None:
    with pytest.raises(AssertionError, match="nothing was denied"):
        with assert_denied("KKN-E202"):
            guard.authorize("charge", CALL)
    with pytest.raises(AssertionError, match="expected KKN-E201, got KKN-E202"):
        with assert_denied("KKN-E201"):
            guard.authorize("charge", TOO_MUCH)
    with pytest.raises(ZeroDivisionError):
        with assert_denied("KKN-E201"):
            1 / 0


def test_the_system_clock_cannot_be_moved(guard: ToolGuard) -> None:
    with pytest.raises(ConfigurationError):
        testing.clock(guard).advance("soon")


class TestBinding:
    """Sessions and chains."""

    def required(self) -> tuple[ToolGuard, Any]:
        guard = testing.guard(PAYMENTS, bound="required")
        return guard, guard.wrap("charge", lambda **arguments: "ran")

    def test_calls_outside_a_required_binding_are_denied(self) -> None:
        guard, charge = self.required()
        with assert_denied("KKN-E504"):
            charge(**CALL)
        with guard.bind(session="s1") as bound:
            assert isinstance(bound, BoundGuard)
            assert charge(**CALL) == "ran"
            assert guard.check("charge", CALL).allowed
        with assert_denied("KKN-E504"):
            charge(**CALL)

    def test_a_tool_may_require_it_alone(self, guard: ToolGuard) -> None:
        charge = guard.wrap("charge", lambda **arguments: "ran", bound="required")
        with assert_denied("KKN-E504"):
            charge(**CALL)
        with guard.bind(chain="c1"):
            assert charge(**CALL) == "ran"
        assert guard.wrap("charge", lambda **arguments: "ran")(**CALL) == "ran"
        with pytest.raises(ValueError, match="`optional` or `required`"):
            guard.tool("charge", bound="yes")  # type: ignore[arg-type]

    def test_threads_without_the_context_are_outside(self) -> None:
        guard, charge = self.required()
        caught: list[BaseException] = []

        def run() -> None:
            try:
                charge(**CALL)
            except Denied as denied:
                caught.append(denied)

        with guard.bind(session="s1"):
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
        assert [type(error) for error in caught] == [Denied]

    def test_tasks_inherit_it(self) -> None:
        guard, _ = self.required()

        @guard.tool("charge")
        async def charge(**arguments: Any) -> str:
            return "ran"

        async def main() -> list[str]:
            async with guard.bind(session="s1"):
                tasks = [asyncio.create_task(charge(**CALL)) for _ in range(3)]
            return await asyncio.gather(*tasks)

        assert asyncio.run(main()) == ["ran"] * 3

    def test_a_binding_is_for_its_own_guard(self) -> None:
        guard, charge = self.required()
        other, other_charge = self.required()
        with guard.bind(session="s1"):
            assert charge(**CALL) == "ran"
            with assert_denied("KKN-E504"):
                other_charge(**CALL)
            with other.bind(session="s2"):
                assert charge(**CALL) == other_charge(**CALL) == "ran"

    def test_bindings_nest_and_inherit(self) -> None:
        guard, verifier = testing.pair(PAYMENTS)

        def signed() -> tuple[str | None, str | None]:
            intent = verifier.verify(guard.sign("charge", CALL, audience=testing.AUDIENCE))
            return intent.session, intent.chain

        outer = guard.bind(session="s1")
        with outer:
            with outer.bind(chain="c1"):
                assert signed() == ("s1", "c1")
            assert signed() == ("s1", None)
            with guard.bind(session="s2"):
                assert signed() == ("s2", None)
            assert signed() == ("s1", None)
        assert signed() == (None, None)
        intent = verifier.verify(outer.sign("charge", CALL, audience=testing.AUDIENCE))
        assert intent.session == "s1"

    def test_tools_of_a_bound_guard_are_always_bound(self) -> None:
        guard, _ = self.required()
        charge = guard.bind(session="s1").wrap("charge", lambda **arguments: "ran")
        assert charge(**CALL) == "ran"

    def test_bindings_are_left_in_order(self, guard: ToolGuard) -> None:
        bound = guard.bind(session="s1")
        with pytest.raises(RuntimeError, match="reverse order"):
            bound.__exit__(None, None, None)

    @pytest.mark.parametrize("text", ["", "x" * 257])
    def test_texts_are_bounded(self, guard: ToolGuard, text: str) -> None:
        with pytest.raises(ConfigurationError):
            guard.bind(session=text)

    def test_leaving_a_binding_closes_nothing(self, guard: ToolGuard) -> None:
        with guard.bind(session="s1") as bound:
            asyncio.run(bound.close())
        guard.authorize("charge", CALL)

    def test_bound_guards_are_made_by_bind(self) -> None:
        with pytest.raises(TypeError, match="guard.bind"):
            BoundGuard()


class TestRecord:
    """What is recorded, and what cannot be."""

    def test_a_closed_guard_denies(self, tmp_path: Any) -> None:
        with testing.guard(PAYMENTS, record=f"file:{tmp_path / 'log'}") as guard:
            guard.authorize("charge", CALL)
        with assert_denied("KKN-E503"):
            guard.authorize("charge", CALL)
        other = testing.guard(PAYMENTS)
        asyncio.run(other.close())
        with assert_denied("KKN-E503"):
            other.authorize("charge", CALL)

    def test_references_are_those_of_the_record(self, tmp_path: Any) -> None:
        with testing.guard(PAYMENTS, record=f"file:{tmp_path / 'log'}") as guard:
            allowed, denied = guard.check("charge", CALL), guard.check("charge", TOO_MUCH)
        assert allowed.reference and denied.reference
        assert allowed.reference != denied.reference

    def test_an_event_loop_goes_on_while_a_decision_is_written(self, tmp_path: Any) -> None:
        guard = testing.guard(PAYMENTS, record=f"file:{tmp_path / 'log'}")

        async def main() -> None:
            for decision in await asyncio.gather(*(guard.acheck("charge", CALL) for _ in range(3))):
                assert decision.allowed
            await guard.aauthorize("charge", CALL)
            await guard.close()

        asyncio.run(main())
