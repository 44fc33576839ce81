"""A message as people read it: its words, whom it answers, what it forwards, and what it shows.

https://docs.discord.com/developers/resources/message#message-object. Pure, and never raises:
what is malformed reads as nothing.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator
from typing import cast

from adapters.discord.fields import number, snowflake
from adapters.discord.markup import one_line, quoted, readable
from adapters.discord.surroundings import Surroundings
from adapters.fields import Fields, fields, items, text
from bot.messages import Person

_REPLY, _FORWARD = 0, 1
_TEXT_DISPLAY = 10
_MOST = 10
"""How many embeds, fields, stickers, answers of a poll and forwarded messages are told."""
_LONGEST_QUOTE = 200
_LONGEST_QUOTE_ALONE = 2_000
_LONGEST_LINE = 300
_LONGEST_EMBED = 1_000
_DEEPEST = 5
_SMALL = re.compile(r"^-# .*\n?", re.MULTILINE)


def said(message: Fields, around: Surroundings) -> str:
    """What a message says in words, without what belongs to it.

    Args:
        message: as Discord sent it.
        around: what it does not say of itself.
    """
    content = text(message, "content")
    if is_ours(message, around):
        content = _SMALL.sub("", content)  # tools and footer: nothing that was said
    people = {
        snowflake(user, "id"): person(fields(user)).name for user in items(message, "mentions")
    }
    # The names around are looked up one by one: a server can have thousands.
    names = ChainMap(people, cast("dict[str, str]", around.names))
    return readable(content, names=names, without=around.ours)


def utterance(message: Fields, around: Surroundings) -> str:
    """All that a message says: whom it answers, its words, what it forwards and shows.

    Args:
        message: as Discord sent it.
        around: what it does not say of itself.
    """
    words = said(message, around)
    body = [words, *_forwarded(message, around), *_shown(message, around)]
    answered = _answered(message, around, is_alone=not any(body))
    return "\n\n".join(part for part in (answered, *body) if part)


def is_ours(message: Fields, around: Surroundings) -> bool:
    """Whether we posted a message."""
    return snowflake(message, "author", "id") == around.me.user


def replied_to(message: Fields) -> str:
    """The message of the same place that a message replies to; empty where it is no reply."""
    reference = fields(message, "message_reference")
    if (number(reference, "type") or _REPLY) != _REPLY:
        return ""
    if snowflake(reference, "channel_id") not in {"", snowflake(message, "channel_id")}:
        return ""
    return snowflake(reference, "message_id")


def snapshots(message: Fields) -> Iterator[Fields]:
    """The messages that a message forwards, as they were."""
    for each in items(message, "message_snapshots")[:_MOST]:
        found = fields(each, "message")
        if found:
            yield found


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


def _answered(message: Fields, around: Surroundings, *, is_alone: bool) -> str:
    """Who is answered, with a short quote; a longer one where nothing else is said."""
    other = fields(message, "referenced_message")
    if not other or not replied_to(message) or is_ours(message, around):
        return ""
    place = around.place
    if is_ours(other, around) and not (place.is_thread or place.is_direct):
        return ""  # a chain of replies is a conversation: that is how it goes on
    words = "\n".join([said(other, around), *_forwarded(other, around), *_shown(other, around)])
    words = one_line(words, _LONGEST_QUOTE_ALONE if is_alone else _LONGEST_QUOTE)
    name = person(fields(other, "author")).name or "somebody"
    return f"> @{name}: {words}" if words else ""


def _forwarded(message: Fields, around: Surroundings) -> Iterator[str]:
    for each in snapshots(message):
        # Who said it is not told.
        parts = [part for part in (said(each, around), *_shown(each, around)) if part]
        yield "\n".join(["[Forwarded message]", *(quoted(part) for part in parts)])


def _shown(message: Fields, around: Surroundings) -> Iterator[str]:
    """What a message shows beside its text and files."""
    content = text(message, "content")
    if not is_ours(message, around):
        yield "\n".join(_texts(message, _DEEPEST))[:_LONGEST_EMBED]
        for embed in items(message, "embeds")[:_MOST]:
            yield _embed(fields(embed), content)
    yield _poll(fields(message, "poll"))
    for sticker in items(message, "sticker_items")[:_MOST]:
        name = one_line(text(sticker, "name"), _LONGEST_LINE)
        yield f"[Sticker: {name}]" if name else ""


def _embed(embed: Fields, content: str) -> str:
    """A link's preview, or what a program shows."""
    url = text(embed, "url")
    title = one_line(text(embed, "title"), _LONGEST_LINE)
    lines = [
        one_line(text(embed, "author", "name"), _LONGEST_LINE),
        f"**{title}**" if title else "",
        url if url and url not in content and len(url) <= _LONGEST_LINE else "",
        _plain(text(embed, "description")),
    ]
    for field in items(embed, "fields")[:_MOST]:
        name, value = text(field, "name"), text(field, "value")
        lines.append(_plain(f"{name}: {value}" if name and value else name or value))
    shown = "\n".join(line for line in lines if line)
    return quoted(shown[:_LONGEST_EMBED]) if shown else ""


def _poll(poll: Fields) -> str:
    question = one_line(text(poll, "question", "text"), _LONGEST_LINE)
    if not question:
        return ""
    votes = {
        number(count, "id"): number(count, "count")
        for count in items(poll, "results", "answer_counts")
    }
    lines = [f"[Poll: {question}]"]
    for answer in items(poll, "answers")[:_MOST]:
        line = one_line(text(answer, "poll_media", "text"), _LONGEST_LINE)
        count = votes.get(number(answer, "answer_id"))
        lines.append(f"- {line} ({count})" if count else f"- {line}")
    return "\n".join(lines)


def _texts(component: Fields, deepest: int) -> Iterator[str]:
    """The texts among a message's components, where it is made of those."""
    if number(component, "type") == _TEXT_DISPLAY:
        yield readable(text(component, "content"), names={}, without=frozenset())
    if deepest:
        for each in items(component, "components"):
            yield from _texts(fields(each), deepest - 1)


def _plain(shown: str) -> str:
    return one_line(readable(shown, names={}, without=frozenset()), _LONGEST_LINE)
