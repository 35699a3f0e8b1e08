"""LangChain and LangGraph: guarded tools, a middleware for ``create_agent``, and a callback.

A denial becomes a tool message with ``status="error"`` and the opaque sentence: the tool did not run, the model sees
a refusal, and the loop goes on. A tool's own exceptions pass unchanged.

:class:`KakuninToolGuard` is the strongest: it judges the values that the tool runs with, after LangChain has parsed
them and filled in defaults, whatever the tool is called from. :class:`KakuninMiddleware` judges what the model wrote,
for every tool of an agent at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kakunin.integrations.langchain._callback import langchain_scope_callback
    from kakunin.integrations.langchain._middleware import KakuninMiddleware
    from kakunin.integrations.langchain._tool import KakuninToolGuard

__all__ = ["KakuninMiddleware", "KakuninToolGuard", "langchain_scope_callback"]


def __getattr__(name: str) -> Any:
    # Each needs another part of LangChain: so each is imported when it is asked for.
    try:
        if name == "KakuninToolGuard":
            from kakunin.integrations.langchain._tool import KakuninToolGuard

            return KakuninToolGuard
        if name == "KakuninMiddleware":
            from kakunin.integrations.langchain._middleware import KakuninMiddleware

            return KakuninMiddleware
        if name == "langchain_scope_callback":
            from kakunin.integrations.langchain._callback import langchain_scope_callback

            return langchain_scope_callback
    except ModuleNotFoundError as error:
        raise ImportError(f'{name} needs LangChain ({error.name}): pip install "kakunin[langchain]"') from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
