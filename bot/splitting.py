"""Puts what is written into messages, none longer than the platform takes.

Where a message ends depends on what stands before that place alone. A platform that can only append
is never shown text that a later cut would move: there a message ends at the first good place past
three quarters. Elsewhere it goes on until it is full, and ends at the best place behind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from bot.characters import last_whole_character, sendable
from bot.markdown.parser import References, definitions, spans
from bot.markdown.units import Kind, Unit, units
from bot.markdown.writing import Dialect, Segment, Standard, Written

SMALLEST = 64
"""The least room that a part needs."""


class Break(IntEnum):
    """How good a place is to end a message before it."""

    CODE = 0
    LINE = 1
    ITEM = 2
    BLOCK = 3


# Where text can only grow, a message ends at the first such place past that much of it.
_ENOUGH = {Break.BLOCK: 0.75, Break.ITEM: 0.82, Break.LINE: 0.87, Break.CODE: 0.87}
_ENOUGH_IN_LINE = 0.92
# Elsewhere a good place counts like so much more of the message.
_WORTH = {Break.BLOCK: 0.35, Break.ITEM: 0.25, Break.LINE: 0.1, Break.CODE: 0.0}
_LEAST_FULL = 0.5
_LARGEST_FRAME = 0.4
_LONGEST_SPAN = 200
_KEPT_TOGETHER = frozenset(
    {"link", "image", "code", "html", "autolink", "entity", "strong", "em", "s"}
)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What stands around lines, in each message that has some of them."""

    opening: str
    closing: str

    @property
    def size(self) -> int:
        return len(self.opening) + len(self.closing) + 2 * bool(self.closing) + 1


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a message, and how it stands there."""

    text: str
    before: Break
    is_apart: bool
    frame: _Frame | None
    indent: int = 0
    """How far it is indented only because its list item began before it."""
    begins_unit: bool = False


@dataclass(slots=True)
class Parts:
    """The messages of an answer, filled unit by unit.

    Args:
        limit: the most characters of a message.
        appends_only: whether what was put into a message must stay in it.
    """

    limit: int
    appends_only: bool = False
    full: list[str] = field(default_factory=list)
    """The messages that are over."""
    _lines: list[_Line] = field(default_factory=list)
    _used: int = 0
    _before: Kind | None = None
    _indent: int = 0
    _begins_unit: bool = False

    def __post_init__(self) -> None:
        if self.limit < SMALLEST:
            raise ValueError(f"a part needs room: limit {self.limit} is under {SMALLEST}")

    def copy(self) -> Parts:
        """The same, to be filled further without changing this one."""
        return Parts(
            self.limit,
            self.appends_only,
            list(self.full),
            list(self._lines),
            self._used,
            self._before,
        )

    @property
    def all(self) -> tuple[str, ...]:
        """The messages."""
        last = _joined(self._lines)
        return (*self.full, last) if last.strip() else tuple(self.full)

    @property
    def so_far(self) -> tuple[str, ...]:
        """The messages, the last of which still grows: code that is open there stays open."""
        if not self.appends_only:
            return self.all
        last = _joined(self._lines, is_over=False)
        return (*self.full, last) if last.strip() else tuple(self.full)

    def add(self, unit: Unit, written: Written, *, is_over: bool = True) -> None:
        """Put a unit into the messages.

        Args:
            unit: what it was.
            written: how it is written.
            is_over: whether its last line is whole.
        """
        before = Break.ITEM if unit.kind is Kind.ITEM and not unit.begins_list else Break.BLOCK
        if self._before is Kind.HEADING:
            before = Break.LINE
        # A paragraph right after a quote would be read as more of it.
        is_apart = written.is_apart or (unit.kind is Kind.TEXT and self._before is Kind.QUOTE)
        self._indent, self._begins_unit = _indent(unit, written), True
        for number, segment in enumerate(written.segments):
            is_last = number == len(written.segments) - 1
            self._add(segment, before, is_apart=is_apart, is_growing=is_last and not is_over)
            before, is_apart = Break.LINE, False
        if written.segments:
            self._before = unit.kind

    def go_on(self, written: Written, *, is_over: bool = True) -> None:
        """Put more lines of the code into the messages with which they end.

        Args:
            written: the lines, in the same fence.
            is_over: whether its last line is whole.
        """
        for segment in written.segments:
            frame = self._lines[-1].frame if self._lines else None
            if frame is None or (frame.opening, frame.closing) != (
                segment.opening,
                segment.closing,
            ):
                frame = _Frame(segment.opening, segment.closing)
            for number, text in enumerate(segment.lines):
                is_half = not is_over and number == len(segment.lines) - 1
                line = _Line(text, Break.CODE, False, frame, self._indent)
                self._place(line, is_growing=is_half)

    def _add(self, segment: Segment, before: Break, *, is_apart: bool, is_growing: bool) -> None:
        frame: _Frame | None = None
        lines: Sequence[str] = segment.lines
        if segment.opening or segment.closing:
            frame, lines = self._framed(segment)
        for number, text in enumerate(lines):
            is_half = is_growing and number == len(lines) - 1
            line = _Line(text, before, is_apart, frame, self._indent, self._begins_unit)
            self._place(line, is_growing=is_half)
            self._begins_unit = False
            before, is_apart = (Break.LINE if frame is None else Break.CODE), False

    def _framed(self, segment: Segment) -> tuple[_Frame | None, Sequence[str]]:
        """What stands around the lines, as far as there is room for it in each message."""
        lines, most = segment.lines, self.limit * _LARGEST_FRAME
        frame = _Frame(segment.opening, segment.closing)
        if frame.size > most:
            first = segment.opening.removeprefix(segment.closing).lstrip("\n")
            lines = (*first.split("\n"), *lines)
            frame = _Frame(segment.closing, segment.closing)
        if not segment.closing or frame.size > most:
            frame_fits = frame.size <= most and lines == segment.lines
            return (frame, lines) if frame_fits else (None, _plain_lines(segment))
        return frame, lines or ("",)

    def _place(self, line: _Line, *, is_growing: bool) -> None:
        if self.appends_only:
            enough = self._used >= self.limit * _ENOUGH[line.before]
            if self._lines and (enough or not self._has_room_for_frame(line)):
                self._end(len(self._lines))
        while True:
            room = self._room(line)
            cut = self._cut(line, room)
            if cut is None:
                break
            if not self.appends_only and self._end_behind(line):
                continue
            if cut <= 0:
                self._end(len(self._lines))
                continue
            first, rest = line.text[:cut], line.text[cut:]
            if line.frame is None:
                first, rest = first.rstrip(), rest.lstrip()
            self._append(replace(line, text=first))
            self._end(len(self._lines))
            if not rest:
                return
            line = _Line(rest, Break.LINE, False, line.frame)
        self._append(line)

    def _append(self, line: _Line) -> None:
        if self._is_mid_unit(line):
            line = replace(line, is_apart=True)
        self._used += self._size(line)
        self._lines.append(line)

    def _is_mid_unit(self, line: _Line) -> bool:
        """Whether a unit follows the end of one that began in another message."""
        # What is left of an item has no mark any more: what follows would go on in it.
        is_first = not any(each.begins_unit for each in self._lines)
        return line.begins_unit and bool(self._lines) and is_first

    def _size(self, line: _Line) -> int:
        """How much longer the message gets by a line, with the end of its frame."""
        size = len(line.text)
        last = self._lines[-1] if self._lines else None
        if last is not None:
            size += 2 if line.is_apart or self._is_mid_unit(line) else 1
        if line.frame is not None and (last is None or last.frame is not line.frame):
            size += line.frame.size
        return size

    def _room(self, line: _Line) -> int:
        return self.limit - self._used - (self._size(line) - len(line.text))

    def _has_room_for_frame(self, line: _Line) -> bool:
        return self._room(line) >= SMALLEST // 4

    def _cut(self, line: _Line, room: int) -> int | None:
        """Where a line must be cut for lack of room; None where it has it."""
        text = line.text
        if not self.appends_only:
            if len(text) <= room:
                return None
            return _break_in(text, 1, room, is_code=line.frame is not None)
        # Where text only grows, the cut must not depend on what comes after it.
        most = room - SMALLEST // 4
        if len(text) <= most and len(text) + self.limit - room < self.limit * _ENOUGH_IN_LINE:
            return None
        least = max(1, int(self.limit * _ENOUGH_IN_LINE) - (self.limit - room))
        return _first_break_in(text, least, most, is_code=line.frame is not None)

    def _end(self, at: int) -> None:
        """End the message before one of its lines; those after it go on in the next."""
        over, rest = self._lines[:at], self._lines[at:]
        text = _joined(over)
        if text.strip():
            self.full.append(text)
        self._lines, self._used = [], 0
        for line in rest:
            self._append(line)

    def _end_behind(self, line: _Line) -> bool:
        """End the message at the best place behind; false where none is good enough."""
        best: tuple[float, int] | None = None
        used = 0
        for at, each in enumerate([*self._lines, line]):
            if at and used >= self.limit * _LEAST_FULL:
                score = used / self.limit + _WORTH[each.before]
                if best is None or score >= best[0]:
                    best = (score, at)
            used += len(each.text) + 1 + each.is_apart
        if best is None:
            return False
        self._end(best[1])
        return True


def split(
    text: str, limit: int, *, dialect: Dialect | None = None, appends_only: bool = False
) -> tuple[str, ...]:
    """Cut a whole text into messages that can stand alone.

    Code that goes on in the next message is closed and opened again, a table's header is repeated.
    Blocks are kept whole where possible, then list items, then lines, then words.

    Args:
        text: standard Markdown.
        limit: the most characters of a message; at least 64.
        dialect: how the platform wants it; as it is, when left out.
        appends_only: whether it was shown while it grew, on a platform that only appends.

    Returns:
        The messages; none at all for a text without words.
    """
    text, dialect = sendable(text), dialect or Standard()
    parts = Parts(limit, appends_only)
    references: References = {} if appends_only else definitions(text) if "]:" in text else {}
    for unit in units(text):
        parts.add(unit, dialect.written(unit, references))
    return parts.all


def _plain_lines(segment: Segment) -> Sequence[str]:
    return [line for line in segment.text.split("\n") if line]


def _indent(unit: Unit, written: Written) -> int:
    """How far the lines of a list's item are indented below its mark."""
    if unit.kind is not Kind.ITEM or not written.segments:
        return 0
    first = written.segments[0]
    mark = _MARK.match(first.opening or first.lines[0])
    return mark.end() if mark else 0


_MARK = re.compile(r"[ \t]*(?:[-+*]|\d{1,10}[.)])[ \t]+")


def _joined(lines: Sequence[_Line], *, is_over: bool = True) -> str:
    pieces: list[str] = []
    frame: _Frame | None = None
    surplus = 0
    for at, line in enumerate(lines):
        if line.frame is not frame and frame is not None and frame.closing:
            pieces.append(f"\n{_outdented(frame.closing, surplus)}")
        if at:
            pieces.append("\n\n" if line.is_apart else "\n")
        if line.begins_unit:
            surplus = 0
        elif not at:
            surplus = line.indent
        if line.frame is not frame and line.frame is not None and line.frame.opening:
            pieces.append(f"{_outdented(line.frame.opening, surplus)}\n")
        frame = line.frame
        pieces.append(_outdented(line.text, surplus))
    if is_over and frame is not None and frame.closing:
        pieces.append(f"\n{_outdented(frame.closing, surplus)}")
    return "".join(pieces)


def _outdented(text: str, surplus: int) -> str:
    """The lines without the indentation of an item that began in another message."""
    if not surplus or not text.startswith(" "):
        return text
    return "\n".join(
        line[min(surplus, len(line) - len(line.lstrip(" "))) :] for line in text.split("\n")
    )


def _break_in(text: str, least: int, most: int, *, is_code: bool) -> int:
    """The last good place to cut a line."""
    if most < least:
        return 0
    if not is_code:
        kept = _kept_together(text[: most + _LONGEST_SPAN])
        for at in range(most, least - 1, -1):
            if _is_break(text, at) and not any(start < at < end for start, end in kept):
                return at
        for at in range(most, max(least, most - _LONGEST_SPAN) - 1, -1):
            if _is_break(text, at):
                return at
    return last_whole_character(text, most) or most


def _first_break_in(text: str, least: int, most: int, *, is_code: bool) -> int | None:
    """The first good place past `least`; none before `most` is reached means: wait for more."""
    if most < 1:
        return 0
    kept = [] if is_code else _kept_together(text[: most + _LONGEST_SPAN])
    for at in range(min(least, most), min(len(text), most + 1)):
        if is_code:
            break
        if _is_break(text, at) and not any(start < at < end for start, end in kept):
            return at
    if len(text) <= most:
        return None
    return last_whole_character(text, most) or most


def _kept_together(text: str) -> list[tuple[int, int]]:
    return [
        (span.start, span.end)
        for span in spans(text)
        if span.kind in _KEPT_TOGETHER and span.end - span.start <= _LONGEST_SPAN
    ]


def _is_break(text: str, at: int) -> bool:
    """Whether a line of prose may be cut before a character."""
    if not 0 < at < len(text):
        return at >= len(text)
    if text[at] in _BEGINS_BLOCKS or text[at].isspace():
        return False
    return text[at - 1].isspace() or text[at - 1] in "。！？；，、"


_BEGINS_BLOCKS = frozenset("-+*#>|=~`_<[:0123456789")
"""What a line must not begin with that was the middle of one."""
