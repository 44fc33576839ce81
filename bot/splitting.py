"""Cutting a long answer into messages, without breaking what Markdown holds together.

The cut of a part depends on nothing beyond the part's limit, so the parts of a text and of
the same text grown longer begin alike: what was final stays final.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)$")
_HELD_BACK = 4
"""The last quarter of a part is where it may be cut."""


@dataclass(frozen=True, slots=True)
class _OpenFence:
    marker: str
    opening: str


def split(text: str, limit: int) -> tuple[str, ...]:
    """Cut a text into parts that can stand alone.

    A code fence that goes on in the next part is closed and opened again. Paragraphs are
    kept whole where possible, then lines, then words.

    Args:
        text: standard Markdown.
        limit: the most characters of a part; at least 64.

    Returns:
        The parts, none longer than the limit; none at all for an empty text.
    """
    if limit < 64:
        raise ValueError(f"a part needs room: limit {limit} is under 64")
    parts: list[str] = []
    rest = text
    while len(rest) > limit:
        part, rest = _first(rest, limit)
        parts.append(part)
    if rest.strip():
        parts.append(rest)
    return tuple(parts)


def certain(text: str, limit: int) -> tuple[str, ...]:
    """The parts of a text that still grows, without what a later cut could take away.

    Args:
        text: standard Markdown, so far.
        limit: as for `split`.

    Returns:
        The parts as `split` gives them, the last one cut short where it could still be cut.
    """
    parts = split(text, limit)
    if not parts:
        return parts
    last = parts[-1][: _earliest_cut(limit)]
    return (*parts[:-1], last) if last.strip() else parts[:-1]


def _earliest_cut(limit: int) -> int:
    return limit - limit // _HELD_BACK


def _first(text: str, limit: int) -> tuple[str, str]:
    """Cut the first part off a text that is longer than the limit."""
    cut, fence = _best_cut(text, limit)
    part = text[:cut].rstrip()
    rest = text[cut:]
    if fence is None:
        return part, rest.lstrip("\n")
    closing = f"\n{fence.marker}"
    return part + closing, f"{fence.opening}\n{rest.removeprefix(chr(10))}"


def _best_cut(text: str, limit: int) -> tuple[int, _OpenFence | None]:
    """Where to cut, and the fence that is open there."""
    earliest = _earliest_cut(limit)
    fence: _OpenFence | None = None
    in_table = False
    best: tuple[int, int, _OpenFence | None] | None = None
    position = 0
    for line in text[:limit].splitlines(keepends=True):
        if earliest <= position:
            room = len(fence.marker) + 1 if fence else 0
            if position + room <= limit:
                table_goes_on = in_table and line.lstrip().startswith("|")
                rank = _rank(line, fence=fence, in_table=table_goes_on)
                if best is None or rank >= best[0]:
                    best = (rank, position, fence)
        bare = line.rstrip("\n")
        match = _FENCE.match(bare)
        if match and fence is None:
            fence = _OpenFence(match[1], bare.strip())
        elif (
            match
            and fence is not None
            and not match[2].strip()
            and match[1].startswith(fence.marker)
        ):
            fence = None
        in_table = bare.lstrip().startswith("|")
        position += len(line)
    if best is not None:
        return best[1], best[2]
    return _cut_in_line(text, limit, earliest, fence)


def _rank(line: str, *, fence: _OpenFence | None, in_table: bool) -> int:
    """How good a cut before this line is."""
    if fence is not None:
        return 0
    if in_table:
        return 1
    if not line.strip():
        return 3
    return 2


def _cut_in_line(
    text: str, limit: int, earliest: int, fence: _OpenFence | None
) -> tuple[int, _OpenFence | None]:
    """Cut a line that is too long: at a space outside of a link, else anywhere."""
    end = limit - (len(fence.marker) + 1 if fence else 0)
    earliest = min(earliest, end - 1)
    for position in range(end, earliest - 1, -1):
        if text[position - 1].isspace() and not _inside_link(text, position):
            return position, fence
    return end, fence


def _inside_link(text: str, position: int) -> bool:
    start = text.rfind("[", max(0, position - 400), position)
    if start < 0:
        return False
    end = text.find(")", start, start + 800)
    newline = text.find("\n", start, position)
    return newline < 0 and "](" in text[start : start + 800] and position <= end
