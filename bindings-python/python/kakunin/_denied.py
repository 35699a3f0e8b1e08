"""The exceptions, and the log lines that go with them. Raised by the native part."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from kakunin.codes import Code

_LOGGER = logging.getLogger("kakunin")


class Denied(Exception):
    """A call was refused, and did not run.

    ``str()`` is one opaque sentence, with the code and the reference and nothing of the policy: all that a model
    may see. The other attributes are for the operator.
    """

    def __init__(
        self,
        sentence: str,
        code: Code,
        reason: str = "",
        details: Mapping[str, Any] | None = None,
        reference: str | None = None,
        approval: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self._sentence = sentence
        self._code = code
        self._reason = reason
        self._details: Mapping[str, Any] = MappingProxyType(dict(details or {}))
        self._reference = reference
        self._approval = approval

    @property
    def code(self) -> Code:
        """The stable code, ``KKN-E202``."""
        return self._code

    @property
    def reason(self) -> str:
        """Why, in words, for the operator."""
        return self._reason

    @property
    def details(self) -> Mapping[str, Any]:
        """The facts behind the refusal, for the operator: ``rule``, ``parameter``, ``requested``, ``expected``..."""
        return self._details

    @property
    def reference(self) -> str | None:
        """What ``kakunin explain`` finds the refusal by."""
        return self._reference

    @property
    def approval(self) -> dict[str, Any] | None:
        """What a person is to be asked, where approvals are wanting: ``KKN-E212`` and ``KKN-E213``; else ``None``.

        The call and its digest, as JSON: write it to a file for ``kakunin approve``, and give what that prints to
        :meth:`ToolGuard.bind`. It holds the arguments: it is for people who may see them, never for a model.
        """
        return self._approval

    def __str__(self) -> str:
        return self._sentence

    def __reduce__(self) -> tuple[type[Denied], tuple[Any, ...]]:
        facts = (self._sentence, self._code, self._reason, dict(self._details), self._reference, self._approval)
        return (type(self), facts)


class ConfigurationError(Denied, ValueError):
    """The options make no guard: something is missing, unreadable, expired or contradicts something else.

    Raised where guards and verifiers are made, so ``str()`` tells everything.
    """

    def __init__(
        self,
        code: Code,
        reason: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {reason}", code, reason, details)

    def __reduce__(self) -> Any:
        return (type(self), (self._code, self._reason, dict(self._details)))


def denied(
    sentence: str,
    code: str,
    reason: str,
    details: dict[str, Any],
    reference: str | None,
    observed: bool,
    approval: dict[str, Any] | None,
) -> Denied:
    """Logs a denial and returns the exception for it; ``observed`` ones ran all the same."""
    verdict = "observed" if observed else "denied"
    _LOGGER.warning(
        "%s: %s (ref %s): %s %s",
        verdict,
        code,
        reference,
        reason,
        details,
        extra={"kakunin_code": code, "kakunin_reference": reference, "kakunin_details": details},
    )
    return Denied(sentence, cast("Code", code), reason, details, reference, approval)


def noticed(text: str) -> None:
    """Logs what a guard noticed beside its decisions."""
    _LOGGER.warning("%s", text)
