"""LangChain's own loops, with a scripted model: every entry point is guarded (FACTS 6)."""

from __future__ import annotations

import asyncio
import copy
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId, Tool, ToolException, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, ToolNode, ToolRuntime

from kakunin import Denied, ToolGuard, testing
from kakunin.integrations.langchain import KakuninMiddleware, KakuninToolGuard, langchain_scope_callback
from kakunin.testing import assert_denied

SCOPE = {
    "grant": [
        {
            "action": "charge",
            "params": {
                "amount": {"min": 0, "max": 500, "money": "currency"},
                "currency": "EUR",
                "customer": {"glob": "cus_*"},
            },
        }
    ]
}
GOOD = {"amount": 50, "currency": "EUR", "customer": "cus_1"}
BAD = {**GOOD, "amount": 47_000}
RAN: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    RAN.clear()


@pytest.fixture
def guard() -> ToolGuard:
    return testing.guard(SCOPE)


@tool
def charge(amount: float, currency: str, customer: str = "cus_1") -> str:
    """Charge a customer."""
    RAN.append(amount)
    return f"charged {amount}"


class Scripted(BaseChatModel):
    """A model that says what it is told to, and keeps what it saw."""

    responses: list[AIMessage]
    seen: list[list[BaseMessage]] = []
    turn: int = 0

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self.seen.append(list(messages))
        response = self.responses[min(self.turn, len(self.responses) - 1)]
        self.turn += 1
        return ChatResult(generations=[ChatGeneration(message=response)])

    @property
    def _llm_type(self) -> str:
        return "scripted"


def call(args: dict[str, Any], id: str = "t1", name: str = "charge") -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "type": "tool_call"}


def says(*calls: dict[str, Any]) -> AIMessage:
    return AIMessage(content="", tool_calls=[dict(call) for call in calls])


def model() -> Scripted:
    return Scripted(responses=[says(call(GOOD, "t1")), says(call(BAD, "t2")), AIMessage(content="done")], seen=[])


def told(model: Scripted) -> list[tuple[str, str]]:
    return [(m.status, str(m.content)) for m in model.seen[-1] if isinstance(m, ToolMessage)]


def invoke(agent: Any) -> Any:
    return agent.invoke({"messages": [("user", "pay")]})


def ainvoke(agent: Any) -> Any:
    return asyncio.run(agent.ainvoke({"messages": [("user", "pay")]}))


def stream(agent: Any) -> Any:
    *_, last = agent.stream({"messages": [("user", "pay")]}, stream_mode="values")
    return last


def astream(agent: Any) -> Any:
    async def run() -> Any:
        last = None
        async for last in agent.astream({"messages": [("user", "pay")]}, stream_mode="values"):
            pass
        return last

    return asyncio.run(run())


LOOPS = [invoke, ainvoke, stream, astream]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("how", ["tool", "middleware"])
def test_the_loop_goes_on_and_the_model_sees_one_opaque_sentence(
    guard: ToolGuard, how: str, loop: Callable[[Any], Any]
) -> None:
    scripted = model()
    if how == "tool":
        agent = create_agent(scripted, [KakuninToolGuard(guard=guard, tool=charge)])
    else:
        agent = create_agent(scripted, [charge], middleware=[KakuninMiddleware(guard)])
    out = loop(agent)
    assert out["messages"][-1].content == "done"
    assert RAN == [50]
    (ok, paid), (status, sentence) = told(scripted)
    assert (ok, paid, status) == ("success", "charged 50.0", "error")
    assert sentence.startswith("denied: KKN-E202 (ref ") and len(sentence) == len("denied: KKN-E202 (ref )") + 16


@pytest.mark.parametrize("how", ["tool", "middleware"])
def test_of_parallel_calls_only_the_allowed_one_runs(guard: ToolGuard, how: str) -> None:
    scripted = Scripted(responses=[says(call(GOOD, "t1"), call(BAD, "t2")), AIMessage(content="done")], seen=[])
    if how == "tool":
        invoke(create_agent(scripted, [KakuninToolGuard(guard=guard, tool=charge)]))
    else:
        invoke(create_agent(scripted, [charge], middleware=[KakuninMiddleware(guard)]))
    assert RAN == [50]
    assert sorted(status for status, _ in told(scripted)) == ["error", "success"]


def node(tools: list[BaseTool]) -> Any:
    graph = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "tools")
    graph.add_edge("tools", END)
    return graph.compile()


def entry_points(guarded: BaseTool) -> dict[str, Callable[[dict[str, Any]], Any]]:
    def message(result: Any) -> Any:
        return result["messages"][-1].content

    return {
        "invoke": lambda args: guarded.invoke(args),
        "ainvoke": lambda args: asyncio.run(guarded.ainvoke(args)),
        "run": lambda args: guarded.run(args),
        "arun": lambda args: asyncio.run(guarded.arun(args)),
        "batch": lambda args: guarded.batch([args])[0],
        "abatch": lambda args: asyncio.run(guarded.abatch([args]))[0],
        "stream": lambda args: list(guarded.stream(args))[0],
        "tool-call": lambda args: guarded.invoke(call(args)).content,
        "atool-call": lambda args: asyncio.run(guarded.ainvoke(call(args))).content,
        "pipe": lambda args: (guarded | (lambda result: result)).invoke(args),
        "ToolNode": lambda args: message(node([guarded]).invoke({"messages": [says(call(args))]})),
        "aToolNode": lambda args: message(asyncio.run(node([guarded]).ainvoke({"messages": [says(call(args))]}))),
        "func": lambda args: guarded.func(**args),  # type: ignore[attr-defined]
    }


@pytest.mark.parametrize("entry", list(entry_points(charge)))
def test_every_entry_point_of_a_tool_is_guarded(guard: ToolGuard, entry: str) -> None:
    run = entry_points(KakuninToolGuard(guard=guard, tool=charge))[entry]
    assert run(GOOD) == "charged 50.0"
    assert run(BAD).startswith("denied: KKN-E202")
    assert RAN == [50]


def test_what_the_tool_runs_with_is_judged_defaults_and_coercions_included(guard: ToolGuard) -> None:
    guarded = KakuninToolGuard(guard=guard, tool=charge)
    assert guarded.invoke({"amount": "50", "currency": "EUR"}) == "charged 50.0"
    assert guarded.invoke({"amount": "47000", "currency": "EUR"}).startswith("denied: KKN-E202")

    @tool("charge")
    def careless(amount: float = 47_000, currency: str = "EUR", customer: str = "cus_1") -> str:
        """Charge a customer."""
        RAN.append(amount)
        return "charged"

    assert KakuninToolGuard(guard=guard, tool=careless).invoke({}).startswith("denied: KKN-E202")
    assert RAN == [50]


def test_a_guarded_tool_looks_like_the_tool_inside(guard: ToolGuard) -> None:
    guarded = KakuninToolGuard(guard=guard, tool=charge, action="charge")
    assert isinstance(guarded, BaseTool)
    for name in ("name", "description", "args", "return_direct", "response_format", "args_schema"):
        assert getattr(guarded, name) == getattr(charge, name)
    assert guarded.tool_call_schema.model_json_schema() == charge.tool_call_schema.model_json_schema()  # type: ignore[union-attr]
    assert guarded.get_input_schema().model_json_schema() == charge.get_input_schema().model_json_schema()


def test_the_raw_tool_is_no_attribute(guard: ToolGuard) -> None:
    guarded = KakuninToolGuard(guard=guard, tool=charge)
    raw = charge.func  # type: ignore[attr-defined]

    def leads(value: object) -> bool:
        return value is charge or value is raw or getattr(value, "__self__", None) is charge

    for name in dir(guarded):
        if not name.startswith("__"):
            try:
                value = getattr(guarded, name)
            except Exception:
                continue
            assert not leads(value), name
            assert not any(leads(item) for item in getattr(value, "__dict__", {}).values()), name
    assert not leads(getattr(guarded.func, "__wrapped__", None))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda tool: tool.model_copy(update={"name": "other"})])
def test_copies_of_a_guarded_tool_are_guarded(guard: ToolGuard, copied: Callable[[Any], Any]) -> None:
    guarded = copied(KakuninToolGuard(guard=guard, tool=charge))
    assert guarded.invoke(GOOD) == "charged 50.0"
    assert guarded.invoke(BAD).startswith("denied: KKN-E202")
    assert RAN == [50]


def test_the_action_may_have_another_name() -> None:
    guard = testing.guard({"grant": [{"action": "payments.charge", "open": True}]})
    assert KakuninToolGuard(guard=guard, tool=charge, action="payments.charge").invoke(GOOD) == "charged 50.0"
    assert KakuninToolGuard(guard=guard, tool=charge).invoke(GOOD).startswith("denied: KKN-E201")
    scripted = Scripted(responses=[says(call(GOOD)), AIMessage(content="done")], seen=[])
    middleware = KakuninMiddleware(guard, actions={"charge": "payments.charge"})
    invoke(create_agent(scripted, [charge], middleware=[middleware]))
    assert told(scripted) == [("success", "charged 50.0")]


@pytest.mark.parametrize("loop", [invoke, ainvoke])
def test_injected_arguments_are_passed_and_not_judged(guard: ToolGuard, loop: Callable[[Any], Any]) -> None:
    @tool("charge")
    def injected(
        amount: float,
        currency: str,
        customer: str,
        messages: Annotated[list[Any], InjectedState("messages")],
        call_id: Annotated[str, InjectedToolCallId],
        runtime: ToolRuntime,
        config: RunnableConfig,
    ) -> str:
        """Charge a customer."""
        RAN.append((amount, len(messages), call_id, runtime.tool_call_id, "callbacks" in config))
        return "charged"

    scripted = model()
    loop(create_agent(scripted, [KakuninToolGuard(guard=guard, tool=injected)]))
    assert RAN == [(50, 2, "t1", "t1", True)]
    assert [status for status, _ in told(scripted)] == ["success", "error"]


def test_the_model_cannot_set_an_injected_argument(guard: ToolGuard) -> None:
    @tool("charge")
    def injected(
        amount: float, currency: str, customer: str, messages: Annotated[list[Any], InjectedState("messages")]
    ) -> str:
        """Charge a customer."""
        RAN.append(messages)
        return "charged"

    scripted = Scripted(responses=[says(call({**GOOD, "messages": ["forged"]})), AIMessage(content="done")], seen=[])
    invoke(create_agent(scripted, [KakuninToolGuard(guard=guard, tool=injected)]))
    assert RAN == [] or "forged" not in RAN[0]


def test_injected_arguments_without_a_source_come_from_the_caller(guard: ToolGuard) -> None:
    @tool("charge")
    def injected(amount: float, currency: str, customer: str, tenant: Annotated[str, InjectedToolArg]) -> str:
        """Charge a customer."""
        return tenant

    assert KakuninToolGuard(guard=guard, tool=injected).invoke({**GOOD, "tenant": "t"}) == "t"


def test_a_tools_own_errors_pass_unchanged(guard: ToolGuard) -> None:
    @tool("charge")
    def broken(amount: float, currency: str, customer: str) -> str:
        """Charge a customer."""
        raise LookupError("closed")

    @tool("charge")
    def refusing(amount: float, currency: str, customer: str) -> str:
        """Charge a customer."""
        raise ToolException("the bank says no")

    for loop in ("invoke", "ainvoke"):

        def run(guarded: BaseTool) -> Any:
            return guarded.invoke(GOOD) if loop == "invoke" else asyncio.run(guarded.ainvoke(GOOD))

        with pytest.raises(LookupError, match="closed"):
            run(KakuninToolGuard(guard=guard, tool=broken))
        with pytest.raises(ToolException, match="the bank says no"):
            run(KakuninToolGuard(guard=guard, tool=refusing))
        for own, text in [(True, "the bank says no"), ("sorry", "sorry"), (lambda error: f"own: {error}", "own: the bank says no")]:
            handled = refusing.model_copy(update={"handle_tool_error": own})
            assert run(KakuninToolGuard(guard=guard, tool=handled)) == text


def test_every_form_of_tool_can_be_guarded() -> None:
    guard = testing.guard({"grant": [{"action": "echo", "params": {"tool_input": {"glob": "h*"}}}]})
    old = Tool(name="echo", func=lambda text: "echo:" + text, description="Echoes.")
    for guarded in (KakuninToolGuard(guard=guard, tool=old),):
        assert guarded.invoke("hi") == "echo:hi"
        assert guarded.invoke("no").startswith("denied: KKN-E204")
        assert guarded.invoke(call({"__arg1": "hi"}, name="echo")).content == "echo:hi"

    class Sub(BaseTool):
        name: str = "charge"
        description: str = "Pays."

        def _run(self, amount: float, currency: str, customer: str) -> str:
            return f"charged {amount}"

    @tool("charge", response_format="content_and_artifact")
    def artifact(amount: float, currency: str, customer: str) -> tuple[str, dict[str, int]]:
        """Charge a customer."""
        return "charged", {"receipt": 1}

    @tool("charge")
    async def acharge(amount: float, currency: str, customer: str) -> str:
        """Charge a customer."""
        return "charged"

    charging = testing.guard(SCOPE)
    sub = KakuninToolGuard(guard=charging, tool=Sub())
    assert sub.invoke(GOOD) == asyncio.run(sub.ainvoke(GOOD)) == Sub().invoke(GOOD)
    assert sub.invoke(BAD).startswith("denied")
    guarded = KakuninToolGuard(guard=charging, tool=artifact)
    assert guarded.invoke(call(GOOD)).artifact == {"receipt": 1}
    denied = guarded.invoke(call(BAD))
    assert (denied.status, denied.artifact) == ("error", None)
    only_async = KakuninToolGuard(guard=charging, tool=acharge)
    assert asyncio.run(only_async.ainvoke(GOOD)) == "charged"
    assert asyncio.run(only_async.ainvoke(BAD)).startswith("denied")


def test_guarding_what_is_no_tool_tells_the_cure(guard: ToolGuard) -> None:
    with pytest.raises(TypeError, match="KakuninToolGuard"):
        guard.wrap("charge", charge)
    with pytest.raises(TypeError, match="directly above `def`"):
        KakuninToolGuard(guard=guard, tool=lambda amount: amount)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="guarded already"):
        KakuninToolGuard(guard=guard, tool=KakuninToolGuard(guard=guard, tool=charge))
    with pytest.raises(TypeError, match="is a ToolGuard"):
        KakuninToolGuard(guard=charge, tool=charge)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is a ToolGuard"):
        KakuninMiddleware(charge)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is a ToolGuard"):
        langchain_scope_callback(charge)  # type: ignore[arg-type]


def test_a_tool_made_from_a_guarded_function_is_guarded(guard: ToolGuard) -> None:
    @tool("charge")
    @guard.tool("charge")
    def guarded(amount: float, currency: str, customer: str) -> str:
        """Charge a customer."""
        return "charged"

    assert sorted(guarded.args) == ["amount", "currency", "customer"]
    assert guarded.invoke(GOOD) == "charged"
    with assert_denied("KKN-E202"):
        guarded.invoke(BAD)


def test_the_middleware_hands_on_the_judged_copy(guard: ToolGuard) -> None:
    class Later(AgentMiddleware[Any, Any, Any]):
        def wrap_tool_call(self, request: Any, handler: Any) -> Any:
            given["amount"] = 47_000
            return handler(request)

    given = dict(GOOD)
    message = AIMessage(content="", tool_calls=[call(GOOD)])
    message.tool_calls[0]["args"] = given
    scripted = Scripted(responses=[message, AIMessage(content="done")], seen=[])
    invoke(create_agent(scripted, [charge], middleware=[KakuninMiddleware(guard), Later()]))
    assert RAN == [50]


@pytest.mark.parametrize("loop", [invoke, ainvoke])
def test_what_a_guard_inside_a_tool_refuses_is_a_tool_error_too(guard: ToolGuard, loop: Callable[[Any], Any]) -> None:
    outer = testing.guard({"grant": [{"action": "charge", "open": True}]})

    @tool("charge")
    @guard.tool("charge")
    def inner(amount: float, currency: str, customer: str) -> str:
        """Charge a customer."""
        RAN.append(amount)
        return "charged"

    for agent_tools, middleware in [
        ([inner], [KakuninMiddleware(outer)]),
        ([KakuninToolGuard(guard=outer, tool=inner)], []),
    ]:
        scripted = model()
        loop(create_agent(scripted, agent_tools, middleware=middleware))
        assert [(status, text[:16]) for status, text in told(scripted)] == [
            ("success", "charged"),
            ("error", "denied: KKN-E202"),
        ]
    assert RAN == [50, 50]


def test_the_middleware_denies_tools_that_nobody_knows(guard: ToolGuard) -> None:
    scripted = Scripted(responses=[says(call({}, name="drop_tables")), AIMessage(content="done")], seen=[])
    invoke(create_agent(scripted, [charge], middleware=[KakuninMiddleware(guard)]))
    [(status, sentence)] = told(scripted)
    assert (status, sentence[:16]) == ("error", "denied: KKN-E201")


@pytest.mark.parametrize("how", ["tool", "middleware"])
@pytest.mark.parametrize("loop", [invoke, ainvoke])
def test_a_running_tool_can_sign_its_call(how: str, loop: Callable[[Any], Any]) -> None:
    guard, verifier = testing.pair(SCOPE)  # type: ignore[arg-type]

    @tool("charge")
    def signing(amount: float, currency: str, customer: str) -> str:
        """Charge a customer."""
        return guard.sign(audience=testing.AUDIENCE)

    scripted = Scripted(responses=[says(call(GOOD)), AIMessage(content="done")], seen=[])
    if how == "tool":
        loop(create_agent(scripted, [KakuninToolGuard(guard=guard, tool=signing)]))
    else:
        loop(create_agent(scripted, [signing], middleware=[KakuninMiddleware(guard)]))
    [(status, token)] = told(scripted)
    assert status == "success"
    assert verifier.verify(token).params == GOOD


@pytest.mark.parametrize("loop", LOOPS)
def test_the_callback_stops_the_chain_before_the_tool_runs(guard: ToolGuard, loop: Callable[[Any], Any]) -> None:
    agent = create_agent(model(), [charge]).with_config(callbacks=[langchain_scope_callback(guard)])
    with pytest.raises(Denied) as denied:
        loop(agent)
    assert denied.value.code == "KKN-E202"
    assert RAN == [50]


@pytest.fixture
def without_langchain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    name = "kakunin.integrations.langchain"
    mine = {key: module for key, module in sys.modules.items() if key.startswith(name)}
    for key in [key for key in sys.modules if key.partition(".")[0] in ("langchain", "langchain_core")]:
        monkeypatch.setitem(sys.modules, key, None)
    for key in mine:
        monkeypatch.delitem(sys.modules, key)
    yield
    sys.modules.update(mine)


@pytest.mark.parametrize("loop", [invoke, ainvoke, stream])
@pytest.mark.parametrize("way", ["tool", "middleware"])
def test_a_narrowed_guard_judges_the_whole_loop(way: str, loop: Callable[[Any], Any]) -> None:
    guard = testing.guard(SCOPE, delegate=1, bound="required")
    task = {"grant": [{"action": "charge", "params": {**SCOPE["grant"][0]["params"], "customer": "cus_1"}}]}
    other = {**GOOD, "customer": "cus_2"}
    model = Scripted(responses=[says(call(GOOD, "t1"), call(other, "t2")), AIMessage(content="done")], seen=[])
    guarded = [KakuninToolGuard(guard=guard, tool=charge)] if way == "tool" else [charge]
    agent = create_agent(model, guarded, middleware=[] if way == "tool" else [KakuninMiddleware(guard)])
    # LangGraph runs the tools in threads of its own, with the context that the loop was started in.
    with guard.narrow(task, ttl="10m", name="task"):
        loop(agent)
    assert [status for status, _ in told(model)] == ["success", "error"]
    assert told(model)[1][1].startswith("denied: KKN-E204 (ref ")
    assert RAN == [50]
    # Outside nothing runs: this guard asks for a binding.
    model.turn = 0
    loop(agent)
    assert [content.split(" (")[0] for _, content in told(model)[-2:]] == ["denied: KKN-E504"] * 2
    assert RAN == [50]



@pytest.mark.usefixtures("without_langchain")
@pytest.mark.parametrize("name", ["KakuninToolGuard", "KakuninMiddleware", "langchain_scope_callback"])
def test_without_langchain_the_import_names_the_extra(name: str) -> None:
    module = importlib.import_module("kakunin.integrations.langchain")
    with pytest.raises(ImportError, match=r"kakunin\[langchain\]"):
        getattr(module, name)
    with pytest.raises(AttributeError):
        module.nothing


def test_a_tool_asks_for_approval_and_else_the_denial_is_a_tool_error() -> None:
    scope = """
    approvers = [{ name = "ops", key = "sha256:%s" }]
    [[grant]]
    action = "pay"
    approval = { of = ["ops"] }
    params.amount = { max = 9 }
    """ % ("0" * 64)
    asked: list[Any] = []

    @tool
    def pay(amount: int) -> int:
        """Pays."""
        return amount

    async def ask(request: Any) -> None:
        asked.append(request["params"])

    guarded = KakuninToolGuard(guard=testing.guard(scope, on_approval=ask), tool=pay)
    call = {"type": "tool_call", "name": "pay", "id": "1", "args": {"amount": 5}}
    message = asyncio.run(guarded.ainvoke(call))
    assert message.status == "error" and message.content.startswith("denied: KKN-E212")
    assert asked == [{"amount": 5}]
