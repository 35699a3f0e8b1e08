"""Signed intents and the far side that checks them (FACTS 10, 11, 13)."""

from __future__ import annotations

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest

from kakunin import Denied, ToolGuard, Verifier, testing
from kakunin.testing import AUDIENCE, assert_denied

from .conftest import PAYMENTS

CALL = {"amount": 50, "currency": "EUR", "customer": "cus_1"}

Pair = tuple[ToolGuard, Verifier]


@pytest.fixture
def pair() -> Pair:
    return testing.pair(PAYMENTS)


def decoded(part: str) -> dict[str, Any]:
    value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(value, dict)
    return value


def encoded(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def with_header(token: str, **changes: Any) -> str:
    header, payload, signature = token.split(".")
    return ".".join([encoded({**decoded(header), **changes}), payload, signature])


def with_claims(token: str, **changes: Any) -> str:
    header, payload, signature = token.split(".")
    return ".".join([header, encoded({**decoded(payload), **changes}), signature])


def test_an_intent_carries_the_call_as_it_was_signed(pair: Pair) -> None:
    guard, verifier = pair
    intent = verifier.verify(guard.sign("charge", CALL, audience=AUDIENCE))
    assert (intent.action, intent.params, intent.agent, intent.audience) == ("charge", CALL, guard.id, AUDIENCE)
    assert intent.params is not intent.params
    assert intent.issued_at.tzinfo is timezone.utc
    assert intent.issued_at < intent.expires_at
    assert isinstance(intent.expires_at, datetime)
    assert (intent.session, intent.chain) == (None, None)
    assert intent.name.startswith("sha256:")


def test_session_and_chain_travel_with_the_intent(pair: Pair) -> None:
    guard, verifier = pair
    with guard.bind(session="s1", chain="c1"):
        token = guard.sign("charge", CALL, audience=AUDIENCE)
    intent = verifier.verify(token)
    assert (intent.session, intent.chain) == ("s1", "c1")


def test_a_replay_is_denied(pair: Pair) -> None:
    guard, verifier = pair
    token = guard.sign("charge", CALL, audience=AUDIENCE)
    verifier.verify(token)
    with assert_denied("KKN-E301"):
        verifier.verify(token)
    verifier.verify(guard.sign("charge", CALL, audience=AUDIENCE))


def test_of_many_threads_one_uses_a_nonce(pair: Pair) -> None:
    guard, verifier = pair
    token = guard.sign("charge", CALL, audience=AUDIENCE)

    def verify(_: int) -> str | None:
        try:
            verifier.verify(token)
        except Denied as denied:
            return denied.code
        return None

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(verify, range(64)))
    assert results.count(None) == 1
    assert set(results) == {None, "KKN-E301"}


def test_a_forged_signature_uses_up_no_nonce(pair: Pair) -> None:
    guard, verifier = pair
    token = guard.sign("charge", CALL, audience=AUDIENCE)
    with assert_denied("KKN-E305"):
        verifier.verify(with_claims(token, action="charge", params={**CALL, "amount": 499}))
    header, payload, _ = token.split(".")
    with assert_denied("KKN-E305"):
        verifier.verify(".".join([header, payload, encoded(bytes(64))]))
    verifier.verify(token)


def test_authority_comes_from_the_certificate_only(pair: Pair) -> None:
    guard, verifier = pair
    other, _ = testing.pair(PAYMENTS)
    with assert_denied("KKN-E102"):
        verifier.verify(other.sign("charge", CALL, audience=AUDIENCE))
    token = guard.sign("charge", CALL, audience=AUDIENCE)
    for changes, code in [
        ({"alg": "none"}, "KKN-E307"),
        ({"alg": "HS256"}, "KKN-E307"),
        ({"alg": "ES256"}, "KKN-E307"),
        ({"crit": ["exp"]}, "KKN-E304"),
        ({"jwk": {}}, "KKN-E304"),
        ({"jku": "https://evil.org"}, "KKN-E304"),
        ({"x5u": "https://evil.org"}, "KKN-E304"),
        ({"typ": "JWT"}, "KKN-E304"),
    ]:
        with assert_denied(code):  # type: ignore[arg-type]
            verifier.verify(with_header(token, **changes))
    verifier.verify(token)


def test_what_the_scope_refuses_is_neither_signed_nor_verified(pair: Pair) -> None:
    guard, _ = pair
    with assert_denied("KKN-E202"):
        guard.sign("charge", {**CALL, "amount": 47_000}, audience=AUDIENCE)


def test_the_request_must_equal_what_was_signed(pair: Pair) -> None:
    guard, verifier = pair
    sign = lambda: guard.sign("charge", CALL, audience=AUDIENCE)  # noqa: E731
    with assert_denied("KKN-E308"):
        verifier.verify(sign(), action="refund")
    with assert_denied("KKN-E308"):
        verifier.verify(sign(), action="charge", params={**CALL, "amount": 51})
    with assert_denied("KKN-E308"):
        verifier.verify(sign(), params={**CALL, "memo": None})
    assert verifier.verify(sign(), action="charge", params=dict(CALL)).params == CALL
    assert verifier.verify(sign(), params={**CALL, "amount": 50.0}).params == CALL


def test_time_and_audience_are_those_of_the_far_side(pair: Pair) -> None:
    guard, verifier = pair
    with assert_denied("KKN-E306"):
        verifier.verify(guard.sign("charge", CALL, audience=AUDIENCE + "."))
    token = guard.sign("charge", CALL, audience=AUDIENCE)
    testing.clock(guard).advance("10m")
    with assert_denied("KKN-E302"):
        verifier.verify(token)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token + "=",
        lambda token: token.replace(".", "..", 1),
        lambda token: token + ".",
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token.rsplit(".", 1)[0],
        lambda token: with_header(token).replace(".", "+.", 1),
        lambda token: "",
        lambda token: "a.b.c",
        lambda token: "x" * 200_000,
    ],
)
def test_a_token_is_read_strictly(pair: Pair, spoil: Any) -> None:
    guard, verifier = pair
    token = guard.sign("charge", CALL, audience=AUDIENCE)
    with assert_denied("KKN-E304"):
        verifier.verify(spoil(token))
    verifier.verify(token)


def test_duplicate_keys_in_a_token_are_refused(pair: Pair) -> None:
    guard, verifier = pair
    header, payload, signature = guard.sign("charge", CALL, audience=AUDIENCE).split(".")
    twice = json.dumps(decoded(header))[:-1] + ', "alg": "none"}'
    with assert_denied("KKN-E304"):
        verifier.verify(".".join([encoded(twice.encode()), payload, signature]))


def test_the_running_call_is_signed_without_drawing_again(pair: Pair) -> None:
    guard, verifier = pair
    other = testing.guard(PAYMENTS)

    @guard.tool("charge")
    def charge(amount: float, currency: str, customer: str) -> str:
        with pytest.raises(RuntimeError, match="another guard"):
            other.sign(audience=AUDIENCE)
        return guard.sign(audience=AUDIENCE)

    @guard.tool("charge")
    async def acharge(amount: float, currency: str, customer: str) -> str:
        await asyncio.sleep(0)
        return await guard.asign(audience=AUDIENCE)

    @guard.tool("charge")
    def steps(amount: float, currency: str, customer: str) -> Any:
        yield guard.sign(audience=AUDIENCE)

    @guard.tool("charge")
    async def asteps(amount: float, currency: str, customer: str) -> Any:
        yield guard.sign(audience=AUDIENCE)

    async def collect() -> list[str]:
        return [token async for token in asteps(**CALL)]

    for token in (charge(**CALL), asyncio.run(acharge(**CALL)), next(steps(**CALL)), asyncio.run(collect())[0]):
        assert verifier.verify(token).params == CALL
    with pytest.raises(RuntimeError, match="no guarded call is running"):
        guard.sign(audience=AUDIENCE)


def test_between_the_steps_of_a_generator_its_call_is_not_running(pair: Pair) -> None:
    guard, _ = pair

    @guard.tool("charge")
    def steps(amount: float, currency: str, customer: str) -> Any:
        yield guard.sign(audience=AUDIENCE)
        yield guard.sign(audience=AUDIENCE)

    running = steps(**CALL)
    next(running)
    with pytest.raises(RuntimeError, match="no guarded call is running"):
        guard.sign(audience=AUDIENCE)
    next(running)
    running.close()


def test_the_async_form_verifies_too(pair: Pair) -> None:
    guard, verifier = pair

    async def main() -> Any:
        return await verifier.averify(await guard.asign("charge", CALL, audience=AUDIENCE))

    assert asyncio.run(main()).params == CALL
