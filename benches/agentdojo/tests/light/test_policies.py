"""What the committed policies may hold, and that they are scopes. Needs neither AgentDojo nor the network."""

import json
import re
from pathlib import Path

import pytest

from efficacy import harm
from efficacy.policy import compiled

HERE = Path(__file__).resolve().parents[2]
POLICIES = sorted((HERE / "policies").glob("*.toml"))
ATTACKERS = json.loads((HERE / "attacker-values.json").read_text(encoding="utf-8"))


def holds(text: str, value: str) -> bool:
    """Whether a text holds a value, in any case, also with its dots escaped for a pattern."""
    return any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.I) for form in (value, value.replace(".", r"\.")))


def test_the_list_of_attacker_values_is_not_empty() -> None:
    assert {suite: bool(values) for suite, values in ATTACKERS.items()} == {"banking": True, "slack": True}


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_no_policy_names_a_value_of_an_attacker(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = [value for values in ATTACKERS.values() for value in values if holds(text, value)]
    assert named == []


def test_a_value_is_found_also_inside_a_pattern() -> None:
    assert holds(r"url = { regex = '(https://)?www\.secure-systems-252\.com/?' }", "www.secure-systems-252.com")
    assert holds("user = ['Fred', 'Alice']", "Fred")
    assert not holds("Frederick", "Fred")


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_is_a_scope_that_names_its_actions(path: Path) -> None:
    actions = {grant["action"] for grant in compiled(path)["grant"]}
    assert actions and not any("*" in action for action in actions)


@pytest.mark.parametrize("suite", ["banking", "slack"])
def test_what_a_person_has_to_see_is_not_in_what_the_static_policy_does_alone(suite: str) -> None:
    scope = compiled(HERE / "policies" / f"{suite}.toml")
    seen, free = harm.worst([scope], alone=False), harm.worst([scope], alone=True)
    assert (free.total < seen.total) if suite == "banking" else (free.removals < seen.removals)
