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

from bot.characters import last_whole_character, next_whole_character, sendable
from bot.markdown.breaks import LONGEST_SPAN, is_break, kept_together
from bot.markdown.parser import References, definitions, spans
from bot.markdown.units import Kind, Unit, units
from bot.markdown.writing import Dialect, Segment, Standard, Written, marks_of, room

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
_LARGEST_LEAD = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What stands around lines, in each message that has some of them."""

    opening: str
    closing: str
    again: str

    @property
    def size(self) -> int:
        return len(self.opening) + len(self.closing) + 2 * bool(self.closing) + 1

    def goes_on_in(self, other: _Frame) -> bool:
        return self.closing == other.closing and self.again in (other.opening, other.again)


_INDENTED = _Frame("", "", "")
"""Around code that is code by its indentation."""


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
    opens: bool = False
    """Whether it is the first one in its frame."""
    joint: str = "\n"
    """What stands between it and the line before it."""
    lead: str = ""
    """What stands before it where it is the first of a message."""


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
    _ends: list[tuple[int, tuple[int, int]]] = field(default_factory=list)
    """For each line where it ends in the text, and how far it was moved to the left."""
    _text: str = ""
    _used: int = 0
    _before: Kind | None = None
    _indent: int = 0
    _begins_unit: bool = False

    def __post_init__(self) -> None:
        if self.limit < SMALLEST:
            raise ValueError(f"a part needs room: limit {self.limit} is under {SMALLEST}")

    def copy(self) -> Parts:
        """The same, to be filled further without changing this one."""
        return replace(self, full=list(self.full), _lines=list(self._lines), _ends=list(self._ends))

    @property
    def all(self) -> tuple[str, ...]:
        """The messages."""
        return self._with(self._over(len(self._lines)))

    @property
    def so_far(self) -> tuple[str, ...]:
        """The messages, the last of which still grows: code that is open there stays open."""
        return self._with(self._text) if self.appends_only else self.all

    def _with(self, last: str) -> tuple[str, ...]:
        return (*self.full, last) if last.strip() else tuple(self.full)

    def add(self, unit: Unit, written: Written) -> None:
        """Put a unit into the messages.

        Args:
            unit: what it was.
            written: how it is written.
        """
        if not written.segments:
            return
        if unit.seam is not None:
            self._go_on(written, is_prose=unit.seam.is_prose)
        else:
            before = Break.ITEM if unit.kind is Kind.ITEM and not unit.begins_list else Break.BLOCK
            if self._before is Kind.HEADING:
                before = Break.LINE
            # A paragraph right after a quote, or after an empty item, would be read as more of it.
            goes_on = unit.kind is Kind.TEXT and self._before in (Kind.QUOTE, Kind.ITEM)
            self._indent, self._begins_unit = _indent(unit, written), True
            self._add(written.segments, before, is_apart=written.is_apart or goes_on)
        self._before = unit.kind

    def _go_on(self, written: Written, *, is_prose: bool) -> None:
        """Put the rest of a unit into the messages."""
        first, *more = written.segments
        frame, lines = self._framed(first, is_rest=True)
        last = self._lines[-1].frame if self._lines else None
        before = Break.LINE
        if frame is not None and last is not None and frame.goes_on_in(last):
            frame, before = last, Break.CODE
        lead, joint = self._short(written.lead), written.joint
        if is_prose and joint == "\n":
            lines, lead = (lead + lines[0], *lines[1:]), ""
        for text in lines:
            line = _Line(text, before, False, frame, self._indent, joint=joint, lead=lead)
            self._place(line)
            before = Break.LINE if frame is None else Break.CODE
            lead, joint = "", "\n"
        self._add(more, Break.LINE, is_apart=False)

    def _add(self, segments: Sequence[Segment], before: Break, *, is_apart: bool) -> None:
        for segment in segments:
            frame, lines = self._framed(segment)
            opens = True
            for text in lines:
                line = _Line(
                    text, before, is_apart, frame, self._indent, self._begins_unit, opens=opens
                )
                self._place(line)
                self._begins_unit = opens = is_apart = False
                before = Break.LINE if frame is None else Break.CODE
            before = Break.LINE

    def _framed(
        self, segment: Segment, *, is_rest: bool = False
    ) -> tuple[_Frame | None, Sequence[str]]:
        """What stands around the lines, as far as there is room for it in each message."""
        lines, most = segment.lines, self.limit * _LARGEST_FRAME
        if not segment.opening and not segment.closing:
            return (_INDENTED if segment.is_code else None), lines
        frame = _Frame(segment.opening, segment.closing, segment.again or segment.opening)
        if frame.size > most:
            first = segment.opening.removeprefix(segment.closing).lstrip("\n")
            lines = lines if is_rest else (*first.split("\n"), *lines)
            frame = _Frame(segment.closing, segment.closing, segment.closing)
        if not segment.closing or frame.size > most:
            frame_fits = frame.size <= most and frame.opening == segment.opening
            if frame_fits:
                return frame, lines
            return None, segment.lines if is_rest else _plain_lines(segment)
        return frame, lines or ("",)

    def _place(self, line: _Line) -> None:
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
            lead = self._short(_lead(line))
            line = _Line(rest, Break.LINE, False, line.frame, line.indent, lead=lead)
        self._append(line)

    def _short(self, lead: str) -> str:
        return lead if len(lead) <= self.limit * _LARGEST_LEAD else ""

    def _append(self, line: _Line) -> None:
        if not self._lines and line.frame is None and not line.text:
            return  # no message begins with an empty line
        self._used += self._size(line)
        pieces: list[str] = []
        last = self._lines[-1] if self._lines else None
        surplus = self._ends[-1][1] if self._ends else _surplus(line)
        if last is not None:
            if line.frame is not last.frame and last.frame is not None and last.frame.closing:
                pieces.append(f"\n{_outdented(last.frame.closing, surplus)}")
            pieces.append(self._joint(line))
        if line.begins_unit:
            surplus = 0, 0
        if line.frame is not None and (last is None or line.frame is not last.frame):
            opening = line.frame.opening if line.opens else line.frame.again
            if opening:
                pieces.append(f"{_outdented(opening, surplus)}\n")
        text = line.text if last is not None else line.lead + line.text
        pieces.append(_outdented(text, surplus))
        self._text += "".join(pieces)
        self._lines.append(line)
        self._ends.append((len(self._text), surplus))

    def _over(self, at: int) -> str:
        """The message, if it ends before one of its lines."""
        if at < 1:
            return ""
        end, surplus = self._ends[at - 1]
        frame = self._lines[at - 1].frame
        closing = f"\n{_outdented(frame.closing, surplus)}" if frame and frame.closing else ""
        return self._text[:end] + closing

    def _joint(self, line: _Line) -> str:
        """What stands between the lines of the message and one more."""
        if not line.begins_unit or any(each.begins_unit for each in self._lines):
            return "\n\n" if line.is_apart else line.joint
        # What is left of an item has no mark any more: what follows would go on in it,
        # or count on from what was counted there.
        is_counted = _NUMBER.match(line.text) and any(
            _NUMBER.match(each.text) for each in self._lines
        )
        return _BETWEEN_LISTS if is_counted else "\n\n"

    def _size(self, line: _Line) -> int:
        """How much longer the message gets by a line, with the end of its frame."""
        size = len(line.text)
        last = self._lines[-1] if self._lines else None
        if last is None:
            size += len(line.lead)
        else:
            size += len(self._joint(line))
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
        text, rest = self._over(at), self._lines[at:]
        if text.strip():
            self.full.append(text)
        self._lines, self._ends, self._text, self._used = [], [], "", 0
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


_NUMBER = re.compile(r"[ \t]*\d{1,10}[.)][ \t]")
_BETWEEN_LISTS = "\n\n\u200b\n\n"
_MARK = re.compile(r"[ \t]*(?:[-+*]|\d{1,10}[.)])[ \t]+")


def _lead(line: _Line) -> str:
    """What the rest of a line begins with in another message, so that it stays a quote or code."""
    text = line.lead + line.text
    if line.frame is _INDENTED:
        return text[:4] if text.startswith("    ") else ""
    marks = marks_of(text)
    return room(marks) if line.frame is None and ">" in marks else ""


def _surplus(line: _Line) -> tuple[int, int]:
    """How far a line is indented, before and in a quote, by what began in another message."""
    if line.begins_unit or line.frame is _INDENTED:
        return 0, 0
    found = _INDENTED_LINE.match(line.frame.again if line.frame else line.lead + line.text)
    before, within = (len(found[1]), len(found[3])) if found else (0, 0)
    return max(line.indent, before), within


def _outdented(text: str, surplus: tuple[int, int]) -> str:
    """The lines without the indentation of an item that began in another message."""
    before, within = surplus
    if not (before or within) or text[:1] not in (" ", ">"):
        return text
    return "\n".join(
        _INDENTED_LINE.sub(
            lambda found: found[1][before:] + found[2] + found[3][within:], line, count=1
        )
        for line in text.split("\n")
    )


_INDENTED_LINE = re.compile(r"\A( *)((?:> ?)*)( *)")


def _break_in(text: str, least: int, most: int, *, is_code: bool) -> int:
    """The last good place to cut a line."""
    if most < least:
        return 0
    if not is_code:
        kept = kept_together(spans(text[: most + LONGEST_SPAN]))
        for at in range(most, least - 1, -1):
            if is_break(text, at) and not any(start < at < end for start, end in kept):
                return at
        for at in range(most, max(least, most - LONGEST_SPAN) - 1, -1):
            if is_break(text, at):
                return at
    return last_whole_character(text, most) or most


def _first_break_in(text: str, least: int, most: int, *, is_code: bool) -> int | None:
    """The first good place past `least`; none before `most` is reached means: wait for more."""
    if most < 1:
        return 0
    good = most - min(_LONGEST_CHARACTER, max(0, most - least) // 2)
    kept = [] if is_code else kept_together(spans(text[: most + LONGEST_SPAN]))
    for at in range(min(least, good), min(len(text), good + 1)):
        if is_code:
            break
        if is_break(text, at) and not any(start < at < end for start, end in kept):
            return at
    if len(text) <= good:
        return None
    # What is shown already stays, so it is the next place and not the last one.
    place = next_whole_character(text, max(1, good))
    if place is None and len(text) <= most:
        return None
    return most if place is None else min(place, most)


_LONGEST_CHARACTER = 48
