"""The worst that can be done inside a scope in a day, computed from the compiled scope itself.

A day is 86,400 s. A limit of n in a sliding window of w seconds lets at most n × ⌈86400 / w⌉ through in it. Every figure is an upper bound:
where a constraint's meaning is not worked out here (a pattern, a parameter that depends on another), all that it might accept counts.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from efficacy.derive import LOOKING

DAY = 86_400
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": DAY}
RECIPIENT = re.compile(r"(?:^|_)(recipients?|to|participants?|users?|user_email|email|emails|channel|customer|url|hotel|restaurant|company)$")
"""Parameters that say whom or what a call reaches; of actions that only look, `url` alone."""
PATTERNS = ("domain", "email", "glob", "net", "path", "regex", "url")
PROGRAM = re.compile(r"(?:^|_)(?:command|code|script|sql|query)$")
"""Parameters that are programs: where they are not listed, they reach anyone."""
REMOVES = re.compile(r"(?:^|[._])(?:delete|remove|cancel)(?:[._]|$)")
SUM = re.compile(r"(?:^|_)(?:amount|sum|total|price)$")
"""Parameters that are sums also where the scope does not mark them as money."""
ANYONE = "anyone"
ANY = "any "


@dataclass
class Harm:
    """What a day holds: sums of money, calls that remove something, whom calls reach (values, or patterns)."""

    total: float = 0.0
    removals: float = 0.0
    reached: set[str] = field(default_factory=set)

    @property
    def recipients(self) -> str:
        """How many can be reached, or that anyone can, or by which patterns."""
        if ANYONE in self.reached:
            return ANYONE
        patterns = sorted(text for text in self.reached if text.startswith(ANY))
        listed = len(self.reached) - len(patterns)
        return " and ".join([str(listed)] * bool(listed or not patterns) + patterns)


def worst(path: Iterable[Mapping[str, Any]], *, alone: bool) -> Harm:
    """The worst of a day under every scope of a path, each of which has to accept: what no person sees (`alone`), or all of it approved."""
    found = [inside(scope, alone=alone) for scope in path]
    reached = min((one.reached for one in found), key=lambda reached: (ANYONE in reached, len(reached)))
    return Harm(min(one.total for one in found), min(one.removals for one in found), reached)


def inside(scope: Mapping[str, Any], *, alone: bool) -> Harm:
    """The worst of a day inside one scope."""
    harm = Harm()
    everything = scope.get("limits", [])
    sums: dict[str, list[tuple[float, float]]] = defaultdict(list)
    removals: dict[str, float] = {}
    for grant in scope.get("grant", []):
        approval = grant.get("approval")
        if grant["action"] in scope.get("deny", []) or (alone and approval is not None and not approval.get("unless")):
            continue
        unless = approval["unless"] if alone and approval is not None else {}
        params = grant.get("params", {})
        named = {name: [*parts(params.get(name, {})), *parts(unless.get(name, {}))] for name in {**params, **unless}}
        limits = [*grant.get("limits", []), *everything]
        counter, calls = most_calls(grant["action"], limits)
        for name in params:
            if SUM.search(name) or any("money" in part for part in named[name]):
                greatest = largest(named[name])
                sums[counter].append((most(name, greatest, calls, limits), calls * greatest if greatest else 0.0))
        if REMOVES.search(grant["action"]) or "*" in grant["action"]:
            removals[counter] = max(removals.get(counter, 0.0), calls)
        looking = LOOKING.search(grant["action"])
        if grant.get("open") and not looking:
            # Parameters that nobody named may be anything, also a sum.
            harm.reached.add(ANYONE)
            sums[counter].append((math.inf, math.inf))
        for name in named:
            # A list reaches what its elements name.
            within = f"{name}[]"
            if within not in named and RECIPIENT.search(name.removesuffix("[]")) and (not looking or name == "url"):
                harm.reached |= reach(named[name])
            if PROGRAM.search(name) and not looking and not any("one-of" in part for part in named[name]):
                harm.reached.add(ANYONE)
    # Grants that share a counter share its calls: together they are worth no more than all calls at the dearest of them.
    harm.total = sum(min(sum(one for one, _ in group), max(every for _, every in group)) for group in sums.values())
    harm.removals = sum(removals.values())
    return harm


def parts(constraint: Any) -> list[Mapping[str, Any]]:
    """A parameter's constraints, all of which bind, as tables."""
    if isinstance(constraint, Mapping):
        return [constraint, *(part for inner in constraint.get("all", []) for part in parts(inner))]
    return [{"one-of": constraint if isinstance(constraint, list) else [constraint]}]


def most_calls(action: str, limits: Iterable[Mapping[str, Any]]) -> tuple[str, float]:
    """The tightest rate: the name of its counter, and the calls of a day."""
    rates = [(limit["rate"] * times(limit), limit.get("name", action)) for limit in limits if "rate" in limit]
    calls, counter = min(rates, default=(math.inf, action))
    return counter, calls


def largest(constraints: Iterable[Mapping[str, Any]]) -> float:
    """The largest value that all of these accept."""
    return min((float(part["max"]) for part in constraints if "max" in part), default=math.inf)


def most(name: str, greatest: float, calls: float, limits: Iterable[Mapping[str, Any]]) -> float:
    """The largest sum of a parameter in a day: by its budgets, and by the calls and the largest value of each."""
    budgets = [float(limit["max"]) * times(limit) for limit in limits if limit.get("budget") == name]
    return min([*budgets, calls * greatest if greatest else 0.0])


def told(figure: float) -> str:
    """A figure as it is printed."""
    return "unbounded" if math.isinf(figure) else f"{figure:g}"


def times(limit: Mapping[str, Any]) -> int:
    """How often a window of this limit begins in a day."""
    window = int(limit["per"][:-1]) * UNITS[limit["per"][-1]]
    return math.ceil(DAY / window)


def reach(constraints: list[Mapping[str, Any]]) -> set[str]:
    """Whom a parameter can name: its values where they are listed, else its patterns, else anyone."""
    listed = [{str(value) for value in part["one-of"]} for part in constraints if "one-of" in part]
    if listed:
        return set.intersection(*listed)
    patterns = {f"{ANY}{kind} {plain(part[kind])}" for part in constraints for kind in PATTERNS if kind in part}
    return patterns or {ANYONE}


def plain(constraint: Any) -> str:
    """A pattern in one line."""
    if isinstance(constraint, Mapping):
        return ", ".join(plain(inner) for inner in constraint.values())
    return ", ".join(map(str, constraint)) if isinstance(constraint, list) else str(constraint)


def main() -> int:
    """`kakunin scope show --json FILE | python -m efficacy.harm`: the worst of a day inside one scope."""
    path = [json.load(sys.stdin)["scope"]]
    print("by whom", "sum a day", "recipients", "removals a day", sep="\t")
    for alone, who in ((True, "alone"), (False, "approved")):
        harm = worst(path, alone=alone)
        print(who, told(harm.total), harm.recipients, told(harm.removals), sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
