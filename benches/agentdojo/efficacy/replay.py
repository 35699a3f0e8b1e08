"""AgentDojo's side: suites, environments, the calls of its ground truths, its checkers. No policy is made here."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from agentdojo.base_tasks import BaseInjectionTask, BaseUserTask
from agentdojo.functions_runtime import Function, FunctionCall, FunctionsRuntime
from agentdojo.task_suite.load_suites import get_suites
from agentdojo.task_suite.task_suite import TaskSuite
from agentdojo.types import text_content_block_from_string

from kakunin import Denied, ToolGuard

VERSION = "v1.2.2"


@dataclass(frozen=True)
class Refusal:
    """A call that did not run."""

    tool: str
    arguments: dict[str, Any]
    code: str
    reason: str


@dataclass
class Outcome:
    """What AgentDojo's checkers say, and which calls the guard refused, the attacker's and the user's."""

    useful: bool = False
    attacked: bool = False
    attacker: list[Refusal] = field(default_factory=list)
    user: list[Refusal] = field(default_factory=list)


def suites() -> dict[str, TaskSuite]:
    """The suites of the version that is replayed, by name."""
    return dict(get_suites(VERSION))


def environment(suite: TaskSuite, task: BaseUserTask, injection: BaseInjectionTask | None) -> Any:
    """A fresh environment. Under attack every place that a stranger can write to holds the attacker's wish."""
    return task.init_environment(loaded(suite, injection).model_copy(deep=True))


@cache
def loaded(suite: TaskSuite, injection: BaseInjectionTask | None) -> Any:
    """An environment as AgentDojo reads it, which for some takes a second."""
    vectors = suite.get_injection_vector_defaults()
    return suite.load_and_inject_default_environment({vector: injection.GOAL for vector in vectors} if injection else {})


def guarded(suite: TaskSuite, guard: ToolGuard) -> FunctionsRuntime:
    """The suite's tools, each function itself behind the guard; what AgentDojo injects is no business of the scope."""
    return FunctionsRuntime([guarded_tool(tool, guard) for tool in suite.tools])


def guarded_tool(tool: Function, guard: ToolGuard) -> Function:
    return tool.model_copy(update={"run": guard.wrap(tool.name, tool.run, unchecked=list(tool.dependencies))})


def replay(
    suite: TaskSuite,
    task: BaseUserTask,
    injection: BaseInjectionTask | None,
    world: Any,
    runtime: FunctionsRuntime,
    turn: Callable[[bool], None],
) -> Outcome:
    """The agent is the attacker's first: all of the attacker's calls, then all of the user's; what is refused is skipped.

    An attack counts if the checker finds it after the attacker's calls or at the end: a user's later call may undo what it did.
    `turn` is told whose calls follow: true for the user's.
    """
    outcome = Outcome()
    before = world.model_copy(deep=True)
    ran: list[FunctionCall] = []
    if injection is not None:
        turn(False)
        outcome.attacker = run(injection.ground_truth(before.model_copy(deep=True)), world, runtime, ran)
        outcome.attacked = holds(suite, injection, injection.GROUND_TRUTH_OUTPUT, before, world, ran)
    turn(True)
    outcome.user = run(task.ground_truth(before.model_copy(deep=True)), world, runtime, ran)
    # An agent that was refused something is not taken to know what it would have said.
    outcome.useful = holds(suite, task, "" if outcome.user else task.GROUND_TRUTH_OUTPUT, before, world, ran)
    if injection is not None:
        outcome.attacked |= holds(suite, injection, injection.GROUND_TRUTH_OUTPUT, before, world, ran)
    return outcome


def holds(suite: TaskSuite, task: BaseUserTask | BaseInjectionTask, answer: str, before: Any, world: Any, ran: list[FunctionCall]) -> bool:
    """What the task's own checker says; some of them print."""
    with contextlib.redirect_stdout(io.StringIO()):
        return bool(suite._check_task_result(task, [text_content_block_from_string(answer)], before, world, ran))


def run(calls: Sequence[FunctionCall], world: Any, runtime: FunctionsRuntime, ran: list[FunctionCall]) -> list[Refusal]:
    """Runs calls one after the other and returns those that the guard refused. A tool's own error is not a refusal."""
    refused = []
    for call in calls:
        try:
            runtime.run_function(world, call.function, call.args, raise_on_error=True)
        except Denied as denied:
            refused.append(Refusal(call.function, dict(call.args), denied.code, denied.reason))
            continue
        except (KeyError, ValueError):  # of the tool itself, such as a recipient who is not there: it ran
            pass
        ran.append(call)
    return refused

