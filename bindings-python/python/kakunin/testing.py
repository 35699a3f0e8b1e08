"""For tests: guards under a throw-away authority in memory, with a clock that tests move.

    from kakunin import testing

    guard = testing.guard('[[grant]]\\naction = "charge"\\nparams.amount = { max = 500 }')
    with testing.assert_denied("KKN-E204"):
        guard.authorize("charge", {"amount": 501})
    testing.clock(guard).advance("1h")

It says on stderr that it is for tests, and refuses to start when ``KAKUNIN_ENV=production``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from kakunin import _native
from kakunin._approval import OnApproval
from kakunin._denied import Denied
from kakunin._guard import ToolGuard
from kakunin._scope import authored
from kakunin._verifier import Verifier
from kakunin.codes import Code

__all__ = ["AUDIENCE", "Clock", "Refusal", "assert_denied", "clock", "guard", "pair"]

AUDIENCE = "test"
"""The audience of the verifiers made here."""


class Clock:
    """The clock of a guard made here."""

    __slots__ = ("_guard",)

    def __init__(self, native: _native.Guard) -> None:
        """Clocks are made by :func:`clock`."""
        self._guard = native

    def advance(self, by: str) -> None:
        """Moves it forward, by ``"250ms"``, ``"90s"``, ``"5m"``, ``"1h"`` or ``"2d"``."""
        _native.advance(self._guard, by)


class Refusal:
    """What :func:`assert_denied` caught."""

    __slots__ = ("denied",)
    denied: Denied


def guard(
    scope: str | Mapping[str, Any],
    *,
    mode: Literal["enforce", "observe"] | None = None,
    bound: Literal["optional", "required"] | None = None,
    record: str | None = None,
    record_values: Literal["all", "none"] | list[str] | None = None,
    region: str | None = None,
    audience: str | None = None,
    delegate: int | None = None,
    on_approval: OnApproval | None = None,
) -> ToolGuard:
    """A guard whose agent has ``scope``, as TOML text or as a dict of the same shape. It can sign, and with ``delegate``
    be narrowed, that many levels deep.

    Raises:
        ConfigurationError: The scope is not one, or ``KAKUNIN_ENV=production``.
    """
    options = {
        "mode": mode,
        "bound": bound,
        "record": record,
        "record_values": record_values,
        "region": region,
        "audience": audience,
    }
    return _made(scope, options, delegate, on_approval)[0]


def pair(scope: str | Mapping[str, Any], *, delegate: int | None = None) -> tuple[ToolGuard, Verifier]:
    """A guard as :func:`guard` makes it, and a verifier for :data:`AUDIENCE` that trusts the same authority.

    Raises:
        ConfigurationError: As :func:`guard`.
    """
    return _made(scope, {}, delegate)


def clock(guard: ToolGuard) -> Clock:
    """The clock of a guard made here, and of the verifier made with it."""
    return Clock(guard._inner)


@contextmanager
def assert_denied(code: Code) -> Iterator[Refusal]:
    """Fails unless the block is refused with ``code``. What was refused is then in ``denied`` of what it yields."""
    refusal = Refusal()
    try:
        yield refusal
    except Denied as denied:
        if denied.code != code:
            raise AssertionError(f"expected {code}, got {denied.code}: {denied.reason}") from denied
        refusal.denied = denied
    else:
        raise AssertionError(f"expected {code}, but nothing was denied")


def _made(
    scope: str | Mapping[str, Any],
    options: Mapping[str, Any],
    delegate: int | None = None,
    on_approval: OnApproval | None = None,
) -> tuple[ToolGuard, Verifier]:
    given = {name: option for name, option in options.items() if option is not None}
    guard, verifier = _native.testing_pair(*authored(scope), delegate, given, {}, on_approval)
    return ToolGuard._of(guard), Verifier._of(verifier)
