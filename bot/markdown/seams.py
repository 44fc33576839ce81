"""Where a unit without end is parted, so that what is read and written again stays small.

A paragraph, a table, a list's item may go on for as long as an answer does. Past some length it is
parted at a seam, a place where nothing is open but what holds it, and the rest is a unit that goes
on. So that the rest is read as what it is, the marks of what holds it are said again before it: of

    1. one
       - two
         three

with a seam before the third line, the rest is `1. - <!---->` and that line. What is said again is
never shown again. Where a seam is depends on the text before it and on no more than the line after
it, so it is the same however the text comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token

from bot.characters import last_whole_character
from bot.markdown.breaks import LONGEST_SPAN, is_break, kept_together
from bot.markdown.parser import Span, loose_ends, structure

LONG = 400
"""So many characters of a unit, or of a paragraph, are left together at least, if they can be."""

LONG_TABLE = 1_200
"""Of a table: a dialect may write something under each part of it."""

STEP = 150
"""If they must, so many more are waited for, and again."""

LONGEST = 700
"""A paragraph that is longer is parted wherever it may be."""

HELD = 300
"""Emphasis that finds no end in so many characters is not waited for."""

_MOST_LOOSE = 40
"""Where more emphasis finds no end, more text makes no place better: each marker takes long."""

GUARD = "\u00a0"
"""Makes a paragraph of what comes after it, and is no part of it."""

_NOTHING = "<!---->"
"""Fills the line of marks before a block, so that the block begins on its own line."""

_LEAVES = frozenset({"paragraph_open", "heading_open", "fence", "code_block", "table_open",
                     "html_block", "hr"})  # fmt: skip
_PROSE = frozenset({"paragraph_open", "heading_open"})
_LISTS = frozenset({"bullet_list_open", "ordered_list_open"})
_HOLDERS = frozenset({"blockquote_open", "list_item_open"})
_MARK = re.compile(r"( {0,3}(?:[-+*]|\d{1,9}[.)]))( *)")
_QUOTE = re.compile(r" {0,3}> ?")
_MARKS = re.compile(r"[ \t>\-+*\d.)]*")
_ENDLESS_HTML = re.compile(r" {0,3}<(script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_OTHER_HTML = re.compile(r" {0,3}<(?:!|\?)")
_OPENS = re.compile(r"<a[\s>]", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seam:
    """How a unit goes on from the one before it.

    Args:
        joint: what stands between them: spaces or the ends of lines, if anything.
        marks: what the first line of a paragraph's rest begins with that was said before.
        dropped: how many lines were said before and are not shown again.
        is_prose: whether it is within a paragraph.
        holders: how many quotes and items had begun before.
        numbers: of the lists that it stands in, the outermost first: what the item counts; None
            where it is no ordered list.
        follows: the parser's name of the block before it, in the same quote or item; empty where
            there is none or where it goes on.
        above: of a table: its source as far as it goes on from there.
    """

    joint: str = "\n"
    marks: str = ""
    dropped: int = 0
    is_prose: bool = False
    holders: int = 0
    numbers: tuple[int | None, ...] = ()
    follows: str = ""
    above: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parting:
    """Where a unit is parted.

    Args:
        end: where its first part ends.
        begin: where the rest begins.
        head: what is said again before the rest.
        seam: how the rest goes on.
    """

    end: int
    begin: int
    head: str
    seam: Seam


@dataclass(slots=True)
class _Open:
    """A block that holds others, while its tokens are read."""

    token: Token
    number: int | None = None
    """Of a list: what its item counts."""
    last: str = ""
    """The block in it that is over."""


@dataclass(slots=True)
class Source:
    """A text by its lines, of which all but the last surely stay what they are.

    Args:
        text: whole lines; or with the half of one that is surely a paragraph's.
    """

    text: str
    lines: list[str] = field(init=False)
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.removesuffix("\n").split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def size(self, first: int, end: int) -> int:
        """How long lines are."""
        return self.starts[end] - self.starts[first]


def parting(
    source: Source,
    tokens: Sequence[Token],
    lines: tuple[int, int],
    numbers: Sequence[int | None],
    known: Seam | None,
) -> Parting | None:
    """The first place where a unit is to be parted; None where it is not, or not yet.

    Args:
        source: the text in which it stands.
        tokens: the blocks of that text.
        lines: the unit's first line, and the one after its last.
        numbers: what the items count that the unit's first line stands in, as far as that is
            not what the line says.
        known: how the unit goes on from one before it.
    """
    if source.size(*lines) < LONG:
        return None
    return _Search(source, lines, numbers, known).found(tokens)


def in_half_line(
    source: Source,
    tokens: Sequence[Token],
    lines: tuple[int, int],
    numbers: Sequence[int | None],
    known: Seam | None,
) -> Parting | None:
    """The place where a paragraph is to be parted whose last line has no end yet.

    Args:
        source: the text, with that line.
        tokens: its blocks.
        lines: the last unit's first line, and the one after its last.
        numbers: as in `parting`.
        known: as in `parting`.
    """
    return _Search(source, lines, numbers, known).found_in_last_line(tokens)


class _Search:
    """Looks for the first seam of a unit.

    Args:
        source: the text in which it stands.
        lines: its first line, and the one after its last.
        numbers: what the items count that its first line stands in.
        known: how it goes on from a unit before it.
    """

    def __init__(
        self,
        source: Source,
        lines: tuple[int, int],
        numbers: Sequence[int | None],
        known: Seam | None,
    ) -> None:
        self._source = source
        self._first, self._end = lines
        self._numbers = list(numbers)
        self._known = known

    def found(self, tokens: Sequence[Token]) -> Parting | None:
        stack: list[_Open] = []
        leaf = ""
        for token in tokens:
            self._step(token, stack)
            if token.type in _LEAVES:
                leaf = token.type
            if token.map is None or token.map[0] < self._first:
                continue
            if token.map[0] >= self._end:
                return None
            place = None
            if token.type in _LEAVES:
                place = self._before(token, stack) or self._in_lines(token, stack)
            elif token.type == "inline" and leaf in _PROSE:
                place = self._in_prose(token, stack)
            if place is not None:
                return place
            if stack and token.nesting == 0 and token.type in _LEAVES:
                stack[-1].last = token.type
        return None

    def found_in_last_line(self, tokens: Sequence[Token]) -> Parting | None:
        stack: list[_Open] = []
        leaf = ""
        for token in tokens:
            self._step(token, stack)
            leaf = token.type if token.type in _LEAVES else leaf
            is_at_end = token.map is not None and token.map[1] == len(self._source.lines)
            if token.type != "inline" or leaf not in _PROSE or not is_at_end:
                continue
            if self._source.size(_first(token), len(self._source.lines)) > LONG:
                is_long = len(self._source.lines[-1]) >= LONGEST
                return self._in_window(token, stack, token.content, must=is_long)
        return None

    def _step(self, token: Token, stack: list[_Open]) -> None:
        """Take a token in: what holds the next one."""
        if token.nesting < 0:
            opening = f"{token.type.removesuffix('close')}open"
            if stack and stack[-1].token.type == opening:
                stack.pop()
            if stack and (opening in _LEAVES or opening in _LISTS or opening in _HOLDERS):
                stack[-1].last = opening
        elif token.type in _LISTS:
            stack.append(_Open(token, number=self._counted(token, stack)))
        elif token.type in _HOLDERS:
            if token.type == "list_item_open" and stack[-1].number is not None:
                # Of the outermost list there are items before the unit.
                is_before = len(stack) == 1 and _first(token) < self._first
                stack[-1].number += not is_before
            stack.append(_Open(token))

    def _counted(self, token: Token, stack: Sequence[_Open]) -> int | None:
        """What a list counts to before its first item."""
        if token.type != "ordered_list_open":
            return None
        depth = sum(each.token.type in _LISTS for each in stack)
        dropped = self._known.dropped if self._known else 0
        is_known = depth < len(self._numbers) and _first(token) <= self._first + dropped
        number = self._numbers[depth] if is_known else None
        return (int(token.attrs.get("start", 1)) if number is None else number) - 1

    # --- before a block -------------------------------------------------------------------

    def _before(self, token: Token, stack: Sequence[_Open]) -> Parting | None:
        """A seam before a block within a quote or an item."""
        line = _first(token)
        if line <= self._first or self._source.size(self._first, line) < LONG:
            return None
        if not self._is_sure(line):
            return None
        held = [each for each in stack if _first(each.token) < line]
        if not held:
            return None
        marks = self._marks(held)
        if marks is None:
            return None
        # An item may go on in a list that is in the text before.
        follows = "" if held[-1].token.type in _LISTS else held[-1].last
        return self._checked(
            token,
            stack,
            Parting(
                end=len(self._source.text[: self._source.starts[line]].rstrip()),
                begin=self._source.starts[line],
                head=f"{marks}{_NOTHING}\n",
                seam=self._seam(held, dropped=1, follows=follows),
            ),
            line,
        )

    # --- within a block -------------------------------------------------------------------

    def _in_lines(self, token: Token, stack: Sequence[_Open]) -> Parting | None:
        """A seam between two lines of code, of a table or of HTML."""
        begin, end = token.map or (0, 0)
        within = {"fence": (2, 1), "code_block": (1, 1), "table_open": (3, 0), "html_block": (1, 1)}
        if token.type not in within:
            return None
        least, most = within[token.type]
        enough = LONG_TABLE if token.type == "table_open" else LONG
        lines = self._source.lines
        for line in range(begin + least, end - most):
            if self._source.size(self._first, line) < enough:
                continue
            if not self._is_sure(line):
                return None
            if not self._may_part(token, line):
                continue
            held = [each for each in stack if _first(each.token) < begin]
            around = self._marks(held)
            own = self._marks(stack) if token.type in ("html_block", "code_block") else around
            if around is None or own is None:
                return None
            outer = f"{around}{_NOTHING}\n" if around else ""
            dropped = bool(around)
            match token.type:
                case "fence":
                    head = f"{outer}{lines[begin]}\n"
                case "table_open":
                    head = f"{outer}{lines[begin]}\n{lines[begin + 1]}\n"
                case "html_block":
                    tag = _ENDLESS_HTML.match(self._content(begin, stack))
                    head, dropped = f"{own}<{tag[1] if tag else 'div'}>\n", True
                case _:
                    head, dropped = (f"{own}{_NOTHING}\n" if own else ""), bool(own)
            above = ""
            if token.type == "table_open":
                above = self._table(begin, line, stack)
            return self._checked(
                token,
                stack,
                Parting(
                    end=self._source.starts[line] - 1,
                    begin=self._source.starts[line],
                    head=head,
                    seam=self._seam(stack, dropped=int(dropped), above=above),
                ),
                line,
            )
        return None

    def _table(self, begin: int, end: int, stack: Sequence[_Open]) -> str:
        """A table's first rows, without what holds it."""
        dropped = self._known.dropped if self._known else 0
        if self._known and self._known.above and begin <= self._first + dropped:
            return self._known.above
        widths = self._widths(stack) or []
        rows = [self._within(line, widths) for line in range(begin, end)]
        return "\n".join(row for row in rows if row is not None)

    def _may_part(self, token: Token, line: int) -> bool:
        lines = self._source.lines
        match token.type:
            case "fence":
                return bool(lines[line - 1].strip())
            case "code_block":
                return bool(lines[line].strip() and lines[line - 1].strip())
            case "html_block":
                text = "\n".join(lines[_first(token) : line])
                is_in_tag = text.rfind("<") > text.rfind(">") or _is_in_comment(text)
                return not (is_in_tag or _OTHER_HTML.match(lines[_first(token)].lstrip("> \t")))
        return True

    # --- within prose ---------------------------------------------------------------------

    def _in_prose(self, token: Token, stack: Sequence[_Open]) -> Parting | None:
        """A seam within a paragraph of several lines."""
        begin, end = token.map or (0, 0)
        content = token.content.split("\n")
        for least in range(LONG, LONGEST + 1, STEP):
            line = begin
            while line < end and self._source.size(begin, line + 1) < least:
                line += 1
            if line >= end or not self._is_sure(line):
                return None
            window = "\n".join(content[: line - begin + 1])
            place = self._in_window(token, stack, window, must=least >= LONGEST)
            if place is not None:
                return place
        return None

    def _in_window(
        self, token: Token, stack: Sequence[_Open], window: str, *, must: bool
    ) -> Parting | None:
        """A seam within the beginning of a paragraph."""
        at = _place(window, must=must)
        marks = self._marks(stack)
        if at is None or marks is None:
            return None
        end = len(window[:at].rstrip()) if window[at - 1].isspace() else at
        places = self._places(token, window)
        if places is None:
            return None
        joint = window[end:at]
        return Parting(
            end=_placed(places, end),
            begin=_placed(places, at),
            head=f"{marks}{GUARD}",
            seam=replace(
                self._seam(stack),
                joint="\n" if "\n" in joint else joint,
                marks=marks + GUARD,
                is_prose=True,
            ),
        )

    def _places(self, token: Token, window: str) -> list[tuple[int, int]] | None:
        """Where each line of a paragraph begins, in itself and in the text."""
        places: list[tuple[int, int]] = []
        own = 0
        for line, text in enumerate(window.split("\n"), _first(token)):
            at = self._source.lines[line].rfind(text) if line < len(self._source.lines) else -1
            if at < 0:
                return None
            places.append((own, self._source.starts[line] + at))
            own += len(text) + 1
        return places

    # --- what holds the rest --------------------------------------------------------------

    def _is_sure(self, line: int) -> bool:
        """Whether it is settled what a line is: that can depend on the one after it."""
        return line + 1 < len(self._source.lines)

    def _seam(
        self, held: Sequence[_Open], *, dropped: int = 0, follows: str = "", above: str = ""
    ) -> Seam:
        return Seam(
            dropped=dropped,
            holders=sum(each.token.type in _HOLDERS for each in held),
            numbers=tuple(each.number for each in held if each.token.type in _LISTS),
            follows=follows,
            above=above,
        )

    def _marks(self, held: Sequence[_Open]) -> str | None:
        """The marks of what holds a line; None where they cannot be said in one line."""
        widths = self._widths(held)
        if widths is None:
            return None
        marks: list[str] = []
        for at, (holder, width) in enumerate(widths):
            if holder.type == "blockquote_open":
                marks.append("> ")
            else:
                rest = self._within(_first(holder), widths[:at]) or ""
                marks.append(rest[:width].ljust(width))
        return "".join(marks)

    def _widths(self, held: Sequence[_Open]) -> list[tuple[Token, int]] | None:
        """How far what stands in items is indented; None where that is not to be told."""
        widths: list[tuple[Token, int]] = []
        for each in held:
            holder = each.token
            if holder.type == "blockquote_open":
                widths.append((holder, 0))
            elif holder.type == "list_item_open":
                rest = self._within(_first(holder), widths)
                found = None if rest is None else _MARK.match(rest)
                if rest is None or found is None:
                    return None
                is_padded = 1 <= len(found[2]) <= 4 and found.end() < len(rest)
                widths.append((holder, len(found[1]) + (len(found[2]) if is_padded else 1)))
        return widths

    def _content(self, line: int, stack: Sequence[_Open]) -> str:
        return self._source.lines[line].lstrip("> \t") if stack else self._source.lines[line]

    def _within(self, line: int, held: Iterable[tuple[Token, int]]) -> str | None:
        """A line without the marks of what holds it; None where it has not all of them."""
        text = self._source.lines[line]
        if "\t" in text:
            found = _MARKS.match(text)
            begin = found.end() if found else 0
            text = text[:begin].expandtabs(4) + text[begin:]
        for token, width in held:
            if token.type == "blockquote_open":
                quote = _QUOTE.match(text)
                if quote is None:
                    return None
                text = text[quote.end() :]
            elif _first(token) < line and text[:width].strip():
                return None
            else:
                text = text[width:]
        return text

    def _checked(
        self, token: Token, stack: Sequence[_Open], place: Parting, line: int
    ) -> Parting | None:
        """A seam, if what comes after it is read as before."""
        rest = "\n".join(self._source.lines[line : line + 2])
        wanted = [each.token.type for each in stack]
        path: list[str] = []
        for each in structure(f"{place.head}{rest}\n"):
            if each.type == "html_block" and each.content.strip() == _NOTHING:
                continue
            if each.type in _LEAVES:
                # What is a paragraph so far may become a heading by a line under it.
                is_same = each.type == token.type or {each.type, token.type} == _PROSE
                return place if is_same and path == wanted else None
            if each.nesting > 0:
                path.append(each.type)
            elif each.nesting < 0:
                path.pop()
        return None


def _first(token: Token) -> int:
    return token.map[0] if token.map else 0


def _is_in_comment(text: str) -> bool:
    begin = text.rfind("<!--")
    return begin >= 0 and text.find("-->", begin) < 0


def _placed(places: Sequence[tuple[int, int]], at: int) -> int:
    own, outer = max(place for place in places if place[0] <= at)
    return outer + at - own


def _place(text: str, *, must: bool) -> int | None:
    """Where a paragraph may be parted of which more comes; None where it is better to wait."""
    loose = loose_ends(text)
    must = must or len(loose.emphasis) > _MOST_LOOSE
    least = LONG // 2
    recent = [at for at in loose.emphasis if at > len(text) - HELD]
    most = min([len(text) - 1, *loose.brackets, *recent])
    kept = [*kept_together(loose.spans), *_anchors(loose.spans)]
    kept += [found.span() for found in _DEFINITION.finditer(text)]
    kept += [
        (span.start, span.end)
        for span in loose.spans
        if not must and span.end - span.start > LONGEST_SPAN
    ]
    for at in range(most, least, -1):
        if _is_seam(text, at) and not any(start < at < end for start, end in kept):
            return at
    if not must:
        return None
    for at in range(len(text) - 1, least, -1):
        if _is_seam(text, at):
            return at
    for at in range(len(text) - STEP, least, -1):
        if text[at - 1].isalnum() and text[at].isalnum():
            whole = last_whole_character(text, at)
            if not _AT_WORK.search(text, whole - 100, whole):
                return whole
    return last_whole_character(text, len(text) - STEP)


_DEFINITION = re.compile(r"^\[[^\[\]\n]+\]:.*", re.MULTILINE)
_AT_WORK = re.compile(r"[<@#&\[\\]\S*\Z")
"""What a word begins with that means something as a whole."""


def _is_seam(text: str, at: int) -> bool:
    # Two spaces or a backslash before the end of a line part it where it is shown.
    if text[at - 1] == "\n" and text[at - 2] in " \t\\":
        return False
    return is_break(text, at) or (text[at - 1] == "\n" and bool(_DEFINITION.match(text, at)))


def _anchors(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Links of HTML: their address is shown where they end."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for span in spans:
        if span.kind != "html":
            continue
        if begin is None and _OPENS.match(span.content):
            begin = span.start
        elif begin is not None and span.content.lower().startswith("</a"):
            found.append((begin, span.end))
            begin = None
    return [*found, (begin, 1 << 40)] if begin is not None else found
