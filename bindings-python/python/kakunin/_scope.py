"""Scopes as applications write them: TOML text, or a dict of the same shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def authored(scope: str | Mapping[str, Any]) -> tuple[str, bool]:
    """The scope as text, and whether that is JSON; else it is TOML."""
    if isinstance(scope, str):
        return scope, False
    if not isinstance(scope, Mapping):
        raise TypeError(f"a scope is TOML text or a dict, not a {type(scope).__name__}")
    return json.dumps(scope, default=_plain), True


def _plain(value: object) -> Any:
    if type(value) is Decimal:
        return format(value, "f")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a scope holds no {type(value).__name__}")
