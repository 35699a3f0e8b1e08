"""The conformance vectors, the same files that Rust and Node run, with arguments as Python values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kakunin import _native

FOLDER = Path(__file__).resolve().parents[2] / "kakunin-core" / "tests" / "vectors"


def cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"[:120]))
    return found


def arguments(case: dict[str, Any]) -> list[Any]:
    """The case's arguments as Python values, where a value of Python can say the same as the text."""
    if case["kind"] == "value" and case["native"]:
        return [json.loads(case["text"])]
    if case["kind"] == "decision":
        return [json.loads(step["arguments"]) for step in case["steps"]]
    return []


@pytest.mark.parametrize("case", cases())
def test_a_case_ends_as_its_file_says(case: dict[str, Any]) -> None:
    run = getattr(_native, "_vector", None)
    assert run is not None, "build the extension with `--features vectors`: `make python-build`"
    outcome = json.loads(run(json.dumps(case), arguments(case)))
    assert outcome == case["expect"]


def test_there_are_enough_of_them() -> None:
    assert len(cases()) >= 150
