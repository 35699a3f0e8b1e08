"""Tasks' scopes for a suite that has no table of its own: from the tools' names alone.

What looks stays; what the request's words call for by its verb asks a person; the rest is left out. Nothing that changes anything runs alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from efficacy.derive import LOOKING, Table, Tool
from efficacy.request import Request

VERBS = {
    "add": "add|invite|include",
    "append": "append|add",
    "cancel": "cancel|call off|remove",
    "create": "create|add|book|schedule|set up|make|write",
    "delete": "delete|remove",
    "post": "post|publish",
    "reschedule": "reschedule|move|change",
    "reserve": "reserve|reservation|book",
    "send": "send|e-?mail|write|message|reply|tell",
    "share": "share",
    "update": "update|change",
}
"""How people ask for what tools' names begin with; another verb has to be said itself."""


def table(tools: Iterable[str]) -> Table:
    """The table of a suite with these tools."""
    names = list(tools)
    acting = {name: Tool(called_for(name), lambda request, directory: {}, None) for name in names if not LOOKING.search(name)}
    return Table(role="account-holder", reads=frozenset(names) - frozenset(acting), tools=acting)


def called_for(tool: str) -> Callable[[Request, Any], bool]:
    verb = tool.split("_")[0]
    pattern = VERBS.get(verb, re.escape(verb))
    return lambda request, directory: request.says(pattern)
