"""Where a line of prose may be cut."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.markdown.parser import Span

BEGINS_BLOCK = re.compile(r"\s*(?:[-+*#>=|`~_<\d]|\Z)")
"""What a line break must not stand before that stood within a line."""

LONGEST_SPAN = 200
"""A construct that is longer may be cut."""

_KEPT_TOGETHER = frozenset(
    {"link", "image", "code", "html", "autolink", "entity", "strong", "em", "s"}
)
_BEGINS_BLOCKS = frozenset("-+*#>|=~`_<[:0123456789")
"""What a line must not begin with that was the middle of one."""


def is_break(text: str, at: int) -> bool:
    """Whether a line of prose may be cut before a character.

    Args:
        text: the line.
        at: the character's place.
    """
    if not 0 < at < len(text):
        return at >= len(text)
    if text[at] in _BEGINS_BLOCKS or text[at].isspace():
        return False
    return text[at - 1].isspace() or text[at - 1] in "。！？；，、"


def kept_together(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """From where to where a line may not be cut.

    Args:
        spans: the constructs in it.
    """
    return [
        (span.start, span.end)
        for span in spans
        if span.kind in _KEPT_TOGETHER and span.end - span.start <= LONGEST_SPAN
    ]


def begins_line(text: str, at: int) -> bool:
    """Whether there is nothing before a place on its line.

    Args:
        text: the paragraph.
        at: the place.
    """
    return not text[:at].rpartition("\n")[2].strip()


def nothing(text: str, start: int, end: int) -> str:
    """What stands in a line for what is not shown.

    Args:
        text: the paragraph.
        start: where it begins in it.
        end: where it ends.

    Returns:
        A character without width where marks would come together or begin a line, else nothing.
    """
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    is_first = begins_line(text, start)
    if after and ((is_first and after in _BEGINS) or (before in _MARKS and after in _MARKS)):
        return "\u200b"
    return ""


_BEGINS = frozenset("-+#>~=|`")
_MARKS = frozenset("*_~`[]()!&\\")
