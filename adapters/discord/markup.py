"""Discord's markup as it comes in, turned into text that people and models read.

https://docs.discord.com/developers/reference#message-formatting: what people write is Markdown
already; only mentions, emoji, times and commands are numbers in angle brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

LONGEST = 8_000
"""The most characters of a message that are passed on; Discord allows 4,000."""

_MARKUP = re.compile(
    r"<@!?(?P<person>\d{1,20})>"
    r"|<@&(?P<role>\d{1,20})>"
    r"|<#(?P<channel>\d{1,20})>"
    r"|</(?P<command>[^:<>\n]{1,100}):\d{1,20}>"
    r"|<a?:(?P<emoji>\w{1,64}):\d{1,20}>"
    r"|<t:(?P<time>-?\d{1,13})(?::[tTdDfFsSR])?>"
)


def readable(content: str, *, names: Mapping[str, str], without: frozenset[str]) -> str:
    """The text as a person would read it.

    Args:
        content: as Discord sent it.
        names: what people, roles and channels are called, by id; those that are missing are shown
            by id.
        without: the ids of the people and roles whose mentions are taken out: ours.

    Returns:
        The text, at most `LONGEST` characters and a note on what was cut.
    """
    whole = len(content)
    content = content[:LONGEST]
    for id_ in without:
        content = _without(content, id_)
    content = _MARKUP.sub(lambda found: _spelled(found, names), content).strip()
    if whole > LONGEST:
        content += f"\n\n[The message was cut here: it had {whole} characters.]"
    return content


def mentions(content: str, ids: frozenset[str]) -> bool:
    """Whether a text mentions one of these people or roles by its markup."""
    return any(
        (found["person"] or found["role"]) in ids for found in _MARKUP.finditer(content[:LONGEST])
    )


def one_line(text: str, longest: int) -> str:
    """A text as one line.

    Args:
        text: any.
        longest: the most characters that it may have.
    """
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def _without(content: str, id_: str) -> str:
    mention = re.compile(rf"([^\S\n]*)<@[!&]?{re.escape(id_)}>([^\S\n]*)(?=([,.;:!?])?)")
    return mention.sub(
        lambda found: " " if found[1] and found[2] else "" if found[3] else found[1], content
    )


def _spelled(found: re.Match[str], names: Mapping[str, str]) -> str:
    match found.lastgroup:
        case "person" | "role" as kind:
            return f"@{names.get(found[kind]) or found[kind]}"
        case "channel":
            return f"#{names.get(found['channel']) or found['channel']}"
        case "command":
            return f"/{found['command']}"
        case "emoji":
            return f":{found['emoji']}:"
        case "time":
            return _time(int(found["time"])) or found[0]
    return found[0]


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return ""
