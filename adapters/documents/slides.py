"""The text of a presentation, slide by slide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from pptx import Presentation

from adapters.documents.text import Enough, Text


def read(content: bytes, text: Text) -> None:
    """Add each slide's title, text, tables, charts' numbers, and notes.

    Raises:
        Enough: that is as much as is wanted.
    """
    slides = Presentation(BytesIO(content)).slides
    for number, slide in enumerate(slides, 1):
        try:
            _add_slide(slide, number, text)
        except Enough:
            if number < len(slides):
                text.note = f"Only the first {number} of {len(slides)} slides were read."
            raise


def _add_slide(slide: Any, number: int, text: Text) -> None:
    title = slide.shapes.title
    name = " ".join(title.text_frame.text.split()) if title is not None else ""
    text.add(f"## Slide {number}" + (f": {name}" if name else ""))
    for shape in _shapes(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            paragraphs = (p for p in shape.text_frame.paragraphs if p.text.strip())
            text.add("\n".join(f"{'  ' * p.level}- {' '.join(p.text.split())}" for p in paragraphs))
        elif getattr(shape, "has_table", False):
            text.add_table([cell.text for cell in row.cells] for row in shape.table.rows)
        elif getattr(shape, "has_chart", False):
            text.add_table(_numbers(shape.chart))
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if notes is not None and notes.text.strip():
        text.add(f"Notes: {notes.text}")


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    """The shapes, those in groups as well."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _numbers(chart: Any) -> Iterator[list[str]]:
    """What a chart shows, as a table."""
    for plot in chart.plots:
        series = list(plot.series)
        yield ["", *(str(each.name) for each in series)]
        columns = [list(each.values) for each in series]
        for index, category in enumerate(plot.categories):
            values = (column[index] if index < len(column) else None for column in columns)
            yield [str(category), *("" if value is None else f"{value:g}" for value in values)]
        return
