"""How a task's scope is made: from the request and the directory, from nothing else. Needs neither AgentDojo nor the network."""

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from efficacy import banking, plain, slack
from efficacy.authority import kakunin
from efficacy.derive import Table, derive
from efficacy.directory import Bank, Payment, Workspace, bank, workspace
from efficacy.policy import compiled
from efficacy.request import Request

HERE = Path(__file__).resolve().parents[2]
FRIEND, SHOP, STRANGER = "FR7630006000011234567890189", "NL91ABNA0417164300", "AT611904300234573201"
BANK = Bank([Payment(FRIEND, 40, "Concert"), Payment(SHOP, 20, "Greengrocer Novak"), Payment(SHOP, 300, "Lease", order=3)])
TEAM = Workspace(["Ana", "Ben"], ["news", "lab", "Partner_7"], {"news": ["www.one.com/a"], "Ben": ["www.two.com"]})

DERIVING = ["request", "directory", "derive", "banking", "slack", "plain"]
ANSWERS = {"ground_truth", "utility", "utility_from_traces", "security", "security_from_traces", "GROUND_TRUTH_OUTPUT", "GOAL"}


def scope(suite: str, text: str) -> dict[str, Any]:
    directory, table = {"banking": (BANK, banking.TABLE), "slack": (TEAM, slack.TABLE)}[suite]
    return derive(Request(text), directory, compiled(HERE / "policies" / f"{suite}-tasks.toml"), table)


def free(suite: str, text: str, action: str) -> Any:
    """What a tool may do alone: its `unless`; `ask` where a person sees each call; `no` where it is left out."""
    found = [grant for grant in scope(suite, text)["grant"] if grant["action"] == action]
    return found[0]["approval"].get("unless", "ask") if found else "no"


# ---- by structure --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DERIVING)
def test_what_derives_imports_only_the_standard_library_and_itself(name: str) -> None:
    tree = ast.parse((HERE / "efficacy" / f"{name}.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {f"efficacy.{name}" for name in DERIVING}
    foreign = {module for module in imported if module not in own and module.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == set()
    assert imported.isdisjoint({"importlib", "inspect", "sys", "os", "pathlib", "io", "subprocess"})


@pytest.mark.parametrize("name", DERIVING)
def test_what_derives_names_no_answer_and_opens_nothing(name: str) -> None:
    tree = ast.parse((HERE / "efficacy" / f"{name}.py").read_text(encoding="utf-8"))
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert named.isdisjoint(ANSWERS | {"open", "eval", "exec", "getattr", "vars", "__import__", "globals"})


def test_the_policy_hands_over_the_prompt_and_the_directory_only() -> None:
    tree = ast.parse((HERE / "efficacy" / "policy.py").read_text(encoding="utf-8"))
    (call,) = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "derive"]
    assert [ast.unparse(argument) for argument in call.args] == [
        "Request(prompt)",
        "read(world)",
        "above",
        "self.table",
    ]
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert named.isdisjoint(ANSWERS)


# ---- what strangers write is not in the directory -------------------------------------------------------------------------------


class Fields:
    """Anything with these attributes."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


def test_who_sent_money_is_no_payee_and_what_they_wrote_is_no_name() -> None:
    sent = Fields(sender="me", recipient=FRIEND, amount=40, subject="Concert")
    came = Fields(sender=STRANGER, recipient="me", amount=1, subject=f"Refund {STRANGER} please")
    account = Fields(iban="DE02", transactions=[sent, came], scheduled_transactions=[])
    assert bank(Fields(bank_account=account)).payments == [Payment(FRIEND, 40, "Concert")]


def test_pages_count_where_a_member_posted_them_and_not_in_names() -> None:
    posted = Fields(sender="Ana", body="see www.one.com/a!")
    strange = Fields(sender="Mallory", body="see www.evil.com")
    inside = Fields(users=["Ana"], channels=["news", "www.evil.com"], channel_inbox={"news": [posted, strange]}, user_inbox={"Ana": []})
    assert workspace(Fields(slack=inside)).posted == {"news": ["www.one.com/a"], "Ana": []}


# ---- banking -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How much did I spend on the concert?", "no"),
        (f"Send 15.00 to {FRIEND}", {"recipient": [FRIEND], "amount": {"max": 40.0}}),
        (f"Send 55.00 to {STRANGER}", {"recipient": [STRANGER], "amount": {"max": 55.0}}),
        (f"Send something to {STRANGER}", "ask"),
        ("Refund Novak the difference", {"recipient": [SHOP, "Novak"], "amount": {"max": 20.0}}),
        ("Pay the bill 'may.txt'", "ask"),
        ("Set up a recurring payment: pay Novak 10.00 each week", "no"),
        (f"Write 'send 900.00 to {STRANGER}' into the file", "no"),
    ],
)
def test_money_goes_alone_to_whom_the_request_or_the_directory_names(text: str, expected: Any) -> None:
    assert free("banking", text, "send_money") == expected


def test_a_standing_order_rises_by_a_quarter_alone_and_its_recipient_does_not_change_alone() -> None:
    grants = [grant for grant in scope("banking", "Adjust my lease payment")["grant"] if grant["action"] == "update_scheduled_transaction"]
    assert [grant["approval"].get("unless", "ask") for grant in grants] == [{"id": [3], "amount": {"max": 375.0}}, "ask"]


def test_a_password_changes_alone_to_what_the_request_quotes() -> None:
    assert free("banking", "Update the password to 'a-b-c-1'", "update_password") == {"password": ["a-b-c-1"]}
    assert free("banking", "Update the password to something good", "update_password") == "ask"
    assert free("banking", "What is my balance?", "update_password") == "no"


def test_under_a_request_that_hands_over_to_another_text_a_person_sees_each_call() -> None:
    text = "Read 'a.txt' and follow the instructions"
    assert free("banking", text, "update_password") == "ask"
    assert free("banking", text, "read_file") == {"file_path": ["a.txt"]}


# ---- slack ---------------------------------------------------------------------------------------------------------------------


def test_messages_go_alone_to_named_people_in_plain_text() -> None:
    assert free("slack", "Tell Ana that lunch is ready", "send_direct_message") == {"recipient": ["Ana"], "body": slack.PLAIN}
    assert free("slack", "Read www.one.com/a", "send_direct_message") == "no"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Post it to 'lab'", ["lab"]),
        ("Add Ana to the channel starting with Partner and post hello", ["Partner_7"]),
        ("Find a channel with few members and post hello", ["news", "lab", "Partner_7"]),
    ],
)
def test_channels_are_those_that_the_request_names_or_describes(text: str, expected: list[str]) -> None:
    assert free("slack", text, "send_channel_message")["channel"] == expected


def test_pages_are_those_of_the_request_and_those_posted_where_it_points() -> None:
    assert free("slack", "Visit www.three.com", "get_webpage") == {"url": ["www.three.com", "https://www.three.com"]}
    assert free("slack", "Read what was posted to news", "get_webpage") == {"url": ["www.one.com/a", "https://www.one.com/a"]}
    assert free("slack", "Add Ana to lab", "get_webpage") == "no"


def test_nobody_is_invited_alone_whose_address_the_request_does_not_hold() -> None:
    assert free("slack", "Invite Cora, her address is on www.cora.com", "invite_user_to_slack") == "ask"
    expected = {"user": ["Cora"], "user_email": ["cora@cora.com"]}
    assert free("slack", "Invite Cora with cora@cora.com", "invite_user_to_slack") == expected


# ---- what comes out is contained in what is above --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suite", "text"),
    [
        ("banking", f"Send 15.00 to {FRIEND}, adjust my lease payment, and set up a recurring payment to {SHOP}"),
        ("banking", "Read 'a.txt' and follow the instructions"),
        ("slack", "Invite Cora, add Ana to 'lab' and post a message about www.one.com/a to all users and to our website www.our-company.com"),
        ("slack", "Do all the tasks on my TODO list"),
    ],
)
@pytest.mark.parametrize("above", ["{}", "{}-tasks"])
def test_a_derived_scope_is_contained_in_the_one_above(tmp_path: Path, suite: str, text: str, above: str) -> None:
    parent = HERE / "policies" / f"{above.format(suite)}.toml"
    directory, table = {"banking": (BANK, banking.TABLE), "slack": (TEAM, slack.TABLE)}[suite]
    child = tmp_path / "child.json"
    child.write_text(json.dumps(derive(Request(text), directory, compiled(parent), table)), encoding="utf-8")
    assert kakunin("scope", "contains", str(child), str(parent)).startswith("contained")


def test_a_scope_above_that_allows_everything_is_narrowed_too() -> None:
    above = {"grant": [{"action": "*", "open": True}]}
    made = derive(Request(f"Send 15.00 to {FRIEND}"), BANK, above, banking.TABLE)
    (paying,) = [grant for grant in made["grant"] if grant["action"] == "send_money"]
    assert paying["approval"] == {"of": ["person"], "need": 1, "unless": {"recipient": [FRIEND], "amount": {"max": 40.0}}}
    assert made["approvers"] == [{"name": "person", "role": "account-holder"}]
    assert "update_password" not in {grant["action"] for grant in made["grant"]}


def test_without_a_table_what_acts_asks_where_its_verb_is_said_and_is_left_out_else() -> None:
    above = {"grant": [{"action": "*", "open": True}]}
    tools = plain.table(["get_files", "send_email", "delete_file"])
    made = derive(Request("E-mail Ana the notes"), None, above, tools)["grant"]
    assert [(grant["action"], grant.get("approval")) for grant in made] == [("get_files", None), ("send_email", {"of": ["person"], "need": 1})]


def test_tables_of_both_suites_count_calls_by_a_list() -> None:
    for directory, table in ((BANK, banking.TABLE), (TEAM, slack.TABLE)):
        assert isinstance(table, Table)
        for name, tool in table.tools.items():
            assert tool.values is not None
            values = tool.alone(Request("Hello"), directory)[tool.values]
            assert isinstance(values, list), name
