"""The JSON Schemas of what authors write: nothing that compiles is refused by them, and what they refuse does not compile."""

from __future__ import annotations

import copy
import json
import random
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kakunin import ConfigurationError, testing

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.M | re.S)


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs/schema" / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


SCOPE = validator("scope.schema.json")
CALLS = validator("calls.schema.json")


def blocks(mark: str) -> list[str]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").rglob("README.md"))]
    return [body for page in pages for body in BLOCK.findall(page.read_text(encoding="utf-8")) if mark in body]


def vectors() -> list[dict[str, Any]]:
    """Every authoring document of the vectors that compiles."""
    folder = ROOT / "kakunin-core/tests/vectors"
    scopes = json.loads((folder / "scope.json").read_text(encoding="utf-8"))["cases"]
    pairs = json.loads((folder / "containment.json").read_text(encoding="utf-8"))["cases"]
    documents = [case["toml"] for case in scopes if "toml" in case and case["expect"]["allowed"]]
    documents += [pair[side] for pair in pairs for side in ("child", "parent")]
    return [tomllib.loads(document) for document in documents]


def compiles(document: dict[str, Any]) -> bool:
    try:
        testing.guard(document)
    except ConfigurationError as error:
        assert error.code == "KKN-E107", error.reason
        return False
    return True


def test_every_scope_of_vectors_examples_and_pages_is_valid() -> None:
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").rglob("*.toml")) if ".test." not in path.name]
    documents = vectors() + [tomllib.loads(text) for text in examples + blocks("[[grant]]") if "[[grant]]" in text]
    assert len(documents) > 100
    for document in documents:
        assert not list(SCOPE.iter_errors(document)), document


def test_every_table_of_examples_and_pages_is_valid() -> None:
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").rglob("*.test.toml"))]
    tables = examples + blocks("[[call]]")
    assert len(tables) > 3
    for table in tables:
        assert not list(CALLS.iter_errors(tomllib.loads(table))), table


def test_every_key_says_what_it_means() -> None:
    for schema in (SCOPE.schema, CALLS.schema):
        tables = [schema, *schema["$defs"].values()]
        for table in tables:
            for key, described in table.get("properties", {}).items():
                assert len(described["description"]) > 5, key


def grant(**parts: Any) -> dict[str, Any]:
    return {"grant": [{"action": "a", **parts}]}


def param(value: Any) -> dict[str, Any]:
    return grant(params={"x": value})


@pytest.mark.parametrize(
    "document",
    [
        {"grants": []},
        {"grant": {"action": "a"}},
        {"grant": [{"actoin": "a"}]},
        {"grant": [{}]},
        {"deny": []},
        {"deny": ["a..b"]},
        {"deny": ["a", "a"]},
        {"max_depth": 9},
        {"max_depth": "1"},
        {"limits": [{"rate": 1}]},
        {"limits": [{"rate": 1, "per": "1w"}]},
        {"limits": [{"rate": 1, "max": 2, "per": "1h"}]},
        {"limits": [{"budget": "x", "per": "1h"}]},
        {"limits": [{"rate": 1, "budget": "x", "max": 1, "per": "1h"}]},
        {"hours": {"zone": "UTC"}},
        {"hours": "mon-fri 08:00-18:00"},
        {"regions": []},
        {"approvers": [{"name": "a"}]},
        {"approvers": [{"name": "a", "key": "sha256:00"}]},
        {"approvers": [{"name": "a", "role": "b", "key": "sha256:" + "0" * 64}]},
        grant(open="yes"),
        grant(params=[]),
        grant(approval={"need": 1}),
        grant(approval={"of": "a", "need": 17}),
        param({}),
        param({"optional": True}),
        param({"maxx": 1}),
        param({"max": True}),
        param({"max": "1,5"}),
        param({"money": False, "max": 1}),
        param({"type": "sting"}),
        param({"none-of": []}),
        param({"length": {}}),
        param({"length": {"max": -1}}),
        param({"email": {}}),
        param({"email": {"domains": []}}),
        param({"url": {"ports": [443]}}),
        param({"url": {"hosts": "a.io", "ports": 0}}),
        param({"net": []}),
        param({"all": []}),
        param({"all": [{"optional": True}]}),
        param([1, 1]),
        param([[1]]),
        param({"glob": ["a*"]}),
    ],
)
def test_what_the_schema_finds_the_code_refuses(document: dict[str, Any]) -> None:
    assert list(SCOPE.iter_errors(document))
    assert not compiles(document)


def test_a_refusal_says_line_column_and_what_was_meant() -> None:
    with pytest.raises(ConfigurationError) as refused:
        testing.guard('[[grant]]\naction = "a"\n[grant.params]\nx = { maxx = 5 }\n')
    assert "line 4, column 7: unknown constraint `maxx`, did you mean `max`?" in refused.value.reason


VALUES: list[Any] = [None, True, 0, -1, 1.5, "", "a", "1h", [], ["a"], [1, 1], {}, {"max": 1}, {"x": {}}]
KEYS = ["action", "params", "limits", "max", "min", "money", "one-of", "optional", "all", "rate", "per", "x", "deny", "hours"]


def change(document: Any, rng: random.Random) -> None:
    """Changes one place."""
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            places.append((value, key))
            if isinstance(value[key], (dict, list)):
                walk(value[key])

    walk(document)
    if not places:
        return
    holder, key = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder[rng.choice(KEYS)] = holder.pop(key)
    elif kind == 2 and isinstance(holder, dict):
        holder[rng.choice(KEYS)] = copy.deepcopy(rng.choice(VALUES))
    else:
        holder[key] = copy.deepcopy(rng.choice(VALUES))


def test_nothing_that_compiles_is_refused_by_the_schema() -> None:
    """Changed vectors: where the schema finds a fault, the code does."""
    rng = random.Random(4)
    documents = vectors()
    refused = accepted = 0
    for _ in range(1500):
        document = copy.deepcopy(rng.choice(documents))
        for _ in range(1 + rng.randrange(2)):
            change(document, rng)
        if list(SCOPE.iter_errors(document)):
            refused += 1
            assert not compiles(document), json.dumps(document)
        else:
            accepted += 1
    assert refused > 300 and accepted > 300
