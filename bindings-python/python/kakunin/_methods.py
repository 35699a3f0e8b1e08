"""Objects and classes with all their public methods under a guard."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from kakunin._native import Guard
from kakunin._wrapper import guarded, refusing

T = TypeVar("T")


def wrap_methods(guard: Guard, target: T, actions: Mapping[str, str]) -> T:
    """``target`` behind a stand-in that has the listed methods, guarded, and refuses the others.

    The stand-in holds ``target`` in closures only; it forwards no attribute.
    """
    if isinstance(target, type):
        return cast(T, _guarded_class(guard, target, dict(actions)))
    return cast(T, _stand_in(guard, target, dict(actions)))


def _guarded_class(guard: Guard, target: type, actions: dict[str, str]) -> type:
    for name in actions:
        _listed(target, name)

    def __new__(cls: type, /, *args: Any, **kwargs: Any) -> Any:
        return _stand_in(guard, target(*args, **kwargs), actions)

    namespace = {
        "__new__": __new__,
        "__slots__": (),
        "__doc__": target.__doc__,
        "__module__": target.__module__,
        "__qualname__": target.__qualname__,
    }
    return type(target.__name__, (), namespace)


def _stand_in(guard: Guard, target: object, actions: dict[str, str]) -> object:
    namespace: dict[str, Any] = {
        "__slots__": ("__weakref__",),
        "__doc__": type(target).__doc__,
        "__module__": type(target).__module__,
        "__qualname__": type(target).__qualname__,
    }
    for name, action in actions.items():
        namespace[name] = staticmethod(guarded(guard, action, _listed(target, name), (), False))
    for name in dir(target):
        method = None if name.startswith("_") or name in actions else _method(target, name)
        if method is not None:
            namespace[name] = staticmethod(refusing(guard, name, method))

    def __getattr__(self: object, name: str) -> Any:
        raise AttributeError(f"`{type(target).__name__}.{name}` is no method that the guard lists")

    def __repr__(self: object) -> str:
        return f"<guarded {type(target).__name__}>"

    namespace["__getattr__"] = __getattr__
    namespace["__repr__"] = __repr__
    return cast(object, type(type(target).__name__, (), namespace)())


def _method(target: object, name: str) -> Callable[..., Any] | None:
    """The method ``name``; ``None`` for data, properties and other descriptors, whose getters are not run."""
    static = inspect.getattr_static(target, name, None)
    is_function = inspect.isroutine(static) and callable(static)
    if not is_function and not isinstance(static, (staticmethod, classmethod)):
        return None
    return cast("Callable[..., Any]", getattr(target, name))


def _listed(target: object, name: str) -> Callable[..., Any]:
    method = None if name.startswith("_") else _method(target, name)
    if method is None:
        owner = target if isinstance(target, type) else type(target)
        raise TypeError(f"`{owner.__name__}.{name}` is no public method")
    return method
