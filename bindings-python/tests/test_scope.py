"""What is not allowed in words is denied (FACTS 4)."""

from __future__ import annotations

from typing import Any

import pytest

from kakunin import ConfigurationError, ToolGuard, testing
from kakunin.testing import assert_denied


def scope(**params: Any) -> dict[str, Any]:
    return {"grant": [{"action": "pay", "params": params}]}


def test_an_unnamed_parameter_is_denied() -> None:
    guard = testing.guard(scope(amount={"max": 5}))
    guard.authorize("pay", {"amount": 5})
    with assert_denied("KKN-E206"):
        guard.authorize("pay", {"amount": 5, "memo": "x"})
    with assert_denied("KKN-E206"):
        guard.authorize("pay", {"amount": 5, "memo": None})


def test_an_unnamed_action_is_denied() -> None:
    guard = testing.guard(scope(amount={"max": 5}))
    for action in ("refund", "Pay", "pay.more", "", "pay ", "*"):
        assert guard.check(action, {"amount": 5}).code == "KKN-E201"


def test_a_maximum_of_zero_is_zero() -> None:
    guard = testing.guard(scope(amount={"min": 0, "max": 0}))
    guard.authorize("pay", {"amount": 0})
    with assert_denied("KKN-E204"):
        guard.authorize("pay", {"amount": 1})


def test_an_empty_list_allows_nothing() -> None:
    guard = testing.guard(scope(amount=[]))
    for amount in (0, 1, "", [], {}):
        assert guard.check("pay", {"amount": amount}).code == "KKN-E204"
    assert guard.check("pay", {}).code == "KKN-E205"
    assert testing.guard({"grant": []}).check("pay", {}).code == "KKN-E201"


def test_a_deny_is_stronger_than_a_grant() -> None:
    guard = testing.guard({"grant": [{"action": "files.*", "open": True}], "deny": ["files.delete"]})
    guard.authorize("files.read", {})
    with assert_denied("KKN-E201"):
        guard.authorize("files.delete", {})


@pytest.mark.parametrize(
    "broken",
    [
        scope(amount={}),
        scope(amount={"most": 5}),
        scope(amount={"regex": "^5$"}),
        {"grant": [{"action": "pay", "parms": {}}]},
        {"grants": []},
        {"grant": [{"params": {}}]},
        "grant = nonsense",
    ],
    ids=str,
)
def test_a_scope_that_says_what_nobody_understands_is_no_scope(broken: Any) -> None:
    with pytest.raises(ConfigurationError):
        testing.guard(broken)


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_without_a_certificate_there_is_no_guard_in_any_mode(mode: Any) -> None:
    with pytest.raises(ConfigurationError) as error:
        ToolGuard(trust="root.pem", mode=mode, record="stderr:")
    assert error.value.code == "KKN-E504"
