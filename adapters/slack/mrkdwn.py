"""Slack's markup as it comes in, turned into text that people and models read.

https://docs.slack.dev/messaging/formatting-message-text/
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 40_000
"""The most characters of a message that are passed on."""

_MARKUP = re.compile(r"<([^<>\n]{1,3000})>")
_PERSON = re.compile(r"<@([A-Z0-9]{1,40})(?:\|[^<>]*)?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def readable(text: str, *, names: Mapping[str, str], bot_user: str = "") -> str:
    """The text as a person would read it.

    Args:
        text: Slack's markup.
        names: what people are called, by id; those that are missing are shown by id.
        bot_user: our own user id; mentions of it are taken out.

    Returns:
        The text, at most `LONGEST` characters and a note on what was cut.
    """
    whole = len(text)
    text = text[:LONGEST]
    if bot_user:
        text = _without(text, bot_user)
    text = _MARKUP.sub(lambda found: _spelled(found[1], names), text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = text.strip()
    if whole > LONGEST:
        text += f"\n\n[The message was cut here: it had {whole} characters.]"
    return text


def people_in(text: str) -> frozenset[str]:
    """The ids of the people that a text mentions."""
    return frozenset(_PERSON.findall(text[:LONGEST]))


def mentions(text: str, user: str) -> bool:
    """Whether a text mentions this user."""
    return bool(user) and user in people_in(text)


def escaped(text: str) -> str:
    """Plain text for a place where Slack reads markup: nothing in it means anything."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _without(text: str, user: str) -> str:
    mention = re.compile(rf"([^\S\n]*)<@{re.escape(user)}(?:\|[^<>]*)?>([^\S\n]*)")
    return mention.sub(lambda found: " " if found[1] and found[2] else found[1] or "", text)


def _spelled(markup: str, names: Mapping[str, str]) -> str:
    target, _, label = markup.partition("|")
    match target[:1]:
        case "@":
            name = names.get(target[1:]) or label.removeprefix("@") or target[1:]
            return f"@{name}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return _special(target[1:], label)
    address = target.removeprefix("mailto:")
    if not label or label == address or target.endswith(f"://{label}"):
        return address
    return f"{label} ({address})"


def _special(what: str, label: str) -> str:
    name = what.partition("^")[0]
    if name == "date":
        return label or what
    return "@" + (label or name).removeprefix("@")
