"""How a unit is written: lines that may be parted, and what holds them together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from markdown_it.token import Token

from bot.markdown.parser import References, structure
from bot.markdown.seams import GUARD
from bot.markdown.units import FENCE, Kind, Unit, closes


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Lines of a message.

    Args:
        lines: what may be parted between any two.
        opening: stands before them: a fence, the header of a table. May be empty.
        closing: stands after them, and where they are parted. May be empty.
        again: stands before them where they go on in another message; as the opening, when empty.
        is_code: whether they are code by their indentation.
    """

    lines: tuple[str, ...]
    opening: str = ""
    closing: str = ""
    again: str = ""
    is_code: bool = False

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
        joint: of a unit that goes on from another: what stands between them.
        lead: of the rest of a paragraph: what its first line begins with where it is not on the
            line of what it goes on from.
    """

    segments: tuple[Segment, ...]
    is_apart: bool
    joint: str = "\n"
    lead: str = ""


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
        return Written(
            segments=as_said(unit), is_apart=unit.is_apart, joint=joint(unit), lead=lead(unit)
        )


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
            return _nested(unit)
    return (Segment(lines=_own(unit, lines), is_code=unit.kind is Kind.CODE),)


def joint(unit: Unit) -> str:
    """What stands between a unit and the one that it goes on from, as it was said.

    Args:
        unit: standard Markdown.
    """
    return unit.seam.joint if unit.seam else "\n"


def lead(unit: Unit) -> str:
    """What the rest of a paragraph begins with on a line of its own: the room of its marks.

    Args:
        unit: standard Markdown.
    """
    return room(unit.seam.marks.rstrip(GUARD)) if unit.seam else ""


def _own(unit: Unit, lines: Sequence[str]) -> tuple[str, ...]:
    """The lines without what was said before."""
    if unit.seam is None:
        return tuple(lines)
    first, *rest = lines[unit.seam.dropped :] or ("",)
    return (first.removeprefix(unit.seam.marks), *rest)


def _nested(unit: Unit) -> tuple[Segment, ...]:
    """The lines of a list's item or of a quote, in which there may be code and tables."""
    lines = unit.source.split("\n")
    dropped = unit.seam.dropped if unit.seam else 0
    segments: list[Segment] = []
    at = dropped
    for token in structure(f"{unit.source}\n") if _MAY_HOLD.search(unit.source) else ():
        begin, end = token.map or (0, 0)
        if token.type not in ("fence", "table_open") or begin < at:
            continue
        if begin > at:
            segments.append(Segment(lines=tuple(lines[at:begin])))
        is_code = token.type == "fence"
        segments += _code(lines[begin:end], token) if is_code else _table(lines[begin:end])
        at = end
    if at < len(lines):
        segments.append(Segment(lines=tuple(lines[at:])))
    if segments and not segments[0].opening and unit.seam and unit.seam.marks:
        first, *rest = segments[0].lines
        segments[0] = Segment(lines=(first.removeprefix(unit.seam.marks), *rest))
    return tuple(segments)


def _code(lines: Sequence[str], token: Token) -> Sequence[Segment]:
    opening, *body = lines
    before = room(opening[: opening.index(token.markup)])
    is_over = bool(body) and closes(_within(body[-1], before), token.markup)
    body = body[:-1] if is_over else body
    if not body:
        return [Segment(lines=tuple(lines))] if is_over else []
    return [
        Segment(
            opening=opening,
            lines=tuple(body),
            closing=before + token.markup,
            again=before + opening[len(before) :],
        )
    ]


def _table(lines: Sequence[str]) -> Sequence[Segment]:
    header, rule, *rows = lines
    if not rows:
        return [Segment(lines=tuple(lines))]
    marks = marks_of(header)
    again = f"{room(marks)}{header[len(marks) :]}\n{rule}"
    return [Segment(opening=f"{header}\n{rule}", lines=tuple(rows), again=again)]


def marks_of(line: str) -> str:
    """The marks of quotes and items with which a line begins.

    Args:
        line: standard Markdown.
    """
    found = _MARKS.match(line)
    return found[0] if found else ""


_MARKS = re.compile(r"(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]))*[ \t]*")


def room(marks: str) -> str:
    """Marks of lists as spaces; those of quotes stay.

    Args:
        marks: what stands before a line.
    """
    return _MARK_OF_LIST.sub(" ", marks)


_MAY_HOLD = re.compile(r"```|~~~|-\s*(?:\||$)|:\s*(?:\||$)", re.MULTILINE)
_MARK_OF_LIST = re.compile(r"[^>\s]")


def _within(line: str, before: str) -> str:
    return line[len(before) :] if line.startswith(before) else line.lstrip(" \t>")
