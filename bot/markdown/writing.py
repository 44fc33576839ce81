"""How a unit is written: lines that may be parted, and what holds them together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.markdown.parser import References
from bot.markdown.units import FENCE, Kind, Unit, closes


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Lines of a message.

    Args:
        lines: what may be parted between any two.
        opening: stands before them, and again where they go on in another message: a fence, the
            header of a table. May be empty.
        closing: stands after them, and where they are parted. May be empty.
    """

    lines: tuple[str, ...]
    opening: str = ""
    closing: str = ""

    @property
    def text(self) -> str:
        """As it stands in a message that holds all of it."""
        framed = (self.opening, *self.lines, self.closing)
        return "\n".join(line for line in framed if line or not self.opening)


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A unit as a platform wants it.

    Args:
        segments: its lines; none where the platform shows nothing.
        is_apart: whether there is an empty line before it.
    """

    segments: tuple[Segment, ...]
    is_apart: bool


class Dialect(Protocol):
    """How a platform wants Markdown.

    What it makes of the beginning of a unit is the beginning of what it makes of the unit, where
    the platform can only append.
    """

    def written(self, unit: Unit, references: References) -> Written:
        """A unit in the platform's own Markdown.

        Args:
            unit: standard Markdown.
            references: link reference definitions that are known.
        """


class Standard:
    """Markdown as it is: a `Dialect`."""

    def written(self, unit: Unit, references: References) -> Written:
        """The unit as it was said, in pieces that can be parted."""
        return Written(segments=as_said(unit), is_apart=unit.is_apart)


def as_said(unit: Unit) -> tuple[Segment, ...]:
    """A unit's own lines: code keeps its fence and a table its header where they are parted.

    Args:
        unit: standard Markdown.
    """
    lines = unit.source.split("\n")
    match unit.kind:
        case Kind.TABLE if len(lines) > 2:
            return (Segment(opening="\n".join(lines[:2]), lines=tuple(lines[2:])),)
        case Kind.CODE if fence := FENCE.match(lines[0]):
            body = lines[1:]
            if body and closes(body[-1], fence[1]):
                body.pop()
            return (Segment(opening=lines[0], lines=tuple(body), closing=fence[1]),)
        case Kind.ITEM | Kind.QUOTE:
            return nested(lines)
    return (Segment(lines=tuple(lines)),)


def nested(lines: Sequence[str]) -> tuple[Segment, ...]:
    """The lines of a list's item or of a quote, in which there may be code.

    Args:
        lines: with all that stands before the code: indentation, marks of lists and of quotes.
    """
    segments: list[Segment] = []
    plain: list[str] = []
    at = 0
    while at < len(lines):
        line, at = lines[at], at + 1
        fence = _NESTED_FENCE.fullmatch(line)
        if fence is None:
            plain.append(line)
            continue
        if plain:
            segments.append(Segment(lines=tuple(plain)))
            plain = []
        before = _MARK_OF_LIST.sub(" ", fence[1])
        begin = at
        while at < len(lines) and not closes(_within(lines[at], before), (fence[2] or fence[3])):
            at += 1
        body = tuple(lines[begin:at]) or (before.rstrip(),)
        segments.append(Segment(opening=line, lines=body, closing=before + (fence[2] or fence[3])))
        at += 1
    if plain:
        segments.append(Segment(lines=tuple(plain)))
    return tuple(segments)


_NESTED_FENCE = re.compile(
    r"((?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]))*[ \t]*)(?:(`{3,})[^`]*|(~{3,}).*)"
)
_MARK_OF_LIST = re.compile(r"[^>\s]")


def _within(line: str, before: str) -> str:
    return line[len(before) :] if line.startswith(before) else line.lstrip(" \t>")
