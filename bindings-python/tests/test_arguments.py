"""Every way in which Python passes an argument, and every value that is none (FACTS 1, 2, 5)."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
from collections import OrderedDict, UserDict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from kakunin import Denied, ToolGuard, testing
from kakunin.testing import assert_denied

PAY = {"grant": [{"action": "pay", "params": {"amount": {"max": 500}, "to": {"glob": "cus_*", "optional": True}}}]}
OPEN = {"grant": [{"action": "any", "open": True}]}


def pay_guard() -> ToolGuard:
    return testing.guard(PAY)


def recorded(guard: ToolGuard, action: str, function: Any, **options: Any) -> tuple[Any, list[Any]]:
    calls: list[Any] = []
    return guard.wrap(action, function(calls), **options), calls


@pytest.mark.parametrize("form", ["positional", "keyword", "default"])
def test_an_argument_is_judged_however_it_is_given(form: str) -> None:
    guard = pay_guard()
    ran: list[Any] = []

    def pay(amount: float = 501) -> None:
        ran.append(amount)

    def pay_within(amount: float = 500) -> None:
        ran.append(amount)

    guarded, within = guard.wrap("pay", pay), guard.wrap("pay", pay_within)
    with assert_denied("KKN-E204"):
        {"positional": lambda: guarded(501), "keyword": lambda: guarded(amount=501), "default": guarded}[form]()
    assert ran == []
    {"positional": lambda: within(500), "keyword": lambda: within(amount=500), "default": within}[form]()
    assert ran == [500]


def test_surplus_keywords_are_judged_as_parameters_of_their_own() -> None:
    guard = pay_guard()
    ran: list[Any] = []

    @guard.tool("pay")
    def pay(amount: float, **more: Any) -> None:
        ran.append((amount, more))

    pay(1, to="cus_1")
    assert ran == [(1, {"to": "cus_1"})]
    with assert_denied("KKN-E204"):
        pay(1, to="other")
    with assert_denied("KKN-E206"):
        pay(1, memo="x")
    assert len(ran) == 1


def test_surplus_positional_arguments_are_judged_as_an_array_of_their_name() -> None:
    guard = testing.guard({"grant": [{"action": "pay", "params": {"amounts[]": {"max": 500}}}]})
    ran: list[Any] = []

    @guard.tool("pay")
    def pay(*amounts: float) -> None:
        ran.append(amounts)

    pay(1, 2)
    assert ran == [(1, 2)]
    with assert_denied("KKN-E204"):
        pay(1, 501)
    with assert_denied("KKN-E207"):
        pay(1, None)  # type: ignore[arg-type]


def test_a_surplus_keyword_cannot_stand_in_for_a_judged_name() -> None:
    guard = testing.guard(OPEN)

    @guard.tool("any")
    def any_(amount: float, /, *args: float, **more: Any) -> None: ...

    any_(1, 2, x=3)
    for more in ({"amount": 3}, {"args": []}):
        with assert_denied("KKN-E207") as refusal:
            any_(1, 2, **more)
        assert refusal.denied.details["rule"] == "json-duplicate-key"


def test_methods_are_judged_without_their_receiver() -> None:
    guard = pay_guard()

    class Payments:
        ran: list[Any] = []

        @guard.tool("pay")
        def pay(self, amount: float) -> None:
            assert isinstance(self, Payments)
            self.ran.append(amount)

        @classmethod
        @guard.tool("pay")
        def pay_class(cls, amount: float) -> None:
            assert cls is Payments
            cls.ran.append(amount)

        @staticmethod
        @guard.tool("pay")
        def pay_static(amount: float) -> None:
            Payments.ran.append(amount)

    payments = Payments()
    for method in (payments.pay, payments.pay_class, Payments.pay_static, guard.wrap("pay", Plain().pay)):
        method(5)
        with assert_denied("KKN-E204"):
            method(501)
    assert Payments.ran == [5, 5, 5]


class Plain:
    def pay(self, amount: float) -> None:
        """A method that is guarded from outside."""


def test_a_first_parameter_of_another_name_is_judged_even_in_a_class() -> None:
    guard = pay_guard()

    class Odd:
        @staticmethod
        @guard.tool("pay")
        def pay(amount: float) -> None: ...

        @guard.tool("pay")
        def this(this, amount: float) -> None: ...  # noqa: N805

    with assert_denied("KKN-E204"):
        Odd.pay(501)
    with assert_denied("KKN-E207"):
        Odd().this(1)


def test_a_constrained_argument_that_is_missing_is_denied() -> None:
    guard = pay_guard()
    guarded = guard.wrap("pay", lambda **arguments: None)
    with assert_denied("KKN-E205"):
        guarded(to="cus_1")
    with assert_denied("KKN-E205"):
        guarded(amount=None)
    guarded(amount=1)


def test_a_call_that_does_not_fit_the_signature_is_a_type_error() -> None:
    guard = pay_guard()

    @guard.tool("pay")
    def pay(amount: float, /, to: str = "cus_1", *, memo: str = "") -> None: ...

    calls: list[Any] = [
        lambda: pay(),  # type: ignore[call-arg]
        lambda: pay(1, "cus_1", "x"),  # type: ignore[misc]
        lambda: pay(1, nothing=2),  # type: ignore[call-arg]
        lambda: pay(amount=1),  # type: ignore[call-arg]
        lambda: pay(1, "cus_1", to="cus_2"),  # type: ignore[misc]
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()


def test_unchecked_parameters_are_neither_judged_nor_copied() -> None:
    guard = pay_guard()
    database = {"rows": [1]}

    @guard.tool("pay", unchecked=["db"])
    def pay(db: Any, amount: float) -> Any:
        return db

    assert pay(database, 1) is database
    assert pay(db=database, amount=1) is database
    with assert_denied("KKN-E204"):
        pay(database, 501)


def test_unchecked_names_a_parameter_that_there_is() -> None:
    guard = pay_guard()

    def pay(amount: float, **more: Any) -> None: ...

    with pytest.raises(TypeError, match="`bd`, which is no parameter"):
        guard.wrap("pay", pay, unchecked=["bd"])
    with pytest.raises(TypeError, match="always judged"):
        guard.wrap("pay", pay, unchecked=["more"])


class Sly(int):
    """A number that compares as it likes."""

    def __le__(self, other: object) -> bool:
        return True

    def __index__(self) -> int:
        return 1


class SlyFloat(float):
    """What numpy's float64 is: a subclass."""


class SlyText(str):
    """A text of a class of its own."""


class Colour(str, enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


UNREADABLE = [
    math.nan,
    math.inf,
    -math.inf,
    Sly(47_000),
    SlyFloat(1.0),
    SlyText("1"),
    Colour.RED,
    Number.ONE,
    Fraction(1, 2),
    1j,
    b"1",
    bytearray(b"1"),
    {1},
    frozenset({1}),
    datetime.datetime(2026, 1, 1),
    datetime.date(2026, 1, 1),
    object(),
    OrderedDict(),
    UserDict(),
    {1: 2},
    {SlyText("a"): 1},
    {None: 1},
    "\ud800",
    {"\udfff": 1},
    Decimal("NaN"),
    Decimal("Infinity"),
    Decimal("1E+1000000"),
    Decimal("1E-1000000"),
    type("Sub", (Decimal,), {})("1"),
    range(3),
    lambda: 1,
]


@pytest.mark.parametrize("value", UNREADABLE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"k": [v]}], ids=["bare", "list", "nested"])
def test_a_value_of_no_json_type_is_denied_and_named(value: Any, wrap: Any) -> None:
    guard = testing.guard(OPEN)
    ran: list[Any] = []

    @guard.tool("any")
    def any_(what: Any) -> None:
        ran.append(what)

    with assert_denied("KKN-E207") as refusal:
        any_(wrap(value))
    assert ran == []
    assert refusal.denied.details["parameter"].startswith("what")


def test_a_true_is_no_number_and_a_text_of_digits_is_its_number() -> None:
    guard = pay_guard()

    @guard.tool("pay")
    def pay(amount: Any) -> Any:
        return amount

    for amount in (True, False, "x", "1e2", " 1", [1], {}):
        with assert_denied("KKN-E207"):
            pay(amount)
    for amount in ("10000", 501, 500.01, Decimal("500.01"), -0.01 + 501):
        with assert_denied("KKN-E204"):
            pay(amount)
    assert pay("500") == "500"
    assert pay(-1) == -1


def test_money_is_never_negative_and_its_currency_must_match(guard: ToolGuard) -> None:
    @guard.tool("charge")
    def charge(amount: Any, currency: str, customer: str = "cus_1") -> None: ...

    charge(50, "EUR")
    with assert_denied("KKN-E202"):
        charge(-50, "EUR")
    with assert_denied("KKN-E202"):
        charge(47_000, "EUR")
    with assert_denied("KKN-E204"):
        charge(50, "USD")


def test_a_decimal_is_judged_exactly_and_reaches_the_tool_as_it_is() -> None:
    guard = pay_guard()

    @guard.tool("pay")
    def pay(amount: Decimal) -> Decimal:
        return amount

    given = Decimal("499.999999999999999999")
    assert pay(given) is given
    assert pay(Decimal("5E+2")) == 500
    assert pay(Decimal("-0")) == 0
    with decimal.localcontext() as context, assert_denied("KKN-E204"):
        context.prec = 3
        pay(Decimal("500.000000000000000001"))


def test_integers_lie_within_those_that_every_language_holds() -> None:
    guard = testing.guard(OPEN)
    any_ = guard.wrap("any", lambda n: n)
    for number in (2**53 - 1, -(2**53) + 1, float(2**53 - 1)):
        assert any_(number) == number
    for number in (2**53, 2**53 + 1, -(2**53), 10**30, float(2**53), 1e300):
        with assert_denied("KKN-E207") as refusal:
            any_(number)
        assert refusal.denied.details["rule"] == "number-beyond-integers"


def test_every_element_is_judged_nulls_included() -> None:
    guard = testing.guard({"grant": [{"action": "pay", "params": {"items[].amount": {"max": 500}}}]})

    @guard.tool("pay")
    def pay(items: Any) -> int:
        return len(items)

    assert pay([{"amount": 1}, {"amount": 500}]) == 2
    assert pay(({"amount": 1},)) == 1
    for items, code in [
        ([{"amount": 1}, {"amount": 501}], "KKN-E204"),
        ([{"amount": 1}, {"amount": None}], "KKN-E205"),
        ([{"amount": 1}, None], "KKN-E207"),
        ([{"amount": 1, "to": "x"}], "KKN-E206"),
        ([[{"amount": 1}]], "KKN-E207"),
    ]:
        with pytest.raises(Denied) as denied:
            pay(items)
        assert denied.value.code in (code, "KKN-E205", "KKN-E206", "KKN-E207")
        if code == "KKN-E204":
            assert denied.value.code == code


def test_depth_size_and_count_are_bounded() -> None:
    guard = testing.guard(OPEN)
    any_ = guard.wrap("any", lambda what: what)

    def nested(depth: int) -> Any:
        value: Any = 1
        for _ in range(depth):
            value = [value]
        return value

    assert any_(nested(31)) == nested(31)
    assert any_("x" * 60_000) == "x" * 60_000
    assert len(any_([0] * 4_000)) == 4_000
    cycle: list[Any] = []
    cycle.append(cycle)
    for value, rule in [
        (nested(32), "json-too-deep"),
        (nested(100_000), "json-too-deep"),
        (cycle, "json-too-deep"),
        ("x" * 70_000, "json-too-large"),
        (["x" * 1_000] * 70, "json-too-large"),
        ([0] * 5_000, "json-too-many-values"),
        (dict.fromkeys(map(str, range(5_000)), 0), "json-too-many-values"),
    ]:
        with assert_denied("KKN-E207") as refusal:
            any_(value)
        assert refusal.denied.details["rule"] == rule


def test_check_and_authorize_take_a_dict_and_nothing_else(guard: ToolGuard) -> None:
    good = {"amount": 50, "currency": "EUR", "customer": "cus_1"}
    assert guard.check("charge", good).allowed
    others: list[Any] = [None, [], OrderedDict(good), UserDict(good), "{}", 1]
    for other in others:
        assert guard.check("charge", other).code == "KKN-E207"
        with assert_denied("KKN-E207"):
            guard.authorize("charge", other)
