"""A growing text as a row of units: paragraphs, list items, code, tables, quotes.

A unit is the smallest piece that can be written without looking at the others. A block ends for
good when the next one begins (https://spec.commonmark.org/0.31.2/#phase-1-block-structure), so all
units but the last are read once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from markdown_it.token import Token

from bot.markdown.parser import structure


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
    """

    kind: Kind
    source: str
    is_apart: bool = False
    number: int | None = None
    begins_list: bool = False


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
_ROW = re.compile(r" {0,3}\|")


@dataclass(frozen=True, slots=True)
class Rest:
    """The units of a text after those that are over.

    Args:
        units: in order.
        begin: where the last one begins.
        leaf: where the last paragraph of that one begins; -1 where it ends in code or a table.
        is_prose: whether that is a paragraph, not HTML.
    """

    units: Sequence[Unit] = ()
    begin: int = 0
    leaf: int = -1
    is_prose: bool = True


class Outline:
    """Reads the units of a text that grows."""

    def __init__(self) -> None:
        self.closed: list[Unit] = []
        """The units that are over."""
        self.begun_at = 0
        """Where the unit begins that is not over."""
        self._text = ""
        self._read_to = 0
        self._fence = ""
        self._is_table = False
        self._context = _Context()

    def read(self, text: str) -> None:
        """Take in what the text is now.

        Args:
            text: the text so far, which goes on from what it was.
        """
        self._text = text
        lines_end = text.rfind("\n") + 1
        if lines_end <= self._read_to:
            return
        new = text[self._read_to : lines_end]
        self._read_to = lines_end
        if self._goes_on(new):
            return
        lines = text[self.begun_at : lines_end]
        found = _units(lines, self._context, structure(lines))
        if not found:
            return
        *over, (offset, last) = found
        self.closed += [unit for _, unit in over]
        self._context = _Context(last, is_apart=last.is_apart)
        self.begun_at += offset
        self._is_table = last.kind is Kind.TABLE
        self._fence = open_fence(last)

    @property
    def whole_lines(self) -> str:
        """The lines of the unit that is not over."""
        return self._text[self.begun_at : self._read_to]

    @property
    def half_line(self) -> str:
        """The line that has no end yet."""
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
            is_apart = self._context.is_apart
            return Rest([Unit(kind=Kind.CODE, source=source.strip("\n"), is_apart=is_apart)])
        tokens = structure(source)
        found = _units(source, self._context, tokens)
        if not found:
            return Rest()
        line, is_prose = _last_leaf(tokens)
        return Rest(
            [unit for _, unit in found],
            begin=found[-1][0],
            leaf=-1 if line < 0 else len(source) - len(source.split("\n", line)[line]),
            is_prose=is_prose,
        )

    def _goes_on(self, new: str) -> bool:
        """Whether new lines surely belong to the unit that is not over."""
        if self._fence:
            closing = re.compile(
                rf"^ {{0,3}}{re.escape(self._fence)}{re.escape(self._fence[0])}*[ \t]*$",
                re.MULTILINE,
            )
            return closing.search(new) is None
        if self._is_table:
            return all(_ROW.match(line) for line in new.split("\n")[:-1])
        return False


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of the unit with which a reading begins."""

    unit: Unit | None = None
    is_apart: bool = False


def units(text: str) -> Sequence[Unit]:
    """The units of a whole text.

    Args:
        text: standard Markdown.
    """
    return [unit for _, unit in _units(text, _Context(), structure(text))]


def _last_leaf(tokens: Sequence[Token]) -> tuple[int, bool]:
    """The line in which the last paragraph begins, and whether it is prose; -1 in code."""
    line, is_prose = -1, True
    for token in tokens:
        if token.map is None:
            continue
        match token.type:
            case "inline" | "html_block":
                line, is_prose = token.map[0], token.type == "inline"
            case "fence" | "code_block" | "hr":
                line = -1
    return line, is_prose


def _units(text: str, context: _Context, tokens: Sequence[Token]) -> list[tuple[int, Unit]]:
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
    starts = [0]
    for line_text in lines:
        starts.append(starts[-1] + len(line_text) + 1)
    found: list[tuple[int, Unit]] = []
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
        )
        found.append((starts[line], unit))
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
