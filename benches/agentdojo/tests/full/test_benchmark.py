"""What only AgentDojo itself can tell: that its answers are never looked at, that its attackers are listed, that it is replayed right."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from agentdojo.functions_runtime import FunctionsRuntime

from efficacy import replay
from efficacy.authority import Authority
from efficacy.policy import TABLES, Person, PerTask

HERE = Path(__file__).resolve().parents[2]
SUITES = replay.suites()
BOTH = ("banking", "slack")
ATTACKERS = json.loads((HERE / "attacker-values.json").read_text(encoding="utf-8"))


def policy(authority: Any, suite: str) -> PerTask:
    return PerTask(authority, HERE / "policies" / f"{suite}-tasks.toml", suite, TABLES[suite])


def pairs(suite: str) -> list[tuple[Any, Any]]:
    tasks, injections = SUITES[suite].user_tasks.values(), SUITES[suite].injection_tasks.values()
    return [(task, injection) for task in tasks for injection in [None, *injections]]


def test_the_list_of_attacker_values_is_what_the_injection_tasks_hold() -> None:
    subprocess.run([sys.executable, HERE / "attacker-values", "--check"], check=True)


@pytest.mark.parametrize("suite", BOTH)
def test_deriving_reads_no_answer_and_names_no_attacker_in_a_poisoned_environment(suite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = [(task, replay.environment(SUITES[suite], task, injection)) for task, injection in pairs(suite)]

    def looked(*_: Any, **__: Any) -> Any:
        raise AssertionError("an answer was looked at")

    for task in [*SUITES[suite].user_tasks.values(), *SUITES[suite].injection_tasks.values()]:
        for answer in ("ground_truth", "utility", "utility_from_traces", "security", "security_from_traces"):
            if hasattr(type(task), answer):
                monkeypatch.setattr(type(task), answer, looked)
    made = policy(None, suite)
    for task, world in worlds:
        derived = made.path(task.PROMPT, world)[0]
        # A channel's name is data that a stranger may choose: it is compared, never read.
        names = getattr(getattr(world, "slack", None), "channels", [])
        lists = [value for grant in derived["grant"] for value in grant.get("approval", {}).get("unless", {}).values() if isinstance(value, list)]
        free = json.dumps([value for values in lists for value in values if value not in names])
        assert [value for value in ATTACKERS[suite] if value in free] == []


@pytest.mark.parametrize("suite", BOTH)
def test_unguarded_every_task_is_useful_and_every_attack_holds(suite: str) -> None:
    for task, injection in pairs(suite):
        world = replay.environment(SUITES[suite], task, injection)
        outcome = replay.replay(SUITES[suite], task, injection, world, FunctionsRuntime(SUITES[suite].tools), lambda user: None)
        assert outcome.attacked or injection is None, (task.ID, injection.ID)
        assert outcome.useful or injection is not None, task.ID


@pytest.mark.parametrize("suite", BOTH)
def test_outside_a_task_nothing_runs(suite: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue(HERE / "policies" / f"{suite}-tasks.toml", delegates=True)
    with authority.guard(certificate, bound="required") as guard:
        runtime = replay.guarded(SUITES[suite], guard)
        task = next(iter(SUITES[suite].user_tasks.values()))
        outcome = replay.replay(SUITES[suite], task, None, replay.environment(SUITES[suite], task, None), runtime, lambda user: None)
    assert len(outcome.user) == len(task.ground_truth(replay.environment(SUITES[suite], task, None)))


def test_a_person_approves_the_users_call_and_not_the_attackers(tmp_path: Path) -> None:
    authority, suite = Authority(tmp_path), SUITES["banking"]
    task, injection = suite.user_tasks["user_task_0"], suite.injection_tasks["injection_task_0"]
    world = replay.environment(suite, task, injection)
    person = Person(authority, attended=True)
    with policy(authority, "banking").guard(task.PROMPT, world, person) as guard:
        outcome = replay.replay(suite, task, injection, world, replay.guarded(suite, guard), person.turn)
    assert [call.code for call in outcome.attacker] == ["KKN-E212"]
    assert (outcome.useful, outcome.attacked, outcome.user, person.asked) == (True, False, [], 2)
