"""Objects and classes with all their public methods under a guard."""

from __future__ import annotations

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
        _refuse_unlistable(target, name)

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
        _refuse_unlistable(target, name)
        namespace[name] = staticmethod(guarded(guard, action, getattr(target, name), (), False))
    for name in _public(target):
        if name not in actions:
            attribute = _found(target, name)
            if callable(attribute):
                namespace[name] = staticmethod(refusing(guard, name, attribute))

    def __getattr__(self: object, name: str) -> Any:
        raise AttributeError(f"`{type(target).__name__}.{name}` is no method that the guard lists")

    def __repr__(self: object) -> str:
        return f"<guarded {type(target).__name__}>"

    namespace["__getattr__"] = __getattr__
    namespace["__repr__"] = __repr__
    return cast(object, type(type(target).__name__, (), namespace)())


def _public(target: object) -> list[str]:
    return [name for name in dir(target) if not name.startswith("_")]


def _found(target: object, name: str) -> Callable[..., Any] | None:
    """The method ``name``; ``None`` for properties and data, whose getters are not run."""
    on_class = getattr(type(target), name, None)
    if isinstance(on_class, property):
        return None
    found = getattr(target, name, None)
    return found if callable(found) else None


def _refuse_unlistable(target: object, name: str) -> None:
    if name.startswith("_"):
        raise TypeError(f"`{name}` is not public: list public methods")
    owner = target if isinstance(target, type) else type(target)
    attribute = getattr(target, name, None) if not isinstance(getattr(owner, name, None), property) else None
    if not callable(attribute) or isinstance(attribute, type):
        raise TypeError(f"`{owner.__name__}.{name}` is no method")
