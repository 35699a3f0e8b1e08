"""The far side: a service that is sent signed intents."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, NoReturn

from kakunin import _native
from kakunin._guard import Source
from kakunin._native import VerifiedIntent

__all__ = ["VerifiedIntent", "Verifier"]


class Verifier:
    """Verifies intents for one audience: path, signature, revocation, time, audience, scope, nonce and limits.

    A verifier is immutable and safe to share between threads and tasks. It closes with ``with verifier:`` or
    ``await verifier.close()``.
    """

    __slots__ = ("__weakref__", "_inner")
    _inner: _native.Verifier

    def __init__(
        self,
        *,
        trust: Source | Sequence[Source] | None = None,
        audience: str | None = None,
        state: str | None = None,
        revocation: str | os.PathLike[str] | None = None,
        seen: str | os.PathLike[str] | None = None,
        record: str | None = None,
        record_values: Literal["all", "none"] | Sequence[str] | None = None,
        region: str | None = None,
        paths: Source | Sequence[Source] | None = None,
    ) -> None:
        """Opens a verifier; every certificate is checked now.

        Args:
            trust: The anchors, never empty.
            audience: Who this service is: what intents for it are signed for.
            state: Where nonces and limits are kept; all verifiers of one audience share one.
            revocation: A folder of revocation lists, OCSP responses and orders, or an authority's URL, looked at again
                each second or each 10 (or as ``?every=5s`` says), or ``none``.
            seen: The folder in which it is kept how far orders and lists are known, for a restart; ``.kakunin/seen``.
            record: Where decisions are written: ``file:PATH``, ``stderr:`` or ``none``.
            record_values: Which parameters' values a record may hold: ``all``, ``none``, or their paths.
            region: The region that a scope may ask for.
            paths: Paths of agents that leave theirs out of their intents.

        Raises:
            ConfigurationError: Something is missing, unreadable, or contradicts something else.
        """
        options = {
            "trust": trust,
            "audience": audience,
            "state": state,
            "revocation": revocation,
            "seen": seen,
            "record": record,
            "record_values": record_values,
            "region": region,
            "paths": paths,
        }
        given = {name: option for name, option in options.items() if option is not None}
        object.__setattr__(self, "_inner", _native.Verifier.open(given))

    @classmethod
    def from_env(cls) -> Verifier:
        """Opens a verifier from the variables ``KAKUNIN_TRUST``, ``KAKUNIN_AUDIENCE`` and so on.

        Raises:
            ConfigurationError: As the constructor.
        """
        return cls._of(_native.Verifier.from_env())

    @classmethod
    def _of(cls, native: _native.Verifier) -> Verifier:
        verifier = object.__new__(cls)
        object.__setattr__(verifier, "_inner", native)
        return verifier

    def verify(self, token: str, *, action: str | None = None, params: Mapping[str, Any] | None = None) -> VerifiedIntent:
        """Verifies an intent, uses up its nonce, draws its limits and records it. Act on ``intent.params``.

        Args:
            token: The compact JWS.
            action: Where the request names an action too: it must be the signed one.
            params: Where the request has parameters too: they must equal the signed ones.

        Raises:
            Denied: The intent is refused.
        """
        return self._inner.verify(token, action, params)

    async def averify(
        self, token: str, *, action: str | None = None, params: Mapping[str, Any] | None = None
    ) -> VerifiedIntent:
        """:meth:`verify`, off the event loop."""
        return await asyncio.to_thread(self._inner.verify, token, action, params)

    async def close(self) -> None:
        """Writes out what is still to be recorded and releases everything; every later intent is refused."""
        await asyncio.to_thread(self._inner.close)

    def __enter__(self) -> Verifier:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.close()

    async def __aenter__(self) -> Verifier:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __copy__(self) -> Verifier:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Verifier:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a verifier holds counters and cannot be pickled: make one in each process")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a verifier is immutable: `{name}` cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a verifier is immutable: `{name}` cannot be deleted")
