"""Changes to a text by place, so that all that is not changed stays as it was said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.markdown.parser import References, blocks


@dataclass(frozen=True, slots=True)
class Edit:
    """Other text for a place.

    Args:
        start: where it begins.
        end: where it ends.
        text: what is there then.
    """

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with changes; of two that overlap the one that begins first counts.

    Args:
        text: any.
        edits: in any order.
    """
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda each: (each.start, -each.end)):
        if edit.start < position:
            continue
        pieces += (text[position : edit.start], edit.text)
        position = edit.end
    pieces.append(text[position:])
    return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, heading, table row or block of HTML within a longer text.

    Args:
        text: without the marks of what holds it.
        is_one_line: whether it is a heading or a row of a table.
        lines: where each of its lines begins, in itself and in the longer text.
        is_html: whether it is a block of HTML.
    """

    text: str
    is_one_line: bool
    lines: Sequence[tuple[int, int]]
    is_html: bool = False

    def place(self, at: int) -> int:
        """Where a place of this text is in the longer one.

        Args:
            at: a place in `text`.
        """
        own, outer = max(line for line in self.lines if line[0] <= at)
        return outer + at - own


def prose(source: str, references: References) -> Sequence[Prose]:
    """The paragraphs of a text and its blocks of HTML, in order.

    Args:
        source: standard Markdown.
        references: link reference definitions that it may use.
    """
    lines = source.split("\n")
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line) + 1)
    found: list[Prose] = []
    is_in_table = is_heading = False
    for token in blocks(source, references):
        match token.type:
            case "table_open":
                is_in_table = True
            case "table_close":
                is_in_table = False
            case "heading_open":
                is_heading = True
            case "heading_close":
                is_heading = False
            case "tr_open" if token.map:
                row = token.map[0]
                found.append(Prose(lines[row], True, [(0, begins[row])]))
            case "inline" if token.map and not is_in_table and token.content:
                if one := _located(token.content, lines, begins, token.map[0]):
                    found.append(replace(one, is_one_line=is_heading))
            case "html_block" if token.map:
                content = token.content.removesuffix("\n")
                if one := _located(content, lines, begins, token.map[0]):
                    found.append(replace(one, is_html=True))
    return found


def _located(content: str, lines: Sequence[str], begins: Sequence[int], first: int) -> Prose | None:
    """Where a paragraph's lines stand; None where tabs made them other than they were said."""
    places: list[tuple[int, int]] = []
    own = 0
    for number, line in enumerate(content.split("\n"), first):
        at = lines[number].rfind(line) if number < len(lines) else -1
        if at < 0:
            return None
        places.append((own, begins[number] + at))
        own += len(line) + 1
    return Prose(content, False, places)
