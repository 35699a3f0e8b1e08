"""Read by mypy, never run: each `type: ignore` is a mistake that the types must find."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from typing_extensions import assert_type

from kakunin import BoundGuard, Code, Decision, Denied, ToolGuard, VerifiedIntent, Verifier, testing

guard = ToolGuard(certificate="a.pem", trust=["b.pem", b""])
ToolGuard(certificat="a.pem")  # type: ignore[call-arg]
ToolGuard(mode="watch")  # type: ignore[arg-type]


@guard.tool("pay")
def pay(amount: float, to: str = "x") -> int:
    return 1


@guard.tool("pay")
async def apay(amount: float) -> int:
    return 1


@guard.tool("pay")
def steps(amount: float) -> Iterator[int]:
    yield 1


@guard.verify_scope("pay")
async def asteps(amount: float) -> AsyncIterator[int]:
    yield 1


assert_type(pay(1.0, to="y"), int)
pay("1")  # type: ignore[arg-type]
pay(1, "x", 3)  # type: ignore[call-arg]
assert_type(steps(1), Iterator[int])
assert_type(asteps(1), AsyncIterator[int])


async def main() -> None:
    assert_type(await apay(1), int)
    assert_type(await guard.acheck("pay", {}), Decision)
    assert_type(await guard.asign(audience="a"), str)


class Client:
    def pay(self, amount: float) -> int:
        return 1


assert_type(guard.wrap_methods(Client(), actions={"pay": "pay"}), Client)
assert_type(guard.wrap_methods(Client, actions={"pay": "pay"})().pay(1), int)
assert_type(guard.check("pay", {"amount": 1}).code, "Code | None")
assert_type(guard.sign("pay", {}, audience="a"), str)
guard.sign("pay", audience="a")  # type: ignore[call-overload]
with guard.bind(session="s") as bound:
    assert_type(bound, BoundGuard)
assert_type(Verifier(trust="a").verify("t").params, dict[str, Any])
assert_type(Verifier(trust="a").verify("t"), VerifiedIntent)


def handle(denied: Denied) -> Code:
    if denied.code == "KKN-E999":  # type: ignore[comparison-overlap]
        raise AssertionError
    return denied.code


with testing.assert_denied("KKN-E202") as refusal:
    assert_type(refusal.denied, Denied)
testing.assert_denied("E202")  # type: ignore[arg-type]
