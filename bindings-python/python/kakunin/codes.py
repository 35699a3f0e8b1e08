"""Every code that a denial can carry, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, cast, get_args

from kakunin import _native

Code = Literal[
    "KKN-E101",
    "KKN-E102",
    "KKN-E103",
    "KKN-E104",
    "KKN-E105",
    "KKN-E106",
    "KKN-E107",
    "KKN-E108",
    "KKN-E109",
    "KKN-E201",
    "KKN-E202",
    "KKN-E203",
    "KKN-E204",
    "KKN-E205",
    "KKN-E206",
    "KKN-E207",
    "KKN-E208",
    "KKN-E209",
    "KKN-E210",
    "KKN-E211",
    "KKN-E212",
    "KKN-E213",
    "KKN-E301",
    "KKN-E302",
    "KKN-E303",
    "KKN-E304",
    "KKN-E305",
    "KKN-E306",
    "KKN-E307",
    "KKN-E308",
    "KKN-E401",
    "KKN-E402",
    "KKN-E403",
    "KKN-E404",
    "KKN-E405",
    "KKN-E406",
    "KKN-E501",
    "KKN-E502",
    "KKN-E503",
    "KKN-E504",
]
"""The code of a denial. Stable; the list only grows."""

CODES: Final[tuple[Code, ...]] = get_args(Code)
"""Every code, in ascending order."""

NAMES: Final[Mapping[Code, str]] = MappingProxyType({cast(Code, code): name for code, name, _ in _native.codes()})
"""The name of each code: ``MONETARY_LIMIT_EXCEEDED``."""

MEANINGS: Final[Mapping[Code, str]] = MappingProxyType(
    {cast(Code, code): meaning for code, _, meaning in _native.codes()}
)
"""What each code means, in one fragment."""
