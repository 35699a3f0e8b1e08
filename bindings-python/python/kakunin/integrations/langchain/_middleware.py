"""All tools of an agent under a guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from kakunin._approval import asettle, settle
from kakunin._context import running
from kakunin._denied import Denied
from kakunin._guard import ToolGuard
from kakunin._native import Judgement

Answer = ToolMessage | Command[Any]


class KakuninMiddleware(AgentMiddleware[Any, Any, Any]):
    """A middleware for ``create_agent`` that decides every tool call of the model, unknown tools included.

        agent = create_agent(model, tools, middleware=[..., KakuninMiddleware(guard)])

    It must be the last of the list: a middleware that stands after it runs inside it, and could change the call
    after it was allowed. It judges the arguments as the model wrote them, before LangChain parses them and fills in
    defaults; the tool gets the judged copy. Where the parsed values matter, use ``KakuninToolGuard``. What a guard
    inside a tool refuses becomes a tool message too.
    """

    def __init__(self, guard: ToolGuard, *, actions: Mapping[str, str] | None = None) -> None:
        """Decides calls by ``guard``; ``actions`` names the action of each tool whose name is another."""
        super().__init__()
        if not isinstance(guard, ToolGuard):
            raise TypeError(f"`guard` is a ToolGuard, not a {type(guard).__name__}")
        self._guard = guard
        self._actions = dict(actions or {})

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Answer]
    ) -> Answer:
        """Decides the call, and runs it with the judged arguments or answers with the denial."""
        judgement = self._judgement(request)
        settle(judgement)
        try:
            judgement.authorize()
            with running(judgement):
                return handler(_judged(request, judgement))
        except Denied as denied:
            return _refusal(request, denied)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[Answer]]
    ) -> Answer:
        """The same, without blocking the event loop."""
        judgement = self._judgement(request)
        await asettle(judgement)
        try:
            judgement.authorize()
            with running(judgement):
                return await handler(_judged(request, judgement))
        except Denied as denied:
            return _refusal(request, denied)

    def _judgement(self, request: ToolCallRequest) -> Judgement:
        name = request.tool_call["name"]
        return self._guard._inner.judge(self._actions.get(name, name), request.tool_call["args"])


def _judged(request: ToolCallRequest, judgement: Judgement) -> ToolCallRequest:
    arguments = judgement.arguments()
    # Under `observe` a call runs even where its arguments could not be read: as it came.
    if arguments is None:
        return request
    return request.override(tool_call={**request.tool_call, "args": arguments})


def _refusal(request: ToolCallRequest, denied: Denied) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(content=str(denied), name=call["name"], tool_call_id=call["id"], status="error")
