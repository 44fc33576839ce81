"""Messages as Discord sends them, parsed.

Pure, and never raises. https://docs.discord.com/developers/resources/message says what comes;
what is malformed reads as None, and what is not for us as well.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from adapters.discord.fields import moment, number, snowflake
from adapters.discord.fields import timestamp as timestamp_of
from adapters.discord.markup import mentions, readable
from adapters.discord.places import Place
from adapters.fields import Fields, fields, items, text
from bot.commands import spoken
from bot.keys import SessionKey
from bot.messages import Command, IncomingMessage, PastMessage, Person

THREAD_STARTER = 21
"""The type of the message in a thread that stands for the one it was started from."""

# Those that carry a person's words: plain, and a reply.
_WORDS = frozenset({0, 19})
_REPLY_TO = 0
_EPHEMERAL = 1 << 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who we are.

    Args:
        user: our bot's user id.
        application: our application's id.
    """

    user: str
    application: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a message does not say of itself.

    Args:
        place: where it stands.
        me: who we are.
        role: the role that Discord made for us in this server; empty where there is none.
        names: what roles and channels are called, by id.
        thread_author: who began the thread, where that is known better than from the place.
    """

    place: Place
    me: Identity
    role: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    thread_author: str = ""

    @property
    def ours(self) -> frozenset[str]:
        """The ids by which we are mentioned."""
        return frozenset({self.me.user, self.role} - {""})


def is_somebodys(message: Fields, me: Identity) -> bool:
    """Whether a message carries the words of a person: not ours, no program's, no system's."""
    author = fields(message, "author")
    return (
        number(message, "type") in _WORDS
        and bool(snowflake(message, "id") and snowflake(author, "id"))
        and author.get("bot") is not True
        and author.get("system") is not True
        and snowflake(author, "id") != me.user
        and not snowflake(message, "webhook_id")
        and not (number(message, "flags") or 0) & _EPHEMERAL
    )


def is_ours(message: Fields, me: Identity) -> bool:
    """Whether we posted a message."""
    return snowflake(message, "author", "id") == me.user


def is_edited(message: Fields) -> bool:
    """Whether its author changed it: a link that unfolds changes it as well."""
    return bool(text(message, "edited_timestamp")) and "content" in message


def chain_root(message: Fields, me: Identity) -> str:
    """The message that a chain of replies hangs on; empty where this is no part of one.

    All that we say in a chain replies to its root, so one step leads there.

    Args:
        message: in a channel.
        me: who we are.
    """
    if is_ours(message, me):
        return _replied_to(message)
    replied = fields(message, "referenced_message")
    return _replied_to(replied) if replied and is_ours(replied, me) else ""


def thread_of(message: Fields, place: Place, me: Identity) -> SessionKey:
    """The key of the thread that a message belongs to, or would start."""
    if place.is_direct or place.is_thread:
        return place.key()
    return place.key(chain_root(message, me) or snowflake(message, "id"))


def parse_message(message: Fields, around: Surroundings) -> IncomingMessage | None:
    """What somebody said.

    Args:
        message: as an event brings it, or as it was fetched.
        around: what it does not say of itself.

    Returns:
        None if it carries nobody's words.
    """
    place, me = around.place, around.me
    if not is_somebodys(message, me):
        return None
    id_, author = snowflake(message, "id"), snowflake(message, "author", "id")
    key = thread_of(message, place, me)
    content = text(message, "content")
    starts = not place.is_direct and key.thread == id_
    edited = timestamp_of(message, "edited_timestamp")
    return IncomingMessage(
        key=key,
        message_id=id_,
        author=person(fields(message, "author")),
        text=_with_attachments(said(message, around), message),
        # A mention that was edited in counts as said now.
        sent_at=edited or moment(id_),
        mentions_bot=_mentions_us(message, content, around),
        is_direct=place.is_direct,
        starts_thread=starts,
        thread_author=author if starts else _thread_author(around),
    )


def parse_past(message: Fields, around: Surroundings) -> PastMessage | None:
    """What was said before, by people or by the bot.

    Args:
        message: as it was fetched.
        around: what it does not say of itself.

    Returns:
        None if there is nothing to read.
    """
    id_ = snowflake(message, "id")
    words = _with_attachments(said(message, around), message)
    if not id_ or not words or not snowflake(message, "author", "id"):
        return None
    if number(message, "type") not in _WORDS:
        return None
    return PastMessage(
        message_id=id_,
        author=person(fields(message, "author")),
        text=words,
        sent_at=moment(id_),
        is_ours=is_ours(message, around.me),
    )


def as_command(message: IncomingMessage) -> Command | None:
    """The command that a message is, when all it says to the bot is a command's name."""
    words = spoken(message.text) if message.mentions_bot else None
    if words is None:
        return None
    key = message.key
    return Command(
        name=words[0],
        argument=words[1],
        author=message.author,
        # At the top of a channel there is no thread yet that it could be about.
        key=None if message.starts_thread else key,
        place=SessionKey(platform=key.platform, workspace=key.workspace, channel=key.channel),
        is_direct=message.is_direct,
        request_id=f"{key.channel}:{message.message_id}",
    )


def said(message: Fields, around: Surroundings) -> str:
    """What a message says, as people read it."""
    people = {
        snowflake(user, "id"): person(fields(user)).name for user in items(message, "mentions")
    }
    # The names around are looked up one by one: a server can have thousands.
    names = ChainMap(people, cast("dict[str, str]", around.names))
    return readable(text(message, "content"), names=names, without=around.ours)


def person(user: Fields) -> Person:
    """Who a user object describes.

    A nickname in a server is left out: messages that are fetched do not bring it.
    """
    name = text(user, "global_name") or text(user, "username")
    return Person(
        id=snowflake(user, "id"),
        name=" ".join(name.split())[:80],
        is_bot=user.get("bot") is True,
    )


def _replied_to(message: Fields) -> str:
    reference = fields(message, "message_reference")
    if (number(reference, "type") or _REPLY_TO) != _REPLY_TO:
        return ""  # forwarded
    if snowflake(reference, "channel_id") not in {"", snowflake(message, "channel_id")}:
        return ""
    return snowflake(reference, "message_id")


def _mentions_us(message: Fields, content: str, around: Surroundings) -> bool:
    # A reply that notifies us mentions us, without saying so in its text.
    mentioned = {snowflake(user, "id") for user in items(message, "mentions")}
    return around.me.user in mentioned or mentions(content, around.ours)


def _thread_author(around: Surroundings) -> str | None:
    owner = around.place.owner
    if around.place.is_direct:
        return None
    return around.thread_author or (owner if owner != around.me.user else "") or None


def _with_attachments(words: str, message: Fields) -> str:
    names = [text(file, "filename") for file in items(message, "attachments")]
    names += [text(sticker, "name") for sticker in items(message, "sticker_items")]
    attached = ", ".join(name[:200] for name in names[:20] if name)
    return f"{words}\n\n[Attached: {attached}]".strip() if attached else words
