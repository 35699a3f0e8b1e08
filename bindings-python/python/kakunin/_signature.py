"""What can be guarded, and how its calls are bound: read once, when a function is guarded."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any

Description = tuple[str, int, bool, Any, bool]
"""A parameter for the native binder: name, kind, whether it has a default, the default, whether it is judged."""

GUARDED = "__kakunin_action__"
"""The attribute of a guarded function that names its action."""


def refuse_unfit(function: object) -> None:
    """Raises ``TypeError``, with the cure, unless ``function`` is a function or bound method as it was written."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or type(function).__name__
    if isinstance(function, type):
        raise TypeError(f"`{name}` is a class: use guard.wrap_methods({name}, actions={{...}})")
    if isinstance(function, (staticmethod, classmethod)):
        kind = type(function).__name__
        raise TypeError(f"the guard stands above @{kind}: put it below, directly above `def`")
    if isinstance(function, (property, functools.cached_property)):
        raise TypeError("a property takes no arguments to judge: guard the method that it calls")
    if isinstance(function, (functools.partial, functools.partialmethod)):
        raise TypeError("a partial hides arguments from the guard: guard the function inside, then make the partial")
    if hasattr(function, GUARDED):
        raise TypeError(f"`{name}` is guarded already: one guard for one function")
    if hasattr(function, "__wrapped__"):
        raise TypeError(
            f"`{name}` is decorated, and its signature is not the one that is called: put the guard directly above "
            "`def`, and the other decorators above the guard"
        )
    if any(base.__module__.partition(".")[0] == "langchain_core" for base in type(function).__mro__):
        raise TypeError(
            f"`{name}` is a LangChain tool: use kakunin.integrations.langchain.KakuninToolGuard"
            "(guard=guard, tool=tool, action=...)"
        )
    if not inspect.isroutine(function) or not callable(function):
        raise TypeError(f"`{name}` is not a function but a {type(function).__name__}: guard the function that it calls")
    if isinstance(function, MethodType):
        refuse_unfit(function.__func__)


def describe(function: Callable[..., Any], unchecked: Iterable[str]) -> tuple[inspect.Signature, list[Description]]:
    """The signature of ``function`` and its parameters for the binder.

    ``self`` and ``cls`` of a function written in a class body, and the ``unchecked`` ones, are not judged.
    """
    skipped = list(unchecked)
    signature = _signature(function)
    parameters = list(signature.parameters.values())
    receiver = _receiver(function, parameters)
    for name in skipped:
        parameter = signature.parameters.get(name)
        if parameter is None:
            raise TypeError(f"`unchecked` names `{name}`, which is no parameter of `{function.__name__}`")
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            raise TypeError(f"`unchecked` names `**{name}`: what a caller may name freely is always judged")
    return signature, [
        (
            parameter.name,
            int(parameter.kind),
            parameter.default is not inspect.Parameter.empty,
            None if parameter.default is inspect.Parameter.empty else parameter.default,
            parameter.name != receiver and parameter.name not in skipped,
        )
        for parameter in parameters
    ]


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        if sys.version_info >= (3, 14):
            from annotationlib import Format

            return inspect.signature(function, annotation_format=Format.FORWARDREF)
        return inspect.signature(function)
    except ValueError as error:
        raise TypeError(f"`{function.__name__}` tells no signature: guard a function around it") from error


def _receiver(function: Callable[..., Any], parameters: list[inspect.Parameter]) -> str | None:
    """The name of ``self`` or ``cls``, where ``function`` was written in a class body."""
    if isinstance(function, MethodType) or not parameters:
        return None
    outer = function.__qualname__.rpartition(".")[0]
    first = parameters[0]
    by_position = first.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    in_class = bool(outer) and not outer.endswith("<locals>")
    return first.name if in_class and by_position and first.name in ("self", "cls") else None
