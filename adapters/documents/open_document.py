"""The text of an OpenDocument file (text, sheets or slides) as Markdown.

Of its parts only `content.xml` is read; what is in it is described in
https://docs.oasis-open.org/office/OpenDocument/v1.3/os/part3-schema/.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO

from lxml import etree
from lxml.etree import _Element as Element

from adapters.apart.inside import Refused
from adapters.documents.reading import PROTECTED
from adapters.documents.sheets import MOST_COLUMNS, MOST_ROWS
from adapters.documents.text import Text

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TEXT, _TABLE = (
    f"{{{_OASIS}office:1.0}}",
    f"{{{_OASIS}text:1.0}}",
    f"{{{_OASIS}table:1.0}}",
)
_DRAW = f"{{{_OASIS}drawing:1.0}}"
_NOTES = f"{{{_OASIS}presentation:1.0}}notes"
_BLANKS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
# What was deleted, and what people wrote about the text.
_UNSAID = frozenset({f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}forms"})
_ROWS_IN = frozenset(
    f"{_TABLE}{name}" for name in ("table-header-rows", "table-rows", "table-row-group")
)


def read(content: bytes, text: Text) -> None:
    """Add headings, paragraphs, lists, tables and slides in their order.

    Raises:
        Refused: it is protected.
        Enough: that is as much as is wanted.
    """
    with zipfile.ZipFile(BytesIO(content)) as packed:
        if b"encryption-data" in packed.read("META-INF/manifest.xml"):
            raise Refused(PROTECTED)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(packed.read("content.xml"), parser)
    body = root.find(f"{_OFFICE}body")
    if body is not None:
        _Reading(text).add(body)


class _Reading:
    def __init__(self, text: Text) -> None:
        self._text = text
        self._slides = 0
        self._cut: list[str] = []

    def add(self, parent: Element) -> None:
        """Add what is in an element, block by block."""
        for block in _elements(parent):
            tag = block.tag
            if tag in _UNSAID:
                continue
            if tag == f"{_TEXT}h":
                level = min(int(block.get(f"{_TEXT}outline-level", "1")), 6)
                self._text.add(f"{'#' * level} {' '.join(_said(block).split())}")
            elif tag == f"{_TEXT}p":
                self._text.add(_said(block))
                self._add_frames(block)
            elif tag == f"{_TEXT}list":
                self._text.add("\n".join(_items(block, 0)))
            elif tag == f"{_TABLE}table":
                self._add_table(block)
            elif tag == f"{_DRAW}page":
                self._slides += 1
                self._text.add(f"## Slide {self._slides}")
                self.add(block)
            elif tag == _NOTES:
                if notes := " ".join(_said(block).split()):
                    self._text.add(f"Notes: {notes}")
            else:
                self.add(block)

    def _add_frames(self, paragraph: Element) -> None:
        """Add the text boxes that are anchored in a paragraph."""
        for box in paragraph.iter(f"{_DRAW}text-box"):
            self.add(box)

    def _add_table(self, table: Element) -> None:
        name = table.get(f"{_TABLE}name", "")
        if (parent := table.getparent()) is not None and parent.tag == f"{_OFFICE}spreadsheet":
            self._text.add(f"## {name}")
        rows = _Rows(table, self._text)
        self._text.add_table(rows)
        if rows.is_cut:
            self._cut.append(name)
            self._text.note = (
                f"Of {', '.join(self._cut[:5])} only the first {MOST_ROWS} rows and"
                f" {MOST_COLUMNS} columns were read."
            )


class _Rows:
    """The rows of a table that hold something, without what is empty at their right."""

    def __init__(self, table: Element, text: Text) -> None:
        self._table = table
        self._text = text
        self.is_cut = False

    def __iter__(self) -> Iterator[list[str]]:
        rows: list[list[str]] = []
        for row in self._found(self._table):
            self._text.check()
            cells = self._cells(row)
            # A row that stands for many is empty, but for sheets made to be large.
            times = _times(row, "number-rows-repeated") if any(cells) else 0
            room = MOST_ROWS - len(rows)
            self.is_cut = self.is_cut or times > room
            rows += [cells] * min(times, room)
            if self.is_cut:
                break
        width = max(map(len, rows), default=0)
        for cells in rows:
            yield cells + [""] * (width - len(cells))

    def _found(self, parent: Element) -> Iterator[Element]:
        for child in _elements(parent):
            if child.tag == f"{_TABLE}table-row":
                yield child
            elif child.tag in _ROWS_IN:
                yield from self._found(child)

    def _cells(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in _elements(row):
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            said = _said(cell).strip()
            times = _times(cell, "number-columns-repeated")
            room = MOST_COLUMNS - len(cells)
            self.is_cut = self.is_cut or bool(said and times > room)
            cells += [said] * min(times, room)
        while cells and not cells[-1]:
            cells.pop()
        return cells


def _items(parent: Element, depth: int) -> Iterator[str]:
    """The items of a list, those of lists within it indented."""
    for item in _elements(parent):
        said = [_said(p) for p in _elements(item) if p.tag in (f"{_TEXT}p", f"{_TEXT}h")]
        if line := " ".join(" ".join(said).split()):
            yield f"{'  ' * depth}- {line}"
        for inner in item.iterchildren(f"{_TEXT}list"):
            yield from _items(inner, depth + 1)


def _said(element: Element) -> str:
    pieces = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            pieces.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 100))
        elif child.tag in _BLANKS:
            pieces.append(_BLANKS[child.tag])
        elif isinstance(child.tag, str) and child.tag not in _UNSAID | {f"{_DRAW}text-box"}:
            pieces.append(_said(child))
            if child.tag == f"{_TEXT}p":
                pieces.append("\n")
        pieces.append(child.tail or "")
    return "".join(pieces)


def _elements(parent: Element) -> Iterator[Element]:
    return (child for child in parent if isinstance(child.tag, str))


def _times(element: Element, name: str) -> int:
    return max(int(element.get(f"{_TABLE}{name}", "1")), 1)
