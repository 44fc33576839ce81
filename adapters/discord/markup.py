"""Discord's markup as it comes in, turned into standard Markdown that people and models read.

https://docs.discord.com/developers/reference#message-formatting: what people write is Markdown
already. Mentions, emoji, times, commands and the server's pages are numbers in angle brackets;
spoilers, small text and the quote of all that follows are Discord's own. Nothing in code means
anything: not to Discord, and not here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

LONGEST = 8_000
"""The most characters of a message that are passed on; Discord allows 4,000."""

_FENCE = 3
_TICKS = re.compile(r"`+")
_MARKUP = re.compile(
    r"(?<!\\)(?:"
    r"<@!?(?P<person>\d{1,20})>"
    r"|<@&(?P<role>\d{1,20})>"
    r"|<#(?P<channel>\d{1,20})>"
    r"|</(?P<command>[^:<>\n`]{1,100}):\d{1,20}>"
    r"|<a?:(?P<emoji>\w{1,64}):\d{1,20}>"
    r"|<t:(?P<time>-?\d{1,13})(?::[tTdDfFsSR])?>"
    r"|<id:(?P<page>[a-z-]{1,30})(?::\d{1,20})?>"
    r"|(?P<spoiler>\|\|)"
    r"|^(?P<quote>>>> ?)(?=\S)"
    r"|^(?P<small>-# )"
    r")",
    re.MULTILINE,
)
_PAGES = {
    "browse": "Browse Channels",
    "customize": "Channels & Roles",
    "guide": "Server Guide",
    "home": "Server Guide",
    "linked-roles": "Linked Roles",
}


class Code:
    """Where the code in a text is, as Discord sees it: between the same runs of backticks.

    Args:
        text: any.
    """

    def __init__(self, text: str) -> None:
        self._begins: list[int] = []
        self._ends: list[int] = []
        runs = [(run.start(), run.end()) for run in _TICKS.finditer(text)] if "`" in text else []
        # The next run of a length is found without looking at all that lie between.
        by_length: dict[int, list[int]] = {}
        for number, (start, end) in enumerate(runs):
            by_length.setdefault(min(end - start, _FENCE), []).append(number)
        number = 0
        while number < len(runs):
            start, end = runs[number]
            alike = by_length[min(end - start, _FENCE)]
            place = bisect_right(alike, number)
            if place < len(alike):
                number = alike[place]
                self._begins.append(start)
                self._ends.append(runs[number][1])
            number += 1

    def holds(self, position: int) -> bool:
        """Whether the character at a position is in code."""
        place = bisect_right(self._begins, position)
        return place > 0 and position < self._ends[place - 1]


def readable(content: str, *, names: Mapping[str, str], without: frozenset[str]) -> str:
    """The text as a person would read it, in standard Markdown.

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
    content = _spelled_out(content, names).strip()
    if whole > LONGEST:
        content += f"\n\n[The message was cut here: it had {whole} characters.]"
    return content


def mentions(content: str, ids: frozenset[str]) -> bool:
    """Whether a text mentions one of these people or roles by its markup."""
    return any((found["person"] or found["role"]) in ids for found in _markup(content[:LONGEST]))


def one_line(text: str, longest: int) -> str:
    """A text as one line.

    Args:
        text: any.
        longest: the most characters that it may have.
    """
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def quoted(text: str) -> str:
    """A text as a quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _without(content: str, id_: str) -> str:
    mention = re.compile(rf"([^\S\n]*)<@[!&]?{re.escape(id_)}>([^\S\n]*)(?=([,.;:!?])?)")
    code = Code(content)

    def taken_out(found: re.Match[str]) -> str:
        if code.holds(found.end(1)):
            return found[0]
        return " " if found[1] and found[2] else "" if found[3] else found[1]

    return mention.sub(taken_out, content)


def _markup(content: str) -> Iterator[re.Match[str]]:
    """The markup in a text, first to last; none of it in code."""
    code = Code(content)
    for found in _MARKUP.finditer(content):
        if not code.holds(found.start()):
            yield found


def _spelled_out(content: str, names: Mapping[str, str]) -> str:
    found = list(_markup(content))
    spoilers = [each for each in found if each["spoiler"]]
    # One that nobody closed hides nothing.
    unpaired = spoilers[-1] if len(spoilers) % 2 else None
    out: list[str] = []
    quote_from: int | None = None
    is_open, end = False, 0
    for each in found:
        out.append(content[end : each.start()])
        end = each.end()
        match each.lastgroup:
            case "spoiler" if each is unpaired:
                out.append(each[0])
            case "spoiler":
                is_open = not is_open
                out.append("[spoiler: " if is_open else "]")
            case "quote" if quote_from is None:
                quote_from = len(out)
            case "quote":
                out.append(each[0])
            case "small":
                pass
            case _:
                out.append(_spelled(each, names))
    out.append(content[end:])
    if quote_from is None:
        return "".join(out)
    return "".join(out[:quote_from]) + quoted("".join(out[quote_from:]).strip())


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
        case "page":
            return _PAGES.get(found["page"], found[0])
    return found[0]


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return ""
