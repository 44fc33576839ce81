"""The tables of a workbook as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from adapters.documents.text import Enough, Text

MOST_ROWS = 2000
MOST_COLUMNS = 50


def read(content: bytes, text: Text) -> None:
    """Add each sheet with its values, as they were last worked out.

    Raises:
        Enough: that is as much as is wanted.
    """
    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets = book.worksheets
    cut: list[str] = []
    for number, sheet in enumerate(sheets, 1):
        rows = Rows(sheet, text)
        try:
            text.add(f"## {sheet.title}" + (" (hidden)" if sheet.sheet_state != "visible" else ""))
            text.add_table(rows)
        except Enough:
            text.note = f"Only the beginning was read, up to sheet {number} of {len(sheets)}."
            raise
        if rows.is_cut:
            cut.append(sheet.title)
    if cut:
        text.note = (
            f"Of {', '.join(cut[:5])} only the first {MOST_ROWS} rows and {MOST_COLUMNS} columns"
            " were read."
        )


class Rows:
    """The rows of a sheet that hold something, without what is empty at their right.

    Args:
        sheet: openpyxl's.
        text: says when there is no more time.
    """

    def __init__(self, sheet: Any, text: Text) -> None:
        self._sheet = sheet
        self._text = text
        self.is_cut = False

    def __iter__(self) -> Iterator[list[str]]:
        # What a file claims about a sheet's size is often wrong.
        self._sheet.reset_dimensions()
        rows: list[list[str]] = []
        for index, row in enumerate(self._sheet.iter_rows()):
            if index % 1000 == 0:
                self._text.check()
            cells = [_written(cell) for cell in row[: MOST_COLUMNS + 1]]
            if len(cells) > MOST_COLUMNS:
                self.is_cut = self.is_cut or any(
                    cell.value is not None for cell in row[MOST_COLUMNS:]
                )
                cells = cells[:MOST_COLUMNS]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            if len(rows) == MOST_ROWS:
                self.is_cut = True
                break
            rows.append(cells)
        width = max(map(len, rows), default=0)
        for cells in rows:
            yield cells + [""] * (width - len(cells))


def _written(cell: Any) -> str:
    """A cell's value, much as the sheet shows it."""
    match cell.value:
        case None:
            return ""
        case bool() as flag:
            return str(flag).upper()
        case datetime() as moment if moment.time() == time():
            return moment.date().isoformat()
        case datetime() | date() | time() as moment:
            return moment.isoformat(sep=" ") if isinstance(moment, datetime) else moment.isoformat()
        case timedelta() as span:
            return str(span)
        case float() | int() as number:
            if "%" in str(cell.number_format):
                return f"{number * 100:.10g} %"
            return f"{number:.15g}" if isinstance(number, float) else str(number)
        case value:
            return str(value)
