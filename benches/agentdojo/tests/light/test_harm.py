"""The worst harm, worked out by hand for small scopes."""

from typing import Any

import pytest

from efficacy.harm import ANYONE, worst

PAY: dict[str, Any] = {
    "action": "pay",
    "params": {"to": {"length": {"max": 9}}, "amount": {"max": 50, "money": True}},
    "limits": [{"rate": 3, "per": "1d"}],
}


def of(*grants: dict[str, Any], alone: bool = True, **scope: Any) -> tuple[float, str, float]:
    harm = worst([{"grant": list(grants), **scope}], alone=alone)
    return harm.total, harm.recipients, harm.removals


@pytest.mark.parametrize(
    ("limits", "total"),
    [
        ([{"rate": 3, "per": "1d"}], 150),
        ([{"rate": 3, "per": "12h"}], 300),
        ([{"rate": 3, "per": "7d"}], 150),
        ([{"rate": 3, "per": "1d"}, {"budget": "amount", "max": 70, "per": "1d"}], 70),
        ([{"budget": "amount", "max": 70, "per": "1h"}], 1680),
        ([], float("inf")),
    ],
)
def test_a_sum_is_bounded_by_calls_and_by_budgets(limits: list[dict[str, Any]], total: float) -> None:
    assert of({**PAY, "limits": limits})[0] == total


def test_limits_of_the_whole_scope_bind_too() -> None:
    assert of(PAY, limits=[{"rate": 1, "per": "1d", "name": "all"}])[0] == 50


def test_what_a_person_sees_is_not_done_alone() -> None:
    asked = {**PAY, "approval": {"of": ["boss"], "need": 1}}
    assert of(asked) == (0, "0", 0)
    assert of(asked, alone=False) == (150, ANYONE, 0)


def test_unless_bounds_what_is_done_alone() -> None:
    some = {**PAY, "approval": {"of": ["boss"], "need": 1, "unless": {"to": ["a", "b"], "amount": {"max": 10}}}}
    assert of(some) == (30, "2", 0)
    assert of(some, alone=False) == (150, ANYONE, 0)


def test_grants_that_share_a_counter_share_its_calls() -> None:
    dear = {**PAY, "params": {**PAY["params"], "amount": {"max": 80, "money": True}}}
    assert of(PAY, dear)[0] == 240
    assert of(PAY, {**dear, "action": "give"})[0] == 150 + 240


def test_every_scope_of_a_path_binds() -> None:
    narrow = {"grant": [{**PAY, "params": {"to": ["a"], "amount": {"max": 5, "money": True}}}]}
    harm = worst([narrow, {"grant": [PAY]}], alone=True)
    assert (harm.total, harm.recipients) == (15, "1")


def test_removals_and_patterns_are_told() -> None:
    remove = {"action": "remove_user", "params": {"user": {"glob": "x*"}}, "limits": [{"rate": 2, "per": "1d"}]}
    assert of(remove) == (0, "any glob x*", 2)


def test_looking_reaches_nobody_but_by_an_address_on_the_web() -> None:
    assert of({"action": "read_inbox", "params": {"user": {"length": {"max": 5}}}})[1] == "0"
    assert of({"action": "get_page", "params": {"url": {"length": {"max": 5}}}})[1] == ANYONE


def test_what_is_open_has_no_bound() -> None:
    assert of({"action": "*", "open": True}) == (float("inf"), ANYONE, float("inf"))


def test_a_list_reaches_what_its_elements_name() -> None:
    params = {"to": {"length": {"max": 5}}, "to[]": {"email": {"domains": ["acme.example", "*.acme.example"]}}}
    assert of({"action": "email.send", "params": params})[1] == "any email acme.example, *.acme.example"


def test_a_program_that_is_not_listed_reaches_anyone() -> None:
    run = {"action": "shell.run", "params": {"command": {"length": {"max": 99}}}, "approval": {"of": ["me"], "unless": {"command": ["make"]}}}
    assert (of(run)[1], of(run, alone=False)[1]) == ("0", ANYONE)


def test_removals_are_told_by_any_part_of_an_action() -> None:
    assert of({"action": "files.delete", "limits": [{"rate": 20, "per": "1h"}]})[2] == 480
