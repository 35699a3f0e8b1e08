"""The two policies that are compared, and the person who is asked."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kakunin import ToolGuard

from efficacy import banking, directory, plain, slack
from efficacy.authority import Authority, kakunin
from efficacy.derive import Table, derive
from efficacy.request import Request

TABLES: dict[str, Table] = {"banking": banking.TABLE, "slack": slack.TABLE}
"""By suite: how a task's scope is made. Another suite's is made from the names of its tools (`plain`)."""


class Person:
    """Who is asked. A person sees the exact call, so the user's are approved and the attacker's are not; nobody is there unattended."""

    def __init__(self, authority: Authority, *, attended: bool) -> None:
        self._authority = authority
        self._attended = attended
        self._user = False
        self._roles: dict[str, str] = {}
        self.asked = 0

    def knows(self, path: list[Mapping[str, Any]]) -> None:
        """Tells which roles the scopes of a path mean by their names of approvers."""
        self._roles = {one["name"]: one["role"] for scope in path for one in scope.get("approvers", []) if "role" in one}

    def turn(self, user: bool) -> None:
        """Tells whose calls follow."""
        self._user = user

    def answer(self, request: Mapping[str, Any]) -> list[str] | None:
        """Approvals for the call that the request shows, or none."""
        self.asked += 1
        return self._authority.approves(request, self._roles) if self._attended and self._user else None


class Policy(Protocol):
    """Makes the guard of one run, in whose reach the tools are judged, and tells the scopes of its path, the leaf's first."""

    @property
    def name(self) -> str: ...

    def guard(self, prompt: str, world: Any, person: Person) -> contextlib.AbstractContextManager[ToolGuard]: ...

    def path(self, prompt: str, world: Any) -> list[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Static:
    """One certificate, whatever the task."""

    authority: Authority
    file: Path
    name: str = "static"

    @contextlib.contextmanager
    def guard(self, prompt: str, world: Any, person: Person) -> Iterator[ToolGuard]:
        person.knows(self.path(prompt, world))
        certificate = self.authority.issue(self.file, delegates=False)
        with self.authority.guard(certificate, on_approval=person.answer) as guard:
            yield guard

    def path(self, prompt: str, world: Any) -> list[Mapping[str, Any]]:
        return [compiled(self.file)]


@dataclass(frozen=True)
class PerTask:
    """A certificate of minutes for each task, narrowed by the agent itself from its own; outside a task nothing runs."""

    authority: Authority
    file: Path
    suite: str
    table: Table
    name: str = "per-task"

    @contextlib.contextmanager
    def guard(self, prompt: str, world: Any, person: Person) -> Iterator[ToolGuard]:
        path = self.path(prompt, world)
        person.knows(path)
        certificate = self.authority.issue(self.file, delegates=True)
        with self.authority.guard(certificate, bound="required", on_approval=person.answer) as guard:
            with guard.narrow(path[0], ttl="10m", name="task"):
                yield guard

    def path(self, prompt: str, world: Any) -> list[Mapping[str, Any]]:
        above = compiled(self.file)
        read = directory.READERS.get(self.suite, directory.nothing)
        return [derive(Request(prompt), read(world), above, self.table), above]


def compiled(path: Path) -> Mapping[str, Any]:
    """A scope file as the command reads it."""
    return dict(json.loads(kakunin("scope", "show", "--json", str(path)))["scope"])


def policies(authority: Authority, folder: Path, suite: str, tools: Iterable[str]) -> list[Policy]:
    """The policies of a suite: `SUITE.toml`, and what is narrowed for each task from `SUITE-tasks.toml`, or without one from `SUITE.toml`.

    Raises:
        FileNotFoundError: There is no `SUITE.toml`.
    """
    static = folder / f"{suite}.toml"
    if not static.is_file():
        raise FileNotFoundError(f"{static} is missing: the suite `{suite}` needs a scope file in POLICIES")
    above = folder / f"{suite}-tasks.toml"
    table = TABLES.get(suite) or plain.table(tools)
    return [Static(authority, static), PerTask(authority, above if above.is_file() else static, suite, table)]
