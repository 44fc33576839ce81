"""A growing text as a row of units: paragraphs, list items, code, tables, quotes.

A unit is the smallest piece that can be written without looking at the others. A block ends for
good when the next one begins (https://spec.commonmark.org/0.31.2/#phase-1-block-structure), so all
units but the last are read once. One that does not end is parted (`bot.markdown.seams`), so what is
read again never grows beyond some size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from markdown_it.token import Token

from bot.markdown.parser import structure
from bot.markdown.seams import LONG, LONGEST, STEP, Parting, Seam, Source, in_half_line, parting


class Kind(StrEnum):
    """What a unit is."""

    TEXT = "text"
    HEADING = "heading"
    ITEM = "item"
    QUOTE = "quote"
    CODE = "code"
    TABLE = "table"
    RULE = "rule"
    HTML = "html"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A piece of a text that is written by itself.

    Args:
        kind: what it is.
        source: its Markdown, without the line ends around it.
        is_apart: whether there is an empty line before it.
        number: of an item in an ordered list: what it counts; otherwise None.
        begins_list: whether it is the first item of its list.
        seam: how it goes on from the unit before it; None where it is one by itself.
        is_parted: whether the unit after it goes on from it.
    """

    kind: Kind
    source: str
    is_apart: bool = False
    number: int | None = None
    begins_list: bool = False
    seam: Seam | None = None
    is_parted: bool = False

    @property
    def numbers(self) -> tuple[int | None, ...]:
        """What the items count in which it begins, the outermost first."""
        inner = self.seam.numbers if self.seam else ()
        return (self.number, *inner[1:]) if self.kind is Kind.ITEM else inner


_KINDS = {
    "paragraph_open": Kind.TEXT,
    "heading_open": Kind.HEADING,
    "blockquote_open": Kind.QUOTE,
    "fence": Kind.CODE,
    "code_block": Kind.CODE,
    "table_open": Kind.TABLE,
    "hr": Kind.RULE,
    "html_block": Kind.HTML,
}
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rest:
    """The units of a text after those that are over.

    Args:
        units: in order.
        begin: where the last one begins.
        leaf: where the last paragraph of that one begins; -1 where it ends in code or a table.
    """

    units: Sequence[Unit] = ()
    begin: int = 0
    leaf: int = -1


class Outline:
    """Reads the units of a text that grows."""

    def __init__(self) -> None:
        self.closed: list[Unit] = []
        """The units that are over."""
        self._text = ""
        self._head = ""
        """What is said again before the unit that is not over."""
        self._begun_at = 0
        self._read_to = 0
        self._checks = 0
        """How often the half line was looked at for a place to part it."""
        self._fence = ""
        self._is_table = False
        self._context = _Context()

    def read(self, text: str) -> None:
        """Take in what the text is now.

        Args:
            text: the text so far, which goes on from what it was.
        """
        self._text = text
        while True:
            check = max(self._read_to, self._begun_at) + _check(self._checks)
            end = text.find("\n", self._read_to, check)
            if end >= 0:
                self._read_to = self._short_lines(end + 1)
                self._checks = 0
                self._take()
            elif check <= len(text):
                self._checks += 1
                self._look_at_half_line(check)
            else:
                return

    @property
    def begun_at(self) -> int:
        """Where the unit that is not over would begin in the text, if all of it stood there."""
        return self._begun_at - len(self._head)

    @property
    def whole_lines(self) -> str:
        """The lines of the unit that is not over, with what is said again before it."""
        if self._read_to < self._begun_at:
            return ""
        return self._head + self._text[self._begun_at : self._read_to]

    @property
    def half_line(self) -> str:
        """The line that has no end yet."""
        if self._read_to < self._begun_at:
            return self._head + self._text[self._begun_at :]
        return self._text[self._read_to :]

    @property
    def fence(self) -> str:
        """The marker of the code fence that is open; empty where none is.

        Only of one that stands in no list and no quote.
        """
        return self._fence

    @property
    def is_in_table(self) -> bool:
        """Whether the last lines are a table's."""
        return self._is_table

    def rest(self, source: str) -> Rest:
        """What is not over.

        Args:
            source: as much of it as shall count.
        """
        if not source.strip():
            return Rest()
        if self._fence:
            code = Unit(
                kind=Kind.CODE,
                source=source.strip("\n"),
                is_apart=self._context.is_apart,
                seam=self._context.seam,
            )
            return Rest([code])
        tokens = structure(source)
        found = _units(source, self._context, tokens)
        if not found:
            return Rest()
        line = _last_leaf(tokens)
        return Rest(
            [each.unit for each in found],
            begin=found[-1].begin,
            leaf=-1 if line < 0 else len(source) - len(source.split("\n", line)[line]),
        )

    def _short_lines(self, end: int) -> int:
        """Where so many lines end that are not long, from the end of a first one."""
        most = end + _BATCH
        while end < most and (line_end := self._text.find("\n", end, end + LONG)) >= 0:
            end = line_end + 1
        return end

    def _take(self) -> None:
        """Read the whole lines, of which there are new ones."""
        while True:
            lines = self.whole_lines
            tokens = structure(lines)
            found = _units(lines, self._context, tokens)
            source = Source(lines)
            for at, each in enumerate(found):
                unit = each.unit
                place = parting(source, tokens, each.lines, unit.numbers, unit.seam)
                if place is not None:
                    self.closed += [over.unit for over in found[:at]]
                    self._part(lines, each, place)
                    break
            else:
                if found:
                    self._go_on(found)
                return

    def _go_on(self, found: Sequence[_Found]) -> None:
        """All units but the last are over."""
        *over, last = found
        self.closed += [each.unit for each in over]
        self._context = _Context(last.unit, is_apart=last.unit.is_apart, seam=last.unit.seam)
        if last.begin:
            self._begun_at += last.begin - len(self._head)
            self._head = ""
        self._is_table = last.unit.kind is Kind.TABLE
        self._fence = open_fence(last.unit)

    def _look_at_half_line(self, end: int) -> None:
        """Part a paragraph whose last line is long already."""
        if self._fence:
            return
        text = self._head + self._text[self._begun_at : end]
        tokens = structure(text)
        found = _units(text, self._context, tokens)
        if not found:
            return
        *over, last = found
        unit = last.unit
        place = in_half_line(Source(text), tokens, last.lines, unit.numbers, unit.seam)
        if place is not None:
            self.closed += [each.unit for each in over]
            self._part(text, last, place)
            self._is_table = False
            self._checks = 0

    def _part(self, text: str, found: _Found, place: Parting) -> None:
        """One part of a unit is over; the rest of it is what is read from now on."""
        unit = replace(found.unit, source=text[found.begin : place.end], is_parted=True)
        seam = place.seam
        if not seam.is_prose:
            seam = replace(seam, joint=text[place.end : place.begin])
        self.closed.append(unit)
        self._begun_at += place.begin - len(self._head)
        self._head = place.head
        self._context = _Context(unit, seam=seam)


_BATCH = 2_000
"""So many characters of short lines are read together."""


def _check(number: int) -> int:
    """How long a half line is when it is looked at for that time."""
    size = LONG + STEP * number
    return size if size <= LONGEST else LONGEST << number


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of the unit with which a reading begins."""

    unit: Unit | None = None
    is_apart: bool = False
    seam: Seam | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A unit, and where it stands in the text that was read."""

    begin: int
    lines: tuple[int, int]
    unit: Unit


def units(text: str) -> Sequence[Unit]:
    """The units of a whole text.

    Args:
        text: standard Markdown.
    """
    outline = Outline()
    outline.read(text)
    return [*outline.closed, *outline.rest(outline.whole_lines + outline.half_line).units]


def _last_leaf(tokens: Sequence[Token]) -> int:
    """The line in which the last paragraph or block of HTML begins; -1 in code."""
    line = -1
    for token in tokens:
        if token.map is None:
            continue
        match token.type:
            case "inline" | "html_block":
                line = token.map[0]
            case "fence" | "code_block" | "hr":
                line = -1
    return line


def _units(text: str, context: _Context, tokens: Sequence[Token]) -> list[_Found]:
    """The units, and where each begins."""
    begins: list[tuple[int, Kind, int | None, bool]] = []
    number: int | None = None
    is_first = False
    for token in tokens:
        line = token.map[0] if token.map else 0
        if token.level == 0 and token.type in _KINDS:
            begins.append((line, _KINDS[token.type], None, False))
        elif token.level == 0 and token.type == "ordered_list_open":
            number, is_first = int(token.attrs.get("start", 1)), True
        elif token.level == 0 and token.type == "bullet_list_open":
            number, is_first = None, True
        elif token.level == 1 and token.type == "list_item_open":
            begins.append((line, Kind.ITEM, number, is_first))
            is_first = False
            number = None if number is None else number + 1
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    starts = [0]
    for line_text in lines:
        starts.append(starts[-1] + len(line_text) + 1)
    found: list[_Found] = []
    shift: int | None = None
    is_apart = context.is_apart
    for at, (line, kind, counted, begins_list) in enumerate(begins):
        end = begins[at + 1][0] if at + 1 < len(begins) else len(lines)
        if at == 0 and kind is Kind.ITEM and context.unit and context.unit.kind is Kind.ITEM:
            # It was read before: it goes on in its list.
            begins_list = context.unit.begins_list
            if counted is not None and context.unit.number is not None:
                shift = context.unit.number - counted
        elif begins_list:
            shift = None
        if counted is not None and shift is not None:
            counted += shift
        source = "\n".join(lines[line:end])
        body = source.rstrip(" \t\n") if kind is not Kind.CODE else source.rstrip("\n")
        unit = Unit(
            kind=kind,
            source=body,
            is_apart=is_apart,
            number=counted,
            begins_list=begins_list,
            seam=context.seam if at == 0 else None,
        )
        found.append(_Found(starts[line], (line, end), unit))
        is_apart = (
            any(not each.strip() for each in lines[line + 1 : end]) and not lines[end - 1].strip()
        )
    return found


def open_fence(unit: Unit) -> str:
    """The marker of the code fence that a unit leaves open; empty where it leaves none.

    Args:
        unit: the unit.
    """
    found = FENCE.match(unit.source) if unit.kind is Kind.CODE else None
    if found is None:
        return ""
    lines = unit.source.split("\n")
    return "" if len(lines) > 1 and closes(lines[-1], found[1]) else found[1]


def closes(line: str, marker: str) -> bool:
    """Whether a line ends the code that a fence began.

    Args:
        line: of the code.
        marker: what the fence began with.
    """
    bare = line.strip(" \t")
    is_marker = len(bare) >= len(marker) and not bare.strip(marker[0])
    return is_marker and not line.startswith(("    ", "\t"))
