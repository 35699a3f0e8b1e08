"""Asking for approvals: the guard's ``on_approval``, called once for a call that wants them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Union

from kakunin._native import Judgement

Answer = Union[str, Iterable[str], None]
"""Approvals, as ``kakunin approve`` prints them; ``None`` for none."""

OnApproval = Callable[[dict[str, Any]], Union[Answer, Awaitable[Answer]]]
"""What is called with :attr:`Denied.approval` before a call is refused with ``KKN-E212``."""


def settle(judgement: Judgement) -> None:
    """Decides; asks for the approvals that are wanting, and with those that come decides once more."""
    judgement.decide()
    wanted = judgement.wanted()
    if wanted is not None:
        ask, request = wanted
        approvals = answered(ask(request))
        if approvals:
            judgement.decide_again(approvals)


async def asettle(judgement: Judgement) -> None:
    """:func:`settle`, which waits for an asynchronous answer; off the event loop where a decision waits for a disk."""
    await _off_loop(judgement, judgement.decide)
    wanted = judgement.wanted()
    if wanted is not None:
        ask, request = wanted
        approvals = await awaited(ask(request))
        if approvals:
            await _off_loop(judgement, judgement.decide_again, approvals)


def answered(answer: Any) -> list[str]:
    """The approvals in an answer that is there already.

    Raises:
        TypeError: It is to be awaited, or holds what is no text.
    """
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise TypeError("`on_approval` is asynchronous: only async tools, `acheck`, `aauthorize` and `asign` wait for it")
    if answer is None:
        return []
    approvals = [answer] if isinstance(answer, str) else list(answer)
    if not all(isinstance(approval, str) for approval in approvals):
        raise TypeError("`on_approval` returns approvals as text, or None")
    return approvals


async def awaited(answer: Any) -> list[str]:
    """The approvals in an answer, once it is there."""
    return answered(await answer if inspect.isawaitable(answer) else answer)


async def _off_loop(judgement: Judgement, step: Callable[..., None], *args: Any) -> None:
    if judgement.blocks:
        await asyncio.to_thread(step, *args)
    else:
        step(*args)
