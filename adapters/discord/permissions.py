"""What the bot asks of a server, and why: the same list for the invitation and the documents.

https://docs.discord.com/developers/topics/permissions and …/topics/gateway#gateway-intents
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

_INVITE = "https://discord.com/oauth2/authorize"
_ADMINISTRATOR = 1 << 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """Something that the bot may do in a server.

    Args:
        name: as Discord's pages call it.
        bit: its place in Discord's number.
        reason: what it is needed for.
    """

    name: str
    bit: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """Something that the bot asks to be told.

    Args:
        name: as Discord's pages call it.
        reason: what it is needed for.
        is_privileged: whether it must be switched on in the developer portal.
    """

    name: str
    reason: str
    is_privileged: bool = False


def permissions_needed() -> tuple[Permission, ...]:
    """Every permission that the bot asks for."""
    return _PERMISSIONS


def intents_needed() -> tuple[Intent, ...]:
    """Every intent that the bot asks for."""
    return _INTENTS


def invite_url(application_id: str) -> str:
    """Where an administrator invites the bot into a server.

    Args:
        application_id: from the page General Information of the developer portal.
    """
    query = {
        "client_id": application_id,
        "scope": "bot applications.commands",
        "permissions": str(sum(1 << permission.bit for permission in _PERMISSIONS)),
    }
    return f"{_INVITE}?{urlencode(query)}"


def missing(granted: int) -> tuple[Permission, ...]:
    """The permissions that the bot has not.

    Args:
        granted: Discord's number of those that it has.
    """
    if granted & _ADMINISTRATOR:
        return ()
    return tuple(each for each in _PERMISSIONS if not granted & (1 << each.bit))


_PERMISSIONS = (
    Permission(
        name="View Channels",
        bit=10,
        reason="to be told of what is said where it is mentioned",
    ),
    Permission(
        name="Send Messages",
        bit=11,
        reason="to answer in a channel where it may start no thread",
    ),
    Permission(
        name="Create Public Threads",
        bit=35,
        reason="to answer a mention in a thread of its own",
    ),
    Permission(
        name="Send Messages in Threads",
        bit=38,
        reason="to answer in threads and in the posts of forums",
    ),
    Permission(
        name="Read Message History",
        bit=16,
        reason="to find what was said while it was away, and to reply to a message",
    ),
    Permission(
        name="Add Reactions",
        bit=6,
        reason="to mark a message that waits for its turn with ⏳",
    ),
    Permission(
        name="Attach Files",
        bit=15,
        reason="to send files that Copilot made, and answers that are too long for messages",
    ),
)

_INTENTS = (
    Intent(name="GUILDS", reason="to know channels, threads and its own permissions"),
    Intent(name="GUILD_MESSAGES", reason="to be told of mentions and of what is said in threads"),
    Intent(name="DIRECT_MESSAGES", reason="to be spoken to in private"),
    Intent(name="GUILD_MESSAGE_REACTIONS", reason="to hear the sign that ends an answer"),
    Intent(name="DIRECT_MESSAGE_REACTIONS", reason="the same in private"),
    Intent(name="GUILD_EXPRESSIONS", reason="to know the server's own emoji"),
    Intent(
        name="MESSAGE_CONTENT",
        reason="to read follow-ups in its threads that do not mention it; not asked for with "
        "THREADPILOT_FOLLOW_UP=mention",
        is_privileged=True,
    ),
)
