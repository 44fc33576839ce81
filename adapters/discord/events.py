"""Messages as Discord sends them, parsed.

Pure, and never raises. https://docs.discord.com/developers/resources/message says what comes;
what is malformed reads as None, and what is not for us as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord.fields import moment, number, snowflake
from adapters.discord.fields import timestamp as timestamp_of
from adapters.discord.markup import mentions
from adapters.discord.places import Place
from adapters.discord.shared_files import files_of
from adapters.discord.surroundings import Identity, Surroundings
from adapters.discord.utterance import person, replied_to, said, snapshots, utterance
from adapters.fields import Fields, fields, items, text
from bot.commands import spoken
from bot.keys import SessionKey
from bot.messages import Command, IncomingMessage, PastMessage, SharedFile

THREAD_STARTER = 21
"""The type of the message in a thread that stands for the one it was started from."""

# Those that carry a person's words: plain, and a reply.
_WORDS = frozenset({0, 19})
# Those that say something in a history: answers to commands as well.
_PAST = _WORDS | {20, 23}
_EPHEMERAL = 1 << 6
# With ⏹ the emoji is two characters: the second only says that it is one.
_STOP_SIGNS = frozenset("🛑❌⛔🚫⏹")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A message that came, with what the core need not know of it.

    Args:
        message: for the core.
        words: what its author says, without whom they answer and what they show.
        is_talk: whether something is said or handed over: a sticker or a poll says nothing to us.
    """

    message: IncomingMessage
    words: str
    is_talk: bool


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


def is_stop_sign(reaction: Fields, me: Identity) -> bool:
    """Whether somebody put an emoji onto a message that means stop.

    Args:
        reaction: as the event brings it.
        me: who we are.
    """
    emoji = fields(reaction, "emoji")
    return (
        text(emoji, "name").rstrip("\ufe0f") in _STOP_SIGNS
        and not snowflake(emoji, "id")
        and snowflake(reaction, "user_id") != me.user
        and fields(reaction, "member", "user").get("bot") is not True
    )


def chain_root(message: Fields, me: Identity) -> str:
    """The message that a chain of replies hangs on; empty where this is no part of one.

    All that we say in a chain replies to its root, so one step leads there.

    Args:
        message: in a channel.
        me: who we are.
    """
    if is_ours(message, me):
        return replied_to(message)
    replied = fields(message, "referenced_message")
    if not replied or not is_ours(replied, me):
        return ""
    return replied_to(replied) or snowflake(replied, "id")  # we may have begun it ourselves


def thread_of(message: Fields, place: Place, me: Identity) -> SessionKey:
    """The key of the thread that a message belongs to, or would start."""
    if place.is_direct or place.is_thread:
        return place.key()
    return place.key(chain_root(message, me) or snowflake(message, "id"))


def hear(message: Fields, around: Surroundings) -> Heard | None:
    """What somebody said, as an event brings it.

    Args:
        message: the event's payload.
        around: what it does not say of itself.

    Returns:
        None if it carries nobody's words.
    """
    parsed = parse_message(message, around)
    if parsed is None:
        return None
    words = said(message, around)
    is_talk = bool(words or parsed.files or any(snapshots(message)))
    return Heard(message=parsed, words=words, is_talk=is_talk)


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
        text=utterance(message, around),
        # A mention that was edited in counts as said now.
        sent_at=edited or moment(id_),
        mentions_bot=_mentions_us(message, content, around),
        is_direct=place.is_direct,
        starts_thread=starts,
        thread_author=author if starts else _thread_author(around),
        files=_files(message, around),
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
    words, files = utterance(message, around), files_of(message)
    if not id_ or not (words or files) or not snowflake(message, "author", "id"):
        return None
    if number(message, "type") not in _PAST:
        return None
    return PastMessage(
        message_id=id_,
        author=person(fields(message, "author")),
        text=words,
        sent_at=moment(id_),
        files=files,
        is_ours=is_ours(message, around.me),
    )


def as_command(heard: Heard) -> Command | None:
    """The command that a message is, when all it says to the bot is a command's name."""
    message = heard.message
    is_said_to_us = message.mentions_bot or message.is_direct
    meant = spoken(heard.words) if is_said_to_us and not message.files else None
    if meant is None:
        return None
    key = message.key
    return Command(
        name=meant[0],
        argument=meant[1],
        author=message.author,
        # At the top of a channel there is no thread yet that it could be about.
        key=None if message.starts_thread else key,
        place=SessionKey(platform=key.platform, workspace=key.workspace, channel=key.channel),
        is_direct=message.is_direct,
        request_id=f"{key.channel}:{message.message_id}",
        message_id=message.message_id,
        would_begin=key if message.starts_thread else None,
    )


def _files(message: Fields, around: Surroundings) -> tuple[SharedFile, ...]:
    """The files of a message, and of the one that it points the bot to in a channel."""
    own = files_of(message)
    other = fields(message, "referenced_message")
    # In a thread and a direct message that one is part of what was said there.
    if around.place.is_thread or around.place.is_direct or is_ours(other, around.me):
        return own
    return own + files_of(other) if replied_to(message) else own


def _mentions_us(message: Fields, content: str, around: Surroundings) -> bool:
    # A reply that notifies us mentions us, without saying so in its text.
    mentioned = {snowflake(user, "id") for user in items(message, "mentions")}
    return around.me.user in mentioned or mentions(content, around.ours)


def _thread_author(around: Surroundings) -> str | None:
    owner = around.place.owner
    if around.place.is_direct:
        return None
    return around.thread_author or (owner if owner != around.me.user else "") or None
