"""Gathers a document's text up to a limit of length and time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence


class Enough(Exception):
    """No more is wanted; what was gathered stands."""


class Text:
    """The text of a document, as it is gathered.

    Args:
        characters: the most.
        seconds: how long to go on.
    """

    def __init__(self, characters: int, seconds: float) -> None:
        self._left = characters
        self._until = time.monotonic() + seconds
        self._pieces: list[str] = []
        self.note = ""

    def add(self, text: str) -> None:
        """Add a block, such as a paragraph; a blank line comes before it.

        Raises:
            Enough: there is no room for it, or no time for more.
        """
        text = clean(text).strip("\n")
        if text.strip():
            self._pieces.append(text[: self._left])
            self._left -= len(text) + 2
        self.check()

    def add_table(self, rows: Iterable[Sequence[str]]) -> None:
        """Add a table; its first row becomes the head.

        Raises:
            Enough: there is no room for more of it, or no time.
        """
        lines: list[str] = []
        width = 0
        try:
            for row in rows:
                if not lines:
                    width = len(row)
                    lines = [_row(row, width), "|" + " --- |" * width]
                else:
                    lines.append(_row(row, width))
                self._left -= len(lines[-1]) + 1
                self.check()
        finally:
            if width:
                self._pieces.append("\n".join(lines))
                self._left -= len(lines[0]) + 2

    def check(self) -> None:
        """See whether there is room and time for more.

        Raises:
            Enough: there is not.
        """
        if self._left <= 0 or time.monotonic() > self._until:
            raise Enough

    def __str__(self) -> str:
        return "\n\n".join(self._pieces)


def clean(text: str) -> str:
    """Text without what is not text: control characters, halves of surrogate pairs."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n")
    kept = "".join(c for c in text if c in "\n\t" or (c >= " " and c != "\x7f"))
    return kept.encode("utf-8", errors="ignore").decode("utf-8")


def _row(cells: Sequence[str], width: int) -> str:
    cells = [*cells[:width], *[""] * (width - len(cells))]
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return " ".join(clean(text).replace("|", "\\|").split())
