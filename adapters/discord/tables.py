"""Tables: Discord shows none, so they become text of even width in a code block."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CELL_MARKS = re.compile(r"\*\*|`")
_CELLS = re.compile(r"(?<!\\)\|")


def with_tables(text: str, room: int) -> str:
    """The text with each table as a code block.

    Args:
        text: standard Markdown.
        room: the most characters that the text may grow by; a table for which there is no
            room stays as it is.
    """
    if "|" not in text:
        return text
    out: list[str] = []
    for block, is_table in _blocks(text.split("\n")):
        if not is_table:
            out += block
            continue
        drawn = _drawn(block)
        growth = len("\n".join(drawn)) - len("\n".join(block))
        if growth <= room:
            room -= growth
            out += drawn
        else:
            out += block
    return "\n".join(out)


def _blocks(lines: list[str]) -> Iterator[tuple[list[str], bool]]:
    """The lines in runs: of a table, or of anything else."""
    fence = ""
    position = 0
    while position < len(lines):
        line = lines[position]
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""
        elif not fence and _begins_table(lines, position):
            end = position + 2
            while end < len(lines) and "|" in lines[end] and lines[end].strip():
                end += 1
            yield lines[position:end], True
            position = end
            continue
        yield [line], False
        position += 1


def _begins_table(lines: list[str], position: int) -> bool:
    header = lines[position]
    if "|" not in header or position + 1 >= len(lines):
        return False
    rule = lines[position + 1]
    return (
        "|" in rule
        and _RULE.match(rule) is not None
        and len(_cells(rule)) == len(_cells(header))
        and not header.startswith(("    ", "\t", ">"))
    )


def _drawn(table: list[str]) -> list[str]:
    header, rule, *body = table
    columns = len(_cells(header))
    is_right = [cell.endswith(":") and not cell.startswith(":") for cell in _cells(rule)]
    rows = [_plain(_cells(line), columns) for line in (header, *body)]
    widths = [max(_width(row[column]) for row in rows) for column in range(columns)]
    lines = [
        "  ".join(
            _padded(cell, width, is_right=right)
            for cell, width, right in zip(row, widths, is_right, strict=True)
        ).rstrip()
        for row in rows
    ]
    ruled = "  ".join("-" * width for width in widths)
    return ["```", lines[0], ruled, *lines[1:], "```"]


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    return [cell.strip() for cell in _CELLS.split(line)]


def _plain(cells: list[str], columns: int) -> list[str]:
    # Nothing is bold in a code block, and a fence in a cell would end it.
    plain = [_CELL_MARKS.sub("", cell).replace("\\|", "|") for cell in cells[:columns]]
    return plain + [""] * (columns - len(plain))


def _padded(cell: str, width: int, *, is_right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if is_right else cell + space


def _width(cell: str) -> int:
    """How many columns a cell takes where all characters have one or two."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1
        for each in cell
    )
