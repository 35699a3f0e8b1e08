"""What docs/hard-cases.md lists and no other file of tests shows in Python."""

from __future__ import annotations

import itertools
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from kakunin import testing
from kakunin.testing import assert_denied


DAY = {"budget": "amount", "max": 5, "per": "1d"}
ODD_ADDRESSES = (
    "192.0.2.01",
    "192.0.2",
    "0xc0000201",
    "3221225985",
    "192.0.2.1\n",
    "192.0.2.1/32",
    "::ffff:192.0.2.1",
    "2001:DB8::1",
    "2001:db8:0::1",
    "2001:db8::1%eth0",
    "[2001:db8::1]",
)


def text_guard(**constraint: Any) -> Any:
    return testing.guard({"grant": [{"action": "go", "params": {"to": constraint}}]})


def test_fact_03_a_day_is_a_window_that_slides_over_midnight() -> None:
    guard = testing.guard({"grant": [{"action": "pay", "params": {"amount": {"max": 5}}, "limits": [DAY]}]})
    guard.authorize("pay", {"amount": 5})
    for _ in range(23):
        testing.clock(guard).advance("1h")
        with assert_denied("KKN-E209"):
            guard.authorize("pay", {"amount": 1})
    testing.clock(guard).advance("1h")
    guard.authorize("pay", {"amount": 5})


def test_fact_05_nulls_are_judged_wherever_they_stand() -> None:
    params = {"one": {"type": "string"}, "many[]": {"type": "string"}, "deep.x": {"type": "string", "optional": True}}
    guard = testing.guard({"grant": [{"action": "go", "params": params}]})
    guard.authorize("go", {"one": "a", "many": ["a"], "deep": None})
    changes: list[tuple[dict[str, Any], str]] = [
        ({"one": None}, "KKN-E205"),
        ({"many": None}, "KKN-E205"),
        ({"many": ["a", None]}, "KKN-E207"),
        ({"deep": [None]}, "KKN-E207"),
        ({"deep": {"y": None}}, "KKN-E206"),
        ({"more": None}, "KKN-E206"),
    ]
    for change, code in changes:
        assert guard.check("go", {"one": "a", "many": ["a"], **change}).code == code, change


def test_fact_14_a_regex_matches_the_whole_text() -> None:
    guard = text_guard(regex="cus_[0-9]+|none")
    for text in ("cus_1", "none"):
        guard.authorize("go", {"to": text})
    for text in ("cus_1\n", "\ncus_1", "x cus_1", "cus_1 or else", "cus_", "cus_\u0661", "nonenone", "xnone", ""):
        with assert_denied("KKN-E204"):
            guard.authorize("go", {"to": text})


def test_fact_14_a_dot_in_a_regex_crosses_no_line() -> None:
    guard = text_guard(regex="a.*b")
    guard.authorize("go", {"to": "a b"})
    for text in ("a\nb", "a\rb"):
        with assert_denied("KKN-E204"):
            guard.authorize("go", {"to": text})


def test_fact_14_an_address_has_one_form() -> None:
    guard = text_guard(net=["192.0.2.0/24", "2001:db8::/32"])
    for text in ("192.0.2.1", "2001:db8::1"):
        guard.authorize("go", {"to": text})
    for text in ("192.0.3.0", "2001:db9::1"):
        with assert_denied("KKN-E203"):
            guard.authorize("go", {"to": text})
    for text in ODD_ADDRESSES:
        with assert_denied("KKN-E207"):
            guard.authorize("go", {"to": text})


def test_fact_14_a_link_is_judged_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to("/etc")
    guard = text_guard(path=f"{tmp_path}/inside")
    guard.authorize("go", {"to": f"{tmp_path}/inside/link"})
    with assert_denied("KKN-E204"):
        guard.authorize("go", {"to": "/etc"})


def test_fact_15_no_clock_limits_a_decision() -> None:
    """However busy the machine is, an honest call passes; one that takes long is decided, not cut off."""
    guard = text_guard(glob="*a" * 40)
    stop = threading.Event()
    busy = [threading.Thread(target=lambda: any(stop.is_set() for _ in itertools.count())) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.05)
    try:
        for thread in busy:
            thread.start()
        for _ in range(5):
            guard.authorize("go", {"to": "a" * 60_000})
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        for thread in busy:
            thread.join()


@pytest.mark.parametrize("regex", ["(a*)*b", "(a|a)*b", "(a?){60}a{60}", "([a-z]*[a-z]*)*!"])
def test_fact_15_no_text_makes_a_decision_explode(regex: str) -> None:
    guard = text_guard(regex=regex)
    with assert_denied("KKN-E204"):
        guard.authorize("go", {"to": "a" * 50_000 + "?"})
