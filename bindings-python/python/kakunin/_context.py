"""What surrounds a call. Read by the native part; tasks inherit it, threads without a context do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kakunin._native import Entry, Judgement

BINDINGS: ContextVar[Entry | None] = ContextVar("kakunin_bindings", default=None)
"""The innermost binding entered with ``with guard.bind(...)``."""

RUNNING: ContextVar[Judgement | None] = ContextVar("kakunin_running", default=None)
"""The guarded call that is running, if its guard can sign."""


@contextmanager
def running(judgement: Judgement) -> Iterator[None]:
    """Inside, ``guard.sign(audience=...)`` signs the call of ``judgement``."""
    token = RUNNING.set(judgement)
    try:
        yield
    finally:
        RUNNING.reset(token)
