"""Tables: Discord shows none, so they become text of even width in a code block.

How many columns a character takes where all letters are equally wide is for the wcwidth library to
say: two for CJK and emoji, none for what joins the character before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import wcwidth
from markdown_it.token import Token

from adapters.discord.inline import Inline, link_to_picture
from bot.markdown.html import Tags
from bot.markdown.parser import blocks, inline
from bot.markdown.writing import Segment

WIDEST = 76
"""The most columns of a table that Discord shows without wrapping its lines, on a desktop."""

_NARROWEST = 8
_GAP = "  "
_MOST_LINKS = 20


def table(
    tokens: Sequence[Token], prose: Inline, above: str = "", *, goes_on: bool = False
) -> list[Segment]:
    """A table as code, and the links of its cells under it.

    Args:
        tokens: of the table, as the parser gives them.
        prose: writes the links.
        above: the source of what it goes on from; its columns are as wide.
        goes_on: whether there are more rows than these.
    """
    header, *body = _rows(tokens)
    is_right = ["right" in str(cell.attrs.get("style", "")) for cell in _heads(tokens)]
    rows = [[plain(cell) for cell in row] for row in (header, *body)]
    widths = _widths(_rows_above(above) if above else rows)
    if (above or goes_on) and sum(widths) + (len(_GAP) + 1) * len(widths) <= WIDEST:
        widths = [each + 1 for each in widths]  # rows that are counted get a digit more
    first, *lines = [_drawn(row, widths, is_right) for row in rows]
    rule = _GAP.join("-" * width for width in widths)
    links = [link for row in (header, *body) for cell in row for link in _links(cell)]
    found = [Segment(opening=f"```\n{first}\n{rule}", lines=tuple(lines), closing="```")]
    if not lines:
        found = [Segment(opening="```", lines=(first, rule), closing="```")]
    if links:
        shown = " · ".join(prose.written(link) for link in list(dict.fromkeys(links))[:_MOST_LINKS])
        found.append(Segment(lines=(f"-# {shown}",)))
    return found


def _heads(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.type == "th_open"]


def _rows(tokens: Sequence[Token]) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.content)
    return rows


@lru_cache(maxsize=100)
def _rows_above(source: str) -> Sequence[Sequence[str]]:
    return [[plain(cell) for cell in row] for row in _rows(blocks(source, {}))]


@lru_cache(maxsize=2_000)
def plain(cell: str) -> str:
    """The words of a cell: nothing is bold in code, and a fence would end it.

    Args:
        cell: standard Markdown.
    """
    tags = Tags(lambda words, _: words or "image", line_break=" ")
    pieces: list[str] = []
    for token in inline(cell):
        match token.type:
            case "softbreak" | "hardbreak":
                pieces.append(" ")
            case "html_inline":
                pieces.append(tags.shown(token.content))
            case "image":
                pieces.append(token.content or "image")
            case _:
                pieces.append(token.content)
    words = " ".join("".join(pieces).split())
    return words.replace("```", "`\u200b`\u200b`")


@lru_cache(maxsize=2_000)
def _links(cell: str) -> tuple[str, ...]:
    """The links of a cell, as Markdown."""
    if "](" not in cell and "<" not in cell:
        return ()
    found: list[str] = []
    pictures: list[str] = []

    def noted(seen: str, source: str) -> str:
        shown = link_to_picture(seen, source)
        if shown != (seen or "image"):
            pictures.append(shown)
        return ""

    tags = Tags(noted)
    words: list[str] = []
    address = ""
    for token in inline(cell):
        if token.type == "link_open":
            address, words = str(token.attrs.get("href", "")), []
        elif token.type == "link_close":
            if "".join(words) != address:
                found.append(f"[{' '.join(''.join(words).split()) or address}]({address})")
            address = ""
        elif token.type == "image":
            source = str(token.attrs.get("src", ""))
            if not address and source.startswith(("http://", "https://")):
                found.append(link_to_picture(token.content, source))
            words.append(token.content)
        elif token.type == "html_inline":
            tags.shown(token.content)
        else:
            words.append(token.content)
    return (*found, *pictures)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """The columns of each cell, so that all of them fit if they can."""
    widths = [max(1, *(width(row[at]) for row in rows)) for at in range(len(rows[0]))]
    most = WIDEST - len(_GAP) * (len(widths) - 1)
    while sum(widths) > most:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        surplus = sum(widths) - most
        second = max([_NARROWEST, *(each for each in widths if each < widths[widest])])
        widths[widest] = max(second, widths[widest] - surplus)
        if surplus and widths.count(widths[widest]) > 1 and sum(widths) > most:
            widths[widest] -= 1
    return widths


def _drawn(row: Sequence[str], widths: Sequence[int], is_right: Sequence[bool]) -> str:
    """A row; what is too wide for its column goes on below, if there is no room beside it."""
    wanted = [max(most, width(cell)) for cell, most in zip(row, widths, strict=True)]
    if sum(wanted) + len(_GAP) * (len(wanted) - 1) <= WIDEST:
        widths = wanted
    cells = [_wrapped(cell, most) for cell, most in zip(row, widths, strict=True)]
    lines = [
        _GAP.join(
            _padded(cell[at] if at < len(cell) else "", most, is_right=right)
            for cell, most, right in zip(cells, widths, is_right, strict=True)
        ).rstrip()
        for at in range(max(len(cell) for cell in cells))
    ]
    return "\n".join(lines)


def _wrapped(cell: str, most: int) -> list[str]:
    return [cell] if width(cell) <= most else wcwidth.wrap(cell, most)


def _padded(cell: str, most: int, *, is_right: bool) -> str:
    space = " " * (most - width(cell))
    return space + cell if is_right else cell + space


@lru_cache(maxsize=4_000)
def width(text: str) -> int:
    """How many columns a text takes.

    Args:
        text: one line.
    """
    return max(0, wcwidth.wcswidth(text)) or sum(max(0, wcwidth.wcwidth(each)) for each in text)
