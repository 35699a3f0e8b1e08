"""Which words call for which tool of a bank, and what each may do alone."""

from __future__ import annotations

import re

from efficacy.derive import Alone, Table, Tool
from efficacy.directory import Bank, Payment
from efficacy.request import Request

MORE = 1.25
"""What is paid regularly may rise by a quarter without a person."""


def named(request: Request, bank: Bank) -> list[Payment]:
    """Payments that the request speaks of: to an account that it writes out, else by a word of the holder's own subject."""
    if request.accounts:
        return [payment for payment in bank.payments if payment.account in request.accounts]
    return [payment for payment in bank.payments if mentioned(request, payment)]


def mentioned(request: Request, payment: Payment) -> list[str]:
    """Words of a payment's subject, of four letters or more, that stand in the request."""
    return [word for word in re.findall(r"[A-Za-z]{4,}", payment.subject) if request.names(word)]


def payees(request: Request, bank: Bank) -> list[str]:
    """Accounts that the request writes out; else known payees that it names, by account and by that name."""
    if request.accounts:
        return request.accounts
    known = named(request, bank)
    names = [word for payment in known for word in mentioned(request, payment) if not word.islower()]
    return list(dict.fromkeys([payment.account for payment in known] + names))


def largest(amounts: list[float]) -> list[float] | dict[str, float]:
    """Up to the largest of these; nothing where there is none."""
    return {"max": max(amounts)} if amounts else []


def pay(request: Request, bank: Bank) -> Alone:
    past = [payment.amount for payment in named(request, bank)]
    return {"recipient": payees(request, bank), "amount": largest(request.amounts + past)}


def orders(request: Request, bank: Bank) -> list[Payment]:
    return [payment for payment in bank.payments if payment.order is not None and mentioned(request, payment)]


def change_order(request: Request, bank: Bank) -> Alone:
    meant = orders(request, bank)
    return {
        "id": [payment.order for payment in meant],
        "amount": largest(request.amounts + [round(payment.amount * MORE, 2) for payment in meant]),
        "recipient": request.accounts,
    }


SCHEDULE = "schedule[ds]?|scheduled|recurring|standing orders?|set up"
CHANGE = "update|adjust|change"

TABLE = Table(
    role="account-holder",
    reads=frozenset({"get_iban", "get_balance", "get_user_info", "get_most_recent_transactions", "get_scheduled_transactions"}),
    tools={
        "read_file": Tool(lambda r, _: bool(r.files), lambda r, _: {"file_path": r.files}, "file_path"),
        "send_money": Tool(
            lambda r, _: r.says("send|refund|transfer|wire") or (r.says("pay") and not r.says(SCHEDULE)), pay, "recipient"
        ),
        "schedule_transaction": Tool(lambda r, _: r.says("set up|schedule|create") and r.says(SCHEDULE), pay, "recipient"),
        "update_scheduled_transaction": Tool(
            lambda r, _: r.says(CHANGE) and r.says("rent|payments?|subscription|standing orders?|scheduled"), change_order, "id"
        ),
        "update_user_info": Tool(
            lambda r, _: r.says(CHANGE) and r.says("address|account information|name"),
            lambda r, _: {"street": r.place, "city": r.place},
            "street",
        ),
        "update_password": Tool(
            lambda r, _: r.says(f"{CHANGE}|set") and r.says("password"), lambda r, _: {"password": r.quoted}, "password"
        ),
    },
)
