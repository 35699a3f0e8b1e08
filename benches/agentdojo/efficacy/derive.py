"""The scope of one task, from the request, the directory and the scope above it. No model, and no look at what the right answer is.

Every grant of the scope above is taken over with all its constraints, so what comes out is contained in it, and then for its tool:
  - a tool that only reads the holder's own data stays as it is;
  - a tool that the request's words do not call for is left out (under a request that hands over to another text: a person sees each call);
  - any other runs alone where each value that matters is one that the request or the directory names, and else a person sees the call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from efficacy.request import Request

LOOKING = re.compile(r"(?:^|\.)(?:get|read|search|list|check)(?:_|$)")
"""Tools that change nothing, by their names."""

Constraint = Any
Alone = Mapping[str, Constraint]


@dataclass(frozen=True)
class Tool:
    """How one tool's grant is narrowed.

    `called_for`: do the request's words ask for it? `alone`: for each parameter that matters, what it may be without a person; an empty
    list is "nothing". `values`: the one of these, a list, by which the calls of a task are counted, if any.
    """

    called_for: Callable[[Request, Any], bool]
    alone: Callable[[Request, Any], Alone]
    values: str | None


@dataclass(frozen=True)
class Table:
    """The tools of a suite. `reads` stay as they are; `role` approves where the scope above names nobody."""

    reads: frozenset[str]
    tools: Mapping[str, Tool]
    role: str


def derive(request: Request, directory: Any, above: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """The scope of a task, in the authoring form, contained in `above`."""
    approvers = above.get("approvers") or [{"name": "person", "role": table.role}]
    person = {"of": sorted({approver["name"] for approver in approvers}), "need": 1}
    grants = []
    for grant in above.get("grant", []):
        for action in [name for name in (*sorted(table.reads), *table.tools) if covers(grant["action"], name)]:
            kept = {key: part for key, part in grant.items() if key in ("params", "open", "audience")}
            if action in table.reads:
                grants.append({"action": action, **kept})
                continue
            tool = table.tools[action]
            free = tool.alone(request, directory)
            limits = [rate(len(free[tool.values]) if tool.values else 0)]
            if tool.called_for(request, directory):
                alone = {name: values for name, values in free.items() if not barred(grant, name)}
                approval = person if [] in alone.values() or not alone else {**person, "unless": alone}
                grants.append({"action": action, **kept, "approval": approval, "limits": limits})
            elif request.delegates:
                grants.append({"action": action, **kept, "approval": person, "limits": limits})
    return {"approvers": approvers, "grant": grants}


def covers(pattern: str, action: str) -> bool:
    """Whether an action pattern covers a tool's name, which is one segment."""
    return pattern == "*" or pattern == action


def barred(grant: Mapping[str, Any], name: str) -> bool:
    """Whether the grant accepts no value of this parameter, or, being closed, does not name it."""
    if name not in grant.get("params", {}):
        return not grant.get("open", False)
    constraint = grant["params"][name]
    return isinstance(constraint, Mapping) and constraint.get("one-of") == []


def rate(values: int) -> dict[str, Any]:
    """At most two calls for each value that is named (one may have to be repeated), and five where none is."""
    return {"rate": 2 * values if values else 5, "per": "1d"}
