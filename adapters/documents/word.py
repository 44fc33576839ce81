"""The text of a Word document as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tbl
from docx.oxml.text.paragraph import CT_P
from docx.text.paragraph import Paragraph
from lxml.etree import _Element as Element

from adapters.documents.text import Text

_TEXT, _TAB, _BREAK, _RETURN = qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr")
_CONTROL, _CONTROL_CONTENT = qn("w:sdt"), qn("w:sdtContent")
_ROW, _CELL, _STOPS = qn("w:tr"), qn("w:tc"), qn("w:tabs")
# Word says the same twice, for programs that do not know the first form.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read(content: bytes, text: Text) -> None:
    """Add headings, paragraphs, lists and tables in their order.

    Raises:
        Enough: that is as much as is wanted.
    """
    document = Document(BytesIO(content))
    items: list[str] = []
    for block in _blocks(document.element.body):
        if isinstance(block, CT_Tbl):
            _add(text, items)
            text.add_table(_rows(block))
            continue
        said = _said(block).strip()
        if not said:
            continue
        style = _style(block, document)
        if style.startswith("List") or _is_numbered(block):
            sign = "1." if style.startswith("List Number") else "-"
            items.append(f"{sign} {' '.join(said.split())}")
            text.check()
            continue
        _add(text, items)
        level = re.fullmatch(r"Heading ([1-6])", style)
        sign = "# " if style == "Title" else "#" * int(level[1]) + " " if level else ""
        text.add(sign + (" ".join(said.split()) if sign else said))
    _add(text, items)


def _add(text: Text, items: list[str]) -> None:
    """Add the items of a list that is over."""
    if items:
        text.add("\n".join(items))
        items.clear()


def _blocks(parent: Element) -> Iterator[CT_P | CT_Tbl]:
    """Paragraphs and tables, those in content controls (a table of contents, a form) as well."""
    for child in parent:
        if isinstance(child, CT_P | CT_Tbl):
            yield child
        elif child.tag == _CONTROL:
            for content in child.iterchildren(_CONTROL_CONTENT):
                yield from _blocks(content)


def _said(parent: Element) -> str:
    """All text, also what was inserted by tracked changes; not what was deleted by them."""
    pieces: list[str] = []
    for child in parent:
        if child.tag == _TEXT:
            pieces.append(child.text or "")
        elif child.tag == _TAB:
            pieces.append("\t")
        elif child.tag in (_BREAK, _RETURN):
            pieces.append("\n")
        elif child.tag not in (_FALLBACK, _STOPS):
            pieces.append(_said(child))
            if isinstance(child, CT_P) and pieces[-1]:
                pieces.append("\n")  # of a text box
    return "".join(pieces)


def _rows(table: CT_Tbl) -> Iterator[list[str]]:
    for row in table.iterchildren(_ROW):
        yield [_said(cell).strip() for cell in row.iterchildren(_CELL)]


def _style(block: CT_P, document: WordDocument) -> str:
    style = Paragraph(block, document).style
    return (style.name or "") if style is not None else ""


def _is_numbered(block: CT_P) -> bool:
    return block.pPr is not None and block.pPr.numPr is not None
