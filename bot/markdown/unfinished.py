"""What may be shown of a text that still grows.

Half of a link, of a bold word, of a table's row or of a fence would be seen as bare marks and then
jump. It is held back until it is whole, or until the paragraph is over and it turns out to be just
text. What was shown is never read differently when more comes, so it can be streamed to a platform
that only appends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.markdown.html import COMMENT, NAMES
from bot.markdown.parser import loose_ends
from bot.markdown.seams import GUARD, HELD
from bot.markdown.units import Kind, Outline, Rest, Unit

_CONTAINERS = r"[ \t]*(?:>[ \t]*|[-+*][ \t]+|\d{1,9}[.)][ \t]+)*"
_UNDECIDED = re.compile(
    _CONTAINERS
    + r"(?:[-*_=+][-*_=+ \t:|]*|\#{1,6}[ \t]*|\d{1,9}[.)]?|\[[ xX]?\]?[ \t]*"
    + r"|`{1,2}|`{3,}[^`]*|~.*|\|.*|:[-:| \t]*)?"
    + r"| {0,3}\[[^\]\n]*\]:.*"
)
"""A line's beginning that could still become another block."""

_ROW = re.compile(r"[ \t]*(?:>[ \t]*|[-+*][ \t]+|\d{1,9}[.)][ \t]+)*\|")
_BARE_MARKS = re.compile(_CONTAINERS.replace("[ \\t]+)", "[ \\t]*)") + r"\#{0,6}")
_ENDING = re.compile(
    r"(?:[*_~`!\\]+|&\#?\w{0,31}|@\w{0,9}|\[\^\w{0,3}|\r"
    r"|\#[^\s\#*~`\\\[\](){}<>|.,;:!?'\"/]{0,80})\Z",  # a channel's name
    re.ASCII,
)
_TAG = re.compile(
    rf"<(?:!(?!--).*|[^\s<>]{{0,80}}|@[A-Z0-9]*\|[^<>\n]{{0,80}}|/?(?:{'|'.join(NAMES)})\s.*)",
    re.DOTALL | re.IGNORECASE,
)


class Unfinished:
    """What of the end of a growing text is settled.

    Args:
        outline: reads the text.
    """

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._shown_to = 0
        self._known: tuple[int, str, Sequence[Unit]] | None = None

    def units(self) -> Sequence[Unit]:
        """The units after those that are over, as far as they may be shown."""
        outline = self._outline
        whole, half = outline.whole_lines, outline.half_line
        if outline.fence:
            return outline.rest(whole + self._code_line()).units
        is_over = (
            whole.endswith("\n\n") or not whole.rpartition("\n")[0].rpartition("\n")[2].strip()
        )
        if outline.is_in_table and not is_over:
            half = ""
        is_shown = self._shown_to > outline.begun_at + len(whole)
        if not is_shown and _UNDECIDED.fullmatch(half):
            half = ""
            if not is_over and not outline.is_in_table:
                whole = _without_header(whole)
        text = whole + half
        if self._known is None or self._known[:2] != (outline.begun_at, text):
            is_growing = bool(half) or not is_over
            self._known = (outline.begun_at, text, self._units(text, is_growing=is_growing))
        return self._known[2]

    def _units(self, text: str, *, is_growing: bool) -> Sequence[Unit]:
        rest = self._outline.rest(text)
        if not rest.units:
            return ()
        *units, last = rest.units
        is_growing = is_growing or last.kind is Kind.HTML
        if is_growing and last.kind not in (Kind.TABLE, Kind.CODE, Kind.RULE):
            in_code = rest.leaf < 0
            cut = len(_without_mention(text)) if in_code else self._settled(text, rest)
            # What was shown is not taken back, whatever it turns out to be.
            cut = max(cut, min(self._shown_to - self._outline.begun_at, len(text)))
            source = text[rest.begin : cut].rstrip()
            if _BARE_MARKS.fullmatch(source):
                return units
            self._shown_to = self._outline.begun_at + rest.begin + len(source)
            last = replace(last, source=source)
        elif is_growing and last.kind is Kind.CODE:
            last = replace(last, source=_without_mention(last.source))
        return [*units, last]

    def _code_line(self) -> str:
        """The half line of code that is open; empty where it could be the end of the code."""
        half = self._outline.half_line
        return _without_mention(half) if half.strip(" \t`~") else ""

    def _settled(self, text: str, rest: Rest) -> int:
        """Up to where the last unit is settled."""
        leaf = rest.leaf + text.startswith(GUARD, rest.leaf)
        paragraph = text[leaf:]
        cut = _TRAILING_SPACE.search(paragraph)
        end = cut.start() if cut else len(paragraph)
        found = _ENDING.search(paragraph, 0, end)
        held = [found.start() if found else end]
        if (tag := _begun_tag(paragraph[:end])) >= 0:
            held.append(tag)
        loose = loose_ends(paragraph)
        held += loose.brackets
        # Emphasis that finds no end for long is shown: perhaps it is a plain asterisk.
        held += [each for each in loose.emphasis if each > end - HELD]
        held += [
            span.start
            for span in loose.spans
            if span.start < min(held) < span.end and span.end - span.start <= HELD
        ]
        return leaf + min(held)


_TRAILING_SPACE = re.compile(r"\s+\Z")


def _without_mention(code: str) -> str:
    """Code without the beginning of what may become a mention."""
    found = _MENTION.search(code)
    return code[: found.start()] if found else code


_MENTION = re.compile(r"<(?:!\w*|@\w*(?:\|[^<>\n]{0,80})?)?\Z")


def _without_header(lines: str) -> str:
    """Without a last line that could be the header of a table."""
    before, _, line = lines.rstrip("\n").rpartition("\n")
    if not _ROW.match(line):
        return lines
    return f"{before}\n" if before else ""


def _begun_tag(text: str) -> int:
    """Where a tag, a comment or a mention begins that has no end; -1 where none does."""
    at = text.find("<!--")
    while at >= 0:
        comment = COMMENT.match(text, at)
        if comment is None:
            return at
        at = text.find("<!--", comment.end())
    at = text.rfind("<")
    if at < 0 or text.find(">", at) >= 0:
        return -1
    return at if _TAG.fullmatch(text, at) else -1
