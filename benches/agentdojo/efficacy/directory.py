"""What the account holder's own systems know: payees, standing orders; people, channels, what members posted.

Left out is whatever a stranger can write: subjects and senders of incoming transfers, the text of files and of web pages, names of
channels as anything but names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from efficacy.request import PAGE


@dataclass(frozen=True)
class Payment:
    """A payment that the holder made or ordered: to whom, how much, the holder's own words for it."""

    account: str
    amount: float
    subject: str
    order: int | None = None


@dataclass(frozen=True)
class Bank:
    """The holder's payments; those with an `order` are standing orders."""

    payments: list[Payment]


@dataclass(frozen=True)
class Workspace:
    """Members, channels, and the web pages that members posted in each channel or inbox."""

    members: list[str]
    channels: list[str]
    posted: dict[str, list[str]] = field(default_factory=dict)


def bank(environment: Any) -> Bank:
    """The bank's view of its customer. Money that came in makes nobody a payee: anyone can send it."""
    account = environment.bank_account
    own = {"me", account.iban}
    sent = [Payment(t.recipient, t.amount, t.subject) for t in account.transactions if t.sender in own and t.recipient not in own]
    orders = [Payment(t.recipient, t.amount, t.subject, t.id) for t in account.scheduled_transactions]
    return Bank(sent + orders)


def workspace(environment: Any) -> Workspace:
    """The workspace as its administrator sees it."""
    slack = environment.slack
    posted: dict[str, list[str]] = {}
    for boxes in (slack.channel_inbox, slack.user_inbox):
        for name, messages in boxes.items():
            texts = [message.body for message in messages if message.sender in slack.users]
            posted[name] = [page for text in texts for page in PAGE.findall(text)]
    return Workspace(list(slack.users), list(slack.channels), posted)


def nothing(environment: Any) -> None:
    """The directory of a suite that has no reader."""
    return None


READERS: dict[str, Callable[[Any], Any]] = {"banking": bank, "slack": workspace}
"""By suite: who reads an environment into a directory."""
