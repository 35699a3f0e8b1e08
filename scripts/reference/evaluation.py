"""Judging a call, PROFILE section 2: presence, unexpected leaves, grants, and every scope of a path."""

import datetime
import re
import zoneinfo
from decimal import Decimal

from document import written
from values import EXACT, Refused, amount, arguments

# The tables of the package tzdata, not the machine's: they are of one version everywhere.
zoneinfo.reset_tzpath(to=())
SEGMENT = re.compile(r"[A-Za-z0-9_:/%-]{1,64}", re.ASCII)


class Call:
    """A call as it arrives; its arguments are JSON text."""

    def __init__(self, action, arguments, audience=None, region=None, now=0):
        self.action = action
        self.arguments = arguments
        self.audience = audience
        self.region = region
        self.now = now


def judge(scopes, call, drawn):
    """What a path of scopes, the leaf's first, says to a call: the draws as (depth, kind, window, name, max, amount), or Refused.

    `drawn` holds what calls before this one drew: all of it counts, for the store's clock stands still.
    """
    values = arguments(call.arguments)
    draws, asked = [], False
    for depth, scope in enumerate(scopes):
        accepting = accept(scope, call, values)
        draws += [((depth, *counter), most, taken) for counter, most, taken in _draws(scope, accepting, values)]
        asked = asked or any(grant.approval and not _is_free(grant.approval, values) for grant in accepting)
    if asked:
        raise Refused("E212")
    for counter, most, taken in draws:
        if EXACT.add(drawn.get(counter, Decimal(0)), taken) > most:
            raise Refused("E208" if counter[2] == "rate" else "E209")
    for counter, _, taken in draws:
        drawn[counter] = EXACT.add(drawn.get(counter, Decimal(0)), taken)
    return [
        (depth, kind, window, name[1] if name[0] == "name" else None, most, taken)
        for (depth, name, kind, _, window, _), most, taken in draws
    ]


def accept(scope, call, values):
    """The grants of a scope that accept a call."""
    action = call.action.split(".")
    if len(action) > 8 or not all(map(SEGMENT.fullmatch, action)):
        raise Refused("E201")
    if any(covers(pattern.split("."), action) for pattern in scope.deny):
        raise Refused("E201")
    if scope.hours and not _is_open(scope.hours, call.now):
        raise Refused("E210")
    if scope.regions and call.region not in scope.regions:
        raise Refused("E211")
    accepting, first = [], None
    for grant in scope.grants:
        if covers(grant.pattern, action):
            try:
                _accept(grant, call, values)
                accepting.append(grant)
            except Refused as refused:
                first = first or refused
    if accepting:
        return accepting
    raise first or Refused("E201")


def covers(pattern, action):
    """Whether a pattern of an action covers an action: `*` is one segment, or, last, one or more."""
    if len(action) != len(pattern) and not (pattern[-1] == "*" and len(action) > len(pattern)):
        return False
    return all(part in ("*", segment) for part, segment in zip(pattern, action))


def _is_open(hours, now):
    local = datetime.datetime.fromtimestamp(now, zoneinfo.ZoneInfo(hours.zone))
    minute = 60 * local.hour + local.minute
    return any(day == local.isoweekday() and start <= minute < end for day, start, end in hours.intervals)


def _accept(grant, call, values):
    if grant.audience and call.audience not in grant.audience:
        raise Refused("E306")
    for param in grant.params:
        code = _param(param, values, 0)
        if code:
            raise Refused(code, param.written)
    if not grant.open:
        for path, value in _leaves(values, ()):
            if not _is_named(grant, path, value):
                raise Refused("E206", written(path))


def _param(param, value, at):
    """The code by which a parameter refuses what stands at a step of its path, or None."""
    if at == len(param.path):
        return next(filter(None, (constraint.judge(value) for constraint in param.constraints)), None)
    step = param.path[at]
    if step is None:
        if not isinstance(value, list):
            return "E207"
        return next(filter(None, (_param(param, element, at + 1) for element in value)), None)
    if not isinstance(value, dict):
        return "E207"
    if value.get(step) is None:
        return None if param.optional else "E205"
    return _param(param, value[step], at + 1)


def _leaves(value, path):
    """Scalars, nulls and what is empty, depth first, with their paths."""
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _leaves(value[key], (*path, key))
    elif isinstance(value, list) and value:
        for element in value:
            yield from _leaves(element, (*path, None))
    elif path:
        yield path, value


def _is_named(grant, path, value):
    if path in grant.ends or any(path[: len(whole)] == whole for whole in grant.whole):
        return True
    return value in (None, [], {}) and path in grant.through


def _is_free(approval, values):
    """Whether every constraint under `unless` is there to be satisfied, and is."""
    return bool(approval.unless) and all(_is_satisfied(param, values, 0) for param in approval.unless)


def _is_satisfied(param, value, at):
    if value is None or value == []:
        return False
    if at == len(param.path):
        return not any(constraint.judge(value) for constraint in param.constraints)
    step = param.path[at]
    if step is None:
        return isinstance(value, list) and all(_is_satisfied(param, element, at + 1) for element in value)
    return isinstance(value, dict) and _is_satisfied(param, value.get(step), at + 1)


def _draws(scope, accepting, values):
    """What a call draws in one scope: (counter, max, amount), each counter once."""
    seen = set()
    for grant in [*accepting, None]:
        for limit in scope.limits if grant is None else grant.limits:
            taken = Decimal(1)
            if limit.path is not None:
                taken = _sum(limit.path, values, 0)
                if taken is None:
                    raise Refused("E207", written(limit.path))
            counter = limit.counter(grant, scope)
            if counter not in seen:
                seen.add(counter)
                yield counter, limit.most, taken


def _sum(path, value, at):
    """What a budget's path holds: nothing is 0; None for what is negative or no number."""
    if at == len(path):
        number = amount(value)
        return None if number is None or number < 0 else number
    if path[at] is None:
        parts = [_sum(path, element, at + 1) for element in value] if isinstance(value, list) else [None]
    else:
        if not isinstance(value, dict):
            return None
        if value.get(path[at]) is None:
            return Decimal(0)
        parts = [_sum(path, value[path[at]], at + 1)]
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total = EXACT.add(total, part)
    return total
