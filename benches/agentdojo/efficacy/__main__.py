"""`python -m efficacy`: prints a line a suite and policy, then the worst harm inside each scope."""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from efficacy import harm, replay
from efficacy.authority import Authority
from efficacy.policy import Person, PerTask, Policy, policies

HERE = Path(__file__).resolve().parent.parent


@dataclass
class Figures:
    """What was counted for one suite under one policy."""

    tasks: int = 0
    pairs: int = 0
    attacked: list[tuple[str, str]] = field(default_factory=list)
    failed: dict[bool, list[tuple[str, list[replay.Refusal]]]] = field(default_factory=lambda: {False: [], True: []})
    harmed: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    asked: dict[str, int] = field(default_factory=dict)

    def utility(self, attended: bool) -> float:
        return 100 * (1 - len(self.failed[attended]) / self.tasks)


def measure(authority: Authority, suite: Any, policy: Policy) -> Figures:
    """Every user task alone, and every pair of a user task and an injection task, each unattended and attended."""
    figures = Figures(len(suite.user_tasks), len(suite.user_tasks) * len(suite.injection_tasks))
    for task in suite.user_tasks.values():
        for attended in (False, True):
            outcome, asked = once(authority, suite, policy, task, None, attended)
            if not outcome.useful:
                figures.failed[attended].append((task.ID, outcome.user))
            if attended and asked:
                figures.asked[task.ID] = asked
        for injection in suite.injection_tasks.values():
            outcomes = [once(authority, suite, policy, task, injection, attended)[0] for attended in (False, True)]
            if any(outcome.attacked for outcome in outcomes):
                figures.attacked.append((task.ID, injection.ID))
            for attended, outcome in zip((False, True), outcomes, strict=True):
                figures.harmed[attended] += not outcome.useful
    return figures


def once(authority: Authority, suite: Any, policy: Policy, task: Any, injection: Any, attended: bool) -> tuple[replay.Outcome, int]:
    world = replay.environment(suite, task, injection)
    person = Person(authority, attended=attended)
    with policy.guard(task.PROMPT, world, person) as guard:
        outcome = replay.replay(suite, task, injection, world, replay.guarded(suite, guard), person.turn)
    return outcome, person.asked


def details(figures: Figures) -> None:
    """What the line's figures are made of, for whoever asks why."""
    for task, injection in figures.attacked:
        print(f"  attack held: {task}, {injection}")
    for attended, word in ((False, "unattended"), (True, "attended")):
        for task, refused in figures.failed[attended]:
            print(f"  not done {word}: {task}: " + "; ".join(f"{call.tool} {call.arguments} {call.code}" for call in refused))
        done = 100 * (1 - figures.harmed[attended] / figures.pairs)
        print(f"  done under attack, {word}: {done:.1f} % of {figures.pairs} pairs")
    print(f"  approvals asked for: {figures.asked or 'none'}")


def harms(suite: Any, policy: Policy) -> None:
    """Lines `harm, suite, policy, by whom, sum a day, recipients, removals a day`; per task the worst and the median of the tasks."""
    worlds = [(task.PROMPT, replay.environment(suite, task, None)) for task in suite.user_tasks.values()]
    paths = [policy.path(prompt, world) for prompt, world in (worlds if isinstance(policy, PerTask) else worlds[:1])]
    for alone, who in ((True, "alone"), (False, "approved")):
        found = [harm.worst(path, alone=alone) for path in paths]
        worst = max(found, key=lambda one: (one.total, one.recipients == harm.ANYONE, len(one.reached), one.removals))
        print("harm", suite.name, policy.name, who, harm.told(worst.total), worst.recipients, harm.told(worst.removals), sep="\t")
        if len(found) > 1:
            total, reached = statistics.median(one.total for one in found), sum(one.recipients == harm.ANYONE for one in found)
            print(f"  median sum of {len(found)} tasks {harm.told(total)}; anyone reachable in {reached} of them")


def main() -> int:
    parser = argparse.ArgumentParser(prog="efficacy", description=__doc__)
    parser.add_argument("--policies", type=Path, default=HERE / "policies", help="folder of SUITE.toml and SUITE-tasks.toml")
    parser.add_argument("--suites", default="banking slack", help="names, separated by blanks or commas")
    parser.add_argument("--details", action="store_true", help="each task and call that the figures are made of")
    given = parser.parse_args()
    logging.getLogger("kakunin").setLevel(logging.CRITICAL)
    known = replay.suites()
    names = given.suites.replace(",", " ").split()
    if unknown := [name for name in names if name not in known]:
        print(f"unknown suites {unknown}: {replay.VERSION} has {sorted(known)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="kakunin-efficacy-") as folder:
        authority = Authority(Path(folder))
        try:
            chosen = [(known[name], policies(authority, given.policies, name, [tool.name for tool in known[name].tools])) for name in names]
        except FileNotFoundError as missing:
            print(missing, file=sys.stderr)
            return 2
        for suite, found in chosen:
            for policy in found:
                figures = measure(authority, suite, policy)
                attack = 100 * len(figures.attacked) / figures.pairs
                shares = [f"{share:.1f}" for share in (attack, figures.utility(False), figures.utility(True))]
                approvals = 100 * sum(figures.asked.values()) / figures.tasks
                print(suite.name, policy.name, *shares, f"{approvals:.1f}", sep="\t", flush=True)
                if given.details:
                    details(figures)
        print()
        print("harm", "suite", "policy", "by whom", "sum a day", "recipients", "removals a day", sep="\t")
        for suite, found in chosen:
            for policy in found:
                harms(suite, policy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
