"""A callback that stops a chain at a refused tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from kakunin._guard import ToolGuard


def langchain_scope_callback(guard: ToolGuard, *, actions: Mapping[str, str] | None = None) -> BaseCallbackHandler:
    """A callback handler that decides every tool call and really stops the chain: it raises ``Denied``.

        chain.invoke(question, config={"callbacks": [langchain_scope_callback(guard)]})

    It stops sync and async runs alike, before the tool runs. It judges the arguments before LangChain parses them, and
    cannot hand a copy of them to the tool: where the loop should go on after a refusal, or the tool should get what
    was judged, use ``KakuninToolGuard`` or ``KakuninMiddleware``. A tool that takes one text is judged by it as
    ``tool_input``.

    Args:
        guard: Decides.
        actions: The action of each tool whose name is another.
    """
    if not isinstance(guard, ToolGuard):
        raise TypeError(f"`guard` is a ToolGuard, not a {type(guard).__name__}")
    return _Callback(guard, dict(actions or {}))


class _Callback(BaseCallbackHandler):
    # Without these LangChain logs what a handler raises, and runs the tool.
    raise_error = True
    run_inline = True

    def __init__(self, guard: ToolGuard, actions: dict[str, str]) -> None:
        self._guard = guard
        self._actions = actions

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        name = serialized["name"]
        arguments = {"tool_input": input_str} if inputs is None else inputs
        self._guard.authorize(self._actions.get(name, name), arguments)
