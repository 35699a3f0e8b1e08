"""Guarded functions: thin closures of the same kind, name and signature as what they guard.

They carry no ``__wrapped__`` and nothing else through which the raw function could be reached.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from types import FunctionType
from typing import Any

from kakunin._approval import asettle, settle
from kakunin._context import RUNNING
from kakunin._native import Guard, Judgement, Tool
from kakunin._signature import GUARDED, describe, refuse_unfit

_COPIED = ("__module__", "__name__", "__qualname__", "__doc__", "__type_params__")


def guarded(
    guard: Guard, action: str, function: Callable[..., Any], unchecked: tuple[str, ...], must_be_bound: bool
) -> Callable[..., Any]:
    """``function``, with every call decided first."""
    refuse_unfit(function)
    signature, parameters = describe(function, unchecked)
    tool = Tool(guard, action, function, signature, parameters, must_be_bound)
    # Only where the decision waits for a disk or for people, or the running call can be signed, is it made in steps.
    asks = guard.on_approval is not None
    stepwise = guard.blocks or guard.signs or asks
    wrapper: Callable[..., Any]
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(tool)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine_in_steps(tool) if stepwise else _coroutine(tool)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator_in_steps(tool) if stepwise else _generator(tool)
    else:
        wrapper = _plain_in_steps(tool) if asks else _plain(tool)
    return dressed(wrapper, function, signature, action)


def refusing(guard: Guard, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the kind of ``function`` that always refuses: for methods that no action was listed for."""
    refuse = guard.refuse_unlisted
    wrapper: Callable[..., Any]
    if inspect.isasyncgenfunction(function):

        async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
            refuse(name)
            yield

    elif inspect.iscoroutinefunction(function):

        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            refuse(name)

    elif inspect.isgeneratorfunction(function):

        def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            refuse(name)
            yield

    else:

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            refuse(name)

    return dressed(wrapper, function, None, name)


def dressed(
    wrapper: Callable[..., Any], function: Callable[..., Any], signature: inspect.Signature | None, action: str
) -> Callable[..., Any]:
    """``wrapper`` with the name, documentation and signature of ``function``, and nothing else of it."""
    # Its annotations may be texts, which are looked up in the module of the function: so it stands there too.
    # INVARIANT: the closures below use no global name, only builtins and what they close over.
    module = getattr(function, "__globals__", None)
    if module is not None:
        wrapper = FunctionType(wrapper.__code__, module, wrapper.__name__, None, wrapper.__closure__)
    for name in _COPIED:
        if hasattr(function, name):
            setattr(wrapper, name, getattr(function, name))
    if hasattr(function, "__annotate__"):
        wrapper.__annotate__ = function.__annotate__  # type: ignore[attr-defined]
    else:
        wrapper.__annotations__ = dict(getattr(function, "__annotations__", {}))
    if signature is not None:
        wrapper.__signature__ = signature  # type: ignore[attr-defined]
    setattr(wrapper, GUARDED, action)
    return wrapper


def _plain(tool: Tool) -> Callable[..., Any]:
    run = tool.run

    def guarded(*args: Any, **kwargs: Any) -> Any:
        return run(args, kwargs)

    return guarded


def _plain_in_steps(tool: Tool) -> Callable[..., Any]:
    judge, running, wait = tool.judge, RUNNING, settle

    def guarded(*args: Any, **kwargs: Any) -> Any:
        judgement = judge(args, kwargs)
        wait(judgement)
        token = running.set(judgement)
        try:
            return judgement.call()
        finally:
            running.reset(token)

    return guarded


def _coroutine(tool: Tool) -> Callable[..., Coroutine[Any, Any, Any]]:
    run = tool.run

    async def guarded(*args: Any, **kwargs: Any) -> Any:
        return await run(args, kwargs)

    return guarded


def _coroutine_in_steps(tool: Tool) -> Callable[..., Coroutine[Any, Any, Any]]:
    judge, running, wait = tool.judge, RUNNING, asettle

    async def guarded(*args: Any, **kwargs: Any) -> Any:
        judgement = judge(args, kwargs)
        await wait(judgement)
        token = running.set(judgement)
        try:
            return await judgement.call()
        finally:
            running.reset(token)

    return guarded


def _generator(tool: Tool) -> Callable[..., Generator[Any, Any, Any]]:
    run = tool.run

    def guarded(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        return (yield from run(args, kwargs))

    return guarded


def _generator_in_steps(tool: Tool) -> Callable[..., Generator[Any, Any, Any]]:
    judge, steps, wait = tool.judge, _Steps, settle

    def guarded(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        judgement = judge(args, kwargs)
        wait(judgement)
        return (yield from steps(judgement, judgement.call()))

    return guarded


def _async_generator(tool: Tool) -> Callable[..., AsyncGenerator[Any, Any]]:
    judge, running, wait = tool.judge, RUNNING, asettle

    async def guarded(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        judgement = judge(args, kwargs)
        await wait(judgement)
        generator = judgement.call()
        step, argument = generator.asend, None
        try:
            while True:
                # Between its steps the caller runs, whose running call is another.
                token = running.set(judgement)
                try:
                    value = await step(argument)
                except StopAsyncIteration:
                    return
                finally:
                    running.reset(token)
                try:
                    step, argument = generator.asend, (yield value)
                except GeneratorExit:
                    raise
                except BaseException as exception:
                    step, argument = generator.athrow, exception
        finally:
            await generator.aclose()

    return guarded


class _Steps:
    """A running generator: between its steps the caller runs, whose running call is another."""

    __slots__ = ("_generator", "_judgement")

    def __init__(self, judgement: Judgement, generator: Generator[Any, Any, Any]) -> None:
        self._judgement = judgement
        self._generator = generator

    def __iter__(self) -> _Steps:
        return self

    def __next__(self) -> Any:
        return self._step(self._generator.__next__)

    def send(self, value: Any) -> Any:
        return self._step(self._generator.send, value)

    def throw(self, *exception: Any) -> Any:
        return self._step(self._generator.throw, *exception)

    def close(self) -> Any:
        return self._step(self._generator.close)

    def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        token = RUNNING.set(self._judgement)
        try:
            return step(*args)
        finally:
            RUNNING.reset(token)
