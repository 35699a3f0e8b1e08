"""One LangChain tool under a guard."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, Tool, ToolException
from langchain_core.tools.base import _is_injected_arg_type, get_all_basemodel_annotations
from pydantic import PrivateAttr

from kakunin._denied import Denied
from kakunin._guard import ToolGuard
from kakunin._wrapper import guarded


class KakuninToolGuard(BaseTool):
    """A LangChain tool whose every call is decided first: a tool like any other.

    It has the name, description and schema of the tool inside. The arguments that the tool would run with are judged,
    without those that LangChain injects; the tool runs with the judged copy. A denial is a tool error with the opaque
    sentence. Arguments that LangChain parses into objects (models, dates, enums) are no arguments that a scope can
    judge, and are refused.

        charge_tool = KakuninToolGuard(guard=guard, tool=charge, action="charge")

    The tool inside is not an attribute: nothing forwards to it but a call that is allowed.
    """

    _inside: _Inside = PrivateAttr()

    def __init__(self, *, guard: ToolGuard, tool: BaseTool, action: str | None = None) -> None:
        """Guards ``tool`` as ``action``; by default the action has the tool's name.

        Raises:
            TypeError: ``tool`` is no LangChain tool, or is guarded already.
        """
        if not isinstance(guard, ToolGuard):
            raise TypeError(f"`guard` is a ToolGuard, not a {type(guard).__name__}")
        if not isinstance(tool, BaseTool):
            raise TypeError("`tool` is a LangChain tool; guard a function with @guard.tool, directly above `def`")
        if isinstance(tool, KakuninToolGuard):
            raise TypeError(f"the tool `{tool.name}` is guarded already: one guard for one tool")
        schema = tool.args_schema
        if schema is None and not isinstance(tool, Tool):
            # Without a schema LangChain reads one from `_run`, and ours takes anything.
            schema = tool.get_input_schema()
        super().__init__(
            name=tool.name,
            description=tool.description,
            args_schema=schema,
            return_direct=tool.return_direct,
            response_format=tool.response_format,
            handle_validation_error=tool.handle_validation_error,
            callbacks=tool.callbacks,
            tags=tool.tags,
            metadata=tool.metadata,
            extras=tool.extras,
        )
        self._inside = _inside(guard, tool, action or tool.name)
        # Ours for denials, the tool's own way for its own exceptions.
        self.handle_tool_error = self._inside.handle

    def _run(
        self,
        *args: Any,
        config: RunnableConfig,
        run_manager: CallbackManagerForToolRun | None = None,
        **kwargs: Any,
    ) -> Any:
        try:
            return self._inside.run(args, kwargs, config, run_manager)
        except Denied as denied:
            raise _Refused(str(denied)) from None
        except ToolException as error:
            if run_manager is not None and not self._inside.handles(error):
                run_manager.on_tool_error(error)
            raise

    async def _arun(
        self,
        *args: Any,
        config: RunnableConfig,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
        **kwargs: Any,
    ) -> Any:
        try:
            return await self._inside.arun(args, kwargs, config, run_manager)
        except Denied as denied:
            raise _Refused(str(denied)) from None
        except ToolException as error:
            if run_manager is not None and not self._inside.handles(error):
                await run_manager.on_tool_error(error)
            raise

    @property
    def args(self) -> dict[str, Any]:
        """The schema of the arguments, by their names."""
        return self._inside.args()

    @property
    def tool_call_schema(self) -> Any:
        """The schema that a model sees."""
        return self._inside.tool_call_schema()

    @property
    def func(self) -> Callable[..., Any] | None:
        """The guarded call as a function; LangGraph reads from its annotations what to inject."""
        annotations = self._inside.annotations
        if annotations is None:
            return None

        def guarded_tool(**arguments: Any) -> Any:
            return self.run(arguments)

        guarded_tool.__annotations__ = dict(annotations)
        return guarded_tool

    @property
    def _injected_args_keys(self) -> frozenset[str]:
        return self._inside.injected

    def get_input_schema(self, config: RunnableConfig | None = None) -> Any:
        """The schema of the arguments, injected ones included."""
        return self._inside.input_schema(config)

    def _to_args_and_kwargs(self, tool_input: Any, tool_call_id: str | None) -> Any:
        return self._inside.parse(tool_input, tool_call_id)


class _Refused(ToolException):
    """A denial, as LangChain's own error of a tool."""


class _Passed(NamedTuple):
    """What accompanies the judged arguments: no business of the scope."""

    positional: tuple[str, ...]
    extra: dict[str, Any]


@dataclass(frozen=True)
class _Inside:
    """The tool inside, in closures only: what may be asked of it, and the two ways to run it."""

    injected: frozenset[str]
    args: Callable[[], dict[str, Any]]
    tool_call_schema: Callable[[], Any]
    input_schema: Callable[[RunnableConfig | None], Any]
    parse: Callable[[Any, str | None], Any]
    annotations: dict[str, Any] | None
    handles: Callable[[ToolException], bool]
    handle: Callable[[ToolException], Any]
    run: Callable[[tuple[Any, ...], dict[str, Any], RunnableConfig, Any], Any]
    arun: Callable[[tuple[Any, ...], dict[str, Any], RunnableConfig, Any], Coroutine[Any, Any, Any]]


def _inside(guard: ToolGuard, tool: BaseTool, action: str) -> _Inside:
    """``tool``, to be run through ``guard`` only."""
    injected = _injected(tool)

    def call(passed: _Passed, /, **arguments: Any) -> Any:
        positional = [arguments.pop(name) for name in passed.positional]
        return tool._run(*positional, **arguments, **passed.extra)

    async def acall(passed: _Passed, /, **arguments: Any) -> Any:
        positional = [arguments.pop(name) for name in passed.positional]
        return await tool._arun(*positional, **arguments, **passed.extra)

    guarded_call = guarded(guard._inner, action, call, ("passed",), False)
    guarded_acall = guarded(guard._inner, action, acall, ("passed",), False)

    def split(
        args: tuple[Any, ...], kwargs: dict[str, Any], runs: Callable[..., Any], config: RunnableConfig, manager: Any
    ) -> tuple[_Passed, dict[str, Any]]:
        extra = {name: value for name, value in kwargs.items() if name in injected}
        judged = {name: value for name, value in kwargs.items() if name not in injected}
        # Tools of the old kind take one text, by position; a scope knows it by its name in the schema.
        names = tuple(list(tool.args)[: len(args)])
        if len(names) < len(args):
            raise TypeError(f"the tool `{tool.name}` takes {len(names)} arguments by position")
        judged.update(zip(names, args))
        wanted = inspect.signature(runs).parameters
        if "config" in wanted:
            extra["config"] = config
        if "run_manager" in wanted:
            extra["run_manager"] = manager
        return _Passed(names, extra), judged

    def run(args: tuple[Any, ...], kwargs: dict[str, Any], config: RunnableConfig, manager: Any) -> Any:
        passed, judged = split(args, kwargs, tool._run, config, manager)
        return guarded_call(passed, **judged)

    async def arun(args: tuple[Any, ...], kwargs: dict[str, Any], config: RunnableConfig, manager: Any) -> Any:
        # A tool without a coroutine of its own runs `_run` in a thread.
        runs = tool._run if type(tool)._arun is BaseTool._arun else tool._arun
        passed, judged = split(args, kwargs, runs, config, manager)
        return await guarded_acall(passed, **judged)

    def handles(error: ToolException) -> bool:
        return isinstance(error, _Refused) or bool(tool.handle_tool_error)

    def handle(error: ToolException) -> Any:
        own = tool.handle_tool_error
        if isinstance(error, _Refused) or own is True:
            return error.args[0] if error.args else "Tool execution error"
        if callable(own):
            return own(error)
        if own:
            return own
        raise error

    return _Inside(
        injected=injected,
        args=lambda: tool.args,
        tool_call_schema=lambda: tool.tool_call_schema,
        input_schema=lambda config: tool.get_input_schema(config),
        parse=lambda tool_input, call_id: tool._to_args_and_kwargs(tool_input, call_id),
        annotations=_annotations(tool),
        handles=handles,
        handle=handle,
        run=run,
        arun=arun,
    )


def _injected(tool: BaseTool) -> frozenset[str]:
    """The arguments that LangChain supplies, and no model: they are no business of a scope."""
    names = set(tool._injected_args_keys)
    schema = tool.args_schema
    if isinstance(schema, type):
        annotations = get_all_basemodel_annotations(schema)
        names.update(name for name, hint in annotations.items() if _is_injected_arg_type(hint))
    return frozenset(names)


def _annotations(tool: BaseTool) -> dict[str, Any] | None:
    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
    return get_type_hints(function, include_extras=True) if inspect.isroutine(function) else None
