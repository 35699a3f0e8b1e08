"""Request, wait, use: what a call asks for, the people who approve it, and that an approval is used once."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from kakunin import Denied, ToolGuard, Verifier, testing

SCOPE = """
approvers = [{ name = "finance", role = "finance" }]
[[grant]]
action = "pay"
approval = { of = ["finance"], need = 2, unless = { amount = { max = 100 } } }
params.amount = { max = 9000 }
"""


class Office:
    """A CA, two people of finance, and the agent `payer`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "payer.toml").write_text(SCOPE)
        self.run("init")
        self.run("issue", "--approver", "finance:alice")
        self.run("issue", "--approver", "finance:bob")
        self.run("issue", "payer", "--scope", "payer.toml")

    def run(self, *arguments: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KAKUNIN")}
        command = [sys.executable, "-m", "kakunin", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def approve(self, request: dict[str, object] | None, *people: str) -> list[str]:
        (self.folder / "request.json").write_text(json.dumps(request))
        pems = [f"pki/{person}.pem" for person in people or ("alice", "bob")]
        return [self.run("approve", "request.json", "--yes", "--certificate", pem) for pem in pems]

    def guard(self, **options: object) -> ToolGuard:
        pki = self.folder / "pki"
        options = {"signer": f"file:{pki / 'payer.key'}", "record": "none", **options}
        return ToolGuard(certificate=str(pki / "payer.pem"), trust=str(pki / "root.pem"), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def refused(guard: ToolGuard, amount: int) -> Denied:
    with pytest.raises(Denied) as caught:
        guard.authorize("pay", {"amount": amount})
    return caught.value


def test_a_call_is_asked_for_approved_and_made_once(office: Office) -> None:
    guard = office.guard(audience="payer")
    ran = []

    @guard.tool("pay")
    def pay(amount: int) -> int:
        ran.append(amount)
        return amount

    assert pay(100) == 100
    with pytest.raises(Denied) as caught:
        pay(5000)
    denied = caught.value
    assert (denied.code, ran) == ("KKN-E212", [100])
    assert "5000" not in str(denied) and "finance" not in str(denied)
    request = denied.approval
    assert request is not None
    assert (request["action"], request["params"], request["aud"]) == ("pay", {"amount": 5000}, "payer")
    assert request["needs"] == [{"need": 2, "of": ["finance"]}]
    assert pickle.loads(pickle.dumps(denied)).approval == request
    assert guard.check("pay", {"amount": 5000}).approval == request
    approvals = office.approve(request)
    with guard.bind(approvals=approvals[:1]) as one:
        assert refused(one, 5000).code == "KKN-E212"
    with guard.bind(approvals=approvals):
        with pytest.raises(Denied) as other:
            pay(5001)
        assert (other.value.code, other.value.details["rule"]) == ("KKN-E213", "approval-digest")
        assert pay(5000) == 5000
        with pytest.raises(Denied) as again:
            pay(5000)
        assert (again.value.code, again.value.details["rule"]) == ("KKN-E213", "approval-used")
    assert ran == [100, 5000]


def test_a_call_without_want_of_approvals_carries_no_request(office: Office) -> None:
    assert refused(office.guard(), 9001).approval is None


def test_bindings_add_approvals_to_those_bound_already(office: Office) -> None:
    guard = office.guard()
    first, second = office.approve(refused(guard, 700).approval)
    guard.bind(approvals=[first]).bind(approvals=[second]).authorize("pay", {"amount": 700})
    with pytest.raises(TypeError):
        guard.bind(approvals=first)
    with pytest.raises(Denied) as caught:
        guard.bind(approvals=["x"] * 17)
    assert caught.value.code == "KKN-E504"


def test_a_callback_is_asked_once_and_the_same_copy_is_judged_again(office: Office) -> None:
    asked = []

    def ask(request: dict[str, object]) -> list[str]:
        asked.append(request)
        arguments["amount"] = 8000  # the copy was taken before
        return office.approve(request)

    guard = office.guard(on_approval=ask)

    @guard.tool("pay")
    def pay(amount: int) -> int:
        return amount

    arguments = {"amount": 0}
    assert pay(4000) == 4000
    arguments["amount"] = 4001
    guard.authorize("pay", arguments)
    arguments["amount"] = 4002
    assert guard.check("pay", arguments).allowed
    assert guard.bind(session="s").check("pay", {"amount": 4003}).allowed
    assert [request["params"] for request in asked] == [{"amount": 4000 + n} for n in range(4)]
    assert asked[3]["session"] == "s"
    assert pay(50) == 50 and len(asked) == 4


@pytest.mark.parametrize("answer", [None, [], ["x"], "x"])
def test_without_a_good_answer_the_tool_does_not_run(office: Office, answer: object) -> None:
    guard = office.guard(on_approval=lambda request: answer)
    assert refused(guard, 6000).code == ("KKN-E213" if answer else "KKN-E212")


def test_an_asynchronous_callback_is_waited_for(office: Office) -> None:
    asked = []

    async def ask(request: dict[str, object]) -> list[str]:
        await asyncio.sleep(0.01)
        asked.append(request["params"])
        return office.approve(request)

    guard = office.guard(on_approval=ask)

    @guard.tool("pay")
    async def pay(amount: int) -> int:
        return amount

    async def main() -> None:
        assert await pay(3000) == 3000
        await guard.aauthorize("pay", {"amount": 3001})
        assert (await guard.acheck("pay", {"amount": 3002})).allowed
        assert await guard.asign("pay", {"amount": 3003}, audience="far")

    asyncio.run(main())
    assert asked == [{"amount": 3000 + n} for n in range(4)]
    with pytest.raises(TypeError, match="asynchronous"):
        guard.check("pay", {"amount": 3004})


def test_what_a_callback_raises_is_raised_and_nothing_runs(office: Office) -> None:
    def ask(request: dict[str, object]) -> None:
        raise TimeoutError("nobody answered")

    guard = office.guard(on_approval=ask)
    with pytest.raises(TimeoutError):
        guard.authorize("pay", {"amount": 6000})
    with pytest.raises(TypeError):
        ToolGuard(certificate="x", trust="y", on_approval="ask")  # type: ignore[arg-type]


def test_an_intent_carries_its_approvals_to_the_far_side(office: Office) -> None:
    guard = office.guard()
    verifier = Verifier(trust=str(office.folder / "pki/root.pem"), audience="far", record="none")
    with pytest.raises(Denied) as caught:
        guard.sign("pay", {"amount": 2000}, audience="far")
    request = caught.value.approval
    assert request is not None and request["aud"] == "far"
    approvals = office.approve(request)
    token = guard.bind(approvals=approvals).sign("pay", {"amount": 2000}, audience="far")
    assert verifier.verify(token).params == {"amount": 2000}
    again = guard.bind(approvals=approvals).sign("pay", {"amount": 2000}, audience="far")
    with pytest.raises(Denied) as used:
        verifier.verify(again)
    assert (used.value.code, used.value.details["rule"]) == ("KKN-E213", "approval-used")
    bare = office.run("sign", "pay", '{"amount":2000}', "--certificate", "pki/payer.pem", "--audience", "far")
    with pytest.raises(Denied) as wanting:
        verifier.verify(bare)
    assert (wanting.value.code, wanting.value.approval) == ("KKN-E212", request)


def test_guards_for_tests_ask_too() -> None:
    asked: list[dict[str, object]] = []
    guard = testing.guard(SCOPE, on_approval=asked.append)
    with testing.assert_denied("KKN-E212"):
        guard.authorize("pay", {"amount": 101})
    assert asked[0]["digest"]
