"""Makes documents with the libraries that read them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import docx
import odfdo
import openpyxl
import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject


def pdf(pages: Sequence[str], *, owner: str = "", user: str = "") -> bytes:
    """A PDF of so many pages, a line of text each line; encrypted where a password is given."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    for text in pages:
        page = writer.add_blank_page(width=595, height=842)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        lines = [
            f"1 0 0 1 50 {800 - 14 * n} Tm ({line}) Tj" for n, line in enumerate(text.split("\n"))
        ]
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 11 Tf {' '.join(lines)} ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
    if owner or user:
        writer.encrypt(user, owner or None, algorithm="AES-256")
    return _saved(writer.write)


def word() -> bytes:
    """A Word document with a bit of everything."""
    document = docx.Document()
    document.add_heading("The year", 0)
    document.add_heading("Sales", 1)
    document.add_paragraph("They grew, as expected: 売上.")
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    document.add_paragraph("step", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ["Month", "Sum", "May|June", "3\n4"], strict=True):
        cell.text = text
    document.add_paragraph("The end.")
    return _saved(document.save)


def word_with(body: str) -> bytes:
    """A Word document whose body is this XML."""

    def changed(xml: bytes) -> bytes:
        start, end = xml.index(b"<w:body>") + 8, xml.index(b"</w:body>")
        return xml[:start] + body.encode() + xml[end:]

    return replaced(word(), "word/document.xml", changed)


def replaced(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A packed document of which one part is changed."""
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            said = old.read(part)
            new.writestr(part, change(said) if part.filename == name else said)
    return changed.getvalue()


def sheets(rows: Sequence[Sequence[object]] = (("a", 1),), *, name: str = "One") -> bytes:
    """A workbook of one sheet."""
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(list(row))
    return _saved(book.save)


def slides() -> bytes:
    """A presentation with a title, points, a table, a chart and notes."""
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[1])
    first.shapes.title.text = "Why we are here"
    frame = first.placeholders[1].text_frame
    frame.text = "one thing"
    inner = frame.add_paragraph()
    inner.text, inner.level = "a part of it", 1
    first.notes_slide.notes_text_frame.text = "Speak slowly."
    second = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = second.shapes.add_table(2, 2, 0, 0, Cm(5), Cm(5)).table
    for index, text in enumerate(["x", "y", "1", "2"]):
        table.cell(index // 2, index % 2).text = text
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["May", "June"]
    data.add_series("Sales", (3.5, 4))
    chart = XL_CHART_TYPE.COLUMN_CLUSTERED
    second.shapes.add_chart(chart, 0, 0, Cm(5), Cm(5), data)
    return _saved(presentation.save)


def open_text() -> bytes:
    """An OpenDocument text."""
    document = odfdo.Document("text")
    body = document.body
    body.clear()
    body.append(odfdo.Header(2, "Overview"))
    body.append(odfdo.Paragraph("Plain text, and an ß."))
    body.append(odfdo.List(["one", "two"]))
    table = odfdo.Table("T", width=2, height=2)
    for place, value in (("A1", "k"), ("B1", "v"), ("A2", "x"), ("B2", 2.5)):
        table.set_value(place, value)
    body.append(table)
    return _saved(document.save)


def open_sheets() -> bytes:
    """An OpenDocument workbook whose last row is the last that there can be."""
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    table = odfdo.Table("Numbers")
    table.set_values([[1, 2.5, "a"], [True, None, "b"]])
    table.set_value("A1048576", "the last")
    document.body.append(table)
    return _saved(document.save)


def packed(**members: bytes) -> bytes:
    """A zip archive."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _saved(save: Callable[[BytesIO], object]) -> bytes:
    stream = BytesIO()
    save(stream)
    return stream.getvalue()
