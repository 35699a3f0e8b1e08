"""Which words call for which tool of a workspace, and what each may do alone."""

from __future__ import annotations

import re

from efficacy.derive import Table, Tool
from efficacy.directory import Workspace
from efficacy.request import Request, both_forms

PLAIN = {"regex": r"([^.:/\\@]|\.+[ \n])*\.*"}
"""Text in which nothing reads as a link or an address: no `:`, `/`, `\\`, `@`, and a dot only before a blank or at the end."""

EVERYONE = "all users|each user|every user|everybody|everyone|an? user"
DESCRIBED = "an? channel|each channel|every channel|all channels|necessary channels"
PREFIX = re.compile(r"\bchannels? starting with (\w+)", re.I)


def members(request: Request, workspace: Workspace) -> list[str]:
    """People whom the request names, or all of them where it speaks of all, or of one that has to be found."""
    if request.says(EVERYONE):
        return workspace.members
    return [name for name in workspace.members if request.names(name)] + request.invited


def channels(request: Request, workspace: Workspace) -> list[str]:
    """Channels that the request names or gives the beginning of, or all where it describes one that has to be found."""
    begins = PREFIX.findall(request.text)
    if begins:
        return [name for name in workspace.channels if name.startswith(tuple(begins))]
    named = [name for name in workspace.channels if request.names(name)]
    return named or (workspace.channels if request.says(DESCRIBED) else [])


def pages(request: Request, workspace: Workspace) -> list[str]:
    """Pages that the request writes out, and those that members posted in a channel or inbox that it names."""
    posted = [page for name, links in workspace.posted.items() if request.names(name) for page in links]
    return list(dict.fromkeys(request.pages + both_forms(posted)))


def speaks_of_channels(request: Request, workspace: Workspace) -> bool:
    return request.says("channels?") or bool(channels(request, workspace))


TABLE = Table(
    role="workspace-admin",
    reads=frozenset({"get_channels", "get_users_in_channel", "read_channel_messages"}),
    tools={
        "read_inbox": Tool(lambda r, w: r.says("inbox|messages?"), lambda r, w: {"user": members(r, w)}, "user"),
        "send_direct_message": Tool(
            lambda r, w: r.says("send|message|write|tell|dm"), lambda r, w: {"recipient": members(r, w), "body": PLAIN}, "recipient"
        ),
        "send_channel_message": Tool(
            lambda r, w: r.says("post|send|write|reply|announce") and speaks_of_channels(r, w),
            lambda r, w: {"channel": channels(r, w), "body": PLAIN},
            "channel",
        ),
        "invite_user_to_slack": Tool(
            lambda r, w: r.says("invite"), lambda r, w: {"user": r.invited, "user_email": r.addresses}, "user"
        ),
        "add_user_to_channel": Tool(
            lambda r, w: r.says("add"), lambda r, w: {"user": members(r, w), "channel": channels(r, w)}, "user"
        ),
        "remove_user_from_slack": Tool(lambda r, w: r.says("remove"), lambda r, w: {"user": members(r, w)}, "user"),
        "get_webpage": Tool(lambda r, w: bool(pages(r, w)), lambda r, w: {"url": pages(r, w)}, "url"),
        "post_webpage": Tool(
            lambda r, w: r.says("post|publish") and r.says("website|webpage|site"), lambda r, w: {"url": r.pages}, "url"
        ),
    },
)
